"""Sentences and warnings: every warning fires on its case and is silent on the neighbouring one."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp import readings
from lincs_interp.concordance import score_concordance
from lincs_interp.genes import match_genes
from lincs_interp.queries import GeneQuery
from lincs_interp.readings import is_hit_list, overview_sentence, reading_warnings, signature_label, verdict_sentence
from lincs_interp.sample import load_sample


@pytest.fixture(scope="module")
def sample():
    return load_sample()


def codes(ranks, query):
    scores = score_concordance(ranks, query, overlap="drop")
    return {warning.code: warning.sentence for warning in reading_warnings(scores, match_genes(ranks, query))}


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
        assert "only 69% of the list was found" in codes(sample.ranks, GeneQuery("q", genes + lost))["W7"]
        assert "W7" not in codes(sample.ranks, GeneQuery("q", genes + lost[:30]))

    def test_more_than_250_genes(self, sample):
        genes = list(sample.ranks.genes)
        assert "251 genes counted" in codes(sample.ranks, GeneQuery("q", genes[:251]))["W7"]
        assert "W7" not in codes(sample.ranks, GeneQuery("q", genes[:250]))


class TestUnequalSides:
    def test_ratio_above_three(self, sample):
        genes = list(sample.ranks.genes)
        assert "the down list leads" in codes(sample.ranks, GeneQuery("q", genes[:10], genes[10:41]))["W12"]
        assert "W12" not in codes(sample.ranks, GeneQuery("q", genes[:10], genes[10:40]))
        assert "W12" not in codes(sample.ranks, GeneQuery("q", genes[:10]))


class TestHitList:
    def test_a_selected_matrix_is_recognised(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        hits = scores.index[scores["z_sum"].abs() > 4]
        assert len(hits) >= readings.FEWEST_FOR_HIT_LIST
        assert "W8" in codes(sample.ranks.select(signatures=hits), sample.query)

    def test_wide_scores_are_no_selection(self):
        # Genes that move together spread the scores, so few lie within 2 of zero; but some still lie near it.
        rng = np.random.default_rng(5)
        z = pd.DataFrame({"z_sum": 60 * rng.standard_normal(200)})
        assert (z["z_sum"].abs() < readings.QUIET_Z).mean() < readings.QUIET_SHARE
        assert not is_hit_list(z)
        assert is_hit_list(pd.concat([z.nlargest(25, "z_sum"), z.nsmallest(25, "z_sum")]))

    @pytest.mark.real
    def test_real_unselected_matrices_are_not(self, real_data):
        from lincs_interp.files import read_ranks

        for name in ("skb_5000x100", "full_12328x43"):
            ranks = read_ranks(real_data / "real" / f"{name}.ranks.tsv.gz")
            for signature in ranks.frame.columns[:40]:
                order = ranks.frame[signature].sort_values(kind="stable").index
                scores = score_concordance(ranks, GeneQuery(signature, order[-100:], order[:100])).drop(signature)
                assert not is_hit_list(scores)

    def test_an_unselected_matrix_is_not(self, sample):
        assert "W8" not in codes(sample.background, sample.query)
        assert not is_hit_list(pd.DataFrame({"z_sum": np.full(readings.FEWEST_FOR_HIT_LIST - 1, 9.0)}))
        assert is_hit_list(pd.DataFrame({"z_sum": np.full(readings.FEWEST_FOR_HIT_LIST, 9.0)}))


class TestSentences:
    def test_verdicts_of_all_four_calls(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        words = {
            "SIM001_A549_24H_A03_mimetasone_10uM": "mimetasone 10 uM, A549, 24 h mimics your signature: your up genes"
            " lie towards its up end (z_up +10.5) and your down genes lie towards its down end (z_down +10.4) (z_sum"
            " +20.9, concordance +0.66).",
            "SIM001_A549_24H_B03_contrasone_10uM": "contrasone 10 uM, A549, 24 h reverses your signature: your up"
            " genes lie towards its down end (z_up -10.7) and your down genes lie towards its up end (z_down -10.5)"
            " (z_sum -21.2, concordance -0.67).",
            "SIM001_A375_24H_C03_discordin_10uM": "discordin 10 uM, A375, 24 h is discordant: your up genes lie towards"
            " its down end (z_up -6.4) and your down genes lie towards its down end (z_down +10.4). The halves of your"
            " query contradict each other, so the sum (z_sum +4.0) is neither mimicry nor reversal.",
            "SIM001_A549_24H_D03_inertol_10uM": "inertol 10 uM, A549, 24 h is unresolved: z_sum +0.1 is not beyond what"
            " noise gives.",
        }
        for signature, expected in words.items():
            label = signature_label(signature, sample.ranks.signatures.loc[signature])
            assert verdict_sentence(label, scores.loc[signature]) == expected

    def test_overview_counts_every_signature_once(self, sample):
        scores = score_concordance(sample.ranks, sample.query)
        counts = scores["call"].value_counts()
        sentence = overview_sentence(scores)
        assert sentence.startswith(f"Of {len(scores)} signatures, {counts['mimicker']} push")
        assert counts.sum() == len(scores)

    def test_a_signature_that_nothing_is_known_about(self):
        assert signature_label("some-uuid", pd.Series({"pert_name": "", "cell_line": ""})) == "some-uuid"
