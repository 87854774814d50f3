"""How long a thousand queries take at once: 150 + 150 genes each, 12,327 genes x 2,000 and x 20,000 signatures.

    python benchmarks/many_queries.py [signatures ...]

Prints the time of `z_of_many` on the clock and of the processor, and the extra memory beside the matrix (the answer
included), and compares some sets with `rank_sum_z`, bit by bit. Exits with 1 above the bounds: 0.3 s for 2,000
signatures, 3 s for 20,000, 1 GB. The best of the repeats counts, on the clock or, where other work keeps the machine
busy, of the processor (both threads together): a busy machine is no slow program.
"""

from __future__ import annotations

import sys
import threading
import time

import numpy as np

from lincs_interp.scoring.scores import rank_sum_z
from lincs_interp.scoring.scores.many import sets_from_rows, z_of_many

GENES, QUERIES, SET = 12_327, 1_000, 150
SECONDS_PER_SIGNATURE, MEMORY_MB = 0.3 / 2_000, 1_000


def make(rng: np.random.Generator, n_signatures: int) -> tuple[np.ndarray, list[np.ndarray]]:
    values = np.empty((GENES, n_signatures), dtype=np.uint16)
    for column in range(n_signatures):
        values[:, column] = rng.permutation(GENES) + 1
    drawn = [rng.choice(GENES, 2 * SET, replace=False) for _ in range(QUERIES)]
    return values, [half for query in drawn for half in (query[:SET], query[SET:])]


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def peak_mb(job) -> float:
    """Memory that the job takes beside what is there, watched from another thread (Linux)."""
    before, seen, done = resident_mb(), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            seen.append(resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    job()
    done.set()
    watcher.join()
    return max(seen, default=before) - before


def measure(n_signatures: int, repeats: int) -> bool:
    values, rows = make(np.random.default_rng(1), n_signatures)
    n_ranked = np.full(n_signatures, GENES)

    def job() -> np.ndarray:
        return z_of_many(values, n_ranked, sets_from_rows(rows, GENES))

    z = job()
    for one in range(0, len(rows), 97):
        np.testing.assert_array_equal(z[one], rank_sum_z(values, rows[one], n_ranked).z)
    del z
    memory = peak_mb(job) if sys.platform == "linux" else float("nan")
    wall, processor = [], []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        job()
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    bound = SECONDS_PER_SIGNATURE * n_signatures
    print(
        f"{QUERIES:,} queries x {n_signatures:,} signatures: processor {min(processor):.3f} s (bound {bound:.2f} s),"
        f" clock {min(wall):.3f} s, median {sorted(wall)[repeats // 2]:.3f} s; extra memory"
        f" {memory:.0f} MB beside a matrix of {values.nbytes / 1e6:.0f} MB (answer"
        f" {len(rows) * n_signatures * 8 / 1e6:.0f} MB, bound {MEMORY_MB:,} MB)"
    )
    return min(*wall, *processor) <= bound and not memory > MEMORY_MB


def main() -> int:
    sizes = [int(size) for size in sys.argv[1:]] or [2_000, 20_000]
    within = [measure(size, 9 if size < 10_000 else 3) for size in sizes]
    return int(not all(within))


if __name__ == "__main__":
    sys.exit(main())
