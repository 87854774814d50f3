"""The false positive rate: nominal p is far too small on correlated genes, calibrated p is not."""

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp.io.sample import load_sample


@pytest.fixture(scope="module")
def background():
    return load_sample().background


def test_of_the_sample(background):
    table = li.stats.false_positive_rate(background, n_queries=10)
    assert list(table.index) == ["p_sum", "p_cal"]
    assert (table["n_queries"] == 10).all()
    assert (table["n_pairs"] == 10 * 99).all()  # of 199 others the smaller half is tested
    assert table.at["p_sum", "share_below"] > 0.1
    assert 0.02 < table.at["p_cal", "share_below"] < 0.08


def test_of_independent_genes_both_are_right():
    rng = np.random.default_rng(3)
    values = np.argsort(rng.random((400, 160)), axis=0) + 1
    ranks = li.RankMatrix.from_frame(pd.DataFrame(values, [f"G{i}" for i in range(400)], [f"s{i}" for i in range(160)]))
    table = li.stats.false_positive_rate(ranks, size=20, n_queries=20)
    assert table["share_below"].between(0.03, 0.07).all()


def test_level_seed_and_method_change_the_number(background):
    job = li.stats.false_positive_rate
    plain = job(background, n_queries=8)
    pd.testing.assert_frame_equal(plain, job(background, n_queries=8))
    for options in ({"level": 0.5}, {"seed": 1}, {"method": "robust"}, {"size": 20}):
        assert not plain.equals(job(background, n_queries=8, **options))


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"size": 0}, "whole number"),
        ({"level": 5}, "between 0 and 1"),
        ({"method": "magic"}, '"robust"'),
        ({"n_queries": 0}, "whole number"),
    ],
)
def test_refusals(background, options, remedy):
    with pytest.raises(li.LincsInterpError) as raised:
        li.stats.false_positive_rate(background, **options)
    ((name, value),) = options.items()
    assert (raised.value.argument, raised.value.value) == (name, value)
    assert remedy in raised.value.remedy


def test_too_few_signatures(background):
    few = background.select(signatures=background.frame.columns[:100])
    with pytest.raises(li.LincsInterpError) as raised:
        li.stats.false_positive_rate(few)
    assert raised.value.argument == "background"
    assert "101" in raised.value.remedy
