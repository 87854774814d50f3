"""Every text of the page as HTML: pure functions, and whatever came from a file or a box is escaped."""

from __future__ import annotations

import datetime as dt
from html import escape

from .._util.text import counted, listed, shown
from .inputs import SAMPLE, STEPS, Reading
from .report_file import ZIP_NAME
from .settings import MEGABYTE
from .uploads import HeldFile

TITLE = "Read a Gene Rank Matrix"

#: What stands for the name and the size of a file in the sentence that the browser may have to fill in.
NAME_HERE, SIZE_HERE = "{name}", "{size}"

TOO_LARGE = (
    "{name} has {size} MB, and this page takes files of up to {limit} MB: it was not taken. Pack it with gzip or zip,"
    " leave out signatures, or start the page with lincs-interp app --max-upload."
)
SENDING = "Receiving {name} ({size} MB) …"

WHAT_IT_DOES = (
    "SigCom LINCS hands out a matrix of integers: one row per gene, one column per signature, from rank 1 = the gene"
    " pushed down hardest to rank N = the gene pushed up hardest. Give it to this page together with the genes that"
    " went up and down in your own experiment. You then see which perturbagens mimic or reverse your signature, which"
    " genes carry each verdict, and how far it can be believed."
)

REPORT = (
    "A page to read and to print, the tables, and a notebook of the same analysis, in one zip file. Writing it takes"
    " up to half a minute."
)

# The steps that take a file, in the order of the page.
CHOOSE = {
    "matrix": "Choose the matrix",
    "up": "Choose a file of up genes",
    "down": "Choose a file of down genes",
    "background": "Choose a background",
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


def style() -> str:
    """The look of the page; every rule is bound to it, because in a notebook it shares the page with others."""
    return (
        "<style>"
        ".lincs-page{max-width:1180px;margin:0 auto;padding:0 12px 48px;box-sizing:border-box;"
        "color:var(--jp-content-font-color1,inherit)}"
        ".lincs-page .lincs-text{height:auto;min-width:0}"
        ".lincs-text .widget-html-content{font-size:14px;line-height:1.5;height:auto;min-width:0;white-space:normal;"
        "overflow:visible}"
        ".lincs-text h1{font-size:26px;margin:20px 0 4px}"
        ".lincs-text h2{font-size:19px;margin:22px 0 2px;padding-top:14px;"
        "border-top:1px solid var(--jp-border-color1,#999)}"
        ".lincs-text p{margin:6px 0;max-width:76ch}"
        ".lincs-text ul{margin:6px 0;padding-left:22px;max-width:76ch;overflow-wrap:anywhere}"
        ".lincs-text .lincs-note{border-left:4px solid currentColor;padding:2px 10px;margin:8px 0}"
        ".lincs-text .lincs-alert{border:2px solid #b3261e;border-radius:3px;padding:6px 10px;margin:8px 0;"
        "overflow-wrap:anywhere}"
        ".lincs-text .lincs-hint{font-size:13px}"
        ".lincs-text .lincs-held{overflow-wrap:anywhere}"
        ".lincs-text progress{width:min(100%,420px);height:14px;vertical-align:middle;margin-right:10px}"
        ".lincs-text a.lincs-save{display:inline-block;padding:7px 20px;border:2px solid currentColor;"
        "border-radius:3px;font-weight:700;color:var(--jp-content-link-color,#0b57d0);text-decoration:underline}"
        ".lincs-page .lincs-lists{flex-wrap:wrap;align-items:flex-start;gap:0 28px}"
        ".lincs-page .lincs-field{flex-direction:column;align-items:stretch;height:auto;margin:4px 2px}"
        ".lincs-page .widget-text.lincs-field{max-width:36em}"
        ".lincs-page .lincs-field>label{width:auto;max-width:none;text-align:left;font-weight:600;font-size:14px;"
        "line-height:1.5;height:auto;white-space:normal;overflow:visible}"
        ".lincs-page .lincs-buttons{flex-wrap:wrap;align-items:center;gap:4px 10px}"
        ".lincs-buttons>.jupyter-button{height:auto;min-height:32px;line-height:1.3;width:auto;padding:5px 14px;"
        "white-space:normal;border:1px solid var(--jp-border-color0,#777);font-size:14px}"
        ".lincs-buttons>.lincs-go{font-weight:700;padding:7px 26px}"
        ".lincs-buttons>.jupyter-button:focus-visible,.lincs-text :focus-visible{outline:3px solid #1a73e8;"
        "outline-offset:1px}"
        "</style>"
    )


def introduction(limit: int) -> str:
    """What the page is and what it promises; `limit` is in MB, and the browser reads it and its sentences from here."""
    too_large, sending = TOO_LARGE.replace("{limit}", f"{limit:,}"), SENDING
    return (
        f"{style()}<h1>{escape(TITLE)}</h1><p>{escape(WHAT_IT_DOES)}</p>"
        f'<div class="lincs-note" data-lincs-limit="{limit * MEGABYTE}" data-lincs-too-large="{escape(too_large)}"'
        f' data-lincs-sending="{escape(sending)}">'
        "<p>This page is served by your own computer to your own computer (127.0.0.1): nothing leaves it. Whoever is"
        " logged in to the same computer could open the address too.</p>"
        f"<p>A file may have up to <b>{limit:,} MB</b>. It lies on disk only while it is read, and nothing is kept when"
        " you close the page; reloading starts anew.</p></div>"
    )


def heading(number: int, text: str, hint: str = "") -> str:
    """The head of a step."""
    return f"<h2>{number}. {escape(text)}</h2>" + (f"<p>{escape(hint)}</p>" if hint else "")


def hint(text: str) -> str:
    """A sentence about a control."""
    return f'<p class="lincs-hint">{escape(text)}</p>'


def held(file: HeldFile | None, *, now: dt.datetime | None = None) -> str:
    """What a step holds; `now` makes the text new, so that it takes the place of what the browser wrote there."""
    if file is None:
        return '<p class="lincs-held">No file chosen.</p>'
    if file == SAMPLE:
        return '<p class="lincs-held">✓ The simulated sample: real gene symbols, made-up perturbagens and values.</p>'
    when = "" if now is None else f", received {now:%H:%M:%S}"
    return f'<p class="lincs-held">✓ <b>{escape(file.name)}</b> ({_megabytes(file.size)} MB{when})</p>'


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f}" if size >= MEGABYTE / 10 else f"{size / MEGABYTE:.4f}".rstrip("0")


def too_large(name: str, size: int, limit: int) -> str:
    """The sentence about a file that is over the limit of `limit` MB."""
    words = {"{limit}": f"{limit:,}", SIZE_HERE: _megabytes(size), NAME_HERE: shown(name)}
    sentence = TOO_LARGE
    for place, text in words.items():
        sentence = sentence.replace(place, text)
    return sentence


def alert(sentence: str) -> str:
    """A sentence that a screen reader says at once."""
    return f'<p class="lincs-alert" role="alert">⚠ {escape(shown(sentence, 2_000))}</p>'


def unexpected(error: BaseException) -> str:
    """The sentence for what nobody foresaw; the details are for the terminal, not for the reader."""
    if isinstance(error, MemoryError):
        return "This computer has not enough memory for this matrix: close other programs, or leave out signatures."
    return (
        f"Something went wrong: {type(error).__name__}. Please report it; the details stand in the terminal where"
        " lincs-interp app runs. The page still works: change what you gave, or reload it."
    )


def progress(step: str) -> str:
    """How far the reading has come, in words and as a bar."""
    place = STEPS.index(step)
    return (
        f'<p role="status"><progress max="{len(STEPS)}" value="{place}" aria-label="Progress"></progress>'
        f"Step {place + 1} of {len(STEPS)}: {escape(step)} …</p>"
    )


def busy(words: str) -> str:
    """Something that takes a while and has no steps."""
    return f'<p role="status"><progress aria-label="Progress"></progress>{escape(words)} …</p>'


def summary(reading: Reading) -> str:
    """What was read, what was assumed, and which entries of the lists were not found."""
    ranks, matches = reading.ranks, reading.matches
    found = {side: matches.loc[matches["side"] == side, "found"] for side in ("up", "down")}
    sides = [f"{int(there.sum()):,} of {len(there):,} {side} genes" for side, there in found.items() if len(there)]
    lines = [
        f"<b>{escape(reading.query.name)}</b>: {' and '.join(sides)} were found in the matrix of"
        f" {counted(ranks.shape[1], 'signature')} and {counted(ranks.shape[0], 'gene')}"
        f" (N = {ranks.n_genes:,} genes were ranked)."
    ]
    missing = matches.loc[~matches["found"], "gene"]
    if len(missing):
        lines.append(f"Not found: {escape(listed(missing, 8))}. The report says why for each.")
    if reading.query.one_sided:
        lines.append("Only one list was given, so every verdict rests on that side alone.")
    if reading.overlap:
        genes, names = counted(len(reading.overlap), "gene"), escape(listed(reading.overlap, 8))
        lines.append(f"In both of your lists, and so left out of both: {names} ({genes}).")
    if reading.background is not None:
        lines.append(f"Background: {counted(reading.background.shape[1], 'unselected signature')}.")
    elif reading.choices.background is not None:
        lines.append("The background was left out, so p-values are as a rule too small.")
    else:
        lines.append("Without a background p-values are as a rule too small.")
    items = "".join(f"<li>{line}</li>" for line in lines)
    assumed = "".join(f"<li>{escape(shown(sentence, 400))}</li>" for sentence in ranks.assumptions)
    details = f"<details><summary>What was assumed about the matrix</summary><ul>{assumed}</ul></details>"
    return f'<p role="status">✓ Done.</p><ul>{items}</ul>{details if assumed else ""}'


def report_link(address: str, size: int) -> str:
    """The link that saves the report."""
    return (
        f'<p role="status">✓ The report is ready: unpack it and open report.html.</p><p><a class="lincs-save"'
        f' download="{ZIP_NAME}" href="{address}">Save {ZIP_NAME} ({_megabytes(size)} MB)</a></p>'
    )
