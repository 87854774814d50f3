"""The warnings W1 to W14 of docs/warnings.md in one table: number, name, source, and what triggers each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.missing import plain
from .._util.text import counted, listed, percent, probability, shown, signed
from ..core.calls import CALL_P, PROMISCUOUS_SHARE, SIDE_Z, SIGNS, TREND_P
from ..core.explain import RANK_IS_ORDER
from ..core.identity import name_key
from ..scoring.contributions import supporting_genes
from ..scoring.null import is_hit_list
from ..scoring.toxicity import toxicity_share
from ._tables import Tables

#: W7: a list with fewer genes than this, or a smaller share of its entries found, is thin; a longer one is diluted.
FEWEST_GENES = 10
LEAST_SHARE_FOUND = 0.7
MOST_GENES = 250

#: W12: z_sum weights a list by the square root of its size; from this ratio on one list decides.
UNEQUAL_SIDES = 3

#: W6: more than this share of the genes that support a call are inferred.
MOST_INFERRED = 0.30

#: W6 is raised only if it is known of at least this share of them whether they were measured.
LEAST_KNOWN = 0.5

#: The warnings that come first on every page: the matrix itself is unlike a download of the site.
AT_TOP = ("W14",)


@dataclass(frozen=True)
class ReadingWarning:
    """One thing to keep in mind: `code` is its number in docs/warnings.md, `source` where it comes from."""

    code: str
    sentence: str
    source: str = ""


@dataclass(frozen=True)
class WarningKind:
    """One row of the table of warnings; each trigger yields a sentence for each time it applies."""

    code: str
    name: str
    source: str
    always: str = ""  # the sentence of a warning that always applies
    query: Callable[[Tables], Iterable[str]] | None = None  # about the lists or the matrix, so about every reading
    overall: Callable[[Tables], Iterable[str]] | None = None  # about the whole analysis
    signature: Callable[[Tables, str], Iterable[str]] | None = None  # given an id
    perturbagen: Callable[[Tables, str], Iterable[str]] | None = None  # given a row's name

    def raised(self, trigger: str, *about: Any) -> Iterator[ReadingWarning]:
        """Yield the warnings of one trigger."""
        sentences = getattr(self, trigger)
        for sentence in sentences(*about) if sentences else ():
            yield ReadingWarning(self.code, sentence, self.source)


def query_warnings(tables: Tables) -> tuple[ReadingWarning, ...]:
    """Return the warnings that apply to every reading: always, or because of the lists or of the matrix."""
    return (*ALWAYS, *(one for kind in WARNINGS for one in kind.raised("query", tables)))


def overall_warnings(tables: Tables) -> Iterator[ReadingWarning]:
    """Yield the warnings of the whole analysis."""
    return (one for kind in WARNINGS for one in kind.raised("overall", tables))


def signature_warnings(tables: Tables, signature: str) -> Iterator[ReadingWarning]:
    """Yield the warnings about one signature, and about its perturbagen if the signature is called."""
    name = str(tables._perturbagen_of[signature])
    called = bool(name) and tables._records[signature]["call"] in SIGNS
    for kind in WARNINGS:
        yield from kind.raised("signature", tables, signature)
        if called and not kind.signature:
            yield from kind.raised("perturbagen", tables, name)


def perturbagen_warnings(tables: Tables, name: str) -> Iterator[ReadingWarning]:
    """Yield the warnings about one perturbagen, and about its best signature if the perturbagen is called."""
    row = tables._perturbagen_records[name]
    for kind in WARNINGS:
        yield from kind.raised("perturbagen", tables, name)
        if row["call"] in SIGNS and not kind.perturbagen:
            yield from kind.raised("signature", tables, str(row["best_signature"]))


def at_top(tables: Tables) -> tuple[ReadingWarning, ...]:
    """Return the warnings that come first on every page."""
    return tuple(one for kind in WARNINGS if kind.code in AT_TOP for one in kind.raised("query", tables))


def in_order(warnings: Iterable[ReadingWarning]) -> tuple[ReadingWarning, ...]:
    """Sort by number; the same sentence is given once."""
    return tuple(sorted(dict.fromkeys(warnings), key=lambda warning: int(warning.code[1:])))


def _called(tables: Tables, signatures: pd.Index, call: str) -> np.ndarray:
    """Which of the signatures are called so, by p_cal as well where it was measured: nominal p calls too easily."""
    columns, places = tables._records.columns, tables.scores.index.get_indexer(signatures)
    alike = columns["call"][places] == call
    return alike & (columns["p_cal"][places] < CALL_P) if tables._calibrated else alike


def _unreplicated(tables: Tables, signature: str) -> Iterator[str]:
    call, name = str(tables._records[signature]["call"]), str(tables._perturbagen_of[signature])
    others = tables._siblings(signature)
    if call not in SIGNS or not name or _called(tables, others, call).any():
        return
    if len(others):
        rest = f"none of the {counted(len(others), 'other signature')} of {shown(name, 40)} is a {call}"
    else:
        rest = f"it is the only signature of {shown(name, 40)} in this matrix"
    yield f"Unreplicated: {rest}, so no other cell line, dose or time points the same way."


def _lists_disagree(tables: Tables, signature: str) -> Iterator[str]:
    row = tables._records[signature]
    if row["call"] == "discordant":
        yield (
            f"Discordant: z_up is {signed(row['z_up'])} and z_down {signed(row['z_down'])}, opposite signs with at"
            f" least one beyond {SIDE_Z}. The site would sort it by the sum ({signed(row['z_sum'])})."
        )


def _discordant_signatures(tables: Tables) -> Iterator[str]:
    sums = tables.scores.loc[tables.scores["call"] == "discordant", "z_sum"]
    if len(sums):
        biggest = int(sums.abs().to_numpy().argmax())
        yield (
            f"{counted(len(sums), 'signature')} {'is' if len(sums) == 1 else 'are'} discordant: the up list and the"
            " down list of your query point opposite ways"
            f" (largest sum: {shown(sums.index[biggest], 60)}, {signed(sums.iloc[biggest])}). The"
            " site sorts such signatures by their sum and calls them mimickers or reversers all the same."
        )


def _mostly_inferred(tables: Tables, signature: str) -> Iterator[str]:
    if tables.landmark is None or tables._records[signature]["call"] not in SIGNS:
        return
    genes = supporting_genes(tables.contributions(signature))
    known = genes["landmark"].dropna()
    if not len(genes) or len(known) < LEAST_KNOWN * len(genes):
        return
    inferred = int((~known.astype(bool)).sum())
    if inferred > MOST_INFERRED * len(known):
        yield (
            f"Mostly inferred: {inferred:,} of the {counted(len(known), 'gene')} that support the call were not"
            " measured. They were computed from the landmark genes, so they repeat each other more than measured"
            " genes would."
        )


def _thin_lists(tables: Tables) -> Iterator[str]:
    for side in ("up", "down"):
        part = tables.matches[tables.matches["side"] == side]
        if part.empty:
            continue
        n = int(tables.scores[f"n_{side}"].max())
        reasons = []
        if n < FEWEST_GENES:
            reasons.append(f"only {counted(n, 'gene')} counted (fewer than {FEWEST_GENES})")
        # An entry that repeats a gene is neither lost nor another gene.
        if part["found"].mean() < LEAST_SHARE_FOUND:
            missing = part.loc[~part["found"], "gene"]
            found = f"{int(part['found'].sum()):,} of {counted(len(part), 'entry', 'entries')}"
            reasons.append(f"only {found} of the list found (not: {listed(missing, 4)})")
        if n > MOST_GENES:
            reasons.append(f"{n:,} genes counted (more than {MOST_GENES}): weak genes dilute the strong ones")
        if reasons:
            yield f"Your {side} list: {'; '.join(reasons)}."


def _hit_list(tables: Tables) -> Iterator[str]:
    if is_hit_list(tables.scores):
        yield (
            "Almost no signature of this matrix scores near zero, or on one side of it, as in a list of hits of this"
            " very query. Its columns were chosen for agreeing or disagreeing with you, so they are no background:"
            " counts, medians, p and FDR over them prove nothing."
        )


def _one_context(tables: Tables, name: str) -> Iterator[str]:
    row = tables._perturbagen_records[name]
    sentence = f"{shown(name, 40)} was seen in one cell line only" if row["n_cells"] == 1 else ""
    if tables.tissue:
        ids = tables._groups[name]
        agreeing = ids[_called(tables, ids, row["call"])] if row["call"] in SIGNS else ids
        tissues = tables.ranks.signatures.get("tissue", pd.Series(dtype=object)).reindex(agreeing).map(plain)
        if name_key(tables.tissue) not in set(tissues.map(name_key)):
            seen = listed(sorted({t for t in tissues if t}), 4) or "unknown tissue"
            sentence += f"{', and ' if sentence else f'{shown(name, 40)} agrees '}"
            sentence += f"not in {shown(tables.tissue, 40)} (but: {seen})"
    if sentence:
        yield f"Cell context: {sentence}; the effect may belong to the cell."


def _common_response(tables: Tables, signature: str) -> Iterator[str]:
    if tables._records[signature]["call"] not in SIGNS:
        return
    reasons = []
    toxic = toxicity_share(tables.contributions(signature))
    if toxic.looks_toxic:
        reasons.append(toxic.sentence)
    if tables.promiscuity is not None:
        answered = float(tables.promiscuity["share_answered"].get(signature, np.nan))
        if answered >= PROMISCUOUS_SHARE:
            reasons.append(f"It answers {percent(answered)} of unrelated queries, where 5 % would by chance.")
    if reasons:
        yield f"Perhaps no specific effect. {' '.join(reasons)} Dying and arrested cells look alike, whatever the drug."


def _no_dose_trend(tables: Tables, name: str) -> Iterator[str]:
    row = tables._perturbagen_records[name]
    if row["call"] not in SIGNS or not row["n_doses"] > 1:
        return
    trend, p = row["dose_trend"], row["p_dose_trend"]
    if row["highest_dose_only"]:
        yield f"No dose trend: {shown(name, 40)} agrees at its highest dose only."
    elif np.isfinite(trend) and not (trend > 0 and p < TREND_P):
        yield (
            f"No dose trend: the score of {shown(name, 40)} does not grow with the dose (trend {signed(trend, 2)},"
            f" p = {probability(p)})."
        )
    elif not np.isfinite(trend):
        doses = tables._signatures_of(name)["dose_um"]
        if doses[row["best_signature"]] < doses.max():
            yield f"No dose trend: {shown(name, 40)} agrees best at a lower dose than the highest."


def _unequal_lists(tables: Tables) -> Iterator[str]:
    n_up, n_down = int(tables.scores["n_up"].max()), int(tables.scores["n_down"].max())
    if min(n_up, n_down) and max(n_up, n_down) / min(n_up, n_down) > UNEQUAL_SIDES:
        longer = "up" if n_up > n_down else "down"
        yield (
            f"Your lists are very unequal ({n_up:,} up, {n_down:,} down): z_sum weights each by the square root of its"
            f" size, so the {longer} list decides. Look at z_up and z_down apart."
        )


def _own_gene(tables: Tables, signatures: Iterable[str]) -> Iterator[str]:
    own = [signature for signature in signatures if signature in tables.targets.index]
    if not own:
        return
    targets = tables.targets.loc[own].dropna(subset="moved_as_intended")
    failed = targets[~targets["moved_as_intended"].astype(bool)]
    if failed.empty:
        return
    row = failed.iloc[0]
    where = f"percentile {row['percentile']:.0f}"
    if len(targets) > 1:
        where = f"in {len(failed):,} of {counted(len(targets), 'signature')}; first: {where}"
    yield (
        f"{shown(row['gene'], 40)} itself is not clearly {row['expected']} in its own signature ({where}). The"
        " perturbation may have failed, or worked without showing in the rank: a knocked-out gene can keep its"
        " transcript."
    )


def _heavy_ties(tables: Tables) -> Iterator[str]:
    if tables.ranks.about_ties:
        yield tables.ranks.about_ties
    if tables.background is not None and tables.background.about_ties:
        yield f"Background: {tables.background.about_ties}"


_SITE, _METADATA = "Evangelista et al. 2022, doi 10.1093/nar/gkac328", "metadata of the signatures"

WARNINGS = (
    WarningKind("W1", "A rank is an order", _SITE, always=RANK_IS_ORDER),
    WarningKind(
        "W2",
        "Nominal p-values are too small",
        "Wu & Smyth 2012, PMC3458527",
        always="Nominal p-values (p_up, p_down, p_sum and the fdr made of them) assume that genes are independent. They"
        " are not, so these p-values are far too small: on real data 71 % of unrelated pairs reach p < .05 with 150"
        " genes a side. Use them to sort, never to claim significance. The calls rest on p_sum, so they come too easily"
        " as well.",
    ),
    WarningKind(
        "W3",
        "A hit is a hypothesis",
        "Lim & Pavlidis 2021, doi 10.1038/s41598-021-97005-z",
        always="A hit is a hypothesis to be tested, not a finding: signatures of one Connectivity Map found their own"
        " compound again in a second one in 17 % of cases.",
    ),
    WarningKind("W4", "Unreplicated", _METADATA, signature=_unreplicated),
    WarningKind(
        "W5",
        "Discordant",
        "Evangelista et al. 2022; on real data about a third of pairs disagree in sign",
        overall=_discordant_signatures,
        signature=_lists_disagree,
    ),
    WarningKind("W6", "Mostly inferred", _SITE, signature=_mostly_inferred),
    WarningKind("W7", "Thin or diluted query", "Lin 2020; Yang 2022", query=_thin_lists),
    WarningKind("W8", "Circular", "circular selection", query=_hit_list),
    WarningKind("W9", "Cell context", _METADATA, perturbagen=_one_context),
    WarningKind("W10", "Common response", "Szalai et al. 2019, PMC6821211", signature=_common_response),
    WarningKind("W11", "No dose trend", _METADATA, perturbagen=_no_dose_trend),
    WarningKind("W12", "Very unequal lists", "formula of z_sum", query=_unequal_lists),
    WarningKind(
        "W13",
        "Own gene does not move",
        "Tuladhar et al. 2019, doi 10.1038/s41467-019-12028-5",
        signature=lambda tables, signature: _own_gene(tables, [signature]),
        perturbagen=lambda tables, name: _own_gene(tables, tables._signatures_of(name).index),
    ),
    WarningKind("W14", "Heavy ties", "Lehmann 1975, Nonparametrics, section 1.4", query=_heavy_ties),
)

#: The warnings that always apply.
ALWAYS = tuple(ReadingWarning(kind.code, kind.always, kind.source) for kind in WARNINGS if kind.always)
