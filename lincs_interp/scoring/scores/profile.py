"""The profile family: the query's own values against the ranks, for queries with values."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery

ROWS_AT_A_TIME = 64
COLUMNS_AT_A_TIME = 64


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Rank numbers, 1 = lowest, ties to their average."""
    _, which, times = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2)[which]


def average_ranks_of_integers(values: np.ndarray, highest: int) -> np.ndarray:
    """Return the same for whole numbers from 1 to `highest`, by counting instead of sorting."""
    times = np.bincount(values, minlength=highest + 1)
    return (np.cumsum(times) - (times - 1) / 2)[values]


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    # einsum, not @: for vectors of this length BLAS spends its time on waking threads.
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt(np.einsum("i,i", x, x) * np.einsum("i,i", y, y))
    return float(np.einsum("i,i", x, y) / size) if size > 0 else np.nan


def spearman(data: RankedQuery) -> np.ndarray:
    """Return the Spearman correlation of the query's values and the ranks, over the genes that have both."""
    scores = np.full(data.values.shape[1], np.nan)
    query = average_ranks(data.value_numbers)
    for start in range(0, len(scores) if len(query) > 1 else 0, COLUMNS_AT_A_TIME):
        block = np.ascontiguousarray(data.values[data.value_rows, start : start + COLUMNS_AT_A_TIME].T)
        total = data.n_ranked[start : start + COLUMNS_AT_A_TIME]
        found = np.full(len(block), np.nan)
        full = ~np.isnan(block).any(axis=1)
        found[full] = _spearman_of_full(block[full], query)
        for column in np.flatnonzero(~full & (total > 0)):
            found[column] = _spearman_with_gaps(block[column], data.value_numbers, int(total[column]))
        scores[start : start + COLUMNS_AT_A_TIME] = np.where(total > 0, found, np.nan)
    return scores


def _spearman_of_full(block: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Return the correlation for each row of ranks (signatures x genes), none of them missing."""
    # Rank and place of a gene share one number, because sorting numbers is several times faster than sorting places.
    bits = (len(query) - 1).bit_length()
    wide = int(block.max(initial=0)) << bits >= 2**31
    keys: np.ndarray = block.astype(np.int64 if wide else np.int32) * 2**bits + np.arange(len(query), dtype=np.int32)
    keys.sort(axis=1)
    own = np.take(query - query.mean(), keys & (2**bits - 1))
    theirs = _average_places(keys >> bits) - (len(query) - 1) / 2
    # Multiples of 1/2 times multiples of 1/2: every sum is exact, so its order does not matter.
    sizes = np.einsum("ij,ij->i", own, own) * np.einsum("ij,ij->i", theirs, theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sizes > 0, np.einsum("ij,ij->i", own, theirs) / np.sqrt(sizes), np.nan)


def _average_places(ordered: np.ndarray) -> np.ndarray:
    """Return the place of each number in its ascending row, from 0; equal numbers share the average of theirs."""
    place = np.arange(ordered.shape[1], dtype=np.int32)
    first = np.ones(ordered.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    if first.all():
        return np.broadcast_to(place, ordered.shape)
    last = np.ones(ordered.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    lowest = np.maximum.accumulate(np.where(first, place, 0), axis=1)
    highest = np.minimum.accumulate(np.where(last, place, len(place))[:, ::-1], axis=1)[:, ::-1]
    return (lowest + highest) / 2


def _spearman_with_gaps(ranks: np.ndarray, numbers: np.ndarray, total: int) -> float:
    there = ~np.isnan(ranks)
    if there.sum() < 2:
        return np.nan
    ranked = average_ranks_of_integers(ranks[there].astype(np.int64), total)
    return _correlation(average_ranks(numbers[there]), ranked)


def cosine(data: RankedQuery) -> np.ndarray:
    """Return the cosine of the query's values and the centred ranks, over the genes that have both."""
    middle = (data.n_ranked + 1) / 2
    product, query_size, rank_size = (np.zeros(data.values.shape[1]) for _ in range(3))
    for start in range(0, len(data.value_rows), ROWS_AT_A_TIME):  # a block stays in the processor's cache
        block = data.values[data.value_rows[start : start + ROWS_AT_A_TIME]] - middle
        numbers = data.value_numbers[start : start + ROWS_AT_A_TIME]
        missing = np.isnan(block)
        block[missing] = 0
        product += numbers @ block
        query_size += numbers**2 @ ~missing
        rank_size += np.einsum("ij,ij->j", block, block)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = product / np.sqrt(query_size * rank_size)
    return np.where((query_size * rank_size > 0) & (data.n_ranked > 0), scores, np.nan)
