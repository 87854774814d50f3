"""What a p-value is worth: the same scores against what unrelated signatures score."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import (
    LincsInterpError,
    argument,
    for_code,
    instance_of,
    number_between,
    one_of,
    true_or_false,
    whole_number,
    wrong,
)
from .._util.stats import P_FLOOR, benjamini_hochberg
from .._util.text import counted, shown
from ..core.calls import ASSUMED, MEASURED, as_numbers, least_variance
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from .concordance import score_concordance
from .null import FEWEST_BACKGROUND, LEAST_SHARE_OF_GENES, Inflation, NullFit, fit_null

# The mean correlation of the genes of a set in real L1000 signatures; random genes have about .001.
USUAL_CORRELATION = 0.075

AS_MADE = "pass the table as score_concordance made it"

NEEDED = ("z_up", "z_down", "z_sum", "n_up", "n_down", "n_genes")

METHODS = {
    "vif": "variance inflation",
    "standardised": "variance inflation of standardised genes",
    "robust": "median and MAD",
    "empirical": "counts",
}


def fixed_correlation_variance(n: Any, total: Any, correlation: float) -> Any:
    """Return the variance of the rank sum of n among `total` correlated genes [Barry et al. 2008; limma].

    ``n m/(2 pi) (asin 1 + (m-1) asin 1/2 + (n-1)(m-1) asin(rho/2) + (n-1) asin((rho+1)/2))`` with m = total - n.
    """
    m, rho = total - n, correlation
    terms = np.arcsin(1) + (m - 1) * np.arcsin(0.5) + (n - 1) * (m - 1) * np.arcsin(rho / 2)
    return n * m / (2 * np.pi) * (terms + (n - 1) * np.arcsin((rho + 1) / 2))


def calibrate(
    scores: pd.DataFrame,
    query: GeneQuery,
    *,
    background: RankMatrix | None = None,
    correlation: float | None = None,
    library_size: int | None = None,
    method: str = "vif",
    selected: bool | None = None,
) -> pd.DataFrame:
    """Calibrate p-values and false discovery rates on a background of unrelated signatures.

    The nominal p takes genes for independent; the calibrated one is measured on how far the query's genes are
    correlated anyway.

    Parameters
    ----------
    scores, query
        The table of :func:`score_concordance`, and the query that was scored.
    background : RankMatrix, optional
        Unselected signatures, at least 50 of them: a library or a random part of it, never the hits of this query. Its
        own signature (called like the query, or made of it) is left out, and signatures that repeat another count once.
    correlation : float between 0 and 1, optional
        Without a background: the mean correlation to assume between the genes of a list. By default 0.075, which is
        usual in L1000.
    library_size : int, optional
        How many signatures were searched, if ``scores`` holds only the best of them: the number of hypotheses.
    method : "vif", "standardised", "robust" or "empirical"
        How the background is used. "vif": variance of the lists' z over it. "standardised": the same after every gene
        was brought to variance 1, which leaves out that some genes are extreme in many signatures. "robust": median and
        median absolute deviation of z_sum. "empirical": p by counting; never below 1/(S+1).
    selected : bool, optional
        Was the background chosen by this query (a list of its hits)? By default this is judged by its scores; True and
        False overrule that.

    Returns
    -------
    DataFrame
        ``scores`` with six more columns:

        - ``z_cal``: like z_sum, but 1 = what one standard deviation of unrelated signatures is
        - ``p_cal``: two-sided p of it, 1e-300 to 1
        - ``fdr_cal``, ``bonferroni_cal``: Benjamini-Hochberg and Bonferroni over ``library_size`` hypotheses, 0 to 1
        - ``n_hypotheses``: how many signatures were counted for both
        - ``p_status``: "measured" (on a background) or "assumed" (not calibrated, as a rule a lower bound on p)
        - ``how``: where the variance comes from, in words

    Raises
    ------
    LincsInterpError
        If the background is a list of hits of this query (no null can be learned from it) or lacks most of its genes,
        or an argument is wrong.

    Notes
    -----
    Over the S background signatures ``VIF_u = Var(z_up)``, ``VIF_d = Var(z_down)``, ``C = -Cov(z_up, z_down)`` and m is
    the median z_sum. Independent genes of one variance would give 1, 1 and about 0 [1]_. Then
    ``z_cal = (z_sum - m) / sqrt(max(max(1, VIF_u) + max(1, VIF_d) - 2 C, 2 + 2 sqrt(n_u n_d / ((N-n_u)(N-n_d)))))`` is
    referred to a t distribution with S - 1 degrees of freedom. If the background ranks fewer of the query's genes than
    the scores do, what the VIF has above 1 grows in proportion to n - 1. Signatures that rank less than 70 % of the
    genes of a list that others rank are left out.

    "standardised" takes ``VIF = n Var(u)`` and ``C = sqrt(n_u n_d) Cov(u, d)`` with u and d the means over the lists of
    ranks given mean 0 and variance 1 over the background, gene by gene, as CAMERA does with residuals [1]_.

    "empirical" gives ``p = (b + 1) / (S + 1)``, b = background signatures at least as far from m.

    A signature of ``scores`` that is in the background too, under the same id, is left out of its own variance
    ("vif") and count ("empirical"), and ``how`` counts them. Its siblings stay: hits of the query in the
    background make every p larger, "robust" least. Replicates of one perturbagen are not independent: 50
    signatures of ten compounds let about twice as many unrelated signatures pass. A p far below 1/S rests on the shape
    of the t distribution.

    With fewer than 50 signatures, or none, the variance of a rank sum of genes with one fixed correlation is taken
    instead [2]_, as limma does [1]_; on real queries it still leaves 20-24 % of unrelated signatures below p = .05.
    What each form leaves of unrelated signatures was measured: see docs/calibration.md.

    References
    ----------
    .. [1] Wu & Smyth (2012), Nucleic Acids Research 40(17), e133, doi 10.1093/nar/gks461.
    .. [2] Barry, Nobel & Wright (2008), Annals of Applied Statistics 2(1), 286-315, doi 10.1214/07-AOAS146.

    Examples
    --------
    >>> from lincs_interp import load_sample, score_concordance
    >>> sample = load_sample()
    >>> scores = score_concordance(sample.ranks, sample.query)
    >>> table = calibrate(scores, sample.query, background=sample.background)
    >>> weak = "SIM001_HT29_24H_B06_paleversal_10uM"
    >>> bool(table.loc[weak, "p_sum"] < 0.001 < 0.05 < table.loc[weak, "p_cal"])
    True
    """
    one_of("method", method, METHODS)
    if selected is not None:
        true_or_false("selected", selected)
    scores = _checked(scores, query)
    if background is not None:
        instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    if library_size is not None:
        whole_number("library_size", library_size, least=len(scores))
    if correlation is not None:
        _check_correlation(correlation, background)
    null, few = None, ""
    if background is not None:
        null = fit_null(query, background)
        _refuse_hit_list(null, selected)
        few = f"only {counted(null.n_signatures, 'background signature')}{_left_out(null)}, "
    if null is not None and null.n_signatures >= FEWEST_BACKGROUND:
        status, (z, p, how) = MEASURED, _by_background(scores, null, method)
    else:
        rho = USUAL_CORRELATION if correlation is None else float(correlation)
        status, (z, p) = ASSUMED, _by_fixed_correlation(scores, rho)
        how = f"{few}correlation {rho:g} assumed: not calibrated, as a rule a lower bound on p"
    p = np.clip(p, P_FLOOR, 1)
    size = int(np.count_nonzero(~np.isnan(p))) if library_size is None else int(library_size)
    return scores.assign(
        z_cal=z,
        p_cal=p,
        fdr_cal=benjamini_hochberg(p, size),
        bonferroni_cal=np.minimum(1, p * size),
        n_hypotheses=size,
        p_status=status,
        how=how,
    )


def _checked(scores: Any, query: GeneQuery) -> pd.DataFrame:
    """Return the scores with numbers in their columns; raise unless they can be of this query."""
    check_query(query)
    if not isinstance(scores, pd.DataFrame) or not set(NEEDED) <= set(scores.columns):
        raise wrong("scores", scores, "must be the table that score_concordance makes for this query", AS_MADE)
    if not scores.columns.is_unique or not scores.index.is_unique:
        raise wrong("scores", scores, "names a column or a signature twice", AS_MADE)
    numbers = {name: as_numbers("scores", scores[name]) for name in NEEDED}
    for side in ("up", "down"):
        most, named = np.nan_to_num(numbers[f"n_{side}"].to_numpy()).max(initial=0), len(getattr(query, side))
        if most > named or (len(scores) and named and not most):
            raise LincsInterpError(
                f"{argument('scores')} counts {most:.0f} {side} genes, but {argument('query')} names {named:,}",
                argument="query",
                value=query,
                remedy="pass the query that was scored",
            )
    return scores.assign(**{name: numbers[name] for name in NEEDED if scores[name].dtype.kind not in "iuf"})


def _check_correlation(correlation: object, background: RankMatrix | None) -> None:
    if background is not None:
        raise LincsInterpError(
            f"{argument('background')} and {argument('correlation')} are both given",
            argument="correlation",
            value=correlation,
            remedy="leave one out: a measured null needs no assumed one",
        )
    if isinstance(correlation, bool) or not isinstance(correlation, Real) or not 0 <= float(correlation) < 1:
        problem = f"is {shown(repr(correlation), 30)}"
        raise wrong("correlation", correlation, problem, "it must be a number from 0 to 1, below 1")


def _refuse_hit_list(null: NullFit, selected: bool | None) -> None:
    if not (null.hit_list if selected is None else selected):
        return
    why = "almost none of its signatures scores near zero, or on one side of it, as if chosen for that"
    fixed = for_code(f" ({argument('correlation')}={USUAL_CORRELATION})")
    remedy = f"no null can be learned from it; pass unselected signatures, or none for a lower bound on p{fixed}"
    if selected:
        why = f"you said so ({argument('selected')}=True)"
    else:
        remedy += for_code(f"; {argument('selected')}=False if it is no list of hits")
    raise wrong("background", null.n_signatures, f"is a list of hits of this query ({why})", remedy)


def _left_out(null: NullFit) -> str:
    parts = [counted(null.n_repeats, "repeat")] if null.n_repeats else []
    parts += [f"{null.n_thin:,} with too few of the genes"] if null.n_thin else []
    return f" ({' and '.join(parts)} left out)" if parts else ""


def _by_background(scores: pd.DataFrame, null: NullFit, method: str) -> tuple[np.ndarray, np.ndarray, str]:
    from scipy.special import stdtr

    learned = null.standardised if method == "standardised" else null.inflation
    inflation, note = _for_these_genes(scores, null, learned)
    wider = np.sqrt(inflation.variance() / learned.variance()) if note else 1.0
    away = scores["z_sum"].to_numpy() - null.middle
    if method == "robust":
        spread = np.full(len(scores), null.spread * wider)
    else:
        variance = np.full(len(scores), inflation.variance())
        if method == "vif":
            variance *= without_itself(scores.index, null)
        spread = np.sqrt(np.fmax(variance, least_variance(scores)))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = away / np.where(spread > 0, spread, np.nan)
    p = _by_counting(scores, null, wider) if method == "empirical" else 2 * stdtr(null.n_signatures - 1, -np.abs(z))
    both = int(scores.index.isin(null.z.index).sum())
    shared = f", {both:,} of them scored here as well" if both else ""
    words = f"{METHODS[method]} over {null.n_signatures:,} background signatures{_left_out(null)}{shared}{note}"
    return z, p, words


def without_itself(signatures: pd.Index, null: NullFit) -> np.ndarray:
    """Return the variance of z_sum over the background without each signature, divided by that with all of it.

    1 for a signature that is not in it. ``(S-1) var - S/(S-1) (z - mean)^2`` is what remains of the sum of
    squares without one of S numbers; here both lists and their covariance at once, in z_sum.
    """
    n, z = len(null.z), null.z["z_sum"]
    total = z.var(ddof=1)
    if n < 3 or not total > 0:
        return np.ones(len(signatures))
    away = (z - z.mean()).reindex(signatures).fillna(0.0).to_numpy()
    there = signatures.isin(null.z.index)
    left = ((n - 1) * total - n / (n - 1) * away**2) / (n - 2)
    return np.where(there, left / total, 1.0)


def _for_these_genes(scores: pd.DataFrame, null: NullFit, inflation: Inflation) -> tuple[Inflation, str]:
    """Fit what was learned to the number of genes that were scored; say so where they differ."""
    own = (null.n_up, null.n_down)
    wanted = (int(scores["n_up"].max()), int(scores["n_down"].max())) if len(scores) else own
    if any(o < LEAST_SHARE_OF_GENES * w for o, w in zip(own, wanted, strict=True)):
        problem = (
            f"ranks {own[0]:,} up and {own[1]:,} down genes of the {wanted[0]:,} and"
            f" {wanted[1]:,} that were scored, fewer than {LEAST_SHARE_OF_GENES:.0%} of a list"
        )
        raise wrong("background", own, problem, "pass a background with the same genes as the matrix")
    if own == wanted:
        return inflation, ""
    note = f", which rank {own[0]:,} of {wanted[0]:,} up and {own[1]:,} of {wanted[1]:,} down genes"
    return inflation.for_genes(own, wanted), note


def _by_counting(scores: pd.DataFrame, null: NullFit, wider: float) -> np.ndarray:
    """``(b + 1) / (S + 1)``, a signature not counted against itself; more genes than were counted spread `wider`."""
    unrelated = np.sort(wider * np.abs(null.z["z_sum"].to_numpy() - null.middle))
    away = np.abs(scores["z_sum"].to_numpy() - null.middle)
    # What is equal but for rounding is as far.
    beyond = len(unrelated) - np.searchsorted(unrelated, away - 1e-9)
    itself = scores.index.isin(null.z.index)
    p = (np.maximum(beyond - itself, 0) + 1) / (len(unrelated) - itself + 1)
    return np.where(np.isnan(away), np.nan, p)


def _by_fixed_correlation(scores: pd.DataFrame, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import ndtr

    variance, total = np.zeros(len(scores)), scores["n_genes"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        for side in ("up", "down"):
            n = scores[f"n_{side}"].to_numpy(dtype=float)
            inflation = fixed_correlation_variance(n, total, correlation) / (n * (total - n) * (total + 1) / 12)
            if scores[f"z_{side}"].notna().any():
                variance += np.where((n > 0) & (n < total), inflation, np.nan)
        z = scores["z_sum"].to_numpy() / np.sqrt(variance)
    return z, 2 * ndtr(-np.abs(z))


def false_positive_rate(
    background: RankMatrix,
    *,
    size: int = 100,
    level: float = 0.05,
    n_queries: int = 20,
    method: str = "vif",
    seed: int = 0,
) -> pd.DataFrame:
    """Measure the false positive rate of nominal and calibrated p-values on unrelated signatures.

    Parameters
    ----------
    background : RankMatrix
        Unselected signatures, at least 101 of them.
    size : int, default 100
        How many of the most up and of the most down genes of a signature make a query.
    level : float, default 0.05
        The p-value that counts as significant: above 0, below 1.
    n_queries : int, default 20
        How many signatures, drawn at random, serve as a query.
    method : str
        As in :func:`calibrate`.
    seed : int, default 0
        The same seed gives the same numbers.

    Returns
    -------
    DataFrame, one row per p-value (index ``p``: "p_sum", the nominal one, and "p_cal")
        - ``share_below``: 0-1, the share of pairs of a query and an unrelated signature with a p below ``level``;
          equal to ``level`` if p is right, above it if p is too small
        - ``n_pairs``, ``n_queries``: how many pairs and queries were counted

    Raises
    ------
    LincsInterpError
        If the background has too few signatures or genes, or an argument is out of range.

    Notes
    -----
    Each drawn signature's own extremes are a query. The other signatures are split at random into two groups: the null
    is estimated on one and tested on the other, so that the signatures tested are unrelated to query and null.
    Signatures of one perturbagen in both groups are related, which makes the rate look better than it is.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> table = false_positive_rate(load_sample().background, n_queries=5)
    >>> bool(table.at["p_sum", "share_below"] > 0.1 > 0.08 > table.at["p_cal", "share_below"])
    True
    """
    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    n_genes, n_signatures = background.shape
    size = whole_number("size", size, most=max(n_genes // 2, 1))
    n_queries = whole_number("n_queries", n_queries)
    one_of("method", method, METHODS)
    number_between("level", level, 0, 1)
    if n_signatures <= 2 * FEWEST_BACKGROUND:
        remedy = f"pass at least {2 * FEWEST_BACKGROUND + 1}: half of them estimate the null, the others test it"
        raise wrong("background", background, f"holds {n_signatures:,} signatures", remedy)
    rng = np.random.default_rng(whole_number("seed", seed, least=0))
    names = background.frame.columns.to_numpy()
    tables = []
    queries = rng.choice(names, min(n_queries, n_signatures), replace=False)
    for own in queries:
        order = background.frame[own].dropna().sort_values(kind="stable").index
        query = GeneQuery(str(own), order[-size:], order[:size])
        mixed = rng.permutation(names[names != own])
        learn, test = (background.select(signatures=group) for group in np.array_split(mixed, 2))
        scores = score_concordance(test, query)
        tables.append(calibrate(scores, query, background=learn, method=method, selected=False))
    p = pd.concat(tables)[["p_sum", "p_cal"]]
    n_pairs = int(p["p_sum"].notna().sum())
    shares = (p < level).sum() / n_pairs
    return pd.DataFrame({"share_below": shares, "n_pairs": n_pairs, "n_queries": len(queries)}).rename_axis("p")
