"""The site's results table; the tags of its ragged rows are placed by what they say and by their order."""

from __future__ import annotations

import math
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import pandas as pd

from .._util.missing import is_missing
from .._util.text import counted, shown
from ..core.doses import MIXED_TIMES, NUMBER, UNIT, read_time
from ..core.facts import FACTS, header_word
from ..core.signature_ids import parse_signature_id
from ._open import Source, open_source
from ._text_table import Row, TextTable
from ._typed_tables import sheet_rows

# What a tag is about -> the site's name for it where the first hit of the file did not have one.
NAMES = {
    "pert_type": "Perturbation Type",
    "pert_dose": "Dose",
    "tissue": "Tissue",
    "cell_line": "Cell Line",
    "disease": "Disease",
    "pert_time": "Timepoint",
}

_DOSE = re.compile(rf"{NUMBER}\s*{UNIT}")
_TYPE = re.compile(
    r"trt_\w+|.*\b(crispr|knock|shrna|sirna|ligand|antibod|over-?\s?express|chemical|compound).*",
    re.IGNORECASE,
)
_TUMOURS = "carcinoma|melanoma|leuka?emia|lymphoma|cancer|sarcoma|glioma|blastoma|myeloma|tumou?r|neoplasm"
_DISEASE = re.compile(rf".*({_TUMOURS}|disease).*|normal", re.IGNORECASE)
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
    more = [line for line, cells in body if len(cells) > n + 1 and _is_number(cells[-n - 1])]
    if header.numbers[-1].count("(") != header.numbers[-1].count(")"):
        source.refuse(f"its header ends in {shown(header.numbers[-1])!r}", "the header is cut off; download it again")
    if more and 2 * len(more) >= len(body):  # tags are no numbers: the last ones are not below their names
        problem = f"line {more[0]:,} and others hold more than the {counted(n, 'number')} its header names"
        source.refuse(problem, "the header is cut off; download the table again", header.numbers)
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


@dataclass(frozen=True)
class _Hit:
    """The tags of one row, with what each is about ("" where unknown)."""

    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    cell: str  # the cell line of the signature id, "" if unknown


def place_tags(
    names: Sequence[str], terms: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tags of each hit below the names of the header, and what was done: ``repaired``, ``unplaced``."""
    # `terms` are the signature ids, which give the cell lines; `rows` may have a cell too many or too few.
    cells = [parse_signature_id(term).cell_line for term in terms]
    first_look = [_hit(row, cell, {}) for row, cell in zip(rows, cells, strict=True)]
    columns = _Columns(tuple(names), recognised=frozenset().union(*(hit.kinds for hit in first_look)))
    known = columns.vocabulary(first_look)
    filled: list[dict[str, str]] = []
    remarks: list[tuple[bool, str]] = []
    for row, cell in zip(rows, cells, strict=True):
        found, unplaced = columns.place(_hit(row, cell, known))
        filled.append(found)
        remarks.append(([found.get(name, "") for name in names] != list(row), "; ".join(unplaced)))
    present = set().union(*filled)
    further = [name for name in NAMES.values() if name in present and name not in names]
    table = {name: [found.get(name, "") for found in filled] for name in (*names, *further)}
    index = pd.RangeIndex(len(rows))
    return (
        pd.DataFrame(table, index=index, dtype=object),
        pd.DataFrame(remarks, index=index, columns=["repaired", "unplaced"]),
    )


def _hit(row: Sequence[str], cell: str, known: Mapping[str, str]) -> _Hit:
    return _Hit(tuple(row), tuple(_kind(tag, cell, known) for tag in row), cell)


def _kind_of_name(name: str) -> str:
    """Return what a column of tags is about; "" if it is none of the kinds in NAMES."""
    word = header_word(name)
    kind = "pert_type" if word == "type" else FACTS.get(word, "")
    return kind if kind in NAMES else ""


def _kind(tag: str, cell: str, known: Mapping[str, str]) -> str:
    """Return what a tag is about, as far as its text shows it; "" otherwise."""
    if not tag:
        return ""
    if _DOSE.fullmatch(tag):
        return "pert_dose"
    time, hours = read_time(tag)
    if time == MIXED_TIMES or not math.isnan(hours):
        return "pert_time"
    if cell and tag in (cell, cell.partition(".")[0]):
        return "cell_line"
    if tag in known:
        return known[tag]
    if _TYPE.fullmatch(tag):
        return "pert_type"
    return "disease" if _DISEASE.fullmatch(tag) else ""


class _Columns:
    """The tag columns of one header."""

    def __init__(self, names: Sequence[str], *, recognised: frozenset[str]) -> None:
        self.names = names
        self.kinds = [_kind_of_name(name) for name in names]
        self.recognised = recognised  # kinds that are written as expected somewhere in this table

    def vocabulary(self, hits: Sequence[_Hit]) -> dict[str, str]:
        """Learn words such as tissues from the rows that are whole; a word of two columns teaches nothing."""
        seen: dict[str, set[str]] = defaultdict(set)
        for hit in filter(self._is_in_place, hits):
            for tag, kind in zip(hit.tags, self.kinds, strict=True):
                if tag and kind:
                    seen[tag].add(kind)
        return {tag: next(iter(kinds)) for tag, kinds in seen.items() if len(kinds) == 1}

    def place(self, hit: _Hit) -> tuple[dict[str, str], list[str]]:
        """Place one hit's tags: first those that say what they are, then the others between them."""
        if self._is_in_place(hit):
            return dict(zip(self.names, hit.tags, strict=True)), []
        found: dict[str, str] = {}
        loose: list[int] = []
        anchors = [(-1, -1)]  # (place in the row, place in the header)
        for i, (tag, kind) in enumerate(zip(hit.tags, hit.kinds, strict=True)):
            name = self._name_of(kind)
            if name and name not in found:
                found[name] = tag
                if name in self.names:
                    anchors.append((i, self.names.index(name)))
            elif tag:
                loose.append(i)
        unplaced: list[str] = []
        for (i, a), (j, b) in pairwise([*anchors, (len(hit.tags), len(self.names))]):
            run = [hit.tags[k] for k in loose if i < k < j]
            free = [k for k in range(a + 1, b) if self.names[k] not in found]
            free = [k for k in free if any(self._may(tag, k, hit.cell) for tag in run)]
            fits = len(free) == len(run) and all(self._may(tag, k, hit.cell) for tag, k in zip(run, free, strict=True))
            if fits:
                found.update(zip((self.names[k] for k in free), run, strict=True))
            else:
                unplaced += run
        return found, unplaced

    def _is_in_place(self, hit: _Hit) -> bool:
        """Return whether there is a tag for every name and none contradicts it."""
        if len(hit.tags) != len(self.names):
            return False
        return all(
            not tag or (kind == self.kinds[k] if kind else self._may(tag, k, hit.cell))
            for k, (tag, kind) in enumerate(zip(hit.tags, hit.kinds, strict=True))
        )

    def _may(self, tag: str, place: int, cell: str) -> bool:
        """Whether a tag that does not say what it is may be here."""
        # A time or a type would have been recognised if others of the table are, and so would a cell line that
        # is known from the id. A dose may have any unit but begins with a digit.
        kind = self.kinds[place]
        if kind == "cell_line":
            return not cell
        if kind in ("pert_dose", "pert_time") and not tag[0].isdigit():
            return False
        return kind not in ("pert_time", "pert_type") or kind not in self.recognised

    def _name_of(self, kind: str) -> str:
        """Return the header's name for a kind of tag, or the site's where the header does not have it."""
        if not kind:
            return ""
        return self.names[self.kinds.index(kind)] if kind in self.kinds else NAMES[kind]
