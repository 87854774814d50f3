"""Tables of text: delimiter, rows with their line numbers, and two ways from rows to numbers, fast and careful."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any

import numpy as np

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown
from ._cells import CONTINENTAL, ENGLISH, NumberStyle, is_number
from ._damage import check_end, refuse_swallowed
from ._headers import has_role
from ._layout import SAMPLE, Layout
from ._matrix import Chooser, Matrix, matrix_of
from ._open import MOST_COLUMNS, Source
from ._top_rows import filled_width, find_layout

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
                if len(cells) > MOST_COLUMNS:
                    problem = f"line {line:,} has more than {MOST_COLUMNS:,} cells"
                    self.source.refuse(problem, "give fewer signatures in a file, or a .gctx", line)
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
    """Return whether a line starts with "#" or "!" and is no header ("#gene <tab> S1"); below the top, one cell."""
    # "#N/A" is what Excel writes for a missing value.
    if not cells[0].startswith(("#", "!")) or cells[0] == "#N/A":
        return False
    names_genes = len(cells) > 1 and has_role("gene", cells[0])
    is_header = names_genes or (cells[0].startswith("#") and len(cells) > 2 and all(cells))
    return not any(cells[1:]) or (on_top and not is_header)


def cut(source: Source) -> TextTable:
    """Find the delimiter: the one that cuts the most rows into the same number of cells, at least two."""
    # Commas come after semicolons, because beside semicolons a comma is a decimal sign; blanks come last,
    # because names and descriptions hold them.
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
    for line, cells in head:
        refuse_swallowed(source, line, cells, len(layout.values))
    pick = choose(layout.names)
    matrix = read_body(table, layout, head, pick, whole=whole)
    if layout.values[-1] == layout.width - 1 and layout.names[-1] in matrix.ids:
        check_end(source, table.delimiter, matrix, layout.names[-1])
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
    return matrix_of(layout, pick, values, genes)


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
    values = np.empty((0, len(pick)), dtype=np.int32)
    n_bytes = table.source.stream.seek(0, os.SEEK_END)
    lines, encoding = _lines_below(table.source, rows[0][0] - 1)
    mark, some = delimiter.encode(), max(_CELLS_AT_A_TIME // layout.width, 1)
    tabs = mark * (layout.full - layout.width)  # at the end of each line
    while block := [line.rstrip(b"\r\n").removesuffix(tabs).split(mark, lead) for line in islice(lines, some)]:
        texts = [row.pop() for row in block]
        beside = b"".join(cell for row in block for cell in row)
        if any(len(row) != lead for row in block) or b'"' in beside or b"\r" in beside:
            raise ValueError("a row without numbers, with quotation marks, or two rows")
        numbers = _digits(texts, mark, layout.width - lead)
        if numbers is None:
            cells = [text.decode(*encoding).split(delimiter) for text in texts]
            numbers = np.vstack([ENGLISH.numbers(row) for row in cells])
            # A row without a number may be a remark, without one of them displaced; 1.234 may be twelve hundred.
            moved = any(block[n][layout.gene].strip().isdigit() for n in np.flatnonzero(np.isnan(numbers).any(axis=1)))
            remark = np.isnan(numbers).all(axis=1).any()
            if moved or remark or (whole and (numbers % 1 > 0).any()) or b"\r" in b"".join(texts):
                raise ValueError("a row that may be none, or a fraction")
        if numbers.shape[1] != layout.width - lead:
            raise ValueError("rows of another width")
        done = len(genes)
        genes += [row[layout.gene].decode(*encoding).strip() for row in block]
        if numbers.dtype != values.dtype or len(genes) > len(
            values
        ):  # one table that grows takes half the memory of parts
            about = int(1.05 * n_bytes / len(b"".join(texts)) * len(texts))
            grown = np.empty((max(about, 2 * len(genes)), len(pick)), dtype=np.result_type(numbers, values))
            grown[:done] = values[:done]
            values = grown
        values[done : len(genes)] = numbers[:, columns]
    return values[: len(genes)], genes


def _lines_below(source: Source, n: int) -> tuple[Iterator[bytes], tuple[str, str]]:
    """Return the filled lines below the first `n` as bytes, which spares half of the time, and how to decode them."""
    if not source.encoding.startswith(("utf-8", "cp1252")) or not isinstance(source.stream, io.BufferedIOBase):
        return _filled(line.encode() for line in islice(source.text(), n, None)), ("utf-8", "strict")
    source.stream.seek(3 if source.encoding == "utf-8-sig" else 0)
    if any(b"\r" in line.rstrip(b"\r\n") for line in islice(source.stream, n)):
        raise ValueError("other lines than those of the text")
    codec = source.encoding.removesuffix("-sig")
    return _filled(source.stream), (codec, "replace" if codec == "cp1252" else "strict")


def _filled(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines that are not empty; a gap without end is a matter of the careful reader."""
    gap = 0
    for line in lines:
        gap = gap + 1 if line.isspace() else 0
        if gap > LONGEST_GAP:
            raise ValueError("a long gap")
        if not gap:
            yield line


def _digits(rows: Sequence[bytes], delimiter: bytes, width: int) -> np.ndarray | None:
    """Return rows of numbers of one to eight digits as integers, None if there is anything else."""
    # Each number is its last eight bytes as one word, from which digits become pairs, fours and eights: twice as fast
    # as pandas. All steps work in place, on fresh memory they would take twice the time.
    text = np.frombuffer(b"\n".join([b"0" * 8 + rows[0], *rows[1:], b""]), dtype=np.uint8)
    ends = np.flatnonzero(text - ord("0") > 9)  # uint8 wraps round, so that everything but a digit is large
    marks = np.count_nonzero(text == ord(delimiter))
    if (
        len(ends) != len(rows) * width
        or marks != len(rows) * (width - 1)
        or (text[ends[width - 1 :: width]] != 10).any()
    ):
        return None
    ends -= 8
    foreign = np.empty_like(ends)  # how many of the eight bytes belong to the number before
    foreign[0] = -1 - ends[0]
    np.subtract(ends[:-1], ends[1:], out=foreign[1:])
    foreign += 9
    bits = foreign.view(np.uint64)
    if bits.max() > 7:  # below 0 is large here
        return None
    bits *= np.uint64(8)
    words = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))[ends]
    words >>= bits
    words <<= bits
    for size, keep in ((8, 0x0F0F0F0F0F0F0F0F), (16, 0x00FF00FF00FF00FF), (32, 0x0000FFFF0000FFFF)):
        words &= np.uint64(keep)
        words *= np.uint64(10 ** (size // 8) * 2**size + 1)
        words >>= np.uint64(size)
    return words.view("<i4")[::2].reshape(len(rows), width)


class _NotANumber(Exception):
    """A cell that the style of numbers in hand cannot explain."""

    def __init__(self, line: int, column: str, cell: str, gene: str) -> None:
        self.line, self.column, self.cell, self.gene = line, column, cell, gene


def not_a_number(source: Source, where: str, column: str, cell: str, gene: str = "") -> Any:
    """Refuse a cell of text among numbers."""
    of = f" (gene {shown(gene, 30)})" if gene else ""
    problem = f"{where}column {shown(column, 40)!r} holds {shown(cell, 30)!r} where a number belongs{of}"
    source.refuse(problem, "correct the cell, or leave it empty if the number is missing", cell)


def read_rows(rows: Iterable[Row], layout: Layout, pick: Sequence[int], source: Source, *, whole: bool) -> Matrix:
    """Read the genes' rows of the picked signatures: every cell is either understood or named in an error."""
    # A style of numbers (English or Continental) counts only if it explains every cell. Where `whole` numbers are
    # expected, 1.234 is twelve hundred and something if every number can be read so. `rows` are run through repeatedly.
    failures: list[_NotANumber] = []
    for style in (ENGLISH, CONTINENTAL):
        try:
            matrix = _RowReader(layout, pick, source, style).matrix(rows)
        except _NotANumber as failure:
            failures.append(failure)
            continue
        if style is ENGLISH and whole and (np.floor(matrix.values) < matrix.values).any():
            try:
                return _RowReader(layout, pick, source, CONTINENTAL).matrix(rows)
            except _NotANumber:
                pass  # fractions indeed
        return matrix
    worst = max(failures, key=lambda failure: failure.line)  # the style that came further is the file's own
    return not_a_number(source, f"line {worst.line:,}, ", worst.column, worst.cell, worst.gene)


@dataclass(frozen=True)
class _RowReader:
    """The careful way from rows to numbers."""

    layout: Layout
    pick: Sequence[int]
    source: Source
    style: NumberStyle

    @cached_property
    def columns(self) -> list[int]:
        return [self.layout.values[j] for j in self.pick]

    @cached_property
    def take(self) -> Callable[[list[str]], Sequence[str]]:
        return _taker(self.columns)

    def matrix(self, rows: Iterable[Row]) -> Matrix:
        """Return the numbers of all genes. A sentence between them is left out and named, like all that is below."""
        genes: list[str] = []
        found: list[np.ndarray] = []
        between: list[Row] = []
        below: list[Row] = []
        for line, cells in islice(rows, self.layout.first_row, None):
            if self.is_remark(cells):
                below.append((line, cells))
                continue
            try:
                numbers = self.numbers(line, cells)
            except (LincsInterpError, _NotANumber):
                if not below:
                    raise
                below.append((line, cells))
                continue
            for passed in below:  # the table goes on: among its genes only sentences are passed over
                if not self.is_remark(passed[1]):
                    self.numbers(*passed)
            between += below
            below.clear()
            found.append(numbers)
            genes.append(cells[self.layout.gene].strip())
        if not found:
            raise self.source.error("holds no row of numbers below its header", "download or save it again")
        matrix = matrix_of(self.layout, self.pick, np.vstack(found), genes)
        for lines, where in ((between, "between the genes"), (below, "below the table")):
            if lines:
                said = listed((f"line {line:,}: {shown(cells[0], 40)}" for line, cells in lines), 3)
                matrix.notes.append(f"{counted(len(lines), 'line')} {where} left out ({said}).")
        if self.style is CONTINENTAL:
            matrix.notes.append("Numbers were read with a comma for decimals and a dot between thousands.")
        return matrix

    def is_remark(self, cells: Sequence[str]) -> bool:
        """Return whether it is a sentence about the table: one filled cell with blanks, and no row cut at blanks."""
        words = cells[0].split()
        row = len(words) == 1 + len(self.layout.values) and all(map(is_number, words[1:]))
        return len(words) > 1 and not any(cells[1:]) and not row

    def numbers(self, line: int, cells: list[str]) -> np.ndarray:
        """Return the numbers of a row, which is as wide as the others."""
        layout, filled, least = self.layout, filled_width(cells), 1 + max(self.layout.gene, self.layout.values[-1])
        gene = cells[layout.gene].strip() if len(cells) > layout.gene else ""
        # Trailing empty cells may be there or not; a filled cell too many or a value too few is an error.
        short = len(cells) < least or (filled < least and len(cells) < layout.full)
        moved = (
            gene.isdigit()
            and not layout.numbered
            and not all(cells[j].strip() for j in layout.values if j < len(cells))
        )
        if short or filled > layout.width or moved:
            n = sum(map(bool, cells)) if moved else filled if len(cells) >= least else len(cells)
            problem = f"line {line:,} has {counted(n, 'cell')} where {layout.width:,} belong (gene {shown(gene, 30)})"
            cut_off = "if it is the last line, the file is cut off and must be downloaded again"
            self.source.refuse(problem, f"{cut_off}; otherwise correct this line", line)
        if "\n" in "".join(cells):
            refuse_swallowed(self.source, line, cells, len(layout.values))
        cells.extend([""] * (layout.width - len(cells)))
        try:
            return self.style.numbers(self.take(cells))
        except ValueError:
            j = next(j for j in self.columns if not self.style.fits(cells[j]))
            raise _NotANumber(line, layout.names[layout.values.index(j)], cells[j], gene) from None


def _taker(columns: Sequence[int]) -> Callable[[list[str]], Sequence[str]]:
    if len(columns) == 1:  # itemgetter gives a bare cell then
        return lambda cells: cells[columns[0] : columns[0] + 1]
    taker: Any = itemgetter(*columns)
    return taker
