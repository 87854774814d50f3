"""plot_heatmap: genes x signatures as colours around a centre."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, shown
from ._style import FAINT, PLAIN, RANK_COLOUR_MAP, SMALL, axes_for, caption, plain, shared_note
from ._tables import check_axes, check_count, check_table, numbers, row_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.transforms import Bbox

_MISSING_COLOUR = "#D0D0C8"


def plot_heatmap(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    centre: float = 50.0,
    limits: tuple[float, float] | None = None,
    scale: str | None = None,
    ends: tuple[str, str] | None = None,
    labels: Any = None,
    max_labels: int = 40,
    title: str | None = None,
) -> Axes:
    """Draw a table of genes x signatures as colours: blue = down, white = the centre, red = up.

    Parameters
    ----------
    table : DataFrame (genes x signatures)
        Percentiles as ``ranks.percentiles()`` gives them, or any numbers with a meaningful centre. Rows and
        columns keep their order. Missing values are grey.
    ax : Axes, optional
        Where to draw; the colour bar stands at its right. Without it a new figure is made.
    centre : float, default 50
        The value drawn white: 50 for percentiles, 0 for scores.
    limits : (float, float), optional
        Where blue and red are full; values beyond keep the full colour and the bar ends in an arrow. By
        default 0 and 100 for percentiles, otherwise as far on both sides of the centre as the farthest value.
    scale : str, optional
        What the numbers are, written above the colour bar: "percentile" by default where they are.
    ends : (str, str), optional
        What the two ends of the scale mean: "most down" and "most up" by default for percentiles, otherwise
        "low" and "high".
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts
        by id.
    max_labels : int, default 40
        At most so many names along each axis: of a larger table every second, third … row is named, and the
        axis says so. 0 names none.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        The axes of the heat map (the colour bar has its own, ``ax.images[0].colorbar.ax``).

    Raises
    ------
    LincsInterpError
        If the table is empty or holds text or no number, ``centre`` does not lie between the limits, or
        ``ends`` is not a pair.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"drug A": [99.2, 3.1], "drug B": [88.0, 51.5]}, index=["HMOX1", "CCND1"])
    >>> ax = plot_heatmap(table, ax=Figure().subplots())
    >>> ax.images[0].get_clim()
    (0.0, 100.0)
    """
    max_labels = check_count("max_labels", max_labels, 0)
    check_axes(ax, title)
    table = check_table("table", table, (), "ranks.percentiles()")
    values = numbers("table", table)
    if np.isnan(values).all():
        raise LincsInterpError("table holds no number, only missing values: there is nothing to draw.")
    low, high = _limits(values, centre, limits)
    rows, columns = (_label_places(n, max_labels) for n in values.shape)

    of_rows, row_note = row_names(table.index, labels, 32)
    of_columns, column_note = row_names(table.columns, labels, 32)
    of_rows, of_columns = [of_rows[i] for i in rows], [of_columns[i] for i in columns]
    words = _words(scale, ends, (low, centre, high))

    ax = axes_for(ax, *_inches(of_rows, of_columns, words))
    image = _draw_colours(ax, values, low, centre, high)
    _draw_bar(ax, image, values, (low, centre, high), words)
    _name(ax, rows, of_rows, columns, of_columns)
    of_signatures = table.index.name == "signature"  # a table of scores, not of genes
    x = _axis_words(values.shape[1], "column" if of_signatures else "signature", len(columns))
    y = _axis_words(values.shape[0], "signature" if of_signatures else "gene", len(rows))
    notes = shared_note(row_note or column_note) + (["grey = no value"] if np.isnan(values).any() else [])
    caption(ax, title=title, x=x, y=y, notes=notes)
    return ax


def _limits(values: np.ndarray, centre: float, limits: tuple[float, float] | None) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    try:
        if limits is not None:
            low, high = (float(limit) for limit in limits)
        elif centre == 50 and low >= 0 and high <= 100:
            low, high = 0.0, 100.0
        else:
            reach = max(high - centre, centre - low) or 1.0
            low, high = centre - reach, centre + reach
        in_order = -math.inf < low < centre < high < math.inf
    except (TypeError, ValueError):
        in_order = False
    if not in_order:
        raise LincsInterpError(
            f"limits must be two numbers with centre between them, but limits is {shown(limits)} and centre is"
            f" {shown(centre)}: for scores pass centre=0 and limits such as (-10, 10)."
        )
    return low, high


def _label_places(n: int, most: int) -> np.ndarray:
    """Return which of `n` rows to name: all of them, or every second, third … so that at most `most` are."""
    return np.arange(0, n, math.ceil(n / most)) if most else np.arange(0)


def _inches(rows: list[str], columns: list[str], words: Sequence[str]) -> tuple[float, float]:
    """Return a width and height at which names do not touch, with room for them and for the bar."""
    width, height = (0.17 * len(names) if names else 3.0 for names in (columns, rows))
    letters = 0.075  # a little more than a letter is wide
    beside, below = (letters * max(map(len, names), default=0) for names in (rows, columns))
    bar = 1.0 + letters * max(map(len, words))
    return float(np.clip(width, 1.2, 9.0)) + beside + bar, float(np.clip(height, 1.2, 9.0)) + below + 0.7


def _draw_colours(ax: Axes, values: np.ndarray, low: float, centre: float, high: float) -> AxesImage:
    from matplotlib import colormaps
    from matplotlib.colors import TwoSlopeNorm

    return ax.imshow(
        values,
        cmap=colormaps[RANK_COLOUR_MAP].with_extremes(bad=_MISSING_COLOUR),
        norm=TwoSlopeNorm(vmin=low, vcenter=centre, vmax=high),
        aspect="auto",
        interpolation="nearest",
    )


def _words(scale: str | None, ends: tuple[str, str] | None, span: tuple[float, float, float]) -> tuple[str, str, str]:
    """Return what the bar says: the name of the scale, its low end, its high end."""
    percentiles = span == (0, 50, 100)
    if ends is not None and (isinstance(ends, str) or len(ends) != 2):
        raise LincsInterpError(
            f'ends must be two texts, low end first, not {shown(ends)!r}: pass ("against", "with"), say.'
        )
    low, high = ends if ends is not None else (("most down", "most up") if percentiles else ("low", "high"))
    name = scale if scale is not None else ("percentile" if percentiles else "")
    return plain(name, 60) if name else "", plain(low, 30), plain(high, 30)


class _BesideAxes:
    """Where the colour bar stands: at the right of `ax`, as wide in inches on a small plot as on a large one.

    A width in parts of the axes would change while the layout makes room for the words of the bar.
    """

    def __init__(self, ax: Axes) -> None:
        self.ax = ax

    def __call__(self, bar_axes: object, renderer: object) -> Bbox:
        from matplotlib.transforms import Bbox

        box, inch = self.ax.bbox, self.ax.figure.dpi
        place = Bbox.from_bounds(box.x1 + 0.1 * inch, box.y0 + 0.03 * box.height, 0.15 * inch, 0.88 * box.height)
        return place.transformed(self.ax.figure.transSubfigure.inverted())


def _draw_bar(
    ax: Axes,
    image: AxesImage,
    values: np.ndarray,
    span: tuple[float, float, float],
    words: tuple[str, str, str],
) -> None:
    low, centre, high = span
    beyond = (bool(np.nanmin(values) < low), bool(np.nanmax(values) > high))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[beyond]
    bar_axes = ax.inset_axes((1.05, 0.03, 0.05, 0.88))
    bar_axes.set_axes_locator(_BesideAxes(ax))
    bar = ax.figure.colorbar(image, cax=bar_axes, extend=extend)
    name, low_words, high_words = words
    # The ends carry their words themselves: they cannot be cut off or read the wrong way round.
    ticks = {low: f"{low:.3g} = {low_words}", centre: f"{centre:.3g}", high: f"{high:.3g} = {high_words}"}
    texts = [text.replace("-", "−", 1) if text[0] == "-" else text for text in ticks.values()]
    bar.set_ticks(list(ticks), labels=texts, **PLAIN)
    bar.ax.tick_params(labelsize=SMALL, length=2, color=FAINT)
    bar.outline.set_visible(False)
    bar.ax.set_title(name, loc="left", fontsize=SMALL, pad=8, **PLAIN)


def _name(ax: Axes, rows: np.ndarray, of_rows: list[str], columns: np.ndarray, of_columns: list[str]) -> None:
    text = {"fontsize": SMALL, **PLAIN}
    ax.set_yticks(rows, labels=of_rows, **text)
    ax.set_xticks(columns, labels=of_columns, rotation=90, **text)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _axis_words(n: int, noun: str, named: int) -> str:
    if named == n:
        return ""
    every = "no names shown" if not named else f"every {_ordinal(math.ceil(n / named))} named"
    return f"{counted(n, noun)} ({every})"


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n:,}{ending}"
