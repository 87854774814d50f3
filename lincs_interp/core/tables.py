"""Is this the table that a function of ours makes: columns, numbers, each row once."""

from __future__ import annotations

from numbers import Real

import numpy as np
import pandas as pd

from .._util.errors import one_of, wrong
from .._util.text import kind, listed, shown
from .calls import CALLS

_NUMBERS = ("z_up", "z_down", "z_sum", "z_cal", "p_cal", "fdr_cal", "n_hypotheses")
# Columns of a score table that hold no score with a sign: counts, probabilities, areas.
_NO_SCORE = ("n_", "p_", "fdr_", "bonferroni_", "auc_")


def checked_scores(
    scores: object, signatures: pd.DataFrame, score: object, needed: tuple[str, ...] = ("z_sum", "call")
) -> pd.DataFrame:
    """Return a table of scores with its numbers as floats, or raise: one row per signature, of those in `signatures`.

    It has no row or column twice, only known calls, and in the column `score` a sign that means mimicker or reverser.
    """
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
