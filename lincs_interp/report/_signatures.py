"""The rows of the page's table of all signatures: each with what is shown, what is sorted by, and the whole text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._util.text import shown, shown_ends, signed
from ..readings.interpretation import Interpretation

#: The site hands out no more signatures in one matrix; of a larger one the page shows both ends.
MOST_ROWS = 4_000

#: A name is cut for the eye, and kept in full for sorting, searching and copying as far as this.
LONGEST_NAME = 300
NAME_SHOWN, ID_SHOWN, FACT_SHOWN = 60, 90, 20

#: Shown where there is nothing.
NONE = "–"

# What HTML has no place for: control characters, single surrogates, and code points that are no characters.
_NO_LETTERS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Text(NamedTuple):
    """A text as it is shown; `whole` is what it is, None where that is the same; `key` sorts it if it is a quantity."""

    shown: str
    whole: str | None = None
    key: float | None = None


class Number(NamedTuple):
    """A number as it is shown, and in full; `whole` is "" where there is none."""

    shown: str
    whole: float | str


class SignatureRow(NamedTuple):
    """One signature."""

    place: int
    call: str
    name: Text
    id: Text
    dose: Text
    cell: Text
    time: Text
    numbers: list[Number]
    grade: str


class SignatureTable(NamedTuple):
    """Signatures in the order of z_sum.

    `cut` is true if a name was too long to be kept; `n_left_out` counts those from the middle of the order of a large
    matrix that are missing.
    """

    rows: list[SignatureRow]
    columns: list[str]
    cut: bool
    n_left_out: int


def small(p: float) -> str:
    """A probability as one reads it: "0.03", "2e-09"."""
    return NONE if not np.isfinite(p) else f"{p:.2f}" if p >= 0.1 else f"{p:.1g}"


def signature_table(interpretation: Interpretation) -> SignatureTable:
    """Return every signature with its scores, facts and the grade of its perturbagen, the best mimicker first."""
    scores = interpretation.scores
    half = MOST_ROWS // 2
    places = np.arange(len(scores))
    if len(scores) > MOST_ROWS:
        places = np.concatenate([places[:half], places[-half:]])
    sides = [] if interpretation.query.one_sided else ["z_up", "z_down"]
    columns = [*sides, "z_sum", "concordance", "p_cal", "fdr_cal"]
    rows = list(_rows(interpretation, places, columns))
    names = (*scores.index, *interpretation.ranks.signatures["pert_name"])
    cut = any(len(str(name)) > LONGEST_NAME for name in names)
    return SignatureTable(rows, columns, cut, len(scores) - len(places))


def _rows(interpretation: Interpretation, places: np.ndarray, columns: list[str]) -> Iterator[SignatureRow]:
    part = interpretation.scores.iloc[places]
    facts = interpretation.ranks.signatures.loc[part.index]
    perturbagens = interpretation.perturbagens
    grade_of = perturbagens["grade"].to_dict() if len(perturbagens) else {}
    grades = [grade_of.get(name, NONE) for name in interpretation.perturbagen_of.reindex(part.index)]
    words = zip(
        part.index, *(facts[name] for name in ("pert_name", "pert_dose", "cell_line", "pert_time")), strict=True
    )
    keys = zip(facts["dose_um"], facts["time_h"], strict=True)
    numbers = zip(*(part[name].tolist() for name in columns), strict=True)
    rest = zip(part["call"], grades, places + 1, strict=True)
    for (signature, name, dose, cell, time), (dose_um, time_h), values, (call, grade, place) in zip(
        words, keys, numbers, rest, strict=True
    ):
        yield SignatureRow(
            place=int(place),
            call=str(call),
            name=_text(name, NAME_SHOWN),
            id=_text(signature, ID_SHOWN),
            dose=_text(dose, FACT_SHOWN, dose_um),
            cell=_text(cell, FACT_SHOWN),
            time=_text(time, FACT_SHOWN, time_h),
            numbers=[_number(column, value) for column, value in zip(columns, values, strict=True)],
            grade=str(grade),
        )


def _text(value: object, limit: int, key: float | None = None) -> Text:
    text = "" if value is None or value != value else str(value)
    visible = shown(text, limit) if text else NONE
    known = key is not None and np.isfinite(key)
    return Text(visible or NONE, None if visible == text else _whole(text), float(key) if known else None)  # type: ignore[arg-type]


def _whole(text: str) -> str:
    """The text without what no page can hold, and cut in its middle where it is very long."""
    return _NO_LETTERS.sub(" ", text) if len(text) <= LONGEST_NAME else shown_ends(text, LONGEST_NAME)


def _number(column: str, value: float) -> Number:
    if not np.isfinite(value):
        return Number(NONE, "")
    if column.endswith("_cal"):
        return Number(small(value), value)
    return Number(signed(value, 2 if column == "concordance" else 1), value)
