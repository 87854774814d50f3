"""Tables of text: delimiter, rows with their line numbers, and the fast way to their numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from .._util.text import shown
from ._digits import Odd, read_digits
from ._layout import SAMPLE, Layout, find_layout
from ._matrix import Chooser, Matrix
from ._open import Source
from ._rows import Row, is_comment, read_rows

#: Lines without a row in sequence: what is so empty is no table. Excel writes a million empty lines at most.
LONGEST_GAP = 1 << 21
GAP_IN_HEAD = 100_000  # how far is looked for the next of the first rows

_DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "blanks"}


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
            quotechar='"',
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            skipinitialspace=self.delimiter == " ",
        )
        line, on_top, gap = self.start + 1, True, 0
        try:
            for cells in reader:
                if any(cells) and not is_comment(cells, on_top=on_top):
                    yield line, cells
                    on_top, gap = False, 0
                elif (gap := gap + 1) > most:
                    if refuse:
                        self.source.refuse(
                            f"more than {most:,} lines without a cell end at line {line:,}: delete them, or save the"
                            " table again."
                        )
                    return
                line = self.start + reader.line_num + 1
        except csv.Error as error:
            self.source.refuse(f"line {line:,} cannot be cut into cells ({shown(error)}): check its quotation marks.")

    def head(self, n: int = SAMPLE) -> list[Row]:
        """Return the first rows."""
        return list(islice(self._rows(GAP_IN_HEAD), n))

    def header(self) -> list[str]:
        """Return the cells of the first row; none if there is no row."""
        return next((cells for _, cells in self), [])


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
    """The share of rows, below a possible title, with the usual number of cells; 0 if that is one."""
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
    """Read a matrix of numbers from text.

    Parameters
    ----------
    whole : bool
        Whole numbers are expected: 1.234 may then be twelve hundred, if every number of the file allows it.
    """
    table = cut(source)
    head = table.head()
    if not head:
        source.refuse("the file holds comment lines only: download or save it again.")
    layout = find_layout([cells for _, cells in head], source.name)
    pick = choose(layout.names)
    matrix = read_body(table, layout, head, pick, whole=whole)
    matrix.notes[:0] = [*source.notes, *_about_delimiter(table), *layout.notes]
    return matrix


def _about_delimiter(table: TextTable) -> list[str]:
    usual = table.delimiter in "\t,"
    return [] if usual else [f"The columns are parted by {_DELIMITERS[table.delimiter]}."]


def read_body(table: TextTable, layout: Layout, head: Sequence[Row], pick: Sequence[int], *, whole: bool) -> Matrix:
    """Read the picked signatures: fast if the file is plain, with care if anything is odd."""
    try:
        values, genes = _fast(table, layout, head, pick)
    except (Odd, UnicodeDecodeError):
        return read_rows(table, layout, pick, table.source.name, whole=whole)
    return Matrix(values, genes, [layout.names[j] for j in pick], layout.facts(pick))


def _fast(table: TextTable, layout: Layout, head: Sequence[Row], pick: Sequence[int]) -> tuple[np.ndarray, list[str]]:
    """Read a file whose first rows are names and then digits up to the end of the line."""
    source, lead, rows = table.source, layout.values[0], head[layout.first_row :]
    one_byte = source.encoding in ("utf-8", "utf-8-sig", "cp1252") and table.delimiter != " "
    numbers_last = layout.values == tuple(range(lead, layout.width)) and layout.gene < lead
    if not (one_byte and numbers_last and rows and all(cell.isdecimal() for _, cells in rows for cell in cells[lead:])):
        raise Odd
    values, names = read_digits(
        source.stream,
        skip=rows[0][0] - 1,
        delimiter=table.delimiter.encode(),
        lead=lead,
        width=len(layout.values),
        pick=None if len(pick) == len(layout.values) and list(pick) == sorted(pick) else pick,
    )
    genes = [cells[layout.gene].decode(source.encoding).strip() for cells in names]
    if any('"' in gene or gene.startswith(("#", "!")) for gene in genes):  # quoted, or a comment
        raise Odd
    return values, genes
