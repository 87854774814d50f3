"""The one exception of the package, and the checks that raise it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np

from .text import closest, kind, listed, shown, with_article

# Marks the name of an argument inside a sentence until it is known who reads it. No text of a user can hold it: `shown`
# makes blanks of all control characters.
_MARK = "\x1f"
_ARGUMENT = re.compile(f"{_MARK}([^{_MARK}=]+)(?:=([^{_MARK}]*))?{_MARK}")
_CODE_MARK = "\x1e"
_CODE = re.compile(f"{_CODE_MARK}([^{_CODE_MARK}]*){_CODE_MARK}")


def argument(name: str, value: str | None = None) -> str:
    """Return the name of an argument for a sentence, with a value if one is to be passed."""
    # Python reads ``overlap="drop"``; the command line and the guided page put their own words there (`worded`).
    return f"{_MARK}{name}{_MARK}" if value is None else f"{_MARK}{name}={value}{_MARK}"


def for_code(advice: str) -> str:
    """Return a part of a sentence that only callers in Python get: no front end has a control for what it advises."""
    return f"{_CODE_MARK}{advice}{_CODE_MARK}"


def in_python(name: str, value: str | None) -> str:
    """Return an argument as Python code has it."""
    return name if value is None else f'{name}="{value}"'


class LincsInterpError(ValueError):
    """Bad input, in one sentence: what is wrong with which argument, and the remedy.

    Attributes
    ----------
    argument : str
        The argument that is wrong, by its Python name.
    value : object
        What was passed.
    remedy : str
        What to do instead; also the end of the sentence.
    """

    def __init__(self, problem: str, *, argument: str = "", value: object = None, remedy: str = "") -> None:
        self._problem, self._remedy = problem, remedy
        self.argument, self.value = argument, value
        super().__init__(self.worded(in_python))

    @property
    def remedy(self) -> str:
        """What to do instead, with arguments by their Python names."""
        return _worded(self._remedy, in_python)

    def worded(self, name_of: Callable[[str, str | None], str]) -> str:
        """Return the sentence with other names for the arguments: ``name_of(name, value)`` says how to write one."""
        sentence = f"{self._problem}: {self._remedy}." if self._remedy else self._problem
        return _worded(sentence, name_of)

    @property
    def names_argument(self) -> bool:
        """Whether the sentence says which argument is wrong, not only which file."""
        return any(found[1] == self.argument for found in _ARGUMENT.finditer(self._problem))

    def within(self, where: str, arguments: Mapping[str, str]) -> LincsInterpError:
        """Return the same error about `where`, a file of the caller, and with the caller's names of arguments."""
        own, problem = argument(self.argument), self._problem
        if where:
            problem = f"{where}{problem.removeprefix(own)}" if problem.startswith(own) else f"{where}: {problem}"
        problem, remedy = (
            _ARGUMENT.sub(lambda found: argument(arguments.get(found[1], found[1]), found[2]), text)
            for text in (problem, self._remedy)
        )
        name = arguments.get(self.argument, self.argument)
        return LincsInterpError(problem, argument=name, value=self.value, remedy=remedy)


def _worded(sentence: str, name_of: Callable[[str, str | None], str]) -> str:
    sentence = _CODE.sub(r"\1" if name_of is in_python else "", sentence)
    return _ARGUMENT.sub(lambda found: name_of(found[1], found[2]), sentence)


def wrong(name: str, value: object, problem: str, remedy: str) -> LincsInterpError:
    """Return the error about one argument: `problem` goes on from its name, "holds no gene"."""
    return LincsInterpError(f"{argument(name)} {problem}", argument=name, value=value, remedy=remedy)


@contextmanager
def path_is(name: str) -> Iterator[None]:
    """Let errors about the argument ``path`` of a function name the caller's own argument."""
    try:
        yield
    except LincsInterpError as error:
        raise error.within("", {"path": name}) from None


def unwritable(name: str, path: object, error: Exception) -> LincsInterpError:
    """Return the error about a file or folder that the system does not let us write."""
    reason = shown(getattr(error, "strerror", None) or error, 120)
    problem = f"is {shown(path, 200)!r}, which cannot be written ({reason})"
    return wrong(name, path, problem, "choose another place, or make room")


def unknown_name(
    name: str, value: object, names: Iterable[object], problem: str, otherwise: str = ""
) -> LincsInterpError:
    """Return the error about a text that is none of the `names`: those most like it are the remedy, or the first."""
    known = [str(one) for one in names]
    close = closest(str(value), known)
    few = len(close) < len(known) <= 8
    there = f"there are {listed(known, 8 if few else 3)}"
    remedy = f"perhaps you mean {listed(close)}{f' ({there})' if few else ''}" if close else there
    remedy += f", or {otherwise}" if otherwise else ""
    return wrong(name, value, f"is {shown(value)!r}, {problem}", remedy)


def one_of(name: str, value: object, allowed: Iterable[str]) -> None:
    """Raise unless `value` is one of the `allowed` words; the sentence lists every one of them."""
    words = list(allowed)
    if not isinstance(value, str) or value not in words:
        choices = " or ".join(f'"{word}"' for word in words)
        raise wrong(name, value, f"is {shown(repr(value))}", f"it must be {choices}")


def instance_of(name: str, value: object, wanted: type, remedy: str) -> None:
    """Raise unless `value` is a `wanted`; `remedy` says how to get one."""
    if not isinstance(value, wanted):
        raise wrong(name, value, f"is {kind(value)}, not {with_article(wanted.__name__)}", remedy)


def whole_number(name: str, value: object, *, least: int = 1, most: int = 2**31 - 1) -> int:
    """Return `value` as an int; raise unless it is a whole number from `least` to `most`."""
    number = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if isinstance(value, bool) or not number or not least <= int(value) <= most:  # type: ignore[call-overload]
        raise wrong(name, value, f"is {shown(repr(value), 30)}", f"it must be a whole number from {least:,}")
    return int(value)  # type: ignore[call-overload]


def number_between(name: str, value: object, low: float, high: float, unit: str = "") -> float:
    """Return `value` as a float; raise unless it is a number above `low` and below `high`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low < float(value) < high:
        remedy = f"it must be a number between {low:g} and {high:g}{unit and f' ({unit})'}"
        raise wrong(name, value, f"is {shown(repr(value), 30)}", remedy)
    return float(value)


def true_or_false(name: str, value: object) -> bool:
    """Return `value` as a bool; raise unless it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise wrong(name, value, f"is {kind(value)}", "it must be True or False")
    return bool(value)


def needs_package(what: str, module: str, extra: str) -> Any:
    """Import and return `module`, or raise: `what` ("li.explore") needs it, and the extra of this package brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        problem = f"{what} needs {error.name}, which is not installed"
        raise LincsInterpError(problem, value=module, remedy=f"run {install_command(extra)}") from error


def install_command(extra: str) -> str:
    """Return the command that installs the packages of an extra, or one package, for this Python, ready to paste."""
    # With email.message behind it, a tenth of the whole import.
    from importlib.metadata import PackageNotFoundError, requires

    named = f'extra == "{extra}"'
    try:
        needed = [one.partition(";") for one in requires("lincs-interp") or ()]
    except PackageNotFoundError:  # a clone on the path that was never installed
        root = Path(__file__).resolve().parents[2]
        needed = []
        extra = f'"{root}[{extra}]"' if extra in ("app", "library", "notebooks") else extra
    packages = [f'"{package.strip()}"' for package, _, when in needed if named in when.replace("'", '"')]
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    installer = f"{python} -m pip install"
    if find_spec("pip") is None and find_spec("uv") is not None:
        installer = f"{python} -m uv pip install --python {python}"
    return f"{installer} {' '.join(packages or [extra])}"
