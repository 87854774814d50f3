"""Matrix and query in; a page to read, a notebook to run, and tables out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from .._util.errors import LincsInterpError, whole_number
from .._util.text import kind, shown
from .._util.tsv import TABLE_FORMAT, tsv_bytes
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import gene_table_date
from ._analysis import DRIVER_COLUMNS, Analysis, analyse
from ._columns import described
from .folder import all_or_nothing, folder_of
from .inputs import (
    BACKGROUND_FILE,
    FROM_MEMORY,
    INPUTS_FILE,
    RANKS_FILE,
    ReportSources,
    copy_inputs,
    load_background,
    load_inputs,
    sources_from_files,
    sources_from_sample,
)
from .notebook import analysis_notebook, run_notebook

__all__ = [
    "write_report",
    "load_inputs",
    "load_background",
    "ReportSources",
    "sources_from_files",
    "sources_from_sample",
]

FACTS = ["pert_name", "pert_dose", "cell_line", "pert_time"]
OUTPUTS = (
    "report.html",
    "report.ipynb",
    "scores.tsv",
    "perturbagens.tsv",
    "drivers.tsv",
    "genes.tsv",
    "run.meta.json",
)


def write_report(
    ranks: RankMatrix,
    query: GeneQuery,
    path: str | os.PathLike[str],
    *,
    top: int = 10,
    overlap: str = "error",
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | os.PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
    execute: bool = False,
    sources: ReportSources | Mapping[str, Any] | None = None,
    progress: bool = False,
) -> Path:
    """Write the interpretation of one query as a page, a notebook and tables.

    Parameters
    ----------
    ranks : RankMatrix
    query : GeneQuery
    path : str or Path
        The folder to write into; made if it does not exist. Reports written there before are replaced, other files
        are left alone.
    top : int
        How many signatures of each end are listed.
    overlap : "error" or "drop"
        As in :func:`score_concordance`.
    background : RankMatrix, optional
        Unselected signatures for calibrated p-values, gene habits and promiscuity: see :func:`calibrate`. Without it
        the report says that p is only bounded from below.
    library_size : int, optional
        How many signatures were searched, if ``ranks`` holds the best of them.
    gene_metadata : path or DataFrame, optional
        Which genes were measured: see :func:`explain_concordance`.
    tissue : str, optional
        Your own tissue, as the metadata of the signatures spell it.
    execute : bool
        Run the notebook, so that it shows its results (needs the extra ``notebooks``).
    sources : mapping, optional
        The files that ``ranks``, ``query`` and ``background`` were read from: ``{"matrix": path, "up": path, "down":
        path, "background": path}``, and ``rank_one``, ``n_genes`` or ``name`` where they were given when reading. Then
        the notebook reads these files, and their hashes are kept. Without it the notebook reads a copy of the inputs
        that is written beside it (``ranks.tsv.gz``, ``inputs.json``, ``background.tsv.gz``).
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        ``report.html``. Beside it: ``report.ipynb`` (the same analysis), ``scores.tsv`` (every signature),
        ``perturbagens.tsv`` (every perturbagen with its grade), ``drivers.tsv`` (the genes of the strongest
        signatures), ``genes.tsv`` (what became of each entry of the lists) and ``run.meta.json`` (versions, hashes,
        assumptions, arguments).

    Raises
    ------
    LincsInterpError
        As :func:`score_concordance`; if the folder cannot be written, or if the report would replace one of the files
        in ``sources``. Then everything stays as it was.
    """
    top = whole_number("top", top)
    folder = folder_of(path)
    if sources is None:
        sources = FROM_MEMORY
    elif not isinstance(sources, ReportSources):
        sources = sources_from_files(sources)
    _refuse_to_replace(sources.files, folder)
    inputs = {
        word: {"name": _readable(file.name), "sha256": _hash_of_input(file)} for word, file in sources.files.items()
    }
    from tqdm.auto import tqdm

    from .page import render_page  # loads matplotlib

    with all_or_nothing(folder) as draft, tqdm(total=5, disable=not progress, unit="step") as bar:

        def step(text: str) -> None:
            bar.set_description(text)
            bar.update()

        step("scoring")
        analysis = analyse(
            ranks,
            query,
            top=top,
            overlap=overlap,
            background=background,
            library_size=library_size,
            gene_metadata=gene_metadata,
            tissue=tissue,
        )
        if sources is FROM_MEMORY:
            copy_inputs(ranks, query, draft, background)
        step("writing tables")
        headers = _write_tables(analysis, draft)
        step("writing the notebook")
        loading = sources.loading_of(background)
        _write_notebook(analysis, loading, draft, overlap=overlap, library_size=library_size, execute=execute)
        chosen = {"library_size": library_size, "gene_metadata": _name_of(gene_metadata), "tissue": tissue}
        told = {name: value for name, value in chosen.items() if value is not None}
        meta = _meta(analysis, inputs, {**sources.arguments, "top": top, "overlap": overlap, **told}, headers)
        step("drawing and writing the page")
        _write_text(render_page(analysis, meta), draft / "report.html")
        meta["outputs"] = {file.name: _sha256(file) for file in sorted(draft.iterdir())}
        _write_text(json.dumps(meta, indent=2, ensure_ascii=False, default=str) + "\n", draft / "run.meta.json")
        step("done")
    return folder / "report.html"


def _refuse_to_replace(files: Mapping[str, Path], folder: Path) -> None:
    """Raise if a file that was read has the place and name of one that will be written."""
    for word, file in files.items():
        for name in (*OUTPUTS, RANKS_FILE, INPUTS_FILE, BACKGROUND_FILE):
            with suppress(OSError):  # one of the two is not there, so they are not the same
                if os.path.samefile(file, folder / name):
                    raise LincsInterpError(
                        f"path is {shown(folder, 200)}, where the report would replace the file of {word} ({name}):"
                        " choose another folder."
                    )


def _write_tables(analysis: Analysis, folder: Path) -> dict[str, list[str]]:
    """Write them, and return the columns of each file."""
    perturbagens = analysis.dossier.perturbagens
    columns = ["perturbagen", *perturbagens.columns]
    parts = [table.assign(signature=signature) for signature, table in analysis.drivers.items()]
    drivers = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["signature", *DRIVER_COLUMNS])
    tables = {
        "scores.tsv": analysis.scores.join(analysis.ranks.signatures[FACTS]).reset_index(),
        "perturbagens.tsv": perturbagens.reset_index(names="perturbagen")[columns],
        "drivers.tsv": drivers[["signature", *drivers.columns.drop("signature")]],
        "genes.tsv": analysis.matches,
    }
    for name, table in tables.items():
        _write_tsv(table, folder / name)
    return {name: [str(column) for column in table.columns] for name, table in tables.items()}


def _write_tsv(table: pd.DataFrame, path: Path) -> None:
    path.write_bytes(tsv_bytes(table))


def _write_notebook(
    analysis: Analysis, loading: str, folder: Path, *, overlap: str, library_size: int | None, execute: bool
) -> None:
    import nbformat

    notebook = analysis_notebook(
        f"Reading of {analysis.query.name}",
        loading,
        top=analysis.top,
        overlap=overlap,
        background=analysis.dossier.background is not None,
        library_size=library_size,
        graded=len(analysis.dossier.perturbagens) > 0,
        one_sided=analysis.query.one_sided,
        scored=analysis.scored,
    )
    nbformat.write(run_notebook(notebook, folder) if execute else notebook, folder / "report.ipynb")


def _write_text(text: str, path: Path) -> None:
    # A name on disk need not be text: what UTF-8 has no letter for is shown as its number.
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _readable(name: str) -> str:
    """Return a file's name as text, also where its bytes are none."""
    return os.fsencode(name).decode("utf-8", "replace")


def _meta(
    analysis: Analysis, inputs: Mapping[str, Any], arguments: Mapping[str, Any], headers: Mapping[str, list[str]]
) -> dict[str, Any]:
    from .. import __version__

    packages = ("numpy", "pandas", "scipy", "matplotlib", "jinja2", "nbformat")
    ranks, query = analysis.ranks, analysis.query
    return {
        "made_on": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "query": {"name": query.name, "up": len(query.up), "down": len(query.down)},
        "matrix": {"genes": ranks.shape[0], "signatures": ranks.shape[1], "n_genes": ranks.n_genes},
        "arguments": dict(arguments),
        "assumptions": list(ranks.assumptions),
        "background": _told_of(analysis.dossier.background),
        "p_status": sorted(set(analysis.scores["p_status"])),
        "how": sorted(set(analysis.scores["how"])),
        "inputs": dict(inputs),
        "tables": TABLE_FORMAT,
        "columns": described(headers),
        "gene_table": f"HGNC {gene_table_date()} (mouse symbols: MGI, CC BY 4.0)",
        "versions": {
            "python": platform.python_version(),
            "lincs-interp": __version__,
            **{name: version(name) for name in packages},
        },
    }


def _told_of(background: RankMatrix | None) -> dict[str, Any] | None:
    if background is None:
        return None
    genes, signatures = background.shape
    told = {"genes": genes, "signatures": signatures, "n_genes": background.n_genes}
    return told | {"assumptions": list(background.assumptions)}


def _name_of(gene_metadata: Any) -> str | None:
    if gene_metadata is None:
        return None
    return Path(gene_metadata).name if isinstance(gene_metadata, str | os.PathLike) else kind(gene_metadata)


def _hash_of_input(file: Path) -> str:
    try:
        return _sha256(file)
    except OSError as error:
        raise LincsInterpError(
            f"sources names {shown(file, 200)}, which cannot be read ({shown(error.strerror or error, 80)}): check the"
            " path, or leave sources out."
        ) from None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
