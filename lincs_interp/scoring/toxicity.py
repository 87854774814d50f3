"""How much of a verdict is carried by genes that answer to dying or arrested cells, whatever the drug?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.html import Html, card, names_html, side_html, table_html
from .._util.text import NOTHING, counted, listed
from ..core.calls import sign_of_contributions
from ..genes.matching import rows_of

# From this share on a verdict says at least as much about the state of the cells as about the query's mechanism (W10).
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


def _split(symbols: str) -> tuple[str, ...]:
    return tuple(symbols.split())


_CYCLE = "Whitfield et al. 2002, doi 10.1091/mbc.02-02-0030; Tirosh et al. 2016, doi 10.1126/science.aad0501"

#: Well-known genes of each response: a choice made for this package out of the sources named, no copy of any list.
TOXIC_GENES: Mapping[str, GeneGroup] = MappingProxyType({
    "DNA replication": GeneGroup("down", _CYCLE, _split(
        "CCNE1 CCNE2 CDC25A CDC45 CDC6 CDC7 CDT1 CHAF1A CHAF1B CLSPN DHFR DTL E2F1 FEN1 GINS1 GINS2 MCM10 MCM2 MCM3"
        " MCM4 MCM5 MCM6 MCM7 ORC1 PCNA POLA1 POLE2 PRIM1 RAD51 RFC4 RRM1 RRM2 TIMELESS TK1 TYMS UHRF1 UNG"
    )),
    "mitosis": GeneGroup("down", _CYCLE, _split(
        "ANLN ASPM AURKA AURKB BIRC5 BUB1 BUB1B CCNA2 CCNB1 CCNB2 CCNF CDC20 CDC25B CDC25C CDCA3 CDCA8 CDK1 CENPA CENPE"
        " CENPF CKS1B CKS2 DLGAP5 ECT2 FOXM1 GTSE1 HMMR KIF11 KIF14 KIF20A KIF23 KIF2C MELK MKI67 NDC80 NEK2 NUF2"
        " NUSAP1 PLK1 PRC1 PTTG1 RACGAP1 TACC3 TOP2A TPX2 TTK UBE2C"
    )),
    "DNA damage (p53)": GeneGroup("up", "Fischer 2017, doi 10.1038/onc.2016.502", _split(
        "AEN BAX BBC3 BTG2 CDKN1A DDB2 FAS FDXR GADD45A GDF15 MDM2 PHLDA3 PLK2 PMAIP1 PPM1D RRM2B SESN1 TNFRSF10B"
        " TP53I3 TP53INP1 XPC ZMAT3"
    )),
    "unfolded proteins": GeneGroup(
        "up", "Lee et al. 2003, doi 10.1128/MCB.23.21.7448-7459.2003; Han et al. 2013, doi 10.1038/ncb2738", _split(
        "ASNS ATF3 ATF4 CHAC1 CRELD2 DDIT3 DDIT4 DNAJB9 DNAJC3 EDEM1 HERPUD1 HSP90B1 HSPA5 HYOU1 MANF MTHFD2 PPP1R15A"
        " SDF2L1 SEL1L SESN2 SLC7A11 TRIB3 XBP1"
    )),
    "heat shock": GeneGroup("up", "Trinklein et al. 2004, doi 10.1091/mbc.e03-10-0738", _split(
        "BAG3 CHORDC1 DNAJA1 DNAJB1 DNAJB4 HSP90AA1 HSPA1A HSPA1B HSPA4 HSPA8 HSPB1 HSPD1 HSPE1 HSPH1"
    )),
    "oxidative stress": GeneGroup("up", "Hayes & Dinkova-Kostova 2014, doi 10.1016/j.tibs.2014.02.002", _split(
        "G6PD GCLC GCLM GSR HMOX1 ME1 NQO1 OSGIN1 SQSTM1 SRXN1 TXN TXNRD1"
    )),
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class ToxicityShare:
    """How much of one signature's verdict cell-cycle and stress genes carry.

    Attributes
    ----------
    share : float
        0-1: of all contributions that speak for the verdict, the part of cell-cycle genes that lie down and of stress
        genes that lie up. NaN if nothing speaks for it.
    share_of_query : float
        0-1: the part of such genes, wherever they lie, among the query's genes. What they would carry, about, if they
        were like any others.
    n_genes : int
        How many genes make up ``share``.
    groups : DataFrame, one row per response (index ``group``)
        ``toxic_end`` ("down" or "up"), ``n_in_query``, ``n_carrying``, ``share`` (0-1; they add up to the whole) and
        ``genes``: those that carry, the heaviest first.
    sentence : str
        The same in words.
    """

    share: float
    share_of_query: float
    n_genes: int
    groups: pd.DataFrame
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        groups: Any = self.groups.itertuples()
        rows = [
            [
                row.Index,
                Html(f"{row.share:.0%}" if np.isfinite(row.share) else NOTHING),
                f"{row.n_carrying:,} of {row.n_in_query:,}",
                side_html(row.toxic_end),
                names_html(filter(None, row.genes.split(", ")), 5),
            ]
            for row in groups
        ]
        columns: list[str | tuple[str, str]] = [
            ("response", ""),
            ("share", "of the verdict"),
            ("carrying", "of these genes in the query"),
            ("toxic end", "where dying cells have them"),
            ("genes", "the heaviest first"),
        ]
        return card(
            self.sentence,
            table_html(
                rows,
                columns,
                caption=f"The shares add up to the whole; from {TOXIC_SHARE:.0%} on it is a warning (W10).",
                numeric=[1, 2],
            ),
        )

    @property
    def looks_toxic(self) -> bool:
        """True if the share reaches ``TOXIC_SHARE`` (0.25) and at least three genes make it up."""
        return self.share >= TOXIC_SHARE and self.n_genes >= FEWEST_TOXIC_GENES


def toxicity_share(drivers: pd.DataFrame) -> ToxicityShare:
    """Tell which share of a verdict is carried by genes that answer to dying or arrested cells, whatever the drug.

    Parameters
    ----------
    drivers : DataFrame
        From :func:`explain_concordance`: the columns ``gene``, ``percentile`` and ``contribution`` are used.

    Returns
    -------
    ToxicityShare
        The share, what such genes are of the query, a table of six responses, and a sentence.

    Raises
    ------
    LincsInterpError
        If ``drivers`` is not such a table.

    Notes
    -----
    The verdict is the sign of the sum of the contributions. Only contributions of that sign count, in the numerator and
    in the denominator, so that the share lies between 0 and 1. A gene of DNA replication or mitosis counts if it lies
    in the lower half of the ranking, a stress gene if it lies in the upper half: that is where dying and arrested cells
    have them [1]_. So a drug that makes cells grow is not called toxic; nor is one that holds them in mitosis, whose
    mitotic genes are up.

    A high share has two possible reasons, which ``share_of_query`` tells apart: the signature moves these genes more
    than the others, or the query consists of them, so that any toxic drug will be a hit. It proves no toxicity: the
    proteasome is hit by drugs that are sought for just that.

    References
    ----------
    .. [1] Szalai et al. (2019), Nucleic Acids Research 47(19), 10010-10026, doi 10.1093/nar/gkz805.

    Examples
    --------
    >>> from lincs_interp.scoring.concordance import explain_concordance
    >>> from lincs_interp.io.sample import load_sample
    >>> sample = load_sample()
    >>> lookalike = "SIM001_A549_24H_E03_cytocidine_10uM"
    >>> round(toxicity_share(explain_concordance(sample.ranks, sample.query, lookalike)).share, 2)
    0.29
    >>> mimicker = "SIM001_A549_24H_A03_mimetasone_10uM"
    >>> round(toxicity_share(explain_concordance(sample.ranks, sample.query, mimicker)).share, 2)
    0.11
    """
    _check_drivers(drivers)
    table = drivers[drivers["contribution"].notna()]
    genes = table["gene"].astype(str).to_numpy(dtype=object)
    contribution = table["contribution"].to_numpy(dtype=float)
    known = _known_groups(tuple(sorted(set(genes))))
    group = np.array([known.get(gene, "") for gene in genes], dtype=object)
    ends = np.array([TOXIC_GENES[name].toxic_end if name else "" for name in group], dtype=object)
    percentile = table["percentile"].to_numpy(dtype=float)
    lies = np.select([percentile < 50, percentile >= 50], ["down", "up"], "")
    for_it = np.maximum(sign_of_contributions(contribution) * contribution, 0)
    total = for_it.sum()
    carrying = (ends != "") & (ends == lies) & (for_it > 0)  # a gene of no percentile lies nowhere
    heaviest = [row for row in np.argsort(-for_it, kind="stable") if carrying[row]]
    rows = []
    for name, found in TOXIC_GENES.items():
        own = [row for row in heaviest if group[row] == name]
        part = for_it[own].sum() / total if total > 0 else np.nan
        rows.append((found.toxic_end, int((group == name).sum()), len(own), part, ", ".join(genes[own])))
    share = float(for_it[carrying].sum() / total) if total > 0 else np.nan
    of_query = float((group != "").mean()) if len(group) else np.nan
    return ToxicityShare(
        share=share,
        share_of_query=of_query,
        n_genes=len(heaviest),
        groups=pd.DataFrame(
            rows,
            columns=["toxic_end", "n_in_query", "n_carrying", "share", "genes"],
            index=pd.Index(list(TOXIC_GENES), name="group"),
        ),
        sentence=_sentence(share, of_query, genes[heaviest].tolist()),
    )


def _check_drivers(drivers: object) -> None:
    if not isinstance(drivers, pd.DataFrame) or not set(NEEDED) <= set(drivers.columns):
        raise LincsInterpError(
            "drivers must be the table that explain_concordance makes for one signature, with the columns"
            f" {listed(NEEDED)}."
        )


class _Labels(NamedTuple):
    genes: pd.Index


@lru_cache(maxsize=64)  # all signatures of one matrix are asked about the same genes
def _known_groups(labels: tuple[str, ...]) -> dict[str, str]:
    """The response of each label that belongs to one; a matrix may have other symbols than the lists."""
    index = _Labels(pd.Index(labels, dtype=object))
    rows = {name: rows_of(index, found.genes) for name, found in TOXIC_GENES.items()}
    return {labels[row]: name for name, found in rows.items() for row in found if row >= 0}


def _sentence(share: float, of_query: float, genes: list[str]) -> str:
    if np.isnan(share):
        return "No gene speaks for a verdict, so none of it can be ascribed to cell-cycle or stress genes."
    if not genes:
        return (
            "Nothing that speaks for the verdict comes from cell-cycle genes that are down or stress genes that are up."
        )
    return (
        f"{share:.0%} of what speaks for the verdict comes from {counted(len(genes), 'gene')} that dying or arrested"
        f" cells move whatever the drug (cell cycle down, stress up: {listed(genes, 6)}); genes of these responses are"
        f" {of_query:.0%} of your query."
    )
