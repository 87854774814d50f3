"""Columns: which one names the genes, which hold a signature, which only describe the genes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .._util.text import shown
from ..core.signature_ids import parse_signature_id
from ._cells import ENGLISH, is_missing, is_number

# fmt: off
# Header words, in lower case with "_" between words. The earlier names a gene column more surely.
GENE_HEADERS = (
    "symbol", "gene_symbol", "genesymbol", "pr_gene_symbol", "hgnc_symbol", "hgnc", "symbols",
    "gene", "genes", "gene_name", "genename", "external_gene_name", "entity", "entities",
    "name", "id", "gene_id", "geneid", "rid", "row_names", "rownames", "index",
)
# Columns about genes that may hold numbers and are no signatures.
ABOUT_GENES = frozenset((
    "entrez", "entrezid", "entrez_id", "entrez_gene", "entrez_gene_id", "entrezgene", "entrezgene_id",
    "pr_gene_id", "gene_id", "geneid", "ncbi_gene_id", "ncbi_id", "ncbi", "hgnc_id", "id", "uid", "uuid",
    "pr_is_lm", "pr_is_bing", "is_landmark", "landmark", "feature_space", "length", "gene_length",
    "start", "end", "strand", "chr", "chromosome", "taxid", "tax_id", "description", "gene_title", "title",
    "gene_entrez", "gene_number", "gene_no", "locus_link", "probe", "probe_id", "probeset", "probeset_id",
))
SURE_GENE_HEADERS = GENE_HEADERS[: GENE_HEADERS.index("name")]
ROW_NUMBERS = frozenset(("", "unnamed:_0", "index", "row", "row_number", "no", "nr", "#", "x", "v1", "_1"))
# fmt: on

#: Larger whole numbers, beside columns of smaller ones, are Entrez ids: nobody ranks so many genes.
LEAST_OF_GENES = 100_000
_ENOUGH = 200  # cells that tell what a row of names holds


def header_word(text: str) -> str:
    """Return a header cell in the spelling the tables above use."""
    return re.sub(r"[\s.\-]+", "_", text.lstrip("\ufeff \t#!").strip().lower())


def is_about_genes(header: str) -> bool:
    """True if the header names a column about genes, however its words are joined: EntrezGeneID, entrez.gene.id."""
    return _joined(header) in _ABOUT_JOINED


def _joined(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


_ABOUT_JOINED = frozenset(map(_joined, ABOUT_GENES))


def share_of_ids(cells: Sequence[str]) -> float:
    """How many of the filled cells are signature ids of L1000, 0 to 1."""
    filled = [cell for cell in cells if cell.strip()][:_ENOUGH]
    return sum(parse_signature_id(cell).parsed for cell in filled) / max(len(filled), 1)


def gene_column(header: Sequence[str], columns: Sequence[Sequence[str]], numeric: Sequence[int]) -> tuple[int, str]:
    """Return the gene column and, unless it is the first and only candidate, the sentence that says so."""
    others = sorted(set(range(len(header))) - set(numeric))
    texts = [j for j in others if any(cell.strip() for cell in columns[j])]
    scores = {j: _likeness(header[j], columns[j]) for j in texts}
    best = max(scores, key=lambda j: (scores[j], -j), default=None)
    ids = any(is_about_genes(header[j]) for j in numeric)
    if best is not None and (scores[best] >= 0.3 or not ids):
        if best == 0 and len(texts) == 1:
            return best, ""
        what = "Signature ids" if share_of_ids(columns[best]) >= 0.5 else "Gene names"
        return best, f"{what} were taken from column {best + 1}{_called(header[best])}."
    named = [j for j in numeric if header_word(header[j]) in GENE_HEADERS or is_about_genes(header[j])]
    gene = named[0] if named else 0
    which = f"column {gene + 1}{_called(header[gene])}"
    return gene, f"Gene names were taken from {which}, which holds numbers (Entrez ids?)."


def _called(header: str) -> str:
    return f' "{shown(header, 40)}"' if header.strip() else ""


_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-@/]{0,19}")
_OTHER_ID = re.compile(r"(ENS[A-Z]*[GTP]\d{6,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(\.\d+)?", re.IGNORECASE)


def _likeness(header: str, cells: Sequence[str]) -> float:
    """How much a text column looks like the names of the rows.

    Gene symbols give 0-1 by content, up to 1 more by the header. Signature ids, in a table with signatures in rows,
    give more than any symbols: the other columns of text describe them then.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if (share := share_of_ids(filled)) >= 0.5:
        return 2 + share
    symbols = sum(bool(_SYMBOL.fullmatch(cell)) and not _OTHER_ID.fullmatch(cell) for cell in filled)
    others = sum(bool(_OTHER_ID.fullmatch(cell)) for cell in filled)
    content = (symbols + 0.5 * others) / len(cells) * len(set(filled)) / len(filled)
    word = header_word(header)
    rank = GENE_HEADERS.index(word) if word in GENE_HEADERS else len(GENE_HEADERS)
    return content + (1 - rank / len(GENE_HEADERS)) * (content > 0)


def looks_like_symbols(labels: Sequence[str]) -> bool:
    """True if most labels could be gene symbols, rather than numbers, Ensembl ids or UUIDs."""
    fit = [bool(_SYMBOL.fullmatch(t)) and not _OTHER_ID.fullmatch(t) and not is_number(t) for t in labels]
    return sum(fit) > 0.5 * len(fit)


def value_columns(
    header: Sequence[str], columns: Sequence[Sequence[str]], numeric: Sequence[int], gene: int
) -> tuple[list[int], list[str]]:
    """Return the columns of numbers that are signatures, and the names of the filled columns that are not."""
    # A named column without a single number yet is a signature with missing ranks, unless it describes genes.
    blank = [
        j
        for j in range(len(header))
        if header[j].strip() and j != gene and not is_about_genes(header[j])
        if all(map(is_missing, columns[j]))
    ]
    candidates = sorted({*numeric, *blank} - {gene})
    ids = _id_columns(header, columns, candidates)
    values = [j for j in candidates if j not in ids]
    others = sorted(set(range(len(header))) - {gene, *values})
    filled = [j for j in others if any(cell.strip() for cell in columns[j])]
    return values, [header[j].strip() or f"column {j + 1}" for j in filled]


def _id_columns(header: Sequence[str], columns: Sequence[Sequence[str]], candidates: Sequence[int]) -> set[int]:
    """Columns of numbers about the gene: Entrez ids, flags, row numbers."""
    found = {j for j in candidates if header_word(header[j]) in GENE_HEADERS or is_about_genes(header[j])}
    highest: dict[int, float] = {}
    for j in candidates:
        try:
            numbers = ENGLISH.numbers(columns[j])
        except ValueError:
            continue
        present = numbers[~np.isnan(numbers)]
        if not present.size or (present % 1).any():
            continue
        counts_up = len(present) > 2 and bool((np.diff(numbers) == 1).all())
        if counts_up and header_word(header[j]) in ROW_NUMBERS:
            found.add(j)
        highest[j] = present.max() if len(set(present)) == len(present) else 0
    large = {j for j, top in highest.items() if top > LEAST_OF_GENES}
    return found | large if len(large | found) < len(candidates) else found
