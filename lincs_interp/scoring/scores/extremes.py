"""The family of extremes: only the genes at both ends of the signature count."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery, of_lists

#: How many genes of each end count, if no number is given, and at most one in how many of those ranked: with more of
#: them it would be a mean rank again. A number that is given may go up to half of the genes.
DEFAULT_K, FEWEST_PER_END = 500, 10


def ends(data: RankedQuery, k: int | None) -> np.ndarray:
    """Return how many genes of each end count in each signature."""
    if k is None:
        return np.minimum(np.clip(data.n_ranked // FEWEST_PER_END, 1, DEFAULT_K), data.n_ranked // 2)
    return np.minimum(k, data.n_ranked // 2)


def _shares_at_the_ends(data: RankedQuery, rows: np.ndarray, at_ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each gene is among the lowest and among the highest; of a tied gene, the share of its tie."""
    low, high = data.places(rows)
    first_of_top = data.n_ranked - at_ends + 1
    with np.errstate(invalid="ignore"):
        if low is high:
            return low <= at_ends, high >= first_of_top
        size = high - low + 1
        parts = (np.minimum(high, at_ends) - low + 1) / size, (high - np.maximum(low, first_of_top) + 1) / size
    return tuple(np.nan_to_num(np.clip(part, 0, 1)) for part in parts)


def _sum_at_the_ends(data: RankedQuery, rows: np.ndarray, k: int | None = None) -> np.ndarray:
    """Return the sum of the centred ranks of genes among the k lowest and k highest; 0 if none is there."""
    # A tie that reaches over the edge counts with the part of its places that is at the end: their share and mean.
    (low, high), at_ends, total = data.places(rows), ends(data, k), data.n_ranked
    bottom, top = _shares_at_the_ends(data, rows, at_ends)
    if low is high:
        sums = np.where(bottom | top, low - (total + 1) / 2, 0.0).sum(axis=0)
    else:
        means = (low + np.minimum(high, at_ends)) / 2, (np.maximum(low, total - at_ends + 1) + high) / 2
        parts = (
            np.where(part > 0, part * (mean - (total + 1) / 2), 0.0)
            for part, mean in zip((bottom, top), means, strict=True)
        )
        sums = sum(parts, np.zeros(low.shape)).sum(axis=0)
    return np.where(data.n_ranked > 0, sums, np.nan)


xsum = of_lists(_sum_at_the_ends)


def fisher_p(hits: np.ndarray, drawn: np.ndarray, marked: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the one-sided Fisher p of `hits` or more of the `marked` genes among `drawn` of `total`."""
    from scipy.stats import hypergeom

    # Thousands of signatures share a few dozen tables, and scipy takes them one at a time.
    tables = np.column_stack(np.broadcast_arrays(hits, total, marked, drawn))
    different, which = np.unique(tables, axis=0, return_inverse=True)
    return hypergeom.sf(different[:, 0] - 1, *different[:, 1:].T)[which]


def overlap(data: RankedQuery, k: int | None = None) -> dict[str, np.ndarray]:
    """Return the share of the query's genes at the end where they belong minus that at the other, and Fisher's p."""
    at_ends, n_signatures = ends(data, k), data.values.shape[1]
    columns = {name: np.full(n_signatures, np.nan) for name in ("overlap", "p_overlap_up", "p_overlap_down")}
    balance, genes = np.zeros(n_signatures), np.zeros(n_signatures)
    for side, rows in (("up", data.up), ("down", data.down)):
        if not len(rows):
            continue
        low, high = (part.sum(axis=0) for part in _shares_at_the_ends(data, rows, at_ends))
        n = (~np.isnan(data.values[rows])).sum(axis=0)
        there, wrong = (high, low) if side == "up" else (low, high)
        balance += there - wrong
        genes += n
        # Of a tie over the edge so many whole genes are at the end; 1e-9 is what adding up shares may lose.
        columns[f"p_overlap_{side}"] = fisher_p(np.floor(there + 1e-9).astype(np.int64), at_ends, n, data.n_ranked)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["overlap"] = np.where((genes > 0) & (data.n_ranked > 0), balance / genes, np.nan)
    return columns
