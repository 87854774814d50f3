"""Pieces of HTML that explorers are made of: buttons that choose, pictures with their words, tables, files to save."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._util.html import STYLE, Html, attribute, escaped, paragraph, sentence_html, table_html
from .._util.tsv import tsv_bytes
from ..core.columns import column
from ..plots import Canvas, png_of

if TYPE_CHECKING:
    import pandas as pd

PAGE = Path(__file__).parent / "page"


def fixed_text(name: str) -> str:
    """Return a script or style of this package on one line, for an attribute or element; no data is ever inside it."""
    lines = (line.strip() for line in (PAGE / name).read_text(encoding="utf-8").splitlines())
    return escape("".join(line for line in lines if not line.startswith("//")), quote=False)


_CHOOSE, _COPY, _KEEP_KEYS = (fixed_text(f"{name}.js") for name in ("choose", "copy", "keep_keys"))
EXPLORER_STYLE = f"<style>{fixed_text('explorer.css')}</style>"


def piece(*body: object) -> Html:
    """Put pieces into the scope of the style: Html is taken as it is, any other text becomes a paragraph."""
    return Html(f'<div class="lincs-interp mathjax_ignore" dir="ltr">{_joined(body)}</div>')


def _joined(body: Iterable[object]) -> str:
    return "".join(one if isinstance(one, Html) else paragraph(one) for one in body)


def style(*, live: bool) -> str:
    """Return the style of displays and explorers, once for each explorer; a live one keeps its keys for itself."""
    own = EXPLORER_STYLE.replace("<style>", f'<style onload="{_KEEP_KEYS}">', 1) if live else EXPLORER_STYLE
    return STYLE + own


def status(*body: object) -> Html:
    """Return the sentence that changes: a screen reader reads it out when it does."""
    return Html(f'<div role="status" aria-live="polite">{_joined(body)}</div>')


def alert(sentence: str) -> Html:
    """Return what went wrong, in a box that is read out at once; empty if nothing did."""
    if not sentence:
        return Html("")
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
    """Return a button that chooses a gene, signature or perturbagen by mouse, Enter or space.

    `current` says to a screen reader that it is the chosen one; those who see need a sign of their own.
    """
    here, face = ' aria-current="true"' if current else "", name_only(pick, name, shown_as, limit=limit)
    return Html(
        f'<button type="button" class="lincs-go" data-pick="{pick}" data-lm-suppress-shortcuts="true"{here}'
        f' value="{escape(name, quote=True)}" onclick="{_CHOOSE}">{face}</button>'
    )


def name_only(pick: str, name: str, shown_as: object = None, *, limit: int = 60, current: bool = False) -> Html:
    """Return what is on the button of :func:`go`, with nothing to press."""
    return shown_as if isinstance(shown_as, Html) else escaped(name if shown_as is None else shown_as, limit)


def details(summary: str, body: Html) -> Html:
    """Return a part that is folded away; Enter and space belong to its summary, not to the notebook around it."""
    return Html(f'<details data-lm-suppress-shortcuts="true"><summary>{summary}</summary>{body}</details>')


@dataclass(frozen=True)
class Field:
    """A column of a table: its head, how a row is written in it, and whether it holds numbers."""

    head: str | tuple[str, str]
    cell: Callable[[Mapping[Any, Any]], object]
    numeric: bool = False


def recorded(table: str, name: str, hint: str | None = None, **changes: Any) -> Field:
    """Return the field of a column as its record in :mod:`core.columns` has it; `hint` goes under its name."""
    record = column(table, name)
    assert record is not None
    record = replace(record, **changes)
    head = record.head if hint is None else (name, hint)
    return Field(head, lambda row: record.html(row[name]), record.numeric)


def rows_html(
    rows: Iterable[Mapping[Any, Any] | str], fields: Sequence[Field], caption: str, *, marked: int | None = None
) -> Html:
    """Return a table; a text in place of a row goes across all of it, and the row `marked` is the chosen one."""
    return table_html(
        [row if isinstance(row, str) else [field.cell(row) for field in fields] for row in rows],
        [field.head for field in fields],
        caption=caption,
        numeric=[place for place, field in enumerate(fields) if field.numeric],
        marked=marked,
    )


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


def files_of(table: pd.DataFrame, figure: Any, stem: str, label: str) -> Html:
    """Return links that save a table as TSV and a figure as PNG (200 dots per inch) and SVG, and the table to copy."""
    text = tsv_bytes(table)
    links = [download("TSV", f"{stem}.tsv", "text/tab-separated-values", text)]
    if figure is not None:
        page = io.BytesIO()
        figure.savefig(page, format="svg")
        links.append(download("PNG", f"{stem}.png", "image/png", png_of(figure, dpi=200)))
        links.append(download("SVG", f"{stem}.svg", "image/svg+xml", page.getvalue()))
    saved = f'<div class="lincs-copies"><span class="lincs-faint">Save: </span>{"".join(links)}</div>'
    return Html(saved + copy_box(f"{label}, as a table (TSV)", text.decode("utf-8")))
