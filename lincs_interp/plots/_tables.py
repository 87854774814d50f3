"""Check the tables that plots are given, choose what they draw of them, and name their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, wrong
from .._util.missing import plain as metadata_text
from .._util.text import counted, kind, listed, shown
from .style import CALL_COLOURS, SIDE_COLOURS, plain

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
    """Check what a plot is given; return its table with the columns `numeric` as floats, infinite values missing."""
    # `needs` and `numeric` must be there once each; errors name the function that the table is made by.
    check_axes(ax, title)
    needs, numeric, remedy = list(needs), list(numeric), f"pass the table made by {made_by}"
    if not isinstance(table, pd.DataFrame):
        raise wrong(argument, table, f"is {kind(table)}, not a table", remedy)
    for column in [*needs, *numeric]:
        found = np.count_nonzero(table.columns == column)
        if found != 1:
            raise wrong(argument, table, f"has {'more than one' if found else 'no'} column {column!r}", remedy)
    if table.empty:
        raise wrong(argument, table, "is empty, so there is nothing to draw", remedy)
    for column in (column for column in needs if column in _WORDS):
        check_words(argument, table[column], _WORDS[column], column, remedy)
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
        cells = pd.Series(table.to_numpy(dtype=object).ravel()).dropna()
        text = cells[pd.to_numeric(cells, errors="coerce").isna()].iloc[0]
        where = f"column {column} holds" if column else "holds"
        problem = f"{where} {shown(text, 30)!r}, which is not a number"
        raise wrong(argument, text, problem, "pass a table of numbers only") from None
    values[~np.isfinite(values)] = np.nan
    return values


def percentile_numbers(argument: str, table: pd.DataFrame | pd.Series) -> np.ndarray:
    """Return `table` as floats; raise unless some are there and all on the 0-100 scale (ranks by mistake are not)."""
    values = numbers(argument, table)
    if np.isnan(values).all():
        raise wrong(argument, None, "holds no number, only missing values", "pass ranks.percentiles()")
    low, high = np.nanmin(values), np.nanmax(values)
    if low < 0 or high > 100:
        problem = f"go from {low:,.6g} to {high:,.6g}, but percentiles are between 0 and 100"
        remedy = "if these are ranks, pass ranks.percentiles() or to_percentile(ranks, n_genes=...)"
        raise wrong(argument, (low, high), problem, remedy)
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


def both_ends(values: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of at most `top` values above 0, the highest first, and of `top` below 0, the lowest last."""
    order = np.argsort(-values, kind="stable")
    return order[values[order] > 0][:top], order[values[order] < 0][-top:]


def strongest(
    argument: str, table: pd.DataFrame, by: str, top: int, labels: Any
) -> tuple[pd.DataFrame, int, list[str], str]:
    """Return the rows of both ends, how many of them are above 0, their names, and what all names have in common."""
    above, below = both_ends(table[by].to_numpy(), top)
    part = table.iloc[np.concatenate([above, below])]
    if part.empty:
        problem = f"has no {by} above or below 0, so no signature differs from the others"
        raise wrong(argument, table, problem, "check that the query's genes were found (match_genes)")
    return part, len(above), *row_names(part.index, labels, 40)


def row_names(index: pd.Index, labels: Any, limit: int) -> tuple[list[str], str]:
    """Return one drawable name for each entry of `index`, and what they have in common ("10 uM, 24 h")."""
    # `labels` maps an id to its text (mapping or Series), or is a table of metadata indexed by id, of which the
    # parts that all rows share are not repeated in each name. An id that `labels` lacks keeps its own text.
    texts: dict[Any, str] = {}
    shared = ""
    if isinstance(labels, pd.DataFrame):
        texts, shared = _from_metadata(index, labels, limit)
    elif isinstance(labels, pd.Series | Mapping):
        texts = {key: plain(text, limit) for key, text in labels.items() if metadata_text(text)}
    elif labels is not None:
        raise wrong("labels", labels, f"is {kind(labels)}", _LABELS_REMEDY)
    return [texts[entry] if entry in texts else plain(entry, limit) for entry in index], shared


def _from_metadata(index: pd.Index, labels: pd.DataFrame, limit: int) -> tuple[dict[Any, str], str]:
    present = [column for column in LABEL_COLUMNS if column in labels.columns]
    if not present:
        raise wrong("labels", labels, f"has none of the columns {listed(LABEL_COLUMNS)}", _LABELS_REMEDY)
    parts = labels.loc[labels.index.isin(index), present].astype(object).map(metadata_text)
    common: list[str] = []
    if len(parts) == len(index) > 1:  # a single name shows all it has
        common = [column for column in present[1:] if parts[column].nunique() == 1]
    shared = ", ".join(filter(None, parts[common].iloc[0])) if common else ""
    texts = {key: _joined(row, limit) for key, *row in parts.drop(columns=common).itertuples(name=None)}
    return _distinguished({key: text for key, text in texts.items() if text}, labels), shared


def _distinguished(texts: dict[Any, str], labels: pd.DataFrame) -> dict[Any, str]:
    """Append plate or well, or both, where several signatures would have the same text."""
    known = [column for column in APART_COLUMNS if column in labels.columns]
    choices = [[column] for column in known] + ([known] if len(known) > 1 else [])
    facts = labels.loc[~labels.index.duplicated(), known]
    every, apart = pd.Series(texts, dtype=object), dict(texts)
    again = every[every.duplicated(keep=False)]
    for _, same in again.groupby(again):
        for chosen in choices:
            rows = facts.loc[same.index, chosen].itertuples(index=False)
            ends = [" ".join(filter(None, map(metadata_text, row))) for row in rows]
            if len(set(ends)) == len(same) or (chosen is choices[-1] and len(set(ends)) > 1):
                found = zip(same.items(), ends, strict=True)
                apart |= {key: f"{text}, {plain(end, 16)}" for (key, text), end in found if end}
                break
    return apart


def _joined(parts: list[str], limit: int) -> str:
    """Join what the metadata say, "" without a name; only the name is cut, for half a dose is a wrong dose."""
    name, *rest = parts
    tail = "".join(f", {plain(part, 24)}" for part in rest if part)
    return plain(name, max(limit - len(tail), 14)) + tail if name else ""
