"""Layout: what each column of a table holds: the names of the genes, a signature, or facts about the genes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from .._util.missing import is_missing
from .._util.text import shown
from ..core.facts import header_word
from ..core.signature_ids import parse_signature_id
from ._cells import ENGLISH, is_number
from ._headers import ROLES, has_role, is_about_genes, names_genes

SAMPLE = 60  # rows that are looked at to find the layout
#: Larger whole numbers, beside columns of smaller ones, are Entrez ids: nobody ranks so many genes.
LEAST_OF_GENES = 100_000
_ENOUGH = 200  # cells that are looked at to find what a row of names holds


@dataclass(frozen=True)
class Layout:
    """Where things are in a table; columns count from 0."""

    width: int
    gene: int
    values: tuple[int, ...]
    names: tuple[str, ...]  # of the value columns, as written
    first_row: int  # of the genes, among the rows the layout was found in
    metadata: pd.DataFrame | None = None  # one row per value column, by position
    notes: tuple[str, ...] = ()
    full: int = 0  # how many cells a row usually has, empty ones at its end included
    numbered: bool = True  # whether the genes are numbers
    unsure: tuple[int, ...] = ()  # which of the value columns are signatures only if their numbers are ranks

    def facts(self, pick: Sequence[int]) -> pd.DataFrame | None:
        """Return the metadata of the picked value columns."""
        return None if self.metadata is None else self.metadata.iloc[list(pick)].reset_index(drop=True)


# Columns: which one names the genes, which hold a signature, which only describe the genes ----------------


def share_of_ids(cells: Sequence[str]) -> float:
    """How many of the filled cells are signature ids of L1000, 0 to 1."""
    filled = [cell for cell in cells if cell.strip()][:_ENOUGH]
    return sum(parse_signature_id(cell).parsed for cell in filled) / max(len(filled), 1)


def gene_column(header: Sequence[str], columns: Sequence[Sequence[str]], numeric: Sequence[int]) -> tuple[int, str]:
    """Return the gene column and, unless it is the first and only candidate, a sentence about the choice."""
    others = sorted(set(range(len(header))) - set(numeric))
    texts = [j for j in others if any(cell.strip() for cell in columns[j])]
    scores = {j: _likeness(header[j], columns[j]) for j in texts}
    best = max(scores, key=lambda j: (scores[j], -j), default=None)
    ids = any(is_about_genes(header[j]) for j in numeric)
    if best is not None and (scores[best] >= 0.3 or not ids):
        if best == 0 and len(texts) == 1:
            return best, ""
        what = "Signature ids" if share_of_ids(columns[best]) >= 0.5 else "Gene names"
        return best, f"{what} were taken from column {best + 1}{_called(header[best])}."
    named = [j for j in numeric if names_genes(header[j])]
    gene = named[0] if named else 0
    which = f"column {gene + 1}{_called(header[gene])}"
    return gene, f"Gene names were taken from {which}, which holds numbers (Entrez ids?)."


def _called(header: str) -> str:
    return f' "{shown(header, 40)}"' if header.strip() else ""


_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-@/]{0,19}")
_OTHER_ID = re.compile(r"(ENS[A-Z]*[GTP]\d{6,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.\d+)?", re.IGNORECASE)


def _likeness(header: str, cells: Sequence[str]) -> float:
    """How much a text column looks like the names of the rows."""
    # Gene symbols give 0-1 by content, up to 1 more by the header. Signature ids, in a table with signatures in rows,
    # give more than any symbols: the other columns of text describe them then.
    filled = [cell.strip() for cell in cells if cell.strip()]
    if (share := share_of_ids(filled)) >= 0.5:
        return 2 + share
    symbols = sum(bool(_SYMBOL.fullmatch(cell)) and not _OTHER_ID.fullmatch(cell) for cell in filled)
    others = sum(bool(_OTHER_ID.fullmatch(cell)) for cell in filled)
    content = (symbols + 0.5 * others) / len(cells) * len(set(filled)) / len(filled)
    names, word = ROLES["gene"], header_word(header)
    rank = names.index(word) if word in names else len(names)
    return content + (1 - rank / len(names)) * (content > 0)


def looks_like_symbols(labels: Sequence[str]) -> bool:
    """Return whether most labels could be gene symbols, rather than numbers, Ensembl ids or UUIDs."""
    fit = [bool(_SYMBOL.fullmatch(t)) and not _OTHER_ID.fullmatch(t) and not is_number(t) for t in labels]
    return sum(fit) > 0.5 * len(fit)


def value_columns(
    header: Sequence[str], columns: Sequence[Sequence[str]], numeric: Sequence[int], gene: int
) -> tuple[list[int], list[int]]:
    """Return the columns of numbers that are signatures, and those that describe the genes."""
    # A named column without a single number yet is a signature with missing ranks, unless it describes genes.
    blank = [
        j
        for j in range(len(header))
        if header[j].strip() and j != gene and not is_about_genes(header[j]) and all(map(is_missing, columns[j]))
    ]
    candidates = sorted({*numeric, *blank} - {gene})
    ids = _id_columns(header, columns, candidates, gene)
    return [j for j in candidates if j not in ids], sorted(ids)


def _id_columns(
    header: Sequence[str], columns: Sequence[Sequence[str]], candidates: Sequence[int], gene: int
) -> set[int]:
    """Columns of numbers about the gene: Entrez ids, flags, row numbers."""
    found = {j for j in candidates if names_genes(header[j])}
    large = set()
    for j in candidates:
        numbers = _whole_numbers(columns[j])
        if _counts_up(numbers) and has_role("row number", header[j]) and j < gene:
            found.add(j)
        # One large number among small ones is a mistake in a signature.
        if len(set(numbers)) == len(numbers) and 20 * sum(n > LEAST_OF_GENES for n in numbers) > len(numbers):
            large.add(j)
    return found | large if len(large | found) < len(candidates) else found


def could_be_ranks(cells: Sequence[str], in_front: bool) -> bool:
    """Return whether a column with a header such as "name" or "length" may be a signature by its first numbers."""
    # In front of the genes, numbers that count up are those of the rows.
    numbers = _whole_numbers(cells)
    if len(set(numbers)) < 3 or (in_front and _counts_up(numbers)):  # flags, row numbers
        return False
    return min(numbers) >= 0 and float(np.median(numbers)) <= LEAST_OF_GENES


def _whole_numbers(cells: Sequence[str]) -> list[float]:
    """Return the numbers of a column, none if any is a fraction or a text."""
    try:
        if all(map(str.isdecimal, cells)):
            return list(map(int, cells))
        numbers = ENGLISH.numbers(cells)
    except ValueError:
        return []
    present = numbers[~np.isnan(numbers)]
    return [] if (present % 1).any() else present.tolist()


def _counts_up(numbers: Sequence[float]) -> bool:
    return len(numbers) > 2 and all(after - before == 1 for before, after in pairwise(numbers))
