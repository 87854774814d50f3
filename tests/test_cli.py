"""The command line: exit codes, one-line errors, nothing left behind."""

import gzip
import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lincs_interp import cli
from lincs_interp.sample import sample_path


def run(capsys, *arguments):
    """Return exit code, standard output and standard error of one command."""
    try:
        code = cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def inputs(tmp_path, rng):
    """A small matrix and two lists, as files."""
    folder = tmp_path / "in put"
    folder.mkdir()
    genes = [f"GENE{i}" for i in range(200)]
    values = np.argsort(rng.random((200, 5)), axis=0) + 1
    pd.DataFrame(values, genes, [f"S{i}" for i in range(5)]).to_csv(folder / "m.tsv", sep="\t", index_label="gene")
    (folder / "up.txt").write_text("\n".join(genes[:12]))
    (folder / "down.txt").write_text("\n".join(genes[20:35]))
    return folder


class TestReport:
    def test_files(self, capsys, inputs, tmp_path):
        out = tmp_path / "out"
        lists = ("--up", inputs / "up.txt", "--down", inputs / "down.txt")
        code, said, errors = run(capsys, "report", inputs / "m.tsv", *lists, "--out", out, "--name", "my experiment")
        assert (code, errors) == (0, "")
        assert said == f"Read this first: {(out / 'report.html').resolve()}\n"
        assert "my experiment" in (out / "report.html").read_text(encoding="utf-8")
        assert len(pd.read_csv(out / "scores.tsv", sep="\t")) == 5

    def test_without_arguments_the_sample(self, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        code, said, _ = run(capsys, "report")
        assert code == 0
        assert said.startswith("No MATRIX given: this is the simulated sample.")
        assert (tmp_path / "report" / "report.html").is_file()

    def test_options_reach_the_reading(self, capsys, inputs, tmp_path):
        lists = ("--up", inputs / "up.txt", "--down", inputs / "down.txt")
        scores = {}
        for name, options in {"plain": (), "turned": ("--rank-one", "up"), "wide": ("--n-genes", 300)}.items():
            assert run(capsys, "report", inputs / "m.tsv", *lists, "--out", tmp_path / name, *options)[0] == 0
            scores[name] = pd.read_csv(tmp_path / name / "scores.tsv", sep="\t", index_col=0).sort_index()
        np.testing.assert_allclose(scores["turned"]["z_sum"], -scores["plain"]["z_sum"], atol=1e-9)
        assert (scores["wide"]["n_genes"] == 300).all()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("m.tsv",), "--up is missing: name the file with the genes that went up."),
            (("m.tsv", "--up", "absent.txt"), "absent.txt"),
            (("absent.tsv", "--up", "up.txt"), "absent.tsv"),
            (("--up", "up.txt"), "MATRIX is missing, but --up is given"),
            (("m.tsv", "--up", "up.txt", "--down", "up.txt"), "query names 12 genes both up and down"),
            (("m.tsv", "--up", "up.txt", "--n-genes", "3"), "ranks go up to 200 but n_genes is 3"),
            (("m.tsv", "--up", "up.txt", "--top", "0"), "top must be a whole number from 1"),
            (("m.tsv", "--up", "m.tsv", "--rank-one", "left"), "invalid choice: 'left'"),
            (("m.tsv", "--up", "up.txt", "--n-genes", "many"), "invalid int value: 'many'"),
        ],
    )
    def test_bad_arguments_give_one_line_and_code_2(self, capsys, inputs, tmp_path, monkeypatch, options, sentence):
        monkeypatch.chdir(inputs)
        code, said, errors = run(capsys, "report", *options, "--out", tmp_path / "out")
        assert (code, said) == (2, "")
        assert sentence in errors
        assert errors.count("\n") == 1
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        "content",
        {
            "empty": b"",
            "binary": bytes(range(256)) * 40,
            "html": b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>",
            "one column": b"gene\nMYC\nTP53\n",
            "zeros": b"gene\tS1\tS2\nA\t0\t0\nB\t0\t0\nC\t0\t0\n",
            "coefficients": b"gene\tS1\tS2\nA\t0.01\t-0.2\nB\t0.3\t0.1\nC\t-0.2\t0\n",
            "cut gzip": gzip.compress(b"gene\tS1\nA\t1\nB\t2\n" * 500)[:60],
            "text": b"gene\tS1\tS2\nA\thigh\tlow\nB\tlow\thigh\n",
        }.items(),
        ids=lambda item: item[0],
    )
    def test_bad_matrices_give_one_line_and_code_2(self, capsys, inputs, tmp_path, content):
        matrix = tmp_path / "bad.tsv"
        matrix.write_bytes(content[1])
        code, said, errors = run(capsys, "report", matrix, "--up", inputs / "up.txt", "--out", tmp_path / "out")
        assert (code, said) == (2, "")
        assert errors.startswith("lincs-interp: error: ")
        assert errors.count("\n") == 1
        assert "Traceback" not in errors
        assert not (tmp_path / "out").exists()
        assert matrix.read_bytes() == content[1]

    def test_a_folder_as_matrix(self, capsys, inputs, tmp_path):
        code, _, errors = run(capsys, "report", tmp_path, "--up", inputs / "up.txt", "--out", tmp_path / "out")
        assert code == 2
        assert errors.count("\n") == 1

    def test_interruption_leaves_nothing(self, capsys, inputs, tmp_path, monkeypatch):
        def stop(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("lincs_interp.reports._write_tables", stop)
        code, _, errors = run(capsys, "report", inputs / "m.tsv", "--up", inputs / "up.txt", "--out", tmp_path / "out")
        assert code == 130
        assert "nothing was left half written" in errors
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in put"]

    def test_help_has_an_example(self, capsys):
        code, said, _ = run(capsys, "report", "--help")
        assert code == 0
        assert "lincs-interp report gene_rank_matrix.tsv --up up.txt --down down.txt --out report" in said


class TestNotebooks:
    def test_copies_notebooks_and_sample(self, capsys, tmp_path):
        folder = tmp_path / "course"
        code, said, _ = run(capsys, "notebooks", folder)
        assert code == 0
        assert "Begin with 00_start_here.ipynb" in said
        for name in (
            "00_start_here",
            "01_what_the_integers_mean",
            "02_mimickers_and_reversers",
            "08_your_own_download",
        ):
            assert (folder / f"{name}.ipynb").is_file()
        copied = folder / "data" / "sample" / "ranks.tsv"
        assert copied.read_bytes() == sample_path("ranks.tsv").read_bytes()

    def test_never_replaces_work(self, capsys, tmp_path):
        run(capsys, "notebooks", tmp_path)
        assert run(capsys, "notebooks", tmp_path)[0] == 0  # nothing changed, nothing to lose
        notebook = tmp_path / "00_start_here.ipynb"
        notebook.write_text("my own notes")
        code, _, errors = run(capsys, "notebooks", tmp_path)
        assert code == 2
        assert "1 file would be replaced (00_start_here.ipynb)" in errors
        assert notebook.read_text() == "my own notes"

    def test_a_file_in_the_way(self, capsys, tmp_path):
        (tmp_path / "file").write_text("")
        code, _, errors = run(capsys, "notebooks", tmp_path / "file")
        assert code == 2
        assert errors.count("\n") == 1


class TestLab:
    def test_opens_a_copy(self, capsys, tmp_path, monkeypatch):
        calls = []
        monkeypatch.setattr(subprocess, "run", lambda command, **_: calls.append(command))
        assert run(capsys, "lab", tmp_path / "course")[0] == 0
        assert calls == [[sys.executable, "-m", "jupyterlab", str(tmp_path / "course")]]
        (tmp_path / "course" / "00_start_here.ipynb").write_text("my own notes")
        assert run(capsys, "lab", tmp_path / "course")[0] == 0  # a copy that was worked on is opened as it is

    def test_without_jupyterlab(self, capsys, tmp_path, monkeypatch):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        code, _, errors = run(capsys, "lab", tmp_path / "course")
        assert code == 2
        assert 'pip install "lincs-interp[notebooks]"' in errors


def test_no_command_and_unknown_command(capsys):
    for arguments in ((), ("reprot",)):
        code, _, errors = run(capsys, *arguments)
        assert code == 2
        assert errors.count("\n") == 1


def test_version(capsys):
    import lincs_interp

    assert run(capsys, "--version")[1] == f"lincs-interp {lincs_interp.__version__}\n"


def test_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "lincs_interp", "report", "absent.tsv", "--up", "x"], capture_output=True
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
