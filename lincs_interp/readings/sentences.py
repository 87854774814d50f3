"""Sentences about scores, calls and gene lists: every number in them is in a table, and no code reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.text import counted, probability, shown, signed
from ..core.calls import ASSUMED, CALL_P, FDR_LEVEL, SIDE_Z, SIGNS, basis_of
from ..genes.matching import EXACT
from ..scoring.null import FEWEST_BACKGROUND, is_hit_list
from ._tables import Tables


def call_sentence(label: str, row: Mapping[str, Any] | pd.Series) -> str:
    """Return the call of one row of :func:`score_concordance` with its numbers and the reason."""
    sides = {side: row[f"z_{side}"] for side in ("up", "down") if np.isfinite(row[f"z_{side}"])}
    where = ", ".join(_side_in_words(side, z) for side, z in sides.items())
    clear = [side for side, z in sides.items() if abs(z) >= SIDE_Z]
    z = f"z_sum {signed(row['z_sum'])}"
    if row["call"] in SIGNS:
        verb = "mimics" if row["call"] == "mimicker" else "reverses"
        reason = ""
        if len(sides) == 2 and len(clear) == 1:
            reason = f" The call rests on the {clear[0]} list alone."
        elif len(sides) == 2 and not clear:
            reason = " Neither list is clear by itself: the call rests on both together."
        return f"{label} {verb} your signature: {z}, concordance {signed(row['concordance'], 2)}. Here {where}.{reason}"
    if row["call"] == "discordant":
        reason = "The lists do not agree, and one list alone makes no call"
        if len(clear) == 2:
            reason = "Your two lists contradict each other, so the sum is neither mimicry nor reversal"
        return f"{label} is discordant: {z}. Here {where}. {reason}."
    if not sides:
        return f"{label} is unresolved: it has no z_sum."
    return f"{label} is unresolved: {z} is too small for a call."


def _side_in_words(side: str, z: float) -> str:
    if abs(z) < SIDE_Z:
        return f"your {side} genes have no clear direction (z_{side} {signed(z)})"
    end = side if z > 0 else {"up": "down", "down": "up"}[side]
    return f"your {side} genes are {end} (z_{side} {signed(z)})"


def chance_of(row: Mapping[str, Any] | pd.Series, calibrated: bool) -> str:
    """Compare one row of scores with unrelated signatures: its calibrated p in words."""
    if not np.isfinite(row["p_cal"]):
        return ""
    if not calibrated:
        return f"Its p is not calibrated: {probability(row['p_cal'])} with an assumed correlation, usually too small."
    numbers = f"(p_cal {probability(row['p_cal'])}, fdr_cal {probability(row['fdr_cal'])})"
    if row["fdr_cal"] < FDR_LEVEL:
        return f"Few unrelated signatures score this far from 0 {numbers}."
    if row["p_cal"] < CALL_P:
        return f"Few unrelated signatures score this far from 0, but among so many some do by chance {numbers}."
    return f"Unrelated signatures often score this far from 0: no evidence beyond chance {numbers}."


def overview_sentence(scores: pd.DataFrame, *, one_sided: bool) -> str:
    """Count the calls; a query of one list has no two lists that could disagree."""
    counts = scores["call"].value_counts()
    parts = [
        f"{counts.get('mimicker', 0):,} called mimicker (your genes are moved the same way)",
        f"{counts.get('reverser', 0):,} reverser (the opposite way)",
    ]
    if not one_sided:
        parts.append(f"{counts.get('discordant', 0):,} discordant (your two lists disagree)")
    last = f"{counts.get('unresolved', 0):,} unresolved (too weak to call)"
    return f"Of {counted(len(scores), 'signature')}: {', '.join(parts)} and {last}."


def chance_sentence(scores: pd.DataFrame) -> str:
    """Explain how little a call takes, and whether any of them is beyond chance at all."""
    called = scores["call"].isin(list(SIGNS))
    easy = (
        f"A call needs only a nominal p below {CALL_P:g}, which is far too easy where genes move together: believe the"
        " order, not the number of calls."
    )
    if called.any() and not (scores.loc[called, "fdr_sum"] < CALL_P).any():
        return f"No signature is beyond chance: none has a false discovery rate below {CALL_P:g}. {easy}"
    return easy


def belief_sentence(scores: pd.DataFrame, *, background: int | None = None) -> str:
    """Count the calls that are beyond what unrelated signatures score; `background` counts the usable ones, if any."""
    called = scores[scores["call"].isin(list(SIGNS))]
    if called.empty:
        return ""
    n = int((called["fdr_cal"] < FDR_LEVEL).sum())
    beyond = f"{n:,} of the {counted(len(called), 'signature')} called mimicker or reverser"
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
            f"{lack}, so p is not calibrated: how far your genes move together was assumed. With that {beyond} would"
            f" be beyond chance (false discovery rate below {FDR_LEVEL:g}); on real data such a count is usually"
            " too high."
        )
    return (
        f"Measured against unrelated signatures, {beyond} {'is' if n == 1 else 'are'} beyond chance (calibrated false"
        f" discovery rate below {FDR_LEVEL:g}; {basis_of(scores)})."
    )


def both_ways(tables: Tables) -> list[str]:
    """Return the perturbagens of which some signature is called mimicker and another one reverser."""
    call = tables.scores["call"]
    names = tables._perturbagen_of.reindex(call.index)
    return sorted(filter(None, set.intersection(*(set(names[call == wanted]) for wanted in SIGNS))))


def siblings_sentence(tables: Tables, signature: str) -> str:
    """Count the calls of the other signatures of the same perturbagen; empty where the perturbagen is not known."""
    name = shown(tables._perturbagen_of[signature], 40)
    if not name:
        return ""
    others = tables._siblings(signature)
    if not len(others):
        return f"It is the only signature of {name} in this matrix, so it is not replicated."
    counts = tables.scores.loc[others, "call"].value_counts()
    return f"Other signatures of {name} in this matrix: {', '.join(f'{n:,} {call}' for call, n in counts.items())}."


def perturbagen_sentence(name: str, row: Mapping[str, Any] | pd.Series) -> str:
    """Return the call and grade of one row of :func:`summarise_perturbagens` with its numbers."""
    n = counted(int(row["n_signatures"]), "signature")
    cells = counted(int(row["n_cells"]), "cell line")
    if row["call"] not in SIGNS:
        where = f"{n} in {cells}" if row["n_cells"] else n
        median = signed(row["median_score"])
        return f"{shown(name, 60)} neither mimics nor reverses your signature: {where}, median score {median}."
    seen = f", in {int(row['n_cells_agreeing']):,} of {cells}" if row["n_cells"] else ""
    verb = "mimics" if row["call"] == "mimicker" else "reverses"
    return (
        f"{shown(name, 60)} {verb} your signature in {int(row['n_agreeing']):,} of {n}{seen}; median score"
        f" {signed(row['median_score'])}, grade {row['grade']}."
    )


def in_both_lists(matches: pd.DataFrame) -> set[str]:
    """Return the genes of the matrix that both lists name: ``overlap="drop"`` leaves them out of both."""
    found = matches[matches["found"]]
    up, down = (set(found.loc[found["side"] == side, "matched_as"]) for side in ("up", "down"))
    return up & down


def coverage(tables: Tables) -> list[str]:
    """Return :func:`coverage_sentence` of each list that has genes."""
    sides = [side for side in ("up", "down") if getattr(tables.query, side)]
    return [coverage_sentence(tables.matches, tables.scores, side) for side in sides]


def coverage_sentence(matches: pd.DataFrame, scores: pd.DataFrame, side: str) -> str:
    """Count the genes of one list that were scored, the entries read under another spelling, and those left out."""
    # Where ranks are missing, the signature that counts most genes is meant.
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
        sentence += f"; {both:,} {'is' if both == 1 else 'are'} in both lists and"
        sentence += f" {'was' if both == 1 else 'were'} left out of both"
    if unranked > 0:
        sentence += (
            f"; no signature has ranks for more of them, {unranked:,} {'is' if unranked == 1 else 'are'} missing"
        )
    return f"{sentence}."
