"""The part about one perturbagen: grade, tiles, dose picture, agreement; what a choice moves; what can be saved."""

from __future__ import annotations

import base64
import io
import re

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

import lincs_interp as li
from lincs_interp import GeneQuery, LincsInterpError, RankMatrix
from lincs_interp._util.html import CALL_SIGNS
from lincs_interp._util.text import signed
from lincs_interp.explorers import _perturbagen as tiles
from lincs_interp.explorers._perturbagen import PerturbagenPart
from lincs_interp.explorers._pieces import EXPLORER_STYLE
from lincs_interp.explorers._state import Selection, begin, follow, prepare
from lincs_interp.perturbagens.aggregates import agreement_by_cell_line
from lincs_interp.perturbagens.grades import GRADE_MEANINGS
from lincs_interp.perturbagens.summary import perturbagen_signatures
from lincs_interp.plots.style import luminance

GENES = [f"G{i:03d}" for i in range(160)]
QUERY = GeneQuery("mine", up=GENES[:15], down=GENES[15:30])
LUCKY = "SIM002_MCF7_24H_G05_fortunib_3.33uM"
HOSTILE = '<img src=x onerror="alert(1)">\'&"'


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def source(sample):
    return prepare(li.interpret(sample.ranks, sample.query, background=sample.background))


@pytest.fixture
def explorer(source):
    return li.explore(source.known, panel="perturbagen", perturbagen="graduasone")


def matrix(*rows, names=None, seed=3):
    """A small matrix: one signature for each (strength, facts); a strength of None leaves it without ranks."""
    rng = np.random.default_rng(seed)
    columns, facts = {}, {}
    for number, (strength, more) in enumerate(rows):
        one = names[number] if names else f"S{number}"
        noise = rng.normal(size=len(GENES))
        noise[:15] += strength or 0
        noise[15:30] -= strength or 0
        ranks = noise.argsort().argsort() + 1.0
        columns[one] = ranks if strength is not None else np.full(len(GENES), np.nan)
        facts[one] = {"pert_name": "drug", "cell_line": "A375", "pert_dose": "10 uM", "pert_time": "24 h", **more}
    return RankMatrix.from_frame(pd.DataFrame(columns, index=GENES), n_genes=len(GENES), signatures=facts)


def part_of(ranks, query=QUERY, **chosen):
    """A part without its frame, and the state it begins with."""
    source = prepare(li.interpret(ranks, query))
    state = begin(source, None, **chosen)
    return PerturbagenPart(Selection(source, state)), state


def open_explorer(ranks, query, **chosen):
    return li.explore(li.interpret(ranks, query), panel="perturbagen", **chosen)


def seen(ranks, query=QUERY, **chosen):
    part, state = part_of(ranks, query, **chosen)
    return part.view(state)


def parsed(html):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)


def words(html):
    text = " ".join(" ".join(parsed(html).itertext()).split())
    return re.sub(r" (?=[,.;:)])", "", text)  # blanks that only the elements put there


def buttons(html):
    """Signature, what is seen on it and what is said of it, of each tile."""
    found = []
    for button in parsed(html).iter("button"):
        tile = button.find("span")
        hidden = tile.find("span[@class='lincs-spoken']")
        sign = tile.find("span[@aria-hidden='true']")
        found.append((button.get("value"), sign.text, sign.tail.strip(), hidden.text.strip(), button))
    return found


def heads(html):
    table = next(parsed(html).iter("table"))
    columns = ["".join(cell.itertext()) for cell in table.find("thead").iter("th")][1:]
    rows = ["".join(cell.itertext()) for cell in table.find("tbody").iter("th")]
    return rows, columns


def picture(html):
    return next(parsed(html).iter("img"), None)


# --- the view is a function of source and state ---


def test_the_same_state_gives_the_same_view_whatever_was_looked_at_before(source):
    one, other = (PerturbagenPart(Selection(source, begin(source, None))) for _ in range(2))
    states = [begin(source, None, perturbagen=name) for name in ("graduasone", "fortunib", "contrasone")]
    for state in states:
        one.view(state)
    for state in reversed(states):
        assert other.view(state) == one.view(state)


def test_every_place_is_filled_and_is_html_that_a_strict_parser_takes(source):
    part = PerturbagenPart(Selection(source, begin(source, None)))
    for name in ("graduasone", "fortunib", "contrasone", "mimicort", "TP53"):
        view = part.view(begin(source, None, perturbagen=name))
        assert set(view) == set(part.places)
        for html in view.values():
            assert words(html)


def test_the_numbers_on_the_tiles_are_those_of_perturbagen_signatures(source):
    table = perturbagen_signatures(source.known.scores, source.ranks, "graduasone")
    state = begin(source, None, perturbagen="graduasone")
    found = buttons(PerturbagenPart(Selection(source, state)).view(state)["tiles"])
    assert len(found) == len(table) == 50
    for one, sign, number, hidden, _ in found:
        row = table.loc[one]
        assert number == signed(row["z_sum"])
        assert sign == CALL_SIGNS[row["call"]]
        expected = f"{row['call']}, {row['cell_line']}, {row['pert_time']}, {row['pert_dose']}"
        assert hidden == expected + (", chosen" if one == state.signature else "")


def test_a_tile_is_in_the_row_and_column_of_its_condition(source):
    state = begin(source, None, perturbagen="graduasone")
    html = PerturbagenPart(Selection(source, state)).view(state)["tiles"]
    rows, columns = heads(html)
    body = next(parsed(html).iter("tbody"))
    for row, line in zip(rows, body.iter("tr"), strict=True):
        for column, cell in zip(columns, line.iter("td"), strict=True):
            facts = source.ranks.signatures.loc[[button.get("value") for button in cell.iter("button")]]
            assert len(facts) == 1
            assert set(facts["cell_line"] + ", " + facts["pert_time"]) == {row}
            assert set(facts["pert_dose"]) == {column}


@settings(max_examples=200)
@given(st.floats(-40, 40))
def test_the_text_of_every_tile_has_a_contrast_of_four_and_a_half(score):
    for background, ink in tiles.tile_colours(np.array([score, 17.0, np.nan])):
        light, dark = sorted((luminance(to_rgb(background)), luminance(to_rgb(ink))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_purple_reverses_and_orange_mimics_and_little_is_pale():
    (reverse, _), (none, _), (mimic, _), (missing, _) = tiles.tile_colours(np.array([-9, 0.0, 9, np.nan]))
    red, _, blue = (int(reverse[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > red
    red, _, blue = (int(mimic[i : i + 2], 16) for i in (1, 3, 5))
    assert red > blue
    assert luminance(to_rgb(none)) > 0.9
    assert missing not in (reverse, none, mimic)
    assert tiles.score_reach(np.array([0.3, -1.0])) == 5.0  # noise stays pale
    assert tiles.score_reach(np.array([0.3, -8.0])) == 8.0


def test_the_chosen_tile_is_marked_by_more_than_a_colour(source):
    state = begin(source, None, signature=LUCKY)
    html = PerturbagenPart(Selection(source, state)).view(state)["tiles"]
    here = [button for *_, button in buttons(html) if button.get("aria-current") == "true"]
    assert [button.get("value") for button in here] == [LUCKY]
    assert [b.get("value") for *_, b in buttons(html) if "lincs-here" in b.find("span").get("class").split()] == [LUCKY]
    assert here[0].find("span/span[@class='lincs-spoken']").text.endswith(", chosen")
    assert ".lincs-tile.lincs-here {outline: 3px double" in EXPLORER_STYLE
    assert "the framed one is chosen" in words(html)


def test_both_ends_of_the_colours_are_in_words(source):
    state = begin(source, None, signature=LUCKY)
    text = words(PerturbagenPart(Selection(source, state)).view(state)["tiles"])
    assert "reverses your query (−14.2) mimics your query (+14.2)" in text
    assert "Calls at nominal p: ▲ mimicker, ○ unresolved." in text


# --- the grade card ---


def test_the_card_shows_call_grade_meaning_reasons_warnings_and_folds_the_evidence(source):
    state = begin(source, None, perturbagen="fortunib")
    html = PerturbagenPart(Selection(source, state)).view(state)["grade"]
    reading = source.known.perturbagen("fortunib")
    tree, text = parsed(html), words(html)
    assert text.startswith("fortunib: ▲ mimicker, grade D fortunib mimics your signature in 1 of 6 signatures")
    assert f"Grade D of A … D: {GRADE_MEANINGS['D']}. {reading.reasons}" in text
    assert next(tree.iter("div")).find("div[@role='status']/p").text == reading.sentence
    for warning in reading.warnings:
        assert warning.code in text
        assert (warning.sentence in text) == (warning.code not in ("W1", "W2", "W3"))
    rows = tree.findall(".//details//tbody/tr")
    assert ["".join(row.find("th").itertext()) for row in rows] == list(reading.evidence.index)
    assert [("".join(td.itertext())) for row in rows for td in row.findall("td")][::2] == list(
        reading.evidence["value"]
    )


def test_a_perturbagen_without_a_call_says_so(source):
    state = begin(source, None, perturbagen="inertol")
    view = PerturbagenPart(Selection(source, state)).view(state)
    assert words(view["grade"]).startswith("inertol: ○ unresolved, grade D")


def test_the_chosen_signature_is_in_a_status_of_its_own(source):
    state = begin(source, None, signature=LUCKY)
    html = PerturbagenPart(Selection(source, state)).view(state)["chosen"]
    row = source.known._records[LUCKY]
    assert parsed(html).find(".//div[@role='status']") is not None
    assert words(html) == (
        "Chosen signature: fortunib 3.33 uM, MCF7, 24 h: ▲ mimicker, score +14.2 (up list"
        f" {signed(row['z_up'])} and down list {signed(row['z_down'])})."
    )


# --- dose ---


def test_the_picture_has_words_and_marks_the_chosen_signature(source):
    part = PerturbagenPart(Selection(source, begin(source, None)))
    state = begin(source, None, perturbagen="graduasone")
    html = part.view(state)["curve"]
    alt = picture(html).get("alt")
    assert alt == (
        "z_sum against dose of graduasone: 50 signatures, 5 doses from 0.12 to 10 uM, 5 cell lines; scores from +0.2 to"
        " +19.5, above 0 mimics, below 0 reverses the query; ringed: graduasone 10 uM, A375, 24 h at +19.5."
    )
    text = words(html)
    assert "The score rises with the dose: trend +1.00 over 5 doses, p = 3.2e-21 (exact)" in text
    assert "Lines join the medians of a cell line at one time: 24 h solid, 6 h dashed." in text
    other = part.view(follow(source, state, signature="SIM003_A375_6H_L03_graduasone_0.12uM"))["curve"]
    assert picture(other).get("src") != picture(html).get("src")
    assert "ringed: graduasone 0.12 uM, A375, 6 h at +2.7" in picture(other).get("alt")


def test_the_curve_draws_the_scores_against_the_doses(source):
    part = PerturbagenPart(Selection(source, begin(source, None)))
    part.view(begin(source, None, perturbagen="graduasone"))
    table = perturbagen_signatures(source.known.scores, source.ranks, "graduasone")
    assert np.allclose(part._picture.points, np.column_stack([np.log10(table["dose_um"]), table["z_sum"]]))
    low, high = part._picture.ax.get_ylim()
    assert low < -5 < high  # both ends are there though all scores are above 0


def test_a_reverser_that_falls_with_the_dose_goes_further():
    doses = ["0.1 uM", "1 uM", "10 uM"]
    rows = [
        (-0.6 * n, {"cell_line": cell, "pert_dose": dose})
        for cell in ("A", "B", "C")
        for n, dose in enumerate(doses, 1)
    ]
    text = words(seen(matrix(*rows), perturbagen="drug")["curve"])
    assert "The score falls as the dose rises: trend −1.00 over 3 doses" in text
    assert "It reverses, so falling means going further: +1.00 in its own direction." in text


def test_two_doses_make_no_trend_and_one_dose_a_strip_of_cell_lines(source):
    part = PerturbagenPart(Selection(source, begin(source, None)))
    two = words(part.view(begin(source, None, perturbagen="fortunib"))["curve"])
    assert two.startswith("No trend to test: fewer than 3 doses of one unit can be compared.")
    one = part.view(begin(source, None, perturbagen="contrasone"))["curve"]
    assert picture(one).get("alt").startswith("z_sum of 2 signatures of contrasone in 2 cell lines; scores from −21")
    assert "All have one dose: by cell line." in words(one)


def test_knockouts_without_a_dose_are_by_cell_line_the_highest_median_first():
    rows = [(strength, {"cell_line": cell, "pert_dose": ""}) for cell, strength in (("A", -2), ("B", 2), ("B", 1.5))]
    part, state = part_of(matrix(*rows), perturbagen="drug")
    assert "No doses to compare: by cell line." in words(part.view(state)["curve"])
    assert [label.get_text() for label in part._picture.ax.get_xticklabels()] == ["B", "A"]


def test_one_signature_needs_no_picture(source):
    state = begin(source, None, perturbagen="mimicort")
    html = PerturbagenPart(Selection(source, state)).view(state)["curve"]
    assert picture(html) is None
    assert "mimicort has one signature, with a score of +21.3" in words(html)


def test_doses_of_another_unit_and_none_are_counted_not_drawn():
    doses = ["1 uM", "10 uM", "5 ug/ml", "", "0 uM"]
    html = seen(matrix(*[(1.0, {"pert_dose": dose}) for dose in doses]), perturbagen="drug", signature="S2")["curve"]
    assert "3 signatures without a dose in uM not drawn." in words(html)
    assert "drug 5 ug/ml, A375, 24 h is not in the picture" in picture(html).get("alt")


def test_doses_in_one_other_unit_have_an_axis_of_their_own():
    part, state = part_of(matrix(*[(1.0, {"pert_dose": f"{n} ug/ml"}) for n in (1, 3, 10)]), perturbagen="drug")
    part.view(state)
    assert part._picture.ax.get_xlabel() == "dose of drug in ug/ml, log scale"
    part, state = part_of(matrix(*[(1.0, {"pert_dose": dose}) for dose in ("1 %", "5 %", "1 uM", "9 uM")]))
    part.view(state)
    assert part._picture.ax.get_xlabel() == "dose of drug in uM, log scale"  # as many of each: micromolar goes first


# --- agreement ---


@pytest.mark.parametrize("name", ["graduasone", "fortunib", "contrasone", "inertol"])
def test_the_calls_by_cell_line_add_up_to_those_of_the_summary(source, name):
    cells, row = agreement_of(source, name), source.known._perturbagen_records[name]
    for column in ("n_signatures", "n_mimicker", "n_reverser"):
        assert cells[column].sum() == row[column]
    assert len(cells) == row["n_cells"]


def agreement_of(source, name):
    reading = source.known.perturbagen(name)
    return agreement_by_cell_line(reading.signatures, reading.call)


def test_agreement_by_hand():
    rows = [(3, {"cell_line": "A"}), (3, {"cell_line": "A"}), (-3, {"cell_line": "B"}), (0, {"cell_line": ""})]
    cells = agreement_of(prepare(li.interpret(matrix(*rows), QUERY)), "drug")
    assert cells[["n_signatures", "call"]].reset_index().to_numpy().tolist() == [
        ["A", 2, "mimicker"],
        ["", 1, "unresolved"],
        ["B", 1, "reverser"],
    ]
    text = words(seen(matrix(*rows), perturbagen="drug")["agreement"])
    assert text.startswith("50 % of its signatures agree that it is a mimicker. Median score +")
    assert "cell line unknown 1" in text


def test_two_spellings_of_one_cell_line_are_one():
    rows = [(3, {"cell_line": cell}) for cell in ("HT29", "HT29.311", "HT29")]
    ranks = matrix(*rows)
    assert list(agreement_of(prepare(li.interpret(ranks, QUERY)), "drug").index) == ["HT29"]
    assert heads(seen(ranks, perturbagen="drug")["tiles"])[0] == ["HT29"]


# --- matrices that are not as one would wish ---


def test_a_matrix_that_names_no_perturbagen_says_so():
    ranks = matrix((1, {"pert_name": ""}), (0, {"pert_name": ""}))
    explorer = open_explorer(ranks, QUERY)
    assert explorer._problem.value == ""
    assert (
        "Neither ids nor metadata of this matrix name a perturbagen, so its signatures cannot be sorted: give it"
        " metadata (ranks.with_metadata(table))." in words(explorer.parts["perturbagen"].boxes["grade"].value)
    )
    explorer.save.click()
    assert "Neither ids nor metadata" in explorer._files.value


def test_a_signature_that_names_none_says_so_and_the_way_back_is_open():
    ranks = matrix((1, {}), (0, {"pert_name": ""}))
    explorer = open_explorer(ranks, QUERY, signature="S1")
    assert explorer.state.perturbagen == ""
    boxes = explorer.parts["perturbagen"].boxes
    assert "Neither id nor metadata of S1 name its perturbagen" in words(boxes["grade"].value)
    assert boxes["tiles"].value == ""
    explorer.pickers["perturbagen"].box.value = "drug"
    assert explorer.state.signature == "S0"
    assert "drug" in words(boxes["tiles"].value)


def test_signatures_without_a_score_have_grey_tiles_and_no_empty_picture():
    rows = [(None, {}), (None, {"cell_line": "MCF7"})]
    view = seen(matrix(*rows, (2, {"pert_name": "other"})), perturbagen="drug")
    assert [(sign or "", number) for _, sign, number, _, _ in buttons(view["tiles"])] == [("○", "no score")] * 2
    assert "No signature of drug has a score, so there is no picture." in words(view["curve"])
    assert picture(view["curve"]) is None
    mixed = seen(matrix(*rows[:1], (2, {"pert_dose": "1 uM"}), (2, {"pert_dose": "5 uM"})), perturbagen="drug")
    assert picture(mixed["curve"]) is not None


def test_repeats_of_one_condition_share_a_tile_each_with_its_button():
    view = seen(matrix((2, {}), (-1, {}), (0, {"cell_line": "MCF7", "pert_dose": "1 uM"})), perturbagen="drug")
    rows, columns = heads(view["tiles"])
    assert (rows, columns) == (["A375", "MCF7"], ["1 uM", "10 uM"])
    cells = list(next(parsed(view["tiles"]).iter("tbody")).iter("td"))
    assert [len(list(cell.iter("button"))) for cell in cells] == [0, 2, 1, 0]
    assert words(view["tiles"]).count("not measured") == 3  # the legend says it too


def test_a_control_of_a_thousand_signatures_is_bounded_and_says_what_it_leaves_out():
    rows = [
        (0.0, {"cell_line": f"C{n % 97}", "pert_dose": f"{n % 60 + 1} uM", "pert_time": f"{6 * (n % 4 + 1)} h"})
        for n in range(1_200)
    ]
    part, state = part_of(matrix(*rows), perturbagen="drug", signature="S1199")
    view = part.view(state)
    found = [one for one, *_ in buttons(view["tiles"])]
    assert len(found) <= tiles.MOST_BUTTONS
    assert "S1199" in found  # the chosen one always
    rows_shown, columns_shown = heads(view["tiles"])
    assert len(rows_shown) * len(columns_shown) <= tiles.MOST_TILES
    text = words(view["tiles"])
    assert re.search(
        rf"Shown are {len(found)} of 1,200 signatures \(\d+ of 388 rows and 24 of 60 doses, those with", text
    )
    assert sum(map(len, view.values())) < 500_000
    assert "… 73 further cell lines" in words(view["agreement"])


def test_many_repeats_show_some_the_chosen_one_and_the_median_of_all():
    ranks = matrix(*[(0.1 * n, {}) for n in range(30)])
    view = seen(ranks, perturbagen="drug", signature="S29")
    found = [one for one, *_ in buttons(view["tiles"])]
    numbers = [float(number.replace("−", "-")) for _, _, number, *_ in buttons(view["tiles"])]
    assert len(found) == 6
    assert "S29" in found
    assert numbers == sorted(numbers, reverse=True)
    whole = li.interpret(ranks, QUERY).scores["z_sum"]
    assert (numbers[0], numbers[-1]) == (round(whole.max(), 1), round(whole.min(), 1))  # not the best six
    assert f"24 more; median of all {signed(np.median(whole))}" in words(view["tiles"])
    assert (
        "Shown are 6 of 30 signatures; of each tile 6 at most, evenly from its highest to its lowest score. The others:"
        " type into Signature, or save the table." in words(view["tiles"])
    )


@pytest.mark.parametrize("lists", [{"up": GENES[:15]}, {"up": [], "down": GENES[15:30]}])
def test_a_query_of_one_list(lists):
    view = seen(matrix((2, {}), (2, {"cell_line": "B"})), GeneQuery("one", **lists), perturbagen="drug")
    side = "up" if lists["up"] else "down"
    assert re.search(rf"score \+[0-9.]+ \({side} list \+[0-9.]+\)", words(view["chosen"]))


def test_a_compound_and_a_knockout_of_one_name_are_two():
    rows = [(2, {"pert_name": "MYC", "pert_type": kind}) for kind in ("trt_cp", "CRISPR Knockout")]
    ranks = matrix(*rows)
    view = seen(ranks, perturbagen="MYC (CRISPR Knockout)")
    assert [one for one, *_ in buttons(view["tiles"])] == ["S1"]
    assert words(view["grade"]).startswith("MYC (CRISPR Knockout):")


def test_hostile_names_are_text_everywhere():
    ids = [f"{HOSTILE}{n}" for n in range(3)]
    facts = {"pert_name": HOSTILE, "cell_line": HOSTILE, "pert_dose": HOSTILE, "pert_time": HOSTILE}
    long = {"pert_name": HOSTILE, "cell_line": "\u202e" + "دواء" * 3_000, "pert_dose": "💊" * 10_000}
    ranks = matrix((2, facts), (1, long), (0, {"pert_name": HOSTILE}), names=ids)
    explorer = open_explorer(ranks, QUERY)
    explorer.save.click()
    assert explorer._problem.value == ""
    pieces = [box.value for box in explorer.parts["perturbagen"].boxes.values()] + [explorer._files.value]
    for html in [*pieces, explorer.static_html()]:
        for image in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("img"):
            assert set(image.keys()) == {"src", "width", "alt"}
        assert "\u202e" not in html.split("<textarea")[0]
    assert sorted(one for one, *_ in buttons(pieces[2])) == sorted(ids)
    assert max(map(len, pieces[:2])) < 10_000


# --- what a choice moves ---


def test_choosing_a_perturbagen_moves_the_signature_to_its_strongest(explorer):
    explorer.pickers["perturbagen"].box.value = "fortunib"
    assert explorer.state.signature == LUCKY == explorer.pickers["signature"].box.value
    boxes = explorer.parts["perturbagen"].boxes
    assert "fortunib" in words(boxes["grade"].value)
    assert [b.get("value") for *_, b in buttons(boxes["tiles"].value) if b.get("aria-current")] == [LUCKY]


def test_choosing_a_signature_moves_the_perturbagen(explorer):
    explorer.pickers["signature"].box.value = LUCKY
    assert explorer.state.perturbagen == "fortunib" == explorer.pickers["perturbagen"].box.value


def test_a_tile_changes_what_belongs_to_the_signature_and_leaves_the_card_open(explorer):
    boxes = explorer.parts["perturbagen"].boxes
    before = {name: box.value for name, box in boxes.items()}
    explorer.pickers["signature"].box.value = "SIM003_A375_6H_L03_graduasone_0.12uM"
    changed = {name for name, box in boxes.items() if box.value != before[name]}
    assert changed == {"chosen", "tiles", "curve"}


def test_previous_and_next_go_through_all_perturbagens_and_come_back(explorer):
    names = explorer.source.perturbagens
    for _ in names:
        explorer.pickers["perturbagen"].next.click()
        assert explorer._problem.value == ""
    assert explorer.state.perturbagen == "graduasone"
    explorer.pickers["perturbagen"].previous.click()
    assert explorer.state.perturbagen == names[names.index("graduasone") - 1]


def test_what_does_not_depend_on_the_signature_is_made_once(explorer, monkeypatch):
    from lincs_interp.explorers import _perturbagen as perturbagen

    asked = []
    make = perturbagen._agreement
    monkeypatch.setattr(
        perturbagen, "_agreement", lambda reading, row: asked.append(reading.perturbagen) or make(reading, row)
    )
    for name in ("fortunib", "mimicort", "fortunib", "mimicort"):
        explorer.pickers["perturbagen"].box.value = name
    assert asked == ["fortunib", "mimicort"]


# --- errors ---


def test_an_unknown_perturbagen_is_refused(source):
    with pytest.raises(LincsInterpError) as error:
        li.explore(source.known, perturbagen="graduason")
    assert (error.value.argument, error.value.value) == ("perturbagen", "graduason")
    assert "graduasone" in error.value.remedy


def test_a_signature_of_another_perturbagen_is_refused(source):
    with pytest.raises(LincsInterpError) as error:
        li.explore(source.known, perturbagen="mimicort", signature=LUCKY)
    assert (error.value.argument, error.value.value) == ("perturbagen", "mimicort")
    assert "one of the two" in error.value.remedy


def test_tissue_and_measured_genes_reach_the_evidence(sample):
    genes = pd.DataFrame({"symbol": sample.ranks.genes, "pr_is_lm": 1})
    known = li.interpret(sample.ranks, sample.query, tissue="breast", gene_metadata=genes)
    html = words(li.explore(known, panel="perturbagen").parts["perturbagen"].boxes["grade"].value)
    assert "your tissue breast" in html
    assert "measured genes not known" not in html


# --- what can be taken along ---


def test_link_code_brings_the_view_back(explorer):
    explorer.pickers["perturbagen"].box.value = "fortunib"
    explorer.pickers["signature"].box.value = "SIM002_PC3_24H_G08_fortunib_10uM"
    code = explorer.link_code().splitlines()[1]
    again = eval(code, {"li": li, "interpretation": explorer.source.known})
    assert again.state == explorer.state
    for name, box in again.parts["perturbagen"].boxes.items():
        assert box.value == explorer.parts["perturbagen"].boxes[name].value


def test_static_html_has_tiles_picture_and_words_and_nothing_to_press(explorer):
    html = explorer.static_html()
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    assert 'class="lincs-go"' not in html
    assert "activeElement" not in html  # nor a rest of a button
    assert len(tree.findall(".//span[@class='lincs-tile']")) == 49
    assert len(tree.findall(".//span[@class='lincs-tile lincs-here']")) == 1
    assert tree.find(".//img").get("alt")
    assert "graduasone mimics your signature" in " ".join(tree.itertext())


def test_files_hold_the_table_the_figure_and_the_ids(explorer):
    explorer.pickers["perturbagen"].box.value = "fortunib"
    explorer.save.click()
    tree = html5lib.parseFragment(explorer._files.value, namespaceHTMLElements=False)
    files = {link.get("download"): base64.b64decode(link.get("href").partition(",")[2]) for link in tree.iter("a")}
    assert list(files) == ["fortunib.tsv", "fortunib.png", "fortunib.svg"]
    table = pd.read_csv(io.BytesIO(files["fortunib.tsv"]), sep="\t").set_index("signature")
    expected = perturbagen_signatures(explorer.source.known.scores, explorer.source.ranks, "fortunib")
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, check_index_type=False)
    assert files["fortunib.png"].startswith(b"\x89PNG")
    assert b"<svg" in files["fortunib.svg"]
    boxes = [area.text for area in tree.iter("textarea")]
    assert boxes[-1].strip().splitlines() == list(expected.index)
    assert pd.read_csv(io.StringIO(boxes[0]), sep="\t").shape == (6, expected.shape[1] + 1)


def test_files_of_a_perturbagen_without_a_score_leave_the_figure_out():
    explorer = open_explorer(matrix((None, {}), (2, {"pert_name": "other"})), QUERY, perturbagen="drug")
    explorer.save.click()
    tree = html5lib.parseFragment(explorer._files.value, namespaceHTMLElements=False)
    assert [link.get("download") for link in tree.iter("a")] == ["drug.tsv"]


# --- real data ---


@pytest.mark.real
def test_vemurafenib_over_many_cell_lines(real_data):
    folder = real_data / "real"
    frame = pd.read_csv(folder / "landmark_978x1080.ranks.tsv.gz", sep="\t", index_col=0)
    facts = pd.read_csv(folder / "signature_metadata.tsv", sep="\t", dtype=str)
    whole = RankMatrix.from_frame(frame, signatures=facts)
    ranks, unselected = (whole.select(signatures=f'subset == "{one}"') for one in ("modz272", "cpc006_a375"))
    name = "mapk_mek_inhibitor_ljp005_a375"
    sides = [(folder / "queries" / f"{name}_{side}.txt").read_text().split() for side in ("up", "down")]
    explorer = li.explore(
        li.interpret(ranks, GeneQuery(name, *sides), background=unselected),
        panel="perturbagen",
        perturbagen="vemurafenib",
    )
    assert explorer._problem.value == ""
    boxes = explorer.parts["perturbagen"].boxes
    assert words(boxes["grade"].value).startswith("vemurafenib: ▲ mimicker, grade B")
    found = buttons(boxes["tiles"].value)
    table = perturbagen_signatures(explorer.source.known.scores, ranks, "vemurafenib")
    assert {one: number for one, _, number, *_ in found} == {one: signed(table["z_sum"][one]) for one, *_ in found}
    assert "A375" in words(boxes["agreement"].value)
