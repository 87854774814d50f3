"""What all explorers share: type-ahead, one state, redraws, a copy that needs no kernel."""

from __future__ import annotations

import asyncio
import json
import re
import sys

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lincs_interp as li
from lincs_interp import GeneQuery, LincsInterpError, RankMatrix
from lincs_interp.explorers import ExplorerState, _state
from lincs_interp.explorers._pieces import alert, copy_box, download, file_stem, go
from lincs_interp.explorers._state import begin, follow, prepare
from lincs_interp.explorers._widgets import OFFERED, Picker, Redraw, errors_in, find_names
from lincs_interp.explorers.explorer import Explorer
from lincs_interp.readings.interpretation import Interpretation

HOSTILE = ['<img src=x onerror="window.__hit=1">', 'it\'s "quoted" & more', "💊 drug", "دواء", "x" * 10_000]


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def source(sample):
    return prepare(li.interpret(sample.ranks, sample.query, background=sample.background))


@pytest.fixture
def explorer(sample, source):
    """What explore() returns, without computing the evidence anew for each test."""
    return Explorer(source, begin(source, None))


def hostile_matrix() -> RankMatrix:
    genes = [*HOSTILE, *(f"GENE{i}" for i in range(35))]
    rng = np.random.default_rng(5)
    ids = [f"P_{cell}_24H_X_{name}_1uM" for cell in ("A", "B") for name in HOSTILE]
    values = np.column_stack([rng.permutation(len(genes)) + 1 for _ in ids])
    facts = {one: {"pert_name": HOSTILE[n % len(HOSTILE)], "cell_line": HOSTILE[0]} for n, one in enumerate(ids)}
    return RankMatrix.from_frame(pd.DataFrame(values, index=genes, columns=ids), signatures=facts)


# --- type-ahead ---


def test_names_that_begin_with_the_text_come_first_and_letter_case_does_not_count():
    names = ["ATP53", "TP53", "TP53I3", "EGFR"]
    assert find_names("tp53", names) == ["TP53", "TP53I3", "ATP53"]


def test_all_words_must_occur_in_any_order_in_the_name_or_in_what_it_is_called():
    names, known = ["S1", "S2", "S3"], ["vorinostat 10 uM, MCF7", "vorinostat 1 uM, PC3", "imatinib, MCF7"]
    assert find_names("mcf7 vorinostat", names, known) == ["S1"]
    assert find_names("mcf7", names, known) == ["S1", "S3"]


@given(st.text(alphabet="AB1 ", max_size=4), st.lists(st.text(alphabet="AB1", min_size=1, max_size=4), max_size=30))
@settings(max_examples=150, deadline=None)
def test_find_names_is_a_filter_of_the_names(text, names):
    found = find_names(text, names)
    assert len(found) <= OFFERED
    every = [name for name in names if all(word.casefold() in name.casefold() for word in text.split())]
    assert sorted(found) == sorted(every) if text.split() else found == names[:OFFERED]


def picker(names, **more):
    chosen = []
    return Picker("gene", names, chosen.append, lambda by: chosen.append(by), **more), chosen


def test_typing_chooses_nothing_until_it_is_a_name_and_offers_what_fits():
    one, chosen = picker(["TP53", "TP53I3", "EGFR"])
    for text in ("t", "tp", "tp5"):
        one.box.value = text
    assert chosen == []
    assert one.box.options == ("TP53", "TP53I3")
    assert 'value="TP53I3"' in one.hint.value
    one.box.value = "tp53"
    assert chosen == ["TP53"]
    assert one.hint.value == ""


@pytest.mark.parametrize("text", ["\u202eNKX2-1", "nkx2\u20111 ", "NKX2-1\u200b"])
def test_a_pasted_name_is_found_whatever_nobody_sees_of_it(text):
    one, chosen = picker(["TP53", "NKX2-1"])
    one.box.value = text
    assert chosen == ["NKX2-1"]


def test_few_names_travel_to_the_browser_however_many_there_are():
    names = [f"GENE{i}" for i in range(12_327)]
    one, _ = picker(names)
    one.box.value = "GENE1"
    assert len(one.box.options) == OFFERED


def test_an_alias_is_offered_by_the_name_the_matrix_has(sample):
    explorer = li.explore(sample.ranks)
    before = explorer.state
    explorer.pickers["gene"].box.value = "p53"  # an alias; TP53I3 and others only hold the letters
    hint = explorer.pickers["gene"].hint.value
    assert re.findall('value="([^"]+)"', hint)[0] == "TP53"
    explorer.pickers["gene"].box.value = "IL8"
    hint = explorer.pickers["gene"].hint.value
    assert re.findall('value="([^"]+)"', hint)[0] == "CXCL8"
    assert explorer.state == before
    assert explorer.pickers["gene"].box.value == "IL8"


def test_a_name_nobody_has_is_named_and_stays_text():
    one, chosen = picker(["TP53"])
    one.box.value = "<img src=x onerror=alert(1)>"
    assert chosen == []
    assert "No gene is called" in one.hint.value
    assert "<img" not in one.hint.value


def test_showing_a_name_does_not_choose_it_again_and_leaves_what_is_being_typed_alone():
    one, chosen = picker(["TP53", "EGFR"])
    one.show("EGFR")
    assert (one.box.value, chosen) == ("EGFR", [])
    one.box.value = "tp53"
    one.show("TP53")
    assert one.box.value == "tp53"


# --- the state and what follows ---


def test_a_signature_brings_its_perturbagen_and_a_perturbagen_its_strongest_signature(source):
    first = begin(source, None)
    other = follow(source, first, perturbagen="graduasone")
    scores = source.interpretation.scores["z_sum"]
    mine = [one for one in source.ids if source.perturbagen_of(one) == "graduasone"]
    assert other.signature == max(mine, key=lambda one: abs(scores[one]))
    assert follow(source, other, signature=first.signature).perturbagen == first.perturbagen


def test_another_signature_puts_genes_back_and_a_filter_turns_to_the_first_page(source):
    state = follow(source, begin(source, None), without=("TNF",), page=3)
    assert follow(source, state, signature=source.order[4]).without == ()
    assert follow(source, state, cell="PC3").page == 1
    assert follow(source, state, gene="TP53").page == 3


@pytest.mark.parametrize(
    ("state", "argument", "remedy"),
    [
        (3, "state", "{'gene': 'TP53'}"),
        ({"gen": "TP53"}, "state", "panel, signature"),
        ({"gene": "TP35"}, "gene", "perhaps you mean"),
        ({"signature": "nobody"}, "signature", ""),
        ({"perturbagen": "graduason"}, "perturbagen", "graduasone"),
        ({"panel": "all"}, "panel", '"overview" or "signature" or "perturbagen" or "gene"'),
        ({"without": "TP53"}, "without", "tuple of genes"),
        ({"without": None}, "without", "tuple of genes"),
        ({"without": (1,)}, "without", "one gene"),
        ({"without": ("TP35",)}, "without", "perhaps you mean"),
        ({"page": 0}, "page", "from 1"),
        ({"reverse": 1}, "reverse", "True or False"),
    ],
)
def test_a_state_that_cannot_be_is_refused(sample, source, state, argument, remedy):
    with pytest.raises(LincsInterpError) as error:
        li.explore(source.known, state=state)
    assert argument in (error.value.argument, str(error.value).split()[0])
    assert remedy in error.value.remedy


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("gene", "IL8", "CXCL8"),
        ("gene", "gilz", "TSC22D3"),
        ("gene", "\u202eT\u200bP53", "TP53"),
        ("perturbagen", "GRADUASONE", "graduasone"),
        ("perturbagen", " gradu\u200basone", "graduasone"),
    ],
)
def test_names_are_found_as_an_interpretation_finds_them(source, name, text, meant):
    explorer = li.explore(source.known, **{name: text})
    assert getattr(explorer.state, name) == meant
    assert getattr(getattr(source.known, name)(text), name) == meant
    explorer.state = {name: source.known.perturbagens.index[1] if name == "perturbagen" else "EGFR"}
    explorer.state = {name: text}
    assert getattr(explorer.state, name) == meant
    explorer.pickers[name].box.value = text  # an alias is offered, any other spelling chosen
    assert getattr(explorer.state, name) == meant or f'value="{meant}"' in explorer.pickers[name].hint.value
    assert li.explore(source.known, state={"without": ("IL8", "cxcl8")}).state.without == ("CXCL8",)


def test_arguments_count_more_than_the_state(source):
    explorer = li.explore(source.known, gene="TP53", panel="gene", state={"gene": "EGFR", "page": 2})
    assert (explorer.state.gene, explorer.state.panel, explorer.state.page) == ("TP53", "gene", 2)


def test_what_needs_a_query_is_refused_of_a_matrix_alone(sample):
    assert list(li.explore(sample.ranks).parts) == ["overview", "gene"]
    with pytest.raises(LincsInterpError) as error:
        li.explore(sample.ranks, panel="signature")
    assert (error.value.argument, error.value.value) == ("panel", "signature")
    assert "interpret(ranks, query)" in error.value.remedy
    with pytest.raises(LincsInterpError, match="needs a query"):
        li.explore(sample.ranks, perturbagen="graduasone")


def test_something_else_is_refused(sample):
    with pytest.raises(LincsInterpError) as error:
        li.explore(sample.query)
    assert (error.value.argument, error.value.value) == ("x", sample.query)
    assert "interpret(ranks, query)" in error.value.remedy


def test_without_ipywidgets_it_says_what_to_install(sample, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(LincsInterpError) as error:
        li.explore(sample.ranks)
    assert "li.explore needs ipywidgets" in str(error.value)
    assert "pip install" in error.value.remedy
    assert '"ipywidgets' in error.value.remedy


def test_a_signature_and_the_perturbagen_of_another_contradict_each_other(explorer, source):
    reversers = [one for one in source.order if source.perturbagen_of(one) == "contrasone"]
    with pytest.raises(LincsInterpError, match="give one of the two"):
        explorer.state = {"signature": reversers[0], "perturbagen": "graduasone"}
    assert explorer.state.perturbagen != "graduasone"


def test_link_code_brings_the_same_view_back(explorer, source):
    explorer.state = {"panel": "gene", "gene": "TP53", "perturbagen": "contrasone", "call": "reverser", "page": 1}
    code = explorer.link_code()
    assert code.startswith("import lincs_interp as li\nli.explore(interpretation, panel='gene', state={")
    names = {"interpretation": source.known}
    exec(code.splitlines()[0], names)
    again = eval(code.splitlines()[1], names)
    assert again.state == explorer.state
    assert [box.value for box in again.parts["gene"].boxes.values()] == [
        box.value for box in explorer.parts["gene"].boxes.values()
    ]


def test_link_code_survives_quotes_and_names_a_matrix_alone():
    ranks = hostile_matrix()
    explorer = li.explore(ranks, gene=HOSTILE[0], signature=ranks.frame.columns[3])
    code = explorer.link_code().splitlines()[1]
    assert code.startswith("li.explore(ranks, state=")
    assert eval(code, {"li": li, "ranks": ranks}).state == explorer.state


def test_linked_parts_move_together(explorer, source):
    signature = next(one for one in source.order if source.perturbagen_of(one) == "contrasone")
    explorer.pickers["signature"].box.value = signature
    assert explorer.pickers["perturbagen"].box.value == "contrasone"
    for panel in ("signature", "perturbagen", "gene", "overview"):
        explorer.state = {"panel": panel}
        shown = "".join(box.value for box in explorer.parts[panel].boxes.values())
        assert source.labels[signature] in shown


def test_only_the_open_part_is_shown_and_it_alone_is_drawn(explorer, monkeypatch):
    drawn = []
    for name, part in explorer.parts.items():
        monkeypatch.setattr(part, "refresh", lambda state, name=name: drawn.append(name))
    explorer.state = {"panel": "gene"}
    explorer.pickers["gene"].next.click()
    assert drawn == ["gene", "gene"]
    assert {name for name, part in explorer.parts.items() if part.widget.layout.display != "none"} == {"gene"}


def test_previous_and_next_go_round(explorer, source):
    explorer.pickers["signature"].previous.click()
    assert explorer.state.signature == source.order[-1]
    explorer.pickers["signature"].next.click()
    assert explorer.state.signature == source.order[0]


# --- redraws ---


def test_of_quick_clicks_only_the_last_is_drawn():
    drawn = []

    async def clicks() -> None:
        redraw = Redraw(lambda: drawn.append(len(drawn)))
        for _ in range(20):
            redraw.soon()
            await asyncio.sleep(0)
        assert drawn == []
        await asyncio.sleep(0.15)

    asyncio.run(clicks())
    assert drawn == [0]


def test_twenty_clicks_on_next_end_at_the_last_one_with_one_drawing(sample, source, monkeypatch):
    explorer = li.explore(source.known, panel="gene")
    part, drawn = explorer.parts["gene"], []
    whole = part.refresh
    monkeypatch.setattr(part, "refresh", lambda state: (drawn.append(state.signature), whole(state)))

    async def clicks() -> None:
        for _ in range(20):
            explorer.pickers["signature"].next.click()
        await asyncio.sleep(0.3)

    asyncio.run(clicks())
    assert drawn == [source.order[20]]
    assert source.labels[source.order[20]] in part.boxes["words"].value


def test_without_a_loop_a_click_is_drawn_at_once():
    drawn = []
    Redraw(lambda: drawn.append(1)).soon()
    assert drawn == [1]


# --- what goes wrong ---


def test_a_failing_view_is_errors_in_an_alert_and_cleared_by_the_next_good_one(explorer, monkeypatch):
    part, whole = explorer.parts["overview"], explorer.parts["overview"].view
    monkeypatch.setattr(part, "view", lambda state: 1 / 0)
    explorer.pickers["signature"].next.click()
    assert 'role="alert"' in explorer._problem.value
    assert "ZeroDivisionError" in explorer._problem.value
    monkeypatch.setattr(part, "view", whole)
    explorer.pickers["signature"].next.click()
    assert explorer._problem.value == ""


def test_errors_in_shows_our_sentences_as_they_are():
    from ipywidgets import HTML

    box = HTML()
    with errors_in(box):
        raise LincsInterpError("ranks is <b>wrong</b>: mend it.")
    assert "ranks is &lt;b&gt;wrong&lt;/b&gt;: mend it." in box.value


# --- pieces ---


@pytest.mark.parametrize("name", HOSTILE)
def test_pieces_are_valid_and_names_stay_text(name):
    for html in (go("gene", name), copy_box(name, name), download(name, name, "text/plain", b"x"), alert(name)):
        tree = html5lib.HTMLParser(strict=True).parseFragment(html)
        assert not tree.findall(".//{http://www.w3.org/1999/xhtml}img")
    button = html5lib.parseFragment(go("gene", name), namespaceHTMLElements=False).find("button")
    assert button.get("value") == name


def test_a_copied_text_comes_back_whole():
    text = "\nA\tB\n<tag>&amp;"
    area = html5lib.parseFragment(copy_box("x", text), namespaceHTMLElements=False).find(".//textarea")
    assert area.text == text


@pytest.mark.parametrize(
    ("name", "stem"), [("TP53", "TP53"), ("../../etc", "etc"), ("💊", "lincs"), ("a b/c", "a-b-c")]
)
def test_file_names_are_made_of_harmless_letters(name, stem):
    assert file_stem(name) == stem


# --- without a kernel ---


def test_the_still_copy_has_pictures_and_words_and_nothing_to_press(explorer, source):
    explorer.state = {"perturbagen": "graduasone"}
    html = explorer.static_html()
    assert html.count('src="data:image/png') == len(explorer.parts) == 4
    assert source.labels[explorer.state.signature] in html
    for forbidden in ("<button", "<script", "onclick", "onload", "http://", "https://"):
        assert forbidden not in html.replace("http://www.w3.org/2000/svg", "")
    html5lib.HTMLParser(strict=True).parseFragment(html)


def test_the_still_copy_hides_while_the_widget_lives(explorer):
    live = next(name for name in explorer.widget._dom_classes if name.startswith("lincs-live-"))
    still = live.replace("lincs-live-", "lincs-still-")
    assert f"body:has(.{live}) .{still}{{display:none}}" in explorer.static_html()


def test_a_cell_shows_the_widget_and_the_still_copy(explorer, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *objects, **_: shown.extend(objects))
    explorer._ipython_display_()
    assert shown[0] is explorer.widget
    assert "lincs-static" in shown[1]["text/html"]
    assert shown[1]["text/plain"].startswith("Explorer(RankMatrix(")


# --- hostile names, odd matrices ---


def test_hostile_names_are_text_everywhere():
    ranks = hostile_matrix()
    query = GeneQuery("q", [*HOSTILE[:3], "GENE1", "GENE2"], ["GENE3", "GENE4", HOSTILE[4]])
    explorer = li.explore(ranks if query is None else li.interpret(ranks, query))
    for panel in explorer.parts:
        for signature in ranks.frame.columns:
            explorer.state = {"panel": panel, "signature": signature, "gene": HOSTILE[0]}
            assert explorer._problem.value == ""
            html = "".join(box.value for box in explorer.parts[panel].boxes.values())
            assert "<img src=x" not in html
            tree = html5lib.HTMLParser(strict=True).parseFragment(html)
            for image in tree.iter("{http://www.w3.org/1999/xhtml}img"):
                assert image.get("src").startswith("data:image/png;base64,")
    assert "<img src=x" not in explorer.static_html()


@pytest.mark.parametrize(
    "query", [None, GeneQuery("up", ["GENE1", "GENE2"]), GeneQuery("down", [], ["GENE1", "GENE9"])]
)
def test_one_signature_without_a_name_and_one_sided_queries_can_be_explored(query):
    genes = [f"GENE{i}" for i in range(40)]
    ranks = RankMatrix.from_frame(pd.DataFrame({"just a name": range(1, 41)}, index=genes))
    explorer = li.explore(ranks if query is None else li.interpret(ranks, query))
    for panel in explorer.parts:
        explorer.state = {"panel": panel}
        assert explorer._problem.value == "", panel
    for picker_ in explorer.pickers.values():
        picker_.next.click()
        assert explorer._problem.value == ""


def test_missing_ranks_are_said_and_drawn_around():
    genes = [f"GENE{i}" for i in range(40)]
    frame = pd.DataFrame({"A": range(1, 41), "B": range(40, 0, -1)}, index=genes).astype(float)
    frame.loc[["GENE3", "GENE4"], "B"] = np.nan
    frame["B"] = frame["B"].rank()
    ranks = RankMatrix.from_frame(frame, n_genes=40)
    explorer = li.explore(li.interpret(ranks, GeneQuery("q", genes[:5], genes[5:9])))
    explorer.state = {"panel": "gene", "gene": "GENE3", "signature": "B"}
    assert "GENE3 has no rank in B" in explorer.parts["gene"].boxes["words"].value
    for panel in explorer.parts:
        explorer.state = {"panel": panel}
        assert explorer._problem.value == "", panel


def test_the_marks_of_the_scatter_are_where_its_points_are(explorer, source):
    box = explorer.parts["overview"].boxes["marks"].value
    marks = json.loads(html5lib.parseFragment(box, namespaceHTMLElements=False).find("div").get("data-marks"))
    assert {name for name, *_ in marks} == set(source.ids)
    x = {name: x for name, x, _ in marks}
    y = {name: y for name, _, y in marks}
    scores = source.interpretation.scores
    # To the right is z_up, upwards (towards 0, as browsers count) is z_down.
    assert np.corrcoef(scores["z_up"], [x[name] for name in scores.index])[0, 1] == pytest.approx(1, abs=1e-5)
    assert np.corrcoef(scores["z_down"], [y[name] for name in scores.index])[0, 1] == pytest.approx(-1, abs=1e-5)


def test_states_are_frozen_and_tell_what_was_chosen():
    state = ExplorerState(gene="TP53", page=2)
    assert state.chosen() == {"gene": "TP53", "page": 2}
    with pytest.raises(AttributeError):
        state.gene = "EGFR"  # type: ignore[misc]


def test_files_come_with_the_state_they_are_of(explorer, source):
    explorer.state = {"panel": "gene", "gene": "TP53"}
    explorer.save.click()
    assert re.findall(r'download="([^"]+)"', explorer._files.value) == ["TP53.tsv", "TP53.png", "TP53.svg"]
    explorer.state = {"gene": "EGFR"}
    assert re.findall(r'download="([^"]+)"', explorer._files.value) == ["EGFR.tsv", "EGFR.png", "EGFR.svg"]
    explorer.save.click()
    assert explorer._files.value == ""


# --- long work ---


def test_a_long_preparation_shows_how_far_it_is(sample, monkeypatch, capsys):
    prepare(sample.ranks)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_state, "WORTH_A_BAR", 1)
    prepare(li.interpret(sample.ranks, sample.query, background=sample.background))
    text = capsys.readouterr().err
    assert [step in text for step in ("baseline of the genes", "scores, calibration and perturbagens", "names")] == [
        True,
        True,
        True,
    ]


def test_a_long_preparation_can_be_interrupted(sample, monkeypatch):
    monkeypatch.setattr(_state, "WORTH_A_BAR", 1)
    closed = []

    class Bar:
        def __init__(self, **_):
            pass

        def set_description(self, description):
            pass

        def update(self):
            pass

        def close(self):
            closed.append(True)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    monkeypatch.setattr(Interpretation, "scores", property(interrupted))
    with pytest.raises(KeyboardInterrupt):
        prepare(li.interpret(sample.ranks, sample.query))
    assert closed == [True]
