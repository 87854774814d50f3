"""The part about one perturbagen: its grade, a tile for each signature, scores against dose, agreement by cell line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np

from .._util.html import CALL_SIGNS, Html, call_html, card, escaped, paragraph, sentence_html
from .._util.text import counted, shown, signed
from ..core.calls import SIGNS
from ..core.doses import NO_CELL
from ..perturbagens.aggregates import agreement_by_cell_line
from ..perturbagens.dose_trend import trend_over_doses
from ..perturbagens.grades import GRADE_MEANINGS
from ..plots import Canvas, plot_perturbagen
from ..plots.dose_response import DoseResponsePicture
from ..plots.perturbagen import ConditionGrid
from ..readings.reading import PerturbagenReading, evidence_html, warnings_html
from ._pieces import Link, columns_html, copy_box, details, file_stem, files_of, go, picture, piece, recorded, status
from ._state import ExplorerState, Selection, Source
from ._tiles import Tiles
from ._widgets import Part

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
        row = self.source.known.perturbagen_row(name)
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
        stem = file_stem(reading.perturbagen)
        links = files_of(table.reset_index(), stem, f"the signatures of {name}", draw, size)
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
    return card(
        reading.title,
        status(reading.sentence),
        Html(f"<p>{grade} {sentence_html(reading.reasons)}</p>"),
        warnings_html(reading.warnings),
        details("Evidence behind call and grade", evidence_html(reading.evidence)),
        style=False,
    )


def _chosen(source: Source, signature: str) -> Html:
    row = source.known.row(signature)
    lists = " and ".join(
        f"{side} list {signed(row[f'z_{side}'])}" for side in ("up", "down") if np.isfinite(row[f"z_{side}"])
    )
    score = f"score {signed(row['z_sum'])} ({lists})" if np.isfinite(row["z_sum"]) else "no score"
    label, call = escaped(source.labels[signature]), call_html(row["call"])
    return piece(status(paragraph(Html(f"Chosen signature: {label}: {call}, {score}."))))


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
        words = f"{row['share_agreeing']:.0%} of its signatures agree that it is a {reading.call}. {words}"
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
