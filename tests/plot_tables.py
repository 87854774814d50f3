"""Tables for the tests of the plots, and what is read off a drawn one."""

import io
import itertools

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lincs_interp._util.errors import LincsInterpError
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

HOSTILE = [
    "$x^2$ and $",
    "<script>alert(1)</script>",
    "line\nbreak\ttab",
    "x" * 10_000,
    "emoji \U0001f600 and 中文",
    "a\\b{c}%_^~&#",
    "",
    "$\\frac{1}{",
    "cafe\u0301 \u202e",
    "\U000e0041 \uffff",
]


def new_ax():
    return Figure(figsize=(8, 6), layout="constrained").subplots()


def rendered(ax):
    """Draw the figure of `ax` (so that late warnings come out) and return `ax`."""
    ax.figure.savefig(io.BytesIO(), format="png")
    return ax


def texts(ax):
    """Every text of the figure that the reader sees; ticks beyond the limits have texts that are never drawn."""
    unseen = set()
    for axis in ax.figure.findobj(matplotlib.axis.Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        unseen |= {id(label) for place, label in ticks if not low <= place <= high}
    every = ax.figure.findobj(matplotlib.text.Text)
    return [t for t in every if t.get_visible() and t.get_text().strip() and id(t) not in unseen]


def names_beside(ax):
    return [t for t in ax.texts if isinstance(t, matplotlib.text.Annotation)]


def legend_texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def labels_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


@pytest.fixture
def scores():
    """All four calls, not in the order of z_sum, one row without a score."""
    rows = {
        "weak": (0.5, 0.4, "unresolved"),
        "split": (3.0, -2.5, "discordant"),
        "mimic": (5.0, 4.0, "mimicker"),
        "lost": (np.nan, np.nan, "unresolved"),
        "reverse": (-2.0, -6.0, "reverser"),
        "mimic too": (2.5, 1.5, "mimicker"),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["z_up", "z_down", "call"])
    table["z_sum"] = table["z_up"] + table["z_down"]
    return table.rename_axis("signature")


@pytest.fixture
def one_sided(scores):
    return scores.assign(z_down=np.nan, z_sum=scores["z_up"])


@pytest.fixture
def percentiles():
    rng = np.random.default_rng(7)
    values = rng.uniform(0, 100, (6, 9))
    return pd.DataFrame(values, index=[f"GENE{i}" for i in range(6)], columns=[f"S{j}" for j in range(9)])


@pytest.fixture
def evidence():
    """Contributions of both signs, rows not in rank order, one gene without a rank."""
    rows = [
        ("TP53", "up", 90.0, 2.0),
        ("MYC", "up", 20.0, -1.0),
        ("CCND1", "down", 4.0, 3.0),
        ("GAPDH", "down", 70.0, -0.5),
        ("LOST", "up", np.nan, np.nan),
        ("HMOX1", "up", 98.0, 2.5),
    ]
    return pd.DataFrame(rows, columns=["gene", "side", "percentile", "contribution"])


def hostile_tables():
    n = len(HOSTILE)
    rng = np.random.default_rng(3)
    z = np.linspace(8, -8, n)
    scores = pd.DataFrame({"z_up": z, "z_down": z / 2, "z_sum": 1.5 * z}, index=HOSTILE)
    scores["call"] = np.where(z > 0, "mimicker", "reverser")
    percentiles = pd.DataFrame(rng.uniform(0, 100, (n, n)), index=HOSTILE, columns=HOSTILE)
    evidence = pd.DataFrame({"gene": HOSTILE, "side": "up", "percentile": np.linspace(1, 99, n)})
    evidence["contribution"] = (evidence["percentile"] - 50) / 30
    return scores, percentiles, evidence


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
def unselected():
    return pd.Series(np.r_[np.full(30, 0.4), np.linspace(2, 98, 69), np.nan, 99.7], name="HMOX1")


def marks(ax):
    """Marker collections by label."""
    found = (mark for mark in ax.collections if isinstance(mark, matplotlib.collections.PathCollection))
    return {mark.get_label(): mark for mark in found if len(mark.get_offsets())}


def written(ax):
    return [text.get_text() for text in ax.texts]


def bar_words(ax):
    return labels_of(ax.images[0].colorbar.ax.yaxis)


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


def message(function, *args, **options):
    with pytest.raises(LincsInterpError) as error:
        function(*args, **options)
    return str(error.value)


@pytest.fixture
def drawings(scores, one_sided, percentiles, evidence, qq, perturbagen, consensus, genes, gene, unselected):
    """name -> (function, table, options) for what holds of every plot."""
    calls = dict.fromkeys(gene.index, "mimicker") | {"S1": "reverser"}
    return {
        "percentiles": (plot_percentiles, percentiles, {}),
        "series": (plot_percentiles, percentiles["S3"], {}),
        "scores": (plot_scores, scores, {}),
        "one-sided": (plot_scores, one_sided, {}),
        "top": (plot_top, scores, {}),
        "evidence": (plot_evidence, evidence, {}),
        "heatmap": (plot_heatmap, percentiles, {}),
        "null": (plot_null, qq, {}),
        "perturbagen": (plot_perturbagen, perturbagen, {}),
        "dose response": (plot_dose_response, perturbagen, {}),
        "consensus": (plot_consensus, consensus, {}),
        "stability": (plot_stability, genes, {}),
        "gene": (plot_gene, gene, {}),
        "whole gene": (plot_gene, gene, {"background": unselected, "calls": calls, "highlight": ["S0", "S4"]}),
    }
