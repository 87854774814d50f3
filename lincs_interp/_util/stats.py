"""p-values of z, corrected for many tests, and combined."""

from __future__ import annotations

import numpy as np

# Nothing is reported below this: a p-value is never zero.
P_FLOOR = 1e-300


def benjamini_hochberg(p: np.ndarray, size: int | None = None) -> np.ndarray:
    """Return the false discovery rate of each p-value; NaN stays NaN and is not counted."""
    # `size` is the number of hypotheses when `p` holds only some of them, the smallest: the signatures of a library of
    # which the hits were loaded. No library offers this, and loading scipy.stats takes longer than a whole query.
    known = len(p) - np.count_nonzero(np.isnan(p))
    order = np.argsort(-p)  # NaN last; equal p share one rate, so their order does not matter
    rates = p[order] * (size or known) / np.arange(known, known - len(p), -1.0)
    fdr = np.empty(len(p))
    fdr[order] = np.minimum(np.minimum.accumulate(rates), 1)
    return fdr


def two_sided_p(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    # The lower tail keeps full relative precision where 1 - CDF would lose all of it (z beyond 8).
    return np.maximum(2 * ndtr(-np.abs(z)), P_FLOOR)


def simes(p: np.ndarray) -> float:
    """Return one p for "none of these tests has anything", ``min n p_(i) / i``, valid for positively related tests."""
    if not len(p):
        return np.nan
    return float(min(1.0, np.min(np.sort(p) * len(p) / np.arange(1, len(p) + 1))))
