"""What a source of genes holds, and what its reader chose."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .._util.errors import LincsInterpError, wrong
from ._open import Source


@dataclass(frozen=True)
class Pasted:
    """Text or a list that was handed over as an argument: a source without a file."""

    name: str  # of the argument

    def error(self, problem: str, remedy: str, value: object = None) -> LincsInterpError:
        """Return the error about it."""
        return wrong(self.name, value, problem, remedy)


#: What the caller of `read_query` can choose beside the sources.
CHOICES = ("name", "contrast", "max_adjusted_p", "max_genes")


@dataclass(frozen=True)
class Choice:
    """What the caller chose among what a source holds."""

    name: str | None = None  # of the gene set, where there are several
    contrast: str | None = None  # the group of a table of several
    max_adjusted_p: float = 0.05
    max_genes: int = 250  # a side
    alone: bool = True  # False where the other side comes from a source of its own


@dataclass
class Genes:
    """What one source holds: genes of one side, of both, or of a side it does not name (then `up`)."""

    up: list
    down: list
    values: pd.Series | None = None
    label: str = ""
    source: Source | Pasted = Pasted("up")
    sided: bool = False
    assumptions: tuple[str, ...] = ()  # how the source was read


def two_lists(up: Genes, down: Genes, label: str) -> Genes:
    """Return the genes of two sources that hold one side each."""
    values = None
    if up.values is not None and down.values is not None:
        values = pd.concat([up.values, down.values])
        values = values[~values.index.duplicated()]
    notes = [*up.assumptions, *down.assumptions]
    if up.assumptions and down.assumptions:
        notes = [f"Up: {note}" for note in up.assumptions] + [f"Down: {note}" for note in down.assumptions]
    return Genes(up.up, down.up or down.down, values, label, up.source, True, tuple(notes))
