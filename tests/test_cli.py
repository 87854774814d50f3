"""The command line: exit codes, one-line errors, nothing left behind."""

import gzip
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lincs_interp.app import cli
from lincs_interp.io.sample import sample_path


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
            (("m.tsv",), "the query (--up, --down) is missing: name the file with the genes that went up, or down."),
            (("m.tsv", "--up", "absent.txt"), "--up is 'absent.txt', and there is no such file"),
            (("m.tsv", "--up", "MYC"), "--up is 'MYC', and there is no such file"),
            (("m.tsv", "--up", "up.txt", "--down", "TP53"), "--down is 'TP53', and there is no such file"),
            (("m.tsv", "--up", "x" * 300), "--up is 'xxx"),
            (("absent.tsv", "--up", "up.txt"), "MATRIX is 'absent.tsv', and there is no such file"),
            (("m.tsv", "--up", "up.txt", "--name", "x", "--out", ""), "--out is '', which is no name"),
            (("m.tsv", "--up", "up.txt", "--out", "x" * 300), "which cannot be written (File name too long)"),
            (("--up", "up.txt"), "MATRIX is missing, but --up is given"),
            (
                ("m.tsv", "--up", "up.txt", "--down", "up.txt"),
                "the query (--up, --down) names 12 genes both up and down",
            ),
            (("m.tsv", "--up", "up.txt", "--n-genes", "3"), "--n-genes"),
            (("m.tsv", "--up", "up.txt", "--metadata", "up.txt"), "error: --metadata describe none of"),
            (("m.tsv", "--up", "up.txt", "--genes", "up.txt"), "error: --genes: up.txt is a plain list"),
            (("m.tsv", "--up", "up.txt", "--background", "up.txt"), "error: --background: up.txt has one column"),
            (("m.tsv", "--up", "m.tsv"), "error: --up: m.tsv holds"),
            (("up.txt", "--up", "up.txt"), "error: MATRIX: up.txt has one column"),
            (("m.tsv", "--up", "up.txt", "--top", "0"), "--top is 0: it must be a whole number from 1"),
            (("m.tsv", "--up", "m.tsv", "--rank-one", "left"), "invalid choice: 'left'"),
            (("m.tsv", "--up", "up.txt", "--n-genes", "many"), "invalid int value: 'many'"),
        ],
    )
    def test_bad_arguments_give_one_line_and_code_2(self, capsys, inputs, tmp_path, monkeypatch, options, sentence):
        monkeypatch.chdir(inputs)
        code, said, errors = run(capsys, "report", "--out", tmp_path / "out", *options)
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

    def test_a_list_of_down_genes_alone(self, capsys, inputs, tmp_path):
        out = tmp_path / "out"
        assert run(capsys, "report", inputs / "m.tsv", "--down", inputs / "down.txt", "--out", out)[0] == 0
        scores = pd.read_csv(out / "scores.tsv", sep="\t")
        assert scores["z_up"].isna().all()
        np.testing.assert_allclose(scores["z_sum"], scores["z_down"])
        assert "li.read_query([], " in (out / "report.ipynb").read_text(encoding="utf-8")

    def test_remedies_are_named_as_options(self, capsys, inputs, tmp_path):
        lists = ("--up", inputs / "up.txt", "--down", inputs / "up.txt", "--out", tmp_path / "out")
        assert "or pass --overlap drop to leave" in run(capsys, "report", inputs / "m.tsv", *lists)[2]
        part = tmp_path / "part.tsv"
        part.write_text("gene\tS1\tS2\nMYC\t12000\t7\nTP53\t3\t811\nEGFR\t44\t9\n")
        errors = run(capsys, "report", part, "--up", inputs / "up.txt", "--out", tmp_path / "out")[2]
        assert "--n-genes" in errors
        assert "n_genes" not in errors
        assert "12,000" in errors

    def test_numbers_that_are_no_ranks_are_those_of_the_file(self, capsys, inputs, tmp_path):
        part = tmp_path / "coefficients.tsv"
        part.write_text("gene\tS1\tS2\nMYC\t0.5\t-0.2\nTP53\t0.1\t0.3\n")
        errors = run(capsys, "report", part, "--up", inputs / "up.txt", "--out", tmp_path / "out")[2]
        assert "error: MATRIX: coefficients.tsv holds 0.5 (gene MYC, signature S1)" in errors

    def test_metadata_and_tissue(self, capsys, inputs, tmp_path):
        table = tmp_path / "signatures.tsv"
        table.write_text("signature\tpert_name\ttissue\nS0\tvorinostat\tbreast\nS1\tvorinostat\tlung\n")
        lists = ("--up", inputs / "up.txt", "--out", tmp_path / "out")
        options = ("--metadata", table, "--tissue", "breast")
        assert run(capsys, "report", inputs / "m.tsv", *lists, *options)[0] == 0
        perturbagens = pd.read_csv(tmp_path / "out" / "perturbagens.tsv", sep="\t")
        assert perturbagens["perturbagen"].tolist() == ["vorinostat"]
        assert "signatures.tsv" in (tmp_path / "out" / "report.ipynb").read_text(encoding="utf-8")
        errors = run(capsys, "report", inputs / "m.tsv", *lists, *options[:-1], "brest")[2]
        assert "--tissue is 'brest', which no signature is of: perhaps you mean breast" in errors
        errors = run(capsys, "report", inputs / "m.tsv", *lists, "--json", tmp_path / "no" / "x.json")[2]
        assert "--json is" in errors
        code, _, errors = run(capsys, "report", inputs / "m.tsv", *lists, "--tissue", "breast")
        assert code == 2
        assert "--tissue" in errors
        assert "--metadata" in errors

    def test_json_for_pipes(self, capsys, inputs, tmp_path):
        command = ("report", inputs / "m.tsv", "--up", inputs / "up.txt", "--out", tmp_path / "out")
        code, said, errors = run(capsys, *command, "--json", "-")
        assert code == 0
        assert len(json.loads(said)["tables"]["scores"]) == 5
        assert errors.startswith("Read this first: ")
        assert run(capsys, *command, "--json", tmp_path / "all.json")[0] == 0
        assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8")) == json.loads(said)

    def test_what_was_read_of_a_table_is_printed_and_kept(self, capsys, inputs, tmp_path):
        rows = [
            (f"GENE{i}", group, (-1) ** i * (i + 1), 0.001) for group in "AB" for i in range(20 + 5 * (group > "A"))
        ]
        pd.DataFrame(rows, columns=["gene", "cell type", "logFC", "padj"]).to_csv(inputs / "de.csv", index=False)
        command = ("report", inputs / "m.tsv", "--up", inputs / "de.csv", "--out", tmp_path / "out")
        code, _, errors = run(capsys, *command)
        assert (code, "A, B" in errors, "--contrast A" in errors) == (2, True, True)
        code, said, errors = run(capsys, *command, "--contrast", "B", "--max-adjusted-p", "0.01", "--max-genes", "9")
        assert (code, errors) == (0, "")
        assert said.startswith("Your lists: Read as a table: genes from column gene, sign of logFC, padj < 0.01")
        meta = json.loads((tmp_path / "out" / "run.meta.json").read_text(encoding="utf-8"))
        assert (meta["query"]["up"], meta["query"]["down"]) == (9, 9)
        notebook = (tmp_path / "out" / "report.ipynb").read_text(encoding="utf-8")
        assert "contrast='B', max_adjusted_p=0.01, max_genes=9)" in notebook
        assert "Your lists: Read as a table" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")

    def test_a_folder_as_matrix(self, capsys, inputs, tmp_path):
        code, _, errors = run(capsys, "report", tmp_path, "--up", inputs / "up.txt", "--out", tmp_path / "out")
        assert code == 2
        assert errors.count("\n") == 1

    def test_interruption_leaves_nothing(self, capsys, inputs, tmp_path, monkeypatch):
        def stop(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("lincs_interp.report.write.tsv_bytes", stop)
        code, _, errors = run(capsys, "report", inputs / "m.tsv", "--up", inputs / "up.txt", "--out", tmp_path / "out")
        assert code == 130
        assert "nothing was left half written" in errors
        assert sorted(path.name for path in tmp_path.iterdir()) == ["in put"]

    @pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
    def test_a_signal_leaves_nothing(self, inputs, tmp_path, name, code):
        child = (
            "import os, signal, sys; from lincs_interp.app import cli; from lincs_interp.report import write;"
            f" write.tsv_bytes = lambda table: os.kill(os.getpid(), signal.{name}); sys.exit(cli.main())"
        )
        command = ["report", inputs / "m.tsv", "--up", inputs / "up.txt", "--out", tmp_path / "out"]
        done = subprocess.run([sys.executable, "-c", child, *command], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.count("\n")) == (code, 1)
        assert "nothing was left half written" in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["in put"]

    @pytest.mark.parametrize("link", [None, os.symlink, os.link], ids=["itself", "link", "hard link"])
    @pytest.mark.parametrize("option", ["--out", "--json"])
    def test_a_table_of_genes_is_never_replaced(self, capsys, inputs, tmp_path, option, link):
        (inputs / "genes.tsv").write_text("gene\tlandmark\nGENE1\t1\n")
        before = {file.name: file.read_bytes() for file in inputs.iterdir()}
        target = inputs if option == "--out" else inputs / "genes.tsv"
        if link:
            (tmp_path / "t").mkdir()
            link(inputs / "genes.tsv", tmp_path / "t" / "genes.tsv")
            target = tmp_path / "t" if option == "--out" else tmp_path / "t" / "genes.tsv"
        more = ["--out", tmp_path / "out", "--json", target] if option == "--json" else ["--out", target]
        given = ["report", inputs / "m.tsv", "--up", inputs / "up.txt", "--genes", inputs / "genes.tsv"]
        code, _, errors = run(capsys, *given, *more)
        assert (code, errors.count("\n")) == (2, 1)
        assert option in errors
        assert {file.name: file.read_bytes() for file in inputs.iterdir()} == before
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(("option", "name"), [("--up", "genes.tsv"), ("MATRIX", "scores.tsv")])
    def test_never_replaces_what_it_reads(self, capsys, inputs, option, name):
        (inputs / ("up.txt" if option == "--up" else "m.tsv")).rename(inputs / name)
        before = {file.name: file.read_bytes() for file in inputs.iterdir()}
        matrix = inputs / ("scores.tsv" if option == "MATRIX" else "m.tsv")
        up = inputs / ("genes.tsv" if option == "--up" else "up.txt")
        code, _, errors = run(capsys, "report", matrix, "--up", up, "--out", inputs)
        assert code == 2
        assert "--out" in errors
        assert f"({name})" in errors
        assert {file.name: file.read_bytes() for file in inputs.iterdir()} == before

    def test_the_lists_are_looked_for_before_the_matrix_is_read(self, capsys, inputs, tmp_path, monkeypatch):
        monkeypatch.setattr("lincs_interp.io.read_ranks", lambda *_, **__: pytest.fail("the matrix was read"))
        code, _, errors = run(capsys, "report", inputs / "m.tsv", "--up", "absent", "--out", tmp_path / "out")
        assert (code, errors.count("\n")) == (2, 1)

    def test_home_is_spelled_out(self, capsys, inputs, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(inputs))
        monkeypatch.setenv("USERPROFILE", str(inputs))
        assert run(capsys, "report", "~/m.tsv", "--up", "~/up.txt", "--out", tmp_path / "out")[0] == 0

    @pytest.mark.skipif(sys.platform != "linux", reason="only there may the name of a file be any bytes")
    def test_names_that_are_no_text(self, capsys, inputs, tmp_path):
        names = {name: inputs / os.fsdecode(f"caf\xe9 {name}".encode("latin-1")) for name in ("m.tsv", "up.txt")}
        for name, new in names.items():
            shutil.copy(inputs / name, new)
        out = tmp_path / os.fsdecode(b"r\xe9sum\xe9")
        code, said, errors = run(capsys, "report", names["m.tsv"], "--up", names["up.txt"], "--out", out)
        assert (code, errors) == (0, "")
        assert "r\\udce9sum" in said
        assert "caf\ufffd m.tsv" in (out / "report.html").read_text(encoding="utf-8")
        assert "caf\ufffd m.tsv" in (out / "run.meta.json").read_text(encoding="utf-8")

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

    def test_a_stop_in_between_leaves_no_part(self, capsys, tmp_path, monkeypatch):
        def stop(old, new):
            new.write_bytes(old.read_bytes()[:10])
            raise KeyboardInterrupt

        monkeypatch.setattr("lincs_interp.app.cli.shutil.copyfile", stop)
        assert run(capsys, "notebooks", tmp_path)[0] == 130
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        monkeypatch.undo()
        assert run(capsys, "notebooks", tmp_path)[0] == 0

    def test_a_name_that_is_too_long(self, capsys, tmp_path):
        code, _, errors = run(capsys, "notebooks", tmp_path / ("x" * 300))
        assert (code, errors.count("\n")) == (2, 1)
        assert "which cannot be written (File name too long)" in errors

    def test_a_file_in_the_way(self, capsys, tmp_path):
        (tmp_path / "file").write_text("")
        code, _, errors = run(capsys, "notebooks", tmp_path / "file")
        assert code == 2
        assert errors.count("\n") == 1


class TestLab:
    def test_opens_a_copy_and_returns_its_exit_code(self, capsys, tmp_path, monkeypatch):
        pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
        calls = []

        def jupyterlab(command, **_):
            calls.append(command)
            return SimpleNamespace(returncode=7 * (len(calls) - 1))

        monkeypatch.setattr(cli, "subprocess", SimpleNamespace(run=jupyterlab))
        assert run(capsys, "lab", tmp_path / "course")[0] == 0
        assert calls == [[sys.executable, "-m", "jupyterlab", str(tmp_path / "course")]]
        (tmp_path / "course" / "00_start_here.ipynb").write_text("my own notes")
        assert run(capsys, "lab", tmp_path / "course")[0] == 7  # a copy that was worked on is opened as it is
        assert len(calls) == 2

    def test_without_jupyterlab(self, capsys, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "jupyterlab", None)
        code, _, errors = run(capsys, "lab", tmp_path / "course")
        assert (code, errors.count("\n")) == (2, 1)
        assert "lincs-interp lab needs jupyterlab" in errors
        assert '-m pip install "ipykernel' in errors


class TestApp:
    @pytest.fixture
    def served(self, monkeypatch):
        """What the server was asked for, in place of the server."""
        pytest.importorskip("voila", reason="Voilà is not installed")
        from lincs_interp.app import server

        calls = []
        monkeypatch.setattr(server, "serve", lambda settings, **options: calls.append((settings, options)))
        return calls

    @pytest.mark.parametrize("module", ["ipywidgets", "ipykernel"])
    def test_without_a_package(self, capsys, monkeypatch, module):
        pytest.importorskip("voila", reason="Voilà is not installed")
        for name in [name for name in sys.modules if name.split(".")[0] == module]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, module, None)
        code, _, errors = run(capsys, "app", "--no-browser")
        assert (code, errors.count("\n")) == (2, 1)
        assert f"lincs-interp app needs {module}" in errors

    def test_without_arguments_an_empty_page_on_a_free_port(self, capsys, served):
        from lincs_interp.app.options import PageSettings

        assert run(capsys, "app") == (0, "The page has ended; nothing of it was kept.\n", "")
        ((settings, options),) = served
        assert settings == PageSettings()
        assert (options["port"], options["browser"]) == (0, True)

    def test_options_reach_the_page(self, capsys, served, inputs):
        lists = ("--up", inputs / "up.txt", "--down", inputs / "down.txt", "--background", inputs / "m.tsv")
        numbers = ("--n-genes", 300, "--rank-one", "up", "--max-upload", 7, "--port", 8123, "--no-browser")
        assert run(capsys, "app", inputs / "m.tsv", *lists, *numbers)[0] == 0
        ((settings, options),) = served
        files = (settings.matrix, settings.up, settings.down, settings.background)
        assert files == tuple(str((inputs / name).resolve()) for name in ("m.tsv", "up.txt", "down.txt", "m.tsv"))
        assert (settings.n_genes, settings.rank_one, settings.max_upload) == (300, "up", 7)
        assert (options["port"], options["browser"]) == (8123, False)

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (("absent.tsv",), "MATRIX is 'absent.tsv', and there is no such file: check the spelling."),
            (("--up", "MYC"), "--up is 'MYC', and there is no such file: check the spelling."),
            (("--background", "x"), "--background is 'x', and there is no such file: check the spelling."),
            (("--port", "70000"), "--port is 70000: it must be a whole number"),
            (("--port", "-1"), "--port is -1: it must be a whole number"),
            (("--max-upload", "0"), "--max-upload is 0: it must be a whole number"),
            (("--max-upload", "2001"), "--max-upload is 2001: it must be a whole number"),
            (("--n-genes", "0"), "--n-genes is 0: it must be a whole number"),
        ],
    )
    def test_bad_options_give_one_line_and_code_2(self, capsys, served, tmp_path, monkeypatch, options, sentence):
        monkeypatch.chdir(tmp_path)
        code, said, errors = run(capsys, "app", *options)
        assert (code, said, errors.count("\n")) == (2, "", 1)
        assert errors.startswith(f"lincs-interp: error: {sentence}")
        assert served == []

    def test_without_voila(self, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "voila.app", None)
        code, said, errors = run(capsys, "app")
        assert (code, said, errors.count("\n")) == (2, "", 1)
        assert "lincs-interp app needs voila" in errors
        assert "-m pip install" in errors
        assert '"voila' in errors

    @staticmethod
    def started(folder, *options):
        """The command in a process of its own, whose temporary files lie in `folder`."""
        pytest.importorskip("voila", reason="Voilà is not installed")
        command = [sys.executable, "-m", "lincs_interp", "app", "--no-browser", *options]
        environment = os.environ | {name: str(folder) for name in ("TMPDIR", "TEMP", "TMP")}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=environment, **pipes)

    def test_a_port_that_is_taken(self, tmp_path):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with self.started(tmp_path, "--port", str(port)) as process:
                said, errors = process.communicate(timeout=60)
        assert (process.returncode, said) == (2, "")
        assert errors == (
            f"lincs-interp: error: --port is {port}, which another program uses: choose another one, or leave it out"
            " for one that is free.\n"
        )
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal there that one process can send another")
    def test_control_c_ends_it_and_leaves_nothing(self, tmp_path):
        with self.started(tmp_path) as process:
            line = process.stdout.readline()
            address = re.fullmatch(
                r"The page is at (http://127\.0\.0\.1:\d+/)\?token=\S+ \(on this computer only, for you alone\);"
                r" stop it with Ctrl-C\.\n",
                line,
            )[1]
            with urllib.request.urlopen(f"{address}voila/static/voila.js", timeout=30) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=60)
        assert (process.returncode, said, errors) == (0, "The page has ended; nothing of it was kept.\n", "")
        assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize("command", [(), ("report",), ("notebooks",), ("lab",), ("app",)])
def test_help_is_plain_and_names_the_defaults(capsys, command):
    code, said, _ = run(capsys, *command, "--help")
    assert code == 0
    assert said.isascii()
    assert not re.search(r"default: %", said)
    if command == ("report",):
        assert "signatures listed per end (default: 10)" in re.sub(r"\s+", " ", said)


def test_letters_that_the_terminal_lacks_are_shown_as_numbers(inputs, tmp_path):
    out = tmp_path / "résumé"
    command = [sys.executable, "-m", "lincs_interp", "report", inputs / "m.tsv", "--up", inputs / "up.txt"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*command, "--out", out], capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert rb"r\xe9sum\xe9" in done.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_output_that_cannot_be_written(tmp_path):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lincs_interp", "notebooks", tmp_path]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"No space left" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_output_that_nobody_reads(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lincs_interp", "notebooks", tmp_path]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"Broken pipe" in done.stderr


def test_importing_main_does_nothing():
    importlib.import_module("lincs_interp.__main__")
