"""explore: overview, signature, perturbagen and gene as linked widgets that show one state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .._util.errors import needs_package
from .._util.html import Html, paragraph
from .._util.text import shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import match_genes
from ..readings.interpretation import Interpretation
from ._pieces import name_only, piece, style
from ._state import ExplorerState, Selection, Source, as_state, begin, check, follow, prepare
from ._widgets import Part, Picker, Redraw, button, choices, errors_in, place
from .gene import GenePart
from .overview import OverviewPart
from .perturbagen import PerturbagenPart
from .signature import SignaturePart

if TYPE_CHECKING:
    import ipywidgets

#: Files are made once the reader has rested for so many seconds: they take longer than the picture.
REST = 0.25

_STILL = piece(
    paragraph(
        "A still copy of the explorer: where the notebook runs, its marks, tiles and names can be pressed.", faint=True
    )
)
_MAKING = piece(paragraph("Making the files …", faint=True))
_SAVE, _CLOSE = "Save or copy …", "Close files"


def explore(
    x: Interpretation | RankMatrix,
    *,
    background: RankMatrix | None = None,
    panel: str | None = None,
    signature: str | None = None,
    gene: str | None = None,
    perturbagen: str | None = None,
    state: ExplorerState | Mapping[str, Any] | None = None,
) -> Explorer:
    """Explore signatures, perturbagens and genes with linked widgets, in a notebook.

    Parameters
    ----------
    x : Interpretation or RankMatrix
        From :func:`interpret`. With a matrix alone nothing is scored: signatures can be searched, and each gene looked
        at in all of them.
    background : RankMatrix, optional
        Only with a matrix alone: unselected signatures, for the baseline of each gene. An interpretation has its own.
    panel : "overview", "signature", "perturbagen" or "gene", optional
        Which part is open first; by default the overview. A matrix alone has overview and gene.
    signature, perturbagen, gene : str, optional
        What to look at first, by id, row of ``.perturbagens``, and symbol of the matrix; with a perturbagen alone its
        strongest signature. By default the best mimicker, and the gene that contributes most to it.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``, or some of its fields: ``{"cell": "MCF7", "page": 2}``. The other
        arguments count more.

    Returns
    -------
    Explorer
        Displayed by the last line of a cell. ``.state`` is what is chosen now, ``.link_code()`` gives the two lines
        that bring it back, ``.widget`` is the widget itself.

    Raises
    ------
    LincsInterpError
        If the matrix has no such signature, perturbagen or gene, the perturbagen is not that of the signature, a panel
        needs a query, a background comes beside an interpretation, or ipywidgets is not installed.

    Notes
    -----
    There is one state behind all parts: whatever chooses a signature (a row of the table, a mark of the scatter, a
    tile of the heat map, the field *Signature*) moves the others. Everything can be done with the keyboard: Tab goes
    on, Enter or space presses, letters search. Names that fit are offered while you type, aliases and old symbols too.
    Opened without a kernel, the notebook shows a still copy.

    overview
        Every signature by its two lists, and a table to search, sort and filter.
    signature
        Call, evidence and warnings, the running sums of the contributions, and the table of genes. Genes are left out
        by name or with a button: those that contribute most, or those that are extreme in more than 10 % of unselected
        signatures. All signatures are then scored again with what is left of the lists, exactly as
        :func:`score_concordance` does. Going to another signature puts all genes back.
    perturbagen
        Call and grade with their reasons; a tile for each signature (doses across, cell lines and times down; purple =
        reverses, orange = mimics); the scores against the dose; agreement by cell line.
    gene
        Its rank in the chosen signature in words, its percentile in every signature, and its baseline.

    Examples
    --------
    >>> from lincs_interp import interpret, load_sample
    >>> sample = load_sample()
    >>> interpretation = interpret(sample.ranks, sample.query, background=sample.background)
    >>> explorer = explore(interpretation, panel="perturbagen", perturbagen="fortunib")
    >>> explorer.state.signature
    'SIM002_MCF7_24H_G05_fortunib_3.33uM'
    """
    needs_package("li.explore", "ipywidgets", "notebooks")
    source = prepare(x, background)
    first = begin(source, state, panel=panel, signature=signature, gene=gene, perturbagen=perturbagen)
    return Explorer(source, first)


class Explorer:
    """Parts that look at one state, with pickers above them; `widget` is all of it, for boxes of your own.

    `state` is what is chosen now. Set it (to a state, or to a dict of some of its fields) to choose from code.
    """

    def __init__(self, source: Source, state: ExplorerState) -> None:
        self.source = source
        self._id = uuid4().hex[:12]
        self.selection = Selection(source, state)
        self.selection.changed = self._changed
        self._redraw = Redraw(self._refresh)
        self._late = Redraw(self._make_files)
        self._saving = False
        self._problem = place()
        kinds = ("signature", "perturbagen", "gene") if source.perturbagens else ("signature", "gene")
        self.pickers = {kind: self._picker(kind) for kind in kinds}
        self.parts: dict[str, Part] = {
            part.name: part(self.selection)
            for part in (OverviewPart, SignaturePart, PerturbagenPart, GenePart)
            if source.interpretation is not None or not part.needs_query
        }
        self.widget = self._laid_out()
        self._refresh()

    def _picker(self, kind: str) -> Picker:
        names = {
            "gene": list(self.source.ranks.genes),
            "signature": self.source.order,
            "perturbagen": self.source.perturbagens,
        }[kind]
        return Picker(
            kind,
            names,
            lambda name: self.selection.choose(False, **{kind: name}),
            lambda by: self.selection.step(kind, names, by),
            known=[self.source.labels[name] for name in names] if kind == "signature" else None,
            suggest=self._genes_meant if kind == "gene" else None,
        )

    def _genes_meant(self, text: str) -> list[str]:
        """Return the gene of the matrix that an alias, an old symbol or a mouse spelling means."""
        match = match_genes(self.source.ranks, GeneQuery("typed", [text])).iloc[0]
        return [str(match["matched_as"])] if match["matched_as"] else []

    def _laid_out(self) -> ipywidgets.VBox:
        from ipywidgets import HTML, Layout, VBox

        titles = [(part.title, name) for name, part in self.parts.items()]
        self._tabs = choices("Show", titles, value=self.state.panel)
        self._tabs.observe(lambda change: self.selection.choose(panel=change["new"]), names="value")
        self.save = button(_SAVE, "Files of what is shown: TSV, PNG, SVG, gene lists", self._save_or_not)
        self.save.layout.align_self = "flex-start"
        self._files = place()
        top = [*(picker.widget for picker in self.pickers.values()), self._tabs, self._problem]
        parts = [part.widget for part in self.parts.values()]
        widget = VBox([HTML(style(live=True)), *top, *parts, self.save, self._files], layout=Layout(width="100%"))
        for name in ("lincs-explorer", f"lincs-live-{self._id}"):
            widget.add_class(name)
        return widget

    @property
    def state(self) -> ExplorerState:
        """What is chosen now."""
        return self.selection.state

    @state.setter
    def state(self, state: ExplorerState | Mapping[str, Any]) -> None:
        wanted = as_state(state)  # refuses what no state has
        if not isinstance(state, ExplorerState):
            changes = {name: getattr(wanted, name) for name in state}
            wanted = follow(self.source, self.state, **changes)
        self.selection.state = check(self.source, wanted)
        self._redraw.now()

    def link_code(self) -> str:
        """Return the two lines that bring this view back, with the names interpretation, or ranks and background."""
        chosen = self.state.chosen()
        panel = chosen.pop("panel", None)
        alone = self.source.interpretation is None
        arguments = ["ranks" if alone else "interpretation"]
        arguments += ["background=background"] if alone and self.source.background is not None else []
        arguments += [f"panel={panel!r}"] if panel else []
        return f"import lincs_interp as li\nli.explore({', '.join([*arguments, f'state={chosen!r}'])})"

    def static_html(self) -> str:
        """Return what is shown now as plain HTML: no kernel, no script and no network are needed to see it."""
        state = self.state
        pieces: list[str] = [_STILL]
        for name in [state.panel, *(name for name in self.parts if name != state.panel)]:
            part = self.parts[name]
            view = part.view(state, name_only)
            pieces.append(piece(Html(f'<p class="lincs-title"><strong>{part.title}</strong></p>')))
            pieces += [view[one] for one in part.places if one in view and one not in part.hidden]
        # Live widgets and this copy are in one notebook: while the widgets live, the copy is not shown.
        hide = f"<style>body:has(.lincs-live-{self._id}) .lincs-still-{self._id}{{display:none}}</style>"
        body = style(live=False) + "".join(pieces)
        return f'{hide}<div class="mathjax_ignore lincs-static lincs-still-{self._id}">{body}</div>'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.widget)
        display({"text/html": self.static_html(), "text/plain": repr(self)}, raw=True)

    def __repr__(self) -> str:
        at = shown(self.state.signature, 80)
        return f"{type(self).__name__}({self.source.ranks!r}, signature {at!r})"

    def _changed(self, clicked: bool) -> None:
        if clicked:
            self._redraw.soon()
        else:
            self._redraw.now()

    def _refresh(self) -> None:
        with errors_in(self._problem):
            state = self.state
            for kind, picker in self.pickers.items():
                picker.show(getattr(state, kind))
            if self._tabs.value != state.panel:
                self._tabs.value = state.panel
            for name, part in self.parts.items():
                display = None if name == state.panel else "none"
                if part.widget.layout.display != display:
                    part.widget.layout.display = display
            self.parts[state.panel].refresh(state)
        if self._saving:
            self._files.value = _MAKING  # files of another view are worse than none
            self._late.soon(REST)

    def _save_or_not(self) -> None:
        self._saving = not self._saving
        self.save.description = _CLOSE if self._saving else _SAVE
        self._files.value = _MAKING if self._saving else ""
        if self._saving:
            self._late.soon()

    def _make_files(self) -> None:
        if not self._saving:
            return
        html = ""
        with errors_in(self._problem):
            html = piece(self.parts[self.state.panel].files(self.state))
        self._files.value = html
