"""GCT and GCTX, the file formats of the Connectivity Map: a matrix with metadata on rows and columns."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NoReturn

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
from ._open import TEXT_COST, Source, check_size
from ._text_table import TextTable, read_body

#: A GCTX whose matrix takes more bytes than this is read whole only if ``signatures="*"`` asks for it.
LARGE = 4 * 2**30

_WRITE_PLAIN = "write the whole table into one plain .gctx file"
_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})  # those HDF5 and h5py bring themselves; others are plug-ins

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
            return _read_gctx(source, _Datasets(source, h5py, file), choose)
    except KeyError as error:
        remedy = "it needs /0/META/ROW/id, /0/META/COL/id and /0/DATA/0/matrix"
        source.refuse(f"the HDF5 file is no GCTX ({shown(error, 80)})", remedy)
    except LincsInterpError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        source.refuse(f"the GCTX is damaged or cut off ({shown(error, 80)})", "download it again")


class _Datasets:
    """The datasets of a GCTX. All are checked before the first is read: HDF5 can take numbers from other files."""

    def __init__(self, source: Source, h5py: Any, file: Any) -> None:
        self.source, self.h5py = source, h5py
        self.matrix = self._dataset(self._group(file, "0", "DATA", "0"), "matrix")
        if self.matrix.dtype.kind not in "iuf":
            source.refuse("its /0/DATA/0/matrix holds no numbers", "write the file again")
        self.rows, self.columns = (self._fields(self._group(file, "0", "META", side)) for side in ("ROW", "COL"))
        fields = [*self.rows.values(), *self.columns.values()]
        size = self.matrix.nbytes + sum(one.nbytes + TEXT_COST * one.size for one in fields)
        check_size(source, size, source.stream.seek(0, os.SEEK_END))

    def _fields(self, group: Any) -> dict[str, Any]:
        return {name: self._dataset(group, name) for name in ("id", *(name for name in group if name != "id"))}

    def _group(self, group: Any, *names: str) -> Any:
        for name in names:
            group = self._own(group, name)
            if not isinstance(group, self.h5py.Group):
                self._refuse(group, "is no group")
        return group

    def _own(self, group: Any, name: str) -> Any:
        link = group.get(name, getlink=True)
        if link is not None and not isinstance(link, self.h5py.HardLink):
            self.source.refuse(f"its {shown(name, 40)} is a link to another place", _WRITE_PLAIN)
        return group[name]

    def _dataset(self, group: Any, name: str) -> Any:
        data = self._own(group, name)
        if not isinstance(data, self.h5py.Dataset):
            self._refuse(data, "is no dataset")
        settings = data.id.get_create_plist()
        filters = {settings.get_filter(n)[0] for n in range(settings.get_nfilters())}
        if settings.get_external_count() or data.is_virtual:
            self._refuse(data, "keeps its values in another file")
        if filters - _FILTERS:
            self._refuse(data, "is packed in an unknown way")
        if data.dtype.kind not in "iufbS" and self.h5py.check_string_dtype(data.dtype) is None:
            self._refuse(data, "holds neither numbers nor text")
        return data

    def _refuse(self, item: Any, problem: str) -> NoReturn:
        self.source.refuse(f"its {shown(item.name, 40)} {problem}", _WRITE_PLAIN)


def _read_gctx(source: Source, file: _Datasets, choose: Chooser) -> Matrix:
    matrix = file.matrix
    genes, ids = _texts(file.rows["id"][()]), _texts(file.columns["id"][()])
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
    fields = _fields(source, file.rows, len(genes))
    gene, note = _gene_field({"id": genes, **fields})
    metadata = _facts(_fields(source, file.columns, len(ids)))
    return Matrix(
        values,
        genes if gene == "id" else fields[gene],
        [ids[j] for j in pick],
        None if metadata is None else metadata.iloc[pick].reset_index(drop=True),
        notes=[*source.notes, *note],
    )


def _fields(source: Source, group: Mapping[str, Any], n: int) -> dict[str, list[str]]:
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
