"""run.py: the set-up by itself. A tiny stand-in project is installed for real, without network."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

RUN_PY = Path(__file__).resolve().parent.parent / "run.py"

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "lincs-interp"
version = "0"
"""

# A build backend that needs no other package: one wheel with a stand-in for every module that run.py looks for.
BACKEND = '''
import base64, hashlib, zipfile

TELL = """
import json, os, sys
names = ("VIRTUAL_ENV", "HOME", "PYTHONPATH")
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), **{n: os.environ.get(n) for n in names}}))
sys.exit(3 if "--fail" in sys.argv else 0)
"""
EMPTY = ("lincs_interp/__init__.py", "numpy.py", "pandas.py", "jupyterlab.py", "voila.py", "h5py.py")
EXTRAS = "".join(f"Provides-Extra: {name}\\n" for name in ("notebooks", "app", "library", "test"))
FILES = {
    **dict.fromkeys(EMPTY, ""),
    "lincs_interp/__main__.py": TELL,
    "pytest.py": TELL,
    "lincs_interp-0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: lincs-interp\\nVersion: 0\\n" + EXTRAS,
    "lincs_interp-0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "lincs_interp-0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        record = ""
        for path, text in FILES.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text)}\\n"
            wheel.writestr(path, text)
        wheel.writestr("lincs_interp-0.dist-info/RECORD", record + "lincs_interp-0.dist-info/RECORD,,\\n")
    return name
'''


@pytest.fixture
def run():
    """run.py as a module of its own, so that a test may change its constants."""
    spec = importlib.util.spec_from_file_location("run_under_test", RUN_PY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_project(folder: Path, pyproject: str = PYPROJECT) -> Path:
    folder.mkdir(parents=True)
    (folder / "run.py").write_bytes(RUN_PY.read_bytes())
    (folder / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    (folder / "backend.py").write_text(BACKEND, encoding="utf-8")
    return folder


def start(project: Path, *arguments: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    # No index and nobody's settings: what is not in the project cannot be installed.
    environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, **variables}
    return subprocess.Popen(
        [sys.executable, str(project / "run.py"), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[int, str, str]]:
    """A project whose path holds blanks and a quote, and what its first run said."""
    project = make_project(tmp_path_factory.mktemp("it's a") / "first project")
    elsewhere = tmp_path_factory.mktemp("data of mine")
    first = start(project, "report", "my ranks.tsv", 'say "hi"', "", "--up=a;b", folder=elsewhere)
    return project, finish(first)


# The first run and those after it


def test_the_first_run_makes_the_environment_and_says_so_in_one_line(made):
    project, (code, out, err) = made
    assert code == 0, err
    assert err.startswith("Setting up .venv (once, about a minute) ... done in ")
    assert err.count("\n") == 1
    assert json.loads(out)["VIRTUAL_ENV"] == str(project / ".venv")


def test_arguments_pass_through_with_blanks_and_quotes_and_the_folder_stays_the_readers(made):
    told = json.loads(made[1][1])
    assert told["arguments"] == ["report", "my ranks.tsv", 'say "hi"', "", "--up=a;b"]
    assert Path(told["folder"]).name.startswith("data of mine")


def test_a_later_run_starts_at_once_and_touches_nothing(made, tmp_path):
    project = made[0]
    before = {path: path.stat().st_mtime_ns for path in (project / ".venv").iterdir()}
    code, out, err = finish(start(project, "report", folder=tmp_path))
    assert (code, err) == (0, "")
    assert json.loads(out)["arguments"] == ["report", "--out", "report"]
    assert {path: path.stat().st_mtime_ns for path in (project / ".venv").iterdir()} == before


def test_test_runs_pytest_in_the_project_folder(made, tmp_path):
    code, out, err = finish(start(made[0], "test", "-k", "a or b", folder=tmp_path))
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["arguments"] == ["-k", "a or b"]
    assert Path(told["folder"]) == made[0]


def test_the_exit_code_is_the_jobs_own(made, tmp_path):
    assert finish(start(made[0], "lab", "--fail", folder=tmp_path))[0] == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no HOME")
@pytest.mark.parametrize("home", ["", "/nowhere/at/all"])
def test_a_home_that_is_not_there_is_replaced_by_one_inside(made, tmp_path, home):
    project = made[0]
    code, out, _ = finish(start(project, "report", folder=tmp_path, HOME=home, PYTHONPATH="/somewhere"))
    told = json.loads(out)
    assert code == 0
    assert told["HOME"] == str(project / ".venv" / "home")
    assert told["PYTHONPATH"] is None
    assert list(tmp_path.iterdir()) == []


def test_ready_sees_every_change_that_matters(made, run):
    project = made[0]
    stamp, pyproject = project / ".venv" / run.STAMP, project / "pyproject.toml"
    assert run.ready(project)
    for file, text in [(stamp, b""), (stamp, b"\xff\xfe"), (pyproject, pyproject.read_bytes() + b"\n# more")]:
        kept = file.read_bytes()
        file.write_bytes(text)
        assert not run.ready(project), file
        file.write_bytes(kept)
    assert run.ready(project)
    run.EXTRAS += ",more"
    assert not run.ready(project)


def test_the_stamp_belongs_to_one_place_and_one_python(run, tmp_path, monkeypatch):
    here, there = make_project(tmp_path / "here"), make_project(tmp_path / "there")
    assert run.stamp(here) != run.stamp(there)
    before = run.stamp(here)
    monkeypatch.setattr(run.sys, "version", "3.99.0 (of tomorrow)")
    assert run.stamp(here) != before


def test_a_broken_environment_is_made_anew_by_one_run_while_the_other_waits(made, run, tmp_path):
    project = made[0]
    package = next((project / ".venv").rglob("lincs_interp/__init__.py"))
    package.unlink()
    (package.parent / "__main__.py").unlink()
    package.parent.rename(package.parent.with_name("gone"))
    assert not run.ready(project)
    with run.locked(project / ".venv" / run.LOCK):
        other = start(project, "report", folder=tmp_path)
        assert other.stderr is not None
        assert other.stderr.readline() == "Another run.py is setting up .venv: waiting for it ...\n"
        time.sleep(0.6)
        assert other.poll() is None
    code, out, err = finish(other)
    assert code == 0, err
    assert err.startswith("Setting up .venv")
    assert json.loads(out)["arguments"] == ["report", "--out", "report"]
    assert run.ready(project)


def test_who_waited_for_another_run_does_not_make_it_again(run, tmp_path, monkeypatch):
    project = make_project(tmp_path / "project")
    looks = iter([False, True])  # not ready before the lock, ready behind it
    monkeypatch.setattr(run, "ready", lambda root: next(looks))
    monkeypatch.setattr(run, "build", lambda root, pip: pytest.fail("made it again"))
    run.ensure(project)
    assert next(looks, "both looked at") == "both looked at"


# What can go wrong


def test_without_network_the_sentence_comes_with_pips_own_reason(made, run, monkeypatch):
    project = made[0]
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(run.SetUpError) as caught:
        run.call([str(run.venv_python(project)), "-m", "pip", "install", "made-up"], project, run.NO_PACKAGES)
    sentence, *lines = str(caught.value).splitlines()
    assert sentence == (
        "pip could not install what lincs_interp needs: see that this computer is online, then run the same command"
        " again; nothing has to be cleaned up. Its last words:"
    )
    assert "made-up" in lines[0]
    assert all(line.startswith("    ERROR:") for line in lines)


def test_a_step_that_marks_no_reason_is_shown_by_its_last_lines(run, tmp_path):
    with pytest.raises(run.SetUpError) as caught:
        run.call([sys.executable, "-c", "print('a' + chr(10) * 3 + 'b'); exit(1)"], tmp_path, "It broke.")
    assert str(caught.value) == "It broke. Its last words:\n    a\n    b"


def test_an_interrupted_set_up_leaves_no_stamp(run, tmp_path, monkeypatch, capsys):
    project = make_project(tmp_path / "project")
    monkeypatch.setattr(run, "ROOT", project)
    monkeypatch.setattr(run, "call", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run.main(["report"]) == 130
    assert capsys.readouterr().err.endswith("Interrupted. The next run starts the set-up again.\n")
    assert (project / ".venv" / "pyvenv.cfg").exists()
    assert not run.ready(project)


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_or_ensurepip_gets_a_sentence(run, tmp_path, monkeypatch, capsys, missing):
    project = make_project(tmp_path / "project")
    monkeypatch.setattr(run, "ROOT", project)
    monkeypatch.setattr(run, "have", lambda module: module not in (missing, "pip"))
    assert run.main(["report"]) == 1
    assert capsys.readouterr().err == (
        f"This Python ({sys.executable}) cannot make a virtual environment, because its module {missing} is missing:"
        " on Debian or Ubuntu run `sudo apt install python3-venv`, elsewhere install a complete Python; then run the"
        " same command again.\n"
    )
    assert not (project / ".venv").exists()


def test_a_python_with_pip_but_without_ensurepip_lends_its_pip(run, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "have", lambda module: module != "ensurepip")
    steps = []
    monkeypatch.setattr(run, "call", lambda command, root, failure: steps.append(command))
    project = make_project(tmp_path / "project")
    (project / ".venv").mkdir()
    run.build(project, run.installer(project))
    assert len(steps) == 1
    python = str(run.venv_python(project))
    assert steps[0][:6] == [sys.executable, "-m", "pip", "--python", python, "install"]
    assert "pip" in steps[0][6:]  # so that the environment has one of its own afterwards


def test_have_believes_the_import_system(run, monkeypatch):
    assert run.have("json")
    monkeypatch.setitem(sys.modules, "json", None)
    assert not run.have("json")


def test_an_old_python_gets_a_sentence(run, monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 18, "final", 0))
    code = run.main(["report"])
    monkeypatch.undo()
    assert code == 1
    assert capsys.readouterr().err == (
        f"lincs_interp needs Python 3.11 or newer; this is Python 3.9.18 ({sys.executable}). Run the command with a"
        " newer one, such as python3.12 run.py report.\n"
    )


def test_an_old_python_can_read_the_file_that_far():
    source = RUN_PY.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions
    for function in functions:  # `X | Y` and `list[str]` would be evaluated, and fail, in a Python before 3.10
        notes = [argument.annotation for argument in ast.walk(function.args) if isinstance(argument, ast.arg)]
        assert not any(notes), function.name
        assert function.returns is None, function.name
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "__future__" not in imported  # its `annotations` is a syntax error in Python 3.6
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_unknown_command_is_named_with_the_choices(run, capsys):
    assert run.main(["reprot"]) == 2
    assert capsys.readouterr().err == (
        "run.py has no command 'reprot': use report, lab or test (python run.py --help).\n"
    )


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["-h"], 0), ([], 2)])
def test_help_names_every_command_and_sets_nothing_up(run, capsys, monkeypatch, arguments, code):
    monkeypatch.setattr(run, "ensure", lambda root: pytest.fail("set something up"))
    assert run.main(arguments) == code
    captured = capsys.readouterr()
    text = captured.err if code else captured.out
    for command in run.COMMANDS:
        assert f"python run.py {command}" in text


def test_help_is_there_for_a_python_that_throws_docstrings_away(run):
    done = subprocess.run([sys.executable, "-OO", str(RUN_PY), "--help"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == run.USAGE


def test_a_venv_that_is_a_link_is_left_alone(run, tmp_path):
    project, precious = make_project(tmp_path / "project"), tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work", encoding="utf-8")
    try:
        (project / ".venv").symlink_to(precious, target_is_directory=True)
    except OSError:
        pytest.skip("this account may not make links")
    with pytest.raises(run.SetUpError, match=r"is no folder of its own: move it away"):
        run.ensure(project)
    assert (precious / "thesis.txt").exists()


def test_links_inside_a_half_made_environment_are_not_followed(run, tmp_path):
    folder, precious = tmp_path / ".venv", tmp_path / "precious"
    (folder / "lib").mkdir(parents=True)
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work", encoding="utf-8")
    for name in (run.LOCK, run.STAMP, "lib/module.py"):
        (folder / name).touch()
    try:
        (folder / "lib64").symlink_to(precious, target_is_directory=True)
    except OSError:
        pytest.skip("this account may not make links")
    run.empty(folder, keep=run.LOCK)
    assert [path.name for path in folder.iterdir()] == [run.LOCK]
    assert (precious / "thesis.txt").exists()


def test_the_python_inside_a_stale_environment_is_not_pulled_from_under_itself(run, tmp_path, monkeypatch):
    project = make_project(tmp_path / "project")
    (project / ".venv").mkdir()
    monkeypatch.setattr(run.sys, "prefix", str(project / ".venv"))
    with pytest.raises(run.SetUpError, match=r"this is the Python inside it: run `deactivate`"):
        run.ensure(project)


def test_a_folder_that_cannot_be_written_gets_a_sentence(run, tmp_path):
    project = make_project(tmp_path / "project")
    (project / ".venv" / run.LOCK).mkdir(parents=True)  # a folder where the lock file should be
    with pytest.raises(run.SetUpError, match=r"^Cannot make .*see that the folder can be written"):
        run.ensure(project)


def test_run_py_alone_says_what_it_misses(run, tmp_path):
    with pytest.raises(run.SetUpError, match=r"^There is no pyproject.toml in "):
        run.ensure(tmp_path)
    assert list(tmp_path.iterdir()) == []


# Windows, as far as it can be seen from elsewhere


@pytest.mark.parametrize(("windows", "end"), [(True, "Scripts/python.exe"), (False, "bin/python")])
def test_the_python_of_the_environment_lies_where_the_system_puts_it(run, monkeypatch, windows, end):
    monkeypatch.setattr(run, "WINDOWS", windows)
    assert run.venv_python(Path("project")).as_posix() == f"project/.venv/{end}"


def test_on_windows_the_job_is_a_child_and_decides_on_ctrl_c_itself(run, monkeypatch):
    monkeypatch.setattr(run, "WINDOWS", True)
    monkeypatch.setattr(run, "venv_python", lambda root: Path(sys.executable))
    assert run.run(["-c", "import sys; sys.exit(7)"]) == 7

    class Impatient:
        """A job whose reader presses Ctrl-C twice."""

        def __init__(self, *_, **__):
            self.presses = 2

        def wait(self):
            self.presses -= 1
            if self.presses >= 0:
                raise KeyboardInterrupt
            return 5

    monkeypatch.setattr(run.subprocess, "Popen", Impatient)
    assert run.run(["-c", ""]) == 5


def test_the_stand_in_backend_holds_all_that_run_py_expects(run):
    names: dict[str, object] = {}
    exec(textwrap.dedent(BACKEND), names)
    files = names["FILES"]
    assert isinstance(files, dict)
    for module in run.EXPECTED:
        assert f"{module}.py" in files or f"{module}/__init__.py" in files
