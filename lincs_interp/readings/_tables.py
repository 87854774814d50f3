"""Every table about one matrix and one query, computed when it is first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, instance_of, wrong
from .._util.text import listed, shown
from ..core.baseline import gene_baseline
from ..core.calls import MEASURED
from ..core.identity import find_perturbagen, group_perturbagens, name_key, perturbagen_of
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..core.signature_ids import signature_label
from ..genes.matching import match_genes
from ..perturbagens.promiscuity import measure_promiscuity
from ..perturbagens.summary import signature_table, summarise_perturbagens
from ..perturbagens.targets import check_targets
from ..scoring.calibration import calibrate
from ..scoring.concordance import query_rows, score_concordance
from ..scoring.contributions import contributions, most_supporting_first, signature_position
from ..scoring.null import NullCheck, check_null

Record = dict[str, Any]


class Records:
    """The rows of a table, without a new Series of mixed types for each, which is slow."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.index = table.index
        self.columns = {str(name): table[name].to_numpy() for name in table}

    def __getitem__(self, label: str) -> Record:
        place = self.index.get_loc(label)
        return {name: values[place] for name, values in self.columns.items()}


@dataclass(frozen=True, eq=False)
class Tables:
    """Matrix and query, and all that is computed of them; the fields are the arguments of :func:`interpret`."""

    ranks: RankMatrix
    query: GeneQuery
    background: RankMatrix | None = None
    library_size: int | None = None
    landmark: pd.Series | None = None  # what `landmark_flags` made of the gene metadata
    gene_metadata: str = ""  # only its name
    tissue: str = ""
    overlap: str = "error"
    rescue: bool = True

    @cached_property
    def matches(self) -> pd.DataFrame:
        """How each gene of the lists was matched: see :func:`match_genes`."""
        return match_genes(self.ranks, self.query)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row per signature: :func:`score_concordance`, then :func:`calibrate`."""
        scores = score_concordance(self.ranks, self.query, overlap=self.overlap, rescue=self.rescue)
        return calibrate(
            scores,
            self.query,
            background=self.background,
            library_size=self.library_size,
            perturbagens=self.ranks.signatures["pert_name"],
        )

    @property
    def _calibrated(self) -> bool:
        """True if p_cal was measured on a background, not assumed."""
        return bool(len(self.scores)) and self._records.columns["p_status"][0] == MEASURED

    @property
    def _any_score(self) -> bool:
        """True if some signature has a score that differs from zero: else there is nothing to draw."""
        return bool((self.scores["z_sum"].fillna(0) != 0).any())

    @cached_property
    def _records(self) -> Records:
        """The rows of ``scores``."""
        return Records(self.scores)

    @cached_property
    def null(self) -> NullCheck | None:
        """What unrelated signatures do to the query: see :func:`check_null`; None without a background."""
        return None if self.background is None else check_null(self.background, self.query)

    @cached_property
    def perturbagens(self) -> pd.DataFrame:
        """One row per perturbagen: :func:`summarise_perturbagens`; no rows where no signature names its own."""
        if not (self.ranks.signatures["pert_name"] != "").any():
            return pd.DataFrame()
        return summarise_perturbagens(self.scores, self.ranks, promiscuity=self.promiscuity)

    @cached_property
    def _perturbagen_of(self) -> pd.Series:
        """The row of ``perturbagens`` for each signature, "" for none."""
        return perturbagen_of(self.ranks)

    def _perturbagen_named(self, perturbagen: str, pert_type: str | None = None) -> str:
        """Return the row of ``perturbagens`` that a name means; raise if it means none, or several."""
        instance_of("perturbagen", perturbagen, str, "name one perturbagen")
        if self.perturbagens.empty:
            problem = f"is {shown(perturbagen)!r}, but neither ids nor metadata of the matrix name any"
            raise wrong("perturbagen", perturbagen, problem, "give the matrix metadata (ranks.with_metadata(table))")
        if pert_type is not None:
            instance_of("pert_type", pert_type, str, "name one type, or leave it out")
        elif perturbagen in self.perturbagens.index:  # needs no search
            return perturbagen
        groups = group_perturbagens(self.ranks.signatures, "pert_name")
        return find_perturbagen(groups, perturbagen, pert_type).label

    @cached_property
    def _perturbagen_records(self) -> Records:
        return Records(self.perturbagens)

    @cached_property
    def _labels(self) -> pd.Series:
        """Every signature in words, in the order of ``scores``."""
        facts = self.ranks.signatures.loc[self.scores.index]
        labels = [signature_label(str(name), row) for name, row in facts.iterrows()]
        return pd.Series(labels, index=facts.index, name="label", dtype=object)

    def _called(self, call: str) -> pd.Index:
        """Return the signatures of one call, the strongest first."""
        z = self.scores.loc[self.scores["call"] == call, "z_sum"]
        if call == "reverser":
            return z.index[::-1]
        return z.index if call == "mimicker" else z.abs().sort_values(ascending=False, kind="stable").index

    def _siblings(self, signature: str) -> pd.Index:
        """Return the other signatures of the same perturbagen, in the order of the matrix."""
        name = self._perturbagen_of[signature]
        own = self._groups.get(name, pd.Index([])) if name else pd.Index([])
        return own[own != signature]

    def _signatures_of(self, perturbagen: str) -> pd.DataFrame:
        """Return :func:`perturbagen_signatures` of one row of ``perturbagens``."""
        own = self.scores[self.scores.index.isin(self._groups[perturbagen])]
        return signature_table(own, self.ranks.signatures.loc[own.index])

    @cached_property
    def _groups(self) -> dict[Hashable, pd.Index]:
        return self._perturbagen_of.groupby(self._perturbagen_of).groups

    @cached_property
    def targets(self) -> pd.DataFrame:
        """One row per genetic signature: see :func:`check_targets`."""
        return check_targets(self.ranks)

    @property
    def promiscuity(self) -> pd.DataFrame | None:
        """From :func:`measure_promiscuity`; None without a background that allows it."""
        return self._promiscuity[0]

    @property
    def _no_promiscuity(self) -> str:
        """Why there is none."""
        return self._promiscuity[1]

    @cached_property
    def _promiscuity(self) -> tuple[pd.DataFrame | None, str]:
        if self.background is None:
            return None, "needs a background of more than 50 signatures"
        try:
            return measure_promiscuity(self.ranks, self.background), ""
        except LincsInterpError as error:  # too small, or other genes
            return None, str(error)

    @cached_property
    def baseline(self) -> pd.DataFrame | None:
        """How often each gene is extreme: :func:`gene_baseline`; None without a background that allows it."""
        if self.background is not None:
            with suppress(LincsInterpError):  # too small: then no baseline is reported
                return gene_baseline(self.background)
        return None

    @cached_property
    def _query_genes(self) -> tuple[tuple[np.ndarray, np.ndarray], dict[str, Any]]:
        """The rows of both lists, and what is known of their genes in whatever signature."""
        rows = query_rows(self.ranks, self.query, overlap=self.overlap, rescue=self.rescue)
        genes = self.ranks.genes[np.concatenate(rows)]
        landmark: Any = pd.array([pd.NA] * len(genes), dtype="boolean")
        if self.landmark is not None:
            landmark = self.landmark.reindex(genes).array
        baseline: Any = np.nan
        if self.baseline is not None:
            baseline = self.baseline["share_extreme"].reindex(genes).to_numpy(dtype=float)
        return rows, {"landmark": landmark, "baseline": baseline}

    def contributions(self, signature: str) -> pd.DataFrame:
        """Return each query gene's share of one signature's z_sum: see :func:`explain_concordance`."""

        def make() -> pd.DataFrame:
            place, (rows, facts) = self._place(signature), self._query_genes
            return most_supporting_first(contributions(self.ranks, *rows, place).assign(**facts))

        return self._kept("contributions", signature, make)

    @cached_property
    def _made(self) -> dict[tuple[str, str], Any]:
        return {}

    def _kept(self, what: str, name: object, make: Callable[[], Any]) -> Any:
        key = what, repr(name)  # the name may be anything, until it is checked
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _place(self, signature: str) -> int:
        """Return the position of a signature in the matrix; for a perturbagen's name, the error lists its ids."""
        if isinstance(signature, str) and signature not in self.ranks.frame.columns:
            names = self.ranks.signatures["pert_name"].map(name_key)
            own = names.index[(names == name_key(signature)) & (names != "")]
            if len(own):
                problem = f"is {shown(signature)!r}, the name of a perturbagen"
                remedy = f"pass the id of one of its signatures ({listed(own, 3)}), or use .perturbagen(name)"
                raise wrong("signature", signature, problem, remedy)
        return signature_position(self.ranks, signature)
