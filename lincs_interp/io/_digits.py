"""The fast way to a matrix: rows of names and then nothing but digits, read block by block without a Python number.

Nearly every rank matrix is such a file. numpy's and pandas' readers take each number by itself; here the last eight
bytes of all numbers of a block are turned into integers at once, digit pairs first, then fours, then eights.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import IO

import numpy as np

BLOCK = 1 << 19  # bytes at a time: the temporary arrays stay in the processor's cache
LONGEST = 8  # digits


class Odd(Exception):
    """The file is not as plain as it looked: it must be read with care."""


def read_digits(
    stream: IO[bytes], *, skip: int, delimiter: bytes, lead: int, width: int, pick: Sequence[int] | None
) -> tuple[np.ndarray, list[list[bytes]]]:
    """Read a table of digits.

    Parameters
    ----------
    stream : binary file
        Read from its begin.
    skip : int
        Lines above the first row.
    lead, width : int
        Each row has `lead` cells of text, then `width` numbers of one to eight digits.
    pick : list of int, optional
        Which of the numbers to keep, in this order; all by default.

    Returns
    -------
    (ndarray of int32, list)
        Rows x picked numbers; the cells of text in front of each row.

    Raises
    ------
    Odd
        If a row has other cells than these. Empty lines are passed over.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    for _ in range(skip):
        stream.readline()
    # glibc gives the memory of every large array back to the system at once, and asking for it again would take a third
    # of the time here, until it has seen a larger array come and go. This one is never written to.
    np.empty(32 * BLOCK, dtype=np.uint8)
    names: list[list[bytes]] = []
    values = np.empty((0, width if pick is None else len(pick)), dtype=np.int32)
    while lines := stream.readlines(BLOCK):
        cells = [line.split(delimiter, lead) for line in lines if not line.isspace()]
        if any(len(row) <= lead for row in cells):
            raise Odd
        numbers = _numbers((row[lead].rstrip(b"\r\n") for row in cells), delimiter, width)
        begin, end = len(names), len(names) + len(cells)
        if end > len(values):
            # Lines are about as long as these, so this happens once. Room to spare costs nothing until it is written.
            rows = end + int(1.05 * (size - stream.tell()) * len(lines) / sum(map(len, lines)))
            larger = np.empty((rows, values.shape[1]), dtype=np.int32)
            larger[:begin] = values[:begin]
            values = larger
        values[begin:end] = numbers if pick is None else numbers[:, pick]
        names += [row[:lead] for row in cells]
    if not names:
        raise Odd
    values.resize((len(names), values.shape[1]), refcheck=False)
    return values, names


def _numbers(rows: Iterable[bytes], delimiter: bytes, width: int) -> np.ndarray:
    """Turn rows of digits into integers."""
    text = np.frombuffer(b"0" * LONGEST + b"\n".join([*rows, b""]), dtype=np.uint8)
    ends = np.flatnonzero(text - ord("0") > 9)  # uint8 wraps round, so that everything but a digit is large
    if len(ends) % width:
        raise Odd
    marks = text[ends].reshape(-1, width)
    if (marks[:, :-1] != ord(delimiter)).any() or (marks[:, -1] != ord("\n")).any():
        raise Odd
    foreign = np.empty_like(ends)  # how many of the eight bytes in front of an end belong to the number before
    foreign[:1] = 2 * LONGEST - ends[:1]
    np.subtract(LONGEST + 1, np.diff(ends), out=foreign[1:])
    if len(ends) and (foreign.min() < 0 or foreign.max() >= LONGEST):
        raise Odd
    # These eight bytes as one word, whose highest byte is the last digit; a shift there and back clears the foreign
    # ones. All steps work in place: on fresh memory they would take twice the time.
    ends -= LONGEST
    words = np.ndarray((text.size - LONGEST + 1,), dtype="<u8", buffer=text, strides=(1,))[ends]
    foreign *= 8
    shifts = foreign.view(np.uint64)
    words >>= shifts
    words <<= shifts
    words &= np.uint64(0x0F0F0F0F0F0F0F0F)
    for factor, shift, keep in (
        (10 * 2**8 + 1, 8, 0x00FF00FF00FF00FF),
        (100 * 2**16 + 1, 16, 0x0000FFFF0000FFFF),
        (10_000 * 2**32 + 1, 32, 0x00000000FFFFFFFF),
    ):
        words *= np.uint64(factor)
        words >>= np.uint64(shift)
        words &= np.uint64(keep)
    return words.astype(np.int32).reshape(-1, width)
