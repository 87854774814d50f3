"""How much does `import lincs_interp` add to `import numpy, pandas`, which everybody pays anyway?

    python benchmarks/import_time.py [--pairs 15] [--limit 1.2]

Each import runs in a fresh Python, the two kinds in turn, so that a busy moment meets both. Prints the median of
each and their ratio; exits with 1 if the ratio is above the limit.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

KINDS = {"numpy + pandas": "import numpy, pandas", "lincs_interp": "import lincs_interp"}


def seconds(statement: str) -> float:
    """Return how long `statement` takes in a fresh Python, the start of Python itself left out."""
    code = f"from time import perf_counter as now; start = now(); {statement}; print(now() - start)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def main() -> int:
    """Measure, print, and say by the exit code whether the limit holds."""
    parser = argparse.ArgumentParser(description="Time `import lincs_interp` against `import numpy, pandas`.")
    parser.add_argument("--pairs", type=int, default=15, help="how often each is timed (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=1.2, help="highest ratio allowed (default: %(default)s)")
    options = parser.parse_args()
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for statement in KINDS.values():
        seconds(statement)  # writes the bytecode and warms the disk cache
    for turn in range(options.pairs):
        for kind in sorted(KINDS, reverse=bool(turn % 2)):
            times[kind].append(seconds(KINDS[kind]))
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    for kind, median in medians.items():
        print(f"import {kind:<15} {1000 * median:7.1f} ms  (median of {options.pairs})")
    ratio = medians["lincs_interp"] / medians["numpy + pandas"]
    print(f"ratio                  {ratio:7.3f}     (limit {options.limit})")
    return int(ratio > options.limit)


if __name__ == "__main__":
    sys.exit(main())
