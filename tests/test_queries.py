"""A query holds what the user gave; what becomes of each gene is match_genes' business."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery


@pytest.mark.parametrize(
    "genes",
    [
        ["MYC", "TP53"],
        ("MYC", "TP53"),
        iter(["MYC", "TP53"]),
        pd.Series(["MYC", "TP53"]),
        np.array(["MYC", "TP53"]),
        pd.Index(["MYC", "TP53"]),
        {"MYC": 1, "TP53": 2}.keys(),
        [" MYC ", "", None, "TP53", float("nan"), pd.NA, np.float32("nan")],
    ],
    ids=lambda genes: type(genes).__name__,
)
def test_any_iterable_of_text(genes):
    assert GeneQuery("q", genes).up == ("MYC", "TP53")


def test_what_spreadsheets_hand_out():
    query = GeneQuery("q", [dt.datetime(2026, 3, 5), pd.Timestamp("2026-09-10"), 7157, 7157.0, pd.NaT])
    assert query.up == ("2026-03-05", "2026-09-10", "7157", "7157")


def test_nothing_is_checked_that_match_genes_reports():
    query = GeneQuery("q", ["MYC", "MYC"], ["MYC"])
    assert (query.up, query.down) == (("MYC", "MYC"), ("MYC",))


def test_one_sided():
    assert GeneQuery("q", ["MYC"]).one_sided
    assert GeneQuery("q", [], ["MYC"]).one_sided
    assert not GeneQuery("q", ["MYC"], ["TP53"]).one_sided


def test_values():
    query = GeneQuery("q", ["MYC"], values={"MYC": 2, "TP53": -1.5, "X": float("nan")})
    assert query.values.to_dict() == {"MYC": 2.0, "TP53": -1.5}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"up": "MYC, TP53"}, "up is one piece of text"),
        ({"up": ["A"], "down": "MYC"}, "down is one piece of text"),
        ({"up": []}, "up and down together hold no gene"),
        ({"up": [None, ""]}, "up and down together hold no gene"),
        ({"up": 7}, "up is 7, not a list of genes"),
        ({"up": {"MYC": 1}}, "up is a dict, not a list of genes"),
        ({"up": pd.DataFrame({"gene": ["MYC"]})}, "up is a pandas DataFrame, not a list of genes"),
        ({"up": ["A"], "values": {"A": "high"}}, "values holds no number for A"),
        ({"up": ["A"], "values": 3}, "values is an int: pass a Series or a dict"),
        ({"up": ["A"], "values": pd.DataFrame({"A": [1]})}, "values is a pandas DataFrame"),
        ({"up": [["A"]]}, "up holds a list"),
        ({"up": np.array([["A"]])}, "up is a numpy ndarray"),
    ],
)
def test_refusals(arguments, sentence):
    with pytest.raises(LincsInterpError, match=sentence):
        GeneQuery("q", **arguments)


@pytest.mark.parametrize(
    ("arguments", "argument", "value"),
    [
        ({"up": ["MYC", 1.5]}, "up", 1.5),
        ({"up": ["MYC"], "down": ["TP53", -2]}, "down", -2),
        ({"up": ["MYC"], "down": [["TP53"]]}, "down", ["TP53"]),
        ({"down": [b"\xff"]}, "down", b"\xff"),
        ({"up": ["MYC"], "values": {1.5: 2}}, "values", 1.5),
    ],
)
def test_a_strange_entry_is_named_with_its_list(arguments, argument, value):
    with pytest.raises(LincsInterpError) as raised:
        GeneQuery("q", **{"up": [], **arguments})
    assert (raised.value.argument, raised.value.value) == (argument, value)


def test_display_is_escaped_and_short():
    html = GeneQuery("<script>", [f"<i>{i}" for i in range(5000)])._repr_html_()
    assert "<script>" not in html
    assert "<i>" not in html
    assert len(html) < 4_000
    assert "5,000 genes up, 0 down" in html
