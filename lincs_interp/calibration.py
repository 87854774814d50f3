"""What a p-value is worth: the same scores against what unrelated signatures score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._check import LincsInterpError, counted, instance_of, one_of, shown
from ._multiplicity import benjamini_hochberg
from .concordance import P_FLOOR, score_concordance
from .genes import resolve_query
from .queries import GeneQuery
from .ranks import RankMatrix

# A variance cannot be told from fewer signatures than this.
FEWEST_BACKGROUND = 50

# The mean correlation of the genes of a set in real L1000 signatures; random genes have about .001.
USUAL_CORRELATION = 0.075

# A background signature that agrees with the query this well was made of it, or is it.
OWN_SIGNATURE = 0.99

METHODS = ("vif", "robust")

# A hit list has almost no signature near zero, neither on the scale of noise nor on its own: an unselected set has an
# eighth of its signatures below a quarter of its median (W8). On real data both together never fired in error.
QUIET_Z, QUIET_SHARE = 2.0, 0.05
QUIET_PART, QUIET_PART_SHARE = 0.25, 0.02
FEWEST_FOR_HIT_LIST = 20


@dataclass(frozen=True)
class NullFit:
    """What unrelated signatures do to this query, learned from a background.

    Attributes
    ----------
    n_signatures : int
        Background signatures used, S, the query's own left out.
    vif_up, vif_down : float
        Variance inflation of each list's z: 1 = independent genes. NaN for an absent list.
    lean : float
        How far the two lists move together: ``C = sqrt(n_u n_d) Cov(u, d)``; 0 for one list alone.
    middle : float
        Median z_sum over the background.
    spread : float
        1.4826 times the median absolute deviation of z_sum over the background.
    left_out : tuple of str
        Background signatures left out because they are the query's own.
    """

    n_signatures: int
    vif_up: float
    vif_down: float
    lean: float
    middle: float
    spread: float
    left_out: tuple[str, ...]


def fit_null(query: GeneQuery, background: RankMatrix) -> NullFit:
    """Learn from unselected signatures how far the query's genes move together."""
    scores = score_concordance(background, query, overlap="drop")
    own = scores.index[(scores.index == query.name) | (scores["concordance"] > OWN_SIGNATURE)]
    used = scores.drop(own)
    used = used[used["z_sum"].notna()]
    found = resolve_query(background, query)
    columns = background.frame.columns.get_indexer(used.index)
    sides = []
    both = np.isin(found.up_rows, found.down_rows), np.isin(found.down_rows, found.up_rows)
    for rows, shared in zip((found.up_rows, found.down_rows), both, strict=True):
        rows = rows[~shared]
        sides.append((len(rows), _mean_of_standardised(background.values[np.ix_(rows, columns)])))
    (n_up, u), (n_down, d) = sides
    lean = float(np.sqrt(n_up * n_down) * np.cov(u, d)[0, 1]) if n_up and n_down else 0.0
    middle = float(used["z_sum"].median()) if len(used) else np.nan
    return NullFit(
        n_signatures=len(used),
        vif_up=float(n_up * np.var(u, ddof=1)) if n_up else np.nan,
        vif_down=float(n_down * np.var(d, ddof=1)) if n_down else np.nan,
        lean=lean,
        middle=middle,
        spread=1.4826 * float((used["z_sum"] - middle).abs().median()) if len(used) else np.nan,
        left_out=tuple(str(name) for name in own),
    )


def _mean_of_standardised(ranks: np.ndarray) -> np.ndarray:
    """Mean over the genes after each was given mean 0 and sd 1 over the signatures; a constant gene gives 0."""
    if not len(ranks):
        return np.zeros(ranks.shape[1])
    ranks = ranks.astype(float)
    there = ~np.isnan(ranks)
    n = there.sum(axis=1, keepdims=True)
    filled = np.where(there, ranks, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(n, 1)
    centred = np.where(there, ranks - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / np.maximum(n - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, centred / spread, 0.0).mean(axis=0)


def fixed_correlation_variance(n: int, total: int, correlation: float) -> float:
    """Variance of the rank sum U of n among `total` genes that correlate with each other [Barry et al. 2008; limma].

    ``n m/(2 pi) (asin 1 + (m-1) asin 1/2 + (n-1)(m-1) asin(rho/2) + (n-1) asin((rho+1)/2))`` with m = total - n.
    """
    m, rho = total - n, correlation
    terms = np.arcsin(1) + (m - 1) * np.arcsin(0.5) + (n - 1) * (m - 1) * np.arcsin(rho / 2)
    return float(n * m / (2 * np.pi) * (terms + (n - 1) * np.arcsin((rho + 1) / 2)))


def calibrate(
    scores: pd.DataFrame,
    query: GeneQuery,
    *,
    background: RankMatrix | None = None,
    correlation: float | None = None,
    library_size: int | None = None,
    method: str = "vif",
) -> pd.DataFrame:
    """Replace the nominal p by one that knows how far the query's genes move together anyway.

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance` for this query.
    query : GeneQuery
    background : RankMatrix, optional
        Unselected signatures, at least 50 of them: a library or a random part of it, never the hits of this query. Its
        own signature (called like the query, or made of it) is left out.
    correlation : float between 0 and 1, optional
        Without a background: the mean correlation to assume between the genes of a list. By default 0.075, which is
        usual in L1000.
    library_size : int, optional
        How many signatures were searched, if ``scores`` holds only the best of them: the number of hypotheses.
    method : "vif" or "robust"
        "vif": variance inflation measured on the query's own genes. "robust": median and median absolute deviation of
        z_sum over the background.

    Returns
    -------
    DataFrame
        ``scores`` with four more columns:

        - ``z_cal``: like z_sum, but 1 = what one standard deviation of unrelated signatures is
        - ``p_cal``: two-sided p of it, 1e-300 to 1; ``fdr_cal``: Benjamini-Hochberg over ``library_size`` hypotheses
        - ``calibrated_by``: where the variance comes from. "assumed" in it means: a lower bound on p, not calibrated.

    Raises
    ------
    LincsInterpError
        If the background is a list of hits of this query (no null can be learned from it), or an argument is wrong.

    Notes
    -----
    Each query gene's ranks are given mean 0 and variance 1 over the S background signatures; u and d are their means
    over the up and the down genes. ``VIF = n Var(u)``, ``C = sqrt(n_u n_d) Cov(u, d)``, m = median z_sum, and
    ``z_cal = (z_sum - m) / sqrt(max(max(1, VIF_u) + max(1, VIF_d) - 2 C, 2 + 2 sqrt(n_u n_d / ((N-n_u)(N-n_d)))))`` is
    referred to a t distribution with S - 1 degrees of freedom. With fewer than 50 signatures, or none, the variance of
    a rank sum of genes with one fixed correlation is taken instead [1]_, as limma does [2]_; on real queries it still
    leaves 20-26 % of unrelated signatures below p = .05.

    References
    ----------
    .. [1] Barry, Nobel & Wright (2008), Annals of Applied Statistics 2(1), 286-315, doi 10.1214/07-AOAS146.
    .. [2] Wu & Smyth (2012), Nucleic Acids Research 40(17), e133, doi 10.1093/nar/gks461.
    """
    one_of("method", method, METHODS)
    _check_arguments(scores, background, correlation, library_size)
    if background is not None:
        _refuse_hit_list(query, background)
        null = fit_null(query, background)
        if null.n_signatures >= FEWEST_BACKGROUND:
            z, p, words = _by_background(scores, null, method)
            return _with_calibration(scores, z, p, library_size, words)
        few = f"only {counted(null.n_signatures, 'background signature')}, "
    else:
        few = ""
    rho = USUAL_CORRELATION if correlation is None else float(correlation)
    z, p = _by_fixed_correlation(scores, rho)
    words = f"{few}correlation {rho:g} assumed: a lower bound on p"
    return _with_calibration(scores, z, p, library_size, words)


def _check_arguments(scores: object, background: object, correlation: object, library_size: object) -> None:
    needed = {"z_up", "z_down", "z_sum", "n_up", "n_down", "n_genes"}
    if not isinstance(scores, pd.DataFrame) or not needed <= set(scores.columns):
        raise LincsInterpError("scores must be the table that score_concordance makes for this query.")
    if background is not None:
        instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    if background is not None and correlation is not None:
        raise LincsInterpError("background and correlation are both given: a measured null needs no assumed one.")
    if correlation is not None and not (isinstance(correlation, int | float) and 0 <= correlation < 1):
        raise LincsInterpError(f"correlation must lie between 0 and 1, not {shown(repr(correlation), 30)}.")
    if library_size is not None and (not isinstance(library_size, int) or library_size < len(scores)):
        raise LincsInterpError(
            f"library_size must be a whole number of at least {len(scores):,}, as many as scores holds, not"
            f" {shown(repr(library_size), 30)}."
        )


def _refuse_hit_list(query: GeneQuery, background: RankMatrix) -> None:
    if is_hit_list(score_concordance(background, query, overlap="drop")):
        raise LincsInterpError(
            "background is a list of hits of this query: almost none of its signatures scores near zero, because they"
            " were chosen for not doing so. No null can be learned from it; pass unselected signatures, or correlation="
            f"{USUAL_CORRELATION} for a lower bound on p."
        )


def _by_background(scores: pd.DataFrame, null: NullFit, method: str) -> tuple[np.ndarray, np.ndarray, str]:
    from scipy.special import stdtr

    if method == "robust":
        spread = np.full(len(scores), null.spread)
    else:
        two = np.isfinite(null.vif_up) and np.isfinite(null.vif_down)
        inflated = np.nansum([max(1.0, null.vif_up), max(1.0, null.vif_down)]) if two else _only(null)
        variance = np.full(len(scores), inflated - 2 * null.lean)
        if two:
            variance = np.maximum(variance, least_variance(scores))
        spread = np.sqrt(variance)
    z = (scores["z_sum"].to_numpy() - null.middle) / spread
    p = 2 * stdtr(null.n_signatures - 1, -np.abs(z))
    how = "variance inflation" if method == "vif" else "median and MAD"
    return z, p, f"{how} over {null.n_signatures:,} background signatures"


def _only(null: NullFit) -> float:
    """The inflation of a query of one list."""
    return max(1.0, null.vif_up if np.isfinite(null.vif_up) else null.vif_down)


def least_variance(scores: pd.DataFrame) -> np.ndarray:
    """The variance of z_sum with independent genes: less than that is an accident of the background."""
    n_up, n_down, total = (scores[name].to_numpy(dtype=float) for name in ("n_up", "n_down", "n_genes"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 + 2 * np.sqrt(n_up * n_down / ((total - n_up) * (total - n_down)))


def _by_fixed_correlation(scores: pd.DataFrame, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import ndtr

    variance = np.zeros(len(scores))
    for side in ("up", "down"):
        if scores[f"z_{side}"].isna().all():
            continue
        kinds, which = np.unique(scores[[f"n_{side}", "n_genes"]].to_numpy(), axis=0, return_inverse=True)
        inflation = np.array([_inflation(int(n), int(total), correlation) for n, total in kinds])
        variance += inflation[which.ravel()]
    z = scores["z_sum"].to_numpy() / np.sqrt(variance)
    return z, 2 * ndtr(-np.abs(z))


def _inflation(n: int, total: int, correlation: float) -> float:
    if not 0 < n < total:
        return np.nan
    independent = n * (total - n) * (total + 1) / 12
    return fixed_correlation_variance(n, total, correlation) / independent


def _with_calibration(
    scores: pd.DataFrame, z: np.ndarray, p: np.ndarray, library_size: int | None, words: str
) -> pd.DataFrame:
    p = np.clip(p, P_FLOOR, 1)
    fdr = benjamini_hochberg(p, library_size)
    return scores.assign(z_cal=z, p_cal=p, fdr_cal=fdr, calibrated_by=words)


def is_hit_list(scores: pd.DataFrame) -> bool:
    """True if almost no signature scores near zero: these columns were selected by a query like this one."""
    z = scores["z_sum"].dropna().abs()
    if len(z) < FEWEST_FOR_HIT_LIST:
        return False
    near_noise, near_zero = (z < QUIET_Z).mean(), (z < QUIET_PART * z.median()).mean()
    return bool(near_noise < QUIET_SHARE and near_zero < QUIET_PART_SHARE)
