"""Draw tables as coloured tiles: a heat map, the votes of the score families; and the grid that all tiles are on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, shown, signed
from . import style as s
from ._tables import numbers, prepare, row_names, strongest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.transforms import Bbox

LETTER = 0.62 * s.SMALL  # points; a little more than a letter is wide
LINE = 1.4 * s.SMALL  # points; the height of a tile that holds text
MARK = 12.0  # points; a call with the blank around it
BAR = 100.0  # points; what a colour bar with its words takes at the right

# The colour is full where this share of the drawn votes is paler: one extreme vote must not bleach all others.
_FULL_AT = 0.9
# In units of the spread of ordinary signatures: less than this is ordinary and stays pale.
_LEAST_FULL = 3.0

_ENDING = "_std"
_AGREEMENT, _CALL, _BESIDE_TILES = 24.0, 54.0, 64.0  # points from the last tile: "4 of 4", the marker, the end
_BELOW = 120.0  # points; the texts below and above the tiles


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
        ``ranks.percentiles()``, or any numbers with a meaningful centre, drawn in their order. Missing ones are grey.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; the colour bar is at the right.
    centre : float, default 50
        The value drawn white: 50 for percentiles, 0 for scores.
    limits : (float, float), optional
        Where blue and red are full; beyond, the bar ends in an arrow. By default 0 and 100 for percentiles, otherwise
        as far on both sides of the centre as the farthest value.
    scale : str, optional
        What the numbers are, written above the colour bar: "percentile" by default where they are.
    ends : (str, str), optional
        What both ends mean: by default "most down" and "most up" for percentiles, otherwise "low" and "high".
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    max_labels : int, default 40
        At most so many names along each axis; the axis shows if only one in two, in three … is named. 0 names none.

    Returns
    -------
    Axes
        The axes of the heat map (the colour bar has its own, ``ax.images[0].colorbar.ax``).

    Raises
    ------
    LincsInterpError
        If the table is empty or holds text or no number, ``centre`` is not between the limits, or ``ends`` no pair.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"drug A": [99.2, 3.1], "drug B": [88.0, 51.5]}, index=["HMOX1", "CCND1"])
    >>> ax = plot_heatmap(table, ax=Figure().subplots())
    >>> ax.images[0].get_clim()
    (0.0, 100.0)
    """
    max_labels, made_by = whole_number("max_labels", max_labels, least=0), "ranks.percentiles()"
    table = prepare("table", table, made_by, ax=ax, title=title)
    values = numbers("table", table)
    if np.isnan(values).all():
        raise wrong("table", table, "holds no number, only missing values", f"pass the table made by {made_by}")
    low, high = _limits(values, centre, limits)
    of_rows, row_note = row_names(table.index, labels, 32)
    of_columns, column_note = row_names(table.columns, labels, 32)
    of_signatures = table.index.name == "signature"  # a table of scores, not of genes
    rows, of_rows, y = _few(of_rows, max_labels, "signature" if of_signatures else "gene")
    columns, of_columns, x = _few(of_columns, max_labels, "column" if of_signatures else "signature")
    words = _words(scale, ends, (low, centre, high))

    from matplotlib import colormaps

    ax = s.axes_for(ax, *_inches(of_rows, of_columns, words))
    colour_grid(ax, values, (low, centre, high), words, colormaps[s.RANK_COLOUR_MAP])
    ax.set_yticks(rows, labels=of_rows, fontsize=s.SMALL, **s.PLAIN)
    ax.set_xticks(columns, labels=of_columns, rotation=90, fontsize=s.SMALL, **s.PLAIN)
    ax.tick_params(length=0)
    notes = s.shared_note(row_note or column_note) + (["grey = no value"] if np.isnan(values).any() else [])
    s.caption(ax, title=title, x=x, y=y, notes=notes)
    return ax


def _limits(values: np.ndarray, centre: float, limits: tuple[float, float] | None) -> tuple[float, float]:
    if not isinstance(centre, int | float | np.number) or not math.isfinite(centre):
        raise wrong("centre", centre, f"is {shown(centre)}", "pass a number: 50 for percentiles, 0 for scores")
    if limits is not None:
        return ordered_limits(limits, centre)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if centre == 50 and low >= 0 and high <= 100:
        return 0.0, 100.0
    reach = max(high - centre, centre - low) or 1.0
    return centre - reach, centre + reach


def _few(names: list[str], most: int, noun: str) -> tuple[range, list[str], str]:
    """Return the places of at most so many names, these names, and a note unless that is all of them."""
    step = math.ceil(len(names) / most) if most else 0
    if step == 1:
        return range(len(names)), names, ""
    note = f"{counted(len(names), noun)} ({f'one in {step:,} named' if step else 'no names shown'})"
    return range(0, len(names) if step else 0, step or 1), names[::step] if step else [], note


def _inches(rows: list[str], columns: list[str], words: tuple[str, str, str]) -> tuple[float, float]:
    """Return a width and height at which names do not touch, with room for them and for the bar."""
    width, height = (0.17 * len(names) if names else 3.0 for names in (columns, rows))
    letters = 0.075  # a little more than a letter is wide
    beside, below = (letters * max(map(len, names), default=0) for names in (rows, columns))
    bar = 1.0 + letters * max(map(len, words))
    return float(np.clip(width, 1.2, 9.0)) + beside + bar, float(np.clip(height, 1.2, 9.0)) + below + 0.7


def _words(scale: str | None, ends: tuple[str, str] | None, span: tuple[float, float, float]) -> tuple[str, str, str]:
    """Return the words of the bar: the name of the scale, its low end, its high end."""
    percentiles = span == (0, 50, 100)
    if ends is not None and (isinstance(ends, str) or len(ends) != 2):
        raise wrong("ends", ends, f"is {shown(ends)!r}, not two texts", 'pass ("against", "with"), say')
    low, high = ends if ends is not None else (("most down", "most up") if percentiles else ("low", "high"))
    name = scale if scale is not None else ("percentile" if percentiles else "")
    return s.plain(name, 60) if name else "", s.plain(low, 30), s.plain(high, 30)


def plot_consensus(
    consensus: pd.DataFrame,
    *,
    top: int = 15,
    ax: Axes | None = None,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw the votes of the score families on the strongest signatures of both ends, and their sum.

    Parameters
    ----------
    consensus : DataFrame
        The table made by :func:`score_consensus`: the standardised votes (``z_sum_std``, ``wtcs_std`` …),
        ``consensus``, ``families``, ``families_agreeing`` and ``call``.
    top : int, default 15
        At most so many signatures with ``consensus`` above 0, the highest first, and so many below 0, the lowest last.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; the colour bar is at the right.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures, as in :func:`plot_heatmap`.

    Returns
    -------
    Axes
        A tile for each vote, the sum of the votes at the right of them, then how many families point the way of the
        sum ("4 of 4"), and the marker of the call. Purple = reverses, white = like an ordinary signature of the
        matrix, orange = mimics. The colours are full at the value that nine tenths of the drawn votes do not exceed,
        or at 3 if that is more; beyond, the bar ends in an arrow. The sum is written as it is and coloured by its
        mean per family, on the scale of the votes. Missing votes are grey.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row, ``call`` holds an unknown word, or no ``consensus`` differs from 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_sum_std": [6.1, -4.0], "wtcs_std": [3.2, -3.5], "consensus": [9.3, -7.5]})
    >>> table = table.assign(families=2, families_agreeing=[2, 1], call=["mimicker", "reverser"])
    >>> ax = plot_consensus(table.set_axis(["drug A", "drug B"]), ax=Figure(layout="constrained").subplots())
    >>> [text.get_text() for text in ax.texts if " of " in text.get_text()]
    ['2 of 2', '1 of 2']
    """
    top, made_by = whole_number("top", top), "score_consensus"
    votes_of = [str(name) for name in getattr(consensus, "columns", ()) if str(name).endswith(_ENDING)]
    numeric = ["consensus", "families", "families_agreeing", *votes_of]
    table = prepare("consensus", consensus, made_by, needs=("call",), numeric=numeric, ax=ax, title=title)
    if not votes_of:
        problem = f"has no column that ends in {_ENDING!r}, so no family's vote"
        raise wrong("consensus", consensus, problem, f"pass the table made by {made_by}")
    part, above, names, shared = strongest("consensus", table, "consensus", top, labels)
    values, heads = part[[*votes_of, "consensus"]].to_numpy(), [name.removesuffix(_ENDING) for name in votes_of]
    heads.append("consensus")
    rows, columns = len(part), len(heads)
    beside = s.NAME_LETTER * max(map(len, names)) + 12 + BAR
    wide = columns * (LETTER * max(map(len, heads)) + 4) + _BESIDE_TILES + beside
    high = rows * float(np.clip(12 * 72 / rows, LINE, 1.6 * LINE))
    ax = s.axes_for(ax, wide / 72, (max(high, 90.0) + _BELOW) / 72)
    width, height = s.room_points(ax, beside, _BELOW)
    size = max(width - _BESIDE_TILES, 0.3 * width) / columns, height / rows

    votes = np.abs(values[:, :-1])
    full = np.nanquantile(votes, _FULL_AT) if not np.isnan(votes).all() else 0.0
    full = max(float(f"{full:.2g}"), _LEAST_FULL)  # the bar names it
    coloured = np.column_stack([values[:, :-1], values[:, -1] / len(votes_of)])
    colour_grid(ax, coloured, (-full, 0, full), ("standardised", *s.SCORE_ENDS))
    part_tiles(ax, (rows, columns), size, rows=[above], columns=[len(votes_of)])
    if size[1] >= s.SMALL + 2 and size[0] >= LETTER * 5 + 2:
        there = np.argwhere(~np.isnan(values)).tolist()
        write_in_tiles(ax, [(row, column, signed(values[row, column])) for row, column in there], 0.0)
    agreement, call, end = (columns - 0.5 + points / size[0] for points in (_AGREEMENT, _CALL, _BESIDE_TILES))
    ax.set_xlim(-0.5, end)
    s.mark_calls(ax, np.full(rows, call), np.arange(rows), part["call"].to_numpy())
    notes = ["consensus = sum of the votes, coloured by their mean"]
    notes += name_tiles(ax, names, [*heads, "families\nagree"], size, at=[*range(columns), agreement])
    if size[1] < s.SMALL:
        notes.append("no space for how many families agree")
    else:
        for row, (agreeing, families) in enumerate(zip(part["families_agreeing"], part["families"], strict=True)):
            ax.text(agreement, row, f"{agreeing:g} of {families:g}", ha="center", va="center", **s.TEXT)
    notes += s.shared_note(shared) + (["grey = no value"] if np.isnan(values).any() else [])
    notes += s.not_drawn(int(table["consensus"].isna().sum()), "signature", "without a consensus")
    x = "0 = an ordinary signature of this matrix"
    s.caption(ax, title=title, x=x, notes=notes, key=s.calls_key(part["call"]))
    return ax


def colour_grid(
    ax: Axes,
    values: np.ndarray,
    span: tuple[float, float, float],
    words: tuple[str, str, str],
    colours: Colormap | None = None,
) -> None:
    """Draw `values` as colours without names, and the colour bar."""
    # `span` is the low end, the centre and the high end of the colours; `words` are the name of the scale and what its
    # ends mean. By default purple = reverses, orange = mimics.
    from matplotlib.colors import TwoSlopeNorm

    low, centre, high = span
    norm = TwoSlopeNorm(vmin=low, vcenter=centre, vmax=high)
    cmap = (colours or s.score_colours()).with_extremes(bad=s.MISSING_COLOUR)
    image = ax.imshow(values, cmap=cmap, norm=norm, aspect="auto", interpolation="nearest")
    ax.spines[:].set_visible(False)
    below, above = bool(np.nanmin(values) < low), bool(np.nanmax(values) > high)
    bar_axes = ax.inset_axes((1.05, 0.03, 0.05, 0.88))
    bar_axes.set_axes_locator(partial(_bar_place, ax))
    bar = ax.figure.colorbar(image, cax=bar_axes, extend=("neither", "min", "max", "both")[below + 2 * above])
    name, low_words, high_words = words
    # The words of the ends are in the ends themselves: they cannot be cut off or read the wrong way round.
    ticks = {low: f"{low:.3g} = {low_words}", centre: f"{centre:.3g}", high: f"{high:.3g} = {high_words}"}
    texts = [text.replace("-", "−", 1) if text[0] == "-" else text for text in ticks.values()]
    bar.set_ticks(list(ticks), labels=texts, **s.PLAIN)
    bar.ax.tick_params(labelsize=s.SMALL, length=2, color=s.FAINT)
    bar.outline.set_visible(False)
    bar.ax.set_title(name, loc="left", y=1, fontsize=s.SMALL, pad=8, **s.PLAIN)


def _bar_place(ax: Axes, bar_axes: object, renderer: object) -> Bbox:
    """Return the place of the colour bar: at the right of `ax`, as wide in inches on a small plot as on a large one."""
    # A width in parts of the axes would change while the layout makes room for the words of the bar.
    from matplotlib.transforms import Bbox

    box, inch = ax.bbox, ax.figure.dpi
    place = Bbox.from_bounds(box.x1 + 0.1 * inch, box.y0 + 0.03 * box.height, 0.15 * inch, 0.88 * box.height)
    return place.transformed(ax.figure.transSubfigure.inverted())


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
    for draw, (n, across), points, begins in (
        (ax.hlines, shape, size[1], rows),
        (ax.vlines, shape[::-1], size[0], columns),
    ):
        broad, edges = set(begins), range(1, n)
        # Small tiles keep most of their colour.
        widths = [min(3.0, 0.25 * points) if edge in broad else min(0.8, 0.08 * points) for edge in edges]
        draw(np.array(edges) - 0.5, -0.5, across - 0.5, color="white", linewidths=widths, zorder=2)


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
    """Name rows and columns as far as `size` (points of a tile) lets them be read; return what is not named."""
    # `at` is where the columns are, if not at 0, 1, 2 …
    width, height = size
    every = max(1, math.ceil(1.2 * s.SMALL / height))
    upright = LETTER * max(len(line) for name in columns for line in name.splitlines()) > width
    step = max(1, math.ceil(1.2 * s.SMALL / width)) if upright else 1
    places, turn = at or range(len(columns)), 90 if upright else 0
    ax.set_yticks(range(0, len(rows), every), labels=rows[::every], fontsize=s.SMALL, **s.PLAIN)
    ax.set_xticks(places[::step], labels=columns[::step], rotation=turn, fontsize=s.SMALL, **s.PLAIN)
    ax.tick_params(length=0, color=s.FAINT)
    return [f"one {what} in {n:,} named" for n, what in ((every, "row"), (step, "column")) if n > 1]
