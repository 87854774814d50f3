"""Facts that stand in more than one file of the project agree, and its README keeps its word."""

from __future__ import annotations

import io
import json
import re
import shutil
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import lincs_interp

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# conda-forge's name where it differs from the one on the Python Package Index.
CONDA_NAMES = {"matplotlib-base": "matplotlib"}

# Where the project's own text stands; what tools leave behind (caches, environments, reports) stands elsewhere.
TEXT_PLACES = (".ci", "benchmarks", "data", "docs", "lincs_interp", "notebooks", "scripts", "tests")
TEXT_ENDINGS = {
    "",
    ".cff",
    ".cfg",
    ".gmt",
    ".html",
    ".ipynb",
    ".j2",
    ".md",
    ".py",
    ".toml",
    ".tsv",
    ".txt",
    ".yaml",
    ".yml",
}


def text_files() -> list[Path]:
    """Every text file of the project."""
    kept = [path for path in ROOT.iterdir() if path.is_file() and path.name not in {".coverage", ".git"}]
    for place in TEXT_PLACES:
        kept += [path for path in (ROOT / place).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return sorted(path for path in kept if path.suffix in TEXT_ENDINGS or path.name.startswith(".git"))


def requirements(texts: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(text) for text in texts]
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def section(title: str) -> str:
    """The text below one heading of the README, up to the next of its level."""
    found = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"README has {len(found)} sections called {title}"
    return found[0]


def fenced(text: str) -> list[tuple[str, str]]:
    """Language and content of every fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


# environment.yml


def test_environment_yml_has_the_packages_and_bounds_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["channels"] == ["conda-forge"]
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    pip = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert pip == [["-e ."]]
    there = {CONDA_NAMES.get(name, name): bounds for name, bounds in requirements(conda).items()}
    assert there.pop("pip") == SpecifierSet("")
    assert there.pop("python") == SpecifierSet(PROJECT["requires-python"])

    (everything,) = map(Requirement, PROJECT["optional-dependencies"]["all"])
    extras = [text for extra in everything.extras for text in PROJECT["optional-dependencies"][extra]]
    assert there == requirements([*PROJECT["dependencies"], *extras])


def test_the_extra_all_names_every_extra_a_user_may_want():
    (everything,) = map(Requirement, PROJECT["optional-dependencies"]["all"])
    assert everything.extras == set(PROJECT["optional-dependencies"]) - {"all", "lint"}


def test_run_py_installs_extras_that_exist():
    extras = re.search(r'^EXTRAS = "(.*)"$', (ROOT / "run.py").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert extras is not None
    assert set(extras[1].split(",")) <= set(PROJECT["optional-dependencies"])


def test_pre_commit_has_the_linters_of_pyproject():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    pinned = {text for hook in hooks for text in hook["additional_dependencies"]}
    assert pinned == set(PROJECT["optional-dependencies"]["lint"])
    assert all("==" in text for text in pinned)


# Versions


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert newest is not None
    versions = {
        "pyproject.toml": PROJECT["version"],
        "CITATION.cff": str(citation["version"]),
        "CHANGELOG.md": newest[1],
        "lincs_interp": lincs_interp.__version__,
    }
    assert len(set(versions.values())) == 1, versions


def test_the_licence_is_the_one_that_is_claimed():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 The lincs_interp developers\n")
    assert PROJECT["license"] == yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["license"] == "MIT"


# Text


def test_no_text_names_a_machine_or_a_package_registry():
    # Written in pieces, so that this file does not name them either.
    places = [
        "/" + "work/",
        "/" + "root/",
        "/" + r"home/\w",
        "/" + r"tmp/\w",
        "/" + r"Users/\w",
        "/" + "farm/",
        r"C:\\" + "Users",
    ]
    hosts = [r"pypi\." + "org", r"pythonhosted\." + "org", r"npmjs\." + "(com|org)", r"anaconda\." + "(org|com)"]
    unwanted = re.compile("|".join(rf"(?<![\w.-]){place}" for place in places) + "|" + "|".join(hosts))
    found = []
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if match := unwanted.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


def test_the_search_for_text_reaches_every_part():
    names = {path.relative_to(ROOT).as_posix() for path in text_files()}
    assert {"README.md", ".ci/run", "run.py", "lincs_interp/ranks.py", "tests/test_project.py", ".gitignore"} <= names
    assert any(name.endswith(".ipynb") for name in names)


def test_no_text_has_windows_line_ends_or_a_byte_order_mark():
    own = [
        path
        for path in text_files()
        if path.relative_to(ROOT).parts[:2] not in {("tests", "answers"), ("data", "sample")}
    ]
    assert [
        path.name for path in own if b"\r\n" in (text := path.read_bytes()) or text.startswith(b"\xef\xbb\xbf")
    ] == []


def test_notebooks_are_stored_without_outputs():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), path.name
            assert not cell.get("execution_count"), path.name


# README


@pytest.mark.parametrize(("title", "command"), [("Run it", "python run.py report"), ("Test it", "python run.py test")])
def test_the_readme_has_one_command_to_run_it_and_one_to_test_it(title, command):
    ((_, content),) = fenced(section(title))
    assert content == command + "\n"
    assert section(title).count("```") == 2


def test_no_command_in_the_readme_has_a_prompt_sign():
    lines = [
        line for language, content in fenced(README) if language in {"", "bash", "sh"} for line in content.splitlines()
    ]
    assert lines
    assert [line for line in lines if re.match(r"\s*(\$|%|>|#) ", line)] == []


def test_the_readmes_python_runs_and_prints_what_it_says(tmp_path, monkeypatch):
    # The blocks speak from the repository root; what they write goes nowhere near it.
    shutil.copytree(ROOT / "data" / "sample", tmp_path / "data" / "sample")
    monkeypatch.chdir(tmp_path)
    blocks, names, checked = fenced(README), {"__name__": "readme"}, 0
    for place, (language, code) in enumerate(blocks):
        if language != "python":
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(code, f"README block {place}", "exec"), names)
        if place + 1 < len(blocks) and blocks[place + 1][0] == "text":
            assert [line.rstrip() for line in printed.getvalue().splitlines()] == blocks[place + 1][1].splitlines()
            checked += 1
    assert checked >= 2


def test_the_readme_shows_every_public_name_and_no_other():
    shown = set(re.findall(r"`(\w+)(?:\(|`)", section("What is in the box")))
    public = set(lincs_interp.__all__)
    assert public <= shown, f"not in the README: {sorted(public - shown)}"
    rows = [line for line in section("What is in the box").splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named <= public, f"in the README only: {sorted(named - public)}"


def test_the_readme_lists_every_notebook_and_no_other():
    there = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(re.findall(r"\b\d\d_\w+\.ipynb", README)) == there


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_a_page_links_to_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_contributing_shows_the_import_table():
    from test_imports import TABLE

    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`[^|]*\| ([^|]*) \|$", text, flags=re.MULTILINE)
    shown = {room: set(re.findall(r"`(\w+)`", allowed)) for room, allowed in rows}
    assert shown == {room: set(allowed.split()) for room, allowed in TABLE.items()}
