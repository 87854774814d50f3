"""Pieces of HTML that explorers are made of: buttons that choose, pictures with their words, tables, files to save."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from .._util.html import STYLE, Html, attribute, escaped, paragraph, sentence_html, table_html
from .._util.tsv import tsv_bytes
from ..core.columns import column
from ..plots import Canvas, png_of

if TYPE_CHECKING:
    import pandas as pd

# Fixed texts: no data is ever inside them. The pickers are ordinary inputs, so a button of a table chooses by writing
# into one of them and sending its events, which works wherever the widgets do. The box of the button is then drawn
# anew, and the focus would be lost with it: whoever uses the keyboard finds it on the same button again.
_CHOOSE = (
    "const r=this.closest('.lincs-explorer'),v=this.value,k=this.dataset.pick,"
    "i=r&amp;&amp;r.querySelector('.lincs-pick-'+k+' input');"
    "if(i){i.value=v;i.dispatchEvent(new Event('input',{bubbles:true}));"
    "i.dispatchEvent(new Event('change',{bubbles:true}));"
    "clearInterval(r.lincs);const s=Date.now(),w=r.lincs=setInterval(()=&gt;{"
    "if(document.activeElement===document.body){const b=[...r.querySelectorAll('.lincs-go')].find("
    "e=&gt;e.value===v&amp;&amp;e.dataset.pick===k&amp;&amp;e.offsetParent);if(b)b.focus({preventScroll:true})}"
    "if(Date.now()-s&gt;2000)clearInterval(w)},50)}"
)
# Outside https and localhost there is no clipboard to write to; selecting the text leaves the rest to Ctrl-C.
_COPY = (
    "const b=this,t=b.parentNode.querySelector('textarea'),"
    "d=()=>{b.textContent='Copied';b.ariaLabel=b.ariaLabel.replace(/^Copy /,'Copied ')};t.focus();t.select();"
    "if(navigator.clipboard){navigator.clipboard.writeText(t.value).then(d,()=>{document.execCommand('copy')&amp;&amp;d()"
    "})}else{document.execCommand('copy')&amp;&amp;d()}"
)

# JupyterLab and Notebook 7 take keys from a focused button or link for commands of their own ("d d" deletes a cell)
# unless the element says otherwise; for those of ipywidgets Python cannot set it. A style is loaded once.
_KEEP_KEYS = (
    "const r=this.closest('.lincs-explorer');if(r){const f=()=&gt;r.querySelectorAll('button,a,textarea,summary')"
    ".forEach(e=&gt;e.dataset.lmSuppressShortcuts='true');f();"
    "new MutationObserver(f).observe(r,{subtree:true,childList:true})}"
)

EXPLORER_STYLE = (
    "<style>"
    ".lincs-explorer .widget-html-content,.lincs-static{line-height:1.45}"
    ".lincs-explorer .lincs-picture,.lincs-static .lincs-picture{margin:.4em 0;max-width:100%}"
    ".lincs-explorer .lincs-picture img,.lincs-static .lincs-picture img{max-width:100%;height:auto;display:block;"
    "background:#fff;border-radius:4px}"
    ".lincs-explorer figcaption,.lincs-static figcaption{opacity:.85;font-size:.92em;max-width:60em}"
    ".lincs-explorer .lincs-go,.lincs-static .lincs-go{font:inherit;color:inherit;background:transparent;border:0;"
    "border-bottom:1px solid currentColor;border-radius:0;padding:0 .15em;margin:0;cursor:pointer;text-align:left;"
    "overflow-wrap:anywhere;user-select:text}"
    ".lincs-explorer .lincs-go:focus-visible,.lincs-explorer .lincs-copy:focus-visible,"
    ".lincs-explorer a:focus-visible{outline:2px solid currentColor;outline-offset:2px}"
    ".lincs-explorer tr.lincs-here,.lincs-static tr.lincs-here{outline:2px solid currentColor;outline-offset:-2px}"
    ".lincs-explorer tr.lincs-here .lincs-go,.lincs-static tr.lincs-here .lincs-go{font-weight:bold}"
    ".lincs-explorer .lincs-copies textarea{display:block;width:100%;max-width:52em;"
    "font-family:monospace;font-size:.9em;color:inherit;background:transparent;"
    "border:1px solid rgba(128,128,128,.6);box-sizing:border-box}"
    ".lincs-explorer .lincs-copy,.lincs-explorer .lincs-copies a{font:inherit;color:inherit;background:transparent;"
    "border:1px solid currentColor;border-radius:3px;padding:.1em .6em;margin:.2em .5em .2em 0;cursor:pointer;"
    "text-decoration:none;display:inline-block}"
    ".lincs-explorer .lincs-alert{border-left:4px solid currentColor;padding:.2em .8em;margin:.3em 0}"
    ".lincs-explorer .widget-toggle-button:focus-visible,.lincs-explorer .widget-button:focus-visible,"
    ".lincs-explorer .widget-toggle-buttons button:focus-visible{outline:2px solid currentColor;outline-offset:1px}"
    "</style>"
)


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
