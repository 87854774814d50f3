"""Enrichment of mechanisms: five perturbagens on paper, R's wilcox.test, scipy, a null simulation, known classes."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, mannwhitneyu

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.perturbagens.annotations import MEMBERS_NAMED, enrich_annotations
from lincs_interp.scoring.concordance import score_concordance


def scored(scores: dict[str, float | list[float]], **metadata: dict[str, str]) -> tuple[pd.DataFrame, RankMatrix]:
    """A score table and its matrix; a list holds the scores of several signatures of one perturbagen."""
    rows = [(name, float(z)) for name, all_z in scores.items() for z in np.atleast_1d(all_z)]
    ids = [f"s{i}" for i in range(len(rows))]
    table = pd.DataFrame({"pert_name": [name for name, _ in rows]}, index=ids)
    for column, values in metadata.items():
        table[column] = table["pert_name"].map(values).fillna("")
    ranks = RankMatrix.from_frame(pd.DataFrame({i: [1, 2] for i in ids}, index=["A", "B"]), signatures=table)
    # Best first, as score_concordance gives them: not the order of the matrix.
    return pd.DataFrame({"z_sum": [z for _, z in rows]}, index=ids).sort_values("z_sum", ascending=False), ranks


FIVE = {"a": 5, "b": 4, "c": 3, "d": 2, "e": -1}


class TestByHand:
    # Of five perturbagens a, b and d have the term: of the 3 x 2 pairs with c and e they win a-c, a-e, b-c, b-e, d-e,
    # five of six. P(at least five wins): among the 10 ways to choose three of five, {a,b,c} wins 6 and {a,b,d} 5 pairs,
    # so p = 2 x 2/10.
    def test_five_perturbagens(self):
        found = enrich_annotations(*scored(FIVE), {"a": "x", "b": "x", "d": "x", "c": "y", "e": "y"})
        assert found.index.tolist() == ["x"]
        assert found.index.name == "term"
        assert found.columns.tolist() == (
            [
                "n",
                "n_others",
                "n_signatures",
                "auc",
                "median_score",
                "median_rank",
                "p",
                "fdr",
                "n_terms",
                "n_unannotated",
                "members",
            ]
        )
        row = found.loc["x"]
        assert (row["n"], row["n_others"], row["n_signatures"]) == (3, 2, 3)
        assert row["auc"] == pytest.approx(5 / 6)
        assert row["p"] == pytest.approx(0.4)
        assert (row["median_score"], row["median_rank"]) == (4, 2)
        assert (row["n_terms"], row["n_unannotated"]) == (1, 0)
        assert row["members"] == "a, b, d"

    def test_direction(self):
        known = {"a": "x", "b": "x", "d": "x", "c": "y", "e": "y"}
        p = {d: enrich_annotations(*scored(FIVE), known, direction=d)["p"].item() for d in ("mimicker", "reverser")}
        assert p == {"mimicker": pytest.approx(0.2), "reverser": pytest.approx(0.9)}

    def test_ten_wells_are_one_witness(self):
        many = FIVE | {"a": [5, 50, 4], "e": [-1, -1, -1, 60]}  # medians 5 and -1
        known = {"a": "x", "b": "x", "d": "x", "c": "y", "e": "y"}
        one, other = (enrich_annotations(*scored(s), known) for s in (FIVE, many))
        assert other["n_signatures"].item() == 5
        pd.testing.assert_frame_equal(one.drop(columns="n_signatures"), other.drop(columns="n_signatures"))

    def test_ties(self):
        # x has 3 and 1, the others 3, 2 and 0: 0.5 + 1 + 1 + 0 + 0 + 1 of six pairs.
        scores = {"a": 3, "b": 1, "c": 3, "d": 2, "e": 0}
        known = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z"}
        found = enrich_annotations(*scored(scores), known, min_size=2)
        assert found.loc["x", "auc"] == pytest.approx(3.5 / 6)
        assert found.loc["x", "median_rank"] == pytest.approx((1.5 + 4) / 2)
        # No two scores may be equal for the exact p: R gives wilcox.test(c(3,1), c(3,2,0))$p.value = 1
        assert found.loc["x", "p"] == pytest.approx(1)

    def test_members_begin_with_the_loudest_and_are_cut(self):
        scores = {f"m{i:02d}": -10 - i for i in range(12)} | {"a": 1, "b": 2, "c": 3}
        known = {name: "low" if name[0] == "m" else "high" for name in scores}
        found = enrich_annotations(*scored(scores), known)
        assert found.loc["low", "auc"] == 0
        assert found.loc["low", "members"] == "m11, m10, m09, m08, m07, m06, m05, m04 and 4 more"
        assert found.loc["high", "members"] == "c, b, a"
        assert MEMBERS_NAMED == 8


class TestFromOutside:
    def test_wilcox_test_of_R(self, answers):
        # R: wilcox.test(column[1:20], column[21:300]), exact = TRUE, and exact = FALSE with and without correct = TRUE.
        # Genes stand for perturbagens here, and the 20 up genes for the term.
        table = pd.read_csv(answers / "small_matrix" / "small_ranks_300x16.tsv", sep="\t", index_col=0)
        peers = pd.read_csv(answers / "small_matrix" / "scores_from_R.csv", index_col=0)
        known = {gene: "up" if i < 20 else "rest" for i, gene in enumerate(table.index)}
        for name in ("S00", "S01", "S07"):
            scores, ranks = scored(table[name].to_dict())
            row = enrich_annotations(scores, ranks, known).loc["up"]
            assert row["auc"] == pytest.approx(peers.loc[name, "AUC_up"], abs=1e-12)
            assert row["p"] == pytest.approx(peers.loc[name, "p_up_cc"], rel=1e-9)

    def test_exact_p_by_all_ways_to_choose(self):
        rng = np.random.default_rng(1)
        z = rng.normal(size=9)
        names = [f"p{i}" for i in range(9)]
        found = enrich_annotations(
            *scored(dict(zip(names, z, strict=True))), {n: "x" if i < 4 else "y" for i, n in enumerate(names)}
        )
        order = z.argsort().argsort()
        sums = np.array([sum(chosen) for chosen in itertools.combinations(range(9), 4)])
        own = order[:4].sum()
        tail = min((sums <= own).mean(), (sums >= own).mean())
        assert found.loc["x", "p"] == pytest.approx(min(1, 2 * tail))


class TestTwin:
    @settings(max_examples=25)
    @given(seed=st.integers(0, 10_000), tied=st.booleans())
    def test_scipy_one_term_at_a_time(self, seed, tied):
        rng = np.random.default_rng(seed)
        z = {
            f"p{i}": (rng.integers(-4, 5, 3).astype(float) if tied else rng.normal(size=2)).tolist() for i in range(30)
        }
        known = {name: list(rng.choice(["a", "b", "c", "d"], 2, replace=False)) for name in z}
        found = enrich_annotations(*scored(z), known)
        medians = {name: np.median(values) for name, values in z.items()}
        for term in found.index:
            has = [medians[name] for name in z if term in known[name]]
            others = [medians[name] for name in z if term not in known[name]]
            test = mannwhitneyu(has, others)
            wins = sum((a > b) + 0.5 * (a == b) for a in has for b in others)
            assert found.loc[term, "auc"] == pytest.approx(wins / (len(has) * len(others)))
            assert found.loc[term, "p"] == pytest.approx(test.pvalue)
            assert found.loc[term, "median_score"] == pytest.approx(np.median(has))
        p = found["p"].to_numpy()
        assert (np.diff(p) >= 0).all()
        by_hand = np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
        np.testing.assert_allclose(found["fdr"], np.minimum(by_hand, 1))

    def test_without_an_effect_p_is_uniform(self):
        rng = np.random.default_rng(3)
        p = []
        known = {f"p{i}": f"t{i % 6}" for i in range(90)}
        for _ in range(40):
            p.extend(enrich_annotations(*scored({name: rng.normal() for name in known}), known)["p"])
        assert len(p) == 240
        assert kstest(p, "uniform").pvalue > 0.01
        assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.03)

    @settings(max_examples=10)
    @given(seed=st.integers(0, 10_000))
    def test_turning_the_scores_round_turns_the_auc(self, seed):
        rng = np.random.default_rng(seed)
        z = {f"p{i}": rng.normal() for i in range(12)}
        known = {name: "ab"[i % 2] for i, name in enumerate(z)}
        there = enrich_annotations(*scored(z), known)
        back = enrich_annotations(*scored({name: -value for name, value in z.items()}), known)
        np.testing.assert_allclose(there["auc"].sort_index() + back["auc"].sort_index(), 1)
        np.testing.assert_allclose(there["p"].sort_index(), back["p"].sort_index())
        np.testing.assert_allclose(there["median_rank"].sort_index() + back["median_rank"].sort_index(), 13)


KNOWN = {
    "a": "HDAC inhibitor; Sirtuin activator",
    "B": "hdac inhibitor",
    "c": "MEK inhibitor|HDAC  inhibitor",
    "d": "X",
}


class TestAnnotation:
    @pytest.fixture
    def expected(self):
        return enrich_annotations(*scored(FIVE), KNOWN)

    def test_terms_are_split_and_case_and_blanks_make_no_difference(self, expected):
        assert expected.index.tolist() == ["HDAC inhibitor"]
        assert expected["members"].item() == "a, b, c"
        assert (expected["n_others"].item(), expected["n_unannotated"].item()) == (1, 1)

    def test_every_kind_says_the_same(self, expected):
        lists = {name: text.replace("|", ";").split(";") for name, text in KNOWN.items()}
        table = pd.DataFrame({"name": list(KNOWN), "moa": list(KNOWN.values())})
        for given_ in (
            pd.Series(KNOWN),
            lists,
            {name: tuple(words) for name, words in lists.items()},
            table,
            table.set_index("name"),
            table.rename(columns={"name": "pert_name"}).assign(pert_id="BRD"),
            # A perturbagen may stand in several rows, a repeated term counts once.
            pd.concat([table, table]).rename(columns={"name": "compound"}),
        ):
            pd.testing.assert_frame_equal(enrich_annotations(*scored(FIVE), given_), expected)
        scores, ranks = scored(FIVE, moa=KNOWN | {"b": "hdac inhibitor"})
        pd.testing.assert_frame_equal(enrich_annotations(scores, ranks, "moa"), expected)

    def test_several_columns_complete_each_other(self):
        table = pd.DataFrame({"pert_name": list("abcd"), "moa": ["x", "x", "", "y"], "moa_clue": ["", "X", "x", ""]})
        found = enrich_annotations(*scored(FIVE), table, term=["moa", "moa_clue"])
        assert found.loc["x", "members"] == "a, b, c"
        with pytest.raises(LincsInterpError, match="no term to test"):
            enrich_annotations(*scored(FIVE), table)

    def test_the_column_of_names_that_knows_most_is_taken(self):
        table = pd.DataFrame({"pert_name": ["?"] * 4, "pert_id": ["A", "b", "c", "d"], "target": ["T"] * 3 + ["U"]})
        assert enrich_annotations(*scored(FIVE), table).loc["T", "n"] == 3

    @pytest.mark.parametrize("nothing", ["", None, np.nan, "NA", " ", "-666", pd.NA, [], ["", None], ";"])
    def test_an_empty_cell_is_no_annotation(self, nothing, expected):
        found = enrich_annotations(*scored(FIVE), KNOWN | {"e": nothing})
        pd.testing.assert_frame_equal(found, expected)

    def test_universe(self, expected):
        everybody = enrich_annotations(*scored(FIVE), KNOWN, universe="all")
        assert (everybody["n_others"].item(), everybody["n_unannotated"].item()) == (2, 1)
        assert expected["n_others"].item() == 1

    def test_min_size(self):
        known = {"a": "x", "b": "x", "c": "y", "d": "z"}
        assert enrich_annotations(*scored(FIVE), known, min_size=2).index.tolist() == ["x"]
        assert set(enrich_annotations(*scored(FIVE), known, min_size=1).index) == {"x", "y", "z"}

    def test_signatures_without_a_name_or_a_score_are_left_out(self, expected):
        scores, ranks = scored(FIVE | {"": 99})
        pd.testing.assert_frame_equal(enrich_annotations(scores, ranks, KNOWN), expected)
        scores, ranks = scored(FIVE | {"f": 99})
        scores.loc[scores["z_sum"] == 99, "z_sum"] = np.nan
        pd.testing.assert_frame_equal(enrich_annotations(scores, ranks, KNOWN), expected)

    def test_another_score_and_another_name(self):
        scores, ranks = scored(FIVE, drug={n: n for n in "abcde"})
        scores["z_cal"] = -scores["z_sum"]
        turned = enrich_annotations(scores, ranks, KNOWN, score="z_cal", by="drug")
        assert turned["auc"].item() == pytest.approx(1 - enrich_annotations(scores, ranks, KNOWN)["auc"].item())

    def test_hostile_names_are_cut_not_obeyed(self):
        long = "<script>" + "x" * 5_000
        found = enrich_annotations(*scored(FIVE), {"a": long, "b": long, "c": long, "d": "y"})
        assert found.index.tolist() == [long]
        scores, ranks = scored({long: 3, "b": 2, "c": 1, "d": 0})
        members = enrich_annotations(scores, ranks, {long: "x", "b": "x", "c": "x", "d": "y"}).loc["x", "members"]
        assert len(members) < 60

    def test_the_input_is_not_touched(self):
        scores, ranks = scored(FIVE)
        before, known = scores.copy(), dict(KNOWN)
        enrich_annotations(scores, ranks, known)
        pd.testing.assert_frame_equal(scores, before)
        assert known == KNOWN


class TestErrors:
    def error(self, annotation, scores=None, ranks=None, **options) -> LincsInterpError:
        own_scores, own_ranks = scored(FIVE)
        with pytest.raises(LincsInterpError) as caught:
            enrich_annotations(
                own_scores if scores is None else scores, own_ranks if ranks is None else ranks, annotation, **options
            )
        return caught.value

    def test_an_annotation_of_other_perturbagens(self):
        error = self.error({"aspirin": "COX inhibitor"})
        assert error.argument == "annotation"
        assert "a, b, c and 2 more" in str(error)
        assert "by" in error.remedy

    def test_small_terms(self):
        error = self.error({"a": "x", "b": "x", "c": "y"})
        assert (error.argument, error.value) == ("annotation", 2)
        assert "min_size = 3" in error.remedy
        assert "the largest of 1 has 3 of 3 perturbagens" in str(self.error({"a": "x", "b": "x", "c": "x"}))

    @pytest.mark.parametrize(
        ("annotation", "options", "argument", "remedy"),
        [
            ("pertname", {}, "annotation", "perhaps you mean pert_name"),
            ({"a": "x"}, {"by": "drug"}, "by", "there are pert_name,"),
            ({"a": "x"}, {"by": "well"}, "by", "another column"),
            (pd.DataFrame({"pert_name": ["a"], "colour": ["red"]}), {}, "annotation", "term"),
            (
                pd.DataFrame({"pert_name": ["a"], "colour": ["red"]}),
                {"term": "color"},
                "term",
                "perhaps you mean colour",
            ),
            (pd.DataFrame({"moa": ["x"]}, ["a"]), {"term": 7}, "term", "there are moa"),
            ({"a": "x"}, {"term": "moa"}, "term", "leave it out"),
            (7, {}, "annotation", "dict or Series"),
            ({"a": "x"}, {"min_size": 0}, "min_size", "whole number"),
            ({"a": "x"}, {"universe": "some"}, "universe", '"annotated" or "all"'),
            ({"a": "x"}, {"direction": "up"}, "direction", '"both" or "mimicker" or "reverser"'),
            ({"a": "x"}, {"score": "call"}, "score", '"z_sum"'),
            ({"a": "x"}, {"score": ["z_sum"]}, "score", '"z_sum"'),
        ],
    )
    def test_arguments(self, annotation, options, argument, remedy):
        error = self.error(annotation, **options)
        assert error.argument == argument
        assert remedy in error.remedy

    @pytest.mark.parametrize("score", ["p_sum", "n_up", "fdr_cal", "is_hit"])
    def test_a_column_without_a_side(self, score):
        table = scored(FIVE)[0].assign(p_sum=0.1, n_up=5, fdr_cal=0.2, is_hit=True)
        error = self.error(KNOWN, scores=table, score=score)
        assert (error.argument, error.value) == ("score", score)

    def test_tables_that_are_none(self):
        table = scored(FIVE)[0]
        for strange, word in (
            ([1], "score_concordance"),
            (table.rename(index={"s0": "other"}), "other"),
            (pd.concat([table, table.iloc[:2]]), "s0, s1"),
            (pd.concat([table, table], axis=1), "z_sum more than once"),
            (table.iloc[:0], "no signature"),
            (table * np.nan, "missing (NaN)"),
            (table.replace(5.0, np.inf), "infinite"),
            (table.astype(str), "'5.0'"),
            (table[[]], "with a sign"),
        ):
            assert word in str(self.error(KNOWN, scores=strange))

    def test_numbers_of_another_type_are_the_same_numbers(self):
        scores, ranks = scored(FIVE)
        found = enrich_annotations(scores, ranks, KNOWN)
        pd.testing.assert_frame_equal(enrich_annotations(scores.astype(object), ranks, KNOWN), found)


@pytest.mark.real
class TestReal:
    @staticmethod
    def table(folder, matrix: str, query: str, annotation, subset="", **options) -> pd.DataFrame:
        metadata = pd.read_csv(folder / "real" / "signature_metadata.tsv", sep="\t", keep_default_na=False)
        frame = pd.read_csv(folder / "real" / f"{matrix}.ranks.tsv.gz", sep="\t", index_col=0)
        ranks = RankMatrix.from_frame(frame, signatures=metadata.drop_duplicates("local_id").set_index("local_id"))
        if subset:
            ranks = ranks.select(signatures=f'subset == "{subset}"')
        sides = [(folder / "real" / "queries" / f"{query}_{side}.txt").read_text().split() for side in ("up", "down")]
        scores = score_concordance(ranks, GeneQuery(query, *sides), overlap="drop")
        return enrich_annotations(scores, ranks, annotation, **options)

    def test_hdac_inhibitors_come_first(self, real_data):
        found = self.table(real_data, "skb_5000x100", "hdac_cmap02_consensus", "moa")
        assert found.index[0] == "HDAC inhibitor"
        assert found.loc["HDAC inhibitor", ["n", "auc"]].tolist() == [5, 1]
        assert found["fdr"].iloc[0] < 1e-4
        assert found["fdr"].iloc[1] > 0.3

    def test_mek_inhibitors_come_first(self, real_data):
        found = self.table(real_data, "landmark_978x1080", "mapk_mek_inhibitor_ljp005_a375", "moa", "ljp005_a375")
        assert found.index[:2].tolist() == ["MEK inhibitor", "RAF inhibitor"]
        assert found["n"].iloc[0] == 4  # 24 signatures, four drugs
        assert found["n_signatures"].iloc[0] == 24

    def test_tubulin_inhibitors_are_not_found_and_show_so(self, real_data):
        known = {"epothilone": "tubulin inhibitor", "vinorelbine": "tubulin inhibitor"}
        found = self.table(
            real_data, "skb_5000x100", "tubulin_cmap02_consensus", known, min_size=2, universe="all"
        ).loc["tubulin inhibitor"]
        assert found["auc"] == pytest.approx(0.378, abs=5e-4)
        assert found["p"] > 0.5

    def test_a_table_of_drugs(self, real_data):
        drugs = pd.read_csv(real_data / "real" / "drug_moa_targets.tsv.gz", sep="\t", keep_default_na=False)
        found = self.table(
            real_data,
            "landmark_978x1080",
            "proteasome_cmap02_consensus",
            drugs,
            "cpc006_a375",
            term=["moa", "moa_clue"],
        )
        assert found.index[0] == "Proteasome inhibitor"
        assert found["fdr"].iloc[0] < 0.1
        assert found["fdr"].iloc[1] > 0.1
