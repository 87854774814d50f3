"""How far the scores of unrelated signatures spread, where perturbagens are the independent units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._util.stats import benjamini_hochberg

# A background signature below this false discovery rate is a hit of the query, and no unrelated signature.
PEEL_FDR = 0.1
# Of a background at most this share may be hits, and this many signatures must remain.
MOST_PEELED, FEWEST_LEFT = 0.3, 40


class Spread(NamedTuple):
    """The null of a score, without each perturbagen in turn; the last entry is that of all of them."""

    middle: float  # median score
    variance: np.ndarray  # of a new signature: between perturbagens + within them
    df: np.ndarray  # Satterthwaite's degrees of freedom of that variance
    n_effective: np.ndarray  # how many independent signatures the mean is worth

    def widened(self, wider: float) -> Spread:
        """Return the null of scores that spread `wider` times as far about the same median."""
        return self._replace(variance=self.variance * wider**2)

    def judge(self, scores: np.ndarray, units: np.ndarray, least: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Return z and two-sided p of scores, each without its own perturbagen (its unit; -1 = none of them)."""
        from scipy.special import stdtr

        place = np.where((units >= 0) & (units < len(self.df) - 1), units, len(self.df) - 1)
        with np.errstate(divide="ignore", invalid="ignore"):  # without the only perturbagen nothing is left
            variance = np.fmax(self.variance[place], least) * (1 + 1 / self.n_effective[place])
            z = (scores - self.middle) / np.sqrt(variance)
        return z, 2 * stdtr(self.df[place], -np.abs(z))


def spread_of(scores: np.ndarray, units: np.ndarray, n_units: int) -> Spread:
    """Return the spread by the analysis of variance of one random factor, perturbagens, with unequal numbers.

    With K perturbagens, n signatures and ``n0 = (n - sum n_k^2 / n) / (K - 1)`` the variance of a signature is
    ``(MSB - MSW) / n0 + MSW``. Where perturbagens add no variance, or none has several signatures, it is the plain one.
    """
    times = np.bincount(units, minlength=n_units).astype(float)
    middle = float(np.median(scores)) if len(scores) else np.nan
    centred = scores - middle  # sums of squares lose no digits
    means = np.bincount(units, centred, n_units) / np.maximum(times, 1)
    inside = np.bincount(units, (centred - means[units]) ** 2, n_units)

    def others(own: np.ndarray) -> np.ndarray:
        return np.append(own.sum() - own, own.sum())

    n, k = others(times), others((times > 0).astype(float))
    first, second, squares, within = map(others, (times * means, times * means**2, times**2, inside))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.maximum(second - first**2 / n, 0)
        plain = (between + within) / (n - 1)
        msb, msw, n0 = between / (k - 1), within / (n - k), (n - squares / n) / (k - 1)
        added = (msb - msw) / n0
        variance = added + msw
        df = variance**2 / ((msb / n0) ** 2 / (k - 1) + ((1 - 1 / n0) * msw) ** 2 / (n - k))
        n_effective = n / (1 + (squares / n - 1) * added / variance)
        use = (n > k) & (added > 0)
    return Spread(
        middle,
        np.where(use, variance, plain),
        np.where(use, df, n - 1),
        np.where(use, n_effective, n),
    )


def peel(scores: np.ndarray, units: np.ndarray, n_units: int, least: np.ndarray) -> tuple[np.ndarray, Spread, bool]:
    """Return which scores remain without the hits, their spread, and whether there were too many hits to leave out.

    A hit is judged without its own perturbagen, and again without the hits that were found, until none is left.
    """
    kept = np.ones(len(scores), dtype=bool)
    while True:
        spread = spread_of(scores[kept], units[kept], n_units)
        fdr = benjamini_hochberg(spread.judge(scores, units, least)[1])
        left = kept & ~(fdr < PEEL_FDR)
        if (left == kept).all():
            return kept, spread, False
        if left.sum() < max(FEWEST_LEFT, (1 - MOST_PEELED) * len(scores)):
            return kept, spread, True
        kept = left
