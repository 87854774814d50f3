"""Opening: path -> one seekable, unpacked stream and what it holds. The only place that opens files for reading."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, NoReturn

from .._util.errors import LincsInterpError, needs_package, wrong
from .._util.text import listed, shown

HEAD = 65_536  # bytes that are looked at before a file is believed to be anything
#: Real tables shrink by less than this factor; what grows by more, beyond the size, was made to fill a disk.
LARGEST_RATIO = 200
#: Bytes that anything may unpack to, and a table may take in memory, however small its file: three real matrices.
LARGEST_UNPACKED = 2**28
#: No matrix has so many signatures in one file of text (its header would be a line of 6 MB), nor lines this long.
MOST_COLUMNS, LONGEST_LINE = 100_000, 1 << 24
TEXT_COST = 64  # bytes that a short text takes in memory
SEARCHED = 1 << 24  # bytes that are searched for a letter that is no UTF-8, or for the mark of a password

#: What the unpackers raise on damaged or cut-off files.
BROKEN = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile)

# How files begin: what it is, and its kind, its encoding, or what to do instead.
_AS_TABLE, _UNPACK = "save the table itself as .tsv or .xlsx", "unpack it and give the one file to read"
_MAGIC = {
    b"PK\x03\x04": ("kind", "xlsx"),
    b"PAR1": ("kind", "parquet"),
    b"\x89HDF\r\n\x1a\n": ("kind", "hdf5"),
    b"\xef\xbb\xbf": ("encoding", "utf-8-sig"),
    b"\xff\xfe\x00\x00": ("encoding", "utf-32"),  # before UTF-16, whose mark it begins with
    b"\x00\x00\xfe\xff": ("encoding", "utf-32"),
    b"\xff\xfe": ("encoding", "utf-16"),
    b"\xfe\xff": ("encoding", "utf-16"),
    b"%PDF": ("a PDF", _AS_TABLE),
    b"\x89PNG": ("a picture", _AS_TABLE),
    b"{\\rtf": ("a rich-text document", _AS_TABLE),
    b"7z\xbc\xaf": ("a 7z archive", _UNPACK),
    b"Rar!": ("a RAR archive", _UNPACK),
    b"\x93NUMPY": ("a NumPy array without gene names", "save it as a table with one gene a row"),
    b"\xd0\xcf\x11\xe0": ("an old Excel file (.xls)", "save it as .xlsx or .tsv"),
}
# Documents that are zip archives, by a file inside.
_DOCUMENTS = {
    "xl/workbook.bin": ("a binary Excel file (.xlsb)", "save it as .xlsx"),
    "word/document.xml": ("a Word document", _AS_TABLE),
    "mimetype": ("an OpenDocument file", "save the sheet as .xlsx or .tsv"),
}


@dataclass
class Source:
    """A file that is open for reading, unpacked, and known by its content."""

    stream: IO[bytes]
    name: str  # as errors call it
    stem: str  # the file's name without folder and endings
    path: Any = None  # as the caller got it, under this name:
    argument: str = "path"
    kind: str = "text"  # or "xlsx", "parquet", "hdf5", "json"
    encoding: str = "utf-8"
    notes: list[str] = field(default_factory=list)
    _text: io.TextIOWrapper | None = None

    def text(self) -> io.TextIOWrapper:
        """Return the file from its first character; line ends stay as they are (csv asks for that)."""
        if self._text is None:
            errors = "replace" if self.encoding == "cp1252" else "strict"
            self._text = io.TextIOWrapper(self.stream, encoding=self.encoding, errors=errors, newline="")
        self._text.seek(0)
        return self._text

    def leave(self) -> None:
        """Let go of the stream, which a forgotten wrapper of text would close; it may be the caller's."""
        if self._text is not None and not self._text.closed:
            self._text.detach()

    def error(self, problem: str, remedy: str, value: object = None) -> LincsInterpError:
        """Return the error about this file; `problem` goes on from its name: "is empty", ": line 3 …"."""
        gap = "" if problem.startswith(":") else " "
        value = self.path if value is None else value
        return LincsInterpError(f"{self.name}{gap}{problem}", argument=self.argument, value=value, remedy=remedy)

    def refuse(self, problem: str, remedy: str, value: object = None) -> NoReturn:
        """Raise the error about something in this file, in a sentence of its own behind the name."""
        raise self.error(f": {problem}", remedy, value)


@contextmanager
def open_source(path: Any, argument: str = "path") -> Iterator[Source]:
    """Open `path`, or a binary stream with a ``name``, unpack it if it is compressed, and find out what it holds."""
    # Every failure of the operating system or of an archive leaves as one LincsInterpError, also when it only
    # shows while the caller reads.
    file = None if is_stream(path) else _regular_file(path, argument)
    name = file.name if file else Path(str(getattr(path, "name", "the data"))).name
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(file.open("rb")) if file else path
            source = Source(stream, shown(name, 120), _stem(name), path, argument)
            stack.callback(source.leave)
            for _ in range(3):  # a .tar is refused below; nobody packs a table more than twice
                unpacked = _unpacked(source)
                if unpacked is None:
                    break
                source.stream = stack.enter_context(unpacked)
            _recognise(source)
            yield source
        except LincsInterpError:
            raise
        except BROKEN as error:
            raise source.error("is damaged or cut off", "download or copy it again") from error
        except UnicodeError as error:
            raise source.error("cannot be read as text", "save it again as UTF-8") from error
        except OSError as error:
            reason, remedy = shown(error.strerror or error), "check that you may read it"
            raise wrong(argument, path, f"{shown(name, 120)!r} cannot be read ({reason})", remedy) from error
        except MemoryError as error:
            raise source.error("needs more memory than there is", "read fewer columns of it") from error
        except Exception as error:  # what libraries raise on damaged files has no end: every reader works in here
            raise source.error(f"cannot be read ({shown(error, 80)})", "it may be damaged: save it again") from error


def is_stream(given: object) -> bool:
    """Return whether it is an open binary file, or bytes in memory that behave like one."""
    return isinstance(given, io.BufferedIOBase | io.RawIOBase)


def _regular_file(path: Any, argument: str) -> Path:
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise wrong(argument, path, f"is {shown(repr(path))}", "it must be the name of a file")
    text = os.fspath(path)
    where = repr(shown(text, 120))
    if re.match(r"(https?|ftp|s3)://", text, re.IGNORECASE):
        raise wrong(argument, path, f"{where} is a web address", "download the file and give its name")
    try:
        file = Path(text).expanduser() if text.startswith("~") else Path(text)
        mode = file.stat().st_mode
    except FileNotFoundError:
        remedy = f"check the spelling and the folder (looked from {shown(Path.cwd(), 120)})"
        raise wrong(argument, path, f"{where} does not exist", remedy) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = shown(getattr(error, "strerror", None) or error)
        raise wrong(argument, path, f"{where} cannot be opened ({reason})", "check its name") from error
    if stat.S_ISDIR(mode):
        raise wrong(argument, path, f"{where} is a folder", "give the file inside it")
    if not stat.S_ISREG(mode):
        raise wrong(argument, path, f"{where} is not a regular file", "save it to disk first")
    return file


def _stem(name: str) -> str:
    ending = re.compile(r"\.(gz|bz2|xz|zst|zip|tsv|csv|txt|tab|xlsx|xlsm|parquet|gctx?|json|gmt)$", re.IGNORECASE)
    while ending.search(name) and ending.sub("", name):
        name = ending.sub("", name)
    return name


# Archives ------------------------------------------------------------------------------------------------


def _unpacked(source: Source) -> IO[bytes] | None:
    """Return a temporary file with the unpacked content, or None if the stream is not packed."""
    # Unpacking everything first means that a cut-off archive is found before a single number is believed.
    stream = source.stream
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(8)
    stream.seek(0)
    for magic, chunks_of in _PACKED.items():
        if head.startswith(magic):
            return _copied(source, chunks_of(source), size)
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return None
    with zipfile.ZipFile(stream) as archive:
        member = _zip_member(source, archive)
        if member is None:
            return None
        source.notes.append(f"Read {shown(member.filename)} from the zip file.")
        try:
            with archive.open(member) as packed:
                return _copied(source, _chunks(packed), member.compress_size)
        except (NotImplementedError, RuntimeError) as error:  # Deflate64, say, or encryption
            problem = f"uses a compression this Python cannot open ({shown(error, 60)})"
            raise source.error(problem, "unpack it first") from error


def _chunks(packed: Any) -> Iterator[bytes]:
    return iter(partial(packed.read, 1 << 20), b"")


def _zstandard(source: Source) -> Iterator[bytes]:
    """Unpack frame by frame: zstandard's own reader does not notice that the end of the last one is missing."""
    zstandard = needs_package(f"{source.name} (Zstandard)", "zstandard", "library")
    frame = None
    while chunk := source.stream.read(1 << 13):  # which may unpack to 256 MB
        while chunk:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            try:
                yield frame.decompress(chunk)
            except zstandard.ZstdError as error:
                raise EOFError(str(error)) from error
            chunk, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
    if frame is not None:
        raise EOFError("the last frame has no end")


# How packed files begin, and what unpacks them.
_PACKED: dict[bytes, Callable[[Source], Iterator[bytes]]] = {
    b"\x1f\x8b": lambda source: _chunks(gzip.GzipFile(fileobj=source.stream)),
    b"BZh": lambda source: _chunks(bz2.BZ2File(source.stream)),
    b"\xfd7zXZ\x00": lambda source: _chunks(lzma.LZMAFile(source.stream)),  # noqa: SIM115
    b"\x28\xb5\x2f\xfd": _zstandard,
}


def _zip_member(source: Source, archive: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """Return the one file inside a zip, or None if the zip is itself a document (XLSX) of a believable size."""
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        packed = sum(member.compress_size for member in archive.infolist())
        check_size(source, sum(member.file_size for member in archive.infolist()), packed)
        return None
    for mark, (what, remedy) in _DOCUMENTS.items():
        if mark in names:
            raise source.error(f"is {what}", remedy)
    # Finder adds __MACOSX and dot files to every archive it makes.
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.)", member.filename)
    ]
    if len(members) != 1:
        what = f"holds {len(members)} files ({listed(m.filename for m in members)})" if members else "is empty"
        raise source.error(what, _UNPACK)
    if members[0].flag_bits & 1:
        raise source.error("is a password-protected zip file", "unpack it first")
    return members[0]


def check_size(source: Source, size: int, packed: int) -> None:
    limit = max(LARGEST_UNPACKED, LARGEST_RATIO * packed)
    if size > limit:
        problem = f"unpacks to more than {limit / 2**20:,.0f} MB, over {LARGEST_RATIO} times its size"
        remedy = "no table shrinks so far; check where the file is from, and unpack it first if you trust it"
        raise source.error(problem, remedy)


def _copied(source: Source, chunks: Iterable[bytes], packed: int) -> IO[bytes]:
    """Unpack into a temporary file; `packed` is how many bytes it took when packed."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 (the caller's ExitStack closes it)
    try:
        for chunk in chunks:
            copy.write(chunk)
            check_size(source, copy.tell(), packed)
        copy.seek(0)
    except BaseException:
        copy.close()
        raise
    return copy


# What the file is ----------------------------------------------------------------------------------------


def _recognise(source: Source) -> None:
    """Set kind and encoding from the first bytes, or refuse what is no table."""
    source.stream.seek(0)
    head = source.stream.read(HEAD)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise source.error("is empty", "download or save it again")
    what, detail = next((found for magic, found in _MAGIC.items() if head.startswith(magic)), ("", ""))
    if head[257:262] == b"ustar":
        what, detail = "a tar archive", _UNPACK
    if what == "kind":
        source.kind = detail
        return
    if what not in ("", "encoding"):
        source.stream.seek(0)
        if "EncryptedPackage".encode("utf-16-le") in source.stream.read(SEARCHED):
            what = "a password-protected Excel file"
            detail = "remove the password in Excel, or save the sheet as .tsv"
        raise source.error(f"is {what}", detail)
    source.encoding = detail or _guessed(head)
    text = _decoded(source)
    _refuse_markup(source, text)
    if re.match(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]])", text):
        source.kind = "json"
    else:
        _refuse_long_lines(source)


def _refuse_long_lines(source: Source) -> None:
    source.stream.seek(0)
    length = 0
    while chunk := source.stream.read(1 << 20):
        length = length + len(chunk) if chunk.find(b"\n") < 0 and chunk.find(b"\r") < 0 else 0
        if length > LONGEST_LINE:
            problem = f"has a line of more than {LONGEST_LINE / 2**20:,.0f} MB"
            raise source.error(problem, "no table has such lines: save it with one gene a row")
    source.stream.seek(0)


def _decoded(source: Source) -> str:
    """Return the first characters, settle the encoding, refuse binary rubbish."""
    if source.encoding == "utf-8" and not _is_utf8(source.stream):
        source.encoding = "cp1252"
        source.notes.append("The file is not UTF-8; it was read as Windows-1252 text.")
    elif source.encoding.startswith("utf-16"):
        source.notes.append("The file is UTF-16 text.")
    text = source.text().read(HEAD // 4)
    odd = sum(c < " " and c not in "\t\n\r\f" for c in text) + text.count("\ufffd")
    if "\x00" in text or odd > 0.02 * len(text):
        remedy = "give a .tsv, .csv, .xlsx, .parquet, .gct or .gctx file"
        raise source.error("holds binary data, not a table of text", remedy)
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
        while stream.tell() < SEARCHED and (chunk := stream.read(1 << 20)):
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
        says = f' with the title "{shown(title[1])}"' if title else ""
        remedy = "the download failed or needs a login; download it again"
        raise source.error(f"is a web page{says}, not a table", remedy)
    if start.startswith(("<?xml", "<error")):
        raise source.error("is an XML file, not a table", _AS_TABLE)
