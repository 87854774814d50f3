"""Pieces of HTML that explorers are made of: buttons that choose, pictures with their words, tables, files to save."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._util.html import STYLE, Html, attribute, escaped, joined, one_line, piece, sentence_html, table_html
from .._util.tsv import tsv_bytes
from ..core.columns import column
from ..plots import Canvas, png_of
from ..readings.reading import Reading, evidence_html, warnings_html

if TYPE_CHECKING:
    import pandas as pd


def fixed_text(name: str) -> str:
    """Return a style or script of the explorers for an attribute or element."""
    return escape(one_line(Path(__file__).parent / "page" / name), quote=False)


_CHOOSE, _COPY, _KEEP_KEYS = (fixed_text(f"{name}.js") for name in ("choose", "copy", "keep_keys"))
EXPLORER_STYLE = f"<style>{fixed_text('explorer.css')}</style>"


def style(*, live: bool) -> str:
    """Return the style of displays and explorers, once for each explorer; a live one keeps its keys for itself."""
    own = EXPLORER_STYLE.replace("<style>", f'<style onload="{_KEEP_KEYS}">', 1) if live else EXPLORER_STYLE
    return STYLE + own


def status(*body: object) -> Html:
    """Return the sentence that changes: a screen reader reads it out when it does."""
    return Html(f'<div role="status" aria-live="polite">{joined(body)}</div>')


def alert(sentence: str) -> Html:
    """Return what went wrong, in a box that is read out at once."""
    words = f"<strong>⚠</strong> {sentence_html(sentence)}"
    return piece(Html(f'<div class="lincs-alert" role="alert"><p>{words}</p></div>'))


def picture(canvas: Canvas, alt: str, caption: str, *, onclick: str = "") -> Html:
    """Return what a canvas shows, with the words in its place and those under it; `onclick` is a fixed script."""
    pressed = f'onclick="{onclick}" style="cursor:pointer" ' if onclick else ""
    address = f"data:image/png;base64,{base64.b64encode(canvas.png()).decode('ascii')}"
    return Html(
        f'<figure class="lincs-picture"><img {pressed}src="{address}" width="{canvas.width}"'
        f' alt="{attribute(alt, 400)}"><figcaption>{sentence_html(caption)}</figcaption></figure>'
    )


#: Returns a name of a gene, signature or perturbagen for a view: :func:`go`, or :func:`name_only` in a still copy.
Link = Callable[..., Html]


def go(pick: str, name: str, shown_as: object = None, *, limit: int = 60, current: bool = False) -> Html:
    """Return a button that chooses a gene, signature or perturbagen by mouse, Enter or space."""
    # `current` says to a screen reader that it is the chosen one; those who see need a sign of their own.
    here, face = ' aria-current="true"' if current else "", name_only(pick, name, shown_as, limit=limit)
    return Html(
        f'<button type="button" class="lincs-go" data-pick="{pick}" data-lm-suppress-shortcuts="true"{here}'
        f' value="{escape(name, quote=True)}" onclick="{_CHOOSE}">{face}</button>'
    )


def name_only(pick: str, name: str, shown_as: object = None, *, limit: int = 60, current: bool = False) -> Html:
    """Return what is on the button of :func:`go`, with nothing to press."""
    return escaped(name if shown_as is None else shown_as, limit)


def details(summary: str, body: Html) -> Html:
    """Return a part that is folded away; Enter and space belong to its summary, not to the notebook around it."""
    return Html(f'<details data-lm-suppress-shortcuts="true"><summary>{summary}</summary>{body}</details>')


#: A column of a table: its head (a name, or a name and what is under it), its cells, and whether these are numbers.
Cells = tuple[str | tuple[str, str], list[Any], bool]


def recorded(rows: pd.DataFrame, kind: str, name: str, hint: str = "", **changes: Any) -> Cells:
    """Return a column as its record in :mod:`core.columns` has it; `hint` goes under its name in place of the unit."""
    record = column(kind, name)
    assert record is not None
    record = replace(record, **changes)
    return (name, hint) if hint else record.head, record.cells(rows), record.numeric


def columns_html(
    columns: Sequence[Cells], caption: str, *, gap: tuple[int, str] | None = None, marked: int | None = None
) -> Html:
    """Return a table; `gap` is a place and the words that go across the table there, `marked` the chosen row."""
    heads, cells, numeric = zip(*columns, strict=True)
    rows: list[Any] = list(zip(*cells, strict=True))
    if gap:
        rows.insert(*gap)
    right = [place for place, number in enumerate(numeric) if number]
    return table_html(rows, heads, caption=caption, numeric=right, marked=marked)


def reading_html(reading: Reading, evidence: str, *between: object) -> Html:
    """Return the display of a reading, with more after its sentence, and with its evidence folded away."""
    title = Html(f'<p class="lincs-title"><strong>{reading.title}</strong></p>')
    folded = details(evidence, evidence_html(reading.evidence))
    return piece(title, status(reading.sentence), *between, warnings_html(reading.warnings), folded)


def copy_box(label: str, text: str) -> Html:
    """Return a text to take along, with a button that puts it on the clipboard."""
    rows = min(4, text.count("\n") + 1)
    # HTML drops a line break that comes first.
    return Html(
        f'<div class="lincs-copies" data-lm-suppress-shortcuts="true"><button type="button" class="lincs-copy"'
        f' onclick="{_COPY}" aria-label="Copy {attribute(label)}">Copy</button>'
        f'<span class="lincs-faint">{attribute(label)}</span>'
        f'<textarea readonly rows="{rows}" aria-label="{attribute(label)}">\n{escape(text)}</textarea></div>'
    )


def download(label: str, file_name: str, kind: str, content: bytes) -> Html:
    """Return a link that saves `content`, which travels inside it."""
    data = base64.b64encode(content).decode("ascii")
    return Html(
        f'<a download="{attribute(file_name)}" href="data:{kind};base64,{data}" aria-label="Save {attribute(label)} as'
        f' {attribute(file_name)}">{attribute(label)}</a>'
    )


def file_stem(name: str) -> str:
    """Return a file name made of a name from the matrix: letters, digits, dots and dashes only."""
    kept = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in name)
    return kept.strip("-.")[:80] or "lincs"


def files_of(
    table: pd.DataFrame,
    name: str,
    label: str,
    draw: Callable[..., object] | None,
    size: tuple[float, float] = (8.4, 4.2),
) -> Html:
    """Return links that save a table as TSV and a picture as PNG (200 dots per inch) and SVG, and the table to copy."""
    # `name` is that of the files, without their ending; `draw` takes the ``ax`` to draw on.
    text, stem = tsv_bytes(table), file_stem(name)
    links = [download("TSV", f"{stem}.tsv", "text/tab-separated-values", text)]
    if draw is not None:
        from matplotlib.figure import Figure

        figure, page = Figure(figsize=size, layout="constrained"), io.BytesIO()
        draw(ax=figure.subplots())
        figure.savefig(page, format="svg")
        links.append(download("PNG", f"{stem}.png", "image/png", png_of(figure, dpi=200)))
        links.append(download("SVG", f"{stem}.svg", "image/svg+xml", page.getvalue()))
    saved = f'<div class="lincs-copies"><span class="lincs-faint">Save: </span>{"".join(links)}</div>'
    return Html(saved + copy_box(f"{label}, as a table (TSV)", text.decode("utf-8")))
