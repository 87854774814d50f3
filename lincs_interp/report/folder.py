"""The folder of a report: all of its files are written, or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .._util.errors import LincsInterpError, wrong
from .._util.text import kind, shown


def folder_of(path: Any) -> Path:
    """Return `path` as the name of a folder, whether it is there or not; anything else is an error."""
    remedy = "give the name of a folder for the report"
    try:
        name = os.fspath(path)
        if not isinstance(name, str):
            raise TypeError
    except TypeError:
        raise wrong("path", path, f"is {kind(path)}", remedy) from None
    if not name or "\0" in name:
        raise wrong("path", path, f"is {shown(name)!r}, which is no name", remedy)
    try:
        folder = Path(name).expanduser()
        if folder.exists() and not folder.is_dir():
            raise wrong("path", path, f"is {shown(folder, 200)}, which is a file", "name a folder for the report")
    except (OSError, RuntimeError, UnicodeError) as error:  # too long a name; no home that "~" could be
        raise _unwritable(name, error) from None
    return folder


def _unwritable(path: object, error: Exception) -> LincsInterpError:
    reason = shown(getattr(error, "strerror", None) or error, 120)
    problem = f"is {shown(path, 200)}, which cannot be written ({reason})"
    return wrong("path", path, problem, "choose another folder or make room")


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a draft folder whose files are moved into `folder` only if all went well."""
    try:
        existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
        with tempfile.TemporaryDirectory(dir=existing, prefix=".lincs-interp-") as name:
            new, old = Path(name, "new"), Path(name, "old")
            new.mkdir()
            old.mkdir()
            yield new
            _move_in(new, old, folder)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _move_in(new: Path, old: Path, folder: Path) -> None:
    """Move the files of `new` into `folder`, and those they replace to `old`; if one fails, move all back."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    moves: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(new.iterdir()):
            target = folder / file.name
            if target.is_dir():
                raise IsADirectoryError(0, f"{target.name} in it is a folder")
            if os.path.lexists(target):
                moves.append((target, old / file.name))
                os.replace(*moves[-1])
            moves.append((file, target))
            os.replace(*moves[-1])
    except BaseException:
        for before, now in reversed(moves):
            if os.path.lexists(now):  # the last move may not have happened
                os.replace(now, before)
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise
