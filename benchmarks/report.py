"""How long the report takes for a matrix of 12,327 genes x 100 signatures, from a fresh Python to report.html.

    python benchmarks/report.py

Runs the command line in new processes and prints the median, and how much of it is loading libraries (nbformat with
all of Jupyter's JSON validators is the largest part). Exits with 1 above the bound of 5 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

GENES, SIGNATURES, SET, REPEATS, BOUND_S = 12_327, 100, 150, 5, 5.0
LIBRARIES = (
    "import lincs_interp.reports, nbformat, jinja2, matplotlib.figure, matplotlib.backends.backend_agg, tqdm.auto"
)


def seconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    rng = np.random.default_rng(1)
    values = np.argsort(rng.random((GENES, SIGNATURES)), axis=0) + 1
    values[:SET] = np.sort(values, axis=0)[-SET:][rng.permutation(SET)]  # the query's up genes are up everywhere
    values = pd.DataFrame(values).rank(method="first").astype(int)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values.set_axis([f"GENE{i}" for i in range(GENES)]).rename(columns="P1_MCF7_24H_A01_drug{}_10uM".format).to_csv(
            folder / "matrix.tsv", sep="\t", index_label="gene"
        )
        (folder / "up.txt").write_text("\n".join(f"GENE{i}" for i in range(SET)))
        (folder / "down.txt").write_text("\n".join(f"GENE{i}" for i in range(SET, 2 * SET)))
        report = ["-m", "lincs_interp", "report", str(folder / "matrix.tsv"), "--out", str(folder / "out")]
        report += ["--up", str(folder / "up.txt"), "--down", str(folder / "down.txt")]
        whole, loading = [], []
        for _ in range(REPEATS):
            whole.append(seconds(*report))
            loading.append(seconds("-c", LIBRARIES))
    total, libraries = statistics.median(whole), statistics.median(loading)
    print(f"report of {GENES:,} x {SIGNATURES}: median {total:.2f} s (best {min(whole):.2f} s)")
    print(f"of which loading libraries: {libraries:.2f} s; the work itself: {total - libraries:.2f} s")
    return int(total > BOUND_S)


if __name__ == "__main__":
    sys.exit(main())
