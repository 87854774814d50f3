"""The sheets of a workbook -> gene lists: which sheet, or which two, hold the genes."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from .._util.errors import LincsInterpError, argument
from .._util.text import counted, listed, shown
from ._de_columns import plain
from ._gene_tables import genes_of
from ._genes import Choice, Genes, Pasted, two_lists
from ._headers import role_of
from ._open import Source

_REMARKS = re.compile(
    r"read.?me|info(rmation)?|about|legend|notes?|key|glossary|contents|descriptions?|methods?|summary"
)
_VALUES = {"log", "fold", "ratio", "signed", "direction"}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its title and its rows of cells."""

    title: str
    rows: Sequence[Sequence[str]]
    hidden: bool = False

    @property
    def side(self) -> tuple[str, str]:
        """The side that the title names, and the rest of the title."""
        role = role_of(self.title)
        return (role.name, plain(role.contrast)) if role.name in ("up", "down") else ("", "")


def genes_of_sheets(sheets: Sequence[Sheet], source: Source | Pasted, label: str, choice: Choice) -> Genes:
    """Read the sheet that holds genes, or a sheet of up and one of down genes; refuse if several could be meant."""
    shown_ones = [one for one in sheets if not one.hidden]
    if choice.contrast is not None:
        wanted = plain(choice.contrast)
        for one in sheets:
            if plain(one.title) == wanted:
                return _noted(_read(one, source, label, replace(choice, contrast=None)), [one], sheets)
    if len(sheets) == 1:
        return _read(sheets[0], source, label, choice)
    pairs: dict[str, dict[str, Sheet]] = {}
    for one in shown_ones:
        side, rest = one.side
        if side and side in pairs.setdefault(rest, {}):
            _refuse(source, [one.title for one in shown_ones], choice)
        if side:
            pairs[rest][side] = one
    whole = {rest: sides for rest, sides in pairs.items() if len(sides) == 2}
    if choice.contrast is not None and len(whole) > 1:
        whole = {rest: sides for rest, sides in whole.items() if rest == plain(choice.contrast)} or whole
    if len(whole) > 1:
        _refuse(source, whole, choice)
    for sides in whole.values():
        own = replace(choice, contrast=None) if plain(choice.contrast) in whole else choice
        up, down = (_read(sides[side], source, label, own, side) for side in ("up", "down"))
        return _noted(two_lists(up, down, label), [sides["up"], sides["down"]], sheets)
    return _only_one(shown_ones, sheets, source, label, choice)


def _only_one(
    shown_ones: Sequence[Sheet], sheets: Sequence[Sheet], source: Source | Pasted, label: str, choice: Choice
) -> Genes:
    """Read the only sheet of genes; hidden ones and remarks count where no other sheet holds genes."""
    remarks = [one for one in shown_ones if _REMARKS.fullmatch(one.title.strip().lower())]
    tables = [one for one in shown_ones if one not in remarks]
    refused: LincsInterpError | None = None
    weak: list[tuple[Sheet, Genes]] = []
    for group in (tables, [one for one in sheets if one.hidden], remarks):
        found: list[tuple[Sheet, Genes]] = []
        unread: list[tuple[Sheet, LincsInterpError]] = []
        for one in group:
            try:
                genes = _read(one, source, label, choice, one.side[0] if not one.side[1] else "")
            except LincsInterpError as error:
                refused = refused or error
                if any(map(_heads_values, one.rows[:40])):
                    unread.append((one, error))
                continue
            (found if genes.sided or _is_list(one) else weak).append((one, genes))
        if len(unread) == 1 and not found:
            raise unread[0][1]
        if len({(*map(str, genes.up), "", *map(str, genes.down)) for _, genes in found}) > 1 or (
            unread and (choice.contrast is None or not found)
        ):
            _refuse(source, [one.title for one in group if one in [sheet for sheet, _ in (*found, *unread)]], choice)
        if found:
            return _noted(found[0][1], [found[0][0]], sheets)
    if len(weak) == 1:
        return _noted(weak[0][1], [weak[0][0]], sheets)
    raise refused or source.error("has no sheet of genes", "give one of gene symbols, one a row")


def _read(sheet: Sheet, source: Source | Pasted, label: str, choice: Choice, side: str = "") -> Genes:
    """Read one sheet, of which the title may say the side."""
    found = genes_of(sheet.rows, source, label, replace(choice, alone=choice.alone and not side))
    if not side:
        return found
    other = found.down if side == "up" else found.up if found.sided else []
    if other:
        problem = f'holds {"down" if side == "up" else "up"} genes in its sheet "{shown(sheet.title, 40)}"'
        raise source.error(problem, "correct the title, or the directions in the sheet", sheet.title)
    genes = [*found.up, *found.down]
    return replace(found, up=genes if side == "up" else [], down=genes if side == "down" else [], sided=True)


def _heads_values(row: Sequence[str]) -> bool:
    """Return whether a row names genes and values, as the header of a table of differential expression."""
    roles = {role_of(cell.strip()).name for cell in row[:200] if cell}
    return bool(roles & _VALUES) and len(roles - {""}) > 1


def _is_list(sheet: Sheet) -> bool:
    """Return whether nearly all cells are single words: names, not sentences."""
    cells = [cell.strip() for row in sheet.rows for cell in row if cell.strip()]
    return 10 * sum(" " in cell for cell in cells) < 2 * len(cells)


def _noted(found: Genes, read: Sequence[Sheet], sheets: Sequence[Sheet]) -> Genes:
    titles = [f'"{shown(one.title, 40)}"{" (hidden)" * one.hidden}' for one in read]
    others = [f"{one.title}{' (hidden)' * one.hidden}" for one in sheets if one not in read]
    unread = f"; not read: {listed(others)}" if others else ""
    note = f"Read {'the sheet' if len(read) == 1 else 'the sheets'} {' and '.join(titles)}{unread}."
    return replace(found, assumptions=(note, *found.assumptions))


def _refuse(source: Source | Pasted, names: Collection[str], choice: Choice) -> NoReturn:
    asked = "" if choice.contrast is None else f", none of them {shown(choice.contrast, 40)!r}"
    problem = f"holds {counted(len(names), 'sheet')} of genes that could be meant ({listed(names)}){asked}"
    remedy = f"pick one with {argument('contrast', shown(next(iter(names)), 40))}"
    raise source.error(problem, remedy, list(names))
