"""The signatures of one perturbagen as a table of tiles: doses across, cell lines and times down, each a button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .._util.html import CALL_SIGNS, NOTHING, Html, attribute, escaped, paragraph, signed_html, table_html
from .._util.text import counted, shown
from ..plots._style import SCORE_ENDS, score_colours
from ..plots.perturbagen import LEAST_FULL_Z
from ._parts import go
from ._perturbagen_facts import NO_CELL, PerturbagenFacts, time_words

#: A control may have a thousand signatures: so many rows, columns, tiles and buttons are shown at most.
MOST_ROWS, MOST_COLUMNS, MOST_TILES, MOST_BUTTONS = 80, 24, 600, 400

#: Of one condition so many repeats are shown at most.
MOST_REPEATS = 6

_RULES = {
    "table.lincs-table td": "padding:2px;text-align:center;position:relative;min-width:3.6em",
    "table.lincs-table thead th": "text-align:center;padding:.2em .3em;font-weight:normal",
    "table.lincs-table thead th:first-child": "text-align:left",
    "table.lincs-table tbody tr:nth-child(even)": "background:transparent",
    "table.lincs-table tbody th": "vertical-align:middle",
    ".lincs-go": "border:0;padding:0;margin:0;text-align:center;border-radius:3px",
    ".lincs-tile": "display:inline-block;min-width:4.3em;margin:1px 2px;padding:.25em .4em;border-radius:3px;"
    "white-space:nowrap;font-variant-numeric:tabular-nums;line-height:1.3",
    ".lincs-tile.lincs-here": "outline:3px double currentColor;outline-offset:-4px;font-weight:bold",
    ".lincs-told": "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap",
    ".lincs-more": "display:block;font-size:.85em;white-space:nowrap",
    ".lincs-scale": "display:inline-block;width:11em;max-width:40%;height:.9em;vertical-align:-.1em;border-radius:2px;"
    "margin:0 .4em",
}
STYLE = f"<style>{''.join(f'.lincs-interp .lincs-tiles {part}{{{rule}}}' for part, rule in _RULES.items())}</style>"

_NO_SCORE_COLOUR = "#D0D0C8"
_STEPS = 201
_EMPTY = Html(f'<span aria-hidden="true">{NOTHING}</span><span class="lincs-told">not measured</span>')


@dataclass(frozen=True)
class Grid:
    """The signatures sorted into tiles.

    Attributes
    ----------
    rows : list of (str, str)
        Cell line and time of each row; the time is "" where there is but one.
    columns : list of str
        The dose of each column.
    tiles : dict
        (row, column) -> positions in the table of signatures.
    """

    rows: list[tuple[str, str]]
    columns: list[str]
    tiles: dict[tuple[int, int], list[int]]


def grid_of(facts: PerturbagenFacts) -> Grid:
    """Sort the signatures of a perturbagen into tiles, in the order of :func:`plot_perturbagen`."""
    first = {cell: place for place, cell in reversed(list(enumerate(facts.cells)))}
    keys = [(first[cell], time) for cell, time in zip(facts.cells, facts.times, strict=True)]
    rows, columns = sorted(set(keys)), sorted(set(facts.doses))
    row_of = {key: place for place, key in enumerate(rows)}
    column_of = {key: place for place, key in enumerate(columns)}
    tiles: dict[tuple[int, int], list[int]] = {}
    for place, (key, dose) in enumerate(zip(keys, facts.doses, strict=True)):
        tiles.setdefault((row_of[key], column_of[dose]), []).append(place)
    several = len({time for _, time in rows}) > 1
    names = [(facts.cells[place] or NO_CELL, time_words(time) if several else "") for place, time in rows]
    return Grid(names, [facts.dose_names[key] for key in columns], tiles)


def tiles_html(facts: PerturbagenFacts, chosen: str) -> Html:
    """Return the table of tiles with its legend; the tile of the signature `chosen` is marked."""
    grid = grid_of(facts)
    ids = list(facts.table.index)
    at = ids.index(chosen) if chosen in ids else -1
    rows, columns = _shown_of(grid, at)
    tiles = {tile: own for tile, own in grid.tiles.items() if tile[0] in set(rows) and tile[1] in set(columns)}
    most = _repeats([len(own) for own in tiles.values()])
    colours = tile_colours(facts.scores)
    body = [
        [
            Html(", ".join(escaped(word, 48) for word in grid.rows[row] if word)),
            *(_tile(facts, ids, tiles.get((row, column), []), at, most, colours) for column in columns),
        ]
        for row in rows
    ]
    several = len(set(facts.times)) > 1
    heads: list[Any] = ["Cell line, time" if several else "Cell line"]
    heads += [escaped(grid.columns[column], 24) for column in columns]
    caption = f"The {counted(len(ids), 'signature')} of {shown(facts.name, 60)}"
    table = table_html(body, heads, caption=caption)
    rest = _left_out(grid, tiles, rows, columns, most)
    return Html(f'{STYLE}<div class="lincs-tiles">{_legend(facts, grid)}{table}{rest}</div>')


def tile_colours(scores: np.ndarray) -> list[tuple[str, str]]:
    """Return background and text colour for each score: purple = reverses, orange to brown = mimics, grey = no score.

    The colours are full at the score furthest from 0, and not below 5, so that noise stays pale. The text is black or
    white, whichever has more contrast: 4.5 or more on every background.
    """
    reach = score_reach(scores)
    return [
        (_NO_SCORE_COLOUR, "#000000") if not np.isfinite(score) else _colour(float(score) / reach) for score in scores
    ]


def score_reach(scores: np.ndarray) -> float:
    """The score at which the colours are full."""
    return max(float(np.nanmax(np.abs(scores))) if np.isfinite(scores).any() else 0.0, LEAST_FULL_Z)


def _colour(towards: float) -> tuple[str, str]:
    """Colours of a score from -1 (reverses) to 1 (mimics)."""
    return _colours()[round((towards + 1) * (_STEPS - 1) / 2)]


@lru_cache(maxsize=1)
def _colours() -> tuple[tuple[str, str], ...]:
    """All steps of the scale: background and text."""
    steps = score_colours(_NO_SCORE_COLOUR)(np.linspace(0, 1, _STEPS))[:, :3]
    backgrounds = ["#" + "".join(f"{round(255 * part):02X}" for part in step) for step in steps.tolist()]
    # At this luminance black and white have the same contrast.
    return tuple((one, "#000000" if luminance(one) > 0.179 else "#FFFFFF") for one in backgrounds)


def luminance(colour: str) -> float:
    """The relative luminance of "#RRGGBB" as the accessibility guidelines define it, 0 = black, 1 = white."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _tile(
    facts: PerturbagenFacts,
    ids: Sequence[str],
    own: Sequence[int],
    at: int,
    most: int,
    colours: Sequence[tuple[str, str]],
) -> Html:
    """All signatures of one condition."""
    if not own:
        return _EMPTY
    kept = _evenly(own, most, at)
    told = "".join(
        go("signature", ids[place], _face(facts, place, place == at, colours[place]), current=place == at)
        for place in kept
    )
    if len(kept) < len(own):
        scores = facts.scores[list(own)]
        median = signed_html(float(np.nanmedian(scores)) if np.isfinite(scores).any() else np.nan)
        told += f'<span class="lincs-more">{len(own) - len(kept):,} more; median of all {median}</span>'
    return Html(told)


def _evenly(own: Sequence[int], most: int, at: int) -> list[int]:
    """At most so many of a tile's signatures, the chosen one among them.

    They come by score: taken from all of them evenly, the few speak for the many.
    """
    if len(own) <= most:
        return list(own)
    steps = np.linspace(0, len(own) - 1, most).round().astype(int)
    if at in own:
        place = list(own).index(at)
        steps[np.abs(steps - place).argmin()] = place
    return [own[step] for step in steps]


def _face(facts: PerturbagenFacts, place: int, chosen: bool, colour: tuple[str, str]) -> Html:
    """What stands on a tile: sign of the call and score; for those who do not see the table, where it stands in it."""
    call, score = facts.calls[place], facts.scores[place]
    where = ", ".join(
        [facts.cells[place] or NO_CELL, time_words(facts.times[place]), facts.dose_names[facts.doses[place]]]
    )
    number = signed_html(score) if np.isfinite(score) else Html("no score")
    here = ", chosen" if chosen else ""
    background, ink = colour
    return Html(
        f'<span class="lincs-tile{" lincs-here" if chosen else ""}" style="background:{background};color:{ink}">'
        f'<span aria-hidden="true">{CALL_SIGNS.get(call, "")}</span> {number}'
        f'<span class="lincs-told"> {attribute(call, 20)}, {attribute(where, 120)}{here}</span></span>'
    )


def _shown_of(grid: Grid, at: int) -> tuple[list[int], list[int]]:
    """The rows and columns that are shown: those with the most signatures, and those of the chosen one."""
    here = next((tile for tile, own in grid.tiles.items() if at in own), (-1, -1))
    columns = _fullest(len(grid.columns), _counts(grid, 1), MOST_COLUMNS, here[1])
    rows = _fullest(len(grid.rows), _counts(grid, 0), min(MOST_ROWS, MOST_TILES // len(columns)), here[0])
    return rows, columns


def _counts(grid: Grid, side: int) -> dict[int, int]:
    counts: dict[int, int] = {}
    for tile, own in grid.tiles.items():
        counts[tile[side]] = counts.get(tile[side], 0) + len(own)
    return counts


def _fullest(n: int, counts: dict[int, int], most: int, here: int) -> list[int]:
    if n <= most:
        return list(range(n))
    first = sorted(range(n), key=lambda place: (place != here, -counts[place], place))
    return sorted(first[:most])


def _repeats(counts: Iterable[int]) -> int:
    """How many signatures a tile shows, so that no more than MOST_BUTTONS are there."""
    sizes = list(counts)
    for most in range(MOST_REPEATS, 1, -1):
        if sum(min(size, most) for size in sizes) <= MOST_BUTTONS:
            return most
    return 1


def _legend(facts: PerturbagenFacts, grid: Grid) -> Html:
    """Say what a tile is, and what its colour and its sign mean."""
    several = len(set(facts.times)) > 1
    at = f" ({facts.one_time})" if facts.one_time else ""
    reach = score_reach(facts.scores)
    low, high = (
        f"{word} your query ({signed_html(end)})" for word, end in zip(SCORE_ENDS, (-reach, reach), strict=True)
    )
    stops = ",".join(_colour(place)[0] for place in np.linspace(-1, 1, 9).tolist())
    signs = ", ".join(f"{sign} {call}" for call, sign in CALL_SIGNS.items() if call in facts.calls)
    empty = f"; {NOTHING} not measured" if len(grid.tiles) < len(grid.rows) * len(grid.columns) else ""
    return Html(
        f"<p>A tile is one signature{at} with its score (z_sum) and the sign of its call: dose across, cell line"
        f"{' and time' if several else ''} down. Press a tile to go to its signature; the framed one is chosen.</p>"
        f'<p>{low}<span class="lincs-scale" aria-hidden="true" style="background:linear-gradient(90deg,{stops})">'
        f"</span>{high}. Calls at nominal p: {signs}{empty}.</p>"
    )


def _left_out(
    grid: Grid, tiles: dict[tuple[int, int], list[int]], rows: Sequence[int], columns: Sequence[int], most: int
) -> Html:
    """Say what is not shown."""
    n = sum(map(len, grid.tiles.values()))
    buttons = sum(min(len(own), most) for own in tiles.values())
    if buttons == n:
        return Html("")
    cut = any(len(own) > most for own in tiles.values())
    parts = [
        f"{len(kept):,} of {whole:,} {what}"
        for kept, whole, what in ((rows, len(grid.rows), "rows"), (columns, len(grid.columns), "doses"))
        if len(kept) < whole
    ]
    where = f" ({' and '.join(parts)}, those with the most signatures)" if parts else ""
    repeats = f"; of each tile {most:,} at most, evenly from its highest to its lowest score" if cut else ""
    return paragraph(
        f"Shown are {buttons:,} of {n:,} signatures{where}{repeats}. The others: type into Signature, or save the"
        " table."
    )
