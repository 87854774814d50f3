"""What unrelated signatures do to a query: its null distribution, learned from a background."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import resolve_query
from .concordance import score_concordance

# A variance cannot be told from fewer signatures than this.
FEWEST_BACKGROUND = 50

# A background, or one signature of it, that ranks a smaller share of the genes tells too little about them.
LEAST_SHARE_OF_GENES = 0.7

# A background signature that agrees with the query this well was made of it, or is it; with fewer genes than this,
# others agree as well by chance.
OWN_SIGNATURE, FEWEST_TO_KNOW_IT = 0.8, 10

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


@dataclass(frozen=True)
class Inflation:
    """How much wider than chance the z of both lists spread over unrelated signatures.

    `up` and `down` are variances, 1 = independent genes, NaN for an absent list; `lean` is how far the lists move
    together, so that z_sum has the variance ``up + down - 2 lean``.
    """

    up: float
    down: float
    lean: float

    def variance(self) -> float:
        """Variance of z_sum, with no list below what independent genes would give."""
        both = [max(1.0, side) for side in (self.up, self.down) if np.isfinite(side)]
        return sum(both) - 2 * self.lean

    def for_genes(self, own: tuple[int, int], wanted: tuple[int, int]) -> Inflation:
        """The same for lists of `wanted` instead of `own` genes: what is above 1 grows with the number of genes."""
        ratio = [(w - 1) / (o - 1) if o > 1 and w > 0 else 1.0 for o, w in zip(own, wanted, strict=True)]
        up, down = (1 + (vif - 1) * r for vif, r in zip((self.up, self.down), ratio, strict=True))
        return Inflation(up, down, self.lean * float(np.sqrt(ratio[0] * ratio[1])))


@dataclass(frozen=True, eq=False)
class NullFit:
    """What unrelated signatures do to one query.

    Attributes
    ----------
    z : DataFrame
        ``z_up``, ``z_down``, ``z_sum``, ``p_sum`` of the background signatures used: S rows, the query's own and
        repeats left out.
    n_up, n_down : int
        Query genes that the background ranks (median of the signatures used).
    inflation : Inflation
        Measured on z: a gene that is extreme in many signatures counts with all its variance.
    standardised : Inflation
        The same with every gene brought to variance 1 first: the correlation between genes alone.
    middle : float
        Median z_sum.
    spread : float
        1.4826 times the median absolute deviation of z_sum.
    own : tuple of str
        Signatures left out because they are the query's own.
    n_repeats : int
        Signatures left out because another one has the same ranks throughout.
    n_thin : int
        Signatures left out because they rank less than 70 % of the genes of a list that others rank.
    hit_list : bool
        True if these signatures look chosen by the query.
    """

    z: pd.DataFrame = field(repr=False)
    n_up: int
    n_down: int
    inflation: Inflation
    standardised: Inflation
    middle: float
    spread: float
    own: tuple[str, ...]
    n_repeats: int
    n_thin: int
    hit_list: bool

    @property
    def n_signatures(self) -> int:
        """S, the number of background signatures used."""
        return len(self.z)


def fit_null(query: GeneQuery, background: RankMatrix) -> NullFit:
    """Learn from unselected signatures how far the query's scores spread by themselves.

    Raises
    ------
    LincsInterpError
        As :func:`score_concordance`; the sentence says that it speaks of the background.
    """
    try:
        scores = score_concordance(background, query, overlap="drop")
    except LincsInterpError as error:
        raise LincsInterpError(f"background cannot be scored: {error}") from None
    made_of_it = (scores["concordance"] > OWN_SIGNATURE) & (scores["n_up"] + scores["n_down"] >= FEWEST_TO_KNOW_IT)
    is_own = (scores.index == query.name) | made_of_it
    there = scores[scores["z_sum"].notna() & ~is_own]
    thick = there[_ranks_most_genes(there)]
    columns = background.frame.columns.get_indexer(thick.index)
    first = _first_of_equals(background.values[:, columns])
    used = thick.iloc[first]
    up_rows, down_rows = _rows(query, background)
    block = background.values[np.ix_(np.concatenate([up_rows, down_rows]), columns[first])]
    n_up, n_down = (int(used[name].median()) if len(used) else 0 for name in ("n_up", "n_down"))
    middle = float(used["z_sum"].median()) if len(used) else np.nan
    return NullFit(
        z=used[["z_up", "z_down", "z_sum", "p_sum"]],
        n_up=n_up,
        n_down=n_down,
        inflation=_of_z(used),
        standardised=_of_standardised(block, len(up_rows)),
        middle=middle,
        spread=MAD_TO_SD * float((used["z_sum"] - middle).abs().median()) if len(used) else np.nan,
        own=tuple(str(name) for name in scores.index[is_own]),
        n_repeats=len(thick) - len(used),
        n_thin=len(there) - len(thick),
        hit_list=is_hit_list(used),
    )


def _rows(query: GeneQuery, background: RankMatrix) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each list, genes of both lists left out."""
    found = resolve_query(background, query)
    return (
        found.up_rows[~np.isin(found.up_rows, found.down_rows)],
        found.down_rows[~np.isin(found.down_rows, found.up_rows)],
    )


def _ranks_most_genes(scores: pd.DataFrame) -> np.ndarray:
    """Which signatures rank most of the genes that any of them ranks, in each list."""
    counts = scores[["n_up", "n_down"]].to_numpy()
    return (counts >= LEAST_SHARE_OF_GENES * counts.max(axis=0, initial=0)).all(axis=1)


def _first_of_equals(values: np.ndarray) -> np.ndarray:
    """Positions of the columns that differ from all before them: a signature that stands twice is one witness."""
    seen: dict[bytes, int] = {}
    for place, column in enumerate(values.T):
        seen.setdefault(sha256(column.tobytes()).digest(), place)
    return np.fromiter(seen.values(), dtype=np.int64, count=len(seen))


def _of_z(used: pd.DataFrame) -> Inflation:
    z_up, z_down = used["z_up"].to_numpy(), used["z_down"].to_numpy()
    up, down = (float(np.var(z, ddof=1)) if len(z) > 1 and not np.isnan(z).all() else np.nan for z in (z_up, z_down))
    # z_down has its sign turned already, so a covariance of the sets is one against it.
    lean = -float(np.cov(z_up, z_down)[0, 1]) if np.isfinite(up) and np.isfinite(down) else 0.0
    return Inflation(up, down, lean)


def _of_standardised(block: np.ndarray, n_up: int) -> Inflation:
    n_down = len(block) - n_up
    u, d = mean_of_standardised(block[:n_up]), mean_of_standardised(block[n_up:])
    up, down = (float(n * np.var(x, ddof=1)) if n and len(x) > 1 else np.nan for n, x in ((n_up, u), (n_down, d)))
    two = np.isfinite(up) and np.isfinite(down)
    return Inflation(up, down, float(np.sqrt(n_up * n_down) * np.cov(u, d)[0, 1]) if two else 0.0)


def mean_of_standardised(ranks: np.ndarray) -> np.ndarray:
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


def is_hit_list(scores: pd.DataFrame) -> bool:
    """True if almost no signature scores near zero, or on one side of it: these were selected by such a query."""
    z_sum = scores["z_sum"].dropna()
    if len(z_sum) < FEWEST_FOR_HIT_LIST:
        return False
    z = z_sum.abs()
    near_noise, near_zero = (z < QUIET_Z).mean(), (z < QUIET_PART * z.median()).mean()
    other_side = min((z_sum < 0).mean(), (z_sum > 0).mean())
    return bool((near_noise < QUIET_SHARE and near_zero < QUIET_PART_SHARE) or other_side < OTHER_SIDE_SHARE)
