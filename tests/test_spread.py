"""Names are spread by isotonic regression, without the import of scipy.optimize."""

import numpy as np
from scipy.optimize import isotonic_regression

from lincs_interp.plots.style import _ascending


def test_ascending_is_isotonic_regression(rng):
    for n in (1, 2, 5, 40):
        values = rng.normal(size=n).round(1)
        np.testing.assert_allclose(_ascending(values), isotonic_regression(values).x, atol=1e-12)
