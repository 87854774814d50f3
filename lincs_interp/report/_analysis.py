"""Everything the report shows, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

import pandas as pd

from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..core.signature_ids import signature_label
from ..readings.interpretation import Interpretation, interpret
from ..readings.sentences import in_both_lists

#: The columns of :func:`explain_concordance`: what ``drivers.tsv`` has where no signature is listed.
DRIVER_COLUMNS = ("gene", "side", "rank", "percentile", "contribution", "landmark", "base_rate")


@dataclass(frozen=True)
class Analysis:
    """Matrix and query with their matches, calibrated scores and drivers; `dossier` has the rest of the evidence.

    `mimickers`, `reversers` and `discordant` hold all signatures of that call, the strongest first; `drivers` holds the
    `top` of each, which are the ones that are listed. In `matches`, `counted` tells whether an entry was scored.
    """

    ranks: RankMatrix
    query: GeneQuery
    matches: pd.DataFrame
    scores: pd.DataFrame
    labels: pd.Series
    mimickers: pd.Index
    reversers: pd.Index
    discordant: pd.Index
    drivers: dict[str, pd.DataFrame]
    dossier: Interpretation
    top: int

    @property
    def scored(self) -> bool:
        """True if some signature has a score that differs from zero: else there is nothing to draw."""
        return bool((self.scores["z_sum"].fillna(0) != 0).any())


def analyse(
    ranks: RankMatrix,
    query: GeneQuery,
    *,
    top: int,
    overlap: str,
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
) -> Analysis:
    """Score, and look at the strongest signatures of both ends and at the largest discordant ones."""
    dossier = interpret(
        ranks,
        query,
        background=background,
        library_size=library_size,
        gene_metadata=gene_metadata,
        tissue=tissue,
        overlap=overlap,
    )
    scores = dossier.scores
    facts = ranks.signatures.loc[scores.index]
    labels = pd.Series(
        [signature_label(str(name), row) for name, row in facts.iterrows()], index=scores.index, dtype=object
    )
    mimickers = scores.index[scores["call"] == "mimicker"]
    reversers = scores.index[scores["call"] == "reverser"][::-1]
    sums = scores.loc[scores["call"] == "discordant", "z_sum"].abs()
    discordant = sums.sort_values(ascending=False, kind="stable").index
    drivers = {
        signature: dossier.contributions(signature)
        for signature in [*mimickers[:top], *reversers[:top], *discordant[:top]]
    }
    matches = _with_fate(dossier.matches)
    return Analysis(ranks, query, matches, scores, labels, mimickers, reversers, discordant, drivers, dossier, top)


def _with_fate(matches: pd.DataFrame) -> pd.DataFrame:
    """Add the column `counted`: a gene that stands in both lists was found, and left out of both."""
    left_out = matches["matched_as"].isin(in_both_lists(matches)) & matches["found"]
    notes = matches["suggestion"].where(~left_out, "also in the other list: left out of both")
    return matches.assign(counted=matches["found"] & ~left_out, suggestion=notes)
