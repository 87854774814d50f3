"""The guided notebooks: their form, and what happens when they run."""

from __future__ import annotations

import ast
import dataclasses
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml
from nbformat import NotebookNode

import lincs_interp as li
from lincs_interp.io.sample import sample_path

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]

# Of the processor: by the clock, a busy machine takes any number of seconds.
MOST_SECONDS = 60
PATIENCE = 600

# What a takeaway or a solution says of the sample must not hold when the rows of every matrix are shuffled. The others
# are facts about the method (contributions add up, ties, swapped lists …) and hold for any numbers.
FALSE_OF_NOISE = {
    "00_start_here": {"check-scores", "solution-reverser", "solution-thin"},
    "01_what_the_integers_mean": {
        "check-look-up",
        "check-orientation",
        "check-baseline",
        "solution-knockouts",
        "solution-inducer",
    },
    "02_mimickers_and_reversers": {
        "check-calls",
        "check-discordin",
        "check-heatmap",
        "check-lookalike",
        "check-series",
        "check-nominal-p",
        "solution-unequal",
    },
    "03_which_genes_contribute_most": {
        "check-weight",
        "check-inferred",
        "check-baseline",
        "check-baseline-total",
        "check-leave-out",
        "check-bootstrap",
        "check-limits",
        "check-shared",
        "check-toxicity",
        "solution-inferred",
        "solution-five",
        "check-one-signature",
    },
    "04_one_perturbagen": {
        "check-one-compound",
        "check-signatures",
        "check-dose",
        "check-summaries-sample",
        "check-grades",
        "check-trap",
        "check-promiscuous",
        "check-targets",
        "check-card",
        "check-mechanisms",
        "solution-less",
        "solution-fooled",
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
        "solution-downloads",
        "solution-best",
    },
    "06_from_coefficients_to_ranks": {"check-same", "check-which", "check-orientation", "solution-turned"},
}

# The warnings (docs/warnings.md) that are behind the "spot the trap" exercises. Only the solution names them.
TRAPS = {
    "00_start_here": "W7",
    "01_what_the_integers_mean": "W1",
    "02_mimickers_and_reversers": "W12",
    "03_which_genes_contribute_most": "W6",
    "05_how_sure_am_i": "W8",
    "08_your_own_download": "W4",
}

# Where an explorer is shown, and which of its panels first.
EXPLORERS = {
    "00_start_here": "overview",
    "01_what_the_integers_mean": "gene",
    "03_which_genes_contribute_most": "signature",
    "04_one_perturbagen": "perturbagen",
    "08_your_own_download": "overview",
}

SHOWN = re.compile(r"^explorer = li\.explore\(interpretation(?:, panel=\"(\w+)\")?", flags=re.MULTILINE)


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
    assert sum(text.startswith("## Exercise: ") for text in texts) >= 2


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


def test_a_trap_is_named_in_its_solution_and_nowhere_else(path: Path, notebook: NotebookNode) -> None:
    warning = TRAPS.get(path.stem)
    places = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith("## Exercise: spot the trap")]
    assert len(places) == (warning is not None)
    for place in places:
        solution = notebook.cells[place + 2]
        claimed = [node.value for claim in asserts_in(solution.source) for node in ast.walk(claim) if is_text(node)]
        assert warning in claimed
        others = [cell for cell in notebook.cells if cell is not solution]
        assert not [cell.id for cell in others if re.search(rf"\b{warning}\b", cell.source)], "the trap is spoiled"


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_traps_are_of_several_kinds_and_of_the_list_of_warnings() -> None:
    listed = set(
        re.findall(r"^\| (W\d+) \|", (FOLDER.parent / "docs" / "warnings.md").read_text("utf-8"), re.MULTILINE)
    )
    assert len(set(TRAPS.values())) >= 3
    assert set(TRAPS.values()) <= listed


def test_an_explorer_is_shown_by_its_cell_and_checked_without_a_browser(path: Path, notebook: NotebookNode) -> None:
    shown = {}
    for place, cell in enumerate(notebook.cells):
        for panel in SHOWN.findall(cell.source):
            shown[panel or "overview"] = place
            assert ast.unparse(ast.parse(cell.source).body[-1]) == "explorer", "the last line shows it"
    assert list(shown) == list(filter(None, [EXPLORERS.get(path.stem)]))
    for place in shown.values():
        check = next(cell for cell in notebook.cells[place:] if cell.id.startswith("check-"))
        assert "explorer." in check.source


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


TIMES = {"quarter of an hour": 15, "half an hour": 30, "forty minutes": 40, "three quarters of an hour": 45}


def test_the_readme_and_the_notebook_tell_the_same_reading_time(path: Path, notebook: NotebookNode) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    (minutes,) = re.findall(rf"^\| \[{path.stem}\]\S+ \| (\d+) minutes \|", text, flags=re.MULTILINE)
    first = " ".join(notebook.cells[0].source.lower().split())
    times = [words for words in sorted(TIMES, key=len, reverse=True) if words in first]
    assert TIMES[times[0]] == int(minutes)


def test_the_readme_leads_to_files_that_are_there() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [link for link in re.findall(r"\]\(([^)]+)\)", text) if not (FOLDER / link).is_file()] == []


def test_the_readme_says_where_an_explorer_is() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^- (\d\d), panel `(\w+)`", text, flags=re.MULTILINE))
    assert listed == {name[:2]: panel for name, panel in EXPLORERS.items()}


def test_the_readme_does_not_spoil_the_traps() -> None:
    assert not re.search(r"\bW\d+\b", (FOLDER / "README.md").read_text(encoding="utf-8"))


# --- the hook that keeps them clean ---


def strip(*paths: Path) -> None:
    """Do to files what the hook of `.pre-commit-config.yaml` does to them."""
    pytest.importorskip("nbstripout", reason='the hook needs pip install "lincs-interp[lint]"')
    settings = yaml.safe_load((FOLDER.parent / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (entry,) = (hook["entry"] for repo in settings["repos"] for hook in repo["hooks"] if hook["id"] == "nbstripout")
    program, *options = shlex.split(entry)
    assert program == "nbstripout"
    subprocess.run([sys.executable, "-m", program, *options, *map(str, paths)], check=True)


def test_the_hook_leaves_clean_notebooks_as_they_are(tmp_path: Path) -> None:
    copies = [Path(shutil.copy(path, tmp_path)) for path in PATHS]
    strip(*copies)
    assert [copy.read_bytes() for copy in copies] == [path.read_bytes() for path in PATHS]


def test_the_hook_takes_out_what_a_run_and_an_editor_leave(path: Path, tmp_path: Path) -> None:
    used = nbformat.read(path, as_version=4)
    used.metadata.language_info = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.7",
    }
    used.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    for number, cell in enumerate(cells(used, "code"), start=1):
        cell.execution_count = number
        cell.outputs = [nbformat.v4.new_output("stream", text="seen\n"), nbformat.v4.new_output("display_data")]
        cell.metadata |= {"scrolled": True, "collapsed": True, "execution": {"iopub.status.busy": "2026"}}
    for cell in used.cells:
        cell.metadata |= {"editable": True, "slideshow": {"slide_type": ""}, "trusted": True}
    dirty = tmp_path / path.name
    nbformat.write(used, dirty)
    assert dirty.read_bytes() != path.read_bytes()
    strip(dirty)
    assert dirty.read_bytes() == path.read_bytes()


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


def _executed(notebook: NotebookNode, copy: Path) -> tuple[NotebookNode, float]:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    shutil.copytree(FOLDER, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    before = sorted(os.listdir(copy))
    # Without it ipykernel warns that its messages are not encrypted; older versions know no such option.
    encrypted = (
        {"transport_encryption": "auto"} if "transport_encryption" in AsyncKernelManager.class_trait_names() else {}
    )
    manager = AsyncKernelManager(kernel_name="python3", **encrypted)
    notebook.cells.append(nbformat.v4.new_code_cell("import time\n\ntime.process_time()"))
    client = NotebookClient(notebook, km=manager, timeout=PATIENCE, resources={"metadata": {"path": str(copy)}})
    client.execute(cleanup_kc=True)  # a manager that is handed in is not shut down otherwise
    seconds = float(notebook.cells.pop().outputs[0].data["text/plain"])
    assert sorted(os.listdir(copy)) == before, "a notebook leaves nothing behind in its folder"
    return notebook, seconds


@pytest.fixture(scope="module")
def executed(run):
    """Each notebook is run once, whatever number of tests looks at the result."""
    done: dict[Path, tuple[NotebookNode, float]] = {}

    def result(path: Path) -> tuple[NotebookNode, float]:
        if path not in done:
            done[path] = run(nbformat.read(path, as_version=4))
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


def test_evidence_is_seen_as_a_table(path: Path, executed) -> None:
    notebook, _ = executed(path)
    tables = [name for name, output in outputs(notebook) if "<table" in output.get("data", {}).get("text/html", "")]
    assert len(set(tables)) >= 3


def test_an_explorer_leaves_a_still_copy_for_readers_without_a_kernel(path: Path, executed) -> None:
    notebook, _ = executed(path)
    bs4 = pytest.importorskip("bs4")  # comes with nbconvert
    for cell in cells(notebook, "code"):
        if SHOWN.search(cell.source):
            copies = [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]
            assert any("<img" in copy or "<svg" in copy for copy in copies), cell.id
            assert any("<table" in copy for copy in copies), cell.id
            assert not any("<script" in copy for copy in copies), cell.id
            page = bs4.BeautifulSoup("".join(copies), "html.parser")
            assert "=>" not in "".join(text for text in page.strings if text.parent.name != "style"), "code is seen"


def test_numbers_in_prose_come_from_cells(path: Path, executed) -> None:
    """A number of two or more digits in a sentence is in the code, in what it shows, or in a citation."""
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


def test_the_template_leaves_genes_of_both_lists_out_when_asked(template: NotebookNode, tmp_path: Path) -> None:
    both = tmp_path / "down.txt"
    both.write_text(sample_path("down.txt").read_text(encoding="utf-8") + "PDK4\n", encoding="utf-8")
    edit_first_cell(template, f"down_path = {str(both)!r}")
    with pytest.raises(li.LincsInterpError, match="PDK4"):
        run_here(template)
    edit_first_cell(template, 'overlap = "drop"')
    edit_first_cell(template, f"report_folder = {str(tmp_path / 'report')!r}")
    assert run_here(template, report=True)[0] == set()


def test_the_trap_of_the_template_is_none_where_other_signatures_agree(template: NotebookNode, tmp_path: Path) -> None:
    assert "W4" in {warning.code for warning in run_here(template)[1]["of_best"]}
    whole = pd.read_csv(sample_path("ranks.tsv"), sep="\t", index_col=0)
    whole.filter(regex="^(?!.*mimicort)").to_csv(tmp_path / "without.tsv", sep="\t")
    edit_first_cell(template, f"matrix_path = {str(tmp_path / 'without.tsv')!r}")
    failed, names = run_here(template)
    assert failed == set()
    assert names["perturbagen"] == "mimetasone"
    assert names["agreeing"].any()
    assert "W4" not in {warning.code for warning in names["of_best"]}


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
    assert names["check"].result == "as assumed"
    assert names["ranks"].signatures.at[names["best"], "pert_name"] == best
    assert set(names["scores"]["p_status"]) == {"assumed" if background is None else "measured"}
    assert names["chosen_contributions"]["landmark"].notna().all()
