"""The cells of a table of ranks: whether they count from 1 or 0, and the few that can be no rank."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pandas as pd

from .._util.errors import argument, wrong
from .._util.text import counted, listed, shown

#: Up to this share of a signature's cells, or one, may be no ranks: they are damage, not numbers of another kind.
MOST_ODD = 0.02
#: With fewer genes one cell is no exception.
LEAST_CELLS = 20
#: How many cells a sentence names.
NAMED = 3


def possible_ranks(
    frame: pd.DataFrame, n_genes: int | None, notes: list[str], *, own: bool
) -> tuple[np.ndarray, int, np.ndarray]:
    """Return ranks from 1, what was added to them for that, and how many cells of each signature can be no rank."""
    # These few are NaN, and a note names them; a table that holds another kind of numbers raises. The ranks are
    # int32, or float64 where some are missing, and no copy of an `own` frame.
    if all(isinstance(dtype, np.dtype) and dtype.kind in "iu" for dtype in frame.dtypes):
        values = frame.to_numpy()
    else:
        values = frame.to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(values).all():
            raise wrong("frame", frame, "holds no number, every rank is missing", "check which columns were taken")
    top = len(frame) if n_genes is None else n_genes
    low, high = np.nanmin(values), np.nanmax(values)
    added, odd = 0, np.zeros(values.shape[1], dtype=int)
    if low < 1 or high > top or (values.dtype.kind == "f" and (values > np.floor(values)).any()):
        if low == 0 == high:
            raise wrong("frame", frame, "holds only zeros, which are no ranks", "check which columns were taken")
        values, added, odd = _without_odd(frame, values, top, notes)
    if added:
        notes.append("Ranks were counted from 0 in the table: 1 was added to each.")
    else:
        # Where no gene has the rank 0 this is all the table shows.
        notes.append(f"Ranks are taken as counted from 1: the smallest is {int(np.nanmin(values)):,}.")
    holes = values.dtype.kind == "f" and bool(np.isnan(values).any())
    dtype = np.float64 if holes else np.int32
    ranks: np.ndarray = np.asarray(values, dtype, order="C") if own else np.array(values, dtype, order="C")
    if added:
        ranks += 1
    return ranks, added, odd


def _without_odd(
    frame: pd.DataFrame, given: np.ndarray, top: int, notes: list[str]
) -> tuple[np.ndarray, int, np.ndarray]:
    values = given.astype(float)
    no_rank = np.isinf(values) | (values < 0) | (values > np.floor(values))
    there = (~np.isnan(values)).sum(axis=0)
    most = np.where(there < LEAST_CELLS, 0, np.maximum(1, MOST_ODD * there))
    if (no_rank.sum(axis=0) > most).any() or _averaged(values):
        _refuse_other_numbers(frame, values, no_rank)
    values[no_rank] = np.nan
    added = _added(frame, values, top)
    no_rank |= values < 1 - added
    above = values > top - added
    beyond = above.sum(axis=0)
    # Of a table that holds some of the ranked genes nearly all signatures go further than it has rows, and if they go
    # twice as far, half of their ranks do.
    far = (np.where(above, values, np.inf).min(axis=0) > 2 * top) & (beyond <= there / 4)
    no_rank |= above & (far | ((beyond <= most) & (2 * np.count_nonzero(beyond) <= len(beyond))))
    values[no_rank] = np.nan
    odd = no_rank.sum(axis=0)
    if (odd > most).any():
        remedy = f"correct them, leave missing ranks empty, or pass {argument('n_genes')} if more genes were ranked"
        raise wrong("frame", frame, f"holds {cells(frame, no_rank)}, which can be no ranks", remedy)
    if (high := np.nanmax(values)) >= 2**31:
        problem = f"holds {high:,.0f}, more genes than any signature ranks"
        raise wrong("frame", frame, problem, "leave out ids and counts")
    if odd.any():
        notes.insert(0, f"{counted(int(odd.sum()), 'cell')} can be no rank, read as missing: {cells(frame, no_rank)}.")
    return values, added, odd


def _averaged(values: np.ndarray) -> bool:
    """Return whether all fractions are mid-ranks of ties: an average of two places that two genes or more share."""
    halves = [column[column % 1 != 0] for column in (c[np.isfinite(c)] for c in values.T)]
    shares = [np.unique(column, return_counts=True) for column in halves if len(column)]
    return bool(shares) and all((half % 1 == 0.5).all() and (times > 1).all() for half, times in shares)


def _refuse_other_numbers(frame: pd.DataFrame, values: np.ndarray, where: np.ndarray) -> NoReturn:
    remedy = (
        "ranks are whole numbers from 1, so these look like Characteristic Direction coefficients, z-scores or fold"
        " changes; turn them into ranks with rank_coefficients(frame) (for a file:"
        " rank_coefficients(read_coefficients(path)))"
    )
    present = values[np.isfinite(values)]
    if np.isinf(values[where]).all():
        remedy = "leave missing ranks empty (NaN)"
    elif (present >= 0.5).all() and (present * 2 % 1 == 0).all():
        remedy = (
            "tied genes share an average rank here; rank them again with the highest rank of the tie, as"
            " rank_coefficients does"
        )
    raise wrong("frame", frame, f"holds {cells(frame, where)}", remedy)


def _added(frame: pd.DataFrame, values: np.ndarray, top: int) -> int:
    """Return 1 if the bulk of the signatures counts from 0, else 0; raise where that cannot be seen."""
    zeros, last = (values == 0).sum(axis=0), (values == top).any(axis=0)
    if not zeros.any():
        return 0
    zero = zeros == 1  # several may mean that these ranks are missing
    from_zero, from_one = np.count_nonzero(zero & ~last), np.count_nonzero(last & ~zero)
    expected = values.shape[1] * min(1, len(values) / top)  # a part of the genes holds the first place by chance
    counts_from_zero = from_zero > from_one and from_zero >= max(expected / 2, 1 if len(values) >= top else 2)
    if not counts_from_zero and from_one <= from_zero:
        problem = f"holds {cells(frame, values == 0)}: whether its ranks count from 0 cannot be seen"
        remedy = "add 1 to each if they do; leave such cells empty (NaN) if zero means a missing rank"
        if last.any():
            problem += f", as others go up to {top:,}"
            remedy += f"; if the table holds some of the ranked genes, pass {argument('n_genes')} ({top + 1:,} or more)"
        raise wrong("frame", 0, problem, remedy)
    first = 1 if counts_from_zero else 0
    others = np.flatnonzero(last & ~zero if counts_from_zero else zero & ~last)
    full = np.arange(first, first + len(values))
    if other := [frame.columns[j] for j in others.tolist() if np.array_equal(np.sort(values[:, j]), full)]:
        ends = f"from {first} to {full[-1]:,}, and the bulk of the signatures from {1 - first} to {top - first:,}"
        where = (values == (top if first else 0)) & np.isin(np.arange(values.shape[1]), others)
        problem = f"holds ranks of {listed(other, NAMED)} {ends}: {cells(frame, where)}"
        raise wrong("frame", frame, problem, "correct these cells, or let all signatures count from 1")
    return int(counts_from_zero)


def cells(frame: pd.DataFrame, where: np.ndarray, *, with_values: bool = True) -> str:
    """Return "12.5 (gene MYC, signature S1) and 3 more", the first few of the cells that are marked."""
    places, most = np.argwhere(where), NAMED if with_values else 2 * NAMED
    texts = []
    for row, column in places[:most].tolist():
        place = f"gene {shown(frame.index[row], 30)}, signature {shown(frame.columns[column], 80)}"
        value: Any = frame.iat[row, column]
        texts.append(f"{value:.10g} ({place})" if with_values else place)
    more = f" and {len(places) - most:,} more" if len(places) > most else ""
    return (", " if with_values else "; ").join(texts) + more
