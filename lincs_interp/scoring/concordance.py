"""Does a signature push the query's genes the same way or the other way?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import argument, one_of, true_or_false, wrong
from .._util.stats import benjamini_hochberg, two_sided_p
from .._util.text import counted, kind, listed, shown
from ..core.calls import CALLS, call_numbers, spread_of_z_sum
from ..core.query import OVERLAP, GeneQuery
from ..core.ranks import RankMatrix, check_matrix
from ..genes.matching import resolve_query, rows_of
from .scores import SCORES, RankedQuery, ScoreRecord, rank_sum_z

try:
    from pandas.api.internals import create_dataframe_from_blocks as make_of_blocks
except ImportError:  # pandas before 3.0
    make_of_blocks = None

_COUNTS = ["n_genes", "n_up", "n_down"]
_NUMBERS = [f"{what}_{side}" for what in ("z", "p", "fdr") for side in ("up", "down", "sum")]
_NUMBERS += ["auc_up", "auc_down", "concordance"]
_COLUMNS = pd.Index([*_COUNTS, *_NUMBERS, "call"])
_PLACES = np.split(np.arange(len(_COLUMNS)), [len(_COUNTS), len(_COUNTS) + len(_NUMBERS)])
_CALL_WORDS: Any = pd.Index(CALLS).array if make_of_blocks else np.array(CALLS, dtype=object)

# "xsum" or "xsum(100)"
_NAME_AND_K = re.compile(r"(\w+)\s*\(\s*([0-9]{1,9})\s*\)")


def score_concordance(
    ranks: RankMatrix,
    query: GeneQuery,
    *,
    scores: Iterable[str] = ("z_sum",),
    overlap: str = "error",
    rescue: bool = True,
) -> pd.DataFrame:
    """Score every signature for agreement with the query.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures.
    query : GeneQuery
        Up and down genes; one of the lists may be empty (one-sided query).
    scores : iterable of str
        Further scores to add as columns: ``auc``, ``singscore``, ``zhang`` (mean rank), ``wtcs``, ``cmap_ks``, ``rges``
        (running sum), ``xsum``, ``overlap`` (extremes; ``xsum(100)`` sets how many genes of each end count),
        ``spearman``, ``cosine`` (profile; for a query with values). ``z_sum`` is always there.
    overlap : "error" or "drop"
        What to do with a gene in both lists: refuse, or leave it out of both.
    rescue : bool
        Use what :func:`match_genes` recognises without doubt (case, aliases, previous symbols, spreadsheet dates, ids,
        mouse symbols). False counts exact spellings only.

    Returns
    -------
    DataFrame, one row per signature, best mimicker first (index ``signature``)
        - ``n_genes``: genes that this signature ranks (N); ``n_up``, ``n_down``: query genes among them
        - ``z_up``: positive = the up genes are towards the up end; ``z_down``: positive = the down genes are towards
          the DOWN end; ``z_sum = z_up + z_down``: positive = mimicker, negative = reverser. Unbounded.
        - ``p_up``, ``p_down``, ``p_sum``: nominal two-sided p, 1e-300 to 1; they assume independent genes and are far
          too small on real data
        - ``fdr_up``, ``fdr_down``, ``fdr_sum``: Benjamini-Hochberg over the signatures of this table
        - ``auc_up``, ``auc_down``: 0 = the set fills the down end, 1 = it fills the up end
        - ``concordance``: ``auc_up - auc_down``, -1 = perfect reverser … 1 = perfect mimicker
        - ``call``: "mimicker", "reverser", "discordant" (the lists point opposite ways), "unresolved"
        - one column per further score, positive = mimicker; ``overlap`` brings ``p_overlap_up`` and ``p_overlap_down``

        In a one-sided query ``z_sum`` is the z of that side, ``concordance`` is ``2 auc_up - 1`` (or
        ``1 - 2 auc_down``), z, p, fdr and auc of the other side are NaN (its n is 0), and nothing is called discordant.

    Raises
    ------
    LincsInterpError
        If no gene of a side is in the matrix, or a gene is in both lists and ``overlap`` is "error".

    Notes
    -----
    With n genes of rank sum R among N ranked genes, ``U = R - n(n+1)/2``, ``AUC = U / (n(N-n))`` and
    ``z = (U - n(N-n)/2) / sqrt(n(N-n)(N+1)/12)`` [1]_, without correction for ties or continuity: the site's own
    statistic.

    The highest rank of a long tie would push any genes to one end. So mid-ranks, the middle of the places that a tie
    takes, are added up where more than 1 % of the genes of a signature are tied. There z is
    ``(U - n(N-n)/2) / sqrt(n(N-n) S2 / N)`` [2]_ with their variance ``S2 = sum (r - (N+1)/2)^2 / (N-1)``. Percentiles
    and contributions follow. Running sums spread the tied genes of a list evenly over the places of their tie. Extremes
    count the part of a tie that is at the end. In a table of some of the ranked genes, a tie is taken to reach to the
    next rank in the table. Such scores rest on fewer genes than were found (W14).

    Two disjoint sets of one ranking are negatively dependent: the variance of ``z_sum`` is
    ``2 + 2 sqrt(n_u n_d / ((N-n_u)(N-n_d)))``, with ties or without, and ``p_sum`` uses it. Each gene's share
    of z is exact: see :func:`explain_concordance`.

    References
    ----------
    .. [1] Evangelista et al. (2022), Nucleic Acids Research 50(W1), W697-W709, doi 10.1093/nar/gkac328.
    .. [2] Lehmann (1975), Nonparametrics: Statistical Methods Based on Ranks, section 1.4.

    Examples
    --------
    >>> table = pd.DataFrame({"same way": [1, 2, 3, 4], "other way": [4, 3, 2, 1]}, index=["A", "B", "C", "D"])
    >>> ranks = RankMatrix.from_frame(table)
    >>> score_concordance(ranks, GeneQuery("toy", up=["D"], down=["A"]))["concordance"].to_dict()
    {'same way': 1.0, 'other way': -1.0}
    """
    up_rows, down_rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    wanted = _wanted_scores(scores, query)
    values, _, tie_factor = ranks._scoring
    total = ranks._common_n
    up, down = (rank_sum_z(values, rows, total, tie_factor) for rows in (up_rows, down_rows))
    numbers = np.empty((len(_NUMBERS), values.shape[1]))
    z, p, fdr = numbers[0:3], numbers[3:6], numbers[6:9]
    z[0], z[1], numbers[9], numbers[10], spread = up.z, -down.z, up.auc, down.auc, 1.0
    if not query.down:
        z[2], numbers[11] = z[0], 2 * up.auc - 1
    elif not query.up:
        z[2], numbers[11] = z[1], 1 - 2 * down.auc
    else:
        z[2], numbers[11] = z[0] + z[1], up.auc - down.auc
        spread = spread_of_z_sum(up.n, down.n, total)
    p[:2], p[2] = z[:2], z[2] / spread
    p[:] = two_sided_p(p)
    fdr[0], fdr[1], fdr[2] = map(benjamini_hochberg, p)
    counts = np.empty((len(_COUNTS), values.shape[1]), dtype=np.int64)
    counts[0], counts[1], counts[2] = total, up.n, down.n
    order = np.argsort(-z[2], kind="stable")  # NaN sorts last
    calls = call_numbers(z[0], z[1], z[2], p[2])
    words = _CALL_WORDS.take(calls.take(order))
    signatures = ranks.frame.columns.take(order)
    table = _table(counts.take(order, axis=1), numbers.take(order, axis=1), words, signatures)
    if wanted:
        for name, values in _further_scores(ranks, query, up_rows, down_rows, wanted, rescue=rescue).items():
            table[name] = values[order]
    return table


def _table(counts: np.ndarray, numbers: np.ndarray, words: Any, signatures: pd.Index) -> pd.DataFrame:
    """Return the table of scores; a DataFrame made of blocks of columns costs a tenth of one made column by column."""
    if make_of_blocks is None or isinstance(words, np.ndarray):
        columns = dict(zip(_COLUMNS, [*counts, *numbers, words], strict=True))
        return pd.DataFrame(columns, index=signatures)
    blocks = list(zip((counts, numbers, words), _PLACES, strict=True))
    return make_of_blocks(blocks, index=signatures, columns=_COLUMNS)


def _wanted_scores(scores: Iterable[str], query: GeneQuery) -> list[tuple[ScoreRecord, int | None]]:
    """Return the records of the scores asked for except z_sum, each with the number in its brackets."""
    if isinstance(scores, str) or not isinstance(scores, Iterable):
        raise wrong("scores", scores, f"is {kind(scores)}", 'pass a list such as ["z_sum"]')
    if isinstance(scores, tuple) and scores == ("z_sum",):
        return []
    wanted = []
    for text in dict.fromkeys(str(score) for score in scores):
        with_k = _NAME_AND_K.fullmatch(text)
        name, k = with_k.groups() if with_k else (text, None)
        one_of("scores", name, SCORES)
        record = SCORES[name]
        if k is not None and not ("takes_k" in record.marks and int(k) > 0):
            remedy = "only xsum and overlap take a number of genes, from 1, as in xsum(100)"
            raise wrong("scores", text, f"asks for {shown(text)}", remedy)
        if "needs_values" in record.marks and query.values is None:
            problem = f"asks for {name}, which compares values, but the query holds gene lists only"
            remedy = "give GeneQuery its values (log fold changes), or leave this score out"
            raise wrong("scores", text, problem, remedy)
        if record.name != "z_sum":
            wanted.append((record, None if k is None else int(k)))
    return wanted


def _further_scores(
    ranks: RankMatrix,
    query: GeneQuery,
    up_rows: np.ndarray,
    down_rows: np.ndarray,
    wanted: list[tuple[ScoreRecord, int | None]],
    *,
    rescue: bool,
) -> dict[str, np.ndarray]:
    rows, numbers = np.empty(0, dtype=np.int64), np.empty(0)
    if any("needs_values" in record.marks for record, _ in wanted) and query.values is not None:
        found = np.array(rows_of(ranks, query.values.index, rescue=rescue))
        # Of entries that mean one gene the first is kept, as in the lists.
        rows, first = np.unique(found, return_index=True)
        numbers = query.values.to_numpy()[first[rows >= 0]]
        rows = rows[rows >= 0]
    complete = ranks._complete if any("asks_complete" in record.marks for record, _ in wanted) else None
    (values, *ties), n_ranked = ranks._scoring, ranks.n_ranked.to_numpy()
    data = RankedQuery(values, n_ranked, up_rows, down_rows, rows, numbers, complete, *ties)  # type: ignore[arg-type]
    columns: dict[str, np.ndarray] = {}
    for record, k in wanted:
        columns |= record.columns(data, k)
    return columns


def query_rows(ranks: RankMatrix, query: GeneQuery, *, overlap: str, rescue: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the query's genes; raise unless these can be scored, and a list that names genes has one."""
    check_matrix(ranks)
    true_or_false("rescue", rescue)
    one_of("overlap", overlap, OVERLAP)
    found = resolve_query(ranks, query, rescue=rescue)
    up_rows, down_rows = found.up_rows, found.down_rows
    if found.overlap:
        if overlap == "error":
            problem = f"names {counted(len(found.overlap), 'gene')} both up and down ({listed(found.overlap)})"
            remedy = f"take each out of one list, or pass {argument('overlap', 'drop')} to leave them out of both"
            raise wrong("query", found.overlap, problem, remedy)
        up_rows = up_rows[~np.isin(up_rows, found.down_rows)]
        down_rows = down_rows[~np.isin(down_rows, found.up_rows)]
    for side, wanted, rows in (("up", query.up, up_rows), ("down", query.down, down_rows)):
        if wanted and not len(rows):
            problem = (
                f"has {counted(len(wanted), f'{side} gene')} ({listed(wanted, 3)}) and none is left"
                f" to score in the matrix, whose genes look like {listed(ranks.genes[:3])}"
            )
            remedy = "check species and kind of id with match_genes, or leave this side out of the query"
            raise wrong("query", wanted, problem, remedy)
    return up_rows, down_rows
