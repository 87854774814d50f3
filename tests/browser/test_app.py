"""The guided page through its command: lincs-interp app, a browser, and files as a reader has them."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

import lincs_interp as li
from lincs_interp.io.sample import sample_path

from ._axe import grave_findings
from ._explorer import Explorer
from ._hostile import ALIVE, NAMES, TEXT_ONLY, beginning, write_hostile_matrix
from ._servers import GUARD, environment, stop

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MILLISECONDS = 60_000
MAX_UPLOAD = 20  # megabytes

#: Beyond this the server closes the connection: see ROOM in lincs_interp/app/server.py.
CONNECTION_LIMIT = MAX_UPLOAD + 64

GONE = "The program behind this page has ended"


@dataclass(frozen=True)
class App:
    """A running lincs-interp app: its address, where its temporary files are, and its process."""

    address: str
    temporary: Path
    process: psutil.Process
    log: Path

    def left_by_kernels(self) -> list[Path]:
        """The temporary files of the kernels that there are now."""
        return list(self.temporary.glob("lincs-interp-app-*/temporary/*"))

    def kernels(self) -> set[psutil.Process]:
        """The kernels that run now."""
        found = set()
        for one in self.process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it ends this moment, or is a zombie
                if "ipykernel_launcher" in one.cmdline():
                    found.add(one)
        return found


@contextmanager
def serving_app(home: Path, *options: object) -> Iterator[App]:
    """Run the command; it ends with the block, and with the tests however they end."""
    log, temporary = home / "app.log", home / "temporary"
    temporary.mkdir(parents=True)
    command = [sys.executable, "-m", "lincs_interp", "app", "--no-browser", *map(str, options)]
    places = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}
    with (
        log.open("w") as written,
        subprocess.Popen(
            [sys.executable, "-c", GUARD, *command],
            env=environment(home) | places,
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as guard,
    ):
        try:
            address = wait_until(lambda: re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", log.read_text()), 60)[0]
            yield App(address, temporary, psutil.Process(guard.pid).children()[0], log)
        finally:
            stop(guard)


def wait_until(found: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
    return value


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[App]:
    pytest.importorskip("voila", reason="Voilà is not installed")
    with serving_app(tmp_path_factory.mktemp("app"), "--max-upload", MAX_UPLOAD) as running:
        yield running


def open_page(page: Any, app: App) -> None:
    page.asked, page.dialogues = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    # From the start: asked for together with the click it may come too late.
    page.on("filechooser", lambda dialogue: page.dialogues.append(dialogue))
    page.goto(app.address, timeout=MILLISECONDS)
    button(page, "Read it").wait_for(timeout=2 * MILLISECONDS)


def button(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=name)


def choose(page: Any, name: str, file: Any) -> None:
    """Press a button and give a file to the dialogue that it opens."""
    button(page, name).click()
    give(page, file)


def give(page: Any, file: Any) -> None:
    """Give a file to the dialogue that has just been asked for."""
    for _ in range(MILLISECONDS // 50):
        if page.dialogues:
            page.dialogues.pop().set_files(file)
            return
        page.wait_for_timeout(50)
    raise AssertionError("no dialogue for a file was opened")


def text(page: Any, words: str) -> Any:
    shown = page.get_by_text(words)
    shown.first.wait_for(timeout=2 * MILLISECONDS)
    return shown


def status_of(page: Any, name: str) -> Any:
    """The line below a button that takes a file."""
    return page.locator(".lincs-file", has=button(page, name)).locator(".lincs-status")


def foreign(url: str) -> bool:
    return not re.match(r"(https?|wss?)://127\.0\.0\.1:\d+/|data:|blob:", url)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matrix of 12,327 genes and 250 signatures: more than the 10 MB that a connection takes by default."""
    rng = np.random.default_rng(5)
    values = np.argsort(rng.random((12_327, 250)), axis=0) + 1
    ids = [f"SIM{i:03d}_MCF7_24H_A01_drug{i}_10uM" for i in range(250)]
    path = tmp_path_factory.mktemp("large") / "large matrix.tsv"
    pd.DataFrame(values, [f"GENE{i}" for i in range(12_327)], ids).to_csv(path, sep="\t", index_label="gene")
    assert 10e6 < path.stat().st_size < MAX_UPLOAD * 1e6
    return path


def test_the_sample_from_start_to_report(app, page, shoot, axe, tmp_path):
    open_page(page, app)
    assert page.title() == "Read a Gene Rank Matrix"
    assert grave_findings(page, axe) == []
    shoot(page, "app 1 begin")
    button(page, "Read it").click()
    assert page.get_by_role("alert").inner_text().startswith("⚠ There is no matrix yet")
    button(page, "Use the simulated sample").click()
    text(page, "✓ The simulated sample")
    up = page.get_by_label("Up genes")
    up.fill(f"{up.input_value()}\nTNF")
    button(page, "Read it").click()
    assert "1 gene both up and down (TNF)" in text(page, "both up and down").inner_text()
    assert grave_findings(page, axe) == []
    shoot(page, "app 2 question")
    button(page, "Leave them out of both lists").click()
    text(page, "✓ Done.")
    explorer = Explorer(page)
    with explorer.changes():
        explorer.pick("Signature", "SIM001_A549_24H_B03_contrasone_10uM")
    assert grave_findings(page, axe) == []
    shoot(page, "app 3 overview")
    button(page, "Make the report").click()
    link = page.get_by_role("link", name="Save lincs_report.zip")
    link.wait_for(timeout=2 * MILLISECONDS)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        scores = pd.read_csv(io.BytesIO(archive.read("lincs_report/scores.tsv")), sep="\t", index_col=0)
        assert "lincs_report/report.html" in archive.namelist()
    sample = li.load_sample()
    query = li.GeneQuery("q", [*sample.query.up, "TNF"], sample.query.down)
    expected = li.score_concordance(sample.ranks, query, overlap="drop")["z_sum"]
    np.testing.assert_allclose(scores["z_sum"], expected.reindex(scores.index), rtol=1e-9)
    with explorer.changes():  # to save a file is not to leave the page
        explorer.pick("Signature", "SIM001_PC3_24H_A04_mimicort_10uM")
    assert [url for url in page.asked if foreign(url)] == []


@pytest.mark.parametrize("width", [700, 1250])
def test_the_page_is_no_wider_than_the_window(app, page, shoot, width):
    page.set_viewport_size({"width": width, "height": 2200})
    open_page(page, app)
    button(page, "Use the simulated sample").click()
    button(page, "Read it").click()
    text(page, "✓ Done.")
    Explorer(page)
    assert page.evaluate("document.querySelector('#rendered_cells').scrollWidth") <= width
    shoot(page, f"app {width} wide")


def test_by_keyboard_alone(app, page, shoot):
    open_page(page, app)

    def tab_to(name: str, role: str = "button") -> None:
        target = page.get_by_role(role, name=name)
        for _ in range(60):
            if target.count() and target.evaluate("node => node === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not reach {name}")

    tab_to("Choose the matrix")
    page.keyboard.press("Enter")
    give(page, sample_path("ranks.tsv"))
    text(page, "received")
    tab_to("Up genes", "textbox")
    page.keyboard.insert_text(sample_path("up.txt").read_text())
    tab_to("Down genes", "textbox")
    page.keyboard.insert_text(sample_path("down.txt").read_text())
    tab_to("Read it")
    focus = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focus != "none"
    shoot(page, "app by keyboard")
    page.keyboard.press("Enter")
    text(page, "✓ Done.")
    tab_to("Make the report")


def test_a_file_over_10_megabytes(app, page, large, shoot):
    open_page(page, app)
    choose(page, "Choose the matrix", large)
    text(page, "received")
    page.get_by_label("Up genes").fill("\n".join(f"GENE{i}" for i in range(100)))
    page.get_by_label("Down genes").fill("\n".join(f"GENE{i}" for i in range(200, 300)))
    button(page, "Read it").click()
    text(page, "The matrix has 250 signatures and 12,327 genes")
    Explorer(page)
    shoot(page, "app large matrix")


def zeros(folder: Path, megabytes: int) -> Path:
    path = folder / f"{megabytes} MB.tsv"
    with path.open("wb") as file:
        file.truncate(megabytes * 1_000_000)
    return path


def test_a_file_over_the_limit_is_refused_before_it_is_sent(app, page, shoot, tmp_path):
    open_page(page, app)
    choose(page, "Choose the matrix", sample_path("ranks.tsv"))
    text(page, "received")
    choose(page, "Choose the matrix", zeros(tmp_path, CONNECTION_LIMIT + 200))
    said = status_of(page, "Choose the matrix").get_by_role("alert").inner_text()
    assert said.startswith("⚠ 284 MB.tsv has 284 MB, and this page takes files of up to 20 MB: it was not taken.")
    assert "ranks.tsv" in status_of(page, "Choose the matrix").inner_text()  # what was there before stays
    shoot(page, "app too large")
    page.get_by_label("Up genes").fill(sample_path("up.txt").read_text())
    button(page, "Read it").click()
    text(page, "✓ Done.")


@pytest.mark.parametrize("megabytes", [MAX_UPLOAD + 1, CONNECTION_LIMIT + 6])
def test_a_page_lives_on_where_the_browser_could_not_refuse(app, new_page, tmp_path, megabytes):
    page = new_page(theirs=("WebSocket connection to", "Connection lost"))
    open_page(page, app)
    page.evaluate("document.querySelector('[data-lincs-limit]').removeAttribute('data-lincs-limit')")
    choose(page, "Choose the matrix", zeros(tmp_path, megabytes))
    if megabytes < CONNECTION_LIMIT:
        said = status_of(page, "Choose the matrix").get_by_role("alert").inner_text(timeout=MILLISECONDS)
        assert said.startswith("⚠ 21 MB.tsv has 21.0 MB, and this page takes files of up to 20 MB: it was not taken.")
    else:
        page.wait_for_timeout(5_000)  # the connection is closed, and made again
    button(page, "Use the simulated sample").click()
    text(page, "✓ The simulated sample")
    assert page.get_by_text(GONE).count() == 0


def test_hostile_names_are_text(app, page, shoot, tmp_path):
    path = write_hostile_matrix(tmp_path / "matrix.tsv")
    open_page(page, app)
    choose(page, "Choose the matrix", {"name": f"{NAMES[0]}.tsv", "mimeType": "", "buffer": path.read_bytes()})
    text(page, "received")
    page.get_by_label("Up genes").fill("\n".join([*NAMES, *(f"G{number:03d}" for number in range(20))]))
    page.get_by_label("Name of your experiment").fill(NAMES[1])
    button(page, "Read it").click()
    text(page, "✓ Done.")
    Explorer(page)
    shoot(page, "app hostile names")
    assert page.evaluate(ALIVE) == TEXT_ONLY
    assert beginning(NAMES[0]) in status_of(page, "Choose the matrix").inner_text()


def open_and_find(page: Any, app: App) -> psutil.Process:
    """Open a page, and return its kernel."""
    kernels = app.kernels()
    open_page(page, app)
    (kernel,) = app.kernels() - kernels
    return kernel


def test_visitors_have_pages_of_their_own_and_leave_nothing(app, new_page):
    one, other = new_page(), new_page()
    kernel, others_kernel = open_and_find(one, app), open_and_find(other, app)
    button(one, "Use the simulated sample").click()
    text(one, "✓ The simulated sample")
    assert other.get_by_text("✓ The simulated sample").count() == 0
    one.close(run_before_unload=True)
    wait_until(lambda: kernel not in app.kernels(), 60)
    assert others_kernel in app.kernels()
    button(other, "Use the simulated sample").click()
    text(other, "✓ The simulated sample")
    assert app.left_by_kernels() == []


def test_a_page_says_that_its_kernel_has_died(app, new_page, shoot):
    page = new_page(theirs=("Failed to load resource", "WebSocket connection to"))
    kernel = open_and_find(page, app)
    kernel.kill()
    text(page, GONE)
    shoot(page, "app kernel died")
    wait_until(lambda: kernel not in app.kernels(), 60)


def test_it_starts_with_the_files_of_the_command_and_ends_with_control_c(chromium, new_page, shoot, tmp_path):
    files = [sample_path(name) for name in ("ranks.tsv", "up.txt", "down.txt", "background.tsv.gz")]
    options = [files[0], "--up", files[1], "--down", files[2], "--background", files[3]]
    page = new_page(theirs=("Failed to load resource", "WebSocket connection to"))
    with serving_app(tmp_path, *options) as app:
        open_page(page, app)
        text(page, "✓ Done.")
        Explorer(page)
        (kernel,) = app.kernels()
        app.process.send_signal(signal.SIGINT)
        with suppress(psutil.NoSuchProcess):
            app.process.wait(20)
        wait_until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
        assert app.log.read_text().splitlines()[-1] == "The page has ended; nothing of it was kept."
        assert os.listdir(app.temporary) == []
        text(page, GONE)
        shoot(page, "app ended")
