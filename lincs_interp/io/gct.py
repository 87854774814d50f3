"""GCT and GCTX, the file formats of the Connectivity Map: a matrix with metadata on rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, needs_package
from .._util.missing import NO_NUMBER
from .._util.text import counted, shown
from ..core.facts import header_word
from ._cells import cell_text
from ._headers import SURE_GENE
from ._layout import SAMPLE, Layout, looks_like_symbols
from ._matrix import Chooser, Matrix, everything
from ._open import Source
from ._text_table import TextTable, read_body

#: A GCTX whose matrix takes more bytes than this is read whole only if ``signatures="*"`` asks for it.
LARGE = 4 * 2**30

_SYMBOL_HEADERS = (*SURE_GENE, "description")


def is_gct(source: Source) -> bool:
    """Return whether the text begins with the version line of GCT."""
    return source.kind == "text" and source.text().read(3) == "#1."


def read_gct(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    """Read GCT 1.2 (name, description, values) or 1.3 (metadata beside and above the values)."""
    n_rows, n_columns, n_fields, n_facts = _sizes(source)
    table = TextTable(source, "\t", start=2)
    head = list(islice(table, 1 + n_facts + SAMPLE))
    lead, width = 1 + n_fields, 1 + n_fields + n_columns
    above = [cells for _, cells in head[: 1 + n_facts]]
    body = [cells for _, cells in head[1 + n_facts :]]
    if not body or min(len(cells) for cells in (*above, *body)) < width:
        problem = f"the first rows are shorter than the {counted(width, 'column')} line 2 announces"
        source.refuse(problem, "download it again", width)
    for n, cells in enumerate(above, 3):
        if any(cell.strip() for cell in cells[width:]):
            source.refuse(f"line {n} has more than the {counted(width, 'column')} line 2 announces", "correct it", n)
    header = [cell.strip() for cell in above[0]]
    gene, note = _gene_field({header[j]: [cells[j].strip() for cells in body] for j in range(lead)})
    layout = Layout(
        width=width,
        gene=list(header[:lead]).index(gene),
        values=tuple(range(lead, width)),
        names=tuple(header[lead:width]),
        first_row=1 + n_facts,
        metadata=_facts({cells[0].strip(): cells[lead:width] for cells in above[1:]}),
    )
    matrix = read_body(table, layout, head, choose(layout.names), whole=whole)
    if len(matrix.genes) != n_rows:
        problem = f"line 2 announces {counted(n_rows, 'gene')} but the file holds {len(matrix.genes):,}"
        source.refuse(problem, "it is cut off; download it again", n_rows)
    matrix.notes[:0] = [*source.notes, *note]
    return matrix


def _sizes(source: Source) -> tuple[int, int, int, int]:
    """Return genes, signatures, fields beside the gene, facts above each signature."""
    version, line = [*(line.strip() for line in islice(source.text(), 2)), ""][:2]
    try:
        sizes = [int(text) for text in line.split()]
        n_rows, n_columns, n_fields, n_facts = {"#1.2": [*sizes[:2], 1, 0], "#1.3": sizes}[version]
        if min(n_rows, n_columns) < 1 or min(n_fields, n_facts) < 0:
            raise ValueError
    except (KeyError, ValueError):
        problem = f"it begins with {shown(version, 20)!r} and the sizes {shown(line, 40)!r}"
        source.refuse(problem, "GCT 1.2 needs two numbers there, GCT 1.3 four; other versions are not read", line)
    return n_rows, n_columns, n_fields, n_facts


def read_gctx(source: Source, choose: Chooser) -> Matrix:
    """Read the wanted signatures of a GCTX; the others stay on disk."""
    h5py = needs_package(f"{source.name} (GCTX)", "h5py", "library")
    try:
        with h5py.File(source.stream, "r") as file:
            return _read_gctx(source, file, choose)
    except KeyError as error:
        remedy = "it needs /0/META/ROW/id, /0/META/COL/id and /0/DATA/0/matrix"
        source.refuse(f"the HDF5 file is no GCTX ({shown(error, 80)})", remedy)
    except LincsInterpError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        source.refuse(f"the GCTX is damaged or cut off ({shown(error, 80)})", "download it again")


def _read_gctx(source: Source, file: Any, choose: Chooser) -> Matrix:
    matrix = file["/0/DATA/0/matrix"]
    if getattr(matrix, "dtype", np.dtype(object)).kind not in "iuf":
        source.refuse("its /0/DATA/0/matrix holds no numbers", "write the file again")
    genes, ids = _texts(file["/0/META/ROW/id"][()]), _texts(file["/0/META/COL/id"][()])
    signatures_in_rows = matrix.shape == (len(ids), len(genes))
    if not signatures_in_rows and matrix.shape != (len(genes), len(ids)):
        sizes = f"{counted(len(ids), 'signature')} and {counted(len(genes), 'gene')}"
        problem = f"the matrix is {' x '.join(map(str, matrix.shape))} for {sizes}"
        source.refuse(problem, "write the file again", matrix.shape)
    pick = choose(ids)
    size = matrix.size * matrix.dtype.itemsize
    if choose is everything and size > LARGE:
        remedy = 'name the columns to read with signatures (ids, or a pattern such as "*vorinostat*")'
        problem = f"the matrix of {counted(len(ids), 'signature')} takes {size / 2**30:,.0f} GB"
        raise LincsInterpError(f"{source.name}: {problem}", argument="signatures", remedy=remedy)
    values = _columns(matrix, pick, signatures_in_rows=signatures_in_rows)
    fields = _fields(source, file["/0/META/ROW"], len(genes))
    gene, note = _gene_field({"id": genes, **fields})
    metadata = _facts(_fields(source, file["/0/META/COL"], len(ids)))
    return Matrix(
        values,
        genes if gene == "id" else fields[gene],
        [ids[j] for j in pick],
        None if metadata is None else metadata.iloc[pick].reset_index(drop=True),
        notes=[*source.notes, *note],
    )


def _fields(source: Source, group: Any, n: int) -> dict[str, list[str]]:
    """Return the fields beside the ids."""
    fields = {name: _texts(data[()]) for name, data in group.items() if name != "id"}
    for name, cells in fields.items():
        if len(cells) != n:
            problem = f"its field {shown(name, 40)} has {counted(len(cells), 'value')} for {n:,} ids"
            source.refuse(problem, "write the file again", name)
    return fields


def _columns(matrix: Any, pick: Sequence[int], *, signatures_in_rows: bool) -> np.ndarray:
    """Read the picked signatures in runs of neighbours: HDF5 reads slices much faster than lists."""
    order = np.argsort(np.asarray(pick), kind="stable")
    places = np.asarray(pick)[order]
    n_genes = matrix.shape[1 if signatures_in_rows else 0]
    values = np.empty((n_genes, len(places)), dtype=matrix.dtype)
    for run in np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) != 1) + 1):
        first, last = places[run[0]], places[run[-1]] + 1
        block = matrix[first:last].T if signatures_in_rows else matrix[:, first:last]
        values[:, order[run]] = block
    return values


def _texts(values: Any) -> list[str]:
    return [cell_text(value).strip() for value in np.asarray(values).ravel().tolist()]


def _facts(facts: Mapping[str, Sequence[str]]) -> pd.DataFrame | None:
    """Metadata of the signatures; the Connectivity Map's nulls are empty."""
    table = {name: _nulls_out(cells) for name, cells in facts.items()}
    return pd.DataFrame(table) if table else None


def _nulls_out(cells: Sequence[str]) -> list[str]:
    return ["" if cell.strip().lower() in NO_NUMBER else cell.strip() for cell in cells]


def _gene_field(fields: dict[str, list[str]]) -> tuple[str, list[str]]:
    """Return the row field to take the gene names from, and a remark unless that is the row id."""
    row_id = next(iter(fields))
    if looks_like_symbols(fields[row_id]):
        return row_id, []
    words = {header_word(name): name for name in reversed(fields)}
    for word in _SYMBOL_HEADERS:
        if word in words and looks_like_symbols(fields[words[word]]):
            example = shown(fields[row_id][0], 30)
            remark = (
                f'Gene names were taken from the row field "{words[word]}", because the row ids ({example}) are none.'
            )
            return words[word], [remark]
    return row_id, []
