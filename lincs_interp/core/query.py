"""GeneQuery: the up- and down-regulated genes of the experiment, with or without their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, wrong
from .._util.html import Html, call_html, card, escaped, names_html, paragraph, table_html
from .._util.missing import is_none, plain
from .._util.text import counted, kind, listed, shown, signed, simplified

#: What can be done with a gene of both lists; the first unless the caller says otherwise.
OVERLAP = ("error", "drop")


@dataclass(frozen=True, init=False, eq=False)
class GeneQuery:
    """The genes of one experiment: a list that went up, a list that went down.

    Parameters
    ----------
    name : str
        What the experiment is called in tables and figures.
    up, down : iterable of str
        Gene symbols in any order. Blank entries and missing values are left out; spelling, repeats and genes named on
        both sides are kept as they are, because :func:`match_genes` reports how each is matched; only letters of no
        width go, and long dashes become hyphens. Without ``down`` the query is one-sided.
    values : mapping or Series (gene to number), optional
        What was measured for each gene, positive = up (a log fold change, say).
    assumptions : iterable of str, optional
        How the lists were made of a file, in sentences.

    Raises
    ------
    LincsInterpError
        If both lists are empty, or a list is one piece of text instead of a list of genes.

    Examples
    --------
    >>> GeneQuery("heat shock", up=["HSPA1A", "DNAJB1"], down=["CCND1"])
    GeneQuery('heat shock': 2 up, 1 down)
    """

    name: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    values: pd.Series | None
    assumptions: tuple[str, ...]

    def __init__(
        self,
        name: str,
        up: Iterable[Any],
        down: Iterable[Any] = (),
        values: Mapping[str, float] | pd.Series | None = None,
        *,
        assumptions: Iterable[str] = (),
    ) -> None:
        # A frozen dataclass may only be filled this way; nothing else in the package does it.
        object.__setattr__(self, "name", shown(name, 200) or "query")
        object.__setattr__(self, "up", gene_texts("up", up))
        object.__setattr__(self, "down", gene_texts("down", down))
        object.__setattr__(self, "values", _gene_values(values))
        object.__setattr__(self, "assumptions", tuple(assumptions))
        if not self.up and not self.down:
            raise wrong("up", up, "and down together hold no gene", "give at least one list of gene symbols")

    @property
    def one_sided(self) -> bool:
        """True if one of the two lists is empty."""
        return not (self.up and self.down)

    def __repr__(self) -> str:
        return "\n  ".join(
            [f"GeneQuery({self.name!r}: {len(self.up):,} up, {len(self.down):,} down)", *self.assumptions]
        )

    def _repr_html_(self) -> str:
        sides = (("up", self.up), ("down", self.down))
        rows = [[call_html(side), f"{len(genes):,}", names_html(genes)] for side, genes in sides]
        caption = "What your experiment did, as you handed it in."
        return card(
            Html(f"Query {escaped(self.name, 80)}: {counted(len(self.up), 'gene')} up, {len(self.down):,} down"),
            table_html(rows, ["list", "entries", "genes"], caption=caption, numeric=[1]),
            *self._remarks(),
            paragraph(Html("How each entry is matched: <code>match_genes(ranks, query)</code>."), faint=True),
        )

    def _remarks(self) -> list[str | Html]:
        remarks: list[str | Html] = [*self.assumptions]
        if self.one_sided:
            remarks.append("One list only: there is no second list that could disagree.")
        if both := set(self.up) & set(self.down):
            remarks.append(f"{counted(len(both), 'gene')} in both lists: {listed(sorted(both))}.")
        if self.values is not None and len(self.values):
            ends = f"{signed(self.values.min(), 2)} (most down) … {signed(self.values.max(), 2)} (most up)"
            remarks.append(paragraph(Html(f"Values for {counted(len(self.values), 'gene')}: {ends}.")))
        return remarks


def check_query(query: object) -> None:
    """Raise unless this is a GeneQuery; the sentence says how to make one."""
    instance_of("query", query, GeneQuery, "make one with GeneQuery(name, up, down) or read_query(up, down)")


def gene_texts(argument: str, genes: Iterable[Any] | None) -> tuple[str, ...]:
    """Return the entries of a list of genes as text, without empty ones; raise if they are no names."""
    if genes is None:
        return ()
    if isinstance(genes, str | bytes | bytearray | memoryview):
        remedy = 'pass a list such as ["MYC", "TP53"], or let read_query split the text'
        raise wrong(argument, genes, f"is one piece of text ({shown(genes, 30)!r}), not a list of genes", remedy)
    if isinstance(genes, Mapping | pd.DataFrame) or getattr(genes, "ndim", 1) != 1 or hasattr(genes, "columns"):
        remedy = "pass one column of symbols, or read the table with read_query"
        raise wrong(argument, genes, f"is {kind(genes)}, not a list of genes", remedy)
    if values_by_gene(genes):
        remedy = "pass the genes of one side, or let read_query read genes and signs of it"
        raise wrong(argument, genes, "is a Series of numbers by gene, not a list of genes", remedy)
    try:
        entries = list(genes)
    except TypeError:
        problem = f"is {shown(repr(genes), 30)}, not a list of genes"
        raise wrong(argument, genes, problem, 'pass a list such as ["MYC", "TP53"]') from None
    only_text = set(map(type, entries)) == {str}
    texts = tuple(filter(None, map(str.strip if only_text else partial(_gene_text, argument), entries)))
    if "".join(texts).isascii():  # nearly always, and simplified() leaves them
        return texts
    return tuple(filter(None, map(simplified, texts)))


def values_by_gene(genes: object) -> bool:
    """Return whether this is a Series of numbers (or flags) with labels of its own: values, not names of genes."""
    if not isinstance(genes, pd.Series) or isinstance(genes.index, pd.RangeIndex):
        return False
    present = [value for value in genes if not is_none(value)]
    return bool(present) and all(isinstance(value, Real | np.bool_) for value in present)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and not is_none(value)


def _gene_text(argument: str, entry: Any) -> str:
    """One entry of a list as text: spreadsheets hand out dates, whole floats and missing values."""
    if type(entry) is str:
        return entry.strip()
    if isinstance(entry, bytes):  # of an HDF5 file
        try:
            return entry.decode().strip()
        except UnicodeDecodeError:
            raise wrong(argument, entry, f"holds {shown(entry, 30)}, which is no UTF-8", "pass text") from None
    if isinstance(entry, bool | np.bool_) or (_is_number(entry) and not (entry >= 1 and entry % 1 == 0)):
        problem = f"holds {shown(entry, 30)} where a gene name should be"
        raise wrong(argument, entry, problem, "pass names or Entrez ids, not values")
    if isinstance(entry, list | tuple | dict | set | np.ndarray | np.void | pd.Series | pd.DataFrame):
        problem = f"holds {kind(entry)} ({shown(entry, 30)}) where a gene name should be"
        raise wrong(argument, entry, problem, "pass a flat list")
    if isinstance(entry, dt.date) and not is_none(entry):  # datetime and Timestamp are dates too
        return f"{entry:%Y-%m-%d}"
    return plain(entry)


def _gene_values(values: Mapping[str, float] | pd.Series | None) -> pd.Series | None:
    if values is None:
        return None
    if not isinstance(values, Mapping | pd.Series):
        raise wrong("values", values, f"is {kind(values)}", "pass a Series or a dict of gene to number")
    series = pd.Series(dict(values) if isinstance(values, Mapping) else values, dtype=object)
    series.index = pd.Index(
        [simplified(_gene_text("values", gene)) for gene in series.index], name="gene", dtype=object
    )
    bad = [g for g, v in series.items() if not isinstance(v, Real) or isinstance(v, bool | np.bool_)]
    if bad:
        raise wrong("values", values, f"holds no number for {listed(bad)}", "leave these genes out, or pass NaN")
    return series.astype(float).dropna().rename("value")
