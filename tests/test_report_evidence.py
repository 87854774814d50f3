"""What the report says of how far it can be believed: calibrated columns, grades, warnings of single signatures."""

import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from test_reports import FILES, Page, run_cells

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.app.cli import main
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io import read_ranks
from lincs_interp.io.sample import sample_path
from lincs_interp.perturbagens.promiscuity import measure_promiscuity
from lincs_interp.perturbagens.summary import summarise_perturbagens
from lincs_interp.readings import _tables, warnings
from lincs_interp.readings import interpretation as interpretations
from lincs_interp.readings.interpretation import interpret
from lincs_interp.report.inputs import sources_from_sample
from lincs_interp.report.write import write_report
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance
from lincs_interp.scoring.null import check_null


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence") / "report"
    write_report(
        interpret(
            sample.ranks,
            sample.query,
            background=sample.background,
            gene_metadata=sample_path("genes.tsv"),
            tissue="lung",
        ),
        folder,
    )
    return folder


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def scores(sample):
    return calibrate(score_concordance(sample.ranks, sample.query), sample.query, background=sample.background)


def section(page, heading, until):
    return page.text[page.text.index(heading) : page.text.index(until)]


class TestMeasured:
    def test_scores_carry_the_calibrated_columns(self, folder, scores):
        written = pd.read_csv(folder / "scores.tsv", sep="\t", index_col="signature")
        names = ["z_cal", "p_cal", "fdr_cal", "bonferroni_cal"]
        np.testing.assert_allclose(written[names], scores[names], rtol=1e-12)
        assert set(written["how"]) == set(scores["how"])

    def test_grades_are_those_of_summarise_perturbagens(self, folder, scores, sample, page):
        promiscuity = measure_promiscuity(sample.ranks, sample.background)
        expected = summarise_perturbagens(scores, sample.ranks, promiscuity=promiscuity)
        written = pd.read_csv(folder / "perturbagens.tsv", sep="\t", index_col="perturbagen")
        assert written["grade"].to_dict() == expected["grade"].to_dict()
        assert written["reasons"].to_dict() == expected["reasons"].to_dict()
        text = section(page, "3. How far can it be believed", "4. Which genes contribute")
        for name in ("graduasone", "mimetasone", "fortunib"):
            assert expected.at[name, "reasons"] in text
        assert "inertol" not in text  # no direction, no row on the page

    def test_the_null_is_in_words_and_drawn(self, sample, page):
        text = section(page, "3. How far can it be believed", "4. Which genes contribute")
        assert check_null(sample.background, sample.query).sentence in text
        words = [picture["alt"] for picture in page.pictures]
        assert any(alt.startswith("Quantiles of the scores of 200 unrelated signatures") for alt in words)
        assert any(alt.startswith("50 signatures of graduasone by dose") for alt in words)

    def test_in_short_counts_what_is_beyond_chance(self, scores, page):
        called = scores[scores["call"].isin(["mimicker", "reverser"])]
        n = int((called["fdr_cal"] < 0.05).sum())
        assert f"Measured against unrelated signatures, {n} of the {len(called)} signatures called" in page.text

    def test_warnings_of_single_signatures_are_beside_them(self, page):
        text = section(page, "4. Which genes contribute most", "5. Gene matching")
        mimicort = text[text.index("mimicker: mimicort") :][:1_500]
        assert "W4. Unreplicated: it is the only signature of mimicort" in mimicort
        assert "W9. Cell context: mimicort was seen in one cell line only, and not in lung (but: prostate)" in mimicort
        assert "W1." not in text  # what always holds is written once, at the end

    def test_genes_are_listed_as_measured_or_inferred_with_their_baseline(self, folder, sample, page):
        contributions = pd.read_csv(folder / "contributions.tsv", sep="\t")
        one = contributions[contributions["signature"] == "SIM001_PC3_24H_A04_mimicort_10uM"].set_index("gene")
        expected = explain_concordance(
            sample.ranks,
            sample.query,
            "SIM001_PC3_24H_A04_mimicort_10uM",
            gene_metadata=sample_path("genes.tsv"),
        ).set_index("gene")
        assert one["landmark"].astype(bool).to_dict() == expected["landmark"].astype(bool).to_dict()
        assert one["baseline"].notna().all()
        assert "MeasuredExtreme in" in page.text.replace(" Extreme in", "Extreme in")
        assert f"{100 * one.at['ERRFI1', 'baseline']:.1f} %" in page.text

    def test_meta_data_name_the_choices(self, folder):
        meta = json.loads((folder / "run.meta.json").read_text(encoding="utf-8"))
        assert meta["arguments"] == {"top": 10, "overlap": "error", "gene_metadata": "genes.tsv", "tissue": "lung"}
        assert meta["how"] == ["variance between and within perturbagens over 200 background signatures"]

    def test_every_number_of_a_probability_can_be_read(self, page):
        assert "nan" not in page.text.lower().replace("nanog", "")


class TestNotebook:
    def test_runs_from_the_copies_beside_it(self, folder, scores, monkeypatch):
        assert sorted(file.name for file in folder.iterdir()) == sorted(
            [*FILES, "query.json", "ranks.tsv.gz", "background.tsv.gz"]
        )
        left = run_cells(folder, monkeypatch)
        pd.testing.assert_frame_equal(left["scores"], scores)
        assert left["perturbagens"].at["graduasone", "grade"] == "A"
        assert left["null"].sentence.startswith("Of 200 unrelated signatures")

    def test_the_background_is_kept_for_the_genes_of_the_query_only(self, folder, sample):
        kept = read_ranks(folder / "background.tsv.gz")
        assert kept.n_genes == sample.background.n_genes
        assert len(kept.genes) == 171
        pd.testing.assert_frame_equal(kept.frame, sample.background.frame.loc[kept.genes])

    def test_of_the_sample_takes_the_samples_background(self, sample, tmp_path):
        sources = sources_from_sample({"matrix": sample_path("ranks.tsv")})
        write_report(interpret(sample.ranks, sample.query, background=sample.background), tmp_path, sources=sources)
        code = "\n".join(cell.source for cell in nbformat.read(tmp_path / "report.ipynb", 4).cells)
        assert "background = sample.background" in code
        assert "li.calibrate(scores, query, background=background)" in code
        assert not (tmp_path / "background.tsv.gz").exists()

    def test_library_size_goes_into_it(self, small_ranks, small_query, tmp_path, monkeypatch):
        write_report(interpret(small_ranks, small_query, library_size=718_055), tmp_path)
        left = run_cells(tmp_path, monkeypatch)
        assert left["scores"]["n_hypotheses"].eq(718_055).all()
        assert "perturbagens" not in left  # ids that name none

    def test_sources_without_the_background(self, sample, tmp_path):
        with pytest.raises(LincsInterpError) as raised:
            write_report(
                interpret(sample.ranks, sample.query, background=sample.background),
                tmp_path,
                sources={"matrix": sample_path("ranks.tsv"), "up": sample_path("up.txt")},
            )
        assert str(raised.value) == (
            'sources names no file of background: name it ({"background": path}), or leave sources out.'
        )


class TestWhatIsSaidOfTheBackground:
    def test_a_small_one_is_not_said_to_be_missing(self, sample, tmp_path):
        few = sample.background.select(signatures=sample.background.frame.columns[:20])
        write_report(interpret(sample.ranks, sample.query, background=few), tmp_path)
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert "The background has 20 usable signatures, and 50 are needed, so p is not calibrated" in page.text
        assert "the background has 20 usable signatures, and 50 are needed, so it was not used for p" in page.text
        assert "No background was given" not in page.text
        assert "rests on it" not in page.text

    def test_a_list_of_hits_as_matrix_is_no_evidence(self, sample, scores, tmp_path):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        write_report(interpret(hits, sample.query, background=sample.background), tmp_path)
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert page.text.count("are no evidence") == 2
        assert "beyond chance" not in page.text[: page.text.index("1. What the integers mean")].replace(
            "No signature is beyond chance", ""
        )

    def test_the_best_replicated_are_named_first(self, page):
        short = page.text[: page.text.index("1. What the integers mean")]
        assert "Best replicated: mimetasone mimics your signature in 2 of 2 signatures" in short
        assert "Best replicated: contrasone reverses your signature" in short

    def test_grades_and_warnings_are_beside_each_signature(self, folder):
        html = (folder / "report.html").read_text(encoding="utf-8")
        row = html[html.index("SIM002_MCF7_24H_G05_fortunib_3.33uM</span>") :]
        row = row[: row.index("</tr>")]
        assert row.endswith("<td>D</td><td>W4, W6, W9, W11</td>")


class TestOnce:
    def test_the_null_is_computed_only_where_it_is_asked_for(self, sample, scores, monkeypatch):
        asked = []
        monkeypatch.setattr(_tables, "check_null", lambda *given: asked.append(given) or check_null(*given))
        some = sample.ranks.select(signatures=scores.index[:5])
        interpretation = interpret(some, sample.query, background=sample.background)
        assert asked == []
        assert interpretation.null.sentence == check_null(sample.background, sample.query).sentence
        pd.testing.assert_frame_equal(interpretation.null.qq, check_null(sample.background, sample.query).qq)
        assert interpretation.null is interpretation.null
        assert len(asked) == 1
        assert interpret(some, sample.query).null is None

    def test_warnings_of_the_query_are_looked_for_once(self, sample, tmp_path, monkeypatch):
        asked = []
        monkeypatch.setattr(
            interpretations, "query_warnings", lambda one: asked.append(one) or warnings.query_warnings(one)
        )
        write_report(interpret(sample.ranks, sample.query), tmp_path)
        assert len(asked) == 1


class TestAssumed:
    def test_says_that_p_is_a_lower_bound(self, sample, tmp_path):
        write_report(interpret(sample.ranks, sample.query), tmp_path)
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert "no background of unselected signatures was given (on the command line: --background FILE)" in page.text
        assert "FDR (assumed)" in page.text
        assert "No background was given, so p is not calibrated" in page.text
        assert "Not checked, because something was not given: W6" in page.text
        assert not any("Quantiles" in picture["alt"] for picture in page.pictures)
        grades = pd.read_csv(tmp_path / "perturbagens.tsv", sep="\t")["grade"]
        assert "A" not in set(grades)

    def test_a_hit_list_as_background_leaves_nothing_behind(self, sample, scores, tmp_path):
        hits = sample.ranks.select(signatures=scores.index[scores["z_sum"].abs() > 4])
        with pytest.raises(LincsInterpError, match=r"^background is a list of hits of this query"):
            write_report(interpret(sample.ranks, sample.query, background=hits), tmp_path / "new")
        assert not (tmp_path / "new").exists()

    def test_ids_that_name_no_perturbagen(self, small_ranks, small_query, tmp_path):
        write_report(interpret(small_ranks, small_query), tmp_path)
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert "Neither the ids nor metadata name a perturbagen" in page.text
        assert (tmp_path / "perturbagens.tsv").read_text(encoding="utf-8").startswith("perturbagen")

    def test_some_ids_name_none(self, sample, tmp_path):
        frame = sample.ranks.frame.rename(columns={sample.ranks.frame.columns[0]: "no id at all"})
        write_report(interpret(RankMatrix.from_frame(frame), sample.query), tmp_path)
        page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert "1 signature whose perturbagen is not known is in no row." in page.text


class TestCommandLine:
    def test_the_background_is_read_the_same_way_round(self, sample, tmp_path, capsys):
        names = {"ranks.tsv": sample.ranks, "background.tsv": sample.background}
        for name, matrix in names.items():
            (matrix.n_genes + 1 - matrix.frame).to_csv(tmp_path / name, sep="\t")
        options = ["--up", str(sample_path("up.txt")), "--down", str(sample_path("down.txt")), "--rank-one", "up"]
        options += ["--background", str(tmp_path / "background.tsv"), "--out", str(tmp_path / "out")]
        assert main(["report", str(tmp_path / "ranks.tsv"), *options]) == 0
        written = pd.read_csv(tmp_path / "out" / "scores.tsv", sep="\t", index_col="signature")
        expected = calibrate(score_concordance(sample.ranks, sample.query), sample.query, background=sample.background)
        np.testing.assert_allclose(written["p_cal"], expected["p_cal"].reindex(written.index), rtol=1e-9)
        code = "\n".join(cell.source for cell in nbformat.read(tmp_path / "out" / "report.ipynb", 4).cells)
        assert re.search(r"background = li\.read_ranks\('.*background\.tsv', rank_one='up'\)", code)
        meta = json.loads((tmp_path / "out" / "run.meta.json").read_text(encoding="utf-8"))
        assert meta["background"]["signatures"] == 200

    def test_background_and_genes(self, tmp_path, capsys):
        names = {"up": "up.txt", "down": "down.txt", "background": "background.tsv.gz", "genes": "genes.tsv"}
        options = [text for word, file in names.items() for text in (f"--{word}", str(sample_path(file)))]
        assert main(["report", str(sample_path("ranks.tsv")), *options, "--out", str(tmp_path)]) == 0
        meta = json.loads((tmp_path / "run.meta.json").read_text(encoding="utf-8"))
        assert meta["inputs"]["background"]["name"] == "background.tsv.gz"
        assert meta["how"] == ["variance between and within perturbagens over 200 background signatures"]
        code = "\n".join(cell.source for cell in nbformat.read(tmp_path / "report.ipynb", 4).cells)
        assert "background = li.read_ranks('" in code

    def test_a_background_that_is_not_there(self, tmp_path, capsys):
        options = ["--up", str(sample_path("up.txt")), "--background", "nowhere.tsv", "--out", str(tmp_path / "x")]
        assert main(["report", str(sample_path("ranks.tsv")), *options]) == 2
        assert "--background is 'nowhere.tsv', and there is no such file" in capsys.readouterr().err

    @pytest.mark.parametrize("option", ["--background", "--genes", "--library-size"])
    def test_options_without_a_matrix(self, option, capsys):
        assert main(["report", option, "5"]) == 2
        assert f"MATRIX is missing, but {option} is given" in capsys.readouterr().err
