"""A gene's baseline: by hand, by law, against a naive loop, the extremes planted in the sample, real data, refusals."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.baseline import FEWEST_FOR_BASELINE, gene_baseline
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io import read_ranks
from lincs_interp.io.sample import load_sample, sample_path

COLUMNS = ["median_percentile", "share_low", "share_high", "share_extreme", "n_signatures", "tail"]


def matrix(values: np.ndarray, **options) -> RankMatrix:
    genes = [f"g{i}" for i in range(len(values))]
    return RankMatrix.from_frame(
        pd.DataFrame(values, index=genes, columns=[f"s{i}" for i in range(values.shape[1])]), **options
    )


def random_ranks(rng: np.random.Generator, n_genes: int, n_signatures: int) -> np.ndarray:
    return np.argsort(rng.random((n_genes, n_signatures)), axis=0) + 1


@st.composite
def backgrounds(draw, ties: bool = True, gaps: bool = True):
    """Random ranks, with ties (the highest rank of the tie), missing ranks and an N of its own in every column."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_genes = draw(st.integers(15, 40))
    values = rng.random((n_genes, FEWEST_FOR_BASELINE + draw(st.integers(0, 5))))
    if ties and draw(st.booleans()):
        values = np.ceil(values * draw(st.integers(2, 12)))
    frame = pd.DataFrame(values)
    if gaps and draw(st.booleans()):
        frame = frame.mask(rng.random(values.shape) < 0.2)
        frame.iloc[:12] = values[:12]  # ten genes at least, so that 10 % are one
    return matrix(frame.rank(method="max").to_numpy())


def test_ten_genes_on_paper():
    # 20 signatures of ten genes. tail 0.1 of N = 10 is one gene at each end: percentile 5 or 95.
    # g0 is lowest in 15 signatures and second (percentile 15) in five; g9 is always highest; g1 takes g0's place.
    column = np.arange(1, 11)
    swapped = column.copy()
    swapped[[0, 1]] = 2, 1
    table = gene_baseline(matrix(np.stack([column] * 15 + [swapped] * 5, axis=1)), tail=0.1)
    assert list(table.columns) == COLUMNS
    assert table.index.name == "gene"
    assert table.loc["g0"].tolist() == [5, 0.75, 0, 0.75, 20, 0.1]
    assert table.loc["g1"].tolist() == [15, 0.25, 0, 0.25, 20, 0.1]
    assert table.loc["g9"].tolist() == [95, 0, 1, 1, 20, 0.1]
    assert table.loc["g4", "share_extreme"] == 0


def test_an_even_number_of_signatures_has_its_median_between_two():
    column = np.arange(1, 11)
    other = column.copy()
    other[[0, 4]] = 5, 1  # g0 has percentile 5 in one half of the signatures and 45 in the other
    table = gene_baseline(matrix(np.stack([column, other] * 10, axis=1)), tail=0.1)
    assert table.loc["g0", "median_percentile"] == pytest.approx(25)


def test_the_edge_of_the_tail_is_exact():
    """0.07 * 100 is a little more than 7 in floating point, 0.29 * 100 a little less than 29: ranks are whole."""
    column = np.tile(np.arange(1, 101)[:, None], FEWEST_FOR_BASELINE)
    for k in range(1, 50):
        table = gene_baseline(matrix(column), tail=k / 100)
        assert table["share_low"].to_numpy().tolist() == [1.0] * k + [0.0] * (100 - k)
        assert table["share_high"].to_numpy().tolist() == [0.0] * (100 - k) + [1.0] * k


class TestLaws:
    @settings(max_examples=40)
    @given(backgrounds(), st.sampled_from([0.1, 0.13, 0.2, 0.4]))
    def test_turning_the_ranks_round_swaps_the_ends(self, background, tail):
        """Ties too: turned round they take the lowest rank of the tie, and the gene's place is the same."""
        turned = RankMatrix.from_frame(background.frame, rank_one="up")
        here, there = gene_baseline(background, tail=tail), gene_baseline(turned, tail=tail)
        np.testing.assert_array_equal(here["share_low"], there["share_high"])
        np.testing.assert_array_equal(here["share_high"], there["share_low"])
        np.testing.assert_allclose(here["median_percentile"], 100 - there["median_percentile"], atol=1e-9)

    @settings(max_examples=20)
    @given(backgrounds(ties=False, gaps=False))
    def test_shares_add_up_to_chance(self, background):
        n, tail = background.n_genes, 0.2
        table = gene_baseline(background, tail=tail)
        at_one_end = np.count_nonzero((np.arange(n) + 0.5) / n < tail)
        assert table["share_low"].sum() == pytest.approx(at_one_end)
        assert table["share_high"].sum() == pytest.approx(at_one_end)
        np.testing.assert_allclose(table["share_extreme"], table["share_low"] + table["share_high"], atol=1e-12)

    @settings(max_examples=20)
    @given(backgrounds(), st.integers(0, 2**32 - 1))
    def test_order_of_genes_and_signatures_changes_nothing(self, background, seed):
        shuffled = background.frame.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)
        table = gene_baseline(background, tail=0.2)
        again = gene_baseline(RankMatrix.from_frame(shuffled), tail=0.2)
        pd.testing.assert_frame_equal(again.loc[table.index], table)


@settings(max_examples=15)
@given(backgrounds())
def test_against_a_naive_loop(background):
    tail = 0.15
    table = gene_baseline(background, tail=tail)
    mid = background.frame.rank(method="average")  # complete columns: their own order is their ranking
    for gene in background.genes:
        percentiles = [
            100 * (mid.at[gene, s] - 0.5) / background.n_ranked[s]
            for s in background.frame
            if not np.isnan(mid.at[gene, s])
        ]
        row = table.loc[gene]
        assert row["n_signatures"] == len(percentiles)
        assert row["median_percentile"] == pytest.approx(np.median(percentiles), abs=1e-9)
        low = [p < 100 * tail - 1e-9 for p in percentiles]
        high = [p > 100 - 100 * tail + 1e-9 for p in percentiles]
        assert row["share_low"] == pytest.approx(np.mean(low))
        assert row["share_high"] == pytest.approx(np.mean(high))


def test_a_long_tie_is_extreme_at_neither_end():
    """With the highest rank of the tie, as in the file, 30 tied genes would all be extreme at the upper end."""
    low, high = np.arange(1.0, 201), np.arange(1.0, 201)
    low[:30], high[-30:] = 30, 200
    table = gene_baseline(matrix(np.stack([low, high] * 10, axis=1).astype(int)), tail=0.05)
    assert (table.iloc[:10]["share_low"] == 0.5).all()  # only where they are not tied
    assert (table.iloc[-10:]["share_high"] == 0.5).all()
    assert (table.iloc[10:-10]["share_extreme"] == 0).all()


def test_each_signature_has_its_own_n(rng):
    """A signature that ranks half of the genes has its tail among those."""
    frame = pd.DataFrame(random_ranks(rng, 200, 20)).astype(float)
    half = frame[0].where(frame.index < 100).rank()
    frame[0] = half
    frame.iloc[150, :] = np.nan
    background = matrix(frame.rank().to_numpy())
    table = gene_baseline(background, tail=0.05)
    lowest = background.genes[np.flatnonzero(half <= 5)]
    assert (table.loc[lowest, "share_low"] >= 1 / 20).all()
    assert table["n_signatures"].tolist() == [20] * 100 + [19] * 50 + [0] + [19] * 49
    assert table.loc["g150", COLUMNS[:4]].isna().all()
    assert table.drop(index="g150").notna().all(axis=None)


def test_a_signature_without_extremes_is_left_out(rng):
    frame = pd.DataFrame(random_ranks(rng, 200, 22)).astype(float)
    frame[0] = frame[0].where(frame.index < 15).rank()  # 5 % of 15 genes is less than one
    frame[1] = np.nan
    table = gene_baseline(matrix(frame.to_numpy()), tail=0.05)
    assert (table["n_signatures"] == 20).all()


def test_part_of_the_genes_is_judged_against_the_whole_ranking(rng):
    whole = matrix(random_ranks(rng, 300, 25))
    part = whole.select(genes=whole.genes[100:140])
    pd.testing.assert_frame_equal(gene_baseline(part), gene_baseline(whole).loc[part.genes])


def test_input_is_left_alone(rng):
    background = matrix(random_ranks(rng, 120, 20))
    before = background.frame.copy()
    gene_baseline(background)
    pd.testing.assert_frame_equal(background.frame, before)


def test_the_planted_extremes_come_out_on_top():
    planted = pd.read_csv(sample_path("genes.tsv"), sep="\t", index_col=0, keep_default_na=False)["habit"]
    table = gene_baseline(load_sample().background).sort_values("share_extreme", ascending=False)
    assert set(table.index[:24]) == set(planted.index[planted == 1])
    assert table["share_extreme"].iloc[23] > table["share_extreme"].iloc[24]
    assert table["share_extreme"].mean() == pytest.approx(0.02)


class TestRefusals:
    def test_too_few_signatures(self, rng):
        with pytest.raises(LincsInterpError) as raised:
            gene_baseline(matrix(random_ranks(rng, 200, 19)))
        assert str(raised.value) == (
            "background has 19 signatures that can be used, but a gene's baseline takes 20 or more: pass a library of"
            " unselected signatures, or a random part of one."
        )

    def test_too_few_genes_for_the_tail(self, rng):
        with pytest.raises(LincsInterpError) as raised:
            gene_baseline(matrix(random_ranks(rng, 40, 20)))
        assert str(raised.value) == (
            "tail is 0.01, but background ranks 40 genes, so that no gene would be among the extremes: pass a tail of"
            " at least 0.025."
        )

    @pytest.mark.parametrize("tail", [0, 0.5, -0.1, 1, float("nan"), "0.01", None, True])
    def test_tail(self, rng, tail):
        with pytest.raises(LincsInterpError, match=r"tail is .*: it must be a number between 0 and 0\.5"):
            gene_baseline(matrix(random_ranks(rng, 200, 20)), tail=tail)

    def test_background(self):
        with pytest.raises(LincsInterpError, match="background is a pandas DataFrame, not a RankMatrix"):
            gene_baseline(pd.DataFrame())


@pytest.mark.slow
def test_speed_and_memory(rng):
    import tracemalloc

    background = matrix(random_ranks(rng, 12_327, 1_000))
    start = time.process_time()
    gene_baseline(background)
    assert time.process_time() - start < 5  # about 1 s on a quiet machine
    tracemalloc.start()
    gene_baseline(background)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.3 * background.values.nbytes * 4  # int32 ranks: well below one more copy in 64 bits


@pytest.mark.real
class TestRealData:
    def test_baseline_of_one_cell_line(self, real_data):
        """SKB cells: the metallothioneins and the HDAC inhibitors' DHRS2 are extreme in a quarter of 100 drugs."""
        table = gene_baseline(read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz"))
        top = table.sort_values("share_extreme", ascending=False).index[:12]
        assert {"SAMD4A", "MT1G", "DHRS2", "MT2A"} <= set(top)
        assert table.loc["DHRS2", "share_low"] == 0  # always up
        assert table["share_extreme"].mean() == pytest.approx(0.02, abs=0.001)

    def test_heavily_tied_ends_are_treated_alike(self, real_data):
        """978 genes, up to 38 of them tied at the low end: with raw ranks the two ends differ by a tenth."""
        ranks = read_ranks(real_data / "real" / "landmark_978x1080.ranks.tsv.gz")
        table = gene_baseline(ranks)
        assert table["share_low"].mean() == pytest.approx(table["share_high"].mean(), rel=0.02)
        turned = gene_baseline(RankMatrix.from_frame(ranks.frame, rank_one="up"))
        np.testing.assert_array_equal(table["share_low"], turned["share_high"])
