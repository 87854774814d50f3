"""Reading a table of differential expression of 60,000 genes x 7 columns, clean and with one odd cell.

    python benchmarks/read_query.py

Prints the processor's time of read_query beside that of reading the same text with pandas; exits with 1 if a table
takes a second or more.
"""

from __future__ import annotations

import io
import sys
import time

import numpy as np
import pandas as pd

from lincs_interp import read_query

GENES, REPEATS, BOUND_S = 60_000, 3, 1.0
COLUMNS = ["baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]


def table(odd: str) -> str:
    rng = np.random.default_rng(1)
    values = np.column_stack([rng.uniform(0, 900, GENES), rng.normal(size=GENES), *rng.uniform(size=(4, GENES))])
    lines = [f"GENE{n}," + ",".join(f"{x:.6g}" for x in row) for n, row in enumerate(values.tolist())]
    if odd:
        lines[GENES // 2] = f"GENE{GENES // 2},1,{odd},1,1,0.5,0.5"
    return "\n".join([",".join(["gene", *COLUMNS]), *lines])


def seconds(job) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def main() -> int:
    slowest = 0.0
    for odd in ("", "#DIV/0!", "Inf"):
        text = table(odd)
        ours, pandas = seconds(lambda: read_query(text)), seconds(lambda: pd.read_csv(io.StringIO(text)))  # noqa: B023
        print(f"{odd or 'clean':8} read_query {ours:.2f} s, pandas alone {pandas:.2f} s")
        slowest = max(slowest, ours)
    return int(slowest >= BOUND_S)


if __name__ == "__main__":
    sys.exit(main())
