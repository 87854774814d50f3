"""Every text of the page as HTML: pure functions, and whatever came from a file or a box is escaped."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from .._util.text import counted, listed, shown
from ..genes.matching import resolve_query
from ..readings.interpretation import Interpretation
from .inputs import SAMPLE, STEPS, Choices
from .settings import MEGABYTE
from .uploads import HeldFile

TITLE = "Read a Gene Rank Matrix"
TEMPLATE = Path(__file__).parent / "template"

#: The browser fills these in before it sends a file, the kernel after that.
TOO_LARGE = (
    "{name} has {size} MB, and this page takes files of up to {limit} MB: it was not taken. Pack it with gzip or zip,"
    " leave out signatures, or start the page with lincs-interp app --max-upload."
)
SENDING = "Receiving {name} ({size} MB) …"

REPORT = (
    "A page to read and to print, the tables, and a notebook of the same analysis, in one zip file. Writing it takes"
    " up to half a minute."
)

#: The steps that take a file, in the order of the page: how the file is called, and what it may be.
FILES = {
    "matrix": "the matrix",
    "up": "a file of up genes",
    "down": "a file of down genes",
    "background": "a background",
}
REMOVE = {
    "matrix": "Remove the matrix",
    "up": "Remove the up genes",
    "down": "Remove the down genes",
    "background": "Remove the background",
}
HINTS = {
    "matrix": "TSV, CSV, XLSX, GCT or the like, plain or packed: one row per gene, one column per signature.",
    "up": "TXT, TSV, XLSX, GMT. A file with both lists belongs here; leave the other list empty then.",
    "down": "TXT, TSV, XLSX, GMT.",
    "background": "A matrix of 50 or more signatures that were not picked by your genes, of the same genes. It"
    " measures what unrelated signatures score; without it p-values are as a rule too small.",
}


@cache
def _texts() -> Any:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True)
    return environment.get_template("texts.html.j2").module


def introduction(limit: int) -> str:
    """Return what the page is and promises; `limit` is in MB, and the browser reads it and its sentences from here."""
    style = (TEMPLATE / "lincs_page.css").read_text(encoding="utf-8")
    too_large = TOO_LARGE.replace("{limit}", f"{limit:,}")
    return str(_texts().introduction(style, TITLE, f"{limit:,}", limit * MEGABYTE, too_large, SENDING))


def heading(number: int, text: str, hint: str = "") -> str:
    """Return the head of a step."""
    return str(_texts().heading(number, text, hint))


def hint(text: str) -> str:
    """Return a sentence about a control."""
    return str(_texts().hint(text))


def held(file: HeldFile | None, *, now: dt.datetime | None = None) -> str:
    """Return what a step holds; `now` makes the text new, so that it replaces what the browser wrote there."""
    return str(_texts().held(file, file == SAMPLE, _megabytes(file.size if file else 0), now))


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f}" if size >= MEGABYTE / 10 else f"{size / MEGABYTE:.4f}".rstrip("0")


def too_large(name: str, size: int, limit: int) -> str:
    """Return the sentence about a file that is over the limit of `limit` MB."""
    return TOO_LARGE.format(limit=f"{limit:,}", size=_megabytes(size), name=shown(name))


def alert(sentence: str) -> str:
    """Return a sentence that a screen reader reads at once."""
    return str(_texts().alert(shown(sentence, 2_000)))


def unexpected(error: BaseException) -> str:
    """Return the sentence for what nobody foresaw; the details are for the terminal, not for the reader."""
    if isinstance(error, MemoryError):
        return "This computer has not enough memory for this matrix: close other programs, or leave out signatures."
    return (
        f"Something went wrong: {type(error).__name__}. Please report it; the details are in the terminal where"
        " lincs-interp app runs. The page still works: change what you gave, or reload it."
    )


def progress(step: str) -> str:
    """Show how far the reading has come, in words and as a bar."""
    return str(_texts().progress(step, STEPS.index(step), len(STEPS)))


def busy(words: str) -> str:
    """Show that something takes a while and has no steps."""
    return str(_texts().progress(words, 0, 0))


def summary(interpretation: Interpretation, choices: Choices) -> str:
    """Return what was read, what was assumed, and which entries of the lists were not found."""
    ranks, query, matches = interpretation.ranks, interpretation.query, interpretation.matches
    found = {side: matches.loc[matches["side"] == side, "found"] for side in ("up", "down")}
    sides = [f"{int(there.sum()):,} of {len(there):,} {side} genes" for side, there in found.items() if len(there)]
    lines = [
        f"{' and '.join(sides)} were found in the matrix of {counted(ranks.shape[1], 'signature')} and"
        f" {counted(ranks.shape[0], 'gene')} (N = {ranks.n_genes:,} genes were ranked)."
    ]
    missing = matches.loc[~matches["found"], "gene"]
    if len(missing):
        lines.append(f"Not found: {listed(missing, 8)}. The report says why for each.")
    if query.one_sided:
        lines.append("Only one list was given, so every call rests on that list alone.")
    if both := resolve_query(ranks, query).overlap:
        lines.append(
            f"In both of your lists, and so left out of both: {listed(both, 8)} ({counted(len(both), 'gene')})."
        )
    if interpretation.background is not None:
        lines.append(f"Background: {counted(interpretation.background.shape[1], 'unselected signature')}.")
    elif choices.background is not None:
        lines.append("The background was left out, so p-values are as a rule too small.")
    else:
        lines.append("Without a background p-values are as a rule too small.")
    return str(_texts().summary(query.name, lines, [shown(one, 400) for one in interpretation.assumptions]))


def report_link(address: str, name: str, size: int) -> str:
    """Return the link that saves the report."""
    return str(_texts().report_link(address, name, _megabytes(size)))
