"""Rows of cells -> gene lists: GMT, the site's input table, tables with values, and plain lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown
from ._cells import CONTINENTAL, ENGLISH, is_missing, is_number
from ._columns import GENE_HEADERS, gene_column, header_word, value_columns
from ._directions import direction_column, is_direction, signs

#: Rows of a table with adjusted p-values from here on enter no list.
LARGEST_ADJUSTED_P = 0.05

# fmt: off
# Columns of values with a sign, the surer ones first.
_VALUES = (
    "log2foldchange", "log2_fold_change", "log2fc", "logfc", "log_fc", "log2_fc", "lfc", "avg_log2fc", "avg_logfc",
    "cd_coefficient", "coefficient", "beta", "effect", "value", "score", "zscore", "z_score", "z", "stat", "t",
)
_ADJUSTED_P = (
    "padj", "adj_p_val", "adj_p_value", "adj_p", "p_adj", "p_val_adj", "adj_pval", "fdr", "qvalue", "q_value", "qval",
    "adjusted_p_value", "adjusted_p", "p_value_adj", "svalue",
)
_PLAIN_P = frozenset(("p", "pvalue", "p_value", "pval", "p_val", "nominal_p", "nom_p_val"))
_FOLDS = frozenset(("fc", "foldchange", "fold_change"))
_UP = frozenset(("up", "up_genes", "genes_up", "upregulated", "up_regulated", "up_entities"))
_DOWN = frozenset(("down", "dn", "down_genes", "genes_down", "downregulated", "down_regulated", "down_entities"))
# fmt: on
_QUOTES = " \t\r\n\"'`‘’“”«»[](){}"
_SIDED = re.compile(r"(?P<base>.*?)[\s_.\-:|]+(?P<side>up|down|dn)", re.IGNORECASE)


@dataclass
class Genes:
    """What one source says: genes of one side, of both, or of a side it does not name (then `up`)."""

    up: list
    down: list
    values: pd.Series | None = None
    label: str = ""
    where: str = ""
    sided: bool = False


def side_of_name(name: str) -> tuple[str, str]:
    """Return a name without its side, and the side: "up", "down" or ""."""
    match = _SIDED.fullmatch(name.strip())
    if match is None:
        return name.strip(), ""
    return match["base"], "up" if match["side"].lower() == "up" else "down"


def genes_of(cells: Sequence[Sequence[str]], where: str, label: str, name: str | None, *, gmt: bool) -> Genes:
    """Find the genes in rows of text cells.

    Parameters
    ----------
    where : str
        The source, for errors.
    label : str
        What the query is called if the source does not say.
    name : str, optional
        Which set to take from a GMT of several.
    gmt : bool
        The rows are known to be GMT.
    """
    rows = [row for row in ([cell.strip(_QUOTES) for cell in row] for row in cells) if any(row)]
    if gmt or _is_gmt(rows):
        found = _from_gmt(rows, where, name)
    else:
        found = _from_table(rows, where) or Genes(_plain_list(rows), [])
    # An "NA" among genes is the empty cell of a spreadsheet, or a row of R without a symbol.
    found.up, found.down = ([gene for gene in side if not is_missing(gene)] for side in (found.up, found.down))
    found.where = where
    found.label = found.label or label
    return found


def _is_gmt(rows: Sequence[Sequence[str]]) -> bool:
    """Sets of genes in rows: a name with a side, a description, genes.

    The description may be any text if both sides occur; one side alone could be a table, unless it is empty.
    """
    if not rows or any(len(row) < 3 for row in rows):
        return False
    sides = {side_of_name(row[0])[1] for row in rows}
    return sides == {"up", "down"} or ("" not in sides and all(row[1].lower() in ("", "na", "-") for row in rows))


def _from_gmt(rows: Sequence[Sequence[str]], where: str, name: str | None) -> Genes:
    pairs: dict[tuple[str, bool], dict[str, list[str]]] = {}
    for row in rows:
        # Some tools write a weight behind each gene: "MYC,1.0".
        genes = [re.sub(r",[\d.eE+-]+$", "", cell) for cell in row[2:] if cell]
        base, side = side_of_name(row[0])
        pairs.setdefault((base, bool(side)), {}).setdefault(side, []).extend(genes)
    if name is not None and len(pairs) > 1:
        wanted = (name.lower(), side_of_name(name)[0].lower())
        pairs = {key: sides for key, sides in pairs.items() if key[0].lower() in wanted} or pairs
    if len(pairs) != 1:
        names = listed(base for base, _ in pairs)
        raise LincsInterpError(
            f"{where} holds {counted(len(pairs), 'gene set')} ({names}): say which one to read with name=."
        )
    (base, sided), sides = next(iter(pairs.items()))
    return Genes(sides.get("up", sides.get("", [])), sides.get("down", []), label=base, sided=sided)


def _from_table(rows: Sequence[list[str]], where: str) -> Genes | None:
    """Read a table by its header and its columns of numbers; None if the rows are no table."""
    width = max(map(len, rows), default=0)
    if width < 2:
        return None
    if len(rows[0]) == width - 1:  # R leaves the corner cell out
        rows = [["", *rows[0]], *rows[1:]]
    block = [row + [""] * (width - len(row)) for row in rows]
    header, body = block[0], block[1:]
    words = [header_word(cell) for cell in header]
    if "input_type" in words:
        return _from_input_table(words, body, where)
    ups, downs = _places(words, _UP), _places(words, _DOWN)
    if len(ups) == len(downs) == 1:
        return Genes(_column(body, ups[0]), _column(body, downs[0]), sided=True)
    if any(map(is_number, header)):  # no header
        header, body = [""] * width, block
    if not body:
        return None
    columns = list(zip(*body, strict=True))
    direction = direction_column(header, columns)
    if direction is not None:
        if is_direction(header[direction]):  # no header
            header, columns = [""] * width, list(zip(*block, strict=True))
        columns[direction] = tuple(signs(columns[direction]))
    numeric = [j for j, cells in enumerate(columns) if _all_numbers(cells)]
    gene, _ = gene_column(header, columns, numeric)
    values = value_columns(header, columns, numeric, gene)[0] if numeric else []
    if values:
        return _from_values(header, columns, gene, values, where, direction)
    named = header_word(header[gene]) in GENE_HEADERS
    return Genes(_column(body, gene), []) if named or numeric else None


def _places(words: Sequence[str], wanted: frozenset[str]) -> list[int]:
    return [j for j, word in enumerate(words) if word in wanted]


def _column(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows if row[place]]


def _all_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if not is_missing(cell)]
    return bool(filled) and all(map(is_number, filled))


def _from_input_table(words: Sequence[str], rows: Sequence[Sequence[str]], where: str) -> Genes:
    """The site's own table of a query: Name, Input Type, Type, ID."""
    kind = words.index("input_type")
    gene = words.index("name") if "name" in words else 0
    lists: dict[str, list[str]] = {"up_entities": [], "down_entities": [], "entities": []}
    for row in rows:
        side = header_word(row[kind])
        if side not in lists:
            raise LincsInterpError(
                f"{where} holds the input type {shown(row[kind], 30)!r}: up_entities, down_entities or"
                " entities are known."
            )
        lists[side].append(row[gene])
    up, down, one = lists.values()
    return Genes([*up, *one], down, sided=bool(up or down))


def _from_values(
    header: Sequence[str],
    columns: Sequence[Sequence[str]],
    gene: int,
    values: Sequence[int],
    where: str,
    direction: int | None,
) -> Genes:
    words = [header_word(cell) for cell in header]
    adjusted = _first_of(_ADJUSTED_P, words, values)
    others = [j for j in values if j not in (adjusted, direction) and words[j] not in _PLAIN_P]
    if direction is None:
        place = others[0] if len(others) == 1 else _first_of(_VALUES, words, others)
    else:
        place = _first_of((*_VALUES, *_FOLDS), words, others)
        place = direction if place is None else place
    if place is None:
        raise LincsInterpError(
            f"{where} holds {counted(len(others), 'column')} of numbers"
            f" ({listed(header[j] for j in others)}) and none is called log2FoldChange, logFC or value: keep"
            " the gene column and the one to use."
        )
    genes = pd.Index(list(columns[gene]), dtype=object, name="gene")
    numbers = _numbers(columns[place])
    if words[place] in _FOLDS and np.nanmin(numbers) > 0:
        raise LincsInterpError(
            f"{where} holds fold changes without a sign in {shown(header[place], 30)}: give their logarithms, so that"
            " genes that went down are negative."
        )
    listed_rows = np.ones(len(genes), dtype=bool)
    if adjusted is not None:
        with np.errstate(invalid="ignore"):
            listed_rows = _numbers(columns[adjusted]) < LARGEST_ADJUSTED_P
        if not listed_rows.any():
            raise LincsInterpError(
                f"{where} has no row with {shown(header[adjusted], 30)} below {LARGEST_ADJUSTED_P}: give the"
                " up and down genes as lists if you mean them all the same."
            )
    series = pd.Series(numbers, index=genes, name="value")
    unnamed = np.array([is_missing(gene) for gene in genes])
    kept = series[~unnamed & ~genes.duplicated()].dropna()
    up, down = genes[listed_rows & (numbers > 0)], genes[listed_rows & (numbers < 0)]
    return Genes(list(up), list(down), None if place == direction else kept, sided=True)


def _first_of(names: Sequence[str], words: Sequence[str], places: Sequence[int]) -> int | None:
    return next((j for name in names for j in places if words[j] == name), None)


def _numbers(cells: Sequence[str]) -> np.ndarray:
    try:
        return ENGLISH.numbers(cells)
    except ValueError:
        return CONTINENTAL.numbers(cells)


_LIST_HEADERS = frozenset((*GENE_HEADERS, *_UP, *_DOWN, "gene_symbols", "gene_list", "genes_symbol"))


def _plain_list(rows: Sequence[Sequence[str]]) -> list[str]:
    """All cells, cut at blanks, commas and semicolons; a header in front is left out."""
    if len(rows) > 1 and len(rows[0]) == 1 and header_word(rows[0][0]) in _LIST_HEADERS:
        rows = rows[1:]
    pieces = (piece.strip(_QUOTES) for row in rows for cell in row for piece in re.split(r"[\s,;]+", cell))
    found = [piece for piece in pieces if piece and piece != "c("]
    return [piece.removeprefix("c(").strip(_QUOTES) for piece in found]
