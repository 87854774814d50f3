"""Spreadsheet dates: which gene symbols a spreadsheet turns into 5-MAR, Sept-10 or 2026-03-05."""

from __future__ import annotations

import re

# What a spreadsheet takes for the month; the text after it is the day. MARC1 and MARCH1 both become 1-Mar.
_STEMS = (
    *("jan", "feb", "march marc mar", "apr april", "may", "jun june"),
    *("jul july", "aug", "sept sep", "oct", "nov", "dec"),
)
# English and, because spreadsheets translate the months, the German and French words that differ from it.
_MONTHS = {
    "jan": 1, "january": 1, "januar": 1, "janv": 1,
    "feb": 2, "february": 2, "februar": 2, "févr": 2,
    "mar": 3, "march": 3, "mrz": 3, "mär": 3, "märz": 3, "mars": 3,
    "apr": 4, "april": 4, "avr": 4,
    "may": 5, "mai": 5,
    "jun": 6, "june": 6, "juni": 6, "juin": 6,
    "jul": 7, "july": 7, "juli": 7, "juil": 7,
    "aug": 8, "august": 8, "août": 8,
    "sep": 9, "sept": 9, "september": 9,
    "oct": 10, "october": 10, "okt": 10, "oktober": 10,
    "nov": 11, "november": 11,
    "dec": 12, "december": 12, "dez": 12, "dezember": 12, "déc": 12,
}  # fmt: skip

_SEPARATOR = r"\s*[-./ ]\s*"
_YEAR = r"(?:[0-9]{2}|[0-9]{4})"
_DAY = r"(?P<day>[0-9]{1,2})"
_WORD = r"(?P<month>[a-zäéû]{3,9})\.?"
_WITH_WORD = (
    re.compile(rf"{_DAY}{_SEPARATOR}{_WORD}(?:{_SEPARATOR}{_YEAR})?"),
    re.compile(rf"{_WORD}{_SEPARATOR}{_DAY}(?:(?:,\s*|{_SEPARATOR}){_YEAR})?"),
)
_ISO = re.compile(rf"[0-9]{{4}}[-/](?P<month>[0-9]{{1,2}})[-/]{_DAY}(?:[t ][0-9]{{1,2}}:[0-9]{{2}}(?::[0-9.]+)?z?)?")
_NUMERIC = re.compile(rf"(?P<first>[0-9]{{1,2}})([-./])(?P<second>[0-9]{{1,2}})\2{_YEAR}")


def date_symbols(text: str) -> tuple[str, ...] | None:
    """Return the symbols in small letters that a spreadsheet turns into this date; None for a text that is no date."""
    if not any(character.isdigit() for character in text) or not any(mark in text for mark in "-./ "):
        return None
    dates = [(month, day) for month, day in _read(text.lower()) if 1 <= month <= 12 and 1 <= day <= 31]
    return tuple(dict.fromkeys(f"{stem}{day}" for month, day in dates for stem in _STEMS[month - 1].split())) or None


def _read(text: str) -> list[tuple[int, int]]:
    """Return the (month, day) pairs that the text can be: two where day and month could be either."""
    for pattern in _WITH_WORD:
        match = pattern.fullmatch(text)
        if match and match["month"] in _MONTHS:
            return [(_MONTHS[match["month"]], int(match["day"]))]
    if match := _ISO.fullmatch(text):
        return [(int(match["month"]), int(match["day"]))]
    if match := _NUMERIC.fullmatch(text):
        first, second = int(match["first"]), int(match["second"])
        return [(second, first)] if match[2] == "." else [(first, second), (second, first)]
    return []
