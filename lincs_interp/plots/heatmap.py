"""plot_heatmap: genes x signatures as colours around a centre."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, shown
from . import _style as s
from ._tables import numbers, prepare, row_names
from ._tiles import colour_grid, ordered_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MADE_BY = "ranks.percentiles()"


def plot_heatmap(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    centre: float = 50.0,
    limits: tuple[float, float] | None = None,
    scale: str | None = None,
    ends: tuple[str, str] | None = None,
    labels: Any = None,
    max_labels: int = 40,
    title: str | None = None,
) -> Axes:
    """Draw a table of genes x signatures as colours: blue = down, white = the centre, red = up.

    Parameters
    ----------
    table : DataFrame (genes x signatures)
        ``ranks.percentiles()``, or any numbers with a meaningful centre, drawn in their order. Missing ones are grey.
    ax : Axes, optional
        Where to draw; the colour bar is at its right. Without it a new figure is made.
    centre : float, default 50
        The value drawn white: 50 for percentiles, 0 for scores.
    limits : (float, float), optional
        Where blue and red are full; beyond, the bar ends in an arrow. By default 0 and 100 for percentiles, otherwise
        as far on both sides of the centre as the farthest value.
    scale : str, optional
        What the numbers are, written above the colour bar: "percentile" by default where they are.
    ends : (str, str), optional
        What both ends mean: by default "most down" and "most up" for percentiles, otherwise "low" and "high".
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    max_labels : int, default 40
        At most so many names along each axis; the axis shows if only every second, third … is named. 0 names none.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        The axes of the heat map (the colour bar has its own, ``ax.images[0].colorbar.ax``).

    Raises
    ------
    LincsInterpError
        If the table is empty or holds text or no number, ``centre`` is not between the limits, or ``ends`` no pair.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"drug A": [99.2, 3.1], "drug B": [88.0, 51.5]}, index=["HMOX1", "CCND1"])
    >>> ax = plot_heatmap(table, ax=Figure().subplots())
    >>> ax.images[0].get_clim()
    (0.0, 100.0)
    """
    max_labels = whole_number("max_labels", max_labels, least=0)
    table = prepare("table", table, _MADE_BY, ax=ax, title=title)
    values = numbers("table", table)
    if np.isnan(values).all():
        raise wrong("table", table, "holds no number, only missing values", f"pass the table made by {_MADE_BY}")
    low, high = _limits(values, centre, limits)
    rows, columns = (_label_places(n, max_labels) for n in values.shape)
    of_rows, row_note = row_names(table.index, labels, 32)
    of_columns, column_note = row_names(table.columns, labels, 32)
    of_rows, of_columns = [of_rows[i] for i in rows], [of_columns[i] for i in columns]
    words = _words(scale, ends, (low, centre, high))

    from matplotlib import colormaps

    ax = s.axes_for(ax, *_inches(of_rows, of_columns, words))
    colour_grid(ax, values, (low, centre, high), words, colormaps[s.RANK_COLOUR_MAP])
    ax.set_yticks(rows, labels=of_rows, fontsize=s.SMALL, **s.PLAIN)
    ax.set_xticks(columns, labels=of_columns, rotation=90, fontsize=s.SMALL, **s.PLAIN)
    ax.tick_params(length=0)
    of_signatures = table.index.name == "signature"  # a table of scores, not of genes
    x = _axis_words(values.shape[1], "column" if of_signatures else "signature", len(columns))
    y = _axis_words(values.shape[0], "signature" if of_signatures else "gene", len(rows))
    notes = s.shared_note(row_note or column_note) + (["grey = no value"] if np.isnan(values).any() else [])
    s.caption(ax, title=title, x=x, y=y, notes=notes)
    return ax


def _limits(values: np.ndarray, centre: float, limits: tuple[float, float] | None) -> tuple[float, float]:
    if not isinstance(centre, int | float | np.number) or not math.isfinite(centre):
        raise wrong("centre", centre, f"is {shown(centre)}", "pass a number: 50 for percentiles, 0 for scores")
    if limits is not None:
        return ordered_limits(limits, centre)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if centre == 50 and low >= 0 and high <= 100:
        return 0.0, 100.0
    reach = max(high - centre, centre - low) or 1.0
    return centre - reach, centre + reach


def _label_places(n: int, most: int) -> np.ndarray:
    """Return which of `n` rows to name: all of them, or every second, third … so that at most `most` are."""
    return np.arange(0, n, math.ceil(n / most)) if most else np.arange(0)


def _inches(rows: list[str], columns: list[str], words: tuple[str, str, str]) -> tuple[float, float]:
    """Return a width and height at which names do not touch, with room for them and for the bar."""
    width, height = (0.17 * len(names) if names else 3.0 for names in (columns, rows))
    letters = 0.075  # a little more than a letter is wide
    beside, below = (letters * max(map(len, names), default=0) for names in (rows, columns))
    bar = 1.0 + letters * max(map(len, words))
    return float(np.clip(width, 1.2, 9.0)) + beside + bar, float(np.clip(height, 1.2, 9.0)) + below + 0.7


def _words(scale: str | None, ends: tuple[str, str] | None, span: tuple[float, float, float]) -> tuple[str, str, str]:
    """Return the words of the bar: the name of the scale, its low end, its high end."""
    percentiles = span == (0, 50, 100)
    if ends is not None and (isinstance(ends, str) or len(ends) != 2):
        raise wrong("ends", ends, f"is {shown(ends)!r}, not two texts", 'pass ("against", "with"), say')
    low, high = ends if ends is not None else (("most down", "most up") if percentiles else ("low", "high"))
    name = scale if scale is not None else ("percentile" if percentiles else "")
    return s.plain(name, 60) if name else "", s.plain(low, 30), s.plain(high, 30)


def _axis_words(n: int, noun: str, named: int) -> str:
    if named == n:
        return ""
    every = "no names shown" if not named else f"every {_ordinal(math.ceil(n / named))} named"
    return f"{counted(n, noun)} ({every})"


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
