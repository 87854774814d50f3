"""plot_gene: one gene over all signatures, before its own habit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, kind, listed, shown
from ._style import (
    CALL_COLOURS,
    CALL_MARKERS,
    DOWN_COLOUR,
    FAINT,
    GUIDE,
    INK,
    LEADER,
    NAME_LETTER,
    PERCENTILE_ENDS,
    PLAIN,
    SMALL,
    UP_COLOUR,
    axes_for,
    caption,
    name_beside,
    percent,
    place_words,
    plain,
    room_points,
    tidy,
)
from ._tables import check_axes, check_percentiles, check_series, numbers, row_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The outer percentiles on either side that count as extreme; by chance a gene is there in 1% of signatures each.
EXTREME = 1.0

_APART = 10.0  # points between the words on both ends; where they have not these, one stands above the other
_BIN = 5.0  # percentiles in one bar of the habit
_HABIT_HEIGHT = 1.7  # rows
_ROW = "one row, such as ranks.percentiles().loc['HMOX1']"
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
    """Draw where one gene stands in every signature, and where it stands in signatures chosen for nothing.

    Parameters
    ----------
    percentiles : Series by signature
        The gene's percentiles from 0 (most down) to 100 (most up): one row of ``ranks.percentiles()``. Its name is
        taken for the gene's. Missing values are left out, and the label of the axis says how many.
    background : Series by signature, optional
        The same gene's percentiles in unselected signatures: its habit.
    highlight : str or iterable of str, optional
        Signatures to mark with a diamond, named at the right of the axes: leave room there, or give the figure of
        ``ax`` the layout "constrained".
    calls : Series or mapping, optional
        The call of each signature (``scores["call"]``): then each call has a row of its own.
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    labels : DataFrame, Series or mapping, optional
        What to call the highlighted signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or
        texts by id. Without it the id, cut in the middle.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        A mark for each signature, moved a little up or down only to be seen; below, the habit as bars of 5 percentiles
        and a dashed line at the height that all bars would have by chance. The lowest and the highest 1% are shaded,
        and above them stands what share of the signatures, and how many, lie there.

    Raises
    ------
    LincsInterpError
        If there is no row, no number, a value outside 0-100, no signature called ``highlight``, or an unknown call.

    Notes
    -----
    Below percentile 1 and above 99 is extreme, as in :func:`gene_baseline`. That function gives tied genes the mean
    rank of their tie first; the percentiles drawn here are taken as they are, and ``ranks.percentiles()`` gives tied
    genes the place of the rank in the file. Of tied data the shares here may therefore differ from ``share_low`` and
    ``share_high``.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> row = pd.Series({"drug A": 99.6, "drug B": 41.0}, name="HMOX1")
    >>> ax = plot_gene(row, highlight="drug A", ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['lowest 1%\\n0% (0 of 2)', 'highest 1%\\n50% (1 of 2)', 'drug A: 99.6']
    """
    check_axes(ax, title)
    values, missing = _known("percentiles", check_series("percentiles", percentiles, _ROW))
    habit = None if background is None else _known("background", check_series("background", background, _ROW))[0]
    marked = _marked(percentiles, highlight)
    names, shared = row_names(percentiles.index[marked], labels, 36)
    rows = _rows(values.index, calls)

    ax = axes_for(
        ax, 6.0 + (2.4 if marked else 0), 1.85 + 0.42 * (len(rows) + (_HABIT_HEIGHT if habit is not None else 0))
    )
    heads = [f"{call} ({len(places):,})" for call, places in rows.items()]
    y = np.empty(len(values))
    for row, (call, places) in enumerate(rows.items()):
        # Steps of the golden ratio fill a row evenly, whatever the number of signatures.
        y[places] = row + 0.56 * ((np.arange(len(places)) * 0.618034) % 1 - 0.5) if len(places) > 1 else row
        _draw_row(ax, values.to_numpy()[places], y[places], call)
    floor = len(rows) - 0.5 + (_HABIT_HEIGHT if habit is not None else 0)
    if habit is not None:
        _draw_habit(ax, habit.to_numpy(), floor)
        heads.append(f"habit ({len(habit):,})")
    _draw_frame(ax, heads, len(rows), floor)
    room, _ = room_points(ax, NAME_LETTER * max(map(len, [*names, ""])) + 100, 0)
    pad = _count_extremes(ax, values.to_numpy(), habit, room)
    notes = _mark(ax, percentiles, values, y, marked, names)
    notes += [f"all named: {plain(shared, 60)}"] if shared else []
    notes += [f"{counted(missing, 'signature')} without a rank not drawn"] if missing else []
    notes = [f"shaded = extreme: by chance {EXTREME:g}% at each end", *notes]
    of = f" of {plain(percentiles.name, 24)}" if percentiles.name is not None else ""
    caption(ax, title=title, x=f"percentile{of}\n{PERCENTILE_ENDS}", notes=notes, pad=pad)
    return ax


def _known(argument: str, series: pd.Series) -> tuple[pd.Series, int]:
    """Return the values that are there, as floats, and how many are not."""
    values = numbers(argument, series)
    check_percentiles(argument, values)
    there = ~np.isnan(values)
    return pd.Series(values[there], index=series.index[there]), int((~there).sum())


def _marked(percentiles: pd.Series, highlight: str | Iterable[str] | None) -> list[int]:
    """Return the places of the highlighted signatures; raise where a name fits none or several."""
    if highlight is None:
        return []
    places = []
    for name in [highlight] if isinstance(highlight, str) or not isinstance(highlight, Iterable) else highlight:
        if not pd.api.types.is_scalar(name):
            raise LincsInterpError(f"highlight holds {kind(name)}: pass names of single signatures, or a list of them.")
        found = np.flatnonzero(percentiles.index == name)
        if len(found) != 1:
            words = "is not" if not len(found) else f"stands {len(found)} times"
            raise LincsInterpError(
                f"highlight {shown(name)!r} {words} among the {counted(len(percentiles), 'signature')} of percentiles:"
                f" pass names of single ones, such as {listed(map(repr, percentiles.index), 2)}."
            )
        places.append(int(found[0]))
    return list(dict.fromkeys(places))


def _rows(signatures: pd.Index, calls: object) -> dict[str, np.ndarray]:
    """Return name -> places of the signatures that stand in one row."""
    if calls is None:
        return {"signatures": np.arange(len(signatures))}
    if not isinstance(calls, pd.Series | Mapping):
        raise LincsInterpError(
            f"calls is a {type(calls).__name__}: pass scores['call'], or a mapping from signature id to call."
        )
    known = dict(calls.items())
    words = np.array([str(known[name]) if name in known else _NO_CALL for name in signatures], dtype=object)
    unknown = sorted(set(words) - set(CALL_COLOURS) - {_NO_CALL})
    if unknown:
        raise LincsInterpError(
            f"calls holds {listed(map(repr, unknown))}, but a call is {' or '.join(CALL_COLOURS)}: pass scores['call']."
        )
    found = {call: np.flatnonzero(words == call) for call in (*CALL_COLOURS, _NO_CALL)}
    return {call: places for call, places in found.items() if len(places)}


def _draw_row(ax: Axes, x: np.ndarray, y: np.ndarray, call: str) -> None:
    quiet = call not in CALL_COLOURS or call == "unresolved"
    style: dict[str, Any] = {"color": CALL_COLOURS.get(call, FAINT), "marker": CALL_MARKERS.get(call, "o")}
    # Many marks overlap: fainter ones let the eye see where they crowd.
    opacity = float(np.clip(60 / len(x), 0.15, 0.9))
    edge = "none" if len(x) > 300 else (FAINT if quiet else INK)
    ax.scatter(x, y, s=20 if quiet else 26, alpha=opacity, edgecolors=edge, linewidths=0.5, zorder=3, **style)


def _draw_habit(ax: Axes, habit: np.ndarray, floor: float) -> None:
    """Bars that stand on `floor`; the highest one fills the height, so that the chance line tells the scale."""
    share, edges = np.histogram(habit, bins=np.arange(0, 100 + _BIN, _BIN), weights=np.full(len(habit), 1 / len(habit)))
    chance = _BIN / 100
    scale = (_HABIT_HEIGHT - 0.3) / max(float(share.max()), chance)
    bars: dict[str, Any] = {"align": "edge", "color": LEADER, "edgecolor": "white", "linewidth": 0.6}
    ax.bar(edges[:-1], -share * scale, width=_BIN, bottom=floor, zorder=2, label="habit", **bars)
    ax.hlines(floor - chance * scale, 0, 100, color=INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=3)
    ax.annotate(
        "chance",
        (50, floor - chance * scale),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6},
        zorder=4,
    )


def _draw_frame(ax: Axes, names: list[str], rows: int, floor: float) -> None:
    tidy(ax, spines=("bottom",))
    for low, colour in ((0.0, DOWN_COLOUR), (100 - EXTREME, UP_COLOUR)):
        ax.axvspan(low, low + EXTREME, color=colour, alpha=0.3, linewidth=0, zorder=0)
    ax.axvline(50, color=GUIDE, linewidth=0.7, zorder=0)
    ax.hlines(np.arange(rows), 0, 100, color=GUIDE, linewidth=0.8, zorder=1)
    places = [*range(rows), floor - (_HABIT_HEIGHT - 0.3) / 2][: len(names)]
    ax.set_yticks(places, labels=names, fontsize=SMALL, **PLAIN)
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-1.5, 101.5), ylim=(floor, -0.6), xticks=(0, 25, 50, 75, 100))


def _count_extremes(ax: Axes, values: np.ndarray, habit: pd.Series | None, room: float) -> float:
    """Write above both ends how many signatures are extreme there; return the height of these words in points."""
    height = (3 if habit is not None else 2) * 1.3 * SMALL + 4
    words = {}
    for end in ("lowest", "highest"):
        words[end] = [f"{end} {EXTREME:g}%", _share_beyond(values, end)]
        words[end] += [f"habit {_share_beyond(habit.to_numpy(), end)}"] if habit is not None else []
    abreast = room > NAME_LETTER * sum(max(map(len, lines)) for lines in words.values()) + _APART
    for end, x, colour in (("lowest", 0.0, DOWN_COLOUR), ("highest", 1.0, UP_COLOUR)):
        ax.annotate(
            "\n".join(words[end]),
            (x, 1),
            xycoords="axes fraction",
            xytext=(0, 3 + (height if x and not abreast else 0)),
            textcoords="offset points",
            ha="right" if x else "left",
            va="bottom",
            fontsize=SMALL,
            color=colour,
            annotation_clip=False,
        )
    return (height if abreast else 2 * height) + 6


def _share_beyond(values: np.ndarray, end: str) -> str:
    """Return "4.5% (9 of 200)"; a value on the very edge is not beyond it, as in gene_baseline."""
    beyond = values < EXTREME - 1e-9 if end == "lowest" else values > 100 - EXTREME + 1e-9
    return f"{percent(float(beyond.mean()))} ({beyond.sum():,} of {len(values):,})"


def _mark(
    ax: Axes, percentiles: pd.Series, values: pd.Series, y: np.ndarray, marked: list[int], names: list[str]
) -> list[str]:
    """A diamond for each highlighted signature and its name beside; return notes on those that cannot be drawn."""
    # Ids may repeat: places among the known values are counted, not looked up.
    there = np.flatnonzero(~np.isnan(numbers("percentiles", percentiles)))
    drawn = {
        int(np.searchsorted(there, place)): name for place, name in zip(marked, names, strict=True) if place in there
    }
    if drawn:
        points = np.column_stack([values.to_numpy()[[*drawn]], y[[*drawn]]])
        colours = [UP_COLOUR if x > 50 else DOWN_COLOUR for x in points[:, 0]]
        ax.scatter(
            points[:, 0], points[:, 1], s=42, marker="D", c=colours, edgecolors="white", linewidths=0.8, zorder=5
        )
        texts = [f"{name}: {place_words(x)}" for name, x in zip(drawn.values(), points[:, 0], strict=True)]
        name_beside(ax, points, texts)
    lost = [name for place, name in zip(marked, names, strict=True) if place not in there]
    return [f"{name} has no rank of this gene" for name in lost]
