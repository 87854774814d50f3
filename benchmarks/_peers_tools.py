"""Every tool that is compared, called as its documentation says, with one number per signature as the answer.

Each function takes a Case and returns a Series over the signatures, positive = mimicker. Packages are imported inside,
so that one that is not installed costs one row and no more. decoupler 2 takes observations x features and a network in
long form (source, target, weight); gseapy takes genes x samples and a dict of gene sets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from _peers_data import Case

from lincs_interp import calibrate, score_concordance
from lincs_interp.scoring.scores import SCORES
from lincs_interp.stats import score_consensus

THREADS = 2
RANK_SCORES = [record.name for record in SCORES.values() if "needs_values" not in record.marks]


@dataclass(frozen=True)
class Tool:
    """One row. `matching` is our score of the same family; `share`: on what part of the signatures it is timed."""

    tool: str
    method: str
    package: str
    run: Callable[[Case], pd.Series]
    matching: str
    needs: str
    share: float = 1.0


def ours(score: str) -> Callable[[Case], pd.Series]:
    """The whole table of score_concordance, with `score` among its columns; overlap counts AUCell's 5 % of each end."""

    def run(case: Case) -> pd.Series:
        name = score if score != "overlap" else f"overlap({math.ceil(0.05 * len(case.ranks.genes))})"
        return score_concordance(case.ranks, case.query, scores=[name])[name]

    return run


def ours_all(case: Case) -> pd.Series:
    return score_concordance(case.ranks, case.query, scores=RANK_SCORES)["z_sum"]


def ours_consensus(case: Case) -> pd.Series:
    return score_consensus(case.ranks, case.query)["consensus"]


def ours_calibrated(case: Case, scores: pd.DataFrame) -> pd.Series:
    return calibrate(scores, case.query, background=case.background)["z_cal"]


def network(case: Case, *, signed: bool) -> pd.DataFrame:
    """The query for decoupler: one set with weights +1 and -1, or two sets."""
    up, down = list(case.query.up), list(case.query.down)
    source = ["query"] * len(up + down) if signed else ["up"] * len(up) + ["down"] * len(down)
    weight = [1.0] * len(up) + [-1.0 if signed else 1.0] * len(down)
    return pd.DataFrame({"source": source, "target": up + down, "weight": weight})


def decoupler(method: str, **options: object) -> Callable[[Case], pd.Series]:
    """A decoupler method that reads weights: one signed set, one score."""

    def run(case: Case) -> pd.Series:
        import decoupler as dc

        score, _ = getattr(dc.mt, method)(case.by_signature, network(case, signed=True), **options)
        return score["query"]

    return run


def aucell(case: Case) -> pd.Series:
    """AUCell reads no weights and the top of the ranking only: two sets, and their difference."""
    import decoupler as dc

    score, _ = dc.mt.aucell(case.by_signature, network(case, signed=False))
    return score["up"] - score["down"]


def aucell_at_both_ends(case: Case) -> pd.Series:
    """What it takes to make AUCell see the bottom too: once more on the ranking turned round."""
    import decoupler as dc

    top, _ = dc.mt.aucell(case.by_signature, network(case, signed=False))
    ranks, signatures, genes = case.by_signature
    bottom, _ = dc.mt.aucell([-ranks, signatures, genes], network(case, signed=False))
    return (top["up"] - top["down"]) - (bottom["up"] - bottom["down"])


def gene_sets(case: Case) -> dict[str, list[str]]:
    return {"up": list(case.query.up), "down": list(case.query.down)}


def _by_set(answer: object) -> pd.DataFrame:
    """gseapy's long table, signatures x sets."""
    return answer.res2d.astype({"ES": float}).pivot(index="Name", columns="Term", values="ES")


def prerank(permutations: int) -> Callable[[Case], pd.Series]:
    """GSEA of every signature; both lists are combined as the weighted connectivity score combines them."""

    def run(case: Case) -> pd.Series:
        import gseapy

        answer = gseapy.prerank(
            rnk=case.by_gene, gene_sets=gene_sets(case), permutation_num=permutations, threads=THREADS, outdir=None,
            no_plot=True, seed=1,
        )  # fmt: skip
        es = _by_set(answer)
        return ((es["up"] - es["down"]) / 2).where(es["up"] * es["down"] < 0, 0.0)

    return run


def ssgsea(case: Case) -> pd.Series:
    import gseapy

    answer = gseapy.ssgsea(data=case.by_gene, gene_sets=gene_sets(case), threads=THREADS, outdir=None, no_plot=True)
    es = _by_set(answer)
    return es["up"] - es["down"]


def mann_whitney(case: Case) -> pd.Series:
    """scipy's test of each set against all other genes, for all signatures in one call."""
    from scipy.stats import mannwhitneyu

    values, auc = case.ranks.values, []
    for rows in case.rows:
        rest = np.ones(len(values), dtype=bool)
        rest[rows] = False
        test = mannwhitneyu(values[rows], values[rest], axis=0, method="asymptotic", use_continuity=False)
        auc.append(test.statistic / (len(rows) * rest.sum()))
    return pd.Series(auc[0] - auc[1], case.ranks.frame.columns)


def singscore(case: Case) -> pd.Series:
    """simpleScore of the R package, written down plainly: mean ranks between their bounds, and their dispersions."""
    frame, parts = case.ranks.frame, {}
    for side, genes in (("Up", case.query.up), ("Down", case.query.down)):
        ranks = frame.loc[list(genes)]
        n, total = len(ranks), len(frame)
        low, high = (n + 1) / 2, (2 * total - n + 1) / 2
        parts[f"{side}Score"] = (ranks.mean() - low) / (high - low)
        parts[f"{side}Dispersion"] = 1.4826 * (ranks - ranks.median()).abs().median()
    score = pd.DataFrame(parts)
    score["DownScore"] = 1 - score["DownScore"]
    score["TotalScore"] = (score["UpScore"] - 0.5) + (score["DownScore"] - 0.5)
    score["TotalDispersion"] = score["UpDispersion"] + score["DownDispersion"]
    return score["TotalScore"]


OURS = tuple(
    Tool("lincs_interp", score, "lincs_interp", ours(score), score, "nothing; the calibrated p has its own call")
    for score in ("z_sum", "wtcs", "overlap")
)

PEERS = (
    Tool("decoupler", "ulm", "decoupler", decoupler("ulm"), "z_sum", "p from a t-test that takes genes as independent"),
    Tool("decoupler", "zscore", "decoupler", decoupler("zscore"), "z_sum", "the same, normal"),
    Tool("decoupler", "waggr, no permutations", "decoupler", decoupler("waggr", times=0), "z_sum",
         "permutations for a p (1,000 by default, left out here)"),
    Tool("decoupler", "viper", "decoupler", decoupler("viper"), "z_sum", "ranks every signature again"),
    Tool("decoupler", "aucell", "decoupler", aucell, "overlap", "ranks again; sees the top 5 % only; gives no p"),
    Tool("decoupler", "aucell at both ends", "decoupler", aucell_at_both_ends, "overlap",
         "the same twice, once with the ranking turned round"),
    Tool("gseapy", "prerank, 1,000 permutations", "gseapy", prerank(1000), "wtcs",
         "its default; prints p = 0 where no permutation beats the score", 0.05),
    Tool("gseapy", "prerank, no permutations", "gseapy", prerank(0), "wtcs", "gives no p and no NES", 0.25),
    Tool("gseapy", "ssgsea", "gseapy", ssgsea, "wtcs", "ranks again; gives no p", 0.25),
    Tool("scipy", "mannwhitneyu", "scipy", mann_whitney, "z_sum", "ranks again, once for each list"),
    Tool("singscore by pandas", "the formula of its R package", "pandas", singscore, "z_sum",
         "permutations for a p (left out here)"),
)  # fmt: skip
