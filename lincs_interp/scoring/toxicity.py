"""How much of a call comes from genes that answer to dying or arrested cells, whatever the drug?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType, SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import wrong
from .._util.html import card
from .._util.text import counted, listed, percent
from ..core.show import Shown
from ..genes.matching import rows_of
from .contributions import support

# From this share on a call may reflect the state of the cells as much as the query's mechanism (W10).
# Of the simulated signatures the cytotoxic look-alike has 0.29, the others 0.19 at most, 200 unrelated ones 0.28. Of
# 982 clear hits of 20 real queries 23 % reach it: most hits of the queries on growth, mitosis, proteasome and HSP90,
# and none of those on steroids, TNF, EGF, sterols, MEK and mTOR.
TOXIC_SHARE = 0.25

# Fewer genes are no response, however large their share of a small query.
FEWEST_TOXIC_GENES = 3

NEEDED = ("gene", "percentile", "contribution")


class GeneGroup(NamedTuple):
    """Genes that answer together."""

    toxic_end: str  # "down" or "up": where dying or arrested cells have them
    source: str
    genes: tuple[str, ...]


@lru_cache(maxsize=1)
def toxic_genes() -> Mapping[str, GeneGroup]:
    """Return well-known genes of each response: a choice made for this package, no copy of any list."""
    text = files("lincs_interp").joinpath("_data", "toxic_genes.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return MappingProxyType({name: GeneGroup(end, source, tuple(genes.split())) for name, end, source, genes in rows})


@dataclass(frozen=True, eq=False)
class ToxicityShare:
    """How much cell-cycle and stress genes contribute to the call of one signature: see :func:`toxicity_share`."""

    share: float
    share_of_query: float
    n_genes: int
    groups: pd.DataFrame
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        note = f"The shares add up to the whole; from {percent(TOXIC_SHARE)} on it is a warning (W10)."
        return card(self.sentence, Shown(self.groups, "toxicity").table_html(), note)

    @property
    def looks_toxic(self) -> bool:
        """Whether the share reaches ``TOXIC_SHARE`` (0.25) and at least three genes make it up."""
        return self.share >= TOXIC_SHARE and self.n_genes >= FEWEST_TOXIC_GENES


def toxicity_share(contributions: pd.DataFrame) -> ToxicityShare:
    """Measure the toxicity share: how much of a call comes from cell-cycle and stress genes of dying or arrested cells.

    Parameters
    ----------
    contributions : DataFrame
        From :func:`explain_concordance`: the columns ``gene``, ``percentile`` and ``contribution`` are used.

    Returns
    -------
    ToxicityShare
        - ``share``: 0-1, of all contributions towards the call the part of cell-cycle genes that are down and of stress
          genes that are up; NaN if there is none. ``n_genes``: how many genes make it up; ``sentence``: in words
        - ``looks_toxic``: True if ``share`` is 0.25 or more and three genes or more make it up
        - ``share_of_query``: 0-1, the part of such genes, up or down, among the query's genes: about what they would
          contribute if they were like any others
        - ``groups``: DataFrame, one row per response (index ``group``). ``toxic_end`` is where dying cells have its
          genes ("down" or "up"); ``n_in_query`` and ``n_contributing`` count them, ``share`` (0-1) is their part, and
          ``genes`` names those that contribute, the largest contribution first

    Raises
    ------
    LincsInterpError
        If ``contributions`` is not such a table.

    Notes
    -----
    The call is the sign of the sum of the contributions. Only contributions of that sign count, in the numerator and
    in the denominator, so that the share is from 0 to 1. A gene of DNA replication or mitosis counts if it is in
    the lower half of the ranking, a stress gene if it is in the upper half: that is where dying and arrested cells have
    them [1]_. So a drug that makes cells grow is not called toxic; nor is one that holds them in mitosis, whose
    mitotic genes are up.

    A high share has two possible reasons, which ``share_of_query`` tells apart: the signature moves these genes more
    than the others, or the query consists of them, so that any toxic drug will be a hit. It proves no toxicity: the
    proteasome is hit by drugs that are sought for just that.

    References
    ----------
    .. [1] Szalai et al. (2019), Nucleic Acids Research 47(19), 10010-10026, doi 10.1093/nar/gkz805.

    Examples
    --------
    >>> from lincs_interp.scoring.contributions import explain_concordance
    >>> from lincs_interp.io.sample import load_sample
    >>> sample = load_sample()
    >>> lookalike = "SIM001_A549_24H_E03_cytocidine_10uM"
    >>> round(toxicity_share(explain_concordance(sample.ranks, sample.query, lookalike)).share, 2)
    0.29
    >>> mimicker = "SIM001_A549_24H_A03_mimetasone_10uM"
    >>> round(toxicity_share(explain_concordance(sample.ranks, sample.query, mimicker)).share, 2)
    0.11
    """
    if not isinstance(contributions, pd.DataFrame) or not set(NEEDED) <= set(contributions.columns):
        problem = "must be the table that explain_concordance makes for one signature"
        raise wrong("contributions", contributions, problem, f"it needs the columns {listed(NEEDED)}")
    table, responses = contributions[contributions["contribution"].notna()], toxic_genes()
    genes = table["gene"].astype(str).to_numpy(dtype=object)
    known = _known_groups(tuple(sorted(set(genes))))
    group = np.array([known.get(gene, "") for gene in genes], dtype=object)
    toxic_end = np.array([responses[name].toxic_end if name else "none" for name in group], dtype=object)
    percentile = table["percentile"].to_numpy(dtype=float)
    end = np.select([percentile < 50, percentile >= 50], ["down", "up"], "")
    for_it = np.maximum(support(table), 0)
    total = for_it.sum()
    toxic = (end == toxic_end) & (for_it > 0)
    largest_first = [row for row in np.argsort(-for_it, kind="stable") if toxic[row]]
    rows = []
    for name, response in responses.items():
        own = [row for row in largest_first if group[row] == name]
        part = for_it[own].sum() / total if total > 0 else np.nan
        rows.append((response.toxic_end, int((group == name).sum()), len(own), part, ", ".join(genes[own])))
    share = float(for_it[toxic].sum() / total) if total > 0 else np.nan
    of_query = float((group != "").mean()) if len(group) else np.nan
    return ToxicityShare(
        share=share,
        share_of_query=of_query,
        n_genes=len(largest_first),
        groups=pd.DataFrame(
            rows,
            columns=["toxic_end", "n_in_query", "n_contributing", "share", "genes"],
            index=pd.Index(list(responses), name="group"),
        ),
        sentence=_sentence(share, of_query, genes[largest_first].tolist()),
    )


@lru_cache(maxsize=64)  # all signatures of one matrix are asked about the same genes
def _known_groups(labels: tuple[str, ...]) -> dict[str, str]:
    """Return the response of each label that belongs to one; a matrix may have other symbols than the lists."""
    matrix = SimpleNamespace(genes=pd.Index(labels, dtype=object))
    rows = {name: rows_of(matrix, found.genes) for name, found in toxic_genes().items()}
    return {labels[row]: name for name, found in rows.items() for row in found if row >= 0}


def _sentence(share: float, of_query: float, genes: list[str]) -> str:
    if np.isnan(share):
        return "No gene contributes to a call, so no share of cell-cycle or stress genes can be given."
    if not genes:
        return "Cell-cycle genes that are down and stress genes that are up contribute nothing to the call."
    return (
        f"{percent(share)} of what contributes to the call comes from {counted(len(genes), 'gene')} that dying or"
        f" arrested cells move whatever the drug (cell cycle down, stress up: {listed(genes, 6)}); genes of these"
        f" responses are {percent(of_query)} of your query."
    )
