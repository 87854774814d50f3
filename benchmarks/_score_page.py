"""The page docs/measured_scores.md: what score_accuracy.py measured, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from _known_answers import CLASSES, NO_TRUTH, QUESTIONS

import lincs_interp
from lincs_interp.genes.matching import gene_table_date
from lincs_interp.scoring.scores import SCORES

#: The sets with more than the 978 landmark genes.
WIDE = ("full12328", "skb5000")
COMMAND = "LINCS_INTERP_REAL_DATA=folder python benchmarks/score_accuracy.py --write"


def markdown(table: pd.DataFrame, digits: int = 3) -> str:
    """Write a table in Markdown; numbers with a fraction get `digits` places, missing ones a dash."""

    def cell(value: object) -> str:
        if isinstance(value, float | np.floating):
            return "–" if np.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"  # never "-0.000"
        return str(value).replace("|", "\\|")

    lines = [list(map(str, table.columns)), ["---"] * len(table.columns)]
    lines += [[cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def classes() -> pd.DataFrame:
    """Return one row per class: the rule that says who belongs to it, and which queries should find it."""
    rows = []
    for name, group in CLASSES.items():
        rule = " or ".join(f"{column} fits `{pattern}`" for column, pattern in group.patterns.items())
        if group.left_out:
            rule += f"; left out: {group.left_out.replace('|', ', ')}"
        if group.note:
            rule += f" ({group.note})"
        asked = [f'{query} ({way}: "{words}")' for query, way, asked_for, words in QUESTIONS if asked_for == name]
        rows.append((name, rule, "; ".join(asked)))
    return pd.DataFrame(rows, columns=["expected", "who that is, by the metadata", "in the words of the data's README"])


def accuracy(rows: pd.DataFrame, scores: Sequence[str]) -> pd.DataFrame:
    """Return the rows as they are shown."""
    table = rows.assign(query=rows["query"] + np.where(rows["circular"], " (circular)", ""))
    table["genes"] = table["up"].astype(str) + " + " + table["down"].astype(str)
    return table[["query", "set", "way", "expected", "n", "others", "genes", "by chance", *scores]]


def with_intervals(summary: pd.DataFrame) -> pd.DataFrame:
    """Put each interval in brackets behind its number."""
    families = {record.name: record.family for record in SCORES.values()}
    out = pd.DataFrame({"score": summary.index})
    out["family"] = [families.get(name.split("(")[0], "one vote each") for name in summary.index]
    for label, form in (("median AUC", ".3f"), ("mean rank", ".1f"), ("AUC - z_sum", "+.3f")):
        ends = summary[[label, f"{label} low", f"{label} high"]].round(int(form[-2])) + 0.0  # never "-0.000"
        out[label] = [f"{m:{form}} ({a:{form}} to {b:{form}})" for m, a, b in ends.itertuples(index=False)]
    out.loc[out["score"] == "z_sum", "AUC - z_sum"] = "–"
    return out.join(summary.reset_index()[["best", "beyond chance", "below 0.5"]])


def measured_before(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows for which the data's README has a number, and why ours may differ."""
    rows = rows[rows["README AUC"].notna()]
    met = (rows["exact spelling"] - rows["README AUC"]).abs() < 0.00051
    reason = np.where(rows["n"] == rows["README n"], "as many members; who else is compared differs", "other members")
    table = rows[["query", "set", "way", "expected", "n", "README n", "README AUC", "exact spelling", "z_sum"]]
    return table.assign(**{"why it differs": np.where(met, "", reason)})


def page(
    rows: pd.DataFrame,
    summary: pd.DataFrame,
    own: pd.DataFrame,
    inputs: pd.DataFrame,
    scores: Sequence[str],
    scan: Sequence[str],
) -> str:
    """Write the whole page."""
    counted = rows[~rows["circular"]]
    wide = counted["set"].isin(WIDE)
    before = measured_before(rows)
    met = int((before["why it differs"] == "").sum())
    moved = int((rows["AUC of z_cal"] - rows["z_sum"]).abs().gt(1e-9).sum())
    apart = summary.index[(summary["AUC - z_sum low"] > 0) | (summary["AUC - z_sum high"] < 0)]
    agreement = summary.reset_index()[["score", *(name for name in summary if name.endswith(("genes", "more")))]]
    return f"""# Measured: every score on every real query with a known answer

<!-- Written by benchmarks/score_accuracy.py. Do not edit: change the script and run it with --write. -->

    {COMMAND}

lincs_interp {lincs_interp.__version__}, gene tables of {gene_table_date()}. The data are other people's and do not
come with the package. What to make of the numbers is in [which_score.md](which_score.md).

## How it was measured

A gene list made elsewhere is put to every set of real signatures that holds a perturbagen it should find. **AUC** is
the probability that an expected signature scores above another one of the same set: 1 = all expected ones come first,
0.5 = chance, 0 = all come last. Ties count half; where reversers are expected the sign is turned. Symbols are rescued
as `score_concordance` does by default. A list of which no gene is in a set is left out there (0 in the column
genes).

- `xsum` and `overlap` keep 500 genes of each end, or a tenth of those ranked if that is less: 97 of 978.
  {", ".join(f"`{name}`" for name in scan)} keep as many as they say. The more are kept, the more `xsum` is a mean rank.
- `consensus` is that of `li.stats.score_consensus`. `spearman` and `cosine` need values; these queries are lists.
- **by chance**: at least 39 of 40 random choices of as many signatures stay below this AUC (exact). Wells and doses of
  one compound are not independent, so the true bound is higher.
- `{NO_TRUTH}` has no known answer in these data and is not here.
- Calibration does not change the order of signatures within one query: `z_cal` is `z_sum` less one number, divided by
  another, as long as all signatures rank the same genes of the query. Measured: its AUC differs in {moved} of
  {len(rows)} rows.

## Who should be found

{markdown(classes())}

## AUC of every score

{markdown(accuracy(rows, scores))}

Circular: the query was made of signatures of that very set. Such rows are shown and counted nowhere.

## Summary

{len(counted)} rows of {counted["query"].nunique()} queries. In brackets: 95 % interval, drawing whole queries anew,
because rows of one query are no independent witnesses. Several queries ask for the same class, so even these intervals
are too narrow. **A difference whose interval holds 0 is no difference.**

- `mean rank`: 1 = best of these {len(scores)} columns; `AUC - z_sum`: mean difference on the same rows
- `best`: rows where no other column is higher, ties counted for all; `beyond chance`: rows that reach `by chance`;
  `below 0.5`: rows where the expected signatures come later than by chance

{markdown(with_intervals(summary))}

Interval of the difference to `z_sum` without 0: {", ".join(f"`{name}`" for name in apart) or "none"}.
Of {len(scores) - 1} comparisons, {0.05 * (len(scores) - 1):.1f} do so by chance alone.

## How far the scores say the same

`Spearman`: correlation with `z_sum` over the signatures of a set, median over the rows. `AUC - z_sum`: mean over the
same rows; on 978 genes from {int((~wide).sum())} rows, on 5,000 and more from {int(wide.sum())}.

{markdown(agreement)}

## Compared with what came with the data

The README of the queries gives an AUC for {len(before)} of these rows. They are those of `z_sum` with exact spelling
only: {met} of {len(before)} are met to the third decimal. It does not list who counts as expected, so the others
cannot be traced.

{markdown(before)}

## What cannot be measured here: the Connectivity Map's own answer

`estrogen_lamb2006_frasor` comes with the Connectivity Map's own normalised connectivity to signatures of MCF7 cells,
but without their ranks: no score of ours can be computed on them. This is its own AUC, for mimickers, against all
others.

{markdown(own)}

## What was read

First 12 digits of the SHA-256 of each file:

{markdown(inputs)}
"""
