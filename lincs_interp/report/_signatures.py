"""The rows of the page's table of all signatures: each with what is shown, what is sorted by, and the whole text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from .._util.text import NOTHING, probability, shown, shown_ends, signed
from ..readings.interpretation import Interpretation

#: The site hands out no more signatures in one matrix; of a larger one the page shows both ends.
MOST_ROWS = 4_000

#: A name is cut for the eye, and kept in full for sorting, searching and copying as far as this.
LONGEST_NAME = 300
NAME_SHOWN, ID_SHOWN, FACT_SHOWN = 60, 90, 20

# What HTML has no place for: control characters, single surrogates, and code points that are no characters.
_NO_LETTERS = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


class Text(NamedTuple):
    """A text as it is shown."""

    shown: str
    whole: str | None  # what it is, None where that is the same
    key: float | None  # sorts it if it is a quantity


class SignatureTable(NamedTuple):
    """Signatures in the order of z_sum."""

    rows: list[tuple[Any, ...]]  # place, call, name, id, dose, cell line, time, (shown, exact) of each number, grade
    columns: list[str]  # of the numbers
    cut: bool  # whether a name was too long to be kept
    n_left_out: int  # from the middle of the order of a large matrix


def signature_table(interpretation: Interpretation) -> SignatureTable:
    """Return every signature with its scores, facts and the grade of its perturbagen, the best mimicker first."""
    scores, perturbagens = interpretation.scores, interpretation.perturbagens
    half = MOST_ROWS // 2
    places = np.arange(len(scores))
    if len(scores) > MOST_ROWS:
        places = np.concatenate([places[:half], places[-half:]])
    part = scores.iloc[places]
    facts = interpretation.ranks.signatures.loc[part.index]
    grade_of = perturbagens["grade"].to_dict() if len(perturbagens) else {}
    sides = [] if interpretation.query.one_sided else ["z_up", "z_down"]
    columns = [*sides, "z_sum", "concordance", "p_cal", "fdr_cal"]
    rows = zip(
        (places + 1).tolist(),
        part["call"],
        _texts(facts["pert_name"], NAME_SHOWN),
        _texts(part.index, ID_SHOWN),
        _texts(facts["pert_dose"], FACT_SHOWN, facts["dose_um"]),
        _texts(facts["cell_line"], FACT_SHOWN),
        _texts(facts["pert_time"], FACT_SHOWN, facts["time_h"]),
        zip(*([_number(column, value) for value in part[column].tolist()] for column in columns), strict=True),
        [grade_of.get(name, NOTHING) for name in interpretation._perturbagen_of.reindex(part.index)],
        strict=True,
    )
    names = (*scores.index, *interpretation.ranks.signatures["pert_name"])
    cut = any(len(str(name)) > LONGEST_NAME for name in names)
    return SignatureTable(list(rows), columns, cut, len(scores) - len(places))


def _texts(values: Iterable[object], limit: int, keys: Iterable[float] = repeat(np.nan)) -> Iterator[Text]:
    for value, key in zip(values, keys, strict=False):
        text = "" if value is None or value != value else str(value)
        visible = (shown(text, limit) if text else NOTHING) or NOTHING
        yield Text(visible, None if visible == text else _whole(text), float(key) if np.isfinite(key) else None)


def _whole(text: str) -> str:
    """Return the text without what no page can hold, and cut in its middle where it is very long."""
    return _NO_LETTERS.sub(" ", text) if len(text) <= LONGEST_NAME else shown_ends(text, LONGEST_NAME)


def _number(column: str, value: float) -> tuple[str, float | str]:
    if not np.isfinite(value):
        return NOTHING, ""
    if column.endswith("_cal"):
        return probability(value), value
    return signed(value, 2 if column == "concordance" else 1), value
