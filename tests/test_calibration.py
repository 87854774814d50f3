"""Calibration: limma's variance, laws, the background's own signature, hit lists, and false positives as they are."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._check import LincsInterpError
from lincs_interp.calibration import (
    FEWEST_BACKGROUND,
    calibrate,
    fit_null,
    fixed_correlation_variance,
)
from lincs_interp.concordance import score_concordance
from lincs_interp.null_check import check_null
from lincs_interp.queries import GeneQuery
from lincs_interp.ranks import RankMatrix
from lincs_interp.sample import load_sample


@pytest.fixture(scope="module")
def sample():
    return load_sample()


@pytest.fixture(scope="module")
def scores(sample):
    return score_concordance(sample.ranks, sample.query)


def independent(n_genes=400, n_signatures=80, seed=3) -> RankMatrix:
    rng = np.random.default_rng(seed)
    values = np.argsort(rng.random((n_genes, n_signatures)), axis=0) + 1
    names = [f"S{i}" for i in range(n_signatures)]
    return RankMatrix.from_frame(pd.DataFrame(values, [f"G{i}" for i in range(n_genes)], names))


class TestFixedCorrelation:
    @pytest.mark.real
    def test_limma(self, real_data):
        # R: limma::rankSumTestWithCorrelation, its sigma2 for N = 12,327
        table = pd.read_csv(real_data / "oracles" / "limma" / "ranksum_vif.csv")
        ours = [fixed_correlation_variance(int(r.n1), int(r.N), r.rho) for r in table.itertuples()]
        np.testing.assert_allclose(ours, table["sigma2"], rtol=1e-9)

    @pytest.mark.parametrize(("n", "total"), [(5, 12_327), (150, 12_327), (20, 300)])
    def test_without_correlation_it_is_the_usual_variance(self, n, total):
        usual = n * (total - n) * (total + 1) / 12
        assert fixed_correlation_variance(n, total, 0) == pytest.approx(usual, rel=1e-9)

    def test_columns_and_label(self, sample, scores):
        table = calibrate(scores, sample.query)
        assert table.columns.tolist() == [*scores.columns, "z_cal", "p_cal", "fdr_cal", "calibrated_by"]
        assert set(table["calibrated_by"]) == {"correlation 0.075 assumed: a lower bound on p"}
        pd.testing.assert_frame_equal(table[scores.columns], scores)
        assert (table["p_cal"] >= table["p_sum"] - 1e-15).all()
        stronger = calibrate(scores, sample.query, correlation=0.3)
        assert (stronger["z_cal"].abs() < table["z_cal"].abs()).all()

    def test_zero_correlation_gives_independent_halves(self, sample, scores):
        table = calibrate(scores, sample.query, correlation=0.0)
        np.testing.assert_allclose(table["z_cal"], scores["z_sum"] / np.sqrt(2), rtol=1e-9)


class TestBackground:
    def test_independent_genes_need_no_inflation(self):
        background = independent()
        null = fit_null(GeneQuery("q", background.genes[:30], background.genes[30:60]), background)
        assert null.n_signatures == 80
        assert 0.6 < null.vif_up < 1.5
        assert abs(null.lean) < 0.4

    def test_genes_that_move_together_inflate(self, sample):
        null = fit_null(sample.query, sample.background)
        assert null.vif_up > 5
        assert null.vif_down > 5
        check = check_null(sample.background, sample.query)
        assert 0.05 < check.correlation_up < 0.15
        assert check.share_below_05 > 0.5
        assert check.sd_z_sum > 3
        assert "the nominal p is too small" in check.verdict

    def test_the_formula_by_hand(self, sample, scores):
        null = fit_null(sample.query, sample.background)
        table = calibrate(scores, sample.query, background=sample.background)
        variance = max(1, null.vif_up) + max(1, null.vif_down) - 2 * null.lean
        np.testing.assert_allclose(table["z_cal"], (scores["z_sum"] - null.middle) / np.sqrt(variance))
        from scipy.stats import t

        np.testing.assert_allclose(table["p_cal"], 2 * t.sf(np.abs(table["z_cal"]), 199), rtol=1e-9)
        assert set(table["calibrated_by"]) == {"variance inflation over 200 background signatures"}

    def test_twin_variance_by_a_loop(self, sample):
        null = fit_null(sample.query, sample.background)
        from lincs_interp.genes import resolve_query

        found = resolve_query(sample.background, sample.query)
        means = []
        for rows in (found.up_rows, found.down_rows):
            columns = []
            for row in rows:
                ranks = sample.background.values[row].astype(float)
                columns.append((ranks - ranks.mean()) / ranks.std(ddof=1))
            means.append(np.mean(columns, axis=0))
        assert null.vif_up == pytest.approx(len(found.up_rows) * np.var(means[0], ddof=1))
        assert null.lean == pytest.approx(np.sqrt(len(found.up_rows) * len(found.down_rows)) * np.cov(*means)[0, 1])

    def test_strong_signatures_stay_and_chance_goes(self, sample, scores):
        table = calibrate(scores, sample.query, background=sample.background)
        planted = sample.truth["planted"].reindex(table.index)
        strong = planted.isin(["strong mimicker", "strong reverser"])
        assert (table.loc[strong, "fdr_cal"] < 0.01).all()
        assert (table.loc[planted == "inert", "p_cal"] > 0.5).all()
        unrelated = score_concordance(sample.background, sample.query)
        assert (unrelated["p_sum"] < 0.05).mean() > 0.5

    def test_robust(self, sample, scores):
        null = fit_null(sample.query, sample.background)
        table = calibrate(scores, sample.query, background=sample.background, method="robust")
        np.testing.assert_allclose(table["z_cal"], (scores["z_sum"] - null.middle) / null.spread)

    def test_one_sided(self, sample):
        query = GeneQuery("up only", sample.query.up)
        null = fit_null(query, sample.background)
        assert np.isnan(null.vif_down)
        table = calibrate(score_concordance(sample.ranks, query), query, background=sample.background)
        expected = (score_concordance(sample.ranks, query)["z_up"] - null.middle) / np.sqrt(null.vif_up)
        np.testing.assert_allclose(table["z_cal"], expected)

    def test_library_size_counts_every_hypothesis(self, sample, scores):
        plain = calibrate(scores, sample.query, background=sample.background)
        library = calibrate(scores, sample.query, background=sample.background, library_size=718_055)
        pd.testing.assert_series_equal(plain["p_cal"], library["p_cal"])
        assert (library["fdr_cal"] >= plain["fdr_cal"]).all()
        assert library["fdr_cal"].min() > 100 * plain["fdr_cal"].min()

    def test_the_querys_own_signature_is_left_out(self):
        background = independent()
        order = background.frame["S5"].sort_values().index
        own = GeneQuery("another name", order[-20:], order[:20])
        assert fit_null(own, background).left_out == ("S5",)
        assert fit_null(GeneQuery("S9", order[-20:], order[100:120]), background).left_out == ("S9",)

    def test_too_small_a_background_says_so(self, sample, scores):
        small = sample.background.select(signatures=sample.background.frame.columns[: FEWEST_BACKGROUND - 1])
        words = calibrate(scores, sample.query, background=small)["calibrated_by"].iloc[0]
        assert words == "only 49 background signatures, correlation 0.075 assumed: a lower bound on p"
        enough = sample.background.select(signatures=sample.background.frame.columns[:FEWEST_BACKGROUND])
        assert "over 50" in calibrate(scores, sample.query, background=enough)["calibrated_by"].iloc[0]


class TestHitList:
    def test_is_refused_with_the_reason(self, sample, scores):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        with pytest.raises(LincsInterpError) as raised:
            calibrate(scores, sample.query, background=hits)
        assert str(raised.value) == (
            "background is a list of hits of this query: almost none of its signatures scores near zero, because they"
            " were chosen for not doing so. No null can be learned from it; pass unselected signatures, or"
            " correlation=0.075 for a lower bound on p."
        )
        check = check_null(hits, sample.query)
        assert check.hit_list
        assert "look like the hits of this very query" in check.verdict


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"background": pd.DataFrame()}, "background is a pandas DataFrame, not a RankMatrix"),
        ({"correlation": 1.5}, "correlation must lie between 0 and 1"),
        ({"library_size": 3}, "library_size must be a whole number of at least 78"),
        ({"method": "magic"}, 'method must be "vif" or "robust"'),
    ],
)
def test_refusals(sample, scores, arguments, sentence):
    with pytest.raises(LincsInterpError, match=sentence):
        calibrate(scores, sample.query, **arguments)


def test_background_and_correlation_together(sample, scores):
    with pytest.raises(LincsInterpError, match="both given"):
        calibrate(scores, sample.query, background=sample.background, correlation=0.1)


def test_no_scores(sample):
    with pytest.raises(LincsInterpError, match="scores must be the table that score_concordance makes"):
        calibrate(pd.DataFrame({"z": [1]}), sample.query)


@pytest.mark.real
@pytest.mark.parametrize("size", [25, 150])
def test_false_positives_on_real_signatures(real_data, size):
    """Every tenth signature's own extremes as a query; learned on one half, counted on the other."""
    from lincs_interp.files import read_ranks

    ranks = read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz")
    rng = np.random.default_rng(11)
    nominal, calibrated = [], []
    for own in ranks.frame.columns[::3]:
        order = ranks.frame[own].sort_values(kind="stable").index
        query = GeneQuery(own, order[-size:], order[:size])
        mixed = rng.permutation(ranks.frame.columns.drop(own))
        scores = score_concordance(ranks.select(signatures=mixed[50:]), query)
        table = calibrate(scores, query, background=ranks.select(signatures=mixed[:50]))
        nominal += table["p_sum"].tolist()
        calibrated += table["p_cal"].tolist()
    assert np.mean(np.array(nominal) < 0.05) > 0.4
    assert 0.03 < np.mean(np.array(calibrated) < 0.05) < 0.08
    assert np.mean(np.array(calibrated) < 1e-6) < 0.003
