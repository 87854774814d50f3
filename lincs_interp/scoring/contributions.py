"""The genes behind a score: z is a sum, and this is each gene's share of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, instance_of
from .._util.text import closest, counted, kind, listed, shown
from ..core.calls import sign_of_contributions
from ..core.ranks import RankMatrix, mid_rank_percentile
from ..genes.landmarks import landmark_flags


def contributions(ranks: RankMatrix, up_rows: np.ndarray, down_rows: np.ndarray, column: int) -> pd.DataFrame:
    """Return each gene's rank, percentile and share of z_sum in one signature, up genes before down, as the rows go.

    The columns ``gene``, ``side``, ``rank``, ``percentile`` and ``contribution`` are those of
    :func:`explain_concordance`.
    """
    total = int(ranks.n_ranked.iloc[column])
    sides = []
    for side, rows, sign in (("up", up_rows, 1), ("down", down_rows, -1)):
        rank = ranks.values[rows, column]
        n = np.count_nonzero(~np.isnan(rank))
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = np.sqrt(n * (total - n) * (total + 1) / np.float64(12))
            share = sign * (rank - (total + 1) / 2) / sigma
        percentile = mid_rank_percentile(rank, total or np.nan)
        part = {"gene": ranks.genes[rows], "side": side, "rank": rank, "percentile": percentile}
        sides.append(pd.DataFrame(part | {"contribution": np.where(n < total, share, np.nan)}))
    return pd.concat([part for part in sides if len(part)], ignore_index=True)


def carriers_first(table: pd.DataFrame) -> pd.DataFrame:
    """Sort a table of contributions: the genes that carry the verdict first, the ones that speak against it last."""
    towards = sign_of_contributions(table["contribution"])
    order = np.argsort(-towards * table["contribution"].to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def with_gene_facts(
    table: pd.DataFrame, gene_metadata: Any = None, baseline: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add ``landmark`` (boolean, missing = not known) and ``base_rate`` (0-1, NaN = not known) to a table of genes."""
    genes = table["gene"]
    landmark: Any = pd.array([pd.NA] * len(genes), dtype="boolean")
    if gene_metadata is not None:
        landmark = landmark_flags(gene_metadata, genes).array
    return table.assign(landmark=landmark, base_rate=np.nan if baseline is None else _base_rates(genes, baseline))


def _base_rates(genes: pd.Series, baseline: Any) -> np.ndarray:
    if not isinstance(baseline, pd.DataFrame) or "share_extreme" not in baseline.columns:
        raise LincsInterpError(
            f"baseline is {kind(baseline)}, not a table by gene with the column share_extreme: make one with"
            " gene_baseline(background)."
        )
    shares = baseline["share_extreme"]
    remedy = "pass the table as gene_baseline(background) made it"
    if isinstance(shares, pd.DataFrame):
        raise LincsInterpError(f"baseline has more than one column share_extreme: {remedy}.")
    # An explorer asks at every click: what are numbers already need not be read as such.
    numbers = shares if shares.dtype.kind == "f" else pd.to_numeric(shares.astype(object), errors="coerce")
    known = numbers.astype(float)
    wrong = shares[~known.between(0, 1) & shares.notna()]
    if len(wrong):
        raise LincsInterpError(
            f"baseline: share_extreme holds {shown(repr(wrong.tolist()[0]), 30)}, but a share is a number from 0 to 1:"
            f" {remedy}."
        )
    if not known.index.isin(genes).any():
        raise LincsInterpError(
            f"baseline has none of the {counted(len(genes), 'gene')} asked for (it has {listed(known.index, 3)}): make"
            " one with gene_baseline from signatures of the same genes, and keep its index."
        )
    return known[~known.index.duplicated()].reindex(genes).to_numpy(dtype=float)


def signature_position(ranks: RankMatrix, signature: str) -> int:
    """Return the column of a signature; the error for an unknown one names those most like it."""
    instance_of("signature", signature, str, "name one signature by its id")
    position = ranks.frame.columns.get_indexer(pd.Index([signature]))[0]
    if position < 0:
        close = closest(str(signature), ranks.frame.columns)
        hint = f"did you mean {listed(close)}?" if close else f"it holds {listed(ranks.frame.columns, 3)}."
        raise LincsInterpError(f"signature is {shown(signature)!r}, which the matrix does not hold: {hint}")
    return int(position)
