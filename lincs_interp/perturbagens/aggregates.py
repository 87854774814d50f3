"""All signatures of one perturbagen in one row of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.missing import plain
from .._util.stats import simes
from ..core.calls import ASSUMED, CALL_P, MEASURED, SIGNS, call_of_sign, signs_of
from ..core.doses import read_doses
from ..core.identity import broad_ids, cell_keys, cell_names, name_key
from .dose_trend import DoseSeries, only_at_highest_dose, trend_of

# What calls rest on where nothing was calibrated, beside MEASURED and ASSUMED.
NOMINAL = "nominal"

# The condition of Chen et al.: 10 uM for 24 hours. Signatures at it, or above, are taken as they are.
REFERENCE_UM, REFERENCE_H = 10.0, 24.0

# 9.999 uM is 10 uM.
ABOUT = 0.95

# With fewer pairs of signatures a factor cannot be estimated: it is 1.
FEWEST_PAIRS = 10

REFERENCE, LOW_LONG, HIGH_SHORT, LOW_SHORT = "reference", "low dose", "short time", "low dose and short time"

# A perturbagen rests on one signature if at least this many siblings that should agree do not, and at most this share
# of them does, never more than one.
LUCKY_SIBLINGS, LUCKY_SHARE, LUCKY_MOST = 2, 0.1, 1

#: What only the grade needs of a row: different combinations of plate, cell line, time and dose among the signatures
#: that agree, different known plates, different combinations of dose and time; signatures that are called either way,
#: that nominal p calls either way, and that it calls like the perturbagen.
FOR_GRADE = ["n_conditions", "n_plates", "n_dose_times", "n_called", "n_nominal", "n_nominal_agreeing"]


class Signatures(NamedTuple):
    """What is asked of each signature, one array each; a missing number is NaN, a missing word ""."""

    id: np.ndarray
    score: np.ndarray
    scored: np.ndarray
    called: np.ndarray  # 1 for a mimicker, -1 for a reverser, 0 else
    nominal: np.ndarray  # the same from nominal p alone
    discordant: np.ndarray
    adjusted: np.ndarray  # the score at the reference condition
    cell: np.ndarray
    time: np.ndarray
    plate: np.ndarray
    dose: np.ndarray
    unit: np.ndarray
    broad_id: np.ndarray
    p: np.ndarray
    towards: np.ndarray  # the sign of the calibrated z
    share_answered: np.ndarray

    def at(self, places: np.ndarray) -> Signatures:
        """Return those of some signatures."""
        return Signatures(*(array[places] for array in self))


def gather_signatures(
    scores: pd.DataFrame, facts: pd.DataFrame, groups: Sequence[np.ndarray], score: str, share_answered: np.ndarray
) -> Signatures:
    """Return them in the order of the scores; `groups` are the positions of each perturbagen."""
    values = scores[score].to_numpy(dtype=float)
    scored = np.isfinite(values) & np.isfinite(scores["z_sum"].to_numpy(dtype=float))
    cell = cell_keys(facts["cell_line"])
    perturbagen = np.full(len(facts), -1)
    for number, places in enumerate(groups):
        perturbagen[places] = number
    line = pd.factorize(pd.Series(cell).where(cell != ""))[0]  # -1 where it is not known
    dose, unit = read_doses(facts)
    bins = condition_bins(np.where(unit == "uM", dose, np.nan), facts["time_h"].to_numpy(dtype=float))
    return Signatures(
        id=facts.index.to_numpy(),
        score=values,
        scored=scored,
        called=np.where(scored, called_signs(scores), 0),
        nominal=np.where(scored, signs_of(scores["call"]), 0),
        discordant=scored & (scores["call"] == "discordant").to_numpy(),
        adjusted=at_reference_condition(values, bins, perturbagen, line),
        cell=cell,
        time=np.array([name_key(time) for time in facts["pert_time"]], dtype=object),
        plate=np.array([name_key(plate) for plate in facts["plate"]], dtype=object),
        dose=dose,
        unit=unit,
        broad_id=broad_ids(facts),
        p=scores["p_cal"].to_numpy(dtype=float) if "p_cal" in scores else np.full(len(scores), np.nan),
        towards=_signs_of_z_cal(scores),
        share_answered=share_answered,
    )


def called_signs(scores: pd.DataFrame) -> np.ndarray:
    """Return 1 for a mimicker, -1 for a reverser, 0 else; where p_cal is known it is below .05 as well."""
    nominal = signs_of(scores["call"])
    if "p_cal" not in scores:
        return nominal
    beyond = scores["p_cal"].to_numpy(dtype=float) < CALL_P
    return np.where(beyond & (_signs_of_z_cal(scores) == nominal), nominal, 0)


def _signs_of_z_cal(scores: pd.DataFrame) -> np.ndarray:
    return np.sign(scores["z_cal" if "z_cal" in scores else "z_sum"].to_numpy(dtype=float))


def p_status(scores: pd.DataFrame) -> tuple[str, str]:
    """Return what calls rest on, "nominal", "measured" or "assumed", and how; of unknown origin counts as assumed."""
    if "p_cal" not in scores:
        return NOMINAL, ""
    there = scores[scores["p_cal"].notna()] if scores["p_cal"].notna().any() else scores
    if "p_status" not in there or not (there["p_status"].isin([MEASURED, ASSUMED])).all():
        return ASSUMED, "p_cal of unknown origin, taken for assumed"
    status = ASSUMED if (there["p_status"] == ASSUMED).any() else MEASURED
    how = there.loc[there["p_status"] == status, "how"] if "how" in there else there["p_status"]
    return status, plain(how.iloc[0]) if len(how) else ""


def perturbagen_row(own: Signatures) -> dict[str, Any]:
    """Return the columns of one perturbagen that its signatures give, with those of ``FOR_GRADE``."""
    sign = int(np.sign(own.called.sum()))
    agrees = (own.called == sign) & (sign != 0)
    doses = DoseSeries.of(own.cell, own.time, own.dose, own.unit)
    trend = trend_of(np.where(own.scored & (sign != 0), sign * own.score, np.nan), doses)
    tested = own.scored & np.isfinite(own.p)
    share = own.share_answered[agrees] if agrees.any() else own.share_answered
    known_levels = np.nan_to_num(doses.level[agrees], nan=-1)  # NaN is no two times the same
    dose_times = list(zip(known_levels, doses.unit[agrees], own.time[agrees], strict=True))
    return {
        "call": call_of_sign(sign),
        **_counts(own, sign, agrees, doses),
        **_strength(own, agrees, doses),
        "dose_trend": trend.trend,
        "p_dose_trend": trend.p,
        "highest_dose_only": only_at_highest_dose(agrees[own.scored], doses.at(own.scored)),
        "p_cal": simes_either_way(own.p[tested], own.towards[tested], own.discordant[tested]),
        "share_answered": float(np.nanmedian(share)) if np.isfinite(share).any() else np.nan,
        "n_conditions": len(set(zip(own.plate[agrees], own.cell[agrees], dose_times, strict=True))),
        "n_plates": _n_known(own.plate[agrees]),
        "n_dose_times": len(set(dose_times)),
        "n_called": int((own.called != 0).sum()),
        "n_nominal": int((own.nominal != 0).sum()),
        "n_nominal_agreeing": int((own.nominal == sign).sum()) if sign else 0,
    }


def _counts(own: Signatures, sign: int, agrees: np.ndarray, doses: DoseSeries) -> dict[str, int | float]:
    n_scored, n_discordant, n_agreeing = (int(which.sum()) for which in (own.scored, own.discordant, agrees))
    lines = set(own.cell[own.scored]) - {""}
    # A cell line agrees if its median points that way and a signature of it is called so.
    medians = [np.median(own.score[(own.cell == line) & own.scored]) for line in lines & set(own.cell[agrees])]
    n_cells_agreeing = sum(bool(sign * median > 0) for median in medians)
    return {
        "n_signatures": len(own.id),
        "n_scored": n_scored,
        "n_ids": _n_known(own.broad_id),
        "n_doses": doses.at(own.scored).levels_per_unit().total(),
        "n_times": _n_known(own.time[own.scored]),
        "n_mimicker": int((own.called == 1).sum()),
        "n_reverser": int((own.called == -1).sum()),
        "n_discordant": n_discordant,
        "n_agreeing": n_agreeing,
        "n_opposed": int((own.called == -sign).sum()) if sign else 0,
        "share_agreeing": n_agreeing / n_scored if n_scored else np.nan,
        "share_discordant": n_discordant / n_scored if n_scored else np.nan,
        "n_cells": len(lines),
        "n_cells_agreeing": n_cells_agreeing,
        "cells_agreeing": n_cells_agreeing / len(lines) if lines and sign else np.nan,
    }


def _strength(own: Signatures, agrees: np.ndarray, doses: DoseSeries) -> dict[str, Any]:
    score, scored = own.score, own.scored
    if not scored.any():
        unknown = dict.fromkeys(("median_score", "max_quantile", "srges"), np.nan)
        return {**unknown, "best_signature": "", "best_score": np.nan, "lucky_column": False}
    best = int(np.argmax(np.where(agrees if agrees.any() else scored, np.abs(score), -1.0)))
    # The siblings that should agree with it: scored, and not at a lower dose.
    lower = (doses.unit == doses.unit[best]) & (doses.level < doses.level[best])
    siblings = np.arange(len(score)) != best
    expected = siblings & scored & ~lower
    few = int((siblings & agrees).sum()) <= min(LUCKY_MOST, LUCKY_SHARE * int(expected.sum()))
    return {
        "median_score": float(np.median(score[scored])),
        "max_quantile": max_quantile(score[scored]),
        "srges": float(np.mean(own.adjusted[scored])),
        "best_signature": own.id[best],
        "best_score": float(score[best]),
        "lucky_column": bool(agrees.any() and few and (expected & ~agrees).sum() >= LUCKY_SIBLINGS),
    }


def _n_known(texts: np.ndarray) -> int:
    return len(set(texts) - {""})


def max_quantile(scores: np.ndarray) -> float:
    """Return the 67th percentile of the scores, or the 33rd where that is further from 0 [Subramanian et al. 2017]."""
    if len(scores) < 2:
        return float(scores[0]) if len(scores) else np.nan
    low, high = np.percentile(scores, [33, 67])
    return float(high if abs(high) >= abs(low) else low)


def simes_either_way(p: np.ndarray, towards: np.ndarray, void: np.ndarray) -> float:
    """Return Simes' p over both directions, from two-sided p with their signs; `void` tests count as 1."""
    if not len(p):
        return np.nan
    up = np.where(towards > 0, p / 2, 1 - p / 2)
    return min(1.0, 2 * min(simes(np.where(void, 1.0, side)) for side in (up, 1 - up)))


def condition_bins(dose_um: np.ndarray, time_h: np.ndarray) -> np.ndarray:
    """Return what sets each signature apart from the reference condition; "" if neither or if it is not known."""
    low, high = dose_um < ABOUT * REFERENCE_UM, dose_um >= ABOUT * REFERENCE_UM
    short, long = time_h < REFERENCE_H, time_h >= REFERENCE_H
    reference = high & (dose_um <= REFERENCE_UM / ABOUT) & (time_h == REFERENCE_H)
    kinds = [reference, low & short, low & long, high & short]
    return np.select(kinds, [REFERENCE, LOW_SHORT, LOW_LONG, HIGH_SHORT], "")


def condition_factors(
    scores: np.ndarray, bins: np.ndarray, perturbagen: np.ndarray, cell_line: np.ndarray
) -> dict[str, float]:
    """Return how many times stronger scores are at the reference than at a low dose, at a short time, at both."""
    # Pairs are one signature at the reference and one of the bin, of one perturbagen in one cell line (numbers, -1
    # where not known). The factor is the sum of the absolute scores of the first over that of the second.
    known = np.isfinite(scores) & (perturbagen >= 0) & (cell_line >= 0)
    keys = perturbagen.astype(np.int64) * (int(cell_line.max(initial=0)) + 1) + cell_line
    _, series = np.unique(np.where(known, keys, -1), return_inverse=True)
    size = np.abs(np.where(known, scores, 0.0))

    def per_series(which: str) -> tuple[np.ndarray, np.ndarray]:
        own = (bins == which) & known
        n = np.bincount(series[own], minlength=series.max(initial=0) + 1)
        return n, np.bincount(series[own], weights=size[own], minlength=len(n))

    n_there, sum_there = per_series(REFERENCE)
    factors = {}
    for one in (LOW_LONG, HIGH_SHORT, LOW_SHORT):
        n_here, sum_here = per_series(one)
        # Each signature of a series is in as many pairs as the other side has signatures.
        there, here = float(sum_there @ n_here), float(sum_here @ n_there)
        enough = int(n_there @ n_here) >= FEWEST_PAIRS and here > 0 and there > 0
        factors[one] = there / here if enough else 1.0
    return factors


def at_reference_condition(scores: np.ndarray, bins: np.ndarray, *series: np.ndarray) -> np.ndarray:
    """Return the scores as they would be at 10 uM and 24 h; see :func:`condition_factors`."""
    factors = condition_factors(scores, bins, *series)
    return scores * np.array([factors.get(one, 1.0) for one in bins], dtype=float)


def agreement_by_cell_line(table: pd.DataFrame, call: str = "") -> pd.DataFrame:
    """Count the calls of one perturbagen in each cell line ("" where it is not known)."""
    # `table` comes from :func:`perturbagen_signatures`. The cell line that goes furthest in the direction of `call` is
    # first. Signatures are counted as the grade counts them, and a cell line is called as more of them are.
    called = called_signs(table)
    columns = {"cell_line": cell_names(table["cell_line"]), "z": table["z_sum"].to_numpy(dtype=float)}
    lines = pd.DataFrame(columns | {"up": called == 1, "down": called == -1}).groupby("cell_line")
    found = lines.agg(
        n_signatures=("z", "size"), median_score=("z", "median"), n_mimicker=("up", "sum"), n_reverser=("down", "sum")
    )
    found["call"] = [call_of_sign(n) for n in found["n_mimicker"] - found["n_reverser"]]
    first = -SIGNS.get(call, 1) * found["median_score"]
    return found.iloc[np.argsort(first.fillna(np.inf), kind="stable")]
