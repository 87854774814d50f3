"""What a reader of an explorer chose, and what follows from a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .._util.errors import LincsInterpError, instance_of, one_of, whole_number
from .._util.text import closest, kind, listed, shown
from ..scoring.contributions import signature_position
from ._study import Study

PANELS = ("overview", "signature", "perturbagen", "gene")
CALL_CHOICES = ("", "mimicker", "reverser", "discordant", "unresolved")

#: What the table of signatures can be sorted by, and the table of drivers; the first is the usual one.
TABLE_ORDERS = ("z_sum", "z_up", "z_down", "concordance", "fdr_cal", "name")
DRIVER_ORDERS = ("contribution", "percentile", "gene", "side", "base_rate")


@dataclass(frozen=True)
class ExplorerState:
    """What the reader chose; all that she sees follows from it and from the data.

    Attributes
    ----------
    panel : "overview", "signature", "perturbagen" or "gene"
        Which part of :func:`explore` is open.
    signature, perturbagen, gene : str
        What is looked at; names as the matrix spells them.
    without : tuple of str
        Genes left out in "what if".
    drivers_by : "contribution", "percentile", "gene", "side" or "base_rate"
        What the table of genes is sorted by.
    table_by : "z_sum", "z_up", "z_down", "concordance", "fdr_cal" or "name"
        What the table of signatures is sorted by.
    reverse : bool
        The table of signatures from its other end.
    search, cell, dose, call : str
        Which signatures the table holds; empty for all.
    page : int
        The page of the table, from 1 on.
    """

    panel: str = "overview"
    signature: str = ""
    perturbagen: str = ""
    gene: str = ""
    without: tuple[str, ...] = ()
    drivers_by: str = DRIVER_ORDERS[0]
    table_by: str = TABLE_ORDERS[0]
    reverse: bool = False
    search: str = ""
    cell: str = ""
    dose: str = ""
    call: str = ""
    page: int = 1

    def chosen(self) -> dict[str, Any]:
        """What differs from the beginning, ready to be given as ``state=``."""
        return {name: value for name, value in asdict(self).items() if value != getattr(_BEGINNING, name)}


_BEGINNING = ExplorerState()
_WORDS = {
    "panel": PANELS,
    "drivers_by": DRIVER_ORDERS,
    "table_by": TABLE_ORDERS,
    "call": CALL_CHOICES,
}


def as_state(state: ExplorerState | Mapping[str, Any] | None) -> ExplorerState:
    """Take a state or the mapping that stands for one.

    Raises
    ------
    LincsInterpError
        If it is something else, or names something that no state has.
    """
    if state is None:
        return _BEGINNING
    if isinstance(state, ExplorerState):
        return state
    if not isinstance(state, Mapping):
        raise LincsInterpError(f"state is {kind(state)}: pass what .state gave, or a dict such as {{'gene': 'TP53'}}.")
    names = [field.name for field in fields(ExplorerState)]
    if unknown := [name for name in state if name not in names]:
        raise LincsInterpError(
            f"state names {listed(unknown)}, which no explorer has: it can hold {listed(names, 20)}."
        )
    return ExplorerState(**dict(state))


def begin(study: Study, state: ExplorerState | Mapping[str, Any] | None, **given: str | None) -> ExplorerState:
    """Return the first state: what was asked for, completed so that there is something to see.

    Raises
    ------
    LincsInterpError
        If it names a gene, signature or perturbagen that the matrix does not hold, or a word that is no choice.
    """
    asked = as_state(state)
    told = {name: value for name, value in given.items() if value is not None}
    wanted = {**asked.chosen(), **told}
    best = study.order[0]
    first = ExplorerState(signature=best, perturbagen=study.perturbagen_of(best), gene=_first_gene(study))
    return check(study, follow(study, first, **wanted))


def follow(study: Study, state: ExplorerState, **changes: Any) -> ExplorerState:
    """Return the state after a choice, with all that follows from it.

    A signature brings its perturbagen along, a perturbagen its strongest signature; both forget the genes left out.
    Whatever narrows or sorts the table goes back to its first page.
    """
    if "signature" in changes and changes["signature"] != state.signature:
        changes = {"without": (), **changes}
        if changes["signature"] in study.columns and "perturbagen" not in changes:
            changes["perturbagen"] = study.perturbagen_of(changes["signature"])
    elif "perturbagen" in changes and changes["perturbagen"] != state.perturbagen:
        best = best_signature(study, changes["perturbagen"])
        if best:
            changes = {"without": (), "signature": best, **changes}
    if changes.keys() & {"table_by", "reverse", "search", "cell", "dose", "call"}:
        changes = {"page": 1, **changes}
    return replace(state, **changes)


def best_signature(study: Study, perturbagen: str) -> str:
    """The signature that speaks loudest for a perturbagen; empty if there is none."""
    if study.dossier is None or perturbagen not in study.dossier.perturbagens.index:
        return ""
    own = study.dossier.perturbagen_of
    scores = study.dossier.scores["z_sum"]
    mine = scores[scores.index.isin(own.index[(own == perturbagen).to_numpy()])].abs()
    return str(mine.idxmax()) if mine.notna().any() else str(mine.index[0])


def check(study: Study, state: ExplorerState) -> ExplorerState:
    """Return the state if the matrix holds all that it names; raise a sentence otherwise."""
    for name, words in _WORDS.items():
        one_of(f"state: {name}", getattr(state, name), words)
    for name in ("signature", "perturbagen", "gene", "search", "cell", "dose"):
        instance_of(f"state: {name}", getattr(state, name), str, "pass a text")
    whole_number("state: page", state.page)
    instance_of("state: reverse", state.reverse, bool, "pass True or False")
    signature_position(study.ranks, state.signature)
    if isinstance(state.without, str):
        raise LincsInterpError(f"state: without is the text {shown(state.without)!r}: pass a tuple of genes.")
    for gene in (state.gene, *state.without):
        if gene not in study.rows:
            close = closest(str(gene), study.ranks.genes)
            hint = f"did you mean {listed(close)}?" if close else f"it holds {listed(study.ranks.genes, 3)}."
            raise LincsInterpError(f"gene is {shown(gene)!r}, which the matrix does not hold: {hint}")
    if state.perturbagen and state.perturbagen not in study.perturbagens:
        close = closest(state.perturbagen, study.perturbagens)
        hint = f"did you mean {listed(close)}?" if close else f"it holds {listed(study.perturbagens, 3)}."
        raise LincsInterpError(f"perturbagen is {shown(state.perturbagen)!r}, which the matrix does not hold: {hint}")
    own = study.perturbagen_of(state.signature)
    if state.perturbagen != own and study.dossier is not None:
        raise LincsInterpError(
            f"perturbagen is {shown(state.perturbagen)!r}, but the signature {shown(state.signature)!r} belongs to"
            f" {shown(own)!r}: give one of the two."
        )
    return replace(state, without=tuple(dict.fromkeys(state.without)))


def _first_gene(study: Study) -> str:
    """The gene to begin with: the one that carries the first signature, else the most down one."""
    first = study.order[0]
    if study.dossier is not None:
        drivers = study.dossier.contributions(first)
        if len(drivers):
            return str(drivers["gene"].iloc[0])
    ranks = study.ranks.frame[first]
    return str(ranks.idxmin() if ranks.notna().any() else study.ranks.genes[0])
