"""An explorer on a page, as its user meets it: what it says and shows, its pickers, buttons and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A cell that loads and interprets the sample, and the last line of a cell for each part of its explorer.
BEGIN = """import lincs_interp as li
sample = li.load_sample()
ranks, query, background = sample.ranks, sample.query, sample.background
interpretation = li.interpret(ranks, query, background=background)"""

EXPLORERS = {
    "rank": "li.explore(interpretation, panel='gene')",
    "signature": "li.explore(interpretation, panel='signature')",
    # A perturbagen of several doses: one of a single dose has no curve.
    "perturbagen": "li.explore(interpretation, panel='perturbagen', perturbagen='graduasone')",
    "overview": "li.explore(interpretation)",
}

# The parts of the last one, by the buttons that open them; the first is open at first.
PARTS = ("All signatures", "One signature", "One perturbagen", "One gene")

GENE = "TP53"
SIGNATURE = "SIM001_MCF7_24H_B03_contrasone_10uM"
PERTURBAGEN = "graduasone"

# The words that change and the pictures, of those parts that are to be seen. A picture is compared by a checksum.
SEEN = """() => {
    const checksum = text => {
        let sum = 0;
        for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
        return `${text.length}:${sum}`;
    };
    const visible = selector => [...document.querySelectorAll(`.lincs-explorer ${selector}`)]
        .filter(one => one.checkVisibility());
    return {
        words: visible("[role=status]").map(one => one.innerText.trim()),
        pictures: visible(".lincs-picture img").map(one => checksum(one.src)),
        drawn: visible(".lincs-picture img").every(one => one.complete && one.naturalWidth > 0),
    };
}"""

# Every picture from now on is counted, whether its element is a new one or has a new address.
COUNT = """() => {
    const root = document.querySelector(".lincs-explorer");
    let last = null;
    window.lincsPictures = 0;
    window.lincsObserver?.disconnect();
    window.lincsObserver = new MutationObserver(() => {
        const now = [...root.querySelectorAll(".lincs-picture img")].filter(one => one.checkVisibility())
            .map(one => one.src).join();
        if (now && now !== last) { window.lincsPictures += last === null ? 0 : 1; last = now; }
    });
    last = [...root.querySelectorAll(".lincs-picture img")].filter(one => one.checkVisibility())
        .map(one => one.src).join();
    window.lincsObserver.observe(root, {subtree: true, childList: true, attributes: true, attributeFilter: ["src"]});
}"""

# From a letter in an input to the first change of the list of names that it offers.
CLOCK = """field => {
    let typed = null;
    window.lincsLags = [];
    field.addEventListener("input", () => { typed = performance.now(); });
    new MutationObserver(() => {
        if (typed !== null) { window.lincsLags.push(Math.round(performance.now() - typed)); typed = null; }
    }).observe(field.parentNode, {subtree: true, childList: true});
}"""

FOCUSED = "one => one === document.activeElement"

# A busy machine is no bug.
MILLISECONDS = 30_000


@dataclass(frozen=True)
class Seen:
    """What an explorer says (`words`) and shows (`pictures`, by checksum) at one moment."""

    words: tuple[str, ...]
    pictures: tuple[str, ...]


class Explorer:
    """The one explorer of a page."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.root = page.locator(".lincs-explorer")
        self.root.wait_for(timeout=2 * MILLISECONDS)
        self.root.locator(".lincs-picture img").locator("visible=true").first.wait_for(timeout=MILLISECONDS)
        self.rest()

    def seen(self) -> Seen:
        now = self.page.evaluate(SEEN)
        return Seen(tuple(now["words"]), tuple(now["pictures"]))

    @property
    def words(self) -> str:
        return " ".join(self.seen().words)

    def rest(self, milliseconds: int = 300) -> Seen:
        """Wait until nothing has changed for a moment and every picture is drawn."""
        quiet, last = 0, None
        for _ in range(MILLISECONDS // 50):
            now = self.page.evaluate(SEEN)
            quiet = quiet + 50 if now == last and now["drawn"] else 0
            if quiet >= milliseconds:
                return Seen(tuple(now["words"]), tuple(now["pictures"]))
            last = now
            self.page.wait_for_timeout(50)
        raise AssertionError("the explorer does not come to rest")

    @contextmanager
    def changes(self, *, words: bool = True, pictures: bool = True) -> Iterator[None]:
        """What happens in the block changes the words and the picture; wait until both have."""
        before = self.seen()
        yield
        for _ in range(MILLISECONDS // 30):
            now = self.seen()
            changed = now.words != before.words and any(now.words)  # between two parts nothing is to be seen
            if (changed or not words) and (now.pictures != before.pictures or not pictures):
                break
            self.page.wait_for_timeout(30)
        assert not words or now.words != before.words, f"the words stayed: {now.words}"
        assert not pictures or now.pictures != before.pictures, f"the picture stayed; the words are {now.words}"
        self.rest()
        assert self.problems() == []

    def problems(self) -> list[str]:
        """What the explorer complains of."""
        return self.root.locator("[role=alert]").locator("visible=true").all_inner_texts()

    # --- its parts ---

    def picker(self, label: str) -> Any:
        return self.root.get_by_label(label, exact=True)

    def button(self, name: str, of: str | None = None) -> Any:
        """A button by its words; `of` says the picker it belongs to (gene, signature, perturbagen)."""
        inside = self.root if of is None else self.root.locator(f".lincs-pick-{of}")
        return inside.get_by_role("button", name=name, exact=True)

    def names(self, kind: str) -> Any:
        """The buttons that choose a gene, signature or perturbagen in what the explorer shows, without its hints."""
        inside = ":not([class*=lincs-pick-]) > .widget-html"
        return self.root.locator(f"{inside} button.lincs-go[data-pick={kind}]").locator("visible=true")

    def wait_for_names(self, kind: str, expected: Iterable[str]) -> None:
        """Wait until exactly these names can be chosen in what the explorer shows."""
        wanted = sorted(expected)
        for _ in range(MILLISECONDS // 30):
            if (now := sorted(self.names(kind).evaluate_all("all => all.map(one => one.value)"))) == wanted:
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(f"{now} are to be chosen from, and not {wanted}")

    # --- what its user does ---

    def pick(self, label: str, text: str) -> None:
        """Click into a picker, type, press Enter."""
        self.picker(label).click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def put(self, label: str, text: str) -> None:
        """Paste into a picker, press Enter, and wait for what follows."""
        self.picker(label).click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")
        self.rest(150)
        assert self.problems() == []

    def open(self, part: str) -> None:
        """Open a part of an explorer that has several."""
        if "mod-active" not in (self.button(part).get_attribute("class") or ""):
            with self.changes():
                self.button(part).click()

    def open_files(self) -> None:
        """Ask for the files of what is shown."""
        self.button("Save or copy …").click()
        self.root.locator("a[download]").first.wait_for()

    def close_files(self) -> None:
        self.button("Close files").click()
        self.root.locator("a[download]").first.wait_for(state="detached")

    def tab_to(self, target: Any, *, back: bool = False, most: int = 120) -> None:
        """Press Tab (or Shift+Tab) until `target` has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if target.evaluate(FOCUSED):
                return
        raise AssertionError(f"Tab does not lead to {target}")

    def link(self, ending: str) -> Any:
        """The link to a file."""
        return self.root.locator(f"a[download$='.{ending}']").locator("visible=true").first

    def save(self, ending: str) -> tuple[str, Path]:
        """Click the link to a file; return its name and where it was put."""
        link = self.link(ending)
        with self.page.expect_download(timeout=MILLISECONDS) as download:
            link.click()
        assert re.match("data:", link.get_attribute("href"))
        return download.value.suggested_filename, download.value.path()

    # --- in a hurry ---

    def count_pictures(self) -> None:
        """Count the pictures that are shown from now on."""
        self.page.evaluate(COUNT)

    def pictures_drawn(self) -> int:
        return self.page.evaluate("window.lincsPictures")

    def wait_for_value(self, label: str, value: str) -> None:
        """Wait until a picker holds a value."""
        for _ in range(MILLISECONDS // 30):
            if self.picker(label).input_value() == value:
                return
            self.page.wait_for_timeout(30)
        raise AssertionError(f"{label} is {self.picker(label).input_value()!r} and not {value!r}")

    def lags_while_typing(self, label: str, text: str) -> list[float]:
        """Milliseconds from each letter to the names that are offered for it, on the browser's own clock."""
        field = self.picker(label)
        field.click()
        self.page.keyboard.press("ControlOrMeta+A")
        field.evaluate(CLOCK)
        for number, letter in enumerate(text, 1):
            self.page.keyboard.type(letter)
            for _ in range(MILLISECONDS // 10):
                if self.page.evaluate("window.lincsLags.length") >= number:
                    break
                self.page.wait_for_timeout(10)
        return self.page.evaluate("window.lincsLags")
