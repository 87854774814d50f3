"""Tiles coloured by a score, with its number and its call inside: shared by plots of signatures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import shown, signed
from ._style import CALL_COLOURS, CALL_MARKERS, FAINT, PLAIN, SCORE_ENDS, SMALL, ink_on, score_colours
from .heatmap import plot_heatmap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MISSING_COLOUR = "#D0D0C8"
LETTER = 0.62 * SMALL  # points; a little more than a letter is wide
LINE = 1.4 * SMALL  # points; the height of a tile that holds text
MARK = 12.0  # points; a call with the blank around it
BAR = 100.0  # points; what a colour bar with its words takes at the right


def draw_tiles(ax: Axes, values: pd.DataFrame, reach: tuple[float, float], scale: str) -> None:
    """Draw `values` as tiles without names, purple = reverses, orange = mimics, and the colour bar."""
    plot_heatmap(values, ax=ax, centre=0, limits=reach, scale=scale, ends=SCORE_ENDS, max_labels=0)
    image = ax.images[0]
    bar: Any = image.colorbar
    places, words = bar.get_ticks(), [label.get_text() for label in bar.ax.get_yticklabels()]
    image.set_cmap(score_colours(_MISSING_COLOUR))
    bar.set_ticks(places, labels=words, **PLAIN)  # new colours make a bar forget its words


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


def in_figures(value: float) -> str:
    """Return "+7.3" or "−7.3", and "0.0" without a sign for what rounds to it."""
    return signed(value) if abs(value) >= 0.05 else "0.0"


def write_in_tiles(ax: Axes, texts: Sequence[tuple[int, int, str]], shift: float) -> None:
    """Write each text of (row, column, text) into its tile, `shift` tiles right of the middle."""
    inks = tile_inks(ax)
    for row, column, text in texts:
        place: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 3}
        ax.text(column + shift, row, text, fontsize=SMALL, color=inks[row, column], **place, **PLAIN)


def mark_calls(ax: Axes, rows: np.ndarray, x: np.ndarray, calls: np.ndarray, edges: np.ndarray) -> None:
    """A marker for each call at (`x`, `rows`), with an edge that can be seen on its tile."""
    for call in (call for call in CALL_COLOURS if call in set(calls)):
        these = calls == call
        ax.scatter(
            x[these],
            rows[these],
            s=26,
            marker=CALL_MARKERS[call],
            color=CALL_COLOURS[call],
            edgecolors=edges[these].tolist(),
            linewidths=0.8,
            label=call,
            zorder=4,
        )


def tile_inks(ax: Axes) -> np.ndarray:
    """Black or white for each tile, whichever can be read on it."""
    image = ax.images[0]
    colours = np.array(image.to_rgba(np.ma.asarray(image.get_array()))).tolist()
    return np.array([[ink_on(colour) for colour in row] for row in colours], dtype=object)


def name_tiles(
    ax: Axes, rows: Sequence[str], columns: Sequence[str], size: tuple[float, float], at: Sequence[float] = ()
) -> list[str]:
    """Name rows and columns as far as `size` (points of a tile) lets them be read; return what is not named.

    `at` is where the columns stand, if not at 0, 1, 2 …
    """
    width, height = size
    every = max(1, math.ceil(1.2 * SMALL / height))
    places = range(0, len(rows), every)
    ax.set_yticks(places, labels=[rows[i] for i in places], fontsize=SMALL, **PLAIN)
    upright = LETTER * max(len(line) for name in columns for line in name.splitlines()) > width
    step = max(1, math.ceil(1.2 * SMALL / width)) if upright else 1
    across = range(0, len(columns), step)
    names = [columns[i] for i in across]
    ax.set_xticks(
        [at[i] if at else i for i in across], labels=names, rotation=90 if upright else 0, fontsize=SMALL, **PLAIN
    )
    ax.tick_params(length=0, color=FAINT)
    return [f"one {what} in {n:,} named" for n, what in ((every, "row"), (step, "column")) if n > 1]


def score_reach(values: np.ndarray, limits: object, least: float) -> tuple[float, float]:
    """Return where the colours are full: `limits` if given, else as far on both sides as the farthest value.

    Never nearer than `least`: mere noise would look like a hit.
    """
    if limits is None:
        reach = max(float(np.nanmax(np.abs(values))), least)
        return -reach, reach
    try:
        low, high = (float(limit) for limit in limits)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low = high = 0.0
    if not -math.inf < low < 0 < high < math.inf:
        raise LincsInterpError(
            f"limits must be two numbers with 0 between them, such as (-10, 10), not {shown(limits)}."
        )
    return low, high
