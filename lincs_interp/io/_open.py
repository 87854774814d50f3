"""Opening: path -> one seekable, unpacked stream and what it holds. The only place that calls open()."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

from .._util.errors import LincsInterpError
from .._util.text import shown
from ._archives import BROKEN, unpacked_copy

HEAD = 65_536  # bytes that are looked at before a file is believed to be anything

_BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",  # before UTF-16, whose mark it begins with
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_REFUSED = {
    b"%PDF": "a PDF: save the table itself as .tsv or .xlsx",
    b"\x89PNG": "a picture: save the table itself as .tsv or .xlsx",
    b"{\\rtf": "a rich-text document: save the table itself as .tsv or .xlsx",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"Rar!": "a RAR archive: unpack it first",
    b"\x93NUMPY": "a NumPy array without gene names: save it as a table with one gene a row",
}


@dataclass
class Source:
    """A file that is open for reading, unpacked, and known by its content."""

    stream: IO[bytes]
    name: str  # as errors call it
    stem: str  # the file's name without folder and endings
    kind: str  # "text", "xlsx", "parquet", "hdf5" or "json"
    encoding: str = "utf-8"
    notes: list[str] = field(default_factory=list)
    argument: str = "path"  # under which the caller got the file
    _text: io.TextIOWrapper | None = None

    def text(self) -> io.TextIOWrapper:
        """Return the file from its first character; line ends stay as they are (csv asks for that)."""
        if self._text is None:
            errors = "replace" if self.encoding == "cp1252" else "strict"
            self._text = io.TextIOWrapper(self.stream, encoding=self.encoding, errors=errors, newline="")
        self._text.seek(0)
        return self._text

    def refuse(self, problem: str, remedy: str = "", value: object = None) -> NoReturn:
        """Raise the error about this file: its name stands in front."""
        raise LincsInterpError(f"{self.name}: {problem}", argument=self.argument, value=value, remedy=remedy)


@contextmanager
def open_source(path: Any, argument: str = "path") -> Iterator[Source]:
    """Open `path`, unpack it if it is compressed, and tell what it holds.

    Every failure of the operating system or of an archive leaves as one LincsInterpError, also when it only
    shows while the caller reads.
    """
    file = _regular_file(path, argument)
    name = shown(file.name, 120)
    with ExitStack() as stack:
        try:
            stream: IO[bytes] = stack.enter_context(file.open("rb"))
            notes: list[str] = []
            for _ in range(3):  # a .tar is refused below; nobody packs a table more than twice
                unpacked = unpacked_copy(stream, name, notes)
                if unpacked is None:
                    break
                stream = stack.enter_context(unpacked)
            source = Source(stream, name, _stem(file.name), "text", notes=notes, argument=argument)
            _recognise(source)
            yield source
        except BROKEN as error:
            raise LincsInterpError(f"{name} is damaged or cut off: download or copy it again.") from error
        except UnicodeError as error:
            raise LincsInterpError(f"{name} cannot be read as text: save it again as UTF-8.") from error
        except OSError as error:
            raise LincsInterpError(f"{name} cannot be read ({shown(error.strerror or error)}).") from error


def _regular_file(path: Any, argument: str) -> Path:
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise LincsInterpError(f"{argument} must be the name of a file, not {shown(repr(path))}.")
    text = os.fspath(path)
    if re.match(r"(https?|ftp|s3)://", text, re.IGNORECASE):
        raise LincsInterpError(f"{argument} {shown(text)!r} is a web address: download the file and give its name.")
    try:
        file = Path(text).expanduser() if text.startswith("~") else Path(text)
        mode = file.stat().st_mode
    except FileNotFoundError:
        raise LincsInterpError(
            f"{argument} {shown(text, 120)!r} does not exist: check the spelling and the folder"
            f" (looked from {shown(Path.cwd(), 120)})."
        ) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = shown(getattr(error, "strerror", None) or error)
        raise LincsInterpError(f"{argument} {shown(text)!r} cannot be opened ({reason}).") from error
    if stat.S_ISDIR(mode):
        raise LincsInterpError(f"{argument} {shown(text, 120)!r} is a folder: give the file inside it.")
    if not stat.S_ISREG(mode):
        raise LincsInterpError(f"{argument} {shown(text, 120)!r} is not a regular file: save it to disk first.")
    return file


def _stem(name: str) -> str:
    ending = re.compile(r"\.(gz|bz2|xz|zst|zip|tsv|csv|txt|tab|xlsx|xlsm|parquet|gctx?|json|gmt)$", re.IGNORECASE)
    while ending.search(name) and ending.sub("", name):
        name = ending.sub("", name)
    return name


def _recognise(source: Source) -> None:
    """Set kind and encoding from the first bytes, or refuse what is no table."""
    source.stream.seek(0)
    head = source.stream.read(HEAD)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise LincsInterpError(f"{source.name} is empty: download or save it again.")
    for magic, kind in {b"PK\x03\x04": "xlsx", b"PAR1": "parquet", b"\x89HDF\r\n\x1a\n": "hdf5"}.items():
        if head.startswith(magic):
            source.kind = kind
            return
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        _refuse_ole2(source)
    for magic, sentence in _REFUSED.items():
        if head.startswith(magic):
            raise LincsInterpError(f"{source.name} is {sentence}.")
    if head[257:262] == b"ustar":
        raise LincsInterpError(f"{source.name} is a tar archive: unpack it and give the one file to read.")
    text = _decoded(source, head)
    _refuse_markup(source, text)
    if re.match(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]])", text):
        source.kind = "json"


def _refuse_ole2(source: Source) -> NoReturn:
    """Old Office container: a password-protected .xlsx, or a workbook from before 2007."""
    source.stream.seek(0)
    body = source.stream.read(1 << 24)
    if "EncryptedPackage".encode("utf-16-le") in body:
        raise LincsInterpError(
            f"{source.name} is a password-protected Excel file: remove the password in Excel, or save the"
            " sheet as .tsv."
        )
    raise LincsInterpError(f"{source.name} is an old Excel file (.xls): save it as .xlsx or .tsv.")


def _decoded(source: Source, head: bytes) -> str:
    """Decode the first bytes, remember the encoding, refuse binary rubbish."""
    source.encoding = next((enc for bom, enc in _BOMS.items() if head.startswith(bom)), "") or _guessed(head)
    if source.encoding == "utf-8" and not _is_utf8(source.stream):
        source.encoding = "cp1252"
        source.notes.append("The file is not UTF-8; it was read as Windows-1252 text.")
    elif source.encoding.startswith("utf-16"):
        source.notes.append("The file is UTF-16 text.")
    text = source.text().read(HEAD // 4)
    odd = sum(c < " " and c not in "\t\n\r\f" for c in text) + text.count("\ufffd")
    if "\x00" in text or odd > 0.02 * len(text):
        raise LincsInterpError(
            f"{source.name} holds binary data, not a table of text: give a .tsv, .csv, .xlsx, .parquet, .gct"
            " or .gctx file."
        )
    return text.removeprefix("\ufeff")


def _guessed(head: bytes) -> str:
    """UTF-16 without its mark shows as a zero in every other byte of plain letters."""
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > 0.4 * pairs > 20 * head[0::2].count(0):
        return "utf-16-le"
    if pairs and head[0::2].count(0) > 0.4 * pairs > 20 * head[1::2].count(0):
        return "utf-16-be"
    return "utf-8"


def _is_utf8(stream: IO[bytes]) -> bool:
    """Read on, up to 16 MB: a single µ in row 5,000 decides as much as one in the first."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    try:
        while stream.tell() < 1 << 24 and (chunk := stream.read(1 << 20)):
            decoder.decode(chunk)
        if not chunk:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _refuse_markup(source: Source, text: str) -> None:
    start = text[:2000].lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in start[:500]:
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        says = f' that says "{shown(title[1])}"' if title else ""
        raise LincsInterpError(
            f"{source.name} is a web page{says}, not a table: the download failed or needs a login; download it again."
        )
    if start.startswith(("<?xml", "<error")):
        raise LincsInterpError(f"{source.name} is an XML file, not a table: save it as .tsv or .xlsx.")
