"""Benjamini-Hochberg against R and scipy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import false_discovery_control

from lincs_interp._util.stats import benjamini_hochberg


def test_r_p_adjust(answers):
    # R: p.adjust(p, "BH"), one p missing. Read as text first: an older pandas misses the last bit of a long decimal.
    table = pd.read_csv(answers / "small_matrix" / "p_adjust.csv", dtype=str).astype(float)
    assert table["p"].isna().sum() == 1
    np.testing.assert_allclose(benjamini_hochberg(table["p"].to_numpy()), table["BH"], rtol=1e-14)


@given(arrays(float, st.integers(1, 50), elements=st.floats(0, 1)))
def test_against_scipy(p):
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p), rtol=1e-12)


def test_the_smallest_of_a_larger_family():
    rng = np.random.default_rng(1)
    p = np.sort(rng.random(1000) ** 3)
    whole = benjamini_hochberg(p)
    part = benjamini_hochberg(p[:100], size=1000)
    assert (part >= whole[:100]).all()  # what was not loaded could only lower it
    np.testing.assert_allclose(part[0], min(p[:100] * 1000 / np.arange(1, 101)))


def test_nothing_there():
    assert np.isnan(benjamini_hochberg(np.array([np.nan, np.nan]))).all()
    assert benjamini_hochberg(np.array([])).size == 0
    assert benjamini_hochberg(np.array([0.03])) == pytest.approx(0.03)
