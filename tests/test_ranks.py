"""What a RankMatrix settles on construction: which end is up, N, gaps, ties, names."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core._rank_ties import complete_rankings
from lincs_interp.core.percentiles import rank_coefficients, to_percentile
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.scoring.concordance import score_concordance


def table(n_genes=30, n_signatures=4, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = np.argsort(rng.random((n_genes, n_signatures)), axis=0) + 1
    genes = [f"GENE{i}" for i in range(n_genes)]
    return pd.DataFrame(values, index=genes, columns=[f"S{i}" for i in range(n_signatures)])


def said(ranks: RankMatrix, words: str) -> bool:
    return any(words in sentence for sentence in ranks.assumptions)


class TestScale:
    def test_a_plain_table_is_kept_as_it_is_and_not_touched(self):
        frame = table()
        before = frame.copy()
        ranks = RankMatrix.from_frame(frame)
        assert (ranks.frame.to_numpy() == before.to_numpy()).all()
        assert ranks.n_genes == 30
        assert ranks.frame.dtypes.unique().tolist() == [np.dtype("int32")]
        ranks.frame.iloc[0, 0] = 99
        pd.testing.assert_frame_equal(frame, before)
        assert said(ranks, "Rank 1 is read as pushed down hardest")

    @pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64", "Int64", "Float64"])
    def test_the_type_of_the_numbers_does_not_matter(self, dtype):
        pd.testing.assert_frame_equal(
            RankMatrix.from_frame(table().astype(dtype)).frame, RankMatrix.from_frame(table()).frame
        )

    def test_ranks_counted_from_zero_are_shifted(self):
        ranks = RankMatrix.from_frame(table() - 1)
        assert (ranks.frame.to_numpy() == table().to_numpy()).all()
        assert said(ranks, "counted from 0")

    def test_partial_ranks_counted_from_zero(self):
        frame = table().iloc[:10] - 1
        frame.iloc[0, 0] = 0
        assert RankMatrix.from_frame(frame, n_genes=30).frame.iloc[0, 0] == 1

    def test_rank_one_up_turns_the_table_round(self):
        ranks = RankMatrix.from_frame(table(), rank_one="up")
        assert (ranks.frame.to_numpy() == 31 - table().to_numpy()).all()
        assert said(ranks, 'rank_one="up"')

    def test_rank_one_must_be_a_known_word(self):
        with pytest.raises(LincsInterpError) as error:
            RankMatrix.from_frame(table(), rank_one="UP")
        assert (error.value.argument, error.value.value) == ("rank_one", "UP")
        assert all(f'"{word}"' in error.value.remedy for word in ("down", "up"))

    def test_signatures_as_rows_are_recognised_by_their_ids(self):
        frame = table(n_signatures=3)
        frame.columns = [f"REP.B0{i}_YAPC_24H_K01_drug{i}_2.22uM" for i in range(3)]
        ranks = RankMatrix.from_frame(frame.T)
        assert ranks.shape == (30, 3)
        assert said(ranks, "it was turned")
        assert ranks.signatures["pert_name"].tolist() == ["drug0", "drug1", "drug2"]

    def test_signatures_as_rows_are_recognised_by_their_numbers(self):
        ranks = RankMatrix.from_frame(table().T)
        assert ranks.shape == (30, 4)
        assert not said(RankMatrix.from_frame(table()), "turned.")

    def test_a_square_or_wide_matrix_is_not_turned(self):
        for n_genes, n_signatures in ((46, 50), (60, 60), (97, 100)):
            ranks = RankMatrix.from_frame(table(n_genes, n_signatures))
            assert ranks.shape == (n_genes, n_signatures)
            assert not said(ranks, "it was turned")

    def test_more_signatures_than_genes_as_rows_are_turned(self):
        assert RankMatrix.from_frame(table(100, 110).T).shape == (100, 110)

    def test_ties_are_reported_as_they_are_after_turning(self):
        frame = pd.DataFrame({"S": [1, 3, 3, 4, 5]}, index=list("ABCDE"))
        assert said(RankMatrix.from_frame(frame), "they take the highest rank of the tie")
        assert said(RankMatrix.from_frame(frame, rank_one="up"), "they take the lowest rank of the tie")

    def test_turning_keeps_a_signature_without_order_in_range(self):
        frame = table().assign(S1=4)
        turned = RankMatrix.from_frame(frame, rank_one="up")
        assert turned.frame["S1"].between(1, 30).all()
        assert turned.n_ranked["S1"] == 0

    def test_numbers_that_came_as_objects(self):
        pd.testing.assert_frame_equal(
            RankMatrix.from_frame(table().astype(object)).frame, RankMatrix.from_frame(table()).frame
        )


class TestHowManyGenes:
    def test_a_part_of_the_genes_asks_for_n_genes_and_proposes(self):
        frame = pd.DataFrame({"S": [12_300, 7, 811]}, index=["A", "B", "C"])
        with pytest.raises(LincsInterpError) as raised:
            RankMatrix.from_frame(frame)
        assert str(raised.value) == (
            "ranks go up to 12,300 (gene A, signature S) but the table has only 3 genes, so it holds a part of the"
            " ranked genes: give how many were ranked with n_genes"
            " (at least 12,300; likely 12,318 or 12,327 or 12,328)."
        )
        ranks = RankMatrix.from_frame(frame, n_genes=12_318)
        assert ranks.n_genes == 12_318
        assert ranks.n_ranked.tolist() == [12_318]

    def test_n_genes_below_the_highest_rank(self):
        with pytest.raises(LincsInterpError, match=r"go up to 30 \(gene GENE11, signature S0\) but n_genes is 20"):
            RankMatrix.from_frame(table(), n_genes=20)

    @pytest.mark.parametrize("n_genes", [0, -3, 2.5, "12", True, 10**30, float("nan")])
    def test_n_genes_must_be_a_whole_number(self, n_genes):
        with pytest.raises(LincsInterpError) as error:
            RankMatrix.from_frame(table(), n_genes=n_genes)
        assert error.value.argument == "n_genes"
        assert "whole number" in error.value.remedy

    def test_a_gene_in_two_rows_counts_in_n(self):
        frame = table()
        frame.index = ["MIA2", "MIA2", *frame.index[2:]]
        ranks = RankMatrix.from_frame(frame)
        assert ranks.n_genes == 30
        assert ranks.shape == (29, 4)
        assert (ranks.frame.loc["MIA2"] == frame.iloc[0]).all()
        assert said(ranks, "MIA2")

    def test_missing_ranks_give_the_signature_its_own_n(self):
        frame = table().astype(float)
        frame["S1"] = frame["S1"].where(frame["S1"] > 5).rank()  # 25 genes ranked among themselves
        lost = frame.index[frame["S2"] == 7]
        frame.loc[lost, "S2"] = np.nan  # a cell that got lost: the ranks still run to 30
        ranks = RankMatrix.from_frame(frame)
        assert ranks.frame.dtypes.unique().tolist() == [np.dtype("float64")]
        assert ranks.n_ranked.to_dict() == {"S0": 30, "S1": 25, "S2": 30, "S3": 30}
        assert said(ranks, "6 ranks missing in 2 signatures (S1, S2)")

    def test_given_n_that_the_numbers_contradict_is_said(self):
        assert said(RankMatrix.from_frame(table(), n_genes=12_318), "is n_genes right?")
        assert not said(RankMatrix.from_frame(table().iloc[:20], n_genes=30), "is n_genes right?")
        tied = pd.DataFrame({"S": [1, 2, 2, 1]}, index=list("ABCD"))
        assert said(RankMatrix.from_frame(tied, n_genes=2), "some gene must be in several rows")

    def test_a_row_too_many_is_said(self):
        frame = table()
        frame.loc["batch_id"] = [1, 2, 3, 4]
        assert said(RankMatrix.from_frame(frame), "is a row no gene")
        assert not said(RankMatrix.from_frame(table()), "is a row no gene")

    def test_a_part_of_the_genes_never_shrinks_n(self):
        frame = pd.DataFrame({"S": [1.0, 2.0, np.nan], "T": [700.0, 3.0, 4.0]}, index=["A", "B", "C"])
        assert RankMatrix.from_frame(frame, n_genes=978).n_ranked.tolist() == [978, 978]

    def test_a_signature_without_order_is_kept_and_named(self):
        frame = table().astype(float)
        frame["S1"], frame["S2"] = 30, np.nan
        ranks = RankMatrix.from_frame(frame)
        assert ranks.n_ranked.tolist() == [30, 0, 0, 30]
        assert said(ranks, "2 signatures without any order")
        assert ranks.percentiles()["S1"].isna().all()


class TestRefusals:
    @pytest.mark.parametrize(
        ("frame", "sentence"),
        [
            ([1, 2], "frame is a list, not a pandas DataFrame"),
            (pd.DataFrame(), "frame holds 0 genes and 0 signatures"),
            (table() * 0, "frame holds only zeros"),
            (table() * 0 + 30, "one and the same rank"),
            (table() / 100, "rank_coefficients"),
            (table() - 15, "rank_coefficients"),
            (table() + 0.5, "tied genes share an average rank"),
            (table().astype(float) * np.nan, "every rank is missing"),
            (table().astype(str), "is not a number"),
            (table() > 3, "is not a number"),
            (table().replace({5: np.inf, 6: np.inf}), "frame holds inf .gene GENE2, signature S0."),
            (table(n_genes=400).clip(upper=100), "are these percentiles or scores?"),
            (table().replace({1: 0, 2: 0}), "holds 0 .gene GENE0, signature S2., .* and 5 more"),
            (table() * 2**40, "more genes than any signature ranks"),
            (table().astype(complex), "is not a number"),
            (pd.concat({"a": table()}, axis=1), "frame has labels in several levels"),
            (None, "frame is nothing"),
        ],
    )
    def test_one_sentence_each(self, frame, sentence):
        with pytest.raises(LincsInterpError, match=sentence.replace("?", r"\?")) as raised:
            RankMatrix.from_frame(frame)
        assert "\n" not in str(raised.value)


def changed(frame: pd.DataFrame, *cells: tuple[str, str, object]) -> pd.DataFrame:
    """The same table with other values in some cells: (gene, signature, value)."""
    frame = frame.astype(object)
    for gene, signature, value in cells:
        frame.loc[gene, signature] = value
    return frame


def ties(how: str) -> pd.DataFrame:
    """Thirty genes: in S0 and S2 three share the places 4-6, and three the places 20-22."""
    frame = table()
    for name in ("S0", "S2"):
        frame[name] = frame[name].replace({5: 4, 6: 4, 21: 20, 22: 20}).rank(method=how).astype(int)
    return frame


CLEAN = table()
AT = {name: dict(zip(CLEAN[name], CLEAN.index, strict=True)) for name in CLEAN}  # signature -> rank -> gene


class TestOneCell:
    """The bulk decides; a cell that does not fit is named with gene and signature, and nothing else changes."""

    @pytest.mark.parametrize("value", [999_999, 1e9, 2**40, np.inf, -np.inf, -3, 12.5, 0, 31, 61])
    @pytest.mark.parametrize("start", [0, 1])
    def test_what_can_be_no_rank_is_missing(self, value, start):
        if start == 0 and value == 0:
            return
        gene = AT["S1"][7]
        ranks = RankMatrix.from_frame(changed(CLEAN + (start - 1), (gene, "S1", value)))
        expected = CLEAN.astype(float)
        expected.loc[gene, "S1"] = np.nan
        np.testing.assert_array_equal(ranks.frame, expected)
        assert ranks.n_ranked.tolist() == [30] * 4
        assert said(ranks, f"1 cell can be no rank, read as missing: {value:.10g} (gene {gene}, signature S1).")

    def test_the_last_place_that_is_lost_still_counts(self):
        ranks = RankMatrix.from_frame(changed(CLEAN, (AT["S1"][30], "S1", 999_999)), rank_one="up")
        assert ranks.n_ranked.tolist() == [30] * 4
        assert ranks.frame.loc[AT["S1"][1], "S1"] == 30

    def test_given_n_one_zero_moves_nothing(self):
        part = pd.concat([CLEAN.iloc[:22], CLEAN[(CLEAN == 30).any(axis=1)]]).drop_duplicates()
        ranks = RankMatrix.from_frame(changed(part, ("GENE3", "S2", 0)), n_genes=30)
        others = [name for name in part if name != "S2"]
        assert (ranks.frame[others] == part[others]).all(axis=None)
        assert said(ranks, "read as missing: 0 (gene GENE3, signature S2)")
        with pytest.raises(
            LincsInterpError, match=r"holds 0 \(gene GENE3, signature S2\): whether its ranks count from 0"
        ):
            RankMatrix.from_frame(changed(part.clip(upper=29), ("GENE3", "S2", 0)), n_genes=12_318)

    @pytest.mark.parametrize(
        ("frame", "options", "named"),
        [
            (changed(CLEAN, ("GENE3", "S2", "n.d.")), {}, "'n.d.' (gene GENE3, column 'S2')"),
            (changed(CLEAN, (AT["S1"][30], "S1", 0)), {}, f"0 (gene {AT['S1'][30]}, signature S1)"),
            (changed(CLEAN - 1, (AT["S1"][1], "S1", 30)), {}, f"30 (gene {AT['S1'][1]}, signature S1)"),
            (changed(CLEAN[["S1"]], ("GENE3", "S1", 31)), {}, "gene GENE3, signature S1"),
            (changed(CLEAN, ("GENE3", "S1", 88_888), ("GENE9", "S1", 99_999)), {}, "99999 (gene GENE9, signature S1)"),
            (changed(CLEAN[["S1"]], ("GENE3", "S1", 0)), {}, "0 (gene GENE3, signature S1)"),
            (changed(CLEAN, *((gene, "S3", -1) for gene in CLEAN.index[:5])), {}, "(gene GENE0, signature S3)"),
            (CLEAN + 9, {"n_genes": 38}, f"39 (gene {AT['S0'][30]}, signature S0)".removeprefix("39 (")),
        ],
    )
    def test_what_cannot_be_decided_is_refused_by_name(self, frame, options, named):
        with pytest.raises(LincsInterpError) as error:
            RankMatrix.from_frame(frame, **options)
        assert named in str(error.value)

    @pytest.mark.parametrize("start", [0, 1])
    @pytest.mark.parametrize("rank_one", ["down", "up"])
    def test_a_rank_doubled_and_another_absent_is_damage(self, start, rank_one):
        first, second = AT["S1"][7], AT["S1"][20]
        frame = changed(CLEAN, (first, "S1", 20)) + (start - 1)
        ranks = RankMatrix.from_frame(frame, rank_one=rank_one)
        both = ", ".join(gene for gene in CLEAN.index if gene in (first, second))
        rank, gap = 19 + start, 6 + start
        assert said(ranks, f"1 signature damaged, with genes on one rank that are no tie: S1 ({both} on rank {rank};")
        assert said(ranks, f"no gene on {gap})")
        assert not said(ranks, "rank of the tie")

    def test_a_cell_deleted_in_a_row_is_named_where_the_others_moved(self):
        row = CLEAN.loc["GENE3"]
        frame = changed(CLEAN, ("GENE3", "S1", row["S2"]), ("GENE3", "S2", row["S3"]), ("GENE3", "S3", None))
        sentences = " ".join(RankMatrix.from_frame(frame.astype(float)).assumptions)
        assert "1 rank missing in 1 signature (gene GENE3, signature S3)" in sentences
        assert "2 signatures damaged" in sentences
        assert "2 signatures damaged" in RankMatrix.from_frame(frame.astype(float))._repr_html_()
        assert sentences.count("GENE3") == 3

    @pytest.mark.parametrize(("how", "rule"), [("max", "highest"), ("min", "lowest"), ("average", "average")])
    def test_real_ties_are_none(self, how, rule):
        frame = ties(how)
        assert said(RankMatrix.from_frame(frame), f"same signature; they take the {rule} rank of the tie.")
        assert not said(RankMatrix.from_frame(frame), "damaged")
        beside = frame.index[frame["S0"] == 12][0]
        ranks = RankMatrix.from_frame(changed(frame, (beside, "S0", 26)))
        assert said(ranks, "1 signature damaged")
        assert said(ranks, beside)
        assert said(ranks, f"they take the {rule} rank")

    @pytest.mark.parametrize("how", ["max", "min", "average"])
    def test_a_gene_in_the_room_of_a_tie_is_named(self, how):
        """Where a tie leaves ranks absent, a stray gene makes the tie look damaged: both are named."""
        frame = ties(how)
        room = {"max": 5, "min": 5, "average": 4}[how]
        ranks = RankMatrix.from_frame(changed(frame, (AT["S0"][12], "S0", room)))
        assert said(ranks, f"{AT['S0'][12]} on rank {room}")

    def test_few_ties_are_named(self):
        ranks = RankMatrix.from_frame(changed(CLEAN, (AT["S1"][7], "S1", 8)))
        both = ", ".join(gene for gene in CLEAN.index if gene in (AT["S1"][7], AT["S1"][8]))
        assert said(ranks, f"they take the highest rank of the tie. These are {both} on rank 8 in S1.")

    def test_some_of_the_genes_have_gaps_everywhere(self):
        part = table(300).iloc[:60]
        assert not said(RankMatrix.from_frame(part, n_genes=300), "damaged")
        tied = RankMatrix.from_frame(part.replace(part.iloc[0, 0], part.iloc[1, 0]), n_genes=300)
        assert said(tied, "GENE0, GENE1 on rank")

    def test_a_table_of_signatures_in_rows_is_turned_all_the_same(self):
        frame = changed(CLEAN, ("GENE3", "S2", 999_999)).astype(int)
        assert RankMatrix.from_frame(frame.T).shape == (30, 4)


class TestNames:
    def test_signature_names_used_twice(self):
        frame = table()
        frame.columns = ["S", "S", "S (2)", "S"]
        assert list(RankMatrix.from_frame(frame).frame.columns) == ["S", "S (3)", "S (2)", "S (4)"]

    def test_rows_without_a_gene_name(self):
        frame = table()
        frame.index = [None, "", *frame.index[2:]]
        ranks = RankMatrix.from_frame(frame)
        assert (ranks.shape, ranks.n_genes) == ((28, 4), 30)
        assert said(ranks, "2 rows without a gene name")

    def test_metadata_beats_the_id(self):
        frame = table(n_signatures=1).set_axis(["REP.B025_YAPC_24H_K01_resiquimod_2.22uM"], axis=1)
        metadata = pd.DataFrame({"cell_line": ["MCF7"]}, index=frame.columns)
        signature = RankMatrix.from_frame(frame, signatures=metadata).signatures.iloc[0]
        assert (signature["cell_line"], signature["pert_name"]) == ("MCF7", "resiquimod")

    def test_rename_attaches_names_to_uuids(self):
        ranks = RankMatrix.from_frame(table())
        named = ranks.rename(genes={"GENE0": "MYC"}, signatures={"S0": "REP.B025_YAPC_24H_K01_resiquimod_2.22uM"})
        assert named.genes[0] == "MYC"
        assert named.signatures["pert_name"].iloc[0] == "resiquimod"
        assert ranks.genes[0] == "GENE0"

    def test_rename_reads_new_ids_and_names_what_is_lost(self):
        frame = table(n_signatures=1).set_axis(["P1_A549_24H_A01_old_1uM"], axis=1)
        metadata = pd.DataFrame({"tissue": ["lung"]}, index=frame.columns)
        ranks = RankMatrix.from_frame(frame, signatures=metadata)
        named = ranks.rename(genes={"GENE1": "GENE0"}, signatures={frame.columns[0]: "P2_MCF7_6H_B02_new_2uM"})
        assert named.signatures.iloc[0][["pert_name", "cell_line", "tissue"]].tolist() == ["new", "MCF7", "lung"]
        assert (named.shape, named.n_genes) == ((29, 1), 30)
        assert said(named, "1 gene in several rows after renaming (GENE0)")

    def test_rename_refuses_one_name_for_two_signatures(self):
        with pytest.raises(LincsInterpError, match="one name to several columns"):
            RankMatrix.from_frame(table()).rename(signatures={"S0": "S1"})

    def test_display_escapes_and_cuts(self):
        frame = table(n_signatures=2).set_axis(["<script>alert(1)</script>", "x" * 10_000], axis=1)
        html = RankMatrix.from_frame(frame)._repr_html_()
        assert "<script>" not in html
        assert "&lt;script&gt;" in html
        assert len(html) < 5_000
        assert "N = 30 (1 = most down … 30 = most up)" in html


class TestSelect:
    def test_by_names_keeps_order_and_scale(self):
        ranks = RankMatrix.from_frame(table())
        part = ranks.select(genes=["GENE5", "GENE2"], signatures=["S3", "S1"])
        assert part.frame.index.tolist() == ["GENE5", "GENE2"]
        assert part.frame.columns.tolist() == ["S3", "S1"]
        assert part.n_genes == 30
        pd.testing.assert_frame_equal(part.percentiles(), ranks.percentiles().loc[["GENE5", "GENE2"], ["S3", "S1"]])

    def test_by_condition(self):
        frame = table(n_signatures=2)
        frame.columns = ["P1_MCF7_24H_A01_a_1uM", "P1_A375_6H_A02_b_1uM"]
        ranks = RankMatrix.from_frame(frame)
        assert list(ranks.select(signatures='cell_line == "MCF7" and time_h >= 24').frame) == [frame.columns[0]]

    @pytest.mark.parametrize(
        "condition", ["cell_line == @cell", "no such id", "cell_line ==", "missing_column > 3", 'cell_line == "X"']
    )
    def test_conditions_that_find_nothing(self, condition):
        with pytest.raises(LincsInterpError, match="signatures is"):
            RankMatrix.from_frame(table()).select(signatures=condition)

    def test_unknown_gene(self):
        with pytest.raises(LincsInterpError, match="genes names XX, which the matrix does not hold"):
            RankMatrix.from_frame(table()).select(genes=["XX"])


class TestRankCoefficients:
    def test_four_genes_by_hand(self):
        values = pd.Series([-0.02, 0.3, 0.0, -0.0], index=list("ABCD"), name="S1")
        ranks = rank_coefficients(values)
        assert ranks.frame["S1"].to_dict() == {"A": 1, "B": 4, "C": 3, "D": 3}

    @given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), min_size=3, max_size=40))
    def test_against_pandas_max_rank(self, values):
        column = pd.Series(
            [np.nan if v is None else v / 7 for v in values], index=[f"G{i}" for i in range(len(values))]
        )
        if column.nunique() < 2:
            return
        expected = column.rank(method="max")
        np.testing.assert_array_equal(rank_coefficients(column.rename("S")).frame["S"], expected)

    def test_float32_is_ranked_in_its_own_precision(self):
        values = pd.DataFrame({"S": np.array([1.00000001, 1.00000002, 0.5], dtype="f4")}, index=list("ABC"))
        assert rank_coefficients(values).frame["S"].tolist() == [3, 3, 1]
        assert rank_coefficients(values.astype(float)).frame["S"].tolist() == [3, 3, 1]
        assert rank_coefficients(pd.DataFrame({"S": [1.00000001, 1.00000002, 0.5]}, index=list("ABC"))).frame[
            "S"
        ].tolist() == [2, 3, 1]

    def test_missing_values_are_left_out_and_counted(self):
        values = pd.DataFrame({"S": [0.1, np.nan, -0.2], "T": [1.0, 2.0, 3.0]}, index=list("ABC"))
        ranks = rank_coefficients(values)
        assert ranks.n_ranked.to_dict() == {"S": 2, "T": 3}
        assert ranks.frame["S"].isna().tolist() == [False, True, False]
        assert said(ranks, "1 rank missing in 1 signature")

    def test_signatures_as_rows_are_turned_before_ranking(self, rng):
        ids = [f"P1_MCF7_24H_A{i:02d}_drug{i}_10uM" for i in range(10)]
        values = pd.DataFrame(rng.normal(size=(12, 10)), index=[f"G{i}" for i in range(12)], columns=ids)
        turned = rank_coefficients(values.T)
        pd.testing.assert_frame_equal(turned.frame, rank_coefficients(values).frame)
        assert said(turned, "it was turned")

    @pytest.mark.parametrize("bad", [np.inf, "x"])
    def test_bad_values(self, bad):
        with pytest.raises(LincsInterpError, match="frame holds"):
            rank_coefficients(pd.DataFrame({"S": [1.0, bad]}, index=list("AB")))

    @pytest.mark.real
    def test_real_values_give_the_ranks_made_elsewhere(self, real_data):
        for name in ("full_12328x43", "skb_5000x100"):
            tables = [
                pd.read_csv(real_data / "real" / f"{name}.{kind}.tsv.gz", sep="\t", index_col=0, keep_default_na=False)
                for kind in ("values", "ranks")
            ]
            assert (rank_coefficients(tables[0]).frame.to_numpy() == tables[1].to_numpy()).all()


class TestComplete:
    """Which signatures hold each rank from 1 to their own N once: some scores then need the query's rows only."""

    def test_what_breaks_it(self):
        frame = table(6, 7).astype(float)
        frame["S1"] = [1, 2, 3, 4, 6, 6]  # a tie
        frame["S2"] = [1, 2, 3, np.nan, 4, 5]  # ranks five genes, each once
        frame["S3"] = [1, 2, 3, np.nan, 4, 6]  # a gap
        frame["S4"] = [1, 1, 2, np.nan, 3, 4]  # five genes with a tie at the lower end
        frame["S5"] = 6  # no order
        frame["S6"] = np.nan
        ranks = RankMatrix.from_frame(frame)
        assert ranks.n_ranked.tolist() == [6, 6, 5, 6, 5, 0, 0]
        assert ranks._complete.tolist() == [True, False, True, False, False, False, False]

    def test_part_of_the_genes_is_never_complete(self):
        assert not RankMatrix.from_frame(table(), n_genes=31)._complete.any()
        assert not RankMatrix.from_frame(table()).select(genes=["GENE3", "GENE7"])._complete.any()
        doubled = table()
        doubled.index = ["GENE1", *doubled.index[1:]]
        assert not RankMatrix.from_frame(doubled)._complete.any()

    def test_it_follows_a_selection_and_new_names(self):
        frame = table()
        frame["S2"] = frame["S2"].clip(lower=4)
        ranks = RankMatrix.from_frame(frame)
        assert ranks._complete.tolist() == [True, True, False, True]
        assert ranks.select(signatures=["S2", "S0"])._complete.tolist() == [False, True]
        assert ranks.rename(signatures={"S0": "T0"})._complete.tolist() == [True, True, False, True]
        assert RankMatrix.from_frame(frame.drop(columns="S2"), rank_one="up")._complete.all()

    @given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.booleans())
    def test_against_sorting(self, seed, n_genes, holes):
        rng = np.random.default_rng(seed)
        values = rng.integers(1, n_genes + 1, (n_genes, 5))
        values[:, 0] = rng.permutation(n_genes) + 1
        n_ranked = rng.integers(0, n_genes + 2, 5)
        if holes:
            values = np.where(rng.random(values.shape) < 0.3, np.nan, values)
            n_ranked = (~np.isnan(values)).sum(axis=0) if rng.random() < 0.7 else n_ranked
        expected = [
            bool(n) and sorted(column[~np.isnan(column)].tolist()) == list(range(1, n + 1))
            for column, n in zip(values.T, n_ranked.tolist(), strict=True)
        ]
        assert complete_rankings(values, n_ranked).tolist() == expected


class TestPercentile:
    def test_by_hand(self):
        assert to_percentile(1, n_genes=4) == 12.5
        assert to_percentile(4, n_genes=4) == 87.5
        assert round(to_percentile(12, n_genes=12_318), 2) == 0.09

    def test_same_kind_back(self):
        assert isinstance(to_percentile(3, n_genes=4), float)
        np.testing.assert_array_equal(to_percentile(np.array([1, 4]), n_genes=4), [12.5, 87.5])
        series = pd.Series([1, 4], index=["A", "B"], name="S")
        pd.testing.assert_series_equal(to_percentile(series, n_genes=4), pd.Series([12.5, 87.5], ["A", "B"], name="S"))
        frame = table()
        for result in (to_percentile(frame), to_percentile(RankMatrix.from_frame(frame))):
            assert result.columns.tolist() == frame.columns.tolist()
            np.testing.assert_allclose(result, (frame - 0.5) / 30 * 100)

    @given(st.integers(1, 20_000), st.data())
    def test_laws(self, n, data):
        rank = data.draw(st.integers(1, n))
        percentile = to_percentile(rank, n_genes=n)
        assert 0 < percentile < 100
        assert to_percentile(n + 1 - rank, n_genes=n) == pytest.approx(100 - percentile)

    def test_mean_is_fifty_without_ties(self):
        assert to_percentile(table()).to_numpy().mean() == pytest.approx(50)

    def test_missing_stays_missing(self):
        assert to_percentile(pd.Series([1, np.nan]), n_genes=4).isna().tolist() == [False, True]

    @pytest.mark.parametrize(
        ("ranks", "n_genes", "argument", "remedy"),
        [
            (0, 10, "ranks", "counted from 0"),
            (11, 10, "ranks", "n_genes"),
            (5, None, "n_genes", "number of genes"),
            ("five", 10, "ranks", "numbers"),
            (5, 0, "n_genes", "whole number"),
            (pd.Series([1, 2, 500]), None, "n_genes", "number of genes"),
            (pd.Series([1, 3, 3]), None, "n_genes", "number of genes"),
            (None, 10, "ranks", "RankMatrix"),
            (True, 10, "ranks", "RankMatrix"),
            (1 + 2j, 10, "ranks", "numbers"),
        ],
    )
    def test_refusals(self, ranks, n_genes, argument, remedy):
        with pytest.raises(LincsInterpError) as error:
            to_percentile(ranks, n_genes=n_genes)
        assert error.value.argument == argument
        assert remedy in error.value.remedy

    def test_a_matrix_knows_its_n(self):
        with pytest.raises(LincsInterpError, match="leave n_genes out"):
            to_percentile(RankMatrix.from_frame(table()), n_genes=31)


def test_a_selection_is_row_after_row_in_memory(small_ranks):
    """A score adds up rows: the other way round it takes twice as long."""
    some = small_ranks.select(signatures=small_ranks.frame.columns[3:9])
    assert some.values.flags["C_CONTIGUOUS"]
    assert not np.shares_memory(some.values, small_ranks.values)
    np.testing.assert_array_equal(some.values, small_ranks.values[:, 3:9])


class TestWithMetadata:
    def test_adds_and_keeps_everything(self, small_ranks):
        first = small_ranks.with_metadata({"S00": {"pert_name": "A", "batch": 7}})
        second = first.with_metadata(pd.DataFrame({"id": ["S01", "nowhere"], "pert_name": ["B", "C"]}))
        assert second.signatures.loc[["S00", "S01"], "pert_name"].tolist() == ["A", "B"]
        assert second.signatures.at["S00", "batch"] == 7
        assert small_ranks.signatures.at["S00", "pert_name"] == ""
        assert second.frame is small_ranks.frame
        assert second.assumptions == small_ranks.assumptions

    def test_numbers_stay_numbers(self, small_ranks):
        facts = small_ranks.with_metadata({"S00": {"pert_dose": "10 uM", "pert_time": "24 h"}}).signatures
        assert facts["dose_um"].dtype == facts["time_h"].dtype == float
        assert facts.loc["S00", ["dose_um", "time_h"]].tolist() == [10.0, 24.0]
        assert np.isnan(facts.at["S01", "dose_um"])

    def test_metadata_of_other_signatures(self, small_ranks):
        with pytest.raises(LincsInterpError, match="signatures describe none of the 16 signatures"):
            small_ranks.with_metadata({"elsewhere": {"pert_name": "A"}})

    def test_what_was_known_beats_what_the_id_says(self):
        one = "P1_MCF7_24H_A01_BRD-K12345678_10uM"
        frame = pd.DataFrame({one: [1, 2, 3], "y": [3, 2, 1]}, index=list("ABC"))
        ranks = RankMatrix.from_frame(frame, signatures={one: {"pert_name": "vorinostat", "cell_line": "SKB"}})
        facts = ranks.with_metadata({one: {"tissue": "breast"}, "y": {"tissue": "lung", "pert_name": "x"}}).signatures
        assert facts.loc[one, ["pert_name", "cell_line", "tissue", "pert_dose"]].tolist() == [
            "vorinostat", "SKB", "breast", "10 uM",
        ]  # fmt: skip
        assert facts.loc["y", ["pert_name", "cell_line", "tissue"]].tolist() == ["x", "", "lung"]

    def test_the_last_metadata_count_even_where_they_repeat_the_id(self):
        one = "P1_MCF7_24H_A01_BRD-K12345678_10uM"
        frame = pd.DataFrame({one: [1, 2, 3]}, index=list("ABC"))
        ranks = RankMatrix.from_frame(frame, signatures={one: {"cell_line": "SKB"}})
        assert ranks.with_metadata({one: {"cell_line": "MCF7"}}).signatures["cell_line"].tolist() == ["MCF7"]


class TestAsAnArray:
    def test_the_ranks_without_a_copy(self):
        ranks = RankMatrix.from_frame(pd.DataFrame({"S1": [3, 1, 2], "S2": [1, 2, 3]}, index=["A", "B", "C"]))
        values = np.asarray(ranks)
        assert values.tolist() == [[3, 1], [1, 2], [2, 3]]
        assert np.shares_memory(values, ranks.frame.to_numpy())

    def test_another_type_or_a_copy(self):
        ranks = RankMatrix.from_frame(pd.DataFrame({"S1": [3, 1, 2]}, index=["A", "B", "C"]))
        assert np.asarray(ranks, dtype=float).dtype == float
        assert not np.shares_memory(np.array(ranks), ranks.frame.to_numpy())
        assert np.mean(ranks) == 2

    @pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy 2 asks for no copy")
    def test_a_copy_that_is_needed_and_forbidden(self):
        ranks = RankMatrix.from_frame(pd.DataFrame({"S1": [3, 1, 2]}, index=["A", "B", "C"]))
        with pytest.raises(ValueError, match="copy"):
            np.asarray(ranks, dtype=float, copy=False)


def test_a_matrix_that_was_scored_goes_to_another_process(sample):
    before = score_concordance(sample.ranks, sample.query)
    again = pickle.loads(pickle.dumps(sample.ranks))
    pd.testing.assert_frame_equal(score_concordance(again, sample.query), before)
    assert again.assumptions == sample.ranks.assumptions
