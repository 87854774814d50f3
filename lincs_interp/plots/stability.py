"""plot_stability: how far the call of one signature depends on single genes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import one_of, whole_number, wrong
from .._util.text import counted, signed
from . import _style as s
from ._tables import check_words, prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MADE_BY = "leave_one_out"
_HEAD = 2.5 * s.SMALL  # points; two lines above the columns of numbers
_MARKERS = {"up": "o", "down": "s"}


def plot_stability(
    stability: Any,
    *,
    top: int = 15,
    call: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw where z_sum goes when one gene is left out of the query, for the genes that move it most either way.

    Parameters
    ----------
    stability : result of :func:`leave_one_out`, or DataFrame
        ``leave_one_out(...)`` or its table ``.genes``: ``gene``, ``side`` ("up" or "down"), ``contribution``,
        ``z_sum_without``, ``call_without`` and ``shared_by``. Genes without a ``z_sum_without`` are left out, and the
        label of the axis shows how many.
    top : int, default 15
        At most so many genes, half of them those whose loss weakens the call most (these on top), half those whose
        loss strengthens it most; where one kind has fewer, the other fills up.
    call : str, optional
        The signature's call with all genes. Without it that of the result, or the commonest ``call_without``.
    ax : Axes, optional
        Where to draw. Without it a new figure is made, as high as the genes need.
    title : str, optional
        Text above the plot, the name of the signature for example.

    Returns
    -------
    Axes
        A red dot (up gene) or a blue square (down gene) at each ``z_sum_without``, joined to the line at the full
        ``z_sum``; at the right how many of the other top hits share the gene, and the call without the gene
        where that is another one. To the left the score is weaker, of a reverser to the right.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, ``side`` or a call holds another word.

    Notes
    -----
    The full ``z_sum`` is the sum of ``contribution`` over all rows. The axis need not begin at 0: its label says how
    much of the score the loss of one gene takes or gives at most. Of a clear call, a gene that contributes against
    it moves the score further than any that contributes to it, because a shorter list also scatters less: both are
    shown.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"gene": ["HMOX1", "CCND1"], "side": ["up", "down"], "contribution": [1.7, 1.6]})
    >>> table = table.assign(z_sum_without=[2.1, 2.4], call_without=["unresolved", "mimicker"], shared_by=[7, 2])
    >>> ax = plot_stability(table, call="mimicker", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['shared by\\nother hits', '7', '2', 'call\\nwithout it', 'unresolved']
    """
    top = whole_number("top", top)
    genes = getattr(stability, "genes", stability)
    call = getattr(stability, "call", None) if call is None else call
    needs, numeric = ("gene", "side", "call_without"), ("contribution", "z_sum_without", "shared_by")
    table = prepare("stability", genes, _MADE_BY, needs=needs, numeric=numeric, ax=ax, title=title)
    contribution, without = table["contribution"].to_numpy(), table["z_sum_without"].to_numpy()
    known = ~np.isnan(without)
    calls = table["call_without"][known].astype(str)
    check_words("stability", calls, s.CALL_COLOURS, "call_without", f"pass the table as {_MADE_BY} made it")
    if call is not None:
        one_of("call", call, s.CALL_COLOURS)
    if np.isnan(contribution).all() or not known.any():
        problem = "has no gene with a contribution and a z_sum_without, so there is nothing to draw"
        raise wrong("stability", stability, problem, "score with at least two genes, so that one can be left out")
    full = float(np.nansum(contribution))
    shift = np.where(known, (without - full) * (1 if full >= 0 else -1), np.nan)  # below 0: weaker without the gene
    rows = _outer(shift, top)
    part = table.iloc[rows]

    ax = s.axes_for(ax, 6.8, 1.8 + 0.24 * len(rows))
    line = _draw_line(ax, full, without[rows])
    handles = [*_draw_lollipops(ax, full, part), line]
    _write_columns(ax, part, call if call is not None else str(calls.mode().iloc[0]))
    s.tidy(ax, grid="x", spines=("bottom",))
    s.name_rows(ax, np.arange(len(part)), [s.plain(gene, 24) for gene in part["gene"]])
    ax.set_ylim(len(part) - 0.4, -0.6)
    furthest = np.nanmax(np.abs(shift))
    notes = [f"one gene moves it by {furthest:.2g} at most" + (f", of {signed(full, 2)}" if full else "")]
    notes.append("shared by: in how many other top hits the gene contributes the same way")
    notes += [f"the outer {len(rows):,} of {counted(int(known.sum()), 'gene')}"] if len(rows) < known.sum() else []
    lost = int((~known).sum())
    notes += [f"{counted(lost, 'gene')} not drawn: no rank, or no score without it"] if lost else []
    ends = "← weaker      stronger →" if full >= 0 else "← stronger      weaker →"
    x = f"z_sum without the gene (+ mimics, − reverses)\n{ends}"
    s.caption(ax, title=title, x=x, notes=notes, pad=max(s.key_above(ax, handles), _HEAD) + 6)
    return ax


def _outer(shift: np.ndarray, top: int) -> np.ndarray:
    """The places of the `top` values furthest to both sides, lowest first; NaN left out."""
    order = np.argsort(shift, kind="stable")[: np.count_nonzero(~np.isnan(shift))]
    weaker = int(np.count_nonzero(shift < 0))
    first = min(weaker, max(-(-top // 2), top - (len(order) - weaker)))
    return np.concatenate([order[:first], order[max(first, len(order) - (top - first)) :]])


def _draw_line(ax: Axes, full: float, without: np.ndarray) -> Any:
    """The full score, and 0 where it is near: beyond it is the other call."""
    low, high = min(float(without.min()), full), max(float(without.max()), full)
    span = max(high - low, 0.02 * max(1.0, abs(full)))  # no axis of digits where nothing moves
    ax.set_xlim(low - 0.12 * span, high + 0.12 * span)
    if low <= 0 <= high:
        ax.axvline(0, color=s.FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    return ax.axvline(full, color=s.INK, linewidth=1.3, zorder=2, label=f"z_sum = {signed(full, 2)}")


def _draw_lollipops(ax: Axes, full: float, part: pd.DataFrame) -> list[Any]:
    places, z, sides = np.arange(len(part)), part["z_sum_without"].to_numpy(), part["side"].to_numpy().astype(str)
    ax.hlines(places, np.minimum(z, full), np.maximum(z, full), color=s.GUIDE, linewidth=2.2, zorder=2)
    handles = []
    for side, marker in _MARKERS.items():
        these = sides == side
        if these.any():
            style: dict[str, Any] = {"s": 34, "marker": marker, "color": s.SIDE_COLOURS[side], "edgecolors": "white"}
            words = f"{side} gene"
            handles.append(ax.scatter(z[these], places[these], label=words, linewidths=0.6, zorder=3, **style))
    return handles


def _write_columns(ax: Axes, part: pd.DataFrame, usual: str) -> None:
    """At the right how many of the top hits share each gene; and, where its loss changes the call, to which."""
    shared = ["–" if np.isnan(n) else f"{n:g}" for n in part["shared_by"]]
    calls = [call if call != usual else "" for call in part["call_without"].astype(str)]
    columns = [("shared by\nother hits", shared, 6), ("call\nwithout it", calls, 58)]
    style: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "ha": "left", **s.TEXT}
    for head, words, x in columns if any(calls) else columns[:1]:
        ax.annotate(head, (1, 1), xycoords="axes fraction", xytext=(x, 2), va="bottom", **style)
        for place, text in enumerate(words):
            if text:
                across = ax.get_yaxis_transform()
                ax.annotate(text, (1, place), xycoords=across, xytext=(x, 0), va="center", **style)
