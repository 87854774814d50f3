"""How far the signatures of one perturbagen agree in each cell line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..core.calls import SIGNS, call_of_sign
from ..core.identity import cell_names
from ._rows import called_signs


def agreement_by_cell_line(table: pd.DataFrame, call: str = "") -> pd.DataFrame:
    """Count the calls of one perturbagen in each cell line.

    Parameters
    ----------
    table : DataFrame
        From :func:`perturbagen_signatures`.
    call : str
        The call of the perturbagen: the cell line that goes furthest in its direction is first, else the highest one.

    Returns
    -------
    DataFrame, one row per cell line (index ``cell_line``, "" where it is not known)
        - ``n_signatures``
        - ``median_score``: median z_sum, NaN without a score; positive = mimicker
        - ``n_mimicker``, ``n_reverser``: signatures called so, as the grade counts them (p_cal below .05 as well)
        - ``call``: whichever more of them are called, unresolved if as many or none is
    """
    cells, called = np.array(cell_names(table["cell_line"]), dtype=object), called_signs(table)
    scores = table["z_sum"].to_numpy(dtype=float)
    rows = {}
    for cell in sorted(set(cells)):
        own = cells == cell
        scored = scores[own & np.isfinite(scores)]
        up, down = int((called[own] == 1).sum()), int((called[own] == -1).sum())
        rows[cell] = {
            "n_signatures": int(own.sum()),
            "median_score": float(np.median(scored)) if len(scored) else np.nan,
            "n_mimicker": up,
            "n_reverser": down,
            "call": call_of_sign(up - down),
        }
    found = pd.DataFrame.from_dict(rows, orient="index").rename_axis("cell_line")
    first = -SIGNS.get(call, 1) * found["median_score"].to_numpy()
    return found.iloc[np.argsort(np.where(np.isnan(first), np.inf, first), kind="stable")]
