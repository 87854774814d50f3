"""plot_evidence: which genes contribute most to the scores of one signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, signed
from . import _style as s
from ._tables import check_percentiles, prepare

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_MADE_BY = "explain_concordance"
_COLOURS = s.SIDE_COLOURS | {"sum": s.INK, "whole": "#9A9A9A"}
_STRIP = 0.15  # height of one strip of gene ticks, as a fraction of the axes
_PERCENTILE = f"percentile ({s.PERCENTILE_ENDS})"
_APART = "  "  # between the names of a strip


def plot_evidence(
    evidence: pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: int = 6,
    title: str | None = None,
) -> Axes:
    """Draw the running sums of a query's genes in one signature, and name the genes that contribute most.

    Parameters
    ----------
    evidence : DataFrame
        The table made by :func:`explain_concordance`: ``gene``, ``side`` ("up" or "down"), ``percentile`` and
        ``contribution``. Genes without a rank are left out, and the label of the axis shows how many.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    label : int, default 6
        How many genes of each side to name and to draw darker: those with the largest contribution, for or against.
        The names are at the end of the scale where the genes are, the outermost outermost.
    title : str, optional
        Text above the plot, the name of the signature for example.

    Returns
    -------
    Axes
        Running sums above, a strip with a tick for each up gene (red) and each down gene (blue) below.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, or ``side`` holds another word.

    Notes
    -----
    A running sum adds the ``contribution`` of the genes in rank order and ends at ``z_up`` (up genes), ``z_down`` (down
    genes) and ``z_sum`` (both, black). Contributions are signed by agreement with the query: in every signature the
    line of the up genes first falls and that of the down genes first rises. Only the ends are scores.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"gene": ["HMOX1", "CCND1"], "side": ["up", "down"]})
    >>> table = table.assign(percentile=[99.2, 3.1], contribution=[1.7, 1.6])
    >>> ax = plot_evidence(table, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts if "z_sum" in text.get_text()]
    ['z_sum = +3.30']
    """
    label = whole_number("label", label, least=0)
    numeric = ("percentile", "contribution")
    table = prepare("evidence", evidence, _MADE_BY, needs=("gene", "side"), numeric=numeric, ax=ax, title=title)
    check_percentiles("evidence", table["percentile"].to_numpy())
    known = table.dropna(subset=list(numeric))
    if known.empty:
        problem = "has no gene with both a percentile and a contribution, so there is nothing to draw"
        raise wrong("evidence", evidence, problem, f"pass the table made by {_MADE_BY}")
    sides = [side for side in s.SIDE_COLOURS if (known["side"] == side).any()]
    ax = s.axes_for(ax, 7.2, 3.4 + 0.6 * len(sides))
    picture = EvidencePicture(ax, sides, label=label)
    picture.update(table)
    picture.caption(title)
    return ax


class EvidencePicture:
    """Running sums of contributions above, a strip of gene ticks for each list below; built once on `ax`.

    Parameters
    ----------
    ax : Axes
        Its size is taken as it is now: names get the room that they have in it.
    sides : sequence of "up", "down"
        The lists of the query.
    label : int
        How many genes of each list to name.
    limits : (float, float), optional
        The scale of the running sums for all tables to come; a line that would leave it widens it. Without it each
        table has its own.

    Attributes
    ----------
    live : list of Artist
        What :meth:`update` changes.
    ends : dict
        "up", "down", "sum" -> where its running sum ends: z_up, z_down, z_sum.
    leading : dict
        Side -> the genes that are named, the largest contribution first.
    missing : int
        Genes without a rank.
    """

    def __init__(
        self, ax: Axes, sides: Sequence[str], *, label: int = 6, limits: tuple[float, float] | None = None
    ) -> None:
        self.ax, self.sides, self.label = ax, list(sides), label
        self.ends: dict[str, float] = {}
        self.leading: dict[str, list[str]] = {}
        self.missing = 0
        self._fixed = limits
        self._limits: tuple[float, float] | None = None
        self._share = len(self.sides) * _STRIP
        width, self._height = s.size_in_points(ax)
        self._letters = int(width / (0.62 * s.SMALL))
        self._frame()
        self.lines = {name: self._line(name) for name in ("whole", *self.sides, *["sum"][: len(self.sides) - 1])}
        beside: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": s.MEDIUM}
        scores = [name for name in self.lines if name != "whole"]
        self._ends = {name: ax.text(1.012, 0, "", color=_COLOURS[name], **beside) for name in scores}
        if "sum" in self._ends:
            self._ends["sum"].set_fontweight("bold")
        self._strips = {side: _Strip(ax, side, place * _STRIP) for place, side in enumerate(reversed(self.sides))}
        self.live: list[Artist] = [*self.lines.values(), *self._ends.values()]
        self.live += [artist for strip in self._strips.values() for artist in strip.live]

    @property
    def notes(self) -> list[str]:
        """What the reader must know beside the picture."""
        named = ["dark and named: the genes that contribute most"] if self.label else []
        return named + s.not_drawn(self.missing, "gene", "without a rank")

    def caption(self, title: str | None = None) -> None:
        """Write the title, and the notes below the axis where they have changed."""
        x = "\n".join([_PERCENTILE, *self.notes])
        if title is not None or x != self.ax.get_xlabel():
            s.caption(self.ax, title=title, x=x, y=self.ax.get_ylabel())

    def update(self, evidence: pd.DataFrame, *, whole: pd.DataFrame | None = None) -> None:
        """Draw another table; `whole` is the table before genes were left out, as a grey broken line."""
        genes = _ranked(evidence)
        self.missing = len(evidence) - len(genes)
        parts = {name: genes if name == "sum" else genes[genes["side"] == name] for name in self._ends}
        drawn = {name: running_sum(part) for name, part in parts.items()}
        if whole is not None:
            drawn["whole"] = running_sum(_ranked(whole))
        self._scale(np.concatenate([y for _, y in drawn.values()]))
        for name, line in self.lines.items():
            line.set_data(*drawn.get(name, ([], [])))
        self.ends = {name: float(drawn[name][1][-1]) for name, part in parts.items() if len(part)}
        self._name_ends()
        for side, strip in self._strips.items():
            self.leading[side] = strip.update(parts[side], self.label, self._letters)

    def _frame(self) -> None:
        ax = self.ax
        s.tidy(ax, spines=("bottom",))
        ax.axhline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        ax.axvline(50, color=s.GUIDE, linewidth=0.7, zorder=0)
        ax.plot([0, 1], [self._share] * 2, transform=ax.transAxes, color=s.FAINT, linewidth=0.7)
        ax.set(xlim=(-0.6, 100.6), xticks=s.PERCENTILE_TICKS)
        y = "running sum of contributions\n← against        with the query →"
        s.caption(ax, x=_PERCENTILE, y=y)
        ax.yaxis.label.set_y((1 + self._share) / 2)  # the middle of the part that it is about

    def _line(self, name: str) -> Any:
        style: dict[str, Any] = {"linewidth": 1.9 if name == "sum" else 1.4, "label": f"z_{name}", "zorder": 3}
        if name == "whole":
            style = {"linewidth": 1.3, "linestyle": (0, (3, 2)), "label": "_whole", "zorder": 2}
        return self.ax.plot([], [], drawstyle="steps-post", color=_COLOURS[name], **style)[0]

    def _scale(self, heights: np.ndarray) -> None:
        """Give the sums the part of the axes above the strips; unchanged limits leave the axes as they are."""
        from matplotlib.ticker import MaxNLocator

        low, high = float(heights.min()), float(heights.max())
        if self._fixed is not None:
            low, high = self._fixed = min(low, self._fixed[0]), max(high, self._fixed[1])
        if (low, high) == self._limits:
            return
        self._limits = low, high
        margin = 0.06 * max(high - low, 1e-6)
        low, high = low - margin, high + margin
        self.ax.set_ylim(low - (high - low) * self._share / (1 - self._share), high)
        ticks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        self.ax.set_yticks([tick for tick in ticks if low <= tick <= high])

    def _name_ends(self) -> None:
        """Write each score at the right end of its line, apart enough to be read."""
        bottom, top = self.ax.get_ylim()
        names = sorted(self.ends, key=lambda name: (self.ends[name], name))
        step = 1.35 * s.MEDIUM / self._height * (top - bottom)
        heights = s.spread([self.ends[name] for name in names], step, bottom, top) if names else np.array([])
        for text in self._ends.values():
            text.set_text("")
        for name, height in zip(names, heights, strict=True):
            self._ends[name].set(y=float(height), text=f"z_{name} = {signed(self.ends[name], 2)}")


def _ranked(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the genes that have a rank, the most down first."""
    known = np.isfinite(evidence["percentile"].to_numpy()) & np.isfinite(evidence["contribution"].to_numpy())
    rows = np.flatnonzero(known)
    order = rows[np.argsort(evidence["percentile"].to_numpy()[rows], kind="stable")]
    return evidence[["gene", "side", "percentile", "contribution"]].iloc[order]


def running_sum(genes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return percentiles, 0 and 100 at the ends, and the running sum of contributions of genes in rank order."""
    total = np.cumsum(genes["contribution"].to_numpy())
    x = np.concatenate([[0.0], genes["percentile"].to_numpy(), [100.0]])
    return x, np.concatenate([[0.0], total, total[-1:] if len(total) else [0.0]])


class _Strip:
    """A tick for each gene of one side between `base` and `base` + _STRIP, and the names that contribute most."""

    def __init__(self, ax: Axes, side: str, base: float) -> None:
        self._side, colour, across = side, _COLOURS[side], ax.get_xaxis_transform()
        self._bottom, self._top = base + 0.42 * _STRIP, base + 0.92 * _STRIP
        # Ticks overlap where genes crowd: the named ones are in front, higher and darker.
        style: dict[str, Any] = {"color": colour, "transform": across}
        self._pale = ax.vlines([], 0, 1, alpha=0.45, linewidth=0.8, **style)
        self._dark = ax.vlines([], 0, 1, linewidth=1.3, zorder=4, **style)
        text: dict[str, Any] = {"transform": ax.transAxes, "color": colour, **s.PLAIN}
        middle = (self._bottom + self._top) / 2
        self._count = ax.text(1.012, middle, "", va="center", fontsize=s.MEDIUM, **text)
        self._left, self._right = (
            ax.text(x, base + 0.04 * _STRIP, "", ha=side, va="bottom", fontsize=s.SMALL, **text)
            for x, side in ((0.004, "left"), (0.996, "right"))
        )
        self._floor = base + 0.36 * _STRIP
        self.live: list[Artist] = [self._pale, self._dark, self._count, self._left, self._right]

    def update(self, part: pd.DataFrame, label: int, letters: int) -> list[str]:
        """Draw the genes of the list; return those that are named, the largest contribution first."""
        order = np.argsort(-part["contribution"].abs().to_numpy(), kind="stable")[:label]
        strongest = np.zeros(len(part), dtype=bool)
        strongest[order] = True
        x, genes = part["percentile"].to_numpy(), part["gene"].to_numpy(dtype=object)
        for artist, these, bottom in ((self._pale, ~strongest, self._bottom), (self._dark, strongest, self._floor)):
            artist.set_segments([[(one, bottom), (one, self._top)] for one in x[these].tolist()])
        self._count.set_text(counted(len(part), f"{self._side} gene"))
        down, up = ([s.plain(gene, 14) for gene in genes[strongest & there]] for there in (x <= 50, x > 50))
        self._left.set_text(_APART.join(_outermost(down, letters, up)))
        self._right.set_text(_APART.join(_outermost(up[::-1], letters, down)[::-1]))
        return [str(gene) for gene in genes[order]]


def _outermost(names: list[str], letters: int, others: list[str]) -> list[str]:
    """Return the names from the end of the scale inwards; "…" is the rest.

    Of a line of `letters` they have half, or what the `others` at its other end leave free if that is more.
    """
    taken = sum(len(name) + 2 for name in others)
    fitting = np.cumsum([len(name) + 2 for name in names]) <= max(letters // 2, letters - taken) - 2
    return names if fitting.all() else [*names[: int(fitting.sum())], "…"]
