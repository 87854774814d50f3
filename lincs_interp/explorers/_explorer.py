"""The frame of every explorer: pickers above, parts below, one state behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from .._util.html import Html
from .._util.text import shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import match_genes
from ._parts import Redraw, piece, place, style, told_in
from ._picker import Picker
from ._state import ExplorerState, as_state, begin, check, follow
from ._study import Study, prepare_study

if TYPE_CHECKING:
    import ipywidgets

#: Files are made once the reader has rested for so many seconds: they take longer than the picture.
REST = 0.25

_A_BUTTON = re.compile(r'<button type="button" class="lincs-go"[^>]*>(.*?)</button>', re.DOTALL)
_A_CLICK = re.compile(r' onclick="[^"]*"')


class Desk:
    """The one state of linked parts, and who has to know when it changes."""

    def __init__(self, study: Study, state: ExplorerState) -> None:
        self.study, self.state = study, state
        self.tell: Callable[[bool], None] = lambda clicked: None
        #: What a button inside a part can choose: the explorer has a picker for it.
        self.picks: tuple[str, ...] = ()

    def choose(self, clicked: bool = False, **changes: Any) -> None:
        """Change the state and all that follows; `clicked` if further clicks may come at once."""
        changes = {name: value for name, value in changes.items() if value != getattr(self.state, name)}
        if changes:
            self.state = follow(self.study, self.state, **changes)
            self.tell(clicked)

    def step(self, kind: str, names: list[str], by: int) -> None:
        """Go to the previous or next of `names`; from the last to the first."""
        if names:
            now = getattr(self.state, kind)
            position = names.index(now) + by if now in names else 0
            self.choose(True, **{kind: names[position % len(names)]})


class Part:
    """One part of an explorer: controls, and places for what :meth:`view` says belongs there."""

    name: ClassVar[str]
    title: ClassVar[str]
    places: ClassVar[tuple[str, ...]]

    def __init__(self, desk: Desk) -> None:
        from ipywidgets import Layout, VBox

        self.desk, self.study = desk, desk.study
        self.boxes = {name: place() for name in self.places}
        self.widget = VBox(self.arrange(), layout=Layout(width="100%"))
        self.widget.add_class(f"lincs-{self.name}")

    def arrange(self) -> list[Any]:
        """Return controls and boxes from top to bottom."""
        return list(self.boxes.values())

    def view(self, state: ExplorerState) -> Mapping[str, str]:
        """Return what stands in each place; the same state gives the same view."""
        raise NotImplementedError

    def show_state(self, state: ExplorerState) -> None:
        """Put the state into the controls of this part."""

    def files(self, state: ExplorerState) -> Html:
        """Return what can be saved and copied, as links and boxes."""
        return Html("")

    def refresh(self, state: ExplorerState) -> None:
        self.show_state(state)
        for name, html in self.view(state).items():
            if self.boxes[name].value != html:
                self.boxes[name].value = html


class Explorer:
    """Parts that look at one state, with pickers above them.

    Attributes
    ----------
    widget : ipywidgets.VBox
        All of it; put it into boxes of your own.
    state : ExplorerState
        What is chosen now. Set it (to a state, or to a dict of some of its fields) to choose from code.
    """

    _made_by: ClassVar[str] = "li.explore"
    _as_arguments: ClassVar[tuple[str, ...]] = ()
    _numbers = count(1)

    def __init__(
        self,
        study: Study,
        state: ExplorerState,
        parts: Mapping[str, type[Part]],
        pickers: tuple[str, ...],
        given: Mapping[str, Any],
    ) -> None:
        self.study, self._given = study, dict(given)
        self._id = uuid4().hex[:12]
        self._desk = Desk(study, state)
        self._desk.tell = self._told
        self._desk.picks = pickers
        self._redraw = Redraw(self._refresh)
        self._late = Redraw(self._make_files)
        self._saving = False
        self._problem = place()
        self.pickers = {kind: self._picker(kind) for kind in pickers}
        self.parts = {name: part(self._desk) for name, part in parts.items()}
        self.widget = self._laid_out()
        self._refresh()

    def _picker(self, kind: str) -> Picker:
        names = {
            "gene": list(self.study.ranks.genes),
            "signature": self.study.order,
            "perturbagen": self.study.perturbagens,
        }[kind]
        known = [self.study.labels[name] for name in names] if kind == "signature" else None
        return Picker(
            kind,
            names,
            lambda name: self._desk.choose(False, **{kind: name}),
            lambda by: self._desk.step(kind, names, by),
            known=known,
            suggest=self._genes_meant if kind == "gene" else None,
        )

    def _genes_meant(self, text: str) -> list[str]:
        """The genes of the matrix that an alias, an old symbol or a mouse spelling stands for."""
        match = match_genes(self.study.ranks, GeneQuery("typed", [text])).iloc[0]
        return [str(match["matched_as"])] if match["matched_as"] else []

    def _laid_out(self) -> ipywidgets.VBox:
        from ipywidgets import HTML, Button, Layout, ToggleButtons, VBox

        self._tabs = ToggleButtons(
            options=[(part.title, name) for name, part in self.parts.items()],
            value=self._open(),
            description="Show",
            style={"description_width": "6.5em", "button_width": "auto"},
        )
        self._tabs.observe(lambda change: self._desk.choose(panel=change["new"]), names="value")
        self.save = Button(
            description="Save or copy …",
            tooltip="Files of what is shown: TSV, PNG, SVG, gene lists",
            layout=Layout(width="auto", align_self="flex-start"),
        )
        self.save.on_click(lambda _: self._save_or_not())
        self._files = place()
        top = [picker.widget for picker in self.pickers.values()]
        tabs = [self._tabs] if len(self.parts) > 1 else []
        parts = [part.widget for part in self.parts.values()]
        widget = VBox(
            [HTML(style(live=True)), *top, *tabs, self._problem, *parts, self.save, self._files],
            layout=Layout(width="100%"),
        )
        for name in ("lincs-explorer", f"lincs-live-{self._id}"):
            widget.add_class(name)
        if len(self.parts) == 1:
            widget.add_class(f"lincs-{next(iter(self.parts))}")
        return widget

    def _open(self) -> str:
        """The part that is shown."""
        return self._desk.state.panel if self._desk.state.panel in self.parts else next(iter(self.parts))

    @property
    def state(self) -> ExplorerState:
        """What is chosen now."""
        return self._desk.state

    @state.setter
    def state(self, state: ExplorerState | Mapping[str, Any]) -> None:
        if isinstance(state, ExplorerState):
            self._desk.state = check(self.study, state)
        else:
            wanted = as_state(state)  # refuses what no state has
            changes = {name: getattr(wanted, name) for name in state}
            self._desk.state = check(self.study, follow(self.study, self._desk.state, **changes))
        self._redraw.now()

    def link_code(self) -> str:
        """Return the two lines that bring this view back; matrix, query and background go by these names.

        Examples
        --------
        >>> from lincs_interp import RankExplorer, load_sample
        >>> print(RankExplorer(load_sample().ranks, gene="TP53").link_code().splitlines()[0])
        import lincs_interp as li
        """
        arguments = ["ranks"]
        for name, value in self._given.items():
            if value is None:
                continue
            short = isinstance(value, str | int | float | bool)
            told = repr(value) if short else name
            arguments.append(told if name == "query" and self._made_by != "li.RankExplorer" else f"{name}={told}")
        chosen = self.state.chosen()
        if self._as_arguments:
            arguments += [f"{name}={chosen[name]!r}" for name in self._as_arguments if name in chosen]
            elsewhere = {*self._as_arguments, *_FOLLOWS, *({"gene"} - self.pickers.keys())}
            chosen = {name: value for name, value in chosen.items() if name not in elsewhere}
        if chosen:
            arguments.append(f"state={chosen!r}")
        return f"import lincs_interp as li\n{self._made_by}({', '.join(arguments)})"

    def static_html(self) -> str:
        """Return what is shown now as plain HTML: no kernel, no script and no network are needed to see it."""
        state = self.state
        pieces: list[str] = [piece(Html(_STILL))]
        for name in [self._open(), *(name for name in self.parts if name != self._open())]:
            part = self.parts[name]
            view = part.view(state)
            pieces.append(piece(Html(f'<p class="lincs-title"><strong>{escape(part.title)}</strong></p>')))
            pieces += [view[one] for one in part.places if one in view and not part.boxes[one].layout.display]
        body = _A_CLICK.sub("", _A_BUTTON.sub(r"\1", "".join(pieces)))
        # Live widgets and this copy stand in one notebook: while the widgets live, the copy is not shown.
        hide = f"<style>body:has(.lincs-live-{self._id}) .lincs-still-{self._id}{{display:none}}</style>"
        return f'{hide}<div class="mathjax_ignore lincs-static lincs-still-{self._id}">{style(live=False)}{body}</div>'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.widget)
        display({"text/html": self.static_html(), "text/plain": repr(self)}, raw=True)

    def __repr__(self) -> str:
        at = shown(self.state.signature, 80)
        return f"{type(self).__name__}({self.study.ranks!r}, signature {at!r})"

    def _told(self, clicked: bool) -> None:
        if clicked:
            self._redraw.soon()
        else:
            self._redraw.now()

    def _refresh(self) -> None:
        with told_in(self._problem):
            state, shown_now = self.state, self._open()
            for kind, picker in self.pickers.items():
                picker.show(getattr(state, kind))
            if self._tabs.value != shown_now:
                self._tabs.value = shown_now
            for name, part in self.parts.items():
                display = None if name == shown_now else "none"
                if part.widget.layout.display != display:
                    part.widget.layout.display = display
            self.parts[shown_now].refresh(state)
        if self._saving:
            self._files.value = _MAKING  # files of another view are worse than none
            self._late.soon(REST)

    def _save_or_not(self) -> None:
        self._saving = not self._saving
        self.save.description = "Close files" if self._saving else "Save or copy …"
        self._files.value = _MAKING if self._saving else ""
        if self._saving:
            self._late.soon()

    def _make_files(self) -> None:
        if not self._saving:
            return
        html = ""
        with told_in(self._problem):
            html = piece(self.parts[self._open()].files(self.state))
        self._files.value = html


_STILL = (
    '<p class="lincs-faint">A still copy of the explorer: where the notebook runs, its marks, tiles and names can be'
    " pressed.</p>"
)
_MAKING = piece(Html('<p class="lincs-faint">Making the files …</p>'))

# These follow from a signature, or are not what a single explorer is about.
_FOLLOWS = ("panel", "perturbagen")


def arguments(query: GeneQuery | None, *, overlap: str, rescue: bool, **given: Any) -> dict[str, Any]:
    """Return what an explorer was given, for its study and the two lines that restore it; None where it is usual."""
    return {
        "query": query,
        **given,
        "overlap": None if overlap == "error" else overlap,
        "rescue": None if rescue is True else rescue,
    }


def prepared(
    ranks: RankMatrix, query: GeneQuery | None, given: Mapping[str, Any], state: Any = None, **chosen: str | None
) -> tuple[Study, ExplorerState]:
    """Return the study of a new explorer and the state it begins with."""
    told = {name: value for name, value in given.items() if value is not None and name not in ("query", "background")}
    study = prepare_study(ranks, query, background=given.get("background"), **told)
    return study, begin(study, state, **chosen)
