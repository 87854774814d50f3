"""The controls of the page: a step that takes a file, and the smaller ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import views
from .settings import MEGABYTE
from .uploads import HeldFile, uploaded_file


class FileStep:
    """A button to choose a file, a button to take it back, and a line that says what is held."""

    def __init__(self, step: str, limit: int, *beside: Any) -> None:
        import ipywidgets as widgets

        self.held: HeldFile | None = None
        self._limit = limit
        self._watchers: list[Callable[[], None]] = []
        self.upload = widgets.FileUpload(description=views.CHOOSE[step], icon="", tooltip=views.HINTS[step])
        self.remove = widgets.Button(description=views.REMOVE[step])
        self.status = text_box()
        self.status.add_class("lincs-status")
        buttons = row(self.upload, self.remove, *beside)
        self.widget = widgets.VBox([buttons, self.status, text_box(views.hint(views.HINTS[step]))])
        self.widget.add_class("lincs-file")
        self.upload.observe(self._receive, "value")
        self.remove.on_click(lambda _: self.hold(None))
        self.hold(None)

    def on_change(self, call: Callable[[], None]) -> None:
        """Call this whenever another file is held."""
        self._watchers.append(call)

    def hold(self, file: HeldFile | None, *, now: dt.datetime | None = None) -> None:
        """Hold a file in place of the one before, which is let go."""
        if self.held is not None and self.held is not file:
            self.held.let_go()
        self.held = file
        self.status.value = views.held(file, now=now)
        self.remove.layout.display = "none" if file is None else None
        if file is None or not file.uploaded:
            self.upload.value = ()
        for call in self._watchers:
            call()

    def _receive(self, change: Any) -> None:
        """Take an upload over; the widget keeps its name only, so that nothing stays in memory twice."""
        if not change["new"] or not change["new"][0]["content"]:
            if change["new"] and not change["new"][0]["size"]:
                self._refuse(f"{change['new'][0]['name']} is empty: download or save it again.")
            return
        given = change["new"][0]
        content = memoryview(given["content"])
        if content.nbytes > self._limit * MEGABYTE:
            self._refuse(views.too_large(given["name"], content.nbytes, self._limit))
            return
        file = uploaded_file(given["name"], content)
        self.upload.value = ({**given, "content": memoryview(b""), "size": file.size},)
        self.hold(file, now=dt.datetime.now())

    def _refuse(self, sentence: str) -> None:
        """Say why a file was not taken; what was held before stays."""
        self.upload.value = ()
        self.status.value = views.alert(sentence) + views.held(self.held, now=dt.datetime.now())


def text_box(html: str = "") -> Any:
    """A widget of text; the looks of the page hold for these only, not for what an explorer shows."""
    from ipywidgets import HTML

    text = HTML(html)
    text.add_class("lincs-text")
    return text


def row(*buttons: Any) -> Any:
    """Buttons side by side."""
    from ipywidgets import HBox

    box = HBox(buttons)
    box.add_class("lincs-buttons")
    return box


def labelled(kind: Any, label: str, **options: Any) -> Any:
    """A control with its label above it, for everybody to see."""
    from ipywidgets import Layout

    box = kind(description=label, continuous_update=False, layout=Layout(width="auto"), **options)
    box.add_class("lincs-field")
    return box


@contextmanager
def disabled(*buttons: Any) -> Iterator[None]:
    """Take buttons away for as long as something is under way."""
    for button in buttons:
        button.disabled = True
    try:
        yield
    finally:
        for button in buttons:
            button.disabled = False


def close_all(widget: Any) -> None:
    """Close a widget and all in it, in the browser too."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    widget.close()
