"""How numbers may be written, and what a spreadsheet does to gene names."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.missing import is_missing
from lincs_interp.io._cells import CONTINENTAL, ENGLISH, is_number, spoilt_genes

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(FINITE)
def test_any_float_comes_back_in_both_styles(value):
    assert ENGLISH.number(repr(value)) == value
    assert CONTINENTAL.number(repr(value).replace(".", ",")) == value


@given(st.integers(-(10**9), 10**9))
@pytest.mark.parametrize("mark", [",", "'", "’", " ", "\u00a0", "\u202f"])
def test_thousands_in_english(mark, value):
    assert ENGLISH.number(f"{value:,}".replace(",", mark)) == value


@given(st.integers(-(10**9), 10**9))
def test_thousands_by_dots(value):
    assert CONTINENTAL.number(f"{value:,}".replace(",", ".")) == value
    assert CONTINENTAL.number(f"{value:,}".replace(",", ".") + ",50") == value + math.copysign(0.5, value)


@pytest.mark.parametrize(
    "cell", ["1,2", "0,123", "1,2345", "12 34", "1_234", "inf", "1e999", "0x10", "1.2.3", "+", ".e5", "4³"]
)
def test_what_is_no_english_number(cell):
    with pytest.raises(ValueError, match=r".*"):
        ENGLISH.number(cell)
    with pytest.raises(ValueError, match=r".*"):
        ENGLISH.numbers([cell, "1"])


@pytest.mark.parametrize("cell", ["1.2", "0.123", "1.23", "1,2,3", "1_234"])
def test_what_is_no_continental_number(cell):
    with pytest.raises(ValueError, match=r".*"):
        CONTINENTAL.number(cell)


@given(st.lists(st.one_of(FINITE.map(repr), st.sampled_from(["", "NA", "1,234", "nan", " 7 "])), min_size=1))
def test_a_row_is_read_as_its_cells(cells):
    expected = [ENGLISH.number(cell) for cell in cells]
    assert str(ENGLISH.numbers(cells).tolist()) == str(expected)


@pytest.mark.parametrize("cell", ["", " ", "NA", "N/A", "NaN", "nan", "null", "None", "-", "#N/A", "."])
def test_missing(cell):
    assert is_missing(cell)
    assert not is_number(cell)
    assert math.isnan(ENGLISH.number(cell))


@pytest.mark.parametrize(
    "name",
    ["5-Mar", "2-Sep", "Mar-05", "1-DEC", "2024-03-05", "2024-09-02 00:00:00", "3/1/2024", "01.09.2024", "1. März"],
)
def test_spoilt_names(name):
    assert spoilt_genes([name]) == [name]


@pytest.mark.parametrize(
    "name", ["MARCH1", "SEPT2", "DEC1", "NKX2-5", "HLA-A", "MARC-1", "2024", "C1-JUNB", "OCT4", "1-Marvel"]
)
def test_whole_names(name):
    assert spoilt_genes([name]) == []
