"""Tables of differential expression: which column is what, and which of several groups or contrasts was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import numpy as np

from .._util.errors import argument
from .._util.missing import is_missing
from .._util.text import counted, listed, shown
from ._de_cells import holds_numbers, is_direction, read_numbers, some
from ._genes import Choice, Pasted
from ._headers import Role, role_of
from ._layout import gene_column, value_columns
from ._open import Source

# Columns with a direction, the surest first: what others stand in for, and only without it.
VALUES = ("log", "fold", "ratio", "signed")


@dataclass
class Table:
    """Rows of one width below their header, "" where a column has no name."""

    header: Sequence[str]
    rows: list[list[str]]
    source: Source | Pasted
    choice: Choice
    above: Sequence[str] = ()  # names over groups of columns
    notes: list[str] = field(default_factory=list)
    chosen: bool = False  # whether the contrast that was asked for has been found

    @cached_property
    def roles(self) -> list[Role]:
        """Return what each column holds by its header; a name above it is its contrast."""
        roles = [role_of(name) for name in self.header]
        above = self.above or [""] * len(roles)
        names = [f"{top} {role.contrast}".strip() for top, role in zip(above, roles, strict=True)]
        return [role._replace(contrast=name) for role, name in zip(roles, names, strict=True)]

    @cached_property
    def columns(self) -> list[tuple[str, ...]]:
        """Return the cells by column."""
        return list(zip(*self.rows, strict=True))

    @cached_property
    def directions(self) -> list[int]:
        """Columns that say up or down for each gene."""
        return [j for j, cells in enumerate(self.columns) if is_direction(self.header[j], cells)]

    @cached_property
    def numeric(self) -> list[int]:
        """Columns of numbers."""
        return [j for j, cells in enumerate(self.columns) if j not in self.directions and holds_numbers(cells)]

    @cached_property
    def gene(self) -> int:
        """Return the column of gene names."""
        measures = {j for j, role in enumerate(self.roles) if role.name not in ("", "gene")}
        others = sorted({*self.numeric, *self.directions, *measures})
        sample = [some(cells) or [""] for cells in self.columns]
        longest = max(map(len, sample))
        found, _ = gene_column(self.header, [[*cells, *[""] * (longest - len(cells))] for cells in sample], others)
        if found in measures or found in self.directions:
            names = listed(self.called(j) for j in range(len(self.header)))
            self.refuse(f"holds no column of gene names ({names})", "add one, with the header gene", self.header)
        return found

    def called(self, j: int) -> str:
        """Return the name of a column for a sentence."""
        return shown(self.header[j], 40) or f"{j + 1} (without a header)"

    def of(self, *roles: str) -> list[int]:
        """Return the columns of these roles."""
        return [j for j, role in enumerate(self.roles) if role.name in roles and j not in self.directions]

    def cells(self, places: Sequence[int], j: int) -> str:
        """Return some rows by gene and cell: 'JUN "n.d."'."""
        return listed(f'{shown(self.rows[i][self.gene], 20)} "{shown(self.rows[i][j], 20)}"' for i in places)

    def refuse(self, problem: str, remedy: str, value: Any = None) -> NoReturn:
        """Raise the error about the source."""
        raise self.source.error(problem, remedy, value)

    def pick(self, what: str, names: Sequence[str], remedy: str = "") -> int:
        """Return which of several contrasts was chosen; refuse if none was."""
        wanted = None if self.choice.contrast is None else plain(self.choice.contrast)
        places = [i for i, name in enumerate(names) if plain(name) == wanted]
        places = places or [i for i, name in enumerate(names) if wanted in [plain(part) for part in name.split(" / ")]]
        if len(places) != 1:
            asked = "" if not wanted or places else f", none of them {shown(self.choice.contrast, 40)!r}"
            problem = f"holds {what} ({listed(dict.fromkeys(names), 12)}){asked}"
            example = argument("contrast", shown(names[0], 40))
            self.refuse(problem, f"pick one with {example}{remedy}", list(dict.fromkeys(names)))
        self.chosen = True
        return places[0]

    def check_contrast(self) -> None:
        """Refuse a contrast that was asked for where there is nothing to choose, unless it is the only one."""
        if self.choice.contrast is not None and not self.chosen:
            only = {role.contrast for role in self.roles}.union(*(self.columns[j] for j in self.of("group")))
            if plain(self.choice.contrast) not in map(plain, only):
                no_contrast(self.source, self.choice)

    def keep(self, kept: np.ndarray) -> None:
        """Keep some of the rows."""
        self.rows = [row for row, stays in zip(self.rows, kept.tolist(), strict=True) if stays]
        for name in ("columns", "numeric"):
            self.__dict__.pop(name, None)


def plain(text: object) -> str:
    """Return a name without case and doubled blanks."""
    return " ".join(str(text).split()).casefold()


def no_contrast(source: Source | Pasted, choice: Choice) -> NoReturn:
    """Refuse a contrast of a source that has one only."""
    problem = f"holds one contrast only, not called {shown(choice.contrast, 40)!r}"
    raise source.error(problem, f"leave {argument('contrast')} out", choice.contrast)


def keep_one_group(table: Table) -> None:
    """Keep the rows of the chosen group; refuse if there are several and none was chosen."""
    groups = [j for j in table.of("group") if j != table.gene and _is_grouping(table.columns[j])]
    groups = groups or _hidden_groups(table)
    if not groups:
        return
    labels = [" / ".join(row[j] for j in groups if row[j]) for row in table.rows]
    names = [name for name in dict.fromkeys(labels) if not is_missing(name)]
    where = " and ".join(table.called(j) for j in groups)
    name = names[table.pick(f"{len(names):,} groups in column {where}", names)]
    kept = np.array([label == name for label in labels])
    table.notes.append(f"Only the {counted(int(kept.sum()), 'row')} of {shown(name)} (column {where}) were read.")
    table.keep(kept)


def _is_grouping(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if not is_missing(cell)]
    return 1 < len(set(filled)) < len(filled)


def _hidden_groups(table: Table) -> list[int]:
    """Return a column without a telling name that parts a table in which most genes are repeated."""
    genes = table.columns[table.gene]
    if len(set(genes)) > 0.7 * len(genes):
        return []
    others = {table.gene, *table.directions, *table.of(*VALUES, "p", "adjusted p", "none")}
    for j in sorted(set(range(len(table.header))) - others):
        cells = table.columns[j]
        unique = len(set(zip(genes, cells, strict=True)))
        if _is_grouping(cells) and 2 * len(set(cells)) <= len(cells) and unique > 0.95 * len(genes):
            return [j]
    return []


def direction_column(table: Table) -> int | None:
    """Return the column of directions, the chosen one of several."""
    found = table.directions
    if len(found) < 2 or len({table.columns[j] for j in found}) == 1:
        return found[0] if found else None
    names = [table.roles[j].contrast or table.header[j] for j in found]
    return found[table.pick(f"{len(found)} columns of directions", names)]


def value_column(table: Table, direction: int | None) -> tuple[int | None, str]:
    """Return the column of values and its role, "" where none of the numbers is a fold change or the like."""
    wanted = None if direction is None or not table.chosen else plain(table.roles[direction].contrast)
    for role in VALUES if direction is None else (*VALUES, "size"):
        found = [j for j in table.of(role) if j in table.numeric]
        if wanted:  # the direction's own contrast
            found = [j for j in found if plain(table.roles[j].contrast) in ("", wanted)] or found
        if role == "signed":  # several of them describe one contrast, unless named for several
            bare = [j for j in found if not table.roles[j].contrast]
            found = sorted(bare, key=lambda j: not (read_numbers(table.columns[j])[0] < 0).any())[:1] or found
        if len(found) > 1 and len({table.columns[j] for j in found}) > 1:
            names = [table.roles[j].contrast or table.header[j] for j in found]
            if len(set(names)) < len(names):
                names = [f"{table.called(j)} (column {j + 1})" for j in found]
            found = [found[table.pick(f"{len(found)} contrasts", names)]]
        if found:
            return found[0], role
        if unread := [j for j in table.of(role) if role != "signed" and some(table.columns[j])]:
            problem = f"holds no numbers in {table.called(unread[0])} ({listed(some(table.columns[unread[0]]), 3)})"
            table.refuse(problem, "give numbers there, or leave the column out", table.header[unread[0]])
    return None, ""


def adjusted_p_column(table: Table, place: int | None) -> int | None:
    """Return the adjusted p of the contrast that the column of values or directions at `place` belongs to."""
    found = [j for j in table.of("adjusted p") if some(table.columns[j])]
    contrasts = [plain(table.roles[j].contrast) for j in found]
    wanted = "" if place is None else plain(table.roles[place].contrast)
    for name in (wanted, ""):
        if name in contrasts:
            return found[contrasts.index(name)]
    if len(set(contrasts)) > 1 or (found and wanted and table.chosen):
        problem = f"holds {counted(len(found), 'column')} of adjusted p ({listed(table.header[j] for j in found)})"
        table.refuse(problem, "keep the one that belongs to the fold changes", [table.header[j] for j in found])
    return found[0] if found else None


def unknown_columns(table: Table) -> list[int]:
    """Return the columns of numbers whose header tells nothing, and which are no ids and no row numbers."""
    known = {*table.of("p", "adjusted p", "none", "size", "group", "gene"), table.gene}
    places = [j for j in table.numeric if j not in known]
    left = value_columns(table.header, table.columns, places, table.gene)[0] if places else []
    return [j for j in places if j in left]


def only_column(table: Table, places: Sequence[int]) -> int | None:
    """Return the only column of numbers, or the chosen one of several."""
    if len(places) > 1 and table.choice.alone:
        names = [table.header[j] for j in places]
        remedy = ", or keep the gene column and the one to use; none is called log2FoldChange, logFC or value"
        return places[table.pick(f"{len(places)} columns of numbers", names, remedy)]
    return places[0] if len(places) == 1 else None
