"""The site's own answers, stored, against ours: every field, and z to the last bit."""

import json

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.sigcom.reproduction import _hash_table_order, _site_p, compare_with_site, reproduce_scores, site_z

SPREAD = [(1, 0), (2, 5), (5, 17), (10, 3), (11, 100), (101, 9), (1009, 77), (4001, 1234)]
TWO_SIDED = ["small_basic", "small_empty_down", "small_all_genes_up", "small_same_set_both", "big_spread"]
ONE_SIDED = ["small_onesided", "small_onesided_empty"]


@pytest.fixture(scope="module")
def stored(answers):
    return json.loads((answers / "sigcom_java" / "server_outputs.json").read_text())


@pytest.fixture(scope="module")
def matrices(answers):
    small = pd.read_csv(answers / "small_matrix" / "small_ranks_300x16.tsv", sep="\t", index_col=0)
    genes = np.arange(12_327)
    big = pd.DataFrame({f"A{a}B{b}": (a * genes + b) % 12_327 + 1 for a, b in SPREAD})
    big.index = [f"g{g}" for g in genes]
    return {"small": RankMatrix.from_frame(small), "big": RankMatrix.from_frame(big)}


def ask(stored, matrices, name):
    query = next(q for q in stored["queries"] if q["id"] == name)
    up, down = (query[side].split(",") for side in ("up", "down"))
    answer = stored["results"][name]["response"]["results"]
    return matrices[query["db"]], up, down, pd.DataFrame(answer)


@pytest.mark.parametrize("name", TWO_SIDED)
def test_every_field_of_the_two_sided_answer_is_the_sites(stored, matrices, name):
    ranks, up, down, theirs = ask(stored, matrices, name)
    # An empty list reaches the server as one empty name, which no gene has.
    query = GeneQuery(name, up=up, down=[gene or "no such gene" for gene in down])
    ours = reproduce_scores(ranks, query)
    assert len(ours) == len(theirs)
    if len(theirs):
        assert list(ours["uuid"]) == list(theirs["uuid"])
        assert (ours[["z-up", "z-down", "z-sum"]] == theirs[["z-up", "z-down", "z-sum"]]).all(axis=None)
        assert list(ours["type"]) == list(theirs["type"])
        numbers = theirs.columns.drop(["uuid", "type"])
        np.testing.assert_allclose(ours[numbers].to_numpy(float), theirs[numbers].to_numpy(float), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ONE_SIDED)
def test_every_field_of_the_one_sided_answer_is_the_sites(stored, matrices, name):
    ranks, up, _, theirs = ask(stored, matrices, name)
    ours = reproduce_scores(ranks, GeneQuery(name, up=[gene or "no such gene" for gene in up]))
    assert len(ours) == len(theirs)
    if len(theirs):
        assert list(ours["uuid"]) == list(theirs["uuid"])  # the order holds two ties: the hash table's order decides
        assert (ours["zscore"] == theirs["zscore"]).all()
        assert list(ours["type"]) == list(theirs["type"])
        numbers = theirs.columns.drop(["uuid", "type"])
        np.testing.assert_allclose(ours[numbers].to_numpy(float), theirs[numbers].to_numpy(float), rtol=1e-12, atol=0)


def test_a_limited_answer_is_the_head_of_both_ends(stored, matrices):
    ranks, up, down, theirs = ask(stored, matrices, "small_limit2")
    ours = reproduce_scores(ranks, GeneQuery("limit", up, down))
    sides = [ours[ours["type"] == side].head(2) for side in ("mimickers", "reversers")]
    assert list(pd.concat(sides)["uuid"]) == list(theirs["uuid"])


def test_the_minimal_answer_shows_the_hash_tables_order(stored, matrices):
    ranks, _, _, theirs = ask(stored, matrices, "small_minimal")
    names = ranks.frame.columns
    assert list(names[_hash_table_order(names)]) == list(theirs["uuid"])


@pytest.mark.real
def test_p_and_logs_of_answers_the_public_server_gave(real_data):
    records = json.loads((real_data / "oracles" / "sigcom_api" / "api_records.json").read_text())["records"]
    checked = 0
    for record in records:
        for z, p in (("z-up", "p-up"), ("z-down", "p-down"), ("zscore", "p-value")):
            if z in record:
                assert _site_p(np.array([record[z]]))[0] == record[p]
                checked += 1
        if record.get("_server") == "2022-new" and "z-sum" in record:
            from lincs_interp.sigcom.reproduction import _two_sided

            # A library of that size of which one signature is loaded; z-down was turned by the server.
            ours = _two_sided(np.array([record["z-up"]]), np.array([-record["z-down"]]), 140_945)
            for field in ("p-up-bonferroni", "p-down-bonferroni", "logp-fisher", "logp-avg", "z-sum", "direction-down"):
                np.testing.assert_allclose(ours[field][0], record[field], rtol=1e-12, atol=0, err_msg=field)
    assert checked > 40


def test_site_p_is_near_the_true_p_until_it_underflows():
    from scipy.special import ndtr

    z = np.array([0.5, 2.0, 4.0, 6.0, 8.0, 9.0])
    relative = _site_p(z) / (2 * ndtr(-z)) - 1
    assert np.all(np.abs(relative) < [1e-6, 1e-5, 6e-4, 5e-3, 0.08, 1.01])
    assert _site_p(z)[-1] == 0


def test_bonferroni_and_fdr_count_the_whole_library(small_ranks, small_query):
    alone = reproduce_scores(small_ranks, small_query)
    library = reproduce_scores(small_ranks, small_query, library_size=1600)
    expected = np.minimum(1, alone["p-up"] * 1600)
    np.testing.assert_allclose(library["p-up-bonferroni"], expected)
    assert (library["fdr-up"] >= alone["fdr-up"]).all()
    assert library["fdr-up"].min() == pytest.approx(100 * alone["fdr-up"].min())


def test_a_library_smaller_than_the_matrix_is_refused(small_ranks, small_query):
    message = (
        "library_size is 3 but the matrix alone holds 16 signatures: give the number of signatures the site searched,"
        " or leave it out."
    )
    with pytest.raises(LincsInterpError) as raised:
        reproduce_scores(small_ranks, small_query, library_size=3)
    assert str(raised.value) == message


def test_the_site_accepts_what_we_refuse(small_ranks, small_query):
    doubled = GeneQuery("doubled", small_query.up + small_query.up[:3], (*small_query.down, "NO SUCH GENE"))
    pd.testing.assert_frame_equal(reproduce_scores(small_ranks, doubled), reproduce_scores(small_ranks, small_query))
    overlapping = GeneQuery("overlap", small_query.up, small_query.up[:5] + small_query.down)
    assert len(reproduce_scores(small_ranks, overlapping)) == 16
    with pytest.raises(LincsInterpError, match="both up and down"):
        score_concordance(small_ranks, overlapping)


class TestCompareWithSite:
    def test_same_numbers_differ_only_where_the_call_is_finer(self, small_ranks, small_query):
        scores = score_concordance(small_ranks, small_query)
        table = compare_with_site(scores, reproduce_scores(small_ranks, small_query))
        assert (table["difference"] == 0).all()
        assert table.loc["PERFECT", ["site_type", "call", "why"]].tolist() == ["mimicker", "mimicker", ""]
        assert table.loc["MIRROR", "why"] == (
            "The site looks at the sum only; here the lists point opposite ways (z_up +7.47, z_down -7.07)."
        )
        assert table.loc["S02", "call"] == "unresolved"
        assert "is not beyond noise" in table.loc["S02", "why"]
        assert not table.loc[["MIRROR", "S02"], "agrees"].any()

    def test_a_turned_matrix_is_named(self, small_ranks, small_query):
        turned = RankMatrix.from_frame(small_ranks.frame, rank_one="up")
        table = compare_with_site(score_concordance(turned, small_query), reproduce_scores(small_ranks, small_query))
        assert "The sums are equal with opposite signs" in table.loc["PERFECT", "why"]

    def test_other_genes_are_named(self, small_ranks, small_query):
        fewer = GeneQuery("fewer", small_query.up[:10], small_query.down)
        table = compare_with_site(score_concordance(small_ranks, fewer), reproduce_scores(small_ranks, small_query))
        assert "other genes were counted" in table.loc["PERFECT", "why"]

    def test_tables_without_a_common_signature(self, small_ranks, small_query):
        site = reproduce_scores(small_ranks, small_query).assign(uuid=[f"other {i}" for i in range(16)])
        with pytest.raises(LincsInterpError, match="results name no signature of scores"):
            compare_with_site(score_concordance(small_ranks, small_query), site)


class TestSiteZ:
    def test_raw_and_turned_down_z_are_distinguished_by_the_sum(self):
        turned = pd.DataFrame({"uuid": ["a", "b"], "z-up": [3.0, -1.0], "z-down": [2.0, 4.0], "z-sum": [5.0, 3.0]})
        raw = turned.assign(**{"z-down": -turned["z-down"]})
        pd.testing.assert_frame_equal(
            site_z(raw).drop(columns="sign_turned"), site_z(turned).drop(columns="sign_turned")
        )
        assert site_z(raw)["sign_turned"].all()
        assert not site_z(turned)["sign_turned"].any()

    def test_without_a_sum_the_sign_is_not_known(self):
        with pytest.raises(LincsInterpError, match="the sign of the down list is not known"):
            site_z(pd.DataFrame({"uuid": ["a"], "z-up": [3.0], "z-down": [2.0]}))

    def test_the_tables_a_user_downloads(self):
        table = pd.DataFrame(
            {"Term": ["s1"], "z-score (up)": ["3.5"], "z-score (down)": ["1"], "z-score (sum)": ["4.5"]}
        )
        assert site_z(table).loc["s1", ["z_up", "z_down", "z_sum"]].tolist() == [3.5, 1, 4.5]
