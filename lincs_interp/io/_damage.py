"""Damage that the text of a table shows: a quotation mark that stays open, an end that is cut off."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import numpy as np

from .._util.text import shown
from ._cells import is_number
from ._matrix import Matrix
from ._open import Source

_TAIL = 1 << 20  # bytes at the end of a file that show how its numbers are written
_SLACK = 3  # digits by which numbers written in full differ in length
_EXPONENT = re.compile(r".*[eE][+-]?\d\d+")  # 1e-05 has two digits in every program


def refuse_swallowed(source: Source, line: int, cells: Iterable[str], n: int) -> None:
    """Refuse a row in which a quotation mark that stays open made whole rows of `n` numbers part of one cell."""
    for cell in cells:
        for part in cell.split("\n") if "\n" in cell else ():
            if sum(map(is_number, re.split(r"[\t,;| ]", part))) >= n:
                problem = f"line {line:,} holds further lines in one cell ({shown(cell, 40)})"
                source.refuse(problem, "delete the quotation mark that opens there", line)


def check_end(source: Source, delimiter: str, matrix: Matrix, signature: str) -> None:
    """Refuse a file that is cut off in its last number, of `signature`, if that is certain; else say that it may be."""
    # A full ranking shows which rank the last one was, and decimals have a usual length.
    size = source.stream.seek(0, os.SEEK_END)
    source.stream.seek(max(size - _TAIL, 0) // 4 * 4)
    lines = re.split(r"[\r\n]+", source.stream.read().replace(b"\0", b"").decode("latin-1"))
    *others, last = [line.rsplit(delimiter, 1)[-1].strip(' "') for line in lines]
    numbers = matrix.values[:, len(matrix.ids) - 1 - list(matrix.ids)[::-1].index(signature)]
    if not lines[-1].strip() or not (is_number(last) or (last in ("", "-", "+") and np.isnan(numbers[-1]))):
        return
    where = f"{last or 'nothing'} (gene {shown(matrix.genes[-1], 30)}, signature {shown(signature)})"
    others, rest = list(filter(is_number, others[1:])), set(numbers[:-1].tolist())
    cut = not _EXPONENT.fullmatch(last) and ("e" in last.lower() or (all(map(_EXPONENT.fullmatch, others)) and others))
    for first in (0, 1) if len(rest) == len(numbers) - 1 else ():
        lost = set(range(first, len(numbers) + first)) - rest
        if lost == {numbers[-1]}:
            return
        cut = cut or (len(lost) == 1 and str(*lost).startswith(last))
    usual = [_decimals(cell) for cell in others]
    slack = _SLACK if len(set(usual)) > 1 else 0
    if cut or (usual and _decimals(last) < min(usual) - slack):
        source.refuse(f"it ends inside its last number, {where}", "it is cut off; download or copy it again")
    matrix.notes.append(f"The file ends without a line end: if it is cut off, its last number is not whole: {where}.")


def _decimals(cell: str) -> int:
    return len(re.sub(r"^[^.,]*[.,]?|[eE].*", "", cell))
