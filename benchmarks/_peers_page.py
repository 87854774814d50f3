"""The page: what was compared, how, and the tables."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
import textwrap
from collections.abc import Sequence
from pathlib import Path

from _peers_data import BACKGROUND, GENES, SET, Case, real, simulated
from _peers_run import ROUNDS, SMALL, Row, busy, compare, own_calls
from _peers_tools import RANK_SCORES, THREADS

IDLE = 1.15  # clock over processor time of a tool with one thread, on a machine that has nothing else to do

BOUNDS = {"all rank scores in one call": 0.3, "calibrate, after the scores": 0.5}  # seconds for 1,000 signatures

OPENING = """
Written by `python benchmarks/peers.py --write`; not to be edited by hand. Times differ from machine to machine and from
hour to hour, ratios less, agreement hardly.

This run: {machine}. Every tool may use {threads} threads; our calls below start none.
{load}

What is compared: one query of up and down genes against every signature of a matrix in memory, gene names in, one
number per signature out. No tool is charged for imports, compilation ("first call") or its input: the matrix is a
RankMatrix for us, for the others centred ranks (0 = the middle, positive = up) in the layout that each reads fastest.
All get the same genes. Seconds are medians over {rounds} rounds in which all tools take turns; a slow one is timed in
fewer rounds, on fewer signatures ("timed on"), and scaled up. "Clock" is what one waits, "processor" what all threads
together work, which neighbours on the machine hardly change; ratios and bounds go by the processor. A tool that keeps
two threads busy is done in half of that time by the clock.

What is not the same. Our answer is a table that also has both lists, their AUC, nominal p, FDR and a call; "times
ours" compares with the time of such a table that has the score of the same family in it. We check a matrix once, when
it is made; decoupler and gseapy check and copy theirs at every call, so the very first query of a fresh matrix costs us
the sum of both. They are made for many gene sets at once, and a second set costs them less than the first: this is the
case of one query. ulm, zscore, viper and mannwhitneyu give a nominal p too, prerank one by permutation of genes: all of
these, like our own nominal p, take the genes of a list as independent, which they are not. None measures its null on
unselected signatures, as `calibrate` does."""

AGREEMENT = """
"Agrees" is Spearman's correlation over the signatures, with z_sum and with our score of the same family. ulm, zscore,
waggr, mannwhitneyu and singscore are z_sum under other names where both lists are equally long. viper turns ranks into
normal quantiles first, which gives the ends more weight. prerank's two lists are joined as WTCS joins them, and without
ties they are the same. ssgsea adds up the running sum instead of taking its peak, and has no gate that sets a score to
0 where the lists disagree: a mean rank rather than a WTCS. AUCell looks at the top 5 % of a ranking only, so a down
gene at the bottom is as good as one in the middle; "at both ends" mends that."""

REAL = """
The query is what HDAC inhibitors do in other experiments; "inhibitors at" shows where the {known} HDAC inhibitors among
the drugs come, a half being a shared place. Agreement is lower here: lists are short and not equally long, WTCS is 0
for the {gated} drugs on which the lists disagree, overlap takes few different values, and nine ranks in ten are tied
(tools take the highest, the average or any order)."""

NO_REAL_DATA = """## Real signatures

Not measured in this run: `LINCS_INTERP_REAL_DATA` was not set."""


def paragraphs(text: str) -> str:
    """Fill each paragraph to the width of the other pages."""
    filled = (textwrap.fill(part, 120, break_on_hyphens=False) for part in text.strip().split("\n\n"))
    return "\n\n".join(filled)


def measured(n_signatures: int, folder: str | None) -> tuple[str, list[str]]:
    """Measure, and return the page and the names of the bounds that were missed."""
    case, cost = simulated(n_signatures)
    own, rows = own_calls(case), compare(case)
    missed, lines = _bounds(own) if n_signatures == 1000 else ([], [])
    size = f"{GENES:,} genes × {n_signatures:,} signatures, {SET} + {SET} genes"
    parts = [
        "# Speed and agreement beside other tools",
        paragraphs(OPENING.format(machine=_machine(), load=_load(rows), threads=THREADS, rounds=ROUNDS)),
        f"## Ours: {size}",
        _own_table(own, case),
        *lines,
        "What is made once per matrix, before the first query:",
        markdown([["step", "clock, s"], *([step, _short(taken)] for step, taken in cost.items())]),
        f"## Simulated signatures: {size}",
        "Genes correlate as in life: about .075 within each list, on average over the signatures.",
        _peers_table(case, rows),
        paragraphs(AGREEMENT),
    ]
    parts += _real_parts(Path(folder)) if folder else [NO_REAL_DATA]
    return "\n\n".join(parts) + "\n", missed


def _real_parts(folder: Path) -> list[str]:
    case = real(folder)
    rows = compare(case)
    wtcs = next(row.scores for row in rows if row.tool.method == "wtcs")
    shape = "{:,} genes × {} drugs".format(*case.ranks.shape)
    lists = f"{len(case.query.up)} + {len(case.query.down)} genes"
    return [
        f"## Real signatures: {shape} in one cell line, {lists}",
        paragraphs(REAL.format(known=len(case.known), gated=(wtcs == 0).sum())),
        _peers_table(case, rows),
    ]


def _bounds(own: Sequence[Row]) -> tuple[list[str], list[str]]:
    missed, lines = [], []
    for row in own:
        if row.tool.method in BOUNDS:
            taken, bound = row.seconds(row.n, processor=True), BOUNDS[row.tool.method]
            missed += [row.tool.method] if taken > bound else []
            lines.append(f"- {row.tool.method}: bound {bound:g} s, {'MISSED' if taken > bound else 'kept'}")
    return missed, ["\n".join(lines)]


def _own_table(own: Sequence[Row], case: Case) -> str:
    remarks = {
        "score_concordance": "z_sum and the whole table",
        "all rank scores in one call": ", ".join(RANK_SCORES),
        "score_consensus": "one vote per family",
        "calibrate, after the scores": f"background of {BACKGROUND:,} signatures",
    }
    size = case.ranks.values.nbytes
    rows = [["call", "clock, s", "processor, s", f"memory beside the matrix ({size / 1e6:.0f} MB)", "what"]]
    for row in own:
        rows.append([
            row.tool.method,
            *(_short(row.seconds(row.n, processor=processor)) for processor in (False, True)),
            f"{_short(row.peak / 1e6)} MB", remarks[row.tool.method]
        ])  # fmt: skip
    return markdown(rows)


def _peers_table(case: Case, rows: Sequence[Row]) -> str:
    ours = {row.tool.method: row for row in rows if row.tool.tool == "lincs_interp"}
    total = case.ranks.shape[1]
    per = total if total <= SMALL else 1000
    head = ["tool", "method", f"clock, s per {per:,}", "processor", "times ours"]
    head += ["agrees with z_sum", "agrees with its family"]
    head += ["inhibitors at"] if case.known else []
    table = [[*head, "first call, s", "timed on", "needs"]]
    for row in rows:
        cells = [f"{row.tool.tool} {_version(row.tool.package)}", row.tool.method]
        if row.problem or row.scores is None:
            table.append([*cells, row.problem, *[""] * (len(table[0]) - 3)])
            continue
        own = ours[row.tool.matching]
        cells += [_short(row.seconds(per)), _short(row.seconds(per, processor=True))]
        cells += [_ratio(row.seconds(per, processor=True) / own.seconds(per, processor=True))]
        cells += [_agreement(row, ours["z_sum"]), f"{_agreement(row, own)} ({row.tool.matching})"]
        if case.known:
            places = row.scores.rank(ascending=False)[list(case.known)].sort_values()
            cells.append(", ".join(f"{place:g}" for place in places))
        table.append([*cells, _short(row.first), f"{row.n:,}", row.tool.needs])
    return markdown(table)


def _agreement(row: Row, own: Row) -> str:
    return f"{row.scores.corr(own.scores.reindex(row.scores.index), method='spearman'):.3f}"


def _short(number: float) -> str:
    """Two significant digits, without an exponent."""
    return f"{number:.2g}" if 1e-4 < abs(number) < 100 else f"{number:.0f}" if number >= 100 else f"{number:.5f}"


def _ratio(number: float) -> str:
    """Two significant digits: more would be noise."""
    digits = max(0, 1 - math.floor(math.log10(number)))
    return f"{float(f'{number:.1e}'):,.{digits}f} ×"


def _load(rows: Sequence[Row]) -> str:
    """Whether the clock measured the tools or their neighbours."""
    factor = busy(list(rows))
    if not factor > IDLE:
        return "The machine had nothing else to do."
    return (
        "The machine was BUSY with other work: by the clock a tool of one thread took"
        f' {factor:.1f} times what it took of the processor, so do not trust the column "clock".'
    )


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _machine() -> str:
    """What times depend on; nothing that shows whose machine it is."""
    versions = ", ".join(f"{name} {_version(name)}" for name in ("numpy", "pandas", "scipy"))
    system = f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}"
    return f"{system}, Python {platform.python_version()}, {versions}"


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table that can be read on the page and in a terminal."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])
