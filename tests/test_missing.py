"""What counts as no value, in every place that asks."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp import GeneQuery
from lincs_interp._util import missing
from lincs_interp._util.missing import is_none, plain

NONE = [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT]


@pytest.mark.parametrize("cell", NONE, ids=str)
def test_no_value_in_python(cell):
    assert is_none(cell)
    assert plain(cell) == ""
    assert GeneQuery("q", up=["MYC", cell]).up == ("MYC",)


@pytest.mark.parametrize("cell", ["", "NA", "None", 0, False, " x "])
def test_a_text_or_number_is_a_value(cell):
    assert not is_none(cell)
    assert plain(cell) == str(cell).strip()


@pytest.mark.parametrize("name", [name for name in vars(missing) if name.startswith("NO_") or name == "MISSING_WORDS"])
def test_nan_is_nothing_everywhere(name):
    words = getattr(missing, name)
    assert "nan" in words
    assert {word.lower() for word in words} == set(words) or name == "NO_FACT"


def test_where_they_differ_on_purpose():
    assert "none" not in missing.NO_NUMBER
    assert "" not in missing.NO_GENE
    assert "na" not in missing.NO_SYMBOL
    assert "unknown" in missing.NO_TERM
    assert {"NA", "na"} & missing.NO_FACT == {"NA"}
