import dataclasses
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample, sample_path
from lincs_interp.readings.interpretation import interpret

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
def sample():
    """The simulated sample."""
    return load_sample()


@pytest.fixture(scope="session")
def interpretation(sample):
    """The sample interpreted with all that comes with it; nothing may change it."""
    return interpret(
        sample.ranks,
        sample.query,
        background=sample.background,
        gene_metadata=sample_path("genes.tsv"),
        tissue="lung",
    )


@pytest.fixture(scope="session")
def with_table():
    """A function that returns an interpretation with other tables in the place of those it would compute."""

    def changed(interpretation, **tables):
        fields = {field.name: getattr(interpretation, field.name) for field in dataclasses.fields(interpretation)}
        other = type(interpretation)(**fields)
        other.__dict__.update(tables)
        return other

    return changed


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


@pytest.fixture(scope="session")
def the_sample():
    from lincs_interp.io.sample import load_sample

    return load_sample()


@pytest.fixture(scope="session")
def result_tables(the_sample):
    """One table of every kind that the package returns."""
    import lincs_interp as li

    ranks, query, background = the_sample.ranks, the_sample.query, the_sample.background
    scores = li.score_concordance(ranks, query)
    calibrated = li.calibrate(scores, query, background=background)
    genes = li.explain_concordance(ranks, query, scores.index[0])
    terms = pd.DataFrame({"pert_name": ranks.signatures["pert_name"].unique()}).assign(moa="agonist")
    terms.loc[::2, "moa"] = "inhibitor"
    few = background.select(signatures=background.frame.columns[:60])
    return {
        "scores": scores,
        "calibrated": calibrated,
        "consensus": li.stats.score_consensus(ranks, query),
        "contributions": genes,
        "perturbagens": li.summarise_perturbagens(calibrated, ranks),
        "signatures": li.perturbagen_signatures(calibrated, ranks, "graduasone"),
        "genes": li.match_genes(ranks, query),
        "gene": li.interpret(ranks, query).gene("TNF").table,
        "baseline": li.stats.gene_baseline(background),
        "stability": li.stats.leave_one_out(ranks, query, scores.index[0], n_resamples=40).genes,
        "shared": li.stats.shared_genes(ranks, query),
        "bootstrap": li.stats.bootstrap_scores(ranks, query, n_resamples=40),
        "promiscuity": li.stats.measure_promiscuity(ranks, few),
        "targets": li.stats.check_targets(ranks),
        "null": li.stats.check_null(background, query).qq,
        "enrichment": li.stats.enrich_annotations(scores, ranks, terms),
        "toxicity": li.stats.toxicity_share(genes).groups,
        "redundancy": li.stats.score_redundancy(ranks, query),
    }
