"""Doses and times as text and as numbers: "100nM" -> ("100 nM", 0.1 uM), "24H" -> ("24 h", 24.0)."""

from __future__ import annotations

import math
import re
from functools import lru_cache

import numpy as np
import pandas as pd

from .._util.missing import NO_FACT, plain

#: Doses are one level up to this ratio: 3.33 and 3.3333 uM are one dose written twice, and so are 0.12 and 0.125.
SAME_DOSE = 1.05

#: The time of a signature that pools several times (XH in its id).
MIXED_TIMES = "mixed"

NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"

#: Molar; mass, volume and percent; anything per something.
UNIT = (
    r"(?:[fpnuµμm]?M"
    r"|[pnuµμm]g|[nuµμm][lL]|%"
    r"|(?:[pnuµμm]?g|[nuµμm]?[lL]|[kmµμu]?I?U|units?|cells|[pnuµμm]?mol)(?:/|_per_)[A-Za-z0-9µμ]+)"
)

# The Connectivity Map writes um and nm; its micro sign may be lost on the way (U+FFFD).
_MOLAR = re.compile("[fpnuUmµμ\ufffd][mM]")
_DOSE = re.compile(rf"({NUMBER})\s*({UNIT}|{_MOLAR.pattern})")
_TIME = re.compile(rf"({NUMBER})\s*(h|hr|hrs|hours?|min|minutes?|d|days?)", re.IGNORECASE)

# Numerator and denominator, so that 30 nM is the float 0.03 and not its neighbour.
_TO_MICROMOLAR = {
    "fM": (1.0, 1e9),
    "pM": (1.0, 1e6),
    "nM": (1.0, 1e3),
    "uM": (1.0, 1.0),
    "mM": (1e3, 1.0),
    "M": (1e6, 1.0),
}
_TO_HOURS = {"h": (1.0, 1.0), "m": (1.0, 60.0), "d": (24.0, 1.0)}


def known(text: str) -> str:
    """Return `text`, or "" if it only says that something is missing."""
    return "" if text in NO_FACT else text


@lru_cache(maxsize=4096)
def read_dose(text: str) -> tuple[str, float]:
    """Return a dose as text ("10 uM") and in micromolar (NaN unless it is a molar dose)."""
    text = text.strip()
    match = _DOSE.fullmatch(text)
    if match is None:
        return known(text), math.nan
    number, unit = match[1], re.sub("[µμ\ufffd]", "u", match[2].replace("_per_", "/"))
    if _MOLAR.fullmatch(unit):
        unit = f"{unit[0].lower()}M"
    up, down = _TO_MICROMOLAR.get(unit, (math.nan, 1.0))
    return f"{number} {unit}", _finite(float(number) * up / down)


def is_read(fact: str, text: str) -> bool:
    """Return whether a text of ``pert_dose`` or ``pert_time`` has a number and a unit that are understood."""
    return bool((_DOSE if fact == "pert_dose" else _TIME).fullmatch(text)) or (
        fact == "pert_time" and text.upper() in ("XH", MIXED_TIMES.upper())
    )


@lru_cache(maxsize=4096)
def read_time(text: str) -> tuple[str, float]:
    """Return a time as text ("24 h") and in hours (NaN if times are mixed or unknown)."""
    text = text.strip()
    if text.upper() == "XH":
        return MIXED_TIMES, math.nan
    match = _TIME.fullmatch(text)
    if match is None:
        return known(text), math.nan
    up, down = _TO_HOURS[match[2][0].lower()]
    hours = _finite(float(match[1]) * up / down)
    return (text if math.isnan(hours) else f"{hours:.12g} h"), hours


def _finite(number: float) -> float:
    return number if math.isfinite(number) else math.nan


def read_doses(signatures: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return each dose as number and unit, from ``dose_um`` or else from the text in ``pert_dose``."""
    # The unit is "uM" for a molar dose, else as written ("ug/ml"); NaN and "" where no dose can be read.
    micromolar = pd.to_numeric(signatures["dose_um"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    number = np.where(np.isfinite(micromolar) & (micromolar >= 0), micromolar, np.nan)  # the CMap's -666 is no dose
    unit = np.where(np.isnan(number), "", "uM").astype(object)
    texts = signatures["pert_dose"].tolist()
    for place in np.flatnonzero(~np.isfinite(micromolar)):
        match = _DOSE.fullmatch(plain(texts[place]))
        if match and math.isfinite(float(match[1])):
            number[place], unit[place] = float(match[1]), match[2]
    return number, unit


def dose_levels(number: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return the lowest of the doses that are one level with each, in its unit; NaN where there is no dose."""
    level = number.copy()
    for one in set(unit) - {""}:
        own = unit == one
        values, places = np.unique(number[own], return_inverse=True)
        for i in range(1, len(values)):
            if values[i] <= values[i - 1] * SAME_DOSE:
                values[i] = values[i - 1]
        level[own] = values[places]
    return level


#: What a cell line, dose or time is called that is not known.
NO_CELL, NO_DOSE, NO_TIME = "cell line unknown", "no dose", "time unknown"

DoseKey = tuple[int, str, float, str]
TimeKey = tuple[int, float, str]


def dose_keys(signatures: pd.DataFrame) -> list[DoseKey]:
    """Return a key for each dose that sorts: micromolar, then by other units, then the unknown."""
    keys: list[DoseKey] = []
    for number, unit, cell in zip(*read_doses(signatures), signatures["pert_dose"], strict=True):
        text = plain(cell)
        if unit == "uM":
            keys.append((0, "", _six_digits(number), ""))
        else:
            keys.append((1, unit, number if unit else math.inf, text) if text else (2, "", 0.0, ""))
    return keys


def dose_names(signatures: pd.DataFrame) -> dict[DoseKey, str]:
    """Return what each dose is called, in order: as the metadata write it first."""
    texts: dict[DoseKey, str] = {}
    for key, cell in zip(dose_keys(signatures), signatures["pert_dose"], strict=True):
        texts.setdefault(key, plain(cell) or (f"{key[2]:g} uM" if key[0] == 0 else NO_DOSE))
    return dict(sorted(texts.items()))


def time_keys(signatures: pd.DataFrame) -> list[TimeKey]:
    """Return a key for each time that sorts: hours, then other words ("mixed"), then the unknown."""
    keys: list[TimeKey] = []
    for hours, cell in zip(signatures["time_h"].to_numpy(dtype=float), signatures["pert_time"], strict=True):
        text = plain(cell)
        keys.append((0, _six_digits(hours), "") if math.isfinite(hours) else (1 if text else 2, 0.0, text))
    return keys


def time_name(key: TimeKey) -> str:
    """Return "24 h", "mixed" or "time unknown"."""
    known_hours, hours, text = key
    return f"{hours:g} h" if known_hours == 0 else text or NO_TIME


def _six_digits(number: float) -> float:
    """3.3333333 uM of one file is 3.333333 uM of another."""
    return float(f"{number:.6g}")
