"""Tables of text: delimiter, rows with their line numbers, and two ways from rows to numbers, fast and careful."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

import numpy as np

from .._util.text import counted, shown
from ._cells import CONTINENTAL, ENGLISH, NumberStyle
from ._headers import has_role
from ._layout import SAMPLE, Layout, find_layout
from ._matrix import Chooser, Matrix
from ._open import Source

#: Lines without a row in sequence: what is so empty is no table. Excel writes a million empty lines at most.
LONGEST_GAP = 1 << 21
GAP_IN_HEAD = 100_000  # how far is looked for the next of the first rows
_CELLS_AT_A_TIME = 1 << 15  # they stay in the processor's cache

_DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "blanks"}
ONLY_COMMENTS = ("the file holds comment lines only", "download or save it again")

Row = tuple[int, list[str]]  # line number counted from 1, cells


@dataclass(frozen=True)
class TextTable:
    """A text file cut into rows of cells. Empty lines and comment lines are left out."""

    source: Source
    delimiter: str
    quoted: bool = True
    start: int = 0  # lines on top that belong to no row

    def __iter__(self) -> Iterator[Row]:
        return self._rows(LONGEST_GAP, refuse=True)

    def _rows(self, most: int, *, refuse: bool = False) -> Iterator[Row]:
        """Yield the rows up to a gap of more than `most` lines, which is the end or an error."""
        lines = islice(self.source.text(), self.start, None)
        reader = csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            skipinitialspace=self.delimiter == " ",
        )
        line, on_top, gap = self.start + 1, True, 0
        try:
            for cells in reader:
                if any(map(str.strip, cells)) and not is_comment(cells, on_top=on_top):
                    yield line, cells
                    on_top, gap = False, 0
                elif (gap := gap + 1) > most:
                    if refuse:
                        problem = f"more than {most:,} lines without a cell end at line {line:,}"
                        self.source.refuse(problem, "delete them, or save the table again")
                    return
                line = self.start + reader.line_num + 1
        except csv.Error as error:
            problem = f"line {line:,} cannot be cut into cells ({shown(error)})"
            self.source.refuse(problem, "check its quotation marks", line)

    def head(self, n: int = SAMPLE) -> list[Row]:
        """Return the first rows."""
        return list(islice(self._rows(GAP_IN_HEAD), n))

    def header(self) -> list[str]:
        """Return the cells of the first row; none if there is no row."""
        return next((cells for _, cells in self), [])


def is_comment(cells: Sequence[str], *, on_top: bool) -> bool:
    """Return whether a line starts with "#" or "!" and is no header ("#gene <tab> S1"); below the top, one cell.

    "#N/A" is what Excel writes for a missing value.
    """
    if not cells[0].startswith(("#", "!")) or cells[0] == "#N/A":
        return False
    names_genes = len(cells) > 1 and has_role("gene", cells[0])
    is_header = names_genes or (cells[0].startswith("#") and len(cells) > 2 and all(cells))
    return not any(cells[1:]) or (on_top and not is_header)


def cut(source: Source) -> TextTable:
    """Find the delimiter: the one that cuts the most rows into the same number of cells, at least two.

    Commas come after semicolons, because beside semicolons a comma is a decimal sign; blanks come last,
    because names and descriptions hold them.
    """
    best, best_share = TextTable(source, "\t"), 0.0
    for delimiter in _DELIMITERS:
        for quoted in (True, False):
            table = TextTable(source, delimiter, quoted)
            share = _regular(table)
            if share > best_share + 0.1:
                best, best_share = table, share
            if best_share > 0.9:
                return best
    return best


def _regular(table: TextTable) -> float:
    """Return the share of rows, below a possible title, with the usual number of cells; 0 if that is one."""
    try:
        rows = [cells for _, cells in table.head()]
    except ValueError:  # an open quotation mark
        return 0.0
    widths = [len(cells) for cells in rows[len(rows) // 3 :]]
    if not widths or any("\n" in cell and len(cell) > 1000 for cells in rows for cell in cells):
        return 0.0
    usual = max(set(widths), key=widths.count)
    return widths.count(usual) / len(widths) if usual > 1 else 0.0


def read_text_matrix(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    """Read a matrix of numbers from text."""
    table = cut(source)
    head = table.head()
    if not head:
        source.refuse(*ONLY_COMMENTS)
    layout = find_layout([cells for _, cells in head], source)
    matrix = read_body(table, layout, head, choose(layout.names), whole=whole)
    delimiter = [] if table.delimiter in "\t," else [f"The columns are parted by {_DELIMITERS[table.delimiter]}."]
    matrix.notes[:0] = [*source.notes, *delimiter, *layout.notes]
    return matrix


# Rows to numbers -----------------------------------------------------------------------------------------


def read_body(table: TextTable, layout: Layout, head: Sequence[Row], pick: Sequence[int], *, whole: bool) -> Matrix:
    """Return the picked signatures: fast if the file is plain, with care if anything is odd."""
    try:
        values, genes = _read_plain(table, layout, head, pick, whole=whole)
    except ValueError:
        return read_rows(table, layout, pick, table.source, whole=whole)
    return Matrix(values, genes, [layout.names[j] for j in pick], layout.facts(pick))


def _read_plain(
    table: TextTable, layout: Layout, head: Sequence[Row], pick: Sequence[int], *, whole: bool
) -> tuple[np.ndarray, list[str]]:
    """Read rows of names and then numbers up to the end of each line, many at a time; ValueError if one is not so."""
    lead, rows, delimiter = layout.values[0], head[layout.first_row :], table.delimiter
    numbers_last = layout.values == tuple(range(lead, layout.width)) and layout.gene < lead
    if not (rows and numbers_last) or delimiter == " ":
        raise ValueError("another layout")
    columns = slice(None) if list(pick) == list(range(layout.width - lead)) else list(pick)
    genes: list[str] = []
    blocks: list[np.ndarray] = []
    lines = _filled(islice(table.source.text(), rows[0][0] - 1, None))
    some = max(_CELLS_AT_A_TIME // layout.width, 1)
    while block := [line.rstrip("\r\n").split(delimiter, lead) for line in islice(lines, some)]:
        texts = [row.pop() for row in block]
        if any(len(row) != lead or '"' in "".join(row) for row in block):
            raise ValueError("a row without numbers, or with quotation marks")
        numbers = _digits(texts, delimiter, layout.width - lead)
        if numbers is None:
            numbers = np.vstack([ENGLISH.numbers(text.split(delimiter)) for text in texts])
            # A row without a number may be a remark; 1.234 may be twelve hundred.
            if np.isnan(numbers).all(axis=1).any() or (whole and (numbers % 1 > 0).any()):
                raise ValueError("a row without a number, or a fraction")
        if numbers.shape[1] != layout.width - lead:
            raise ValueError("rows of another width")
        blocks.append(numbers[:, columns])
        genes += [row[layout.gene].strip() for row in block]
    return np.concatenate(blocks), genes


def _filled(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are not empty; a gap without end is a matter of the careful reader."""
    gap = 0
    for line in lines:
        gap = gap + 1 if line.isspace() else 0
        if gap > LONGEST_GAP:
            raise ValueError("a long gap")
        if not gap:
            yield line


def _digits(rows: Sequence[str], delimiter: str, width: int) -> np.ndarray | None:
    """Return rows of numbers of one to eight digits as integers, None if there is anything else.

    Each number is its last eight bytes as one word, from which digits become pairs, fours and eights: twice as fast as
    pandas. All steps work in place, on fresh memory they would take twice the time.
    """
    text = np.frombuffer("\n".join(["0" * 8 + rows[0], *rows[1:], ""]).encode(), dtype=np.uint8)
    ends = np.flatnonzero(text - ord("0") > 9)  # uint8 wraps round, so that everything but a digit is large
    marks = np.full((len(rows), width), ord(delimiter), dtype=np.uint8)
    marks[:, -1] = ord("\n")
    foreign = 9 - np.diff(ends, prepend=7)  # how many of the eight bytes belong to the number before
    if not np.array_equal(text[ends], marks.ravel()) or foreign.min() < 0 or foreign.max() > 7:
        return None
    ends -= 8
    words = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))[ends]
    foreign *= 8
    bits = foreign.view(np.uint64)
    words >>= bits
    words <<= bits
    words &= np.uint64(0x0F0F0F0F0F0F0F0F)
    for size, keep in ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF)):
        words *= np.uint64(10 ** (size // 8) * 2**size + 1)
        words >>= np.uint64(size)
        words &= np.uint64(keep)
    return words.astype(np.int32).reshape(marks.shape)


class _NotANumber(Exception):
    """A cell that the style of numbers in hand cannot explain."""

    def __init__(self, line: int, column: str, cell: str) -> None:
        self.line, self.column, self.cell = line, column, cell


def not_a_number(source: Source, where: str, column: str, cell: str) -> Any:
    """Refuse a cell of text among numbers."""
    problem = f"{where}column {shown(column, 40)!r} holds {shown(cell, 30)!r} where a number belongs"
    source.refuse(problem, "correct the cell, or leave it empty if the number is missing", cell)


def read_rows(rows: Iterable[Row], layout: Layout, pick: Sequence[int], source: Source, *, whole: bool) -> Matrix:
    """Read the genes' rows of the picked signatures: every cell is either understood or named in an error.

    A style of numbers (English or Continental) counts only if it explains every cell. Where `whole` numbers are
    expected, 1.234 is twelve hundred and something if every number can be read so. `rows` are run through repeatedly.
    """
    failures: list[_NotANumber] = []
    for style in (ENGLISH, CONTINENTAL):
        try:
            matrix = _read(rows, layout, pick, source, style)
        except _NotANumber as failure:
            failures.append(failure)
            continue
        if style is ENGLISH and whole and (np.floor(matrix.values) < matrix.values).any():
            try:
                return _read(rows, layout, pick, source, CONTINENTAL)
            except _NotANumber:
                pass  # fractions indeed
        return matrix
    worst = max(failures, key=lambda failure: failure.line)  # the style that came further is the file's own
    return not_a_number(source, f"line {worst.line:,}, ", worst.column, worst.cell)


def _read(rows: Iterable[Row], layout: Layout, pick: Sequence[int], source: Source, style: NumberStyle) -> Matrix:
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
        if len(cells) < least or any(cell.strip() for cell in cells[layout.width :]):
            # Trailing empty cells may be there or not; a filled cell too many or a value too few is an error.
            problem = f"line {line:,} has {counted(len(cells), 'cell')} where {layout.width:,} belong"
            cut_off = "if it is the last line, the file is cut off and must be downloaded again"
            source.refuse(problem, f"{cut_off}; otherwise correct this line", line)
        cells.extend([""] * (layout.width - len(cells)))
        try:
            found.append(style.numbers(take(cells)))
        except ValueError:
            column = next(i for i, j in enumerate(columns) if not style.fits(cells[j]))
            raise _NotANumber(line, ids[column], cells[columns[column]]) from None
        genes.append(cells[layout.gene].strip())
    if not found:
        raise source.error("holds no row of numbers below its header", "download or save it again")
    matrix = Matrix(np.vstack(found), genes, ids, layout.facts(pick))
    if footers:
        matrix.notes.append(f"{counted(footers, 'line')} below the table left out.")
    if style is CONTINENTAL:
        matrix.notes.append("Numbers were read with a comma for decimals and a dot between thousands.")
    return matrix


def _taker(columns: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    if len(columns) == 1:  # itemgetter gives a bare cell then
        return lambda cells: cells[columns[0] : columns[0] + 1]
    taker: Any = itemgetter(*columns)
    return taker


def _is_footer(cells: Sequence[str]) -> bool:
    """Return whether it is a sentence below the table: one filled cell with blanks in it."""
    return " " in cells[0].strip() and len(cells) < 3 and not any(cells[1:])
