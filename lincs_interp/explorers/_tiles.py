"""The signatures of one perturbagen as a table of tiles: doses across, cell lines and times down, each a button."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from .._util.html import CALL_SIGNS, NOTHING, Html, attribute, escaped, paragraph, table_html
from .._util.text import counted, shown, signed
from ..core.doses import NO_TIME
from ..plots import MISSING_COLOUR, SCORE_ENDS, score_colours
from ..plots.perturbagen import LEAST_FULL_Z, ConditionGrid
from ..readings.reading import PerturbagenReading
from ._pieces import Link

#: A control may have a thousand signatures: so many rows, columns, tiles and buttons are shown at most.
MOST_ROWS, MOST_COLUMNS, MOST_TILES, MOST_BUTTONS = 80, 24, 600, 400

#: Of one condition so many repeats are shown at most.
MOST_REPEATS = 6

_STEPS = 201
_EMPTY = Html(f'<span aria-hidden="true">{NOTHING}</span><span class="lincs-spoken">not measured</span>')


@dataclass(frozen=True, eq=False)
class _Tiles:
    """What is written on the tiles of one perturbagen; `at` is the position of the chosen signature, -1 for none."""

    ids: list[str]
    scores: np.ndarray
    calls: list[str]
    grid: ConditionGrid
    at: int
    link: Link
    colours: list[tuple[str, str]]
    most: int = MOST_REPEATS

    def where(self, place: int) -> str:
        """Cell line, time and dose of a signature."""
        row, column = self.grid.places[place]
        cell, time = self.grid.rows[row]
        return ", ".join([cell, time or self.grid.one_time or NO_TIME, self.grid.columns[column]])


def tiles_html(reading: PerturbagenReading, grid: ConditionGrid, chosen: str, link: Link) -> Html:
    """Return the table of tiles with its legend; the tile of the signature `chosen` is marked."""
    table = reading.signatures
    ids, scores = list(table.index), table["z_sum"].to_numpy(dtype=float)
    at = ids.index(chosen) if chosen in ids else -1
    rows, columns = _shown_of(grid, at)
    tiles = {tile: own for tile, own in grid.tiles.items() if tile[0] in set(rows) and tile[1] in set(columns)}
    most = _repeats([len(own) for own in tiles.values()])
    own = _Tiles(ids, scores, list(table["call"].astype(str)), grid, at, link, tile_colours(scores), most)
    body = [
        [
            Html(", ".join(escaped(word, 48) for word in grid.rows[row] if word)),
            *(_tile(own, tiles.get((row, column), [])) for column in columns),
        ]
        for row in rows
    ]
    heads: list[Any] = ["Cell line, time" if _several_times(grid) else "Cell line"]
    heads += [escaped(grid.columns[column], 24) for column in columns]
    caption = f"The {counted(len(ids), 'signature')} of {shown(reading.perturbagen, 60)}"
    whole = table_html(body, heads, caption=caption)
    rest = _left_out(grid, tiles, rows, columns, most)
    return Html(f'<div class="lincs-tiles">{_legend(own)}{whole}{rest}</div>')


def _several_times(grid: ConditionGrid) -> bool:
    return any(time for _, time in grid.rows)


def tile_colours(scores: np.ndarray) -> list[tuple[str, str]]:
    """Return background and text colour for each score: purple = reverses, orange to brown = mimics, grey = no score.

    The colours are full at the score furthest from 0, and not below 5, so that noise stays pale. The text is black or
    white, whichever has more contrast: 4.5 or more on every background.
    """
    reach = score_reach(scores)
    return [
        (MISSING_COLOUR, "#000000") if not np.isfinite(score) else _colour(float(score) / reach) for score in scores
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
    steps = score_colours()(np.linspace(0, 1, _STEPS))[:, :3]
    backgrounds = ["#" + "".join(f"{round(255 * part):02X}" for part in step) for step in steps.tolist()]
    # At this luminance black and white have the same contrast.
    return tuple((one, "#000000" if luminance(one) > 0.179 else "#FFFFFF") for one in backgrounds)


def luminance(colour: str) -> float:
    """The relative luminance of "#RRGGBB" as the accessibility guidelines define it, 0 = black, 1 = white."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _tile(tiles: _Tiles, own: Sequence[int]) -> Html:
    """All signatures of one condition."""
    if not own:
        return _EMPTY
    kept = _evenly(own, tiles.most, tiles.at)
    html = "".join(
        tiles.link("signature", tiles.ids[place], _face(tiles, place), current=place == tiles.at) for place in kept
    )
    if len(kept) < len(own):
        scores = tiles.scores[list(own)]
        median = signed(float(np.nanmedian(scores)) if np.isfinite(scores).any() else np.nan)
        html += f'<span class="lincs-more">{len(own) - len(kept):,} more; median of all {median}</span>'
    return Html(html)


def _evenly(own: Sequence[int], most: int, at: int) -> list[int]:
    """At most so many of a tile's signatures, evenly from all of them by score, the chosen one among them."""
    if len(own) <= most:
        return list(own)
    steps = np.linspace(0, len(own) - 1, most).round().astype(int)
    if at in own:
        place = list(own).index(at)
        steps[np.abs(steps - place).argmin()] = place
    return [own[step] for step in steps]


def _face(tiles: _Tiles, place: int) -> Html:
    """What is on a tile: sign of the call and score; for those who do not see the table, where in it the tile is."""
    call, score, chosen = tiles.calls[place], tiles.scores[place], place == tiles.at
    number = signed(score) if np.isfinite(score) else "no score"
    here = ", chosen" if chosen else ""
    background, ink = tiles.colours[place]
    return Html(
        f'<span class="lincs-tile{" lincs-here" if chosen else ""}" style="background:{background};color:{ink}">'
        f'<span aria-hidden="true">{CALL_SIGNS.get(call, "")}</span> {number}'
        f'<span class="lincs-spoken"> {attribute(call, 20)}, {attribute(tiles.where(place), 120)}{here}</span></span>'
    )


def _shown_of(grid: ConditionGrid, at: int) -> tuple[list[int], list[int]]:
    """The rows and columns that are shown: those with the most signatures, and those of the chosen one."""
    here = grid.places[at] if at >= 0 else (-1, -1)
    columns = _fullest([column for _, column in grid.places], MOST_COLUMNS, here[1])
    rows = _fullest([row for row, _ in grid.places], min(MOST_ROWS, MOST_TILES // len(columns)), here[0])
    return rows, columns


def _fullest(places: list[int], most: int, here: int) -> list[int]:
    counts = Counter(places)
    first = sorted(counts, key=lambda place: (place != here, -counts[place], place))
    return sorted(first[:most])


def _repeats(counts: Iterable[int]) -> int:
    """How many signatures a tile shows, so that no more than MOST_BUTTONS are there."""
    sizes = list(counts)
    for most in range(MOST_REPEATS, 1, -1):
        if sum(min(size, most) for size in sizes) <= MOST_BUTTONS:
            return most
    return 1


def _legend(tiles: _Tiles) -> Html:
    """Say what a tile is, and what its colour and its sign mean."""
    grid, several = tiles.grid, _several_times(tiles.grid)
    at = f" ({escaped(grid.one_time, 20)})" if grid.one_time else ""
    reach = score_reach(tiles.scores)
    low, high = (f"{word} your query ({signed(end)})" for word, end in zip(SCORE_ENDS, (-reach, reach), strict=True))
    stops = ",".join(_colour(place)[0] for place in np.linspace(-1, 1, 9).tolist())
    signs = ", ".join(f"{sign} {call}" for call, sign in CALL_SIGNS.items() if call in tiles.calls)
    empty = f"; {NOTHING} not measured" if len(grid.tiles) < len(grid.rows) * len(grid.columns) else ""
    return Html(
        f"<p>A tile is one signature{at} with its score (z_sum) and the sign of its call: dose"
        f" across, cell line{' and time' if several else ''} down. Press a tile to go to its signature; the framed one"
        f' is chosen.</p><p>{low}<span class="lincs-scale" aria-hidden="true" '
        f'style="background:linear-gradient(90deg,{stops})"></span>{high}. Calls at nominal p: {signs}{empty}.</p>'
    )


def _left_out(
    grid: ConditionGrid, tiles: dict[tuple[int, int], list[int]], rows: Sequence[int], columns: Sequence[int], most: int
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
