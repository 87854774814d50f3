"""Draw one perturbagen over its doses, cell lines and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.missing import plain
from .._util.text import counted, listed, shown, signed
from ..core.doses import NO_CELL, NO_DOSE, dose_keys, dose_names, time_keys, time_name
from ..core.identity import cell_names
from . import style as s
from . import tiles as t
from ._tables import prepare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A z below this is common among unrelated signatures: the full colour is kept for what is beyond.
LEAST_FULL_Z = 5.0

_MADE_BY = "perturbagen_signatures"
_WITHOUT_SIGN = ("p_", "fdr_", "bonferroni", "n_", "auc_", "dose", "time")


def plot_perturbagen(
    table: pd.DataFrame,
    *,
    score: str = "z_sum",
    ax: Axes | None = None,
    title: str | None = None,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw the scores of one perturbagen as tiles: doses across, cell lines and times down.

    Parameters
    ----------
    table : DataFrame
        The table made by :func:`perturbagen_signatures`: ``cell_line``, ``pert_dose``, ``dose_um``, ``pert_time``,
        ``time_h``, ``call`` and the score, one row per signature. Cell lines keep the order of the table.
    score : str, default "z_sum"
        The column that colours the tiles: one that is positive where the signature agrees with the query, such as
        ``z_sum``, ``z_cal``, ``z_up`` or ``z_down``.
    ax, title : Axes and str, optional
        Where to draw (default: a new figure), and a text above; the colour bar is at the right.
    limits : (float, float), optional
        Where purple and orange are full; beyond, the bar ends in an arrow. By default as far on both sides of 0 as the
        farthest tile, and for a z at least 5, so that noise stays pale.

    Returns
    -------
    Axes
        One tile for each dose, cell line and time that occur: doses in micromolar order, then doses in other units,
        then the unknown one; the score in figures and the marker of the call where there is room. A tile of several
        signatures shows their median, how many they are, and each of their calls. A tile without a signature is
        hatched.

    Raises
    ------
    LincsInterpError
        If a column is missing, there is no row or no number, ``call`` holds an unknown word, ``score`` has no sign
        that distinguishes mimickers from reversers, or ``limits`` are not on both sides of 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"cell_line": "A375", "pert_dose": ["10 uM", "100 nM"], "dose_um": [10, 0.1]})
    >>> table = table.assign(pert_time="24 h", time_h=24.0, z_sum=[9.5, 1.2], call=["mimicker", "unresolved"])
    >>> ax = plot_perturbagen(table, ax=Figure(layout="constrained").subplots())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['100 nM', '10 uM']
    """
    table = prepare_perturbagen(table, score, ax, title)
    grid = ConditionGrid.of(table)
    rows = [s.plain(cell, 24) + (f", {s.plain(time, 12)}" if time else "") for cell, time in grid.rows]
    columns = [s.plain(dose, 16) for dose in grid.columns]
    tiles = _tiles_of(grid, table[score], table["call"])
    letters, marks = int(tiles["text"].str.len().max()), int(tiles["calls"].map(len).max())
    medians = np.full((len(rows), len(columns)), np.nan)
    medians[tiles["row"], tiles["column"]] = tiles["median"]
    full = max(float(np.nanmax(np.abs(medians))), LEAST_FULL_Z if score.startswith("z_") else 1e-9)
    low, high = (-full, full) if limits is None else t.ordered_limits(limits, 0.0)

    beside, below = s.NAME_LETTER * max(map(len, rows)) + 12, 95.0
    ax = s.axes_for(ax, *_inches(len(rows), columns, t.LETTER * letters + t.MARK * marks, beside, below))
    width, height = s.room_points(ax, beside + t.BAR, below)
    size = width / len(columns), height / len(rows)
    t.colour_grid(ax, medians, (low, 0, high), (score, *s.SCORE_ENDS))
    t.part_tiles(ax, medians.shape, size, rows=grid.new_cells)
    _hatch(ax, medians.shape, tiles)
    roomy = size[1] >= s.SMALL + 2 and size[0] >= t.LETTER * letters + t.MARK * marks + 2
    marked = size[1] >= s.SMALL + 1 and size[0] >= t.MARK * marks
    if roomy:
        texts = list(tiles[["row", "column", "text"]].itertuples(index=False, name=None))
        t.write_in_tiles(ax, texts, t.MARK * marks / 2 / size[0])
    if marked:
        _mark(ax, tiles, size[0], letters if roomy else 0)
    notes = t.name_tiles(ax, rows, columns, size) + s.shared_note(grid.one_time)
    if (tiles["n"] > 1).any():
        notes.append(f"tiles of several signatures{' (n)' if roomy else ''} show their median")
    if len(tiles) < medians.size:
        notes.append("hatched = no signature")
    if tiles["median"].isna().any():
        notes.append("grey = no score")
    notes += ["marks: call at nominal p"] if marked else []
    of = perturbagen_words(table)
    x = f"{counted(len(table), 'signature')}{of}" if columns == [NO_DOSE] else f"dose{of}"
    s.caption(ax, title=title, x=x, notes=notes, key=s.calls_key(table["call"]) if marked else ())
    return ax


def prepare_perturbagen(table: object, score: object, ax: object, title: object) -> pd.DataFrame:
    """Check a table of :func:`perturbagen_signatures` and the score to draw of it."""
    # A summary has a grade for each perturbagen, and no signatures of its own.
    if isinstance(table, pd.DataFrame) and {"grade", "n_signatures"} <= set(table.columns):
        remedy = f"pass {_MADE_BY}(scores, ranks, name), the table of one of them"
        raise wrong("table", table, "is a summary of perturbagens, a row for each", remedy)
    if not isinstance(score, str) or (isinstance(table, pd.DataFrame) and score not in table.columns):
        raise wrong("score", score, f"is {shown(score)!r}, which is no column of table", "pass one, such as 'z_sum'")
    if score.startswith(_WITHOUT_SIGN):
        problem = f"is {shown(score)!r}, which has no sign to distinguish mimickers from reversers"
        raise wrong("score", score, problem, "pass 'z_sum' or 'z_cal', say")
    needs, numeric = ("cell_line", "pert_dose", "pert_time", "call"), ("dose_um", "time_h", score)
    checked = prepare("table", table, _MADE_BY, needs=needs, numeric=numeric, ax=ax, title=title)
    if checked[score].isna().all():
        problem = f"holds no {score} at all, only missing values"
        raise wrong("table", table, problem, "pass another score, or check that the query's genes were found")
    return checked


def perturbagen_words(table: pd.DataFrame) -> str:
    """Return " of vorinostat", or "" where the table does not name its perturbagen."""
    names = dict.fromkeys(map(plain, table["pert_name"])) if "pert_name" in table else {}
    known = listed(filter(None, names), 2)
    return f" of {s.plain(known, 40)}" if known else ""


@dataclass(frozen=True)
class ConditionGrid:
    """The signatures of one perturbagen sorted into conditions: cell line and time down, dose across."""

    rows: list[tuple[str, str]]  # cell line as it is spelled most often, and time; "" where there is but one time
    columns: list[str]  # doses: micromolar in order, then in other units, then the unknown one
    places: list[tuple[int, int]]  # row and column of each signature
    one_time: str  # the time that all signatures share; "" if there are several, or none is known

    @classmethod
    def of(cls, table: pd.DataFrame) -> ConditionGrid:
        """Sort a table of :func:`perturbagen_signatures`; cell lines keep its order."""
        cells, times, doses = cell_names(table["cell_line"]), time_keys(table), dose_keys(table)
        first = {cell: place for place, cell in reversed(list(enumerate(cells)))}
        keys = [(first[cell], time) for cell, time in zip(cells, times, strict=True)]
        row_of = {key: row for row, key in enumerate(sorted(set(keys)))}
        names = dose_names(table)
        column_of = {key: column for column, key in enumerate(names)}
        several, time = len(set(times)) > 1, times[0]
        rows = [(cells[place] or NO_CELL, time_name(own) if several else "") for place, own in row_of]
        places = [(row_of[key], column_of[dose]) for key, dose in zip(keys, doses, strict=True)]
        return cls(rows, list(names.values()), places, "" if several or time[0] == 2 else time_name(time))

    @property
    def new_cells(self) -> list[int]:
        """The rows where another cell line begins, if there are several times."""
        cells = [cell for cell, time in self.rows if time]
        return [row for row in range(1, len(cells)) if cells[row] != cells[row - 1]]

    @property
    def tiles(self) -> dict[tuple[int, int], list[int]]:
        """(row, column) -> the places of its signatures in the table."""
        within: dict[tuple[int, int], list[int]] = {}
        for signature, place in enumerate(self.places):
            within.setdefault(place, []).append(signature)
        return within


def _tiles_of(grid: ConditionGrid, scores: pd.Series, calls: pd.Series) -> pd.DataFrame:
    """Return the tiles that hold a signature: row, column, median score, number of signatures, their calls, text."""
    signatures = pd.DataFrame(grid.places, columns=["row", "column"])
    signatures = signatures.assign(score=scores.to_numpy(), call=calls.to_numpy())
    tiles = signatures.groupby(["row", "column"], as_index=False).agg(
        median=("score", "median"), n=("score", "size"), calls=("call", lambda own: list(dict.fromkeys(own)))
    )
    tiles["text"] = ["no score" if np.isnan(z) else signed(z) for z in tiles["median"]]
    tiles["text"] += [f", n={n}" if n > 1 else "" for n in tiles["n"]]
    return tiles


def _inches(rows: int, columns: list[str], wide: float, beside: float, below: float) -> tuple[float, float]:
    """Return a width and height at which every tile has room for its number, up to a large page."""
    wide = max(wide + 6, min(t.LETTER * max(map(len, columns)), 70.0) + 4)
    high = float(np.clip(14 * 72 / rows, t.LINE, 1.75 * t.LINE))
    width = max(min(len(columns) * wide, 11 * 72), 130.0) + beside + t.BAR
    return width / 72, (max(min(rows * high, 14 * 72), 64.0) + below) / 72


def _hatch(ax: Axes, shape: tuple[int, int], tiles: pd.DataFrame) -> None:
    """Hatch the tiles without a signature."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    empty = sorted(set(np.ndindex(shape)) - set(zip(tiles["row"], tiles["column"], strict=True)))
    if empty:
        style: dict[str, Any] = {"facecolor": "white", "edgecolor": s.GUIDE, "linewidth": 0, "hatch": "////"}
        patches = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in empty]
        ax.add_collection(PatchCollection(patches, zorder=1.5, **style), autolim=False)


def _mark(ax: Axes, tiles: pd.DataFrame, width: float, letters: int) -> None:
    """Mark the calls of each tile, left of its number of at most so many letters or, without one, in the middle."""
    n_calls, step = tiles["calls"].map(len), t.MARK / width
    taken = n_calls.max() if letters else n_calls
    marks = tiles.assign(x=tiles["column"] - (step * taken + t.LETTER * letters / width) / 2 + step / 2)
    marks = marks.explode("calls")
    x, y = marks["x"] + marks.groupby(level=0).cumcount() * step, marks["row"]
    edges = t.tile_inks(ax)[y, marks["column"]]
    s.mark_calls(ax, x.to_numpy(), y.to_numpy(), marks["calls"].to_numpy().astype(str), edges=edges)
