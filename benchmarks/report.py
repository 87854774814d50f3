"""How long the report takes for a matrix of 12,327 genes x 100 signatures, from a fresh Python to report.html, and how
large the page is for 1,000 and 2,000 signatures.

    python benchmarks/report.py
    python benchmarks/report.py --against FOLDER

Runs the command line in new processes and prints the median, and how much of it is loading libraries. With --against
the same is done in turns with another copy of the package, and the ratio is printed. Exits with 1 above the bound of
5 s, or if a page of 1,000 signatures has more than 5 MB.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

GENES, SIGNATURES, SET, REPEATS, BOUND_S = 12_327, 100, 150, 5, 5.0
PAGES = {"1,000": (1_000, ""), "1,000 with names of 10,000 letters": (1_000, "x" * 10_000), "2,000": (2_000, "")}
BOUND_MB = {"1,000": 5.0, "1,000 with names of 10,000 letters": 5.0}
CELLS, DOSES = ("MCF7", "A549", "PC3", "HT29"), ("0.1uM", "1uM", "10uM")
LIBRARIES = "import lincs_interp.report.write, jinja2, matplotlib.figure, matplotlib.backends.backend_agg, tqdm.auto"


def seconds(*command: str, package: Path | None = None) -> float:
    environment = os.environ | ({} if package is None else {"PYTHONPATH": str(package)})
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def matrix(signatures: int, name: str = "") -> pd.DataFrame:
    """Random ranks in which the first 150 genes are up and the next 150 down, in each signature more or less so."""
    rng = np.random.default_rng(1)
    values = rng.random((GENES, signatures))
    shift = rng.normal(0, 0.15, signatures)
    values[:SET] += shift
    values[SET : 2 * SET] -= shift
    ranks = pd.DataFrame(values).rank(method="first").astype(int)
    ids = [
        f"P{i:04d}_{CELLS[i % 4]}_24H_A{i % 24 + 1:02d}_{name}drug{i // 12}_{DOSES[i % 3]}" for i in range(signatures)
    ]
    return ranks.set_axis([f"GENE{i}" for i in range(GENES)]).set_axis(ids, axis=1)


def time_it(folder: Path, other: Path | None) -> tuple[float, float]:
    """Print what a report of 100 signatures takes; return the median and its ratio to the other package's."""
    matrix(SIGNATURES).to_csv(folder / "matrix.tsv", sep="\t", index_label="gene")
    report = ["-m", "lincs_interp", "report", str(folder / "matrix.tsv"), "--out", str(folder / "out")]
    report += ["--up", str(folder / "up.txt"), "--down", str(folder / "down.txt")]
    whole, before, loading = [], [], []
    for _ in range(REPEATS):
        whole.append(seconds(*report))
        if other is not None:
            before.append(seconds(*report, package=other))
        loading.append(seconds("-c", LIBRARIES))
    total, libraries = statistics.median(whole), statistics.median(loading)
    print(f"report of {GENES:,} x {SIGNATURES}: median {total:.2f} s (best {min(whole):.2f} s)")
    print(f"of which loading libraries: {libraries:.2f} s; the work itself: {total - libraries:.2f} s")
    ratio = 1.0
    if before:
        ratio = statistics.median([a / b for a, b in zip(whole, before, strict=True)])
        print(
            f"against {other}: median {statistics.median(before):.2f} s (best {min(before):.2f} s), ratio {ratio:.2f}"
        )
    return total, ratio


def megabytes(folder: Path, signatures: int, name: str) -> float:
    from lincs_interp import RankMatrix, interpret, read_query, write_report

    query = read_query(folder / "up.txt", folder / "down.txt")
    start = time.perf_counter()
    page = write_report(interpret(RankMatrix.from_frame(matrix(signatures, name)), query), folder / "page")
    size = page.stat().st_size / 1e6
    print(f"page of {signatures:,} signatures, ids of {len(name) + 30:,} letters or so: {size:.2f} MB", end="")
    print(f" (matrix and report made in {time.perf_counter() - start:.1f} s)")
    return size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="the folder of another copy of lincs_interp")
    other = parser.parse_args().against
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "up.txt").write_text("\n".join(f"GENE{i}" for i in range(SET)))
        (folder / "down.txt").write_text("\n".join(f"GENE{i}" for i in range(SET, 2 * SET)))
        total, _ = time_it(folder, other)
        large = [what for what, page in PAGES.items() if megabytes(folder, *page) > BOUND_MB.get(what, np.inf)]
    return int(total > BOUND_S or bool(large))


if __name__ == "__main__":
    sys.exit(main())
