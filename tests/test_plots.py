"""Plots: by their artists, over every option, with hostile names, and in their refusals."""

import io
import itertools

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from plot_tables import *  # noqa: F403  (the fixtures)
from plot_tables import labels_of, legend_texts, names_beside, new_ax, rendered, texts

from lincs_interp.core.query import GeneQuery
from lincs_interp.plots import (
    plot_evidence,
    plot_heatmap,
    plot_percentiles,
    plot_scores,
    plot_top,
)
from lincs_interp.plots.style import CALL_COLOURS, CALL_MARKERS, DOWN_COLOUR, UP_COLOUR, plain, spread
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance


def test_long_words_at_the_colour_bar_of_a_narrow_heat_map_are_not_cut_off(scores):
    import matplotlib.pyplot as plt

    table = scores[["z_up", "z_down"]].rename(index=lambda name: name + " in a long name of a signature")
    ax = rendered(plot_heatmap(table, centre=0, ends=("against the whole query", "with the whole query")))
    try:
        assert max(text.get_window_extent().x1 for text in texts(ax)) <= ax.figure.bbox.x1
    finally:
        plt.close(ax.figure)


def test_colour_bar_is_beside_its_heat_map_however_the_figure_is_saved(percentiles):
    figure = Figure(figsize=(8, 6), layout="constrained")
    right = figure.subfigures(1, 2)[1].subplots()
    alone = new_ax()
    for ax, page in (
        (plot_heatmap(percentiles, ax=right), figure),
        (plot_heatmap(percentiles, ax=alone), alone.figure),
    ):
        for options in ({}, {"bbox_inches": "tight", "dpi": 50}, {"dpi": 200}):
            page.savefig(io.BytesIO(), format="png", **options)
            bar = ax.images[0].colorbar.ax.get_window_extent()
            assert (bar.x0 - ax.bbox.x1) / ax.figure.dpi == pytest.approx(0.1)
            assert bar.width / ax.figure.dpi == pytest.approx(0.15)


def test_plain_keeps_the_end_of_a_long_id_and_replaces_what_the_font_lacks():
    assert plain("REP.B025_YAPC_24H_K01_resiquimod_2.22uM", 26) == "REP.B025…resiquimod_2.22uM"
    assert plain("REP.B025_YAPC_24H_K01_resiquimod_2.22uM", 39) == "REP.B025_YAPC_24H_K01_resiquimod_2.22uM"
    assert plain("gene \U000f0000 \u4e2d") == "gene ?"
    assert plain("α-tubulin × β") == "α-tubulin × β"
    assert len(plain("é" * 10**6, 40)) == 40


def test_call_colours_and_markers_stay_apart_for_the_colour_blind():
    # Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB.
    views = {
        "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
        "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
    }
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

    def lab(colour, view):
        rgb = np.array(to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        x, y, z = np.cbrt(to_xyz @ np.clip(view @ linear, 0.01, 1) / [0.9505, 1, 1.089])
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    for view in views.values():
        for one, other in itertools.combinations([*CALL_COLOURS.values()], 2):
            assert np.linalg.norm(lab(one, np.array(view)) - lab(other, np.array(view))) > 20
    assert len(set(CALL_MARKERS.values())) == len(CALL_COLOURS) == 4
    assert list(CALL_MARKERS) == list(CALL_COLOURS)


# plot_percentiles


def test_percentiles_are_dots_at_the_values_of_the_table(percentiles):
    percentiles.iloc[2, 4] = np.nan
    ax = plot_percentiles(percentiles, ax=new_ax())
    drawn = {tuple(point) for point in ax.collections[1].get_offsets().round(9)}
    values = percentiles.to_numpy()
    wanted = {(round(values[i, j], 9), i) for i in range(6) for j in range(9) if (i, j) != (2, 4)}
    assert drawn == wanted
    assert labels_of(ax.yaxis) == list(percentiles.index)
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first gene is on top"
    assert ax.get_xlabel() == "percentile (0 = most down, 100 = most up)"
    assert legend_texts(ax) == ["each of 9 signatures", "median of all 9"]


def test_percentiles_median_tick_is_at_the_median(percentiles):
    ax = plot_percentiles(percentiles, ax=new_ax())
    segments = np.array(ax.collections[2].get_segments())
    assert segments[:, 0, 0] == pytest.approx(percentiles.median(axis=1).to_numpy())
    two = plot_percentiles(percentiles[["S0", "S1"]], ax=new_ax())
    assert legend_texts(two) == ["each of 2 signatures"], "two signatures have no median worth a tick"


def test_percentiles_highlight_is_a_diamond_with_its_number(percentiles):
    percentiles.loc["GENE0", "S3"] = 97.25
    percentiles.loc["GENE1", "S3"] = 2.0
    ax = plot_percentiles(percentiles, highlight="S3", ax=new_ax())
    diamonds = ax.collections[-1]
    assert diamonds.get_offsets()[:, 0].tolist() == percentiles["S3"].tolist()
    colours = [to_hex(colour).upper() for colour in diamonds.get_facecolors()]
    assert colours[:2] == [UP_COLOUR, DOWN_COLOUR]
    assert [text.get_text() for text in ax.texts][:2] == ["97.2", "2.0"]
    assert legend_texts(ax) == ["8 other signatures", "median of all 9", "S3"]
    assert len(ax.collections[1].get_offsets()) == 6 * 8


def test_percentiles_of_one_signature(percentiles):
    ax = plot_percentiles(percentiles["S3"], ax=new_ax())
    assert ax.get_legend() is None
    assert ax.collections[-1].get_offsets()[:, 0].tolist() == percentiles["S3"].tolist()
    one = plot_percentiles(percentiles[["S3"]], ax=new_ax())
    assert legend_texts(one) == ["one signature"]


def test_percentiles_says_how_many_genes_it_left_out(percentiles):
    ax = plot_percentiles(percentiles, max_genes=4, ax=new_ax())
    assert labels_of(ax.yaxis) == ["GENE0", "GENE1", "GENE2", "GENE3"]
    assert ax.get_xlabel().endswith("\nfirst 4 of 6 genes")
    assert "first" not in plot_percentiles(percentiles, ax=new_ax()).get_xlabel()


# plot_scores


def test_scores_are_marks_at_z_up_and_z_down_one_set_for_each_call(scores):
    ax = plot_scores(scores, ax=new_ax())
    drawn = {mark.get_label(): mark for mark in ax.collections if len(mark.get_offsets())}
    assert legend_texts(ax) == ["mimicker (2)", "reverser (1)", "discordant (1)", "unresolved (1)"]
    assert set(drawn) == set(legend_texts(ax))
    assert drawn["mimicker (2)"].get_offsets().tolist() == [[5.0, 4.0], [2.5, 1.5]]
    assert drawn["reverser (1)"].get_offsets().tolist() == [[-2.0, -6.0]]
    for label, mark in drawn.items():
        assert to_hex(mark.get_facecolor()[0]).upper() == CALL_COLOURS[label.split()[0]]
    shapes = {mark.get_paths()[0].vertices.tobytes() for mark in drawn.values()}
    assert len(shapes) == 4
    assert "1 signature without a score not drawn" in ax.get_xlabel()


def test_scores_axes_say_in_words_what_both_ends_mean(scores):
    ax = plot_scores(scores, ax=new_ax())
    assert ax.get_xlabel().splitlines()[:2] == ["up genes: z_up", "← pushed down      pushed up →"]
    # z_down has its sign turned: high means that the down genes are pushed down.
    assert ax.get_ylabel().splitlines() == ["down genes: z_down", "← pushed up      pushed down →"]
    assert ax.get_xlim() == ax.get_ylim() == (-ax.get_xlim()[1], ax.get_xlim()[1])
    quarters = {t.get_text().splitlines()[0]: t.get_position() for t in ax.texts if "\n" in t.get_text()}
    assert quarters["mimickers:"][0] > 0.5
    assert quarters["mimickers:"][1] > 0.5
    assert quarters["reversers:"][0] < 0.5
    assert quarters["reversers:"][1] < 0.5


def test_scores_names_the_strongest_of_each_side_by_z_sum(scores):
    named = {tuple(t.xy): t.get_text() for t in names_beside(plot_scores(scores, label=1, ax=new_ax()))}
    # "split" is the discordant one: its z_sum of 0.5 would hide it from any list of the strongest.
    assert named == {(5.0, 4.0): "mimic", (-2.0, -6.0): "reverse", (3.0, -2.5): "split"}
    all_names = {t.get_text() for t in names_beside(plot_scores(scores, ax=new_ax()))}
    assert all_names == {"mimic", "mimic too", "weak", "split", "reverse"}
    assert names_beside(plot_scores(scores, label=0, ax=new_ax())) == []


def test_scores_names_do_not_overlap_where_all_marks_lie_on_one_spot():
    n = 40
    z = np.r_[np.full(n, 9.0), np.full(n, -9.0)] + np.linspace(0, 1e-3, 2 * n)
    table = pd.DataFrame({"z_up": z, "z_down": z, "z_sum": 2 * z, "call": "mimicker"}).rename(index=str)
    ax = rendered(plot_scores(table, label=8, ax=new_ax()))
    # The extent of the text alone, without the line to its point.
    boxes = [matplotlib.text.Text.get_window_extent(text) for text in names_beside(ax)]
    assert len(boxes) == 16
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_scores_of_a_one_sided_query_are_in_their_order(one_sided):
    ax = plot_scores(one_sided, ax=new_ax())
    points = np.vstack([mark.get_offsets() for mark in ax.collections])
    assert sorted(points.tolist(), key=lambda p: p[1]) == [[5, 1], [3, 2], [2.5, 3], [0.5, 4], [-2, 5]]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the highest score is on top"
    assert ax.get_xlabel().splitlines()[:2] == [
        "up genes: z_up (no down genes in the query)",
        "← pushed down      pushed up →",
    ]
    assert ax.get_ylabel() == "5 signatures in order of z_up"
    down_only = one_sided.assign(z_down=one_sided["z_up"], z_up=np.nan)
    other = plot_scores(down_only, ax=new_ax())
    assert other.get_xlabel().splitlines()[1] == "← pushed up      pushed down →"


METADATA = pd.DataFrame(
    {
        "pert_name": ["a-very-long-perturbagen-name-of-thirty", "vorinostat", "", "sirolimus"],
        "pert_dose": ["0.37 uM", "10 uM", "", "1.11 uM"],
        "cell_line": ["A375", "A375", "A375", "A375"],
        "pert_time": ["24 h", "24 h", "24 h", "6 h"],
    },
    index=["mimic", "mimic too", "weak", "reverse"],
)


def test_labels_may_be_metadata_a_series_or_a_mapping(scores):
    part = scores.loc[["mimic", "mimic too", "reverse"]]
    ax = plot_top(part, labels=METADATA, ax=new_ax())
    long, *others = labels_of(ax.yaxis)
    assert others == ["vorinostat, 10 uM, 24 h", "sirolimus, 1.11 uM, 6 h"]
    assert long == "a-very-l…n-name-of-thirty, 0.37 uM, 24 h", "the name is cut, the dose never"
    assert "all signatures: A375" in ax.get_xlabel(), "what all share is said once"
    for labels in ({"mimic": "MIMIC"}, pd.Series({"mimic": "MIMIC", "reverse": np.nan})):
        assert labels_of(plot_top(part, labels=labels, ax=new_ax()).yaxis) == ["MIMIC", "mimic too", "reverse"]
    named = {t.get_text() for t in names_beside(plot_scores(part, labels={"mimic": "MIMIC"}, ax=new_ax()))}
    assert named == {"MIMIC", "mimic too", "reverse"}
    heat = plot_heatmap(pd.DataFrame({"mimic": [10.0], "x": [20.0]}), labels={"mimic": "MIMIC"}, ax=new_ax())
    assert labels_of(heat.xaxis) == ["MIMIC", "x"]


def test_labels_that_know_only_some_signatures_leave_the_others_their_id(scores):
    ax = plot_top(scores, labels=METADATA, ax=new_ax())
    assert labels_of(ax.yaxis)[1:] == [
        "vorinostat, 10 uM, A375, 24 h",
        "weak",
        "split",
        "sirolimus, 1.11 uM, A375, 6 h",
    ]
    assert "all signatures" not in ax.get_xlabel()


# plot_top


def test_top_bars_are_the_lists_stacked_and_the_marker_is_their_sum(scores):
    ax = plot_top(scores, ax=new_ax())
    assert labels_of(ax.yaxis) == ["mimic", "mimic too", "weak", "split", "reverse"]
    up, down = ax.containers
    assert [bar.get_width() for bar in up] == [5.0, 2.5, 0.5, 3.0, -2.0]
    assert [bar.get_width() for bar in down] == pytest.approx([4.0, 1.5, 0.4, -2.5, -6.0])
    # Halves that agree stack up; those of "split" point apart, both from zero.
    assert [bar.get_x() for bar in down] == [5.0, 2.5, 0.5, 0.0, -2.0]
    sums = sorted(tuple(point) for mark in ax.collections for point in mark.get_offsets())
    assert [x for x, _ in sums] == pytest.approx(sorted([9.0, 4.0, 0.9, 0.5, -8.0]))
    assert [text.get_text() for text in ax.texts] == ["+9.0", "+4.0", "+0.9", "+0.5", "−8.0"]
    assert legend_texts(ax) == [
        "z_up (up genes)",
        "z_down (down genes)",
        "mimicker",
        "reverser",
        "discordant",
        "unresolved",
    ]
    assert ax.get_xlabel() == "z_up + z_down = z_sum\n← reverses the query      mimics the query →"
    assert [to_hex(bar.get_facecolor()).upper() for bar in up][:1] == [CALL_COLOURS["mimicker"]]


def test_top_takes_so_many_of_each_side_and_parts_the_two_groups(scores):
    ax = plot_top(scores, top=1, ax=new_ax())
    assert labels_of(ax.yaxis) == ["mimic", "reverse"]
    assert ax.get_yticks().tolist() == [0, 2]
    many = pd.DataFrame({"z_up": -np.arange(1.0, 6), "z_down": 0.0, "call": "reverser"}, index=list("abcde"))
    last = plot_top(many.assign(z_sum=many["z_up"]), top=2, ax=new_ax())
    assert labels_of(last.yaxis) == ["d", "e"], "the strongest reverser is last"
    only = plot_top(scores.loc[["reverse"]], ax=new_ax())
    assert only.get_yticks().tolist() == [0]


def test_top_of_a_one_sided_query_has_one_bar_each(one_sided):
    ax = plot_top(one_sided, ax=new_ax())
    assert len(ax.containers) == 1
    assert [bar.get_width() for bar in ax.containers[0]] == [5.0, 3.0, 2.5, 0.5, -2.0]
    assert ax.get_xlabel().startswith("z_up (one-sided query)")


# plot_evidence


def test_evidence_lines_are_running_sums_in_rank_order_that_end_at_the_scores(evidence):
    ax = plot_evidence(evidence, ax=new_ax())
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}
    assert lines["z_up"] == [[0, 0], [20, -1], [90, 1], [98, 3.5], [100, 3.5]]
    assert lines["z_down"] == [[0, 0], [4, 3], [70, 2.5], [100, 2.5]]
    assert lines["z_sum"] == [[0, 0], [4, 3], [20, 2], [70, 1.5], [90, 3.5], [98, 6], [100, 6]]
    sums = [line for line in ax.get_lines() if line.get_label().startswith("z_")]
    assert {line.get_drawstyle() for line in sums} == {"steps-post"}, "a sum jumps at its gene"
    shown = [text.get_text() for text in ax.texts]
    assert {"z_up = +3.50", "z_down = +2.50", "z_sum = +6.00"} <= set(shown)
    assert "1 gene without a rank not drawn" in ax.get_xlabel()
    assert ax.get_xlabel().startswith("percentile (0 = most down, 100 = most up)")
    assert "with the query →" in ax.get_ylabel()


def test_evidence_strips_have_a_tick_for_each_gene_up_red_above_down_blue(evidence):
    ax = plot_evidence(evidence, label=1, ax=new_ax())
    ticks = {UP_COLOUR: {}, DOWN_COLOUR: {}}
    for strip in ax.collections:
        colour = to_hex(strip.get_colors()[0]).upper()
        ticks[colour] |= {segment[0][0]: segment[0][1] for segment in strip.get_segments()}
    assert set(ticks[UP_COLOUR]) == {20, 90, 98}
    assert set(ticks[DOWN_COLOUR]) == {4, 70}
    assert min(ticks[UP_COLOUR].values()) > max(ticks[DOWN_COLOUR].values())
    shown = [text.get_text() for text in ax.texts]
    assert {"3 up genes", "2 down genes", "HMOX1", "CCND1"} <= set(shown)
    assert not {"MYC", "TP53", "GAPDH"} & set(shown), "label=1 names one gene of each side"


def test_evidence_names_are_at_the_end_where_their_genes_are(evidence):
    ax = plot_evidence(evidence, ax=new_ax())
    places = {text.get_text(): text.get_ha() for text in ax.texts}
    assert places["TP53  HMOX1"] == "right"
    assert places["MYC"] == "left"
    none = plot_evidence(evidence, label=0, ax=new_ax())
    assert "MYC" not in {text.get_text() for text in none.texts}
    assert "named" not in none.get_xlabel()


def test_evidence_names_that_do_not_fit_give_way_from_the_inside():
    many = pd.DataFrame({"gene": [f"GENE{i:04d}" for i in range(60)], "side": "up", "contribution": 1.0})
    many["percentile"] = np.r_[np.linspace(1, 20, 30), np.linspace(80, 99, 30)]
    ax = rendered(plot_evidence(many, label=60, ax=new_ax()))
    left, right = (t for t in ax.texts if "GENE" in t.get_text())
    assert left.get_text().startswith("GENE0000  ")
    assert left.get_text().endswith("  …")
    assert right.get_text().endswith("  GENE0059")
    assert left.get_window_extent().x1 < right.get_window_extent().x0


def test_evidence_of_a_one_sided_query_has_one_line_and_one_strip(evidence):
    ax = plot_evidence(evidence[evidence["side"] == "up"], ax=new_ax())
    assert [line.get_label() for line in ax.get_lines() if line.get_label().startswith("z_")] == ["z_up"]
    assert len(ax.collections) == 2
    assert not any("down gene" in text.get_text() for text in ax.texts)


def test_evidence_and_scores_agree_with_the_tables_of_the_package(small_ranks, small_query):
    scores = score_concordance(small_ranks, small_query)
    best = scores.index[0]
    ax = plot_evidence(explain_concordance(small_ranks, small_query, best), ax=new_ax())
    for line in ax.get_lines():
        if line.get_label().startswith("z_"):
            assert line.get_ydata()[-1] == pytest.approx(scores.loc[best, line.get_label()])
    marks = np.vstack([mark.get_offsets() for mark in plot_scores(scores, ax=new_ax()).collections])
    assert sorted(marks.tolist()) == sorted(scores[["z_up", "z_down"]].to_numpy().tolist())
    one_sided = score_concordance(small_ranks, GeneQuery("up only", small_query.up))
    rendered(plot_scores(one_sided, labels=small_ranks.signatures, ax=new_ax()))
    rendered(plot_top(one_sided, labels=small_ranks.signatures, ax=new_ax()))
    rendered(plot_heatmap(small_ranks.percentiles(), labels=small_ranks.signatures, ax=new_ax()))
    rendered(plot_percentiles(small_ranks.percentiles(), highlight=best, ax=new_ax()))


# plot_heatmap


def test_heatmap_shows_the_table_around_50_with_words_at_both_ends(percentiles):
    ax = plot_heatmap(percentiles, ax=new_ax())
    image = ax.images[0]
    assert image.get_array().tolist() == percentiles.to_numpy().tolist()
    assert image.get_clim() == (0, 100)
    assert image.norm(50) == 0.5
    low, middle, high = (image.cmap(image.norm(value)) for value in (0, 50, 100))
    assert low[2] > low[0], "down is blue"
    assert high[0] > high[2], "up is red"
    assert min(middle[:3]) > 0.9, "the centre is white"
    assert labels_of(image.colorbar.ax.yaxis) == ["0 = most down", "50", "100 = most up"]
    assert image.colorbar.ax.get_title(loc="left") == "percentile"
    assert labels_of(ax.yaxis) == list(percentiles.index)
    assert labels_of(ax.xaxis) == list(percentiles.columns)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("", "")


def test_heatmap_of_scores_has_its_own_centre_limits_and_words(scores):
    table = scores[["z_up", "z_down", "z_sum"]].dropna()
    ax = plot_heatmap(table, centre=0, ax=new_ax())
    assert ax.images[0].get_clim() == (-9, 9), "as far on both sides as the farthest value"
    assert labels_of(ax.images[0].colorbar.ax.yaxis) == ["−9 = low", "0", "9 = high"]
    ends = ("against", "with")
    ax = plot_heatmap(table, centre=0, limits=(-4, 8), scale="z", ends=ends, ax=new_ax())
    assert ax.images[0].get_clim() == (-4, 8)
    assert ax.images[0].norm(0) == 0.5
    bar = ax.images[0].colorbar
    assert labels_of(bar.ax.yaxis) == ["−4 = against", "0", "8 = with"]
    assert bar.ax.get_title(loc="left") == "z"
    assert bar.extend == "both", "values beyond the limits show as arrows"
    for limits, extend in [((-9, 4), "max"), ((-4, 9), "min")]:
        assert plot_heatmap(table, centre=0, limits=limits, ax=new_ax()).images[0].colorbar.extend == extend
    assert plot_heatmap(table, centre=0, limits=(-9, 9), ax=new_ax()).images[0].colorbar.extend == "neither"


def test_heatmap_names_every_nth_row_of_a_large_table(percentiles):
    ax = plot_heatmap(percentiles, max_labels=3, ax=new_ax())
    assert labels_of(ax.yaxis) == ["GENE0", "GENE2", "GENE4"]
    assert labels_of(ax.xaxis) == ["S0", "S3", "S6"]
    assert ax.get_ylabel() == "6 genes (one in 2 named)"
    assert ax.get_xlabel() == "9 signatures (one in 3 named)"
    bare = plot_heatmap(percentiles, max_labels=0, ax=new_ax())
    assert (labels_of(bare.yaxis), bare.get_ylabel()) == ([], "6 genes (no names shown)")
    rows = plot_heatmap(percentiles.rename_axis("signature"), max_labels=3, ax=new_ax())
    assert rows.get_ylabel() == "6 signatures (one in 2 named)"


def test_heatmap_missing_values_are_grey_and_said_so(percentiles):
    assert "grey" not in plot_heatmap(percentiles, ax=new_ax()).get_xlabel()
    percentiles.iloc[0, 0] = np.nan
    percentiles.iloc[1, 1] = np.inf
    ax = rendered(plot_heatmap(percentiles, ax=new_ax()))
    assert ax.get_xlabel() == "grey = no value"
    red, green, blue, opacity = ax.images[0].cmap.get_bad()
    assert 0.6 < min(red, green, blue) <= max(red, green, blue) < 0.9
    assert opacity == 1
    assert ax.images[0].get_array().mask.sum() == 2


@pytest.mark.parametrize("value", [0.0, 37.0, 50.0])
def test_tiny_tables_are_drawn(value):
    table = pd.DataFrame({"S": [value]}, index=["G"])
    rendered(plot_heatmap(table, ax=new_ax()))
    rendered(plot_heatmap(table - 50, centre=0, ax=new_ax()))
    rendered(plot_percentiles(table, ax=new_ax()))
    rendered(plot_percentiles(table["S"], ax=new_ax()))
    row = pd.DataFrame({"z_up": [value], "z_down": [1.0], "z_sum": [value + 1], "call": ["unresolved"]})
    rendered(plot_scores(row, ax=new_ax()))
    rendered(plot_scores(row.assign(z_down=np.nan, z_sum=value), ax=new_ax()))
    rendered(plot_top(row, ax=new_ax()))
    gene = pd.DataFrame({"gene": ["G"], "side": ["up"], "percentile": [value], "contribution": [0.0]})
    rendered(plot_evidence(gene, ax=new_ax()))


# Names beside points


def test_spread_moves_as_little_as_possible():
    assert spread([0.1, 0.5, 0.9], 0.1, 0, 1).tolist() == pytest.approx([0.1, 0.5, 0.9])
    assert spread([0.5, 0.5, 0.5], 0.1, 0, 1).tolist() == pytest.approx([0.4, 0.5, 0.6])
    assert spread([0.98, 0.99], 0.1, 0, 1).tolist() == pytest.approx([0.9, 1.0])
    assert spread([0.0, 0.0], 0.1, 0, 1).tolist() == pytest.approx([0.0, 0.1])
    assert spread([0.3] * 5, 0.5, 0, 1).tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.mark.real
def test_real_hdac_query_marks_the_five_inhibitors(real_data):
    from lincs_interp.core.ranks import RankMatrix

    table = pd.read_csv(real_data / "real" / "skb_5000x100.ranks.tsv.gz", sep="\t", index_col=0)
    ranks = RankMatrix.from_frame(table)
    sides = [
        (real_data / "real" / "queries" / f"hdac_cmap02_consensus_{side}.txt").read_text().split()
        for side in ("up", "down")
    ]
    scores = score_concordance(ranks, GeneQuery("HDAC", *sides))
    ax = rendered(plot_scores(scores, ax=new_ax()))
    named = " ".join(text.get_text() for text in names_beside(ax) if text.xy[0] > 0 and text.xy[1] > 0)
    for drug in ("vorinostat", "HC-toxin", "trichostatin", "pyroxamide", "APHA"):
        assert drug.split("-")[0] in named
