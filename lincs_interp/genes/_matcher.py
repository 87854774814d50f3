"""The genes of one matrix, and which of them a text means."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

from .._util.missing import NO_GENE
from .._util.text import simplified
from ..core.ranks import RankMatrix
from . import _symbols as names
from ._symbols import Meaning

#: The note on a text that is spelled as in the matrix, and of the three kinds that are not found.
EXACT, AMBIGUOUS, NOT_MEASURED, UNKNOWN = "exact", "ambiguous", "not measured", "unknown"

MAX_SUGGESTIONS = 3  # for an unknown symbol
_LONGEST_NAME = 100  # no gene has a longer one; the search for it would only cost time
_TRIMMED = "\"'`´‘’‚‛“”„‟«»‹›,; \t\r\n"


class Match(NamedTuple):
    """Result of a look-up: the row of the matrix (-1 = not found), how it matched, and the reason if it did not."""

    row: int
    how: str
    note: str = ""


class GeneMatcher:
    """Look-ups for the labels of one matrix; each is built when it is first needed."""

    def __init__(self, genes: Iterable[object]) -> None:
        self.labels = [str(label) for label in genes]
        # Backwards, so that of a repeated label the first row stays.
        self._rows = {self.labels[row]: row for row in range(len(self.labels) - 1, -1, -1)}
        self._rows.pop("", None)
        #: What `resolve_query` found for a query, which nobody can change, for as long as the query lives.
        self.resolved: weakref.WeakKeyDictionary[Any, dict[bool, Any]] = weakref.WeakKeyDictionary()

    def rows(self, texts: Sequence[str], *, rescue: bool = True) -> list[int]:
        """Return the row of each text, -1 where there is none; without `rescue` a label has to be spelled like this."""
        if len(texts) > 1:
            # Most queries are spelled as in the matrix. Of a plain dict, itemgetter is the fastest look-up by a third.
            with suppress(KeyError):
                return list(itemgetter(*texts)(self._rows))
        rows = [self._rows.get(text, -1) for text in texts]
        if rescue:
            rows = [self.match(text).row if row < 0 else row for row, text in zip(rows, texts, strict=True)]
        return rows

    def match(self, text: str) -> Match:
        """Find the gene that the text means, if it means one only; the text of a label is that gene."""
        text = text if text in self._rows else cleaned(text)
        if text in self._rows:
            return Match(self._rows[text], EXACT)
        if len(text) > _LONGEST_NAME:
            return Match(-1, UNKNOWN)
        if text.casefold() in NO_GENE:
            return Match(-1, UNKNOWN, "reads as a missing value")
        meaning = names.meaning_of_form(text)
        if meaning is None:
            same = self._folded.get(text.casefold(), [])
            if same:
                return self._match_case(text, same)
            meaning = names.meaning_of_name(text)
        if not meaning.genes and meaning.how not in _NOTHING:
            meaning = names.meaning_of_several(text) or meaning
        if not meaning.genes and (kind := names.foreign_id(text)):
            return Match(-1, UNKNOWN, f"{kind}: give gene symbols, Ensembl gene ids or Entrez ids")
        return self._place(text, meaning)

    def similar(self, text: str) -> list[str]:
        """Return up to three labels that the text may be a misspelling of, the likeliest first."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        text = cleaned(text).casefold()
        if not 3 <= len(text) <= _LONGEST_NAME:
            return []
        reach = 1 if len(text) < 6 else 2
        # Unlike in Levenshtein's distance, a swap of two neighbours is one step: from EGRF to EGFR.
        hits = process.extract(text, self._folded.keys(), scorer=OSA.distance, score_cutoff=reach, limit=None)
        letters = sorted(text)
        # Of equals, those with the same letters come first, then those that lost or gained one.
        hits.sort(key=lambda hit: (hit[1], sorted(hit[0]) != letters, len(hit[0]) == len(text), hit[0]))
        return [self.labels[self._folded[label][0]] for label, _, _ in hits[:MAX_SUGGESTIONS]]

    @cached_property
    def _folded(self) -> dict[str, list[int]]:
        """Rows by label without regard to case and to what nobody sees."""
        folded: dict[str, list[int]] = {}
        for label, row in self._rows.items():
            folded.setdefault(simplified(label).casefold(), []).append(row)
        return folded

    @cached_property
    def _spellings(self) -> dict[int, tuple[int, str]]:
        """For each gene (a row of the symbol table): its row in this matrix, and the kind of its name."""
        meanings = [(row, names.meaning_of_label(label)) for label, row in self._rows.items()]
        # The best kind of name wins, then the first row: the last one written stays.
        clear = [(_QUALITY.get(m.how, 2), row, m) for row, m in meanings if len(m.genes) == 1]
        found = {m.genes[0]: (row, m.how) for _, row, m in sorted(clear, reverse=True)}
        for row, meaning in meanings:
            if len(meaning.genes) > 1 and meaning.how == names.PREVIOUS:
                # QARS was the name of EPRS1 and of QARS1. A matrix that has EPRS means the other one by it.
                left = [gene for gene in meaning.genes if gene not in found]
                if len(left) == 1:
                    found[left[0]] = (row, meaning.how)
        return found

    def _match_case(self, text: str, rows: list[int]) -> Match:
        if len(rows) > 1:
            spelled = _either([self.labels[row] for row in sorted(rows)])
            return Match(-1, AMBIGUOUS, f"can mean {spelled}: write the one you mean")
        mouse = names.is_mouse_symbol(text) and self.labels[rows[0]] == text.upper()
        return Match(rows[0], names.MOUSE if mouse else names.CASE)

    def _place(self, text: str, meaning: Meaning) -> Match:
        """Turn what a text means into a row of this matrix, or into the reason why there is none."""
        if not meaning.genes:
            return Match(-1, *_NOTHING.get(meaning.how, (UNKNOWN, "")))
        if len(meaning.genes) > 1:
            return self._ambiguous(meaning)
        gene = meaning.genes[0]
        by_symbol = meaning.how in (names.APPROVED, names.CASE)
        if gene in self._spellings:
            row, kind = self._spellings[gene]
            return Match(row, kind if by_symbol else meaning.how)
        symbol = names.symbol_table().symbols[gene]
        rivals = names.former_names(text).genes if by_symbol else ()
        if here := [self._named(rival) for rival in rivals if rival in self._spellings]:
            note = f"{symbol} is not in this matrix, but it is another name of {_either(here)} as well"
            return Match(-1, AMBIGUOUS, note)
        if symbol == text:
            return Match(-1, NOT_MEASURED, "not in this matrix")
        return Match(-1, NOT_MEASURED, f"means {symbol}, which is not in this matrix")

    def _ambiguous(self, meaning: Meaning) -> Match:
        either = _either([self._named(gene) for gene in meaning.genes])
        if meaning.how == names.DATE:
            return Match(-1, AMBIGUOUS, f"a spreadsheet date of {either}: write the one you mean")
        if any(gene in self._spellings for gene in meaning.genes):
            return Match(-1, AMBIGUOUS, f"can mean {either}: write the one you mean")
        either = _either([names.symbol_table().symbols[gene] for gene in meaning.genes])
        return Match(-1, NOT_MEASURED, f"can mean {either}, none of them in this matrix")

    def _named(self, gene: int) -> str:
        """Return a gene by its approved symbol, with what the matrix calls it."""
        symbol = names.symbol_table().symbols[gene]
        if gene not in self._spellings:
            return f"{symbol} (not in this matrix)"
        label = self.labels[self._spellings[gene][0]]
        return symbol if label == symbol else f"{symbol} (here {label})"


_QUALITY = {names.APPROVED: 0, names.PREVIOUS: 1}
# What is reported of a text that means no gene at all.
_NOTHING = {
    names.DATE: (UNKNOWN, "a spreadsheet date that no gene symbol turns into"),
    names.SEVERAL: (UNKNOWN, "several names in one entry, and not all are known: write the gene you mean"),
    names.MOUSE: (AMBIGUOUS, "a mouse gene without a human counterpart of its own: write the human gene you mean"),
}


def matcher_for(ranks: Any) -> GeneMatcher:
    """Return the matcher of the genes of a matrix, which a RankMatrix keeps."""
    if not isinstance(ranks, RankMatrix):  # anything with .genes
        return GeneMatcher(ranks.genes)
    if "gene_matcher" not in ranks._kept:
        ranks._kept["gene_matcher"] = GeneMatcher(ranks.genes)
    return ranks._kept["gene_matcher"]


def cleaned(text: str) -> str:
    """Return the text without what mails and spreadsheets add: quotes, invisible signs, long dashes."""
    return simplified(text).strip(_TRIMMED)


def _either(options: list[str]) -> str:
    """Return "A or B", "A, B, C or one of 9 more"."""
    if len(options) > 4:
        return f"{', '.join(options[:3])} or one of {len(options) - 3} more"
    return " or ".join(filter(None, [", ".join(options[:-1]), options[-1]]))
