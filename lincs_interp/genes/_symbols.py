"""The world's gene names, whatever matrix is at hand: which genes a text can mean.

The tables in ``_data`` are read on first use (symbols 0.15 s; ids and mouse symbols only when one is asked for). A gene
is its row in the table of approved symbols. Names are looked up without regard to upper and lower case: two genes whose
aliases differ in case only (GLUT9, Glut9) would otherwise differ by a keystroke.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from .._util.sheet_dates import date_symbols

APPROVED, CASE, ALIAS, PREVIOUS = "approved", "case", "alias", "previous"
DATE, MOUSE, ENSEMBL, ENTREZ = "date repaired", "mouse", "ensembl", "entrez"
HYPHEN, SEVERAL = "hyphen", "several names"

# Renamed because spreadsheets turn them into dates: the text has to mean the same gene as that date.
_RENAMED = re.compile(r"(?:sept|march|marc|dec)[0-9]{1,2}")
_ENSEMBL_ID = re.compile(r"(ENSG|ENSMUSG)0*([0-9]+)(?:\.[0-9]+)?(?:_PAR_Y)?", re.IGNORECASE)
# Spreadsheets and tables of numbers write the id 2353 as 2,353 or 2353.0.
_ENTREZ_ID = re.compile(
    r"(?:LOC|(?:entrez|ncbi|gene)[ _]?(?:gene)?[ _]?(?:id)?[:=] ?)?0*([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"-[0-9]")
# Two names of a gene in one entry: FOS (2353), FOS|2353, FOS///FOSB, FOS;FOSB, ENSG00000170345_FOS.
_BOTH = re.compile(r"(ENS(?:MUS)?G[0-9.]+)_(.+)|([^()]+?) ?\(([^()]+)\)", re.IGNORECASE)
_PARTED = re.compile(r" ?(?:///?|[|;,]) ?")
# Ids that are not translated here: what they look like, and what they are.
_FOREIGN = (
    (re.compile(r"HGNC:[0-9]+", re.IGNORECASE), "an HGNC id"),
    (re.compile(r"[NX][MRP]_[0-9]+(?:\.[0-9]+)?", re.IGNORECASE), "a RefSeq id"),
    (re.compile(r"ENS[A-Z]*[TPE][0-9]{6,}(?:\.[0-9]+)?", re.IGNORECASE), "an Ensembl id of a transcript or protein"),
    (re.compile(r"ENS[A-Z]+G[0-9]{6,}(?:\.[0-9]+)?", re.IGNORECASE), "an Ensembl id of another species"),
    (re.compile(r"(?:[0-9]+|AFFX-\S+?)(?:_[a-z])?_at", re.IGNORECASE), "an Affymetrix probe"),
    (re.compile(r"ILMN_[0-9]+|A_[0-9]+_P[0-9]+", re.IGNORECASE), "a probe of an array"),
    (
        re.compile(r"(?:[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2})(?:-[0-9]+)?"),
        "a UniProt id",
    ),
)


class Meaning(NamedTuple):
    """What a text can mean: rows of the symbol table (several: ambiguous; none: nothing known), and how."""

    genes: tuple[int, ...]
    how: str


class SymbolTable(NamedTuple):
    """HGNC's symbols. The three mappings go from a case-folded name to rows of `symbols`."""

    date: str
    symbols: list[str]
    approved: dict[str, int]
    previous: dict[str, tuple[int, ...]]
    alias: dict[str, tuple[int, ...]]


@cache
def symbol_table() -> SymbolTable:
    """Return the approved, previous and alias symbols."""
    remark, (symbols, previous, alias) = _columns("hgnc_symbols.tsv.gz")
    approved = {symbol.casefold(): gene for gene, symbol in enumerate(symbols)}
    date = re.findall(r"\d{4}-\d\d-\d\d", remark)[0]
    return SymbolTable(date, symbols, approved, _rows_by_name(previous), _rows_by_name(alias))


def _rows_by_name(column: Iterable[str]) -> dict[str, tuple[int, ...]]:
    rows: dict[str, tuple[int, ...]] = {}
    for row, names in enumerate(column):
        for name in names.casefold().split("|") if names else ():
            known = rows.setdefault(name, (row,))
            if row not in known:
                rows[name] = (*known, row)
    return rows


@cache
def _human_ids() -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Genes by Entrez id and by the number in their Ensembl id."""
    entrez, ensembl = map(_rows_by_name, _columns("hgnc_ids.tsv.gz")[1])
    return entrez, ensembl


@cache
def _mouse_genes() -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Human genes by mouse symbol (also in capitals, the first of equals) and by mouse Ensembl number."""
    # A mouse gene without a human counterpart of its own has the empty tuple.
    approved = symbol_table().approved
    by_symbol: dict[str, tuple[int, ...]] = {}
    by_ensembl: dict[str, tuple[int, ...]] = {}
    for symbol, human, number in zip(*_columns("mouse_orthologs.tsv.gz")[1], strict=True):
        names = () if human == "-" else (human or symbol).casefold().split("|")
        genes = tuple([approved[name] for name in names])
        by_symbol[symbol] = genes
        by_symbol.setdefault(symbol.upper(), genes)
        if number:
            by_ensembl[number] = genes
    return by_symbol, by_ensembl


def meaning_of_form(text: str) -> Meaning | None:
    """Return the meaning of a text whose form gives it away: a spreadsheet date, an id, a mouse symbol."""
    if (symbols := date_symbols(text)) is not None:
        return Meaning(_genes_of_date(symbols), DATE)
    if match := _ENSEMBL_ID.fullmatch(text):
        numbers = _mouse_genes()[1] if match[1].upper() == "ENSMUSG" else _human_ids()[1]
        return Meaning(numbers.get(match[2], ()), ENSEMBL)
    if match := _ENTREZ_ID.fullmatch(text):
        return Meaning(_human_ids()[0].get(match[1].replace(",", ""), ()), ENTREZ)
    if text != text.upper() and not _is_approved(text) and text in _mouse_genes()[0]:
        return Meaning(_mouse_genes()[0][text], MOUSE)
    return None


def meaning_of_name(text: str) -> Meaning:
    """Return the meaning of any other text, looked up as an approved, previous, alias or mouse symbol."""
    gene = symbol_table().approved.get(text.casefold())
    if gene is not None:
        return Meaning((gene,), APPROVED if _is_approved(text) else CASE)
    meaning = former_names(text)
    joined = text.replace("-", "")
    if joined != text:
        approved = symbol_table().approved.get(joined.casefold())
        # Who writes PARP-1 means PARP1, although TIPARP was called so too; P-gp may be PGP or, as mostly, ABCB1.
        if approved is not None and (not meaning.genes or _NUMBERED.search(text)):
            return Meaning((approved,), HYPHEN)
        other = former_names(joined).genes if approved is None else (approved,)
        genes = tuple(dict.fromkeys((*meaning.genes, *other)))
        meaning = Meaning(genes, meaning.how if meaning.genes else HYPHEN)
    mouse = _mouse_genes()[0].get(text.upper())
    if mouse is None:
        return meaning
    if not meaning.genes:
        return Meaning(mouse, MOUSE)
    if mouse and not set(mouse) & set(meaning.genes):
        # Mouse symbols in capitals look human: Fh1 is FH in the mouse, FH1 an alias of human FLNB.
        return Meaning((*meaning.genes, *mouse), meaning.how)
    return meaning


def meaning_of_several(text: str) -> Meaning | None:
    """Return the genes that all names of an entry of several mean, else those that any means; None for one name."""
    # No gene if one of the names means nothing.
    both = _BOTH.fullmatch(text)
    parts = [part for part in both.groups() if part] if both else _PARTED.split(text)
    if len(parts) < 2:
        return None
    meanings = [set((meaning_of_form(part) or meaning_of_name(part)).genes) for part in parts]
    if not any(meanings):
        return None
    genes = set.intersection(*meanings) or (set.union(*meanings) if all(meanings) else ())
    return Meaning(tuple(sorted(genes)), SEVERAL)


def foreign_id(text: str) -> str:
    """Return what kind of id a text is that no table here translates, such as "a RefSeq id"; else nothing."""
    return next((kind for pattern, kind in _FOREIGN if pattern.fullmatch(text)), "")


def former_names(text: str) -> Meaning:
    """Return the genes that have `text` as a previous or alias symbol."""
    table, name = symbol_table(), text.casefold()
    previous = table.previous.get(name, ())
    alias = () if previous and _RENAMED.fullmatch(name) else table.alias.get(name, ())
    genes = (*previous, *(gene for gene in alias if gene not in previous))
    return Meaning(genes, PREVIOUS if previous else ALIAS)


def meaning_of_label(label: str) -> Meaning:
    """Return what a row of a matrix is: its label was official once, so previous goes before alias."""
    table, name = symbol_table(), label.casefold()
    gene = table.approved.get(name)
    if gene is not None:
        return Meaning((gene,), APPROVED)
    if name in table.previous:
        return Meaning(table.previous[name], PREVIOUS)
    return meaning_of_form(label) or Meaning(table.alias.get(name, ()), ALIAS)


def is_mouse_symbol(text: str) -> bool:
    """Return whether the text is written like a mouse symbol: one capital, then small letters."""
    return text[:1].isupper() and text[1:].islower()


def _is_approved(text: str) -> bool:
    table = symbol_table()
    gene = table.approved.get(text.casefold())
    return gene is not None and table.symbols[gene] == text


def _genes_of_date(symbols: tuple[str, ...]) -> tuple[int, ...]:
    """Return the genes whose official symbol becomes this date; those with such an alias only if there is none."""
    table = symbol_table()
    official: dict[int, None] = {}
    alias: dict[int, None] = {}
    for name in symbols:
        gene = table.approved.get(name)
        official.update(dict.fromkeys((gene,) if gene is not None else table.previous.get(name, ())))
        alias.update(dict.fromkeys(table.alias.get(name, ())))
    return tuple(official or alias)


def _columns(name: str) -> tuple[str, list[list[str]]]:
    """Return the remark above one of the tables, and its columns; cut all at once, three times as fast as by line."""
    text = gzip.decompress(files("lincs_interp").joinpath("_data", name).read_bytes()).decode()
    remark, first, _ = text.split("\n", 2)
    width = first.count("\t") + 1
    cells = text[len(remark) + 1 :].removesuffix("\n").replace("\n", "\t").split("\t")
    return remark, [cells[place::width] for place in range(width)]
