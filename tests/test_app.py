"""The guided page without a browser: its state is set as a reader would, and what it shows is read."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import re
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lincs_interp import load_sample
from lincs_interp._util.errors import LincsInterpError
from lincs_interp.app import options, report_file
from lincs_interp.app.inputs import SAMPLE, STEPS, Choices, Reader, file_on_disk, read_choices, uploaded_file
from lincs_interp.app.options import DROP_OVERLAP, NO_BACKGROUND, PageSettings
from lincs_interp.app.views import TEXTS
from lincs_interp.io.sample import sample_path
from lincs_interp.scoring.concordance import score_concordance

pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")

from lincs_interp.app import page as page_module
from lincs_interp.app.page import FileStep

HOSTILE = '<img src=x onerror="alert(1)">\'"&\u202e🧬'


def matrix_text(n_signatures: int = 6, n_genes: int = 300, seed: int = 7) -> bytes:
    rng = np.random.default_rng(seed)
    values = np.argsort(rng.random((n_genes, n_signatures)), axis=0) + 1
    ids = [f"SIM{i:03d}_MCF7_24H_A01_drug{i}_10uM" for i in range(n_signatures)]
    table = pd.DataFrame(values, [f"GENE{i}" for i in range(n_genes)], ids)
    return table.to_csv(sep="\t", index_label="gene").encode()


def genes(first: int, last: int) -> str:
    return "\n".join(f"GENE{i}" for i in range(first, last))


def give(step: FileStep, name: str, content: bytes) -> None:
    """Upload a file as the browser does."""
    sent = {"name": name, "type": "", "size": len(content), "last_modified": 1_700_000_000_000, "content": content}
    step.upload.set_state({"value": [sent]})


def alerts(html: str) -> list[str]:
    return re.findall(r'<p class="lincs-alert" role="alert">⚠ (.*?)</p>', html)


def seen(box) -> bool:
    return box.layout.display != "none"


def texts(widget) -> str:
    """Every text of a widget and of those in it."""
    own = [value for name in ("value", "description") if isinstance(value := getattr(widget, name, ""), str)]
    return "\n".join([*own, *(texts(child) for child in getattr(widget, "children", ()))])


@pytest.fixture
def explored(monkeypatch):
    """What the explorer was asked to show, in place of the explorer, which has tests of its own."""
    import ipywidgets

    asked = []

    def explorer(reading):
        asked.append(reading)
        return SimpleNamespace(widget=ipywidgets.HTML("explorer"))

    monkeypatch.setattr(page_module, "explore", explorer)
    return asked


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where temporary files would lie; nothing that is given to the page is ever written there."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def page(explored, folder):
    made = page_module.GuidedPage(PageSettings(max_upload=1))
    yield made
    made.close()
    assert files_below(folder) == []


@pytest.fixture
def filled(page):
    """A page with a matrix and both lists."""
    give(page.files["matrix"], "ranks.tsv", matrix_text())
    page.up.value, page.down.value = genes(0, 20), genes(40, 60)
    return page


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class TestReading:
    def test_the_sample(self, page, explored):
        page.use_sample()
        page.read()
        (reading,) = explored
        sample = load_sample()
        assert (reading.query.up, reading.query.down) == (sample.query.up, sample.query.down)
        assert reading.query.name == sample.query.name
        pd.testing.assert_frame_equal(reading.ranks.frame, sample.ranks.frame)
        assert reading.background is not None
        assert reading.background.shape == sample.background.shape
        assert seen(page.results)
        assert "The matrix has 78 signatures and 4,000 genes" in page.status.value
        assert "89 up genes counted, from 92 entries of your list" in page.status.value
        assert "Background: 200 unselected signatures." in page.status.value
        assert alerts(page.status.value) == []

    def test_an_upload_with_pasted_genes(self, filled, explored):
        filled.name.value = "my experiment"
        filled.read()
        (reading,) = explored
        assert reading.query.name == "my experiment"
        assert reading.ranks.shape == (300, 6)
        assert "Without a background p-values are as a rule too small." in filled.status.value

    def test_lists_in_files(self, page, explored):
        give(page.files["matrix"], "ranks.tsv.gz", gzip.compress(matrix_text()))
        give(page.files["up"], "heat shock_up.txt", genes(0, 20).encode())
        give(page.files["down"], "heat shock_down.txt", genes(40, 60).encode())
        page.read()
        assert explored[0].query.up == tuple(genes(0, 20).split())
        assert explored[0].query.down == tuple(genes(40, 60).split())
        assert explored[0].query.name == "heat shock"
        page.read()  # the lists are small: they are read anew
        assert len(explored) == 2

    def test_one_file_may_hold_both_lists(self, page, explored):
        give(page.files["matrix"], "ranks.tsv", matrix_text())
        gmt = "\n".join(f"q {side}\t\t" + genes(*place).replace("\n", "\t") for side, place in
                        {"up": (0, 20), "down": (40, 60)}.items())  # fmt: skip
        give(page.files["up"], "sets.gmt", gmt.encode())
        page.read()
        assert (len(explored[0].query.up), len(explored[0].query.down)) == (20, 20)
        assert explored[0].query.name == "q"

    @pytest.mark.parametrize("separator", [",", "; ", "\t", " ", "\r\n"])
    def test_pasted_genes_with_any_separator(self, filled, explored, separator):
        filled.up.value = separator.join(genes(0, 20).split())
        filled.read()
        assert explored[0].query.up == tuple(genes(0, 20).split())

    @pytest.mark.parametrize(("side", "other"), [("up", "down"), ("down", "up")])
    def test_one_list_alone(self, filled, explored, side, other):
        getattr(filled, other).value = ""
        filled.read()
        assert getattr(explored[0].query, other) == ()
        assert explored[0].query.one_sided
        assert "Only one list was given" in filled.status.value

    def test_which_end_is_up(self, filled, explored):
        filled.read()
        filled.turned.value = True
        give(filled.files["matrix"], "ranks.tsv", matrix_text())
        filled.read()
        plain, turned = (reading.scores["z_sum"].sort_index() for reading in explored)
        np.testing.assert_allclose(turned, -plain, atol=1e-9)

    def test_how_many_genes_were_ranked(self, filled, explored):
        filled.n_genes.value = "12,318"
        filled.read()
        assert explored[0].ranks.n_genes == 12_318

    def test_every_step_is_shown_in_its_place(self, filled, monkeypatch):
        steps = []
        monkeypatch.setattr(filled, "_report_step", steps.append)
        filled.read()
        assert steps == [STEPS[0], STEPS[1], STEPS[3], STEPS[4]]
        assert 'value="1"' in TEXTS.progress(STEPS[1])
        assert "Step 2 of 5: reading the matrix" in TEXTS.progress(STEPS[1])

    def test_buttons_are_off_only_while_it_reads(self, filled, monkeypatch):
        during = []
        monkeypatch.setattr(filled, "_report_step", lambda step: during.append(filled.go.disabled))
        filled.read()
        assert during == [True] * 4
        assert not filled.go.disabled

    @pytest.mark.real
    def test_a_real_matrix_that_serves_as_its_own_background(self, explored, real_data):
        page = page_module.GuidedPage(PageSettings())
        content = (real_data / "real" / "skb_5000x100.ranks.tsv.gz").read_bytes()
        for step in ("matrix", "background"):
            give(page.files[step], "real.tsv.gz", content)
        symbols = pd.read_csv(io.BytesIO(content), sep="\t", compression="gzip", usecols=[0]).iloc[:, 0].astype(str)
        page.up.value, page.down.value = "\n".join(symbols[:80]), ", ".join(symbols[100:180])
        page.read()
        assert alerts(page.status.value) == []
        assert explored[0].ranks.shape[1] == 100
        assert explored[0].scores["how"].str.contains("background").all()


class TestSentences:
    def shown(self, page) -> str:
        page.read()
        (sentence,) = alerts(page.status.value)
        assert not seen(page.results)
        return sentence

    def test_no_matrix(self, page):
        page.up.value = "MYC"
        assert self.shown(page) == ("There is no matrix yet: choose your file in step 1, or use the simulated sample.")

    def test_no_genes(self, filled):
        filled.up.value = filled.down.value = " \n "
        assert self.shown(filled) == (
            "There are no genes yet: paste at least one list in step 2, or choose a file there."
        )

    def test_genes_given_twice(self, filled):
        give(filled.files["up"], "up.txt", b"GENE1\n")
        assert self.shown(filled) == (
            "&#34;Up genes&#34; are given twice, pasted and in up.txt: empty the box, or remove the file."
        )

    @pytest.mark.parametrize("text", ["many", "0", "1.5e4", "-3", "9" * 400, "１２"])
    def test_a_wrong_number_of_genes(self, filled, text):
        filled.n_genes.value = text
        assert self.shown(filled).startswith("&#34;Genes ranked&#34; is &#39;")

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"\n", "my ranks.tsv is empty"),
            (bytes(range(256)) * 40, "my ranks.tsv holds binary data"),
            (b"<html><title>502</title></html>", "my ranks.tsv is a web page"),
            (b"gene\tS1\tS2\nA\t0.01\t-0.2\nB\t0.3\t0.1\nC\t-0.2\t0\n", "my ranks.tsv"),
            (b"gene\tS1\tS2\nMYC\t12000\t7\nTP53\t3\t811\nEGFR\t44\t9\n", "&#34;Genes ranked&#34;"),
            (b"%PDF-1.4", "my ranks.tsv is a PDF"),
        ],
    )
    def test_a_bad_matrix(self, filled, content, sentence):
        give(filled.files["matrix"], "my ranks.tsv", content)
        said = self.shown(filled)
        assert sentence in said
        assert "n_genes" not in said

    def test_a_bad_matrix_is_still_there_to_be_read_in_another_way(self, filled, explored):
        give(filled.files["matrix"], "part.tsv", b"gene\tS1\nGENE1\t12000\nGENE2\t3\nGENE50\t44\nGENE51\t4\n")
        self.shown(filled)
        filled.n_genes.value = "12318"
        filled.read()
        assert len(explored) == 1

    def test_lists_that_are_no_lists(self, filled):
        filled.up.value = ""
        give(filled.files["up"], "genes.pdf", b"%PDF-1.4")
        assert self.shown(filled).startswith("genes.pdf is a PDF")

    def test_two_bad_lists_are_distinguished(self, filled):
        filled.up.value = filled.down.value = ""
        give(filled.files["up"], "one.txt", b"GENE1\nGENE2\n")
        give(filled.files["down"], "two.txt", b"# nothing\n")
        filled.read()  # an empty list is no error beside a full one
        give(filled.files["down"], "two.txt", b"%PDF")
        assert self.shown(filled).startswith("two.txt is a PDF")

    def test_a_file_of_both_lists_in_the_wrong_place(self, filled):
        filled.up.value = filled.down.value = ""
        give(filled.files["down"], "both.txt", b"q up\t\tGENE1\tGENE2\nq down\t\tGENE3\tGENE4\n")
        said = self.shown(filled)
        assert "both.txt" in said
        assert "&#34;Up genes&#34;" in said

    def test_several_sets_in_one_file(self, filled, explored):
        filled.up.value = filled.down.value = ""
        sets = "".join(f"{name} up\t\tGENE1\tGENE2\n{name} down\t\tGENE3\tGENE4\n" for name in ("first", "second"))
        give(filled.files["up"], "sets.gmt", sets.encode())
        assert "&#34;Name of your experiment&#34;" in self.shown(filled)
        filled.name.value = "second"
        filled.read()
        assert explored[0].query.name == "second"

    def test_genes_that_are_not_in_the_matrix(self, filled):
        filled.up.value = "ENSG1\nENSG2"
        assert "check species and kind of id" in self.shown(filled)

    def test_text_is_never_a_path(self, filled, explored, tmp_path):
        secret = tmp_path / "secret.txt"
        secret.write_text(genes(0, 20))
        for text in (str(secret), "~/.bashrc", "up.txt", "../up.txt"):
            filled.up.value = text
            assert "none is left to score in the matrix" in self.shown(filled)
        assert explored == []

    def test_what_nobody_foresaw(self, filled, monkeypatch, capfd):
        def fail(*_):
            raise KeyError("<b>secret</b>")

        monkeypatch.setattr(page_module, "read_choices", fail)
        said = self.shown(filled)
        assert said.startswith("Something went wrong: KeyError. Please report it")
        assert "secret" not in filled.status.value
        assert "Traceback" not in filled.status.value
        assert not filled.go.disabled

    def test_too_little_memory(self, filled, monkeypatch):
        def fail(*_):
            raise MemoryError

        monkeypatch.setattr(page_module, "read_choices", fail)
        assert self.shown(filled).startswith("This computer has not enough memory")

    def test_an_overview_that_cannot_be_drawn(self, filled, monkeypatch):
        def fail(_):
            raise LincsInterpError("it cannot be drawn.")

        monkeypatch.setattr(page_module, "explore", fail)
        assert self.shown(filled) == "it cannot be drawn."
        assert filled.interpretation is None

    def test_an_error_takes_the_overview_away(self, filled, explored):
        filled.read()
        assert seen(filled.results)
        filled.up.value = filled.down.value = ""
        self.shown(filled)
        assert filled.interpretation is None
        assert filled.overview.children == ()


class TestQuestions:
    def test_genes_in_both_lists(self, filled, explored):
        filled.down.value = genes(15, 40)
        filled.read()
        (sentence,) = alerts(filled.status.value)
        assert "5 genes both up and down (GENE15, GENE16, GENE17, GENE18, GENE19)" in sentence
        assert DROP_OVERLAP in sentence
        assert seen(filled.answer)
        assert filled.answer.description == DROP_OVERLAP == "Leave them out of both lists"
        filled.agree()
        (reading,) = explored
        assert (len(reading.query.up), len(reading.query.down)) == (20, 25)
        assert set(reading.scores["n_up"]) == {15}
        assert set(reading.scores["n_down"]) == {20}
        assert "5 are in both lists and were left out of both" in filled.status.value
        assert not seen(filled.answer)

    def test_an_answer_holds_for_its_question_only(self, filled, explored):
        filled.down.value = genes(15, 40)
        filled.read()
        filled.agree()
        filled.down.value = genes(10, 40)
        assert filled.choices.agreed == frozenset()
        filled.read()
        assert "10 genes both up and down" in alerts(filled.status.value)[0]
        assert len(explored) == 1

    @pytest.mark.parametrize(("down", "side"), [((0, 20), "up"), ((5, 10), "down"), ((0, 60), "up")])
    def test_a_list_that_is_within_the_other(self, filled, down, side):
        filled.down.value = genes(*down)
        filled.read()
        assert alerts(filled.status.value) == [
            f"All of your {side} genes are in the other list too, so none is left: put each gene into one list."
        ]
        assert not seen(filled.answer)

    def test_a_background_that_is_too_small(self, filled, explored):
        give(filled.files["background"], "few.tsv", matrix_text(20, seed=3))
        filled.read()
        (sentence,) = alerts(filled.status.value)
        assert "background holds 20 signatures that can serve, and at least 50 are needed" in sentence
        assert filled.answer.description == NO_BACKGROUND
        filled.agree()
        assert explored[0].background is None
        assert "The background was left out, so p-values are as a rule too small." in filled.status.value

    def test_a_background_of_hits(self, filled, explored):
        values = np.tile(np.arange(1, 301)[:, None], (1, 60))  # the up genes far down, the down genes not so far
        rng = np.random.default_rng(0)
        ranked = np.argsort(np.argsort(values + rng.normal(0, 20, values.shape), axis=0), axis=0) + 1
        table = pd.DataFrame(ranked, [f"GENE{i}" for i in range(300)], [f"S{i}" for i in range(60)])
        filled.down.value = genes(200, 220)
        give(filled.files["background"], "hits.tsv", table.to_csv(sep="\t", index_label="gene").encode())
        filled.read()
        (sentence,) = alerts(filled.status.value)
        assert "background is a list of hits of this query" in sentence
        assert sentence.endswith("pass unselected signatures, or none for a lower bound on p.")
        assert filled.answer.description == NO_BACKGROUND
        filled.agree()
        assert len(explored) == 1

    def test_a_background_that_serves(self, filled, explored):
        give(filled.files["background"], "enough.tsv", matrix_text(60, seed=3))
        filled.read()
        assert explored[0].background.shape == (300, 60)
        assert explored[0].scores["how"].str.contains("background").all()


class TestUploads:
    def test_too_large_is_refused_before_it_is_read(self, page, monkeypatch, folder):
        monkeypatch.setattr("lincs_interp.app.inputs.read_ranks", lambda *_, **__: pytest.fail("it was read"))
        give(page.files["matrix"], "big.tsv", b"x" * 1_000_001)
        step = page.files["matrix"]
        assert alerts(step.status.value) == [
            "big.tsv has 1.0 MB, and this page takes files of up to 1 MB: it was not taken. Pack it with gzip or zip,"
            " leave out signatures, or start the page with lincs-interp app --max-upload."
        ]
        assert step.held is None
        assert step.upload.value == ()

    def test_as_large_as_allowed_is_taken(self, page):
        give(page.files["matrix"], "big.tsv", b"x" * 1_000_000)
        assert page.files["matrix"].held.size == 1_000_000

    def test_what_is_refused_takes_nothing_away(self, filled, explored):
        give(filled.files["matrix"], "big.tsv", b"x" * 1_000_001)
        assert "<b>ranks.tsv</b>" in filled.files["matrix"].status.value
        filled.read()
        assert len(explored) == 1

    def test_an_empty_file(self, page):
        give(page.files["matrix"], "none.tsv", b"")
        assert alerts(page.files["matrix"].status.value) == ["none.tsv is empty: download or save it again."]

    def test_the_limit_is_on_the_page(self, page):
        assert "A file may have up to <b>1 MB</b>" in texts(page.widget)
        assert 'data-lincs-limit="1000000"' in texts(page.widget)

    def test_a_new_file_takes_the_place_of_the_old(self, filled, explored):
        old = filled.files["matrix"].held
        give(filled.files["matrix"], "other.tsv", matrix_text(9))
        assert old.data is None
        filled.read()
        give(filled.files["matrix"], "third.tsv.gz", gzip.compress(matrix_text(4)))
        filled.read()
        assert [reading.ranks.shape[1] for reading in explored] == [9, 4]
        assert "<b>third.tsv.gz</b>" in filled.files["matrix"].status.value

    def test_remove(self, filled):
        step = filled.files["matrix"]
        assert seen(step.remove)
        step.remove.click()
        assert (step.held, step.upload.value) == (None, ())
        assert "No file chosen." in step.status.value
        assert not seen(step.remove)

    def test_the_widget_keeps_no_content(self, filled):
        (kept,) = filled.files["matrix"].upload.value
        assert (kept["name"], bytes(kept["content"])) == ("ranks.tsv", b"")

    def test_a_matrix_is_let_go_when_it_was_read_and_read_once(self, filled, explored, monkeypatch):
        filled.read()
        assert filled.files["matrix"].held.data is None
        monkeypatch.setattr("lincs_interp.app.inputs.read_ranks", lambda *_, **__: pytest.fail("read twice"))
        filled.up.value = genes(5, 25)
        filled.read()
        assert len(explored) == 2
        filled.n_genes.value = "400"
        filled.read()
        assert alerts(filled.status.value) == [
            "ranks.tsv was let go when it had been read, and now it has to be read in another way: choose the file once"
            " more."
        ]

    def test_the_same_file_once_more(self, filled, explored):
        filled.read()
        filled.n_genes.value = "400"
        give(filled.files["matrix"], "ranks.tsv", matrix_text())
        filled.read()
        assert [reading.ranks.n_genes for reading in explored] == [300, 400]

    def test_the_sample_goes_with_its_genes(self, page):
        page.use_sample()
        give(page.files["matrix"], "ranks.tsv", matrix_text())
        assert (page.up.value, page.down.value, page.name.value) == ("", "", "")
        assert page.files["background"].held is None

    def test_genes_of_ones_own_stay(self, page):
        page.use_sample()
        page.files["background"].hold(None)
        page.up.value = "MYC"
        give(page.files["matrix"], "ranks.tsv", matrix_text())
        assert page.up.value == "MYC"


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd", "/etc/passwd", "a/b\\c.tsv", "..", "", "x" * 10_000 + ".tsv", "nul\0.tsv", "C:\\up.tsv",
         HOSTILE + ".tsv", "con.tsv", "ranks.tsv\n.gz", "~root.tsv", "-rf.tsv"],
    )  # fmt: skip
    def test_no_name_is_ever_opened(self, filled, explored, name):
        give(filled.files["matrix"], name, matrix_text())
        filled.up.value = ""
        give(filled.files["up"], name, genes(0, 20).encode())
        filled.read()
        assert len(explored) == 1, alerts(filled.status.value)

    def test_names_are_shown_as_text(self, filled, explored):
        give(filled.files["matrix"], HOSTILE + ".tsv", matrix_text())
        give(filled.files["background"], HOSTILE, b"%PDF")
        filled.name.value = HOSTILE
        filled.up.value += f"\n{HOSTILE}"
        filled.read()
        filled.files["background"].remove.click()
        filled.read()
        shown = texts(filled.widget).replace(filled.up.value, "").replace(filled.name.value, "")
        assert "<img" not in shown
        assert "&lt;img src=x" in shown

    def test_errors_are_shown_as_text(self, filled):
        give(filled.files["matrix"], HOSTILE, b"%PDF")
        filled.read()
        assert "<img" not in filled.status.value
        assert "is a PDF" in filled.status.value

    def test_a_name_of_10000_letters_is_cut(self, filled):
        give(filled.files["matrix"], "x" * 10_000, b"%PDF")
        filled.read()
        assert len(filled.status.value) < 1_000
        assert len(filled.files["matrix"].status.value) < 1_000
        assert len(filled.files["matrix"].held.name) <= 120


class TestNothingIsKept:
    def test_not_even_after_a_failure_that_nobody_foresaw(self, filled, folder, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError

        monkeypatch.setattr("lincs_interp.app.inputs.read_ranks", fail)
        filled.read()
        assert files_below(folder) == []

    def test_the_report_leaves_nothing(self, filled, folder):
        filled.read()
        filled.make_report.click()
        assert "lincs-save" in filled.report_status.value
        assert list(folder.iterdir()) == []

    def test_closing_lets_everything_go(self, filled):
        filled.read()
        held = filled.files["matrix"].held
        filled.close()
        assert filled.interpretation is None
        assert held.data is None


@pytest.fixture(scope="module")
def written():
    """The files of the report on an upload with turned ranks, and what is behind it."""
    matrix = uploaded_file("x')\nimport os#.tsv", matrix_text())
    choices = Choices(matrix=matrix, up=genes(0, 20), down=genes(15, 40), rank_one="up", n_genes="350",
                      name="my experiment", agreed=frozenset({DROP_OVERLAP}))  # fmt: skip
    interpretation = read_choices(choices, Reader())
    data = report_file.report_zip(interpretation, choices)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return interpretation, choices, {name: archive.read(name) for name in archive.namelist()}


class TestReport:
    @pytest.fixture
    def quick(self, monkeypatch):
        monkeypatch.setattr(page_module, "report_zip", lambda *_: b"zip")

    def test_page_tables_notebook_and_lists_are_in_it(self, written):
        _, choices, files = written
        names = ("report.html", "report.ipynb", "scores.tsv", "genes.tsv", "query.json", "run.meta.json")
        assert {f"lincs_report/{name}" for name in names} <= set(files)
        assert b"my experiment" in files["lincs_report/report.html"]
        meta = json.loads(files["lincs_report/run.meta.json"])
        assert meta["arguments"]["matrix_file"] == choices.matrix.name
        assert meta["arguments"]["matrix_sha256"] == hashlib.sha256(matrix_text()).hexdigest()
        assert meta["arguments"]["overlap"] == "drop"

    def test_the_matrix_is_not_in_it(self, written):
        assert [name for name in written[2] if "ranks" in name or "inputs" in name] == []

    def test_the_notebook_runs_beside_the_matrix(self, written, tmp_path, monkeypatch):
        interpretation, choices, files = written
        cells = json.loads(files["lincs_report/report.ipynb"])["cells"]
        code = next(source for cell in cells if "read_ranks" in (source := "".join(cell["source"])))
        assert "# This is the file that you gave to the page: put it beside this notebook." in code
        # A hostile name is one text, and no code.
        assert """ranks = li.read_ranks("x') import os#.tsv", rank_one='up', n_genes=350)""" in code
        (tmp_path / choices.matrix.name).write_bytes(matrix_text())
        (tmp_path / "query.json").write_bytes(files["lincs_report/query.json"])
        monkeypatch.chdir(tmp_path)
        names: dict = {}
        exec("import lincs_interp as li\n" + code, names)
        again = score_concordance(names["ranks"], names["query"], overlap="drop")
        pd.testing.assert_series_equal(again["z_sum"], interpretation.scores["z_sum"].reindex(again.index))

    def test_the_link(self, filled, quick):
        filled.read()
        filled.make_report.click()
        link = '<a class="lincs-save" download="lincs_report.zip" href="data:application/zip;base64,emlw">'
        assert link in filled.report_status.value
        filled.read()  # another reading has another report
        assert filled.report_status.value == ""

    def test_the_sample_loads_itself(self):
        choices = Choices(matrix=SAMPLE, background=SAMPLE, up="TNF")
        interpretation = SimpleNamespace(background=object(), ranks=None)
        sources = report_file._sources(interpretation, choices, Path("query.json"))
        assert sources.loading.startswith("ranks = li.load_sample().ranks\n")
        assert sources.background == "background = li.load_sample().background"

    def test_a_file_of_this_computer_is_read_where_it_is(self, tmp_path):
        (tmp_path / "m.tsv").write_bytes(matrix_text())
        choices = Choices(matrix=file_on_disk(str(tmp_path / "m.tsv")))
        interpretation = SimpleNamespace(background=None, ranks=None)
        assert report_file._sources(interpretation, choices, Path("q")).loading.startswith(
            f"ranks = li.read_ranks({str(tmp_path / 'm.tsv')!r})"
        )

    def test_a_report_too_large_for_a_link(self, filled, monkeypatch):
        def write(*arguments, **_):
            arguments[1].mkdir()

        monkeypatch.setattr(report_file, "write_report", write)
        monkeypatch.setattr(report_file, "LARGEST_ZIP", 10)
        filled.read()
        filled.make_report.click()
        assert alerts(filled.report_status.value) == [
            "The report has 0 MB, too many for a link: write it with the command lincs-interp report instead."
        ]
        assert seen(filled.results)

    def test_without_a_reading_there_is_none(self, page):
        page.write_report()
        assert page.report_status.value == ""


class TestStart:
    def start(self, tmp_path, **given):
        return page_module.GuidedPage(PageSettings(**given))

    @pytest.fixture
    def inputs(self, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "ranks.tsv").write_bytes(matrix_text())
        (tmp_path / "in" / "up.txt").write_text(genes(0, 20))
        (tmp_path / "in" / "down.txt").write_text(genes(40, 60))
        (tmp_path / "visitors").mkdir()
        return tmp_path / "in"

    def test_files_are_read_at_once_and_left_alone(self, inputs, explored):
        before = {path.name: path.read_bytes() for path in inputs.iterdir()}
        paths = {word: str(inputs / name) for word, name in
                 {"matrix": "ranks.tsv", "up": "up.txt", "down": "down.txt"}.items()}  # fmt: skip
        page = self.start(inputs.parent / "visitors", **paths, rank_one="up", n_genes=400)
        assert explored[0].ranks.n_genes == 400
        assert page.turned.value
        assert explored[0].query.up == tuple(genes(0, 20).split())
        assert "<b>ranks.tsv</b>" in page.files["matrix"].status.value
        page.files["matrix"].remove.click()
        page.close()
        assert {path.name: path.read_bytes() for path in inputs.iterdir()} == before

    def test_a_matrix_alone_waits_for_genes(self, inputs, explored):
        page = self.start(inputs.parent / "visitors", matrix=str(inputs / "ranks.tsv"))
        assert explored == []
        assert page.status.value == ""

    def test_a_file_that_went_away_is_a_sentence(self, inputs, explored):
        page = self.start(inputs.parent / "visitors", matrix=str(inputs / "gone.tsv"), up=str(inputs / "up.txt"))
        assert len(alerts(page.status.value)) == 1

    def test_a_bad_file_is_a_sentence(self, inputs, explored):
        (inputs / "ranks.tsv").write_bytes(b"%PDF")
        page = self.start(inputs.parent / "visitors", matrix=str(inputs / "ranks.tsv"), up=str(inputs / "up.txt"))
        assert alerts(page.status.value) == ["ranks.tsv is a PDF: save the table itself as .tsv or .xlsx."]

    def test_settings_through_the_environment(self):
        given = PageSettings(matrix="a b.tsv", n_genes=5, max_upload=7)
        assert options.from_environment(options.to_environment(given)) == given
        assert options.from_environment({}) == PageSettings()

    @pytest.mark.parametrize(("argument", "value"), [("rank_one", "left"), ("max_upload", 0), ("n_genes", 0)])
    def test_wrong_settings(self, argument, value):
        with pytest.raises(LincsInterpError) as caught:
            PageSettings(**{argument: value})
        assert (caught.value.argument, caught.value.value) == (argument, value)


class TestPage:
    def test_every_control_has_a_label(self, page):
        import ipywidgets

        def controls(widget):
            for child in getattr(widget, "children", ()):
                yield from controls(child)
            kinds = (
                ipywidgets.Text,
                ipywidgets.Textarea,
                ipywidgets.Button,
                ipywidgets.FileUpload,
                ipywidgets.Checkbox,
            )
            if isinstance(widget, kinds) and seen(widget):
                yield widget

        found = list(controls(page.widget))
        assert len(found) == 13
        assert [control for control in found if not control.description] == []

    def test_there_is_no_output_widget(self, filled):
        import ipywidgets

        filled.read()

        def kinds(widget):
            return {type(widget), *(kind for child in getattr(widget, "children", ()) for kind in kinds(child))}

        assert ipywidgets.Output not in kinds(filled.widget)

    def test_what_the_page_promises(self, page):
        said = " ".join(texts(page.widget).split())
        for words in ("127.0.0.1", "nothing leaves it", "nothing is kept when you close the page", "rank 1 = the gene"):
            assert words in said

    def test_the_explorer_is_the_real_one(self, folder):
        page = page_module.GuidedPage(PageSettings())
        page.use_sample()
        page.read()
        assert alerts(page.status.value) == []
        assert page.overview.children == (page.explorer.widget,)
        assert page.explorer.state.signature == page.interpretation.scores.index[0]
        page.close()

    def test_an_old_explorer_is_closed_with_all_in_it(self, filled, explored):
        filled.read()
        (old,) = filled.overview.children
        filled.read()
        assert old.comm is None
        assert filled.overview.children[0] is not old

    def test_times_are_beside_uploads(self):
        file = uploaded_file("a.tsv", b"x" * 2_500_000)
        now = dt.datetime(2026, 1, 2, 3, 4, 5)
        assert TEXTS.held(file, now) == ('<p class="lincs-held">✓ <b>a.tsv</b> (2.5 MB, received 03:04:05)</p>')


def test_reading_without_a_page():
    choices = Choices(matrix=SAMPLE, up=sample_path("up.txt").read_text(), n_genes=" ")
    reading = read_choices(choices, Reader())
    assert reading.query.name == "your genes"
    assert reading.query.one_sided
    assert reading.ranks.n_genes == 4_000
