"""The overview: every signature by its two halves, and a table to search, sort and filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, probability_html, sentence_html, signed_html, table_html
from .._util.text import counted, shown, shown_ends
from ..plots import plot_scores
from ..readings.sentences import verdict_sentence
from ._explorer import Part
from ._parts import copy_box, files_of, go, piece, status
from ._picker import find_names
from ._scatter import Scatter, so_many
from ._state import CALL_CHOICES, TABLE_ORDERS, ExplorerState
from ._study import Study

#: Signatures on one page of the table.
ROWS = 12

_ORDER_NAMES = {
    "z_sum": "z_sum",
    "z_up": "z_up",
    "z_down": "z_down",
    "concordance": "concordance",
    "fdr_cal": "FDR",
    "name": "name",
}
_FACTS = ["pert_name", "pert_dose", "cell_line", "pert_time"]


def fitting(study: Study, state: ExplorerState) -> np.ndarray:
    """Which signatures pass search and filters, in the order of the matrix."""
    facts = study.ranks.signatures
    keep = np.ones(len(facts), dtype=bool)
    for column, wanted in (("cell_line", state.cell), ("pert_dose", state.dose)):
        if wanted:
            keep &= facts[column].astype(str).str.casefold().to_numpy() == wanted.strip().casefold()
    if state.call and study.calls is not None:
        keep &= (study.calls == state.call).to_numpy()
    if state.search.strip():
        found = set(find_names(state.search, study.ids, list(study.labels.values()), limit=len(study.ids)))
        keep &= np.array([one in found for one in study.ids])
    return keep


def in_order(study: Study, state: ExplorerState, keep: np.ndarray) -> list[str]:
    """Those signatures in the order of the table; the ones without the number come last."""
    ids = [one for one, there in zip(study.ids, keep, strict=True) if there]
    if state.table_by == "name":
        return sorted(ids, key=lambda one: (study.labels[one].casefold(), one), reverse=state.reverse)
    if study.dossier is None:
        return ids[::-1] if state.reverse else ids
    there = set(ids)
    ids = [one for one in study.order if one in there]  # the best mimicker first among equals, as everywhere
    values = np.array([study.score_rows[one][state.table_by] for one in ids], dtype=float)
    ascending = (state.table_by == "fdr_cal") != state.reverse
    return [ids[place] for place in np.argsort(values if ascending else -values, kind="stable")]


class OverviewPart(Part):
    """All signatures at once."""

    name: ClassVar[str] = "overview"
    title: ClassVar[str] = "All signatures"
    places: ClassVar[tuple[str, ...]] = ("words", "picture", "marks", "table")

    def arrange(self) -> list[Any]:
        from ipywidgets import Button, Combobox, HBox, Layout, Text, ToggleButton, ToggleButtons

        self._scatter = Scatter(self.study) if self.study.dossier is not None else None
        self._kept: tuple[Any, np.ndarray, list[str]] | None = None
        narrow, style = Layout(width="19em", max_width="100%"), {"description_width": "6.5em"}
        facts = self.study.ranks.signatures
        self.search = Text(
            description="Search",
            placeholder="perturbagen, dose, cell line, time",
            layout=Layout(width="34em", max_width="100%"),
            style=style,
        )
        self.cell = Combobox(
            description="Cell line",
            placeholder="all",
            options=_distinct(facts["cell_line"]),
            layout=narrow,
            style=style,
        )
        self.dose = Combobox(
            description="Dose",
            placeholder="all",
            options=_doses(facts),
            layout=narrow,
            style=style,
        )
        wide = {"description_width": "6.5em", "button_width": "auto"}
        self.call = ToggleButtons(
            options=[(word or "all", word) for word in CALL_CHOICES], description="Call", style=wide
        )
        self.order = ToggleButtons(
            options=[(_ORDER_NAMES[name], name) for name in TABLE_ORDERS], description="Sort by", style=wide
        )
        self.reverse = ToggleButton(description="from the other end", layout=Layout(width="auto"))
        self.back = Button(description="previous page", layout=Layout(width="auto"))
        self.on = Button(description="next page", layout=Layout(width="auto"))
        self.every = Button(
            description="clear filters", tooltip="show all signatures again", layout=Layout(width="auto")
        )
        for name, control in self._controls().items():
            control.observe(lambda change, name=name: self.desk.choose(**{name: change["new"]}), names="value")
        self.back.on_click(lambda _: self._turn(-1))
        self.on.on_click(lambda _: self._turn(+1))
        self.every.on_click(lambda _: self.desk.choose(search="", cell="", dose="", call=""))
        for name in ("marks",):
            self.boxes[name].layout.display = "none"
        row = Layout(flex_flow="row wrap", width="100%")
        scored = self.study.dossier is not None
        filters = [HBox([self.cell, self.dose, self.every], layout=row)] + ([self.call, self.order] if scored else [])
        turn = HBox([self.back, self.on, self.reverse], layout=row)
        boxes = self.boxes
        return [boxes["words"], boxes["picture"], boxes["marks"], self.search, *filters, boxes["table"], turn]

    def _controls(self) -> dict[str, Any]:
        return {
            "search": self.search,
            "cell": self.cell,
            "dose": self.dose,
            "call": self.call,
            "table_by": self.order,
            "reverse": self.reverse,
        }

    def _chosen(self, state: ExplorerState) -> tuple[np.ndarray, list[str]]:
        """Which signatures pass, and in what order; kept for the next choice of a signature."""
        asked = (state.search, state.cell, state.dose, state.call, state.table_by, state.reverse)
        if self._kept is None or self._kept[0] != asked:
            keep = fitting(self.study, state)
            self._kept = asked, keep, in_order(self.study, state, keep)
        return self._kept[1], self._kept[2]

    def _turn(self, by: int) -> None:
        pages = _pages(len(self._chosen(self.desk.state)[1]))
        self.desk.choose(True, page=min(max(self.desk.state.page + by, 1), pages))

    def show_state(self, state: ExplorerState) -> None:
        for name, control in self._controls().items():
            if control.value != getattr(state, name):
                control.value = getattr(state, name)
        pages = _pages(len(self._chosen(state)[1]))
        self.back.disabled, self.on.disabled = state.page <= 1, state.page >= pages

    def view(self, state: ExplorerState) -> dict[str, str]:
        keep, ids = self._chosen(state)
        view: dict[str, str] = {"words": _words(self.study, state), "table": _table(self.study, state, ids)}
        if self._scatter is not None:
            view |= {"picture": piece(self._scatter.draw(keep, state.signature)), "marks": self._scatter.marks}
        return view

    def files(self, state: ExplorerState) -> Html:
        from matplotlib.figure import Figure

        ids = self._chosen(state)[1]
        table = self.study.ranks.signatures.loc[ids, _FACTS]
        figure = None
        if self.study.dossier is not None:
            scores = self.study.dossier.scores.loc[ids]
            table = table.join(pd.DataFrame(scores))
            if scores[["z_up", "z_down"]].notna().any(axis=None):
                figure = Figure(figsize=(7.6, 5.6), layout="constrained")
                plot_scores(scores, ax=figure.subplots(), labels=self.study.ranks.signatures)
        label = f"{counted(len(ids), 'signature')} of the table"
        return Html(
            files_of(table.reset_index(), figure, "signatures", label) + copy_box("Signature ids", "\n".join(ids))
        )


def _words(study: Study, state: ExplorerState) -> Html:
    label = study.labels[state.signature]
    if study.dossier is None:
        rows, columns = study.ranks.shape
        return piece(
            status(
                f"{counted(rows, 'gene')} in {counted(columns, 'signature')}. Chosen: {label}. Without up and down"
                " genes nothing can be scored: pass a query to see who mimics or reverses it."
            )
        )
    assert study.calls is not None
    counts = study.calls.value_counts()
    told = ", ".join(so_many(int(counts[call]), call) for call in CALL_CHOICES[1:] if call in counts)
    return piece(
        status(verdict_sentence(label, study.score_rows[state.signature])),
        Html(
            f'<p class="lincs-faint">Of {counted(len(study.ids), "signature")}: {told} (at nominal p, which calls too'
            f" easily). {' '.join(map(sentence_html, study.coverage))}</p>"
        ),
    )


def _pages(n: int) -> int:
    return max(1, -(-n // ROWS))


def _table(study: Study, state: ExplorerState, ids: list[str]) -> Html:
    if not ids:
        return piece(status("No signature passes these filters: clear one of them."))
    page = min(state.page, _pages(len(ids)))
    first = (page - 1) * ROWS
    shown_now = ids[first : first + ROWS]
    columns: list[str | tuple[str, str]] = ["Signature"]
    if study.dossier is not None:
        calibrated = study.dossier.calibrated
        columns += [
            ("z_up", "+ = your up genes are up"),
            ("z_down", "+ = your down genes are down"),
            ("z_sum", "+ mimics, − reverses"),
            ("Concordance", "−1 reverser … +1 mimicker"),
            ("FDR", "0 … 1, calibrated" if calibrated else "0 … 1, assumed"),
            ("Grade", "of the perturbagen"),
            "Call",
        ]
        rows: list[Sequence[object]] = [_scored(study, one) for one in shown_now]
    else:
        columns += ["Perturbagen", "Dose", "Cell line", "Time"]
        facts = study.ranks.signatures
        rows = [
            [go("signature", one, study.labels[one]), *(shown(facts.at[one, name], 40) for name in _FACTS)]
            for one in shown_now
        ]
    caption = (
        f"{first + 1:,} to {first + len(shown_now):,} of {counted(len(ids), 'signature')}, page {page:,} of"
        f" {_pages(len(ids)):,}"
    )
    html = table_html(rows, columns, caption=caption, numeric=range(1, 6) if study.dossier is not None else ())
    return piece(_here(html, shown_now, state.signature))


def _here(html: Html, ids: list[str], chosen: str) -> Html:
    """Mark the row of the chosen signature, for the eye and for a screen reader."""
    if chosen not in ids:
        return html
    head, body = html.split("<tbody>", 1)
    rows = body.split("<tr>")
    place = ids.index(chosen) + 1
    rows[place] = rows[place].replace('<th scope="row">', '<th scope="row" aria-current="true">➤ ', 1)
    marked = [f'<tr class="lincs-here">{row}' if n == place else f"<tr>{row}" for n, row in enumerate(rows) if n]
    return Html(f"{head}<tbody>{rows[0]}{''.join(marked)}")


def _scored(study: Study, signature: str) -> list[object]:
    row = study.score_rows[signature]
    return [
        go("signature", signature, study.labels[signature]),
        signed_html(row["z_up"]),
        signed_html(row["z_down"]),
        signed_html(row["z_sum"]),
        signed_html(row["concordance"], 2),
        probability_html(row["fdr_cal"]),
        study.grades.get(study.perturbagen_of(signature), "–"),
        call_html(row["call"]),
    ]


def _distinct(column: pd.Series) -> tuple[str, ...]:
    return tuple(shown_ends(name, 60) for name in sorted({str(one) for one in column if str(one)}, key=str.casefold))


def _doses(facts: pd.DataFrame) -> tuple[str, ...]:
    """The doses in micromolar order, then those in other units."""
    table = facts[["pert_dose", "dose_um"]].astype({"pert_dose": str}).drop_duplicates("pert_dose")
    table = table[table["pert_dose"] != ""].sort_values(["dose_um", "pert_dose"], kind="stable")
    return tuple(shown_ends(dose, 60) for dose in table["pert_dose"])
