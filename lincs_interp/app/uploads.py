"""Files that a page holds: uploads stay in memory, from where the readers take them."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

from .._util.errors import LincsInterpError
from .._util.text import shown


class NamedBytes(io.BytesIO):
    """The content of an upload for the readers of `io`, which call it by `name` in errors and results."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


@dataclass
class HeldFile:
    """A file that a step of the page holds.

    Attributes
    ----------
    name : str
        What its owner calls it: to be shown, never to be opened.
    path : Path or None
        Where it is on this computer; None for uploads and for the simulated sample.
    size : int
        Bytes.
    sha256 : str
        Of an upload's content; two uploads of the same content are equal. Empty for other files.
    data : bytes or None
        An upload's content, until it is let go.
    """

    name: str
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    data: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def uploaded(self) -> bool:
        """True if the file came from the reader's browser."""
        return bool(self.sha256)

    def let_go(self) -> None:
        """Free the memory of an upload; it cannot be read again."""
        self.data = None

    def source(self) -> Path | NamedBytes:
        """Return what the readers of `io` take; raise if the content was let go."""
        if self.path is not None:
            return self.path
        if self.data is None:
            raise LincsInterpError(
                f"{self.name} was let go when it had been read, and now it has to be read in another way",
                argument="path",
                value=self.name,
                remedy="choose the file once more",
            )
        return NamedBytes(self.data, self.name)


def uploaded_file(name: str, data: bytes | memoryview) -> HeldFile:
    """Return an upload."""
    content = bytes(data)
    return HeldFile(shown(name, 120), None, len(content), hashlib.sha256(content).hexdigest(), content)


def file_on_disk(path: str) -> HeldFile:
    """Return a file of this computer, which the page may read and leaves where it is."""
    file = Path(path)
    return HeldFile(shown(file.name, 120), file, file.stat().st_size)
