"""What counts as no value."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: What files write in a cell without a value, compared without case. Some are names of genes too: "None", "NaN".
MISSING_WORDS = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", ".", "?", "<na>"})


def is_missing(text: str) -> bool:
    """True if the text of a cell says that there is no value."""
    return text.strip().lower() in MISSING_WORDS


def plain(cell: object) -> str:
    """Return the text of a metadata cell, "" where there is none."""
    missing = cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))
    return "" if missing else str(cell).strip()
