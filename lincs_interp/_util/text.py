"""Text for sentences and tables: values in one short line, counts, lists, and every number format once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np

NOTHING = "–"  # where there is no value
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as one short, printable line, safe to put into a sentence."""
    whole = str(value)
    text = whole[: 4 * limit + 100]  # enough for the limit, however much of it is blank
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit and len(whole) <= 4 * limit + 100 else text[: limit - 1] + "…"


def simplified(text: str) -> str:
    """Return the text without what mails and spreadsheets add: invisible signs, long dashes, wide letters."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text).translate(DASHES)
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def shown_ends(value: object, limit: int = 60) -> str:
    """Return `value` as one printable line, cut in the middle."""
    # The end of a signature id names perturbagen and dose, the start only a plate: two thirds of what is kept are end.
    text = str(value)
    if len(text) > 2_000:  # enough of both ends for any limit
        text = text[:1_000] + text[-1_000:]
    line = shown(text, len(text))
    if len(line) <= limit:
        return line
    head = (limit - 1) // 3
    return f"{line[:head]}…{line[len(line) - (limit - 1 - head) :]}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Return "1 gene", "12,318 genes"."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def listed(items: Iterable[object], limit: int = 5) -> str:
    """Return "A, B, C and 12 more": never a thousand names."""
    names = list(items)
    first = ", ".join(shown(name, 40) for name in names[:limit])
    return first if len(names) <= limit else f"{first} and {len(names) - limit:,} more"


def closest(text: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Return the names most like `text`, best first; an empty list if none is near."""
    from rapidfuzz import fuzz, process

    same_case: Any = str.casefold
    found = process.extract(
        shown(text, 200), list(names), scorer=fuzz.ratio, processor=same_case, limit=limit, score_cutoff=60
    )
    return [name for name, _, _ in found]


def with_article(noun: str) -> str:
    """Return "a list", "an Axes"."""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def kind(value: object) -> str:
    """Return what `value` is in a reader's words: "a list", "a pandas DataFrame", "nothing (None)"."""
    if value is None:
        return "nothing (None)"
    module, name = type(value).__module__.split(".")[0], type(value).__name__
    if module in ("builtins", "lincs_interp"):
        return with_article(name)
    return f"a {module} {name}"


def number(value: float, digits: int = 0) -> str:
    """Return "12,318" or "0.27", with a real minus sign; "–" where there is no number."""
    return f"{value:,.{digits}f}".replace("-", "−") if np.isfinite(value) else NOTHING


def signed(value: float, digits: int = 1) -> str:
    """Return "+7.3", "−7.3", "0.0" without a sign, "−194,738" without decimals, "–" where there is no number."""
    if not np.isfinite(value):
        return NOTHING
    text = f"{value:+,.0f}" if abs(value) >= 1_000 else f"{value:+.{digits}f}"
    return text[1:] if not text.strip("+-0.") else text.replace("-", "−")


def probability(p: float) -> str:
    """Return a probability with two significant digits: "0.03", "2.1e-09", "below 1e-300"; "–" where there is none."""
    if not np.isfinite(p):
        return NOTHING
    return "below 1e-300" if p <= 1e-300 else f"{p:.2g}"


def percent(share: float, none: str = "none") -> str:
    """Return a share (0-1) as "26 %" or "0.5 %": two significant digits below 10 %; `none` of 0."""
    if not np.isfinite(share):
        return NOTHING
    value = 100 * share
    if not value:
        return none
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.2g} %"
