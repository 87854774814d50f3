"""Landmark genes: which genes the assay measured, and which were inferred from them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, for_code, one_of, wrong
from .._util.missing import NO_FLAG, NO_SYMBOL
from .._util.text import counted, kind, listed, shown
from ..core.facts import header_word
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..io import first_of, read_text_rows
from .matching import AMBIGUOUS, match_genes

#: L1000 measures 978 genes. A plain list of about so many is the whole list, some symbols having changed or merged.
WHOLE_LIST = range(950, 1001)

OTHERS = ("by length", "unknown", "inferred")

# Column names in lower case with "_" between words, the surer ones first.
_SYMBOLS = (
    "gene_symbol", "pr_gene_symbol", "symbol", "hgnc_symbol", "genesymbol", "symbols", "gene_symbols", "gene", "genes",
    "gene_name", "name", "id", "rid",
)  # fmt: skip
_FLAGS = (
    "pr_is_lm", "is_landmark", "landmark", "pr_is_landmark", "is_lm", "lm", "feature_space", "pr_feature_space",
)  # fmt: skip
_YES = frozenset(("1", "1.0", "true", "t", "yes", "y", "landmark", "lm", "measured"))
_NO = frozenset(("0", "0.0", "false", "f", "no", "n", "inferred", "best inferred", "bing", "aig"))


def landmark_flags(
    gene_metadata: str | os.PathLike[str] | pd.DataFrame | pd.Series,
    genes: RankMatrix | Iterable[str] | None = None,
    *,
    others: str = "by length",
) -> pd.Series:
    """Flag landmark genes: which genes were measured and which were inferred.

    Parameters
    ----------
    gene_metadata : path, DataFrame, or what this function returned
        A table with a column of symbols (``symbol``, ``gene_symbol``, ``pr_gene_symbol`` …; in a DataFrame the index
        will do) and one of flags: ``landmark``, ``is_landmark`` or ``pr_is_lm`` (1/0, true/false), or ``feature_space``
        (landmark, best inferred, inferred); so clue.io's geneinfo_beta.txt and GEO's gene_info. Or a file with nothing
        but the symbols of the landmark genes. TSV, CSV, XLSX or TXT, plain or packed.
    genes : RankMatrix or iterable of str, optional
        The genes asked for, as the matrix spells them. By default all that the metadata name.
    others : "by length", "unknown" or "inferred"
        For a plain list only: what genes are that are not on it. "by length" takes a list of 950 to 1,000 different
        symbols for the whole list of landmark genes, which has 978, calls all others inferred, and refuses a shorter
        or longer one, which is more likely a list of something else; "unknown" and "inferred" take any.

    Returns
    -------
    Series of dtype ``boolean``, named ``landmark`` (index ``gene``)
        True = measured, False = inferred, missing = not known.

    Raises
    ------
    LincsInterpError
        If the file cannot be read, names no gene, has no column of symbols or of flags, a flag that cannot be
        understood, or as a plain list another length than the whole one.

    Notes
    -----
    A gene that the metadata spell otherwise is found as :func:`match_genes` finds it (CCN1 as CYR61); one that may be
    several of theirs is not known. A symbol with contradicting flags is not known either.

    Examples
    --------
    >>> table = pd.DataFrame({"gene_symbol": ["DDR1", "GUCA1A"], "feature_space": ["landmark", "inferred"]})
    >>> landmark_flags(table, ["GUCA1A", "DDR1", "MYC"]).tolist()
    [False, True, <NA>]
    """
    one_of("others", others, OTHERS)
    known, plain_list = _known(gene_metadata, others)
    wanted = _wanted(genes, known)
    flags = known.reindex(wanted)
    absent = [gene for gene in wanted.unique() if gene not in known.index and gene.strip()]
    if absent:
        rest = 0.0 if plain_list and others != "unknown" else np.nan
        found = match_genes(SimpleNamespace(genes=known.index), GeneQuery("genes", up=absent))
        values = known.reindex(found["matched_as"].where(found["found"])).to_numpy()
        values = np.where(found["found"] | (found["how"] == AMBIGUOUS), values, rest)
        flags = flags.fillna(pd.Series(values, index=pd.Index(absent)).reindex(wanted))
    return flags.astype("boolean").rename("landmark").rename_axis("gene")


def _wanted(genes: Any, known: pd.Series) -> pd.Index:
    if genes is None:
        return known.index
    if isinstance(genes, RankMatrix):
        return genes.genes
    # Of a table or a mapping the column ids or keys would be taken for genes, of bytes their numbers.
    no_list = isinstance(genes, str | bytes | bytearray | memoryview | Mapping | pd.DataFrame)
    if no_list or not isinstance(genes, Iterable):
        raise wrong("genes", genes, f"is {kind(genes)}", "pass a RankMatrix or a list of gene symbols")
    return pd.Index([str(gene) for gene in genes], dtype=object)


def _known(gene_metadata: Any, others: str) -> tuple[pd.Series, bool]:
    """1, 0 or NaN by symbol, each once; and whether this was a plain list of landmark genes."""
    if isinstance(gene_metadata, pd.Series):
        gene_metadata = gene_metadata.to_frame("landmark")
    if isinstance(gene_metadata, pd.DataFrame):
        return _from_table(gene_metadata, "gene_metadata"), False
    if not isinstance(gene_metadata, str | os.PathLike):
        remedy = "pass the name of a file, or a DataFrame with gene symbols and a column such as landmark (1 or 0)"
        raise wrong("gene_metadata", gene_metadata, f"is {kind(gene_metadata)}", remedy)
    name, rows = read_text_rows(gene_metadata, "gene_metadata")
    if len(rows) == 1 or len(rows[0]) == 1:
        return _from_list([cell for row in rows for cell in row], name, others), True
    header, body = rows[0], rows[1:]
    if len(body[0]) > 1 and not header[-1] and all(row[-1] for row in body):  # R leaves the corner cell out
        header = ["", *header[:-1]]
    return _from_table(pd.DataFrame(body, columns=header), name), False


def _from_list(symbols: list[str], where: str, others: str) -> pd.Series:
    words = [_word(symbol) for symbol in symbols]
    if words[0] in (*_SYMBOLS, *_FLAGS) or first_of(_FLAGS, words) is not None:
        symbols = [] if first_of(_FLAGS, words[1:]) is not None else symbols[1:]  # the header of a table without rows
    known = _one_each(pd.Series(1.0, index=pd.Index(symbols, dtype=object)), where)
    if others == "by length" and len(known) not in WHOLE_LIST:
        extent = "short" if len(known) < WHOLE_LIST[0] else "long"
        problem = f"is a plain list of {counted(len(known), 'symbol')}, too {extent} for the 978 landmark genes"
        others_too = f", or for other genes {argument('others', 'unknown')} or {argument('others', 'inferred')}"
        remedy = f"pass a table with a column landmark (1 or 0){for_code(others_too)}"
        raise _refused(where, len(known), problem, remedy)
    return known


def _from_table(table: pd.DataFrame, where: str) -> pd.Series:
    words = [_word(name) for name in table.columns]
    symbol, flag = first_of(_SYMBOLS, words), first_of(_FLAGS, words)
    if flag is None:
        problem = f"has no column of landmark flags (it has {listed(table.columns, 8)})"
        raise _refused(where, table, problem, "name one landmark (1 or 0) or feature_space")
    if symbol is None and "" in words:  # the index of a table that was saved
        symbol = words.index("")
    if symbol is not None:
        symbols = table.iloc[:, symbol]
    elif table.index.nlevels == 1 and not pd.api.types.is_numeric_dtype(table.index):
        symbols = table.index.to_series()
    else:
        problem = f"has no column of gene symbols (it has {listed(table.columns, 8)})"
        raise _refused(where, table, problem, "name one gene_symbol, or make the symbols the index")
    texts = table.iloc[:, flag].astype(object).map(lambda value: str(value).strip().lower())
    flags = texts.map({**dict.fromkeys(_YES, 1.0), **dict.fromkeys(_NO, 0.0)})
    odd = texts[flags.isna() & ~texts.isin(NO_FLAG)]
    if len(odd):
        problem = (
            f"has {counted(len(odd), 'row')} with another word than 1, 0, landmark or inferred in its column"
            f" {shown(table.columns[flag], 30)!r} ({listed(dict.fromkeys(odd), 3)})"
        )
        raise _refused(where, odd.iloc[0], problem, "correct them, or leave them empty")
    return _one_each(pd.Series(flags.to_numpy(dtype=float), index=[str(symbol).strip() for symbol in symbols]), where)


def _refused(where: str, value: object, problem: str, remedy: str) -> LincsInterpError:
    """Return the error about the metadata, which the reader knows by the name of its file."""
    return LincsInterpError(f"{where} {problem}", argument="gene_metadata", value=value, remedy=remedy)


def _one_each(flags: pd.Series, where: str) -> pd.Series:
    flags = flags[[symbol.lower() not in NO_SYMBOL for symbol in flags.index]]
    if flags.empty:
        remedy = "pass a table of gene symbols with a column such as landmark (1 or 0)"
        raise _refused(where, flags, "names no gene", remedy)
    lowest, highest = (flags.groupby(level=0, sort=False).agg(name) for name in ("min", "max"))
    return lowest.where(lowest == highest).set_axis(lowest.index.astype(object))


def _word(name: object) -> str:
    word = header_word(str(name))
    return "" if word.startswith("unnamed:") else word
