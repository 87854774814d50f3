"""Results as strict JSON, and the versions that made them."""

from __future__ import annotations

import json
import math
import platform
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from .._util.version import __version__


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python, of this package, and of the `packages` named."""
    own = {"python": platform.python_version(), "lincs-interp": __version__}
    return own | {name: version(name) for name in packages}


def strict_json(value: Any) -> str:
    """Return JSON that every reader takes: a missing number is null, a table a list of rows with its index in them."""
    return json.dumps(_plain(value), allow_nan=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        table = value.reset_index() if value.index.name else value
        columns = {str(name): [_plain(cell) for cell in table[name]] for name in table.columns}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    if isinstance(value, dict):
        return {str(key): _plain(cell) for key, cell in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(cell) for cell in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    return None if pd.isna(value) else str(value)
