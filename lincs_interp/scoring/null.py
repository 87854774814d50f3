"""What a reader needs to see before believing a p-value."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, counted, instance_of, listed, shown
from .._util.html import card, number_html, table_html
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix
from .calibration import least_variance
from .null_fit import FEWEST_BACKGROUND, NullFit, fit_null

# Beyond this share of nominal p below .05 they are called too small; half of it, too large.
TOO_MANY, TOO_FEW = 0.10, 0.025


@dataclass(frozen=True, eq=False)
class NullCheck:
    """What a reader needs to see before believing a p-value.

    Attributes
    ----------
    n_signatures : int
    sd_z_up, sd_z_down, sd_z_sum : float
        Standard deviation over the signatures; 1, 1 and about 1.4 if genes were independent.
    correlation_up, correlation_down : float
        Mean correlation of the genes of each list over the signatures, -1 to 1.
    vif_up, vif_down : float
        Variance inflation of each z; 1 if genes were independent.
    share_below_05 : float
        Share of the signatures with a nominal p_sum below .05; .05 if the p were right.
    hit_list : bool
        True if the signatures look chosen by this query, or were said to be.
    verdict : str
        One sentence.
    qq : DataFrame, one row per signature in the order of z_sum
        Three numbers that would agree if the p were right: ``expected``, quantiles of a normal distribution;
        ``observed``, z_sum over its nominal spread; ``calibrated``, z_sum minus the median over its measured spread,
        NaN with fewer than 50 signatures. Positive = towards mimicker.
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
    qq: pd.DataFrame = field(repr=False)

    def __str__(self) -> str:
        return self.verdict

    def _repr_html_(self) -> str:
        measured = (
            ("standard deviation of z", self.sd_z_up, self.sd_z_down, 2, "1"),
            ("mean correlation of its genes", self.correlation_up, self.correlation_down, 3, "about 0"),
            ("variance inflation of z", self.vif_up, self.vif_down, 1, "1"),
        )
        rows = [
            [name, number_html(up, digits), number_html(down, digits), right]
            for name, up, down, digits, right in measured
        ]
        share = f"Nominal p_sum below .05: {self.share_below_05:.1%} of them, 5% if it were right."
        return card(
            self.verdict,
            table_html(
                rows,
                ["over these signatures", "up list", "down list", "if genes were independent"],
                caption=f"What {counted(self.n_signatures, 'signature')} did to the lists of the query.",
                numeric=[1, 2, 3],
            ),
            share if np.isfinite(self.share_below_05) else "",
        )


def check_null(background: RankMatrix, query: GeneQuery, *, selected: bool | None = None) -> NullCheck:
    """Show what unrelated signatures do to this query.

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
        Spread of the scores, correlation and inflation of the lists, the share of nominal p below .05, a verdict in
        one sentence and a table for :func:`plot_null`.

    Raises
    ------
    LincsInterpError
        If no gene of a list is in the background, or an argument is wrong.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> check = check_null(sample.background, sample.query)
    >>> print(check.verdict[:73])
    Of 200 unrelated signatures, 60% reach a nominal p below .05, where 5% sh
    """
    from scipy.special import ndtri

    instance_of("background", background, RankMatrix, "read unselected signatures with read_ranks")
    check_query(query)
    if selected is not None and not isinstance(selected, bool | np.bool_):
        raise LincsInterpError(f"selected must be True or False, or left out, not {shown(repr(selected), 30)}.")
    null = fit_null(query, background)
    hit_list = null.hit_list if selected is None else bool(selected)
    z = null.z.sort_values("z_sum", kind="stable")
    counts = {"n_up": null.n_up, "n_down": null.n_down, "n_genes": background.n_genes}
    floor = least_variance(pd.DataFrame(counts, index=z.index))
    expected = ndtri((np.arange(1, len(z) + 1) - 0.5) / max(len(z), 1))
    share = float((z["p_sum"] < 0.05).mean()) if len(z) else np.nan
    spread = np.sqrt(np.fmax(null.inflation.variance(), floor))
    qq = {
        "expected": expected,
        "observed": z["z_sum"] / np.sqrt(floor),
        "calibrated": (z["z_sum"] - null.middle) / (spread if len(z) >= FEWEST_BACKGROUND else np.nan),
    }
    return NullCheck(
        n_signatures=len(z),
        sd_z_up=float(z["z_up"].std()),
        sd_z_down=float(z["z_down"].std()),
        sd_z_sum=float(z["z_sum"].std()),
        correlation_up=_mean_correlation(null.standardised.up, null.n_up),
        correlation_down=_mean_correlation(null.standardised.down, null.n_down),
        vif_up=null.inflation.up,
        vif_down=null.inflation.down,
        share_below_05=share,
        hit_list=hit_list,
        verdict=_verdict(hit_list, len(z), share, null),
        qq=pd.DataFrame(qq, index=z.index),
    )


def _mean_correlation(vif: float, n: int) -> float:
    """Var of a mean of n standardised genes is (1 + (n-1) rho) / n."""
    return (vif - 1) / (n - 1) if n > 1 else np.nan


def _verdict(hit_list: bool, n: int, share: float, null: NullFit) -> str:
    if hit_list:
        return (
            f"These {n:,} signatures look like the hits of this very query: almost none scores near zero, or on one"
            " side of it. They cannot tell what unrelated signatures do."
        )
    if not n:
        return "No signature is left that could tell what unrelated signatures do."
    if n < FEWEST_BACKGROUND:
        return (
            f"{counted(n, 'signature')} cannot tell what unrelated signatures do to this query: {FEWEST_BACKGROUND} are"
            " needed."
        )
    own = f" ({listed(null.own, 2)} left out as the query's own)" if null.own else ""
    worth = "too small" if share > TOO_MANY else "too large" if share < TOO_FEW else "about right"
    return (
        f"Of {counted(n, 'unrelated signature')}{own}, {share:.0%} reach a nominal p below .05, where 5% should: the"
        f" nominal p is {worth} for this query."
    )
