"""When two signatures are of one perturbagen, one kind of perturbation, one cell line or one dose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ._doses import NUMBER, UNIT

#: Doses are one level up to this ratio: 3.33 and 3.3333 uM are one dose written twice, and so are 0.12 and 0.125.
SAME_DOSE = 1.05

COMPOUND, KNOCKOUT, KNOCKDOWN = "compound", "knockout", "knockdown"
OVER_EXPRESSION, ACTIVATION = "over-expression", "activation"
LIGAND, ANTIBODY = "ligand", "antibody"

# The wordings of the site, of the CMap (trt_xpr, trt_sh.cgs, trt_oe.mut ...) and of people, signs taken for blanks; the
# first that fits counts. Positive controls are compounds like any other.
_WORDINGS = (
    (ACTIVATION, r"crispr ?a\b|activation"),
    (KNOCKDOWN, r"crispr ?i\b|interference|\bsh ?rna|\bsi ?rna|\btrt s[hi]\b|knock ?down"),
    (KNOCKOUT, r"crispr|\bxpr\b|knock ?out"),
    (OVER_EXPRESSION, r"over ?express|\boe\b|\bc ?dna\b|\borf\b"),
    (LIGAND, r"\blig\b|ligand|cytokine"),
    (ANTIBODY, r"\baby\b|antibod"),
    (COMPOUND, r"chemical|compound|small molecule|drug|\btrt cp\b|\btrt poscon\b"),
)

# Plates of the genetic screens say so in their names (XPR029, KDB008, OEB006), for ids without metadata.
_PLATES = ((KNOCKOUT, r"XPR"), (KNOCKDOWN, r"KD[A-Z]\d"), (OVER_EXPRESSION, r"OE[A-Z]\d"))

_BROAD_ID = re.compile(r"BRD-[A-Z]\d{8}")
_DOSE = re.compile(rf"({NUMBER}) ?({UNIT})")


def name_key(name: object) -> str:
    """Return what equal names share: letters in one case, blanks trimmed; "" for a missing name."""
    return " ".join(plain(name).split()).casefold()


def plain(cell: object) -> str:
    """Return the text of a metadata cell, "" where there is none."""
    missing = cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))
    return "" if missing else str(cell).strip()


def kind_of(pert_type: str, plate: str = "") -> str:
    """Return the kind of a perturbation by its type's wording, else by its plate's name; "" if neither tells.

    A type of another wording is a kind of its own.
    """
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", name_key(pert_type)).split())
    for kind, pattern in _WORDINGS:
        if re.search(pattern, words):
            return kind
    if words:
        return name_key(pert_type)
    return next((kind for kind, pattern in _PLATES if re.match(pattern, plain(plate))), "")


def most_common(texts: Iterable[str]) -> str:
    """Return the text that stands most often; of equals the first in the alphabet, "" only if there is no other."""
    counts = Counter(text for text in texts if text)
    return min(counts, key=lambda text: (-counts[text], text)) if counts else ""


def cell_keys(cell_lines: Iterable[object]) -> np.ndarray:
    """Return one key per cell line, "" where it is not known.

    A dot may be a suffix (HT29.311) or part of the name (XC.P910): what stands before it counts only where a cell line
    of that name is in the list too, so that two labels of one line are not taken for two lines.
    """
    keys = [name_key(cell) for cell in cell_lines]
    whole = set(keys)
    bases = [key.partition(".")[0] for key in keys]
    return np.array([b if b in whole else k for k, b in zip(keys, bases, strict=True)], dtype=object)


def broad_ids(signatures: pd.DataFrame) -> np.ndarray:
    """Return the id of each signature's compound, "" where no metadata hold one.

    ``pert_id`` is taken as it stands, without the batch of a BRD id; a ``cmap_id`` is the id of a signature, which may
    hold a BRD id.
    """
    found = np.full(len(signatures), "", dtype=object)
    for column in ("cmap_id", "pert_id"):
        if column not in signatures:
            continue
        for place, cell in enumerate(signatures[column]):
            text = plain(cell).upper()
            broad = _BROAD_ID.search(text)
            if broad or (column == "pert_id" and text not in ("", "-666")):
                found[place] = broad[0] if broad else text
    return found


def read_doses(signatures: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return each dose as number and unit, from ``dose_um`` or else from the text in ``pert_dose``.

    The unit is "uM" for a molar dose, else as written ("ug/ml"); NaN and "" where no dose can be read.
    """
    pairs = [_number_and_unit(*cells) for cells in zip(signatures["dose_um"], signatures["pert_dose"], strict=True)]
    return np.array([number for number, _ in pairs], dtype=float), np.array([unit for _, unit in pairs], dtype=object)


def _number_and_unit(micromolar: object, text: object) -> tuple[float, str]:
    number = float(micromolar) if isinstance(micromolar, int | float | np.number) else np.nan
    if np.isfinite(number):
        return (number, "uM") if number >= 0 else (np.nan, "")  # below zero: an empty cell of the CMap, -666
    match = _DOSE.fullmatch(plain(text))
    return (float(match[1]), match[2]) if match and np.isfinite(float(match[1])) else (np.nan, "")


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
