"""Validate a table of integers as ranks, and note in sentences what was found or assumed."""

from __future__ import annotations

from collections import Counter
from typing import NoReturn

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, whole_number, wrong
from .._util.missing import plain
from .._util.text import counted, kind, listed, percent, shown
from ._ties import tie_shares
from .signature_ids import parse_signature_id

# Sizes of the rankings that are in circulation: landmark genes, best inferred genes, search index, coefficient
# files, assay annotation. They only word a proposal; no number in the package depends on them.
KNOWN_SIZES = (978, 10_174, 12_318, 12_327, 12_328)

# Full rankings reach as far as they have genes. A table that stays below half of that holds something else.
LEAST_REACH = 0.5

# What a line of numbers must show to be taken for a ranking when its labels say nothing.
FULL_REACH, DISTINCT_SHARE = 0.95, 0.9

ROWS_AT_A_TIME = 64

TURNED = "The table had signatures as rows and genes as columns: it was turned."


def check_ranks(
    frame: pd.DataFrame, *, rank_one: str, n_genes: int | None
) -> tuple[pd.DataFrame, int, pd.Series, np.ndarray, tuple[str, ...]]:
    """Return ranks from 1 = most down to N, N, each signature's own N and `tie_shares`, and notes; or raise.

    The ranks are int32, or float64 where some are missing.
    """
    notes: list[str] = []
    frame = _numeric(frame)
    n_genes = None if n_genes is None else whole_number("n_genes", n_genes)
    if rows_are_signatures(frame) or _only_rows_are_rankings(frame):
        notes.append(TURNED)
        frame = frame.T
    values = _whole_numbers(frame)
    values = _count_from_one(values, len(frame), n_genes, notes)
    total = _how_many_ranked(values, n_genes, notes)
    n_ranked = _ranked_per_column(values, total, frame.columns, notes)
    values = _one_is_down(values, n_ranked, rank_one, total, notes)
    ties = _note_ties(values, total, notes)
    values, genes = _first_of_each_gene(values, frame.index, notes)
    if ties.any() and len(genes) < len(frame):
        ties = tie_shares(values, ties[0] == 0)
    checked = pd.DataFrame(values, index=genes, columns=_unique_names(frame.columns, notes), copy=False)
    return checked, total, pd.Series(n_ranked, index=checked.columns, name="n_ranked"), ties, tuple(notes)


def _numeric(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        remedy = "pass genes as rows and signatures as columns (for a file: read_ranks)"
        raise wrong("frame", frame, f"is {kind(frame)}, not a pandas DataFrame", remedy)
    if frame.empty:
        problem = f"holds {counted(frame.shape[0], 'gene')} and {counted(frame.shape[1], 'signature')}"
        raise wrong("frame", frame, problem, "pass a table with at least one of each")
    if isinstance(frame.index, pd.MultiIndex) or isinstance(frame.columns, pd.MultiIndex):
        remedy = "keep one level of gene names and one of signature ids (droplevel)"
        raise wrong("frame", frame, "has labels in several levels", remedy)
    if any(dtype.kind == "O" for dtype in frame.dtypes):  # numbers often arrive so, after turning a mixed table
        frame = frame.infer_objects()
    for position, dtype in enumerate(frame.dtypes):
        real = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
        if not real or pd.api.types.is_bool_dtype(dtype):
            column = frame.iloc[:, position]
            place = f"in column {shown(frame.columns[position], 40)!r}"
            problem = f"holds {shown(column.iloc[0], 30)!r} {place}, which is not a number"
            raise wrong("frame", frame, problem, "make the gene column the index and drop columns of text")
    return frame


def rows_are_signatures(frame: pd.DataFrame) -> bool:
    """Return whether the row labels read as signature ids and the column labels do not."""

    def share_of_ids(labels: pd.Index) -> float:
        first = [str(label) for label in labels[:50]]
        return sum(parse_signature_id(text).parsed for text in first) / len(first)

    rows, columns = share_of_ids(frame.index), share_of_ids(frame.columns)
    return rows > 0.5 and rows > columns


def _only_rows_are_rankings(frame: pd.DataFrame) -> bool:
    """Without readable ids the numbers decide: ranks run through all labels of the gene axis, and of no other."""
    by_row = frame.iloc[:5].to_numpy(dtype=float, na_value=np.nan)
    by_column = frame.iloc[:, :5].to_numpy(dtype=float, na_value=np.nan).T
    return all(map(_is_ranking, by_row)) and not any(map(_is_ranking, by_column))


def _is_ranking(numbers: np.ndarray) -> bool:
    """Return whether these are nearly all whole numbers from 1 (or 0) to their count, ties and gaps apart."""
    there = numbers[~np.isnan(numbers)]
    if len(there) < 3 or not FULL_REACH * len(there) <= there.max() <= len(numbers):
        return False
    return len(np.unique(there)) > DISTINCT_SHARE * len(there)


def _whole_numbers(frame: pd.DataFrame) -> np.ndarray:
    """Return int32 without missing ranks, float64 with NaN otherwise; a table that holds no ranks raises."""
    if all(isinstance(dtype, np.dtype) and dtype.kind in "iu" for dtype in frame.dtypes):
        values = frame.to_numpy()
        low, high = int(values.min()), int(values.max())
    else:
        values = frame.to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(values).all():
            raise wrong("frame", frame, "holds no number, every rank is missing", "check which columns were taken")
        if np.isinf(values).any():
            raise wrong("frame", frame, f"holds {_first(frame, np.isinf(values))}", "leave missing ranks empty (NaN)")
        low, high = np.nanmin(values), np.nanmax(values)
        fractional = (values != np.floor(values)) & ~np.isnan(values)
        if fractional.any():
            _refuse_other_numbers(frame, values, fractional)
    if low < 0:
        _refuse_other_numbers(frame, values, values < 0)
    if high == 0:
        raise wrong("frame", frame, "holds only zeros, which are no ranks", "check which columns were taken")
    if high >= 2**31:
        problem = f"holds {high:,.0f}, more genes than any signature ranks"
        raise wrong("frame", frame, problem, "leave out ids and counts")
    holes = values.dtype.kind == "f" and bool(np.isnan(values).any())
    return np.array(values, dtype=np.float64 if holes else np.int32, order="C", copy=True)


def _refuse_other_numbers(frame: pd.DataFrame, values: np.ndarray, where: np.ndarray) -> NoReturn:
    remedy = (
        "ranks are whole numbers from 1, so these look like Characteristic Direction coefficients, z-scores or fold"
        " changes; turn them into ranks with rank_coefficients(frame) (for a file:"
        " rank_coefficients(read_coefficients(path)))"
    )
    present = values[~np.isnan(values)]
    if (present >= 0.5).all() and (present * 2 % 1 == 0).all():
        remedy = (
            "tied genes share an average rank here; rank them again with the highest rank of the tie, as"
            " rank_coefficients does"
        )
    raise wrong("frame", frame, f"holds {_first(frame, where)}", remedy)


def _first(frame: pd.DataFrame, where: np.ndarray) -> str:
    row, column = np.argwhere(where)[0]
    value = frame.iloc[row, column]
    return f"{value:.6g} (gene {shown(frame.index[row], 30)}, signature {shown(frame.columns[column], 40)})"


def _count_from_one(values: np.ndarray, n_rows: int, n_genes: int | None, notes: list[str]) -> np.ndarray:
    low, high = np.nanmin(values), int(np.nanmax(values))
    if low > 0:
        # Where no gene has the rank 0 this is all the table shows.
        notes.append(f"Ranks are taken as counted from 1: the smallest is {int(low):,}.")
        return values
    zeros = (values == 0).sum(axis=0)
    if zeros.max() > 1:
        column = int(zeros.argmax())
        problem = f"holds {zeros[column]:,} zeros in column {column + 1}, but two genes cannot share the first place"
        remedy = "if zero means a missing rank, leave such cells empty (NaN)"
        raise wrong("frame", int(zeros[column]), problem, remedy)
    top = n_rows if n_genes is None else n_genes
    if high >= top:
        most = f"{top:,}, as many as {'the table has rows' if n_genes is None else 'n_genes says'}"
        problem = f"holds both the rank 0 and the rank {high:,}, but counted from 0 no rank reaches {most}"
        partly = f"if the file holds only some of the ranked genes, pass n_genes (at least {high + 1:,})"
        raise wrong("frame", 0, problem, f"leave missing ranks empty (NaN), or, {partly}")
    notes.append("Ranks were counted from 0 in the table: 1 was added to each.")
    values += 1
    return values


def _how_many_ranked(values: np.ndarray, n_genes: int | None, notes: list[str]) -> int:
    n_rows, high = len(values), int(np.nanmax(values))
    if n_genes is not None:
        if high > n_genes:
            problem = f"ranks go up to {high:,} but {argument('n_genes')} is {n_genes:,}"
            remedy = f"if the table holds some of the genes, pass {argument('n_genes')}: {high:,} or more"
            raise LincsInterpError(problem, argument="frame", value=high, remedy=remedy)
        if n_genes < n_rows:
            notes.append(
                f"Each signature ranks N = {n_genes:,} genes, as given, though the table has {n_rows:,} rows: some gene"
                " must be in several rows."
            )
            return n_genes
        notes.append(f"Each signature ranks N = {n_genes:,} genes, as given; the table holds {n_rows:,} of them.")
        if n_genes > n_rows and high == n_rows and complete_rankings(values).all():
            notes.append(
                f"But every signature holds each rank from 1 to {n_rows:,} once, as if just these {n_rows:,} genes had"
                " been ranked: is n_genes right?"
            )
        return n_genes
    if high > n_rows:
        likely = [f"{size:,}" for size in KNOWN_SIZES if high <= size <= 1.5 * high]
        proposal = f"likely {' or '.join(likely)}" if likely else "no usual size fits"
        has = f"the table has only {counted(n_rows, 'gene')}, so it holds a part of the ranked genes"
        remedy = f"give how many were ranked with {argument('n_genes')} (at least {high:,}; {proposal})"
        raise LincsInterpError(f"ranks go up to {high:,} but {has}", argument="frame", value=high, remedy=remedy)
    filled = int((~np.isnan(values)).sum(axis=0).max()) if values.dtype.kind == "f" else n_rows
    if high < LEAST_REACH * filled:
        problem = f"the highest value is {high:,} in a table of {filled:,} genes, where ranks would reach {filled:,}"
        remedy = f"are these percentiles or scores? If they are ranks among more genes, pass {argument('n_genes')}"
        raise LincsInterpError(problem, argument="frame", value=high, remedy=remedy)
    if high == n_rows or filled < n_rows:
        notes.append(f"Each signature ranks N = {n_rows:,} genes: the ranks run through all rows of the table.")
    else:
        notes.append(
            f"Each signature is taken to rank N = {n_rows:,} genes, one a row, but no rank is above {high:,}: is a row"
            " no gene, or do tied genes take their lowest rank? If fewer genes were ranked, pass n_genes."
        )
    return n_rows


def _ranked_per_column(values: np.ndarray, total: int, columns: pd.Index, notes: list[str]) -> np.ndarray:
    """How many genes each signature ranks; 0 for one that has no order (nothing there, or one value throughout)."""
    n_ranked = np.full(values.shape[1], total, dtype=np.int64)
    if values.dtype.kind == "f":
        present = (~np.isnan(values)).sum(axis=0)
        highest = np.fmax.reduce(values, axis=0, initial=0)
        closed = (present < len(values)) & (highest <= present) & (len(values) >= total)
        n_ranked[closed] = present[closed]
        gaps = int(values.size - present.sum())
        if gaps:
            holed = columns[present < len(values)]
            notes.append(
                f"{counted(gaps, 'rank')} missing in {counted(len(holed), 'signature')} ({listed(holed, 3)}): a missing"
                " gene counts nowhere, and a signature that ranks fewer genes is read with its own N."
            )
    lowest = np.fmin.reduce(values, axis=0, initial=np.inf if values.dtype.kind == "f" else 2**31 - 1)
    highest = np.fmax.reduce(values, axis=0, initial=0)
    flat = (lowest >= highest) & (len(values) > 1)
    if flat.any():
        n_ranked[flat] = 0
        notes.append(
            f"{counted(int(flat.sum()), 'signature')} without any order, every gene on one rank or missing"
            f" ({listed(columns[flat], 3)}): kept, but nothing can be read from it."
        )
    if flat.all():
        remedy = "check which columns were taken"
        raise wrong("frame", int(highest[0]), "holds one and the same rank for all genes of every signature", remedy)
    return n_ranked


def _note_ties(values: np.ndarray, total: int, notes: list[str]) -> np.ndarray:
    """Return what `tie_shares` returns."""
    tied, highest, lowest, shares = 0, True, True, np.zeros((2, values.shape[1]))
    for column in np.flatnonzero(~complete_rankings(values)):
        ranks = np.sort(values[:, column])  # NaN last, and equal to nothing
        last = np.flatnonzero(np.append(ranks[1:] != ranks[:-1], True))
        times = np.diff(last, prepend=-1)
        last, times = last[times > 1], times[times > 1]
        tied += int(times.sum())
        shares[:, column] = np.array([times.sum(), times.max(initial=0)]) / max(np.count_nonzero(~np.isnan(ranks)), 1)
        highest &= bool((ranks[last] == last + 1).all())
        lowest &= bool((ranks[last] == last - times + 2).all())
    if not tied:
        notes.append("No two genes share a rank within a signature.")
        return shares
    share = tied / np.count_nonzero(~np.isnan(values))
    rule = ""
    if len(values) == total and highest != lowest:
        rule = f"; they take the {'highest' if highest else 'lowest'} rank of the tie"
    notes.append(f"{percent(share)} of the ranks are tied with another gene of the same signature{rule}.")
    return shares


def complete_rankings(values: np.ndarray, n_ranked: np.ndarray | None = None) -> np.ndarray:
    """Which columns hold every number from 1 to N once, missing ranks aside: five times faster than sorting them.

    N is `n_ranked` of the column, or the number of rows. Each rank gets a random 64-bit number; only the full set
    adds up (modulo 2**64) to the sum of all. Another column passes with a chance of 2**-64.
    """
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


def _one_is_down(values: np.ndarray, n_ranked: np.ndarray, rank_one: str, total: int, notes: list[str]) -> np.ndarray:
    if rank_one == "down":
        notes.insert(
            0,
            f"Rank 1 is read as pushed down hardest and rank {total:,} as pushed up hardest, as the site ranks; the"
            " table itself does not say (check_orientation can test it).",
        )
        return values
    notes.insert(
        0,
        f'Rank 1 was "most up" in the table (rank_one="up"): it was turned round, so that here rank 1 is pushed down'
        f" hardest and rank {total:,} pushed up hardest.",
    )
    return (np.where(n_ranked > 0, n_ranked, total) + 1).astype(values.dtype) - values


def _first_of_each_gene(values: np.ndarray, labels: pd.Index, notes: list[str]) -> tuple[np.ndarray, pd.Index]:
    """Keep the first row of each gene and drop rows without a name; the caller has counted N before."""
    names = np.array([plain(label) for label in labels], dtype=object)
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
            f"{counted(len(again), 'gene')} in several rows ({listed(again)}): the first row is kept; N still"
            " counts every row."
        )
    if not keep.any():
        raise wrong("frame", labels, "names no gene", "make the gene column the index")
    genes = pd.Index(names[keep].tolist(), name="gene")
    return (values if keep.all() else np.ascontiguousarray(values[keep])), genes


def _unique_names(labels: pd.Index, notes: list[str]) -> pd.Index:
    """Give every column a name of its own; a repeated one gets a number."""
    names = [plain(label) or f"signature {position}" for position, label in enumerate(labels, 1)]
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
    again = [name for name, times in seen.items() if times > 1]
    if again:
        notes.append(
            f"{counted(len(again), 'signature name')} used for several columns ({listed(again, 3)}): the later ones are"
            ' called "… (2)", "… (3)".'
        )
    return pd.Index(unique, name="signature")
