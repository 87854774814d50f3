"""Rows of cells -> gene lists: the site's input table, up and down side by side, tables, plain lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from .._util.missing import is_missing
from .._util.text import counted, listed, shown, simplified
from ..core.facts import header_word
from ._cells import is_number
from ._de_cells import gene_names, holds_numbers, is_direction, is_list_side
from ._de_columns import Table, no_contrast
from ._de_tables import FEW, read_table
from ._gene_sets import check_no_sets, from_gmt, from_lines, is_gmt, is_slip, kind_of_name
from ._genes import Choice, Genes, Pasted
from ._headers import MEASURES, direction_of, has_role, names_genes, role_of, side_of
from ._layout import looks_like_symbols
from ._open import Source

_MARKS = " \t\r\n\"'`‘’“”«»"
_QUOTES = _MARKS + "[](){}"
# A number that is no id, alone or behind a name: -2, 1.5, 1e-9, "FOS:2.5".
_VALUE = re.compile(r"[-+−]?\d*\.\d*[1-9]\d*([eE][-+]?\d+)?|[-+−]\d+|\d+[eE][-+]\d+|\S+[:=]([-+−]\d|\d*\.\d)\S*")
_TOP = 40  # rows among which the header is
# Roles of one word that no gene bears.
_SURE = frozenset(("gene", "log", "fold", "ratio", "adjusted p", "p", "direction"))


def genes_of(
    cells: Sequence[Sequence[str]], source: Source | Pasted, label: str, choice: Choice, *, gmt: bool = False
) -> Genes:
    """Find the genes in rows of text cells: of a GMT of several sets those of the set that was chosen."""
    # `label` is what the query is called if the source does not say.
    trimmed = ([(cell if cell.isascii() else simplified(cell)).strip(_MARKS) for cell in row] for row in cells)
    rows = [row for row in trimmed if any(row)]
    sets = gmt or is_gmt(rows)
    if not sets:
        check_no_sets(rows, source)
    found = from_gmt(rows, source, choice) if sets else from_lines(rows)
    found = found or _from_parts(rows, source, choice) or _from_table(rows, source, choice)
    found = found or _from_list(rows, source, choice)
    # An "NA" among genes is the empty cell of a spreadsheet, or a row of R without a symbol.
    found.up, found.down = ([gene for gene in side if not is_missing(gene)] for side in (found.up, found.down))
    found.source = source
    found.label = found.label or label
    return found


def _from_parts(rows: list[list[str]], source: Source | Pasted, choice: Choice) -> Genes | None:
    """Read lists or tables one below the other, each under a line that says up or down."""
    heads = {n: role for n, row in enumerate(rows) if not any(row[1:]) and (role := side_of(row[0]))}
    if set(heads.values()) != {"up", "down"} or len(heads) != 2 or min(heads) > 5:
        return None
    (first, side), (second, _) = sorted(heads.items())
    if second == first + 1 or second == len(rows) - 1:
        return None
    sides: dict[str, list] = {}
    header = [row for row in rows[:first] if _width(row) > 1]
    notes = [f'Read as two lists, below "{shown(rows[first][0], 30)}" and "{shown(rows[second][0], 30)}".']
    for word, part in ((side, rows[first + 1 : second]), ("up" if side == "down" else "down", rows[second + 1 :])):
        found = genes_of([*header, *part], source, "", replace(choice, alone=False))
        if found.up and found.down:
            raise source.error(f'holds both directions below the line "{word}"', "give each list in a file of its own")
        sides[word] = found.up or found.down
        notes += [f"{word.capitalize()}: {note}" for note in found.assumptions]
    return Genes(sides["up"], sides["down"], sided=True, assumptions=tuple(notes))


# Tables: their rows made even, their header found ---------------------------------------------------------


def _from_table(rows: list[list[str]], source: Source | Pasted, choice: Choice) -> Genes | None:
    """Read a table by its header and its columns; None if the rows are no table."""
    widths = [_width(row) for row in rows]
    if max(widths, default=0) < 2:
        return None
    first = _header(rows, widths)
    if first is None:
        return None
    table = _evened(rows, widths, first, source, choice)
    words = [header_word(cell) for cell in table.header]
    if "input_type" in words:
        return _from_input_table(words, table.rows, source)
    if not table.rows:
        raise source.error("holds a header only", "give a gene below it", list(table.header))
    return _from_sides(table) or read_table(table)


def _width(row: Sequence[str]) -> int:
    """How many cells a row has up to its last one that is not empty."""
    return len(row) if row[-1] else next((n for n in range(len(row), 0, -1) if row[n - 1]), 0)


def _header(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> int | None:
    """Return the header's row, -1 where a table has none, None where the rows are no table."""
    scores = [_likeness(row, rows[n + 1 :]) for n, row in enumerate(rows[:_TOP])]
    if max(scores):
        return scores.index(max(scores))
    usual = Counter(widths).most_common(1)[0][0]
    full = [row for row, width in zip(rows, widths, strict=True) if width == usual]
    if usual < 2 or 2 * len(full) < len(rows):
        return None
    first = next(n for n, width in enumerate(widths) if width >= max(2, usual - 1))
    lower = [list(column) for column in zip(*(row[:usual] for row in full[1:]), strict=True)]
    numbers = [j for j, cells in enumerate(lower) if holds_numbers(cells)]
    if 0 < len(numbers) < usual and (len(full) > 2 or usual == 2):
        shift = usual - widths[first]  # R leaves the corner out
        return first if not any(is_number(rows[first][j - shift]) for j in numbers if j >= shift) else -1
    if any(is_direction("", cells) for cells in lower):
        return -1 if any(direction_of(cell) is not None for cell in rows[first]) else first
    # Columns of names; a list of many genes a line, or with a comma at the ends of lines, is no table.
    wrapped = len({len(row) for row in full}) > 1 or (usual > 3 and all(map(looks_like_symbols, lower)))
    return -1 if len(full) > 2 and not wrapped else None


def _likeness(row: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """How much a row looks like a header of a table of genes: twice for a name alone, once with a contrast."""
    filled = [cell for cell in row[:200] if cell]
    if any(map(is_number, filled)):
        return 0
    score, sure, sides = 0, False, set()
    for j, cell in enumerate(row[:200]):
        role = role_of(cell)
        if role.name in ("up", "down"):
            # In a column of directions these words head nothing.
            words = sum(direction_of(other[j]) is not None for other in below[:9] if len(other) > j)
            if 2 * words < len(below[:9]):
                sides.add(role.name)
                score += 1
        elif cell and role.name:
            sure |= role.name in _SURE and (role.name == "gene" or len(cell) > 1)
            score += 1 if role.contrast else 2
    alone = len(filled) == 1 and not (sure and role_of(filled[0]).name != "gene" and below and _width(below[0]) == 2)
    return 0 if alone or not (sure or len(sides) == 2) else score


def _evened(rows: list[list[str]], widths: Sequence[int], first: int, source: Source | Pasted, choice: Choice) -> Table:
    """Return the table below a header, with rows of one width; odd rows are left out by name."""
    head, body, found = (rows[first] if first >= 0 else []), rows[first + 1 :], widths[first + 1 :]
    known = _width(head) if head else 0
    usual = max((n for n, times in Counter(found).items() if 4 * times >= len(body)), default=known)
    width = max(known, usual)
    header = [*head, *[""] * width][:width]
    pair = {"up", "down"} <= {role_of(cell).name for cell in header}
    notes: list[str] = []
    if head and body:
        header = _moved(header, body, max(found), pair, source, notes)
    above = _names_above(rows[first - 1] if first > 0 else [], header)
    doubled = len(set(filter(None, header))) < sum(map(bool, header))
    if not above and doubled and body and not any(map(is_number, body[0])):
        above = _names_above(body[0], header)
        body, found = (body[1:], found[1:]) if above else (body, found)
    titles = rows[: first - bool(above)] if first > 0 else []
    if titles:
        shorts = listed((next(filter(None, row)) for row in titles), 2)
        genes = [row for row in titles if kind_of_name(row[0]) not in ("", "mouse")]
        whole = [row for row in genes if _width(row) == width and any(map(is_number, row[1:]))]
        if whole or (2 * len(genes) > max(2, len(titles)) and all(_width(row) == 1 for row in genes)):
            problem = f"holds {counted(len(titles), 'row')} above its header ({shorts})"
            raise source.error(problem, "put the header first, and delete what is none of the table above it", titles)
        notes.append(f"{counted(len(titles), 'line')} above the header left out ({shorts}).")
    kept, odd, lines, repeats = [], [], [], 0
    last = max((n for n, row in enumerate(body) if len(row) >= width), default=0)
    for n, (row, cells) in enumerate(zip(body, found, strict=True)):
        short = len(row) < width and (n < last if pair else len(row) != usual)  # of two lists, one may end first
        if head and row[:known] == head[:known]:
            repeats += 1
        elif cells == 1 < usual and not pair:
            lines.append(next(filter(None, row)))
        elif cells > width or short:
            odd.append(f'"{shown(" | ".join(row), 40)}"')
        else:
            kept.append(row if len(row) == width else [*row, *[""] * width][:width])
    if len(odd) > max(1, FEW * len(body)):
        problem = f"has {counted(len(odd), 'row')} with more or fewer cells than its {width} columns ({listed(odd, 3)})"
        raise source.error(problem, "put text that holds the delimiter between quotation marks", odd)
    for n, what in (
        (repeats, "that repeats the header"),
        (len(odd), f"with more or fewer cells than columns ({listed(odd, 3)})"),
        (len(lines), f"of one cell ({listed(lines, 3)})"),
    ):
        notes += [f"{counted(n, 'line')} {what} left out."] if n else []
    return Table(header, kept, source, choice, above, notes)


def _moved(
    header: list[str], body: Sequence[Sequence[str]], widest: int, pair: bool, source: Source | Pasted, notes: list[str]
) -> list[str]:
    """Return the header above its columns: R leaves the corner out, and a spreadsheet then an empty last name."""
    # Where another name is lost, or one too many, no column can be trusted.
    known = _width(header)
    columns = list(zip(*(row for row in body[:400] if len(row) == len(header)), strict=True))
    if known < len(header) and columns:
        if known == len(header) - 1 and role_of(header[0]).name in MEASURES and not holds_numbers(columns[0]):
            notes.append(f'The header lacks the first name: "{shown(header[0], 30)}" is column 2.')
            return ["", *header[:-1]]
        if pair or not holds_numbers(columns[-1]):
            return header
    elif known <= widest or ("" not in header[:known] and (pair or max(map(len, body)) >= known)):
        return header
    names, found = counted(sum(map(bool, header)), "name"), counted(widest, "column")
    raise source.error(f"has {names} above {found}", "give each column its name", header)


def _names_above(row: Sequence[str], header: list[str]) -> list[str]:
    """Return the names over groups of columns, where merged cells leave one for each; fill the header's gaps."""
    row = [*row, *[""] * len(header)][: len(header)]
    for j, cell in enumerate(row):
        if not header[j] and role_of(cell).name:
            header[j] = cell
    if not any(row) or len(set(header[1:])) == len(header[1:]):
        return []
    names: list[str] = []
    for cell, name in zip(row, header, strict=True):
        below = "" if not names or role_of(name).name == "gene" else names[-1]
        names.append("" if cell == name else cell or below)
    return names


def _from_sides(table: Table) -> Genes | None:
    """Read columns of up genes and of down genes; a role above two columns of genes counts too."""
    sides: dict[str, list[int]] = {"up": [], "down": []}
    for j, role in enumerate(table.roles):
        over = side_of(table.above[j]) if table.above else ""
        side = role.name if role.name in sides else over if role_of(table.header[j]).name == "gene" else ""
        if side and is_list_side(table.columns[j]):
            sides[side].append(j)
    if not all(sides.values()):
        return None
    ups, downs = sides["up"], sides["down"]
    if len(ups) != len(downs) or len(ups) > 1:
        names = [table.roles[j].contrast or "no other name" for j in (*ups, *downs)]
        unique = list(dict.fromkeys(names))
        chosen = unique[table.pick(f"{len(names)} lists", unique)]
        taken = [j for j, name in zip((*ups, *downs), names, strict=True) if name == chosen]
        ups, downs = ([j for j in side if j in taken] for side in (ups, downs))
    table.check_contrast()
    lists = {j: gene_names(table.columns[j]) for j in (*ups, *downs)}
    if footnotes := [cell for _, others in lists.values() for cell in others]:
        table.notes.append(f"{counted(len(footnotes), 'line')} of text left out: {listed(footnotes, 2)}.")
    unused = [table.called(j) for j, cells in enumerate(table.columns) if j not in lists and any(cells)]
    used = (("up", ups), ("down", downs))
    about = ", ".join(f"{word} genes from column {table.called(j)}" for word, side in used for j in side)
    without = f"; no filter ({listed(unused, 3)} not used)" if unused else ""
    up, down = (lists[side[0]][0] if side else [] for side in (ups, downs))
    return Genes(up, down, sided=True, assumptions=(f"Read as two lists: {about}{without}.", *table.notes))


def _from_input_table(words: Sequence[str], rows: Sequence[Sequence[str]], source: Source | Pasted) -> Genes:
    """Read the site's own table of a query: Name, Input Type, Type, ID."""
    kind = words.index("input_type")
    gene = words.index("name") if "name" in words else 0
    lists: dict[str, list[str]] = {"up_entities": [], "down_entities": [], "entities": []}
    for row in rows:
        side = header_word(row[kind])
        if side not in lists:
            problem = f"holds the input type {shown(row[kind], 30)!r}"
            raise source.error(problem, f"it must be {' or '.join(lists)}", row[kind])
        lists[side].append(row[gene])
    up, down, one = lists.values()
    return Genes([*up, *one], down, sided=bool(up or down))


def _from_list(rows: Sequence[Sequence[str]], source: Source | Pasted, choice: Choice) -> Genes:
    """Read a plain list; numbers and directions among the names show a table that does not hold together."""
    notes, text = [], []
    single = sum(len(row) == 1 and " " not in row[0] for row in rows)
    if 5 * single >= 4 * len(rows):  # one gene a line, but for a title or a footnote
        text = [row[0] for row in rows if " " in row[0] and gene_names(row[:1])[1] and not re.search("[,;]", row[0])]
        notes = [f"{counted(len(text), 'line')} of text left out: {listed(text, 2)}."] if text else []
        rows = [row for row in rows if row[0] not in text]
    headed = len(rows) > 1 and not any(rows[0][1:]) and not re.search(r"[,;]|:\s*\S", rows[0][0])
    side = side_of(rows[0][0]) if headed else ""
    notes += [f'Read as {side} genes, below "{shown(rows[0][0], 30)}".'] if side else []
    genes = _plain_list(rows[1:] if side else rows)
    strange = [gene for gene in genes if _VALUE.fullmatch(gene)]
    # A side without its list: the genes below it went the other way.
    words = [gene for gene in genes if len(genes) > 1 and direction_of(gene) is not None]
    if choice.alone:
        words += [line for line in text if any(direction_of(word) is not None for word in line.split())]
    if side and choice.alone:  # the other side's line may be damaged
        words += [line for line in text if line not in words]
        words += [row[0] for row in rows[1:] if (2 * single > len(rows) and " " in row[0]) or is_slip(row[0])]
    if strange or words:
        problem = f"holds {listed([*strange, *words], 3)} among names, but no columns that hold together"
        remedy = "save it as a table with tabs between its columns, or the up and the down genes apart"
        raise source.error(problem, remedy, [*strange, *words])
    if choice.contrast is not None:
        no_contrast(source, choice)
    up, down = ([], genes) if side == "down" else (genes, [])
    return Genes(up, down, sided=bool(side), assumptions=tuple(notes))


def _plain_list(rows: Sequence[Sequence[str]]) -> list[str]:
    """All cells, cut at blanks, commas and semicolons; a header in front is left out."""
    if len(rows) > 1 and len(rows[0]) == 1 and (names_genes(rows[0][0]) or has_role("list", rows[0][0])):
        rows = rows[1:]
    pieces = (piece.strip(_QUOTES) for row in rows for cell in row for piece in re.split(r"[\s,;]+", cell))
    found = [piece for piece in pieces if piece and piece != "c("]
    return [piece.removeprefix("c(").strip(_QUOTES) for piece in found]
