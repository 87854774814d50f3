"""The notebook displays: what is in them, that they are safe, short, and readable on light and on dark pages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cache
from html import unescape

import html5lib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util import html as _display
from lincs_interp._util.html import (
    CALL_SIGNS,
    COLOURS,
    STYLE,
    Html,
    attribute,
    call_html,
    card,
    escaped,
    list_html,
    names_html,
    paragraph,
    scale_html,
    sentence_html,
    table_html,
)
from lincs_interp._util.text import number, probability, shown_ends, signed
from lincs_interp.core.explain import explain_rank
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.core.show import show
from lincs_interp.core.signature_ids import parse_signature_id
from lincs_interp.io.sample import SIMULATED, load_sample
from lincs_interp.perturbagens.dose_trend import DoseTrend
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.readings.interpretation import interpret
from lincs_interp.scoring.calibration import calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.consensus import score_consensus
from lincs_interp.scoring.contributions import explain_concordance
from lincs_interp.scoring.null import check_null
from lincs_interp.scoring.stability import leave_one_out
from lincs_interp.scoring.toxicity import toxicity_share
from lincs_interp.sigcom.orientation import OrientationCheck

# What a person, or a machine, may have written into a file.
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</td></table><script>alert(1)</script>",
    "\"><svg onload='alert(1)'>",
    "a&b &lt;b&gt; &amp;",
    "שלום עולם",
    "\u202egnp.exe\u202c",
    "\u2066isolated",
    "🧬💊",
    "tab\tline\nnull\x00bell\x07",
    "`${alert(1)}` {{7*7}} $x^2$",
    "W" * 10_000,
    "</style><style>body{display:none}</style>",
)
WHITE, LAB_DARK, CODE_DARK, COLAB_DARK = "#ffffff", "#111111", "#1f1f1f", "#383838"

ELEMENTS = {
    *("div", "style", "p", "strong", "bdi", "span", "table", "caption", "thead", "tbody", "tr", "th", "td", "small"),
    *("br", "ul", "li", "code", "svg", "path"),
}
ATTRIBUTES = {
    *("class", "dir", "tabindex", "role", "aria-label", "aria-hidden", "scope", "colspan", "style"),
    *("width", "height", "viewBox", "focusable", "d", "fill", "stroke"),
}


def parsed(html: str):
    """The fragment as a browser reads it; anything that is not valid raises."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(html)


def elements(html: str) -> Iterator:
    return (one for one in parsed(html).iter() if isinstance(one.tag, str) and one.tag != "DOCUMENT_FRAGMENT")


def name_of(element) -> str:
    return element.tag.rpartition("}")[2]


def text_of(html: str) -> str:
    """What is to be read: the text without the style sheet."""
    return "".join(parsed(re.sub(r"<style>.*?</style>", "", html)).itertext())


def check_fragment(html: str, longest: int = 16_000) -> None:
    """Valid, of known elements and attributes only, short, with tables that can be understood by ear."""
    html.encode("utf-8")
    assert len(html) < longest
    for one in elements(html):
        assert name_of(one) in ELEMENTS, one.tag
        assert set(one.attrib) <= ATTRIBUTES, one.attrib
    for table in (one for one in elements(html) if name_of(one) == "table"):
        assert "".join(table.find("caption").itertext()).strip()
        heads = table.findall("thead/tr/th")
        assert {head.get("scope") for head in heads} == {"col"}
        for row in table.findall("tbody/tr"):
            cells = list(row)
            if len(cells) == 1:
                assert cells[0].get("colspan") == str(len(heads))
            else:
                assert len(cells) == len(heads)
                assert (cells[0].tag, cells[0].get("scope")) == ("th", "row")
    said = text_of(html)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", said)
    assert max(map(len, said.split()), default=0) <= 400


class TestPieces:
    def test_a_name_is_cut_in_the_middle_escaped_and_isolated(self):
        assert escaped("<b>") == "<bdi>&lt;b&gt;</bdi>"
        assert escaped("abcdefghijklmnop", 10) == "<bdi>abc…klmnop</bdi>"
        assert escaped("a\u202eb\nc") == "<bdi>a b c</bdi>"
        assert escaped("half a pair \ud83d of an emoji") == "<bdi>half a pair of an emoji</bdi>"

    def test_an_attribute_keeps_its_quotes(self):
        assert attribute("\"x\" 'y' <z>") == "&quot;x&quot; &#x27;y&#x27; &lt;z&gt;"

    def test_a_sentence_is_read_from_the_left_whatever_it_begins_with(self):
        assert sentence_html("שלום mimics") == "שלום mimics"
        assert ' dir="ltr"' in card("שלום mimics")

    def test_names_are_isolated_one_by_one(self):
        assert names_html(["שלום", "<b>", "C"], 2) == "<bdi>שלום</bdi>, <bdi>&lt;b&gt;</bdi> and 1 more"
        assert names_html([]) == "–"

    @given(st.text())
    def test_whatever_is_shown_is_the_text_and_nothing_else(self, text):
        html = escaped(text, 40)
        assert [name_of(one) for one in elements(html)] == ["bdi"]
        assert "".join(parsed(html).itertext()) == shown_ends(text, 40)
        assert unescape(attribute(text, 40)) == shown_ends(text, 40)

    @pytest.mark.parametrize("call", CALL_SIGNS)
    def test_a_call_is_a_word_and_a_sign_that_is_not_read_aloud(self, call):
        html = call_html(call)
        assert text_of(html) == f"{CALL_SIGNS[call]} {call}"
        (sign,) = (one for one in elements(html) if one.get("aria-hidden") == "true")
        assert sign.text == CALL_SIGNS[call]
        assert sign.get("class") == f"lincs-{call}"

    @pytest.mark.parametrize("word", ["none", "<i>", np.nan, ["mimicker"]])
    def test_what_is_no_call_is_a_word(self, word):
        assert text_of(call_html(word)) == str(word)

    def test_the_signs_are_those_of_the_figures(self):
        from lincs_interp.plots.style import CALL_MARKERS

        shapes = {"^": "▲", "v": "▼", "D": "◆", "o": "○"}
        assert {call: shapes[marker] for call, marker in CALL_MARKERS.items()} == dict(CALL_SIGNS)

    def test_a_side_is_an_arrow_so_that_the_triangles_mean_calls_only(self):
        assert [text_of(call_html(side)) for side in ("up", "down", "<b>")] == ["↑ up", "↓ down", "<b>"]

    @pytest.mark.parametrize(
        ("value", "digits", "expected"),
        [
            (7.26, 1, "+7.3"),
            (-7.26, 1, "−7.3"),
            (-0.04, 1, "0.0"),
            (0.0, 2, "0.00"),
            (np.nan, 1, "–"),
            (np.inf, 1, "–"),
            (-194_738.5, 2, "−194,738"),
            (999.94, 1, "+999.9"),
        ],
    )
    def test_a_signed_number(self, value, digits, expected):
        assert signed(value, digits) == expected

    @pytest.mark.parametrize(
        ("p", "expected"),
        [
            (0.0995, "0.1"),
            (0.5, "0.5"),
            (0.0488, "0.049"),
            (2.2e-9, "2.2e-09"),
            (1e-300, "below 1e-300"),
            (np.nan, "–"),
        ],
    )
    def test_a_probability(self, p, expected):
        assert probability(p) == expected

    def test_a_number(self):
        assert [number(12_318), number(0.268, 2), number(-3), number(np.nan)] == [*("12,318", "0.27", "−3", "–")]

    def test_a_scale_has_its_mark_where_the_value_is(self):
        def mark(value):
            return float(re.search(r"M([\d.]+) 7l", scale_html(value, 0, 100, ("a", "b")))[1])

        assert [mark(value) for value in (0, 50, 100, -5, 400)] == [4, 100, 196, 4, 196]
        assert scale_html(np.nan, 0, 100, ("a", "b")) == ""
        assert text_of(scale_html(1, 0, 100, ("<i>", "most up"))) == "<i>  most up"
        check_fragment(scale_html(1, 0, 100, ("a", "b")))

    def test_what_is_not_html_yet_is_escaped_and_what_is_stays(self):
        table = table_html(
            [["<a>", Html("<code>x</code>")], "… <more>"], ["<h>", ("n", "<u>")], caption="<c>", numeric=[1]
        )
        assert table.count("<code>x</code>") == 1
        for text in ("a", "more", "h", "u", "c"):
            assert f"&lt;{text}&gt;" in table
        assert "&lt;p&gt;" in card("t", "<p>")
        assert paragraph("<i>") == "<p>&lt;i&gt;</p>"
        assert list_html(["<i>", Html("<code>y</code>")]) == "<ul><li>&lt;i&gt;</li><li><code>y</code></li></ul>"
        check_fragment(card("<t>", table, list_html(["<i>"])))

    def test_html_that_was_added_to_is_plain_text_again(self):
        assert not isinstance(Html("<b>") + "x", Html)
        assert not isinstance(f"{Html('<b>')}", Html)

    def test_html_is_taken_as_it_is_by_a_template(self):
        from jinja2 import Environment

        assert (
            Environment(autoescape=True).from_string("{{ a }}{{ b }}").render(a=Html("<i>"), b="<i>") == "<i>&lt;i&gt;"
        )

    def test_nothing_said_leaves_nothing(self):
        assert (paragraph(""), list_html([])) == ("", "")

    def test_a_table_can_be_scrolled_with_the_keyboard_and_says_what_it_is(self):
        (wide,) = (one for one in elements(table_html([], ["a"], caption=Html('All <b>"it"</b>'))) if one.tag == "div")
        assert (wide.get("tabindex"), wide.get("role"), wide.get("aria-label")) == ("0", "group", 'All "it"')

    def test_numbers_are_to_the_right(self):
        table = table_html([["x", "1"]], ["a", "b"], caption="c", numeric=[1])
        assert [one.get("class") for one in elements(table) if one.tag in ("th", "td")] == [
            *(None, "lincs-number", None, "lincs-number")
        ]


class TestStyle:
    def rules(self) -> list[tuple[str, str]]:
        return re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE.removeprefix("<style>").removesuffix("</style>"))

    def test_nothing_leaks_into_the_page(self):
        assert STYLE.count("<style>") == STYLE.count("</style>") == 1
        for selectors, _ in self.rules():
            for selector in selectors.split(","):
                assert selector.startswith(".lincs-interp"), selector
        assert not re.search(r"@|url\(|expression|position:|!important", STYLE)

    def test_text_has_the_colour_of_the_page_and_the_page_shows_through(self):
        for _, declarations in self.rules():
            for declaration in filter(None, declarations.split(";")):
                name, value = declaration.split(":")
                if name == "color":
                    assert value in {"inherit", *COLOURS.values()}
                if name.startswith("background"):
                    assert value == "transparent" or re.fullmatch(r"rgba\(128,128,128,\.1\d?\)", value)
                if name.startswith("border"):
                    assert value in ("0", "collapse", "1px solid currentColor")

    @pytest.mark.parametrize("name", COLOURS)
    @pytest.mark.parametrize("page", [WHITE, LAB_DARK, CODE_DARK, COLAB_DARK])
    def test_a_sign_can_be_seen_on_every_page(self, name, page):
        """WCAG 2.2, 1.4.11: 3 to 1 for what is no text; the word beside it has the colour of the page."""
        light, dark = sorted((luminance(COLOURS[name]), luminance(page)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3

    def test_each_sign_has_its_colour(self):
        for name, colour in COLOURS.items():
            assert f".lincs-interp .lincs-{name}{{color:{colour}}}" in STYLE

    def test_faint_text_can_still_be_read(self):
        """On white and on JupyterLab's dark page, whose text is black or white with some transparency already."""
        least = min(float(value) for value in re.findall(r"opacity:([.\d]+)", STYLE))
        for page, ink in ((WHITE, 0.0), (LAB_DARK, 1.0)):
            back = int(page[1:3], 16) / 255
            seen = back + (ink - back) * 0.87 * least
            light, dark = sorted((linear(seen), linear(back)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5

    def test_a_page_that_has_the_style_gets_no_other(self):
        assert STYLE in card("t")
        assert "<style>" not in card("t", style=False)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def displays(hostile: bool) -> dict[str, str]:
    """One of every display: of the sample, or of data in which every name is an attack."""
    sample = load_sample()
    query = sample.query
    # A part is enough to show, and its readings cost a tenth.
    genes_kept = sorted({*sample.ranks.genes[:500], *(set(query.up + query.down) & set(sample.ranks.genes))})
    ranks, background = sample.ranks.select(genes=genes_kept), sample.background.select(genes=genes_kept)
    background = background.select(signatures=background.frame.columns[:60])
    signature, perturbagen = "SIM001_A549_24H_A03_mimetasone_10uM", "mimetasone"
    if hostile:
        genes = {gene: f"{HOSTILE[i % len(HOSTILE)]}{i}" for i, gene in enumerate(ranks.genes)}
        ids = {name: f"{HOSTILE[i % len(HOSTILE)]}{i}" for i, name in enumerate(ranks.frame.columns)}
        facts = {new: dict.fromkeys(("pert_name", "cell_line", "pert_time", "pert_type"), HOSTILE[i % 12])
                 for i, new in enumerate(ids.values())}  # fmt: skip
        ranks = ranks.rename(genes=genes, signatures=ids).with_metadata(facts)._noting(*HOSTILE)
        background = background.rename(genes=genes)
        query = GeneQuery(
            HOSTILE[0], *([genes[gene] for gene in side if gene in genes] for side in (query.up, query.down))
        )
        signature, perturbagen = ids[signature], HOSTILE[0]
    scores = score_concordance(ranks, query)
    calibrated = calibrate(scores, query, background=background)
    contributions = explain_concordance(ranks, query, signature)
    interpretation = interpret(ranks, query, background=background)
    pieces = {"test": "rank correlation", "points_to": "reversed", "detail": HOSTILE}
    trend = DoseTrend(trend=-0.25, p=0.5, n_doses=3, n_used=9, n_left_out=1, method="exact")
    shown = {
        "matrix": ranks if hostile else sample.ranks,
        "query": query,
        "sample": sample,
        "one integer": explain_rank(12, n_genes=12_318, gene=query.up[0], signature=signature),
        "signature": interpretation.signature(signature),
        "perturbagen": interpretation.perturbagen(perturbagen, pert_type=HOSTILE[0] if hostile else None),
        "orientation": OrientationCheck("reversed", pd.DataFrame(pieces)),
        "null": check_null(background, query),
        "stability": leave_one_out(ranks, query, signature, n_resamples=40),
        "trend": trend,
        "id": parse_signature_id(f"P_{'A549'}_24H_A01_{signature.replace(chr(10), ' ')}"),
        "no id": parse_signature_id(signature + HOSTILE[0]),
        "toxicity": toxicity_share(contributions),
        "scores": show(scores),
        "calibrated": show(calibrated),
        "contributions": show(contributions),
        "perturbagens": show(summarise_perturbagens(calibrated, ranks)),
        "signatures": show(
            perturbagen_signatures(calibrated, ranks, perturbagen, pert_type=HOSTILE[0] if hostile else None)
        ),
        "consensus": show(score_consensus(ranks, query)),
    }
    return {name: one._repr_html_() for name, one in shown.items()}


NAMES = (
    *("matrix", "query", "sample", "one integer", "signature", "perturbagen", "orientation", "null", "stability"),
    *("trend", "id", "no id", "toxicity", "scores", "calibrated", "contributions", "perturbagens", "signatures"),
    "consensus",
)


class TestEveryDisplay:
    def test_the_list_is_complete(self):
        assert tuple(displays(False)) == NAMES

    @pytest.mark.parametrize("hostile", [False, True], ids=["sample", "hostile"])
    @pytest.mark.parametrize("name", NAMES)
    def test_it_is_valid_safe_short_and_named(self, name, hostile):
        html = displays(hostile)[name]
        check_fragment(html)
        assert html.startswith(f'<div class="lincs-interp mathjax_ignore" dir="ltr">{STYLE}<p class="lincs-title">')
        assert html.count("<style>") == 1
        assert "nan" not in re.sub(r"resonan|finan", "", text_of(html).lower())

    def test_hostile_names_are_there_as_text(self):
        assert HOSTILE[0] in text_of(displays(True)["query"])
        for name in ("matrix", "signature", "perturbagen", "stability", "scores", "contributions", "perturbagens"):
            assert "&lt;" in displays(True)[name], name

    def test_every_call_is_shown_with_its_sign(self):
        for name in ("signature", "perturbagen", "stability", "scores", "calibrated", "signatures", "consensus"):
            assert "▲ mimicker" in text_of(displays(False)[name]), name


class TestMatrix:
    def test_it_says_what_the_integers_are(self):
        said = text_of(displays(False)["matrix"])
        assert "4,000 genes × 78 signatures, N = 4,000 (1 = most down … 4,000 = most up)" in said
        assert "22 perturbagens; 6 cell lines (A549, MCF7, PC3, HT29, A375, HEPG2); 3 times (24 h, 6 h, 96 h)." in said
        assert "… 75 further signatures" in said
        assert "… 3,995 further genes" in said
        assert SIMULATED in said

    def test_a_large_matrix_is_as_short_and_as_fast_as_a_small_one(self, monkeypatch):
        shape = (12_327, 1_000)
        frame = pd.DataFrame(np.ones(shape, dtype=np.uint16)).rename(index="GENE{}".format, columns="S{}".format)
        facts = pd.DataFrame({"pert_name": frame.columns, "cell_line": "MCF7", "pert_time": ""}, index=frame.columns)
        ranks = RankMatrix(frame, 12_327, pd.Series(12_327, index=frame.columns), facts, tuple("abcdefghij"))
        monkeypatch.setattr(RankMatrix, "percentiles", None)
        monkeypatch.setattr(RankMatrix, "_complete", None)
        vars(ranks)["tie_shares"] = np.zeros((2, 1_000))  # known from construction
        start = time.perf_counter()
        html = ranks._repr_html_()
        assert time.perf_counter() - start < 0.5  # 3 ms on a quiet machine
        check_fragment(html, 6_000)
        said = text_of(html)
        assert "… 997 further signatures" in said
        assert "… 12,322 further genes" in said
        assert "1,000 perturbagens; 1 cell line (MCF7)." in said
        assert "… 4 more: .assumptions" in said
        assert html.count("<li>") == 7

    def test_a_small_matrix_hides_nothing(self):
        table = pd.DataFrame({"S1": [1.0, 2, np.nan], "S2": [3, 1, 2]}, index=["A", "B", "C"])
        said = text_of(RankMatrix.from_frame(table, n_genes=3)._repr_html_())
        assert "further" not in said
        assert "missing" in said
        assert "What the signatures are of is not known: give metadata (with_metadata)." in said

    def test_an_id_that_says_nothing_is_put_into_words(self):
        table = pd.DataFrame({"c0ffee": [1, 2], "P_MCF7_24H_A01_aspirin": [2, 1]}, index=["A", "B"])
        facts = {"c0ffee": {"pert_name": "vorinostat", "pert_dose": "10 uM", "cell_line": "MCF7", "pert_time": "24 h"}}
        said = text_of(RankMatrix.from_frame(table, signatures=facts)._repr_html_())
        assert "c0ffeevorinostat 10 uM, MCF7, 24 h" in said
        assert said.count("aspirin") == 2  # the heading, and the list of perturbagens


class TestQuery:
    def test_a_query_of_thousands_is_short(self):
        query = GeneQuery("long", [f"GENE{i}" for i in range(2_000)], [f"GENE{i}" for i in range(1_999, 3_000)])
        html = query._repr_html_()
        check_fragment(html, 4_000)
        said = text_of(html)
        assert "2,000 genes up, 1,001 down" in said
        assert "1 gene in both lists: GENE1999." in said

    def test_values_have_their_ends(self):
        assert "Values for 2 genes: −1.50 (most down) … +2.00 (most up)." in text_of(
            GeneQuery("q", ["A"], ["B"], {"A": 2, "B": -1.5})._repr_html_()
        )

    def test_one_list(self):
        said = text_of(GeneQuery("q", ["A"])._repr_html_())
        assert "One list only: there is no second list that could disagree." in said
        assert "–" in said


class TestReadings:
    def test_one_integer_has_both_ends_and_a_mark(self):
        html = displays(False)["one integer"]
        assert "0 = most down" in html
        assert "100 = most up" in html
        assert "<svg" in html

    def test_the_call_is_the_title(self):
        said = text_of(displays(False)["signature"])
        assert said.startswith("mimetasone 10 uM, A549, 24 h: ▲ mimicker")
        assert "W1, W2, W3 always apply: see docs/warnings.md." in said
        assert text_of(displays(False)["perturbagen"]).startswith("mimetasone: ▲ mimicker, grade B")

    def test_the_null_says_what_is_expected(self):
        rows = [
            ["".join(cell.itertext()) for cell in row] for row in elements(displays(False)["null"]) if row.tag == "tr"
        ]
        assert rows[0] == ["over these signatures", "up list", "down list", "if genes were independent"]
        assert rows[3][0] == "variance inflation of z"
        assert rows[3][3] == "1"

    def test_the_trend_has_both_ends(self):
        said = text_of(displays(False)["trend"])
        assert said.startswith("No clear trend with the dose: trend −0.25")
        assert "−1 = falls with every dose" in said
        assert "9 signatures compared, 1 left out." in said

    def test_the_parts_of_an_id(self):
        html = parse_signature_id("REP.B025_YAPC_24H_K01_resiquimod_2.22uM")._repr_html_()
        check_fragment(html)
        cells = [tuple("".join(cell.itertext()) for cell in row) for row in elements(html) if row.tag == "tr"]
        assert (".dose_um", "2.22 micromolar") in cells
        assert (".time_h", "24 hours") in cells
        assert (".pert_name", "resiquimod") in cells
        assert "does not follow the grammar of a signature id" in text_of(parse_signature_id("943")._repr_html_())

    def test_the_sample_says_that_it_is_made_up(self):
        said = text_of(displays(False)["sample"])
        assert said.startswith(SIMULATED)
        assert "RankMatrix(4,000 genes x 200 signatures, N = 4,000), made without regard to the query" in said


def test_the_pieces_need_nothing_heavy():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(_display.__file__).read_text(encoding="utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert names == {"__future__", "text", "collections.abc", "html", "numpy", "pathlib", "re", "types"}
