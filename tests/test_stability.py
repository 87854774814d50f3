"""The call without each gene and with bootstrapped lists: by hand, by law, by twin, on the sample, in words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from test_resampling import problems

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io import read_query, read_ranks
from lincs_interp.io.sample import load_sample
from lincs_interp.scoring import bootstrap as resampling
from lincs_interp.scoring.bootstrap import bootstrap_scores
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance
from lincs_interp.scoring.stability import FEWEST_TO_RESAMPLE, GENES_NOT_EXPERIMENTS, NO_GENE_LEFT, leave_one_out

COLUMNS = [
    "gene", "side", "rank", "percentile", "contribution", "z_sum_without", "place_without", "call_without", "shared_by",
]  # fmt: skip
MIMICKER = "SIM001_PC3_24H_A04_mimicort_10uM"


@pytest.fixture(scope="module")
def sample():
    return load_sample()


class TestFiveGenesOnPaper:
    """N = 5, up = D and E, down = A.

    S ranks A 1, D 4, E 5: U_up = 9 - 3 = 6, z_up = (6 - 3) / sqrt(3) = 1.7321; z_down = 2 / sqrt(2) = 1.4142;
    z_sum = 3.1463. Without E: z_up = (3 - 2) / sqrt(2), z_sum = 3 / sqrt(2) = 2.1213; without D: (4 - 2) / sqrt(2),
    z_sum = 4 / sqrt(2) = 2.8284. T swaps D and E, so it has S's score, and 2.8284 without E. V turns S round.
    """

    RANKS = RankMatrix.from_frame(
        pd.DataFrame({"S": [1, 2, 3, 4, 5], "T": [1, 3, 2, 5, 4], "V": [5, 4, 3, 2, 1]}, index=list("ABCDE"))
    )
    QUERY = GeneQuery("q", ["D", "E"], ["A"])

    def test_leaving_one_out(self):
        found = leave_one_out(self.RANKS, self.QUERY, "S")
        assert list(found.genes.columns) == COLUMNS
        genes = found.genes.set_index("gene")
        assert found.z_sum == pytest.approx(3 / 3**0.5 + 2**0.5)
        assert genes.loc["E", "z_sum_without"] == pytest.approx(3 / 2**0.5)
        assert genes.loc["D", "z_sum_without"] == pytest.approx(4 / 2**0.5)
        assert np.isnan(genes.loc["A", "z_sum_without"])
        assert np.isnan(genes.loc["A", "place_without"])
        assert genes["call_without"].to_dict() == {"A": NO_GENE_LEFT, "D": "unresolved", "E": "unresolved"}
        # S and T share place 1; without E, T leads by 4 to 3; without D, S does.
        assert found.place == 1
        assert genes["place_without"].dropna().to_dict() == {"D": 1, "E": 2}
        assert (found.n_signatures, found.compared) == (3, ("T",))
        assert genes["shared_by"].to_dict() == {"A": 1, "D": 1, "E": 1}

    def test_a_reverser_is_counted_from_its_own_end(self):
        found = leave_one_out(self.RANKS, self.QUERY, "V")
        assert found.z_sum == pytest.approx(-3 / 3**0.5 - 2**0.5)
        assert (found.place, found.place_low, found.place_high, found.share_same_sign) == (1, 1, 1, 1)
        assert found.genes["place_without"].dropna().tolist() == [1, 1]
        assert found.compared == ()
        assert (found.genes["shared_by"] == 0).all()

    def test_the_sentence(self):
        # D and E drawn anew: z_up is 2, 3 or 4 over sqrt(3), z_down stays.
        assert leave_one_out(self.RANKS, self.QUERY, "V").sentence == (
            'The call "unresolved" stays without any one gene (without A a list would be empty); in 95 % of'
            " resampled gene lists it is on place 1 of 3 (1 = strongest reverser), and in as many z_sum is"
            " between −3.7 and −2.6."
        )


@settings(max_examples=25)
@given(problems())
def test_twin_the_shorter_query_scored_anew(problem):
    """Score, place and call without each gene are those of score_concordance without it; missing ranks too."""
    ranks, query = problem
    signature = ranks.frame.columns[-1]
    found = leave_one_out(ranks, query, signature, n_resamples=40)
    for row in found.genes.itertuples():
        up, down = ([g for g in side if g != row.gene] for side in (query.up, query.down))
        there = {side: ranks.frame.loc[list(genes), signature].notna() for side, genes in (("up", up), ("down", down))}
        wanted = [side for side in ("up", "down") if getattr(query, side)]
        if any(not there[side].any() for side in wanted):
            assert np.isnan(row.z_sum_without)
            had = {side: ranks.frame.loc[list(getattr(query, side)), signature].notna().any() for side in wanted}
            last = had[row.side] and not there[row.side].any()
            assert row.call_without == (NO_GENE_LEFT if last else "unresolved")
            continue
        scores = score_concordance(ranks, GeneQuery("q", up, down))
        assert row.z_sum_without == pytest.approx(scores.at[signature, "z_sum"], abs=1e-9)
        assert row.call_without == scores.at[signature, "call"]
        end = -1 if found.z_sum < -1e-9 else 1
        better = end * scores["z_sum"] > end * scores.at[signature, "z_sum"] + 1e-9
        assert row.place_without == 1 + better.sum()


@settings(max_examples=12)
@given(problems())
def test_the_same_numbers_as_bootstrap_scores_and_explain_concordance(problem):
    ranks, query = problem
    table = bootstrap_scores(ranks, query, n_resamples=60, seed=3)
    for signature in ranks.frame:
        found = leave_one_out(ranks, query, signature, n_resamples=60, seed=3)
        got = [getattr(found, name) for name in table.columns]
        np.testing.assert_allclose(got, table.loc[signature].astype(float), rtol=1e-12)
        genes = explain_concordance(ranks, query, signature)
        pd.testing.assert_frame_equal(found.genes[COLUMNS[:5]], genes[COLUMNS[:5]])


def test_the_call_without_a_gene_has_the_spread_of_the_shorter_lists():
    """p of z_sum is .043 with 4 and 5 genes of 12; with the spread of 5 and 5 it would be .051."""
    genes = [f"g{i}" for i in range(12)]
    ranks = RankMatrix.from_frame(pd.DataFrame({"S": [2, 9, 12, 10, 11, 8, 5, 1, 6, 7, 4, 3]}, index=genes))
    found = leave_one_out(ranks, GeneQuery("q", genes[:5], genes[5:10]), "S", n_resamples=40)
    assert found.genes.set_index("gene").loc["g0", "call_without"] == "mimicker"


def test_a_gene_in_the_very_middle_speaks_for_nobody():
    frame = pd.DataFrame({"S": range(1, 8), "T": range(1, 8)}, index=list("ABCDEFG"))
    found = leave_one_out(RankMatrix.from_frame(frame), GeneQuery("q", ["G", "D"], ["A"]), "S", n_resamples=40)
    assert found.genes.set_index("gene")["shared_by"].to_dict() == {"G": 1, "A": 1, "D": 0}


def test_shared_by_is_counted_one_by_one(sample):
    found = leave_one_out(sample.ranks, sample.query, MIMICKER, top=6, n_resamples=50)
    scores = score_concordance(sample.ranks, sample.query)
    assert found.compared == tuple(scores.index[1:7])
    own = explain_concordance(sample.ranks, sample.query, MIMICKER).set_index("gene")["contribution"]
    expected = pd.Series(0, index=own.index)
    for other in found.compared:
        contribution = explain_concordance(sample.ranks, sample.query, other).set_index("gene")["contribution"]
        expected += (np.sign(contribution.loc[own.index]) == np.sign(own)).astype(int)
    assert found.genes.set_index("gene")["shared_by"].to_dict() == expected.to_dict()


class TestOnTheSample:
    def test_planted_mimickers_and_reversers_last(self, sample):
        for planted, call in (("strong mimicker", "mimicker"), ("strong reverser", "reverser")):
            for signature in sample.truth.index[sample.truth["planted"] == planted]:
                found = leave_one_out(sample.ranks, sample.query, signature)
                assert found.call == call
                assert (found.genes["call_without"] == call).all()
                assert found.share_same_sign == 1
                assert 1 <= found.place_low <= found.place <= found.place_high <= 6

    def test_inert_compounds_do_not(self, sample):
        for signature in sample.truth.index[sample.truth["planted"] == "inert"]:
            found = leave_one_out(sample.ranks, sample.query, signature)
            assert found.z_low < 0 < found.z_high
            assert found.share_same_sign < 0.95
            assert "% of them z_sum does not keep its sign." in found.sentence

    def test_words_and_caveats(self, sample):
        found = leave_one_out(sample.ranks, sample.query, MIMICKER)
        assert found.sentence == (
            'The call "mimicker" stays without any one gene; in 95 % of resampled gene lists it is'
            f" between place 1 and {found.place_high:.0f} of 78 (1 = strongest mimicker), and in as many z_sum is"
            f" between +{found.z_low:.1f} and +{found.z_high:.1f}."
        )
        assert found.caveats == (GENES_NOT_EXPERIMENTS,)
        assert found.sentence in repr(found)

    def test_the_seed_decides(self, sample):
        first, again, other = (leave_one_out(sample.ranks, sample.query, MIMICKER, seed=s) for s in (5, 5, 6))
        assert (first.z_low, first.z_high) == (again.z_low, again.z_high)
        assert first.z_low != other.z_low
        pd.testing.assert_frame_equal(first.genes, other.genes)

    def test_blocks_change_nothing(self, sample, monkeypatch):
        whole = leave_one_out(sample.ranks, sample.query, MIMICKER, n_resamples=100)
        monkeypatch.setattr(resampling, "NUMBERS_AT_A_TIME", 1_000)
        blocks = leave_one_out(sample.ranks, sample.query, MIMICKER, n_resamples=100)
        assert blocks.sentence == whole.sentence
        pd.testing.assert_frame_equal(blocks.genes, whole.genes)


class TestWordsOfTheWorseCases:
    def test_a_verdict_that_hangs_on_single_genes(self):
        # p is .029; without one of the four genes that speak for it, .06 to .09.
        frame = pd.DataFrame({"S": range(1, 31)}, index=[f"g{i}" for i in range(30)])
        query = GeneQuery("q", ["g29", "g23", "g15"], ["g0", "g6", "g14"])
        ranks = RankMatrix.from_frame(frame)
        assert 0.02 < score_concordance(ranks, query).at["S", "p_sum"] < 0.05
        found = leave_one_out(ranks, query, "S")
        turning = found.genes.loc[found.genes["call_without"] != "mimicker", "gene"]
        assert set(turning) == {"g0", "g6", "g23", "g29"}
        assert found.sentence.startswith(
            'The call "mimicker" depends on single genes: without any one of g29, g23, g0 and 1 more it is "unresolved"'
        )
        assert found.caveats[1:] == (
            "The up list has 3 genes with a rank here: of so few a bootstrap knows little.",
            "The down list has 3 genes with a rank here: of so few a bootstrap knows little.",
        )

    def test_one_gene_a_side(self):
        ranks = RankMatrix.from_frame(pd.DataFrame({"S": range(1, 31)}, index=[f"g{i}" for i in range(30)]))
        found = leave_one_out(ranks, GeneQuery("q", ["g29"], ["g0"]), "S")
        assert (found.genes["call_without"] == NO_GENE_LEFT).all()
        assert np.isnan([found.z_low, found.z_high, found.place_low, found.place_high, found.share_same_sign]).all()
        assert found.sentence == (
            'The call "mimicker" stays without any one gene (without g29 or g0 a list would be empty). A list'
            " of one gene cannot be drawn again, so there is no interval."
        )

    def test_a_signature_without_ranks(self, sample):
        frame = sample.ranks.frame.astype(float)
        frame[MIMICKER] = np.nan
        found = leave_one_out(RankMatrix.from_frame(frame), sample.query, MIMICKER, n_resamples=50)
        assert found.sentence == "There is no call to test: this signature has no ranks for the genes of a list."
        assert np.isnan([found.z_sum, found.z_low, found.place, found.place_low, found.share_same_sign]).all()
        assert found.genes[["z_sum_without", "place_without", "shared_by"]].isna().all(axis=None)

    def test_a_gene_without_a_rank_changes_nothing_here(self, sample):
        frame = sample.ranks.frame.astype(float)
        gene = sample.query.up[0]
        frame.loc[gene, MIMICKER] = np.nan
        frame[MIMICKER] = frame[MIMICKER].rank()
        found = leave_one_out(RankMatrix.from_frame(frame), sample.query, MIMICKER, n_resamples=50)
        row = found.genes.set_index("gene").loc[gene]
        assert row["z_sum_without"] == pytest.approx(found.z_sum)
        assert np.isnan(row["shared_by"])
        assert found.genes["shared_by"].notna().sum() == len(found.genes) - 1

    def test_hostile_names_are_escaped(self):
        frame = pd.DataFrame({"<script>": range(1, 31)}, index=["<b>x</b>", *(f"g{i}" for i in range(29))])
        found = leave_one_out(RankMatrix.from_frame(frame), GeneQuery("q", ["g28", "g27"], ["<b>x</b>"]), "<script>")
        assert "<b>x" not in found._repr_html_()
        assert "&lt;b&gt;x" in found._repr_html_()


def test_a_whole_number_may_be_a_float(small_ranks, small_query):
    found = leave_one_out(small_ranks, small_query, "S03", n_resamples=1e3)
    assert (type(found.n_resamples), found.n_resamples) == (int, 1000)
    assert found.z_low == leave_one_out(small_ranks, small_query, "S03").z_low


class TestRefusals:
    def test_signature(self, small_ranks, small_query):
        with pytest.raises(LincsInterpError) as raised:
            leave_one_out(small_ranks, small_query, "PERFCT")
        assert raised.value.argument == "signature"
        assert "PERFECT" in raised.value.remedy

    @pytest.mark.parametrize(
        ("options", "remedy"),
        [
            ({"top": 0}, "a whole number from 1"),
            ({"level": 1}, "0.95 is 95 %"),
            ({"n_resamples": 10}, "at least 40"),
            ({"overlap": "keep"}, '"error" or "drop"'),
            ({"rescue": "no"}, "True or False"),
            ({"n_resamples": 10**9}, "at most"),
        ],
    )
    def test_options(self, small_ranks, small_query, options, remedy):
        with pytest.raises(LincsInterpError) as raised:
            leave_one_out(small_ranks, small_query, "S03", **options)
        name, value = next(iter(options.items()))
        assert (raised.value.argument, raised.value.value) == (name, value)
        assert remedy in raised.value.remedy


@pytest.mark.real
def test_vorinostat_answers_the_hdac_query_whatever_gene_is_missing(real_data):
    ranks = read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz")
    lists = [real_data / "real" / "queries" / f"hdac_cmap02_consensus_{side}.txt" for side in ("up", "down")]
    found = leave_one_out(ranks, read_query(*lists), "SSDB_SKB_24H_NA_vorinostat_10uM")
    assert (found.genes["call_without"] == "mimicker").all()
    assert (found.genes["place_without"] <= 2).all()
    assert found.place_high <= 4
    assert found.genes["shared_by"].median() >= 6
    assert len(found.genes) > 2 * FEWEST_TO_RESAMPLE
