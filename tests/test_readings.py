"""Sentences and warnings: every warning fires on its case and is silent on the neighbouring one."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.text import signed
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.signature_ids import signature_label
from lincs_interp.genes.matching import match_genes
from lincs_interp.readings.interpretation import interpret
from lincs_interp.readings.sentences import (
    both_ways,
    call_sentence,
    chance_sentence,
    coverage_sentence,
    in_both_lists,
    overview_sentence,
    siblings_sentence,
)
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.null import FEWEST_FOR_HIT_LIST, QUIET_SHARE, QUIET_Z, is_hit_list


def codes(ranks, query):
    return {warning.code: warning.sentence for warning in interpret(ranks, query, overlap="drop").warnings}


def test_what_always_holds_is_always_said(sample):
    assert list(codes(sample.ranks, sample.query))[:3] == ["W1", "W2", "W3"]


class TestDiscordant:
    def test_fires_on_the_planted_signature(self, sample):
        sentence = codes(sample.ranks, sample.query)["W5"]
        assert "1 signature is discordant" in sentence
        assert "SIM001_A375_24H_C03_discordin_10uM" in sentence

    def test_is_silent_without_it(self, sample):
        rest = sample.ranks.frame.columns.drop("SIM001_A375_24H_C03_discordin_10uM")
        assert "W5" not in codes(sample.ranks.select(signatures=rest), sample.query)


class TestCoverage:
    def test_fewer_than_ten_genes(self, sample):
        genes = list(sample.ranks.genes)
        assert "only 9 genes counted" in codes(sample.ranks, GeneQuery("q", genes[:9], genes[20:40]))["W7"]
        assert "W7" not in codes(sample.ranks, GeneQuery("q", genes[:10], genes[20:40]))

    def test_less_than_seventy_percent_found(self, sample):
        genes = list(sample.ranks.genes[:70])
        lost = [f"nosuchgene{i}" for i in range(31)]
        assert "only 70 of 101 entries of the list found" in codes(sample.ranks, GeneQuery("q", genes + lost))["W7"]
        assert "W7" not in codes(sample.ranks, GeneQuery("q", genes + lost[:30]))

    def test_more_than_250_genes(self, sample):
        genes = list(sample.ranks.genes)
        assert "251 genes counted" in codes(sample.ranks, GeneQuery("q", genes[:251]))["W7"]
        assert "W7" not in codes(sample.ranks, GeneQuery("q", genes[:250]))


class TestCoverageSentence:
    def sentence(self, ranks, query, side):
        return coverage_sentence(match_genes(ranks, query), score_concordance(ranks, query, overlap="drop"), side)

    def test_of_the_sample(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        matches = match_genes(sample.ranks, sample.query)
        up = matches[matches["side"] == "up"]
        rescued = (up["found"] & (up["how"] != "exact")).sum()
        assert coverage_sentence(matches, scores, "up") == (
            f"{scores['n_up'].iloc[0]} up genes counted, from 92 entries of your list, {rescued} of these entries under"
            " another spelling."
        )

    def test_genes_in_both_lists_are_not_counted(self, small_ranks):
        up, down = [f"G{i:03d}" for i in range(23)], [f"G{i:03d}" for i in range(20, 45)]
        query = GeneQuery("q", up, down)
        assert in_both_lists(match_genes(small_ranks, query)) == {"G020", "G021", "G022"}
        both = "; 3 are in both lists and were left out of both."
        assert self.sentence(small_ranks, query, "up") == f"20 up genes counted, from 23 entries of your list{both}"
        assert self.sentence(small_ranks, query, "down") == f"22 down genes counted, from 25 entries of your list{both}"
        one = self.sentence(small_ranks, GeneQuery("q", up[:21], down), "up")
        assert one.endswith("; 1 is in both lists and was left out of both.")

    def test_a_gene_without_ranks_is_not_counted(self, small_ranks):
        frame = small_ranks.frame.astype(float)
        frame.loc["G003"] = np.nan
        query = GeneQuery("q", [f"G{i:03d}" for i in range(20)])
        assert self.sentence(type(small_ranks).from_frame(frame), query, "up") == (
            "19 up genes counted, from 20 entries of your list; no signature has ranks for more of them, 1 is missing."
        )

    def test_an_entry_that_repeats_a_gene_counts_once(self, small_ranks):
        query = GeneQuery("q", ["G000", "G000", "G001", "absent"])
        assert self.sentence(small_ranks, query, "up") == "2 up genes counted, from 4 entries of your list."


class TestUnequalSides:
    def test_ratio_above_three(self, sample):
        genes = list(sample.ranks.genes)
        assert "the down list decides" in codes(sample.ranks, GeneQuery("q", genes[:10], genes[10:41]))["W12"]
        assert "W12" not in codes(sample.ranks, GeneQuery("q", genes[:10], genes[10:40]))
        assert "W12" not in codes(sample.ranks, GeneQuery("q", genes[:10]))


class TestHitList:
    def test_a_selected_matrix_is_recognised(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        hits = scores.index[scores["z_sum"].abs() > 4]
        assert len(hits) >= FEWEST_FOR_HIT_LIST
        assert "W8" in codes(sample.ranks.select(signatures=hits), sample.query)

    def test_wide_scores_are_no_selection(self):
        # Genes that move together spread the scores, so few are within 2 of zero; but some still are near it.
        rng = np.random.default_rng(5)
        z = pd.DataFrame({"z_sum": 60 * rng.standard_normal(200)})
        assert (z["z_sum"].abs() < QUIET_Z).mean() < QUIET_SHARE
        assert not is_hit_list(z)
        assert is_hit_list(pd.concat([z.nlargest(25, "z_sum"), z.nsmallest(25, "z_sum")]))

    @pytest.mark.real
    def test_real_unselected_matrices_are_not(self, real_data):
        from lincs_interp.io import read_ranks

        for name in ("skb_5000x100", "full_12328x43"):
            ranks = read_ranks(real_data / "real" / f"{name}.ranks.tsv.gz")
            for signature in ranks.frame.columns[:40]:
                order = ranks.frame[signature].sort_values(kind="stable").index
                scores = score_concordance(ranks, GeneQuery(signature, order[-100:], order[:100])).drop(signature)
                assert not is_hit_list(scores)

    def test_an_unselected_matrix_is_not(self, sample):
        assert "W8" not in codes(sample.background, sample.query)
        assert not is_hit_list(pd.DataFrame({"z_sum": np.full(FEWEST_FOR_HIT_LIST - 1, 9.0)}))
        assert is_hit_list(pd.DataFrame({"z_sum": np.full(FEWEST_FOR_HIT_LIST, 9.0)}))


class TestSentences:
    def test_sentences_of_all_four_calls(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        words = {
            "SIM001_A549_24H_A03_mimetasone_10uM": "mimetasone 10 uM, A549, 24 h mimics your signature: z_sum +20.9,"
            " concordance +0.66. Here your up genes are up (z_up +10.5), your down genes are down (z_down +10.4).",
            "SIM001_A549_24H_B03_contrasone_10uM": "contrasone 10 uM, A549, 24 h reverses your signature: z_sum −21.2,"
            " concordance −0.67. Here your up genes are down (z_up −10.7), your down genes are up (z_down −10.5).",
            "SIM001_A375_24H_C03_discordin_10uM": "discordin 10 uM, A375, 24 h is discordant: z_sum +4.0. Here your up"
            " genes are down (z_up −6.4), your down genes are down (z_down +10.4). Your two lists contradict each"
            " other, so the sum is neither mimicry nor reversal.",
            "SIM001_A549_24H_D03_inertol_10uM": "inertol 10 uM, A549, 24 h is unresolved: z_sum +0.1 is too small for"
            " a call.",
        }
        for signature, expected in words.items():
            label = signature_label(signature, sample.ranks.signatures.loc[signature])
            assert call_sentence(label, scores.loc[signature]) == expected

    def test_overview_counts_every_signature_once(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        n = scores["call"].value_counts()
        assert n.sum() == len(scores) == 78
        assert overview_sentence(scores, one_sided=False) == (
            f"Of 78 signatures: {n['mimicker']} called mimicker (your genes are moved the same way), {n['reverser']}"
            f" reverser (the opposite way), {n['discordant']} discordant (your two lists disagree) and"
            f" {n['unresolved']} unresolved (too weak to call)."
        )

    def test_a_list_without_a_direction_is_given_none(self):
        row = pd.Series({"z_up": 0.5, "z_down": 7.7, "z_sum": 8.2, "concordance": 0.16, "call": "mimicker"})
        sentence = call_sentence("X", row)
        assert "your up genes have no clear direction (z_up +0.5)" in sentence
        assert sentence.endswith("The call rests on the down list alone.")
        both_weak = row.replace({0.5: 1.5, 7.7: 1.9, 8.2: 3.4})
        assert call_sentence("X", both_weak).endswith("the call rests on both together.")
        hair = pd.Series({"z_up": 5.2, "z_down": -0.1, "z_sum": 5.1, "concordance": 0.2, "call": "discordant"})
        assert call_sentence("X", hair).endswith("one list alone makes no call.")

    def test_chance_is_named_where_no_call_is_beyond_chance(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        assert chance_sentence(scores).startswith("A call needs only a nominal p below 0.05")
        weak = scores.assign(fdr_sum=0.3)
        assert chance_sentence(weak).startswith("No signature is beyond chance")

    def test_perturbagens_called_both_ways(self, interpretation, with_table):
        assert both_ways(interpretation) == []
        scores = interpretation.scores.copy()
        scores.loc[interpretation._groups["graduasone"][0], "call"] = "reverser"
        assert both_ways(with_table(interpretation, scores=scores)) == ["graduasone"]

    def test_siblings(self, interpretation, with_table):
        lucky = "SIM002_MCF7_24H_G05_fortunib_3.33uM"
        assert siblings_sentence(interpretation, lucky) == "Other signatures of fortunib in this matrix: 5 unresolved."
        alone = "SIM001_PC3_24H_A04_mimicort_10uM"
        assert "the only signature of mimicort" in siblings_sentence(interpretation, alone)
        nameless = with_table(interpretation, _perturbagen_of=interpretation._perturbagen_of.map(lambda _: ""))
        assert siblings_sentence(nameless, alone) == ""

    def test_overview_of_one_list_has_no_discordant_ones(self, sample):
        scores = score_concordance(sample.ranks, GeneQuery("q", sample.query.up))
        n = scores["call"].value_counts()
        assert overview_sentence(scores, one_sided=True) == (
            f"Of 78 signatures: {n['mimicker']} called mimicker (your genes are moved the same way), {n['reverser']}"
            f" reverser (the opposite way) and {n['unresolved']} unresolved (too weak to call)."
        )

    def test_a_long_label_keeps_both_ends(self):
        long = "PLATE_" + "x" * 200 + "_24H_A01_vorinostat_10uM"
        label = signature_label(long, pd.Series({"pert_name": ""}))
        assert len(label) == 80
        assert label.startswith("PLATE_x")
        assert label.endswith("_vorinostat_10uM")
        named = signature_label("id", pd.Series({"pert_name": "y" * 200, "pert_dose": "10 uM", "cell_line": "MCF7"}))
        assert named.endswith(" 10 uM, MCF7")

    def test_signed_numbers_have_a_real_minus(self):
        assert [signed(value) for value in (1.25, -1.25, np.nan)] == ["+1.2", "−1.2", "–"]
        assert signed(-0.666, 2) == "−0.67"

    def test_a_signature_that_nothing_is_known_about(self):
        assert signature_label("some-uuid", pd.Series({"pert_name": "", "cell_line": ""})) == "some-uuid"
