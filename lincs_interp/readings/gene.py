"""One gene in every signature: rank, percentile, call of the signature, and how often the gene is extreme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, escaped
from .._util.text import counted, percent, shown, signed
from ..core.baseline import TAIL, extremes_of_gene
from ..core.calls import SIGNS
from ..core.ranks import percentiles_of
from ..genes.matching import find_gene
from ._tables import Tables
from .reading import NOT_KNOWN, Reading, Rows, evidence_table
from .warnings import ALWAYS, at_top


@dataclass(frozen=True, eq=False, kw_only=True)
class GeneReading(Reading):
    """One gene in every signature, beside its baseline."""

    gene: str  # as the matrix spells it
    asked: str
    how: str  # it was matched: see `match_genes`
    side: str  # "up", "down", "up and down" or "": the lists of the query that hold it
    # One row per signature with scores, best mimicker first: ``rank``, ``percentile``, ``extreme`` ("up", "down" or "":
    # among the outermost 1 % of that end, ties at their mean rank), ``call`` and ``z_sum`` of the signature.
    table: pd.DataFrame
    n_signatures: int  # that rank it
    n_up: int
    n_down: int
    baseline: pd.Series | None  # its row of `gene_baseline`; None without a background that allows it


def gene_reading(tables: Tables, symbol: str) -> GeneReading:
    """Read one gene: see :meth:`Interpretation.gene`."""
    gene, how = find_gene(tables.ranks, symbol, "symbol")
    table = _gene_table(tables, gene)
    own = tables.matches[tables.matches["found"] & (tables.matches["matched_as"] == gene)]
    baseline = tables.baseline
    counts = table["extreme"].value_counts()
    facts: dict[str, Any] = {
        "gene": gene,
        "asked": symbol,
        "how": how,
        "side": " and ".join(side for side in ("up", "down") if (own["side"] == side).any()),
        "table": table,
        "n_signatures": int(table["rank"].notna().sum()),
        "n_up": int(counts.get("up", 0)),
        "n_down": int(counts.get("down", 0)),
        "baseline": baseline.loc[gene] if baseline is not None and gene in baseline.index else None,
    }
    title = Html(f"{escaped(gene)} in {counted(facts['n_signatures'], 'signature')}")
    evidence, warnings = evidence_table(_evidence(tables, facts)), (*ALWAYS, *at_top(tables))
    return GeneReading(**facts, title=title, sentence=_sentence(facts), evidence=evidence, warnings=warnings)


def _gene_table(tables: Tables, gene: str) -> pd.DataFrame:
    ranks = tables.ranks
    row = int(ranks.genes.get_indexer(pd.Index([gene]))[0])
    values = ranks.values[row].astype(float)
    found = {"rank": values, "percentile": percentiles_of(ranks, gene), "extreme": extremes_of_gene(ranks, row, TAIL)}
    table = pd.DataFrame(found, index=ranks.frame.columns).reindex(tables.scores.index)
    return table.assign(call=tables.scores["call"], z_sum=tables.scores["z_sum"])


def _sentence(facts: dict[str, Any]) -> str:
    gene, n = shown(facts["gene"], 40), counted(facts["n_signatures"], "signature")
    median = facts["table"]["percentile"].median()
    where = f", median percentile {median:.0f} (0 = most down, 100 = most up)" if np.isfinite(median) else ""
    sentence = f"{gene} is extreme in {facts['n_up'] + facts['n_down']:,} of {n}: {facts['n_up']:,} up,"
    sentence += f" {facts['n_down']:,} down{where}."
    if facts["baseline"] is not None and np.isfinite(share := facts["baseline"]["share_extreme"]):
        sentence += f" Its baseline is {percent(share, '0 %')} of unselected signatures; 2 % by chance."
    return sentence


def _evidence(tables: Tables, facts: dict[str, Any]) -> Rows:
    table, baseline = facts["table"], facts["baseline"]
    yield "matched", shown(facts["gene"], 40), f"{shown(facts['asked'], 40)} as given: {facts['how']}"
    yield "list of the query", facts["side"] or "none", "the list that holds it"
    n = max(facts["n_signatures"], 1)
    extreme = f"{facts['n_up']:,} up, {facts['n_down']:,} down"
    share = f"{percent((facts['n_up'] + facts['n_down']) / n, '0 %')} of the signatures that rank it; 2 % by chance"
    yield "extreme", extreme, share
    if baseline is None:
        lack = "needs a background of 20 signatures or more" if tables.baseline is None else "not in the background"
        yield "baseline", NOT_KNOWN, lack
    else:
        of = counted(int(baseline["n_signatures"]), "unselected signature")
        yield (
            "baseline",
            percent(baseline["share_extreme"], "0 %"),
            f"share of {of} in which it is extreme; 2 % by chance",
        )
    for call in SIGNS:
        own = table.loc[table["call"] == call, "percentile"].dropna()
        if len(own):
            yield f"median in {call}s", f"{own.median():.0f}", f"percentile over {counted(len(own), call)}"
    known = table["rank"].notna() & table["z_sum"].notna()
    if known.sum() > 2 and table.loc[known, "percentile"].nunique() > 1:
        with np.errstate(invalid="ignore", divide="ignore"):
            r = table.loc[known, ["percentile", "z_sum"]].rank().corr().iloc[0, 1]
        yield "correlation with z_sum", signed(r, 2), "−1 … +1, Spearman, over the signatures"
    landmark = None if tables.landmark is None else tables.landmark.get(facts["gene"])
    if landmark is None or pd.isna(landmark):
        yield "measured", NOT_KNOWN, "give gene_metadata to separate measured from inferred genes"
    else:
        yield "measured", "yes" if landmark else "inferred", "by the assay, or computed from the landmark genes"
