"""SignatureExplorer: one signature with its verdict, the genes that carry it, and what would be left without some."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from os import PathLike
from typing import Any, ClassVar

import pandas as pd

from .._util.html import Html
from .._util.text import counted, percent, shown
from ..core.explain import USUAL_SHARE
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from ..plots import plot_evidence
from ..readings.interpretation import Interpretation
from ._explorer import Explorer, Part, arguments, prepared
from ._parts import copy_box, file_stem, files_of, piece, place, status
from ._signature_bridge import Bridge
from ._signature_names import asked_genes, leading_genes, names_as_text, usual_extremes
from ._signature_table import ORDERS, direction, driver_table, orders, sorted_drivers
from ._signature_verdict import siblings, verdict_html
from ._signature_without import WhatIf, single_genes_sentence, what_if, without_html
from ._state import ExplorerState

# Views that are kept: what does not depend on a choice is not made again for it.
_KEPT = 16

_TOP = (5, 10)


class SignaturePart(Part):
    """One signature: verdict, picture, what if, and the table of genes."""

    name: ClassVar[str] = "signature"
    title: ClassVar[str] = "One signature"
    places: ClassVar[tuple[str, ...]] = ("verdict", "picture", "changed", "table")

    def __init__(self, desk: Any) -> None:
        assert desk.study.dossier is not None
        self.dossier: Interpretation = desk.study.dossier
        self._bridge = Bridge(desk.study)
        self._siblings = siblings(desk.study)
        self._verdict = lru_cache(_KEPT)(self._make_verdict)
        self._what_if = lru_cache(_KEPT)(lambda signature, out: what_if(self.dossier, signature, out))
        self._picture = lru_cache(_KEPT)(self._make_picture)
        #: The text as it stands, and the genes it stands for.
        self._written: tuple[str, tuple[str, ...]] = ("", ())
        self._quiet = False
        super().__init__(desk)

    def arrange(self) -> list[Any]:
        from ipywidgets import HBox, Layout, Textarea, ToggleButtons

        self.order = ToggleButtons(
            options=[(ORDERS[name], name) for name in orders(self.dossier)],
            description="Sort by",
            style={"description_width": "6.5em", "button_width": "auto"},
        )
        self.order.observe(self._ordered, names="value")
        self.names = Textarea(
            description="Leave out these genes",
            placeholder="names, between blanks, commas or line breaks",
            continuous_update=False,
            rows=2,
            layout=Layout(width="44em", max_width="100%"),
            style={"description_width": "initial"},
        )
        self.names.observe(self._typed, names="value")
        self.hint = place()
        buttons = HBox(self._buttons(), layout=Layout(flex_flow="row wrap"))
        box = self.boxes
        what = [self.names, buttons, self.hint, box["changed"]]
        return [box["verdict"], box["picture"], *what, self.order, box["table"]]

    def _buttons(self) -> list[Any]:
        def button(words: str, tooltip: str, do: Callable[[], None]) -> Any:
            from ipywidgets import Button, Layout

            new = Button(description=words, tooltip=tooltip, layout=Layout(width="auto"))
            new.on_click(lambda _: do())
            return new

        self.score = button("Score without them", "score without the genes named above", self._read_names)
        self.tops = {
            n: button(
                f"Leave out the top {n}",
                f"only the {n} genes that carry the verdict most",
                partial(self._leave_out_top, n),
            )
            for n in _TOP
        }
        some = [self.score, *self.tops.values()]
        if self.dossier.baseline is not None:
            n = len(usual_extremes(self.dossier.contributions(self.study.order[0])))
            self.usual = button(
                f"Leave out {counted(n, 'usual extreme')}",
                f"only those that are extreme in more than {percent(USUAL_SHARE)} of unselected signatures",
                lambda: self._leave_out(usual_extremes(self._drivers())),
            )
            self.usual.disabled = not n
            some.append(self.usual)
        self.back = button("Put all back", "score with all genes of the query", lambda: self._leave_out(()))
        return [*some, self.back]

    def view(self, state: ExplorerState) -> dict[str, str]:
        signature, out = state.signature, state.without
        found = self._what_if(signature, out)
        n_ranked = int(self.study.ranks.n_ranked.iloc[self.study.columns[signature]])
        single = "" if found.left_out else single_genes_sentence(found.drivers, n_ranked, found.before.call)
        return {
            "verdict": self._verdict(signature),
            "picture": self._picture(signature, found.left_out),
            "changed": without_html(found, single),
            "table": piece(driver_table(self.study, signature, state.drivers_by, out, "gene" in self.desk.picks)),
        }

    def show_state(self, state: ExplorerState) -> None:
        known = [name for _, name in self.order.options]
        by = state.drivers_by if state.drivers_by in known else known[0]
        if self.order.value != by:
            with self._quietly():
                self.order.value = by
        if self._written[1] != state.without:
            self._write(state.without)

    def files(self, state: ExplorerState) -> Html:
        found = self._what_if(state.signature, state.without)
        drivers, label = self.dossier.contributions(state.signature), self.study.labels[state.signature]
        table = sorted_drivers(drivers, state.drivers_by if state.drivers_by in orders(self.dossier) else "")
        if found.left_out:
            table = table.assign(left_out=table["gene"].isin(found.left_out))
        stem = file_stem(f"drivers-{state.signature}")
        saved = files_of(table, _figure(found, label), stem, f"The genes of your query in {shown(label, 60)}")
        return Html(saved + "".join(copy_box(words, text) for words, text in gene_lists(found.drivers).items()))

    # --- what is shown ---

    def _make_verdict(self, signature: str) -> Html:
        return verdict_html(self.study, signature, self._siblings, self.desk.picks)

    def _make_picture(self, signature: str, out: tuple[str, ...]) -> Html:
        found, whole = self._what_if(signature, out), self.dossier.contributions(signature)
        if found.after is None:
            return piece("No gene is left to draw.")
        if not found.drivers["contribution"].notna().any():
            return piece("This signature has no rank for any of these genes: there is nothing to draw.")
        return piece(self._bridge.draw(found.drivers, self.study.labels[signature], whole if out else None))

    # --- what is done ---

    def _drivers(self) -> pd.DataFrame:
        return self.dossier.contributions(self.desk.state.signature)

    def _ordered(self, change: Mapping[str, Any]) -> None:
        if not self._quiet:
            self.desk.choose(drivers_by=change["new"])

    def _typed(self, change: Mapping[str, Any]) -> None:
        if not self._quiet:
            self._read_names()

    def _read_names(self) -> None:
        text = self.names.value
        if text == self._written[0]:
            return
        asked = asked_genes(self.study.ranks, self._drivers()["gene"], text)
        out = self.desk.state.without if asked.refused else asked.genes
        self._written = (text, out)
        self.hint.value = piece(status(*asked.sentences)) if asked.sentences else ""
        self.desk.choose(without=out)

    def _leave_out_top(self, n: int) -> None:
        self._leave_out(leading_genes(self._drivers(), n))

    def _leave_out(self, genes: tuple[str, ...]) -> None:
        self._write(genes)
        self.desk.choose(True, without=genes)

    def _write(self, genes: tuple[str, ...]) -> None:
        """Put names into the field; what was typed there and not understood goes."""
        self._written = (names_as_text(genes), genes)
        with self._quietly():
            self.names.value = self._written[0]
        self.hint.value = ""

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """A control is set here because the state has changed: it is not to change the state."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False


def _figure(found: WhatIf, label: str) -> Any:
    """The picture at full quality; None where there is nothing to draw."""
    from matplotlib.figure import Figure

    if not found.drivers["contribution"].notna().any():
        return None
    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    without = f" without {counted(len(found.left_out), 'gene')}" if found.left_out else ""
    plot_evidence(found.drivers, ax=figure.subplots(), title=f"{label}{without}")
    return figure


def gene_lists(drivers: pd.DataFrame) -> dict[str, str]:
    """Genes to copy, one a line: those of each list that speak for the sign of z_sum, and those against it."""
    towards = direction(drivers) * drivers["contribution"]
    lists = {
        "of your up list that carry the verdict": drivers["gene"][(towards > 0) & (drivers["side"] == "up")],
        "of your down list that carry the verdict": drivers["gene"][(towards > 0) & (drivers["side"] == "down")],
        "that speak against it": drivers["gene"][towards < 0][::-1],
    }
    return {f"{counted(len(genes), 'gene')} {words}": "\n".join(genes) for words, genes in lists.items() if len(genes)}


class SignatureExplorer(Explorer):
    """One signature: verdict and warnings, the running sums, the genes that carry it, and the verdict without them.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures; the siblings of a signature are looked up in it.
    query : GeneQuery
    background : RankMatrix, optional
        Unselected signatures, at least 50: for a calibrated p and the habits of the genes.
    library_size, gene_metadata, tissue, overlap, rescue
        As in :func:`read_signature`.
    signature : str, optional
        What to begin with; by default the best mimicker.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``.

    Raises
    ------
    LincsInterpError
        If there is no query, the matrix holds no such signature, or as in :func:`read_signature`.

    Notes
    -----
    Genes are left out by name (aliases and old symbols are understood) or with a button: those that carry the verdict,
    or those that are extreme in more than 10 % of unselected signatures. All signatures are then scored again with
    what is left of the lists, exactly as :func:`score_concordance` does. Going to another signature puts all genes
    back.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> explorer = SignatureExplorer(sample.ranks, sample.query, background=sample.background)
    >>> explorer.state.signature
    'SIM001_PC3_24H_A04_mimicort_10uM'
    """

    _made_by: ClassVar[str] = "li.SignatureExplorer"
    _as_arguments: ClassVar[tuple[str, ...]] = ("signature",)

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
        signature: str | None = None,
        state: ExplorerState | Mapping[str, Any] | None = None,
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
        study, first = prepared(ranks, query, given, state, signature=signature)
        super().__init__(study, first, {"signature": SignaturePart}, ("signature",), given)
