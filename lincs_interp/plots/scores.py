"""plot_scores: do both lists of the query agree? z_up against z_down, a mark for each signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import counted
from . import _style as s
from ._tables import prepare, row_names

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

# Where in the axes -> what signatures in this quarter do; not in the corners, where the strongest signatures are.
QUADRANTS = {
    (0.515, 0.985): "mimickers:\nboth lists agree",
    (0.485, 0.015): "reversers:\nboth lists are opposite",
    (0.485, 0.985): "lists disagree:\nboth sets down",
    (0.515, 0.015): "lists disagree:\nboth sets up",
}
_MADE_BY = "score_concordance"
_ENDS = {"up": ("pushed down", "pushed up"), "down": ("pushed up", "pushed down")}


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
    ax : Axes, optional
        Where to draw. Without it a new figure is made.
    label : int, default 5
        How many signatures to name on each side by ``z_sum``, and the discordant one that is furthest out. The names
        are at the right of the axes: leave room there, or give the figure of ``ax`` the layout "constrained".
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    title : str, optional
        Text above the plot.

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
    numeric = ("z_up", "z_down", "z_sum")
    table = prepare("scores", scores, _MADE_BY, needs=("call",), numeric=numeric, ax=ax, title=title)
    sides, points = places_of(table)
    kept = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(kept):
        problem = "has no signature with both z_up and z_down" if sides else "holds no z at all"
        remedy = f"check that the query's genes were found (match_genes), then score it again with {_MADE_BY}"
        raise wrong("scores", scores, f"{problem}, so there is nothing to draw", remedy)
    names, shared = row_names(table.index[kept], labels, 36)
    ax = s.axes_for(ax, 7.6, 5.8 if len(sides) == 2 else 4.4)
    picture = ScoresPicture(ax, table)
    pad = s.key_above(ax, picture.key)
    notes = s.shared_note(shared if label else "") + s.not_drawn(len(table) - len(kept), "signature", "without a score")
    s.caption(ax, title=title, x=ax.get_xlabel(), y=ax.get_ylabel(), notes=notes, pad=pad + 6)
    strongest = _strongest(table.iloc[kept], points[kept], label)
    if len(strongest):
        s.name_beside(ax, points[kept[strongest]], [names[row] for row in strongest])
    return ax


def places_of(scores: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return which lists the query has, and where each signature is (across, along); NaN without a score.

    z_up and z_down; of a one-sided query its z and the place in its order, 1 = highest.
    """
    z = {side: scores[f"z_{side}"].to_numpy(dtype=float) for side in ("up", "down")}
    sides = [side for side in z if not np.isnan(z[side]).all()]
    if len(sides) != 1:
        return sides, np.column_stack([z["up"], z["down"]])
    own = z[sides[0]]
    place = np.full(len(own), np.nan)
    order = np.argsort(-own, kind="stable")[: np.count_nonzero(~np.isnan(own))]
    place[order] = np.arange(1, len(order) + 1)
    return sides, np.column_stack([own, place])


class ScoresPicture:
    """All signatures of a score table by their two lists; what a filter leaves out is pale, a chosen one is ringed.

    Parameters
    ----------
    ax : Axes
    scores : DataFrame
        From :func:`score_concordance`, the signatures in any order.

    Attributes
    ----------
    live : list of Artist
        What :meth:`update` changes.
    points : array (signatures x 2)
        Where each signature of the table is, in data units; NaN where it has no score.
    sides : list of "up", "down"
        The lists of the query.
    key : list of Artist
        The markers for a legend.
    """

    def __init__(self, ax: Axes, scores: pd.DataFrame) -> None:
        self.ax = ax
        self.sides, self.points = places_of(scores)
        self._known = np.isfinite(self.points).all(axis=1)
        self._calls = scores["call"].to_numpy().astype(str)
        self._keep = np.zeros(0, dtype=bool)
        (self._frame_two_sides if len(self.sides) == 2 else self._frame_one_side)()
        # What is not called is drawn first, and what a filter leaves out below all that passes.
        there = [call for call in reversed(s.CALL_COLOURS) if (self._known & (self._calls == call)).any()]
        self._pale = {call: self._marks(call, 1.5, alpha=0.12, label="_left out") for call in there}
        self._marked = {
            call: self._marks(call, 2 + layer, label=f"{call} ({int((self._known & (self._calls == call)).sum()):,})")
            for layer, call in enumerate(there)
        }
        self.key = [self._marked[call] for call in s.CALL_COLOURS if call in there]
        self._ring = ax.plot([], [], zorder=7, **s.RING)[0]
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}
        self._name = ax.text(0, 0, "", va="bottom", bbox=box, zorder=8, **s.TEXT | {"fontsize": s.MEDIUM})
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
        ax.axvline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        # One scale for both lists, with 0 in the middle and a free rim for the words in the corners.
        reach = 1.22 * max(float(np.abs(self.points[self._known]).max(initial=1.0)), 1.0)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
        for (x, y), words in QUADRANTS.items():
            across, along = ("right" if x < 0.5 else "left"), ("bottom" if y < 0.5 else "top")
            ax.text(x, y, words, transform=ax.transAxes, ha=across, va=along, fontsize=s.SMALL, color=s.FAINT)
        labels = [f"{side} genes: z_{side}\n← {low}      {high} →" for side, (low, high) in _ENDS.items()]
        s.caption(ax, x=labels[0], y=labels[1])

    def _frame_one_side(self) -> None:
        ax, n = self.ax, int(self._known.sum())
        side, other = ("up", "down") if self.sides == ["up"] else ("down", "up")
        s.tidy(ax, spines=("bottom",), grid="x")
        reach = 1.12 * max(float(np.abs(self.points[self._known, 0]).max(initial=1.0)), 1.0)
        margin = 0.04 * n + 0.5
        ax.set(xlim=(-reach, reach), ylim=(n + margin, 1 - margin), yticks=())
        ax.axvline(0, color=s.FAINT, linewidth=0.7, zorder=1)
        low, high = _ENDS[side]
        x = f"{side} genes: z_{side} (no {other} genes in the query)\n← {low}      {high} →"
        s.caption(ax, x=x, y=f"{counted(n, 'signature')} in order of z_{side}")


def _strongest(scores: pd.DataFrame, points: np.ndarray, label: int) -> Sequence[int]:
    """Return the rows to name: both ends by z_sum, and the discordant one that is furthest out."""
    ends = s.both_ends(scores["z_sum"].to_numpy(), label) if label else ()
    discordant = (scores["call"] == "discordant").to_numpy()
    furthest = [int(np.where(discordant, np.abs(points).max(axis=1), 0).argmax())] if label and discordant.any() else []
    return [int(row) for row in np.unique(np.concatenate([*ends, furthest]).astype(int))]
