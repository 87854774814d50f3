"""Draw tables of scores: do both lists agree, which signatures are at the ends, what do unrelated signatures score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted, percent, signed
from ..core.calls import SIDE_Z
from . import style as s
from ._tables import both_ends, prepare, row_names, strongest

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# Where in the axes -> what signatures in this quarter do; not in the corners, where the strongest signatures are.
_QUADRANTS = {
    (0.515, 0.985): "mimickers:\nboth lists agree",
    (0.485, 0.015): "reversers:\nboth lists are opposite",
    (0.485, 0.985): "lists disagree:\nboth sets down",
    (0.515, 0.015): "lists disagree:\nboth sets up",
}
_MADE_BY = "score_concordance"
_SCORES = ("z_up", "z_down", "z_sum")
_ENDS = {"up": "← pushed down      pushed up →", "down": "← pushed up      pushed down →"}
_SHADES = {"up": 1.0, "down": 0.4}  # how much of its colour a bar keeps
# Neither up nor down nor a call: these curves are about the method.
_NULL_COLOURS = {"nominal": "#9C2A62", "calibrated": "#00707F"}
_BEYOND_COLOUR = "#F1EFEA"


def plot_scores(
    scores: pd.DataFrame,
    *,
    ax: Axes | None = None,
    label: int = 5,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw each signature at its z_up (across) and z_down (along), marked by its call.

    Mimickers are at the upper right, reversers at the lower left, signatures whose lists disagree in the other corners.

    Parameters
    ----------
    scores : DataFrame
        The table made by :func:`score_concordance`: columns ``z_up``, ``z_down``, ``z_sum`` and ``call``. Rows without
        a score are left out, and the label of the axis shows how many.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; names need room at the right, or a constrained layout.
    label : int, default 5
        How many signatures to name on each side by ``z_sum``, and the discordant one that is furthest out.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.

    Returns
    -------
    Axes
        One set of markers for each call that occurs. The signatures of a one-sided query (``z_down`` or ``z_up``
        missing throughout) are drawn in the order of their single score instead, the highest on top.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, or ``call`` holds an unknown word.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_up": [6.1, -4.0], "z_down": [5.2, -3.5], "z_sum": [11.3, -7.5]})
    >>> table = table.assign(call=["mimicker", "reverser"]).set_axis(["drug A", "drug B"])
    >>> ax = plot_scores(table, ax=Figure().subplots())
    >>> sorted(text.get_text() for text in ax.get_legend().get_texts())
    ['mimicker (1)', 'reverser (1)']
    """
    label = whole_number("label", label, least=0)
    table = prepare("scores", scores, _MADE_BY, needs=("call",), numeric=_SCORES, ax=ax, title=title)
    sides, points = places_of(table)
    kept = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(kept):
        problem = "has no signature with both z_up and z_down" if sides else "holds no z at all"
        remedy = f"check that the query's genes were found (match_genes), then score it again with {_MADE_BY}"
        raise wrong("scores", scores, f"{problem}, so there is nothing to draw", remedy)
    names, shared = row_names(table.index[kept], labels, 36)
    ax = s.axes_for(ax, 7.6, 5.8 if len(sides) == 2 else 4.4)
    picture = ScoresPicture(ax, table)
    notes = s.shared_note(shared if label else "") + s.not_drawn(len(table) - len(kept), "signature", "without a score")
    s.caption(ax, title=title, notes=notes, key=picture.key)
    named = _named(table.iloc[kept], points[kept], label)
    s.name_beside(ax, points[kept[named]], [names[row] for row in named])
    return ax


def places_of(scores: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return which lists the query has, and where each signature is (across, along); NaN without a score."""
    # z_up and z_down; of a one-sided query its z and the place in its order, 1 = highest.
    z = {side: scores[f"z_{side}"].astype(float) for side in ("up", "down")}
    sides = [side for side in z if z[side].notna().any()]
    if len(sides) != 1:
        return sides, np.column_stack([z["up"], z["down"]])
    own = z[sides[0]]
    return sides, np.column_stack([own, own.rank(method="first", ascending=False)])


def _named(scores: pd.DataFrame, points: np.ndarray, label: int) -> Sequence[int]:
    """Return the rows to name: both ends by z_sum, and the discordant one that is furthest out."""
    if not label:
        return []
    rows = {*np.concatenate(both_ends(scores["z_sum"].to_numpy(), label)).tolist()}
    discordant = (scores["call"] == "discordant").to_numpy()
    if discordant.any():
        rows.add(int(np.where(discordant, np.abs(points).max(axis=1), 0).argmax()))
    return sorted(rows)


class ScoresPicture:
    """All signatures of a score table by their two lists; what a filter leaves out is pale, a chosen one is ringed.

    `points` is where each signature is (across, along), NaN without a score; `sides` are the lists of the query, `key`
    the markers for a legend.
    """

    def __init__(self, ax: Axes, scores: pd.DataFrame) -> None:
        self.ax = ax
        self.sides, self.points = places_of(scores)
        self._known = np.isfinite(self.points).all(axis=1)
        self._calls = scores["call"].to_numpy().astype(str)
        self._keep = np.zeros(0, dtype=bool)
        ax.axvline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        (self._frame_two_sides if len(self.sides) == 2 else self._frame_one_side)()
        counts = {call: int((self._known & (self._calls == call)).sum()) for call in s.CALL_COLOURS}
        # What is not called is drawn first, and what a filter leaves out below all that passes.
        there = [call for call in reversed(counts) if counts[call]]
        self._pale = {call: self._marks(call, 1.5, alpha=0.12, label="_left out") for call in there}
        self._marked = {
            call: self._marks(call, 2 + layer, label=f"{call} ({counts[call]:,})") for layer, call in enumerate(there)
        }
        self.key = list(self._marked.values())[::-1]
        self._ring = ax.plot([], [], zorder=7, **s.RING)[0]
        self._name = ax.text(0, 0, "", va="bottom", bbox=s.BOX, zorder=8, **s.TEXT | {"fontsize": s.MEDIUM})
        self.live: list[Artist] = [*self._pale.values(), *self._marked.values(), self._ring, self._name]
        self.update()

    def update(self, *, keep: np.ndarray | None = None, chosen: int | None = None, name: str = "") -> None:
        """Draw pale all rows of the table but those to `keep`; ring the row `chosen`, with its `name`."""
        keep = np.ones(len(self.points), dtype=bool) if keep is None else np.asarray(keep, dtype=bool)
        if not np.array_equal(keep, self._keep):
            for marks, passed in ((self._marked, keep), (self._pale, ~keep)):
                for call, artist in marks.items():
                    artist.set_offsets(self.points[self._known & passed & (self._calls == call)])
            self._keep = keep.copy()
        there = chosen is not None and bool(self._known[chosen])
        self._ring.set_visible(there)
        self._name.set_visible(there and bool(name))
        if there:
            x, y = self.points[chosen].tolist()
            self._ring.set_data([x], [y])
            left = x > self.ax.get_xlim()[1] * 0.25  # the name is where there is room for it
            words = s.plain(name, 44) if name else ""
            self._name.set(position=(x, y), text=f"{words}   " if left else f"   {words}")
            self._name.set_horizontalalignment("right" if left else "left")

    def drawn(self) -> np.ndarray:
        """Return the rows of the table that have a mark and pass the filter: what a click can choose."""
        return np.flatnonzero(self._known & self._keep)

    def _marks(self, call: str, layer: float, **style: Any) -> Any:
        called, size = call != "unresolved", 34 if self._known.sum() <= 150 else 17
        style |= {"marker": s.CALL_MARKERS[call], "color": s.CALL_COLOURS[call], "zorder": layer}
        edge: dict[str, Any] = {"edgecolors": "white" if called else "none", "linewidths": 0.5 if called else 0}
        return self.ax.scatter([], [], s=size if called else size * 0.6, **edge, **style)

    def _frame_two_sides(self) -> None:
        ax = self.ax
        s.tidy(ax, spines=())
        ax.axhline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        # One scale for both lists, with 0 in the middle and a free rim for the words in the corners.
        reach = 1.22 * float(np.abs(self.points[self._known]).max(initial=1.0))
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
        for (x, y), words in _QUADRANTS.items():
            across, along = ("right" if x < 0.5 else "left"), ("bottom" if y < 0.5 else "top")
            ax.text(x, y, words, transform=ax.transAxes, ha=across, va=along, fontsize=s.SMALL, color=s.FAINT)
        s.caption(ax, x=f"up genes: z_up\n{_ENDS['up']}", y=f"down genes: z_down\n{_ENDS['down']}")

    def _frame_one_side(self) -> None:
        ax, n = self.ax, int(self._known.sum())
        side, other = ("up", "down") if self.sides == ["up"] else ("down", "up")
        s.tidy(ax, spines=("bottom",), grid="x")
        reach = 1.12 * float(np.abs(self.points[self._known, 0]).max(initial=1.0))
        margin = 0.04 * n + 0.5
        ax.set(xlim=(-reach, reach), ylim=(n + margin, 1 - margin), yticks=())
        x = f"{side} genes: z_{side} (no {other} genes in the query)\n{_ENDS[side]}"
        s.caption(ax, x=x, y=f"{counted(n, 'signature')} in order of z_{side}")


def plot_top(
    scores: pd.DataFrame,
    *,
    top: int = 10,
    ax: Axes | None = None,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw the most mimicking and the most reversing signatures as bars made of z_up and z_down.

    Lists that agree stack up on one side of zero; lists that disagree point apart. The marker is at their sum.

    Parameters
    ----------
    scores : DataFrame
        The table made by :func:`score_concordance`: columns ``z_up``, ``z_down``, ``z_sum`` and ``call``.
    top : int, default 10
        At most so many signatures with ``z_sum`` above 0, the highest first, and so many below 0, the lowest last.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures, as in :func:`plot_scores`.

    Returns
    -------
    Axes
        Two bars for each signature (one for a one-sided query), its marker by call and its ``z_sum`` in figures.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row, ``call`` holds an unknown word, or no ``z_sum`` differs from 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_up": [6.1, -4.0], "z_down": [5.2, -3.5], "z_sum": [11.3, -7.5]})
    >>> table = table.assign(call=["mimicker", "reverser"]).set_axis(["drug A", "drug B"])
    >>> ax = plot_top(table, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['drug A', 'drug B']
    """
    top = whole_number("top", top)
    table = prepare("scores", scores, _MADE_BY, needs=("call",), numeric=_SCORES, ax=ax, title=title)
    part, above, names, shared = strongest("scores", table, "z_sum", top, labels)
    places = np.arange(len(part))
    places[above:] += above > 0  # a gap of one row parts the two groups
    sides = [side for side in _SHADES if part[f"z_{side}"].notna().any()]
    ax = s.axes_for(ax, 7.2, 1.35 + 0.24 * (places[-1] + 1))
    ends = _draw_bars(ax, places, part, sides)
    _draw_sums(ax, places, part, *ends)
    ax.axvline(0, color=s.INK, linewidth=0.7, zorder=3)
    s.tidy(ax, grid="x", spines=("bottom",))
    s.name_rows(ax, places, names)
    ax.set_ylim(places[-1] + 0.6, -0.6)
    x = "z_up + z_down = z_sum" if len(sides) == 2 else f"z_{sides[0]} (one-sided query)"
    x += "\n← reverses the query      mimics the query →"
    key = [*_shades_key(sides), *s.calls_key(part["call"])]
    s.caption(ax, title=title, x=x, notes=s.shared_note(shared), key=key)
    return ax


def _draw_bars(ax: Axes, places: np.ndarray, part: pd.DataFrame, sides: list[str]) -> np.ndarray:
    """Return how far the bars reach to the left, and to the right."""
    from matplotlib.colors import to_rgba_array

    colours, ends = to_rgba_array([s.CALL_COLOURS[call] for call in part["call"]]), np.zeros((2, len(part)))
    for side in sides:
        width, shade = part[f"z_{side}"].fillna(0).to_numpy(), _SHADES[side]
        # Mixed with white, not transparent: the grid does not shine through.
        style: dict[str, Any] = {"height": 0.62, "color": shade * colours + 1 - shade, "linewidth": 0}
        ax.barh(places, width, left=np.where(width > 0, *ends[::-1]), label=f"z_{side}", zorder=2, **style)
        ends += np.minimum(width, 0), np.maximum(width, 0)
    return ends


def _draw_sums(ax: Axes, places: np.ndarray, part: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> None:
    """Draw a marker at each sum, shaped by its call, and the number beyond the end of the bar."""
    z_sum = part["z_sum"].to_numpy()
    s.mark_calls(ax, z_sum, places, part["call"].to_numpy(), size=30)
    span = max(float(right.max() - left.min()), 1e-9)
    # Room for the numbers: seven characters on either side.
    ax.set_xlim(left.min() - 0.13 * span, right.max() + 0.13 * span)
    for place, z, low, high in zip(places, z_sum, left, right, strict=True):
        end, shift, side = (high, 7, "left") if z > 0 else (low, -7, "right")
        where: dict[str, Any] = {"textcoords": "offset points", "ha": side, "va": "center"}
        ax.annotate(signed(z), (end, place), xytext=(shift, 0), **where, **s.TEXT)


def _shades_key(sides: list[str]) -> list[Any]:
    from matplotlib.patches import Patch

    style: dict[str, Any] = {"color": s.FAINT, "linewidth": 0}
    return [Patch(alpha=_SHADES[side], label=f"z_{side} ({side} genes)", **style) for side in sides]


def plot_null(check: pd.DataFrame | Any, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw the scores of unrelated signatures against what they would be if the p-value were right.

    Parameters
    ----------
    check : result of :func:`check_null`, or DataFrame
        ``check_null(background, query)`` or its table ``.qq``: ``expected`` (quantiles of a normal distribution),
        ``observed`` (those of z_sum over its nominal spread) and, if there, ``calibrated`` (those of the calibrated z).
        Rows without a number are left out, and the label of the axis shows how many.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above.

    Returns
    -------
    Axes
        Dots for the nominal scores, open squares for the calibrated ones, and the line on which both would be if
        their p-values were right. The shaded parts are beyond +1.96 and -1.96, where p is below .05.

    Raises
    ------
    LincsInterpError
        If a column is missing, holds text, or there is no row with a number.

    Notes
    -----
    The legend counts the rows of the table beyond 1.96 on either side; by chance 5 % would be. A curve steeper than
    the line means that unrelated signatures reach high scores too often: the genes of the query move together.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> qq = pd.DataFrame({"expected": [-1.0, 0.0, 1.0], "observed": [-4.2, 0.1, 5.0]})
    >>> ax = plot_null(qq, ax=Figure().subplots())
    >>> ax.get_legend().get_texts()[0].get_text()
    'nominal z: 67 % beyond ±1.96'
    """
    qq = getattr(check, "qq", check)
    columns = ["expected", "observed", *(["calibrated"] if "calibrated" in getattr(qq, "columns", ()) else [])]
    table = prepare("check", qq, "check_null", numeric=columns, ax=ax, title=title)
    pairs = [table[["expected", column]].dropna().to_numpy() for column in columns[1:]]
    curves = {name: np.sort(pair, axis=0) for name, pair in zip(_NULL_COLOURS, pairs, strict=False) if len(pair)}
    if not curves:
        problem = "has no row with both an expected and an observed quantile"
        raise wrong("check", check, problem, "check the background, then make it again with check_null")
    ax = s.axes_for(ax, 5.8, 5.0)
    across = 1.08 * max(float(table["expected"].abs().max()), 2.2)
    reach = 1.08 * max(across, *(float(np.abs(curve[:, 1]).max()) for curve in curves.values()))
    s.tidy(ax)
    ax.set(xlim=(-across, across), ylim=(-reach, reach))
    _shade_beyond(ax, reach)
    key = [_draw_curve(ax, name, curve) for name, curve in curves.items()]
    style: dict[str, Any] = {"color": s.FAINT, "linewidth": 1.2, "linestyle": (0, (5, 3)), "zorder": 2}
    key += ax.plot([-reach, reach], [-reach, reach], label="if the p-value were right: 5 % beyond ±1.96", **style)
    notes = s.not_drawn(len(table) - max(map(len, curves.values())), "signature", "without a score")
    if len(curves) < len(pairs):
        notes.append("no calibrated z: it needs more signatures")
    x = "z that chance alone would give (normal distribution)"
    s.caption(ax, title=title, x=x, y="z of unrelated signatures\n← reversers      mimickers →", notes=notes, key=key)
    return ax


def _shade_beyond(ax: Axes, reach: float) -> None:
    """Shade what a reader would take for a hit, and say which end is which."""
    # The curves rise from the lower left: the other two corners are free.
    for sign, words, x, y in ((1, "mimickers", 0.02, 0.98), (-1, "reversers", 0.98, 0.02)):
        edge = sign * SIDE_Z
        ax.axhspan(edge, sign * reach, color=_BEYOND_COLOUR, linewidth=0, zorder=0)
        ax.axhline(edge, color=s.FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        where: dict[str, Any] = {"ha": "left", "va": "top"} if sign > 0 else {"ha": "right", "va": "bottom"}
        ax.text(x, y, f'p < .05: "{words}"', transform=ax.transAxes, **where, **s.TEXT)


def _draw_curve(ax: Axes, name: str, curve: np.ndarray) -> Any:
    colour, beyond = _NULL_COLOURS[name], percent(float((np.abs(curve[:, 1]) > SIDE_Z).mean()))
    style: dict[str, Any] = {"marker": "o", "markeredgewidth": 0.0, "zorder": 4}
    if name == "calibrated":
        style = {"marker": "s", "markeredgewidth": 0.9, "markerfacecolor": "white", "zorder": 5}
    style |= {"color": colour, "linewidth": 1.0, "markersize": 4.0}
    return ax.plot(*curve.T, label=f"{name} z: {beyond} beyond ±{SIDE_Z:g}", **style)[0]
