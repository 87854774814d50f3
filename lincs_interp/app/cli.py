"""The command line: lincs-interp report, notebooks, lab, app."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from .._util.errors import LincsInterpError, needs_package, whole_number, wrong
from .._util.text import listed, shown
from .._util.version import __version__
from .notebooks import FIRST, copy_notebooks, written_whole
from .settings import MAX_UPLOAD, PageSettings

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130

HIGHEST_PORT = 65_535
LARGEST_UPLOAD = 2_000  # megabytes; a browser has a few times as much in memory while it sends

#: What the command line calls the arguments of the functions: words of its own, and those that only get "--" in front.
WORDS = {
    "ranks": "MATRIX",
    "matrix": "MATRIX",
    "folder": "DIR",
    "query": "--up and --down",
    "gene_metadata": "--genes",
}
OPTIONS = (
    *("up", "down", "name", "n_genes", "rank_one", "overlap", "background", "library_size", "tissue", "metadata"),
    *("top", "execute", "port", "max_upload"),
)

REPORT_EXAMPLE = """\
example:
  lincs-interp report gene_rank_matrix.tsv --up up.txt --down down.txt --out report

Without MATRIX the report is made of the simulated sample. The folder named by --out gets report.html (read this
first), report.ipynb, scores.tsv, perturbagens.tsv, contributions.tsv, genes.tsv and run.meta.json.
"""
APP_EXAMPLE = """\
example:
  lincs-interp app gene_rank_matrix.tsv --up up.txt --down down.txt

Without MATRIX the page starts empty and takes uploads. It is served to this computer only (127.0.0.1), and nothing is
kept when it is closed. Stop it with Ctrl-C.
"""


class _OneLineParser(argparse.ArgumentParser):
    """Prints what is wrong in one line, and ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: error: {shown(message, 400)} (try {self.prog} --help)", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, or 2 after one line about what is wrong with the input."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without a letter shows its number instead
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = _parser().parse_args(argv)
        code = arguments.run(arguments)
        sys.stdout.flush()  # here, where a failure can still be reported
    except LincsInterpError as error:
        return _failed(shown(error.worded(option), 2_000))
    except KeyboardInterrupt:
        print("lincs-interp: stopped; nothing was left half written.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # nobody reads the output, or the disk is full
        _silence_output()
        return _failed(f"the system refused: {shown(error, 200)}.")
    return int(code)


def option(name: str, value: str | None = None) -> str:
    """Return what the command line calls an argument, for :meth:`LincsInterpError.worded`."""
    word = f"--{name.replace('_', '-')}" if name in OPTIONS else WORDS.get(name, name)
    return word if value is None else f"{word} {value}"


@contextmanager
def _about(path: str) -> Iterator[None]:
    """Let errors about the argument ``path`` of a function name the option that it came from."""
    try:
        yield
    except LincsInterpError as error:
        sentence = error.worded(lambda name, value: path if name == "path" else option(name, value))
        # The remedy is in the sentence already.
        raise LincsInterpError(sentence, argument=error.argument, value=error.value, remedy="") from error


def _failed(sentence: str) -> int:
    print(f"lincs-interp: error: {sentence}", file=sys.stderr)
    return BAD_INPUT


def _silence_output() -> None:
    """Send what is still to be printed nowhere, or Python complains about it once more when it ends."""
    with suppress(OSError, ValueError):  # a stream that is no file has no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="lincs-interp",
        description="Read a SigCom LINCS Gene Rank Matrix: what the integers mean, which perturbagens mimic or reverse"
        " your genes, and what you may not conclude.",
    )
    parser.add_argument("--version", action="version", version=f"lincs-interp {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_report(commands)
    notebooks = commands.add_parser("notebooks", help="copy the guided notebooks and the sample into a folder")
    notebooks.add_argument("folder", metavar="DIR", type=Path, help="where to; made if it does not exist")
    notebooks.set_defaults(run=_notebooks)
    lab = commands.add_parser("lab", help="open the guided notebooks in JupyterLab")
    lab.add_argument(
        "folder",
        metavar="DIR",
        type=Path,
        nargs="?",
        default=Path("lincs-interp-notebooks"),
        help="where your copy of the notebooks is or is to be (default: %(default)s)",
    )
    lab.set_defaults(run=_lab)
    _add_app(commands)
    return parser


def _add(commands: Any, name: str, run: Any, summary: str, description: str, example: str) -> argparse.ArgumentParser:
    """Add a command that reads a matrix and gene lists, with the options about these."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    command.add_argument("matrix", metavar="MATRIX", nargs="?", help="the downloaded matrix (TSV, CSV, XLSX, GCT, ...)")
    command.add_argument("--up", metavar="FILE", help="genes that went up; a GMT or a table may hold both lists")
    command.add_argument("--down", metavar="FILE", help="genes that went down")
    command.add_argument(
        "--background",
        metavar="FILE",
        help="a matrix of unselected signatures (50 or more, never the hits of this query), for calibrated p-values",
    )
    command.add_argument(
        "--n-genes", metavar="N", type=int, help="how many genes were ranked, if the matrices hold only some of them"
    )
    command.add_argument(
        "--rank-one",
        choices=("down", "up"),
        default="down",
        help="which end rank 1 is in the matrices (default: %(default)s)",
    )
    return command


def _add_report(commands: Any) -> None:
    report = _add(
        commands,
        "report",
        _report,
        "write the interpretation of a matrix and a gene list",
        "Write the interpretation of a Gene Rank Matrix and your up and down genes as a page, a notebook and tables.",
        REPORT_EXAMPLE,
    )
    report.add_argument("--out", metavar="DIR", default="report", help="folder to write into (default: %(default)s)")
    report.add_argument("--name", metavar="TEXT", help="what your experiment is called")
    report.add_argument(
        "--overlap",
        choices=("error", "drop"),
        default="error",
        help="genes in both lists: refuse, or leave them out of both (default: %(default)s)",
    )
    report.add_argument(
        "--top", metavar="K", type=int, default=10, help="signatures listed per end (default: %(default)s)"
    )
    report.add_argument(
        "--library-size",
        metavar="N",
        type=int,
        help="how many signatures were searched, if MATRIX holds the best of them",
    )
    report.add_argument("--genes", metavar="FILE", help="a table that says which genes are landmarks (measured)")
    report.add_argument(
        "--metadata", metavar="FILE", help="a table of the signatures: perturbagen, cell line, dose ..."
    )
    report.add_argument("--tissue", metavar="TEXT", help="your own tissue, as the metadata spell it")
    report.add_argument("--json", metavar="FILE", help="write readings and tables as JSON too (-: print them)")
    report.add_argument("--execute", action="store_true", help="run the notebook, so that it shows its results")


def _report(arguments: argparse.Namespace) -> int:
    from ..report.write import write_report

    interpretation, sources = _read(arguments) if arguments.matrix else _sample(arguments)
    with _about("--out"):
        page = write_report(
            interpretation,
            arguments.out,
            top=arguments.top,
            execute=arguments.execute,
            sources=sources,
            progress=sys.stderr.isatty(),
        )
    if arguments.json:
        text = interpretation.to_json(top=arguments.top)
        if arguments.json == "-":
            print(text)
        else:
            with written_whole(Path(arguments.json)) as draft:
                draft.write_text(text, encoding="utf-8", newline="\n")
    print(f"Read this first: {page.resolve()}", file=sys.stderr if arguments.json == "-" else None)
    return DONE


def _sample(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """Return the interpretation of the simulated sample, and where it came from."""
    from ..io.sample import load_sample, sample_path
    from ..readings.interpretation import interpret
    from ..report.inputs import sources_from_sample

    names = ("up", "down", "name", "n_genes", "background", "library_size", "genes", "metadata", "tissue")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name)]
    if arguments.rank_one != "down":
        given.append("--rank-one")
    if given:
        remedy = "name the downloaded matrix too, or leave all out for the simulated sample"
        raise wrong("matrix", None, f"is missing, but {listed(given)} is given", remedy)
    print("No MATRIX given: this is the simulated sample.", file=sys.stderr if arguments.json == "-" else None)
    sample = load_sample()
    files = {"matrix": "ranks.tsv", "up": "up.txt", "down": "down.txt", "background": "background.tsv.gz"}
    interpretation = interpret(
        sample.ranks,
        sample.query,
        background=sample.background,
        gene_metadata=sample_path("genes.tsv"),
        overlap=arguments.overlap,
    )
    return interpretation, sources_from_sample({name: sample_path(file) for name, file in files.items()})


def _read(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """Return the interpretation of the user's files, and where it came from."""
    from ..io import read_query, read_ranks
    from ..readings.interpretation import interpret
    from ..report.inputs import sources_from_files

    if arguments.up is None and arguments.down is None:
        raise wrong("query", None, "are missing", "name the file with the genes that went up, or down")
    files = _files(arguments, "matrix", "up", "down", "background", "metadata", "genes")
    genes = files.pop("genes", None)
    chosen = {word: getattr(arguments, word) for word in ("rank_one", "n_genes", "name")}
    query = read_query(files.get("up", []), files.get("down"), name=arguments.name)
    reading = {"rank_one": arguments.rank_one, "n_genes": arguments.n_genes}
    background = None
    if "background" in files:
        with _about("--background"):
            background = read_ranks(files["background"], **reading)
    with _about("MATRIX"):
        ranks = read_ranks(files["matrix"], metadata=files.get("metadata"), **reading)
    with _about("--genes"):
        interpretation = interpret(
            ranks,
            query,
            background=background,
            library_size=arguments.library_size,
            gene_metadata=genes,
            tissue=arguments.tissue,
            overlap=arguments.overlap,
        )
    return interpretation, sources_from_files(files | chosen)


def _files(arguments: argparse.Namespace, *words: str) -> dict[str, Path]:
    """Return the paths that options name; each must be a file, so that it is never taken for a pasted gene."""
    return {
        word: existing_file(word, getattr(arguments, word)) for word in words if getattr(arguments, word) is not None
    }


def existing_file(word: str, text: str) -> Path:
    """Return the path that an option names; raise unless it is a file."""
    with suppress(OSError, ValueError, RuntimeError):  # too long a name; no home folder for "~"
        path = Path(text).expanduser()
        if path.exists():
            return path
    name = "gene_metadata" if word == "genes" else word
    raise wrong(name, text, f"is {shown(text, 200)!r}, and there is no such file", "check the spelling")


def _notebooks(arguments: argparse.Namespace) -> int:
    folder = copy_notebooks(arguments.folder)
    print(f"The notebooks and the sample are in {folder.resolve()}. Begin with {FIRST}.")
    return DONE


def _lab(arguments: argparse.Namespace) -> int:
    needs_package("lincs-interp lab", "jupyterlab", "notebooks")
    folder = arguments.folder
    if not os.path.exists(folder / FIRST):
        copy_notebooks(folder)
    print(f"Opening {folder.resolve()} in JupyterLab; stop it with Ctrl-C.", flush=True)
    return subprocess.run([sys.executable, "-m", "jupyterlab", str(folder.resolve())], check=False).returncode


def _add_app(commands: Any) -> None:
    app = _add(
        commands,
        "app",
        _app,
        "open a guided page in the browser: upload, overview, report",
        "Open a guided page in the browser: choose a Gene Rank Matrix and your genes, look around in the overview, save"
        " the report. No code is needed.",
        APP_EXAMPLE,
    )
    app.add_argument(
        "--max-upload",
        metavar="MB",
        type=int,
        default=MAX_UPLOAD,
        help="how large an uploaded file may be (default: %(default)s)",
    )
    app.add_argument("--port", metavar="PORT", type=int, default=0, help="which port to use (default: a free one)")
    app.add_argument("--no-browser", action="store_true", help="only print the address of the page")


def _app(arguments: argparse.Namespace) -> int:
    whole_number("port", arguments.port, least=0, most=HIGHEST_PORT)
    whole_number("max_upload", arguments.max_upload, most=LARGEST_UPLOAD)
    files = _files(arguments, "matrix", "up", "down", "background")
    settings = PageSettings(
        **{word: str(file.resolve()) for word, file in files.items()},
        rank_one=arguments.rank_one,
        n_genes=arguments.n_genes,
        max_upload=arguments.max_upload,
    )
    from .server import serve

    serve(settings, port=arguments.port, browser=not arguments.no_browser, report=lambda line: print(line, flush=True))
    print("The page has ended; nothing of it was kept.", flush=True)
    return DONE
