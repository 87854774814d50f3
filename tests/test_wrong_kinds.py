"""Whatever is handed in, bad input is one LincsInterpError in one line, and never another exception."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp import sigcom, stats

RANKS = li.RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4], "T": [4, 3, 2, 1]}, index=list("ABCD")))
NAMED = RANKS.with_metadata({"S": {"pert_name": "s", "pert_type": "xpr"}, "T": {"pert_name": "t"}})
QUERY = li.GeneQuery("q", ["D"], ["A"])
SCORES = li.score_concordance(RANKS, QUERY)
SITE = sigcom.reproduce_scores(RANKS, QUERY)
GENES = li.explain_concordance(RANKS, QUERY, "S")
WRONG = [
    None,
    3,
    -1.5,
    "text",
    True,
    [],
    ["A"],
    {},
    {"A": 1},
    np.zeros((2, 2)),
    pd.DataFrame(),
    pd.Series(dtype=float),
    pd.NA,
    object(),
]

# A call of each function that works; every argument of its signature is replaced in turn.
WORKING = {
    li.score_concordance: {"ranks": RANKS, "query": QUERY},
    li.explain_concordance: {"ranks": RANKS, "query": QUERY, "signature": "S"},
    li.calibrate: {"scores": SCORES, "query": QUERY},
    li.match_genes: {"ranks": RANKS, "query": QUERY},
    li.to_percentile: {"ranks": RANKS},
    li.rank_coefficients: {"frame": RANKS.frame},
    li.explain_rank: {"rank": 2, "n_genes": 4},
    li.summarise_perturbagens: {"scores": SCORES, "ranks": NAMED},
    li.perturbagen_signatures: {"scores": SCORES, "ranks": NAMED, "perturbagen": "s"},
    li.interpret: {"ranks": RANKS, "query": QUERY},
    li.RankMatrix.from_frame: {"frame": RANKS.frame},
    RANKS.select: {},
    RANKS.rename: {},
    RANKS.with_metadata: {"signatures": {"S": {"pert_name": "s"}}},
    li.show: {"table": SCORES},
    stats.gene_baseline: {"background": RANKS},
    stats.score_consensus: {"ranks": RANKS, "query": QUERY},
    stats.score_redundancy: {"ranks": RANKS, "query": QUERY},
    stats.leave_one_out: {"ranks": RANKS, "query": QUERY, "signature": "S", "n_resamples": 40},
    stats.bootstrap_scores: {"ranks": RANKS, "query": QUERY, "n_resamples": 40},
    stats.shared_genes: {"ranks": RANKS, "query": QUERY},
    stats.check_targets: {"ranks": NAMED},
    stats.toxicity_share: {"contributions": GENES},
    stats.enrich_annotations: {"scores": SCORES, "ranks": NAMED, "annotation": {"s": "x"}},
    stats.trend_over_doses: {"score": SCORES["z_sum"], "signatures": NAMED.signatures},
    sigcom.reproduce_scores: {"ranks": RANKS, "query": QUERY},
    sigcom.compare_with_site: {"scores": SCORES, "results": SITE},
    sigcom.check_orientation: {"ranks": RANKS, "coefficients": RANKS.frame},
}
CASES = [
    pytest.param(function, name, parameter, id=f"{function.__name__}-{name}")
    for function in WORKING
    for name, parameter in inspect.signature(function).parameters.items()
]


@pytest.mark.parametrize(("function", "name", "parameter"), CASES)
def test_wrong_kinds_give_one_sentence(function, name, parameter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sentences = []
    for wrong in WRONG:
        try:
            function(**{**_working(function), name: wrong})
        except li.LincsInterpError as error:
            sentences.append(str(error))
    assert [text for text in sentences if "\n" in text or len(text) >= 600] == []
    assert len(sentences) >= (len(WRONG) - 4 if parameter.default is parameter.empty else 3)
    assert list(tmp_path.iterdir()) == []


def _working(function):
    known = inspect.signature(function).parameters
    return {name: value for name, value in WORKING[function].items() if name in known}


def test_the_likeliest_slip_is_answered_with_the_remedy():
    for given, argument, remedy in (
        ({"ranks": RANKS.frame, "query": QUERY}, "ranks", "RankMatrix.from_frame"),
        ({"ranks": RANKS, "query": ["D"]}, "query", "GeneQuery"),
    ):
        with pytest.raises(li.LincsInterpError) as error:
            li.score_concordance(**given)
        assert error.value.argument == argument
        assert error.value.value is given[argument]
        assert remedy in error.value.remedy


@pytest.mark.parametrize("size", ["x", [], float("nan"), float("inf"), True, 1])
def test_library_size(size):
    with pytest.raises(li.LincsInterpError) as error:
        sigcom.reproduce_scores(RANKS, QUERY, library_size=size)
    assert error.value.argument in ("library_size", "")


@pytest.mark.parametrize("wrong", [None, 5, True, "z_sum", [None], [3]])
def test_scores(wrong):
    with pytest.raises(li.LincsInterpError, match="scores"):
        li.score_concordance(RANKS, QUERY, scores=wrong)
