"""All signatures of one perturbagen together: call, grade, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped
from .._util.text import counted, probability, shown, signed
from ._tables import Record, Tables
from .reading import Reading, evidence_table
from .sentences import perturbagen_sentence
from .signature import NOT_KNOWN, answers_evidence, measured_evidence, tissue_evidence
from .warnings import ReadingWarning, in_order, perturbagen_warnings


@dataclass(frozen=True, eq=False, kw_only=True)
class PerturbagenReading(Reading):
    """The agreement of all signatures of one perturbagen with a query.

    Beside ``sentence``, ``evidence`` and ``warnings`` of every reading it has:

    Attributes
    ----------
    perturbagen : str
        Its row in :func:`summarise_perturbagens`.
    call : "mimicker", "reverser" or "unresolved"
        Whichever more of its signatures are called.
    grade : "A", "B", "C" or "D"
        How far its signatures agree with each other.
    reasons : str
        What the grade rests on.
    signatures : DataFrame
        From :func:`perturbagen_signatures`.
    """

    perturbagen: str
    call: str
    grade: str
    reasons: str
    signatures: pd.DataFrame

    @property
    def title(self) -> Html:
        """Return the head of the display."""
        return Html(f"{escaped(self.perturbagen)}: {call_html(self.call)}, grade {escaped(self.grade, 10)}")


def perturbagen_reading(tables: Tables, name: str, general: tuple[ReadingWarning, ...]) -> PerturbagenReading:
    """Read one row of ``perturbagens``; `general` are the warnings that apply to every reading."""
    row = tables.perturbagen_row(name)
    return PerturbagenReading(
        perturbagen=name,
        call=str(row["call"]),
        grade=str(row["grade"]),
        sentence=perturbagen_sentence(name, row),
        reasons=str(row["reasons"]),
        evidence=evidence_table(_evidence(tables, row)),
        warnings=in_order([*general, *perturbagen_warnings(tables, name)]),
        signatures=tables.signatures_of(name),
    )


def _evidence(tables: Tables, row: Record) -> Iterator[tuple[str, str, str]]:
    yield "grade", str(row["grade"]), str(row["reasons"])
    agreeing, against = f"{row['n_agreeing']:,} of {row['n_scored']:,}", f"{row['n_opposed']:,} opposed"
    yield "signatures agreeing", agreeing, f"{against}, {row['n_discordant']:,} discordant"
    yield "cell lines agreeing", f"{row['n_cells_agreeing']:,} of {row['n_cells']:,}", "by their median score"
    yield "median score", signed(row["median_score"]), "over all its signatures; positive = mimicker"
    yield "max-quantile score", signed(row["max_quantile"]), "67th percentile, or the 33rd if that is further from 0"
    yield "sRGES-like score", signed(row["srges"]), "mean, brought to 10 uM and 24 h"
    yield "best signature", shown(row["best_signature"], 80), f"score {signed(row['best_score'])}"
    trend = row["dose_trend"]
    if np.isfinite(trend):
        p = probability(row["p_dose_trend"])
        yield "dose trend", signed(trend, 2), f"p = {p}; +1 = every higher dose has a stronger effect"
    else:
        yield "dose trend", NOT_KNOWN, f"{counted(int(row['n_doses']), 'dose')} known; a trend takes three"
    if "fdr_cal" in row:
        among = counted(len(tables.perturbagens), "perturbagen")
        meaning = f"that any of its signatures has an effect, among {among}"
        yield "fdr_cal", probability(row["fdr_cal"]), meaning
    answered = row.get("share_answered", np.nan)
    yield answers_evidence(tables, answered if np.isfinite(answered) else None, "its signatures")
    if tables.landmark is None:
        yield measured_evidence(tables, tables.matches)
    yield tissue_evidence(tables)
