"""Many scores of one perturbagen in one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._util.stats import simes

# The condition of Chen et al.: 10 uM for 24 hours. Signatures at it, or above, are taken as they are.
REFERENCE_UM, REFERENCE_H = 10.0, 24.0

# 9.999 uM is 10 uM.
ABOUT = 0.95

# With fewer pairs of signatures a factor cannot be estimated: it is 1.
FEWEST_PAIRS = 10

LOW_LONG, HIGH_SHORT, LOW_SHORT = "low dose", "short time", "low dose and short time"


def max_quantile(scores: np.ndarray) -> float:
    """Return the 67th percentile of the scores, or the 33rd where that is further from 0 [Subramanian et al. 2017]."""
    if len(scores) < 2:
        return float(scores[0]) if len(scores) else np.nan
    low, high = np.percentile(scores, [33, 67])
    return float(high if abs(high) >= abs(low) else low)


def simes_either_way(p: np.ndarray, towards: np.ndarray, void: np.ndarray) -> float:
    """Simes' p of each direction from two-sided p with their signs, twice the smaller one; `void` tests count as 1."""
    if not len(p):
        return np.nan
    up = np.where(towards > 0, p / 2, 1 - p / 2)
    return min(1.0, 2 * min(simes(np.where(void, 1.0, side)) for side in (up, 1 - up)))


@dataclass(frozen=True, eq=False)
class Conditions:
    """Dose (micromolar), time (hours), perturbagen and cell line of each signature; NaN and -1 where unknown."""

    dose_um: np.ndarray
    time_h: np.ndarray
    perturbagen: np.ndarray
    cell_line: np.ndarray

    def bins(self) -> np.ndarray:
        """What sets each signature apart from the reference condition; "" if nothing does or it is not known."""
        low, short = self.dose_um < ABOUT * REFERENCE_UM, self.time_h < REFERENCE_H
        known = np.isfinite(self.dose_um) & np.isfinite(self.time_h)
        kinds = [low & short, low & ~short, short & ~low]
        return np.where(known, np.select(kinds, [LOW_SHORT, LOW_LONG, HIGH_SHORT], ""), "")

    def at_reference(self) -> np.ndarray:
        """True for signatures at the reference dose and time themselves."""
        dose = (self.dose_um >= ABOUT * REFERENCE_UM) & (self.dose_um <= REFERENCE_UM / ABOUT)
        return dose & (self.time_h == REFERENCE_H)


def condition_factors(scores: np.ndarray, conditions: Conditions) -> dict[str, float]:
    """Return how many times stronger scores are at the reference than at a low dose, at a short time, at both.

    Pairs are one signature at the reference and one of the bin, of one perturbagen in one cell line. The factor is the
    sum of the absolute scores of the first over that of the second.
    """
    bins, reference = conditions.bins(), conditions.at_reference()
    known = np.isfinite(scores) & (conditions.perturbagen >= 0) & (conditions.cell_line >= 0)
    keys = conditions.perturbagen.astype(np.int64) * (int(conditions.cell_line.max(initial=0)) + 1)
    keys = np.where(known, keys + conditions.cell_line, -1)
    _, series = np.unique(keys, return_inverse=True)
    size = np.abs(np.where(known, scores, 0.0))

    def per_series(which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = which & known
        n = np.bincount(series[own], minlength=series.max(initial=0) + 1)
        return n, np.bincount(series[own], weights=size[own], minlength=len(n))

    n_there, sum_there = per_series(reference)
    factors = {}
    for one in (LOW_LONG, HIGH_SHORT, LOW_SHORT):
        n_here, sum_here = per_series(bins == one)
        # Each signature of a series is in as many pairs as the other side has signatures.
        there, here = float(sum_there @ n_here), float(sum_here @ n_there)
        enough = int(n_there @ n_here) >= FEWEST_PAIRS and here > 0 and there > 0
        factors[one] = there / here if enough else 1.0
    return factors


def at_reference_condition(scores: np.ndarray, conditions: Conditions) -> np.ndarray:
    """Return the scores as they would be at 10 uM and 24 h; see :func:`condition_factors`."""
    factors = condition_factors(scores, conditions)
    return scores * np.array([factors.get(one, 1.0) for one in conditions.bins()], dtype=float)
