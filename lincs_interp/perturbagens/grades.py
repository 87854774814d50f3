"""What the signatures of one perturbagen add up to: a grade from A to D, and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from .._util.text import counted
from ..core.calls import ASSUMED, FDR_LEVEL, MEASURED, PROMISCUOUS_SHARE, SIGNS, TREND_P

# The limits of each grade: summarise_perturbagens explains them. Low doses may do nothing, so few need to agree.
OPPOSED_A, OPPOSED_B, OPPOSED_C = 0.1, 0.2, 1 / 3
DISCORDANT_B, DISCORDANT_C = 0.25, 0.5
AGREEING_A, AGREEING_B = 1 / 3, 1 / 5
CELLS_A, CELLS_B, CELLS_SELECTIVE = 1 / 2, 1 / 4, 3
FDR_A, FDR_B = FDR_LEVEL, 0.25

# A perturbagen rests on one signature if at least this many siblings that should agree do not, and at most this share
# of them does, never more than one.
LUCKY_SIBLINGS, LUCKY_SHARE, LUCKY_MOST = 2, 0.1, 1

# What calls rest on where nothing was calibrated, beside MEASURED and ASSUMED.
NOMINAL = "nominal"

# The call of a perturbagen that has none, or as many of each.
NO_CALL = "unresolved"
VERBS = {"mimicker": "mimic", "reverser": "reverse"}
GRADES = "ABCD"

#: What the letters mean; what kept one down is in the reasons.
GRADE_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "A": "replicated in several cell lines (or plates, doses and times), and beyond chance",
        "B": "replicated, with a reservation",
        "C": "single or mixed",
        "D": "one lucky column, contradictory, or no call",
    }
)

Flaws = Iterable[tuple[str, str]]  # the best grade that a flaw allows, and the flaw in words


@dataclass(frozen=True)
class Evidence:
    """The numbers that a grade depends on; fields named like columns of :func:`summarise_perturbagens` are these.

    `n_conditions` are the different combinations of plate, cell line, time and dose among the signatures that agree,
    `n_plates` and `n_dose_times` the different known plates and combinations of dose and time. `scale` is what calls
    rest on, "nominal", "assumed" or "measured"; `n_nominal` the signatures that nominal p calls either way,
    `n_nominal_agreeing` those that it calls like the perturbagen.
    """

    call: str
    n_scored: int
    n_mimicker: int
    n_reverser: int
    n_discordant: int
    n_agreeing: int
    n_cells: int
    n_cells_agreeing: int
    median_score: float
    lucky_column: bool
    dose_trend: float
    p_dose_trend: float
    highest_dose_only: bool
    n_conditions: int
    n_plates: int
    n_dose_times: int
    n_nominal: int
    n_nominal_agreeing: int
    scale: str
    fdr: float
    share_answered: float

    @property
    def n_called(self) -> int:
        """Signatures called either way."""
        return self.n_mimicker + self.n_reverser

    @property
    def n_opposed(self) -> int:
        """Signatures called the other way."""
        return 0 if self.call == NO_CALL else self.n_called - self.n_agreeing

    def too_few_agree(self, signatures: float, cells: float) -> Iterator[str]:
        """Yield a flaw if a smaller share than this of the signatures, or of the cell lines, agrees."""
        if (share := self.n_agreeing / self.n_scored) < signatures:
            yield f"only {share:.0%} of the signatures agree"
        if self.n_cells_agreeing < cells * self.n_cells:
            yield f"only {self.n_cells_agreeing:,} of {counted(self.n_cells, 'cell line')} agree"


def grade(evidence: Evidence) -> tuple[str, str]:
    """Return the grade and its reasons: what agrees, then what limits the grade."""
    flaws = [*_to_d(evidence), *_to_c(evidence), *_to_b(evidence)]
    worst = max((level for level, _ in flaws), default="A")
    reasons = [reason for level, reason in flaws if level == worst]
    if evidence.share_answered >= PROMISCUOUS_SHARE and worst < "D":
        worst = GRADES[GRADES.index(worst) + 1]
        reasons.append(f"lowered by one: its signatures answer {evidence.share_answered:.0%} of unrelated queries")
    held = f" {worst}{'' if worst == 'D' else ', not better'}: {'; '.join(reasons)}." if reasons else ""
    return worst, f"{_summary(evidence)}.{held}"


def _summary(e: Evidence) -> str:
    if e.call == NO_CALL:
        rest = e.n_scored - e.n_mimicker - e.n_reverser - e.n_discordant
        parts = ((e.n_mimicker, "mimicker"), (e.n_reverser, "reverser"), (e.n_discordant, "discordant"))
        text = ", ".join(f"{n:,} {what}" for n, what in (*parts, (rest, "unresolved")) if n)
        return f"{counted(e.n_scored, 'signature')}: {text}" if text else "No score"
    text = f"{e.n_agreeing:,} of {counted(e.n_scored, 'signature')} {VERBS[e.call]}{'s' * (e.n_agreeing == 1)}"
    if e.scale == MEASURED and e.n_nominal_agreeing != e.n_agreeing:
        text += f" beyond chance ({e.n_nominal_agreeing:,} by nominal p)"
    if e.n_cells:
        text += f", in {e.n_cells_agreeing:,} of {counted(e.n_cells, 'cell line')}"
    if e.p_dose_trend < TREND_P and e.dose_trend > 0:
        text += f"; the score grows with the dose (trend {e.dose_trend:.2f}, p = {e.p_dose_trend:.1g})"
    return text if e.scale != MEASURED else f"{text}; fdr = {e.fdr:.2g}"


def _to_d(e: Evidence) -> Flaws:
    if not e.n_scored:
        yield "D", "no signature has a score"
    elif e.n_discordant > DISCORDANT_C * e.n_scored:
        yield "D", f"{e.n_discordant:,} of {e.n_scored:,} discordant: the two lists of the query point opposite ways"
    elif not e.n_mimicker + e.n_reverser:
        nominal = f" ({e.n_nominal:,} by nominal p)" if e.n_nominal else ""
        yield "D", f"no signature is called mimicker or reverser{nominal}"
    elif e.call == NO_CALL:
        yield "D", f"as many signatures mimic ({e.n_mimicker:,}) as reverse ({e.n_reverser:,})"
    elif e.n_opposed > OPPOSED_C * e.n_called:
        yield "D", f"{e.n_opposed:,} of {e.n_called:,} called signatures point the other way"
    if e.lucky_column:
        yield "D", "it rests on one signature: at its dose or above, its siblings do not agree"
    if e.call != NO_CALL and e.scale == MEASURED and not e.fdr < FDR_B:
        yield "D", f"fdr = {e.fdr:.2g}: not distinguishable from unrelated signatures"


def _to_c(e: Evidence) -> Flaws:
    if e.call == NO_CALL:
        return
    if e.n_scored == 1:
        yield "C", "a single signature, nothing repeats it"
    elif e.n_agreeing == 1:
        yield "C", "only one signature agrees"
    elif e.n_conditions == 1:
        yield "C", "repeats of one condition on one plate"
    selective = e.n_cells_agreeing >= CELLS_SELECTIVE and e.scale == MEASURED and e.fdr < FDR_A
    if not selective:
        yield from (("C", flaw) for flaw in e.too_few_agree(AGREEING_B if e.n_agreeing > 1 else 0, CELLS_B))
    if e.n_opposed > OPPOSED_B * e.n_called:
        yield "C", f"mixed: {e.n_opposed:,} of {e.n_called:,} called signatures point the other way"
    if e.n_discordant > DISCORDANT_B * e.n_scored:
        yield "C", f"{e.n_discordant:,} of {e.n_scored:,} discordant"
    if e.median_score * SIGNS.get(e.call, -1) <= 0:
        yield "C", f"the median score ({e.median_score:.2g}) does not point that way"
    if e.scale == ASSUMED and not e.fdr < FDR_B:
        yield "C", f"fdr = {e.fdr:.2g}, not below {FDR_B:g}"


def _to_b(e: Evidence) -> Flaws:
    if e.call == NO_CALL:
        return
    if e.n_cells_agreeing < 2 and not (e.n_plates > 1 and e.n_dose_times > 1):
        yield "B", "no second cell line, and no second plate at another dose or time"
    yield from (("B", flaw) for flaw in e.too_few_agree(AGREEING_A, CELLS_A))
    if e.n_opposed > OPPOSED_A * e.n_called:
        yield "B", f"{e.n_opposed:,} of {e.n_called:,} called signatures point the other way"
    if e.highest_dose_only:
        yield "B", "at the highest dose only"
    if e.p_dose_trend < TREND_P and e.dose_trend < 0:
        yield "B", f"the score falls as the dose rises (trend {e.dose_trend:.2f}, p = {e.p_dose_trend:.1g})"
    if e.scale == NOMINAL:
        yield "B", "p is nominal, which calls too easily: calibrate the scores"
    elif e.scale == ASSUMED:
        yield "B", "p rests on an assumed correlation: calibrate the scores with a background"
    elif not e.fdr < FDR_A:
        yield "B", f"fdr = {e.fdr:.2g}, not below {FDR_A:g}"


def is_lucky(agrees: np.ndarray, expected: np.ndarray, best: int) -> bool:
    """True if the perturbagen rests on the signature at position `best` alone: see ``LUCKY_SIBLINGS``.

    `expected` marks the signatures that should agree with it: scored, and not at a lower dose.
    """
    siblings = np.arange(len(agrees)) != best
    disagreeing = int((siblings & expected & ~agrees).sum())
    agreeing = int((siblings & agrees).sum())
    return disagreeing >= LUCKY_SIBLINGS and agreeing <= min(LUCKY_MOST, LUCKY_SHARE * int((siblings & expected).sum()))
