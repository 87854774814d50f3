"""The overview: scatter, and a table to search, sort and filter."""

from __future__ import annotations

import base64
import io

import html5lib
import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp.explorers._explorer import Desk
from lincs_interp.explorers._state import TABLE_ORDERS, begin
from lincs_interp.explorers._study import prepare_study
from lincs_interp.explorers.overview import ROWS, OverviewPart, fitting, in_order


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def study(sample):
    return prepare_study(sample.ranks, sample.query, background=sample.background)


@pytest.fixture
def part(study):
    desk = Desk(study, begin(study, None))
    one = OverviewPart(desk)
    desk.tell = lambda clicked: one.refresh(desk.state)
    one.refresh(desk.state)
    return one


def ids_in(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [button.get("value") for button in tree.iter("button")]


def rows_in(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    body = tree.find(".//tbody")
    return [["".join(cell.itertext()).strip() for cell in row] for row in body]


def test_the_table_begins_with_the_best_mimickers_and_has_the_numbers_of_the_scores(study, part):
    shown = part.boxes["table"].value
    assert ids_in(shown) == study.order[:ROWS]
    scores = study.dossier.scores
    for signature, cells in zip(study.order[:ROWS], rows_in(shown), strict=True):
        assert [cell.replace("−", "-") for cell in cells[1:5]] == [
            f"{scores.at[signature, 'z_up']:+.1f}",
            f"{scores.at[signature, 'z_down']:+.1f}",
            f"{scores.at[signature, 'z_sum']:+.1f}",
            f"{scores.at[signature, 'concordance']:+.2f}",
        ]
        assert cells[-1].endswith(scores.at[signature, "call"])
        assert cells[-2] == study.dossier.perturbagens.at[study.perturbagen_of(signature), "grade"]


@pytest.mark.parametrize("by", TABLE_ORDERS)
@pytest.mark.parametrize("reverse", [False, True])
def test_each_order_is_one_and_the_other_end_is_the_other_end(study, by, reverse):
    state = begin(study, {"table_by": by, "reverse": reverse})
    ids = in_order(study, state, fitting(study, state))
    assert sorted(ids) == sorted(study.ids)
    if by == "name":
        values = [(study.labels[one].casefold(), one) for one in ids]
        assert values == sorted(values, reverse=reverse)
    else:
        values = study.dossier.scores.loc[ids, by]
        steps = np.diff(values)
        ascending = (by == "fdr_cal") != reverse
        assert (steps >= 0).all() if ascending else (steps <= 0).all()


def test_signatures_without_the_number_come_last_in_both_directions(sample):
    study = prepare_study(sample.ranks, li.GeneQuery("up only", sample.query.up))
    for reverse in (False, True):
        state = begin(study, {"table_by": "z_down", "reverse": reverse})
        assert in_order(study, state, fitting(study, state)) == study.order


def test_filters_hold_together_and_say_when_nothing_is_left(study, part):
    facts = study.ranks.signatures
    state = begin(study, {"cell": "pc3", "dose": "10 uM", "call": "mimicker", "search": "grad"})
    kept = {one for one, there in zip(study.ids, fitting(study, state), strict=True) if there}
    calls = study.dossier.scores["call"]
    expected = {
        one
        for one in study.ids
        if facts.at[one, "cell_line"] == "PC3"
        and facts.at[one, "pert_dose"] == "10 uM"
        and calls[one] == "mimicker"
        and "grad" in one
    }
    assert kept == expected != set()
    part.search.value = "nothing like it"
    assert "No signature passes these filters" in part.boxes["table"].value
    part.every.click()
    assert ids_in(part.boxes["table"].value) == study.order[:ROWS]
    assert part.search.value == ""


def test_controls_choose_and_follow(study, part):
    part.cell.value = "PC3"
    part.call.value = "reverser"
    part.order.value = "concordance"
    part.reverse.value = True
    state = part.desk.state
    assert (state.cell, state.call, state.table_by, state.reverse) == ("PC3", "reverser", "concordance", True)
    part.desk.choose(cell="", call="", table_by="z_sum", reverse=False)
    assert (part.cell.value, part.call.value, part.order.value, part.reverse.value) == ("", "", "z_sum", False)


def test_pages_go_to_the_last_and_no_further(study, part):
    pages = -(-len(study.ids) // ROWS)
    seen = ids_in(part.boxes["table"].value)
    for _ in range(pages + 2):
        if not part.on.disabled:
            part.on.click()
            seen += ids_in(part.boxes["table"].value)
    assert seen == study.order
    assert (part.desk.state.page, part.on.disabled, part.back.disabled) == (pages, True, False)


def test_the_chosen_row_is_marked_for_the_eye_and_for_a_screen_reader(study, part):
    part.desk.choose(signature=study.order[2])
    tree = html5lib.parseFragment(part.boxes["table"].value, namespaceHTMLElements=False)
    (row,) = [row for row in tree.iter("tr") if row.get("class") == "lincs-here"]
    assert row.find(".//button").get("value") == study.order[2]
    assert row.find("th").get("aria-current") == "true"
    assert "".join(row.find("th").itertext()).startswith("➤")


def test_the_status_is_the_verdict_of_the_chosen_signature(study, part):
    part.desk.choose(signature=study.order[-1])
    from lincs_interp.readings.sentences import verdict_sentence

    sentence = verdict_sentence(study.labels[study.order[-1]], study.dossier.row(study.order[-1]))
    assert sentence in part.boxes["words"].value
    assert "25 unresolved (at nominal p" in part.boxes["words"].value


def test_the_picture_changes_with_the_choice_and_with_the_filters(study, part):
    pictures = {part.boxes["picture"].value}
    for change in ({"signature": study.order[5]}, {"cell": "PC3"}, {"call": "reverser"}):
        part.desk.choose(**change)
        pictures.add(part.boxes["picture"].value)
    assert len(pictures) == 4


def test_without_a_query_signatures_can_be_searched_all_the_same(sample):
    explorer = li.explore(sample.ranks)
    part = explorer.parts["overview"]
    assert "pass a query" in part.boxes["words"].value
    part.search.value = "mimicort"
    assert ids_in(part.boxes["table"].value) == [one for one in sample.ranks.frame.columns if "mimicort" in one]
    assert part.boxes["picture"].value == ""


def test_files_hold_the_filtered_scores(study, part):
    part.desk.choose(cell="PC3", table_by="concordance")
    html = part.files(part.desk.state)
    links = {
        link.get("download"): base64.b64decode(link.get("href").split("base64,")[1])
        for link in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("a")
    }
    assert set(links) == {"signatures.tsv", "signatures.png", "signatures.svg"}
    read = pd.read_csv(io.BytesIO(links["signatures.tsv"]), sep="\t", index_col="signature", keep_default_na=False)
    expected = in_order(study, part.desk.state, fitting(study, part.desk.state))
    assert list(read.index) == expected
    assert np.allclose(read["z_sum"].astype(float), study.dossier.scores.loc[expected, "z_sum"])
    areas = [area.text for area in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("textarea")]
    assert areas[-1].split("\n") == expected
