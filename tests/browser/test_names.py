"""Names from a file are text, whatever they look like: in JupyterLab, in Voilà and in a page of the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ._explorer import PARTS, Explorer
from ._hostile import ALIVE, BEGIN, DISPLAYS, NAMES, TEXT_ONLY, beginning, signatures_of, write_hostile_matrix
from ._notebooks import failed_cells, open_in_lab, run_all, write_notebook
from .test_exports import NBCONVERT, as_page, run_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EXPLORE = "li.explore(li.interpret(ranks, query))"


def hostile_notebook(folder: Path, *cells: str) -> Path:
    write_hostile_matrix(folder / "hostile.tsv")
    return write_notebook(folder, "hostile", BEGIN, *cells)


def go_through(explorer: Explorer, parts: Sequence[str] = PARTS) -> None:
    """Look at every name in each part, and at the files."""
    for part in parts:
        explorer.open(part)
        for gene, signature in zip(NAMES, signatures_of(NAMES), strict=True):
            if part == "One gene":
                explorer.put("Gene", gene)
                assert beginning(gene) in explorer.words
            else:
                explorer.put("Signature", signature)
                assert explorer.picker("Signature").input_value() == signature
            assert explorer.page.evaluate(ALIVE) == TEXT_ONLY
        explorer.open_files()
        assert explorer.page.evaluate(ALIVE) == TEXT_ONLY
        explorer.close_files()


def test_hostile_names_are_text_in_jupyterlab(lab, page, shoot):
    path = hostile_notebook(lab.folder, *DISPLAYS, EXPLORE)
    open_in_lab(page, lab, path)
    run_all(page)
    assert failed_cells(page) == []
    explorer = Explorer(page)
    shoot(page, "hostile names in JupyterLab")
    assert page.evaluate(ALIVE) == TEXT_ONLY
    go_through(explorer)
    shoot(page, "hostile names in JupyterLab at the end")


def test_hostile_names_are_text_in_voila(voila, page, shoot):
    path = hostile_notebook(voila.folder, *DISPLAYS, EXPLORE)
    page.goto(f"{voila.address}/voila/render/{path.name}")
    go_through(Explorer(page), ("All signatures", "One gene"))
    shoot(page, "hostile names in Voila")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook after a run."""
    path = hostile_notebook(tmp_path_factory.mktemp("hostile"), *DISPLAYS, EXPLORE)
    return run_notebook(path, path.parent / "home")


@pytest.mark.parametrize("way", ["nbconvert", "docs"])
def test_hostile_names_are_text_in_a_page(way, executed, new_page, shoot):
    page = new_page(theirs=NBCONVERT, offline=True)
    page.goto(as_page(executed, way, executed.parent / "home").as_uri())
    shoot(page, f"hostile names in a page by {way}")
    assert page.evaluate(ALIVE) == TEXT_ONLY
    text = page.inner_text("body")
    assert [name for name in NAMES if beginning(name) not in text] == []
