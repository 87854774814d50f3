"""Tags of a results table: put below their names again by what they say and by their order."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from ..core.doses import MIXED_TIMES, NUMBER, UNIT, read_time
from ..core.signature_ids import parse_signature_id
from ._roles import METADATA, header_word

# What a tag is about -> the site's name for it where the first hit of the file did not have one.
NAMES = {
    "pert_type": "Perturbation Type",
    "pert_dose": "Dose",
    "tissue": "Tissue",
    "cell_line": "Cell Line",
    "disease": "Disease",
    "pert_time": "Timepoint",
}

_DOSE = re.compile(rf"{NUMBER}\s*{UNIT}")
_TYPE = re.compile(
    r"trt_\w+|.*\b(crispr|knock|shrna|sirna|ligand|antibod|over-?\s?express|chemical|compound).*",
    re.IGNORECASE,
)
_TUMOURS = "carcinoma|melanoma|leuka?emia|lymphoma|cancer|sarcoma|glioma|blastoma|myeloma|tumou?r|neoplasm"
_DISEASE = re.compile(rf".*({_TUMOURS}|disease).*|normal", re.IGNORECASE)


@dataclass(frozen=True)
class _Hit:
    """The tags of one row, with what each is about ("" where unknown)."""

    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    cell: str  # the cell line of the signature id, "" if unknown


def place_tags(
    names: Sequence[str], terms: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tags of each hit below the names of the header, and what was done: ``repaired``, ``unplaced``.

    `terms` are the signature ids, which give the cell lines; `rows` may have a cell too many or too few.
    """
    cells = [parse_signature_id(term).cell_line for term in terms]
    first_look = [_hit(row, cell, {}) for row, cell in zip(rows, cells, strict=True)]
    columns = _Columns(tuple(names), recognised=frozenset().union(*(hit.kinds for hit in first_look)))
    known = columns.vocabulary(first_look)
    filled: list[dict[str, str]] = []
    remarks: list[tuple[bool, str]] = []
    for row, cell in zip(rows, cells, strict=True):
        found, unplaced = columns.place(_hit(row, cell, known))
        filled.append(found)
        remarks.append(([found.get(name, "") for name in names] != list(row), "; ".join(unplaced)))
    present = set().union(*filled)
    further = [name for name in NAMES.values() if name in present and name not in names]
    table = {name: [found.get(name, "") for found in filled] for name in (*names, *further)}
    index = pd.RangeIndex(len(rows))
    return (
        pd.DataFrame(table, index=index, dtype=object),
        pd.DataFrame(remarks, index=index, columns=["repaired", "unplaced"]),
    )


def _hit(row: Sequence[str], cell: str, known: Mapping[str, str]) -> _Hit:
    return _Hit(tuple(row), tuple(_kind(tag, cell, known) for tag in row), cell)


def _kind_of_name(name: str) -> str:
    """What a column of tags is about; "" if it is none of the kinds in NAMES."""
    word = header_word(name)
    kind = "pert_type" if word == "type" else METADATA.get(word, "")
    return kind if kind in NAMES else ""


def _kind(tag: str, cell: str, known: Mapping[str, str]) -> str:
    """What a tag is about, as far as its text shows it; "" otherwise."""
    if not tag:
        return ""
    if _DOSE.fullmatch(tag):
        return "pert_dose"
    time, hours = read_time(tag)
    if time == MIXED_TIMES or not math.isnan(hours):
        return "pert_time"
    if cell and tag in (cell, cell.partition(".")[0]):
        return "cell_line"
    if tag in known:
        return known[tag]
    if _TYPE.fullmatch(tag):
        return "pert_type"
    return "disease" if _DISEASE.fullmatch(tag) else ""


class _Columns:
    """The tag columns of one header."""

    def __init__(self, names: Sequence[str], *, recognised: frozenset[str]) -> None:
        self.names = names
        self.kinds = [_kind_of_name(name) for name in names]
        self.recognised = recognised  # kinds that are written as expected somewhere in this table

    def vocabulary(self, hits: Sequence[_Hit]) -> dict[str, str]:
        """Learn words such as tissues from the rows that are whole; a word of two columns teaches nothing."""
        seen: dict[str, set[str]] = defaultdict(set)
        for hit in filter(self._is_in_place, hits):
            for tag, kind in zip(hit.tags, self.kinds, strict=True):
                if tag and kind:
                    seen[tag].add(kind)
        return {tag: next(iter(kinds)) for tag, kinds in seen.items() if len(kinds) == 1}

    def place(self, hit: _Hit) -> tuple[dict[str, str], list[str]]:
        """Place one hit's tags: first those that say what they are, then the others between them."""
        if self._is_in_place(hit):
            return dict(zip(self.names, hit.tags, strict=True)), []
        found: dict[str, str] = {}
        loose: list[int] = []
        anchors = [(-1, -1)]  # (place in the row, place in the header)
        for i, (tag, kind) in enumerate(zip(hit.tags, hit.kinds, strict=True)):
            name = self._name_of(kind)
            if name and name not in found:
                found[name] = tag
                if name in self.names:
                    anchors.append((i, self.names.index(name)))
            elif tag:
                loose.append(i)
        unplaced: list[str] = []
        for (i, a), (j, b) in pairwise([*anchors, (len(hit.tags), len(self.names))]):
            run = [hit.tags[k] for k in loose if i < k < j]
            free = [k for k in range(a + 1, b) if self.names[k] not in found]
            free = [k for k in free if any(self._may(tag, k, hit.cell) for tag in run)]
            fits = len(free) == len(run) and all(self._may(tag, k, hit.cell) for tag, k in zip(run, free, strict=True))
            if fits:
                found.update(zip((self.names[k] for k in free), run, strict=True))
            else:
                unplaced += run
        return found, unplaced

    def _is_in_place(self, hit: _Hit) -> bool:
        """True if there is a tag for every name and none contradicts it."""
        if len(hit.tags) != len(self.names):
            return False
        return all(
            not tag or (kind == self.kinds[k] if kind else self._may(tag, k, hit.cell))
            for k, (tag, kind) in enumerate(zip(hit.tags, hit.kinds, strict=True))
        )

    def _may(self, tag: str, place: int, cell: str) -> bool:
        """Whether a tag that does not say what it is may be here.

        A time or a type would have been recognised if others of the table are, and so would a cell line that
        is known from the id. A dose may have any unit but begins with a digit.
        """
        kind = self.kinds[place]
        if kind == "cell_line":
            return not cell
        if kind in ("pert_dose", "pert_time") and not tag[0].isdigit():
            return False
        return kind not in ("pert_time", "pert_type") or kind not in self.recognised

    def _name_of(self, kind: str) -> str:
        """The header's name for a kind of tag, or the site's where the header does not have it."""
        if not kind:
            return ""
        return self.names[self.kinds.index(kind)] if kind in self.kinds else NAMES[kind]
