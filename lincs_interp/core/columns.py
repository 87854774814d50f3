"""Columns of the displays of score tables: a name, a unit or the ends of the scale, and how a cell is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import NOTHING, Html, call_html, escaped, number_html, probability_html, signed_html

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a display: its name, its unit or the ends of its scale, and a cell out of a row of the table."""

    name: str
    hint: str
    cell: Callable[[Row], Html]
    numeric: bool = True


def number_in(row: Row, name: str) -> float:
    value = row.get(name, np.nan)
    return np.nan if pd.isna(value) else float(value)


def signed_column(name: str, hint: str, digits: int = 1) -> Column:
    return Column(name, hint, lambda row: signed_html(number_in(row, name), digits))


def text_column(name: str, hint: str, limit: int = 40) -> Column:
    def cell(row: Row) -> Html:
        text = row[name]
        return Html(NOTHING) if text == "" or pd.isna(text) else escaped(text, limit)

    return Column(name, hint, cell, numeric=False)


def probability_column(name: str, hint: str) -> Column:
    return Column(name, hint, lambda row: probability_html(number_in(row, name)))


def share_column(name: str, hint: str, part: str, whole: str) -> Column:
    def cell(row: Row) -> Html:
        return Html(f"{number_html(number_in(row, part))} of {number_html(number_in(row, whole))}")

    return Column(name, hint, cell)


def call_column(name: str, hint: str = "") -> Column:
    return Column(name, hint, lambda row: call_html(row[name]), numeric=False)
