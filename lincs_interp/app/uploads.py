"""Files that a page holds: uploads stay in memory, and lie on disk only while they are read, under names not theirs."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .._util.errors import LincsInterpError
from .._util.text import shown

# An upload is stored as this word and its harmless endings: nothing else of a name from outside reaches a path. What a
# file is, the readers find out by its content; only ".gmt" tells them something.
STEM = "upload"
# fmt: off
ENDINGS = frozenset((
    "tsv", "csv", "txt", "tab", "gmt", "gct", "gctx", "xlsx", "xlsm", "parquet", "json",
    "gz", "zip", "zst", "bz2", "xz",
))
# fmt: on


@dataclass
class Content:
    """The bytes of an upload, until they are let go."""

    data: bytes | memoryview | None


@dataclass(frozen=True)
class HeldFile:
    """A file that a step of the page holds.

    Attributes
    ----------
    name : str
        What its owner calls it: to be shown, never to be opened.
    path : Path or None
        Where it lies on this computer; None for uploads and for the simulated sample.
    size : int
        Bytes.
    sha256 : str
        Of an upload's content; two uploads of the same content are equal.
    content : Content or None
        Only uploads have it.
    """

    name: str
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    content: Content | None = field(default=None, compare=False, repr=False)

    @property
    def uploaded(self) -> bool:
        """True if the file came from the reader's browser."""
        return self.content is not None

    def let_go(self) -> None:
        """Free the memory of an upload; it cannot be read again."""
        if self.content is not None:
            self.content.data = None


def uploaded_file(name: str, data: bytes | memoryview) -> HeldFile:
    """Return an upload."""
    size = memoryview(data).nbytes
    return HeldFile(shown(name, 120), None, size, hashlib.sha256(data).hexdigest(), Content(data))


def file_on_disk(path: str) -> HeldFile:
    """Return a file of this computer, which the page may read and leaves where it is."""
    file = Path(path)
    return HeldFile(shown(file.name, 120), file, file.stat().st_size)


def stored_name(name: str, stem: str = STEM) -> str:
    """Return the name under which an upload is stored while it is read.

    Examples
    --------
    >>> stored_name("My ranks.TSV.gz"), stored_name("../../etc/passwd"), stored_name("run.exe.gmt")
    ('upload.tsv.gz', 'upload', 'upload.gmt')
    """
    endings = [ending for ending in name.lower().rsplit(".", 2)[1:] if ending in ENDINGS]
    return ".".join([stem, *endings])


class VisitorFolder:
    """A temporary folder of one visitor's own, empty but for the file that is being read.

    It is removed with :meth:`close`, when the object is gone, and when Python ends.
    """

    def __init__(self, parent: str | None = None, name: str | None = None) -> None:
        if parent is not None and name is not None:
            self.path = Path(parent, name)
            self.path.mkdir(mode=0o700)
        else:
            self.path = Path(tempfile.mkdtemp(prefix="lincs-interp-page-", dir=parent))
        self.close = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    @contextmanager
    def stored(self, held: HeldFile, stem: str = STEM) -> Iterator[Path]:
        """Give the path of a held file; an upload lies on disk only until the block ends, however it ends.

        Errors in the block that speak of the stored name call the file as its owner does. Two uploads that are read
        together need two stems.

        Raises
        ------
        LincsInterpError
            If the upload was let go, or the disk is full.
        """
        if held.path is not None:
            yield held.path
            return
        if held.content is None or held.content.data is None:
            raise LincsInterpError(
                f"{held.name} was let go when it had been read, and now it has to be read in another way: choose the"
                " file once more."
            )
        path = self.path / stored_name(held.name, stem)
        try:
            try:
                path.write_bytes(held.content.data)
            except OSError as error:
                raise LincsInterpError(
                    f"{held.name} cannot be stored for reading ({shown(error.strerror or error)}): make room on the"
                    " disk of this computer."
                ) from None
            try:
                yield path
            except LincsInterpError as error:
                raise LincsInterpError(str(error).replace(path.name, held.name)) from error
        finally:
            path.unlink(missing_ok=True)
