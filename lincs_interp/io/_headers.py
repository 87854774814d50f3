"""Header words: what the columns of tables of genes and of ranks are called, and what that means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..core.facts import header_word

# fmt: off
# What a column (or a row above the genes) holds -> its names as `header_word` writes them, the surer ones first.
ROLES = {
    "gene": (
        "symbol", "gene_symbol", "genesymbol", "pr_gene_symbol", "hgnc_symbol", "hgnc", "symbols",
        "gene", "genes", "gene_name", "genename", "external_gene_name", "entity", "entities",
        "name", "id", "gene_id", "geneid", "rid", "row_names", "rownames", "index",
    ),
    # Columns about genes that may hold numbers and are no signatures.
    "about genes": (
        "entrez", "entrezid", "entrez_id", "entrez_gene", "entrez_gene_id", "entrezgene", "entrezgene_id",
        "pr_gene_id", "gene_id", "geneid", "ncbi_gene_id", "ncbi_id", "ncbi", "hgnc_id", "id", "uid", "uuid",
        "pr_is_lm", "pr_is_bing", "is_landmark", "landmark", "feature_space", "length", "gene_length",
        "start", "end", "strand", "chr", "chromosome", "taxid", "tax_id", "description", "gene_title", "title",
        "gene_entrez", "gene_number", "gene_no", "locus_link", "probe", "probe_id", "probeset", "probeset_id",
    ),
    "row number": ("", "unnamed:_0", "index", "row", "row_number", "no", "nr", "#", "x", "v1", "_1"),
    "signature": ("sig_id", "signature_id", "signature", "signatures", "cid"),
    # Values with a sign.
    "value": (
        "log2foldchange", "log2_fold_change", "log2fc", "logfc", "log_fc", "log2_fc", "lfc", "avg_log2fc", "avg_logfc",
        "cd_coefficient", "coefficient", "beta", "effect", "value", "score", "zscore", "z_score", "z", "stat", "t",
    ),
    "fold": ("fc", "foldchange", "fold_change"),
    "adjusted p": (
        "padj", "adj_p_val", "adj_p_value", "adj_p", "p_adj", "p_val_adj", "adj_pval", "fdr", "qvalue", "q_value",
        "qval", "adjusted_p_value", "adjusted_p", "p_value_adj", "svalue",
    ),
    "p": ("p", "pvalue", "p_value", "pval", "p_val", "nominal_p", "nom_p_val"),
    "up": ("up", "up_genes", "genes_up", "upregulated", "up_regulated", "up_entities"),
    "down": ("down", "dn", "down_genes", "genes_down", "downregulated", "down_regulated", "down_entities"),
    "list": ("gene_symbols", "gene_list", "genes_symbol"),
    "direction": (
        "direction", "dir", "regulation", "regulated", "reg", "change", "changes", "sign", "side", "updown", "trend",
        "deg", "diffexpressed", "diffexpr", "genedirection", "effectdirection", "degdirection", "expression", "status",
    ),
}
# fmt: on

SURE_GENE = ROLES["gene"][: ROLES["gene"].index("name")]
#: Labels of a row of signature ids, where a table has several rows of text on top.
ID_LABELS = frozenset((*ROLES["gene"], *ROLES["signature"]))


def letters(text: str) -> str:
    """Return a text in lower case without anything between its words."""
    return re.sub(r"[\W_]+", "", text.lower())


def has_role(role: str, header: str) -> bool:
    """Return whether the header is one of the role's names."""
    return header_word(header) in ROLES[role]


_ABOUT_GENES = frozenset(map(letters, ROLES["about genes"]))


def is_about_genes(header: str) -> bool:
    """Return whether the header names a column about genes, however joined: EntrezGeneID, entrez.gene.id."""
    return letters(header) in _ABOUT_GENES


def names_genes(header: str) -> bool:
    """Return whether the header names a column of genes, or one about genes."""
    return has_role("gene", header) or is_about_genes(header)


def first_of(names: Iterable[str], words: Sequence[str], places: Iterable[int] | None = None) -> int | None:
    """Return the place of the surest of the names among the header words, or None."""
    searched = list(range(len(words)) if places is None else places)
    return next((j for name in names for j in searched if words[j] == name), None)
