"""How long an explorer takes from a change of a control to its new view, at 12,327 genes x 1,000 signatures.

    python benchmarks/explorers.py [--repeats 25]

50 perturbagens of 20 signatures, a query of 150 + 150 genes, a background of 200 signatures. Each control is changed
again and again, and the time is taken from the change of its trait to the last new value of the places it fills. Both
clock and processor time are shown: on a busy machine the clock includes the others. Beside them, in the same run, what
the picture of a signature costs if plot_evidence draws it anew each time. Exits with 1 if the median of any control is
100 ms of processor time or more.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import lincs_interp as li

GENES, SIGNATURES, SET, BACKGROUND, BOUND = 12_327, 1_000, 150, 200, 100.0


def matrix(rng: np.random.Generator) -> tuple[li.RankMatrix, li.GeneQuery, li.RankMatrix]:
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0).astype(np.int32) + 1
    genes = [f"GENE{i}" for i in range(GENES)]
    cells, times, doses = ("MCF7", "PC3", "A375", "YAPC", "HT29"), (6, 24), ("0.1", "10")
    ids = [
        f"REP.B{i:03}_{cells[i % 5]}_{times[i // 5 % 2]}H_K01_compound-{i // 20}_{doses[i // 10 % 2]}uM"
        for i in range(SIGNATURES)
    ]
    ranks = li.RankMatrix.from_frame(pd.DataFrame(values, genes, ids))
    unselected = np.argsort(rng.random((GENES, BACKGROUND)), axis=0).astype(np.int32) + 1
    background = li.RankMatrix.from_frame(pd.DataFrame(unselected, genes, [f"B{i}" for i in range(BACKGROUND)]))
    return ranks, li.GeneQuery("benchmark", genes[:SET], genes[SET : 2 * SET]), background


def changes(explorer: Any, ranks: li.RankMatrix) -> dict[str, tuple[str, Callable[[int], None]]]:
    """Name -> the part that is open, and how its control is changed for the n-th time."""
    ids, genes, pickers = list(ranks.frame.columns), list(ranks.genes), explorer.pickers
    overview = explorer.parts["overview"]

    def typed(kind: str, names: list[str]) -> Callable[[int], None]:
        return lambda n: setattr(pickers[kind].box, "value", names[(37 * n + 11) % len(names)])

    def cycle(control: Any, values: list[Any]) -> Callable[[int], None]:
        return lambda n: setattr(control, "value", values[n % len(values)])

    perturbagens = explorer.source.perturbagens
    return {
        "overview: signature": ("overview", typed("signature", ids)),
        "overview: search": ("overview", cycle(overview.controls["search"], ["comp", "compound-4", "MCF7", "6h 10"])),
        "overview: cell line": ("overview", cycle(overview.controls["cell"], ["MCF7", "PC3", ""])),
        "overview: call": ("overview", cycle(overview.controls["call"], ["mimicker", "reverser", ""])),
        "overview: sort": ("overview", cycle(overview.controls["table_by"], ["z_up", "name", "fdr_cal", "z_sum"])),
        "signature: signature": ("signature", typed("signature", ids)),
        "signature: sort": ("signature", lambda n: explorer.selection.choose(genes_by=("gene", "percentile")[n % 2])),
        "signature: leave out": ("signature", lambda n: explorer.selection.choose(without=tuple(genes[n : n + 5]))),
        "perturbagen: perturbagen": ("perturbagen", typed("perturbagen", perturbagens)),
        "perturbagen: signature": ("perturbagen", typed("signature", ids)),
        "gene: gene": ("gene", typed("gene", genes)),
        "gene: signature": ("gene", typed("signature", ids)),
    }


def milliseconds(job: Callable[[int], None], repeats: int) -> tuple[float, float]:
    """Median clock and processor time of one change; the first two warm up fonts and caches."""
    clock, processor = [], []
    for n in range(repeats + 2):
        start, used = time.perf_counter(), time.process_time()
        job(n)
        clock.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - used))
    return statistics.median(clock[2:]), statistics.median(processor[2:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=25)
    repeats = parser.parse_args().repeats
    ranks, query, background = matrix(np.random.default_rng(1))
    start = time.perf_counter()
    explorer = li.explore(li.interpret(ranks, query, background=background))
    print(f"preparation, once: {time.perf_counter() - start:.1f} s")
    slowest = 0.0
    for name, (panel, job) in changes(explorer, ranks).items():
        explorer.state = {"panel": panel, "search": "", "cell": "", "call": "", "table_by": "z_sum"}
        clock, processor = milliseconds(job, repeats)
        slowest = max(slowest, processor)
        print(f"{name:<28} clock {clock:4.0f} ms   processor {processor:4.0f} ms")
        if explorer._problem.value:
            print("an explorer failed:", explorer._problem.value)
            return 1

    def anew(n: int) -> None:
        figure = Figure(figsize=(7.2, 4.6), dpi=100, layout="constrained")
        evidence = li.explain_concordance(ranks, query, ranks.frame.columns[n])
        li.plot_evidence(evidence, ax=figure.subplots())
        figure.savefig(io.BytesIO(), format="png")

    clock, processor = milliseconds(anew, repeats)
    print(f"{'plot_evidence, drawn anew':<28} clock {clock:4.0f} ms   processor {processor:4.0f} ms")
    print(f"slowest control: {slowest:.0f} ms of processor time; bound {BOUND:.0f}")
    return int(slowest >= BOUND)


if __name__ == "__main__":
    sys.exit(main())
