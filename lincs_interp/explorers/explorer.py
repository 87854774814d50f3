"""The widget behind explore: parts that look at one state, with pickers above them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ipywidgets import HTML, VBox

from .._util.errors import LincsInterpError
from .._util.html import Html, paragraph
from .._util.text import shown
from ..genes.matching import find_gene
from ._gene import GenePart
from ._overview import OverviewPart
from ._perturbagen import PerturbagenPart
from ._pieces import alert, name_only, piece, style
from ._signature import SignaturePart
from ._state import ExplorerState, Selection, Source, as_state, check, follow
from ._widgets import WHOLE, Part, Picker, Redraw, button, choices, errors_in, place

#: Files are made once the reader has rested for so many seconds: they take longer than the picture.
REST = 0.25

_STILL = piece(
    paragraph(
        "A still copy of the explorer: where the notebook runs, its marks, tiles and names can be pressed.", faint=True
    )
)
_MAKING = piece(paragraph("Making the files …", faint=True))
_SAVE, _CLOSE = "Save or copy …", "Close files"


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
        with suppress(LincsInterpError):
            return [find_gene(self.source.ranks, text, "gene")[0]]
        return []

    def _laid_out(self) -> VBox:
        titles = [(part.title, name) for name, part in self.parts.items()]
        self._tabs = choices("Show", titles, value=self.state.panel)
        self._tabs.observe(lambda change: self.selection.choose(panel=change["new"]), names="value")
        self.save = button(_SAVE, "Files of what is shown: TSV, PNG, SVG, gene lists", self._save_or_not)
        self.save.layout.align_self = "flex-start"
        self._files = place()
        top = [*(picker.widget for picker in self.pickers.values()), self._tabs, self._problem]
        parts = [part.widget for part in self.parts.values()]
        cautions = [HTML(alert(sentence)) for sentence in self.source.cautions]
        widget = VBox([HTML(style(live=True)), *cautions, *top, *parts, self.save, self._files], layout=WHOLE)
        return widget.add_class("lincs-explorer").add_class(f"lincs-live-{self._id}")

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
        pieces: list[str] = [_STILL, *map(alert, self.source.cautions)]
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
            self._tabs.value = state.panel
            for name, part in self.parts.items():
                part.widget.layout.display = None if name == state.panel else "none"
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
