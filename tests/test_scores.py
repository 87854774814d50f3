"""Score families: against other people's code, by hand, by law, against naive loops."""

import json
from fractions import Fraction
from itertools import permutations
from math import comb, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core._rank_ties import complete_rankings
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.scoring.calibration import fixed_correlation_variance
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.scores import FAMILIES, SCORES, RankedQuery, mean_rank, rank_sum_z
from lincs_interp.scoring.scores.extremes import DEFAULT_K, FEWEST_PER_END, ends, fisher_p
from lincs_interp.scoring.scores.profile import average_ranks, average_ranks_of_integers
from lincs_interp.scoring.scores.running_sum import ks_statistic, running_sum

ODD = ["auc", "singscore", "zhang", "wtcs", "cmap_ks", "rges", "xsum", "overlap", "spearman", "cosine"]


def of(values, up, down, numbers=None, n_ranked=None) -> RankedQuery:
    values = np.asarray(values)
    n_ranked = np.full(values.shape[1], len(values)) if n_ranked is None else np.asarray(n_ranked)
    numbers = np.zeros(0) if numbers is None else np.asarray(numbers, dtype=float)
    up, down = (np.asarray(rows, dtype=np.int64) for rows in (up, down))
    return RankedQuery(values, n_ranked, up, down, np.arange(len(numbers)), numbers)


def compute(name, data, **options):
    return SCORES[name].columns(data, **options)


@pytest.fixture
def small(small_ranks):
    numbers = np.concatenate([np.ones(20), -np.ones(25)])
    return of(small_ranks.values, np.arange(20), np.arange(20, 45), numbers)


@pytest.fixture
def from_r(answers, small_ranks):
    return pd.read_csv(answers / "small_matrix" / "scores_from_R.csv", index_col=0).loc[small_ranks.frame.columns]


# Every column of scores_from_R.csv: what of ours it pins, or why nothing of ours can agree with it.
PINNED = {
    "test_scores_from_r_packages": "sing_TotalScore Zhang_centred WTCS1 KS cmap_raw RGES_octad XSum_centred_top30"
    " fisher_p spearman_pm1 cosine_pm1_centred",
    "test_one_list_alone_from_singscore": "sing_up_only sing_UpScore sing_DownScore sing_uncentred_total",
    "test_running_sums_of_each_half": "GSEA0 GSEA1_centred GSEA2_centred ES0up ES0down WTCS0 ES1up ES1down ks_up"
    " ks_down cmap_scaled",
    "test_wilcoxon_from_base_r": "U_up U_dn AUC_up AUC_dn p_up_nocc p_dn_nocc p_up_cc p_up_exact",
    "test_fisher_from_base_r": "top30_overlap_up fisher_p",
    "test_limma_from_our_z": "limma_less_rho0 limma_greater_rho0 limma_less_rho0.01 limma_greater_rho0.01"
    " limma_less_rho0.05 limma_greater_rho0.05 limma_less_rho0.1 limma_greater_rho0.1 cameraPR_rank_up"
    " cameraPR_rank_dn",
    "test_gcmap_pools_the_lists": "gCMAP_U gCMAP_z gCMAP_p1",
}
NOT_OURS = {
    "spread of a set's ranks, no score": "sing_TotalDispersion sing_UpDispersion sing_DownDispersion",
    "a set without direction": "sing_unknownDir",
    "conditional odds ratio": "fisher_or_cmle",
    "Kendall's tau": "kendall_pm1",
    "a t-test on ranks": "cameraPR_t_up cameraPR_t_dn",
}


def test_every_answer_from_r_is_used_or_named_as_foreign(from_r):
    assert all(name in globals() for name in PINNED)
    used, foreign = ({c for columns in table.values() for c in columns.split()} for table in (PINNED, NOT_OURS))
    assert used | foreign == set(from_r.columns)
    assert not used & foreign


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
@pytest.mark.parametrize("complete", [True, False])
def test_scores_from_r_packages(small, from_r, name, options, column, theirs, complete):
    # R: RCSM KSScore, XSumScore, ZhangScore; signatureSearch; OCTAD; singscore; cor;
    # fisher.test(table, alternative = "greater")
    data = small._replace(complete=np.full(16, complete))
    np.testing.assert_allclose(compute(name, data, **options)[column], from_r[theirs], rtol=1e-9, atol=1e-12)


def test_one_list_alone_from_singscore(small, from_r):
    nothing = np.empty(0, dtype=np.int64)
    up, down = (compute("singscore", small._replace(**{side: nothing}))["singscore"] for side in ("down", "up"))
    for ours, theirs in (
        (up, "sing_up_only"),
        (up, "sing_UpScore"),
        (down, "sing_DownScore"),
        (up + down + 1, "sing_uncentred_total"),
    ):
        np.testing.assert_allclose(ours, from_r[theirs], rtol=1e-9, atol=1e-12)


def enrichment_score(position, weight, n_ranked):
    """The running sum of genes in any order."""
    order = np.argsort(position, axis=0)  # NaN goes to the end
    return running_sum(*(np.take_along_axis(part, order, axis=0) for part in (position, weight)), n_ranked)


def test_running_sums_of_each_half(small, from_r):
    # R: RCSM GSEAweight0Score … 2; signatureSearch .enrichScore, .ks and .S, which scales by the highest and the lowest
    position = 301.0 - small.values
    centred = np.abs(small.values - 150.5)
    for power, gsea in ((0, "GSEA0"), (1, "GSEA1_centred"), (2, "GSEA2_centred")):
        up, down = (
            enrichment_score(position[rows], centred[rows] ** power, small.n_ranked) for rows in (small.up, small.down)
        )
        expected = {gsea: np.where(up * down > 0, 0, up - down)}
        if power < 2:
            expected |= {f"ES{power}up": up, f"ES{power}down": down, f"WTCS{power}": expected[gsea] / 2}
        for theirs, ours in expected.items():
            np.testing.assert_allclose(ours, from_r[theirs], rtol=1e-9, atol=1e-12)
    for rows, theirs in ((small.up, "ks_up"), (small.down, "ks_down")):
        np.testing.assert_allclose(ks_statistic(position[rows], small.n_ranked), from_r[theirs], rtol=1e-9)
    np.testing.assert_allclose(scaled(compute("cmap_ks", small)["cmap_ks"]), from_r["cmap_scaled"], rtol=1e-9)


def scaled(raw: np.ndarray) -> np.ndarray:
    """The first Connectivity Map's scaling: 1 for the highest score of a table, -1 for the lowest."""
    return np.where(raw > 0, raw / raw.max(), -raw / raw.min())


def test_wilcoxon_from_base_r(small, from_r):
    # R: wilcox.test(up, rest, exact = FALSE, correct = FALSE), with correct = TRUE, with exact = TRUE
    from scipy.special import ndtr
    from scipy.stats import mannwhitneyu

    for rows, u, auc, p in ((small.up, "U_up", "AUC_up", "p_up_nocc"), (small.down, "U_dn", "AUC_dn", "p_dn_nocc")):
        ours = rank_sum_z(small.values, rows, small.n_ranked)
        np.testing.assert_allclose(ours.auc, from_r[auc], rtol=1e-12)
        np.testing.assert_allclose(ours.auc * len(rows) * (300 - len(rows)), from_r[u], rtol=1e-12)
        np.testing.assert_allclose(2 * ndtr(-np.abs(ours.z)), from_r[p], rtol=1e-9)
    up = rank_sum_z(small.values, small.up, small.n_ranked)
    sigma = np.sqrt(20 * 280 * 301 / 12)
    # The continuity correction and the exact test use the same U: the site's z leaves the correction out.
    np.testing.assert_allclose(2 * ndtr(-(np.abs(up.z) - 0.5 / sigma)), from_r["p_up_cc"], rtol=1e-9)
    rest = np.delete(small.values, small.up, axis=0)
    exact = mannwhitneyu(small.values[small.up], rest, method="exact", axis=0)
    np.testing.assert_allclose(up.auc * 20 * 280, exact.statistic, rtol=1e-12)
    np.testing.assert_allclose(exact.pvalue, from_r["p_up_exact"], rtol=1e-9)


def test_fisher_from_base_r(small, from_r):
    # R: fisher.test(matrix(c(k, 20 - k, 30 - k, 250 + k), 2), alternative = "greater")
    hits = from_r["top30_overlap_up"].to_numpy()
    np.testing.assert_array_equal((small.values[small.up] > 270).sum(axis=0), hits)
    np.testing.assert_allclose(fisher_p(hits, np.array(30), np.array(20), np.array(300)), from_r["fisher_p"], rtol=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.01, 0.05, 0.1])
def test_limma_from_our_z(small, from_r, rho):
    # R: limma::rankSumTestWithCorrelation(index, ranks, correlation = rho): one-sided, with a continuity correction
    # and no cap; cameraPR(use.ranks = TRUE, inter.gene.cor = 0.01) takes twice the smaller one
    from scipy.special import ndtr

    tails = {}
    for side, rows in (("up", small.up), ("dn", small.down)):
        n = len(rows)
        above = rank_sum_z(small.values, rows, small.n_ranked).z * np.sqrt(n * (300 - n) * 301 / 12)
        sigma = np.sqrt(fixed_correlation_variance(n, 300, rho))
        tails[side] = ndtr((above + 0.5) / sigma), ndtr(-(above - 0.5) / sigma)
    for ours, theirs in zip(tails["up"], ("less", "greater"), strict=True):
        np.testing.assert_allclose(ours, from_r[f"limma_{theirs}_rho{rho:g}"], rtol=1e-9)
    if rho == 0.01:
        for side, both in tails.items():
            np.testing.assert_allclose(2 * np.minimum(*both), from_r[f"cameraPR_rank_{side}"], rtol=1e-9)


def pooled_by_gcmap(data: RankedQuery) -> tuple[np.ndarray, np.ndarray]:
    """gCMAP's U and z: the down genes' ranks turned round and thrown into one set with the up genes' ranks."""
    total, n_up, n_down = len(data.values), len(data.up), len(data.down)
    n = n_up + n_down
    up, down = (
        rank_sum_z(data.values, rows, data.n_ranked).auc * len(rows) * (total - len(rows)) for rows in data[2:4]
    )
    sums = up + n_up * (n_up + 1) / 2 + n_down * (total + 1) - (down + n_down * (n_down + 1) / 2)
    above = sums - n * (n + 1) / 2 - n * (total - n) / 2
    return n * (total - n) / 2 - above, (above - 0.5 * np.sign(above)) / np.sqrt(n * (total - n) * (total + 1) / 12)


def test_gcmap_pools_the_lists(small, from_r):
    """R: gCMAP signedRankSumScore. Its numbers follow from our lists, but they are not the ones to use.

    Its variance is that of one set of n_u + n_d genes, though the ranks of one half were turned round: the spread of
    the pooled sum is larger, and its U of the perfect signature is negative, which no U can be. With a correlation a
    line break loses terms; the right variance is limma's (test_calibration.py).
    """
    from scipy.special import ndtr

    u, z = pooled_by_gcmap(small)
    np.testing.assert_allclose(u, from_r["gCMAP_U"], rtol=1e-12)
    np.testing.assert_allclose(z, from_r["gCMAP_z"], rtol=1e-9)
    np.testing.assert_allclose(ndtr(-np.abs(z)), from_r["gCMAP_p1"], rtol=1e-9)
    assert from_r.at["PERFECT", "gCMAP_U"] < 0


def test_the_right_variance_of_pooled_lists_by_listing_all_draws():
    """One up and two down genes among six: all draws, against z_up and z_down with the correlation of `p_sum`."""
    total, n_up, n_down = 6, 1, 2
    pooled = [Fraction(one) - two - three for one, two, three in permutations(range(1, total + 1), n_up + n_down)]
    variance = sum(x * x for x in pooled) / len(pooled) - (sum(pooled) / len(pooled)) ** 2
    ours = Fraction(total + 1, 12) * (n_up * (total - n_up) + n_down * (total - n_down) + 2 * n_up * n_down)
    assert variance == ours
    gcmap = Fraction(total + 1, 12) * (n_up + n_down) * (total - n_up - n_down)
    assert gcmap < ours
    parts = [np.sqrt(n * (total - n) * (total + 1) / 12) for n in (n_up, n_down)]
    correlation = np.sqrt(n_up * n_down / ((total - n_up) * (total - n_down)))
    assert float(ours) == pytest.approx(parts[0] ** 2 + parts[1] ** 2 + 2 * correlation * parts[0] * parts[1])


@pytest.mark.real
def test_gcmap_on_its_own_test_data(real_data):
    # The package's unit test: genes 1-10 up, 21-30 down among 100; expected p 7.169693e-08
    folder = real_data / "oracles" / "gcmap"
    ranks = pd.read_csv(folder / "signed_ranksum_input.csv").rank().astype(int)
    theirs = json.loads((folder / "signed_ranksum.json").read_text())
    u, z = pooled_by_gcmap(of(ranks.to_numpy(), np.arange(10), np.arange(20, 30)))
    np.testing.assert_allclose(u, [theirs[name]["U"] for name in ranks], rtol=1e-12)
    np.testing.assert_allclose(z, [theirs[name]["z"] for name in ranks], rtol=1e-9)


@pytest.mark.real
def test_singscore_unit_cases(real_data):
    cases = json.loads((real_data / "oracles" / "singscore" / "unit_cases.json").read_text())["cases"]
    checked = 0
    for case in cases:
        if not case.get("knownDirection", True):
            continue  # a set without direction is no query of ours
        genes = list(case["expr"])
        ranks = pd.Series(case["expr"]).rank(method=case["ties"]).astype(int).to_numpy()[:, None]
        up, down = ([genes.index(gene) for gene in case.get(side) or []] for side in ("up", "down"))
        score = compute("singscore", of(ranks, up, down))["singscore"][0]
        assert score + (0 if case["center"] else 0.5) == pytest.approx(case["TotalScore"], abs=1e-12)
        if "UpScore" in case:
            assert compute("singscore", of(ranks, up, []))["singscore"][0] == pytest.approx(case["UpScore"])
            assert compute("singscore", of(ranks, [], down))["singscore"][0] == pytest.approx(case["DownScore"])
        checked += 1
    assert checked == 3


class TestRRHO:
    """R: RRHO(S07, PERFECT, stepsize = 30): how many genes the tops of two lists share, and -log P of that.

    Its P takes 301 genes to choose from where there are 300 (phyper(n = n - a + 1)), which moves -log P by up to 1.8.
    """

    steps = range(1, 301, 30)

    @pytest.fixture
    def theirs(self, answers):
        tables = (pd.read_csv(answers / "rrho" / f"{name}_step30.csv") for name in ("counts", "hypermat_enrichment"))
        return [table.to_numpy() for table in tables]

    def test_counts_and_the_right_p(self, small_ranks, theirs):
        counts, minus_log_p = theirs
        s07, perfect = (small_ranks.frame[name].to_numpy() for name in ("S07", "PERFECT"))
        furthest = 0.0
        for (i, j), hits in np.ndenumerate(counts):
            drawn, marked = self.steps[i], self.steps[j]
            top = np.flatnonzero(s07 > 300 - drawn)
            assert (perfect[top] > 300 - marked).sum() == hits
            ways = sum(comb(drawn, x) * comb(300 - drawn, marked - x) for x in range(hits, min(drawn, marked) + 1))
            right = float(Fraction(ways, comb(300, marked)))
            assert fisher_p(*map(np.array, (hits, drawn, marked, 300))) == pytest.approx(right, rel=1e-9)
            if marked <= 150:  # our ends never overlap
                ours = compute("overlap", of(perfect[:, None], top, []), k=marked)[f"p_overlap_up({marked})"]
                assert ours[0] == pytest.approx(right, rel=1e-9)
            furthest = max(furthest, abs(-log(right) - minus_log_p[i, j]))
        assert furthest == pytest.approx(1.797, abs=0.001)

    def test_their_p_with_one_gene_too_many(self, theirs):
        counts, minus_log_p = theirs
        steps = np.array(self.steps)
        p = fisher_p(counts.ravel(), np.tile(steps, 10), np.repeat(steps, 10), np.array(301))
        np.testing.assert_allclose(-np.log(p), minus_log_p.ravel(), rtol=1e-9, atol=1e-9)


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
class TestSignatureSearchOnRealData:
    """R: gess_lincs, gess_cmap and gess_cor of 5,000 genes x 100 drugs in SKB cells; the query is vorinostat's own."""

    @pytest.fixture
    def z(self, real_data):
        table = pd.read_csv(
            real_data / "oracles" / "signaturesearch" / "sample_db_zscores_5000x100.csv.gz", index_col=0
        )
        return table.set_axis(table.index.astype(str))

    @pytest.fixture
    def theirs(self, real_data, z):
        path = real_data / "oracles" / "signaturesearch" / "sample_db_gess.csv"
        return pd.read_csv(path, index_col=0).loc[z.columns]

    @pytest.fixture
    def rows(self, real_data, z):
        folder = real_data / "oracles" / "signaturesearch"
        return [z.index.get_indexer((folder / f"{side}150.txt").read_text().split()) for side in ("upset", "downset")]

    n = np.full(100, 5000)

    def test_weighted_running_sum(self, z, theirs, rows):
        values = z.to_numpy()
        position = np.argsort(np.argsort(-values, axis=0, kind="stable"), axis=0) + 1.0
        up, down = (enrichment_score(position[r], np.abs(values[r]), self.n) for r in rows)
        np.testing.assert_allclose(up, theirs["ESup"], rtol=1e-9)
        np.testing.assert_allclose(down, theirs["ESdown"], rtol=1e-9)
        np.testing.assert_allclose(np.where(up * down > 0, 0, (up - down) / 2), theirs["WTCS"], rtol=1e-9)

    def test_kolmogorov_smirnov(self, z, theirs, rows):
        position = (-z).rank().to_numpy()  # tied genes share an average place there
        up, down = (ks_statistic(position[r], self.n) for r in rows)
        raw = np.where(up * down > 0, 0, up - down)
        np.testing.assert_allclose(raw, theirs["cmap_raw"], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(scaled(raw), theirs["cmap_scaled"], rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("part", ["all", "sub"])
    def test_spearman_of_signatures_full_of_ties(self, z, theirs, rows, part):
        which = np.arange(5000) if part == "all" else np.concatenate(rows)
        query = z["vorinostat__SKB__trt_cp"].to_numpy()
        ranks = z.rank(method="max").astype(int).to_numpy()
        data = RankedQuery(ranks, self.n, *rows, which, query[which])
        np.testing.assert_allclose(compute("spearman", data)["spearman"], theirs[f"spearman_{part}"], rtol=1e-9)


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

    @pytest.mark.parametrize(("n_genes", "k"), [(20_000, 500), (5_000, 500), (978, 97), (19, 1), (3, 1), (1, 0)])
    def test_ends_are_a_tenth_at_most_unless_more_is_asked_for(self, n_genes, k):
        data = of(np.zeros((1, 1)), [0], [], n_ranked=[n_genes])
        assert ends(data, None).tolist() == [k]
        assert ends(data, 9_999).tolist() == [min(9_999, n_genes // 2)]

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
    data = of(values, chosen[:n_up], chosen[n_up : n_up + n_down], rng.standard_normal(n_genes))
    return data._replace(complete=draw(st.sampled_from([None, np.full(3, True), np.array([True, False, True])])))


@st.composite
def gaps_and_ties(draw):
    """Complete rankings beside tied ones, ones with gaps, and ones that rank fewer genes with an N of their own."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_genes = draw(st.integers(2, 25))
    values = np.argsort(rng.random((n_genes, 6)), axis=0) + 1.0
    n_ranked = np.full(6, n_genes)
    values[:, 1] = np.maximum(values[:, 1], rng.integers(1, n_genes))
    values[:, 2] = np.minimum(values[:, 2], rng.integers(2, n_genes + 1))
    if draw(st.booleans()):
        values[rng.random(n_genes) < 0.3, 3] = np.nan
        gone = rng.random(n_genes) < 0.3
        gone[:2] = False
        values[gone, 4] = np.nan
        values[~gone, 4] = np.argsort(np.argsort(values[~gone, 4])) + 1
        n_ranked[4] = (~gone).sum()
    else:
        values = values.astype(draw(st.sampled_from([np.int32, np.uint16, np.int64])))
    chosen, n_up = rng.permutation(n_genes), draw(st.integers(0, n_genes - 1))
    up, down = chosen[:n_up], chosen[n_up : n_up + draw(st.integers(int(n_up == 0), n_genes - n_up))]
    numbers = np.round(rng.standard_normal(n_genes), draw(st.integers(0, 2)))
    part = np.sort(rng.permutation(n_genes)[: draw(st.integers(0, n_genes))])
    data = of(values, up, down, n_ranked=n_ranked)
    return data._replace(value_rows=part, value_numbers=numbers[part], complete=complete_rankings(values, n_ranked))


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
    @settings(max_examples=40)
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
        tied = data._replace(values=values, complete=None)
        for column in range(3):
            centred = values[:, column] - (len(values) + 1) / 2
            strength = pd.Series(np.abs(centred)).rank().to_numpy()
            signed = np.sign(centred) * strength
            most = np.sort(strength)[::-1][: len(data.up) + len(data.down)].sum()
            expected = (signed[data.up].sum() - signed[data.down].sum()) / most
            assert compute("zhang", tied)["zhang"][column] == pytest.approx(expected)

    @settings(max_examples=60)
    @given(gaps_and_ties())
    def test_zhang_of_complete_rankings_is_the_general_one_to_the_last_bit(self, data):
        assert data.complete[0]
        fast, general = (compute("zhang", d)["zhang"] for d in (data, data._replace(complete=None)))
        np.testing.assert_array_equal(fast, general)

    @settings(max_examples=60)
    @given(gaps_and_ties())
    def test_zhang_with_ties_and_gaps_by_pandas_ranks(self, data):
        rows = np.concatenate([data.up, data.down])
        signs = np.repeat([1, -1], [len(data.up), len(data.down)])
        for column in range(6):
            centred = data.values[:, column] - (data.n_ranked[column] + 1) / 2
            strength = pd.Series(np.abs(centred)).rank().to_numpy()
            own = (signs * np.sign(centred[rows]) * strength[rows])[~np.isnan(centred[rows])]
            most = np.sort(strength[~np.isnan(strength)])[::-1][: len(own)].sum()
            expected = own.sum() / most if len(own) else np.nan
            assert compute("zhang", data)["zhang"][column] == pytest.approx(expected, abs=1e-12, nan_ok=True)

    @settings(max_examples=60)
    @given(gaps_and_ties())
    def test_spearman_by_pandas(self, data):
        ours = compute("spearman", data)["spearman"]
        for column in range(6):
            ranks = pd.Series(data.values[data.value_rows, column])
            both = pd.DataFrame({"rank": ranks, "query": data.value_numbers}).dropna()
            flat = both.nunique().min() < 2
            expected = np.nan if flat else both["rank"].rank().corr(both["query"].rank())
            assert ours[column] == pytest.approx(expected, abs=1e-12, nan_ok=True)

    def test_spearman_of_more_genes_than_32_bits_hold_beside_their_place(self):
        rng = np.random.default_rng(2)
        values = rng.permutation(2**20)[:3000, None] + 1  # 20 bits of rank and 12 of place
        data = of(values, [], [], numbers=rng.standard_normal(3000), n_ranked=[2**20])
        expected = pd.Series(values[:, 0]).corr(pd.Series(data.value_numbers), method="spearman")
        assert compute("spearman", data)["spearman"][0] == pytest.approx(expected, abs=1e-12)

    @settings(max_examples=40)
    @given(problems())
    def test_kolmogorov_smirnov_by_walking_down_the_list(self, data):
        total = len(data.values)
        both = []
        for rows in (data.up, data.down):
            parts = []
            for column in range(3):
                place = sorted(total + 1 - rank for rank in data.values[rows, column].tolist())
                above = max(j / len(rows) - p / total for j, p in enumerate(place, 1))
                below = max(p / total - (j - 1) / len(rows) for j, p in enumerate(place, 1))
                parts.append(above if above > below else -below)
            both.append(np.array(parts))
        up, down = both
        np.testing.assert_allclose(compute("rges", data)["rges"], up - down, atol=1e-12)
        np.testing.assert_allclose(
            compute("cmap_ks", data)["cmap_ks"], np.where(up * down > 0, 0, up - down), atol=1e-12
        )

    @settings(max_examples=40)
    @given(gaps_and_ties())
    def test_weighted_running_sum_needs_no_weights_of_its_own(self, data):
        parts = []
        for rows in (data.up, data.down):
            position = data.n_ranked + 1.0 - data.values[rows]
            weight = np.abs(data.values[rows] - (data.n_ranked + 1) / 2)
            parts.append(enrichment_score(position, weight, data.n_ranked) if len(rows) else None)
        up, down = parts
        if up is None or down is None:
            expected = -down if up is None else up
        else:
            expected = np.where(up * down > 0, 0, (up - down) / 2)
        np.testing.assert_array_equal(compute("wtcs", data)["wtcs"], expected)

    @settings(max_examples=40)
    @given(problems())
    def test_auc_and_singscore_by_counting_pairs(self, data):
        for column in range(3):
            ranks = data.values[:, column]
            won = []
            for rows in (data.up, data.down):
                rest = np.delete(ranks, rows)
                won.append(sum((ranks[row] > rest).sum() for row in rows) / (len(rows) * len(rest)))
            for name in ("auc", "singscore"):
                assert compute(name, data)[name][column] == pytest.approx(won[0] - won[1])

    @settings(max_examples=40)
    @given(problems(), st.integers(1, 9))
    def test_overlap_by_lists(self, data, k):
        from scipy.stats import fisher_exact

        total = len(data.values)
        ours = compute("overlap", data, k=k)
        k_kept = min(k, total // 2)
        for column in range(3):
            order = np.argsort(data.values[:, column]).tolist()
            low, high = set(order[:k_kept]), set(order[total - k_kept :])
            up, down = set(data.up.tolist()), set(data.down.tolist())
            balance = len(up & high) - len(up & low) + len(down & low) - len(down & high)
            assert ours[f"overlap({k})"][column] == pytest.approx(balance / (len(up) + len(down)))
            for side, own, there in (("up", up, high), ("down", down, low)):
                table = [[len(own & there), len(there - own)], [len(own - there), total - len(own | there)]]
                expected = fisher_exact(table, alternative="greater").pvalue
                assert ours[f"p_overlap_{side}({k})"][column] == pytest.approx(expected)

    @settings(max_examples=40)
    @given(gaps_and_ties())
    def test_cosine_by_a_loop(self, data):
        ours = compute("cosine", data)["cosine"]
        for column in range(6):
            pairs = zip(data.value_numbers.tolist(), data.values[data.value_rows, column].tolist(), strict=True)
            there = [(v, rank - (data.n_ranked[column] + 1) / 2) for v, rank in pairs if not np.isnan(rank)]
            sizes = sum(v * v for v, _ in there) * sum(c * c for _, c in there)
            expected = sum(v * c for v, c in there) / np.sqrt(sizes) if sizes else np.nan
            assert ours[column] == pytest.approx(expected, abs=1e-12, nan_ok=True)


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
    @pytest.mark.parametrize("rank", [np.nan, 300, 7])
    def test_a_signature_without_order_has_no_score(self, name, rank, small):
        values = small.values.astype(float) if np.isnan(rank) else small.values.copy()
        values[:, 2] = rank
        values[30:, 2] = values[30:, 3]  # not even if other genes have one
        n_ranked = small.n_ranked.copy()
        n_ranked[2] = 0
        scores = compute(name, small._replace(values=values, n_ranked=n_ranked))[name]
        assert np.flatnonzero(np.isnan(scores)).tolist() == [2]


class TestInScoreConcordance:
    def test_order_repeats_and_unknown_genes_change_nothing(self, small_ranks, small_query):
        values = dict(zip(small_query.up + small_query.down, np.linspace(2, -2, 45), strict=True))
        query = GeneQuery("plain", small_query.up, small_query.down, values)
        plain = score_concordance(small_ranks, query, scores=ODD)
        frame = small_ranks.frame.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
        up = [*small_query.up[::-1], *small_query.up, "no such gene at all"]
        messy_query = GeneQuery("messy", up, small_query.down[::-1], values | {"nor this one": 9.0})
        messy = score_concordance(RankMatrix.from_frame(frame), messy_query, scores=ODD)
        pd.testing.assert_frame_equal(messy.loc[plain.index], plain, check_exact=False, rtol=1e-12)

    def test_a_tied_signature_beside_complete_ones(self, small_ranks, small_query, monkeypatch):
        frame = small_ranks.frame.copy()
        frame["S03"] = np.maximum(frame["S03"], 2)  # of 300
        ranks = RankMatrix.from_frame(frame)
        counted = []
        one = mean_rank._zhang_of_one
        monkeypatch.setattr(mean_rank, "_zhang_of_one", lambda *a: counted.append(a) or one(*a))
        scores = score_concordance(ranks, small_query, scores=["zhang"])["zhang"]
        assert len(counted) == 1  # of complete rankings only the query's rows are looked at
        general = compute("zhang", of(ranks.values, np.arange(20), np.arange(20, 45)))["zhang"]
        assert scores.loc[frame.columns].tolist() == general.tolist()

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
        ("score", "remedy"),
        [
            ("spearman", "give GeneQuery its values"),
            ("wtcs(10)", "only xsum and overlap take a number of genes"),
            ("xsum(0)", "only xsum and overlap take a number of genes"),
            (f"xsum({'9' * 5_000})", "it must be"),
            ("overlap(9999999999)", "it must be"),
            ("xsun", '"z_sum" or "auc"'),
        ],
    )
    def test_refusals(self, small_ranks, small_query, score, remedy):
        with pytest.raises(LincsInterpError) as raised:
            score_concordance(small_ranks, small_query, scores=[score])
        assert (raised.value.argument, raised.value.value) == ("scores", score)
        assert remedy in raised.value.remedy

    def test_one_sided(self, small_ranks, small_query):
        names = [name for name in ODD if "needs_values" not in SCORES[name].marks]
        up = score_concordance(small_ranks, GeneQuery("q", small_query.up), scores=names)
        down = score_concordance(small_ranks, GeneQuery("q", [], small_query.down), scores=names)
        for name in names:
            assert up.at["PERFECT", name] > 0 > up.at["REVERSE", name]
            assert down.at["PERFECT", name] > 0 > down.at["REVERSE", name]


def test_records_are_complete():
    for name, record in SCORES.items():
        assert record.name == name
        assert all((record.family, record.formula, record.range, record.reference))
        assert record.marks <= {"takes_k", "needs_values", "asks_complete", "gated"}
    assert f"k = {DEFAULT_K} or N/{FEWEST_PER_END}" in SCORES["xsum"].formula
    assert set(FAMILIES) == {"mean rank", "running sum", "extremes", "profile"}


def test_scores_of_one_family_order_signatures_alike(small_ranks, small_query):
    """Why one vote each: with lists of equal length the mean-rank scores are one method under four names."""
    query = GeneQuery("equal", small_query.up, small_query.down[:20])
    table = score_concordance(small_ranks, query, scores=["auc", "singscore", "zhang"])
    agreement = table[["z_sum", "auc", "singscore", "zhang"]].corr(method="spearman")
    assert agreement.loc["z_sum", ["auc", "singscore"]].min() > 1 - 1e-12
    assert agreement.loc["z_sum", "zhang"] > 0.99
