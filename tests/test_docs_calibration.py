"""The page of measured false positives: whole, within the bounds, and quoted truly elsewhere."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lincs_interp.scoring.calibration import METHODS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("calibration_benchmark", ROOT / "benchmarks" / "calibration.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def table(mark):
    text = PAGE.split(f"<!-- {mark} -->\n")[1].split(f"\n<!-- end of {mark} -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return pd.DataFrame(rows[2:], columns=rows[0]).set_index(rows[0][0]).replace("–", "nan").astype(float)


@pytest.mark.parametrize("data", ["real", "plate", "kinases", "simulated"])
def test_every_method_was_measured_and_the_default_keeps_its_bounds(bench, data):
    for level in bench.LEVELS:
        one = table(f"{data}, {level}")
        assert one.index.tolist() == [bench.NAMES[name] for name in ("nominal", "assumed", *METHODS)]
        assert one.columns.tolist() == [str(size) for size in bench.SIZES]
    ours = table(f"{data}, below .05").loc[bench.NAMES[bench.DEFAULT]]
    assert ours.between(bench.LOWEST, bench.HIGHEST).all()


def means(mark):
    """Return a table of "mean ± error" as means, indexed by its first two columns."""
    text = PAGE.split(f"<!-- {mark} -->\n")[1].split(f"\n<!-- end of {mark} -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    frame = pd.DataFrame(rows[2:], columns=rows[0]).set_index(rows[0][:2])
    return frame.apply(lambda column: column.str.split(" ± ").str[0]).astype(float)


def test_real_compounds_are_found_though_the_background_holds_hits(bench):
    ours = bench.NAMES[bench.DEFAULT]
    found, false = means("real, found")[ours], means("real, false")[ours]
    assert found.index.get_level_values(0).unique().tolist() == list(bench.SETTINGS)
    hits = next(iter(bench.SETTINGS))
    for strength, least in bench.POWER_BOUNDS.items():
        assert found[hits, f"{strength:g}"] >= least
        assert false[hits, f"{strength:g}"] <= bench.MOST_FALSE
    assert (found.unstack(0).diff().iloc[1:] > 0).all(axis=None)  # more of what is stronger


def test_the_changelog_quotes_the_page(bench):
    quoted = re.search(
        r"On real signatures ([\d.]+)-([\d.]+) % of unrelated ones stay below \.05, where nominal p gives (\d+)-(\d+)"
        r" %; on simulated ones ([\d.]+)-([\d.]+) %",
        re.sub(r"\s+", " ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")),
    )
    assert quoted is not None
    ours, nominal = bench.NAMES[bench.DEFAULT], bench.NAMES["nominal"]
    real, simulated = table("real, below .05"), table("simulated, below .05")
    expected = [real.loc[ours].min(), real.loc[ours].max(), *real.loc[nominal].agg(["min", "max"]).round()]
    expected += [simulated.loc[ours].min(), simulated.loc[ours].max()]
    assert [float(number) for number in quoted.groups()] == expected


def test_power_grows_with_the_push_and_nominal_p_calls_what_was_not_pushed():
    power = table("power")
    found = power['"random_effects" (default) FDR']
    pushes = [name for name in power.index if re.fullmatch(r"[\d.]+", name)]
    assert found[pushes[:-3]].max() < found[pushes[-3]] < found[pushes[-2]] < found[pushes[-1]]
    by_p = power['"random_effects" p < .05']
    assert by_p[pushes].is_monotonic_increasing
    assert found[pushes[-1]] > 90
    assert found["unrelated called"] < 1
    assert power.at["unrelated called", "nominal FDR"] > 40


@pytest.mark.real
def test_a_part_measured_anew_is_near_the_page(bench, real_data):
    from lincs_interp.io import read_ranks

    ranks = read_ranks(real_data / "real" / "skb_5000x100.ranks.tsv.gz")
    p, refused = bench.false_positives(ranks, 50, 1, np.random.default_rng(5))
    assert refused == 0
    page = table("real, below .05")["50"]
    for name in ("nominal", "assumed", *METHODS):
        assert 100 * (np.concatenate(p[name]) < 0.05).mean() == pytest.approx(page[bench.NAMES[name]], abs=2)
