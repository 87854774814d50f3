"""Everything about one matrix and one query, computed once: what displays, reports, explorers and pages take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

import pandas as pd

from .._util.errors import LincsInterpError, argument, instance_of, true_or_false, whole_number
from .._util.text import shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix, check_matrix
from ..genes.landmarks import landmark_flags
from ..genes.matching import check_ranks_and_query
from ..io import read_query, read_ranks
from ..perturbagens.summary import perturbagen_signatures
from ..scoring.concordance import query_rows
from ..scoring.contributions import signature_position
from ._tables import Tables
from .perturbagen import PerturbagenReading, perturbagen_reading
from .sentences import ReadingWarning, reading_warnings
from .signature import SignatureReading, signature_reading


@dataclass(frozen=True, eq=False)
class Interpretation(Tables):
    """Matrix and query, and all that is known of them; made by :func:`interpret`, never changed.

    Every table is computed when it is first asked for, and kept.

    Attributes
    ----------
    ranks : RankMatrix
    query : GeneQuery
    background : RankMatrix or None
    matches : DataFrame
        What became of each gene of the lists: see :func:`match_genes`.
    scores : DataFrame
        One row per signature, best mimicker first: see :func:`score_concordance` and :func:`calibrate`.
    perturbagens : DataFrame
        One row per perturbagen, strongest evidence first: see :func:`summarise_perturbagens`.
    null : NullCheck or None
        What unrelated signatures do to the query; None without a background.
    warnings : tuple of ReadingWarning
        Those that hold for the whole analysis.
    assumptions : tuple of str
        What was detected or assumed about matrix, query and background, in sentences.
    """

    @cached_property
    def warnings(self) -> tuple[ReadingWarning, ...]:
        """Return the warnings that hold for the whole analysis, in the order of their numbers."""
        return tuple(reading_warnings(self.scores, self.matches))

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """Return what was detected or assumed about matrix, query and background."""
        own = [*self.ranks.assumptions, *self.query.assumptions]
        if self.background is not None:
            own += [f"Background: {sentence}" for sentence in self.background.assumptions]
        return tuple(own)

    @cached_property
    def _readings(self) -> dict[tuple[str, str], Any]:
        return {}

    def signature(self, signature: str) -> SignatureReading:
        """Read one signature: call, evidence and every warning that applies.

        Parameters
        ----------
        signature : str
            The signature's id.

        Returns
        -------
        SignatureReading
            ``.call``, ``.sentence``, ``.evidence``, ``.warnings``, ``.contributions``.

        Raises
        ------
        LincsInterpError
            If the matrix has no such signature.
        """
        signature_position(self.ranks, signature)
        return self._kept("signature", signature, lambda: signature_reading(self, signature))

    def perturbagen(self, perturbagen: str, *, pert_type: str | None = None) -> PerturbagenReading:
        """Read all signatures of one perturbagen together: call, grade, evidence and every warning that applies.

        Parameters
        ----------
        perturbagen : str
            Its name, or its row in ``.perturbagens``, whatever the letter case.
        pert_type : str, optional
            Needed where the name stands for several kinds of perturbation (a compound and a knockout, say).

        Returns
        -------
        PerturbagenReading
            ``.call``, ``.grade``, ``.sentence``, ``.reasons``, ``.evidence``, ``.warnings``, ``.signatures``.

        Raises
        ------
        LincsInterpError
            If the matrix has no such perturbagen, or no signature names its own.
        """
        instance_of("perturbagen", perturbagen, str, "name one perturbagen")
        if self.perturbagens.empty:
            raise LincsInterpError(
                f"{argument('perturbagen')} is {shown(perturbagen)!r}, but neither ids nor metadata of the matrix name"
                " any",
                argument="perturbagen",
                value=perturbagen,
                remedy="give the matrix metadata (ranks.with_metadata(table))",
            )
        own = perturbagen_signatures(self.scores, self.ranks, perturbagen, pert_type=pert_type)
        name = str(self.perturbagen_of[own.index[0]])
        return self._kept("perturbagen", name, lambda: perturbagen_reading(self, name))

    def _kept(self, what: str, name: str, make: Any) -> Any:
        if (what, name) not in self._readings:
            self._readings[what, name] = make()
        return self._readings[what, name]


def interpret(
    ranks: RankMatrix | str | PathLike[str],
    query: GeneQuery | str | PathLike[str] | tuple[Any, Any],
    *,
    background: RankMatrix | str | PathLike[str] | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | pd.Series | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> Interpretation:
    """Interpret a Gene Rank Matrix for one query: scores, calls, grades, contributing genes and warnings.

    Parameters
    ----------
    ranks : RankMatrix or path
        Genes x signatures; a file is read by :func:`read_ranks`.
    query : GeneQuery, path, or pair of paths or gene lists
        Up and down genes; a file, or a pair (up, down), is read by :func:`read_query`.
    background : RankMatrix or path, optional
        Unselected signatures, at least 50, for a calibrated p, the baseline of the genes and how many unrelated
        queries each signature answers. Without it a correlation is assumed, and nothing is said of the rest.
    library_size : int, optional
        How many signatures were searched, if ``ranks`` holds the best of them.
    gene_metadata : path, DataFrame or Series, optional
        Which genes were measured: see :func:`explain_concordance`.
    tissue : str, optional
        Your own tissue, as the metadata of the signatures spell it; they need a column ``tissue``.
    overlap : "error" or "drop"
        What to do with a gene of both lists: refuse, or leave it out of both.
    rescue : bool
        Use what :func:`match_genes` recognises without doubt; False counts exact spellings only.

    Returns
    -------
    Interpretation
        ``.scores``, ``.perturbagens``, ``.signature(id)``, ``.perturbagen(name)``, ``.gene(symbol)`` and more; what
        :func:`explore` and :func:`write_report` take.

    Raises
    ------
    LincsInterpError
        If no gene of a list is in the matrix, a gene is in both lists and ``overlap`` is "error", or an argument is
        wrong. That the background is a list of hits of this query is found when ``.scores`` is first asked for.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> interpretation = interpret(sample.ranks, sample.query, background=sample.background)
    >>> reading = interpretation.signature("SIM002_MCF7_24H_G05_fortunib_3.33uM")
    >>> [warning.code for warning in reading.warnings]
    ['W1', 'W2', 'W3', 'W4', 'W11']
    >>> interpretation.perturbagen("graduasone").grade
    'A'
    """
    if isinstance(ranks, str | PathLike):
        ranks = read_ranks(ranks)
    if isinstance(query, str | PathLike):
        query = read_query(query)
    elif isinstance(query, tuple) and len(query) == 2:
        query = read_query(*query)
    if isinstance(background, str | PathLike):
        background = read_ranks(background)
    check_ranks_and_query(ranks, query)
    if background is not None:
        check_matrix(background)
    true_or_false("rescue", rescue)
    if tissue is not None:
        instance_of("tissue", tissue, str, 'name it as the metadata do, "breast", say')
        if "tissue" not in ranks.signatures:
            raise LincsInterpError(
                f"{argument('tissue')} is given, but the signatures of the matrix say nothing of theirs",
                argument="tissue",
                value=tissue,
                remedy="give the matrix metadata with a column tissue, or leave it out",
            )
    query_rows(ranks, query, overlap=overlap, rescue=rescue)
    return Interpretation(
        ranks=ranks,
        query=query,
        background=background,
        library_size=None if library_size is None else whole_number("library_size", library_size),
        landmark=None if gene_metadata is None else landmark_flags(gene_metadata, ranks.genes),
        tissue=tissue or "",
        overlap=overlap,
        rescue=bool(rescue),
    )
