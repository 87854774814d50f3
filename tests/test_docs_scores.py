"""The pages on scores keep their word: measured numbers are a script's, and the advice quotes no others."""

from __future__ import annotations

import importlib
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lincs_interp
from lincs_interp.readings.warnings import FEWEST_GENES, MOST_GENES
from lincs_interp.scoring.calibration import USUAL_CORRELATION
from lincs_interp.scoring.null import FEWEST_BACKGROUND
from lincs_interp.scoring.scores import FAMILIES, SCORES

ROOT = Path(__file__).resolve().parent.parent
MEASURED = (ROOT / "docs" / "measured_scores.md").read_text(encoding="utf-8")
ADVICE = (ROOT / "docs" / "which_score.md").read_text(encoding="utf-8")
WARNINGS = (ROOT / "docs" / "warnings.md").read_text(encoding="utf-8")

KEYS = ["query", "set", "way", "expected"]


@pytest.fixture(scope="module")
def bench():
    """The script that wrote the page, imported from its folder as it is when it runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        yield importlib.import_module("score_accuracy")


def section(title: str, text: str = MEASURED) -> str:
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def table(text: str) -> pd.DataFrame:
    """The only table of a section, as text."""
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line] for line in lines]
    return pd.DataFrame(cells[2:], columns=cells[0])


def numbers(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.apply(pd.to_numeric, errors="coerce")


@pytest.fixture(scope="module")
def shown() -> pd.DataFrame:
    """The table of AUC, with numbers, and which rows are counted."""
    rows = table(section("AUC of every score"))
    rows["counted"] = ~rows["query"].str.contains("(circular)", regex=False)
    rows["query"] = rows["query"].str.removesuffix(" (circular)")
    words = [*KEYS, "genes", "counted"]
    return rows[words].join(numbers(rows.drop(columns=words)))


class TestScript:
    def test_auc_by_hand(self, bench):
        # 3 beats 1 and 2; the expected 2 beats 1 and ties with 2: 3.5 of 4 pairs
        assert bench.auc(np.array([3.0, 1, 2, 2]), np.array([True, False, True, False])) == 0.875
        assert np.isnan(bench.auc(np.array([3.0, np.nan]), np.array([True, False])))

    @given(st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=2, max_size=30))
    def test_auc_is_the_share_of_pairs(self, bench, drawn):
        score, expected = np.array([float(s) for s, _ in drawn]), np.array([e for _, e in drawn])
        if expected.all() or not expected.any():
            return
        pairs = [(a > b) + (a == b) / 2 for a in score[expected] for b in score[~expected]]
        assert bench.auc(score, expected) == pytest.approx(np.mean(pairs))
        assert bench.auc(-score, expected) == pytest.approx(1 - np.mean(pairs))

    def test_by_chance_by_hand(self, bench):
        # One of 100: the first two places together have a chance of 1 in 50, the first three 3 in 100. The second wins
        # 98 of 99 comparisons. One of 20 is first too easily for any bound.
        assert bench.by_chance(1, 99) == pytest.approx(98 / 99)
        assert np.isnan(bench.by_chance(1, 19))

    @pytest.mark.parametrize(("n", "others"), [(2, 12), (3, 6), (4, 7)])
    def test_by_chance_counts_all_choices(self, bench, n, others):
        choices = combinations(range(n + others), n)
        every = [bench.auc(np.arange(n + others, dtype=float), np.isin(np.arange(n + others), c)) for c in choices]
        bound = bench.by_chance(n, others)
        assert np.mean(np.array(every) >= bound - 1e-9) <= bench.CHANCE
        assert np.mean(np.array(every) >= bound - 1 / (n * others) - 1e-9) > bench.CHANCE

    def test_by_chance_of_many_is_nearly_normal(self, bench):
        n, others = 54, 297
        normal = 0.5 + 1.96 * np.sqrt((n + others + 1) / (12 * n * others))
        assert bench.by_chance(n, others) == pytest.approx(normal, abs=0.002)

    def test_members_by_hand(self, bench):
        facts = pd.DataFrame(
            {
                "pert_name": ["vorinostat", "valproic-acid", "aspirin", "vorinostat-like"],
                "moa": ["HDAC inhibitor", "HDAC inhibitor", "", "dHDAC INHIBITOR; other"],
                "cell_line": ["A375", "A375", "PC3", "A3750"],
            }
        )
        looked_at, expected = bench.members(facts, bench.CLASSES["HDAC inhibitors"])
        assert looked_at.tolist() == [True, False, True, True]
        assert expected.tolist() == [True, False, False, True]
        within = bench.CLASSES["vemurafenib in BRAF-V600E cells"]._replace(within="vorinostat")
        looked_at, expected = bench.members(facts, within)
        assert looked_at.tolist() == expected.tolist() == [True, False, False, False]

    def test_intervals_resample_whole_queries(self, bench):
        # One query alone: every draw is the same rows, so the interval has no width. The circular row counts nowhere.
        rng = np.random.default_rng(3)
        rows = pd.DataFrame(rng.random((4, len(bench.COLUMNS))), columns=bench.COLUMNS)
        rows[[f"rho {name}" for name in bench.COLUMNS]] = 0.5
        rows = rows.assign(query="one", set="skb5000", circular=[False, False, False, True], **{"by chance": 0.6})
        summary = bench.summarise(rows)
        counted = rows[bench.COLUMNS].iloc[:3]
        np.testing.assert_allclose(summary["median AUC"], counted.median())
        np.testing.assert_allclose(summary["median AUC low"], summary["median AUC high"])
        np.testing.assert_allclose(summary["AUC - z_sum"], counted.sub(counted["z_sum"], axis=0).mean(), atol=1e-12)
        assert summary["best"].sum() == 3
        assert (summary["below 0.5"] == (counted < 0.5).sum()).all()
        assert (summary["beyond chance"] == (counted > 0.6).sum()).all()

    def test_no_folder_or_a_strange_argument_shows_how_it_is_run(self, bench, monkeypatch, capsys):
        monkeypatch.delenv("LINCS_INTERP_REAL_DATA", raising=False)
        assert bench.main([]) == 2
        monkeypatch.setenv("LINCS_INTERP_REAL_DATA", "somewhere")
        assert bench.main(["--wirte"]) == 2
        assert capsys.readouterr().out.count("[--write | --check]") == 2

    def test_check_reports_a_changed_page_and_write_mends_it(self, bench, monkeypatch, tmp_path, capsys):
        monkeypatch.setenv("LINCS_INTERP_REAL_DATA", str(tmp_path))
        monkeypatch.setattr(bench, "PAGE", tmp_path / "page.md")
        monkeypatch.setattr(bench, "fresh_page", lambda folder: f"AUC 0.9\n{folder.name}\n")
        assert bench.main(["--check"]) == 1
        assert bench.main(["--write"]) == 0
        assert bench.main(["--check"]) == 0
        bench.PAGE.write_text("AUC 0.8\nreal\n")
        capsys.readouterr()
        assert bench.main(["--check"]) == 1
        assert "-AUC 0.8\n+AUC 0.9" in capsys.readouterr().out


class TestMeasured:
    def test_every_score_has_its_column(self, bench, shown):
        from_lists = [record.name for record in SCORES.values() if "needs_values" not in record.marks]
        assert set(from_lists) | {"xsum(50)", "xsum(100)", "xsum(200)", "consensus"} == set(bench.COLUMNS)
        assert list(shown.columns[-len(bench.COLUMNS) :]) == bench.COLUMNS
        for title in ("Summary", "How far the scores say the same"):
            assert table(section(title))["score"].tolist() == bench.COLUMNS
        for record in SCORES.values():
            assert f"`{record.name}`" in MEASURED or record.name in from_lists

    def test_every_question_is_there(self, bench, shown):
        asked = {(query, way, group) for query, way, group, _ in bench.QUESTIONS}
        assert set(shown[["query", "way", "expected"]].itertuples(index=False, name=None)) == asked
        assert not shown.duplicated(KEYS).any()
        who = table(section("Who should be found"))
        assert who["expected"].tolist() == list(bench.CLASSES)
        assert (who["in the words of the data's README"] != "").all()

    def test_numbers_are_possible(self, bench, shown):
        assert shown[bench.COLUMNS].apply(lambda column: column.between(0, 1)).all(axis=None)
        assert (shown[["n", "others"]] >= 1).all(axis=None)
        few = shown[shown["n"] <= 20]  # the exact bound of many takes long
        bound = [bench.by_chance(n, others) for n, others in zip(few["n"], few["others"], strict=True)]
        np.testing.assert_allclose(few["by chance"], bound, atol=0.00051)

    def test_failures_are_shown(self, shown):
        lowest = shown.groupby("query")["z_sum"].min()
        failing = ["tubulin_cmap02_consensus", "hdac_butyrate_joseph2004", "vitd_stambolsky2010"]
        assert (lowest[failing] < 0.5).all()

    def test_summary_is_that_of_the_rows(self, bench, shown):
        rows = shown.loc[shown["counted"], bench.COLUMNS]
        summary = table(section("Summary")).set_index("score")
        match = re.search(r"(\d+) rows of (\d+) queries", section("Summary"))
        assert match
        assert [int(n) for n in match.groups()] == [len(rows), shown.loc[shown["counted"], "query"].nunique()]
        median = numbers(summary[["median AUC"]].replace(r" .*", "", regex=True))["median AUC"]
        np.testing.assert_allclose(median, rows.median(), atol=0.0011)
        apart = summary["AUC - z_sum"].drop("z_sum").str.extract(r"(\S+) \((\S+) to (\S+)\)").astype(float)
        np.testing.assert_allclose(apart[0], rows.sub(rows["z_sum"], axis=0).mean().drop("z_sum"), atol=0.0011)
        assert (apart[1] <= apart[0]).all()
        assert (apart[0] <= apart[2]).all()
        assert (summary["below 0.5"].astype(int) == (rows < 0.5).sum()).all()
        beyond = rows.ge(shown.loc[shown["counted"], "by chance"], axis=0).sum()
        assert (summary["beyond chance"].astype(int) - beyond).abs().max() <= 1  # a tie after rounding
        named = set(re.findall(r"`([^`]+)`", section("Summary").split("without 0:")[1].splitlines()[0]))
        assert named == set(apart.index[(apart[1] > 0) | (apart[2] < 0)])

    def test_only_the_row_made_of_its_own_set_is_circular(self, bench, shown):
        marked = shown.loc[~shown["counted"], ["query", "set"]].itertuples(index=False, name=None)
        assert set(marked) == bench.CIRCULAR == {("mapk_mek_inhibitor_ljp005_a375", "ljp005_a375")}

    def test_the_readme_of_the_data_is_met_or_the_reason_is_there(self):
        before = table(section("Compared with what came with the data"))
        apart = (before["README AUC"].astype(float) - before["exact spelling"].astype(float)).abs()
        assert ((apart > 0.0011) <= (before["why it differs"] != "")).all()
        assert (before["why it differs"] == "").mean() > 0.75
        differs = before["n"] != before["README n"]
        assert (before.loc[differs, "why it differs"] == "other members").all()

    def test_version_and_data_are_named(self):
        assert f"\nlincs_interp {lincs_interp.__version__}, gene tables of 20" in MEASURED
        assert table(section("What was read"))["sum"].str.fullmatch("[0-9a-f]{12}").all()

    def test_calibration_keeps_the_order(self):
        assert re.search(r"its AUC differs in 0 of\s+\d+ rows", MEASURED)


class TestAdvice:
    def test_every_fraction_was_measured(self):
        text = ADVICE.split("## References")[0]
        quoted = set(re.findall(r"(?<![\d.])[+-]?\d\.\d{3}(?!\d)", text)) - {f"{USUAL_CORRELATION:g}"}
        assert len(quoted) > 15
        signed = set(re.findall(r"[+-]?\d\.\d{3}", MEASURED))
        assert {q for q in quoted if q not in signed and q.lstrip("+") not in signed} == set()

    def test_counts_and_percentages_have_a_source(self, shown):
        summary = table(section("Summary")).set_index("score")["beyond chance"].astype(int)
        total = int(shown["counted"].sum())
        assert f"`z_sum` in {summary['z_sum']} of {total}" in ADVICE
        assert f"in {summary.min()} to {summary.max()}.\n" in ADVICE
        assert f"not find more: {summary['xsum(200)']} of {total}" in ADVICE
        assert f"hardly finds more ({summary['consensus']} of {total};" in ADVICE
        for share in set(re.findall(r"(\d+) %", ADVICE)):
            assert f"{share} %" in WARNINGS

    def test_named_failures_do_not_pass_chance(self, bench, shown):
        lists = ["tubulin_cmap02_consensus", "vitd_stambolsky2010", "estrogen_frasor2004", "estrogen_lamb2006_frasor"]
        rows = shown[shown["query"].isin(lists)]
        assert rows["query"].nunique() == len(lists)
        assert rows[bench.COLUMNS].lt(rows["by chance"], axis=0).all(axis=None)
        short = rows[rows["query"].str.startswith("estrogen")]["z_sum"]
        assert f"({short.min():.3f} to {short.max():.3f})" in ADVICE

    @pytest.mark.parametrize(
        ("query", "where", "score", "said"),
        [
            ("hsp90_cmap02_consensus", "skb5000", "xsum(50)", "from {} at k = 50"),
            ("hsp90_cmap02_consensus", "skb5000", "xsum(100)", "over {} at 100"),
            ("hsp90_cmap02_consensus", "skb5000", "xsum(200)", "to {} at 200"),
            ("hdac_butyrate_joseph2004", "skb5000", "z_sum", "it is {} with `z_sum`"),
            ("hdac_butyrate_joseph2004", "skb5000", "xsum(100)", "and {} with `xsum(100)`"),
            ("hdac_butyrate_joseph2004", "skb5000", "by chance", "chance alone reaches {} there"),
            ("tubulin_cmap02_consensus", "skb5000", "z_sum", "(`z_sum` {} and"),
            ("vitd_stambolsky2010", "skb5000", "z_sum", "({} and 0.554)"),
        ],
    )
    def test_each_example_is_the_row_it_names(self, shown, query, where, score, said):
        row = shown[(shown["query"] == query) & (shown["set"] == where)]
        assert said.format(f"{row[score].item():.3f}") in ADVICE.replace("\n", " ")

    def test_vemurafenib_needs_its_cells(self, shown):
        rows = shown[(shown["query"] == "mapk_mek_inhibitor_ljp005_a375") & (shown["set"] == "modz272")]
        z_sum = rows.set_index("expected")["z_sum"]
        assert f"cell lines ({z_sum['MEK, BRAF, ERK inhibitors']:.3f})" in ADVICE
        assert f"from the rest ({z_sum['vemurafenib in BRAF-V600E cells']:.3f})" in ADVICE

    def test_families_are_those_of_the_package(self):
        rows = table(section("Which score", ADVICE))
        assert rows["family"].tolist() == list(FAMILIES)
        for _, row in rows.iterrows():
            names = re.findall(r"`(\w+)", row["take"] + row["also in it"])
            assert names[0] == FAMILIES[row["family"]].name
            assert set(names) == {record.name for record in SCORES.values() if record.family == row["family"]}

    def test_thresholds_are_those_of_the_package(self):
        assert f"Lists of {FEWEST_GENES} to {MOST_GENES} genes a side" in ADVICE
        assert f"at least {FEWEST_BACKGROUND} signatures" in ADVICE
        assert f"correlation={USUAL_CORRELATION:g})" in ADVICE

    def test_every_warning_has_its_sentence(self):
        said = set(re.findall(r"\bW(\d+)\b", section("What may I claim", ADVICE)))
        assert said == {str(n) for n in range(1, 14)}
        assert all(f"| W{n} |" in WARNINGS for n in said)

    def test_every_reference_is_cited_and_can_be_looked_up(self):
        text, references = ADVICE.split("## References")
        listed = dict(re.findall(r"^(\d+)\. (.*(?:\n +.*)*)", references, flags=re.MULTILINE))
        assert set(re.findall(r"\[(\d+)\](?!\()", text)) == set(listed)
        assert all(re.search(r"doi 10\.\d{4,}/|PubMed \d{8}", reference) for reference in listed.values())

    def test_every_function_exists(self):
        source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "lincs_interp").rglob("*.py"))
        called = set(re.findall(r"`(\w+)\(", ADVICE)) - set(SCORES)
        assert len(called) >= 5
        assert {name for name in called if f"\ndef {name}(" not in source} == set()

    def test_links_lead_somewhere(self):
        for page in (ADVICE, MEASURED):
            for target in re.findall(r"\]\((\w+\.md)\)", page):
                assert (ROOT / "docs" / target).is_file()


@pytest.fixture(scope="module")
def data(bench, real_data):
    return bench.Data(real_data / "real")


@pytest.mark.real
class TestFresh:
    def test_a_few_rows_measured_anew_are_those_of_the_page(self, bench, data, shown):
        wanted = ("hdac_cmap02_consensus", "tubulin_cmap02_consensus", "tnf_phong2010")
        fresh = bench.measure(data, [question for question in bench.QUESTIONS if question[0] in wanted])
        stored = shown[shown["query"].isin(wanted)].set_index(KEYS)
        fresh = fresh.set_index(KEYS)
        assert fresh.index.tolist() == stored.index.tolist()
        columns = ["n", "others", "by chance", *bench.COLUMNS]
        np.testing.assert_allclose(stored[columns], fresh[columns].astype(float), atol=0.00051)
        np.testing.assert_allclose(fresh["AUC of z_cal"], fresh["z_sum"])

    def test_the_data_are_those_of_the_page(self, bench, data):
        pd.testing.assert_frame_equal(bench.inputs(data), table(section("What was read")), check_dtype=False)

    def test_the_readme_says_what_the_questions_quote(self, bench, data):
        for query, _, _, words in bench.QUESTIONS:
            assert words in data.readme[query]
        asked = {query for query, *_ in bench.QUESTIONS}
        assert set(data.readme) - asked - {"name"} == {importlib.import_module("_known_answers").NO_TRUTH}
