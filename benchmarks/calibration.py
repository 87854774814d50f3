"""How often unrelated signatures look significant, and how many planted ones are found: nominal p against calibrated p.

    LINCS_INTERP_REAL_DATA=folder python benchmarks/calibration.py [--write | --check]

False positives: every signature's own extremes serve as a query in turn. The background is one group of the other
signatures, the tests are the other group; the query's own signature is in neither. Repeated splits.

Power: signatures with a known push, found or not. Real ones: a compound's values, times a strength, are added to those
of others, and its own extremes are the query; the matrix is its own background, or one half that of the other.
Simulated ones: a push towards or against the query of the sample, among unrelated ones. Averages over backgrounds, with
their standard error.

Prints the tables of docs/calibration.md; --write stores them there, --check exits with 1 if the page holds others. Also
exits with 1 if the default method misses a bound by more than two standard errors: BOUNDS. Takes some minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lincs_interp import (
    GeneQuery,
    RankMatrix,
    calibrate,
    load_sample,
    rank_coefficients,
    read_coefficients,
    read_ranks,
    score_concordance,
)
from lincs_interp._util.stats import benjamini_hochberg
from lincs_interp.io.sample import Sample, sample_path
from lincs_interp.scoring.calibration import METHODS
from lincs_interp.scoring.null import fit_null

PAGE = Path(__file__).resolve().parents[1] / "docs" / "calibration.md"
SIZES = (25, 50, 100, 150)
LEVELS = {"below .05": 1, "below 1e-6": 3, "searches with a call": 1}  # and the digits they are shown with
# Splits, and every how-manieth signature is a query.
DATA = {"real": (4, 1), "plate": (1, 3), "kinases": (1, 3), "simulated": (2, 1)}
DEFAULT = "random_effects"
LOWEST, HIGHEST = 4.0, 6.5  # per cent below .05
FEW, FEW_HIGHEST = (10, 5, 200), 7.0  # compounds, signatures of each, and repeats; per cent
REAL_STRENGTHS, BACKGROUNDS, REAL_SIZE = (0.3, 0.5, 0.8), 60, 100
# What share of the signatures holds the push, and whether the background is the matrix itself or its other half.
SETTINGS = {
    "own matrix, 10 % hits": (0.10, True),
    "own matrix, 3 % hits": (0.03, True),
    "other half, 10 % hits": (0.10, False),
    "other half, no hits": (0.0, False),
}
# Per cent found at each strength, and per cent of what is called that was not pushed, with 10 % hits.
POWER_BOUNDS, MOST_FALSE = {0.3: 4.0, 0.5: 10.0}, 5.0
STRENGTHS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0)
PER_STRENGTH, UNRELATED, IN_BACKGROUND, DRAWS = 20, 920, 200, 20
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
        query = own_extremes(ranks, own, size)
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
                shares = (100 * (p < 0.05).mean(), 100 * (p < 1e-6).mean(), 100 * any_call)
                error = np.std([100 * (one < 0.05).mean() for one in searches]) / np.sqrt(len(searches))
                rows.append((name, size, kind, len(p), *shares, error))
    columns = ["data", "size", "kind", "pairs", *LEVELS, "error"]
    return pd.DataFrame(rows, columns=columns)


def few_compounds(ranks: RankMatrix) -> pd.DataFrame:
    """Share below .05 where the background is ten compounds five times, by size; and its standard error."""
    rng = np.random.default_rng(20221122)
    n_compounds, n_each, repeats = FEW
    groups = ranks.signatures.groupby(ranks.signatures["pert_name"].str.lower()).groups
    often = [name for name, own in groups.items() if len(own) >= n_each]
    rows = {}
    for size in SIZES:
        shares = []
        for own in rng.choice(ranks.frame.columns, repeats):
            name = ranks.signatures.at[own, "pert_name"].lower()
            drawn = rng.choice([n for n in often if n != name], n_compounds, replace=False)
            learn = np.concatenate([rng.choice(groups[n], n_each, replace=False) for n in drawn])
            test = ranks.frame.columns.difference([*learn, *groups[name]])
            query = own_extremes(ranks, own, size)
            scores = score_concordance(ranks.select(signatures=test), query)
            table = calibrate(scores, query, background=ranks.select(signatures=learn), selected=False)
            shares.append(100 * (table["p_cal"] < 0.05).mean())
        rows[size] = {"share": np.mean(shares), "error": np.std(shares) / np.sqrt(repeats)}
    return pd.DataFrame(rows).T


def own_extremes(ranks: RankMatrix, signature: str, size: int) -> GeneQuery:
    order = ranks.frame[signature].sort_values(kind="stable").index
    return GeneQuery(signature, order[-size:], order[:size])


def found_and_false(table: pd.DataFrame, column: str, pushed: pd.Series) -> tuple[float, float]:
    """Per cent of the pushed signatures found with the right sign, and per cent of those called that have no push."""
    called = table[column] < 0.05
    push = pushed.reindex(table.index)
    right = called & (np.sign(table["z_sum"]) == np.sign(push)) & (push != 0)
    return 100 * right.sum() / (push != 0).sum(), 100 * (called & (push == 0)).sum() / max(called.sum(), 1)


def real_power(values: pd.DataFrame) -> pd.DataFrame:
    """One row per setting, strength and method: found and false in per cent, with their standard errors."""
    rng = np.random.default_rng(20221122)
    rows = []
    for setting, (share, itself) in SETTINGS.items():
        for strength in REAL_STRENGTHS:
            for _ in range(BACKGROUNDS):
                compound = rng.choice(values.columns)
                others = rng.permutation(values.columns.drop(compound))
                learn, test = (others, others) if itself else np.array_split(others, 2)
                pushed = list(rng.choice(test, round((share or 0.1) * len(test)), replace=False))
                hits = [] if itself else list(rng.choice(learn, round(share * len(learn)), replace=False))
                changed = values.copy()
                changed[pushed + hits] += strength * values[[compound]].to_numpy()
                ranks = rank_coefficients(changed)
                query = own_extremes(ranks, compound, REAL_SIZE)
                push = pd.Series(0.0, index=test)
                push[pushed] = strength
                scores = score_concordance(ranks.select(signatures=test), query)
                for method in METHODS:
                    table = calibrate(
                        scores, query, background=ranks.select(signatures=learn), method=method, selected=False
                    )
                    rows.append((setting, strength, method, *found_and_false(table, "fdr_cal", push)))
    table = pd.DataFrame(rows, columns=["setting", "strength", "method", "found", "false"])
    by = table.groupby(["setting", "strength", "method"], sort=False)[["found", "false"]]
    return by.mean().join(by.sem().add_suffix(" error"))


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
    rng = np.random.default_rng(20221122)
    all_rows = []
    for _ in range(DRAWS):
        drawn = rng.choice(push.index[push == 0], IN_BACKGROUND, replace=False)
        background = ranks.select(signatures=drawn)
        scores = score_concordance(ranks.select(signatures=push.index.difference(drawn)), sample.query)
        calibrated = {m: calibrate(scores, sample.query, background=background, method=m) for m in METHODS}
        alone = {"nominal, p alone": scores["p_sum"], f"{DEFAULT}, p alone": calibrated[DEFAULT]["p_cal"]}
        fdr = {"nominal": scores["fdr_sum"]} | {m: table["fdr_cal"] for m, table in calibrated.items()}
        own = push.reindex(scores.index)
        right = np.sign(scores["z_sum"]) == np.sign(own)
        found = pd.DataFrame(alone | fdr).lt(0.05)
        rows = {
            f"{strength:g}": 100 * found[own.abs() == strength].mul(right[own.abs() == strength], axis=0).mean()
            for strength in STRENGTHS
        }
        rows["unrelated called"] = 100 * found[own == 0].mean()
        rows["of all called, unrelated"] = 100 * found[own == 0].sum() / found.sum()
        all_rows.append(pd.DataFrame(rows).T)
    return pd.concat(all_rows).groupby(level=0, sort=False).mean()


def markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables(false: pd.DataFrame, few: pd.DataFrame, real: pd.DataFrame, power: pd.DataFrame) -> dict[str, str]:
    """The Markdown tables by their mark on the page."""
    found = {}
    for data, part in false.groupby("data", sort=False):
        for level, digits in LEVELS.items():
            wide = part.pivot(index="kind", columns="size", values=level).loc[list(NAMES)]
            rows = [[NAMES[str(kind)], *(f"{x:.{digits}f}" for x in row)] for kind, *row in wide.itertuples()]
            found[f"{data}, {level}"] = markdown([f"% {level}", *map(str, SIZES)], rows)
    if len(few):
        row = [NAMES[DEFAULT], *(f"{one.share:.1f} ± {one.error:.1f}" for one in few.itertuples())]
        found["few compounds"] = markdown(["% below .05", *map(str, SIZES)], [row])
    for what in ("found", "false") if len(real) else ():
        rows = []
        for setting in SETTINGS:
            for strength in REAL_STRENGTHS:
                part = real.loc[(setting, strength)]
                shown = [f"{part.at[m, what]:.1f} ± {part.at[m, f'{what} error']:.1f}" for m in METHODS]
                rows.append([setting, f"{strength:g}", *shown])
        found[f"real, {what}"] = markdown(["background", "strength", *(NAMES[m] for m in METHODS)], rows)
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


def outside_bounds(false: pd.DataFrame, few: pd.DataFrame, real: pd.DataFrame) -> list[str]:
    """Where the default method misses a bound by more than two standard errors."""
    ours = false[false["kind"] == DEFAULT]
    # A search is one observation: its signatures share the query.
    low, high = ours["below .05"] + 2 * ours["error"] < LOWEST, ours["below .05"] - 2 * ours["error"] > HIGHEST
    missed = [f"{row.data}, {row.size} genes a side" for row in ours[low | high].itertuples(index=False)]
    missed += [f"few compounds, {size}" for size, one in few.iterrows() if one.share - 2 * one.error > FEW_HIGHEST]
    for strength, least in POWER_BOUNDS.items() if len(real) else ():
        one = real.loc[(next(iter(SETTINGS)), strength, DEFAULT)]
        missed += [f"found at {strength}"] if one["found"] + 2 * one["found error"] < least else []
        missed += [f"false at {strength}"] if one["false"] - 2 * one["false error"] > MOST_FALSE else []
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure false positives and power.")
    parser.add_argument("--write", action="store_true", help="store the tables in docs/calibration.md")
    parser.add_argument("--check", action="store_true", help="compare the tables with docs/calibration.md")
    options = parser.parse_args()
    sample = load_sample()
    matrices = {"simulated": sample.background}
    few, real = pd.DataFrame(), pd.DataFrame()
    if folder := os.environ.get("LINCS_INTERP_REAL_DATA"):
        data = Path(folder) / "real"
        matrices["real"] = read_ranks(data / "skb_5000x100.ranks.tsv.gz")
        facts = pd.read_csv(data / "signature_metadata.tsv", sep="\t", dtype=str)
        landmark = read_ranks(data / "landmark_978x1080.ranks.tsv.gz")
        for name, subset in (("plate", "cpc006_a375"), ("kinases", "ljp005_a375")):
            own = landmark.frame.columns.isin(facts.loc[facts["subset"] == subset, "local_id"])
            matrices[name] = landmark.select(signatures=landmark.frame.columns[own])
        few = few_compounds(matrices["kinases"])
        real = real_power(read_coefficients(data / "skb_5000x100.values.tsv.gz"))
    false, power = false_positive_table(matrices), power_table(sample)
    found = tables(false, few, real, power)
    for name, table in found.items():
        print(f"{name}\n\n{table}\n")
    pairs = false.groupby("data", sort=False)["pairs"].first()
    print("Pairs for each number: " + ", ".join(f"{n:,} ({data})" for data, n in pairs.items()))
    errors = false[false["kind"] == DEFAULT].groupby("data", sort=False)["error"].max()
    print("Largest standard error of a share below .05: " + ", ".join(f"{e:.2f} ({d})" for d, e in errors.items()))
    page = PAGE.read_text(encoding="utf-8")
    if options.write:
        PAGE.write_text(filled(page, found), encoding="utf-8", newline="\n")
    failed = [f"outside the bounds: {place}" for place in outside_bounds(false, few, real)]
    if options.check and filled(page, found) != page:
        failed.append("docs/calibration.md holds other numbers")
    print("\n".join(failed) or "Within the bounds.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
