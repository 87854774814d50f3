"""Which signatures are of one perturbagen, and what it is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, closest, listed, shown
from .identity import kind_of, most_common, name_key, plain

TYPE_NOT_KNOWN = "type not known"


@dataclass(frozen=True, eq=False)
class Perturbagen:
    """One name and one kind of perturbation.

    Attributes
    ----------
    label : str
        The name, with the type in brackets where the name stands for several kinds; no two are alike.
    name, pert_type : str
        As they are spelled most often; where only the plates tell the kind, the kind.
    key : (str, str)
        Name in one letter case, and kind.
    places : int array
        Positions of its signatures.
    """

    label: str
    name: str
    pert_type: str
    key: tuple[str, str]
    places: np.ndarray


def group_perturbagens(signatures: pd.DataFrame, by: str) -> tuple[Perturbagen, ...]:
    """Sort signatures by perturbagen; those without a name are in none."""
    kinds: dict[tuple[str, str], str] = {}
    places: dict[tuple[str, str], list[int]] = {}
    for place, (cell, *described) in enumerate(zip(*(signatures[c] for c in (by, "pert_type", "plate")), strict=True)):
        name, words = name_key(cell), (plain(described[0]), plain(described[1]))
        if name:
            if words not in kinds:
                kinds[words] = kind_of(*words)
            places.setdefault((name, kinds[words]), []).append(place)
    return tuple(_labelled(signatures, by, {key: np.array(places[key]) for key in sorted(places)}))


def _labelled(signatures: pd.DataFrame, by: str, places: dict[tuple[str, str], np.ndarray]) -> Iterator[Perturbagen]:
    texts = [[plain(cell) for cell in signatures[column]] for column in (by, "pert_type")]
    names = pd.Series([name for name, _ in places])
    taken: set[str] = set()
    for key, several in zip(places, names.duplicated(keep=False), strict=True):
        name, pert_type = (most_common(text[place] for place in places[key]) for text in texts)
        pert_type = pert_type or key[1]
        label = first = f"{name} ({pert_type or TYPE_NOT_KNOWN})" if several else name
        number = 1
        while label in taken:
            number += 1
            label = f"{first} ({number})"
        taken.add(label)
        yield Perturbagen(label, name, pert_type, key, places[key])


def find_perturbagen(groups: tuple[Perturbagen, ...], wanted: str, pert_type: str | None) -> Perturbagen:
    """Return the one of this label, or of this name and type.

    Raises
    ------
    LincsInterpError
        If there is none, or several and no type to choose by.
    """
    key = name_key(wanted)
    for group in groups:
        if name_key(group.label) == key and pert_type is None:
            return group
    own = [group for group in groups if group.key[0] == key]
    if not own:
        close = closest(wanted, [group.label for group in groups])
        hint = f"did you mean {listed(close)}?" if close else f"there are {listed([g.label for g in groups], 3)}."
        raise LincsInterpError(f"perturbagen is {shown(wanted)!r}, of which scores holds no signature: {hint}")
    told = " or ".join(f'"{shown(group.pert_type or TYPE_NOT_KNOWN, 40)}"' for group in own)
    if pert_type is not None:
        kind = "" if pert_type == TYPE_NOT_KNOWN else kind_of(plain(pert_type))
        own = [group for group in own if group.key[1] == kind]
        if not own:
            raise LincsInterpError(
                f"pert_type is {shown(pert_type)!r}, but scores holds {shown(wanted, 40)} as {told}: pass that, or"
                " leave pert_type out."
            )
    if len(own) > 1:
        raise LincsInterpError(
            f"perturbagen is {shown(wanted)!r}, which stands for several kinds of perturbation: pass pert_type, {told}."
        )
    return own[0]
