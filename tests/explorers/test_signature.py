"""The part about one signature: its reading, its table and picture, and the query without some genes."""

from __future__ import annotations

import base64
import io
import re
import struct
from html import unescape
from urllib.parse import unquote_to_bytes

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lincs_interp as li
from lincs_interp import LincsInterpError
from lincs_interp.core.columns import column
from lincs_interp.explorers import ExplorerState
from lincs_interp.explorers._pieces import go, name_only
from lincs_interp.explorers._query_genes import (
    Asked,
    asked_genes,
    bar,
    gene_rows,
    names_as_text,
    names_in,
    orders,
    sorted_genes,
    usual_extremes,
    without_each_sentence,
    without_html,
    without_sentence,
)
from lincs_interp.explorers._signature import _evidence_picture, gene_lists
from lincs_interp.io.sample import sample_path
from lincs_interp.scoring.contributions import supporting_genes
from lincs_interp.scoring.stability import leave_one_out, what_if, without_each

MIMIC = "SIM001_A549_24H_A03_mimetasone_10uM"
SIBLING = "SIM001_MCF7_24H_A03_mimetasone_10uM"
REVERSER = "SIM001_A549_24H_B03_contrasone_10uM"
HOSTILE = ["<img src=x onerror=alert(1)>", "a\"b'c", "💊", "\u202eright to left", "L" * 10_000, "=cmd()", "G, H"]


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def the_explorer(sample):
    genes = sample_path("genes.tsv")
    known = li.interpret(sample.ranks, sample.query, background=sample.background, gene_metadata=genes)
    return li.explore(known, panel="signature", signature=MIMIC)


@pytest.fixture
def explorer(the_explorer):
    """An explorer as it begins; what a test before has chosen is forgotten."""
    first = {"signature": MIMIC, "perturbagen": "mimetasone", "gene": the_explorer.source.ranks.genes[0]}
    the_explorer.state = ExplorerState(panel="signature", **first)
    return the_explorer


@pytest.fixture
def part(explorer):
    return explorer.parts["signature"]


@pytest.fixture(scope="module")
def known(the_explorer):
    return the_explorer.source.known


def top_genes(table, n):
    return tuple(supporting_genes(table)["gene"][:n])


def left(known, signature, without):
    tables = {"scores": known.scores, "whole": known.contributions(signature)}
    return what_if(known.ranks, known.query, signature, without, overlap=known.overlap, rescue=known.rescue, **tables)


def rows_of(known, signature, by="contribution", without=(), link=name_only):
    return gene_rows(known, signature, by, without, link)


def open_signature(ranks, query, signature=None, **options):
    return li.explore(li.interpret(ranks, query, **options), panel="signature", signature=signature)


def parsed(html):
    """The piece as a browser reads it; unlike a browser this refuses what is not well made."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)


def words(html):
    return " ".join("".join(parsed(html).itertext()).split())


def cells(html):
    """The last table of a piece: rows of texts."""
    table = parsed(html).findall(".//table")[-1]
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.findall(".//tbody/tr")]


def picture_of(html):
    return base64.b64decode(re.search(r"data:image/png;base64,([^\"]+)", html)[1])


def matrix(columns, genes):
    return li.RankMatrix.from_frame(pd.DataFrame(columns, index=genes))


@pytest.fixture
def four():
    """Four genes on paper; N = 4, so that the middle rank is 2.5."""
    ranks = matrix({"with": [4, 3, 2, 1], "against": [1, 2, 3, 4]}, ["U1", "U2", "D1", "D2"])
    return li.interpret(ranks, li.GeneQuery("toy", up=["U1", "U2"], down=["D1", "D2"]))


class TestWithoutGenes:
    def test_by_hand(self, four):
        # Up genes 4 + 3 = 7 against 5: U = 4 of at most 4; without U2 one gene of rank 4 is left: U = 3 of 3.
        found = left(four, "with", ["U2"])
        assert found.before.z_up == pytest.approx((7 - 5) / np.sqrt(2 * 2 * 5 / 12))
        assert found.after.z_up == pytest.approx((4 - 2.5) / np.sqrt(1 * 3 * 5 / 12))
        assert found.after.z_down == found.before.z_down
        assert (found.before.place, found.after.place) == (1, 1)
        assert left(four, "against", ["U2"]).after.place == 2
        assert found.contributions["gene"].tolist() == ["U1", "D2", "D1"]
        assert found.contributions["contribution"].sum() == pytest.approx(found.after.z_sum)

    @settings(max_examples=25)
    @given(data=st.data())
    def test_equals_scoring_a_query_that_never_had_them(self, data):
        ranks, query = MANY
        out = data.draw(st.sets(st.sampled_from([*query.up, *query.down]), min_size=1))
        signature = data.draw(st.sampled_from(list(ranks.frame.columns)))
        found = left(MANY_KNOWN, signature, out)
        up, down = ([gene for gene in side if gene not in out] for side in (query.up, query.down))
        assert set(found.left_out) == out
        if not up and not down:
            assert found.after is None
            return
        scores = li.score_concordance(ranks, li.GeneQuery("shorter", up, down))
        row = scores.loc[signature]
        for name in ("z_up", "z_down", "z_sum", "concordance"):
            np.testing.assert_equal(getattr(found.after, name), row[name])
        assert found.after.call == row["call"]
        place = 1 + sum(other > row["z_sum"] for other in scores["z_sum"])
        np.testing.assert_equal(found.after.place, place if np.isfinite(row["z_sum"]) else np.nan)
        expected = li.explain_concordance(ranks, li.GeneQuery("shorter", up, down), signature)
        pd.testing.assert_frame_equal(found.contributions, pd.DataFrame(expected[found.contributions.columns]))

    def test_a_gene_in_both_lists_is_in_neither(self, four):
        ranks = four.ranks
        query = li.GeneQuery("toy", up=["U1", "U2", "D1"], down=["D1", "D2"])
        known = li.interpret(ranks, query, overlap="drop")
        found = left(known, "with", ["D1", "U2"])
        assert (found.left_out, found.elsewhere) == (("U2",), ("D1",))
        shorter = li.score_concordance(ranks, li.GeneQuery("x", ["U1"], ["D2"]))
        assert found.after.z_sum == shorter.at["with", "z_sum"]

    def test_nothing_left_out_is_the_query_itself(self, known):
        found = left(known, MIMIC, [])
        assert found.before == found.after
        assert found.before.z_sum == known.scores.at[MIMIC, "z_sum"]
        assert found.before.place == list(known.scores.index).index(MIMIC) + 1

    @pytest.mark.parametrize("signature", ["with", "against"])
    def test_leave_one_out_is_what_leaving_one_out_gives(self, small_ranks, small_query, signature):
        signature = small_ranks.frame.columns[0 if signature == "with" else 7]
        known = li.interpret(small_ranks, small_query)
        drivers = known.contributions(signature)
        z_sum, calls = without_each(drivers, int(small_ranks.n_ranked[signature]))
        theirs = leave_one_out(small_ranks, small_query, signature, n_resamples=50).genes.set_index("gene")
        theirs = theirs.loc[drivers["gene"]]
        np.testing.assert_array_equal(z_sum, theirs["z_sum_without"])
        assert calls.tolist() == theirs["call_without"].tolist()

    def test_leave_one_out_with_gaps_and_of_one_list(self, rng):
        values = np.argsort(np.argsort(rng.standard_normal((60, 3)), axis=0), axis=0) + 1.0
        values[[3, 30], 0] = np.nan
        genes = [f"G{i}" for i in range(60)]
        ranks = li.RankMatrix.from_frame(pd.DataFrame(values, genes, ["a", "b", "c"]), n_genes=60)
        for up, down in ((genes[:8], genes[25:35]), (genes[:8], []), ([], genes[25:35])):
            known = li.interpret(ranks, li.GeneQuery("q", up, down))
            table, n = known.contributions("a"), int(ranks.n_ranked["a"])
            for gene, z_sum, call in zip(table["gene"], *without_each(table, n), strict=True):
                after = left(known, "a", [gene]).after
                assert z_sum == pytest.approx(after.z_sum)
                assert call == after.call
            # A gene without a rank changes nothing: it is not among those that are left out in words.
            ranked = table[table["rank"].notna()]
            assert len(ranked) < len(table)
            assert without_each_sentence(table, n, "x") == without_each_sentence(ranked, n, "x")

    def test_words(self, part, explorer):
        drivers = part.known.contributions("SIM001_PC3_24H_A04_mimicort_10uM")
        found = left(part.known, "SIM001_PC3_24H_A04_mimicort_10uM", top_genes(drivers, 2))
        assert without_sentence(found) == (
            "Without CXCL1, TNF z_sum falls from +21.3 to +21.1; still a mimicker, place 1 → 1 of 78 (1 = best"
            " mimicker)."
        )

    def test_words_of_another_call_and_of_a_reverser(self, known):
        drivers = known.contributions(REVERSER)
        many = tuple(drivers["gene"][drivers["contribution"] < -0.02])
        text = without_sentence(left(known, REVERSER, many))
        assert text.startswith(
            f"Without {len(many)} genes (HPDL, CXCL3, PLB1, DPYD and {len(many) - 4} more) z_sum rises"
        )
        assert "from −21.2 to +" in text
        assert "; no longer a reverser but a mimicker, place 78 → " in text

    def test_what_cannot_be_said_is_said(self, part):
        html = without_html(left(part.known, MIMIC, ["TNF"]), 4_000)
        assert "p_cal and fdr_cal are those of the whole query: they are not calibrated again." in words(html)

    def test_a_list_without_genes(self, known, sample):
        drivers = known.contributions(MIMIC)
        ups = tuple(drivers["gene"][drivers["side"] == "up"])
        found = left(known, MIMIC, ups)
        assert found.emptied == ("up",)
        assert found.after.z_sum == found.after.z_down
        assert (
            "No gene of your up list is left: z_sum is z_down alone, which compares only with queries of one list."
            in words(without_html(found, 4_000))
        )

    def test_no_gene_left(self, known):
        genes = tuple(known.contributions(MIMIC)["gene"])
        found = left(known, MIMIC, genes)
        assert found.after is None
        text = words(without_html(found, 4_000))
        assert text == (
            f"Without {len(genes)} genes ({', '.join(genes[:4])} and {len(genes) - 4} more) no gene of your query is"
            " left to score: put some of them back."
        )

    def test_single_genes(self, known, four):
        n = int(known.ranks.n_ranked[MIMIC])
        assert without_each_sentence(known.contributions(MIMIC), n, "mimicker") == (
            'The call "mimicker" stays without any one gene; z_sum is between +20.8 (without CXCL1) and +21.2 (without'
            " ARMC7)."
        )
        # Two genes a list: each of them is half of it.
        text = without_each_sentence(four.contributions("with"), 4, "mimicker")
        assert text == (
            'The call "mimicker" depends on single genes: without any one of U1, D2, U2 and 1 more it is "unresolved";'
            " z_sum is between +2.0 (without U1) and +2.9 (without U2)."
        )
        alone = li.interpret(four.ranks, li.GeneQuery("q", ["U1"]))
        assert without_each_sentence(alone.contributions("with"), 4, "unresolved") == (
            "No gene can be left out: a list would be empty."
        )


class TestNames:
    @pytest.mark.parametrize(
        "text",
        [
            "TNF, CXCL1",
            "TNF CXCL1",
            "TNF\nCXCL1",
            "TNF;CXCL1;",
            "TNF\tCXCL1\r\n",
            "['TNF', 'CXCL1']",
            "TNF | CXCL1",
            "“TNF”,  “CXCL1” TNF",
        ],
    )
    def test_any_separator(self, sample, known, text):
        assert asked_genes(sample.ranks, known.contributions(MIMIC)["gene"], text) == Asked(("TNF", "CXCL1"), ())

    def test_aliases_and_what_is_unknown(self, sample, known):
        asked = asked_genes(sample.ranks, known.contributions(MIMIC)["gene"], "IL-1A, tnf, EGRF, 00, 01, 02, TP53")
        assert asked.genes == ("IL1A", "TNF") or asked.genes == ("TNF",)
        assert any("EGRF (unknown; perhaps EGFR, EGR1, EGR4)" in sentence for sentence in asked.sentences)
        assert "Not in your lists, so that leaving out changes nothing: TP53." in asked.sentences
        assert any("tnf is TNF" in sentence for sentence in asked.sentences)
        assert all(len(sentence) < 600 for sentence in asked.sentences)

    @pytest.mark.parametrize("text", [" ".join(f"X{i}" for i in range(2_000)), "A" * 300_000])
    def test_too_many(self, sample, text):
        asked = asked_genes(sample.ranks, ["TNF"], text)
        assert asked.refused
        assert asked.genes == ()
        much = "2,000 names are" if " " in text else "A text of 300,000 letters is"
        assert asked.sentences == (
            f"{much} more than can be left out here (at most 1,000 names): make a query of the genes you want to keep"
            " instead.",
        )

    def test_many_unknown_ones_are_counted(self, sample):
        (sentence,) = asked_genes(sample.ranks, ["TNF"], " ".join(f"QQQX{i}" for i in range(900))).sentences
        assert sentence == "Not used: QQQX0 (unknown), QQQX1 (unknown), QQQX2 (unknown) and 897 more."

    @given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), unique=True), st.booleans())
    def test_what_is_written_is_read_again(self, names, spaced):
        wanted = [*names, *(["B, C"] if spaced else [])]
        ranks = type("Ranks", (), {"genes": pd.Index(wanted, dtype=object)})
        assert names_in(ranks, names_as_text(wanted)) == wanted

    def test_chosen_by_what_they_do(self, known):
        drivers = known.contributions(REVERSER)
        assert top_genes(drivers, 5) == tuple(drivers["gene"][:5])
        assert len(supporting_genes(drivers)) == int((drivers["contribution"] < 0).sum())
        usual = usual_extremes(drivers)
        assert set(usual) == set(drivers["gene"][drivers["baseline"] > 0.1])
        assert "S100A8" in usual


class TestTable:
    def test_numbers_are_those_of_the_table(self, known, the_explorer):
        drivers = known.contributions(MIMIC)
        html = rows_of(known, MIMIC, "contribution")
        rows = cells(html)
        assert len(rows) == 25 + 1 + 5
        assert rows[25] == [
            f"… {len(drivers) - 30} further genes: all of them are in the TSV (Save or copy) …",
        ]
        shown = [*range(25), *range(len(drivers) - 5, len(drivers))]
        for row, place in zip(rows[:25] + rows[26:], shown, strict=True):
            gene = drivers.iloc[place]
            assert row[0] == gene["gene"]
            assert row[1] == {"up": "↑ up", "down": "↓ down"}[gene["side"]]
            assert row[2] == f"{gene['rank']:,.0f}"
            assert float(row[3]) == pytest.approx(gene["percentile"], abs=0.006)
            assert float(row[4].replace("−", "-")) == pytest.approx(gene["contribution"], abs=0.006)
            assert row[5] == ("✓ for" if gene["contribution"] > 0 else "✗ against")
            assert row[6] == ("measured" if gene["landmark"] else "inferred")
            assert row[7] == column("contributions", "baseline").text(gene["baseline"])
        assert rows[-1][5] == "✗ against"

    def test_against_a_reverser_is_what_speaks_for_a_mimicker(self, known, the_explorer):
        rows = cells(rows_of(known, REVERSER, "contribution"))
        assert (rows[0][5], rows[-1][5]) == ("✓ for", "✗ against")
        assert rows[0][4].startswith("−")

    @pytest.mark.parametrize("by", ["contribution", "percentile", "gene", "side", "baseline"])
    def test_orders(self, known, by):
        drivers = known.contributions(MIMIC)
        table = sorted_genes(drivers, by)
        assert sorted(table["gene"]) == sorted(drivers["gene"])
        if by == "gene":
            assert table["gene"].tolist() == sorted(drivers["gene"], key=str.casefold)
        elif by == "side":
            assert table["side"].tolist() == sorted(drivers["side"], reverse=True)
        else:
            values = table[by].to_numpy()
            assert (np.diff(values) * (1 if by == "percentile" else -1) >= 0).all()

    def test_only_what_is_known_can_be_sorted_by(self, sample, known):
        assert list(orders(known)) == ["contribution", "percentile", "gene", "side", "baseline"]
        one = li.interpret(sample.ranks, li.GeneQuery("one", sample.query.up))
        assert list(orders(one)) == ["contribution", "percentile", "gene"]
        html = rows_of(one, MIMIC, "baseline")
        assert "(what you asked to sort by is not known here)" in words(html)
        assert "baseline" not in words(html)
        assert "landmark" not in words(html)

    def test_what_is_left_out_is_marked(self, known):
        rows = cells(rows_of(known, MIMIC, without=("CXCL1",)))
        assert [row[0] for row in rows if "left out" in row[0]] == ["CXCL1 (left out)"]

    def test_a_gene_can_be_chosen_but_not_in_a_still_copy(self, known):
        assert "lincs-go" not in rows_of(known, MIMIC)
        assert 'data-pick="gene"' in rows_of(known, MIMIC, link=go)

    def test_bars(self):
        assert 'd="M30.0 2h28.0v6h-28.0z"' in bar(1)
        assert 'd="M16.0 2h14.0v6h-14.0z"' in bar(-0.5)
        assert bar(np.nan) == ""
        assert 'aria-hidden="true"' in bar(1)


class TestView:
    def test_verdict_is_the_reading(self, part, explorer, known):
        reading = known.signature(MIMIC)
        html = part.boxes["reading"].value
        text = words(html)
        assert text.startswith(f"{reading.label}: ▲ mimicker")
        assert reading.sentence in text
        codes = [one.text for one in parsed(html).findall(".//li/strong")]
        assert codes == [warning.code for warning in reading.warnings if warning.code not in ("W1", "W2", "W3")]
        assert "W1, W2, W3 always apply: see docs/warnings.md." in text
        details = parsed(html).find(".//details")
        assert "".join(details.find(".//tbody/tr/th").itertext()) == "z_up"
        assert "open" not in details.attrib
        (spoken,) = [one for one in parsed(html).iter() if one.attrib.get("role") == "status"]
        assert "".join(spoken.itertext()) == reading.sentence

    def test_the_perturbagen_and_siblings_are_a_click_away(self, part, explorer):
        html = part.boxes["reading"].value
        buttons = parsed(html).findall(".//button")
        assert [one.attrib["value"] for one in buttons] == ["mimetasone", SIBLING]
        assert "Perturbagen mimetasone, grade A. Its other signature here: 10 uM, MCF7, 24 h ▲ mimicker." in words(html)

    def test_genes_and_the_perturbagen_can_be_chosen(self, part, explorer):
        html = "".join(part.view(explorer.state).values())
        kinds = [one.attrib["data-pick"] for one in parsed(html).findall(".//button")]
        assert kinds.count("perturbagen") == 1
        assert kinds.count("gene") == 30

    def test_the_same_state_gives_the_same_view(self, part, explorer):
        first = dict(part.view(explorer.state))
        other = li.explore(explorer.source.known, signature=REVERSER).parts["signature"]
        other.view(ExplorerState(**{**explorer.state.chosen(), "without": ("TNF",)}))
        assert dict(other.view(explorer.state)) == first

    def test_picture_and_its_words(self, part, explorer, known):
        html = part.boxes["picture"].value
        assert picture_of(html)[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", picture_of(html)[16:24])
        assert width == 770
        assert height < 450
        alt = parsed(html).find(".//img").attrib["alt"]
        row = known._records[MIMIC]
        for name in ("z_up", "z_down", "z_sum"):
            assert f"{name} ends at +{row[name]:.1f}" in alt
        leading = {}
        drivers = known.contributions(MIMIC)
        for side in ("up", "down"):
            own = drivers[drivers["side"] == side]
            leading[side] = own["gene"].iloc[np.argsort(-own["contribution"].abs(), kind="stable")[:3]]
            assert f"of the {side} list {', '.join(leading[side])} and 3 more contribute most" in alt
        assert "Only the ends of the lines are scores." in words(html)

    def test_lines_end_at_the_scores(self, part, explorer, known):
        drawn = part._evidence
        for signature in (MIMIC, REVERSER):
            explorer.state = {"signature": signature}
            for name, end in drawn.ends.items():
                assert end == pytest.approx(known._records[signature][f"z_{name}"])
            assert len(drawn.lines["whole"].get_data()[0]) == 0
        explorer.state = {"without": ("TNF", "CXCL1")}
        assert drawn.lines["whole"].get_data()[1][-1] == pytest.approx(known._records[REVERSER]["z_sum"])
        after = left(known, REVERSER, ("TNF", "CXCL1")).after
        assert drawn.ends["sum"] == pytest.approx(after.z_sum)

    def test_every_running_sum_is_inside_the_picture_and_the_scale_is_one(self, the_explorer, known):
        _, drawn = _evidence_picture(the_explorer.source)
        scales = set()
        for signature in the_explorer.source.order:
            drawn.update(known.contributions(signature))
            scales.add(drawn.ax.get_ylim())
            for line in drawn.lines.values():
                y = line.get_data()[1]
                assert len(y) == 0 or drawn.ax.get_ylim()[0] < min(y) <= max(y) < drawn.ax.get_ylim()[1]
        assert len(scales) == 1

    def test_all_of_it_is_well_made_html(self, part, explorer):
        for without in ((), ("TNF",), tuple(part.known.contributions(MIMIC)["gene"])):
            explorer.state = {"without": without}
            for html in part.view(explorer.state).values():
                parsed(html)
        assert "No gene is left to draw." in part.boxes["picture"].value


class TestWires:
    def test_the_picker_moves_everything(self, part, explorer):
        before = {name: box.value for name, box in part.boxes.items()}
        explorer.pickers["signature"].box.value = SIBLING
        assert explorer.state.signature == SIBLING
        assert explorer.state.perturbagen == "mimetasone"
        assert all(part.boxes[name].value != before[name] for name in ("reading", "picture", "table"))

    def test_sorting(self, part, explorer):
        picture = part.boxes["picture"].value
        part.order.value = "percentile"
        assert explorer.state.genes_by == "percentile"
        assert "the most down first" in part.boxes["table"].value
        assert part.boxes["picture"].value is picture
        explorer.state = {"genes_by": "gene"}
        assert part.order.value == "gene"

    def test_leaving_out_by_name(self, part, explorer):
        part.names.value = "tnf; CXCL1 and XYZ1"
        assert explorer.state.without == ("TNF", "CXCL1")
        assert "Without TNF, CXCL1 z_sum falls" in words(part.boxes["changed"].value)
        assert "XYZ1 (unknown)" in words(part.hint.value)
        assert part.names.value == "tnf; CXCL1 and XYZ1"
        part.order.value = "gene"
        assert part.names.value == "tnf; CXCL1 and XYZ1", "sorting leaves the text alone"
        part.names.value = ""
        assert explorer.state.without == ()
        assert part.hint.value == ""

    def test_the_button_scores_what_is_typed(self, part, explorer):
        part.names.value = "TNF"
        part.score.click()
        assert explorer.state.without == ("TNF",)

    def test_buttons(self, part, explorer):
        drivers = part.known.contributions(MIMIC)
        part.names.value = "XYZ1 TNF"
        part.tops[5].click()
        assert explorer.state.without == top_genes(drivers, 5)
        assert part.names.value == ", ".join(top_genes(drivers, 5))
        assert part.hint.value == ""
        part.tops[10].click()
        assert explorer.state.without == top_genes(drivers, 10)
        part.usual.click()
        assert explorer.state.without == usual_extremes(drivers)
        assert part.usual.description == f"Leave out {len(usual_extremes(drivers))} often extreme genes"
        part.back.click()
        assert explorer.state.without == ()
        assert part.names.value == ""
        assert "Nothing is left out." in words(part.boxes["changed"].value)

    def test_put_all_back_clears_a_text_that_named_nothing(self, part, explorer):
        part.names.value = "XYZ1"
        assert part.hint.value
        part.back.click()
        assert (part.names.value, part.hint.value) == ("", "")

    def test_the_state_sets_the_controls_and_nothing_comes_back(self, part, explorer):
        seen = []
        changed, explorer.selection.changed = explorer.selection.changed, seen.append
        try:
            explorer.state = {"without": ("TNF", "CXCL1"), "genes_by": "baseline"}
            assert part.names.value == "TNF, CXCL1"
            assert part.order.value == "baseline"
            explorer.state = {"signature": SIBLING}
            assert part.names.value == ""
        finally:
            explorer.selection.changed = changed
        assert seen == []

    def test_too_many_names_change_nothing(self, part, explorer):
        part.names.value = "TNF"
        part.names.value = " ".join(f"X{i}" for i in range(2_000))
        assert explorer.state.without == ("TNF",)
        assert "2,000 names are more than can be left out here" in words(part.hint.value)
        assert len(part.hint.value) < 1_000

    def test_a_gene_of_no_list_in_the_state(self, part, explorer):
        explorer.state = {"without": ("TP53",)}
        assert "Not in your lists, so that leaving out changes nothing: TP53." in words(part.boxes["changed"].value)
        assert "left_out" not in part.files(explorer.state)

    def test_what_goes_wrong_is_said(self, part, explorer, monkeypatch):
        def fail(*_):
            raise LincsInterpError("the background is gone: load it again.")

        monkeypatch.setattr(part, "_picture", fail)
        explorer.pickers["signature"].box.value = SIBLING
        assert words(explorer._problem.value) == "⚠ the background is gone: load it again."
        monkeypatch.undo()
        explorer.state = {"signature": MIMIC}
        assert explorer._problem.value == ""


class TestTakenHome:
    def test_link_code(self, explorer, part):
        explorer.state = {"without": ("TNF", "CXCL1"), "genes_by": "percentile", "signature": MIMIC}
        code = explorer.link_code().splitlines()[1]
        again = eval(code, {"li": li, "interpretation": explorer.source.known})
        assert dict(again.parts["signature"].view(again.state)) == dict(part.view(explorer.state))
        assert again.parts["signature"].names.value == "TNF, CXCL1"

    def test_still_copy(self, explorer):
        html = explorer.static_html()
        assert '<button type="button" class="lincs-go"' not in html
        assert picture_of(html)[:4] == b"\x89PNG"
        assert "mimics your signature" in html
        assert "stays without any one gene; z_sum is between" in html
        parsed(html)

    def test_table_picture_and_lists(self, explorer, part, known):
        explorer.state = {"genes_by": "percentile"}
        html = part.files(explorer.state)
        files = saved(html)
        assert list(files) == [f"genes-{MIMIC}.{kind}" for kind in ("tsv", "png", "svg")]
        tsv, png, svg = files.values()
        read = pd.read_csv(io.BytesIO(tsv), sep="\t", dtype={"landmark": "boolean"})
        wanted = sorted_genes(known.contributions(MIMIC), "percentile")
        pd.testing.assert_frame_equal(read, pd.DataFrame(wanted), check_dtype=False)
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert b"<svg" in svg
        boxes = {one.attrib["aria-label"]: one.text for one in parsed(html).findall(".//textarea")}
        drivers = known.contributions(MIMIC)
        for words_, side, sign in (
            ("of your up list that support the call", "up", 1),
            ("of your down list that support the call", "down", 1),
            ("that are against it", None, -1),
        ):
            genes = drivers["gene"][
                (sign * drivers["contribution"] > 0) & ((drivers["side"] == side) if side else True)
            ]
            (text,) = [text for label, text in boxes.items() if label.endswith(words_)]
            assert sorted(text.split("\n")) == sorted(genes)
            assert any(label == f"{len(genes)} genes {words_}" for label in boxes)

    def test_files_of_a_shorter_query(self, explorer, part):
        explorer.state = {"without": ("TNF", "CXCL1")}
        html = part.files(explorer.state)
        read = pd.read_csv(io.BytesIO(next(iter(saved(html).values()))), sep="\t")
        assert set(read["gene"][read["left_out"]]) == {"TNF", "CXCL1"}
        for one in parsed(html).findall(".//textarea")[1:]:
            assert "TNF" not in one.text.split("\n")

    def test_files_of_nothing(self, explorer, part, known):
        explorer.state = {"without": tuple(known.contributions(MIMIC)["gene"])}
        assert [name.rpartition(".")[2] for name in saved(part.files(explorer.state))] == ["tsv"]

    def test_lists_of_a_reverser(self, known):
        drivers = known.contributions(REVERSER)
        lists = gene_lists(drivers)
        carrying = "\n".join(text for words_, text in lists.items() if "support" in words_).split("\n")
        assert set(carrying) == set(drivers["gene"][drivers["contribution"] < 0])


def saved(html):
    """The files that a piece offers: name and content."""
    return {
        link.attrib["download"]: base64.b64decode(unquote_to_bytes(link.attrib["href"].partition("base64,")[2]))
        for link in parsed(html).findall(".//a")
    }


class TestOtherQueries:
    @pytest.mark.parametrize("side", ["up", "down"])
    def test_one_list(self, sample, side):
        genes = sample.query.up if side == "up" else sample.query.down
        query = li.GeneQuery("one", *((genes, ()) if side == "up" else ((), genes)))
        explorer = open_signature(sample.ranks, query)
        part = explorer.parts["signature"]
        alt = parsed(part.boxes["picture"].value).find(".//img").attrib["alt"]
        assert f"z_{side} ends at" in alt
        assert "z_sum" not in alt
        assert [option[1] for option in part.order.options] == ["contribution", "percentile", "gene"]
        part.tops[5].click()
        assert f"z_{side} of the whole query" in words(part.boxes["picture"].value)
        assert "z_sum falls from" in words(part.boxes["changed"].value)
        assert "usual" not in {name for name in vars(part) if name == "usual"}
        part.names.value = "\n".join(genes)
        assert "no gene of your query is left to score" in words(part.boxes["changed"].value)
        assert saved(part.files(explorer.state))

    def test_one_gene(self, sample):
        explorer = open_signature(sample.ranks, li.GeneQuery("one", ["TNF"]))
        part = explorer.parts["signature"]
        assert "No gene can be left out: a list would be empty." in words(part.boxes["changed"].value)
        assert picture_of(part.boxes["picture"].value)
        part.names.value = "TNF"
        assert "No gene is left to draw." in part.boxes["picture"].value
        assert "1 gene of your up list" in part.files(ExplorerState(signature=explorer.state.signature))

    def test_gaps(self, rng):
        values = np.argsort(np.argsort(rng.standard_normal((80, 4)), axis=0), axis=0) + 1.0
        values[rng.random((80, 4)) < 0.2] = np.nan
        values[:20, 1] = np.nan  # no gene of the up list
        values[:, 2] = np.nan
        genes = [f"G{i}" for i in range(80)]
        ranks = li.RankMatrix.from_frame(pd.DataFrame(values, genes, list("abcd")), n_genes=80)
        explorer = open_signature(ranks, li.GeneQuery("q", genes[:20], genes[20:40]), signature="a")
        part = explorer.parts["signature"]
        assert re.search(r"\d genes? without a rank not drawn", words(part.boxes["picture"].value))
        assert any(row[2] == "–" for row in cells(rows_of(explorer.source.known, "a", "gene")))
        for signature in "bcd":
            explorer.state = {"signature": signature}
            for html in part.view(explorer.state).values():
                parsed(html)
            part.tops[5].click()
            assert explorer._problem.value == ""
            assert saved(part.files(explorer.state))
        explorer.state = {"signature": "c"}
        assert "nothing to draw" in part.boxes["picture"].value
        assert "none of them with a rank here" in words(part.boxes["table"].value)
        explorer.state = {"signature": "b", "without": ("G30",)}
        assert "there is no z_sum" in words(part.boxes["changed"].value)

    def test_names_from_a_file_stay_text(self, rng):
        genes = [*HOSTILE, *(f"G{i}" for i in range(60))]
        values = np.argsort(np.argsort(rng.standard_normal((len(genes), 3)), axis=0), axis=0) + 1
        ids = ["<script>alert(1)</script>", "S\u202e'\"", "A_B_24H_C_💊_" + "x" * 5_000]
        ranks = li.RankMatrix.from_frame(pd.DataFrame(values, genes, ids))
        query = li.GeneQuery("<b>q</b>", HOSTILE[:4] + genes[10:20], HOSTILE[4:] + genes[30:40])
        explorer = open_signature(ranks, query)
        part = explorer.parts["signature"]
        own = list(ranks.genes)
        pieces = [part.files(explorer.state)]
        for signature, out in zip(ids, ((), tuple(own[:7]), (own[0],)), strict=True):
            explorer.state = {"signature": signature, "without": out}
            view = list(part.view(explorer.state).values())
            assert all(len(re.sub(r"base64,[^\"]*|value=\"[^\"]*\"", "", html)) < 60_000 for html in view)
            pieces += view
        pieces.append(explorer.static_html())
        for html in pieces:
            tree = parsed(html)
            assert not {one.tag for one in tree.iter()} & {"script", "b"}
            assert all(one.attrib["src"].startswith("data:image/png") for one in tree.iter("img"))
            assert "\u202e" not in unescape(re.sub(r"(?s)<textarea.*?</textarea>|value=\"[^\"]*\"", "", html))
        part.names.value = "\n".join([own[0], "G, H"])
        assert explorer.state.without == (own[0], "G, H")
        assert explorer._problem.value == ""
        read = pd.read_csv(io.BytesIO(next(iter(saved(part.files(explorer.state)).values()))), sep="\t")
        assert "'=cmd()" in set(read["gene"])

    def test_siblings_are_few(self, sample):
        explorer = open_signature(sample.ranks, sample.query)
        own = explorer.source.known._perturbagen_of
        name = own.value_counts().drop("", errors="ignore").index[0]
        first = own.index[own == name][0]
        explorer.state = {"signature": first}
        html = explorer.parts["signature"].boxes["reading"].value
        n = int((own == name).sum())
        assert n > 9
        assert len(parsed(html).findall(".//button[@data-pick='signature']")) == 8
        assert f"and {n - 9} weaker ones." in words(html)


@pytest.mark.real
def test_real_data(real_data):
    folder = real_data / "real"
    ranks = li.read_ranks(folder / "full_12328x43.ranks.tsv.gz")
    name = "hdac_cmap02_consensus"
    query = li.read_query(folder / "queries" / f"{name}_up.txt", folder / "queries" / f"{name}_down.txt", name=name)
    explorer = open_signature(ranks, query, gene_metadata=folder / "gene_metadata.tsv")
    part = explorer.parts["signature"]
    assert "▲ mimicker" in words(part.boxes["reading"].value)
    part.tops[10].click()
    found = left(explorer.source.known, explorer.state.signature, explorer.state.without)
    assert found.after.call == "mimicker"
    assert found.after.place == 1
    matches = li.match_genes(ranks, query)
    kept = matches[matches["found"] & ~matches["matched_as"].isin(explorer.state.without)]
    shorter = li.GeneQuery("shorter", kept["gene"][kept["side"] == "up"], kept["gene"][kept["side"] == "down"])
    scores = li.score_concordance(ranks, shorter)
    assert found.after.z_sum == scores.at[explorer.state.signature, "z_sum"]
    parsed(explorer.static_html())


def many():
    rng = np.random.default_rng(7)
    values = np.argsort(np.argsort(rng.standard_normal((60, 8)), axis=0), axis=0) + 1.0
    values[[5, 31], 0] = np.nan
    genes = [f"G{i}" for i in range(60)]
    ranks = li.RankMatrix.from_frame(pd.DataFrame(values, genes, [f"S{i}" for i in range(8)]), n_genes=60)
    return ranks, li.GeneQuery("q", genes[:7], genes[28:34])


MANY = many()
MANY_KNOWN = li.interpret(*MANY)
