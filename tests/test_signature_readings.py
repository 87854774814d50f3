"""Readings of one signature and of one perturbagen: every number in them stands in a table."""

import re

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample, sample_path
from lincs_interp.perturbagens.promiscuity import measure_promiscuity
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.readings.interpretation import compile_dossier
from lincs_interp.readings.perturbagen import perturbagen_reading, read_perturbagen
from lincs_interp.readings.sentences import W1, ReadingWarning, belief_sentence
from lincs_interp.readings.signature import in_order, read_signature, signature_reading
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

MIMIC = "SIM001_A549_24H_A03_mimetasone_10uM"
WEAK = "SIM001_HT29_24H_B06_paleversal_10uM"
INERT = "SIM001_A549_24H_D03_inertol_10uM"


@pytest.fixture(scope="module")
def sample():
    return load_sample()


@pytest.fixture(scope="module")
def dossier(sample):
    return compile_dossier(
        sample.ranks, sample.query, background=sample.background, gene_metadata=sample_path("genes.tsv")
    )


@pytest.fixture(scope="module")
def scores(sample):
    return calibrate(score_concordance(sample.ranks, sample.query), sample.query, background=sample.background)


class TestSignature:
    def test_sentence(self, dossier):
        assert signature_reading(dossier, MIMIC).sentence == (
            "mimetasone 10 uM, A549, 24 h mimics your signature: your up genes lie towards its up end (z_up +10.5) and"
            " your down genes lie towards its down end (z_down +10.4); z_sum +20.9, concordance +0.66. Unrelated"
            " signatures hardly score so (p_cal 4.5e-05, fdr_cal 0.0017)."
        )

    def test_a_call_that_is_not_told_from_chance_says_so(self, dossier):
        reading = signature_reading(dossier, WEAK)
        assert reading.verdict == "reverser"
        assert reading.beyond_chance is False
        assert "Unrelated signatures score so as well: not told from chance (p_cal" in reading.sentence

    def test_a_small_p_among_many_signatures_is_not_enough(self, dossier, scores):
        look_alike = "SIM001_A549_24H_E03_cytocidine_10uM"
        assert scores.at[look_alike, "p_cal"] < 0.05 < scores.at[look_alike, "fdr_cal"]
        reading = signature_reading(dossier, look_alike)
        assert reading.beyond_chance is False
        assert reading.sentence.endswith(
            "Few unrelated signatures score so, but among so many that were scored some would by chance (p_cal 0.02,"
            " fdr_cal 0.065)."
        )

    def test_without_a_background_nothing_is_called_calibrated(self, sample):
        reading = read_signature(sample.ranks, sample.query, MIMIC)
        assert reading.beyond_chance is None
        assert re.search(
            r"Its p is not calibrated: \S+ with a correlation assumed, as a rule too small\.$", reading.sentence
        )
        assert reading.evidence.at["p_cal", "meaning"].startswith("correlation 0.075 assumed")
        for name in ("promiscuity", "measured genes", "your tissue"):
            assert reading.evidence.at[name, "value"] == "not known"
        together = read_perturbagen(sample.ranks, sample.query, "mimetasone")
        for name in ("promiscuity", "measured genes", "your tissue"):
            assert together.evidence.at[name, "value"] == "not known"

    def test_the_numbers_are_those_of_the_tables(self, sample, dossier, scores):
        evidence = signature_reading(dossier, MIMIC).evidence
        row = scores.loc[MIMIC]
        for name in ("z_up", "z_down", "z_sum", "z_cal"):
            assert float(evidence.at[name, "value"].replace("−", "-")) == pytest.approx(row[name], abs=0.051)
        for name in ("p_cal", "fdr_cal"):
            assert float(evidence.at[name, "value"]) == pytest.approx(row[name], rel=0.05)
        place = list(scores.index).index(MIMIC) + 1
        assert evidence.at["z_sum", "meaning"] == f"place {place} of 78 signatures, 1 = best mimicker"
        share = measure_promiscuity(sample.ranks, sample.background).at[MIMIC, "share_answered"]
        assert evidence.at["promiscuity", "value"] == f"{share:.0%}"
        drivers = explain_concordance(
            sample.ranks, sample.query, MIMIC, gene_metadata=sample_path("genes.tsv"), baseline=dossier.baseline
        )
        pd.testing.assert_frame_equal(signature_reading(dossier, MIMIC).drivers, drivers)
        for_it = drivers[drivers["contribution"] > 0]
        assert evidence.at["genes for it", "value"] == f"{len(for_it)} of {len(drivers)}"
        assert evidence.at["measured genes", "value"] == f"{for_it['landmark'].sum()} of {len(for_it)}"
        assert evidence.at["habit of its genes", "value"] == f"{for_it['base_rate'].median():.1%}"

    def test_the_public_function_says_the_same(self, sample, dossier):
        reading = read_signature(
            sample.ranks, sample.query, MIMIC, background=sample.background, gene_metadata=sample_path("genes.tsv")
        )
        other = signature_reading(dossier, MIMIC)
        assert (reading.sentence, reading.warnings) == (other.sentence, other.warnings)
        pd.testing.assert_frame_equal(reading.evidence, other.evidence)
        assert str(reading) == reading.sentence

    def test_one_list_alone(self, sample):
        reading = read_signature(sample.ranks, GeneQuery("up", sample.query.up), MIMIC, background=sample.background)
        assert "z_down" not in reading.evidence.index
        assert reading.verdict == "mimicker"

    def test_a_signature_without_order(self, sample):
        frame = sample.ranks.frame.astype(float)
        frame[MIMIC] = np.nan
        ranks = RankMatrix.from_frame(frame, signatures=sample.ranks.signatures)
        reading = read_signature(ranks, sample.query, MIMIC, background=sample.background)
        assert reading.verdict == "unresolved"
        assert reading.beyond_chance is None
        assert "no z_sum is too little to call" in reading.sentence
        assert "nan" not in reading._repr_html_().lower()

    def test_an_unknown_signature(self, sample):
        with pytest.raises(LincsInterpError, match=r"^signature is 'mimetasone', which the matrix does not hold: "):
            read_signature(sample.ranks, sample.query, "mimetasone")

    def test_a_hit_list_as_background_is_refused(self, sample, scores):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        with pytest.raises(LincsInterpError, match=r"^background is a list of hits of this query"):
            read_signature(sample.ranks, sample.query, MIMIC, background=hits)

    def test_the_display_is_escaped(self, sample):
        frame = sample.ranks.frame.iloc[:, :12].rename(columns={MIMIC: "<img src=x onerror=alert(1)>"})
        html = read_signature(RankMatrix.from_frame(frame), sample.query, frame.columns[0])._repr_html_()
        assert "<img" not in html
        assert "&lt;img" in html

    def test_a_small_background_leaves_out_what_it_cannot_tell(self, sample):
        few = sample.background.select(signatures=sample.background.frame.columns[:30])
        dossier = compile_dossier(sample.ranks, sample.query, background=few)
        assert not dossier.calibrated
        assert dossier.promiscuity is None
        reading = signature_reading(dossier, MIMIC)
        assert reading.evidence.at["p_cal", "meaning"].startswith("only 30 background signatures, correlation 0.075")


class TestPerturbagen:
    def test_reading_of_the_dose_series(self, dossier, scores, sample):
        reading = perturbagen_reading(dossier, "graduasone")
        row = summarise_perturbagens(scores, sample.ranks, promiscuity=dossier.promiscuity).loc["graduasone"]
        assert (reading.verdict, reading.grade, reading.reasons) == ("mimicker", row["grade"], row["reasons"])
        assert reading.sentence == (
            f"graduasone mimics your signature in {row['n_agreeing']} of 50 signatures, in 5 of 5 cell lines; median"
            f" score {row['median_score']:+.1f}, grade {row['grade']}."
        )
        expected = perturbagen_signatures(scores, sample.ranks, "graduasone")
        pd.testing.assert_frame_equal(reading.signatures, expected)
        assert reading.evidence.at["dose trend", "value"] == f"{row['dose_trend']:+.2f}"
        assert "grade A" in reading._repr_html_()

    def test_a_perturbagen_without_direction(self, dossier):
        reading = perturbagen_reading(dossier, "inertol")
        assert reading.verdict == "unresolved"
        assert reading.grade == "D"
        assert reading.sentence == (
            "inertol neither mimics nor reverses your signature: 1 signature in 1 cell line, median score +0.1."
        )

    def test_letter_case_does_not_matter(self, sample):
        reading = read_perturbagen(sample.ranks, sample.query, " Fortunib ", background=sample.background)
        assert reading.perturbagen == "fortunib"
        assert reading.grade == "D"

    def test_an_unknown_name(self, sample):
        with pytest.raises(LincsInterpError) as raised:
            read_perturbagen(sample.ranks, sample.query, "fortunip")
        assert str(raised.value) == (
            "perturbagen is 'fortunip', of which scores holds no signature: did you mean fortunib?"
        )

    def test_a_matrix_that_names_none(self, small_ranks, small_query):
        dossier = compile_dossier(small_ranks, small_query)
        assert dossier.perturbagens.empty
        reading = signature_reading(dossier, "PERFECT")
        assert reading.evidence.at["perturbagen", "value"] == "not known"
        with pytest.raises(LincsInterpError, match="neither ids nor metadata of the matrix name any"):
            read_perturbagen(small_ranks, small_query, "anything")

    def test_a_name_of_two_kinds(self, sample):
        kinds = sample.ranks.signatures["pert_type"].copy()
        kinds["SIM001_MCF7_24H_A03_mimetasone_10uM"] = "CRISPR Knockout"
        ranks = sample.ranks.with_metadata(pd.DataFrame({"pert_type": kinds}))
        reading = read_perturbagen(ranks, sample.query, "mimetasone", pert_type="CRISPR Knockout")
        assert reading.perturbagen == "mimetasone (CRISPR Knockout)"
        assert len(reading.signatures) == 1
        with pytest.raises(LincsInterpError, match="which stands for several kinds of perturbation: pass pert_type"):
            read_perturbagen(ranks, sample.query, "mimetasone")


def test_a_warning_is_said_once_and_in_order():
    second = ReadingWarning("W11", "x", "y")
    third = ReadingWarning("W4", "x", "y")
    assert in_order([second, W1, third, W1]) == (W1, third, second)


class TestBelief:
    def test_measured(self, sample, scores):
        called = scores[scores["call"].isin(["mimicker", "reverser"])]
        n = int((called["fdr_cal"] < 0.05).sum())
        assert belief_sentence(scores) == (
            f"Measured against unrelated signatures, {n} of the {len(called)} signatures called mimicker or reverser"
            " stand out (calibrated false discovery rate below 0.05; variance inflation over 200 background signatures;"
            " 78 hypotheses)."
        )

    def test_assumed(self, sample):
        assumed = calibrate(score_concordance(sample.ranks, sample.query), sample.query)
        called = assumed[assumed["call"].isin(["mimicker", "reverser"])]
        told = f"{int((called['fdr_cal'] < 0.05).sum())} of the {len(called)} signatures called mimicker or reverser"
        rest = (
            f", so p is not calibrated: how far your genes move together was assumed. With that {told} would stand out"
            " (false discovery rate below 0.05); on real data such a count is as a rule too high."
        )
        assert belief_sentence(assumed) == "No background was given" + rest
        few = "The background has 20 usable signatures, and 50 are needed"
        assert belief_sentence(assumed, background=20) == few + rest

    def test_a_list_of_hits_is_no_evidence(self, scores):
        hits = scores[scores["z_sum"].abs() > 4]
        assert belief_sentence(hits) == (
            "The columns of this matrix look chosen by this very query (W8), so false discovery rates and grades over"
            " them are no evidence."
        )

    def test_nothing_called(self, scores):
        assert belief_sentence(scores[scores["call"] == "unresolved"]) == ""


def test_the_signatures_of_a_perturbagen_are_those_of_its_own_table():
    sample = load_sample()
    dossier = compile_dossier(sample.ranks, sample.query, background=sample.background)
    for name in dossier.perturbagens.index:
        expected = perturbagen_signatures(dossier.scores, dossier.ranks, name)
        pd.testing.assert_frame_equal(dossier.signatures_of(name), expected)


def test_drivers_know_the_habits_that_the_whole_background_tells():
    sample = load_sample()
    dossier = compile_dossier(sample.ranks, sample.query, background=sample.background)
    signature = dossier.scores.index[0]
    whole = explain_concordance(sample.ranks, sample.query, signature, baseline=gene_baseline(sample.background))
    pd.testing.assert_series_equal(dossier.drivers(signature)["base_rate"], whole["base_rate"])
