"""All signatures of one perturbagen read together: verdict, grade, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, instance_of
from .._util.html import Html, call_html, escaped
from .._util.text import counted, shown, signed
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..perturbagens.summary import perturbagen_signatures
from .interpretation import Dossier, compile_dossier
from .sentences import ReadingWarning, query_warnings
from .signature import evidence_table, in_order, reading_card, tissue_evidence
from .warnings import CALLS, common_response, mostly_inferred, no_dose_trend, one_context, own_gene, unreplicated


@dataclass(frozen=True, eq=False)
class PerturbagenReading:
    """What all signatures of one perturbagen say about a query together.

    Attributes
    ----------
    perturbagen : str
        Its row in :func:`summarise_perturbagens`.
    verdict : "mimicker", "reverser" or "none"
        Whichever more of its signatures are called.
    grade : "A", "B", "C" or "D"
        How far its signatures bear each other out.
    sentence, reasons : str
        The verdict; what the grade rests on.
    evidence : DataFrame (index ``evidence``)
        ``value`` and ``meaning``.
    warnings : tuple of ReadingWarning
    signatures : DataFrame
        From :func:`perturbagen_signatures`.
    """

    perturbagen: str
    verdict: str
    grade: str
    sentence: str
    reasons: str
    evidence: pd.DataFrame
    warnings: tuple[ReadingWarning, ...]
    signatures: pd.DataFrame

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        title = Html(f"{escaped(self.perturbagen)}: {call_html(self.verdict)}, grade {escaped(self.grade, 10)}")
        return reading_card(title, self.sentence, self.evidence, self.warnings)


def read_perturbagen(
    ranks: RankMatrix,
    query: GeneQuery,
    perturbagen: str,
    *,
    pert_type: str | None = None,
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> PerturbagenReading:
    """Read all signatures of one perturbagen together: verdict, grade, evidence and every warning that applies.

    Parameters
    ----------
    ranks : RankMatrix
    query : GeneQuery
    perturbagen : str
        Its name, or its row in :func:`summarise_perturbagens`, whatever the letter case.
    pert_type : str, optional
        Needed where the name stands for several kinds of perturbation (a compound and a knockout, say).
    background, library_size, gene_metadata, tissue, overlap, rescue
        As in :func:`read_signature`.

    Returns
    -------
    PerturbagenReading
        ``.verdict``, ``.grade``, ``.sentence``, ``.reasons``, ``.evidence``, ``.warnings``, ``.signatures``.

    Raises
    ------
    LincsInterpError
        If the matrix has no such perturbagen, or as :func:`read_signature`.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> reading = read_perturbagen(sample.ranks, sample.query, "graduasone", background=sample.background)
    >>> reading.verdict, reading.grade
    ('mimicker', 'A')
    """
    instance_of("perturbagen", perturbagen, str, "name one perturbagen")
    dossier = compile_dossier(
        ranks,
        query,
        background=background,
        library_size=library_size,
        gene_metadata=gene_metadata,
        tissue=tissue,
        overlap=overlap,
        rescue=rescue,
    )
    if dossier.perturbagens.empty:
        raise LincsInterpError(
            f"perturbagen is {shown(perturbagen)!r}, but neither ids nor metadata of the matrix name any: give it"
            " metadata (ranks.with_metadata(table))."
        )
    own = perturbagen_signatures(dossier.scores, dossier.ranks, perturbagen, pert_type=pert_type)
    return perturbagen_reading(dossier, str(dossier.perturbagen_of[own.index[0]]))


def perturbagen_reading(dossier: Dossier, name: str) -> PerturbagenReading:
    """Read one perturbagen out of what was compiled: see :func:`read_perturbagen`."""
    row = dossier.perturbagen_row(name)
    table = dossier.signatures_of(name)
    best = str(row["best_signature"])
    found = [
        *query_warnings(dossier.scores, dossier.matches),
        *one_context(dossier, row, name),
        *no_dose_trend(dossier, row, name),
        *own_gene(dossier, table.index),
    ]
    if row["direction"] in CALLS:
        for about in (unreplicated, mostly_inferred, common_response):
            found += about(dossier, best)
    return PerturbagenReading(
        perturbagen=name,
        verdict=str(row["direction"]),
        grade=str(row["grade"]),
        sentence=perturbagen_sentence(name, row),
        reasons=str(row["reasons"]),
        evidence=evidence_table(_perturbagen_evidence(dossier, row)),
        warnings=in_order(found),
        signatures=table,
    )


def perturbagen_sentence(name: str, row: pd.Series) -> str:
    n = counted(int(row["n_signatures"]), "signature")
    cells = counted(int(row["n_cells"]), "cell line")
    if row["direction"] not in CALLS:
        where = f"{n} in {cells}" if row["n_cells"] else n
        median = signed(row["median_score"])
        return f"{shown(name, 60)} neither mimics nor reverses your signature: {where}, median score {median}."
    seen = f", in {int(row['n_cells_agreeing']):,} of {cells}" if row["n_cells"] else ""
    verb = "mimics" if row["direction"] == "mimicker" else "reverses"
    return (
        f"{shown(name, 60)} {verb} your signature in {int(row['n_agreeing']):,} of {n}{seen}; median score"
        f" {signed(row['median_score'])}, grade {row['grade']}."
    )


def _perturbagen_evidence(dossier: Dossier, row: pd.Series) -> Iterator[tuple[str, str, str]]:
    yield "grade", str(row["grade"]), str(row["reasons"])
    yield (
        "signatures agreeing",
        f"{int(row['n_agreeing']):,} of {int(row['n_scored']):,}",
        f"{int(row['n_opposed']):,} opposed, {int(row['n_discordant']):,} discordant",
    )
    yield "cell lines agreeing", f"{int(row['n_cells_agreeing']):,} of {int(row['n_cells']):,}", "by their median score"
    yield "median score", signed(row["median_score"]), "over all its signatures; positive = mimicker"
    yield "max-quantile score", signed(row["max_quantile"]), "67th percentile, or the 33rd if that is further from 0"
    yield "sRGES-like score", signed(row["srges"]), "mean, brought to 10 uM and 24 h"
    yield "best signature", shown(row["best_signature"], 80), f"score {signed(row['best_score'])}"
    trend = row["dose_trend"]
    if np.isfinite(trend):
        yield "dose trend", signed(trend, 2), f"p = {row['p_dose_trend']:.2g}; +1 = every higher dose goes further"
    else:
        yield "dose trend", "not known", f"{counted(int(row['n_doses']), 'dose')} known; a trend takes three"
    if "fdr_cal" in row:
        yield (
            "fdr_cal",
            f"{row['fdr_cal']:.2g}",
            f"that any of its signatures has something, among {counted(len(dossier.perturbagens), 'perturbagen')}",
        )
    if "share_answered" in row and np.isfinite(row["share_answered"]):
        yield (
            "promiscuity",
            f"{row['share_answered']:.0%}",
            "of unrelated queries are answered by its signatures; 5% by chance",
        )
    else:
        yield "promiscuity", "not known", dossier.no_promiscuity
    if dossier.landmark is None:
        yield "measured genes", "not known", "give gene_metadata to tell measured from inferred genes"
    yield tissue_evidence(dossier)
