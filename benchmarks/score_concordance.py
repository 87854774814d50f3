"""How long one query takes on a matrix in memory: 12,327 genes x 1,000 signatures, 150 + 150 genes.

    python benchmarks/score_concordance.py
    LINCS_INTERP_BEFORE=checkout python benchmarks/score_concordance.py

Prints the processor's time from gene names to the sorted table, beside the least that numpy needs (the rows of the
query added up) and the naive way (pandas selection and sums) in the same run, and the extra memory that scoring takes
beside the matrix. Only ratios hold on other machines: exits with 1 if the whole answer takes more than 8 times as long
as adding up the rows. With LINCS_INTERP_BEFORE, the folder of another state of the package, both states take turns, in
processes of their own. There each call gets new random genes, and its time includes the GeneQuery made of them. The
ratio of the medians is printed; exits with 1 if it is above 0.35.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, score_concordance

GENES, SIGNATURES, SET, REPEATS, BOUND = 12_327, 1_000, 150, 200, 8.0
ROUNDS, A_ROUND, BOUND_BEFORE = 30, 20, 0.35
TURNS = "turns"


def make(rng: np.random.Generator) -> tuple[RankMatrix, GeneQuery]:
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0).astype(np.int32) + 1
    frame = pd.DataFrame(values, [f"GENE{i}" for i in range(GENES)], [f"S{i}" for i in range(SIGNATURES)])
    genes = random_genes(rng)
    return RankMatrix.from_frame(frame), GeneQuery("benchmark", genes[:SET], genes[SET:])


def random_genes(rng: np.random.Generator) -> list[str]:
    return [f"GENE{i}" for i in rng.choice(GENES, 2 * SET, replace=False)]


def naive(frame: pd.DataFrame, query: GeneQuery) -> pd.Series:
    z = []
    for genes in (query.up, query.down):
        n, total = len(genes), len(frame)
        u = frame.loc[list(genes)].sum() - n * (n + 1) / 2
        z.append((u - n * (total - n) / 2) / np.sqrt(n * (total - n) * (total + 1) / 12))
    return (z[0] - z[1]).sort_values(ascending=False)


def milliseconds(job) -> float:
    start = time.process_time()
    job()
    return 1000 * (time.process_time() - start)


def take_turns() -> None:
    """Time a few calls for every line that comes in: what runs in the two processes."""
    rng = np.random.default_rng(1)
    ranks, query = make(rng)

    def new_query() -> pd.DataFrame:
        return score_concordance(ranks, GeneQuery("new", genes[:SET], genes[SET:]))

    for _ in range(30):
        score_concordance(ranks, query)  # warm: imports, index, caches
    for _ in sys.stdin:
        times = []
        for _ in range(A_ROUND):
            genes = random_genes(rng)
            times.append(milliseconds(new_query))
        print(statistics.median(times))
        sys.stdout.flush()


def against(before: str) -> float:
    """Return the ratio of the processor's time now to that of the state before."""
    here = Path(__file__).resolve()
    processes = [
        subprocess.Popen(
            [sys.executable, str(here), TURNS],
            env=os.environ | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for root in (before, here.parents[1])
    ]
    times: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for process, own in zip(processes, times, strict=True):
            print(file=process.stdin, flush=True)
            own.append(float(process.stdout.readline()))
    for process in processes:
        process.communicate()
    then, now = map(statistics.median, times)
    print(f"before {then:.2f} ms, now {now:.2f} ms: ratio {now / then:.2f}, bound {BOUND_BEFORE}")
    return now / then


def main() -> int:
    if sys.argv[1:] == [TURNS]:
        take_turns()
        return 0
    ranks, query = make(np.random.default_rng(1))
    ours = score_concordance(ranks, query)  # warm: imports, index, caches
    np.testing.assert_allclose(ours["z_sum"].to_numpy(), naive(ranks.frame, query).to_numpy())
    rows = ranks.genes.get_indexer([*query.up, *query.down])
    jobs = {
        "score_concordance": lambda: score_concordance(ranks, query),
        "the same, a new query": lambda: score_concordance(ranks, GeneQuery("new", query.up, query.down)),
        "rows added up, numpy": lambda: ranks.values[rows].sum(axis=0, dtype=np.int32),
        "z alone, with pandas": lambda: naive(ranks.frame, query),
    }
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(REPEATS):
        for name, job in jobs.items():
            times[name].append(milliseconds(job))
    for name, values in times.items():
        print(f"{name:<24} median {statistics.median(values):6.2f} ms   best {min(values):6.2f} ms")
    ratio = statistics.median(times["score_concordance"]) / statistics.median(times["rows added up, numpy"])
    print(f"ratio to adding up the rows {ratio:.1f}, bound {BOUND}")
    tracemalloc.start()
    score_concordance(ranks, query)
    peak = tracemalloc.get_traced_memory()[1]
    print(f"extra memory {peak / 1e6:.2f} MB beside a matrix of {ranks.values.nbytes / 1e6:.0f} MB")
    before = os.environ.get("LINCS_INTERP_BEFORE")
    slower = bool(before) and against(before) > BOUND_BEFORE
    return int(ratio > BOUND or slower)


if __name__ == "__main__":
    sys.exit(main())
