"""What the command line and the guided page take: the words of each argument, and the start of a page."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._util.errors import one_of, whole_number
from ..core.query import OVERLAP
from ..core.ranks import RANK_ONE
from ..io import Choice

#: The variable that passes the settings from the server to the kernel of each visitor.
VARIABLE = "LINCS_INTERP_APP"

MEGABYTE = 1_000_000

#: Megabytes that one upload may have: 12,327 genes x 3,000 signatures as text; and the most that can be asked for,
#: because a browser has a few times as much in memory while it sends.
MAX_UPLOAD, LARGEST_UPLOAD = 200, 2_000

#: What the reader of the page can agree to.
DROP_OVERLAP, NO_BACKGROUND = "Leave them out of both lists", "Go on without the background"


@dataclass(frozen=True)
class Option:
    """An argument of the functions: what command line and page call it, in errors too, and how the former reads it."""

    words: str
    help: str = ""
    takes: str | tuple[str, ...] = "FILE"  # N, K, MB, PORT: whole numbers; P: a number; words: one of them; "": nothing
    default: Any = None
    page: str = ""


#: By what takes them: files, the function that gets them as they are, the command; "words" are for errors only.
BY_USE = {
    "files": {
        "matrix": Option("MATRIX", "the downloaded matrix (TSV, CSV, XLSX, GCT, ...)"),
        "up": Option("--up", "genes that went up; a GMT or a table may hold both lists", page='"Up genes"'),
        "down": Option("--down", "genes that went down", page='"Down genes"'),
        "background": Option(
            "--background",
            "a matrix of unselected signatures (50 or more, never the hits of this query), for calibrated p-values",
            page="the background",
        ),
        "gene_metadata": Option("--genes", "a table that says which genes are landmarks (measured)"),
        "metadata": Option("--metadata", "a table of the signatures: perturbagen, cell line, dose ..."),
    },
    "read_ranks": {
        "rank_one": Option(
            "--rank-one", "which end rank 1 is in the matrices", RANK_ONE, RANK_ONE[0], page="the box about rank 1"
        ),
        "n_genes": Option(
            "--n-genes",
            "how many genes were ranked, if the matrices hold only some of them",
            "N",
            page='"Genes ranked"',
        ),
    },
    "read_query": {
        "name": Option("--name", "what your experiment is called", "TEXT", page='"Name of your experiment"'),
        "contrast": Option(
            "--contrast",
            "which group, contrast or sheet of a table of genes is meant, if it holds several",
            "TEXT",
            page='"Contrast, group or sheet"',
        ),
        "max_adjusted_p": Option(
            "--max-adjusted-p", "genes of a table enter the lists below this adjusted p", "P", Choice.max_adjusted_p
        ),
        "max_genes": Option(
            "--max-genes", "at most so many genes a side are taken from a table", "K", Choice.max_genes
        ),
    },
    "interpret": {
        "library_size": Option(
            "--library-size", "how many signatures were searched, if MATRIX holds the best of them", "N"
        ),
        "tissue": Option("--tissue", "your own tissue, as the metadata spell it", "TEXT"),
        "overlap": Option(
            "--overlap",
            "genes in both lists: refuse, or leave them out of both",
            OVERLAP,
            OVERLAP[0],
            page=f'the button "{DROP_OVERLAP}"',
        ),
    },
    "report": {
        "out": Option("--out", "folder to write into", "DIR", "report"),
        "top": Option("--top", "signatures listed per end", "K", 10),
        "json": Option("--json", "write readings and tables as JSON too (-: print them)"),
        "execute": Option("--execute", "run the notebook, so that it shows its results", "", False),
    },
    "app": {
        "max_upload": Option("--max-upload", "how large an uploaded file may be", "MB", MAX_UPLOAD),
        "port": Option("--port", "which port to use (default: a free one)", "PORT", 0),
        "no_browser": Option("--no-browser", "only print the address of the page", "", False),
    },
    "words": {
        "ranks": Option("MATRIX", page="the matrix"),
        "query": Option("the query (--up, --down)", page="your query"),
        "folder": Option("DIR"),
        "correlation": Option("correlation", page=f'the button "{NO_BACKGROUND}"'),
    },
}
OPTIONS = {name: option for group in BY_USE.values() for name, option in group.items()}


def on_command_line(name: str, value: str | None = None) -> str:
    """Return what the command line calls an argument, for :meth:`LincsInterpError.worded`."""
    word = OPTIONS[name].words if name in OPTIONS else name
    return word if value is None else f'{word} "{value}"' if " " in value else f"{word} {value}"


def on_page(name: str, value: str | None = None) -> str:
    """Return what the page calls an argument, for :meth:`LincsInterpError.worded`."""
    return (name in OPTIONS and OPTIONS[name].page) or name


@dataclass(frozen=True)
class PageSettings:
    """The start of a page: the paths of its first files, how they are read, and how many MB an upload may have."""

    matrix: str | None = None
    up: str | None = None
    down: str | None = None
    background: str | None = None
    rank_one: str = RANK_ONE[0]
    n_genes: int | None = None
    contrast: str | None = None
    max_upload: int = MAX_UPLOAD

    def __post_init__(self) -> None:
        one_of("rank_one", self.rank_one, RANK_ONE)
        whole_number("max_upload", self.max_upload, most=LARGEST_UPLOAD)
        if self.n_genes is not None:
            whole_number("n_genes", self.n_genes)


def to_environment(settings: PageSettings) -> dict[str, str]:
    """Return the settings as a variable for the environment of a kernel."""
    return {VARIABLE: json.dumps(asdict(settings))}


def from_environment(environment: Mapping[str, str] = os.environ) -> PageSettings:
    """Return the settings that are in the environment; without them the defaults."""
    return PageSettings(**json.loads(environment.get(VARIABLE, "{}")))
