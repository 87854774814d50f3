"""How long matching gene symbols takes: python benchmarks/match_genes.py

Medians on a matrix of 12,327 genes. The claims are those of the documentation; a slower machine misses them.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace

import pandas as pd

from lincs_interp.core.query import GeneQuery
from lincs_interp.core.signature_ids import describe_signatures
from lincs_interp.genes._symbols import symbol_table
from lincs_interp.genes.matching import match_genes, resolve_query

N_GENES = 12_327


def timed(call: Callable[[], object], repeats: int) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main() -> None:
    """Time each step and print it beside its claim."""
    rows = [("read the symbols", timed(symbol_table, 1), 150.0)]
    rng = random.Random(1)
    symbols = rng.sample(symbol_table().symbols, N_GENES)
    ranks = SimpleNamespace(genes=pd.Index(symbols, dtype=object))
    exact = GeneQuery("exact", up=symbols[:150], down=symbols[150:300])
    rows += [
        ("300 exact symbols, first time", timed(lambda: resolve_query(ranks, exact), 1), 20.0),
        ("300 exact symbols", timed(lambda: resolve_query(ranks, exact), 50), 0.3),
        ("300 exact symbols, as a table", timed(lambda: match_genes(ranks, exact), 50), 2.0),
    ]
    mixed = GeneQuery("mixed", up=[*symbols[:140], *(s.lower() for s in symbols[300:310])], down=symbols[150:300])
    rows += [
        ("the same with 10 to rescue, first time", timed(lambda: resolve_query(ranks, mixed), 1), 300.0),
        ("the same with 10 to rescue", timed(lambda: resolve_query(ranks, mixed), 50), 0.5),
    ]
    unknown = GeneQuery("unknown", up=[f"UNKNOWN{i}" for i in range(200_000)])
    rows.append(("200,000 unknown symbols, as a table", timed(lambda: match_genes(ranks, unknown), 1), 3000.0))
    ids = [f"REP.B025_YAPC_24H_K01_drug-{i}_2.22uM" for i in range(20_000)]
    rows.append(("describe 20,000 signature ids", timed(lambda: describe_signatures(ids), 3), 500.0))
    for name, measured, claim in rows:
        print(f"{name:<40} {measured:10.2f} ms   (claim {claim:g} ms) {'' if measured <= claim else 'MISSED'}")


if __name__ == "__main__":
    main()
