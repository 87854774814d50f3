"""What an explorer shows, its source, and what its reader chose, its state; what follows from a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, instance_of, one_of, whole_number, wrong
from .._util.text import kind, listed, shown
from ..core.baseline import gene_baseline
from ..core.calls import CALLS
from ..core.ranks import RankMatrix
from ..core.signature_ids import signature_label
from ..genes.matching import find_gene
from ..readings.interpretation import Interpretation
from ..scoring.contributions import signature_position

#: From so many cells of a matrix on, the reader is shown how far the preparation is.
WORTH_A_BAR = 20_000_000


@dataclass(frozen=True, eq=False)
class Source:
    """A matrix, its interpretation if there is a query, and a background (that of the interpretation, if any)."""

    ranks: RankMatrix
    interpretation: Interpretation | None
    background: RankMatrix | None

    @property
    def known(self) -> Interpretation:
        """Return the interpretation, where there is one."""
        assert self.interpretation is not None
        return self.interpretation

    @cached_property
    def baseline(self) -> pd.DataFrame | None:
        """Return how often each gene is extreme in unselected signatures; None without a background that allows it."""
        if self.interpretation is not None:
            return self.interpretation.baseline
        if self.background is not None:
            with suppress(LincsInterpError):  # too few signatures
                return gene_baseline(self.background)
        return None

    @property
    def cautions(self) -> list[str]:
        """Return what comes first on every page, in sentences."""
        if self.interpretation is not None:
            return [warning.sentence for warning in self.interpretation._at_top]
        return [self.ranks.about_ties] if self.ranks.about_ties else []

    @cached_property
    def ids(self) -> list[str]:
        """Return all signatures in the order of the matrix."""
        return list(self.ranks.frame.columns)

    @cached_property
    def order(self) -> list[str]:
        """Return all signatures as previous and next go through them: best mimicker first, else as in the matrix."""
        return self.ids if self.interpretation is None else list(self.interpretation.scores.index)

    @cached_property
    def columns(self) -> np.ndarray:
        """Return the columns of the matrix that these signatures are."""
        return self.ranks.frame.columns.get_indexer(pd.Index(self.order))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Return what each signature is called: "vorinostat 10 uM, MCF7, 24 h"."""
        if self.interpretation is not None:
            return dict(self.interpretation._labels)
        facts = self.ranks.signatures.to_dict("records")
        return {one: signature_label(one, row) for one, row in zip(self.ids, facts, strict=True)}  # type: ignore[arg-type]

    @cached_property
    def calls(self) -> pd.Series | None:
        """Return the call of each signature in the order of the matrix; None without a query."""
        return None if self.interpretation is None else self.interpretation.scores["call"].reindex(self.ids)

    @cached_property
    def perturbagens(self) -> list[str]:
        """Return the perturbagens that can be chosen: the best grade first."""
        return [] if self.interpretation is None else list(self.interpretation.perturbagens.index)

    def perturbagen_named(self, text: str) -> str:
        """Return the row of the perturbagen table that a name means: see :meth:`Interpretation.perturbagen`."""
        if self.interpretation is None:
            raise _without_query("perturbagen", text)
        return self.interpretation._perturbagen_named(text)

    def perturbagen_of(self, signature: str) -> str:
        """Return the row of the perturbagen table a signature belongs to; "" where it is not known."""
        if self.interpretation is None or signature not in self.interpretation._perturbagen_of.index:
            return ""
        return str(self.interpretation._perturbagen_of[signature])

    def column(self, signature: str) -> int:
        """Return the column of a signature in the matrix."""
        return int(self.ranks.frame.columns.get_loc(signature))  # type: ignore[arg-type]


def _without_query(name: str, value: str) -> LincsInterpError:
    remedy = "pass interpret(ranks, query) instead of the matrix, which alone has the panels overview and gene"
    return wrong(name, value, f'is "{shown(value)}", which needs a query', remedy)


def prepare(x: Interpretation | RankMatrix, background: RankMatrix | None = None) -> Source:
    """Compute what all parts of an explorer share; a bar shows how far it is where that takes long."""
    from tqdm.auto import tqdm

    if isinstance(x, RankMatrix):
        if background is not None:
            instance_of("background", background, RankMatrix, "read it with read_ranks(path)")
        source = Source(x, None, background)
    elif not isinstance(x, Interpretation):
        remedy = "pass interpret(ranks, query), or a RankMatrix alone"
        raise wrong("x", x, f"is {kind(x)}, not an Interpretation", remedy)
    elif background is not None:
        remedy = "pass interpret(ranks, query, background=…), which measures p_cal on it too"
        raise wrong("background", background, "is only for a RankMatrix: an Interpretation has its own", remedy)
    else:
        source = Source(x.ranks, x, x.background)
    steps = {
        "baseline of the genes": lambda: source.baseline,  # here, not at the first click
        "scores, calibration and perturbagens": lambda: source.perturbagens,
        "names": lambda: (source.labels, source.columns),
    }
    with closing(tqdm(total=3, unit="step", leave=False, disable=source.ranks.values.size < WORTH_A_BAR)) as bar:
        for words, make in steps.items():
            bar.set_description(words)
            bar.update()
            make()
    return source


PANELS = ("overview", "signature", "perturbagen", "gene")
CALL_CHOICES = ("", *CALLS)

#: Columns of the metadata in tables of signatures.
FACTS = ["pert_name", "pert_dose", "cell_line", "pert_time"]

#: What the table of signatures can be sorted by, and the table of genes; the first is the usual one.
TABLE_ORDERS = ("z_sum", "z_up", "z_down", "concordance", "fdr_cal", "name")
GENE_ORDERS = ("contribution", "percentile", "gene", "side", "baseline")


@dataclass(frozen=True)
class ExplorerState:
    """What the reader chose; all that she sees follows from it and from the data."""

    panel: str = PANELS[0]
    signature: str = ""  # names as the matrix spells them
    perturbagen: str = ""
    gene: str = ""
    without: tuple[str, ...] = ()  # genes that are left out
    genes_by: str = GENE_ORDERS[0]  # order of the table of genes
    table_by: str = TABLE_ORDERS[0]  # order of the table of signatures
    reverse: bool = False  # that table from its other end
    search: str = ""  # which signatures it holds; empty for all, as the next three
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
    """Take a state, or a mapping of some of its fields; raise if it is something else."""
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
    """Return the first state: what was asked for, completed so that there is something to see, and checked."""
    wanted = as_state(state).chosen() | {name: value for name, value in chosen.items() if value is not None}
    best = source.order[0]
    first = ExplorerState(signature=best, perturbagen=source.perturbagen_of(best), gene=_first_gene(source))
    return check(source, follow(source, first, **wanted))


def follow(source: Source, state: ExplorerState, **changes: Any) -> ExplorerState:
    """Return the state after a choice, with all that follows from it."""
    # A signature brings its perturbagen along, a perturbagen its strongest signature; both put the genes left out back.
    # Whatever narrows or sorts the table goes back to its first page.
    if "signature" in changes and changes["signature"] != state.signature:
        changes = {"without": (), **changes}
        if "perturbagen" not in changes and isinstance(changes["signature"], str):
            changes["perturbagen"] = source.perturbagen_of(changes["signature"])
    elif changes.get("perturbagen") and changes["perturbagen"] != state.perturbagen:
        changes["perturbagen"] = source.perturbagen_named(changes["perturbagen"])
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
    own = scores[scores.index.isin(source.known._groups[perturbagen])].abs()
    return str(own.idxmax()) if own.notna().any() else str(own.index[0])


def check(source: Source, state: ExplorerState) -> ExplorerState:
    """Return the state with names as the matrix spells them; raise a sentence where it has no such name."""
    for name, words in _WORDS.items():
        one_of(name, getattr(state, name), words)
    for name in ("signature", "perturbagen", "gene", "search", "cell", "dose"):
        instance_of(name, getattr(state, name), str, "pass a text")
    whole_number("page", state.page)
    instance_of("reverse", state.reverse, bool, "pass True or False")
    if source.interpretation is None and state.panel in ("signature", "perturbagen"):
        raise _without_query("panel", state.panel)
    if source.interpretation is None:
        signature_position(source.ranks, state.signature)
    else:
        source.interpretation._place(state.signature)
    if not isinstance(state.without, tuple | list):
        raise wrong("without", state.without, f"is {kind(state.without)}", "pass a tuple of genes")
    without = dict.fromkeys(find_gene(source.ranks, gene, "without")[0] for gene in state.without)
    gene, _ = find_gene(source.ranks, state.gene, "gene")
    perturbagen = source.perturbagen_named(state.perturbagen) if state.perturbagen else ""
    own = source.perturbagen_of(state.signature)
    if perturbagen != own and source.interpretation is not None:
        raise LincsInterpError(
            f"{argument('perturbagen')} is {shown(perturbagen)!r}, but the signature {shown(state.signature)!r}"
            f" belongs to {shown(own)!r}",
            argument="perturbagen",
            value=state.perturbagen,
            remedy="give one of the two",
        )
    return replace(state, without=tuple(without), gene=gene, perturbagen=perturbagen)


def _first_gene(source: Source) -> str:
    """Return the gene to begin with: the one that contributes most to the first signature, else the most down one."""
    first = source.order[0]
    if source.interpretation is not None and len(genes := source.interpretation.contributions(first)["gene"]):
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
