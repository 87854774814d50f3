"""How long every score takes for one query: 12,327 genes x 1,000 signatures, 150 + 150 genes, 2,000 values.

    python benchmarks/scores.py

Prints what each score adds to a plain `score_concordance`, and all scores in one call, with values and without, on
rankings without ties and on tied ones. The first call, which finds out whether the rankings are complete, is on
its own line. Exits with 1 if all scores of rankings without ties take more than 0.3 s. The processor's time counts (one
thread does it all), the best of the repeats: a busy machine is no slow program. The clock's time is beside it.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, score_concordance
from lincs_interp.scoring.scores import SCORES

GENES, SIGNATURES, SET, VALUES, REPEATS, BOUND_MS = 12_327, 1_000, 150, 2_000, 7, 300.0


def make(rng: np.random.Generator) -> tuple[dict[str, RankMatrix], dict[str, GeneQuery]]:
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0).astype(np.int32) + 1
    genes, names = [f"GENE{i}" for i in range(GENES)], [f"S{i}" for i in range(SIGNATURES)]
    complete = pd.DataFrame(values, genes, names)
    tied = -(-complete // 4) * 4  # four genes to a rank, the highest of them
    chosen = [genes[i] for i in rng.choice(GENES, VALUES, replace=False)]
    up, down, numbers = chosen[:SET], chosen[SET : 2 * SET], pd.Series(rng.standard_normal(VALUES), chosen)
    queries = {"with 2,000 values": GeneQuery("q", up, down, numbers), "without values": GeneQuery("q", up, down)}
    matrices = {"no ties": RankMatrix.from_frame(complete), "tied": RankMatrix.from_frame(tied.clip(upper=GENES))}
    return matrices, queries


def milliseconds(ranks: RankMatrix, query: GeneQuery, scores: list[str], repeats: int = REPEATS) -> np.ndarray:
    """The least time of the processor and of the clock."""
    times = []
    for _ in range(repeats):
        start = time.process_time(), time.perf_counter()
        score_concordance(ranks, query, scores=scores)
        times.append((time.process_time() - start[0], time.perf_counter() - start[1]))
    return 1000 * np.min(times, axis=0)


def main() -> int:
    matrices, queries = make(np.random.default_rng(1))
    with_values, without = queries.values()
    score_concordance(matrices["tied"], with_values, scores=list(SCORES))  # warm: imports
    rows: dict[tuple[str, str], dict[str, float]] = {}

    def note(name: str, words: str, times: np.ndarray) -> None:
        rows.setdefault((name, "processor"), {})[words] = times[0]
        rows.setdefault((name, "clock"), {})[words] = times[1]

    for name, ranks in matrices.items():
        note(name, "all, first call", milliseconds(ranks, with_values, list(SCORES), 1))
        plain = milliseconds(ranks, without, ["z_sum"])
        note(name, "z_sum (plain call)", plain)
        for score in SCORES:
            if score != "z_sum":
                note(name, score, milliseconds(ranks, with_values, [score]) - plain)
        for words, query in queries.items():
            wanted = [r.name for r in SCORES.values() if query.values is not None or "needs_values" not in r.marks]
            note(name, f"all, {words}", milliseconds(ranks, query, wanted))
    print("milliseconds")
    print(pd.DataFrame(rows).round(1).to_string())
    taken = rows["no ties", "processor"]["all, with 2,000 values"]
    print(f"all scores without ties: {taken:.0f} ms, bound {BOUND_MS:.0f} ms")
    return int(taken > BOUND_MS)


if __name__ == "__main__":
    sys.exit(main())
