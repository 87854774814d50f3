"""RankExplorer: one integer of the matrix, the gene's own habit, and the gene in all signatures."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, number_html, table_html
from .._util.text import counted, percent, shown
from ..core.explain import RankReading, explain_rank, percentile_decimals
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..plots import CALL_COLOURS, CALL_MARKERS, DOWN_COLOUR, UP_COLOUR, plot_gene
from ._canvas import Canvas
from ._explorer import Explorer, Part, prepared
from ._parts import file_stem, files_of, go, picture, piece, status
from ._state import ExplorerState
from ._study import Study

#: So many signatures are named at each end.
NAMED = 5

_INK, _FAINT, _NO_CALL = "#222222", "#6B6B6B", "no call"


def rank_reading(study: Study, state: ExplorerState) -> RankReading | None:
    """The integer in words; None where the signature has no rank of the gene."""
    rank = study.rank(state.gene, state.signature)
    if np.isnan(rank):
        return None
    n = int(study.ranks.n_ranked.iloc[study.columns[state.signature]])
    return explain_rank(
        int(rank), n_genes=n, gene=state.gene, signature=study.labels[state.signature], baseline=study.habits
    )


def gene_table(study: Study, gene: str) -> pd.DataFrame:
    """One gene in all signatures, the most down first: ``rank``, ``percentile`` (0-100) and, with a query, ``call``."""
    ids = study.ranks.frame.columns
    table = pd.DataFrame(
        {"rank": study.ranks.values[study.rows[gene]], "percentile": study.percentiles_of(gene)},
        index=pd.Index(ids, name="signature"),
    )
    table = table.join(study.ranks.signatures[["pert_name", "pert_dose", "cell_line", "pert_time"]])
    if study.calls is not None:
        table["call"] = study.calls.to_numpy()
    return table.sort_values("percentile", kind="stable")


class GenePart(Part):
    """One gene in one signature and in all of them."""

    name: ClassVar[str] = "gene"
    title: ClassVar[str] = "One gene"
    places: ClassVar[tuple[str, ...]] = ("words", "picture", "habit", "ends")

    def __init__(self, desk: Any) -> None:
        super().__init__(desk)
        self.widget.add_class("lincs-rank")
        self._strip = _Strip(self.study)

    def view(self, state: ExplorerState) -> dict[str, str]:
        return {
            "words": _words(self.study, state),
            "picture": piece(self._strip.draw(state.gene, state.signature)),
            "habit": _habit(self.study, state.gene),
            "ends": _ends(self.study, state),
        }

    def files(self, state: ExplorerState) -> Html:
        from matplotlib.figure import Figure

        table = gene_table(self.study, state.gene)
        figure = Figure(figsize=(8.4, 4.2), layout="constrained")
        habit = self.study.habit_of(state.gene)
        row = pd.Series(self.study.percentiles_of(state.gene), index=self.study.ranks.frame.columns, name=state.gene)
        plot_gene(
            row,
            background=None if habit is None else pd.Series(habit),
            highlight=state.signature,
            calls=self.study.calls,
            labels=self.study.ranks.signatures,
            ax=figure.subplots(),
        )
        return files_of(table.reset_index(), figure, file_stem(state.gene), f"{shown(state.gene, 40)} everywhere")


def _words(study: Study, state: ExplorerState) -> Html:
    reading = rank_reading(study, state)
    if reading is None:
        return piece(
            status(f"{shown(state.gene, 40)} has no rank in {study.labels[state.signature]}: nothing can be said.")
        )
    # Two of the caveats hold for every rank; the gene's own habit has a place of its own.
    return piece(status(reading.sentence), Html(f'<p class="lincs-faint">{reading.caveats[-2]}</p>'))


def _habit(study: Study, gene: str) -> Html:
    if study.habits is None:
        return piece(
            Html(
                '<p class="lincs-faint">How this gene behaves whatever is done to the cells is not known: give a'
                " background of unselected signatures.</p>"
            )
        )
    if gene not in study.habits.index:
        return piece(f"The background does not hold {shown(gene, 40)}, so its habit is not known.")
    habit = study.habits.loc[[gene]].iloc[0]
    chance = percent(2 * habit["tail"])
    return piece(
        f"Habit of the gene: in {counted(int(habit['n_signatures']), 'unselected signature')} its median percentile is"
        f" {habit['median_percentile']:.0f}; it is among the lowest {percent(habit['tail'])} in"
        f" {percent(habit['share_low'])} of them and among the highest in {percent(habit['share_high'])} (together"
        f" {percent(habit['share_extreme'])}; by chance {chance})."
    )


def _ends(study: Study, state: ExplorerState) -> Html:
    values = study.percentiles_of(state.gene)
    order = np.argsort(values, kind="stable")  # missing values come last
    n = int(np.isfinite(values).sum())
    take = min(NAMED, n // 2)
    ids, calls = study.ids, study.calls
    columns: list[str | tuple[str, str]] = ["Signature", "Rank", ("Percentile", "0 = most down, 100 = most up")]
    columns += ["Call"] if calls is not None else []
    decimals = percentile_decimals(study.ranks.n_genes)

    def line(place: int) -> list[object]:
        one = ids[place]
        cells: list[object] = [
            go("signature", one, study.labels[one]),
            number_html(study.ranks.values[study.rows[state.gene], place]),
            number_html(values[place], decimals),
        ]
        return [*cells, call_html(calls.iloc[place])] if calls is not None else cells

    rows: list[Any] = [line(place) for place in order[:take]]
    if n > 2 * take:
        rows.append(f"… {counted(n - 2 * take, 'signature')} between …")
    rows += [line(place) for place in order[n - take : n]]
    caption = f"Where {shown(state.gene, 40)} is pushed down hardest, and where up"
    return piece(table_html(rows, columns, caption=caption, numeric=(1, 2)))


class _Strip:
    """The gene in all signatures along 0-100, the chosen one marked, and the gene's habit as bars below."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.canvas = Canvas(7.2, 2.7)
        axes = self.canvas.figure.add_axes((0.135, 0.215, 0.845, 0.74))
        words = self._words()
        rows = [*words, "habit"] if study.background is not None else words
        axes.set(xlim=(-1.5, 101.5), ylim=(len(rows) - 0.45, -0.55), xticks=(0, 25, 50, 75, 100))
        axes.set_yticks(range(len(rows)), labels=rows, fontsize=8)
        axes.set_xlabel("percentile: 0 = most down, 100 = most up", fontsize=9, color=_INK)
        axes.tick_params(labelsize=8, length=0)
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        for low, colour in ((0.0, DOWN_COLOUR), (99.0, UP_COLOUR)):
            axes.axvspan(low, low + 1, color=colour, alpha=0.3, linewidth=0)
        axes.axvline(50, color="#D9D9D9", linewidth=0.7)
        self._dots = [
            self.canvas.live(
                axes.plot(
                    [],
                    [],
                    linestyle="",
                    marker=CALL_MARKERS.get(word, "o"),
                    markersize=4 if len(self.study.ranks.frame.columns) > 300 else 5,
                    color=CALL_COLOURS.get(word, _FAINT),
                    alpha=float(np.clip(90 / max(len(places), 1), 0.25, 0.9)),
                    markeredgewidth=0,
                )[0]
            )
            for word, places in words.items()
        ]
        self._bars = None
        if study.background is not None:
            edges = np.arange(0, 105, 5.0)
            self._bars = self.canvas.live(
                axes.stairs(np.zeros(20), edges, baseline=len(words) + 0.45, fill=True, color="#A8A8A8")
            )
        self._line = self.canvas.live(axes.axvline(50, color=_INK, linewidth=1.0))
        self._mark = self.canvas.live(
            axes.plot([], [], linestyle="", marker="D", markersize=9, color=_INK, markeredgecolor="white")[0]
        )
        self._rows = words

    def _words(self) -> dict[str, np.ndarray]:
        """The rows of the picture: each call that occurs, and which signatures stand in it."""
        calls = self.study.calls
        if calls is None:
            return {"signatures": np.arange(self.study.ranks.shape[1])}
        told = calls.fillna(_NO_CALL).to_numpy()
        found = {word: np.flatnonzero(told == word) for word in (*CALL_COLOURS, _NO_CALL)}
        return {word: places for word, places in found.items() if len(places)}

    def draw(self, gene: str, signature: str) -> Html:
        values, column = self.study.percentiles_of(gene), self.study.columns[signature]
        at = values[column]
        for row, (dots, places) in enumerate(zip(self._dots, self._rows.values(), strict=True)):
            # Steps of the golden ratio fill a row evenly, whatever the number of signatures.
            spread = 0.6 * ((np.arange(len(places)) * 0.618034) % 1 - 0.5) if len(places) > 1 else 0.0
            dots.set_data(values[places], row + spread + np.zeros(len(places)))
            if column in places:
                here = row + float(np.broadcast_to(spread, len(places))[np.flatnonzero(places == column)[0]])
                self._mark.set_data([at], [here])
        self._mark.set_color(UP_COLOUR if at > 50 else DOWN_COLOUR)
        for artist in (self._mark, self._line):
            artist.set_visible(bool(np.isfinite(at)))
        self._line.set_xdata([at, at])
        told = ""
        habit = self.study.habit_of(gene)
        if self._bars is not None:
            known = np.array([]) if habit is None else habit[np.isfinite(habit)]
            share = np.histogram(known, bins=np.arange(0, 105, 5.0))[0] / max(len(known), 1)
            floor = len(self._rows) + 0.45
            self._bars.set_data(values=floor - 0.9 * share / max(float(share.max()), 0.05), baseline=floor)
            told = f" Grey bars: the same gene in {len(known):,} unselected signatures."
        known_here = np.isfinite(values)
        alt = (
            f"{shown(gene, 40)} in {int(known_here.sum()):,} signatures on a scale from 0 (most down) to 100 (most up);"
            f" median {np.median(values[known_here]) if known_here.any() else float('nan'):.0f}; marked:"
            f" {self.study.labels[signature]} at {at:.1f}."
        )
        caption = (
            f"Each mark is one signature; the diamond is {self.study.labels[signature]}. Shaded: the lowest and the"
            f" highest 1 %.{told}"
        )
        return picture(self.canvas, alt, caption)


class RankExplorer(Explorer):
    """Pick a gene and a signature: the integer in words, its place from 0 to 100, and the gene everywhere else.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures.
    query : GeneQuery, optional
        With it, the signatures stand in rows by their call.
    background : RankMatrix, optional
        Unselected signatures: the gene's own habit. As a rule 20 or more are needed.
    gene, signature : str, optional
        What to begin with. Without them: the first signature (the best mimicker if there is a query) and the gene
        that carries it, or the gene that is most down.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``.

    Raises
    ------
    LincsInterpError
        If the matrix holds no such gene or signature.

    Notes
    -----
    Type into *Gene* or *Signature*: names that fit are offered, aliases and old symbols too. Previous and next go
    through the genes in the order of the matrix, through the signatures from the best mimicker to the best reverser.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> explorer = RankExplorer(load_sample().ranks, gene="TP53")
    >>> explorer.state.gene
    'TP53'
    """

    _made_by: ClassVar[str] = "li.RankExplorer"
    _as_arguments: ClassVar[tuple[str, ...]] = ("gene", "signature")

    def __init__(
        self,
        ranks: RankMatrix,
        *,
        query: GeneQuery | None = None,
        background: RankMatrix | None = None,
        gene: str | None = None,
        signature: str | None = None,
        state: Any = None,
    ) -> None:
        given = {"query": query, "background": background}
        study, first = prepared(ranks, query, given, state, gene=gene, signature=signature)
        super().__init__(study, first, {"gene": GenePart}, ("gene", "signature"), given)
