"""Gene lists in files and in pasted text: read_query."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import dropwhile, zip_longest
from pathlib import Path
from typing import Any

from .._util.errors import argument as named
from .._util.errors import number_between, whole_number, wrong
from .._util.text import counted, listed, shown
from ..core.query import GeneQuery, gene_texts
from ._de_columns import no_contrast
from ._gene_objects import genes_of_object
from ._gene_sets import side_of_name
from ._gene_sheets import Sheet, genes_of_sheets
from ._gene_tables import genes_of
from ._genes import Choice, Genes, Pasted, two_lists
from ._headers import names_genes, side_of
from ._open import MOST_COLUMNS, Source, is_stream, open_source
from ._typed_tables import EMPTY, filled_sheets

_FILE_ENDING = re.compile(
    r"\.(txt|tsv|csv|tab|gmt|gmx|grp|rnk|lst|list|xls[xmb]?|ods|docx?|rtf|pdf|html?|rds|rdata|gctx?|parquet|json"
    r"|gz|zip|zst|bz2|xz|7z|rar|tar)$",
    re.IGNORECASE,
)

_COMMENT = re.compile(r"#(?!N/A)")  # what Excel writes for a missing value
# In front of each line of a list: bullets, 1. or 1), and the [1] of R.
_LIST_MARK = re.compile(r"\s*(?:[•◦▪‣·]\s*|\*(?!\*)\s*|[–—-]\s+|\(?[0-9]+[.)](?![0-9])\s*|\[[0-9]+\]\s+)(?=\S)")
_LONGEST_NAME = 255  # characters: no system allows more in the name of a file or a folder


def read_query(
    up: str | os.PathLike[str] | Iterable[Any],
    down: str | os.PathLike[str] | Iterable[Any] | None = None,
    *,
    name: str | None = None,
    contrast: str | None = None,
    max_adjusted_p: float = Choice.max_adjusted_p,
    max_genes: int = Choice.max_genes,
) -> GeneQuery:
    """Read the up- and down-regulated genes of an experiment from files, pasted text or lists.

    Parameters
    ----------
    up, down : path, text, iterable of genes, Series, DataFrame or dict
        A file (TXT, TSV, CSV, XLSX, GMT, GMX; plain or packed), pasted text, or any iterable of gene names. Text is
        taken for the name of a file if there is such a file or folder, or if it ends like one (``.txt``) or holds a
        slash. A DataFrame is read like a file of it, a Series or dict of gene to value by its signs, a dict of name to
        genes like a GMT. ``up`` alone may hold both sides: see Notes.
    name : str, optional
        What the query is called; by default the name of the file or of the gene set. In a GMT of several sets it also
        picks the one to read.
    contrast : str, optional
        Which group, contrast or sheet is meant, where a table or a workbook holds several (a cluster of a table of
        markers, "A vs B" of columns called "log2FC A vs B").
    max_adjusted_p : float
        With adjusted p-values, rows below it enter the lists (1: all rows that have one below 1).
    max_genes : int
        At most so many genes of a side are taken from a table, the largest changes first; 150 by default where there
        is no adjusted p.

    Returns
    -------
    GeneQuery
        Names as they are in the source, repeats included. Words for a missing value (NA, NaN, null, None, "-") are
        the empty cells of a spreadsheet: they are left out of files and text, and kept in an iterable. ``.values`` only
        from tables with values.

    Raises
    ------
    LincsInterpError
        If a file does not exist or cannot be read, holds no genes, or leaves open which genes are meant.

    Notes
    -----
    Genes may be parted by line breaks, commas, semicolons, tabs or blanks, with or without quotation marks; a header
    such as "gene" and lines that start with "#" are left out. Both sides are found in

    - a GMT of the sets ``<name> up`` and ``<name> down`` (or ``_up``, ``_down``, ``_dn``), also in a file that is not
      called .gmt, or a GMX. A set without a side is up. The second cell is a gene where all are spelled like the genes.
    - a workbook with one sheet of up and one of down genes. Of other workbooks the only visible sheet of genes is read.
    - the site's input table (``Name``, ``Input Type``). Rows it calls invalid are kept, for match_genes to report.
    - a table with one column of up genes and one of down genes, or lists below lines that say up and down.
    - a table with a column of directions: up or down for each gene in words, or +, -, 1, -1 below a header such as
      "direction" or "regulation". These words decide; a fold change beside them is only the size.
    - a table with a value for each gene: a log fold change, as DESeq2, limma, edgeR, scanpy and Seurat write it, or any
      column beside the genes if it is the only one and has both signs. Positive values are up, negative ones down; a
      ratio such as "treated/control" is down below 1, and a fold change without a sign is refused.

    ``.values`` keeps all rows; of a repeated gene, the first. A row that cannot be read is left out and named in
    ``.assumptions``, which tell how the source was read; what can be read in two ways is refused.

    Examples
    --------
    >>> read_query("MYC, TP53; EGFR", down="CCND1", name="toy")
    GeneQuery('toy': 3 up, 1 down)
    """
    for argument, text in (("name", name), ("contrast", contrast)):
        if text is not None and not isinstance(text, str):
            raise wrong(argument, text, f"is {shown(repr(text), 40)}", "it must be text")
    limit = number_between("max_adjusted_p", max_adjusted_p, 0, 1.000001)  # 1 is allowed
    choice = Choice(name, contrast, limit, whole_number("max_genes", max_genes), alone=not _given(down))
    one = _genes("up", up, choice)
    if down is not None:
        one = _joined(one, _genes("down", down, choice))
    if not one.up and not one.down:
        raise one.source.error("holds no gene", "give gene symbols, one a line", up)
    return GeneQuery(name or one.label or "query", one.up, one.down, one.values, assumptions=one.assumptions)


def _given(source: Any) -> bool:
    """Return whether a side has a source that is not empty: a page hands over an empty box."""
    if isinstance(source, str):
        return bool(source.strip())
    return source is not None and not (isinstance(source, list | tuple) and not source)


def _joined(up: Genes, down: Genes) -> Genes:
    """Two sources, one for each side."""
    for argument, given, other, others in (("up", up, "down", up.down), ("down", down, "up", down.up)):
        where = "" if given.source.name == argument else f"({given.source.name}) "
        if given.up and given.down:
            raise wrong(
                argument, given.source.name, f"{where}holds up and down genes", f"pass it alone, as {named('up')}"
            )
        if given.sided and others:
            remedy = "swap up and down, or pass the genes as a plain list"
            raise wrong(argument, given.source.name, f"{where}holds {other} genes by its own words", remedy)
    return replace(two_lists(up, down, up.label or down.label), source=Pasted("up"))


def _genes(argument: str, given: Any, choice: Choice) -> Genes:
    source = Pasted(argument)
    if isinstance(given, bytes):
        raise source.error("is bytes", "decode it, or give the name of a file", given)
    if isinstance(given, os.PathLike) or is_stream(given) or (isinstance(given, str) and _names_a_file(given)):
        with open_source(given, argument) as file:
            return _genes_of_file(file, choice)
    if isinstance(given, str):
        return _with_comments(genes_of(_rows(given, source), source, "", choice), given)
    if (found := genes_of_object(given, source, choice)) is not None:
        return found
    if not isinstance(given, Iterable):
        remedy = 'it must be a file, text or a list of genes such as ["MYC", "TP53"]'
        raise source.error(f"is {shown(repr(given), 40)}", remedy, given)
    if choice.contrast is not None:
        no_contrast(source, choice)
    return Genes(list(gene_texts(argument, given)), [], None, "", source)


def _names_a_file(text: str) -> bool:
    """Return True for whatever exists or is spelt like a file: a mistyped name must not become a gene."""
    if not text.strip() or "\n" in text or max(map(len, re.split(r"[/\\]", text))) > _LONGEST_NAME:
        return False
    try:
        if Path(text).expanduser().exists():
            return True
    except ValueError:  # a null byte
        return False
    except (OSError, RuntimeError):  # a folder that may not be looked into; a home that is unknown
        pass
    return not re.search(r"[,;\t]", text) and bool(_FILE_ENDING.search(text.strip()) or re.search(r"[/\\]", text))


def _genes_of_file(source: Source, choice: Choice) -> Genes:
    found = _genes_in(source, side_of_name(source.stem)[0], choice)
    found.assumptions = (*source.notes, *found.assumptions)
    return found


def _genes_in(source: Source, label: str, choice: Choice) -> Genes:
    if source.kind == "xlsx":
        filled = [Sheet(one.title, [cells for _, cells in one.rows], one.hidden) for one in filled_sheets(source)]
        return genes_of_sheets(filled, source, label, choice) if filled else source.refuse(*EMPTY)
    text = source.text().read(LARGEST_TEXT + 1) if source.kind in ("text", "json") else ""
    if len(text) > LARGEST_TEXT:
        source.refuse("the file is longer than 64 MB", "save the genes alone, one a line")
    if not text or text.lstrip("\ufeff \t\r\n").startswith("{"):
        source.refuse(f"a {source.kind} file is no gene list", "save the genes as text, one a line")
    rows, ending = _rows(text, source), source.name.lower()
    if ".gmx" in ending:  # a GMT on its side
        rows = [list(column) for column in zip_longest(*rows, fillvalue="")]
    found = genes_of(rows, source, label, choice, gmt=".gmt" in ending or ".gmx" in ending)
    return _with_comments(found, text)


def _with_comments(found: Genes, text: str) -> Genes:
    """Say which lines among the genes were left out as comments; those on top are what comments are for."""
    lines = text.splitlines() if "\n#" in text else []
    below = [line for line in dropwhile(lambda line: not line.strip() or line[0] == "#", lines) if _COMMENT.match(line)]
    note = f"{counted(len(below), 'line')} of comment left out: {listed(below, 2)}."
    return replace(found, assumptions=(*found.assumptions, note)) if below else found


_BETWEEN = re.compile(r"[\t;]|, ?| +")
LARGEST_TEXT, MOST_LINES = 1 << 26, 1 << 18  # letters and lines of genes; the largest collections of sets have 40,000


def _rows(text: str, source: Source | Pasted) -> list[list[str]]:
    """Cut text into rows of cells; a line without tab, semicolon or comma is one cell."""
    if max(text.count("\n"), text.count("\r")) > MOST_LINES:
        raise source.error(f"has more than {MOST_LINES:,} lines", "give the genes alone, one a line", MOST_LINES)
    every = [(n, line) for n, line in enumerate(text.replace("\ufeff", "").splitlines(), 1) if line.strip()]
    numbered = [(n, line) for n, line in every if not _COMMENT.match(line)]
    lines = [line for _, line in numbered]
    bare = [line for line in lines if not _LIST_MARK.match(line)]
    if len(bare) < min(3, len(lines)) and all(side_of(line) or names_genes(line) for line in bare):
        lines = [_LIST_MARK.sub("", line) for line in lines]
    if not lines:
        return []
    most = max(len(_BETWEEN.findall(line)) for line in lines)
    if most > 2 * MOST_COLUMNS // min(len(lines), 2):  # all genes in one line are a list
        raise source.error(f"has a line of {most + 1:,} cells", f"give at most {MOST_COLUMNS:,}", most + 1)
    delimiter = next((d for d in "\t;," if 2 * sum(d in line for line in lines) >= len(lines)), None)
    if delimiter is None:
        # Blanks part columns only where each line has as many; elsewhere they part genes, or words of a
        # header.
        widths = {len(line.split()) for line in lines[1:50]}
        if len(widths) != 1 or widths == {1}:
            return [[line] for line in lines]
        delimiter = " "
    usual = Counter(line.count(delimiter) for line in lines).most_common(1)[0][0]
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    rows: list[list[str]] = []
    start, tabs = 0, delimiter == "\t" and '"' in text
    try:
        for row in reader:
            swallowed = lines[start + 1 : reader.line_num]
            if any(line.count(delimiter) >= usual for line in swallowed) or (
                tabs and any("\t" in cell for cell in row)
            ):
                break
            start = reader.line_num
            rows.append(row)
        else:
            return rows
    except csv.Error:  # one line of 200,000 genes is too long a cell
        if reader.line_num - start < 2:
            return [line.split(delimiter) for line in lines]
    problem = f"opens a quotation mark in line {numbered[start][0]:,} and closes it in none or another"
    raise source.error(problem, "delete the mark, or write two of them", lines[start])
