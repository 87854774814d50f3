"""Axes that are quick to draw anew: their letters are shapes that are made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..plots._style import FAINT, INK, SMALL, plain
from ._canvas import DOTS_PER_INCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: So many ticks are named below at most.
MOST_BELOW = 24

# Where the axes stand in the figure: with room at the right for names, or below.
RIGHT, BELOW = (0.115, 0.185, 0.745, 0.765), (0.115, 0.37, 0.865, 0.58)


class Letters:
    """Short texts that are drawn in one go.

    Matplotlib lays out and paints each text anew with each drawing, which takes longer than all the rest of a picture
    whose ticks and names change. A name comes again and again, so its outline is kept.
    """

    def __init__(self, axes: Axes, transform: Any, across: str, up: str, points: float = SMALL) -> None:
        from matplotlib.collections import PathCollection
        from matplotlib.transforms import IdentityTransform

        self.texts: list[str] = []
        self._across, self._up, self._points = across, up, points
        self._shapes = PathCollection([], offset_transform=transform, facecolor=INK, linewidth=0, clip_on=False)
        self._shapes.set_transform(IdentityTransform())
        axes.add_collection(self._shapes, autolim=False)

    def set(self, texts: Sequence[str], places: Any, *, upright: bool = False) -> None:
        """Write `texts` at `places` (x, y)."""
        self.texts = [plain(text, 80) if text else "" for text in texts]
        shapes = [_outline(text, self._points, self._across, self._up, upright) for text in self.texts]
        self._shapes.set_paths(shapes)
        self._shapes.set_offsets(np.reshape(places, (-1, 2)))


@lru_cache(maxsize=2048)
def _outline(text: str, points: float, across: str, up: str, upright: bool) -> Any:
    """The outline of a text in pixels around the point that it is set at."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import text_to_path

    corners, codes = text_to_path.get_text_path(FontProperties(size=points), text)  # a "$" is a dollar there
    if not len(corners):
        return Path(np.zeros((1, 2)))
    size = points * DOTS_PER_INCH / 72
    drawn = np.asarray(corners, dtype=float) * size / text_to_path.FONT_SCALE
    left, right = drawn[:, 0].min(), drawn[:, 0].max()
    # Not the letters' own height: a name with a "g" would stand higher than its neighbour.
    down = {"middle": 0.36, "top": 0.75, "bottom": -0.22}[up] * size
    drawn -= [{"left": left, "middle": (left + right) / 2, "right": right}[across], down]
    if upright:
        drawn = drawn @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    return Path(drawn, codes)


class QuickAxes:
    """Axes with a line at 0, words along the left side, and ticks that are set by hand."""

    def __init__(self, figure: Figure, words: str) -> None:
        self.axes = axes = figure.add_axes(RIGHT)
        axes.xaxis.set_visible(False)
        axes.yaxis.set_visible(False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.axhline(0, color=FAINT, linewidth=0.9)
        below, left = axes.get_xaxis_transform(), axes.get_yaxis_transform()
        mark: dict[str, Any] = {"linestyle": "", "color": INK, "markersize": 4, "clip_on": False}
        self._below = axes.plot([], [], marker=3, transform=below, **mark)[0]  # 3: a tick that points down
        self._left = axes.plot([], [], marker=0, transform=left, **mark)[0]  # 0: one that points to the left
        self.x_names = Letters(axes, below, "middle", "top")
        self._long_names = Letters(axes, below, "right", "middle")
        self._y_names = Letters(axes, left, "right", "middle")
        self.title = Letters(axes, figure.transFigure, "middle", "bottom", SMALL + 1)
        self._words, self._side = words, Letters(axes, figure.transFigure, "middle", "middle", SMALL + 1)

    def heights(self, low: float, high: float) -> None:
        """Set the lower and upper end, and round numbers between them."""
        self.axes.set_ylim(low, high)
        places, texts = round_numbers(low, high)
        self._left.set_data(np.zeros(len(places)), places)
        self._y_names.set(texts, [(-0.018, place) for place in places])

    def widths(
        self, low: float, high: float, places: Sequence[float], texts: Sequence[str], title: str, *, long: bool = False
    ) -> None:
        """Set the left and right end, the ticks and what they are; `long` names stand upright."""
        room = BELOW if long else RIGHT
        self.axes.set_position(room)
        self._side.set([self._words], [(0.026, min(room[1] + room[3] / 2, 0.6))], upright=True)
        self.axes.set_xlim(low, high)
        self._below.set_data(places, np.zeros(len(places)))
        shown, empty = (self._long_names, self.x_names) if long else (self.x_names, self._long_names)
        shown.set(
            [plain(text, 16) for text in texts], [(place, -0.05 if long else -0.035) for place in places], upright=long
        )
        empty.set([], [])
        self.title.set([title], [(RIGHT[0] + RIGHT[2] / 2, 0.02 if long else 0.05)])


def round_numbers(low: float, high: float) -> tuple[list[float], list[str]]:
    """About five round numbers between `low` and `high`, 0 among them, and their texts."""
    step = (high - low) / 5
    whole = 10.0 ** np.floor(np.log10(step))
    step = next(many * whole for many in (1, 2, 5, 10) if many * whole >= step)
    places = [step * number for number in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]
    return places, [f"{place:+g}".replace("-", "−") if place else "0" for place in places]


def apart(places: np.ndarray, least: float) -> list[float]:
    """Those of ascending `places` that stand `least` apart, the last one among them."""
    kept: list[float] = [float(places[-1])]
    for place in places[-2::-1]:
        if kept[-1] - place >= least:
            kept.append(float(place))
    return kept[::-1]
