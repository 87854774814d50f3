"""How long the plots take: the call itself, and call and PNG together, on a bare figure of 72 dots per inch.

    python benchmarks/plots.py

The cost of a picture is its texts, not its points: a heat map is timed with 40, 10 and no names along each axis.
Beside them, in the same run, a bare imshow of the same table with its default axes. Exits with 1 if the heat map
without names takes more than 4 times as long.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lincs_interp import GeneQuery, RankMatrix, explain_concordance, score_concordance
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
from lincs_interp.stats import score_consensus

GENES, SIGNATURES, SET, REPEATS, BOUND = 2_000, 1_000, 150, 9, 4.0
BARE, NO_NAMES = "imshow alone, 60 x 30", "plot_heatmap, 60 x 30, no names"


def jobs(rng: np.random.Generator) -> dict[str, Callable[[Any], object]]:
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0).astype(np.int32) + 1
    signatures = [f"REP.B025_YAPC_24H_K{i:03}_compound-{i}_2.22uM" for i in range(SIGNATURES)]
    ranks = RankMatrix.from_frame(pd.DataFrame(values, [f"GENE{i}" for i in range(GENES)], signatures))
    query = GeneQuery("benchmark", ranks.genes[:SET], ranks.genes[SET : 2 * SET])
    scores = score_concordance(ranks, query)
    evidence = explain_concordance(ranks, query, scores.index[0])
    percentiles = ranks.percentiles().iloc[:60]
    few = percentiles.iloc[:, :30]
    one_drug = ranks.signatures.join(scores).iloc[:50].assign(cell_line=list("ABCDE") * 10, pert_name="drug")
    one_drug = one_drug.assign(dose_um=[10.0**-dose for dose in range(10) for _ in range(5)], pert_dose="")
    consensus = score_consensus(ranks, query)
    without = evidence.assign(z_sum_without=scores["z_sum"].iloc[0] - evidence["contribution"])
    without = without.assign(call_without="mimicker", shared_by=5)
    z = np.sort(rng.standard_normal(SIGNATURES))
    qq = pd.DataFrame({"expected": z, "observed": 3 * z, "calibrated": z})
    one_gene, calls = percentiles.iloc[0], scores["call"]
    return {
        "plot_scores, 1,000 signatures": lambda ax: plot_scores(scores, ax=ax),
        "plot_top, 10 + 10": lambda ax: plot_top(scores, ax=ax),
        "plot_evidence, 150 + 150 genes": lambda ax: plot_evidence(evidence, ax=ax),
        "plot_percentiles, 30 x 1,000": lambda ax: plot_percentiles(percentiles, highlight=signatures[0], ax=ax),
        "plot_null, 1,000 signatures": lambda ax: plot_null(qq, ax=ax),
        "plot_perturbagen, 5 x 10": lambda ax: plot_perturbagen(one_drug, ax=ax),
        "plot_dose_response, 5 x 10": lambda ax: plot_dose_response(one_drug, ax=ax),
        "plot_gene, 1,000 signatures": lambda ax: plot_gene(one_gene, background=one_gene, calls=calls, ax=ax),
        "plot_consensus, 15 + 15": lambda ax: plot_consensus(consensus, ax=ax),
        "plot_stability, 15 of 300": lambda ax: plot_stability(without, ax=ax),
        "plot_heatmap, 60 x 30, 40 names": lambda ax: plot_heatmap(few, ax=ax),
        "plot_heatmap, 60 x 30, 10 names": lambda ax: plot_heatmap(few, max_labels=10, ax=ax),
        BARE: lambda ax: ax.imshow(few.to_numpy(), aspect="auto"),
        NO_NAMES: lambda ax: plot_heatmap(few, max_labels=0, ax=ax),
    }


def milliseconds(draw: Callable[[Any], object]) -> tuple[float, float]:
    figure = Figure(figsize=(7, 5), dpi=72)
    start = time.perf_counter()
    draw(figure.subplots())
    drawn = time.perf_counter()
    figure.savefig(io.BytesIO(), format="png")
    return 1000 * (drawn - start), 1000 * (time.perf_counter() - start)


def main() -> int:
    best = {}
    for name, draw in jobs(np.random.default_rng(1)).items():
        milliseconds(draw)  # warm: imports, fonts
        calls, pictures = zip(*(milliseconds(draw) for _ in range(REPEATS)), strict=True)
        best[name] = min(pictures)
        print(f"{name:<32} call {statistics.median(calls):4.0f} ms   with PNG {statistics.median(pictures):4.0f} ms")
    ratio = best[NO_NAMES] / best[BARE]
    print(f"heat map without names / bare imshow: {ratio:.1f}")
    return int(ratio > BOUND)


if __name__ == "__main__":
    sys.exit(main())
