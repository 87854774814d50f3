"""Tables with typed cells: XLSX sheets and Parquet files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .._check import LincsInterpError, listed, shown
from ._cells import ENGLISH, cell_text
from ._layout import SAMPLE, find_layout
from ._matrix import Chooser, Matrix
from ._open import Source
from ._rows import Row, is_comment, read_rows


def read_sheet_matrix(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    """Read a matrix of numbers from the first filled sheet of an XLSX file."""
    rows = sheet_rows(source)
    layout = find_layout([cells for _, cells in rows[:SAMPLE]], source.name)
    matrix = read_rows(rows, layout, choose(layout.names), source.name, whole=whole)
    matrix.notes[:0] = [*source.notes, *layout.notes]
    return matrix


def sheet_rows(source: Source) -> list[Row]:
    """Return the filled rows of the first filled sheet as text, with their row numbers."""
    with _plain_errors(source, "an Excel file (.xlsx)", "open it in Excel and save it again"):
        import openpyxl

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations, never of cells
            book = openpyxl.load_workbook(source.stream, read_only=True, data_only=True)
            sheets = book.worksheets
            found = next(((n, rows) for n, sheet in enumerate(sheets, 1) if (rows := _filled_rows(sheet))), None)
    if found is None:
        source.refuse("the workbook is empty: save the sheet again.")
    n, rows = found
    if others := [sheet.title for sheet in sheets[n:]]:
        title = shown(sheets[n - 1].title, 40)
        source.notes.append(f'Read the sheet "{title}"; the workbook has others: {listed(others, 3)}.')
    return rows


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
