"""plot_perturbagen: one perturbagen over its doses, cell lines and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.text import counted, listed, shown, signed
from ..core.doses import NO_CELL, NO_DOSE, dose_keys, dose_names, time_keys, time_name
from ..core.identity import cell_names
from . import _style as s
from . import _tiles as t
from ._tables import metadata_texts, prepare

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
    ax : Axes, optional
        Where to draw; the colour bar is at its right. Without it a new figure is made, as large as the tiles need.
    title : str, optional
        Text above the plot.
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
    tiles = _Tiles(table, table[score].to_numpy())
    reach = t.score_reach(tiles.median, limits, LEAST_FULL_Z if score.startswith("z_") else 1e-9)

    texts = tiles.texts()
    letters = max(len(text) for _, _, text in texts)
    beside, below = s.NAME_LETTER * max(map(len, tiles.rows)) + 12, 95.0
    ax = s.axes_for(ax, *_inches(tiles, letters, beside, below))
    width, height = s.room_points(ax, beside + t.BAR, below)
    size = width / tiles.shape[1], height / tiles.shape[0]
    t.score_grid(ax, tiles.median, reach, score)
    t.part_tiles(ax, tiles.shape, size, rows=tiles.new_cells)
    _hatch(ax, tiles.count == 0)
    roomy = size[1] >= s.SMALL + 2 and size[0] >= t.LETTER * letters + t.MARK * tiles.most_calls + 2
    marked = size[1] >= s.SMALL + 1 and size[0] >= t.MARK * tiles.most_calls
    if roomy:
        t.write_in_tiles(ax, texts, t.MARK * tiles.most_calls / 2 / size[0])
    if marked:
        _mark(ax, tiles, size[0], letters if roomy else 0)
    notes = t.name_tiles(ax, tiles.rows, tiles.columns, size) + tiles.notes(roomy)
    notes += ["marks: call at nominal p"] if marked else []
    pad = s.key_above(ax, s.calls_key(table["call"])) if marked else 2
    of = perturbagen_words(table)
    x = f"{counted(len(table), 'signature')}{of}" if tiles.columns == [NO_DOSE] else f"dose{of}"
    s.caption(ax, title=title, x=x, notes=notes, pad=pad + 6)
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
    names = [name for name in metadata_texts(table["pert_name"]) if name] if "pert_name" in table else []
    names = list(dict.fromkeys(names))
    return f" of {s.plain(listed(names, 2), 40)}" if names else ""


@dataclass(frozen=True)
class ConditionGrid:
    """The signatures of one perturbagen sorted into conditions: cell line and time down, dose across.

    Attributes
    ----------
    rows : list of (str, str)
        Cell line (as it is spelled most often) and time of each row; the time is "" where there is but one.
    columns : list of str
        The dose of each column: micromolar in order, then doses in other units, then the unknown one.
    places : list of (int, int)
        Row and column of each signature.
    one_time : str
        The time that all signatures share; "" if there are several, or none is known.
    """

    rows: list[tuple[str, str]]
    columns: list[str]
    places: list[tuple[int, int]]
    one_time: str

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
    def tiles(self) -> dict[tuple[int, int], list[int]]:
        """(row, column) -> the places of its signatures in the table."""
        within: dict[tuple[int, int], list[int]] = {}
        for signature, place in enumerate(self.places):
            within.setdefault(place, []).append(signature)
        return within


class _Tiles:
    """What is in each tile, and what rows and columns are called."""

    def __init__(self, table: pd.DataFrame, values: np.ndarray) -> None:
        grid, calls = ConditionGrid.of(table), table["call"].astype(str).tolist()
        self.shape = len(grid.rows), len(grid.columns)
        self.time = s.plain(grid.one_time, 12) if grid.one_time else ""
        cells = [cell for cell, _ in grid.rows]
        several = any(time for _, time in grid.rows)
        self.new_cells = [row for row in range(1, len(cells)) if several and cells[row] != cells[row - 1]]
        self.rows = [s.plain(cell, 24) + (f", {s.plain(time, 12)}" if time else "") for cell, time in grid.rows]
        self.columns = [s.plain(dose, 16) for dose in grid.columns]
        self.count = np.zeros(self.shape, dtype=int)
        self.median = np.full(self.shape, np.nan)
        self.calls: dict[tuple[int, int], list[str]] = {}
        for place, signatures in grid.tiles.items():
            scored = values[signatures][~np.isnan(values[signatures])]
            self.count[place] = len(signatures)
            if len(scored):
                self.median[place] = np.median(scored)
            self.calls[place] = list(dict.fromkeys(calls[i] for i in signatures))
        self.most_calls = max(map(len, self.calls.values()))

    def texts(self) -> list[tuple[int, int, str]]:
        """(row, column, text) of every tile that holds a signature."""
        found = []
        for row, column in zip(*np.nonzero(self.count), strict=True):
            z, n = self.median[row, column], self.count[row, column]
            number = "no score" if np.isnan(z) else signed(z)
            found.append((int(row), int(column), number + (f", n={n}" if n > 1 else "")))
        return found

    def notes(self, written: bool) -> list[str]:
        notes = [f"all signatures: {self.time}"] if self.time else []
        if (self.count > 1).any():
            notes.append(f"tiles of several signatures{' (n)' if written else ''} show their median")
        if (self.count == 0).any():
            notes.append("hatched = no signature")
        if (np.isnan(self.median) & (self.count > 0)).any():
            notes.append("grey = no score")
        return notes


def _inches(tiles: _Tiles, letters: int, beside: float, below: float) -> tuple[float, float]:
    """Return a width and height at which every tile has room for its number, up to a large page."""
    rows, columns = tiles.shape
    names = t.LETTER * max(map(len, tiles.columns))
    wide = max(t.LETTER * letters + t.MARK * tiles.most_calls + 6, min(names, 70.0) + 4)
    high = float(np.clip(14 * 72 / rows, t.LINE, 1.75 * t.LINE))
    width = max(min(columns * wide, 11 * 72), 130.0) + beside + t.BAR
    return width / 72, (max(min(rows * high, 14 * 72), 64.0) + below) / 72


def _hatch(ax: Axes, empty: np.ndarray) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    patches = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in zip(*np.nonzero(empty), strict=True)]
    if patches:
        style: dict[str, Any] = {"facecolor": "white", "edgecolor": s.GUIDE, "linewidth": 0, "hatch": "////"}
        ax.add_collection(PatchCollection(patches, zorder=1.5, **style), autolim=False)


def _mark(ax: Axes, tiles: _Tiles, width: float, letters: int) -> None:
    """The calls of each tile: left of its number of at most so many letters, or in the middle without one."""
    rows, xs, calls, edges = [], [], [], []
    step, inks = t.MARK / width, t.tile_inks(ax)
    for (row, column), there in tiles.calls.items():
        taken = tiles.most_calls if letters else len(there)
        start = column - (step * taken + t.LETTER * letters / width) / 2 + step / 2
        for place, call in enumerate(there):
            rows.append(row)
            xs.append(start + place * step)
            calls.append(call)
            edges.append(inks[row, column])
    s.mark_calls(ax, np.array(xs), np.array(rows), np.array(calls), edges=edges)
