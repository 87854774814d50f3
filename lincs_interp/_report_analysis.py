"""Everything the report shows, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .concordance import explain_concordance, score_concordance
from .genes import match_genes
from .queries import GeneQuery
from .ranks import RankMatrix
from .readings import signature_label


@dataclass(frozen=True)
class Analysis:
    """Matrix and query with their matches, scores and drivers; `drivers` holds the signatures that are listed."""

    ranks: RankMatrix
    query: GeneQuery
    matches: pd.DataFrame
    scores: pd.DataFrame
    labels: pd.Series
    drivers: dict[str, pd.DataFrame]
    top: int


def analyse(ranks: RankMatrix, query: GeneQuery, *, top: int, overlap: str) -> Analysis:
    """Score, and look at the strongest signatures of both ends and at the largest discordant ones."""
    scores = score_concordance(ranks, query, overlap=overlap)
    facts = ranks.signatures.loc[scores.index]
    labels = pd.Series([signature_label(name, row) for name, row in facts.iterrows()], index=scores.index, dtype=object)
    mimickers = scores.index[scores["call"] == "mimicker"][:top]
    reversers = scores.index[scores["call"] == "reverser"][::-1][:top]
    discordant = scores.loc[scores["call"] == "discordant", "z_sum"].abs().nlargest(top).index
    drivers = {
        signature: explain_concordance(ranks, query, signature, overlap=overlap)
        for signature in [*mimickers, *reversers, *discordant]
    }
    return Analysis(ranks, query, match_genes(ranks, query), scores, labels, drivers, top)
