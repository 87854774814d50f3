"""What a score is given, and what has to be known about it before it may be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


class RankedQuery(NamedTuple):
    """A query against a matrix, as plain arrays. Rows without a rank hold NaN."""

    values: np.ndarray  # genes x signatures, 1 = most down … n_ranked = most up; see ScoringRanks
    n_ranked: np.ndarray  # per signature
    up: np.ndarray  # rows of the up genes; empty in a query of down genes only
    down: np.ndarray
    value_rows: np.ndarray  # rows of the genes for which the query has a value
    value_numbers: np.ndarray  # those values, positive = up
    complete: np.ndarray | None = None  # per signature: each rank 1 … n_ranked occurs once; None = not known
    reach: np.ndarray | None = None  # how far the tie of each gene reaches from its value; None = nowhere
    tie_factor: np.ndarray | float = 1.0

    def places(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest place of each gene's tie: the same array twice where there are no ties."""
        values = self.values[rows]
        return (values, values) if self.reach is None else (values - self.reach[rows], values + self.reach[rows])


@dataclass(frozen=True)
class ScoreRecord:
    """The facts of one score, a line of ``scores.tsv``, and its kernel; positive always means mimicker.

    Of the `marks`, a score that "takes_k" may have a number in brackets: "xsum(100)". One that "asks_complete" depends
    on the ranks of all genes, and is much faster where `RankedQuery.complete` is known. A "gated" one is 0 where the
    lists disagree: such a signature was not scored, and does not count for how far scores spread.
    """

    name: str
    family: str
    range: str
    formula: str
    reference: str
    marks: frozenset[str]  # "takes_k", "needs_values", "asks_complete", "gated"
    compute: Callable[..., Any] = field(repr=False)  # one number per signature; by name if there are several columns

    def columns(self, data: RankedQuery, k: int | None = None) -> dict[str, np.ndarray]:
        """Return the columns of this score, one number per signature, by name."""
        found = self.compute(data) if k is None else self.compute(data, k)
        suffix = "" if k is None else f"({k})"
        named = found if isinstance(found, dict) else {self.name: found}
        return {f"{name}{suffix}": numbers for name, numbers in named.items()}


def of_lists(
    score: Callable[..., np.ndarray], combine: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.subtract
) -> Callable[..., np.ndarray]:
    """Return the kernel that combines what each list scores; where one list is absent the other decides alone."""
    # ``score(data, rows)`` is positive where these genes are up.

    def kernel(data: RankedQuery, *k: int) -> np.ndarray:
        found = [score(data, rows, *k) for rows in (data.up, data.down) if len(rows)]
        if len(found) == 2:
            return combine(*found)
        return found[0] if len(data.up) else -found[0]

    return kernel
