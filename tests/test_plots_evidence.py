"""The plots of what the evidence is worth: by their artists, every option, hostile names, and in their refusals."""

import doctest
import importlib
import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from test_plots import HOSTILE, labels_of, legend_texts, names_beside, new_ax, rendered, texts

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens.summary import summarise_perturbagens
from lincs_interp.plots import (
    CALL_COLOURS,
    DOWN_COLOUR,
    UP_COLOUR,
    plot_consensus,
    plot_gene,
    plot_null,
    plot_percentiles,
    plot_perturbagen,
    plot_stability,
)
from lincs_interp.plots._style import ink_on, room_points, score_colours
from lincs_interp.plots._tables import said
from lincs_interp.scoring.concordance import explain_concordance, score_concordance
from lincs_interp.scoring.consensus import score_consensus


@pytest.fixture
def qq():
    """Ten signatures: 4 beyond 1.96 as scored, 1 calibrated; rows in no order."""
    observed = [-6.0, -3.0, -1.5, -0.5, -0.1, 0.2, 0.9, 1.9, 2.5, 4.0]
    table = pd.DataFrame({"expected": np.linspace(-1.6, 1.6, 10), "observed": observed})
    table["calibrated"] = np.array(observed) / 3
    return table.sample(frac=1, random_state=4)


@pytest.fixture
def perturbagen():
    """Two cell lines, one of them at two times; 0.1 uM written in two ways; a dose in other units, one unknown."""
    rows = [
        ("PC3", "10 uM", 10.0, "24 h", 24.0, 8.0, "mimicker"),
        ("PC3", "100 nM", 0.1, "24 h", 24.0, 1.0, "unresolved"),
        ("A375", "10 uM", 10.0, "24 h", 24.0, -6.0, "reverser"),
        ("A375", "10 uM", 10.0, "6 h", 6.0, 2.0, "mimicker"),
        ("A375", "10 uM", 10.0, "6 h", 6.0, 9.0, "mimicker"),
        ("A375", "10 uM", 10.0, "6 h", 6.0, -1.0, "unresolved"),
        ("A375", "0.1 uM", 0.1, "6 h", 6.0, np.nan, "unresolved"),
        ("A375", "20 ng/ml", np.nan, "6 h", 6.0, 0.5, "unresolved"),
        ("A375", "3 ng/ml", np.nan, "6 h", 6.0, 0.01, "discordant"),
        ("A375", "", np.nan, "6 h", 6.0, 3.0, "mimicker"),
    ]
    names = ["cell_line", "pert_dose", "dose_um", "pert_time", "time_h", "z_sum", "call"]
    table = pd.DataFrame(rows, columns=names, index=[f"S{i}" for i in range(len(rows))])
    return table.assign(pert_name="somedrug", z_cal=table["z_sum"] / 4)


@pytest.fixture
def consensus():
    """Twelve signatures in no order, three voters, one vote and one consensus missing."""
    rng = np.random.default_rng(2)
    table = pd.DataFrame(rng.normal(0, 2, (12, 3)), columns=["z_sum_std", "wtcs_std", "xsum_std"])
    table.iloc[3, 1] = np.nan
    table["consensus"] = np.linspace(-9, 9, 12)[rng.permutation(12)]
    table.loc[5, "consensus"] = np.nan
    table = table.assign(families=3, families_agreeing=np.arange(12) % 4)
    table["call"] = np.where(
        table["consensus"] > 4, "mimicker", np.where(table["consensus"] < -4, "reverser", "unresolved")
    )
    return table.set_axis([f"S{i}" for i in range(12)]).rename_axis("signature")


@pytest.fixture
def genes():
    """z_sum = 4.0; the loss of MYC moves it furthest and changes the call."""
    rows = [
        ("TP53", "up", 1.0, 3.6, "mimicker", 3),
        ("MYC", "up", 2.0, 1.5, "unresolved", 7),
        ("CCND1", "down", 1.5, 2.9, "mimicker", 0),
        ("GAPDH", "down", -0.5, 4.7, "mimicker", np.nan),
        ("LOST", "up", np.nan, np.nan, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=["gene", "side", "contribution", "z_sum_without", "call_without", "shared_by"])


@pytest.fixture
def gene():
    values = [0.5, 1.0, 40.0, 60.0, 99.0, np.nan, 12.0]
    return pd.Series(values, index=[f"S{i}" for i in range(7)], name="HMOX1")


@pytest.fixture
def habit():
    return pd.Series(np.r_[np.full(30, 0.4), np.linspace(2, 98, 69), np.nan, 99.7], name="HMOX1")


@pytest.fixture
def drawings(qq, perturbagen, consensus, genes, gene, habit):
    calls = dict.fromkeys(gene.index, "mimicker") | {"S1": "reverser"}
    whole = {"background": habit, "calls": calls, "highlight": ["S0", "S4"]}
    return {
        "null": (plot_null, qq, {}),
        "perturbagen": (plot_perturbagen, perturbagen, {}),
        "consensus": (plot_consensus, consensus, {}),
        "drivers": (plot_stability, genes, {}),
        "gene": (plot_gene, gene, {}),
        "whole gene": (plot_gene, gene, whole),
    }


EVERY = ["null", "perturbagen", "consensus", "drivers", "gene", "whole gene"]


def marks(ax):
    """Marker collections by label."""
    found = (mark for mark in ax.collections if isinstance(mark, matplotlib.collections.PathCollection))
    return {mark.get_label(): mark for mark in found if len(mark.get_offsets())}


def written(ax):
    return [text.get_text() for text in ax.texts]


def bar_words(ax):
    return labels_of(ax.images[0].colorbar.ax.yaxis)


# What holds of every plot


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
def test_without_axes_pyplot_knows_the_new_figure_and_nothing_is_cut_off(drawings, name):
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    function, table, options = drawings[name]
    before = set(plt.get_fignums())
    ax = function(table, title="A title of ordinary length", **options)
    try:
        assert {ax.figure.number} == set(plt.get_fignums()) - before
        check_on_the_page(rendered(ax))
        check_no_overlap(ax)
    finally:
        plt.close(ax.figure)


def check_on_the_page(ax):
    page = ax.figure.bbox
    for text in texts(ax):
        # Of a name with a line to its point the name alone counts.
        box = matplotlib.text.Text.get_window_extent(text)
        assert page.x0 - 1 <= box.x0, text
        assert box.x1 <= page.x1 + 1, text
        assert page.y0 - 1 <= box.y0, text
        assert box.y1 <= page.y1 + 1, text


def check_no_overlap(ax):
    found = texts(ax)
    boxes = [matplotlib.text.Text.get_window_extent(text).extents.tolist() for text in found]
    for (one, here), (other, there) in itertools.combinations(zip(found, boxes, strict=True), 2):
        across = min(here[2], there[2]) - max(here[0], there[0])
        along = min(here[3], there[3]) - max(here[1], there[1])
        assert min(across, along) <= 1.5, (one, other)


@pytest.mark.parametrize("names", [EVERY[:4], EVERY[2:]])
def test_in_a_grid_texts_do_not_overlap_and_are_at_least_8_points(drawings, names):
    axes = Figure(figsize=(14, 10), layout="constrained").subplots(2, 2).ravel()
    for ax, name in zip(axes, names, strict=True):
        function, table, options = drawings[name]
        function(table, ax=ax, title="A title", **options)
    rendered(axes[0])
    check_no_overlap(axes[0])
    check_on_the_page(axes[0])
    assert min(text.get_fontsize() for text in texts(axes[0])) >= 8


@pytest.mark.parametrize("name", EVERY)
def test_title_is_drawn_as_plain_text(drawings, name):
    function, table, options = drawings[name]
    ax = rendered(function(table, ax=new_ax(), title="cost $5 and $6", **options))
    assert ax.get_title(loc="left") == "cost $5 and $6"
    assert not ax._left_title.get_parse_math()
    assert function(table, ax=new_ax(), **options).get_title(loc="left") == ""


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_table_something_else_and_an_array_of_axes_are_refused(drawings, name):
    import matplotlib.pyplot as plt

    function, table, _ = drawings[name]
    figures = plt.get_fignums()
    with pytest.raises(LincsInterpError, match=r"is empty"):
        function(table.iloc[:0])
    with pytest.raises(LincsInterpError, match=r"is a list, not a (table|Series): pass"):
        function([1, 2, 3])
    with pytest.raises(LincsInterpError, match="ax is a ndarray, not one Matplotlib Axes: pass a single one"):
        function(table, ax=Figure().subplots(1, 2))
    assert plt.get_fignums() == figures


def test_drawing_on_given_axes_never_imports_pyplot_nor_statistics():
    code = """
import io, sys
import pandas as pd
from matplotlib.figure import Figure
from lincs_interp.plots import plot_consensus, plot_stability, plot_gene, plot_null, plot_perturbagen
axes = Figure(layout="constrained").subplots(2, 3).ravel()
plot_null(pd.DataFrame({"expected": [0.0], "observed": [1.0]}), ax=axes[0])
facts = {"cell_line": "A", "pert_dose": "", "dose_um": 1.0, "pert_time": "", "time_h": 6.0, "call": "mimicker"}
plot_perturbagen(pd.DataFrame([facts | {"z_sum": 3.0}]), ax=axes[1])
votes = {"z_std": 1.0, "consensus": 1.0, "families": 1, "families_agreeing": 1, "call": "mimicker"}
plot_consensus(pd.DataFrame([votes]), ax=axes[2])
one = {"gene": "g", "side": "up", "contribution": 1.0, "z_sum_without": 2.0, "call_without": "mimicker", "shared_by": 1}
plot_stability(pd.DataFrame([one]), ax=axes[3])
plot_gene(pd.Series([1.0, 2.0]), background=pd.Series([50.0]), highlight=None, ax=axes[4])
axes[0].figure.savefig(io.BytesIO())
print([name for name in ("matplotlib.pyplot", "scipy.stats", "seaborn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["null", "perturbagen", "gene", "consensus", "stability"])
def test_examples_in_the_documentation(module):
    result = doctest.testmod(importlib.import_module(f"lincs_interp.plots.{module}"))
    assert result.attempted >= 3
    assert result.failed == 0


def test_hostile_names_are_drawn_as_they_are_without_a_warning(perturbagen, consensus):
    n = len(HOSTILE)
    facts = {"pert_dose": HOSTILE, "dose_um": np.nan, "pert_time": HOSTILE, "time_h": np.nan, "call": "mimicker"}
    tiles = pd.DataFrame({"cell_line": HOSTILE, **facts, "z_sum": 1.0, "pert_name": HOSTILE})
    votes = consensus.iloc[:n].set_axis(HOSTILE)
    one = {"gene": HOSTILE, "side": "up", "contribution": 1.0, "call_without": "mimicker", "shared_by": 1}
    lost = pd.DataFrame({**one, "z_sum_without": np.arange(n) + 5.0})
    row = pd.Series(np.linspace(0, 100, n), index=HOSTILE, name=HOSTILE[0])
    axes = [
        plot_perturbagen(tiles, ax=new_ax()),
        plot_consensus(votes, ax=new_ax()),
        plot_stability(lost, ax=new_ax()),
        plot_gene(row, highlight=HOSTILE, ax=new_ax()),
    ]
    for ax in axes:
        rendered(ax)
        for text in texts(ax):
            if "$" in text.get_text():
                assert not text.get_parse_math(), text
            assert all(len(line) <= 110 for line in text.get_text().splitlines())
    assert "$x^2$ and $" in " ".join(labels_of(axes[0].yaxis))
    assert "<script>alert(1)</script>" in labels_of(axes[1].yaxis)
    assert "(unnamed)" in labels_of(axes[2].yaxis)
    assert axes[3].get_xlabel().startswith("percentile of $x^2$ and $\n")
    assert any(text.get_text().startswith("line break tab: ") for text in names_beside(axes[3]))


# Shared pieces


def test_score_colours_run_from_the_reverser_over_white_to_the_mimicker_equally_dark_at_both_ends():
    colours = score_colours("white")
    low, orange, high = (np.array(colours(x)[:3]) for x in (0.0, 0.8, 1.0))
    assert to_hex(low).upper() == CALL_COLOURS["reverser"]
    assert np.abs(orange - matplotlib.colors.to_rgb(CALL_COLOURS["mimicker"])).max() < 0.02
    assert min(colours(0.5)[:3]) > 0.95
    grey = [float(colour @ [0.299, 0.587, 0.114]) for colour in (low, high)]
    assert abs(grey[0] - grey[1]) < 0.12
    steps = [float(np.array(colours(x)[:3]) @ [0.299, 0.587, 0.114]) for x in np.linspace(0.5, 1, 11)]
    assert steps == sorted(steps, reverse=True), "darker the further from 0, in grey too"


def test_ink_on_a_colour_is_the_one_with_the_better_contrast():
    def luminance(colour):
        return float(np.array(matplotlib.colors.to_rgb(colour)) ** 2.2 @ [0.2126, 0.7152, 0.0722]) + 0.05

    for x in np.linspace(0, 1, 41):
        tile = score_colours("white")(x)[:3]
        contrast = {
            ink: max(luminance(ink), luminance(tile)) / min(luminance(ink), luminance(tile))
            for ink in ("white", "#222222")
        }
        chosen = contrast[ink_on(tile)]
        assert chosen > 0.95 * max(contrast.values())
        assert chosen > 3.7


def test_said_is_empty_where_metadata_says_nothing():
    assert said(pd.Series(["a", "", " ", None, np.nan, pd.NA, 3], dtype=object)) == ["a", "", "", "", "", "", "3"]


def test_room_is_the_cell_less_the_texts_under_a_layout_and_the_axes_without_one():
    cell = Figure(figsize=(10, 6), layout="constrained").subplots(2, 2)[0, 1]
    assert room_points(cell, 100, 50) == pytest.approx((10 * 72 / 2 - 100, 6 * 72 / 2 - 50))
    assert room_points(cell, 1e6, 1e6) == (1, 1)
    ratios = {"width_ratios": [3, 1], "height_ratios": [1, 2]}
    uneven = Figure(figsize=(10, 6), layout="constrained").subplots(2, 2, **ratios)[1, 1]
    assert room_points(uneven, 100, 50) == pytest.approx((10 * 72 / 4 - 100, 6 * 72 * 2 / 3 - 50))
    free = Figure(figsize=(10, 6)).add_axes((0.1, 0.1, 0.5, 0.5))
    assert room_points(free, 100, 50) == pytest.approx((360, 216))


# plot_null


def test_null_draws_both_curves_as_quantiles_and_counts_what_lies_beyond(qq):
    ax = plot_null(qq, ax=new_ax())
    nominal, calibrated, chance = ax.get_lines()[-3:]
    assert nominal.get_xdata().tolist() == sorted(qq["expected"])
    assert nominal.get_ydata().tolist() == sorted(qq["observed"])
    assert calibrated.get_ydata().tolist() == sorted(qq["calibrated"])
    assert (np.array(chance.get_xdata()) == chance.get_ydata()).all(), "the line of a right p is the diagonal"
    assert legend_texts(ax) == [
        "nominal z: 40 % beyond ±1.96",
        "calibrated z: 10 % beyond ±1.96",
        "if the p-value were right: 5 % beyond ±1.96",
    ]
    assert {nominal.get_marker(), calibrated.get_marker()} == {"o", "s"}
    assert nominal.get_color() not in (UP_COLOUR, DOWN_COLOUR, *CALL_COLOURS.values())


def test_null_shades_what_a_reader_would_call_significant_and_says_which_side(qq):
    ax = plot_null(qq, ax=new_ax())
    spans = sorted(sorted((patch.get_y(), patch.get_y() + patch.get_height())) for patch in ax.patches)
    low, high = ax.get_ylim()
    assert spans == [pytest.approx([low, -1.96]), pytest.approx([1.96, high])]
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert places['p < .05: "mimickers"'] > 0.5 > places['p < .05: "reversers"']
    assert ax.get_ylabel().splitlines()[1] == "← reversers      mimickers →"
    assert high == -low > 6, "every point is inside, 0 in the middle"


def test_null_without_calibration_has_one_curve_and_one_that_failed_is_said(qq):
    ax = plot_null(qq.drop(columns="calibrated"), ax=new_ax())
    assert len(legend_texts(ax)) == 2
    assert "\n" not in ax.get_xlabel()
    none = plot_null(qq.assign(calibrated=np.nan), ax=new_ax())
    assert len(legend_texts(none)) == 2
    assert none.get_xlabel().endswith("\nno calibrated z: it needs more signatures")
    qq.iloc[2, 1] = qq.iloc[2, 2] = np.nan
    assert plot_null(qq, ax=new_ax()).get_xlabel().endswith("\n1 signature without a score not drawn")
    rendered(plot_null(qq.iloc[:1], ax=new_ax()))


def test_null_of_two_thousand_signatures_is_drawn():
    z = np.linspace(-3, 3, 2000)
    ax = rendered(plot_null(pd.DataFrame({"expected": z, "observed": 3 * z, "calibrated": z}), ax=new_ax()))
    assert legend_texts(ax)[0] == "nominal z: 78 % beyond ±1.96"


# plot_perturbagen


def test_perturbagen_sorts_doses_and_times_and_keeps_the_order_of_the_cell_lines(perturbagen):
    ax = plot_perturbagen(perturbagen, ax=new_ax())
    assert labels_of(ax.xaxis) == ["100 nM", "10 uM", "3 ng/ml", "20 ng/ml", "no dose"], "0.1 uM is 100 nM"
    assert labels_of(ax.yaxis) == ["PC3, 24 h", "A375, 6 h", "A375, 24 h"]
    assert ax.get_xlabel().splitlines()[0] == "dose of somedrug"
    drawn = ax.images[0].get_array()
    wanted = [[1, 8, None, None, None], [None, 2, 0.01, 0.5, 3], [None, -6, None, None, None]]
    assert drawn.tolist() == wanted, "the median of 2, 9 and -1 is 2"


def test_perturbagen_writes_score_count_and_calls_into_the_tiles(perturbagen):
    ax = plot_perturbagen(perturbagen, ax=Figure(figsize=(14, 6), layout="constrained").subplots())
    places = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in ax.texts}
    assert places == {
        (0, 0): "+1.0",
        (0, 1): "+8.0",
        (1, 0): "no score",
        (1, 1): "+2.0, n=3",
        (1, 2): "0.0",
        (1, 3): "+0.5",
        (1, 4): "+3.0",
        (2, 1): "−6.0",
    }
    by_call = {name: mark.get_offsets().round().tolist() for name, mark in marks(ax).items()}
    assert by_call["reverser"] == [[1, 2]]
    assert sorted(by_call["mimicker"]) == [[1, 0], [1, 1], [4, 1]]
    assert [1, 1] in by_call["unresolved"], "a tile shows each of its calls"
    assert legend_texts(ax) == ["mimicker", "reverser", "discordant", "unresolved"]
    assert ax.get_xlabel().splitlines()[1:] == [
        "tiles of several signatures (n) show their median",
        "hatched = no signature",
        "grey = no score",
        "marks: call at nominal p",
    ]


def test_perturbagen_ink_can_be_read_on_every_tile(perturbagen):
    ax = plot_perturbagen(perturbagen, ax=Figure(figsize=(14, 6), layout="constrained").subplots())
    colours = {text.get_text(): text.get_color() for text in ax.texts}
    assert colours["+8.0"] == "white"
    assert colours["+0.5"] == "#222222"


def test_perturbagen_hatches_tiles_without_a_signature_not_those_without_a_score(perturbagen):
    ax = plot_perturbagen(perturbagen, ax=new_ax())
    (hatched,) = (patches for patches in ax.collections if isinstance(patches, PatchCollection))
    assert hatched.get_hatch() == "////"
    corners = {tuple(path.vertices.min(axis=0) + 0.5) for path in hatched.get_paths()}
    assert corners == {(2, 0), (3, 0), (4, 0), (0, 2), (2, 2), (3, 2), (4, 2)}
    full = plot_perturbagen(perturbagen.iloc[:1], ax=new_ax())
    assert not [patches for patches in full.collections if isinstance(patches, PatchCollection)]
    assert "hatched" not in full.get_xlabel()


def test_perturbagen_colours_are_symmetric_and_leave_noise_pale(perturbagen):
    ax = plot_perturbagen(perturbagen, ax=new_ax())
    assert ax.images[0].get_clim() == (-8, 8)
    assert bar_words(ax) == ["−8 = reverses", "0", "8 = mimics"]
    assert ax.images[0].colorbar.ax.get_title(loc="left") == "z_sum"
    assert to_hex(ax.images[0].to_rgba(-8)).upper() == CALL_COLOURS["reverser"]
    calibrated = plot_perturbagen(perturbagen, score="z_cal", ax=new_ax())
    assert calibrated.images[0].get_clim() == (-5, 5), "2 is no reason for the full colour"
    assert calibrated.images[0].colorbar.ax.get_title(loc="left") == "z_cal"
    other = plot_perturbagen(perturbagen.assign(wtcs=perturbagen["z_sum"] / 10), score="wtcs", ax=new_ax())
    assert other.images[0].get_clim() == (-0.8, 0.8)
    cut = plot_perturbagen(perturbagen, limits=(-2, 20), ax=new_ax())
    assert cut.images[0].get_clim() == (-2, 20)
    assert cut.images[0].colorbar.extend == "min"
    assert bar_words(cut) == ["−2 = reverses", "0", "20 = mimics"]


def test_perturbagen_says_once_what_all_share_and_names_what_is_unknown(perturbagen):
    ax = plot_perturbagen(perturbagen.iloc[:3], ax=new_ax())
    assert labels_of(ax.yaxis) == ["PC3", "A375"]
    assert "all signatures: 24 h" in ax.get_xlabel()
    part = perturbagen.iloc[:2].assign(
        cell_line="", pert_time=["mixed", None], time_h=np.nan, pert_dose="", dose_um=np.nan
    )
    unknown = plot_perturbagen(part.drop(columns="pert_name"), ax=new_ax())
    assert labels_of(unknown.yaxis) == ["cell line unknown, mixed", "cell line unknown, time unknown"]
    assert labels_of(unknown.xaxis) == ["no dose"]
    assert unknown.get_xlabel() == "2 signatures\nmarks: call at nominal p"
    bare = plot_perturbagen(perturbagen.iloc[:1].assign(pert_dose=""), ax=new_ax())
    assert labels_of(bare.xaxis) == ["10 uM"], "a number without its text is micromolar"
    no_time = plot_perturbagen(part.iloc[1:], ax=new_ax())
    assert labels_of(no_time.yaxis) == ["cell line unknown"]
    assert no_time.get_xlabel() == "1 signature of somedrug\nmarks: call at nominal p"
    two = perturbagen.assign(pert_name=["one", "two"] * 5)
    assert plot_perturbagen(two, ax=new_ax()).get_xlabel().startswith("dose of one, two\n")


@pytest.fixture
def many_cells():
    n = 2000
    facts = {"pert_dose": "10 uM", "dose_um": 10.0, "pert_time": "24 h", "time_h": 24.0, "call": "mimicker"}
    return pd.DataFrame({"cell_line": [f"CELL{i % 400}" for i in range(n)], **facts, "z_sum": np.linspace(-9, 9, n)})


def test_perturbagen_in_many_cell_lines_names_as_many_as_can_be_read(many_cells):
    sixty = many_cells.iloc[:60]
    import matplotlib.pyplot as plt

    ax = rendered(plot_perturbagen(sixty))
    try:
        assert labels_of(ax.yaxis) == list(sixty["cell_line"])
        assert len(ax.texts) == 60
        check_no_overlap(ax)
        check_on_the_page(ax)
    finally:
        plt.close(ax.figure)
    small = rendered(plot_perturbagen(sixty, ax=Figure(figsize=(6, 4), layout="constrained").subplots()))
    check_no_overlap(small)
    assert not small.texts
    assert small.get_legend() is None, "no marker in the tiles, no key"
    assert "one row in " in small.get_xlabel()


def test_perturbagen_of_two_thousand_signatures_is_drawn(many_cells):
    ax = rendered(plot_perturbagen(many_cells, ax=new_ax()))
    assert ax.images[0].get_array().shape == (400, 1)
    assert "tiles of several signatures show their median" in ax.get_xlabel()


# plot_gene


def test_gene_marks_stand_at_the_percentiles_and_the_outer_percents_are_shaded_and_counted(gene, habit):
    ax = plot_gene(gene, background=habit, ax=new_ax())
    (mark,) = marks(ax).values()
    assert mark.get_offsets()[:, 0].tolist() == [0.5, 1.0, 40.0, 60.0, 99.0, 12.0]
    assert np.abs(mark.get_offsets()[:, 1]).max() < 0.3, "the row is no scale"
    assert written(ax)[1:] == [
        "lowest 1%\n17 % (1 of 6)\nbaseline 30 % (30 of 100)",
        "highest 1%\n0 % (0 of 6)\nbaseline 1.0 % (1 of 100)",
    ], "1.0 and 99.0 are not beyond the edge"
    shaded = [(patch.get_x(), patch.get_width()) for patch in ax.patches if patch.get_alpha() == 0.3]
    assert shaded == [(0, 1), (99, 1)]
    assert labels_of(ax.yaxis) == ["signatures (6)", "baseline (100)"]
    assert ax.get_xlabel().splitlines() == [
        "percentile of HMOX1",
        "0 = most down, 100 = most up",
        "shaded = extreme: by chance 1% at each end",
        "1 signature without a rank not drawn",
    ]
    assert written(plot_gene(gene, ax=new_ax())) == ["lowest 1%\n17 % (1 of 6)", "highest 1%\n0 % (0 of 6)"]


@pytest.mark.parametrize("n_genes", [50, 150, 300, 978])
def test_gene_counts_as_extreme_what_gene_baseline_does_where_no_ranks_are_tied(n_genes):
    """Every gene takes every rank once: with 150 genes, rank 2 has percentile 1 and rank 149 percentile 99."""
    values = (np.arange(n_genes)[:, None] + np.arange(n_genes)[None, :]) % n_genes + 1
    frame = pd.DataFrame(values, index=[f"g{i}" for i in range(n_genes)]).add_prefix("s", axis=1)
    ranks = RankMatrix.from_frame(frame)
    share = gene_baseline(ranks, tail=max(0.01, 1 / n_genes)).loc["g0"]
    if n_genes > 100:
        ends = written(plot_gene(ranks.percentiles().loc["g0"], ax=new_ax()))
        counts = [int(text.split("(")[1].split(" of")[0]) for text in ends]
        assert counts == [round(share["share_low"] * n_genes), round(share["share_high"] * n_genes)]
        assert counts == [len([r for r in range(1, n_genes + 1) if 100 * (r - 0.5) < n_genes])] * 2
    else:
        assert written(plot_gene(ranks.percentiles().loc["g0"], ax=new_ax()))[0] == "lowest 1%\n0 % (0 of 50)"


def test_gene_habit_is_a_histogram_whose_chance_line_tells_the_scale(gene, habit):
    ax = plot_gene(gene, background=habit, ax=new_ax())
    (bars,) = ax.containers
    heights = -np.array([bar.get_height() for bar in bars])
    counts = np.histogram(habit.dropna(), bins=np.arange(0, 101, 5))[0]
    assert heights / heights.max() == pytest.approx(counts / counts.max())
    floor = ax.get_ylim()[0]
    assert {bar.get_y() for bar in bars} == {floor}
    (chance,) = (
        line
        for line in ax.collections
        if len(getattr(line, "get_segments", list)()) == 1 and line.get_linestyle()[0][1]
    )
    height = floor - chance.get_segments()[0][0][1]
    assert height / heights.max() == pytest.approx(0.05 * 100 / counts.max())
    assert "chance" in written(ax)
    assert len(plot_gene(gene, ax=new_ax()).containers) == 0


def test_gene_with_calls_has_a_row_for_each_with_its_marker(gene):
    calls = pd.Series({"S0": "reverser", "S1": "mimicker", "S2": "mimicker", "S3": "unresolved", "other": "discordant"})
    ax = plot_gene(gene, calls=calls, ax=new_ax())
    assert labels_of(ax.yaxis) == ["mimicker (2)", "reverser (1)", "unresolved (1)", "no call (2)"]
    drawn = list(marks(ax).values())
    assert [sorted(mark.get_offsets()[:, 0].tolist()) for mark in drawn] == [[1, 40], [0.5], [60], [12, 99]]
    assert [to_hex(mark.get_facecolor()[0]).upper() for mark in drawn][:2] == [
        CALL_COLOURS["mimicker"],
        CALL_COLOURS["reverser"],
    ]
    assert len({mark.get_paths()[0].vertices.tobytes() for mark in drawn[:3]}) == 3
    for row, mark in enumerate(drawn):
        assert np.abs(mark.get_offsets()[:, 1] - row).max() < 0.3


def test_gene_highlights_are_diamonds_named_at_the_right(gene):
    ax = plot_gene(gene, highlight=["S4", "S0", "S4", "S5"], ax=new_ax())
    diamonds = ax.collections[-1]
    assert diamonds.get_offsets()[:, 0].tolist() == [99, 0.5]
    assert [to_hex(colour).upper() for colour in diamonds.get_facecolors()] == [UP_COLOUR, DOWN_COLOUR]
    assert {text.get_text() for text in names_beside(ax) if ": " in text.get_text()} == {"S4: 99.0", "S0: 0.5"}
    assert ax.get_xlabel().splitlines()[-2] == "S5 has no rank of this gene"
    named = plot_gene(gene, highlight="S4", labels={"S4": "vorinostat"}, ax=new_ax())
    assert "vorinostat: 99.0" in written(named)
    assert diamonds.get_zorder() > 3


def test_gene_words_on_both_ends_stand_one_above_the_other_where_axes_are_narrow(gene, habit):
    narrow = Figure(figsize=(3.2, 5), layout="constrained").subplots()
    ax = rendered(plot_gene(gene, background=habit, highlight="S4", ax=narrow))
    check_no_overlap(ax)
    low, high = (text for text in ax.texts if "1%\n" in text.get_text())
    assert high.get_window_extent().y0 >= low.get_window_extent().y1 - 2


def test_gene_in_two_thousand_signatures_and_in_one_is_drawn(rng):
    values = pd.Series(rng.uniform(0, 100, 2000))
    ax = rendered(plot_gene(values, background=values, ax=new_ax()))
    assert ax.collections[0].get_alpha() < 0.2, "many marks are fainter"
    assert ax.get_xlabel().startswith("percentile\n")
    rendered(plot_gene(values.iloc[:1], background=values.iloc[:1], ax=new_ax()))


def test_gene_ids_that_repeat_are_counted_not_looked_up():
    values = pd.Series([np.nan, 10.0, 20.0, 30.0], index=["a", "a", "b", "c"])
    ax = plot_gene(values, highlight="c", ax=new_ax())
    assert "c: 30.0" in written(ax)
    with pytest.raises(LincsInterpError, match="'a' occurs 2 times among the 4 signatures") as error:
        plot_gene(values, highlight="a")
    assert (error.value.argument, error.value.value) == ("highlight", "a")


# plot_consensus


def test_consensus_shows_the_votes_of_the_strongest_of_both_ends(consensus):
    ax = plot_consensus(consensus, top=3, ax=new_ax())
    order = consensus["consensus"].dropna().sort_values(ascending=False)
    rows = [*order.index[:3], *order.index[-3:]]
    assert labels_of(ax.yaxis) == rows
    votes = consensus.loc[rows, ["z_sum_std", "wtcs_std", "xsum_std"]].to_numpy()
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert drawn[:, :3] == pytest.approx(votes, nan_ok=True)
    assert drawn[:, 3] == pytest.approx(order[rows].to_numpy() / 3), "the sum is coloured by its mean"
    numbers = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in ax.texts}
    assert numbers[0, 3] == f"{order.iloc[0]:+.1f}"
    assert numbers[5, 3] == f"{order.iloc[-1]:+.1f}".replace("-", "−")
    assert numbers[0, 0] == f"{votes[0, 0]:+.1f}".replace("-", "−")
    assert labels_of(ax.xaxis) == ["z_sum", "wtcs", "xsum", "consensus", "families\nagree"]
    assert "1 signature without a consensus not drawn" in ax.get_xlabel()
    assert len(labels_of(plot_consensus(consensus, ax=new_ax()).yaxis)) == 11


def test_consensus_says_how_many_agree_and_marks_the_call(consensus):
    ax = plot_consensus(consensus, top=3, ax=new_ax())
    rows = labels_of(ax.yaxis)
    agreeing = [text for text in written(ax) if " of " in text]
    assert agreeing == [f"{consensus.loc[row, 'families_agreeing']} of 3" for row in rows]
    found = {}
    for call, mark in marks(ax).items():
        assert (mark.get_offsets()[:, 0] > 4).all(), "right of the last tile"
        found |= dict.fromkeys(mark.get_offsets()[:, 1].astype(int), call)
    assert [found[row] for row in range(6)] == list(consensus.loc[rows, "call"])
    assert legend_texts(ax) == ["mimicker", "reverser"]


def test_consensus_colours_are_full_where_nine_tenths_of_the_votes_lie_and_not_below_3(consensus):
    ax = plot_consensus(consensus, ax=new_ax())
    kept = consensus[consensus["consensus"].notna()]
    votes = kept[["z_sum_std", "wtcs_std", "xsum_std"]].to_numpy()
    reach = float(f"{np.nanquantile(np.abs(votes), 0.9):.2g}")
    assert reach > 3
    assert ax.images[0].get_clim() == pytest.approx((-reach, reach))
    assert ax.images[0].colorbar.extend == "both"
    assert bar_words(ax) == [f"−{reach:g} = reverses", "0", f"{reach:g} = mimics"]
    pale = consensus.assign(**{name: consensus[name] / 10 for name in ("z_sum_std", "wtcs_std", "xsum_std")})
    assert plot_consensus(pale, ax=new_ax()).images[0].get_clim() == (-3, 3)
    assert ax.get_xlabel().splitlines()[:2] == [
        "0 = an ordinary signature of this matrix",
        "consensus = sum of the votes, coloured by their mean",
    ]
    assert "grey = no value" in ax.get_xlabel()
    assert "grey" not in plot_consensus(consensus.drop(index="S3"), ax=new_ax()).get_xlabel()


def test_consensus_of_one_signature_of_two_thousand_and_of_one_end(consensus):
    rendered(plot_consensus(consensus.iloc[[0]], ax=new_ax()))
    many = pd.concat([consensus] * 170, ignore_index=True)
    assert len(labels_of(plot_consensus(many, ax=new_ax()).yaxis)) <= 30
    above = plot_consensus(consensus[consensus["consensus"] > 0], ax=new_ax())
    assert set(labels_of(above.yaxis)) == set(consensus.index[consensus["consensus"] > 0])
    names = plot_consensus(consensus, top=1, labels={"S0": "drug"}, ax=new_ax())
    assert len(labels_of(names.yaxis)) == 2
    silent = consensus.assign(z_sum_std=np.nan, wtcs_std=np.nan, xsum_std=np.nan)
    assert plot_consensus(silent, ax=new_ax()).images[0].get_clim() == (-3, 3)


def test_consensus_labels_are_used(consensus):
    best = consensus["consensus"].idxmax()
    assert labels_of(plot_consensus(consensus, labels={best: "drug"}, ax=new_ax()).yaxis)[0] == "drug"
    facts = pd.DataFrame({"pert_name": [f"drug {name}" for name in consensus.index], "cell_line": "A375"})
    ax = plot_consensus(consensus, labels=facts.set_axis(consensus.index), ax=new_ax())
    assert labels_of(ax.yaxis)[0] == f"drug {best}"
    assert "all signatures: A375" in ax.get_xlabel()


def test_consensus_rows_of_one_name_are_told_apart_by_plate_or_well(consensus):
    first = consensus["consensus"].dropna().sort_values(ascending=False).index[:3]
    facts = pd.DataFrame({"pert_name": [f"drug {name}" for name in consensus.index], "cell_line": "A375"})
    facts = facts.set_axis(consensus.index).assign(plate="P1", well="")
    facts.loc[first, "pert_name"] = "same"

    def names(plates, wells):
        told = facts.copy()
        told.loc[first, "plate"], told.loc[first, "well"] = plates, wells
        return labels_of(plot_consensus(consensus, labels=told, ax=new_ax()).yaxis)[:4]

    assert names(["P1", "P2", "P3"], ["A1", "A1", "A1"])[:3] == ["same, P1", "same, P2", "same, P3"]
    assert names(["P1", "P1", "P1"], ["A1", "A2", "A3"])[:3] == ["same, A1", "same, A2", "same, A3"]
    assert names(["P1", "P1", "P2"], ["A1", "A2", "A1"])[:3] == ["same, P1 A1", "same, P1 A2", "same, P2 A1"]
    assert names(["P1", "P1", "P1"], ["", "", ""])[:3] == ["same"] * 3
    assert names(["P1", "P2", None], ["", "", ""])[:3] == ["same, P1", "same, P2", "same"]
    assert ", P1" not in names(["P1", "P2", "P3"], ["", "", ""])[3], "a name that stands once stays as it is"


def test_consensus_of_the_package_is_drawn(small_ranks, small_query):
    table = score_consensus(small_ranks, small_query)
    ax = rendered(plot_consensus(table, labels=small_ranks.signatures, ax=new_ax()))
    check_no_overlap(ax)
    assert labels_of(ax.xaxis)[:3] == ["z_sum", "wtcs", "xsum"]


# plot_stability


def test_drivers_go_from_the_full_score_to_that_without_the_gene_the_greatest_loss_first(genes):
    ax = plot_stability(genes, ax=new_ax())
    assert labels_of(ax.yaxis) == ["MYC", "CCND1", "TP53", "GAPDH"], "moved by -2.5, -1.1, -0.4, +0.7"
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    stems = ax.collections[0].get_segments()
    assert [tuple(stem[:, 0]) for stem in stems] == [(1.5, 4.0), (2.9, 4.0), (3.6, 4.0), (4.0, 4.7)]
    drawn = {
        name: (mark.get_offsets().tolist(), to_hex(mark.get_facecolor()[0]).upper()) for name, mark in marks(ax).items()
    }
    assert drawn == {
        "up gene": ([[1.5, 0], [3.6, 2]], UP_COLOUR),
        "down gene": ([[2.9, 1], [4.7, 3]], DOWN_COLOUR),
    }
    assert len({mark.get_paths()[0].vertices.tobytes() for mark in marks(ax).values()}) == 2
    (line,) = (line for line in ax.get_lines() if "z_sum" in str(line.get_label()))
    assert list(line.get_xdata()) == [4.0, 4.0]
    assert legend_texts(ax) == ["up gene", "down gene", "z_sum = +4.00"]
    assert ax.get_xlabel().splitlines() == [
        "z_sum without the gene (+ mimics, − reverses)",
        "← weaker      stronger →",
        "one gene moves it by 2.5 at most, of +4.00",
        "shared by: how many other top hits the gene carries the same way",
        "1 gene not drawn: no rank, or no score without it",
    ]


def test_drivers_columns_say_who_shares_a_gene_and_which_call_changes(genes):
    ax = plot_stability(genes, ax=new_ax())
    assert written(ax) == ["shared by\nother hits", "7", "0", "3", "–", "call\nwithout it", "unresolved"]
    places = {text.get_text(): text.xy[1] for text in ax.texts if "\n" not in text.get_text()}
    assert places["unresolved"] == places["7"] == 0
    rendered(ax)
    (head,) = (text for text in ax.texts if text.get_text().startswith("shared by"))
    assert head.get_window_extent().y0 >= ax.get_window_extent().y1, "above its column"
    same = plot_stability(genes.assign(call_without="mimicker"), ax=new_ax())
    assert "call\nwithout it" not in written(same)
    told = plot_stability(genes, call="unresolved", ax=new_ax())
    assert written(told)[-4:] == ["call\nwithout it", "mimicker", "mimicker", "mimicker"]


def test_drivers_takes_so_many_and_says_so(genes):
    ax = plot_stability(genes, top=2, ax=new_ax())
    assert labels_of(ax.yaxis) == ["MYC", "GAPDH"], "the outermost of either side"
    assert "the outer 2 of 4 genes" in ax.get_xlabel()
    assert "outer" not in plot_stability(genes, ax=new_ax()).get_xlabel()
    assert labels_of(plot_stability(genes, top=1, ax=new_ax()).yaxis) == ["MYC"]
    assert labels_of(plot_stability(genes, top=3, ax=new_ax()).yaxis) == ["MYC", "CCND1", "GAPDH"]
    stronger = genes.assign(z_sum_without=[4.1, 4.4, 4.3, 3.9, np.nan])
    assert labels_of(plot_stability(stronger, top=3, ax=new_ax()).yaxis) == ["GAPDH", "CCND1", "MYC"], "filled up"


def test_drivers_of_a_reverser_weaken_on_the_right_and_zero_is_drawn_where_it_is_crossed(genes):
    turned = genes.assign(contribution=-genes["contribution"], z_sum_without=-genes["z_sum_without"])
    ax = plot_stability(turned, ax=new_ax())
    assert ax.get_xlabel().splitlines()[1] == "← stronger      weaker →"
    assert labels_of(ax.yaxis) == ["MYC", "CCND1", "TP53", "GAPDH"]
    zero = [line for line in ax.get_lines() if list(line.get_xdata()) == [0, 0]]
    assert not zero
    crossing = plot_stability(genes.assign(z_sum_without=[3.6, -0.5, 2.9, 4.7, np.nan]), ax=new_ax())
    assert [line for line in crossing.get_lines() if list(line.get_xdata()) == [0, 0]]


def test_drivers_of_one_gene_of_two_thousand_and_where_nothing_moves(genes):
    rendered(plot_stability(genes.iloc[[0]], ax=new_ax()))
    still = rendered(plot_stability(genes.iloc[:1].assign(z_sum_without=1.0), ax=new_ax()))
    assert still.get_xlim()[1] - still.get_xlim()[0] < 0.1
    many = pd.concat([genes] * 400, ignore_index=True)
    assert len(labels_of(rendered(plot_stability(many, ax=new_ax())).yaxis)) == 15


def test_drivers_full_score_is_that_of_the_score_table(small_ranks, small_query):
    scores = score_concordance(small_ranks, small_query)
    best = scores.index[0]
    table = explain_concordance(small_ranks, small_query, best)
    table = table.assign(z_sum_without=scores.loc[best, "z_sum"], call_without="mimicker", shared_by=1)
    ax = plot_stability(table, ax=new_ax())
    assert f"z_sum = {scores.loc[best, 'z_sum']:+.2f}" in legend_texts(ax)


# Refusals


def message(function, *args, **options):
    with pytest.raises(LincsInterpError) as error:
        function(*args, **options)
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "argument", "maker", "columns"),
    [
        ("null", "qq", "check_null (its .qq)", ["expected", "observed"]),
        (
            "perturbagen",
            "table",
            "perturbagen_signatures",
            ["cell_line", "pert_dose", "dose_um", "pert_time", "time_h", "call"],
        ),
        ("consensus", "consensus", "score_consensus", ["consensus", "families", "families_agreeing", "call"]),
        (
            "drivers",
            "genes",
            "leave_one_out (its .genes)",
            ["gene", "side", "contribution", "z_sum_without", "call_without", "shared_by"],
        ),
    ],
)
def test_a_missing_column_is_named_with_the_function_that_makes_the_table(drawings, name, argument, maker, columns):
    function, table, _ = drawings[name]
    for column in columns:
        found = message(function, table.drop(columns=column), ax=new_ax())
        assert found == f"{argument} has no column '{column}': pass the table made by {maker}."
    twice = pd.concat([table, table[[columns[0]]]], axis=1)
    assert "more than one column" in message(function, twice)


def test_tables_without_a_number_are_refused(qq, perturbagen, consensus, genes, gene):
    assert message(plot_null, qq * np.nan) == (
        "qq has no row with both an expected and an observed quantile: check the background, then make the table again"
        " with check_null."
    )
    assert message(plot_perturbagen, perturbagen.assign(z_sum=np.nan)) == (
        "table holds no z_sum at all, only missing values: there is nothing to draw."
    )
    nothing = (
        "consensus has no value above or below 0, so no signature stands out from the others: check that the query's"
        " genes were found (match_genes)."
    )
    for value in (np.nan, 0.0):
        assert message(plot_consensus, consensus.assign(consensus=value)) == nothing
    no_gene = (
        "genes has no gene with a contribution and a z_sum_without, so there is nothing to draw: a query needs at least"
        " two genes before one can be left out."
    )
    assert message(plot_stability, genes.assign(z_sum_without=np.nan)) == no_gene
    assert message(plot_stability, genes.assign(contribution=np.nan)) == no_gene
    assert message(plot_gene, gene * np.nan) == (
        "percentiles holds no number, only missing values: there is nothing to draw."
    )
    assert message(plot_gene, gene, background=gene * np.nan).startswith("background holds no number")


def test_unknown_words_and_text_are_refused(qq, perturbagen, consensus, genes, gene):
    calls = "mimicker or reverser or discordant or unresolved"
    assert message(plot_perturbagen, perturbagen.assign(call="maybe")) == (
        f"table: call holds 'maybe', but a call is {calls}: pass the table as perturbagen_signatures made it."
    )
    assert message(plot_consensus, consensus.assign(call="maybe")) == (
        f"consensus: call holds 'maybe', but a call is {calls}: pass the table as score_consensus made it."
    )
    assert message(plot_stability, genes.assign(call_without="maybe")) == (
        f"genes: call_without holds 'maybe', but a call is {calls}: pass the table as leave_one_out (its .genes)"
        " made it."
    )
    assert message(plot_stability, genes.assign(side="both")) == (
        'genes: side holds \'both\', but a side is "up" or "down": pass the table as leave_one_out (its .genes)'
        " made it."
    )
    assert message(plot_gene, gene, calls={"S0": "maybe"}) == (
        f"calls holds 'maybe', but a call is {calls}: pass scores['call']."
    )
    assert message(plot_gene, gene, calls=["mimicker"]) == (
        "calls is a list: pass scores['call'], or a mapping from signature id to call."
    )
    text = ": pass a table of numbers only."
    assert message(plot_null, qq.assign(observed="x")) == f"qq: observed holds 'x', which is not a number{text}"
    assert message(plot_stability, genes.assign(contribution="x")).startswith("genes: contribution holds 'x'")
    assert message(plot_perturbagen, perturbagen.assign(dose_um="x")).startswith("table: dose_um holds 'x'")


def test_bad_options_are_refused(perturbagen, consensus, genes, gene):
    assert message(plot_perturbagen, perturbagen, score="z_all") == (
        "score is 'z_all', which is no column of table: pass the name of one, such as 'z_sum'."
    )
    assert message(plot_perturbagen, perturbagen, score=3).startswith("score is '3', which is no column")
    for score in ("p_sum", "fdr_cal", "dose_um"):
        assert message(plot_perturbagen, perturbagen.assign(**{score: 0.1}), score=score) == (
            f"score is '{score}', which has no sign to tell mimickers from reversers: pass 'z_sum' or 'z_cal', say."
        )
    for limits in [(1, 5), (-5, 0), (5,), 3, ("a", "b"), (-np.inf, 1), (np.nan, 1)]:
        assert message(plot_perturbagen, perturbagen, limits=limits).startswith(
            "limits must be two numbers with 0 between them, such as (-10, 10), not "
        )
    for function, table in ((plot_consensus, consensus), (plot_stability, genes)):
        for top in (0, True, 2.5, "5"):
            assert message(function, table, top=top) == f"top must be a whole number from 1 up, not '{top}'."
    assert message(plot_stability, genes, call="maybe") == (
        "call must be 'mimicker' or 'reverser' or 'discordant' or 'unresolved', not 'maybe'."
    )
    assert message(plot_consensus, consensus[["consensus", "families", "families_agreeing", "call"]]) == (
        "consensus has no column that ends in '_std', so no family's vote: pass the table made by score_consensus."
    )
    assert message(plot_gene, gene, highlight="S99") == (
        "highlight 'S99' is not among the 7 signatures of percentiles: pass names of single ones, such as 'S0', 'S1'"
        " and 5 more."
    )
    assert message(plot_gene, gene, highlight=3).startswith("highlight '3' is not among the 7 signatures")
    for highlight, word in ((object(), "an object"), (["S0", np.arange(2)], "a numpy ndarray"), ([["S0"]], "a list")):
        assert message(plot_gene, gene, highlight=highlight) == (
            f"highlight holds {word}: pass names of single signatures, or a list of them."
        )
        assert message(plot_percentiles, gene.to_frame("x"), highlight=object()) == (
            "highlight is an object: pass the name of one column of percentiles."
        )
    import matplotlib.pyplot as plt

    figures = plt.get_fignums()
    assert message(plot_gene, gene, highlight="S0", labels=["a"]).startswith("labels is a list: pass ranks.signatures")
    assert message(plot_consensus, consensus, labels=["a"]).startswith("labels is a list: pass ranks.signatures")
    assert message(plot_stability, genes.assign(shared_by="x")).startswith("genes: shared_by holds 'x'")
    assert plt.get_fignums() == figures, "refused before a figure is made"
    assert message(plot_gene, gene.to_frame()) == (
        "percentiles is a DataFrame, not a Series: pass one row, such as ranks.percentiles().loc['HMOX1']."
    )
    assert message(plot_gene, gene, background=gene.to_frame()).startswith("background is a DataFrame, not a Series")
    assert message(plot_gene, gene, background=gene.iloc[:0]).startswith("background is empty")
    assert message(plot_gene, gene * 100).startswith("percentiles go from 50 to 9,900, but percentiles lie between")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("title", "word"), [(3, "an int"), (["a"], "a list"), (b"a", "a bytes")])
def test_a_title_that_is_no_text_is_refused(drawings, name, title, word):
    function, table, options = drawings[name]
    assert message(function, table, title=title, **options) == (
        f"title is {word}, not a text: pass a str, or leave title out."
    )


def test_the_whole_result_and_the_summary_are_answered_with_the_part_to_pass(qq, genes):
    """What has the table as an attribute of the argument's name is told so."""
    whole = type("NullCheck", (), {"qq": qq})()
    assert message(plot_null, whole) == "qq is a NullCheck, not a table: pass its .qq."
    whole = type("DriverStability", (), {"genes": genes})()
    assert message(plot_stability, whole) == "genes is a DriverStability, not a table: pass its .genes."
    summary = pd.DataFrame({"pert_name": ["a"], "grade": ["weak"], "n_signatures": [3]})
    sentence = "table is a summary of perturbagens: pass the table of perturbagen_signatures."
    assert message(plot_perturbagen, summary) == sentence
    sample = load_sample()
    scores = score_concordance(sample.ranks, sample.query)
    assert message(plot_perturbagen, summarise_perturbagens(scores, sample.ranks)) == sentence


@pytest.mark.real
def test_real_vemurafenib_stands_out_in_its_own_cell_line(real_data):
    from lincs_interp.core.query import GeneQuery

    folder = real_data / "real"
    table = pd.read_csv(folder / "landmark_978x1080.ranks.tsv.gz", sep="\t", index_col=0)
    facts = pd.read_csv(folder / "signature_metadata.tsv", sep="\t", index_col=0, keep_default_na=False)
    facts = facts[~facts.index.duplicated() & facts.index.isin(table.columns)]
    ranks = RankMatrix.from_frame(table, signatures=facts)
    name = "mapk_mek_inhibitor_ljp005_a375"
    sides = [(folder / "queries" / f"{name}_{side}.txt").read_text().split() for side in ("up", "down")]
    scores = score_concordance(ranks, GeneQuery(name, *sides), overlap="drop")
    of_drug = ranks.signatures[ranks.signatures["pert_name"] == "vemurafenib"].join(scores)
    ax = rendered(plot_perturbagen(of_drug.sort_values(["cell_line", "time_h", "dose_um"]), ax=new_ax()))
    tiles = pd.DataFrame(np.ma.filled(ax.images[0].get_array(), np.nan))
    assert tiles.shape[0] > 60
    assert tiles.max(axis=1).idxmax() < 2, "A375 at 6 and 24 h carries BRAF V600E and stands first"
