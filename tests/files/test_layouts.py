"""Where names and numbers of a damaged matrix belong: under their own gene and signature, or the file is refused."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from matrix_shapes import IDS, joined, lines, random_matrix

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.io.matrices import read_coefficients, read_ranks

MATRIX = random_matrix().iloc[:, :3]
MATRIX = MATRIX.iloc[(MATRIX.index.str.startswith("GENE")).nonzero()[0][:80]].rank().astype(int)
ONE, TWO, THREE = IDS[:3]
PLAIN = MATRIX.set_axis(["S1", "S2", "S3"], axis=1)
UUIDS = [f"{n:08x}-0000-4000-8000-0123456789ab" for n in (7, 0x1A2B3C4D, 0xFFFFFFFF)]


def as_tsv(rows: list[list[str]]) -> bytes:
    return joined(rows).encode()


def as_csv(rows: list[list[str]]) -> bytes:
    """As Excel saves it: every row as wide as the widest."""
    width = max(map(len, rows))
    return joined([[*row, *[""] * (width - len(row))] for row in rows], ";").encode()


def as_xlsx(rows: list[list[str]]) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([int(cell) if cell.isdecimal() else cell or None for cell in row])
    book.save(stream)
    return stream.getvalue()


WAYS = {"TSV": as_tsv, "CSV": as_csv, "XLSX": as_xlsx}


def body(frame: pd.DataFrame, end: list[str] | None = None) -> list[list[str]]:
    return [[*row, *(end or [])] for row in lines(frame)[1:]]


def outcome(data: bytes, reader=read_ranks, **options) -> tuple[pd.DataFrame, str] | LincsInterpError:
    """Return the matrix and what was said of it, or the refusal."""
    stream = io.BytesIO(data)
    stream.name = "m.txt"
    try:
        ranks = reader(stream, **options)
    except LincsInterpError as error:
        return error
    return (ranks, "") if reader is read_coefficients else (ranks.frame, " ".join(ranks.assumptions))


def assert_same(found: object, frame: pd.DataFrame) -> str:
    assert not isinstance(found, LincsInterpError), str(found)
    assert list(found[0].index) == list(frame.index)
    assert list(found[0].columns) == list(frame.columns)
    np.testing.assert_array_equal(found[0].to_numpy(), frame.to_numpy())
    return found[1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ids", [[ONE, TWO, THREE], ["S1", "S2", "S3"], UUIDS])
@pytest.mark.parametrize("tab", [[], [""], ["", ""]])
def test_a_header_without_a_corner_moves_back(way, ids, tab):
    """R leaves the corner out; tabs at line ends, or a spreadsheet that fills rows up, hide that."""
    frame = MATRIX.set_axis(ids, axis=1)
    said = assert_same(outcome(WAYS[way]([[*ids, *tab], *body(frame, tab)])), frame)
    assert f"{ids[0]}, found above column 1, is the name of column 2" in said


@pytest.mark.parametrize("way", ["CSV", "XLSX"])
@pytest.mark.parametrize("corner", ["symbol", "Genes / HGNC (2021)"])
def test_a_header_one_cell_to_the_right_moves_back(way, corner):
    said = assert_same(outcome(WAYS[way]([["", corner, ONE, TWO, THREE], *body(MATRIX)])), MATRIX)
    assert f"{ONE}, found above column 3, is the name of column 2" in said


WORDS = ["name", "id", "title", "symbol", "length", "end", "start", "entrez", "description"]


def test_a_last_signature_that_begins_with_missing_ranks_is_kept():
    rows = lines(MATRIX)
    for row in rows[1:75]:
        row[3] = "NA"
    assert outcome(as_tsv(rows))[0].columns.tolist() == [ONE, TWO, THREE]


@pytest.mark.parametrize("half", [slice(1, 31), slice(31, 61)])
def test_a_signature_missing_in_half_of_the_first_rows_is_kept(half):
    rows = lines(MATRIX)
    for row in rows[half]:
        row[2] = ""
    assert outcome(as_tsv(rows))[0].columns.tolist() == [ONE, TWO, THREE]


#: Headers above a gene column and three columns of numbers, in which a name is lost, added or in another's place.
UNCLEAR = [
    ["gene_symbol", ONE, THREE],
    ["gene_symbol", "S1", "S3"],
    ["id", ONE, THREE],
    ["", ONE, THREE],
    ["Genes / HGNC", "S1", "S3"],
    ["HUGO", ONE, THREE],
    [ONE, "gene", TWO, THREE],
    ["S1", "symbol", "S2", "S3"],
    ["S1", "X", "S2", "S3"],
    [UUIDS[0], "", *UUIDS[1:]],
    ["gene", ONE, "X", TWO, THREE],
    ["gene", "S1", "S1", "S2", "S3"],
    ["gene", UUIDS[0], "X", *UUIDS[1:]],
    ["gene", "gene", ONE, TWO],
    ["gene", ONE],
    ["gene", "S1"],
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("header", UNCLEAR)
def test_a_header_that_does_not_fit_is_refused_with_its_readings(way, header):
    error = outcome(WAYS[way]([header, *body(MATRIX)]))
    assert isinstance(error, LincsInterpError)
    assert error.argument == "path"
    assert ("one name above each column" in error.remedy) or ("correct this line" in error.remedy)


@pytest.mark.parametrize("way", WAYS)
def test_one_signature_without_a_corner(way):
    frame = MATRIX[[ONE]]
    assert_same(outcome(WAYS[way]([[ONE], *body(frame)])), frame)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("above", [True, False])
def test_facts_beside_a_header_without_a_corner(way, above):
    top = [[ONE, TWO, THREE], ["cell_line", "A", "B", "C"]]
    assert_same(outcome(WAYS[way]([*(top[::-1] if above else top), *body(MATRIX)])), MATRIX)


def test_both_readings_are_shown():
    error = str(outcome(as_tsv([["gene_symbol", "S1", "S3"], *body(MATRIX)])))
    gene, first, second, _ = body(MATRIX)[0]
    assert f"the numbers {first}, {second} and 1 more of {gene} could be those of S1, S3 and 1 more or gene_sy" in error


def test_a_note_behind_the_numbers_takes_no_name():
    notes = body(MATRIX, ["a remark"])
    assert_same(outcome(as_tsv([["gene", ONE, TWO, THREE], *notes])), MATRIX)
    assert isinstance(outcome(as_tsv([["gene", ONE, THREE, "note"], *notes])), LincsInterpError)
    assert_same(outcome(as_tsv([[ONE, TWO, THREE, "note"], *notes])), MATRIX)


@pytest.mark.parametrize("way", WAYS)
def test_an_emptied_name_is_numbered_and_said(way):
    said = assert_same(
        outcome(WAYS[way]([["gene", ONE, "", THREE], *body(MATRIX)])),
        MATRIX.rename(columns={TWO: "signature 2"}),
    )
    assert '1 column of numbers without a name: column 3 is called "signature 2".' in said


@pytest.mark.parametrize("word", [*WORDS, "gene_id", "x", "row"])
@pytest.mark.parametrize("place", [1, 3])
@pytest.mark.parametrize("options", [{}, {"signatures": "*"}])
def test_ranks_below_a_word_are_a_signature(word, place, options):
    frame = MATRIX.set_axis([ONE, TWO, THREE], axis=1).rename(columns={MATRIX.columns[place - 1]: word})
    said = assert_same(outcome(as_tsv(lines(frame, corner="gene")), **options), frame)
    assert word in ("x", "row") or f"1 column taken as signatures, since they hold ranks: {word}." in said


@pytest.mark.parametrize("zeros", [0.2, 0.7])
@pytest.mark.parametrize("word", WORDS)
def test_tied_ranks_below_a_word_are_a_signature(word, zeros):
    values = np.random.default_rng(5).normal(size=(300, 5))
    values[np.random.default_rng(6).random(values.shape) < zeros] = 0
    ids = ["S1", word, "S3", "S4", "S5"]
    frame = pd.DataFrame(values, index=[f"GENE{i}" for i in range(300)], columns=ids).rank(method="max").astype(int)
    assert_same(outcome(as_tsv(lines(frame, corner="gene"))), frame)


@pytest.mark.parametrize("word", ["length", "id", "entrez"])
@pytest.mark.parametrize("numbers", [range(900, 1460, 7), [n % 30 + 1 for n in range(80)], range(1, 81)])
def test_other_numbers_below_a_word_are_none(word, numbers):
    column = [word, *map(str, np.random.default_rng(1).permutation(numbers) if len(set(numbers)) < 80 else numbers)]
    rows = [[number, *row] for number, row in zip(column, lines(MATRIX, "gene"), strict=True)]
    said = assert_same(outcome(as_tsv(rows)), MATRIX)
    assert f"1 column left out as no signature: {word}." in said


def test_a_matrix_in_the_order_of_a_word_keeps_that_signature():
    frame = MATRIX.rename(columns={TWO: "name"}).sort_values("name")
    assert_same(outcome(as_tsv(lines(frame, "gene"))), frame)


@pytest.mark.parametrize("signatures", [[ONE, TWO, THREE], ["a", "b", "c"]])
@pytest.mark.parametrize("by", ["gene", "signature"])
@pytest.mark.parametrize("headers", [("gene", "signature", "rank"), ("symbol", "sample", "value"), ("a", "b", "c")])
def test_a_long_table_is_refused_as_such(signatures, by, headers):
    long = (
        MATRIX.set_axis(signatures, axis=1).rename_axis(index="gene").reset_index().melt("gene", var_name="signature")
    )
    rows = long.sort_values(by, kind="stable").astype(str).to_numpy().tolist()
    error = outcome(as_tsv([list(headers), *rows]), n_genes=80)
    assert isinstance(error, LincsInterpError)
    assert "long table" in str(error)
    assert "genes x signatures" in error.remedy


def test_several_probes_of_a_gene_are_no_long_table():
    rows = lines(MATRIX)
    for n, row in enumerate(rows[1:]):
        row[0] = f"GENE{int(n**0.7)}"
    found = outcome(as_tsv(rows))
    assert found[0].index.tolist() == list(dict.fromkeys(row[0] for row in rows[1:]))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reader", [read_ranks, read_coefficients])
def test_a_note_among_the_genes_cuts_nothing_off(way, reader):
    rows = lines(MATRIX)
    rows.insert(70, ["measured on another day"])
    said = assert_same(outcome(WAYS[way](rows), reader), MATRIX)
    assert reader is read_coefficients or "1 line between the genes left out (line 71: measured on" in said


def test_what_follows_a_note_is_read_or_refused_never_dropped():
    rows = lines(MATRIX)
    assert isinstance(outcome(as_tsv([*rows[:70], ["a note"], ["GENE", "7"], *rows[70:]])), LincsInterpError)
    assert isinstance(outcome(as_tsv([*rows[:70], [" ".join(rows[70])], *rows[71:]]), n_genes=99), LincsInterpError)
    said = assert_same(outcome(as_tsv([*rows, ["a legend below"], ["S1", "a drug"]])), MATRIX)
    assert "2 lines below the table left out (line 82: a legend below, line 83: S1)" in said


@pytest.mark.parametrize("letter", ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u200e", "\ufe0f", "\u3164"])
@pytest.mark.parametrize("way", WAYS)
def test_letters_of_no_width_hide_no_gene(letter, way):
    rows = lines(MATRIX)
    rows[5][0], rows[0][2] = rows[5][0][:2] + letter + rows[5][0][2:], rows[0][2] + letter
    said = assert_same(outcome(WAYS[way](rows)), MATRIX)
    assert f"1 gene name freed of letters without width or quotation marks: {MATRIX.index[4]}." in said


@pytest.mark.parametrize(
    ("damage", "gene"),
    [
        (lambda row: row[:2] + row[3:], True),
        (lambda row: [*row, "7"], True),
        (lambda row: [*row[:2], "7", *row[2:]], True),
        (lambda row: [*row[1:], ""], False),
        (lambda row: [row[1], "", *row[2:]], False),
    ],
)
def test_a_cell_lost_or_added_in_a_row_is_refused_by_line_and_gene(damage, gene):
    rows = lines(MATRIX)
    rows[30], name = damage(rows[30]), rows[30][0] if gene else rows[30][1]
    error = str(outcome(as_tsv(rows), n_genes=12_318))
    assert "line 31 has " in error
    assert f"(gene {name})" in error


def test_a_lost_cell_shows_by_the_tabs_at_line_ends():
    rows = [[*row, ""] for row in lines(MATRIX)]
    del rows[30][2]
    assert "line 31" in str(outcome(as_tsv(rows), n_genes=12_318))


def test_a_row_that_moved_in_a_sheet_is_named_in_every_signature():
    frame = random_matrix().iloc[:40].rank().astype(int).assign(S5=[*range(1, 41)])
    rows = lines(frame)
    rows[30] = [rows[30][0], *rows[30][2:]]
    said = outcome(as_xlsx(rows))[1]
    assert all(one in said for one in (rows[30][0], *IDS, "S5"))
    rows[30] = rows[30][:1]
    said = outcome(as_xlsx(rows))[1]
    assert all(f"gene {rows[30][0]}, signature {one}" in said for one in (*IDS, "S5"))


def test_an_open_quotation_mark_swallows_no_row():
    rows = lines(MATRIX)
    rows[20][0], rows[30][0] = '"' + rows[20][0], rows[30][0] + '"'
    error = outcome(as_tsv(rows), n_genes=12_318)
    assert isinstance(error, LincsInterpError)
    assert "further lines in one cell" in str(error)


@pytest.mark.parametrize("reader", [read_ranks, read_coefficients])
@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_file_cut_inside_its_last_number(reader, delimiter):
    last = MATRIX.index[MATRIX[THREE] == 57][0]
    frame = MATRIX.loc[[*MATRIX.index.drop(last), last]]
    whole = joined(lines(frame), delimiter).encode()
    assert_same(outcome(whole.rstrip(b"\n"), reader), frame)
    error = outcome(whole[:-2], reader)
    assert isinstance(error, LincsInterpError)
    assert f"ends inside its last number, 5 (gene {last}, signature {THREE})" in str(error)
    if reader is read_ranks:
        said = outcome(joined(lines(frame.iloc[40:]), delimiter).encode()[:-2], n_genes=12_318)[1]
        assert f"its last number is not whole: 5 (gene {last}, signature {THREE})" in said


@pytest.mark.parametrize(("form", "cuts"), [("{:.4f}", range(1, 6)), ("{!r}", range(6, 16)), ("{:.6e}", range(1, 8))])
def test_coefficients_cut_inside_the_last_number(form, cuts):
    values = MATRIX.astype(float) * 1.2345678901234e-3
    whole = joined(lines(values, cell=form.format)).encode().rstrip(b"\n")
    assert not isinstance(outcome(whole, read_coefficients), LincsInterpError)
    for cut in cuts:
        assert isinstance(outcome(whole[:-cut], read_coefficients), LincsInterpError), cut


def test_one_large_number_makes_no_column_of_ids():
    rows = lines(MATRIX)
    rows[3][2] = "999999"
    found = outcome(as_tsv(rows))
    assert isinstance(found, LincsInterpError) or TWO in found[0].columns
