"""Matrices in files: read_ranks and read_coefficients."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, one_of
from ..core.facts import header_word
from ..core.ranks import RANK_ONE, RankMatrix
from ._headers import ROLES, first_of
from ._matrix import Chooser, Matrix, Wanted, chooser, everything, leave_out_ids, note_names
from ._open import Source, open_source
from ._text_table import read_text_matrix
from ._typed_tables import read_fetch_rank, read_parquet_matrix, read_sheet_matrix, read_text_rows
from .gct import is_gct, read_gct, read_gctx
from .ranks_file import contradicted, is_written, read_written

Metadata = str | os.PathLike[str] | pd.DataFrame | Mapping[str, Mapping[str, Any]] | None

_SIGNATURE_FILE = re.compile(r"L1000_LINCS_DCIC_(?:2021_)?(?P<id>.+)", re.IGNORECASE)


def read_ranks(
    path: str | os.PathLike[str] | IO[bytes],
    *,
    rank_one: str = "down",
    n_genes: int | None = None,
    signatures: Wanted = None,
    metadata: Metadata = None,
) -> RankMatrix:
    """Read a matrix of gene ranks from a file.

    Parameters
    ----------
    path : str, Path or open binary file
        TSV, CSV or other text, XLSX, Parquet, GCT 1.2 or 1.3, GCTX, or the JSON answer of the site's
        /fetch/rank; plain or packed with gzip, zip, zstd, bzip2 or xz. Kind and packing are found by content,
        not by the file's name.
    rank_one : "down" or "up"
        Which end rank 1 is in the file. The site counts from the most down-regulated gene.
    n_genes : int, optional
        How many genes were ranked. Needed only if the file holds some of them.
    signatures : list of ids, or a pattern, optional
        Read only these columns: a list keeps its order; ``"*vorinostat*"`` takes what fits, without regard to case. Of
        a GCTX only these columns leave the disk.
    metadata : path, DataFrame or mapping (signature id to its facts), optional
        What is known of the signatures, one row each (perturbagen, dose, cell line, time …), with the ids in a column
        such as ``signature``, ``sig_id``, ``local_id`` or ``uuid``. It overrides what the ids and the file say.

    Returns
    -------
    RankMatrix
        1 = most down … N = most up. ``.assumptions`` lists which column was taken for the genes, what was left
        out and what was detected; metadata rows of the file are in ``.signatures``.

    Raises
    ------
    LincsInterpError
        If the file cannot be read or holds no ranks. The sentence names the file and, where there is one, the
        line.

    Notes
    -----
    Header row, gene column, columns of text and numbers about genes (Entrez ids, row numbers), comment lines
    and rows of metadata are recognised by the first 60 rows. A header that begins one column off is moved back, one
    that fits its columns in more than one way is refused. Decimal commas and marks between thousands are
    taken for what they are only if that explains every number of the file. A row that is too short is an
    error, never a missing rank.

    Examples
    --------
    >>> ranks = read_ranks("Gene_Rank_Matrix.tsv")  # doctest: +SKIP
    >>> hdac = read_ranks("cp_rank_mat.gctx", signatures="*_vorinostat_*")  # doctest: +SKIP
    """
    one_of("rank_one", rank_one, RANK_ONE)
    table = _metadata_table(metadata)
    choose = chooser(signatures)
    with open_source(path) as source:
        if is_written(source):
            ranks = _chosen(read_written(source), choose, rank_one=rank_one, n_genes=n_genes)
            return _described(ranks, table)
        matrix = _finished(_read_kind(source, choose, whole=True), source, signatures)
    try:
        n_genes = matrix.n_genes if n_genes is None else n_genes
        ranks = RankMatrix._of_own_frame(matrix.frame(), rank_one, n_genes, matrix.facts())
    except LincsInterpError as error:
        raise error.within(matrix.name, {"frame": "path", "ranks": "path"}) from None
    return _described(ranks._noting(*matrix.notes), table)


def _chosen(ranks: RankMatrix, choose: Chooser, *, rank_one: str, n_genes: int | None) -> RankMatrix:
    """Return the wanted signatures of a matrix that knows its scale; arguments may not contradict it."""
    if rank_one != RANK_ONE[0]:
        raise contradicted("rank_one", rank_one, RANK_ONE[0])
    if n_genes not in (None, ranks.n_genes):
        raise contradicted("n_genes", n_genes, ranks.n_genes)
    if choose is everything:
        return ranks
    ids = ranks.frame.columns.tolist()
    return ranks.select(signatures=[ids[j] for j in choose(ids)])


def _metadata_table(metadata: Any) -> Any:
    """Return the metadata as with_metadata takes them, a file as a table."""
    if not isinstance(metadata, str | os.PathLike):
        return metadata
    _, (header, *rows) = read_text_rows(metadata, "metadata")
    words = [header_word(cell) for cell in header]
    table = pd.DataFrame(rows, columns=header)
    ids = first_of(ROLES["signature"], words) or 0  # with_metadata looks at other columns of ids as well
    return table.set_axis(table.iloc[:, ids].to_list(), axis=0)


def _described(ranks: RankMatrix, metadata: Any) -> RankMatrix:
    if metadata is None:
        return ranks
    try:
        return ranks.with_metadata(metadata)
    except LincsInterpError as error:
        raise error.within("", {"signatures": "metadata", "": "metadata"}) from None


def read_coefficients(path: str | os.PathLike[str], *, signatures: Wanted = None) -> pd.DataFrame:
    """Read Characteristic Direction coefficients, or other signed values per gene, from a file.

    Parameters
    ----------
    path : str or Path
        The site's signature file (``symbol``, ``CD-coefficient``) or a matrix in any form :func:`read_ranks`
        opens.
    signatures : list of ids, or a pattern, optional
        Read only these columns, as in :func:`read_ranks`.

    Returns
    -------
    DataFrame (genes x signatures)
        Signed values, negative = down, as float64 (float32 where a GCTX or Parquet file holds that); NaN
        where missing. Repeated genes and ids are kept. The column of a signature file is named after the id
        in the file's name. ``.attrs["assumptions"]`` lists what was detected and left out, as sentences;
        :func:`rank_coefficients` passes them on to the ``.assumptions`` of the ranks.

    Raises
    ------
    LincsInterpError
        If the file cannot be read or holds no numbers.

    Examples
    --------
    >>> coefficients = read_coefficients("L1000_LINCS_DCIC_OEB006_A375_96H_H01_HCAR1.tsv")  # doctest: +SKIP
    >>> coefficients.columns.tolist()  # doctest: +SKIP
    ['OEB006_A375_96H_H01_HCAR1']
    """
    choose = chooser(signatures)
    with open_source(path) as source:
        if is_written(source):
            ranks = _chosen(read_written(source), choose, rank_one="down", n_genes=None)
            return _noted(ranks.frame.astype(np.float64), ranks.assumptions)
        matrix = _finished(_read_kind(source, choose, whole=False), source, signatures)
    site_file = _SIGNATURE_FILE.fullmatch(matrix.stem)
    if site_file and len(matrix.ids) == 1:
        matrix.ids = [site_file["id"]]
    if matrix.values.dtype.kind != "f":
        matrix.values = matrix.values.astype(np.float64)
    return _noted(matrix.frame(), matrix.notes)


def _noted(frame: pd.DataFrame, notes: Iterable[str]) -> pd.DataFrame:
    frame.attrs["assumptions"] = tuple(notes)
    return frame


def _finished(matrix: Matrix, source: Source, wanted: Wanted) -> Matrix:
    matrix.name, matrix.stem = source.name, source.stem
    if wanted is None:  # who names columns wants these
        leave_out_ids(matrix)
    return note_names(matrix)


def _read_kind(source: Source, choose: Chooser, *, whole: bool) -> Matrix:
    if source.kind == "hdf5":
        return read_gctx(source, choose)
    if source.kind == "parquet":
        return read_parquet_matrix(source, choose)
    if source.kind == "xlsx":
        return read_sheet_matrix(source, choose, whole=whole)
    if source.kind == "json":
        if not whole:
            source.refuse("the file is JSON, which holds ranks at best", "read it with read_ranks")
        return read_fetch_rank(source, choose)
    return (read_gct if is_gct(source) else read_text_matrix)(source, choose, whole=whole)
