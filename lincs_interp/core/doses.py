"""Doses and times as text and as numbers: "100nM" -> ("100 nM", 0.1 uM), "24H" -> ("24 h", 24.0)."""

from __future__ import annotations

import math
import re
from functools import lru_cache

#: What stands for a signature that pools several times (XH in its id).
MIXED_TIMES = "mixed"

NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"

#: Molar; mass, volume and percent; anything per something.
UNIT = (
    r"(?:[fpnuµμm]?M"
    r"|[pnuµμm]g|[nuµμm][lL]|%"
    r"|(?:[pnuµμm]?g|[nuµμm]?[lL]|[kmµμu]?I?U|units?|cells|[pnuµμm]?mol)(?:/|_per_)[A-Za-z0-9µμ]+)"
)

_DOSE = re.compile(rf"({NUMBER})\s*({UNIT})")
_TIME = re.compile(rf"({NUMBER})\s*(h|hr|hrs|hours?|min|minutes?|d|days?)", re.IGNORECASE)
_MISSING = frozenset({"", "NA", "N/A", "nan", "NaN", "None", "-666"})  # -666 is the CMap's empty cell

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
    return "" if text in _MISSING else text


@lru_cache(maxsize=4096)
def read_dose(text: str) -> tuple[str, float]:
    """Return a dose as text ("10 uM") and in micromolar (NaN unless it is a molar dose)."""
    text = text.strip()
    match = _DOSE.fullmatch(text)
    if match is None:
        return known(text), math.nan
    number, unit = match[1], match[2].replace("_per_", "/").replace("µ", "u").replace("μ", "u")
    up, down = _TO_MICROMOLAR.get(unit, (math.nan, 1.0))
    return f"{number} {unit}", _finite(float(number) * up / down)


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
