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
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
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
    assert err.startswith("Setting up .venv (once, less than a minute) ... done in ")
    assert err.count("\n") == 1
    assert json.loads(out)["VIRTUAL_ENV"] == str(project / ".venv")


def test_arguments_pass_through_with_blanks_and_quotes_and_the_folder_stays_the_readers(made):
    answer = json.loads(made[1][1])
    assert answer["arguments"] == ["report", "my ranks.tsv", 'say "hi"', "", "--up=a;b"]
    assert Path(answer["folder"]).name.startswith("data of mine")


def test_a_later_run_starts_at_once_and_touches_nothing(made, tmp_path):
    project = made[0]
    before = {path: path.stat().st_mtime_ns for path in (project / ".venv").iterdir()}
    code, out, err = finish(start(project, "report", folder=tmp_path))
    assert (code, err) == (0, "")
    assert json.loads(out)["arguments"] == ["report", "--out", "report"]
    assert {path: path.stat().st_mtime_ns for path in (project / ".venv").iterdir()} == before


def test_a_later_command_adds_what_it_needs_and_runs_in_the_project_folder(made, run, tmp_path):
    project = made[0]
    assert run.installed(project) == {"library"}  # a matrix of one's own may be of any format
    code, out, err = finish(start(project, "test", "-k", "a or b", folder=tmp_path))
    assert code == 0, err
    assert err.startswith("Adding app, notebooks, test to .venv (once, less than a minute) ... done in ")
    answer = json.loads(out)
    assert answer["arguments"] == ["-k", "a or b"]
    assert Path(answer["folder"]) == project
    assert run.installed(project) == {"app", "library", "notebooks", "test"}
    assert finish(start(project, "lab", folder=tmp_path))[::2] == (0, "")


def test_the_exit_code_is_the_jobs_own(made, tmp_path):
    assert finish(start(made[0], "report", "--fail", folder=tmp_path))[0] == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no HOME")
@pytest.mark.parametrize("home", ["", "/nowhere/at/all"])
def test_a_home_that_is_not_there_is_replaced_by_one_inside(made, tmp_path, home):
    project = made[0]
    code, out, _ = finish(start(project, "report", folder=tmp_path, HOME=home, PYTHONPATH="/somewhere"))
    answer = json.loads(out)
    assert code == 0
    assert answer["HOME"] == str(project / ".venv" / "home")
    assert answer["PYTHONPATH"] is None
    assert list(tmp_path.iterdir()) == []


def test_every_change_that_matters_is_seen(made, run):
    project = made[0]
    stamp, pyproject = project / ".venv" / run.STAMP, project / "pyproject.toml"
    there = run.installed(project)
    assert there is not None
    for file, text in [
        (stamp, b""),
        (stamp, b"\xff\xfe"),
        (stamp, stamp.read_bytes() + b" made-up"),
        (pyproject, pyproject.read_bytes() + b"\n# more"),
    ]:
        kept = file.read_bytes()
        file.write_bytes(text)
        assert run.installed(project) is None, file
        file.write_bytes(kept)
    assert run.ready(project, there)
    assert not run.ready(project, there | {"made-up"})


def test_the_stamp_belongs_to_one_place_and_one_python(run, tmp_path, monkeypatch):
    here, there = make_project(tmp_path / "here"), make_project(tmp_path / "there")
    assert run.stamp(here, ()) != run.stamp(there, ())
    before = run.stamp(here, ())
    monkeypatch.setattr(run.sys, "version", "3.99.0 (of tomorrow)")
    assert run.stamp(here, ()) != before


@pytest.mark.parametrize(
    ("command", "extras"),
    [
        ("report", set()),
        ("report --top 3", set()),
        ("report m.gctx --up up.txt", {"library"}),
        ("report --execute", {"notebooks"}),
        ("lab", {"library", "notebooks"}),
        ("app", {"app", "library"}),
    ],
)
def test_each_command_installs_only_what_it_needs(run, command, extras):
    first, *rest = command.split()
    assert run.needed(first, rest) == extras


def test_a_broken_environment_is_made_anew_by_one_run_while_the_other_waits(made, run, tmp_path):
    project = made[0]
    package = next((project / ".venv").rglob("lincs_interp/__init__.py"))
    package.unlink()
    (package.parent / "__main__.py").unlink()
    package.parent.rename(package.parent.with_name("gone"))
    assert run.installed(project) is None
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
    assert run.installed(project) == set()


def test_who_waited_for_another_run_does_not_make_it_again(run, tmp_path, monkeypatch):
    project = make_project(tmp_path / "project")
    looks = iter([None, {"app"}])  # not there before the lock, there behind it
    monkeypatch.setattr(run, "installed", lambda root: next(looks))
    monkeypatch.setattr(run, "build", lambda *_: pytest.fail("made it again"))
    run.ensure(project, {"app"})
    assert next(looks, "both looked at") == "both looked at"


# What can go wrong


def test_without_network_the_sentence_comes_with_the_installers_own_reason(run, tmp_path):
    project = make_project(tmp_path / "project", PYPROJECT.replace("requires = []", 'requires = ["made-up"]'))
    code, out, err = finish(start(project, "report", folder=tmp_path))
    assert (code, out) == (1, "")
    _, sentence, *lines = err.splitlines()
    assert sentence.startswith("The packages that lincs_interp needs could not be installed: check that this computer")
    assert any("made-up" in line for line in lines)
    assert all(line.startswith("    ERROR:") for line in lines)
    assert run.installed(project) is None


def test_what_cannot_be_added_takes_nothing_away(made, run, monkeypatch):
    project = made[0]
    there = run.installed(project)
    monkeypatch.setattr(run, "call", lambda *_: (_ for _ in ()).throw(run.SetUpError("offline")))
    with pytest.raises(run.SetUpError, match="offline"):
        run.build(project, there, {"notebooks"})
    assert run.installed(project) == there


def test_a_step_that_marks_no_reason_is_shown_by_its_last_lines(run, tmp_path):
    with pytest.raises(run.SetUpError) as caught:
        run.call([sys.executable, "-c", "print('a' + chr(10) * 3 + 'b'); exit(1)"], tmp_path, "It broke.")
    assert str(caught.value) == "It broke. The reason:\n    a\n    b"


def test_an_interrupted_set_up_leaves_no_stamp(run, tmp_path, monkeypatch, capsys):
    project = make_project(tmp_path / "project")
    monkeypatch.setattr(run, "ROOT", project)
    monkeypatch.setattr(run, "call", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run.main(["report"]) == 130
    assert capsys.readouterr().err.endswith("Interrupted: the next run starts the set-up again.\n")
    assert (project / ".venv" / "pyvenv.cfg").exists()
    assert run.installed(project) is None


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


@pytest.fixture
def steps(run, tmp_path, monkeypatch):
    """The steps of an installation, in place of being taken; those that hold a word of `fail` fail."""
    taken, fail = [], []

    def call(command, root, failure):
        taken.append([str(word) for word in command])
        if set(command) & set(fail):
            raise run.SetUpError(failure)

    monkeypatch.setattr(run, "call", call)
    project = make_project(tmp_path / "project")
    (project / ".venv").mkdir()
    return project, taken, fail


def test_pip_brings_uv_and_uv_the_rest(run, steps):
    project, taken, _ = steps
    run.install(project, {"test", "app"})
    python = str(run.venv_python(project))
    own, uv = taken
    assert own[:6] == [sys.executable, "-m", "pip", "--python", python, "install"]
    assert own[-1] == "uv"
    assert uv[:5] == [python, "-m", "uv", "pip", "install"]
    assert uv[-3:] == ["pip", "-e", ".[app,test]"]  # with a pip for those who want to add something


@pytest.mark.parametrize("unfit", ["--no-compile", "--quiet"], ids=["no uv", "uv fails"])
def test_without_uv_pip_does_it(run, steps, unfit):
    project, taken, fail = steps
    fail.append(unfit)
    if unfit == "--quiet":  # an option of every installer: pip fails as well, and has the last word
        with pytest.raises(run.SetUpError):
            run.install(project, set())
    else:
        run.install(project, set())
    python = str(run.venv_python(project))
    assert taken[-2] == [python, "-Im", "ensurepip", "--default-pip"]
    assert taken[-1][:3] == [python, "-m", "pip"]
    assert taken[-1][-2:] == ["-e", "."]


def test_where_pip_cannot_be_unpacked_it_comes_with_the_rest(run, steps, monkeypatch):
    project, taken, fail = steps
    fail.append("--no-compile")
    monkeypatch.setattr(run, "have", lambda module: module != "ensurepip")
    run.install(project, set())
    assert taken[-1][:5] == [sys.executable, "-m", "pip", "--python", str(run.venv_python(project))]
    assert taken[-1][-3:] == ["pip", "-e", "."]


def test_a_python_without_pip_unpacks_its_own(run, steps, monkeypatch):
    project, taken, _ = steps
    monkeypatch.setattr(run, "have", lambda module: module != "pip")
    run.install(project, set())
    python = str(run.venv_python(project))
    assert taken[0] == [python, "-Im", "ensurepip", "--default-pip"]
    assert taken[1][:4] == [python, "-m", "pip", "install"]


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
        "run.py has no command 'reprot': use report, lab, app or test (python run.py --help).\n"
    )


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["-h"], 0), ([], 2)])
def test_help_names_every_command_and_sets_nothing_up(run, capsys, monkeypatch, arguments, code):
    monkeypatch.setattr(run, "ensure", lambda *_: pytest.fail("set something up"))
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
        run.ensure(project, set())
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
        run.ensure(project, set())


def test_a_folder_that_cannot_be_written_gets_a_sentence(run, tmp_path):
    project = make_project(tmp_path / "project")
    (project / ".venv" / run.LOCK).mkdir(parents=True)  # a folder where the lock file should be
    with pytest.raises(run.SetUpError, match=r"^Cannot make .*check that the folder can be written"):
        run.ensure(project, set())


def test_run_py_alone_says_what_it_misses(run, tmp_path):
    with pytest.raises(run.SetUpError, match=r"^There is no pyproject.toml in "):
        run.ensure(tmp_path, set())
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
    for module in (module for modules in run.EXPECTED.values() for module in modules):
        assert f"{module}.py" in files or f"{module}/__init__.py" in files
