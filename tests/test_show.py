"""li.show: what it displays of each kind of table, and that tables stay plain pandas tables."""

from __future__ import annotations

import re

import html5lib
import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core._kinds import HYPOTHESIS, NOMINAL, TABLE_KINDS, kind_of_table
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.show import Shown, show

CARD = '<div class="lincs-interp mathjax_ignore"'
PANDAS = '<table border="1" class="dataframe">'
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def sample(the_sample):
    return the_sample


@pytest.fixture(scope="module")
def tables(result_tables):
    return result_tables


def parts(shown) -> tuple[str, list[list[str]], str]:
    """Title, rows of the table and the words below it."""
    whole = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(shown._repr_html_())
    card = whole.find("div")
    rows = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in card.iter("tr")]
    title, *below = ["".join(one.itertext()) for one in card.findall("p")]
    return title, rows, "\n".join(below)


def heads(shown) -> list[str]:
    """The names of the columns."""
    whole = html5lib.HTMLParser(namespaceHTMLElements=False).parseFragment(shown._repr_html_())
    return ["".join(head.find("bdi").itertext()) for head in whole.find("div").iter("th") if head.get("scope") == "col"]


class TestKinds:
    def test_every_kind_is_here(self, tables):
        assert set(tables) == set(TABLE_KINDS)

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_a_table_is_known_by_its_columns(self, tables, kind):
        table = tables[kind]
        for part in (table, table.copy(), table.head(2), table.iloc[::-1], table.iloc[:0], table.assign(note="mine")):
            assert show(part).kind == kind

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_it_is_a_plain_table_and_stays_as_it_is(self, tables, kind):
        table, before = tables[kind], tables[kind].copy()
        assert type(table) is pd.DataFrame
        assert "_repr_html_" not in vars(table)
        assert show(table)._repr_html_().startswith(CARD)
        pd.testing.assert_frame_equal(table, before)

    def test_the_index_may_have_become_a_column(self, tables):
        shown = show(tables["scores"].reset_index())
        assert shown.kind == "scores"
        assert parts(shown)[1][1][0] == tables["scores"].index[0]

    def test_of_chosen_columns_all_are_shown(self, tables):
        shown = show(tables["scores"][["auc_up", "call", "n_up"]])
        assert shown.kind == "scores"
        assert heads(shown) == ["signature", "auc_up", "call", "n_up"]

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_an_added_column_is_shown(self, tables, kind):
        shown = show(tables[kind].assign(mine=1.25))
        assert heads(shown)[-1] == "mine"
        assert parts(shown)[1][1][-1] == "1.25"
        assert "mine" in str(shown)

    def test_joined_metadata_make_it_signatures_of_perturbagens(self, tables, sample):
        joined = tables["scores"].join(sample.ranks.signatures[["pert_name", "cell_line"]])
        assert kind_of_table(joined) == "signatures"

    @pytest.mark.parametrize(("kind", "note"), [("scores", NOMINAL), ("calibrated", "with fdr_cal below 0.05")])
    def test_scores_with_names_beside_them_keep_their_order_and_notes(self, tables, sample, kind, note):
        shown = show(tables[kind].join(sample.ranks.signatures[["pert_name"]]))
        assert "best mimicker first" in parts(shown)[0]
        assert note in parts(shown)[2]
        assert heads(shown)[:6] == ["signature", "pert_name", "z_up", "z_down", "z_sum", "call"]
        assert "e-" in str(show(shown.table[["pert_name", "p_sum"]]))  # not 0.00

    @pytest.mark.parametrize("columns", [["gene", "how"], ["gene", "suggestion"], ["gene", "side", "found"]])
    def test_some_columns_of_a_match_are_a_match(self, tables, columns):
        assert kind_of_table(tables["genes"][columns]) == "genes"

    def test_ranks_of_one_gene_have_no_decimals(self, tables):
        rank = tables["gene"]["rank"].iloc[0]
        assert parts(show(tables["gene"]))[1][1][1] == f"{rank:,.0f}"
        assert parts(show(tables["gene"][["rank", "call"]]))[1][1][1] == f"{rank:,.0f}"

    @pytest.mark.parametrize(
        "table",
        [
            pd.DataFrame({"a": [1]}),
            pd.DataFrame({"call": ["mimicker"], "grade": ["A"]}),
            pd.DataFrame({"observed": [1.0], "expected": [2.0], "p": [0.1]}),
            pd.DataFrame({"gene": ["MYC"], "grade": [1]}),
            pd.DataFrame({1: [1.0], "z_sum": [2.0]}),
            pd.DataFrame(),
        ],
    )
    def test_a_table_of_no_known_kind_is_pandas_own(self, table):
        shown = show(table)
        assert (shown.kind, shown._repr_html_()) == ("", table._repr_html_())
        assert str(shown) == repr(table)

    def test_columns_twice_or_in_levels_are_pandas_own(self, tables):
        scores = tables["scores"]
        twice = scores.copy()
        twice.insert(0, "z_up", 0, allow_duplicates=True)
        levels = scores.set_index([scores.index, scores["n_up"]])
        assert [show(table).kind for table in (twice, levels, pd.concat({"a": scores}, axis=1))] == ["", "", ""]

    @pytest.mark.parametrize("wrong", [None, [1], "scores", pd.Series([1])])
    def test_what_is_no_table_is_refused(self, wrong):
        with pytest.raises(LincsInterpError) as error:
            show(wrong)
        assert error.value.argument == "table"

    @pytest.mark.parametrize("rows", [0, 1.5, "all", True])
    def test_rows_is_a_whole_number(self, tables, rows):
        with pytest.raises(LincsInterpError) as error:
            show(tables["scores"], rows=rows)
        assert (error.value.argument, error.value.value) == ("rows", rows)


class TestScores:
    def test_both_ends_with_units_and_calls(self, tables):
        scores = tables["scores"]
        title, rows, below = parts(show(scores))
        assert "78 signatures, best mimicker first" in title
        assert heads(show(scores)) == ["signature", "z_up", "z_down", "z_sum", "concordance", "call", "p_sum"]
        assert rows[0][3] == "z_sum− reverser+ mimicker"
        assert [row[0] for row in rows[1:6]] == list(scores.index[:5])
        assert rows[6] == ["… 68 further signatures …"]
        assert [row[0] for row in rows[7:]] == list(scores.index[-5:])
        first = scores.iloc[0]
        assert rows[1][1:4] == [f"+{first[name]:.1f}" for name in ("z_up", "z_down", "z_sum")]
        assert rows[1][5:] == ["▲ mimicker", f"{first['p_sum']:.2g}"]
        assert rows[-1][3] == f"−{-scores['z_sum'].iloc[-1]:.1f}"
        assert rows[-1][5] == "▼ reverser"
        assert f"{(scores['call'] == 'mimicker').sum()} ▲ mimicker" in below
        assert f"{NOMINAL} {HYPOTHESIS}" in below
        assert "Columns not shown: n_genes, n_up" in below

    def test_the_same_as_text(self, tables):
        text = str(show(tables["scores"]))
        assert text.splitlines()[0].endswith("best mimicker first")
        assert "z_sum: − reverser … + mimicker" in text
        assert "▲ mimicker" in text
        assert "<" not in text

    def test_further_scores(self, sample):
        table = li.score_concordance(sample.ranks, sample.query, scores=["auc", "wtcs", "xsum(100)", "rges", "overlap"])
        assert heads(show(table))[7:] == ["auc", "wtcs", "xsum(100)"]
        assert "rges, overlap" in parts(show(table))[2]

    def test_one_list(self, sample):
        table = li.score_concordance(sample.ranks, GeneQuery("q", sample.query.up))
        assert "z_down" not in heads(show(table))

    def test_the_order_is_named_where_it_holds(self, tables):
        other = tables["scores"].sort_values("p_down")
        title, rows, _ = parts(show(other))
        assert "first" not in title
        assert rows[1][0] == other.index[0]

    @pytest.mark.parametrize(("n", "rows"), [(0, None), (1, None), (11, None), (12, None), (30, 30), (30, 4), (30, 1)])
    def test_how_many_rows(self, tables, n, rows):
        few = tables["scores"].head(n)
        body = parts(show(few, rows=rows))[1][1:]
        if not n:
            assert body == [["no signature"]]
            return
        gaps = [row for row in body if len(row) == 1]
        assert bool(gaps) == (n == 12 or rows in (1, 4))
        if not gaps:
            assert [row[0] for row in body] == list(few.index)
        elif rows:
            assert len(body) == rows + 1

    def test_missing_numbers_are_dashes_and_texts_stay(self, tables):
        scores = tables["scores"].copy()
        scores.iloc[0, :-1] = np.nan
        scores["p_sum"] = scores["p_sum"].astype(object)
        scores.iloc[1, scores.columns.get_loc("p_sum")] = "tiny"
        _, rows, _ = parts(show(scores))
        assert rows[1][1:5] == ["–"] * 4
        assert rows[2][-1] == "tiny"

    def test_hostile_names_and_cells_are_escaped(self, tables):
        scores = tables["scores"].head(2).copy()
        scores.index = pd.Index([HOSTILE, "b"], name="signature")
        html = show(scores.assign(**{HOSTILE: HOSTILE}, call=HOSTILE))._repr_html_()
        assert "<img" not in html
        assert parts(show(scores))[1][1][0] == HOSTILE


class TestOtherTables:
    def test_calibrated(self, tables):
        table = tables["calibrated"]
        _, _, below = parts(show(table))
        assert heads(show(table)) == ["signature", "z_sum", "call", "z_cal", "p_cal", "fdr_cal", "p_status"]
        n = (table["call"].isin(["mimicker", "reverser"]) & (table["fdr_cal"] < 0.05)).sum()
        assert f"{n} signatures called mimicker or reverser with fdr_cal below 0.05 (variance between" in below

    def test_a_p_that_was_only_assumed_is_called_so(self, tables, sample):
        _, _, below = parts(show(li.calibrate(tables["scores"], sample.query)))
        assert "not calibrated (correlation 0.075 assumed" in below

    def test_contributions(self, tables):
        table = tables["contributions"]
        title, rows, below = parts(show(table))
        assert f"{len(table)} genes" in title
        assert [row[0] for row in rows[1:7]] == list(table["gene"][:6])
        assert rows[1][1] in ("↑ up", "↓ down")
        assert f"add up to +{table['contribution'].sum():.1f}" in below
        # What nobody knows is no column.
        assert not {"landmark", "baseline"} & set(heads(show(table)))

    def test_contributions_with_gene_facts(self, tables):
        table = tables["contributions"].assign(baseline=0.015)
        table["landmark"] = pd.array([True, False, pd.NA] * len(table), dtype="boolean")[: len(table)]
        _, rows, _ = parts(show(table))
        assert [row[-2:] for row in rows[1:4]] == [["measured", "1.5 %"], ["inferred", "1.5 %"], ["–", "1.5 %"]]

    def test_perturbagens(self, tables):
        table = tables["perturbagens"]
        _, rows, below = parts(show(table.assign(n_unnamed=3)))
        best = table.iloc[0]
        assert [row[0] for row in rows[1:9]] == list(table.index[:8])
        assert rows[1][1:4] == [best["grade"], "▼ reverser", f"{best['n_agreeing']} of {best['n_scored']}"]
        assert f"Grades: {(table['grade'] == 'A').sum()} A" in below
        assert "3 signatures without the name of a perturbagen" in below

    def test_signatures_of_a_perturbagen(self, tables):
        title, rows, _ = parts(show(tables["signatures"]))
        assert title.endswith("50 signatures")
        facts = tables["signatures"].iloc[0][["pert_name", "cell_line", "pert_time", "pert_dose"]]
        assert rows[1][1:5] == facts.tolist()

    def test_consensus(self, tables):
        best = tables["consensus"].iloc[0]
        _, rows, below = parts(show(tables["consensus"]))
        assert rows[1][3:5] == [f"{best['families_agreeing']} of {best['families']}", "▲ mimicker"]
        assert rows[1][6] == f"+{best['xsum']:,.0f}"
        assert "it is no p-value" in below

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_every_kind_is_short_however_long_the_table(self, tables, kind):
        long = pd.concat([tables[kind]] * 60)
        html = show(long)._repr_html_()
        assert len(html) < 12_000
        assert len(long) < 20 or re.search(r"… [\d,]+ further", html)

    @pytest.mark.parametrize("kind", TABLE_KINDS)
    def test_no_row_is_no_number(self, tables, kind):
        title, rows, below = parts(show(tables[kind].iloc[:0]))
        assert rows[1:] == [[f"no {TABLE_KINDS[kind].nouns[0]}"]]
        assert "nan" not in f"{title}{below}".lower()


def test_the_table_alone_with_chosen_columns(tables):
    html = Shown(tables["scores"], "scores", columns=["z_sum", "call"]).table_html()
    assert html.startswith('<div class="lincs-wide"')
    assert html.count('<th scope="col"') == 3


class TestInNotebooks:
    @pytest.fixture
    def formatter(self, monkeypatch):
        ipython = pytest.importorskip("IPython", reason="IPython is not installed")
        formatters = pytest.importorskip("IPython.core.formatters")

        class Shell:
            display_formatter = formatters.DisplayFormatter()

        monkeypatch.setattr(ipython, "get_ipython", Shell)
        return Shell.display_formatter.formatters["text/html"]

    def test_enabled_it_shows_parts_too_and_leaves_other_tables(self, tables, formatter):
        show.enable()
        show.enable()
        scores = tables["scores"]
        for part in (scores, scores.head(3).copy(), scores[["z_sum"]], scores.assign(mine=1)):
            assert formatter(part).startswith(CARD)
        other = pd.DataFrame({"a": [1]})
        assert formatter(other) == other._repr_html_()
        with pd.option_context("display.notebook_repr_html", False):
            assert formatter(scores) is None
        show.disable()
        assert PANDAS in formatter(scores)
        assert pd.DataFrame not in formatter.type_printers

    def test_a_formatter_of_before_is_used_and_restored(self, tables, formatter):
        def theirs(table):
            return f"<p>{len(table)} rows</p>"

        formatter.for_type(pd.DataFrame, theirs)
        show.enable()
        assert formatter(tables["scores"]).startswith(CARD)
        assert formatter(pd.DataFrame({"a": [1]})) == "<p>1 rows</p>"
        show.disable()
        show.disable()
        assert formatter.lookup_by_type(pd.DataFrame) is theirs

    def test_a_formatter_of_later_stays(self, formatter):
        show.enable()
        formatter.for_type(pd.DataFrame, len)
        show.disable()
        assert formatter.lookup_by_type(pd.DataFrame) is len

    @pytest.mark.parametrize("call", [show.enable, show.disable])
    def test_elsewhere_it_is_refused_with_a_remedy(self, call, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "IPython", None)
        with pytest.raises(LincsInterpError) as error:
            call()
        assert "show(table)" in error.value.remedy
