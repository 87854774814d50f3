"""The site's results table, read with its ragged rows repaired."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

import pandas as pd

from .._util.missing import is_missing
from .._util.text import counted, shown
from ._open import Source, open_source
from ._roles import header_word
from ._tags import place_tags
from ._text_table import Row, TextTable
from ._typed_tables import sheet_rows

_NUMBERS = re.compile(r"z_?score|z_(up|down|sum)|p_?val|fdr|q_?value|log_?p|bonferroni|rank")


def read_results(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of mimickers or reversers as the site writes it, and repair its ragged rows.

    The site takes the header from the first hit and leaves out what a hit does not have, so a row may have
    fewer or more cells than the header, and its cells may be below the wrong names. Its numbers are at
    the right end of every row; they are read from there. The tags between the name and the numbers are placed
    by what they say.

    Parameters
    ----------
    path : str or Path
        TSV, CSV or XLSX, plain or packed.

    Returns
    -------
    DataFrame, one row per hit in the order of the file
        ``Term`` : the signature id (the file may call it Name or Perturbagen); ``parse_signature_id`` takes
        it apart. Then the tags under the site's names (``Perturbation Type``, ``Dose``, ``Cell Line`` …):
        text, "" where the hit has none. Then the site's numbers (``z-score (up)``, ``p-value (up)`` …) as
        float64, NaN where empty. Then ``repaired``: True if the tags were not below their names, and
        ``unplaced``: tags that fit no column for certain, joined by "; ".

    Raises
    ------
    LincsInterpError
        If the file cannot be read, has no column of z-scores, or a row ends before its numbers.

    Examples
    --------
    >>> results = read_results("mimickers.tsv")  # doctest: +SKIP
    >>> results.loc[results["z-score (sum)"] > 5, ["Term", "z-score (sum)"]]  # doctest: +SKIP
    """
    with open_source(path) as source:
        return _table(source, list(_rows(source)))


def _rows(source: Source) -> Iterable[Row]:
    if source.kind == "xlsx":
        return sheet_rows(source)
    if source.kind != "text":
        remedy = "download the table from the site as TSV"
        source.refuse(f"it is a {source.kind} file, not a results table", remedy)
    # The rows are ragged, so only the header shows the delimiter.
    return max((TextTable(source, delimiter) for delimiter in "\t;,"), key=lambda table: len(table.header()))


@dataclass(frozen=True)
class _Header:
    tags: tuple[str, ...]
    numbers: tuple[str, ...]


def _table(source: Source, rows: Sequence[Row]) -> pd.DataFrame:
    header = _header(source, rows)
    n = len(header.numbers)
    body = [(line, _to_last_number(cells, n)) for line, cells in rows[1:]]
    for line, cells in body:
        if len(cells) <= n:
            problem = f"line {line:,} has {counted(len(cells), 'cell')}, too few for a name and {n} numbers"
            source.refuse(problem, "the file is cut off; download it again", line)
    terms = [cells[0].strip() for _, cells in body]
    numbers = [_numbers(source, line, header.numbers, cells[-n:]) for line, cells in body]
    rows_of_tags = [[cell.strip() for cell in cells[1:-n]] for _, cells in body]
    tags, remarks = place_tags(header.tags, terms, rows_of_tags)
    values = pd.DataFrame(numbers, columns=list(header.numbers), dtype=float)
    return pd.concat([pd.DataFrame({"Term": terms}), tags, values, remarks], axis=1)


def _header(source: Source, rows: Sequence[Row]) -> _Header:
    if not rows:
        source.refuse("the table is empty", "download it again")
    cells = [cell.strip() for cell in rows[0][1]]
    while not cells[-1]:
        cells.pop()
    n = sum(1 for _ in takewhile(lambda cell: _NUMBERS.match(header_word(cell)), reversed(cells)))
    if n == 0 or n == len(cells):
        problem = f"its header ({shown(', '.join(cells), 80)}) does not end in z-scores and p-values"
        source.refuse(problem, "give the site's results table, with its header", cells)
    return _Header(tuple(cells[1:-n]), tuple(cells[-n:]))


def _to_last_number(cells: list[str], n: int) -> list[str]:
    """Leave out the empty cells with which a sheet fills up short rows: `n` numbers follow a tag."""
    end = len(cells)
    while end > n and not cells[end - 1].strip():
        if _is_number(cells[end - n]) and not (end - n > 1 and _is_number(cells[end - n - 1])):
            break
        end -= 1
    return cells[:end]


def _numbers(source: Source, line: int, columns: Sequence[str], cells: Sequence[str]) -> list[float]:
    numbers = []
    for column, cell in zip(columns, cells, strict=True):
        try:
            numbers.append(_number(cell))
        except ValueError:
            problem = f"line {line:,}, column {shown(column)!r} holds {shown(cell, 30)!r} where a number belongs"
            source.refuse(problem, "the row must end in the numbers of the header; download the file again", cell)
    return numbers


def _number(cell: str) -> float:
    if is_missing(cell):
        return float("nan")
    if "_" in cell:  # which Python would read over
        raise ValueError(cell)
    return float(cell.replace(",", "."))  # a spreadsheet may have put a decimal comma


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(_number(cell))
    except ValueError:
        return False
