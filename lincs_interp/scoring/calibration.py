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
from .._util.text import shown
from ..core.calls import ASSUMED, MEASURED, as_numbers, least_variance
from ..core.identity import name_key
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from ..core.signature_ids import describe_signatures
from ._spread import MOST_PEELED
from .concordance import score_concordance
from .null import FEWEST_BACKGROUND, LEAST_SHARE_OF_GENES, NullFit, fit_null

# The mean correlation of the genes of a set in real L1000 signatures; random genes have about .001.
USUAL_CORRELATION = 0.075

AS_MADE = "pass the table as score_concordance made it"

NEEDED = ("z_up", "z_down", "z_sum", "n_up", "n_down", "n_genes")

METHODS = {
    "random_effects": "variance between and within perturbagens",
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
    method: str = "random_effects",
    selected: bool | None = None,
    perturbagens: pd.Series | None = None,
) -> pd.DataFrame:
    """Calibrate p-values and false discovery rates on a background of unrelated signatures.

    The nominal p takes genes for independent; the calibrated one is measured on how far the query's genes are
    correlated anyway.

    Parameters
    ----------
    scores, query
        The table of :func:`score_concordance`, and the query that was scored.
    background : RankMatrix, optional
        Unselected signatures: a library or a random part of it, never the hits of this query; at least 50 of 10
        perturbagens. What is called like the query is left out, signatures that repeat another count once, and hits of
        the query among them are found and left out.
    correlation : float between 0 and 1, optional
        Without a background: the mean correlation to assume between the genes of a list. By default 0.075, which is
        usual in L1000.
    library_size : int, optional
        How many signatures were searched, if ``scores`` holds only the best of them: the number of hypotheses.
    method : "random_effects", "robust" or "empirical"
        How the background is used. "random_effects": variance of z_sum between and within perturbagens. "robust":
        median and median absolute deviation of z_sum, hits of the query and all; at a false discovery rate of .05 up to
        8 % of what it finds were false. "empirical": p by counting; never below 1/(S+1).
    selected : bool, optional
        Was the background chosen by this query (a list of its hits)? By default this is judged by its scores; True and
        False overrule that.
    perturbagens : Series (signature id to name), optional
        Of which perturbagen the signatures of ``scores`` are, if their ids do not say so.

    Returns
    -------
    DataFrame
        ``scores`` with seven more columns:

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
    Signatures of one perturbagen are alike, so perturbagens are the independent units. The variance of z_sum is that of
    one random factor with unequal numbers: with K perturbagens of n_k signatures, n in all and
    ``n0 = (n - sum n_k^2 / n) / (K - 1)``, it is ``v = (MSB - MSW) / n0 + MSW``, and its degrees of freedom are
    Satterthwaite's [1]_. Where perturbagens add no variance it is the plain variance with n - 1. With the median m,
    ``z_cal = (z_sum - m) / sqrt(max(v, 2 + 2 sqrt(n_u n_d / ((N-n_u)(N-n_d)))) (1 + 1/n_e))``, where n_e is how many
    independent signatures the background is worth; the second term of max() is the variance with independent genes. A
    signature is judged without its own perturbagen.

    Signatures of the background with a false discovery rate below .1, judged like this, are hits of the query: they are
    left out and the rest is judged again, until none is left. More than 30 % are not left out: then p is too large, and
    ``how`` says so. Swapping the two lists turns every sign and changes no p.

    "empirical" gives ``p = (b + 1) / (S + 1)``, b = unrelated signatures at least as far from m.

    If the background ranks fewer of the query's genes than the scores do, what the variance of each list has above 1
    grows in proportion to n - 1. Signatures that rank less than 70 % of the genes of a list that others rank are left
    out. A p far below 1/S rests on the shape of the t distribution.

    With fewer than 50 signatures, or none, the variance of a rank sum of genes with one fixed correlation is taken
    instead [2]_, as limma does [3]_; on real queries it still leaves 20-24 % of unrelated signatures below p = .05.
    What each form leaves of unrelated signatures was measured: see docs/calibration.md.

    References
    ----------
    .. [1] Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114, doi 10.2307/3002019.
    .. [2] Barry, Nobel & Wright (2008), Annals of Applied Statistics 2(1), 286-315, doi 10.1214/07-AOAS146.
    .. [3] Wu & Smyth (2012), Nucleic Acids Research 40(17), e133, doi 10.1093/nar/gks461.

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
    if perturbagens is not None:
        instance_of("perturbagens", perturbagens, pd.Series, "pass ranks.signatures['pert_name']")
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
        few = f"only {null.numbers}, "
    if null is not None and null.enough:
        named = describe_signatures(scores.index)["pert_name"] if perturbagens is None else perturbagens
        units = null.units_of(scores.index, named.reindex(scores.index).map(name_key))
        status, (z, p, how) = MEASURED, _by_background(scores, null, method, units)
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


def _by_background(
    scores: pd.DataFrame, null: NullFit, method: str, units: np.ndarray
) -> tuple[np.ndarray, np.ndarray, str]:
    from scipy.special import stdtr

    wider, note = _for_these_genes(scores, null)
    z_sum = scores["z_sum"].to_numpy()
    least = least_variance(scores)
    if method == "robust":
        middle, spread = null.robust
        z = (z_sum - middle) / np.sqrt(np.fmax((spread * wider) ** 2, least))
        p = 2 * stdtr(len(null.unit_of) - 1, -np.abs(z))
    else:
        z, p = null.spread.widened(wider).judge(z_sum, units, least)
    if method == "empirical":
        p = _by_counting(z_sum, null, units, wider)
    both = int(scores.index.isin(null.unit_of.index).sum())
    shared = f", {both:,} of them scored here as well" if both else ""
    full = f"; over {MOST_PEELED:.0%} of it are hits of this query, so p is too large" if null.too_full else ""
    return z, p, f"{METHODS[method]} over {null.numbers}{shared}{note}{full}"


def _for_these_genes(scores: pd.DataFrame, null: NullFit) -> tuple[float, str]:
    """Return how much wider the null of the genes that were scored is; say so where they differ."""
    own = (null.n_up, null.n_down)
    wanted = (int(scores["n_up"].max()), int(scores["n_down"].max())) if len(scores) else own
    if any(o < LEAST_SHARE_OF_GENES * w for o, w in zip(own, wanted, strict=True)):
        problem = (
            f"ranks {own[0]:,} up and {own[1]:,} down genes of the {wanted[0]:,} and"
            f" {wanted[1]:,} that were scored, fewer than {LEAST_SHARE_OF_GENES:.0%} of a list"
        )
        raise wrong("background", own, problem, "pass a background with the same genes as the matrix")
    if own == wanted:
        return 1.0, ""
    note = f", which rank {own[0]:,} of {wanted[0]:,} up and {own[1]:,} of {wanted[1]:,} down genes"
    return float(np.sqrt(null.inflation.for_genes(own, wanted).variance() / null.inflation.variance())), note


def _by_counting(z_sum: np.ndarray, null: NullFit, units: np.ndarray, wider: float) -> np.ndarray:
    """``(b + 1) / (S + 1)``, no perturbagen counted against itself; more genes than were counted spread `wider`."""
    middle, of = null.spread.middle, null.units_of(null.z.index)
    unrelated, away = wider * np.abs(null.z["z_sum"].to_numpy() - middle), np.abs(z_sum - middle)

    def counted_beyond(sizes: np.ndarray, limits: np.ndarray) -> np.ndarray:
        # What is equal but for rounding is as far.
        return len(sizes) - np.searchsorted(np.sort(sizes), limits - 1e-9)

    beyond, n = counted_beyond(unrelated, away), np.full(len(away), len(unrelated))
    for unit in np.unique(units[units >= 0]):
        own, mine = unrelated[of == unit], units == unit
        beyond[mine] -= counted_beyond(own, away[mine])
        n[mine] -= len(own)
    return np.where(np.isnan(away), np.nan, (beyond + 1) / (n + 1))


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
    method: str = "random_effects",
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
