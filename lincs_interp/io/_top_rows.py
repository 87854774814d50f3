"""Header: which of the first rows names the columns, whether each name is above its own column, what else is on top."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

import pandas as pd

from .._util.missing import is_missing
from .._util.text import counted, listed, shown
from ..core.facts import FACTS, header_word
from ._cells import is_number, share_of_numbers, visible
from ._headers import ID_LABELS, ROLES, SURE_GENE, has_role, is_about_genes
from ._layout import Layout, could_be_ranks, gene_column, share_of_ids, value_columns
from ._open import Source

Rows = Sequence[Sequence[str]]


def find_layout(rows: Rows, source: Source) -> Layout:
    """Find the layout of a table by its first ``SAMPLE`` rows or more, which may be ragged."""
    notes: list[str] = []
    widths = [filled_width(row) for row in rows]
    width, full = _usual(widths), _usual([len(row) for row in rows])
    if width < 2:
        raise source.error(
            "has one column only",
            "a gene column and at least one column of numbers are needed (columns are parted by tabs, commas or"
            " semicolons)",
        )
    header = _header_row(rows, widths, width)
    if header:
        above = listed((row[0] for row in rows[:header]), 2)
        notes.append(f"{counted(header, 'line')} above the header left out ({above}).")
    width = max(width, widths[header])  # columns with a name may be empty in these rows
    block = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    numeric = _numeric_columns(block[header + 1 :] or block)
    short = len(rows[header]) == full - 1
    block[header] = _above_its_columns(block[header], block[header + 1 :], numeric, short, source, notes)
    first = header + 1 + _metadata_rows(block[header + 1 :], numeric)
    zone = block[header:first]
    place = _place_of_ids(zone, numeric)
    top, described = zone[place], [*zone[:place], *zone[place + 1 :]]
    headless = _is_no_header(top, numeric)
    for row, filled in zip(rows[:header], widths, strict=False):
        if (headless and (filled > 1 or share_of_ids(row))) or (share_of_ids(row) and not {*row} <= {*block[header]}):
            problem = f"has {counted(filled, 'name')} above columns of {counted(width, 'cell')}"
            raise source.error(problem, "write one name above each column", list(row))
    if headless:
        notes.append("The table has no header: the signatures are numbered.")
        top, first = [""] * len(top), header + _metadata_rows(block[header:], numeric)
        described = block[header:first]
    elif place:
        top = _above_its_columns(top, block[first:], numeric, False, source, notes)
    columns = list(zip(*block[first:], strict=True))
    if not columns or not numeric:
        _refuse_without_numbers(source, block, header)
    gene, remark = gene_column(top, columns, numeric)
    values, ids = value_columns(top, columns, numeric, gene)
    doubtful = [j for j in ids if could_be_ranks(columns[j], j < gene)]
    values = sorted([*values, *doubtful])
    if not values:
        _refuse_without_numbers(source, block, header)
    _refuse_long(top, columns, values, source)
    if remark:
        notes.append(remark)
    others = [j for j, cells in enumerate(columns) if j not in (gene, *values) and any(map(str.strip, cells))]
    if others:
        names = listed(top[j].strip() or f"column {j + 1}" for j in others)
        notes.append(f"{counted(len(others), 'column')} left out as no signature: {names}.")
    nameless = [j for j in values if not top[j].strip()]
    labels = tuple(visible(top[j]) or f"signature {n}" for n, j in enumerate(values, 1))
    if any(map(str.strip, top)) and nameless:
        given = listed(f'column {j + 1} is called "{labels[values.index(j)]}"' for j in nameless)
        notes.append(f"{counted(len(nameless), 'column')} of numbers without a name: {given}.")
    sides = (("above", zone[:place]), ("below", zone[place + 1 :]))
    where = " and ".join(side for side, part in sides if any(row[j].strip() for row in part for j in values))
    metadata = _metadata(described, gene, values, where, notes)
    unsure = tuple(values.index(j) for j in doubtful)
    return Layout(len(top), gene, tuple(values), labels, first, metadata, tuple(notes), full, gene in numeric, unsure)


def filled_width(row: Sequence[str]) -> int:
    """How many cells a row has up to its last one that is not empty."""
    return next((n for n in range(len(row), 0, -1) if row[n - 1].strip()), 0)


def _usual(widths: Sequence[int]) -> int:
    """Return the width of the genes' rows: the usual one of the lower half, where there is no header and title."""
    lower = Counter(widths[len(widths) // 2 :])
    most = max(lower.values())
    return max(width for width, times in lower.items() if times == most)


def _header_row(rows: Rows, widths: Sequence[int], width: int) -> int:
    """Return the first row that is as wide as the genes' rows, or shorter by one name and above numbers."""
    for i, found in enumerate(widths):
        following = rows[i + 1] if i + 1 < len(rows) else [""]
        numbers_follow = any(map(is_number, following)) or header_word(following[0]) in FACTS
        remark = rows[i][0].startswith(("#", "!")) and not numbers_follow  # a header follows, so this is none
        if not remark and (found >= width or (found == width - 1 and numbers_follow)):
            return i
    return 0


def _above_its_columns(
    header: list[str], rows: Rows, numeric: Sequence[int], short: bool, source: Source, notes: list[str]
) -> list[str]:
    """Return the header with each name above its own column; refuse it if more than one reading is possible."""
    # R leaves the corner out: the names begin above the genes, one cell too far to the left. A spreadsheet fills such a
    # row up with an empty last cell, and a deleted or inserted cell moves the names behind it.
    texts = [j for j in range(len(header)) if j not in numeric and not all(is_missing(row[j]) for row in rows)]
    if not texts:  # the genes are numbers
        texts, numeric = list(numeric[:1]), numeric[1:]
    if not numeric or not rows or (_is_no_header(header, numeric) and not short):
        return header
    end = max(map(filled_width, rows))
    moved = {0: header}
    if not header[-1].strip():
        moved[1] = ["", *header[:-1]]
    if not header[0].strip() and any(map(str.strip, header[end:])):
        moved[-1] = [*header[1:], ""]
    fitting = [by for by, names in moved.items() if _fits(names, texts, numeric, end, by)]
    if not fitting:
        gene, cells = rows[0][texts[0]], listed((rows[0][j] for j in numeric), 2)
        readings = " or ".join(listed((row[j].strip() or "(no name)" for j in numeric), 2) for row in moved.values())
        problem = f"has a header that does not fit its columns: the numbers {cells} of {shown(gene, 30)} could be"
        remedy = "write one name above each column, the gene column included"
        raise source.error(f"{problem} those of {readings}", remedy, header)
    alike = len(fitting) > 1 and _shape(header[texts[0]]) == _shape(header[numeric[0]])
    by = 1 if 1 in fitting and (short or alike) else fitting[0]
    if by:
        name = next(filter(str.strip, header if by == 1 else moved[by][1:]))
        place = moved[by].index(name)
        notes.append(
            f"The header began one column too far to the {'left' if by == 1 else 'right'}: {shown(name.strip(), 60)},"
            f" found above column {place - by + 1}, is the name of column {place + 1}; the others follow."
        )
    return moved[by]


def _fits(names: Sequence[str], texts: Sequence[int], numeric: Sequence[int], end: int, by: int) -> bool:
    """Return whether the names can be those of these columns of text and of numbers, which end before column `end`."""
    above, beside = ([visible(names[j]) for j in places] for places in (numeric, texts))
    corner, kind, shapes = any(map(_is_corner, beside)), _kind(above), {*map(_shape, beside)}
    if not above[-1] or shapes & {"id0", "uuid0"}:
        return False
    if {*map(header_word, filter(None, beside))} & {*map(header_word, above)}:
        return False
    if not corner and (any(header_word(name) in SURE_GENE for name in above) or kind in shapes):
        return False
    if by == -1:
        return any(name and _is_corner(name) for name in beside)
    if by == 1:  # the first name stood above the genes
        first = visible(names[next((j for j in numeric if j > min(texts)), numeric[0])])
        return bool(first) and not _is_corner(first) and kind in ("", _shape(first))
    spare = [_shape(name) for name in names[end:] if name.strip()]
    lost = not names[end - 1].strip() and _kind(above[:-1]) not in ("", _shape(above[-1]))
    return not lost and not {*spare, ""} & {*map(_shape, above)} - {""}


def _is_corner(name: str) -> bool:
    """Return whether it may be the name of the gene column, or of anything but a signature."""
    words = set(re.split(r"[\W_]+", name.lower()))
    known = header_word(name) in {*ID_LABELS, *FACTS} or has_role("row number", name) or is_about_genes(name)
    return known or bool(words & {"gene", "genes", "symbol", "symbols", "hgnc", "entrez", "ensembl"})


def _shape(name: str) -> str:
    """Return what kind of name it is: an id of L1000, a UUID, or how letters and digits follow each other."""
    if share_of_ids([name]):
        return "id0"
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name.strip(), re.IGNORECASE):
        return "uuid0"
    return re.sub(r"[a-z]+", "a", re.sub(r"[0-9]+", "0", name.strip().lower()))


def _kind(names: Sequence[str]) -> str:
    """Return the shape of most names, "" if there is none or it is one of words, which says nothing."""
    shapes = Counter(map(_shape, names[:200]))
    shape, times = shapes.most_common(1)[0] if shapes else ("", 0)
    return shape if "0" in shape and 2 * times >= shapes.total() else ""


def _refuse_long(header: Sequence[str], columns: Rows, values: Sequence[int], source: Source) -> None:
    """Refuse a table with one row per gene and signature: a text column names the signature of each number."""
    texts = [j for j, cells in enumerate(columns) if j not in values and any(map(str.strip, cells))]
    repeated = {j for j in texts if len(set(columns[j])) <= 0.9 * len(columns[j])}
    named = [j for j in texts if has_role("signature", header[j]) or share_of_ids(columns[j]) >= 0.5]
    for j in [*named, *texts] if len(values) <= 3 else ():
        genes = [k for k in texts if k != j and (header_word(header[k]) in SURE_GENE or k in repeated)]
        pairs = [set(zip(columns[j], columns[k], strict=True)) for k in genes if {j, k} <= repeated]
        each = any(len(one) == len(columns[j]) for one in pairs) and header_word(header[j]) not in SURE_GENE
        if each or (j in named and (genes or j in repeated)):
            name, *others = (header[k].strip() or f"column {k + 1}" for k in (j, [*genes, 0][0], values[0]))
            problem = f"is a long table: column {shown(name, 40)!r} has the signature of each number"
            call = f"pivot(index={others[0]!r}, columns={name!r}, values={others[1]!r})"
            raise source.error(problem, f"make it genes x signatures, in pandas by frame.{shown(call, 120)}", name)


def _numeric_columns(rows: Rows) -> list[int]:
    """Columns that hold numbers in at least half of their filled cells; metadata on top is outvoted below."""
    columns, half = zip(*rows, strict=True), len(rows) // 2
    return [
        j for j, cells in enumerate(columns) if share_of_numbers(cells[half:] if any(cells[half:]) else cells) >= 0.5
    ]


def _is_no_header(row: Sequence[str], numeric: Sequence[int]) -> bool:
    """Return whether it is a gene's row. Numbers (943) are names only if the corner is empty, "gene" or "sig_id"."""
    cells = [row[j] for j in numeric]
    numbers = any(map(str.strip, cells)) and all(is_number(cell) or is_missing(cell) for cell in cells)
    return numbers and bool(row[0].strip()) and header_word(row[0]) not in ID_LABELS


def _place_of_ids(zone: Rows, numeric: Sequence[int]) -> int:
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


def _metadata_rows(rows: Rows, numeric: Sequence[int]) -> int:
    """How many rows below the header describe the signatures instead of a gene."""
    for count, row in enumerate(rows):
        label = header_word(next((cell for cell in row if cell.strip()), ""))
        cells = [row[j] for j in numeric]
        texts = [cell for cell in cells if not is_missing(cell) and not is_number(cell)]
        nothing = not any(cell.strip() for cell in cells) and (label in ROLES["gene"] or not label)
        if not (label in FACTS or label in SURE_GENE or nothing or (texts and 2 * len(texts) >= len(cells))):
            return count
    return 0  # every row is text: no metadata but a table without numbers


def _metadata(rows: Rows, gene: int, values: Sequence[int], where: str, notes: list[str]) -> pd.DataFrame | None:
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


def _refuse_without_numbers(source: Source, block: Rows, header: int) -> NoReturn:
    row = block[min(header + 1, len(block) - 1)]
    raise source.error(
        "holds no column of numbers beside the gene column",
        f"check that it is the table you meant (its first row reads {listed(row, 3)})",
        row,
    )
