"""The running-sum family: walk down the ranking and see where the gene set piles up (Kolmogorov-Smirnov, GSEA)."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery, of_lists


def running_sum(ordered: np.ndarray, weight: np.ndarray, n_ranked: np.ndarray) -> np.ndarray:
    """Return the signed maximum deviation of the weighted running sum, -1 … 1, one per signature."""
    # `ordered` (genes of the set x signatures) are positions counted from 1 = most up, in ascending order; NaN, at the
    # end, where a gene has no rank. `weight` is what each gene adds when it is met; genes outside the set take away
    # 1/(N-n) each. Only the set's own rows are needed: between two of its genes the sum falls in a straight line.
    missing = np.isnan(ordered)
    weight = np.where(missing, 0.0, weight)
    n = (~missing).sum(axis=0)
    met = np.cumsum(weight, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = (ordered - np.arange(1, len(ordered) + 1)[:, None]) / (n_ranked - n)
        after, before = met / met[-1], (met - weight) / met[-1]
        highest: np.ndarray = np.fmax.reduce(after - passed, axis=0)
        lowest: np.ndarray = np.fmin.reduce(before - passed, axis=0)
    score = np.where(highest > -lowest, highest, lowest)
    score = np.where(met[-1] > 0, score, 0.0)  # every gene in the very middle: no weight, no deviation
    return np.where((n > 0) & (n < n_ranked), score, np.nan)


def ks_statistic(position: np.ndarray, n_ranked: np.ndarray) -> np.ndarray:
    """Return the signed Kolmogorov-Smirnov statistic of Lamb et al. (2006), -1 … 1, one per signature."""
    position = np.sort(position, axis=0)
    n = (~np.isnan(position)).sum(axis=0)
    place = np.arange(1, len(position) + 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.fmax.reduce(place / n - position / n_ranked, axis=0)
        below = np.fmax.reduce(position / n_ranked - (place - 1) / n, axis=0)
    return np.where((n > 0) & (n_ranked > 0), np.where(above > below, above, -below), np.nan)


def _from_the_top(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    """Return the positions of the genes in ascending order, NaN at the end; ties evenly over their places."""
    # So of a tie as large a part is met as is passed, where its genes are a random part of it.
    low, high = data.places(rows)
    begins = np.sort(data.n_ranked + 1 - high, axis=0)
    if low is high:
        return begins
    size = np.sort(data.n_ranked + 1 - low, axis=0) - begins + 1
    place = np.arange(len(begins))[:, None]
    new = np.diff(begins, axis=0, prepend=-1) != 0  # NaN too
    first = np.maximum.accumulate(np.where(new, place, 0), axis=0)
    follows = np.vstack([new[1:], np.ones_like(new[:1])])
    last = np.minimum.accumulate(np.where(follows, place, len(begins))[::-1], axis=0)[::-1]
    return begins + size * (place - first + 0.5) / (last - first + 1) - 0.5


def _enrichment(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    ordered = _from_the_top(data, rows)
    return running_sum(ordered, np.abs(ordered - (data.n_ranked + 1) / 2), data.n_ranked)


def _ks(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    return ks_statistic(_from_the_top(data, rows), data.n_ranked)


def _unless_alike(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return the difference of both lists, 0 where they have the same sign."""
    return np.where(up * down > 0, 0.0, up - down)


wtcs = of_lists(_enrichment, lambda up, down: _unless_alike(up, down) / 2)
cmap_ks = of_lists(_ks, _unless_alike)
rges = of_lists(_ks)
