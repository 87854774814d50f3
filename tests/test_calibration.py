"""Calibration: limma's variance, laws, the background's own signature, hit lists, and false positives as they are."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.genes.matching import resolve_query
from lincs_interp.io.sample import load_sample
from lincs_interp.scoring import null
from lincs_interp.scoring.calibration import METHODS, calibrate, fixed_correlation_variance
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.null import FEWEST_BACKGROUND, check_null, fit_null


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
        assert table.columns.tolist() == [
            *scores.columns, "z_cal", "p_cal", "fdr_cal", "bonferroni_cal", "n_hypotheses", "p_status", "how"
        ]  # fmt: skip
        words = "correlation 0.075 assumed: not calibrated, as a rule a lower bound on p"
        assert set(table["how"]) == {words}
        pd.testing.assert_frame_equal(table[scores.columns], scores)
        assert (table["p_cal"] >= table["p_sum"] - 1e-15).all()
        stronger = calibrate(scores, sample.query, correlation=0.3)
        assert (stronger["z_cal"].abs() < table["z_cal"].abs()).all()

    def test_zero_correlation_gives_independent_lists(self, sample, scores):
        table = calibrate(scores, sample.query, correlation=0.0)
        np.testing.assert_allclose(table["z_cal"], scores["z_sum"] / np.sqrt(2), rtol=1e-9)


class TestBackground:
    def test_independent_genes_need_no_inflation(self):
        background = independent()
        null = fit_null(GeneQuery("q", background.genes[:30], background.genes[30:60]), background)
        assert null.n_signatures == 80
        assert 0.6 < null.inflation.up < 1.5
        assert abs(null.inflation.covariance) < 0.4

    def test_genes_that_move_together_inflate(self, sample):
        null = fit_null(sample.query, sample.background)
        assert null.inflation.up > 5
        assert null.inflation.down > 5
        check = check_null(sample.background, sample.query)
        assert 0.05 < check.correlation_up < 0.15
        assert check.share_below_05 > 0.5
        assert check.sd_z_sum > 3
        assert (check.vif_up, check.vif_down) == (null.inflation.up, null.inflation.down)
        assert check.sentence == (
            "Of 200 unrelated signatures, 60% reach a nominal p below .05, where 5% should: the nominal p is too small"
            " for this query."
        )
        assert str(check) == check.sentence
        assert "variance inflation of z" in check._repr_html_()

    def test_the_formula_by_hand(self, sample, scores):
        """Each background signature is of a perturbagen of its own: the plain variance, a t with n - 1."""
        from scipy.stats import t

        unrelated = score_concordance(sample.background, sample.query)["z_sum"]
        table = calibrate(scores, sample.query, background=sample.background)
        expected = (scores["z_sum"] - unrelated.median()) / np.sqrt(unrelated.var() * (1 + 1 / 200))
        np.testing.assert_allclose(table["z_cal"], expected, rtol=1e-9)
        np.testing.assert_allclose(table["p_cal"], 2 * t.sf(np.abs(table["z_cal"]), 199), rtol=1e-9)
        assert set(table["how"]) == {"variance between and within perturbagens over 200 background signatures"}

    def test_three_signatures_on_paper(self):
        # Ranks 1, 2, 3, 4 of A in four signatures, B the other way; up = {A}, down = {B}, N = 4.
        # sigma = sqrt(1 * 3 * 5 / 12) = sqrt(1.25), z_up = (-1.5, -.5, .5, 1.5) / sigma = z_down
        frame = pd.DataFrame(
            {"s1": [1, 4, 2, 3], "s2": [2, 3, 1, 4], "s3": [3, 2, 4, 1], "s4": [4, 1, 2, 3]}, list("ABCD")
        )
        null = fit_null(GeneQuery("s4", ["A"], ["B"]), RankMatrix.from_frame(frame))
        # s4 is the query's own, by its name: three are left, with z = (-1.5, -.5, .5) / sigma and variance 1/1.25
        assert null.own == ("s4",)
        assert null.n_signatures == 3
        assert null.inflation.up == pytest.approx(0.8)
        assert null.inflation.down == pytest.approx(0.8)
        assert null.inflation.covariance == pytest.approx(-0.8)
        assert null.inflation.variance() == pytest.approx(1 + 1 + 1.6)  # neither list below 1
        assert null.spread.middle == pytest.approx(-1 / np.sqrt(1.25))
        assert null.spread.variance[-1] == pytest.approx(4 * 0.8)  # z_sum is twice z_up

    def test_correlation_against_numpy(self, sample):
        check = check_null(sample.background, sample.query)
        rows = resolve_query(sample.background, sample.query).up_rows
        table = np.corrcoef(sample.background.values[rows])
        assert check.correlation_up == pytest.approx(table[np.triu_indices(len(rows), 1)].mean())

    def test_strong_signatures_stay_and_chance_goes(self, sample, scores):
        table = calibrate(scores, sample.query, background=sample.background)
        planted = sample.truth["planted"].reindex(table.index)
        strong = planted.isin(["strong mimicker", "strong reverser"])
        assert (table.loc[strong, "fdr_cal"] < 0.01).all()
        assert (table.loc[planted == "inert", "p_cal"] > 0.5).all()
        unrelated = score_concordance(sample.background, sample.query)
        assert (unrelated["p_sum"] < 0.05).mean() > 0.5

    def test_the_quantiles_for_the_plot(self, sample):
        from scipy.stats import norm

        check = check_null(sample.background, sample.query)
        scores = score_concordance(sample.background, sample.query)
        np.testing.assert_allclose(check.qq["expected"], norm.ppf((np.arange(200) + 0.5) / 200), rtol=1e-9)
        z = scores["z_sum"].reindex(check.qq.index)
        # Each is judged without itself.
        without = z.map(lambda one: z.drop(z.index[z == one]).var() * (1 + 1 / 199))
        np.testing.assert_allclose(check.qq["calibrated"], (z - z.median()) / np.sqrt(without), rtol=1e-9)
        # The nominal p and the observed z are the same statement.
        nominal = 2 * norm.sf(np.abs(check.qq["observed"]))
        np.testing.assert_allclose(nominal, scores["p_sum"].reindex(check.qq.index), rtol=1e-6)
        assert check.qq["observed"].is_monotonic_increasing

    def test_lists_that_lean_on_each_other_get_no_less_than_chance(self):
        """Up and down genes that rise and fall together: z_sum hardly varies, by an accident of the background."""
        rng = np.random.default_rng(8)
        shared = rng.standard_normal(80)
        values = rng.standard_normal((300, 80))
        values[:40] += 3 * shared
        ranks = RankMatrix.from_frame(
            pd.DataFrame(values.argsort(axis=0).argsort(axis=0) + 1, [f"G{i}" for i in range(300)]).rename(
                columns=lambda i: f"S{i}"
            )
        )
        query = GeneQuery("q", ranks.genes[:20], ranks.genes[20:40])
        null = fit_null(query, ranks)
        least = 2 + 2 * np.sqrt(20 * 20 / (280 * 280))
        assert null.inflation.variance() < least
        scores = score_concordance(ranks, query)
        table = calibrate(scores, query, background=ranks)
        expected = (scores["z_sum"] - null.spread.middle) / np.sqrt(least * (1 + 1 / 79))
        np.testing.assert_allclose(table["z_cal"], expected, rtol=1e-9)

    def test_robust(self, sample, scores):
        table = calibrate(scores, sample.query, background=sample.background, method="robust")
        z = score_concordance(sample.background, sample.query)["z_sum"]
        spread = 1.4826 * (z - z.median()).abs().median()
        np.testing.assert_allclose(table["z_cal"], (scores["z_sum"] - z.median()) / spread)

    def test_empirical_by_counting(self, sample, scores):
        table = calibrate(scores, sample.query, background=sample.background, method="empirical")
        z = score_concordance(sample.background, sample.query)["z_sum"]
        away = (z - z.median()).abs()
        for signature in scores.index[::7]:
            beyond = sum(away >= abs(scores.at[signature, "z_sum"] - z.median()))
            assert table.at[signature, "p_cal"] == (beyond + 1) / 201
        assert table["p_cal"].min() >= 1 / 201

    def test_a_signature_is_not_counted_against_itself(self, sample):
        scores = score_concordance(sample.background, sample.query)
        table = calibrate(scores, sample.query, background=sample.background, method="empirical")
        away = (scores["z_sum"] - scores["z_sum"].median()).abs()
        assert table.at[away.idxmax(), "p_cal"] == 1 / 200  # none of the other 199 is as far
        assert table.at[away.idxmin(), "p_cal"] == 1
        assert "over 200 background signatures, 200 of them scored here as well" in table["how"].iloc[0]
        # A library judged by itself: p is spread evenly.
        assert 0.03 < (table["p_cal"] < 0.05).mean() < 0.055

    def test_a_signature_is_left_out_of_its_own_variance(self, sample):
        scores = score_concordance(sample.background, sample.query)
        table = calibrate(scores, sample.query, background=sample.background)
        for signature in scores.index[::40]:
            rest = scores.drop(signature)
            expected = scores.at[signature, "z_sum"] - scores["z_sum"].median()
            expected /= np.sqrt(rest["z_sum"].var() * (1 + 1 / 199))
            assert table.at[signature, "z_cal"] == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("method", METHODS)
    def test_turning_the_query_round_turns_z_only(self, sample, scores, method):
        query = sample.query
        swapped = GeneQuery("swapped", query.down, query.up)
        table = calibrate(scores, query, background=sample.background, method=method)
        turned = calibrate(
            score_concordance(sample.ranks, swapped), swapped, background=sample.background, method=method
        ).loc[table.index]
        np.testing.assert_allclose(turned["z_cal"], -table["z_cal"], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(turned["p_cal"], table["p_cal"], rtol=1e-9)

    @pytest.mark.parametrize("method", METHODS)
    def test_the_order_of_the_background_does_not_matter(self, sample, scores, method):
        mixed = sample.background.select(
            genes=sample.background.genes[::-1], signatures=sample.background.frame.columns[::-1]
        )
        table, other = (
            calibrate(scores, sample.query, background=background, method=method)
            for background in (sample.background, mixed)
        )
        np.testing.assert_allclose(table["p_cal"], other["p_cal"], rtol=1e-9)

    def test_one_sided(self, sample):
        query = GeneQuery("up only", sample.query.up)
        scores = score_concordance(sample.ranks, query)
        table = calibrate(scores, query, background=sample.background)
        z = score_concordance(sample.background, query)["z_up"]
        expected = (scores["z_up"] - z.median()) / np.sqrt(z.var() * (1 + 1 / 200))
        np.testing.assert_allclose(table["z_cal"], expected, rtol=1e-9)
        assert np.isnan(fit_null(query, sample.background).inflation.down)

    def test_the_other_side_alone(self, sample):
        query = GeneQuery("down only", (), sample.query.down)
        scores = score_concordance(sample.ranks, query)
        table = calibrate(scores, query, background=sample.background)
        z = score_concordance(sample.background, query)["z_down"]
        expected = (scores["z_down"] - z.median()) / np.sqrt(z.var() * (1 + 1 / 200))
        np.testing.assert_allclose(table["z_cal"], expected, rtol=1e-9)

    def test_library_size_counts_every_hypothesis(self, sample, scores):
        plain = calibrate(scores, sample.query, background=sample.background)
        library = calibrate(scores, sample.query, background=sample.background, library_size=718_055)
        pd.testing.assert_series_equal(plain["p_cal"], library["p_cal"])
        assert (library["fdr_cal"] >= plain["fdr_cal"]).all()
        assert library["fdr_cal"].min() > 100 * plain["fdr_cal"].min()
        np.testing.assert_allclose(library["bonferroni_cal"], np.minimum(1, 718_055 * library["p_cal"]))
        np.testing.assert_allclose(plain["bonferroni_cal"], np.minimum(1, 78 * plain["p_cal"]))
        assert (plain["fdr_cal"] <= plain["bonferroni_cal"] + 1e-15).all()
        assert (library["n_hypotheses"] == 718_055).all()

    def test_the_querys_own_signature_is_left_out(self):
        """By its name; or it is found, as every other hit, in both directions alike."""
        background = independent()
        order = background.frame["S5"].sort_values().index
        for up, down in ((order[-20:], order[:20]), (order[:20], order[-20:])):
            own = fit_null(GeneQuery("another name", up, down), background)
            assert (own.own, own.n_hits, "S5" in own.z.index) == ((), 1, False)
        assert fit_null(GeneQuery("S9", order[-20:], order[100:120]), background).own == ("S9",)

    def test_too_small_a_background_says_so(self, sample, scores):
        small = sample.background.select(signatures=sample.background.frame.columns[: FEWEST_BACKGROUND - 1])
        words = calibrate(scores, sample.query, background=small)["how"].iloc[0]
        assert words == (
            "only 49 background signatures, correlation 0.075 assumed: not calibrated, as a rule a lower bound on p"
        )
        enough = sample.background.select(signatures=sample.background.frame.columns[:FEWEST_BACKGROUND])
        assert "over 50" in calibrate(scores, sample.query, background=enough)["how"].iloc[0]


class TestBackgroundAsItComes:
    def test_fifty_once_the_own_signature_is_gone(self, sample, scores):
        """The bound counts what was given."""
        some = sample.background.frame.columns[:FEWEST_BACKGROUND]
        query = GeneQuery(some[0], sample.query.up, sample.query.down)
        words = calibrate(scores, query, background=sample.background.select(signatures=some))["how"]
        assert words.iloc[0].endswith(f"over 49 background signatures ({some[0]}, the query's own left out)")

    def test_signatures_that_repeat_count_once(self, sample, scores):
        frame = sample.background.frame
        twice = pd.concat([frame, frame.add_suffix(" again")], axis=1)
        plain = calibrate(scores, sample.query, background=sample.background)
        table = calibrate(scores, sample.query, background=RankMatrix.from_frame(twice))
        pd.testing.assert_series_equal(table["p_cal"], plain["p_cal"])
        assert "over 200 background signatures (200 repeats left out)" in table["how"].iloc[0]

    def test_signatures_that_are_all_the_same_calibrate_nothing(self, sample, scores):
        one = sample.background.frame.iloc[:, [0]]
        same = pd.concat([one.set_axis([f"copy {i}"], axis=1) for i in range(80)], axis=1)
        table = calibrate(scores, sample.query, background=RankMatrix.from_frame(same))
        assert table["how"].iloc[0] == (
            "only 1 background signature (79 repeats left out), correlation 0.075 assumed: not calibrated, as a rule a"
            " lower bound on p"
        )
        assert check_null(RankMatrix.from_frame(same), sample.query).sentence == (
            "1 background signature (79 repeats left out) cannot show how unrelated signatures score for this query: 50"
            " of 10 perturbagens are needed."
        )

    def test_signatures_without_order_are_no_background(self, sample, scores):
        frame = sample.background.frame.astype(float)
        frame.iloc[:, :60] = np.nan
        rest = sample.background.select(signatures=frame.columns[60:])
        table = calibrate(scores, sample.query, background=RankMatrix.from_frame(frame))
        pd.testing.assert_series_equal(
            table["p_cal"], calibrate(scores, sample.query, background=rest)["p_cal"], rtol=1e-9
        )

    def test_genes_that_never_move_add_no_variance(self, sample, scores):
        rng = np.random.default_rng(2)
        values = np.argsort(rng.random((40, 80)), axis=0) + 11
        frame = pd.DataFrame(values, [f"G{i}" for i in range(40)], [f"S{i}" for i in range(80)])
        fixed = pd.DataFrame({s: range(1, 11) for s in frame}, [f"F{i}" for i in range(10)])
        ranks = RankMatrix.from_frame(pd.concat([frame, fixed]))
        query = GeneQuery("q", [f"F{i}" for i in range(10)], [f"G{i}" for i in range(10)])
        null = fit_null(query, ranks)
        assert null.inflation.up == pytest.approx(0)
        table = calibrate(score_concordance(ranks, query), query, background=ranks, selected=False)
        assert np.isfinite(table["z_cal"]).all()  # no list counts for less than independent genes would

    def test_a_signature_without_score_has_no_p(self, sample):
        frame = sample.ranks.frame.astype(float)
        frame.iloc[:, 0] = np.nan
        ranks = RankMatrix.from_frame(frame)
        table = calibrate(score_concordance(ranks, sample.query), sample.query, background=sample.background)
        assert table.loc[frame.columns[0], ["z_cal", "p_cal", "fdr_cal", "bonferroni_cal"]].isna().all()
        assert (table["n_hypotheses"] == 77).all()

    def test_a_background_with_fewer_of_the_genes(self, sample, scores):
        found = resolve_query(sample.background, sample.query)
        lost = set(found.up_rows[:20])
        genes = [gene for row, gene in enumerate(sample.background.genes) if row not in lost]
        fewer = sample.background.select(genes=genes)
        null = fit_null(sample.query, fewer)
        table = calibrate(scores, sample.query, background=fewer)
        assert (
            "over 200 background signatures, which rank 69 of 89 up and 82 of 82 down genes" in (table["how"].iloc[0])
        )
        inflation = null.inflation
        up = 1 + (inflation.up - 1) * 88 / 68
        wider = (up + inflation.down - 2 * inflation.covariance * np.sqrt(88 / 68)) / inflation.variance()
        variance = null.z["z_sum"].var() * wider * (1 + 1 / 200)
        np.testing.assert_allclose(table["z_cal"], (scores["z_sum"] - null.spread.middle) / np.sqrt(variance))
        # Nearly what the whole background says.
        whole = calibrate(scores, sample.query, background=sample.background)
        assert 0.9 < (table["z_cal"] / whole["z_cal"]).median() < 1.1

    def test_a_background_with_few_of_the_genes_is_refused(self, sample, scores):
        found = resolve_query(sample.background, sample.query)
        lost = set(found.down_rows[:40])
        fewer = sample.background.select(
            genes=[gene for row, gene in enumerate(sample.background.genes) if row not in lost]
        )
        with pytest.raises(LincsInterpError) as raised:
            calibrate(scores, sample.query, background=fewer)
        assert str(raised.value) == (
            "background ranks 89 up and 42 down genes of the 89 and 82 that were scored, fewer than 70% of a list: pass"
            " a background with the same genes as the matrix."
        )

    @pytest.mark.parametrize("method", METHODS)
    def test_every_method_allows_for_fewer_genes(self, sample, scores, method):
        found = resolve_query(sample.background, sample.query)
        lost = set(found.up_rows[:20]) | set(found.down_rows[:20])
        fewer = sample.background.select(
            genes=[gene for row, gene in enumerate(sample.background.genes) if row not in lost]
        )
        table = calibrate(scores, sample.query, background=fewer, method=method)
        whole = calibrate(scores, sample.query, background=sample.background, method=method)
        assert 0.85 < (table["z_cal"] / whole["z_cal"]).median() < 1.2
        assert abs((table["p_cal"] < 0.05).mean() - (whole["p_cal"] < 0.05).mean()) < 0.06

    def test_signatures_with_few_of_the_genes_are_left_out(self, sample, scores):
        found = resolve_query(sample.background, sample.query)
        frame = sample.background.frame.astype(float)
        frame.iloc[found.up_rows[:40], :100] = np.nan  # half of the signatures lack 40 of 89 up genes
        ranks = RankMatrix.from_frame(frame.apply(lambda column: column.rank()))
        null = fit_null(sample.query, ranks)
        assert (null.n_signatures, null.n_thin, null.n_up) == (100, 100, 89)
        rest = sample.background.select(signatures=frame.columns[100:])
        table = calibrate(scores, sample.query, background=ranks)
        expected = calibrate(scores, sample.query, background=rest)
        pd.testing.assert_series_equal(table["p_cal"], expected["p_cal"], rtol=1e-9)
        assert "over 100 background signatures (100 with too few of the genes left out)" in table["how"].iloc[0]

    def test_one_gene_makes_no_repeats_and_no_owner(self):
        """Ranks of one gene are often equal, and at the very end in many signatures."""
        rng = np.random.default_rng(4)
        values = np.argsort(np.argsort(rng.random((50, 120)), axis=0), axis=0) + 1
        ranks = RankMatrix.from_frame(pd.DataFrame(values, [f"G{i}" for i in range(50)], [f"S{i}" for i in range(120)]))
        null = fit_null(GeneQuery("q", ["G7"]), ranks)
        assert (null.n_signatures, null.n_repeats, null.own) == (120, 0, ())

    def test_a_background_of_other_genes(self, sample, scores):
        with pytest.raises(LincsInterpError, match=r"^background cannot be scored: query has 92 up genes"):
            calibrate(scores, sample.query, background=independent())


class TestHitList:
    def test_is_refused_with_the_reason(self, sample, scores):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        with pytest.raises(LincsInterpError) as raised:
            calibrate(scores, sample.query, background=hits)
        assert raised.value.argument == "background"
        assert "scores near zero" in str(raised.value)
        assert all(word in raised.value.remedy for word in ("unselected", "correlation=0.075", "selected=False"))
        check = check_null(hits, sample.query)
        assert check.hit_list
        assert "look like the hits of this very query" in check.sentence

    @pytest.mark.parametrize("sign", [1, -1])
    def test_of_one_direction_is_recognised_too(self, sample, sign):
        scores = score_concordance(sample.background, sample.query)
        mimickers = (sign * scores["z_sum"]).nlargest(60).index
        assert fit_null(sample.query, sample.background.select(signatures=mimickers)).hit_list

    def test_can_be_declared(self, sample, scores):
        with pytest.raises(LincsInterpError) as raised:
            calibrate(scores, sample.query, background=sample.background, selected=True)
        assert raised.value.argument == "background"
        assert "selected=True" in str(raised.value)
        assert "selected=False" not in raised.value.remedy
        assert check_null(sample.background, sample.query, selected=True).hit_list

    def test_can_be_denied(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        far = score_concordance(sample.background, sample.query)
        hits = sample.background.select(signatures=far.index[far["z_sum"].abs() > 4])
        assert fit_null(sample.query, hits).hit_list
        assert calibrate(scores, sample.query, background=hits, selected=False)["p_cal"].notna().all()
        assert not check_null(hits, sample.query, selected=False).hit_list


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ({"background": pd.DataFrame()}, "read_ranks"),
        ({"correlation": 1.5}, "from 0 to 1"),
        ({"library_size": 3}, "a whole number from 78"),
        ({"library_size": True}, "a whole number from 78"),
        ({"method": "magic"}, '"random_effects" or "robust" or "empirical"'),
        ({"selected": "no", "background": True}, "True or False"),
    ],
)
def test_refusals(sample, scores, arguments, remedy):
    name, value = next(iter(arguments.items()))
    if arguments.get("background") is True:
        arguments = arguments | {"background": sample.background}
    with pytest.raises(LincsInterpError) as raised:
        calibrate(scores, sample.query, **arguments)
    assert (raised.value.argument, raised.value.value is value) == (name, True)
    assert remedy in raised.value.remedy


def test_background_and_correlation_together(sample, scores):
    with pytest.raises(LincsInterpError, match="both given"):
        calibrate(scores, sample.query, background=sample.background, correlation=0.1)


def test_no_scores(sample):
    with pytest.raises(LincsInterpError, match="scores must be the table that score_concordance makes"):
        calibrate(pd.DataFrame({"z": [1]}), sample.query)


def p_of_unrelated(ranks, size, *, every, seed=11):
    """Own extremes of every so-manieth signature as a query; learned on one half, counted on the other."""
    rng = np.random.default_rng(seed)
    nominal, calibrated = [], []
    for own in ranks.frame.columns[::every]:
        order = ranks.frame[own].sort_values(kind="stable").index
        query = GeneQuery(own, order[-size:], order[:size])
        mixed = rng.permutation(ranks.frame.columns.drop(own))
        half = (len(mixed) + 1) // 2
        scores = score_concordance(ranks.select(signatures=mixed[half:]), query)
        table = calibrate(scores, query, background=ranks.select(signatures=mixed[:half]))
        nominal += table["p_sum"].tolist()
        calibrated += table["p_cal"].tolist()
    return np.array(nominal), np.array(calibrated)


@pytest.mark.real
@pytest.mark.parametrize("size", [25, 50, 100, 150])
def test_false_positives_on_real_signatures(real_data, size):
    from lincs_interp.io import read_ranks

    ranks = read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz")
    nominal, calibrated = p_of_unrelated(ranks, size, every=2)
    assert np.mean(nominal < 0.05) > 0.4
    # 4 to 6.5 % over all queries and several splits (benchmarks/calibration.py); this is half of one split.
    assert 0.035 < np.mean(calibrated < 0.05) < 0.07
    assert np.mean(calibrated < 1e-6) < 0.002


@pytest.mark.parametrize("size", [25, 150])
def test_false_positives_on_the_simulated_background(sample, size):
    nominal, calibrated = p_of_unrelated(sample.background, size, every=8)
    assert np.mean(nominal < 0.05) > 0.1
    assert 0.035 < np.mean(calibrated < 0.05) < 0.07
    assert np.mean(calibrated < 1e-6) < 0.002


class TestScoresThatCannotBe:
    def test_of_another_query(self, sample, scores):
        up_only = GeneQuery("up", sample.query.up)
        table = score_concordance(sample.ranks, up_only)
        with pytest.raises(LincsInterpError) as raised:
            calibrate(table, sample.query, background=sample.background)
        assert str(raised.value) == "scores counts 0 down genes, but query names 83: pass the query that was scored."
        with pytest.raises(LincsInterpError, match="scores counts 82 down genes, but query names 0"):
            calibrate(scores, up_only)

    @pytest.mark.parametrize("background", [True, False])
    def test_no_query(self, sample, scores, background):
        with pytest.raises(LincsInterpError, match="query"):
            calibrate(scores, None, background=sample.background if background else None)

    def test_none_gives_none(self, sample, scores):
        for background in (sample.background, None):
            empty = calibrate(scores.iloc[:0], sample.query, background=background)
            assert len(empty) == 0
            assert {"z_cal", "p_cal", "fdr_cal"} <= set(empty.columns)

    def test_numbers_in_columns_of_objects_are_numbers(self, sample, scores):
        table = calibrate(scores.astype(object), sample.query, background=sample.background)
        expected = calibrate(scores, sample.query, background=sample.background)
        np.testing.assert_allclose(table["p_cal"], expected["p_cal"])

    @pytest.mark.parametrize(
        ("spoil", "sentence"),
        [
            (lambda t: pd.concat([t, t[["z_sum"]]], axis=1), "scores names a column or a signature twice"),
            (lambda t: pd.concat([t, t]), "scores names a column or a signature twice"),
            (lambda t: t.assign(z_sum="high"), "scores holds a str, .high. in the column z_sum"),
        ],
    )
    def test_spoilt(self, sample, scores, spoil, sentence):
        with pytest.raises(LincsInterpError, match=sentence):
            calibrate(spoil(scores), sample.query, background=sample.background)

    @pytest.mark.parametrize("wrong", ["no", [], pd.NA, pd.DataFrame()])
    def test_selected_is_a_word_of_two(self, sample, scores, wrong):
        for job in (
            lambda: calibrate(scores, sample.query, selected=wrong),
            lambda: check_null(sample.background, sample.query, selected=wrong),
        ):
            with pytest.raises(LincsInterpError) as raised:
                job()
            assert raised.value.argument == "selected"
            assert "True or False" in raised.value.remedy

    def test_background_by_its_name(self, sample):
        with pytest.raises(LincsInterpError, match=r"^background is nothing \(None\), not a RankMatrix"):
            check_null(None, sample.query)

    def test_correlation_of_numpy(self, sample, scores):
        table = calibrate(scores, sample.query, correlation=np.float32(0.25))
        np.testing.assert_allclose(table["p_cal"], calibrate(scores, sample.query, correlation=0.25)["p_cal"])
        with pytest.raises(LincsInterpError, match="correlation is False"):
            calibrate(scores, sample.query, correlation=False)


def test_calibrate_and_check_null_share_one_fit(sample, scores, monkeypatch):
    background = sample.background.select(signatures=sample.background.frame.columns)
    fitted = []
    fit = null._fit
    monkeypatch.setattr(null, "_fit", lambda *a: fitted.append(a) or fit(*a))
    calibrate(scores, sample.query, background=background)
    check_null(background, sample.query)
    assert len(fitted) == 1
    check_null(background, GeneQuery("another", sample.query.up, sample.query.down))
    assert len(fitted) == 2
