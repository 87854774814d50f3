"""Draw the genes of one signature: what each adds to its scores, and where z_sum goes without one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import one_of, whole_number, wrong
from .._util.text import counted, number, signed
from . import style as s
from ._tables import check_words, percentile_numbers, prepare

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_COLOURS = s.SIDE_COLOURS | {"sum": s.INK, "whole": "#9A9A9A"}
_STRIP = 0.15  # height of one strip of gene ticks, as a fraction of the axes
_PERCENTILE = f"percentile ({s.PERCENTILE_ENDS})"
_APART = "  "  # between the names of a strip
_HEAD = 2.5 * s.SMALL  # points; two lines above the columns of numbers
_MARKERS = {"up": "o", "down": "s"}


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
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above.
    label : int, default 6
        How many genes of each side to name and to draw darker: those with the largest contribution, for or against.
        The names are at the end of the scale where the genes are, the outermost outermost.

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
    numeric, made_by = ("percentile", "contribution"), "explain_concordance"
    table = prepare("evidence", evidence, made_by, needs=("gene", "side"), numeric=numeric, ax=ax, title=title)
    percentile_numbers("evidence", table["percentile"])
    known = _ranked(table)
    if known.empty:
        problem = "has no gene with both a percentile and a contribution, so there is nothing to draw"
        raise wrong("evidence", evidence, problem, f"pass the table made by {made_by}")
    sides = [side for side in s.SIDE_COLOURS if (known["side"] == side).any()]
    ax = s.axes_for(ax, 7.2, 3.4 + 0.6 * len(sides))
    picture = EvidencePicture(ax, sides, label=label)
    picture.update(table)
    picture.caption(title)
    return ax


class EvidencePicture:
    """Running sums of contributions above, a strip of gene ticks for each list below; built once on `ax`.

    With `limits` the running sums of all tables to come have one scale, and a line that would leave it widens it.
    `ends` is where each running sum ends, `leading` the genes of each side that are named, the largest contribution
    first, and `missing` how many genes have no rank.
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
        self._letters = int(s.size_in_points(ax)[0] / (0.62 * s.SMALL))  # of a line of names
        self._build_frame()
        self.lines = {name: self._build_line(name) for name in ("whole", *self.sides, *["sum"][: len(self.sides) - 1])}
        beside: dict[str, Any] = {"transform": ax.transAxes, "va": "center", "fontsize": s.MEDIUM}
        self._ends = {name: ax.text(1.012, 0, "", color=_COLOURS[name], **beside) for name in list(self.lines)[1:]}
        if "sum" in self._ends:
            self._ends["sum"].set_fontweight("bold")
        self._strips = {side: _Strip(ax, side, place * _STRIP) for place, side in enumerate(reversed(self.sides))}
        self.live: list[Artist] = [*self.lines.values(), *self._ends.values()]
        self.live += [artist for strip in self._strips.values() for artist in strip.live]

    def caption(self, title: str | None = None) -> None:
        """Write the title, and the notes below the axis where they have changed."""
        notes = ["dark and named: the genes that contribute most"] if self.label else []
        x = "\n".join([_PERCENTILE, *notes, *s.not_drawn(self.missing, "gene", "without a rank")])
        if title is not None or x != self.ax.get_xlabel():
            s.caption(self.ax, title=title, x=x)

    def update(self, evidence: pd.DataFrame, *, whole: pd.DataFrame | None = None) -> None:
        """Draw another table; `whole` is the table before genes were left out, as a grey broken line."""
        genes = _ranked(evidence)
        self.missing = len(evidence) - len(genes)
        parts = {name: genes if name == "sum" else genes[genes["side"] == name] for name in self._ends}
        drawn = {name: _running_sum(part) for name, part in parts.items()}
        if whole is not None:
            drawn["whole"] = _running_sum(_ranked(whole))
        self._scale(np.concatenate([y for _, y in drawn.values()]))
        for name, line in self.lines.items():
            line.set_data(*drawn.get(name, ([], [])))
        self.ends = {name: float(drawn[name][1][-1]) for name, part in parts.items() if len(part)}
        heights = dict(zip(self.ends, s.apart(self.ax, list(self.ends.values()), s.MEDIUM).tolist(), strict=True))
        for name, text in self._ends.items():
            words = f"z_{name} = {signed(self.ends[name], 2)}" if name in self.ends else ""
            text.set(y=heights.get(name, 0), text=words)
        for side, strip in self._strips.items():
            self.leading[side] = strip.update(parts[side], self.label, self._letters)

    def _build_frame(self) -> None:
        ax = self.ax
        s.tidy(ax, spines=("bottom",))
        ax.axhline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        ax.axvline(50, color=s.GUIDE, linewidth=0.7, zorder=0)
        ax.plot([0, 1], [self._share] * 2, transform=ax.transAxes, color=s.FAINT, linewidth=0.7)
        ax.set(xlim=(-0.6, 100.6), xticks=s.PERCENTILE_TICKS)
        s.caption(ax, x=_PERCENTILE, y="running sum of contributions\n← against        with the query →")
        ax.yaxis.label.set_y((1 + self._share) / 2)  # the middle of the part that it is about

    def _build_line(self, name: str) -> Any:
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


def _ranked(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the genes that have a rank, the most down first."""
    percentile = evidence["percentile"].to_numpy()
    rows = np.flatnonzero(np.isfinite(percentile) & np.isfinite(evidence["contribution"].to_numpy()))
    order = rows[np.argsort(percentile[rows], kind="stable")]
    return evidence[["gene", "side", "percentile", "contribution"]].iloc[order]


def _running_sum(genes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return percentiles, 0 and 100 at the ends, and the running sum of contributions of genes in rank order."""
    total = np.cumsum(genes["contribution"].to_numpy())
    x = np.concatenate([[0.0], genes["percentile"].to_numpy(), [100.0]])
    return x, np.concatenate([[0.0], total, total[-1:] if len(total) else [0.0]])


class _Strip:
    """A tick for each gene of one side between `base` and `base` + _STRIP, and the names that contribute most."""

    def __init__(self, ax: Axes, side: str, base: float) -> None:
        self._side, colour = side, _COLOURS[side]
        self._floor, self._bottom, self._top = (base + part * _STRIP for part in (0.36, 0.42, 0.92))
        # Ticks overlap where genes crowd: the named ones are in front, higher and darker.
        style: dict[str, Any] = {"color": colour, "transform": ax.get_xaxis_transform()}
        self._pale = ax.vlines([], 0, 1, alpha=0.45, linewidth=0.8, **style)
        self._dark = ax.vlines([], 0, 1, linewidth=1.3, zorder=4, **style)
        text: dict[str, Any] = {"transform": ax.transAxes, "color": colour, **s.PLAIN}
        middle = (self._bottom + self._top) / 2
        self._count = ax.text(1.012, middle, "", va="center", fontsize=s.MEDIUM, **text)
        self._left, self._right = (
            ax.text(x, base + 0.04 * _STRIP, "", ha=side, va="bottom", fontsize=s.SMALL, **text)
            for x, side in ((0.004, "left"), (0.996, "right"))
        )
        self.live: list[Artist] = [self._pale, self._dark, self._count, self._left, self._right]

    def update(self, part: pd.DataFrame, label: int, letters: int) -> list[str]:
        """Draw the genes of the list; return those that are named, the largest contribution first."""
        order = np.argsort(-part["contribution"].abs().to_numpy(), kind="stable")[:label]
        strongest = np.isin(np.arange(len(part)), order)
        x, genes = part["percentile"].to_numpy(), part["gene"].to_numpy(dtype=object)
        for artist, these, bottom in ((self._pale, ~strongest, self._bottom), (self._dark, strongest, self._floor)):
            artist.set_segments([[(one, bottom), (one, self._top)] for one in x[these].tolist()])
        self._count.set_text(counted(len(part), f"{self._side} gene"))
        down, up = ([s.plain(gene, 14) for gene in genes[strongest & there]] for there in (x <= 50, x > 50))
        self._left.set_text(_APART.join(_outermost(down, letters, up)))
        self._right.set_text(_APART.join(_outermost(up[::-1], letters, down)[::-1]))
        return [str(gene) for gene in genes[order]]


def _outermost(names: list[str], letters: int, others: list[str]) -> list[str]:
    """Return the names from the end of the scale inwards; "…" is the rest."""
    # Of a line of `letters` they have half, or what the `others` at its other end leave free if that is more.
    taken = sum(len(name) + 2 for name in others)
    fitting = np.cumsum([len(name) + 2 for name in names]) <= max(letters // 2, letters - taken) - 2
    return names if fitting.all() else [*names[: int(fitting.sum())], "…"]


def plot_stability(
    stability: Any,
    *,
    top: int = 15,
    call: str | None = None,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw where z_sum goes when one gene is left out of the query, for the genes that move it most either way.

    Parameters
    ----------
    stability : result of :func:`leave_one_out`, or DataFrame
        ``leave_one_out(...)`` or its table ``.genes``: ``gene``, ``side`` ("up" or "down"), ``contribution``,
        ``z_sum_without``, ``call_without`` and ``shared_by``. Genes without a ``z_sum_without`` are left out, and the
        label of the axis shows how many.
    top : int, default 15
        At most so many genes, half of them those whose loss weakens the call most (these on top), half those whose
        loss strengthens it most; where one kind has fewer, the other fills up.
    call : str, optional
        The signature's call with all genes. Without it that of the result, or the commonest ``call_without``.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above.

    Returns
    -------
    Axes
        A red dot (up gene) or a blue square (down gene) at each ``z_sum_without``, joined to the line at the full
        ``z_sum``; at the right how many of the other top hits share the gene, and the call without the gene
        where that is another one. To the left the score is weaker, of a reverser to the right.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, ``side`` or a call holds another word.

    Notes
    -----
    The full ``z_sum`` is the sum of ``contribution`` over all rows. The axis need not begin at 0: its label says how
    much of the score the loss of one gene takes or gives at most. Of a clear call, a gene that contributes against
    it moves the score further than any that contributes to it, because a shorter list also scatters less: both are
    shown.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"gene": ["HMOX1", "CCND1"], "side": ["up", "down"], "contribution": [1.7, 1.6]})
    >>> table = table.assign(z_sum_without=[2.1, 2.4], call_without=["unresolved", "mimicker"], shared_by=[7, 2])
    >>> ax = plot_stability(table, call="mimicker", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['shared by\\nother hits', '7', '2', 'call\\nwithout it', 'unresolved']
    """
    top = whole_number("top", top)
    genes, made_by = getattr(stability, "genes", stability), "leave_one_out"
    call = getattr(stability, "call", None) if call is None else call
    needs, numeric = ("gene", "side", "call_without"), ("contribution", "z_sum_without", "shared_by")
    table = prepare("stability", genes, made_by, needs=needs, numeric=numeric, ax=ax, title=title)
    known = table.dropna(subset="z_sum_without")
    calls = known["call_without"].astype(str)
    check_words("stability", calls, s.CALL_COLOURS, "call_without", f"pass the table made by {made_by}")
    if call is not None:
        one_of("call", call, s.CALL_COLOURS)
    if table["contribution"].isna().all() or known.empty:
        problem = "has no gene with a contribution and a z_sum_without, so there is nothing to draw"
        raise wrong("stability", stability, problem, "score with at least two genes, so that one can be left out")
    full = float(table["contribution"].sum())
    shift = (known["z_sum_without"] - full) * (1 if full >= 0 else -1)  # below 0: weaker without the gene
    part = known.iloc[_outer(shift.to_numpy(), top)]

    ax = s.axes_for(ax, 6.8, 1.8 + 0.24 * len(part))
    line = _draw_line(ax, full, part["z_sum_without"].to_numpy())
    key = [*_draw_lollipops(ax, full, part), line]
    _write_columns(ax, part, call if call is not None else str(calls.mode().iloc[0]))
    s.tidy(ax, grid="x", spines=("bottom",))
    s.name_rows(ax, np.arange(len(part)), [s.plain(gene, 24) for gene in part["gene"]])
    ax.set_ylim(len(part) - 0.4, -0.6)
    notes = [f"one gene moves it by {shift.abs().max():.2g} at most" + (f", of {signed(full, 2)}" if full else "")]
    notes.append("shared by: in how many other top hits the gene contributes the same way")
    notes += [f"the outer {len(part):,} of {counted(len(known), 'gene')}"] if len(part) < len(known) else []
    lost = len(table) - len(known)
    notes += [f"{counted(lost, 'gene')} not drawn: no rank, or no score without it"] if lost else []
    ends = "← weaker      stronger →" if full >= 0 else "← stronger      weaker →"
    x = f"z_sum without the gene (+ mimics, − reverses)\n{ends}"
    s.caption(ax, title=title, x=x, notes=notes, key=key, above=_HEAD)
    return ax


def _outer(shift: np.ndarray, top: int) -> np.ndarray:
    """Return the places of the `top` values furthest to both sides, lowest first."""
    order, weaker = np.argsort(shift, kind="stable"), int((shift < 0).sum())
    first = min(weaker, max(-(-top // 2), top - (len(order) - weaker)))
    return np.concatenate([order[:first], order[max(first, len(order) - (top - first)) :]])


def _draw_line(ax: Axes, full: float, without: np.ndarray) -> Any:
    """Draw the full score, and 0 where it is near: beyond it is the other call."""
    low, high = min(float(without.min()), full), max(float(without.max()), full)
    span = max(high - low, 0.02 * max(1.0, abs(full)))  # no axis of digits where nothing moves
    ax.set_xlim(low - 0.12 * span, high + 0.12 * span)
    if low <= 0 <= high:
        ax.axvline(0, color=s.FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
    return ax.axvline(full, color=s.INK, linewidth=1.3, zorder=2, label=f"z_sum = {signed(full, 2)}")


def _draw_lollipops(ax: Axes, full: float, part: pd.DataFrame) -> list[Any]:
    places, z, sides = np.arange(len(part)), part["z_sum_without"].to_numpy(), part["side"].to_numpy().astype(str)
    ax.hlines(places, np.minimum(z, full), np.maximum(z, full), color=s.GUIDE, linewidth=2.2, zorder=2)
    handles = []
    for side in (side for side in _MARKERS if side in sides):
        style: dict[str, Any] = {"marker": _MARKERS[side], "color": s.SIDE_COLOURS[side], "edgecolors": "white"}
        style |= {"s": 34, "linewidths": 0.6, "zorder": 3, "label": f"{side} gene"}
        handles.append(ax.scatter(z[sides == side], places[sides == side], **style))
    return handles


def _write_columns(ax: Axes, part: pd.DataFrame, usual: str) -> None:
    """Write at the right how many of the top hits share each gene; and, where its loss changes the call, to which."""
    shared = [number(n) for n in part["shared_by"]]
    calls = [call if call != usual else "" for call in part["call_without"].astype(str)]
    columns = [("shared by\nother hits", shared, 6), ("call\nwithout it", calls, 58)]
    style: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "ha": "left", **s.TEXT}
    for head, words, x in columns if any(calls) else columns[:1]:
        ax.annotate(head, (1, 1), xycoords="axes fraction", xytext=(x, 2), va="bottom", **style)
        for place, text in enumerate(words):
            if text:
                across = ax.get_yaxis_transform()
                ax.annotate(text, (1, place), xycoords=across, xytext=(x, 0), va="center", **style)
