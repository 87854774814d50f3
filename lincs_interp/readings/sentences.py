"""What the numbers allow one to say: verdict sentences and warnings, as data, returned and never printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.text import counted, listed, shown, shown_ends, signed
from ..core.calls import ASSUMED, BELIEVABLE_FDR, CALL_P, HALF_Z
from ..core.explain import RANK_IS_ORDER
from ..genes.matching import EXACT
from ..scoring.null import FEWEST_BACKGROUND, is_hit_list

# Thin coverage: a side with fewer genes than this, or a smaller share of the input, carries little (W7).
FEWEST_GENES = 10
LEAST_SHARE_FOUND = 0.7
MOST_GENES = 250


# z_sum weights a side by the square root of its size; from this ratio on one side leads (W12).
UNEQUAL_SIDES = 3


@dataclass(frozen=True)
class ReadingWarning:
    """One thing to keep in mind: `code` is its number in docs/warnings.md, `source` where it comes from."""

    code: str
    sentence: str
    source: str = ""


W1 = ReadingWarning("W1", RANK_IS_ORDER, "Evangelista et al. 2022, doi 10.1093/nar/gkac328")
W2 = ReadingWarning(
    "W2",
    "Nominal p-values (p_up, p_down, p_sum and the fdr made of them) assume that genes are independent. They are not,"
    " so these p-values are far too small: on real data 71 % of unrelated pairs reach p < .05 with 150 genes a side."
    " Use them to sort, never to claim significance. The calls rest on p_sum, so they come too easily as well.",
    "Wu & Smyth 2012, PMC3458527",
)
W3 = ReadingWarning(
    "W3",
    "A hit is a hypothesis to be tested, not a finding: signatures of one Connectivity Map found their own compound"
    " again in a second one in 17 % of cases.",
    "Lim & Pavlidis 2021, doi 10.1038/s41598-021-97005-z",
)

ALWAYS = (W1, W2, W3)


def signature_label(signature: str, facts: pd.Series) -> str:
    """Return "vorinostat 10 uM, MCF7, 24 h", or the id where nothing is known about it."""
    name = " ".join(text for key in ("pert_name", "pert_dose") if (text := str(facts.get(key) or "")))
    place = [text for key in ("cell_line", "pert_time") if (text := str(facts.get(key) or ""))]
    return shown_ends(", ".join([name, *place]) if name else signature, 80)


def verdict_sentence(label: str, row: pd.Series) -> str:
    """Say what one row of :func:`score_concordance` means; every number in the sentence is in the row."""
    halves = {side: row[f"z_{side}"] for side in ("up", "down") if np.isfinite(row[f"z_{side}"])}
    told = " and ".join(_half_in_words(side, z) for side, z in halves.items())
    clear = [side for side, z in halves.items() if abs(z) >= HALF_Z]
    z = f"z_sum {signed(row['z_sum'])}" if np.isfinite(row["z_sum"]) else "no z_sum"
    if row["call"] in ("mimicker", "reverser"):
        verb = "mimics" if row["call"] == "mimicker" else "reverses"
        rests = ""
        if len(halves) == 2 and len(clear) == 1:
            rests = f" The verdict rests on the {clear[0]} half alone."
        elif len(halves) == 2 and not clear:
            rests = " Neither half is clear by itself: the verdict rests on both together."
        return f"{label} {verb} your signature: {told}; {z}, concordance {signed(row['concordance'], 2)}.{rests}"
    if row["call"] == "discordant":
        if len(clear) == 2:
            return (
                f"{label} is discordant: {told}. The halves of your query contradict each other, so the sum ({z}) is"
                " neither mimicry nor reversal."
            )
        return f"{label} is discordant: {told}. The halves do not agree, and one half alone is no verdict ({z})."
    return f"{label} is unresolved: {z} is too little to call."


def _half_in_words(side: str, z: float) -> str:
    if abs(z) < HALF_Z:
        return f"your {side} genes show no clear lean (z_{side} {signed(z)})"
    end = side if z > 0 else {"up": "down", "down": "up"}[side]
    return f"your {side} genes lie towards its {end} end (z_{side} {signed(z)})"


def overview_sentence(scores: pd.DataFrame, *, one_sided: bool) -> str:
    """Count the calls in one sentence; a query of one list has no halves that could disagree."""
    counts = scores["call"].value_counts()
    parts = [
        f"{counts.get('mimicker', 0):,} called mimicker (your genes are pushed the same way)",
        f"{counts.get('reverser', 0):,} reverser (the other way)",
    ]
    if not one_sided:
        parts.append(f"{counts.get('discordant', 0):,} discordant (the two halves of your query disagree)")
    last = f"{counts.get('unresolved', 0):,} unresolved (too weak to call)"
    return f"Of {counted(len(scores), 'signature')}: {', '.join(parts)} and {last}."


def chance_sentence(scores: pd.DataFrame) -> str:
    """Say how little a call takes, and whether any of them stands out from chance at all."""
    called = scores["call"].isin(["mimicker", "reverser"])
    easy = (
        f"A call needs only a nominal p below {CALL_P:g}, which is far too easy where genes move together: believe the"
        " order, not the number of calls."
    )
    if called.any() and not (scores.loc[called, "fdr_sum"] < CALL_P).any():
        return f"No signature stands out from chance: none has a false discovery rate below {CALL_P:g}. {easy}"
    return easy


def belief_sentence(scores: pd.DataFrame, *, background: int | None = None) -> str:
    """Say how many calls stand out from what unrelated signatures score.

    Parameters
    ----------
    scores : DataFrame
        From :func:`calibrate`.
    background : int, optional
        How many usable signatures the background has, if one was given.
    """
    called = scores[scores["call"].isin(["mimicker", "reverser"])]
    if called.empty:
        return ""
    how = str(scores["how"].iloc[0])
    n = int((called["fdr_cal"] < BELIEVABLE_FDR).sum())
    told = f"{n:,} of the {counted(len(called), 'signature')} called mimicker or reverser"
    if is_hit_list(scores):
        return (
            "The columns of this matrix look chosen by this very query (W8), so false discovery rates and grades over"
            " them are no evidence."
        )
    if scores["p_status"].iloc[0] == ASSUMED:
        lack = "No background was given"
        if background is not None:
            have = counted(background, "usable signature")
            lack = f"The background has {have}, and {FEWEST_BACKGROUND} are needed"
        return (
            f"{lack}, so p is not calibrated: how far your genes move together was assumed. With that {told} would"
            f" stand out (false discovery rate below {BELIEVABLE_FDR:g}); on real data such a count is as a rule too"
            " high."
        )
    return (
        f"Measured against unrelated signatures, {told} {'stands' if n == 1 else 'stand'} out (calibrated false"
        f" discovery rate below {BELIEVABLE_FDR:g}; {how})."
    )


def both_ways(scores: pd.DataFrame, signatures: pd.DataFrame) -> list[str]:
    """Return the perturbagens of which some signature is called mimicker and another one reverser."""
    names = signatures["pert_name"].reindex(scores.index)
    sides = (set(names[scores["call"] == call]) for call in ("mimicker", "reverser"))
    return sorted(name for name in set.intersection(*sides) if name)


def siblings_sentence(signature: str, scores: pd.DataFrame, signatures: pd.DataFrame) -> str:
    """Say how the other signatures of the same perturbagen are called; empty where the perturbagen is not known."""
    name = signatures.at[signature, "pert_name"]
    if not name:
        return ""
    others = signatures.index[(signatures["pert_name"] == name) & (signatures.index != signature)]
    if not len(others):
        return f"It is the only signature of {shown(name, 40)} in this matrix: nothing shows that it would come again."
    counts = scores.loc[others, "call"].value_counts()
    told = ", ".join(f"{n:,} {call}" for call, n in counts.items())
    return f"Other signatures of {shown(name, 40)} in this matrix: {told}."


def in_both_lists(matches: pd.DataFrame) -> set[str]:
    """Return the genes of the matrix that both lists name: ``overlap="drop"`` leaves them out of both."""
    found = matches[matches["found"]]
    up, down = (set(found.loc[found["side"] == side, "matched_as"]) for side in ("up", "down"))
    return up & down


def coverage_sentence(matches: pd.DataFrame, scores: pd.DataFrame, side: str) -> str:
    """Say how many genes of one side were counted, how many of its entries were read otherwise, and what was left out.

    Parameters
    ----------
    matches : DataFrame
        From :func:`match_genes`.
    scores : DataFrame
        From :func:`score_concordance` with the same query. Where ranks are missing, the signature that counts most
        genes is spoken of.
    side : "up" or "down"
    """
    part = matches[matches["side"] == side]
    found = part[part["found"]]
    rescued = int((found["how"] != EXACT).sum())
    both = len(in_both_lists(matches))
    n = int(scores[f"n_{side}"].max())
    unranked = found["matched_as"].nunique() - both - n
    entries = counted(len(part), "entry", "entries")
    sentence = f"{counted(n, f'{side} gene')} counted, from {entries} of your list"
    if rescued:
        sentence += f", {rescued:,} of these entries under another spelling"
    if both:
        sentence += f"; {both:,} {'stands' if both == 1 else 'stand'} in both lists and"
        sentence += f" {'was' if both == 1 else 'were'} left out of both"
    if unranked > 0:
        sentence += (
            f"; no signature has ranks for more of them, {unranked:,} {'is' if unranked == 1 else 'are'} missing"
        )
    return f"{sentence}."


def reading_warnings(scores: pd.DataFrame, matches: pd.DataFrame) -> list[ReadingWarning]:
    """Return the warnings that this analysis calls for, the ones that hold always first.

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance`.
    matches : DataFrame
        From :func:`match_genes`, for the same query.
    """
    found = [*query_warnings(scores, matches), *_discordance(scores)]
    return sorted(found, key=lambda warning: int(warning.code[1:]))


def query_warnings(scores: pd.DataFrame, matches: pd.DataFrame) -> list[ReadingWarning]:
    """Return those that hold for every signature: always, or because of the lists or of the matrix as a whole."""
    return [*ALWAYS, *_coverage(scores, matches), *_hit_list(scores), *_unequal(scores)]


def _discordance(scores: pd.DataFrame) -> Iterable[ReadingWarning]:
    n = int((scores["call"] == "discordant").sum())
    if n:
        sums = scores["z_sum"][scores["call"] == "discordant"]
        biggest = int(sums.abs().to_numpy().argmax())
        yield ReadingWarning(
            "W5",
            f"{counted(n, 'signature')} {'is' if n == 1 else 'are'} discordant: the up and the down half of your query"
            f" point opposite ways (largest sum: {shown(sums.index[biggest], 60)}, {signed(sums.iloc[biggest])}). The"
            " site sorts such signatures by their sum and calls them mimickers or reversers all the same.",
            "Evangelista et al. 2022; on real data about a third of pairs disagree",
        )


def _coverage(scores: pd.DataFrame, matches: pd.DataFrame) -> Iterable[ReadingWarning]:
    for side in ("up", "down"):
        part = matches[matches["side"] == side]
        if part.empty:
            continue
        n = int(scores[f"n_{side}"].max())
        # An entry that repeats a gene is neither lost nor another gene.
        share = part["found"].mean()
        reasons = []
        if n < FEWEST_GENES:
            reasons.append(f"only {counted(n, 'gene')} counted (fewer than {FEWEST_GENES})")
        if share < LEAST_SHARE_FOUND:
            missing = part.loc[~part["found"], "gene"]
            found = f"{int(part['found'].sum()):,} of {counted(len(part), 'entry', 'entries')}"
            reasons.append(f"only {found} of the list found (not: {listed(missing, 4)})")
        if n > MOST_GENES:
            reasons.append(f"{n:,} genes counted (more than {MOST_GENES}): weak genes dilute the strong ones")
        if reasons:
            yield ReadingWarning("W7", f"Your {side} list: {'; '.join(reasons)}.", "Lin 2020; Yang 2022")


def _hit_list(scores: pd.DataFrame) -> Iterable[ReadingWarning]:
    if is_hit_list(scores):
        yield ReadingWarning(
            "W8",
            "Almost no signature of this matrix scores near zero, or on one side of it, as in a list of hits of this"
            " very query. Its columns were chosen for agreeing or disagreeing with you, so they are no background:"
            " counts, medians, p and FDR over them prove nothing.",
            "circular selection",
        )


def _unequal(scores: pd.DataFrame) -> Iterable[ReadingWarning]:
    n_up, n_down = int(scores["n_up"].max()), int(scores["n_down"].max())
    if min(n_up, n_down) and max(n_up, n_down) / min(n_up, n_down) > UNEQUAL_SIDES:
        longer = "up" if n_up > n_down else "down"
        yield ReadingWarning(
            "W12",
            f"Your lists are very unequal ({n_up:,} up, {n_down:,} down): z_sum weights each by the square root of its"
            f" size, so the {longer} list leads. Look at z_up and z_down apart.",
            "formula of z_sum",
        )
