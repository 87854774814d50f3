"""What a call is: its words, thresholds and signs, sigma and spread; whether a table is one of scores with calls."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import one_of, wrong
from .._util.text import counted, kind, listed, shown

# Three times what chance gives (W10). On one plate of single wells 4 % of the signatures reach it, on another one of
# kinase inhibitors none, nor any of the simulated ones. It finds signatures that look like many others, whatever the
# reason; it is no test of toxicity: on these plates the known poisons answered no more queries than other drugs.
PROMISCUOUS_SHARE = 0.15

# What p_cal of a signature rests on (column ``p_status``): a background, or a correlation that was assumed.
MEASURED, ASSUMED = "measured", "assumed"

# A dose trend counts as one below this p.
TREND_P = 0.05

# A call with a calibrated false discovery rate below this is beyond what unrelated signatures score.
FDR_LEVEL = 0.05

# A call of mimicker or reverser needs a nominal p_sum below this. Nominal p is far too small on real data, so this
# only keeps plain noise from getting a name; it is no proof.
CALL_P = 0.05
# The lists of a query disagree if they point opposite ways and at least one of them is beyond this z (p = .05).
SIDE_Z = 1.96

# The words of the column ``call``.
CALLS = ("mimicker", "reverser", "discordant", "unresolved")
# Those with a direction, and which way they point.
SIGNS = {"mimicker": 1, "reverser": -1}

# The columns of a score table that are used as numbers wherever they are.
_NUMBERS = ("z_up", "z_down", "z_sum", "z_cal", "p_cal", "fdr_cal", "n_hypotheses")
# Those that hold no score with a sign begin so: counts, probabilities, areas.
_NO_SCORE = ("n_", "p_", "fdr_", "bonferroni_", "auc_")


def sigma_of_rank_sum(n: Any, total: Any) -> Any:
    """Return the standard deviation of the rank sum of n random genes among `total`: ``sqrt(n (N-n) (N+1) / 12)``."""
    # The roots are drawn one by one, as the site does, so that z agrees with the site's to the last bit.
    return np.sqrt(n) * np.sqrt((total - n) / 12) * np.sqrt(total + 1)


def spread_of_z_sum(n_up: Any, n_down: Any, n_genes: Any) -> Any:
    """Return the standard deviation of z_up + z_down for two random disjoint sets."""
    return np.sqrt(_variance_of_z_sum(n_up, n_down, n_genes))


def _variance_of_z_sum(n_up: Any, n_down: Any, n_genes: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 + 2 * np.sqrt(np.divide(n_up * n_down, (n_genes - n_up) * (n_genes - n_down)))


def call_each(z_up: np.ndarray, z_down: np.ndarray, z_sum: np.ndarray, p_sum: np.ndarray) -> np.ndarray:
    """Return the call of each signature (or of each query): see :func:`score_concordance`."""
    return np.array(CALLS, dtype=object)[call_numbers(z_up, z_down, z_sum, p_sum)]


def call_numbers(z_up: np.ndarray, z_down: np.ndarray, z_sum: np.ndarray, p_sum: np.ndarray) -> np.ndarray:
    """Return the call of each signature as its position in :data:`CALLS`."""
    mimicker, reverser, discordant, unresolved = range(len(CALLS))
    numbers = np.where(p_sum < CALL_P, np.where(z_sum > 0, mimicker, reverser), unresolved)
    numbers[(z_up * z_down < 0) & (np.fmax(np.abs(z_up), np.abs(z_down)) >= SIDE_Z)] = discordant
    return numbers


def least_variance(scores: pd.DataFrame) -> np.ndarray:
    """Return the variance of z_sum with independent genes: less than that is an accident of the background."""
    n_up, n_down, total = (scores[name].to_numpy(dtype=float) for name in ("n_up", "n_down", "n_genes"))
    return np.where((n_up > 0) & (n_down > 0), _variance_of_z_sum(n_up, n_down, total), 1.0)


def basis_of(scores: pd.DataFrame) -> str:
    """Return what the calibrated p-values of a table rest on, in words: column ``how`` and the number of hypotheses."""
    first = scores.iloc[0]
    return f"{first['how']}; {counted(int(first['n_hypotheses']), 'hypothesis', 'hypotheses')}"


def signs_of(calls: Iterable[object]) -> np.ndarray:
    """Return 1 for mimicker, -1 for reverser and 0 for any other call."""
    return np.array([SIGNS.get(str(call), 0) for call in calls], dtype=int)


def call_of_sign(sign: float) -> str:
    """Return the call of a score with this sign: mimicker, reverser, or unresolved for 0 and NaN."""
    return "mimicker" if sign > 0 else "reverser" if sign < 0 else "unresolved"


def sign_of_contributions(contributions: Iterable[float]) -> int:
    """Return the direction of a signature from the contributions of its genes: 1 = mimicker, -1 = reverser."""
    # Missing contributions add nothing, and a sum of 0 counts as 1.
    return 1 if np.nansum(np.asarray(contributions, dtype=float)) >= 0 else -1


def checked_scores(
    scores: object, signatures: pd.DataFrame, score: object, needed: tuple[str, ...] = ("z_sum", "call")
) -> pd.DataFrame:
    """Return a table of scores with its numbers as floats, or raise: one row for each of some `signatures`."""
    # It has no row or column twice, only known calls, and in the column `score` a sign that means mimicker or reverser.
    if not isinstance(scores, pd.DataFrame) or not set(needed) <= set(scores.columns):
        problem = f"is {kind(scores)} without {listed(needed)}"
        raise wrong("scores", scores, problem, "pass the table of score_concordance")
    for labels, what in ((scores.index, "row per signature"), (scores.columns, "column of a name")):
        if not labels.is_unique:
            again = labels[labels.duplicated()].unique()
            raise wrong("scores", scores, f"holds {listed(again, 3)} more than once", f"keep one {what}")
    if not len(scores):
        raise wrong("scores", scores, "holds no signature", "pass the table of score_concordance, or loosen the filter")
    unknown = scores.index.difference(signatures.index)
    if len(unknown):
        problem = f"holds no {listed(unknown, 3)}, which scores does"
        raise wrong("ranks", scores, problem, "pass the matrix that was scored")
    table = scores.copy(deep=False)
    for column in _NUMBERS:
        if column in table:
            table[column] = as_numbers("scores", table[column])
    with_sign = [c for c in table if isinstance(c, str) and not c.startswith(_NO_SCORE) and _holds_numbers(table[c])]
    if not with_sign:
        raise wrong("scores", scores, "has no column of scores with a sign", "pass the table of score_concordance")
    one_of("score", score, with_sign)
    assert isinstance(score, str)
    table[score] = as_numbers("scores", table[score])
    if "call" in needed:
        strange = table.loc[~table["call"].isin(CALLS) & table["z_sum"].notna(), "call"]
        if len(strange):
            problem = f"calls {shown(strange.index[0])} {shown(strange.iloc[0], 40)!r}"
            raise wrong("scores", strange.iloc[0], problem, f"the words are {listed(CALLS)}")
    return table


def as_numbers(argument: str, values: pd.Series) -> pd.Series:
    """Return a column as floats, NaN where it is missing; anything else, or an infinite number, is an error."""
    where = f" in the column {shown(values.name, 40)}" if values.name is not None else ""
    if not _holds_numbers(values):
        strange = next(value for value in values if not _is_number_or_missing(value))
        raise wrong(argument, strange, f"holds {kind(strange)}, {shown(repr(strange), 40)}{where}", "pass numbers")
    found = pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=values.index, name=values.name)
    infinite = found.index[np.isinf(found)]
    if len(infinite):
        problem = f"is infinite for {listed(infinite, 3)}{where}"
        raise wrong(argument, found, problem, "leave these out, or set them to missing (NaN)")
    return found


def _holds_numbers(values: pd.Series) -> bool:
    if isinstance(values.dtype, np.dtype) and values.dtype != object:
        return values.dtype.kind in "iuf"
    return all(map(_is_number_or_missing, values))


def _is_number_or_missing(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    return isinstance(value, Real) or value is None or value is pd.NA
