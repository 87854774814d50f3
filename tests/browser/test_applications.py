"""The same explorers in Voilà and in Notebook 7."""

from __future__ import annotations

import pytest

from ._axe import grave_findings
from ._explorer import BEGIN, EXPLORERS, GENE, PARTS, SIGNATURE, Explorer
from ._notebooks import failed_cells, open_in_notebook, run_all, unharmed, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_voila_by_mouse_and_by_keyboard(voila, page, shoot, axe):
    path = write_notebook(voila.folder, "overview", BEGIN, EXPLORERS["overview"])
    page.goto(f"{voila.address}/voila/render/{path.name}")
    explorer = Explorer(page)
    with explorer.changes():
        explorer.names("signature").nth(2).click()
    with explorer.changes():
        explorer.pick("Signature", SIGNATURE)
    for part in PARTS:
        explorer.open(part)
        shoot(page, f"voila {part}")
        assert grave_findings(page, axe) == []
    with explorer.changes():
        explorer.pick("Gene", GENE)
    assert GENE in explorer.words
    explorer.tab_to(explorer.button("next", of="gene"))
    with explorer.changes():
        page.keyboard.press("Enter")
    explorer.tab_to(explorer.names("signature").last)
    with explorer.changes():
        page.keyboard.press("Space")
    explorer.open_files()
    explorer.root.locator("button.lincs-copy").first.click()
    assert page.evaluate("navigator.clipboard.readText()").startswith("signature\trank\tpercentile")
    assert explorer.save("png")[1].read_bytes().startswith(b"\x89PNG")


def test_notebook_7_runs_an_explorer(notebook7, page, shoot):
    path = write_notebook(notebook7.folder, "rank", BEGIN, EXPLORERS["rank"])
    open_in_notebook(page, notebook7, path)
    run_all(page)
    assert failed_cells(page) == []
    explorer = Explorer(page)
    with unharmed(page):
        with explorer.changes():
            explorer.pick("Gene", GENE)
        with explorer.changes():
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
    shoot(page, "notebook 7 rank explorer")
