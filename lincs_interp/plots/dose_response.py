"""Draw the scores of one perturbagen against its dose, a line for each cell line and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from .._util.text import counted
from ..core.doses import NO_CELL, TimeKey, dose_keys, dose_levels, read_doses, time_keys, time_name
from ..core.identity import cell_names
from . import style as s
from .perturbagen import LEAST_FULL_Z, perturbagen_words, prepare_perturbagen

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

#: So many cell lines are named at the ends of their lines, and so many side by side.
NAMED, MOST_BESIDE = 7, 24

# None of them is a colour of a call.
_LINE_COLOURS = ("#0072B2", "#C04F8B", "#5B4A3A", "#8C8C8C", "#4DB3E6", "#7A7A00", "#1B3A5C")
_STYLES: dict[str, Any] = {"solid": "-", "dashed": "--", "dotted": ":", "dash-dotted": "-."}
_TICKS_APART = 0.075  # of the width
_Series = dict[tuple[str, TimeKey], np.ndarray]


def plot_dose_response(
    table: pd.DataFrame,
    *,
    score: str = "z_sum",
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the dose response of one perturbagen: its scores against the dose, a line for each cell line and time.

    Parameters
    ----------
    table : DataFrame
        The table made by :func:`perturbagen_signatures`: ``cell_line``, ``pert_dose``, ``dose_um``, ``pert_time``,
        ``time_h``, ``call`` and the score, one row per signature.
    score : str, default "z_sum"
        The column drawn: one that is positive where the signature agrees with the query, such as ``z_sum``, ``z_cal``,
        ``z_up`` or ``z_down``.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; names need room at the right, or a constrained layout.

    Returns
    -------
    Axes
        A mark by call for each signature, and lines through the medians of each cell line at one time, the longest
        time solid; the 7 cell lines that go furthest from 0 are coloured and named. Doses are on a log scale. Where no
        two doses of one unit have a score, the cell lines are side by side instead, the highest median at the left.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, ``call`` holds an unknown word, or ``score`` has no sign
        that distinguishes mimickers from reversers.

    Notes
    -----
    The unit is that of most doses; signatures without a dose above 0 in it are left out, and the label of the axis says
    how many. Doses that differ by less than 5 % are one, as in :func:`trend_over_doses`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"cell_line": "A375", "pert_dose": ["10 uM", "100 nM"], "dose_um": [10, 0.1]})
    >>> table = table.assign(pert_time="24 h", time_h=24.0, z_sum=[9.5, 1.2], call=["mimicker", "unresolved"])
    >>> ax = plot_dose_response(table, ax=Figure(layout="constrained").subplots())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['0.1', '10']
    """
    table = prepare_perturbagen(table, score, ax, title)
    ax = s.axes_for(ax, 7.2, 4.2)
    picture = DoseResponsePicture(ax)
    picture.update(table, score=score)
    s.caption(ax, title=title, notes=picture.notes, key=s.calls_key(table["call"]))
    return ax


class DoseResponsePicture:
    """Score against dose of one perturbagen, or by cell line where doses do not differ; built once on `ax`.

    Another perturbagen changes the axes too; `notes` is what the reader must know, `summary` the picture in words.
    """

    #: Blank that a canvas leaves around the axes, in inches.
    MARGINS: ClassVar[dict[str, float]] = {"left": 0.8, "right": 1.1, "bottom": 0.65}

    def __init__(self, ax: Axes) -> None:
        from matplotlib.collections import LineCollection

        self.ax, self.summary = ax, ""
        self.notes: list[str] = []
        s.tidy(ax)
        ax.axhline(0, color=s.FAINT, linewidth=0.9, zorder=1)
        self._lines: Any = ax.add_collection(LineCollection([]), autolim=False)
        leads = LineCollection([], linewidths=0.8, linestyles=":", clip_on=False)
        self._leads: Any = ax.add_collection(leads, autolim=False)
        dots: dict[str, Any] = {"linestyle": "", "markersize": 6, "markeredgecolor": s.INK, "markeredgewidth": 0.6}
        self._dots = {  # what is called is above what is not
            call: ax.plot([], [], marker=s.CALL_MARKERS[call], color=s.CALL_COLOURS[call], label=call, **dots)[0]
            for call in reversed(s.CALL_COLOURS)
        }
        self._names = [ax.text(0, 0, "", va="center", **s.TEXT) for _ in range(NAMED)]
        self._ring = ax.plot([], [], clip_on=False, zorder=7, **s.RING)[0]
        self.live: list[Artist] = [self._ring]
        self._table: pd.DataFrame | None = None
        self._score = ""
        self._x = np.zeros(0)

    def update(self, table: pd.DataFrame, *, score: str = "z_sum", chosen: object = None) -> None:
        """Draw another perturbagen, a table of :func:`perturbagen_signatures`; ring the signature `chosen`."""
        if table is not self._table or score != self._score:
            self._table, self._score = table, score
            self._set(table, table[score].to_numpy(dtype=float))
        places = np.flatnonzero(table.index == chosen)
        place = self.points[places[0]] if len(places) else np.array([np.nan, np.nan])
        self._ring.set_data(*place.reshape(2, 1))

    @property
    def points(self) -> np.ndarray:
        """Where the mark of each signature of the table is, in data units; NaN where it has none."""
        assert self._table is not None
        return np.column_stack([self._x, np.where(np.isnan(self._x), np.nan, self._table[self._score])])

    def _set(self, table: pd.DataFrame, scores: np.ndarray) -> None:
        ax = self.ax
        low, high = float(np.nanmin(scores)), float(np.nanmax(scores))
        # Both ends of the scale are seen, also where all scores are at one.
        least = max(LEAST_FULL_Z if self._score.startswith("z_") else 1e-9, 0.35 * max(-low, high))
        ax.set_ylim(min(1.12 * low, -least), max(1.12 * high, least))
        cells, of = cell_names(table["cell_line"]), perturbagen_words(table)
        number, unit = read_doses(table)
        level = dose_levels(number, unit)
        common = _unit_of(level, unit, scores)
        if common:
            x = self._by_dose(np.where(unit == common, level, np.nan), scores, cells, time_keys(table), common, of)
        else:
            x = self._by_cell(scores, cells, len({key for key in dose_keys(table) if key[0] < 2}), of)
        s.caption(ax, x=x, y=f"{self._score}\n← reverses      mimics →")
        drawn, calls = np.isfinite(scores) & np.isfinite(self._x), table["call"].to_numpy().astype(str)
        for call, dots in self._dots.items():
            dots.set_data(self._x[drawn & (calls == call)], scores[drawn & (calls == call)])
            dots.set_alpha(float(np.clip(120 / max(len(scores), 1), 0.3, 1.0)))

    def _by_dose(
        self, level: np.ndarray, scores: np.ndarray, cells: list[str], times: list[TimeKey], unit: str, of: str
    ) -> str:
        """Doses across; return the label of the axis."""
        self._x = np.log10(np.where(level > 0, level, np.nan))
        used = np.isfinite(self._x) & np.isfinite(scores)
        doses = np.unique(self._x[used])
        wide = float(np.ptp(doses))
        ticks = _apart(doses, _TICKS_APART * wide)
        self.ax.set_xlim(doses[0] - 0.06 * wide, doses[-1] + 0.04 * wide)
        self.ax.set_xticks(ticks, labels=[f"{10**tick:.3g}" for tick in ticks], rotation=0, fontsize=s.SMALL, **s.PLAIN)
        unit, cell_lines = s.plain(unit, 20), counted(len({*cells} - {""}), "cell line")
        away = int((np.isfinite(scores) & ~used).sum())
        self.notes = self._draw_lines(_series(cells, times, self._x, scores))
        self.notes += s.not_drawn(away, "signature", f"without a dose in {unit}")
        self.summary = (
            f"{self._score} against dose{of}: {counted(int(used.sum()), 'signature')}, {counted(len(doses), 'dose')}"
            f" from {10 ** doses[0]:.3g} to {10 ** doses[-1]:.3g} {unit}, {cell_lines}"
        )
        return f"dose{of} in {unit}, log scale"

    def _draw_lines(self, series: _Series) -> list[str]:
        """Draw a line through the medians of each cell line and time, the strongest cell lines named."""
        named = _strongest(series)
        # The longest time is solid, so that what is read most often is seen best.
        times = sorted({time for _, time in series}, reverse=True)
        styles = dict(zip(times, _STYLES, strict=False))
        looks: list[tuple[str, str, float]] = []
        ends: dict[str, tuple[float, float, str]] = {}
        for (cell, time), points in series.items():
            if cell not in named or time not in styles:
                looks.append((s.GUIDE, "-", 0.8))
                continue
            colour = _LINE_COLOURS[named.index(cell)]
            looks.append((colour, _STYLES[styles[time]], 1.5))
            ends[cell] = (*points[-1].tolist(), colour)  # times ascend: the name is at the longest
        colours, dashes, widths = (list(look) for look in zip(*looks, strict=True))  # two styles in a tuple mean one
        self._lines.set(segments=list(series.values()), color=colours, linestyle=dashes, linewidth=widths)
        self._name_ends(ends)
        notes = []
        if len(times) > 1:
            each = ", ".join(f"{s.plain(time_name(time), 12)} {style}" for time, style in styles.items())
            notes += ["lines join the medians of a cell line at one time:", each]
        elif any(len(points) > 1 for points in series.values()):
            notes.append("lines join the medians of a cell line")
        return notes + (["pale: further cell lines or times"] if s.GUIDE in colours else [])

    def _name_ends(self, ends: dict[str, tuple[float, float, str]]) -> None:
        """Write names in a column at the right, each joined to the end of its line."""
        (low, high), (start, stop) = self.ax.get_ylim(), self.ax.get_xlim()
        heights = low + s.apart(self.ax, [height for _, height, _ in ends.values()]) * (high - low)
        column, leads = stop + 0.02 * (stop - start), []
        for text in self._names:
            text.set_text("")
        for text, (cell, end), height in zip(self._names, ends.items(), heights.tolist(), strict=False):
            text.set(position=(column, height), text=s.plain(cell or NO_CELL, 14))
            leads.append([end[:2], (column - 0.004 * (stop - start), height)])
        self._leads.set(segments=leads, color=[colour for *_, colour in ends.values()])

    def _by_cell(self, scores: np.ndarray, cells: list[str], n_doses: int, of: str) -> str:
        """Cell lines side by side, the highest median at the left; return the label of the axis."""
        self._lines.set_segments([])
        self._name_ends({})
        medians = pd.Series(scores).groupby(np.array(cells, dtype=object)).median()
        columns = medians.index[np.argsort(-medians.to_numpy(), kind="stable")]
        self._x = columns.get_indexer(pd.Index(cells)).astype(float)
        if len(cells) > len(columns):
            self._x += s.jitter(len(cells), 0.5)
        self._x[np.isnan(scores)] = np.nan
        few = [s.plain(cell or NO_CELL, 16) for cell in columns] if len(columns) <= MOST_BESIDE else []
        upright = 90 if sum(map(len, few)) > 60 else 0
        self.ax.set_xlim(-0.7, len(columns) - 0.3)
        self.ax.set_xticks(range(len(few)), labels=few, rotation=upright, fontsize=s.SMALL, **s.PLAIN)
        cell_lines = counted(len(set(cells) - {""}), "cell line")
        self.notes = ["all have one dose: by cell line" if n_doses == 1 else "no doses to compare: by cell line"]
        scored = counted(int(np.isfinite(scores).sum()), "signature")
        self.summary = f"{self._score} of {scored}{of} in {cell_lines}"
        return f"{cell_lines}{of}" + (", the highest median at the left" if len(columns) > 1 else "")


def _unit_of(level: np.ndarray, units: np.ndarray, scores: np.ndarray) -> str:
    """Return the unit of most doses; "" if no unit has two doses above 0 with a score."""
    scored = np.isfinite(scores) & (level > 0)
    counts = {unit: len(set(level[scored & (units == unit)])) for unit in sorted(set(units) - {""})}
    best = max(counts, key=lambda unit: (counts[unit], unit == "uM"), default="")
    return best if best and counts[best] > 1 else ""


def _series(cells: list[str], times: list[TimeKey], x: np.ndarray, scores: np.ndarray) -> _Series:
    """(cell line, time) -> dose and median score, from the lowest dose on; sorted by cell line and time."""
    own: dict[tuple[str, TimeKey], dict[float, list[float]]] = {}
    for cell, time, dose, score in zip(cells, times, x.tolist(), scores.tolist(), strict=True):
        if np.isfinite(dose) and np.isfinite(score):
            own.setdefault((cell, time), {}).setdefault(dose, []).append(score)
    return {
        key: np.array([(dose, np.median(scores)) for dose, scores in sorted(own[key].items())]) for key in sorted(own)
    }


def _strongest(series: _Series) -> list[str]:
    """Return the cell lines that are named: all if they are few, else those that go furthest from 0."""
    furthest: dict[str, float] = {}
    for (cell, _), points in series.items():
        furthest[cell] = max(furthest.get(cell, 0.0), float(np.abs(points[:, 1]).max()))
    return sorted(sorted(furthest, key=lambda cell: (-furthest[cell], cell))[:NAMED])


def _apart(places: np.ndarray, least: float) -> list[float]:
    """Return those of ascending `places` that are `least` apart, the last one among them."""
    kept: list[float] = [float(places[-1])]
    for place in places[-2::-1].tolist():
        if kept[-1] - place >= least:
            kept.append(place)
    return kept[::-1]
