"""A matrix whose names want to be anything but text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

NAMES = (
    '<img src=x onerror="window.__hit=1">',
    "x\"'><script>window.__hit=1</script>",
    "</textarea></style></option><svg onload=window.__hit=1>",
    "javascript:window.__hit=1",
    'O\'Neil & "sons" &lt;b&gt;',
    "🧬🐁 géne",
    "\u202eשלום עולם",  # right-to-left, and marked to turn the rest of the line round
    r"$\alpha$ {{7*7}} `%s`",
    "x" * 10_000,
)

# Whatever of the names had become more than text.
ALIVE = """() => ({
    hit: window.__hit ?? null,
    elements: [...document.querySelectorAll("img[src=x], svg[onload], [onerror], script:not([type*=json])")]
        .map(one => one.outerHTML).filter(html => html.includes("__hit")),
    formulas: document.querySelectorAll(".lincs-interp mjx-container, .lincs-explorer mjx-container").length,
})"""

TEXT_ONLY = {"hit": None, "elements": [], "formulas": 0}


def signatures_of(names: Sequence[str], cell: str = "A549") -> list[str]:
    """Ids of one signature for each perturbagen of these names."""
    return [f"SIM001_{cell}_24H_A{well:02d}_{name}_10uM" for well, name in enumerate(names, 1)]


def beginning(name: str) -> str:
    """What is surely to be seen of a name: its first letters, on one line, without signs that nobody sees."""
    seen = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in name)
    return " ".join(seen.split())[:25]


def write_hostile_matrix(path: Path) -> Path:
    """Write ranks of 200 genes in 22 signatures; the names are among genes, ids and the perturbagens in the ids."""
    genes = [*NAMES, *(f"G{number:03d}" for number in range(200 - len(NAMES)))]
    plain = [f"plain{number}" for number in range(4)]
    signatures = [*signatures_of(NAMES), *signatures_of(NAMES, "MCF7"), *signatures_of(plain)]
    ranks = np.random.default_rng(4).random((len(genes), len(signatures))).argsort(axis=0).argsort(axis=0) + 1
    frame = pd.DataFrame(ranks, index=pd.Index(genes, name="symbol"), columns=signatures)
    frame.to_csv(path, sep="\t")
    return path


#: The cell that reads it: a query of hostile genes with a hostile name.
BEGIN = """import lincs_interp as li
ranks = li.read_ranks("hostile.tsv")
genes = list(ranks.genes)
query = li.GeneQuery(genes[0], up=[*genes[:5], *genes[20:40]], down=[*genes[5:9], *genes[60:80]])"""

#: What shows the names in ways of its own.
DISPLAYS = (
    "ranks",
    "query",
    "li.show(li.match_genes(ranks, query))",
    "li.show(li.score_concordance(ranks, query))",
    "li.interpret(ranks, query).signature(ranks.frame.columns[0])",
)
