"""When two signatures are of the same perturbagen, the same kind of perturbation, the same cell line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from .._util.errors import argument, one_of, unknown_name, wrong
from .._util.missing import plain
from .._util.text import shown, simplified
from .ranks import RankMatrix, check_matrix

TYPE_NOT_KNOWN = "type not known"

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


def name_key(name: object) -> str:
    """Return what equal names share: letters in one case, no signs that nobody sees; "" for a missing name."""
    return " ".join(simplified(plain(name)).split()).casefold()


@lru_cache(maxsize=4096)
def kind_of(pert_type: str, plate: str = "") -> str:
    """Return the kind of a perturbation by its type's wording, else by its plate's name; "" if neither shows it."""
    # A type of another wording is a kind of its own.
    words = " ".join(re.sub(r"[^a-z0-9]+", " ", name_key(pert_type)).split())
    for meant, pattern in _WORDINGS:
        if re.search(pattern, words):
            return meant
    if words:
        return name_key(pert_type)
    return next((meant for meant, pattern in _PLATES if re.match(pattern, plain(plate))), "")


def most_common(texts: Iterable[str]) -> str:
    """Return the most frequent text; of equals the first in the alphabet, "" only if there is no other."""
    counts = Counter(text for text in texts if text)
    return min(counts, key=lambda text: (-counts[text], text)) if counts else ""


def cell_keys(cell_lines: Iterable[object]) -> np.ndarray:
    """Return one key per cell line, "" where it is not known."""
    # A dot may be a suffix (HT29.311) or part of the name (XC.P910): what is before it counts only where a cell line
    # of that name is in the list too, so that two labels of one line are not taken for two lines.
    keys = [name_key(cell) for cell in cell_lines]
    whole = set(keys)
    bases = [key.partition(".")[0] for key in keys]
    return np.array([b if b in whole else k for k, b in zip(keys, bases, strict=True)], dtype=object)


def cell_names(cell_lines: Iterable[object]) -> list[str]:
    """Return each cell line as it is spelled most often; "" where it is not known."""
    cells = pd.Series([plain(cell) for cell in cell_lines], dtype=object)
    return cells.groupby(cell_keys(cells)).transform(most_common).tolist()


def broad_ids(signatures: pd.DataFrame) -> np.ndarray:
    """Return the id of each signature's compound, "" where no metadata hold one."""
    # ``pert_id`` is taken as it is, without the batch of a BRD id; a ``cmap_id`` is the id of a signature, which may
    # hold a BRD id.
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


@dataclass(frozen=True, eq=False)
class Perturbagen:
    """One name and one kind of perturbation."""

    label: str  # the name, with the type in brackets where it is the name of several kinds; no two are alike
    name: str  # as spelled most often
    pert_type: str  # as spelled most often; where only the plates show the kind, the kind
    key: tuple[str, str]  # name in one letter case, and kind
    places: np.ndarray  # positions of its signatures


def group_perturbagens(signatures: pd.DataFrame, by: str) -> tuple[Perturbagen, ...]:
    """Sort signatures by perturbagen; those without a name are in none."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, (cell, *described) in enumerate(zip(*(signatures[c] for c in (by, "pert_type", "plate")), strict=True)):
        if name := name_key(cell):
            places.setdefault((name, kind_of(*map(plain, described))), []).append(place)
    texts = [[plain(cell) for cell in signatures[column]] for column in (by, "pert_type")]
    kinds = Counter(name for name, _ in places)
    groups: dict[str, Perturbagen] = {}
    for key, own in sorted(places.items()):
        name, pert_type = (most_common(text[place] for place in own) for text in texts)
        pert_type = pert_type or key[1]
        label = first = f"{name} ({pert_type or TYPE_NOT_KNOWN})" if kinds[key[0]] > 1 else name
        number = 1
        while label in groups:
            number += 1
            label = f"{first} ({number})"
        groups[label] = Perturbagen(label, name, pert_type, key, np.array(own))
    return tuple(groups.values())


def find_perturbagen(groups: tuple[Perturbagen, ...], wanted: str, pert_type: str | None) -> Perturbagen:
    """Return the one of this label, or of this name and type; none, or several and no type, is an error."""
    key = name_key(wanted)
    for group in groups:
        if name_key(group.label) == key and pert_type is None:
            return group
    own = [group for group in groups if group.key[0] == key]
    if not own:
        problem = "of which there is no signature"
        raise unknown_name("perturbagen", wanted, [group.label for group in groups], problem)
    types = " or ".join(f'"{shown(group.pert_type or TYPE_NOT_KNOWN, 40)}"' for group in own)
    if pert_type is not None:
        kind = "" if pert_type == TYPE_NOT_KNOWN else kind_of(plain(pert_type))
        own = [group for group in own if group.key[1] == kind]
        if not own:
            problem = f"is {shown(pert_type)!r}, but {shown(wanted, 40)} is there as {types}"
            raise wrong("pert_type", pert_type, problem, f"pass that, or leave {argument('pert_type')} out")
    if len(own) > 1:
        problem = f"is {shown(wanted)!r}, the name of several kinds of perturbation"
        raise wrong("perturbagen", wanted, problem, f"pass {argument('pert_type')}, {types}")
    return own[0]


def perturbagen_of(ranks: RankMatrix, *, by: str = "pert_name") -> pd.Series:
    """Return the label of each signature's perturbagen in a summary of the whole matrix, "" where none is named."""
    check_matrix(ranks)
    one_of("by", by, [str(column) for column in ranks.signatures.columns])
    labels = np.full(len(ranks.signatures), "", dtype=object)
    for group in group_perturbagens(ranks.signatures, by):
        labels[group.places] = group.label
    return pd.Series(labels, index=ranks.signatures.index, name="perturbagen", dtype=object)
