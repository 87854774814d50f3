"""Readings: a signature or a perturbagen with its sentence, its evidence as a table, and its warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, card, escaped, list_html, paragraph, sentence_html, table_html
from .._util.text import counted, percent, probability, shown, signed
from ..core.calls import FDR_LEVEL, SIGNS
from ..scoring.contributions import supporting_genes
from ._tables import Record, Tables
from .sentences import call_sentence, chance_of, perturbagen_sentence
from .warnings import ALWAYS, ReadingWarning, in_order, perturbagen_warnings, signature_warnings

NOT_KNOWN = "not known"

Rows = Iterator[tuple[str, str, str]]  # of the evidence: what, its value, and what that means


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """What all readings have."""

    title: Html  # the head of the display
    sentence: str  # the result with its numbers
    evidence: pd.DataFrame  # index ``evidence``; ``value`` as text; ``meaning``: unit, or what it is compared with
    warnings: tuple[ReadingWarning, ...]  # in the order of their numbers

    def _facts(self, *names: str) -> dict[str, Any]:
        """Return the named attributes with call, sentence, evidence and warnings, as a program takes them."""
        own = {name: getattr(self, name) for name in (*names, "call", "sentence", "evidence")}
        return own | {"warnings": [asdict(warning) for warning in self.warnings]}

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return card(self.title, self.sentence, evidence_html(self.evidence), warnings_html(self.warnings))


def evidence_table(rows: Rows) -> pd.DataFrame:
    """Return the table ``evidence`` of a reading."""
    names, values, meanings = zip(*rows, strict=True)
    return pd.DataFrame({"value": values, "meaning": meanings}, index=pd.Index(names, name="evidence"))


def evidence_html(evidence: pd.DataFrame) -> Html:
    """Return the evidence of a reading as a table."""
    rows = [[name, value, escaped(meaning, 240)] for name, value, meaning in evidence.itertuples()]
    return table_html(rows, ["evidence", "value", "meaning"], caption="The evidence.")


def warnings_html(warnings: Iterable[ReadingWarning]) -> Html:
    """Return the warnings of a reading: its own in sentences, those that always apply by their numbers."""
    found = list(warnings)
    own = [Html(f"<strong>{w.code}</strong> {sentence_html(w.sentence)}") for w in found if w not in ALWAYS]
    always = ", ".join(w.code for w in found if w in ALWAYS)
    context = paragraph(f"{always} always apply: see docs/warnings.md." if always else "", faint=True)
    return Html(list_html(own) + context)


@dataclass(frozen=True, eq=False, kw_only=True)
class SignatureReading(Reading):
    """One signature's agreement with a query, and how far it can be believed."""

    signature: str
    label: str  # what it is in words
    call: str  # see `score_concordance`
    beyond_chance: bool | None  # whether the calibrated false discovery rate is below .05; None without a background
    contributions: pd.DataFrame  # see `explain_concordance`


def signature_reading(tables: Tables, signature: str, general: tuple[ReadingWarning, ...]) -> SignatureReading:
    """Read one signature; `general` are the warnings that apply to every reading."""
    contributions = tables.contributions(signature)
    row, label = tables._records[signature], str(tables._labels[signature])
    known = tables._calibrated and np.isfinite(row["fdr_cal"])
    return SignatureReading(
        signature=signature,
        label=label,
        title=Html(f"{escaped(label)}: {call_html(row['call'])}"),
        call=str(row["call"]),
        beyond_chance=bool(row["fdr_cal"] < FDR_LEVEL) if known else None,
        sentence=f"{call_sentence(label, row)} {chance_of(row, tables._calibrated)}".rstrip(),
        evidence=evidence_table(_signature_evidence(tables, signature, row)),
        warnings=in_order([*general, *signature_warnings(tables, signature)]),
        contributions=contributions,
    )


def _signature_evidence(tables: Tables, signature: str, row: Record) -> Rows:
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
    table = tables.contributions(signature)
    genes = supporting_genes(table)
    yield "supporting genes", f"{len(genes):,} of {len(table):,}", "genes that support the call, of those counted"
    yield _measured(tables, genes)
    if tables.baseline is not None and genes["baseline"].notna().any():
        meaning = "median share of unselected signatures in which a supporting gene is extreme; 2 % by chance"
        yield "baseline of its genes", percent(genes["baseline"].median(), "0 %"), meaning
    yield from _sibling_evidence(tables, signature)
    answered = None if tables.promiscuity is None else tables.promiscuity["share_answered"].get(signature)
    yield _promiscuity(tables, answered, "it")
    yield _tissue(tables)


def _sibling_evidence(tables: Tables, signature: str) -> Rows:
    name = tables._perturbagen_of[signature]
    if not name:
        yield "perturbagen", NOT_KNOWN, "neither id nor metadata name it, so its other signatures cannot be looked up"
        return
    row = tables._perturbagen_records[name]
    n = f"{int(row['n_signatures']):,}"
    agreeing = f"{int(row['n_agreeing']):,} of {n} {row['call']}" if row["call"] in SIGNS else f"{n}, unresolved"
    cells = counted(int(row["n_cells"]), "cell line")
    yield "signatures of the perturbagen", agreeing, f"{shown(name, 40)}, {cells}"
    yield "grade of the perturbagen", str(row["grade"]), str(row["reasons"])


def _measured(tables: Tables, genes: pd.DataFrame) -> tuple[str, str, str]:
    """Count the measured genes among some that support a call."""
    if tables.landmark is None:
        return "measured genes", NOT_KNOWN, "give gene_metadata to separate measured from inferred genes"
    known = genes["landmark"].dropna()
    measured = f"{int(known.sum()):,} of {len(known):,}"
    return "measured genes", measured, "of the supporting genes; the others are inferred"


def _promiscuity(tables: Tables, answered: float | None, what: str) -> tuple[str, str, str]:
    """Compare the share of unrelated queries that `what` answers with chance."""
    if tables.promiscuity is None or answered is None:
        return "promiscuity", NOT_KNOWN, tables._no_promiscuity
    share = percent(answered, "0 %")
    return "promiscuity", share, f"of unrelated queries are answered by {what}; 5 % by chance"


def _tissue(tables: Tables) -> tuple[str, str, str]:
    if not tables.tissue:
        return "your tissue", NOT_KNOWN, "give tissue to compare with yours"
    return "your tissue", shown(tables.tissue, 40), "W9 looks for it among the signatures that agree"


@dataclass(frozen=True, eq=False, kw_only=True)
class PerturbagenReading(Reading):
    """The agreement of all signatures of one perturbagen with a query."""

    perturbagen: str  # its row in `summarise_perturbagens`, where call, grade and reasons are from
    call: str
    grade: str
    reasons: str
    signatures: pd.DataFrame  # see `perturbagen_signatures`


def perturbagen_reading(tables: Tables, name: str, general: tuple[ReadingWarning, ...]) -> PerturbagenReading:
    """Read one row of ``perturbagens``; `general` are the warnings that apply to every reading."""
    row = tables._perturbagen_records[name]
    return PerturbagenReading(
        perturbagen=name,
        title=Html(f"{escaped(name)}: {call_html(row['call'])}, grade {escaped(row['grade'], 10)}"),
        call=str(row["call"]),
        grade=str(row["grade"]),
        sentence=perturbagen_sentence(name, row),
        reasons=str(row["reasons"]),
        evidence=evidence_table(_perturbagen_evidence(tables, row)),
        warnings=in_order([*general, *perturbagen_warnings(tables, name)]),
        signatures=tables._signatures_of(name),
    )


def _perturbagen_evidence(tables: Tables, row: Record) -> Rows:
    yield "grade", str(row["grade"]), str(row["reasons"])
    agreeing, against = f"{row['n_agreeing']:,} of {row['n_scored']:,}", f"{row['n_opposed']:,} opposed"
    yield "signatures agreeing", agreeing, f"{against}, {row['n_discordant']:,} discordant"
    yield "cell lines agreeing", f"{row['n_cells_agreeing']:,} of {row['n_cells']:,}", "by their median score"
    yield "median score", signed(row["median_score"]), "over all its signatures; positive = mimicker"
    yield "max-quantile score", signed(row["max_quantile"]), "67th percentile, or the 33rd if that is further from 0"
    yield "sRGES-like score", signed(row["srges"]), "mean, brought to 10 uM and 24 h"
    yield "best signature", shown(row["best_signature"], 80), f"score {signed(row['best_score'])}"
    if np.isfinite(row["dose_trend"]):
        p = probability(row["p_dose_trend"])
        yield "dose trend", signed(row["dose_trend"], 2), f"p = {p}; +1 = every higher dose has a stronger effect"
    else:
        yield "dose trend", NOT_KNOWN, f"{counted(int(row['n_doses']), 'dose')} known; a trend takes three"
    among = counted(len(tables.perturbagens), "perturbagen")
    yield "fdr_cal", probability(row["fdr_cal"]), f"that any of its signatures has an effect, among {among}"
    answered = row.get("share_answered", np.nan)
    yield _promiscuity(tables, answered if np.isfinite(answered) else None, "its signatures")
    if tables.landmark is None:
        yield _measured(tables, tables.matches)
    yield _tissue(tables)
