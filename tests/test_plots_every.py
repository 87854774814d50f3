"""What holds of every plot: its axes, its texts, hostile names, refusals; and that a picture updated is a fresh one."""

import doctest
import importlib
import io
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from packaging.version import Version
from plot_tables import *  # noqa: F403  (the fixtures)
from plot_tables import HOSTILE, check_no_overlap, check_on_the_page, labels_of, names_beside, new_ax, rendered, texts

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens.summary import perturbagen_signatures, summarise_perturbagens
from lincs_interp.plots import (
    plot_consensus,
    plot_dose_response,
    plot_evidence,
    plot_gene,
    plot_heatmap,
    plot_null,
    plot_percentiles,
    plot_perturbagen,
    plot_scores,
    plot_stability,
    plot_top,
)
from lincs_interp.plots._canvas import Canvas, png_of
from lincs_interp.plots.dose_response import DoseResponsePicture
from lincs_interp.plots.evidence import EvidencePicture
from lincs_interp.plots.percentiles import GenePicture, rows_by_call
from lincs_interp.plots.quick import quick_png
from lincs_interp.plots.scores import ScoresPicture
from lincs_interp.plots.style import plain
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

EVERY = [
    *("percentiles", "series", "scores", "one-sided", "top", "evidence", "heatmap", "null", "perturbagen"),
    *("dose response", "consensus", "stability", "gene", "whole gene"),
]
# Module -> how many plots it has.
MODULES = {"percentiles": 2, "scores": 3, "evidence": 2, "tiles": 2, "perturbagen": 1, "dose_response": 1}


@pytest.mark.parametrize("name", EVERY)
def test_draws_on_the_given_axes_and_leaves_table_and_settings_alone(drawings, name):
    function, table, options = drawings[name]
    before, settings = table.copy(deep=True), dict(matplotlib.rcParams)
    ax = new_ax()
    assert rendered(function(table, ax=ax, **options)) is ax
    assert dict(matplotlib.rcParams) == settings
    same = pd.testing.assert_series_equal if isinstance(table, pd.Series) else pd.testing.assert_frame_equal
    same(table, before)


@pytest.mark.parametrize("name", EVERY)
def test_without_axes_pyplot_knows_the_new_figure_and_nothing_is_cut_off(drawings, name, monkeypatch):
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    function, table, options = drawings[name]
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("a plot must not call plt.show"))
    before = set(plt.get_fignums())
    ax = function(table, title="A title of ordinary length", **options)
    try:
        assert {ax.figure.number} == set(plt.get_fignums()) - before
        check_on_the_page(rendered(ax))
        check_no_overlap(ax)
    finally:
        plt.close(ax.figure)


@pytest.mark.parametrize("names", [EVERY[7:11], EVERY[10:]])
def test_in_a_grid_texts_do_not_overlap_and_are_at_least_8_points(drawings, names):
    axes = Figure(figsize=(14, 10), layout="constrained").subplots(2, 2).ravel()
    for ax, name in zip(axes, names, strict=True):
        function, table, options = drawings[name]
        function(table, ax=ax, title="A title", **options)
    rendered(axes[0])
    check_no_overlap(axes[0])
    check_on_the_page(axes[0])


@pytest.mark.parametrize("name", EVERY)
def test_no_text_is_smaller_than_8_points_and_the_title_is_plain(drawings, name):
    function, table, options = drawings[name]
    ax = rendered(function(table, ax=new_ax(), title="cost $5 and $6", **options))
    assert min(text.get_fontsize() for text in texts(ax)) >= 8
    assert ax.get_title(loc="left") == "cost $5 and $6"
    assert not ax._left_title.get_parse_math()
    assert function(table, ax=new_ax(), **options).get_title(loc="left") == ""


def test_drawing_on_given_axes_never_imports_pyplot_nor_statistics():
    code = """
import io, sys
import pandas as pd
from matplotlib.figure import Figure
from lincs_interp.plots import *
scores = pd.DataFrame({"z_up": [3.0, -3.0], "z_down": [2.0, -2.0], "z_sum": [5.0, -5.0]}, index=["a", "b"])
scores["call"] = ["mimicker", "reverser"]
percentiles = pd.DataFrame({"a": [1.0, 99.0], "b": [50.0, 60.0]}, index=["g", "h"])
axes = iter(Figure(layout="constrained").subplots(3, 4).ravel())
plot_scores(scores, ax=next(axes))
plot_top(scores, ax=next(axes))
plot_evidence(pd.DataFrame({"gene": ["g"], "side": ["up"], "percentile": [99.0], "contribution": [1.7]}), ax=next(axes))
plot_percentiles(percentiles, highlight="a", ax=next(axes))
plot_heatmap(percentiles, ax=next(axes))
plot_null(pd.DataFrame({"expected": [0.0], "observed": [1.0]}), ax=next(axes))
facts = {"cell_line": "A", "pert_dose": "", "dose_um": 1.0, "pert_time": "", "time_h": 6.0, "call": "mimicker"}
plot_perturbagen(pd.DataFrame([facts | {"z_sum": 3.0}]), ax=next(axes))
plot_dose_response(pd.DataFrame([facts | {"z_sum": 3.0}]), ax=next(axes))
votes = {"z_std": 1.0, "consensus": 1.0, "families": 1, "families_agreeing": 1, "call": "mimicker"}
plot_consensus(pd.DataFrame([votes]), ax=next(axes))
one = {"gene": "g", "side": "up", "contribution": 1.0, "z_sum_without": 2.0, "call_without": "mimicker", "shared_by": 1}
plot_stability(pd.DataFrame([one]), ax=next(axes))
ax = plot_gene(pd.Series([1.0, 2.0]), background=pd.Series([50.0]), ax=next(axes))
ax.figure.savefig(io.BytesIO())
print([name for name in ("matplotlib.pyplot", "scipy.stats", "seaborn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_the_documentation(module):
    result = doctest.testmod(importlib.import_module(f"lincs_interp.plots.{module}"))
    assert result.attempted >= 3 * MODULES[module]
    assert result.failed == 0


def test_hostile_names_are_drawn_as_they_are_without_a_warning(consensus):
    scores, percentiles, evidence = hostile_tables()  # noqa: F405
    n = len(HOSTILE)
    facts = {"pert_dose": HOSTILE, "dose_um": np.nan, "pert_time": HOSTILE, "time_h": np.nan, "call": "mimicker"}
    tiles = pd.DataFrame({"cell_line": HOSTILE, **facts, "z_sum": 1.0, "pert_name": HOSTILE})
    one = {"gene": HOSTILE, "side": "up", "contribution": 1.0, "call_without": "mimicker", "shared_by": 1}
    row = pd.Series(np.linspace(0, 100, n), index=HOSTILE, name=HOSTILE[0])
    axes = [
        plot_scores(scores, ax=new_ax()),
        plot_scores(scores.assign(z_down=np.nan), ax=new_ax()),
        plot_top(scores, ax=new_ax()),
        plot_percentiles(percentiles, highlight=HOSTILE[0], ax=new_ax()),
        plot_heatmap(percentiles, ax=new_ax()),
        plot_evidence(evidence, ax=new_ax()),
        plot_perturbagen(tiles, ax=new_ax()),
        plot_dose_response(tiles.assign(dose_um=np.arange(n) + 1.0), ax=new_ax()),
        plot_consensus(consensus.iloc[:n].set_axis(HOSTILE), ax=new_ax()),
        plot_stability(pd.DataFrame({**one, "z_sum_without": np.arange(n) + 5.0}), ax=new_ax()),
        plot_gene(row, highlight=HOSTILE, ax=new_ax()),
    ]
    for ax in axes:
        rendered(ax)
        for text in texts(ax):
            if "$" in text.get_text():
                assert not text.get_parse_math(), text
            assert all(len(line) <= 110 for line in text.get_text().splitlines())
    assert all(plain(name) for name in HOSTILE)
    assert "<script>alert(1)</script>" in labels_of(axes[2].yaxis)
    assert "$x^2$ and $" in labels_of(axes[4].xaxis)
    assert "(unnamed)" in labels_of(axes[3].yaxis)
    assert "line break tab" in [text.get_text() for text in names_beside(axes[0])]
    assert "$x^2$ and $" in " ".join(labels_of(axes[6].yaxis))
    assert axes[10].get_xlabel().startswith("percentile of $x^2$ and $\n")
    assert any(text.get_text().startswith("line break tab: ") for text in names_beside(axes[10]))


# Picture classes: the first view is the plot, and an update is a fresh build


def data_of(ax):
    """What the artists of an axes hold; those without marks, and what is not to be seen, left out."""
    found = []
    for artist in ax.get_children():
        if not artist.get_visible():
            continue
        if isinstance(artist, PathCollection) and len(artist.get_offsets()):
            found.append(("marks", np.ma.filled(artist.get_offsets(), np.nan), artist.get_facecolors()))
        elif isinstance(artist, LineCollection) and len(artist.get_segments()):
            found.append(("segments", np.concatenate(artist.get_segments()), artist.get_colors()))
        elif isinstance(artist, matplotlib.lines.Line2D) and len(artist.get_xdata()):
            found.append(("line", np.asarray(artist.get_xydata(), dtype=float)))
        elif isinstance(artist, matplotlib.patches.Rectangle):
            found.append(("patch", np.asarray(artist.get_bbox().extents)))
        elif isinstance(artist, matplotlib.text.Text) and artist.get_text():
            found.append((artist.get_text(), np.asarray(artist.get_unitless_position())))
    frame = [*ax.get_xlim(), *ax.get_ylim()], ax.get_ylabel(), labels_of(ax.xaxis), labels_of(ax.yaxis)
    return found, frame


def same_data(one, other):
    (found, frame), (wanted, wanted_frame) = data_of(one), data_of(other)
    assert [first[0] for first in found] == [first[0] for first in wanted]
    for left, right in zip(found, wanted, strict=True):
        for values, expected in zip(left[1:], right[1:], strict=True):
            np.testing.assert_allclose(values, expected)
    assert frame == wanted_frame
    return True


@pytest.fixture
def pictures(scores, evidence, gene, unselected, perturbagen):
    """name -> (build on axes, arguments of the first view, of another view, the plot of the first view)."""
    rows = rows_by_call(gene.index, {"S0": "reverser", "S2": "mimicker"})
    other_gene = gene.to_numpy()[::-1].copy()
    turned = evidence.assign(contribution=-2 * evidence["contribution"], percentile=100 - evidence["percentile"])
    one_dose = perturbagen.assign(pert_dose="10 uM", dose_um=10.0)
    keep = np.arange(len(scores)) % 2 == 0
    calls = {"S0": "reverser", "S2": "mimicker"}
    usual = {"background": unselected.to_numpy()}
    return {
        "evidence": (
            lambda ax: EvidencePicture(ax, ["up", "down"]),
            ((evidence,), {}),
            ((turned,), {"whole": evidence}),
            lambda ax: plot_evidence(evidence, ax=ax),
        ),
        "scores": (
            lambda ax: ScoresPicture(ax, scores),
            ((), {}),
            ((), {"keep": keep, "chosen": 2, "name": "mimic"}),
            lambda ax: plot_scores(scores, label=0, ax=ax),
        ),
        "gene": (
            lambda ax: GenePicture(ax, rows, baseline=True, room=300),
            ((gene.to_numpy(),), usual),
            ((other_gene,), {"background": unselected.to_numpy()[:50], "chosen": [2]}),
            lambda ax: plot_gene(gene, background=unselected, calls=calls, ax=ax),
        ),
        "dose response": (
            DoseResponsePicture,
            ((perturbagen,), {}),
            ((one_dose,), {"score": "z_cal", "chosen": "S3"}),
            lambda ax: plot_dose_response(perturbagen, ax=ax),
        ),
    }


@pytest.mark.parametrize("name", ["evidence", "scores", "gene", "dose response"])
def test_the_first_view_of_a_picture_is_its_plot_and_an_update_a_fresh_build(pictures, name):
    build, first, second, plot = pictures[name]
    kept = build(new_ax())
    kept.update(*first[0], **first[1])
    assert same_data(kept.ax, plot(new_ax()))
    artists = [id(artist) for artist in kept.ax.get_children()]
    kept.update(*second[0], **second[1])
    fresh = build(new_ax())
    fresh.update(*second[0], **second[1])
    assert same_data(kept.ax, fresh.ax)
    kept.update(*first[0], **first[1])
    assert same_data(kept.ax, plot(new_ax()))
    assert [id(artist) for artist in kept.ax.get_children()] == artists, "an update makes no artist"


@pytest.mark.parametrize("name", ["evidence", "scores", "gene", "dose response"])
def test_a_canvas_shows_what_was_updated_as_one_that_is_drawn_anew(pictures, name):
    build, first, second, _ = pictures[name]
    size = {"width": 7.2, "height": 4.0}
    margins = getattr(type(build(new_ax())), "MARGINS", {"left": 0.8, "bottom": 0.6})
    kept, fresh = Canvas(**size, **margins), Canvas(**size, **margins)
    picture = build(kept.ax)
    kept.hold(picture.live)
    seen = set()
    for args, options in (first, second, first):
        picture.update(*args, **options)
        png = kept.png()
        assert png.startswith(b"\x89PNG")
        seen.add(png)
    assert len(seen) == 2, "the first view comes back as it was"
    anew = build(fresh.ax)
    fresh.hold(anew.live)
    anew.update(*second[0], **second[1])
    assert fresh.png() in seen


def test_a_canvas_draws_only_what_is_not_below_the_first_change(scores, monkeypatch):
    def view(canvas, picture, chosen, **more):
        picture.update(chosen=chosen, **more)
        return canvas.png()

    kept, fresh = (Canvas(6, 4, left=1.2, bottom=1.0) for _ in range(2))
    picture, anew = ScoresPicture(kept.ax, scores), ScoresPicture(fresh.ax, scores)
    drawn = []
    kept.hold(picture.live)
    draw = kept.figure.draw_artist
    monkeypatch.setattr(kept.figure, "draw_artist", lambda artist: (drawn.append(artist), draw(artist)))
    few = (scores["call"] == "mimicker").to_numpy()
    pngs = [view(kept, picture, 1), view(kept, picture, 2), view(kept, picture, 2, keep=few)]
    drawn.clear()
    pngs += [view(kept, picture, 1, keep=few), view(kept, picture, 0, keep=few)]
    assert drawn.count(picture.live[0]) == 1, "the marks: once, to keep them"
    fresh.hold(anew.live)
    assert len(set(pngs)) == len(pngs)
    assert view(fresh, anew, 0, keep=few) == pngs[-1]
    assert view(fresh, anew, 2) == pngs[1]


def test_places_on_a_canvas_are_those_of_the_marks(scores):
    canvas = Canvas(6, 4, left=1.2, right=0.6, bottom=1.0, top=0.4)
    picture = ScoresPicture(canvas.ax, scores)
    canvas.hold(picture.live)
    assert canvas.width == 600
    (corner,) = canvas.shares([[canvas.ax.get_xlim()[0], canvas.ax.get_ylim()[1]]])
    assert corner == pytest.approx([1.2 / 6, 0.4 / 4]), "the upper left corner of the axes"
    picture.update(keep=(scores["call"] == "mimicker").to_numpy())
    assert [scores.index[row] for row in picture.drawn()] == ["mimic", "mimic too"]


def test_evidence_on_one_scale_widens_it_only_where_a_line_would_leave_it(evidence):
    picture = EvidencePicture(new_ax(), ["up", "down"], limits=(-10, 20))
    picture.update(evidence)
    scale = picture.ax.get_ylim()
    picture.update(evidence.assign(contribution=evidence["contribution"] / 2))
    assert picture.ax.get_ylim() == scale
    picture.update(evidence.assign(contribution=evidence["contribution"] * 10))
    assert picture.ax.get_ylim()[1] > scale[1]
    assert picture.leading == {"up": ["HMOX1", "TP53", "MYC"], "down": ["CCND1", "GAPDH"]}
    assert picture.ends == pytest.approx({"up": 35, "down": 25, "sum": 60})
    assert picture.missing == 1


def test_a_figure_drawn_once_is_the_figure_that_savefig_draws_twice(evidence, scores):
    from PIL import Image

    for function, table in ((plot_evidence, evidence), (plot_scores, scores)):
        page, shown = io.BytesIO(), []
        figure = Figure(figsize=(6, 4), layout="constrained")
        function(table, ax=figure.subplots())
        figure.savefig(page, format="png", dpi=90)
        once = Figure(figsize=(6, 4), layout="constrained")
        function(table, ax=once.subplots())
        for png in (page.getvalue(), png_of(once, dpi=90)):
            shown.append(np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int))
        assert np.abs(shown[0] - shown[1]).max() <= 8


@pytest.mark.skipif(Version(matplotlib.__version__) < Version("3.11"), reason="older ones measure lines otherwise")
def test_a_quick_picture_is_that_of_constrained_layout_but_for_the_edges_of_letters(scores, perturbagen):
    from PIL import Image

    for function, table in ((plot_scores, scores), (plot_top, scores), (plot_perturbagen, perturbagen)):
        slow, quick = (Figure(figsize=(6, 4), dpi=90, layout="constrained") for _ in range(2))
        for figure in (slow, quick):
            function(table, ax=figure.subplots(), title="Médecine, 東, $5")
        pngs = png_of(slow, dpi=90), quick_png(quick)
        coarse = [np.ravel(Image.open(io.BytesIO(png)).convert("L").reduce(4)) for png in pngs]
        assert np.corrcoef(*coarse)[0, 1] > 0.9, "0.85 with letters upside down"
        edge = np.asarray(Image.open(io.BytesIO(pngs[1])).convert("L"))
        assert edge[:2].min() == edge[-2:].min() == edge[:, :2].min() == edge[:, -2:].min() == 255, "nothing is cut"


# The table that a name suggests


def test_plots_take_the_results_that_their_names_suggest(small_ranks, small_query, genes, qq):
    contributions = explain_concordance(small_ranks, small_query, small_ranks.frame.columns[0])
    ax = plot_evidence(contributions, ax=new_ax())
    assert any(text.get_text().startswith("z_sum = ") for text in ax.texts)
    check = type("Check", (), {"qq": qq})()
    assert same_data(plot_null(check, ax=new_ax()), plot_null(qq, ax=new_ax()))
    stability = type("Stability", (), {"genes": genes, "call": "unresolved"})()
    assert same_data(plot_stability(stability, ax=new_ax()), plot_stability(genes, call="unresolved", ax=new_ax()))


def test_contributions_of_an_interpretation_end_at_the_scores_of_its_table():
    from lincs_interp.readings.interpretation import interpret

    sample = load_sample()
    interpretation = interpret(sample.ranks, sample.query)
    best = interpretation.scores.index[0]
    picture = EvidencePicture(new_ax(), ["up", "down"])
    picture.update(interpretation.contributions(best))
    wanted = interpretation.scores.loc[best, ["z_up", "z_down", "z_sum"]].to_list()
    assert [picture.ends[name] for name in ("up", "down", "sum")] == pytest.approx(wanted)


# Refusals: by argument, value and a word of the remedy


def refused(function, *args, **options):
    import matplotlib.pyplot as plt

    figures = plt.get_fignums()
    with pytest.raises(LincsInterpError) as error:
        function(*args, **options)
    assert plt.get_fignums() == figures, "refused before a figure is made"
    assert str(error.value).endswith(f": {error.value.remedy}.")
    return error.value


ARGUMENTS = {
    "percentiles": ("percentiles", "ranks.percentiles()", []),
    "scores": ("scores", "score_concordance", ["z_up", "z_down", "z_sum", "call"]),
    "top": ("scores", "score_concordance", ["z_up", "z_down", "z_sum", "call"]),
    "evidence": ("evidence", "explain_concordance", ["gene", "side", "percentile", "contribution"]),
    "heatmap": ("table", "ranks.percentiles()", []),
    "null": ("check", "check_null", ["expected", "observed"]),
    "perturbagen": (
        "table",
        "perturbagen_signatures",
        ["cell_line", "pert_dose", "dose_um", "pert_time", "time_h", "call"],
    ),
    "dose response": (
        "table",
        "perturbagen_signatures",
        ["cell_line", "pert_dose", "dose_um", "pert_time", "time_h", "call"],
    ),
    "consensus": ("consensus", "score_consensus", ["consensus", "families", "families_agreeing", "call"]),
    "stability": (
        "stability",
        "leave_one_out",
        ["gene", "side", "contribution", "z_sum_without", "call_without", "shared_by"],
    ),
    "gene": ("percentiles", "ranks.percentiles()", []),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_is_no_table_is_empty_or_lacks_a_column_is_refused_with_the_maker(drawings, name):
    function, table, options = drawings[name]
    argument, maker, columns = ARGUMENTS[name]
    for given, word in ((table.iloc[:0], "is empty"), ([1, 2, 3], "is a list, not a")):
        error = refused(function, given, **options)
        assert error.argument == argument
        assert error.value is given
        assert word in str(error)
        assert maker.partition("(")[0] in error.remedy
    for column in columns:
        error = refused(function, table.drop(columns=column), **options)
        assert error.argument == argument
        assert f"no column {column!r}" in str(error)
        assert maker in error.remedy
        twice = pd.concat([table, table[[column]]], axis=1)
        assert f"more than one column {column!r}" in str(refused(function, twice, **options))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_axes_titles_and_text_in_place_of_numbers_are_refused(drawings, name):
    function, table, options = drawings[name]
    axes = Figure().subplots(1, 2)
    error = refused(function, table, ax=axes, **options)
    assert (error.argument, error.value is axes) == ("ax", True)
    assert "axes[0, 0]" in error.remedy
    for title, word in ((3, "an int"), (["a"], "a list"), (b"a", "a bytes")):
        error = refused(function, table, title=title, **options)
        assert (error.argument, error.value) == ("title", title)
        assert word in str(error)
    for column in {"z_up", "z_sum", "observed", "contribution", "dose_um", "shared_by", "consensus"}.intersection(
        getattr(table, "columns", ())
    ):
        if column in ARGUMENTS[name][2]:
            error = refused(function, table.assign(**{column: "high"}), **options)
            assert (error.argument, error.value) == (ARGUMENTS[name][0], "high")
            assert f"column {column} holds 'high'" in str(error)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        *((name, "call", "maybe") for name in ("scores", "top", "perturbagen", "dose response", "consensus")),
        ("top", "call", np.nan),
        ("stability", "call_without", "maybe"),
        ("evidence", "side", "both"),
        ("stability", "side", "both"),
    ],
)
def test_unknown_words_are_refused_with_the_known_ones(drawings, name, column, value):
    function, table, options = drawings[name]
    error = refused(function, table.assign(**{column: value}), **options)
    assert (error.argument, error.value) == (ARGUMENTS[name][0], [str(value)])
    assert ('not "up" or "down"' if column == "side" else 'not "mimicker" or "reverser" or') in str(error)
    assert ARGUMENTS[name][1] in error.remedy


def test_tables_without_a_number_are_refused(drawings, gene):
    nothing = {
        "percentiles": (slice(None), np.nan, "percentiles"),
        "heatmap": (slice(None), np.nan, "percentiles"),
        "scores": (["z_up", "z_down"], np.nan, "match_genes"),
        "top": (["z_sum"], 0.0, "match_genes"),
        "evidence": (["contribution"], np.nan, "explain_concordance"),
        "null": (["observed", "calibrated"], np.nan, "background"),
        "perturbagen": (["z_sum"], np.nan, "another score"),
        "dose response": (["z_sum"], np.nan, "another score"),
        "consensus": (["consensus"], 0.0, "match_genes"),
        "stability": (["contribution"], np.nan, "two genes"),
    }
    for name, (columns, value, remedy) in nothing.items():
        function, table, options = drawings[name]
        empty = table.copy()
        empty.loc[:, columns] = value
        error = refused(function, empty, **options)
        assert error.argument == ARGUMENTS[name][0], name
        assert remedy in error.remedy, name
    assert refused(plot_gene, gene * np.nan).argument == "percentiles"
    assert refused(plot_gene, gene, background=gene * np.nan).argument == "background"
    parts = pd.DataFrame({"z_up": [1.0, np.nan], "z_down": [np.nan, 1.0], "z_sum": [1.0, 1.0], "call": "unresolved"})
    assert "no signature with both z_up and z_down" in str(refused(plot_scores, parts))
    for table in (pd.DataFrame({"S": [3, 12_318]}), pd.DataFrame({"S": [-1, 50]})):
        error = refused(plot_percentiles, table)
        assert error.value == (table["S"].min(), table["S"].max())
        assert "to_percentile(ranks, n_genes=...)" in error.remedy
    assert refused(plot_gene, gene * 100).argument == "percentiles"


def test_bad_options_are_refused(drawings, percentiles, scores, consensus, genes, perturbagen, gene):
    for function, table, option, values in [
        (plot_percentiles, percentiles, "max_genes", (0, "5")),
        (plot_scores, scores, "label", (-1, True)),
        (plot_top, scores, "top", (2.5, 0)),
        (plot_evidence, drawings["evidence"][1], "label", ("5",)),
        (plot_heatmap, percentiles, "max_labels", (None,)),
        (plot_consensus, consensus, "top", (0, True, 2.5, "5")),
        (plot_stability, genes, "top", (0, True, 2.5, "5")),
        (plot_stability, genes, "call", ("maybe",)),
        (plot_heatmap, percentiles, "ends", ("ab", ("a", "b", "c"))),
        (plot_heatmap, percentiles, "limits", ((60, 100), (0,), 5, ("a", "b"))),
        (plot_heatmap, percentiles, "centre", (np.nan, "x")),
        (plot_perturbagen, perturbagen, "limits", ((1, 5), (-5, 0), (5,), 3, ("a", "b"), (-np.inf, 1), (np.nan, 1))),
        (plot_perturbagen, perturbagen, "score", ("z_all", 3, "dose_um")),
        (plot_dose_response, perturbagen, "score", ("z_all", "dose_um")),
        (plot_top, scores, "labels", (["a", "b"],)),
        (plot_gene, gene, "calls", (["mimicker"],)),
        (plot_percentiles, percentiles, "highlight", ("S99",)),
        (plot_percentiles, percentiles["S0"], "highlight", ("S1",)),
        (plot_gene, gene, "highlight", ("S99", 3)),
    ]:
        for value in values:
            error = refused(function, table, **{option: value})
            assert error.argument == option, (option, value)
            assert error.value is value or error.value == value
            assert error.remedy
    assert refused(plot_perturbagen, perturbagen.assign(p_sum=0.1), score="p_sum").argument == "score"
    assert refused(plot_top, scores, labels=pd.DataFrame({"x": ["a"]}, index=["mimic"])).argument == "labels"
    assert refused(plot_gene, gene, calls={"S0": "maybe"}).argument == "calls"
    assert "ends in '_std'" in str(refused(plot_consensus, consensus.filter(regex="^(?!.*_std$)")))
    assert "9 times" in str(refused(plot_percentiles, percentiles.set_axis(["S0"] * 9, axis=1), highlight="S0"))
    for highlight, word in ((object(), "an object"), (["S0", np.arange(2)], "a numpy ndarray"), ([["S0"]], "a list")):
        error = refused(plot_gene, gene, highlight=highlight)
        assert (error.argument, word in str(error)) == ("highlight", True)
    for wrong in (gene.to_frame(), gene.iloc[:0]):
        assert refused(plot_gene, gene, background=wrong).argument == "background"


def test_a_summary_of_perturbagens_is_answered_with_the_table_to_pass():
    sample = load_sample()
    scores = score_concordance(sample.ranks, sample.query)
    summary = summarise_perturbagens(scores, sample.ranks)
    for function in (plot_perturbagen, plot_dose_response):
        error = refused(function, summary)
        assert error.argument == "table"
        assert "perturbagen_signatures" in error.remedy
    table = perturbagen_signatures(scores, sample.ranks, summary.index[0])
    rendered(plot_perturbagen(table, ax=new_ax()))
    rendered(plot_dose_response(table, ax=new_ax()))


def test_the_ends_of_an_axis_are_those_of_the_column_it_shows():
    from lincs_interp.core.columns import column
    from lincs_interp.plots.style import PERCENTILE_ENDS, SCORE_ENDS

    percentile, z_sum = column("contributions", "percentile"), column("scores", "z_sum")
    assert ", ".join(end.replace(" ", " = ", 1) for end in percentile.ends) == PERCENTILE_ENDS
    for end, word in zip(z_sum.ends, SCORE_ENDS, strict=True):
        assert word[:3] in end, "reverses is the reverser's end, mimics the mimicker's"
