"""The genes that the best hits have in common."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from .._util.errors import true_or_false, whole_number
from ..core.identity import perturbagen_of
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from .concordance import check_arguments, query_rows, score_concordance
from .contributions import contributions, with_gene_facts


def shared_genes(
    ranks: RankMatrix,
    query: GeneQuery,
    *,
    top: int = 10,
    per_perturbagen: bool = True,
    gene_metadata: str | os.PathLike[str] | pd.DataFrame | pd.Series | None = None,
    baseline: pd.DataFrame | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> pd.DataFrame:
    """Find the genes that the best hits share: in how many of them each query gene contributes to the call.

    Parameters
    ----------
    ranks : RankMatrix
    query : GeneQuery
    top : int, default 10
        How many hits of each end: signatures called mimicker with the highest z_sum, and called reverser with the
        lowest.
    per_perturbagen : bool, default True
        Count the best signature of each perturbagen only, so that ten doses of one compound are one hit. Signatures
        of an unknown perturbagen count each.
    gene_metadata, baseline
        As in :func:`explain_concordance`.
    overlap, rescue
        As in :func:`score_concordance`.

    Returns
    -------
    DataFrame, one row per gene that was found; the genes that contribute most to all these hits together first
        - ``gene``: as the matrix spells it; ``side``: "up" or "down"
        - ``n_mimickers``: in how many of the best mimickers the gene contributes to mimicry; ``of_mimickers``: how many
          hits that is out of, ``top`` or fewer
        - ``mimicker_contribution``: its mean share of their z_sum, positive = towards mimicker; NaN = it has no rank
          in any of them, or there is none
        - ``n_reversers``, ``of_reversers``, ``reverser_contribution``: the same of the best reversers, where a
          negative contribution is towards reverser
        - ``landmark``, ``base_rate``: as in :func:`explain_concordance`

    Raises
    ------
    LincsInterpError
        As in :func:`score_concordance` and :func:`explain_concordance`.

    Notes
    -----
    By chance a gene contributes to the call in half of the hits, and in more than half by selection: hits are the
    signatures in which the query's genes do. A gene with a high ``base_rate`` contributes to hits of any query.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> shared_genes(sample.ranks, sample.query)[["gene", "side", "n_mimickers", "of_mimickers"]].head(2)
          gene side  n_mimickers  of_mimickers
    0     MAOA   up            7             7
    1  TNFAIP2   up            7             7
    """
    check_arguments(ranks, query, rescue)
    top = whole_number("top", top)
    true_or_false("per_perturbagen", per_perturbagen)
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    scores = score_concordance(ranks, query, overlap=overlap, rescue=rescue)
    table = contributions(ranks, *rows, 0)[["gene", "side"]]
    names = perturbagen_of(ranks) if per_perturbagen else None
    carried = np.zeros(len(table))
    for call, end in (("mimicker", 1), ("reverser", -1)):
        hits = _hits(scores[::end], call, names, top)
        columns = ranks.frame.columns.get_indexer(hits)
        shares = np.array([contributions(ranks, *rows, int(column))["contribution"] for column in columns])
        shares = shares.reshape(len(columns), len(table))
        known = np.count_nonzero(~np.isnan(shares), axis=0)
        mean = np.where(known, np.nansum(shares, axis=0) / np.maximum(known, 1), np.nan)
        table[f"n_{call}s"], table[f"of_{call}s"] = np.count_nonzero(end * shares > 0, axis=0), len(hits)
        table[f"{call}_contribution"] = mean
        carried += end * np.nansum(shares, axis=0)
    table = table.iloc[np.argsort(-carried, kind="stable")].reset_index(drop=True)
    return with_gene_facts(table, gene_metadata, baseline)


def _hits(scores: pd.DataFrame, call: str, names: pd.Series | None, top: int) -> pd.Index:
    """The first signatures with this call, one per perturbagen if they are given."""
    found = scores.index[scores["call"] == call]
    if names is not None:
        known = names.loc[found]
        found = found[~((known != "") & known.duplicated()).to_numpy()]
    return found[:top]
