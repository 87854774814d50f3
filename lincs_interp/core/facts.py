"""Facts about signatures: what files call them, and how dose and time come out of two fields or three."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from .._util.missing import plain
from .doses import NUMBER, is_read, known

# What the package calls a fact -> its names as `header_word` writes them, the surer ones first.
_NAMES = {
    "cell_line": ("cell_line", "cell_iname", "cell_id", "cellline", "cell"),
    "pert_name": ("pert_name", "pert_iname", "cmap_name", "perturbagen", "compound", "drug"),
    "pert_dose": ("pert_dose", "dose", "concentration", "pert_idose"),
    "pert_time": ("pert_time", "time", "timepoint", "time_point", "pert_itime"),
    "pert_type": ("pert_type", "perturbation_type", "perturbagen_type"),
}
# The Connectivity Map keeps 10 and "um" in two fields, and "10 um" in a third.
_UNITS = {
    "pert_dose": ("pert_dose_unit", "pert_dose_units", "dose_unit", "dose_units", "concentration_unit"),
    "pert_time": ("pert_time_unit", "pert_time_units", "time_unit", "time_units"),
}
_OTHERS = (
    "dose_um", "time_h", "plate", "well", "tissue", "disease", "batch", "moa", "target", "subset", "uuid",
    "local_id", "persistent_id", "cmap_id", "pert_id", "sig_id", "tas", "qc_tas", "distil_cc_q75",
    *(name for names in _UNITS.values() for name in names),
)  # fmt: skip
#: What files call a fact -> what the package calls it.
FACTS = {name: fact for fact, names in _NAMES.items() for name in names} | {name: name for name in _OTHERS}


def header_word(text: str) -> str:
    """Return a header cell in the spelling of such tables: lower case with "_" between words."""
    return re.sub(r"[\s.\-]+", "_", text.lstrip("\ufeff \t#!").strip().lower())


def under_usual_names(table: pd.DataFrame) -> pd.DataFrame:
    """Return metadata under the names of the package, a number and its unit as one text."""
    # Where several columns hold one fact, a cell that is empty in the surest is taken from the next; all stay.
    words = [header_word(str(column)) for column in table.columns]
    names = [str(column) for column in table.columns]
    for name in _OTHERS:
        if name in words and name not in names:
            names[words.index(name)] = name
    cells: dict[str, Sequence[str]] = {}
    for fact, aliases in _NAMES.items():
        places = [place for alias in aliases for place, word in enumerate(words) if word == alias]
        units = [place for alias in _UNITS.get(fact, ()) for place, word in enumerate(words) if word == alias]
        if places:
            if fact in names and names.index(fact) != places[0]:
                names[names.index(fact)] += " (2)"
            names[places[0]] = fact
        if len(places) > 1 or (places and units):
            unit = [known(plain(cell)) for cell in table.iloc[:, units[0]]] if units else [""] * len(table)
            columns = [_with_unit(table.iloc[:, place], unit) for place in places]
            cells[fact] = [_best(fact, texts) for texts in zip(*columns, strict=True)]
    table = table.set_axis(pd.Index(names, dtype=object), axis=1)
    return table.assign(**cells)


def _with_unit(column: pd.Series, units: Sequence[str]) -> list[str]:
    texts = (known(plain(cell)) for cell in column)
    return [
        f"{float(text):.7g} {unit}" if unit and re.fullmatch(NUMBER, text) else text
        for text, unit in zip(texts, units, strict=True)
    ]


def _best(fact: str, texts: Sequence[str]) -> str:
    """Return the first text that is understood, or else the first that is there."""
    filled = [text for text in texts if text]
    understood = (text for text in filled if fact not in _UNITS or is_read(fact, text))
    return next(understood, filled[0] if filled else "")
