"""The report as a reader sees it: opened from the disk in a real browser, without network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lincs_interp.reports import write_report
from lincs_interp.sample import load_sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Nothing of the browser's own may go out while it looks at our page.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

# A picture that has not loaded has no width of its own.
PICTURES = "[...document.images].map(image => [image.alt, image.complete && image.naturalWidth])"

# What reaches beyond the window although nothing around it scrolls: the culprits, should the page be too wide.
TOO_WIDE = """() => [...document.body.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".wide"))
    .map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample, as a file."""
    sample = load_sample()
    return write_report(sample.ranks, sample.query, tmp_path_factory.mktemp("report") / "mine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running Chromium that the system brought; none is ever downloaded."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no Chromium was found (looked for {', '.join(BROWSERS)})")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[tuple[Any, list[str], list[str]]]:
    """The page in a window 1,200 pixels wide, what it asked for, and what it complained of."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(report.as_uri(), wait_until="load")
    yield page, requests, complaints
    page.close()


def test_the_page_asks_for_nothing_but_itself_and_complains_of_nothing(opened, report):
    _, requests, complaints = opened
    assert requests == [report.as_uri()]
    assert complaints == []


def test_the_page_says_what_it_is_about(opened):
    page = opened[0]
    assert page.title() == f"{load_sample().query.name}: reading of a Gene Rank Matrix"
    seen = page.inner_text("body").lower()
    assert [word for word in ("mimicker", "reverser", "percentile", "hypothesis") if word not in seen] == []


def test_every_picture_is_drawn(opened):
    pictures = opened[0].evaluate(PICTURES)
    assert pictures
    assert [alt for alt, width in pictures if not width] == []


@pytest.mark.parametrize("width", [700, 1200])
def test_the_page_is_no_wider_than_the_window(opened, width):
    page = opened[0]
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 1, page.evaluate(TOO_WIDE)
