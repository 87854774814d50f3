"""Draw where genes are on the scale of percentiles: many genes, or one gene in all signatures beside its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, kind, percent, shown
from ..core.baseline import TAIL
from . import style as s
from ._tables import check_axes, check_words, percentile_numbers, place_of, prepare, row_names

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# The outer percentiles on either side that count as extreme; by chance a gene is there in 1 % of signatures each.
EXTREME = 100 * TAIL

_FEWEST_FOR_A_MEDIAN = 3
_APART = 10.0  # points between the words on both ends; where they have not these, one is above the other
_BIN = 5.0  # percentiles in one bar of the baseline
_BASELINE_HEIGHT = 1.7  # rows
_ROW_HEIGHT = 0.56  # rows; what the marks of a row take
_ROW = "pass one row, such as ranks.percentiles().loc['HMOX1']"
_CALLS_REMEDY = "pass scores['call'], or a mapping from signature id to call"
_NO_CALL = "no call"


def plot_percentiles(
    percentiles: pd.DataFrame | pd.Series,
    *,
    ax: Axes | None = None,
    highlight: str | None = None,
    max_genes: int = 30,
    title: str | None = None,
) -> Axes:
    """Draw a strip for each gene: every signature is a dot between 0 (most down) and 100 (most up).

    Parameters
    ----------
    percentiles : DataFrame (genes x signatures) or Series (genes of one signature)
        ``ranks.percentiles()``, from 0 to 100, drawn in the order of the table. A missing value draws no dot.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above.
    highlight : str, optional
        One signature to mark: a diamond, blue below 50 and red above, its percentile at the right. A Series always is.
    max_genes : int, default 30
        At most this many rows are drawn; the label of the axis shows how many were left out.

    Returns
    -------
    Axes
        One dot for each gene and signature; a black tick at the median of three or more signatures.

    Raises
    ------
    LincsInterpError
        If there is no row, no number, a value outside 0-100, or no signature called ``highlight``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"drug A": [99.2, 3.1], "drug B": [88.0, 51.5]}, index=["HMOX1", "CCND1"])
    >>> ax = plot_percentiles(table, highlight="drug A", ax=Figure().subplots())
    >>> ax.get_xlabel()
    'percentile (0 = most down, 100 = most up)'
    """
    max_genes = whole_number("max_genes", max_genes)
    of_one = isinstance(percentiles, pd.Series)
    given = percentiles.to_frame() if isinstance(percentiles, pd.Series) else percentiles
    table = prepare("percentiles", given, "ranks.percentiles()", ax=ax, title=title)
    values = percentile_numbers("percentiles", table)
    column = 0 if of_one else None
    if not of_one and highlight is not None:
        column = place_of("highlight", highlight, table.columns, "percentiles")
    elif highlight is not None and highlight != percentiles.name:
        problem = f"is {shown(highlight)!r}, but percentiles is the Series of one signature"
        raise wrong("highlight", highlight, problem, "leave it out")

    drawn = values[:max_genes]
    ax = s.axes_for(ax, 6.4, 1.2 + 0.24 * len(drawn))
    _frame(ax, len(drawn), len(drawn) - 0.4)
    ax.axvline(50, color=s.FAINT, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)
    key = _draw_crowd(ax, drawn, column)
    if column is not None:
        key += _draw_marked(ax, drawn[:, column], table.columns[column], named=len(drawn[0]) > 1)
    s.name_rows(ax, np.arange(len(drawn)), [s.plain(gene, 24) for gene in table.index[:max_genes]])
    notes = [f"first {max_genes:,} of {counted(len(table), 'gene')}"] if len(table) > max_genes else []
    s.caption(ax, title=title, x=f"percentile ({s.PERCENTILE_ENDS})", notes=notes, key=key)
    return ax


def _frame(ax: Axes, rows: int, floor: float) -> None:
    """Draw the scale of percentiles, and a line for each row."""
    s.tidy(ax, spines=("bottom",))
    ax.hlines(np.arange(rows), 0, 100, color=s.GUIDE, linewidth=0.8, zorder=1)
    ax.set(xlim=(-1.5, 101.5), ylim=(floor, -0.6), xticks=s.PERCENTILE_TICKS)


def _draw_crowd(ax: Axes, drawn: np.ndarray, column: int | None) -> list[Any]:
    """Draw grey dots for all signatures but the marked one, and the median of all of them."""
    others = np.delete(drawn, column, axis=1) if column is not None else drawn
    if not others.shape[1]:
        return []
    rows, columns = np.nonzero(~np.isnan(others))
    # Many signatures overlap: fainter dots let the eye see where they crowd.
    opacity = float(np.clip(18 / others.shape[1], 0.06, 0.75))
    ax.scatter(others[rows, columns], rows, s=16, color=s.FAINT, alpha=opacity, linewidths=0, zorder=2)
    label = "one signature" if others.shape[1] == 1 else f"each of {others.shape[1]:,} signatures"
    if column is not None:
        label = counted(others.shape[1], "other signature")
    dot = s.sign(label, "o", s.FAINT, markersize=4, markeredgewidth=0)
    rows = np.flatnonzero((~np.isnan(drawn)).sum(axis=1) >= _FEWEST_FOR_A_MEDIAN)
    if not len(rows):
        return [dot]
    medians = np.nanmedian(drawn[rows], axis=1)
    ax.vlines(medians, rows - 0.32, rows + 0.32, color=s.INK, linewidth=1.6, zorder=3)
    return [dot, s.sign(f"median of all {drawn.shape[1]:,}", "|", s.INK, markersize=9, markeredgewidth=1.6)]


def _draw_marked(ax: Axes, marked: np.ndarray, name: object, *, named: bool) -> list[Any]:
    """Draw a diamond for each gene of the marked signature, its percentile at the right edge."""
    rows = np.flatnonzero(~np.isnan(marked))
    colours = s.end_colours(marked[rows])
    ax.scatter(marked[rows], rows, s=34, marker="D", c=colours, edgecolors="white", linewidths=0.7, zorder=4)
    for row, colour in zip(rows.tolist(), colours, strict=True):
        style = s.TEXT | {"color": colour}
        ax.text(1.01, row, s.place_words(marked[row]), transform=ax.get_yaxis_transform(), va="center", **style)
    return [s.sign(s.plain(name, 44), "D", s.INK, markersize=5, markeredgewidth=0)] if named else []


def plot_gene(
    percentiles: pd.Series,
    *,
    background: pd.Series | None = None,
    highlight: str | Iterable[str] | None = None,
    calls: pd.Series | Mapping[str, str] | None = None,
    ax: Axes | None = None,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw the percentiles of one gene in every signature, and its baseline in unselected signatures.

    Parameters
    ----------
    percentiles : Series by signature
        One row of ``ranks.percentiles()``, from 0 (most down) to 100 (most up); its name is the gene's. Missing values
        are left out, and the label of the axis shows how many.
    background : Series by signature, optional
        The same gene's percentiles in unselected signatures: its baseline.
    highlight : str or iterable of str, optional
        Signatures to mark with a diamond and to name at the right of the axes.
    calls : Series or mapping, optional
        The call of each signature (``scores["call"]``): then each call has a row of its own.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; names need room at the right, or a constrained layout.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.

    Returns
    -------
    Axes
        A mark for each signature, moved a little up or down only to be seen; below, the baseline as bars of 5
        percentiles and a dashed line at the height that all bars would have by chance. The lowest and the highest 1 %
        are shaded, and above them is written what share of the signatures, and how many, are there.

    Raises
    ------
    LincsInterpError
        If there is no row, no number, a value outside 0-100, no signature called ``highlight``, or an unknown call.

    Notes
    -----
    Below percentile 1 and above 99 is extreme, as in :func:`gene_baseline`, which gives all tied genes the mean rank of
    their tie; ``ranks.percentiles()`` does so in signatures with many ties. With few the shares may differ a little.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> row = pd.Series({"drug A": 99.6, "drug B": 41.0}, name="HMOX1")
    >>> ax = plot_gene(row, highlight="drug A", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['lowest 1 %\\n0 % (0 of 2)', 'highest 1 %\\n50 % (1 of 2)', 'drug A: 99.6']
    """
    check_axes(ax, title)
    values = _row_of("percentiles", percentiles)
    usual = None if background is None else _row_of("background", background)
    marked = _marked(percentiles.index, highlight)
    names, shared = row_names(percentiles.index[marked], labels, 36)
    rows = rows_by_call(percentiles.index, calls)
    height = len(rows) + (_BASELINE_HEIGHT if usual is not None else 0)
    ax = s.axes_for(ax, 6.0 + (2.4 if marked else 0), 1.85 + 0.42 * height)
    room, _ = s.room_points(ax, s.NAME_LETTER * max(map(len, [*names, ""])) + 100, 0)
    picture = GenePicture(ax, rows, baseline=usual is not None, room=room)
    picture.update(values, background=usual, chosen=marked)
    words = {place: f"{name}: {s.place_words(values[place])}" for place, name in zip(marked, names, strict=True)}
    there = [place for place in marked if not np.isnan(values[place])]
    s.name_beside(ax, picture.points(there), [words[place] for place in there])
    notes = [f"shaded = extreme: by chance {EXTREME:g} % at each end"]
    missing = [name for place, name in zip(marked, names, strict=True) if np.isnan(values[place])]
    notes += [f"{name} has no rank of this gene" for name in missing]
    notes += [f"all named: {s.plain(shared, 60)}"] if shared else []
    notes += s.not_drawn(int(np.isnan(values).sum()), "signature", "without a rank")
    of = f" of {s.plain(percentiles.name, 24)}" if percentiles.name is not None else ""
    s.caption(ax, title=title, x=f"percentile{of}\n{s.PERCENTILE_ENDS}", notes=notes, above=picture.above)
    return ax


def _row_of(argument: str, values: object) -> np.ndarray:
    if not isinstance(values, pd.Series):
        raise wrong(argument, values, f"is {kind(values)}, not a Series", _ROW)
    if values.empty:
        raise wrong(argument, values, "is empty, so there is nothing to draw", _ROW)
    return percentile_numbers(argument, values)


def _marked(signatures: pd.Index, highlight: str | Iterable[str] | None) -> list[int]:
    """Return the places of the highlighted signatures; raise where a name fits none or several."""
    if highlight is None:
        return []
    names = [highlight] if isinstance(highlight, str) or not isinstance(highlight, Iterable) else highlight
    return list(dict.fromkeys(place_of("highlight", name, signatures, "percentiles") for name in names))


def rows_by_call(signatures: pd.Index, calls: object = None) -> dict[str, np.ndarray]:
    """Return call -> places of its signatures, one row of the picture each; without calls a single row."""
    if calls is None:
        return {"signatures": np.arange(len(signatures))}
    if not isinstance(calls, pd.Series | Mapping):
        raise wrong("calls", calls, f"is {kind(calls)}", _CALLS_REMEDY)
    known = dict(calls.items())
    words = np.array([str(known.get(name, _NO_CALL)) for name in signatures], dtype=object)
    check_words("calls", words, [*s.CALL_COLOURS, _NO_CALL], "", _CALLS_REMEDY)
    found = {call: np.flatnonzero(words == call) for call in (*s.CALL_COLOURS, _NO_CALL)}
    return {call: places for call, places in found.items() if len(places)}


class GenePicture:
    """One gene in all signatures on 0-100, a row for each call, its baseline as bars below; built once on `ax`.

    `rows` is from :func:`rows_by_call`; `baseline` is whether percentiles in unselected signatures will be given, and
    `room` how wide the axes will be in points, if not as wide as they are. The words above them take `above` points.
    """

    #: Blank that a canvas leaves around the axes, in inches.
    MARGINS: ClassVar[dict[str, float]] = {"left": 1.15, "right": 0.15, "bottom": 0.65, "top": 0.55}

    def __init__(
        self, ax: Axes, rows: Mapping[str, np.ndarray], *, baseline: bool = False, room: float | None = None
    ) -> None:
        self.ax, self._rows, self.above = ax, dict(rows), 0.0
        self._room = s.size_in_points(ax)[0] if room is None else room
        self._floor = len(rows) - 0.5 + (_BASELINE_HEIGHT if baseline else 0)
        self._x = np.full(sum(map(len, rows.values())), np.nan)
        self._y = np.zeros(len(self._x))
        for row, places in enumerate(self._rows.values()):
            self._y[places] = row + s.jitter(len(places), _ROW_HEIGHT)
        self._marks = {call: self._build_row(call, len(places)) for call, places in self._rows.items()}
        self._build_frame()
        self._heads: list[str] = []
        self._gene: tuple[np.ndarray, np.ndarray] | None = None
        self._bars, self._baseline = self._build_baseline() if baseline else ([], [])
        self._counts = {
            end: ax.text(x, 1, "", ha=side, va="bottom", **s.TEXT | {"color": colour})
            for end, x, side, colour in (("lowest", 0, "left", s.DOWN_COLOUR), ("highest", 1, "right", s.UP_COLOUR))
        }
        self._diamonds = ax.scatter([], [], s=42, marker="D", edgecolors="white", linewidths=0.8, zorder=5)
        self.live: list[Artist] = [*self._marks.values(), *self._bars, *self._baseline]
        self.live += [*self._counts.values(), self._diamonds]

    def update(
        self, percentiles: np.ndarray, *, background: np.ndarray | None = None, chosen: Sequence[int] = ()
    ) -> None:
        """Draw another gene: its percentile in each signature, and in each unselected one; mark the places `chosen`."""
        gene = np.array(percentiles, dtype=float), np.zeros(0) if background is None else np.array(background)
        known = self._gene or ()
        # Another signature of the same gene moves the diamond alone.
        if not known or not all(np.array_equal(*pair, equal_nan=True) for pair in zip(gene, known, strict=True)):
            self._gene = gene
            self._draw_gene(*gene)
        marked = [place for place in chosen if not np.isnan(self._x[place])]
        self._diamonds.set_offsets(self.points(marked))
        self._diamonds.set_facecolor(s.end_colours(self._x[marked]))

    def points(self, places: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return where the marks of these signatures are, in data units."""
        return np.column_stack([self._x, self._y])[places]

    def _draw_gene(self, percentiles: np.ndarray, background: np.ndarray) -> None:
        self._x = percentiles
        heads = []
        for call, places in self._rows.items():
            known = places[~np.isnan(self._x[places])]
            self._marks[call].set_offsets(self.points(known))
            heads.append(f"{call} ({len(known):,})")
        usual = None
        if self._bars:
            usual = background[~np.isnan(background)]
            self._draw_baseline(usual)
            heads.append(f"baseline ({len(usual):,})")
        if heads != self._heads:  # the names of the rows are part of what stays
            below = self._floor - (_BASELINE_HEIGHT - 0.3) / 2
            s.name_rows(self.ax, [*range(len(self._rows)), below][: len(heads)], heads)
            self._heads = heads
        self._count_extremes(self._x[~np.isnan(self._x)], usual)

    def _build_row(self, call: str, n: int) -> Any:
        pale = call not in s.CALL_COLOURS or call == "unresolved"
        style: dict[str, Any] = {"color": s.CALL_COLOURS.get(call, s.FAINT), "marker": s.CALL_MARKERS.get(call, "o")}
        # Many marks overlap: fainter ones let the eye see where they crowd.
        style["alpha"] = float(np.clip(60 / max(n, 1), 0.15, 0.9))
        edge = "none" if n > 300 else (s.FAINT if pale else s.INK)
        return self.ax.scatter([], [], s=20 if pale else 26, edgecolors=edge, linewidths=0.5, zorder=3, **style)

    def _build_frame(self) -> None:
        _frame(self.ax, len(self._rows), self._floor)
        for low, colour in ((0.0, s.DOWN_COLOUR), (100 - EXTREME, s.UP_COLOUR)):
            self.ax.axvspan(low, low + EXTREME, color=colour, alpha=0.3, linewidth=0, zorder=0)
        self.ax.axvline(50, color=s.GUIDE, linewidth=0.7, zorder=0)
        s.caption(self.ax, x=f"percentile\n{s.PERCENTILE_ENDS}")

    def _build_baseline(self) -> tuple[list[Any], list[Any]]:
        """Build bars on the floor, and the line of chance with its word."""
        ax, left = self.ax, np.arange(0, 100, _BIN)
        bars: dict[str, Any] = {"align": "edge", "color": s.LEADER, "edgecolor": "white", "linewidth": 0.6}
        drawn = ax.bar(left, np.zeros(len(left)), width=_BIN, bottom=self._floor, zorder=2, label="baseline", **bars)
        line = ax.hlines([], 0, 100, color=s.INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=3)
        where: dict[str, Any] = {"transform": s.raised(ax, ax.transData, 2), "ha": "center", "va": "bottom"}
        return list(drawn), [line, ax.text(50, 0, "chance", bbox=s.BOX, zorder=4, **where, **s.TEXT)]

    def _draw_baseline(self, usual: np.ndarray) -> None:
        """Let the highest bar fill the height, so that the line of chance shows the scale."""
        share = np.histogram(usual, bins=np.arange(0, 100 + _BIN, _BIN))[0] / max(len(usual), 1)
        chance = _BIN / 100
        scale = (_BASELINE_HEIGHT - 0.3) / max(float(share.max()), chance)
        for bar, height in zip(self._bars, (-share * scale).tolist(), strict=True):
            bar.set_height(height)
        line, word = self._baseline
        at = self._floor - chance * scale
        line.set_segments([[(0, at), (100, at)]])
        word.set_y(at)

    def _count_extremes(self, values: np.ndarray, usual: np.ndarray | None) -> None:
        """Write above both ends how many signatures are extreme there."""
        words = {end: [f"{end} {EXTREME:g} %", _share_beyond(values, end)] for end in self._counts}
        if usual is not None:
            words = {end: [*lines, f"baseline {_share_beyond(usual, end)}"] for end, lines in words.items()}
        height = len(words["lowest"]) * 1.3 * s.SMALL + 4
        abreast = self._room > s.NAME_LETTER * sum(max(map(len, lines)) for lines in words.values()) + _APART
        for end, text in self._counts.items():
            rise = 3 if abreast or end == "lowest" else 3 + height
            text.set(transform=s.raised(self.ax, self.ax.transAxes, rise), text="\n".join(words[end]))
        self.above = height if abreast else 2 * height


def _share_beyond(values: np.ndarray, end: str) -> str:
    """Return "4.5 % (9 of 200)"; a value on the very edge is not beyond it, as in gene_baseline."""
    beyond = values < EXTREME - 1e-9 if end == "lowest" else values > 100 - EXTREME + 1e-9
    share = percent(beyond.sum() / len(values) if len(values) else np.nan, "0 %")
    return f"{share} ({beyond.sum():,} of {len(values):,})"
