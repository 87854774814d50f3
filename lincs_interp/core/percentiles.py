"""Put ranks on the percentile scale, and rank coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import argument, whole_number, wrong
from .._util.text import kind, listed, shown
from ._rank_checks import TURNED, rows_are_signatures
from .ranks import RankMatrix, mid_rank_percentile


def to_percentile(ranks: Any, *, n_genes: int | None = None) -> Any:
    """Put gene ranks on a 0-100 scale where 100 is the most up-regulated gene.

    Parameters
    ----------
    ranks : int, array, Series, DataFrame (genes x signatures) or RankMatrix
        Ranks counted from 1 = most down. Missing ranks (NaN) stay missing.
    n_genes : int, optional
        How many genes were ranked in each signature. A RankMatrix knows; a Series or DataFrame that holds every rank
        from 1 to its number of rows shows it; anything else needs it.

    Returns
    -------
    same kind as ``ranks`` (a RankMatrix gives a DataFrame)
        Percentiles in the open interval (0, 100); same labels and order.

    Raises
    ------
    LincsInterpError
        If a rank is below 1 or above ``n_genes``, or if ``n_genes`` is needed and absent.

    Notes
    -----
    The percentile is the mid-rank ``100 (r - 0.5) / n_genes`` [1]_: never 0 or 100, mean exactly 50 without ties,
    and counting from the other end gives ``100 - p`` (up to rounding). A RankMatrix knows its ties: where more than
    1 % of the genes of a signature are tied, r is the middle of the places of the gene's tie, so that the mean is 50
    again. Any other numbers are taken as they are.

    References
    ----------
    .. [1] Hyndman & Fan (1996), The American Statistician 50(4), 361-365, definition 5.

    Examples
    --------
    >>> round(to_percentile(12, n_genes=12_318), 2)
    0.09
    """
    if n_genes is not None:
        n_genes = whole_number("n_genes", n_genes)
    if isinstance(ranks, RankMatrix):
        if n_genes not in (None, ranks.n_genes):
            remedy = f"leave {argument('n_genes')} out"
            raise wrong("n_genes", n_genes, f"is {n_genes:,} but the matrix ranks {ranks.n_genes:,} genes", remedy)
        return ranks.percentiles()
    numbers = _numbers(ranks)
    n_genes = _known_n_genes(ranks, numbers, n_genes)
    low = np.fmin.reduce(numbers, axis=None, initial=np.inf)
    high = np.fmax.reduce(numbers, axis=None, initial=-np.inf)
    if low < 1:
        raise wrong("ranks", ranks, f"go down to {low:g}, but they count from 1", "add 1 to ranks counted from 0")
    if high > n_genes:
        remedy = f"if the table holds only some of the ranked genes, pass {argument('n_genes')} (at least {high:,.0f})"
        raise wrong("ranks", ranks, f"go up to {high:,.0f} but {argument('n_genes')} is {n_genes:,}", remedy)
    percentiles = mid_rank_percentile(numbers, n_genes)
    if isinstance(ranks, pd.DataFrame):
        return pd.DataFrame(percentiles, index=ranks.index, columns=ranks.columns)
    if isinstance(ranks, pd.Series):
        return pd.Series(percentiles, index=ranks.index, name=ranks.name)
    return percentiles if numbers.ndim else float(percentiles)


def _numbers(ranks: Any) -> np.ndarray:
    try:
        if isinstance(ranks, pd.Series | pd.DataFrame):
            return ranks.to_numpy(dtype=float, na_value=np.nan)
        numbers = np.asarray(ranks)
        if numbers.dtype.kind not in "iuf":
            raise TypeError
        return numbers.astype(float)
    except (TypeError, ValueError):
        remedy = "pass numbers, a table of numbers or a RankMatrix"
        raise wrong("ranks", ranks, f"is {shown(repr(ranks), 40)}", remedy) from None


def _known_n_genes(ranks: Any, numbers: np.ndarray, n_genes: int | None) -> int:
    """N as given, or as a table shows it: every column of it holds each rank from 1 to the number of rows once."""
    if n_genes is not None:
        return n_genes
    if isinstance(ranks, pd.Series | pd.DataFrame) and numbers.size:
        full = np.arange(1, len(numbers) + 1)
        if (np.sort(numbers.reshape(len(numbers), -1), axis=0) == full[:, None]).all():
            return len(numbers)
    remedy = "pass the number of genes that were ranked, without which a rank means nothing"
    raise wrong("n_genes", n_genes, "is not given", remedy)


def rank_coefficients(frame: pd.DataFrame | pd.Series) -> RankMatrix:
    """Rank Characteristic Direction coefficients (or any signed values) the way the site does.

    Parameters
    ----------
    frame : DataFrame (genes x signatures) or Series (genes of one signature)
        Numbers, negative = down, positive = up; float32 and float64 alike. Missing values are left out and counted.

    Returns
    -------
    RankMatrix
        1 = lowest coefficient (most down) … N = highest (most up). Tied genes take the highest rank of the tie.

    Raises
    ------
    LincsInterpError
        If there is no number, or an infinite one.

    Notes
    -----
    The rank is the number of genes in the same signature whose coefficient is not larger. It keeps the order and
    drops the size: multiplying a signature by any positive number changes nothing.

    Examples
    --------
    >>> values = pd.Series([-0.02, 0.3, 0.0, 0.0], index=["A", "B", "C", "D"], name="S1")
    >>> rank_coefficients(values).frame["S1"].tolist()
    [1, 4, 3, 3]
    """
    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "signature 1")
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise wrong("frame", frame, f"is {kind(frame)}", "pass coefficients, genes x signatures, at least one of each")
    notes = [*frame.attrs.get("assumptions", ())]  # of read_coefficients
    notes += ["Ranked here from signed values: the lowest value has rank 1, so rank 1 is most down."]
    if rows_are_signatures(frame):
        notes.append(TURNED)
        frame = frame.T
    try:
        values = frame.astype(float)
    except (TypeError, ValueError):
        remedy = "make the gene column the index and drop columns of text"
        raise wrong("frame", frame, "holds text where coefficients should be", remedy) from None
    if np.isinf(values.to_numpy()).any():
        raise wrong("frame", frame, "holds an infinite coefficient", "replace it by NaN to leave the gene out")
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise wrong("frame", frame, f"holds no coefficient at all in {listed(empty)}", "drop these signatures")
    return RankMatrix.from_frame(values.rank(method="max"))._noting(*notes)
