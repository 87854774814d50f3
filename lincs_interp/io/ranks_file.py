"""A RankMatrix kept whole in one file: write_ranks, and how read_ranks gets it back.

The file is an ordinary table, genes in rows, that every program reads. Its first line, a comment, holds everything else
about the matrix as JSON: N, what each signature ranks, the metadata of the signatures, and the assumptions.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import zlib
from collections import defaultdict
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, unwritable, wrong
from .._util.text import shown
from ..core.ranks import RankMatrix, check_matrix
from ._open import Source

#: How the first line of a file of write_ranks begins; the number of the format follows.
MARK, FORMAT = "#lincs_interp RankMatrix ", 1
ENDINGS = (".tsv", ".tsv.gz", ".csv", ".csv.gz")


def write_ranks(ranks: RankMatrix, path: str | os.PathLike[str]) -> Path:
    """Write a rank matrix to a file from which :func:`read_ranks` gets the same matrix back.

    Parameters
    ----------
    ranks : RankMatrix
    path : str or Path
        Its ending decides how to write: ``.tsv`` (parted by tabs) or ``.csv`` (by commas), packed if ``.gz`` follows. A
        file that is there already is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LincsInterpError
        If ``ranks`` is no RankMatrix, the ending is another one, or the file cannot be written.

    Notes
    -----
    Genes are rows, 1 = most down … N = most up, missing ranks are empty. The first line is a comment that begins with
    "#": it holds N, the metadata of the signatures and the assumptions, which :func:`read_ranks` takes up. Other
    programs skip it: ``pandas.read_csv(path, sep="\\t", comment="#", index_col=0)``, in R
    ``read.delim(path, comment.char="#", quote="")``. Writing the same matrix again gives the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> from lincs_interp import read_ranks
    >>> ranks = RankMatrix.from_frame(pd.DataFrame({"S1": [2, 1]}, index=["MYC", "TP53"]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = read_ranks(write_ranks(ranks, f"{folder}/ranks.tsv.gz"))
    >>> again.frame.equals(ranks.frame)
    True
    """
    check_matrix(ranks)
    if not isinstance(path, str | os.PathLike) or not str(path).lower().endswith(ENDINGS):
        raise wrong("path", path, f"is {shown(path, 120)!r}", f"it must end in {' or '.join(ENDINGS)}")
    file = Path(path)
    delimiter = "\t" if ".tsv" in file.name.lower()[-7:] else ","
    try:
        with file.open("wb") as stream:
            if file.name.lower().endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as packed:
                    _write(ranks, packed, delimiter)
            else:
                _write(ranks, stream, delimiter)
    except OSError as error:
        raise unwritable("path", path, error) from error
    return file


def _write(ranks: RankMatrix, stream: Any, delimiter: str) -> None:
    genes, signatures = ranks.genes.tolist(), ranks.frame.columns.tolist()
    kept: dict[str, Any] = {
        "format": FORMAT,
        "rank_one": "down",
        "n_genes": int(ranks.n_genes),
        "shape": list(ranks.shape),
        "dtype": str(ranks.values.dtype),
        "n_ranked": [int(n) for n in ranks.n_ranked],
        "tie_shares": ranks.tie_shares.tolist(),
        "metadata": {name: [str(facts.dtype), _plain_cells(facts)] for name, facts in ranks.signatures.items()},
        "assumptions": list(ranks.assumptions),
        "sum": _sum(ranks.frame),
    }
    if not all(_fits_a_table(name, delimiter) for name in (*genes, *signatures)):
        kept |= {"genes": genes, "signatures": signatures}  # beside a table with these names in one short line each
        genes, signatures = ([_in_a_table(name, delimiter) for name in names] for names in (genes, signatures))
    stream.write(f"{MARK}{json.dumps(kept)}\n{delimiter.join(['gene', *signatures])}\n".encode())
    for gene, row in zip(genes, ranks.values.tolist(), strict=True):
        cells = ["" if rank != rank else f"{rank:.0f}" for rank in row]  # NaN is not itself
        stream.write(f"{delimiter.join([gene, *cells])}\n".encode())


def _sum(frame: pd.DataFrame) -> int:
    """Return a sum over names and ranks in which one changed cell shows."""
    names = "\n".join([*frame.index, *frame.columns])
    ranks = np.nan_to_num(frame.to_numpy()).astype("<i4", order="C")  # there are many kinds of NaN
    return zlib.crc32(ranks.data, zlib.crc32(names.encode(errors="replace")))


def _fits_a_table(name: str, delimiter: str) -> bool:
    return name.isprintable() and name == name.strip() and delimiter not in name and not set(name) & set('"#')


def _in_a_table(name: str, delimiter: str) -> str:
    return shown(name).replace(delimiter, " ").replace('"', "'").replace("#", "")


def _plain_cells(column: pd.Series) -> list[Any]:
    """Return the cells as JSON has them: numbers, text, None where one is missing."""
    objects = column.astype(object).where(column.notna(), None)
    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in objects]
    return [cell if isinstance(cell, str | int | float | None) else str(cell) for cell in cells]


def is_written(source: Source) -> bool:
    """Return whether the file was made by :func:`write_ranks`."""
    return source.kind == "text" and source.text().read(len(MARK)) == MARK


def read_written(source: Source) -> RankMatrix:
    """Return the matrix as :func:`write_ranks` was given it."""
    text = source.text()
    try:
        kept = json.loads(text.readline()[len(MARK) :])
    except (ValueError, RecursionError):
        _refuse(source, "its first line is damaged")
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        source.refuse("the file was written by another version of lincs_interp", "update the package")
    header = text.readline()
    delimiter = "\t" if "\t" in header else ","
    signatures = header.rstrip("\r\n").split(delimiter)[1:]
    try:
        return _matrix(kept, signatures, text, delimiter)
    except LincsInterpError:
        raise
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        _refuse(source, f"its table and its first line do not fit together ({shown(error, 80)})")


def _refuse(source: Source, problem: str) -> NoReturn:
    remedy = "write it again with write_ranks, or delete its first line to read it as any other table"
    source.refuse(problem, remedy)


def _matrix(kept: dict[str, Any], signatures: list[str], body: IO[str], delimiter: str) -> RankMatrix:
    n_rows, n_columns = kept["shape"]
    table = pd.read_csv(
        body,
        sep=delimiter,
        header=None,
        names=range(n_columns + 1),
        dtype=defaultdict(lambda: kept["dtype"], {0: str}),
        keep_default_na=False,
        na_values=[""] if "float" in kept["dtype"] else [],  # no gene has an empty name
        quoting=csv.QUOTE_NONE,
    )
    genes = kept.get("genes", table[0].tolist())
    if table.shape != (n_rows, n_columns + 1) or len(signatures) != n_columns or len(genes) != n_rows:
        raise ValueError(f"{n_rows:,} x {n_columns:,} announced, {len(table):,} x {len(signatures):,} found")
    ids = pd.Index(kept.get("signatures", signatures), name="signature")
    values = np.ascontiguousarray(table.iloc[:, 1:].to_numpy(dtype=kept["dtype"]))
    present = values[~np.isnan(values)]
    if present.size and not 1 <= present.min() <= present.max() <= kept["n_genes"]:
        raise ValueError(f"ranks go from {present.min():,.0f} to {present.max():,.0f}")
    frame = pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=ids, copy=False)
    if _sum(frame) != kept.get("sum", _sum(frame)):
        raise ValueError("a rank or a name was changed after it was written")
    metadata = {
        name: pd.Series([np.nan if cell is None else cell for cell in cells], dtype=dtype)
        for name, (dtype, cells) in kept["metadata"].items()
    }
    facts = pd.DataFrame(metadata).set_axis(ids.astype(object))
    n_ranked = pd.Series(kept["n_ranked"], index=ids, name="n_ranked")
    ranks = RankMatrix(frame, kept["n_genes"], n_ranked, facts, tuple(kept["assumptions"]))
    if "tie_shares" in kept:
        vars(ranks)["tie_shares"] = np.array(kept["tie_shares"], dtype=float).reshape(2, n_columns)
    return ranks


def contradicted(argument: str, given: Any, kept: Any) -> LincsInterpError:
    """Return the error about an argument of read_ranks that contradicts what the file itself says."""
    remedy = f"leave {argument} out: the file was written by write_ranks and knows it"
    return wrong(argument, given, f"is {given!r}, but in the file it is {kept!r}", remedy)
