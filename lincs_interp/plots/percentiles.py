"""plot_percentiles: where genes are in one or many signatures, a strip for each gene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, shown
from . import _style as s
from ._tables import check_percentiles, numbers, place_of, prepare

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
        ``ranks.percentiles()``, from 0 to 100, drawn in the order of the table. A missing value draws no dot.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    highlight : str, optional
        One signature to mark: a diamond, blue below 50 and red above, its percentile at the right. A Series always is.
    max_genes : int, default 30
        At most this many rows are drawn; the label of the axis shows how many were left out.
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
    max_genes = whole_number("max_genes", max_genes)
    of_one = isinstance(percentiles, pd.Series)
    given = percentiles.to_frame() if isinstance(percentiles, pd.Series) else percentiles
    table = prepare("percentiles", given, "ranks.percentiles()", ax=ax, title=title)
    values = numbers("percentiles", table)
    check_percentiles("percentiles", values)
    column = 0 if of_one else None
    if not of_one and highlight is not None:
        column = place_of("highlight", highlight, table.columns, "percentiles")
    elif highlight is not None and highlight != percentiles.name:
        problem = f"is {shown(highlight)!r}, but percentiles is the Series of one signature"
        raise wrong("highlight", highlight, problem, "leave it out")

    n_genes, drawn = len(table), values[:max_genes]
    ax = s.axes_for(ax, 6.4, 1.2 + 0.24 * len(drawn))
    ax.hlines(np.arange(len(drawn)), 0, 100, color=s.GUIDE, linewidth=0.8, zorder=1)
    ax.axvline(50, color=s.FAINT, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)
    handles = _draw_crowd(ax, drawn, column)
    if column is not None:
        handles += _draw_marked(ax, drawn[:, column], table.columns[column], named=len(drawn[0]) > 1)
    s.tidy(ax, spines=("bottom",))
    s.name_rows(ax, np.arange(len(drawn)), [s.plain(gene, 24) for gene in table.index[:max_genes]])
    ax.set(xlim=(-1.5, 101.5), ylim=(len(drawn) - 0.4, -0.6), xticks=s.PERCENTILE_TICKS)
    pad = s.key_above(ax, handles) + 6 if handles else 8
    notes = [f"first {max_genes:,} of {counted(n_genes, 'gene')}"] if n_genes > max_genes else []
    s.caption(ax, title=title, x=f"percentile ({s.PERCENTILE_ENDS})", notes=notes, pad=pad)
    return ax


def _draw_crowd(ax: Axes, drawn: np.ndarray, column: int | None) -> list[Any]:
    """Grey dots for all signatures but the marked one, and the median of all of them."""
    others = np.delete(drawn, column, axis=1) if column is not None else drawn
    if not others.shape[1]:
        return []
    rows, columns = np.nonzero(~np.isnan(others))
    # Many signatures overlap: fainter dots let the eye see where they crowd.
    opacity = float(np.clip(18 / others.shape[1], 0.06, 0.75))
    ax.scatter(others[rows, columns], rows, s=16, color=s.FAINT, alpha=opacity, linewidths=0, zorder=2)
    label = "one signature" if others.shape[1] == 1 else f"each of {others.shape[1]:,} signatures"
    if column is not None:
        label = counted(others.shape[1], "other signature")
    dot = s.sign(label, "o", s.FAINT, markersize=4, markeredgewidth=0)
    rows = np.flatnonzero((~np.isnan(drawn)).sum(axis=1) >= _FEWEST_FOR_A_MEDIAN)
    if not len(rows):
        return [dot]
    medians = np.nanmedian(drawn[rows], axis=1)
    ax.vlines(medians, rows - 0.32, rows + 0.32, color=s.INK, linewidth=1.6, zorder=3)
    tick = s.sign(f"median of all {drawn.shape[1]:,}", "|", s.INK, markersize=9, markeredgewidth=1.6)
    return [dot, tick]


def _draw_marked(ax: Axes, marked: np.ndarray, name: object, *, named: bool) -> list[Any]:
    """A diamond for each gene of the marked signature, its percentile at the right edge."""
    rows = np.flatnonzero(~np.isnan(marked))
    colours = s.end_colours(marked[rows])
    ax.scatter(marked[rows], rows, s=34, marker="D", c=colours, edgecolors="white", linewidths=0.7, zorder=4)
    for row, colour in zip(rows, colours, strict=True):
        style = s.TEXT | {"color": colour}
        ax.text(1.01, float(row), s.place_words(marked[row]), transform=ax.get_yaxis_transform(), va="center", **style)
    return [s.sign(s.plain(name, 44), "D", s.INK, markersize=5, markeredgewidth=0)] if named else []
