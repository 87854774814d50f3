"""The overview: every signature by its two lists, and a table to search, sort and filter."""

from __future__ import annotations

import json
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import ToggleButton

from .._util.html import NOTHING, Html, sentence_html
from .._util.text import counted, shown_ends
from ..core.identity import name_key
from ..plots import Canvas, plot_scores
from ..plots.scores import ScoresPicture
from ..readings.sentences import call_sentence, coverage
from ._pieces import Cells, Link, columns_html, copy_box, files_of, fixed_text, go, picture, piece, recorded, status
from ._state import CALL_CHOICES, FACTS, TABLE_ORDERS, ExplorerState, Selection, Source
from ._widgets import Part, button, choices, field, find_names, wrapping

#: Signatures on one page of the table.
ROWS = 12

_NEAREST = fixed_text("nearest.js")


def fitting(source: Source, state: ExplorerState) -> np.ndarray:
    """Return which signatures pass search and filters, in the order of the matrix."""
    facts = source.ranks.signatures
    keep = np.ones(len(facts), dtype=bool)
    for column, wanted in (("cell_line", state.cell), ("pert_dose", state.dose)):
        if wanted:
            keep &= facts[column].map(name_key).to_numpy() == name_key(wanted)
    if state.call and source.calls is not None:
        keep &= (source.calls == state.call).to_numpy()
    if state.search.strip():
        known = [source.labels[one] for one in source.ids]
        found = set(find_names(state.search, source.ids, known, limit=len(source.ids)))
        keep &= np.array([one in found for one in source.ids])
    return keep


def in_order(source: Source, state: ExplorerState, keep: np.ndarray) -> list[str]:
    """Return those signatures in the order of the table; the ones without the number come last."""
    ids = np.array(source.ids, dtype=object)[keep].tolist()
    if state.table_by == "name":
        return sorted(ids, key=lambda one: (source.labels[one].casefold(), one), reverse=state.reverse)
    if source.interpretation is None:
        return ids[::-1] if state.reverse else ids
    kept = keep[source.columns]  # the best mimicker first among equals, as everywhere
    values = source.interpretation.scores[state.table_by].to_numpy(dtype=float)[kept]
    ascending = (state.table_by == "fdr_cal") != state.reverse
    order = np.argsort(values if ascending else -values, kind="stable")
    return np.array(source.order, dtype=object)[kept][order].tolist()


class OverviewPart(Part):
    """All signatures at once."""

    name, title = "overview", "All signatures"
    places = ("words", "picture", "marks", "table")
    hidden = ("marks",)

    def __init__(self, selection: Selection) -> None:
        self._kept: tuple[Any, np.ndarray, list[str], Html] | None = None
        self._picture: ScoresPicture | None = None
        super().__init__(selection)
        if self.source.interpretation is not None:
            self._canvas = Canvas(7.2, 4.6, left=0.75, bottom=0.6)
            self._picture = ScoresPicture(self._canvas.ax, self.source.known.scores.reindex(self.source.ids))
            self._canvas.hold(self._picture.live)

    def arrange(self) -> list[Any]:
        facts = self.source.ranks.signatures
        self.controls = {
            "search": field("Text", "Search", "perturbagen, dose, cell line, time", "34em"),
            "cell": field("Combobox", "Cell line", "all", "19em", options=_distinct(facts["cell_line"])),
            "dose": field("Combobox", "Dose", "all", "19em", options=_doses(facts)),
            "call": choices("Call", [(word or "all", word) for word in CALL_CHOICES]),
            "table_by": choices("Sort by", [(name, name) for name in TABLE_ORDERS]),
            "reverse": ToggleButton(description="from the other end", layout={"width": "auto"}),
        }
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self.selection.choose(**{name: change["new"]}), names="value")
        self.back = button("previous page", "", lambda: self._turn(-1))
        self.on = button("next page", "", lambda: self._turn(+1))
        nothing: dict[str, Any] = dict.fromkeys(("search", "cell", "dose", "call"), "")
        self.every = button("clear filters", "show all signatures again", lambda: self.selection.choose(**nothing))
        words, drawn, marks, table = self.boxes.values()
        search, cell, dose, *sorting, reverse = self.controls.values()
        filters = [search, wrapping(cell, dose, self.every)]
        filters += [] if self.source.interpretation is None else sorting
        return [words, drawn, marks, *filters, table, wrapping(self.back, self.on, reverse)]

    def _chosen(self, state: ExplorerState) -> tuple[np.ndarray, list[str]]:
        """Return which signatures pass, and in what order; kept for the next choice of a signature."""
        asked = (state.search, state.cell, state.dose, state.call, state.table_by, state.reverse)
        if self._kept is None or self._kept[0] != asked:
            keep = fitting(self.source, state)
            self._kept = asked, keep, in_order(self.source, state, keep), self._marks(keep)
        return self._kept[1], self._kept[2]

    def _turn(self, by: int) -> None:
        pages = _pages(len(self._chosen(self.selection.state)[1]))
        self.selection.choose(True, page=min(max(self.selection.state.page + by, 1), pages))

    def show_state(self, state: ExplorerState) -> None:
        for name, control in self.controls.items():
            control.value = getattr(state, name)
        pages = _pages(len(self._chosen(state)[1]))
        self.back.disabled, self.on.disabled = state.page <= 1, state.page >= pages

    def view(self, state: ExplorerState, link: Link = go) -> dict[str, str]:
        keep, ids = self._chosen(state)
        view: dict[str, str] = {"words": _words(self.source, state), "table": _table(self.source, state, ids, link)}
        if self._picture is not None and self._kept is not None:
            drawn = self._draw(self._picture, keep, state.signature, _NEAREST if link is go else "")
            view |= {"picture": piece(drawn), "marks": self._kept[3]}
        return view

    def _draw(self, drawn: ScoresPicture, keep: np.ndarray, signature: str, onclick: str) -> Html:
        label = self.source.labels[signature]
        drawn.update(keep=keep, chosen=self.source.column(signature), name=label)
        assert self.source.calls is not None
        counts = _counts(self.source.calls[keep]) or "none"
        sides = drawn.sides
        what = "z_up (across) and z_down (upwards)" if len(sides) == 2 else "z_sum in order"
        alt = f"Scatter of {what} of the signatures that pass the filters: {counts}. Ringed: {label}."
        signs = "▲ mimicker, ▼ reverser, ◆ discordant, ● unresolved"
        caption = (
            f"Each mark is one signature ({signs}); those left out by the filters are pale. Click a mark to choose it."
        )
        return picture(self._canvas, alt, caption, onclick=onclick)

    def _marks(self, keep: np.ndarray) -> Html:
        """Return where each mark is in the picture, as shares from its upper left corner, for the script of a click."""
        if self._picture is None:
            return Html("")
        self._picture.update(keep=keep)
        rows = self._picture.drawn()
        places = self._canvas.shares(self._picture.points[rows]).round(4).tolist()
        marks = [[self.source.ids[row], *place] for row, place in zip(rows, places, strict=True)]
        return Html(f'<div class="lincs-marks" hidden data-marks="{escape(json.dumps(marks), quote=True)}"></div>')

    def files(self, state: ExplorerState) -> Html:
        ids, signatures = self._chosen(state)[1], self.source.ranks.signatures
        table, draw = signatures.loc[ids, FACTS], None
        if self.source.interpretation is not None:
            scores = self.source.interpretation.scores.loc[ids]
            table = table.join(scores)
            if scores[["z_up", "z_down"]].notna().any(axis=None):
                draw = partial(plot_scores, scores, labels=signatures)
        label = f"{counted(len(ids), 'signature')} of the table"
        files = files_of(table.reset_index(), "signatures", label, draw, (7.6, 5.6))
        return Html(files + copy_box("Signature ids", "\n".join(ids)))


def _words(source: Source, state: ExplorerState) -> Html:
    label = source.labels[state.signature]
    if source.interpretation is None or source.calls is None:
        genes, signatures = source.ranks.shape
        return piece(
            status(
                f"{counted(genes, 'gene')} in {counted(signatures, 'signature')}. Chosen: {label}. Without up and down"
                " genes nothing can be scored: pass interpret(ranks, query) to see who mimics or reverses it."
            )
        )
    known = source.interpretation
    every = counted(len(source.ids), "signature")
    calls = f"Of {every}: {_counts(source.calls)} (at nominal p, which calls too easily)."
    return piece(
        status(call_sentence(label, known._records[state.signature])),
        Html(f'<p class="lincs-faint">{calls} {sentence_html(" ".join(coverage(known)))}</p>'),
    )


def _counts(calls: pd.Series) -> str:
    """Return "1 mimicker, 47 reversers, 25 unresolved"."""
    counts = calls.value_counts()
    there = [call for call in CALL_CHOICES[1:] if call in counts]
    return ", ".join(
        counted(int(counts[call]), call, call if call in ("discordant", "unresolved") else None) for call in there
    )


def _pages(n: int) -> int:
    return max(1, -(-n // ROWS))


def _table(source: Source, state: ExplorerState, ids: list[str], link: Link) -> Html:
    if not ids:
        return piece(status("No signature passes these filters: clear one of them."))
    page, pages = min(state.page, _pages(len(ids))), _pages(len(ids))
    first = (page - 1) * ROWS
    shown = ids[first : first + ROWS]
    links = [Html(f"{'➤ ' * (one == state.signature)}{link('signature', one, source.labels[one])}") for one in shown]
    columns: list[Cells] = [("signature", links, False)]
    if source.interpretation is None:
        table = source.ranks.signatures.loc[shown, FACTS]
        columns += [recorded(table, "scores", name, digits=40) for name in FACTS]
    else:
        known = source.interpretation
        grades = dict(known.perturbagens["grade"]) if len(known.perturbagens) else {}
        table = known.scores.loc[shown]
        table = table.assign(grade=[grades.get(source.perturbagen_of(one), NOTHING) for one in shown])
        columns += [recorded(table, "scores", name) for name in ("z_up", "z_down", "z_sum", "concordance")]
        columns += [
            recorded(table, "scores", "fdr_cal", "0 … 1, calibrated" if known._calibrated else "0 … 1, assumed"),
            recorded(table, "perturbagens", "grade", "of the perturbagen"),
            recorded(table, "scores", "call"),
        ]
    place = f"{first + 1:,} to {first + len(shown):,} of {counted(len(ids), 'signature')}"
    marked = shown.index(state.signature) if state.signature in shown else None
    return piece(columns_html(columns, f"{place}, page {page:,} of {pages:,}", marked=marked))


def _distinct(column: pd.Series) -> tuple[str, ...]:
    return tuple(shown_ends(name, 60) for name in sorted({str(one) for one in column if str(one)}, key=str.casefold))


def _doses(facts: pd.DataFrame) -> tuple[str, ...]:
    """Return the doses in micromolar order, then those in other units."""
    table = facts[["pert_dose", "dose_um"]].astype({"pert_dose": str}).drop_duplicates("pert_dose")
    table = table[table["pert_dose"] != ""].sort_values(["dose_um", "pert_dose"], kind="stable")
    return tuple(shown_ends(dose, 60) for dose in table["pert_dose"])
