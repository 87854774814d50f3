"""Concordance: by hand, against R and the site's code, by law, against a naive loop, and in its refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.stats import P_FLOOR
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.calls import CALL_P, SIDE_Z
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.genes.landmarks import landmark_flags
from lincs_interp.io.sample import load_sample, sample_path
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

COLUMNS = [
    "n_genes", "n_up", "n_down", "z_up", "z_down", "z_sum", "p_up", "p_down", "p_sum", "fdr_up", "fdr_down", "fdr_sum",
    "auc_up", "auc_down", "concordance", "call",
]  # fmt: skip


@st.composite
def problems(draw):
    """A random matrix of permutations and two disjoint sets of its genes."""
    n_genes = draw(st.integers(4, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_up = draw(st.integers(1, n_genes - 2))
    n_down = draw(st.integers(1, n_genes - 1 - n_up))
    values = np.argsort(rng.random((n_genes, draw(st.integers(1, 6)))), axis=0) + 1
    genes = [f"g{i}" for i in range(n_genes)]
    chosen = list(rng.permutation(genes))
    frame = pd.DataFrame(values, index=genes, columns=[f"s{i}" for i in range(values.shape[1])])
    return RankMatrix.from_frame(frame), chosen[:n_up], chosen[n_up : n_up + n_down]


def test_four_genes_on_paper():
    # N = 4, up = D (rank 4), down = A (rank 1): U_up = 4 - 1 = 3 of 3, so AUC 1; z = (3 - 1.5) / sqrt(1*3*5/12).
    ranks = RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4]}, index=list("ABCD")))
    row = score_concordance(ranks, GeneQuery("q", ["D"], ["A"])).loc["S"]
    assert row["z_up"] == pytest.approx(1.5 / np.sqrt(1.25))
    assert row["z_down"] == pytest.approx(1.5 / np.sqrt(1.25))
    assert (row["auc_up"], row["auc_down"], row["concordance"]) == (1, 0, 1)
    assert row["p_sum"] == pytest.approx(0.100348, abs=1e-6)  # z_sum 2.68328 over sqrt(2 + 2/3)


def test_columns_and_order(small_ranks, small_query):
    table = score_concordance(small_ranks, small_query)
    assert list(table.columns) == COLUMNS
    assert table.index.name == "signature"
    assert table["z_sum"].is_monotonic_decreasing
    assert (table["n_genes"] == 300).all()
    assert table.loc["PERFECT", ["concordance", "call"]].tolist() == [1, "mimicker"]
    assert table.loc["REVERSE", ["concordance", "call"]].tolist() == [-1, "reverser"]
    assert table.loc["MIRROR", "call"] == "discordant"
    assert table.loc["S02", "call"] == "unresolved"


def test_auc_u_and_singscore_from_r(small_ranks, small_query, answers):
    theirs = pd.read_csv(answers / "small_matrix" / "scores_from_R.csv", index_col=0)
    ours = score_concordance(small_ranks, small_query).loc[theirs.index]
    np.testing.assert_allclose(ours["auc_up"], theirs["AUC_up"], rtol=1e-12)
    np.testing.assert_allclose(ours["auc_down"], theirs["AUC_dn"], rtol=1e-12)
    np.testing.assert_allclose(ours["concordance"], theirs["sing_TotalScore"], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours["p_up"], theirs["p_up_nocc"], rtol=1e-9)  # wilcox.test without correction
    np.testing.assert_allclose(ours["p_down"], theirs["p_dn_nocc"], rtol=1e-9)


class TestLaws:
    @given(problems())
    def test_z_auc_and_concordance_say_the_same(self, problem):
        ranks, up, down = problem
        table = score_concordance(ranks, GeneQuery("q", up, down))
        n, total = len(up), ranks.n_genes
        np.testing.assert_allclose(
            table["z_up"], (table["auc_up"] - 0.5) * np.sqrt(12 * n * (total - n) / (total + 1)), atol=1e-9
        )
        np.testing.assert_allclose(table["z_sum"], table["z_up"] + table["z_down"], atol=1e-12)
        assert table["concordance"].between(-1, 1).all()

    @given(problems())
    def test_turning_the_ranks_or_swapping_the_lists_turns_the_sign(self, problem):
        ranks, up, down = problem
        z = score_concordance(ranks, GeneQuery("q", up, down))["z_sum"]
        turned = score_concordance(RankMatrix.from_frame(ranks.frame, rank_one="up"), GeneQuery("q", up, down))
        swapped = score_concordance(ranks, GeneQuery("q", down, up))
        np.testing.assert_allclose(turned["z_sum"].loc[z.index], -z, atol=1e-9)
        np.testing.assert_allclose(swapped["z_sum"].loc[z.index], -z, atol=1e-9)

    @given(problems())
    def test_the_complement_has_the_opposite_z(self, problem):
        ranks, up, _ = problem
        rest = [gene for gene in ranks.genes if gene not in up]
        z = score_concordance(ranks, GeneQuery("q", up))["z_up"]
        np.testing.assert_allclose(score_concordance(ranks, GeneQuery("q", rest))["z_up"].loc[z.index], -z, atol=1e-9)

    @given(problems(), st.randoms())
    def test_order_repeats_and_unknown_genes_change_nothing(self, problem, random):
        ranks, up, down = problem
        plain = score_concordance(ranks, GeneQuery("q", up, down))
        messy_up = [*up, *up, "no such gene at all"]
        random.shuffle(messy_up)
        frame = ranks.frame.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
        messy = score_concordance(RankMatrix.from_frame(frame), GeneQuery("q", messy_up, down))
        pd.testing.assert_frame_equal(messy.loc[plain.index], plain, check_exact=False, rtol=1e-12)

    @given(problems())
    def test_against_a_naive_loop(self, problem):
        ranks, up, down = problem
        table = score_concordance(ranks, GeneQuery("q", up, down))
        total = ranks.n_genes
        for signature in ranks.frame:
            z = []
            for genes in (up, down):
                inside = [int(ranks.frame.at[gene, signature]) for gene in genes]
                outside = [r for g, r in ranks.frame[signature].items() if g not in genes]
                wins = sum(i > o for i in inside for o in outside)
                n = len(genes)
                z.append((wins - n * (total - n) / 2) / (n * (total - n) * (total + 1) / 12) ** 0.5)
            assert table.at[signature, "z_sum"] == pytest.approx(z[0] - z[1], abs=1e-9)

    @settings(max_examples=25)
    @given(problems())
    def test_contributions_add_up(self, problem):
        ranks, up, down = problem
        query = GeneQuery("q", up, down)
        scores = score_concordance(ranks, query)
        for signature in ranks.frame:
            contributions = explain_concordance(ranks, query, signature)
            assert len(contributions) == len(up) + len(down)
            for side in ("up", "down"):
                total = contributions.loc[contributions["side"] == side, "contribution"].sum()
                assert abs(total - scores.at[signature, f"z_{side}"]) < 1e-9
            assert abs(contributions["contribution"].sum() - scores.at[signature, "z_sum"]) < 1e-9


def test_variance_of_the_sum_over_all_pairs_of_sets():
    """z_up + z_down of random disjoint sets really has the variance that p_sum is made with: all sets of 7 genes."""
    from itertools import combinations

    n, n_up, n_down = 7, 2, 3
    ranks = RankMatrix.from_frame(pd.DataFrame({"S": range(1, n + 1)}, index=[f"g{i}" for i in range(n)]))
    sums = []
    for up in combinations(ranks.genes, n_up):
        for down in combinations(ranks.genes.difference(up), n_down):
            sums.append(score_concordance(ranks, GeneQuery("q", up, down))["z_sum"].iloc[0])
    expected = 2 + 2 * np.sqrt(n_up * n_down / ((n - n_up) * (n - n_down)))
    assert np.var(sums) == pytest.approx(expected)


class TestP:
    def test_small_p_keep_their_digits(self):
        # N = 3000, the 400 highest genes: z = 32.86. The reference is the asymptotic series of the normal tail.
        n, k = 3000, 400
        ranks = RankMatrix.from_frame(pd.DataFrame({"S": range(1, n + 1)}, index=[f"g{i}" for i in range(n)]))
        row = score_concordance(ranks, GeneQuery("q", [f"g{i}" for i in range(n - k, n)])).iloc[0]
        z = row["z_up"]
        series = 1 - 1 / z**2 + 3 / z**4 - 15 / z**6 + 105 / z**8
        log_p = np.log(2) - z * z / 2 - np.log(z * np.sqrt(2 * np.pi)) + np.log(series)
        assert 32 < z < 34
        assert np.log(row["p_up"]) == pytest.approx(log_p, rel=1e-12)

    def test_p_is_never_zero(self):
        n = 12_000
        ranks = RankMatrix.from_frame(pd.DataFrame({"S": range(1, n + 1)}, index=[f"g{i}" for i in range(n)]))
        row = score_concordance(ranks, GeneQuery("q", [f"g{i}" for i in range(n - 2000, n)])).iloc[0]
        assert row["z_up"] > 60
        assert row["p_up"] == row["p_sum"] == P_FLOOR

    def test_fdr_is_benjamini_hochberg(self, small_ranks, small_query):
        table = score_concordance(small_ranks, small_query)
        p = table["p_sum"].sort_values()
        expected = (p * len(p) / np.arange(1, len(p) + 1))[::-1].cummin()[::-1].clip(upper=1)
        np.testing.assert_allclose(table.loc[p.index, "fdr_sum"], expected)


class TestCalls:
    """Every rule of the call, on both sides of its threshold."""

    @given(problems())
    def test_calls_follow_their_constants(self, problem):
        ranks, up, down = problem
        for _, row in score_concordance(ranks, GeneQuery("q", up, down)).iterrows():
            opposite = row["z_up"] * row["z_down"] < 0
            strong = max(abs(row["z_up"]), abs(row["z_down"])) >= SIDE_Z
            if opposite and strong:
                assert row["call"] == "discordant"
            elif row["p_sum"] < CALL_P:
                assert row["call"] == ("mimicker" if row["z_sum"] > 0 else "reverser")
            else:
                assert row["call"] == "unresolved"

    def test_a_sum_that_hides_disagreement_is_never_a_mimicker(self, small_ranks, small_query):
        table = score_concordance(small_ranks, small_query)
        assert table.loc["S10", "z_sum"] > 1.6  # a mimicker for the site
        assert table.loc["S10", "call"] == "discordant"


class TestOneSided:
    def test_up_only(self, small_ranks, small_query):
        both = score_concordance(small_ranks, small_query)
        table = score_concordance(small_ranks, GeneQuery("q", small_query.up))
        pd.testing.assert_series_equal(table["z_sum"], table["z_up"], check_names=False)
        pd.testing.assert_series_equal(table["z_up"], both["z_up"].loc[table.index])
        np.testing.assert_allclose(table["concordance"], 2 * table["auc_up"] - 1)
        np.testing.assert_allclose(table["p_sum"], table["p_up"])
        assert table[["z_down", "p_down", "fdr_down", "auc_down"]].isna().all(axis=None)
        assert (table["n_down"] == 0).all()
        assert "discordant" not in set(table["call"])

    def test_down_only(self, small_ranks, small_query):
        table = score_concordance(small_ranks, GeneQuery("q", [], small_query.down))
        assert table.loc["PERFECT", ["concordance", "call"]].tolist() == [1, "mimicker"]
        np.testing.assert_allclose(table["z_sum"], table["z_down"])
        assert table["z_up"].isna().all()


class TestMissingRanks:
    def test_a_signature_with_fewer_genes_is_scored_as_if_alone(self, small_ranks, small_query):
        frame = small_ranks.frame.astype(float)
        kept = frame["S07"].sample(250, random_state=3).rank()
        frame["S07"] = kept  # 250 genes ranked among themselves, 50 missing
        alone = RankMatrix.from_frame(kept.astype(int).to_frame())
        together = score_concordance(RankMatrix.from_frame(frame), small_query)
        expected = score_concordance(alone, small_query).loc["S07"]
        columns = ["n_genes", "n_up", "n_down", "z_up", "z_down", "z_sum", "p_sum", "auc_up", "auc_down", "concordance"]
        np.testing.assert_allclose(
            together.loc["S07", columns].astype(float), expected[columns].astype(float), rtol=1e-12
        )
        untouched = score_concordance(small_ranks, small_query)
        np.testing.assert_allclose(together.loc["S03", "z_sum"], untouched.loc["S03", "z_sum"])

    def test_nothing_ranked_gives_nan_and_stays_last(self, small_ranks, small_query):
        frame = small_ranks.frame.astype(float)
        frame["S00"] = np.nan
        table = score_concordance(RankMatrix.from_frame(frame), small_query)
        assert table.index[-1] == "S00"
        assert table.loc["S00", ["z_up", "z_sum", "p_sum", "fdr_sum", "concordance"]].isna().all()
        assert table.loc["S00", "call"] == "unresolved"
        assert table.drop("S00")["fdr_sum"].notna().all()

    def test_a_set_of_all_genes_says_nothing(self, small_ranks):
        table = score_concordance(small_ranks, GeneQuery("q", small_ranks.genes))
        assert table["z_up"].isna().all()
        assert (table["call"] == "unresolved").all()


class TestRefusals:
    def test_genes_in_both_lists(self, small_ranks, small_query):
        query = GeneQuery("q", small_query.up, (*small_query.down, "G003", "G001"))
        with pytest.raises(LincsInterpError) as raised:
            score_concordance(small_ranks, query)
        assert str(raised.value) == (
            'query names 2 genes both up and down (G001, G003): take each out of one list, or pass overlap="drop" to'
            " leave them out of both."
        )
        dropped = score_concordance(small_ranks, query, overlap="drop")
        assert (dropped["n_up"] == 18).all()
        assert (dropped["n_down"] == 25).all()

    def test_no_gene_found(self, small_ranks):
        with pytest.raises(LincsInterpError) as raised:
            score_concordance(small_ranks, GeneQuery("q", ["G001"], ["unheard", "of"]))
        assert str(raised.value) == (
            "query has 2 down genes (unheard, of) and none is left to score in the matrix, whose genes look like G000,"
            " G001, G002: check species and kind of id with match_genes, or leave this side out of the query."
        )

    def test_up_equals_down(self, small_ranks, small_query):
        query = GeneQuery("q", small_query.up, small_query.up)
        with pytest.raises(LincsInterpError, match="query names 20 genes both up and down"):
            score_concordance(small_ranks, query)
        with pytest.raises(LincsInterpError, match="none is left to score"):
            score_concordance(small_ranks, query, overlap="drop")

    @pytest.mark.parametrize(
        ("options", "value", "remedy"),
        [
            ({"overlap": "ignore"}, "ignore", '"error" or "drop"'),
            ({"scores": "z_sum"}, "z_sum", "pass a list"),
            ({"scores": ["zsum"]}, "zsum", '"z_sum" or "auc"'),
            ({"rescue": "yes"}, "yes", "True or False"),
        ],
    )
    def test_options(self, small_ranks, small_query, options, value, remedy):
        with pytest.raises(LincsInterpError) as raised:
            score_concordance(small_ranks, small_query, **options)
        assert (raised.value.argument, raised.value.value) == (next(iter(options)), value)
        assert remedy in raised.value.remedy

    def test_unknown_signature_is_answered_with_a_near_one(self, small_ranks, small_query):
        with pytest.raises(LincsInterpError, match="PERFCT") as raised:
            explain_concordance(small_ranks, small_query, "PERFCT")
        assert raised.value.argument == "signature"
        assert "PERFECT" in raised.value.remedy


def test_rescue_changes_what_is_counted():
    frame = pd.DataFrame({"S": range(1, 7)}, index=["TP53", "MYC", "EGFR", "CCN1", "ACTB", "GAPDH"])
    ranks = RankMatrix.from_frame(frame)
    query = GeneQuery("q", ["tp53", "CYR61"], ["MYC"])
    assert score_concordance(ranks, query)["n_up"].iloc[0] == 2
    with pytest.raises(LincsInterpError, match="2 up genes"):
        score_concordance(ranks, query, rescue=False)


class TestExplain:
    def test_the_genes_that_support_the_call_come_first(self, small_ranks, small_query):
        for signature in ("PERFECT", "REVERSE"):
            contributions = explain_concordance(small_ranks, small_query, signature)
            sign = 1 if signature == "PERFECT" else -1
            assert (sign * contributions["contribution"]).is_monotonic_decreasing
        assert list(contributions.columns) == [
            "gene",
            "side",
            "rank",
            "percentile",
            "contribution",
            "landmark",
            "baseline",
        ]
        assert contributions["landmark"].isna().all()

    def test_missing_ranks_add_nothing(self, small_ranks, small_query):
        frame = small_ranks.frame.astype(float)
        frame.loc["G000", "S03"] = np.nan
        ranks = RankMatrix.from_frame(frame)
        contributions = explain_concordance(ranks, small_query, "S03").set_index("gene")
        assert np.isnan(contributions.at["G000", "contribution"])
        z_sum = score_concordance(ranks, small_query).at["S03", "z_sum"]
        assert contributions["contribution"].sum() == pytest.approx(z_sum, abs=1e-9)


class TestWhatIsKnownOfTheGenes:
    """`landmark` and `baseline` come from what is handed in; nothing else of the table changes."""

    def test_landmark_and_baseline(self, small_ranks, small_query):
        plain = explain_concordance(small_ranks, small_query, "S03")
        flags = pd.DataFrame({"symbol": ["G000", "G001"], "landmark": [1, 0]})
        baseline = pd.DataFrame({"share_extreme": [0.26, 0.0]}, index=["G001", "G040"])
        table = explain_concordance(small_ranks, small_query, "S03", gene_metadata=flags, baseline=baseline)
        pd.testing.assert_frame_equal(table[plain.columns[:5]], plain[plain.columns[:5]])
        by_gene = table.set_index("gene")
        assert by_gene.loc[["G000", "G001", "G002"], "landmark"].tolist() == [True, False, pd.NA]
        assert by_gene.loc[["G001", "G040"], "baseline"].tolist() == [0.26, 0.0]
        assert by_gene["baseline"].notna().sum() == 2
        assert str(table["landmark"].dtype) == str(plain["landmark"].dtype) == "boolean"

    def test_from_a_file_as_from_its_flags(self, small_ranks, small_query, tmp_path):
        path = tmp_path / "genes.tsv"
        path.write_text("gene_symbol\tfeature_space\nG000\tlandmark\nG001\tbest inferred\n")
        by_path = explain_concordance(small_ranks, small_query, "S03", gene_metadata=path)
        by_flags = explain_concordance(small_ranks, small_query, "S03", gene_metadata=landmark_flags(path))
        pd.testing.assert_frame_equal(by_path, by_flags)
        assert by_path.set_index("gene")["landmark"].dropna().to_dict() == {"G000": True, "G001": False}

    def test_with_the_sample(self):
        sample = load_sample()
        table = explain_concordance(
            sample.ranks,
            sample.query,
            sample.ranks.frame.columns[0],
            gene_metadata=sample_path("genes.tsv"),
            baseline=gene_baseline(sample.background),
        )
        assert table[["landmark", "baseline"]].notna().all(axis=None)
        assert 0 < table["landmark"].mean() < 1

    @pytest.mark.parametrize(
        ("shares", "word"), [(["0.1", "x"], "'x'"), ([0.1, "x"], "'x'"), ([0.1, 55], "55.0"), ([-1.0, 0.1], "-1.0")]
    )
    def test_a_baseline_of_other_numbers(self, small_ranks, small_query, shares, word):
        baseline = pd.DataFrame({"share_extreme": shares}, index=["G000", "G001"])
        with pytest.raises(LincsInterpError) as raised:
            explain_concordance(small_ranks, small_query, "S03", baseline=baseline)
        assert str(raised.value) == (
            f"baseline has a share_extreme of {word}, but a share is a number from 0 to 1: pass the table as"
            " gene_baseline(background) made it."
        )

    def test_a_baseline_with_a_column_twice_or_of_other_genes(self, small_ranks, small_query):
        baseline = pd.DataFrame({"share_extreme": [0.1, np.nan]}, index=["G000", "G001"])
        table = explain_concordance(small_ranks, small_query, "S03", baseline=baseline)
        assert table["baseline"].notna().sum() == 1
        with pytest.raises(LincsInterpError) as raised:
            explain_concordance(small_ranks, small_query, "S03", baseline=pd.concat([baseline, baseline], axis=1))
        assert str(raised.value) == (
            "baseline has more than one column share_extreme: pass the table as gene_baseline(background) made it."
        )
        with pytest.raises(LincsInterpError) as raised:
            explain_concordance(small_ranks, small_query, "S03", baseline=baseline.reset_index(drop=True))
        assert str(raised.value) == (
            f"baseline has none of the {len(table)} genes asked for (it has 0, 1): make one with gene_baseline from"
            " signatures of the same genes, and keep its index."
        )

    def test_a_baseline_of_another_kind(self, small_ranks, small_query):
        for wrong, word in ((pd.DataFrame(), "a pandas DataFrame"), ({"G000": 0.1}, "a dict")):
            with pytest.raises(LincsInterpError) as raised:
                explain_concordance(small_ranks, small_query, "S03", baseline=wrong)
            assert str(raised.value) == (
                f"baseline is {word}, not a table by gene with the column share_extreme: make one with"
                " gene_baseline(background)."
            )


@pytest.mark.real
class TestRealData:
    def read(self, real_data, name):
        frame = pd.read_csv(real_data / "real" / f"{name}.ranks.tsv.gz", sep="\t", index_col=0, keep_default_na=False)
        return RankMatrix.from_frame(frame)

    def query(self, real_data, name):
        lists = [(real_data / "real" / "queries" / f"{name}_{side}.txt") for side in ("up", "down")]
        return GeneQuery(name, *(path.read_text().split() for path in lists if path.exists()))

    def test_hdac_inhibitors_lead(self, real_data):
        table = score_concordance(self.read(real_data, "skb_5000x100"), self.query(real_data, "hdac_cmap02_consensus"))
        first = {name.split("_")[4] for name in table.index[:5]}
        assert first == {"vorinostat", "HC-toxin", "trichostatin-a", "pyroxamide", "APHA-compound-8"}

    def test_rapamycin_query_finds_sirolimus(self, real_data):
        table = score_concordance(self.read(real_data, "full_12328x43"), self.query(real_data, "rapamycin_peng2002"))
        assert "sirolimus" in table.index[0]

    def test_lists_disagree_as_often_as_reported(self, real_data):
        """About a third of pairs of real signatures: the reason why the sum alone is no call."""
        ranks = self.read(real_data, "skb_5000x100")
        opposite = []
        for signature in ranks.frame.columns[:30]:
            order = ranks.frame[signature].sort_values(kind="stable").index
            table = score_concordance(ranks, GeneQuery(signature, order[-100:], order[:100])).drop(signature)
            opposite.append((table["z_up"] * table["z_down"] < 0).mean())
        assert 0.25 < np.mean(opposite) < 0.45
