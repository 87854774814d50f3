"""What a page asks for and complains of. Nothing may leave this machine, and nothing may be complained of."""

from __future__ import annotations

import re
from typing import Any

# What is ours to ask for: the servers, and what needs no network at all.
AT_HOME = re.compile(r"(?:https?|wss?)://127\.0\.0\.1:|(?:file|data|blob|about|chrome-error):")

# What the applications do by themselves, with any notebook: exactly this, and nothing that looks like it.
THEIR_REQUESTS = (
    # Voilà's own page takes the icons of its buttons from there; ours have words.
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@%5E5/css/all.min.css",
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@%5E5/css/v4-shims.min.css",
)
THEIR_COMPLAINTS = (
    # JupyterLab asks a new kernel for its debugger, and a test may be over before the answer comes.
    "Could not restore the debugger state: Canceled future for debug_request message before replies were done",
    # Notebook 7 reads its settings in an order of its own while it starts, with an empty notebook too.
    "Cannot read properties of undefined (reading 'schema')",
    # Voilà tries to load every extension of JupyterLab, that of Notebook 7 too, which is made for another page.
    'Error: The getter for the shared module is not a function. This may be caused by setting "shared.import: false"'
    " without the host providing the corresponding lib. #RUNTIME-012\n"
    'args: {"shareKey":"@jupyterlab/docregistry"}',
)


class Watch:
    """The requests that would leave this machine, and the errors, of all pages of a context.

    `theirs` are addresses and beginnings of complaints that belong to somebody else's part of this one page.
    """

    def __init__(self, context: Any, theirs: tuple[str, ...] = ()) -> None:
        self._theirs = (*THEIR_REQUESTS, *theirs)
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        context.on("request", self._asked)
        context.on("weberror", lambda error: self._complained(str(error.error), ""))
        context.on("console", self._said)

    def _asked(self, request: Any) -> None:
        if not AT_HOME.match(request.url) and request.url not in self._theirs:
            self.foreign.append(request.url[:300])

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self._complained(message.text, message.location.get("url", ""))

    def _complained(self, text: str, source: str) -> None:
        if source not in self._theirs and not text.startswith((*THEIR_COMPLAINTS, *self._theirs)):
            self.complaints.append(f"{text[:1000]} ({source[:300]})")
