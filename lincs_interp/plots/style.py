"""Share among all pictures: colours, sizes, safe text, tidy axes, legends, names beside points, where a mark goes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .._util.html import CALL_COLOURS as CALL_COLOURS
from .._util.text import shown_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

# Up and down are the two ends of RdBu_r, which stays readable with every common colour blindness.
UP_COLOUR = "#B2182B"
DOWN_COLOUR = "#2166AC"
RANK_COLOUR_MAP = "RdBu_r"
SIDE_COLOURS = {"up": UP_COLOUR, "down": DOWN_COLOUR}

CALL_MARKERS = {"mimicker": "^", "reverser": "v", "discordant": "D", "unresolved": "o"}

# A score against or with the query: the colours of its two calls, white at 0. The orange is light, so its end goes on
# to brown: both ends are equally dark in grey.
_SCORE_COLOURS = ((0.0, CALL_COLOURS["reverser"]), (0.5, "#FAFAFA"), (0.8, CALL_COLOURS["mimicker"]), (1.0, "#A85B00"))
SCORE_ENDS = ("reverses", "mimics")
MISSING_COLOUR = "#D0D0C8"

INK = "#222222"
FAINT = "#6B6B6B"
LEADER = "#A8A8A8"
GUIDE = "#D9D9D9"
SMALL, MEDIUM, LARGE = 8, 9, 10  # points; nothing is set smaller
NAME_LETTER = 0.56 * SMALL  # points; how wide a letter of a name is, on average

# Names come from files: a "$" in them is a dollar, not mathematics.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
TEXT: dict[str, Any] = {"fontsize": SMALL, "color": INK, **PLAIN}
#: Behind words that marks or bars may be below.
BOX: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}

PERCENTILE_ENDS = "0 = most down, 100 = most up"  # as core/columns has them
PERCENTILE_TICKS = (0, 25, 50, 75, 100)

#: What is drawn around a chosen mark.
RING: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "markersize": 15,
    "markerfacecolor": "none",
    "markeredgecolor": INK,
    "markeredgewidth": 1.8,
}


def plain(text: object, limit: int = 40) -> str:
    """Return `text` as one line that any font can draw; a long one is cut in the middle."""
    return _drawable(shown_ends(text, limit) or "(unnamed)")


def _drawable(text: str) -> str:
    """Replace what the current font lacks (an emoji, say) by "?": Matplotlib would draw a box and warn."""
    if text.isascii():
        return text
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = []
    for family in FontProperties().get_family():
        try:
            fonts.append(get_font(findfont(FontProperties(family=[family]), fallback_to_default=False)))
        except ValueError:  # not installed: Matplotlib passes it over too
            continue
    fonts = fonts or [get_font(findfont(FontProperties()))]
    return "".join(c if any(font.get_char_index(ord(c)) for font in fonts) else "?" for c in text)


def place_words(percentile: float) -> str:
    """Return a percentile as "7.3"; none is 0 or 100, so what rounds to them is "<0.1" or ">99.9"."""
    words = f"{percentile:.1f}"
    return {"0.0": "<0.1", "100.0": ">99.9"}.get(words, words)


def score_colours() -> Colormap:
    """Return the colours of a score: purple = reverses, white = 0, orange to brown = mimics."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("reverses to mimics", list(_SCORE_COLOURS))
    return colours.with_extremes(bad=MISSING_COLOUR)


def ink_on(colour: Sequence[float]) -> str:
    """Return black or white, whichever has more contrast to `colour`: 4.5 or more."""
    return "#000000" if luminance(colour) > 0.179 else "#FFFFFF"  # where both have the same contrast


def luminance(colour: Sequence[float]) -> float:
    """Return the relative luminance of red, green and blue (0 to 1), as the accessibility guidelines define it."""
    parts = np.asarray(colour[:3], dtype=float)
    parts = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(parts @ [0.2126, 0.7152, 0.0722])


def end_colours(percentiles: Iterable[float]) -> list[str]:
    """Return the colour of the end of the scale where each percentile is."""
    return [UP_COLOUR if percentile > 50 else DOWN_COLOUR for percentile in percentiles]


def jitter(n: int, width: float) -> np.ndarray:
    """Return how far each of `n` marks of a row is moved to be seen: steps of the golden ratio fill `width` evenly."""
    return width * ((np.arange(n) * 0.618034) % 1 - 0.5) if n > 1 else np.zeros(n)


def spread(wanted: Sequence[float] | np.ndarray, step: float, low: float, high: float) -> np.ndarray:
    """Return ascending heights moved as little as possible to be `step` apart, or evenly spaced if there is no room."""
    places = np.arange(len(wanted))
    step = min(step, (high - low) / max(len(wanted) - 1, 1))
    # "At least step apart" is "ascending" once the steps are taken off: least squares does the rest.
    heights = _ascending(np.asarray(wanted, dtype=float) - step * places) + step * places
    return np.clip(heights, low + step * places, high - step * places[::-1])


def apart(ax: Axes, y: Sequence[float] | np.ndarray, size: float = SMALL) -> np.ndarray:
    """Return the heights, as shares of the axes, at which names of what is at `y` form a column without overlap."""
    low, high = ax.get_ylim()
    shares = (np.asarray(y, dtype=float) - low) / (high - low)
    order = np.argsort(shares, kind="stable")
    shares[order] = spread(shares[order], 1.5 * size / size_in_points(ax)[1], 0.02, 0.98)
    return shares


def _ascending(values: np.ndarray) -> np.ndarray:
    """Return the ascending numbers nearest to `values` by least squares: neighbours out of order share their mean."""
    # As scipy.optimize.isotonic_regression, whose import takes longer than the picture.
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, n = value, 1
        while pools and pools[-1][0] > mean:
            other, m = pools.pop()
            mean, n = (mean * n + other * m) / (n + m), n + m
        pools.append((mean, n))
    return np.array([mean for mean, n in pools for _ in range(n)])


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Return how wide and high `ax` is now, in points."""
    box, inch = ax.get_window_extent(), ax.figure.dpi / 72
    return box.width / inch, box.height / inch


def room_points(ax: Axes, beside: float, below: float) -> tuple[float, float]:
    """Return how wide and high `ax` will be, in points, once a layout has made room for its texts."""
    # They need `beside` at its left and right together, `below` above and below.
    figure, inch = ax.figure, ax.figure.dpi / 72
    place = ax.get_subplotspec()
    width, height = size_in_points(ax)
    if place is not None and figure.get_layout_engine() is not None:
        grid = place.get_gridspec()
        across, up = np.asarray(grid.get_width_ratios(), float), np.asarray(grid.get_height_ratios(), float)
        width = figure.bbox.width / inch * float(across[place.colspan].sum() / across.sum()) - beside
        height = figure.bbox.height / inch * float(up[place.rowspan].sum() / up.sum()) - below
    return max(width, 1.0), max(height, 1.0)


def raised(ax: Axes, transform: Any, points: float) -> Any:
    """Return the places of `transform`, so many points higher."""
    from matplotlib.transforms import ScaledTranslation

    return transform + ScaledTranslation(0, points / 72, ax.figure.dpi_scale_trans)


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of `width` x `height` inches that a notebook will show."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def tidy(ax: Axes, *, grid: Literal["x", "y", ""] = "", spines: Iterable[str] = ("left", "bottom")) -> None:
    """Keep the named `spines`, draw a light `grid` ("x", "y") behind the data and set small tick labels."""
    ax.spines[:].set(visible=False, color=FAINT, linewidth=0.7)
    for side in spines:
        ax.spines[side].set_visible(True)
    ax.grid(visible=False)
    if grid:
        ax.grid(visible=True, axis=grid, color=GUIDE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=SMALL, colors=INK, color=FAINT, width=0.7, length=3)


def name_rows(ax: Axes, places: Sequence[float] | np.ndarray, names: Sequence[str]) -> None:
    """Write the names of rows at the left, without ticks."""
    ax.set_yticks(places, labels=names, fontsize=SMALL, **PLAIN)
    ax.tick_params(axis="y", length=0)


def caption(
    ax: Axes,
    *,
    title: object = None,
    x: str | None = None,
    y: str | None = None,
    notes: Iterable[str] = (),
    key: Sequence[Any] = (),
    above: float = 2,
) -> None:
    """Set the title, both axis labels and the legend; None leaves what is there."""
    # `notes` (what was left out) become lines under the x label; other words above the axes take `above` points.
    across = "\n".join([ax.get_xlabel() if x is None else x, *notes]).strip()
    ax.set_xlabel(across, fontsize=MEDIUM, color=INK, **PLAIN)
    ax.set_ylabel(ax.get_ylabel() if y is None else y, fontsize=MEDIUM, color=INK, **PLAIN)
    pad = max(above, _key_above(ax, key) if key else 0) + 6
    if title is not None:
        lines = textwrap.fill(plain(title, 110), 52)
        ax.set_title(lines, loc="left", y=1, fontsize=LARGE, color=INK, pad=pad, **PLAIN)


def shared_note(shared: str) -> list[str]:
    """Return the note on what all names have in common and therefore leave out."""
    return [f"all signatures: {plain(shared, 60)}"] if shared else []


def not_drawn(n: int, noun: str, why: str) -> list[str]:
    """Return the note on what is left out: "3 signatures without a score not drawn"."""
    return [f"{n:,} {noun}{'s' if n != 1 else ''} {why} not drawn"] if n else []


def name_beside(ax: Axes, points: np.ndarray, names: Sequence[str]) -> None:
    """Write `names` in a column at the right of `ax`, each with a line to its row of `points` (data units)."""
    # Among the points they would hide these and each other. Set the limits of `ax` first.
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    heights = apart(ax, points[:, 1])
    # Lines of their own: an arrow of Matplotlib is cut where it meets its text, which takes longer than all the rest.
    ends = ax.transAxes.inverted().transform(ax.transData.transform(points))
    starts = np.column_stack([np.full(len(heights), 1.015), heights])
    lines = Path(np.stack([starts, ends], axis=1).reshape(-1, 2), [Path.MOVETO, Path.LINETO] * len(heights))
    look: dict[str, Any] = {"fill": False, "edgecolor": LEADER, "linewidth": 0.6, "zorder": 1.5, "clip_on": False}
    ax.add_artist(PathPatch(lines, transform=ax.transAxes, **look))
    style: dict[str, Any] = {"textcoords": "axes fraction", "ha": "left", "va": "center", "annotation_clip": False}
    for name, point, height in zip(names, points.tolist(), heights.tolist(), strict=True):
        ax.annotate(name, point, (1.02, height), **style, **TEXT)


def sign(label: str, marker: str, colour: str, **style: Any) -> Any:
    """Return one marker with its words for the legend."""
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"markersize": 5.5, "markeredgecolor": INK, "markeredgewidth": 0.7}
    return Line2D([], [], linestyle="", marker=marker, color=colour, label=label, **look | style)


def mark_calls(
    ax: Axes, x: np.ndarray, y: np.ndarray, calls: np.ndarray, *, edges: Any = INK, size: float = 26
) -> None:
    """Draw a marker for each call at (`x`, `y`); `edges` is a colour, or one for each."""
    for call in (call for call in CALL_COLOURS if call in set(calls)):
        these = calls == call
        edge = edges if isinstance(edges, str) else edges[these].tolist()
        look: dict[str, Any] = {"marker": CALL_MARKERS[call], "color": CALL_COLOURS[call], "label": call}
        ax.scatter(x[these], y[these], s=size, edgecolors=edge, linewidths=0.8, zorder=4, **look)


def calls_key(calls: Iterable[str]) -> list[Any]:
    """Return a marker for the legend for each call that occurs."""
    there = set(calls)
    return [sign(call, CALL_MARKERS[call], CALL_COLOURS[call]) for call in CALL_COLOURS if call in there]


def _key_above(ax: Axes, handles: Sequence[Any]) -> float:
    """Draw a legend without a frame above the axes; return its height in points."""
    # As many columns as the axes are wide: a legend wider than its axes would make the layout squeeze the plot.
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(len(handles), int(size_in_points(ax)[0] / (0.55 * SMALL * longest + 22))))
    look: dict[str, Any] = {"frameon": False, "fontsize": SMALL, "labelcolor": INK, "labelspacing": 0.3}
    look |= {"handletextpad": 0.4, "columnspacing": 1.4, "borderaxespad": 0.2, "borderpad": 0.2}
    legend = ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, **look)
    for text in legend.get_texts():
        text.set(**PLAIN)
    return -(-len(handles) // columns) * 1.5 * SMALL + 4
