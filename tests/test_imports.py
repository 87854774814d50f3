"""Imports run one way, and importing the package does nothing but define names."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lincs_interp

PACKAGE = Path(lincs_interp.__file__).parent

# The house from the ground up: a room may import what stands behind its name, and nothing else of ours. CONTRIBUTING.md
# shows this table.
TABLE = {
    "_check": "",
    "_display": "_check",
    "_cards": "_check _display",
    "_tables_out": "",
    "_doses": "",
    "_sheet_dates": "",
    "signature_ids": "_check _display _doses",
    "queries": "_check _display",
    "_rank_checks": "_check signature_ids",
    "ranks": "_check _cards signature_ids _rank_checks",
    "percentiles": "_check ranks",
    "coefficients": "_check _rank_checks ranks",
    "habits": "_check ranks",
    "rank_words": "_check _display ranks percentiles habits",
    "scores": "",
    "score_tables": "_check _display scores",
    "_multiplicity": "",
    "plots": "_check",
    "genes": "_check _sheet_dates queries ranks",
    "files": "_check _doses _sheet_dates signature_ids queries ranks",
    "sample": "_check _display queries ranks files",
    "gene_facts": "_check queries ranks genes files",
    "contributions": "_check ranks gene_facts",
    "concordance": "_check queries ranks scores score_tables _multiplicity genes contributions",
    "site": "_check queries ranks scores _multiplicity genes",
    "orientation": "_check _display queries ranks concordance site",
    "consensus": "_check queries ranks scores score_tables genes concordance",
    "resampling": "_check queries ranks scores concordance",
    "drivers": "_check _cards queries ranks rank_words contributions concordance resampling",
    "driver_sharing": "_check queries ranks contributions concordance",
    "null_fit": "_check queries ranks genes concordance",
    "calibration": "_check queries ranks score_tables _multiplicity concordance null_fit",
    "null_check": "_check _display queries ranks null_fit calibration",
    "promiscuity": "_check ranks scores",
    "toxicity": "_check _display genes",
    "_sameness": "_check _doses",
    "annotations": "_check ranks _multiplicity concordance _sameness",
    "dose_trend": "_check _display _sameness",
    "targets": "_check ranks genes _sameness",
    "perturbagens": "_check ranks score_tables _multiplicity concordance promiscuity _sameness dose_trend",
    "readings": "_check ranks rank_words genes concordance null_fit",
    "dossier": "_check queries ranks habits genes gene_facts concordance calibration null_check promiscuity targets"
    " perturbagens",
    "signature_warnings": "_check concordance promiscuity toxicity dose_trend perturbagens readings dossier",
    "signature_readings": "_check _display queries ranks contributions concordance readings dossier signature_warnings",
    "perturbagen_readings": "_check _display queries ranks perturbagens readings dossier signature_warnings"
    " signature_readings",
    "reports": "_check _display _tables_out signature_ids queries ranks percentiles rank_words scores plots genes"
    " files sample concordance null_fit null_check perturbagens readings dossier signature_warnings"
    " signature_readings perturbagen_readings",
    "explorers": "_check _display _tables_out queries ranks habits rank_words plots genes contributions concordance"
    " _sameness dose_trend readings dossier signature_warnings signature_readings perturbagen_readings",
    "app": "_check queries ranks genes files sample concordance null_fit calibration reports explorers",
    "cli": "_check queries ranks genes files sample readings reports app",
}

# A private module beside a room belongs to it: nobody else may import it.
SIDE_ROOMS = {
    "_rank_labels": "_rank_checks",
    "_symbols": "genes",
    "_gene_matcher": "genes",
    "_grades": "perturbagens",
    "_aggregates": "perturbagens",
    "_perturbagen_names": "perturbagens",
    "_perturbagen_rows": "perturbagens",
    "_table_kinds": "score_tables",
    "_table_columns": "score_tables",
    "_report_analysis": "reports",
    "_report_page": "reports",
    "_report_figures": "reports",
    "_report_notebook": "reports",
    "_report_inputs": "reports",
    "_report_folder": "reports",
    "_report_columns": "reports",
    "_report_drivers": "reports",
    "_report_signatures": "reports",
    "_commands_app": "cli",
}

# The front door shows every room; `python -m lincs_interp` opens the command line.
DOORS = {"__init__": {*TABLE}, "__main__": {"cli"}}

HEAVY = (
    "seaborn",
    "matplotlib.pyplot",
    "scipy.stats",
    "ipywidgets",
    "pyarrow",
    "h5py",
    "openpyxl",
    "rapidfuzz",
    "jinja2",
    "nbformat",
    "tqdm",
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "data" not in path.relative_to(PACKAGE).parts)


def room_of(parts: tuple[str, ...]) -> str:
    """Return the room of a module, given its path below the package: ("files", "gct") -> "files"."""
    return SIDE_ROOMS.get(parts[0], parts[0])


def imports(source: str, parts: tuple[str, ...], *, is_package: bool = False) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and target of every import of ours in a module, those inside functions too.

    `parts` is the module's own path below the package; an import of the package itself has the empty target. The
    version number is nobody's room: everybody may ask for it.
    """
    home = parts if is_package else parts[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for name in node.names:
                first, *rest = name.name.split(".")
                if first == "lincs_interp":
                    yield node.lineno, tuple(rest)
        elif isinstance(node, ast.ImportFrom):
            path = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = home[: len(home) - node.level + 1] + path
            elif path[:1] == ("lincs_interp",):
                base = path[1:]
            else:
                continue
            for name in node.names:  # `from . import ranks` names the module last
                if base or name.name != "__version__":
                    yield node.lineno, base or (name.name,)


def forbidden(source: str, parts: tuple[str, ...], *, is_package: bool = False) -> list[str]:
    """Return a sentence for every import that the table does not allow."""
    room = room_of(parts)
    allowed = DOORS[room] if room in DOORS else {room, *TABLE[room].split()}
    found = []
    for line, target in imports(source, parts, is_package=is_package):
        side = target and target[0] in SIDE_ROOMS and SIDE_ROOMS[target[0]] != room
        if not target or side or room_of(target) not in allowed:
            found.append(f"{'/'.join(parts)}.py line {line} imports {'.'.join(target) or 'the package itself'}")
    return found


def parts_of(path: Path) -> tuple[tuple[str, ...], bool]:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return (parts[:-1], True) if parts[-1] == "__init__" and len(parts) > 1 else (parts, False)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_what_the_table_allows(path):
    parts, is_package = parts_of(path)
    assert room_of(parts) in {*TABLE, *DOORS}, f"{path.name} has no line in the import table"
    assert forbidden(path.read_text(encoding="utf-8"), parts, is_package=is_package) == []


def test_the_table_runs_one_way():
    rooms = list(TABLE)
    for place, (room, allowed) in enumerate(TABLE.items()):
        assert set(allowed.split()) <= set(rooms[:place]), room


def test_every_line_of_the_table_stands_for_a_module():
    for name in (*TABLE, *SIDE_ROOMS, *DOORS):
        assert (PACKAGE / f"{name}.py").is_file() or (PACKAGE / name / "__init__.py").is_file(), name


@pytest.mark.parametrize(
    ("source", "parts", "target"),
    [
        ("from .concordance import x", ("ranks",), "concordance"),
        ("from . import concordance", ("ranks",), "concordance"),
        ("from lincs_interp import cli", ("ranks",), "cli"),
        ("from lincs_interp.cli import main", ("ranks",), "cli"),
        ("import lincs_interp.cli", ("ranks",), "cli"),
        ("import lincs_interp", ("ranks",), "the package itself"),
        ("def f():\n    if x:\n        from .cli import main", ("ranks",), "cli"),
        ("from ..genes import x", ("files", "gct"), "genes"),
        ("from .. import genes", ("files", "gct"), "genes"),
        ("from .._symbols import x", ("files", "gct"), "_symbols"),
        ("from ._symbols import x", ("concordance",), "_symbols"),
        ("from . import __version__, cli", ("ranks",), "cli"),
    ],
)
def test_the_check_sees_every_way_to_import(source, parts, target):
    line = source.count("\n") + 1
    assert forbidden(source, parts) == [f"{'/'.join(parts)}.py line {line} imports {target}"]


def test_the_check_lets_pass_what_is_allowed():
    assert forbidden("import os\nfrom .tables import x\nfrom ..ranks import y", ("files", "gct")) == []
    assert forbidden("from .mean_rank import x", ("scores",), is_package=True) == []
    assert forbidden("from ._doses import x\nfrom ._check import y", ("signature_ids",)) == []
    assert forbidden("from ._symbols import x", ("_gene_matcher",)) == []
    assert forbidden("from .._sheet_dates import x", ("files", "gene_lists")) == []


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
