"""Tied ranks: where a tie begins and ends, and what scores take for the ranks of signatures with many ties."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .._util.text import counted, percent

#: A signature in which a larger share of the genes is tied is scored on mid-ranks; up to it, as the site does.
MOST_TIED = 0.01

SIGNATURES_AT_A_TIME = 64


class ScoringRanks(NamedTuple):
    """What scores take for the ranks of a matrix: its integers, but mid-ranks in signatures with many ties."""

    values: np.ndarray  # genes x signatures
    reach: np.ndarray | None = None  # how far a gene's tie reaches to either side of its mid-rank; None = nowhere
    factor: np.ndarray | float = 1.0  # per signature: the standard deviation of its mid-ranks over that without ties

    @property
    def factors(self) -> np.ndarray:
        """`factor` of each signature."""
        return np.broadcast_to(self.factor, self.values.shape[1])

    def part(self, rows: np.ndarray | slice, columns: np.ndarray | slice) -> ScoringRanks:
        """Return the same of some genes and signatures: what was known of ties stays known."""
        values, reach = (None if a is None else np.ascontiguousarray(a[rows][:, columns]) for a in self[:2])
        factor = self.factor[columns] if isinstance(self.factor, np.ndarray) else self.factor
        return ScoringRanks(values, reach, factor)  # type: ignore[arg-type]

    def tie(self, row: int, column: int) -> tuple[int, int] | None:
        """Return the lowest and highest place of a gene's tie; None where it has none, or its signature few."""
        if self.reach is None or not self.reach[row, column]:
            return None
        middle, reach = self.values[row, column], self.reach[row, column]
        return int(middle - reach), int(middle + reach)


def tie_edges(ranks: np.ndarray, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest place of each rank's tie in one signature, by rank; 0 = a missing rank."""
    # Where all ranked genes are in the table they are counted. Else a tie fills the places between its rank and the
    # next one in the table: below it where ties take their highest rank, as on the site, above it where they take the
    # lowest. The bulk of the tied genes decides which; where neither side has room, the rank is the middle one.
    times = np.bincount(ranks)
    times[0] = 0
    first = np.arange(len(times))
    last = first.copy()
    rank = np.flatnonzero(times)
    size = times[rank]
    if size.sum() == total:
        last[rank] = np.cumsum(size)
        first[rank] = last[rank] - size + 1
        return first, last
    below, above = np.diff(rank, prepend=0), np.diff(rank, append=max(total, len(times) - 1) + 1)
    highest, lowest = (np.where((size > 1) & (room >= size), size, 0).sum() for room in (below, above))
    if 2 * max(highest, lowest) <= size[size > 1].sum():
        first[rank], last[rank] = rank - (size - 1) // 2, rank + (size - 1) // 2
    elif highest >= lowest:
        first[rank] -= np.where((size > 1) & (below >= size), below - 1, 0)
    else:
        last[rank] += np.where((size > 1) & (above >= size), above - 1, 0)
    return first, last


def on_mid_ranks(values: np.ndarray, n_ranked: np.ndarray, heavy: np.ndarray) -> ScoringRanks:
    """Return what scores take where the signatures marked by `heavy` hold many ties."""
    middle, reach = values.astype(np.float64), np.zeros(values.shape, dtype=np.float32)
    factor = np.ones(values.shape[1])
    columns = np.flatnonzero(heavy & (n_ranked > 0))
    for start in range(0, len(columns), SIGNATURES_AT_A_TIME):
        some = columns[start : start + SIGNATURES_AT_A_TIME]
        block = np.nan_to_num(values[:, some]).T.astype(np.intp, order="C")
        twice, wide = np.empty(block.shape), np.empty(block.shape, dtype=np.float32)
        for place, (column, ranks) in enumerate(zip(some, block, strict=True)):
            total = float(n_ranked[column])
            first, last = tie_edges(ranks, int(total))
            twice[place], wide[place] = (first + last)[ranks], (last - first)[ranks]
            size = last - first + 1.0
            left = 1 - (size**3 - size).sum() / (total**3 - total)
            factor[column] = np.sqrt(left) if left > 0 else np.nan
        middle[:, some] = np.where(block > 0, twice / 2, np.nan).T
        reach[:, some] = wide.T / 2
    return ScoringRanks(middle, reach, factor)


def tie_shares(values: np.ndarray, complete: np.ndarray) -> np.ndarray:
    """Return two shares of the genes of each signature: those that are tied, and those of its longest tie."""
    shares = np.zeros((2, values.shape[1]))
    for column in np.flatnonzero(~complete):
        ranks = values[:, column]
        times = np.unique(ranks[~np.isnan(ranks)], return_counts=True)[1]
        times, total = times[times > 1], times.sum()
        shares[:, column] = times.sum() / max(total, 1), times.max(initial=0) / max(total, 1)
    return shares


def about_ties(longest: np.ndarray) -> str:
    """Say what a reader has to know of signatures with a long tie; "" where there are none."""
    # Many short ties, of values with two decimals for instance, change nothing that can be seen.
    many = longest[longest > MOST_TIED]
    if not len(many):
        return ""
    low, high = percent(many.min()), percent(many.max())
    return (
        f"Heavy ties: in {len(many):,} of {counted(len(longest), 'signature')}"
        f" {low if low == high else f'{low} to {high}'} of the genes share one rank. Scores and percentiles take the"
        " middle of each tie and the variance that ties leave, not the highest rank as the site does. Genes of one tie"
        " have no order, so a call rests on fewer genes than were found."
    )
