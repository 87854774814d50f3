"""One signature read with all the evidence there is: verdict, sentence, evidence, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, card, escaped, list_html, paragraph, sentence_html, table_html
from .._util.text import counted, probability, shown, signed
from ..core.calls import BELIEVABLE_FDR, CALL_P
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..scoring.contributions import signature_position
from .interpretation import Dossier, compile_dossier
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
    verdict : "mimicker", "reverser", "discordant" or "unresolved"
        The call of :func:`score_concordance`.
    beyond_chance : bool or None
        True if the calibrated false discovery rate is below .05; None without a background.
    sentence : str
        The verdict with its numbers.
    evidence : DataFrame (index ``evidence``)
        ``value``: a number as text; ``meaning``: what it says.
    warnings : tuple of ReadingWarning
        What to keep in mind, in the order of their numbers.
    drivers : DataFrame
        From :func:`explain_concordance`.
    """

    signature: str
    label: str
    verdict: str
    beyond_chance: bool | None
    sentence: str
    evidence: pd.DataFrame
    warnings: tuple[ReadingWarning, ...]
    drivers: pd.DataFrame

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        title = Html(f"{escaped(self.label)}: {call_html(self.verdict)}")
        return reading_card(title, self.sentence, self.evidence, self.warnings)


def read_signature(
    ranks: RankMatrix,
    query: GeneQuery,
    signature: str,
    *,
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> SignatureReading:
    """Read one signature: verdict, evidence and every warning that applies.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures; the siblings of the signature are looked up in it.
    query : GeneQuery
    signature : str
        The signature's id.
    background : RankMatrix, optional
        Unselected signatures, at least 50, for a calibrated p, the habits of the genes and how promiscuous the
        signature is. Without it a correlation is assumed, and nothing is said of the rest.
    library_size : int, optional
        How many signatures were searched, if ``ranks`` holds the best of them.
    gene_metadata : path or DataFrame, optional
        Which genes were measured: see :func:`explain_concordance`.
    tissue : str, optional
        Your own tissue, as the metadata of the signatures spell it; they need a column ``tissue``.
    overlap, rescue
        As in :func:`score_concordance`.

    Returns
    -------
    SignatureReading
        ``.verdict``, ``.sentence``, ``.evidence``, ``.warnings``, ``.drivers``.

    Raises
    ------
    LincsInterpError
        If the matrix has no such signature, the background is a list of hits of this query, or an argument is wrong.

    Notes
    -----
    Each warning has a number and a trigger: docs/warnings.md lists them. A warning that needs what was not given (W6
    without ``gene_metadata``, say) is not raised; that it was not looked for stands in ``.evidence``.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> lucky = "SIM002_MCF7_24H_G05_fortunib_3.33uM"
    >>> reading = read_signature(sample.ranks, sample.query, lucky, background=sample.background)
    >>> reading.verdict, reading.beyond_chance
    ('mimicker', True)
    >>> [warning.code for warning in reading.warnings]
    ['W1', 'W2', 'W3', 'W4', 'W11']
    """
    _check_signature(ranks, signature)
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
    return signature_reading(dossier, signature)


def _check_signature(ranks: object, signature: object) -> None:
    if isinstance(ranks, RankMatrix):
        signature_position(ranks, signature)  # type: ignore[arg-type]


def signature_reading(dossier: Dossier, signature: str) -> SignatureReading:
    """Read one signature out of what was compiled: see :func:`read_signature`."""
    row = dossier.row(signature)
    label = signature_label(signature, dossier.ranks.signatures.loc[[signature]].iloc[0])
    beyond = None
    if dossier.calibrated and np.isfinite(row["fdr_cal"]):
        beyond = bool(row["fdr_cal"] < BELIEVABLE_FDR)
    sentence = f"{verdict_sentence(label, row)} {chance_of(row, dossier.calibrated)}".rstrip()
    return SignatureReading(
        signature=signature,
        label=label,
        verdict=str(row["call"]),
        beyond_chance=beyond,
        sentence=sentence,
        evidence=evidence_table(_signature_evidence(dossier, signature)),
        warnings=signature_warnings(dossier, signature),
        drivers=dossier.drivers(signature),
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


def _signature_evidence(dossier: Dossier, signature: str) -> Iterator[tuple[str, str, str]]:
    row, drivers = dossier.row(signature), dossier.drivers(signature)
    for side in ("up", "down"):
        if np.isfinite(row[f"z_{side}"]):
            yield (
                f"z_{side}",
                signed(row[f"z_{side}"]),
                f"{counted(int(row[f'n_{side}']), f'{side} gene')} found; positive = they lie at their own end",
            )
    place = int((dossier.scores["z_sum"] > row["z_sum"]).sum()) + 1
    yield (
        "z_sum",
        signed(row["z_sum"]),
        f"place {place:,} of {counted(len(dossier.scores), 'signature')}, 1 = best mimicker",
    )
    yield "concordance", signed(row["concordance"], 2), "−1 = perfect reverser … +1 = perfect mimicker"
    yield "z_cal", signed(row["z_cal"]), "z_sum, where 1 = one standard deviation of unrelated signatures"
    yield "p_cal", probability(row["p_cal"]), str(row["calibrated_by"])
    yield "fdr_cal", probability(row["fdr_cal"]), "expected share of false calls among those at least as strong"
    yield from _gene_evidence(dossier, signature, drivers)
    yield from _sibling_evidence(dossier, signature)
    if dossier.promiscuity is None:
        yield "promiscuity", "not known", dossier.no_promiscuity
    else:
        answered = dossier.promiscuity["share_answered"].get(signature, np.nan)
        told = f"{answered:.0%}" if np.isfinite(answered) else "–"
        yield "promiscuity", told, "of unrelated queries are answered by it; 5% by chance"
    yield tissue_evidence(dossier)


def _gene_evidence(dossier: Dossier, signature: str, drivers: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    genes = supporting(dossier, signature)
    yield "genes for it", f"{len(genes):,} of {len(drivers):,}", "genes that speak for the verdict, of those counted"
    known = genes["landmark"].dropna()
    if dossier.landmark is None:
        yield "measured genes", "not known", "give gene_metadata to tell measured from inferred genes"
    else:
        yield (
            "measured genes",
            f"{int(known.sum()):,} of {len(known):,}",
            "of the genes for it; the others are inferred",
        )
    if dossier.baseline is not None and genes["base_rate"].notna().any():
        usual = genes["base_rate"].median()
        yield (
            "habit of its genes",
            f"{usual:.1%}",
            "median share of signatures in which a gene for it is extreme; 2% by chance",
        )


def _sibling_evidence(dossier: Dossier, signature: str) -> Iterator[tuple[str, str, str]]:
    name = dossier.perturbagen_of[signature]
    if not name:
        yield "perturbagen", "not known", "neither id nor metadata name it, so siblings cannot be looked up"
        return
    row = dossier.perturbagen_row(name)
    yield (
        "signatures of the perturbagen",
        f"{int(row['n_agreeing']):,} of {int(row['n_signatures']):,} {row['direction']}"
        if row["direction"] in CALLS
        else f"{int(row['n_signatures']):,}, no direction",
        f"{shown(name, 40)}, {counted(int(row['n_cells']), 'cell line')}",
    )
    yield "grade of the perturbagen", str(row["grade"]), str(row["reasons"])


def signature_warnings(dossier: Dossier, signature: str) -> tuple[ReadingWarning, ...]:
    """Every warning that applies to one signature, in the order of their numbers."""
    name = dossier.perturbagen_of[signature]
    found = [
        *query_warnings(dossier.scores, dossier.matches),
        *unreplicated(dossier, signature),
        *halves_disagree(dossier, signature),
        *mostly_inferred(dossier, signature),
        *common_response(dossier, signature),
        *own_gene(dossier, [signature]),
    ]
    if name and dossier.scores.at[signature, "call"] in CALLS:
        row = dossier.perturbagen_row(name)
        found += [*one_context(dossier, row, name), *no_dose_trend(dossier, row, name)]
    return in_order(found)


def in_order(warnings: Iterable[ReadingWarning]) -> tuple[ReadingWarning, ...]:
    """Sort by number; the same sentence is said once."""
    distinct = dict.fromkeys(warnings)
    return tuple(sorted(distinct, key=lambda warning: int(warning.code[1:])))


def tissue_evidence(dossier: Dossier) -> tuple[str, str, str]:
    """Say whether the reader's tissue was looked at."""
    told = "W9 looks for it among the signatures that agree" if dossier.tissue else "give tissue to compare with yours"
    return "your tissue", shown(dossier.tissue, 40) if dossier.tissue else "not known", told


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
