"""Header words: what the columns of tables of genes and of ranks are called, and what that means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..core.facts import header_word

# fmt: off
# What a column (or a row above the genes) holds -> its names as `header_word` writes them, the surer ones first.
ROLES = {
    "gene": (
        "symbol", "gene_symbol", "genesymbol", "pr_gene_symbol", "hgnc_symbol", "hgnc", "symbols",
        "gene", "genes", "gene_name", "genename", "external_gene_name", "entity", "entities",
        "name", "id", "gene_id", "geneid", "rid", "row_names", "rownames", "index",
        "names", "gene_names", "gene_short_name", "gene_symbols", "feature", "features", "target_id",
        "ensembl", "ensembl_id", "ensembl_gene_id", "ensembl_gene",
    ),
    "list": ("gene_list", "genes_symbol"),
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
}
# What a column of a table of differential expression holds -> its headers as `letters` writes them.
_UP = "up(reg(ulated|ulation)?)?|increased?|higher|activated|induced|overexpressed|elevated|stimulated|enhanced"
_DOWN = "(down|dn)(reg(ulated|ulation)?)?|decreased?|lower|repressed|reduced|underexpressed|suppressed|inhibited"
_P, _ADJUSTED = "[pq](val(ue)?s?)?", "(fdr|bh|bonf(erroni)?|holm|benjaminihochberg|adj(ust(ed)?)?|corr(ected)?|stepup)"
_FOLD = "(fc|folds?|foldch|fchange|foldchanges?)"
_SOME_GENES = "(degs?|genes?|list|set|symbols?|entities)?"
COLUMNS = {role: re.compile(pattern) for role, pattern in {
    "adjusted p": f"(fdr|bh|bonf(erroni)?|holm|benjaminihochberg)(stepup)?|{_ADJUSTED}+{_P}|{_P}{_ADJUSTED}+"
                  "|q(val(ue)?s?)?|svalue|lf[sd]r|falsediscoveryrate(fdr)?",
    "p": "(nominal|nom|raw|unadj(usted)?)?p(val(ue)?s?)?(raw|nominal)?",
    "log": f"(avg|mean|average|median|shr[iu]nken)?(log2?|log10|ln)({_FOLD}|ratios?)|l2?fc"
           f"|({_FOLD}|(abundance)?ratio)log2?",
    "fold": f"(avg|mean|average|linear|signed)?{_FOLD}|foldregulation",
    "ratio": "(avg|mean|average|fold|expression|abundance)?ratios?|rq|relativequanti(ty|fication)|relativeexpression"
             "|2[dδ]{0,2}ct",
    "signed": "(cd)?coefficients?|coef|beta|effect|effectsize|estimate|z|zscores?|t|tstat(istic)?|tvalue|stat|statistic"
              "|teststat|waldstat|diff(erence)?|scores?|scored|values?",
    "size": f"abs(olute)?(log2?|ln)?{_FOLD}",
    "none": "basemean|base(mean|var).*|ave?rageexpr(ession)?|a[mv]e?g?expr|logcpm|avglogcpm|mean(expr(ession)?|count)?"
            "|counts?|[cft]pm|rpkm|fpkm|lfcse|se|sd|stderr|pct[12]|lr|f|b|dispersion|rank|n|[dδ]{1,2}ct",
    "group": "clusters?|contrasts?|comparisons?|groups?|cell|celltypes?|cellline|cellid|time(points?)?|day|dose|drug"
             "|compound|treatment|condition|tissue|organ|experiment|study|dataset|gse|ident|identity|module|sample"
             "|genesets?|gsname|term|coef",
    "significant": "(is)?sig(nif(icant)?)?|significance|isde",
    "direction": "dir(ection)?|regulation|regulated|reg|changes?|sign|side|updown|trend|degs?|diffexpr(essed)?"
                 "|(gene|effect|deg)direction|expression|status",
    "up": f"{_SOME_GENES}({_UP}){_SOME_GENES}",
    "down": f"{_SOME_GENES}({_DOWN}){_SOME_GENES}",
}.items()}
# fmt: on
_EITHER_SIDE = re.compile(f"{_UP}|{_DOWN}", re.IGNORECASE)
#: Roles whose header may name the contrast too: "log2FC (drug vs control)", "drug_up".
_WITH_CONTRAST = frozenset(("adjusted p", "p", "log", "fold", "ratio", "signed", "direction", "up", "down"))
#: Roles of columns of numbers.
MEASURES = frozenset(("adjusted p", "p", "log", "fold", "ratio", "signed", "size", "none"))
# Behind the name of a fold change or of p: what is not the number itself.
_ABOUT_NUMBERS = re.compile(
    "abs(olute)?|se|sd|std(err(or)?)?|standarderror|cil?r?|lower|upper|rank|var(iance)?|min|max"
)
_LOG = re.compile(r"\W*(neg(ative)?|minus|[mn])?[\W_]*log[\W_]*(10)?[\W_]*(?P<of>.*)", re.IGNORECASE)

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


class Role(NamedTuple):
    """What a column of a table of genes holds by its header, "" if the header does not say."""

    name: str  # "gene" or one of COLUMNS
    contrast: str = ""  # what the header names beside it
    log: bool = False  # a probability is written as its logarithm


@lru_cache(4096)
def role_of(header: str) -> Role:
    """Return what a column holds by its header: "log2FC (A vs B)" is a log fold change of the contrast "A vs B"."""
    text = unicodedata.normalize("NFKC", header[:300]).strip()
    if names_genes(text):
        return Role("gene")
    if re.match(r"\|.*\||abs(olute)?\b", text, re.IGNORECASE):
        return Role("size")
    if (found := _LOG.fullmatch(text)) and (of := role_of(found["of"])).name in ("p", "adjusted p"):
        return of._replace(log=True)
    if (cut := re.split("[<≤]", text)[0]) != text and role_of(cut).name in ("p", "adjusted p"):
        return Role("significant")  # "padj < 0.05"
    if name := _column_of(letters(text)):
        return Role(name)
    words = list(re.finditer(r"[^\W_]+", text))[:12]  # more is a sentence
    for n in range(len(words) - 1, 0, -1):  # the longest name first, in front of the contrast or behind it
        for part, rest in ((words[:n], text[words[n].start() :]), (words[-n:], text[: words[-n - 1].end()])):
            word = letters("".join(match[0] for match in part))
            name = _column_of(word)
            if name in _WITH_CONTRAST and len(word) > 1:
                if _ABOUT_NUMBERS.fullmatch(letters(rest)):
                    return Role("none")
                if name == "ratio" and (of := role_of(rest)).name in (
                    "p",
                    "adjusted p",
                    "log",
                ):  # Abundance Ratio P-Value
                    return of
                rest = rest.strip(" ()[]{}:_.-")
                return Role(name, "" if rest.isdigit() and name in ("up", "down") else rest)
    if re.search(r"[^\W\d]\s*/\s*[^\W\d]", text):  # treated/control
        return Role("log" if re.match(r"log|ln", text, re.IGNORECASE) else "ratio")
    return Role("")


def _column_of(word: str) -> str:
    return next((role for role, pattern in COLUMNS.items() if pattern.fullmatch(word)), "")


def side_of(text: str) -> str:
    """Return "up" or "down" where a text means genes of one side, "" for any other text."""
    role = role_of(text.rstrip(":")).name if len(text) < 60 and _EITHER_SIDE.search(text) else ""
    return role if role in ("up", "down") else ""


def direction_of(cell: str) -> int | None:
    """Return 1 for a word that means up, -1 for down; None for any other text."""
    if not _EITHER_SIDE.search(cell):  # nearly every cell
        return None
    word = letters(cell)
    return 1 if re.fullmatch(_UP, word) else -1 if re.fullmatch(_DOWN, word) else None
