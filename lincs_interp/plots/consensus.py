"""plot_consensus: the vote of each family of scores on the strongest signatures, and how many agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import whole_number, wrong
from .._util.text import signed
from . import _style as s
from . import _tiles as t
from ._tables import prepare, row_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The colour is full where this share of the drawn votes is paler: one extreme vote must not bleach all others.
FULL_AT = 0.9
# In units of the spread of ordinary signatures: less than this is ordinary and stays pale.
LEAST_FULL = 3.0

_MADE_BY = "score_consensus"
_ENDING = "_std"

_AGREEMENT, _CALL, _BESIDE_TILES = 24.0, 54.0, 64.0  # points from the last tile: "4 of 4", the marker, the end
_BELOW = 120.0  # points; the texts below and above the tiles


def plot_consensus(
    consensus: pd.DataFrame,
    *,
    top: int = 15,
    ax: Axes | None = None,
    labels: Any = None,
    title: str | None = None,
) -> Axes:
    """Draw the votes of the score families on the strongest signatures of both ends, and their sum.

    Parameters
    ----------
    consensus : DataFrame
        The table made by :func:`score_consensus`: the standardised votes (``z_sum_std``, ``wtcs_std`` …),
        ``consensus``, ``families``, ``families_agreeing`` and ``call``.
    top : int, default 15
        At most so many signatures with ``consensus`` above 0, the highest first, and so many below 0, the lowest last.
    ax : Axes, optional
        Where to draw; the colour bar is at its right. Without it a new figure is made, as high as the rows need.
    labels : DataFrame, Series or mapping, optional
        What to call the signatures: ``ranks.signatures`` (name, dose, cell line and time are used) or texts by id.
    title : str, optional
        Text above the plot.

    Returns
    -------
    Axes
        A tile for each vote, the sum of the votes at the right of them, then how many families point the way of the
        sum ("4 of 4"), and the marker of the call. Purple = reverses, white = like an ordinary signature of the
        matrix, orange = mimics. The colours are full at the value that nine tenths of the drawn votes do not exceed,
        or at 3 if that is more; beyond, the bar ends in an arrow. The sum is written as it is and coloured by its
        mean per family, on the scale of the votes. Missing votes are grey.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row, ``call`` holds an unknown word, or no ``consensus`` differs from 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"z_sum_std": [6.1, -4.0], "wtcs_std": [3.2, -3.5], "consensus": [9.3, -7.5]})
    >>> table = table.assign(families=2, families_agreeing=[2, 1], call=["mimicker", "reverser"])
    >>> ax = plot_consensus(table.set_axis(["drug A", "drug B"]), ax=Figure(layout="constrained").subplots())
    >>> [text.get_text() for text in ax.texts if " of " in text.get_text()]
    ['2 of 2', '1 of 2']
    """
    top = whole_number("top", top)
    votes_of = [str(name) for name in getattr(consensus, "columns", ()) if str(name).endswith(_ENDING)]
    numeric = ["consensus", "families", "families_agreeing", *votes_of]
    table = prepare("consensus", consensus, _MADE_BY, needs=("call",), numeric=numeric, ax=ax, title=title)
    if not votes_of:
        problem = f"has no column that ends in {_ENDING!r}, so no family's vote"
        raise wrong("consensus", consensus, problem, f"pass the table made by {_MADE_BY}")
    total = table["consensus"].to_numpy()
    above, below = s.both_ends(total, top)
    rows = np.concatenate([above, below])
    if not len(rows):
        problem = "has no value above or below 0, so no signature differs from the others"
        raise wrong("consensus", consensus, problem, "check that the query's genes were found (match_genes)")
    values = table.iloc[rows][[*votes_of, "consensus"]].to_numpy()
    names, shared = row_names(table.index[rows], labels, 40)
    voters = [name.removesuffix(_ENDING) for name in votes_of]
    ax = _draw(ax, values, names, voters)
    notes = _write(ax, table.iloc[rows], values, names, voters)
    notes += s.shared_note(shared) + (["grey = no value"] if np.isnan(values).any() else [])
    notes += s.not_drawn(int(np.isnan(total).sum()), "signature", "without a consensus")
    notes.insert(0, "consensus = sum of the votes, coloured by their mean")
    pad = s.key_above(ax, s.calls_key(table["call"].iloc[rows]))
    s.caption(ax, title=title, x="0 = an ordinary signature of this matrix", notes=notes, pad=pad + 6)
    return ax


def _draw(ax: Axes | None, values: np.ndarray, names: list[str], voters: list[str]) -> Axes:
    rows, columns = values.shape
    wide = t.LETTER * max(len("consensus"), *map(len, voters)) + 4
    high = float(np.clip(12 * 72 / rows, t.LINE, 1.6 * t.LINE))
    width = columns * wide + _BESIDE_TILES + _beside(names)
    ax = s.axes_for(ax, width / 72, (max(rows * high, 90.0) + _BELOW) / 72)
    votes = values[:, :-1]
    strong = np.nanquantile(np.abs(votes), FULL_AT) if not np.isnan(votes).all() else 0.0
    strong = float(f"{strong:.2g}")  # the bar names it
    coloured = values / np.array([1] * len(voters) + [len(voters)])
    t.score_grid(ax, coloured, t.score_reach(np.array([strong]), None, LEAST_FULL), "standardised")
    return ax


def _write(ax: Axes, part: pd.DataFrame, values: np.ndarray, names: list[str], voters: list[str]) -> list[str]:
    """Numbers, agreement and calls as far as there is room; return notes on what has none."""
    rows, columns = values.shape
    width, height = s.room_points(ax, _beside(names), _BELOW)
    size = max(width - _BESIDE_TILES, 0.3 * width) / columns, height / rows
    t.part_tiles(ax, values.shape, size, rows=[int((values[:, -1] > 0).sum())], columns=[len(voters)])
    if size[1] >= s.SMALL + 2 and size[0] >= t.LETTER * 5 + 2:
        there = np.argwhere(~np.isnan(values)).tolist()
        t.write_in_tiles(ax, [(row, column, signed(values[row, column])) for row, column in there], 0.0)
    agreement, call, end = (columns - 0.5 + points / size[0] for points in (_AGREEMENT, _CALL, _BESIDE_TILES))
    ax.set_xlim(-0.5, end)
    calls = part["call"].to_numpy().astype(str)
    s.mark_calls(ax, np.full(rows, call), np.arange(rows), calls)
    heads = [*voters, "consensus", "families\nagree"]
    notes = t.name_tiles(ax, names, heads, size, at=[*range(columns), agreement])
    if size[1] < s.SMALL:
        return [*notes, "no space for how many families agree"]
    for row, (agreeing, families) in enumerate(zip(part["families_agreeing"], part["families"], strict=True)):
        ax.text(agreement, row, f"{agreeing:g} of {families:g}", ha="center", va="center", **s.TEXT)
    return notes


def _beside(names: list[str]) -> float:
    return s.NAME_LETTER * max(map(len, names)) + 12 + t.BAR
