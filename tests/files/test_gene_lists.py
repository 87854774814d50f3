"""read_query: the same genes from every way to write them down."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.missing import is_missing
from lincs_interp._util.text import shown
from lincs_interp.core.query import GeneQuery
from lincs_interp.io.gene_lists import read_query

GENES = ("MYC", "HLA-A", "C11orf58", "5-MAR", "NKX2-5")

# Each ends in an NA, the empty cell of a spreadsheet, which is no gene.
PASTED = {
    "lines": "MYC\nHLA-A\nC11orf58\n5-MAR\nNKX2-5\nNA\n",
    "windows lines": "MYC\r\nHLA-A\r\nC11orf58\r\n5-MAR\r\nNKX2-5\r\nNA\r\n",
    "commas": "MYC,HLA-A, C11orf58,5-MAR ,NKX2-5,NA",
    "semicolons": "MYC;HLA-A; C11orf58;5-MAR;NKX2-5;NA;",
    "blanks": "MYC HLA-A   C11orf58 5-MAR NKX2-5 NA",
    "tabs": "MYC\tHLA-A\tC11orf58\t5-MAR\tNKX2-5\tNA",
    "quotes and tabs": '"MYC"\t"HLA-A"\t"C11orf58"\t"5-MAR"\t"NKX2-5"\t"NA"',
    "commas over lines": "MYC, HLA-A,\nC11orf58, 5-MAR,\nNKX2-5, NA",
    "ragged commas": "MYC, HLA-A, C11orf58\n5-MAR\nNKX2-5, NA",
    "blanks over lines": "MYC HLA-A C11orf58\n5-MAR NKX2-5 NA",
    "R vector": 'c("MYC", "HLA-A", "C11orf58", "5-MAR", "NKX2-5", "NA")',
    "Python list": "['MYC', 'HLA-A', 'C11orf58', '5-MAR', 'NKX2-5', 'NA']",
    "typographic quotes": "“MYC”, “HLA-A”, “C11orf58”, “5-MAR”, “NKX2-5”, “NA”",
    "header": "Gene Symbol\nMYC\nHLA-A\nC11orf58\n5-MAR\nNKX2-5\nNA",
    "quoted header": '"symbol"\n"MYC"\n"HLA-A"\n"C11orf58"\n"5-MAR"\n"NKX2-5"\n"NA"\n',
    "comment": "# my genes, by hand\nMYC\nHLA-A\nC11orf58\n5-MAR\nNKX2-5\nNA",
    "trailing commas": "MYC,\nHLA-A,\nC11orf58,\n5-MAR,\nNKX2-5,\nNA,\n",
    "table without values": "gene\tdescription\nMYC\ta b\nHLA-A\tc\nC11orf58\td\n5-MAR\te f\nNKX2-5\tg\nNA\th\n",
    "table with Entrez ids": "entrez_id\tsymbol\n"
    "4609\tMYC\n3105\tHLA-A\n10944\tC11orf58\n54708\t5-MAR\n1482\tNKX2-5\n9\tNA\n",
    "one set": "my set\tna\tMYC\tHLA-A\tC11orf58\t5-MAR\tNKX2-5\tNA\n",
}
IN_FILES_ONLY = ("one set",)  # pasted, its first two cells could be genes


@pytest.mark.parametrize("shape", [s for s in PASTED if s not in IN_FILES_ONLY])
def test_pasted_text(shape):
    assert read_query(PASTED[shape]).up == GENES


@pytest.mark.parametrize("shape", PASTED)
@pytest.mark.parametrize("as_text", [True, False])
def test_file(shape, as_text, tmp_path):
    path = tmp_path / ("genes.gmt" if shape == "one set" else "genes.txt")
    path.write_bytes(PASTED[shape].encode())
    query = read_query(str(path) if as_text else path)
    assert query.up == GENES
    assert query.down == ()


def test_packed_file_with_bom_and_utf_16(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(PASTED["lines"].encode("utf-8-sig")))
    (tmp_path / "b.txt").write_bytes(PASTED["lines"].encode("utf-16"))
    query = read_query(tmp_path / "a.txt.gz", tmp_path / "b.txt")
    assert query.up == query.down == GENES


def test_sheet_with_dates(tmp_path):
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    for cell in ("Gene", "MYC", dt.datetime(2024, 3, 5), "NA"):
        book.active.append([cell])
    book.save(tmp_path / "genes.xlsx")
    assert read_query(tmp_path / "genes.xlsx").up == ("MYC", "2024-03-05")


@pytest.mark.parametrize(
    "make", [list, tuple, set, iter, pd.Series, pd.Index, lambda genes: dict.fromkeys(genes).keys()]
)
def test_any_iterable_of_genes(make):
    assert read_query(make(["MYC"]), down=(g for g in ("TP53", "EGFR"))).down == ("TP53", "EGFR")


@pytest.mark.parametrize("gene", ["MYC", "943", "HLA-A", "5-MAR", "B2M"])
def test_one_gene_is_a_gene_and_no_file(gene):
    assert read_query(gene).up == (gene,)


@given(
    st.lists(
        st.from_regex(r"[A-Z][A-Z0-9]{1,8}(-[0-9]{1,2})?", fullmatch=True).filter(
            lambda gene: not is_missing(gene) and gene not in ("UP", "DN", "DOWN")
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["\n", "\r\n", ",", ", ", ";", "\t", " ", "\n\n", ",\n"]),
    st.sampled_from(["", '"', "'"]),
)
def test_no_separator_and_no_quote_changes_the_genes(genes, separator, quote):
    assert read_query([*genes], name="q").up == tuple(genes)
    text = separator.join(f"{quote}{gene}{quote}" for gene in genes) + "\n"
    assert read_query(text).up == tuple(genes)


@pytest.mark.parametrize("word", ["NA", "NaN", "nan", "null", "None", "N/A", "#N/A", "-"])
def test_words_for_a_missing_value_are_left_out_of_text_and_kept_in_a_list(word):
    assert read_query(f"MYC\n{word}\nTP53").up == ("MYC", "TP53")
    assert read_query(f"up\tdown\nMYC\t{word}\n{word}\tTP53\n").down == ("TP53",)
    assert read_query(["MYC", word]).up == ("MYC", word)


def test_blank_down_is_one_sided():
    assert read_query("MYC", "").one_sided
    assert read_query("MYC", []).one_sided


@pytest.mark.parametrize("separator", ["\n", ", ", " "])
def test_200_000_genes(separator):
    genes = [f"GENE{i}" for i in range(200_000)]
    assert read_query(separator.join(genes)).up == tuple(genes)


# Both sides in one source --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [("toy up", "toy down"), ("toy_up", "toy_down"), ("toy_UP", "toy_DN"), ("toy-Up", "toy-Down")]
)
@pytest.mark.parametrize("ending", [".gmt", ".txt"])
def test_gmt_pair(names, ending, tmp_path):
    path = tmp_path / f"sets{ending}"
    path.write_text(f"{names[0]}\t\tMYC\tTP53\n{names[1]}\t\tEGFR,1.0\tKRAS\tNA\n")
    query = read_query(path)
    assert (query.name, query.up, query.down) == ("toy", ("MYC", "TP53"), ("EGFR", "KRAS"))


@pytest.mark.parametrize("description", ["http://example.org/sets", "a set, from a paper", "MYC"])
def test_gmt_in_a_text_file_may_have_any_description(description, tmp_path):
    path = tmp_path / "sets.txt"
    path.write_text(f"s_up\t{description}\tMYC\tTP53\ns_down\t\tEGFR\tKRAS\tSTAT1\n")
    query = read_query(path)
    assert (query.name, query.up, query.down) == ("s", ("MYC", "TP53"), ("EGFR", "KRAS", "STAT1"))


@pytest.mark.parametrize(
    ("up", "down", "neither"),
    [
        ("up", "down", "ns"),
        ("UP", "DN", "NO"),
        ("Up", "Down", "NotSig"),
        ("up-regulated", "down-regulated", "not significant"),
        ("+", "-", ""),
        ("1", "-1", "0"),
    ],
)
@pytest.mark.parametrize("header", ["gene\tdirection", "gene\tregulation", "my id\tDEG", "direction\tgene"])
def test_column_of_directions_parts_the_sides(header, up, down, neither):
    rows = [("MYC", up), ("TP53", down), ("EGFR", up), ("KRAS", neither), ("STAT1", down)]
    turned = [row[::-1] if header.startswith("direction") else row for row in rows]
    query = read_query(table(header.split("\t"), turned))
    assert (query.up, query.down) == (("MYC", "EGFR"), ("TP53", "STAT1"))


def test_words_of_direction_need_no_header():
    query = read_query("MYC\tup\nTP53\tdown\nEGFR\tup\n")
    assert (query.up, query.down, query.values) == (("MYC", "EGFR"), ("TP53",), None)
    assert read_query("gene\tx\nMYC\tdown\nTP53\tdown\n").down == ("MYC", "TP53")


def test_directions_beside_other_columns():
    rows = [("MYC", 900, "up", 0.01), ("TP53", 10, "down", 0.01), ("EGFR", 3, "up", 0.4)]
    query = read_query(table(("gene", "baseMean", "direction", "padj"), rows))
    assert (query.up, query.down, query.values) == (("MYC",), ("TP53",), None)
    folds = [("MYC", 2.5, "up"), ("TP53", -1.5, "down"), ("EGFR", 0.5, "ns")]
    query = read_query(table(("gene", "logFC", "direction"), folds))
    assert (query.up, query.down) == (("MYC",), ("TP53",))
    assert query.values.to_dict() == {"MYC": 2.5, "TP53": -1.5, "EGFR": 0.5}


@pytest.fixture
def two_pairs(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("a up\t\tA1\tA2\na down\t\tA3\nb up\tdesc\tB1\nb down\tdesc\tB2\tB3\n")
    return path


@pytest.mark.parametrize("name", ["b", "B", "b up"])
def test_gmt_of_several_pairs_takes_the_named_one(name, two_pairs):
    query = read_query(two_pairs, name=name)
    assert (query.name, query.up, query.down) == (name, ("B1",), ("B2", "B3"))


def test_gmt_that_repeats_a_set_loses_no_gene(tmp_path):
    (tmp_path / "s.gmt").write_text("toy up\t\tMYC\ntoy up\t\tTP53\ntoy down\t\tEGFR\n")
    assert read_query(tmp_path / "s.gmt").up == ("MYC", "TP53")


def test_gmt_set_without_side_is_not_mixed_with_a_pair(tmp_path):
    (tmp_path / "s.gmt").write_text("toy\t\tMYC\ntoy up\t\tTP53\n")
    with pytest.raises(LincsInterpError, match="holds 2 gene sets"):
        read_query(tmp_path / "s.gmt")


def test_gmt_single_down_set_is_down(tmp_path):
    (tmp_path / "s.gmt").write_text("toy down\t\tMYC\n")
    assert read_query(tmp_path / "s.gmt").down == ("MYC",)


def test_input_table_of_the_site():
    text = (
        "Name\tInput Type\tType\tID\nMYC\tup_entities\tvalid\t1\nTP53\tdown_entities\tvalid\t2\n"
        "5-MAR\tup_entities\tinvalid\t\n"
    )
    query = read_query(text)
    assert (query.up, query.down) == (("MYC", "5-MAR"), ("TP53",))
    assert read_query(text.replace("up_entities", "entities").replace("down_entities", "entities")).up == (
        "MYC",
        "TP53",
        "5-MAR",
    )


def test_two_columns_called_up_and_down():
    query = read_query("up genes\tdown genes\nMYC\tTP53\nEGFR\t\n")
    assert (query.up, query.down) == (("MYC", "EGFR"), ("TP53",))


def table(header, rows, delimiter="\t"):
    return "\n".join(delimiter.join(map(str, row)) for row in [header, *rows]) + "\n"


DESEQ2 = [
    ("MYC", 900.5, 2.5, 0.3, 8.0, 1e-12, 1e-10),
    ("TP53", 10.25, -1.5, 0.3, -5.0, 1e-6, 0.04),
    ("EGFR", 3.5, 3.0, 2.5, 1.1, 0.2, 0.4),
    ("KRAS", 0.5, -0.25, 2.5, -0.1, 0.9, "NA"),
    ("NA", 30.5, 1.25, 0.2, 6.0, 1e-8, 0.001),
    ("ZZZ3", 0, "NA", "NA", "NA", "NA", "NA"),
]
DESEQ2_HEADER = ("", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj")
FOLDS = {"MYC": 2.5, "TP53": -1.5, "EGFR": 3.0, "KRAS": -0.25}


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("corner", ["", "gene_id", None])
def test_deseq2(delimiter, corner):
    header = DESEQ2_HEADER[1:] if corner is None else (corner, *DESEQ2_HEADER[1:])
    query = read_query(table(header, DESEQ2, delimiter))
    assert (query.up, query.down) == (("MYC",), ("TP53",))
    assert query.values.to_dict() == FOLDS


def test_deseq2_with_decimal_commas():
    rows = [[str(cell).replace(".", ",") for cell in row] for row in DESEQ2]
    query = read_query(table(DESEQ2_HEADER, rows, ";"))
    assert (query.up, query.down, query.values.to_dict()) == (("MYC",), ("TP53",), FOLDS)


def test_limma_as_r_writes_it():
    rows = [('"MYC"', 2.5, 7.1, 8.1, 1e-9, 1e-7, 11.5), ('"TP53"', -1.5, 6.2, -4.4, 1e-5, 1e-3, 3.2)]
    header = ('"logFC"', '"AveExpr"', '"t"', '"P.Value"', '"adj.P.Val"', '"B"')
    query = read_query(table(header, rows, " "))
    assert (query.up, query.down, query.values.to_dict()) == (("MYC",), ("TP53",), {"MYC": 2.5, "TP53": -1.5})


def test_edger():
    header = ("gene", "logFC", "logCPM", "F", "PValue", "FDR")
    query = read_query(table(header, [("MYC", 2, 3, 40, 0.001, 0.01), ("TP53", -2, 3, 40, 0.001, 0.06)]))
    assert (query.up, query.down, query.values.to_dict()) == (("MYC",), (), {"MYC": 2.0, "TP53": -2.0})


def test_any_single_column_of_values_without_p():
    query = read_query(
        table(("symbol", "my own measure"), [("MYC", "0.5"), ("TP53", "-3"), ("EGFR", "0"), ("MYC", "-1")])
    )
    assert (query.up, query.down) == (("MYC",), ("TP53", "MYC"))
    assert query.values.to_dict() == {"MYC": 0.5, "TP53": -3.0, "EGFR": 0.0}


def test_two_tables_of_one_sign_each():
    query = read_query(table(("gene", "logFC"), [("MYC", 2)]), table(("gene", "logFC"), [("TP53", -2)]))
    assert (query.up, query.down, query.values.to_dict()) == (("MYC",), ("TP53",), {"MYC": 2.0, "TP53": -2.0})


# Names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "name"), [("hdac_up.txt", "hdac"), ("hdac-down.tsv.gz", "hdac"), ("hdac.txt", "hdac")]
)
def test_the_file_names_the_query(file, name, tmp_path):
    data = b"MYC\nTP53\n"
    (tmp_path / file).write_bytes(gzip.compress(data) if file.endswith("gz") else data)
    assert read_query(tmp_path / file).name == name
    assert read_query(tmp_path / file, name="mine").name == "mine"
    assert read_query("MYC").name == "query"


# Errors --------------------------------------------------------------------------------------------------


ROWS_UP = table(("gene", "logFC"), [("A", 2), ("B", 3)])
ROWS_BOTH = table(("gene", "logFC"), [("A", 2), ("B", -2)])


@pytest.mark.parametrize(
    ("up", "down", "argument", "value", "remedy"),
    [
        ("", None, "up", "", "give gene symbols"),
        ([], None, "up", [], "give gene symbols"),
        (7, None, "up", 7, "a list of genes"),
        ("MYC", {"TP53": "x"}, "down", {"TP53": "x"}, "one column of symbols"),
        (b"MYC", None, "up", b"MYC", "decode it"),
        (ROWS_BOTH, "C", "up", "up", "pass it alone"),
        ("MYC", ROWS_UP, "down", "down", "swap up and down"),
        (
            table(("gene", "one", "two"), [("A", 2, 4), ("B", -2, 3)]),
            None,
            "up",
            ["one", "two"],
            "keep the gene column and the one to use",
        ),
        (
            table(("gene", "logFC", "padj"), [("A", 2, 0.4), ("B", -2, 0.3)]),
            None,
            "up",
            "padj",
            "give the up and down genes as lists",
        ),
        (table(("gene", "FoldChange"), [("A", 2.5), ("B", 0.3)]), None, "up", "FoldChange", "logarithms"),
        (table(("Name", "Input Type"), [("A", "sideways")]), None, "up", "sideways", "up_entities or down_entities"),
    ],
)
def test_what_is_no_query(up, down, argument, value, remedy):
    with pytest.raises(LincsInterpError) as caught:
        read_query(up, down)
    assert (caught.value.argument, caught.value.value) == (argument, value)
    assert remedy in caught.value.remedy


def test_several_sets_are_listed(two_pairs):
    with pytest.raises(LincsInterpError, match=r"sets\.gmt holds 2 gene sets \(a, b\)") as caught:
        read_query(two_pairs)
    assert caught.value.argument == "up"
    assert "name" in caught.value.remedy


@pytest.mark.parametrize(
    "missing", ["absent_up.txt", "folder/genes", Path("genes"), "my genes.docx", "~no-such-user/g.txt"]
)
def test_missing_file(missing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LincsInterpError) as caught:
        read_query(missing)
    assert (caught.value.argument, caught.value.value) == ("up", missing)
    assert "check" in caught.value.remedy
    if not str(missing).startswith("~"):
        assert f"looked from {shown(tmp_path, 120)}" in caught.value.remedy


@pytest.mark.parametrize("make", [str, Path])
def test_folder_is_no_gene(make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f").mkdir()
    with pytest.raises(LincsInterpError) as caught:
        read_query(make("f"))
    assert caught.value.argument == "up"
    assert "the file inside it" in caught.value.remedy


def test_file_in_a_folder_that_may_not_be_looked_into_is_no_gene(monkeypatch):
    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refused)
    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(LincsInterpError, match="Permission denied") as caught:
        read_query("closed/genes")
    assert (caught.value.argument, caught.value.value) == ("up", "closed/genes")


@pytest.mark.parametrize("name", [pd.Series(["a", "b"]), pd.NA, 7])
@pytest.mark.parametrize("gmt", [True, False])
def test_name_must_be_text(name, gmt, two_pairs):
    with pytest.raises(LincsInterpError) as caught:
        read_query(two_pairs if gmt else "MYC", name=name)
    assert caught.value.argument == "name"
    assert caught.value.value is name
    assert "text" in caught.value.remedy


# Real data -----------------------------------------------------------------------------------------------


@pytest.mark.real
def test_real_queries(real_data):
    folder = real_data / "real" / "queries"
    ups = sorted(folder.glob("*_up.txt"))
    assert len(ups) > 20
    for up in ups:
        down = up.with_name(up.name.replace("_up.txt", "_down.txt"))
        query = read_query(up, down if down.exists() else None)
        assert isinstance(query, GeneQuery)
        assert query.up == tuple(up.read_text().split())
        assert query.down == (tuple(down.read_text().split()) if down.exists() else ())
        assert query.name == up.name.removesuffix("_up.txt")


# What was chosen -----------------------------------------------------------------------------------------

CHOSEN = table(
    ("gene", "cluster", "logFC", "padj"),
    [(gene, name, sign * n, p) for name, sign in (("A", 1), ("B", -1))
     for gene, n, p in (("MYC", 3, 0.001), ("TP53", -2, 0.03), ("EGFR", 1, 0.01), ("KRAS", -4, 0.2))],
)  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "up", "down"),
    [
        ({"contrast": "A"}, ("MYC", "EGFR"), ("TP53",)),
        ({"contrast": "b"}, ("TP53",), ("MYC", "EGFR")),
        ({"contrast": "A", "max_adjusted_p": 0.02}, ("MYC", "EGFR"), ()),
        ({"contrast": "A", "max_adjusted_p": 1}, ("MYC", "EGFR"), ("TP53", "KRAS")),
        ({"contrast": "A", "max_genes": 1}, ("MYC",), ("TP53",)),
    ],
)
def test_choices_change_the_lists(choice, up, down):
    query = read_query(CHOSEN, **choice)
    assert (query.up, query.down) == (up, down)
    assert all(sentence in repr(query) for sentence in query.assumptions)
    assert f"padj < {choice.get('max_adjusted_p', 0.05):g}" in query.assumptions[0]


@pytest.mark.parametrize(
    ("choice", "remedy"),
    [
        ({}, 'contrast="A"'),
        ({"contrast": 7}, "text"),
        *(({"contrast": "A", "max_adjusted_p": p}, "between 0 and 1") for p in (0, -1, 2, "low", None)),
        *(({"contrast": "A", "max_genes": n}, "whole number from 1") for n in (0, 2.5, "all")),
    ],
)
def test_choices_that_cannot_be(choice, remedy):
    with pytest.raises(LincsInterpError) as caught:
        read_query(CHOSEN, **choice)
    assert remedy in caught.value.remedy
    assert caught.value.argument == (list(choice) or ["up"])[-1]


def test_two_sources_say_which_list_they_are_about():
    one, other = table(("gene", "logFC"), [("MYC", 2), ("EGFR", 1)]), table(("gene", "logFC"), [("TP53", -2)])
    assert [note.split(":")[0] for note in read_query(one, other).assumptions] == ["Up", "Down"]
    assert read_query(one, "TP53").assumptions[0].startswith("Read as")
    assert read_query("MYC", "TP53").assumptions == GeneQuery("q", ["MYC"]).assumptions == ()
