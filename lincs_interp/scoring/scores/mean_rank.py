"""The mean-rank family: the average position of a gene set's ranks (Mann-Whitney)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...core.calls import sigma_of_rank_sum
from ._record import RankedQuery, of_lists

COLUMNS_AT_A_TIME = 64
ROWS_AT_A_TIME = 512

# Ranks that are copied and added up at once, and from how many signatures on each row is added by itself.
NUMBERS_AT_A_TIME, ROW_IS_LONG = 2**16, 2**13


class RankSum(NamedTuple):
    """One gene set against every signature; arrays with one entry per signature."""

    z: np.ndarray  # positive = the set is towards the up end; NaN where it cannot be computed
    auc: np.ndarray  # 0 = the set fills the down end, 0.5 = no preference, 1 = it fills the up end
    n: np.ndarray | int  # genes of the set that the signature ranks; one number if no rank can be missing


def rank_sum_z(
    values: np.ndarray, rows: np.ndarray, n_ranked: np.ndarray | int, tie_factor: np.ndarray | float = 1.0
) -> RankSum:
    """Return z and AUC of the genes in `rows` for every column of `values` (genes x signatures, 1 = most down)."""
    # `n_ranked` may be one number for all signatures. Only the rows of the set are touched. The operations and their
    # order are the site's own, so z agrees with the site's to the last bit. Values that are mid-ranks need the
    # `tie_factor` of their signatures: see :class:`ScoringRanks`.
    total = n_ranked if isinstance(n_ranked, int) else n_ranked.astype(np.int64)
    sums, n = _rank_sums(values, rows, total if isinstance(total, int) else int(total.max(initial=0)))
    valid = (n > 0) & (n < total)
    whole = valid.all() if isinstance(valid, np.ndarray) else valid
    n_ok, total_ok = (n, total) if whole else (np.where(valid, n, 1), np.where(valid, total, 2))
    u = sums - n_ok * (n_ok + 1) / 2
    others = n_ok * (total_ok - n_ok)
    z = (u - others / 2) / (sigma_of_rank_sum(n_ok, total_ok) * tie_factor)
    auc = np.clip(u / others, 0, 1)  # the highest rank of a short tie lets it go a little above 1, the lowest below 0
    if not whole:
        z, auc = np.where(valid, z, np.nan), np.where(valid, auc, np.nan)
    return RankSum(z, auc, n)


def _rank_sums(values: np.ndarray, rows: np.ndarray, highest: int) -> tuple[np.ndarray, Any]:
    """Return the sum of the ranks in these rows of each signature, and their number: one for all if none is missing."""
    sums: np.ndarray = np.zeros(values.shape[1], dtype=_wide_enough(values.dtype, len(rows), highest))
    n: Any = len(rows)
    if values.dtype.kind != "f" and values.shape[1] > ROW_IS_LONG:
        for row in rows:  # a copy of long rows costs more than it saves
            np.add(sums, values[row], out=sums)
        return sums, n
    step = max(1, NUMBERS_AT_A_TIME // max(values.shape[1], 1))
    for start in range(0, len(rows), step):
        block = values.take(rows[start : start + step], axis=0)
        if values.dtype.kind == "f":  # NaN is left out of sum and count
            missing = np.isnan(block)
            n = n - missing.sum(axis=0)
            block[missing] = 0
        sums += np.add.reduce(block, axis=0, dtype=sums.dtype)
    return sums, n


def _wide_enough(dtype: np.dtype, n_rows: int, highest: int) -> type:
    """Return the narrowest type in which no rank sum overflows: 32 bits add three times faster than 64."""
    if dtype.kind == "f":
        return np.float64
    return np.int32 if n_rows * highest < 2**31 else np.int64


def _z(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    return rank_sum_z(data.values, rows, data.n_ranked, data.tie_factor).z


def _centred_auc(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    return rank_sum_z(data.values, rows, data.n_ranked).auc - 0.5


z_sum, singscore = of_lists(_z), of_lists(_centred_auc)


def auc(data: RankedQuery) -> np.ndarray:
    """Return the AUC of the up genes minus that of the down genes; of one list alone, 2 AUC - 1."""
    return singscore(data) * (1 if len(data.up) and len(data.down) else 2)


def zhang(data: RankedQuery) -> np.ndarray:
    """Return the signed ranks of the absolute centred ranks, added up over the query, divided by their maximum."""
    rows = np.concatenate([data.up, data.down]).astype(np.int64)
    signs = np.concatenate([np.ones(len(data.up)), -np.ones(len(data.down))])
    complete = (
        np.zeros(len(data.n_ranked), dtype=bool) if data.complete is None else data.complete & (data.n_ranked > 0)
    )
    scores = np.full(len(complete), np.nan)
    # Many tied genes share what their places would have without ties, on average over all orders.
    complete |= (data.tie_factor != 1) & (data.n_ranked > 0)
    where = rows if complete.all() else np.ix_(rows, complete)
    size = None if data.reach is None else 2 * data.reach[where] + 1
    scores[complete] = _zhang_of_complete(data.values[where], signs, data.n_ranked[complete], size)
    others = np.flatnonzero(~complete & (data.n_ranked > 0))
    for start in range(0, len(others), COLUMNS_AT_A_TIME):
        columns = others[start : start + COLUMNS_AT_A_TIME]
        for column, one in zip(columns, _turned(data.values, columns), strict=True):
            scores[column] = _zhang_of_one(one, rows, signs, int(data.n_ranked[column]))
    return scores


def _zhang_of_complete(
    ranks: np.ndarray, signs: np.ndarray, total: np.ndarray, size: np.ndarray | None = None
) -> np.ndarray:
    """Zhang's score from the query's own rows, where each rank from 1 to N occurs once."""
    # Then the sizes of the centred ranks come in pairs, and the average rank of the size |c| > 0 is 2 |c| + 1/2. `size`
    # is how many places a gene's tie fills, if there are ties.
    twice = 2 * ranks.astype(np.float64) - (total + 1)
    missing = np.isnan(twice)
    n = len(ranks) - missing.sum(axis=0)
    side = np.sign(twice) if size is None else np.clip(twice / size, -1, 1)
    signed = np.where(missing, 0.0, twice + side / 2)
    # N - 1/2 twice, N - 5/2 twice, and so on; the single gene in the very middle of an odd N has rank 1, not 1/2.
    most = n * (total - 0.5) - 2 * (n // 2) * ((n - 1) // 2) + ((n == total) & (total % 2 == 1)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(n > 0, np.einsum("i,ij->j", signs, signed) / most, np.nan)


def _turned(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return some columns as rows; tile by tile, for a jump in memory for each number takes ten times longer."""
    block = np.empty((len(columns), len(values)), dtype=values.dtype)
    for start in range(0, len(values), ROWS_AT_A_TIME):
        block[:, start : start + ROWS_AT_A_TIME] = values[start : start + ROWS_AT_A_TIME, columns].T
    return block


def _zhang_of_one(ranks: np.ndarray, rows: np.ndarray, signs: np.ndarray, total: int) -> float:
    """Zhang's score of one signature with ties or gaps, by counting how many genes are as far from the middle."""
    own = 2 * ranks[rows].astype(np.float64) - (total + 1)  # twice the centred rank: a whole number
    known = ~np.isnan(own)
    own, n = own[known].astype(np.int64), int(known.sum())
    if n == 0:
        return np.nan
    there = ranks[~np.isnan(ranks)] if ranks.dtype.kind == "f" else ranks
    sizes = np.abs(2 * there.astype(np.int64) - (total + 1))
    times = np.bincount(sizes)
    within = np.cumsum(times)

    def strength(sizes: np.ndarray | int) -> np.ndarray:  # average rank of a size |c|, 1 = smallest
        return within[sizes] - (times[sizes] - 1) / 2

    # The most that n genes could add up to: all those beyond some size, and as many as are left over at that size.
    everyone = int(within[-1])
    edge = int(np.searchsorted(within, everyone - n, side="right"))
    beyond = everyone - int(within[edge])
    most = beyond * (2 * everyone - beyond + 1) / 2 + (n - beyond) * strength(edge)
    return float((signs[known] * np.sign(own) * strength(np.abs(own))).sum() / most)
