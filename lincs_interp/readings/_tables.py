"""Everything known about a query in a matrix, computed once, for readings and reports to speak of."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from os import PathLike

import pandas as pd

from .._util.errors import LincsInterpError, instance_of
from ..core.baseline import gene_baseline
from ..core.identity import perturbagen_of
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.landmarks import landmark_flags
from ..genes.matching import check_ranks_and_query, match_genes
from ..perturbagens.promiscuity import measure_promiscuity
from ..perturbagens.summary import signature_table, summarise_perturbagens
from ..perturbagens.targets import check_targets
from ..scoring.calibration import calibrate
from ..scoring.concordance import explain_concordance, score_concordance
from ..scoring.null import NullCheck, check_null


@dataclass(frozen=True, eq=False)
class Dossier:
    """Matrix, query, and what the rest of the package has to say about them.

    Attributes
    ----------
    ranks, query, overlap, rescue
        As given.
    matches : DataFrame
        From :func:`match_genes`.
    scores : DataFrame
        From :func:`score_concordance`, calibrated; without a background by an assumed correlation, and labelled so.
    background : RankMatrix or None
        As given.
    null : NullCheck or None
        From :func:`check_null`, computed when it is asked for; None without a background.
    perturbagens : DataFrame
        From :func:`summarise_perturbagens`; no rows where no signature names its perturbagen.
    perturbagen_of : Series
        The row of ``perturbagens`` for each signature, "" for none.
    targets : DataFrame
        From :func:`check_targets`: one row per genetic signature.
    promiscuity : DataFrame or None
        From :func:`measure_promiscuity`; None without a background that allows it.
    no_promiscuity : str
        Why there is none.
    baseline : DataFrame or None
        From :func:`gene_baseline`; None without a background that allows it.
    landmark : Series or None
        Which genes were measured, from :func:`landmark_flags`; None if not told.
    tissue : str
        The reader's own tissue; empty if not told.
    """

    ranks: RankMatrix
    query: GeneQuery
    overlap: str
    rescue: bool
    matches: pd.DataFrame
    scores: pd.DataFrame
    background: RankMatrix | None
    perturbagens: pd.DataFrame
    perturbagen_of: pd.Series
    targets: pd.DataFrame
    promiscuity: pd.DataFrame | None
    no_promiscuity: str
    baseline: pd.DataFrame | None
    landmark: pd.Series | None
    tissue: str

    @property
    def calibrated(self) -> bool:
        """True if p_cal was measured on a background, not assumed."""
        return bool(len(self.scores)) and "assumed" not in str(self.scores["calibrated_by"].iloc[0])

    def row(self, signature: str) -> pd.Series:
        """Return the scores of one signature."""
        return self.scores.loc[[signature]].iloc[0]

    def perturbagen_row(self, name: str) -> pd.Series:
        """Return the summary of one perturbagen."""
        return self.perturbagens.loc[[name]].iloc[0]

    @cached_property
    def null(self) -> NullCheck | None:
        """What unrelated signatures do to the query."""
        return None if self.background is None else check_null(self.background, self.query)

    @cached_property
    def _habits(self) -> pd.DataFrame | None:
        """The habits of the query's genes alone: all of a genome would be checked anew for each signature."""
        if self.baseline is None:
            return None
        own = self.baseline[self.baseline.index.isin(self.matches["matched_as"])]
        return own if len(own) else self.baseline

    def signatures_of(self, perturbagen: str) -> pd.DataFrame:
        """Return :func:`perturbagen_signatures` of one row of ``perturbagens``, whose signatures are known already."""
        own = self.scores[self.scores.index.isin(self._members[perturbagen])]
        return signature_table(own, self.ranks.signatures.loc[own.index])

    @cached_property
    def _members(self) -> dict[Hashable, pd.Index]:
        return self.perturbagen_of.groupby(self.perturbagen_of).groups

    @cached_property
    def _drivers(self) -> dict[str, pd.DataFrame]:
        return {}

    def drivers(self, signature: str) -> pd.DataFrame:
        """Return :func:`explain_concordance` of one signature, with what is known of its genes."""
        if signature not in self._drivers:
            self._drivers[signature] = explain_concordance(
                self.ranks,
                self.query,
                signature,
                overlap=self.overlap,
                rescue=self.rescue,
                gene_metadata=self.landmark,
                baseline=self._habits,
            )
        return self._drivers[signature]


def compile_dossier(
    ranks: RankMatrix,
    query: GeneQuery,
    *,
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> Dossier:
    """Compute all that readings and reports speak of; see :func:`read_signature` for the arguments."""
    check_ranks_and_query(ranks, query)
    if tissue is not None:
        instance_of("tissue", tissue, str, 'name it as the metadata do, "breast", say')
        if "tissue" not in ranks.signatures:
            raise LincsInterpError(
                "tissue is given, but the signatures of the matrix say nothing of theirs: pass metadata with a column"
                " tissue (RankMatrix.from_frame(frame, signatures=...)), or leave tissue out."
            )
    scores = score_concordance(ranks, query, overlap=overlap, rescue=rescue)
    scores = calibrate(scores, query, background=background, library_size=library_size)
    promiscuity = baseline = None
    why = "needs a background of more than 50 signatures"
    if background is not None:
        try:
            promiscuity = measure_promiscuity(ranks, background)
        except LincsInterpError as error:  # too small, or other genes
            why = str(error)
        with suppress(LincsInterpError):  # too small: then nothing is said of habits
            baseline = gene_baseline(background)
    named = bool((ranks.signatures["pert_name"] != "").any())
    return Dossier(
        ranks=ranks,
        query=query,
        overlap=overlap,
        rescue=rescue,
        matches=match_genes(ranks, query),
        scores=scores,
        background=background,
        perturbagens=summarise_perturbagens(scores, ranks, promiscuity=promiscuity) if named else pd.DataFrame(),
        perturbagen_of=perturbagen_of(ranks),
        targets=check_targets(ranks),
        promiscuity=promiscuity,
        no_promiscuity=why,
        baseline=baseline,
        landmark=None if gene_metadata is None else landmark_flags(gene_metadata, ranks.genes),
        tissue=tissue or "",
    )
