"""The analysis of the report as a notebook that runs; its cells are in templates/notebook.txt."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .._util.errors import needs_package, wrong
from .._util.text import shown
from ..readings.interpretation import Interpretation

CELLS = Path(__file__).parent / "templates" / "notebook.txt"
# A cell of the template: ">> kind name if word and word", then its source up to the next.
_CELL = re.compile(r"^>> (markdown|code) ([\w-]+)(?: if ([^\n]*))?\n(.*?)\n(?=>> |\Z)", re.MULTILINE | re.DOTALL)
_BLANK = re.compile(r"\{(title|loading|options|top|calibration)\}")


def analysis_notebook(interpretation: Interpretation, loading: str, *, top: int) -> str:
    """Return the notebook as JSON; `loading` is code that leaves `ranks`, `query` and any `background` behind."""
    i = interpretation
    calibration = "" if i.background is None else ", background=background"
    if i.library_size is not None:
        calibration += f", library_size={i.library_size}"
    blanks = {
        # Signs as HTML entities: a name in Markdown would ask for pictures and be links.
        "title": re.sub(r"[^\w ,.()-]|_", lambda sign: f"&#{ord(sign[0])};", shown(i.query.name, 100)),
        "loading": loading,
        "options": ("" if i.overlap == "error" else f", overlap={i.overlap!r}")
        + ("" if i.rescue else ", rescue=False"),
        "top": str(top),
        "calibration": calibration,
    }
    case = {
        "scored" if i._any_score else "not scored",
        "one-sided" if i.query.one_sided else "two-sided",
        "no-background" if i.background is None else "background",
    }
    if len(i.perturbagens):
        case.add("graded")
    return notebook_json(CELLS.read_text(encoding="utf-8"), blanks, case)


def notebook_json(template: str, blanks: Mapping[str, str], case: Collection[str]) -> str:
    """Return those cells of a template whose words are all in `case`, with the blanks filled in, as nbformat 4.5."""
    cells = []
    for kind, name, words, source in _CELL.findall(template):
        if words and not set(words.split(" and ")) <= set(case):
            continue
        # In one pass: what is filled in may itself hold braces.
        text = _BLANK.sub(lambda blank: blanks[blank[1]], source)
        cell: dict[str, Any] = {"cell_type": kind, "id": f"{kind}-{name}", "metadata": {}}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        cells.append(cell | {"source": text.splitlines(keepends=True)})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def run_notebook(text: str, folder: Path) -> str:
    """Return the notebook with its results, executed in `folder`."""
    client_of, nbformat = (needs_package("execute", name, "notebooks") for name in ("nbclient", "nbformat"))
    notebook = nbformat.reads(text, as_version=4)
    options = {"timeout": 600, "kernel_name": "python3", "resources": {"metadata": {"path": str(folder)}}}
    try:
        return str(nbformat.writes(client_of.NotebookClient(notebook, **options).execute())) + "\n"
    except client_of.exceptions.CellExecutionError as error:
        problem = f"failed in the notebook of the report: {shown(error.evalue, 200)}"
    except (OSError, RuntimeError) as error:  # no kernel, one that died, one that took too long
        problem = f"could not run the notebook ({shown(error, 200)})"
    raise wrong("execute", True, problem, "leave it out")
