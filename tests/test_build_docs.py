"""The documentation as pages: complete, readable without network, with nothing that leads nowhere."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

for needed in ("nbconvert", "nbclient", "ipykernel", "ipywidgets"):
    pytest.importorskip(needed, reason='building the documentation needs pip install "lincs-interp[notebooks]"')

# A page with one of everything: the sample, a table, a picture, a widget, an exercise, a path of this machine.
SMALL = {
    "title": "# A small notebook\n\nDoes it *work*? See [00](00_start_here.ipynb) & [the other](other.ipynb).",
    "table": "import tempfile\n\nimport lincs_interp as li\n\nsample = li.load_sample()\nsample.truth.head(2)",
    "see": '## What "it" shows\n\nTwo genes, as a picture.',
    "plot": "li.plot_percentiles(li.to_percentile(sample.ranks.frame.iloc[:2, :5], n_genes=4_000));",
    "widget": "import ipywidgets\n\nipywidgets.HTML('alive')",
    "still": "from IPython.display import HTML\n\nHTML('<p>a <b>still</b> copy</p>')",
    "folder": "print(tempfile.mkdtemp())",
    "exercise": "## Exercise: a sum\n\nHow much is it?",
    "attempt": "# Your attempt",
    "solution": "assert 1 + 1 == 2\nprint('two')",
    "made": "hidden = 3\nhidden",
}


@pytest.fixture(scope="module")
def build() -> Iterator[Any]:
    """The script as a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield importlib.import_module("build_docs")
        for name in ("build_docs", "docs_notebooks"):
            sys.modules.pop(name, None)


def small_notebook(folder: Path) -> Path:
    notebook = new_notebook()
    for name, source in SMALL.items():
        is_text = name in ("title", "see", "exercise")
        cell = new_markdown_cell(source) if is_text else new_code_cell(source)
        cell.id = name
        if name in ("solution", "made"):
            cell.metadata.tags = ["hide-input", *(["solution"] if name == "solution" else [])]
        notebook.cells.append(cell)
    shutil.copyfile(ROOT / "notebooks" / "00_start_here.ipynb", folder / "00_start_here.ipynb")
    for path in (folder / "other.ipynb", folder / "01_small.ipynb"):
        nbformat.write(notebook, path)
    return folder / "01_small.ipynb"


@pytest.fixture(scope="module")
def site(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small notebook, a page with a picture, and all pages in docs/."""
    import matplotlib.font_manager  # noqa: F401 - a first run announces on stderr that it builds the font cache

    made, source = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("source")
    (source / "shown").mkdir()
    (source / "shown" / "a picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    page = "# Pictures\n\n<!-- made -->\n\nEvery plot once. More here.\n\n![A bar](shown/a%20picture.svg)\n"
    page += "\n| a | b |\n|---|---:|\n| `x\\|y` | $1 and $2 |\n"
    page += "\n[the small one](01_small.ipynb#exercise-a-sum) `code`\n"
    page += "\n[a file without a page](shown/a%20picture.svg), [far away](https://example.org/)\n"
    (source / "pictures.md").write_text(page, encoding="utf-8")
    index = build.build(
        made / "out",
        notebooks=[small_notebook(source)],
        docs=[source / "pictures.md", *sorted((ROOT / "docs").glob("*.md"))],
    )
    return index.parent


def pages(site: Path) -> dict[str, str]:
    return {path.relative_to(site).as_posix(): path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


def small(site: Path) -> str:
    return pages(site)["notebooks/01_small.html"]


def cell(site: Path, name: str) -> str:
    """The HTML of one cell of the small notebook."""
    text = small(site)
    start = text.index(f'id="cell-id={name}"')
    end = text.find('id="cell-id=', start + 1)
    return text[start : end if end > 0 else None]


def test_there_is_a_page_for_everything_and_an_index_that_leads_to_it(site):
    there = set(pages(site))
    docs = {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    assert there == {"index.html", "notebooks/index.html", "notebooks/01_small.html", "docs/pictures.html", *docs}
    linked = set(re.findall(r'href="([^"#]+\.html)"', pages(site)["index.html"]))
    assert linked == (there - {"index.html", "notebooks/01_small.html"})  # the README lists no such notebook
    assert "Every plot once.</li>" in pages(site)["index.html"]


def test_every_page_is_html_with_a_title_a_language_and_one_first_heading(site):
    html5lib = pytest.importorskip("html5lib")
    titles = []
    for name, text in pages(site).items():
        html5lib.HTMLParser(strict=True).parse(text)
        assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
        titles += re.findall(r"<title>(.+)</title>", text)
        assert len(re.findall(r"<h1\b", text)) == 1, name
        ids = re.findall(r'\bid="([^"]*)"', text)
        assert len(set(ids)) == len(ids), name
        assert re.search(r"prefers-color-scheme: dark", text)
    assert len(set(titles)) == len(titles) == len(pages(site))


def test_nothing_is_fetched_from_anywhere(site):
    for name, text in pages(site).items():
        assert "<script" not in text
        assert "<link" not in text
        assert "<iframe" not in text
        assert not re.search(r"@import|url\(", text), name
        for source in re.findall(r'\bsrc="([^"]*)"', text):
            assert (
                source.startswith("data:image/png;base64,") or (site / name).parent.joinpath(unquote(source)).exists()
            )


def test_every_link_between_pages_resolves(site):
    for name, text in pages(site).items():
        for target in re.findall(r'\bhref="([^"]*)"', text):
            if target.startswith("https://"):
                continue
            place, _, anchor = target.partition("#")
            there = ((site / name).parent / place).resolve() if place else site / name
            assert there.is_relative_to(site.resolve()), f"{name} leads out of the site: {target}"
            assert there.is_file(), f"{name}: {target}"
            if anchor:
                assert f'id="{anchor}"' in there.read_text(encoding="utf-8"), f"{name}: {target}"
        assert not re.search(r'href="[^"]*\.(?:md|ipynb)', text)


def test_pages_lead_to_the_one_before_and_after(site):
    first, gallery = small(site), pages(site)["docs/pictures.html"]
    assert 'rel="prev"' not in first
    assert '<a rel="next" href="../docs/pictures.html">Pictures →</a>' in first
    assert '<a rel="prev" href="../notebooks/01_small.html">← 01 A small notebook</a>' in gallery
    for text in (first, gallery):
        assert text.count('<a href="../index.html">Contents</a>') == 2


def test_a_notebook_that_has_no_page_is_named_but_not_linked(site):
    assert "See 00 &amp; the other." in cell(site, "title")


def test_solutions_are_folded_and_their_check_is_inside(site):
    solution = cell(site, "solution")
    folded = re.search(r'<details class="solution"><summary>Show the solution</summary>(.*?)</details>', solution, re.S)
    assert folded is not None
    assert "assert" in folded[1]
    assert "two" in folded[1]  # what it prints would give it away
    assert "<details open" not in small(site)
    assert "<details" not in cell(site, "attempt")


def test_what_a_cell_hides_is_folded_but_not_what_it_shows(site):
    made = cell(site, "made")
    folded, shown = made.split("</details>")
    assert "hidden" in folded
    assert "3" not in re.sub(r"<[^>]*>", "", folded.split("hidden = ")[-1]) or "3" in shown
    assert "<pre>3</pre>" in shown


def test_pictures_say_what_they_show(site):
    bs4 = pytest.importorskip("bs4")  # comes with nbconvert
    alts = [image["alt"] for image in bs4.BeautifulSoup(cell(site, "plot"), "html.parser").select("img")]
    assert alts == ['Picture. What "it" shows: Two genes, as a picture.']
    for name, text in pages(site).items():
        for image in bs4.BeautifulSoup(text, "html.parser").select("img"):
            assert image.get("alt"), name
            assert "No description" not in image["alt"], name


def test_a_widget_leaves_its_still_copy_and_no_name(site):
    assert "output" not in cell(site, "widget")
    assert "a <b>still</b> copy" in cell(site, "still")
    assert "widget-state" not in small(site)


def test_the_sample_is_called_simulated(site, build):
    assert '<p class="notice" role="note"><strong>Simulated sample.</strong>' in small(site)
    assert 'class="notice"' not in pages(site)["docs/pictures.html"]
    assert not build.is_simulated(new_notebook(cells=[new_code_cell("read_ranks('mine.tsv')")]))


def test_folders_of_this_machine_are_not_shown(site):
    assert "(temporary folder)" in cell(site, "folder")
    assert str(Path(shutil.which("python") or sys.executable).parent) not in small(site)


def test_markdown_becomes_what_it_means(site):
    text = pages(site)["docs/pictures.html"]
    assert "<code>x|y</code>" in text
    assert "$1 and $2" in text
    assert '<a href="../notebooks/01_small.html#exercise-a-sum">the small one</a>' in text
    assert "a file without a page, <a href" in text
    assert '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>' in text
    assert '<img src="shown/a%20picture.svg" alt="A bar"' in text
    assert (site / "docs" / "shown" / "a picture.svg").is_file()


def test_a_link_whose_text_is_a_file_name_gets_the_title_of_the_page(site):
    assert '<a href="warnings.html">Warnings</a>' in pages(site)["docs/which_score.html"]


# --- what stops the build ---


def refused(build: Any, tmp_path: Path, page: str) -> str:
    (tmp_path / "page.md").write_text(f"# Page\n\n{page}\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        build.build(tmp_path / "out", notebooks=[], docs=[tmp_path / "page.md"])
    return str(stopped.value)


def test_a_link_that_leads_nowhere_stops_the_build(build, tmp_path):
    message = refused(build, tmp_path, "[there](missing.md#part)")
    assert message == "page.md leads to missing.md#part, which is not there: mend the link."


def test_a_picture_from_elsewhere_stops_the_build(build, tmp_path):
    message = refused(build, tmp_path, "![x](https://example.org/x.png)")
    assert message == "page.md shows https://example.org/x.png from elsewhere: put the picture beside the page."


def test_a_picture_outside_the_site_stops_the_build(build, tmp_path):
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "x.png").write_bytes(b"")
    (tmp_path / "deep" / "deeper" / "page.md").write_text("# Page\n\n![x](../../x.png)\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        build.build(tmp_path / "out", notebooks=[], docs=[tmp_path / "deep" / "deeper" / "page.md"])
    assert str(stopped.value) == ("page.md shows ../../x.png, which is too far away: put the picture beside the page.")


def test_a_cell_that_fails_stops_the_build(build, tmp_path):
    nbformat.write(
        new_notebook(cells=[new_markdown_cell("# Wrong"), new_code_cell("1 / 0")]), tmp_path / "09_wrong.ipynb"
    )
    with pytest.raises(SystemExit, match=r"A cell failed, so no site was built\.\n[\s\S]*ZeroDivisionError"):
        build.build(tmp_path / "out", notebooks=[tmp_path / "09_wrong.ipynb"], docs=[])


def test_a_folder_with_something_else_in_it_is_left_alone(build, tmp_path):
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        build.build(tmp_path, notebooks=[], docs=[])
    assert str(stopped.value) == (
        f"{tmp_path} holds something that is no site of this script: empty it, or name another folder."
    )
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"


def test_a_site_of_its_own_is_replaced(build, tmp_path):
    build.build(tmp_path / "out", notebooks=[], docs=[])
    (tmp_path / "out" / "old.html").write_text("old", encoding="utf-8")
    build.build(tmp_path / "out", notebooks=[], docs=[])
    assert not (tmp_path / "out" / "old.html").exists()


def test_the_command_says_where_the_index_is(build, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda out: out / "index.html")
    build.main(["--out", str(tmp_path)])
    assert capsys.readouterr().out == f"Open this file in a browser: {tmp_path / 'index.html'}\n"


# --- pieces ---


def test_a_picture_without_words_above_it_is_called_by_its_cell(build):
    picture = new_output("display_data", data={"image/png": PNG})
    cell = new_code_cell("plot()", outputs=[picture])
    cell.id = "plot-one"
    importlib.import_module("docs_notebooks").describe_pictures(new_notebook(cells=[cell]))
    assert cell.outputs[0].metadata["image/png"]["alt"] == "Picture. picture of cell plot-one"


def test_a_long_text_above_a_picture_is_cut_at_a_word(build):
    notebooks = importlib.import_module("docs_notebooks")
    cell = new_code_cell("plot()", outputs=[new_output("display_data", data={"image/png": PNG})])
    notebooks.describe_pictures(new_notebook(cells=[new_markdown_cell("word " * 100), cell]))
    alt = cell.outputs[0].metadata["image/png"]["alt"]
    assert len(alt) <= notebooks.LONGEST_ALT + len("Picture. ")
    assert alt.endswith("word …")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold** and *slanted*, `code_with_marks`", "Bold and slanted, code_with_marks"),
        ("- [a link](x.md)\n- 2 * 3", "a link 2 * 3"),
    ],
)
def test_markdown_as_one_line_of_text(build, markdown, text):
    assert build.plain(markdown) == text


# --- in a browser ---


@pytest.mark.slow
@pytest.mark.browser
def test_executed_notebooks_open_without_network_and_show_their_explorers(build, tmp_path):
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium was found")
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    names = ("00_start_here", "04_one_perturbagen")
    notebooks = [ROOT / "notebooks" / f"{name}.ipynb" for name in names]
    site = build.build(tmp_path / "out", notebooks=notebooks).parent
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=[*flags, "--disable-dev-shm-usage"])
        for name in names:
            page = browser.new_context(offline=True).new_page()
            asked, complaints = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, complaints=complaints: complaints.append(message.text))
            page.on("pageerror", lambda error, complaints=complaints: complaints.append(str(error)))
            page.goto((site / "notebooks" / f"{name}.html").as_uri(), wait_until="load")
            assert [url for url in asked if not url.startswith("data:")] == [page.url]
            assert complaints == []
            assert page.locator("details.solution[open]").count() == 0
            assert page.locator("details.solution").count() >= 2
            still = page.locator(".lincs-static")
            assert still.count() == 1
            assert still.is_visible()
            broken = "[...document.images].filter(one => !one.alt || !one.complete || !one.naturalWidth).length"
            assert page.evaluate(broken) == 0
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.close()
