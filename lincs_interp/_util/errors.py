"""The one exception of the package and the pieces its sentences are made of."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

from .text import kind, shown


class LincsInterpError(ValueError):
    """Bad input. The message is one sentence that names the argument, its value and the remedy."""


def one_of(argument: str, value: object, allowed: Iterable[str]) -> None:
    """Raise unless `value` is one of the `allowed` words; the sentence lists every one of them."""
    words = list(allowed)
    if not isinstance(value, str) or value not in words:
        choices = " or ".join(f'"{word}"' for word in words)
        raise LincsInterpError(f"{argument} must be {choices}, not {shown(value)!r}.")


def instance_of(argument: str, value: object, wanted: type, remedy: str) -> None:
    """Raise unless `value` is a `wanted`; `remedy` says how to get one."""
    if not isinstance(value, wanted):
        raise LincsInterpError(f"{argument} is {kind(value)}, not a {wanted.__name__}: {remedy}.")


def whole_number(argument: str, value: object, *, least: int = 1, most: int = 2**31 - 1) -> int:
    """Return `value` as an int; raise unless it is a whole number from `least` to `most`."""
    number = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if isinstance(value, bool) or not number or not least <= int(value) <= most:  # type: ignore[call-overload]
        raise LincsInterpError(f"{argument} must be a whole number from {least:,}, not {shown(repr(value), 30)}.")
    return int(value)  # type: ignore[call-overload]
