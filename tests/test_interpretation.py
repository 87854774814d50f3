"""The interpretation as a whole: a gene in every signature, JSON, and one notion of the same perturbagen."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.readings.interpretation import interpret
from lincs_interp.readings.sentences import both_ways, siblings_sentence
from lincs_interp.readings.warnings import WARNINGS
from lincs_interp.report.page import Page
from lincs_interp.report.write import write_report
from lincs_interp.scoring import null

MIMIC, OTHER = "SIM001_A549_24H_A03_mimetasone_10uM", "SIM001_MCF7_24H_A03_mimetasone_10uM"


ARGUMENTS = "ranks query background library_size gene_metadata landmark tissue overlap rescue"
TABLES_OF = "matches scores perturbagens null targets promiscuity baseline warnings assumptions sentence"


@pytest.mark.parametrize(
    ("of", "public"),
    [
        ("interpretation", f"{ARGUMENTS} {TABLES_OF} signature perturbagen gene contributions to_json"),
        (
            "ranks",
            "frame n_genes n_ranked tie_shares signatures assumptions genes shape values about_ties from_frame"
            " percentiles select rename with_metadata",
        ),
    ],
)
def test_dir_shows_what_a_reader_needs(interpretation, of, public):
    object_ = interpretation if of == "interpretation" else interpretation.ranks
    assert sorted(name for name in dir(object_) if not name.startswith("_")) == sorted(public.split())


class TestGene:
    def test_ranks_are_those_of_the_matrix(self, interpretation):
        reading = interpretation.gene("CXCL8")
        table = reading.table
        assert list(table.index) == list(interpretation.scores.index)
        assert (table["rank"] == interpretation.ranks.frame.loc["CXCL8", table.index]).all()
        assert np.allclose(table["percentile"], interpretation.ranks.percentiles().loc["CXCL8", table.index])
        pd.testing.assert_frame_equal(table[["call", "z_sum"]], interpretation.scores[["call", "z_sum"]])

    @pytest.mark.parametrize(
        ("symbol", "gene", "how"),
        [("IL8", "CXCL8", "previous"), ("cxcl8", "CXCL8", "case"), ("Trp53", "TP53", "mouse")],
    )
    def test_any_spelling(self, interpretation, symbol, gene, how):
        reading = interpretation.gene(symbol)
        assert (reading.asked, reading.gene, reading.how) == (symbol, gene, how)
        assert reading.side == ("down" if gene == "CXCL8" else "")

    def test_extremes_are_counted_as_in_the_baseline(self, interpretation, sample):
        own = gene_baseline(sample.ranks)
        for gene in [*sample.ranks.genes[::400], "CXCL8"]:
            reading = interpretation.gene(gene)
            n = reading.n_signatures
            assert (reading.n_down / n, reading.n_up / n) == pytest.approx(
                tuple(own.loc[gene, ["share_low", "share_high"]])
            )

    def test_ties_and_gaps(self):
        frame = pd.DataFrame({"a": [200, *range(1, 200)], "b": [3, 3, 3, *range(4, 201)]}).astype(float)
        frame.loc[5, "a"] = np.nan
        ranks = RankMatrix.from_frame(frame.set_axis([f"G{n}" for n in range(200)]), n_genes=200)
        interpretation = interpret(ranks, GeneQuery("q", ["G0", "G1"], ["G198"]))
        top = interpretation.gene("G0").table.loc[["a", "b"]]
        assert top["extreme"].tolist() == ["up", "down"]  # the tie at 3 has the mean rank 2, the last that is extreme
        assert top["rank"].tolist() == [200, 3]
        missing = interpretation.gene("G5").table
        assert np.isnan(missing.at["a", "rank"])
        assert missing.at["a", "extreme"] == ""
        assert interpretation.gene("G5").n_signatures == 1

    def test_baseline_and_sentence(self, interpretation):
        reading = interpretation.gene("S100A8")
        assert reading.baseline["share_extreme"] == pytest.approx(0.2)
        assert "baseline is 20 % of unselected signatures" in reading.sentence
        assert reading.evidence.at["baseline", "value"] == "20 %"
        assert [warning.code for warning in reading.warnings] == ["W1", "W2", "W3"]
        assert "S100A8" in reading._repr_html_()

    def test_without_background_or_table_of_genes(self, sample):
        reading = interpret(sample.ranks, sample.query).gene("TP53")
        assert reading.baseline is None
        assert reading.side == ""
        assert reading.evidence.loc[["baseline", "measured"], "value"].tolist() == ["not known"] * 2

    @pytest.mark.parametrize(
        ("symbol", "word"), [("EGRF", "EGFR"), ("1-MAR", "MARC"), (" ", "there are"), (3, "gene"), ("nosuch", "")]
    )
    def test_what_is_no_gene(self, interpretation, symbol, word):
        with pytest.raises(LincsInterpError) as raised:
            interpretation.gene(symbol)
        assert (raised.value.argument, raised.value.value) == ("symbol", symbol)
        assert word in raised.value.remedy


@pytest.fixture(scope="module")
def parsed(interpretation):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(interpretation.to_json(top=3), parse_constant=refuse)


class TestJson:
    def test_tables_are_those_of_the_interpretation(self, interpretation, parsed):
        for name in ("scores", "perturbagens", "matches"):
            table = getattr(interpretation, name)
            rows = parsed["tables"][name]
            assert len(rows) == len(table)
            whole = table.reset_index() if table.index.name else table
            assert list(rows[0]) == list(whole.columns)
            for column in whole.select_dtypes("number"):
                numbers = np.array([row[column] for row in rows], dtype=float)
                np.testing.assert_array_equal(numbers, whole[column].astype(float))
        assert list(parsed["tables"]["contributions"]) == [one["signature"] for one in parsed["readings"]["signatures"]]
        rows = parsed["tables"]["contributions"][MIMIC]
        assert sum(row["contribution"] for row in rows) == pytest.approx(interpretation.scores.at[MIMIC, "z_sum"])

    def test_readings(self, interpretation, parsed):
        assert len(parsed["readings"]["signatures"]) == 6
        assert len(parsed["readings"]["perturbagens"]) == 3
        for one in parsed["readings"]["signatures"]:
            reading = interpretation.signature(one["signature"])
            assert (one["call"], one["sentence"]) == (reading.call, reading.sentence)
            assert [warning["code"] for warning in one["warnings"]] == [w.code for w in reading.warnings]
            assert [row["value"] for row in one["evidence"]] == reading.evidence["value"].tolist()
        assert parsed["assumptions"] == list(interpretation.assumptions)
        assert [warning["code"] for warning in parsed["warnings"]] == [w.code for w in interpretation.warnings]

    def test_is_the_same_each_time_and_strict(self, sample):
        ranks = sample.ranks.select(signatures=sample.ranks.frame.columns[:12])
        again = [interpret(ranks, GeneQuery("up", sample.query.up)).to_json() for _ in range(2)]
        assert again[0] == again[1]
        assert json.loads(again[0])["tables"]["scores"][0]["z_down"] is None
        assert json.loads(again[0])["background"] is None

    def test_a_matrix_that_names_no_perturbagen(self, small_ranks, small_query):
        assert json.loads(interpret(small_ranks, small_query).to_json())["tables"]["perturbagens"] == []

    def test_top(self, interpretation):
        with pytest.raises(LincsInterpError) as raised:
            interpretation.to_json(top=0)
        assert raised.value.argument == "top"


def test_display(interpretation):
    html = interpretation._repr_html_()
    assert interpretation.sentence.split(":")[0] in html
    assert html.count("<tr>") == 11  # five of each end, and the head
    assert "4,000 genes x 78 signatures" in repr(interpretation)


def test_one_perturbagen_whatever_the_spelling(sample, interpretation, tmp_path):
    """With one signature of mimetasone renamed "Mimetasone", every sentence is the same but for that letter."""
    facts = pd.DataFrame({"pert_name": {OTHER: "Mimetasone"}})
    renamed = interpret(sample.ranks.with_metadata(facts), sample.query, background=sample.background)
    plain = interpret(sample.ranks, sample.query, background=sample.background)
    for signature in (MIMIC, OTHER):
        one, other = renamed.signature(signature), plain.signature(signature)
        assert one.evidence["value"].tolist() == other.evidence["value"].tolist()
        assert [w.code for w in one.warnings] == [w.code for w in other.warnings]
        assert list(renamed._siblings(signature)) == list(plain._siblings(signature))
    for name in ("mimetasone", "Mimetasone"):
        assert renamed.perturbagen(name).sentence.lower() == plain.perturbagen("mimetasone").sentence.lower()
    for signature in Page(plain, 3).in_detail:
        assert siblings_sentence(renamed, signature).lower() == siblings_sentence(plain, signature).lower()
    pages = [write_report(one, tmp_path / str(n)).read_text(encoding="utf-8") for n, one in enumerate((renamed, plain))]
    for page in pages:
        assert "only signature of mimetasone" not in page.lower()
        assert "2 of 2 signatures, in 2 of 2 cell lines" in page


def test_the_same_perturbagen_called_both_ways(sample, interpretation, with_table):
    facts = pd.DataFrame({"pert_name": {OTHER: "Mimetasone"}})
    renamed = interpret(sample.ranks.with_metadata(facts), sample.query)
    scores = renamed.scores.copy()
    scores.loc[OTHER, "call"] = "reverser"
    assert both_ways(with_table(renamed, scores=scores)) == ["Mimetasone"]


def test_scores_and_null_fit_the_background_once(sample, monkeypatch):
    fitted = []
    fit = null._fit
    monkeypatch.setattr(null, "_fit", lambda query, background: fitted.append(query) or fit(query, background))
    background = sample.background.select(signatures=sample.background.frame.columns)  # nothing was kept on it yet
    known = interpret(sample.ranks, sample.query, background=background)
    assert known._calibrated
    assert known.null.n_signatures > 50
    assert json.loads(known.to_json(top=1))["sentence"] == known.sentence
    assert fitted == [sample.query]


def test_every_warning_of_the_page_begins_with_its_name():
    page = (Path(__file__).parent.parent / "docs" / "warnings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (W\d+) \| ([^|]+) \|", page, flags=re.MULTILINE))
    assert list(rows) == [kind.code for kind in WARNINGS]
    assert [kind.code for kind in WARNINGS if not rows[kind.code].startswith(kind.name)] == []
