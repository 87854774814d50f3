"""The running sums of one signature on a canvas that stays: the picture of plot_evidence, fast enough to explore."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.html import Html
from .._util.text import counted, listed, shown, signed
from ..plots import DOWN_COLOUR, UP_COLOUR
from ..scoring.concordance import query_rows
from ._canvas import DOTS_PER_INCH
from ._parts import picture
from ._signature_words import Words, WordsCanvas, drawable, length
from ._study import Study

#: So many genes of each list are drawn darker and named.
NAMED = 6

#: The scale is that of so many signatures of each end, the strongest: any other one lies between.
SCALED_BY = 500

_INK, _FAINT, _GUIDE = "#222222", "#6B6B6B", "#D9D9D9"
_COLOURS = {"up": UP_COLOUR, "down": DOWN_COLOUR, "sum": _INK}
_SMALL, _MEDIUM = 8, 9

# Inches; the picture is as high as its strips ask for.
_ACROSS, _LEFT, _RIGHT = 7.7, 0.8, 1.3
_BELOW, _STRIP, _SUMS, _ABOVE = 0.5, 0.55, 2.75, 0.1

# Pixels for the names of a strip: those of both ends stand in one row.
_ROOM = (_ACROSS - _LEFT - _RIGHT - 0.3) * DOTS_PER_INCH
_APART = "   "


class Genes(NamedTuple):
    """The genes of a table of drivers that have a rank, the most down first."""

    gene: np.ndarray
    side: np.ndarray
    percentile: np.ndarray
    contribution: np.ndarray

    def of(self, side: str) -> Genes:
        """The genes of one list."""
        return Genes(*(values[self.side == side] for values in self))

    def sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Percentiles, 0 and 100 at the ends, and the running sum of the contributions."""
        total = np.cumsum(self.contribution)
        x = np.concatenate([[0.0], self.percentile, [100.0]])
        return x, np.concatenate([[0.0], total, total[-1:] if len(total) else [0.0]])


def ranked(drivers: pd.DataFrame) -> Genes:
    """Take the genes that have a rank out of a table of drivers."""
    columns = [drivers[name].to_numpy() for name in Genes._fields]
    percentile, contribution = columns[2:]
    order = np.argsort(percentile, kind="stable")
    order = order[~np.isnan(percentile[order]) & ~np.isnan(contribution[order])]
    return Genes(*(values[order] for values in columns))


class Bridge:
    """Running sums above, a strip of gene ticks for each list below; all signatures on one scale."""

    def __init__(self, study: Study) -> None:
        assert study.dossier is not None
        self._sides = [side for side in ("up", "down") if getattr(study.dossier.query, side)]
        self._names = [*self._sides, *(["sum"] if len(self._sides) == 2 else [])]
        self.height = _BELOW + len(self._sides) * _STRIP + _SUMS + _ABOVE
        self.canvas = WordsCanvas(_ACROSS, self.height)
        self._low, self._high = _extent(study)
        self._sums = self._axes_of_sums()
        self._lines = {name: self._line(name) for name in ("whole", *self._names)}
        floors = {side: _BELOW + place * _STRIP for place, side in enumerate(reversed(self._sides))}
        self._strips = {side: _Strip(self, side, floor) for side, floor in floors.items()}

    def axes(self, floor: float, height: float) -> Any:
        """New axes over the whole width, the percentiles across; inches from below."""
        across = _ACROSS - _LEFT - _RIGHT
        axes = self.canvas.figure.add_axes(
            (_LEFT / _ACROSS, floor / self.height, across / _ACROSS, height / self.height)
        )
        axes.set(xlim=(-0.6, 100.6), xticks=())
        axes.axvline(50, color=_GUIDE, linewidth=0.7, zorder=0)
        axes.tick_params(labelsize=_SMALL, length=3, colors=_INK)
        for side in ("right", "top", "bottom"):
            axes.spines[side].set_visible(False)
        return axes

    def beside(self, inches: float, text: str, colour: str, *, bold: bool = False) -> Words:
        """Words at the right of the axes, so many inches from below."""
        x, y = _ACROSS - _RIGHT + 0.06, self.height - inches
        return Words(x * DOTS_PER_INCH, y * DOTS_PER_INCH, text, colour, _MEDIUM, bold)

    def _axes_of_sums(self) -> Any:
        axes = self.axes(self.height - _ABOVE - _SUMS + 0.05, _SUMS - 0.05)
        axes.set_ylim(self._low, self._high)
        axes.set_ylabel("running sum of contributions\n← against      with the query →", fontsize=_MEDIUM, color=_INK)
        axes.axhline(0, color=_FAINT, linewidth=0.7, zorder=1)
        return axes

    def _line(self, name: str) -> Any:
        style: dict[str, Any] = {"color": "#9A9A9A", "linewidth": 1.3, "linestyle": (0, (3, 2))}
        if name != "whole":
            style = {"color": _COLOURS[name], "linewidth": 1.9 if name == "sum" else 1.4}
        return self.canvas.live(self._sums.plot([], [], drawstyle="steps-post", **style)[0])

    def draw(self, drivers: pd.DataFrame, label: str, whole: pd.DataFrame | None = None) -> Html:
        """Return the picture of one table of drivers; `whole` is the table before genes were left out."""
        genes = ranked(drivers)
        parts = {name: genes if name == "sum" else genes.of(name) for name in self._names}
        lines = {name: part.sums() for name, part in parts.items()}
        if whole is not None:
            lines["whole"] = ranked(whole).sums()
        self._scale([y for _, y in lines.values()])
        for name, line in self._lines.items():
            line.set_data(*lines.get(name, ([], [])))
        ends = {name: float(lines[name][1][-1]) for name, part in parts.items() if len(part.gene)}
        self.canvas.words = self._written_ends(ends)
        leading = {side: strip.show(parts[side]) for side, strip in self._strips.items()}
        told = ", ".join(f"z_{name} ends at {signed(end)}" for name, end in ends.items())
        most = "; ".join(f"of the {side} list {listed(leading[side], 3)} count most" for side in self._sides)
        alt = (
            f"Running sums over the genes of the query in {label}, from the most down gene (0) to the most up one"
            f" (100): {told}; {most}."
        )
        return picture(self.canvas, alt, self._caption(len(drivers) - len(genes.gene), whole is not None))

    def _caption(self, missing: int, compared: bool) -> str:
        told = (
            "Each tick is a gene of your query; the lines add up what the genes contribute, from the most down to the"
            f" most up. Only the ends of the lines are scores. Named: the {NAMED} genes of each list that count most."
            " All signatures of this matrix are drawn on one scale."
        )
        if compared:
            told += f" Grey, broken: z_{self._names[-1]} of the whole query."
        return told + (f" {counted(missing, 'gene')} without a rank not drawn." if missing else "")

    def _scale(self, lines: list[np.ndarray]) -> None:
        """Widen the scale if a line would leave it: fewer genes can reach further."""
        low, high = min(y.min() for y in lines), max(y.max() for y in lines)
        if low < self._low or high > self._high:
            room = 0.06 * (max(high, self._high) - min(low, self._low))
            self._low, self._high = min(self._low, low - room), max(self._high, high + room)
            self._sums.set_ylim(self._low, self._high)
            self.canvas.forget()

    def _written_ends(self, ends: dict[str, float]) -> list[Words]:
        """Each score where its line ends, apart enough to be read."""
        step, floor = 1.4 * _MEDIUM / 72, self.height - _ABOVE - _SUMS + 0.05
        above, written = self.height, []
        ordered = sorted(ends, key=lambda name: ends[name], reverse=True)
        for place, name in enumerate(ordered):
            wanted = floor + (ends[name] - self._low) / (self._high - self._low) * (_SUMS - 0.05)
            above = max(min(wanted, above - step), floor + step * (len(ordered) - place - 0.5))
            text = f"z_{name} = {signed(ends[name], 2)}"
            written.append(self.beside(above, text, _COLOURS[name], bold=name == "sum"))
        return written


class _Strip:
    """The genes of one list as ticks along 0-100; those that count most are darker and named."""

    def __init__(self, bridge: Bridge, side: str, floor: float) -> None:
        self._bridge, self._side, self._floor = bridge, side, floor
        axes, live = bridge.axes(floor, _STRIP), bridge.canvas.live
        axes.set(ylim=(0, 1), yticks=())
        if floor == _BELOW:
            axes.set_xticks((0, 25, 50, 75, 100))
            axes.set_xlabel("percentile (0 = most down, 100 = most up)", fontsize=_MEDIUM, color=_INK, labelpad=2)
            axes.spines["bottom"].set_visible(True)
        style: dict[str, Any] = {"linestyle": "", "marker": "|", "color": _COLOURS[side]}
        size = _STRIP * 72
        self._ticks = live(axes.plot([], [], markersize=0.48 * size, markeredgewidth=0.8, alpha=0.45, **style)[0])
        self._dark = live(axes.plot([], [], markersize=0.54 * size, markeredgewidth=1.4, **style)[0])

    def show(self, part: Genes) -> list[str]:
        """Draw the genes of the list; return those that count most, the first of them first."""
        order = np.argsort(-np.abs(part.contribution), kind="stable")[:NAMED]
        strongest = np.zeros(len(part.gene), dtype=bool)
        strongest[order] = True
        for artist, which in ((self._ticks, ~strongest), (self._dark, strongest)):
            artist.set_data(part.percentile[which], np.full(which.sum(), 0.66))
        words, colour = self._bridge.canvas.words, _COLOURS[self._side]
        n = counted(len(part.gene), f"{self._side} gene")
        words.append(self._bridge.beside(self._floor + 0.66 * _STRIP, n, colour))
        y = (self._bridge.height - self._floor - 0.2 * _STRIP) * DOTS_PER_INCH
        down, up = _named(part.gene[strongest], part.percentile[strongest])
        words.append(Words((_LEFT + 0.03) * DOTS_PER_INCH, y, down, colour, _SMALL))
        words.append(Words((_ACROSS - _RIGHT - 0.03) * DOTS_PER_INCH, y, up, colour, _SMALL, to_the_left=True))
        return [shown(gene, 30) for gene in part.gene[order]] or ["no genes"]


def _named(genes: np.ndarray, percentiles: np.ndarray) -> tuple[str, str]:
    """The names for the two ends of the scale, each at the end where its gene lies, the outermost gene outermost."""
    names = [drawable(gene, 14) for gene in genes]
    down = [name for name, percentile in zip(names, percentiles, strict=True) if percentile <= 50]
    up = [name for name, percentile in zip(names, percentiles, strict=True) if percentile > 50][::-1]
    need = [length(_APART.join(some), _SMALL) for some in (down, up)]
    # What one end does not need is the other's.
    for_down, for_up = (max(_ROOM - need[1 - end], min(need[end], _ROOM / 2)) for end in (0, 1))
    return _APART.join(_outermost(down, for_down)), _APART.join(_outermost(up, for_up)[::-1])


def _outermost(names: list[str], pixels: float) -> list[str]:
    """As many names as `pixels` hold; "…" is the rest."""
    for n in range(len(names), -1, -1):
        told = [*names[:n], *(["…"] if n < len(names) else [])]
        if length(_APART.join(told), _SMALL) <= pixels:
            return told
    return []


def _extent(study: Study) -> tuple[float, float]:
    """How far down and up the running sums of the strongest signatures reach, with some room."""
    dossier, ranks = study.dossier, study.ranks
    assert dossier is not None
    ends = dict.fromkeys([*study.order[:SCALED_BY], *study.order[-SCALED_BY:]])
    columns = np.array([study.columns[signature] for signature in ends])
    total = ranks.n_ranked.to_numpy()[columns].astype(float)
    sides = query_rows(ranks, dossier.query, overlap=dossier.overlap, rescue=dossier.rescue)
    parts = []
    for rows, sign in zip(sides, (1, -1), strict=True):
        rank = ranks.values[np.ix_(rows, columns)].astype(float)
        n = np.count_nonzero(~np.isnan(rank), axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = sign * (rank - (total + 1) / 2) / np.sqrt(n * (total - n) * (total + 1) / 12)
        parts.append((rank, np.where(np.isfinite(share), share, 0.0)))
    parts.append(tuple(np.concatenate(both) for both in zip(*parts, strict=True)))  # type: ignore[arg-type]
    low, high = 0.0, 0.0
    for rank, share in parts:
        if len(rank):
            sums = np.take_along_axis(share, np.argsort(rank, axis=0), axis=0).cumsum(axis=0)
            low, high = min(low, float(sums.min())), max(high, float(sums.max()))
    room = 0.06 * max(high - low, 1e-6)
    return low - room, high + room
