"""Facts that are in more than one file of the project agree, and its README keeps its word."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import lincs_interp
from lincs_interp import sigcom, stats
from lincs_interp.core import calls
from lincs_interp.core._ties import MOST_TIED
from lincs_interp.explorers.explorer import Explorer
from lincs_interp.perturbagens import targets
from lincs_interp.readings import warnings as readings
from lincs_interp.scoring import null, toxicity
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.scores import SCORES

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# conda-forge's name where it differs from the one on the Python Package Index.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "playwright-python": "playwright"}

# Where the project's own text is, for a copy without git. What its reader puts beside it is no business of ours.
ROOT_FILES = (
    ".gitattributes",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "environment.yml",
    "pyproject.toml",
    "run.py",
)
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


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in `root`. Inside a git hook, variables would send it to the repository of the hook instead."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(["git", *arguments], cwd=root, env=environment, capture_output=True)


def tracked_files(root: Path = ROOT) -> list[Path] | None:
    """What git says belongs to the project; None in a copy without git, such as an unpacked archive."""
    if not (root / ".git").exists() or not shutil.which("git"):
        return None
    listing = git(root, "ls-files", "-z")
    if listing.returncode:  # git does not trust the folder of another user
        return None
    return [root / name for name in listing.stdout.decode("utf-8").split("\0") if name]


def files_in_known_places() -> list[Path]:
    """What belongs to the project as far as its place shows."""
    kept = [ROOT / name for name in ROOT_FILES]
    for place in TEXT_PLACES:
        kept += [
            path for path in (ROOT / place).rglob("*") if not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
        ]
    return kept


def text_files() -> list[Path]:
    """Every text file of the project."""
    tracked = tracked_files()
    return texts_among(files_in_known_places() if tracked is None else tracked)


def texts_among(files: list[Path]) -> list[Path]:
    return sorted(
        path for path in files if path.is_file() and (path.suffix in TEXT_ENDINGS or path.name.startswith(".git"))
    )


def requirements(texts: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(text) for text in texts]
    return {canonicalize_name(one.name): one.specifier for one in parsed}


def section(title: str) -> str:
    """The text below one heading of the README, up to the next of its level."""
    found = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, flags=re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"README has {len(found)} sections called {title}"
    return found[0]


def table(text: str) -> list[list[str]]:
    """The rows of the Markdown table in `text`, its heading left out, each as its cells."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def percents(text: str) -> set[str]:
    return set(re.findall(r"[\d.]+ %", text))


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
    assert there.pop("python") == SpecifierSet(PROJECT["requires-python"])

    (everything,) = map(Requirement, PROJECT["optional-dependencies"]["all"])
    extras = [text for extra in everything.extras for text in PROJECT["optional-dependencies"][extra]]
    assert there == requirements([*PROJECT["dependencies"], *extras])


def test_the_extra_all_names_every_extra_a_user_may_want():
    (everything,) = map(Requirement, PROJECT["optional-dependencies"]["all"])
    assert everything.extras == set(PROJECT["optional-dependencies"]) - {"all", "lint", "peers"}


def test_run_py_installs_extras_that_exist_and_knows_a_module_of_each():
    source = runpy.run_path(str(ROOT / "run.py"), run_name="read only")
    extras = {extra for needed in source["COMMANDS"].values() for extra in needed}
    assert extras <= set(PROJECT["optional-dependencies"])
    assert set(source["EXPECTED"]) == {"", *extras}


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'step "python run.py test" "$python" run.py test' in script


def test_what_builds_the_wheel_is_what_the_tests_build_it_with():
    needed = requirements(PYPROJECT["build-system"]["requires"])
    tested = requirements(PROJECT["optional-dependencies"]["test"])
    assert needed == {name: tested[name] for name in needed}


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
        "CITATION.cff": str(citation["version"]),
        "CHANGELOG.md": newest[1],
        "lincs_interp": lincs_interp.__version__,
    }
    assert len(set(versions.values())) == 1, versions


def test_the_licence_is_the_one_that_is_claimed():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert licence.startswith("MIT License\n\nCopyright (c) 2026 The lincs_interp developers\n")
    code, *data = PROJECT["license"].split(" AND ")
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["license"] == code == "MIT"
    page = (ROOT / "lincs_interp" / "_data" / "README.md").read_text(encoding="utf-8")
    addresses = {"CC0-1.0": "publicdomain/zero/1.0", "CC-BY-4.0": "licenses/by/4.0"}
    assert data == list(addresses)
    for address in addresses.values():
        assert f"https://creativecommons.org/{address}/" in page


def test_the_notice_that_mgi_asks_for_is_there_and_goes_into_the_wheel():
    page = (ROOT / "lincs_interp" / "_data" / "README.md").read_text(encoding="utf-8")
    notice = " ".join(line.removeprefix("> ") for line in page.splitlines() if line.startswith("> "))
    for part in ("Mouse Genome Informatics (MGI)", "informatics.jax.org", "licenses/by/4.0", "Changes were made"):
        assert part in notice
    assert PROJECT["license-files"] == ["LICENSE", "lincs_interp/_data/README.md"]


# Text


def test_no_text_names_a_machine_or_a_package_registry():
    places = r"(?<![\w.-])(?:/(?:home|root|tmp|Users)/\w|[A-Z]:\\\w)"
    hosts = r"\b(?:pypi|pythonhosted|npmjs|anaconda)\.(?:org|com)\b"
    unwanted = re.compile(f"{places}|{hosts}")
    found = []
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if match := unwanted.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


def test_the_search_for_text_reaches_every_part():
    names = {path.relative_to(ROOT).as_posix() for path in text_files()}
    assert {
        "README.md",
        ".ci/run",
        "run.py",
        "lincs_interp/core/ranks.py",
        "tests/test_project.py",
        ".gitignore",
    } <= names
    assert any(name.endswith(".ipynb") for name in names)


def test_a_copy_without_git_is_searched_as_widely():
    tracked = tracked_files()
    if tracked is None:
        pytest.skip("this copy is no git checkout")
    assert set(texts_among(tracked)) <= set(files_in_known_places())


def test_what_a_reader_puts_beside_the_project_is_not_searched(tmp_path):
    (tmp_path / "own.txt").write_text("the project's", encoding="utf-8")
    assert tracked_files(tmp_path) is None
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    for command in (["init", "--quiet"], ["add", "own.txt"]):
        git(tmp_path, *command).check_returncode()
    (tmp_path / "my genes.txt").write_bytes(b"MYC\r\n")
    assert tracked_files(tmp_path) == [tmp_path / "own.txt"]


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
    # The blocks start in the repository root; what they write goes nowhere near it.
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


@pytest.mark.parametrize("name", lincs_interp.__all__)
def test_every_public_name_has_a_help_page(name):
    page = inspect.getdoc(getattr(lincs_interp, name))
    assert page
    assert not page.startswith(f"{name}(")  # what a dataclass says of itself


def test_the_readme_has_the_facts_of_every_score():
    facts = [[f"`{one.name}`", one.family, one.range, one.reference] for one in SCORES.values()]
    assert table(section("Scores")) == facts
    for mark, names in (
        ("take the number", [one.name for one in SCORES.values() if "takes_k" in one.marks]),
        ("need a query with", [one.name for one in SCORES.values() if "needs_values" in one.marks]),
    ):
        assert f"{' and '.join(f'`{name}`' for name in names)} {mark}" in section("Scores")


def test_the_help_of_score_concordance_names_every_score():
    page = inspect.getdoc(score_concordance) or ""
    assert [name for name in SCORES if f"``{name}``" not in page] == []


def test_the_readme_quotes_the_numbers_of_the_warnings():
    percentages = percents(" ".join(one.sentence for one in readings.ALWAYS))
    assert percentages
    assert percents(section("What you may not conclude")) == percentages


def test_the_readme_lists_every_notebook_and_no_other():
    there = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert set(re.findall(r"\b\d\d_\w+\.ipynb", README)) == there


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_a_page_links_to_is_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


# docs/warnings.md

WARNINGS = {row[0]: row for row in table((ROOT / "docs" / "warnings.md").read_text(encoding="utf-8"))}


def test_every_warning_has_its_row_and_every_row_its_warning():
    source = inspect.getsource(readings)
    raised = set(re.findall(r'"(W\d+)"', source))
    assert {one.code for one in readings.ALWAYS} < raised
    assert set(WARNINGS) == raised


def test_warnings_are_numbered_through_and_every_row_is_full():
    assert list(WARNINGS) == [f"W{number}" for number in range(1, len(WARNINGS) + 1)]
    assert all(len(row) == 5 and all(row) for row in WARNINGS.values())


def test_the_warnings_that_always_hold_are_the_ones_said_to():
    assert {code for code, row in WARNINGS.items() if row[3] == "always"} == {one.code for one in readings.ALWAYS}
    for one in readings.ALWAYS:
        _, words, _, _, source = WARNINGS[one.code]
        assert source == one.source
        assert percents(one.sentence) <= percents(words)


def test_the_triggers_are_those_of_the_code():
    triggers = {
        "W5": f"at least {calls.SIDE_Z} from zero",
        "W7": f"fewer than {readings.FEWEST_GENES} genes counted, less than {readings.LEAST_SHARE_FOUND:.0%} of the"
        f" list found, or more than {readings.MOST_GENES} genes counted",
        "W8": f"of {null.FEWEST_FOR_HIT_LIST} signatures or more, fewer than {null.QUIET_SHARE:.0%} score"
        f" within {null.QUIET_Z:.0f} of zero and fewer than {null.QUIET_PART_SHARE:.0%} within a third"
        f" of the median, or fewer than {null.OTHER_SIDE_SHARE:.0%} are on the other side of zero",
        "W4": f"p_cal below {calls.CALL_P:g}",
        "W6": f"more than {readings.MOST_INFERRED:.0%} of the genes that agree with the call",
        "W10": f"{toxicity.TOXIC_SHARE:.0%} or more of what agrees with the call comes from at least"
        f" {toxicity.FEWEST_TOXIC_GENES} genes of dying or arrested cells, or the signature answers"
        f" {calls.PROMISCUOUS_SHARE:.0%} or more",
        "W11": f"no rise with p below {readings.TREND_P:g}",
        "W12": f"more than {readings.UNEQUAL_SIDES} times as many genes",
        "W14": f"more than {MOST_TIED:.0%} of the genes share one rank",
        "W13": f"among the {targets.EXTREME_PERCENT:.0f}% of the genes at the end",
    }
    assert round(1 / null.QUIET_PART, 9) == 3
    assert readings.LEAST_KNOWN == 0.5
    for code, words in triggers.items():
        assert words.replace("%", " %") in WARNINGS[code][3]


PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("notebooks/*.md"))]
METHODS = {
    name
    for kind in (lincs_interp.RankMatrix, lincs_interp.GeneQuery, lincs_interp.Interpretation, Explorer)
    for name in dir(kind)
}


def is_there(name: str) -> bool:
    """Whether a dotted name leads to something of the package: "read_ranks", "stats.check_null"."""
    found = lincs_interp
    for part in name.split("."):
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("notebooks/*.ipynb"))], ids=lambda page: page.name)
def test_functions_named_on_a_page_exist_where_it_says(page):
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    named = set(re.findall(r"\bli\.([a-zA-Z]\w*(?:\.[a-z]\w*)*)", text))
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        name, is_call = re.match(r"(?:li\.)?([\w.]*)(\(?)", span).groups()
        method = name.rpartition(".")[2] in METHODS and "." in name
        if (is_call and not method and name not in ("help", *SCORES)) or name in (*stats.__all__, *sigcom.__all__):
            named.add(name)
    assert [name for name in sorted(named) if not is_there(name)] == []
