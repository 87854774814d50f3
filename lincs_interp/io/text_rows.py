"""Any table as rows of text: for files that describe genes or perturbagens and hold no matrix."""

from __future__ import annotations

from typing import Any

from ._open import open_source
from ._text_table import cut
from ._typed_tables import sheet_rows


def read_text_rows(path: Any, argument: str = "path") -> tuple[str, list[list[str]]]:
    """Return a file's name, as errors call it, and its filled rows of cells, the header included.

    TSV, CSV or other text, or XLSX; plain or packed. Comment lines are left out. Cells are text without blanks around
    them, and every row is filled up to the width of the widest. `argument` is what the path is called in errors.
    """
    with open_source(path, argument) as source:
        if source.kind not in ("text", "xlsx"):
            source.refuse(f"a {source.kind} file is not read here: save the table as .tsv, .csv or .xlsx.")
        lines = sheet_rows(source) if source.kind == "xlsx" else cut(source)
        rows = [[cell.strip() for cell in cells] for _, cells in lines]
        if not rows:
            source.refuse("the file holds comment lines only: download or save it again.")
        name = source.name
    width = max(map(len, rows))
    return name, [row + [""] * (width - len(row)) for row in rows]
