"""Match the gene symbols of a query to the genes of a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from .._util.errors import instance_of, unknown_name, wrong
from .._util.text import shown
from ..core.query import GeneQuery, check_query
from ..core.ranks import check_matrix
from ._matcher import AMBIGUOUS, EXACT, NOT_MEASURED, UNKNOWN, GeneMatcher, Match, matcher_for
from ._symbols import symbol_table

__all__ = [
    "AMBIGUOUS",
    "EXACT",
    "NOT_MEASURED",
    "check_ranks_and_query",
    "find_gene",
    "ResolvedQuery",
    "gene_table_date",
    "match_genes",
    "resolve_query",
    "rows_of",
]

#: Similar symbols are looked up for so many unknown ones; a longer list is no matter of typing errors, and takes long.
MAX_SUGGESTED = 100


class HasGenes(Protocol):
    """Anything with the labels of a matrix' rows: a RankMatrix, or a stand-in in a test."""

    @property
    def genes(self) -> pd.Index: ...


@dataclass(frozen=True)
class ResolvedQuery:
    """A query as rows of a matrix: positions in ``ranks.genes``, each once, in the order of the query."""

    up_rows: np.ndarray
    down_rows: np.ndarray
    overlap: tuple[str, ...]  # the matrix' symbols on both sides; they are still in both arrays


def match_genes(ranks: HasGenes, query: GeneQuery) -> pd.DataFrame:
    """Match the gene symbols of a query to the genes of a matrix, and report what was not found and why.

    Parameters
    ----------
    ranks : RankMatrix
        Or anything with the row labels of a matrix in ``.genes``.
    query : GeneQuery

    Returns
    -------
    DataFrame
        One row per entry of the query, up before down, in the order given:

        - ``gene``: the text as given
        - ``side``: ``"up"`` or ``"down"``
        - ``found``: whether a gene of the matrix is used for it
        - ``matched_as``: the spelling the matrix has ("" if not found)
        - ``how``: if found, ``exact``, ``case``, ``alias``, ``previous``, ``hyphen``, ``date repaired``, ``mouse``,
          ``ensembl``, ``entrez`` or ``several names``; if not, ``ambiguous`` (it can mean several genes), ``not
          measured`` (a known gene that this matrix lacks) or ``unknown``
        - ``suggestion``: for an unknown symbol up to three symbols of the matrix, as "EGFR, EGF"; for any other
          entry a short sentence if there is something to report ("counted once: same gene as CYR61", "also in the
          down list")

    Notes
    -----
    Nothing is guessed. A text that the matrix has is that gene. Any other text is looked up among all human genes
    first, and only if it means one gene of all is the matrix asked for its spelling of it, new or old. So an alias of
    two genes stays ambiguous even if the matrix has one of them: the list may come from a platform that had the other.

    - An approved symbol means that gene. If the matrix lacks it and has another gene that is called so as well, that
      is ambiguous.
    - A hyphen before a number does not count: PARP-1 is PARP1, although TIPARP was called PARP-1 too. Other spellings
      with a hyphen are ambiguous where they mean another gene without it (COX-2, P-gp).
    - An Entrez id may be written 2353, 2353.0, 2,353, LOC2353 or ENTREZ:2353. Of an entry with several names (FOS
      (2353), FOS|2353, ENSG00000170345_FOS) all must mean the same gene, or it is ambiguous (FOS///FOSB).
    - Ids of HGNC, RefSeq, UniProt, transcripts and probes are not translated: ``unknown``, and named as what they are.
    - A spreadsheet date is repaired if one gene's official symbol becomes this date. 1-MAR (MARCHF1 or MTARC1) and
      2-MAR are always ambiguous.
    - A mouse symbol goes through the ortholog table first (Trp53 is TP53; Tac2 is TAC3, not TAC2), and by its letters
      only if it is not in there. A mouse gene without a human counterpart of its own is ambiguous.
    - Quotes, invisible characters and typographic dashes are cleaned away.
    - Suggestions are given for the first 100 (``MAX_SUGGESTED``) different unknown symbols.

    The symbols are those of HGNC (:func:`gene_table_date`) and of MGI for the mouse.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> from lincs_interp.core.query import GeneQuery
    >>> matrix = SimpleNamespace(genes=pd.Index(["EGFR", "CCN1", "MARCH5", "TP53"]))
    >>> table = match_genes(matrix, GeneQuery("q", up=["EGFR", "CYR61", "5-MAR"], down=["Trp53", "EGRF"]))
    >>> table["how"].tolist()
    ['exact', 'previous', 'date repaired', 'mouse', 'unknown']
    >>> table["matched_as"].tolist(), table["suggestion"].iloc[-1]
    (['EGFR', 'CCN1', 'MARCH5', 'TP53', ''], 'EGFR')
    """
    check_ranks_and_query(ranks, query)
    matcher, texts = matcher_for(ranks), [*query.up, *query.down]
    sides = ["up"] * len(query.up) + ["down"] * len(query.down)
    matches = [matcher.match(text) for text in texts]
    return pd.DataFrame(
        {
            "gene": texts,
            "side": sides,
            "found": np.array([match.row >= 0 for match in matches], dtype=bool),
            "matched_as": [matcher.labels[match.row] if match.row >= 0 else "" for match in matches],
            "how": [match.how for match in matches],
            "suggestion": _suggestions(matcher, texts, sides, matches),
        }
    )


def resolve_query(ranks: HasGenes, query: GeneQuery, *, rescue: bool = True) -> ResolvedQuery:
    """Return the rows of the matrix that a query means; without `rescue` of symbols that are spelled as in it."""
    check_ranks_and_query(ranks, query)
    matcher = matcher_for(ranks)
    known = matcher.resolved.setdefault(query, {})
    if rescue not in known:
        rows = matcher.rows([*query.up, *query.down], rescue=rescue)
        up, down, both = rows[: len(query.up)], rows[len(query.up) :], set()
        if len(different := set(rows)) < len(rows) or -1 in different:
            up, down = ([row for row in dict.fromkeys(side) if row >= 0] for side in (up, down))
            both = set(up).intersection(down)
        overlap = tuple(matcher.labels[row] for row in up if row in both) if both else ()
        known[rescue] = ResolvedQuery(np.array(up, dtype=np.int64), np.array(down, dtype=np.int64), overlap)
    return known[rescue]


def check_ranks_and_query(ranks: object, query: object) -> None:
    """Raise unless these are what nearly every function takes: a matrix with gene names, and a query."""
    if not isinstance(getattr(ranks, "genes", None), pd.Index):
        check_matrix(ranks)
    check_query(query)


def rows_of(ranks: HasGenes, texts: Iterable[str], *, rescue: bool = True) -> list[int]:
    """Return the row of each text, -1 where it is not used; several texts may mean one row."""
    return matcher_for(ranks).rows(list(texts), rescue=rescue)


def find_gene(ranks: HasGenes, text: object, argument: str) -> tuple[str, str]:
    """Return the gene of the matrix that a text means, as the matrix spells it, and how it matched; raise if none."""
    instance_of(argument, text, str, "name one gene")
    assert isinstance(text, str)
    matcher = matcher_for(ranks)
    match = matcher.match(text)
    if match.row >= 0:
        return matcher.labels[match.row], match.how
    if match.how == AMBIGUOUS:
        raise wrong(argument, text, f"is {shown(text)!r}, which is ambiguous", shown(match.note, 160))
    problem = f"which is {match.how}{match.note and f' ({shown(match.note, 100)})'}"
    raise unknown_name(argument, text, matcher.labels, problem)


def gene_table_date() -> str:
    """Return the day (YYYY-MM-DD) on which the symbols were taken from HGNC."""
    return symbol_table().date


def _suggestions(matcher: GeneMatcher, texts: list[str], sides: list[str], matches: list[Match]) -> list[str]:
    """Return the column of that name: similar symbols, or the note on an entry."""
    first: dict[tuple[str, int], int] = {}  # for each side and row the place of the first entry that means it
    for place, (side, match) in enumerate(zip(sides, matches, strict=True)):
        first.setdefault((side, match.row), place)
    unknown = dict.fromkeys(t for t, m in zip(texts, matches, strict=True) if m.how == UNKNOWN and not m.note)
    similar = {text: ", ".join(matcher.similar(text)) for text in list(unknown)[:MAX_SUGGESTED]}
    suggestions = []
    for place, (text, side, match) in enumerate(zip(texts, sides, matches, strict=True)):
        notes = [match.note or similar.get(text, "")]
        if match.row >= 0:
            if first[side, match.row] < place:
                notes.append(f"counted once: same gene as {texts[first[side, match.row]]}")
            other = "down" if side == "up" else "up"
            if (other, match.row) in first:
                notes.append(f"also in the {other} list")
        suggestions.append("; ".join(filter(None, notes)))
    return suggestions
