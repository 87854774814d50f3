"""How often unrelated signatures look significant, and how many planted ones are found: nominal p against calibrated p.

    LINCS_INTERP_REAL_DATA=folder python benchmarks/calibration.py [--write | --check]

False positives: every signature's own extremes serve as a query in turn. The background is one group of the other
signatures, the tests are the other group; the query's own signature is in neither. Repeated splits. Power: signatures
with a known push towards or against the query of the sample, among unrelated ones, judged with the sample's background.

Prints the tables of docs/calibration.md; --write stores them there, --check exits with 1 if the page holds others. Also
exits with 1 if the default method misses its bounds: 4 to 6.5 % below .05 and less than 0.1 % below 1e-6. Takes some
minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, calibrate, load_sample, read_ranks, score_concordance
from lincs_interp._util.stats import benjamini_hochberg
from lincs_interp.io.sample import Sample, sample_path
from lincs_interp.scoring.calibration import METHODS
from lincs_interp.scoring.null import fit_null

PAGE = Path(__file__).resolve().parents[1] / "docs" / "calibration.md"
SIZES = (25, 50, 100, 150)
LEVELS = {"below .05": 1, "below 1e-6": 3, "searches with a call": 1}  # and the digits they are shown with
# Splits, and every how-manieth signature is a query.
DATA = {"real": (4, 1), "plate": (1, 3), "simulated": (2, 1)}
DEFAULT = "vif"
BOUND = ("real", "simulated")  # data whose signatures are unrelated; drugs of one plate share mechanisms
LOWEST, HIGHEST, FAR, MOST_FAR = 4.0, 6.5, 1e-6, 0.1  # per cent
STRENGTHS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0)
PER_STRENGTH, UNRELATED = 20, 720
NAMES = {"nominal": "nominal p", "assumed": "correlation .075 assumed"} | {name: f'"{name}"' for name in METHODS}
NAMES[DEFAULT] += " (default)"


def two_groups(
    ranks: RankMatrix, splits: int, rng: np.random.Generator, every: int = 1
) -> Iterator[tuple[str, RankMatrix, RankMatrix]]:
    """Each (or every second, third) signature's name with two groups of the others: one to learn from, one to test."""
    names = ranks.frame.columns.to_numpy()
    for _ in range(splits):
        for own in names[::every]:
            mixed = rng.permutation(names[names != own])
            half = (len(mixed) + 1) // 2
            yield str(own), ranks.select(signatures=mixed[:half]), ranks.select(signatures=mixed[half:])


def false_positives(
    ranks: RankMatrix, size: int, splits: int, rng: np.random.Generator, every: int = 1
) -> tuple[dict[str, list[np.ndarray]], int]:
    """p-values of unrelated signatures, a search each, by how they were computed; how many groups look like hits."""
    p: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    refused = 0
    for own, learn, test in two_groups(ranks, splits, rng, every):
        order = ranks.frame[own].sort_values(kind="stable").index
        query = GeneQuery(own, order[-size:], order[:size])
        scores = score_concordance(test, query)
        p["nominal"].append(scores["p_sum"].to_numpy())
        p["assumed"].append(calibrate(scores, query, correlation=0.075)["p_cal"].to_numpy())
        refused += fit_null(query, learn).hit_list
        for method in METHODS:
            table = calibrate(scores, query, background=learn, method=method, selected=False)
            p[method].append(table["p_cal"].to_numpy())
    return p, refused


def false_positive_table(matrices: dict[str, RankMatrix]) -> pd.DataFrame:
    rng = np.random.default_rng(20221122)
    rows = []
    for name, ranks in matrices.items():
        for size in SIZES:
            splits, every = DATA[name]
            by_kind, refused = false_positives(ranks, size, splits, rng, every)
            print(f"{name}, {size} a side: a group was taken for a list of hits {refused} times", file=sys.stderr)
            for kind, searches in by_kind.items():
                p = np.concatenate(searches)
                any_call = np.mean([np.nanmin(benjamini_hochberg(one)) < 0.05 for one in searches])
                shares = (100 * (p < 0.05).mean(), 100 * (p < FAR).mean(), 100 * any_call)
                rows.append((name, size, kind, len(p), *shares))
    columns = ["data", "size", "kind", "pairs", *LEVELS]
    return pd.DataFrame(rows, columns=columns)


def planted_matrix(sample: Sample) -> tuple[RankMatrix, pd.Series]:
    """Signatures with a known push (positive = towards the query) and unrelated ones, from the sample's own world.

    The push comes on top of what any compound does to the same pathways by chance.
    """
    sys.path.insert(0, str(sample_path()))
    import make_sample
    import planted

    world = make_sample.make_world(pd.read_csv(sample_path("genes.tsv"), sep="\t", na_filter=False))
    columns, push = {}, {}
    for strength in STRENGTHS:
        for sign in (1, -1):
            for i in range(PER_STRENGTH):
                name = f"power {sign * strength:+g} {i}"
                activity = make_sample.usual_activity(world, name)
                for pathway, size in planted.MECHANISM.items():
                    activity[pathway] += sign * strength * size
                columns[name] = make_sample.rank(make_sample.to_unit_length(world.express(name, activity)))
                push[name] = sign * strength
    for i in range(UNRELATED):
        name = f"unrelated {i}"
        values = world.express(name, make_sample.usual_activity(world, name))
        columns[name], push[name] = make_sample.rank(make_sample.to_unit_length(values)), 0.0
    frame = pd.DataFrame(columns, index=sample.ranks.genes)
    return RankMatrix.from_frame(frame), pd.Series(push)


def power_table(sample: Sample) -> pd.DataFrame:
    """Share of the planted signatures found with the right sign: by p alone, and at a false discovery rate of .05."""
    ranks, push = planted_matrix(sample)
    scores = score_concordance(ranks, sample.query)
    calibrated = {m: calibrate(scores, sample.query, background=sample.background, method=m) for m in METHODS}
    alone = {"nominal, p alone": scores["p_sum"], f"{DEFAULT}, p alone": calibrated[DEFAULT]["p_cal"]}
    fdr = {"nominal": scores["fdr_sum"]} | {m: table["fdr_cal"] for m, table in calibrated.items()}
    push = push.reindex(scores.index)
    right = np.sign(scores["z_sum"]) == np.sign(push)
    found = pd.DataFrame(alone | fdr).lt(0.05)
    rows = {
        f"{strength:g}": 100 * found[push.abs() == strength].mul(right[push.abs() == strength], axis=0).mean()
        for strength in STRENGTHS
    }
    rows["unrelated called"] = 100 * found[push == 0].mean()
    rows["of all called, unrelated"] = 100 * found[push == 0].sum() / found.sum()
    return pd.DataFrame(rows).T


def markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables(false: pd.DataFrame, power: pd.DataFrame) -> dict[str, str]:
    """The Markdown tables by their mark on the page."""
    found = {}
    for data, part in false.groupby("data", sort=False):
        for level, digits in LEVELS.items():
            wide = part.pivot(index="kind", columns="size", values=level).loc[list(NAMES)]
            rows = [[NAMES[str(kind)], *(f"{x:.{digits}f}" for x in row)] for kind, *row in wide.itertuples()]
            found[f"{data}, {level}"] = markdown([f"% {level}", *map(str, SIZES)], rows)
    alone = {"nominal, p alone": "nominal p < .05", f"{DEFAULT}, p alone": f'"{DEFAULT}" p < .05'}
    names = alone | {"nominal": "nominal FDR"} | {name: f"{NAMES[name]} FDR" for name in METHODS}
    rows = [[str(row[0]), *("–" if np.isnan(x) else f"{x:.1f}" for x in row[1:])] for row in power.itertuples()]
    found["power"] = markdown(["push", *(names[str(name)] for name in power.columns)], rows)
    return found


def filled(page: str, found: dict[str, str]) -> str:
    """The page with every table of `found` in its place, between its two marks."""
    for name, table in found.items():
        start, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        before, rest = page.split(start)
        page = before + start + table + end + rest.split(end)[1]
    return page


def outside_bounds(false: pd.DataFrame) -> list[str]:
    ours = false[(false["kind"] == DEFAULT) & false["data"].isin(BOUND)]
    wrong = ours[~ours["below .05"].between(LOWEST, HIGHEST) | (ours["below 1e-6"] >= MOST_FAR)]
    return [f"{row.data}, {row.size} genes a side" for row in wrong.itertuples(index=False)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure false positives and power.")
    parser.add_argument("--write", action="store_true", help="store the tables in docs/calibration.md")
    parser.add_argument("--check", action="store_true", help="compare the tables with docs/calibration.md")
    options = parser.parse_args()
    sample = load_sample()
    matrices = {"simulated": sample.background}
    if folder := os.environ.get("LINCS_INTERP_REAL_DATA"):
        matrices["real"] = read_ranks(Path(folder) / "real" / "skb_5000x100.ranks.tsv.gz")
        facts = pd.read_csv(Path(folder) / "real" / "signature_metadata.tsv", sep="\t", dtype=str)
        landmark = read_ranks(Path(folder) / "real" / "landmark_978x1080.ranks.tsv.gz")
        on_plate = facts.loc[facts["subset"] == "cpc006_a375", "local_id"]
        matrices["plate"] = landmark.select(signatures=landmark.frame.columns[landmark.frame.columns.isin(on_plate)])
    false, power = false_positive_table(matrices), power_table(sample)
    found = tables(false, power)
    for name, table in found.items():
        print(f"{name}\n\n{table}\n")
    pairs = false.groupby("data", sort=False)["pairs"].first()
    print("Pairs for each number: " + ", ".join(f"{n:,} ({data})" for data, n in pairs.items()))
    page = PAGE.read_text(encoding="utf-8")
    if options.write:
        PAGE.write_text(filled(page, found), encoding="utf-8", newline="\n")
    failed = [f"outside the bounds: {place}" for place in outside_bounds(false)]
    if options.check and filled(page, found) != page:
        failed.append("docs/calibration.md holds other numbers")
    print("\n".join(failed) or "Within the bounds.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
