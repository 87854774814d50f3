"""How much more it costs to read ten hits than one: processor time from the sample in memory.

    python benchmarks/readings.py

Exits with 1 if `interpret` and ten readings cost more than twice `interpret` and one.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import lincs_interp as li

REPEATS, BOUND = 5, 2.0


def seconds(sample: Any, n: int) -> float:
    """Processor time of an interpretation and the readings of its n best mimickers."""
    start = time.process_time()
    interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
    for signature in interpretation.scores.index[:n]:
        interpretation.signature(signature)
    return time.process_time() - start


def main() -> int:
    """Print both and their ratio."""
    sample = li.load_sample()
    seconds(sample, 1)  # loads what is loaded once
    one, ten = (statistics.median(seconds(sample, n) for _ in range(REPEATS)) for n in (1, 10))
    print(f"interpret and one reading {one:.3f} s, and ten readings {ten:.3f} s: ratio {ten / one:.2f}")
    return int(ten / one > BOUND)


if __name__ == "__main__":
    sys.exit(main())
