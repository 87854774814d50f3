"""From coefficients to ranks, the way the site makes them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, listed
from ._rank_checks import rows_are_signatures
from .ranks import RankMatrix


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
        raise LincsInterpError("frame must be a table of coefficients, genes x signatures, with at least one of each.")
    turned = rows_are_signatures(frame)
    if turned:
        frame = frame.T
    try:
        kind = np.float32 if set(frame.dtypes) == {np.dtype("f4")} else float
        values = frame.to_numpy(dtype=kind, na_value=np.nan)
    except (TypeError, ValueError):
        raise LincsInterpError(
            "frame holds text where coefficients should be: make the gene column the index and drop columns of text."
        ) from None
    if np.isinf(values).any():
        raise LincsInterpError("frame holds an infinite coefficient: replace it by NaN to leave the gene out.")
    missing = np.isnan(values).sum(axis=0)
    if (missing == len(values)).any():
        empty = frame.columns[missing == len(values)]
        raise LincsInterpError(f"frame holds no coefficient at all in {listed(empty)}: drop these signatures.")
    ranks = np.empty(values.shape, dtype=float if missing.any() else np.int32)
    for column in range(values.shape[1]):
        one = np.ascontiguousarray(values[:, column])
        valid = np.sort(one)[: len(one) - missing[column]]  # NaN sorts to the end
        ranks[:, column] = np.searchsorted(valid, one, side="right")
    if missing.any():
        ranks[np.isnan(values)] = np.nan
    matrix = RankMatrix.from_frame(pd.DataFrame(ranks, index=frame.index, columns=frame.columns, copy=False))
    notes = ["Ranked here from signed values: the lowest value has rank 1, so rank 1 is most down."]
    notes += ["The table had signatures as rows and genes as columns: it was turned."] if turned else []
    return matrix.noting(*notes)
