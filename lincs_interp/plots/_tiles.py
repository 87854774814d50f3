"""One grid of coloured tiles for all plots that have one: colours with their bar, numbers and calls inside, names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._util.errors import wrong
from .._util.text import shown
from . import _style as s

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.transforms import Bbox

LETTER = 0.62 * s.SMALL  # points; a little more than a letter is wide
LINE = 1.4 * s.SMALL  # points; the height of a tile that holds text
MARK = 12.0  # points; a call with the blank around it
BAR = 100.0  # points; what a colour bar with its words takes at the right


def colour_grid(
    ax: Axes,
    values: np.ndarray,
    span: tuple[float, float, float],
    words: tuple[str, str, str],
    colours: Colormap | None = None,
) -> None:
    """Draw `values` as colours without names, and the colour bar.

    `span` is the low end, the centre and the high end of the colours; `words` are the name of the scale and what its
    ends mean. By default purple = reverses, orange = mimics.
    """
    from matplotlib.colors import TwoSlopeNorm

    low, centre, high = span
    norm = TwoSlopeNorm(vmin=low, vcenter=centre, vmax=high)
    cmap = (colours or s.score_colours()).with_extremes(bad=s.MISSING_COLOUR)
    image = ax.imshow(values, cmap=cmap, norm=norm, aspect="auto", interpolation="nearest")
    for spine in ax.spines.values():
        spine.set_visible(False)
    beyond = (bool(np.nanmin(values) < low), bool(np.nanmax(values) > high))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[beyond]
    bar_axes = ax.inset_axes((1.05, 0.03, 0.05, 0.88))
    bar_axes.set_axes_locator(_BesideAxes(ax))
    bar = ax.figure.colorbar(image, cax=bar_axes, extend=extend)
    name, low_words, high_words = words
    # The words of the ends are in the ends themselves: they cannot be cut off or read the wrong way round.
    ticks = {low: f"{low:.3g} = {low_words}", centre: f"{centre:.3g}", high: f"{high:.3g} = {high_words}"}
    texts = [text.replace("-", "−", 1) if text[0] == "-" else text for text in ticks.values()]
    bar.set_ticks(list(ticks), labels=texts, **s.PLAIN)
    bar.ax.tick_params(labelsize=s.SMALL, length=2, color=s.FAINT)
    bar.outline.set_visible(False)
    bar.ax.set_title(name, loc="left", fontsize=s.SMALL, pad=8, **s.PLAIN)


def score_grid(ax: Axes, values: np.ndarray, reach: tuple[float, float], scale: str) -> None:
    """Draw scores as tiles: purple = reverses, white = 0, orange = mimics."""
    colour_grid(ax, values, (reach[0], 0, reach[1]), (scale, *s.SCORE_ENDS))


class _BesideAxes:
    """Where the colour bar is: at the right of `ax`, as wide in inches on a small plot as on a large one.

    A width in parts of the axes would change while the layout makes room for the words of the bar.
    """

    def __init__(self, ax: Axes) -> None:
        self.ax = ax

    def __call__(self, bar_axes: object, renderer: object) -> Bbox:
        from matplotlib.transforms import Bbox

        box, inch = self.ax.bbox, self.ax.figure.dpi
        place = Bbox.from_bounds(box.x1 + 0.1 * inch, box.y0 + 0.03 * box.height, 0.15 * inch, 0.88 * box.height)
        return place.transformed(self.ax.figure.transSubfigure.inverted())


def score_reach(values: np.ndarray, limits: object, least: float) -> tuple[float, float]:
    """Return where the colours are full: `limits` if given, else as far on both sides as the farthest value.

    Never nearer than `least`: mere noise would look like a hit.
    """
    if limits is None:
        reach = max(float(np.nanmax(np.abs(values))), least)
        return -reach, reach
    return ordered_limits(limits, 0.0)


def ordered_limits(limits: object, centre: float) -> tuple[float, float]:
    """Return `limits` as two numbers; raise unless `centre` is between them."""
    try:
        low, high = (float(limit) for limit in limits)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low = high = math.nan
    if not -math.inf < low < centre < high < math.inf:
        problem = f"is {shown(limits)}, not two numbers with {centre:g} between them"
        raise wrong("limits", limits, problem, f"pass two such numbers, as ({centre - 10:g}, {centre + 10:g})")
    return low, high


def part_tiles(
    ax: Axes,
    shape: tuple[int, int],
    size: tuple[float, float],
    rows: Iterable[int] = (),
    columns: Iterable[int] = (),
) -> None:
    """White lines between tiles of `size` points, broad ones above those of `rows` and left of those of `columns`."""
    width, height = size
    for broad in (False, True):
        most, part = (3.0, 0.25) if broad else (0.8, 0.08)  # small tiles keep most of their colour
        style: dict[str, Any] = {"color": "white", "zorder": 2}
        ax.hlines(_edges(shape[0], rows, broad), -0.5, shape[1] - 0.5, linewidth=min(most, part * height), **style)
        ax.vlines(_edges(shape[1], columns, broad), -0.5, shape[0] - 0.5, linewidth=min(most, part * width), **style)


def _edges(n: int, groups: Iterable[int], broad: bool) -> list[float]:
    """Return where tiles meet: the edges that begin a group, or all others."""
    begins = set(groups)
    return [place - 0.5 for place in range(1, n) if (place in begins) == broad]


def write_in_tiles(ax: Axes, texts: Sequence[tuple[int, int, str]], shift: float) -> None:
    """Write each text of (row, column, text) into its tile, `shift` tiles right of the middle."""
    inks = tile_inks(ax)
    for row, column, text in texts:
        style = s.TEXT | {"color": inks[row, column]}
        ax.text(column + shift, row, text, ha="center", va="center", zorder=3, **style)


def tile_inks(ax: Axes) -> np.ndarray:
    """Black or white for each tile, whichever can be read on it."""
    image = ax.images[0]
    colours = np.array(image.to_rgba(np.ma.asarray(image.get_array()))).tolist()
    return np.array([[s.ink_on(colour) for colour in row] for row in colours], dtype=object)


def name_tiles(
    ax: Axes, rows: Sequence[str], columns: Sequence[str], size: tuple[float, float], at: Sequence[float] = ()
) -> list[str]:
    """Name rows and columns as far as `size` (points of a tile) lets them be read; return what is not named.

    `at` is where the columns are, if not at 0, 1, 2 …
    """
    width, height = size
    every = max(1, math.ceil(1.2 * s.SMALL / height))
    upright = LETTER * max(len(line) for name in columns for line in name.splitlines()) > width
    step = max(1, math.ceil(1.2 * s.SMALL / width)) if upright else 1
    places = [at[i] if at else i for i in range(len(columns))]
    ax.set_yticks(range(0, len(rows), every), labels=rows[::every], fontsize=s.SMALL, **s.PLAIN)
    turn = 90 if upright else 0
    ax.set_xticks(places[::step], labels=columns[::step], rotation=turn, fontsize=s.SMALL, **s.PLAIN)
    ax.tick_params(length=0, color=s.FAINT)
    return [f"one {what} in {n:,} named" for n, what in ((every, "row"), (step, "column")) if n > 1]
