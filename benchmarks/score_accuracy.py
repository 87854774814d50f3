"""How well each score finds what it should find: every score on every real query with a known answer.

    LINCS_INTERP_REAL_DATA=folder python benchmarks/score_accuracy.py [--write | --check]

A query made elsewhere (a published gene list, a consensus of an older Connectivity Map) is put to every set of real
signatures that holds a perturbagen it should find. AUC is the probability that such a signature scores above another
one of the same set: 1 = all of them first, 0.5 = chance, 0 = all of them last; ties count half, and the sign is turned
where reversers are expected. The page in Markdown is printed; `--write` stores it as docs/measured_scores.md, `--check`
compares the stored one with a fresh run and exits with 1 if they differ.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from _known_answers import CIRCULAR, CLASSES, MIMIC, QUESTIONS, VEMURAFENIB, members
from _score_page import WIDE, page

from lincs_interp import GeneQuery, LincsInterpError, RankMatrix, calibrate, read_ranks, score_concordance
from lincs_interp.genes.matching import resolve_query
from lincs_interp.scoring.consensus import score_consensus
from lincs_interp.scoring.scores import SCORES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "measured_scores.md"
FILES = {  # where the signatures of each subset of the metadata are
    "full12328": "full_12328x43.ranks.tsv.gz",
    "skb5000": "skb_5000x100.ranks.tsv.gz",
    **dict.fromkeys(
        ("cpc006_a375", "ljp005_a375", "ljp_skbr3_cd", "modz272", "ligand22_cd"), "landmark_978x1080.ranks.tsv.gz"
    ),
}
SCAN = ("xsum(50)", "xsum(100)", "xsum(200)")  # xsum itself keeps 500 genes of each end, or half of N if that is less
FROM_LISTS = [record.name for record in SCORES.values() if "needs_values" not in record.marks]
COLUMNS = [*FROM_LISTS, *SCAN, "consensus"]
RESAMPLES, SEED = 2000, 20221122
CHANCE = 1 / 40


def auc(score: np.ndarray, expected: np.ndarray) -> float:
    """Return how often an expected signature scores above another one; ties count half, NaN if a score is missing."""
    if np.isnan(score).any():
        return np.nan
    n, ranks = expected.sum(), pd.Series(score).rank().to_numpy()
    return float((ranks[expected].sum() - n * (n + 1) / 2) / (n * (len(score) - n)))


@cache
def by_chance(n: int, others: int) -> float:
    """Return the AUC that at most one in forty random choices of n signatures reaches; NaN if there is none."""
    ways = np.zeros((n + 1, n * others + 1))  # of choosing k signatures that win so many comparisons
    ways[0, 0] = 1
    for place in range(n + others):
        for k in range(min(n, place + 1), 0, -1):
            won = place - (k - 1)
            if won <= n * others:
                ways[k, won:] += ways[k - 1, : n * others + 1 - won]
    reached = np.cumsum(ways[n][::-1])[::-1] / ways[n].sum()
    rare = np.flatnonzero(reached <= CHANCE)
    return float(rare[0] / (n * others)) if len(rare) else np.nan


class Data:
    """The real data: matrices, metadata, queries and what their README says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signatures = pd.read_csv(
            folder / "signature_metadata.tsv", sep="\t", dtype=str, keep_default_na=False, index_col="local_id"
        )
        self.text = (folder / "queries" / "README.md").read_text(encoding="utf-8")
        self.readme = {line.split(" | ")[0]: line for line in self.text.splitlines() if line.count(" | ") == 4}
        self._matrices = {name: read_ranks(folder / name) for name in set(FILES.values())}

    def matrix(self, subset: str) -> tuple[RankMatrix, pd.DataFrame]:
        facts = self.signatures[self.signatures["subset"] == subset]
        return self._matrices[FILES[subset]].select(signatures=list(facts.index)), facts

    def query(self, name: str) -> GeneQuery:
        up, down = (self.folder / "queries" / f"{name}_{side}.txt" for side in ("up", "down"))
        return GeneQuery(name, up.read_text().split(), down.read_text().split() if down.exists() else ())

    def measured_before(self) -> dict[tuple[str, str, str, bool], tuple[float, int]]:
        """The AUC that the README gives, by query, subset, way and whether it looks at vemurafenib alone."""
        entry = re.compile(rf"(\w+)(: {VEMURAFENIB})? (mimicker|reverser): ([0-9.]+) \(n=(\d+)\)")
        return {
            (query, subset, way, bool(only)): (float(value), int(n))
            for query, line in self.readme.items()
            for subset, only, way, value, n in entry.findall(line)
        }


def measure(data: Data, questions: Sequence[tuple[str, str, str, str]] = QUESTIONS) -> pd.DataFrame:
    """Return one row per question and subset that holds somebody expected: AUC and Spearman with z_sum per score."""
    rows = []
    for query_name, way, group, words in questions:
        if words not in data.readme[query_name]:
            raise ValueError(f"the README no longer says {words!r} of {query_name}")
        for subset in FILES:
            ranks, facts = data.matrix(subset)
            looked_at, expected = members(facts, CLASSES[group])
            if not expected.any() or expected.sum() == looked_at.sum():
                continue
            chosen = list(facts.index[looked_at])
            row = measure_one(ranks.select(signatures=chosen), data.query(query_name), expected[looked_at], way)
            alone = bool(CLASSES[group].within)
            before = data.measured_before().get((query_name, subset, way, alone), (np.nan, 0))
            rows.append({"query": query_name, "set": subset, "way": way, "expected": group} | row)
            rows[-1] |= {"README AUC": before[0], "README n": before[1], "circular": (query_name, subset) in CIRCULAR}
    return pd.DataFrame(rows)


def measure_one(ranks: RankMatrix, query: GeneQuery, expected: np.ndarray, way: str) -> dict:
    """Score one set of signatures in every way and compare with who is expected."""
    found = resolve_query(ranks, query)
    query = GeneQuery(query.name, query.up if len(found.up_rows) else (), query.down if len(found.down_rows) else ())
    order, sign = ranks.frame.columns, 1 if way == MIMIC else -1
    scores = score_concordance(ranks, query, scores=[*FROM_LISTS, *SCAN], overlap="drop").loc[order]
    scores["consensus"] = score_consensus(ranks, query, overlap="drop").loc[order, "consensus"]
    exact = score_concordance(ranks, query, overlap="drop", rescue=False).loc[order, "z_sum"]
    n, others = int(expected.sum()), int((~expected).sum())
    row = {"n": n, "others": others, "up": int(scores["n_up"].max()), "down": int(scores["n_down"].max())}
    row["by chance"] = by_chance(n, others)
    row |= {name: auc(sign * scores[name].to_numpy(), expected) for name in COLUMNS}
    row |= {f"rho {name}": scores[name].corr(scores["z_sum"], method="spearman") for name in COLUMNS}
    row |= {"exact spelling": auc(sign * exact.to_numpy(), expected)}
    return row | _after_calibration(ranks, query, scores, expected, sign)


def _after_calibration(
    ranks: RankMatrix, query: GeneQuery, scores: pd.DataFrame, expected: np.ndarray, sign: int
) -> dict:
    try:
        z = calibrate(scores, query, background=ranks)["z_cal"].to_numpy()
    except LincsInterpError:  # a set that looks like a list of hits of this query is no background
        z = calibrate(scores, query)["z_cal"].to_numpy()
    return {"AUC of z_cal": auc(sign * z, expected)}


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per score over the rows that are not circular, with intervals from resampling whole queries."""
    rows = rows[~rows["circular"]]
    table, rank = rows[COLUMNS], rows[COLUMNS].rank(axis=1, ascending=False)
    apart = table.sub(table["z_sum"], axis=0)
    blocks = [np.flatnonzero(rows["query"] == name) for name in rows["query"].unique()]
    rng = np.random.default_rng(SEED)
    draws = [np.concatenate([blocks[i] for i in rng.integers(len(blocks), size=len(blocks))]) for _ in range(RESAMPLES)]
    out = pd.DataFrame(index=pd.Index(COLUMNS, name="score"))
    for label, values, middle in (
        ("median AUC", table, np.median),
        ("mean rank", rank, np.mean),
        ("AUC - z_sum", apart, np.mean),
    ):
        array = values.to_numpy()
        low, high = np.percentile([middle(array[rows_], axis=0) for rows_ in draws], [2.5, 97.5], axis=0)
        out[label] = middle(array, axis=0)
        out[f"{label} low"], out[f"{label} high"] = low, high
    out["best"] = table.ge(table.max(axis=1) - 1e-9, axis=0).sum()
    out["beyond chance"] = table.ge(rows["by chance"] - 1e-9, axis=0).sum()
    out["below 0.5"] = (table < 0.5 - 1e-9).sum()
    for label, wide in (("978 genes", False), ("5,000 genes and more", True)):
        part = rows[rows["set"].isin(WIDE) == wide]
        out[f"Spearman, {label}"] = [part[f"rho {name}"].median() for name in COLUMNS]
        out[f"AUC - z_sum, {label}"] = part[COLUMNS].sub(part["z_sum"], axis=0).mean()
    return out


def cmap_own(data: Data) -> pd.DataFrame:
    """Return what the Connectivity Map's own connectivity makes of the oestrogen query: it brings no ranks."""
    table = pd.read_csv(
        data.folder / "queries" / "cmap_ncs_frasor_er.tsv.gz", sep="\t", dtype=str, keep_default_na=False
    )
    connectivity, moa = table["norm_cs"].astype(float).to_numpy(), table["moa"]
    groups = {"agonists": "^estrogen receptor agonist", "antagonists": "estrogen receptor antagonist"}
    groups["modulators (SERM)"] = "selective estrogen receptor modulator"
    fits = {name: moa.str.contains(text, case=False).to_numpy() for name, text in groups.items()}
    rows = [(name, int(f.sum()), int((~f).sum()), auc(connectivity, f)) for name, f in fits.items()]
    out = pd.DataFrame(rows, columns=["oestrogen receptor …", "n", "others", "AUC"])
    said = re.search(r"agonists AUC ([0-9.]+) as mimickers, antagonists ([0-9.]+), SERMs ([0-9.]+)", data.text)
    return out.assign(README=[float(value) for value in said.groups()] if said else np.nan)


def inputs(data: Data) -> pd.DataFrame:
    """Return the files that were read and the first digits of their SHA-256: other data cannot pass for these."""
    names = sorted(
        {*FILES.values(), "signature_metadata.tsv", "queries/README.md", "queries/cmap_ncs_frasor_er.tsv.gz"}
    )
    lists = sorted((data.folder / "queries").glob("*.txt"))
    sums = {name: hashlib.sha256((data.folder / name).read_bytes()) for name in names}
    sums[f"queries/*.txt ({len(lists)} files)"] = hashlib.sha256(b"".join(file.read_bytes() for file in lists))
    return pd.DataFrame(
        [(f"`{name}`", digest.hexdigest()[:12]) for name, digest in sums.items()], columns=["file", "sum"]
    )


def fresh_page(folder: Path) -> str:
    """Measure everything and write the page; the same data and the same version give the same bytes."""
    data = Data(folder)
    rows = measure(data)
    return page(rows, summarise(rows), cmap_own(data), inputs(data), COLUMNS, SCAN)


def main(arguments: list[str]) -> int:
    folder = os.environ.get("LINCS_INTERP_REAL_DATA")
    if not folder or not set(arguments) <= {"--write", "--check"}:
        print(__doc__)
        return 2
    fresh = fresh_page(Path(folder) / "real")
    if "--write" in arguments:
        PAGE.write_text(fresh, encoding="utf-8")
    if "--check" not in arguments:
        print(fresh)
        return 0
    stored = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    differences = list(
        difflib.unified_diff(stored.splitlines(), fresh.splitlines(), "stored", "fresh", lineterm="", n=0)
    )
    print("\n".join(differences) or f"{PAGE.name} holds what a fresh run gives.")
    return int(bool(differences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
