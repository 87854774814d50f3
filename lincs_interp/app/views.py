"""Every text of the page as HTML, from the macros of one template; whatever came from a file or a box is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from .._util.text import counted, listed, shown
from ..readings.interpretation import Interpretation
from ..readings.sentences import coverage
from .inputs import SAMPLE, STEPS, Choices
from .options import MEGABYTE

TITLE = "Read a Gene Rank Matrix"
TEMPLATE = Path(__file__).parent / "template"

#: The steps that take a file, in the order of the page: its two buttons, and what the file may be.
FILES = {
    "matrix": (
        "Choose the matrix",
        "Remove the matrix",
        "TSV, CSV, XLSX, GCT or the like, plain or packed: one row per gene, one column per signature.",
    ),
    "up": (
        "Choose a file of up genes",
        "Remove the up genes",
        "TXT, TSV, XLSX, GMT. A file with both lists belongs here; leave the other list empty then.",
    ),
    "down": ("Choose a file of down genes", "Remove the down genes", "TXT, TSV, XLSX, GMT."),
    "background": (
        "Choose a background",
        "Remove the background",
        "A matrix of 50 or more signatures that were not picked by your genes, of the same genes. It measures what"
        " unrelated signatures score; without it p-values are as a rule too small.",
    ),
}


def megabytes(size: int) -> str:
    """Return a size in bytes as megabytes, without the unit."""
    return f"{size / MEGABYTE:,.1f}" if size >= MEGABYTE / 10 else f"{size / MEGABYTE:.4f}".rstrip("0")


_environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, trim_blocks=True)
_environment.filters |= {"megabytes": megabytes, "shown": shown}
_environment.globals |= {"title": TITLE, "steps": STEPS, "sample": SAMPLE, "megabyte": MEGABYTE}

#: The macros of the template: ``TEXTS.heading(1, "The matrix")``.
TEXTS: Any = _environment.get_template("texts.html.j2").module


def unexpected(error: BaseException) -> str:
    """Return the sentence for what nobody foresaw; the details are for the terminal, not for the reader."""
    if isinstance(error, MemoryError):
        return "This computer has not enough memory for this matrix: close other programs, or leave out signatures."
    return (
        f"Something went wrong: {type(error).__name__}. Please report it; the details are in the terminal where"
        " lincs-interp app runs. The page still works: change what you gave, or reload it."
    )


def summary(interpretation: Interpretation, choices: Choices) -> str:
    """Return what was read, what was assumed, and which entries of the lists were not found."""
    ranks, matches = interpretation.ranks, interpretation.matches
    genes, signatures = ranks.shape
    lines = [
        f"The matrix has {counted(signatures, 'signature')} and {counted(genes, 'gene')} (N = {ranks.n_genes:,} genes"
        " were ranked).",
        *coverage(interpretation),
    ]
    lines += [f"Your lists: {sentence}" for sentence in interpretation.query.assumptions]
    missing = matches.loc[~matches["found"], "gene"]
    if len(missing):
        lines.append(f"Not found: {listed(missing, 8)}. The report says why for each.")
    if interpretation.query.one_sided:
        lines.append("Only one list was given, so every call rests on that list alone.")
    if interpretation.background is not None:
        lines.append(f"Background: {counted(interpretation.background.shape[1], 'unselected signature')}.")
    elif choices.background is not None:
        lines.append("The background was left out, so p-values are as a rule too small.")
    else:
        lines.append("Without a background p-values are as a rule too small.")
    return str(TEXTS.summary(interpretation.query.name, lines, interpretation.assumptions))
