"""The one exception of the package and the pieces its sentences are made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


class LincsInterpError(ValueError):
    """Bad input. The message is one sentence that names the argument, its value and the remedy."""


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as one short, printable line, safe to put into a sentence."""
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(value))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown_ends(value: object, limit: int = 60) -> str:
    """Return `value` as one printable line, cut in the middle.

    The end of a signature id names perturbagen and dose, the start only a plate: two thirds of what is kept are end.
    """
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
    names = [shown(item, 40) for item in items]
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit:,} more"


def one_of(argument: str, value: object, allowed: Iterable[str]) -> None:
    """Raise unless `value` is one of the `allowed` words; the sentence lists every one of them."""
    words = list(allowed)
    if value not in words:
        choices = " or ".join(f'"{word}"' for word in words)
        raise LincsInterpError(f"{argument} must be {choices}, not {shown(value)!r}.")


def closest(text: str, names: Iterable[str], limit: int = 3) -> list[str]:
    """Return the names most like `text`, best first; an empty list if none is near."""
    from rapidfuzz import fuzz, process

    found = process.extract(shown(text, 200), list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=60)
    return [name for name, _, _ in found]
