"""Checks on the tables that plots are given, and the names of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, wrong
from .._util.missing import plain as metadata_text
from .._util.text import counted, kind, listed, shown
from ._style import CALL_COLOURS, SIDE_COLOURS, plain

# What a reader wants to know of a signature, in reading order, where metadata has it.
LABEL_COLUMNS = ("pert_name", "pert_dose", "cell_line", "pert_time")
# What distinguishes those that are the same in all of these.
APART_COLUMNS = ("plate", "well")

_LABELS_REMEDY = "pass ranks.signatures, or a Series or dict from signature id to text"

# Columns of words, and what may be in them.
_WORDS = {"call": tuple(CALL_COLOURS), "side": tuple(SIDE_COLOURS)}


def check_axes(ax: object, title: object = None) -> None:
    """Raise unless `ax` is None or one Matplotlib Axes (an array of them is the common slip), and `title` a text."""
    from matplotlib.axes import Axes

    if ax is not None:
        instance_of("ax", ax, Axes, "pass a single one, such as axes[0, 0], or leave ax out")
    if title is not None:
        instance_of("title", title, str, "pass a text, or leave title out")


def prepare(
    argument: str,
    table: object,
    made_by: str,
    *,
    needs: Iterable[str] = (),
    numeric: Iterable[str] = (),
    ax: object = None,
    title: object = None,
) -> pd.DataFrame:
    """Check what a plot is given; return its table with the columns `numeric` as floats, infinite values missing.

    `needs` and `numeric` are the columns that must be there once each. Errors name the `argument` and the function
    that makes the table.
    """
    check_axes(ax, title)
    needs, numeric = list(needs), list(numeric)
    if not isinstance(table, pd.DataFrame):
        raise wrong(argument, table, f"is {kind(table)}, not a table", f"pass the DataFrame made by {made_by}")
    for column in [*needs, *numeric]:
        if column not in table.columns:
            raise wrong(argument, table, f"has no column {column!r}", f"pass the table made by {made_by}")
        if isinstance(table[column], pd.DataFrame):
            remedy = f"pass the table as {made_by} made it"
            raise wrong(argument, table, f"has more than one column {column!r}", remedy)
    if table.empty:
        raise wrong(argument, table, "is empty, so there is nothing to draw", f"pass the table made by {made_by}")
    for column in needs:
        if column in _WORDS:
            check_words(argument, table[column], _WORDS[column], column, f"pass the table as {made_by} made it")
    return table.assign(**{column: numbers(argument, table[column], column) for column in numeric})


def check_words(argument: str, words: Iterable[object], known: Iterable[str], column: str, remedy: str) -> None:
    """Raise unless all `words` are `known`."""
    known = list(known)
    unknown = sorted(set(map(str, words)) - set(known))
    if unknown:
        where = f"column {column} holds" if column else "holds"
        allowed = " or ".join(f'"{word}"' for word in known)
        raise wrong(argument, unknown, f"{where} {listed(map(repr, unknown))}, not {allowed}", remedy)


def numbers(argument: str, table: pd.DataFrame | pd.Series, column: str = "") -> np.ndarray:
    """Return `table` as floats, infinite and missing values as NaN; raise where a column holds text."""
    try:
        values = table.to_numpy(dtype=float, na_value=np.nan, copy=True)
    except (TypeError, ValueError):
        text = _not_a_number(table)
        where = f"column {column} holds" if column else "holds"
        problem = f"{where} {shown(text, 30)!r}, which is not a number"
        raise wrong(argument, text, problem, "pass a table of numbers only") from None
    values[~np.isfinite(values)] = np.nan
    return values


def _not_a_number(table: pd.DataFrame | pd.Series) -> object:
    for value in table.to_numpy(dtype=object).ravel():
        try:
            float(value) if not pd.isna(value) else 0.0
        except (TypeError, ValueError):
            return value
    return "a value"


def check_percentiles(argument: str, values: np.ndarray) -> None:
    """Raise unless some value is there and all are on the 0-100 scale (ranks given by mistake are not)."""
    if np.isnan(values).all():
        raise wrong(argument, None, "holds no number, only missing values", "pass ranks.percentiles()")
    low, high = np.nanmin(values), np.nanmax(values)
    if low < 0 or high > 100:
        problem = f"go from {low:,.6g} to {high:,.6g}, but percentiles are between 0 and 100"
        remedy = "if these are ranks, pass ranks.percentiles() or to_percentile(ranks, n_genes=...)"
        raise wrong(argument, (low, high), problem, remedy)


def check_series(argument: str, values: object, remedy: str) -> pd.Series:
    """Return `values` if it is a Series with rows; `remedy` says what to pass."""
    if not isinstance(values, pd.Series):
        raise wrong(argument, values, f"is {kind(values)}, not a Series", remedy)
    if values.empty:
        raise wrong(argument, values, "is empty, so there is nothing to draw", remedy)
    return values


def place_of(argument: str, name: object, index: pd.Index, of: str) -> int:
    """Return the place of the one entry of `index` that is called `name`."""
    if not pd.api.types.is_scalar(name):
        raise wrong(argument, name, f"holds {kind(name)}", "pass the name of a single signature, or a list of them")
    found = np.flatnonzero(index == name)
    if len(found) != 1:
        words = "is not" if not len(found) else f"occurs {len(found)} times"
        remedy = f"pass the name of a single one, such as {listed(map(repr, index), 2)}"
        problem = f"{shown(name)!r} {words} among the {counted(len(index), 'signature')} of {of}"
        raise wrong(argument, name, problem, remedy)
    return int(found[0])


def metadata_texts(column: Iterable[object]) -> list[str]:
    """Return the texts of a column of metadata, "" where there is none."""
    return [metadata_text(part) for part in column]


def row_names(index: pd.Index, labels: Any, limit: int) -> tuple[list[str], str]:
    """Return one drawable name for each entry of `index`, and what they have in common ("10 uM, 24 h").

    `labels` maps an id to its text (mapping or Series), or is a table of metadata indexed by id, of which the
    parts that all rows share are not repeated in each name. An id that `labels` lacks keeps its own text.
    """
    shared = ""
    if isinstance(labels, pd.DataFrame):
        texts, shared = _from_metadata(index, labels, limit)
    elif labels is None:
        texts = {}
    elif isinstance(labels, pd.Series | Mapping):
        texts = {key: plain(text, limit) for key, text in labels.items() if metadata_text(text)}
    else:
        raise wrong("labels", labels, f"is {kind(labels)}", _LABELS_REMEDY)
    return [texts[entry] if entry in texts else plain(entry, limit) for entry in index], shared


def _from_metadata(index: pd.Index, labels: pd.DataFrame, limit: int) -> tuple[dict[Any, str], str]:
    present = [column for column in LABEL_COLUMNS if column in labels.columns]
    if not present:
        raise wrong("labels", labels, f"has none of the columns {listed(LABEL_COLUMNS)}", _LABELS_REMEDY)
    wanted = labels.loc[labels.index.isin(index), present].astype(object)
    parts = wanted.map(metadata_text)
    common: list[str] = []
    if len(parts) == len(index) > 1:  # a single name shows all it has
        common = [column for column in present[1:] if parts[column].nunique() == 1]
    shared = ", ".join(filter(None, parts[common].iloc[0])) if common else ""
    rows = parts.drop(columns=common).itertuples(name=None)
    texts = {key: _joined(row, limit) for key, *row in rows}
    texts = _distinguished(texts, labels)
    return {key: text for key, text in texts.items() if text}, shared


def _distinguished(texts: dict[Any, str], labels: pd.DataFrame) -> dict[Any, str]:
    """Append plate or well, or both, where several signatures would have the same text."""
    same: dict[str, list[Any]] = {}
    for key, text in texts.items():
        same.setdefault(text, []).append(key)
    wells = [column for column in APART_COLUMNS if column in labels.columns]
    choices = [[column] for column in wells] + ([wells] if len(wells) > 1 else [])
    apart = dict(texts)
    for text, keys in same.items():
        if not text or len(keys) == 1:
            continue
        for chosen in choices:
            found = labels.loc[keys, chosen]
            ends = [
                " ".join(filter(None, metadata_texts(row))) for _, row in found[~found.index.duplicated()].iterrows()
            ]
            if len(set(ends)) == len(keys) or (chosen is choices[-1] and len(set(ends)) > 1):
                apart |= {key: f"{text}, {plain(end, 16)}" for key, end in zip(keys, ends, strict=True) if end}
                break
    return apart


def _joined(parts: list[str], limit: int) -> str:
    """Join what the metadata say, "" without a name; only the name is cut, for half a dose is a wrong dose."""
    name, *rest = parts
    tail = "".join(f", {plain(part, 24)}" for part in rest if part)
    return plain(name, max(limit - len(tail), 14)) + tail if name else ""
