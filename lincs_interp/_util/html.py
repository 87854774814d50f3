"""Pieces of the notebook displays: short, escaped, readable on light and on dark pages, never by colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from re import sub
from types import MappingProxyType

import numpy as np

from .text import NOTHING, shown, shown_ends

#: The call as a sign; the report shows the same ones, and the figures markers of the same shapes.
CALL_SIGNS: Mapping[str, str] = MappingProxyType(
    {"mimicker": "▲", "reverser": "▼", "discordant": "◆", "unresolved": "○"}
)
_SIGNS = {**CALL_SIGNS, "up": "↑", "down": "↓"}  # arrows, because the triangles belong to the calls

#: Colours of signs and marks (words keep the colour of the page). No style sheet can detect in every front end whether
#: the page is light or dark (the system may be dark and the notebook light), so there is one set, of middle lightness:
#: each has a contrast of 3 or more to white, to the dark pages of JupyterLab and VS Code, and to Colab's dark grey.
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "mimicker": "#C87A00",
        "reverser": "#9B72CF",
        "discordant": "#009E73",
        "unresolved": "#8A8A8A",
        "up": "#E0524F",
        "down": "#3B8BD4",
    }
)

#: The calls in figures, and in the report, which knows whether its page is dark. Orange and green are Okabe and Ito's.
#: Their purple reads as pink on white, so a darker one takes its place; the four differ in lightness too.
CALL_COLOURS = {"mimicker": "#E69F00", "reverser": "#6A3D9A", "discordant": "#009E73", "unresolved": "#BDBDBD"}
ON_DARK: Mapping[str, str] = MappingProxyType({**CALL_COLOURS, "reverser": "#B79BE0", "discordant": "#35C79F"})

_NUMBER = ' class="lincs-number"'
_MARKS = "".join(f".lincs-interp .lincs-{name}{{color:{colour}}}" for name, colour in COLOURS.items())


def one_line(path: Path) -> str:
    """Return a style or script of this package on one line, without its comments; no data is ever inside it."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "".join(line for line in lines if not line.startswith("//"))


#: One block for all displays. Every rule is bound to the class of the card, and nothing has a background of its own but
#: transparent grey: the text keeps the colour that the page gives it.
STYLE = f"<style>{one_line(Path(__file__).with_name('display.css'))}{_MARKS}</style>"


class Html(str):
    """Text that is HTML already. Whatever takes cells or paragraphs escapes every other text.

    Adding to it, or putting it into an f-string, gives plain text again: say ``Html(...)`` of the whole.
    """

    __slots__ = ()

    def __html__(self) -> Html:
        return self


def escaped(text: object, limit: int = 80) -> Html:
    """Return a name or another text from a file, fit to be shown: one line, cut in the middle, escaped, isolated."""
    # Control characters become blanks, those that turn the reading direction included; right-to-left letters cannot
    # reach beyond the ``<bdi>`` around the text. Html stays as it is. Not for attributes: see :func:`attribute`.
    if isinstance(text, Html):
        return text
    return Html(f"<bdi>{escape(shown_ends(text, limit))}</bdi>")


def attribute(text: object, limit: int = 200) -> Html:
    """Return a text for the quotes of an attribute: one line, cut in the middle, escaped."""
    return Html(escape(shown_ends(text, limit), quote=True))


def sentence_html(text: object, limit: int = 1_200) -> Html:
    """Return a sentence of ours, escaped: names in it may come from a file, and an endless one is cut at its end."""
    # Html stays as it is.
    return text if isinstance(text, Html) else Html(escape(shown(text, limit)))


def names_html(names: Iterable[object], limit: int = 8) -> Html:
    """Return "A, B, C and 12 more", each name isolated: a right-to-left one does not turn its neighbours round."""
    known = list(names)
    first = ", ".join(escaped(name, 40) for name in known[:limit])
    more = f" and {len(known) - limit:,} more" if len(known) > limit else ""
    return Html(f"{first}{more}" or NOTHING)


def call_html(word: object) -> Html:
    """Return a call with its sign, or "up" or "down" with an arrow; any other text stays a text."""
    sign = _SIGNS.get(str(word))
    if sign is None:
        return escaped(word, 40)
    return Html(f'<span class="lincs-call"><span class="lincs-{word}" aria-hidden="true">{sign}</span> {word}</span>')


def scale_html(value: float, low: float, high: float, ends: tuple[str, str]) -> Html:
    """Return a line from `low` to `high` with a mark at `value`, both ends in words; empty where there is no number."""
    # The line says nothing that the text beside it does not say, so a screen reader passes over it.
    if not np.isfinite(value) or not high > low:
        return Html("")
    at = 4 + 192 * (min(max(value, low), high) - low) / (high - low)
    start, stop = (sentence_html(end, 40) for end in ends)
    return Html(
        f'<p class="lincs-faint" aria-hidden="true">{start} <svg width="200" height="14" viewBox="0 0 200 14"'
        ' style="vertical-align:middle" focusable="false"><path d="M4 7H196M4 3V11M100 4V10M196 3V11" fill="none"'
        f' stroke="currentColor"></path><path d="M{at:.1f} 7l-4 -6h8zM{at:.1f} 7l-4 6h8z" fill="currentColor"></path>'
        f"</svg> {stop}</p>"
    )


def table_html(
    rows: Iterable[Sequence[object] | str],
    columns: Sequence[str | tuple[str, str]],
    *,
    caption: str,
    numeric: Iterable[int] = (),
    marked: int | None = None,
) -> Html:
    """Return a table: its caption, its columns (a name, or a name and the unit under it), its rows of cells."""
    # Text is escaped and cut, :class:`Html` taken as it is. The first cell of a row is its name. A text in place of a
    # row goes across the whole table ("… 12 further rows"). The columns at the places `numeric` are set to the right;
    # the row at the place `marked` is the one that the reader has chosen (class ``lincs-here``).
    right = frozenset(numeric)
    heads = "".join(_head(column, place in right) for place, column in enumerate(columns))
    body = "".join(_row(row, right, len(columns), place == marked) for place, row in enumerate(rows))
    # A wide table scrolls by itself; so it has to be reachable with the keyboard.
    return Html(
        f'<div class="lincs-wide" tabindex="0" role="group" aria-label="{attribute(words(caption))}">'
        f'<table class="lincs-table"><caption>{sentence_html(caption)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _head(column: str | tuple[str, str], right: bool) -> str:
    name, hint = (column, "") if isinstance(column, str) else column
    small = f"<br><small>{sentence_html(hint)}</small>" if hint else ""
    return f'<th scope="col"{_NUMBER if right else ""}>{escaped(name)}{small}</th>'


def _row(row: Sequence[object] | str, right: frozenset[int], width: int, marked: bool) -> str:
    if isinstance(row, str):
        return f'<tr><td class="lincs-gap" colspan="{width}">{sentence_html(row)}</td></tr>'
    name, *cells = (
        (_NUMBER, sentence_html(cell)) if place in right else ("", escaped(cell)) for place, cell in enumerate(row)
    )
    here, current = (' class="lincs-here"', ' aria-current="true"') if marked else ("", "")
    first = f'<th scope="row"{current}{name[0]}>{name[1]}</th>'
    return f"<tr{here}>{first}{''.join(f'<td{kind}>{content}</td>' for kind, content in cells)}</tr>"


def list_html(items: Iterable[object]) -> Html:
    """Return a list of sentences; empty if there are none."""
    content = "".join(f"<li>{sentence_html(item)}</li>" for item in items)
    return Html(f"<ul>{content}</ul>" if content else "")


def paragraph(text: object, *, faint: bool = False) -> Html:
    """Return a paragraph of a sentence, or of Html; empty if there is nothing to say."""
    content = sentence_html(text)
    kind = ' class="lincs-faint"' if faint else ""
    return Html(f"<p{kind}>{content}</p>" if content else "")


def joined(body: Iterable[object]) -> str:
    """Return pieces one after the other: Html is taken as it is, any other text becomes a paragraph."""
    return "".join(one if isinstance(one, Html) else paragraph(one) for one in body)


def piece(*body: object) -> Html:
    """Put pieces into the scope of the style: see :func:`joined`."""
    return Html(f'<div class="lincs-interp mathjax_ignore" dir="ltr">{joined(body)}</div>')


def card(title: object, *body: object, style: bool = True) -> Html:
    """Return one display: a title and pieces below it; `style` is False where the page has :data:`STYLE` already."""
    head = f'<p class="lincs-title"><strong>{sentence_html(title)}</strong></p>'
    return piece(Html(STYLE + head if style else head), *body)


def words(text: object) -> str:
    """Return the text of a piece of our own HTML, of any other text itself."""
    if not isinstance(text, Html):
        return str(text)
    return unescape(sub(r"<[^>]*>", "", sub(r"<(br|/t[dh]|/p|/li)[^>]*>", " ", text))).replace("\xa0", " ")
