"""Signature ids: plate, cell line, time, well, perturbagen and dose, read from the text or from metadata.

An id is ``PLATE_CELL_TIME_WELL_PERT[_DOSE]``. PLATE, CELL, TIME and WELL never hold an underscore, PERT and DOSE may:
so the four left tokens are anchored, and a dose is peeled off the right end only if it starts with a digit and ends in
a unit. An id that does not follow this grammar is an ordinary thing: its fields stay empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.html import Html, card, escaped, table_html
from .._util.missing import plain
from .._util.text import NOTHING, counted, kind, number, shown, shown_ends
from .doses import NUMBER, UNIT, known, read_dose, read_time

#: Columns of a metadata table that may hold the ids of the signatures, looked at in this order.
ID_COLUMNS = ("local_id", "persistent_id", "id", "uuid", "signature")

_ID = re.compile(
    r"(?P<plate>[^_]+)_(?P<cell>[^_]+)"
    r"_(?P<time>(?:[0-9]+(?:\.[0-9]+)?|X)[Hh]|NA)(?:\.[0-9]+[Hh])?"
    r"_(?P<well>[A-P](?:0?[1-9]|1[0-9]|2[0-4])|NA)"
    r"_(?P<pert>.+)",
    re.DOTALL,
)
_DOSED = re.compile(rf"(?P<pert>.+)_(?P<dose>{NUMBER}{UNIT}|NA)", re.DOTALL)

# A signature file is named after its id, and a persistent id is the address of that file.
_FILE_NAME = re.compile(r"(?:.*/)?L1000_LINCS_DCIC_(?:2021_)?(.*?)(?:\.tsv)?(?:\.gz)?", re.DOTALL)


@dataclass(frozen=True)
class SignatureId:
    """The parts of a signature id as written in it, empty where unknown; see :func:`parse_signature_id`."""

    text: str  # as given
    pert_name: str = ""
    pert_dose: str = ""  # "10 uM"
    dose_um: float = math.nan  # micromolar; NaN for a mass dose or none
    cell_line: str = ""
    pert_time: str = ""  # "24 h", or "mixed" for mixed times (XH)
    time_h: float = math.nan  # hours; NaN if mixed or unknown
    plate: str = ""
    well: str = ""
    parsed: bool = False  # whether the text follows the grammar of a signature id

    def _repr_html_(self) -> str:
        if not self.parsed:
            return card(
                Html(f"{escaped(self.text)} does not follow the grammar of a signature id: its parts stay empty.")
            )
        facts = {part: escaped(getattr(self, part) or NOTHING) for part in _TEXTS if part != "pert_type"}
        if math.isfinite(self.dose_um):
            facts["dose_um"] = Html(f"{number(self.dose_um, 4).rstrip('0').rstrip('.')} micromolar")
        if math.isfinite(self.time_h):
            facts["time_h"] = Html(f"{self.time_h:g} hours")
        rows = [[Html(f"<code>.{name}</code>"), text] for name, text in facts.items()]
        return card(escaped(self.text), table_html(rows, ["part", "value"], caption="The parts of a signature id."))


#: The columns of :func:`describe_signatures`, in this order: the parts of an id, and what no id holds.
SIGNATURE_COLUMNS = (*(part.name for part in fields(SignatureId) if part.name not in ("text", "parsed")), "pert_type")
_NUMBERS = {"dose_um": ("pert_dose", read_dose), "time_h": ("pert_time", read_time)}  # and what they come from
_TEXTS = tuple(column for column in SIGNATURE_COLUMNS if column not in _NUMBERS)


def parse_signature_id(text: str) -> SignatureId:
    """Take a signature id apart; text of any other kind gives empty fields, never an error.

    Parameters
    ----------
    text : str
        An id such as ``REP.B025_YAPC_24H_K01_resiquimod_2.22uM``, also as the name or address of a signature file
        (``L1000_LINCS_DCIC_<id>.tsv``).

    Returns
    -------
    SignatureId
        ``plate``, ``cell_line``, ``well``, ``pert_name``, ``pert_dose`` and ``pert_time`` as text, ``dose_um`` in
        micromolar and ``time_h`` in hours (NaN where they cannot be known); ``parsed=False`` and empty fields if the
        text is not a signature id.

    Notes
    -----
    Nothing is undone that cannot be undone with certainty: a dot in the cell line stays (``HT29.311`` is HT29 with a
    suffix, ``XC.P910`` is a name), and ``_or_`` in the perturbagen stays, because a name may hold it by itself.
    ``_per_`` in a dose is always a slash. ``NA`` in place of a time, well or dose means unknown. Of a time with a
    suffix (``6H.4H``) the first part counts.

    Examples
    --------
    >>> found = parse_signature_id("REP.B025_YAPC_24H_K01_resiquimod_2.22uM")
    >>> found.pert_name, found.pert_dose, found.dose_um, found.cell_line, found.time_h
    ('resiquimod', '2.22 uM', 2.22, 'YAPC', 24.0)
    >>> parse_signature_id("OEB006_A375_96H_H01_B2M").pert_dose
    ''
    """
    text = str(text)
    bare = text.strip()
    if named := _FILE_NAME.fullmatch(bare):
        bare = named[1]
    match = _ID.fullmatch(bare)
    if match is None:
        return SignatureId(text)
    name, dose = match["pert"], ""
    if dosed := _DOSED.fullmatch(name):
        name, dose = dosed["pert"], dosed["dose"]
    plate, cell, well = ("" if match[part] == "NA" else match[part] for part in ("plate", "cell", "well"))
    return SignatureId(text, name, *read_dose(dose), cell, *read_time(match["time"]), plate, well, parsed=True)


def describe_signatures(
    ids: Iterable[str], metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Return what is known of signatures by their ids and by metadata: SIGNATURE_COLUMNS, then those of the metadata.

    Ids in any order, repeats and texts that are no id keep their row. Unknown text is "", an unknown number NaN.
    """
    table = _parsed(_labels(ids).rename("signature"))
    return table if metadata is None else add_metadata(table, metadata)


def add_metadata(table: pd.DataFrame, metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of signatures with metadata of all or some of them put over it.

    A cell of the metadata that is empty or NaN (also "NA" and the CMap's -666) overrides nothing. An id that is not
    readable (a UUID, say) is described by the ``local_id`` of its metadata.
    """
    given = _align(metadata, table.index)
    if "local_id" in given:
        unread = np.array([not parse_signature_id(text).parsed for text in table.index], dtype=bool)
        local_ids = _labels(given["local_id"].where(unread, ""))
        table = _override(table, _parsed(local_ids)[[*_TEXTS]].set_axis(table.index))
    return _override(table, given)


def _parsed(ids: pd.Index) -> pd.DataFrame:
    parsed = [parse_signature_id(text) for text in ids]
    # No id holds its pert_type: that column starts empty.
    return pd.DataFrame({c: [getattr(p, c, "") for p in parsed] for c in SIGNATURE_COLUMNS}, index=ids)


def _override(table: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Put the cells of `given` (same rows) that hold something over `table`; further columns come last."""
    new: dict[str, Any] = {str(column): cells for column, cells in given.items()}
    texts = {column: [known(plain(cell)) for cell in new[column]] for column in _TEXTS if column in new}
    for column in table.columns.intersection(given.columns):
        if column in texts:
            new[column] = [text or old for text, old in zip(texts[column], table[column], strict=True)]
        else:
            cells = given[column].astype(object)
            new[column] = cells.where(cells.notna() & (cells != ""), table[column]).infer_objects()
    # A dose or time in words is turned into a number anew, unless the metadata have the number itself.
    for column, (source, read) in _NUMBERS.items():
        new[column] = table[column]
        if source in texts:
            pairs = zip(texts[source], table[column], strict=True)
            new[column] = [read(text)[1] if text else old for text, old in pairs]
        if column in given:
            stated = pd.to_numeric(given[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            new[column] = np.where(np.isnan(stated), new[column], stated)
    table = table.copy(deep=False)
    for column, cells in new.items():
        table[column] = cells
    return table


def _align(metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]], index: pd.Index) -> pd.DataFrame:
    """Return the metadata with one row per entry of `index`, empty where it knows nothing."""
    table = _as_table(metadata)
    keys = {"": _labels(table.index)} | {column: _labels(table[column]) for column in ID_COLUMNS if column in table}
    best = max(keys, key=lambda column: index.isin(keys[column]).sum())  # of equals the first: the index
    if len(index) and not index.isin(keys[best]).any():
        none = f"none of the {counted(len(index), 'signature')} (the first is {shown(index[0], 40)!r})"
        columns = f"{', '.join(ID_COLUMNS[:-1])} or {ID_COLUMNS[-1]}"
        remedy = f"give it the signature ids as its index or in a column named {columns}"
        problem = f"the metadata (signatures) describe {none}"
        raise LincsInterpError(problem, argument="signatures", value=metadata, remedy=remedy)
    first = ~keys[best].duplicated()
    rows = keys[best][first].get_indexer(index)  # -1, a signature the metadata does not know, becomes NaN
    aligned = table.loc[first].reset_index(drop=True).reindex(rows).set_axis(index)
    return aligned.drop(columns=best) if best else aligned  # it would repeat the index


def _as_table(metadata: Any) -> pd.DataFrame:
    if isinstance(metadata, pd.DataFrame):
        table = metadata.copy(deep=False)
    elif isinstance(metadata, Mapping) and all(isinstance(facts, Mapping | pd.Series) for facts in metadata.values()):
        table = pd.DataFrame([dict(facts) for facts in metadata.values()], index=_labels(metadata))
    else:
        problem = f"the metadata (signatures) are {kind(metadata)}, not a table"
        remedy = "pass a DataFrame with one row per signature, or a mapping from each signature id to its facts"
        raise LincsInterpError(problem, argument="signatures", value=metadata, remedy=remedy)
    table.columns = _labels(table.columns)
    return table.loc[:, ~table.columns.duplicated()]


def _labels(values: Iterable[object]) -> pd.Index:
    return pd.Index([str(value) for value in values], dtype=object)


def signature_label(signature: str, facts: pd.Series) -> str:
    """Return "vorinostat 10 uM, MCF7, 24 h", or the id where nothing is known about it."""
    name = " ".join(text for key in ("pert_name", "pert_dose") if (text := str(facts.get(key) or "")))
    place = [text for key in ("cell_line", "pert_time") if (text := str(facts.get(key) or ""))]
    return shown_ends(", ".join([name, *place]) if name else signature, 80)
