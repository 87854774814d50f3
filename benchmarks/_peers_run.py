"""The clock: every tool on the same case, in rounds."""

from __future__ import annotations

import gc
import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
from _peers_data import Case, seconds
from _peers_tools import OURS, PEERS, Tool, ours_all, ours_calibrated, ours_consensus

from lincs_interp import score_concordance

# All tools are timed in turn, several rounds of it, so that a busy moment meets them all. A fast one is repeated
# within a round, a slow one sits out once it has had its time.
ROUNDS, PATIENCE = 3, 5.0
REPEATS, REPEAT_FOR = 9, 0.3

WARM_UP, FEWEST = 5, 50  # signatures
SMALL = 100  # signatures of a case small enough for every tool to be timed on all of it


@dataclass
class Row:
    """What was measured of one tool on one case: seconds by the clock and of the processor, and the scores it gave."""

    tool: Tool
    n: int
    problem: str = ""
    first: float = float("nan")
    times: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # of all threads together
    scores: pd.Series | None = None
    peak: float = float("nan")  # bytes beside the input

    def seconds(self, per: int, *, processor: bool = False) -> float:
        """Median over all repeats, for `per` signatures."""
        times = self.processor if processor else self.times
        return statistics.median(times) * per / self.n if times else float("nan")


def compare(case: Case) -> list[Row]:
    """Time every peer and, in the same rounds, those of our scores that it is compared with."""
    total, rows, parts = case.ranks.shape[1], [], []
    for tool in (*OURS, *PEERS):
        n = total if total <= SMALL else min(total, max(FEWEST, round(tool.share * total)))
        rows.append(Row(tool, n))
        parts.append(case.first(n).prepared())
        if importlib.util.find_spec(tool.package) is None:
            rows[-1].problem = f"not installed: pip install {tool.package}"
        else:
            _attempt(rows[-1], _warm_up, case.first(WARM_UP).prepared())
    for _ in range(ROUNDS):
        for row, part in zip(rows, parts, strict=True):
            if not row.problem and sum(row.times) < PATIENCE:
                _attempt(row, _one_round, part)
    return rows


def own_calls(case: Case) -> list[Row]:
    """Time what only we do, and trace the memory that each call takes beside the matrix."""
    scores = score_concordance(case.ranks, case.query)
    calls: dict[str, Callable[[Case], pd.Series]] = {
        "score_concordance": OURS[0].run,
        "all rank scores in one call": ours_all,
        "score_consensus": ours_consensus,
        "calibrate, after the scores": lambda case: ours_calibrated(case, scores),
    }
    rows = [Row(Tool("lincs_interp", name, "lincs-interp", call, "", ""), len(scores)) for name, call in calls.items()]
    for row in rows:
        _warm_up(row, case)
    for _ in range(ROUNDS):
        for row in rows:
            _one_round(row, case)
    for row in rows:
        tracemalloc.start()
        row.tool.run(case)
        row.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return rows


def _warm_up(row: Row, case: Case) -> None:
    """The first call: imports, compilation, symbol tables."""
    row.first = seconds(lambda: row.tool.run(case))


def _one_round(row: Row, case: Case) -> None:
    def job() -> None:
        row.scores = row.tool.run(case)

    gc.collect()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < REPEAT_FOR:
        start = time.process_time()
        times.append(seconds(job))
        row.processor.append(time.process_time() - start)
    row.times += times


def busy(rows: list[Row]) -> float:
    """How much longer tools of one thread took by the clock than the processor worked for them; 1 = an idle machine."""
    alone = [row for row in rows if row.tool.package in ("scipy", "pandas")]
    worked = sum(sum(row.processor) for row in alone)
    return sum(sum(row.times) for row in alone) / worked if worked else float("nan")


def _attempt(row: Row, measure: Callable[[Row, Case], None], case: Case) -> None:
    """Measure; what goes wrong in somebody else's code becomes a remark in its row."""
    try:
        measure(row, case)
    except Exception as error:
        first_line = (str(error).strip().splitlines() or [""])[0]
        row.problem = f"failed: {type(error).__name__}: {first_line[:80]}"
