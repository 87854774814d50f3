"""Resampled gene lists: by hand, by law, by twin, with missing ranks, and refusals."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.scoring import bootstrap as resampling
from lincs_interp.scoring.bootstrap import bootstrap_scores, draws, interval, places
from lincs_interp.scoring.concordance import query_rows, score_concordance

COLUMNS = ["z_sum", "z_low", "z_high", "place", "place_low", "place_high", "share_same_sign"]


@st.composite
def problems(draw, gaps=True):
    """A random matrix, with missing ranks or without, and a query of two lists or one."""
    n_genes, n_signatures = draw(st.integers(8, 30)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    frame = pd.DataFrame(rng.random((n_genes, n_signatures)), index=[f"g{i}" for i in range(n_genes)])
    if gaps and draw(st.booleans()):
        frame = frame.mask(rng.random(frame.shape) < 0.15)
        frame.iloc[: n_genes // 2, 0] = rng.random(n_genes // 2)
    chosen = list(rng.permutation(frame.index))
    n_up, n_down = draw(st.sampled_from([(2, 3), (1, 1), (3, 1), (4, 0), (0, 3), (1, 0)]))
    ranks = RankMatrix.from_frame(frame.rank().add_prefix("s", axis=1), n_genes=n_genes)
    return ranks, GeneQuery("q", chosen[:n_up], chosen[n_up : n_up + n_down])


def naive(ranks: RankMatrix, query: GeneQuery, n_resamples: int, seed: int) -> pd.DataFrame:
    """z_sum of every resample (rows) in every signature, gene by gene."""
    counts = draws(query_rows(ranks, query, overlap="error", rescue=False), n_resamples, seed)
    rows = []
    for resample in range(n_resamples):
        row = {}
        for signature in ranks.frame:
            total, z = int(ranks.n_ranked[signature]), []
            for genes, times in ((query.up, counts[0][resample]), (query.down, counts[1][resample])):
                drawn = [ranks.frame.at[g, signature] for g, k in zip(genes, times, strict=True) for _ in range(k)]
                drawn = [rank for rank in drawn if not np.isnan(rank)]
                n = len(drawn)
                if 0 < n < total:
                    z.append((sum(drawn) - n * (total + 1) / 2) / (n * (total - n) * (total + 1) / 12) ** 0.5)
                else:
                    z.append(np.nan)
            row[signature] = z[0] - z[1] if query.up and query.down else z[0] if query.up else -z[1]
        rows.append(row)
    return pd.DataFrame(rows)


def naive_place(z: pd.Series, signature: str, from_top: bool) -> float:
    z = round(z, 9)
    own = z[signature]
    return np.nan if np.isnan(own) else 1 + int((z > own).sum() if from_top else (z < own).sum())


def test_two_genes_on_paper():
    # N = 5, up = D (4) and E (5). Drawn are DD (a quarter), DE (half) or EE: R = 8, 9, 10, and
    # z = (R - 2 * 6 / 2) / sqrt(2 * 3 * 6 / 12) = 2, 3, 4 over sqrt(3). The other signature mirrors it.
    frame = pd.DataFrame({"S": [1, 2, 3, 4, 5], "T": [5, 4, 3, 2, 1]}, index=list("ABCDE"))
    table = bootstrap_scores(RankMatrix.from_frame(frame), GeneQuery("q", ["D", "E"]))
    assert list(table.columns) == COLUMNS
    assert table.index.tolist() == ["S", "T"]
    assert table.loc["S", ["z_sum", "z_low", "z_high"]].tolist() == pytest.approx(np.array([3, 2, 4]) / 3**0.5)
    assert table.loc["T", ["z_sum", "z_low", "z_high"]].tolist() == pytest.approx(np.array([-3, -4, -2]) / 3**0.5)
    assert table[["place", "place_low", "place_high", "share_same_sign"]].to_numpy().tolist() == [[1, 1, 1, 1]] * 2


def test_of_few_genes_the_bootstrap_is_too_narrow():
    """Two genes with ranks 4 and 5: the rank sum varies by n * 0.25 = 0.5 where n * s**2 is 1: sqrt((n-1)/n)."""
    counts, _ = draws((np.arange(2), np.arange(0)), 40_000, 0)
    assert np.var(counts @ [4, 5]) == pytest.approx(0.5, rel=0.03)


def test_every_list_keeps_its_length():
    up, down = draws((np.arange(7), np.arange(3)), 50, 0)
    assert (up.shape, down.shape) == ((50, 7), (50, 3))
    assert (up.sum(axis=1) == 7).all()
    assert (down.sum(axis=1) == 3).all()
    assert draws((np.arange(0), np.arange(3)), 50, 0)[0].shape == (50, 0)


@settings(max_examples=12)
@given(problems(), st.integers(0, 100))
def test_twin_a_naive_loop(problem, seed):
    ranks, query = problem
    table = bootstrap_scores(ranks, query, n_resamples=40, seed=seed)
    scores = score_concordance(ranks, query)
    np.testing.assert_allclose(table["z_sum"], scores["z_sum"].loc[table.index])
    z = naive(ranks, query, 40, seed)
    for signature, row in table.iterrows():
        from_top = not row["z_sum"] < -1e-9
        assert row["place"] == pytest.approx(naive_place(scores["z_sum"], signature, from_top), nan_ok=True)
        there = z[signature].dropna()
        if scores.loc[signature, ["n_up", "n_down"]].max() < 2 or there.empty:
            assert row[["z_low", "z_high", "place_low", "place_high", "share_same_sign"]].isna().all()
            continue
        assert row["z_low"] == pytest.approx(np.quantile(there, 0.025), abs=1e-9)
        assert row["z_high"] == pytest.approx(np.quantile(there, 0.975), abs=1e-9)
        place = [naive_place(z.loc[i], signature, from_top) for i in there.index]
        assert row["place_low"] == np.quantile(place, 0.025, method="lower")
        assert row["place_high"] == np.quantile(place, 0.975, method="higher")
        if abs(row["z_sum"]) > 1e-9:
            assert row["share_same_sign"] == pytest.approx(np.mean(np.sign(round(there, 9)) == np.sign(row["z_sum"])))
        else:
            assert np.isnan(row["share_same_sign"])


class TestLaws:
    @settings(max_examples=20)
    @given(problems(gaps=False))
    def test_turning_the_ranks_round_mirrors_everything(self, problem):
        ranks, query = problem
        here = bootstrap_scores(ranks, query, n_resamples=60)
        here = here[here["z_sum"].abs() > 1e-9]
        there = bootstrap_scores(RankMatrix.from_frame(ranks.frame, rank_one="up"), query, n_resamples=60)
        there = there.loc[here.index]
        np.testing.assert_allclose(here["z_sum"], -there["z_sum"], atol=1e-9)
        np.testing.assert_allclose(here["z_low"], -there["z_high"], atol=1e-9)
        for name in ("place", "place_low", "place_high", "share_same_sign"):
            np.testing.assert_array_equal(here[name], there[name])

    @settings(max_examples=20)
    @given(problems(), st.integers(0, 2**32 - 1))
    def test_order_of_signatures_and_unknown_genes_change_nothing(self, problem, seed):
        ranks, query = problem
        shuffled = ranks.select(signatures=list(ranks.frame.sample(frac=1, axis=1, random_state=seed).columns))
        more = GeneQuery("q", [*query.up, "unheard"] if query.up else (), query.down)
        again = bootstrap_scores(shuffled, more, n_resamples=50)
        table = bootstrap_scores(ranks, query, n_resamples=50)
        pd.testing.assert_frame_equal(again.loc[table.index], table)

    @settings(max_examples=30)
    @given(st.integers(0, 2**32 - 1))
    def test_places_are_counted_one_by_one(self, seed):
        rng = np.random.default_rng(seed)
        z = rng.integers(-3, 4, (6, 9)).astype(float)  # many ties
        z[rng.random(z.shape) < 0.2] = np.nan
        from_top = rng.random(9) < 0.5
        expected = [[naive_place(pd.Series(row), j, from_top[j]) for j in range(9)] for row in z]
        np.testing.assert_array_equal(places(z, from_top), expected)


def test_a_down_list_alone_mirrors_an_up_list_alone():
    sample = load_sample()
    genes = sample.query.up
    up = bootstrap_scores(sample.ranks, GeneQuery("q", up=genes), n_resamples=60)
    down = bootstrap_scores(sample.ranks, GeneQuery("q", up=(), down=genes), n_resamples=60).loc[up.index]
    np.testing.assert_allclose(up["z_sum"], -down["z_sum"])
    np.testing.assert_allclose(up["z_low"], -down["z_high"])
    np.testing.assert_array_equal(up["place_high"], down["place_high"])


def test_scores_that_differ_by_rounding_only_share_a_place():
    z = np.array([[1.0, 1.0 + 1e-13, 2.0, 0.5]])
    assert places(z, np.array([True] * 4)).tolist() == [[2, 2, 1, 4]]
    assert places(z, np.array([False] * 4)).tolist() == [[2, 2, 4, 1]]


def test_intervals_of_places_are_rounded_outwards():
    low, high = interval(np.array([[4.0, 1, 3, 2], [np.nan, 2, 1, np.nan], [np.nan] * 4]), 0.5, outwards=True)
    assert low.tolist()[:2] == [1, 1]
    assert high.tolist()[:2] == [4, 2]
    assert np.isnan([low[2], high[2]]).all()
    low, high = interval(np.array([[4.0, 1, 3, 2]]), 0.5)
    assert (low[0], high[0]) == (1.75, 3.25)


def test_the_seed_decides():
    sample = load_sample()
    first, again, other = (bootstrap_scores(sample.ranks, sample.query, n_resamples=100, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["z_low"] != other["z_low"]).all()
    assert (first["z_sum"] == other["z_sum"]).all()


def test_blocks_change_nothing(monkeypatch):
    sample = load_sample()
    whole = bootstrap_scores(sample.ranks, sample.query, n_resamples=100)
    monkeypatch.setattr(resampling, "NUMBERS_AT_A_TIME", 1_000)
    monkeypatch.setattr(resampling, "ROWS_AT_A_TIME", 7)
    pd.testing.assert_frame_equal(bootstrap_scores(sample.ranks, sample.query, n_resamples=100), whole)


def test_a_wider_level_is_a_wider_interval():
    sample = load_sample()
    wide, narrow = (bootstrap_scores(sample.ranks, sample.query, level=level) for level in (0.99, 0.5))
    assert (wide["z_low"] < narrow["z_low"]).all()
    assert (wide["z_high"] > narrow["z_high"]).all()
    assert (wide["place_low"] <= narrow["place_low"]).all()
    assert (wide["place_high"] >= narrow["place_high"]).all()
    assert ((narrow["z_low"] < wide["z_sum"]) & (wide["z_sum"] < narrow["z_high"])).all()


def test_one_gene_a_side_has_no_interval():
    frame = pd.DataFrame({"S": [1, 2, 3, 4], "T": [4, 3, 1, 2]}, index=list("ABCD"))
    table = bootstrap_scores(RankMatrix.from_frame(frame), GeneQuery("q", ["D"], ["A"]))
    assert table["place"].tolist() == [1, 1]
    assert table[["z_low", "z_high", "place_low", "place_high", "share_same_sign"]].isna().all(axis=None)


def test_a_signature_without_ranks_is_nan_and_takes_no_place():
    sample = load_sample()
    frame = sample.ranks.frame.astype(float)
    frame[frame.columns[0]] = np.nan  # the second best
    table = bootstrap_scores(RankMatrix.from_frame(frame), sample.query, n_resamples=60)
    assert table.index[-1] == frame.columns[0]
    assert table.iloc[-1].isna().all()
    assert table["place"].iloc[:3].tolist() == [1, 2, 3]


def test_genes_that_move_together_make_the_intervals_too_narrow():
    """What unrelated signatures really score spreads more than twice as wide as the bootstrap of any of them."""
    sample = load_sample()
    table = bootstrap_scores(sample.background, sample.query)
    assert table["z_sum"].std() > 2 * ((table["z_high"] - table["z_low"]) / (2 * 1.96)).median()


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "remedy"),
        [
            ({"n_resamples": 39}, "at least 40"),
            ({"n_resamples": 100, "level": 0.99}, "at least 200"),
            ({"level": 95}, "0.95 is 95 %"),
            ({"level": "0.9"}, "0.95 is 95 %"),
            ({"n_resamples": 0}, "a whole number from 1"),
            ({"seed": -1}, "a whole number from 0"),
            ({"seed": None}, "a whole number from 0"),
            ({"n_resamples": 20_000_000}, "leave_one_out"),
        ],
    )
    def test_options(self, small_ranks, small_query, options, remedy):
        with pytest.raises(LincsInterpError) as raised:
            bootstrap_scores(small_ranks, small_query, **options)
        name, value = next(iter(options.items()))
        assert (raised.value.argument, raised.value.value) == (name, value)
        assert remedy in raised.value.remedy

    def test_overlap_and_rescue(self, small_ranks, small_query):
        both = GeneQuery("q", small_query.up, (*small_query.down, "G001"))
        with pytest.raises(LincsInterpError, match="both up and down"):
            bootstrap_scores(small_ranks, both)
        dropped = bootstrap_scores(small_ranks, both, overlap="drop", n_resamples=50)
        without = GeneQuery("q", [gene for gene in small_query.up if gene != "G001"], small_query.down)
        pd.testing.assert_frame_equal(dropped, bootstrap_scores(small_ranks, without, n_resamples=50))
        mouse = GeneQuery("q", ["g001", "G002"])
        assert bootstrap_scores(small_ranks, mouse).notna().all(axis=None)
        one = bootstrap_scores(small_ranks, mouse, rescue=False)
        assert one["z_low"].isna().all()


def test_a_whole_number_may_be_a_float(small_ranks, small_query):
    expected = bootstrap_scores(small_ranks, small_query, n_resamples=50)
    pd.testing.assert_frame_equal(bootstrap_scores(small_ranks, small_query, n_resamples=50.0), expected)


def test_speed(rng):
    """1,000 resamples of 150 + 150 genes against 2,000 signatures: 0.6 s of processor time on a quiet machine."""
    genes = [f"g{i}" for i in range(400)]
    values = np.argsort(rng.random((400, 2_000)), axis=0) + 1
    ranks = RankMatrix.from_frame(pd.DataFrame(values, index=genes).add_prefix("s", axis=1))
    query = GeneQuery("q", genes[:150], genes[150:300])
    start = time.process_time()
    bootstrap_scores(ranks, query, rescue=False)
    assert time.process_time() - start < 5
