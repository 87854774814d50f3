"""plot_null: what unrelated signatures score, beside what the p-value assumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.text import percent
from ..core.calls import SIDE_Z
from . import _style as s
from ._tables import prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Neither up nor down nor a call: these curves are about the method.
_NOMINAL_COLOUR, _CALIBRATED_COLOUR, _BEYOND_COLOUR = "#9C2A62", "#00707F", "#F1EFEA"
_MADE_BY = "check_null"


def plot_null(check: pd.DataFrame | Any, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw the scores of unrelated signatures against what they would be if the p-value were right.

    Parameters
    ----------
    check : result of :func:`check_null`, or DataFrame
        ``check_null(background, query)`` or its table ``.qq``: ``expected`` (quantiles of a normal distribution),
        ``observed`` (those of z_sum over its nominal spread) and, if there, ``calibrated`` (those of the calibrated z).
        Rows without a number are left out, and the label of the axis shows how many.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        Dots for the nominal scores, open squares for the calibrated ones, and the line on which both would be if
        their p-values were right. The shaded parts are beyond +1.96 and -1.96, where p is below .05.

    Raises
    ------
    LincsInterpError
        If a column is missing, holds text, or there is no row with a number.

    Notes
    -----
    The legend counts the rows of the table beyond 1.96 on either side; by chance 5 % would be. A curve steeper than
    the line means that unrelated signatures reach high scores too often: the genes of the query move together.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> qq = pd.DataFrame({"expected": [-1.0, 0.0, 1.0], "observed": [-4.2, 0.1, 5.0]})
    >>> ax = plot_null(qq, ax=Figure().subplots())
    >>> ax.get_legend().get_texts()[0].get_text()
    'nominal z: 67 % beyond ±1.96'
    """
    qq = getattr(check, "qq", check)
    columns = ["expected", "observed", *(["calibrated"] if "calibrated" in getattr(qq, "columns", ()) else [])]
    table = prepare("check", qq, _MADE_BY, numeric=columns, ax=ax, title=title)
    expected = table["expected"].to_numpy()
    curves = {"nominal": table["observed"].to_numpy()}
    if "calibrated" in table.columns:
        curves["calibrated"] = table["calibrated"].to_numpy()
    drawn = {name: there for name, z in curves.items() if (there := ~np.isnan(expected) & ~np.isnan(z)).any()}
    if not drawn:
        problem = "has no row with both an expected and an observed quantile"
        raise wrong("check", check, problem, f"check the background, then make it again with {_MADE_BY}")

    ax = s.axes_for(ax, 5.8, 5.0)
    heights = np.concatenate([curves[name][there] for name, there in drawn.items()])
    across = 1.08 * max(float(np.nanmax(np.abs(expected))), 2.2)
    reach = 1.08 * max(float(np.abs(heights).max()), across)
    _draw_frame(ax, across, reach)
    handles = [_draw_curve(ax, name, expected[there], curves[name][there]) for name, there in drawn.items()]
    (chance,) = ax.plot([-reach, reach], [-reach, reach], color=s.FAINT, linewidth=1.2, linestyle=(0, (5, 3)), zorder=2)
    chance.set_label("if the p-value were right: 5 % beyond ±1.96")
    left_out = len(table) - max(int(there.sum()) for there in drawn.values())
    notes = s.not_drawn(left_out, "signature", "without a score")
    if "calibrated" in curves and "calibrated" not in drawn:
        notes.append("no calibrated z: it needs more signatures")
    pad = s.key_above(ax, [*handles, chance])
    x = "z that chance alone would give (normal distribution)"
    y = "z of unrelated signatures\n← reversers      mimickers →"
    s.caption(ax, title=title, x=x, y=y, notes=notes, pad=pad + 6)
    return ax


def _draw_frame(ax: Axes, across: float, reach: float) -> None:
    """Shade what a reader would take for a hit, and say which end is which."""
    s.tidy(ax)
    ax.set(xlim=(-across, across), ylim=(-reach, reach))
    for sign, words, place in ((1, "mimickers", "top"), (-1, "reversers", "bottom")):
        edge = sign * SIDE_Z
        ax.axhspan(edge, sign * reach, color=_BEYOND_COLOUR, linewidth=0, zorder=0)
        ax.axhline(edge, color=s.FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        # The curves rise from the lower left: the other two corners are free.
        where: dict[str, Any] = {"transform": ax.transAxes, "ha": "left" if sign > 0 else "right", "va": place}
        x, y = (0.02, 0.98) if sign > 0 else (0.98, 0.02)
        ax.text(x, y, f'p < .05: "{words}"', fontsize=s.SMALL, color=s.INK, **where)


def _draw_curve(ax: Axes, name: str, expected: np.ndarray, z: np.ndarray) -> Any:
    beyond = percent(float((np.abs(z) > SIDE_Z).mean()))
    style: dict[str, Any] = {"color": _NOMINAL_COLOUR, "marker": "o", "markeredgewidth": 0.0, "zorder": 4}
    if name == "calibrated":
        style = {"color": _CALIBRATED_COLOUR, "marker": "s", "markeredgewidth": 0.9, "zorder": 5}
        style["markerfacecolor"] = "white"
    style |= {"linewidth": 1.0, "markersize": 4.0, "label": f"{name} z: {beyond} beyond ±{SIDE_Z:g}"}
    return ax.plot(np.sort(expected), np.sort(z), **style)[0]
