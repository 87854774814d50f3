"""The profile family: the query's own values against the ranks, for queries that carry values."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery, ScoreRecord

ROWS_AT_A_TIME = 64
COLUMNS_AT_A_TIME = 64


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Rank one column, 1 = lowest, ties to their average; NaN stays NaN."""
    ranks = np.full(len(values), np.nan)
    there = ~np.isnan(values)
    _, which, times = np.unique(values[there], return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks[there] = (last - (times - 1) / 2)[which]
    return ranks


def average_ranks_of_integers(values: np.ndarray, highest: int) -> np.ndarray:
    """The same for whole numbers from 1 to `highest`, by counting instead of sorting."""
    times = np.bincount(values, minlength=highest + 1)
    return (np.cumsum(times) - (times - 1) / 2)[values]


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    # einsum, not @: for vectors of this length BLAS spends its time on waking threads.
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt(np.einsum("i,i", x, x) * np.einsum("i,i", y, y))
    return float(np.einsum("i,i", x, y) / size) if size > 0 else np.nan


def spearman(data: RankedQuery) -> dict[str, np.ndarray]:
    """Spearman correlation of the query's values and the ranks, over the genes that have both."""
    scores = np.full(data.values.shape[1], np.nan)
    query = average_ranks(data.value_numbers)
    for start in range(0, len(scores), COLUMNS_AT_A_TIME):
        block = data.values[:, start : start + COLUMNS_AT_A_TIME][data.value_rows].T
        for column, one in enumerate(np.ascontiguousarray(block), start):
            there = ~np.isnan(one)
            if data.n_ranked[column] == 0 or there.sum() < 2:
                continue
            ranked = average_ranks_of_integers(one[there].astype(np.int64), int(data.n_ranked[column]))
            own = query if there.all() else average_ranks(data.value_numbers[there])
            scores[column] = _correlation(own, ranked)
    return {"spearman": scores}


def cosine(data: RankedQuery) -> dict[str, np.ndarray]:
    """Cosine of the query's values and the centred ranks, over the genes that have both."""
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
    return {"cosine": np.where((query_size * rank_size > 0) & (data.n_ranked > 0), scores, np.nan)}


SPEARMAN = ScoreRecord(
    name="spearman",
    family="profile",
    formula="Pearson correlation of the ranks of the query's values and the ranks of the same genes in the signature",
    range="-1 to 1",
    sign="positive = mimicker, negative = reverser",
    reference="Spearman (1904), American Journal of Psychology 15(1), 72-101",
    compute=spearman,
    needs_values=True,
)
COSINE = ScoreRecord(
    name="cosine",
    family="profile",
    formula="sum of v c / sqrt(sum v^2 sum c^2), c = rank - (N+1)/2, v = the query's value",
    range="-1 to 1",
    sign="positive = mimicker, negative = reverser",
    reference="Duan et al. (2016), npj Systems Biology and Applications 2, 16015, doi 10.1038/npjsba.2016.15",
    compute=cosine,
    needs_values=True,
)
