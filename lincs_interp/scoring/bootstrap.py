"""How far the scores hang on which genes are in the lists: the query's genes drawn again, many times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import argument, number_between, whole_number, wrong
from .._util.text import counted
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from .concordance import query_rows, score_concordance
from .scores.many import z_of_many

# Scores held at once while gene sets pass by, and scores of all resamples that may be kept (8 bytes each, 4 more for
# the place).
NUMBERS_AT_A_TIME, MOST_NUMBERS = 4_000_000, 200_000_000
ROWS_AT_A_TIME = 1_000

# Scores that differ by less are equal: they are sums of the same whole numbers, rounded on different ways.
SAME_SCORE = 1e-9

_RESAMPLED = ("z_low", "z_high", "place_low", "place_high", "share_same_sign")
_COLUMNS = ["z_sum", "z_low", "z_high", "place", "place_low", "place_high", "share_same_sign"]


def bootstrap_scores(
    ranks: RankMatrix,
    query: GeneQuery,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    overlap: str = "error",
    rescue: bool = True,
) -> pd.DataFrame:
    """Bootstrap the query genes: intervals for the score and the place of every signature.

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.
    n_resamples : int, default 1000
        How many gene lists are drawn.
    seed : int, default 0
        The same seed gives the same numbers; the one of :func:`leave_one_out` draws the same lists.
    level : float, default 0.95
        The share of the resamples that an interval holds: above 0, below 1.

    Returns
    -------
    DataFrame, one row per signature, best mimicker first (index ``signature``)
        - ``z_sum``: as in :func:`score_concordance`; ``z_low``, ``z_high``: the middle ``level`` of its resamples
        - ``place``: whole number from 1, counted from the signature's own end: 1 = the highest z_sum of all for a
          signature with a z_sum of 0 or more, 1 = the lowest of all for one below 0. Equal scores share the better
          place. ``place_low`` (best) and ``place_high`` (worst): the same over the resamples
        - ``share_same_sign``: 0-1, in what share of the resamples z_sum has the sign it has with the query as it is

        NaN where the signature has no score, in intervals also where no list has two genes with ranks.

    Raises
    ------
    LincsInterpError
        If an argument is out of range, more than 200 million scores or draws of a gene would have to be kept, or as
        in :func:`score_concordance`.

    Notes
    -----
    Each list is drawn from its own genes with replacement, as many as it has [1]_; a gene drawn twice counts twice in
    rank sum and n. The intervals are percentile intervals; those of places are rounded outwards. They show how far the
    result depends on the choice of genes, and no more: they take the genes for independent, so genes that move together
    make them too narrow, and they are no confidence intervals over experiments. Of a few genes a bootstrap knows
    little: with n genes it is too narrow by ``sqrt((n-1)/n)`` even if they are independent.

    References
    ----------
    .. [1] Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13, doi 10.1201/9780429246593.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> table = bootstrap_scores(sample.ranks, sample.query, n_resamples=200)
    >>> table.loc["SIM001_PC3_24H_A04_mimicort_10uM", ["place", "place_low"]].astype(int).tolist()
    [1, 1]
    """
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    n_resamples, level = check_resampling(n_resamples, level)
    n_signatures = ranks.shape[1]
    if n_signatures * n_resamples > MOST_NUMBERS:
        problem = (
            f"is {n_resamples:,} and {argument('ranks')} holds {n_signatures:,} signatures,"
            f" more than {MOST_NUMBERS:,} scores to keep"
        )
        remedy = "take fewer of either, or ask leave_one_out for single signatures"
        raise wrong("n_resamples", n_resamples, problem, remedy)
    scores = score_concordance(ranks, query, overlap=overlap, rescue=rescue).loc[ranks.frame.columns]
    z_sum = scores["z_sum"].to_numpy()
    from_top = ~(z_sum < -SAME_SCORE)
    z = np.empty((n_signatures, n_resamples))
    place = np.empty((n_signatures, n_resamples), dtype=np.float32)
    for where, drawn in score_sets(ranks, *rows, *draws(rows, n_resamples, seed)):
        z[:, where], place[:, where] = drawn.T, places(drawn, from_top).T
    columns = {"z_sum": z_sum, "place": places(z_sum[None, :], from_top)[0]}
    columns |= summarise_resamples(z, place, z_sum, scores[["n_up", "n_down"]].max(axis=1), level)
    table = pd.DataFrame(columns, index=ranks.frame.columns, columns=_COLUMNS)
    table = table.iloc[np.argsort(-z_sum, kind="stable")]
    whole = [name for name in ("place", "place_low", "place_high") if table[name].notna().all()]
    return table.astype(dict.fromkeys(whole, np.int64))


def check_resampling(n_resamples: object, level: object) -> tuple[int, float]:
    """Return both as numbers; raise unless they can be used together."""
    n, level = whole_number("n_resamples", n_resamples), number_between("level", level, 0, 1, "0.95 is 95 %")
    least = int(np.ceil(2 / (1 - level) - 1e-9))
    if n < least:
        problem = f"is {n:,}, too few to tell where the outer {100 * (1 - level):.2g} % begin"
        raise wrong("n_resamples", n, problem, f"pass at least {least:,}")
    return n, level


def summarise_resamples(
    z: np.ndarray, place: np.ndarray, z_sum: np.ndarray, n_longest: Any, level: float
) -> dict[str, np.ndarray]:
    """Return the intervals of score and place of signatures (signatures x resamples), by name of column."""
    # NaN where the longest list has fewer than two genes: drawing from one gene gives this gene again.
    columns = (*interval(z, level), *interval(place, level, outwards=True), share_same_sign(z, z_sum))
    return {name: np.where(n_longest < 2, np.nan, one) for name, one in zip(_RESAMPLED, columns, strict=True)}


def draws(rows: tuple[np.ndarray, np.ndarray], n_resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each gene of the up and of the down list is drawn (resamples x genes)."""
    rng = np.random.default_rng(whole_number("seed", seed, least=0))
    n_genes = sum(map(len, rows))
    if n_resamples * n_genes > MOST_NUMBERS:
        problem = (
            f"is {n_resamples:,} and {argument('query')} has {counted(n_genes, 'gene')} here,"
            f" more than {MOST_NUMBERS:,} counts to keep"
        )
        raise wrong("n_resamples", n_resamples, problem, f"pass at most {MOST_NUMBERS // n_genes:,} resamples")
    up, down = (
        rng.multinomial(n, np.full(n, 1 / n), size=n_resamples) if n else np.zeros((n_resamples, 0), dtype=np.int64)
        for n in map(len, rows)
    )
    return up, down


def score_sets(
    ranks: RankMatrix, up_rows: np.ndarray, down_rows: np.ndarray, up_counts: np.ndarray, down_counts: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Return z_sum of variants of one query (sets x signatures), some at a time, and which of them these are."""
    # Its genes count as often as the counts say (sets x genes); NaN where a list has no gene with a rank.
    from scipy.sparse import csr_array

    n_ranked, (values, _, tie_factor) = ranks.n_ranked.to_numpy(), ranks._scoring
    sides = [(values[rows], counts) for rows, counts in ((up_rows, up_counts), (down_rows, down_counts))]
    step = max(1, NUMBERS_AT_A_TIME // max(ranks.shape[1], 1))
    for start in range(0, len(up_counts), step):
        where = slice(start, min(start + step, len(up_counts)))
        up, down = (
            z_of_many(own, n_ranked, csr_array(counts[where]), tie_factor)
            if len(own)
            else np.full((where.stop - start, len(n_ranked)), np.nan)
            for own, counts in sides
        )
        yield where, up - down if len(up_rows) and len(down_rows) else up if len(up_rows) else -down


def places(z: np.ndarray, from_top: np.ndarray) -> np.ndarray:
    """Return the place of every score in its row: 1 = the highest where `from_top`, else the lowest."""
    # Equal scores share the better place; NaN has none (NaN). 32-bit floats hold every place up to 2**24.
    found = np.full(z.shape, np.nan, dtype=np.float32)
    for row, place in zip(z, found, strict=True):  # a row fits into the processor's cache; all of them do not
        row = np.round(row, 9)  # SAME_SCORE
        order = np.argsort(row)[: np.count_nonzero(~np.isnan(row))]  # NaN last
        ordered = row[order]
        below = np.arange(len(order))
        above = below[::-1]
        starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
        if len(starts) < len(order):
            size = np.diff(starts, append=len(order))
            below, above = np.repeat(starts, size), np.repeat(len(order) - starts - size, size)
        place[order] = 1 + np.where(from_top[order], above, below)
    return found


def interval(numbers: np.ndarray, level: float, *, outwards: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle `level` of each row without its NaN; `outwards`: numbers that occur, no values between."""
    ends = np.empty((2, len(numbers)))
    quantiles = np.array([(1 - level) / 2, (1 + level) / 2])
    methods: tuple[Any, ...] = ("lower", "higher") if outwards else ("linear", "linear")
    for start in range(0, len(numbers), ROWS_AT_A_TIME):
        part = numbers[start : start + ROWS_AT_A_TIME]
        for end, quantile, method in zip(ends[:, start : start + ROWS_AT_A_TIME], quantiles, methods, strict=True):
            end[:] = np.quantile(part, quantile, axis=1, method=method)
            # np.nanquantile goes row by row; few rows have a gap, or none.
            for row in np.flatnonzero(np.isnan(end)):
                if len(there := part[row][~np.isnan(part[row])]):
                    end[row] = np.quantile(there, quantile, method=method)
    return ends[0], ends[1]


def share_same_sign(z: np.ndarray, z_sum: np.ndarray) -> np.ndarray:
    """Return in what share of the resamples (columns) z has the sign of z_sum; NaN where that is 0 or unknown."""
    n = np.count_nonzero(~np.isnan(z), axis=1)
    same = np.count_nonzero(z * np.sign(z_sum)[:, None] > SAME_SCORE, axis=1)
    return np.where((n > 0) & (np.abs(z_sum) > SAME_SCORE), same / np.maximum(n, 1), np.nan)
