"""Every column of every result: its unit or the ends of its scale, its number format, and one sentence.

Displays, the tables of the report and of the explorers, ``run.meta.json`` and the tests of docstrings feed on these
records, which are in ``columns.tsv``. A new column of a result gets its line there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped, sentence_html
from .._util.missing import is_none
from .._util.text import NOTHING, number, percent, probability, shown, signed


@dataclass(frozen=True)
class Column:
    """One column of a result: what it holds, and how its head and values are written."""

    name: str
    sentence: str  # with range and sign
    unit: str = ""  # in what it is counted, or its range; empty for a text, or where `ends` say it
    ends: tuple[str, str] = ("", "")  # what the low and the high end of its scale mean, of a flag False and True
    form: str = "count"  # text, call, side, flag, count, number, signed, probability or percent
    digits: int = 0  # decimals of a number, signed or not; how many characters of a text are shown
    whole: str = ""  # the column of which it is a part: "3 of 5"

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, and set to the right."""
        return self.form not in ("text", "call", "side", "flag")

    @property
    def hint(self) -> str:
        """The unit, or both ends of the scale, in one short line of text; empty if there is neither."""
        return " … ".join(filter(None, self.ends)) or self.unit

    @property
    def head(self) -> tuple[str, Html]:
        """Name and hint for the head of a table, each end of the scale on a line of its own."""
        lines = [end for end in self.ends if end] or [self.unit]
        return self.name, Html("<br>".join(sentence_html(line).replace(" ", "&nbsp;") for line in lines))

    def text(self, value: object) -> str:
        """Return a value as text, "–" where there is none; what is no number in a column of numbers stays as it is."""
        if is_none(value):
            return NOTHING
        if self.form == "flag" and isinstance(value, bool | np.bool_):
            return (self.ends if self.ends[0] else ("no", "yes"))[bool(value)]
        if not self.numeric or not isinstance(value, Real) or isinstance(value, bool):
            return shown(value, self.digits if self.form == "text" and self.digits else 60) or NOTHING
        one = float(value)
        if self.form == "signed":
            return signed(one, self.digits)
        if self.form == "probability":
            return probability(one)
        return percent(one, "0 %") if self.form == "percent" else number(one, self.digits)

    def html(self, value: object) -> Html:
        """Return a value as a cell of a table: a text is escaped, a call and a side have their signs."""
        if is_none(value) or value == "":
            return Html(NOTHING)
        if self.form in ("call", "side"):
            return call_html(value)
        plain = self.text(value)
        return Html(plain) if self.numeric and isinstance(value, Real) else escaped(plain, len(plain))

    def cells(self, table: pd.DataFrame) -> list[Html]:
        """Return the cells of all rows of a table."""
        cells = [self.html(value) for value in table[self.name]]
        if not self.whole:
            return cells
        return [Html(f"{part} of {self.html(whole)}") for part, whole in zip(cells, table[self.whole], strict=True)]


def _read() -> dict[str, dict[str, Column]]:
    """Return the records of ``columns.tsv`` by table and name; "as scores" is the record of that name in scores."""
    tables: dict[str, dict[str, Column]] = {}
    lines = files("lincs_interp").joinpath("core", "columns.tsv").read_text("utf-8").splitlines()
    for line in lines[1:]:
        table, name, form, digits, unit, low, high, sentence = line.split("\t")
        same = form.removeprefix("as ")
        record = Column(name, sentence, unit, (low, high), form, int(digits or 0))
        tables.setdefault(table, {})[name] = record if same == form else tables[same][name]
    return {**tables, "calibrated": tables["scores"], "signatures": tables["scores"]}


#: The records of each result, by the name of the table; "further" holds the scores that score_concordance adds on
#: demand. core does not know their kernels: a test compares the two.
TABLES: Mapping[str, Mapping[str, Column]] = MappingProxyType(_read())
_WITH_SCORES = ("scores", "calibrated", "signatures")


def is_further_score(name: str) -> bool:
    """Return whether a column of this name is one of the scores beside z_sum: "wtcs", "xsum(100)"."""
    return name.partition("(")[0] in TABLES["further"]


def column(table: str, name: str) -> Column | None:
    """Return the record of a column of a table (a name of :data:`TABLES`), None if it has none."""
    # In tables with scores so have further scores, their standardised forms (``wtcs_std``) and p (``p_overlap_up``).
    known = TABLES[table].get(name)
    if known is None and table == "redundancy" and is_further_score(name):
        known = TABLES[table]["z_sum"]
    elif known is None and table == "consensus":
        return column("scores", name)
    elif known is None and table in _WITH_SCORES:
        base = name.removesuffix("_std")
        if base != name and (base == "z_sum" or is_further_score(base)):
            sentence = f"{base} in units of the spread of ordinary signatures; positive = mimicker"
            known = replace(TABLES["scores"]["z_sum"], sentence=sentence)
        else:
            known = TABLES["further"].get(base if base.startswith("p_") else base.partition("(")[0])
    return replace(known, name=name) if known else None


def added_column(name: Any, values: pd.Series) -> Column:
    """Return a plain record for a column that a reader added to a result."""
    forms = {"b": "flag", "i": "count", "u": "count", "f": "number"}
    kind = values.dtype.kind
    return Column(name, "", form=forms.get(kind, "text"), digits=2 if kind == "f" and (values % 1 > 0).any() else 0)


def describe(names: Iterable[str], table: str) -> dict[str, str]:
    """Return the columns of a table in their order, each with its sentence; "" for one that has no record."""
    return {name: one.sentence if (one := column(table, name)) else "" for name in names}
