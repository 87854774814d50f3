"""The picture of one perturbagen: its scores against the dose, or by cell line where there are no doses to compare."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._util.html import CALL_SIGNS, Html, signed_html
from .._util.text import counted, shown
from ..plots import CALL_COLOURS, CALL_MARKERS
from ..plots._style import GUIDE, INK, plain, spread
from ._canvas import Canvas
from ._parts import picture
from ._perturbagen_axes import MOST_BELOW, Letters, QuickAxes, apart
from ._perturbagen_facts import NO_CELL, PerturbagenFacts, time_words

#: So many cell lines are named at the ends of their lines.
NAMED = 7

# None of them is a colour of a call.
_LINE_COLOURS = ("#0072B2", "#C04F8B", "#5B4A3A", "#8C8C8C", "#4DB3E6", "#7A7A00", "#1B3A5C")
_STYLES: dict[str, Any] = {"solid": "-", "dashed": "--", "dotted": ":", "dash-dotted": "-."}
_LEAST_REACH = 5.0


class Curve:
    """Score against dose with a line for each cell line and time; a strip of cell lines where doses do not differ."""

    def __init__(self) -> None:
        from matplotlib.collections import LineCollection

        self.canvas = Canvas(7.2, 3.3)
        self.frame = QuickAxes(self.canvas.figure, "← reverses · score (z_sum) · mimics →")
        self._axes = axes = self.frame.axes
        self.lines: Any = axes.add_collection(LineCollection([]), autolim=False)
        self._leads: Any = axes.add_collection(
            LineCollection([], linewidths=0.8, linestyles=":", clip_on=False), autolim=False
        )
        dots: dict[str, Any] = {"linestyle": "", "markersize": 6, "markeredgecolor": INK, "markeredgewidth": 0.6}
        self.dots = {
            call: axes.plot([], [], marker=CALL_MARKERS[call], color=CALL_COLOURS[call], **dots)[0]
            for call in reversed(CALL_COLOURS)  # what is called lies above what is not
        }
        ring: dict[str, Any] = {
            "marker": "o",
            "markersize": 15,
            "clip_on": False,
            "markerfacecolor": "none",
            "markeredgecolor": INK,
        }
        self._mark = self.canvas.live(axes.plot([], [], linestyle="", markeredgewidth=1.8, **ring)[0])
        self.names = Letters(axes, axes.transData, "left", "middle")
        self._drawn: PerturbagenFacts | None = None
        self._x = np.array([])
        self._told = ("", "")

    def draw(self, facts: PerturbagenFacts, signature: str, label: str) -> Html | str:
        """Return the picture with its words, or a sentence where there is nothing to draw."""
        scored = np.isfinite(facts.scores)
        if scored.sum() == 0:
            return f"No signature of {shown(facts.name, 60)} has a score, so there is no picture."
        if len(facts.scores) == 1:
            return (
                f"{shown(facts.name, 60)} has one signature, with a score of {signed_html(facts.scores[0])}: there is"
                " no other dose, cell line or time to compare it with."
            )
        if self._drawn is not facts:
            self._set(facts)
            self._drawn = facts
        ids = list(facts.table.index)
        at = ids.index(signature) if signature in ids else -1
        there = at >= 0 and bool(np.isfinite(self._x[at]) and scored[at])
        self._mark.set_visible(there)
        if there:
            self._mark.set_data([self._x[at]], [facts.scores[at]])
        what, notes = self._told
        low, high = (signed_html(float(end(facts.scores[scored]))) for end in (np.min, np.max))
        chosen = f"ringed: {label} at {signed_html(facts.scores[at])}" if there else f"{label} is not in the picture"
        alt = f"{what}; scores from {low} to {high}, above 0 mimics, below 0 reverses the query; {chosen}."
        signs = ", ".join(f"{sign} {call}" for call, sign in CALL_SIGNS.items() if call in facts.calls)
        mark = f"the ring is {label}" if there else chosen
        return picture(self.canvas, alt, f"Each mark is one signature ({signs}); {mark}.{notes}")

    def _set(self, facts: PerturbagenFacts) -> None:
        """Put the signatures of a perturbagen in, and its axes."""
        self.canvas.forget()
        low, high = float(np.nanmin(facts.scores)), float(np.nanmax(facts.scores))
        least = max(_LEAST_REACH, 0.35 * max(-low, high))  # both ends are to be seen, also where all scores are at one
        self.frame.heights(min(1.12 * low, -least), max(1.12 * high, least))
        self.lines.set_segments([])
        self._leads.set_segments([])
        self.names.set([], [])
        unit = _unit_of(facts)
        self._told = self._curve(facts, unit) if unit else self._strip(facts)
        scored = np.isfinite(facts.scores) & np.isfinite(self._x)
        for call, dots in self.dots.items():
            own = scored & np.array([one == call for one in facts.calls])
            dots.set_data(self._x[own], facts.scores[own])
            dots.set_alpha(float(np.clip(120 / max(len(facts.scores), 1), 0.3, 1.0)))

    def _curve(self, facts: PerturbagenFacts, unit: str) -> tuple[str, str]:
        level, units = facts.levels
        used = (units == unit) & (level > 0)
        self._x = np.where(used, np.log10(np.where(used, level, 1.0)), np.nan)
        doses = np.unique(level[used & np.isfinite(facts.scores)])
        low, high = np.log10(doses[[0, -1]])
        wide = high - low
        ticks = apart(np.log10(doses), 0.075 * wide)
        texts, title = [f"{10**tick:.3g}" for tick in ticks], f"dose in {shown(unit, 20)}, log scale"
        self.frame.widths(low - 0.06 * wide, high + 0.04 * wide, ticks, texts, title)
        notes = self._draw_lines(facts)
        away = int((np.isfinite(facts.scores) & ~used).sum())
        if away:
            notes += f" Not drawn: {counted(away, 'signature')} without a dose in {shown(unit, 20)}."
        n = int((used & np.isfinite(facts.scores)).sum())
        what = (
            f"Score against dose of {shown(facts.name, 60)}: {counted(n, 'signature')},"
            f" {counted(len(doses), 'dose')} from {doses[0]:.3g} to {doses[-1]:.3g} {shown(unit, 20)},"
            f" {counted(len(set(facts.lines) - {''}), 'cell line')}"
        )
        return what, notes

    def _draw_lines(self, facts: PerturbagenFacts) -> str:
        """A line through the medians of each cell line and time, the strongest cell lines named; return what to say."""
        series = _series(facts, self._x)
        named = _strongest(series)
        # The longest time is solid, so that what is read most often is seen best.
        times = sorted({time for _, time in series}, reverse=True)
        styles = dict(zip(times, _STYLES, strict=False))
        looks, ends = [], {}
        for (line, time), points in series.items():
            if line not in named or time not in styles:
                looks.append((GUIDE, "-", 0.8))
                continue
            colour = _LINE_COLOURS[named.index(line)]
            looks.append((colour, _STYLES[styles[time]], 1.5))
            ends[line] = (points[-1, 0], points[-1, 1], colour)  # times ascend: the name stands at the longest
        colours, dashes, widths = (list(look) for look in zip(*looks, strict=True))  # two styles in a tuple mean one
        self.lines.set(segments=list(series.values()), color=colours, linestyle=dashes, linewidth=widths)
        self._name(ends)
        told = ""
        if len(times) > 1:
            of = ", ".join(f"{time_words(time)} {style}" for time, style in styles.items())
            told = f" Lines join the medians of a cell line at one time: {of}."
        elif any(len(points) > 1 for points in series.values()):
            told = " Lines join the medians of a cell line."
        return told + (" Pale: further cell lines or times." if GUIDE in colours else "")

    def _name(self, ends: dict[str, tuple[float, float, str]]) -> None:
        """Write names in a column at the right, each joined to the end of its line."""
        low, high = self._axes.get_ylim()
        lines = sorted(ends, key=lambda line: ends[line][1])
        heights: Any = (
            spread([(ends[line][1] - low) / (high - low) for line in lines], 0.062, 0.03, 0.97) if lines else []
        )
        start, stop = self._axes.get_xlim()
        column = stop + 0.02 * (stop - start)
        places = [(column, low + height * (high - low)) for height in heights]
        self.names.set([plain(line or NO_CELL, 14) for line in lines], places)
        leads = [[ends[line][:2], (x - 0.004 * (stop - start), y)] for line, (x, y) in zip(lines, places, strict=True)]
        self._leads.set(segments=leads, color=[ends[line][2] for line in lines])

    def _strip(self, facts: PerturbagenFacts) -> tuple[str, str]:
        """Cell lines side by side, the highest median at the left."""
        lines = sorted(set(facts.lines), key=lambda line: (-_median(facts, line), line))
        place = {line: number for number, line in enumerate(lines)}
        # Steps of the golden ratio fill a column evenly, whatever the number of signatures.
        shift = 0.5 * ((np.arange(len(facts.lines)) * 0.618034) % 1 - 0.5) if len(facts.lines) > len(lines) else 0.0
        self._x = np.array([place[line] for line in facts.lines], dtype=float) + shift
        few = [line or NO_CELL for line in lines] if len(lines) <= MOST_BELOW else []
        n = len(set(lines) - {""})
        title = f"{counted(n, 'cell line')}, the highest median at the left" if n > 1 else ""
        self.frame.widths(-0.7, len(lines) - 0.3, list(range(len(few))), few, title, long=sum(map(len, few)) > 60)
        scored = counted(int(np.isfinite(facts.scores).sum()), "signature")
        what = f"Scores of {scored} of {shown(facts.name, 60)} in {counted(n, 'cell line')}"
        known = {dose for dose in facts.doses if dose[0] < 2}
        why = " All have one dose, so they stand" if len(known) == 1 else " No doses to compare, so they stand"
        return what, f"{why} by cell line."


def _unit_of(facts: PerturbagenFacts) -> str:
    """The unit of most doses; "" if no unit has two doses above 0 with a score."""
    level, units = facts.levels
    scored = np.isfinite(facts.scores) & (level > 0)
    counts = {unit: len(set(level[scored & (units == unit)])) for unit in sorted(set(units) - {""})}
    best = max(counts, key=lambda unit: (counts[unit], unit == "uM"), default="")
    return best if best and counts[best] > 1 else ""


def _series(facts: PerturbagenFacts, x: np.ndarray) -> dict[tuple[str, Any], np.ndarray]:
    """(cell line, time) -> dose and median score, from the lowest dose on; sorted by cell line and time."""
    own: dict[tuple[str, Any], dict[float, list[float]]] = {}
    for line, time, dose, score in zip(facts.lines, facts.times, x, facts.scores, strict=True):
        if np.isfinite(dose) and np.isfinite(score):
            own.setdefault((line, time), {}).setdefault(float(dose), []).append(float(score))
    return {
        key: np.array([(dose, np.median(scores)) for dose, scores in sorted(own[key].items())]) for key in sorted(own)
    }


def _strongest(series: dict[tuple[str, Any], np.ndarray]) -> list[str]:
    """The cell lines that are named: all if they are few, else those that go furthest from 0."""
    furthest: dict[str, float] = {}
    for (line, _), points in series.items():
        furthest[line] = max(furthest.get(line, 0.0), float(np.abs(points[:, 1]).max()))
    return sorted(sorted(furthest, key=lambda line: (-furthest[line], line))[:NAMED])


def _median(facts: PerturbagenFacts, line: str) -> float:
    scores = facts.scores[[one == line for one in facts.lines]]
    return float(np.nanmedian(scores)) if np.isfinite(scores).any() else -np.inf
