"""plot_percentiles: where genes stand in one or many signatures, a strip for each gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, kind, listed, shown
from ._style import (
    DOWN_COLOUR,
    FAINT,
    GUIDE,
    INK,
    PERCENTILE_ENDS,
    PLAIN,
    SMALL,
    UP_COLOUR,
    axes_for,
    caption,
    key_above,
    place_words,
    plain,
    tidy,
)
from ._tables import check_axes, check_count, check_percentiles, check_table, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEWEST_FOR_A_MEDIAN = 3


def plot_percentiles(
    percentiles: pd.DataFrame | pd.Series,
    *,
    ax: Axes | None = None,
    highlight: str | None = None,
    max_genes: int = 30,
    title: str | None = None,
) -> Axes:
    """Draw a strip for each gene: every signature is a dot between 0 (most down) and 100 (most up).

    Parameters
    ----------
    percentiles : DataFrame (genes x signatures) or Series (genes of one signature)
        Percentiles from 0 to 100, as ``ranks.percentiles()`` gives them. Rows are drawn in the order of the
        table. A missing value draws no dot.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    highlight : str, optional
        One signature to mark: a diamond, blue below 50 and red above, with its percentile written at the
        right. The genes of a Series are always marked so.
    max_genes : int, default 30
        At most this many rows are drawn; the label of the axis says how many were left out.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        One dot for each gene and signature; a black tick at the median of three or more signatures.

    Raises
    ------
    LincsInterpError
        If there is no row, no number, a value outside 0-100, or no signature called ``highlight``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"drug A": [99.2, 3.1], "drug B": [88.0, 51.5]}, index=["HMOX1", "CCND1"])
    >>> ax = plot_percentiles(table, highlight="drug A", ax=Figure().subplots())
    >>> ax.get_xlabel()
    'percentile (0 = most down, 100 = most up)'
    """
    max_genes = check_count("max_genes", max_genes, 1)
    check_axes(ax, title)
    table = percentiles.to_frame() if isinstance(percentiles, pd.Series) else percentiles
    table = check_table("percentiles", table, (), "ranks.percentiles()")
    values = numbers("percentiles", table)
    check_percentiles("percentiles", values)
    column = 0 if isinstance(percentiles, pd.Series) else _column_of(table, highlight)
    if isinstance(percentiles, pd.Series) and highlight is not None and highlight != percentiles.name:
        raise LincsInterpError(
            f"highlight is {shown(highlight)!r}, but percentiles is the Series of one signature: leave highlight out."
        )

    n_genes, drawn = len(table), values[:max_genes]
    ax = axes_for(ax, 6.4, 1.2 + 0.24 * len(drawn))
    ax.hlines(np.arange(len(drawn)), 0, 100, color=GUIDE, linewidth=0.8, zorder=1)
    ax.axvline(50, color=FAINT, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)
    handles = _draw_crowd(ax, drawn, column)
    if column is not None:
        handles += _draw_marked(ax, drawn[:, column], table.columns[column], named=len(drawn[0]) > 1)
    tidy(ax, spines=("bottom",))
    names = [plain(gene, 24) for gene in table.index[:max_genes]]
    ax.set_yticks(np.arange(len(drawn)), labels=names, fontsize=SMALL, **PLAIN)
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-1.5, 101.5), ylim=(len(drawn) - 0.4, -0.6), xticks=(0, 25, 50, 75, 100))
    pad = key_above(ax, handles) + 6 if handles else 8
    notes = [f"first {max_genes:,} of {counted(n_genes, 'gene')}"] if n_genes > max_genes else []
    x = f"percentile ({PERCENTILE_ENDS})"
    caption(ax, title=title, x=x, notes=notes, pad=pad)
    return ax


def _column_of(table: pd.DataFrame, highlight: str | None) -> int | None:
    if highlight is None:
        return None
    if not pd.api.types.is_scalar(highlight):
        raise LincsInterpError(f"highlight is {kind(highlight)}: pass the name of one column of percentiles.")
    places = np.flatnonzero(table.columns == highlight)
    if len(places) != 1:
        found = "is not" if not len(places) else f"stands {len(places)} times"
        raise LincsInterpError(
            f"highlight {shown(highlight)!r} {found} among the {counted(table.shape[1], 'signature')} of"
            f" percentiles: pass the name of one column, such as {listed(map(repr, table.columns), 2)}."
        )
    return int(places[0])


def _draw_crowd(ax: Axes, drawn: np.ndarray, column: int | None) -> list[Any]:
    """Grey dots for all signatures but the marked one, and the median of all of them."""
    others = np.delete(drawn, column, axis=1) if column is not None else drawn
    if not others.shape[1]:
        return []
    from matplotlib.lines import Line2D

    rows, columns = np.nonzero(~np.isnan(others))
    # Many signatures overlap: fainter dots let the eye see where they crowd.
    opacity = float(np.clip(18 / others.shape[1], 0.06, 0.75))
    ax.scatter(others[rows, columns], rows, s=16, color=FAINT, alpha=opacity, linewidths=0, zorder=2)
    if column is not None:
        label = counted(others.shape[1], "other signature")
    else:
        label = "one signature" if others.shape[1] == 1 else f"each of {others.shape[1]:,} signatures"
    dot = Line2D([], [], marker="o", linestyle="", markersize=4, color=FAINT, markeredgewidth=0, label=label)
    rows = np.flatnonzero((~np.isnan(drawn)).sum(axis=1) >= _FEWEST_FOR_A_MEDIAN)
    if not len(rows):
        return [dot]
    medians = np.nanmedian(drawn[rows], axis=1)
    ax.vlines(medians, rows - 0.32, rows + 0.32, color=INK, linewidth=1.6, zorder=3)
    tick = Line2D(
        [],
        [],
        marker="|",
        linestyle="",
        markersize=9,
        markeredgewidth=1.6,
        color=INK,
        label=f"median of all {drawn.shape[1]:,}",
    )
    return [dot, tick]


def _draw_marked(ax: Axes, marked: np.ndarray, name: object, *, named: bool) -> list[Any]:
    """A diamond for each gene of the marked signature, its percentile at the right edge."""
    from matplotlib.lines import Line2D

    rows = np.flatnonzero(~np.isnan(marked))
    colours = [UP_COLOUR if value > 50 else DOWN_COLOUR for value in marked[rows]]
    ax.scatter(marked[rows], rows, s=34, marker="D", c=colours, edgecolors="white", linewidths=0.7, zorder=4)
    for row, colour in zip(rows, colours, strict=True):
        ax.text(
            1.01,
            float(row),
            place_words(marked[row]),
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
            color=colour,
        )
    if not named:
        return []
    diamond: dict[str, Any] = {
        "marker": "D",
        "linestyle": "",
        "markersize": 5,
        "color": INK,
        "markeredgewidth": 0,
    }
    return [Line2D([], [], label=plain(name, 44), **diamond)]
