"""explore: overview, signature, perturbagen and gene as linked widgets that show one state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._util.errors import needs_package
from ..core.ranks import RankMatrix
from ..readings.interpretation import Interpretation
from ._state import ExplorerState, begin, prepare

if TYPE_CHECKING:
    from .explorer import Explorer


def explore(
    x: Interpretation | RankMatrix,
    *,
    background: RankMatrix | None = None,
    panel: str | None = None,
    signature: str | None = None,
    gene: str | None = None,
    perturbagen: str | None = None,
    state: ExplorerState | Mapping[str, Any] | None = None,
) -> Explorer:
    """Explore signatures, perturbagens and genes with linked widgets, in a notebook.

    Parameters
    ----------
    x : Interpretation or RankMatrix
        From :func:`interpret`. With a matrix alone nothing is scored: signatures can be searched, and each gene looked
        at in all of them.
    background : RankMatrix, optional
        Only with a matrix alone: unselected signatures, for the baseline of each gene. An interpretation has its own.
    panel : "overview", "signature", "perturbagen" or "gene", optional
        Which part is open first; by default the overview. A matrix alone has overview and gene.
    signature, perturbagen, gene : str, optional
        What to look at first, spelt as :class:`Interpretation` takes them (``gene="IL8"``); with a perturbagen alone
        its strongest signature. By default the best mimicker, and the gene that contributes most to it.
    state : ExplorerState or mapping, optional
        What an earlier explorer had in ``.state``, or some of its fields: ``{"cell": "MCF7", "page": 2}``. The other
        arguments count more.

    Returns
    -------
    Explorer
        Displayed by the last line of a cell. ``.state`` is what is chosen now, ``.link_code()`` gives the two lines
        that bring it back, ``.widget`` is the widget itself.

    Raises
    ------
    LincsInterpError
        If the matrix has no such signature, perturbagen or gene, the perturbagen is not that of the signature, a panel
        needs a query, a background comes beside an interpretation, or ipywidgets is not installed.

    Notes
    -----
    There is one state behind all parts: whatever chooses a signature (a row of the table, a mark of the scatter, a
    tile, the field *Signature*) moves the others. Tab, Enter and space are enough to use it all. Names that fit are
    offered while you type, aliases too. Opened without a kernel, the notebook shows a still copy.

    overview
        Every signature by its two lists, and a table to search, sort and filter.
    signature
        Call, evidence and warnings, the running sums of the contributions, and the table of genes. Genes are left out
        by name or with a button (those that contribute most, or are extreme in more than 10 % of unselected
        signatures); all signatures are then scored again as :func:`score_concordance` does, until you go to another.
    perturbagen
        Call and grade with their reasons; a tile for each signature (doses across, cell lines and times down; purple =
        reverses, orange = mimics); the scores against the dose; agreement by cell line.
    gene
        Its rank in the chosen signature in words, its percentile in every signature, and its baseline.

    Examples
    --------
    >>> from lincs_interp import interpret, load_sample
    >>> sample = load_sample()
    >>> interpretation = interpret(sample.ranks, sample.query, background=sample.background)
    >>> explorer = explore(interpretation, panel="perturbagen", perturbagen="fortunib")
    >>> explorer.state.signature
    'SIM002_MCF7_24H_G05_fortunib_3.33uM'
    """
    needs_package("li.explore", "ipywidgets", "notebooks")
    from .explorer import Explorer

    source = prepare(x, background)
    first = begin(source, state, panel=panel, signature=signature, gene=gene, perturbagen=perturbagen)
    return Explorer(source, first)
