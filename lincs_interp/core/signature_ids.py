"""Signature ids: plate, cell line, time, well, perturbagen and dose, read from the text or from metadata.

An id is ``PLATE_CELL_TIME_WELL_PERT[_DOSE]``. PLATE, CELL, TIME and WELL never hold an underscore, PERT and DOSE may:
so the four left tokens are anchored, and a dose is peeled off the right end only if it starts with a digit and ends in
a unit. The Broad writes ``PLATE_CELL_TIME:PERT[:DOSE[:TIME]]`` or ``PLATE_CELL_TIME:WELL``. An id that follows neither
grammar is an ordinary thing: its fields stay empty.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.html import Html, card, escaped, table_html
from .._util.missing import NO_FACT, plain
from .._util.text import NOTHING, counted, kind, listed, number, shown, shown_ends
from .doses import NUMBER, UNIT, is_read, known, read_dose, read_time
from .facts import under_usual_names

#: Columns of a metadata table that may hold the ids of the signatures, looked at in this order.
ID_COLUMNS = ("local_id", "persistent_id", "id", "uuid", "signature", "sig_id", "cmap_id")

_ID = re.compile(
    r"(?P<plate>[^_]+)_(?P<cell>[^_]+)"
    r"_(?P<time>(?:[0-9]+(?:\.[0-9]+)?|X)[Hh]|NA)(?:\.[0-9]+[Hh])?"
    r"_(?P<well>[A-P](?:0?[1-9]|1[0-9]|2[0-4])|NA)"
    r"_(?P<pert>.+)",
    re.DOTALL,
)
# R and pandas number the later ones of equal names (.1), which no unit ends in.
_DOSED = re.compile(rf"(?P<pert>.+)_(?P<dose>{NUMBER}{UNIT}|NA)(?:\.[0-9]+)?", re.DOTALL)
_NUMBERED = re.compile(r"(.+?)(?:\.[0-9]+| \([0-9]+\))", re.DOTALL)
# The Broad's, with dots for colons and hyphens where R's make.names had them.
_BROAD = re.compile(
    r"(?P<plate>[^_:]+)_(?P<cell>[^_:]+)_(?P<time>(?:[0-9]+(?:\.[0-9]+)?|X)[Hh])(?:_[^:]+?)?"
    r"(?::|\.(?=BRD\.|[A-P][0-9]{2}(?:\.[0-9]+)?$))"
    r"(?:(?P<well>[A-P](?:0?[1-9]|1[0-9]|2[0-4]))(?:\.[0-9]+)?"
    r"|(?P<pert>BRD[-.][A-Z][0-9]{8}|[^:]+?)(?:[-.][0-9]{3}[-.][0-9]{2}[-.][0-9]{1,2})?"
    rf"(?:[:.](?P<dose>-666(?:\.0)?|{NUMBER})(?::(?P<hours>{NUMBER}))?)?)"
)
_MADE_BRD = re.compile(r"^BRD\.(?=[A-Z][0-9]{8})")
#: Text like this is meant as an id.
_ALIKE = re.compile(r"_[0-9X]+[Hh][_:.]")
# How make.names shows: X before a digit, a dot where a hyphen, a colon or a blank was.
_MADE_NAME = re.compile(
    r"X[0-9].*|.*\bBRD\.[A-Z][0-9]{8}.*|.*_[0-9X]+H\.[A-P][0-9]{2}(?:\.[0-9]+)?|(?:[0-9a-f]+\.){4}[0-9a-f]{12}"
)

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
    Ids as the Broad writes them (``CPC004_A375_24H:BRD-A51714012:10``, ``REP.A001_A375_24H:A03``) are read too: the
    batch behind a compound is left out, its dose is micromolar, and any other dose has no unit.

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
        broad = _BROAD.fullmatch(bare)
        return SignatureId(text) if broad is None else _broad(text, broad)
    name, dose = match["pert"], ""
    if dosed := _DOSED.fullmatch(name):
        name, dose = dosed["pert"], dosed["dose"]
    name = _MADE_BRD.sub("BRD-", name)
    plate, cell, well = ("" if match[part] == "NA" else match[part] for part in ("plate", "cell", "well"))
    return SignatureId(text, name, *read_dose(dose), cell, *read_time(match["time"]), plate, well, parsed=True)


def _broad(text: str, match: re.Match[str]) -> SignatureId:
    """Return the parts of an id as the Broad writes it: the doses of compounds are micromolar, others have no unit."""
    name, dose = _MADE_BRD.sub("BRD-", match["pert"] or ""), match["dose"] or ""
    if ":" not in text and re.search(r"[1-9][0-9]*\.", dose):  # 10.1 may be the second column of 10
        dose = ""
    dose = "" if dose.startswith("-") else f"{dose} uM" if dose and name.startswith("BRD-") else dose
    time = f"{match['hours']}h" if match["hours"] else match["time"]
    plate, cell, well = match["plate"], match["cell"], match["well"] or ""
    return SignatureId(text, name, *read_dose(dose), cell, *read_time(time), plate, well, parsed=True)


def about_ids(table: pd.DataFrame) -> list[str]:
    """Return what a reader has to know of ids that are not, or not quite, understood; `table` describes them."""
    notes, texts = [], table.index.to_list()
    dotted = [text for text in texts if "." in text or text.startswith("X")]
    # Without one hyphen, dots in names may have been hyphens.
    hyphens = any("-" in text for text in texts)
    if made := [
        text
        for text in dotted
        if _MADE_NAME.fullmatch(text) or (not hyphens and "." in parse_signature_id(text).pert_name)
    ]:
        notes.append(
            f"{counted(len(made), 'signature id')} as R's make.names changes them ({listed(made, 2)}): a dot may have"
            " been another character, an X in front none. In R, check.names = FALSE keeps them."
        )
    colons = [text for text in texts if ":" in text]
    if molar := next((text for text in colons if math.isfinite(parse_signature_id(text).dose_um)), ""):
        notes.append(f"Doses in ids such as {shown(molar, 80)} are taken as micromolar, as the Broad writes them.")
    unknown = table["plate"].eq("") & table["cell_line"].eq("") & table["pert_name"].eq("")
    if unread := [text for text in table.index[unknown] if _ALIKE.search(text)]:
        notes.append(
            f"{counted(len(unread), 'signature id')} not understood ({listed(unread, 2)}): what they are of is known"
            " from metadata only."
        )
    return notes


def about_doses(table: pd.DataFrame) -> list[str]:
    """Return what a reader has to know of doses and times that are numbers of nobody knows what."""
    notes = []
    for fact, number_of, word in (("pert_dose", "dose_um", "dose"), ("pert_time", "time_h", "time")):
        texts = table.loc[table[number_of].isna(), fact].astype(str)
        odd = [text for text in texts if re.match(r"-?[0-9.]", text) and not is_read(fact, text)]
        if odd:
            notes.append(
                f"{counted(len(odd), 'signature')} with a {word} whose unit is missing or not known"
                f" ({listed(dict.fromkeys(odd), 3)}): {number_of} stays empty there."
            )
    return notes


def describe_signatures(
    ids: Iterable[str], metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Return what ids and metadata say of signatures: SIGNATURE_COLUMNS, then those of the metadata."""
    # Ids in any order, repeats and texts that are no id keep their row. Unknown text is "", an unknown number NaN.
    table = _parsed(_labels(ids).rename("signature"))
    return table if metadata is None else add_metadata(table, metadata)


def add_metadata(table: pd.DataFrame, metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of signatures with metadata of all or some of them put over it."""
    # A cell of the metadata that is empty or NaN (also "NA" and the CMap's -666) overrides nothing. An id that is not
    # readable (a UUID, say) is described by the ``local_id`` of its metadata.
    given = _align(metadata, table.index)
    if "local_id" in given:
        unread = np.array([not parse_signature_id(text).parsed for text in table.index], dtype=bool)
        local_ids = _labels(given["local_id"].where(unread, ""))
        table = _override(table, _parsed(local_ids)[[*_TEXTS]].set_axis(table.index))
    return _override(table, given)


def _parsed(ids: pd.Index) -> pd.DataFrame:
    known_ids = set(ids)
    numbered = (_NUMBERED.fullmatch(text) for text in ids)  # the later one of two equal names
    parsed = [
        parse_signature_id(match[1] if match and match[1] in known_ids else text)
        for text, match in zip(ids, numbered, strict=True)
    ]
    # No id holds its pert_type: that column starts empty.
    return pd.DataFrame({c: [getattr(p, c, "") for p in parsed] for c in SIGNATURE_COLUMNS}, index=ids)


def _override(table: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Put the cells of `given` (same rows) that hold something over `table`; further columns come last."""
    new: dict[str, Any] = {str(column): cells for column, cells in given.items()}
    texts = {column: [known(plain(cell)) for cell in new[column]] for column in _TEXTS if column in new}
    for column, (source, read) in _NUMBERS.items():
        if source in texts and source in table:
            olds = zip(texts[source], table[source], table[column], strict=True)
            texts[source] = ["" if _same_number(text, old, number) else read(text)[0] for text, old, number in olds]
    for column in table.columns.intersection(given.columns):
        if column in texts:
            new[column] = [text or old for text, old in zip(texts[column], table[column], strict=True)]
        else:
            cells = given[column].astype(object)
            there = cells.notna() & ~cells.map(plain).isin(NO_FACT)
            new[column] = cells.where(there, table[column]).infer_objects()
    # A dose or time in words is turned into a number anew, unless the metadata have the number itself.
    for column, (source, read) in _NUMBERS.items():
        new[column] = table[column]
        if source in texts:
            pairs = zip(texts[source], table[column], strict=True)
            new[column] = [read(text)[1] if text else old for text, old in pairs]
        if column in given:
            stated = pd.to_numeric(given[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            new[column] = np.where(stated >= 0, stated, new[column])
    table = table.copy(deep=False)
    for column, cells in new.items():
        table[column] = cells
    return table


def _same_number(text: str, old: str, value: float) -> bool:
    """Return whether a number without a unit repeats what is known with one: 10 beside "10 uM"."""
    if not re.fullmatch(NUMBER, text) or math.isnan(value):
        return False
    return float(text) == float(re.split(r"\s", old)[0])


def _align(metadata: pd.DataFrame | Mapping[str, Mapping[str, Any]], index: pd.Index) -> pd.DataFrame:
    """Return the metadata with one row per entry of `index`, empty where it knows nothing."""
    table = _as_table(metadata)
    keys = {"": _labels(table.index)} | {column: _labels(table[column]) for column in ID_COLUMNS if column in table}
    found = {column: _as_written(index, key).isin(key) for column, key in keys.items()}
    best = max(keys, key=lambda column: found[column].sum())  # of equals the first: the index
    if len(index) and not found[best].any():
        none = f"none of the {counted(len(index), 'signature')} (the first is {shown(index[0], 40)!r})"
        columns = f"{', '.join(ID_COLUMNS[:-1])} or {ID_COLUMNS[-1]}"
        remedy = f"give it the signature ids as its index or in a column named {columns}"
        raise wrong("signatures", metadata, f"describe {none}", remedy)
    first = ~keys[best].duplicated()
    rows = keys[best][first].get_indexer(
        _as_written(index, keys[best])
    )  # -1, a signature the metadata does not know, becomes NaN
    aligned = table.loc[first].reset_index(drop=True).reindex(rows).set_axis(index)
    return aligned.drop(columns=best) if best else aligned  # it would repeat the index


def _as_written(index: pd.Index, keys: pd.Index) -> pd.Index:
    """Return the ids as the metadata write them: R's make.names puts dots in them, and X in front of a digit."""
    known_keys = set(keys)
    if known_keys.issuperset(index):
        return index
    made = {re.sub(r"^(?=[^A-Za-z.])", "X", re.sub(r"[^\w.]", ".", key)): key for key in keys[::-1]}
    return pd.Index([one if one in known_keys else made.get(one, one) for one in index], dtype=object)


def _as_table(metadata: Any) -> pd.DataFrame:
    if isinstance(metadata, pd.DataFrame):
        table = metadata.copy(deep=False)
    elif isinstance(metadata, Mapping) and all(isinstance(facts, Mapping | pd.Series) for facts in metadata.values()):
        table = pd.DataFrame([dict(facts) for facts in metadata.values()], index=_labels(metadata))
    else:
        remedy = "pass a DataFrame with one row per signature, or a mapping from each signature id to its facts"
        raise wrong("signatures", metadata, f"are {kind(metadata)}, not a table", remedy)
    table.columns = _labels(table.columns)
    return under_usual_names(table.loc[:, ~table.columns.duplicated()])


def _labels(values: Iterable[object]) -> pd.Index:
    return pd.Index([str(value) for value in values], dtype=object)


def signature_label(signature: str, facts: pd.Series) -> str:
    """Return "vorinostat 10 uM, MCF7, 24 h", or the id where nothing is known about it."""
    name = " ".join(text for key in ("pert_name", "pert_dose") if (text := str(facts.get(key) or "")))
    place = [text for key in ("cell_line", "pert_time") if (text := str(facts.get(key) or ""))]
    return shown_ends(", ".join([name, *place]) if name else signature, 80)
