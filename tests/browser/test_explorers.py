"""The explorers in JupyterLab: by mouse, by keyboard alone, and what can be taken home."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

import lincs_interp as li

from ._axe import grave_findings
from ._explorer import BEGIN, EXPLORERS, FOCUSED, GENE, PARTS, PERTURBAGEN, SIGNATURE, Explorer
from ._notebooks import cells_of, dialogs, failed_cells, open_in_lab, run_all, theme, unharmed, write_notebook
from ._servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# In JupyterLab's command mode these keys insert, delete, cut and restart.
COMMANDS = "aabbddxx00iimmyy"


@pytest.fixture(scope="module")
def sample() -> li.Sample:
    return li.load_sample()


@pytest.fixture(scope="module")
def scores(sample: li.Sample) -> pd.DataFrame:
    return li.score_concordance(sample.ranks, sample.query)


@pytest.fixture
def opened(lab: Server, page: Any, tmp_path: Path) -> Callable[[str], Explorer]:
    """Return a function that runs a notebook with an explorer of the sample in JupyterLab."""

    def open_it(kind: str) -> Explorer:
        path = write_notebook(lab.folder, tmp_path.name, BEGIN, EXPLORERS[kind], "# Below", "1 + 1")
        open_in_lab(page, lab, path)
        run_all(page)
        assert failed_cells(page) == []
        return Explorer(page)

    return open_it


def press_arrows(page: Any) -> None:
    """They move what has the focus, or nothing."""
    for key in ("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "Escape"):
        page.keyboard.press(key)


def type_over(explorer: Explorer, label: str, text: str) -> None:
    """Go to a picker with Tab and type over what it holds."""
    explorer.tab_to(explorer.picker(label))
    explorer.page.keyboard.press("ControlOrMeta+A")
    explorer.page.keyboard.type(text)


def type_commands(explorer: Explorer, label: str) -> None:
    """Type into a picker what would do harm outside it."""
    type_over(explorer, label, COMMANDS)
    assert explorer.picker(label).input_value() == COMMANDS
    press_arrows(explorer.page)
    explorer.rest()
    assert explorer.problems() == []


def files_hold(explorer: Explorer, expected: pd.DataFrame, key: str) -> None:
    """The TSV holds the expected numbers, PNG and SVG are pictures, and what is copied is what is there."""
    explorer.open_files()
    saved = pd.read_csv(explorer.save("tsv")[1], sep="\t", index_col=key)
    assert sorted(saved.index) == sorted(expected.index)
    pd.testing.assert_frame_equal(
        saved[list(expected.columns)], expected.loc[saved.index], check_dtype=False, check_names=False
    )
    is_png(explorer.save("png")[1])
    is_svg(explorer.save("svg")[1])
    for number in range(explorer.root.locator("button.lincs-copy").count()):
        explorer.root.locator("button.lincs-copy").nth(number).click()
        text = explorer.root.locator(".lincs-copies textarea").nth(number).input_value()
        assert text
        assert explorer.page.evaluate("navigator.clipboard.readText()") == text


def is_png(path: Path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        assert image.format == "PNG"
        assert min(image.size) > 500
        darkest, lightest = image.convert("L").getextrema()
        assert lightest - darkest > 200


def is_svg(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 10


# --- one gene ---


def test_rank_explorer_by_mouse(opened, page, shoot, axe, sample):
    explorer = opened("rank")
    shoot(page, "rank explorer at first")
    explorer.pick("Gene", "Trp53")  # no gene of the matrix, but a mouse's spelling of one
    with explorer.changes():
        explorer.button(GENE, of="gene").click()
    assert GENE in explorer.words
    assert explorer.picker("Gene").input_value() == GENE
    for button in ("next", "previous"):
        with explorer.changes():
            explorer.button(button, of="gene").click()
    assert GENE in explorer.words
    with explorer.changes():
        explorer.button("next", of="signature").click()
    name = explorer.names("signature").last
    value = name.get_attribute("value")
    with explorer.changes():
        name.click()
    assert explorer.picker("Signature").input_value() == value
    percentiles = sample.ranks.percentiles().loc[GENE].rename("percentile")
    files_hold(explorer, pd.concat([sample.ranks.frame.loc[GENE].rename("rank"), percentiles], axis=1), "signature")
    shoot(page, "rank explorer by mouse")
    assert grave_findings(page, axe, ".lincs-explorer") == []


def test_rank_explorer_by_keyboard(opened, page, shoot):
    explorer, keys = opened("rank"), page.keyboard
    with unharmed(page):
        with explorer.changes():
            type_over(explorer, "Gene", GENE)
            keys.press("Enter")
        assert GENE in explorer.words
        explorer.tab_to(explorer.button("next", of="gene"))
        for key in ("Enter", "Space"):
            with explorer.changes():
                keys.press(key)
        with explorer.changes():
            type_over(explorer, "Signature", SIGNATURE)
        explorer.tab_to(explorer.names("signature").first)
        with explorer.changes():
            keys.press("Enter")
        explorer.tab_to(explorer.names("signature").last)
        with explorer.changes():
            keys.press("Space")
        press_arrows(page)
        explorer.tab_to(explorer.button("Save or copy …"))
        keys.press("Enter")
        explorer.tab_to(explorer.link("tsv"))
        with page.expect_download():
            keys.press("Enter")
        copy = explorer.root.locator("button.lincs-copy").first
        explorer.tab_to(copy)
        keys.press("Enter")
        assert page.evaluate("navigator.clipboard.readText()").startswith("signature\trank\tpercentile")
        for label in ("Gene", "Signature"):
            type_commands(explorer, label)
    shoot(page, "rank explorer by keyboard")


# --- one signature ---


def test_signature_explorer_by_mouse(opened, page, shoot, axe, sample):
    explorer = opened("signature")
    shoot(page, "signature explorer at first")
    with explorer.changes():
        explorer.button("next", of="signature").click()
    with explorer.changes():
        explorer.pick("Signature", SIGNATURE)
    whole = explorer.seen()
    with explorer.changes():
        explorer.button("Leave out the top 10").click()
    shoot(page, "signature explorer without ten genes")
    with explorer.changes():
        explorer.button("Put all back").click()
    assert explorer.seen() == whole
    expected = li.explain_concordance(sample.ranks, sample.query, SIGNATURE)
    genes = explorer.root.locator("table.lincs-table, .lincs-signature table").locator("visible=true").last
    explorer.button("percentile").click()
    most_down = expected.sort_values("percentile")["gene"].iloc[0]
    genes.locator("tbody tr").first.get_by_text(most_down, exact=True).wait_for()
    files_hold(explorer, expected.set_index("gene")[["rank", "percentile", "contribution"]], "gene")
    shoot(page, "signature explorer by mouse")
    assert grave_findings(page, axe, ".lincs-explorer") == []


def test_signature_explorer_by_keyboard(opened, page, shoot, sample):
    explorer, keys = opened("signature"), page.keyboard
    with unharmed(page):
        with explorer.changes():
            type_over(explorer, "Signature", SIGNATURE)
        explorer.tab_to(explorer.button("previous", of="signature"))
        with explorer.changes():
            keys.press("Space")
        carrier = li.explain_concordance(sample.ranks, sample.query, explorer.picker("Signature").input_value())
        explorer.tab_to(explorer.root.get_by_label("Leave out these genes"))
        with explorer.changes():
            keys.type(carrier["gene"].iloc[0])
            keys.press("Tab")
        assert carrier["gene"].iloc[0] in explorer.words
        explorer.tab_to(explorer.button("Put all back"))
        with explorer.changes():
            keys.press("Enter")
        explorer.tab_to(explorer.button("gene"))
        keys.press("Enter")
        first = explorer.root.locator("table").locator("visible=true").last.locator("tbody tr").first
        first.get_by_text(min(carrier["gene"], key=str.casefold), exact=True).wait_for()
        press_arrows(page)
        type_commands(explorer, "Signature")
    shoot(page, "signature explorer by keyboard")


# --- one perturbagen ---


def test_perturbagen_explorer_by_mouse(opened, page, shoot, axe, sample, scores):
    explorer = opened("perturbagen")
    shoot(page, "perturbagen explorer at first")
    begin = explorer.seen()
    for button in ("next", "previous"):
        with explorer.changes():
            explorer.button(button, of="perturbagen").click()
    assert explorer.seen() == begin
    with explorer.changes():
        explorer.pick("Perturbagen", "contrasone")
    with explorer.changes():
        explorer.pick("Perturbagen", PERTURBAGEN)
    tile = explorer.names("signature").nth(3)
    value = tile.get_attribute("value")
    with explorer.changes():
        tile.click()
    assert explorer.picker("Signature").input_value() == value
    own = sample.ranks.signatures["pert_name"] == PERTURBAGEN
    files_hold(explorer, scores.loc[own.index[own], ["z_up", "z_down", "z_sum"]], "signature")
    shoot(page, "perturbagen explorer by mouse")
    assert grave_findings(page, axe, ".lincs-explorer") == []


def test_perturbagen_explorer_by_keyboard(opened, page, shoot):
    explorer, keys = opened("perturbagen"), page.keyboard
    with unharmed(page):
        explorer.tab_to(explorer.names("signature").nth(1))
        with explorer.changes():
            keys.press("Enter")
        press_arrows(page)
        explorer.tab_to(explorer.names("signature").nth(5))
        with explorer.changes():
            keys.press("Space")
        explorer.tab_to(explorer.button("next", of="signature"))
        with explorer.changes():
            keys.press("Enter")
        with explorer.changes():
            type_over(explorer, "Perturbagen", "contrasone")
        for label in ("Perturbagen", "Signature"):
            type_commands(explorer, label)
    shoot(page, "perturbagen explorer by keyboard")


# --- all of it ---


def test_overview_by_mouse(opened, page, shoot, axe, scores):
    explorer = opened("overview")
    shoot(page, "overview at first")
    with explorer.changes():
        explorer.names("signature").nth(2).click()
    assert explorer.picker("Signature").input_value() == scores.index[2]
    with explorer.changes():
        click_mark(explorer, SIGNATURE)
    assert explorer.picker("Signature").input_value() == SIGNATURE
    with explorer.changes(words=False):
        explorer.button("reverser").click()
    reversers = scores.index[scores["call"] == "reverser"]
    explorer.wait_for_names("signature", reversers)
    shoot(page, "overview filtered")
    files_hold(explorer, scores.loc[reversers, ["z_up", "z_down", "z_sum", "concordance", "p_sum"]], "signature")
    explorer.close_files()
    for part in PARTS[1:]:
        explorer.open(part)
        assert "contrasone" in explorer.words, "all parts look at the signature that was chosen in one"
        shoot(page, f"overview {part}")
        assert grave_findings(page, axe, ".lincs-explorer") == []
    with theme(page, "JupyterLab Dark"):
        for part in PARTS:
            explorer.open(part)
            shoot(page, f"dark {part}")
            assert grave_findings(page, axe, ".lincs-explorer") == []


def click_mark(explorer: Explorer, signature: str) -> None:
    """Click where the scatter shows a signature."""
    marks = json.loads(explorer.root.locator(".lincs-marks").get_attribute("data-marks"))
    x, y = next(mark[1:3] for mark in marks if mark[0] == signature)
    picture = explorer.root.locator(".lincs-picture img").locator("visible=true").first
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    picture.click(position={"x": x * box["width"], "y": y * box["height"]})


def test_overview_by_keyboard(opened, page, shoot, scores):
    explorer, keys = opened("overview"), page.keyboard
    with unharmed(page):
        explorer.tab_to(explorer.names("signature").nth(1))
        with explorer.changes():
            keys.press("Enter")
        assert explorer.picker("Signature").input_value() == scores.index[1]
        explorer.tab_to(explorer.root.get_by_label("Search"))
        with explorer.changes(words=False):
            keys.type("contrasone")
        explorer.wait_for_names("signature", [one for one in scores.index if "contrasone" in one])
        explorer.tab_to(explorer.names("signature").last)
        with explorer.changes():
            keys.press("Space")
        for part in reversed(PARTS):
            explorer.tab_to(explorer.button(part))
            with explorer.changes():
                keys.press("Enter")
            press_arrows(page)
        with explorer.changes():
            type_over(explorer, "Signature", SIGNATURE)
        for label in ("Signature", "Perturbagen", "Gene"):
            type_commands(explorer, label)
    shoot(page, "overview by keyboard")


def test_keys_on_buttons_links_and_texts_are_no_commands(opened, page):
    """In command mode JupyterLab takes keys from whatever has the focus, unless it can be typed into."""
    explorer = opened("overview")
    explorer.open_files()
    places = {
        "button": explorer.button("next", of="gene"),
        "part": explorer.button("One gene"),
        "sort": explorer.button("z_up"),
        "name": explorer.names("signature").first,
        "link": explorer.link("tsv"),
        "copy": explorer.root.locator("button.lincs-copy").first,
        "text": explorer.root.locator(".lincs-copies textarea").first,
    }
    stolen = []
    for name, place in places.items():
        before = cells_of(page)
        for key in (*COMMANDS, "ArrowDown", "ArrowUp"):
            place.focus()
            page.keyboard.press(key)
            if cells_of(page) != before or dialogs(page) or not place.evaluate(FOCUSED):
                stolen.append(f"{key} from the {name}")
                break
    assert stolen == []
