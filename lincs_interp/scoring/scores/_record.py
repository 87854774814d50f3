"""What a score is given, and what has to be known about it before it may be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


class RankedQuery(NamedTuple):
    """A query against a matrix, as plain arrays. Rows without a rank hold NaN."""

    values: np.ndarray  # genes x signatures, 1 = most down … n_ranked = most up
    n_ranked: np.ndarray  # per signature
    up: np.ndarray  # rows of the up genes; empty in a query of down genes only
    down: np.ndarray
    value_rows: np.ndarray  # rows of the genes for which the query has a value
    value_numbers: np.ndarray  # those values, positive = up
    complete: np.ndarray | None = None  # per signature: each rank 1 … n_ranked occurs once; None = not known


@dataclass(frozen=True)
class ScoreRecord:
    """The facts of one score and its kernel.

    `range` says what values are possible; positive always means mimicker. `compute` returns one array per column,
    with one number per signature, under the names in `columns`; a score whose name takes a number in brackets ("xsum
    (100)") gets it as `k`. `asks_complete` says that the score depends on the ranks of all genes, not only the query's,
    and is much faster where `RankedQuery.complete` is known. A `gated` score is 0 where the lists of the query
    disagree: such a signature was not scored, and does not count for how far scores spread.
    """

    name: str
    family: str
    formula: str
    range: str
    reference: str
    compute: Callable[..., dict[str, np.ndarray]] = field(repr=False)
    takes_k: bool = False
    needs_values: bool = False
    asks_complete: bool = False
    gated: bool = False


def both_lists(up: np.ndarray | None, down: np.ndarray | None, combine: Callable[..., np.ndarray]) -> np.ndarray:
    """Combine the scores of both lists; where one list is absent (None) the other decides alone."""
    if up is not None and down is not None:
        return combine(up, down)
    if up is not None:
        return up
    if down is not None:
        return -down
    raise ValueError("a query has at least one list")
