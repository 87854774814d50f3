"""The family of extremes: only the genes at both ends of the signature count."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery, ScoreRecord, both_lists

#: How many genes of each end count, if no number is given, and at most one in how many of those ranked: with more of
#: them it would be a mean rank again. A number that is given may go up to half of the genes.
DEFAULT_K, FEWEST_PER_END = 500, 10


def ends(data: RankedQuery, k: int | None) -> np.ndarray:
    """How many genes of each end count in each signature."""
    if k is None:
        return np.minimum(np.clip(data.n_ranked // FEWEST_PER_END, 1, DEFAULT_K), data.n_ranked // 2)
    return np.minimum(k, data.n_ranked // 2)


def _sum_at_the_ends(data: RankedQuery, rows: np.ndarray, k: np.ndarray) -> np.ndarray | None:
    if not len(rows):
        return None
    rank = data.values[rows]
    with np.errstate(invalid="ignore"):
        kept = (rank <= k) | (rank > data.n_ranked - k)
    sums = np.where(kept, rank - (data.n_ranked + 1) / 2, 0.0).sum(axis=0)
    return np.where(data.n_ranked > 0, sums, np.nan)


def xsum(data: RankedQuery, k: int | None = None) -> dict[str, np.ndarray]:
    """Sum of the centred ranks of the query's genes among the k lowest and k highest; 0 if none is there."""
    at_ends = ends(data, k)
    name = "xsum" if k is None else f"xsum({k})"
    up, down = (_sum_at_the_ends(data, rows, at_ends) for rows in (data.up, data.down))
    return {name: both_lists(up, down, np.subtract)}


def fisher_p(hits: np.ndarray, drawn: np.ndarray, marked: np.ndarray, total: np.ndarray) -> np.ndarray:
    """One-sided Fisher p: how likely `hits` or more of `marked` genes among `drawn` of `total` are by chance."""
    from scipy.stats import hypergeom

    # Thousands of signatures share a few dozen tables, and scipy takes them one at a time.
    tables = np.column_stack(np.broadcast_arrays(hits, total, marked, drawn))
    different, which = np.unique(tables, axis=0, return_inverse=True)
    return hypergeom.sf(different[:, 0] - 1, *different[:, 1:].T)[which]


def overlap(data: RankedQuery, k: int | None = None) -> dict[str, np.ndarray]:
    """Share of the query's genes among the k genes of the end where they belong, minus those at the other end."""
    at_ends = ends(data, k)
    suffix = "" if k is None else f"({k})"
    columns = {f"{name}{suffix}": np.full(data.values.shape[1], np.nan) for name in ("overlap", "p_overlap_up")}
    columns[f"p_overlap_down{suffix}"] = np.full(data.values.shape[1], np.nan)
    balance, genes = np.zeros(data.values.shape[1]), np.zeros(data.values.shape[1])
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
        columns[f"p_overlap_{side}{suffix}"] = fisher_p(there, at_ends, n, data.n_ranked)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns[f"overlap{suffix}"] = np.where((genes > 0) & (data.n_ranked > 0), balance / genes, np.nan)
    return columns


XSUM = ScoreRecord(
    name="xsum",
    family="extremes",
    formula="sum of (rank - (N+1)/2) over up genes minus the same over down genes, both only among the k lowest and k"
    f" highest ranks; k = {DEFAULT_K} or N/{FEWEST_PER_END} if that is less",
    range="unbounded; 0 if no gene of the query is at an end",
    reference="Cheng et al. (2014), Genome Medicine 6, 95, doi 10.1186/s13073-014-0095-1",
    compute=xsum,
    takes_k=True,
)
OVERLAP = ScoreRecord(
    name="overlap",
    family="extremes",
    formula="(up genes among the k highest + down genes among the k lowest - those at the other end) / genes found;"
    " p_overlap_up and p_overlap_down: one-sided Fisher test of each list at its own end",
    range="-1 to 1",
    reference="Fisher (1935), The Design of Experiments",
    compute=overlap,
    takes_k=True,
)
