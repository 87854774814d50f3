"""The column of a gene table that says in words or signs which way each gene went."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Compared without case and without punctuation between letters.
_SPOKEN_UP = frozenset(("up", "upregulated", "upreg", "increased", "increase", "higher", "activated", "induced"))
_SPOKEN_DOWN = frozenset(
    ("down", "dn", "downregulated", "downreg", "decreased", "decrease", "lower", "repressed", "reduced")
)
_NEITHER = frozenset(
    ("", "no", "none", "ns", "na", "nan", "notsig", "notsignificant", "nosig", "unchanged", "nochange", "stable")
)
# Signs and numbers say a direction only below a header that announces one.
_SIGNS = {"+": "1", "1": "1", "+1": "1", "1.0": "1", "-": "-1", "−": "-1", "-1": "-1", "-1.0": "-1", "0": "", "0.0": ""}
_HEADERS = frozenset(
    (
        "direction", "dir", "regulation", "regulated", "reg", "change", "changes", "sign", "side", "updown", "trend",
        "deg", "diffexpressed", "diffexpr", "genedirection", "effectdirection", "degdirection", "expression", "status",
    )
)  # fmt: skip


def direction_column(header: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    """Return the column that gives each gene a direction, or None."""
    for j, cells in enumerate(columns):
        signs = _signs(cells, signed=_letters(header[j]) in _HEADERS)
        if signs is not None and any(signs):
            return j
    return None


def signs(cells: Sequence[str]) -> list[str]:
    """Return a direction column as numbers: "1" = up, "-1" = down, "" = neither."""
    return _signs(cells, signed=True) or []


def is_direction(cell: str) -> bool:
    """True if the cell itself says up or down in a word."""
    return _letters(cell) in _SPOKEN_UP | _SPOKEN_DOWN


def _signs(cells: Sequence[str], *, signed: bool) -> list[str] | None:
    """Return the directions, or None if a cell says something else."""
    found = []
    for cell in cells:
        word = _letters(cell)
        if signed and cell.strip() in _SIGNS:
            found.append(_SIGNS[cell.strip()])
        elif word in _SPOKEN_UP:
            found.append("1")
        elif word in _SPOKEN_DOWN:
            found.append("-1")
        elif word in _NEITHER:
            found.append("")
        else:
            return None
    return found


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.strip().lower())
