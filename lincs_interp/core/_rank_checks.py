"""Validate a table of integers as ranks, and note in sentences what was found or assumed."""

from __future__ import annotations

from collections import Counter
from numbers import Real

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, whole_number, wrong
from .._util.missing import plain
from .._util.text import counted, kind, listed, shown
from ._rank_cells import NAMED, cells, possible_ranks
from ._rank_ties import complete_rankings, note_ties
from ._ties import tie_shares
from .signature_ids import parse_signature_id

# Sizes of the rankings that are in circulation: landmark genes, best inferred genes, search index, coefficient
# files, assay annotation. They only word a proposal; no number in the package depends on them.
KNOWN_SIZES = (978, 10_174, 12_318, 12_327, 12_328)

# Full rankings reach as far as they have genes. A table that stays below half of that holds something else.
LEAST_REACH = 0.5

# What a line of numbers must show to be taken for a ranking when its labels say nothing.
FULL_REACH, DISTINCT_SHARE = 0.95, 0.9

TURNED = "The table had signatures as rows and genes as columns: it was turned."


def check_ranks(
    frame: pd.DataFrame, *, rank_one: str, n_genes: int | None, own: bool
) -> tuple[pd.DataFrame, int, pd.Series, np.ndarray, tuple[str, ...]]:
    """Return ranks from 1 = most down to N, N, each signature's own N and `tie_shares`, and notes; or raise."""
    # The ranks are int32, or float64 where some are missing.
    notes: list[str] = []
    frame = _numeric(frame)
    n_genes = None if n_genes is None else whole_number("n_genes", n_genes)
    if rows_are_signatures(frame) or _only_rows_are_rankings(frame):
        notes.append(TURNED)
        frame = frame.T
    values, added, odd = possible_ranks(frame, n_genes, notes, own=own)
    total = _how_many_ranked(frame, values, n_genes, notes)
    n_ranked = _ranked_per_column(frame, values, total, odd, notes)
    ties = note_ties(frame, values, n_ranked, added, notes, turn=rank_one == "up")
    values = _one_is_down(values, n_ranked, rank_one, total, notes)
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
            row = next((i for i, cell in enumerate(column) if isinstance(cell, bool) or not isinstance(cell, Real)), 0)
            place = f"gene {shown(frame.index[row], 30)}, column {shown(frame.columns[position], 80)!r}"
            problem = f"holds {shown(column.iloc[row], 30)!r} ({place}), which is not a number"
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
    there = numbers[(numbers >= 0) & (numbers <= len(numbers))]
    if len(there) < max(3, DISTINCT_SHARE * np.count_nonzero(~np.isnan(numbers))):
        return False
    if there.max() < FULL_REACH * len(there):
        return False
    return len(np.unique(there)) > DISTINCT_SHARE * len(there)


def _how_many_ranked(frame: pd.DataFrame, values: np.ndarray, n_genes: int | None, notes: list[str]) -> int:
    n_rows, high = len(values), int(np.nanmax(values))
    if n_genes is not None:
        if high > n_genes:
            problem = f"ranks go up to {high:,} ({_highest(frame, values)}) but {argument('n_genes')} is {n_genes:,}"
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
        problem = f"ranks go up to {high:,} ({_highest(frame, values)}) but {has}"
        raise LincsInterpError(problem, argument="frame", value=high, remedy=remedy)
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


def _highest(frame: pd.DataFrame, values: np.ndarray) -> str:
    """Return where the highest rank is."""
    return cells(frame, np.arange(values.size).reshape(values.shape) == np.nanargmax(values), with_values=False)


def _ranked_per_column(
    frame: pd.DataFrame, values: np.ndarray, total: int, odd: np.ndarray, notes: list[str]
) -> np.ndarray:
    """How many genes each signature ranks; 0 for one that has no order (nothing there, or one value throughout)."""
    # The `odd` cells hold no rank, but their genes were ranked.
    columns = frame.columns
    n_ranked = np.full(values.shape[1], total, dtype=np.int64)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        present = len(values) - missing.sum(axis=0) + odd
        highest = np.fmax.reduce(values, axis=0, initial=0)
        closed = (present < len(values)) & (highest <= present) & (len(values) >= total)
        n_ranked[closed] = present[closed]
        if gaps := int(missing.sum()):
            holed = columns[missing.any(axis=0)]
            where = cells(frame, missing, with_values=False) if gaps < 2 * NAMED else listed(holed, 3)
            notes.append(
                f"{counted(gaps, 'rank')} missing in {counted(len(holed), 'signature')} ({where}): a missing"
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
