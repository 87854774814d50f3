"""plot_stability: how far the verdict on one signature hangs on single genes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown, signed
from ._style import (
    CALL_COLOURS,
    DOWN_COLOUR,
    FAINT,
    GUIDE,
    INK,
    PLAIN,
    SMALL,
    UP_COLOUR,
    axes_for,
    caption,
    key_above,
    plain,
    tidy,
)
from ._tables import check_axes, check_count, check_table, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MADE_BY = "leave_one_out (its .genes)"
_NEEDED = ("gene", "side", "contribution", "z_sum_without", "call_without", "shared_by")
_HEAD = 2.5 * SMALL  # points; two lines above the columns of numbers
_MARKS = {"up": (UP_COLOUR, "o"), "down": (DOWN_COLOUR, "s")}


def plot_stability(
    genes: pd.DataFrame,
    *,
    top: int = 15,
    call: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw where z_sum goes when one gene is left out of the query, for the genes that move it most either way.

    Parameters
    ----------
    genes : DataFrame
        ``leave_one_out(...).genes``: ``gene``, ``side`` ("up" or "down"), ``contribution``, ``z_sum_without``,
        ``call_without`` and ``shared_by``. Genes without a ``z_sum_without`` are left out, and the label of the axis
        says how many.
    top : int, default 15
        At most so many genes, half of them those whose loss weakens the verdict most (these on top), half those whose
        loss strengthens it most; where one kind has fewer, the other fills up.
    call : str, optional
        The signature's call with all genes. Without it the commonest ``call_without`` is taken for it.
    ax : Axes, optional
        Where to draw. Without it a new figure is made, as high as the genes need.
    title : str, optional
        Text above the plot, the name of the signature for example.

    Returns
    -------
    Axes
        A red dot (up gene) or a blue square (down gene) at each ``z_sum_without``, joined to the line at the full
        ``z_sum``; at the right how many of the other top hits share the gene as a driver, and the call without the gene
        where that is another one. To the left the verdict is weaker, of a reverser to the right.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, ``side`` or a call holds another word.

    Notes
    -----
    The full ``z_sum`` is the sum of ``contribution`` over all rows. The axis need not begin at 0: its label says how
    much of the score the loss of one gene takes or gives at most. Of a clear verdict, a gene that speaks against it
    moves the score further than any that carries it, because a shorter list also scatters less: hence both kinds.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"gene": ["HMOX1", "CCND1"], "side": ["up", "down"], "contribution": [1.7, 1.6]})
    >>> table = table.assign(z_sum_without=[2.1, 2.4], call_without=["unresolved", "mimicker"], shared_by=[7, 2])
    >>> ax = plot_stability(table, call="mimicker", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['shared by\\nother hits', '7', '2', 'call\\nwithout it', 'unresolved']
    """
    top = check_count("top", top, 1)
    check_axes(ax, title)
    table = check_table("genes", genes, _NEEDED, _MADE_BY)
    _check_words(table, call)
    contribution = numbers("genes: contribution", table["contribution"])
    without = numbers("genes: z_sum_without", table["z_sum_without"])
    if np.isnan(contribution).all() or np.isnan(without).all():
        raise LincsInterpError(
            "genes has no gene with a contribution and a z_sum_without, so there is nothing to draw: a query needs at"
            " least two genes before one can be left out."
        )
    full = float(np.nansum(contribution))
    known = ~np.isnan(without)
    shift = np.where(known, (without - full) * (1 if full >= 0 else -1), np.nan)  # below 0: the verdict is weaker
    rows = _outer(shift, top)
    shared = numbers("genes: shared_by", table["shared_by"])
    part = table.iloc[rows].assign(z_sum_without=without[rows], shared_by=shared[rows])

    ax = axes_for(ax, 6.8, 1.8 + 0.24 * len(rows))
    line = _draw_line(ax, full, without[rows])
    handles = [*_draw_lollipops(ax, full, part), line]
    calls = table["call_without"][known].astype(str)
    _write_columns(ax, part, call if call is not None else str(calls.mode().iloc[0]))
    tidy(ax, grid="x", spines=("bottom",))
    names = [plain(gene, 24) for gene in part["gene"]]
    ax.set_yticks(np.arange(len(part)), labels=names, fontsize=SMALL, **PLAIN)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(part) - 0.4, -0.6)
    furthest = np.nanmax(np.abs(shift))
    notes = [f"one gene moves it by {furthest:.2g} at most" + (f", of {signed(full, 2)}" if full else "")]
    notes.append("shared by: how many other top hits the gene carries the same way")
    notes += [f"the outer {len(rows):,} of {counted(int(known.sum()), 'gene')}"] if len(rows) < known.sum() else []
    lost = int((~known).sum())
    notes += [f"{counted(lost, 'gene')} not drawn: no rank, or no score without it"] if lost else []
    ends = "← weaker      stronger →" if full >= 0 else "← stronger      weaker →"
    x = f"z_sum without the gene (+ mimics, − reverses)\n{ends}"
    caption(ax, title=title, x=x, notes=notes, pad=max(key_above(ax, handles), _HEAD) + 6)
    return ax


def _check_words(table: pd.DataFrame, call: str | None) -> None:
    unknown = sorted(set(map(str, table["side"])) - set(_MARKS))
    if unknown:
        raise LincsInterpError(
            f'genes: side holds {listed(map(repr, unknown))}, but a side is "up" or "down": pass the table as'
            f" {_MADE_BY} made it."
        )
    known = table["z_sum_without"].notna()
    unknown = sorted(set(map(str, table["call_without"][known])) - set(CALL_COLOURS))
    if unknown:
        raise LincsInterpError(
            f"genes: call_without holds {listed(map(repr, unknown))}, but a call is {' or '.join(CALL_COLOURS)}: pass"
            f" the table as {_MADE_BY} made it."
        )
    if call is not None and (not isinstance(call, str) or call not in CALL_COLOURS):
        raise LincsInterpError(f"call must be {' or '.join(map(repr, CALL_COLOURS))}, not {shown(call)!r}.")


def _outer(shift: np.ndarray, top: int) -> np.ndarray:
    """The places of the `top` values furthest to both sides, lowest first; NaN left out."""
    order = np.argsort(shift, kind="stable")[: np.count_nonzero(~np.isnan(shift))]
    weaker = int(np.count_nonzero(shift < 0))
    first = min(weaker, max(-(-top // 2), top - (len(order) - weaker)))
    return np.concatenate([order[:first], order[max(first, len(order) - (top - first)) :]])


def _draw_line(ax: Axes, full: float, without: np.ndarray) -> Any:
    """The full score, and 0 where it is near: beyond it lies the other verdict."""
    low, high = min(float(without.min()), full), max(float(without.max()), full)
    span = max(high - low, 0.02 * max(1.0, abs(full)))  # no axis of digits where nothing moves
    ax.set_xlim(low - 0.12 * span, high + 0.12 * span)
    if low <= 0 <= high:
        ax.axvline(0, color=FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    return ax.axvline(full, color=INK, linewidth=1.3, zorder=2, label=f"z_sum = {signed(full, 2)}")


def _draw_lollipops(ax: Axes, full: float, part: pd.DataFrame) -> list[Any]:
    places, z, sides = np.arange(len(part)), part["z_sum_without"].to_numpy(), part["side"].to_numpy().astype(str)
    ax.hlines(places, np.minimum(z, full), np.maximum(z, full), color=GUIDE, linewidth=2.2, zorder=2)
    handles = []
    for side, (colour, marker) in _MARKS.items():
        these = sides == side
        if these.any():
            style: dict[str, Any] = {"s": 34, "marker": marker, "color": colour, "edgecolors": "white"}
            words = f"{side} gene"
            handles.append(ax.scatter(z[these], places[these], label=words, linewidths=0.6, zorder=3, **style))
    return handles


def _write_columns(ax: Axes, part: pd.DataFrame, usual: str) -> None:
    """At the right how many of the top hits share each gene; and, where its loss is another verdict, which."""
    shared = ["–" if np.isnan(n) else f"{n:g}" for n in part["shared_by"]]
    calls = [call if call != usual else "" for call in part["call_without"].astype(str)]
    columns = [("shared by\nother hits", shared, 6), ("call\nwithout it", calls, 58)]
    style: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALL, "color": INK, "annotation_clip": False}
    for head, words, x in columns if any(calls) else columns[:1]:
        ax.annotate(head, (1, 1), xycoords="axes fraction", xytext=(x, 2), ha="left", va="bottom", **style)
        for place, text in enumerate(words):
            if text:
                across = ax.get_yaxis_transform()
                ax.annotate(text, (1, place), xycoords=across, xytext=(x, 0), ha="left", va="center", **style)
