"""Chromium, servers and watched pages. They end with the last test of this package, even if tests fail.

Not with the session: Playwright's event loop counts as running as long as it lives, and nbclient wants its own.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from ._axe import TREE, axe_script
from ._notebooks import shut_down
from ._servers import Server, serving
from ._watch import Watch

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Nothing of the browser's own may go out while it looks at our pages, and nothing of theirs can.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

# So high that a screenshot shows all of an explorer.
WINDOW = {"width": 1250, "height": 1500}

# LINCS_INTERP_BROWSER=required, as in .ci/run: what is missing is a failure and no reason to skip.
REQUIRED = os.environ.get("LINCS_INTERP_BROWSER") == "required"


def missing(reason: str) -> NoReturn:
    if REQUIRED:
        pytest.fail(f"{reason}, and LINCS_INTERP_BROWSER is set to required", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A running Chromium that the system brought; none is ever downloaded."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        missing(f"no Chromium was found (looked for {', '.join(BROWSERS)})")
    need("playwright", "test")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


def need(package: str, extra: str) -> None:
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        missing(f'the package {package} is not installed: pip install "lincs-interp[{extra}]"')


def server_of(kind: str, package: str, extra: str) -> Any:
    """Return a fixture: a server of this kind that runs as long as the tests of this package."""

    @pytest.fixture(scope="package", name=kind)
    def served(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Server]:
        need(package, extra)
        with serving(kind, tmp_path_factory.mktemp(kind)) as server:
            yield server

    return served


lab = server_of("lab", "jupyterlab", "notebooks")
notebook7 = server_of("notebook7", "notebook", "test")
voila = server_of("voila", "voila", "app")


@pytest.fixture
def new_page(request: pytest.FixtureRequest, chromium: Any, shoot: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page in a context of its own, as in a browser that was never used.

    What its pages asked for and complained of is judged at the end of the test. `theirs` goes to Watch, all
    other options to Playwright.
    """
    opened: list[tuple[Any, Watch]] = []

    def open_one(*, theirs: tuple[str, ...] = (), **options: Any) -> Any:
        context = chromium.new_context(viewport=WINDOW, **options)
        opened.append((context, Watch(context, theirs)))
        return context.new_page()

    yield open_one
    for context, _ in opened:
        for page in context.pages:
            if request.node.stash.get(FAILED, False):
                shoot(page, f"failed {request.node.name}")
            shut_down(page)
        context.close()
    assert [seen.foreign for _, seen in opened] == [[] for _ in opened]
    assert [seen.complaints for _, seen in opened] == [[] for _ in opened]


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """A fresh page that may write to the clipboard and read it."""
    return new_page(permissions=["clipboard-read", "clipboard-write"])


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def shoot() -> Callable[..., Path]:
    """Return a function that keeps a screenshot of a page, or of a part of it, under a telling name."""
    folder = Path(os.environ.get("LINCS_INTERP_SCREENSHOTS") or TREE / "screenshots")

    def keep(shown: Any, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[:120]}.png"
        shown.screenshot(path=path)
        return path

    return keep


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of axe-core; installed into pytest's cache folder where the tree has none."""
    cache = getattr(request.config, "cache", None)
    folder = tmp_path_factory.mktemp("axe") if cache is None else Path(cache.mkdir("axe-core"))
    try:
        return axe_script(folder)
    except LookupError as error:
        missing(str(error))
