"""One record for each column of each result, as the functions return them and as their docstrings name them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp import stats
from lincs_interp.core.columns import TABLES, Column, added_column, column, describe, is_further_score
from lincs_interp.scoring.scores import SCORES

# Where the docstring of each table is, and under which heading.
DOCUMENTED = {
    "scores": (li.score_concordance, "Returns"),
    "calibrated": (li.calibrate, "Returns"),
    "contributions": (li.explain_concordance, "Returns"),
    "perturbagens": (li.summarise_perturbagens, "Returns"),
    "signatures": (li.perturbagen_signatures, "Returns"),
    "genes": (li.match_genes, "Returns"),
    "baseline": (stats.gene_baseline, "Returns"),
    "consensus": (stats.score_consensus, "Returns"),
    "shared": (stats.shared_genes, "Returns"),
    "bootstrap": (stats.bootstrap_scores, "Returns"),
    "promiscuity": (stats.measure_promiscuity, "Returns"),
    "targets": (stats.check_targets, "Returns"),
    "enrichment": (stats.enrich_annotations, "Returns"),
    "redundancy": (stats.score_redundancy, "Returns"),
}
# Tables inside a result: their columns are named in the running text.
INSIDE = {
    "stability": (stats.leave_one_out, "Returns"),
    "null": (stats.check_null, "Returns"),
    "toxicity": (stats.toxicity_share, "Returns"),
}
RECORDS = {kind: "scores" if kind == "calibrated" else kind for kind in (*DOCUMENTED, *INSIDE)}


def section(text: str, heading: str) -> str:
    """One section of a docstring."""
    return re.split(rf"\n *{heading}\n *-+\n", text)[1].split("\n\n    Raises")[0].split("\n    Raises\n")[0]


def returned(table: pd.DataFrame) -> set[str]:
    return {str(name) for name in (*table.columns, table.index.name) if name is not None}


@pytest.mark.parametrize("kind", RECORDS)
def test_every_returned_column_has_a_record(result_tables, kind):
    without = {name for name in returned(result_tables[kind]) if column(RECORDS[kind], name) is None}
    assert without == set()


@pytest.mark.parametrize("kind", RECORDS)
def test_every_returned_column_is_in_the_docstring(result_tables, kind):
    text = _documentation(kind)
    absent = {
        name
        for name in returned(result_tables[kind])
        if f"``{name}``" not in text and f"``{name} =" not in text and f"index ``{name}``" not in text
    }
    if kind == "calibrated":
        absent -= returned(result_tables["scores"])
    # "``z_sum_std`` …": the others are named by the scores they are of.
    assert {name for name in absent if not (name.endswith("_std") or name in SCORES)} == set()


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_every_column_of_the_docstring_has_a_record(kind):
    """Each point of the list begins with the names of columns."""
    points = re.findall(r"^ *- ((?:``\w+(?: = [^`]+)?``[,; ]*)+)", _documentation(kind), flags=re.MULTILINE)
    named = [name for point in points for name in re.findall(r"``(\w+)", point)]
    assert named
    assert {name for name in named if column(RECORDS[kind], name) is None} == set()


def _documentation(kind: str) -> str:
    function, heading = (DOCUMENTED | INSIDE)[kind]
    return section(function.__doc__, heading)


@pytest.mark.parametrize("name", sorted(set(SCORES) - {"z_sum"}))
def test_every_score_has_a_record_that_agrees_with_its_own(name):
    record = column("scores", name)
    assert is_further_score(name)
    assert record.ends == column("scores", "z_sum").ends
    limits = re.match(r"-[\d.]+ to [\d.]+", SCORES[name].range)
    assert (limits[0] if limits else "unbounded") in record.sentence
    assert column("consensus", f"{name}_std") is not None
    assert column("perturbagens", name) is None


def test_a_score_that_is_none_has_no_record():
    assert not is_further_score("mine")
    assert column("scores", "mine") is None
    assert describe(["z_sum", "mine"], "scores") == {"z_sum": TABLES["scores"]["z_sum"].sentence, "mine": ""}


@pytest.mark.parametrize("table", TABLES)
def test_records_are_complete(table):
    for name, record in TABLES[table].items():
        assert record.name == name
        assert record.sentence
        assert "  " not in record.sentence
        assert record.form in ("text", "call", "side", "flag", "count", "number", "signed", "probability", "percent")


@pytest.mark.parametrize(
    ("form", "digits", "value", "text"),
    [
        ("signed", 1, 7.26, "+7.3"),
        ("signed", 1, -0.01, "0.0"),
        ("signed", 1, -194_738.2, "−194,738"),
        ("probability", 0, 0.0488, "0.049"),
        ("probability", 0, 1e-300, "below 1e-300"),
        ("percent", 0, 0.015, "1.5 %"),
        ("count", 0, np.int64(12_318), "12,318"),
        ("number", 2, 0.5, "0.50"),
        ("number", 2, np.nan, "–"),
        ("number", 2, pd.NA, "–"),
        ("number", 2, "many", "many"),
        ("flag", 0, np.bool_(True), "yes"),
        ("text", 0, "a\nb", "a b"),
    ],
)
def test_how_a_value_is_written(form, digits, value, text):
    assert Column("x", "", form=form, digits=digits).text(value) == text


def test_both_ends_make_the_hint():
    record = column("contributions", "percentile")
    assert record.hint == "0 most down … 100 most up"
    assert record.head[1] == "0&nbsp;most&nbsp;down<br>100&nbsp;most&nbsp;up"


def test_an_added_column_is_written_plainly():
    forms = [added_column("x", pd.Series(values)).form for values in ([True], [1], [1.5], ["a"])]
    assert forms == ["flag", "count", "number", "text"]
