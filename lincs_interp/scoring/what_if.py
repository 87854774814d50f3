"""Score one signature without some genes of the query: how much of its call is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.stats import two_sided_p
from ..core.calls import call_each, sigma_of_rank_sum, spread_of_z_sum
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from .concordance import query_rows, score_concordance
from .contributions import carriers_first, contributions, signature_position


@dataclass(frozen=True)
class PlacedScore:
    """One signature among all: its scores, its call, and its place (1 = best mimicker; NaN = no score)."""

    z_up: float
    z_down: float
    z_sum: float
    concordance: float
    call: str
    place: float
    n_signatures: int

    @classmethod
    def of(cls, scores: pd.DataFrame, signature: str) -> PlacedScore:
        """Take one signature from a table of :func:`score_concordance`."""
        row = scores.loc[[signature]].iloc[0]
        z_sum = float(row["z_sum"])
        return cls(
            z_up=float(row["z_up"]),
            z_down=float(row["z_down"]),
            z_sum=z_sum,
            concordance=float(row["concordance"]),
            call=str(row["call"]),
            place=float((scores["z_sum"] > z_sum).sum() + 1) if np.isfinite(z_sum) else np.nan,
            n_signatures=len(scores),
        )


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One signature scored without some genes of the query.

    Attributes
    ----------
    left_out : tuple of str
        Genes of the query that are left out.
    elsewhere : tuple of str
        Genes that were to be left out, but are in no list.
    before : PlacedScore
    after : PlacedScore or None
        None if no gene is left.
    emptied : tuple of "up", "down"
        Lists that have lost all of their genes.
    contributions : DataFrame
        ``gene``, ``side``, ``rank``, ``percentile`` and ``contribution`` of the genes that are left, as in
        :func:`explain_concordance`.
    """

    left_out: tuple[str, ...]
    elsewhere: tuple[str, ...]
    before: PlacedScore
    after: PlacedScore | None
    emptied: tuple[str, ...]
    contributions: pd.DataFrame


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
    """Score all signatures without some genes of the query, and look at one of them.

    Parameters
    ----------
    ranks, query, overlap, rescue
        As in :func:`score_concordance`.
    signature : str
        The id of the signature.
    without : iterable of str
        Genes to leave out, as the matrix spells them.
    scores, whole : DataFrame
        From :func:`score_concordance` with the whole query, and :func:`explain_concordance` of the signature.
    """
    before = PlacedScore.of(scores, signature)
    mine, out = set(whole["gene"]), tuple(dict.fromkeys(without))
    left_out = tuple(gene for gene in out if gene in mine)
    elsewhere = tuple(gene for gene in out if gene not in mine)
    if not left_out:
        return WhatIf((), elsewhere, before, before, (), whole)
    rows = query_rows(ranks, query, overlap=overlap, rescue=rescue)
    gone = ranks.genes.get_indexer(pd.Index(left_out))
    up, down = (side[~np.isin(side, gone)] for side in rows)
    if not len(up) + len(down):
        emptied = tuple(side for side, own in zip(("up", "down"), rows, strict=True) if len(own))
        return WhatIf(left_out, elsewhere, before, None, emptied, whole.iloc[:0])
    rest = carriers_first(contributions(ranks, up, down, signature_position(ranks, signature)))
    shorter = GeneQuery(query.name, ranks.genes[up], ranks.genes[down])
    after = PlacedScore.of(score_concordance(ranks, shorter, rescue=False), signature)
    sides = zip(("up", "down"), rows, (up, down), strict=True)
    emptied = tuple(side for side, own, kept in sides if len(own) > len(kept) == 0)
    return WhatIf(left_out, elsewhere, before, after, emptied, rest)


def without_each(table: pd.DataFrame, n_ranked: int) -> pd.DataFrame:
    """Return ``z_sum`` and ``call`` of one signature without each gene in turn; NaN where its list would be empty.

    A table of :func:`explain_concordance` and the number of genes that the signature ranks are enough: this is exact.
    """
    rank, side = table["rank"].to_numpy(dtype=float), table["side"].to_numpy(dtype=object)
    z: dict[str, np.ndarray] = {}
    n_left: dict[str, np.ndarray] = {}
    for name, sign in (("up", 1), ("down", -1)):
        own = (side == name) & ~np.isnan(rank)
        if not (side == name).any():
            continue
        away = np.where(own, sign * (rank - (n_ranked + 1) / 2), 0.0)
        n_left[name] = own.sum() - own.astype(int)
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = sigma_of_rank_sum(n_left[name], n_ranked)
            z[name] = np.where(n_left[name] > 0, (away.sum() - away) / sigma, np.nan)
    nothing = np.full(len(table), np.nan)
    z_sum = sum(z.values(), np.zeros(len(table)))
    spread = np.ones(len(table))
    if len(z) == 2:
        spread = spread_of_z_sum(n_left["up"], n_left["down"], np.full(len(table), n_ranked))
    with np.errstate(invalid="ignore"):
        calls = call_each(z.get("up", nothing), z.get("down", nothing), z_sum, two_sided_p(z_sum / spread))
    return pd.DataFrame({"gene": table["gene"].to_numpy(), "z_sum": z_sum, "call": calls})[~np.isnan(rank)]
