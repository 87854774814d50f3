"""The command lincs-interp app: the guided page, served to this computer."""

from __future__ import annotations

import argparse

from .._util.errors import LincsInterpError, whole_number
from .._util.text import listed

APP_EXAMPLE = """\
example:
  lincs-interp app gene_rank_matrix.tsv --up up.txt --down down.txt

Without MATRIX the page starts empty and takes uploads. It is served to this computer only (127.0.0.1), and nothing is
kept when it is closed. Stop it with Ctrl-C.
"""

HIGHEST_PORT = 65_535
LARGEST_UPLOAD = 2_000  # megabytes; a browser has a few times as much in memory while it sends


def add_app(commands: argparse._SubParsersAction) -> None:
    """Add the command to those of the parser."""
    from .settings import MAX_UPLOAD

    app = commands.add_parser(
        "app",
        help="open a guided page in the browser: upload, overview, report",
        description="Open a guided page in the browser: choose a Gene Rank Matrix and your genes, look around in the"
        " overview, save the report. No code is needed.",
        epilog=APP_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    app.add_argument("matrix", metavar="MATRIX", nargs="?", help="a matrix to start with (TSV, CSV, XLSX, GCT, ...)")
    app.add_argument("--up", metavar="FILE", help="genes that went up; a GMT or a table may hold both lists")
    app.add_argument("--down", metavar="FILE", help="genes that went down")
    app.add_argument("--background", metavar="FILE", help="a matrix of unselected signatures, for calibrated p-values")
    app.add_argument("--n-genes", metavar="N", type=int, help="how many genes were ranked, if MATRIX holds only some")
    app.add_argument(
        "--rank-one",
        choices=("down", "up"),
        default="down",
        help="which end rank 1 is in the matrices (default: %(default)s)",
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
    app.set_defaults(run=run_app)


def run_app(arguments: argparse.Namespace) -> int:
    """Check the options, and serve the page until Ctrl-C; return the exit code."""
    from .cli import DONE, existing_file
    from .settings import PageSettings

    _within("--port", arguments.port or 1, HIGHEST_PORT)
    _within("--max-upload", arguments.max_upload, LARGEST_UPLOAD)
    if arguments.n_genes is not None:
        whole_number("--n-genes", arguments.n_genes)
    files = {
        word: str(existing_file("MATRIX" if word == "matrix" else f"--{word}", getattr(arguments, word)).resolve())
        for word in ("matrix", "up", "down", "background")
        if getattr(arguments, word) is not None
    }
    _refuse_without_packages()
    from .server import serve

    settings = PageSettings(
        **files, rank_one=arguments.rank_one, n_genes=arguments.n_genes, max_upload=arguments.max_upload
    )
    serve(settings, port=arguments.port, browser=not arguments.no_browser, tell=lambda line: print(line, flush=True))
    print("The page has ended; nothing of it was kept.", flush=True)
    return DONE


def _within(option: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise LincsInterpError(f"{option} is {value:,}: give a whole number from 1 to {most:,}.")


def _refuse_without_packages() -> None:
    import importlib.util

    missing = [name for name in ("voila", "ipywidgets", "ipykernel") if importlib.util.find_spec(name) is None]
    if missing:
        raise LincsInterpError(
            f'app needs {listed(missing)}, which is not installed: run pip install "lincs-interp[app]".'
        )
