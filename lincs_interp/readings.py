"""What the numbers allow one to say: verdict sentences and warnings, as data, returned and never printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._check import counted, listed, shown
from .rank_words import RANK_IS_ORDER

# Thin coverage: a side with fewer genes than this, or a smaller share of the input, carries little (W7).
FEWEST_GENES = 10
LEAST_SHARE_FOUND = 0.7
MOST_GENES = 250

# z_sum weights a side by the square root of its size; from this ratio on one side leads (W12).
UNEQUAL_SIDES = 3

# A hit list has almost no signature near zero, neither on the scale of noise nor on its own: an unselected set has an
# eighth of its signatures below a quarter of its median (W8). On real data both together never fired in error.
QUIET_Z, QUIET_SHARE = 2.0, 0.05
QUIET_PART, QUIET_PART_SHARE = 0.25, 0.02
FEWEST_FOR_HIT_LIST = 20


@dataclass(frozen=True)
class ReadingWarning:
    """One thing to keep in mind: `code` is its number in the documentation, `source` where it comes from."""

    code: str
    sentence: str
    source: str = ""


W1 = ReadingWarning("W1", RANK_IS_ORDER, "Evangelista et al. 2022, doi 10.1093/nar/gkac328")
W2 = ReadingWarning(
    "W2",
    "The p-values in scores.tsv assume that genes are independent. They are not, so the p-values are far too small: on"
    " real data 71 % of unrelated pairs reach p < .05. Use them to sort, never to claim significance.",
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
    return shown(", ".join([name, *place]), 80) if name else shown(signature, 80)


def verdict_sentence(label: str, row: pd.Series) -> str:
    """Say what one row of :func:`score_concordance` means; every number in the sentence is in the row."""
    halves = _halves(row)
    z = f"z_sum {row['z_sum']:+.1f}" if np.isfinite(row["z_sum"]) else "no z_sum"
    if row["call"] == "mimicker":
        return f"{label} mimics your signature: {halves} ({z}, concordance {row['concordance']:+.2f})."
    if row["call"] == "reverser":
        return f"{label} reverses your signature: {halves} ({z}, concordance {row['concordance']:+.2f})."
    if row["call"] == "discordant":
        return (
            f"{label} is discordant: {halves}. The halves of your query contradict each other, so the sum ({z}) is"
            " neither mimicry nor reversal."
        )
    return f"{label} is unresolved: {z} is not beyond what noise gives."


def _halves(row: pd.Series) -> str:
    parts = []
    for side, towards in (("up", ("up", "down")), ("down", ("down", "up"))):
        z = row[f"z_{side}"]
        if np.isfinite(z):
            end = towards[0] if z >= 0 else towards[1]
            parts.append(f"your {side} genes lie towards its {end} end (z_{side} {z:+.1f})")
    return " and ".join(parts)


def overview_sentence(scores: pd.DataFrame) -> str:
    """Count the calls in one sentence."""
    counts = scores["call"].value_counts()
    return (
        f"Of {counted(len(scores), 'signature')}, {counts.get('mimicker', 0):,} push your genes the same way"
        f" (mimickers), {counts.get('reverser', 0):,} the other way (reversers), {counts.get('discordant', 0):,} push"
        " the two halves of your query against each other (discordant), and"
        f" {counts.get('unresolved', 0):,} show nothing beyond noise (unresolved)."
    )


def coverage_sentence(matches: pd.DataFrame, side: str) -> str:
    """Say how many genes of one side were found, and how many of them under another name."""
    part = matches[matches["side"] == side]
    found = part[part["found"]]
    rescued = int((found["how"] != "exact").sum())
    distinct = found["matched_as"].nunique()
    other = f", {rescued:,} of these entries under another spelling" if rescued else ""
    return f"{distinct:,} {side} genes counted, from {counted(len(part), 'entry', 'entries')} of your list{other}."


def reading_warnings(scores: pd.DataFrame, matches: pd.DataFrame) -> list[ReadingWarning]:
    """Return the warnings that this analysis calls for, the ones that hold always first.

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance`.
    matches : DataFrame
        From :func:`match_genes`, for the same query.
    """
    return [*ALWAYS, *_discordance(scores), *_coverage(scores, matches), *_hit_list(scores), *_unequal(scores)]


def _discordance(scores: pd.DataFrame) -> Iterable[ReadingWarning]:
    n = int((scores["call"] == "discordant").sum())
    if n:
        biggest = scores.loc[scores["call"] == "discordant", "z_sum"].abs().idxmax()
        yield ReadingWarning(
            "W5",
            f"{counted(n, 'signature')} {'is' if n == 1 else 'are'} discordant: the up and the down half of your query"
            f" point opposite ways (largest sum: {shown(biggest, 60)}, {scores.at[biggest, 'z_sum']:+.1f}). The site"
            " sorts such signatures by their sum and calls them mimickers or reversers all the same.",
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
            reasons.append(f"only {share:.0%} of the list was found (not: {listed(missing, 4)})")
        if n > MOST_GENES:
            reasons.append(f"{n:,} genes counted (more than {MOST_GENES}): weak genes dilute the strong ones")
        if reasons:
            yield ReadingWarning("W7", f"Your {side} list: {'; '.join(reasons)}.", "Lin 2020; Yang 2022")


def is_hit_list(scores: pd.DataFrame) -> bool:
    """True if almost no signature scores near zero: these columns were selected by a query like this one."""
    z = scores["z_sum"].dropna().abs()
    if len(z) < FEWEST_FOR_HIT_LIST:
        return False
    near_noise, near_zero = (z < QUIET_Z).mean(), (z < QUIET_PART * z.median()).mean()
    return bool(near_noise < QUIET_SHARE and near_zero < QUIET_PART_SHARE)


def _hit_list(scores: pd.DataFrame) -> Iterable[ReadingWarning]:
    if is_hit_list(scores):
        yield ReadingWarning(
            "W8",
            "Almost no signature of this matrix scores near zero, as in a list of hits of this very query. Its columns"
            " were chosen for agreeing or disagreeing with you, so they are no background: counts, medians, p and FDR"
            " over them prove nothing.",
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
