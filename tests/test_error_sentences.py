"""Every error names argument, value and remedy; the sentences stand in one file, which a reviewer reads as a diff.

After a change of wording ``LINCS_INTERP_WRITE_SENTENCES=1 pytest tests/test_error_sentences.py`` writes
``tests/answers/error_sentences.txt`` again.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp import sigcom, stats
from lincs_interp._util import errors

PACKAGE = Path(li.__file__).parent
SENTENCES = Path(__file__).parent / "answers" / "error_sentences.txt"

TABLE = pd.DataFrame({f"S{n}": np.roll(np.arange(1, 31), n) for n in range(4)}, index=[f"G{n}" for n in range(30)])
RANKS = li.RankMatrix.from_frame(TABLE).with_metadata({"S0": {"pert_name": "aspirin", "pert_dose": "10 uM"}})
QUERY = li.GeneQuery("toy", up=["G1", "G2"], down=["G20", "G21"])
BOTH = li.GeneQuery("toy", up=["G1", "G2"], down=["G2", "G21"])
SCORES = li.score_concordance(RANKS, QUERY)
PERTURBAGENS = li.summarise_perturbagens(SCORES, RANKS)

# What is missing here is no argument of the user's.
ABOUT_THE_INSTALLATION = {
    *("_util/errors.py", "core/show.py", "io/sample.py", "app/report_file.py"),
}

# One call of each kind of mistake, under a heading for each function.
BAD_CALLS = {
    "RankMatrix.from_frame": [
        lambda: li.RankMatrix.from_frame([1, 2]),
        lambda: li.RankMatrix.from_frame(pd.DataFrame()),
        lambda: li.RankMatrix.from_frame(pd.concat({"a": TABLE}, axis=1)),
        lambda: li.RankMatrix.from_frame(TABLE.astype(str)),
        lambda: li.RankMatrix.from_frame(TABLE * np.nan),
        lambda: li.RankMatrix.from_frame(TABLE.replace({5: np.inf, 6: np.inf})),
        lambda: li.RankMatrix.from_frame(TABLE * 0),
        lambda: li.RankMatrix.from_frame(TABLE * 2**40),
        lambda: li.RankMatrix.from_frame(TABLE + 0.5),
        lambda: li.RankMatrix.from_frame(TABLE / 100),
        lambda: li.RankMatrix.from_frame(TABLE.replace({1: 0, 2: 0})),
        lambda: li.RankMatrix.from_frame(TABLE.replace(1, 0)),
        lambda: li.RankMatrix.from_frame(TABLE.iloc[3:9].replace(1, 0), n_genes=900),
        lambda: li.RankMatrix.from_frame(TABLE.assign(S1=TABLE["S1"] - 1)),
        lambda: li.RankMatrix.from_frame(TABLE.iloc[:12] + 0.25 * (TABLE.iloc[:12] == 5)),
        lambda: li.RankMatrix.from_frame(TABLE * 10),
        lambda: li.RankMatrix.from_frame(TABLE, n_genes=20),
        lambda: li.RankMatrix.from_frame(TABLE, n_genes=0),
        lambda: li.RankMatrix.from_frame(TABLE.clip(upper=10)),
        lambda: li.RankMatrix.from_frame(TABLE * 0 + 3),
        lambda: li.RankMatrix.from_frame(TABLE.set_axis([""] * 30)),
        lambda: li.RankMatrix.from_frame(TABLE, rank_one="top"),
        lambda: li.RankMatrix.from_frame(TABLE, signatures=3),
        lambda: li.RankMatrix.from_frame(TABLE, signatures={"other": {"pert_name": "aspirin"}}),
    ],
    "RankMatrix.select, .rename": [
        lambda: RANKS.select(genes=["TP53"]),
        lambda: RANKS.select(genes=3),
        lambda: RANKS.select(signatures=[]),
        lambda: RANKS.select(signatures="time_h > @x"),
        lambda: RANKS.select(signatures="a b c"),
        lambda: RANKS.select(signatures="time_h > 5"),
        lambda: RANKS.select(signatures='pert_name == "Asprin"'),
        lambda: RANKS.select(signatures="time_h > '5'"),
        lambda: RANKS.select(signatures="pert_name.upper()"),
        lambda: RANKS.select(signatures="pert_nam"),
        lambda: RANKS.select(signatures="1" * 3000),
        lambda: RANKS.rename(genes=["G1"]),
        lambda: RANKS.rename(genes={"G1": 3}),
        lambda: RANKS.rename(signatures={"S0": "S1"}),
    ],
    "GeneQuery": [
        lambda: li.GeneQuery("q", up=[]),
        lambda: li.GeneQuery("q", up="MYC"),
        lambda: li.GeneQuery("q", up={"MYC": 1}),
        lambda: li.GeneQuery("q", up=3),
        lambda: li.GeneQuery("q", up=[["MYC"]]),
        lambda: li.GeneQuery("q", up=["MYC"], values=3),
        lambda: li.GeneQuery("q", up=["MYC"], values={"MYC": "high"}),
    ],
    "to_percentile, rank_coefficients, explain_rank, gene_baseline": [
        lambda: li.to_percentile("five"),
        lambda: li.to_percentile(5),
        lambda: li.to_percentile(0, n_genes=10),
        lambda: li.to_percentile(11, n_genes=10),
        lambda: li.to_percentile(RANKS, n_genes=31),
        lambda: li.rank_coefficients(3),
        lambda: li.rank_coefficients(TABLE.astype(str).add("x")),
        lambda: li.rank_coefficients(TABLE.replace(5, np.inf)),
        lambda: li.rank_coefficients(TABLE.assign(S0=np.nan)),
        lambda: li.explain_rank(0, n_genes=10),
        lambda: li.explain_rank(3, n_genes=10, gene=3),
        lambda: li.explain_rank(3, n_genes=10, gene="MYC", baseline=3),
        lambda: li.explain_rank(3, n_genes=10, baseline=stats.gene_baseline(RANKS)),
        lambda: stats.gene_baseline(TABLE),
        lambda: stats.gene_baseline(RANKS, tail=2),
        lambda: stats.gene_baseline(RANKS, tail=0.001),
    ],
    "match_genes, landmark_flags": [
        lambda: li.match_genes(TABLE, QUERY),
        lambda: li.match_genes(RANKS, ["G1"]),
        lambda: stats.landmark_flags(3),
        lambda: stats.landmark_flags(pd.DataFrame({"symbol": ["A"], "n": [1]})),
        lambda: stats.landmark_flags(pd.DataFrame({"landmark": [1]})),
        lambda: stats.landmark_flags(pd.DataFrame({"symbol": ["A"], "landmark": ["maybe"]})),
        lambda: stats.landmark_flags(pd.DataFrame({"symbol": [""], "landmark": [1]})),
        lambda: stats.landmark_flags(pd.DataFrame({"symbol": ["A"], "landmark": [1]}), genes="A"),
        lambda: stats.landmark_flags(pd.DataFrame({"symbol": ["A"], "landmark": [1]}), others="no"),
    ],
    "score_concordance, explain_concordance": [
        lambda: li.score_concordance(TABLE, QUERY),
        lambda: li.score_concordance(RANKS, ["G1"]),
        lambda: li.score_concordance(RANKS, BOTH),
        lambda: li.score_concordance(RANKS, QUERY, overlap="keep"),
        lambda: li.score_concordance(RANKS, QUERY, rescue="yes"),
        lambda: li.score_concordance(RANKS, li.GeneQuery("q", up=["TP53"])),
        lambda: li.score_concordance(RANKS, QUERY, scores="wtcs"),
        lambda: li.score_concordance(RANKS, QUERY, scores=3),
        lambda: li.score_concordance(RANKS, QUERY, scores=["best"]),
        lambda: li.score_concordance(RANKS, QUERY, scores=["wtcs(100)"]),
        lambda: li.score_concordance(RANKS, QUERY, scores=["spearman"]),
        lambda: li.explain_concordance(RANKS, QUERY, "S9"),
        lambda: li.explain_concordance(RANKS, QUERY, 3),
        lambda: li.explain_concordance(RANKS, QUERY, "S0", baseline=3),
    ],
    "calibrate": [
        lambda: li.calibrate(TABLE, QUERY),
        lambda: li.calibrate(pd.concat([SCORES, SCORES]), QUERY),
        lambda: li.calibrate(SCORES.assign(z_up="x"), QUERY),
        lambda: li.calibrate(SCORES, li.GeneQuery("q", up=["G1"])),
        lambda: li.calibrate(SCORES, QUERY, background=TABLE),
        lambda: li.calibrate(SCORES, QUERY, correlation=2),
        lambda: li.calibrate(SCORES, QUERY, background=RANKS, correlation=0.1),
        lambda: li.calibrate(SCORES, QUERY, background=RANKS, selected=True),
        lambda: li.calibrate(SCORES, QUERY, library_size=1),
        lambda: li.calibrate(SCORES, QUERY, method="best"),
        lambda: li.calibrate(SCORES, QUERY, selected="no"),
    ],
    "summarise_perturbagens, perturbagen_signatures": [
        lambda: li.summarise_perturbagens(TABLE, RANKS),
        lambda: li.summarise_perturbagens(pd.concat([SCORES, SCORES]), RANKS),
        lambda: li.summarise_perturbagens(SCORES.iloc[:0], RANKS),
        lambda: li.summarise_perturbagens(SCORES.rename({"S0": "S9"}), RANKS),
        lambda: li.summarise_perturbagens(SCORES.assign(call="best"), RANKS),
        lambda: li.summarise_perturbagens(SCORES.assign(z_up="x"), RANKS),
        lambda: li.summarise_perturbagens(SCORES.assign(z_up=np.inf), RANKS),
        lambda: li.summarise_perturbagens(SCORES, RANKS, score="p_sum"),
        lambda: li.summarise_perturbagens(SCORES, RANKS, by="drug"),
        lambda: li.perturbagen_signatures(SCORES, RANKS, "asprin"),
        lambda: li.perturbagen_signatures(SCORES, RANKS, "aspirin", pert_type="knockout"),
    ],
    "stats": [
        lambda: stats.score_consensus(RANKS, QUERY, overlap="keep"),
        lambda: stats.leave_one_out(RANKS, QUERY, "S0", n_resamples=3),
        lambda: stats.bootstrap_scores(RANKS, QUERY, level=2),
        lambda: stats.bootstrap_scores(RANKS, QUERY, seed="x"),
        lambda: stats.shared_genes(RANKS, QUERY, top=0),
        lambda: stats.check_null(TABLE, QUERY),
        lambda: stats.check_targets(RANKS, extreme=99),
        lambda: stats.measure_promiscuity(RANKS, TABLE),
        lambda: stats.measure_promiscuity(RANKS, RANKS, n_genes=1000),
        lambda: stats.toxicity_share(SCORES),
        lambda: stats.enrich_annotations(SCORES, RANKS, 3),
        lambda: stats.enrich_annotations(SCORES, RANKS, {"aspirin": "COX inhibitor"}, min_size=0),
        lambda: stats.trend_over_doses("x", RANKS.signatures),
    ],
    "sigcom": [
        lambda: sigcom.reproduce_scores(TABLE, QUERY),
        lambda: sigcom.reproduce_scores(RANKS, QUERY, library_size=1),
        lambda: sigcom.compare_with_site(SCORES, TABLE),
        lambda: sigcom.check_orientation(RANKS),
    ],
    "interpret, show": [
        lambda: li.interpret(TABLE, QUERY),
        lambda: li.interpret(RANKS, BOTH),
        lambda: li.interpret(RANKS, QUERY, tissue=3),
        lambda: li.interpret(RANKS, QUERY).signature("S9"),
        lambda: li.interpret(RANKS, QUERY).signature("aspirin"),
        lambda: li.interpret(RANKS, QUERY).perturbagen("asprin"),
        lambda: li.interpret(RANKS, QUERY).gene("TP53"),
        lambda: li.show([1]),
        lambda: li.show(SCORES, rows=0),
    ],
    "read_ranks, read_query, read_results": [
        lambda: li.read_ranks("nowhere.tsv"),
        lambda: li.read_ranks(3),
        lambda: li.read_query("nowhere.txt"),
        lambda: li.read_results("nowhere.json"),
        lambda: li.read_coefficients("nowhere.gctx"),
    ],
    "plots": [
        lambda: li.plot_scores(TABLE),
        lambda: li.plot_evidence(SCORES),
        lambda: li.plot_top(3),
        lambda: li.plot_percentiles(TABLE * 10),
        lambda: li.plot_null(SCORES),
        lambda: li.plot_stability(SCORES),
        lambda: li.plot_consensus(SCORES),
        lambda: li.plot_perturbagen(SCORES),
        lambda: li.plot_scores(SCORES, ax=3),
    ],
}


def sentences() -> str:
    """All of them as one text: the argument, and the sentence of each bad call."""
    lines = []
    for function, calls in BAD_CALLS.items():
        lines += [function, "=" * len(function)]
        for number, call in enumerate(calls, 1):
            with pytest.raises(li.LincsInterpError) as error:
                call()
            lines.append(f"{number}. [{error.value.argument}] {error.value}")
        lines.append("")
    return "\n".join(lines).replace(str(Path.cwd()), "…")


def test_the_sentences_are_those_that_were_reviewed():
    now = sentences()
    if os.environ.get("LINCS_INTERP_WRITE_SENTENCES"):
        SENTENCES.write_text(now, encoding="utf-8")
    assert now == SENTENCES.read_text(encoding="utf-8")


def test_each_names_an_argument_and_ends_with_a_remedy():
    lines = [line for line in SENTENCES.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    assert [line for line in lines if "[]" in line or ": " not in line] == []
    assert [line for line in lines if not line.endswith(".") or line.endswith(("..", "?.", "!."))] == []


def calls_of_the_error() -> list[tuple[str, ast.Call]]:
    """Every ``LincsInterpError(...)`` of the package, with the place of it."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "LincsInterpError":
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", node))
    return found


def test_every_error_of_the_package_is_given_its_fields():
    lacking = {}
    for place, call in calls_of_the_error():
        needed = {"remedy"} if place.partition(":")[0] in ABOUT_THE_INSTALLATION else {"argument", "remedy"}
        absent = needed - {keyword.arg for keyword in call.keywords}
        # A sentence of another error, worded for a front end, holds its remedy already.
        if absent and not isinstance(call.args[0], ast.Name):
            lacking[place] = absent
    assert lacking == {}


@pytest.mark.parametrize(("python", "pasted"), [("/opt/py/bin/python", "{}"), ("/my data/bin/python", '"{}"')])
def test_a_missing_package_comes_with_a_command_for_this_python(python, pasted, monkeypatch):
    """Where pip is absent (``python -m venv --without-pip``), uv stands in for it."""
    monkeypatch.setattr(sys, "executable", python)
    named = pasted.format(python)
    assert errors.install_command("zstandard") == f"{named} -m pip install zstandard"
    monkeypatch.setattr(errors, "find_spec", lambda module: None if module == "pip" else object())
    assert errors.install_command("zstandard") == f"{named} -m uv pip install --python {named} zstandard"
