"""The report as a reader sees it: opened from the disk in a real browser, without network."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.readings.interpretation import interpret
from lincs_interp.report.write import write_report

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


IDS = "table => [...table.tBodies[0].rows].map(row => row.querySelector('.id').textContent)"
FOCUS = "document.activeElement.id || document.activeElement.textContent.trim()"

# No clipboard at all, as a browser in a hospital may have it.
NO_CLIPBOARD = (
    """Object.defineProperty(navigator, "clipboard", {value: undefined}); document.execCommand = () => false;"""
)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "'; alert(3) //</script><!--",
    "🧬 مرحبا",
    "=1+2",
    'a\ttab, a\nline and "quotes"',
    "x" * 10_000,
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample, as a file."""
    sample = load_sample()
    interpretation = interpret(sample.ranks, sample.query, background=sample.background)
    return write_report(interpretation, tmp_path_factory.mktemp("report") / "mine")


@pytest.fixture(scope="module")
def scores(report: Path) -> pd.DataFrame:
    return pd.read_csv(report.parent / "scores.tsv", sep="\t", index_col="signature", keep_default_na=False)


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


class Opened:
    """A page that is open, what it asked for, and what it complained of."""

    def __init__(self, browser: Any, report: Path, **options: Any) -> None:
        script = options.pop("script", None)
        self.context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}} | options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("console", self._hear)
        if script:
            self.page.add_init_script(script)
        self.page.goto(report.as_uri(), wait_until="load")

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def ids(self) -> list[str]:
        """The signatures on view, in their order."""
        return self.page.eval_on_selector("table.signatures", IDS)

    def part(self, name: str) -> Any:
        return self.page.locator(f"#signatures-{name}")

    def status(self) -> str:
        return self.part("status").inner_text()

    def head(self, name: str) -> Any:
        return self.page.locator("table.signatures thead button").filter(has_text=re.compile(rf"^{re.escape(name)}$"))

    def turned(self, name: str) -> str | None:
        return self.head(name).locator("..").get_attribute("aria-sort")

    def downloaded(self) -> str:
        with self.page.expect_download() as waiting:
            self.part("download").click()
        assert waiting.value.suggested_filename == "signatures.tsv"
        return Path(waiting.value.path()).read_bytes().decode("utf-8")


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    """The report in a window 1,200 pixels wide; a test that leaves it complaining fails."""
    shown = Opened(browser, report)
    yield shown
    shown.context.close()
    assert shown.complaints == []
    assert shown.requests[0] == report.as_uri()
    assert [address for address in shown.requests[1:] if not address.startswith("blob:")] == []


def test_the_page_asks_for_nothing_but_itself_and_complains_of_nothing(opened, report):
    assert opened.requests == [report.as_uri()]
    assert opened.complaints == []


def test_the_page_says_what_it_is_about(opened):
    page = opened.page
    assert page.title() == f"{load_sample().query.name}: reading of a Gene Rank Matrix"
    seen = page.inner_text("body").lower()
    assert [word for word in ("mimicker", "reverser", "percentile", "hypothesis") if word not in seen] == []


def test_every_picture_is_drawn(opened):
    pictures = opened.page.evaluate(PICTURES)
    assert pictures
    assert [alt for alt, width in pictures if not width] == []


@pytest.mark.parametrize("width", [700, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_no_wider_than_the_window(opened, width, scheme):
    page = opened.page
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 1, page.evaluate(TOO_WIDE)


def test_a_dark_theme_is_dark(opened):
    paper = "getComputedStyle(document.body).backgroundColor"
    plate = "getComputedStyle(document.images[0]).backgroundColor"
    assert opened.page.evaluate(paper) == "rgb(255, 255, 255)"
    opened.page.emulate_media(color_scheme="dark")
    assert opened.page.evaluate(paper) == "rgb(22, 24, 27)"
    assert opened.page.evaluate(plate) == "rgb(255, 255, 255)"  # the pictures keep their light ground


class TestAllSignatures:
    def test_begins_with_the_best_mimickers(self, opened, scores):
        assert opened.ids() == scores.index[:20].tolist()
        assert opened.status() == "Rows 1 to 20 of 78, by z_sum, highest first."
        assert opened.part("status").get_attribute("role") == "status"

    def test_sorts_by_mouse(self, opened, scores):
        opened.part("size").select_option("0")
        opened.head("z_up").click()
        assert opened.ids() == scores.sort_values("z_up", ascending=False).index.tolist()
        assert (opened.turned("z_up"), opened.turned("z_sum")) == ("descending", None)
        opened.head("z_up").click()
        assert opened.ids() == scores.sort_values("z_up").index.tolist()
        assert opened.turned("z_up") == "ascending"
        assert opened.status() == "Rows 1 to 78 of 78, by z_up, lowest first."

    @pytest.mark.parametrize(("name", "key"), [("Perturbagen", "pert_name"), ("Cell line", "cell_line")])
    def test_sorts_text_without_regard_to_case(self, opened, scores, name, key):
        opened.part("size").select_option("0")
        opened.head(name).click()
        assert scores.loc[opened.ids(), key].str.casefold().is_monotonic_increasing
        assert opened.status().endswith(f"by {name}, A to Z.")

    def test_doses_are_sorted_as_amounts_and_what_is_unknown_comes_last(self, opened, scores):
        opened.part("size").select_option("0")
        for ascending in (True, False):
            opened.head("Dose").click()
            doses = scores.loc[opened.ids(), "pert_dose"]
            unknown = (doses == "").to_numpy()
            assert unknown.any()
            assert (unknown[:-1] <= unknown[1:]).all()
            amounts = doses[~unknown].str.removesuffix(" uM").astype(float)
            assert amounts.is_monotonic_increasing if ascending else amounts.is_monotonic_decreasing

    def test_sorts_by_keyboard_alone(self, opened, scores):
        opened.part("reset").focus()
        for _ in range(9):  # the table itself, which scrolls, and eight heads
            opened.page.keyboard.press("Tab")
        assert opened.page.evaluate(FOCUS) == "z_down"
        opened.page.keyboard.press("Enter")
        assert opened.ids() == scores.sort_values("z_down", ascending=False).index[:20].tolist()
        opened.page.keyboard.press("Space")
        assert opened.ids() == scores.sort_values("z_down").index[:20].tolist()
        assert opened.page.evaluate(FOCUS) == "z_down"

    def test_every_word_of_a_search_counts(self, opened, scores):
        opened.part("search").press_sequentially("GRADUASONE mcf7")
        wanted = scores[(scores["pert_name"] == "graduasone") & (scores["cell_line"] == "MCF7")]
        assert opened.ids() == wanted.index.tolist()
        assert opened.status().startswith(f"Rows 1 to {len(wanted)} of {len(wanted)} that match (78 in all)")
        opened.part("search").fill("graduasone nothing")
        assert opened.ids() == []
        assert opened.status() == "No signature matches (78 in all)."
        assert opened.part("copy").get_attribute("aria-disabled") == "true"
        opened.part("reset").click()
        assert len(opened.ids()) == 20

    def test_filters_hold_together(self, opened, scores):
        opened.part("size").select_option("0")
        opened.part("call").select_option("=mimicker")
        opened.part("cell").select_option("=A549")
        opened.part("dose").select_option("=10 uM")
        wanted = scores.query("call == 'mimicker' and cell_line == 'A549' and pert_dose == '10 uM'")
        assert len(wanted) > 2
        assert opened.ids() == wanted.index.tolist()
        options = opened.part("cell").locator("option").all_inner_texts()
        assert options == ["any", *sorted(set(scores["cell_line"]), key=str.casefold)]

    def test_pages_are_turned_by_keyboard_and_the_focus_stays(self, opened, scores):
        opened.part("on").focus()
        for _ in range(5):
            opened.page.keyboard.press("Enter")
        assert opened.ids() == scores.index[60:].tolist()
        assert opened.status().startswith("Rows 61 to 78 of 78")
        assert opened.part("on").get_attribute("aria-disabled") == "true"
        assert opened.page.evaluate(FOCUS) == "signatures-on"
        opened.part("back").click()
        assert opened.ids() == scores.index[40:60].tolist()
        opened.part("first").click()
        assert opened.ids() == scores.index[:20].tolist()
        opened.part("last").click()
        assert opened.ids() == scores.index[60:].tolist()

    def test_what_is_downloaded_is_what_scores_tsv_holds(self, opened, scores, report):
        opened.part("call").select_option("=reverser")
        opened.head("Perturbagen").click()
        table = pd.read_csv(io.StringIO(opened.downloaded()), sep="\t", index_col="signature", keep_default_na=False)
        order = scores[scores["call"] == "reverser"].sort_values("pert_name", kind="stable").index
        assert table.index.tolist() == order.tolist()
        assert len(table.columns) == 12
        of_scores = table.columns.drop("grade")
        pd.testing.assert_frame_equal(table[of_scores], scores.loc[order, of_scores], check_exact=True)
        grades = pd.read_csv(report.parent / "perturbagens.tsv", sep="\t", index_col="perturbagen")["grade"]
        assert table["grade"].tolist() == grades[table["pert_name"]].tolist()
        assert opened.status() == "5 rows are in signatures.tsv."

    def test_a_copy_is_the_same(self, opened):
        opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
        opened.part("search").fill("contrasone")
        opened.part("copy").click()
        opened.page.wait_for_function("document.querySelector('#signatures-status').textContent.includes('copied')")
        assert opened.status() == "2 rows are copied, tab-separated."
        copied = opened.page.evaluate("navigator.clipboard.readText()")
        assert copied.count("\n") == 3
        assert copied == opened.downloaded()

    def test_without_a_clipboard_the_reader_copies(self, browser, report):
        opened = Opened(browser, report, script=NO_CLIPBOARD)
        opened.part("search").fill("contrasone")
        opened.part("copy").click()
        opened.part("sheet").wait_for(state="visible")
        assert opened.page.evaluate(FOCUS) == "signatures-sheet"
        assert "Ctrl+C" in opened.status()
        assert opened.part("sheet").input_value() == opened.downloaded()
        opened.context.close()

    def test_without_scripts_it_is_a_plain_table(self, browser, report, scores):
        opened = Opened(browser, report, java_script_enabled=False)
        assert opened.page.locator("table.signatures tbody tr").count() == len(scores)
        for hidden in (".tools >> nth=0", ".tools >> nth=1", "thead button >> nth=0"):
            assert not opened.page.locator(hidden).is_visible()
        opened.context.close()

    def test_other_tables_are_sorted_too(self, opened):
        table = opened.page.locator("#belief table.sortable")
        names = table.locator("tbody th").all_inner_texts()
        table.get_by_role("button", name="Perturbagen").click()
        assert table.locator("tbody th").all_inner_texts() == sorted(names) != names


class TestPrint:
    def test_tools_are_gone_and_what_is_folded_is_open(self, opened):
        page = opened.page
        details = page.locator("details dl").first
        assert not details.is_visible()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert [one.is_visible() for one in page.locator(".tools").all()] == [False, False]
        assert page.locator("#signatures-printed").is_visible()
        # A button would be missing where the head of a table is repeated on the next sheet.
        assert page.evaluate("getComputedStyle(document.querySelector('thead button')).display") == "contents"
        assert details.is_visible()
        assert "Rows 1 to 20 of 78" in opened.status()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.emulate_media(media="screen")
        assert not details.is_visible()
        assert not page.locator("#signatures-printed").is_visible()

    def test_paper_is_white_in_the_dark_too(self, opened):
        opened.page.emulate_media(media="print", color_scheme="dark")
        assert opened.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')") == "#fff"

    def test_the_pages_are_not_empty(self, opened):
        sheets = opened.page.pdf(format="A4")
        assert sheets.startswith(b"%PDF")
        assert len(sheets) > 200_000
        assert sheets.count(b"/Type /Page\n") > 8


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with names that try everything, as ids, perturbagens, facts, genes, entries and title."""
    sample = load_sample()
    ranks = sample.ranks
    best = ranks.frame.loc[list(sample.query.up[:20])[5]].sort_values(ascending=False).index[: len(HOSTILE)]
    ranks = ranks.rename(
        signatures=dict(zip(best, HOSTILE, strict=True)),
        genes=dict(zip(sample.query.up[5:9], HOSTILE, strict=False)),
    )
    facts = ranks.signatures.copy()
    for name in HOSTILE:
        facts.loc[name, ["pert_name", "pert_dose", "cell_line", "pert_time"]] = name
    ranks = RankMatrix.from_frame(ranks.frame, signatures=facts)
    query = GeneQuery(HOSTILE[1], [*HOSTILE, *sample.query.up], sample.query.down)
    return write_report(interpret(ranks, query, background=sample.background), tmp_path_factory.mktemp("hostile"))


class TestHostileNames:
    def test_are_text(self, browser, hostile):
        opened = Opened(browser, hostile)
        assert opened.page.title().startswith(HOSTILE[1])
        assert opened.page.locator("script").count() == 1
        assert opened.page.locator("img:not([src^='data:'])").count() == 0
        opened.part("size").select_option("0")
        seen = opened.page.locator("table.signatures").inner_text()
        assert [name for name in HOSTILE[:5] if name not in seen] == []
        opened.part("cell").select_option(f"={HOSTILE[0]}")
        assert opened.ids() == [HOSTILE[0]]
        opened.part("reset").click()
        opened.part("search").fill("onerror=alert(1)>")
        assert opened.ids() == [HOSTILE[0]]
        for head in ("Perturbagen", "Cell line", "Dose"):
            opened.head(head).click()
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1_201
        opened.context.close()

    def test_come_back_as_they_are_in_scores_tsv(self, browser, hostile):
        opened = Opened(browser, hostile)
        mine = list(csv.reader(io.StringIO(opened.downloaded(), newline=""), delimiter="\t"))
        whole_file = (hostile.parent / "scores.tsv").read_bytes().decode("utf-8")
        theirs = csv.reader(io.StringIO(whole_file, newline=""), delimiter="\t")
        columns = next(theirs)
        names = [columns.index(name) for name in mine[0][:-1]]
        for row, whole in zip(mine[1:], theirs, strict=True):
            expected = [whole[place] for place in names]
            if "xxx" not in expected[0]:
                assert row[:-1] == expected
            else:  # the page keeps 300 letters of a name, and says so
                assert {len(row[0]), len(row[2 - 1])} == {300}
        assert "Names of more than 300 letters are cut here" in opened.page.inner_text("#hits")
        assert opened.complaints == []
        opened.context.close()
