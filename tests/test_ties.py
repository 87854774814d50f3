"""Signatures with many ties: mid-ranks and the smaller variance by hand and by law, the site's formula for few."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

import lincs_interp as li
from lincs_interp.core._ties import MOST_TIED, tie_edges
from lincs_interp.core.calls import spread_of_z_sum
from lincs_interp.scoring.scores import SCORES

GENES = [f"G{i:04d}" for i in range(2_000)]
OF_LISTS = [name for name, record in SCORES.items() if "needs_values" not in record.marks]


def zeros(share, place, *, genes=GENES, n=3, seed=0):
    """Values of which a share is equal: the lowest, the middle or the highest of all."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((len(genes), n))
    values = {"low": np.abs(values), "middle": values, "high": -np.abs(values)}[place]
    values[rng.random(values.shape) < share] = 0
    return pd.DataFrame(values, index=genes, columns=[f"S{i}" for i in range(n)])


def queries(genes=GENES, n=80, seed=1):
    rng = np.random.default_rng(seed)
    one, two = rng.permutation(genes)[: 2 * n].reshape(2, -1)
    return [li.GeneQuery("up", one), li.GeneQuery("down", [], one), li.GeneQuery("both", one, two)]


def in_matrix(frame, rule="max", **of_matrix):
    return li.RankMatrix.from_frame(frame.rank(method=rule), **of_matrix)


@pytest.mark.parametrize("place", ["low", "middle", "high"])
@pytest.mark.parametrize("share", [0, 0.3, 0.5, 0.7, 0.9])
def test_random_genes_agree_with_nothing(share, place):
    """No score leans towards one end, whichever rank of the tie is in the file."""
    frame = zeros(share, place, n=40)
    for ranks in (li.rank_coefficients(frame), *(in_matrix(frame, rule, n_genes=2_000) for rule in ("min", "dense"))):
        for query in queries():
            table = li.score_concordance(ranks, query, scores=OF_LISTS)
            assert table["z_sum"].abs().max() < 4
            assert ((table["auc_up"].fillna(0.5) - 0.5).abs() < 0.2).all()
            away = table[OF_LISTS].mean() / table[OF_LISTS].std() * np.sqrt(len(table))
            assert away.abs().max() < 4, away


@pytest.mark.parametrize("rule", ["max", "min"])
@pytest.mark.parametrize("share", [0.02, 0.7])
def test_mann_whitney_with_ties(rule, share):
    frame = zeros(share, "middle", seed=3)
    one, two = queries()[2].up, queries()[2].down
    table = li.score_concordance(in_matrix(frame, rule), queries()[2])
    for name, values in frame.items():
        for side, genes, sign in (("up", one, 1), ("down", two, -1)):
            theirs = mannwhitneyu(
                values[list(genes)], values.drop(list(genes)), use_continuity=False, method="asymptotic"
            )
            assert table.at[name, f"p_{side}"] == pytest.approx(theirs.pvalue, rel=1e-10)
            assert table.at[name, f"auc_{side}"] == pytest.approx(theirs.statistic / (80 * 1920), rel=1e-12)
            assert np.sign(table.at[name, f"z_{side}"]) == sign * np.sign(table.at[name, f"auc_{side}"] - 0.5)


def test_by_hand():
    """A < B = C = D < E: mid-ranks 1, 3, 3, 3, 5; their variance is 2 where 1 to 5 have 2.5, over N - 1."""
    ranks = li.rank_coefficients(pd.Series([-1.0, 0, 0, 0, 1], index=list("ABCDE"), name="S"))
    assert ranks.frame["S"].tolist() == [1, 4, 4, 4, 5]
    assert ranks.percentiles()["S"].tolist() == li.to_percentile(ranks)["S"].tolist() == [10, 50, 50, 50, 90]
    row = li.score_concordance(ranks, li.GeneQuery("q", ["E", "D"], ["A"])).iloc[0]
    assert row["z_up"] == pytest.approx((8 - 6) / np.sqrt(2 * 3 / 5 * 2))
    assert row["z_down"] == pytest.approx(2 / np.sqrt(4 / 5 * 2))
    assert (row["auc_up"], row["auc_down"]) == (5 / 6, 0)
    site = li.sigcom.reproduce_scores(ranks, li.GeneQuery("q", ["E", "D"], ["A"])).iloc[0]
    assert site["z-up"] == pytest.approx((9 - 6) / np.sqrt(2 * 3 * 6 / 12))


def test_spread_of_z_sum_over_all_draws():
    ranks = li.rank_coefficients(pd.Series([-2.0, -1, 0, 0, 0, 0, 3, 3], index=list("ABCDEFGH"), name="S"))
    z = []
    for up in combinations("ABCDEFGH", 2):
        for down in combinations(sorted(set("ABCDEFGH") - set(up)), 3):
            z.append(li.score_concordance(ranks, li.GeneQuery("q", up, down))[["z_up", "z_down", "z_sum"]].iloc[0])
    assert np.mean(z, axis=0) == pytest.approx(0, abs=1e-12)
    assert np.std(z, axis=0) == pytest.approx([1, 1, spread_of_z_sum(2, 3, 8)])


def average_over_orders(values, score):
    """The mean of a score over all orders of the tied genes."""
    groups = [np.flatnonzero(values == value) for value in np.unique(values)]
    orders = [[]]
    for group in groups:
        orders = [start + list(more) for start in orders for more in permutations(group)]
    return np.mean([score(np.argsort(order) + 1) for order in orders], axis=0)


@pytest.mark.parametrize(
    "values", [[0, 0, 0, 1, 2, 3, 4], [0, 1, 1, 1, 1, 2, 3], [0, 1, 2, 2, 3, 3, 3], [0, 0, 1, 1, 1, 2, 2]]
)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_extremes_are_the_average_over_all_orders(values, k):
    genes, up = list("ABCDEFG"), [0, 2, 5]
    ranks = li.rank_coefficients(pd.Series(values, index=genes, name="S", dtype=float))
    query = li.GeneQuery("q", [genes[row] for row in up])
    row = li.score_concordance(ranks, query, scores=[f"xsum({k})", f"overlap({k})"]).iloc[0]

    def at_the_ends(r):
        low, high = r[up] <= k, r[up] > 7 - k
        return ((r[up] - 4) * (low | high)).sum(), (high.sum() - low.sum()) / 3

    assert row[[f"xsum({k})", f"overlap({k})"]].tolist() == pytest.approx(
        average_over_orders(np.array(values), at_the_ends).tolist()
    )


def test_a_whole_tie_in_the_list_scores_as_in_any_order():
    """Where all tied genes are in one list their order does not matter, so running sums are those without a tie."""
    values = pd.Series([1.0, 2, 3, 3, 3, 3, 7, 8, 9, 10, 11, 12], index=list("ABCDEFGHIJKL"), name="S")
    query, names = li.GeneQuery("q", list("CDEFK"), ["B", "L"]), ["wtcs", "rges", "zhang", "z_sum"]
    tied, broken = (
        li.score_concordance(li.rank_coefficients(v), query, scores=names) for v in (values, values.cumsum())
    )
    same = ["wtcs", "rges", "zhang", "auc_up", "auc_down"]
    assert tied[same].iloc[0].tolist() == pytest.approx(broken[same].iloc[0].tolist())


@pytest.mark.parametrize("place", ["low", "middle", "high"])
def test_turned_round_and_lists_swapped(place):
    ranks, query = li.rank_coefficients(zeros(0.6, place)), queries()[2]
    turned = li.RankMatrix.from_frame(ranks.frame, rank_one="up")
    swapped = li.GeneQuery("swapped", query.down, query.up)
    table = li.score_concordance(ranks, query, scores=OF_LISTS).sort_index()
    for other, names in ((swapped, OF_LISTS), (turned, [name for name in OF_LISTS if name not in ("cmap_ks", "rges")])):
        matrix, one = (ranks, other) if isinstance(other, li.GeneQuery) else (other, query)  # ks has no mirror: 1/N
        theirs = li.score_concordance(matrix, one, scores=OF_LISTS).sort_index()
        np.testing.assert_allclose(theirs[names], -table[names], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(turned.percentiles(), 100 - ranks.percentiles(), rtol=1e-12)
    assert ranks.percentiles().mean().tolist() == pytest.approx([50] * 3)


def test_contributions_add_up_and_leaving_one_out_is_exact():
    ranks, query = li.rank_coefficients(zeros(0.7, "low")), queries(n=12)[2]
    scores = li.score_concordance(ranks, query)
    genes = li.explain_concordance(ranks, query, "S1")
    assert genes["contribution"].sum() == pytest.approx(scores.at["S1", "z_sum"], abs=1e-12)
    assert genes["rank"].tolist() == ranks.frame.loc[genes["gene"], "S1"].tolist()
    assert genes["percentile"].tolist() == ranks.percentiles().loc[genes["gene"], "S1"].tolist()
    found = li.stats.leave_one_out(ranks, query, "S1", n_resamples=50).genes
    for _, row in found.iterrows():
        shorter = li.GeneQuery(
            "q", [g for g in query.up if g != row["gene"]], [g for g in query.down if g != row["gene"]]
        )
        rest = li.score_concordance(ranks, shorter).loc["S1"]
        assert (row["z_sum_without"], row["call_without"]) == (pytest.approx(rest["z_sum"]), rest["call"])


def test_up_to_one_per_cent_the_sites_formula_to_the_last_bit():
    frame, query = zeros(0, "middle", n=2), queries()[2]
    for n_tied, same in ((20, True), (21, False)):  # of 2,000 genes
        frame.iloc[:n_tied, 0] = 9.0
        ranks = li.rank_coefficients(frame)
        assert ranks.tie_shares.tolist() == [[n_tied / 2_000, 0]] * 2
        site = li.sigcom.reproduce_scores(ranks, query).set_index("uuid")
        ours = li.score_concordance(ranks, query)
        assert ours.at["S1", "z_sum"] == site.at["S1", "z-sum"]
        assert bool(ours.at["S0", "z_sum"] == site.at["S0", "z-sum"]) is same
        assert (ranks._scoring.values.dtype.kind == "i") is same
    assert MOST_TIED == 0.01


@pytest.mark.parametrize(("sign", "rule", "auc"), [(1, "max", 1), (-1, "min", 0)])
def test_few_ties_at_an_end_leave_auc_within_its_bounds(sign, rule, auc):
    frame = zeros(0, "middle", n=1)
    frame.iloc[:20] = 9.0 * sign
    scores = ["auc", "singscore"]
    row = li.score_concordance(in_matrix(frame, rule), li.GeneQuery("q", GENES[:20]), scores=scores).iloc[0]
    assert row[["auc_up", "concordance", *scores]].tolist() == [auc, 2 * auc - 1, 2 * auc - 1, auc - 0.5]


def test_a_part_of_the_table_scores_like_the_whole(tmp_path):
    ranks, query = li.rank_coefficients(zeros(0.7, "low")), queries(n=20)[2]
    scores = li.score_concordance(ranks, query, scores=["wtcs", "xsum"])
    some = ranks.select(genes=[*query.up, *query.down], signatures=["S2", "S0"])
    fdr = ["fdr_up", "fdr_down", "fdr_sum"]
    theirs = li.score_concordance(some, query, scores=["wtcs", "xsum"])
    pd.testing.assert_frame_equal(theirs.drop(columns=fdr), scores.loc[theirs.index].drop(columns=fdr))
    again = li.read_ranks(li.write_ranks(ranks.rename(genes={"G0000": "MYC"}), tmp_path / "ranks.tsv"))
    pd.testing.assert_frame_equal(li.score_concordance(again, query, scores=["wtcs", "xsum"]), scores)


def test_some_of_the_ranked_genes_show_how_far_a_tie_reaches():
    """Half of the tied genes are not in the table: the tie goes down to the next rank that is."""
    for place in ("low", "middle", "high"):
        whole = li.rank_coefficients(zeros(0.7, place, n=20))
        for frame in (whole.frame, 2_001 - whole.frame):
            part = li.RankMatrix.from_frame(frame.iloc[::2], n_genes=2_000)
            table = li.score_concordance(part, queries(list(part.genes))[2])
            assert table["z_sum"].abs().max() < 5
            assert table[["z_up", "z_down"]].abs().max().max() < 4


@pytest.mark.parametrize(
    ("ranks", "first", "last"),
    [
        ([1, 4, 4, 4, 5], [1, 2, 2, 2, 5], [1, 4, 4, 4, 5]),  # highest rank of the tie
        ([1, 2, 2, 2, 5], [1, 2, 2, 2, 5], [1, 4, 4, 4, 5]),  # lowest
        ([1, 3, 3, 3, 5], [1, 2, 2, 2, 5], [1, 4, 4, 4, 5]),  # middle
        ([5, 5, 5, 5, 5], [1] * 5, [5] * 5),
        ([1, 1, 1, 4, 5], [1, 1, 1, 4, 5], [3, 3, 3, 4, 5]),
        ([1, 1, 2, 2, 2], [1, 1, 3, 3, 3], [2, 2, 5, 5, 5]),  # no place left free between them
        ([0, 1, 5, 5, 5], [0, 1, 2, 2, 2], [0, 1, 5, 5, 5]),  # a missing rank: the room decides
        ([0, 2, 3, 3, 4], [0, 2, 3, 3, 4], [0, 2, 3, 3, 4]),  # neither side has room for two
    ],
)
def test_where_a_tie_begins_and_ends(ranks, first, last):
    edges = tie_edges(np.array(ranks), 5)
    assert [edge[ranks].tolist() for edge in edges] == [first, last]


def test_it_is_said_at_the_top_of_every_page(tmp_path):
    ranks, query = li.rank_coefficients(zeros(0.7, "middle")), queries()[2]
    said = "Heavy ties: in 3 of 3 signatures 69 % to 71 % of the genes share one rank"
    clean = li.rank_coefficients(zeros(0, "middle"))
    assert ranks.about_ties.startswith(f"{said}. Scores and percentiles take the middle")
    short = li.rank_coefficients(zeros(0, "middle").round(2))  # two decimals: many ties of a few genes
    assert (short.tie_shares[0] > 0.5).all()
    assert clean.about_ties == short.about_ties == ""
    assert ranks._repr_html_().index(said) < ranks._repr_html_().index("<table")
    reading = li.interpret(ranks, query)
    pages = {
        "warnings": " ".join(warning.sentence for warning in reading.warnings if warning.code == "W14"),
        "interpretation": reading._repr_html_(),
        "signature": reading.signature("S0")._repr_html_(),
        "gene": reading.gene("G0001")._repr_html_(),
        "report": li.write_report(reading, tmp_path) and (tmp_path / "report.html").read_text("utf-8"),
        "explorer": li.explore(reading).static_html(),
        "explorer of ranks": li.explore(ranks).static_html(),
    }
    assert [name for name, text in pages.items() if text.count(said) < 1] == []
    assert pages["report"].index(said) < pages["report"].index("In short")
    assert pages["interpretation"].count(said) == 1
    background = li.interpret(clean, query, background=ranks)
    assert [w.sentence[:23] for w in background.warnings if w.code == "W14"] == ["Background: Heavy ties:"]


@pytest.mark.parametrize(
    ("rank", "places", "percentile", "direction", "words"),
    [
        (9, (2, 9), 50, "middle", "1 gene is ranked lower and 1 higher, 7 level with it. It is in the middle half"),
        (4, (1, 4), 20, "down", "0 genes are ranked lower and 6 higher, 3 level with it. It is among the lowest 40 %"),
        (7, (7, 10), 80, "up", "6 genes are ranked lower and 0 higher, 3 level with it. It is among the highest 40 %"),
        (2, None, 15, "down", "1 gene is ranked lower and 8 higher. It is among the lowest 20 %"),
    ],
)
def test_one_tied_rank_in_words(rank, places, percentile, direction, words):
    reading = li.explain_rank(rank, n_genes=10, places=places)
    assert (reading.percentile, reading.direction) == (percentile, direction)
    assert words in reading.sentence


def test_places_that_do_not_hold_the_rank():
    with pytest.raises(li.LincsInterpError) as error:
        li.explain_rank(5, n_genes=10, places=(6, 9))
    assert (error.value.argument, error.value.value) == ("places", (6, 9))
