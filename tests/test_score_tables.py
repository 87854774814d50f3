"""Score tables in a notebook: what they show, and that they stay plain pandas tables."""

from __future__ import annotations

import gc
import io
import pickle
import re
import weakref

import html5lib
import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core._table_kinds import HYPOTHESIS, NOMINAL, TABLE_KINDS
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.show import score_table_html, with_display
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import explain_concordance, score_concordance
from lincs_interp.scoring.consensus import score_consensus

CARD = '<div class="lincs-interp mathjax_ignore"'
PANDAS = '<table border="1" class="dataframe">'


@pytest.fixture(scope="module")
def sample():
    return load_sample()


@pytest.fixture(scope="module")
def tables(sample):
    """One table of every kind."""
    scores = score_concordance(sample.ranks, sample.query)
    calibrated = calibrate(scores, sample.query, background=sample.background)
    return {
        "scores": scores,
        "calibrated": calibrated,
        "consensus": score_consensus(sample.ranks, sample.query),
        "drivers": explain_concordance(sample.ranks, sample.query, scores.index[0]),
        "perturbagens": summarise_perturbagens(calibrated, sample.ranks),
        "signatures": perturbagen_signatures(calibrated, sample.ranks, "graduasone"),
    }


@pytest.fixture
def scores(tables):
    return with_display(tables["scores"].copy(), "scores")


def parts(html: str) -> tuple[str, list[list[str]], str]:
    """Title, rows of the table and the words below it."""
    whole = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)
    card = whole.find("div")
    rows = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in card.iter("tr")]
    title, *below = ["".join(one.itertext()) for one in card.findall("p")]
    return title, rows, "\n".join(below)


class TestPlainPandas:
    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_the_table_is_of_pandas_own_type(self, tables, kind):
        assert type(tables[kind]) is pd.DataFrame
        assert tables[kind].attrs == {}

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_it_equals_a_plain_one_both_ways(self, tables, kind):
        plain = tables[kind].copy()
        assert "_repr_html_" not in vars(plain)
        pd.testing.assert_frame_equal(tables[kind], plain)
        pd.testing.assert_frame_equal(plain, tables[kind])
        assert tables[kind].equals(plain)

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_the_text_is_pandas_own(self, tables, kind):
        assert repr(tables[kind]) == repr(tables[kind].copy())
        assert tables[kind].to_html() == tables[kind].copy().to_html()

    def test_the_very_same_table_comes_back(self, tables):
        plain = tables["scores"].copy()
        before = plain.copy()
        assert with_display(plain, "scores") is plain
        pd.testing.assert_frame_equal(plain, before)

    def test_it_is_pickled_without_this_package(self, scores):
        stored = pickle.dumps(scores)
        assert b"lincs_interp" not in stored
        again = pickle.loads(stored)
        assert type(again) is pd.DataFrame
        pd.testing.assert_frame_equal(again, scores)

    def test_it_is_written_like_any_other(self, scores):
        pytest.importorskip("pyarrow")
        plain = scores.copy()
        assert scores.to_csv(sep="\t") == plain.to_csv(sep="\t")
        assert scores.to_json() == plain.to_json()
        with io.BytesIO() as file:
            scores.to_parquet(file)
            again = pd.read_parquet(file)
        with io.BytesIO() as file:
            plain.to_parquet(file)
            pd.testing.assert_frame_equal(again, pd.read_parquet(file))

    def test_what_is_made_of_it_is_shown_by_pandas(self, scores):
        """Whoever chose rows and columns wants to see these, with her own decimals."""
        other = pd.DataFrame({"note": "x"}, index=scores.index)
        made = {
            "copy": scores.copy(),
            "head": scores.head(),
            "columns": scores[["z_sum", "call"]],
            "rows": scores[scores["call"] == "mimicker"],
            "assign": scores.assign(note=1),
            "round": scores.round(2),
            "sort": scores.sort_values("p_sum"),
            "merge": scores.merge(other, left_index=True, right_index=True),
            "join": scores.join(other),
            "concat": pd.concat([scores, scores]),
            "group": scores.groupby("call").mean(numeric_only=True),
            "turned": scores.T,
            "index": scores.reset_index(),
        }
        for name, table in made.items():
            assert type(table) is pd.DataFrame, name
            assert PANDAS in table._repr_html_(), name
            assert CARD not in table._repr_html_(), name

    def test_it_is_freed_at_once(self, tables):
        table = with_display(tables["scores"].copy(), "scores")
        gone = weakref.ref(table)
        display = table._repr_html_
        gc.disable()
        try:
            del table
            assert gone() is None
        finally:
            gc.enable()
        assert display().startswith(CARD)

    def test_the_display_shares_the_numbers(self, tables):
        plain = tables["scores"].copy()
        table = with_display(plain, "scores")
        spare = next(
            cell.cell_contents
            for cell in table._repr_html_.__closure__
            if cell.cell_contents is not plain and isinstance(cell.cell_contents, pd.DataFrame)
        )
        assert np.shares_memory(spare["z_sum"].to_numpy(), table["z_sum"].to_numpy())

    def test_what_is_changed_in_place_is_shown_changed(self, scores):
        scores.loc[scores.index[0], "z_sum"] = 99.9
        assert "+99.9" in scores._repr_html_()

    def test_jupyter_shows_the_card_and_the_text(self, scores):
        formatters = pytest.importorskip("IPython.core.formatters", reason="IPython is not installed")
        bundle, _ = formatters.DisplayFormatter().format(scores)
        assert bundle["text/html"].startswith(CARD)
        assert bundle["text/plain"] == repr(scores)


class TestWhenPandasShowsIt:
    def test_a_needed_column_is_gone(self, scores):
        del scores["call"]
        assert PANDAS in scores._repr_html_()
        assert score_table_html(scores, "scores") is None

    def test_a_number_has_become_a_text(self, scores):
        scores["p_sum"] = scores["p_sum"].map("{:.1g}".format)
        assert PANDAS in scores._repr_html_()

    def test_a_column_stands_twice(self, scores):
        scores.insert(0, "z_up", 0, allow_duplicates=True)
        assert PANDAS in scores._repr_html_()

    def test_rows_have_names_of_several_parts(self, scores):
        scores.index = pd.MultiIndex.from_arrays([scores.index, scores["n_up"]])
        assert PANDAS in scores._repr_html_()

    def test_the_reader_switched_html_off(self, scores):
        with pd.option_context("display.notebook_repr_html", False):
            assert scores._repr_html_() is None

    def test_another_package_shows_all_tables_on_demand(self, scores, monkeypatch):
        monkeypatch.setattr(pd.DataFrame, "_repr_html_", lambda table: f"interactive, {len(table)} rows")
        assert scores._repr_html_() == "interactive, 78 rows"

    def test_an_unknown_kind_is_refused(self, scores):
        with pytest.raises(LincsInterpError) as told:
            with_display(scores, "score")
        assert str(told.value) == (
            'kind must be "scores" or "calibrated" or "consensus" or "drivers" or "perturbagens" or "signatures",'
            " not 'score'."
        )


class TestScores:
    def test_both_ends_with_units_and_calls(self, scores):
        title, rows, below = parts(scores._repr_html_())
        assert title == "Agreement with the query: 78 signatures, best mimicker first"
        assert rows[0] == [
            "signature",
            *("z_up+ up geneslie up", "z_down+ down geneslie down", "z_sum− reverser+ mimicker"),
            *("concordance−1 reverser+1 mimicker", "call", "p_sumnominal: sort only"),
        ]
        assert [row[0] for row in rows[1:6]] == list(scores.index[:5])
        assert rows[6] == ["… 68 further signatures …"]
        assert [row[0] for row in rows[7:]] == list(scores.index[-5:])
        first = scores.iloc[0]
        assert rows[1][1:4] == [f"+{first[name]:.1f}" for name in ("z_up", "z_down", "z_sum")]
        assert rows[1][5:] == ["▲ mimicker", f"{first['p_sum']:.0e}"]
        assert rows[-1][3] == f"−{-scores['z_sum'].iloc[-1]:.1f}"
        assert rows[-1][5] == "▼ reverser"
        counts = scores["call"].value_counts()
        assert (
            f"{counts['mimicker']} ▲ mimicker · {counts['reverser']} ▼ reverser · {counts['discordant']} ◆ discordant ·"
            f" {counts['unresolved']} ○ unresolved"
        ) in below
        assert f"{NOMINAL} {HYPOTHESIS}" in below
        assert "A pandas DataFrame of 78 rows and 16 columns: .copy() shows it as pandas does" in below
        assert "print(….to_string())" in below

    def test_further_scores(self, sample):
        table = score_concordance(sample.ranks, sample.query, scores=["auc", "wtcs", "xsum(100)", "rges", "overlap"])
        _, rows, below = parts(table._repr_html_())
        assert [head.partition("−")[0] for head in rows[0][7:]] == ["auc", "wtcs", "xsum(100)"]
        assert "Not shown: 2 further scores." in below
        table["mine"] = 1.0
        assert "mine" not in table._repr_html_()

    def test_one_list(self, sample):
        table = score_concordance(sample.ranks, GeneQuery("q", sample.query.up))
        _, rows, _ = parts(table._repr_html_())
        assert not any("z_down" in head for head in rows[0])

    def test_the_order_is_told_as_long_as_it_stands(self, scores):
        other = scores.sort_values("p_down")
        title, rows, _ = parts(str(score_table_html(other, "scores")))
        assert title == "Agreement with the query: 78 signatures"
        assert rows[1][0] == other.index[0]

    @pytest.mark.parametrize("n", [0, 1, 10, 11, 12])
    def test_a_few_rows_are_all_shown(self, scores, n):
        few = with_display(scores.head(n).copy(), "scores")
        _, rows, _ = parts(few._repr_html_())
        if n == 0:
            assert rows[1:] == [["no signature"]]
        elif n < 12:
            assert [row[0] for row in rows[1:]] == list(few.index)
        else:
            assert rows[6] == ["… 2 further signatures …"]

    def test_missing_numbers_are_dashes(self, scores):
        scores.iloc[0, :-1] = np.nan
        scores["p_sum"] = scores["p_sum"].astype("Float64")
        scores.iloc[1, scores.columns.get_loc("p_sum")] = pd.NA
        _, rows, _ = parts(scores._repr_html_())
        assert rows[1][1:5] == ["–"] * 4
        assert rows[2][-1] == "–"


class TestOtherTables:
    def test_calibrated(self, tables):
        title, rows, below = parts(tables["calibrated"]._repr_html_())
        assert title.endswith("best mimicker first; p calibrated")
        assert [head[:5] for head in rows[0]] == ["signa", "z_sum", "call", "z_cal", "p_cal", "fdr_c"]
        table = tables["calibrated"]
        n = (table["call"].isin(["mimicker", "reverser"]) & (table["fdr_cal"] < 0.05)).sum()
        assert f"{n} signatures called mimicker or reverser with fdr_cal below 0.05 (variance inflation" in below

    def test_a_p_that_was_only_assumed_says_so(self, scores, sample):
        title, rows, below = parts(calibrate(scores, sample.query)._repr_html_())
        assert title.endswith("; p not calibrated")
        assert any("assumed: sort only" in head for head in rows[0])
        assert "p_cal is not calibrated (correlation 0.075 assumed" in below

    def test_drivers(self, tables):
        title, rows, below = parts(tables["drivers"]._repr_html_())
        assert title == f"The genes behind one verdict: {len(tables['drivers'])} genes, those that carry it first"
        assert [row[0] for row in rows[1:7]] == list(tables["drivers"]["gene"][:6])
        assert [head.split("0")[0] for head in rows[0][3:4]] == ["percentile"]
        assert rows[1][1] in ("↑ up", "↓ down")
        total = tables["drivers"]["contribution"].sum()
        assert f"The contributions add up to z_sum = +{total:.1f}" in below
        # What nobody knows is no column.
        assert not any("landmark" in head or "base_rate" in head for head in rows[0])

    def test_drivers_with_facts(self, tables):
        table = tables["drivers"].assign(base_rate=0.015)
        table["landmark"] = pd.array([True, False, pd.NA] * len(table), dtype="boolean")[: len(table)]
        _, rows, _ = parts(str(score_table_html(table, "drivers")))
        assert [row[-2:] for row in rows[1:4]] == [["measured", "1.5%"], ["inferred", "1.5%"], ["–", "1.5%"]]

    def test_perturbagens(self, tables):
        table = tables["perturbagens"]
        title, rows, below = parts(table._repr_html_())
        assert title == f"All signatures of a perturbagen together: {len(table)} perturbagens, strongest evidence first"
        assert [row[0] for row in rows[1:9]] == list(table.index[:8])
        assert rows[9] == [f"… {len(table) - 8} further perturbagens …"]
        best = table.iloc[0]
        assert rows[1][1:4] == [best["grade"], "▼ reverser", f"{best['n_agreeing']} of {best['n_scored']}"]
        assert f"Grades: {(table['grade'] == 'A').sum()} A" in below
        assert "(W8)" in below

    def test_signatures_that_name_nothing_are_counted(self, tables):
        table = tables["perturbagens"].assign(n_unnamed=3)
        below = parts(str(score_table_html(table, "perturbagens")))[2]
        assert "3 signatures without the name of a perturbagen, in no row." in below

    def test_signatures_of_a_perturbagen(self, tables):
        title, rows, _ = parts(tables["signatures"]._repr_html_())
        assert title == "50 signatures of graduasone, by cell line, time and dose"
        assert rows[1][1:4] == tables["signatures"].iloc[0][["cell_line", "pert_time", "pert_dose"]].tolist()
        assert len(rows) == 14

    def test_consensus(self, tables):
        title, rows, below = parts(tables["consensus"]._repr_html_())
        assert title == "Several scores together: 78 signatures, highest consensus first"
        best = tables["consensus"].iloc[0]
        assert rows[1][-2:] == [f"{best['families_agreeing']} of {best['families']}", "▲ mimicker"]
        assert rows[1][4] == f"+{best['xsum']:,.0f}"
        assert "it is no p-value" in below

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_every_kind_copes_with_no_row(self, tables, kind):
        empty = tables[kind].iloc[:0]
        _, rows, below = parts(str(score_table_html(empty, kind)))
        assert rows[1:] == [[f"no {TABLE_KINDS[kind].what[0]}"]]
        assert "nan" not in below.lower()

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_every_kind_is_short_however_long_the_table(self, tables, kind):
        long = pd.concat([tables[kind]] * 40)
        html = str(score_table_html(long, kind))
        assert len(html) < 10_000
        assert re.search(r"… [\d,]+ further", html)
