"""The gallery: every plot and explorer is in it, its code runs, and its pictures show what that code draws now.

A stored picture holds what is written in it. Of a plot, the words must be those that its code writes now. Drawn by
the matplotlib that drew the stored one, it may differ from it by no more than its palette does. Another matplotlib sets
letters and margins a few pixels apart: there, blurred pictures may differ in very few places, wherever those places may
move by eight pixels of the page. Measured with 3.9, 3.10 against 3.11: at most 0.1 % of all places; other data, another
colour or a missing legend: 0.3 % to 40 %. Another form of the same mark is seen by the same matplotlib only.

Of an explorer, the words that it says now must be in the stored picture; what it looks like belongs to a browser.
"""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageFilter

import lincs_interp as li

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"

PALETTE_ERROR = 40  # of 255; the palette moves a colour by 11 at most
DIFFERENT = 40  # of 255, once blurred
MOST_DIFFERENT = 0.002  # of all places
REACH = 4  # places of three dots each: eight pixels of the page
MOST_FOLDER = 2_000_000

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(str(SCRIPTS))
    gallery = importlib.import_module("make_gallery")
    browser = importlib.import_module("gallery_browser")
    ENTRIES = importlib.import_module("gallery_entries").ENTRIES
    for module in ("make_gallery", "gallery_browser", "gallery_entries"):
        sys.modules.pop(module, None)

BY_NAME = {entry.name: entry for entry in ENTRIES}
PLOTS = [entry.name for entry in ENTRIES if entry.is_plot]
EXPLORERS = [entry.name for entry in ENTRIES if not entry.is_plot]

# Both ends of every scale that a picture has, in words of which its explanation must have one pair.
ENDS = (("most down", "most up"), ("mimic", "reverse"), ("weaker", "stronger"))


def stored(name: str) -> Any:
    """The stored picture, its words and its software still in `.info`."""
    with Image.open(gallery.picture_path(BY_NAME[name])) as picture:
        picture.load()
        return picture


def remedy(name: str) -> str:
    return f"{name} is not what its stored picture shows: look at it, then run python scripts/make_gallery.py {name}"


# Complete


def test_every_plot_and_every_explorer_has_one_entry():
    public = [name for name in li.__all__ if name.startswith("plot_")]
    panels = ["explore", "explore_gene", "explore_perturbagen", "explore_signature"]
    assert sorted(BY_NAME) == sorted([*public, *panels])
    assert len(BY_NAME) == len(ENTRIES)


def test_every_entry_has_its_picture_and_no_stray_one_is_there():
    assert {path.name for path in gallery.PICTURES.iterdir()} == {f"{name}.png" for name in BY_NAME}


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in gallery.PICTURES.iterdir()}
    assert {name: size for name, size in sizes.items() if size > gallery.MOST_BYTES} == {}
    assert sum(sizes.values()) < MOST_FOLDER


@pytest.mark.parametrize("name", BY_NAME)
def test_stored_pictures_are_without_date(name):
    assert set(stored(name).info) <= {"Description", "Software"}


@pytest.mark.parametrize("name", BY_NAME)
def test_question_and_explanation_can_be_read_by_a_biologist(name):
    entry = BY_NAME[name]
    assert "?" in entry.question
    assert "\n" not in entry.question
    text = " ".join(entry.read).lower()
    assert any(all(end in text for end in pair) for pair in ENDS) or name == "explore"
    assert 60 < len(entry.alt) < 300


# The page


def test_page_is_what_the_script_writes():
    remedy = "docs/gallery.md is out of date: run python scripts/make_gallery.py --page"
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page_text(), remedy


@pytest.mark.parametrize("name", BY_NAME)
def test_page_shows_picture_with_its_text_and_the_code_that_drew_it(name):
    page, entry = gallery.PAGE.read_text(encoding="utf-8"), BY_NAME[name]
    ((width, alt),) = re.findall(rf'<img src="gallery/{name}\.png" width="(\d+)" alt="([^"]+)">', page)
    assert alt == entry.alt
    assert int(width) == round(stored(name).width / gallery.SHARPNESS)
    assert f"```python\n{entry.code}\n```" in page
    assert f"### {name}\n\n**{entry.question}**" in page
    assert f"[{name}](#{name.lower()})" in page


def test_page_says_that_all_of_it_is_simulated():
    beginning = gallery.PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    assert "simulated sample" in beginning
    assert all("li.load_sample()" in entry.code for entry in ENTRIES)


def test_links_of_the_page_lead_somewhere():
    page = gallery.PAGE.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    files = {target for target in targets if not target.startswith("#")}
    assert len(files) > len(PLOTS)
    assert [target for target in files if not (gallery.PAGE.parent / target).is_file()] == []
    anchors = {f"#{heading.lower()}" for heading in re.findall("^### (.+)$", page, flags=re.MULTILINE)}
    assert {target for target in targets if target.startswith("#")} <= anchors


def test_notebooks_that_use_a_plot_are_found_by_their_code():
    assert "05_how_sure_am_i.ipynb" in {path.name for path in gallery.notebooks_with("li.plot_null(")}
    assert [path.name[:2] for path in gallery.notebooks_with(BY_NAME["explore_gene"].call)] == ["01"]
    assert gallery.notebooks_with("li.plot_nothing(") == []


# The plots


@pytest.fixture(scope="module", params=PLOTS)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A plot drawn by its code now, beside the stored picture."""
    entry = BY_NAME[request.param]
    return SimpleNamespace(name=entry.name, now=gallery.plot_picture(entry), then=stored(entry.name))


def test_plot_says_what_its_stored_picture_says(drawn):
    assert drawn.now.info["Description"].splitlines() == drawn.then.info["Description"].splitlines(), remedy(drawn.name)


def test_plot_looks_as_its_stored_picture(drawn):
    same = drawn.now.info["Software"] == drawn.then.info["Software"]
    then = drawn.then.convert("RGB")
    assert np.allclose(drawn.now.size, then.size, atol=0 if same else 3), remedy(drawn.name)
    assert share_different(then, drawn.now) < MOST_DIFFERENT, remedy(drawn.name)
    if same:
        assert largest_error(then, drawn.now) < PALETTE_ERROR, remedy(drawn.name)


def largest_error(one: Any, other: Any) -> int:
    return int(np.abs(np.asarray(one).astype(int) - np.asarray(other)).max())


def share_different(one: Any, other: Any) -> float:
    """How much of two pictures has no like within a few pixels in the other."""
    first, second = (blurred(picture.resize(one.size)) for picture in (one, other))
    return float((np.maximum(unlike(first, second), unlike(second, first)) > DIFFERENT).mean())


def blurred(picture: Any) -> np.ndarray:
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(3)).reduce(3)).astype(np.int16)


def unlike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each place of `one`, how far the most similar place of `other` nearby is from it, 0-255."""
    height, width = one.shape[:2]
    around = np.pad(other, ((REACH, REACH), (REACH, REACH), (0, 0)), mode="edge")
    steps = range(2 * REACH + 1)
    shifted = (around[y : y + height, x : x + width] for y in steps for x in steps)
    return np.minimum.reduce([np.abs(one - there).max(axis=2) for there in shifted])


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("plot_evidence", "PC3_24H_A04_mimicort", "A549_24H_A03_mimetasone"),
        ("plot_gene", "CXCL2", "CXCL1"),
        ("plot_null", "(check)", '(check.qq[["expected", "observed"]])'),
    ],
)
def test_a_change_that_can_be_seen_is_seen(name, old, new):
    """The comparison itself: it must fail where code draws something else, whatever the matplotlib."""
    entry = BY_NAME[name]
    changed = gallery.plot_picture(type(entry)(name, "", entry.code.replace(old, new), (), ""))
    assert share_different(stored(name).convert("RGB"), changed) > MOST_DIFFERENT
    assert changed.info["Description"] != stored(name).info["Description"]


def test_other_colours_are_seen_even_if_every_word_stays(monkeypatch):
    bars = importlib.import_module("lincs_interp.plots.scores")
    monkeypatch.setattr(bars.s, "CALL_COLOURS", {**bars.s.CALL_COLOURS, "mimicker": "#56B4E9"})
    changed = gallery.plot_picture(BY_NAME["plot_top"])
    assert changed.info["Description"] == stored("plot_top").info["Description"]
    assert share_different(stored("plot_top").convert("RGB"), changed) > MOST_DIFFERENT


def test_pictures_are_drawn_whatever_the_settings_of_their_maker(monkeypatch):
    entry = BY_NAME["plot_percentiles"]
    expected, before = gallery.plot_picture(entry), matplotlib.rcParams["font.size"]
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "black")
    assert gallery.plot_picture(entry).tobytes() == expected.tobytes()
    assert matplotlib.rcParams["axes.facecolor"] == "black"
    assert matplotlib.rcParams["font.size"] == before


def test_names_and_numbers_that_there_is_room_for_are_not_cut():
    assert "SERPINA3  TSC22D3  PON3  PDK4  ERRFI1" in stored("plot_evidence").info["Description"]
    words = stored("plot_percentiles").info["Description"].splitlines()
    assert {"<0.1", ">99.9"} <= set(words)  # no percentile is 0 or 100
    assert not {"0.0", "100.0"} & set(words)


# The explorers


class _Words(HTMLParser):
    """The text of HTML without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.words.update(data.split())


@pytest.mark.parametrize("name", EXPLORERS)
def test_explorer_says_what_its_stored_picture_says(name):
    pytest.importorskip("ipywidgets", reason='explorers need pip install "lincs-interp[notebooks]"')
    explorer = value_of_last_line(BY_NAME[name].code)
    shown = explorer.parts[explorer.state.panel]
    now = _Words()
    for html in shown.view(explorer.state).values():
        now.feed(html)
    then = set(stored(name).info["Description"].split())
    assert len(now.words) > 20
    assert sorted(now.words - then) == [], remedy(name)


def value_of_last_line(code: str) -> Any:
    """Run code as a notebook does: what the last line gives is what is shown."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    names: dict[str, Any] = {}
    exec(compile(tree, "<code>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<code>", "eval"), names)


@pytest.mark.browser
@pytest.mark.slow
def test_explorer_is_photographed_alive():
    if missing := browser.what_is_missing():
        pytest.skip(missing)
    entry = BY_NAME["explore_gene"]
    ((same, picture),) = browser.photographs([entry], sharpness=1)
    assert same is entry
    assert set(stored("explore_gene").info["Description"].split()) == set(picture.info["Description"].split())
    width, height = (side / gallery.SHARPNESS for side in stored("explore_gene").size)
    assert np.allclose(picture.size, (width, height), rtol=0.15), "another font moves lines, but not so far"


# The script


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Iterator[Path]:
    """The gallery in a folder of its own, so that the script may write."""
    shutil.copytree(gallery.PICTURES, tmp_path / "gallery")
    monkeypatch.setattr(gallery, "PAGE", tmp_path / "gallery.md")
    monkeypatch.setattr(gallery, "PICTURES", tmp_path / "gallery")
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield tmp_path
    for name in ("gallery_browser", "gallery_entries"):
        sys.modules.pop(name, None)


def test_without_a_browser_it_says_which_pictures_it_left(elsewhere, monkeypatch, capsys):
    before = (elsewhere / "gallery" / "explore.png").read_bytes()
    monkeypatch.setattr(shutil, "which", lambda program: None)
    gallery.main(["explore", "explore_gene"])
    assert capsys.readouterr().err == (
        "No Chromium was found (looked for chromium, chromium-browser, google-chrome), so these pictures stay as they"
        " are: explore, explore_gene\n"
    )
    assert (elsewhere / "gallery" / "explore.png").read_bytes() == before
    assert (elsewhere / "gallery.md").is_file()


def test_a_second_run_writes_the_same_bytes_and_removes_strays(elsewhere, capsys):
    (elsewhere / "gallery" / "old.png").write_bytes(b"")
    pictures = []
    for _ in range(2):
        gallery.main(["plot_null"])
        pictures.append((elsewhere / "gallery" / "plot_null.png").read_bytes())
    assert pictures[0] == pictures[1]
    assert not (elsewhere / "gallery" / "old.png").exists()
    assert "removed old.png: the gallery has no such entry\n" in capsys.readouterr().out


def test_an_unknown_name_is_refused():
    with pytest.raises(SystemExit) as refused:
        gallery.main(["plot_nothing"])
    assert str(refused.value) == f"plot_nothing is not in the gallery: the names are {', '.join(BY_NAME)}."


def test_a_picture_that_is_too_large_is_refused_and_not_written(elsewhere, monkeypatch):
    before = gallery.picture_path(BY_NAME["plot_top"]).read_bytes()
    monkeypatch.setattr(gallery, "MOST_BYTES", 99)
    with pytest.raises(SystemExit) as refused:
        gallery.store(BY_NAME["plot_top"], Image.linear_gradient("L").convert("RGB"))
    assert re.fullmatch(r"The picture of plot_top has \d{3} bytes: let its code show less\.", str(refused.value))
    assert gallery.picture_path(BY_NAME["plot_top"]).read_bytes() == before


def test_few_colours_keep_white_white_and_move_no_colour_far():
    picture = gallery.plot_picture(BY_NAME["plot_perturbagen"])
    few = gallery.few_colours(picture, 256)
    assert few.mode == "P"
    assert few.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert largest_error(picture, few.convert("RGB")) < PALETTE_ERROR / 2


def test_blank_margins_are_cut_and_long_pictures_end():
    picture = Image.new("RGB", (300, 5000), "white")
    picture.paste((0, 0, 0), (50, 100, 150, 4000))
    cut = browser.trimmed(picture, 2.0)
    assert cut.size == (100 + 4 * browser.MARGIN, 2 * browser.HIGHEST + 4 * browser.MARGIN)
    assert cut.getpixel((2 * browser.MARGIN, 2 * browser.MARGIN)) == (0, 0, 0)
