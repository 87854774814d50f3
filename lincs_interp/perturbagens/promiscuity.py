"""Promiscuity: how many unrelated queries a signature answers, compared with what chance allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import argument, instance_of, number_between, true_or_false, whole_number, wrong
from .._util.text import counted, listed
from ..core.identity import name_key
from ..core.ranks import RankMatrix, check_matrix
from ..scoring.scores.many import sets_from_rows, z_of_many

# A query is judged against so many signatures of other perturbagens: fewer give no spread.
FEWEST_OTHERS = 50
LARGER_BACKGROUND = "pass a library or a random part of it"

# Bounds what is held at once to some hundred megabytes, whatever the sizes.
QUERIES_AT_A_TIME, SIGNATURES_AT_A_TIME = 500, 4096


class _Extremes(NamedTuple):
    low: np.ndarray  # signatures x n_genes: rows of the lowest genes
    high: np.ndarray
    clear: np.ndarray  # whether no gene is at both ends: not where too many ranks are missing or tied


def measure_promiscuity(
    ranks: RankMatrix,
    background: RankMatrix,
    *,
    n_genes: int = 100,
    level: float = 0.05,
    progress: bool = False,
) -> pd.DataFrame:
    """Measure how many unrelated queries each signature answers (its promiscuity).

    Parameters
    ----------
    ranks : RankMatrix
        The signatures to be judged.
    background : RankMatrix
        Unselected signatures of the same source, at least 51: a library or a random part of it, never the hits of a
        query. It may be ``ranks`` itself.
    n_genes : int
        How many genes of each end of a background signature make its query.
    level : float between 0 and 1
        A query is answered if the calibrated score is beyond this two-sided level.
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataFrame, one row per signature of ``ranks``, in their order (index ``signature``)
        - ``share_answered``: 0-1, the share of the queries that the signature mimics or reverses (``share_mimicked``,
          ``share_reversed``); about ``level`` by chance. W10 warns from 0.15, three times the default
        - ``n_queries``: the queries that were asked; 0 where the signature has no ranks, and the shares are NaN

    Raises
    ------
    LincsInterpError
        If the matrices share fewer than ``2 n_genes`` genes by name, or fewer than 51 background signatures can be
        asked about.

    Notes
    -----
    Each background signature in turn makes a query: its ``n_genes`` lowest and highest genes among those that both
    matrices have; of tied genes the first by name. Its z_sum in any signature is calibrated on the background: minus
    the median, divided by 1.4826 times the median absolute deviation, over the signatures that are unrelated to
    the query. The limit is the quantile of Student's t with one degree of freedom less than there are of these; a query
    with fewer than 50 of them is not asked.

    Related queries are not counted: of the signature itself (same id, or the very same genes at both ends) and of its
    own perturbagen (same ``pert_name``, whatever the case and the kind of perturbation).

    A high share means that a signature looks like many others, for whatever reason: a common response such as cell
    death [1]_, a mechanism that fills the background, the position on a plate. Signatures of another source than the
    background answer hardly any query (1 % on real data).

    References
    ----------
    .. [1] Szalai et al. (2019), Nucleic Acids Research 47(19), 10010-10026, doi 10.1093/nar/gkz805.

    Examples
    --------
    >>> from lincs_interp.io.sample import load_sample
    >>> sample = load_sample()
    >>> table = measure_promiscuity(sample.ranks, sample.background)
    >>> len(table), bool((table["share_answered"] < 0.15).all())
    (78, True)
    """
    from tqdm import tqdm

    check_matrix(ranks)
    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    n_genes = whole_number("n_genes", n_genes)
    level = number_between("level", level, 0, 1)
    progress = true_or_false("progress", progress)
    ours, theirs = _shared_genes(ranks, background, n_genes)
    n_ours, n_theirs = ranks.n_ranked.to_numpy(), background.n_ranked.to_numpy()
    queries = _extremes(theirs, n_theirs, n_genes)
    asked = np.flatnonzero(queries.clear)
    if len(asked) <= FEWEST_OTHERS:
        enough = f"{FEWEST_OTHERS + 1} are needed, to judge each query by {FEWEST_OTHERS} others"
        holds = f"holds {counted(len(asked), 'signature')} with {n_genes:,} clear genes at each end, but {enough}"
        raise wrong("background", len(asked), holds, LARGER_BACKGROUND)
    own_keys, their_keys = _relation_keys(ranks, _extremes(ours, n_ours, n_genes), background, queries)
    counts = np.zeros((3, ours.shape[1]), dtype=np.int64)  # asked, mimicked, reversed
    n_blocks = -(-len(asked) // QUERIES_AT_A_TIME) * -(-ours.shape[1] // SIGNATURES_AT_A_TIME)
    with tqdm(total=n_blocks, desc="promiscuity", unit="block", disable=not progress) as bar:
        for some in _parts(len(asked), QUERIES_AT_A_TIME):
            chosen = asked[some]
            sets = sets_from_rows([*queries.high[chosen], *queries.low[chosen]], len(theirs))
            unrelated = ~_related(their_keys[:, chosen], their_keys)
            middle, reach = _null(_z_sums(theirs, n_theirs, sets, background._scoring.factor), unrelated, level)
            for part in _parts(ours.shape[1], SIGNATURES_AT_A_TIME):
                z = _z_sums(ours[:, part], n_ours[part], sets, ranks._scoring.factors[part]) - middle
                z[_related(their_keys[:, chosen], own_keys[:, part])] = np.nan
                counts[0, part] += (np.isfinite(z) & np.isfinite(reach)).sum(axis=0)
                counts[1, part] += (z > reach).sum(axis=0)
                counts[2, part] += (z < -reach).sum(axis=0)
                bar.update()
    return _as_table(counts, ranks.frame.columns)


def _shared_genes(ranks: RankMatrix, background: RankMatrix, n_genes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the ranks of the genes that both have by name, in the order of the names."""
    shared = sorted(set(ranks.genes) & set(background.genes))
    if len(shared) < 2 * n_genes:
        most = len(shared) // 2
        fewer = f"{argument('n_genes')} of at most {most:,}, or " if most else ""
        names = f"{listed(ranks.genes, 2)}; {listed(background.genes, 2)}"
        problem = f"and ranks share {counted(len(shared), 'gene')} by name ({names}), but {argument('n_genes')} is"
        remedy = f"pass {fewer}matrices with the same gene names"
        raise wrong("background", len(shared), f"{problem} {n_genes:,} at each end", remedy)
    ours, theirs = (one._scoring.values[one.genes.get_indexer(pd.Index(shared))] for one in (ranks, background))
    return ours, theirs


def _extremes(values: np.ndarray, n_ranked: np.ndarray, n_genes: int) -> _Extremes:
    n_columns = values.shape[1]
    low, high = (np.empty((n_columns, n_genes), dtype=np.int64) for _ in range(2))
    clear = np.zeros(n_columns, dtype=bool)
    for part in _parts(n_columns, SIGNATURES_AT_A_TIME):
        is_low, is_high = values[:, part] <= n_genes, values[:, part] > n_ranked[part] - n_genes
        plain = (is_low.sum(axis=0) == n_genes) & (is_high.sum(axis=0) == n_genes) & (n_ranked[part] >= 2 * n_genes)
        columns = part.start + np.flatnonzero(plain)
        for those, into in ((is_low, low), (is_high, high)):
            rows, column = np.divmod(np.flatnonzero(those if plain.all() else those[:, plain]), max(len(columns), 1))
            into[columns] = rows[np.argsort(column, kind="stable")].reshape(-1, n_genes)
        clear[columns] = True
        rest = part.start + np.flatnonzero(~plain)
        for some in _parts(len(rest), 256):
            chosen = rest[some]
            low[chosen], high[chosen], clear[chosen] = _searched_extremes(values[:, chosen], n_genes)
    return _Extremes(low, high, clear)


def _searched_extremes(values: np.ndarray, n_genes: int) -> _Extremes:
    """Return the ends where ranks alone do not show them: with ties, gaps, or some of the ranked genes only."""
    block = np.ascontiguousarray(values.T)
    missing = np.isnan(block)
    # No two keys are alike: of tied genes the first row is taken, at either end.
    keys = np.where(missing, 0, block).astype(np.int64) * len(values)
    ends = []
    for end in (1, -1):
        pushed = np.where(missing, np.iinfo(np.int64).max, end * keys + np.arange(len(values)))
        ends.append(np.sort(np.argpartition(pushed, n_genes - 1, axis=1)[:, :n_genes], axis=1))
    lowest, highest = (np.take_along_axis(block, rows, axis=1) for rows in ends)
    # Not so where a missing rank is among them, where one gene is at both ends, or where the ends are tied.
    clear = lowest.max(axis=1) < highest.min(axis=1)
    return _Extremes(ends[0], ends[1], clear)


def _relation_keys(
    ranks: RankMatrix, ours: _Extremes, background: RankMatrix, theirs: _Extremes
) -> tuple[np.ndarray, np.ndarray]:
    """Return three numbers per signature, for its id, perturbagen and ends: equal ones mean related; -1 = not known."""
    pairs = zip(_identities(ranks, ours), _identities(background, theirs), strict=True)
    numbers = np.array([pd.factorize(pd.Series([*own, *other], dtype=object))[0] for own, other in pairs])
    return numbers[:, : ranks.shape[1]], numbers[:, ranks.shape[1] :]


def _identities(matrix: RankMatrix, ends: _Extremes) -> Iterator[list[str | bytes | None]]:
    yield [str(name) for name in matrix.frame.columns]
    yield [name_key(name) or None for name in matrix.signatures["pert_name"]]
    both = zip(np.hstack([ends.low, ends.high]), ends.clear, strict=True)
    yield [rows.tobytes() if clear else None for rows, clear in both]


def _related(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which of some signatures (rows) are related to which of the others (columns)."""
    return ((some[:, :, None] == others[:, None, :]) & (some >= 0)[:, :, None]).any(axis=0)


def _z_sums(values: np.ndarray, n_ranked: np.ndarray, sets: Any, tie_factor: np.ndarray | float) -> np.ndarray:
    """Return z_sum of each query (rows) in each signature; the up lists come first among the sets."""
    up, down = np.split(z_of_many(values, n_ranked, sets, tie_factor), 2)
    return np.subtract(up, down, out=up)


def _null(z: np.ndarray, unrelated: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return per query (a column of both) the median of z_sum over unrelated, and how far from it the limit is."""
    # The limit is NaN, and the query is not asked, if there are too few unrelated or if they all score the same.
    from scipy.special import stdtrit

    z = np.where(unrelated, z, np.nan)
    middle = _medians(z)
    spread = 1.4826 * _medians(np.abs(z - middle))
    n = np.isfinite(z).sum(axis=1, keepdims=True)
    usable = (n >= FEWEST_OTHERS) & (spread > 0)
    reach = -stdtrit(np.maximum(n, 2) - 1, level / 2) * spread
    return middle, np.where(usable, reach, np.nan)


def _medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each row without its NaN, as a column."""
    ordered = np.sort(values, axis=1)  # NaN goes last
    n = np.isfinite(values).sum(axis=1, keepdims=True)
    middle = [np.take_along_axis(ordered, np.maximum(n - 1 + step, 0) // 2, axis=1) for step in (0, 1)]
    return (middle[0] + middle[1]) / 2


def _as_table(counts: np.ndarray, signatures: pd.Index) -> pd.DataFrame:
    asked, mimicked, reversed_ = counts
    if len(asked) and not asked.any():
        why = f"they have no ranks, or no background signature has {FEWEST_OTHERS} others of another perturbagen"
        raise wrong("background", len(asked), f"has no query for these signatures, as {why}", LARGER_BACKGROUND)
    shares = np.full((2, len(asked)), np.nan)
    np.divide((mimicked, reversed_), asked, out=shares, where=asked > 0)
    columns = {"share_answered": shares.sum(axis=0), "n_queries": asked}
    return pd.DataFrame(columns | {"share_mimicked": shares[0], "share_reversed": shares[1]}, index=signatures)


def _parts(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
