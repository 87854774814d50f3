"""Cells of a table of genes: numbers, probabilities and directions in all the ways they are written there."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from .._util.missing import is_missing
from .._util.text import DASHES
from ._headers import direction_of, letters, role_of, side_of

_LOOKED_AT = 400  # cells that show what a column holds
_NUMBER = re.compile(
    r"(?P<bound>[<>]?)[=~]*\s*(?P<arrow>[↑▲↓▼]?)\s*(?P<open>\(?)(?P<number>[+-]?\s*(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
    r"|[+-]?(inf(inity)?|∞))\)?\s*(x|-?\s*fold)?"
)
_POWER = re.compile(r"\s*[x×*·]\s*10\s*\^?\s*\(?([+-]?\d+)\)?")
_STARS = {"*": 0.05, "**": 0.01, "***": 0.001, "****": 0.0001}
_INSIGNIFICANT = frozenset(("ns", "nosig", "notsig", "notsignificant", "nonsignificant"))
_NEITHER = _INSIGNIFICANT | {"no", "none", "unchanged", "nochange", "stable", "nodiff", "not", "neither"}
# Signs and numbers mean a direction only below a header that announces one.
_SIGNS = {"+": 1, "1": 1, "+1": 1, "1.0": 1, "-": -1, "−": -1, "-1": -1, "−1": -1, "-1.0": -1, "0": 0, "0.0": 0}
_CODES = frozenset(("-1", "0", "1", "NA", ""))  # which mean it below any other header too
_SIGNS |= {"↑": 1, "▲": 1, "↓": -1, "▼": -1, "u": 1, "d": -1}
_SIGNS |= {"positive": 1, "pos": 1, "high": 1, "negative": -1, "neg": -1, "low": -1}
_YES = {"yes": True, "true": True, "sig": True, "significant": True, "1": True, "+": True, "y": True, "t": True}
_YES |= dict.fromkeys(_STARS, True) | dict.fromkeys(("no", "false", "0", "n", "f", *_INSIGNIFICANT), False)


def some(cells: Sequence[str]) -> list[str]:
    """Return filled cells from all over a column, enough to see what it holds."""
    filled = [cell for cell in cells if not is_missing(cell)] if len(cells) <= _LOOKED_AT else []
    if not filled:
        filled = [cell for cell in cells[:: max(1, len(cells) // (4 * _LOOKED_AT))] if not is_missing(cell)]
    return filled[:: max(1, len(filled) // _LOOKED_AT)]


def holds_numbers(cells: Sequence[str]) -> bool:
    """Return whether at least half of the filled cells are numbers, however written."""
    filled = some(cells)
    return 2 * len(read_numbers(filled)[1]) <= len(filled) and bool(filled)


def read_numbers(cells: Sequence[str], *, probability: bool = False) -> tuple[np.ndarray, list[int]]:
    """Return the numbers, NaN where there is none, and the places of the cells that hold something else."""
    points = _with_points(cells)
    numbers = pd.to_numeric(pd.Series(points, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    odd, known = [], {}
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        text = points[place]
        if text not in known:
            known[text] = _number(text, probability)
        if known[text] is None:
            odd.append(place)
        else:
            numbers[place] = known[text]
    return numbers, odd


def _with_points(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells with decimal points: a lone comma is a decimal mark unless another cell shows otherwise."""
    joined = " ".join(cells)
    if "," not in joined:
        return cells
    if re.search(r"\d,\d{3}\.\d", joined):
        return [re.sub(r"(?<=\d),(?=\d{3})", "", cell).replace(",", ".") for cell in cells]
    if re.search(r"\d\.\d{3},\d", joined):
        return [re.sub(r"(?<=\d)\.(?=\d{3}\b)", "", cell).replace(",", ".") for cell in cells]
    return [re.sub(r"(?<=\d),(?=\d{3})", "", cell) if cell.count(",") > 1 else cell.replace(",", ".") for cell in cells]


def has_both_marks(cells: Sequence[str]) -> list[str]:
    """Return the cells with a decimal comma if others in the column have a decimal point, else nothing."""
    commas = [cell for cell in cells if "," in cell and "." not in cell and any(map(str.isdigit, cell))]
    return commas if commas and any("." in cell and cell[-1:].isdigit() and "," not in cell for cell in cells) else []


def _number(text: str, probability: bool) -> float | None:
    """Return the number in a cell, NaN for a missing one, None if it holds anything else."""
    if is_missing(text):
        return math.nan
    plain = unicodedata.normalize("NFKC", text[:60]).translate(DASHES).strip().lower()
    plain = plain.replace("≤", "<").replace("≥", ">")
    if probability:
        plain = re.sub(r"^[pq]\s*(?=[<>=])", "", plain)
        if letters(plain) in _INSIGNIFICANT:
            return 1.0
        if plain in _STARS:
            return math.nextafter(_STARS[plain], 0)
    plain = _POWER.sub(r"e\1", plain).rstrip("*†‡§#^ ")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    number = float("".join(found["number"].split()).replace("∞", "inf"))
    if probability:
        return {"<": math.nextafter(number, -1), ">": 1.0 if number <= 1 else number}.get(found["bound"], number)
    if found["open"]:  # as book-keepers write a negative number
        number = -abs(number)
    if found["arrow"]:
        number = abs(number) * (1 if found["arrow"] in "↑▲" else -1)
    # "<-5" is negative and ">5" positive; of "<5" not even the sign is known.
    unknown = (found["bound"] == "<" and number >= 0) or (found["bound"] == ">" and number < 0)
    return None if unknown else number


def is_direction(header: str, cells: Sequence[str]) -> bool:
    """Return whether at least half of the filled cells say up, down or neither, and one of them up or down."""
    words = set(cells)
    looked_at = cells if len(words) <= _LOOKED_AT // 4 else some(cells)
    filled = [cell for cell in looked_at if cell]
    signs, odd = read_directions(header, filled)
    return 2 * len(odd) <= len(signs) and bool(np.any(signs != 0))


def read_directions(header: str, cells: Sequence[str]) -> tuple[np.ndarray, list[int]]:
    """Return 1 for up, -1 for down and 0 for neither, and the places of the cells that hold something else."""
    words, role = set(cells), role_of(header).name
    signed = role == "direction" or (not role and "-1" in words and words <= _CODES)
    known = {cell: _direction(cell, signed) for cell in words}
    found = [known[cell] for cell in cells]
    odd = [place for place, sign in enumerate(found) if sign is None]
    return np.array([sign or 0 for sign in found]), odd


def _direction(cell: str, signed: bool) -> int | None:
    if signed and cell.lower() in _SIGNS:
        return _SIGNS[cell.lower()]
    sign = direction_of(cell)
    if sign is None and (is_missing(cell) or letters(cell) in _NEITHER):
        return 0
    return {"up": 1, "down": -1}.get(side_of(cell), sign)  # "up in treated"


def read_flags(cells: Sequence[str]) -> np.ndarray | None:
    """Return which cells say yes; None if one says neither yes nor no."""
    known = {cell: _YES.get(cell.lower(), _YES.get(letters(cell))) for cell in set(cells)}
    known |= {cell: False for cell in known if is_missing(cell)}
    return None if None in known.values() else np.array([known[cell] for cell in cells], dtype=bool)


def gene_names(cells: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the filled cells of a list, and apart from them what is a sentence and no gene: a footnote."""
    found: tuple[list[str], list[str]] = ([], [])
    for cell in cells:
        if not is_missing(cell):
            found[len(cell) > 80 or (cell.count(" ") > 1 and "//" not in cell)].append(cell)
    return found


def is_list_side(cells: Sequence[str]) -> bool:
    """Return whether cells below "up" or "down" are genes rather than numbers, flags or words of direction."""
    filled = some(cells)
    flags = sum(cell.lower() in _YES or direction_of(cell) is not None for cell in filled)
    return not holds_numbers(cells) and 2 * flags <= len(filled)
