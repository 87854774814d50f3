"""The analysis of the report as a notebook that runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from .._util.errors import LincsInterpError
from .._util.text import shown

if TYPE_CHECKING:
    from nbformat import NotebookNode

INTRODUCTION = """\
# {title}

This notebook makes the numbers of `report.html` again, step by step, so that you can change a step and see what
happens. Ranks are counted from 1 = pushed down hardest to N = pushed up hardest. A rank is an order, not a size, and
every hit is a hypothesis."""

NOTHING_SCORED = """\
No signature has a score that differs from zero, so there is nothing to draw and no verdict to take apart. A list that
holds every gene of the matrix has no score: nothing is left to compare it with."""

DATA = (
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
)
PICTURES = (
    ("Do both halves of the query agree? Only the upper right and lower left corners do.", "li.plot_scores(scores);"),
    ("The strongest at both ends, with the share of each half.", "li.plot_top(scores, top={top});"),
)
PICTURES_OF_ONE_SIDE = (
    ("Every signature in the order of its score.", "li.plot_scores(scores);"),
    ("The strongest at both ends.", "li.plot_top(scores, top={top});"),
)
CALIBRATION = (
    "## How far can it be believed\n{about_p} Positive `z_cal` = mimicker; `fdr_cal` is the share of false calls to"
    " expect among those at least as strong.",
    "scores = li.calibrate(scores, query{calibration})\n"
    'scores[["z_sum", "call", "p_sum", "z_cal", "p_cal", "fdr_cal", "p_status", "how"]]',
)
MEASURED = "How far unrelated signatures score by themselves is measured on the background."
ASSUMED = "Without a background the correlation of genes is assumed: p is not calibrated and as a rule too small."
NULL = (
    "What unrelated signatures do to this query. On the diagonal the p-value would be right.",
    "null = li.check_null(background, query)\nli.plot_null(null.qq)\nnull",
)
GRADES = (
    "## All signatures of a perturbagen together\nOne signature is one experiment; the grade says how far they bear"
    " each other out.",
    "perturbagens = li.summarise_perturbagens(scores, ranks)\n"
    'perturbagens[["grade", "call", "n_agreeing", "n_scored", "median_score", "reasons"]]',
)
DRIVERS = (
    (
        "## Which genes carry the strongest verdict\nContributions add up to `z_sum`.",
        'signature = scores["z_sum"].abs().idxmax()\n'
        "drivers = li.explain_concordance(ranks, query, signature{options})\n"
        'assert abs(drivers["contribution"].sum() - scores.loc[signature, "z_sum"]) < 1e-9\n'
        "drivers.head(15)",
    ),
    ("", "li.plot_evidence(drivers);"),
    (
        "One integer of the matrix in words:",
        "leading = drivers.iloc[0]\n"
        "n_genes = int(ranks.n_ranked[signature])\n"
        'li.explain_rank(int(leading["rank"]), n_genes=n_genes, gene=leading["gene"], signature=signature)',
    ),
)
# By position, not by name: both are in the order of z_sum, and spreadsheets need some names marked in the file.
CHECK = (
    (
        "## The same numbers as in the report\nThe report was written with these scores; this cell fails if a change"
        " above moved them.",
        "written = pd.read_csv(\n"
        '    "scores.tsv", sep="\\t", index_col="signature", usecols=["signature", "z_sum"],\n'
        '    dtype={"signature": str}, keep_default_na=False, na_values={"z_sum": [""]},\n'
        ")\n"
        "assert len(written) == len(scores)\n"
        'assert np.allclose(written["z_sum"], scores["z_sum"], equal_nan=True)',
    ),
)


def analysis_notebook(
    title: str,
    loading: str,
    *,
    top: int,
    overlap: str,
    background: bool = False,
    library_size: int | None = None,
    graded: bool = True,
    one_sided: bool = False,
    scored: bool = True,
) -> NotebookNode:
    """Return the notebook; `loading` is code that leaves `ranks`, `query` and, if there is one, `background` behind."""
    from nbformat import v4

    options = "" if overlap == "error" else f", overlap={overlap!r}"
    calibration = (", background=background" if background else "") + (
        f", library_size={library_size}" if library_size is not None else ""
    )
    blanks = {"loading": loading, "options": options, "top": str(top), "calibration": calibration}
    blanks["about_p"] = MEASURED if background else ASSUMED
    pictures = PICTURES_OF_ONE_SIDE if one_sided else PICTURES
    belief = (CALIBRATION, *((NULL,) if background else ()), *((GRADES,) if graded else ()))
    steps = (*DATA, *((*pictures, *belief, *DRIVERS) if scored else ((NOTHING_SCORED, ""),)), *CHECK)
    cells = [v4.new_markdown_cell(INTRODUCTION.format(title=escape(shown(title, 100))), id="introduction")]
    cells.append(v4.new_code_cell("import numpy as np\nimport pandas as pd\n\nimport lincs_interp as li", id="imports"))
    for number, (text, code) in enumerate(steps, 1):
        if text:
            cells.append(v4.new_markdown_cell(_filled(text, blanks), id=f"text-{number}"))
        if code:
            cells.append(v4.new_code_cell(_filled(code, blanks), id=f"code-{number}"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _filled(code: str, blanks: Mapping[str, str]) -> str:
    """Fill in the blanks in one pass: what is filled in may itself hold braces."""
    return re.sub(r"\{(loading|options|top|calibration|about_p)\}", lambda blank: blanks[blank[1]], code)


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
    except (OSError, RuntimeError) as error:  # no kernel, one that died, one that took too long
        raise LincsInterpError(f"execute could not run the notebook ({shown(error, 200)}): leave it out.") from None
