"""Conditions on a table, such as ``cell_line == "MCF7" and time_h >= 24``: a grammar of their own, nothing is run."""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
import warnings
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, for_code, instance_of, wrong
from .._util.missing import NO_FACT, plain
from .._util.text import closest, listed, shown

LONGEST, LARGEST = 2_000, 2**53  # letters of a condition; beyond it a number is not exact
_HOW = (
    'write for example cell_line == "MCF7" and time_h >= 24, pert_name in ["a", "b"], not contains(pert_name, "stat"),'
    " startswith(…), endswith(…) or missing(dose_um), with the columns "
)
# A text in quotes, a column in backticks, or what is between them.
_PIECE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|`([^`]*)`|([^"'`]+)""", re.DOTALL)
_TESTS: dict[str, Any] = {"contains": operator.contains, "startswith": str.startswith, "endswith": str.endswith}
_ORDER: dict[type, Any] = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_TURNED: dict[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_DENIED: dict[type, type] = {ast.NotEq: ast.Eq, ast.NotIn: ast.In}
_SIGNS = {ast.Eq, ast.In, *_ORDER, *_DENIED}
NUMBERS, TEXT, TRUTH, NOTHING = "numbers", "text", "True and False", "no values"
_KINDS = dict.fromkeys(("integer", "floating", "mixed-integer-float"), NUMBERS)
_KINDS |= {"string": TEXT, "boolean": TRUTH, "empty": NOTHING}
_KIND_OF: dict[type, str] = {str: TEXT, bool: TRUTH, int: NUMBERS, float: NUMBERS}
_USE = "compare numbers with numbers, text with a text in quotes by ==, != or in, True and False by == or !="


class _Column(NamedTuple):
    name: str  # as a condition has it
    kind: str  # what it holds
    values: np.ndarray  # the distinct ones
    places: np.ndarray  # where each row is among them; -1 where it has no value

    def rows(self, answers: Any, wanted: bool) -> np.ndarray:
        """Return in which rows the answer, one to each value, is the wanted one."""
        return (np.append(np.asarray(answers, dtype=bool), False)[self.places] == wanted) & (self.places >= 0)


def rows_where(argument: str, text: str, table: pd.DataFrame, otherwise: str = "no condition") -> np.ndarray:
    """Return which rows fit a condition, at least one; `RankMatrix.select` has the grammar."""
    instance_of(argument, text, str, "pass a condition as a text")
    fits = _Condition(argument, text, table, otherwise).fits()
    if not fits.any():
        raise wrong(argument, text, f"is {shown(text)!r}, which fits no signature", "loosen the condition")
    return fits


class _Condition:
    def __init__(self, argument: str, text: str, table: pd.DataFrame, otherwise: str) -> None:
        self.argument, self.text, self.plain, self.otherwise = argument, text, "", otherwise
        self.cells: dict[str, Any] = {} if table.index.name is None else {str(table.index.name): table.index}
        self.cells |= {str(name): cells for name, cells in table.items()}
        self.columns: dict[str, _Column] = {}
        self.quoted: dict[str, str] = {}  # word for the parser: name in backticks

    def fits(self) -> np.ndarray:
        if len(self.text) > LONGEST:
            raise self.refused(f"it has {len(self.text):,} letters", f"use at most {LONGEST:,}")
        if not " ".join(self.text.split()).isprintable():
            raise self.refused("it holds a sign that cannot be seen", "type it again")
        self.plain = _PIECE.sub(self.piece, self.text).strip()
        try:
            with warnings.catch_warnings(action="ignore"):  # about an odd backslash
                return self.holds(ast.parse(self.plain, mode="eval").body, True)
        except (SyntaxError, RecursionError, MemoryError):
            raise self.refused("it cannot be read") from None

    def refused(self, why: str, remedy: str = "") -> LincsInterpError:
        if not remedy:
            why, remedy = f"it is {self.otherwise} ({why})", f"{_HOW}{listed(self.cells, 20)}"
        return wrong(self.argument, self.text, f"is {shown(self.text)!r}, and {why}", remedy)

    def not_allowed(self, node: ast.AST) -> LincsInterpError:
        part = ast.get_source_segment(self.plain, node) or ""
        for word, name in self.quoted.items():
            part = part.replace(word, f"`{name}`")
        return self.refused(f"{shown(part, 40)} is not allowed there")

    def piece(self, found: re.Match[str]) -> str:
        """Return a piece as the parser takes it: a word for a name in backticks, one line outside quotes."""
        text, name, between = found.groups()
        if name is not None:
            word = f"column{len(self.quoted)}_"
            while word in self.text:
                word += "_"
            self.quoted[word] = name
            return f" {word} "
        if text in ('""', "''"):  # or three quotation marks, where the parser finds other pieces
            raise self.refused("it holds an empty text", "missing(column) finds signatures without a value")
        if text:
            return str(text)
        if "@" in between:
            remedy = f"write the value into the condition{for_code(', with an f-string')}"
            raise self.refused('names after "@" are not known here', remedy)
        if "#" in between:  # the parser would skip what follows
            raise self.refused("it cannot be read")
        if re.search("(?<![=!<>:])=(?!=)", between):
            raise self.refused("a single = compares nothing", "write ==")
        return re.sub(r"\s+", " ", between)

    def holds(self, node: ast.AST, wanted: bool) -> np.ndarray:
        """Return in which rows a part of the condition is known to be true, or known to be false."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return self.holds(part, not wanted)
            case ast.BoolOp(op=op, values=parts):
                joined = np.logical_and if isinstance(op, ast.And) == wanted else np.logical_or
                return reduce(joined, [self.holds(part, wanted) for part in parts])
            case ast.Compare(left=left, ops=ops, comparators=others) if {*map(type, ops)} <= _SIGNS:
                joined = np.logical_and if wanted else np.logical_or
                pairs = zip([left, *others], map(type, ops), others, strict=False)
                return reduce(joined, [self.compared(*pair, wanted) for pair in pairs])
            case ast.Call(func=ast.Name(id="missing"), args=[ast.Name(id=name)], keywords=[]):
                return (self.column(name).places < 0) == wanted
            case ast.Call(func=ast.Name(id=test), args=[ast.Name(id=name), ast.Constant(value=str(part))], keywords=[]):
                if test in _TESTS:
                    column = self.column(name, TEXT)
                    return column.rows([_TESTS[test](value, part) for value in column.values], wanted)
            case ast.Name(id=name):
                column = self.column(name, TRUTH)
                return column.rows(column.values, wanted)
        raise self.not_allowed(node)

    def compared(self, left: ast.expr, sign: type, right: ast.expr, wanted: bool) -> np.ndarray:
        if sign in _DENIED:
            sign, wanted = _DENIED[sign], not wanted
        if isinstance(right, ast.Name) and not isinstance(left, ast.Name) and sign is not ast.In:
            left, sign, right = right, _TURNED.get(sign, sign), left
        if not isinstance(left, ast.Name):
            raise self.not_allowed(left)
        compare, ordered = _ORDER.get(sign, operator.eq), sign in _ORDER
        if isinstance(right, ast.Name) and sign is not ast.In:
            column = self.column(left.id, NUMBERS if ordered else "")
            other = self.column(right.id, column.kind)
            both = (column.places >= 0) & (other.places >= 0)
            both[both] = compare(column.values[column.places[both]], other.values[other.places[both]]) == wanted
            return both
        try:
            found = ast.literal_eval(right)
        except (ValueError, TypeError):
            raise self.not_allowed(right) from None
        listing = isinstance(found, list | tuple)
        several: list[Any] = list(found) if listing else [found]
        if listing != (sign is ast.In) or not several or not {*map(type, several)} <= {*_KIND_OF}:
            raise self.not_allowed(right)
        for given in several:
            column = self.column(left.id, NUMBERS if ordered else _KIND_OF[type(given)])
            if isinstance(given, str) and ordered:
                raise self.refused(f"{column.name} holds {column.kind}", _USE)
            if isinstance(given, str) and given not in column.values:
                near = listed(closest(given, column.values) or column.values)
                remedy = f"use an existing one, such as {near}"
                if given in NO_FACT or not near:
                    remedy = f"missing({column.name}) finds signatures without a value"
                raise self.refused(f"no {column.name} is {shown(given, 40)!r}", remedy)
            if not isinstance(given, str) and abs(given) > LARGEST:
                raise self.refused("it holds too large a number", f"use at most {LARGEST:,}")
        return column.rows(reduce(operator.or_, [compare(column.values, given) for given in several]), wanted)

    def column(self, name: str, kind: str = "") -> _Column:
        """Return a column; raise if there is none, or if it holds something else than this kind."""
        name = self.quoted.get(name, name)
        if name not in self.cells:  # the parser gives a micro sign as the Greek letter
            plain = unicodedata.normalize("NFKC", name)
            name = next((one for one in self.cells if unicodedata.normalize("NFKC", one) == plain), name)
        if name not in self.cells:
            near = listed(closest(name, self.cells))
            raise self.refused(f"there is no column {shown(name, 40)}", near and f"use an existing one, such as {near}")
        if name not in self.columns:
            written = name if name.isidentifier() else f"`{name}`"
            self.columns[name] = _Column(shown(written, 40), *_distinct(self.cells[name]))
        column = self.columns[name]
        if kind and NOTHING not in (kind, column.kind) and kind != column.kind:
            raise self.refused(f"{column.name} holds {column.kind}", _USE)
        return column


def _distinct(cells: Any) -> tuple[str, np.ndarray, np.ndarray]:
    """Return kind, values and places of a column."""
    try:
        places, found = pd.factorize(cells)
    except TypeError:  # lists
        places, found = pd.factorize(cells.map(plain))
    values = np.asarray(found, dtype=None if cells.dtype.kind in "iuf" else object)
    there = ~pd.Index(values).isin(NO_FACT)
    places = np.append(np.where(there, np.cumsum(there) - 1, -1), -1)[places]
    values = values[there]
    kind = _KINDS.get(pd.api.types.infer_dtype(values))
    if kind is None:  # dates, or text among numbers
        kind, values = TEXT, np.array([plain(value) for value in values], dtype=object)
    return kind, values, places
