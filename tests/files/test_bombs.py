"""Files made to fill the memory, stop the reader or show other files: one sentence, soon and cheaply."""

import gzip
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from lincs_interp import LincsInterpError, read_coefficients, read_query, read_ranks

h5py = pytest.importorskip("h5py")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SECONDS, MEGABYTES = 10, 1000
# In a process of its own: what reading took, and the sentence.
CHILD = """
import resource, sys, time
import numpy, pandas, scipy.stats, lincs_interp as li
read = getattr(li, sys.argv[2])
for module in ("h5py", "pyarrow.parquet", "python_calamine"): __import__(module)
def peak():  # of this process alone: ru_maxrss begins with that of the parent
    status = open("/proc/self/status").read() if sys.platform == "linux" else ""
    return int(status.split("VmHWM:")[1].split()[0]) if status else resource.getrusage(0).ru_maxrss
before, start = peak(), time.perf_counter()
try:
    read(sys.argv[1])
    said = "READ"
except li.LincsInterpError as error:
    said = str(error)
print(time.perf_counter() - start, (peak() - before) / 1024, said)
"""


def zeros(path, n, head=b"", cell=b"1\t"):
    """Write a packed line of `n` cells."""
    with gzip.open(path, "wb", 1) as packed:
        packed.write(head)
        for _ in range(n // 500_000):
            packed.write(cell * 500_000)


def sheet(path, rows, *, dimension="A1:B2", strings=None):
    """Write a workbook with one sheet, as Excel does."""
    frame = io.BytesIO()
    pd.DataFrame({"gene": ["TP53"], "S1": [1]}).to_excel(frame, index=False)
    with zipfile.ZipFile(frame) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            if name == "xl/worksheets/sheet1.xml":
                with new.open(name, "w", force_zip64=True) as out:
                    out.write(
                        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
                        b'2006/main"><dimension ref="' + dimension.encode() + b'"/><sheetData>'
                    )
                    for row in rows:
                        out.write(row)
                    out.write(b"</sheetData></worksheet>")
            else:
                new.writestr(name, old.read(name))


def cell(place, text=b"1"):
    return b'<row r="%d"><c r="%s" t="str"><v>%s</v></c></row>' % (int(place.strip("ABCDEFX")), place.encode(), text)


def parquet(path, n):
    """Write few bytes that announce many rows."""
    column = pa.array(np.zeros(10_000_000, dtype=np.int8))
    with pq.ParquetWriter(path, pa.schema([("gene", pa.int8()), ("S1", pa.int8())])) as out:
        for _ in range(n // len(column)):
            out.write_table(pa.table({"gene": column, "S1": column}))


def signatures(path, n):
    one = [{"uid": f"u{i}", "ranks": [1]} for i in range(n)]
    path.write_text(json.dumps({"entities": ["g"], "maxrank": 1, "signatures": one}))


BOMBS = {
    "million_columns.tsv": lambda p: p.write_text("gene" + "\tS" * 1_000_000 + "\nTP53" + "\t1" * 1_000_000),
    "columns.tsv.gz": lambda p: zeros(p, 5_000_000, cell=b"\t"),
    "line.tsv.gz": lambda p: zeros(p, 500_000_000),
    "cell.tsv": lambda p: p.write_bytes(b"gene\tS1\nTP53\t" + b"x" * 200_000_000),
    "rows.parquet": lambda p: parquet(p, 50_000_000),
    "signatures.json": lambda p: signatures(p, 1_000_000),
    "brackets.json": lambda p: p.write_text("[" * 1_000_000),
    "row.xlsx": lambda p: sheet(p, [cell("A1"), cell("XFD1048576")]),
    "far_row.xlsx": lambda p: sheet(p, [cell("A1"), cell("F1048576")]),
    "dimension.xlsx": lambda p: sheet(p, [cell("A1")], dimension="A1:XFD1048576"),
    "text.xlsx": lambda p: sheet(p, [cell("A1", b"x" * 300_000_000)]),
    "wide.tsv": lambda p: p.write_text(("gene" + "\tS" * 99_000 + "\n") * 2),
    "lines.txt": lambda p: p.write_text("A\n" * 5_000_000),
    "underscores.tsv": lambda p: p.write_text("_" * 40_000 + "\tS1\nTP53\t1\n"),
}


@pytest.mark.parametrize(
    ("name", "reader"),
    [(name, "read_ranks") for name in BOMBS]
    + [(name, "read_query") for name in BOMBS if name.endswith((".tsv", ".txt")) or name == "dimension.xlsx"],
)
def test_a_bomb_is_refused_soon_and_cheaply(name, reader, tmp_path):
    path = tmp_path / name
    BOMBS[name](path)
    run = subprocess.run([sys.executable, "-c", CHILD, path, reader], capture_output=True, text=True, timeout=40)
    seconds, megabytes, said = run.stdout.split(maxsplit=2) if run.stdout else (99, 0, run.stderr[-300:])
    assert float(seconds) < SECONDS
    assert float(megabytes) < MEGABYTES
    assert said.strip() != "READ" or name == "underscores.tsv"


# GCTX: nothing but the file itself is read ---------------------------------------------------------------

SECRET = b"PRIVATE-KEY-0123456789abcdef-OF-THE-READER"
GENES, IDS = ["TP53", "MYC", "EGFR"], ["S1", "S2"]


def gctx(path, leave_out=()):
    with h5py.File(path, "w") as file:
        for place, values in (
            ("/0/DATA/0/matrix", np.array([[1, 2, 3], [3, 2, 1]], dtype="f4")),
            ("/0/META/ROW/id", np.array(GENES, dtype="S8")),
            ("/0/META/COL/id", np.array(IDS, dtype="S8")),
            ("/0/META/COL/pert", np.array(["a", "b"], dtype="S8")),
        ):
            if place not in leave_out:
                file[place] = values
    return path


def external(file, place, other):
    file.create_dataset(place, (2,), "S20", external=[(str(other), 0, 40)])


def virtual(file, place, other):
    layout = h5py.VirtualLayout((2,), "S8")
    layout[:] = h5py.VirtualSource(str(other), "0/META/COL/id", (2,), "S8")
    file.create_virtual_dataset(place, layout)


def linked(file, place, other):
    file[place] = h5py.ExternalLink(str(other), "/0/META/COL/id")


def soft(file, place, other):
    file["out"] = h5py.ExternalLink(str(other), "/")
    file[place] = h5py.SoftLink("/out/0/META/COL/id")


def reference(file, place, other):
    file.create_dataset(place, data=[file.ref, file.ref], dtype=h5py.ref_dtype)


OTHER = {
    "opaque": lambda file, place, other: file.create_dataset(place, data=np.array([b"a", b"b"], dtype="V8")),
    "compound": lambda file, place, other: file.create_dataset(place, data=np.zeros(2, dtype=[("a", "i4")])),
    "lists": lambda file, place, other: file.create_dataset(place, (2,), h5py.vlen_dtype("i4")),
    "group": lambda file, place, other: file.create_group(place),
    "far": lambda file, place, other: file.create_dataset(place, (10**11,), "S8", chunks=(1000,)),
    "short": lambda file, place, other: file.create_dataset(place, data=np.array([b"a"])),
}


@pytest.mark.parametrize("place", ["/0/META/COL/id", "/0/META/COL/pert", "/0/META/ROW/id", "/0/DATA/0/matrix"])
@pytest.mark.parametrize(
    "make", [external, virtual, linked, soft, reference, *OTHER.values()], ids=lambda make: make.__name__
)
def test_a_gctx_reads_no_other_file(make, place, tmp_path):
    other = tmp_path / "secret"
    with h5py.File(other, "w") as file:
        file["/0/META/COL/id"] = np.array([SECRET[:8], SECRET[8:16]])
    if make is external:
        other.write_bytes(SECRET)
    path = gctx(tmp_path / "x.gctx", leave_out=(place,))
    with h5py.File(path, "a") as file:
        make(file, place, other)
    for read in (read_ranks, read_coefficients):
        with pytest.raises(LincsInterpError) as caught:
            read(path)
        assert caught.value.remedy
        assert not any(SECRET[n : n + 6].decode() in repr(caught.value) for n in range(len(SECRET) - 6))


def test_a_plain_gctx_is_read(tmp_path):
    assert read_ranks(gctx(tmp_path / "x.gctx")).frame.to_numpy().tolist() == [[1, 3], [2, 2], [3, 1]]


# What libraries raise on damaged files -------------------------------------------------------------------


def zipped(path, change):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.tsv", "gene\tS1\nTP53\t1\n")
    path.write_bytes(change(path.read_bytes()))


def twice(path):
    pq.write_table(pa.table([pa.array(["a", "b"]), pa.array([1, 2]), pa.array([2, 1])], ["gene", "S1", "S1"]), path)


def no_index(path):
    table = pa.table({"gene": ["a", "b"], "S1": [1, 2]})
    pandas = {"index_columns": ["lost"], "columns": [], "column_indexes": []}
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(pandas)}), path)


def bytes_of_text(path):
    buffers = pa.array([b"\xff\xfe", b"b"], pa.binary()).buffers()
    pq.write_table(pa.table({"gene": pa.Array.from_buffers(pa.string(), 2, buffers), "S1": [1, 2]}), path)


DAMAGED = {
    "version.zip": lambda p: zipped(p, lambda b: b.replace(b"PK\x01\x02\x14\x03\x14", b"PK\x01\x02\x14\x03\x63")),
    "twice.parquet": twice,
    "no_index.parquet": no_index,
    "utf8.parquet": bytes_of_text,
    "nested.parquet": lambda p: pq.write_table(pa.table({"gene": ["a"], "S1": [[1]]}), p),
    "surrogate.json": lambda p: p.write_text(
        '{"entities":["a","b"],"maxrank":2,"signatures":[{"uid":"\\ud800","ranks":[1,2]}]}'
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_give_a_sentence(name, tmp_path):
    DAMAGED[name](tmp_path / name)
    with pytest.raises(LincsInterpError, match=name) as caught:
        read_ranks(tmp_path / name)
    assert caught.value.remedy
    with pytest.raises(LincsInterpError):
        read_query(tmp_path / name) if not name.endswith("zip") else read_ranks(tmp_path / name)


def test_whatever_a_reader_raises_is_a_sentence(tmp_path, monkeypatch):
    from lincs_interp.io import matrices

    for error in (KeyError("x"), OverflowError("x"), RecursionError("x"), MemoryError(), IndexError("x")):

        def broken(*_, error=error, **__):
            raise error

        monkeypatch.setattr(matrices, "read_text_matrix", broken)
        (tmp_path / "x.tsv").write_text("gene\tS1\nTP53\t1\n")
        with pytest.raises(LincsInterpError, match=r"x\.tsv") as caught:
            read_ranks(tmp_path / "x.tsv")
        assert caught.value.__cause__ is error
