"""An executed notebook without its kernel: as a page from the disk, and opened again in JupyterLab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ._axe import TREE
from ._explorer import BEGIN, EXPLORERS, Explorer
from ._notebooks import failed_cells, open_in_lab, run_all, save, shut_down, write_notebook
from ._servers import environment

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Where nbconvert's own page looks for what it shows widgets and formulas with.
NBCONVERT = (
    "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.1.10/require.min.js",
    "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/latest.js?config=TeX-AMS_CHTML-full,Safe",
    "https://unpkg.com/@jupyter-widgets/html-manager@*/dist/embed-amd.js",
)

# JupyterLab logs it for every widget of a notebook whose kernel has ended.
NO_MODEL = "Error: widget model not found"

# The same steps as the build of the documentation, for one notebook that was run before.
DOCS = """
import sys
from pathlib import Path
sys.path.insert(0, "scripts")
import build_docs
page = build_docs.notebook_page(Path(sys.argv[1]))
build_docs.write_page(Path(sys.argv[2]), page, build_docs.notebook_body(page.notebook))
"""

# What a reader sees of explorers in a page: pictures that are really drawn, and words.
VISIBLE = """() => ({
    pictures: [...document.querySelectorAll(".lincs-picture img")]
        .filter(one => one.checkVisibility() && one.complete && one.naturalWidth > 100 && one.alt.length > 20).length,
    blank: [...document.querySelectorAll(".lincs-picture img")]
        .filter(one => one.checkVisibility() && !one.naturalWidth).length,
    words: [...document.querySelectorAll("[role=status]")].filter(one => one.checkVisibility())
        .map(one => one.innerText),
    tables: [...document.querySelectorAll(".lincs-static table")].filter(one => one.checkVisibility()).length,
})"""


def command(*arguments: object, folder: Path = TREE, home: Path) -> None:
    """Run a Python module or script in a process of its own, as a user would; what it prints is in the failure."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def run_notebook(path: Path, home: Path) -> Path:
    """Run a notebook in its folder."""
    run = ("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", path.name)
    command(*run, folder=path.parent, home=home)
    return path


def as_page(path: Path, way: str, home: Path) -> Path:
    """Write an executed notebook as a page: by nbconvert without any option, or as the documentation is built."""
    out = path.parent / way
    if way == "nbconvert":
        command("-m", "nbconvert", "--to", "html", path.name, "--output-dir", out, folder=path.parent, home=home)
        return out / f"{path.stem}.html"
    command("-c", DOCS, path, out, home=home)
    return out / "notebooks" / f"{path.stem}.html"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """A notebook with all explorers that was run."""
    path = write_notebook(tmp_path_factory.mktemp("executed"), "explorers", BEGIN, *EXPLORERS.values())
    return run_notebook(path, home)


@pytest.mark.parametrize("way", ["nbconvert", "docs"])
def test_the_page_of_a_notebook_shows_pictures_and_words_without_network(way, executed, home, new_page, shoot):
    page = new_page(theirs=NBCONVERT if way == "nbconvert" else (), offline=True)
    page.goto(as_page(executed, way, home).as_uri())
    seen = page.evaluate(VISIBLE)
    shoot(page, f"page of a notebook by {way}")
    assert seen["pictures"] >= len(EXPLORERS)
    assert seen["blank"] == 0
    assert len(seen["words"]) >= len(EXPLORERS)
    assert seen["tables"] >= len(EXPLORERS)


def test_a_saved_notebook_shows_its_still_copy_when_it_is_opened_again(lab, new_page, shoot, tmp_path):
    """The kernel is a new one, which has run nothing: as next morning."""
    path = write_notebook(lab.folder, tmp_path.name, BEGIN, EXPLORERS["rank"])
    first = new_page()
    open_in_lab(first, lab, path)
    run_all(first)
    assert failed_cells(first) == []
    Explorer(first)
    save(first)
    shut_down(first)
    again = new_page(theirs=(NO_MODEL,))
    open_in_lab(again, lab, path)
    still = again.locator(".lincs-static .lincs-picture img")
    still.first.wait_for()
    shoot(again, "notebook opened again in JupyterLab")
    assert again.evaluate(VISIBLE)["pictures"] == 3, "all parts are below each other; one signature has no dose curve"
    assert again.locator(".lincs-static [role=status]").first.inner_text()
