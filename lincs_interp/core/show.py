"""Display a result with units and both ends of each scale: ``li.show(table)``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .._util.errors import LincsInterpError, instance_of, whole_number
from .._util.html import Html, card, escaped, paragraph, table_html, words
from .._util.text import NOTHING, counted, listed, shown_ends
from ._kinds import TABLE_KINDS, TableKind, kind_of_table
from .columns import Column, added_column, column, is_further_score

# How many scores beside z_sum are shown of a whole table.
FURTHER_SHOWN = 3


class Shown:
    """A table as :func:`show` displays it: HTML in a notebook, text where it is printed.

    `table` is the table itself; `kind` is what it was recognised as, empty if it is shown as pandas does.
    """

    def __init__(
        self, table: pd.DataFrame, kind: str, *, rows: int | None = None, columns: Sequence[str] | None = None
    ) -> None:
        self.table, self.kind, self._rows, self._wanted = table, kind, rows, columns

    def _repr_html_(self) -> str:
        if not self.kind:
            with pd.option_context("display.max_rows", self._rows or pd.get_option("display.max_rows")):
                return self.table._repr_html_()  # type: ignore[operator]
        # Faint signs would lose the contrast of their colours.
        notes = [paragraph(note, faint=not isinstance(note, Html)) for note in self._notes()]
        return card(self._own.title(self.table), self.table_html(), *notes)

    def table_html(self) -> Html:
        """Return the table alone, for a page or a card with words of its own."""
        names, filled, gap = self._content()
        body: list[Any] = [
            [escaped(name, 56), *line] for name, *line in zip(names, *(cells for _, cells in filled), strict=True)
        ] or [self._no_row]
        if gap:
            body.insert(gap, self._gap(len(names)))
        return table_html(
            body,
            [self._own.row, *(one.head for one, _ in filled)],
            caption=self._caption(len(names), gap),
            numeric=[place for place, (one, _) in enumerate(filled, 1) if one.numeric],
        )

    def __repr__(self) -> str:
        if not self.kind:
            return self.table.to_string(max_rows=self._rows or 10)
        names, filled, gap = self._content()
        text = pd.DataFrame({one.name: map(words, cells) for one, cells in filled}, index=names, dtype=object)
        lines = text.to_string(index_names=False, max_colwidth=48).splitlines() if names else [self._no_row]
        if gap:
            lines.insert(1 + gap, self._gap(len(names)))
        hints = [f"{one.name}: {one.hint}" for one, _ in filled if one.hint]
        return "\n".join([self._own.title(self.table), "", *lines, "", *hints, "", *map(words, self._notes())])

    @property
    def _own(self) -> TableKind:
        return TABLE_KINDS[self.kind]

    def _content(self) -> tuple[list[str], list[tuple[Column, list[Html]]], int]:
        """Return names and columns of the rows that are shown, and after how many some are left out (0: none are)."""
        n, (top, bottom) = len(self.table), self._own.ends
        if self._rows is not None:
            bottom = self._rows // 2 if bottom else 0
            top = self._rows - bottom
        gap = top if n > top + bottom + (self._rows is None) else 0  # no line in place of a single row
        part = self.table.iloc[[*range(top), *range(n - bottom, n)]] if gap else self.table
        filled = [(one, one.cells(part)) for one in self._columns()]
        if not self._wanted and len(part):
            empty = {NOTHING, f"{NOTHING} of {NOTHING}"}
            filled = [(one, cells) for one, cells in filled if not empty.issuperset(cells)]
        return [shown_ends(name, 56) for name in part.get(self._own.row, part.index)], filled, gap

    def _columns(self) -> list[Column]:
        """Return the wanted columns; else of a whole table the featured ones and those that were added, or all."""
        names = self._wanted or [name for name in self.table.columns if name != self._own.row]
        if self._wanted or not self._own.is_whole(self.table):
            return [self._record(name) for name in names]
        found = []
        for one in self._own.featured:
            name, whole = (one, "") if isinstance(one, str) else one
            if name in self.table:
                record = self._record(name)
                found.append(replace(record, unit=f"of {whole}", whole=whole) if whole else record)
        further = [name for name in names if is_further_score(str(name))]
        added = [name for name in names if column(self.kind, str(name)) is None]
        return found + [self._record(name) for name in (*further[:FURTHER_SHOWN], *added)]

    def _record(self, name: Any) -> Column:
        return column(self.kind, str(name)) or added_column(name, self.table[name])

    def _notes(self) -> Iterator[str | Html]:
        yield from self._own.notes(self.table)
        there = {name for one in self._columns() for name in (one.name, one.whole)} | {self._own.row}
        absent = [name for name in self.table.columns if name not in there]
        if absent:
            yield f"Columns not shown: {listed(absent, 30)}."

    def _caption(self, n: int, gap: int) -> str:
        whole = counted(len(self.table), *self._own.nouns)
        if not gap:
            return f"All {whole}."
        return f"The first {gap}{f' and the last {n - gap}' if n > gap else ''} of {whole}."

    def _gap(self, n: int) -> str:
        one, several = self._own.nouns
        return f"… {counted(len(self.table) - n, f'further {one}', f'further {several}')} …"

    @property
    def _no_row(self) -> str:
        return f"no {self._own.nouns[0]}"


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
        return Shown(table, kind_of_table(table), rows=rows)

    def enable(self) -> None:
        """Let this notebook show every table of results as :func:`show` does, copies and parts of tables too.

        Other DataFrames stay as they are. Twice is as good as once; :meth:`disable` undoes it. Outside IPython and
        Jupyter it is an error.
        """
        formatter = _html_formatter()
        if self._formatter is not formatter or _registered(formatter) != self._html:
            self._formatter, self._before = formatter, formatter.for_type(pd.DataFrame, self._html)

    def disable(self) -> None:
        """Undo :meth:`enable`: DataFrames are shown as before it."""
        formatter = _html_formatter()
        if self._formatter is formatter and _registered(formatter) == self._html:
            formatter.pop(pd.DataFrame)
            if self._before:
                formatter.for_type(pd.DataFrame, self._before)
        self._formatter = self._before = None

    def _html(self, table: pd.DataFrame) -> str | None:
        # Who switched HTML off in pandas, or has another way of showing all tables, meant these as well.
        kind = kind_of_table(table) if pd.get_option("display.notebook_repr_html") else ""
        if kind:
            return Shown(table, kind)._repr_html_()
        return self._before(table) if self._before else table._repr_html_()  # type: ignore[operator]


show = _Show()


def _html_formatter() -> Any:
    """Return the formatter of this notebook that writes HTML."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        problem = "show.enable works only in IPython and Jupyter"
        raise LincsInterpError(problem, remedy="elsewhere call show(table), and print it")
    return shell.display_formatter.formatters["text/html"]


def _registered(formatter: Any) -> Any:
    return formatter.type_printers.get(pd.DataFrame)
