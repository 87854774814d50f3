"""What a reader of an explorer chose, and what follows from a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .._util.errors import LincsInterpError, argument, instance_of, one_of, whole_number, wrong
from .._util.text import closest, kind, listed, shown
from ..core.calls import CALLS
from ..scoring.contributions import signature_position
from ._source import Source

PANELS = ("overview", "signature", "perturbagen", "gene")
CALL_CHOICES = ("", *CALLS)

#: What the table of signatures can be sorted by, and the table of genes; the first is the usual one.
TABLE_ORDERS = ("z_sum", "z_up", "z_down", "concordance", "fdr_cal", "name")
GENE_ORDERS = ("contribution", "percentile", "gene", "side", "base_rate")


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
    genes_by : "contribution", "percentile", "gene", "side" or "base_rate"
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
    genes_by: str = GENE_ORDERS[0]
    table_by: str = TABLE_ORDERS[0]
    reverse: bool = False
    search: str = ""
    cell: str = ""
    dose: str = ""
    call: str = ""
    page: int = 1

    def chosen(self) -> dict[str, Any]:
        """Return what differs from the beginning, ready to be given as ``state=``."""
        return {name: value for name, value in asdict(self).items() if value != getattr(_BEGINNING, name)}


_BEGINNING = ExplorerState()
_WORDS = {"panel": PANELS, "genes_by": GENE_ORDERS, "table_by": TABLE_ORDERS, "call": CALL_CHOICES}


def as_state(state: ExplorerState | Mapping[str, Any] | None) -> ExplorerState:
    """Take a state, or a mapping of some of its fields.

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
        raise wrong("state", state, f"is {kind(state)}", "pass what .state gave, or a dict such as {'gene': 'TP53'}")
    names = [field.name for field in fields(ExplorerState)]
    if unknown := [name for name in state if name not in names]:
        problem = f"names {listed(unknown)}, which no explorer has"
        raise wrong("state", unknown, problem, f"it can hold {listed(names, 20)}")
    return ExplorerState(**dict(state))


def begin(source: Source, state: ExplorerState | Mapping[str, Any] | None, **chosen: str | None) -> ExplorerState:
    """Return the first state: what was asked for, completed so that there is something to see.

    Raises
    ------
    LincsInterpError
        If it names a gene, signature or perturbagen that the matrix does not have, or a word that is no choice.
    """
    wanted = as_state(state).chosen() | {name: value for name, value in chosen.items() if value is not None}
    best = source.order[0]
    first = ExplorerState(signature=best, perturbagen=source.perturbagen_of(best), gene=_first_gene(source))
    return check(source, follow(source, first, **wanted))


def follow(source: Source, state: ExplorerState, **changes: Any) -> ExplorerState:
    """Return the state after a choice, with all that follows from it.

    A signature brings its perturbagen along, a perturbagen its strongest signature; both put the genes left out back.
    Whatever narrows or sorts the table goes back to its first page.
    """
    if "signature" in changes and changes["signature"] != state.signature:
        changes = {"without": (), **changes}
        if "perturbagen" not in changes and isinstance(changes["signature"], str):
            changes["perturbagen"] = source.perturbagen_of(changes["signature"])
    elif "perturbagen" in changes and changes["perturbagen"] != state.perturbagen:
        best = best_signature(source, changes["perturbagen"])
        if best:
            changes = {"without": (), "signature": best, **changes}
    if changes.keys() & {"table_by", "reverse", "search", "cell", "dose", "call"}:
        changes = {"page": 1, **changes}
    return replace(state, **changes)


def best_signature(source: Source, perturbagen: str) -> str:
    """Return the signature of a perturbagen whose score is furthest from 0; empty if there is none."""
    if perturbagen not in source.perturbagens:
        return ""
    scores = source.known.scores["z_sum"]
    own = scores[scores.index.isin(source.known.members(perturbagen))].abs()
    return str(own.idxmax()) if own.notna().any() else str(own.index[0])


def check(source: Source, state: ExplorerState) -> ExplorerState:
    """Return the state if the matrix has all that it names; raise a sentence otherwise."""
    for name, words in _WORDS.items():
        one_of(name, getattr(state, name), words)
    for name in ("signature", "perturbagen", "gene", "search", "cell", "dose"):
        instance_of(name, getattr(state, name), str, "pass a text")
    whole_number("page", state.page)
    instance_of("reverse", state.reverse, bool, "pass True or False")
    if source.interpretation is None and state.panel in ("signature", "perturbagen"):
        remedy = "pass interpret(ranks, query) instead of the matrix, or open the panel overview or gene"
        raise wrong("panel", state.panel, f'is "{state.panel}", which needs a query', remedy)
    signature_position(source.ranks, state.signature)
    if isinstance(state.without, str):
        raise wrong("without", state.without, f"is the text {shown(state.without)!r}", "pass a tuple of genes")
    for name, gene in (("gene", state.gene), *(("without", gene) for gene in state.without)):
        _there(name, gene, gene in source.ranks.genes, lambda: source.ranks.genes)
    if state.perturbagen:
        _there("perturbagen", state.perturbagen, state.perturbagen in source.perturbagens, lambda: source.perturbagens)
    own = source.perturbagen_of(state.signature)
    if state.perturbagen != own and source.interpretation is not None:
        raise LincsInterpError(
            f"{argument('perturbagen')} is {shown(state.perturbagen)!r}, but the signature {shown(state.signature)!r}"
            f" belongs to {shown(own)!r}",
            argument="perturbagen",
            value=state.perturbagen,
            remedy="give one of the two",
        )
    return replace(state, without=tuple(dict.fromkeys(state.without)))


def _there(name: str, value: object, there: bool, names: Callable[[], Iterable[str]]) -> None:
    """Raise unless the matrix has a gene or perturbagen of this name."""
    if there:
        return
    close = closest(str(value), names())
    remedy = f"perhaps you mean {listed(close)}" if close else f"it has {listed(names(), 3)}"
    raise wrong(name, value, f"is {shown(value)!r}, which the matrix does not have", remedy)


def _first_gene(source: Source) -> str:
    """The gene to begin with: the one that contributes most to the first signature, else the most down one."""
    first = source.order[0]
    if source.interpretation is not None:
        genes = source.interpretation.contributions(first)["gene"]
        if len(genes):
            return str(genes.iloc[0])
    ranks = source.ranks.frame[first]
    return str(ranks.idxmin() if ranks.notna().any() else source.ranks.genes[0])


class Selection:
    """The one state behind linked parts, and who has to know when it changes."""

    def __init__(self, source: Source, state: ExplorerState) -> None:
        self.source, self.state = source, state
        #: Called after each change; True if further clicks may come at once.
        self.changed: Callable[[bool], None] = lambda clicked: None

    def choose(self, clicked: bool = False, **changes: Any) -> None:
        """Change the state and all that follows; `clicked` if further clicks may come at once."""
        changes = {name: value for name, value in changes.items() if value != getattr(self.state, name)}
        if changes:
            self.state = follow(self.source, self.state, **changes)
            self.changed(clicked)

    def step(self, kind: str, names: list[str], by: int) -> None:
        """Go to the previous or next of `names`; from the last to the first."""
        if names:
            now = getattr(self.state, kind)
            position = names.index(now) + by if now in names else 0
            self.choose(True, **{kind: names[position % len(names)]})
