"""Correction for many tests at once."""

from __future__ import annotations

import numpy as np


def benjamini_hochberg(p: np.ndarray, size: int | None = None) -> np.ndarray:
    """Return the false discovery rate of each p-value; NaN stays NaN and is not counted.

    `size` is the number of hypotheses when `p` holds only some of them, the smallest: the signatures of a library of
    which the hits were loaded. No library offers this, and loading scipy.stats takes longer than a whole query.
    """
    fdr = np.full_like(p, np.nan)
    there = np.flatnonzero(~np.isnan(p))
    order = there[np.argsort(p[there], kind="stable")]
    steps = p[order] * (size or len(order)) / np.arange(1, len(order) + 1)
    fdr[order] = np.minimum(1, np.minimum.accumulate(steps[::-1])[::-1])
    return fdr
