"""One integer in words: every count is checked against the ranking itself, rank by rank."""

import re

import numpy as np
import pandas as pd
import pytest

from lincs_interp._check import LincsInterpError
from lincs_interp.rank_words import RANK_IS_ORDER, _share_rounded_up, explain_rank


@pytest.mark.parametrize("n_genes", [1, 2, 3, 4, 7, 40, 978])
def test_every_count_is_exact_for_every_rank(n_genes):
    ranking = np.arange(1, n_genes + 1)
    percentiles = set()
    for rank in ranking:
        reading = explain_rank(int(rank), n_genes=n_genes)
        below, above = re.search(
            r": ([\d,]+) genes? (?:is|are) ranked lower and ([\d,]+) higher", reading.sentence
        ).groups()
        assert int(below.replace(",", "")) == (ranking < rank).sum()
        assert int(above.replace(",", "")) == (ranking > rank).sum()
        percentiles.add(re.search(r"percentile ([\d.]+) on", reading.sentence)[1])
        claim = re.search(r"among the (lowest|highest) ([\d.e-]+) %", reading.sentence)
        if reading.direction == "middle":
            assert claim is None
        else:
            reach = (ranking <= rank).sum() if claim[1] == "lowest" else (ranking >= rank).sum()
            assert float(claim[2]) >= 100 * reach / n_genes
            assert float(claim[2]) <= 1.1 * 100 * reach / n_genes
    assert len(percentiles) == n_genes  # neighbouring ranks can be told apart


def test_directions_mirror_each_other():
    words = [explain_rank(rank, n_genes=40).direction for rank in range(1, 41)]
    mirrored = {"down": "up", "up": "down", "middle": "middle"}
    assert words == [mirrored[word] for word in reversed(words)]
    assert words.count("down") == 10


def test_the_whole_sentence():
    reading = explain_rank(641, n_genes=12_318, gene="MYC", signature="S1")
    assert reading.sentence == (
        "MYC has rank 641 of 12,318 in S1: 640 genes are ranked lower and 11,677 higher. It is among the lowest 5.3 %"
        " (percentile 5.200 on a scale from 0 = most down to 100 = most up): pushed down."
    )
    assert reading.percentile == pytest.approx(100 * 640.5 / 12_318)
    assert RANK_IS_ORDER in reading.caveats
    assert str(reading) == reading.sentence


def test_share_is_never_smaller_than_the_truth():
    for whole in (3, 7, 978, 12_318):
        for part in range(1, min(whole, 400) + 1):
            assert float(_share_rounded_up(part, whole).split()[0]) >= 100 * part / whole * (1 - 1e-15)


def test_the_genes_own_habit():
    baseline = pd.DataFrame({"median_percentile": [61.0], "share_extreme": [0.26]}, index=["S100A8"])
    habit = explain_rank(12, n_genes=12_318, gene="S100A8", baseline=baseline).caveats[0]
    assert habit == (
        "The gene's own habit: its median percentile is 61, and it is among the extremes in 26 % of the signatures of"
        " the baseline."
    )
    assert "not known" in explain_rank(12, n_genes=12_318, gene="MYC", baseline=baseline).caveats[0]
    with pytest.raises(LincsInterpError, match="baseline needs gene"):
        explain_rank(12, n_genes=12_318, baseline=baseline)
    twice = pd.concat([baseline, baseline])
    assert "26 %" in explain_rank(12, n_genes=12_318, gene="S100A8", baseline=twice).caveats[0]
    assert "no numbers" in explain_rank(12, n_genes=12_318, gene="S100A8", baseline=baseline * np.nan).caveats[0]
    with pytest.raises(LincsInterpError, match="gene is a pandas Series: pass its name as text"):
        explain_rank(12, n_genes=12_318, gene=pd.Series(["MYC"]))
    with pytest.raises(LincsInterpError, match="baseline must be a table"):
        explain_rank(12, n_genes=12_318, gene="MYC", baseline=pd.DataFrame())


@pytest.mark.parametrize(
    ("rank", "n_genes", "sentence"),
    [
        (0, 10, "rank is 0 but must lie between 1 and n_genes = 10"),
        (11, 10, "rank is 11 but must lie between"),
        (2.5, 10, "rank must be a whole number from 0, not 2.5"),
        ("3", 10, "rank must be a whole number from 0, not '3'"),
        (True, 10, "rank must be a whole number from 0, not True"),
        (float("nan"), 10, "rank must be a whole number from 0, not nan"),
        (float("inf"), 10, "rank must be a whole number from 0, not inf"),
        (3, 0, "n_genes must be a whole number from 1, not 0"),
        (-1, 10, "rank must be a whole number from 0, not -1"),
    ],
)
def test_refusals(rank, n_genes, sentence):
    with pytest.raises(LincsInterpError, match=sentence):
        explain_rank(rank, n_genes=n_genes)


def test_html_is_escaped():
    html = explain_rank(1, n_genes=5, gene="<b>", signature="<script>")._repr_html_()
    assert "<script>" not in html
