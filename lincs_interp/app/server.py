"""The server of the page: Voilà on this computer alone, with one kernel per visitor and nothing left when it ends."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._util.errors import LincsInterpError
from .settings import MEGABYTE, PageSettings, to_environment
from .views import TITLE

HERE = "127.0.0.1"
TEMPLATE = Path(__file__).parent / "template"

CELL = "from lincs_interp.app import guided_page\n\nguided_page()"

#: A kernel that no page is connected to ends after so many seconds, and is looked for as often. Closing a page ends its
#: kernel at once; this is for pages that could not say goodbye.
IDLE_SECONDS, LOOK_SECONDS = 90, 30

#: The browser's side of the widgets; other extensions of JupyterLab may be installed, and do not work in Voilà.
WIDGETS = (
    "@voila-dashboards/widgets-manager8",
    "@voila-dashboards/widgets-manager7",
    "@jupyter-widgets/jupyterlab-manager",
)

# A message is a little longer than the file in it. What is longer than this closes the connection without a word, so
# there is room for files that are too large by some: they get their sentence from the kernel.
ROOM = 64 * MEGABYTE


def serve(settings: PageSettings, *, port: int = 0, browser: bool = True, tell: Callable[[str], None] = print) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    settings : PageSettings
        What the page of every visitor starts with.
    port : int
        0 for any free one.
    browser : bool
        Open the page in the browser.
    tell : callable
        Is told the address, in a sentence.

    Raises
    ------
    LincsInterpError
        If the port is taken.
    """
    with tempfile.TemporaryDirectory(prefix="lincs-interp-app-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("page", "visitors", "connections"):
            (folder / part).mkdir(mode=0o700)
        _write_notebook(folder / "page" / "page.ipynb")
        os.environ.update(to_environment(replace(settings, folder=str(folder / "visitors"))))
        app = _server_class().instance(
            config=_config(settings, folder),
            notebook_path=str(folder / "page" / "page.ipynb"),
            port=port,
            open_browser=browser,
        )
        app.tell, app.visitors = tell, folder / "visitors"
        app.initialize([])
        app.template_paths.insert(0, str(TEMPLATE))
        app.start()


def _write_notebook(path: Path) -> None:
    import nbformat

    notebook = nbformat.v4.new_notebook(metadata={"title": TITLE})
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.cells.append(nbformat.v4.new_code_cell(CELL, id="page"))
    nbformat.write(notebook, path)


def _config(settings: PageSettings, folder: Path) -> Any:
    from traitlets.config import Config

    config = Config()
    config.Voila.ip = HERE
    config.Voila.connection_dir_root = str(folder / "connections")
    config.Voila.config_file_paths = []  # what a user has set up for other pages is not meant for this one
    config.Voila.log_level = logging.ERROR
    config.Voila.tornado_settings = {
        "websocket_max_message_size": settings.max_bytes + ROOM,
        # Pages of other sites that have themselves called 127.0.0.1 (DNS rebinding) are sent away.
        "allow_remote_access": False,
        "local_hostnames": ["localhost"],
        "ws_ping_timeout": 30_000,  # jupyter_server's own, 90 s, is longer than tornado allows, which it says each time
    }
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.extension_allowlist = list(WIDGETS)
    config.VoilaConfiguration.prelaunch_hook = _allow_goodbye
    config.VoilaConfiguration.multi_kernel_manager_class = _kernel_manager_class(folder / "visitors")
    config.VoilaConfiguration.kernel_spec_manager_class = _kernel_spec_class()
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = LOOK_SECONDS
    config.KernelRestarter.restart_limit = 0  # a kernel that died took the page's state along: the page says so
    return config


def _allow_goodbye(handler: Any, **_: Any) -> None:
    """Set the cookie without which the server refuses the page's last message, which ends its kernel."""
    handler.xsrf_token  # noqa: B018 (asking for it is what sets it)


def _kernel_spec_class() -> type:
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class OwnPython(KernelSpecManager):
        """Kernels run in this very Python, whatever is registered under the name python3."""

        def get_kernel_spec(self, kernel_name: str) -> Any:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    return OwnPython


def _kernel_manager_class(visitors: Path) -> type:
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    class TidyKernels(AsyncMappingKernelManager):
        """Removes the folder of a visitor whose kernel is gone, even if that had no time to do it itself."""

        def remove_kernel(self, kernel_id: str) -> Any:
            shutil.rmtree(visitors / kernel_id, ignore_errors=True)
            return super().remove_kernel(kernel_id)

    return TidyKernels


def _server_class() -> Any:
    from tornado.httpserver import HTTPServer
    from tornado.ioloop import IOLoop
    from tornado.netutil import bind_sockets
    from voila.app import Voila

    class PageServer(Voila):
        """Voilà on one port, the one that was asked for, which says its address and ends without a trace."""

        tell: Callable[[str], None] = print
        port: int  # a trait of Voilà's

        def listen(self) -> None:
            try:
                sockets = bind_sockets(self.port, self.ip)
            except OSError as error:
                shutil.rmtree(self.connection_dir, ignore_errors=True)
                raise _port_error(self.port, error) from None
            self.port = sockets[0].getsockname()[1]
            HTTPServer(self.app).add_sockets(sockets)
            self.ioloop = IOLoop.current()
            address = f"http://{self.ip}:{self.port}/"
            self.tell(f"The page is at {address} (on this computer only); stop it with Ctrl-C.")
            if self.open_browser:
                threading.Thread(target=_open, args=(address,), daemon=True).start()
            for name in ("SIGINT", "SIGTERM"):
                signal.signal(getattr(signal, name), self._handle_signal_stop)
            try:
                self.ioloop.start()
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # impatience would leave kernels behind
                self.stop()

    return PageServer


def _open(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)


def _port_error(port: int, error: OSError) -> LincsInterpError:
    if error.errno == errno.EADDRINUSE:
        return LincsInterpError(
            f"--port is {port}, which another program uses: choose another one, or leave it out for one that is free."
        )
    reason = error.strerror or type(error).__name__
    return LincsInterpError(f"--port is {port}, which cannot be used ({reason}): choose one above 1,023.")
