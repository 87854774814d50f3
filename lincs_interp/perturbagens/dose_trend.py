"""Dose trend: does the effect of a perturbagen grow with its dose, within each cell line and time?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from .._util.errors import instance_of, wrong
from .._util.html import card, paragraph, scale_html
from .._util.text import counted, listed
from ..core.calls import TREND_P
from ..core.doses import dose_levels, read_doses
from ..core.identity import cell_keys, name_key
from ..core.tables import as_numbers

# A trend takes at least so many dose levels of one unit: two can only be higher or lower.
FEWEST_LEVELS = 3

# The null distribution is counted out up to so many pairs of signatures of different doses; a normal one takes over.
EXACT_PAIRS = 3_000

EXACT, NORMAL, TIED = "exact", "normal approximation", "normal approximation, corrected for ties"


@dataclass(frozen=True)
class DoseTrend:
    """How scores follow the dose; see :func:`trend_over_doses`.

    Attributes
    ----------
    trend : float
        -1 = every higher dose scores lower … 1 = every higher dose scores higher; NaN if there is nothing to compare.
    p : float
        Two-sided p of no trend, 0-1; NaN with ``trend``.
    n_doses : int
        Dose levels of the signatures with a score.
    n_used, n_left_out : int
        Signatures compared; signatures with a score that could not be: no readable dose, or no other dose of the same
        unit in their cell line at their time.
    method : str
        "exact", "normal approximation", "normal approximation, corrected for ties", or "" if there is no p.
    """

    trend: float
    p: float
    n_doses: int
    n_used: int
    n_left_out: int
    method: str

    def __str__(self) -> str:
        if np.isnan(self.trend):
            return f"no trend to test: fewer than {FEWEST_LEVELS} doses of one unit can be compared"
        way = "rises with the dose" if self.trend > 0 else "falls as the dose rises"
        text = way if self.p < TREND_P else "no clear trend with the dose"
        return f"{text}: trend {self.trend:.2f} over {counted(self.n_doses, 'dose')}, p = {self.p:.1g} ({self.method})"

    def _repr_html_(self) -> str:
        text = str(self)
        used = f"{counted(self.n_used, 'signature')} compared, {self.n_left_out:,} left out."
        ends = ("−1 = falls with every dose", "+1 = rises with every dose")
        return card(f"{text[0].upper()}{text[1:]}.", scale_html(self.trend, -1, 1, ends), paragraph(used, faint=True))


def trend_over_doses(score: pd.Series, signatures: pd.DataFrame) -> DoseTrend:
    """Test whether the scores of one perturbagen rise or fall with its dose (dose trend).

    Parameters
    ----------
    score : Series
        One score per signature of one perturbagen. NaN is left out.
    signatures : DataFrame
        Their metadata as in ``RankMatrix.signatures`` (``cell_line``, ``pert_time``, ``dose_um``, ``pert_dose``), of
        these signatures or more.

    Returns
    -------
    DoseTrend
        ``trend`` from -1 to 1, ``p``, ``n_doses``, ``n_used``, ``n_left_out``, ``method``.

    Raises
    ------
    LincsInterpError
        If the metadata lack a signature or a column, a label occurs twice, or a score is no finite number.

    Notes
    -----
    The Jonckheere-Terpstra test [1]_ [2]_. Within a cell line at one time, J counts the pairs of signatures in which
    the higher dose scores higher, a tie half. Its expectation is half the number of pairs M. Cell lines and times are
    never compared with each other: J, M and the variances are summed over them. ``trend = (2 J - M) / M``, the share
    of pairs that rise minus the share that fall (Somers' d of the score on the dose).

    Without ties among the scores of a cell line and time, p comes from the exact null distribution of J (up to 3,000
    pairs); with ties, from the normal approximation with the variance for ties [3]_. Signatures whose cell line or time
    is not known are compared among each other.

    Doses in ug/ml, %, … are compared within their own unit only and never with molar ones. Doses that differ by less
    than 5 % are one level. With fewer than three levels of any unit there is no trend to test: NaN.

    Signatures of one series share cells, plate and controls, so p is for finding series that rise, not for proof.

    References
    ----------
    .. [1] Jonckheere (1954), Biometrika 41(1/2), 133-145, doi 10.1093/biomet/41.1-2.133.
    .. [2] Terpstra (1952), Indagationes Mathematicae 14, 327-333.
    .. [3] Hollander, Wolfe & Chicken (2014), Nonparametric Statistical Methods, 3rd edition, section 6.2.

    Examples
    --------
    >>> from lincs_interp import load_sample, score_concordance
    >>> sample = load_sample()
    >>> scores = score_concordance(sample.ranks, sample.query)
    >>> series = sample.ranks.signatures.query('pert_name == "graduasone"')
    >>> found = trend_over_doses(scores.loc[series.index, "z_sum"], series)
    >>> found.n_used, str(found)
    (50, 'rises with the dose: trend 1.00 over 5 doses, p = 3e-21 (exact)')
    """
    facts = _facts(score, signatures)
    values = as_numbers("score", score).to_numpy()
    times = np.array([name_key(time) for time in facts["pert_time"]], dtype=object)
    return trend_of(values, DoseSeries.of(cell_keys(facts["cell_line"]), times, *read_doses(facts)))


def _facts(score: object, signatures: object) -> pd.DataFrame:
    instance_of("score", score, pd.Series, "take one column of score_concordance, such as z_sum")
    instance_of("signatures", signatures, pd.DataFrame, "pass the .signatures of the RankMatrix")
    assert isinstance(score, pd.Series)
    assert isinstance(signatures, pd.DataFrame)
    for name, labels in (("score", score.index), ("signatures", signatures.index), ("signatures", signatures.columns)):
        again = labels[labels.duplicated()].unique()
        if len(again):
            raise wrong(name, list(again[:3]), f"holds {listed(again, 3)} more than once", "keep one of each")
    remedy = "pass the .signatures of the RankMatrix that was scored"
    if missing := {"cell_line", "pert_time", "dose_um", "pert_dose"} - set(signatures.columns):
        raise wrong("signatures", min(missing), f"has no column {min(missing)}", remedy)
    unknown = score.index.difference(signatures.index)
    if len(unknown):
        raise wrong("signatures", list(unknown[:3]), f"does not describe {listed(unknown, 3)}", remedy)
    return signatures.loc[score.index]


@dataclass(frozen=True, eq=False)
class DoseSeries:
    """Signatures of one perturbagen by what may be compared, one array each.

    Attributes
    ----------
    level, unit : array
        See :func:`dose_levels`; NaN and "" where no dose can be read.
    stratum : array
        A whole number, equal within one cell line, time and unit of dose.
    """

    level: np.ndarray
    unit: np.ndarray
    stratum: np.ndarray

    @classmethod
    def of(cls, cell: np.ndarray, time: np.ndarray, number: np.ndarray, unit: np.ndarray) -> DoseSeries:
        """Sort signatures into series by their cell line, time and dose (number and unit)."""
        seen: dict[tuple[str, str, str], int] = {}
        strata = [seen.setdefault(key, len(seen)) for key in zip(cell, time, unit, strict=True)]
        return cls(dose_levels(number, unit), unit, np.array(strata, dtype=np.int64))

    def where(self, which: np.ndarray) -> DoseSeries:
        """Only these signatures."""
        return DoseSeries(self.level[which], self.unit[which], self.stratum[which])

    def has_another_dose(self) -> np.ndarray:
        """True for signatures whose stratum has another dose as well."""
        several = np.zeros(len(self.level), dtype=bool)
        for stratum in set(self.stratum):
            own = (self.stratum == stratum) & np.isfinite(self.level)
            several[own] = np.ptp(self.level[own]) > 0 if own.any() else False
        return several

    def highest(self) -> np.ndarray:
        """The highest level of each signature's stratum; of its unit where its stratum has but one dose."""
        several, highest = self.has_another_dose(), np.full(len(self.level), np.nan)
        for place, (stratum, unit) in enumerate(zip(self.stratum, self.unit, strict=True)):
            own = self.stratum == stratum if several[place] else self.unit == unit
            highest[place] = np.fmax.reduce(self.level[own])
        return highest


def trend_of(values: np.ndarray, series: DoseSeries) -> DoseTrend:
    """The trend of :func:`trend_over_doses`, on arrays."""
    there = np.isfinite(values)
    scored, n_scored = series.where(there), int(there.sum())
    n_doses = _levels_per_unit(scored).total()
    none = DoseTrend(np.nan, np.nan, n_doses, 0, n_scored, "")
    if n_doses < FEWEST_LEVELS:
        return none
    used = scored.has_another_dose()
    compared = scored.where(used)
    if max(_levels_per_unit(compared).values(), default=0) < FEWEST_LEVELS:
        return none
    trend, p, method = jonckheere_terpstra(values[there][used], compared.level, compared.stratum)
    return DoseTrend(trend, p, n_doses, int(used.sum()), n_scored - int(used.sum()), method)


def _levels_per_unit(series: DoseSeries) -> Counter[str]:
    return Counter(unit for unit, _ in set(zip(series.unit, series.level, strict=True)) if unit)


def only_at_highest_dose(agrees: np.ndarray, series: DoseSeries) -> bool:
    """True if what agrees does so at the highest dose alone.

    The highest dose is that of the signature's own cell line and time; where only one dose was tried there, the highest
    of all of this unit. False if nothing agrees, if a dose that agrees cannot be read, or if there is no lower dose.
    """
    if not agrees.any() or np.isnan(series.level[agrees]).any():
        return False
    lower = any(
        np.nanmin(series.level[series.unit == unit]) < np.nanmax(series.level[series.unit == unit])
        for unit in set(series.unit[agrees])
    )
    return bool(lower and (series.level >= series.highest())[agrees].all())


def jonckheere_terpstra(values: np.ndarray, levels: np.ndarray, strata: np.ndarray) -> tuple[float, float, str]:
    """Return trend (-1 … 1), two-sided p and method; the pairs of each stratum are summed.

    ``values`` and ``levels`` hold no NaN. NaN, NaN, "" if no stratum has two levels.
    """
    rise, pairs, variance, tied, sizes = 0.0, 0, 0.0, False, []
    for stratum in np.unique(strata):
        own = strata == stratum
        value, group = values[own], np.unique(levels[own], return_inverse=True)[1]
        up = group[None, :] > group[:, None]
        rise += float(np.sign(value[None, :] - value[:, None])[up].sum())  # 2 J - M
        pairs += int(up.sum())
        variance += 4 * _variance(np.bincount(group), np.unique(value, return_counts=True)[1])
        tied |= len(np.unique(value)) < len(value)
        sizes.append(tuple(int(n) for n in np.bincount(group)))
    if not pairs:
        return np.nan, np.nan, ""
    if not tied and pairs <= EXACT_PAIRS:
        return rise / pairs, _exact_p(sizes, round((pairs + rise) / 2)), EXACT
    return rise / pairs, _normal_p(rise, variance), TIED if tied else NORMAL


def _variance(groups: np.ndarray, ties: np.ndarray) -> float:
    """Variance of J with groups and ties of these sizes; a value that occurs once is a tie of 1."""

    def pairs(sizes: np.ndarray) -> float:
        return float(np.sum(sizes * (sizes - 1)))

    def triples(sizes: np.ndarray) -> float:
        return float(np.sum(sizes * (sizes - 1) * (sizes - 2)))

    n = groups.sum(keepdims=True)
    # The textbook has n (n - 1) (2 n + 5), which is 2 triples + 9 pairs.
    whole, grouped, tied = (2 * triples(sizes) + 9 * pairs(sizes) for sizes in (n, groups, ties))
    variance = (whole - grouped - tied) / 72
    if triples(n):
        variance += triples(groups) * triples(ties) / (36 * triples(n))
    if pairs(n):
        variance += pairs(groups) * pairs(ties) / (8 * pairs(n))
    return max(variance, 0.0)


def _normal_p(rise: float, variance: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(rise) / np.sqrt(variance))) if variance > 0 else 1.0


def _exact_p(sizes: list[tuple[int, ...]], rising_pairs: int) -> float:
    probability = np.ones(1)
    for groups in sizes:
        probability = np.convolve(probability, _null_of_rising_pairs(tuple(sorted(groups))))
    # The distribution is symmetric: the shorter tail twice.
    shorter = min(rising_pairs, len(probability) - 1 - rising_pairs)
    return float(min(1.0, 2 * probability[: shorter + 1].sum()))


@lru_cache(maxsize=1024)
def _null_of_rising_pairs(groups: tuple[int, ...]) -> np.ndarray:
    """Probability of 0, 1, 2 … rising pairs if every order of the values is as likely.

    The orders with k rising pairs are the coefficients of the Gaussian multinomial ``[n]! / ([n1]! … [nk]!)``; they are
    whole numbers beyond any machine integer.
    """
    counts = np.array([1], dtype=object)
    n = 0
    for size in groups:
        for i in range(1, size + 1):
            n += 1
            longer = np.concatenate([counts, np.zeros(n, dtype=object)])
            longer[n:] -= counts  # times 1 - q^n
            for start in range(i):  # divided by 1 - q^i
                longer[start::i] = np.cumsum(longer[start::i])
            counts = longer[: len(longer) - i]
    return (counts / counts.sum()).astype(float)
