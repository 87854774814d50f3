"""The report: read as text, checked against the tables it is made of, and run as a notebook."""

import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
import pandas as pd
import pytest

import lincs_interp
from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.tsv import FORMULA_SIGNS, tsv_bytes
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.genes.matching import match_genes
from lincs_interp.io.sample import SIMULATED, sample_path
from lincs_interp.readings import interpretation as interpretations
from lincs_interp.readings.interpretation import interpret
from lincs_interp.report import _signatures as _report_signatures
from lincs_interp.report import page as _report_page
from lincs_interp.report.inputs import sources_from_files, sources_from_sample
from lincs_interp.report.notebook import CELLS, analysis_notebook, notebook_json
from lincs_interp.report.write import CONTRIBUTIONS, write_report
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

SCRIPT = (Path(lincs_interp.__file__).parent / "report" / "templates" / "report.js").read_text(encoding="utf-8")
FILES = [
    "contributions.tsv",
    "genes.tsv",
    "perturbagens.tsv",
    "report.html",
    "report.ipynb",
    "run.meta.json",
    "scores.tsv",
]


class Page(HTMLParser):
    """The text, links, pictures and open tags of a page."""

    VOID = frozenset({"meta", "img", "br", "link", "hr", "input"})

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.pictures, self.tags, self.open, self.ids = [], [], [], set(), [], set()
        self.scripts, self.policy = [], ""
        self.feed(html)
        self.close()
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        self.tags.add(tag)
        self.ids.add(facts.get("id"))
        if tag not in self.VOID:
            self.open.append(tag)
        if facts.get("http-equiv") == "Content-Security-Policy":
            self.policy = facts["content"]
        if tag == "a":
            self.links.append(facts["href"])
        if tag == "img":
            self.pictures.append(facts)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif self.open and self.open[-1] not in {"style", "title"}:
            self.words.append(data)


def run_cells(folder, monkeypatch):
    """Run the report's notebook cell by cell in this process, in its own folder; return what it leaves behind."""
    import matplotlib.pyplot as plt

    monkeypatch.chdir(folder)
    left = {}
    for cell in nbformat.read(folder / "report.ipynb", 4).cells:
        if cell.cell_type == "code":
            exec(cell.source, left)
    plt.close("all")
    return left


def assert_same_inputs(ranks, query, expected_ranks, expected_query):
    pd.testing.assert_frame_equal(ranks.frame, expected_ranks.frame)
    assert ranks.frame.index.name == "gene"
    assert ranks.frame.columns.name == "signature"
    pd.testing.assert_series_equal(ranks.n_ranked, expected_ranks.n_ranked)
    pd.testing.assert_frame_equal(ranks.signatures, expected_ranks.signatures)
    assert ranks.n_genes == expected_ranks.n_genes
    assert ranks.assumptions == expected_ranks.assumptions
    for name in ("name", "up", "down"):
        assert getattr(query, name) == getattr(expected_query, name)
    if expected_query.values is None:
        assert query.values is None
    else:
        pd.testing.assert_series_equal(query.values, expected_query.values)


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "report"
    sources = sources_from_sample({"matrix": sample_path("ranks.tsv")})
    assert write_report(interpret(sample.ranks, sample.query), folder, sources=sources) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


class TestFiles:
    def test_what_is_left_in_the_folder(self, folder):
        assert sorted(file.name for file in folder.iterdir()) == FILES
        assert list(folder.parent.iterdir()) == [folder]  # no draft left beside it

    def test_scores_are_those_of_score_concordance(self, folder, sample):
        written = pd.read_csv(folder / "scores.tsv", sep="\t", index_col="signature")
        expected = score_concordance(sample.ranks, sample.query)
        pd.testing.assert_frame_equal(written[expected.columns], expected, check_dtype=False)
        assert written.at["SIM001_A549_24H_A03_mimetasone_10uM", "cell_line"] == "A549"

    def test_contributions_are_those_of_explain_concordance(self, folder, sample):
        written = pd.read_csv(folder / "contributions.tsv", sep="\t")
        scores = score_concordance(sample.ranks, sample.query)
        assert set(written["signature"]) == {
            *scores.index[scores["call"] == "mimicker"][:10],
            *scores.index[scores["call"] == "reverser"],
            *scores.index[scores["call"] == "discordant"],
        }
        for signature, part in written.groupby("signature"):
            assert part["contribution"].sum() == pytest.approx(scores.at[signature, "z_sum"], abs=1e-9)
        one = written[written["signature"] == scores.index[0]].drop(columns="signature").reset_index(drop=True)
        expected = explain_concordance(sample.ranks, sample.query, scores.index[0])
        pd.testing.assert_frame_equal(one[expected.columns[:5]], expected[expected.columns[:5]], check_dtype=False)

    def test_genes_tell_of_every_entry(self, folder, sample):
        written = pd.read_csv(folder / "genes.tsv", sep="\t", keep_default_na=False)
        expected = match_genes(sample.ranks, sample.query)
        assert written["gene"].tolist() == expected["gene"].tolist()
        assert written["how"].tolist() == expected["how"].tolist()

    def test_meta_data_can_be_checked(self, folder, sample):
        meta = json.loads((folder / "run.meta.json").read_text(encoding="utf-8"))
        matrix = sample_path("ranks.tsv").read_bytes()
        assert meta["inputs"]["matrix"]["sha256"] == hashlib.sha256(matrix).hexdigest()
        for name, digest in meta["outputs"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        assert meta["assumptions"] == list(sample.ranks.assumptions)
        assert meta["arguments"] == {"sample": True, "top": 10, "overlap": "error"}
        assert {"python", "lincs-interp", "numpy", "pandas"} <= set(meta["versions"])
        assert meta["versions"]["lincs-interp"] == lincs_interp.__version__
        assert meta["inputs"]["matrix"].keys() == {"name", "sha256"}

    def test_where_files_are_is_written_in_the_notebook_only(self, folder, page):
        assert "matrixranks.tsv" in page.text
        private = str(sample_path("ranks.tsv").parent)
        for name in ("report.html", "run.meta.json"):
            assert private not in (folder / name).read_text(encoding="utf-8")

    def test_a_tree_that_is_not_installed(self, small_ranks, small_query, tmp_path, monkeypatch):
        def installed(name):
            assert name != "lincs-interp", "no such distribution"
            return "1"

        monkeypatch.setattr(interpretations, "version", installed)
        assert write_report(interpret(small_ranks, small_query), tmp_path).is_file()

    def test_text_that_a_spreadsheet_would_run_is_marked(self, small_ranks, tmp_path):
        ranks = small_ranks.rename(signatures={"PERFECT": "-666", "REVERSE": "+1"}, genes={"G000": "=1+2"})
        query = GeneQuery("q", ["=1+2", "@SUM(A1)", *small_ranks.genes[1:20]], small_ranks.genes[20:45])
        write_report(interpret(ranks, query), tmp_path)
        tables = {
            name: pd.read_csv(tmp_path / f"{name}.tsv", sep="\t") for name in ("genes", "contributions", "scores")
        }
        assert tables["genes"]["gene"].tolist()[:3] == ["'=1+2", "'@SUM(A1)", "G001"]
        assert "'=1+2" in set(tables["contributions"]["gene"])
        assert {"'-666", "'+1"} <= set(tables["scores"]["signature"])
        assert tables["scores"]["z_sum"].min() < 0  # a number keeps its sign
        meta = json.loads((tmp_path / "run.meta.json").read_text(encoding="utf-8"))
        assert "text cells that begin with = + - @ carry a leading apostrophe" in meta["tables"]


class TestPage:
    def test_is_whole_and_loads_nothing(self, page, folder):
        assert page.open == []
        assert not page.tags & {"link", "iframe", "object", "base"}
        assert page.scripts == [SCRIPT]
        assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
        assert all(picture["src"].startswith("data:image/png;base64,") for picture in page.pictures)
        html = (folder / "report.html").read_text(encoding="utf-8")
        assert not re.search(r"https?://|url\(|@import|fetch\(|XMLHttpRequest", html)

    def test_a_browser_is_made_to_ask_for_nothing_and_to_run_this_script_alone(self, page):
        digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
        rules = dict(rule.strip().split(" ", 1) for rule in page.policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["script-src"] == f"'sha256-{digest}'"
        assert rules["img-src"] == "data:"

    def test_pictures_are_pictures_with_words(self, page):
        from matplotlib.image import imread

        assert len(page.pictures) >= 9
        for picture in page.pictures:
            pixels = imread(io.BytesIO(base64.b64decode(picture["src"].split(",")[1])))
            assert min(pixels.shape[:2]) > 200
            assert pixels.std() > 0.05  # something is drawn
            assert len(picture["alt"]) > 40

    @pytest.mark.parametrize("word", ["mimicker", "reverser", "percentile", "hypothesis", "discordant", "unresolved"])
    def test_words_that_have_to_be_there(self, page, word):
        assert word in page.text

    def test_says_that_the_sample_is_simulated(self, page):
        assert SIMULATED in page.text

    def test_answer_first(self, page, sample):
        scores = score_concordance(sample.ranks, sample.query)
        short = page.text[: page.text.index("1. What the integers mean")]
        assert f"Of {len(scores)} signatures" in short
        assert "mimicort 10 uM, PC3, 24 h mimics your signature" in short
        assert "contrasone 10 uM, A549, 24 h reverses your signature" in short

    def test_numbers_in_the_tables_are_those_of_the_scores(self, page, sample):
        scores = score_concordance(sample.ranks, sample.query)
        for signature in ["SIM001_PC3_24H_A04_mimicort_10uM", "SIM001_A375_24H_C03_discordin_10uM"]:
            row = scores.loc[signature]
            cells = " ".join(f"{row[name]:+.1f}".replace("-", "−") for name in ("z_up", "z_down", "z_sum"))
            place = page.text.index(signature, page.text.index("2. Which signatures"))
            after = re.sub(r"(?<=\d)(?=[+−])", " ", page.text[place : place + 120])
            assert cells in after

    def test_thresholds_are_those_of_the_scores(self, small_ranks, small_query, tmp_path, page, monkeypatch):
        calls = (
            "one of them is beyond ±{}; otherwise mimicker or reverser by the sign of z_sum if its nominal p is below"
            " {}; otherwise unresolved."
        )
        assert (_report_page.SIDE_Z, _report_page.CALL_P) == (1.96, 0.05)
        assert calls.format("1.96", ".05") in page.text
        monkeypatch.setattr(_report_page, "SIDE_Z", 2.5)
        monkeypatch.setattr(_report_page, "CALL_P", 0.01)
        changed = Page(write_report(interpret(small_ranks, small_query), tmp_path).read_text(encoding="utf-8"))
        assert calls.format("2.5", ".01") in changed.text
        assert "1.96" not in changed.text

    def test_the_ends_of_the_scale(self, page):
        assert "1 = most downpercentile 0.01" in page.text  # 100 (1 - 0.5) / 4,000
        assert "4,000 = most uppercentile 99.99" in page.text

    def test_shares_and_signs_are_written_alike(self, page):
        assert " %" in page.text
        assert not re.search(r"\d%", page.text)
        assert not re.search(r"(?<![\w.-])-\d+\.\d", page.text)

    def test_the_gene_tables_are_credited(self, page):
        assert re.search(r"HGNC \d{4}-\d\d-\d\d \(mouse symbols: MGI, CC BY 4\.0\)", page.text)

    def test_every_lost_or_changed_gene_is_shown(self, page):
        for entry in ("GILZ", "5-MAR", "1-MAR", "IL8", "Nfkbia", "LINC00473"):
            assert entry in page.text
        assert "did you mean CEBPD?" in page.text

    def test_warnings_and_assumptions(self, page, sample):
        for code in ("W1.", "W2.", "W3.", "W5."):
            assert code in page.text
        assert "W8." not in page.text
        for sentence in sample.ranks.assumptions:
            assert sentence in page.text


def contrast(one, other):
    """The contrast of two colours as WCAG 2 has it, 1 to 21."""
    lights = []
    for colour in (one, other):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_contrast_by_hand():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "x" * 10_000,
    "line\nbreak\ttab",
    "🧬 مرحبا",
    "bell\a and no letter \ufdd0",
    "a\rb & <!-- ]]>",
]


@pytest.fixture(scope="module", params=["sample", "one-sided", "nothing found", "hostile"])
def tree(request, sample, folder, tmp_path_factory):
    import html5lib

    path = tmp_path_factory.mktemp("markup")
    ranks, query, background = sample.ranks, sample.query, sample.background
    if request.param == "sample":
        path = folder
    elif request.param == "one-sided":
        write_report(interpret(ranks, GeneQuery("down", [], query.down), background=background), path)
    elif request.param == "nothing found":
        write_report(interpret(ranks, GeneQuery("all", ranks.genes)), path)
    else:
        names = dict(zip(ranks.frame.columns, HOSTILE, strict=False))
        facts = ranks.signatures.rename(index=names)
        for name in HOSTILE:
            facts.loc[name, ["pert_name", "pert_dose", "cell_line"]] = name
        frame = ranks.frame.rename(columns=names, index=dict(zip(query.up, HOSTILE, strict=False)))
        ranks = RankMatrix.from_frame(frame, signatures=facts)
        write_report(interpret(ranks, GeneQuery(HOSTILE[0], [*HOSTILE, *query.up], query.down), tissue=None), path)
    html = (path / "report.html").read_text(encoding="utf-8")
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


class TestMarkup:
    """What a checker of HTML would say of the page; html5lib reads it as browsers do."""

    def test_is_valid_down_to_what_refers_to_what(self, tree):
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        referred = [element.get(name) for element in tree.iter() for name in ("aria-labelledby", "for")]
        referred += [link.get("href").removeprefix("#") for link in tree.iter("a")]
        assert {name for name in referred if name} <= set(ids)
        assert not [element.tag for element in tree.iter() for name in element.attrib if name.startswith("on")]
        controls = [element for tag in ("input", "select", "textarea") for element in tree.iter(tag)]
        labelled = {label.get("for") for label in tree.iter("label")}
        assert all(control.get("id") in labelled for control in controls)

    def test_headings_go_down_one_step_at_a_time(self, tree):
        levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_the_answer_and_the_contents_come_first(self, tree):
        assert [element.get("id") for element in tree.iter("section")] == [
            *("short", "integers", "hits", "belief", "contributions", "genes", "limits", "method", "files")
        ]
        assert next(tree.iter("nav")).get("aria-label") == "Contents"

    def test_tables_and_figures_are_numbered_and_named(self, tree):
        tables = list(tree.iter("table"))
        captions = ["".join(table.find("caption").itertext()) for table in tables]
        assert [int(re.match(r"Table (\d+)\. \S", text)[1]) for text in captions] == [*range(1, len(tables) + 1)]
        for table in tables:
            assert all(head.get("scope") == "col" for head in table.find("thead").iter("th"))
            for row in table.find("tbody"):
                assert [head.get("scope") for head in row.iter("th")] == ["row"]
                assert len(row) == len(table.find("thead")[0])
        captions = ["".join(figure.find("figcaption").itertext()) for figure in tree.iter("figure")]
        assert [int(re.match(r"Figure (\d+)\. \S", text)[1]) for text in captions] == [*range(1, len(captions) + 1)]
        assert all(figure.find("img").get("alt") for figure in tree.iter("figure"))

    def test_formulas_are_set_and_the_versions_listed(self, tree):
        method = next(element for element in tree.iter("section") if element.get("id") == "method")
        text = re.sub(r"\s+", " ", "".join(method.itertext()))
        assert len(list(method.iter())) > 100
        assert sum(str(element.tag).endswith("math") for element in method.iter()) == 8
        assert f"lincs-interp {lincs_interp.__version__}" in text

    @pytest.mark.parametrize("theme", [0, 1])
    def test_every_text_contrasts_with_its_ground(self, theme):
        style = (Path(lincs_interp.__file__).parent / "report" / "templates" / "report.css").read_text(encoding="utf-8")
        light, dark = (
            dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", part))
            for part in style.split("prefers-color-scheme: dark")[:2]
        )
        colours = (light, light | dark)[theme]
        for ground in ("paper", "soft", "warn", "box", "field"):
            for letters in ("ink", "faint", "link"):
                assert contrast(colours[letters], colours[ground]) >= 4.5, (letters, ground)
        for edge in ("field-line", "edge"):
            assert contrast(colours[edge], colours["paper"]) >= 3, edge


def body_of(table):
    return list(table.find("tbody"))


class TestAllSignatures:
    @pytest.fixture
    def tables(self):
        import html5lib

        def read(folder):
            html = (folder / "report.html").read_text(encoding="utf-8")
            tree = html5lib.parse(html, namespaceHTMLElements=False)
            return next(table for table in tree.iter("table") if table.get("class") == "signatures"), html

        return read

    def test_holds_every_score_in_full(self, folder, tables):
        table, _ = tables(folder)
        scores = list(csv.DictReader(io.StringIO((folder / "scores.tsv").read_text(encoding="utf-8")), delimiter="\t"))
        heads = list(table.find("thead")[0])
        assert len(body_of(table)) == len(scores)
        for expected, row in zip(scores, body_of(table), strict=True):
            assert row.find(".//span[@class='id']").text == expected["signature"]
            for head, cell in zip(heads, row, strict=True):
                name = head.get("data-name")
                if name in ("z_up", "z_down", "z_sum", "concordance", "p_cal", "fdr_cal"):
                    assert cell.get("data-n") == expected[name]
                elif name in ("pert_name", "pert_dose", "cell_line", "pert_time"):
                    assert (cell.get("data-t") if cell.get("data-t") is not None else cell.text) == expected[name]
        assert [head.get("aria-sort") for head in heads if head.get("data-name") == "z_sum"] == ["descending"]

    def test_long_names_keep_it_small(self, sample, tmp_path, tables):
        names = {name: "n" * 10_000 + name for name in sample.ranks.frame.columns}
        facts = sample.ranks.signatures.rename(index=names)
        facts["pert_name"] = [*facts.index]
        ranks = RankMatrix.from_frame(sample.ranks.frame.rename(columns=names), signatures=facts)
        write_report(interpret(ranks, sample.query), tmp_path)
        table, html = tables(tmp_path)
        start = html.index('<table class="signatures">')
        rows = html[start : html.index("</table>", start)]
        assert len(rows) / len(body_of(table)) < 2_000  # 1,000 of them are 2 MB
        assert "Names of more than 300 letters are cut here and whole in scores.tsv." in html
        ids = [row.find(".//span[@class='id']").get("data-t") for row in body_of(table)]
        assert len(set(ids)) == len(ids)

    def test_of_a_very_large_matrix_both_ends_are_kept(self, small_ranks, small_query, tmp_path, tables, monkeypatch):
        monkeypatch.setattr(_report_signatures, "MOST_ROWS", 6)
        write_report(interpret(small_ranks, small_query), tmp_path)
        table, html = tables(tmp_path)
        order = score_concordance(small_ranks, small_query).index
        shown = [row.find(".//span[@class='id']").text for row in body_of(table)]
        assert shown == [*order[:3], *order[-3:]]
        assert [int(row[0].text) for row in body_of(table)] == [1, 2, 3, 14, 15, 16]
        assert "except 10 in the middle of the order, which are left out of this page" in html

    def test_marks_formulas_as_the_files_do(self):
        signs = re.search(r'FORMULA_SIGNS = "(.*?)"', SCRIPT)[1]
        assert tuple(signs) == FORMULA_SIGNS

    @pytest.mark.parametrize("before", ["", " ", "\t", "\r", "\n", "\u3000"])
    @pytest.mark.parametrize("sign", [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
    def test_formulas_are_text_in_tables(self, before, sign):
        cell = f"{before}{sign}1+1"
        written = tsv_bytes(pd.DataFrame({"gene": [cell, "MYC"], "z": [-7, 2]}, dtype=object)).decode()
        assert f"'{cell}" in written
        assert "'MYC" not in written
        assert "'-7" not in written


class TestColumns:
    def test_every_column_of_every_table_is_described(self, sample, tmp_path, small_ranks, small_query):
        write_report(
            interpret(sample.ranks, sample.query, background=sample.background, gene_metadata=sample_path("genes.tsv")),
            tmp_path / "all",
        )
        write_report(interpret(small_ranks, small_query), tmp_path / "few")
        for folder in (tmp_path / "all", tmp_path / "few"):
            recorded = json.loads((folder / "run.meta.json").read_text(encoding="utf-8"))["columns"]
            page = Page((folder / "report.html").read_text(encoding="utf-8"))
            assert sorted(recorded) == ["contributions.tsv", "genes.tsv", "perturbagens.tsv", "scores.tsv"]
            for name, columns in recorded.items():
                assert list(columns) == (folder / name).read_text(encoding="utf-8").splitlines()[0].split("\t")
                assert all(columns.values())
                for column, meaning in columns.items():
                    assert f"{column}{meaning}" in page.text


class TestNotebook:
    def test_is_valid_and_without_outputs(self, folder):
        notebook = nbformat.read(folder / "report.ipynb", 4)
        nbformat.validate(notebook)
        assert all(not cell.get("outputs") for cell in notebook.cells)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)

    @pytest.mark.slow
    def test_runs_and_gives_the_same_numbers(self, sample, tmp_path):
        pytest.importorskip("nbclient", reason="Jupyter is not installed")
        page = write_report(interpret(sample.ranks, sample.query), tmp_path / "r", execute=True)
        notebook = nbformat.read(page.parent / "report.ipynb", 4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code)
        assert any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)

    def test_runs_in_this_process_too(self, small_ranks, small_query, tmp_path, monkeypatch):
        write_report(interpret(small_ranks, small_query), tmp_path)
        left = run_cells(tmp_path, monkeypatch)
        assert_same_inputs(left["ranks"], left["query"], small_ranks, small_query)
        assert left["written"].index.tolist() == left["scores"].index.tolist()
        assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*FILES, "query.json", "ranks.tsv.gz"])
        text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
        assert "ranks.tsv.gz" in text[text.index("8. The files beside this page") :]

    def test_fails_if_the_numbers_moved(self, small_ranks, small_query, tmp_path, monkeypatch):
        write_report(interpret(small_ranks, small_query), tmp_path)
        scores = (tmp_path / "scores.tsv").read_text(encoding="utf-8").splitlines()
        (tmp_path / "scores.tsv").write_text("\n".join([scores[0], *scores[:0:-1]]), encoding="utf-8")
        with pytest.raises(AssertionError):
            run_cells(tmp_path, monkeypatch)

    @pytest.mark.parametrize(
        "case", ["numeric", "missing words", "line ends", "signs", "columns of their own N", "part"]
    )
    def test_awkward_matrices_come_back(self, case, small_ranks, small_query, tmp_path, monkeypatch):
        names = {
            "numeric": ["943", "007", "1.50"],
            "missing words": ["NA", "nan", "null"],
            "line ends": ["a\rb", "a\nb", 'a"\tb'],
            "signs": ["-666", "=1", "'x"],
        }.get(case, ["a", "b", "c"])
        query = GeneQuery("q", [names[0], *small_query.up[1:]], small_query.down)
        ranks = small_ranks.rename(
            genes=dict(zip(["G000", "G100", "G101"], names, strict=True)),
            signatures=dict(zip(["PERFECT", "REVERSE", "S07"], names, strict=True)),
        )
        if case == "columns of their own N":
            frame = ranks.frame.astype(float)
            frame.loc[frame.index[250:], "S08"] = np.nan
            frame["S08"] = frame["S08"].rank()
            # A gene that occurs there twice: N counts both rows, the matrix holds one.
            ranks = RankMatrix.from_frame(frame.rename(index={"G102": "G103"}))
            assert sorted(set(ranks.n_ranked)) == [250, 300]
            assert len(ranks.genes) == 299
        if case == "part":
            ranks = ranks.select(genes=ranks.genes[:120], signatures=ranks.frame.columns[:9])
        write_report(interpret(ranks, query), tmp_path)
        left = run_cells(tmp_path, monkeypatch)
        assert_same_inputs(left["ranks"], left["query"], ranks, query)
        pd.testing.assert_frame_equal(left["scores"], calibrate(score_concordance(ranks, query), query))

    def test_metadata_values_and_notes_come_back(self, sample, tmp_path, monkeypatch):
        further = sample.ranks.signatures.assign(
            batch=range(78), weight=np.where(np.arange(78) % 2, np.nan, 0.1 + 0.2), kept=np.arange(78) > 9, note="NA"
        )
        further.loc[further.index[3], "note"] = np.nan
        ranks = RankMatrix.from_frame(sample.ranks.frame, signatures=further)._noting(SIMULATED)
        page = write_report(interpret(ranks, sample.query), tmp_path)
        assert SIMULATED in page.read_text(encoding="utf-8")
        left = run_cells(tmp_path, monkeypatch)
        assert_same_inputs(left["ranks"], left["query"], ranks, sample.query)

    def test_a_list_of_all_genes_has_no_score_and_no_error(self, small_ranks, tmp_path, monkeypatch):
        page = write_report(interpret(small_ranks, GeneQuery("all", small_ranks.genes)), tmp_path)
        left = run_cells(tmp_path, monkeypatch)
        assert left["scores"]["z_sum"].isna().all()
        text = "".join(cell.source for cell in nbformat.read(tmp_path / "report.ipynb", 4).cells)
        assert "No signature has a score that differs from zero" in text
        assert Page(page.read_text(encoding="utf-8")).pictures == []

    def test_what_a_user_wrote_is_not_read_as_a_blank(self, small_ranks, small_query):
        query = GeneQuery("{top} <script>alert(1)</script>", small_query.up, small_query.down)
        picture = GeneQuery("![x](http://a/b.png) `_a_` $b$ *c* \\d", small_query.up, small_query.down)
        heading = json.loads(analysis_notebook(interpret(small_ranks, picture), "", top=7))["cells"][0]["source"][0]
        assert unescape(heading) == f"# {picture.name}\n"
        assert not set("!`$*\\[]_:/<>") & set(heading)  # nothing that Markdown reads
        loading = "query = li.read_query('{top}/{options}.txt', name='{loading}')"
        text = analysis_notebook(interpret(small_ranks, query, overlap="drop"), loading, top=7)
        code = [cell.source for cell in nbformat.reads(text, 4).cells]
        assert unescape(code[0]).startswith("# {top} <script>alert(1)</script>\n")
        assert f"{loading}\nranks" in code
        assert "li.plot_top(scores, top=7);" in code
        assert "scores = li.score_concordance(ranks, query, overlap='drop')\nscores" in code

    def test_every_cell_of_the_template_is_in_some_notebook(self):
        template = CELLS.read_text(encoding="utf-8")
        blanks = dict.fromkeys(("title", "loading", "options", "top", "calibration"), "")
        everything = {"scored", "not scored", "one-sided", "two-sided", "background", "no-background", "graded"}
        whole = nbformat.reads(notebook_json(template, blanks, everything), 4)
        nbformat.validate(whole)
        assert len(whole.cells) == template.count(">> ") == len({cell.id for cell in whole.cells})
        assert len(nbformat.reads(notebook_json(template, blanks, {"not scored"}), 4).cells) == 13

    def test_files_are_loaded_by_their_names(self, tmp_path):
        matrix, up = tmp_path / "m.tsv", tmp_path / "it's up.txt"
        for file in (matrix, up):
            file.write_text("")
        sources = sources_from_files({"matrix": matrix, "up": up, "rank_one": "up", "n_genes": 978, "name": "x"})
        assert f"li.read_ranks({matrix.as_posix()!r}, rank_one='up', n_genes=978)" in sources.loading
        assert f"li.read_query({up.as_posix()!r}, name='x')" in sources.loading
        compile(sources.loading, "loading", "exec")

    @pytest.mark.parametrize(
        ("named", "sentence"),
        [
            ({"matrix": "m", "up": "u"}, "sources names 'm' as matrix, which is not there: check the path"),
            ({"matrix": 3, "up": "u"}, "sources names '3' as matrix, which cannot be opened"),
            ({"matrix": "x" * 300, "up": "u"}, "File name too long"),
            ("matrix.tsv", "sources is a str: pass a dict"),
            ({"up": "u"}, "sources does not name the file of matrix"),
            ({"matrix": "m", "ups": "u"}, "sources names ups: it may name"),
        ],
    )
    def test_sources_that_cannot_be(self, small_ranks, small_query, tmp_path, named, sentence):
        with pytest.raises(LincsInterpError, match=sentence):
            write_report(interpret(small_ranks, small_query), tmp_path / "r", sources=named)
        assert list(tmp_path.iterdir()) == []


class TestOtherQueries:
    @pytest.mark.parametrize(
        ("side", "sentences"),
        [
            ("up", ["z_sum is the z of your up list: the site", "C=2AUC−1"]),
            ("down", ["z_sum is the z of your down list, with its sign turned", "C=1−2AUC"]),
        ],
    )
    def test_one_sided(self, small_ranks, small_query, tmp_path, side, sentences):
        query = GeneQuery("one", **({"up": ()} | {side: getattr(small_query, side)}))
        page = Page(write_report(interpret(small_ranks, query), tmp_path).read_text(encoding="utf-8"))
        assert "Your query has one list only" in page.text
        assert "nan" not in page.text.replace("CoLIGaN", "")
        for sentence in sentences:
            assert sentence in page.text
        notebook = nbformat.read(tmp_path / "report.ipynb", 4)
        text = page.text[: page.text.index("8. The files beside this page")]  # then come words on any scores.tsv
        text += "".join(cell.source for cell in notebook.cells)
        text += "".join(picture["alt"] for picture in page.pictures)
        for words in ("z_up + z_down", "each half", "halves", "discordant", "of each list"):
            assert words not in text

    def test_signatures_are_chosen_once(self, interpretation):
        z = interpretation.scores["z_sum"]
        assert z[interpretation._called("mimicker")].is_monotonic_decreasing
        assert z[interpretation._called("reverser")].is_monotonic_increasing
        assert z[interpretation._called("discordant")].abs().is_monotonic_decreasing
        for call, n in interpretation.scores["call"].value_counts().items():
            assert list(interpretation.scores.loc[interpretation._called(str(call)), "call"]) == [call] * n

    def test_genes_in_both_lists_are_shown_as_left_out(self, small_ranks, small_query, tmp_path):
        query = GeneQuery("q", [*small_query.up, "G020", "G021", "G022"], small_query.down)
        page = Page(write_report(interpret(small_ranks, query, overlap="drop"), tmp_path).read_text(encoding="utf-8"))
        both = "; 3 are in both lists and were left out of both."
        assert f"20 up genes counted, from 23 entries of your list{both}" in page.text
        assert f"22 down genes counted, from 25 entries of your list{both}" in page.text
        assert page.text.count("not countedexactalso in the other list: left out of both") == 6
        genes = pd.read_csv(tmp_path / "genes.tsv", sep="\t")
        assert genes.loc[~genes["counted"], "gene"].tolist() == ["G020", "G021", "G022"] * 2

    def test_nothing_found_is_said(self, rng, tmp_path):
        values = np.argsort(rng.random((400, 3)), axis=0) + 1
        ranks = RankMatrix.from_frame(pd.DataFrame(values, [f"G{i}" for i in range(400)], ["a", "b", "c"]))
        scores = score_concordance(ranks, query := GeneQuery("q", ranks.genes[:20], ranks.genes[20:40]))
        assert set(scores["call"]) == {"unresolved"}
        page = Page(write_report(interpret(ranks, query), tmp_path).read_text(encoding="utf-8"))
        assert "No signature mimics your genes." in page.text
        assert "so no gene contributes to a call" in page.text
        contributions = pd.read_csv(tmp_path / "contributions.tsv", sep="\t")
        assert contributions.empty
        assert tuple(contributions.columns) == ("signature", *CONTRIBUTIONS)

    def test_one_signature_and_missing_ranks(self, small_ranks, small_query, tmp_path):
        frame = small_ranks.frame[["S07"]].astype(float)
        frame.iloc[:3] = np.nan
        page = Page(
            write_report(interpret(RankMatrix.from_frame(frame), small_query), tmp_path).read_text(encoding="utf-8")
        )
        assert "missing" in page.text

    def test_a_signature_without_any_order(self, small_ranks, small_query, tmp_path):
        frame = small_ranks.frame.astype(float)
        frame["S00"] = np.nan
        page = Page(
            write_report(interpret(RankMatrix.from_frame(frame), small_query), tmp_path).read_text(encoding="utf-8")
        )
        assert "1 signature without any order" in page.text

    def test_hostile_names_are_text(self, small_ranks, small_query, tmp_path):
        names = [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(2)>',
            "x" * 10_000,
            "line\nbreak\ttab",
            "🧬 مرحبا",
        ]
        renamed = dict(zip(["PERFECT", "REVERSE", "MIRROR", "S07", "S08"], names, strict=True))
        ranks = small_ranks.rename(signatures=renamed, genes={"G000": "<b>G000</b>", "G021": "$x^2$"})
        query = GeneQuery("<script>alert(3)</script>", ["<b>G000</b>", *small_query.up], ["$x^2$", *small_query.down])
        html = write_report(interpret(ranks, query), tmp_path).read_text(encoding="utf-8")
        page = Page(html)
        assert page.scripts == [SCRIPT]
        assert html.count("<script") == 1
        assert not any("onerror" in picture for picture in page.pictures)
        assert len(html) < 3_000_000
        assert "🧬" in page.text
        assert "&lt;b&gt;G000" in html
        assert set(names) <= set(pd.read_csv(tmp_path / "scores.tsv", sep="\t")["signature"])

    def test_top_lists_so_many(self, sample, tmp_path):
        write_report(interpret(sample.ranks, sample.query), tmp_path, top=2)
        written = pd.read_csv(tmp_path / "contributions.tsv", sep="\t")
        assert written["signature"].nunique() == 5  # two of each end and the one discordant


class TestRefusals:
    def test_nothing_is_left_behind(self, small_ranks, small_query, tmp_path):
        query = GeneQuery("q", small_query.up, small_query.up[:2])
        with pytest.raises(LincsInterpError, match="both up and down"):
            write_report(interpret(small_ranks, query), tmp_path / "new" / "folder")
        assert list(tmp_path.iterdir()) == []

    def test_other_files_are_left_alone(self, small_ranks, small_query, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        write_report(interpret(small_ranks, small_query), tmp_path)
        first = (tmp_path / "report.html").read_bytes()
        with pytest.raises(LincsInterpError):
            write_report(interpret(small_ranks, GeneQuery("q", ["nothing"])), tmp_path)
        assert (tmp_path / "report.html").read_bytes() == first
        write_report(interpret(small_ranks, GeneQuery("another", small_query.up)), tmp_path)
        assert (tmp_path / "notes.txt").read_text() == "mine"
        assert (tmp_path / "report.html").read_bytes() != first

    @pytest.mark.parametrize("earlier", [False, True], ids=["no report", "a report"])
    @pytest.mark.parametrize("name", ["report.html", "report.ipynb", "scores.tsv", "query.json", "run.meta.json"])
    @pytest.mark.parametrize("kind", ["file", "link", "link to nothing", "link to its like", "pipe"])
    def test_what_no_report_wrote_is_never_replaced(self, small_ranks, small_query, tmp_path, kind, name, earlier):
        folder, file, other = tmp_path / "r", tmp_path / "r" / name, tmp_path / "other"
        folder.mkdir()
        if earlier:
            write_report(interpret(small_ranks, small_query), folder)
        other.write_bytes(file.read_bytes() if earlier and kind == "link to its like" else b"mine")
        file.unlink(missing_ok=True)
        if kind == "file":
            file.write_text("mine")
        elif kind == "pipe":
            os.mkfifo(file)
        else:
            file.symlink_to(tmp_path / "absent" if kind == "link to nothing" else other)

        def state():
            return {one.name: one.lstat().st_ino for one in folder.iterdir()}, other.read_bytes()

        before = state()
        with pytest.raises(LincsInterpError, match="is not as a report wrote it") as caught:
            write_report(interpret(small_ranks, small_query), folder)
        assert caught.value.argument == "path"
        assert "move that file away" in caught.value.remedy
        assert state() == before

    def test_a_file_that_comes_while_the_report_is_made(self, small_ranks, small_query, tmp_path, monkeypatch):
        def come(table):
            (tmp_path / "scores.tsv").write_text("mine")
            return tsv_bytes(table)

        monkeypatch.setattr("lincs_interp.report.write.tsv_bytes", come)
        with pytest.raises(LincsInterpError, match=r"scores\.tsv is not as a report wrote it"):
            write_report(interpret(small_ranks, small_query), tmp_path)
        assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("scores.tsv", "mine")]

    def test_a_style_of_the_reader_does_not_reach_the_pictures(self, small_ranks, small_query, tmp_path):
        pictures = []
        for style in ({}, {"axes.facecolor": "black", "font.size": 20, "axes.grid": True}):
            with mpl.rc_context(style):
                page = write_report(interpret(small_ranks, small_query), tmp_path / str(len(style)))
                assert mpl.rcParams["font.size"] == style.get("font.size", 10)
            pictures.append(re.findall(r"data:image/png;base64,[^\"]+", page.read_text(encoding="utf-8")))
        assert pictures[0] == pictures[1] != []

    def test_a_file_in_the_way(self, small_ranks, small_query, tmp_path):
        (tmp_path / "report").write_text("")
        with pytest.raises(LincsInterpError, match="which is a file: name a folder for the report"):
            write_report(interpret(small_ranks, small_query), tmp_path / "report")

    def test_a_folder_below_a_file(self, small_ranks, small_query, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(LincsInterpError, match="which cannot be written"):
            write_report(interpret(small_ranks, small_query), tmp_path / "file" / "report")

    @pytest.mark.parametrize(
        ("path", "sentence"),
        [
            (None, r"path is nothing \(None\): give the name of a folder"),
            (0, "path is an int: give the name of a folder"),
            (b"report", "path is a bytes: give the name of a folder"),
            ("", "path is '', which is no name"),
            ("a\0b", "path is 'a b', which is no name"),
            ("x" * 300, r"which cannot be written \(File name too long\)"),
            ("fine/" + "x" * 300, r"which cannot be written \(File name too long\)"),
        ],
    )
    def test_paths_that_are_none(self, small_ranks, small_query, tmp_path, monkeypatch, path, sentence):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(LincsInterpError, match=sentence):
            write_report(interpret(small_ranks, small_query), path)
        assert list(tmp_path.iterdir()) == []

    def test_never_replaces_what_was_read(self, small_ranks, small_query, tmp_path):
        matrix, up = tmp_path / "scores.tsv", tmp_path / "up.txt"
        matrix.write_text("the matrix")
        up.write_text("the list")
        sources = {"matrix": tmp_path / "." / "scores.tsv", "up": up}
        with pytest.raises(LincsInterpError, match=r"would replace the file of matrix \(scores\.tsv\): choose another"):
            write_report(interpret(small_ranks, small_query), tmp_path, sources=sources)
        assert matrix.read_text() == "the matrix"
        assert sorted(file.name for file in tmp_path.iterdir()) == ["scores.tsv", "up.txt"]
        assert write_report(interpret(small_ranks, small_query), tmp_path / "elsewhere", sources=sources).is_file()

    def test_an_input_that_is_gone_is_not_a_folder_that_cannot_be_written(self, small_ranks, small_query, tmp_path):
        for name in ("m.tsv", "up.txt"):
            (tmp_path / name).write_text("")
        sources = sources_from_files({"matrix": tmp_path / "m.tsv", "up": tmp_path / "up.txt"})
        (tmp_path / "up.txt").unlink()
        with pytest.raises(LincsInterpError, match=r"up\.txt, which cannot be read \(No such file or directory\)"):
            write_report(interpret(small_ranks, small_query), tmp_path / "r", sources=sources)
        assert [file.name for file in tmp_path.iterdir()] == ["m.tsv"]

    @pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()])
    def test_an_earlier_report_survives_a_failure_halfway(self, small_ranks, small_query, tmp_path, monkeypatch, error):
        write_report(interpret(small_ranks, small_query), tmp_path)
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        replace = os.replace

        def fail_at_the_page(old, new):
            if Path(new) == tmp_path / "report.ipynb" and Path(old).parent.name == "new":
                raise error
            replace(old, new)

        monkeypatch.setattr(os, "replace", fail_at_the_page)
        expected = LincsInterpError if isinstance(error, OSError) else KeyboardInterrupt
        with pytest.raises(expected):
            write_report(interpret(small_ranks, GeneQuery("another", small_query.up)), tmp_path)
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before

    def test_new_folders_go_again_after_a_failure(self, small_ranks, small_query, tmp_path, monkeypatch):
        def fail(old, new):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(LincsInterpError, match=r"which cannot be written \(Permission denied\)"):
            write_report(interpret(small_ranks, small_query), tmp_path / "new" / "folder")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_in_the_place_of_a_file(self, small_ranks, small_query, tmp_path):
        (tmp_path / "scores.tsv").mkdir()
        (tmp_path / "scores.tsv" / "mine.txt").write_text("mine")
        with pytest.raises(LincsInterpError, match=r"cannot be written \(scores\.tsv in it is a folder\)"):
            write_report(interpret(small_ranks, small_query), tmp_path)
        assert [path.name for path in tmp_path.rglob("*")] == ["scores.tsv", "mine.txt"]

    def test_top_may_come_from_numpy(self, small_ranks, small_query, tmp_path):
        write_report(interpret(small_ranks, small_query), tmp_path, top=np.int64(1))
        assert json.loads((tmp_path / "run.meta.json").read_text(encoding="utf-8"))["arguments"]["top"] == 1

    @pytest.mark.parametrize("top", [0, 2.5, True, "3"])
    def test_top(self, small_ranks, small_query, tmp_path, top):
        with pytest.raises(LincsInterpError, match=r"top is .*: it must be a whole number from 1"):
            write_report(interpret(small_ranks, small_query), tmp_path, top=top)

    def test_execute_without_jupyter(self, small_ranks, small_query, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "nbclient", None)
        with pytest.raises(LincsInterpError) as raised:
            write_report(interpret(small_ranks, small_query), tmp_path / "r", execute=True)
        assert "pip install" in raised.value.remedy
        assert not (tmp_path / "r").exists()

    def test_what_is_no_interpretation(self, small_ranks, tmp_path):
        with pytest.raises(LincsInterpError) as raised:
            write_report(small_ranks, tmp_path / "r")
        assert raised.value.argument == "interpretation"
        assert "interpret(" in raised.value.remedy

    def test_a_plain_report_needs_no_jupyter(self, tmp_path):
        code = (
            "import sys, lincs_interp as li; sample = li.load_sample();"
            f"li.write_report(li.interpret(sample.ranks, sample.query), {str(tmp_path)!r});"
            "sys.exit(bool({'nbformat', 'nbclient', 'jsonschema', 'matplotlib.pyplot', 'tqdm'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_overlap_can_be_dropped(self, small_ranks, small_query, tmp_path):
        query = GeneQuery("q", small_query.up, (*small_query.down, "G000"))
        write_report(interpret(small_ranks, query, overlap="drop"), tmp_path)
        written = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
        assert (written["n_up"] == 19).all()
        source = "".join(cell.source for cell in nbformat.read(tmp_path / "report.ipynb", 4).cells)
        assert "overlap='drop'" in source
