"""Dose trends: a textbook's example, scipy's special cases, every order counted out, laws, units kept apart."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.doses import dose_levels, read_doses
from lincs_interp.perturbagens import dose_trend
from lincs_interp.perturbagens.dose_trend import (
    EXACT,
    NORMAL,
    TIED,
    DoseSeries,
    jonckheere_terpstra,
    only_at_highest_dose,
    trend_over_doses,
)

# Hollander, Wolfe & Chicken (2014), example 6.2: pieces made by workers with no, rough and accurate information. The
# Mann-Whitney counts are 22, 30.5 and 26.5, so J = 79; of 3 * 36 = 108 pairs half are expected, 54.
KNOWLEDGE = np.array([40, 35, 38, 43, 44, 41, 38, 40, 47, 44, 40, 42, 48, 40, 45, 43, 46, 44], dtype=float)
INFORMATION = np.repeat([0, 1, 2], 6)
ONE_STRATUM = np.zeros(18, dtype=int)


def facts(doses, cells="A549", times="24 h", micromolar=None) -> pd.DataFrame:
    """Metadata of one signature per dose text."""
    numbers = (
        [float(d.split()[0]) if d.endswith(" uM") else np.nan for d in doses] if micromolar is None else micromolar
    )
    columns = {"cell_line": cells, "pert_time": times, "pert_dose": doses, "dose_um": numbers}
    return pd.DataFrame(columns, index=[f"S{i}" for i in range(len(doses))])


def trend(scores, *args, **kwargs):
    table = facts(*args, **kwargs)
    return trend_over_doses(pd.Series(scores, index=table.index, dtype=float), table)


class TestByHand:
    def test_three_rising_doses(self):
        # One of 3! = 6 orders rises throughout, one falls: p = 2/6.
        found = trend([1, 2, 5], ["1 uM", "3 uM", "10 uM"])
        assert (found.trend, found.n_doses, found.n_used, found.n_left_out, found.method) == (1, 3, 3, 0, EXACT)
        assert found.p == pytest.approx(1 / 3)

    def test_one_pair_of_three_falls(self):
        # (1, 3) and (1, 10) rise, (3, 10) falls: (2 - 1) / 3. Orders with 2 rising pairs or more: 3 of 6, twice: 1.
        found = trend([1, 5, 2], ["1 uM", "3 uM", "10 uM"])
        assert found.trend == pytest.approx(1 / 3)
        assert found.p == 1

    def test_two_cell_lines_are_summed_and_never_compared(self):
        # Each rises by itself; MCF7 lies far below A549. Of 6 * 6 orders one rises throughout in both: p = 2/36.
        scores = [10, 11, 12, -3, -2, -1]
        found = trend(scores, ["1 uM", "3 uM", "10 uM"] * 2, cells=["A549"] * 3 + ["MCF7"] * 3)
        assert found.trend == 1
        assert found.p == pytest.approx(2 / 36)

    def test_two_times_are_two_series(self):
        # At 6 h it falls, at 24 h it rises: 3 pairs up, 3 down.
        found = trend([3, 2, 1, 4, 5, 6], ["1 uM", "3 uM", "10 uM"] * 2, times=["6 h"] * 3 + ["24 h"] * 3)
        assert found.trend == 0
        assert found.p == 1
        # Both rise, 6 h far above 24 h.
        found = trend([101, 102, 103, 1, 2, 3], ["1 uM", "3 uM", "10 uM"] * 2, times=["6 h"] * 3 + ["24 h"] * 3)
        assert found.trend == 1

    def test_a_textbook(self):
        found, p, method = jonckheere_terpstra(KNOWLEDGE, INFORMATION, ONE_STRATUM)
        assert found == pytest.approx((2 * 79 - 108) / 108)
        # J* = (79 - 54) / sqrt(150.29) = 2.04, one-sided .0207
        assert (round(p / 2, 4), method) == (0.0207, TIED)

    def test_tables_of_the_textbook(self):
        # R: NSM3::cJCK(.0231, c(6, 6, 6)) is 79 and cJCK(.0490, c(6, 6, 6)) is 75
        null = dose_trend._null_of_rising_pairs((6, 6, 6))
        assert [round(null[j:].sum(), 4) for j in (79, 75)] == [0.0231, 0.049]

    def test_equal_scores_have_no_trend(self):
        found = trend([2, 2, 2], ["1 uM", "3 uM", "10 uM"])
        assert (found.trend, found.p, found.method) == (0, 1, TIED)


class TestFromOutside:
    @pytest.mark.parametrize("seed", range(4))
    def test_one_signature_per_dose_is_kendall(self, seed):
        from scipy.stats import kendalltau

        values = np.random.default_rng(seed).normal(size=9)
        expected = kendalltau(np.arange(9), values, method="exact")
        found, p, _ = jonckheere_terpstra(values, np.arange(9), np.zeros(9, dtype=int))
        assert (found, p) == pytest.approx((expected.statistic, expected.pvalue))

    @pytest.mark.parametrize("seed", range(4))
    def test_two_doses_are_mann_whitney(self, seed):
        from scipy.stats import mannwhitneyu

        values = np.random.default_rng(seed).normal(size=11)
        low = np.arange(11) < 4
        expected = mannwhitneyu(values[~low], values[low], method="exact")
        found, p, _ = jonckheere_terpstra(values, (~low).astype(int), np.zeros(11, dtype=int))
        assert (found, p) == pytest.approx((2 * expected.statistic / 28 - 1, expected.pvalue))

    @pytest.mark.parametrize("seed", range(4))
    def test_ties_are_those_of_kendall(self, seed):
        from scipy.stats import kendalltau

        rng = np.random.default_rng(seed)
        values, groups = rng.integers(0, 5, 30).astype(float), rng.integers(0, 4, 30)
        _, p, method = jonckheere_terpstra(values, groups, np.zeros(30, dtype=int))
        assert method == TIED
        assert p == pytest.approx(kendalltau(groups, values, method="asymptotic").pvalue)


class TestTwins:
    def test_p_counts_every_order_within_the_strata(self):
        values, levels = np.array([1.0, 4, 2, 6, 3, 5, 9]), np.array([1, 1, 3, 10, 1, 3, 10])
        strata = np.array([0, 0, 0, 0, 1, 1, 1])

        def rising(order):
            return sum(
                np.sign(order[j] - order[i])
                for i, j in product(range(7), repeat=2)
                if strata[i] == strata[j] and levels[i] < levels[j]
            )

        every = [rising([*a, *b]) for a in permutations(values[:4]) for b in permutations(values[4:])]
        seen = rising(values)
        expected = min(1, 2 * min(np.mean([e >= seen for e in every]), np.mean([e <= seen for e in every])))
        found, p, method = jonckheere_terpstra(values, levels, strata)
        assert (found, p, method) == (pytest.approx(seen / 8), pytest.approx(expected), EXACT)

    @pytest.mark.parametrize("values", [[1, 1, 2, 3, 3, 3], [1, 1, 1, 1, 2, 2], [1, 2, 3, 4, 5, 6]])
    def test_variance_is_that_of_every_order(self, values):
        groups = np.array([0, 0, 1, 1, 1, 2])
        pairs = [(i, j) for i, j in product(range(6), repeat=2) if groups[i] < groups[j]]
        every = [sum((np.sign(o[j] - o[i]) + 1) / 2 for i, j in pairs) for o in permutations(values)]
        found = dose_trend._variance(np.bincount(groups), np.unique(values, return_counts=True)[1])
        assert found == pytest.approx(np.var(every))

    def test_large_samples_hand_over_to_the_normal_distribution(self, rng, monkeypatch):
        values, groups = rng.normal(size=60), np.repeat([0, 1, 2], 20)
        stratum = np.zeros(60, dtype=int)
        exact = jonckheere_terpstra(values, groups, stratum)
        monkeypatch.setattr(dose_trend, "EXACT_PAIRS", 100)
        normal = jonckheere_terpstra(values, groups, stratum)
        assert (exact[2], normal[2]) == (EXACT, NORMAL)
        assert normal[0] == exact[0]
        assert normal[1] == pytest.approx(exact[1], abs=0.01)


class TestLaws:
    @settings(max_examples=40)
    @given(st.integers(0, 10_000))
    def test_only_the_order_within_a_series_counts(self, seed):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(6, 16))
        scores, doses = rng.normal(size=n), rng.choice(["0.1 uM", "1 uM", "3 uM", "10 uM"], n)
        cells = rng.choice(["A549", "MCF7"], n)
        found = trend(scores, list(doses), cells=list(cells))
        turned = trend(-scores, list(doses), cells=list(cells))
        stretched = trend(np.exp(scores) + 100 * (cells == "MCF7"), list(doses), cells=list(cells))
        order = rng.permutation(n)
        shuffled = trend(scores[order], list(doses[order]), cells=list(cells[order]))
        for other in (turned, stretched, shuffled):
            np.testing.assert_allclose(other.p, found.p, rtol=1e-9)
            assert (other.n_doses, other.n_used) == (found.n_doses, found.n_used)
        np.testing.assert_allclose([stretched.trend, shuffled.trend, -turned.trend], found.trend, rtol=1e-12)
        assert np.isnan(found.trend) or (-1 <= found.trend <= 1 and 0 < found.p <= 1)

    def test_without_a_trend_p_is_right(self, rng):
        levels, strata = np.tile([0, 1, 2, 3], 3), np.repeat([0, 1, 2], 4)
        p = np.array([jonckheere_terpstra(rng.normal(size=12), levels, strata)[1] for _ in range(800)])
        # An exact p is reached with its own probability.
        for reachable in np.unique(p.round(9)):
            assert (p <= reachable + 1e-6).mean() == pytest.approx(reachable, abs=0.05)


class TestUnits:
    def test_mass_doses_are_compared_within_their_unit_only(self):
        # Molar doses rise (3 pairs), ug/ml fall (1 pair); 100 ug/ml is not "above" 10 uM: no other pair counts.
        doses = ["1 uM", "3 uM", "10 uM", "10 ug/ml", "100 ug/ml"]
        found = trend([1, 2, 3, 9, 0], doses)
        assert found.trend == pytest.approx((3 - 1) / 4)
        assert (found.n_doses, found.n_used) == (5, 5)

    def test_a_ligand_in_nanograms_has_a_trend(self):
        assert trend([1, 2, 3], ["1 ng/ml", "10 ng/ml", "100 ng/ml"]).trend == 1

    @pytest.mark.parametrize("empty", ["", "NA", "-666", "high"])
    def test_an_unreadable_dose_is_left_out_and_counted(self, empty):
        found = trend([1, 2, 5, -9], ["1 uM", "3 uM", "10 uM", empty])
        assert (found.trend, found.n_used, found.n_left_out) == (1, 3, 1)

    def test_minus_666_as_a_number_is_no_dose(self):
        found = trend([1, 2, 5, 9], [""] * 4, micromolar=[1.0, 3, 10, -666])
        assert (found.trend, found.n_used, found.n_left_out, found.n_doses) == (1, 3, 1, 3)

    def test_one_unit_must_have_three_levels(self):
        found = trend([1, 2, 3, 4], ["1 uM", "3 uM", "1 ng/ml", "3 ng/ml"])
        assert np.isnan([found.trend, found.p]).all()
        assert (found.n_doses, found.n_used, found.n_left_out, found.method) == (4, 0, 4, "")

    def test_nearly_equal_doses_are_one_level(self):
        number, unit = read_doses(facts(["3.33 uM", "3.3333 uM", "0.12 uM", "0.125 uM", "10 uM", "20 ug/ml", ""]))
        np.testing.assert_array_equal(dose_levels(number, unit), [3.33, 3.33, 0.12, 0.12, 10, 20, np.nan])
        assert unit.tolist() == ["uM"] * 5 + ["ug/ml", ""]

    def test_levels_do_not_chain(self):
        # 1.04 is 1, but 1.08 is not, though it is close to 1.04
        number = np.array([1.0, 1.04, 1.08])
        assert dose_levels(number, np.array(["uM"] * 3, dtype=object)).tolist() == [1, 1, 1.08]


class TestTooLittle:
    def test_two_doses(self):
        assert np.isnan(trend([1, 2], ["1 uM", "3 uM"]).trend)

    def test_three_doses_that_never_meet(self):
        found = trend([1, 2, 3], ["1 uM", "3 uM", "10 uM"], cells=["A549", "MCF7", "PC3"])
        assert (np.isnan(found.p), found.n_doses, found.n_left_out) == (True, 3, 3)

    def test_a_score_that_is_missing(self):
        found = trend([1, np.nan, 3, 4], ["1 uM", "3 uM", "10 uM", "20 uM"])
        assert (found.trend, found.n_used, found.n_left_out) == (1, 3, 0)

    def test_nothing_at_all(self):
        found = trend([], [])
        assert (np.isnan(found.trend), found.n_used) == (True, 0)

    def test_unknown_cell_lines_are_compared_among_each_other(self):
        assert trend([1, 2, 3], ["1 uM", "3 uM", "10 uM"], cells="").trend == 1


class TestInWords:
    @pytest.mark.parametrize(
        ("scores", "sentence"),
        [
            ([1, 2, 3, 4, 5], "rises with the dose: trend +1.00 over 5 doses, p = 0.017 (exact)"),
            ([5, 4, 3, 2, 1], "falls as the dose rises: trend −1.00 over 5 doses, p = 0.017 (exact)"),
            ([1, 2, 3], "no clear trend with the dose: trend +1.00 over 3 doses, p = 0.33 (exact)"),
            (
                [2, 2, 2],
                "no clear trend with the dose: trend 0.00 over 3 doses, p = 1 (normal approximation, corrected for"
                " ties)",
            ),
            ([1, 2], "no trend to test: fewer than 3 doses of one unit can be compared"),
            ([], "no trend to test: fewer than 3 doses of one unit can be compared"),
        ],
    )
    def test_a_sentence(self, scores, sentence):
        found = trend(scores, ["1 uM", "3 uM", "10 uM", "30 uM", "100 uM"][: len(scores)])
        assert str(found) == sentence
        assert f"<strong>{sentence[0].upper()}{sentence[1:]}.</strong>" in found._repr_html_()


class TestHighestDose:
    @pytest.mark.parametrize(
        ("doses", "cells", "agrees", "expected"),
        [
            ([1, 3, 10], "AAA", [0, 0, 1], True),
            ([1, 3, 10], "AAA", [0, 1, 1], False),
            ([1, 3, 10], "AAA", [0, 0, 0], False),
            ([10, 10, 10], "ABC", [1, 1, 0], False),  # no lower dose was tried
            ([1, 10, 10], "AAB", [0, 1, 1], True),  # B was tried at 10 only, the highest of all
            ([1, 10, 3], "AAB", [0, 1, 1], False),  # … and here at 3, below it
            ([1, 10, 2, 20], "AABB", [0, 1, 0, 1], True),  # each at its own highest
            ([1, 10, np.nan], "AAA", [0, 1, 1], False),  # one that agrees cannot be placed
        ],
    )
    def test_by_hand(self, doses, cells, agrees, expected):
        number = np.array(doses, dtype=float)
        unit = np.where(np.isnan(number), "", "uM").astype(object)
        series = DoseSeries.of(np.array(list(cells), dtype=object), np.array(["24 h"] * len(cells)), number, unit)
        assert only_at_highest_dose(np.array(agrees, dtype=bool), series) is expected


class TestErrors:
    def test_arguments(self):
        table, score = facts(["1 uM", "3 uM", "10 uM"]), pd.Series([1.0, 2, 3], ["S0", "S1", "S2"])
        for arguments, argument, value, remedy in (
            (([1, 2], table), "score", [1, 2], "z_sum"),
            ((score, table.drop(columns="pert_time")), "signatures", "pert_time", ".signatures"),
            ((score.rename({"S2": "other"}), table), "signatures", ["other"], ".signatures"),
            ((score, pd.concat([table, table.iloc[1:2]])), "signatures", ["S1"], "keep one"),
            ((score, pd.concat([table, table[["pert_dose"]]], axis=1)), "signatures", ["pert_dose"], "keep one"),
            ((pd.concat([score, score.iloc[:1]]), table), "score", ["S0"], "keep one"),
        ):
            with pytest.raises(LincsInterpError) as error:
                trend_over_doses(*arguments)
            assert (error.value.argument, error.value.value) == (argument, value)
            assert remedy in error.value.remedy

    def test_what_is_no_number(self):
        table, score = facts(["1 uM", "3 uM", "10 uM"]), pd.Series([1.0, 2, 3], ["S0", "S1", "S2"])
        for strange, word in (
            (score.astype(str), "'1.0'"),
            (score > 1, "False"),
            (score.replace(3, np.inf), "infinite for S2"),
        ):
            with pytest.raises(LincsInterpError) as error:
                trend_over_doses(strange, table)
            assert word in str(error.value)
        for same in (score.astype(object), score.convert_dtypes()):
            assert trend_over_doses(same, table) == trend_over_doses(score, table)
