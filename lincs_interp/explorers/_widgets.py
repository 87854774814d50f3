"""What explorers are made of: a part, type-ahead over thousands of names, redraws, errors as sentences."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import ipywidgets
from ipywidgets import HTML, Button, HBox, ToggleButtons, VBox

from .._util.errors import LincsInterpError
from .._util.html import Html, sentence_html
from .._util.text import closest, shown, simplified
from ..core.identity import name_key
from ._pieces import Link, alert, go, piece
from ._state import ExplorerState, Selection

#: So many seconds a click waits for the next one: of a row of quick clicks only the last is drawn.
PATIENCE = 0.03

#: So many names are offered while the reader types.
OFFERED = 30
OFFERED_BELOW = 8

WHOLE = {"width": "100%"}

log = logging.getLogger(__name__)


def place() -> HTML:
    """Return an empty place for HTML as wide as the explorer."""
    return HTML(layout={**WHOLE, "margin": "0"})


def button(words: str, tooltip: str, do: Callable[[], None]) -> Button:
    """Return a button as wide as its words."""
    new = Button(description=words, tooltip=tooltip, layout={"width": "auto"})
    new.on_click(lambda _: do())
    return new


def choices(description: str, options: list[tuple[str, str]], **more: Any) -> ToggleButtons:
    """Return a row of buttons of which one is pressed."""
    look = {"description_width": "6.5em", "button_width": "auto"}
    return ToggleButtons(options=options, description=description, style=look, **more)


def wrapping(*widgets: ipywidgets.Widget) -> HBox:
    """Return widgets in a row that goes on below where it is too long."""
    return HBox(widgets, layout={**WHOLE, "flex_flow": "row wrap"})


def field(kind: str, description: str, placeholder: str, width: str, **more: Any) -> Any:
    """Return an input of ipywidgets ("Text", "Combobox") with a label."""
    return getattr(ipywidgets, kind)(
        description=description,
        placeholder=placeholder,
        layout={"width": width, "max_width": "100%"},
        style={"description_width": "6.5em"},
        **more,
    )


def show_in(control: ipywidgets.Widget, value: object, changed: Callable[..., None]) -> None:
    """Set a control to what the state already is: `changed`, which it calls, is not to change the state."""
    control.unobserve(changed, names="value")
    control.value = value
    control.observe(changed, names="value")


def find_names(text: str, names: list[str], known: list[str] | None = None, limit: int = OFFERED) -> list[str]:
    """Return the names that a half-typed text may mean: those that begin with it first, then those that hold it."""
    # All its words have to occur, in any order and letter case, in a name or in what it is called in words (`known`).
    words = simplified(text).casefold().split()
    fitting = [
        name
        for name, called in zip(names, known or names, strict=True)
        if all(word in f"{name} {called}".casefold() for word in words)
    ]
    return sorted(fitting, key=lambda name: len(words) != 1 or not name.casefold().startswith(words[0]))[:limit]


class Picker:
    """Type-ahead for one kind of name, with buttons to the previous and the next.

    While the reader types, only the few names that fit go to the browser: a list of 12,327 would make it slow. What is
    typed counts once it is a name; until then the names that fit are below as buttons, first those that `suggest` gives
    (for an alias, say). `step` is called with −1 or +1 when previous or next was pressed.
    """

    def __init__(
        self,
        kind: str,
        names: list[str],
        choose: Callable[[str], None],
        step: Callable[[int], None],
        *,
        known: list[str] | None = None,
        suggest: Callable[[str], list[str]] | None = None,
    ) -> None:
        self.kind, self.names, self._known = kind, names, known
        self._choose, self._suggest = choose, suggest
        self._exact = {name: name for name in names}
        self._folded = {name_key(name): name for name in reversed(names)}
        offered = tuple(names[:OFFERED])
        self.box = field(
            "Combobox", kind.capitalize(), f"type a {kind}", "34em", options=offered, continuous_update=True
        )
        self.previous = button("previous", f"previous {kind}", lambda: step(-1))
        self.next = button("next", f"next {kind}", lambda: step(+1))
        self.hint = place()
        row = wrapping(self.box, self.previous, self.next)
        self.widget = VBox([row, self.hint], layout=WHOLE).add_class(f"lincs-pick-{kind}")
        self.box.observe(self._typed, names="value")

    def show(self, name: str) -> None:
        """Show which name is chosen, however it was chosen; a text that is being typed for it is left alone."""
        if self._meant(self.box.value) != name:
            show_in(self.box, name, self._typed)
            self.hint.value = ""

    def _meant(self, text: str) -> str:
        """Return the name that a text is, whatever its letter case and letters of no width; "" if it is none."""
        return self._exact.get(text) or self._folded.get(name_key(text), "")

    def _typed(self, change: dict[str, Any]) -> None:
        text = change["new"]
        name = self._meant(text)
        fitting = find_names(text, self.names, self._known)
        self.box.options = tuple(fitting or self.names[:OFFERED])
        self.hint.value = "" if name or not name_key(text) else self._hint(text, fitting)
        if name:
            self._choose(name)

    def _hint(self, text: str, fitting: list[str]) -> str:
        """Return what may be meant: the name of an alias, the names that hold the text, else those most like it."""
        meant = self._suggest(text) if self._suggest else []
        if fitting or meant:
            offered = list(dict.fromkeys([*meant, *fitting]))
            more = " …" if len(offered) > OFFERED_BELOW else ""
            buttons = ", ".join(go(self.kind, name) for name in offered[:OFFERED_BELOW])
            return piece(Html(f'<p class="lincs-faint">Fitting: {buttons}{more}</p>'))
        unknown = f"No {self.kind} is called {shown(text, 40)!r}."
        buttons = ", ".join(go(self.kind, name) for name in closest(text[:100], self.names))
        return piece(Html(f"<p>{sentence_html(unknown)}{f' Did you mean {buttons}?' if buttons else ''}</p>"))


class Redraw:
    """Runs a drawing at once, or for a row of quick clicks once, for the last of them.

    The browser sends the next value of a control only after the last one was dealt with, but every single click of a
    button: without this, an explorer would draw each state that the reader has long passed.
    """

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._waiting: asyncio.TimerHandle | None = None

    def now(self) -> None:
        """Draw; whatever was waiting to be drawn is part of it."""
        self._cancel()
        self._draw()

    def soon(self, seconds: float = PATIENCE) -> None:
        """Draw once no further call has come for a moment; at once where nothing runs that could wait."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.now()
            return
        self._cancel()
        self._waiting = loop.call_later(seconds, self.now)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()


@contextmanager
def errors_in(box: HTML) -> Iterator[None]:
    """Show what goes wrong inside as a sentence in `box`; empty it if all went well."""
    try:
        yield
    except LincsInterpError as error:
        box.value = alert(str(error))
    except Exception as error:  # nobody else would ever see it: a callback has no cell to fail in
        log.exception("an explorer failed")
        box.value = alert(f"Something went wrong here ({type(error).__name__}: {shown(error, 200)}). Please report it.")
    else:
        box.value = ""


class Part:
    """One part of an explorer: controls, and places for what :meth:`view` returns."""

    name: ClassVar[str]
    title: ClassVar[str]
    places: ClassVar[tuple[str, ...]]
    hidden: ClassVar[tuple[str, ...]] = ()  # places for scripts alone
    needs_query: ClassVar[bool] = False

    def __init__(self, selection: Selection) -> None:
        self.selection, self.source = selection, selection.source
        self.boxes = {name: place() for name in self.places}
        for name in self.hidden:
            self.boxes[name].layout.display = "none"
        self.widget = VBox(self.arrange(), layout=WHOLE).add_class(f"lincs-{self.name}")

    def arrange(self) -> list[Any]:
        """Return controls and boxes from top to bottom."""
        return list(self.boxes.values())

    def view(self, state: ExplorerState, link: Link = go) -> Mapping[str, str]:
        """Return what is in each place; the same state gives the same view. `link` writes names that can be chosen."""
        raise NotImplementedError

    def show_state(self, state: ExplorerState) -> None:
        """Put the state into the controls of this part."""

    def files(self, state: ExplorerState) -> Html:
        """Return what can be saved and copied, as links and boxes."""
        raise NotImplementedError

    def refresh(self, state: ExplorerState) -> None:
        """Show a state."""
        self.show_state(state)
        for name, html in self.view(state).items():
            self.boxes[name].value = html
