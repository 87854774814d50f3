"""The genes that are to be left out: read from a text, or chosen by what they do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from .._util.text import listed, shown
from ..core.explain import USUAL_SHARE
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import match_genes, rows_of

#: So many names are looked up at once; a longer list is no "what if", but another query.
MOST_NAMES = 1_000
MOST_LETTERS = 200_000

#: Of so many unknown names it is said what they may be.
EXPLAINED = 3

#: What stands between names: blanks, commas, semicolons, bars. A line that is a name as it stands is not cut.
_BETWEEN = re.compile(r"[\s,;|]+")
_AROUND = "\"'`´‘’“”[](){}<>"


@dataclass(frozen=True)
class Asked:
    """The genes of the query that a text names, as the matrix spells them; what became of the rest, in sentences."""

    genes: tuple[str, ...]
    sentences: tuple[str, ...]
    refused: bool = False


def asked_genes(ranks: RankMatrix, in_query: Iterable[str], text: str) -> Asked:
    """Read names from a text, in any order and between any separators."""
    names = names_in(ranks, text) if len(text) <= MOST_LETTERS else []
    if len(text) > MOST_LETTERS or len(names) > MOST_NAMES:
        much = f"{len(names):,} names are" if names else f"A text of {len(text):,} letters is"
        return Asked(
            (),
            (
                f"{much} more than can be left out here (at most {MOST_NAMES:,} names): make a query of the genes you"
                " want to keep instead.",
            ),
            refused=True,
        )
    mine, found = set(in_query), [ranks.genes[row] if row >= 0 else "" for row in rows_of(ranks, names)]
    pairs = list(zip(names, found, strict=True))
    unknown = [name for name, gene in pairs if not gene]
    others = list(dict.fromkeys(gene for gene in found if gene and gene not in mine))
    renamed = [f"{shown(name, 40)} is {shown(gene, 40)}" for name, gene in pairs if gene in mine and gene != name]
    sentences = []
    if unknown:
        sentences.append(f"Not used: {_unknown(ranks, unknown)}.")
    if others:
        sentences.append(f"Not in your lists, so that leaving out changes nothing: {listed(others)}.")
    if renamed:
        sentences.append(f"Here {_first_few(renamed)}.")
    return Asked(tuple(dict.fromkeys(gene for gene in found if gene in mine)), tuple(sentences))


def names_in(ranks: RankMatrix, text: str) -> list[str]:
    """Cut a text into names; a line that is a gene of the matrix as it stands stays whole."""
    names: list[str] = []
    for line in text.splitlines():
        whole = line.strip()
        if whole in ranks.genes:
            names.append(whole)
        else:
            parts = (part if part in ranks.genes else part.strip(_AROUND) for part in _BETWEEN.split(whole))
            names += [name for name in parts if name]
    return list(dict.fromkeys(names))


def names_as_text(genes: Iterable[str]) -> str:
    """Write names so that :func:`names_in` reads them again."""
    names = list(genes)
    return ("\n" if any(_BETWEEN.search(name) for name in names) else ", ").join(names)


def _unknown(ranks: RankMatrix, names: list[str]) -> str:
    """Say why the first few are not used, and count the others."""
    table = match_genes(ranks, GeneQuery("typed", names[:EXPLAINED]))
    told = []
    for _, row in table.iterrows():
        hint = row["suggestion"]
        if row["how"] == "unknown" and hint:
            hint = f"unknown; perhaps {hint}"
        told.append(f"{shown(row['gene'], 40)} ({shown(hint or row['how'], 120)})")
    more = len(names) - len(told)
    return ", ".join(told) + (f" and {more:,} more" if more else "")


def _first_few(sentences: list[str]) -> str:
    """Join the first few sentences, and count the others."""
    more = len(sentences) - EXPLAINED
    return "; ".join(sentences[:EXPLAINED]) + (f"; and {more:,} more read otherwise" if more > 0 else "")


def leading_genes(drivers: pd.DataFrame, n: int) -> tuple[str, ...]:
    """The first genes among those that speak for the sign of z_sum."""
    towards = 1 if drivers["contribution"].sum() >= 0 else -1
    return tuple(drivers["gene"][towards * drivers["contribution"] > 0][:n])


def usual_extremes(drivers: pd.DataFrame) -> tuple[str, ...]:
    """Genes that are extreme in more than ``USUAL_SHARE`` of the unselected signatures, whatever is done to cells."""
    return tuple(drivers["gene"][drivers["base_rate"] > USUAL_SHARE])
