"""read_ranks and read_coefficients: every shape gives the same matrix back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matrix_shapes import (
    IDS,
    PACKINGS,
    TEXTS,
    fetch_rank,
    gct_13,
    gctx,
    joined,
    lines,
    plain,
    random_matrix,
    with_columns,
    xlsx,
)

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.percentiles import rank_coefficients
from lincs_interp.io import _text_table
from lincs_interp.io.matrices import read_coefficients, read_ranks


@pytest.fixture(scope="module")
def matrix():
    return random_matrix()


@pytest.fixture
def write(tmp_path):
    def write(content, name="ranks.tsv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def same(frame, matrix):
    assert list(frame.index) == list(matrix.index)
    assert list(frame.columns) == list(matrix.columns)
    np.testing.assert_array_equal(frame.to_numpy(), matrix.to_numpy())


# Every shape ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", TEXTS)
def test_text_shape(shape, matrix, write):
    ranks = read_ranks(write(TEXTS[shape](matrix)))
    same(ranks.frame, matrix)
    assert ranks.frame.to_numpy().dtype == np.int32


@pytest.mark.parametrize("shape", [s for s in TEXTS if not s.startswith("thousands by dots")])
def test_text_shape_as_coefficients(shape, matrix, write):
    same(read_coefficients(write(TEXTS[shape](matrix))), matrix)


@pytest.mark.parametrize("name", ["ranks.tsv", "ranks.bin"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_packing_is_found_by_content(packing, name, matrix, write):
    same(read_ranks(write(PACKINGS[packing](plain(matrix).encode()), name)).frame, matrix)


@pytest.mark.parametrize("shape", ["utf-16", "metadata rows", "GCT 1.3", "semicolons, decimal commas"])
def test_packed_shape(shape, matrix, write):
    text = TEXTS[shape](matrix)
    data = text if isinstance(text, bytes) else text.encode()
    same(read_ranks(write(PACKINGS["gz"](data))).frame, matrix)


def test_xlsx(matrix, tmp_path):
    rows = [
        ["symbol", *matrix.columns],
        *([g, *r] for g, r in zip(matrix.index, matrix.to_numpy().tolist(), strict=True)),
    ]
    same(read_ranks(xlsx(rows, tmp_path / "ranks.xlsx")).frame, matrix)


def test_xlsx_with_title_floats_description_and_an_empty_sheet_in_front(matrix, tmp_path):
    table = zip(matrix.index, matrix.to_numpy(float).tolist(), strict=True)
    rows = [
        ["Ranks"],
        [],
        [None, "about", *matrix.columns],
        *([g, "some words", *row, None] for g, row in table),
    ]
    same(read_ranks(xlsx(rows, tmp_path / "ranks.xlsx", before=True)).frame, matrix)


@pytest.mark.parametrize("index", ["symbol", None])
def test_parquet(index, matrix, tmp_path):
    path = tmp_path / "ranks.parquet"
    matrix.rename_axis(index).to_parquet(path)
    same(read_ranks(path).frame, matrix)


def test_parquet_with_genes_in_a_column(matrix, tmp_path):
    path = tmp_path / "ranks.parquet"
    table = matrix.astype("int16").reset_index(names="gene")
    table.insert(0, "entrez", range(5, 5 + len(table)))
    table.to_parquet(path)
    same(read_ranks(path).frame, matrix)


@pytest.mark.parametrize("symbols", [True, False])
def test_gctx(symbols, matrix, tmp_path):
    ranks = read_ranks(gctx(matrix, tmp_path / "ranks.gctx", symbols))
    same(ranks.frame, matrix)
    from_field = any("pr_gene_symbol" in sentence for sentence in ranks.assumptions)
    assert from_field != symbols


def test_fetch_rank(matrix, write):
    ranks = read_ranks(write(fetch_rank(matrix), "answer.json"))
    same(ranks.frame, matrix)
    assert ranks.n_genes == len(matrix)


def test_fetch_rank_of_some_genes_takes_n_from_maxrank(matrix, write):
    some = fetch_rank(matrix.iloc[:100]).replace('"maxrank": 100', '"maxrank": 1250')
    ranks = read_ranks(write(some))
    assert (ranks.n_genes, ranks.shape) == (1250, (100, 4))


# What is remarked ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ("comments on top", None),
        ("title on top", "1 line above the header left out (Gene Rank Matrix, exported)."),
        ("gene column last", 'Gene names were taken from column 5 "symbol".'),
        ("Entrez second, odd name", "1 column left out as no signature: number in the gene database."),
        ("landmark flag", "1 column left out as no signature: pr_is_lm."),
        ("utf-16", "The file is UTF-16 text."),
        ("footer", "1 line below the table left out (line 1,252: Source: the public site, by…)."),
        ("thousands by blanks", None),
        (
            "semicolons, decimal commas",
            "Numbers were read with a comma for decimals and a dot between thousands.",
        ),
        (
            "metadata rows",
            "3 rows below the header taken as metadata of the signatures: cell_line, dose, pert_name.",
        ),
    ],
)
def test_assumptions_say_what_was_done(shape, sentence, matrix, write):
    ours = read_ranks(write(TEXTS[shape](matrix))).assumptions
    plainly = read_ranks(write(plain(matrix))).assumptions
    assert set(plainly) <= set(ours)
    usual = (*plainly, "The columns are parted by semicolons.")
    assert [s for s in ours if s not in usual and "a dose whose unit" not in s] == [sentence][: bool(sentence)]


def test_an_unusual_delimiter_is_remarked(matrix, write):
    assert "The columns are parted by semicolons." in read_ranks(write(TEXTS["semicolons"](matrix))).assumptions


def test_metadata_rows_describe_the_signatures(matrix, write):
    described = read_ranks(write(TEXTS["metadata rows"](matrix))).signatures
    assert described["cell_line"].tolist() == ["YAPC", "HT29", "N8", "A375"]
    assert described["pert_dose"].tolist()[:2] == ["2", "10"]


def test_gct_metadata_describes_the_signatures(matrix, write):
    described = read_ranks(write(gct_13(matrix))).signatures
    assert described["cell_line"].tolist() == ["YAPC", "HT29", "N8", "A375"]
    assert described["pert_name"].tolist() == ["resiquimod", "PTPN1", "BRD-U44432129", "HCAR1"]


def test_dose_and_unit_in_two_fields(matrix, tmp_path):
    """As the Connectivity Map keeps them: -666 is missing, and the id has its own."""
    cmap = {
        "pert_dose": ["10", "-666", "0.5", "3.33"], "pert_dose_unit": ["um", "-666", "um", "nm"],
        "pert_idose": ["10 um", "-666", "0.5 um", "-666"], "pert_time": ["24", "96", "6", "-666"],
        "pert_time_unit": ["h", "h", "h", "-666"], "cell_iname": ["A", "B", "C", "-666"],
    }  # fmt: skip
    described = read_ranks(gctx(matrix, tmp_path / "ranks.gctx", **cmap)).signatures
    assert described["pert_dose"].tolist() == ["10 uM", "", "0.5 uM", "3.33 nM"]
    np.testing.assert_allclose(described["dose_um"], [10, np.nan, 0.5, 0.00333])
    assert described["time_h"].tolist() == [24, 96, 6, 96]
    assert described["cell_line"].tolist() == ["A", "B", "C", "A375"]
    table = tmp_path / "siginfo.tsv"
    table.write_text(joined([["sig_id", *cmap], *map(list, zip(IDS, *cmap.values(), strict=True))]))
    same = read_ranks(gctx(matrix, tmp_path / "plain.gctx"), metadata=table).signatures
    pd.testing.assert_frame_equal(same[["pert_dose", "dose_um", "time_h", "cell_line"]], described[[
        "pert_dose", "dose_um", "time_h", "cell_line"
    ]])  # fmt: skip


def test_what_was_assumed_of_coefficients_reaches_their_ranks(matrix, write):
    rows = lines(matrix - 600)
    rows[0].insert(1, "entrez")
    for n, row in enumerate(rows[1:]):
        row.insert(1, str(n + 5))
    values = read_coefficients(write(joined(rows)))
    assert "1 column left out as no signature: entrez." in values.attrs["assumptions"]
    assert set(values.attrs["assumptions"]) < set(rank_coefficients(values).assumptions)


def test_names_a_spreadsheet_turned_into_dates_keep_their_rows(matrix, write):
    spoilt = matrix.rename({"MARCH1": "1-Mar", "SEPT2": "2-Sep", "DEC1": "2024-12-01"})
    ranks = read_ranks(write(plain(spoilt)))
    same(ranks.frame, spoilt)
    assert sum("3 gene names turned into dates by a spreadsheet" in s for s in ranks.assumptions) == 1


def test_date_cells_of_a_sheet_keep_their_rows(matrix, tmp_path):
    import datetime as dt

    genes = [dt.datetime(2024, 3, 1) if gene == "MARCH1" else gene for gene in matrix.index]
    rows = [
        ["symbol", *matrix.columns],
        *([g, *r] for g, r in zip(genes, matrix.to_numpy().tolist(), strict=True)),
    ]
    ranks = read_ranks(xlsx(rows, tmp_path / "ranks.xlsx"))
    same(ranks.frame, matrix.rename({"MARCH1": "2024-03-01"}))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "two\nlines", "G" * 10_000])
@pytest.mark.parametrize("axis", [0, 1])
def test_names_that_are_no_names_are_kept_and_remarked(name, axis, matrix, write):
    label = "GENE7" if axis == 0 else IDS[1]
    changed = matrix.rename({label: name}, axis=axis)
    ranks = read_ranks(write(joined([[f'"{c}"' for c in row] for row in lines(changed)])))
    same(ranks.frame, changed)
    which = "gene name" if axis == 0 else "signature name"
    assert any(s.startswith(f"1 {which} with line breaks, angle brackets") for s in ranks.assumptions)


# What is not given to pandas to guess --------------------------------------------------------------------


def test_duplicate_gene_rows_reach_the_rank_matrix(matrix, write):
    twice = matrix.rename({"GENE3": "MIA2", "GENE9": "MIA2"})
    ranks = read_ranks(write(plain(twice)))
    assert ranks.n_genes == len(matrix)
    assert ranks.shape == (len(matrix) - 1, 4)
    same(read_coefficients(write(plain(twice))), twice)


def test_duplicate_signature_names_are_not_mangled(matrix, write):
    twice = matrix.set_axis(["S1", "S1", "S1.1", "S1"], axis=1)
    assert read_coefficients(write(plain(twice))).columns.tolist() == ["S1", "S1", "S1.1", "S1"]
    assert read_ranks(write(plain(twice))).frame.columns.tolist() == ["S1", "S1 (2)", "S1.1", "S1 (3)"]


@pytest.mark.parametrize("cell", ["", "NA", "NaN", "null", "-", "#N/A"])
def test_missing_cells(cell, matrix, write):
    rows = lines(matrix)
    rows[5][2] = rows[900][4] = cell
    expected = matrix.astype(float)
    expected.iloc[4, 1] = expected.iloc[899, 3] = np.nan
    same(read_ranks(write(joined(rows))).frame, expected)


def test_first_rows_all_missing(matrix, write):
    rows = lines(matrix)
    for row in rows[1:100]:
        row[3] = "NA"
    frame = read_coefficients(write(joined(rows)))
    assert frame.shape == matrix.shape
    assert frame.iloc[:, 2].isna().sum() == 99


def test_numeric_ids_as_genes_and_as_signature_names(matrix, write):
    numbered = matrix.set_axis(["943", "12", "7", "30"], axis=1)
    numbered.index = [str(5_000 + 3 * i) for i in range(len(numbered))]
    same(read_ranks(write(joined(lines(numbered, corner="gene_id")))).frame, numbered)


def test_a_gene_that_looks_like_a_comment_is_no_comment(matrix, write):
    odd = matrix.iloc[:, [0]].rename({"GENE5": "#5", "GENE6": "!6"})
    same(read_ranks(write(plain(odd))).frame, odd)
    same(read_ranks(write(TEXTS["quoted numbers"](odd))).frame, odd)


def test_signatures_in_rows_are_turned(matrix, write):
    same(read_ranks(write(plain(matrix.T))).frame, matrix)


def test_entrez_column_called_gene_beside_symbols(matrix, write):
    ids = [str(3 * i + 1) for i in range(len(matrix))]
    same(read_ranks(write(with_columns(matrix, 0, ["gene", *ids]))).frame, matrix)


def test_no_header_at_all(matrix, write):
    ranks = read_ranks(write(joined(lines(matrix)[1:])))
    same(ranks.frame, matrix.set_axis([f"signature {i}" for i in (1, 2, 3, 4)], axis=1))
    assert "The table has no header: the signatures are numbered." in ranks.assumptions


def test_one_signature(matrix, write):
    same(read_ranks(write(plain(matrix.iloc[:, [2]]))).frame, matrix.iloc[:, [2]])


def test_descriptions_that_begin_far_below(matrix, write):
    cells = [""] * 800 + ["late remark"] * (len(matrix) - 800)
    same(read_ranks(write(with_columns(matrix, 5, ["description", *cells]))).frame, matrix)


def test_windows_1252_is_read_and_remarked(matrix, write):
    ids = ["PLATE_A375_24H_A01_drug_10µM", *IDS[1:]]
    ranks = read_ranks(write(plain(matrix.set_axis(ids, axis=1)).encode("cp1252")))
    assert ranks.frame.columns[0] == ids[0]
    assert "The file is not UTF-8; it was read as Windows-1252 text." in ranks.assumptions


def test_base_orientation_and_n_are_handed_on(matrix, write):
    path = write(plain(matrix - 1))
    np.testing.assert_array_equal(read_ranks(path, rank_one="up").values, len(matrix) + 1 - matrix.to_numpy())
    assert read_ranks(path, n_genes=12_318).n_genes == 12_318


# Rows of text above the genes ----------------------------------------------------------------------------

CELLS = ["YAPC", "N8", "HT29", "A375"]
CELL_LINE, DOSE, NAME = ["cell_line", *CELLS], ["dose", "2", "10", "0.5", "1"], ["pert_name", "a", "b", "c", "d"]
BLANK = ["", "", "", "", ""]
ABOVE = {
    "one row": lambda header: [CELL_LINE, header],
    "three rows": lambda header: [CELL_LINE, DOSE, NAME, header],
    "numbers first": lambda header: [DOSE, CELL_LINE, header],
    "above and below": lambda header: [CELL_LINE, header, DOSE, NAME],
    "no corner": lambda header: [CELL_LINE, ["", *header[1:]]],
    "two levels of pandas": lambda header: [CELL_LINE, ["sig_id", *header[1:]], ["symbol", *BLANK[1:]]],
    "id level first": lambda header: [["sig_id", *header[1:]], CELL_LINE, ["symbol", *BLANK[1:]]],
}


PLAIN, NUMBERS = ["S1", "S2", "S3", "S4"], ["943", "12", "7", "30"]


@pytest.mark.parametrize(
    ("above", "ids"),
    # Numbers below an empty corner could be the ranks of a gene without a name.
    [(a, ids) for a in ABOVE for ids in (IDS, PLAIN, NUMBERS) if (a, ids) != ("no corner", NUMBERS)],
)
def test_rows_above_the_header_describe_the_signatures(above, ids, matrix, write):
    named = matrix.set_axis(ids, axis=1)
    header, *body = lines(named)
    ranks = read_ranks(write(joined([*ABOVE[above](header), *body])))
    same(ranks.frame, named)
    assert ranks.signatures["cell_line"].tolist() == CELLS
    if any(DOSE is row for row in ABOVE[above](header)):
        assert ranks.signatures["pert_dose"].tolist() == DOSE[1:]


@pytest.mark.parametrize("place", [0, 1])
def test_row_without_a_label_is_kept_under_a_number(place, matrix, write):
    rows = lines(matrix)
    rows.insert(place, ["", *CELLS])
    ranks = read_ranks(write(joined(rows)))
    same(ranks.frame, matrix)
    assert ranks.signatures["row 1"].tolist() == CELLS
    side = ("above", "below")[place]
    assert f"1 row {side} the header taken as metadata of the signatures: row 1." in ranks.assumptions


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_text_beside_signature_ids_in_rows_names_nothing(order, matrix, write):
    rows = lines(matrix.T, corner="id")
    texts = [[row[0] for row in rows], CELL_LINE]
    turned = [[*(texts[k][i] for k in order), *row[1:]] for i, row in enumerate(rows)]
    ranks = read_ranks(write(joined(turned)))
    same(ranks.frame, matrix)
    assert f'Signature ids were taken from column {order.index(0) + 1} "id".' in ranks.assumptions


# Columns of ids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["EntrezGeneID", "NCBI_GeneID", "gene_entrez", "GeneNumber", "Probe", "probe_id"])
@pytest.mark.parametrize("at", [0, 1])
def test_ids_below_other_headers(header, at, matrix, write):
    ids = [str(2 * i + 1) for i in np.random.default_rng(3).permutation(len(matrix))]  # nearly as small as ranks
    same(read_ranks(write(with_columns(matrix, at, [header, *ids]))).frame, matrix)


def test_ids_below_a_header_nobody_knows(matrix, write):
    ids = [str(7 * i + 1) for i in np.random.default_rng(3).permutation(len(matrix))]
    path = write(with_columns(matrix, 1, ["catalogue", *ids]))
    ranks = read_ranks(path)
    same(ranks.frame, matrix)
    assert ranks.assumptions[0] == (
        "1 column left out as no signature: catalogue (whole numbers far above the number of genes, as database ids"
        " are)."
    )
    assert read_coefficients(path, signatures="*").columns.tolist() == ["catalogue", *IDS]


@pytest.mark.parametrize("n", [2, 4])
def test_few_signatures_in_rows_hold_no_ids(n, matrix, write):
    alike = matrix.iloc[:, :n].sort_values(IDS[0])
    alike[IDS[1]] = [1, *(alike[IDS[0]][1:].to_numpy()[::-1])]
    same(read_ranks(write(plain(alike.T))).frame, alike)


def test_ranks_of_some_genes_are_no_ids(matrix, write):
    some = matrix.iloc[:100]
    assert read_ranks(write(plain(some)), n_genes=len(matrix)).shape == (100, 4)


@pytest.mark.parametrize("mark", ["#", "!"])
@pytest.mark.parametrize("n", [1, 4])
def test_marked_header_names_the_signatures(mark, n, matrix, write):
    same(read_ranks(write(mark + plain(matrix.iloc[:, :n]))).frame, matrix.iloc[:, :n])


def test_page_of_remarks_in_front_of_the_sheet(matrix, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "README"
    for remark in ("What this is", "Ranks of genes", "Made by hand"):
        book.active.append([remark])
    sheet = book.create_sheet("ranks")
    for row in [["symbol", *matrix.columns], *([g, *r.tolist()] for g, r in matrix.iterrows())]:
        sheet.append(row)
    book.create_sheet("more").append(["x"])
    book.save(tmp_path / "x.xlsx")
    ranks = read_ranks(tmp_path / "x.xlsx")
    same(ranks.frame, matrix)
    assert 'Read the sheet "ranks"; the workbook has others: README, more.' in ranks.assumptions


# signatures= ---------------------------------------------------------------------------------------------


@pytest.fixture(params=["tsv", "careful tsv", "gct", "gctx", "parquet", "xlsx", "json"])
def any_kind(request, matrix, tmp_path, write):
    kind = request.param
    if kind == "gctx":
        return gctx(matrix, tmp_path / "m.gctx", cell_id=["YAPC", "HT29", "N8", "A375"])
    if kind == "parquet":
        matrix.to_parquet(tmp_path / "m.parquet")
        return tmp_path / "m.parquet"
    if kind == "xlsx":
        return xlsx([["symbol", *matrix.columns], *lines(matrix)[1:]], tmp_path / "m.xlsx")
    text = {"tsv": plain, "careful tsv": TEXTS["quoted numbers"], "gct": gct_13, "json": fetch_rank}[kind](matrix)
    return write(text, "m.txt")


@pytest.mark.parametrize(
    ("wanted", "columns"),
    [
        ([IDS[3], IDS[0]], [3, 0]),
        ((IDS[2],), [2]),
        ("*_ht29.*", [1]),
        ("*", [0, 1, 2, 3]),
        (IDS[2], [2]),
    ],
)
def test_only_wanted_signatures(any_kind, wanted, columns, matrix):
    wanted = iter(wanted) if isinstance(wanted, tuple) else wanted
    same(read_ranks(any_kind, signatures=wanted).frame, matrix.iloc[:, columns])


def test_metadata_follows_the_wanted_signatures(matrix, tmp_path):
    path = gctx(matrix, tmp_path / "m.gctx", cell_id=["W", "X", "Y", "Z"])
    assert read_ranks(path, signatures=[IDS[3], IDS[0]]).signatures["cell_line"].tolist() == ["Z", "W"]


def test_gctx_reads_only_the_wanted_columns(matrix, tmp_path, monkeypatch):
    """Every slice that leaves the disk is counted."""
    import h5py

    path = gctx(matrix, tmp_path / "m.gctx")
    taken = []
    original = h5py.Dataset.__getitem__

    def counting(self, key, *rest):
        block = original(self, key, *rest)
        if self.name.endswith("/matrix"):
            taken.append(block.shape)
        return block

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counting)
    read_coefficients(path, signatures=[IDS[3], IDS[1], IDS[2]])
    assert taken == [(3, len(matrix))]


def test_large_gctx_asks_for_signatures(matrix, tmp_path, monkeypatch):
    from lincs_interp.io import gct

    path = gctx(matrix, tmp_path / "m.gctx")
    monkeypatch.setattr(gct, "LARGE", 1000)
    with pytest.raises(LincsInterpError) as caught:
        read_ranks(path)
    assert caught.value.argument == "signatures"
    assert "name the columns to read" in caught.value.remedy
    assert read_ranks(path, signatures="*").shape == matrix.shape


@pytest.mark.parametrize(
    ("wanted", "value", "remedy"),
    [
        (["absent", IDS[0]], ["absent"], "the file has 4 signatures"),
        ("*vorinostat*", "*vorinostat*", "widen the pattern"),
        ("[" * 50_000, "[" * 50_000, "use at most 2,000"),  # takes a minute to read as a pattern
        ([], [], "name at least one"),
        (7, 7, "a list of ids or a pattern"),
    ],
)
def test_wrong_signatures(wanted, value, remedy, matrix, write):
    with pytest.raises(LincsInterpError) as caught:
        read_ranks(write(plain(matrix)), signatures=wanted)
    assert (caught.value.argument, caught.value.value) == ("signatures", value)
    assert remedy in caught.value.remedy


# metadata= -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["table", "mapping", "tsv", "csv", "xlsx"])
@pytest.mark.parametrize("column", ["signature", "sig_id", "local_id", "index"])
def test_metadata_of_the_signatures(kind, column, matrix, write, tmp_path):
    table = pd.DataFrame({"cell_iname": ["X", "Y"], "moa": ["HDAC inhibitor", ""]}, index=[IDS[2], "another"])
    table = table.rename_axis(None if column == "index" else column)
    if kind == "table":
        given = table.rename(columns={"cell_iname": "cell_line"})
    elif kind == "mapping":
        given = {IDS[2]: {"cell_line": "X", "moa": "HDAC inhibitor"}}
    elif kind == "xlsx":
        given = tmp_path / "signatures.xlsx"
        table.to_excel(given)
    else:
        given = write(table.to_csv(sep="\t" if kind == "tsv" else ","), "signatures.txt")
    described = read_ranks(write(plain(matrix)), metadata=given).signatures
    assert described["cell_line"].tolist() == ["YAPC", "HT29.311", "X", "A375"]
    assert described.loc[IDS[2], "moa"] == "HDAC inhibitor"


@pytest.mark.parametrize("metadata", ["absent.tsv", 7, {"another": {"moa": "x"}}])
def test_wrong_metadata(metadata, matrix, write, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LincsInterpError) as caught:
        read_ranks(write(plain(matrix)), metadata=metadata)
    assert caught.value.argument == "metadata"


# Fast and careful ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [("70000", 70000), ("-1", -1), ("1.5", 1.5), ("", np.nan), ("NA", np.nan), ("+5", 5), ("5.0", 5), ("007", 7)],
)
def test_odd_cells_of_plain_files(cell, number, matrix, write):
    rows = lines(matrix)
    rows[1000][2] = cell
    expected = matrix.astype(float)
    expected.iloc[999, 1] = number
    same(read_coefficients(write(joined(rows)), signatures="*"), expected)


#: Cells and rows at which a fast reader may err: too long, too short, signs, blanks, other digits, line ends, remarks.
ODD_LINES = [
    *(
        f"X\t5\t{cell}\t7\t8\n"
        for cell in ("70000", "-1", "-0", "+5", "007", "5.0", "1e3", " 7", "7 ", "\x0b7", "0x10")
    ),
    *(
        f"X\t5\t{cell}\t7\t8\n"
        for cell in ("", " ", "NA", "nan", "-nan", "inf", "1_0", "1,234", "1.234", "4³", "٣", "5\0")
    ),
    *(
        f"X\t5\t{cell}\t7\t8\n"
        for cell in ("12345678", "123456789", "4294967297", "1" * 20, "1" * 400, "- 5", "+", "True")
    ),
    *("X\t5\t6\t7\t\n", "X\t\t\t\t\n", "X\t5\t6\t7\n", "X\t5\t6\t7\t8\t9\n", "X\t5\t6\t7\t8\t\n", "X\n", "X"),
    *("X\t5\t\t6\t7\t8\nY\t5\t6\t7\n", "X\t5\t6\t7\nY\t5\t6\t7\t8\t9\n", "X\0\t5\t6\t7\t8\n", "\t5\t6\t7\t8\n"),
    *("X\t5\t6\t7\t8\rY\t5\t6\t7\t8\n", "X\t5\t6\t7\t8\r\n\r\n", "\n \n\t\t\t\t\n", "\ufeffX\t5\t6\t7\t8\n"),
    *(
        "# remark\n",
        "#5\t1\t2\t3\t4\n",
        "#5\t\t\t\t\n",
        "Source: the public site\n",
        "a b\t\t\t\t\n",
        "X Y\t5\t6\t7\t8\n",
    ),
    *('"X\t5\t6\t7\t8\n', '"X"\t5\t6\t7\t8\n', 'X"Y"\t5\t6\t7\t8\n', 'X\t"5"\t6\t7\t8\n', "'X\t5\t6\t7\t8\n"),
    *("X\u2028\t5\t6\t7\t8\n", "X\x85\t5\t6\t7\t8\n", "X\\\t5\t6\t7\t8\n", "X\t5\t6\t7\t8\x1a\n", "X\t5\t6 7\t8\n"),
]


@pytest.mark.parametrize("signatures", [None, [IDS[3], IDS[0]], [IDS[1]]])
@pytest.mark.parametrize("last", [True, False])
def test_the_fast_way_reads_nothing_that_the_careful_way_reads_differently(
    last, signatures, matrix, write, monkeypatch
):
    def outcome(reader, text):
        try:
            return reader(write(text), signatures=signatures)
        except LincsInterpError as error:
            return str(error)

    for line in ODD_LINES:
        text = plain(matrix.iloc[:100]) + line + ("" if last else plain(matrix.iloc[100:110]).partition("\n")[2])
        for reader in (read_coefficients, lambda *args, **options: read_ranks(*args, n_genes=10**9, **options).frame):
            usual = outcome(reader, text)
            with monkeypatch.context() as patch:
                patch.setattr(_text_table, "_read_plain", lambda *args, **options: float("slow"))
                careful = outcome(reader, text)
            if isinstance(careful, str):
                assert usual == careful, line
            else:
                pd.testing.assert_frame_equal(usual, careful, obj=repr(line))


@pytest.mark.parametrize("shape", ["plain", "CRLF", "cp1252", "picked", "missing", "quoted"])
def test_plain_files_take_the_fast_way_and_odd_ones_the_careful_way(shape, matrix, write, monkeypatch):
    """Otherwise the claim on speed would be about code that is never run."""
    careful = []
    monkeypatch.setattr(_text_table, "read_rows", lambda *args, **options: careful.append(1))
    rows, wanted = lines(matrix), None
    if shape == "quoted":
        rows[900][0] = '"GENE"'
    elif shape == "missing":
        rows[900][1] = "NA"
        matrix = matrix.astype(float)
        matrix.iloc[899, 0] = np.nan
    text = joined(rows).encode()
    if shape == "CRLF":
        text = text.replace(b"\n", b"\r\n")
    elif shape == "cp1252":
        matrix = matrix.rename(columns={IDS[1]: "10µM"})
        text = plain(matrix).encode("cp1252")
    elif shape == "picked":
        wanted, matrix = [IDS[2], IDS[0]], matrix[[IDS[2], IDS[0]]]
    if shape == "quoted":
        with pytest.raises(LincsInterpError):  # the stand-in gives no matrix
            read_ranks(write(text))
        assert careful
    else:
        same(read_ranks(write(text), signatures=wanted).frame, matrix)
        assert not careful


# Coefficients --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["L1000_LINCS_DCIC_{}.tsv", "L1000_LINCS_DCIC_2021_{}.tsv.gz", "l1000_lincs_dcic_{}.txt"]
)
def test_signature_file_is_named_after_its_id(name, matrix, write):
    values = np.random.default_rng(4).normal(size=len(matrix)).tolist()
    rows = [["symbol", "CD-coefficient"], *([g, repr(v)] for g, v in zip(matrix.index, values, strict=True))]
    frame = read_coefficients(write(joined(rows), name.format(IDS[0])))
    assert frame.columns.tolist() == [IDS[0]]
    assert frame.index.tolist() == matrix.index.tolist()
    assert frame[IDS[0]].tolist() == values


@pytest.mark.parametrize(("delimiter", "decimal"), [("\t", "."), (";", ","), (",", "."), ("\t", ",")])
def test_coefficients_come_back_exact(delimiter, decimal, matrix, write):
    values = pd.DataFrame(np.random.default_rng(5).normal(0, 1e-2, matrix.shape), matrix.index, matrix.columns)
    values.iloc[3, 2] = 0.125  # three decimals behind a zero are no thousands
    rows = lines(values, cell=lambda v: repr(v).replace(".", decimal))
    same(read_coefficients(write(joined(rows, delimiter))), values)


def test_float32_stays_float32_in_a_gctx(matrix, tmp_path):
    frame = read_coefficients(gctx(matrix / 7, tmp_path / "m.gctx"))
    assert set(frame.dtypes) == {np.dtype("f4")}
    np.testing.assert_array_equal(rank_coefficients(frame).values, matrix.to_numpy())


# Real data -----------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "shape", "n_genes"),
    [
        ("full_12328x43", (12_328, 43), 12_328),
        ("skb_5000x100", (5_000, 100), 5_000),
        ("landmark_978x1080", (978, 1_080), 978),
    ],
)
def test_real_matrices(name, shape, n_genes, real_data):
    path = real_data / "real" / f"{name}.ranks.tsv.gz"
    ranks = read_ranks(path)
    assert (ranks.shape, ranks.n_genes) == (shape, n_genes)
    expected = pd.read_csv(path, sep="\t", index_col=0, keep_default_na=False)
    same(ranks.frame, expected)


@pytest.mark.real
@pytest.mark.parametrize("name", ["full_12328x43", "skb_5000x100"])
def test_real_values_give_the_real_ranks(name, real_data):
    path = real_data / "real" / f"{name}.values.tsv.gz"
    with pytest.raises(LincsInterpError, match="rank_coefficients"):
        read_ranks(path)
    ranks = read_ranks(real_data / "real" / f"{name}.ranks.tsv.gz")
    same(rank_coefficients(read_coefficients(path)).frame, ranks.frame)
