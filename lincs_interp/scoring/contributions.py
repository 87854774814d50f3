"""The genes behind a score: z is a sum, and this is each gene's share of it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, true_or_false, unknown_name, whole_number, wrong
from .._util.text import counted, kind, listed, shown
from ..core.calls import sigma_of_rank_sum, sign_of_contributions
from ..core.identity import perturbagen_of
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix, mid_rank_percentile
from ..genes.landmarks import landmark_flags
from .concordance import query_rows, score_concordance


def contributions(ranks: RankMatrix, up_rows: np.ndarray, down_rows: np.ndarray, column: int) -> pd.DataFrame:
    """Return the first five columns of :func:`explain_concordance`, up genes before down, in the order of the rows."""
    rows = np.concatenate([up_rows, down_rows])
    rank = ranks.values[rows, column]
    return pd.DataFrame(
        {
            "gene": ranks.genes[rows],
            "side": np.repeat(["up", "down"], [len(up_rows), len(down_rows)]),
            "rank": rank,
            "percentile": mid_rank_percentile(
                ranks._scoring.values[rows, column], int(ranks.n_ranked.iloc[column]) or np.nan
            ),
            "contribution": shares(ranks, up_rows, down_rows, np.array([column]))[:, 0],
        }
    )


def shares(ranks: RankMatrix, up_rows: np.ndarray, down_rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the share of each gene in the z of its list (genes x signatures), up genes before down."""
    total = ranks.n_ranked.to_numpy()[columns].astype(np.int64)
    scoring, found = ranks._scoring, []
    for rows, sign in ((up_rows, 1), (down_rows, -1)):
        rank = scoring.values[np.ix_(rows, columns)]
        n = np.count_nonzero(~np.isnan(rank), axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = sign * (rank - (total + 1) / 2) / (sigma_of_rank_sum(n, total) * scoring.factors[columns])
        found.append(np.where(n < total, share, np.nan))
    return np.concatenate(found)


def running_sum_limits(
    ranks: RankMatrix, up_rows: np.ndarray, down_rows: np.ndarray, columns: np.ndarray
) -> tuple[float, float]:
    """Return how far below and above 0 the running sums of :func:`plot_evidence` go, over some signatures."""
    # Each list by itself and both together, from the most down gene to the most up one.
    rank = ranks.values[np.ix_(np.concatenate([up_rows, down_rows]), columns)].astype(float)
    share = np.nan_to_num(shares(ranks, up_rows, down_rows, columns))
    low, high, n_up = 0.0, 0.0, len(up_rows)
    for part in (slice(n_up), slice(n_up, None), slice(None)):
        sums = np.take_along_axis(share[part], np.argsort(rank[part], axis=0), axis=0).cumsum(axis=0)
        low, high = float(sums.min(initial=low)), float(sums.max(initial=high))
    return low, high


def most_supporting_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort a table of contributions: the genes that contribute most to the call first, those against it last."""
    return table.iloc[np.argsort(-support(table), kind="stable")].reset_index(drop=True)


def supporting_genes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the genes that contribute to the call, in the order of the table: the top contributing genes first."""
    return table[support(table) > 0]


def support(table: pd.DataFrame) -> np.ndarray:
    """Return each gene's contribution in the direction of the call: positive = for it, negative = against it."""
    contribution = table["contribution"].to_numpy(dtype=float)
    return sign_of_contributions(contribution) * contribution


def with_gene_facts(
    table: pd.DataFrame, gene_metadata: Any = None, baseline: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add ``landmark`` (boolean, missing = not known) and ``baseline`` (0-1, NaN = not known) to a table of genes."""
    genes = table["gene"]
    landmark: Any = pd.array([pd.NA] * len(genes), dtype="boolean")
    if gene_metadata is not None:
        landmark = landmark_flags(gene_metadata, genes).array
    return table.assign(landmark=landmark, baseline=np.nan if baseline is None else _baseline_of(genes, baseline))


def _baseline_of(genes: pd.Series, baseline: Any) -> np.ndarray:
    if not isinstance(baseline, pd.DataFrame) or "share_extreme" not in baseline.columns:
        problem = f"is {kind(baseline)}, not a table by gene with the column share_extreme"
        raise wrong("baseline", baseline, problem, "make one with gene_baseline(background)")
    remedy = "pass the table as gene_baseline(background) made it"
    extreme = baseline["share_extreme"].astype(object)
    if isinstance(extreme, pd.DataFrame):
        raise wrong("baseline", list(baseline.columns), "has more than one column share_extreme", remedy)
    known = pd.to_numeric(extreme, errors="coerce").astype(float)
    outside = extreme[~known.between(0, 1) & extreme.notna()]
    if len(outside):
        problem = f"has a share_extreme of {shown(repr(outside.iloc[0]), 30)}, but a share is a number from 0 to 1"
        raise wrong("baseline", outside.iloc[0], problem, remedy)
    if not known.index.isin(genes).any():
        problem = f"has none of the {counted(len(genes), 'gene')} asked for (it has {listed(known.index, 3)})"
        remedy = "make one with gene_baseline from signatures of the same genes, and keep its index"
        raise wrong("baseline", list(known.index[:3]), problem, remedy)
    return known[~known.index.duplicated()].reindex(genes).to_numpy(dtype=float)


def signature_position(ranks: RankMatrix, signature: str) -> int:
    """Return the column of a signature; the error for an unknown one names those most like it."""
    instance_of("signature", signature, str, "name one signature by its id")
    position = ranks.frame.columns.get_indexer(pd.Index([signature]))[0]
    if position < 0:
        raise unknown_name("signature", signature, ranks.frame.columns, "which the matrix does not hold")
    return int(position)


def explain_concordance(
    ranks: RankMatrix,
    query: GeneQuery,
    signature: str,
    *,
    overlap: str = "error",
    rescue: bool = True,
    gene_metadata: str | os.PathLike[str] | pd.DataFrame | pd.Series | None = None,
    baseline: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Explain one signature's score gene by gene: the contribution of each query gene to ``z_sum``.

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.
    signature : str
        The signature's id.
    gene_metadata : path, DataFrame or Series, optional
        Which genes are landmark genes: anything that :func:`landmark_flags` takes, or what it returned (which spares
        reading a file again for every signature).
    baseline : DataFrame, optional
        How often each gene is extreme in unselected signatures, from :func:`gene_baseline`.

    Returns
    -------
    DataFrame, one row per gene that was found; the genes that contribute most to the call first
        - ``gene``: as the matrix spells it; ``side``: "up" or "down"
        - ``rank``: 1 = most down … N = most up; ``percentile``: 0-100
        - ``contribution``: the gene's share of z_sum; positive = towards mimicker. The shares add up to z_sum.
        - ``landmark``: True = measured, False = inferred, missing = not known
        - ``baseline``: 0-1, in what share of unselected signatures the gene is among the extremes (by chance 0.02);
          NaN = not known

    Raises
    ------
    LincsInterpError
        If the matrix has no such signature, or as in :func:`score_concordance`.

    Notes
    -----
    ``z`` is a sum over genes: each up gene adds ``(r - (N+1)/2) / sigma`` with ``sigma = sqrt(n(N-n)(N+1)/12)``, each
    down gene the same with the opposite sign. A gene whose rank is missing adds nothing (NaN). In a signature with
    many ties r is the middle of the gene's tie and sigma is smaller, as in :func:`score_concordance`; ``rank`` is the
    integer of the file all the same.

    Examples
    --------
    >>> ranks = RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4]}, index=["A", "B", "C", "D"]))
    >>> genes = explain_concordance(ranks, GeneQuery("toy", up=["D", "C"], down=["A"]), "S")
    >>> genes[["gene", "rank", "contribution"]].round(2)
      gene  rank  contribution
    0    A     1          1.34
    1    D     4          1.16
    2    C     3          0.39
    """
    up_rows, down_rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    table = contributions(ranks, up_rows, down_rows, signature_position(ranks, signature))
    return with_gene_facts(most_supporting_first(table), gene_metadata, baseline)


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
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.
    top : int, default 10
        How many hits of each end: signatures called mimicker with the highest z_sum, and called reverser with the
        lowest.
    per_perturbagen : bool, default True
        Count the best signature of each perturbagen only, so that ten doses of one compound are one hit. Signatures
        of an unknown perturbagen count each.
    gene_metadata, baseline
        As in :func:`explain_concordance`.

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
        - ``landmark``, ``baseline``: as in :func:`explain_concordance`

    Raises
    ------
    LincsInterpError
        As in :func:`score_concordance` and :func:`explain_concordance`.

    Notes
    -----
    By chance a gene contributes to the call in half of the hits, and in more than half by selection: hits are the
    signatures in which the query's genes do. A gene with a high ``baseline`` contributes to hits of any query.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> shared_genes(sample.ranks, sample.query)[["gene", "side", "n_mimickers", "of_mimickers"]].head(2)
          gene side  n_mimickers  of_mimickers
    0     MAOA   up            7             7
    1  TNFAIP2   up            7             7
    """
    top = whole_number("top", top)
    true_or_false("per_perturbagen", per_perturbagen)
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    scores = score_concordance(ranks, query, overlap=overlap, rescue=rescue)
    table = contributions(ranks, *rows, 0)[["gene", "side"]]
    names = perturbagen_of(ranks) if per_perturbagen else None
    towards = np.zeros(len(table))
    for call, end in (("mimicker", 1), ("reverser", -1)):
        hits = _hits(scores[::end], call, names, top)
        share = shares(ranks, *rows, ranks.frame.columns.get_indexer(hits)).T.copy()
        known, total = np.count_nonzero(~np.isnan(share), axis=0), np.nansum(share, axis=0)
        table[f"n_{call}s"], table[f"of_{call}s"] = np.count_nonzero(end * share > 0, axis=0), len(hits)
        table[f"{call}_contribution"] = np.where(known, total / np.maximum(known, 1), np.nan)
        towards += end * total
    table = table.iloc[np.argsort(-towards, kind="stable")].reset_index(drop=True)
    return with_gene_facts(table, gene_metadata, baseline)


def _hits(scores: pd.DataFrame, call: str, names: pd.Series | None, top: int) -> pd.Index:
    """Return the first signatures with this call, one per perturbagen if they are given."""
    found = scores.index[scores["call"] == call]
    if names is not None:
        known = names.loc[found]
        found = found[~((known != "") & known.duplicated()).to_numpy()]
    return found[:top]
