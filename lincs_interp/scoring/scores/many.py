"""Many gene sets against many signatures at once: the mean-rank sums of all of them as one sparse product.

A thousand queries, the draws of a bootstrap, every background signature's own extremes: one row each in a sparse matrix
of counts (sets x genes). The signatures pass in blocks, so what is needed beside the answer does not grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from ...core.calls import sigma_of_rank_sum

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# A tile of the matrix stays in the processor's cache while all sets pass over it.
SIGNATURES_AT_A_TIME = 256
GENES_AT_A_TIME = 1024

# Products and conversions let other threads run; more than two wait for memory, not for a processor.
THREADS = 2

#: Whole numbers below this are exact in 32-bit floats, and so is a sum of them that stays below it, in any order.
EXACT_IN_FLOAT32 = 2**24


def sets_from_rows(rows: Iterable[np.ndarray], n_genes: int) -> csr_array:
    """Return one row per set (sets x genes) that counts how often each gene is in it."""
    # `rows` are arrays of row numbers in the matrix of ranks; one that occurs twice (in a bootstrap draw) counts twice.
    from scipy.sparse import csr_array

    parts = [np.asarray(part, dtype=np.int32) for part in rows]
    ends = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    genes = np.concatenate([np.empty(0, dtype=np.int32), *parts])
    outside = (genes < 0) | (genes >= n_genes)
    if outside.any():
        raise ValueError(f"a set names row {genes[outside][0]} of {n_genes}")
    sets = csr_array((np.ones(len(genes), dtype=np.float32), genes, ends), shape=(len(parts), n_genes))
    sets.sum_duplicates()
    return sets


def z_of_many(
    values: np.ndarray, n_ranked: np.ndarray, sets: csr_array, tie_factor: np.ndarray | float = 1.0
) -> np.ndarray:
    """Return z of every set in every signature (sets x signatures), to the last bit what `rank_sum_z` gives for one."""
    # `n_ranked` is N of each signature, and n of a set the number of genes added up, counted as often as they are
    # added. z is NaN where n is 0, or N and more.
    totals, factors = np.asarray(n_ranked).astype(np.int64), np.atleast_1d(tie_factor)
    answer = np.empty((sets.shape[0], values.shape[1]))

    def standardise(where: slice, sums: np.ndarray, n: np.ndarray) -> None:
        total = totals[where]
        if (total == total[0]).all():  # then a root is drawn once per set, not once per set and signature
            total = total[:1]
        valid = (n > 0) & (n < total)
        n_ok, total_ok = np.where(valid, n, 1), np.where(valid, total, 2)
        # The site's U - mean in one step: multiples of 1/2, so nothing is rounded before the division.
        z = np.subtract(sums, n_ok * (total_ok + 1) / 2, out=answer[:, where], dtype=np.float64)
        z /= sigma_of_rank_sum(n_ok, total_ok) * (factors[where] if len(factors) > 1 else factors)
        if not valid.all():
            z[np.broadcast_to(~valid, z.shape)] = np.nan

    _in_blocks(values, sets, standardise)
    return answer


def _in_blocks(values: np.ndarray, sets: csr_array, use: Callable[[slice, np.ndarray, np.ndarray], None]) -> None:
    """Call `use` with some signatures, the rank sums of all sets in them, and how many genes were added up."""
    # That count is sets x 1, or sets x signatures where ranks are missing.
    if sets.shape[1] != len(values):
        raise ValueError(f"sets count {sets.shape[1]} genes, but there are ranks of {len(values)}")
    if (sets.data < 0).any() or (sets.data != np.floor(sets.data)).any():
        raise ValueError("sets hold a number that is no count: whole numbers from 0 are needed")
    # Of one query's bootstrap draws a few hundred rows are needed, not the whole matrix.
    used = np.flatnonzero(np.bincount(sets.indices, minlength=len(values)))
    counts = np.asarray(sets.sum(axis=1, dtype=np.int64))[:, None]
    # Mid-ranks are multiples of 1/2: twice as many steps.
    highest = int(np.fmax.reduce(values, axis=None, initial=0)) * (2 if values.dtype.kind == "f" else 1)
    tiles = _Tiles(sets if len(used) == len(values) else sets[:, used], int(counts.max(initial=0)) * highest)

    def one(start: int) -> None:
        where = slice(start, min(start + SIGNATURES_AT_A_TIME, values.shape[1]))
        ranks = values[:, where] if len(used) == len(values) else values[used, where]
        n = counts
        if ranks.dtype.kind == "f" and (missing := np.isnan(ranks)).any():
            ranks = np.where(missing, 0, ranks)
            n = counts - tiles.times(missing).astype(np.int64)
        use(where, tiles.times(ranks), n)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(one, range(0, values.shape[1], SIGNATURES_AT_A_TIME)):
            pass  # an error in a thread comes out here


class _Tiles:
    """The sets, cut into groups of neighbouring genes, in the narrowest floats that hold every sum exactly."""

    def __init__(self, sets: csr_array, highest_sum: int) -> None:
        self.dtype = np.float32 if highest_sum < EXACT_IN_FLOAT32 else np.float64
        typed = sets.astype(self.dtype)
        starts = range(0, max(sets.shape[1], 1), GENES_AT_A_TIME)
        self._parts = [(slice(a, a + GENES_AT_A_TIME), typed[:, a : a + GENES_AT_A_TIME]) for a in starts]

    def times(self, numbers: np.ndarray) -> np.ndarray:
        """Return sets times numbers (genes x signatures)."""
        (genes, part), *others = self._parts
        total = part @ numbers[genes].astype(self.dtype, order="C")
        for genes, part in others:
            total += part @ numbers[genes].astype(self.dtype, order="C")
        return total
