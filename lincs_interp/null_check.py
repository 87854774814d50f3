"""What a reader needs to see before believing a p-value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._check import counted, listed
from .calibration import FEWEST_BACKGROUND, NullFit, fit_null, is_hit_list, least_variance
from .concordance import score_concordance
from .queries import GeneQuery
from .ranks import RankMatrix


@dataclass(frozen=True, eq=False)
class NullCheck:
    """What a reader needs to see before believing a p-value.

    Attributes
    ----------
    n_signatures : int
    sd_z_up, sd_z_down, sd_z_sum : float
        Standard deviation over the signatures; 1, 1 and about 1.4 if genes were independent.
    correlation_up, correlation_down : float
        Mean correlation of the genes of each list over the signatures.
    vif_up, vif_down : float
        Variance inflation of each z.
    share_below_05 : float
        Share of the signatures with a nominal p_sum below .05; .05 if the p were right.
    hit_list : bool
        True if the signatures look chosen by this query.
    verdict : str
        One sentence.
    qq : DataFrame
        ``expected`` and ``observed``: quantiles of a normal distribution and of z_sum over its nominal spread.
    """

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
    verdict: str
    qq: pd.DataFrame


def check_null(background: RankMatrix, query: GeneQuery) -> NullCheck:
    """Show what unrelated signatures do to this query.

    Parameters
    ----------
    background : RankMatrix
        Signatures that were not selected by this query; a matrix of its hits is recognised and named.
    query : GeneQuery

    Returns
    -------
    NullCheck
        Spread of the scores, correlation and inflation of the lists, the share of nominal p below .05, a verdict in
        one sentence and a table for a quantile plot.

    Raises
    ------
    LincsInterpError
        As :func:`score_concordance`.
    """
    from scipy.special import ndtri

    scores = score_concordance(background, query, overlap="drop")
    hit_list = is_hit_list(scores)
    null = fit_null(query, background)
    used = scores.drop([name for name in scores.index if str(name) in null.left_out])
    used = used[used["z_sum"].notna()]
    n = {side: int(used[f"n_{side}"].max()) if len(used) else 0 for side in ("up", "down")}
    nominal = np.sqrt(least_variance(used)) if n["up"] and n["down"] else np.ones(len(used))
    observed = np.sort(used["z_sum"].to_numpy() / nominal)
    expected = ndtri((np.arange(1, len(used) + 1) - 0.5) / max(len(used), 1))
    share = float((used["p_sum"] < 0.05).mean()) if len(used) else np.nan
    return NullCheck(
        n_signatures=len(used),
        sd_z_up=float(used["z_up"].std()),
        sd_z_down=float(used["z_down"].std()),
        sd_z_sum=float(used["z_sum"].std()),
        correlation_up=_mean_correlation(null.vif_up, n["up"]),
        correlation_down=_mean_correlation(null.vif_down, n["down"]),
        vif_up=null.vif_up,
        vif_down=null.vif_down,
        share_below_05=share,
        hit_list=hit_list,
        verdict=_verdict(hit_list, len(used), share, null),
        qq=pd.DataFrame({"expected": expected, "observed": observed}),
    )


def _mean_correlation(vif: float, n: int) -> float:
    """Var of a mean of n standardised genes is (1 + (n-1) rho) / n."""
    return (vif - 1) / (n - 1) if n > 1 else np.nan


def _verdict(hit_list: bool, n: int, share: float, null: NullFit) -> str:
    if hit_list:
        return (
            f"These {n:,} signatures look like the hits of this very query: almost none scores near zero. They cannot"
            " tell what unrelated signatures do."
        )
    own = f" ({listed(null.left_out, 2)} left out as the query's own)" if null.left_out else ""
    few = "" if n >= FEWEST_BACKGROUND else f" With fewer than {FEWEST_BACKGROUND} they cannot calibrate."
    return (
        f"Of {counted(n, 'unrelated signature')}{own}, {share:.0%} reach a nominal p below .05, where 5% should: the"
        f" nominal p is {'too small' if share > 0.1 else 'about right'} for this query.{few}"
    )
