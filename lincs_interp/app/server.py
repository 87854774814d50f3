"""The server of the page: Voilà on this computer alone, with one kernel per visitor and nothing left when it ends."""

from __future__ import annotations

import errno
import json
import logging
import secrets
import signal
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._util.errors import needs_package, wrong
from .options import MEGABYTE, PageSettings, to_environment
from .views import TEMPLATE, TITLE

HERE = "127.0.0.1"

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


def serve(
    settings: PageSettings, *, port: int = 0, browser: bool = True, report: Callable[[str], None] = print
) -> None:
    """Serve the page until Ctrl-C; call `report` with a sentence that has its address once it can be opened."""
    port = _free_port(port)  # first, because the packages take seconds to load
    for module in ("ipywidgets", "ipykernel.kernelspec"):
        needs_package("lincs-interp app", module, "app")
    Voila = needs_package("lincs-interp app", "voila.app", "app").Voila
    from tornado.ioloop import IOLoop

    with tempfile.TemporaryDirectory(prefix="lincs-interp-app-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("page", "temporary", "connections"):
            (folder / part).mkdir(mode=0o700)
        page = folder / "page" / "page.ipynb"
        page.write_text(_notebook(), encoding="utf-8")
        token = secrets.token_urlsafe(32)
        app = Voila.instance(
            config=_config(settings, folder, token),
            notebook_path=str(page),
            port=port,
            port_retries=0,
            open_browser=False,
        )
        app.initialize([])
        app.template_paths.insert(0, str(TEMPLATE))
        loop = IOLoop.current()

        def started() -> None:
            for one in (signal.SIGINT, signal.SIGTERM):
                signal.signal(one, lambda *_: loop.add_callback_from_signal(stopped))
            address = f"http://{HERE}:{port}/?token={token}"
            report(f"The page is at {address} (on this computer only, for you alone); stop it with Ctrl-C.")
            if browser:
                threading.Thread(target=_open, args=(_door(folder, address).as_uri(),), daemon=True).start()

        def stopped() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave kernels behind
            loop.stop()

        loop.add_callback(started)  # runs as soon as the server listens
        app.start()


def _notebook() -> str:
    """Return the notebook of one cell that Voilà shows as the page."""
    empty: dict[str, Any] = {"execution_count": None, "metadata": {}, "outputs": []}
    cell = empty | {"cell_type": "code", "id": "page", "source": CELL}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"title": TITLE, "kernelspec": kernel}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def _door(folder: Path, address: str) -> Path:
    """Write a page that leads to the address: that of the browser is seen by everybody in the list of processes."""
    door = folder / "page" / "open.html"
    door.write_text(f'<meta charset="utf-8"><meta http-equiv="refresh" content="0; url={address}">', encoding="utf-8")
    return door


def _config(settings: PageSettings, folder: Path, token: str) -> Any:
    from traitlets.config import Config

    from .kernels import FewKernels, OwnPython, OwnVisitors, UnnamedKernel, allow_goodbye

    config = Config()
    config.Voila.ip = HERE
    config.Voila.token = token
    config.Voila.identity_provider_class = OwnVisitors
    config.OwnVisitors.cookie_options = {"samesite": "Strict"}
    config.Voila.connection_dir_root = str(folder / "connections")
    config.Voila.config_file_paths = []  # what a user has set up for other pages is not meant for this one
    config.Voila.log_level = logging.ERROR
    config.Voila.tornado_settings = {
        "websocket_max_message_size": settings.max_upload * MEGABYTE + ROOM,
        # Pages of other sites that have themselves called 127.0.0.1 (DNS rebinding) are sent away.
        "allow_remote_access": False,
        "local_hostnames": ["localhost"],
        "ws_ping_timeout": 30_000,  # jupyter_server's own, 90 s, is longer than tornado allows, which warns each time
    }
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.extension_allowlist = list(WIDGETS)
    config.VoilaConfiguration.prelaunch_hook = allow_goodbye
    config.VoilaConfiguration.multi_kernel_manager_class = FewKernels
    config.VoilaConfiguration.kernel_spec_manager_class = OwnPython
    # What a kernel that was killed has left of its temporary files goes with the server's folder.
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "temporary"))
    config.OwnPython.variables = to_environment(settings) | temporary
    config.MappingKernelManager.kernel_manager_class = f"{UnnamedKernel.__module__}.{UnnamedKernel.__name__}"
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = LOOK_SECONDS
    config.KernelRestarter.restart_limit = 0  # a kernel that died took the page's state along: the page says so
    return config


def _open(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)


def _free_port(port: int) -> int:
    """Return the port, or any free one for 0; raise if it cannot be used."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(hasattr(socket, "SO_REUSEPORT")))
        try:
            trial.bind((HERE, port))
            return int(trial.getsockname()[1])
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                remedy = "choose another one, or leave it out for one that is free"
                raise wrong("port", port, f"is {port}, which another program uses", remedy) from None
            reason = error.strerror or type(error).__name__
            raise wrong("port", port, f"is {port}, which cannot be used ({reason})", "choose one above 1,023") from None
