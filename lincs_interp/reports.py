"""Matrix and query in; a page to read, a notebook to run, and tables out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from ._check import LincsInterpError, listed, shown
from ._report_analysis import Analysis, analyse
from ._report_notebook import analysis_notebook, run_notebook
from .concordance import explain_concordance
from .genes import gene_table_date
from .queries import GeneQuery
from .ranks import RankMatrix

FACTS = ["pert_name", "pert_dose", "cell_line", "pert_time"]


@dataclass(frozen=True)
class ReportSources:
    """Where matrix and query came from: how the notebook loads them again, and which files to hash.

    `loading` is Python code that leaves ``ranks`` and ``query`` behind; `files` maps a word to a path; `arguments` are
    the choices made when reading.
    """

    loading: str
    files: Mapping[str, Path] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)


def sources_from_files(named: Mapping[str, Any]) -> ReportSources:
    """Describe an analysis of files: see the argument ``sources`` of :func:`write_report`."""
    known = {"matrix", "up", "down", "rank_one", "n_genes", "name"}
    if unknown := set(named) - known:
        raise LincsInterpError(f"sources names {listed(sorted(unknown))}: it may name {listed(sorted(known), 6)}.")
    files = {word: Path(named[word]).resolve() for word in ("matrix", "up", "down") if named.get(word) is not None}
    for word in ("matrix", "up"):
        if word not in files:
            raise LincsInterpError(f"sources does not name the file of {word}: name it, or leave sources out.")
    if missing := [file for file in files.values() if not file.is_file()]:
        raise LincsInterpError(f"sources names {listed(missing)}, which is not there: check the path.")
    options = {word: named[word] for word in ("rank_one", "n_genes") if named.get(word) is not None}
    if options.get("rank_one") == "down":
        del options["rank_one"]
    reading = [repr(files["matrix"].as_posix()), *(f"{word}={value!r}" for word, value in options.items())]
    lists = [repr(files[word].as_posix()) for word in ("up", "down") if word in files]
    if named.get("name") is not None:
        lists.append(f"name={named['name']!r}")
    loading = f"ranks = li.read_ranks({', '.join(reading)})\nquery = li.read_query({', '.join(lists)})"
    return ReportSources(loading, files, {**options, **{w: named[w] for w in ("name",) if named.get(w) is not None}})


def sources_from_sample(files: Mapping[str, Path]) -> ReportSources:
    """Describe an analysis of the simulated sample."""
    return ReportSources(
        "sample = li.load_sample()\nranks, query = sample.ranks, sample.query", files, {"sample": True}
    )


def write_report(
    ranks: RankMatrix,
    query: GeneQuery,
    path: str | os.PathLike[str],
    *,
    top: int = 10,
    overlap: str = "error",
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
    execute : bool
        Run the notebook, so that it shows its results (needs the extra ``notebooks``).
    sources : mapping, optional
        The files that ``ranks`` and ``query`` were read from: ``{"matrix": path, "up": path, "down": path}``, and
        ``rank_one``, ``n_genes`` or ``name`` where they were given when reading. Then the notebook reads these files,
        and their hashes are kept. Without it the notebook reads a copy of the inputs that is written beside it.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        ``report.html``. Beside it: ``report.ipynb`` (the same analysis), ``scores.tsv`` (every signature),
        ``drivers.tsv`` (the genes of the strongest signatures), ``genes.tsv`` (what became of each entry of the lists)
        and ``run.meta.json`` (versions, hashes, assumptions, arguments).

    Raises
    ------
    LincsInterpError
        As :func:`score_concordance`, or if the folder cannot be written. Then nothing is left behind.
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        raise LincsInterpError(f"top must be a whole number from 1, not {shown(repr(top), 30)}.")
    from tqdm.auto import tqdm

    from ._report_page import render_page  # loads matplotlib

    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise LincsInterpError(f"path is {shown(folder, 200)}, which is a file: name a folder for the report.")
    with _all_or_nothing(folder) as draft, tqdm(total=5, disable=not progress, unit="step") as bar:

        def step(text: str) -> None:
            bar.set_description(text)
            bar.update()

        step("scoring")
        analysis = analyse(ranks, query, top=top, overlap=overlap)
        if sources is None:
            sources = _copy_inputs(analysis, draft)
        elif not isinstance(sources, ReportSources):
            sources = sources_from_files(sources)
        step("writing tables")
        _write_tables(analysis, draft)
        step("writing the notebook")
        notebook = analysis_notebook(f"Reading of {query.name}", sources.loading, top=top, overlap=overlap)
        if execute:
            notebook = run_notebook(notebook, draft)
        import nbformat

        nbformat.write(notebook, draft / "report.ipynb")
        arguments = {**sources.arguments, "top": top, "overlap": overlap}
        meta = _meta(analysis, sources, arguments)
        step("drawing and writing the page")
        (draft / "report.html").write_text(render_page(analysis, meta), encoding="utf-8", newline="\n")
        meta["outputs"] = {file.name: _sha256(file) for file in sorted(draft.iterdir())}
        (draft / "run.meta.json").write_text(
            json.dumps(meta, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8", newline="\n"
        )
        step("done")
    return folder / "report.html"


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a draft folder whose files are moved into `folder` only if all went well."""
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
    try:
        with tempfile.TemporaryDirectory(dir=existing, prefix=".lincs-interp-") as name:
            draft = Path(name)
            yield draft
            folder.mkdir(parents=True, exist_ok=True)
            for file in draft.iterdir():
                os.replace(file, folder / file.name)
    except OSError as error:
        raise LincsInterpError(
            f"path is {shown(folder, 200)}, which cannot be written ({error.strerror or error}): choose another folder"
            " or make room."
        ) from None


def _write_tables(analysis: Analysis, folder: Path) -> None:
    facts = analysis.ranks.signatures[FACTS]
    scores = analysis.scores.join(facts)
    _write_tsv(scores.reset_index(), folder / "scores.tsv")
    parts = [table.assign(signature=signature) for signature, table in analysis.drivers.items()]
    if parts:
        drivers = pd.concat(parts, ignore_index=True)
    else:
        drivers = explain_concordance(analysis.ranks, analysis.query, analysis.scores.index[0], overlap="drop").iloc[:0]
        drivers = drivers.assign(signature="")
    _write_tsv(drivers[["signature", *drivers.columns.drop("signature")]], folder / "drivers.tsv")
    _write_tsv(analysis.matches, folder / "genes.tsv")


def _write_tsv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep="\t", index=False, lineterminator="\n")


def _copy_inputs(analysis: Analysis, folder: Path) -> ReportSources:
    """Write matrix and query beside the notebook: they came from memory, and it has to load them again."""
    ranks, query = analysis.ranks, analysis.query
    ranks.frame.to_csv(folder / "ranks.tsv.gz", sep="\t", compression={"method": "gzip", "mtime": 0})
    ranks.signatures.to_csv(folder / "signatures.tsv", sep="\t", lineterminator="\n")
    loading = (
        'frame = pd.read_csv("ranks.tsv.gz", sep="\\t", index_col="gene", keep_default_na=False, na_values=[""])\n'
        'signatures = pd.read_csv("signatures.tsv", sep="\\t", index_col="signature", keep_default_na=False)\n'
        f"ranks = li.RankMatrix.from_frame(frame, n_genes={ranks.n_genes}, signatures=signatures)\n"
        f"query = li.GeneQuery({query.name!r}, up={list(query.up)!r}, down={list(query.down)!r})"
    )
    return ReportSources(loading)


def _meta(analysis: Analysis, sources: ReportSources, arguments: Mapping[str, Any]) -> dict[str, Any]:
    packages = ("lincs-interp", "numpy", "pandas", "scipy", "matplotlib", "jinja2", "nbformat")
    ranks, query = analysis.ranks, analysis.query
    return {
        "made_on": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "query": {"name": query.name, "up": len(query.up), "down": len(query.down)},
        "matrix": {"genes": ranks.shape[0], "signatures": ranks.shape[1], "n_genes": ranks.n_genes},
        "arguments": dict(arguments),
        "assumptions": list(ranks.assumptions),
        "inputs": {
            word: {"path": str(file), "sha256": _sha256(file), "bytes": file.stat().st_size}
            for word, file in sources.files.items()
        },
        "gene_table": f"HGNC {gene_table_date()}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
