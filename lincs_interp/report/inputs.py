"""Where a report finds its matrix and query: the files that were read, or a copy beside the notebook."""

from __future__ import annotations

import csv
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import kind, listed, shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import resolve_query

#: Matrix and query from memory, written beside the notebook: the numbers, and everything else about them.
RANKS_FILE, INPUTS_FILE = "ranks.tsv.gz", "inputs.json"
#: Of a background from memory only the ranks of the query's genes: calibration needs no others.
BACKGROUND_FILE = "background.tsv.gz"


@dataclass(frozen=True)
class ReportSources:
    """Where matrix and query came from: how the notebook loads them again, and which files to hash.

    `loading` is Python code that leaves ``ranks`` and ``query`` behind, `background` code that leaves ``background``;
    `files` maps a word to a path; `arguments` are the choices made when reading.
    """

    loading: str
    files: Mapping[str, Path] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    background: str = ""

    def loading_of(self, background: RankMatrix | None) -> str:
        """The code, with that for the background where there is one."""
        if background is None:
            return self.loading
        if not self.background:
            raise LincsInterpError(
                'sources names no file of background: name it ({"background": path}), or leave sources out.'
            )
        return f"{self.loading}\n{self.background}"


#: For an analysis of what is in memory: the notebook loads the copy beside it.
FROM_MEMORY = ReportSources(
    "from lincs_interp.report.write import load_inputs\n\nranks, query = load_inputs()",
    background="from lincs_interp.report.write import load_background\n\nbackground = load_background()",
)


def sources_from_files(named: Mapping[str, Any]) -> ReportSources:
    """Describe an analysis of files: see the argument ``sources`` of :func:`write_report`."""
    known = {"matrix", "up", "down", "background", "rank_one", "n_genes", "name"}
    if not isinstance(named, Mapping):
        raise LincsInterpError(f'sources is {kind(named)}: pass a dict such as {{"matrix": path, "up": path}}.')
    if unknown := set(named) - known:
        raise LincsInterpError(
            f"sources names {listed(sorted(map(str, unknown)))}: it may name {listed(sorted(known), 7)}."
        )
    if named.get("matrix") is None:
        raise LincsInterpError("sources does not name the file of matrix: name it, or leave sources out.")
    if named.get("up") is None and named.get("down") is None:
        raise LincsInterpError("sources names no file of up or down: name at least one, or leave sources out.")
    files = {
        word: _existing_file(word, named[word])
        for word in ("matrix", "up", "down", "background")
        if named.get(word) is not None
    }
    options = {word: named[word] for word in ("rank_one", "n_genes") if named.get(word) is not None}
    if options.get("rank_one") == "down":
        del options["rank_one"]
    naming = {"name": named["name"]} if named.get("name") is not None else {}
    reading = [repr(files["matrix"].as_posix()), *(f"{word}={value!r}" for word, value in options.items())]
    lists = [repr(files["up"].as_posix()) if "up" in files else "[]"]
    lists += [repr(files["down"].as_posix())] if "down" in files else []
    lists += [f"{word}={value!r}" for word, value in naming.items()]
    loading = f"ranks = li.read_ranks({', '.join(reading)})\nquery = li.read_query({', '.join(lists)})"
    background = ""
    if "background" in files:
        background = f"background = li.read_ranks({', '.join([repr(files['background'].as_posix()), *reading[1:]])})"
    return ReportSources(loading, files, options | naming, background)


def _existing_file(word: str, path: Any) -> Path:
    try:
        file = Path(path).expanduser()
        if file.is_file():
            return file.resolve()
        reason = "is not there"
    except (TypeError, ValueError, OSError, RuntimeError) as error:  # RuntimeError: "~" of an unknown person
        reason = f"cannot be opened ({shown(getattr(error, 'strerror', None) or error, 80)})"
    raise LincsInterpError(f"sources names {shown(path, 200)!r} as {word}, which {reason}: check the path.")


def sources_from_sample(files: Mapping[str, Path]) -> ReportSources:
    """Describe an analysis of the simulated sample."""
    return ReportSources(
        "sample = li.load_sample()\nranks, query = sample.ranks, sample.query",
        files,
        {"sample": True},
        "background = sample.background",
    )


def copy_inputs(ranks: RankMatrix, query: GeneQuery, folder: Path, background: RankMatrix | None = None) -> None:
    """Write matrix, query and background beside the notebook: they came from memory, and it has to load them again."""
    values = query.values
    inputs = {
        **_copy_matrix(ranks, folder / RANKS_FILE),
        "query": {"name": query.name, "up": list(query.up), "down": list(query.down)},
        "values": None if values is None else [values.index.tolist(), values.tolist()],
    }
    if background is not None:
        rows = resolve_query(background, query)
        genes = background.genes[np.unique(np.concatenate([rows.up_rows, rows.down_rows]))]
        inputs["background"] = _copy_matrix(background.select(genes=genes), folder / BACKGROUND_FILE)
    (folder / INPUTS_FILE).write_text(json.dumps(inputs, indent=1) + "\n", encoding="ascii", newline="\n")


def _copy_matrix(ranks: RankMatrix, file: Path) -> dict[str, Any]:
    """Write the numbers of a matrix; return everything else about it."""
    # Names stand in the other file too: a table of text cannot tell all of them from numbers, gaps and line ends.
    ranks.frame.to_csv(
        file,
        sep="\t",
        index_label="gene",
        quoting=csv.QUOTE_NONNUMERIC,
        errors="backslashreplace",
        compression={"method": "gzip", "mtime": 0},
    )
    return {
        "genes": ranks.genes.tolist(),
        "signatures": ranks.frame.columns.tolist(),
        "dtype": str(ranks.values.dtype),
        "n_genes": int(ranks.n_genes),
        "n_ranked": [int(n) for n in ranks.n_ranked],
        "metadata": {name: [str(facts.dtype), _plain_cells(facts)] for name, facts in ranks.signatures.items()},
        "assumptions": list(ranks.assumptions),
    }


def _plain_cells(column: pd.Series) -> list[Any]:
    """The cells as JSON has them: numbers, text, None where one is missing."""
    objects = column.astype(object).where(column.notna(), None)
    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in objects]
    return [cell if isinstance(cell, str | int | float | None) else str(cell) for cell in cells]


def load_inputs(folder: str | os.PathLike[str] = ".") -> tuple[RankMatrix, GeneQuery]:
    """Load the matrix and the query that :func:`write_report` wrote beside a notebook.

    Parameters
    ----------
    folder : str or Path
        Where ``ranks.tsv.gz`` and ``inputs.json`` lie; by default the current folder.

    Returns
    -------
    (RankMatrix, GeneQuery)
        As they were handed to :func:`write_report`: names, N, metadata and assumptions too.

    Raises
    ------
    LincsInterpError
        If the files are not there, or do not belong together.
    """
    with _readable_inputs(folder, RANKS_FILE):
        kept = json.loads(Path(folder, INPUTS_FILE).read_text(encoding="ascii"))
        measured = None if kept["values"] is None else pd.Series(kept["values"][1], index=kept["values"][0])
        return _load_matrix(kept, Path(folder, RANKS_FILE)), GeneQuery(**kept["query"], values=measured)


def load_background(folder: str | os.PathLike[str] = ".") -> RankMatrix:
    """Load the background that :func:`write_report` wrote beside a notebook: the ranks of the query's genes in it.

    Parameters
    ----------
    folder : str or Path
        Where ``background.tsv.gz`` and ``inputs.json`` lie; by default the current folder.

    Raises
    ------
    LincsInterpError
        If the files are not there, or do not belong together.
    """
    with _readable_inputs(folder, BACKGROUND_FILE):
        kept = json.loads(Path(folder, INPUTS_FILE).read_text(encoding="ascii"))
        return _load_matrix(kept["background"], Path(folder, BACKGROUND_FILE))


@contextmanager
def _readable_inputs(folder: str | os.PathLike[str], name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError) as error:
        raise LincsInterpError(
            f"folder is {shown(folder, 200)}, where {name} and {INPUTS_FILE} cannot be read together"
            f" ({shown(error, 120)}): write the report again."
        ) from error


def _load_matrix(kept: Mapping[str, Any], file: Path) -> RankMatrix:
    table = pd.read_csv(file, sep="\t", dtype={"gene": str}, keep_default_na=False, na_values=[""], low_memory=False)
    values = np.ascontiguousarray(table.iloc[:, 1:].to_numpy(dtype=kept["dtype"]))
    genes, ids = pd.Index(kept["genes"], name="gene"), pd.Index(kept["signatures"], name="signature")
    frame = pd.DataFrame(values, index=genes, columns=ids)
    metadata = {
        name: pd.Series([np.nan if cell is None else cell for cell in cells], dtype=dtype)
        for name, (dtype, cells) in kept["metadata"].items()
    }
    n_ranked = pd.Series(kept["n_ranked"], index=ids, name="n_ranked")
    signatures = pd.DataFrame(metadata).set_axis(ids.astype(object))
    return RankMatrix(frame, kept["n_genes"], n_ranked, signatures, tuple(kept["assumptions"]))
