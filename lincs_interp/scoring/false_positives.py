"""How often p-values call unrelated signatures significant, measured on a background."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import instance_of, one_of, whole_number, wrong
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from .calibration import METHODS, calibrate
from .concordance import score_concordance
from .null import FEWEST_BACKGROUND


def false_positive_rate(
    background: RankMatrix,
    *,
    size: int = 100,
    level: float = 0.05,
    n_queries: int = 20,
    method: str = "vif",
    seed: int = 0,
) -> pd.DataFrame:
    """Measure the false positive rate of nominal and calibrated p-values on unrelated signatures.

    Parameters
    ----------
    background : RankMatrix
        Unselected signatures, at least 101 of them.
    size : int, default 100
        How many of the most up and of the most down genes of a signature make a query.
    level : float, default 0.05
        The p-value that counts as significant: above 0, below 1.
    n_queries : int, default 20
        How many signatures, drawn at random, serve as a query.
    method : str
        As in :func:`calibrate`.
    seed : int, default 0
        The same seed gives the same numbers.

    Returns
    -------
    DataFrame, one row per p-value (index ``p``: "p_sum", the nominal one, and "p_cal")
        - ``share_below``: 0-1, the share of pairs of a query and an unrelated signature with a p below ``level``;
          equal to ``level`` if p is right, above it if p is too small
        - ``n_pairs``, ``n_queries``: how many pairs and queries were counted

    Raises
    ------
    LincsInterpError
        If the background has too few signatures or genes, or an argument is out of range.

    Notes
    -----
    Each drawn signature's own extremes are a query. The other signatures are split at random into two groups: the null
    is estimated on one and tested on the other, so that the signatures tested are unrelated to query and null.
    Signatures of one perturbagen in both groups are related, which makes the rate look better than it is.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> table = false_positive_rate(load_sample().background, n_queries=5)
    >>> bool(table.at["p_sum", "share_below"] > 0.1 > 0.08 > table.at["p_cal", "share_below"])
    True
    """
    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    n_genes, n_signatures = background.shape
    size = whole_number("size", size, most=max(n_genes // 2, 1))
    n_queries = whole_number("n_queries", n_queries)
    one_of("method", method, METHODS)
    if isinstance(level, bool) or not isinstance(level, float | np.floating) or not 0 < level < 1:
        raise wrong("level", level, f"is {level!r}", "it must be a number between 0 and 1")
    if n_signatures <= 2 * FEWEST_BACKGROUND:
        raise wrong(
            "background",
            background,
            f"holds {n_signatures:,} signatures",
            f"pass at least {2 * FEWEST_BACKGROUND + 1}: half of them estimate the null, the others test it",
        )
    rng = np.random.default_rng(whole_number("seed", seed, least=0))
    names = background.frame.columns.to_numpy()
    below = dict.fromkeys(("p_sum", "p_cal"), 0)
    n_pairs = 0
    queries = rng.choice(names, min(n_queries, n_signatures), replace=False)
    for own in queries:
        order = background.frame[own].dropna().sort_values(kind="stable").index
        query = GeneQuery(str(own), order[-size:], order[:size])
        mixed = rng.permutation(names[names != own])
        learn, test = (background.select(signatures=group) for group in np.array_split(mixed, 2))
        scores = score_concordance(test, query)
        table = calibrate(scores, query, background=learn, method=method, selected=False)
        n_pairs += int(table["p_sum"].notna().sum())
        for name in below:
            below[name] += int((table[name] < level).sum())
    shares = [count / n_pairs if n_pairs else np.nan for count in below.values()]
    columns = {"share_below": shares, "n_pairs": n_pairs, "n_queries": len(queries)}
    return pd.DataFrame(columns, index=pd.Index(list(below), name="p"))
