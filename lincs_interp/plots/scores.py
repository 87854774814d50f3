"""plot_scores: do both halves of the query agree? z_up against z_down, a dot for each signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted
from ._ink import (
    CALL_COLOURS,
    CALL_MARKERS,
    FAINT,
    SMALL,
    axes_for,
    caption,
    check_axes,
    key_above,
    shared_note,
    tidy,
)
from ._placing import name_beside
from ._tables import check_calls, check_count, check_table, numbers, row_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Where in the axes (fraction) -> what signatures in this quarter do to the query. The words stand at the
# vertical line, out of the way of the corners, where the strongest signatures lie.
QUADRANTS = {
    (0.515, 0.985): "mimickers:\nboth halves agree",
    (0.485, 0.015): "reversers:\nboth halves are opposite",
    (0.485, 0.985): "halves disagree:\nboth sets down",
    (0.515, 0.015): "halves disagree:\nboth sets up",
}
_MADE_BY = "score_concordance"


def plot_scores(
    scores: pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: int = 5,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw each signature at its z_up (across) and z_down (along), marked by its call.

    Both scores are positive where the signature agrees with the query, so mimickers lie at the upper right,
    reversers at the lower left, and signatures whose halves disagree in the other two corners.

    Parameters
    ----------
    scores : DataFrame
        The table made by :func:`score_concordance`: columns ``z_up``, ``z_down``, ``z_sum`` and ``call``, one
        row per signature. Rows without a score are left out, and the label of the axis says how many.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    label : int, default 5
        How many signatures to name on each side: those with the highest and with the lowest ``z_sum``; and the
        discordant one that lies furthest out, which a list by ``z_sum`` hides.
        The names stand at the right of the axes: leave room there, or give the figure of ``ax`` the layout
        "constrained".
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts
        by id. Without it the id, cut in the middle.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        One set of markers for each call that occurs. A one-sided query (``z_down`` or ``z_up`` missing
        throughout) has a single score: its signatures stand in its order instead, the highest on top.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, or ``call`` holds an unknown word.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_up": [6.1, -4.0], "z_down": [5.2, -3.5], "z_sum": [11.3, -7.5]})
    >>> table = table.assign(call=["mimicker", "reverser"]).set_axis(["drug A", "drug B"])
    >>> ax = plot_scores(table, ax=Figure().subplots())
    >>> sorted(text.get_text() for text in ax.get_legend().get_texts())
    ['mimicker (1)', 'reverser (1)']
    """
    label = check_count("label", label, 0)
    check_axes(ax, title)
    table = check_table("scores", scores, ("z_up", "z_down", "z_sum", "call"), _MADE_BY)
    check_calls(table)
    z_up, z_down, z_sum = (numbers(f"scores: {name}", table[name]) for name in ("z_up", "z_down", "z_sum"))
    sides = {name: z for name, z in (("up", z_up), ("down", z_down)) if not np.isnan(z).all()}
    if not sides:
        raise LincsInterpError(f"scores holds no z at all: check the query, then score it again with {_MADE_BY}.")
    kept = np.flatnonzero(np.logical_and.reduce([~np.isnan(z) for z in sides.values()]))
    if not len(kept):
        raise LincsInterpError("scores has no signature with both z_up and z_down: there is nothing to draw.")
    names, shared = row_names(table.index[kept], labels, 36)

    if len(sides) == 2:
        ax = axes_for(ax, 7.6, 5.8)
        points = np.column_stack([z_up[kept], z_down[kept]])
        x, y = _frame_two_sides(ax, points)
    else:
        ax = axes_for(ax, 7.6, 4.4)
        ((side, z),) = sides.items()
        points = np.column_stack([z[kept], _position(z[kept])])
        x, y = _frame_one_side(ax, points, side)
    calls = table["call"].to_numpy()[kept].astype(str)
    pad = key_above(ax, _draw_calls(ax, points, calls))
    left_out = len(table) - len(kept)
    notes = shared_note(shared if label else "")
    notes += [f"{counted(left_out, 'signature')} without a score not drawn"] if left_out else []
    caption(ax, title=title, x=x, y=y, notes=notes, pad=pad + 6)
    _name_strongest(ax, points, z_sum[kept], calls == "discordant", names, label)
    return ax


def _frame_two_sides(ax: Axes, points: np.ndarray) -> tuple[str, str]:
    tidy(ax, spines=())
    ax.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
    ax.axvline(0, color=FAINT, linewidth=0.7, zorder=1)
    # One scale for both halves, with 0 in the middle and a free rim for the words in the corners.
    reach = 1.22 * max(float(np.abs(points).max()), 1.0)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    for (x, y), words in QUADRANTS.items():
        across, along = ("right" if x < 0.5 else "left"), ("bottom" if y < 0.5 else "top")
        ax.text(x, y, words, transform=ax.transAxes, ha=across, va=along, fontsize=SMALL, color=FAINT)
    return (
        "up genes: z_up\n← pushed down      pushed up →",
        "down genes: z_down\n← pushed up      pushed down →",
    )


def _frame_one_side(ax: Axes, points: np.ndarray, side: str) -> tuple[str, str]:
    tidy(ax, spines=("bottom",), grid="x")
    reach = 1.12 * max(float(np.abs(points[:, 0]).max()), 1.0)
    margin = 0.04 * len(points) + 0.5
    ax.set(xlim=(-reach, reach), ylim=(len(points) + margin, 1 - margin), yticks=())
    ax.axvline(0, color=FAINT, linewidth=0.7, zorder=1)
    ends = ("pushed down", "pushed up") if side == "up" else ("pushed up", "pushed down")
    other = "down" if side == "up" else "up"
    x_label = f"{side} genes: z_{side} (no {other} genes in the query)\n← {ends[0]}      {ends[1]} →"
    y_label = f"{counted(len(points), 'signature')} in order of z_{side}"
    return x_label, y_label


def _position(z: np.ndarray) -> np.ndarray:
    """Return each signature's place in the order, 1 = highest z."""
    place = np.empty(len(z))
    place[np.argsort(-z, kind="stable")] = np.arange(1, len(z) + 1)
    return place


def _draw_calls(ax: Axes, points: np.ndarray, calls: np.ndarray) -> list[Any]:
    """Draw the quiet calls first; return the markers in the order of the key."""
    size = 34 if len(points) <= 150 else 17
    drawn = {}
    for layer, call in enumerate(reversed(CALL_COLOURS)):
        rows = calls == call
        if not rows.any():
            continue
        loud = call != "unresolved"
        drawn[call] = ax.scatter(
            points[rows, 0],
            points[rows, 1],
            s=size if loud else size * 0.6,
            marker=CALL_MARKERS[call],
            color=CALL_COLOURS[call],
            edgecolors="white" if loud else "none",
            linewidths=0.5 if loud else 0,
            label=f"{call} ({rows.sum():,})",
            zorder=2 + layer,
        )
    return [drawn[call] for call in CALL_COLOURS if call in drawn]


def _name_strongest(
    ax: Axes, points: np.ndarray, z_sum: np.ndarray, discordant: np.ndarray, names: list[str], label: int
) -> None:
    order = np.argsort(-z_sum, kind="stable")
    best = order[z_sum[order] > 0][:label]
    worst = order[z_sum[order] < 0][::-1][:label]
    furthest = [int(np.where(discordant, np.abs(points).max(axis=1), 0).argmax())] if label and discordant.any() else []
    chosen = np.unique(np.concatenate([best, worst, furthest]).astype(int))
    if len(chosen):
        name_beside(ax, points[chosen], [names[row] for row in chosen])
