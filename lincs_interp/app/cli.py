"""The command line: lincs-interp report, notebooks, lab, app."""

from __future__ import annotations

import argparse
import filecmp
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown
from ._commands import add_app

# What the sentences of the functions call these, and what a shell user has to type.
OPTIONS = {
    'overlap="drop"': "--overlap drop",
    "pass unselected signatures, or correlation=0.075 for a lower bound on p; selected=False if it is none": (
        "give --background unselected signatures, or leave it out"
    ),
    "pass n_genes": "pass --n-genes",
    "with n_genes": "with --n-genes",
    'rank_one="up"': "--rank-one up",
    "turn them into ranks with rank_coefficients(frame) (for a file: rank_coefficients(read_coefficients(path)))": (
        "the report needs ranks; in Python, rank_coefficients(read_coefficients(path)) makes them"
    ),
}

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130

REPORT_EXAMPLE = """\
example:
  lincs-interp report gene_rank_matrix.tsv --up up.txt --down down.txt --out report

Without MATRIX the report is made of the simulated sample. The folder named by --out gets report.html (read this
first), report.ipynb, scores.tsv, perturbagens.tsv, drivers.tsv, genes.tsv and run.meta.json.
"""

PACKAGE = Path(__file__).resolve().parent.parent


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, with exit code 2."""

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
        sys.stdout.flush()  # here, where a failure can still be told
    except LincsInterpError as error:
        return _failed(shown(_in_options(str(error)), 2_000))
    except KeyboardInterrupt:
        print("lincs-interp: stopped; nothing was left half written.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # nobody reads the output, or the disk is full
        _silence_output()
        return _failed(f"the system refused: {shown(error, 200)}.")
    return code


def _failed(sentence: str) -> int:
    print(f"lincs-interp: error: {sentence}", file=sys.stderr)
    return BAD_INPUT


def _silence_output() -> None:
    """Send what is still to be printed nowhere, or Python complains about it once more when it ends."""
    with suppress(OSError, ValueError):  # a stream that is no file has no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _in_options(sentence: str) -> str:
    """Name the remedy as the command line has it: the functions speak of their own arguments."""
    for argument, option in OPTIONS.items():
        sentence = sentence.replace(argument, option)
    return sentence


def _parser() -> argparse.ArgumentParser:
    from .. import __version__

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
        help="where your copy of the notebooks lies or shall lie (default: %(default)s)",
    )
    lab.set_defaults(run=_lab)
    add_app(commands)
    return parser


def _add_report(commands: argparse._SubParsersAction) -> None:
    report = commands.add_parser(
        "report",
        help="write the interpretation of a matrix and a gene list",
        description="Write the interpretation of a Gene Rank Matrix and your up and down genes as a page, a notebook"
        " and tables.",
        epilog=REPORT_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("matrix", metavar="MATRIX", nargs="?", help="the downloaded matrix (TSV, CSV, XLSX, GCT, ...)")
    report.add_argument("--up", metavar="FILE", help="genes that went up; a GMT or a table may hold both lists")
    report.add_argument("--down", metavar="FILE", help="genes that went down")
    report.add_argument("--out", metavar="DIR", default="report", help="folder to write into (default: %(default)s)")
    report.add_argument("--name", metavar="TEXT", help="what your experiment is called")
    report.add_argument(
        "--n-genes",
        metavar="N",
        type=int,
        help="how many genes were ranked, if the file holds only some of them (of both matrices)",
    )
    report.add_argument(
        "--rank-one",
        choices=("down", "up"),
        default="down",
        help="which end rank 1 is (default: %(default)s)",
    )
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
        "--background",
        metavar="FILE",
        help="a matrix of unselected signatures (50 or more, never the hits of this query), for calibrated p-values;"
        " --n-genes and --rank-one hold for it too",
    )
    report.add_argument(
        "--library-size",
        metavar="N",
        type=int,
        help="how many signatures were searched, if MATRIX holds the best of them",
    )
    report.add_argument("--genes", metavar="FILE", help="a table that says which genes are landmarks (measured)")
    report.add_argument("--execute", action="store_true", help="run the notebook, so that it shows its results")
    report.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    from ..core.ranks import RankMatrix
    from ..io.sample import load_sample, sample_path
    from ..readings.interpretation import interpret
    from ..report.inputs import sources_from_files, sources_from_sample
    from ..report.write import write_report

    if arguments.matrix is None:
        _refuse_without_matrix(arguments)
        sample = load_sample()
        ranks, query = sample.ranks, sample.query
        background: RankMatrix | None = sample.background
        genes: Path | None = sample_path("genes.tsv")
        sample_files = {"matrix": "ranks.tsv", "up": "up.txt", "down": "down.txt", "background": "background.tsv.gz"}
        files = {name: sample_path(file) for name, file in sample_files.items()}
        sources = sources_from_sample(files)
        print("No MATRIX given: this is the simulated sample.")
    else:
        from ..io import read_query, read_ranks

        if arguments.up is None and arguments.down is None:
            raise LincsInterpError("--up and --down are missing: name the file with the genes that went up, or down.")
        options = ("rank_one", "n_genes", "name")
        files = {
            word: existing_file(option, getattr(arguments, word))
            for option, word in (
                ("MATRIX", "matrix"),
                ("--up", "up"),
                ("--down", "down"),
                ("--background", "background"),
            )
            if getattr(arguments, word) is not None
        }
        sources = sources_from_files(files | {word: getattr(arguments, word) for word in options})
        query = read_query(files.get("up", []), files.get("down"), name=arguments.name)
        reading = {"rank_one": arguments.rank_one, "n_genes": arguments.n_genes}
        background = read_ranks(files["background"], **reading) if "background" in files else None
        ranks = read_ranks(files["matrix"], **reading)
        genes = None if arguments.genes is None else existing_file("--genes", arguments.genes)
    interpretation = interpret(
        ranks,
        query,
        background=background,
        library_size=arguments.library_size,
        gene_metadata=genes,
        overlap=arguments.overlap,
    )
    page = write_report(
        interpretation,
        arguments.out,
        top=arguments.top,
        execute=arguments.execute,
        sources=sources,
        progress=sys.stderr.isatty(),
    )
    print(f"Read this first: {page.resolve()}")
    return DONE


def existing_file(option: str, text: str) -> Path:
    """Return the path that an option names; it must be a file, so that it is never taken for a pasted gene."""
    with suppress(OSError, ValueError, RuntimeError):  # too long a name; no home that "~" could stand for
        path = Path(text).expanduser()
        if path.is_file():
            return path
    raise LincsInterpError(f"{option} is {shown(text, 200)!r}, and there is no such file: check the spelling.")


def _refuse_without_matrix(arguments: argparse.Namespace) -> None:
    names = ("up", "down", "name", "n_genes", "background", "library_size", "genes")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(arguments, name)]
    if arguments.rank_one != "down":
        given.append("--rank-one")
    if given:
        raise LincsInterpError(
            f"MATRIX is missing, but {listed(given)} is given: name the downloaded matrix too, or leave all out for the"
            " simulated sample."
        )


def _notebooks(arguments: argparse.Namespace) -> int:
    folder = copy_notebooks(arguments.folder)
    print(f"The notebooks and the sample lie in {folder.resolve()}. Begin with 00_start_here.ipynb.")
    return DONE


def copy_notebooks(folder: Path) -> Path:
    """Copy the guided notebooks into `folder` and the sample into ``folder/data/sample``; never replace a file."""
    from ..io.sample import sample_path

    pairs = [
        (file, folder / file.name) for file in sorted(notebooks_path().glob("*")) if file.suffix in {".ipynb", ".md"}
    ]
    pairs += [
        (file, folder / "data" / "sample" / file.name)
        for file in sorted(sample_path().iterdir())
        if file.is_file() and file.suffix != ".pyc"
    ]
    try:
        in_the_way = [new for old, new in pairs if new.exists() and not _same_file(old, new)]
        if in_the_way:
            raise LincsInterpError(
                f"DIR is {shown(folder, 200)}, where {counted(len(in_the_way), 'file')} would be replaced"
                f" ({listed([path.name for path in in_the_way], 3)}): choose another folder, or move them away first."
            )
        for old, new in pairs:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not new.exists():
                _copy_whole(old, new)
    except OSError as error:
        raise LincsInterpError(
            f"DIR is {shown(folder, 200)}, which cannot be written ({error.strerror or error}): choose another folder."
        ) from None
    return folder


def _copy_whole(old: Path, new: Path) -> None:
    """Copy under another name first, so that no stop in between leaves a part of a file under this one."""
    draft = new.with_name(f".{new.name}.part")
    try:
        shutil.copyfile(old, draft)
        os.replace(draft, new)
    finally:
        draft.unlink(missing_ok=True)


def _same_file(old: Path, new: Path) -> bool:
    return new.is_file() and filecmp.cmp(old, new, shallow=False)


def notebooks_path() -> Path:
    """Where the guided notebooks lie: inside the package in a wheel, beside it in a checkout."""
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if (folder / "00_start_here.ipynb").is_file():
            return folder
    raise LincsInterpError("The guided notebooks are not part of this installation: reinstall lincs-interp.")


def _lab(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("jupyterlab") is None:
        raise LincsInterpError(
            'lab needs JupyterLab, which is not installed: run pip install "lincs-interp[notebooks]".'
        )
    folder = arguments.folder
    if not os.path.exists(folder / "00_start_here.ipynb"):
        copy_notebooks(folder)
    print(f"Opening {folder.resolve()} in JupyterLab; stop it with Ctrl-C.", flush=True)
    return subprocess.run([sys.executable, "-m", "jupyterlab", str(folder.resolve())], check=False).returncode
