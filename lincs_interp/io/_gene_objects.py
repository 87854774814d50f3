"""Objects of Python and pandas that hold more than names -> gene lists: tables, values by gene, sets by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.missing import is_none
from .._util.text import listed
from ..core.query import gene_texts, values_by_gene
from ._cells import cell_text
from ._de_cells import holds_numbers, is_direction
from ._gene_sets import from_gmt, side_of_name
from ._gene_sheets import Sheet, genes_of_sheets
from ._gene_tables import genes_of
from ._genes import Choice, Genes, Pasted
from ._headers import names_genes, role_of, side_of


def genes_of_object(given: Any, source: Pasted, choice: Choice) -> Genes | None:
    """Read an object that is no list; None where it is one, or of no kind that is known."""
    if getattr(getattr(given, "dtype", None), "names", None):  # a record array
        given = pd.DataFrame(np.asarray(given))
    if isinstance(given, Mapping):
        parts = {str(name): part for name, part in given.items()}
        if parts and all(isinstance(part, pd.DataFrame) for part in parts.values()):
            sheets = [Sheet(name, _cells(part, source)) for name, part in parts.items()]
            return genes_of_sheets(sheets, source, "", choice)
        if parts and all(isinstance(part, Iterable) and not isinstance(part, str | bytes) for part in parts.values()):
            if len(parts) > 1 and any(map(names_genes, parts)):
                problem = f"is a dict of the columns {listed(parts)}, not of gene lists"
                raise source.error(problem, "make a DataFrame of it: pd.DataFrame(...)", given)
            sets = [[_set_name(name), "", *gene_texts(source.name, part)] for name, part in parts.items()]
            return from_gmt(sets, source, choice)
        given = pd.Series(list(given.values()), index=list(given), dtype=object)
    if isinstance(given, pd.Series):
        given = _by_gene(given, source)
    return genes_of(_cells(given, source), source, "", choice) if isinstance(given, pd.DataFrame) else None


def _set_name(name: str) -> str:
    """Return a name with its side behind it, as gene sets are called."""
    side = "" if side_of_name(name)[1] else side_of(name)
    return f"{role_of(name).contrast or 'query'} {side}" if side else name


def _by_gene(series: pd.Series, source: Pasted) -> pd.DataFrame | pd.Series:
    """Return values or directions with their genes as a table; a Series of genes as it is."""
    present = [value for value in series if not is_none(value)]
    words = bool(present) and all(isinstance(value, str) for value in present)
    ids = words and all(value.strip().removesuffix(".0").isdigit() for value in present)
    words = words and (is_direction("", present) or (holds_numbers(present) and not ids))
    if not (values_by_gene(series) or (words and not isinstance(series.index, pd.RangeIndex))):
        return series
    if any(isinstance(value, bool | np.bool_) for value in present):
        remedy = "pass the genes that are meant: list(flags.index[flags])"
        raise source.error("is a Series of flags", remedy, series)
    name = series.name if isinstance(series.name, str) and series.name.strip() else "value"
    frame = series.to_frame(name)
    bare = frame.index.nlevels == 1 and not frame.index.name and _is_text(frame.index)
    return frame.rename_axis("gene") if bare else frame


def _is_text(column: pd.Index | pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column.dtype)


def _cells(frame: pd.DataFrame, source: Pasted) -> list[list[str]]:
    """Return a table as rows of text, its index in front unless it only counts rows."""
    if frame.index.nlevels > 1:
        frame = frame.reset_index()
    columns = [frame.iloc[:, j] for j in range(frame.shape[1])]
    header = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    if not (_is_text(frame.index) or frame.index.name):
        if not any(_is_text(column) for column in columns):
            problem = "has an index of numbers: row numbers or Entrez ids?"
            raise source.error(problem, 'make the gene names its index, or call the index "entrez"', frame)
    else:
        columns.insert(0, frame.index.to_series())
        header.insert(0, str(frame.index.name or ""))
    rows = zip(*map(_texts, columns), strict=True)
    named = any(not isinstance(name, int | np.integer) for name in frame.columns)
    heads = [["" if name.startswith("Unnamed: ") else name for name in header]] if named else []
    return [*heads, *map(list, rows)]


def _texts(column: pd.Series) -> list[str]:
    if column.dtype == np.float64:  # a table may have 60,000 rows
        return [("" if x != x else repr(x).removesuffix(".0")) for x in column.tolist()]
    return ["" if is_none(cell) else cell_text(cell) for cell in column.tolist()]
