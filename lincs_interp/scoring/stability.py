"""Leave out genes of the query, each in turn or several at once: what becomes of the call of a signature?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import whole_number
from .._util.html import card, list_html
from .._util.stats import two_sided_p
from .._util.text import counted, listed, percent, shown, signed
from ..core.calls import call_each, sigma_of_rank_sum, spread_of_z_sum
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..core.show import Shown
from .bootstrap import SAME_SCORE, check_resampling, draws, score_sets, summarise_resamples
from .concordance import query_rows, score_concordance
from .contributions import contributions, most_supporting_first, shares, signature_position

#: ``call_without`` of a gene that is the only one of its list with a rank.
NO_GENE_LEFT = "no gene left"

#: Of fewer genes a bootstrap knows little.
FEWEST_TO_RESAMPLE = 10

GENES_NOT_EXPERIMENTS = (
    "The intervals show how far the result depends on which genes are in the lists. They take the genes for"
    " independent: where genes move together, as they do in real data, the intervals are too narrow. And they are"
    " no confidence intervals over experiments: another replicate, batch or cell line varies more."
)

# What the display shows of each gene.
SHOWN = ("side", "percentile", "contribution", "place_without", "call_without", "shared_by")


@dataclass(frozen=True, eq=False)
class CallStability:
    """How far the call of one signature depends on single genes of the query: see :func:`leave_one_out`."""

    signature: str
    call: str
    genes: pd.DataFrame
    z_sum: float
    z_low: float
    z_high: float
    place: float
    place_low: float
    place_high: float
    share_same_sign: float
    n_signatures: int
    compared: tuple[str, ...]
    n_resamples: int
    level: float
    sentence: str
    caveats: tuple[str, ...]

    def __repr__(self) -> str:
        return f"CallStability({self.sentence})"

    def _repr_html_(self) -> str:
        table = Shown(self.genes, "stability", columns=SHOWN).table_html()
        return card(self.sentence, table, list_html(self.caveats))


def leave_one_out(
    ranks: RankMatrix,
    query: GeneQuery,
    signature: str,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    top: int = 10,
    overlap: str = "error",
    rescue: bool = True,
) -> CallStability:
    """Leave out each query gene in turn and bootstrap the lists: does the call of one signature stay?

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.
    signature : str
        The signature's id.
    n_resamples, seed, level
        As in :func:`bootstrap_scores`, which gives the same intervals for every signature.
    top : int, default 10
        With how many other signatures of the same end a gene is compared (``shared_by``).

    Returns
    -------
    CallStability
        - ``sentence``, ``caveats``: all in words, and what the intervals do not cover; ``signature``, ``call``
        - ``z_sum``, ``z_low``, ``z_high``: the score, and the middle ``level`` of its resamples
        - ``place``, ``place_low``, ``place_high``: the place among the ``n_signatures`` that have a score, 1 = first of
          its own end (mimickers if z_sum is 0 or more, else reversers); best and worst of the middle ``level``
        - ``share_same_sign``: 0-1, in what share of the ``n_resamples`` z_sum keeps its sign
        - ``compared``: other signatures of the same end, the first of them first
        - ``genes``: DataFrame, one row per gene that was found; the genes that contribute most to the call first.
          ``gene``, ``side``, ``rank``, ``percentile``, ``contribution`` are as in :func:`explain_concordance`;
          ``z_sum_without``, ``place_without``, ``call_without`` what score, place and call would be without the gene
          (NaN, NaN and "no gene left" if no other gene of its list has a rank); ``shared_by`` in how many of the
          signatures ``compared`` it contributes in the same direction as here (NaN if it contributes nothing here)

    Raises
    ------
    LincsInterpError
        If the matrix has no such signature, an argument is out of range, or as in :func:`score_concordance`.

    Notes
    -----
    Without a gene its list has n - 1 genes, in every signature that ranks it: rank sum and n are those of the rest, so
    numbers and places are exactly what :func:`score_concordance` gives for the shorter query. The bootstrap and what it
    does not cover are described in :func:`bootstrap_scores`. ``shared_by`` counts signatures, not perturbagens: ten
    doses of one compound count ten times; :func:`shared_genes` takes one of each.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> found = leave_one_out(sample.ranks, sample.query, "SIM001_PC3_24H_A04_mimicort_10uM", n_resamples=200)
    >>> found.sentence[:47]
    'The call "mimicker" stays without any one gene;'
    >>> set(found.genes["call_without"])
    {'mimicker'}
    """
    n_resamples, level = check_resampling(n_resamples, level)
    top = whole_number("top", top)
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    column = signature_position(ranks, signature)
    scores = score_concordance(ranks, query, overlap=overlap, rescue=rescue)
    own = scores.loc[[signature]].iloc[0]
    z_sum = float(own["z_sum"])
    end = -1 if z_sum < -SAME_SCORE else 1
    others = (end * scores["z_sum"].drop(signature)).sort_values(ascending=False, kind="stable")
    compared = tuple(others.index[others > 0][:top])
    genes = contributions(ranks, *rows, column)
    tie_factor = float(ranks._scoring.factors[column])
    genes["z_sum_without"], call_without = without_each(genes, int(ranks.n_ranked.iloc[column]), tie_factor)
    each = np.split(1 - np.eye(len(genes), dtype=np.int64), [len(rows[0])], axis=1)
    genes["place_without"], genes["call_without"] = _scored(ranks, rows, column, end, each)[1], call_without
    genes["shared_by"] = _shared_by(ranks, rows, column, ranks.frame.columns.get_indexer(pd.Index(compared)))
    z, place = _scored(ranks, rows, column, end, draws(rows, n_resamples, seed))
    own_place = _place(scores["z_sum"].to_numpy()[None, :], scores.index.get_indexer(pd.Index([signature]))[0], end)
    numbers: dict[str, Any] = {"z_sum": z_sum, "place": float(own_place[0])}
    found = summarise_resamples(z[None, :], place[None, :], np.array([z_sum]), own[["n_up", "n_down"]].max(), level)
    numbers |= {name: float(value[0]) for name, value in found.items()}
    numbers |= {"n_signatures": int(scores["z_sum"].notna().sum()), "n_resamples": n_resamples, "level": level}
    call = str(own["call"])
    n_of_lists = {side: int(own[f"n_{side}"]) for side in ("up", "down") if getattr(query, side)}
    thin = (
        f"The {side} list has {counted(n, 'gene')} with a rank here: of so few a bootstrap knows little."
        for side, n in n_of_lists.items()
        if n < FEWEST_TO_RESAMPLE
    )
    return CallStability(
        signature=signature,
        call=call,
        genes=most_supporting_first(genes),
        compared=compared,
        sentence=_sentence(call, genes, numbers),
        caveats=(GENES_NOT_EXPERIMENTS, *thin),
        **numbers,
    )


def without_each(table: pd.DataFrame, n_ranked: int, tie_factor: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return z_sum and call of one signature without each gene in turn: NaN and "no gene left" if its list is empty."""
    # A table of :func:`explain_concordance` and the number of genes that the signature ranks are enough: this is exact.
    # Only where many of them are tied `tie_factor` is needed too.
    # A percentile shows the (mid-)rank, a multiple of 1/2, which the rank alone does not in a tie.
    rank, z, n_left = np.round(table["percentile"].to_numpy(dtype=float) * (n_ranked / 50) + 1) / 2, {}, {}
    last = np.zeros(len(table), dtype=bool)
    for side, sign in (("up", 1), ("down", -1)):
        mine = (table["side"] == side).to_numpy()
        if not mine.any():
            continue
        own = mine & ~np.isnan(rank)
        away = np.where(own, sign * (rank - (n_ranked + 1) / 2), 0.0)
        n = n_left[side] = own.sum() - own.astype(int)
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = sigma_of_rank_sum(n, n_ranked) * tie_factor
            z[side] = np.where((n > 0) & (n < n_ranked), (away.sum() - away) / sigma, np.nan)
        last |= own & (n == 0)
    nothing = np.full(len(table), np.nan)
    z_sum = sum(z.values(), np.zeros(len(table)))
    spread = spread_of_z_sum(n_left["up"], n_left["down"], n_ranked) if len(z) == 2 else 1.0
    with np.errstate(invalid="ignore"):
        calls = call_each(z.get("up", nothing), z.get("down", nothing), z_sum, two_sided_p(z_sum / spread))
    return z_sum, np.where(last, NO_GENE_LEFT, calls)


def _place(z: np.ndarray, column: int, end: int) -> np.ndarray:
    """Return the place of one signature from its own end, in each row; equal scores share the better place."""
    own = z[:, [column]]
    better = np.count_nonzero(end * z > end * own + SAME_SCORE, axis=1)
    return np.where(np.isnan(own[:, 0]), np.nan, 1.0 + better)


def _scored(
    ranks: RankMatrix, rows: tuple[np.ndarray, np.ndarray], column: int, end: int, counts: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return score and place of one signature in every variant of the query (see :func:`score_sets`)."""
    z, place = np.empty(len(counts[0])), np.empty(len(counts[0]))
    for where, scores in score_sets(ranks, *rows, *counts):
        z[where], place[where] = scores[:, column], _place(scores, column, end)
    return z, place


def _shared_by(ranks: RankMatrix, rows: tuple[np.ndarray, np.ndarray], column: int, others: np.ndarray) -> np.ndarray:
    signs = np.sign(shares(ranks, *rows, np.append(others, column)))
    own = signs[:, -1]
    same = ((signs[:, :-1] == own[:, None]) & (own[:, None] != 0)).sum(axis=1)
    return np.where(np.isnan(own), np.nan, same) if np.isnan(own).any() else same


def _sentence(call: str, genes: pd.DataFrame, numbers: dict[str, Any]) -> str:
    if not np.isfinite(numbers["z_sum"]):
        return "There is no call to test: this signature has no ranks for the genes of a list."
    words = single_genes_sentence(call, genes["gene"].to_numpy(), genes["call_without"].to_numpy())
    if not np.isfinite(numbers["z_low"]):
        return f"{words}. A list of one gene cannot be drawn again, so there is no interval."
    where = f"on place {numbers['place_low']:,.0f}"
    if numbers["place_low"] < numbers["place_high"]:
        where = f"between place {numbers['place_low']:,.0f} and {numbers['place_high']:,.0f}"
    end = "mimicker" if numbers["z_sum"] >= 0 else "reverser"
    words += (
        f"; in {100 * numbers['level']:g} % of resampled gene lists it is {where} of {numbers['n_signatures']:,}"
        f" (1 = strongest {end}), and in as many z_sum is between {signed(numbers['z_low'])} and"
        f" {signed(numbers['z_high'])}."
    )
    if numbers["share_same_sign"] < 1:
        words += f" In {percent(1 - numbers['share_same_sign'])} of them z_sum does not keep its sign."
    return words


def single_genes_sentence(call: str, genes: np.ndarray, without: np.ndarray) -> str:
    """Say whether a call depends on single genes, from the calls without each; no full stop."""
    lost, stays = without == NO_GENE_LEFT, without == call
    words = f'The call "{call}" stays without any one gene'
    if (turning := ~stays & ~lost).any():
        others = " or ".join(f'"{other}"' for other in dict.fromkeys(without[turning]))
        words = f'The call "{call}" depends on single genes: without {_either(genes[turning])} it is {others}'
    return f"{words} (without {_either(genes[lost])} a list would be empty)" if lost.any() else words


def _either(genes: np.ndarray) -> str:
    """Return "A", "A or B", "any one of A, B, C and 4 more"."""
    if len(genes) <= 2:
        return " or ".join(shown(gene, 40) for gene in genes)
    return f"any one of {listed(genes, 3)}"


class PlacedScore(NamedTuple):
    """One signature among all."""

    z_up: float
    z_down: float
    z_sum: float
    concordance: float
    call: str
    place: float  # 1 = best mimicker; NaN = no score
    n_signatures: int


def _placed(scores: pd.DataFrame, signature: str) -> PlacedScore:
    row = scores.loc[[signature]].iloc[0]
    place = float((scores["z_sum"] > row["z_sum"]).sum() + 1) if np.isfinite(row["z_sum"]) else np.nan
    own = {name: row[name] for name in PlacedScore._fields[:5]}
    return PlacedScore(**own, place=place, n_signatures=len(scores))


class WhatIf(NamedTuple):
    """One signature scored without some genes of the query."""

    left_out: tuple[str, ...]
    elsewhere: tuple[str, ...]  # were to be left out, but are in no list
    before: PlacedScore
    after: PlacedScore | None  # None: no gene is left
    emptied: tuple[str, ...]  # "up", "down": lists that have lost all of their genes
    contributions: pd.DataFrame  # of the genes that are left


def what_if(
    ranks: RankMatrix,
    query: GeneQuery,
    signature: str,
    without: Iterable[str],
    *,
    scores: pd.DataFrame,
    whole: pd.DataFrame,
    overlap: str = "error",
    rescue: bool = True,
) -> WhatIf:
    """Score all signatures without some genes of the query, as the matrix spells them, and look at one signature."""
    # `scores` and `whole` are :func:`score_concordance` and :func:`explain_concordance` of the whole query.
    before = _placed(scores, signature)
    mine, out = set(whole["gene"]), tuple(dict.fromkeys(without))
    left_out = tuple(gene for gene in out if gene in mine)
    elsewhere = tuple(gene for gene in out if gene not in mine)
    if not left_out:
        return WhatIf((), elsewhere, before, before, (), whole)
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    gone = ranks.genes.get_indexer(pd.Index(left_out))
    up, down = (side[~np.isin(side, gone)] for side in rows)
    sides = zip(("up", "down"), rows, (up, down), strict=True)
    emptied = tuple(side for side, own, kept in sides if len(own) > len(kept) == 0)
    if not len(up) + len(down):
        return WhatIf(left_out, elsewhere, before, None, emptied, whole.iloc[:0])
    rest = most_supporting_first(contributions(ranks, up, down, signature_position(ranks, signature)))
    shorter = GeneQuery(query.name, ranks.genes[up], ranks.genes[down])
    after = _placed(score_concordance(ranks, shorter, rescue=False), signature)
    return WhatIf(left_out, elsewhere, before, after, emptied, rest)
