"""Real Jupyter servers for the length of some tests: JupyterLab, Notebook 7 and Voilà, each far from the user's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(sys.executable).parent

# It holds the server and reads from a pipe that nobody writes to: the pipe ends with the tests, however they end.
GUARD = """
import subprocess, sys, threading
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=lambda: (sys.stdin.read(), server.terminate()), daemon=True).start()
sys.exit(server.wait())
"""

SETTINGS = {"notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}}

MOST_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the folder whose notebooks it shows."""

    address: str
    folder: Path
    log: Path


def environment(home: Path) -> dict[str, str]:
    """The variables of a server and its kernels: fresh folders, and the kernel `python3` is this Python."""
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    kernel = home / "data" / "kernels" / "python3"
    kernel.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    for name, values in SETTINGS.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values), encoding="utf-8")
    # No settings of the user's; otherwise two cores get in each other's way, and the debugger writes to stderr.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "MPLBACKEND"))}
    return {**own, "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"} | {
        name: str(folder) for name, folder in folders.items()
    }


def jupyter(program: str, folder: Path, port: int) -> list[str]:
    """The command for `jupyter-lab` or `jupyter-notebook`; the application is exposed to say when it is ready."""
    return [
        str(PROGRAMS / program),
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={folder}",
        "--expose-app-in-browser",
    ]


def voila(folder: Path, port: int) -> list[str]:
    """The command for a Voilà that shows every notebook of a folder."""
    return [str(PROGRAMS / "voila"), str(folder), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]


COMMANDS = {
    "lab": lambda folder, port: jupyter("jupyter-lab", folder, port),
    "notebook7": lambda folder, port: jupyter("jupyter-notebook", folder, port),
    "voila": voila,
}


@contextmanager
def serving(kind: str, home: Path) -> Iterator[Server]:
    """Serve an empty folder with `kind` (lab, notebook7, voila); the server ends with the block."""
    folder = home / "notebooks"
    folder.mkdir(parents=True)
    log = home / "server.log"
    port = free_port()
    command = [sys.executable, "-c", GUARD, *COMMANDS[kind](folder, port)]
    with (
        log.open("w") as written,
        subprocess.Popen(
            command,
            env=environment(home),
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            wait_for(port, process, log)
            yield Server(f"http://127.0.0.1:{port}", folder, log)
        finally:
            stop(process)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the server did not come up; its last words:\n{log.read_text()[-2000:]}")


def stop(process: subprocess.Popen) -> None:
    """Ask the server to end, which ends its kernels; after 15 seconds end the whole group."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
