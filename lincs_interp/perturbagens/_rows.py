"""One perturbagen's row: the numbers of all its signatures, and what a grade needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from .._util.missing import plain
from ..core.calls import ASSUMED, CALL_P, MEASURED, call_of_sign, signs_of
from ..core.doses import read_doses
from ..core.identity import broad_ids, cell_keys, name_key
from .aggregates import Conditions, at_reference_condition, max_quantile, simes_either_way
from .dose_trend import DoseSeries, only_at_highest_dose, trend_of
from .grades import NOMINAL, Evidence, is_lucky


@dataclass(frozen=True, eq=False)
class SignatureFacts:
    """What is asked of each signature, one array each, in the order of the scores.

    `called` is 1 for a mimicker, -1 for a reverser, 0 else; `nominal` the same from nominal p alone. `p` and `towards`
    (the sign of the calibrated z) are None without calibration, `share_answered` without promiscuity.
    """

    ids: np.ndarray
    score: np.ndarray
    scored: np.ndarray
    called: np.ndarray
    nominal: np.ndarray
    discordant: np.ndarray
    adjusted: np.ndarray
    cell: np.ndarray
    time: np.ndarray
    plate: np.ndarray
    dose: np.ndarray
    unit: np.ndarray
    broad_id: np.ndarray
    p: np.ndarray | None
    towards: np.ndarray | None
    share_answered: np.ndarray | None
    scale: str

    @classmethod
    def of(
        cls,
        scores: pd.DataFrame,
        facts: pd.DataFrame,
        groups: Sequence[np.ndarray],
        score: str,
        share_answered: np.ndarray | None,
    ) -> SignatureFacts:
        """Gather them; `groups` are the positions of each perturbagen."""
        values = scores[score].to_numpy(dtype=float)
        scored = np.isfinite(values) & np.isfinite(scores["z_sum"].to_numpy(dtype=float))
        nominal, called = (np.where(scored, signs, 0) for signs in (signs_of(scores["call"]), called_signs(scores)))
        p = towards = None
        if "p_cal" in scores:
            p, towards = scores["p_cal"].to_numpy(dtype=float), _signs_of_z_cal(scores)
        cell = cell_keys(facts["cell_line"])
        member = np.full(len(facts), -1)
        for number, places in enumerate(groups):
            member[places] = number
        line = pd.factorize(pd.Series(cell).where(cell != ""))[0]  # -1 where it is not known
        dose, unit = read_doses(facts)
        micromolar = np.where(unit == "uM", dose, np.nan)
        conditions = Conditions(micromolar, facts["time_h"].to_numpy(dtype=float), member, line)
        return cls(
            ids=facts.index.to_numpy(),
            score=values,
            scored=scored,
            called=called,
            nominal=nominal,
            discordant=scored & (scores["call"] == "discordant").to_numpy(),
            adjusted=at_reference_condition(values, conditions),
            cell=cell,
            time=np.array([name_key(time) for time in facts["pert_time"]], dtype=object),
            plate=np.array([name_key(plate) for plate in facts["plate"]], dtype=object),
            dose=dose,
            unit=unit,
            broad_id=broad_ids(facts),
            p=p,
            towards=towards,
            share_answered=share_answered,
            scale=p_status(scores)[0],
        )

    def at(self, places: np.ndarray) -> SignatureFacts:
        """Return those of some signatures."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: array[places] for name, array in arrays.items() if isinstance(array, np.ndarray)})


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


def one_perturbagen(own: SignatureFacts) -> tuple[dict[str, Any], Evidence]:
    """Return the columns of the row of one perturbagen, and the evidence for its grade (fdr still unknown)."""
    sign = int(np.sign(own.called.sum()))
    agrees = (own.called == sign) & (sign != 0)
    doses = DoseSeries.of(own.cell, own.time, own.dose, own.unit)
    columns: dict[str, Any] = {"call": call_of_sign(sign), "n_signatures": len(own.ids)}
    columns |= _counts(own, sign, agrees, doses)
    columns |= _cells(own, sign, agrees)
    columns |= _strength(own, agrees, doses)
    trend = trend_of(np.where(own.scored & (sign != 0), sign * own.score, np.nan), doses)
    columns |= {"dose_trend": trend.trend, "p_dose_trend": trend.p}
    columns["highest_dose_only"] = only_at_highest_dose(agrees[own.scored], doses.where(own.scored))
    if own.p is not None and own.towards is not None:
        tested = own.scored & np.isfinite(own.p)
        columns["p_cal"] = simes_either_way(own.p[tested], own.towards[tested], own.discordant[tested])
    share_answered = np.nan
    if own.share_answered is not None:
        share = own.share_answered[agrees] if agrees.any() else own.share_answered
        share_answered = float(np.nanmedian(share)) if np.isfinite(share).any() else np.nan
        columns["share_answered"] = share_answered
    dose = [f"{level} {unit}" for level, unit in zip(doses.level[agrees], doses.unit[agrees], strict=True)]
    plate, cell, time = own.plate[agrees], own.cell[agrees], own.time[agrees]
    of_columns = {field.name: columns[field.name] for field in fields(Evidence) if field.name in columns}
    evidence = Evidence(
        **of_columns | {"share_answered": share_answered},
        n_conditions=len(set(zip(plate, cell, time, dose, strict=True))),
        n_plates=_n_known(plate),
        n_dose_times=len(set(zip(dose, time, strict=True))),
        n_nominal=int((own.nominal != 0).sum()),
        n_nominal_agreeing=int((own.nominal == sign).sum()) if sign else 0,
        scale=own.scale,
        fdr=np.nan,
    )
    return columns, evidence


def _counts(own: SignatureFacts, sign: int, agrees: np.ndarray, doses: DoseSeries) -> dict[str, int | float]:
    n_scored, n_discordant, n_agreeing = (int(which.sum()) for which in (own.scored, own.discordant, agrees))
    known_doses = {dose for dose in zip(doses.unit[own.scored], doses.level[own.scored], strict=True) if dose[0]}
    return {
        "n_scored": n_scored,
        "n_ids": _n_known(own.broad_id),
        "n_doses": len(known_doses),
        "n_times": _n_known(own.time[own.scored]),
        "n_mimicker": int((own.called == 1).sum()),
        "n_reverser": int((own.called == -1).sum()),
        "n_discordant": n_discordant,
        "n_agreeing": n_agreeing,
        "n_opposed": int((own.called == -sign).sum()) if sign else 0,
        "share_agreeing": n_agreeing / n_scored if n_scored else np.nan,
        "share_discordant": n_discordant / n_scored if n_scored else np.nan,
    }


def _cells(own: SignatureFacts, sign: int, agrees: np.ndarray) -> dict[str, int | float]:
    """Known cell lines with a score, and those whose median points that way with a signature that is called so."""
    lines = set(own.cell[own.scored]) - {""}
    agreeing = 0
    for line in lines & set(own.cell[agrees]):
        agreeing += bool(sign * np.median(own.score[(own.cell == line) & own.scored]) > 0)
    share = agreeing / len(lines) if lines and sign else np.nan
    return {"n_cells": len(lines), "n_cells_agreeing": agreeing, "cells_agreeing": share}


def _strength(own: SignatureFacts, agrees: np.ndarray, doses: DoseSeries) -> dict[str, Any]:
    score, scored = own.score, own.scored
    if not scored.any():
        unknown = dict.fromkeys(("median_score", "max_quantile", "srges"), np.nan)
        return {**unknown, "best_signature": "", "best_score": np.nan, "lucky_column": False}
    best = int(np.argmax(np.where(agrees if agrees.any() else scored, np.abs(score), -1.0)))
    lower = (doses.unit == doses.unit[best]) & (doses.level < doses.level[best])
    return {
        "median_score": float(np.median(score[scored])),
        "max_quantile": max_quantile(score[scored]),
        "srges": float(np.mean(own.adjusted[scored])),
        "best_signature": own.ids[best],
        "best_score": float(score[best]),
        "lucky_column": bool(agrees.any()) and is_lucky(agrees, scored & ~lower, best),
    }


def _n_known(texts: np.ndarray) -> int:
    return len(set(texts) - {""})
