"""One signature read with all the evidence there is: verdict, sentence, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, card, escaped, list_html, paragraph, sentence_html, table_html
from .._util.text import counted, probability, shown, signed
from ..core.calls import BELIEVABLE_FDR, CALL_P
from ._tables import Tables
from .sentences import ALWAYS, ReadingWarning, query_warnings, signature_label, verdict_sentence
from .warnings import (
    CALLS,
    common_response,
    halves_disagree,
    mostly_inferred,
    no_dose_trend,
    one_context,
    own_gene,
    supporting,
    unreplicated,
)

_CONTEXT_CODES = tuple(warning.code for warning in ALWAYS)


@dataclass(frozen=True, eq=False)
class SignatureReading:
    """What one signature says about a query, and how far it can be believed.

    Attributes
    ----------
    signature, label : str
        The id; what it is in words.
    call : "mimicker", "reverser", "discordant" or "unresolved"
        The call of :func:`score_concordance`.
    beyond_chance : bool or None
        True if the calibrated false discovery rate is below .05; None without a background.
    sentence : str
        The verdict with its numbers.
    evidence : DataFrame (index ``evidence``)
        ``value``: a number as text; ``meaning``: what it says.
    warnings : tuple of ReadingWarning
        What to keep in mind, in the order of their numbers.
    contributions : DataFrame
        From :func:`explain_concordance`.
    """

    signature: str
    label: str
    call: str
    beyond_chance: bool | None
    sentence: str
    evidence: pd.DataFrame
    warnings: tuple[ReadingWarning, ...]
    contributions: pd.DataFrame

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        title = Html(f"{escaped(self.label)}: {call_html(self.call)}")
        return reading_card(title, self.sentence, self.evidence, self.warnings)


def signature_reading(tables: Tables, signature: str) -> SignatureReading:
    """Read one signature out of what was compiled: see :func:`read_signature`."""
    row = tables.row(signature)
    label = signature_label(signature, tables.ranks.signatures.loc[[signature]].iloc[0])
    beyond = None
    if tables.calibrated and np.isfinite(row["fdr_cal"]):
        beyond = bool(row["fdr_cal"] < BELIEVABLE_FDR)
    sentence = f"{verdict_sentence(label, row)} {chance_of(row, tables.calibrated)}".rstrip()
    return SignatureReading(
        signature=signature,
        label=label,
        call=str(row["call"]),
        beyond_chance=beyond,
        sentence=sentence,
        evidence=evidence_table(_signature_evidence(tables, signature)),
        warnings=signature_warnings(tables, signature),
        contributions=tables.contributions(signature),
    )


def chance_of(row: pd.Series, calibrated: bool) -> str:
    """Say what the calibrated p of one row of scores is worth."""
    if not np.isfinite(row["p_cal"]):
        return ""
    if not calibrated:
        return f"Its p is not calibrated: {row['p_cal']:.2g} with a correlation assumed, as a rule too small."
    told = f"(p_cal {row['p_cal']:.2g}, fdr_cal {row['fdr_cal']:.2g})"
    if row["fdr_cal"] < BELIEVABLE_FDR:
        return f"Unrelated signatures hardly score so {told}."
    if row["p_cal"] < CALL_P:
        return f"Few unrelated signatures score so, but among so many that were scored some would by chance {told}."
    return f"Unrelated signatures score so as well: not told from chance {told}."


def _signature_evidence(tables: Tables, signature: str) -> Iterator[tuple[str, str, str]]:
    row, drivers = tables.row(signature), tables.contributions(signature)
    for side in ("up", "down"):
        if np.isfinite(row[f"z_{side}"]):
            yield (
                f"z_{side}",
                signed(row[f"z_{side}"]),
                f"{counted(int(row[f'n_{side}']), f'{side} gene')} found; positive = they lie at their own end",
            )
    place = int((tables.scores["z_sum"] > row["z_sum"]).sum()) + 1
    yield (
        "z_sum",
        signed(row["z_sum"]),
        f"place {place:,} of {counted(len(tables.scores), 'signature')}, 1 = best mimicker",
    )
    yield "concordance", signed(row["concordance"], 2), "−1 = perfect reverser … +1 = perfect mimicker"
    yield "z_cal", signed(row["z_cal"]), "z_sum, where 1 = one standard deviation of unrelated signatures"
    yield "p_cal", probability(row["p_cal"]), str(row["how"])
    yield "fdr_cal", probability(row["fdr_cal"]), "expected share of false calls among those at least as strong"
    yield from _gene_evidence(tables, signature, drivers)
    yield from _sibling_evidence(tables, signature)
    if tables.promiscuity is None:
        yield "promiscuity", "not known", tables.no_promiscuity
    else:
        answered = tables.promiscuity["share_answered"].get(signature, np.nan)
        told = f"{answered:.0%}" if np.isfinite(answered) else "–"
        yield "promiscuity", told, "of unrelated queries are answered by it; 5% by chance"
    yield tissue_evidence(tables)


def _gene_evidence(tables: Tables, signature: str, drivers: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    genes = supporting(tables, signature)
    yield "genes for it", f"{len(genes):,} of {len(drivers):,}", "genes that speak for the verdict, of those counted"
    known = genes["landmark"].dropna()
    if tables.landmark is None:
        yield "measured genes", "not known", "give gene_metadata to tell measured from inferred genes"
    else:
        yield (
            "measured genes",
            f"{int(known.sum()):,} of {len(known):,}",
            "of the genes for it; the others are inferred",
        )
    if tables.baseline is not None and genes["base_rate"].notna().any():
        usual = genes["base_rate"].median()
        yield (
            "habit of its genes",
            f"{usual:.1%}",
            "median share of signatures in which a gene for it is extreme; 2% by chance",
        )


def _sibling_evidence(tables: Tables, signature: str) -> Iterator[tuple[str, str, str]]:
    name = tables.perturbagen_of[signature]
    if not name:
        yield "perturbagen", "not known", "neither id nor metadata name it, so siblings cannot be looked up"
        return
    row = tables.perturbagen_row(name)
    yield (
        "signatures of the perturbagen",
        f"{int(row['n_agreeing']):,} of {int(row['n_signatures']):,} {row['direction']}"
        if row["call"] in CALLS
        else f"{int(row['n_signatures']):,}, no direction",
        f"{shown(name, 40)}, {counted(int(row['n_cells']), 'cell line')}",
    )
    yield "grade of the perturbagen", str(row["grade"]), str(row["reasons"])


def signature_warnings(tables: Tables, signature: str) -> tuple[ReadingWarning, ...]:
    """Every warning that applies to one signature, in the order of their numbers."""
    name = tables.perturbagen_of[signature]
    found = [
        *query_warnings(tables.scores, tables.matches),
        *unreplicated(tables, signature),
        *halves_disagree(tables, signature),
        *mostly_inferred(tables, signature),
        *common_response(tables, signature),
        *own_gene(tables, [signature]),
    ]
    if name and tables.scores.at[signature, "call"] in CALLS:
        row = tables.perturbagen_row(name)
        found += [*one_context(tables, row, name), *no_dose_trend(tables, row, name)]
    return in_order(found)


def in_order(warnings: Iterable[ReadingWarning]) -> tuple[ReadingWarning, ...]:
    """Sort by number; the same sentence is said once."""
    distinct = dict.fromkeys(warnings)
    return tuple(sorted(distinct, key=lambda warning: int(warning.code[1:])))


def tissue_evidence(tables: Tables) -> tuple[str, str, str]:
    """Say whether the reader's tissue was looked at."""
    told = "W9 looks for it among the signatures that agree" if tables.tissue else "give tissue to compare with yours"
    return "your tissue", shown(tables.tissue, 40) if tables.tissue else "not known", told


def evidence_table(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["evidence", "value", "meaning"]).set_index("evidence")


def reading_card(title: str, sentence: str, evidence: pd.DataFrame, warnings: Iterable[ReadingWarning]) -> Html:
    """Return the display of a reading; `title` is cut and escaped unless it is Html already."""
    return card(
        title if isinstance(title, Html) else escaped(title, 160),
        sentence,
        evidence_html(evidence),
        warnings_html(warnings),
    )


def evidence_html(evidence: pd.DataFrame) -> Html:
    """Return the evidence of a reading as a table."""
    rows = [
        [name, row.value, escaped(row.meaning, 240)]
        for name, row in zip(evidence.index, evidence.itertuples(), strict=True)
    ]
    return table_html(rows, ["evidence", "value", "meaning"], caption="What the verdict stands on.")


def warnings_html(warnings: Iterable[ReadingWarning]) -> Html:
    """Return the warnings of a reading: those of its own in sentences, those that always hold by their numbers."""
    found = list(warnings)
    told = [
        Html(f"<strong>{w.code}</strong> {sentence_html(w.sentence)}") for w in found if w.code not in _CONTEXT_CODES
    ]
    always = ", ".join(w.code for w in found if w.code in _CONTEXT_CODES)
    context = paragraph(f"Always mind {always}: see docs/warnings.md." if always else "", faint=True)
    return Html(list_html(told) + context)
