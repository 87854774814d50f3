"""How tables of scores show themselves in a notebook: both ends, units, calls as sign and word, on one screen."""

from __future__ import annotations

from typing import Any
from weakref import ref

import pandas as pd

from .._util.errors import one_of
from .._util.html import NOTHING, Html, card, escaped, paragraph, table_html
from .._util.text import counted
from ._table_kinds import TABLE_KINDS, TableKind
from .columns import Column, Row


def with_display(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Give a table its notebook display, and return the very same table.

    Parameters
    ----------
    table : DataFrame
    kind : str
        A name of :data:`TABLE_KINDS`: "scores", "calibrated", "consensus", "drivers", "perturbagens", "signatures".

    Notes
    -----
    The display hangs on this one table, not on a class of tables. It stays a plain pandas DataFrame: equal to others,
    pickled without this package, opened by viewers that go by the name of the type. A copy, a selection or a sorted
    table has pandas' own display: whoever chose rows and columns wants to see these. So has a table that lacks a column
    that is shown, and every table if pandas was told to show them in another way.
    """
    one_of("kind", kind, TABLE_KINDS)
    # The table holds the display, so the display may not hold the table: a circle is not freed at once, and tables are
    # large. What it may hold is a second table over the same numbers, for a table that nobody keeps:
    # score_concordance(…)._repr_html_() lets it go before it asks.
    there, spare = ref(table), table.copy(deep=False)

    def display() -> str | None:
        own = there()
        return _displayed(spare if own is None else own, TABLE_KINDS[kind])

    # pandas takes attributes for columns; this one is none.
    object.__setattr__(table, "_repr_html_", display)
    return table


def score_table_html(table: pd.DataFrame, kind: str) -> Html | None:
    """Return the display of a table, or None if it has not what this kind shows."""
    one_of("kind", kind, TABLE_KINDS)
    return _card(table, TABLE_KINDS[kind]) if _fits(table, TABLE_KINDS[kind]) else None


def _displayed(table: pd.DataFrame, kind: TableKind) -> str | None:
    plain: Any = pd.DataFrame._repr_html_  # type: ignore[attr-defined]
    # Other packages put themselves in pandas' place where a reader asked them to (interactive tables, say).
    asked_for_other = plain.__module__.partition(".")[0] != "pandas" or not pd.get_option("display.notebook_repr_html")
    if asked_for_other or not _fits(table, kind):
        return plain(table)
    return _card(table, kind)


def _fits(table: pd.DataFrame, kind: TableKind) -> bool:
    if not (table.columns.is_unique and table.index.nlevels == table.columns.nlevels == 1):
        return False
    if not {*kind.numbers, *kind.texts} <= set(table.columns):
        return False
    return all(table[name].dtype.kind in "iuf" for name in kind.numbers)


def _card(table: pd.DataFrame, kind: TableKind) -> Html:
    n, top, bottom = len(table), kind.top, kind.bottom
    whole = n <= top + bottom + 1  # no line that stands for a single row
    places = list(range(n)) if whole else [*range(top), *range(n - bottom, n)]
    part = table.iloc[places]
    rows: list[Row] = part.to_dict("records")  # type: ignore[assignment]
    names = part[kind.row_name] if kind.row_name else part.index
    columns, cells = _filled(list(kind.columns(table)), rows)
    body: list[Any] = [
        [escaped(name, 56), *line] for name, line in zip(names, zip(*cells, strict=True), strict=True)
    ] or [f"no {kind.what[0]}"]
    if not whole:
        body.insert(top, f"… {counted(n - len(places), f'further {kind.what[0]}', f'further {kind.what[1]}')} …")
    return card(
        kind.title(table),
        table_html(
            body,
            [kind.what[0], *((column.name, column.hint) for column in columns)],
            caption=_caption(n, len(places), kind),
            numeric=[place for place, column in enumerate(columns, 1) if column.numeric],
        ),
        # Faint signs would lose the contrast of their colours.
        *(paragraph(note, faint=not isinstance(note, Html)) for note in kind.notes(table)),
        paragraph(_how_to_see_all(table), faint=True),
    )


def _filled(columns: list[Column], rows: list[Row]) -> tuple[list[Column], list[list[Html]]]:
    """The columns with a value in any of the rows, and their cells."""
    cells = [[column.cell(row) for row in rows] for column in columns]
    kept = [place for place, own in enumerate(cells) if not rows or any(cell != NOTHING for cell in own)]
    return [columns[place] for place in kept], [cells[place] for place in kept]


def _caption(n: int, n_shown: int, kind: TableKind) -> str:
    if n_shown == n:
        return f"All {counted(n, *kind.what)}."
    ends = f"the first {kind.top}" + (f" and the last {kind.bottom}" if kind.bottom else "")
    return f"{ends[0].upper()}{ends[1:]} of {counted(n, *kind.what)}."


def _how_to_see_all(table: pd.DataFrame) -> Html:
    return Html(
        f"A pandas DataFrame of {counted(len(table), 'row')} and {counted(table.shape[1], 'column')}:"
        " <code>.copy()</code> shows it as pandas does, <code>print(….to_string())</code> all of it,"
        " <code>.columns</code> what it holds."
    )
