"""What the tools are compared on: one query against one matrix, in memory, in the form that each of them wants."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lincs_interp import GeneQuery, RankMatrix, read_query, read_ranks
from lincs_interp.genes.matching import resolve_query

GENES, SET, BACKGROUND = 12_327, 150, 1_000
SEED = 20221122

# Twenty latent programmes that make up half of each gene's variance give the genes of a query a mean correlation of
# about .075 over the signatures, as in real L1000 data.
PROGRAMMES, SHARED = 20, 0.5

# The five HDAC inhibitors among the 100 drugs of the real matrix: the known answer to the HDAC query.
HDAC_INHIBITORS = ("vorinostat", "hc-toxin", "trichostatin-a", "pyroxamide", "apha-compound-8")


@dataclass(frozen=True)
class Case:
    """A query and a matrix. The query holds only genes of the matrix, spelled as there, so all tools use the same."""

    name: str
    ranks: RankMatrix
    query: GeneQuery
    background: RankMatrix
    known: tuple[str, ...] = ()  # signatures that should come first

    def first(self, n: int) -> Case:
        """The same case with the first `n` signatures."""
        if n >= self.ranks.shape[1]:
            return self
        part = self.ranks.select(signatures=self.ranks.frame.columns[:n])
        return Case(self.name, part, self.query, self.background, self.known)

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the up and of the down genes."""
        return tuple(self.ranks.genes.get_indexer(list(side)) for side in (self.query.up, self.query.down))

    @cached_property
    def by_gene(self) -> pd.DataFrame:
        """Centred ranks, positive = up, genes x signatures: what gseapy reads."""
        middle = (self.ranks.n_ranked.to_numpy() + 1) / 2
        return self.ranks.frame.astype(float) - middle

    @cached_property
    def by_signature(self) -> list[np.ndarray]:
        """The same, signatures x genes, with their names: of all that decoupler takes, what it reads fastest."""
        values = np.ascontiguousarray(self.by_gene.to_numpy().T, dtype=np.float32)  # exact: multiples of 1/2 below 2^23
        return [values, self.ranks.frame.columns.to_numpy(dtype=str), self.ranks.genes.to_numpy(dtype=str)]

    def prepared(self) -> Case:
        """The same, with every tool's input made: that is no part of anybody's time."""
        _ = self.rows, self.by_gene, self.by_signature
        return self


def seconds(job: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def simulated(n_signatures: int) -> tuple[Case, dict[str, float]]:
    """A case in which genes correlate as in life, and what its preparation cost, step by step, in seconds."""
    rng = np.random.default_rng(SEED)
    columns = n_signatures + BACKGROUND + 1
    loading = rng.standard_normal((columns, PROGRAMMES), dtype=np.float32) * np.sqrt(SHARED / PROGRAMMES)
    values = loading @ rng.standard_normal((PROGRAMMES, GENES), dtype=np.float32)
    for column in values:  # one at a time: the noise of all would double the memory
        column += np.float32(np.sqrt(1 - SHARED)) * rng.standard_normal(GENES, dtype=np.float32)
    order = np.argsort(values, axis=1)
    ranks = np.empty((GENES, columns), dtype=np.int32)
    np.put_along_axis(ranks, order.T, np.arange(1, GENES + 1, dtype=np.int32)[:, None], axis=0)
    genes = np.array([f"GENE{i}" for i in range(GENES)], dtype=object)
    names = [f"S{i}" for i in range(columns)]
    frame = pd.DataFrame(ranks, genes, names)
    # The query is what an experiment gives: the extremes of one more signature, which neither matrix holds.
    query = GeneQuery("a fresh signature", genes[order[-1, -SET:]], genes[order[-1, :SET]])
    searched, background = frame.iloc[:, :n_signatures], frame.iloc[:, n_signatures:-1]
    cost = {"RankMatrix.from_frame: ranks checked, once per matrix": seconds(lambda: RankMatrix.from_frame(searched))}
    ranks_of = RankMatrix.from_frame
    case = Case("simulated", ranks_of(searched), query, ranks_of(background))
    cost["for gseapy: centred ranks, genes x signatures"] = seconds(lambda: case.by_gene)
    cost["for decoupler: the same, turned"] = seconds(lambda: case.by_signature)
    return case, cost


def real(folder: Path) -> Case:
    """100 drugs in one cell line against the HDAC consensus query; the matrix serves as its own background."""
    ranks = read_ranks(folder / "real" / "skb_5000x100.ranks.tsv.gz")
    stem = folder / "real" / "queries" / "hdac_cmap02_consensus"
    found = resolve_query(ranks, read_query(f"{stem}_up.txt", f"{stem}_down.txt"))
    query = GeneQuery("HDAC inhibitors", ranks.genes[found.up_rows], ranks.genes[found.down_rows])
    drug = ranks.signatures["pert_name"].str.lower().str.replace(" ", "-")
    known = tuple(ranks.frame.columns[drug.isin(HDAC_INHIBITORS)])
    return Case("real", ranks, query, ranks, known)
