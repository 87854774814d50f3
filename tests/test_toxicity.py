"""Toxicity: five genes on paper, the gene lists, laws, the planted look-alike, and real queries."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.genes.matching import rows_of
from lincs_interp.io.sample import load_sample, sample_path
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance
from lincs_interp.scoring.toxicity import FEWEST_TOXIC_GENES, TOXIC_SHARE, GeneGroup, toxic_genes, toxicity_share

LISTED = {gene: group.toxic_end for group in toxic_genes().values() for gene in group.genes}


def contributions_of(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["gene", "percentile", "contribution"])


class TestByHand:
    # A mimicker: the sum is 3 + 2 + 4 + 1 - 2 + 1 = +9, and 3 + 2 + 4 + 1 + 1 = 11 is towards it.
    # Of this MKI67 (cell cycle, down) and HMOX1 (stress, up) contribute 3 + 2. CCNB1 is up and HSPA1A down: not toxic.
    # PLK1 is down but contributes against the call.
    PAPER = contributions_of(
        ("MKI67", 4, 3), ("HMOX1", 98, 2), ("FKBP5", 99, 4), ("CCNB1", 90, 1), ("PLK1", 30, -2), ("HSPA1A", 20, 1)
    )  # fmt: skip

    def test_share(self):
        found = toxicity_share(self.PAPER)
        assert found.share == pytest.approx(5 / 11)
        assert found.share_of_query == pytest.approx(5 / 6)  # all but FKBP5
        assert found.n_genes == 2
        assert found.sentence == (
            "45 % of what contributes to the call comes from 2 genes that dying or arrested cells move whatever the"
            " drug (cell cycle down, stress up: MKI67, HMOX1); genes of these responses are 83 % of your query."
        )

    def test_groups(self):
        groups = toxicity_share(self.PAPER).groups
        assert groups.index.tolist() == list(toxic_genes())
        assert groups.index.name == "group"
        assert groups.columns.tolist() == ["toxic_end", "n_in_query", "n_contributing", "share", "genes"]
        assert groups.loc["mitosis"].tolist() == ["down", 3, 1, pytest.approx(3 / 11), "MKI67"]
        assert groups.loc["oxidative stress"].tolist() == ["up", 1, 1, pytest.approx(2 / 11), "HMOX1"]
        assert groups.loc["heat shock"].tolist() == ["up", 1, 0, 0.0, ""]
        assert groups["share"].sum() == pytest.approx(toxicity_share(self.PAPER).share)

    def test_a_reverser_is_judged_by_what_contributes_to_reversal(self):
        table = self.PAPER.assign(contribution=-self.PAPER["contribution"])
        assert toxicity_share(table).share == pytest.approx(5 / 11)
        # The sum is now -9 + 20 = +11: MKI67 and HMOX1 contribute against it, PLK1 to it.
        table = pd.concat([table, contributions_of(("XIST", 80, 20))])
        assert toxicity_share(table).share == pytest.approx(2 / 22)

    def test_the_largest_contribution_comes_first(self):
        table = contributions_of(("PLK1", 10, 1), ("MKI67", 10, 3), ("CDK1", 10, 2))
        assert toxicity_share(table).groups.loc["mitosis", "genes"] == "MKI67, CDK1, PLK1"

    def test_threshold(self):
        three = [("MKI67", 4, 1), ("HMOX1", 98, 1), ("PLK1", 5, 1)]
        assert toxicity_share(contributions_of(*three, ("FKBP5", 99, 9))).share == TOXIC_SHARE
        assert toxicity_share(contributions_of(*three, ("FKBP5", 99, 9))).looks_toxic
        assert not toxicity_share(contributions_of(*three, ("FKBP5", 99, 9.1))).looks_toxic
        assert FEWEST_TOXIC_GENES == 3
        assert toxicity_share(contributions_of(*three[:2])).share == 1
        assert not toxicity_share(contributions_of(*three[:2])).looks_toxic


class TestGenes:
    def test_each_gene_is_in_one_group_in_order_with_a_source(self):
        genes = [gene for group in toxic_genes().values() for gene in group.genes]
        assert len(genes) == len(set(genes)) == 155
        for group in toxic_genes().values():
            assert list(group.genes) == sorted(group.genes)
            assert group.toxic_end in ("down", "up")
            assert "doi 10." in group.source

    def test_all_are_approved_symbols(self):
        from lincs_interp.genes._symbols import symbol_table

        assert set(LISTED) <= set(symbol_table().symbols)

    def test_cell_cycle_is_toxic_when_down_and_stress_when_up(self):
        ends = {name: group.toxic_end for name, group in toxic_genes().items()}
        assert [name for name, end in ends.items() if end == "down"] == ["DNA replication", "mitosis"]

    def test_they_are_the_core_genes_of_these_pathways_in_the_sample(self):
        table = pd.read_csv(sample_path("genes.tsv"), sep="\t", index_col=0)
        core = table[(table["core"] == 1) & table["pathway"].isin(["stress", "proliferation"])]
        for pathway, end in (("stress", "up"), ("proliferation", "down")):
            listed = [gene for gene in core.index[core["pathway"] == pathway] if gene in LISTED]
            assert len(listed) >= 15
            assert {LISTED[gene] for gene in listed} == {end}

    def test_another_spelling_in_the_matrix_is_the_same_gene(self):
        # MKI67 in mouse case, and HSPB1 by its alias.
        table = contributions_of(("Mki67", 4, 1), ("HSP27", 98, 1), ("FKBP5", 99, 2))
        assert toxicity_share(table).share == pytest.approx(0.5)

    def test_a_gene_that_no_list_names_is_not_counted(self):
        assert (
            rows_of(RankMatrix.from_frame(pd.DataFrame({"S": [1, 2]}, ["XIST", "FKBP5"])), list(LISTED)) == [-1] * 155
        )
        assert toxicity_share(contributions_of(("XIST", 1, 3), ("FKBP5", 99, 3))).share == 0

    def test_a_group_is_a_plain_record(self):
        assert GeneGroup("up", "source", ("A",)).toxic_end == "up"
        with pytest.raises(TypeError):
            toxic_genes()["mine"] = GeneGroup("up", "", ())


@st.composite
def any_contributions(draw) -> pd.DataFrame:
    names = draw(
        st.lists(st.sampled_from([*sorted(LISTED)[:40], "FKBP5", "XIST", "TTN", "ALB"]), unique=True, min_size=1)
    )
    numbers = st.floats(-5, 5, allow_nan=False)
    return contributions_of(*[(gene, draw(st.floats(0.1, 99.9)), draw(numbers)) for gene in names])


class TestLaws:
    @given(table=any_contributions())
    def test_a_naive_loop(self, table):
        call = 1 if table["contribution"].sum() >= 0 else -1
        all_of_it = toxic = 0.0
        for row in table.itertuples():
            if row.contribution * call > 0:
                all_of_it += abs(row.contribution)
                end = "down" if row.percentile < 50 else "up"
                toxic += abs(row.contribution) * (LISTED.get(row.gene) == end)
        found = toxicity_share(table).share
        assert np.isnan(found) if all_of_it == 0 else found == pytest.approx(toxic / all_of_it)

    @given(table=any_contributions(), factor=st.floats(0.5, 20), seed=st.integers(0, 99))
    def test_neither_order_nor_scale_nor_a_gene_without_rank_matters(self, table, factor, seed):
        table = table.assign(contribution=table["contribution"].round(3))
        mixed = table.sample(frac=1, random_state=seed)
        mixed = mixed.assign(contribution=mixed["contribution"] * factor)
        without_rank = pd.concat([mixed, contributions_of(("CDK1", np.nan, np.nan))])
        shares = [toxicity_share(one).share for one in (table, mixed, without_rank)]
        if abs(table["contribution"].sum()) > 1e-9:  # at a sum of zero, rounding decides what the call is
            np.testing.assert_allclose(shares, shares[0])

    @given(table=any_contributions())
    def test_the_share_is_between_0_and_1_and_the_groups_add_up_to_it(self, table):
        found = toxicity_share(table)
        if not np.isnan(found.share):
            assert 0 <= found.share <= 1 + 1e-12
            assert found.groups["share"].sum() == pytest.approx(found.share)
        assert found.groups["n_contributing"].sum() == found.n_genes
        assert 0 <= found.share_of_query <= 1

    def test_the_input_is_not_touched(self):
        table = TestByHand.PAPER.copy()
        toxicity_share(table)
        pd.testing.assert_frame_equal(table, TestByHand.PAPER)


class TestNothingThere:
    @pytest.mark.parametrize(
        "table", [contributions_of(), contributions_of(("MKI67", np.nan, np.nan)), contributions_of(("MKI67", 50, 0.0))]
    )
    def test_no_call_no_share(self, table):
        found = toxicity_share(table)
        assert np.isnan(found.share)
        assert found.groups["share"].isna().all()
        assert not found.looks_toxic
        assert found.sentence == (
            "No gene contributes to a call, so no share of cell-cycle or stress genes can be given."
        )

    def test_a_gene_without_percentile_contributes_nothing(self):
        # Neither a gene of no group nor one of a group counts without a percentile: MKI67 alone does, 1 of 6.
        table = contributions_of(("FKBP5", np.nan, 3), ("PLK1", np.nan, 2), ("MKI67", 4, 1))
        found = toxicity_share(table)
        assert (found.share, found.n_genes) == (pytest.approx(1 / 6), 1)
        assert found.groups["share"].sum() == pytest.approx(found.share)
        assert toxicity_share(table.assign(percentile=np.nan)).share == 0

    def test_no_such_gene(self):
        assert toxicity_share(contributions_of(("FKBP5", 99, 3), ("MKI67", 99, 3))).sentence == (
            "Cell-cycle genes that are down and stress genes that are up contribute nothing to the call."
        )

    @pytest.mark.parametrize("wrong", [None, [1], pd.DataFrame({"gene": ["A"], "rank": [1]})])
    def test_no_table_of_contributions(self, wrong):
        with pytest.raises(LincsInterpError) as caught:
            toxicity_share(wrong)
        assert caught.value.argument == "contributions"
        assert caught.value.value is wrong
        assert "gene, percentile, contribution" in caught.value.remedy


def test_of_the_sample_the_look_alike_and_nothing_else():
    sample = load_sample()
    found = {s: toxicity_share(explain_concordance(sample.ranks, sample.query, s)) for s in sample.ranks.frame}
    toxic = pd.Series({s: one.looks_toxic for s, one in found.items()})
    share = pd.Series({s: one.share for s, one in found.items()})
    planted = sample.truth["planted"].reindex(share.index)
    assert planted[toxic].tolist() == ["cytotoxic look-alike"]
    assert share[~toxic].max() < 0.2
    assert share[planted == "strong mimicker"].max() < 0.13
    # The reversers of the query raise proliferation and lower stress: nothing toxic in that.
    assert (share[planted.isin(["strong reverser", "weak reverser"])] == 0).all()


@pytest.fixture(scope="module")
def landmark(real_data):
    metadata = pd.read_csv(real_data / "real" / "signature_metadata.tsv", sep="\t", keep_default_na=False)
    table = pd.read_csv(real_data / "real" / "landmark_978x1080.ranks.tsv.gz", sep="\t", index_col=0)
    return RankMatrix.from_frame(table, signatures=metadata.drop_duplicates("local_id").set_index("local_id"))


def clear_hits(landmark: RankMatrix, folder, name: str, subset: str) -> pd.DataFrame:
    """Which clear hits of one query on one plate look toxic."""
    sides = [folder / "real" / "queries" / f"{name}_{side}.txt" for side in ("up", "down")]
    query = GeneQuery(name, *[path.read_text().split() if path.exists() else [] for path in sides])
    ranks = landmark.select(signatures=f'subset == "{subset}"')
    scores = score_concordance(ranks, query, overlap="drop")
    hits = scores[scores["call"].isin(["mimicker", "reverser"]) & (scores["p_sum"] < 1e-3)]
    found = [toxicity_share(explain_concordance(ranks, query, s, overlap="drop")) for s in hits.index]
    return hits.assign(toxic=[one.looks_toxic for one in found])


@pytest.mark.real
class TestReal:
    def test_growth_reversed_is_named_growth_mimicked_is_not(self, landmark, real_data):
        table = clear_hits(landmark, real_data, "estrogen_dutertre2010_24h", "ljp005_a375")
        by_call = table.groupby("call")["toxic"].mean()
        assert by_call["reverser"] > 0.85
        assert by_call["mimicker"] == 0

    @pytest.mark.parametrize(
        ("query", "subset", "low", "high"),
        [
            ("proteasome_cmap02_consensus", "ljp005_a375", 0.9, 1),
            ("hsp90_cmap02_consensus", "cpc006_a375", 0.7, 1),
            ("mitosis_whitfield2002_g2m", "ljp005_a375", 0.9, 1),
            ("mapk_mek_inhibitor_ljp005_a375", "cpc006_a375", 0, 0),
            ("rapamycin_peng2002", "ljp005_a375", 0, 0),
            ("egf_nagashima2007", "cpc006_a375", 0, 0),
            ("tnf_phong2010", "cpc006_a375", 0, 0),
        ],
    )
    def test_how_many_hits_it_names(self, landmark, real_data, query, subset, low, high):
        table = clear_hits(landmark, real_data, query, subset)
        assert len(table) >= 5
        assert low <= table["toxic"].mean() <= high
