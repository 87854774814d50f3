"""Rows of cells -> gene lists: GMT, the site's input table, tables with values or directions, and plain lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, wrong
from .._util.missing import is_missing
from .._util.text import counted, listed, shown
from ..core.facts import header_word
from ._cells import CONTINENTAL, ENGLISH, is_number, share_of_numbers
from ._headers import ROLES, first_of, has_role, letters
from ._layout import gene_column, value_columns
from ._open import Source

#: Rows of a table with adjusted p-values from here on enter no list.
LARGEST_ADJUSTED_P = 0.05

_QUOTES = " \t\r\n\"'`‘’“”«»[](){}"
_SIDED = re.compile(r"(?P<base>.*?)[\s_.\-:|]+(?P<side>up|down|dn)", re.IGNORECASE)

# Words for the direction of a gene, without case and without punctuation between letters.
_UP_WORDS = frozenset(("up", "upregulated", "upreg", "increased", "increase", "higher", "activated", "induced"))
_DOWN_WORDS = frozenset(
    ("down", "dn", "downregulated", "downreg", "decreased", "decrease", "lower", "repressed", "reduced")
)
_NEITHER = frozenset(
    ("", "no", "none", "ns", "na", "nan", "notsig", "notsignificant", "nosig", "unchanged", "nochange", "stable")
)
# Signs and numbers mean a direction only below a header that announces one.
_SIGNS = {"+": "1", "1": "1", "+1": "1", "1.0": "1", "-": "-1", "−": "-1", "-1": "-1", "-1.0": "-1", "0": "", "0.0": ""}


@dataclass(frozen=True)
class Pasted:
    """Text or a list that was handed over as an argument: a source without a file."""

    name: str  # of the argument

    def error(self, problem: str, remedy: str, value: object = None) -> LincsInterpError:
        """Return the error about it."""
        return wrong(self.name, value, problem, remedy)


@dataclass(frozen=True)
class Choice:
    """What the caller chose among what a source holds."""

    name: str | None = None  # of the gene set, where there are several
    contrast: str | None = None  # the group of a table of several
    max_adjusted_p: float = LARGEST_ADJUSTED_P
    max_genes: int = 250  # a side


@dataclass
class Genes:
    """What one source holds: genes of one side, of both, or of a side it does not name (then `up`)."""

    up: list
    down: list
    values: pd.Series | None = None
    label: str = ""
    source: Source | Pasted = Pasted("up")
    sided: bool = False
    assumptions: tuple[str, ...] = ()  # how the source was read


def side_of_name(name: str) -> tuple[str, str]:
    """Return a name without its side, and the side: "up", "down" or ""."""
    match = _SIDED.fullmatch(name.strip())
    if match is None:
        return name.strip(), ""
    return match["base"], "up" if match["side"].lower() == "up" else "down"


def genes_of(
    cells: Sequence[Sequence[str]], source: Source | Pasted, label: str, choice: Choice, *, gmt: bool = False
) -> Genes:
    """Find the genes in rows of text cells: of a GMT of several sets those of the set that was chosen.

    `label` is what the query is called if the source does not say.
    """
    rows = [row for row in ([cell.strip(_QUOTES) for cell in row] for row in cells) if any(row)]
    if gmt or _is_gmt(rows):
        found = _from_gmt(rows, source, choice.name)
    else:
        found = _from_table(rows, source) or Genes(_plain_list(rows), [])
    # An "NA" among genes is the empty cell of a spreadsheet, or a row of R without a symbol.
    found.up, found.down = ([gene for gene in side if not is_missing(gene)] for side in (found.up, found.down))
    found.source = source
    found.label = found.label or label
    return found


def _is_gmt(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the rows are sets of genes: a name with a side, a description, genes.

    The description may be any text if both sides occur; one side alone could be a table, unless it is empty.
    """
    if not rows or any(len(row) < 3 for row in rows):
        return False
    sides = {side_of_name(row[0])[1] for row in rows}
    return sides == {"up", "down"} or ("" not in sides and all(row[1].lower() in ("", "na", "-") for row in rows))


def _from_gmt(rows: Sequence[Sequence[str]], source: Source | Pasted, name: str | None) -> Genes:
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
        problem = f"holds {counted(len(pairs), 'gene set')} ({names})"
        raise source.error(problem, f"say which one to read with {argument('name')}", name)
    (base, sided), sides = next(iter(pairs.items()))
    return Genes(sides.get("up", sides.get("", [])), sides.get("down", []), label=base, sided=sided)


def _from_table(rows: Sequence[list[str]], source: Source | Pasted) -> Genes | None:
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
        return _from_input_table(words, body, source)
    ups, downs = ([j for j, cell in enumerate(header) if has_role(side, cell)] for side in ("up", "down"))
    if len(ups) == len(downs) == 1:
        return Genes(_column(body, ups[0]), _column(body, downs[0]), sided=True)
    if any(map(is_number, header)):  # no header
        header, body = [""] * width, block
    if not body:
        return None
    columns = list(zip(*body, strict=True))
    direction = _direction_column(header, columns)
    if direction is not None:
        if letters(header[direction]) in _UP_WORDS | _DOWN_WORDS:  # no header
            header, columns = [""] * width, list(zip(*block, strict=True))
        columns[direction] = tuple(_signs(columns[direction], signed=True) or ())
    numeric = [j for j, cells in enumerate(columns) if share_of_numbers(cells) == 1]
    gene, _ = gene_column(header, columns, numeric)
    values = value_columns(header, columns, numeric, gene)[0] if numeric else []
    if values:
        return _from_values(header, columns, gene, values, source, direction)
    return Genes(_column(body, gene), []) if has_role("gene", header[gene]) or numeric else None


def _column(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows if row[place]]


def _direction_column(header: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    """Return the column that gives each gene a direction, or None."""
    for j, cells in enumerate(columns):
        if any(_signs(cells, signed=letters(header[j]) in ROLES["direction"]) or ()):
            return j
    return None


def _signs(cells: Sequence[str], *, signed: bool) -> list[str] | None:
    """Return a direction column as numbers, "1" = up, "-1" = down, "" = neither; None if a cell holds anything else."""
    found = []
    for cell in cells:
        word = letters(cell)
        if signed and cell.strip() in _SIGNS:
            found.append(_SIGNS[cell.strip()])
        elif word in _UP_WORDS:
            found.append("1")
        elif word in _DOWN_WORDS:
            found.append("-1")
        elif word in _NEITHER:
            found.append("")
        else:
            return None
    return found


def _from_input_table(words: Sequence[str], rows: Sequence[Sequence[str]], source: Source | Pasted) -> Genes:
    """Read the site's own table of a query: Name, Input Type, Type, ID."""
    kind = words.index("input_type")
    gene = words.index("name") if "name" in words else 0
    lists: dict[str, list[str]] = {"up_entities": [], "down_entities": [], "entities": []}
    for row in rows:
        side = header_word(row[kind])
        if side not in lists:
            problem = f"holds the input type {shown(row[kind], 30)!r}"
            raise source.error(problem, f"it must be {' or '.join(lists)}", row[kind])
        lists[side].append(row[gene])
    up, down, one = lists.values()
    return Genes([*up, *one], down, sided=bool(up or down))


def _from_values(
    header: Sequence[str],
    columns: Sequence[Sequence[str]],
    gene: int,
    values: Sequence[int],
    source: Source | Pasted,
    direction: int | None,
) -> Genes:
    words = [header_word(cell) for cell in header]
    adjusted = first_of(ROLES["adjusted p"], words, values)
    others = [j for j in values if j not in (adjusted, direction) and words[j] not in ROLES["p"]]
    if direction is None:
        place = others[0] if len(others) == 1 else first_of(ROLES["value"], words, others)
    else:
        place = first_of((*ROLES["value"], *ROLES["fold"]), words, others)
        place = direction if place is None else place
    if place is None:
        names = [header[j] for j in others]
        problem = f"holds {counted(len(others), 'column')} of numbers ({listed(names)})"
        remedy = "none is called log2FoldChange, logFC or value; keep the gene column and the one to use"
        raise source.error(problem, remedy, names)
    genes = pd.Index(list(columns[gene]), dtype=object, name="gene")
    numbers = _numbers(columns[place])
    if words[place] in ROLES["fold"] and np.nanmin(numbers) > 0:
        problem = f"holds fold changes without a sign in {shown(header[place], 30)}"
        raise source.error(problem, "give their logarithms, so that genes that went down are negative", header[place])
    listed_rows = np.ones(len(genes), dtype=bool)
    if adjusted is not None:
        with np.errstate(invalid="ignore"):
            listed_rows = _numbers(columns[adjusted]) < LARGEST_ADJUSTED_P
        if not listed_rows.any():
            problem = f"has no row with {shown(header[adjusted], 30)} below {LARGEST_ADJUSTED_P}"
            remedy = "give the up and down genes as lists if you mean them all the same"
            raise source.error(problem, remedy, header[adjusted])
    series = pd.Series(numbers, index=genes, name="value")
    unnamed = np.array([is_missing(gene) for gene in genes])
    kept = series[~unnamed & ~genes.duplicated()].dropna()
    up, down = genes[listed_rows & (numbers > 0)], genes[listed_rows & (numbers < 0)]
    return Genes(list(up), list(down), None if place == direction else kept, sided=True)


def _numbers(cells: Sequence[str]) -> np.ndarray:
    try:
        return ENGLISH.numbers(cells)
    except ValueError:
        return CONTINENTAL.numbers(cells)


def _plain_list(rows: Sequence[Sequence[str]]) -> list[str]:
    """All cells, cut at blanks, commas and semicolons; a header in front is left out."""
    roles = ("gene", "up", "down", "list")
    if len(rows) > 1 and len(rows[0]) == 1 and any(has_role(role, rows[0][0]) for role in roles):
        rows = rows[1:]
    pieces = (piece.strip(_QUOTES) for row in rows for cell in row for piece in re.split(r"[\s,;]+", cell))
    found = [piece for piece in pieces if piece and piece != "c("]
    return [piece.removeprefix("c(").strip(_QUOTES) for piece in found]
