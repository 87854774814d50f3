"""The part about one signature: its call, the genes that contribute most, and what is left without some of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
from ipywidgets import Textarea

from .._util.html import Html, call_html, escaped, paragraph
from .._util.text import counted, listed, percent, shown, signed
from ..core.explain import USUAL_SHARE
from ..plots import Canvas, plot_evidence
from ..plots.evidence import EvidencePicture
from ..readings.interpretation import Interpretation
from ..scoring.concordance import query_rows
from ..scoring.contributions import running_sum_limits, support, supporting_genes
from ..scoring.stability import WhatIf, what_if
from ._pieces import Link, copy_box, files_of, go, picture, piece, reading_html, status
from ._query_genes import asked_genes, gene_rows, names_as_text, orders, sorted_genes, usual_extremes, without_html
from ._state import ExplorerState, Selection, Source
from ._widgets import Part, button, choices, place, show_in, wrapping

#: All siblings of a signature are named if they are so few; of more, the strongest.
SIBLINGS = 8

#: So many genes of each list are drawn darker and named.
NAMED = 6

#: The scale of the picture is that of so many signatures of each end, the strongest: any other one is between them.
SCALED_BY = 500

# Views that are kept: what does not depend on a choice is not made again for it.
_KEPT = 16

_TOP = (5, 10)


class SignaturePart(Part):
    """One signature: call and evidence, picture, what if, and the table of genes."""

    name, title = "signature", "One signature"
    places = ("reading", "picture", "changed", "table")
    needs_query = True

    def __init__(self, selection: Selection) -> None:
        self.known: Interpretation = selection.source.known
        self._canvas, self._evidence = _evidence_picture(selection.source)
        self._reading = lru_cache(_KEPT)(self._read)
        self._what_if = lru_cache(_KEPT)(self._without)
        self._picture = lru_cache(_KEPT)(self._draw)
        #: The text as it is, and the genes it means.
        self._written: tuple[str, tuple[str, ...]] = ("", ())
        super().__init__(selection)

    def arrange(self) -> list[Any]:
        self.order = choices("Sort by", [(words, name) for name, words in orders(self.known).items()])
        self.order.observe(self._ordered, names="value")
        self.names = Textarea(
            description="Leave out these genes",
            placeholder="names, between blanks, commas or line breaks",
            continuous_update=False,
            rows=2,
            layout={"width": "44em", "max_width": "100%"},
            style={"description_width": "initial"},
        )
        self.names.observe(self._read_names, names="value")
        self.hint = place()
        box = self.boxes
        leave_out = [self.names, wrapping(*self._buttons()), self.hint, box["changed"]]
        return [box["reading"], box["picture"], *leave_out, self.order, box["table"]]

    def _buttons(self) -> list[Any]:
        self.score = button("Score without them", "score without the genes named above", self._read_names)
        self.tops = {
            n: button(
                f"Leave out the top {n}",
                f"only the {n} genes that contribute most to the call",
                partial(self._leave_out_top, n),
            )
            for n in _TOP
        }
        some = [self.score, *self.tops.values()]
        if self.known.baseline is not None:
            n = len(usual_extremes(self.known.contributions(self.source.order[0])))
            self.usual = button(
                f"Leave out {counted(n, 'often extreme gene')}",
                f"only those that are extreme in more than {percent(USUAL_SHARE)} of unselected signatures",
                lambda: self._leave_out(usual_extremes(self._contributions())),
            )
            self.usual.disabled = not n
            some.append(self.usual)
        self.back = button("Put all back", "score with all genes of the query", lambda: self._leave_out(()))
        return [*some, self.back]

    def view(self, state: ExplorerState, link: Link = go) -> dict[str, str]:
        signature, out = state.signature, state.without
        found = self._what_if(signature, out)
        ranks, column = self.source.ranks, self.source.column(signature)
        n_ranked, tie_factor = int(ranks.n_ranked.iloc[column]), float(ranks._scoring.factors[column])
        return {
            "reading": self._reading(signature, link),
            "picture": self._picture(signature, found.left_out),
            "changed": without_html(found, n_ranked, tie_factor),
            "table": piece(gene_rows(self.known, signature, state.genes_by, out, link)),
        }

    def show_state(self, state: ExplorerState) -> None:
        known = [name for _, name in self.order.options]
        by = state.genes_by if state.genes_by in known else known[0]
        if self.order.value != by:
            show_in(self.order, by, self._ordered)
        if self._written[1] != state.without:
            self._write(state.without)

    def files(self, state: ExplorerState) -> Html:
        found, label = self._what_if(state.signature, state.without), self.source.labels[state.signature]
        by = state.genes_by if state.genes_by in orders(self.known) else ""
        table = sorted_genes(self.known.contributions(state.signature), by)
        if found.left_out:
            table = table.assign(left_out=table["gene"].isin(found.left_out))
        draw = None
        if found.contributions["contribution"].notna().any():
            without = f" without {counted(len(found.left_out), 'gene')}" if found.left_out else ""
            draw = partial(plot_evidence, found.contributions, title=f"{label}{without}")
        title = f"The genes of your query in {shown(label, 60)}"
        saved = files_of(table, f"genes-{state.signature}", title, draw, (8.4, 4.8))
        return Html(saved + "".join(copy_box(words, text) for words, text in gene_lists(found.contributions).items()))

    def _read(self, signature: str, link: Link) -> Html:
        siblings = _siblings(self.source, signature, link)
        return reading_html(self.known.signature(signature), "Evidence: the numbers behind the call", siblings)

    def _without(self, signature: str, out: tuple[str, ...]) -> WhatIf:
        known = self.known
        tables = {"scores": known.scores, "whole": known.contributions(signature)}
        return what_if(known.ranks, known.query, signature, out, overlap=known.overlap, rescue=known.rescue, **tables)

    def _draw(self, signature: str, out: tuple[str, ...]) -> Html:
        found, label = self._what_if(signature, out), self.source.labels[signature]
        if found.after is None:
            return piece("No gene is left to draw.")
        if not found.contributions["contribution"].notna().any():
            return piece("This signature has no rank for any of these genes: there is nothing to draw.")
        drawn = self._evidence
        drawn.update(found.contributions, whole=self.known.contributions(signature) if out else None)
        ends = ", ".join(f"z_{name} ends at {signed(end)}" for name, end in drawn.ends.items())
        most = "; ".join(
            f"of the {side} list {listed(names, 3) or 'no genes'} contribute most"
            for side, names in drawn.leading.items()
        )
        alt = (
            f"Running sums over the genes of the query in {label}, from the most down gene (0) to the most up one"
            f" (100): {ends}; {most}."
        )
        caption = (
            "Each tick is a gene of your query; the lines add up what the genes contribute, from the most down to the"
            f" most up. Only the ends of the lines are scores. Named: the {NAMED} genes of each list that contribute"
            " most. All signatures of this matrix are drawn on one scale."
        )
        if out:
            caption += f" Grey, broken: z_{'sum' if len(drawn.sides) == 2 else drawn.sides[0]} of the whole query."
        if drawn.missing:
            caption += f" {counted(drawn.missing, 'gene')} without a rank not drawn."
        return piece(picture(self._canvas, alt, caption))

    def _contributions(self) -> pd.DataFrame:
        return self.known.contributions(self.selection.state.signature)

    def _ordered(self, change: Mapping[str, Any]) -> None:
        self.selection.choose(genes_by=change["new"])

    def _read_names(self, _: object = None) -> None:
        text = self.names.value
        if text == self._written[0]:
            return
        asked = asked_genes(self.source.ranks, self._contributions()["gene"], text)
        out = self.selection.state.without if asked.refused else asked.genes
        self._written = (text, out)
        self.hint.value = piece(status(*asked.sentences)) if asked.sentences else ""
        self.selection.choose(without=out)

    def _leave_out_top(self, n: int) -> None:
        self._leave_out(tuple(supporting_genes(self._contributions())["gene"][:n]))

    def _leave_out(self, genes: tuple[str, ...]) -> None:
        self._write(genes)
        self.selection.choose(True, without=genes)

    def _write(self, genes: tuple[str, ...]) -> None:
        """Put names into the field; what was typed there and not understood goes."""
        self._written = (names_as_text(genes), genes)
        show_in(self.names, self._written[0], self._read_names)
        self.hint.value = ""


def _evidence_picture(source: Source) -> tuple[Canvas, EvidencePicture]:
    """Return the picture of all signatures, on one scale."""
    known = source.known
    sides = [side for side in ("up", "down") if getattr(known.query, side)]
    canvas = Canvas(7.7, 3.4 + 0.5 * len(sides), left=0.8, right=1.3, bottom=0.5)
    rows = query_rows(source.ranks, known.query, overlap=known.overlap, rescue=known.rescue)
    columns = np.unique([*source.columns[:SCALED_BY], *source.columns[-SCALED_BY:]])
    limits = running_sum_limits(source.ranks, *rows, columns)
    drawn = EvidencePicture(canvas.ax, sides, label=NAMED, limits=limits)
    canvas.hold(drawn.live)
    return canvas, drawn


def _siblings(source: Source, signature: str, link: Link) -> Html:
    """Return the perturbagen, and its other signatures, the strongest first."""
    known, name = source.known, source.perturbagen_of(signature)
    own = f"Signature <code>{escaped(signature, 100)}</code>."
    if not name:
        return paragraph(Html(f"{own} Which perturbagen it is of is not known."), faint=True)
    grade = escaped(known._perturbagen_records[name]["grade"], 10)
    head = f"{own} Perturbagen {link('perturbagen', name)}, grade {grade}."
    others = known.scores.loc[known._siblings(signature), ["z_sum", "call"]]
    if others.empty:
        return Html(f"<p>{head} It has no other signature here.</p>")
    others = others.iloc[np.argsort(-others["z_sum"].abs().to_numpy(), kind="stable")]
    few = [
        f"{link('signature', str(one), where(source, str(one)))} {call_html(call)}"
        for one, call in others["call"].iloc[:SIBLINGS].items()
    ]
    more = len(others) - SIBLINGS
    rest = f" and {counted(more, 'weaker one')}" if more > 0 else ""
    which = "signature" if len(others) == 1 else "signatures"
    return Html(f"<p>{head} Its other {which} here: {', '.join(few)}{rest}.</p>")


def where(source: Source, signature: str) -> str:
    """Return dose, cell line and time, which set a signature apart from its siblings; else its id."""
    facts, row = source.ranks.signatures, source.column(signature)
    known = [str(facts[name].iloc[row]) for name in ("pert_dose", "cell_line", "pert_time")]
    return ", ".join(text for text in known if text and text != "nan") or signature


def gene_lists(contributions: pd.DataFrame) -> dict[str, str]:
    """Return genes to copy, one a line: those of each list whose contribution has the sign of z_sum, and the others."""
    towards = support(contributions)
    gene, side = contributions["gene"], contributions["side"]
    lists = {
        "of your up list that support the call": gene[(towards > 0) & (side == "up")],
        "of your down list that support the call": gene[(towards > 0) & (side == "down")],
        "that are against it": gene[towards < 0][::-1],
    }
    return {f"{counted(len(genes), 'gene')} {words}": "\n".join(genes) for words, genes in lists.items() if len(genes)}
