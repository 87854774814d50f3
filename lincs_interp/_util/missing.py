"""What counts as no value, in cells of Python and in texts of files: the only home of these words."""

from __future__ import annotations

import numpy as np
import pandas as pd

# What nearly every program writes for nothing, compared without case.
_NOTHING = frozenset({"", "na", "n/a", "nan", "none", "null", "<na>", "-"})
# The Connectivity Map's empty cell.
_CMAP = frozenset({"-666", "-666.0"})

#: What files write in a cell without a value. Some are names of genes too: "None", "NaN".
MISSING_WORDS = _NOTHING | {"#n/a", "--", ".", "?"}
#: In a table of numbers in GCT: words like "none" are in no such table.
NO_NUMBER = _CMAP | {"na", "nan"}
#: In a list of genes. NA and NaN are old names of genes too (of XK, of SCN11A), but hardly ever meant so.
NO_GENE = (_NOTHING - {""}) | {"#n/a", "nil"}
#: In the column of symbols of a table of genes, where NA and N/A are taken for what is written there.
NO_SYMBOL = _CMAP | {"", "nan", "<na>", "none"}
#: In a column of flags; "not inferred" is said of genes that L1000 does not report.
NO_FLAG = _NOTHING | _CMAP | {"not inferred"}
#: Among mechanisms of action and targets.
NO_TERM = (_NOTHING - {"<na>"}) | _CMAP | {"unknown"}
#: In metadata of signatures, with case: "na" may be the name of a compound, "NA" is none.
NO_FACT = _CMAP | {"", "NA", "N/A", "nan", "NaN", "None"}


def is_missing(text: str) -> bool:
    """Return whether the text of a cell says that there is no value."""
    return text.strip().lower() in MISSING_WORDS


def is_none(cell: object) -> bool:
    """Return whether a cell holds no value: None, NaN, NA or NaT; a text is a value, whatever it says."""
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float | np.floating) and np.isnan(cell))


def plain(cell: object) -> str:
    """Return the text of a cell, "" where there is none; 943.0 is 943: a gap in their column makes integers floats."""
    if type(cell) is str:  # nearly always
        return cell.strip()
    if is_none(cell):
        return ""
    return str(int(cell)) if isinstance(cell, float | np.floating) and float(cell).is_integer() else str(cell).strip()
