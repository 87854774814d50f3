"""One vote per family: the recipe by hand, its laws, and the planted truth of the sample."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.io.sample import load_sample
from lincs_interp.scoring.consensus import score_consensus, score_redundancy, standardise_trimmed


@pytest.fixture(scope="module")
def sample():
    return load_sample()


class TestStandardise:
    def test_by_hand(self):
        # quartiles 2 and 4, fence -1 … 7: the 100 is left out of mean (3) and sd (sqrt(2.5)), not of the answer
        score = np.array([1.0, 2, 3, 4, 5, 100])
        low, high = np.percentile(score, [25, 75])
        assert (low, high) == (2.25, 4.75)
        expected = (score - 3) / np.sqrt(2.5)
        np.testing.assert_allclose(standardise_trimmed(score), expected)

    @given(st.lists(st.floats(-100, 100), min_size=3, max_size=30), st.floats(0.1, 50), st.floats(-20, 20))
    def test_scale_and_place_do_not_matter(self, values, factor, shift):
        score = np.round(np.array(values), 3)
        ours = standardise_trimmed(score)
        np.testing.assert_allclose(standardise_trimmed(-score), -ours, atol=1e-6)
        if np.ptp(score) > 1e-3 and ours.any():
            np.testing.assert_allclose(standardise_trimmed(factor * score + shift), ours, rtol=1e-5, atol=1e-5)

    def test_signatures_that_were_not_scored_tell_nothing_of_the_spread(self):
        score = np.array([0.0, 0, 0, 0, 0, 0, -1, 1, 2, 3, 4, 5])
        ours = standardise_trimmed(score, unscored=score == 0)
        rest = standardise_trimmed(score[6:])
        np.testing.assert_allclose(ours[6:], rest)
        np.testing.assert_allclose(ours[:6], (0 - 14 / 6) / score[6:].std(ddof=1))
        assert not standardise_trimmed(score[:7]).any()  # most are equal: without the mark nothing spreads
        few = np.array([0.0, 0, 2])  # one other has no spread: then all count
        np.testing.assert_array_equal(standardise_trimmed(few, unscored=few == 0), standardise_trimmed(few))

    def test_nothing_to_compare(self):
        assert standardise_trimmed(np.array([2.0, 2.0, np.nan])).tolist()[:2] == [0, 0]
        assert np.isnan(standardise_trimmed(np.array([np.nan, np.nan]))).all()


class TestConsensus:
    def test_finds_what_was_planted(self, sample):
        table = score_consensus(sample.ranks, sample.query)
        planted = sample.truth["planted"]
        assert set(planted[table.index[:3]]) <= {"strong mimicker", "dose series"}
        assert set(planted[table.index[-3:]]) == {"strong reverser"}
        strong = planted.index[planted.isin(["strong mimicker", "strong reverser"])]
        assert (table.loc[strong, "families_agreeing"] == table.loc[strong, "families"]).all()

    def test_columns_and_sum(self, sample):
        table = score_consensus(sample.ranks, sample.query)
        voters = ["z_sum", "wtcs", "xsum", "spearman"]  # the sample's query has values
        assert table.columns.tolist() == [
            *voters, *(f"{name}_std" for name in voters), "consensus", "families", "families_agreeing", "call",
        ]  # fmt: skip
        np.testing.assert_allclose(table["consensus"], table[[f"{name}_std" for name in voters]].sum(axis=1))
        assert table["consensus"].is_monotonic_decreasing
        assert set(table["families"]) == {3, 4}

    @pytest.mark.real
    def test_a_gate_that_silences_half_of_the_signatures_silences_no_voter(self, real_data):
        from lincs_interp.io import read_query, read_ranks

        ranks = read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz")
        name = real_data / "real" / "queries" / "hdac_cmap02_consensus"
        table = score_consensus(ranks, read_query(f"{name}_up.txt", f"{name}_down.txt"))
        assert (table["wtcs"] == 0).mean() > 0.5
        assert table["wtcs_std"].std() > 0.5
        inhibitors = table.index[:5].str.contains("vorinostat|trichostatin|HC-toxin|pyroxamide|APHA")
        assert inhibitors.all()

    def test_without_values_three_families_vote(self, small_ranks, small_query):
        table = score_consensus(small_ranks, small_query)
        assert "spearman" not in table
        assert (table["families"] == 3 - (table["wtcs"] == 0)).all()
        assert table.index[0] == "PERFECT"
        assert table.index[-1] == "REVERSE"

    def test_the_discordant_signature_divides_the_families(self, sample):
        table = score_consensus(sample.ranks, sample.query)
        discordant = table.loc["SIM001_A375_24H_C03_discordin_10uM"]
        assert discordant["wtcs"] == 0  # the gate of the running sum; the sum of ranks is positive
        assert discordant["z_sum"] > 0
        # The gate abstains: it neither votes nor pulls the sum.
        assert discordant["families"] == 3
        assert discordant["wtcs_std"] == 0
        assert (table.loc[table["wtcs"] != 0, "families"] == 4).all()

    def test_a_weak_mimicker_among_mimickers_agrees_all_the_same(self, sample):
        table = score_consensus(sample.ranks, sample.query)
        weak = table.loc["SIM001_A549_24H_A05_faintasone_10uM"]
        assert weak["consensus"] < 0 < weak["z_sum"]
        assert weak["families_agreeing"] == weak["families"] == 4

    def test_too_few_signatures(self, small_ranks, small_query):
        few = small_ranks.select(signatures=small_ranks.frame.columns[:9])
        with pytest.raises(LincsInterpError, match="ranks holds 9 signatures: a consensus compares"):
            score_consensus(few, small_query)

    def test_a_signature_without_order_has_none(self, small_ranks, small_query):
        from lincs_interp.core.ranks import RankMatrix

        frame = small_ranks.frame.astype(float)
        frame["S00"] = np.nan
        table = score_consensus(RankMatrix.from_frame(frame), small_query)
        assert table.index[-1] == "S00"
        assert np.isnan(table.loc["S00", "consensus"])
        assert table.loc["S00", "families"] == 0


class TestRedundancy:
    def test_mean_rank_scores_are_one_method(self, sample):
        up, down = sample.query.up[:60], sample.query.down[:60]
        genes = [[g for g in side if g in set(sample.ranks.genes)][:50] for side in (up, down)]
        table = score_redundancy(sample.ranks, GeneQuery("equal", *genes))
        assert table.loc["z_sum", ["auc", "singscore"]].min() > 1 - 1e-9
        assert table.loc["z_sum", "zhang"] > 0.999
        assert table.loc["z_sum", "xsum"] < 0.999
        assert table.index[table["voter"]].tolist() == ["z_sum", "wtcs", "xsum"]
        pd.testing.assert_frame_equal(table[table.index], table[table.index].T, check_names=False)
