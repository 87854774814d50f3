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

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped, sentence_html, side_html
from .._util.missing import is_none
from .._util.text import NOTHING, number, percent, probability, shown, signed


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes
    ----------
    name : str
    sentence : str
        What it holds, with range and sign.
    unit : str
        In what it is counted, or its range; empty for a text, or where `ends` say it.
    ends : (str, str)
        What the low and the high end of its scale mean, of a flag False and True; two empty texts where it has none.
    form : str
        How a value is written: "text", "call", "side", "flag" (yes, no), "count", "number", "signed", "probability" or
        "percent".
    digits : int
        Decimals of a "number" and of a "signed" one; how many characters of a "text" are shown.
    """

    name: str
    sentence: str
    unit: str = ""
    ends: tuple[str, str] = ("", "")
    form: str = "count"
    digits: int = 0

    @property
    def most(self) -> int:
        """The most characters that are shown of a text."""
        return (self.digits if self.form == "text" else 0) or 60

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
        return self.name, Html("<br>".join(str(sentence_html(line)).replace(" ", "&nbsp;") for line in lines))

    def text(self, value: object) -> str:
        """Return a value as text, "–" where there is none; what is no number in a column of numbers stays as it is."""
        if is_none(value):
            return NOTHING
        if self.form == "flag" and isinstance(value, bool | np.bool_):
            return (self.ends if self.ends[0] else ("no", "yes"))[bool(value)]
        if not self.numeric or not isinstance(value, Real) or isinstance(value, bool):
            return shown(value, self.most) or NOTHING
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
        if self.form == "call":
            return call_html(value)
        if self.form == "side":
            return side_html(value)
        plain = self.text(value)
        return Html(plain) if self.numeric and isinstance(value, Real) else escaped(plain, self.most)


def _read() -> dict[str, dict[str, Column]]:
    """Return the records of ``columns.tsv`` by table and name; "as scores" is the record of that name in scores."""
    tables: dict[str, dict[str, Column]] = {}
    lines = files("lincs_interp").joinpath("core", "columns.tsv").read_text("utf-8").splitlines()
    for line in lines[1:]:
        table, name, form, digits, unit, low, high, sentence = line.split("\t")
        same = form.removeprefix("as ")
        record = Column(name, sentence, unit, (low, high), form, int(digits or 0))
        tables.setdefault(table, {})[name] = record if same == form else tables[same][name]
    return tables


#: The records of each result, by the name of the table; "further" holds the scores that score_concordance adds on
#: demand. core does not know their kernels: a test compares the two.
TABLES: Mapping[str, Mapping[str, Column]] = MappingProxyType(_read())
_WITH_SCORES = ("scores", "signatures", "consensus")


def is_further_score(name: str) -> bool:
    """Return whether a column of this name is one of the scores beside z_sum: "wtcs", "xsum(100)"."""
    return name.partition("(")[0] in TABLES["further"]


def column(table: str, name: str) -> Column | None:
    """Return the record of a column of a table (a name of :data:`TABLES`), None if it has none.

    In tables with scores so have further scores, their standardised forms (``wtcs_std``) and p (``p_overlap_up``).
    """
    known = TABLES[table].get(name)
    if known is None and table == "redundancy" and is_further_score(name):
        known = TABLES[table]["z_sum"]
    elif known is None and table in _WITH_SCORES:
        base = name.removesuffix("_std")
        if base != name and (base == "z_sum" or is_further_score(base)):
            sentence = f"{base} in units of the spread of ordinary signatures; positive = mimicker"
            known = replace(TABLES["scores"]["z_sum"], sentence=sentence)
        else:
            known = TABLES["further"].get(base if base.startswith("p_") else base.partition("(")[0])
    return replace(known, name=name) if known else None


def added_column(name: str, values: pd.Series) -> Column:
    """Return a plain record for a column that a reader added to a result."""
    if values.dtype.kind == "b":
        return Column(name, "", form="flag")
    if values.dtype.kind in "iu":
        return Column(name, "")
    return Column(name, "", form="number", digits=2) if values.dtype.kind == "f" else Column(name, "", form="text")


def describe(names: Iterable[str], table: str) -> dict[str, str]:
    """Return the columns of a table in their order, each with its sentence; "" for one that has no record."""
    found = {name: column(table, name) for name in names}
    return {name: one.sentence if one else "" for name, one in found.items()}
