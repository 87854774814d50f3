"""An interpretation in; a page to read, a notebook to run, and tables out: all of these files, or none."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from .._util.errors import instance_of, true_or_false, unwritable, whole_number, wrong
from .._util.text import kind, shown
from .._util.tsv import TABLE_FORMAT, tsv_bytes
from ..core.columns import describe
from ..genes.matching import gene_table_date
from ..readings.interpretation import Interpretation, size_of, versions
from .inputs import BACKGROUND_FILE, COPIES, FROM_MEMORY, ReportSources, copy_inputs, sources_from_files
from .notebook import analysis_notebook, run_notebook

FACTS = ["pert_name", "pert_dose", "cell_line", "pert_time"]
CONTRIBUTIONS = ["gene", "side", "rank", "percentile", "contribution", "landmark", "baseline"]
TABLES = ("scores.tsv", "perturbagens.tsv", "contributions.tsv", "genes.tsv")
OUTPUTS = ("report.html", "report.ipynb", *TABLES, "run.meta.json")


def write_report(
    interpretation: Interpretation,
    path: str | os.PathLike[str],
    *,
    top: int = 10,
    execute: bool = False,
    sources: ReportSources | Mapping[str, Any] | None = None,
    progress: bool = False,
) -> Path:
    """Write an interpretation as a page, a notebook and tables.

    Parameters
    ----------
    interpretation : Interpretation
        From :func:`interpret`.
    path : str or Path
        The folder to write into; made if it does not exist. A report written there before is replaced. A file of that
        name that no report wrote, or that was changed since, is never replaced: it is an error.
    top : int
        How many signatures of each call are listed.
    execute : bool
        Run the notebook, so that it shows its results (needs the extra ``notebooks``).
    sources : mapping, optional
        The files that matrix, query and background were read from: ``{"matrix": path, "up": path, "down": path,
        "background": path, "metadata": path}``, and ``rank_one``, ``n_genes``, ``name``, ``contrast``,
        ``max_adjusted_p`` or ``max_genes`` where they were given when reading. Then the notebook reads these files, and
        their hashes are kept. Without it the notebook reads a copy of the inputs that is written beside it
        (``ranks.tsv.gz``, ``query.json``, ``background.tsv.gz``).
    progress : bool
        Show a progress bar.

    Returns
    -------
    Path
        ``report.html``. Beside it: ``report.ipynb`` (the same analysis), ``scores.tsv`` (every signature),
        ``perturbagens.tsv`` (every perturbagen with its grade), ``contributions.tsv`` (the genes of the strongest
        signatures), ``genes.tsv`` (how each entry of the lists was matched) and ``run.meta.json`` (versions, hashes,
        assumptions, arguments).

    Raises
    ------
    LincsInterpError
        If the folder cannot be written, the report would replace a file that no report wrote or one of the files in
        ``sources``, or a table of the interpretation cannot be made. Then everything stays as it was.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from lincs_interp import interpret, load_sample
    >>> sample = load_sample()
    >>> write_report(interpret(sample.ranks, sample.query), mkdtemp(), top=3).name
    'report.html'
    """
    instance_of("interpretation", interpretation, Interpretation, "make one with interpret(ranks, query)")
    top, execute = whole_number("top", top), true_or_false("execute", execute)
    folder = _folder_of(path)
    if sources is None:
        sources = FROM_MEMORY
    elif not isinstance(sources, ReportSources):
        sources = sources_from_files(sources)
    _refuse_to_replace(sources.files, folder)
    copies: tuple[str, ...] = COPIES if sources is FROM_MEMORY else ()
    if interpretation.background is None:
        copies = tuple(name for name in copies if name != BACKGROUND_FILE)
    _refuse_others([*OUTPUTS, *copies], folder)
    loading = sources.loading_of(interpretation.background)
    inputs = {
        word: {"name": _readable(file.name), "sha256": _hash_of_input(file)} for word, file in sources.files.items()
    }
    from matplotlib import rc_context, rcdefaults

    from .page import render_page

    with _all_or_nothing(folder) as draft, _steps(progress) as step:
        step("scoring")
        tables = _tables(interpretation, top)
        step("writing tables")
        for name, table in tables.items():
            (draft / name).write_bytes(tsv_bytes(table))
        if sources is FROM_MEMORY:
            copy_inputs(interpretation, draft)
        step("writing the notebook")
        notebook = analysis_notebook(interpretation, loading, top=top)
        _write_text(run_notebook(notebook, draft) if execute else notebook, draft / "report.ipynb")
        step("drawing and writing the page")
        meta = _meta(interpretation, inputs, _arguments(interpretation, sources, top), tables)
        with rc_context():  # a style of the reader's own would change what the pictures show
            rcdefaults()
            page = render_page(interpretation, top, meta)
        _write_text(page, draft / "report.html")
        meta["outputs"] = {file.name: _sha256(file) for file in sorted(draft.iterdir())}
        _write_text(json.dumps(meta, indent=2, ensure_ascii=False, default=str) + "\n", draft / "run.meta.json")
        step("done")
    return folder / "report.html"


@contextmanager
def _steps(progress: bool) -> Iterator[Callable[[str], None]]:
    """Give a function that names the step a progress bar is at; without one it does nothing."""
    if not progress:
        yield lambda text: None
        return
    from tqdm import tqdm

    with tqdm(total=5, unit="step") as bar:

        def step(text: str) -> None:
            bar.set_description(text)
            bar.update()

        yield step


def _refuse_to_replace(files: Mapping[str, Path], folder: Path) -> None:
    """Raise if a file that was read has the place and name of one that will be written."""
    for word, file in files.items():
        for name in (*OUTPUTS, *COPIES):
            with suppress(OSError):  # one of the two is not there, so they are not the same
                if os.path.samefile(file, folder / name):
                    problem = f"is {shown(folder, 200)}, where the report would replace the file of {word} ({name})"
                    raise wrong("path", folder, problem, "choose another folder")


def _refuse_others(names: Iterable[str], folder: Path) -> None:
    """Raise if a file of one of the `names` is there that is not as a report wrote it."""
    # A name says nothing about who wrote a file; the hashes that a report keeps of its files do.
    record = folder / "run.meta.json"
    ours: dict[str, str] = {}
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        if record.is_file():  # a pipe would never end
            ours = dict(json.loads(record.read_text(encoding="utf-8"))["outputs"]) | {record.name: _sha256(record)}
    for name in names:
        file, same = folder / name, False
        if file.is_dir() or not os.path.lexists(file):
            continue
        with suppress(OSError):
            same = file.is_file() and not file.is_symlink() and _sha256(file) == ours.get(name)
        if not same:
            problem = f"is {shown(folder, 200)}, where {name} is not as a report wrote it and would be replaced"
            raise wrong("path", folder, problem, "choose another folder, or move that file away")


def _tables(i: Interpretation, top: int) -> dict[str, pd.DataFrame]:
    """Return the table of each file."""
    from .page import LISTED, counted_matches

    listed = [signature for call in LISTED for signature in i._called(call)[:top]]
    parts = [i.contributions(signature).assign(signature=signature) for signature in listed]
    contributions = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CONTRIBUTIONS)
    return {
        "scores.tsv": i.scores.join(i.ranks.signatures[FACTS]).reset_index(),
        "perturbagens.tsv": i.perturbagens.rename_axis("perturbagen").reset_index(),
        "contributions.tsv": contributions.reindex(columns=["signature", *CONTRIBUTIONS]),
        "genes.tsv": counted_matches(i.matches),
    }


def _write_text(text: str, path: Path) -> None:
    # A name on disk need not be text: what UTF-8 has no letter for is shown as its number.
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


def _readable(name: str) -> str:
    """Return a file's name as text, also where its bytes are none."""
    return os.fsencode(name).decode("utf-8", "replace")


def _arguments(i: Interpretation, sources: ReportSources, top: int) -> dict[str, Any]:
    """Return the choices that were made."""
    chosen = {
        "library_size": i.library_size,
        "gene_metadata": i.gene_metadata or None,
        "tissue": i.tissue or None,
        "rescue": None if i.rescue else False,
    }
    made = {name: value for name, value in chosen.items() if value is not None}
    return {**sources.arguments, "top": top, "overlap": i.overlap, **made}


def _meta(
    i: Interpretation,
    inputs: Mapping[str, Any],
    arguments: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
) -> dict[str, Any]:
    ranks, query, background = i.ranks, i.query, i.background
    return {
        "made_on": dt.datetime.now().astimezone().isoformat(timespec="seconds"),
        "query": {"name": query.name, "up": len(query.up), "down": len(query.down)},
        "matrix": size_of(ranks),
        "arguments": dict(arguments),
        "assumptions": [*ranks.assumptions, *query.assumptions],
        "background": background and size_of(background) | {"assumptions": list(background.assumptions)},
        "p_status": sorted(set(i.scores["p_status"])),
        "how": sorted(set(i.scores["how"])),
        "inputs": dict(inputs),
        "tables": TABLE_FORMAT,
        "columns": {file: describe(map(str, table), file.removesuffix(".tsv")) for file, table in tables.items()},
        "gene_table": f"HGNC {gene_table_date()} (mouse symbols: MGI, CC BY 4.0)",
        "versions": versions("numpy", "pandas", "scipy", "matplotlib", "jinja2"),
    }


def _hash_of_input(file: Path) -> str:
    try:
        return _sha256(file)
    except OSError as error:
        problem = f"names {shown(file, 200)}, which cannot be read ({shown(error.strerror or error, 80)})"
        raise wrong("sources", file, problem, "check the path, or leave sources out") from None


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _folder_of(path: Any) -> Path:
    """Return `path` as the name of a folder, whether it is there or not; anything else is an error."""
    remedy = "give the name of a folder for the report"
    try:
        name = os.fspath(path)
        if not isinstance(name, str):
            raise TypeError
    except TypeError:
        raise wrong("path", path, f"is {kind(path)}", remedy) from None
    if not name or "\0" in name:
        raise wrong("path", path, f"is {shown(name)!r}, which is no name", remedy)
    try:
        folder = Path(name).expanduser()
        if folder.exists() and not folder.is_dir():
            raise wrong("path", path, f"is {shown(folder, 200)}, which is a file", "name a folder for the report")
    except (OSError, RuntimeError, UnicodeError) as error:  # too long a name; no home that "~" could be
        raise unwritable("path", name, error) from None
    return folder


@contextmanager
def _all_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a draft folder whose files are moved into `folder` only if all went well."""
    try:
        existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
        with tempfile.TemporaryDirectory(dir=existing, prefix=".lincs-interp-") as name:
            new, old = Path(name, "new"), Path(name, "old")
            new.mkdir()
            old.mkdir()
            yield new
            _refuse_others([file.name for file in new.iterdir()], folder)  # it may have come meanwhile
            _move_in(new, old, folder)
    except OSError as error:
        raise unwritable("path", folder, error) from None


def _move_in(new: Path, old: Path, folder: Path) -> None:
    """Move the files of `new` into `folder`, and those they replace to `old`; if one fails, move all back."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    moves: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(new.iterdir()):
            target = folder / file.name
            if target.is_dir():
                raise IsADirectoryError(0, f"{target.name} in it is a folder")
            if os.path.lexists(target):
                moves.append((target, old / file.name))
                os.replace(*moves[-1])
            moves.append((file, target))
            os.replace(*moves[-1])
    except BaseException:
        for before, now in reversed(moves):
            if os.path.lexists(now):  # the last move may not have happened
                os.replace(now, before)
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise
