"""The baseline of a gene: how often it is extreme in unselected signatures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import instance_of, number_between, wrong
from .._util.text import counted
from ._ties import tie_edges
from .ranks import RankMatrix

#: The part of the ranking at each end that counts as extreme, unless the caller says otherwise.
TAIL = 0.01

#: By chance a gene is among the extremes in one of fifty signatures: fewer than this are no baseline.
FEWEST_FOR_BASELINE = 20

# Enough to keep numpy busy; what is needed beside the answer does not grow with the matrix.
SIGNATURES_AT_A_TIME, GENES_AT_A_TIME = 64, 512


def gene_baseline(background: RankMatrix, *, tail: float = TAIL) -> pd.DataFrame:
    """Compute the baseline of each gene: its median percentile, and how often it is extreme in unselected signatures.

    Parameters
    ----------
    background : RankMatrix
        Unselected signatures, at least 20 of them: a library or a random part of it. The hits of a query
        have a baseline of their own.
    tail : float, default 0.01
        Which part of the ranking at each end counts as extreme: above 0, below 0.5.

    Returns
    -------
    DataFrame, one row per gene in the order of the matrix (index ``gene``)
        - ``median_percentile``: 0-100, 0 = most down, 100 = most up, over the signatures that rank the gene
        - ``share_low``, ``share_high``: 0-1, in what share of them it is among the lowest or the highest ``tail`` of
          the ranking; by chance ``tail`` each
        - ``share_extreme``: 0-1, their sum; by chance ``2 * tail``, 2 %
        - ``n_signatures``: how many signatures rank the gene. Of a gene that none ranks this is 0, the rest NaN.
        - ``tail``: as given

    Raises
    ------
    LincsInterpError
        If fewer than 20 signatures are left, ``tail`` is out of range, or so small that no gene would be extreme.

    Notes
    -----
    A gene is among the lowest if its percentile ``100 (r - 0.5) / N`` is below ``100 * tail``, among the highest if it
    is above ``100 - 100 * tail``; N is the signature's own. Tied genes get the mean rank of their tie first: with the
    highest rank, as in the file, a long tie would be extreme at the upper end and never at the lower one. Signatures
    that rank fewer than ``1 / tail`` genes have no extremes and are left out. Of S signatures a share has
    steps of 1/S only: 0 of 20 is no proof that a gene is never extreme.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> baseline = gene_baseline(load_sample().background)
    >>> baseline.loc[["S100A8", "TP53"], "share_extreme"].to_dict()
    {'S100A8': 0.2, 'TP53': 0.065}
    """
    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    tail = number_between("tail", tail, 0, 0.5, "0.01 is 1 % of each end")
    n_genes, n_ranked = background.n_genes, background.n_ranked.to_numpy()
    if n_genes * tail < 1:
        problem = (
            f"is {tail:g}, but background ranks {counted(n_genes, 'gene')}, so that no gene would be among the extremes"
        )
        raise wrong("tail", tail, problem, f"pass a tail of at least {1 / n_genes:.2g}")
    columns = np.flatnonzero(n_ranked * tail >= 1)  # the signatures that have extremes at all
    if len(columns) < FEWEST_FOR_BASELINE:
        problem = (
            f"has {counted(len(columns), 'signature')} that can be used, but a gene's baseline takes"
            f" {FEWEST_FOR_BASELINE} or more"
        )
        remedy = "pass a library of unselected signatures, or a random part of one"
        raise wrong("background", background, problem, remedy)
    twice = _twice_mid_ranks(background, columns)
    parts = [
        _baselines_of(twice[start : start + GENES_AT_A_TIME], n_ranked[columns], tail)
        for start in range(0, len(twice), GENES_AT_A_TIME)
    ]
    return pd.concat(parts, ignore_index=True).set_axis(background.genes.rename("gene")).assign(tail=tail)


def _twice_mid_ranks(ranks: RankMatrix, columns: np.ndarray) -> np.ndarray:
    """Twice the mean rank of each gene's tie (genes x columns), a whole number; 0 = missing."""
    values, n_ranked = ranks.values, ranks.n_ranked.to_numpy()[columns]
    highest = 2 * int(np.fmax.reduce(values, axis=None, initial=0))
    twice = np.zeros((len(values), len(columns)), dtype=np.uint16 if highest < 2**16 else np.uint32)
    for start in range(0, len(columns), SIGNATURES_AT_A_TIME):
        block = values[:, columns[start : start + SIGNATURES_AT_A_TIME]].T
        some = (np.nan_to_num(block, nan=0) if block.dtype.kind == "f" else block).astype(np.intp, order="C")
        for one, total in zip(some, n_ranked[start:], strict=False):
            if np.bincount(one)[1:].max(initial=0) <= 1:
                one *= 2
            else:
                first, last = tie_edges(one, int(total))
                one[:] = (first + last)[one]
        twice[:, start : start + SIGNATURES_AT_A_TIME] = some.T
    return twice


def extremes_of_gene(ranks: RankMatrix, row: int, tail: float) -> np.ndarray:
    """Return at which end a gene is extreme in each signature, "down" or "up", "" if at none; see gene_baseline."""
    total = ranks.n_ranked.to_numpy()
    twice = _twice_mid_ranks(ranks, np.arange(len(total)))[row].astype(np.int64)
    usable, last_low = (twice > 0) & (total * tail >= 1), _last_low(total, tail)
    low, high = usable & (twice <= last_low), usable & (twice >= 2 * total + 2 - last_low)
    return np.select([low, high], ["down", "up"], "").astype(object)


def _last_low(total: np.ndarray, tail: float) -> np.ndarray:
    """Return the largest doubled rank whose percentile is below the tail; 0.01 * 12,300 is not quite 123."""
    return np.floor(2 * total * tail - 1e-6).astype(np.int64) + 1


def _baselines_of(twice: np.ndarray, total: np.ndarray, tail: float) -> pd.DataFrame:
    there = twice > 0
    n = there.sum(axis=1)
    last_low = _last_low(total, tail)
    low = ((twice <= last_low.astype(twice.dtype)) & there).sum(axis=1)
    high = (twice >= (2 * total + 2 - last_low).astype(twice.dtype)).sum(axis=1)
    n_or_nan = np.where(n > 0, n, np.nan)
    return pd.DataFrame(
        {
            "median_percentile": _median_percentiles(twice, n, total),
            "share_low": low / n_or_nan,
            "share_high": high / n_or_nan,
            "share_extreme": (low + high) / n_or_nan,
            "n_signatures": n,
        }
    )


def _median_percentiles(twice: np.ndarray, n: np.ndarray, total: np.ndarray) -> np.ndarray:
    # Missing ranks come first in the order, below all others. Sorting 32-bit integers is the fastest of all ways to a
    # median here, np.nanmedian the slowest; one N for all, as is usual, allows it.
    one_n = bool((total == total[0]).all())
    numbers = twice.astype(np.int32) if one_n else np.where(twice > 0, (twice - 1.0) * (50 / total), -1.0)
    numbers.sort(axis=1)
    rows, first = np.arange(len(n)), twice.shape[1] - n
    lower, upper = (np.minimum(first + half, twice.shape[1] - 1) for half in (np.maximum(n - 1, 0) // 2, n // 2))
    middle = (numbers[rows, lower] + numbers[rows, upper]) / 2
    return np.where(n > 0, (middle - 1) * (50 / total[0]) if one_n else middle, np.nan)
