"""plot_perturbagen: one perturbagen over its doses, cell lines and times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown
from ._style import GUIDE, NAME_LETTER, SMALL, axes_for, calls_key, caption, key_above, plain, room_points
from ._tables import check_axes, check_calls, check_table, numbers, said
from ._tiles import (
    BAR,
    LETTER,
    LINE,
    MARK,
    draw_tiles,
    in_figures,
    mark_calls,
    name_tiles,
    part_tiles,
    score_reach,
    tile_inks,
    write_in_tiles,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A z below this is common among unrelated signatures: the full colour is kept for what lies beyond.
LEAST_FULL_Z = 5.0

_MADE_BY = "perturbagen_signatures"
_NEEDED = ("cell_line", "pert_dose", "dose_um", "pert_time", "time_h", "call")
_WITHOUT_SIGN = ("p_", "fdr_", "bonferroni", "n_", "auc_", "dose", "time")


def plot_perturbagen(
    table: pd.DataFrame,
    *,
    score: str = "z_sum",
    ax: Axes | None = None,
    title: str | None = None,
    limits: tuple[float, float] | None = None,
) -> Axes:
    """Draw the signatures of one perturbagen as tiles: doses across, cell lines and times down.

    Parameters
    ----------
    table : DataFrame
        The table made by :func:`perturbagen_signatures`: ``cell_line``, ``pert_dose``, ``dose_um``, ``pert_time``,
        ``time_h``, ``call`` and the score, one row per signature. Cell lines keep the order of the table.
    score : str, default "z_sum"
        The column that colours the tiles: one that is positive where the signature agrees with the query, such as
        ``z_sum``, ``z_cal``, ``z_up`` or ``z_down``.
    ax : Axes, optional
        Where to draw; the colour bar stands at its right. Without it a new figure is made, as large as the tiles need.
    title : str, optional
        Text above the plot.
    limits : (float, float), optional
        Where purple and orange are full; values beyond keep the full colour and the bar ends in an arrow. By default
        as far on both sides of 0 as the farthest tile, and for a z at least 5, so that noise stays pale.

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
        that tells mimickers from reversers, or ``limits`` do not lie on both sides of 0.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"cell_line": "A375", "pert_dose": ["10 uM", "100 nM"], "dose_um": [10, 0.1]})
    >>> table = table.assign(pert_time="24 h", time_h=24.0, z_sum=[9.5, 1.2], call=["mimicker", "unresolved"])
    >>> ax = plot_perturbagen(table, ax=Figure(layout="constrained").subplots())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['100 nM', '10 uM']
    """
    check_axes(ax, title)
    _check_kind(table)
    _check_score(score, table)
    table = check_table("table", table, (*_NEEDED, score), _MADE_BY)
    check_calls(table, "table", _MADE_BY)
    values = numbers(f"table: {score}", table[score])
    if np.isnan(values).all():
        raise LincsInterpError(f"table holds no {score} at all, only missing values: there is nothing to draw.")
    tiles = _Tiles(table, values)
    reach = score_reach(tiles.median, limits, LEAST_FULL_Z if score.startswith("z_") else 1e-9)

    texts = tiles.texts()
    letters = max(len(text) for _, _, text in texts)
    beside, below = NAME_LETTER * max(map(len, tiles.rows)) + 12, 95.0
    ax = axes_for(ax, *_inches(tiles, letters, beside, below))
    width, height = room_points(ax, beside + BAR, below)
    size = width / tiles.shape[1], height / tiles.shape[0]
    draw_tiles(ax, pd.DataFrame(tiles.median), reach, score)
    part_tiles(ax, tiles.shape, size, rows=tiles.new_cells if tiles.several_times else ())
    _hatch(ax, tiles.count == 0)
    roomy = size[1] >= SMALL + 2 and size[0] >= LETTER * letters + MARK * tiles.most_calls + 2
    marked = size[1] >= SMALL + 1 and size[0] >= MARK * tiles.most_calls
    if roomy:
        write_in_tiles(ax, texts, MARK * tiles.most_calls / 2 / size[0])
    if marked:
        _mark(ax, tiles, size[0], letters if roomy else 0)
    notes = name_tiles(ax, tiles.rows, tiles.columns, size) + tiles.notes(roomy)
    notes += ["marks: call at nominal p"] if marked else []
    pad = key_above(ax, calls_key(table["call"])) if marked else 2
    caption(ax, title=title, x=_dose_words(table, tiles), notes=notes, pad=pad + 6)
    return ax


def _check_kind(table: object) -> None:
    # A summary has a grade for each perturbagen, and no signatures of its own.
    if isinstance(table, pd.DataFrame) and {"grade", "n_signatures"} <= set(table.columns):
        raise LincsInterpError(f"table is a summary of perturbagens: pass the table of {_MADE_BY}.")


def _check_score(score: object, table: object) -> None:
    if not isinstance(score, str) or (isinstance(table, pd.DataFrame) and score not in table.columns):
        raise LincsInterpError(
            f"score is {shown(score)!r}, which is no column of table: pass the name of one, such as 'z_sum'."
        )
    if score.startswith(_WITHOUT_SIGN):
        raise LincsInterpError(
            f"score is {shown(score)!r}, which has no sign to tell mimickers from reversers: pass 'z_sum' or 'z_cal',"
            " say."
        )


class _Tiles:
    """The signatures sorted into tiles: what stands in each, and what rows and columns are called."""

    def __init__(self, table: pd.DataFrame, values: np.ndarray) -> None:
        cells, times, doses = said(table["cell_line"]), _times(table), _doses(table)
        first = {cell: place for place, cell in reversed(list(enumerate(cells)))}
        keys = [(first[cell], time) for cell, time in zip(cells, times, strict=True)]
        row_keys, column_keys = sorted(set(keys)), sorted(set(doses))
        row_of = {key: row for row, key in enumerate(row_keys)}
        column_of = {key: column for column, key in enumerate(column_keys)}
        self.shape = len(row_keys), len(column_keys)
        self.several_times = len(set(times)) > 1
        self.new_cells = [row for row in range(1, len(row_keys)) if row_keys[row][0] != row_keys[row - 1][0]]
        self.time = "" if self.several_times or row_keys[0][1][0] == 2 else _time_words(row_keys[0][1])
        names = [plain(cells[place], 24) if cells[place] else "cell line unknown" for place, _ in row_keys]
        if self.several_times:
            names = [f"{name}, {_time_words(time)}" for name, (_, time) in zip(names, row_keys, strict=True)]
        self.rows = names
        texts = dict(zip(reversed(doses), reversed(said(table["pert_dose"])), strict=True))
        self.columns = [_dose_name(key, texts[key]) for key in column_keys]
        places = [(row_of[key], column_of[dose]) for key, dose in zip(keys, doses, strict=True)]
        self._fill(places, values, table["call"].astype(str).tolist())

    def _fill(self, places: list[tuple[int, int]], values: np.ndarray, calls: list[str]) -> None:
        within: dict[tuple[int, int], list[int]] = {}
        for signature, place in enumerate(places):
            within.setdefault(place, []).append(signature)
        self.count = np.zeros(self.shape, dtype=int)
        self.median = np.full(self.shape, np.nan)
        self.calls: dict[tuple[int, int], list[str]] = {}
        for place, signatures in within.items():
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
            number = "no score" if np.isnan(z) else in_figures(z)
            found.append((int(row), int(column), number + (f", n={n}" if n > 1 else "")))
        return found

    def notes(self, written: bool) -> list[str]:
        said_once = [f"all signatures: {self.time}"] if self.time else []
        if (self.count > 1).any():
            said_once.append(f"tiles of several signatures{' (n)' if written else ''} show their median")
        if (self.count == 0).any():
            said_once.append("hatched = no signature")
        if (np.isnan(self.median) & (self.count > 0)).any():
            said_once.append("grey = no score")
        return said_once


def _times(table: pd.DataFrame) -> list[tuple[int, float, str]]:
    """A key for each time that sorts: hours, then other words ("mixed"), then the unknown."""
    hours = numbers("table: time_h", table["time_h"])
    pairs = zip(hours, said(table["pert_time"]), strict=True)
    return [(0, _rounded(h), "") if not math.isnan(h) else (1 if text else 2, 0.0, text) for h, text in pairs]


def _time_words(key: tuple[int, float, str]) -> str:
    kind, hours, text = key
    return f"{hours:g} h" if kind == 0 else (plain(text, 12) if kind == 1 else "time unknown")


def _doses(table: pd.DataFrame) -> list[tuple[int, str, float, str]]:
    """A key for each dose that sorts: micromolar, then by other units, then the unknown."""
    molar = numbers("table: dose_um", table["dose_um"])
    keys = []
    for dose, text in zip(molar, said(table["pert_dose"]), strict=True):
        if not math.isnan(dose):
            keys.append((0, "", _rounded(dose), ""))
        elif text:
            amount, _, unit = text.partition(" ")
            keys.append((1, unit, _number(amount), text))
        else:
            keys.append((2, "", 0.0, ""))
    return keys


def _dose_name(key: tuple[int, str, float, str], text: str) -> str:
    kind, _, dose, _ = key
    return plain(text, 16) if text else (f"{dose:g} uM" if kind == 0 else "no dose")


def _rounded(number: float) -> float:
    """Six digits: 3.3333333 uM of one file is 3.333333 uM of another."""
    return float(f"{number:.6g}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.inf


def _inches(tiles: _Tiles, letters: int, beside: float, below: float) -> tuple[float, float]:
    """Return a width and height at which every tile has room for its number, up to a large page."""
    rows, columns = tiles.shape
    names = LETTER * max(map(len, tiles.columns))
    wide = max(LETTER * letters + MARK * tiles.most_calls + 6, min(names, 70.0) + 4)
    high = float(np.clip(14 * 72 / rows, LINE, 1.75 * LINE))
    width = max(min(columns * wide, 11 * 72), 130.0) + beside + BAR
    return width / 72, (max(min(rows * high, 14 * 72), 64.0) + below) / 72


def _hatch(ax: Axes, empty: np.ndarray) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    patches = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in zip(*np.nonzero(empty), strict=True)]
    if patches:
        style: dict[str, Any] = {"facecolor": "white", "edgecolor": GUIDE, "linewidth": 0, "hatch": "////"}
        ax.add_collection(PatchCollection(patches, zorder=1.5, **style), autolim=False)


def _mark(ax: Axes, tiles: _Tiles, width: float, letters: int) -> None:
    """The calls of each tile: left of its number of at most so many letters, or in the middle without one."""
    rows, xs, calls, edges = [], [], [], []
    step, inks = MARK / width, tile_inks(ax)
    for (row, column), there in tiles.calls.items():
        taken = tiles.most_calls if letters else len(there)
        start = column - (step * taken + LETTER * letters / width) / 2 + step / 2
        for place, call in enumerate(there):
            rows.append(row)
            xs.append(start + place * step)
            calls.append(call)
            edges.append(inks[row, column])
    mark_calls(ax, np.array(rows), np.array(xs), np.array(calls), np.array(edges))


def _dose_words(table: pd.DataFrame, tiles: _Tiles) -> str:
    names = list(dict.fromkeys(name for name in said(table["pert_name"]) if name)) if "pert_name" in table else []
    of = f" of {plain(listed(names, 2), 40)}" if names else ""
    if tiles.columns == ["no dose"]:
        return f"{counted(len(table), 'signature')}{of}"
    return f"dose{of}"
