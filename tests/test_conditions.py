"""Conditions on a table of signatures: what they choose, what they refuse, and that nothing in them runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp import LincsInterpError, RankMatrix
from lincs_interp.core.conditions import LONGEST, rows_where

TABLE = pd.DataFrame(
    {
        "cell_line": ["MCF7", "A375", "", "MCF7"],
        "pert_name": ["lovastatin", "aspirin", "MS-275", "Statex"],
        "time_h": [24.0, 6, 24, np.nan],
        "dose_um": pd.array([10, 1, None, 3], dtype="Int64"),
        "single": np.array([0.1, 0.2, 0.3, np.nan], dtype="float32"),
        "n": [1, 2, 3, 2**53 + 1],
        "checked": [True, False, None, True],
        "dose of R/µM": [1.0, 2.0, 3.0, 4.0],
        "dose_µM": [1, 2, 3, 4],
        "kind": pd.Categorical(["a", "b", None, "NA"]),
        "batch": ["1a", 2, None, 3.0],
        "numbers": np.array([1, "", 2.5, 4], dtype=object),
        "lists": [["x"], ["y"], None, ["x"]],
        "day": pd.to_datetime(["2026-01-02", None, "2026-01-03", "2026-01-02"]),
        "empty": ["", "NA", None, "-666"],
        "site of origin": ["lung", None, "skin", "skin"],
    },
    index=pd.Index(["S0", "S1", "S2", "S3"], name="signature"),
)


def chosen(condition: str, table: pd.DataFrame = TABLE) -> list[int]:
    return np.flatnonzero(rows_where("where", condition, table)).tolist()


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ('cell_line == "MCF7" and time_h >= 24', [0]),
        ("cell_line == 'MCF7' or time_h < 24", [0, 1, 3]),
        ('cell_line in ["MCF7", "A375"]', [0, 1, 3]),
        ("time_h in (6, 7.5)", [1]),
        ("6 < time_h <= 24", [0, 2]),
        ("24 <= time_h", [0, 2]),
        ("dose_um > -1", [0, 1, 3]),
        ("numbers >= 2", [2, 3]),
        ("single == 0.1 or single in [0.2]", [0, 1]),
        (f"n == {2**53}", None),  # numbers of many digits are compared as they are
        ("dose_um < n", [1, 3]),
        ("cell_line != pert_name", [0, 1, 3]),
        ("checked", [0, 3]),
        ("checked == False", [1]),
        ('kind == "a"', [0]),
        ('batch in ["2", "3"]', [1, 3]),
        ('startswith(day, "2026-01-02")', [0, 3]),
        ('contains(pert_name, "stat")', [0]),
        ('startswith(pert_name, "MS") or endswith(pert_name, "in")', [0, 1, 2]),
        ('not contains(pert_name, "a")', [2]),
        (r'contains(pert_name, "\d") or n == 1', [0]),  # a text as it is, no pattern
        ("missing(time_h)", [3]),
        ("missing(lists)", [2]),
        ("missing(kind)", [2, 3]),
        ("missing(empty) and not missing(cell_line)", [0, 1, 3]),
        ('signature in ["S1", "S2"]', [1, 2]),
        ("`dose of R/µM` >= 3", [2, 3]),
        ("dose_µM == 1 or dose_μM == 2", [0, 1]),  # the micro sign and the Greek letter
        ("((( time_h )) == (6))", [1]),
        ("not " * 480 + "missing(time_h)", [3]),
        ("  time_h\n == \u00a06\n", [1]),
        ('pert_name == "`MS-275`" or time_h == 6', None),
        # What is missing is neither true nor false, as long as it matters.
        ('cell_line != "MCF7"', [1]),
        ('not cell_line == "MCF7"', [1]),
        ('cell_line not in ["MCF7"]', [1]),
        ("not 6 < time_h <= 24", [1]),
        ("not checked", [1]),
        ('not (cell_line == "MCF7" and n >= 3)', [0, 1]),
        ("empty == kind or n == 1", [0]),
        ("empty > 3", None),
    ],
)
def test_what_is_chosen(condition, rows):
    if rows is None:
        with pytest.raises(LincsInterpError, match=r"which fits no signature|no pert_name is"):
            chosen(condition)
    else:
        assert chosen(condition) == rows


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ('cell_line == "mcf7"', "no cell_line is 'mcf7': use an existing one, such as MCF7"),
        ('cell_line in ["MCF7", "A357"]', "no cell_line is 'A357': use an existing one, such as A375"),
        ('cell_line != "x" or n == 1', "no cell_line is 'x': use an existing one, such as MCF7, A375"),
        ('cell_line == "NA"', "no cell_line is 'NA': missing(cell_line) finds"),
        ('empty == "a"', "no empty is 'a': missing(empty) finds"),
        ('cell_line == ""', "it holds an empty text: missing(column) finds"),
        ('cel_line == "MCF7"', "there is no column cel_line: use an existing one, such as cell_line"),
        ("xyz", "it is no condition (there is no column xyz): write for example cell_line =="),
        ("time_h == @x", 'names after "@" are not known here: write the value into the condition'),
        ('cell_line = "MCF7"', "a single = compares nothing: write =="),
        ("cell_line == 24", "cell_line holds text: compare numbers with numbers"),
        ('time_h == "24"', "time_h holds numbers"),
        ('time_h > "6"', "time_h holds numbers"),
        ("time_h == True", "time_h holds numbers"),
        ("n in [1, True]", "n holds numbers"),
        ("checked == 1", "checked holds True and False"),
        ("checked > True", "checked holds True and False"),
        ('cell_line < "N"', "cell_line holds text"),
        ("cell_line == n", "holds"),
        ("cell_line < pert_name", "holds text"),
        ('batch < "3"', "batch holds text"),
        ('contains(n, "1")', "n holds numbers"),
        ("time_h", "time_h holds numbers"),
        ('`site of origin` == "NA"', "no `site of origin` is 'NA': missing(`site of origin`) finds"),
        ("n > 1e400", "it holds too large a number"),
        ("n > " + "9" * 1_900, "it holds too large a number"),
        ("time_h == 25", "which fits no signature: loosen the condition"),
        ("`n` + `dose of R/µM` > 2", "(`n` + `dose of R/µM` is not allowed there)"),
        ("cell_line\u200b == 1", "it holds a sign that cannot be seen"),
        ('cell_line == "\ud800"', "it holds a sign that cannot be seen"),
        ("n == 1\0", "it holds a sign that cannot be seen"),
        ("(" * 100_000, "it has 100,000 letters: use at most 2,000"),
    ],
)
def test_a_refusal_says_what_to_write(condition, sentence):
    with pytest.raises(LincsInterpError, match=re.escape(sentence)) as raised:
        chosen(condition)
    assert (raised.value.argument, raised.value.value) == ("where", condition)
    assert raised.value.remedy


# FILE is a path that every one of them would make, if it ran and had the chance.
OPEN = "open('FILE', 'w')"
HOSTILE = [
    *f"""
cell_line.copy.__func__.__globals__['sys'].modules['os'].system('touch FILE')
__import__('os').system('touch FILE') | `__import__('os').system('touch FILE')` | getattr(n, 'to_csv')('FILE')
cell_line.to_csv('FILE') | cell_line.to_csv('FILE') == 'MCF7' | `cell_line`.to_csv('FILE') | @pd.read_pickle('FILE')
ｎ.to_csv('FILE') | 𝓃.to_csv('FILE') | ｏｐｅｎ('FILE', 'w') | n.__class__ | n.__doc__ == 'a' | n.query('1')
{OPEN} | n == {OPEN} | {OPEN} == 1 | -{OPEN} < n | 1 < n < {OPEN} | n == (1, {OPEN})[0] | n[{OPEN}] == 1
n in {OPEN} | n in [{OPEN}] | n in [1, *[{OPEN}]] | n in {{{OPEN}}} | n in {{1: {OPEN}}} | *{OPEN}
missing({OPEN}) | missing(n)({OPEN}) | missing(n, key={OPEN}) | missing(n, **{{'a': {OPEN}}}) | missing(*[{OPEN}])
contains({OPEN}, 'a') | contains(cell_line, {OPEN}) | contains(cell_line, 'a', {OPEN}) | contains(cell_line, f"a")
n == 1 or {OPEN} | n == 1 and {OPEN} | not {OPEN} | n if {OPEN} else n | (x := {OPEN}) | n == (x := {OPEN}) | x = {OPEN}
[x for x in {OPEN}] | n in [x for x in [{OPEN}]] | n in {{x for x in {OPEN}}} | n in (x for x in {OPEN})
lambda: {OPEN} | (lambda: {OPEN})() | (yield {OPEN}) | await {OPEN} | n == 1; {OPEN} | n == 1 # {OPEN}
f'{{open("FILE", "w")}}' | n == f"{{{OPEN}}}" | cell_line == 'a' f'{{1}}' | f'{{n.__class__}}' == 'a' | t'{{n}}'
n == 1 or \"""a"b `{OPEN}` \""" | ` == 1 or {OPEN} | '\\' or {OPEN} or ' | eval('1') | exec('x = 1') | print(n)
9**9**9 | n == 9**9**9 | n == 1 << 99999 | n == 'a' * 99999 | n in [0] * 10**9 | n + 1 > 2 | n % 2 | ~missing(n) | n @ n
n == 1j | n == b'1' | n == None | n is 1 | n is not None | n == ... | n == [1] | n in [] | n in 1 | 1 == 1 | n == nan
n in [[1]] | n in [1, None] | n == -True | True | 1 | () | cell_line in 'MCF7' | 'MCF7' in cell_line | column0_ == 1
missing | missing() | missing('n') | contains(cell_line) | contains('a', cell_line) | missing(n) == True | import os
`n` == 1 or column0_ == 2 | missing(time_h, **{{}}) | contains(pert_name, 'stat', **{{}}) | n == 1 and `n`.a
` | `` | ' | " | ( | n == | == 1 | n == 1) | n = = 1 | n == 1, | n & n | n AND n | n && n
""".strip()
    .replace("\n", " | ")
    .split(" | "),
    *(
        "",
        " ",
        "\n",
        "\\",
        f"n == 1\n{OPEN}",
        f"n == 1 \\\n or {OPEN}",
        "n == 1 | n == 2",
        "\x00",
        "a\ud800",
        "\ufeffn",
    ),
    *("(" * 999 + "n" + ")" * 999, "-" * 1_990 + "1", "n > " + "-" * 1_980 + "1", "n in " + "[" * 180 + "]" * 180),
    *(
        "n" + ".a" * 990,
        "n" + "()" * 990,
        "n" + "[0]" * 600,
        "lambda:" * 280 + "0",
        "1 if " * 300,
        "f'" * 900,
        "`a`" * 600,
    ),
    *("{" * 1_000, '"' * 1_999, '"\\' * 900, "n == 1 " * 280, "x" * (LONGEST + 1), "1 < " * 400 + "n"),
]


def test_nothing_in_a_condition_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "made"
    matrix = pd.DataFrame({"P1_MCF7_24H_A01_a_1uM": [1, 2, 3]}, index=list("abc"))
    ranks = RankMatrix.from_frame(matrix).with_metadata({matrix.columns[0]: {"n": 1}})
    for condition in HOSTILE:
        text = condition.replace("FILE", str(file))
        for choose in (lambda text=text: chosen(text), lambda text=text: ranks.select(signatures=text)):
            with pytest.raises(LincsInterpError) as raised:
                choose()
            assert len(str(raised.value)) < 800, condition
            assert str(raised.value).isprintable(), condition
        assert not any(Path.iterdir(tmp_path)), condition
    assert len(HOSTILE) > 100


def test_a_long_name_is_cut_in_the_sentence():
    with pytest.raises(LincsInterpError) as raised:
        chosen(f"`{'x' * 1_900}` == 'a'", pd.DataFrame({"x" * 1_900: [1]}))
    assert len(str(raised.value)) < 300


def test_grammar_and_columns_are_shown():
    with pytest.raises(LincsInterpError) as raised:
        chosen("cell_line.upper() == 'MCF7'", TABLE[["cell_line", "n"]])
    for part in ('cell_line == "MCF7" and time_h >= 24', " in [", "contains(", "missing(", "signature, cell_line, n"):
        assert part in raised.value.remedy


def test_an_id_comes_before_a_condition():
    ranks = RankMatrix.from_frame(pd.DataFrame({"S1": [1, 2, 3], "time_h == 24": [3, 2, 1]}, index=list("abc")))
    assert ranks.select(signatures="time_h == 24").frame.columns.tolist() == ["time_h == 24"]
    with pytest.raises(LincsInterpError, match="it is neither an id nor a condition"):
        ranks.select(signatures="S 1")


@st.composite
def conditions(draw, depth=0):
    """A condition, and what it is for one row by hand: True, False, or None where it is not known."""
    kind = draw(
        st.sampled_from(["text", "number", "chain", "in", "missing", "test"] + ["and", "or", "not"] * (depth < 3))
    )
    column, sign = draw(st.sampled_from(["time_h", "n"])), draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
    low, high = sorted(draw(st.tuples(st.sampled_from([1, 2, 3, 6]), st.sampled_from([3, 6, 24]))))
    if kind == "text":
        same, cell = draw(st.booleans()), draw(st.sampled_from(["MCF7", "A375"]))
        text = f"cell_line {'==' if same else '!='} '{cell}'"
        return text, lambda row: ((row.cell_line == cell) == same) if row.cell_line else None
    if kind == "number":
        compare = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[sign]
        compare = getattr(float, f"__{compare}__")
        return f"{column} {sign} {low}", lambda row: None if np.isnan(row[column]) else compare(float(row[column]), low)
    if kind == "chain":
        return f"{low} < {column} <= {high}", lambda row: None if np.isnan(row[column]) else low < row[column] <= high
    if kind == "in":
        return (
            f"time_h not in [{low}, {high}]",
            lambda row: None if np.isnan(row.time_h) else row.time_h not in (low, high),
        )
    if kind == "missing":
        return "missing(time_h)", lambda row: bool(np.isnan(row.time_h))
    if kind == "test":
        return 'contains(pert_name, "stat")', lambda row: "stat" in row.pert_name
    one, first = draw(conditions(depth + 1))
    if kind == "not":
        return f"not ({one})", lambda row: None if first(row) is None else not first(row)
    other, second = draw(conditions(depth + 1))
    decides = kind == "or"

    def both(row):
        answers = {first(row), second(row)}
        return decides if decides in answers else None if None in answers else not decides

    return f"({one}) {kind} ({other})", both


@settings(max_examples=200, deadline=None)
@given(conditions())
def test_as_row_after_row_by_hand(condition):
    text, by_hand = condition
    expected = [place for place in range(len(TABLE)) if by_hand(TABLE.iloc[place])]
    if expected:
        assert chosen(text) == expected
    else:
        with pytest.raises(LincsInterpError, match="which fits no signature"):
            chosen(text)
    complete = TABLE.iloc[:2][["cell_line", "pert_name", "time_h", "n"]]  # nothing missing: as pandas has it
    if "missing" not in text and "contains" not in text:
        found = np.flatnonzero(complete.index.isin(complete.query(text, engine="python").index)).tolist()
        assert [row for row in expected if row < 2] == found
