"""Perturbagens: who belongs together, every number by hand, each row of the grade table, the sample, real drugs."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.stats import simes
from lincs_interp.core.identity import perturbagen_of
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens import aggregates as _aggregates
from lincs_interp.perturbagens import grades as _grades
from lincs_interp.perturbagens.aggregates import at_reference_condition, condition_bins, condition_factors, max_quantile
from lincs_interp.perturbagens.grades import grade
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance

DEFAULTS = {
    "pert_name": "drug",
    "pert_type": "trt_cp",
    "cell_line": "A549",
    "pert_dose": "10 uM",
    "pert_time": "24 h",
    "plate": "P1",
}


def case(*rows, **shared):
    """Scores and matrix of signatures given as (z, call, facts); call None = by sign beyond 3."""
    scores, facts = {}, {}
    for number, (z, call, *own) in enumerate(rows):
        call = call or ("mimicker" if z > 3 else "reverser" if z < -3 else "unresolved")
        extra = dict(own[0]) if own else {}
        scores[f"S{number}"] = {"z_sum": z, "call": call, **extra.pop("scores", {})}
        facts[f"S{number}"] = {**DEFAULTS, **shared, **extra}
    frame = pd.DataFrame({name: [1, 2, 3] for name in facts}, index=["A", "B", "C"])
    table = pd.DataFrame.from_dict(scores, orient="index").rename_axis("signature")
    return table, RankMatrix.from_frame(frame, signatures=facts)


def only(*rows, **shared) -> pd.Series:
    table = summarise_perturbagens(*case(*rows, **shared))
    assert len(table) == 1
    return table.iloc[0]


def calibrated(z, p):
    return {"scores": {"z_cal": z, "p_cal": p, "p_status": "measured", "how": "100 background signatures"}}


@pytest.fixture(scope="module")
def sample():
    return load_sample()


@pytest.fixture(scope="module")
def nominal(sample):
    return score_concordance(sample.ranks, sample.query)


@pytest.fixture(scope="module")
def scores(sample, nominal):
    return calibrate(nominal, sample.query, background=sample.background)


@pytest.fixture(scope="module")
def table(sample, scores):
    return summarise_perturbagens(scores, sample.ranks)


@pytest.fixture(scope="module")
def landmark(real_data):
    folder = real_data / "real"
    frame = pd.read_csv(folder / "landmark_978x1080.ranks.tsv.gz", sep="\t", index_col=0)
    facts = pd.read_csv(folder / "signature_metadata.tsv", sep="\t", dtype=str)
    return RankMatrix.from_frame(frame, signatures=facts)


class TestWhoBelongsTogether:
    def test_case_and_blanks_do_not_matter_and_the_commonest_spelling_stays(self):
        row = only((5, None, {"pert_name": "Drug"}), (5, None, {"pert_name": " drug "}), (5, None))
        assert (row.name, row["pert_name"], row["n_signatures"]) == ("drug", "drug", 3)

    def test_a_positive_control_is_the_compound_itself(self):
        row = only((5, None), (5, None), (5, None, {"pert_type": "trt_poscon"}))
        assert (row["n_signatures"], row["pert_type"]) == (3, "trt_cp")

    def test_a_knockout_and_an_over_expression_of_one_name_are_two(self):
        data = case(
            (5, None, {"pert_name": "MYC", "pert_type": "CRISPR Knockout"}),
            (-5, None, {"pert_name": "MYC", "pert_type": "Overexpression"}),
            (-6, None, {"pert_name": "myc", "pert_type": "trt_oe"}),
            (5, None),
        )
        table = summarise_perturbagens(*data)
        assert table["n_signatures"].to_dict() == {"MYC (CRISPR Knockout)": 1, "MYC (Overexpression)": 2, "drug": 1}
        assert table.loc["MYC (Overexpression)", "call"] == "reverser"
        of = perturbagen_of(data[1])
        assert of.tolist() == ["MYC (CRISPR Knockout)", "MYC (Overexpression)", "MYC (Overexpression)", "drug"]

    def test_where_no_type_is_known_the_plate_shows_it(self):
        frame = pd.DataFrame({"XPR029_A375_96H_L15_MYC": [1, 2], "OEB006_A375_96H_H01_MYC": [2, 1]}, index=["A", "B"])
        scores = pd.DataFrame({"z_sum": [5.0, -5], "call": ["mimicker", "reverser"]}, index=frame.columns)
        table = summarise_perturbagens(scores, RankMatrix.from_frame(frame))
        assert sorted(table.index) == ["MYC (knockout)", "MYC (over-expression)"]

    def test_labels_are_unique_even_if_a_name_looks_like_one(self):
        table = summarise_perturbagens(
            *case(
                (5, None, {"pert_name": "MYC", "pert_type": "trt_xpr"}),
                (5, None, {"pert_name": "MYC", "pert_type": "trt_oe"}),
                (5, None, {"pert_name": "MYC (trt_oe)"}),
            )
        )
        assert sorted(table.index) == ["MYC (trt_oe)", "MYC (trt_oe) (2)", "MYC (trt_xpr)"]

    def test_signatures_without_a_name_are_counted_in_every_row(self):
        data = case((5, None), (5, None, {"pert_name": ""}), (5, None, {"pert_name": "other"}))
        table = summarise_perturbagens(*data)
        assert sorted(table.index) == ["drug", "other"]
        assert table["n_unnamed"].tolist() == [1, 1]
        assert table["n_signatures"].sum() + table["n_unnamed"].iloc[0] == 3
        assert perturbagen_of(data[1]).tolist() == ["drug", "", "other"]

    def test_ids_of_compounds_are_counted(self):
        row = only(
            (5, None, {"pert_id": "BRD-K12345678"}),
            (5, None, {"pert_id": "BRD-K12345678-001-02-3"}),  # a batch of the same
            (5, None, {"cmap_id": "CPC006_A375_6H:BRD-A87654321-001-01-8:10"}),
            (5, None, {"cmap_id": "CPC006_A375_6H:A03", "pert_id": "-666"}),  # the id of a signature, not of a compound
        )
        assert row["n_ids"] == 2
        assert only((5, None))["n_ids"] == 0

    def test_labels_of_one_cell_line_are_one(self):
        row = only(*((5, None, {"cell_line": c}) for c in ("HT29", "HT29.311", "ht29", "XC.P910", "XC.R10", "")))
        assert (row["n_cells"], row["n_cells_agreeing"]) == (3, 3)

    def test_another_column_can_name_the_group(self):
        data = case(
            (5, None, {"moa": "MEK inhibitor"}), (6, None, {"moa": "MEK inhibitor", "pert_name": "x"}), (1, None)
        )
        assert summarise_perturbagens(*data, by="moa")["n_signatures"].to_dict() == {"MEK inhibitor": 2}


class TestNumbersByHand:
    # Two cell lines: A549 with 8, 2, −1 (median 2, one called), MCF7 with 9 and −4; a discordant and a missing one.
    ROWS = (
        (8.0, None, {"pert_dose": "10 uM"}),
        (2.0, None, {"pert_dose": "3.33 uM"}),
        (-1.0, None, {"pert_dose": "3.3333 uM", "pert_time": "6 h"}),
        (9.0, None, {"cell_line": "MCF7", "pert_dose": "1 uM"}),
        (-4.0, None, {"cell_line": "MCF7", "pert_dose": "100 ug/ml"}),
        (4.5, "discordant", {"cell_line": "PC3"}),
        (np.nan, "unresolved", {"cell_line": "HT29", "pert_dose": "20 uM", "pert_time": "48 h"}),
    )

    def test_counts(self):
        row = only(*self.ROWS)
        expected = {
            "call": "mimicker",
            "n_signatures": 7,
            "n_scored": 6,
            "n_cells": 3,  # what has no score is not counted: HT29, 20 uM, 48 h
            "n_doses": 4,  # 10, 3.33, 1 uM and 100 ug/ml
            "n_times": 2,
            "n_mimicker": 2,
            "n_reverser": 1,
            "n_discordant": 1,
            "n_agreeing": 2,
            "n_opposed": 1,
            "n_cells_agreeing": 2,  # PC3 has no signature that is called so
            "best_signature": "S3",
            "best_score": 9.0,
            "lucky_column": False,
            "highest_dose_only": False,
        }
        assert row[list(expected)].to_dict() == expected
        shares = row[["share_agreeing", "share_discordant", "cells_agreeing"]].astype(float)
        np.testing.assert_allclose(shares, [2 / 6, 1 / 6, 2 / 3])

    def test_summaries(self):
        # In order −4, −1, 2, 4.5, 8, 9: median 3.25; the 33rd percentile is at 0.33 * 5 = 1.65: −1 + 0.65 * 3 = 0.95,
        # the 67th at 3.35: 4.5 + 0.35 * 3.5 = 5.725.
        row = only(*self.ROWS)
        assert row["median_score"] == pytest.approx(3.25)
        assert row["max_quantile"] == pytest.approx(5.725)
        assert row["srges"] == pytest.approx(18.5 / 6)  # too few pairs for a factor: the plain mean

    def test_the_further_quantile_counts(self):
        # −9, −8, 1: the 33rd at 0.66: −9 + 0.66 = −8.34; the 67th at 1.34: −8 + 0.34 * 9 = −4.94
        assert max_quantile(np.array([-9.0, -8, 1])) == pytest.approx(-8.34)
        assert max_quantile(np.array([4.0])) == 4
        assert np.isnan(max_quantile(np.array([])))

    def test_no_direction_without_a_call_or_with_as_many_each_way(self):
        row = only((1, None), (2, None))
        assert (row["call"], row["n_agreeing"], row["n_opposed"], row["best_score"]) == ("unresolved", 0, 0, 2)
        assert np.isnan(row[["cells_agreeing", "dose_trend"]].astype(float)).all()
        row = only((8, None), (-9, None))
        assert (row["call"], row["n_mimicker"], row["n_reverser"], row["best_score"]) == ("unresolved", 1, 1, -9)
        assert row["reasons"] == (
            "2 signatures: 1 mimicker, 1 reverser. D: as many signatures mimic (1) as reverse (1)."
        )

    def test_a_cell_line_whose_median_points_the_other_way_does_not_agree(self):
        rows = [(z, None, {"cell_line": "MCF7"}) for z in (5, -2, -2.5)]
        assert only((6, None), *rows)["n_cells_agreeing"] == 1

    def test_another_score_is_summarised_but_calls_stay(self):
        data = case((8, None, {"scores": {"wtcs": 0.5}}), (9, None, {"scores": {"wtcs": 0.25}}))
        row = summarise_perturbagens(*data, score="wtcs").iloc[0]
        assert (row["median_score"], row["best_signature"], row["n_agreeing"]) == (0.375, "S0", 2)

    def test_nothing_scored(self):
        row = only((np.nan, "unresolved"), (np.nan, "unresolved"))
        assert (row["grade"], row["n_scored"], row["best_signature"]) == ("D", 0, "")
        assert row["reasons"] == "No score. D: no signature has a score."

    def test_trend_goes_with_the_direction(self):
        doses = ("0.1 uM", "1 uM", "10 uM")
        row = only(*((z, None, {"pert_dose": d}) for z, d in zip((-4, -6, -9), doses, strict=True)))
        assert (row["call"], row["dose_trend"], row["p_dose_trend"]) == ("reverser", 1, pytest.approx(1 / 3))


class TestLuckyColumn:
    @pytest.mark.parametrize(
        ("scores", "lucky"),
        [
            ([9, 1, 0.5], True),
            ([9, 1], False),  # one silent sibling is no pattern
            ([9, 8, 1, 0.5], False),
            ([9, 8] + [0] * 8, False),  # 1 of 9 siblings agrees: more than a tenth …
            ([9, 8] + [0] * 9, True),  # … 1 of 10 does not bear it out
            ([9, 8, 7] + [0] * 40, False),  # two siblings bear it out, however many do not
            ([-9, 1, 0.5], True),
            ([1, 0.5, 0.1], False),
        ],
    )
    def test_by_hand(self, scores, lucky):
        rows = [(float(z), None, {"cell_line": f"C{i}"}) for i, z in enumerate(scores)]
        assert only(*rows)["lucky_column"] == lucky

    def test_lower_doses_may_be_silent(self):
        doses = ("0.1 uM", "1 uM", "3 uM", "10 uM")
        row = only(*((z, None, {"pert_dose": d}) for z, d in zip((0, 0, 1, 9), doses, strict=True)))
        assert (row["lucky_column"], row["highest_dose_only"], row["grade"]) == (False, True, "C")

    def test_higher_doses_may_not(self):
        doses = ("0.1 uM", "1 uM", "3 uM", "10 uM")
        row = only(*((z, None, {"pert_dose": d}) for z, d in zip((0, 9, 1, 0), doses, strict=True)))
        assert (row["lucky_column"], row["grade"]) == (True, "D")


class TestReferenceCondition:
    ONE = np.zeros(8, dtype=int)

    def conditions(self):
        # One compound in one cell line: 2 signatures at 10 uM 24 h, 5 at 1 uM 24 h: 10 pairs; one at 10 uM 6 h.
        dose = np.array([10, 9.999, 1, 1, 1, 1, 1, 10])
        time = np.array([24.0] * 7 + [6])
        return dose, time

    def test_factor_by_hand(self):
        # Pairs: each of 8 and −4 with each low dose. References sum to 5 * (8 + 4) = 60, low doses to 2 * 15 = 30.
        scores = np.array([8.0, -4, 1, 2, 3, 4, -5, 7])
        bins = condition_bins(*self.conditions())
        factors = condition_factors(scores, bins, self.ONE, self.ONE)
        assert factors == {"low dose": 2.0, "short time": 1.0, "low dose and short time": 1.0}  # 2 pairs are too few
        adjusted = at_reference_condition(scores, bins, self.ONE, self.ONE)
        np.testing.assert_allclose(adjusted, [8, -4, 2, 4, 6, 8, -10, 7])

    def test_unknown_dose_or_time_stays_as_it_is(self):
        dose, time = self.conditions()
        dose[2], time[3] = np.nan, np.nan
        expected = ["reference", "reference", "", "", "low dose", "low dose", "low dose", "short time"]
        assert condition_bins(dose, time).tolist() == expected
        assert condition_bins(np.array([20.0, 10]), np.array([24.0, 48])).tolist() == ["", ""]  # above the reference

    def test_an_inert_compound_stays_inert(self):
        bins = condition_bins(*self.conditions())
        assert at_reference_condition(np.array([8.0, -4, 0, 2, 3, 4, -5, 7]), bins, self.ONE, self.ONE)[2] == 0

    @settings(max_examples=15)
    @given(st.integers(0, 10_000))
    def test_against_counting_every_pair(self, seed):
        rng = np.random.default_rng(seed)
        n = 30
        dose, time = rng.choice([1.0, 10, 20, np.nan], n), rng.choice([6.0, 24], n)
        bins, (perturbagen, cell_line) = condition_bins(dose, time), rng.integers(-1, 2, (2, n))
        scores = np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n))
        for name, found in condition_factors(scores, bins, perturbagen, cell_line).items():
            pairs = [
                (abs(scores[i]), abs(scores[j]))
                for i in np.flatnonzero((dose == 10) & (time == 24))
                for j in np.flatnonzero(bins == name)
                if perturbagen[i] == perturbagen[j] >= 0 and cell_line[i] == cell_line[j] >= 0
                if np.isfinite(scores[i] + scores[j])
            ]
            ratio = sum(a for a, _ in pairs) / sum(b for _, b in pairs) if len(pairs) >= 10 else 1
            assert found == pytest.approx(ratio)


class TestCalibrated:
    def test_a_call_needs_the_calibrated_p_as_well(self):
        row = only((8, None, calibrated(3.1, 0.002)), (6, None, calibrated(1.8, 0.07)), (7, None, calibrated(2, 0.05)))
        assert (row["n_mimicker"], row["n_agreeing"]) == (1, 1)

    def test_a_shifted_middle_can_take_the_direction_away(self):
        # Unrelated signatures score far above 0: 4 is on the low side of them
        assert only((4, None, calibrated(-2.5, 0.01)))["call"] == "unresolved"

    def test_simes_by_hand(self):
        # One-sided towards mimicker: .001, .02, 1 − .15 = .85: min(3 * .001, 3/2 * .02, .85) = .003; twice that: .006
        row = only((8, None, calibrated(3.2, 0.002)), (6, None, calibrated(2.1, 0.04)), (-2, None, calibrated(-1, 0.3)))
        assert row["p_cal"] == pytest.approx(0.006)
        assert simes(np.array([0.04, 0.03])) == pytest.approx(0.04)

    def test_one_signature_keeps_its_p(self):
        assert only((8, None, calibrated(3.2, 0.002)))["p_cal"] == pytest.approx(0.002)

    def test_a_discordant_signature_is_no_evidence(self):
        assert only((8, "discordant", calibrated(3.2, 0.002)))["p_cal"] == 1
        row = only((8, "discordant", calibrated(3.2, 0.002)), (6, None, calibrated(2.1, 0.04)))
        assert row["p_cal"] == pytest.approx(0.08)  # two tests, one of them void

    def test_fdr_over_perturbagens(self):
        data = case(
            (8, None, calibrated(3.2, 0.002)),
            (6, None, {"pert_name": "b", **calibrated(2.1, 0.04)}),
            (6, None, {"pert_name": "c", **calibrated(1, 0.3)}),
        )
        found = summarise_perturbagens(*data)["fdr_cal"]
        np.testing.assert_allclose(found[["drug", "b", "c"]], [0.006, 0.06, 0.3])
        found = summarise_perturbagens(*data, n_perturbagens=30)["fdr_cal"]
        np.testing.assert_allclose(found[["drug", "b", "c"]], [0.06, 0.6, 1])

    def test_simes_is_no_false_alarm(self, rng):
        p = np.array(
            [
                _aggregates.simes_either_way(rng.random(8), rng.choice([-1, 1], 8), np.zeros(8, bool))
                for _ in range(2000)
            ]
        )
        assert (p < 0.05).mean() < 0.065

    def test_nominal_scores_have_no_calibrated_columns(self, sample, nominal, table):
        columns = summarise_perturbagens(nominal, sample.ranks).columns
        assert [c for c in table.columns if c not in columns] == ["p_cal", "fdr_cal", "n_hypotheses", "p_status", "how"]


# A perturbagen without a flaw: 8 of 10 signatures in 4 of 4 cell lines.
FLAWLESS = {
    "call": "mimicker",
    "n_scored": 10,
    "n_mimicker": 8,
    "n_reverser": 0,
    "n_discordant": 0,
    "n_agreeing": 8,
    "n_cells": 4,
    "n_cells_agreeing": 4,
    "median_score": 5.0,
    "lucky_column": False,
    "dose_trend": np.nan,
    "p_dose_trend": np.nan,
    "highest_dose_only": False,
    "n_conditions": 8,
    "n_plates": 2,
    "n_dose_times": 4,
    "n_nominal": 8,
    "n_nominal_agreeing": 8,
    "p_status": "measured",
    "fdr_cal": 0.01,
    "share_answered": np.nan,
}


def graded(**changes) -> tuple[str, str]:
    row = SimpleNamespace(**FLAWLESS | changes)
    row.n_called = row.n_mimicker + row.n_reverser
    row.n_opposed = 0 if row.call == "unresolved" else row.n_called - row.n_agreeing
    return grade(row)


class TestGradeTable:
    """Each row of the table in the docstring, at its limit and just beyond."""

    def test_flawless(self):
        assert graded() == ("A", "8 of 10 signatures mimic, in 4 of 4 cell lines; fdr = 0.01.")

    @pytest.mark.parametrize(
        ("best", "changes", "reason"),
        [
            # D
            ("D", {"n_scored": 0, "n_mimicker": 0, "n_agreeing": 0, "call": "unresolved"}, "no signature has a score"),
            (
                "D",
                {"call": "unresolved", "n_mimicker": 0, "n_agreeing": 0},
                "no signature is called mimicker or reverser (8 by nominal p)",
            ),
            (
                "D",
                {"call": "unresolved", "n_mimicker": 3, "n_reverser": 3, "n_agreeing": 0},
                "as many signatures mimic (3) as reverse (3)",
            ),
            ("D", {"n_reverser": 5, "n_scored": 20}, "5 of 13 called signatures point the other way"),
            ("C", {"n_reverser": 4, "n_scored": 20}, "mixed: 4 of 12 called signatures point the other way"),
            ("B", {"n_reverser": 2}, "2 of 10 called signatures point the other way"),
            ("A", {"n_reverser": 1, "n_mimicker": 9, "n_agreeing": 9}, ""),
            (
                "D",
                {"n_discordant": 11, "n_scored": 20},
                "11 of 20 discordant: the two lists of the query point opposite ways",
            ),
            ("C", {"n_discordant": 10, "n_scored": 20}, "10 of 20 discordant"),
            ("A", {"n_discordant": 5, "n_scored": 20}, ""),
            ("D", {"lucky_column": True}, "it rests on one signature: at its dose or above, its siblings do not agree"),
            # C
            (
                "C",
                {
                    "n_scored": 1,
                    "n_mimicker": 1,
                    "n_agreeing": 1,
                    "n_cells": 1,
                    "n_cells_agreeing": 1,
                    "n_conditions": 1,
                },
                "a single signature, nothing repeats it",
            ),
            ("C", {"n_scored": 2, "n_mimicker": 1, "n_agreeing": 1, "n_conditions": 1}, "only one signature agrees"),
            ("C", {"n_conditions": 1}, "repeats of one condition on one plate"),
            ("C", {"n_scored": 41, "n_cells_agreeing": 2}, "only 20 % of the signatures agree"),
            ("B", {"n_scored": 40, "n_cells_agreeing": 2}, "only 20 % of the signatures agree"),
            ("B", {"n_scored": 41, "n_cells_agreeing": 3}, "only 20 % of the signatures agree"),
            ("B", {"n_scored": 25}, "only 32 % of the signatures agree"),
            ("A", {"n_scored": 24}, ""),
            ("C", {"n_cells": 9, "n_cells_agreeing": 2}, "only 2 of 9 cell lines agree"),
            ("B", {"n_cells": 8, "n_cells_agreeing": 2}, "only 2 of 8 cell lines agree"),
            ("B", {"n_cells": 60, "n_cells_agreeing": 3}, "only 3 of 60 cell lines agree"),
            ("A", {"n_cells": 4, "n_cells_agreeing": 2}, ""),
            ("C", {"median_score": -0.1}, "the median score (−0.1) does not point that way"),
            ("D", {"fdr_cal": 0.25}, "fdr = 0.25: not distinguishable from unrelated signatures"),
            ("D", {"fdr_cal": np.nan}, "fdr = –: not distinguishable from unrelated signatures"),
            ("B", {"fdr_cal": 0.24}, "fdr = 0.24, not below 0.05"),
            ("B", {"fdr_cal": 0.05}, "fdr = 0.05, not below 0.05"),
            # B
            (
                "B",
                {"n_cells": 1, "n_cells_agreeing": 1, "n_plates": 1},
                "no second cell line, and no second plate at another dose or time",
            ),
            (
                "B",
                {"n_cells": 1, "n_cells_agreeing": 1, "n_dose_times": 1},
                "no second cell line, and no second plate at another dose or time",
            ),
            ("A", {"n_cells": 1, "n_cells_agreeing": 1}, ""),
            ("B", {"highest_dose_only": True}, "at the highest dose only"),
            (
                "B",
                {"dose_trend": -0.8, "p_dose_trend": 0.02},
                "the score falls as the dose rises (trend −0.80, p = 0.02)",
            ),
            ("A", {"dose_trend": -0.8, "p_dose_trend": 0.05}, ""),
            (
                "B",
                {"p_status": "nominal", "fdr_cal": np.nan},
                "p is nominal, which calls too easily: calibrate the scores",
            ),
            (
                "B",
                {"p_status": "assumed"},
                "p rests on an assumed correlation: calibrate the scores with a background",
            ),
            ("C", {"p_status": "assumed", "fdr_cal": 0.25}, "fdr = 0.25, not below 0.25"),
            (
                "B",
                {"p_status": "nominal", "fdr_cal": 0.25},
                "p is nominal, which calls too easily: calibrate the scores",
            ),
        ],
    )
    def test_limits(self, best, changes, reason):
        letter, text = graded(**changes)
        assert letter == best
        assert text.partition(". ")[2] == (
            f"{best}{'' if best == 'D' else ', not better'}: {reason}." if reason else ""
        )

    @pytest.mark.parametrize(("share", "lowered"), [(0.149, False), (0.15, True), (np.nan, False)])
    def test_promiscuity_lowers_by_one(self, share, lowered):
        flaws = [{}, {"highest_dose_only": True}, {"n_conditions": 1}, {"lucky_column": True}]
        letters = [graded(share_answered=share, **flaw)[0] for flaw in flaws]
        assert letters == (["B", "C", "D", "D"] if lowered else ["A", "B", "C", "D"])
        sentence = "lowered by one: its signatures answer 15 % of unrelated queries"
        assert (sentence in graded(share_answered=share)[1]) == lowered

    def test_reversers_are_named_so(self):
        reverser = graded(call="reverser", n_mimicker=0, n_reverser=8, median_score=-5.0)
        assert reverser == ("A", "8 of 10 signatures reverse, in 4 of 4 cell lines; fdr = 0.01.")

    def test_calls_by_nominal_p_are_reported_where_they_differ(self):
        more = {"n_nominal": 10, "n_nominal_agreeing": 9}
        assert graded(**more)[1] == (
            "8 of 10 signatures mimic beyond chance (9 by nominal p), in 4 of 4 cell lines; fdr = 0.01."
        )
        assert "beyond" not in graded(**more, p_status="nominal")[1]
        assert "beyond" not in graded(**more, p_status="assumed")[1]
        row = only(
            (8, None, calibrated(3.1, 0.002)), (6, None, calibrated(1.8, 0.07)), (-6, None, calibrated(-1.8, 0.07))
        )
        assert row["reasons"].startswith("1 of 3 signatures mimics beyond chance (2 by nominal p), in 1 of 1 cell line")

    def test_the_docstring_states_the_limits(self):
        text = " ".join((summarise_perturbagens.__doc__ or "").split())
        g = _grades
        stated = {
            f"more than 1/{1 / g.OPPOSED_C:.0f} of the called point the other way; more than half": 1,
            f"more than 1/{1 / g.OPPOSED_B:.0f} of the called": 1,
            f"more than 1/{1 / g.OPPOSED_A:.0f} of the called": 1,
            f"more than 1/{1 / g.DISCORDANT_B:.0f} discordant": 1,
            f"fewer than 1/{1 / g.AGREEING_B:.0f} of the signatures or 1/{1 / g.CELLS_B:.0f} of the cell lines": 1,
            f"fewer than 1/{1 / g.AGREEING_A:.0f} of the signatures or 1/{1 / g.CELLS_A:.0f} of the cell lines": 1,
            f"fdr_cal of {g.FDR_B:g} or more, if measured on a background": 1,
            f"an assumed fdr_cal of {g.FDR_B:g} or more": 1,
            f"fdr_cal of {g.FDR_A:g} or more": 1,
            f"unless three cell lines do and fdr_cal < {g.FDR_A:g}": 1,
            f"answers {g.PROMISCUOUS_SHARE:.0%} or more".replace("%", " %"): 1,
            f"falling as the dose rises (p < {g.TREND_P:g})": 1,
        }
        assert {sentence: text.count(sentence) for sentence in stated} == stated
        assert (g.CELLS_SELECTIVE, g.DISCORDANT_C) == (3, 0.5)


class TestLaws:
    @staticmethod
    def random_case(seed):
        rng = np.random.default_rng(seed)
        rows = []
        for _ in range(int(rng.integers(2, 25))):
            z = float(rng.normal(0, 6))
            p = float(2 * (1 - 0.5 * (1 + np.tanh(abs(z) / 6))))
            facts = {
                "pert_name": str(rng.choice(["a", "b", ""], p=[0.5, 0.4, 0.1])),
                "cell_line": str(rng.choice(["A549", "MCF7", ""])),
                "pert_dose": str(rng.choice(["0.1 uM", "1 uM", "10 uM", "1 ug/ml", ""])),
                "pert_time": str(rng.choice(["6 h", "24 h"])),
                **calibrated(z / 4, p),
            }
            rows.append((z, "discordant" if rng.random() < 0.1 else None, facts))
        rows.append((5.0, None, calibrated(1.5, 0.1)))
        return case(*rows)

    @settings(max_examples=15)
    @given(st.integers(0, 100_000))
    def test_the_order_of_signatures_changes_nothing(self, seed):
        scores, ranks = self.random_case(seed)
        order = np.random.default_rng(seed + 1).permutation(len(scores))
        table = summarise_perturbagens(scores, ranks)
        other = summarise_perturbagens(scores.iloc[order], ranks.select(signatures=list(scores.index[order[::-1]])))
        pd.testing.assert_frame_equal(table, other, rtol=1e-12)
        assert table.index.is_unique
        assert table["n_signatures"].sum() + table["n_unnamed"].iloc[0] == len(scores)
        parts = table["n_mimicker"] + table["n_reverser"] + table["n_discordant"]
        assert (parts <= table["n_scored"]).all()
        assert (table.loc[table["n_scored"] == 1, "grade"] >= "C").all()

    @settings(max_examples=15)
    @given(st.integers(0, 100_000))
    def test_turning_all_scores_round_turns_the_direction_and_keeps_the_grade(self, seed):
        scores, ranks = self.random_case(seed)
        turned = scores.assign(
            z_sum=-scores["z_sum"],
            z_cal=-scores["z_cal"],
            call=scores["call"].replace({"mimicker": "reverser", "reverser": "mimicker"}),
        )
        table, other = summarise_perturbagens(scores, ranks), summarise_perturbagens(turned, ranks)
        signed = ["median_score", "max_quantile", "srges", "best_score"]
        swapped = {"mimicker": "reverser", "reverser": "mimicker"}
        back = other.assign(
            **{column: -other[column] for column in signed},
            call=other["call"].replace(swapped),
            n_mimicker=other["n_reverser"],
            n_reverser=other["n_mimicker"],
        )
        pd.testing.assert_frame_equal(table.drop(columns="reasons"), back.drop(columns="reasons"), rtol=1e-9)

    def test_input_is_left_alone(self, sample, scores):
        before, facts = scores.copy(deep=True), sample.ranks.signatures.copy(deep=True)
        summarise_perturbagens(scores, sample.ranks)
        perturbagen_signatures(scores, sample.ranks, "graduasone")
        pd.testing.assert_frame_equal(scores, before)
        pd.testing.assert_frame_equal(sample.ranks.signatures, facts)


class TestSample:
    def test_grades(self, table):
        expected = {
            "mimetasone": ("A", "mimicker"),
            "contrasone": ("A", "reverser"),
            "graduasone": ("A", "mimicker"),
            "mimicort": ("C", "mimicker"),
            "reversaline": ("C", "reverser"),
            "cytocidine": ("C", "mimicker"),
            "fortunib": ("D", "mimicker"),
            "discordin": ("D", "unresolved"),
            "inertol": ("D", "unresolved"),
            "simulastat": ("D", "unresolved"),
            "MYC": ("D", "unresolved"),
        }
        found = {name: tuple(table.loc[name, ["grade", "call"]]) for name in expected}
        assert found == expected
        assert table["grade"].is_monotonic_increasing
        for _, rows in table.groupby("grade"):
            assert rows["max_quantile"].abs().is_monotonic_decreasing

    def test_nominal_p_allows_no_a(self, sample, nominal):
        table = summarise_perturbagens(nominal, sample.ranks)
        assert set(table["grade"]) == {"B", "C", "D"}
        assert table.loc["graduasone", "grade"] == "B"
        assert table.loc["graduasone", "reasons"] == (
            "40 of 50 signatures mimic, in 5 of 5 cell lines; the score grows with the dose (trend +1.00, p = 3.2e-21)."
            " B, not better: p is nominal, which calls too easily: calibrate the scores."
        )

    def test_an_assumed_correlation_allows_no_a(self, sample, nominal):
        table = summarise_perturbagens(calibrate(nominal, sample.query), sample.ranks)
        assert table["grade"].min() == "B"
        assert "assumed" in table.loc["graduasone", "reasons"]

    def test_of_unknown_origin_p_counts_as_assumed(self, sample, scores):
        for unknown in (scores.drop(columns="p_status"), scores.assign(p_status=np.nan), scores.assign(p_status="?")):
            table = summarise_perturbagens(unknown, sample.ranks)
            assert table["grade"].min() == "B"
            assert set(table["p_status"]) == {"assumed"}
            assert "unknown origin" in table["how"].iloc[0]
        partly = scores.assign(p_status=[*scores["p_status"].iloc[:-1], "assumed"])
        assert (summarise_perturbagens(partly, sample.ranks)["grade"] > "A").all()

    def test_no_grade_depends_on_a_sentence(self, sample, nominal, scores, table):
        assumed = calibrate(nominal, sample.query)
        for full, words in (
            (scores, "assumed nothing"),
            (assumed, "variance inflation over 200 background signatures"),
        ):
            reworded = summarise_perturbagens(full.assign(how=words), sample.ranks)
            pd.testing.assert_series_equal(reworded["grade"], summarise_perturbagens(full, sample.ranks)["grade"])

    def test_an_assumed_correlation_is_named(self, sample, nominal):
        table = summarise_perturbagens(calibrate(nominal, sample.query), sample.ranks)
        assert "assumed" in table["how"].iloc[0]

    def test_numbers_of_another_type_are_the_same_numbers(self, sample, scores, table):
        for same in (
            scores.astype(object),
            scores.convert_dtypes(),
            scores.assign(z_sum=scores["z_sum"].astype("category")),
        ):
            pd.testing.assert_frame_equal(summarise_perturbagens(same, sample.ranks), table)
            own = perturbagen_signatures(same, sample.ranks, "graduasone")
            assert own["z_sum"].dtype == float

    def test_no_c_for_what_no_background_bears_out(self, sample, scores, table):
        searched = summarise_perturbagens(scores, sample.ranks, n_perturbagens=10_000)
        lost = table.index[(table["grade"] == "C") & (searched["fdr_cal"].reindex(table.index) >= 0.25)]
        assert len(lost)
        assert set(searched.loc[lost, "grade"]) == {"D"}
        assert searched.loc[lost, "reasons"].str.contains(": not distinguishable from unrelated signatures").all()

    def test_lucky_column_and_dose_series(self, table):
        assert table.index[table["lucky_column"]].tolist() == ["fortunib"]
        assert table.loc["fortunib", "best_signature"] == "SIM002_MCF7_24H_G05_fortunib_3.33uM"
        series = table.loc["graduasone"]
        assert (series["n_signatures"], series["n_cells"], series["n_doses"], series["n_times"]) == (50, 5, 5, 2)
        assert series["dose_trend"] == 1
        assert series["srges"] > series["median_score"] + 5  # low doses and short times are made up for

    def test_promiscuity_lowers_the_look_alike(self, sample, scores):
        share = pd.Series(0.05, index=scores.index)
        share["SIM001_A549_24H_E03_cytocidine_10uM"] = 0.4
        table = summarise_perturbagens(scores, sample.ranks, promiscuity=share.to_frame("share_answered"))
        assert (table.loc["cytocidine", "grade"], table.loc["cytocidine", "share_answered"]) == ("D", 0.4)
        assert table.loc["mimicort", "grade"] == "C"
        pd.testing.assert_frame_equal(table, summarise_perturbagens(scores, sample.ranks, promiscuity=share))

    def test_promiscuity_is_that_of_the_signatures_that_agree(self):
        share = pd.Series([0.4, 0.2, 0.02, 0.03], index=["S0", "S1", "S2", "S3"])
        data = case((8, None), (9, None), (0, None), (1, None))
        assert summarise_perturbagens(*data, promiscuity=share)["share_answered"].item() == pytest.approx(0.3)
        data = case((0, None), (0, None), (0, None), (1, None))
        assert summarise_perturbagens(*data, promiscuity=share)["share_answered"].item() == pytest.approx(0.115)

    def test_twin(self, sample, scores, table):
        facts = sample.ranks.signatures.loc[scores.index]
        for name, own in scores.groupby(facts["pert_name"]):
            row = table.loc[name]
            called = own[(own["p_cal"] < 0.05) & own["call"].isin(["mimicker", "reverser"])]
            assert row["n_signatures"] == len(own)
            assert row["n_mimicker"] == (called["call"] == "mimicker").sum()
            assert row["n_reverser"] == (called["call"] == "reverser").sum()
            assert row["median_score"] == pytest.approx(own["z_sum"].median())
            assert row["n_cells"] == facts.loc[own.index, "cell_line"].nunique()

    def test_signatures_of_one(self, sample, scores):
        found = perturbagen_signatures(scores, sample.ranks, " FORTUNIB ")
        columns = ["pert_name", "pert_type", "cell_line", "pert_dose", "dose_um", "pert_time", "time_h"]
        assert found.columns.tolist() == [*columns, "z_up", "z_down", "z_sum", "call", "z_cal", "p_cal", "fdr_cal"]
        assert (found.index.name, len(found)) == ("signature", 6)
        series = perturbagen_signatures(scores, sample.ranks, "graduasone")
        order = list(series[["cell_line", "time_h", "dose_um"]].itertuples(index=False, name=None))
        assert order == sorted(order)
        pd.testing.assert_series_equal(found["z_sum"], scores.loc[found.index, "z_sum"], check_index_type=False)
        nominal = perturbagen_signatures(scores.drop(columns=["z_cal", "p_cal", "fdr_cal"]), sample.ranks, "fortunib")
        assert nominal.columns.tolist() == [*columns, "z_up", "z_down", "z_sum", "call"]

    def test_a_name_of_two_kinds_takes_a_type(self):
        scores, ranks = case(
            (5, None, {"pert_name": "MYC", "pert_type": "CRISPR Knockout"}),
            (-5, None, {"pert_name": "MYC", "pert_type": "trt_oe"}),
        )
        for name, pert_type in (("myc", "Overexpression"), ("MYC (trt_oe)", None)):
            found = perturbagen_signatures(scores, ranks, name, pert_type=pert_type)
            assert found.index.tolist() == ["S1"]


class TestErrors:
    @pytest.fixture
    def data(self):
        return case(
            (5, None), (6, None, {"pert_name": "MYC", "pert_type": "trt_xpr"}), (1, None, {"pert_name": "aspirin"})
        )

    def error(self, function, *args, **kwargs) -> LincsInterpError:
        with pytest.raises(LincsInterpError) as error:
            function(*args, **kwargs)
        return error.value

    def test_what_is_no_table_of_scores(self, data):
        scores, ranks = data
        for strange, word in (
            (None, "score_concordance"),
            (scores.drop(columns="call"), "score_concordance"),
            (scores.iloc[:0], "no signature"),
            (pd.concat([scores, scores.iloc[:1]]), "S0 more than once"),
            (scores.assign(z_sum=["5", "6", "1"]), "'5'"),
            (scores.assign(p_cal=[0.1, 0.2, "-"]), "'-'"),
            (scores.assign(z_sum=[True, False, True]), "True"),
            (scores.assign(z_sum=[5, np.inf, 1]), "infinite for S1"),
            (pd.concat([scores, scores], axis=1), "z_sum, call more than once"),
            (scores.assign(call=["mimicker", "Mimics", "reverser"]), "S1 'Mimics'"),
        ):
            for function, more in ((summarise_perturbagens, ()), (perturbagen_signatures, ("MYC",))):
                assert word in str(self.error(function, strange, ranks, *more))

    def test_scores_of_another_matrix(self, data):
        scores, ranks = data
        assert "S2" in str(self.error(summarise_perturbagens, scores, ranks.select(signatures=["S0", "S1"])))

    def test_a_row_without_a_score_needs_no_call(self, data):
        scores, ranks = data
        bare = scores.reindex(["S0", "S1"]).reindex(scores.index)
        assert summarise_perturbagens(bare, ranks).loc["aspirin", "n_scored"] == 0

    def test_no_names(self):
        error = self.error(summarise_perturbagens, *case((5, None, {"pert_name": ""})))
        assert (error.argument, error.value) == ("by", "pert_name")
        assert "metadata" in error.remedy

    def test_score_and_by(self, data):
        error = self.error(summarise_perturbagens, *data, score="call")
        assert (error.argument, error.value) == ("score", "call")
        assert '"z_sum"' in error.remedy
        for function, of in ((summarise_perturbagens, data), (perturbagen_of, data[1:])):
            error = self.error(function, *of, by="moa")
            assert (error.argument, error.value) == ("by", "moa")
            assert '"pert_name" or "pert_dose"' in error.remedy

    def test_probabilities_are_no_scores(self, sample, scores):
        error = self.error(summarise_perturbagens, scores, sample.ranks, score="p_cal")
        assert (error.argument, error.value) == ("score", "p_cal")
        assert '"z_up" or "z_down" or "z_sum" or "concordance" or "z_cal"' in error.remedy

    def test_number_of_perturbagens(self, data):
        error = self.error(summarise_perturbagens, *data, n_perturbagens=2)
        assert (error.argument, error.value) == ("n_perturbagens", 2)
        assert "from 3" in error.remedy

    def test_promiscuity(self, data):
        for strange, word in (
            ([0.1], "is a list"),
            (pd.Series([0.1], index=["else"]), "none of the signatures"),
            (pd.Series([5.0, 10], index=["S0", "S1"]), "from 5 to 10"),
        ):
            error = self.error(summarise_perturbagens, *data, promiscuity=strange)
            assert error.argument == "promiscuity"
            assert error.value is strange
            assert "measure_promiscuity" in error.remedy
            assert word in str(error)

    def test_unknown_perturbagen(self, data):
        for name, word in (("asprin", "perhaps you mean aspirin"), ("qqqq", "aspirin, drug, MYC"), (3, "an int")):
            assert word in str(self.error(perturbagen_signatures, *data, name))

    @pytest.mark.parametrize("wrong", [pd.NA, np.array(["a", "b"]), pd.Series(["a", "b"]), 3])
    def test_a_type_that_is_no_text(self, data, wrong):
        error = self.error(perturbagen_signatures, *data, "MYC", pert_type=wrong)
        assert error.argument == "pert_type"
        assert error.value is wrong
        assert "leave it out" in error.remedy

    def test_type_of_another_kind(self, data):
        assert '"trt_xpr"' in str(self.error(perturbagen_signatures, *data, "MYC", pert_type="trt_oe"))

    def test_several_kinds(self):
        data = case(
            (5, None, {"pert_name": "MYC", "pert_type": "CRISPR Knockout"}),
            (5, None, {"pert_name": "MYC", "pert_type": ""}),
        )
        assert '"type not known" or "CRISPR Knockout"' in str(self.error(perturbagen_signatures, *data, "MYC"))
        found = perturbagen_signatures(*data, "MYC", pert_type="type not known")
        assert found.index.tolist() == ["S1"]


@pytest.mark.real
class TestRealDrugs:
    @staticmethod
    def summary(real_data, landmark, subset, background):
        name = "mapk_mek_inhibitor_ljp005_a375"
        sides = [(real_data / "real" / "queries" / f"{name}_{s}.txt").read_text().split() for s in ("up", "down")]
        query = GeneQuery(name, *sides)
        ranks = landmark.select(signatures=f'subset == "{subset}"')
        unselected = landmark.select(signatures=f'subset == "{background}"')
        scores = calibrate(score_concordance(ranks, query), query, background=unselected)
        return summarise_perturbagens(scores, ranks), ranks, scores

    def test_mek_and_raf_inhibitors_lead_on_their_plate(self, real_data, landmark):
        table, ranks, _ = self.summary(real_data, landmark, "ljp005_a375", "cpc006_a375")
        moa = ranks.signatures.groupby("pert_name")["moa"].first().astype(str)
        first = table.index[:7]
        assert moa[first].str.contains("MEK inhibitor|RAF inhibitor").all()
        assert set(table.loc[first, "grade"]) == {"B"}  # one cell line on one plate
        assert (table["n_signatures"].sum(), table["grade"].min()) == (351, "B")

    def test_vemurafenib_acts_in_some_cell_lines_only(self, real_data, landmark):
        table, ranks, scores = self.summary(real_data, landmark, "modz272", "cpc006_a375")
        drug = table.loc["vemurafenib"]
        assert (drug["grade"], drug["call"], drug["n_opposed"]) == ("B", "mimicker", 0)
        assert 3 <= drug["n_cells_agreeing"] < drug["n_cells"] / 4
        assert f"only {drug['n_cells_agreeing']} of {drug['n_cells']} cell lines agree" in drug["reasons"]
        assert table.loc[["atorvastatin", "venlafaxine"], "grade"].tolist() == ["C", "D"]
        own = perturbagen_signatures(scores, ranks, "VEMURAFENIB")
        assert {"A375", "HT29"} <= set(own.loc[own["p_cal"] < 0.05, "cell_line"])  # BRAF V600E


class TestBestOfASearch:
    def test_fdr_is_that_of_the_search(self):
        """Perturbagens seen through the best signatures of a library are no better than these signatures."""
        sample = load_sample()
        scores = calibrate(
            score_concordance(sample.ranks, sample.query),
            sample.query,
            background=sample.background,
            library_size=718_055,
        )
        table = summarise_perturbagens(scores, sample.ranks)
        assert not set(table["grade"]) & {"A"}
        best = scores["fdr_cal"].groupby(sample.ranks.signatures["pert_name"].reindex(scores.index)).min()
        np.testing.assert_allclose(table["fdr_cal"], np.fmax(table["fdr_cal"], best.reindex(table.index)))
        assert (table["fdr_cal"] >= best.reindex(table.index) - 1e-12).all()
        assert (table["n_hypotheses"] == 22).all()
        assert "718,055" in table["how"].iloc[0]

    def test_a_whole_library_is_no_selection(self):
        sample = load_sample()
        scores = calibrate(score_concordance(sample.ranks, sample.query), sample.query, background=sample.background)
        table = summarise_perturbagens(scores, sample.ranks)
        assert table.at["mimetasone", "grade"] == "A"
        assert (table["n_hypotheses"] == 22).all()
        assert (table["p_status"] == "measured").all()
        assert table["how"].iloc[0] == scores["how"].iloc[0]
