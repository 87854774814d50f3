"""Knockouts, knockdowns and over-expression: did the target gene move in its own signature?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import number_between
from .._util.missing import plain
from ..core.identity import ACTIVATION, KNOCKDOWN, KNOCKOUT, OVER_EXPRESSION, kind_of
from ..core.ranks import RankMatrix, check_matrix, mid_rank_percentile
from ..genes.matching import rows_of

#: Which way each kind of genetic perturbation is meant to push its target.
EXPECTED = {KNOCKOUT: "down", KNOCKDOWN: "down", OVER_EXPRESSION: "up", ACTIVATION: "up"}

# A target moved as intended if it is among this per cent of the genes at the intended end; chance puts it there in as
# many per cent of all cases.
EXTREME_PERCENT = 10.0

#: The words of the column ``moved``.
AS_INTENDED, LITTLE, OTHER_WAY, UNKNOWN = "as intended", "little", "the other way", "not known"

# Names of control vectors, which have no target gene; RFP is an alias of a real gene as well.
_NO_GENE = frozenset({"GFP", "EGFP", "BFP", "RFP", "HCRED", "LACZ", "LUCIFERASE", "EMPTY_VECTOR", "UNTRT"})


def check_targets(ranks: RankMatrix, *, extreme: float = EXTREME_PERCENT) -> pd.DataFrame:
    """Check whether each knockout, knockdown or over-expression moved its own target gene.

    Parameters
    ----------
    ranks : RankMatrix
        With ``pert_type`` in its metadata, or ids of the genetic screens' plates (XPR…, KDB…, OEB…).
    extreme : float between 0 and 50
        A target moved as intended if it is among this per cent of the genes at the intended end.

    Returns
    -------
    DataFrame, one row per genetic signature in the order of the matrix (index ``signature``), perhaps none
        - ``pert_name``, ``pert_type``: as in ``ranks.signatures``
        - ``gene``: the target as the matrix spells it; "" if the name is no gene of the matrix or means several
        - ``expected``: "down" (knockout, knockdown) or "up" (over-expression, activation)
        - ``rank``: 1 = most down … N = most up; ``percentile``: 0-100; NaN where not known
        - ``moved_as_intended``: True, False or missing (not known)
        - ``moved``: "as intended", "little" (between), "the other way" (at the wrong end) or "not known"

    Raises
    ------
    LincsInterpError
        If ``extreme`` is not between 0 and 50.

    Notes
    -----
    Chance puts a gene among the lowest 10 % in 10 % of all cases, so True is a mild reassurance. False is no proof that
    the perturbation failed, only that this signature does not show it: a knockout removes the protein, and its broken
    transcript may remain or even rise; a weakly expressed gene has no room to go down; and ranks of inferred genes are
    unreliable one by one.

    Kinds are read from the type's wording ("CRISPR Knockout", trt_xpr, trt_oe …). The perturbagen's name is matched
    like a gene of a query; of a mutant such as EGFR_L858R the part before the underscore. Control vectors (GFP, LACZ …)
    have no gene.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> check_targets(load_sample().ranks)[["gene", "expected", "rank", "moved"]].to_numpy().tolist()
    [['MYC', 'down', 2072.0, 'little'], ['TP53', 'down', 3.0, 'as intended']]
    """
    check_matrix(ranks)
    extreme = number_between("extreme", extreme, 0, 50, "per cent")
    described = ranks.signatures[["pert_name", "pert_type", "plate"]]
    expected = np.array([EXPECTED.get(kind, "") for kind in _kinds(described)], dtype=object)
    columns = np.flatnonzero(expected != "")
    table = described.iloc[columns][["pert_name", "pert_type"]].copy()
    rows = _target_rows(ranks, [plain(name) for name in table["pert_name"]])
    found = rows >= 0
    table["gene"] = [ranks.genes[row] if row >= 0 else "" for row in rows]
    table["expected"] = expected[columns]
    rank, place = (
        np.where(found, values[np.maximum(rows, 0), columns], np.nan).astype(float)
        for values in (ranks.values, ranks._scoring.values)
    )
    n_ranked = ranks.n_ranked.to_numpy()[columns].astype(float)
    percentile = mid_rank_percentile(place, np.where(n_ranked > 0, n_ranked, np.nan))
    table["rank"], table["percentile"] = rank, percentile
    from_intended_end = np.where(table["expected"] == "down", percentile, 100 - percentile)
    words = [from_intended_end <= extreme, from_intended_end >= 100 - extreme, ~np.isnan(percentile)]
    moved = np.select(words, [AS_INTENDED, OTHER_WAY, LITTLE], UNKNOWN)
    as_intended = pd.Series(moved == AS_INTENDED, table.index, dtype="boolean").mask(np.isnan(percentile))
    return table.assign(moved_as_intended=as_intended, moved=moved.astype(object)).rename_axis("signature")


def _kinds(described: pd.DataFrame) -> list[str]:
    pairs = [(plain(t), plain(p)) for t, p in zip(described["pert_type"], described["plate"], strict=True)]
    known = {pair: kind_of(*pair) for pair in set(pairs)}
    return [known[pair] for pair in pairs]


def _target_rows(ranks: RankMatrix, names: list[str]) -> np.ndarray:
    """Return the matrix' row of each target, -1 where it is not known."""
    different = [name for name in dict.fromkeys(names) if name and name.upper() not in _NO_GENE]
    row_of = dict(zip(different, rows_of(ranks, different), strict=True))
    mutants = {name: name.partition("_")[0] for name in different if row_of[name] < 0 and "_" in name[1:]}
    row_of |= dict(zip(mutants, rows_of(ranks, mutants.values()), strict=True))
    return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)
