"""A wheel built from the tree works outside the tree: sample, notebooks, gene tables, command and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import lincs_interp as li

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

pytestmark = pytest.mark.slow


def files_below(folder: Path) -> set[str]:
    """The files of a folder that belong to the project: no caches, no checkpoints."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def run(*command: str, folder: Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder), folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content where pip puts it; what it depends on is the running environment's."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index"]
    run(*pip, "--target", str(target), str(wheel), folder=target)
    return target


def outside(installed: Path, folder: Path, *arguments: str) -> str:
    """Run Python far from the tree, with the installed wheel before anything else of that name."""
    return run(sys.executable, *arguments, folder=folder, PYTHONPATH=str(installed), PYTHONIOENCODING="utf-8")


def test_the_wheel_holds_the_project_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {f"lincs_interp/{name}" for name in files_below(ROOT / "lincs_interp")}
    expected |= {f"lincs_interp/data/sample/{name}" for name in files_below(ROOT / "data" / "sample")}
    expected |= {f"lincs_interp/notebooks/{name}" for name in files_below(ROOT / "notebooks")}
    assert names == expected
    assert {f"lincs_interp/{name}" for name in ("py.typed", "_data/hgnc_symbols.tsv.gz", "core/columns.tsv")} <= names
    assert any(name.startswith("lincs_interp/report/templates/") for name in names)
    assert any(name.endswith(".ipynb") for name in names)


def test_the_wheel_carries_every_licence_and_says_which(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(name))
        for file in PROJECT["license-files"]:
            assert archive.read(name.replace("METADATA", f"licenses/{file}")) == (ROOT / file).read_bytes()
    assert metadata["Version"] == li.__version__
    assert metadata["License-Expression"] == PROJECT["license"]
    assert metadata.get_all("License-File") == PROJECT["license-files"]


def test_the_sample_loads_outside_the_tree_without_a_warning(installed, tmp_path):
    facts = json.loads(
        outside(
            installed,
            tmp_path,
            "-W",
            "error",
            "-c",
            "import json, lincs_interp as li; s = li.load_sample(); print(json.dumps({'file': li.__file__,"
            " 'version': li.__version__, 'shape': s.ranks.shape, 'genes': li.match_genes(s.ranks, s.query)['how']"
            ".value_counts().to_dict()}))",
        )
    )
    assert Path(facts["file"]).is_relative_to(installed)
    assert facts["version"] == li.__version__
    assert facts["shape"] == [4000, 78]
    assert facts["genes"]["alias"] >= 1  # the gene tables came along


def test_the_command_is_installed_and_reports_outside_the_tree(installed, tmp_path):
    code = (
        "import importlib.metadata as m; (e,) = [e for d in m.distributions(path=[__import__('sys').argv[1]])"
        " for e in d.entry_points if e.name == 'lincs-interp']; print(e.value, callable(e.load()))"
    )
    assert outside(installed, tmp_path, "-c", code, str(installed)).split() == ["lincs_interp.app.cli:main", "True"]
    outside(installed, tmp_path, "-m", "lincs_interp", "report", "--out", "report")
    assert (tmp_path / "report" / "report.html").stat().st_size > 10_000


def test_the_notebooks_can_be_copied_out_of_the_wheel(installed, tmp_path):
    outside(installed, tmp_path, "-m", "lincs_interp", "notebooks", "mine")
    copied = {path.name for path in (tmp_path / "mine").glob("*.ipynb")}
    assert copied == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert (tmp_path / "mine" / "data" / "sample" / "ranks.tsv").is_file()
