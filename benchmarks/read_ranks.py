"""Reading a clean TSV of 12,327 genes x 2,000 signatures: read_ranks, all checks included, beside pandas' C engine.

Run: python benchmarks/read_ranks.py [SIGNATURES] [REPEATS]

Prints the ratio of the median processor times of one run (claim: at most 1.1) and the peak memory that reading takes on
top of what the process held before, in multiples of the matrix of int32 (claim: at most 2.2 with the matrix). Every
reading has a process of its own, and the readers take turns, so that both see the same state of the machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

GENES = 12_327

READ = {
    "pandas C engine": "import pandas as pd\nread = lambda path: pd.read_csv(path, sep='\\t', index_col=0)",
    "read_ranks": "from lincs_interp import read_ranks as read",
}
MEASURE = """
import resource, sys, time
def peak():
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * (1 if sys.platform == "darwin" else 1024)
import numpy, pandas, scipy.stats
{read}
read(sys.argv[2])  # what is imported on first use is no part of the reading
before, start = peak(), time.process_time()
result = read(sys.argv[1])
print(time.process_time() - start, peak() - before)
"""


def write_matrix(folder: Path, n_signatures: int) -> tuple[Path, Path]:
    """Write a full and a tiny matrix of random rankings; return both paths."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    paths = []
    for name, genes, columns in (("full.tsv", GENES, n_signatures), ("tiny.tsv", 50, 3)):
        ranks = np.argsort(rng.random((genes, columns)), axis=0) + 1
        ids = [f"CPC006_A375_24H_A01_compound-{j}_10uM" for j in range(columns)]
        frame = pd.DataFrame(ranks, index=[f"GENE{i}" for i in range(genes)], columns=ids)
        frame.rename_axis("symbol").to_csv(folder / name, sep="\t")
        paths.append(folder / name)
    return paths[0], paths[1]


def measure(reader: str, full: Path, tiny: Path) -> tuple[float, float]:
    """Return seconds and bytes of one reading in a fresh process."""
    script = MEASURE.format(read=READ[reader])
    command = [sys.executable, "-c", script, str(full), str(tiny)]
    seconds, extra = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(extra)


def main() -> None:
    """Measure and print."""
    n_signatures = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child begins with the peak memory of its parent, which must stay small.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as writer:
            full, tiny = writer.submit(write_matrix, Path(folder), n_signatures).result()
        runs = {reader: [] for reader in READ}
        for _ in range(repeats):
            for reader, results in runs.items():
                results.append(measure(reader, full, tiny))
    matrix = GENES * n_signatures * 4
    seconds = {reader: statistics.median(s for s, _ in results) for reader, results in runs.items()}
    for reader, results in runs.items():
        peak = max(extra for _, extra in results)
        print(f"{reader:16} {seconds[reader]:6.2f} s   peak {peak / 1e6:5.0f} MB = {peak / matrix:.2f} x the matrix")
    peak = max(extra for _, extra in runs["read_ranks"])
    print(f"time ratio {seconds['read_ranks'] / seconds['pandas C engine']:.2f} (claim: at most 1.1)")
    print(f"peak memory {peak / matrix:.2f} x the matrix (claim: at most 2.2)")


if __name__ == "__main__":
    main()
