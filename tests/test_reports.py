"""The report: read as text, checked against the tables it is made of, and run as a notebook."""

import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import nbformat
import numpy as np
import pandas as pd
import pytest

from lincs_interp._check import LincsInterpError
from lincs_interp.concordance import explain_concordance, score_concordance
from lincs_interp.genes import match_genes
from lincs_interp.queries import GeneQuery
from lincs_interp.ranks import RankMatrix
from lincs_interp.reports import sources_from_files, sources_from_sample, write_report
from lincs_interp.sample import SIMULATED, load_sample, sample_path

FILES = ["drivers.tsv", "genes.tsv", "report.html", "report.ipynb", "run.meta.json", "scores.tsv"]


class Page(HTMLParser):
    """The text, links, pictures and open tags of a page."""

    VOID = frozenset({"meta", "img", "br", "link", "hr", "input"})

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.pictures, self.tags, self.open, self.ids = [], [], [], set(), [], set()
        self.feed(html)
        self.close()
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        self.tags.add(tag)
        self.ids.add(facts.get("id"))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(facts["href"])
        if tag == "img":
            self.pictures.append(facts)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "title"}:
            self.words.append(data)


@pytest.fixture(scope="module")
def sample():
    return load_sample()


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "report"
    sources = sources_from_sample({"matrix": sample_path("ranks.tsv")})
    assert write_report(sample.ranks, sample.query, folder, sources=sources) == folder / "report.html"
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

    def test_drivers_are_those_of_explain_concordance(self, folder, sample):
        written = pd.read_csv(folder / "drivers.tsv", sep="\t")
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


class TestPage:
    def test_is_whole_and_loads_nothing(self, page, folder):
        assert page.open == []
        assert not page.tags & {"script", "link", "iframe", "object", "base"}
        assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
        assert all(picture["src"].startswith("data:image/png;base64,") for picture in page.pictures)
        html = (folder / "report.html").read_text(encoding="utf-8")
        assert not re.search(r"https?://|url\(|@import", html)

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

    def test_verdict_first(self, page, sample):
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


class TestNotebook:
    def test_is_valid_and_without_outputs(self, folder):
        notebook = nbformat.read(folder / "report.ipynb", 4)
        nbformat.validate(notebook)
        assert all(not cell.get("outputs") for cell in notebook.cells)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)

    @pytest.mark.slow
    def test_runs_and_gives_the_same_numbers(self, sample, tmp_path):
        pytest.importorskip("nbclient", reason="Jupyter is not installed")
        page = write_report(sample.ranks, sample.query, tmp_path / "r", execute=True)
        notebook = nbformat.read(page.parent / "report.ipynb", 4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code)
        assert any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)

    def test_inputs_from_memory_are_written_beside_it(self, small_ranks, small_query, tmp_path):
        write_report(small_ranks, small_query, tmp_path)
        source = nbformat.read(tmp_path / "report.ipynb", 4).cells[3].source
        namespace = {"pd": pd}
        import lincs_interp

        loading = source.replace('"ranks.tsv.gz"', repr(str(tmp_path / "ranks.tsv.gz")))
        loading = loading.replace('"signatures.tsv"', repr(str(tmp_path / "signatures.tsv")))
        exec(loading, namespace | {"li": lincs_interp}, namespace)
        pd.testing.assert_frame_equal(namespace["ranks"].frame, small_ranks.frame)
        assert namespace["query"].up == small_query.up

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
            ({"matrix": "m", "up": "u"}, "which is not there: check the path"),
            ({"up": "u"}, "sources does not name the file of matrix"),
            ({"matrix": "m", "ups": "u"}, "sources names ups: it may name"),
        ],
    )
    def test_sources_that_cannot_be(self, small_ranks, small_query, tmp_path, named, sentence):
        with pytest.raises(LincsInterpError, match=sentence):
            write_report(small_ranks, small_query, tmp_path / "r", sources=named)
        assert list(tmp_path.iterdir()) == []


class TestOtherQueries:
    def test_one_sided(self, small_ranks, small_query, tmp_path):
        page = Page(
            write_report(small_ranks, GeneQuery("up only", small_query.up), tmp_path).read_text(encoding="utf-8")
        )
        assert "Your query has one list only" in page.text
        assert "nan" not in page.text.replace("CoLIGaN", "")

    def test_nothing_found_is_said(self, rng, tmp_path):
        values = np.argsort(rng.random((400, 3)), axis=0) + 1
        ranks = RankMatrix.from_frame(pd.DataFrame(values, [f"G{i}" for i in range(400)], ["a", "b", "c"]))
        scores = score_concordance(ranks, query := GeneQuery("q", ranks.genes[:20], ranks.genes[20:40]))
        assert set(scores["call"]) == {"unresolved"}
        page = Page(write_report(ranks, query, tmp_path).read_text(encoding="utf-8"))
        assert "No signature mimics your genes." in page.text
        assert "so there is no verdict to carry" in page.text
        assert pd.read_csv(tmp_path / "drivers.tsv", sep="\t").empty

    def test_one_signature_and_missing_ranks(self, small_ranks, small_query, tmp_path):
        frame = small_ranks.frame[["S07"]].astype(float)
        frame.iloc[:3] = np.nan
        page = Page(write_report(RankMatrix.from_frame(frame), small_query, tmp_path).read_text(encoding="utf-8"))
        assert "missing" in page.text

    def test_a_signature_without_any_order(self, small_ranks, small_query, tmp_path):
        frame = small_ranks.frame.astype(float)
        frame["S00"] = np.nan
        page = Page(write_report(RankMatrix.from_frame(frame), small_query, tmp_path).read_text(encoding="utf-8"))
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
        html = write_report(ranks, query, tmp_path).read_text(encoding="utf-8")
        page = Page(html)
        assert not page.tags & {"script", "b onerror"}
        assert not any("onerror" in picture for picture in page.pictures)
        assert "<script" not in html
        assert len(html) < 3_000_000
        assert "🧬" in page.text
        written = pd.read_csv(tmp_path / "scores.tsv", sep="\t", index_col="signature")
        assert set(names) <= set(written.index)

    def test_top_lists_so_many(self, sample, tmp_path):
        write_report(sample.ranks, sample.query, tmp_path, top=2)
        written = pd.read_csv(tmp_path / "drivers.tsv", sep="\t")
        assert written["signature"].nunique() == 5  # two of each end and the one discordant


class TestRefusals:
    def test_nothing_is_left_behind(self, small_ranks, small_query, tmp_path):
        query = GeneQuery("q", small_query.up, small_query.up[:2])
        with pytest.raises(LincsInterpError, match="both up and down"):
            write_report(small_ranks, query, tmp_path / "new" / "folder")
        assert list(tmp_path.iterdir()) == []

    def test_other_files_are_left_alone(self, small_ranks, small_query, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        (tmp_path / "report.html").write_text("an earlier report")
        with pytest.raises(LincsInterpError):
            write_report(small_ranks, GeneQuery("q", ["nothing"]), tmp_path)
        assert (tmp_path / "report.html").read_text() == "an earlier report"
        write_report(small_ranks, small_query, tmp_path)
        assert (tmp_path / "notes.txt").read_text() == "mine"
        assert "an earlier report" not in (tmp_path / "report.html").read_text(encoding="utf-8")

    def test_a_file_in_the_way(self, small_ranks, small_query, tmp_path):
        (tmp_path / "report").write_text("")
        with pytest.raises(LincsInterpError, match="which is a file: name a folder for the report"):
            write_report(small_ranks, small_query, tmp_path / "report")

    def test_a_folder_below_a_file(self, small_ranks, small_query, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(LincsInterpError, match="which cannot be written"):
            write_report(small_ranks, small_query, tmp_path / "file" / "report")

    @pytest.mark.parametrize("top", [0, 2.5, True, "3"])
    def test_top(self, small_ranks, small_query, tmp_path, top):
        with pytest.raises(LincsInterpError, match="top must be a whole number from 1"):
            write_report(small_ranks, small_query, tmp_path, top=top)

    def test_execute_without_jupyter(self, small_ranks, small_query, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "nbclient", None)
        with pytest.raises(LincsInterpError, match=r'pip install "lincs-interp\[notebooks\]"'):
            write_report(small_ranks, small_query, tmp_path / "r", execute=True)
        assert not (tmp_path / "r").exists()

    def test_overlap_can_be_dropped(self, small_ranks, small_query, tmp_path):
        query = GeneQuery("q", small_query.up, (*small_query.down, "G000"))
        write_report(small_ranks, query, tmp_path, overlap="drop")
        written = pd.read_csv(tmp_path / "scores.tsv", sep="\t")
        assert (written["n_up"] == 19).all()
        source = "".join(cell.source for cell in nbformat.read(tmp_path / "report.ipynb", 4).cells)
        assert "overlap='drop'" in source
