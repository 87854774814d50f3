"""What counts as no value."""

from __future__ import annotations

import numpy as np
import pandas as pd


def plain(cell: object) -> str:
    """Return the text of a metadata cell, "" where there is none."""
    missing = cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))
    return "" if missing else str(cell).strip()
