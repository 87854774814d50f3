"""Landmark flags: every table people have, spelling, duplicates, plain lists, and refusals."""

import gzip

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.genes.landmarks import WHOLE_LIST, landmark_flags
from lincs_interp.io import read_ranks
from lincs_interp.io.sample import load_sample, sample_path

# Layouts as people hold them, each saying: DDR1 measured, GUCA1A inferred.
LAYOUTS = {
    "the sample": "symbol\tlandmark\tpathway\nDDR1\t1\tx\nGUCA1A\t0\ty\n",
    "clue.io geneinfo_beta": (
        "gene_id\tgene_symbol\tensembl_id\tgene_title\tgene_type\tsrc\tfeature_space\n"
        "780\tDDR1\tENSG00000204580\tdiscoidin domain receptor tyrosine kinase 1\tprotein-coding\tNCBI\tlandmark\n"
        "2978\tGUCA1A\tENSG00000048545\tguanylate cyclase activator 1A\tprotein-coding\tNCBI\tbest inferred\n"
    ),
    "GEO gene_info": (
        "pr_gene_id\tpr_gene_symbol\tpr_gene_title\tpr_is_lm\tpr_is_bing\n"
        "780\tDDR1\tdiscoidin\t1\t1\n2978\tGUCA1A\tguanylate, \"1A\"\t0\t1\n"
    ),
    "both kinds of flags": "gene_symbol\tfeature_space\tpr_is_lm\nDDR1\tlandmark\t1\nGUCA1A\tinferred\t0\n",
    "words, commas": "Gene Symbol,Is Landmark\nDDR1,TRUE\nGUCA1A,FALSE\n",
    "a saved index": ",landmark\nDDR1,True\nGUCA1A,False\n",
    "R's missing corner": "pr_is_lm\tn\nDDR1\t1\t5\nGUCA1A\t0\t6\n",
    "yes and no, comment on top": "# from somewhere\nsymbol;landmark\nDDR1;yes\nGUCA1A;no\n",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    path = tmp_path / "genes.txt"
    path.write_text(LAYOUTS[layout])
    flags = landmark_flags(path, ["GUCA1A", "DDR1", "MYC"])
    assert flags.tolist() == [False, True, pd.NA]
    assert (flags.name, flags.index.name, str(flags.dtype)) == ("landmark", "gene", "boolean")
    packed = tmp_path / "genes.txt.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    pd.testing.assert_series_equal(landmark_flags(str(packed), ["GUCA1A", "DDR1", "MYC"]), flags)


def test_a_sheet(tmp_path):
    path = tmp_path / "genes.xlsx"
    pd.DataFrame({"symbol": ["DDR1", "GUCA1A"], "landmark": [1, 0]}).to_excel(path, index=False)
    assert landmark_flags(path).to_dict() == {"DDR1": True, "GUCA1A": False}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"symbol": ["DDR1", "GUCA1A"], "landmark": [1, 0]}),
        pd.DataFrame({"symbol": ["DDR1", "GUCA1A"], "landmark": [1.0, 0.0]}),
        pd.DataFrame({"landmark": [True, False]}, index=["DDR1", "GUCA1A"]),
        pd.DataFrame({"feature_space": ["landmark", "inferred"]}, index=pd.Index(["DDR1", "GUCA1A"], name="gene")),
        pd.Series([True, False], index=["DDR1", "GUCA1A"]),
        pd.Series(pd.array([True, False], dtype="boolean"), index=["DDR1", "GUCA1A"]),
    ],
)
def test_frames_and_flags_already_made(table):
    before = table.copy()
    flags = landmark_flags(table, ["DDR1", "GUCA1A", "MYC"])
    assert flags.tolist() == [True, False, pd.NA]
    assert landmark_flags(flags, ["MYC", "DDR1"]).tolist() == [pd.NA, True]
    assert (table == before).all(axis=None)


def test_the_matrix_may_spell_a_gene_otherwise():
    """CYR61 is CCN1, MARCH5 is MARCHF5: by exact spelling first, then by what match_genes knows, both ways."""
    table = pd.DataFrame({"symbol": ["CYR61", "MARCHF5", "TP53", "SEPT2"], "landmark": [1, 0, 1, 1]})
    flags = landmark_flags(table, ["CCN1", "MARCH5", "Trp53", "SEPTIN2", "no such gene", "", "CCN1"])
    assert flags.tolist() == [True, False, True, True, pd.NA, pd.NA, True]


def test_unknown_and_contradicting_flags_are_missing():
    table = pd.DataFrame(
        {
            "symbol": ["A1BG", "A1BG", "A2M", "A2M", "AAAS", "-666", None, "AACS", "AADAC"],
            "landmark": [1, 1, 1, 0, None, 1, 0, "not inferred", ""],
        }
    )
    flags = landmark_flags(table)
    assert flags.index.tolist() == ["A1BG", "A2M", "AAAS", "AACS", "AADAC"]
    assert flags.tolist() == [True, pd.NA, pd.NA, pd.NA, pd.NA]


class TestPlainList:
    @pytest.fixture
    def listed(self, tmp_path):
        def write(n, header="", newline="\n"):
            symbols = load_sample().ranks.genes[:n]
            path = tmp_path / f"list_{n}.txt"
            path.write_text(header + newline.join(symbols) + "\n")
            return path, symbols

        return write

    @pytest.mark.parametrize("n", [WHOLE_LIST[0], 978, WHOLE_LIST[-1]])
    def test_about_978_symbols_are_all_landmark_genes(self, listed, n):
        path, symbols = listed(n, header="gene_symbol\n")
        ranks = load_sample().ranks
        flags = landmark_flags(path, ranks)
        assert flags[symbols].all()
        assert (~flags.drop(symbols).dropna()).all()
        assert flags.drop(symbols).isna().sum() < 40  # may be one of the list under another name
        assert landmark_flags(path, ["TP53", "unheard of"], others="unknown").isna().tolist()[1]

    @pytest.mark.parametrize("n", [WHOLE_LIST[0] - 1, WHOLE_LIST[-1] + 1])
    def test_another_length_is_refused_unless_the_caller_says_what_it_means(self, listed, n):
        path, symbols = listed(n)
        genes = load_sample().ranks.genes[:1200]
        with pytest.raises(LincsInterpError, match="short" if n < 978 else "long") as error:
            landmark_flags(path, genes)
        assert (error.value.argument, error.value.value) == ("gene_metadata", n)
        assert 'others="unknown"' in error.value.remedy
        flags = landmark_flags(path, genes, others="unknown")
        assert flags[symbols].all()
        assert flags.drop(symbols).isna().all()
        known = landmark_flags(path, genes, others="inferred").drop(symbols).dropna()
        assert len(known) > 150
        assert not known.any()

    def test_symbols_in_one_line(self, listed):
        path, symbols = listed(3, newline=",")
        assert landmark_flags(path, others="unknown").to_dict() == dict.fromkeys(symbols, True)

    def test_a_gene_that_may_be_on_the_list_under_another_name_is_not_known(self, tmp_path):
        path = tmp_path / "list.txt"
        path.write_text("MARCHF1\nMTARC1\n")
        flags = landmark_flags(path, ["1-MAR", "MARCH1", "TP53"], others="inferred")
        assert flags.tolist() == [pd.NA, True, False]


def test_the_samples_own_genes():
    flags = landmark_flags(sample_path("genes.tsv"), load_sample().ranks)
    assert flags.sum() == 978
    assert flags.notna().all()


class TestRefusals:
    @pytest.mark.parametrize(
        ("table", "value", "remedy"),
        [
            (pd.DataFrame({"symbol": ["A"], "bing": [1]}), None, "feature_space"),
            (pd.DataFrame({"pr_is_lm": [1], "n": [3]}), None, "gene_symbol"),
            (pd.DataFrame({"symbol": ["A", "B", "C"], "landmark": ["maybe", 1, 2]}), "maybe", "leave them empty"),
            (["DDR1"], ["DDR1"], "name of a file"),
        ],
    )
    def test_which_argument_and_what_to_do(self, table, value, remedy):
        with pytest.raises(LincsInterpError) as error:
            landmark_flags(table)
        assert error.value.argument == "gene_metadata"
        assert remedy in error.value.remedy
        if value is None:
            assert error.value.value is table
        else:
            assert error.value.value == value

    def test_files(self, tmp_path):
        with pytest.raises(LincsInterpError, match=r"gene_metadata 'nowhere\.tsv' does not exist"):
            landmark_flags("nowhere.tsv")
        path = tmp_path / "genes.tsv"
        path.write_text("symbol\tbing\nA\t1\n")
        with pytest.raises(LincsInterpError, match=r"^genes.tsv has no column of landmark flags"):
            landmark_flags(path)
        path.write_text("# nothing\n")
        with pytest.raises(LincsInterpError, match=r"^genes.tsv: the file holds comment lines only"):
            landmark_flags(path)
        path.write_text('{"a": 1}')
        with pytest.raises(LincsInterpError, match=r"^genes.tsv: a json file is not read here: save the table as .tsv"):
            landmark_flags(path)

    @pytest.mark.parametrize("text", ["symbol\tlandmark\n", "gene_symbol\n", "landmark\n", "-666\n", "x\tpr_is_lm\n"])
    @pytest.mark.parametrize("others", ["by length", "unknown", "inferred"])
    def test_a_header_without_rows_names_no_gene(self, tmp_path, text, others):
        path = tmp_path / "h.tsv"
        path.write_text(text)
        with pytest.raises(LincsInterpError) as raised:
            landmark_flags(path, ["TP53"], others=others)
        assert str(raised.value) == (
            "h.tsv names no gene: pass a table of gene symbols with a column such as landmark (1 or 0)."
        )

    def test_a_table_without_rows_and_a_file_of_something_else(self, tmp_path):
        table = pd.DataFrame({"symbol": ["A"], "landmark": [1]})
        for empty in (table.iloc[:0], table.assign(symbol=""), table.set_index("symbol")["landmark"].iloc[:0]):
            with pytest.raises(LincsInterpError, match=r"^gene_metadata names no gene: pass a table"):
                landmark_flags(empty)
        path = tmp_path / "junk.xlsx"
        path.write_text("junk")
        with pytest.raises(LincsInterpError, match=r"^junk.xlsx is a plain list of 1 symbol, too short for the 978"):
            landmark_flags(path)

    @pytest.mark.parametrize(
        ("genes", "word"),
        [
            (pd.DataFrame({"S1": [1]}, index=["A"]), "a pandas DataFrame"),
            ({"A": 1}, "a dict"),
            (b"DDR1", "a bytes"),
            (bytearray(b"DDR1"), "a bytearray"),
        ],
    )
    def test_genes_of_which_something_else_would_be_iterated(self, genes, word):
        with pytest.raises(LincsInterpError) as raised:
            landmark_flags(pd.DataFrame({"symbol": ["A"], "landmark": [1]}), genes)
        assert str(raised.value) == f"genes is {word}: pass a RankMatrix or a list of gene symbols."

    def test_arguments(self):
        table = pd.DataFrame({"symbol": ["A"], "landmark": [1]})
        for arguments in ({"genes": "DDR1"}, {"others": "no"}):
            with pytest.raises(LincsInterpError) as error:
                landmark_flags(table, **arguments)
            assert {error.value.argument: error.value.value} == arguments


@pytest.mark.real
def test_real_tables(real_data):
    real = real_data / "real"
    full = read_ranks(real / "full_12328x43.ranks.tsv.gz")
    by_table = landmark_flags(real / "gene_metadata.tsv", full)
    by_list = landmark_flags(real / "landmark_978.txt", full)
    assert by_table.sum() == by_list.sum() == 978
    assert by_table.notna().all()
    assert by_list.isna().sum() < 40
    assert (by_table == by_list).dropna().all()
    measured = read_ranks(real / "landmark_978x1080.ranks.tsv.gz")
    assert landmark_flags(real / "gene_metadata.tsv", measured).all()
    assert isinstance(measured, RankMatrix)
    assert np.array_equal(landmark_flags(real / "gene_metadata.tsv", full.genes), by_table)
