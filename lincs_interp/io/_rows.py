"""Rows of text cells -> numbers, with care: every cell is either understood or named in an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import numpy as np

from .._util.errors import LincsInterpError
from .._util.text import counted, shown
from ._cells import CONTINENTAL, ENGLISH, NumberStyle
from ._columns import GENE_HEADERS, header_word
from ._layout import Layout
from ._matrix import Matrix

Row = tuple[int, list[str]]  # line number counted from 1, cells


class _NotANumber(Exception):
    """A cell that the style of numbers in hand cannot explain."""

    def __init__(self, line: int, column: str, cell: str) -> None:
        self.line, self.column, self.cell = line, column, cell


def read_rows(rows: Iterable[Row], layout: Layout, pick: Sequence[int], name: str, *, whole: bool) -> Matrix:
    """Read the genes' rows of the picked signatures.

    A style of numbers (English or Continental) counts only if it explains every cell.

    Parameters
    ----------
    rows : iterable of (line, cells)
        Can be run through more than once. The layout counts its rows from the first of them.
    whole : bool
        Whole numbers are expected: 1.234 is twelve hundred and something if every number can be read so.
    """
    failures: list[_NotANumber] = []
    for style in (ENGLISH, CONTINENTAL):
        try:
            matrix = _read(rows, layout, pick, name, style)
        except _NotANumber as failure:
            failures.append(failure)
            continue
        if style is ENGLISH and whole and (np.floor(matrix.values) < matrix.values).any():
            try:
                return _read(rows, layout, pick, name, CONTINENTAL)
            except _NotANumber:
                pass  # fractions indeed
        return matrix
    worst = max(failures, key=lambda failure: failure.line)  # the style that came further is the file's own
    raise LincsInterpError(
        f"{name}: line {worst.line:,}, column {shown(worst.column, 40)!r} holds {shown(worst.cell, 30)!r}"
        " where a number belongs: correct the cell, or leave it empty if the number is missing."
    )


def _read(rows: Iterable[Row], layout: Layout, pick: Sequence[int], name: str, style: NumberStyle) -> Matrix:
    columns = [layout.values[j] for j in pick]
    ids = [layout.names[j] for j in pick]
    take = _taker(columns)
    genes: list[str] = []
    found: list[np.ndarray] = []
    least, footers = 1 + max(layout.gene, *layout.values), 0
    for line, cells in islice(rows, layout.first_row, None):
        if footers or _is_footer(cells):
            footers += 1
            continue
        _check_width(cells, least, layout.width, f"{name}: line {line:,}")
        cells.extend([""] * (layout.width - len(cells)))
        try:
            found.append(style.numbers(take(cells)))
        except ValueError:
            column = next(i for i, j in enumerate(columns) if not _fits(style, cells[j]))
            raise _NotANumber(line, ids[column], cells[columns[column]]) from None
        genes.append(cells[layout.gene].strip())
    if not found:
        raise LincsInterpError(f"{name} holds no row of numbers below its header: download or save it again.")
    matrix = Matrix(np.vstack(found), genes, ids, layout.facts(pick))
    if footers:
        matrix.notes.append(f"{counted(footers, 'line')} below the table left out.")
    if style is CONTINENTAL:
        matrix.notes.append("Numbers were read with a comma for decimals and a dot between thousands.")
    return matrix


def is_comment(cells: Sequence[str], *, on_top: bool) -> bool:
    """A line that starts with "#" or "!" and is no header such as "#gene <tab> S1"; below the top, one cell only.

    "#N/A" is what Excel writes for a missing value.
    """
    if not cells[0].startswith(("#", "!")) or cells[0] == "#N/A":
        return False
    names_genes = len(cells) > 1 and header_word(cells[0]) in GENE_HEADERS
    is_header = names_genes or (cells[0].startswith("#") and len(cells) > 2 and all(cells))
    return not any(cells[1:]) or (on_top and not is_header)


def _taker(columns: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    if len(columns) == 1:  # itemgetter gives a bare cell then
        return lambda cells: cells[columns[0] : columns[0] + 1]
    taker: Any = itemgetter(*columns)
    return taker


def _is_footer(cells: Sequence[str]) -> bool:
    """A sentence below the table: one filled cell with blanks in it."""
    return " " in cells[0].strip() and len(cells) < 3 and not any(cells[1:])


def _check_width(cells: Sequence[str], least: int, width: int, where: str) -> None:
    """Trailing empty cells may be there or not; a filled cell too many or a value too few is an error."""
    if len(cells) < least or any(cell.strip() for cell in cells[width:]):
        raise LincsInterpError(
            f"{where} has {counted(len(cells), 'cell')} where {width:,} belong: if it is the last line, the file is cut"
            " off and must be downloaded again; otherwise mend this line."
        )


def _fits(style: NumberStyle, cell: str) -> bool:
    try:
        style.number(cell)
    except ValueError:
        return False
    return True
