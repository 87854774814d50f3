"""What the explorers look at: matrix, query and all evidence about them, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from ..core.baseline import gene_baseline
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix, check_matrix, mid_rank_percentile
from ..core.signature_ids import signature_label
from ..readings.interpretation import Interpretation, interpret
from ..readings.sentences import coverage_sentence

#: From so many cells of a matrix on, the reader is shown how far the preparation is.
WORTH_A_BAR = 20_000_000


@dataclass(frozen=True, eq=False)
class Study:
    """One matrix, and a query if there is one.

    Attributes
    ----------
    ranks : RankMatrix
    query : GeneQuery or None
    background : RankMatrix or None
    dossier : Interpretation or None
        From :func:`interpret`; None without a query.
    habits : DataFrame or None
        From :func:`gene_baseline`; None without a background that allows it.
    """

    ranks: RankMatrix
    query: GeneQuery | None
    background: RankMatrix | None
    dossier: Interpretation | None
    habits: pd.DataFrame | None

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each signature is called: "vorinostat 10 uM, MCF7, 24 h"."""
        facts = self.ranks.signatures.to_dict("records")
        ids = self.ranks.signatures.index
        return {one: signature_label(one, told) for one, told in zip(ids, facts, strict=True)}  # type: ignore[arg-type]

    @cached_property
    def ids(self) -> list[str]:
        """All signatures in the order of the matrix."""
        return list(self.ranks.frame.columns)

    @cached_property
    def score_rows(self) -> dict[str, Any]:
        """The row of each signature in the table of scores: a look-up that costs nothing."""
        if self.dossier is None:
            return {}
        scores = pd.DataFrame(self.dossier.scores)
        return dict(zip(scores.index, scores.to_dict("records"), strict=True))

    @cached_property
    def grades(self) -> dict[str, str]:
        """The grade of each perturbagen."""
        if self.dossier is None or not self.perturbagens:
            return {}
        return dict(zip(self.perturbagens, self.dossier.perturbagens["grade"].astype(str), strict=True))

    @cached_property
    def coverage(self) -> list[str]:
        """How many genes of each list were found, in sentences."""
        if self.dossier is None:
            return []
        scores, matches = self.dossier.scores, self.dossier.matches
        sides = [side for side in ("up", "down") if getattr(self.dossier.query, side)]
        return [coverage_sentence(matches, scores, side) for side in sides]

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each gene."""
        return {gene: row for row, gene in enumerate(self.ranks.genes)}

    @cached_property
    def columns(self) -> dict[str, int]:
        """The column of each signature."""
        return {signature: column for column, signature in enumerate(self.ids)}

    @cached_property
    def order(self) -> list[str]:
        """All signatures as previous and next go through them: best mimicker first, else as in the matrix."""
        return self.ids if self.dossier is None else list(self.dossier.scores.index)

    @cached_property
    def perturbagens(self) -> list[str]:
        """The perturbagens that can be chosen: the best grade first."""
        return [] if self.dossier is None else list(self.dossier.perturbagens.index)

    @cached_property
    def calls(self) -> pd.Series | None:
        """The call of each signature in the order of the matrix; None without a query."""
        return None if self.dossier is None else self.dossier.scores["call"].reindex(self.ranks.frame.columns)

    def perturbagen_of(self, signature: str) -> str:
        """The row of the perturbagen table a signature belongs to; "" where nobody says."""
        return self._perturbagens.get(signature, "")

    @cached_property
    def _perturbagens(self) -> dict[str, str]:
        if self.dossier is None:
            return {}
        return {str(one): str(name) for one, name in self.dossier.perturbagen_of.items()}

    def rank(self, gene: str, signature: str) -> float:
        """One integer of the matrix; NaN if it is missing."""
        return float(self.ranks.values[self.rows[gene], self.columns[signature]])

    def percentiles_of(self, gene: str) -> np.ndarray:
        """One gene in all signatures, from 0 = most down to 100 = most up; NaN where it has no rank."""
        n = self.ranks.n_ranked.to_numpy()
        return mid_rank_percentile(self.ranks.values[self.rows[gene]], np.where(n > 0, n, np.nan))

    def habit_of(self, gene: str) -> np.ndarray | None:
        """The same in the background; None where it is not known."""
        if self.background is None or gene not in self._background_rows:
            return None
        n = self.background.n_ranked.to_numpy()
        row = self.background.values[self._background_rows[gene]]
        return mid_rank_percentile(row, np.where(n > 0, n, np.nan))

    @cached_property
    def _background_rows(self) -> dict[str, int]:
        return {} if self.background is None else {gene: row for row, gene in enumerate(self.background.genes)}


def prepare_study(
    ranks: RankMatrix,
    query: GeneQuery | None = None,
    *,
    background: RankMatrix | None = None,
    **given: Any,
) -> Study:
    """Compute what all explorers of one matrix share; a bar shows how far it is where that takes long.

    Further arguments go to :func:`interpret`.
    """
    check_matrix(ranks)
    if query is not None:
        check_query(query)
    with _bar(ranks.values.size, 3 if query is not None else 1) as step:
        habits = None
        if background is not None:
            try:
                step("habits of the genes")
                habits = gene_baseline(background)
            except LincsInterpError:  # too few signatures: then nothing is said of habits
                habits = None
        dossier = None
        if query is not None:
            step("scores, calibration and perturbagens")
            dossier = interpret(ranks, query, background=background, **given)
        study = Study(ranks, query, background, dossier, habits)
        step("names")
        study.labels, study.rows, study.columns, study.score_rows  # noqa: B018 - here, not at the first click
    return study


class _bar:
    """A progress bar over the steps of the preparation, for matrices that take long; Ctrl-C stops it as usual."""

    def __init__(self, size: int, steps: int) -> None:
        self.total = steps if size >= WORTH_A_BAR else 0

    def __enter__(self) -> Any:
        if not self.total:
            return lambda told: None
        from tqdm.auto import tqdm

        self.bar = tqdm(total=self.total, unit="step", leave=False)

        def step(told: str) -> None:
            self.bar.set_description(told)
            self.bar.update()

        return step

    def __exit__(self, *_: object) -> None:
        if self.total:
            self.bar.close()
