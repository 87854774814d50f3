"""Layout: from the first rows of a table, which row is the header and where genes and numbers stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed
from ._cells import is_missing, is_number
from ._columns import GENE_HEADERS, SURE_GENE_HEADERS, gene_column, header_word, share_of_ids, value_columns

# fmt: off
# Rows about signatures that may stand above the genes, and what the package calls them.
METADATA = {
    **dict.fromkeys(("cell", "cell_id", "cell_iname", "cell_line", "cellline"), "cell_line"),
    **dict.fromkeys(("pert_name", "pert_iname", "perturbagen", "compound", "drug"), "pert_name"),
    **dict.fromkeys(("dose", "pert_dose", "pert_idose", "concentration"), "pert_dose"),
    **dict.fromkeys(("time", "timepoint", "time_point", "pert_time", "pert_itime"), "pert_time"),
    **dict.fromkeys(("pert_type", "perturbation_type", "perturbagen_type"), "pert_type"),
    **{word: word for word in (
        "dose_um", "time_h", "plate", "well", "tissue", "disease", "batch", "moa", "target", "subset", "uuid",
        "local_id", "persistent_id", "cmap_id", "pert_id", "sig_id", "tas", "qc_tas", "distil_cc_q75",
    )},
}
# fmt: on

# Labels of a row of signature ids, where a table has several rows of text on top.
ID_LABELS = frozenset((*GENE_HEADERS, "sig_id", "signature_id", "signature", "signatures", "cid"))

SAMPLE = 60  # rows that are looked at to find the layout


@dataclass(frozen=True)
class Layout:
    """Where things stand in a table; columns count from 0."""

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


def find_layout(rows: Sequence[Sequence[str]], name: str) -> Layout:
    """Find the layout of a table by its first rows.

    Parameters
    ----------
    rows : list of list of str
        The first ``SAMPLE`` rows or more, cells as text. Rows may be ragged.
    name : str
        The file, for errors.
    """
    notes: list[str] = []
    block, header = _squared(rows, name, notes)
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
        _refuse_without_numbers(name, block, header)
    gene, remark = gene_column(top, columns, numeric)
    values, others = value_columns(top, columns, numeric, gene)
    if not values:
        _refuse_without_numbers(name, block, header)
    if remark:
        notes.append(remark)
    if others:
        notes.append(f"{counted(len(others), 'column')} left out as no signature: {listed(others)}.")
    labels = tuple(top[j].strip() or f"signature {n}" for n, j in enumerate(values, 1))
    sides = (("above", zone[:place]), ("below", zone[place + 1 :]))
    where = " and ".join(side for side, part in sides if any(row[j].strip() for row in part for j in values))
    metadata = _metadata(described, gene, values, where, notes)
    return Layout(len(top), gene, tuple(values), labels, first, metadata, tuple(notes))


def _squared(rows: Sequence[Sequence[str]], name: str, notes: list[str]) -> tuple[list[list[str]], int]:
    """Return the rows with one number of cells each, the header moved into its place, and the header's row."""
    widths = [_trimmed(row) for row in rows]
    width = _usual_width(widths)
    if width < 2:
        raise LincsInterpError(
            f"{name} has one column only: a gene column and at least one column of numbers are needed (columns are"
            " parted by tabs, commas or semicolons)."
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
    """The width of the genes' rows: the usual one of the lower half, where no header and title stand."""
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
    return [j for j, cells in enumerate(zip(*lower, strict=True)) if _mostly_numbers(cells)]


def _mostly_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if not is_missing(cell)]
    return bool(filled) and 2 * sum(map(is_number, filled)) >= len(filled)


def _all_numbers(row: Sequence[str], numeric: Sequence[int]) -> bool:
    return bool(numeric) and all(is_number(row[j]) or is_missing(row[j]) for j in numeric)


def _names_gene_column(header: Sequence[str]) -> bool:
    """A header of plain numbers (ids such as 943) is one if its corner is empty or says "gene" or "sig_id"."""
    return not header[0].strip() or header_word(header[0]) in ID_LABELS


def _place_of_ids(zone: Sequence[Sequence[str]], numeric: Sequence[int]) -> int:
    """Return which of the rows above the genes names the signatures: the first, unless another one says so."""
    labels = [_labels(row, numeric) for row in zone]
    if labels[0].intersection(SURE_GENE_HEADERS):
        return 0
    for place, row in enumerate(zone):
        if share_of_ids([row[j] for j in numeric]) >= 0.5:
            return place
    filled = [place for place, row in enumerate(zone) if any(row[j].strip() for j in numeric)]
    if not labels[0]:
        wanted = [place for place in filled if labels[place].intersection(SURE_GENE_HEADERS)]
    elif labels[0] <= METADATA.keys():
        wanted = [place for place in filled if labels[place] & ID_LABELS]
        wanted += [place for place in filled if not labels[place] or not labels[place] <= METADATA.keys()]
    else:
        return 0
    return next(iter(wanted), 0)


def _labels(row: Sequence[str], numeric: Sequence[int]) -> set[str]:
    """What a row on top calls itself, beside its cells for the signatures."""
    beside = set(range(len(row))).difference(numeric)
    return {header_word(row[j]) for j in beside if row[j].strip()}


def _metadata_rows(rows: Sequence[Sequence[str]], numeric: Sequence[int]) -> int:
    """How many rows below the header describe the signatures instead of a gene."""
    for count, row in enumerate(rows):
        label = header_word(next((cell for cell in row if cell.strip()), ""))
        cells = [row[j] for j in numeric]
        texts = [cell for cell in cells if not is_missing(cell) and not is_number(cell)]
        nothing = not any(cell.strip() for cell in cells) and (label in GENE_HEADERS or not label)
        if not (label in METADATA or label in SURE_GENE_HEADERS or nothing or (texts and 2 * len(texts) >= len(cells))):
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
            found.setdefault(METADATA.get(header_word(label), label), cells)
    if not found:
        return None
    rows_found = counted(len(found), "row")
    notes.append(f"{rows_found} {where} the header taken as metadata of the signatures: {listed(found)}.")
    return pd.DataFrame(found)


def _refuse_without_numbers(name: str, block: Sequence[Sequence[str]], header: int) -> NoReturn:
    row = block[min(header + 1, len(block) - 1)]
    raise LincsInterpError(
        f"{name} holds no column of numbers beside the gene column (its first row reads {listed(row, 3)}):"
        " is it the table you meant?"
    )
