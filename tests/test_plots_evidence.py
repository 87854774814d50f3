"""The plots of what the evidence is worth: by their artists, every option, hostile names, and in their refusals."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from plot_tables import *  # noqa: F403  (the fixtures)
from plot_tables import (
    bar_words,
    check_no_overlap,
    check_on_the_page,
    labels_of,
    legend_texts,
    marks,
    names_beside,
    new_ax,
    rendered,
    written,
)

from lincs_interp._util.errors import LincsInterpError
from lincs_interp._util.missing import plain
from lincs_interp.core.baseline import gene_baseline
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.plots import (
    plot_consensus,
    plot_gene,
    plot_null,
    plot_perturbagen,
    plot_stability,
)
from lincs_interp.plots.style import CALL_COLOURS, DOWN_COLOUR, UP_COLOUR, ink_on, luminance, room_points, score_colours
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.consensus import score_consensus
from lincs_interp.scoring.contributions import explain_concordance

# Shared pieces


def test_score_colours_run_from_the_reverser_over_white_to_the_mimicker_equally_dark_at_both_ends():
    colours = score_colours()
    low, orange, high = (np.array(colours(x)[:3]) for x in (0.0, 0.8, 1.0))
    assert to_hex(low).upper() == CALL_COLOURS["reverser"]
    assert np.abs(orange - matplotlib.colors.to_rgb(CALL_COLOURS["mimicker"])).max() < 0.02
    assert min(colours(0.5)[:3]) > 0.95
    grey = [float(colour @ [0.299, 0.587, 0.114]) for colour in (low, high)]
    assert abs(grey[0] - grey[1]) < 0.12
    steps = [float(np.array(colours(x)[:3]) @ [0.299, 0.587, 0.114]) for x in np.linspace(0.5, 1, 11)]
    assert steps == sorted(steps, reverse=True), "darker the further from 0, in grey too"


def test_ink_on_a_colour_is_the_one_with_the_better_contrast():
    for x in np.linspace(0, 1, 41):
        tile = luminance(score_colours()(x)) + 0.05
        contrast = {"#000000": tile / 0.05, "#FFFFFF": 1.05 / tile}
        assert contrast[ink_on(score_colours()(x))] == max(contrast.values()) > 4.5


def test_said_is_empty_where_metadata_says_nothing():
    cells = pd.Series(["a", "", " ", None, np.nan, pd.NA, 3], dtype=object)
    assert list(map(plain, cells)) == ["a", "", "", "", "", "", "3"]


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


def test_null_draws_both_curves_as_quantiles_and_counts_what_is_beyond(qq):
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
    assert colours["+8.0"] == "#FFFFFF"
    assert colours["+0.5"] == "#000000"


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


def test_gene_marks_are_at_the_percentiles_and_the_outer_percents_are_shaded_and_counted(gene, unselected):
    ax = plot_gene(gene, background=unselected, ax=new_ax())
    (mark,) = marks(ax).values()
    assert mark.get_offsets()[:, 0].tolist() == [0.5, 1.0, 40.0, 60.0, 99.0, 12.0]
    assert np.abs(mark.get_offsets()[:, 1]).max() < 0.3, "the row is no scale"
    assert written(ax)[1:] == [
        "lowest 1 %\n17 % (1 of 6)\nbaseline 30 % (30 of 100)",
        "highest 1 %\n0 % (0 of 6)\nbaseline 1 % (1 of 100)",
    ], "1.0 and 99.0 are not beyond the edge"
    shaded = [(patch.get_x(), patch.get_width()) for patch in ax.patches if patch.get_alpha() == 0.3]
    assert shaded == [(0, 1), (99, 1)]
    assert labels_of(ax.yaxis) == ["signatures (6)", "baseline (100)"]
    assert ax.get_xlabel().splitlines() == [
        "percentile of HMOX1",
        "0 = most down, 100 = most up",
        "shaded = extreme: by chance 1 % at each end",
        "1 signature without a rank not drawn",
    ]
    assert written(plot_gene(gene, ax=new_ax())) == ["lowest 1 %\n17 % (1 of 6)", "highest 1 %\n0 % (0 of 6)"]


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
        assert written(plot_gene(ranks.percentiles().loc["g0"], ax=new_ax()))[0] == "lowest 1 %\n0 % (0 of 50)"


def test_gene_baseline_is_a_histogram_whose_chance_line_shows_the_scale(gene, unselected):
    ax = plot_gene(gene, background=unselected, ax=new_ax())
    (bars,) = ax.containers
    heights = -np.array([bar.get_height() for bar in bars])
    counts = np.histogram(unselected.dropna(), bins=np.arange(0, 101, 5))[0]
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


def test_gene_words_on_both_ends_are_one_above_the_other_where_axes_are_narrow(gene, unselected):
    narrow = Figure(figsize=(3.2, 5), layout="constrained").subplots()
    ax = rendered(plot_gene(gene, background=unselected, highlight="S4", ax=narrow))
    check_no_overlap(ax)
    low, high = (text for text in ax.texts if "1 %\n" in text.get_text())
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


def test_consensus_rows_of_one_name_are_distinguished_by_plate_or_well(consensus):
    first = consensus["consensus"].dropna().sort_values(ascending=False).index[:3]
    facts = pd.DataFrame({"pert_name": [f"drug {name}" for name in consensus.index], "cell_line": "A375"})
    facts = facts.set_axis(consensus.index).assign(plate="P1", well="")
    facts.loc[first, "pert_name"] = "same"

    def names(plates, wells):
        named = facts.copy()
        named.loc[first, "plate"], named.loc[first, "well"] = plates, wells
        return labels_of(plot_consensus(consensus, labels=named, ax=new_ax()).yaxis)[:4]

    assert names(["P1", "P2", "P3"], ["A1", "A1", "A1"])[:3] == ["same, P1", "same, P2", "same, P3"]
    assert names(["P1", "P1", "P1"], ["A1", "A2", "A3"])[:3] == ["same, A1", "same, A2", "same, A3"]
    assert names(["P1", "P1", "P2"], ["A1", "A2", "A1"])[:3] == ["same, P1 A1", "same, P1 A2", "same, P2 A1"]
    assert names(["P1", "P1", "P1"], ["", "", ""])[:3] == ["same"] * 3
    assert names(["P1", "P2", None], ["", "", ""])[:3] == ["same, P1", "same, P2", "same"]
    assert ", P1" not in names(["P1", "P2", "P3"], ["", "", ""])[3], "a name that occurs once stays as it is"


def test_consensus_of_the_package_is_drawn(small_ranks, small_query):
    table = score_consensus(small_ranks, small_query)
    ax = rendered(plot_consensus(table, labels=small_ranks.signatures, ax=new_ax()))
    check_no_overlap(ax)
    assert labels_of(ax.xaxis)[:3] == ["z_sum", "wtcs", "xsum"]


# plot_stability


def test_stability_go_from_the_full_score_to_that_without_the_gene_the_greatest_loss_first(genes):
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
        "shared by: in how many other top hits the gene contributes the same way",
        "1 gene not drawn: no rank, or no score without it",
    ]


def test_stability_columns_say_who_shares_a_gene_and_which_call_changes(genes):
    ax = plot_stability(genes, ax=new_ax())
    assert written(ax) == ["shared by\nother hits", "7", "0", "3", "–", "call\nwithout it", "unresolved"]
    places = {text.get_text(): text.xy[1] for text in ax.texts if "\n" not in text.get_text()}
    assert places["unresolved"] == places["7"] == 0
    rendered(ax)
    (head,) = (text for text in ax.texts if text.get_text().startswith("shared by"))
    assert head.get_window_extent().y0 >= ax.get_window_extent().y1, "above its column"
    same = plot_stability(genes.assign(call_without="mimicker"), ax=new_ax())
    assert "call\nwithout it" not in written(same)
    axes = plot_stability(genes, call="unresolved", ax=new_ax())
    assert written(axes)[-4:] == ["call\nwithout it", "mimicker", "mimicker", "mimicker"]


def test_stability_takes_so_many_and_says_so(genes):
    ax = plot_stability(genes, top=2, ax=new_ax())
    assert labels_of(ax.yaxis) == ["MYC", "GAPDH"], "the outermost of either side"
    assert "the outer 2 of 4 genes" in ax.get_xlabel()
    assert "outer" not in plot_stability(genes, ax=new_ax()).get_xlabel()
    assert labels_of(plot_stability(genes, top=1, ax=new_ax()).yaxis) == ["MYC"]
    assert labels_of(plot_stability(genes, top=3, ax=new_ax()).yaxis) == ["MYC", "CCND1", "GAPDH"]
    stronger = genes.assign(z_sum_without=[4.1, 4.4, 4.3, 3.9, np.nan])
    assert labels_of(plot_stability(stronger, top=3, ax=new_ax()).yaxis) == ["GAPDH", "CCND1", "MYC"], "filled up"


def test_stability_of_a_reverser_weaken_on_the_right_and_zero_is_drawn_where_it_is_crossed(genes):
    turned = genes.assign(contribution=-genes["contribution"], z_sum_without=-genes["z_sum_without"])
    ax = plot_stability(turned, ax=new_ax())
    assert ax.get_xlabel().splitlines()[1] == "← stronger      weaker →"
    assert labels_of(ax.yaxis) == ["MYC", "CCND1", "TP53", "GAPDH"]
    zero = [line for line in ax.get_lines() if list(line.get_xdata()) == [0, 0]]
    assert not zero
    crossing = plot_stability(genes.assign(z_sum_without=[3.6, -0.5, 2.9, 4.7, np.nan]), ax=new_ax())
    assert [line for line in crossing.get_lines() if list(line.get_xdata()) == [0, 0]]


def test_stability_of_one_gene_of_two_thousand_and_where_nothing_moves(genes):
    rendered(plot_stability(genes.iloc[[0]], ax=new_ax()))
    still = rendered(plot_stability(genes.iloc[:1].assign(z_sum_without=1.0), ax=new_ax()))
    assert still.get_xlim()[1] - still.get_xlim()[0] < 0.1
    many = pd.concat([genes] * 400, ignore_index=True)
    assert len(labels_of(rendered(plot_stability(many, ax=new_ax())).yaxis)) == 15


def test_stability_full_score_is_that_of_the_score_table(small_ranks, small_query):
    scores = score_concordance(small_ranks, small_query)
    best = scores.index[0]
    table = explain_concordance(small_ranks, small_query, best)
    table = table.assign(z_sum_without=scores.loc[best, "z_sum"], call_without="mimicker", shared_by=1)
    ax = plot_stability(table, ax=new_ax())
    assert f"z_sum = {scores.loc[best, 'z_sum']:+.2f}" in legend_texts(ax)


@pytest.mark.real
def test_real_vemurafenib_is_extreme_in_its_own_cell_line(real_data):
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
    assert tiles.max(axis=1).idxmax() < 2, "A375 at 6 and 24 h carries BRAF V600E and is first"
