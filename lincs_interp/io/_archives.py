"""Archives: gzip, bzip2, xz, Zstandard and zip -> one temporary file with the unpacked content."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import tempfile
import zipfile
import zlib
from typing import IO, Any

from .._util.errors import LincsInterpError
from .._util.text import listed, shown

_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstandard"}

#: Real tables shrink by less than this factor; what grows by more, beyond the size, was made to fill a disk.
LARGEST_RATIO = 200
LARGEST_UNPACKED = 2 * 2**30  # bytes

#: What the unpackers raise on damaged or cut-off files.
BROKEN = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile)


def unpacked_copy(stream: IO[bytes], name: str, notes: list[str]) -> IO[bytes] | None:
    """Return a temporary file with the unpacked content, or None if the stream is not packed.

    Unpacking everything first means that a cut-off archive is found before a single number is believed.
    """
    head = stream.read(8)
    stream.seek(0)
    packing = next((packing for magic, packing in _PACKED.items() if head.startswith(magic)), None)
    if packing is not None:
        return _copied(_decompressing(stream, packing, name), name, _size(stream))
    if not head.startswith(b"PK\x03\x04") and not head.startswith(b"PK\x05\x06"):
        return None
    with zipfile.ZipFile(stream) as archive:
        member = _zip_member(archive, name)
        if member is None:
            return None
        notes.append(f"Read {shown(member.filename)} from the zip file.")
        try:
            with archive.open(member) as packed:
                return _copied(packed, name, member.compress_size)
        except (NotImplementedError, RuntimeError) as error:  # Deflate64, say, or encryption
            raise LincsInterpError(
                f"{name} uses a compression this Python cannot open ({shown(error, 60)}): unpack it first."
            ) from error


def _size(stream: IO[bytes]) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def _decompressing(stream: IO[bytes], packing: str, name: str) -> Any:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=stream)
    if packing == "bzip2":
        return bz2.BZ2File(stream)
    if packing == "xz":
        return lzma.LZMAFile(stream)
    return _Zstandard(stream, name)


class _Zstandard:
    """Zstandard frames as a stream that notices a missing end, which zstandard's own reader does not."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        try:
            import zstandard
        except ImportError:
            raise LincsInterpError(
                f'{name}: Zstandard files need the package zstandard: pip install "lincs-interp[library]".'
            ) from None
        self._stream, self._new, self._error = (
            stream,
            zstandard.ZstdDecompressor().decompressobj,
            zstandard.ZstdError,
        )
        self._frame = self._new()
        self._begun = False

    def read(self, size: int) -> bytes:
        """Return some unpacked bytes; none at the end."""
        while chunk := self._stream.read(min(size, 1 << 13)):  # which may stand for 256 MB
            out = self._feed(chunk)
            if out:
                return out
        if self._begun:
            raise EOFError("compressed file ended before the end of its last frame")
        return b""

    def _feed(self, chunk: bytes) -> bytes:
        out = []
        while chunk:
            try:
                out.append(self._frame.decompress(chunk))
            except self._error as error:
                raise EOFError(str(error)) from error
            self._begun = not self._frame.eof
            chunk = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = self._new()
        return b"".join(out)


def _zip_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo | None:
    """Return the one file inside a zip, or None if the zip is itself a document (XLSX)."""
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return None
    for mark, sentence in {
        "xl/workbook.bin": "is a binary Excel file (.xlsb): save it as .xlsx.",
        "word/document.xml": "is a Word document: save the table itself as .tsv or .xlsx.",
        "mimetype": "is an OpenDocument file: save the sheet as .xlsx or .tsv.",
    }.items():
        if mark in names:
            raise LincsInterpError(f"{name} {sentence}")
    # Finder adds __MACOSX and dot files to every archive it makes.
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.)", member.filename)
    ]
    if len(members) != 1:
        what = f"holds {len(members)} files ({listed(m.filename for m in members)})" if members else "is empty"
        raise LincsInterpError(f"{name} {what}: unpack it and give the one file to read.")
    if members[0].flag_bits & 1:
        raise LincsInterpError(f"{name} is a password-protected zip file: unpack it first.")
    return members[0]


def _copied(packed: Any, name: str, size: int) -> IO[bytes]:
    """Unpack into a temporary file; `size` is how many bytes it took when packed."""
    limit = max(LARGEST_UNPACKED, LARGEST_RATIO * size)
    copy = tempfile.TemporaryFile()  # noqa: SIM115 (the caller's ExitStack closes it)
    try:
        while chunk := packed.read(1 << 20):
            copy.write(chunk)
            if copy.tell() > limit:
                raise LincsInterpError(
                    f"{name} unpacks to more than {limit / 2**30:,.0f} GB, over {LARGEST_RATIO} times its size: no"
                    " table shrinks so far; check where the file is from, and unpack it first if you trust it."
                )
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy
