"""Typed numbers: XLSX sheets, Parquet files, the JSON of the site's API; and any table as rows of text."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from .._util.errors import LincsInterpError, needs_package
from .._util.text import counted, listed, shown
from ._cells import ENGLISH, cell_text
from ._layout import SAMPLE
from ._matrix import Chooser, Matrix, matrix_of
from ._open import MOST_COLUMNS, TEXT_COST, Source, check_size, open_source
from ._text_table import ONLY_COMMENTS, Row, cut, is_comment, not_a_number, read_rows
from ._top_rows import find_layout

_AGAIN = "fetch the ranks again from /fetch/rank"
LARGEST_JSON = 1 << 27  # letters; as Python numbers they take seven times as much


def read_text_rows(path: Any, argument: str = "path") -> tuple[str, list[list[str]]]:
    """Return a file's name, as errors call it, and its filled rows of cells, the header included."""
    # For files that describe genes, signatures or perturbagens and hold no matrix: TSV, CSV or other text, or XLSX;
    # plain or packed. Comment lines are left out. Cells are text without blanks around them; a row of another width
    # than the header would put them under wrong names, and is refused. `argument` is what the path is called in
    # errors.
    with open_source(path, argument) as source:
        if source.kind not in ("text", "xlsx"):
            source.refuse(f"a {source.kind} file is not read here", "save the table as .tsv, .csv or .xlsx")
        lines = [
            (n, [cell.strip() for cell in cells])
            for n, cells in (sheet_rows(source) if source.kind == "xlsx" else cut(source))
        ]
        if not lines:
            source.refuse(*ONLY_COMMENTS)
        (_, header), *body = lines
        # R leaves the corner cell out: then all rows have one cell more than the header.
        width = len(header) + bool(body and all(len(cells) == len(header) + 1 for _, cells in body))
        named = max((place for place, cell in enumerate(header, 1 + width - len(header)) if cell), default=0)
        for n, cells in body:
            if len(cells) < named or any(cells[width:]):
                problem = f"line {n:,} has {counted(len(cells), 'cell')} where {width:,} belong"
                source.refuse(problem, "a cell is missing or too many there: correct the line", n)
        return source.name, [(cells + [""] * width)[:width] for _, cells in lines]


# XLSX ----------------------------------------------------------------------------------------------------


def read_sheet_matrix(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    """Read a matrix of numbers from an XLSX file: from the first sheet that holds one."""
    refused: LincsInterpError | None = None
    for sheet in filled_sheets(source):
        try:
            layout = find_layout([cells for _, cells in sheet.rows[:SAMPLE]], source)
        except LincsInterpError as error:  # a page of remarks in front
            refused = refused or error
            continue
        sheet.note(source)
        matrix = read_rows(sheet.rows, layout, choose(layout.names), source, whole=whole)
        matrix.notes[:0] = [*source.notes, *layout.notes]
        return matrix
    raise refused or source.error(*EMPTY)


def sheet_rows(source: Source) -> list[Row]:
    """Return the filled rows of the first filled sheet as text, with their row numbers."""
    for sheet in filled_sheets(source):
        sheet.note(source)
        return sheet.rows
    source.refuse(*EMPTY)


#: A sheet may span this many cells, or this many times those it names.
LARGEST_EMPTY, LARGEST_SPREAD = 5_000_000, 50
_EXTENT = re.compile(rb"""<dimension[^>]*:([A-Z]{1,3})([0-9]{1,7})["']""")  # as the sheet announces it
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")  # of a row or a cell: r="B7"
EMPTY = ("the workbook is empty", "save the sheet again")


@dataclass(frozen=True)
class FilledSheet:
    """A sheet that holds something."""

    title: str
    rows: list[Row]
    others: list[str]  # the workbook's sheets beside this one, without empty ones in front
    hidden: bool

    def note(self, source: Source) -> None:
        """Say which sheet was read, if there was a choice."""
        if self.others:
            title, others = shown(self.title, 40), listed(self.others, 3)
            source.notes.append(f'Read the sheet "{title}"; the workbook has others: {others}.')


def filled_sheets(source: Source) -> Iterator[FilledSheet]:
    """Give the sheets of a workbook that hold something, in their order."""
    calamine = needs_package(f"{source.name} (XLSX)", "python_calamine", "python-calamine")
    passed: list[str] = []
    with _plain_errors(source, *_EXCEL):
        _check_extent(source)
        source.stream.seek(0)
        book = calamine.CalamineWorkbook.from_filelike(source.stream)
        is_table = calamine.SheetTypeEnum.WorkSheet
        visible = calamine.SheetVisibleEnum.Visible
        titles = [sheet.name for sheet in book.sheets_metadata if sheet.typ == is_table]
        seen = {sheet.name for sheet in book.sheets_metadata if sheet.visible == visible}
    for n, title in enumerate(titles, 1):
        with _plain_errors(source, *_EXCEL):
            rows = _filled_rows(book.get_sheet_by_name(title).to_python(skip_empty_area=False))
        if rows:
            yield FilledSheet(title, rows, [*passed, *titles[n:]], title not in seen)
            passed.append(title)


def _check_extent(source: Source) -> None:
    """Refuse a sheet with a few cells far apart: calamine takes memory for all the empty ones between them."""
    with zipfile.ZipFile(source.stream) as archive:
        for sheet in archive.namelist():
            if not sheet.startswith("xl/") or not sheet.endswith(".xml"):
                continue
            found, last_row, columns, rest = 0, 0, {b""}, b""
            with archive.open(sheet) as stream:
                while chunk := stream.read(1 << 20):
                    places = _PLACE.findall(rest + chunk)
                    found += len(places)
                    places += _EXTENT.findall(chunk)
                    last_row = max(last_row, *(int(row) for _, row in places), 0)
                    columns.update(column for column, _ in places)
                    rest = chunk[-40:]  # a place may be cut in two
            last_column = _column_number(max((len(column), column) for column in columns)[1])
            if last_row * last_column > max(LARGEST_EMPTY, LARGEST_SPREAD * found):
                problem = f"holds few cells up to row {last_row:,} and column {last_column:,}"
                raise source.error(problem, "delete the cells far from the table, or save it as .tsv")


def _column_number(letters: bytes) -> int:
    """Return 28 for AB."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _filled_rows(sheet: Sequence[Sequence[Any]]) -> list[Row]:
    rows: list[Row] = []
    for n, values in enumerate(sheet, 1):
        cells = [cell_text(value) for value in values]
        if any(cells) and not is_comment(cells, on_top=not rows):
            rows.append((n, cells))
    return rows


# Parquet -------------------------------------------------------------------------------------------------


def read_parquet_matrix(source: Source, choose: Chooser) -> Matrix:
    """Read a matrix of numbers from Parquet; only the picked columns leave the disk."""
    pq = needs_package(f"{source.name} (Parquet)", "pyarrow.parquet", "library")
    with _plain_errors(source, *_PARQUET):
        file = pq.ParquetFile(source.stream)
        names = _names(file.schema_arrow)
        _check_columns(source, file, names)
        sample = next(file.iter_batches(batch_size=SAMPLE, columns=names), None)
    if sample is None or not sample.num_rows:
        source.refuse("the table has no rows", "write it again")
    headers = ["" if name.startswith("__index_level_") else name for name in names]
    texts = [[cell_text(value) for value in sample.column(name).to_pylist()] for name in names]
    layout = find_layout([headers, *map(list, zip(*texts, strict=True))], source)
    pick = choose(layout.names)
    taken = [names[layout.values[j]] for j in pick]
    with _plain_errors(source, *_PARQUET):
        table = file.read(columns=[names[layout.gene], *taken]).slice(max(layout.first_row - 1, 0))
    genes = [cell_text(value).strip() for value in table.column(names[layout.gene]).to_pylist()]
    columns = [_numbers(source, name, table.column(name)) for name in taken]
    values = np.empty((len(genes), len(columns)), dtype=np.result_type(*columns))
    for j, column in enumerate(columns):
        values[:, j] = column
    matrix = matrix_of(layout, pick, values, genes)
    matrix.notes[:0] = [*source.notes, *layout.notes]
    return matrix


def _check_columns(source: Source, file: Any, names: Sequence[str]) -> None:
    """Refuse what is no plain table, or would take far more memory than the file is long."""
    if len(set(names)) < len(names) or set(names) - set(file.schema_arrow.names):
        source.refuse("two columns have one name, or the index is not there", "write it again with names of its own")
    if nested := [one.name for one in file.schema_arrow if one.type.num_fields]:
        source.refuse(f"its columns {listed(nested)} hold lists or tables", "write one value in a cell")
    check_size(source, file.metadata.num_rows * (8 * len(names) + TEXT_COST), source.stream.seek(0, os.SEEK_END))


def _names(schema: Any) -> list[str]:
    """Column names, what pandas wrote as its index in front."""
    index = [one for one in (schema.pandas_metadata or {}).get("index_columns", []) if isinstance(one, str)]
    return [*index, *(name for name in schema.names if name not in index)]


def _numbers(source: Source, name: str, column: Any) -> np.ndarray:
    values = column.to_numpy()
    if values.dtype.kind in "iuf":
        return values
    try:
        return ENGLISH.numbers([cell_text(value) for value in column.to_pylist()])
    except ValueError as error:
        return not_a_number(source, "", name, str(error))


_EXCEL = ("an Excel file (.xlsx)", "open it in Excel and save it again")
_PARQUET = ("a Parquet file", "write it again")


@contextmanager
def _plain_errors(source: Source, what: str, remedy: str) -> Iterator[None]:
    """Reword errors of a damaged file: calamine and pyarrow raise a dozen kinds of exceptions on damaged files."""
    try:
        yield
    except (LincsInterpError, MemoryError):
        raise
    except Exception as error:
        problem = f"cannot be read as {what} ({shown(error, 80)})"
        raise source.error(problem, f"{remedy}, or save it as .tsv") from error


# The JSON answer of the site's public API to /fetch/rank -------------------------------------------------


def read_fetch_rank(source: Source, choose: Chooser) -> Matrix:
    """Read ``{"entities": [uuid …], "maxrank": N, "signatures": [{"uid": …, "ranks": […]} …]}``."""
    # Genes and signatures keep their UUIDs: the answer holds no names. :meth:`RankMatrix.rename` attaches them.
    text = source.text().read(LARGEST_JSON + 1)
    if len(text) > LARGEST_JSON or text.count("{") + text.count("[") > 4 * MOST_COLUMNS:
        source.refuse(f"the JSON holds more than {MOST_COLUMNS:,} signatures or 128 MB", "fetch fewer at a time")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also integers of 5,000 digits
        source.refuse(f"the JSON is damaged or cut off ({shown(error, 80)})", "fetch it again")
    entities, n_genes, signatures = _parts(source, answer)
    for n, one in enumerate(signatures, 1):
        if not isinstance(one, dict) or not {"uid", "ranks"} <= one.keys() or not isinstance(one["ranks"], list):
            source.refuse(f"signature {n:,} has no uid or no list of ranks", _AGAIN, n)
        if len(one["ranks"]) != len(entities):
            sizes = f"{counted(len(one['ranks']), 'rank')} for {counted(len(entities), 'gene')}"
            source.refuse(f"signature {shown(one['uid'], 40)} has {sizes}", _AGAIN, one["uid"])
    ids, genes = [str(one["uid"]) for one in signatures], [str(one) for one in entities]
    "".join([*ids, *genes]).encode()  # half of a pair of surrogates is no letter
    pick = choose(ids)
    values = np.empty((len(entities), len(pick)))
    for column, j in enumerate(pick):
        values[:, column] = _ranks(source, ids[j], signatures[j]["ranks"])
    note = (
        "The API's answer names genes and signatures by UUID, in no particular order, and leaves out unknown"
        " ones in silence: attach names with .rename(genes=…, signatures=…)."
    )
    return Matrix(values, genes, [ids[j] for j in pick], n_genes=n_genes, notes=[*source.notes, note])


def _ranks(source: Source, uid: str, ranks: list[Any]) -> np.ndarray:
    """Return the ranks of one signature, NaN for null. Text, truth values and lists are no ranks."""
    wrong = next((rank for rank in ranks if rank is not None and type(rank) not in (int, float)), None)
    if wrong is not None:
        problem = f"signature {shown(uid, 40)} has the rank {shown(repr(wrong), 30)}, which is no number"
        source.refuse(problem, _AGAIN, wrong)
    try:
        return np.array(ranks, dtype=float)
    except OverflowError:
        source.refuse(f"signature {shown(uid, 40)} has a rank of more than 300 digits", _AGAIN, uid)


def _parts(source: Source, answer: Any) -> tuple[list[Any], int | None, list[Any]]:
    if not isinstance(answer, dict) or not {"entities", "signatures"} <= answer.keys():
        _refuse_other(source, answer)
    entities, signatures, n_genes = answer["entities"], answer["signatures"], answer.get("maxrank")
    if not isinstance(entities, list) or not isinstance(signatures, list) or not entities or not signatures:
        source.refuse("the answer holds no gene or no signature", "check the UUIDs that were asked for")
    if n_genes is not None and (isinstance(n_genes, bool) or not isinstance(n_genes, int) or not 1 <= n_genes < 10**9):
        source.refuse(f"maxrank is {shown(repr(n_genes), 30)}, not a number of genes", _AGAIN, n_genes)
    return entities, n_genes, signatures


def _refuse_other(source: Source, answer: Any) -> NoReturn:
    keys = f" with {shown(', '.join(map(str, answer)), 80)}" if isinstance(answer, dict) and answer else ""
    problem = f"the file is JSON{keys}, not an answer of /fetch/rank"
    source.refuse(problem, 'give a file with "entities", "maxrank" and "signatures"')
