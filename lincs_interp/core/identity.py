"""When two signatures are of one perturbagen, one kind of perturbation, one cell line or one dose.

And whether a table of scores holds each of them once, and numbers where numbers belong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from numbers import Real

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, kind, listed, one_of, shown
from .doses import NUMBER, UNIT

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

# The words of the column ``call``, and the columns of a score table that are used as numbers wherever they are.
CALLS = ("mimicker", "reverser", "discordant", "unresolved")
_NUMBERS = ("z_up", "z_down", "z_sum", "z_cal", "p_cal", "fdr_cal", "n_hypotheses")

# Columns of a score table that hold no score with a sign: counts, probabilities, areas.
_NO_SCORE = ("n_", "p_", "fdr_", "bonferroni_", "auc_")

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
    for meant, pattern in _WORDINGS:
        if re.search(pattern, words):
            return meant
    if words:
        return name_key(pert_type)
    return next((meant for meant, pattern in _PLATES if re.match(pattern, plain(plate))), "")


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


def checked_scores(
    scores: object, signatures: pd.DataFrame, score: object, needed: tuple[str, ...] = ("z_sum", "call")
) -> pd.DataFrame:
    """Return a table of scores with its numbers as floats, one row per signature of `signatures`.

    Raises
    ------
    LincsInterpError
        If it is no such table, holds a row or column twice, no numbers or infinite ones where numbers belong, a call
        of another word, or no column `score` whose sign tells mimickers from reversers.
    """
    if not isinstance(scores, pd.DataFrame) or not set(needed) <= set(scores.columns):
        raise LincsInterpError("scores must be the table that score_concordance makes for this matrix.")
    for labels, what in ((scores.index, "row per signature"), (scores.columns, "column of a name")):
        if not labels.is_unique:
            again = labels[labels.duplicated()].unique()
            raise LincsInterpError(f"scores holds {listed(again, 3)} more than once: keep one {what}.")
    if not len(scores):
        raise LincsInterpError("scores holds no signature: pass the table of score_concordance, or loosen the filter.")
    unknown = scores.index.difference(signatures.index)
    if len(unknown):
        raise LincsInterpError(
            f"scores holds {listed(unknown, 3)}, which ranks does not: pass the matrix that was scored."
        )
    table = scores.copy(deep=False)
    for column in _NUMBERS:
        if column in table:
            table[column] = as_numbers(f"{column} of scores", table[column])
    with_sign = [c for c in table if isinstance(c, str) and not c.startswith(_NO_SCORE) and _holds_numbers(table[c])]
    if not with_sign:
        raise LincsInterpError("scores has no column of scores with a sign: pass the table of score_concordance.")
    one_of("score", score, with_sign)
    assert isinstance(score, str)
    table[score] = as_numbers(f"{score} of scores", table[score])
    if "call" in needed:
        strange = table.loc[~table["call"].isin(CALLS) & table["z_sum"].notna(), "call"]
        if len(strange):
            raise LincsInterpError(
                f"call of scores is {shown(strange.iloc[0], 40)!r} for {shown(strange.index[0])}: the words are"
                f" {listed(CALLS)}."
            )
    return table


def as_numbers(argument: str, values: pd.Series) -> pd.Series:
    """Return a column as floats, whatever its type is called; NaN where it is missing.

    Raises
    ------
    LincsInterpError
        If it holds anything else, or an infinite number.
    """
    if not _holds_numbers(values):
        strange = next((value for value in values if not _is_number_or_missing(value)), values.iloc[0])
        raise LincsInterpError(f"{argument} holds {kind(strange)}, {shown(repr(strange), 40)}: it must hold numbers.")
    numbers = values if isinstance(values.dtype, np.dtype) and values.dtype != object else values.astype(object)
    found = pd.Series(numbers.where(values.notna(), np.nan).to_numpy(dtype=float), index=values.index, name=values.name)
    infinite = found.index[np.isinf(found)]
    if len(infinite):
        raise LincsInterpError(
            f"{argument} is infinite for {listed(infinite, 3)}: leave these out, or set them to missing (NaN)."
        )
    return found


def _holds_numbers(values: pd.Series) -> bool:
    if isinstance(values.dtype, np.dtype) and values.dtype != object:
        return values.dtype.kind in "iuf"
    return all(map(_is_number_or_missing, values))


def _is_number_or_missing(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, Real) or value is None or value is pd.NA
