"""Whatever is handed in, bad input is one LincsInterpError in one line, and never another exception."""

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li

RANKS = li.RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4], "T": [4, 3, 2, 1]}, index=list("ABCD")))
QUERY = li.GeneQuery("q", ["D"], ["A"])
SCORES = li.score_concordance(RANKS, QUERY)
SITE = li.reproduce_scores(RANKS, QUERY)
WRONG = [
    None,
    3,
    "text",
    [],
    ["A"],
    {},
    {"A": 1},
    np.zeros((2, 2)),
    pd.DataFrame(),
    pd.Series(dtype=float),
    pd.NA,
    object(),
]

CALLS = {
    "score_concordance ranks": lambda x: li.score_concordance(x, QUERY),
    "score_concordance query": lambda x: li.score_concordance(RANKS, x),
    "score_concordance overlap": lambda x: li.score_concordance(RANKS, QUERY, overlap=x),
    "score_concordance rescue": lambda x: li.score_concordance(RANKS, QUERY, rescue=x),
    "explain_concordance ranks": lambda x: li.explain_concordance(x, QUERY, "S"),
    "explain_concordance query": lambda x: li.explain_concordance(RANKS, x, "S"),
    "explain_concordance signature": lambda x: li.explain_concordance(RANKS, QUERY, x),
    "match_genes ranks": lambda x: li.match_genes(x, QUERY),
    "match_genes query": lambda x: li.match_genes(RANKS, x),
    "reproduce_scores ranks": lambda x: li.reproduce_scores(x, QUERY),
    "reproduce_scores query": lambda x: li.reproduce_scores(RANKS, x),
    "compare_with_site scores": lambda x: li.compare_with_site(x, SITE),
    "compare_with_site results": lambda x: li.compare_with_site(SCORES, x),
    "check_orientation ranks": lambda x: li.check_orientation(x, coefficients=RANKS.frame),
    "check_orientation results": lambda x: li.check_orientation(RANKS, results=x, query=x),
    "from_frame frame": li.RankMatrix.from_frame,
    "from_frame rank_one": lambda x: li.RankMatrix.from_frame(RANKS.frame, rank_one=x),
    "rank_coefficients": li.rank_coefficients,
    "explain_rank rank": lambda x: li.explain_rank(x, n_genes=1),
    "explain_rank n_genes": lambda x: li.explain_rank(9, n_genes=x),
    "to_percentile n_genes": lambda x: li.to_percentile(9, n_genes=x),
    "select signatures": lambda x: RANKS.select(signatures=[x]),
    "write_report ranks": lambda x: li.write_report(x, QUERY, "never written"),
    "write_report query": lambda x: li.write_report(RANKS, x, "never written"),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrong", WRONG, ids=lambda x: f"{type(x).__name__}{len(x) if hasattr(x, '__len__') else ''}")
def test_wrong_kinds_give_one_sentence(name, wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(li.LincsInterpError) as raised:
        CALLS[name](wrong)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600
    assert list(tmp_path.iterdir()) == []


def test_the_likeliest_slip_is_answered_with_the_remedy():
    with pytest.raises(li.LincsInterpError) as raised:
        li.score_concordance(RANKS.frame, QUERY)
    assert str(raised.value) == (
        "ranks is a pandas DataFrame, not a RankMatrix: make one with read_ranks(path) or RankMatrix.from_frame(frame)."
    )
    with pytest.raises(li.LincsInterpError, match="query is a list, not a GeneQuery: make one with GeneQuery"):
        li.score_concordance(RANKS, ["D"])


@pytest.mark.parametrize("size", ["x", [], float("nan"), float("inf"), True, 1])
def test_library_size(size):
    with pytest.raises(li.LincsInterpError, match="library_size"):
        li.reproduce_scores(RANKS, QUERY, library_size=size)


@pytest.mark.parametrize("wrong", [None, 5, True, "z_sum", [None], [3]])
def test_scores(wrong):
    with pytest.raises(li.LincsInterpError, match="scores"):
        li.score_concordance(RANKS, QUERY, scores=wrong)
