"""Score families: against other people's code, by hand, by law, by naive twins."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._check import LincsInterpError
from lincs_interp.concordance import score_concordance
from lincs_interp.queries import GeneQuery
from lincs_interp.scores import FAMILIES, SCORES, RankedQuery
from lincs_interp.scores.profile import average_ranks, average_ranks_of_integers
from lincs_interp.scores.running_sum import enrichment_score, ks_statistic

ODD = ["auc", "singscore", "zhang", "wtcs", "cmap_ks", "rges", "xsum", "overlap", "spearman", "cosine"]


def of(values, up, down, numbers=None, n_ranked=None) -> RankedQuery:
    values = np.asarray(values)
    n_ranked = np.full(values.shape[1], len(values)) if n_ranked is None else np.asarray(n_ranked)
    numbers = np.zeros(0) if numbers is None else np.asarray(numbers, dtype=float)
    up, down = (np.asarray(rows, dtype=np.int64) for rows in (up, down))
    return RankedQuery(values, n_ranked, up, down, np.arange(len(numbers)), numbers)


def compute(name, data, **options):
    return SCORES[name].compute(data, **options)


@pytest.fixture
def small(small_ranks):
    numbers = np.concatenate([np.ones(20), -np.ones(25)])
    return of(small_ranks.values, np.arange(20), np.arange(20, 45), numbers)


@pytest.fixture
def from_r(answers, small_ranks):
    return pd.read_csv(answers / "small_matrix" / "scores_from_R.csv", index_col=0).loc[small_ranks.frame.columns]


@pytest.mark.parametrize(
    ("name", "options", "column", "theirs"),
    [
        ("auc", {}, "auc", "sing_TotalScore"),
        ("singscore", {}, "singscore", "sing_TotalScore"),
        ("zhang", {}, "zhang", "Zhang_centred"),
        ("wtcs", {}, "wtcs", "WTCS1"),
        ("cmap_ks", {}, "cmap_ks", "KS"),
        ("cmap_ks", {}, "cmap_ks", "cmap_raw"),
        ("rges", {}, "rges", "RGES_octad"),
        ("xsum", {"k": 30}, "xsum(30)", "XSum_centred_top30"),
        ("overlap", {"k": 30}, "p_overlap_up(30)", "fisher_p"),
        ("spearman", {}, "spearman", "spearman_pm1"),
        ("cosine", {}, "cosine", "cosine_pm1_centred"),
    ],
)
def test_scores_from_r_packages(small, from_r, name, options, column, theirs):
    # R: RCSM KSScore, XSumScore, ZhangScore; signatureSearch; OCTAD; singscore; cor;
    # fisher.test(table, alternative = "greater")
    np.testing.assert_allclose(compute(name, small, **options)[column], from_r[theirs], rtol=1e-9, atol=1e-12)


def test_one_list_alone_from_singscore(small, from_r):
    alone = small._replace(down=np.empty(0, dtype=np.int64))
    np.testing.assert_allclose(compute("singscore", alone)["singscore"], from_r["sing_up_only"], rtol=1e-9)


def test_unweighted_and_squared_running_sums_from_rcsm(small, from_r):
    position = 301.0 - small.values
    centred = np.abs(small.values - 150.5)
    for power, theirs in ((0, "GSEA0"), (1, "GSEA1_centred"), (2, "GSEA2_centred")):
        up, down = (
            enrichment_score(position[rows], centred[rows] ** power, small.n_ranked) for rows in (small.up, small.down)
        )
        np.testing.assert_allclose(np.where(up * down > 0, 0, up - down), from_r[theirs], rtol=1e-9, atol=1e-12)


@pytest.mark.real
def test_rcsm_on_its_own_test_data(real_data):
    """The package's own query: genes 1 and 2 up, 9 and 10 down; weights are its values, not ranks."""
    folder = real_data / "oracles" / "rcsm"
    values = pd.read_csv(folder / "ref_10x100.csv", index_col=0)
    theirs = pd.read_csv(folder / "scores.csv", index_col=0).loc[values.columns]
    position, weight = (-values).rank().to_numpy(), np.abs(values.to_numpy())
    n, sets = np.full(values.shape[1], len(values)), ([0, 1], [8, 9])
    up, down = (ks_statistic(position[rows], n) for rows in sets)
    np.testing.assert_allclose(np.where(up * down > 0, 0, up - down), theirs["KS"], atol=1e-12)
    for power in (0, 1, 2):
        up, down = (enrichment_score(position[rows], weight[rows] ** power, n) for rows in sets)
        ours = np.where(up * down > 0, 0, up - down)
        # In two signatures the sum deviates by exactly one half both ways, and rounding in R decides which is named.
        undecided = [50, 60] if power == 1 else []
        assert all(0.5 in (abs(up[i]), abs(down[i])) for i in undecided)
        keep = np.setdiff1d(np.arange(len(ours)), undecided)
        np.testing.assert_allclose(ours[keep], theirs[f"G{power}"].iloc[keep], atol=1e-12)


@pytest.mark.real
def test_signaturesearch_on_real_data(real_data):
    folder = real_data / "oracles" / "signaturesearch"
    z = pd.read_csv(folder / "sample_db_zscores_5000x100.csv.gz", index_col=0)
    z.index = z.index.astype(str)
    theirs = pd.read_csv(folder / "sample_db_gess.csv", index_col=0)
    sets = [(folder / f"{side}150.txt").read_text().split() for side in ("upset", "downset")]
    values = z.to_numpy()
    position = np.argsort(np.argsort(-values, axis=0, kind="stable"), axis=0) + 1.0
    n = np.full(values.shape[1], len(values))
    rows = [z.index.get_indexer(genes) for genes in sets]
    up, down = (enrichment_score(position[r], np.abs(values[r]), n) for r in rows)
    np.testing.assert_allclose(up, theirs.loc[z.columns, "ESup"], rtol=1e-9)
    np.testing.assert_allclose(down, theirs.loc[z.columns, "ESdown"], rtol=1e-9)
    np.testing.assert_allclose(np.where(up * down > 0, 0, (up - down) / 2), theirs.loc[z.columns, "WTCS"], rtol=1e-9)


class TestByHand:
    """Six genes; up = the genes on ranks 6 and 4, down = the gene on rank 1."""

    data = of(np.arange(1, 7)[:, None], up=[5, 3], down=[0])

    def test_running_sums(self):
        # positions from the top: up 1 and 3, down 6; weights |c| = 2.5, 0.5 and 2.5
        # up: 2.5/3 after the first, then 1 - 1/4 = .75, so ES = 5/6; down: -5/5 before the last
        assert compute("wtcs", self.data)["wtcs"][0] == pytest.approx((5 / 6 + 1) / 2)
        # ks_up: a = max(1/2 - 1/6, 1 - 3/6) = 1/2, b = max(1/6, 3/6 - 1/2) = 1/6; ks_down: a = 0, b = 1
        assert compute("rges", self.data)["rges"][0] == pytest.approx(1.5)
        assert compute("cmap_ks", self.data)["cmap_ks"][0] == pytest.approx(1.5)

    def test_extremes(self):
        assert compute("xsum", self.data, k=1)["xsum(1)"][0] == 2.5 + 2.5
        assert compute("xsum", self.data, k=3)["xsum(3)"][0] == 2.5 + 0.5 + 2.5
        assert compute("xsum", self.data, k=99)["xsum(99)"][0] == 2.5 + 0.5 + 2.5  # never more than half
        result = compute("overlap", self.data, k=1)
        assert result["overlap(1)"][0] == pytest.approx(2 / 3)
        assert result["p_overlap_up(1)"][0] == pytest.approx(2 / 6)
        assert result["p_overlap_down(1)"][0] == pytest.approx(1 / 6)

    def test_zhang(self):
        # c = -2.5 … 2.5, rank(|c|) = 5.5, 3.5, 1.5, 1.5, 3.5, 5.5; the three largest: 5.5 + 5.5 + 3.5
        assert compute("zhang", self.data)["zhang"][0] == pytest.approx((5.5 + 1.5 + 5.5) / 14.5)

    def test_profile(self):
        data = of(np.array([[1], [2], [3]]), [], [], numbers=[-1, 0.5, 4])
        assert compute("spearman", data)["spearman"][0] == 1
        assert compute("cosine", data)["cosine"][0] == pytest.approx(5 / np.sqrt(17.25 * 2))

    def test_a_half_that_disagrees_silences_the_gated_scores_only(self):
        both_up = of(np.arange(1, 7)[:, None], up=[5], down=[4])
        assert compute("wtcs", both_up)["wtcs"][0] == 0
        assert compute("cmap_ks", both_up)["cmap_ks"][0] == 0
        assert compute("rges", both_up)["rges"][0] != 0


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_genes = draw(st.integers(4, 30))
    n_up, n_down = draw(st.integers(1, n_genes // 2)), draw(st.integers(1, n_genes // 2 - 1))
    values = np.argsort(rng.random((n_genes, 3)), axis=0) + 1
    chosen = rng.permutation(n_genes)
    return of(values, chosen[:n_up], chosen[n_up : n_up + n_down], rng.standard_normal(n_genes))


class TestLaws:
    @pytest.mark.parametrize("name", ODD)
    @settings(max_examples=30)
    @given(problems())
    def test_swapping_the_lists_turns_the_sign(self, name, data):
        swapped = data._replace(up=data.down, down=data.up, value_numbers=-data.value_numbers)
        np.testing.assert_allclose(compute(name, swapped)[name], -compute(name, data)[name], atol=1e-9)

    @pytest.mark.parametrize("name", [name for name in ODD if name not in ("cmap_ks", "rges")])
    @settings(max_examples=30)
    @given(problems())
    def test_turning_the_ranks_turns_the_sign(self, name, data):
        # Not for Lamb's KS, whose steps count the positions unevenly from the two ends.
        turned = data._replace(values=len(data.values) + 1 - data.values)
        ours, theirs = compute(name, turned)[name], compute(name, data)[name]
        if name == "wtcs":  # where highest and lowest deviation are equally large, either may be named
            tie = np.isclose(np.abs(ours), np.abs(theirs))
            np.testing.assert_allclose(np.abs(ours)[tie], np.abs(theirs)[tie])
        else:
            np.testing.assert_allclose(ours, -theirs, atol=1e-9)

    @pytest.mark.parametrize("name", ODD)
    @given(problems())
    def test_stays_within_its_range(self, name, data):
        record = SCORES[name]
        if record.range.startswith("-"):
            low, high = (float(x) for x in record.range.split(";")[0].split(" to "))
            assert np.all((low - 1e-12 <= compute(name, data)[name]) & (compute(name, data)[name] <= high + 1e-12))

    @pytest.mark.parametrize("name", ODD)
    def test_perfect_mimicker_and_reverser(self, name):
        values = np.column_stack([np.arange(1, 41), np.arange(40, 0, -1)])
        data = of(values, up=[38, 39], down=[0, 1], numbers=np.arange(40) - 19.5)
        mimic, reverse = compute(name, data)[name]
        assert mimic > 0 > reverse

    @settings(max_examples=30)
    @given(problems())
    def test_the_order_of_genes_does_not_matter(self, data):
        order = np.random.default_rng(1).permutation(len(data.values))
        place = np.argsort(order)
        mixed = data._replace(
            values=data.values[order], up=place[data.up], down=place[data.down], value_numbers=data.value_numbers[order]
        )
        for name in ODD:
            np.testing.assert_allclose(compute(name, mixed)[name], compute(name, data)[name], atol=1e-9)


class TestTwins:
    @settings(max_examples=40)
    @given(problems())
    def test_running_sum_by_walking_down_the_list(self, data):
        total = len(data.values)
        position = total + 1.0 - data.values
        weight = np.abs(data.values - (total + 1) / 2)
        for column in range(3):
            rows = data.up
            walk, where = 0.0, []
            for gene in np.argsort(position[:, column]):
                whole = weight[rows, column].sum() or np.inf
                walk += weight[gene, column] / whole if gene in rows else -1 / (total - len(rows))
                where.append(walk)
            naive = max(where) if max(where) > -min(where) else min(where)
            fast = enrichment_score(position[rows], weight[rows], data.n_ranked)[column]
            if not weight[rows, column].sum():
                naive = 0.0
            assert fast == pytest.approx(naive, abs=1e-9) or max(where) == pytest.approx(-min(where), abs=1e-9)

    @settings(max_examples=40)
    @given(problems())
    def test_xsum_by_lists(self, data):
        order = np.argsort(data.values[:, 0])
        kept = {*order[:2], *order[-2:]} if len(order) >= 4 else set()
        centred = data.values[:, 0] - (len(order) + 1) / 2
        naive = sum(centred[g] for g in data.up if g in kept) - sum(centred[g] for g in data.down if g in kept)
        assert compute("xsum", data, k=2)["xsum(2)"][0] == pytest.approx(naive)

    @given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
    def test_average_ranks_as_pandas(self, numbers):
        expected = pd.Series(numbers).rank().to_numpy()
        np.testing.assert_array_equal(average_ranks_of_integers(np.array(numbers), 12), expected)
        np.testing.assert_array_equal(average_ranks(np.array(numbers, dtype=float)), expected)

    @settings(max_examples=40)
    @given(problems())
    def test_zhang_by_pandas_ranks_with_ties(self, data):
        values = np.minimum(data.values, len(data.values) - 1)  # a tie at the top
        tied = data._replace(values=values)
        for column in range(3):
            centred = values[:, column] - (len(values) + 1) / 2
            strength = pd.Series(np.abs(centred)).rank().to_numpy()
            signed = np.sign(centred) * strength
            most = np.sort(strength)[::-1][: len(data.up) + len(data.down)].sum()
            expected = (signed[data.up].sum() - signed[data.down].sum()) / most
            assert compute("zhang", tied)["zhang"][column] == pytest.approx(expected)


class TestMissingRanks:
    @pytest.mark.parametrize("name", ODD)
    def test_a_signature_with_fewer_genes_is_scored_as_if_alone(self, name, small):
        kept = np.sort(np.random.default_rng(4).permutation(300)[:250])
        alone = small.values[kept, 7].argsort().argsort() + 1
        values = small.values.astype(float)
        values[:, 7] = np.nan
        values[kept, 7] = alone
        n_ranked = small.n_ranked.copy()
        n_ranked[7] = 250
        place = {gene: i for i, gene in enumerate(kept)}
        rows = [np.array([place[g] for g in side if g in place]) for side in (small.up, small.down)]
        numbers = np.array([n for g, n in enumerate(small.value_numbers) if g in place])
        expected = of(alone[:, None], *rows)._replace(
            value_rows=np.array([place[g] for g in range(45) if g in place]), value_numbers=numbers
        )
        ours = compute(name, small._replace(values=values, n_ranked=n_ranked))[name]
        np.testing.assert_allclose(ours[7], compute(name, expected)[name][0], atol=1e-12)
        np.testing.assert_allclose(ours[3], compute(name, small)[name][3], atol=1e-12)

    @pytest.mark.parametrize("name", ODD)
    def test_a_signature_without_order_has_no_score(self, name, small):
        values = small.values.astype(float)
        values[:, 2] = np.nan
        n_ranked = small.n_ranked.copy()
        n_ranked[2] = 0
        assert np.isnan(compute(name, small._replace(values=values, n_ranked=n_ranked))[name][2])


class TestInScoreConcordance:
    def test_columns_are_added_and_positive_for_mimickers(self, small_ranks, small_query):
        values = dict.fromkeys(small_query.up, 1.0) | dict.fromkeys(small_query.down, -1.0)
        query = GeneQuery("with values", small_query.up, small_query.down, values)
        plain = score_concordance(small_ranks, query)
        table = score_concordance(small_ranks, query, scores=["z_sum", *ODD, "xsum(30)", "overlap (30)"])
        pd.testing.assert_frame_equal(table[plain.columns], plain)
        added = [*ODD, "p_overlap_up", "p_overlap_down", "xsum(30)", "overlap(30)", "p_overlap_up(30)"]
        assert set(added) <= set(table.columns)
        for name in ODD:
            assert table.at["PERFECT", name] > 0 > table.at["REVERSE", name]
        pd.testing.assert_series_equal(table["auc"], table["concordance"], check_names=False)

    def test_values_are_matched_like_the_lists(self, small_ranks, small_query):
        values = {gene.lower(): 1.0 for gene in small_query.up} | {"no such gene": 3.0, "G020": -1.0, "g020": -9.0}
        query = GeneQuery("q", small_query.up, values=values)
        clean = GeneQuery("q", small_query.up, values=dict.fromkeys(small_query.up, 1.0) | {"G020": -1.0})
        ours, expected = (score_concordance(small_ranks, q, scores=["spearman"])["spearman"] for q in (query, clean))
        pd.testing.assert_series_equal(ours, expected)

    @pytest.mark.parametrize(
        ("scores", "sentence"),
        [
            (["spearman"], "compares values, but the query holds gene lists only"),
            (["wtcs(10)"], "only xsum and overlap take a number of genes"),
            (["xsum(0)"], "only xsum and overlap take a number of genes"),
            (["xsun"], 'scores must be "z_sum" or "auc"'),
        ],
    )
    def test_refusals(self, small_ranks, small_query, scores, sentence):
        with pytest.raises(LincsInterpError, match=sentence.replace("(", r"\(")):
            score_concordance(small_ranks, small_query, scores=scores)

    def test_one_sided(self, small_ranks, small_query):
        names = [name for name in ODD if not SCORES[name].needs_values]
        up = score_concordance(small_ranks, GeneQuery("q", small_query.up), scores=names)
        down = score_concordance(small_ranks, GeneQuery("q", [], small_query.down), scores=names)
        for name in names:
            assert up.at["PERFECT", name] > 0 > up.at["REVERSE", name]
            assert down.at["PERFECT", name] > 0 > down.at["REVERSE", name]


def test_records_are_complete():
    for name, record in SCORES.items():
        assert record.name == name
        assert all((record.family, record.formula, record.range, record.sign, record.reference))
        assert record.sign.startswith("positive = mimicker")
    assert set(FAMILIES) == {"mean rank", "running sum", "extremes", "profile"}


def test_scores_of_one_family_order_signatures_alike(small_ranks, small_query):
    """Why one vote each: with lists of equal length the mean-rank scores are one method under four names."""
    query = GeneQuery("equal", small_query.up, small_query.down[:20])
    table = score_concordance(small_ranks, query, scores=["auc", "singscore", "zhang"])
    agreement = table[["z_sum", "auc", "singscore", "zhang"]].corr(method="spearman")
    assert agreement.loc["z_sum", ["auc", "singscore"]].min() > 1 - 1e-12
    assert agreement.loc["z_sum", "zhang"] > 0.99
