"""explore: overview, signature, perturbagen and gene, linked."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import pandas as pd

from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ._explorer import Explorer, Part, arguments, prepared
from ._state import ExplorerState
from ._study import Study
from .gene import GenePart
from .overview import OverviewPart
from .perturbagen import PerturbagenPart
from .signature import SignaturePart


def explore(
    ranks: RankMatrix,
    query: GeneQuery | None = None,
    *,
    background: RankMatrix | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
    state: ExplorerState | Mapping[str, Any] | None = None,
) -> Explorer:
    """Look at a matrix and a query from all sides, in a notebook.

    Parameters
    ----------
    ranks : RankMatrix
        Genes x signatures.
    query : GeneQuery, optional
        Without it nothing is scored: signatures can be searched, and each gene looked at in all of them.
    background : RankMatrix, optional
        Unselected signatures, at least 50: for calibrated p, grades that rest on it, and the habits of the genes.
    library_size, gene_metadata, tissue, overlap, rescue
        As in :func:`read_signature`.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``, or some of its fields: ``{"signature": "...", "panel": "gene"}``.

    Returns
    -------
    Explorer
        Shown by the last line of a cell. ``.state`` is what is chosen now, ``.link_code()`` gives the two lines that
        bring it back, ``.widget`` is the widget itself.

    Raises
    ------
    LincsInterpError
        If the matrix does not hold what ``state`` names, or as :func:`read_signature`.

    Notes
    -----
    There is one state behind all parts: whatever chooses a signature (a row of the table, a mark of the scatter, a
    tile of the heat map, the field *Signature*) moves the others. Everything can be done with the keyboard: Tab goes
    on, Enter or space presses, letters search. Opened without a kernel, the notebook shows a still copy.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> explorer = explore(sample.ranks, sample.query, background=sample.background, state={"panel": "signature"})
    >>> explorer.state.signature == explorer.study.order[0]
    True
    """
    given = arguments(
        query,
        background=background,
        library_size=library_size,
        gene_metadata=gene_metadata,
        tissue=tissue,
        overlap=overlap,
        rescue=rescue,
    )
    study, first = prepared(ranks, query, given, state)
    return linked(study, first, given)


def linked(study: Study, state: ExplorerState, given: Mapping[str, Any]) -> Explorer:
    """Return all parts that the study has something for."""
    parts: dict[str, type[Part]] = {"overview": OverviewPart}
    pickers: tuple[str, ...] = ("signature", "gene")
    if study.dossier is not None:
        parts["signature"] = SignaturePart
    if study.perturbagens:
        parts["perturbagen"] = PerturbagenPart
        pickers = ("signature", "perturbagen", "gene")
    parts["gene"] = GenePart
    return Explorer(study, state, parts, pickers, given)
