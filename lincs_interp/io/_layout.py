"""Layout: from the first rows of a table, which row is the header, and what each column holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import pandas as pd

from .._util.missing import is_missing
from .._util.text import counted, listed, shown
from ..core.facts import FACTS, header_word
from ..core.signature_ids import parse_signature_id
from ._cells import ENGLISH, is_number, share_of_numbers
from ._headers import ID_LABELS, ROLES, SURE_GENE, has_role, is_about_genes, names_genes
from ._open import Source

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

    def facts(self, pick: Sequence[int]) -> pd.DataFrame | None:
        """Return the metadata of the picked value columns."""
        return None if self.metadata is None else self.metadata.iloc[list(pick)].reset_index(drop=True)


def find_layout(rows: Sequence[Sequence[str]], source: Source) -> Layout:
    """Find the layout of a table by its first ``SAMPLE`` rows or more, which may be ragged."""
    notes: list[str] = []
    block, header = _squared(rows, source, notes)
    numeric = _numeric_columns(block[header + 1 :] or block)
    first = header + 1 + _metadata_rows(block[header + 1 :], numeric)
    zone = block[header:first]
    place = _place_of_ids(zone, numeric)
    top, described = zone[place], [*zone[:place], *zone[place + 1 :]]
    if _all_numbers(top, numeric) and not _names_gene_column(top):
        notes.append("The table has no header: the signatures are numbered.")
        top, first = [""] * len(top), header + _metadata_rows(block[header:], numeric)
        described = block[header:first]
    columns = list(zip(*block[first:], strict=True))
    if not columns or not numeric:
        _refuse_without_numbers(source, block, header)
    gene, remark = gene_column(top, columns, numeric)
    values, others = value_columns(top, columns, numeric, gene)
    if not values:
        _refuse_without_numbers(source, block, header)
    if remark:
        notes.append(remark)
    if others:
        notes.append(f"{counted(len(others), 'column')} left out as no signature: {listed(others)}.")
    labels = tuple(top[j].strip() or f"signature {n}" for n, j in enumerate(values, 1))
    sides = (("above", zone[:place]), ("below", zone[place + 1 :]))
    where = " and ".join(side for side, part in sides if any(row[j].strip() for row in part for j in values))
    metadata = _metadata(described, gene, values, where, notes)
    return Layout(len(top), gene, tuple(values), labels, first, metadata, tuple(notes))


def _squared(rows: Sequence[Sequence[str]], source: Source, notes: list[str]) -> tuple[list[list[str]], int]:
    """Return the rows with one number of cells each, the header moved into its place, and the header's row."""
    widths = [_trimmed(row) for row in rows]
    width = _usual_width(widths)
    if width < 2:
        raise source.error(
            "has one column only",
            "a gene column and at least one column of numbers are needed (columns are parted by tabs, commas or"
            " semicolons)",
        )
    header, shift = _header_row(rows, widths, width)
    if header:
        above = listed((row[0] for row in rows[:header]), 2)
        notes.append(f"{counted(header, 'line')} above the header left out ({above}).")
    width = max(width, widths[header])  # columns with a name may be empty in these rows
    block = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    block[header] = [""] * shift + block[header][: width - shift]
    return block, header


def _trimmed(row: Sequence[str]) -> int:
    """How many cells a row has up to its last one that is not empty."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)


def _usual_width(widths: Sequence[int]) -> int:
    """Return the width of the genes' rows: the usual one of the lower half, where there is no header and title."""
    lower = Counter(widths[len(widths) // 2 :])
    most = max(lower.values())
    return max(width for width, times in lower.items() if times == most)


def _header_row(rows: Sequence[Sequence[str]], widths: Sequence[int], width: int) -> tuple[int, int]:
    """Return the header's row and by how many cells it must move right: R leaves the corner cell out."""
    for i, found in enumerate(widths):
        remark = rows[i][0].startswith(("#", "!")) and not any(map(is_number, rows[i + 1] if i + 1 < len(rows) else []))
        if remark:  # a header follows, so this is none
            continue
        if found >= width:
            return i, 0
        if found == width - 1:
            following = rows[i + 1] if i + 1 < len(rows) else []
            title = found == 1 and not any(is_number(cell) for cell in following)
            if len(rows[i]) < width and not title and len(following) >= width:
                return i, 1
            if len(rows[i]) >= width:  # an empty last header cell above a column without a name
                return i, 0
    return 0, 0


def _numeric_columns(rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns that hold numbers in at least half of their filled cells; metadata on top is outvoted below."""
    lower = rows[len(rows) // 2 :]
    return [j for j, cells in enumerate(zip(*lower, strict=True)) if share_of_numbers(cells) >= 0.5]


def _all_numbers(row: Sequence[str], numeric: Sequence[int]) -> bool:
    return bool(numeric) and all(is_number(row[j]) or is_missing(row[j]) for j in numeric)


def _names_gene_column(header: Sequence[str]) -> bool:
    """Return whether plain numbers (ids such as 943) are a header: the corner is empty, "gene" or "sig_id"."""
    return not header[0].strip() or header_word(header[0]) in ID_LABELS


def _place_of_ids(zone: Sequence[Sequence[str]], numeric: Sequence[int]) -> int:
    """Return which of the rows above the genes names the signatures: the first, unless another one is labelled so."""
    labels = [_labels(row, numeric) for row in zone]
    if labels[0].intersection(SURE_GENE):
        return 0
    for place, row in enumerate(zone):
        if share_of_ids([row[j] for j in numeric]) >= 0.5:
            return place
    filled = [place for place, row in enumerate(zone) if any(row[j].strip() for j in numeric)]
    if not labels[0]:
        wanted = [place for place in filled if labels[place].intersection(SURE_GENE)]
    elif labels[0] <= FACTS.keys():
        wanted = [place for place in filled if labels[place] & ID_LABELS]
        wanted += [place for place in filled if not labels[place] or not labels[place] <= FACTS.keys()]
    else:
        return 0
    return next(iter(wanted), 0)


def _labels(row: Sequence[str], numeric: Sequence[int]) -> set[str]:
    """Return what a row on top calls itself, beside its cells for the signatures."""
    beside = set(range(len(row))).difference(numeric)
    return {header_word(row[j]) for j in beside if row[j].strip()}


def _metadata_rows(rows: Sequence[Sequence[str]], numeric: Sequence[int]) -> int:
    """How many rows below the header describe the signatures instead of a gene."""
    for count, row in enumerate(rows):
        label = header_word(next((cell for cell in row if cell.strip()), ""))
        cells = [row[j] for j in numeric]
        texts = [cell for cell in cells if not is_missing(cell) and not is_number(cell)]
        nothing = not any(cell.strip() for cell in cells) and (label in ROLES["gene"] or not label)
        if not (label in FACTS or label in SURE_GENE or nothing or (texts and 2 * len(texts) >= len(cells))):
            return count
    return 0  # every row is text: no metadata but a table without numbers


def _metadata(
    rows: Sequence[Sequence[str]], gene: int, values: Sequence[int], where: str, notes: list[str]
) -> pd.DataFrame | None:
    found: dict[str, list[str]] = {}
    for n, row in enumerate(rows, 1):
        beside = (cell.strip() for j, cell in enumerate(row) if j not in values)
        label = row[gene].strip() or next(filter(None, beside), f"row {n}")
        cells = [row[j].strip() for j in values]
        if any(cells):
            found.setdefault(label, cells)
    if not found:
        return None
    rows_found = counted(len(found), "row")
    notes.append(f"{rows_found} {where} the header taken as metadata of the signatures: {listed(found)}.")
    return pd.DataFrame(found)


def _refuse_without_numbers(source: Source, block: Sequence[Sequence[str]], header: int) -> NoReturn:
    row = block[min(header + 1, len(block) - 1)]
    raise source.error(
        "holds no column of numbers beside the gene column",
        f"check that it is the table you meant (its first row reads {listed(row, 3)})",
        row,
    )


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
    """How much a text column looks like the names of the rows.

    Gene symbols give 0-1 by content, up to 1 more by the header. Signature ids, in a table with signatures in rows,
    give more than any symbols: the other columns of text describe them then.
    """
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
) -> tuple[list[int], list[str]]:
    """Return the columns of numbers that are signatures, and the names of the filled columns that are not."""
    # A named column without a single number yet is a signature with missing ranks, unless it describes genes.
    blank = [
        j
        for j in range(len(header))
        if header[j].strip() and j != gene and not is_about_genes(header[j]) and all(map(is_missing, columns[j]))
    ]
    candidates = sorted({*numeric, *blank} - {gene})
    ids = _id_columns(header, columns, candidates)
    values = [j for j in candidates if j not in ids]
    others = sorted(set(range(len(header))) - {gene, *values})
    filled = [j for j in others if any(cell.strip() for cell in columns[j])]
    return values, [header[j].strip() or f"column {j + 1}" for j in filled]


def _id_columns(header: Sequence[str], columns: Sequence[Sequence[str]], candidates: Sequence[int]) -> set[int]:
    """Columns of numbers about the gene: Entrez ids, flags, row numbers."""
    found = {j for j in candidates if names_genes(header[j])}
    highest: dict[int, float] = {}
    for j in candidates:
        try:
            numbers = ENGLISH.numbers(columns[j])
        except ValueError:
            continue
        present = numbers[~np.isnan(numbers)]
        if not present.size or (present % 1).any():
            continue
        counts_up = len(present) > 2 and bool((np.diff(numbers) == 1).all())
        if counts_up and has_role("row number", header[j]):
            found.add(j)
        highest[j] = present.max() if len(set(present)) == len(present) else 0
    large = {j for j, top in highest.items() if top > LEAST_OF_GENES}
    return found | large if len(large | found) < len(candidates) else found
