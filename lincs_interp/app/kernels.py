"""Who may see the page, and how its kernels start; only the server imports this: Jupyter takes a second to load."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.base.call_context import CallContext
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.web import Finish
from traitlets import Dict
from voila.voila_identity_provider import VoilaIdentityProvider

#: So many pages can be open at once; each has a kernel of its own, of some 150 MB and more with a matrix.
MOST_PAGES = 8
#: A kernel without a page that did nothing for so many seconds makes room: a page connects within a few.
GONE_SECONDS = 15


class OwnPython(KernelSpecManager):
    """Kernels run in this very Python, whatever is registered under the name python3."""

    variables = Dict(help="Environment variables of the kernels").tag(config=True)

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """Return the one kernel there is."""
        return KernelSpec(resource_dir=RESOURCES, **(get_kernel_dict() | {"env": self.variables}))


class UnnamedKernel(ServerKernelManager):
    """A kernel whose id is not the name of its connection file: everybody on the machine can read that in a list."""

    def __init__(self, **options: Any) -> None:
        file = Path(options["connection_file"])
        super().__init__(**options | {"connection_file": str(file.with_name(f"{secrets.token_hex(8)}.json"))})


class FewKernels(AsyncMappingKernelManager):
    """No more kernels than pages that may be open: those whose page has gone make room, else there is a sentence."""

    _starting = 0

    async def start_kernel(self, **options: Any) -> Any:  # type: ignore[override]
        """Start one, unless there are as many already, those included that are just being started."""
        if self._full():
            for kernel_id in self.list_kernel_ids():
                kernel: Any = self.get_kernel(kernel_id)
                idle = (datetime.now(UTC) - kernel.last_activity).total_seconds()
                if not self._kernel_connections.get(kernel_id) and idle > GONE_SECONDS:
                    await self.shutdown_kernel(kernel_id, now=True)
        if self._full():
            sentence = f"{MOST_PAGES} of these pages are open: close one, and load this one again."
            refuse(CallContext.get(CallContext.JUPYTER_HANDLER), 503, sentence)
        self._starting += 1
        try:
            return await super().start_kernel(**options)
        finally:
            self._starting -= 1

    def _full(self) -> bool:
        return len(self.list_kernel_ids()) + self._starting >= MOST_PAGES


class OwnVisitors(VoilaIdentityProvider):
    """Only who has the address with its token, or the cookie that it left, and comes from no other site."""

    async def get_user(self, handler: Any) -> Any:
        """Return who asks, before anything is started for them; everybody else is refused."""
        user = await super()._get_user(handler)
        by_token = getattr(handler, "_token_authenticated", False)  # set by what was called above
        if user is not None and (by_token or not is_foreign(handler.request)):
            return user
        refuse(handler, 403, "Open the page by the whole address that the command lincs-interp app shows.")


def refuse(handler: Any, status: int, sentence: str) -> NoReturn:
    """End a request with one sentence."""
    handler.set_status(status)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    raise Finish(sentence)


def is_foreign(request: Any) -> bool:
    """Return whether a page of another site asks, or a socket that no page opened."""
    headers, host = request.headers, request.headers.get("Host", "")
    if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    if headers.get("Upgrade", "").lower() == "websocket" and "Origin" not in headers:
        return True
    return any(urlsplit(headers[name]).netloc != host for name in ("Origin", "Referer") if name in headers)


def allow_goodbye(handler: Any, **_: Any) -> None:
    """Set the cookie without which the server refuses the page's last message, which ends its kernel."""
    handler.xsrf_token  # noqa: B018 (asking for it is what sets it)
