"""Bad files: one clear sentence each, never another exception, never a partial result."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import sys
import zipfile

import numpy as np
import pytest
from matrix_shapes import PACKINGS, TEXTS, fetch_rank, gct_13, gctx, joined, lines, plain, random_matrix

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.text import shown
from lincs_interp.io import _open, _text_table
from lincs_interp.io.gene_lists import read_query
from lincs_interp.io.matrices import read_coefficients, read_ranks
from lincs_interp.io.results import read_results

READERS = [read_ranks, read_coefficients, read_results, read_query]
MATRIX = random_matrix()
PLAIN = plain(MATRIX).encode()
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def edited(row: int, column: int, cell: str) -> bytes:
    rows = lines(MATRIX)
    rows[row][column] = cell
    return joined(rows).encode()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


def zstd_cut() -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(PLAIN)[:-200]


def fetch_rank_of(rank: str, maxrank: str = "2") -> bytes:
    signature = f'{{"uid": "s", "ranks": [2, {rank}]}}'
    return f'{{"entities": ["a", "b"], "maxrank": {maxrank}, "signatures": [{signature}]}}'.encode()


def other_zip_method() -> bytes:
    """A zip whose member says that it was packed by method 9, Deflate64."""
    data = bytearray(zipped(ranks_tsv=PLAIN))
    data[8:10] = b"\x09\x00"
    directory = data.index(b"PK\x01\x02")
    data[directory + 10 : directory + 12] = b"\x09\x00"
    return bytes(data)


#: No reader can make anything of these: name, bytes, key words of the problem, of the remedy.
UNREADABLE = {
    "empty": ("x.tsv", b"", "is empty", "save it again"),
    "only line ends": ("x.tsv", b"\r\n\r\n \n", "is empty", "save it again"),
    "empty inside gzip": ("x.tsv.gz", gzip.compress(b""), "is empty", "save it again"),
    "random bytes": ("x.tsv", np.random.default_rng(1).bytes(5000), "binary data", "give a .tsv"),
    "web page": (
        "x.tsv",
        b"\n<!DOCTYPE html>\n<html><head><title>502 Bad\nGateway</title></head><body>nginx</body></html>",
        '"502 Bad Gateway"',
        "download it again",
    ),
    "XML": ("x.tsv", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "an XML file", ".xlsx"),
    "gzip cut off": ("x.tsv.gz", gzip.compress(PLAIN)[:-4000], "cut off", "copy it again"),
    "gzip of rubbish": ("x.tsv.gz", b"\x1f\x8b" + bytes(range(200)), "", "again"),
    "gzip with a wrong byte": (
        "x.tsv.gz",
        bytes(b ^ (i == 3000) for i, b in enumerate(gzip.compress(PLAIN))),
        "damaged",
        "copy it again",
    ),
    "bzip2 cut off": ("x.tsv.bz2", bz2.compress(PLAIN)[:-100], "cut off", "copy it again"),
    "xz cut off": ("x.tsv.xz", lzma.compress(PLAIN)[:-100], "cut off", "copy it again"),
    "zstd cut off": ("x.tsv.zst", zstd_cut(), "cut off", "copy it again"),
    "zip cut off": ("x.zip", zipped(ranks_tsv=PLAIN)[:-100], "cut off", "copy it again"),
    "zip by another method": ("x.zip", other_zip_method(), "method is not supported", "unpack it first"),
    "zip of two": ("x.zip", zipped(up_tsv=PLAIN, down_tsv=PLAIN), "2 files (up.tsv, down.tsv)", "the one file"),
    "zip of none": ("x.zip", zipped(), "is empty", "the one file"),
    "Word": ("x.docx", zipped(word__document_xml=b"<w/>"), "a Word document", "save the table itself"),
    "damaged XLSX": ("x.xlsx", zipped(xl__workbook_xml=b"<workbook"), "", "open it in Excel"),
    "password": (
        "x.xlsx",
        OLE2 + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "password-protected",
        "remove the password",
    ),
    "old Excel": (
        "x.xls",
        OLE2 + bytes(600) + "Workbook".encode("utf-16-le") + bytes(600),
        "an old Excel file",
        "save it as .xlsx",
    ),
    "PDF": ("x.tsv", b"%PDF-1.7\n", "a PDF", "save the table itself"),
    "damaged Parquet": ("x.parquet", b"PAR1" + bytes(100), "", ""),
    "damaged HDF5": ("x.gctx", b"\x89HDF\r\n\x1a\n" + bytes(100), "", ""),
}
FIRST, SECOND = MATRIX.columns[:2]
CELL, ROW, AGAIN = "correct the cell, or leave it empty", "downloaded again; otherwise correct this line", "/fetch/rank"
#: Tables that are no matrix of ranks: bytes, value, key words of the problem, of the remedy.
NO_RANKS = {
    "one column": (b"gene\nMYC\nTP53\n", None, "one column", "at least one column of numbers"),
    "text cells": (b"gene\tS1\tS2\nMYC\tup\tdown\nTP53\tdown\tup\n", ["MYC", "up", "down"], "no column", "MYC, up"),
    "header only": (b"gene\tS1\tS2\n", ["gene", "S1", "S2"], "no column of numbers", "gene, S1, S2"),
    "comments only": (b"# a\n# b\n", None, "comment lines only", "save it again"),
    "one text cell": (edited(700, 2, "oops"), "oops", f"line 701, column {SECOND!r}", CELL),
    "underscore": (edited(700, 2, "1_2"), "1_2", f"line 701, column {SECOND!r}", CELL),
    "two numbers in one cell": (edited(700, 2, "12 34"), "12 34", f"line 701, column {SECOND!r}", CELL),
    "too large": (edited(3, 1, "1e999"), "1e999", f"line 4, column {FIRST!r}", CELL),
    "superscript": (edited(900, 1, "4³"), "4³", f"line 901, column {FIRST!r}", CELL),
    "infinite": (edited(3, 1, "inf"), "inf", f"line 4, column {FIRST!r}", CELL),
    "cut off in a row": (PLAIN[: PLAIN.rindex(b"\t")], 1251, "line 1,251 has 4 cells where 5 belong", ROW),
    "row too long": (edited(800, 4, "7\t8"), 801, "line 801 has 6 cells where 5 belong", ROW),
    "zeros": (plain(MATRIX * 0).encode(), None, "only zeros", ""),
    "negative": (plain(MATRIX - 600).encode(), None, "holds -", "rank_coefficients"),
    "fraction": (plain(MATRIX / 8).encode(), None, ".125 (gene", "rank_coefficients"),
    "GCT without its last rows": (
        gct_13(MATRIX)[:-2000].rsplit("\n", 1)[0].encode(),
        1250,
        "line 2",
        "download it again",
    ),
    "GCT of another version": (b"#1.1\n2\t2\n", "2\t2", "'#1.1' and the sizes '2 2'", "GCT 1.2 needs two"),
    "GCT of one line": (b"#1.2\n", "", "'#1.2' and the sizes ''", "GCT 1.2 needs two"),
    "GCT of negative size": (b"#1.3\n2\t2\t-3\t0\n", "2\t2\t-3\t0", "the sizes '2 2 -3 0'", "GCT 1.3 four"),
    "GCT with short rows": (b"#1.2\n2\t2\nid\tdescription\tS1\tS2\nMYC\tx\t1\n", 4, "4 columns", "download it again"),
    "GCT of a field less": (gct_13(MATRIX).replace("4\t2\t2\n", "4\t1\t2\n", 1).encode(), 3, "line 3 has more", ""),
    "GCT of a fact too many": (gct_13(MATRIX).replace("resiquimod\t", "x\ty\t").encode(), 4, "line 4 has more", ""),
    "JSON cut off": (fetch_rank(MATRIX)[:-50].encode(), None, "damaged or cut off", "again"),
    "other JSON": (b'{"results": [], "maxRank": 3}', None, "results, maxRank", '"maxrank"'),
    "JSON with an integer of 5,000 digits": (fetch_rank_of("1" * 5000), None, "damaged", "again"),
    "JSON with an integer of 400 digits": (fetch_rank_of("1" * 400), "s", "300 digits", AGAIN),
    "JSON with a maxrank of 400 digits": (fetch_rank_of("1", maxrank="1" * 400), None, "maxrank", AGAIN),
    "JSON with ranks as text": (fetch_rank_of('"1"'), "1", "the rank '1'", AGAIN),
    "JSON with truth values": (fetch_rank_of("true"), True, "the rank True", AGAIN),
    "JSON of unequal lengths": (
        b'{"entities": ["a", "b"], "maxrank": 2, "signatures": [{"uid": "s", "ranks": [1]}]}',
        "s",
        "1 rank for 2 genes",
        AGAIN,
    ),
}


def refusal(call) -> LincsInterpError:
    with pytest.raises(LincsInterpError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".") or text.endswith("?")
    assert len(text) < 500
    return caught.value


def one_sentence(call) -> str:
    return str(refusal(call))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_file(case, reader, tmp_path):
    name, data, problem, remedy = UNREADABLE[case]
    (tmp_path / name).write_bytes(data)
    error = refusal(lambda: reader(tmp_path / name))
    assert str(error).startswith(name)
    assert problem in str(error)
    assert remedy in error.remedy
    assert error.argument == ("up" if reader is read_query else "path")
    assert error.value == tmp_path / name
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize("case", NO_RANKS)
def test_file_without_ranks(case, tmp_path):
    data, value, problem, remedy = NO_RANKS[case]
    (tmp_path / "x.tsv").write_bytes(data)
    error = refusal(lambda: read_ranks(tmp_path / "x.tsv"))
    assert str(error).startswith("x.tsv")
    assert problem in str(error)
    assert remedy in error.remedy
    if value is not None:
        assert (error.argument, error.value) == ("path", value)


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        (None, "it must be the name of a file"),
        (3, "it must be the name of a file"),
        ("https://example.org/ranks.tsv", "download the file"),
        ("absent.tsv", "check the spelling and the folder (looked from {cwd})"),
        (".", "give the file inside it"),
        (os.devnull, "save it to disk first"),
        ("a\0b", "check its name"),
        ("x" * 5000, "check its name"),
    ],
)
@pytest.mark.parametrize("reader", READERS[:3])
def test_no_file(path, remedy, reader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = refusal(lambda: reader(path))
    assert (error.argument, error.value) == ("path", path)
    assert remedy.format(cwd=shown(tmp_path, 120)) in error.remedy


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("reader", READERS)
def test_archive_that_grows_without_measure(packing, reader, tmp_path, monkeypatch):
    monkeypatch.setattr(_open, "LARGEST_UNPACKED", 1 << 20)
    monkeypatch.setattr(_open, "LARGEST_RATIO", 20)
    path = tmp_path / "x.bin"
    path.write_bytes(PACKINGS[packing](PLAIN + bytes(5_000_000)))
    assert "times its size: no table shrinks so far" in one_sentence(lambda: reader(path))


@pytest.mark.parametrize("reader", READERS)
def test_sheet_that_grows_without_measure(reader, tmp_path, monkeypatch):
    monkeypatch.setattr(_open, "LARGEST_UNPACKED", 1 << 20)
    monkeypatch.setattr(_open, "LARGEST_RATIO", 20)
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(5_000_000))
    assert "no table shrinks so far" in refusal(lambda: reader(path)).remedy


@pytest.mark.parametrize("reader", READERS)
def test_cells_far_apart_take_no_memory(reader, tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "gene", 1
    book.save(tmp_path / "x.xlsx")
    assert "far from the table" in refusal(lambda: reader(tmp_path / "x.xlsx")).remedy


@pytest.mark.parametrize("reader", READERS[:3])
def test_gap_of_empty_lines_is_passed_over(reader, tmp_path, monkeypatch):
    header = "gene\tz-score\n"
    path = tmp_path / "x.tsv"
    monkeypatch.setattr(_text_table, "GAP_IN_HEAD", 10)
    monkeypatch.setattr(_text_table, "LONGEST_GAP", 1000)
    path.write_text(header + "MYC\t1\nTP53\t2\n" + "\n" * 900 + "EGFR\t3\n")
    reader(path)


def test_gap_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(_text_table, "LONGEST_GAP", 1000)
    path = tmp_path / "x.tsv"
    path.write_text("gene\tS1\nMYC\t1.5\nTP53\t2\n" + "\n" * 1500)
    error = refusal(lambda: read_coefficients(path))
    assert "more than 1,000 lines without a cell end at line 1,004" in str(error)
    assert "delete them" in error.remedy


@pytest.mark.parametrize("reader", READERS)
def test_file_that_may_not_be_read(reader, tmp_path, monkeypatch):
    path = tmp_path / "x.tsv"
    path.write_bytes(PLAIN)

    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refused)
    error = refusal(lambda: reader(path))
    assert (error.argument, error.value) == ("up" if reader is read_query else "path", path)
    assert "x.tsv" in str(error)
    assert "Permission denied" in str(error)


def test_wrong_rank_one_is_refused_before_the_file_is_opened(tmp_path):
    error = refusal(lambda: read_ranks(tmp_path / "absent.tsv", rank_one="top"))
    assert (error.argument, error.value) == ("rank_one", "top")
    assert '"down" or "up"' in error.remedy


@pytest.mark.parametrize("cut", [0.02, 0.3, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["gctx", "parquet", "xlsx"])
def test_binary_tables_cut_off(kind, cut, tmp_path):
    path = tmp_path / f"x.{kind}"
    if kind == "gctx":
        gctx(MATRIX, path)
    elif kind == "parquet":
        MATRIX.to_parquet(path)
    else:
        MATRIX.to_excel(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    assert one_sentence(lambda: read_ranks(path)).startswith(path.name)


@pytest.mark.parametrize("shape", ["plain", "comma", "R write.table", "GCT 1.3", "thousands, quoted csv"])
def test_text_cut_off_anywhere_gives_an_error_or_whole_rows(shape, tmp_path):
    """A cut in a row is an error; a cut behind a row leaves ranks above the number of rows, which is an error too."""
    text = TEXTS[shape](MATRIX).encode()
    path = tmp_path / "x.tsv"
    for end in np.random.default_rng(2).integers(400, len(text) - 40, 12):
        path.write_bytes(text[:end])
        one_sentence(lambda: read_ranks(path))


def test_hdf5_that_is_no_gctx(tmp_path):
    import h5py

    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["data"] = [1, 2, 3]
    assert "the HDF5 file is no GCTX" in one_sentence(lambda: read_ranks(tmp_path / "x.h5"))


def test_coefficients_point_to_rank_coefficients(tmp_path):
    (tmp_path / "x.tsv").write_text(plain(MATRIX / 1000 - 0.5))
    assert "rank_coefficients(read_coefficients(path))" in one_sentence(lambda: read_ranks(tmp_path / "x.tsv"))


@pytest.mark.parametrize(
    ("package", "installed", "name"),
    [
        ("h5py", "h5py", "x.gctx"),
        ("pyarrow.parquet", "pyarrow", "x.parquet"),
        ("zstandard", "zstandard", "x.zst"),
        ("python_calamine", "python-calamine", "x.xlsx"),
    ],
)
def test_absent_package(package, installed, name, tmp_path, monkeypatch):
    path = tmp_path / name
    if name == "x.gctx":
        gctx(MATRIX, path)
    elif name == "x.parquet":
        MATRIX.to_parquet(path)
    elif name == "x.xlsx":
        MATRIX.to_excel(path)
    else:
        path.write_bytes(zstd_cut())
    monkeypatch.setitem(sys.modules, package, None)
    error = refusal(lambda: read_ranks(path))
    assert error.value == package
    assert re.search(rf"pip install .*{installed}", error.remedy)


JUNK = [b"\t", b"\n", b'"', b",", b";", b"NA", b"\0", b"\xff", b"#", b"!", b"1e999", b"-", b"_", b"\r", b"{", b"1.2"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "shape", ["plain", "metadata rows", "quoted numbers", "semicolons, decimal commas", "GCT 1.3", "utf-16"]
)
def test_damaged_text_gives_a_result_or_one_sentence(shape, reader, tmp_path):
    text = TEXTS[shape](MATRIX.iloc[:70].rank().astype(int))
    whole = text if isinstance(text, bytes) else text.encode()
    rng = np.random.default_rng([*shape.encode()])
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(rng.integers(1, 5)):
            place = rng.integers(len(data) if rng.random() < 0.5 else 300)
            data[place : place + rng.integers(0, 30)] = JUNK[rng.integers(len(JUNK))]
        (tmp_path / "x.tsv").write_bytes(data)
        said = ""
        try:
            reader(tmp_path / "x.tsv")
        except LincsInterpError as error:
            said = str(error)
        assert "\n" not in said
