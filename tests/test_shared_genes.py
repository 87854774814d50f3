"""Genes that the best hits share: by hand, by twin, on the sample, and refusals."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample, sample_path
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance, shared_genes

COLUMNS = [
    "gene", "side", "n_mimickers", "of_mimickers", "mimicker_contribution", "n_reversers", "of_reversers",
    "reverser_contribution", "landmark", "baseline",
]  # fmt: skip


def small_world() -> RankMatrix:
    """30 genes, g29 the highest: two doses of one mimicker, another one that has g28 low, and a reverser."""
    up = np.arange(1, 31)
    other = up.copy()
    other[[28, 8]] = 9, 29
    frame = pd.DataFrame(
        {
            "P_A549_24H_A01_one_1uM": up,
            "P_A549_24H_A02_one_2uM": up,
            "P_A549_24H_A03_two_1uM": other,
            "odd id": 31 - up,
        },
        index=[f"g{i}" for i in range(30)],
    )
    return RankMatrix.from_frame(frame)


QUERY = GeneQuery("q", ["g29", "g28", "g27", "g26"], ["g0", "g1", "g2", "g3"])


def test_thirty_genes_on_paper():
    table = shared_genes(small_world(), QUERY)
    assert list(table.columns) == COLUMNS
    genes = table.set_index("gene")
    # One dose of "one", and "two": of g28 the second says the opposite.
    assert (genes["of_mimickers"] == 2).all()
    assert genes["n_mimickers"].drop("g28").eq(2).all()
    assert genes.loc["g28", "n_mimickers"] == 1
    assert (genes["of_reversers"] == 1).all()
    assert (genes["n_reversers"] == 1).all()
    # sigma = sqrt(4 * 26 * 31 / 12); g28 has c = 13.5 in one mimicker, -6.5 in the other, -13.5 in the reverser.
    sigma = (4 * 26 * 31 / 12) ** 0.5
    assert genes.loc["g28", "mimicker_contribution"] == pytest.approx((13.5 - 6.5) / 2 / sigma)
    assert genes.loc["g28", "reverser_contribution"] == pytest.approx(-13.5 / sigma)
    assert genes.loc["g0", "mimicker_contribution"] == pytest.approx(14.5 / sigma)
    assert set(table["gene"].iloc[:2]) == {"g29", "g0"}
    assert table["gene"].iloc[-1] == "g28"


def test_every_dose_counts_if_asked():
    genes = shared_genes(small_world(), QUERY, per_perturbagen=False).set_index("gene")
    assert (genes["of_mimickers"] == 3).all()
    assert genes.loc["g28", "n_mimickers"] == 2
    one = shared_genes(small_world(), QUERY, top=1)
    assert (one["of_mimickers"] == 1).all()


def test_signatures_of_unknown_perturbagens_count_each():
    frame = small_world().frame
    frame = frame.set_axis(["odd 1", "odd 2", "odd 3", "odd 4"], axis=1)
    assert (shared_genes(RankMatrix.from_frame(frame), QUERY)["of_mimickers"] == 3).all()


def test_twin_gene_by_gene():
    sample = load_sample()
    table = shared_genes(sample.ranks, sample.query, top=4).set_index("gene")
    scores = score_concordance(sample.ranks, sample.query)
    for call, end, ordered in (("mimicker", 1, scores), ("reverser", -1, scores[::-1])):
        hits, seen = [], set()
        for signature in ordered.index[ordered["call"] == call]:
            name = sample.ranks.signatures.at[signature, "pert_name"]
            if name not in seen and len(hits) < 4:
                hits.append(explain_concordance(sample.ranks, sample.query, signature).set_index("gene"))
                seen.add(name)
        shares = pd.concat([hit["contribution"] for hit in hits], axis=1).loc[table.index]
        np.testing.assert_allclose(table[f"{call}_contribution"], shares.mean(axis=1))
        np.testing.assert_array_equal(table[f"n_{call}s"], (end * shares > 0).sum(axis=1))
        assert (table[f"of_{call}s"] == len(hits)).all()
    of_all = table["mimicker_contribution"] * table["of_mimickers"]
    assert (of_all - table["reverser_contribution"] * table["of_reversers"]).is_monotonic_decreasing


def test_by_selection_most_genes_speak_for_the_hits():
    sample = load_sample()
    table = shared_genes(sample.ranks, sample.query)
    assert (table["n_mimickers"] / table["of_mimickers"]).mean() > 0.6


def test_what_is_known_of_the_genes():
    sample = load_sample()
    table = shared_genes(
        sample.ranks, sample.query, gene_metadata=sample_path("genes.tsv"), baseline=gene_baseline(sample.background)
    )
    assert table[["landmark", "baseline"]].notna().all(axis=None)
    assert shared_genes(sample.ranks, sample.query)[["landmark", "baseline"]].isna().all(axis=None)


def test_no_hit_at_all():
    ranks = RankMatrix.from_frame(pd.DataFrame({"S": [3, 1, 4, 2]}, index=list("ABCD")))
    table = shared_genes(ranks, GeneQuery("q", ["A"], ["B"]))
    assert (table[["n_mimickers", "of_mimickers", "n_reversers", "of_reversers"]] == 0).all(axis=None)
    assert table[["mimicker_contribution", "reverser_contribution"]].isna().all(axis=None)


def test_missing_ranks_are_left_out_of_the_mean():
    frame = small_world().frame.astype(float)
    frame.loc["g29", frame.columns[2]] = np.nan
    genes = shared_genes(RankMatrix.from_frame(frame, n_genes=30), QUERY).set_index("gene")
    assert genes.loc["g29", "n_mimickers"] == 1
    assert genes.loc["g29", "mimicker_contribution"] == pytest.approx(14.5 / (4 * 26 * 31 / 12) ** 0.5)


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"top": 0}, "a whole number from 1"),
        ({"per_perturbagen": "yes"}, "True or False"),
        (
            {"baseline": pd.DataFrame({"share_extreme": [55.0]}, index=["G000"])},
            "gene_baseline(background)",
        ),
    ],
)
def test_refusals(small_ranks, small_query, options, remedy):
    with pytest.raises(LincsInterpError) as raised:
        shared_genes(small_ranks, small_query, **options)
    assert raised.value.argument in options
    assert remedy in raised.value.remedy
