"""The command line: lincs-interp report, notebooks, lab, app."""

from __future__ import annotations

import argparse
import filecmp
import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from .._util.errors import LincsInterpError, needs_package, path_is, unwritable, whole_number, wrong
from .._util.text import counted, listed, shown
from .._util.version import __version__
from ..io.sample import sample_path
from .options import BY_USE, OPTIONS, PageSettings, on_command_line

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130

HIGHEST_PORT = 65_535

PACKAGE = Path(__file__).resolve().parent.parent
FIRST = "00_start_here.ipynb"

#: What only a matrix of one's own can be read with.
READING = ("files", "read_ranks", "read_query", "interpret")

REPORT_EXAMPLE = """\
example:
  lincs-interp report gene_rank_matrix.tsv --up up.txt --down down.txt --out report

Without MATRIX the report is made of the simulated sample. The folder named by --out gets report.html (read this
first), report.ipynb, scores.tsv, perturbagens.tsv, contributions.tsv, genes.tsv and run.meta.json.
"""
APP_EXAMPLE = """\
example:
  lincs-interp app gene_rank_matrix.tsv --up up.txt --down down.txt

Without MATRIX the page starts empty and takes uploads. It is served to this computer only (127.0.0.1), and only
who has its whole address can open it. Nothing is kept when it is closed. Stop it with Ctrl-C.
"""


class _Stopped(KeyboardInterrupt):
    """The system asks the command to end: it cleans up as after Ctrl-C."""


def _stop(number: int, frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one would stop the cleaning up
    raise _Stopped(number)


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
    if argv is None:
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP; nohup has it ignored, and so it stays
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _stop)
    try:
        arguments = _parser().parse_args(argv)
        # Nearly all that a report makes is needed until its end: looking for garbage would take a seventh of its time.
        (gc.disable if arguments.run is _report else gc.enable)()
        code = arguments.run(arguments)
        sys.stdout.flush()  # here, where a failure can still be reported
    except LincsInterpError as error:
        option = "" if error.names_argument or error.argument not in OPTIONS else f"{OPTIONS[error.argument].words}: "
        return _failed(shown(f"{option}{error.worded(on_command_line)}", 2_000))
    except KeyboardInterrupt as stop:
        with suppress(OSError):  # the terminal may be what has gone
            print("lincs-interp: stopped; nothing was left half written.", file=sys.stderr)
        return 128 + stop.args[0] if isinstance(stop, _Stopped) else INTERRUPTED
    except OSError as error:  # nobody reads the output, or the disk is full
        _silence_output()
        return _failed(f"the system refused: {shown(error, 200)}.")
    finally:
        if argv is None:
            gc.freeze()  # the process ends now: no need to look for garbage
        gc.enable()  # a report does without
    return int(code)


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
    report = commands.add_parser(
        "report",
        help="write the interpretation of a matrix and a gene list",
        description="Write the interpretation of a Gene Rank Matrix and your up and down genes as a page, a notebook"
        " and tables.",
        epilog=REPORT_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _take(report, _report, *(name for use in (*READING, "report") for name in BY_USE[use]))
    notebooks = commands.add_parser("notebooks", help="copy the guided notebooks and the sample into a folder")
    notebooks.add_argument("folder", metavar="DIR", type=Path, help="where to; made if it does not exist")
    _take(notebooks, _notebooks)
    lab = commands.add_parser("lab", help="open the guided notebooks in JupyterLab")
    where = "where your copy of the notebooks is or is to be (default: %(default)s)"
    start = Path("lincs-interp-notebooks")
    lab.add_argument("folder", metavar="DIR", type=Path, nargs="?", default=start, help=where)
    _take(lab, _lab)
    app = commands.add_parser(
        "app",
        help="open a guided page in the browser: upload, overview, report",
        description="Open a guided page in the browser: choose a Gene Rank Matrix and your genes, look around in the"
        " overview, save the report. No code is needed.",
        epilog=APP_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _take(app, _app, *(field.name for field in fields(PageSettings)), "port", "no_browser")
    return parser


def _take(command: argparse.ArgumentParser, run: Any, *names: str) -> None:
    """Let a command run this function, with options of the table."""
    command.set_defaults(run=run)
    for name in names:
        option = OPTIONS[name]
        more: dict[str, Any] = {"help": option.help, "default": option.default}
        if option.default:
            more["help"] += " (default: %(default)s)"
        if not option.takes:
            more["action"] = "store_true"
        elif isinstance(option.takes, tuple):
            more["choices"] = option.takes
        else:
            more["metavar"] = option.takes
            more["type"] = {"P": float}.get(option.takes, int if option.takes in ("N", "K", "MB", "PORT") else str)
        if name == "matrix":
            command.add_argument(name, nargs="?", **more | {"metavar": option.words})
        else:
            command.add_argument(option.words, dest=name, **more)


def _report(arguments: argparse.Namespace) -> int:
    from ..report.write import write_report

    interpretation, sources = _read(arguments) if arguments.matrix else _sample(arguments)
    for name in BY_USE["files"]:
        with suppress(OSError, TypeError):  # one of the two is not there, or not given
            if os.path.samefile(Path(getattr(arguments, name)).expanduser(), arguments.json):
                problem = f"is {shown(arguments.json, 200)}, the file of {OPTIONS[name].words}, which would be replaced"
                raise wrong("json", arguments.json, problem, "choose another name")
    with path_is("out"):
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
            try:
                with written_whole(Path(arguments.json)) as draft:
                    draft.write_text(text, encoding="utf-8", newline="\n")
            except OSError as error:
                raise unwritable("json", arguments.json, error) from None
    query = interpretation.query
    read = [*query.assumptions, f"{len(query.up):,} up and {len(query.down):,} down."] if query.assumptions else []
    for line in (*map("Your lists: {}".format, read), f"Read this first: {page.resolve()}"):
        print(line, file=sys.stderr if arguments.json == "-" else None)
    return DONE


def _sample(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """Return the interpretation of the simulated sample, and where it came from."""
    from ..io.sample import load_sample
    from ..readings.interpretation import interpret
    from ..report.inputs import sources_from_sample

    reading = {name: one for use in READING for name, one in BY_USE[use].items() if name != "overlap"}
    given = [one.words for name, one in reading.items() if getattr(arguments, name) != one.default]
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
        raise wrong("query", None, "is missing", "name the file with the genes that went up, or down")
    files = _files(arguments, *BY_USE["files"])
    genes = files.pop("gene_metadata", None)
    choice, reading, scoring = (
        {word: getattr(arguments, word) for word in BY_USE[use]} for use in ("read_query", "read_ranks", "interpret")
    )
    query = read_query(files.get("up", []), files.get("down"), **choice)
    background = None
    if "background" in files:
        with path_is("background"):
            background = read_ranks(files["background"], **reading)
    with path_is("matrix"):
        ranks = read_ranks(files["matrix"], metadata=files.get("metadata"), **reading)
    interpretation = interpret(ranks, query, background=background, gene_metadata=genes, **scoring)
    return interpretation, sources_from_files(files | reading | choice)


def _files(arguments: argparse.Namespace, *names: str) -> dict[str, Path]:
    """Return the paths that options name; each must be there, so that it is never taken for a pasted gene."""
    return {name: _existing(name, text) for name in names if (text := getattr(arguments, name)) is not None}


def _existing(name: str, text: str) -> Path:
    with suppress(OSError, ValueError, RuntimeError):  # too long a name; no home folder for "~"
        path = Path(text).expanduser()
        if path.exists():
            return path
    raise wrong(name, text, f"is {shown(text, 200)!r}, and there is no such file", "check the spelling")


def copy_notebooks(folder: Path) -> Path:
    """Copy the guided notebooks into `folder` and the sample into ``folder/data/sample``; never replace a file."""
    notebooks = [file for file in sorted(notebooks_path().glob("*")) if file.suffix in {".ipynb", ".md"}]
    sample = [file for file in sorted(sample_path().iterdir()) if file.is_file() and file.suffix != ".pyc"]
    pairs = [(file, folder / file.name) for file in notebooks]
    pairs += [(file, folder / "data" / "sample" / file.name) for file in sample]
    try:
        in_the_way = [
            new for old, new in pairs if new.exists() and not (new.is_file() and filecmp.cmp(old, new, shallow=False))
        ]
        if in_the_way:
            raise wrong(
                "folder",
                folder,
                f"is {shown(folder, 200)}, where {counted(len(in_the_way), 'file')} would be replaced"
                f" ({listed([path.name for path in in_the_way], 3)})",
                "choose another folder, or move them away first",
            )
        for old, new in pairs:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not new.exists():
                with written_whole(new) as draft:
                    shutil.copyfile(old, draft)
    except OSError as error:
        raise unwritable("folder", folder, error) from None
    return folder


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give another name to write under, so that no stop in between leaves a part of a file under this one."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def notebooks_path() -> Path:
    """Return where the guided notebooks are: inside the package in a wheel, beside it in a checkout."""
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise LincsInterpError(
        "The guided notebooks are not part of this installation", argument="notebooks", remedy="reinstall lincs-interp"
    )


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


def _app(arguments: argparse.Namespace) -> int:
    whole_number("port", arguments.port, least=0, most=HIGHEST_PORT)
    files = _files(arguments, "matrix", "up", "down", "background")
    chosen: dict[str, Any] = {word: str(file.resolve()) for word, file in files.items()}
    rest = {field.name: getattr(arguments, field.name) for field in fields(PageSettings)}
    settings = PageSettings(**rest | chosen)
    from .server import serve

    serve(settings, port=arguments.port, browser=not arguments.no_browser, report=lambda line: print(line, flush=True))
    print("The page has ended; nothing of it was kept.", flush=True)
    return DONE
