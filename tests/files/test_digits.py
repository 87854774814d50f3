"""The fast reader against Python's own int, and every way in which a file can be less plain than it looks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrix_shapes import joined, lines, plain, random_matrix

from lincs_interp.io import _digits, _text_table
from lincs_interp.io._digits import LONGEST, Odd, read_digits
from lincs_interp.io.matrices import read_ranks

CELLS = st.integers(0, 10**LONGEST - 1)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 6))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=30))


def read(data, table_width, **options):
    options = {"skip": 0, "delimiter": b"\t", "lead": 1, "width": table_width, "pick": None} | options
    return read_digits(io.BytesIO(data), **options)


@given(
    rows=tables(),
    delimiter=st.sampled_from("\t,;|"),
    end=st.sampled_from(["\n", "\r\n"]),
    zeros=st.booleans(),
    last=st.booleans(),
    block=st.sampled_from([1, 50, 1 << 20]),
)
def test_same_numbers_as_python(rows, delimiter, end, zeros, last, block):
    cell = (lambda v: f"{v:0{LONGEST}d}") if zeros else str
    text = end.join(delimiter.join(["GENE", *map(cell, row)]) for row in rows) + end * last
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_digits, "BLOCK", block)
        values, names = read(text.encode(), len(rows[0]), delimiter=delimiter.encode())
    assert values.dtype == np.int32
    assert values.tolist() == rows
    assert names == [[b"GENE"]] * len(rows)


def test_lines_on_top_names_and_picked_columns():
    data = b"# remark\ngene\tid\ta\tb\tc\nMYC\t7\t1\t2\t3\n\nTP53\t8\t40\t50\t60\n"
    values, names = read(data, 3, skip=2, lead=2, pick=[2, 0])
    assert values.tolist() == [[3, 1], [60, 40]]
    assert names == [[b"MYC", b"7"], [b"TP53", b"8"]]


@pytest.mark.parametrize(
    "rows",
    [
        b"A\t1\t\n",  # a missing number
        b"A\t\t1\n",
        b"A\t1\n",  # too few, too many
        b"A\t1\t2\t3\n",
        b"A\t1\t2\t3\nB\t1\n",  # both, so that the count comes out right
        b"A\t1\nB\t2\t3\t4\n",
        b"A\t1\t-2\n",
        b"A\t1\t2.0\n",
        b"A\t1\t2 \n",
        b"A\t1\tNA\n",
        b'A\t1\t"2"\n',
        b"A\t1,2\t3\n",
        b"A\t1\t123456789\n",  # nine digits
        b"A\t1\t2\rB\t3\t4\r",  # line ends of an old Mac
        b"A\t1\t2\xb2\n",  # a superscript two is a digit for str.isdigit
        b"remark\n",
        b"",
    ],
)
@pytest.mark.parametrize("before", [b"", b"Z\t5\t6\n"])
def test_anything_odd_is_refused(rows, before):
    if before and not rows:
        return
    with pytest.raises(Odd):
        read(before + rows, 2)


def test_plain_file_takes_the_fast_way_and_odd_ones_the_careful_way(tmp_path, monkeypatch):
    """Otherwise the claim on speed would be about code that is never run."""
    careful = []
    monkeypatch.setattr(_text_table, "read_rows", lambda *args, **options: careful.append(1))
    matrix, path = random_matrix(), tmp_path / "x.tsv"
    path.write_text(plain(matrix))
    read_ranks(path)
    assert not careful
    rows = lines(matrix)
    rows[1000][2] = "NA"
    path.write_text(joined(rows))
    with pytest.raises(AttributeError):  # the stand-in gives no matrix
        read_ranks(path)
    assert careful
