"""The part about one perturbagen: its grade, a tile for each signature, scores against dose, agreement by cell line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from .._util.html import CALL_SIGNS, NOTHING, Html, attribute, call_html, escaped, paragraph, sentence_html, table_html
from .._util.text import counted, percent, shown, signed
from ..core.calls import SIGNS
from ..core.doses import NO_CELL, NO_TIME
from ..perturbagens.aggregates import agreement_by_cell_line
from ..perturbagens.dose_trend import trend_over_doses
from ..perturbagens.grades import GRADE_MEANINGS
from ..plots import Canvas, plot_perturbagen
from ..plots.dose_response import DoseResponsePicture
from ..plots.perturbagen import LEAST_FULL_Z, ConditionGrid
from ..plots.style import MISSING_COLOUR, SCORE_ENDS, ink_on, score_colours
from ..readings.reading import PerturbagenReading
from ._pieces import Link, columns_html, copy_box, files_of, go, picture, piece, reading_html, recorded, status
from ._state import ExplorerState, Selection, Source
from ._widgets import Part

#: A control may have a thousand signatures: so many rows, columns, tiles and buttons are shown at most.
MOST_ROWS, MOST_COLUMNS, MOST_TILES, MOST_BUTTONS = 80, 24, 600, 400

#: Of one condition so many repeats are shown at most.
MOST_REPEATS = 6

_EMPTY = Html(f'<span aria-hidden="true">{NOTHING}</span><span class="lincs-spoken">not measured</span>')

#: So many cell lines are in the table of agreement.
CELLS_SHOWN = 24

#: So many views are kept, for those who go to and fro.
KEPT = 64


class PerturbagenPart(Part):
    """One perturbagen: grade and reasons, a tile for each signature, the scores against the dose, agreement."""

    name, title = "perturbagen", "One perturbagen"
    places = ("grade", "chosen", "tiles", "curve", "agreement")
    needs_query = True

    def __init__(self, selection: Selection) -> None:
        super().__init__(selection)
        self._canvas = Canvas(7.2, 3.4, **DoseResponsePicture.MARGINS)
        self._picture = DoseResponsePicture(self._canvas.ax)
        self._canvas.hold(self._picture.live)
        self._grid = lru_cache(KEPT)(lambda name: ConditionGrid.of(self.source.known.perturbagen(name).signatures))
        self._words = lru_cache(KEPT)(self._words_of)

    def view(self, state: ExplorerState, link: Link = go) -> dict[str, str]:
        if missing := no_perturbagen(self.source, state):
            return {**dict.fromkeys(self.places, ""), "grade": piece(status(missing))}
        reading = self.source.known.perturbagen(state.perturbagen)
        grade, trend, agreement = self._words(state.perturbagen)
        return {
            "grade": grade,
            "chosen": _chosen(self.source, state.signature),
            "tiles": piece(Tiles(reading, self._grid(state.perturbagen), state.signature, link).html()),
            "curve": piece(trend, self._draw(reading, state.signature)),
            "agreement": agreement,
        }

    def _words_of(self, name: str) -> tuple[Html, str, Html]:
        """Return what does not depend on the chosen signature."""
        reading = self.source.known.perturbagen(name)
        row = self.source.known._perturbagen_records[name]
        return _grade(reading), _trend(reading, float(row["dose_trend"])), piece(*_agreement(reading, row))

    def _draw(self, reading: PerturbagenReading, signature: str) -> Html | str:
        """Return the picture with its words, or a sentence where there is nothing to draw."""
        table, name = reading.signatures, shown(reading.perturbagen, 60)
        scores = table["z_sum"].dropna()
        if scores.empty:
            return f"No signature of {name} has a score, so there is no picture."
        if len(table) == 1:
            return (
                f"{name} has one signature, with a score of {signed(float(scores.iloc[0]))}: there is no other dose,"
                " cell line or time to compare it with."
            )
        drawn, label = self._picture, self.source.labels[signature]
        drawn.update(table, chosen=signature)
        there = signature in table.index and bool(np.isfinite(drawn.points[table.index.get_loc(signature)]).all())
        low, high = (signed(float(end)) for end in (scores.min(), scores.max()))
        at = f"ringed: {label} at {signed(float(scores[signature]))}" if there else f"{label} is not in the picture"
        alt = f"{drawn.summary}; scores from {low} to {high}, above 0 mimics, below 0 reverses the query; {at}."
        signs = ", ".join(f"{sign} {call}" for call, sign in CALL_SIGNS.items() if (table["call"] == call).any())
        ends = ["" if note.endswith(":") else "." for note in drawn.notes]  # a long note goes on in the next one
        notes = "".join(f" {note[0].upper()}{note[1:]}{end}" for note, end in zip(drawn.notes, ends, strict=True))
        mark = f"the ring is {label}" if there else at
        return picture(self._canvas, alt, f"Each mark is one signature ({signs}); {mark}.{notes}")

    def files(self, state: ExplorerState) -> Html:
        if missing := no_perturbagen(self.source, state):
            return paragraph(missing)
        reading = self.source.known.perturbagen(state.perturbagen)
        table, name = reading.signatures, shown(reading.perturbagen, 40)
        grid, draw = self._grid(state.perturbagen), None
        size = min(max(1.1 * len(grid.columns) + 3.6, 6.0), 14.0), min(max(0.24 * len(grid.rows) + 2.2, 3.2), 15.0)
        if table["z_sum"].notna().any():
            draw = partial(plot_perturbagen, table, title=f"{reading.perturbagen}: grade {reading.grade}")
        links = files_of(table.reset_index(), reading.perturbagen, f"the signatures of {name}", draw, size)
        return Html(links + copy_box(f"{counted(len(table), 'signature id')} of {name}", "\n".join(table.index)))


def no_perturbagen(source: Source, state: ExplorerState) -> str:
    """Say why no perturbagen can be shown; empty where one can."""
    if not source.perturbagens:
        return (
            "Neither ids nor metadata of this matrix name a perturbagen, so its signatures cannot be sorted: give it"
            " metadata (ranks.with_metadata(table))."
        )
    if not state.perturbagen:
        return (
            f"Neither id nor metadata of {shown(state.signature, 80)} name its perturbagen: choose a perturbagen above,"
            " or another signature."
        )
    return ""


def _grade(reading: PerturbagenReading) -> Html:
    """Return what the display of a reading has, with the reasons of its grade and the evidence folded away."""
    meaning = sentence_html(GRADE_MEANINGS.get(reading.grade, ""))
    grade = f"<strong>Grade {escaped(reading.grade, 10)}</strong> of A … D: {meaning}."
    grade = f"<p>{grade} {sentence_html(reading.reasons)}</p>"
    return reading_html(reading, "Evidence behind call and grade", Html(grade))


def _chosen(source: Source, signature: str) -> Html:
    row = source.known._records[signature]
    sides = [side for side in ("up", "down") if np.isfinite(row[f"z_{side}"])]
    lists = " and ".join(f"{side} list {signed(row[f'z_{side}'])}" for side in sides)
    score = f"score {signed(row['z_sum'])} ({lists})" if np.isfinite(row["z_sum"]) else "no score"
    label, call = escaped(source.labels[signature]), call_html(row["call"])
    return piece(status(Html(f"<p>Chosen signature: {label}: {call}, {score}.</p>")))


def _trend(reading: PerturbagenReading, towards: float) -> str:
    """Say how the score follows the dose; `towards` is the trend in the direction of the call."""
    trend = trend_over_doses(reading.signatures["z_sum"], reading.signatures)
    words = str(trend)
    words = f"The score {words}" if words.startswith(("rises", "falls")) else f"{words[0].upper()}{words[1:]}"
    words += "." if np.isnan(trend.trend) else "; −1 = every higher dose scores lower, +1 = higher."
    if np.isfinite(towards) and SIGNS.get(reading.call, 0) < 0:
        words += f" It reverses, so falling means going further: {signed(towards, 2)} in its own direction."
    return words


def _agreement(reading: PerturbagenReading, row: Mapping[str, Any]) -> list[Html | str]:
    cells = agreement_by_cell_line(reading.signatures, reading.call)
    medians = cells["median_score"].dropna()
    words = f"Median score {signed(row['median_score'])}"
    if len(medians) > 1:
        words += f"; by cell line from {signed(medians.min())} to {signed(medians.max())}"
    directed = reading.call in SIGNS
    if directed and np.isfinite(row["share_agreeing"]):
        words = f"{percent(row['share_agreeing'], '0 %')} of its signatures agree that it is a {reading.call}. {words}"
    rows, more = cells.iloc[:CELLS_SHOWN].reset_index(), len(cells) - CELLS_SHOWN
    called = [
        f"{n:,} of {whole:,}"
        for n, whole in zip(rows["n_mimicker"] + rows["n_reverser"], rows["n_signatures"], strict=True)
    ]
    columns = [
        ("cell_line", [name or NO_CELL for name in rows["cell_line"]], False),
        recorded(rows, "perturbagens", "n_signatures"),
        recorded(rows, "perturbagens", "median_score"),
        (("called", "p_cal below 0.05 too"), called, True),
        recorded(rows, "perturbagens", "call", "of most that are called"),
    ]
    first = "the furthest in its direction first" if directed else "the highest first"
    gap = (CELLS_SHOWN, f"… {counted(more, 'further cell line')}") if more > 0 else None
    return [f"{words}.", columns_html(columns, f"{shown(reading.perturbagen, 60)} by cell line, {first}", gap=gap)]


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
    """Return background and text colour of each score: purple = reverses, orange to brown = mimics, grey = none."""
    # The colours are full at the score furthest from 0, and not below 5, so that noise stays pale.
    steps = np.round(100 * (scores / score_reach(scores) + 1)).tolist()
    return [(MISSING_COLOUR, "#000000") if np.isnan(step) else _colours()[int(step)] for step in steps]


def score_reach(scores: np.ndarray) -> float:
    """Return the score at which the colours are full."""
    return max(float(np.nanmax(np.abs(scores))) if np.isfinite(scores).any() else 0.0, LEAST_FULL_Z)


@lru_cache(maxsize=1)
def _colours() -> list[tuple[str, str]]:
    """Return the 201 steps of the scale: background and text."""
    from matplotlib.colors import to_hex

    return [(to_hex(step).upper(), ink_on(step)) for step in score_colours()(np.linspace(0, 1, 201))]
