"""The browser half of make_gallery.py: run an explorer in Voilà and take its picture in the system's Chromium."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery_entries import Entry

if TYPE_CHECKING:
    from PIL.Image import Image

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Nothing of the browser's own may go out, and nothing of the page's can.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# As wide as a notebook leaves beside its prompts, and so high that no explorer has to scroll: what is out of sight may
# not be drawn.
WINDOW = {"width": 900, "height": 2400}
MARGIN = 10  # pixels of the page around the explorer
HIGHEST = 1420  # pixels of the page; a long explorer is cut off at the foot
SECONDS = 90  # for one explorer, on a busy machine

# Everything that an explorer shows, to detect whether it still changes.
SEEN = """() => {
    const root = document.querySelector(".lincs-explorer");
    const pictures = [...root.querySelectorAll("img")].filter(one => one.checkVisibility());
    return [root.innerText, pictures.map(one => one.src).join(), root.getBoundingClientRect().height,
        pictures.length > 0 && pictures.every(one => one.complete && one.naturalWidth > 0)];
}"""

# All that is in it, to be seen or folded away; its style is no text of its own.
WORDS = """root => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll("style").forEach(one => one.remove());
    const texts = [], walk = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) texts.push(walk.currentNode.data.trim());
    return texts.filter(Boolean).join("\\n");
}"""


def what_is_missing() -> str | None:
    """Return what explorers cannot be photographed without, as the beginning of a sentence."""
    if not _program():
        return f"No Chromium was found (looked for {', '.join(BROWSERS)})"
    for package, extra in (("voila", "app"), ("ipykernel", "notebooks"), ("playwright", "test")):
        if find_spec(package) is None:
            return f'The package {package} is not installed (pip install "lincs-interp[{extra}]")'
    return None


def _program() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def photographs(entries: Sequence[Entry], *, sharpness: float) -> Iterator[tuple[Entry, Image]]:
    """Yield each entry with the picture of its live widget, whose "Description" is what the widget says.

    `sharpness` is how many dots make a pixel of the page.
    """
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as scratch,
        sync_playwright() as driver,
        serving(Path(scratch), entries) as address,
    ):
        browser = driver.chromium.launch(executable_path=_program(), args=list(FLAGS))
        for entry in entries:
            page = browser.new_page(viewport=WINDOW, device_scale_factor=sharpness)
            page.goto(f"{address}/voila/render/{entry.name}.ipynb", timeout=1000 * SECONDS)
            root = page.locator(".lincs-explorer")
            root.wait_for(timeout=1000 * SECONDS)
            wait_for_rest(page, entry.name)
            words = root.evaluate(WORDS)
            png = root.screenshot(animations="disabled", caret="hide")
            page.close()
            picture = trimmed(Image.open(io.BytesIO(png)).convert("RGB"), sharpness)
            picture.info = {"Description": words}
            yield entry, picture
        browser.close()


def trimmed(picture: Image, sharpness: float) -> Image:
    """Return a picture of at most HIGHEST pixels of the page, without what is blank around it but for a margin."""
    from PIL import Image, ImageChops, ImageOps

    white = Image.new("RGB", picture.size, "white")
    left, top, right, foot = ImageChops.difference(picture, white).getbbox() or (0, 0, *picture.size)
    foot = min(foot, top + round(HIGHEST * sharpness))
    return ImageOps.expand(picture.crop((left, top, right, foot)), round(MARGIN * sharpness), "white")


def wait_for_rest(page: Any, name: str) -> None:
    """Wait until for one second nothing has changed and every picture is drawn."""
    last, quiet = None, 0
    for _ in range(10 * SECONDS):
        now = page.evaluate(SEEN)
        quiet = quiet + 1 if now == last and now[-1] else 0
        if quiet >= 10:
            return
        last = now
        page.wait_for_timeout(100)
    raise SystemExit(f"{name} did not come to rest within {SECONDS} seconds.")


@contextmanager
def serving(home: Path, entries: Sequence[Entry]) -> Iterator[str]:
    """Serve a notebook for each entry, on this machine only and away from the user's settings."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    folder = home / "notebooks"
    folder.mkdir()
    for entry in entries:
        notebook = new_notebook(cells=[new_code_cell(entry.code)])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{entry.name}.ipynb")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "voila", str(folder), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    log = home / "voila.log"
    with log.open("w") as written:
        server = subprocess.Popen(command, cwd=home, env=_environment(home), stdout=written, stderr=subprocess.STDOUT)
        try:
            _wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def _environment(home: Path) -> dict[str, str]:
    """Fresh folders for Jupyter; the kernel "python3" is this Python."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    folders = {name: home / name.lower() for name in names}
    kernel = folders["JUPYTER_DATA_DIR"] / "kernels" / "python3"
    for folder in (*folders.values(), kernel):
        folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "MPLBACKEND"))}
    return {**kept, **{name: str(folder) for name, folder in folders.items()}}


def _wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise SystemExit(f"Voilà did not start; its last words:\n{log.read_text()[-2000:]}")
