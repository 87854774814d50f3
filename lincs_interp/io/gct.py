"""GCT and GCTX, the file formats of the Connectivity Map: a matrix with metadata on rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, shown
from ._cells import cell_text
from ._columns import GENE_HEADERS, header_word, looks_like_symbols
from ._layout import METADATA, SAMPLE, Layout
from ._matrix import Chooser, Matrix, everything
from ._open import Source
from ._text_table import TextTable, read_body

#: A GCTX whose matrix takes more bytes than this is read whole only if ``signatures="*"`` asks for it.
LARGE = 4 * 2**30

_SYMBOL_HEADERS = (*GENE_HEADERS[: GENE_HEADERS.index("name")], "description")
_NULL = frozenset({"-666", "-666.0", "na", "nan"})  # the Connectivity Map's way to say "nothing"


def is_gct(source: Source) -> bool:
    """True if the text begins with the version line of GCT."""
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
        source.refuse(
            f"the first rows are shorter than the {counted(width, 'column')} line 2 announces: download it again."
        )
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
        source.refuse(
            f"line 2 announces {counted(n_rows, 'gene')} but the file holds {len(matrix.genes):,}: it is cut"
            " off; download it again."
        )
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
        source.refuse(
            f"it begins with {shown(version, 20)!r} and the sizes {shown(line, 40)!r}: GCT 1.2 needs two numbers there,"
            " GCT 1.3 four; other versions are not read."
        )
    return n_rows, n_columns, n_fields, n_facts


def read_gctx(source: Source, choose: Chooser) -> Matrix:
    """Read the wanted signatures of a GCTX; the others stay on disk."""
    try:
        import h5py
    except ImportError:
        source.refuse('GCTX files need the package h5py: pip install "lincs-interp[library]".')
    try:
        with h5py.File(source.stream, "r") as file:
            return _read_gctx(source, file, choose)
    except KeyError as error:
        source.refuse(
            f"the HDF5 file is no GCTX ({shown(error, 80)}): /0/META/ROW/id, /0/META/COL/id and"
            " /0/DATA/0/matrix are needed."
        )
    except LincsInterpError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        source.refuse(f"the GCTX is damaged or cut off ({shown(error, 80)}): download it again.")


def _read_gctx(source: Source, file: Any, choose: Chooser) -> Matrix:
    matrix = file["/0/DATA/0/matrix"]
    genes, ids = _texts(file["/0/META/ROW/id"][()]), _texts(file["/0/META/COL/id"][()])
    if matrix.shape == (len(ids), len(genes)):
        on_disk = "signatures in rows"
    elif matrix.shape == (len(genes), len(ids)):
        on_disk = "genes in rows"
    else:
        source.refuse(
            f"the matrix is {' x '.join(map(str, matrix.shape))} for {counted(len(ids), 'signature')} and"
            f" {counted(len(genes), 'gene')}: write the file again."
        )
    pick = choose(ids)
    if choose is everything and matrix.size * matrix.dtype.itemsize > LARGE:
        source.refuse(
            f"the matrix of {counted(len(ids), 'signature')} takes"
            f" {matrix.size * matrix.dtype.itemsize / 2**30:,.0f} GB:"
            ' name the columns to read with signatures= (ids, or a pattern such as "*vorinostat*").'
        )
    values = _columns(matrix, pick, signatures_in_rows=on_disk == "signatures in rows")
    fields = {name: _texts(data[()]) for name, data in file["/0/META/ROW"].items() if name != "id"}
    gene, note = _gene_field({"id": genes, **fields})
    facts = {name: _texts(data[()]) for name, data in file["/0/META/COL"].items() if name != "id"}
    metadata = _facts(facts)
    return Matrix(
        values,
        genes if gene == "id" else fields[gene],
        [ids[j] for j in pick],
        None if metadata is None else metadata.iloc[pick].reset_index(drop=True),
        notes=[*source.notes, *note],
    )


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
    """Metadata of the signatures under the names the package uses; the Connectivity Map's nulls are empty."""
    table = {METADATA.get(header_word(name), name): _nulls_out(cells) for name, cells in facts.items()}
    return pd.DataFrame(table) if table else None


def _nulls_out(cells: Sequence[str]) -> list[str]:
    return ["" if cell.strip().lower() in _NULL else cell.strip() for cell in cells]


def _gene_field(fields: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Return the row field to take the gene names from, and a remark unless that is the row id."""
    row_id = next(iter(fields))
    if looks_like_symbols(fields[row_id]):
        return row_id, []
    for name in sorted(fields, key=_symbol_rank):
        if header_word(name) in _SYMBOL_HEADERS and looks_like_symbols(fields[name]):
            example = shown(fields[row_id][0], 30)
            return name, [
                f'Gene names were taken from the row field "{name}", because the row ids ({example}) are none.'
            ]
    return row_id, []


def _symbol_rank(name: str) -> int:
    word = header_word(name)
    return _SYMBOL_HEADERS.index(word) if word in _SYMBOL_HEADERS else len(_SYMBOL_HEADERS)
