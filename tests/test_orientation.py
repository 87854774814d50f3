"""Which end is up: each kind of evidence, right way round, wrong way round, and too thin."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.percentiles import rank_coefficients
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.sigcom.orientation import check_orientation
from lincs_interp.sigcom.reproduction import reproduce_scores


@pytest.fixture
def coefficients(rng):
    return pd.DataFrame(rng.standard_normal((60, 3)), index=[f"G{i}" for i in range(60)], columns=["S0", "S1", "S2"])


@pytest.fixture
def turned(small_ranks):
    return RankMatrix.from_frame(small_ranks.frame, rank_one="up")


class TestByCoefficients:
    def test_right_and_wrong_way_round(self, coefficients):
        ranks = rank_coefficients(coefficients)
        check = check_orientation(ranks, coefficients=coefficients[["S1"]])
        assert check.result == "as assumed"
        assert check.evidence.loc[0, "detail"] == "median Spearman correlation +1.000 over 1 signature and 60 genes."
        wrong = RankMatrix.from_frame(ranks.frame, rank_one="up")
        check = check_orientation(wrong, coefficients=coefficients["S1"])
        assert check.result == "reversed"
        assert 'rank_one="up"' in check.sentence

    def test_coefficients_of_other_signatures_do_not_decide(self, coefficients, rng):
        noise = pd.DataFrame(rng.standard_normal(coefficients.shape), coefficients.index, coefficients.columns)
        assert check_orientation(rank_coefficients(coefficients), coefficients=noise).result == "undecided"

    def test_too_few_shared_genes_or_signatures(self, coefficients):
        ranks = rank_coefficients(coefficients)
        for thin in (coefficients.iloc[:19], coefficients.add_prefix("other ")):
            check = check_orientation(ranks, coefficients=thin)
            assert check.result == "undecided"
            assert "too little to test" in check.evidence.loc[0, "detail"]


class TestByResults:
    def test_the_sites_z_is_reproduced(self, small_ranks, turned, small_query):
        results = reproduce_scores(small_ranks, small_query)
        results[["z-up", "z-down", "z-sum"]] = results[["z-up", "z-down", "z-sum"]].round(3)
        assert check_orientation(small_ranks, results=results, query=small_query).result == "as assumed"
        check = check_orientation(turned, results=results, query=small_query)
        assert check.result == "reversed"
        assert "16 with opposite sign" in check.evidence.loc[0, "detail"]

    def test_results_of_another_query_do_not_decide(self, small_ranks, small_query):
        other = GeneQuery("other", small_ranks.genes[100:120], small_ranks.genes[120:140])
        results = reproduce_scores(small_ranks, other)
        assert check_orientation(small_ranks, results=results, query=small_query).result == "undecided"

    def test_two_signatures_are_too_few(self, small_ranks, small_query):
        results = reproduce_scores(small_ranks, small_query).head(2)
        assert check_orientation(small_ranks, results=results, query=small_query).result == "undecided"

    def test_one_sided_results(self, small_ranks, small_query):
        query = GeneQuery("up only", small_query.up)
        results = reproduce_scores(small_ranks, query)
        assert check_orientation(small_ranks, results=results, query=query).result == "as assumed"


class TestByKnownMimickers:
    @pytest.fixture
    def known(self, small_ranks, small_query):
        z = score_concordance(small_ranks, small_query)["z_sum"]
        return {name: "mimicker" if value > 0 else "reverser" for name, value in z.items()}

    def test_right_and_wrong_way_round(self, small_ranks, turned, small_query, known):
        assert check_orientation(small_ranks, results=known, query=small_query).result == "as assumed"
        check = check_orientation(turned, results=known, query=small_query)
        assert check.result == "reversed"
        assert check.evidence.loc[0, "detail"] == "0 of 16 known signatures fall on the side they are known for."

    def test_seven_are_too_few_eight_enough(self, small_ranks, small_query, known):
        for n, result in ((7, "undecided"), (8, "as assumed")):
            few = dict(list(known.items())[:n])
            assert check_orientation(small_ranks, results=few, query=small_query).result == result

    def test_other_words(self, small_ranks, small_query):
        with pytest.raises(LincsInterpError, match='where "mimicker" or "reverser" is expected'):
            check_orientation(small_ranks, results={"S00": "friend"}, query=small_query)


def test_contradicting_evidence_is_undecided(coefficients):
    ranks = rank_coefficients(coefficients)
    query = GeneQuery("q", ranks.genes[:10], ranks.genes[10:20])
    z = score_concordance(ranks, query)
    wrong = pd.DataFrame({"uuid": z.index, "z-up": -z["z_up"], "z-down": -z["z_down"], "z-sum": -z["z_sum"]})
    check = check_orientation(ranks, coefficients=coefficients, results=wrong, query=query)
    assert set(check.evidence["points_to"]) >= {"as assumed", "reversed"}
    assert check.result == "undecided"


def test_nothing_to_test_with(small_ranks, small_query):
    for arguments in ({}, {"query": small_query}, {"results": {"S00": "mimicker"}}):
        with pytest.raises(LincsInterpError, match="coefficients is missing, and so is results with its query"):
            check_orientation(small_ranks, **arguments)


def test_display_is_escaped(coefficients):
    ranks = rank_coefficients(coefficients)
    check = check_orientation(ranks, coefficients=coefficients)
    assert "as assumed" in repr(check)
    assert "<strong>The ranks run as assumed" in check._repr_html_()


@pytest.mark.real
def test_real_coefficients(real_data):
    tables = {
        kind: pd.read_csv(
            real_data / "real" / f"full_12328x43.{kind}.tsv.gz", sep="\t", index_col=0, keep_default_na=False
        )
        for kind in ("values", "ranks")
    }
    ranks = RankMatrix.from_frame(tables["ranks"])
    assert check_orientation(ranks, coefficients=tables["values"]).result == "as assumed"
    wrong = RankMatrix.from_frame(tables["ranks"], rank_one="up")
    assert check_orientation(wrong, coefficients=tables["values"]).result == "reversed"
    assert np.all(ranks.n_ranked == 12_328)
