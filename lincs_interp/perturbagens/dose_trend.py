"""Dose trend: does the effect of a perturbagen grow with its dose, within each cell line and time?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._util.errors import instance_of, wrong
from .._util.html import card, paragraph, scale_html
from .._util.stats import two_sided_p
from .._util.text import counted, listed, probability, signed
from ..core.calls import TREND_P, as_numbers
from ..core.doses import dose_levels, read_doses
from ..core.identity import cell_keys, name_key

# A trend takes at least so many dose levels of one unit: two can only be higher or lower.
FEWEST_LEVELS = 3

# The null distribution is counted out up to so many pairs of signatures of different doses; a normal one takes over.
EXACT_PAIRS = 3_000

EXACT, NORMAL, TIED = "exact", "normal approximation", "normal approximation, corrected for ties"


@dataclass(frozen=True)
class DoseTrend:
    """How scores follow the dose; see :func:`trend_over_doses`."""

    trend: float  # -1 = every higher dose scores lower … 1 = scores higher; NaN if there is nothing to compare
    p: float  # two-sided p of no trend; NaN with `trend`
    n_doses: int  # dose levels of the signatures with a score
    n_used: int
    n_left_out: int  # with a score, but no readable dose, or no other one of its unit in its cell line at its time
    method: str  # "exact", "normal approximation …", or "" if there is no p

    def __str__(self) -> str:
        if np.isnan(self.trend):
            return f"no trend to test: fewer than {FEWEST_LEVELS} doses of one unit can be compared"
        way = "rises with the dose" if self.trend > 0 else "falls as the dose rises"
        text = way if self.p < TREND_P else "no clear trend with the dose"
        doses, p = counted(self.n_doses, "dose"), probability(self.p)
        return f"{text}: trend {signed(self.trend, 2)} over {doses}, p = {p} ({self.method})"

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
        ``trend``: -1 = every higher dose scores lower … 1 = scores higher; ``p``: two-sided p of no trend, 0-1; both
        NaN if there is nothing to compare. ``n_doses``: levels with a score; ``n_used``: signatures compared;
        ``n_left_out``: without a readable dose or another one in their series; ``method``: of p, in words.

    Raises
    ------
    LincsInterpError
        If the metadata lack a signature or a column, a label occurs twice, or a score is no finite number.

    Notes
    -----
    The Jonckheere-Terpstra test [1]_ [2]_. Within a cell line at one time, J counts the pairs of signatures in which
    the higher dose scores higher, a tie half, of M pairs. Cell lines and times are never compared with each other (but
    the unknown are): J, M and the variances are summed over them. ``trend = (2 J - M) / M``, the share of pairs that
    rise minus the share that fall (Somers' d of the score on the dose). Without ties among the scores of a series, p is
    exact (up to 3,000 pairs); else from the normal approximation with the variance for ties [3]_.

    Doses are compared within their unit only, ug/ml never with molar ones. Doses that differ by less than 5 % are one
    level. With fewer than three levels of any unit there is no trend to test: NaN. Signatures of one series share
    cells, plate and controls, so p is for finding series that rise, not for proof.

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
    (50, 'rises with the dose: trend +1.00 over 5 doses, p = 3.2e-21 (exact)')
    """
    facts = _facts(score, signatures)
    values = as_numbers("score", score).to_numpy()
    times = np.array([name_key(time) for time in facts["pert_time"]], dtype=object)
    return trend_of(values, DoseSeries.of(cell_keys(facts["cell_line"]), times, *read_doses(facts)))


def _facts(score: pd.Series, signatures: pd.DataFrame) -> pd.DataFrame:
    instance_of("score", score, pd.Series, "take one column of score_concordance, such as z_sum")
    instance_of("signatures", signatures, pd.DataFrame, "pass the .signatures of the RankMatrix")
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


class DoseSeries(NamedTuple):
    """Signatures of one perturbagen by what may be compared, one array each."""

    level: np.ndarray  # see `dose_levels`; NaN where no dose can be read, and then the unit is ""
    unit: np.ndarray
    stratum: np.ndarray  # a number, equal within one cell line, time and unit

    @classmethod
    def of(cls, cell: np.ndarray, time: np.ndarray, number: np.ndarray, unit: np.ndarray) -> DoseSeries:
        """Sort signatures into series by their cell line, time and dose (number and unit)."""
        seen: dict[tuple[str, str, str], int] = {}
        strata = [seen.setdefault(key, len(seen)) for key in zip(cell, time, unit, strict=True)]
        return cls(dose_levels(number, unit), unit, np.array(strata, dtype=np.int64))

    def at(self, which: np.ndarray) -> DoseSeries:
        """Return those of some signatures."""
        return DoseSeries(*(array[which] for array in self))

    def has_another_dose(self) -> np.ndarray:
        """Return whether the stratum of each signature has another dose as well."""
        several = {stratum for stratum in set(self.stratum) if np.ptp(self.level[self.stratum == stratum]) > 0}
        return np.array([stratum in several for stratum in self.stratum], dtype=bool)

    def levels_per_unit(self) -> Counter[str]:
        """Count the different doses."""
        return Counter(unit for unit, _ in set(zip(self.unit, self.level, strict=True)) if unit)


def trend_of(values: np.ndarray, series: DoseSeries) -> DoseTrend:
    """Return the trend of :func:`trend_over_doses`, on arrays."""
    there = np.isfinite(values)
    scored, n_scored = series.at(there), int(there.sum())
    n_doses = scored.levels_per_unit().total()
    used = scored.has_another_dose()
    compared = scored.at(used)
    if max(compared.levels_per_unit().values(), default=0) < FEWEST_LEVELS:
        return DoseTrend(np.nan, np.nan, n_doses, 0, n_scored, "")
    trend, p, method = jonckheere_terpstra(values[there][used], compared.level, compared.stratum)
    return DoseTrend(trend, p, n_doses, int(used.sum()), n_scored - int(used.sum()), method)


def only_at_highest_dose(agrees: np.ndarray, series: DoseSeries) -> bool:
    """Return whether what agrees does so at the highest dose alone."""
    # That is the highest of the signature's own cell line and time; where only one dose was tried there, of all of this
    # unit. False if nothing agrees, if a dose that agrees cannot be read, or if there is no lower dose.
    level, unit, stratum = series
    if not agrees.any() or np.isnan(level[agrees]).any():
        return False
    several = series.has_another_dose()
    for place in np.flatnonzero(agrees):
        own = stratum == stratum[place] if several[place] else unit == unit[place]
        if level[place] < level[own].max():
            return False
    return any(np.ptp(level[unit == one]) > 0 for one in set(unit[agrees]))


def jonckheere_terpstra(values: np.ndarray, levels: np.ndarray, strata: np.ndarray) -> tuple[float, float, str]:
    """Return trend (-1 … 1), two-sided p and method, without NaN in `values` and `levels`; NaN, NaN, "" for no pair."""
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
    p = two_sided_p(rise / np.sqrt(variance)) if variance > 0 else 1.0
    return rise / pairs, float(p), TIED if tied else NORMAL


def _variance(groups: np.ndarray, ties: np.ndarray) -> float:
    """Return the variance of J with groups and ties of these sizes; a value that occurs once is a tie of 1."""
    every = (groups.sum(keepdims=True), groups, ties)
    pairs = [float(np.sum(n * (n - 1))) for n in every]
    triples = [float(np.sum(n * (n - 1) * (n - 2))) for n in every]
    # The textbook has n (n - 1) (2 n + 5), which is 2 triples + 9 pairs.
    whole, grouped, tied = (2 * t + 9 * p for t, p in zip(triples, pairs, strict=True))
    variance = (whole - grouped - tied) / 72
    if triples[0]:
        variance += triples[1] * triples[2] / (36 * triples[0])
    if pairs[0]:
        variance += pairs[1] * pairs[2] / (8 * pairs[0])
    return max(variance, 0.0)


def _exact_p(sizes: list[tuple[int, ...]], rising_pairs: int) -> float:
    probability = np.ones(1)
    for groups in sizes:
        probability = np.convolve(probability, _null_of_rising_pairs(tuple(sorted(groups))))
    # The distribution is symmetric: the shorter tail twice.
    shorter = min(rising_pairs, len(probability) - 1 - rising_pairs)
    return float(min(1.0, 2 * probability[: shorter + 1].sum()))


@lru_cache(maxsize=1024)
def _null_of_rising_pairs(groups: tuple[int, ...]) -> np.ndarray:
    """Return the probability of 0, 1, 2 … rising pairs if every order of the values is as likely."""
    # The orders with k rising pairs are the coefficients of the Gaussian multinomial ``[n]! / ([n1]! … [nk]!)``; they
    # are whole numbers beyond any machine integer.
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
