"""Ranks that several genes of a signature share: ties, which leave ranks absent beside them, or damage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._util.text import counted, listed, percent, shown
from ._rank_cells import NAMED

ROWS_AT_A_TIME = 64

#: Rule of ties -> what share of the ranks that a tie leaves absent is below it, and the rule once rank 1 is rank N.
RULES = {"highest": (1.0, "lowest"), "lowest": (0.0, "highest"), "average": (0.5, "average")}
#: So many ties by another rule than the rest of the matrix are no accident.
ENOUGH_TIES = 3


class _Shares(NamedTuple):
    """Which ranks of one signature several genes share."""

    ranks: np.ndarray  # each rank once
    times: np.ndarray  # how many genes have it
    last: int  # the highest rank of the signature's own ranking
    whole: bool  # whether it holds all ranked genes

    def unexplained(self, rule: str) -> np.ndarray:
        """Before each rank, and after the last: how many ranks too few (+) or too many (−) are absent there."""
        # By a rule of ties, k genes on one rank leave exactly k − 1 ranks absent beside it.
        below = RULES[rule][0]
        needed = np.append((self.times - 1) * below, 0)
        needed[1:] += (self.times - 1) * (1 - below)
        needed -= np.diff(self.ranks, prepend=0, append=self.last + 1) - 1
        # Where some of the ranked genes are not in the table, any rank may be absent.
        return needed if self.whole else np.maximum(needed, 0)

    def crowded(self, rule: str) -> np.ndarray:
        """Return the ranks on both sides of where too few ranks are absent: a tie, and what is in its room."""
        gaps = np.flatnonzero(self.unexplained(rule) > 0)
        places = np.unique([gaps - 1, gaps])
        return self.ranks[places[(places >= 0) & (places < len(self.ranks))]]

    def absent(self, rule: str) -> list[int]:
        """Return the absent ranks that no tie explains."""
        ends, found = np.concatenate([[0], self.ranks, [self.last + 1]]).astype(int), list[int]()
        for place, extra in enumerate(-self.unexplained(rule)):
            n, low, high = int(extra), ends[place], ends[place + 1]
            if n > 0:
                found += range(low + 1, low + 1 + n) if rule == "highest" else range(high - n, high)
        return found


def _shares(ranks: np.ndarray, n_ranked: int) -> _Shares:
    ranks = np.sort(ranks)
    ranks = ranks[: len(ranks) - np.count_nonzero(np.isnan(ranks))]
    last = np.flatnonzero(np.append(ranks[1:] != ranks[:-1], True)[: len(ranks)])
    return _Shares(ranks[last], np.diff(last, prepend=-1), n_ranked, len(ranks) == n_ranked)


def note_ties(
    frame: pd.DataFrame, values: np.ndarray, n_ranked: np.ndarray, added: int, notes: list[str], *, turn: bool
) -> np.ndarray:
    """Note how many ranks are shared and by which rule, and name what no tie explains."""
    # Returned is what `tie_shares` returns. `values` are those of `frame`, but for what was `added`; they are turned
    # round later if `turn`.
    tied, longest, groups = np.zeros((3, values.shape[1]), dtype=int)  # genes, genes, ties
    misfits = {rule: np.zeros_like(tied) for rule in RULES}
    whole = False
    for column in map(int, np.flatnonzero(~complete_rankings(values, n_ranked))):
        one = _shares(values[:, column], int(n_ranked[column]))
        many = one.times > 1
        if not many.any():
            continue
        tied[column], longest[column], groups[column] = one.times[many].sum(), one.times.max(), np.count_nonzero(many)
        if one.times.sum() > one.last:  # no order at all, or some gene is in several rows: these share their rank
            continue
        whole |= one.whole
        usual = one.whole and np.array_equal(one.ranks, np.cumsum(one.times))  # by the highest rank, as the site
        for rule, count in misfits.items():
            count[column] = groups[column] if usual else np.count_nonzero(one.unexplained(rule))
        if usual:
            misfits["highest"][column] = 0
    present = np.full(len(tied), len(values))
    if values.dtype.kind == "f":
        present -= np.isnan(values).sum(axis=0)
    shares = np.array([tied, longest]) / np.maximum(present, 1)
    if not tied.any():
        notes.append("No two genes share a rank within a signature.")
        return shares
    rule = max(RULES, key=lambda rule: (np.count_nonzero(misfits[rule] == 0), -misfits[rule].sum()))
    another = np.min(list(misfits.values()), axis=0) == 0
    damaged = (misfits[rule] > 0) & ~(another & (groups >= ENOUGH_TIES))

    def told(column: int, ranks: Sequence[float]) -> str:
        texts = [
            f"{listed(frame.index[values[:, column] == rank], 2 * NAMED)} on rank {rank - added:.0f}"
            for rank in ranks[: 2 * NAMED]
        ]
        more = f"; {len(ranks) - 2 * NAMED:,} more" if len(ranks) > 2 * NAMED else ""
        return f"{', '.join(texts)}{more}"

    if n_damaged := int(np.count_nonzero(damaged)):
        places = []
        for column in map(int, np.flatnonzero(damaged)[: 2 * NAMED]):
            one = _shares(values[:, column], int(n_ranked[column]))
            real = tied[~damaged].any() or groups[column] > ENOUGH_TIES  # ties elsewhere; else each one is doubtful
            crowded = one.crowded(rule) if real else one.ranks[one.times > 1]
            absent = [rank - added for rank in one.absent(rule)]
            gap = f"; no gene on {listed(absent, NAMED)}" if absent else ""
            places.append(f"{shown(frame.columns[column], 80)} ({told(column, crowded.tolist())}{gap})")
        more = f" and {counted(n_damaged - 2 * NAMED, 'more signature')}" if n_damaged > 2 * NAMED else ""
        notes.insert(  # where a display does not cut it off
            0,
            f"{counted(n_damaged, 'signature')} damaged, with genes on one rank that are no tie:"
            f" {', '.join(places)}{more}. The ranks are kept as they are: correct these cells.",
        )
    if (some := tied[~damaged].sum()) == 0:
        return shares
    by = ""
    if whole and not misfits[rule][~damaged].any():
        by = f"; they take the {RULES[rule][1] if turn else rule} rank of the tie"
    few = ""
    if groups[~damaged].sum() <= NAMED:
        ties = []
        for column in map(int, np.flatnonzero(groups * ~damaged)):
            one = _shares(values[:, column], 0)
            ties.append(f"{told(column, one.ranks[one.times > 1].tolist())} in {shown(frame.columns[column], 80)}")
        few = f" These are {'; '.join(ties)}."
    share = percent(some / present.sum())
    notes.append(f"{share} of the ranks are tied with another gene of the same signature{by}.{few}")
    return shares


def complete_rankings(values: np.ndarray, n_ranked: np.ndarray | None = None) -> np.ndarray:
    """Which columns hold every number from 1 to N once, missing ranks aside: five times faster than sorting them."""
    # N is `n_ranked` of the column, or the number of rows. Each rank gets a random 64-bit number; only the full set
    # adds up (modulo 2**64) to the sum of all. Another column passes with a chance of 2**-64.
    n_ranked = np.full(values.shape[1], len(values)) if n_ranked is None else n_ranked
    if np.fmax.reduce(values, axis=None, initial=0) > len(values):
        return np.zeros(values.shape[1], dtype=bool)
    marks = np.random.default_rng(0).integers(2**63, size=len(values) + 1, dtype=np.uint64)
    marks[0] = 0  # a missing rank
    sums = np.zeros(values.shape[1], dtype=np.uint64)
    for start in range(0, len(values), ROWS_AT_A_TIME):
        block = values[start : start + ROWS_AT_A_TIME]
        sums += np.take(marks, np.nan_to_num(block).astype(np.int64) if block.dtype.kind == "f" else block).sum(axis=0)
    possible = (n_ranked > 0) & (n_ranked <= len(values))
    return possible & (sums == np.cumsum(marks)[np.where(possible, n_ranked, 0)])
