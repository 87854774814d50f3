"""What the package imports: only what is declared, nothing private of others, and little when it is loaded.

Which package may import which is a contract in pyproject.toml, held by `lint-imports`.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import lincs_interp

PACKAGE = Path(lincs_interp.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]

HEAVY = (
    "seaborn",
    "matplotlib.pyplot",
    "scipy.stats",
    "ipywidgets",
    "pyarrow",
    "h5py",
    "python_calamine",
    "rapidfuzz",
    "jinja2",
    "nbformat",
    "tqdm",
)

#: The extras that a part of the package may count on; each of them brings all that the part imports.
EXTRAS_OF = {
    "explorers": ("notebooks", "app"),
    "app": ("app",),
    "core/show.py": ("notebooks", "app"),
    "report/notebook.py": ("notebooks",),
    "io": ("library",),
}


def imports(source: str, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the full name of every module that is imported, those inside functions too, as its parts."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            yield from ((*base, name.name) for name in node.names)


def modules() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Every module of the package: its path, the package it is in, its source."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in ("data", "notebooks"):
            yield place.as_posix(), ("lincs_interp", *place.parts[:-1]), path.read_text(encoding="utf-8")


def foreign(source: str, package: tuple[str, ...]) -> list[str]:
    """The private modules (`_x`) of other packages that are imported; `_util` is for the whole of lincs_interp."""
    found = []
    for target in imports(source, package):
        for place, part in enumerate(target[:-1]):
            if place > 1 and part.startswith("_") and target[:place] != package[:place]:
                found.append(".".join(target))
    return found


def test_private_modules_are_imported_within_their_package_only():
    assert {path: found for path, package, source in modules() if (found := foreign(source, package))} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from ..genes._symbols import x", True),
        ("def f():\n    from lincs_interp.genes._symbols import x", True),
        ("import lincs_interp.genes._symbols.x", True),
        ("from .._util.text import shown", False),
        ("from ._open import x", False),
        ("from ..genes.matching import _x", False),
    ],
)
def test_the_search_finds_every_way_to_import_a_private_module(source, found):
    assert bool(foreign(source, ("lincs_interp", "io"))) == found


def declared(*extras: str) -> set[str]:
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in PROJECT["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def test_whatever_is_imported_is_declared():
    distributions = packages_distributions()
    missing = set()
    for path, package, source in modules():
        extras = EXTRAS_OF.get(path, EXTRAS_OF.get(path.split("/")[0], ()))
        for extra in extras or ("",):
            there = declared(extra) if extra else declared()
            for name in {target[0] for target in imports(source, package)} - sys.stdlib_module_names - {"lincs_interp"}:
                # A module that is not installed here is looked for under its own name.
                homes = {canonicalize_name(home) for home in distributions.get(name, [name])}
                if not homes & there:
                    missing.add((path, name, extra))
    assert missing == set()


def in_a_fresh_python(code: str) -> object:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_import_is_light():
    extra = in_a_fresh_python(
        f"import json, sys, numpy, pandas; heavy = {HEAVY!r}; before = set(sys.modules)\n"
        "import lincs_interp; print(json.dumps([name for name in heavy if name in set(sys.modules) - before]))"
    )
    assert extra == []


def test_every_public_name_is_there_on_first_use_and_listed():
    seen = in_a_fresh_python(
        "import json, lincs_interp as li; listed = dir(li)\n"
        "print(json.dumps({name: name in listed and getattr(li, name, None) is not None for name in li.__all__}))"
    )
    assert isinstance(seen, dict)
    assert seen
    assert [name for name, there in seen.items() if not there] == []


def test_import_changes_nothing():
    changed = in_a_fresh_python(
        """
import json, logging, os, random, signal, sys, warnings
import matplotlib, numpy, pandas

def state():
    return {
        "rcParams": dict(matplotlib.rcParams),
        "warning filters": list(warnings.filters),
        "logging": [(n, getattr(x, "level", 0), list(getattr(x, "handlers", []))) for n, x in
                    [("root", logging.root), *logging.root.manager.loggerDict.items()] if n.startswith("root")],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "numpy errors": numpy.geterr(),
        "numpy print options": str(numpy.get_printoptions()),
        "numpy random state": numpy.random.get_state()[1].tolist(),
        "random state": random.getstate(),
        "pandas rows": pandas.get_option("display.max_rows"),
        "pandas columns": pandas.get_option("display.max_columns"),
        "pandas width": pandas.get_option("display.max_colwidth"),
        "interrupt": signal.getsignal(signal.SIGINT),
    }

before = state()
import lincs_interp
after = state()
ours = [n for n, x in logging.root.manager.loggerDict.items() if n.startswith("lincs") and getattr(x, "handlers", [])]
print(json.dumps([key for key in before if before[key] != after[key]] + ours))
"""
    )
    assert changed == []


def test_what_to_install_is_said_for_a_clone_that_was_never_installed(monkeypatch):
    import importlib.metadata

    def unknown(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", unknown)
    from lincs_interp._util.errors import install_command

    assert install_command("app").endswith('[app]"')
    assert install_command("python-calamine").endswith(" python-calamine")
