"""Where names go that belong to points: a column beside the axes, each joined to its point by a thin line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ._ink import INK, LEADER, PLAIN, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE_HEIGHT = 1.5 * SMALL  # points


def spread(wanted: Sequence[float] | np.ndarray, step: float, low: float, high: float) -> np.ndarray:
    """Return `wanted` (ascending heights) moved as little as possible to stand at least `step` apart.

    All stay between `low` and `high`; where there is no room for `step`, they are spaced evenly.
    """
    from scipy.optimize import isotonic_regression

    places = np.arange(len(wanted))
    step = min(step, (high - low) / max(len(wanted) - 1, 1))
    # "At least step apart" is "ascending" once the steps are taken off: least squares does the rest.
    heights = isotonic_regression(np.asarray(wanted, dtype=float) - step * places).x + step * places
    return np.clip(heights, low + step * places, high - step * places[::-1])


def name_beside(ax: Axes, points: np.ndarray, names: Sequence[str]) -> None:
    """Write `names` in a column at the right of `ax`, each with a line to its row of `points` (data units).

    The strongest signatures of a query often lie on one spot, and ids are long: names among the points would
    hide them and each other. The column keeps the order of the points from top to bottom, so that lines
    rarely cross. Set the limits of `ax` first.
    """
    inside = ax.transAxes.inverted().transform(ax.transData.transform(points))
    order = np.lexsort((inside[:, 0], inside[:, 1]))
    axes_height = ax.get_window_extent().height * 72 / ax.figure.dpi
    heights = spread(inside[order, 1], _LINE_HEIGHT / axes_height, 0.02, 0.98)
    # The line meets the middle of the left edge of the name.
    line: dict[str, Any] = {"arrowstyle": "-", "color": LEADER, "linewidth": 0.6, "relpos": (0, 0.5)}
    line |= {"shrinkA": 0, "shrinkB": 2}
    for row, height in zip(order, heights, strict=True):
        ax.annotate(
            names[row],
            xy=(float(points[row, 0]), float(points[row, 1])),
            xytext=(1.02, float(height)),
            textcoords="axes fraction",
            ha="left",
            va="center",
            fontsize=SMALL,
            color=INK,
            zorder=1.5,
            annotation_clip=False,
            arrowprops=line,
            **PLAIN,
        )
