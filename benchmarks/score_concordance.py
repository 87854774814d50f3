"""How long one query takes on a matrix in memory: 12,327 genes x 1,000 signatures, 150 + 150 genes.

    python benchmarks/score_concordance.py

Prints the time from gene names to the sorted table, beside the naive way (pandas selection and sums) in the same run,
and the extra memory that scoring takes beside the matrix. Exits with 1 above the bound of 5 ms.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, score_concordance

GENES, SIGNATURES, SET, REPEATS, BOUND_MS = 12_327, 1_000, 150, 60, 5.0


def make(rng: np.random.Generator) -> tuple[RankMatrix, GeneQuery]:
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0).astype(np.int32) + 1
    frame = pd.DataFrame(values, [f"GENE{i}" for i in range(GENES)], [f"S{i}" for i in range(SIGNATURES)])
    genes = [f"GENE{i}" for i in rng.choice(GENES, 2 * SET, replace=False)]
    return RankMatrix.from_frame(frame), GeneQuery("benchmark", genes[:SET], genes[SET:])


def naive(frame: pd.DataFrame, query: GeneQuery) -> pd.Series:
    z = []
    for genes in (query.up, query.down):
        n, total = len(genes), len(frame)
        u = frame.loc[list(genes)].sum() - n * (n + 1) / 2
        z.append((u - n * (total - n) / 2) / np.sqrt(n * (total - n) * (total + 1) / 12))
    return (z[0] - z[1]).sort_values(ascending=False)


def milliseconds(job) -> float:
    start = time.perf_counter()
    job()
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    ranks, query = make(np.random.default_rng(1))
    ours = score_concordance(ranks, query)  # warm: imports, index, caches
    np.testing.assert_allclose(ours["z_sum"].to_numpy(), naive(ranks.frame, query).to_numpy())
    times = {"score_concordance": [], "z alone, with pandas": []}
    for _ in range(REPEATS):
        times["score_concordance"].append(milliseconds(lambda: score_concordance(ranks, query)))
        times["z alone, with pandas"].append(milliseconds(lambda: naive(ranks.frame, query)))
    for name, values in times.items():
        print(f"{name:<24} median {statistics.median(values):6.2f} ms   best {min(values):6.2f} ms")
    ratio = statistics.median(times["score_concordance"]) / statistics.median(times["z alone, with pandas"])
    print(f"ratio {ratio:.2f}")
    tracemalloc.start()
    score_concordance(ranks, query)
    peak = tracemalloc.get_traced_memory()[1]
    print(f"extra memory {peak / 1e6:.2f} MB beside a matrix of {ranks.values.nbytes / 1e6:.0f} MB")
    return int(statistics.median(times["score_concordance"]) > BOUND_MS)


if __name__ == "__main__":
    sys.exit(main())
