"""PerturbagenExplorer: one perturbagen over its cell lines, doses and times."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from os import PathLike
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .._util.html import (
    NOTHING,
    Html,
    call_html,
    card,
    escaped,
    list_html,
    number_html,
    paragraph,
    sentence_html,
    signed_html,
    table_html,
)
from .._util.text import counted, shown, signed
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from ..plots import plot_perturbagen
from ..readings.warnings import ALWAYS, CALLS
from ._explorer import Explorer, Part, arguments, prepared
from ._parts import copy_box, file_stem, files_of, piece, status
from ._perturbagen_curve import Curve
from ._perturbagen_facts import NO_CELL, PerturbagenFacts, cell_lines, perturbagen_facts
from ._perturbagen_tiles import tiles_html
from ._state import ExplorerState
from ._study import Study

#: What the letters mean; what held one down stands in the reasons.
GRADE_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "A": "replicated in several cell lines (or plates, doses and times), and beyond chance",
        "B": "replicated, with a reservation",
        "C": "single or mixed",
        "D": "one lucky column, contradictory, or no call",
    }
)

#: So many cell lines stand in the table of agreement.
CELLS_SHOWN = 24

#: So many readings are kept, for those who go to and fro.
KEPT = 64

_ALWAYS = tuple(warning.code for warning in ALWAYS)


class PerturbagenPart(Part):
    """One perturbagen: grade and reasons, a tile for each signature, the scores against the dose, agreement."""

    name: ClassVar[str] = "perturbagen"
    title: ClassVar[str] = "One perturbagen"
    places: ClassVar[tuple[str, ...]] = ("grade", "chosen", "tiles", "curve", "agreement")

    def __init__(self, desk: Any) -> None:
        super().__init__(desk)
        self._curve = Curve()
        self._facts = lru_cache(maxsize=KEPT)(lambda name: perturbagen_facts(self.study, name))
        self._words = lru_cache(maxsize=KEPT)(self._words_of)

    def view(self, state: ExplorerState) -> dict[str, str]:
        if missing := no_perturbagen(self.study, state):
            return {**dict.fromkeys(self.places, ""), "grade": piece(status(missing))}
        facts = self._facts(state.perturbagen)
        drawn = self._curve.draw(facts, state.signature, self.study.labels[state.signature])
        grade, trend, agreement = self._words(state.perturbagen)
        return {
            "grade": grade,
            "chosen": _chosen(self.study, state.signature),
            "tiles": piece(tiles_html(facts, state.signature)),
            "curve": piece(trend, drawn),
            "agreement": agreement,
        }

    def _words_of(self, name: str) -> tuple[Html, str, Html]:
        """What does not depend on the chosen signature."""
        facts = self._facts(name)
        return _grade(facts), _trend(facts), piece(*_agreement(facts))

    def files(self, state: ExplorerState) -> Html:
        if missing := no_perturbagen(self.study, state):
            return paragraph(missing)
        facts = self._facts(state.perturbagen)
        name = shown(facts.name, 40)
        figure = _figure(facts) if np.isfinite(facts.scores).any() else None
        links = files_of(facts.table.reset_index(), figure, file_stem(facts.name), f"the signatures of {name}")
        return Html(
            links + copy_box(f"{counted(len(facts.table), 'signature id')} of {name}", "\n".join(facts.table.index))
        )


def no_perturbagen(study: Study, state: ExplorerState) -> str:
    """Say why no perturbagen can be shown; empty where one can."""
    if study.dossier is None:
        return "Perturbagens are weighed by a query: give one (query=…) to see whether their signatures agree."
    if not study.perturbagens:
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


def _grade(facts: PerturbagenFacts) -> Html:
    """Verdict, grade and what it rests on: what the display of a reading says, with the evidence folded away."""
    reading = facts.reading
    verdict = call_html(reading.call) if reading.call in CALLS else Html("neither mimics nor reverses")
    title = Html(f"{escaped(facts.name)}: {verdict}, grade {escaped(reading.grade, 10)}")
    found = [
        Html(f"<strong>{w.code}</strong> {sentence_html(w.sentence)}")
        for w in reading.warnings
        if w.code not in _ALWAYS
    ]
    rows = [
        [name, row.value, escaped(row.meaning, 240)]
        for name, row in zip(reading.evidence.index, reading.evidence.itertuples(), strict=True)
    ]
    table = table_html(rows, ["evidence", "value", "meaning"], caption="What verdict and grade stand on.")
    meaning = GRADE_MEANINGS.get(reading.grade, "")
    return card(
        title,
        status(reading.sentence),
        Html(
            f"<p><strong>Grade {escaped(reading.grade, 10)}</strong> of A … D: {sentence_html(meaning)}."
            f" {sentence_html(reading.reasons)}</p>"
        ),
        list_html(found),
        paragraph(f"Always mind {', '.join(_ALWAYS)}: see docs/warnings.md.", faint=True),
        Html(
            '<details data-lm-suppress-shortcuts="true"><summary>Evidence behind verdict and grade</summary>'
            f"{table}</details>"
        ),
        style=False,
    )


def _chosen(study: Study, signature: str) -> Html:
    assert study.dossier is not None
    row = study.dossier.row(signature)
    halves = " and ".join(
        f"{side} half {signed_html(row[f'z_{side}'])}" for side in ("up", "down") if np.isfinite(row[f"z_{side}"])
    )
    score = f"score {signed_html(row['z_sum'])} ({halves})" if np.isfinite(row["z_sum"]) else "no score"
    told = Html(f"Chosen signature: {escaped(study.labels[signature])}: {call_html(row['call'])}, {score}.")
    return piece(status(paragraph(told)))


def _trend(facts: PerturbagenFacts) -> str:
    told = str(facts.trend)
    told = f"The score {told}" if told.startswith(("rises", "falls")) else f"{told[0].upper()}{told[1:]}"
    told += "." if np.isnan(facts.trend.trend) else "; −1 = every higher dose scores lower, +1 = higher."
    if np.isfinite(facts.towards) and facts.sign < 0:
        told += f" It reverses, so falling means going further: {signed(facts.towards, 2)} in its own direction."
    return told


def _agreement(facts: PerturbagenFacts) -> list[Html | str]:
    cells = cell_lines(facts)
    medians = [cell.median for cell in cells if np.isfinite(cell.median)]
    told = f"Median score {signed(facts.median)}"
    if len(medians) > 1:
        told += f"; by cell line from {signed(min(medians))} to {signed(max(medians))}"
    if facts.sign and np.isfinite(facts.share):
        told = f"{facts.share:.0%} of its signatures agree that it is a {facts.reading.call}. {told}"
    rows: list[Any] = [
        [
            cell.name or NO_CELL,
            number_html(cell.n_signatures),
            signed_html(cell.median),
            f"{cell.n_mimicker + cell.n_reverser:,} of {cell.n_signatures:,}",
            call_html(cell.direction) if cell.direction in CALLS else Html(NOTHING),
        ]
        for cell in cells[:CELLS_SHOWN]
    ]
    if len(cells) > CELLS_SHOWN:
        rows.append(f"… {counted(len(cells) - CELLS_SHOWN, 'further cell line')}")
    columns: list[str | tuple[str, str]] = [
        "Cell line",
        "Signatures",
        ("Median z_sum", Html("− reverses … + mimics")),
        ("Called", "p_cal below 0.05 too"),
        ("Direction", "of most that are called"),
    ]
    first = "the furthest in its direction first" if facts.sign else "the highest first"
    caption = f"{shown(facts.name, 60)} by cell line, {first}"
    return [f"{told}.", table_html(rows, columns, caption=caption, numeric=(1, 2, 3))]


def _figure(facts: PerturbagenFacts) -> Any:
    from matplotlib.figure import Figure

    rows, columns = len(set(zip(facts.cells, facts.times, strict=True))), len(set(facts.doses))
    size = min(max(1.1 * columns + 3.6, 6.0), 14.0), min(max(0.24 * rows + 2.2, 3.2), 15.0)
    figure = Figure(figsize=size, layout="constrained")
    plot_perturbagen(facts.table, ax=figure.subplots(), title=f"{facts.name}: grade {facts.reading.grade}")
    return figure


class PerturbagenExplorer(Explorer):
    """Pick a perturbagen: how far its signatures agree over cell lines, doses and times, and which of them do.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures; ids or metadata name the perturbagen of each.
    query : GeneQuery
        The signatures agree or disagree with it.
    background, library_size, gene_metadata, tissue, overlap, rescue
        As in :func:`read_perturbagen`.
    perturbagen, signature : str, optional
        What to begin with: a row of :func:`summarise_perturbagens`, one of its signatures. Without them the best
        mimicker; with a perturbagen alone its strongest signature.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``.

    Raises
    ------
    LincsInterpError
        If there is no query, the matrix holds no such perturbagen or signature, or the one is not of the other.

    Notes
    -----
    From top to bottom: verdict and grade with their reasons; a tile for each signature (doses across, cell lines and
    times down; its score and the sign of its call; purple = reverses, orange = mimics); the scores against the dose;
    agreement by cell line. Press a tile, or move to it with Tab and press Enter, to go to that signature. A matrix
    whose ids and metadata name no perturbagen gives a sentence that says so.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> explorer = PerturbagenExplorer(sample.ranks, sample.query, perturbagen="fortunib")
    >>> explorer.state.signature
    'SIM002_MCF7_24H_G05_fortunib_3.33uM'
    """

    _made_by: ClassVar[str] = "li.PerturbagenExplorer"
    _as_arguments: ClassVar[tuple[str, ...]] = ("perturbagen", "signature")

    def __init__(
        self,
        ranks: RankMatrix,
        query: GeneQuery,
        *,
        background: RankMatrix | None = None,
        library_size: int | None = None,
        gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
        tissue: str | None = None,
        overlap: str = "error",
        rescue: bool = True,
        perturbagen: str | None = None,
        signature: str | None = None,
        state: Any = None,
    ) -> None:
        check_query(query)
        given = arguments(
            query,
            background=background,
            library_size=library_size,
            gene_metadata=gene_metadata,
            tissue=tissue,
            overlap=overlap,
            rescue=rescue,
        )
        study, first = prepared(ranks, query, given, state, perturbagen=perturbagen, signature=signature)
        super().__init__(study, first, {"perturbagen": PerturbagenPart}, ("perturbagen", "signature"), given)
