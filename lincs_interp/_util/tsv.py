"""Tables that leave the package as text."""

from __future__ import annotations

import csv
from typing import Any

import pandas as pd

#: A cell of text that begins like this, after blanks too, would be run as a formula by a spreadsheet program; some take
#: the full-width signs of a Japanese keyboard for the same.
FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TABLE_FORMAT = "tab-separated UTF-8; text cells that begin with = + - @ carry a leading apostrophe, full-width too"


def tsv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table (its columns, not its index) as tab-separated UTF-8 that no spreadsheet runs."""
    text = {str(name): column.map(_harmless) for name, column in table.items() if column.dtype.kind == "O"}
    broken = any(isinstance(cell, str) and "\r" in cell for column in text.values() for cell in column)
    written = table.assign(**text).to_csv(
        sep="\t",
        index=False,
        lineterminator="\n",
        # The csv module leaves a carriage return bare, where a reader takes it for the end of the line.
        quoting=csv.QUOTE_NONNUMERIC if broken else csv.QUOTE_MINIMAL,
    )
    return written.encode("utf-8", "backslashreplace")


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(FORMULA_SIGNS) else cell
