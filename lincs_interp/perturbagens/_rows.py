"""One perturbagen's row: the numbers of all its signatures, and what a grade needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.missing import plain
from ..core.calls import ASSUMED, CALL_P, MEASURED
from ..core.doses import read_doses
from ..core.identity import broad_ids, cell_keys, name_key
from .aggregates import Conditions, at_reference_condition, max_quantile, simes_either_way
from .dose_trend import DoseSeries, only_at_highest_dose, trend_of
from .grades import EVIDENCE_COLUMNS, NO_CALL, Evidence, is_lucky

_CALLS = {"mimicker": 1, "reverser": -1}
_DIRECTIONS = {1: "mimicker", -1: "reverser", 0: NO_CALL}


@dataclass(frozen=True, eq=False)
class SignatureFacts:
    """What is asked of each signature, one array each, in the order of the scores.

    `called` is 1 for a mimicker, -1 for a reverser, 0 else; `nominal` the same before calibrated p had its say.
    `p` and `towards` (the sign of the calibrated z) are None without calibration, `share_answered` without promiscuity.
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
    scale: str
    share_answered: np.ndarray | None

    @property
    def calibrated(self) -> bool:
        """True if the scores went through calibrate, by whatever means."""
        return self.p is not None

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
        nominal = np.where(scored, scores["call"].map(_CALLS).fillna(0).to_numpy(dtype=int), 0)
        p, towards, scale = _calibration(scores)
        called = nominal if p is None or towards is None else np.where((p < CALL_P) & (towards == nominal), nominal, 0)
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
            scale=scale,
            share_answered=share_answered,
        )


def _calibration(scores: pd.DataFrame) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    if "p_cal" not in scores:
        return None, None, "nominal"
    z = scores["z_cal" if "z_cal" in scores else "z_sum"].to_numpy(dtype=float)
    return scores["p_cal"].to_numpy(dtype=float), np.sign(z), p_status(scores)[0]


def p_status(scores: pd.DataFrame) -> tuple[str, str]:
    """Return what p_cal rests on, "measured" or "assumed", and how in words; of unknown origin counts as assumed."""
    there = scores[scores["p_cal"].notna()] if scores["p_cal"].notna().any() else scores
    if "p_status" not in there or not (there["p_status"].isin([MEASURED, ASSUMED])).all():
        return ASSUMED, "p_cal of unknown origin, taken for assumed"
    status = ASSUMED if (there["p_status"] == ASSUMED).any() else MEASURED
    how = there.loc[there["p_status"] == status, "how"] if "how" in there else there["p_status"]
    return status, plain(how.iloc[0]) if len(how) else ""


def one_perturbagen(signatures: SignatureFacts, places: np.ndarray) -> tuple[dict[str, Any], Evidence]:
    """Return the columns of one perturbagen's row, and the evidence for its grade (fdr still unknown)."""
    s = signatures
    called = s.called[places]
    sign = int(np.sign(called.sum()))
    agrees = (called == sign) & (sign != 0)
    doses = DoseSeries.of(s.cell[places], s.time[places], s.dose[places], s.unit[places])
    columns: dict[str, Any] = {"call": _DIRECTIONS[sign], "n_signatures": len(places)}
    columns |= _counts(s, places, sign, agrees, doses)
    columns |= _cells(s.cell[places], s.score[places], agrees, s.scored[places], sign)
    columns |= _strength(s, places, agrees, doses)
    columns |= _doses(s, places, sign, agrees, doses)
    if s.p is not None and s.towards is not None:
        tested = places[s.scored[places] & np.isfinite(s.p[places])]
        columns["p_cal"] = simes_either_way(s.p[tested], s.towards[tested], s.discordant[tested])
    share_answered = np.nan
    if s.share_answered is not None:
        share = s.share_answered[places[agrees] if agrees.any() else places]
        share_answered = float(np.nanmedian(share)) if np.isfinite(share).any() else np.nan
        columns["share_answered"] = share_answered
    dose = np.array([f"{level} {unit}" for level, unit in zip(doses.level, doses.unit, strict=True)], dtype=object)
    plate, cell, time, dose = (facts[agrees] for facts in (s.plate[places], s.cell[places], s.time[places], dose))
    evidence = Evidence(
        **{name: columns[name] for name in EVIDENCE_COLUMNS},
        n_conditions=len(set(zip(plate, cell, time, dose, strict=True))),
        n_plates=_n_known(plate),
        n_dose_times=len(set(zip(dose, time, strict=True))),
        n_nominal=int((s.nominal[places] != 0).sum()),
        n_nominal_agreeing=int((s.nominal[places] == sign).sum()) if sign else 0,
        scale=s.scale,
        fdr=np.nan,
        share_answered=share_answered,
    )
    return columns, evidence


def _counts(
    s: SignatureFacts, places: np.ndarray, sign: int, agrees: np.ndarray, doses: DoseSeries
) -> dict[str, int | float]:
    called, scored = s.called[places], s.scored[places]
    n_scored = int(scored.sum())
    n_discordant, n_agreeing = int(s.discordant[places].sum()), int(agrees.sum())
    return {
        "n_scored": n_scored,
        "n_ids": _n_known(s.broad_id[places]),
        "n_doses": len({dose for dose in zip(doses.unit[scored], doses.level[scored], strict=True) if dose[0]}),
        "n_times": _n_known(s.time[places][scored]),
        "n_mimicker": int((called == 1).sum()),
        "n_reverser": int((called == -1).sum()),
        "n_discordant": n_discordant,
        "n_agreeing": n_agreeing,
        "n_opposed": int((called == -sign).sum()) if sign else 0,
        "share_agreeing": n_agreeing / n_scored if n_scored else np.nan,
        "share_discordant": n_discordant / n_scored if n_scored else np.nan,
    }


def _cells(
    cell: np.ndarray, score: np.ndarray, agrees: np.ndarray, scored: np.ndarray, sign: int
) -> dict[str, int | float]:
    """Known cell lines with a score, and those whose median points that way with a signature that is called so."""
    lines = set(cell[scored]) - {""}
    agreeing = 0
    for line in lines & set(cell[agrees]):
        agreeing += bool(sign * np.median(score[(cell == line) & scored]) > 0)
    share = agreeing / len(lines) if lines and sign else np.nan
    return {"n_cells": len(lines), "n_cells_agreeing": agreeing, "cells_agreeing": share}


def _strength(s: SignatureFacts, places: np.ndarray, agrees: np.ndarray, doses: DoseSeries) -> dict[str, Any]:
    score, scored = s.score[places], s.scored[places]
    if not scored.any():
        unknown = dict.fromkeys(("median_score", "max_quantile", "srges"), np.nan)
        return {**unknown, "best_signature": "", "best_score": np.nan, "lucky_column": False}
    best = int(np.argmax(np.where(agrees if agrees.any() else scored, np.abs(score), -1.0)))
    lower = (doses.unit == doses.unit[best]) & (doses.level < doses.level[best])
    return {
        "median_score": float(np.median(score[scored])),
        "max_quantile": max_quantile(score[scored]),
        "srges": float(np.mean(s.adjusted[places][scored])),
        "best_signature": s.ids[places][best],
        "best_score": float(score[best]),
        "lucky_column": bool(agrees.any()) and is_lucky(agrees, scored & ~lower, best),
    }


def _doses(
    s: SignatureFacts, places: np.ndarray, sign: int, agrees: np.ndarray, doses: DoseSeries
) -> dict[str, float | bool]:
    scored = s.scored[places]
    trend = trend_of(np.where(scored & (sign != 0), sign * s.score[places], np.nan), doses)
    highest = only_at_highest_dose(agrees[scored], doses.where(scored))
    return {"dose_trend": trend.trend, "p_dose_trend": trend.p, "highest_dose_only": highest}


def _n_known(texts: np.ndarray) -> int:
    return len(set(texts) - {""})
