"""How often unrelated signatures look significant: nominal p against calibrated p, on real and on simulated data.

    LINCS_INTERP_REAL_DATA=folder python benchmarks/calibration.py [splits]

Every signature's own extremes serve as a query in turn. The background is one half of the signatures, the tests are
the other half, the query's own signature is taken out before; repeated splits. Prints a table in Markdown.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, load_sample, read_ranks, score_concordance
from lincs_interp.calibration import calibrate

SIZES = (25, 50, 100, 150)


def false_positives(ranks: RankMatrix, size: int, splits: int, rng: np.random.Generator) -> dict[str, list[float]]:
    """Collect p-values of unrelated signatures, nominal and calibrated."""
    names = ranks.frame.columns.to_numpy()
    p: dict[str, list[float]] = {"nominal": [], "vif": [], "robust": [], "assumed": []}
    for _ in range(splits):
        for own in names:
            order = ranks.frame[own].sort_values(kind="stable").index
            query = GeneQuery(str(own), order[-size:], order[:size])
            mixed = rng.permutation(names[names != own])
            half = (len(mixed) + 1) // 2
            learn, test = (ranks.select(signatures=part) for part in (mixed[:half], mixed[half:]))
            scores = score_concordance(test, query)
            p["nominal"] += scores["p_sum"].tolist()
            p["vif"] += calibrate(scores, query, background=learn)["p_cal"].tolist()
            p["robust"] += calibrate(scores, query, background=learn, method="robust")["p_cal"].tolist()
            p["assumed"] += calibrate(scores, query, correlation=0.075)["p_cal"].tolist()
    return p


def main() -> int:
    splits = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    matrices = {"simulated background": load_sample().background}
    if folder := os.environ.get("LINCS_INTERP_REAL_DATA"):
        matrices["real, 5,000 x 100"] = read_ranks(Path(folder) / "real" / "skb_5000x100.ranks.tsv.gz")
    rng = np.random.default_rng(20221122)
    rows = []
    for name, ranks in matrices.items():
        for size in SIZES:
            for kind, values in false_positives(ranks, size, splits, rng).items():
                p = np.array(values)
                rows.append((name, size, kind, len(p), 100 * (p < 0.05).mean(), 100 * (p < 1e-6).mean()))
    table = pd.DataFrame(rows, columns=["data", "genes a side", "p", "pairs", "% below .05", "% below 1e-6"])
    print(table.round(3).to_markdown(index=False) if _has_tabulate() else table.round(3).to_string(index=False))
    return 0


def _has_tabulate() -> bool:
    import importlib.util

    return importlib.util.find_spec("tabulate") is not None


if __name__ == "__main__":
    sys.exit(main())
