"""One signature with all the evidence there is: call, sentence, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped
from .._util.text import counted, probability, shown, signed
from ..core.calls import FDR_LEVEL
from ..scoring.contributions import supporting_genes
from ._tables import Tables
from .reading import Reading, evidence_table
from .sentences import call_sentence, chance_of
from .warnings import CALLS, ReadingWarning, in_order, signature_warnings

NOT_KNOWN = "not known"


@dataclass(frozen=True, eq=False, kw_only=True)
class SignatureReading(Reading):
    """One signature's agreement with a query, and how far it can be believed.

    Beside ``sentence``, ``evidence`` and ``warnings`` of every reading it has:

    Attributes
    ----------
    signature, label : str
        The id; what it is in words.
    call : "mimicker", "reverser", "discordant" or "unresolved"
        The call of :func:`score_concordance`.
    beyond_chance : bool or None
        True if the calibrated false discovery rate is below .05; None without a background.
    contributions : DataFrame
        From :func:`explain_concordance`.
    """

    signature: str
    label: str
    call: str
    beyond_chance: bool | None
    contributions: pd.DataFrame

    @property
    def title(self) -> Html:
        """Return the head of the display."""
        return Html(f"{escaped(self.label)}: {call_html(self.call)}")


def signature_reading(tables: Tables, signature: str, general: tuple[ReadingWarning, ...]) -> SignatureReading:
    """Read one signature; `general` are the warnings that apply to every reading."""
    row, label = tables.row(signature), str(tables.labels[signature])
    beyond = None
    if tables.calibrated and np.isfinite(row["fdr_cal"]):
        beyond = bool(row["fdr_cal"] < FDR_LEVEL)
    return SignatureReading(
        signature=signature,
        label=label,
        call=str(row["call"]),
        beyond_chance=beyond,
        sentence=f"{call_sentence(label, row)} {chance_of(row, tables.calibrated)}".rstrip(),
        evidence=evidence_table(_evidence(tables, signature)),
        warnings=in_order([*general, *signature_warnings(tables, signature)]),
        contributions=tables.contributions(signature),
    )


def _evidence(tables: Tables, signature: str) -> Iterator[tuple[str, str, str]]:
    row = tables.row(signature)
    for side in ("up", "down"):
        if np.isfinite(row[f"z_{side}"]):
            n = counted(int(row[f"n_{side}"]), f"{side} gene")
            yield f"z_{side}", signed(row[f"z_{side}"]), f"{n} found; positive = they are {side} here as well"
    place = int((tables.scores["z_sum"] > row["z_sum"]).sum()) + 1
    of = counted(len(tables.scores), "signature")
    yield "z_sum", signed(row["z_sum"]), f"place {place:,} of {of}, 1 = best mimicker"
    yield "concordance", signed(row["concordance"], 2), "−1 = perfect reverser … +1 = perfect mimicker"
    yield "z_cal", signed(row["z_cal"]), "z_sum in standard deviations of unrelated signatures"
    yield "p_cal", probability(row["p_cal"]), str(row["how"])
    yield "fdr_cal", probability(row["fdr_cal"]), "expected share of false calls among those at least as strong"
    yield from _gene_evidence(tables, signature)
    yield from _sibling_evidence(tables, signature)
    answered = None if tables.promiscuity is None else tables.promiscuity["share_answered"].get(signature)
    yield answers_evidence(tables, answered, "it")
    yield tissue_evidence(tables)


def _gene_evidence(tables: Tables, signature: str) -> Iterator[tuple[str, str, str]]:
    table = tables.contributions(signature)
    genes = supporting_genes(table)
    yield "supporting genes", f"{len(genes):,} of {len(table):,}", "genes that support the call, of those counted"
    yield measured_evidence(tables, genes)
    if tables.baseline is not None and genes["base_rate"].notna().any():
        median = genes["base_rate"].median()
        meaning = "median share of unselected signatures in which a supporting gene is extreme; 2% by chance"
        yield "baseline of its genes", f"{median:.1%}", meaning


def _sibling_evidence(tables: Tables, signature: str) -> Iterator[tuple[str, str, str]]:
    name = tables.perturbagen_of[signature]
    if not name:
        yield "perturbagen", NOT_KNOWN, "neither id nor metadata name it, so its other signatures cannot be looked up"
        return
    row = tables.perturbagen_row(name)
    n = f"{int(row['n_signatures']):,}"
    agreeing = f"{int(row['n_agreeing']):,} of {n} {row['call']}" if row["call"] in CALLS else f"{n}, unresolved"
    cells = counted(int(row["n_cells"]), "cell line")
    yield "signatures of the perturbagen", agreeing, f"{shown(name, 40)}, {cells}"
    yield "grade of the perturbagen", str(row["grade"]), str(row["reasons"])


def measured_evidence(tables: Tables, genes: pd.DataFrame) -> tuple[str, str, str]:
    """Count the measured genes among some that support a call."""
    if tables.landmark is None:
        return "measured genes", NOT_KNOWN, "give gene_metadata to separate measured from inferred genes"
    known = genes["landmark"].dropna()
    measured = f"{int(known.sum()):,} of {len(known):,}"
    return "measured genes", measured, "of the supporting genes; the others are inferred"


def answers_evidence(tables: Tables, answered: float | None, what: str) -> tuple[str, str, str]:
    """Compare the share of unrelated queries that `what` answers with chance."""
    if tables.promiscuity is None or answered is None:
        return "promiscuity", NOT_KNOWN, tables.no_promiscuity
    share = f"{answered:.0%}" if np.isfinite(answered) else "–"
    return "promiscuity", share, f"of unrelated queries are answered by {what}; 5% by chance"


def tissue_evidence(tables: Tables) -> tuple[str, str, str]:
    """Name the user's tissue, if it was looked at."""
    if not tables.tissue:
        return "your tissue", NOT_KNOWN, "give tissue to compare with yours"
    return "your tissue", shown(tables.tissue, 40), "W9 looks for it among the signatures that agree"
