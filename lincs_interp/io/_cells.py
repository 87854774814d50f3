"""Cells: what counts as missing, how a number may be written, which gene names a spreadsheet spoilt."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._util.sheet_dates import date_symbols

# Compared without case. "None" and "NaN" count only where a number belongs: a gene may be called so.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "?", "<na>"})


def is_missing(cell: str) -> bool:
    """True if the cell of a number column says that there is no number."""
    return cell.strip().lower() in MISSING


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written in one file."""

    decimal: str
    thousands: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Plain digits, or digits in threes; then decimals; then an exponent."""
        decimal, thousands = re.escape(self.decimal), rf"[{re.escape(self.thousands)}'’\s]"
        return re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}(?:{thousands}\d{{3}})+|\d+)?(?:{decimal}\d*)?(?:[eE][+-]?\d+)?")

    def number(self, cell: str) -> float:
        """Return the number in the cell, NaN where it is missing; ValueError if it is neither."""
        text = cell.strip()
        if text.lower() in MISSING:
            return float("nan")
        if not re.search(r"\d", text) or not _PATTERNS[self].fullmatch(text):
            raise ValueError(cell)
        digits = re.sub(rf"[{re.escape(self.thousands)}'’\s]", "", text)
        return _finite(float(digits.replace(self.decimal, ".")))

    def numbers(self, cells: Sequence[str]) -> np.ndarray:
        """Return a row of numbers; ValueError at the first cell that is neither number nor missing."""
        if self.decimal == "." and "_" not in (text := "\t".join(cells)) and "n" not in text:
            # Python's own float takes plain cells ten times faster. It would also take 1_234, inf and nan.
            try:
                values = np.fromiter(map(float, cells), np.float64, len(cells))
            except ValueError:
                pass
            else:
                if not np.isinf(values).any():  # 1e999
                    return values
        return np.fromiter(map(self.number, cells), np.float64, len(cells))


def _finite(number: float) -> float:
    if math.isinf(number):
        raise ValueError(number)
    return number


ENGLISH = NumberStyle(decimal=".", thousands=",")
CONTINENTAL = NumberStyle(decimal=",", thousands=".")
_PATTERNS = {style: style.pattern for style in (ENGLISH, CONTINENTAL)}


def is_number(cell: str) -> bool:
    """True if the cell is a number in either style; a missing cell is not."""
    if cell.isdecimal():  # nearly every cell of a rank matrix
        return True
    if is_missing(cell):
        return False
    for style in (ENGLISH, CONTINENTAL):
        try:
            style.number(cell)
        except ValueError:
            continue
        return True
    return False


def cell_text(value: Any) -> str:
    """Return what a typed cell of a spreadsheet or a column store says, as a text file would write it."""
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


def spoilt_genes(genes: Iterable[str]) -> list[str]:
    """Return the gene names that a spreadsheet turned into dates (SEPT2 -> 2-Sep)."""
    return [gene for gene in genes if date_symbols(gene) is not None]


def odd_names(names: Iterable[str]) -> list[str]:
    """Return the names with line breaks, markup or more than 200 characters."""
    return [name for name in names if len(name) > 200 or any(c in name for c in "<>\n\r\t\x00")]
