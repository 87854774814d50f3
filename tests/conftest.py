import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix

# A busy machine is no reason to fail: hypothesis may take its time over one example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ANSWERS = Path(__file__).parent / "answers"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds `real/` and `oracles/`: real L1000 data, which is not part of this project."""
    folder = os.environ.get("LINCS_INTERP_REAL_DATA")
    if not folder:
        pytest.skip("LINCS_INTERP_REAL_DATA is not set: the real L1000 data are not part of this project")
    return Path(folder)


@pytest.fixture(scope="session")
def answers() -> Path:
    return ANSWERS


@pytest.fixture
def small_ranks() -> RankMatrix:
    """300 genes x 16 signatures, scored elsewhere in R and by the site's own code."""
    path = ANSWERS / "small_matrix" / "small_ranks_300x16.tsv"
    return RankMatrix.from_frame(pd.read_csv(path, sep="\t", index_col=0))


@pytest.fixture
def small_query() -> GeneQuery:
    return GeneQuery("small", up=[f"G{i:03d}" for i in range(20)], down=[f"G{i:03d}" for i in range(20, 45)])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20221122)
