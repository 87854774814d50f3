"""Explain one rank of a Gene Rank Matrix in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import pandas as pd

from .._util.errors import argument, whole_number, wrong
from .._util.html import card, list_html, scale_html
from .._util.text import counted, kind, percent, shown
from .baseline import FEWEST_FOR_BASELINE
from .ranks import mid_rank_percentile

RANK_IS_ORDER = (
    "A rank is an order, not a size: it is no fold change and does not say how strongly the perturbagen acts. A"
    " compound that did nothing also has a rank 1 and a rank N."
)
TIES_ARE_LEVEL = (
    "Tied genes share one rank (on the site the highest of the tie), so some of the genes counted as lower or higher"
    " may be level with this one."
)

# The quarter of the ranking at each end has a direction; between them the position alone shows none.
TAIL_SHARE = 0.25

# In what share of signatures a gene is extreme is the chance that it would be so in any other one: an extreme rank is
# unusual for the gene below the first share, and not surprising from the second on.
UNUSUAL_SHARE, USUAL_SHARE = 0.05, 0.1


@dataclass(frozen=True)
class RankReading:
    """The explanation of one rank."""

    sentence: str  # the integer in words; every count in it is exact
    percentile: float  # 0-100, 0 = most down, 100 = most up
    direction: str  # "down" in the lowest quarter of the ranking, "up" in the highest, "middle" between them
    caveats: tuple[str, ...]  # what the rank does not show

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        scale = scale_html(self.percentile, 0, 100, ("0 = most down", "100 = most up"))
        return card(self.sentence, scale, list_html(self.caveats))


def explain_rank(
    rank: int,
    *,
    n_genes: int,
    gene: str | None = None,
    signature: str | None = None,
    baseline: pd.DataFrame | None = None,
    places: tuple[int, int] | None = None,
) -> RankReading:
    """Explain one rank of a Gene Rank Matrix in words.

    Parameters
    ----------
    rank : int
        The integer, counted from 1 = most down.
    n_genes : int
        How many genes the signature ranks; a RankMatrix has it as ``n_genes``.
    gene, signature : str, optional
        Names to put into the sentence.
    baseline : DataFrame indexed by gene, optional
        The table of :func:`gene_baseline`, or one with ``median_percentile`` (0-100) and ``share_extreme`` (0-1) only.
        Needs ``gene``; of a gene that the table does not hold the baseline is reported as not known.
    places : (int, int), optional
        If other genes share the rank, the lowest and the highest place that they take together: of four genes on rank
        9, the highest of their tie, ``(6, 9)``. The percentile is then that of the middle place.

    Returns
    -------
    RankReading
        ``.sentence``, ``.percentile`` (0-100), ``.direction`` ("down", "middle", "up"), ``.caveats``.

    Raises
    ------
    LincsInterpError
        If the rank is no whole number between 1 and ``n_genes``, or not among its ``places``.

    Notes
    -----
    With rank r of N, exactly ``r - 1`` genes have a lower rank and ``N - r`` a higher one. The share named in the
    sentence is ``r / N`` from the low end or ``(N - r + 1) / N`` from the high end, rounded up, so that "among the
    lowest 0.1 %" is never written of a gene that is not. In a tie r is the place that is furthest from this end.

    With a ``baseline`` an extreme rank is called unusual for the gene if the gene is extreme in less than 5 % of its
    signatures, or at this end in less than 2.5 %, and not surprising from 10 % on.

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
        remedy = "add 1 to ranks counted from 0, or give the number of genes that were really ranked"
        raise wrong("rank", rank, f"is {rank:,} but must be between 1 and {argument('n_genes')} = {n_genes:,}", remedy)
    try:
        first, last = (rank, rank) if places is None else places
    except (TypeError, ValueError):
        raise wrong("places", places, f"is {kind(places)}", "pass two numbers, the lowest and the highest") from None
    if not 1 <= whole_number("places", first) <= rank <= whole_number("places", last) <= n_genes:
        problem = f"are {first:,} to {last:,}, but the rank is {rank:,} of {n_genes:,}"
        raise wrong("places", places, problem, "give the lowest and the highest place of the genes with this rank")
    middle = (first + last) / 2
    percentile = mid_rank_percentile(middle, n_genes)
    for which, name in (("gene", gene), ("signature", signature)):
        if name is not None and not isinstance(name, str):
            raise wrong(which, name, f"is {kind(name)}", "pass its name as text")
    subject = f"{shown(gene, 40)} has" if gene else "This is"
    place = f" in {shown(signature, 80)}" if signature else ""
    verb = "is" if first == 2 else "are"
    level = f", {last - first:,} level with it" if places else ""
    scale = f"percentile {percentile:.{percentile_decimals(n_genes)}f} on a scale from 0 = most down to 100 = most up"
    direction, position = _position(first, last, n_genes, scale)
    sentence = (
        f"{subject} rank {rank:,} of {n_genes:,}{place}: {counted(first - 1, 'gene')} {verb} ranked lower and"
        f" {n_genes - last:,} higher{level}. It is {position}."
    )
    caveats = [RANK_IS_ORDER] if places else [RANK_IS_ORDER, TIES_ARE_LEVEL]
    if baseline is not None:
        caveats.insert(0, _caveat_of_baseline(gene, baseline, middle, n_genes))
    return RankReading(sentence, percentile, direction, tuple(caveats))


def _position(first: int, last: int, n_genes: int, scale: str) -> tuple[str, str]:
    """Return the direction of a rank that takes these places, and where it is in the ranking."""
    from_low, from_high = (first + last) / 2, n_genes + 1 - (first + last) / 2
    if min(from_low, from_high) > TAIL_SHARE * n_genes:
        return "middle", f"in the middle half of the ranking ({scale}): the position shows no clear push either way"
    down = from_low <= from_high
    direction, end, reach = ("down", "lowest", last) if down else ("up", "highest", n_genes - first + 1)
    return direction, f"among the {end} {_share_rounded_up(reach, n_genes)} ({scale}): pushed {direction}"


def _share_rounded_up(part: int, whole: int) -> str:
    """Return part/whole as a percentage of two significant digits, never smaller than the truth."""
    digits = 1 - math.floor(math.log10(100 * part / whole))
    scale = 10 ** max(digits, 0)
    # Whole numbers only: 100 * part / whole in floating point could round below the truth.
    rounded = -(-100 * part * scale // whole)
    return f"{rounded / scale:g} %"


def percentile_decimals(n_genes: int) -> int:
    """Enough decimals to distinguish neighbouring ranks: they are 100/N percent points from each other."""
    return max(1, math.ceil(math.log10(n_genes)) - 2) if n_genes > 1 else 1


def _caveat_of_baseline(gene: str | None, baseline: pd.DataFrame, rank: float, n_genes: int) -> str:
    needed = {"median_percentile", "share_extreme"}
    if not isinstance(baseline, pd.DataFrame) or not needed <= set(baseline.columns):
        remedy = "pass a table by gene with median_percentile and share_extreme, as gene_baseline makes it"
        raise wrong("baseline", baseline, f"is {kind(baseline)} without the columns it needs", remedy)
    if gene is None:
        raise wrong("gene", gene, "is not given", f"name the gene to look up in {argument('baseline')}")
    not_known = f"How {shown(gene, 40)} ranks in other signatures is not known: the baseline"
    if gene not in baseline.index:
        return f"{not_known} does not hold it."
    numbers = {name: float(cell) for name, cell in baseline.loc[[gene]].iloc[0].items() if _is_number(cell)}
    median, share, tail, n = map(numbers.get, ("median_percentile", "share_extreme", "tail", "n_signatures"))
    if median is None or share is None:
        return f"{not_known} holds no numbers for it."
    if n is not None and n < FEWEST_FOR_BASELINE:
        return f"{not_known} has ranks of it from {counted(int(n), 'signature')} only."
    if tail is None:
        return (
            f"The gene's baseline: its median percentile is {median:.0f}, and it is among the extremes in"
            f" {percent(share)} of the signatures of the baseline."
        )
    signatures = "all signatures" if n is None else f"the {int(n):,} signatures"
    chance = f"{percent(2 * tail)} by chance"
    reach = tail * n_genes - 1e-9
    if rank - 0.5 < reach or n_genes - rank + 0.5 < reach:
        end = numbers.get("share_low" if 2 * rank <= n_genes else "share_high")
        return (
            f"It is among the extreme {percent(2 * tail)} here, and this gene is there in {percent(share)} of"
            f" {signatures} of the baseline ({chance}){_how_unusual(share, end)}"
        )
    return (
        f"It is not among the extreme {percent(2 * tail)} here. Over {signatures} of the baseline this gene's median"
        f" percentile is {median:.0f}, and it is among the extremes in {percent(share)} of them ({chance})."
    )


def _is_number(cell: object) -> bool:
    return isinstance(cell, Real) and math.isfinite(cell)


def _how_unusual(share: float, end: float | None) -> str:
    if share < UNUSUAL_SHARE:
        return ": unusual for this gene."
    if end is not None and end < UNUSUAL_SHARE / 2:
        return f", but at this end in {percent(end)}: unusual for this gene."
    return ": not surprising for this gene." if share >= USUAL_SHARE else ": it happens to this gene now and then."
