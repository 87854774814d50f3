"""Cells: how a number may be written, the text of a typed cell, gene names that a spreadsheet changed."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np

from .._util.missing import MISSING_WORDS, is_missing
from .._util.sheet_dates import date_symbols

_USUAL_GAPS = {"NaN", *MISSING_WORDS, *map(str.upper, MISSING_WORDS), *map(str.capitalize, MISSING_WORDS)}


#: Letters without width or ink that Unicode does not count as format signs.
_FILLERS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f]")


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written in one file."""

    decimal: str
    thousands: str

    @cached_property
    def _between(self) -> str:
        return rf"[{re.escape(self.thousands)}'’\s]"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Plain digits, or digits in threes; then decimals; then an exponent."""
        digits = rf"(?:[1-9]\d{{0,2}}(?:{self._between}\d{{3}})+|\d+)"
        return re.compile(rf"[+-]?{digits}?(?:{re.escape(self.decimal)}\d*)?(?:[eE][+-]?\d+)?")

    def number(self, cell: str) -> float:
        """Return the number in the cell, NaN where it is missing; ValueError if it is neither."""
        if is_missing(cell):
            return math.nan
        text = cell.strip()
        if not re.search(r"\d", text) or not self._pattern.fullmatch(text):
            raise ValueError(cell)
        number = float(re.sub(self._between, "", text).replace(self.decimal, "."))
        if math.isinf(number):
            raise ValueError(cell)
        return number

    def numbers(self, cells: Sequence[str]) -> np.ndarray:
        """Return a row of numbers; ValueError at the first cell that is neither number nor missing."""
        if self.decimal == "." and "_" not in "".join(cells):
            # Python's own float takes plain cells ten times faster. It would also take 1_234, inf and nan.
            filled = [cell not in _USUAL_GAPS for cell in cells]
            try:
                numbers = np.fromiter(map(float, compress(cells, filled)), np.float64)
            except ValueError:
                numbers = np.array([np.nan])
            if np.isfinite(numbers).all():
                values = np.full(len(cells), np.nan)
                values[filled] = numbers
                return values
        return np.fromiter(map(self.number, cells), np.float64, len(cells))

    def fits(self, cell: str) -> bool:
        """Return whether the cell is a number or missing."""
        try:
            self.number(cell)
        except ValueError:
            return False
        return True


ENGLISH = NumberStyle(decimal=".", thousands=",")
CONTINENTAL = NumberStyle(decimal=",", thousands=".")


def is_number(cell: str) -> bool:
    """Return whether the cell is a number in either style; a missing cell is not."""
    if cell.isdecimal():  # nearly every cell of a rank matrix
        return True
    return not is_missing(cell) and (ENGLISH.fits(cell) or CONTINENTAL.fits(cell))


def share_of_numbers(cells: Iterable[str]) -> float:
    """How many of the filled cells are numbers, 0 to 1; 0 if none is filled."""
    cells = list(cells)
    if cells and all(map(str.isdecimal, cells)):
        return 1.0
    filled = [cell for cell in cells if not is_missing(cell)]
    return sum(map(is_number, filled)) / len(filled) if filled else 0.0


def cell_text(value: Any) -> str:
    """Return a typed cell of a spreadsheet or a column store as a text file would write it."""
    if value is None or value is Ellipsis:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value)


def visible(name: str) -> str:
    """Return a name without letters of no width and without the blanks and quotation marks around it."""
    if not name.isascii():
        name = "".join(c for c in _FILLERS.sub("", name) if unicodedata.category(c) != "Cf")
    return name.strip().strip('"').strip()


def spoilt_genes(genes: Iterable[str]) -> list[str]:
    """Return the gene names that a spreadsheet turned into dates (SEPT2 -> 2-Sep)."""
    return [gene for gene in genes if date_symbols(gene) is not None]


def odd_names(names: Iterable[str]) -> list[str]:
    """Return the names with line breaks, quotation marks, markup or more than 200 characters."""
    return [name for name in names if len(name) > 200 or any(c in name for c in '<>\n\r\t\x00"')]
