"""Display a result with units and both ends of each scale: ``li.show(table)``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .._util.errors import LincsInterpError, instance_of, one_of, whole_number
from .._util.html import Html, card, escaped, paragraph, table_html, words
from .._util.text import NOTHING, counted, listed, shown_ends
from ._kinds import TABLE_KINDS, TableKind, kind_of_table
from .columns import Column, added_column, column, is_further_score

# How many scores beside z_sum are shown of a whole table.
FURTHER_SHOWN = 3


@dataclass(frozen=True)
class _Shown:
    """One column of a display: its record, and how a row of it is written."""

    record: Column
    whole: str = ""

    def html(self, table: pd.DataFrame) -> list[Html]:
        """Return the cells of the rows of a table; "3 of 5" for a part of a whole."""
        parts = [self.record.html(value) for value in table[self.record.name]]
        if not self.whole:
            return parts
        wholes = [Column(self.whole, "").html(value) for value in table[self.whole]]
        return [Html(f"{part} of {whole}") for part, whole in zip(parts, wholes, strict=True)]


class Shown:
    """A table as :func:`show` displays it: HTML in a notebook, text where it is printed.

    Attributes
    ----------
    table : DataFrame
        The table itself.
    kind : str
        What it was recognised as; empty if it is shown as pandas does.
    """

    def __init__(self, table: pd.DataFrame, kind: str, rows: int | None) -> None:
        self.table, self.kind, self._rows = table, kind, rows

    def _repr_html_(self) -> str:
        if not self.kind:
            with pd.option_context("display.max_rows", self._rows or pd.get_option("display.max_rows")):
                return self.table._repr_html_()  # type: ignore[operator]
        kind = TABLE_KINDS[self.kind]
        body = result_html(self.table, self.kind, rows=self._rows)
        notes = [*kind.notes(self.table), *_left_out(self.table, kind)]
        # Faint signs would lose the contrast of their colours.
        return card(
            kind.title(self.table), body, *(paragraph(note, faint=not isinstance(note, Html)) for note in notes)
        )

    def __repr__(self) -> str:
        if not self.kind:
            return self.table.to_string(max_rows=self._rows or 10)
        kind = TABLE_KINDS[self.kind]
        places, gap = _places(len(self.table), kind, self._rows)
        part = self.table.iloc[places]
        parts = [
            (one, [words(cell) for cell in cells]) for one, cells in _filled(part, _shown_columns(self.table, kind))
        ]
        text = pd.DataFrame(
            {one.record.name: column for one, column in parts}, index=_row_names(part, kind), dtype=object
        )
        lines = text.to_string(index_names=False, max_colwidth=48).splitlines() if len(text) else [_no_row(kind)]
        if gap and len(places):
            lines.insert(1 + gap, _gap(len(self.table) - len(places), kind))
        hints = [f"{one.record.name}: {one.record.hint}" for one, _ in parts if one.record.hint]
        notes = [words(note) for note in (*kind.notes(self.table), *_left_out(self.table, kind))]
        return "\n".join([kind.title(self.table), "", *lines, "", *hints, "", *notes])


class _Show:
    """Display one table of results, with units and both ends of each scale.

    Call it: ``li.show(table)``. :meth:`enable` lets notebooks show every table of a known kind in this way.
    """

    __name__ = "show"

    def __init__(self) -> None:
        self._formatter: Any = None
        self._before: Any = None

    def __call__(self, table: pd.DataFrame, *, rows: int | None = None) -> Shown:
        """Display a table of results, with units and both ends of each scale.

        Parameters
        ----------
        table : DataFrame
            Any table that a function of this package returns, or a part of it: a copy, some rows, some columns. A
            column that was added is shown too. A table of no known kind is shown as pandas does.
        rows : int, optional
            How many rows to show; by default a few of each end, which fit on a screen.

        Returns
        -------
        Shown
            Displays itself in a notebook; ``print`` gives text.

        Raises
        ------
        LincsInterpError
            If `table` is no DataFrame, or `rows` no whole number.

        Examples
        --------
        >>> import pandas as pd
        >>> from lincs_interp import GeneQuery, RankMatrix, score_concordance, show
        >>> table = pd.DataFrame({"same way": [1, 2, 3, 4], "other way": [4, 3, 2, 1]}, index=["A", "B", "C", "D"])
        >>> scores = score_concordance(RankMatrix.from_frame(table), GeneQuery("toy", up=["D"], down=["A"]))
        >>> print(show(scores[["z_sum", "call"]]))  # doctest: +ELLIPSIS
        Agreement with the query: 2 signatures, best mimicker first
        <BLANKLINE>
                  z_sum          call
        same way   +2.7  ○ unresolved
        other way  −2.7  ○ unresolved
        ...
        """
        instance_of("table", table, pd.DataFrame, "pass a table of results, such as score_concordance returns")
        if rows is not None:
            whole_number("rows", rows)
        return Shown(table, kind_of_table(table), rows)

    def enable(self) -> None:
        """Let this notebook show every table of results as :func:`show` does, copies and parts of tables too.

        Other DataFrames stay as they are. Twice is as good as once; :meth:`disable` undoes it.

        Raises
        ------
        LincsInterpError
            Outside IPython and Jupyter.
        """
        formatter = _html_formatter()
        if self._formatter is not formatter or _registered(formatter) != self._html:
            self._formatter, self._before = formatter, formatter.for_type(pd.DataFrame, self._html)

    def disable(self) -> None:
        """Undo :meth:`enable`: DataFrames are shown as before it.

        Raises
        ------
        LincsInterpError
            Outside IPython and Jupyter.
        """
        formatter = _html_formatter()
        if self._formatter is formatter and _registered(formatter) == self._html:
            formatter.pop(pd.DataFrame)
            if self._before is not None:
                formatter.for_type(pd.DataFrame, self._before)
        self._formatter = self._before = None

    def _html(self, table: pd.DataFrame) -> str | None:
        # Who switched HTML off in pandas, or has another way of showing all tables, meant these as well.
        kind = kind_of_table(table) if pd.get_option("display.notebook_repr_html") else ""
        if kind:
            return Shown(table, kind, None)._repr_html_()
        return self._before(table) if self._before else table._repr_html_()  # type: ignore[operator]


show = _Show()


def _html_formatter() -> Any:
    """Return the formatter of this notebook that writes HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        raise LincsInterpError(
            "show.enable works only in IPython and Jupyter", remedy="elsewhere call show(table), and print it"
        )
    return shell.display_formatter.formatters["text/html"]


def _registered(formatter: Any) -> Any:
    return formatter.type_printers.get(pd.DataFrame)


def result_html(
    table: pd.DataFrame,
    kind: str,
    *,
    columns: Sequence[str] | None = None,
    rows: int | None = None,
    marked: object = None,
) -> Html:
    """Return the table of a display alone, for a page with its own style.

    Parameters
    ----------
    table : DataFrame
    kind : str
        A name of :data:`TABLE_KINDS`.
    columns : sequence of str, optional
        The columns to show, in this order; by default those that :func:`show` shows.
    rows : int, optional
        How many rows to show.
    marked : str, optional
        The name of the row that the reader has chosen.
    """
    one_of("kind", kind, TABLE_KINDS)
    own = TABLE_KINDS[kind]
    places, gap = _places(len(table), own, rows)
    part = table.iloc[places]
    names = _row_names(part, own)
    wanted = [_Shown(_record(own, table, name)) for name in columns] if columns else _shown_columns(table, own)
    filled = [(one, one.html(part)) for one in wanted] if columns else list(_filled(part, wanted))
    body: list[Any] = [
        [escaped(name, 56), *line] for name, *line in zip(names, *(cells for _, cells in filled), strict=True)
    ] or [_no_row(own)]
    at = names.index(marked) if marked in names else None
    if gap:
        body.insert(gap, _gap(len(table) - len(places), own))
        at = at + 1 if at is not None and at >= gap else at
    return table_html(
        body,
        [own.row, *(one.record.head for one, _ in filled)],
        caption=_caption(len(table), len(places), gap, own),
        numeric=[place for place, (one, _) in enumerate(filled, 1) if one.record.numeric],
        marked=at,
    )


def _record(kind: TableKind, table: pd.DataFrame, name: str) -> Column:
    return column(kind.records, name) or added_column(name, table[name])


def _shown_columns(table: pd.DataFrame, kind: TableKind) -> list[_Shown]:
    """Of a whole table the featured columns and those that were added; of chosen columns all."""
    names = [str(name) for name in table.columns if isinstance(name, str) and name != kind.row]
    odd = [name for name in table.columns if not isinstance(name, str)]
    whole = kind.featured and kind.is_whole(table)
    if not whole:
        found = [_Shown(_record(kind, table, name)) for name in names]
    else:
        found = list(_featured(table, kind))
        further = [name for name in names if is_further_score(name)][:FURTHER_SHOWN]
        extra = [name for name in names if column(kind.records, name) is None]
        found += [_Shown(_record(kind, table, name)) for name in (*further, *extra)]
    return found + [_Shown(added_column(name, table[name])) for name in odd]


def _featured(table: pd.DataFrame, kind: TableKind) -> Iterator[_Shown]:
    for one in kind.featured:
        name, whole = (one, "") if isinstance(one, str) else one
        if name not in table:
            continue
        record = _record(kind, table, name)
        yield _Shown(Column(name, record.sentence, f"of {whole}") if whole else record, whole)


def _filled(part: pd.DataFrame, columns: list[_Shown]) -> Iterator[tuple[_Shown, list[Html]]]:
    """Return the columns with a value in any of the rows, and their cells."""
    for one in columns:
        cells = one.html(part)
        if not cells or any(cell not in (NOTHING, f"{NOTHING} of {NOTHING}") for cell in cells):
            yield one, cells


def _left_out(table: pd.DataFrame, kind: TableKind) -> Iterator[str]:
    there = {one.record.name for one in _shown_columns(table, kind)} | {kind.row}
    there |= {one.whole for one in _shown_columns(table, kind)}
    absent = [name for name in table.columns if name not in there]
    if absent:
        yield f"Columns not shown: {listed(absent, 30)}."


def _row_names(table: pd.DataFrame, kind: TableKind) -> list[str]:
    names = table.get(kind.row, table.index)
    return [shown_ends(name, 56) for name in names]


def _places(n: int, kind: TableKind, rows: int | None) -> tuple[list[int], int]:
    """Return the positions of the rows that are shown, and after how many of them some are left out (0: none are)."""
    top, bottom = kind.top, kind.bottom
    if rows is not None:
        bottom = rows // 2 if bottom else 0
        top = rows - bottom
    if n <= top + bottom + (rows is None):  # no line in place of a single row
        return list(range(n)), 0
    return [*range(top), *range(n - bottom, n)], top


def _gap(n: int, kind: TableKind) -> str:
    return f"… {counted(n, f'further {kind.nouns[0]}', f'further {kind.nouns[1]}')} …"


def _no_row(kind: TableKind) -> str:
    return f"no {kind.nouns[0]}"


def _caption(n: int, n_shown: int, top: int, kind: TableKind) -> str:
    if n_shown == n:
        return f"All {counted(n, *kind.nouns)}."
    ends = f"the first {top}" + (f" and the last {n_shown - top}" if n_shown > top else "")
    return f"{ends[0].upper()}{ends[1:]} of {counted(n, *kind.nouns)}."
