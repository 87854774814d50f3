"""The analysis of the report as a notebook that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ._check import LincsInterpError, shown

if TYPE_CHECKING:
    from nbformat import NotebookNode

INTRODUCTION = """\
# {title}

This notebook makes the numbers of `report.html` again, step by step, so that you can change a step and see what
happens. Ranks are counted from 1 = pushed down hardest to N = pushed up hardest. A rank is an order, not a size, and
every hit is a hypothesis."""

# (text above the cell, code)
STEPS = (
    ("## The data\nWhat was read, and what was assumed about it.", "{loading}\nranks"),
    (
        "## What became of your genes\nEvery entry of your lists that was not found exactly as written.",
        'matches = li.match_genes(ranks, query)\nmatches[matches["how"] != "exact"]',
    ),
    (
        "## Which signatures mimic or reverse your genes\nPositive `z_sum` = mimicker, negative = reverser. The"
        " p-values are nominal and far too small on real data.",
        "scores = li.score_concordance(ranks, query{options})\nscores",
    ),
    ("Do both halves of the query agree? Only the upper right and lower left corners do.", "li.plot_scores(scores);"),
    ("The strongest at both ends, with the share of each half.", "li.plot_top(scores, top={top});"),
    (
        "## Which genes carry the strongest verdict\nContributions add up to `z_sum`.",
        "signature = scores.index[0]\n"
        "drivers = li.explain_concordance(ranks, query, signature{options})\n"
        'assert abs(drivers["contribution"].sum() - scores.loc[signature, "z_sum"]) < 1e-9\n'
        "drivers.head(15)",
    ),
    ("", "li.plot_evidence(drivers);"),
    (
        "One integer of the matrix in words:",
        "gene = drivers.loc[0, 'gene']\n"
        "li.explain_rank(int(drivers.loc[0, 'rank']), n_genes=ranks.n_genes, gene=gene, signature=signature)",
    ),
    (
        "## The same numbers as in the report\nThe report was written with these scores; this cell fails if a change"
        " above moved them.",
        'written = pd.read_csv("scores.tsv", sep="\\t", index_col="signature")\n'
        'assert np.allclose(written["z_sum"], scores.loc[written.index, "z_sum"], equal_nan=True)',
    ),
)


def analysis_notebook(title: str, loading: str, *, top: int, overlap: str) -> NotebookNode:
    """Return the notebook; `loading` is code that leaves `ranks` and `query` behind."""
    from nbformat import v4

    options = "" if overlap == "error" else f", overlap={overlap!r}"
    blanks = {"loading": loading, "options": options, "top": top}
    cells = [v4.new_markdown_cell(INTRODUCTION.format(title=shown(title, 100)), id="introduction")]
    cells.append(v4.new_code_cell("import numpy as np\nimport pandas as pd\n\nimport lincs_interp as li", id="imports"))
    for number, (text, code) in enumerate(STEPS, 1):
        if text:
            cells.append(v4.new_markdown_cell(text, id=f"text-{number}"))
        for name, value in blanks.items():  # not str.format: the code has braces of its own
            code = code.replace(f"{{{name}}}", str(value))
        cells.append(v4.new_code_cell(code, id=f"code-{number}"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def run_notebook(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Execute the notebook in `folder`."""
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError:
        raise LincsInterpError(
            'execute needs Jupyter, which is not installed: run pip install "lincs-interp[notebooks]" or leave it out.'
        ) from None
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    try:
        return client.execute()
    except CellExecutionError as error:
        raise LincsInterpError(f"execute failed in the notebook of the report: {shown(error.evalue, 200)}") from None
