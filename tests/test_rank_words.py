"""One integer in words: every count is checked against the ranking itself, rank by rank."""

import re

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.text import percent
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.explain import (
    RANK_IS_ORDER,
    UNUSUAL_SHARE,
    USUAL_SHARE,
    _share_rounded_up,
    explain_rank,
)
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample


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
    assert len(percentiles) == n_genes  # neighbouring ranks are distinguished


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


def test_the_genes_own_baseline():
    baseline = pd.DataFrame({"median_percentile": [61.0], "share_extreme": [0.26]}, index=["S100A8"])
    caveat = explain_rank(12, n_genes=12_318, gene="S100A8", baseline=baseline).caveats[0]
    assert caveat == (
        "The gene's baseline: its median percentile is 61, and it is among the extremes in 26 % of the signatures of"
        " the baseline."
    )
    assert "not known" in explain_rank(12, n_genes=12_318, gene="MYC", baseline=baseline).caveats[0]
    with pytest.raises(LincsInterpError) as error:
        explain_rank(12, n_genes=12_318, baseline=baseline)
    assert error.value.argument == "gene"
    unranked = baseline.assign(n_signatures=3, tail=0.01)
    assert explain_rank(12, n_genes=12_318, gene="S100A8", baseline=unranked).caveats[0] == (
        "How S100A8 ranks in other signatures is not known: the baseline has ranks of it from 3 signatures only."
    )
    twice = pd.concat([baseline, baseline])
    assert "26 %" in explain_rank(12, n_genes=12_318, gene="S100A8", baseline=twice).caveats[0]
    assert "no numbers" in explain_rank(12, n_genes=12_318, gene="S100A8", baseline=baseline * np.nan).caveats[0]
    with pytest.raises(LincsInterpError, match="gene is a pandas Series: pass its name as text"):
        explain_rank(12, n_genes=12_318, gene=pd.Series(["MYC"]))
    with pytest.raises(LincsInterpError, match="baseline is"):
        explain_rank(12, n_genes=12_318, gene="MYC", baseline=pd.DataFrame())


def baseline_of(share_low: float, share_high: float, median: float = 50.0, n: int = 200, tail: float = 0.01):
    return pd.DataFrame(
        {
            "median_percentile": [median], "share_low": [share_low], "share_high": [share_high],
            "share_extreme": [share_low + share_high], "n_signatures": [n], "tail": [tail],
        },
        index=["XIST"],
    )  # fmt: skip


def caveat_of(rank: int, baseline: pd.DataFrame, n_genes: int = 1000) -> str:
    return explain_rank(rank, n_genes=n_genes, gene="XIST", baseline=baseline).caveats[0]


class TestAgainstTheBaseline:
    """With the tail known, the caveat says whether this rank is news for this gene."""

    def test_whole_sentences(self):
        assert caveat_of(3, baseline_of(0.14, 0.12)) == (
            "It is among the extreme 2 % here, and this gene is there in 26 % of the 200 signatures of the baseline"
            " (2 % by chance): not surprising for this gene."
        )
        assert caveat_of(998, baseline_of(0.0, 0.005)) == (
            "It is among the extreme 2 % here, and this gene is there in 0.5 % of the 200 signatures of the baseline"
            " (2 % by chance): unusual for this gene."
        )
        assert caveat_of(3, baseline_of(0.0, 0.26)) == (
            "It is among the extreme 2 % here, and this gene is there in 26 % of the 200 signatures of the baseline"
            " (2 % by chance), but at this end in none: unusual for this gene."
        )
        assert caveat_of(500, baseline_of(0.14, 0.12, median=61.2)) == (
            "It is not among the extreme 2 % here. Over the 200 signatures of the baseline this gene's median"
            " percentile is 61, and it is among the extremes in 26 % of them (2 % by chance)."
        )

    @pytest.mark.parametrize(
        ("share", "word"),
        [
            (0.0, "there in none of the 200 signatures of the baseline (2 % by chance): unusual for this gene."),
            (UNUSUAL_SHARE - 0.001, ": unusual for this gene."),
            (UNUSUAL_SHARE, ": it happens to this gene now and then."),
            (USUAL_SHARE - 0.001, ": it happens to this gene now and then."),
            (USUAL_SHARE, ": not surprising for this gene."),
            (1.0, "there in 100 % of"),
        ],
    )
    def test_thresholds(self, share, word):
        assert word in caveat_of(1, baseline_of(share / 2, share / 2))
        assert word in caveat_of(1000, baseline_of(share / 2, share / 2))
        without_ends = baseline_of(share, 0)[["median_percentile", "share_extreme", "tail"]]
        assert word.replace("the 200", "all") in caveat_of(1, without_ends)

    @pytest.mark.parametrize(("n_genes", "k"), [(1000, 10), (978, 10), (12_318, 123), (100, 1), (12_300, 123)])
    def test_the_edge_of_the_tail_is_that_of_gene_baseline(self, n_genes, k):
        column = np.tile(np.arange(1, n_genes + 1)[:, None], 20)
        frame = pd.DataFrame(column, index=[f"g{i}" for i in range(1, n_genes + 1)])
        table = gene_baseline(RankMatrix.from_frame(frame.add_prefix("s", axis=1)))
        for rank in (1, k, k + 1, n_genes - k, n_genes - k + 1, n_genes):
            here = caveat_of(rank, baseline_of(0, 0), n_genes)
            assert here.startswith("It is among the extreme 2 % here") == (table.at[f"g{rank}", "share_extreme"] == 1)
            assert here.startswith("It is among") == (rank <= k or rank > n_genes - k)

    def test_with_the_table_of_gene_baseline(self):
        sample = load_sample()
        table = gene_baseline(sample.background)
        reading = explain_rank(2, n_genes=4_000, gene="S100A8", baseline=table)
        assert reading.caveats[0] == (
            "It is among the extreme 2 % here, and this gene is there in 20 % of the 200 signatures of the baseline"
            " (2 % by chance): not surprising for this gene."
        )


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "none"),
        (0.26, "26 %"),
        (0.005, "0.5 %"),
        (0.065, "6.5 %"),
        (0.0996, "10 %"),
        (0.0994, "9.9 %"),
        (1, "100 %"),
    ],
)
def test_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("rank", "n_genes", "argument", "remedy"),
    [
        (0, 10, "rank", "counted from 0"),
        (11, 10, "rank", "number of genes"),
        (2.5, 10, "rank", "whole number"),
        ("3", 10, "rank", "whole number"),
        (True, 10, "rank", "whole number"),
        (float("nan"), 10, "rank", "whole number"),
        (float("inf"), 10, "rank", "whole number"),
        (3, 0, "n_genes", "whole number"),
        (-1, 10, "rank", "whole number"),
    ],
)
def test_refusals(rank, n_genes, argument, remedy):
    with pytest.raises(LincsInterpError) as error:
        explain_rank(rank, n_genes=n_genes)
    assert error.value.argument == argument
    assert remedy in error.value.remedy


def test_html_is_escaped():
    html = explain_rank(1, n_genes=5, gene="<b>", signature="<script>")._repr_html_()
    assert "<script>" not in html
