"""Checks on the tables that plots are given, and the names of their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import listed, shown
from ._ink import CALL_COLOURS, plain

# What a reader wants to know of a signature, in reading order, where metadata has it.
LABEL_COLUMNS = ("pert_name", "pert_dose", "cell_line", "pert_time")
# Where a signature stands, for those that say the same in all of these.
APART_COLUMNS = ("plate", "well")


def check_table(argument: str, table: object, columns: Iterable[str], made_by: str) -> pd.DataFrame:
    """Return `table` if it is a DataFrame with rows and each of `columns` once; errors name its maker."""
    if not isinstance(table, pd.DataFrame):
        if isinstance(getattr(table, argument, None), pd.DataFrame):  # the result that the table is a part of
            raise LincsInterpError(f"{argument} is a {type(table).__name__}, not a table: pass its .{argument}.")
        raise LincsInterpError(
            f"{argument} is a {type(table).__name__}, not a table: pass the DataFrame made by {made_by}."
        )
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise LincsInterpError(
            f"{argument} has no column {listed(map(repr, missing))}: pass the table made by {made_by}."
        )
    twice = [column for column in columns if isinstance(table[column], pd.DataFrame)]
    if twice:
        raise LincsInterpError(
            f"{argument} has more than one column {listed(map(repr, twice))}: pass the table as {made_by} made it."
        )
    if table.empty:
        raise LincsInterpError(
            f"{argument} is empty ({len(table):,} rows x {table.shape[1]:,} columns), so there is nothing to"
            f" draw: pass the table made by {made_by}."
        )
    return table


def numbers(argument: str, table: pd.DataFrame | pd.Series) -> np.ndarray:
    """Return `table` as floats, infinite and missing values as NaN; raise where a column holds text."""
    try:
        values = table.to_numpy(dtype=float, na_value=np.nan, copy=True)
    except (TypeError, ValueError):
        raise LincsInterpError(
            f"{argument} holds {_not_a_number(table)}, which is not a number: pass a table of numbers only."
        ) from None
    values[~np.isfinite(values)] = np.nan
    return values


def _not_a_number(table: pd.DataFrame | pd.Series) -> str:
    for value in table.to_numpy(dtype=object).ravel():
        try:
            float(value) if not pd.isna(value) else 0.0
        except (TypeError, ValueError):
            return repr(shown(value, 30))
    return "a value"


def check_percentiles(argument: str, values: np.ndarray) -> None:
    """Raise unless some value is there and all lie on the 0-100 scale (ranks given by mistake do not)."""
    if np.isnan(values).all():
        raise LincsInterpError(f"{argument} holds no number, only missing values: there is nothing to draw.")
    low, high = np.nanmin(values), np.nanmax(values)
    if low < 0 or high > 100:
        raise LincsInterpError(
            f"{argument} go from {low:,.6g} to {high:,.6g}, but percentiles lie between 0 and 100: if these"
            " are ranks, pass ranks.percentiles() or to_percentile(ranks, n_genes=...)."
        )


def check_calls(scores: pd.DataFrame, argument: str = "scores", made_by: str = "score_concordance") -> None:
    """Raise unless every word in the column ``call`` has a colour."""
    unknown = sorted(set(map(str, scores["call"])) - set(CALL_COLOURS))
    if unknown:
        raise LincsInterpError(
            f"{argument}: call holds {listed(map(repr, unknown))}, but a call is {' or '.join(CALL_COLOURS)}:"
            f" pass the table as {made_by} made it."
        )


def check_series(argument: str, values: object, remedy: str) -> pd.Series:
    """Return `values` if it is a Series with rows; `remedy` says what to pass."""
    if not isinstance(values, pd.Series):
        raise LincsInterpError(f"{argument} is a {type(values).__name__}, not a Series: pass {remedy}.")
    if values.empty:
        raise LincsInterpError(f"{argument} is empty, so there is nothing to draw: pass {remedy}.")
    return values


def said(column: pd.Series) -> list[str]:
    """Return the texts of a column of metadata, "" where it says nothing."""
    return [str(part).strip() if _says_something(part) else "" for part in column]


def check_count(argument: str, value: Any, least: int) -> int:
    """Return `value` as an int; raise unless it is a whole number and not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise LincsInterpError(f"{argument} must be a whole number from {least} up, not {shown(value, 30)!r}.")
    return int(value)


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
        texts = {key: plain(text, limit) for key, text in labels.items() if _says_something(text)}
    else:
        raise LincsInterpError(
            f"labels is a {type(labels).__name__}: pass ranks.signatures, or a Series or dict from signature"
            " id to text."
        )
    return [texts[entry] if entry in texts else plain(entry, limit) for entry in index], shared


def _from_metadata(index: pd.Index, labels: pd.DataFrame, limit: int) -> tuple[dict[Any, str], str]:
    present = [column for column in LABEL_COLUMNS if column in labels.columns]
    if not present:
        raise LincsInterpError(
            f"labels has none of the columns {listed(LABEL_COLUMNS)}: pass ranks.signatures, or a Series or"
            " dict from signature id to text."
        )
    wanted = labels.loc[labels.index.isin(index), present].astype(object)
    parts = wanted.map(lambda part: str(part) if _says_something(part) else "")
    common: list[str] = []
    if len(parts) == len(index) > 1:  # a single name shows all it has
        common = [column for column in present[1:] if parts[column].nunique() == 1]
    shared = ", ".join(filter(None, parts[common].iloc[0])) if common else ""
    rows = parts.drop(columns=common).itertuples(name=None)
    texts = {key: _joined(row, limit) for key, *row in rows}
    texts = _told_apart(texts, labels)
    return {key: text for key, text in texts.items() if text}, shared


def _told_apart(texts: dict[Any, str], labels: pd.DataFrame) -> dict[Any, str]:
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
            ends = [" ".join(filter(None, said(row))) for _, row in found[~found.index.duplicated()].iterrows()]
            if len(set(ends)) == len(keys) or (chosen is choices[-1] and len(set(ends)) > 1):
                apart |= {key: f"{text}, {plain(end, 16)}" for key, end in zip(keys, ends, strict=True) if end}
                break
    return apart


def _joined(parts: list[str], limit: int) -> str:
    """Join what the metadata say, "" without a name; only the name is cut, for half a dose is a wrong dose."""
    name, *rest = parts
    tail = "".join(f", {plain(part, 24)}" for part in rest if part)
    return plain(name, max(limit - len(tail), 14)) + tail if name else ""


def _says_something(part: object) -> bool:
    return not (part is None or part is pd.NA or part != part or not str(part).strip())
