"""Each warning about a signature fires on the case that was planted for it, and is silent on its neighbour."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.calls import PROMISCUOUS_SHARE
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import sample_path
from lincs_interp.readings.interpretation import interpret
from lincs_interp.readings.warnings import MOST_INFERRED
from lincs_interp.scoring.contributions import supporting_genes
from lincs_interp.scoring.toxicity import TOXIC_SHARE, toxicity_share

LUCKY = "SIM002_MCF7_24H_G05_fortunib_3.33uM"
TWICE = "SIM001_A549_24H_A03_mimetasone_10uM"
ONCE = "SIM001_PC3_24H_A04_mimicort_10uM"
LOOK_ALIKE = "SIM001_A549_24H_E03_cytocidine_10uM"
DISCORDANT = "SIM001_A375_24H_C03_discordin_10uM"
INERT = "SIM001_A549_24H_D03_inertol_10uM"
SERIES = "SIM003_A549_24H_H12_graduasone_10uM"
MYC, TP53 = "XPRSIM01_A375.311_96H_M03_MYC", "XPRSIM01_A375.311_96H_M04_TP53"


def warned(interpretation, signature):
    return {warning.code: warning for warning in interpretation.signature(signature).warnings}


def warned_of(interpretation, perturbagen):
    return {warning.code: warning for warning in interpretation.perturbagen(perturbagen).warnings}


def test_every_warning_names_its_source(interpretation):
    for signature in (LUCKY, LOOK_ALIKE, DISCORDANT, MYC):
        assert all(warning.source for warning in warned(interpretation, signature).values())


@pytest.mark.parametrize("signature", [LUCKY, DISCORDANT, INERT])
def test_what_always_holds_comes_first(interpretation, signature):
    codes = [warning.code for warning in interpretation.signature(signature).warnings]
    assert codes[:3] == ["W1", "W2", "W3"]
    assert codes == sorted(codes, key=lambda code: int(code[1:]))


class TestUnreplicated:
    def test_the_lucky_column(self, interpretation):
        assert warned(interpretation, LUCKY)["W4"].sentence == (
            "Unreplicated: none of the 5 other signatures of fortunib is a mimicker, so no other cell line, dose or"
            " time points the same way."
        )

    def test_a_single_signature(self, interpretation):
        assert warned(interpretation, ONCE)["W4"].sentence.startswith(
            "Unreplicated: it is the only signature of mimicort in"
        )

    @pytest.mark.parametrize("signature", [TWICE, SERIES, INERT, DISCORDANT])
    def test_is_silent_where_a_sibling_agrees_or_nothing_is_called(self, interpretation, signature):
        assert "W4" not in warned(interpretation, signature)

    def test_a_sibling_that_only_nominal_p_calls_does_not_count(self, interpretation, with_table):
        weak = interpretation.scores.copy()
        other = "SIM001_MCF7_24H_A03_mimetasone_10uM"
        weak.loc[other, "p_cal"] = 0.5
        assert weak.loc[other, "call"] == "mimicker"
        assert "W4" in warned(with_table(interpretation, scores=weak), TWICE)


class TestDiscordant:
    def test_the_planted_one(self, interpretation):
        assert warned(interpretation, DISCORDANT)["W5"].sentence == (
            "Discordant: z_up is −6.4 and z_down +10.4, opposite signs with at least one beyond 1.96. The site would"
            " sort it by the sum (+4.0)."
        )

    @pytest.mark.parametrize("signature", [TWICE, INERT])
    def test_is_silent_on_others(self, interpretation, signature):
        assert "W5" not in warned(interpretation, signature)


class TestInferred:
    def test_most_genes_of_the_sample_are_inferred(self, interpretation):
        genes = supporting_genes(interpretation.contributions(TWICE))
        inferred = int((~genes["landmark"].astype(bool)).sum())
        assert inferred > MOST_INFERRED * len(genes)
        assert warned(interpretation, TWICE)["W6"].sentence.startswith(
            f"Mostly inferred: {inferred} of the {len(genes)} genes that support the call were not measured"
        )

    def test_is_silent_for_a_query_of_measured_genes(self, sample):
        facts = pd.read_csv(sample_path("genes.tsv"), sep="\t", index_col="symbol")
        measured = facts.index[facts["landmark"] == 1]
        query = GeneQuery(
            "measured",
            [g for g in sample.query.up if g in measured],
            [g for g in sample.query.down if g in measured],
        )
        assert "W6" not in warned(interpret(sample.ranks, query, gene_metadata=facts), TWICE)

    def test_at_the_threshold(self, interpretation):
        genes = supporting_genes(interpretation.contributions(TWICE))["gene"]
        for n, fires in ((int(MOST_INFERRED * len(genes)), False), (int(MOST_INFERRED * len(genes)) + 1, True)):
            flags = pd.Series(True, index=pd.Index(genes, name="gene"), dtype="boolean", name="landmark")
            flags.iloc[:n] = False
            changed = dataclasses.replace(interpretation, landmark=flags)
            assert ("W6" in warned(changed, TWICE)) is fires

    def test_is_silent_where_it_is_not_known(self, sample, interpretation):
        assert "W6" not in warned(dataclasses.replace(interpretation, landmark=None), TWICE)
        genes = supporting_genes(interpretation.contributions(TWICE))["gene"]
        for known, fires in ((int(0.4 * len(genes)), False), (int(0.6 * len(genes)), True)):
            flags = pd.Series(pd.NA, index=pd.Index(genes, name="gene"), dtype="boolean", name="landmark")
            flags.iloc[:known] = False
            assert ("W6" in warned(dataclasses.replace(interpretation, landmark=flags), TWICE)) is fires

    def test_is_silent_where_nothing_is_called(self, interpretation):
        assert "W6" not in warned(interpretation, INERT)


class TestCellContext:
    def test_one_cell_line(self, interpretation):
        assert "mimicort was seen in one cell line only" in warned(interpretation, ONCE)["W9"].sentence

    def test_not_the_readers_tissue(self, interpretation):
        assert warned(interpretation, ONCE)["W9"].sentence == (
            "Cell context: mimicort was seen in one cell line only, and not in lung (but: prostate); the effect may"
            " belong to the cell."
        )

    def test_is_silent_where_the_tissue_agrees(self, interpretation):
        assert "W9" not in warned(interpretation, TWICE)  # A549 is of the lung, and MCF7 agrees too
        assert "W9" not in warned_of(interpretation, "graduasone")

    def test_another_tissue(self, interpretation):
        elsewhere = dataclasses.replace(interpretation, tissue="Kidney")
        assert "mimetasone agrees not in Kidney (but: breast, lung)" in warned(elsewhere, TWICE)["W9"].sentence
        assert "W9" not in warned(dataclasses.replace(interpretation, tissue=""), TWICE)

    @pytest.mark.parametrize(
        ("tissue", "word"), [("lnug", "lung"), ("kidney", "skin"), ("", "breast"), (" ", "breast")]
    )
    def test_a_tissue_that_no_signature_is_of(self, sample, tissue, word):
        with pytest.raises(LincsInterpError) as raised:
            interpret(sample.ranks, sample.query, tissue=tissue)
        assert (raised.value.argument, raised.value.value) == ("tissue", tissue)
        assert word in raised.value.remedy

    def test_a_tissue_is_spelt_as_the_metadata_do_and_may_be_of_the_background(self, sample):
        assert interpret(sample.ranks, sample.query, tissue=" LUNG\u200b").tissue == "lung"
        other = sample.background.with_metadata({sample.background.frame.columns[0]: {"tissue": "Spleen"}})
        elsewhere = interpret(sample.ranks, sample.query, background=other, tissue="spleen")
        assert "mimetasone agrees not in Spleen (but: breast, lung)" in warned(elsewhere, TWICE)["W9"].sentence

    def test_a_tissue_without_metadata(self, sample):
        plain = RankMatrix.from_frame(sample.ranks.frame)
        with pytest.raises(LincsInterpError) as raised:
            interpret(plain, sample.query, background=sample.background, tissue="lung")
        assert (raised.value.argument, raised.value.value) == ("tissue", "lung")
        assert "metadata" in raised.value.remedy


class TestCommonResponse:
    def test_the_cytotoxic_look_alike(self, interpretation):
        assert toxicity_share(interpretation.contributions(LOOK_ALIKE)).share > TOXIC_SHARE
        sentence = warned(interpretation, LOOK_ALIKE)["W10"].sentence
        assert sentence.startswith("Perhaps no specific effect. 29 % of ")
        assert "25 genes" in sentence
        assert sentence.endswith("Dying and arrested cells look alike, whatever the drug.")

    @pytest.mark.parametrize("signature", [TWICE, ONCE, LUCKY, SERIES])
    def test_is_silent_on_the_mechanism_itself(self, interpretation, signature):
        assert "W10" not in warned(interpretation, signature)

    def test_a_signature_that_answers_every_query(self, interpretation, with_table):
        for share, fires in ((PROMISCUOUS_SHARE, True), (PROMISCUOUS_SHARE - 0.001, False)):
            table = interpretation.promiscuity.copy()
            table.loc[TWICE, "share_answered"] = share
            found = warned(with_table(interpretation, _promiscuity=(table, "")), TWICE)
            assert ("W10" in found) is fires
        table.loc[TWICE, "share_answered"] = 0.4
        found = warned(with_table(interpretation, _promiscuity=(table, "")), TWICE)
        assert "It answers 40 % of unrelated queries, where 5 % would by chance." in found["W10"].sentence


class TestDoseTrend:
    def test_a_lower_dose_is_best(self, interpretation):
        sentence = "No dose trend: fortunib agrees best at a lower dose than the highest."
        assert warned(interpretation, LUCKY)["W11"].sentence == sentence
        assert warned_of(interpretation, "fortunib")["W11"].sentence == sentence

    def test_is_silent_where_the_score_grows_with_the_dose(self, interpretation):
        assert interpretation.perturbagens.loc["graduasone", "dose_trend"] > 0.9
        assert "W11" not in warned(interpretation, SERIES)
        assert "W11" not in warned_of(interpretation, "graduasone")

    def test_is_silent_with_one_dose(self, interpretation):
        assert "W11" not in warned(interpretation, TWICE)

    def test_at_the_highest_dose_only_and_without_trend(self, interpretation, with_table):
        for changes, words in (
            ({"highest_dose_only": True}, "graduasone agrees at its highest dose only"),
            ({"dose_trend": 0.1, "p_dose_trend": 0.4}, "does not grow with the dose (trend +0.10, p = 0.4)"),
            ({"dose_trend": -0.8, "p_dose_trend": 0.001}, "does not grow with the dose (trend −0.80, p = 0.001)"),
        ):
            table = interpretation.perturbagens.copy()
            for column, value in changes.items():
                table.loc["graduasone", column] = value
            found = warned(with_table(interpretation, perturbagens=table), SERIES)
            assert words in found["W11"].sentence


class TestOwnGene:
    def test_the_knockout_that_does_not_show(self, interpretation):
        assert warned(interpretation, MYC)["W13"].sentence == (
            "MYC itself is not clearly down in its own signature (percentile 52). The perturbation may have failed, or"
            " worked without showing in the rank: a knocked-out gene can keep its transcript."
        )
        assert "W13" in warned_of(interpretation, "MYC")

    @pytest.mark.parametrize("signature", [TP53, TWICE])
    def test_is_silent_where_it_shows_and_on_compounds(self, interpretation, signature):
        assert "W13" not in warned(interpretation, signature)


class TestOfTheQuery:
    """W7, W8 and W12 hold for every signature alike; what triggers them is tested in test_readings.py."""

    def test_thin_and_unequal_lists(self, sample):
        genes = list(sample.ranks.genes)
        thin = interpret(sample.ranks, GeneQuery("q", genes[:9], genes[20:60]))
        assert {"W7", "W12"} <= set(warned(thin, INERT))
        assert not {"W7", "W8", "W12"} & set(
            warned(interpret(sample.ranks, GeneQuery("q", genes[:30], genes[40:80])), INERT)
        )

    def test_a_list_of_hits(self, sample, interpretation):
        hits = interpretation.scores.index[interpretation.scores["z_sum"].abs() > 4]
        selected = interpret(sample.ranks.select(signatures=hits), sample.query)
        assert "W8" in warned(selected, TWICE)
        assert "W8" not in warned(interpretation, TWICE)


@pytest.mark.real
def test_on_real_signatures_of_vemurafenib(real_data):
    """One compound in dozens of cell lines: a MEK query finds it in BRAF-mutant lines, and the readings say so."""
    from lincs_interp.io import read_query, read_ranks

    facts = pd.read_csv(real_data / "real" / "signature_metadata.tsv", sep="\t", keep_default_na=False)
    ranks = read_ranks(real_data / "real" / "landmark_978x1080.ranks.tsv.gz")
    facts = facts.drop_duplicates("local_id")
    ranks = RankMatrix.from_frame(ranks.frame, n_genes=ranks.n_genes, signatures=facts)
    own, other = (ranks.signatures.index[ranks.signatures["subset"] == name] for name in ("modz272", "cpc006_a375"))
    folder = real_data / "real" / "queries"
    name = "mapk_mek_inhibitor_ljp005_a375"
    query = read_query(folder / f"{name}_up.txt", folder / f"{name}_down.txt")
    part = ranks.select(signatures=own)
    # All signatures of two compounds are no background, however many they are.
    assert set(interpret(part, query, background=part).scores["p_status"]) == {"assumed"}
    interpretation = interpret(part, query, background=ranks.select(signatures=other))
    reading = interpretation.perturbagen("vemurafenib")
    assert reading.call == "mimicker"
    assert reading.evidence.at["signatures agreeing", "value"].endswith(f" of {len(reading.signatures)}")
    best = interpretation.signature(str(interpretation.perturbagens.at["vemurafenib", "best_signature"]))
    assert best.beyond_chance
    assert np.isfinite(best.contributions["baseline"]).all()
    assert "W4" not in {warning.code for warning in best.warnings}
