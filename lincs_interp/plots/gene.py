"""plot_gene: one gene over all signatures, beside its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.text import kind, percent
from . import _style as s
from ._tables import check_axes, check_percentiles, check_series, check_words, numbers, place_of, row_names

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# The outer percentiles on either side that count as extreme; by chance a gene is there in 1 % of signatures each.
EXTREME = 1.0

_APART = 10.0  # points between the words on both ends; where they have not these, one is above the other
_BIN = 5.0  # percentiles in one bar of the baseline
_BASELINE_HEIGHT = 1.7  # rows
_ROW_HEIGHT = 0.56  # rows; what the marks of a row take
_ROW = "pass one row, such as ranks.percentiles().loc['HMOX1']"
_NO_CALL = "no call"


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
        Signatures to mark with a diamond, named at the right of the axes: leave room there, or give the figure of
        ``ax`` the layout "constrained".
    calls : Series or mapping, optional
        The call of each signature (``scores["call"]``): then each call has a row of its own.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    title : str, optional
        Text above the plot.

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
    Below percentile 1 and above 99 is extreme, as in :func:`gene_baseline`, which gives tied genes the mean rank of
    their tie; ``ranks.percentiles()`` keeps the ranks of the file. Of tied data the shares may therefore differ.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> row = pd.Series({"drug A": 99.6, "drug B": 41.0}, name="HMOX1")
    >>> ax = plot_gene(row, highlight="drug A", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['lowest 1 %\\n0 % (0 of 2)', 'highest 1 %\\n50 % (1 of 2)', 'drug A: 99.6']
    """
    check_axes(ax, title)
    values = _values("percentiles", check_series("percentiles", percentiles, _ROW))
    usual = None if background is None else _values("background", check_series("background", background, _ROW))
    marked = _marked(percentiles.index, highlight)
    names, shared = row_names(percentiles.index[marked], labels, 36)
    rows = rows_by_call(percentiles.index, calls)
    height = len(rows) + (_BASELINE_HEIGHT if usual is not None else 0)
    ax = s.axes_for(ax, 6.0 + (2.4 if marked else 0), 1.85 + 0.42 * height)
    room, _ = s.room_points(ax, s.NAME_LETTER * max(map(len, [*names, ""])) + 100, 0)
    picture = GenePicture(ax, rows, baseline=usual is not None, room=room)
    picture.update(values, background=usual, chosen=marked)
    there = ~np.isnan(values[marked])
    if there.any():
        texts = [f"{name}: {s.place_words(values[place])}" for place, name in zip(marked, names, strict=True)]
        s.name_beside(ax, picture.points(np.array(marked)[there]), [texts[n] for n in np.flatnonzero(there)])
    notes = [f"shaded = extreme: by chance {EXTREME:g} % at each end"]
    notes += [f"{name} has no rank of this gene" for name, known in zip(names, there, strict=True) if not known]
    notes += [f"all named: {s.plain(shared, 60)}"] if shared else []
    notes += s.not_drawn(int(np.isnan(values).sum()), "signature", "without a rank")
    of = f" of {s.plain(percentiles.name, 24)}" if percentiles.name is not None else ""
    s.caption(ax, title=title, x=f"percentile{of}\n{s.PERCENTILE_ENDS}", notes=notes, pad=picture.pad)
    return ax


def rows_by_call(signatures: pd.Index, calls: object = None) -> dict[str, np.ndarray]:
    """Return call -> places of its signatures, one row of the picture each; without calls a single row."""
    if calls is None:
        return {"signatures": np.arange(len(signatures))}
    if not isinstance(calls, pd.Series | Mapping):
        raise wrong("calls", calls, f"is {kind(calls)}", _CALLS_REMEDY)
    known = dict(calls.items())
    words = np.array([str(known[name]) if name in known else _NO_CALL for name in signatures], dtype=object)
    check_words("calls", words, [*s.CALL_COLOURS, _NO_CALL], "", _CALLS_REMEDY)
    found = {call: np.flatnonzero(words == call) for call in (*s.CALL_COLOURS, _NO_CALL)}
    return {call: places for call, places in found.items() if len(places)}


_CALLS_REMEDY = "pass scores['call'], or a mapping from signature id to call"


class GenePicture:
    """One gene in all signatures on 0-100, a row for each call, its baseline as bars below; built once on `ax`.

    Parameters
    ----------
    ax : Axes
    rows : dict
        From :func:`rows_by_call`: the places of the signatures in each row.
    baseline : bool
        Whether the percentiles in unselected signatures will be given.
    room : float, optional
        How wide the axes will be, in points; by default as wide as they are.

    Attributes
    ----------
    live : list of Artist
        What :meth:`update` changes.
    pad : float
        Points that the words above the axes take.
    """

    #: Blank that a canvas leaves around the axes, in inches.
    MARGINS: ClassVar[dict[str, float]] = {"left": 1.15, "right": 0.15, "bottom": 0.65, "top": 0.55}

    def __init__(
        self, ax: Axes, rows: Mapping[str, np.ndarray], *, baseline: bool = False, room: float | None = None
    ) -> None:
        self.ax, self._rows, self.pad = ax, dict(rows), 0.0
        self._room = s.size_in_points(ax)[0] if room is None else room
        self._floor = len(rows) - 0.5 + (_BASELINE_HEIGHT if baseline else 0)
        self._x = np.full(sum(map(len, rows.values())), np.nan)
        self._y = np.zeros(len(self._x))
        for row, places in enumerate(self._rows.values()):
            self._y[places] = row + s.jitter(len(places), _ROW_HEIGHT)
        self._marks = {call: self._row(call, len(places)) for call, places in self._rows.items()}
        self._frame()
        self._heads: list[str] = []
        self._gene: tuple[np.ndarray, np.ndarray] | None = None
        self._bars, self._baseline = self._build_baseline() if baseline else ([], [])
        self._counts = self._build_counts()
        self._diamonds = ax.scatter([], [], s=42, marker="D", edgecolors="white", linewidths=0.8, zorder=5)
        self.live: list[Artist] = [*self._marks.values(), *self._bars, *self._baseline]
        self.live += [*self._counts.values(), self._diamonds]

    def update(
        self, percentiles: np.ndarray, *, background: np.ndarray | None = None, chosen: Sequence[int] = ()
    ) -> None:
        """Draw another gene: its percentile in each signature, and in each unselected one; mark the places `chosen`."""
        gene = np.array(percentiles, dtype=float), np.zeros(0) if background is None else np.array(background)
        same = self._gene is not None and all(map(partial(np.array_equal, equal_nan=True), gene, self._gene))
        if not same:  # another signature of the same gene moves the diamond alone
            self._gene = gene
            self._draw_gene(*gene)
        marked = np.array([place for place in chosen if not np.isnan(self._x[place])], dtype=int)
        self._diamonds.set_offsets(self.points(marked))
        self._diamonds.set_facecolor(s.end_colours(self._x[marked]))

    def points(self, places: np.ndarray) -> np.ndarray:
        """Return where the marks of these signatures are, in data units."""
        return np.column_stack([self._x[places], self._y[places]])

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

    def _row(self, call: str, n: int) -> Any:
        pale = call not in s.CALL_COLOURS or call == "unresolved"
        style: dict[str, Any] = {"color": s.CALL_COLOURS.get(call, s.FAINT), "marker": s.CALL_MARKERS.get(call, "o")}
        # Many marks overlap: fainter ones let the eye see where they crowd.
        style["alpha"] = float(np.clip(60 / max(n, 1), 0.15, 0.9))
        edge = "none" if n > 300 else (s.FAINT if pale else s.INK)
        return self.ax.scatter([], [], s=20 if pale else 26, edgecolors=edge, linewidths=0.5, zorder=3, **style)

    def _frame(self) -> None:
        ax = self.ax
        s.tidy(ax, spines=("bottom",))
        for low, colour in ((0.0, s.DOWN_COLOUR), (100 - EXTREME, s.UP_COLOUR)):
            ax.axvspan(low, low + EXTREME, color=colour, alpha=0.3, linewidth=0, zorder=0)
        ax.axvline(50, color=s.GUIDE, linewidth=0.7, zorder=0)
        ax.hlines(np.arange(len(self._rows)), 0, 100, color=s.GUIDE, linewidth=0.8, zorder=1)
        ax.set(xlim=(-1.5, 101.5), ylim=(self._floor, -0.6), xticks=s.PERCENTILE_TICKS)
        s.caption(ax, x=f"percentile\n{s.PERCENTILE_ENDS}")

    def _build_baseline(self) -> tuple[list[Any], list[Any]]:
        """Bars on the floor, and the line of chance with its word."""
        ax, left = self.ax, np.arange(0, 100, _BIN)
        bars: dict[str, Any] = {"align": "edge", "color": s.LEADER, "edgecolor": "white", "linewidth": 0.6}
        drawn = ax.bar(left, np.zeros(len(left)), width=_BIN, bottom=self._floor, zorder=2, label="baseline", **bars)
        line = ax.hlines([], 0, 100, color=s.INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=3)
        place: dict[str, Any] = {
            "transform": s.raised(ax, ax.transData, 2),
            "ha": "center",
            "va": "bottom",
            "zorder": 4,
        }
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
        word = ax.text(50, 0, "chance", bbox=box, **place, **s.TEXT)
        return list(drawn), [line, word]

    def _draw_baseline(self, usual: np.ndarray) -> None:
        """The highest bar fills the height, so that the line of chance shows the scale."""
        share = np.histogram(usual, bins=np.arange(0, 100 + _BIN, _BIN))[0] / max(len(usual), 1)
        chance = _BIN / 100
        scale = (_BASELINE_HEIGHT - 0.3) / max(float(share.max()), chance)
        for bar, height in zip(self._bars, (-share * scale).tolist(), strict=True):
            bar.set_height(height)
        line, word = self._baseline
        at = self._floor - chance * scale
        line.set_segments([[(0, at), (100, at)]])
        word.set_y(at)

    def _build_counts(self) -> dict[str, Any]:
        ends = {"lowest": (0.0, "left", s.DOWN_COLOUR), "highest": (1.0, "right", s.UP_COLOUR)}
        return {
            end: self.ax.text(x, 1, "", ha=side, va="bottom", **s.TEXT | {"color": colour})
            for end, (x, side, colour) in ends.items()
        }

    def _count_extremes(self, values: np.ndarray, usual: np.ndarray | None) -> None:
        """Write above both ends how many signatures are extreme there."""
        words = {end: [f"{end} {EXTREME:g} %", _share_beyond(values, end)] for end in self._counts}
        for end in words if usual is not None else ():
            words[end].append(f"baseline {_share_beyond(usual, end)}")  # type: ignore[arg-type]
        height = len(words["lowest"]) * 1.3 * s.SMALL + 4
        abreast = self._room > s.NAME_LETTER * sum(max(map(len, lines)) for lines in words.values()) + _APART
        for end, text in self._counts.items():
            rise = 3 if abreast or end == "lowest" else 3 + height
            text.set_transform(s.raised(self.ax, self.ax.transAxes, rise))
            text.set_text("\n".join(words[end]))
        self.pad = (height if abreast else 2 * height) + 6


def _values(argument: str, series: pd.Series) -> np.ndarray:
    values = numbers(argument, series)
    check_percentiles(argument, values)
    return values


def _marked(signatures: pd.Index, highlight: str | Iterable[str] | None) -> list[int]:
    """Return the places of the highlighted signatures; raise where a name fits none or several."""
    if highlight is None:
        return []
    names = [highlight] if isinstance(highlight, str) or not isinstance(highlight, Iterable) else highlight
    return list(dict.fromkeys(place_of("highlight", name, signatures, "percentiles") for name in names))


def _share_beyond(values: np.ndarray, end: str) -> str:
    """Return "4.5% (9 of 200)"; a value on the very edge is not beyond it, as in gene_baseline."""
    beyond = values < EXTREME - 1e-9 if end == "lowest" else values > 100 - EXTREME + 1e-9
    share = percent(float(beyond.mean()), "0 %") if len(values) else "–"
    return f"{share} ({beyond.sum():,} of {len(values):,})"
