"""One integer of a Gene Rank Matrix in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from numbers import Real

import pandas as pd

from ._check import LincsInterpError, counted, kind, shown, whole_number
from .ranks import to_percentile

RANK_IS_ORDER = (
    "A rank is an order, not a size: it is no fold change and does not say how strongly the perturbagen acts. A"
    " compound that did nothing also has a rank 1 and a rank N."
)
TIES_ARE_LEVEL = (
    "Tied genes share one rank (on the site the highest of the tie), so some of the genes counted as lower or higher"
    " may be level with this one."
)

# The quarter of the ranking at each end speaks of a direction; between them the position alone says little.
TAIL_SHARE = 0.25


@dataclass(frozen=True)
class RankReading:
    """What one integer says.

    Attributes
    ----------
    sentence : str
        The integer in words; every count in it is exact.
    percentile : float
        0-100, 0 = most down, 100 = most up.
    direction : "down", "middle" or "up"
        "down" in the lowest quarter of the ranking, "up" in the highest, "middle" between them.
    caveats : tuple of str
        What the integer does not say.
    """

    sentence: str
    percentile: float
    direction: str
    caveats: tuple[str, ...]

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        caveats = "".join(f"<li>{escape(caveat)}</li>" for caveat in self.caveats)
        return f"<div><p><b>{escape(self.sentence)}</b></p><ul>{caveats}</ul></div>"


def explain_rank(
    rank: int,
    *,
    n_genes: int,
    gene: str | None = None,
    signature: str | None = None,
    baseline: pd.DataFrame | None = None,
) -> RankReading:
    """Say in words what one integer of a Gene Rank Matrix means.

    Parameters
    ----------
    rank : int
        The integer, counted from 1 = most down.
    n_genes : int
        How many genes the signature ranks; a RankMatrix has it as ``n_genes``.
    gene, signature : str, optional
        Names to put into the sentence.
    baseline : DataFrame indexed by gene, optional
        The gene's own habit: ``median_percentile`` (0-100) and ``share_extreme`` (0-1) over many signatures. Needs
        ``gene``; a gene that the table does not hold is said to be unknown.

    Returns
    -------
    RankReading
        ``.sentence``, ``.percentile`` (0-100), ``.direction`` ("down", "middle", "up"), ``.caveats``.

    Raises
    ------
    LincsInterpError
        If the rank is no whole number between 1 and ``n_genes``.

    Notes
    -----
    With rank r of N, exactly ``r - 1`` genes have a lower rank and ``N - r`` a higher one. The share named in the
    sentence is ``r / N`` from the low end or ``(N - r + 1) / N`` from the high end, rounded up, so that "among the
    lowest 0.1 %" is never said of a gene that is not.

    Examples
    --------
    >>> reading = explain_rank(12, n_genes=12_318, gene="CCND1")
    >>> reading.direction, round(reading.percentile, 3)
    ('down', 0.093)
    >>> print(reading.sentence[:72])
    CCND1 has rank 12 of 12,318: 11 genes are ranked lower and 12,306 higher
    """
    rank, n_genes = whole_number("rank", rank, least=0), whole_number("n_genes", n_genes)
    if not 1 <= rank <= n_genes:
        raise LincsInterpError(
            f"rank is {rank:,} but must lie between 1 and n_genes = {n_genes:,}: add 1 to ranks counted from 0, or"
            " give the number of genes that were really ranked."
        )
    percentile = to_percentile(rank, n_genes=n_genes)
    direction = _direction(rank, n_genes)
    for argument, name in (("gene", gene), ("signature", signature)):
        if name is not None and not isinstance(name, str):
            raise LincsInterpError(f"{argument} is {kind(name)}: pass its name as text.")
    subject = f"{shown(gene, 40)} has" if gene else "This is"
    place = f" in {shown(signature, 80)}" if signature else ""
    below, above = rank - 1, n_genes - rank
    verb = "is" if below == 1 else "are"
    scale = f"percentile {percentile:.{percentile_decimals(n_genes)}f} on a scale from 0 = most down to 100 = most up"
    sentence = (
        f"{subject} rank {rank:,} of {n_genes:,}{place}: {counted(below, 'gene')} {verb} ranked lower and {above:,}"
        f" higher. {_position(rank, n_genes, direction, scale)}"
    )
    caveats = [RANK_IS_ORDER, TIES_ARE_LEVEL]
    if baseline is not None:
        caveats.insert(0, _habit(gene, baseline))
    return RankReading(sentence, percentile, direction, tuple(caveats))


def _direction(rank: int, n_genes: int) -> str:
    if rank <= TAIL_SHARE * n_genes:
        return "down"
    return "up" if n_genes - rank + 1 <= TAIL_SHARE * n_genes else "middle"


def _position(rank: int, n_genes: int, direction: str, scale: str) -> str:
    if direction == "middle":
        return f"It is in the middle half of the ranking ({scale}): the position shows no clear push either way."
    end, reach = ("lowest", rank) if direction == "down" else ("highest", n_genes - rank + 1)
    return f"It is among the {end} {_share_rounded_up(reach, n_genes)} ({scale}): pushed {direction}."


def _share_rounded_up(part: int, whole: int) -> str:
    """Return part/whole as a percentage of two significant digits, never smaller than the truth."""
    digits = 1 - math.floor(math.log10(100 * part / whole))
    scale = 10 ** max(digits, 0)
    # Whole numbers only: 100 * part / whole in floating point could round below the truth.
    rounded = -(-100 * part * scale // whole)
    return f"{rounded / scale:g} %"


def percentile_decimals(n_genes: int) -> int:
    """Enough decimals to tell neighbouring ranks apart: they lie 100/N percent points from each other."""
    return max(1, math.ceil(math.log10(n_genes)) - 2) if n_genes > 1 else 1


def _habit(gene: str | None, baseline: pd.DataFrame) -> str:
    needed = {"median_percentile", "share_extreme"}
    if not isinstance(baseline, pd.DataFrame) or not needed <= set(baseline.columns):
        raise LincsInterpError(
            "baseline must be a table indexed by gene with the columns median_percentile and share_extreme."
        )
    if gene is None:
        raise LincsInterpError("baseline needs gene: name the gene whose habit is asked for.")
    if gene not in baseline.index:
        return f"How {shown(gene, 40)} ranks in other signatures is not known: the baseline does not hold it."
    habit = baseline.loc[[gene], ["median_percentile", "share_extreme"]].iloc[0]
    if not all(isinstance(value, Real) and math.isfinite(value) for value in habit):
        return f"How {shown(gene, 40)} ranks in other signatures is not known: the baseline holds no numbers for it."
    return (
        f"The gene's own habit: its median percentile is {habit['median_percentile']:.0f}, and it is among the extremes"
        f" in {100 * habit['share_extreme']:.0f} % of the signatures of the baseline."
    )
