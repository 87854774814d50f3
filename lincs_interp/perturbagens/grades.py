"""What the signatures of one perturbagen add up to: a grade from A to D, and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .._util.text import counted, percent, probability, signed
from ..core.calls import ASSUMED, FDR_LEVEL, MEASURED, PROMISCUOUS_SHARE, SIGNS, TREND_P
from .aggregates import NOMINAL

# The limits of each grade: summarise_perturbagens explains them. Low doses may do nothing, so few need to agree.
OPPOSED_A, OPPOSED_B, OPPOSED_C = 0.1, 0.2, 1 / 3
DISCORDANT_B, DISCORDANT_C = 0.25, 0.5
AGREEING_A, AGREEING_B = 1 / 3, 1 / 5
CELLS_A, CELLS_B, CELLS_SELECTIVE = 1 / 2, 1 / 4, 3
FDR_A, FDR_B = FDR_LEVEL, 0.25

# The call of a perturbagen that has none, or as many of each.
NO_CALL = "unresolved"
VERBS = {"mimicker": "mimic", "reverser": "reverse"}
GRADES = "ABCD"

#: What the letters mean; what kept one down is in the reasons.
GRADE_MEANINGS = {
    "A": "replicated in several cell lines (or plates, doses and times), and beyond chance",
    "B": "replicated, with a reservation",
    "C": "single or mixed",
    "D": "one lucky column, contradictory, or no call",
}

Flaws = Iterable[tuple[str, str]]  # the best grade that a flaw allows, and the flaw in words


def grade(row: Any) -> tuple[str, str]:
    """Return the grade and its reasons: what agrees, then what limits the grade."""
    # `row` has the columns of :func:`summarise_perturbagens` and those of ``FOR_GRADE`` as attributes; its ``p_status``
    # is "nominal" if nothing was calibrated.
    flaws = list(_to_d(row))
    if row.call != NO_CALL:
        flaws += [*_to_c(row), *_to_b(row)]
    worst = max((level for level, _ in flaws), default="A")
    reasons = [reason for level, reason in flaws if level == worst]
    if row.share_answered >= PROMISCUOUS_SHARE and worst < "D":
        worst = GRADES[GRADES.index(worst) + 1]
        reasons.append(f"lowered by one: its signatures answer {percent(row.share_answered)} of unrelated queries")
    held = f" {worst}{'' if worst == 'D' else ', not better'}: {'; '.join(reasons)}." if reasons else ""
    return worst, f"{_summary(row)}.{held}"


def _summary(row: Any) -> str:
    if row.call == NO_CALL:
        rest = row.n_scored - row.n_called - row.n_discordant
        parts = ((row.n_mimicker, "mimicker"), (row.n_reverser, "reverser"), (row.n_discordant, "discordant"))
        text = ", ".join(f"{n:,} {what}" for n, what in (*parts, (rest, "unresolved")) if n)
        return f"{counted(row.n_scored, 'signature')}: {text}" if text else "No score"
    text = f"{row.n_agreeing:,} of {counted(row.n_scored, 'signature')} {VERBS[row.call]}{'s' * (row.n_agreeing == 1)}"
    if row.p_status == MEASURED and row.n_nominal_agreeing != row.n_agreeing:
        text += f" beyond chance ({row.n_nominal_agreeing:,} by nominal p)"
    if row.n_cells:
        text += f", in {row.n_cells_agreeing:,} of {counted(row.n_cells, 'cell line')}"
    if row.p_dose_trend < TREND_P and row.dose_trend > 0:
        text += f"; the score grows with the dose {_trend(row)}"
    return text if row.p_status != MEASURED else f"{text}; fdr = {probability(row.fdr_cal)}"


def _trend(row: Any) -> str:
    return f"(trend {signed(row.dose_trend, 2)}, p = {probability(row.p_dose_trend)})"


def _to_d(row: Any) -> Flaws:
    if not row.n_scored:
        yield "D", "no signature has a score"
    elif row.n_discordant > DISCORDANT_C * row.n_scored:
        yield (
            "D",
            f"{row.n_discordant:,} of {row.n_scored:,} discordant: the two lists of the query point opposite ways",
        )
    elif not row.n_called:
        nominal = f" ({row.n_nominal:,} by nominal p)" if row.n_nominal else ""
        yield "D", f"no signature is called mimicker or reverser{nominal}"
    elif row.call == NO_CALL:
        yield "D", f"as many signatures mimic ({row.n_mimicker:,}) as reverse ({row.n_reverser:,})"
    elif row.n_opposed > OPPOSED_C * row.n_called:
        yield "D", f"{row.n_opposed:,} of {row.n_called:,} called signatures point the other way"
    if row.lucky_column:
        yield "D", "it rests on one signature: at its dose or above, its siblings do not agree"
    if row.call != NO_CALL and row.p_status == MEASURED and not row.fdr_cal < FDR_B:
        yield "D", f"fdr = {probability(row.fdr_cal)}: not distinguishable from unrelated signatures"


def _to_c(row: Any) -> Flaws:
    if row.n_scored == 1:
        yield "C", "a single signature, nothing repeats it"
    elif row.n_agreeing == 1:
        yield "C", "only one signature agrees"
    elif row.n_conditions == 1:
        yield "C", "repeats of one condition on one plate"
    selective = row.n_cells_agreeing >= CELLS_SELECTIVE and row.p_status == MEASURED and row.fdr_cal < FDR_A
    if not selective:
        yield from (("C", flaw) for flaw in _too_few_agree(row, AGREEING_B if row.n_agreeing > 1 else 0, CELLS_B))
    if row.n_opposed > OPPOSED_B * row.n_called:
        yield "C", f"mixed: {row.n_opposed:,} of {row.n_called:,} called signatures point the other way"
    if row.n_discordant > DISCORDANT_B * row.n_scored:
        yield "C", f"{row.n_discordant:,} of {row.n_scored:,} discordant"
    if row.median_score * SIGNS.get(row.call, -1) <= 0:
        yield "C", f"the median score ({signed(row.median_score)}) does not point that way"
    if row.p_status == ASSUMED and not row.fdr_cal < FDR_B:
        yield "C", f"fdr = {probability(row.fdr_cal)}, not below {FDR_B:g}"


def _to_b(row: Any) -> Flaws:
    if row.n_cells_agreeing < 2 and not (row.n_plates > 1 and row.n_dose_times > 1):
        yield "B", "no second cell line, and no second plate at another dose or time"
    yield from (("B", flaw) for flaw in _too_few_agree(row, AGREEING_A, CELLS_A))
    if row.n_opposed > OPPOSED_A * row.n_called:
        yield "B", f"{row.n_opposed:,} of {row.n_called:,} called signatures point the other way"
    if row.highest_dose_only:
        yield "B", "at the highest dose only"
    if row.p_dose_trend < TREND_P and row.dose_trend < 0:
        yield "B", f"the score falls as the dose rises {_trend(row)}"
    if row.p_status == NOMINAL:
        yield "B", "p is nominal, which calls too easily: calibrate the scores"
    elif row.p_status == ASSUMED:
        yield "B", "p rests on an assumed correlation: calibrate the scores with a background"
    elif not row.fdr_cal < FDR_A:
        yield "B", f"fdr = {probability(row.fdr_cal)}, not below {FDR_A:g}"


def _too_few_agree(row: Any, signatures: float, cells: float) -> Iterator[str]:
    """Yield a flaw if a smaller share than this of the signatures, or of the cell lines, agrees."""
    if (share := row.n_agreeing / row.n_scored) < signatures:
        yield f"only {percent(share)} of the signatures agree"
    if row.n_cells_agreeing < cells * row.n_cells:
        yield f"only {row.n_cells_agreeing:,} of {counted(row.n_cells, 'cell line')} agree"
