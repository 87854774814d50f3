"""All signatures of one perturbagen read together: verdict, grade, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped
from .._util.text import counted, shown, signed
from ._tables import Tables
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
    call : "mimicker", "reverser" or "unresolved"
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
    call: str
    grade: str
    sentence: str
    reasons: str
    evidence: pd.DataFrame
    warnings: tuple[ReadingWarning, ...]
    signatures: pd.DataFrame

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        title = Html(f"{escaped(self.perturbagen)}: {call_html(self.call)}, grade {escaped(self.grade, 10)}")
        return reading_card(title, self.sentence, self.evidence, self.warnings)


def perturbagen_reading(tables: Tables, name: str) -> PerturbagenReading:
    """Read one perturbagen out of what was compiled: see :func:`read_perturbagen`."""
    row = tables.perturbagen_row(name)
    table = tables.signatures_of(name)
    best = str(row["best_signature"])
    found = [
        *query_warnings(tables.scores, tables.matches),
        *one_context(tables, row, name),
        *no_dose_trend(tables, row, name),
        *own_gene(tables, table.index),
    ]
    if row["call"] in CALLS:
        for about in (unreplicated, mostly_inferred, common_response):
            found += about(tables, best)
    return PerturbagenReading(
        perturbagen=name,
        call=str(row["call"]),
        grade=str(row["grade"]),
        sentence=perturbagen_sentence(name, row),
        reasons=str(row["reasons"]),
        evidence=evidence_table(_perturbagen_evidence(tables, row)),
        warnings=in_order(found),
        signatures=table,
    )


def perturbagen_sentence(name: str, row: pd.Series) -> str:
    n = counted(int(row["n_signatures"]), "signature")
    cells = counted(int(row["n_cells"]), "cell line")
    if row["call"] not in CALLS:
        where = f"{n} in {cells}" if row["n_cells"] else n
        median = signed(row["median_score"])
        return f"{shown(name, 60)} neither mimics nor reverses your signature: {where}, median score {median}."
    seen = f", in {int(row['n_cells_agreeing']):,} of {cells}" if row["n_cells"] else ""
    verb = "mimics" if row["call"] == "mimicker" else "reverses"
    return (
        f"{shown(name, 60)} {verb} your signature in {int(row['n_agreeing']):,} of {n}{seen}; median score"
        f" {signed(row['median_score'])}, grade {row['grade']}."
    )


def _perturbagen_evidence(tables: Tables, row: pd.Series) -> Iterator[tuple[str, str, str]]:
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
            f"that any of its signatures has something, among {counted(len(tables.perturbagens), 'perturbagen')}",
        )
    if "share_answered" in row and np.isfinite(row["share_answered"]):
        yield (
            "promiscuity",
            f"{row['share_answered']:.0%}",
            "of unrelated queries are answered by its signatures; 5% by chance",
        )
    else:
        yield "promiscuity", "not known", tables.no_promiscuity
    if tables.landmark is None:
        yield "measured genes", "not known", "give gene_metadata to tell measured from inferred genes"
    yield tissue_evidence(tables)
