"""The signatures of one perturbagen as a table of tiles: doses across, cell lines and times down, each a button."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np

from .._util.html import CALL_SIGNS, NOTHING, Html, attribute, escaped, paragraph, table_html
from .._util.text import counted, shown, signed
from ..core.doses import NO_TIME
from ..plots.perturbagen import LEAST_FULL_Z, ConditionGrid
from ..plots.style import MISSING_COLOUR, SCORE_ENDS, score_colours
from ..readings.reading import PerturbagenReading
from ._pieces import Link

#: A control may have a thousand signatures: so many rows, columns, tiles and buttons are shown at most.
MOST_ROWS, MOST_COLUMNS, MOST_TILES, MOST_BUTTONS = 80, 24, 600, 400

#: Of one condition so many repeats are shown at most.
MOST_REPEATS = 6

_EMPTY = Html(f'<span aria-hidden="true">{NOTHING}</span><span class="lincs-spoken">not measured</span>')


class Tiles:
    """The signatures of one perturbagen as a table of tiles, that of the signature `chosen` marked."""

    def __init__(self, reading: PerturbagenReading, grid: ConditionGrid, chosen: str, link: Link) -> None:
        table = reading.signatures
        self.name, self.grid, self.link = shown(reading.perturbagen, 60), grid, link
        self.ids, self.calls = list(table.index), table["call"].astype(str).tolist()
        self.scores = table["z_sum"].to_numpy(dtype=float)
        self.colours = tile_colours(self.scores)
        self.several_times = any(time for _, time in grid.rows)
        self.at = self.ids.index(chosen) if chosen in self.ids else -1  # -1: none of them
        row, column = grid.places[self.at] if self.at >= 0 else (-1, -1)
        self.columns = _fullest([column for _, column in grid.places], MOST_COLUMNS, column)
        most_rows = min(MOST_ROWS, MOST_TILES // len(self.columns))
        self.rows = _fullest([row for row, _ in grid.places], most_rows, row)
        rows, columns = set(self.rows), set(self.columns)
        self.tiles = {tile: own for tile, own in grid.tiles.items() if tile[0] in rows and tile[1] in columns}
        repeats = (most for most in range(MOST_REPEATS, 1, -1) if self._buttons(most) <= MOST_BUTTONS)
        self.most = next(repeats, 1)

    def _buttons(self, most: int) -> int:
        """Return how many buttons there are with at most so many on a tile."""
        return sum(min(len(own), most) for own in self.tiles.values())

    def html(self) -> Html:
        """Return the table with its legend, and what is not shown of it."""
        body = [
            [
                Html(", ".join(escaped(word, 48) for word in self.grid.rows[row] if word)),
                *(self._tile(self.tiles.get((row, column), [])) for column in self.columns),
            ]
            for row in self.rows
        ]
        heads = ["Cell line, time" if self.several_times else "Cell line"]
        heads += [escaped(self.grid.columns[column], 24) for column in self.columns]
        whole = table_html(body, heads, caption=f"The {counted(len(self.ids), 'signature')} of {self.name}")
        return Html(f'<div class="lincs-tiles">{self._legend()}{whole}{self._left_out()}</div>')

    def _tile(self, own: list[int]) -> Html:
        """Return all signatures of one condition, or some evenly from all by score, the chosen one among them."""
        kept = own
        if len(own) > self.most:
            steps = np.linspace(0, len(own) - 1, self.most).round().astype(int)
            if self.at in own:
                place = own.index(self.at)
                steps[np.abs(steps - place).argmin()] = place
            kept = [own[step] for step in steps]
        html = "".join(
            self.link("signature", self.ids[place], self._face(place), current=place == self.at) for place in kept
        )
        if len(kept) < len(own):
            scores = self.scores[own]
            median = signed(float(np.nanmedian(scores)) if np.isfinite(scores).any() else np.nan)
            html += f'<span class="lincs-more">{len(own) - len(kept):,} more; median of all {median}</span>'
        return Html(html) if own else _EMPTY

    def _face(self, place: int) -> Html:
        """Return sign of the call and score; for those who do not see the table, where in it the tile is."""
        call, score = self.calls[place], self.scores[place]
        number = signed(score) if np.isfinite(score) else "no score"
        here, said = (" lincs-here", ", chosen") if place == self.at else ("", "")
        background, ink = self.colours[place]
        row, column = self.grid.places[place]
        cell, time = self.grid.rows[row]
        where = ", ".join([cell, time or self.grid.one_time or NO_TIME, self.grid.columns[column]])
        return Html(
            f'<span class="lincs-tile{here}" style="background:{background};color:{ink}">'
            f'<span aria-hidden="true">{CALL_SIGNS.get(call, "")}</span> {number}'
            f'<span class="lincs-spoken"> {attribute(call, 20)}, {attribute(where, 120)}{said}</span></span>'
        )

    def _legend(self) -> Html:
        """Say what a tile is, and what its colour and its sign mean."""
        grid, reach = self.grid, score_reach(self.scores) * np.array([-1, 1])
        at = f" ({escaped(grid.one_time, 20)})" if grid.one_time else ""
        low, high = (f"{word} your query ({signed(end)})" for word, end in zip(SCORE_ENDS, reach, strict=True))
        stops = ",".join(background for background, _ in _colours()[::25])
        signs = ", ".join(f"{sign} {call}" for call, sign in CALL_SIGNS.items() if call in self.calls)
        empty = f"; {NOTHING} not measured" if len(grid.tiles) < len(grid.rows) * len(grid.columns) else ""
        return Html(
            f"<p>A tile is one signature{at} with its score (z_sum) and the sign of its call: dose"
            f" across, cell line{' and time' if self.several_times else ''} down. Press a tile to go to its signature;"
            f' the framed one is chosen.</p><p>{low}<span class="lincs-scale" aria-hidden="true" '
            f'style="background:linear-gradient(90deg,{stops})"></span>{high}. Calls at nominal p: {signs}{empty}.</p>'
        )

    def _left_out(self) -> Html:
        """Say what is not shown."""
        n, buttons = len(self.ids), self._buttons(self.most)
        if buttons == n:
            return Html("")
        parts = [
            f"{len(kept):,} of {len(whole):,} {what}"
            for kept, whole, what in ((self.rows, self.grid.rows, "rows"), (self.columns, self.grid.columns, "doses"))
            if len(kept) < len(whole)
        ]
        where = f" ({' and '.join(parts)}, those with the most signatures)" if parts else ""
        cut = f"; of each tile {self.most:,} at most, evenly from its highest to its lowest score"
        repeats = cut if any(len(own) > self.most for own in self.tiles.values()) else ""
        return paragraph(
            f"Shown are {buttons:,} of {n:,} signatures{where}{repeats}. The others: type into Signature, or save the"
            " table."
        )


def _fullest(places: list[int], most: int, here: int) -> list[int]:
    """Return the rows or columns that are shown: those with the most signatures, and that of the chosen one."""
    counts = Counter(places)
    first = sorted(counts, key=lambda place: (place != here, -counts[place], place))
    return sorted(first[:most])


def tile_colours(scores: np.ndarray) -> list[tuple[str, str]]:
    """Return background and text colour for each score: purple = reverses, orange to brown = mimics, grey = no score.

    The colours are full at the score furthest from 0, and not below 5, so that noise stays pale. The text is black or
    white, whichever has more contrast: 4.5 or more on every background.
    """
    steps = np.round(100 * (scores / score_reach(scores) + 1)).tolist()
    return [(MISSING_COLOUR, "#000000") if np.isnan(step) else _colours()[int(step)] for step in steps]


def score_reach(scores: np.ndarray) -> float:
    """Return the score at which the colours are full."""
    return max(float(np.nanmax(np.abs(scores))) if np.isfinite(scores).any() else 0.0, LEAST_FULL_Z)


@lru_cache(maxsize=1)
def _colours() -> list[tuple[str, str]]:
    """Return the 201 steps of the scale: background and text."""
    from matplotlib.colors import to_hex

    backgrounds = [to_hex(step).upper() for step in score_colours()(np.linspace(0, 1, 201))]
    # At this luminance black and white have the same contrast.
    return [(one, "#000000" if luminance(one) > 0.179 else "#FFFFFF") for one in backgrounds]


def luminance(colour: str) -> float:
    """Return the relative luminance of "#RRGGBB" as the accessibility guidelines define it: 0 = black, 1 = white."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
