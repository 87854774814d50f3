"""Readings of one signature and of one perturbagen: every number in them is in a table."""

import re

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.text import percent
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import sample_path
from lincs_interp.perturbagens.promiscuity import measure_promiscuity
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.readings.interpretation import interpret
from lincs_interp.readings.sentences import belief_sentence
from lincs_interp.readings.warnings import ALWAYS, ReadingWarning, in_order
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

MIMIC = "SIM001_A549_24H_A03_mimetasone_10uM"
WEAK = "SIM001_HT29_24H_B06_paleversal_10uM"
INERT = "SIM001_A549_24H_D03_inertol_10uM"


@pytest.fixture(scope="module")
def scores(sample):
    return calibrate(score_concordance(sample.ranks, sample.query), sample.query, background=sample.background)


class TestSignature:
    def test_sentence(self, interpretation):
        assert interpretation.signature(MIMIC).sentence == (
            "mimetasone 10 uM, A549, 24 h mimics your signature: z_sum +20.9, concordance +0.66. Here your up genes"
            " are up (z_up +10.5), your down genes are down (z_down +10.4). Few unrelated signatures score this far"
            " from 0 (p_cal 4.7e-05, fdr_cal 0.0017)."
        )

    def test_a_call_within_chance(self, interpretation):
        reading = interpretation.signature(WEAK)
        assert reading.call == "reverser"
        assert reading.beyond_chance is False
        assert "Unrelated signatures often score this far from 0: no evidence beyond chance (p_cal" in reading.sentence

    def test_a_small_p_among_many_signatures_is_not_enough(self, interpretation, scores):
        look_alike = "SIM001_A549_24H_E03_cytocidine_10uM"
        assert scores.at[look_alike, "p_cal"] < 0.05 < scores.at[look_alike, "fdr_cal"]
        reading = interpretation.signature(look_alike)
        assert reading.beyond_chance is False
        assert reading.sentence.endswith(
            "Few unrelated signatures score this far from 0, but among so many some do by chance (p_cal 0.02, fdr_cal"
            " 0.066)."
        )

    def test_without_a_background_nothing_is_called_calibrated(self, sample):
        reading = interpret(sample.ranks, sample.query).signature(MIMIC)
        assert reading.beyond_chance is None
        assert re.search(r"Its p is not calibrated: \S+ with an assumed correlation", reading.sentence)
        assert reading.evidence.at["p_cal", "meaning"].startswith("correlation 0.075 assumed")
        for name in ("promiscuity", "measured genes", "your tissue"):
            assert reading.evidence.at[name, "value"] == "not known"
        together = interpret(sample.ranks, sample.query).perturbagen("mimetasone")
        for name in ("promiscuity", "measured genes", "your tissue"):
            assert together.evidence.at[name, "value"] == "not known"

    def test_the_numbers_are_those_of_the_tables(self, sample, interpretation, scores):
        evidence = interpretation.signature(MIMIC).evidence
        row = scores.loc[MIMIC]
        for name in ("z_up", "z_down", "z_sum", "z_cal"):
            assert float(evidence.at[name, "value"].replace("−", "-")) == pytest.approx(row[name], abs=0.051)
        for name in ("p_cal", "fdr_cal"):
            assert float(evidence.at[name, "value"]) == pytest.approx(row[name], rel=0.05)
        place = list(scores.index).index(MIMIC) + 1
        assert evidence.at["z_sum", "meaning"] == f"place {place} of 78 signatures, 1 = best mimicker"
        share = measure_promiscuity(sample.ranks, sample.background).at[MIMIC, "share_answered"]
        assert evidence.at["promiscuity", "value"] == percent(share)
        table = explain_concordance(
            sample.ranks, sample.query, MIMIC, gene_metadata=sample_path("genes.tsv"), baseline=interpretation.baseline
        )
        pd.testing.assert_frame_equal(interpretation.signature(MIMIC).contributions, table)
        for_it = table[table["contribution"] > 0]
        assert evidence.at["supporting genes", "value"] == f"{len(for_it)} of {len(table)}"
        assert evidence.at["measured genes", "value"] == f"{for_it['landmark'].sum()} of {len(for_it)}"
        assert evidence.at["baseline of its genes", "value"] == percent(for_it["baseline"].median())

    def test_is_kept(self, interpretation):
        reading = interpretation.signature(MIMIC)
        assert interpretation.signature(MIMIC) is reading
        assert str(reading) == reading.sentence

    def test_one_list_alone(self, sample):
        reading = interpret(sample.ranks, GeneQuery("up", sample.query.up), background=sample.background).signature(
            MIMIC
        )
        assert "z_down" not in reading.evidence.index
        assert reading.call == "mimicker"

    def test_a_signature_without_order(self, sample):
        frame = sample.ranks.frame.astype(float)
        frame[MIMIC] = np.nan
        ranks = RankMatrix.from_frame(frame, signatures=sample.ranks.signatures)
        reading = interpret(ranks, sample.query, background=sample.background).signature(MIMIC)
        assert reading.call == "unresolved"
        assert reading.beyond_chance is None
        assert "is unresolved: it has no z_sum" in reading.sentence
        assert "nan" not in reading._repr_html_().lower()

    @pytest.mark.parametrize("ask", ["signature", "contributions"])
    def test_the_name_of_a_perturbagen_gets_the_ids_of_its_signatures(self, interpretation, ask):
        with pytest.raises(LincsInterpError) as raised:
            getattr(interpretation, ask)("Mimetasone")
        assert (raised.value.argument, raised.value.value) == ("signature", "Mimetasone")
        assert MIMIC in raised.value.remedy

    def test_an_unknown_signature(self, interpretation):
        with pytest.raises(LincsInterpError) as raised:
            interpretation.signature(MIMIC[:-1])
        assert raised.value.argument == "signature"
        assert MIMIC in raised.value.remedy

    def test_a_hit_list_as_background_is_refused(self, sample, scores):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        with pytest.raises(LincsInterpError, match=r"^background is a list of hits of this query"):
            interpret(sample.ranks, sample.query, background=hits).signature(MIMIC)

    def test_the_display_is_escaped(self, sample):
        frame = sample.ranks.frame.iloc[:, :12].rename(columns={MIMIC: "<img src=x onerror=alert(1)>"})
        html = interpret(RankMatrix.from_frame(frame), sample.query).signature(frame.columns[0])._repr_html_()
        assert "<img" not in html
        assert "&lt;img" in html

    def test_a_small_background_leaves_out_what_it_cannot_tell(self, sample):
        few = sample.background.select(signatures=sample.background.frame.columns[:30])
        interpretation = interpret(sample.ranks, sample.query, background=few)
        assert not interpretation._calibrated
        assert interpretation.promiscuity is None
        reading = interpretation.signature(MIMIC)
        assert reading.evidence.at["p_cal", "meaning"].startswith("only 30 background signatures, correlation 0.075")


class TestPerturbagen:
    def test_reading_of_the_dose_series(self, interpretation, scores, sample):
        reading = interpretation.perturbagen("graduasone")
        row = summarise_perturbagens(scores, sample.ranks, promiscuity=interpretation.promiscuity).loc["graduasone"]
        assert (reading.call, reading.grade, reading.reasons) == ("mimicker", row["grade"], row["reasons"])
        assert reading.sentence == (
            f"graduasone mimics your signature in {row['n_agreeing']} of 50 signatures, in 5 of 5 cell lines; median"
            f" score {row['median_score']:+.1f}, grade {row['grade']}."
        )
        expected = perturbagen_signatures(scores, sample.ranks, "graduasone")
        pd.testing.assert_frame_equal(reading.signatures, expected)
        assert reading.evidence.at["dose trend", "value"] == f"{row['dose_trend']:+.2f}"
        assert "grade A" in reading._repr_html_()

    def test_a_perturbagen_without_direction(self, interpretation):
        reading = interpretation.perturbagen("inertol")
        assert reading.call == "unresolved"
        assert reading.grade == "D"
        assert reading.sentence == (
            "inertol neither mimics nor reverses your signature: 1 signature in 1 cell line, median score +0.1."
        )

    def test_letter_case_does_not_matter(self, sample):
        reading = interpret(sample.ranks, sample.query, background=sample.background).perturbagen(" Fortunib ")
        assert reading.perturbagen == "fortunib"
        assert reading.grade == "D"

    def test_an_unknown_name(self, interpretation):
        with pytest.raises(LincsInterpError) as raised:
            interpretation.perturbagen("fortunip")
        assert (raised.value.argument, raised.value.value) == ("perturbagen", "fortunip")
        assert "fortunib" in raised.value.remedy

    def test_a_matrix_that_names_none(self, small_ranks, small_query):
        interpretation = interpret(small_ranks, small_query)
        assert interpretation.perturbagens.empty
        reading = interpretation.signature("PERFECT")
        assert reading.evidence.at["perturbagen", "value"] == "not known"
        with pytest.raises(LincsInterpError, match="neither ids nor metadata of the matrix name any"):
            interpret(small_ranks, small_query).perturbagen("anything")

    def test_a_name_of_two_kinds(self, sample):
        kinds = sample.ranks.signatures["pert_type"].copy()
        kinds["SIM001_MCF7_24H_A03_mimetasone_10uM"] = "CRISPR Knockout"
        ranks = sample.ranks.with_metadata(pd.DataFrame({"pert_type": kinds}))
        reading = interpret(ranks, sample.query).perturbagen("mimetasone", pert_type="CRISPR Knockout")
        assert reading.perturbagen == "mimetasone (CRISPR Knockout)"
        assert len(reading.signatures) == 1
        with pytest.raises(LincsInterpError, match="the name of several kinds of perturbation: pass pert_type"):
            interpret(ranks, sample.query).perturbagen("mimetasone")


def test_a_warning_is_said_once_and_in_order():
    second = ReadingWarning("W11", "x", "y")
    third = ReadingWarning("W4", "x", "y")
    assert in_order([second, ALWAYS[0], third, ALWAYS[0]]) == (ALWAYS[0], third, second)


class TestBelief:
    def test_measured(self, sample, scores):
        called = scores[scores["call"].isin(["mimicker", "reverser"])]
        n = int((called["fdr_cal"] < 0.05).sum())
        assert belief_sentence(scores) == (
            f"Measured against unrelated signatures, {n} of the {len(called)} signatures called mimicker or reverser"
            " are beyond chance (calibrated false discovery rate below 0.05; variance between and within"
            " perturbagens over 200 background signatures; 78 hypotheses)."
        )

    def test_assumed(self, sample):
        assumed = calibrate(score_concordance(sample.ranks, sample.query), sample.query)
        called = assumed[assumed["call"].isin(["mimicker", "reverser"])]
        share = f"{int((called['fdr_cal'] < 0.05).sum())} of the {len(called)} signatures called mimicker or reverser"
        rest = (
            f", so p is not calibrated: how far your genes move together was assumed. With that {share} would be beyond"
            " chance (false discovery rate below 0.05); on real data such a count is usually too high."
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


def test_the_signatures_of_a_perturbagen_are_those_of_its_own_table(interpretation):
    for name in interpretation.perturbagens.index:
        expected = perturbagen_signatures(interpretation.scores, interpretation.ranks, name)
        pd.testing.assert_frame_equal(interpretation._signatures_of(name), expected)


def test_contributions_have_the_baseline_of_the_whole_background(sample, interpretation):
    signature = interpretation.scores.index[0]
    whole = explain_concordance(sample.ranks, sample.query, signature, baseline=gene_baseline(sample.background))
    pd.testing.assert_series_equal(interpretation.contributions(signature)["baseline"], whole["baseline"])
