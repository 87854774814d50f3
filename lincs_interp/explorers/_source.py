"""What an explorer shows: an interpretation, or a matrix alone, with names, labels and order."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, instance_of, wrong
from .._util.text import kind
from ..core.baseline import gene_baseline
from ..core.ranks import RankMatrix, mid_rank_percentile
from ..core.signature_ids import signature_label
from ..readings.interpretation import Interpretation
from ..readings.sentences import coverage_sentence

#: From so many cells of a matrix on, the reader is shown how far the preparation is.
WORTH_A_BAR = 20_000_000


@dataclass(frozen=True, eq=False)
class Source:
    """A matrix, and its interpretation if there is a query.

    Attributes
    ----------
    ranks : RankMatrix
    interpretation : Interpretation or None
    background : RankMatrix or None
        Unselected signatures; those of the interpretation where there is one.
    """

    ranks: RankMatrix
    interpretation: Interpretation | None
    background: RankMatrix | None

    @property
    def known(self) -> Interpretation:
        """The interpretation, where there is one."""
        assert self.interpretation is not None
        return self.interpretation

    @cached_property
    def baseline(self) -> pd.DataFrame | None:
        """How often each gene is extreme in unselected signatures; None without a background that allows it."""
        if self.interpretation is not None:
            return self.interpretation.baseline
        if self.background is not None:
            with suppress(LincsInterpError):  # too few signatures
                return gene_baseline(self.background)
        return None

    @cached_property
    def ids(self) -> list[str]:
        """All signatures in the order of the matrix."""
        return list(self.ranks.frame.columns)

    @cached_property
    def order(self) -> list[str]:
        """All signatures as previous and next go through them: best mimicker first, else as in the matrix."""
        return self.ids if self.interpretation is None else list(self.interpretation.scores.index)

    @cached_property
    def columns(self) -> np.ndarray:
        """The columns of the matrix that these signatures are."""
        return self.ranks.frame.columns.get_indexer(pd.Index(self.order))

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each signature is called: "vorinostat 10 uM, MCF7, 24 h"."""
        if self.interpretation is not None:
            return dict(self.interpretation.labels)
        facts = self.ranks.signatures.to_dict("records")
        return {one: signature_label(one, row) for one, row in zip(self.ids, facts, strict=True)}  # type: ignore[arg-type]

    @cached_property
    def calls(self) -> pd.Series | None:
        """The call of each signature in the order of the matrix; None without a query."""
        return None if self.interpretation is None else self.interpretation.scores["call"].reindex(self.ids)

    @cached_property
    def perturbagens(self) -> list[str]:
        """The perturbagens that can be chosen: the best grade first."""
        return [] if self.interpretation is None else list(self.interpretation.perturbagens.index)

    @cached_property
    def coverage(self) -> str:
        """How many genes of each list were found, in sentences."""
        known = self.known
        sides = [side for side in ("up", "down") if getattr(known.query, side)]
        return " ".join(coverage_sentence(known.matches, known.scores, side) for side in sides)

    def perturbagen_of(self, signature: str) -> str:
        """The row of the perturbagen table a signature belongs to; "" where it is not known."""
        if self.interpretation is None or signature not in self.interpretation.perturbagen_of.index:
            return ""
        return str(self.interpretation.perturbagen_of[signature])

    def column(self, signature: str) -> int:
        """The column of a signature in the matrix."""
        return int(self.ranks.frame.columns.get_loc(signature))  # type: ignore[arg-type]


def percentiles_of(ranks: RankMatrix, gene: str) -> np.ndarray:
    """One gene in all signatures of a matrix, 0 = most down, 100 = most up; NaN where it has no rank."""
    n = ranks.n_ranked.to_numpy()
    return mid_rank_percentile(ranks.values[ranks.genes.get_loc(gene)], np.where(n > 0, n, np.nan))


def prepare(x: Interpretation | RankMatrix, background: RankMatrix | None = None) -> Source:
    """Compute what all parts of an explorer share; a bar shows how far it is where that takes long."""
    source = _source_of(x, background)
    interpretation = source.interpretation
    with _bar(source.ranks.values.size, 2 if interpretation is None else 3) as step:
        step("baseline of the genes")
        source.baseline  # noqa: B018 - here, not at the first click
        if interpretation is not None:
            step("scores, calibration and perturbagens")
            interpretation.scores, interpretation.perturbagens  # noqa: B018
        step("names")
        source.labels, source.columns  # noqa: B018
    return source


def _source_of(x: Interpretation | RankMatrix, background: RankMatrix | None) -> Source:
    if isinstance(x, RankMatrix):
        if background is not None:
            instance_of("background", background, RankMatrix, "read it with read_ranks(path)")
        return Source(x, None, background)
    if not isinstance(x, Interpretation):
        remedy = "pass interpret(ranks, query), or a RankMatrix alone"
        raise wrong("x", x, f"is {kind(x)}, not an Interpretation", remedy)
    if background is not None:
        remedy = "pass interpret(ranks, query, background=…), which measures p_cal on it too"
        raise wrong("background", background, "is only for a RankMatrix: an Interpretation has its own", remedy)
    return Source(x.ranks, x, x.background)


class _bar:
    """A progress bar over the steps of the preparation, for matrices that take long; Ctrl-C stops it as usual."""

    def __init__(self, size: int, steps: int) -> None:
        self.total = steps if size >= WORTH_A_BAR else 0

    def __enter__(self) -> Any:
        if not self.total:
            return lambda step: None
        from tqdm.auto import tqdm

        self.bar = tqdm(total=self.total, unit="step", leave=False)

        def begin(step: str) -> None:
            self.bar.set_description(step)
            self.bar.update()

        return begin

    def __exit__(self, *_: object) -> None:
        if self.total:
            self.bar.close()
