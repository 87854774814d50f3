"""Tables with typed cells: XLSX sheets and Parquet files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._util.errors import LincsInterpError
from .._util.text import listed, shown
from ._cells import ENGLISH, cell_text
from ._layout import SAMPLE, find_layout
from ._matrix import Chooser, Matrix
from ._open import Source
from ._rows import Row, is_comment, read_rows


def read_sheet_matrix(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    """Read a matrix of numbers from an XLSX file: from the first sheet that holds one."""
    refused: LincsInterpError | None = None
    for sheet in _filled_sheets(source):
        try:
            layout = find_layout([cells for _, cells in sheet.rows[:SAMPLE]], source.name)
        except LincsInterpError as error:  # a page of remarks in front
            refused = refused or error
            continue
        sheet.note(source)
        break
    else:
        raise refused or LincsInterpError(f"{source.name}: {_EMPTY}")
    matrix = read_rows(sheet.rows, layout, choose(layout.names), source.name, whole=whole)
    matrix.notes[:0] = [*source.notes, *layout.notes]
    return matrix


def sheet_rows(source: Source) -> list[Row]:
    """Return the filled rows of the first filled sheet as text, with their row numbers."""
    for sheet in _filled_sheets(source):
        sheet.note(source)
        return sheet.rows
    source.refuse(_EMPTY)


_EMPTY = "the workbook is empty: save the sheet again."


@dataclass(frozen=True)
class _Sheet:
    title: str
    rows: list[Row]
    others: list[str]  # the workbook's sheets beside this one, without empty ones in front

    def note(self, source: Source) -> None:
        """Say which sheet was read, if there was a choice."""
        if self.others:
            title, others = shown(self.title, 40), listed(self.others, 3)
            source.notes.append(f'Read the sheet "{title}"; the workbook has others: {others}.')


def _filled_sheets(source: Source) -> Iterator[_Sheet]:
    passed: list[str] = []
    with _plain_excel(source):
        import openpyxl

        sheets = openpyxl.load_workbook(source.stream, read_only=True, data_only=True).worksheets
    for n, sheet in enumerate(sheets, 1):
        with _plain_excel(source):
            rows = _filled_rows(sheet)
        if rows:
            yield _Sheet(sheet.title, rows, [*passed, *(other.title for other in sheets[n:])])
            passed.append(sheet.title)


def _filled_rows(sheet: Any) -> list[Row]:
    rows: list[Row] = []
    for n, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [cell_text(value) for value in values]
        if any(cells) and not is_comment(cells, on_top=not rows):
            rows.append((n, cells))
    return rows


def read_parquet_matrix(source: Source, choose: Chooser) -> Matrix:
    """Read a matrix of numbers from Parquet; only the picked columns leave the disk."""
    try:
        import pyarrow.parquet as pq
    except ImportError:
        source.refuse('Parquet files need the package pyarrow: pip install "lincs-interp[library]".')
    with _plain_errors(source, "a Parquet file", "write it again"):
        file = pq.ParquetFile(source.stream)
        names = _names(file.schema_arrow)
        sample = next(file.iter_batches(batch_size=SAMPLE, columns=names), None)
    if sample is None or not sample.num_rows:
        source.refuse("the table has no rows: write it again.")
    headers = ["" if name.startswith("__index_level_") else name for name in names]
    texts = [[cell_text(value) for value in sample.column(name).to_pylist()] for name in names]
    layout = find_layout([headers, *map(list, zip(*texts, strict=True))], source.name)
    pick = choose(layout.names)
    taken = [names[layout.values[j]] for j in pick]
    with _plain_errors(source, "a Parquet file", "write it again"):
        table = file.read(columns=[names[layout.gene], *taken]).slice(max(layout.first_row - 1, 0))
    genes = [cell_text(value).strip() for value in table.column(names[layout.gene]).to_pylist()]
    values = _stacked([_numbers(source, name, table.column(name)) for name in taken])
    notes = [*source.notes, *layout.notes]
    return Matrix(values, genes, [layout.names[j] for j in pick], layout.facts(pick), notes=notes)


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
        source.refuse(
            f"column {shown(name, 40)!r} holds {shown(error, 30)!r} where a number belongs: correct the"
            " cell, or leave it empty if the number is missing."
        )


def _stacked(columns: Sequence[np.ndarray]) -> np.ndarray:
    values = np.empty((len(columns[0]), len(columns)), dtype=np.result_type(*columns))
    for j, column in enumerate(columns):
        values[:, j] = column
    return values


@contextmanager
def _plain_excel(source: Source) -> Iterator[None]:
    with (
        _plain_errors(source, "an Excel file (.xlsx)", "open it in Excel and save it again"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, never of cells
        yield


@contextmanager
def _plain_errors(source: Source, what: str, remedy: str) -> Iterator[None]:
    """openpyxl and pyarrow raise a dozen kinds of exceptions on damaged files."""
    try:
        yield
    except (LincsInterpError, MemoryError):
        raise
    except ImportError as error:
        raise LincsInterpError(f"{source.name} is {what}, which needs the package {error.name}: install it.") from None
    except Exception as error:
        raise LincsInterpError(
            f"{source.name} cannot be read as {what} ({shown(error, 80)}): {remedy}, or save it as .tsv."
        ) from error
