"""plot_evidence: which genes carry the verdict on one signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed
from ._ink import (
    DOWN_COLOUR,
    FAINT,
    GUIDE,
    INK,
    MEDIUM,
    PERCENTILE_ENDS,
    PLAIN,
    SMALL,
    UP_COLOUR,
    axes_for,
    caption,
    check_axes,
    plain,
    signed,
    tidy,
)
from ._placing import spread
from ._tables import check_count, check_percentiles, check_table, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MADE_BY = "explain_concordance"
_COLOURS = {"up": UP_COLOUR, "down": DOWN_COLOUR}
_STRIP = 0.15  # height of one strip of gene ticks, as a fraction of the axes


def plot_evidence(
    evidence: pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: int = 6,
    title: str | None = None,
) -> Axes:
    """Draw how the query's genes add up to the scores of one signature, from its most down to its most up
    gene.

    Parameters
    ----------
    evidence : DataFrame
        The table made by :func:`explain_concordance`: columns ``gene``, ``side`` ("up" or "down"),
        ``percentile`` and ``contribution``. Genes without a rank are left out, and the label of the axis says
        how many.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    label : int, default 6
        How many genes of each side to name and to draw darker: those with the largest contribution, for or
        against. They are listed at the end of the scale where they lie, the outermost gene outermost.
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
    A running sum adds the ``contribution`` of the genes in rank order; nothing else is computed. It therefore
    ends at ``z_up`` (up genes), ``z_down`` (down genes) and ``z_sum`` (both, black). Contributions are signed
    by agreement with the query: an up gene on the up end and a down gene on the down end lift the sum, so the
    line of the up genes first falls and the line of the down genes first rises in every signature. Only the
    ends are scores.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame(
    ...     {"gene": ["HMOX1", "CCND1"], "side": ["up", "down"], "percentile": [99.2, 3.1],
    ...      "contribution": [1.7, 1.6]}
    ... )
    >>> ax = plot_evidence(table, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts if "z_sum" in text.get_text()]
    ['z_sum = +3.30']
    """
    label = check_count("label", label, 0)
    check_axes(ax, title)
    table = check_table("evidence", evidence, ("gene", "side", "percentile", "contribution"), _MADE_BY)
    unknown = sorted(set(map(str, table["side"])) - set(_COLOURS))
    if unknown:
        raise LincsInterpError(
            f'evidence: side holds {listed(map(repr, unknown))}, but a side is "up" or "down":'
            f" pass the table as {_MADE_BY} made it."
        )
    percentile = numbers("evidence: percentile", table["percentile"])
    check_percentiles("evidence: percentile", percentile)
    contribution = numbers("evidence: contribution", table["contribution"])
    known = ~np.isnan(percentile) & ~np.isnan(contribution)
    if not known.any():
        raise LincsInterpError("evidence has no gene with both a percentile and a contribution: nothing to draw.")
    genes = pd.DataFrame(
        {
            "gene": table["gene"].to_numpy(dtype=object),
            "side": table["side"].to_numpy(dtype=object),
            "percentile": percentile,
            "contribution": contribution,
        }
    )[known].sort_values("percentile", kind="stable", ignore_index=True)
    sides = [side for side in _COLOURS if (genes["side"] == side).any()]

    ax = axes_for(ax, 7.2, 3.4 + 0.6 * len(sides))
    ends = _draw_sums(ax, genes, sides)
    low = _reserve_strips(ax, len(sides))
    _name_ends(ax, ends)
    for place, side in enumerate(sides):
        base = (len(sides) - 1 - place) * _STRIP
        _draw_strip(ax, genes[genes["side"] == side], side, base, label)
    ax.axhline(low, color=FAINT, linewidth=0.7)
    tidy(ax, spines=("bottom",))
    ax.set(xlim=(-0.6, 100.6), xticks=(0, 25, 50, 75, 100))
    left_out = int((~known).sum())
    notes = [f"{counted(left_out, 'gene')} without a rank not drawn"] if left_out else []
    if label:
        notes.insert(0, "dark and named: the genes that count most")
    x = f"percentile ({PERCENTILE_ENDS})"
    y = "running sum of contributions\n← against        with the query →"
    caption(ax, title=title, x=x, y=y, notes=notes)
    ax.yaxis.label.set_y((1 + len(sides) * _STRIP) / 2)  # the middle of the part that it speaks of
    return ax


def _draw_sums(ax: Axes, genes: pd.DataFrame, sides: list[str]) -> list[tuple[float, str, str]]:
    """Draw the running sums; return where each ends, its name and its colour."""
    lines = [(side, genes[genes["side"] == side], _COLOURS[side], 1.4) for side in sides]
    if len(sides) == 2:
        lines.append(("sum", genes, INK, 1.9))
    ax.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
    ax.axvline(50, color=GUIDE, linewidth=0.7, zorder=0)
    ends = []
    for name, part, colour, width in lines:
        total = np.cumsum(part["contribution"].to_numpy())
        x = np.concatenate([[0.0], part["percentile"].to_numpy(), [100.0]])
        y = np.concatenate([[0.0], total, total[-1:]])
        ax.plot(x, y, drawstyle="steps-post", color=colour, linewidth=width, label=f"z_{name}", zorder=3)
        ends.append((float(total[-1]), f"z_{name}", colour))
    return ends


def _reserve_strips(ax: Axes, strips: int) -> float:
    """Leave the lower part of the axes to the strips; return the value at which they begin."""
    from matplotlib.ticker import MaxNLocator

    heights = np.concatenate([line.get_ydata() for line in ax.get_lines() if str(line.get_label())[:2] == "z_"])
    low, high = float(heights.min()), float(heights.max())
    margin = 0.06 * max(high - low, 1e-6)
    low, high = low - margin, high + margin
    share = strips * _STRIP
    ax.set_ylim(low - (high - low) * share / (1 - share), high)
    ticks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    ax.set_yticks([tick for tick in ticks if low <= tick <= high])
    return low


def _name_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Write each score at the right end of its line, apart enough to be read."""
    bottom, top = ax.get_ylim()
    axes_height = ax.get_window_extent().height * 72 / ax.figure.dpi
    step = 1.35 * MEDIUM / axes_height * (top - bottom)
    ordered = sorted(ends)
    heights = spread([end for end, _, _ in ordered], step, bottom, top)
    for height, (end, name, colour) in zip(heights, ordered, strict=True):
        weight = "bold" if name == "z_sum" else "normal"
        text = f"{name} = {signed(end, 2)}"
        place: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center"}
        ax.text(1.012, height, text, fontsize=MEDIUM, color=colour, fontweight=weight, **place)


def _draw_strip(ax: Axes, part: pd.DataFrame, side: str, base: float, label: int) -> None:
    """A tick for each gene of one side between `base` and `base` + _STRIP, and the names that count most."""
    colour, across = _COLOURS[side], ax.get_xaxis_transform()
    size = part["contribution"].abs().to_numpy()
    strongest = np.zeros(len(part), dtype=bool)
    strongest[np.argsort(-size, kind="stable")[:label]] = True
    x = part["percentile"].to_numpy()
    bottom, top = base + 0.42 * _STRIP, base + 0.92 * _STRIP
    # Ticks overlap where genes crowd: the named ones stand in front, higher and darker.
    ax.vlines(x[~strongest], bottom, top, color=colour, alpha=0.45, linewidth=0.8, transform=across)
    ax.vlines(x[strongest], base + 0.36 * _STRIP, top, color=colour, linewidth=1.3, transform=across, zorder=4)
    words = counted(len(part), f"{side} gene")
    ax.text(1.012, (bottom + top) / 2, words, transform=ax.transAxes, va="center", fontsize=MEDIUM, color=colour)
    named = part[strongest]
    at_down, at_up = (named["gene"][keep] for keep in (named["percentile"] <= 50, named["percentile"] > 50))
    width = ax.get_window_extent().width * 72 / ax.figure.dpi
    letters = int(width / (0.62 * SMALL))
    left, right = _outermost(at_down, letters, at_up), _outermost(at_up[::-1], letters, at_down)[::-1]
    row: dict[str, Any] = {"va": "bottom", "fontsize": SMALL, "color": colour, **PLAIN}
    row["transform"] = ax.transAxes
    ax.text(0.004, base + 0.04 * _STRIP, "  ".join(left), ha="left", **row)
    ax.text(0.996, base + 0.04 * _STRIP, "  ".join(right), ha="right", **row)


def _outermost(genes: pd.Series, letters: int, others: pd.Series) -> list[str]:
    """Return the names from the end of the scale inwards; "…" is the rest.

    Of a line of `letters` they have half, or what the `others` at its other end leave free if that is more.
    """
    names = [plain(gene, 14) for gene in genes]
    taken = sum(len(plain(gene, 14)) + 2 for gene in others)
    fitting = np.cumsum([len(name) + 2 for name in names]) <= max(letters // 2, letters - taken) - 2
    return names if fitting.all() else [*names[: int(fitting.sum())], "…"]
