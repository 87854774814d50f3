#!/usr/bin/env python3
"""Set up and run lincs_interp: USAGE lists the commands, as does `python run.py --help`."""

# An old Python must be able to read this file as far as the sentence that asks for a newer one. So the syntax
# stays that of Python 3.6: no `:=`, no `match`, no parentheses around several `with` items, no annotations.
import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

# A text of its own and no docstring: python -OO throws docstrings away.
USAGE = """\
Set up and run lincs_interp. This file needs Python 3.11 or newer and nothing else.

    python run.py report     report on the simulated sample: report/report.html below the current folder
    python run.py report MATRIX --up up.txt --down down.txt --out my_report
                             the same for your own download; all options: python run.py report --help
    python run.py lab        the guided notebooks in JupyterLab
    python run.py app        the guided page in the browser
    python run.py test       the tests; what follows goes to pytest: python run.py test -k ranks

The first run of a command installs what it needs into the folder .venv beside this file (less than a minute,
network needed). Later runs start at once, without network, until pyproject.toml, the Python or the place of
this folder changes."""

OLDEST = (3, 11)
WINDOWS = os.name == "nt"

# The extras of pyproject.toml that each command needs; the package itself is always installed.
COMMANDS = {
    "report": (),
    "lab": ("library", "notebooks"),
    "app": ("app", "library"),
    "test": ("app", "library", "notebooks", "test"),
}

ROOT = Path(__file__).resolve().parent
STAMP = "lincs_interp.stamp"  # written last: without it the environment counts as incomplete
LOCK = "lincs_interp.lock"

# Modules that each extra brings ("" is the package itself). If one is gone, somebody has changed .venv.
EXPECTED = {
    "": ("lincs_interp", "numpy", "pandas"),
    "notebooks": ("jupyterlab",),
    "app": ("voila",),
    "library": ("h5py",),
    "test": ("pytest",),
}

# Variables that would send Python, pip or uv to some other place than .venv.
MISLEADING = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "UV_SYSTEM_PYTHON")

PIP_OPTIONS = ("--quiet", "--disable-pip-version-check", "--no-input")

NO_PIP = "Python's own ensurepip could not put pip into .venv: install a complete Python 3.11 or newer."
NO_PACKAGES = (
    "The packages that lincs_interp needs could not be installed: check that this computer is online, then run the"
    " same command again; nothing has to be cleaned up."
)


class SetUpError(Exception):
    """The environment cannot be made. The message says why, and what to do."""


def main(argv=None):
    """Run one command; return its exit code (1 = the set-up failed, 2 = no such command)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    problem = old_python(sys.version_info)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    command, rest = arguments[0], arguments[1:]
    if command not in COMMANDS:
        print(
            f"run.py has no command {command!r}: use report, lab, app or test (python run.py --help).",
            file=sys.stderr,
        )
        return 2
    try:
        ensure(ROOT, needed(command, rest))
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: the next run starts the set-up again.", file=sys.stderr)
        return 130
    return run(job(command, rest), folder=ROOT if command == "test" else None)


def needed(command, rest):
    """Return the extras that a command needs: a matrix of one's own may be of any format, so it has all readers."""
    extras = set(COMMANDS[command])
    if command == "report" and any(argument.startswith(("--up", "--down")) for argument in rest):
        extras.add("library")
    if command == "report" and "--execute" in rest:
        extras.add("notebooks")
    return extras


def job(command, rest):
    """Return what the environment's Python is to do: arguments pass through as they are."""
    if command == "test":
        return ["-m", "pytest", *rest]
    if command == "report" and not rest:
        rest = ["--out", "report"]
    return ["-m", "lincs_interp", command, *rest]


def run(arguments, *, folder=None):
    """Run the environment's Python on `arguments`, in `folder` or the current one; return its exit code."""
    if folder is not None:
        os.chdir(str(folder))
    command = [str(venv_python(ROOT)), *arguments]
    environment = child_environment(ROOT)
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.execve(command[0], command, environment)  # signals and exit code are the job's own from here on
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the job hears Ctrl-C as well, and decides what it means
            continue


def old_python(version):
    """Return the sentence for a Python that is too old; empty if it will do."""
    if tuple(version[:2]) >= OLDEST:
        return ""
    return (
        f"lincs_interp needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is Python"
        f" {'.'.join(map(str, version[:3]))} ({sys.executable}). Run the command with a newer one, such as"
        " python3.12 run.py report."
    )


def venv_python(root):
    """Return where the Python of `root`'s environment is or will be."""
    scripts = ("Scripts", "python.exe") if WINDOWS else ("bin", "python")
    return Path(root, ".venv", *scripts)


def stamp(root, extras):
    """Return the text that stands for everything the environment was made from, and the extras that are in it."""
    made_from = [
        Path(root, "pyproject.toml").read_bytes(),
        *(text.encode() for text in (sys.version, sys.base_prefix, str(root))),
    ]
    return " ".join([hashlib.sha256(b"\0".join(made_from)).hexdigest(), *sorted(extras)])


def installed(root):
    """Return the extras in the environment; None if it is not complete, not up to date or not able to run."""
    python = venv_python(root)
    try:
        written = Path(root, ".venv", STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    extras = set(written.split()[1:])
    if written != stamp(root, extras) or not extras < set(EXPECTED):
        return None
    modules = [module for extra in ("", *extras) for module in EXPECTED[extra]]
    look = f"import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, {modules!r})))"
    try:
        broken = subprocess.run(
            [str(python), "-I", "-c", look], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode
    except OSError:
        return None
    return None if broken else extras


def ready(root, extras):
    """Return whether the environment is complete and has these extras."""
    there = installed(root)
    return there is not None and there.issuperset(extras)


def ensure(root, extras):
    """Make the environment in `root`/.venv, or add these extras to it, unless they are there."""
    if ready(root, extras):
        return
    folder = Path(root, ".venv")
    if not Path(root, "pyproject.toml").is_file():
        raise SetUpError(f"There is no pyproject.toml in {root}: run.py works in a complete copy of the project.")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise SetUpError(f"{folder} is no folder of its own: move it away, then run the same command again.")
    if Path(sys.prefix).resolve() == folder and installed(root) is None:
        raise SetUpError(
            f"{folder} has to be made anew, and this is the Python inside it: run `deactivate`, then the same"
            " command again with your own Python."
        )
    check_python()
    try:
        folder.mkdir(exist_ok=True)
        with locked(folder / LOCK):
            there = installed(root)  # another run may have made it while this one waited
            if there is None or not there.issuperset(extras):
                build(root, there, extras)
    except (OSError, ValueError) as error:  # ValueError: venv refuses a path that holds a colon
        raise SetUpError(
            f"Cannot make {folder} ({error}): check that the folder can be written, that the disk is not full"
            " and that nothing is running from .venv, then run the same command again."
        ) from error


def check_python():
    """Raise, before anything is touched, if this Python cannot make an environment with packages."""
    if have("venv") and (have("pip") or have("ensurepip")):
        return
    raise SetUpError(
        f"This Python ({sys.executable}) cannot make a virtual environment, because its module"
        f" {'ensurepip' if have('venv') else 'venv'} is missing: on Debian or Ubuntu run"
        " `sudo apt install python3-venv`, elsewhere install a complete Python; then run the same command"
        " again."
    )


def have(module):
    """Return whether this Python has the module."""
    return importlib.util.find_spec(module) is not None


def build(root, there, extras):
    """Make the environment from nothing, or add to the extras that are `there`; stamp it when all went well."""
    import venv

    folder, start = Path(root, ".venv"), time.monotonic()
    if there is None:
        say("Setting up .venv (once, less than a minute) ...", end="")
    else:
        say(f"Adding {', '.join(sorted(extras - there))} to .venv (once, less than a minute) ...", end="")
    try:
        if there is None:
            empty(folder, keep=LOCK)
            venv.EnvBuilder(symlinks=not WINDOWS).create(str(folder))
        with contextlib.suppress(FileNotFoundError):
            (folder / STAMP).unlink()
        try:
            install(root, extras.union(there or ()))
        except SetUpError:
            if there is not None:  # the installer gave up before it changed anything
                write_stamp(root, there)
            raise
        write_stamp(root, extras.union(there or ()))
    except BaseException:
        say("")
        raise
    say(f" done in {time.monotonic() - start:.0f} s.")


def install(root, extras):
    """Install the package with these extras: by uv, which pip brings and which is fast, else by pip itself."""
    python = str(venv_python(root))
    package = "." + (f"[{','.join(sorted(extras))}]" if extras else "")
    own = [python, "-m", "pip", "install", *PIP_OPTIONS]
    lent = [sys.executable, "-m", "pip", "--python", python, "install", *PIP_OPTIONS]
    unpack = [python, "-Im", "ensurepip", "--default-pip"]
    try:
        if not shutil.which("uv", path=str(venv_python(root).parent)):
            if not have("pip"):  # where there is one it serves the environment too, and nothing is unpacked
                call(unpack, root, NO_PIP)
            call([*(lent if have("pip") else own), "--no-compile", "uv"], root, NO_PACKAGES)
        call(
            [python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "pip", "-e", package],
            root,
            NO_PACKAGES,
        )
    except SetUpError:
        if have("ensurepip"):
            call(unpack, root, NO_PIP)
            call([*own, "--prefer-binary", "-e", package], root, NO_PACKAGES)
        else:  # Debian's python3-pip without python3-venv
            call([*lent, "--prefer-binary", "pip", "-e", package], root, NO_PACKAGES)


def write_stamp(root, extras):
    """Write the stamp under another name first, so that it is whole or absent."""
    draft = Path(root, ".venv", STAMP + ".new")
    draft.write_text(stamp(root, extras), encoding="ascii")
    os.replace(str(draft), str(draft.with_name(STAMP)))


def call(command, root, failure):
    """Run one step of the set-up without output; if it fails, raise `failure` with the end of its output."""
    result = subprocess.run(
        command,
        cwd=str(root),
        env=child_environment(root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if result.returncode:
        lines = [line.strip() for line in result.stdout.decode("utf-8", "replace").splitlines()]
        # The reason is in the lines that pip marks; those after them only say that there was one.
        telling = [line for line in lines if line.startswith("ERROR")] or [line for line in lines if line]
        raise SetUpError("\n    ".join([failure + " The reason:", *telling[-8:]]))


def child_environment(root):
    """Return the variables for programs of the environment: as if it had been activated."""
    variables = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    scripts = venv_python(root).parent
    variables["VIRTUAL_ENV"] = str(scripts.parent)
    variables["PATH"] = os.pathsep.join([str(scripts), variables.get("PATH", os.defpath)])
    variables["PIP_USER"] = "0"  # a pip that is set to install for the user refuses to work in an environment
    home = os.environ.get("HOME", os.path.expanduser("~"))
    if not WINDOWS and not (os.path.isabs(home) and os.access(home, os.W_OK)):
        # pip, matplotlib and Jupyter keep their files at home; without one they would fail or litter.
        own = scripts.parent / "home"
        with contextlib.suppress(OSError):
            own.mkdir(exist_ok=True)
        variables["HOME"] = str(own)
        variables.update(PIP_NO_CACHE_DIR="1", UV_NO_CACHE="1")  # a cache in there would go with .venv
    return variables


def empty(folder, *, keep):
    """Delete what is in `folder`, without following links, except the file `keep`."""
    with contextlib.suppress(FileNotFoundError):
        (folder / STAMP).unlink()  # first, so that an interrupted tidy-up is noticed
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path.name != keep:
            path.unlink()


@contextlib.contextmanager
def locked(path):
    """Hold the lock file; the system lets go of it when the process ends, however it ends."""
    with open(str(path), "a") as file:
        if not try_lock(file):
            say("Another run.py is setting up .venv: waiting for it ...")
            while not try_lock(file):
                time.sleep(0.5)
        yield


def try_lock(file):
    """Take the lock; return False if another process holds it."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # some network drives have no locks; then two runs at once are the reader's risk
        return True
    return True


def say(text, *, end="\n"):
    """Print how far the set-up is, apart from what the job prints."""
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
