"""Several scores together: one vote per family, and how similar the scores of one family are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import wrong
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import check_ranks_and_query
from .concordance import score_concordance
from .scores import FAMILIES, SCORES

# Tukey's fence: what is further from the quartiles than this many times their distance is an outlier. Hits are
# outliers; mean and spread of the rest are those of ordinary signatures.
FENCE = 1.5

# With fewer signatures neither quartiles nor spread can be estimated.
FEWEST_SIGNATURES = 10


def score_consensus(
    ranks: RankMatrix, query: GeneQuery, *, overlap: str = "error", rescue: bool = True
) -> pd.DataFrame:
    """Combine several scores into a consensus: one vote per family of scores, and how many agree.

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`. There are at least ten signatures; a query with values has a fourth voter.

    Returns
    -------
    DataFrame, one row per signature, highest consensus first (index ``signature``)
        - ``z_sum``, ``wtcs``, ``xsum`` and, for a query with values, ``spearman``: the voters, positive = mimicker
        - ``z_sum_std`` …: each voter in units of the spread of ordinary signatures, 0 = an ordinary signature
        - ``consensus``: the sum of these; positive = more of a mimicker than ordinary signatures of this matrix
        - ``families``: how many voted; ``families_agreeing``: how many of them point the way of ``z_sum``
        - ``call``: as in :func:`score_concordance`

    Raises
    ------
    LincsInterpError
        If there are fewer than ten signatures, or as in :func:`score_concordance`.

    Notes
    -----
    The recipe of EMUDRA [1]_: ``(score - mean') / sd'`` for each voter, where mean' and sd' leave out what Tukey's
    fence (1.5 interquartile ranges beyond the quartiles) calls an outlier, then the sum. A voter points the way of the
    sign of its own score, not of its standardised one: in a matrix of mimickers the least is still a mimicker, though
    its ``consensus`` is negative. ``wtcs`` is 0 where the lists of the query disagree, often in more than half of the
    signatures. There it does not vote: its part of the sum is 0, ``families`` is one less, and the zeros do not count
    for mean' and sd', which would vanish with them. The sum compares signatures of one matrix; it does not hold for
    another matrix, and it is no p-value.

    References
    ----------
    .. [1] Zhou et al. (2018), Bioinformatics 34(18), 3151-3159, doi 10.1093/bioinformatics/bty325.
    """
    check_ranks_and_query(ranks, query)
    if ranks.shape[1] < FEWEST_SIGNATURES:
        remedy = (
            f"a consensus compares each with the ordinary ones, which takes at least {FEWEST_SIGNATURES}; use"
            " score_concordance"
        )
        raise wrong("ranks", ranks, f"holds {ranks.shape[1]} signatures", remedy)
    voters = [r.name for r in FAMILIES.values() if query.values is not None or "needs_values" not in r.marks]
    scores = score_concordance(ranks, query, scores=voters, overlap=overlap, rescue=rescue)
    table = scores[voters].copy()
    voted = np.zeros(len(table), dtype=np.int64)
    for name in voters:
        score = table[name].to_numpy()
        silent = (score == 0) & ("gated" in SCORES[name].marks)
        table[f"{name}_std"] = np.where(silent, 0.0, standardise_trimmed(score, unscored=silent))
        voted += ~np.isnan(score) & ~silent
    table["consensus"] = table[[f"{name}_std" for name in voters]].sum(axis=1, skipna=False)
    table["families"] = voted
    signs = np.sign(table[voters].to_numpy())
    table["families_agreeing"] = (signs == np.sign(table["z_sum"].to_numpy())[:, None]).sum(axis=1)
    table["call"] = scores["call"]
    return table.sort_values("consensus", ascending=False, kind="stable")


def standardise_trimmed(score: np.ndarray, *, unscored: np.ndarray | None = None) -> np.ndarray:
    """Return ``(score - mean') / sd'`` with mean and spread (ddof 1) of what is inside Tukey's fence."""
    # NaN stays NaN; a score that does not spread at all gives 0 for everyone. Entries marked by `unscored` do not count
    # for mean and spread, as long as two others do.
    counted = ~np.isnan(score)
    if not counted.any():
        return np.full_like(score, np.nan)
    if unscored is not None and np.count_nonzero(counted & ~unscored) > 1:
        counted &= ~unscored
    there = score[counted]
    low, high = np.percentile(there, [25, 75])
    reach = FENCE * (high - low)
    ordinary = there[(there >= low - reach) & (there <= high + reach)]
    spread = ordinary.std(ddof=1) if len(ordinary) > 1 else 0.0
    if spread <= 1e-12 * max(1.0, float(np.abs(there).max())):
        return np.where(np.isnan(score), np.nan, 0.0)
    return (score - ordinary.mean()) / spread


def score_redundancy(
    ranks: RankMatrix, query: GeneQuery, *, overlap: str = "error", rescue: bool = True
) -> pd.DataFrame:
    """Correlate the scores with each other: which of them order the signatures alike.

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.

    Returns
    -------
    DataFrame, one row per score (index ``score``)
        - ``family``, ``voter``: True for the one that votes for its family in :func:`score_consensus`
        - one column per score: Spearman correlation of the two over the signatures, -1 … 1

    Notes
    -----
    With lists of equal length ``z_sum``, ``auc`` and ``singscore`` correlate with exactly 1: they are one method under
    three names, and counting each would count one opinion three times.
    """
    check_ranks_and_query(ranks, query)
    names = [r.name for r in SCORES.values() if query.values is not None or "needs_values" not in r.marks]
    scores = score_concordance(ranks, query, scores=names, overlap=overlap, rescue=rescue)[names]
    table = scores.corr(method="spearman")
    voters = {record.name for record in FAMILIES.values()}
    table.insert(0, "family", [SCORES[name].family for name in names])
    table.insert(1, "voter", [name in voters for name in names])
    return table.rename_axis(index="score", columns=None)
