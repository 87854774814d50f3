"""What a reader needs to see before believing a p-value."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, instance_of, true_or_false, wrong
from .._util.html import card, table_html
from .._util.text import counted, listed, number
from ..core.calls import CALL_P, least_variance
from ..core.identity import name_key
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from ._spread import Spread, peel
from .concordance import query_rows, score_concordance

# A variance cannot be estimated from fewer signatures than this, nor from fewer perturbagens.
FEWEST_BACKGROUND, FEWEST_PERTURBAGENS = 50, 10
# A background, or one signature of it, that ranks a smaller share of the genes is not enough to score them.
LEAST_SHARE_OF_GENES = 0.7
# A hit list has almost no signature near zero, neither on the scale of noise nor on its own: an unselected set has a
# sixth of its signatures below a third of its median (W8). Of 50 there is none with a chance of 1 in 18,000. A list of
# mimickers alone, or of reversers, has hardly any signature on the other side of zero; of unselected real ones a tenth
# or more are.
QUIET_Z, QUIET_SHARE = 2.0, 0.05
QUIET_PART, QUIET_PART_SHARE = 1 / 3, 0.02
OTHER_SIDE_SHARE = 0.05
FEWEST_FOR_HIT_LIST = 30
# The median absolute deviation of normal numbers, times this, is their standard deviation.
MAD_TO_SD = 1.4826

# Beyond this share of nominal p below .05 they are called too small; half of it, too large.
TOO_MANY, TOO_FEW = 0.10, 0.025


@dataclass(frozen=True, eq=False)
class NullCheck:
    """What a reader needs to see before believing a p-value: see :func:`check_null`."""

    n_signatures: int
    sd_z_up: float
    sd_z_down: float
    sd_z_sum: float
    correlation_up: float
    correlation_down: float
    vif_up: float
    vif_down: float
    share_below_05: float
    hit_list: bool
    sentence: str
    qq: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        measured = (
            ("standard deviation of z", self.sd_z_up, self.sd_z_down, 2, "1"),
            ("mean correlation of its genes", self.correlation_up, self.correlation_down, 3, "about 0"),
            ("variance inflation of z", self.vif_up, self.vif_down, 1, "1"),
        )
        rows = [[name, number(up, digits), number(down, digits), right] for name, up, down, digits, right in measured]
        share = f"Nominal p_sum below .05: {self.share_below_05:.1%} of them, 5% if it were right."
        return card(
            self.sentence,
            table_html(
                rows,
                ["over these signatures", "up list", "down list", "if genes were independent"],
                caption=f"What {counted(self.n_signatures, 'signature')} did to the lists of the query.",
                numeric=[1, 2, 3],
            ),
            share if np.isfinite(self.share_below_05) else "",
        )


def check_null(background: RankMatrix, query: GeneQuery, *, selected: bool | None = None) -> NullCheck:
    """Check the null distribution: how unrelated signatures score for this query, and whether nominal p is right.

    Parameters
    ----------
    background : RankMatrix
        Signatures that were not selected by this query; a matrix of its hits is recognised and named.
    query : GeneQuery
    selected : bool, optional
        Were these signatures chosen by this query? By default judged by their scores; True and False overrule that.

    Returns
    -------
    NullCheck
        - ``sentence``: whether the nominal p is right for this query
        - ``n_signatures``: how many were counted; ``hit_list``: True if this query chose them, or seems to have
        - ``sd_z_up``, ``sd_z_down``, ``sd_z_sum``: standard deviation over the signatures; 1, 1 and about 1.4 if genes
          were independent
        - ``correlation_up``, ``correlation_down``: mean correlation of the genes of each list, -1 to 1
        - ``vif_up``, ``vif_down``: variance inflation of each z; 1 if genes were independent
        - ``share_below_05``: share of the signatures with a nominal p_sum below .05; .05 if the p were right
        - ``qq``: DataFrame, one row per signature in the order of z_sum (index ``signature``), for :func:`plot_null`.
          Three numbers that would agree if the p were right: ``expected``, quantiles of a normal distribution;
          ``observed``, z_sum over its nominal spread; ``calibrated``, z_sum minus the median over its measured spread,
          NaN with fewer than 50 signatures. Positive = towards mimicker.

    Raises
    ------
    LincsInterpError
        If no gene of a list is in the background, or an argument is wrong.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> check = check_null(sample.background, sample.query)
    >>> print(check.sentence[:73])
    Of 200 unrelated signatures, 60% reach a nominal p below .05, where 5% sh
    """
    from scipy.special import ndtri

    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    check_query(query)
    if selected is not None:
        true_or_false("selected", selected)
    null = fit_null(query, background)
    hit_list = null.hit_list if selected is None else bool(selected)
    z = null.z.sort_values("z_sum", kind="stable")
    floor = null.least
    expected = ndtri((np.arange(1, len(z) + 1) - 0.5) / max(len(z), 1))
    share = float((z["p_sum"] < CALL_P).mean()) if len(z) else np.nan
    calibrated: np.ndarray | float = np.nan
    if null.enough:
        calibrated = null.spread.judge(z["z_sum"].to_numpy(), null.units_of(z.index), floor)[0]
    qq = {"expected": expected, "observed": z["z_sum"] / np.sqrt(floor), "calibrated": calibrated}
    return NullCheck(
        n_signatures=len(z),
        sd_z_up=float(z["z_up"].std()),
        sd_z_down=float(z["z_down"].std()),
        sd_z_sum=float(z["z_sum"].std()),
        correlation_up=null.correlation[0],
        correlation_down=null.correlation[1],
        vif_up=null.inflation.up,
        vif_down=null.inflation.down,
        share_below_05=share,
        hit_list=hit_list,
        sentence=_sentence(hit_list, share, null),
        qq=pd.DataFrame(qq, index=z.index),
    )


def _mean_correlation(ranks: np.ndarray) -> float:
    """Return rho: the variance of a mean of n standardised genes is (1 + (n-1) rho) / n."""
    n, n_signatures = ranks.shape
    if n < 2 or n_signatures < 2:
        return np.nan
    return float((n * np.var(mean_of_standardised(ranks), ddof=1) - 1) / (n - 1))


def _sentence(hit_list: bool, share: float, null: NullFit) -> str:
    if hit_list:
        return (
            f"These {null.n_signatures:,} signatures look like the hits of this very query: almost none scores near"
            " zero, or on one side of it. They cannot show how unrelated signatures score."
        )
    if not null.n_signatures:
        return "No signature is left that could show how unrelated signatures score."
    if not null.enough:
        return (
            f"{null.numbers[0].upper()}{null.numbers[1:]} cannot show how unrelated signatures score for this query:"
            f" {FEWEST_BACKGROUND} of {FEWEST_PERTURBAGENS} perturbagens are needed."
        )
    worth = "too small" if share > TOO_MANY else "too large" if share < TOO_FEW else "about right"
    return (
        f"Of {counted(null.n_signatures, 'unrelated signature')}{null.left_out}, {share:.0%} reach a nominal p below"
        f" .05, where 5% should: the nominal p is {worth} for this query."
    )


@dataclass(frozen=True)
class Inflation:
    """Variance of the z of both lists over unrelated signatures: 1 = independent genes, NaN for an absent list.

    `covariance` is that of the raw z of both lists; z_sum, their difference, varies by ``up + down - 2 covariance``.
    """

    up: float
    down: float
    covariance: float

    def variance(self) -> float:
        """Return the variance of z_sum, with no list below what independent genes would give."""
        both = [max(1.0, side) for side in (self.up, self.down) if np.isfinite(side)]
        return sum(both) - 2 * self.covariance

    def for_genes(self, own: tuple[int, int], wanted: tuple[int, int]) -> Inflation:
        """Return the same for `wanted` instead of `own` genes: what is above 1 grows with the number of genes."""
        ratio = [(w - 1) / (o - 1) if o > 1 and w > 0 else 1.0 for o, w in zip(own, wanted, strict=True)]
        up, down = (1 + (vif - 1) * r for vif, r in zip((self.up, self.down), ratio, strict=True))
        return Inflation(up, down, self.covariance * float(np.sqrt(ratio[0] * ratio[1])))


@dataclass(frozen=True, eq=False)
class NullFit:
    """What unrelated signatures do to one query."""

    z: pd.DataFrame = field(repr=False)  # z_up, z_down, z_sum, p_sum of the background signatures that are used
    spread: Spread = field(repr=False)  # of their z_sum
    inflation: Inflation  # of their z
    correlation: tuple[float, float]  # mean correlation of the genes of each list over them
    n_up: int  # query genes that the background ranks: median of these signatures
    n_down: int
    least: float  # variance of z_sum with independent genes
    robust: tuple[float, float]  # median z_sum and MAD_TO_SD times its median absolute deviation, with the hits
    n_given: int  # signatures with a score of their own
    own: tuple[str, ...]  # left out: what is called like the query
    n_repeats: int  # left out: another one has the same ranks throughout
    n_thin: int  # left out: they rank too few of the genes of a list that others rank
    n_hits: int  # left out: hits of the query
    too_full: bool  # the hits are so many that they were not left out
    hit_list: bool  # these signatures look chosen by the query
    unit_of: pd.Series = field(repr=False)  # number of the perturbagen, by signature; of the hits too
    unit_of_name: dict[str, int] = field(repr=False)

    @property
    def n_signatures(self) -> int:
        """Number of background signatures used."""
        return len(self.z)

    @property
    def n_perturbagens(self) -> int:
        """Number of perturbagens they are of; one without a name counts as one of its own."""
        return int(self.unit_of.loc[self.z.index].nunique())

    @property
    def enough(self) -> bool:
        """Whether a variance can be measured: what was given counts, before hits are left out."""
        return self.n_given >= FEWEST_BACKGROUND and self.unit_of.nunique() >= FEWEST_PERTURBAGENS

    @property
    def numbers(self) -> str:
        """What it rests on: "200 background signatures of 100 perturbagens"."""
        of = "" if self.n_perturbagens == self.n_signatures else f" of {counted(self.n_perturbagens, 'perturbagen')}"
        return f"{counted(self.n_signatures, 'background signature')}{of}{self.left_out}"

    @property
    def left_out(self) -> str:
        """What is not counted, in brackets."""
        parts = [f"{listed(self.own, 2)}, the query's own"] if self.own else []
        parts += [counted(self.n_repeats, "repeat")] if self.n_repeats else []
        parts += [f"{self.n_thin:,} with too few of the genes"] if self.n_thin else []
        parts += [f"{counted(self.n_hits, 'hit')} of this query"] if self.n_hits else []
        return f" ({' and '.join(parts)} left out)" if parts else ""

    def units_of(self, signatures: pd.Index, names: pd.Series | None = None) -> np.ndarray:
        """Return the number of each signature's perturbagen: by its id, else by the `name_key` given; -1 for none."""
        units = self.unit_of.reindex(signatures, fill_value=-1).to_numpy()
        by_name = -1 if names is None else names.map(self.unit_of_name).fillna(-1).to_numpy(dtype=int)
        return np.where(units < 0, by_name, units)


def fit_null(query: GeneQuery, background: RankMatrix) -> NullFit:
    """Learn from unselected signatures how far the query's scores spread; the background keeps the fit."""
    fits = background._kept.setdefault("null_fits", WeakKeyDictionary())
    if query not in fits:
        fits[query] = _fit(query, background)
    return fits[query]


def _fit(query: GeneQuery, background: RankMatrix) -> NullFit:
    try:
        scores = score_concordance(background, query, overlap="drop")
    except LincsInterpError as error:
        raise wrong("background", background, "cannot be scored", str(error).rstrip(".")) from None
    is_own = scores.index == query.name
    there = scores[scores["z_sum"].notna() & ~is_own]
    thick = there[_ranks_most_genes(there)]
    columns = background.frame.columns.get_indexer(thick.index)
    ranks = pd.Index([sha256(ranks.tobytes()).digest() for ranks in background.values[:, columns].T])
    first = np.flatnonzero(~ranks.duplicated())
    given = thick.iloc[first]
    n_up, n_down = (int(given[name].median()) if len(given) else 0 for name in ("n_up", "n_down"))
    # The order of the background must not decide about the last digit.
    given = given.sort_index()
    names = background.signatures["pert_name"].loc[given.index].map(name_key)
    units, unit_names = pd.factorize(np.where(names != "", names, "\0" + names.index.astype(str)))
    z, least = given["z_sum"].to_numpy(), least_variance(given)
    kept, spread, too_full = peel(z, units, len(unit_names), least)
    used = given[kept]
    middle = float(np.median(z)) if len(z) else np.nan
    up_rows, down_rows = query_rows(background, query, overlap="drop", rescue=True)
    columns = background.frame.columns.get_indexer(used.index)
    ranks_of = (background._scoring.values[np.ix_(rows, columns)] for rows in (up_rows, down_rows))
    return NullFit(
        z=used[["z_up", "z_down", "z_sum", "p_sum"]],
        spread=spread,
        inflation=_inflation(used["z_up"].to_numpy(), -used["z_down"].to_numpy()),
        correlation=tuple(map(_mean_correlation, ranks_of)),  # type: ignore[arg-type]
        n_up=n_up,
        n_down=n_down,
        least=float(np.median(least)) if len(z) else np.nan,
        robust=(middle, MAD_TO_SD * float(np.median(np.abs(z - middle))) if len(z) else np.nan),
        n_given=len(given) + int(np.count_nonzero(is_own)),
        own=tuple(str(name) for name in scores.index[is_own]),
        n_repeats=len(thick) - len(given),
        n_thin=len(there) - len(thick),
        n_hits=int(np.count_nonzero(~kept)),
        too_full=too_full,
        hit_list=is_hit_list(given),
        unit_of=pd.Series(units, index=given.index),
        unit_of_name={str(name): number for number, name in enumerate(unit_names)},
    )


def _ranks_most_genes(scores: pd.DataFrame) -> np.ndarray:
    """Return which signatures rank most of the genes that any of them ranks, in each list."""
    counts = scores[["n_up", "n_down"]].to_numpy()
    return (counts >= LEAST_SHARE_OF_GENES * counts.max(axis=0, initial=0)).all(axis=1)


def _inflation(u: np.ndarray, d: np.ndarray) -> Inflation:
    """Return how far the z of both lists vary over the signatures."""
    up, down = (float(np.var(x, ddof=1)) if len(x) > 1 and not np.isnan(x).all() else np.nan for x in (u, d))
    return Inflation(up, down, float(np.cov(u, d)[0, 1]) if np.isfinite(up) and np.isfinite(down) else 0.0)


def mean_of_standardised(ranks: np.ndarray) -> np.ndarray:
    """Return the mean over the genes, each with mean 0 and sd 1 over the signatures; a constant gene gives 0."""
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


def is_hit_list(scores: pd.DataFrame) -> bool:
    """Return whether almost no signature scores near zero, or on one side of it: such a query selected these."""
    z_sum = scores["z_sum"].dropna()
    if len(z_sum) < FEWEST_FOR_HIT_LIST:
        return False
    z = z_sum.abs()
    near_noise, near_zero = (z < QUIET_Z).mean(), (z < QUIET_PART * z.median()).mean()
    other_side = min((z_sum < 0).mean(), (z_sum > 0).mean())
    return bool((near_noise < QUIET_SHARE and near_zero < QUIET_PART_SHARE) or other_side < OTHER_SIDE_SHARE)
