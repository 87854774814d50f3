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


def _sum_at_the_ends(data: RankedQuery, rows: np.ndarray, k: int | None = None) -> np.ndarray:
    """Return the sum of the centred ranks of genes among the k lowest and k highest; 0 if none is there."""
    rank, at_ends = data.values[rows], ends(data, k)
    with np.errstate(invalid="ignore"):
        kept = (rank <= at_ends) | (rank > data.n_ranked - at_ends)
    sums = np.where(kept, rank - (data.n_ranked + 1) / 2, 0.0).sum(axis=0)
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
        rank = data.values[rows]
        with np.errstate(invalid="ignore"):
            low, high = (rank <= at_ends).sum(axis=0), (rank > data.n_ranked - at_ends).sum(axis=0)
        n = (~np.isnan(rank)).sum(axis=0)
        there, wrong = (high, low) if side == "up" else (low, high)
        balance += there - wrong
        genes += n
        columns[f"p_overlap_{side}"] = fisher_p(there, at_ends, n, data.n_ranked)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["overlap"] = np.where((genes > 0) & (data.n_ranked > 0), balance / genes, np.nan)
    return columns
