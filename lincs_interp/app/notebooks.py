"""The guided notebooks: where they are, and a copy of them in a folder of the user's."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._util.errors import LincsInterpError, wrong
from .._util.text import counted, listed, shown
from ..io.sample import sample_path

PACKAGE = Path(__file__).resolve().parent.parent
FIRST = "00_start_here.ipynb"


def copy_notebooks(folder: Path) -> Path:
    """Copy the guided notebooks into `folder` and the sample into ``folder/data/sample``; never replace a file."""
    notebooks = [file for file in sorted(notebooks_path().glob("*")) if file.suffix in {".ipynb", ".md"}]
    sample = [file for file in sorted(sample_path().iterdir()) if file.is_file() and file.suffix != ".pyc"]
    pairs = [(file, folder / file.name) for file in notebooks]
    pairs += [(file, folder / "data" / "sample" / file.name) for file in sample]
    try:
        in_the_way = [new for old, new in pairs if new.exists() and not _same_file(old, new)]
        if in_the_way:
            raise wrong(
                "folder",
                folder,
                f"is {shown(folder, 200)}, where {counted(len(in_the_way), 'file')} would be replaced"
                f" ({listed([path.name for path in in_the_way], 3)})",
                "choose another folder, or move them away first",
            )
        for old, new in pairs:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not new.exists():
                with written_whole(new) as draft:
                    shutil.copyfile(old, draft)
    except OSError as error:
        problem = f"is {shown(folder, 200)}, which cannot be written ({error.strerror or error})"
        raise wrong("folder", folder, problem, "choose another folder") from None
    return folder


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give another name to write under, so that no stop in between leaves a part of a file under this one."""
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _same_file(old: Path, new: Path) -> bool:
    return new.is_file() and filecmp.cmp(old, new, shallow=False)


def notebooks_path() -> Path:
    """Return where the guided notebooks are: inside the package in a wheel, beside it in a checkout."""
    for folder in (PACKAGE / "notebooks", PACKAGE.parent / "notebooks"):
        if (folder / FIRST).is_file():
            return folder
    raise LincsInterpError(
        "The guided notebooks are not part of this installation", argument="notebooks", remedy="reinstall lincs-interp"
    )
