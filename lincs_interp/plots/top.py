"""plot_top: the signatures that mimic and that reverse the query most, and what each list contributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import signed
from . import _style as s
from ._tables import prepare, row_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAR_HEIGHT = 0.62
_PALE = 0.4  # how much of its colour the part of the down genes keeps
_MADE_BY = "score_concordance"


def plot_top(
    scores: pd.DataFrame,
    *,
    top: int = 10,
    ax: Axes | None = None,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw the most mimicking and the most reversing signatures as bars made of z_up and z_down.

    Lists that agree stack up on one side of zero; lists that disagree point apart. The marker is at their sum.

    Parameters
    ----------
    scores : DataFrame
        The table made by :func:`score_concordance`: columns ``z_up``, ``z_down``, ``z_sum`` and ``call``.
    top : int, default 10
        At most so many signatures with ``z_sum`` above 0, the highest first, and so many below 0, the lowest last.
    ax : Axes, optional
        Where to draw. Without it a new figure is made, as high as the bars need.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        Two bars for each signature (one for a one-sided query), its marker by call and its ``z_sum`` in figures.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row, ``call`` holds an unknown word, or no ``z_sum`` differs from 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_up": [6.1, -4.0], "z_down": [5.2, -3.5], "z_sum": [11.3, -7.5]})
    >>> table = table.assign(call=["mimicker", "reverser"]).set_axis(["drug A", "drug B"])
    >>> ax = plot_top(table, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['drug A', 'drug B']
    """
    top = whole_number("top", top)
    numeric = ("z_up", "z_down", "z_sum")
    table = prepare("scores", scores, _MADE_BY, needs=("call",), numeric=numeric, ax=ax, title=title)
    z_sum = table["z_sum"].to_numpy()
    mimicking, reversing = s.both_ends(z_sum, top)
    rows = np.concatenate([mimicking, reversing])
    if not len(rows):
        problem = "has no z_sum above or below 0, so no signature mimics or reverses the query"
        raise wrong("scores", scores, problem, "check that its genes were found (match_genes)")

    # A gap of one row parts the two groups.
    places = np.arange(len(rows)) + (np.arange(len(rows)) >= len(mimicking)) * (len(mimicking) > 0) * 1.0
    parts = {side: table[f"z_{side}"].to_numpy()[rows] for side in ("up", "down")}
    parts = {side: z for side, z in parts.items() if not np.isnan(z).all()}
    names, shared = row_names(table.index[rows], labels, 40)
    ax = s.axes_for(ax, 7.2, 1.35 + 0.24 * (places[-1] + 1))
    calls = table["call"].to_numpy()[rows].astype(str)
    ends = _draw_parts(ax, places, parts, [s.CALL_COLOURS[call] for call in calls])
    _draw_sums(ax, places, z_sum[rows], ends, calls)

    ax.axvline(0, color=s.INK, linewidth=0.7, zorder=3)
    s.tidy(ax, grid="x", spines=("bottom",))
    s.name_rows(ax, places, names)
    ax.set_ylim(places[-1] + 0.6, -0.6)
    pad = s.key_above(ax, _key(parts, calls))
    sides = "z_up + z_down = z_sum" if len(parts) == 2 else f"z_{next(iter(parts))} (one-sided query)"
    x = f"{sides}\n← reverses the query      mimics the query →"
    s.caption(ax, title=title, x=x, notes=s.shared_note(shared), pad=pad + 6)
    return ax


def _draw_parts(
    ax: Axes, places: np.ndarray, parts: dict[str, np.ndarray], colours: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the bars; return how far they reach to the left and to the right."""
    left, right = np.zeros(len(places)), np.zeros(len(places))
    for side, z in parts.items():
        width = np.nan_to_num(z)
        start = np.where(width > 0, right, left)
        colour = colours if side == "up" else [_pale(colour) for colour in colours]
        style: dict[str, Any] = {"height": _BAR_HEIGHT, "color": colour, "linewidth": 0, "label": f"z_{side}"}
        ax.barh(places, width, left=start, zorder=2, **style)
        right = np.where(width > 0, right + width, right)
        left = np.where(width < 0, left + width, left)
    return left, right


def _draw_sums(
    ax: Axes, places: np.ndarray, z_sum: np.ndarray, ends: tuple[np.ndarray, np.ndarray], calls: np.ndarray
) -> None:
    """A marker at each sum, shaped by its call, and the number beyond the end of the bar."""
    left, right = ends
    s.mark_calls(ax, z_sum, places, calls, size=30)
    span = max(float((right - left).max()), float(right.max() - left.min()), 1e-9)
    # Room for the numbers: seven characters on either side.
    ax.set_xlim(left.min() - 0.13 * span, right.max() + 0.13 * span)
    for place, z, low, high in zip(places, z_sum, left, right, strict=True):
        end, shift, side = (high, 7, "left") if z > 0 else (low, -7, "right")
        where: dict[str, Any] = {"textcoords": "offset points", "ha": side, "va": "center"}
        ax.annotate(signed(z), (end, place), xytext=(shift, 0), **where, **s.TEXT)


def _key(parts: dict[str, np.ndarray], calls: np.ndarray) -> list[Any]:
    from matplotlib.patches import Patch

    shades = {"up": 1.0, "down": _PALE}
    style: dict[str, Any] = {"color": s.FAINT, "linewidth": 0}
    handles = [Patch(alpha=shades[side], label=f"z_{side} ({side} genes)", **style) for side in parts]
    return [*handles, *s.calls_key(calls)]


def _pale(colour: str) -> tuple[float, ...]:
    """Return `colour` mixed with white, opaque so that the grid does not shine through."""
    from matplotlib.colors import to_rgb

    return tuple(_PALE * part + (1 - _PALE) for part in to_rgb(colour))
