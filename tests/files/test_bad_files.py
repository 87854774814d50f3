"""Bad files: one clear sentence each, never another exception, never a partial result."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
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


#: No reader can make anything of these: name, bytes, sentence.
UNREADABLE = {
    "empty": ("x.tsv", b"", "x.tsv is empty: download or save it again."),
    "only line ends": ("x.tsv", b"\r\n\r\n \n", "x.tsv is empty: download or save it again."),
    "empty inside gzip": ("x.tsv.gz", gzip.compress(b""), "x.tsv.gz is empty: download or save it again."),
    "random bytes": (
        "x.tsv",
        np.random.default_rng(1).bytes(5000),
        "x.tsv holds binary data, not a table of text: give a .tsv, .csv, .xlsx, .parquet, .gct or .gctx file.",
    ),
    "web page": (
        "x.tsv",
        b"\n<!DOCTYPE html>\n<html><head><title>502 Bad\nGateway</title></head><body>nginx</body></html>",
        'x.tsv is a web page that says "502 Bad Gateway", not a table: the download failed or needs a login; download'
        " it"
        " again.",
    ),
    "XML": (
        "x.tsv",
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "x.tsv is an XML file, not a table: save it as .tsv or .xlsx.",
    ),
    "gzip cut off": (
        "x.tsv.gz",
        gzip.compress(PLAIN)[:-4000],
        "x.tsv.gz is damaged or cut off: download or copy it again.",
    ),
    "gzip of rubbish": ("x.tsv.gz", b"\x1f\x8b" + bytes(range(200)), None),
    "gzip with a wrong byte": (
        "x.tsv.gz",
        bytes(b ^ (i == 3000) for i, b in enumerate(gzip.compress(PLAIN))),
        None,
    ),
    "bzip2 cut off": (
        "x.tsv.bz2",
        bz2.compress(PLAIN)[:-100],
        "x.tsv.bz2 is damaged or cut off: download or copy it again.",
    ),
    "xz cut off": (
        "x.tsv.xz",
        lzma.compress(PLAIN)[:-100],
        "x.tsv.xz is damaged or cut off: download or copy it again.",
    ),
    "zstd cut off": (
        "x.tsv.zst",
        zstd_cut(),
        "x.tsv.zst is damaged or cut off: download or copy it again.",
    ),
    "zip cut off": (
        "x.zip",
        zipped(ranks_tsv=PLAIN)[:-100],
        "x.zip is damaged or cut off: download or copy it again.",
    ),
    "zip by another method": (
        "x.zip",
        other_zip_method(),
        "x.zip uses a compression this Python cannot open (That compression method is not supported): unpack it first.",
    ),
    "zip of two": (
        "x.zip",
        zipped(up_tsv=PLAIN, down_tsv=PLAIN),
        "x.zip holds 2 files (up.tsv, down.tsv): unpack it and give the one file to read.",
    ),
    "zip of none": ("x.zip", zipped(), "x.zip is empty: unpack it and give the one file to read."),
    "Word": (
        "x.docx",
        zipped(word__document_xml=b"<w/>"),
        "x.docx is a Word document: save the table itself as .tsv or .xlsx.",
    ),
    "damaged XLSX": ("x.xlsx", zipped(xl__workbook_xml=b"<workbook"), None),
    "password": (
        "x.xlsx",
        OLE2 + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        "x.xlsx is a password-protected Excel file: remove the password in Excel, or save the sheet as .tsv.",
    ),
    "old Excel": (
        "x.xls",
        OLE2 + bytes(600) + "Workbook".encode("utf-16-le") + bytes(600),
        "x.xls is an old Excel file (.xls): save it as .xlsx or .tsv.",
    ),
    "PDF": ("x.tsv", b"%PDF-1.7\n", "x.tsv is a PDF: save the table itself as .tsv or .xlsx."),
    "damaged Parquet": ("x.parquet", b"PAR1" + bytes(100), None),
    "damaged HDF5": ("x.gctx", b"\x89HDF\r\n\x1a\n" + bytes(100), None),
}
#: Tables that are no matrix of ranks.
NO_RANKS = {
    "one column": (
        b"gene\nMYC\nTP53\n",
        "x.tsv has one column only: a gene column and at least one column of numbers are needed (columns are parted by"
        " tabs, commas or semicolons).",
    ),
    "text cells": (
        b"gene\tS1\tS2\nMYC\tup\tdown\nTP53\tdown\tup\n",
        "x.tsv holds no column of numbers beside the gene column (its first row reads MYC, up, down): is it the table"
        " you meant?",
    ),
    "header only": (
        b"gene\tS1\tS2\n",
        "x.tsv holds no column of numbers beside the gene column (its first row reads gene, S1, S2): is it the table"
        " you meant?",
    ),
    "comments only": (b"# a\n# b\n", "x.tsv: the file holds comment lines only: download or save it again."),
    "one text cell": (
        edited(700, 2, "oops"),
        "x.tsv: line 701, column 'XPR029_HT29.311_96H_L15_PTPN1' holds 'oops' where a number belongs: correct the"
        " cell, or leave it empty if the number is missing.",
    ),
    "underscore": (
        edited(700, 2, "1_2"),
        "x.tsv: line 701, column 'XPR029_HT29.311_96H_L15_PTPN1' holds '1_2' where a number belongs: correct the cell,"
        " or leave it empty if the number is missing.",
    ),
    "two numbers in one cell": (
        edited(700, 2, "12 34"),
        "x.tsv: line 701, column 'XPR029_HT29.311_96H_L15_PTPN1' holds '12 34' where a number belongs: correct the"
        " cell, or leave it empty if the number is missing.",
    ),
    "too large": (
        edited(3, 1, "1e999"),
        "x.tsv: line 4, column 'REP.B025_YAPC_24H_K01_resiquimod_2.22uM' holds '1e999' where a number belongs: correct"
        " the cell, or leave it empty if the number is missing.",
    ),
    "superscript": (
        edited(900, 1, "4³"),
        "x.tsv: line 901, column 'REP.B025_YAPC_24H_K01_resiquimod_2.22uM' holds '4³' where a number belongs: correct"
        " the cell, or leave it empty if the number is missing.",
    ),
    "infinite": (
        edited(3, 1, "inf"),
        "x.tsv: line 4, column 'REP.B025_YAPC_24H_K01_resiquimod_2.22uM' holds 'inf' where a number belongs: correct"
        " the cell, or leave it empty if the number is missing.",
    ),
    "cut off in a row": (
        PLAIN[: PLAIN.rindex(b"\t")],
        "x.tsv: line 1,251 has 4 cells where 5 belong: if it is the last line, the file is cut off and must be"
        " downloaded again; otherwise mend this line.",
    ),
    "row too long": (
        edited(800, 4, "7\t8"),
        "x.tsv: line 801 has 6 cells where 5 belong: if it is the last line, the file is cut off and must be downloaded"
        " again; otherwise mend this line.",
    ),
    "zeros": (
        plain(MATRIX * 0).encode(),
        "x.tsv: frame holds only zeros: these are no ranks; check which columns were taken.",
    ),
    "GCT without its last rows": (
        gct_13(MATRIX)[:-2000].rsplit("\n", 1)[0].encode(),
        None,
    ),
    "GCT of another version": (
        b"#1.1\n2\t2\n",
        "x.tsv: it begins with '#1.1' and the sizes '2 2': GCT 1.2 needs two numbers there, GCT 1.3 four; other"
        " versions are not read.",
    ),
    "GCT of one line": (
        b"#1.2\n",
        "x.tsv: it begins with '#1.2' and the sizes '': GCT 1.2 needs two numbers there, GCT 1.3 four; other versions"
        " are not read.",
    ),
    "GCT of negative size": (
        b"#1.3\n2\t2\t-3\t0\n",
        "x.tsv: it begins with '#1.3' and the sizes '2 2 -3 0': GCT 1.2 needs two numbers there, GCT 1.3 four; other"
        " versions are not read.",
    ),
    "GCT with short rows": (
        b"#1.2\n2\t2\nid\tdescription\tS1\tS2\nMYC\tx\t1\n",
        "x.tsv: the first rows are shorter than the 4 columns line 2 announces: download it again.",
    ),
    "JSON cut off": (fetch_rank(MATRIX)[:-50].encode(), None),
    "other JSON": (
        b'{"results": [], "maxRank": 3}',
        'x.tsv: the file is JSON with results, maxRank, not an answer of /fetch/rank: "entities", "maxrank" and'
        ' "signatures" are needed.',
    ),
    "JSON with an integer of 5,000 digits": (fetch_rank_of("1" * 5000), None),
    "JSON with an integer of 400 digits": (
        fetch_rank_of("1" * 400),
        "x.tsv: signature s has a rank of more than 300 digits: fetch the ranks again from /fetch/rank.",
    ),
    "JSON with a maxrank of 400 digits": (fetch_rank_of("1", maxrank="1" * 400), None),
    "JSON with ranks as text": (
        fetch_rank_of('"1"'),
        "x.tsv: signature s has the rank '1', which is no number: fetch the ranks again from /fetch/rank.",
    ),
    "JSON with truth values": (
        fetch_rank_of("true"),
        "x.tsv: signature s has the rank True, which is no number: fetch the ranks again from /fetch/rank.",
    ),
    "JSON of unequal lengths": (
        b'{"entities": ["a", "b"], "maxrank": 2, "signatures": [{"uid": "s", "ranks": [1]}]}',
        "x.tsv: signature s has 1 rank for 2 genes: fetch it again.",
    ),
}


def one_sentence(call) -> str:
    with pytest.raises(LincsInterpError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".") or text.endswith("?")
    assert len(text) < 500
    return text


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_file(case, reader, tmp_path):
    name, data, sentence = UNREADABLE[case]
    (tmp_path / name).write_bytes(data)
    said = one_sentence(lambda: reader(tmp_path / name))
    assert said == sentence if sentence else said.startswith(name)
    assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize("case", NO_RANKS)
def test_file_without_ranks(case, tmp_path):
    data, sentence = NO_RANKS[case]
    (tmp_path / "x.tsv").write_bytes(data)
    said = one_sentence(lambda: read_ranks(tmp_path / "x.tsv"))
    assert said == sentence if sentence else said.startswith("x.tsv")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (None, "path must be the name of a file, not None."),
        (3, "path must be the name of a file, not 3."),
        (
            "https://example.org/ranks.tsv",
            "path 'https://example.org/ranks.tsv' is a web address: download the file and give its name.",
        ),
        ("absent.tsv", "path 'absent.tsv' does not exist: check the spelling and the folder (looked from {cwd})."),
        (".", "path '.' is a folder: give the file inside it."),
        (os.devnull, f"path '{os.devnull}' is not a regular file: save it to disk first."),
        ("a\0b", None),
        ("x" * 5000, None),
    ],
)
@pytest.mark.parametrize("reader", READERS[:3])
def test_no_file(path, sentence, reader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = one_sentence(lambda: reader(path))
    if sentence is None:
        assert said.startswith("path ")
        assert "cannot be opened (" in said
    else:
        assert said == sentence.format(cwd=shown(tmp_path, 120))


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("reader", READERS)
def test_archive_that_grows_without_measure(packing, reader, tmp_path, monkeypatch):
    monkeypatch.setattr(_open, "LARGEST_UNPACKED", 1 << 20)
    monkeypatch.setattr(_open, "LARGEST_RATIO", 20)
    path = tmp_path / "x.bin"
    path.write_bytes(PACKINGS[packing](PLAIN + bytes(5_000_000)))
    assert "times its size: no table shrinks so far" in one_sentence(lambda: reader(path))


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
    assert one_sentence(lambda: read_coefficients(path)) == (
        "x.tsv: more than 1,000 lines without a cell end at line 1,004: delete them, or save the table again."
    )


@pytest.mark.parametrize("reader", READERS)
def test_file_that_may_not_be_read(reader, tmp_path, monkeypatch):
    path = tmp_path / "x.tsv"
    path.write_bytes(PLAIN)

    def refused(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refused)
    assert one_sentence(lambda: reader(path)) == "x.tsv cannot be read (Permission denied)."


def test_wrong_rank_one_is_told_before_the_file_is_opened(tmp_path):
    said = one_sentence(lambda: read_ranks(tmp_path / "absent.tsv", rank_one="top"))
    assert said == 'rank_one must be "down" or "up", not \'top\'.'


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
    ("package", "name", "sentence"),
    [
        ("h5py", "x.gctx", 'x.gctx: GCTX files need the package h5py: pip install "lincs-interp[library]".'),
        (
            "pyarrow.parquet",
            "x.parquet",
            'x.parquet: Parquet files need the package pyarrow: pip install "lincs-interp[library]".',
        ),
        (
            "zstandard",
            "x.zst",
            'x.zst: Zstandard files need the package zstandard: pip install "lincs-interp[library]".',
        ),
    ],
)
def test_absent_optional_package(package, name, sentence, tmp_path, monkeypatch):
    path = tmp_path / name
    if name == "x.gctx":
        gctx(MATRIX, path)
    elif name == "x.parquet":
        MATRIX.to_parquet(path)
    else:
        path.write_bytes(zstd_cut())
    monkeypatch.setitem(sys.modules, package, None)
    assert one_sentence(lambda: read_ranks(path)) == sentence


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
