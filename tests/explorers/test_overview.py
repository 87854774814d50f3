"""The overview: scatter, and a table to search, sort and filter."""

from __future__ import annotations

import base64
import io

import html5lib
import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp.explorers._overview import ROWS, OverviewPart, fitting, in_order
from lincs_interp.explorers._state import TABLE_ORDERS, Selection, begin, prepare


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def source(sample):
    return prepare(li.interpret(sample.ranks, sample.query, background=sample.background))


@pytest.fixture
def part(source):
    selection = Selection(source, begin(source, None))
    one = OverviewPart(selection)
    selection.changed = lambda clicked: one.refresh(selection.state)
    one.refresh(selection.state)
    return one


def ids_in(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [button.get("value") for button in tree.iter("button")]


def rows_in(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    body = tree.find(".//tbody")
    return [["".join(cell.itertext()).strip() for cell in row] for row in body]


def test_the_table_begins_with_the_best_mimickers_and_has_the_numbers_of_the_scores(source, part):
    shown = part.boxes["table"].value
    assert ids_in(shown) == source.order[:ROWS]
    scores = source.interpretation.scores
    for signature, cells in zip(source.order[:ROWS], rows_in(shown), strict=True):
        assert [cell.replace("−", "-") for cell in cells[1:5]] == [
            f"{scores.at[signature, 'z_up']:+.1f}",
            f"{scores.at[signature, 'z_down']:+.1f}",
            f"{scores.at[signature, 'z_sum']:+.1f}",
            f"{scores.at[signature, 'concordance']:+.2f}",
        ]
        assert cells[-1].endswith(scores.at[signature, "call"])
        assert cells[-2] == source.interpretation.perturbagens.at[source.perturbagen_of(signature), "grade"]


@pytest.mark.parametrize("by", TABLE_ORDERS)
@pytest.mark.parametrize("reverse", [False, True])
def test_each_order_is_one_and_the_other_end_is_the_other_end(source, by, reverse):
    state = begin(source, {"table_by": by, "reverse": reverse})
    ids = in_order(source, state, fitting(source, state))
    assert sorted(ids) == sorted(source.ids)
    if by == "name":
        values = [(source.labels[one].casefold(), one) for one in ids]
        assert values == sorted(values, reverse=reverse)
    else:
        values = source.interpretation.scores.loc[ids, by]
        steps = np.diff(values)
        ascending = (by == "fdr_cal") != reverse
        assert (steps >= 0).all() if ascending else (steps <= 0).all()


def test_signatures_without_the_number_come_last_in_both_directions(sample):
    source = prepare(li.interpret(sample.ranks, li.GeneQuery("up only", sample.query.up)))
    for reverse in (False, True):
        state = begin(source, {"table_by": "z_down", "reverse": reverse})
        assert in_order(source, state, fitting(source, state)) == source.order


def test_filters_hold_together_and_say_when_nothing_is_left(source, part):
    facts = source.ranks.signatures
    state = begin(source, {"cell": "pc3", "dose": "10 uM", "call": "mimicker", "search": "grad"})
    kept = {one for one, there in zip(source.ids, fitting(source, state), strict=True) if there}
    calls = source.interpretation.scores["call"]
    expected = {
        one
        for one in source.ids
        if facts.at[one, "cell_line"] == "PC3"
        and facts.at[one, "pert_dose"] == "10 uM"
        and calls[one] == "mimicker"
        and "grad" in one
    }
    assert kept == expected != set()
    part.controls["search"].value = "nothing like it"
    assert "No signature passes these filters" in part.boxes["table"].value
    part.every.click()
    assert ids_in(part.boxes["table"].value) == source.order[:ROWS]
    assert part.controls["search"].value == ""


def test_controls_choose_and_follow(source, part):
    part.controls["cell"].value = "PC3"
    part.controls["call"].value = "reverser"
    part.controls["table_by"].value = "concordance"
    part.controls["reverse"].value = True
    state = part.selection.state
    assert (state.cell, state.call, state.table_by, state.reverse) == ("PC3", "reverser", "concordance", True)
    part.selection.choose(cell="", call="", table_by="z_sum", reverse=False)
    shown = [part.controls[name].value for name in ("cell", "call", "table_by", "reverse")]
    assert shown == ["", "", "z_sum", False]


def test_pages_go_to_the_last_and_no_further(source, part):
    pages = -(-len(source.ids) // ROWS)
    seen = ids_in(part.boxes["table"].value)
    for _ in range(pages + 2):
        if not part.on.disabled:
            part.on.click()
            seen += ids_in(part.boxes["table"].value)
    assert seen == source.order
    assert (part.selection.state.page, part.on.disabled, part.back.disabled) == (pages, True, False)


def test_the_chosen_row_is_marked_for_the_eye_and_for_a_screen_reader(source, part):
    part.selection.choose(signature=source.order[2])
    tree = html5lib.parseFragment(part.boxes["table"].value, namespaceHTMLElements=False)
    (row,) = [row for row in tree.iter("tr") if row.get("class") == "lincs-here"]
    assert row.find(".//button").get("value") == source.order[2]
    assert row.find("th").get("aria-current") == "true"
    assert "".join(row.find("th").itertext()).startswith("➤")


def test_the_status_is_the_call_of_the_chosen_signature(source, part):
    part.selection.choose(signature=source.order[-1])
    from lincs_interp.readings.sentences import call_sentence

    sentence = call_sentence(source.labels[source.order[-1]], source.interpretation._records[source.order[-1]])
    assert sentence in part.boxes["words"].value
    assert "25 unresolved (at nominal p" in part.boxes["words"].value


def test_the_picture_changes_with_the_choice_and_with_the_filters(source, part):
    pictures = {part.boxes["picture"].value}
    for change in ({"signature": source.order[5]}, {"cell": "PC3"}, {"call": "reverser"}):
        part.selection.choose(**change)
        pictures.add(part.boxes["picture"].value)
    assert len(pictures) == 4


def test_without_a_query_signatures_can_be_searched_all_the_same(sample):
    explorer = li.explore(sample.ranks)
    part = explorer.parts["overview"]
    assert "pass interpret(ranks, query)" in part.boxes["words"].value
    part.controls["search"].value = "mimicort"
    assert ids_in(part.boxes["table"].value) == [one for one in sample.ranks.frame.columns if "mimicort" in one]
    assert part.boxes["picture"].value == ""


def test_files_hold_the_filtered_scores(source, part):
    part.selection.choose(cell="PC3", table_by="concordance")
    html = part.files(part.selection.state)
    links = {
        link.get("download"): base64.b64decode(link.get("href").split("base64,")[1])
        for link in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("a")
    }
    assert set(links) == {"signatures.tsv", "signatures.png", "signatures.svg"}
    read = pd.read_csv(io.BytesIO(links["signatures.tsv"]), sep="\t", index_col="signature", keep_default_na=False)
    expected = in_order(source, part.selection.state, fitting(source, part.selection.state))
    assert list(read.index) == expected
    assert np.allclose(read["z_sum"].astype(float), source.interpretation.scores.loc[expected, "z_sum"])
    areas = [area.text for area in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("textarea")]
    assert areas[-1].split("\n") == expected
