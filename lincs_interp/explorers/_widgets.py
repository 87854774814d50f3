"""Type-ahead over thousands of names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._util.html import Html, sentence_html
from .._util.text import closest, shown
from ._parts import go, piece, place

#: So many names are offered while the reader types.
OFFERED = 30
OFFERED_BELOW = 8


def find_names(text: str, names: list[str], known: list[str] | None = None, limit: int = OFFERED) -> list[str]:
    """Return the names that a half-typed text may mean: those that begin with it first, then those that hold it.

    Parameters
    ----------
    text : str
        Words in any order and letter case; all of them have to occur.
    names : list of str
    known : list of str, optional
        What each name is called as well (perturbagen, dose, cell line, time): the words may occur there.
    """
    words = text.casefold().split()
    if not words:
        return names[:limit]
    first: list[str] = []
    rest: list[str] = []
    for position, name in enumerate(names):
        low = name.casefold()
        if low.startswith(words[0]) and len(words) == 1:
            first.append(name)
            if len(first) == limit:
                break
        elif len(rest) < limit:
            whole = low if known is None else f"{low} {known[position].casefold()}"
            if all(word in whole for word in words):
                rest.append(name)
    return [*first, *rest][:limit]


class Picker:
    """Type-ahead for one kind of name, with buttons to the previous and the next.

    While the reader types, only the few names that fit go to the browser: a list of 12,327 would make it slow. What is
    typed counts once it is a name; until then the names that fit stand below as buttons.

    Parameters
    ----------
    kind : "gene", "signature" or "perturbagen"
    names : list of str
    choose : callable
        Told the name that was chosen.
    step : callable
        Told -1 or +1 when previous or next was pressed.
    known : list of str, optional
        What each name is called in words.
    suggest : callable, optional
        Text that fits no name -> names that it may stand for (aliases).
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
        from ipywidgets import Button, Combobox, HBox, Layout, VBox

        self.kind, self.names, self._known = kind, names, known
        self._choose, self._suggest = choose, suggest
        self._exact = {name: name for name in names}
        self._folded = {name.casefold(): name for name in reversed(names)}
        self.box = Combobox(
            description=kind.capitalize(),
            placeholder=f"type a {kind}",
            options=tuple(names[:OFFERED]),
            continuous_update=True,
            layout=Layout(width="34em", max_width="100%"),
            style={"description_width": "6.5em"},
        )
        self.previous = Button(description="previous", tooltip=f"previous {kind}", layout=Layout(width="auto"))
        self.next = Button(description="next", tooltip=f"next {kind}", layout=Layout(width="auto"))
        self.hint = place()
        self.widget = VBox(
            [HBox([self.box, self.previous, self.next], layout=Layout(flex_flow="row wrap")), self.hint],
            layout=Layout(width="100%"),
        )
        self.widget.add_class(f"lincs-pick-{kind}")
        self._quiet = False
        self.box.observe(self._typed, names="value")
        self.previous.on_click(lambda _: step(-1))
        self.next.on_click(lambda _: step(+1))

    def show(self, name: str) -> None:
        """Say which name is chosen, however it was chosen; a text that is being typed for it is left alone."""
        if self._meant(self.box.value) != name:
            self._quiet = True
            try:
                self.box.value = name
            finally:
                self._quiet = False
            self.hint.value = ""

    def _meant(self, text: str) -> str:
        """The name that a text is, whatever its letter case; "" if it is none."""
        return self._exact.get(text) or self._folded.get(text.strip().casefold(), "")

    def _typed(self, change: dict[str, Any]) -> None:
        if self._quiet:
            return
        text = change["new"]
        name = self._meant(text)
        fitting = find_names(text, self.names, self._known)
        self.box.options = tuple(fitting or self.names[:OFFERED])
        self.hint.value = "" if name or not text.strip() else self._hint(text, fitting)
        if name:
            self._choose(name)

    def _hint(self, text: str, fitting: list[str]) -> str:
        """What may be meant: the name of an alias first, then the names that hold the text, else those most like it."""
        meant = self._suggest(text) if self._suggest else []
        if fitting or meant:
            offered = list(dict.fromkeys([*meant, *fitting]))
            more = " …" if len(offered) > OFFERED_BELOW else ""
            buttons = ", ".join(go(self.kind, name) for name in offered[:OFFERED_BELOW])
            return piece(Html(f'<p class="lincs-faint">Fitting: {buttons}{more}</p>'))
        told = f"No {self.kind} is called {shown(text, 40)!r}."
        buttons = ", ".join(go(self.kind, name) for name in closest(text[:100], self.names))
        return piece(Html(f"<p>{sentence_html(told)}{f' Did you mean {buttons}?' if buttons else ''}</p>"))
