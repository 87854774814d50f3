"""What every matrix file becomes before it is judged: numbers, names, facts about columns, remarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, wrong
from .._util.text import counted, listed, shown
from ._cells import odd_names, spoilt_genes, visible
from ._layout import Layout

#: signatures=: None for all columns, one id or pattern ("*vorinostat*"), or a list of ids.
Wanted = str | Iterable[str] | None
#: How many times the number of genes the largest id reaches at least, and the largest rank at most.
FAR, NEAR = 2.0, 1.1
FEW = 0.05  # share of numbers that may be mistakes
#: Ranks are compared by the height below which nearly all of a column lie, which may be so far off, with the usual
#: one of so many columns.
HEIGHT, LIKENESS, MANY = 0.95, 0.2, 50
LEAST_GENES = 100  # fewer rows are some of the ranked genes, or signatures
LONGEST_PATTERN = 2_000  # letters: a pattern of a hundred thousand brackets takes minutes to read
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

    def leave_out(self, places: Sequence[int]) -> None:
        """Leave out columns."""
        kept = [j for j in range(len(self.ids)) if j not in set(places)]
        self.values, self.ids = np.ascontiguousarray(self.values[:, kept]), [self.ids[j] for j in kept]
        if self.metadata is not None:
            self.metadata = self.metadata.iloc[kept].reset_index(drop=True)


def matrix_of(layout: Layout, pick: Sequence[int], values: np.ndarray, genes: Sequence[str]) -> Matrix:
    """Return the picked columns of a table as a matrix, without those whose numbers turn out to be no ranks."""
    # Ranks go as high as those of the other columns, and there are about as many different ones.
    ids = [layout.names[j] for j in pick]
    matrix = Matrix(values, genes, ids, layout.facts(pick))
    unsure = [place for place, j in enumerate(pick) if j in layout.unsure]
    if not unsure or len(unsure) == len(pick) < len(layout.names):  # the caller named them
        return matrix
    sure = [place for place in range(len(pick)) if place not in unsure][:MANY]
    usual = np.median([_reach(values[:, place]) for place in sure] or [(HEIGHT * len(genes), len(genes))], axis=0)
    found: list[int] = []
    lost: list[int] = []
    for place in unsure:
        (high, different), whole = _reach(values[:, place]), not (values[:, place] % 1 > 0).any()
        ranks = whole and abs(high - usual[0]) < LIKENESS * usual[0] and 2 * different > usual[1]
        (found if ranks else lost).append(place)
    for places, what in ((found, "taken as signatures, since they hold ranks"), (lost, "left out as no signature")):
        if places:
            named = listed(ids[place] for place in places)
            matrix.notes.append(f"{counted(len(places), 'column')} {what}: {named}.")
    if lost:
        matrix.leave_out(lost)
    return matrix


def _reach(column: np.ndarray) -> tuple[float, int]:
    """Return how high nearly all of the numbers reach, and how many are different."""
    present = column[~np.isnan(column)]
    return (float(np.quantile(present, HEIGHT)), len(np.unique(present))) if len(present) else (np.nan, 0)


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
    if not exact and len(pattern) > LONGEST_PATTERN:
        raise wrong("signatures", pattern, f"has {len(pattern):,} letters", f"use at most {LONGEST_PATTERN:,}")
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
    """Leave out columns of gene ids: whole numbers, all different, far above the number of genes."""
    # Ranks never are, unless the table holds some of the ranked genes only; then all columns go as far. The header and
    # the first rows show most ids; this is for those below a header that is not known.
    n_genes, n_columns = matrix.values.shape
    tops = np.fmax.reduce(matrix.values, axis=0, initial=0)
    high = np.flatnonzero(tops > NEAR * n_genes)
    many = {int(j): [int((matrix.values[:, j] > by * n_genes).sum()) for by in (NEAR, FAR)] for j in high}
    # A few large numbers are mistakes in a signature.
    near = all(above <= n_genes * FEW or beyond > n_genes * FEW for above, beyond in many.values())
    far = [j for j, (_, beyond) in many.items() if beyond > n_genes * FEW and _all_different(matrix.values[:, j])]
    if not far or 2 * len(far) > n_columns or n_genes < LEAST_GENES or not near:
        return
    names = listed(matrix.ids[j] for j in far)
    matrix.notes.append(
        f"{counted(len(far), 'column')} left out as no signature: {names} (whole numbers far above the number of genes,"
        " as database ids are)."
    )
    matrix.leave_out(far)


def _all_different(values: np.ndarray) -> bool:
    return bool((values >= 0).all() and (values == np.floor(values)).all() and len(np.unique(values)) == len(values))


def note_names(matrix: Matrix) -> Matrix:
    """Add the remarks about gene names that were mended, are missing, spoilt by a spreadsheet or no names."""
    genes = list(map(visible, matrix.genes))
    mended = [new for old, new in zip(matrix.genes, genes, strict=True) if old.strip() != new]
    matrix.genes = genes
    if mended:
        what = counted(len(mended), "gene name")
        matrix.notes.append(f"{what} freed of letters without width or quotation marks: {listed(mended)}.")
    if nameless := [n for n, gene in enumerate(genes, 1) if not gene]:
        places = listed(f"row {n:,}" + (f", below {genes[n - 2]}" if n > 1 else "") for n in nameless)
        matrix.notes.append(f"{counted(len(nameless), 'gene')} without a name: {places}.")
    times = Counter(Counter(genes).values())
    usual, often = times.most_common(1)[0]
    if usual > 1 and often > 0.9 * times.total():  # several probes of a gene are as many for hardly two genes
        problem = f"has {usual:,} rows for each gene, as a long table has"
        remedy = "make it a table of genes x signatures, with one row per gene"
        raise LincsInterpError(f"{matrix.name} {problem}", argument="path", value=genes[0], remedy=remedy)
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
