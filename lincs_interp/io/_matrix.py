"""What every matrix file becomes before it is judged: numbers, names, facts about columns, remarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.text import counted, listed, shown
from ._cells import odd_names, spoilt_genes

#: signatures=: None for all columns, one id or pattern ("*vorinostat*"), or a list of ids.
Wanted = str | Iterable[str] | None
#: How many times the number of genes the largest id reaches at least, and the largest rank at most.
FAR, NEAR = 2.0, 1.1
LEAST_GENES = 100  # fewer rows are some of the ranked genes, or signatures
Chooser = Callable[[Sequence[str]], list[int]]


@dataclass
class Matrix:
    """Numbers as they are in a file; genes and ids as text, repeats included."""

    values: np.ndarray  # genes x signatures
    genes: Sequence[str]
    ids: Sequence[str]
    metadata: pd.DataFrame | None = None  # one row per signature, by position
    n_genes: int | None = None  # where the file gives the number of ranked genes
    notes: list[str] = field(default_factory=list)
    name: str = ""  # the file, for later errors
    stem: str = ""

    def frame(self) -> pd.DataFrame:
        """Return the numbers under their names, without a copy."""
        index = pd.Index(list(self.genes), name="gene")
        columns = pd.Index(list(self.ids), name="signature")
        return pd.DataFrame(self.values, index=index, columns=columns, copy=False)

    def facts(self) -> pd.DataFrame | None:
        """Return the metadata under the signature ids; of a repeated id the first row counts."""
        if self.metadata is None:
            return None
        return self.metadata.set_axis(pd.Index(list(self.ids), name="signature"), axis=0)


def everything(ids: Sequence[str]) -> list[int]:
    """Choose all columns."""
    return list(range(len(ids)))


def chooser(wanted: Wanted) -> Chooser:
    """Return the function that picks the positions of the wanted ids; a list keeps its own order."""
    if wanted is None:
        return everything
    if isinstance(wanted, str):
        return lambda ids: _fitting(ids, wanted)
    if not isinstance(wanted, Iterable):
        remedy = 'it must be a list of ids or a pattern such as "*vorinostat*"'
        raise wrong("signatures", wanted, f"is {shown(repr(wanted), 40)}", remedy)
    listed_ids = list(dict.fromkeys(str(one) for one in wanted))
    if not listed_ids:
        raise wrong("signatures", wanted, "is an empty list", "name at least one, or leave it out to read all columns")
    return lambda ids: _named(ids, listed_ids)


def _fitting(ids: Sequence[str], pattern: str) -> list[int]:
    exact = [j for j, one in enumerate(ids) if one == pattern]
    lower = pattern.lower()
    found = exact or [j for j, one in enumerate(ids) if fnmatchcase(one.lower(), lower)]
    if not found:
        problem = f"{shown(pattern)!r} fits none of the {counted(len(ids), 'signature')} in the file"
        remedy = f'check the spelling, or widen the pattern with "*" (the file has {listed(ids, 2)})'
        raise wrong("signatures", pattern, problem, remedy)
    return found


def _named(ids: Sequence[str], wanted: Sequence[str]) -> list[int]:
    places: dict[str, list[int]] = {one: [] for one in wanted}
    for j, one in enumerate(ids):
        if one in places:
            places[one].append(j)
    absent = [one for one, found in places.items() if not found]
    if absent:
        remedy = f"check the spelling (the file has {counted(len(ids), 'signature')}, such as {listed(ids, 2)})"
        raise wrong("signatures", absent, f"names {listed(absent)}, which the file does not hold", remedy)
    return [j for found in places.values() for j in found]


def leave_out_ids(matrix: Matrix) -> None:
    """Leave out columns of gene ids: whole numbers, all different, far above the number of genes.

    Ranks never are, unless the table holds some of the ranked genes only; then all columns go as far. The header and
    the first rows show most ids; this is for those below a header that is not known.
    """
    n_genes, n_columns = matrix.values.shape
    tops = np.fmax.reduce(np.abs(matrix.values), axis=0, initial=0)
    far = [j for j in map(int, np.flatnonzero(tops > FAR * n_genes)) if _all_different(matrix.values[:, j])]
    near = np.delete(tops, far) <= NEAR * n_genes
    if not far or 2 * len(far) > n_columns or n_genes < LEAST_GENES or not near.all():
        return
    kept = [j for j in range(n_columns) if j not in far]
    names = listed(matrix.ids[j] for j in far)
    matrix.notes.append(
        f"{counted(len(far), 'column')} left out as no signature: {names} (whole numbers far above the number of genes,"
        " as database ids are)."
    )
    matrix.values, matrix.ids = np.ascontiguousarray(matrix.values[:, kept]), [matrix.ids[j] for j in kept]
    if matrix.metadata is not None:
        matrix.metadata = matrix.metadata.iloc[kept].reset_index(drop=True)


def _all_different(values: np.ndarray) -> bool:
    return bool((values >= 0).all() and (values == np.floor(values)).all() and len(np.unique(values)) == len(values))


def note_names(matrix: Matrix) -> Matrix:
    """Add the remarks about gene names that a spreadsheet spoilt and about names that are no names."""
    if spoilt := spoilt_genes(matrix.genes):
        matrix.notes.append(
            f"{counted(len(spoilt), 'gene name')} turned into dates by a spreadsheet ({listed(spoilt, 3)}):"
            " the rows are kept under the names they have now."
        )
    for what, names in (("gene name", matrix.genes), ("signature name", matrix.ids)):
        if odd := odd_names(names):
            matrix.notes.append(
                f"{counted(len(odd), what)} with line breaks, angle brackets or more than 200 characters"
                f" ({listed(odd, 2)}): kept as they are."
            )
    return matrix
