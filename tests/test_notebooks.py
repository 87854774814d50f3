"""The guided notebooks: their form, and what happens when they run."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat import NotebookNode

import lincs_interp as li
from lincs_interp.sample import sample_path

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]

MOST_SECONDS = 60

# What a takeaway says of the sample must not hold when the rows of every matrix are shuffled. The other takeaways are
# facts about the method (contributions add up, ties, percentiles …) and hold for any numbers.
FALSE_OF_NOISE = {
    "00_start_here": {"check-scores"},
    "01_what_the_integers_mean": {"check-orientation", "check-habit"},
    "02_mimickers_and_reversers": {
        "check-calls",
        "check-discordin",
        "check-heatmap",
        "check-lookalike",
        "check-series",
        "check-nominal-p",
    },
    "03_which_genes_drive_it": {
        "check-weight",
        "check-inferred",
        "check-habit",
        "check-habit-total",
        "check-leave-out",
        "check-bootstrap",
        "check-limits",
        "check-shared",
        "check-toxicity",
    },
    "04_one_perturbagen": {
        "check-signatures",
        "check-dose",
        "check-summaries-sample",
        "check-grades",
        "check-trap",
        "check-promiscuous",
        "check-targets",
        "check-card",
        "check-mechanisms",
    },
    "05_how_sure_am_i": {
        "check-counted",
        "check-random",
        "check-votes",
        "check-qq",
        "check-calibrated",
        "check-honest",
        "check-without",
        "check-circle",
        "check-searched",
        "check-power",
        "check-families",
    },
    "06_from_coefficients_to_ranks": {"check-same", "check-which", "check-orientation"},
}


def cells(notebook: NotebookNode, kind: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def asserts_in(source: str) -> list[ast.Assert]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def is_solution(cell: NotebookNode) -> bool:
    return "solution" in cell.metadata.get("tags", [])


@pytest.fixture(params=PATHS, ids=NAMES)
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


# --- the stored files ---


def test_is_valid_and_stored_in_the_usual_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    raw = json.loads(text)
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    nbformat.validate(raw)
    stored = nbformat.writes(nbformat.from_dict(raw))
    assert text == stored + "\n", "write it with nbformat, so that a difference shows a change and nothing else"


def test_carries_no_trace_of_a_run_or_a_machine(notebook: NotebookNode) -> None:
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in cells(notebook, "code"):
        assert cell.outputs == [], f"clear the outputs of {cell.id}"
        assert cell.execution_count is None
        assert set(cell.metadata) <= {"jupyter", "tags"}
    assert not any(cell.metadata for cell in cells(notebook, "markdown"))


def test_cell_ids_are_words(notebook: NotebookNode) -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for name in ids:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name), f"{name!r} is no readable id"
        assert not re.fullmatch(r"[0-9a-f]{8}", name), f"{name!r} was made by a program"


def test_loads_the_sample_and_nothing_from_elsewhere(notebook: NotebookNode) -> None:
    code = "\n".join(cell.source for cell in cells(notebook, "code"))
    assert "load_sample()" in code or "sample_path(" in code
    for cell in notebook.cells:
        assert not re.search(r"https?://|ftp://|<img|<script|<iframe", cell.source), f"{cell.id} names an address"
    for text in string_constants(code):
        assert not re.match(r"/|~|[A-Za-z]:[\\/]|\.\.", text), f"{text!r} is a path of one machine"


def string_constants(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_defines_nothing(notebook: NotebookNode) -> None:
    for cell in cells(notebook, "code"):
        for node in ast.walk(ast.parse(cell.source)):
            defined = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda)
            assert not defined, f"{cell.id}: what is used twice belongs in the package"


def test_links_lead_to_files_of_the_folder(path: Path, notebook: NotebookNode) -> None:
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)]+)\)", cell.source):
            assert (FOLDER / target).is_file(), f"{path.name}: {cell.id} links to {target}"
            assert target != path.name


# --- the form ---


def test_has_the_parts_of_a_guided_notebook(notebook: NotebookNode) -> None:
    first = notebook.cells[0].source
    assert first.startswith("# ")
    assert "**Question.**" in first
    assert "**What you need.**" in first
    assert re.search(r"simulated|invented", first), "says at once that the data are made up"
    texts = [cell.source for cell in cells(notebook, "markdown")]
    assert any(text.startswith("## What would change our mind") for text in texts)
    assert any(text.startswith("**Takeaway.**") for text in texts)
    assert any(text.startswith("## Exercise") for text in texts)


def test_a_check_follows_every_takeaway(notebook: NotebookNode) -> None:
    for cell, following in zip(notebook.cells, notebook.cells[1:], strict=False):
        if "takeaway" not in cell.source.lower() or cell.cell_type != "markdown":
            continue
        assert cell.source.startswith("**Takeaway.** "), f"{cell.id}: a takeaway has a cell of its own"
        assert cell.id.startswith("takeaway-")
        assert following.cell_type == "code"
        assert following.id == cell.id.replace("takeaway-", "check-")
        assert asserts_in(following.source), f"{following.id} asserts nothing"
    checks = [cell.id for cell in notebook.cells if cell.id.startswith("check-")]
    takeaways = [cell.id for cell in notebook.cells if cell.id.startswith("takeaway-")]
    assert len(checks) == len(takeaways)


def test_an_exercise_has_an_attempt_and_a_folded_solution_that_is_checked(notebook: NotebookNode) -> None:
    places = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith("## Exercise")]
    for place in places:
        attempt, solution = notebook.cells[place + 1 : place + 3]
        assert attempt.cell_type == solution.cell_type == "code"
        assert ast.parse(attempt.source).body == [], "the attempt is the reader's"
        assert is_solution(solution)
        assert asserts_in(solution.source)
    assert sum(is_solution(cell) for cell in notebook.cells) == len(places)
    for cell in filter(is_solution, notebook.cells):
        assert cell.metadata.jupyter == {"source_hidden": True}
        assert "hide-input" in cell.metadata.tags


def test_every_assertion_compares_something_that_was_computed(notebook: NotebookNode) -> None:
    for cell in cells(notebook, "code"):
        for claim in asserts_in(cell.source):
            assert any(isinstance(node, ast.Name) for node in ast.walk(claim.test)), f"{cell.id}: always true"
            for compared in (node for node in ast.walk(claim.test) if isinstance(node, ast.Compare)):
                sides = [ast.dump(side) for side in (compared.left, *compared.comparators)]
                assert len(set(sides)) == len(sides), f"{cell.id} compares a thing with itself"


def test_the_readme_lists_the_notebooks_in_order() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.ipynb\) \| \d+ minutes \|", text, flags=re.MULTILINE)
    assert rows == [(name, name) for name in NAMES]


# --- the run ---


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """Return a function that runs a notebook in a copy of the folder, far from the reader's own settings."""
    pytest.importorskip("nbclient", reason='running notebooks needs pip install "lincs-interp[notebooks]"')
    pytest.importorskip("ipykernel", reason='running notebooks needs pip install "lincs-interp[notebooks]"')
    import matplotlib.font_manager  # noqa: F401 - a first run announces on stderr that it builds the font cache

    home = tmp_path_factory.mktemp("home")
    temporary = home / "temporary"
    temporary.mkdir()
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    with pytest.MonkeyPatch.context() as patch:  # the kernels inherit this environment
        for place in places:
            patch.setenv(place, str(home / place.lower()))
        for variable in ("TMPDIR", "TMP", "TEMP"):  # reports of the notebooks land here
            patch.setenv(variable, str(temporary))
        patch.delenv("MPLBACKEND", raising=False)  # "Agg" would draw nothing into the notebook
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        yield lambda notebook: _executed(notebook, tmp_path_factory.mktemp("copy"))


def _executed(notebook: NotebookNode, copy: Path) -> NotebookNode:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    shutil.copytree(FOLDER, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    before = sorted(os.listdir(copy))
    # Without it ipykernel warns that its messages are not encrypted; older versions know no such option.
    encrypted = (
        {"transport_encryption": "auto"} if "transport_encryption" in AsyncKernelManager.class_trait_names() else {}
    )
    manager = AsyncKernelManager(kernel_name="python3", **encrypted)
    client = NotebookClient(notebook, km=manager, timeout=MOST_SECONDS, resources={"metadata": {"path": str(copy)}})
    client.execute(cleanup_kc=True)  # a manager that is handed in is not shut down otherwise
    assert sorted(os.listdir(copy)) == before, "a notebook leaves nothing behind in its folder"
    return notebook


@pytest.fixture(scope="module")
def executed(run):
    """Each notebook is run once, whatever number of tests looks at the result."""
    done: dict[Path, tuple[NotebookNode, float]] = {}

    def result(path: Path) -> tuple[NotebookNode, float]:
        if path not in done:
            start = time.monotonic()
            notebook = run(nbformat.read(path, as_version=4))
            done[path] = notebook, time.monotonic() - start
        return done[path]

    return result


def outputs(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for cell in cells(notebook, "code"):
        for output in cell.outputs:
            yield cell.id, output


def test_runs_in_time_without_errors_or_warnings(path: Path, executed) -> None:
    notebook, seconds = executed(path)
    assert seconds < MOST_SECONDS
    for name, output in outputs(notebook):
        assert output.output_type != "error", f"{name} failed"
        assert output.get("name") != "stderr", f"{name} wrote to stderr: {output.text}"
    state = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    hidden = [
        output
        for model in state.values()
        if model["model_name"] == "OutputModel"  # errors in here do not reach the cell
        for output in model["state"].get("outputs", [])
        if output["output_type"] == "error"
    ]
    assert not hidden


def test_every_plot_is_seen(path: Path, executed) -> None:
    notebook, _ = executed(path)
    drawing = [cell for cell in cells(notebook, "code") if "li.plot_" in cell.source]
    assert drawing
    for cell in drawing:
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(pictures) == cell.source.count("li.plot_"), f"{cell.id} shows no picture"


def test_numbers_in_prose_come_from_cells(path: Path, executed) -> None:
    """A number of two or more digits in a sentence stands in the code, in what it shows, or in a citation."""
    notebook, _ = executed(path)
    known: set[str] = set()
    for cell in cells(notebook, "code"):
        known |= numbers_in(cell.source)
        for output in cell.outputs:
            data = output.get("data", {})
            for text in (output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")):
                known |= numbers_in(re.sub(r"<[^>]*>", " ", text))
    for cell in cells(notebook, "markdown"):
        prose = re.sub(r"\]\([^)]*\)|`[^`]*`", "]", cell.source)  # links and code
        prose = re.sub(r"[A-Z]\w+(?: et al\.| & [A-Z]\w+)? \d{4}\b", "", prose)  # citations
        prose = re.sub(r"\b[A-Z]+\d+\b|(?:notebook |\[)0\d\b", "", prose)  # L1000, notebook 02
        assert numbers_in(prose) <= known, f"{cell.id} states numbers that no cell shows"


def numbers_in(text: str) -> set[str]:
    """Numbers of two or more digits, written alike: 12,318 and 12_318 and 12318 are one."""
    found = re.findall(r"(?<![\w.])\d[\d,_]*(?:\.\d+)?(?!\w)", text)
    plain = {number.replace(",", "").replace("_", "") for number in found}
    return {number for number in plain if len(number.replace(".", "")) > 1}


# --- what makes a takeaway false ---


def run_here(notebook: NotebookNode, *, report: bool = False) -> tuple[set[str], dict[str, Any]]:
    """Ids of the cells whose assertion fails, and the variables that are left; any other error is an error.

    Run in this process and without the pictures, which saves most of the time.
    """
    pytest.importorskip("IPython", reason='the notebooks need pip install "lincs-interp[notebooks]"')
    import matplotlib.pyplot as plt

    failed: set[str] = set()
    names: dict[str, Any] = {}
    plt.close("all")  # a notebook begins without figures; seaborn would draw into one that is left
    with pd.option_context("display.max_colwidth", 50):  # the notebooks change it; here it is put back
        for cell in cells(notebook, "code"):
            if "li.plot_" in cell.source or ("report" in cell.id and not report):
                continue
            try:
                exec(compile(cell.source, cell.id, "exec"), names)
            except AssertionError:
                failed.add(cell.id)
    return failed, names


def shuffled(ranks: li.RankMatrix, rng: np.random.Generator) -> li.RankMatrix:
    frame = ranks.frame.iloc[rng.permutation(len(ranks.genes))].set_axis(ranks.genes)
    return li.RankMatrix.from_frame(frame, signatures=ranks.signatures)


@pytest.mark.parametrize("name", FALSE_OF_NOISE)
def test_takeaways_about_the_sample_fail_on_noise(
    name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert run_here(notebook)[0] == set()
    sample = li.load_sample()
    noise = dataclasses.replace(sample, ranks=shuffled(sample.ranks, rng), background=shuffled(sample.background, rng))
    monkeypatch.setattr(li, "load_sample", lambda: noise)
    assert run_here(notebook)[0] >= FALSE_OF_NOISE[name]


@pytest.fixture
def template() -> NotebookNode:
    return nbformat.read(FOLDER / "08_your_own_download.ipynb", as_version=4)


def edit_first_cell(template: NotebookNode, line: str) -> None:
    (cell,) = (cell for cell in template.cells if cell.id == "edit-me")
    assert re.search(rf"^{line.split(' = ')[0]} = ", cell.source, flags=re.MULTILINE), "no such setting"
    cell.source += f"\n{line}\n"


def test_the_template_notices_a_matrix_that_counts_from_the_other_end(template: NotebookNode) -> None:
    edit_first_cell(template, 'rank_one = "up"')
    assert run_here(template)[0] == {"check-orientation"}


def test_the_template_runs_on_a_one_sided_query_without_coefficients(template: NotebookNode, tmp_path: Path) -> None:
    edit_first_cell(template, "down_path = None")
    edit_first_cell(template, "coefficients_path = None")
    edit_first_cell(template, f"report_folder = {str(tmp_path / 'report')!r}")
    assert run_here(template, report=True)[0] == set()
    assert (tmp_path / "report" / "report.html").is_file()


def test_the_template_leaves_genes_of_both_lists_out_when_told(template: NotebookNode, tmp_path: Path) -> None:
    both = tmp_path / "down.txt"
    both.write_text(sample_path("down.txt").read_text(encoding="utf-8") + "PDK4\n", encoding="utf-8")
    edit_first_cell(template, f"down_path = {str(both)!r}")
    with pytest.raises(li.LincsInterpError, match="PDK4"):
        run_here(template)
    edit_first_cell(template, 'overlap = "drop"')
    edit_first_cell(template, f"report_folder = {str(tmp_path / 'report')!r}")
    assert run_here(template, report=True)[0] == set()


@pytest.mark.real
@pytest.mark.parametrize(
    ("matrix", "genes", "best", "background"),
    [
        ("full_12328x43", "rapamycin_peng2002", "sirolimus", None),  # too few signatures to be a background
        ("skb_5000x100", "hdac_cmap02_consensus", "vorinostat", "skb_5000x100"),  # unselected: its own background
    ],
)
def test_the_template_reads_a_real_matrix(
    matrix: str, genes: str, best: str, background: str | None, template: NotebookNode, real_data: Path
) -> None:
    folder = real_data / "real"
    edit_first_cell(template, f"matrix_path = {str(folder / f'{matrix}.ranks.tsv.gz')!r}")
    edit_first_cell(template, f"coefficients_path = {str(folder / f'{matrix}.values.tsv.gz')!r}")
    unselected = None if background is None else str(folder / f"{background}.ranks.tsv.gz")
    edit_first_cell(template, f"background_path = {unselected!r}")
    edit_first_cell(template, f"genes_path = {str(folder / 'gene_metadata.tsv')!r}")
    for side in ("up", "down"):
        edit_first_cell(template, f"{side}_path = {str(folder / 'queries' / f'{genes}_{side}.txt')!r}")
    failed, names = run_here(template)
    assert failed == set()
    assert names["check"].verdict == "as assumed"
    assert names["ranks"].signatures.at[names["best"], "pert_name"] == best
    calibrated = names["calibrated"]["calibrated_by"].iloc[0]
    assert ("assumed" in calibrated) is (background is None)
    assert names["reading"].drivers["landmark"].notna().all()
