"""Names of genes and signatures at the door of a RankMatrix: every one present, every one once."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, counted, listed


def first_of_each_gene(values: np.ndarray, labels: pd.Index, notes: list[str]) -> tuple[np.ndarray, pd.Index]:
    """Keep the first row of each gene and drop rows without a name; the caller has counted N before."""
    names = np.array([_label(label) for label in labels], dtype=object)
    keep = np.ones(len(names), dtype=bool)
    nameless = int((names == "").sum())
    if nameless:
        keep &= names != ""
        notes.append(f"{counted(nameless, 'row')} without a gene name left out; N still counts every row.")
    repeated = pd.Index(names).duplicated() & keep
    if repeated.any():
        keep &= ~repeated
        again = list(dict.fromkeys(names[repeated]))
        notes.append(
            f"{counted(len(again), 'gene')} standing in several rows ({listed(again)}): the first row is kept; N still"
            " counts every row."
        )
    if not keep.any():
        raise LincsInterpError("frame names no gene: make the gene column the index.")
    genes = pd.Index(names[keep].tolist(), name="gene")
    return (values if keep.all() else np.ascontiguousarray(values[keep])), genes


def unique_names(labels: pd.Index, notes: list[str]) -> pd.Index:
    """Give every column a name of its own; a repeated one gets a number."""
    names = [_label(label) or f"signature {position}" for position, label in enumerate(labels, 1)]
    seen: Counter[str] = Counter()
    taken, unique = set(names), []
    for name in names:
        seen[name] += 1
        new = name
        if seen[name] > 1:
            while (new := f"{name} ({seen[name]})") in taken:
                seen[name] += 1
        taken.add(new)
        unique.append(new)
    again = [name for name, times_seen in Counter(names).items() if times_seen > 1]
    if again:
        notes.append(
            f"{counted(len(again), 'signature name')} used for several columns ({listed(again, 3)}): the later ones are"
            ' called "… (2)", "… (3)".'
        )
    return pd.Index(unique, name="signature")


def _label(label: object) -> str:
    if label is None or label is pd.NA or label is pd.NaT or (isinstance(label, float) and np.isnan(label)):
        return ""
    if isinstance(label, float) and label.is_integer():
        return str(int(label))  # an Entrez id that a gap in its column made a float
    return str(label).strip()
