"""The genes behind the strongest signatures, as the page shows them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from .._util.text import signed
from ..core.explain import explain_rank
from ..readings.sentences import chance_of, siblings_sentence, verdict_sentence
from ..readings.warnings import ReadingWarning
from ._analysis import Analysis
from .figures import Picture, evidence_picture, heatmap_picture, picture_labels

DRIVER_ROWS = 5  # of each list
HEATMAP_GENES = 12  # of each list


def verdict(analysis: Analysis, signature: str) -> dict[str, str]:
    """What one signature says, in a sentence, and its call."""
    row = analysis.scores.loc[[signature]].iloc[0]
    sentence = f"{verdict_sentence(str(analysis.labels[signature]), row)} {chance_of(row, analysis.dossier.calibrated)}"
    return {"sentence": sentence.rstrip(), "call": str(row["call"])}


def own_warnings(analysis: Analysis, general: Iterable[ReadingWarning]) -> dict[str, list[ReadingWarning]]:
    """What holds for each listed signature and not for the whole analysis, which is said once."""
    codes = {warning.code for warning in general}
    return {
        signature: [w for w in analysis.dossier.signature(signature).warnings if w.code not in codes]
        for signature in analysis.drivers
    }


def detail(analysis: Analysis, signature: str, warnings: list[ReadingWarning]) -> dict[str, Any]:
    """One signature with its verdict, the genes that carry it, and what to keep in mind."""
    drivers = analysis.drivers[signature]
    shares = drivers["contribution"].fillna(0)
    shown_places = drivers.groupby("side", sort=False).head(DRIVER_ROWS).index
    against = drivers[np.sign(drivers["contribution"]) == -np.sign(analysis.scores["z_sum"][signature])]
    return {
        "signature": signature,
        "label": analysis.labels[signature],
        **verdict(analysis, signature),
        "siblings": siblings_sentence(analysis.dossier, signature),
        "warnings": warnings,
        "picture": evidence_picture(drivers, analysis.labels[signature]),
        "drivers": _leading(drivers),
        "n_genes": int(drivers["rank"].notna().sum()),
        "n_against": len(against),
        "shown_sum": signed(float(shares[shown_places].sum())),
        "whole_sum": signed(float(shares.sum())),
        "n_shown": len(shown_places),
    }


def _leading(drivers: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The genes of each list that speak loudest, up before down."""
    leading = drivers.groupby("side", sort=False).head(DRIVER_ROWS)
    leading = leading.sort_values("side", ascending=False, kind="stable")
    words = leading["landmark"].astype(object).map({True: "yes", False: "inferred"}).fillna("–")
    return leading.assign(measured=words).to_dict("records")


def examples(analysis: Analysis, details: list[str]) -> list[str]:
    """Two integers of this very matrix in words: the leading gene of the best hit, and one from the middle."""
    if not details:
        return []
    drivers = analysis.drivers[details[0]].dropna(subset="rank")
    middle = int((drivers["percentile"] - 50).abs().to_numpy().argmin())
    n_genes = int(analysis.ranks.n_ranked[details[0]])
    return [
        explain_rank(int(row["rank"]), n_genes=n_genes, gene=row["gene"], signature=details[0]).sentence
        for row in (drivers.iloc[0], drivers.iloc[middle])
    ]


def heatmap(analysis: Analysis, details: list[str], signatures: list[str]) -> Picture | None:
    """The percentiles of the leading genes in the strongest signatures."""
    if len(signatures) < 2 or not details:
        return None
    shares = pd.concat(
        [analysis.drivers[signature].set_index(["gene", "side"])["contribution"].abs() for signature in details]
    )
    means = shares.groupby(level=["gene", "side"]).mean().sort_values(ascending=False, kind="stable")
    strongest = means.groupby(level="side", sort=False).head(HEATMAP_GENES)
    genes = strongest.sort_index(level="side", sort_remaining=False, ascending=False, kind="stable").index
    table = analysis.ranks.select(genes=[gene for gene, _ in genes], signatures=signatures).percentiles()
    return heatmap_picture(table, picture_labels(analysis.ranks.signatures.loc[signatures]))
