"""Promiscuity: a naive loop, what chance gives, related signatures, ties and gaps, and what real plates show."""

import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

import lincs_interp.perturbagens.promiscuity as module
from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.calls import PROMISCUOUS_SHARE
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens.promiscuity import FEWEST_OTHERS, measure_promiscuity
from lincs_interp.scoring.calibration import FEWEST_BACKGROUND


def matrix(values: np.ndarray, prefix="S", names=None, genes=None) -> RankMatrix:
    """Scores of any kind (genes x signatures) as ranks; the perturbagen of S3 is S3's own unless names are given."""
    ranks = np.argsort(np.argsort(values, axis=0, kind="stable"), axis=0) + 1
    return framed(ranks, prefix, names, genes)


def framed(ranks: np.ndarray, prefix="S", names=None, genes=None, n_genes=None) -> RankMatrix:
    ids = [f"{prefix}{i}" for i in range(ranks.shape[1])]
    table = pd.DataFrame({"pert_name": ids if names is None else names}, index=ids)
    genes = [f"G{i:03d}" for i in range(len(ranks))] if genes is None else genes
    return RankMatrix.from_frame(pd.DataFrame(ranks, genes, ids), signatures=table, n_genes=n_genes)


def correlated(rng: np.random.Generator, n_genes=60, n_signatures=60) -> np.ndarray:
    """Genes that follow one of six hidden programs."""
    programs = rng.normal(size=(6, n_signatures))
    return programs[rng.integers(0, 6, n_genes)] + rng.normal(size=(n_genes, n_signatures))


def naive(ranks: RankMatrix, background: RankMatrix, n: int, level=0.05) -> pd.DataFrame:
    """The definition, one query and one signature at a time; every gene is in both, and nothing is missing or tied."""

    def facts(of: RankMatrix) -> list[tuple]:
        names = of.signatures["pert_name"].str.lower()
        return [(i, names[i], dict(zip(of.genes, of.frame[i].tolist(), strict=True))) for i in of.frame]

    def related(a: tuple, b: tuple) -> bool:
        return a[0] == b[0] or a[1] == b[1] != "" or a[2] == b[2]

    def z_sum(column: dict, low: list, high: list) -> float:
        total = len(column)
        sigma = (n * (total - n) * (total + 1) / 12) ** 0.5
        return (sum(column[gene] for gene in high) - sum(column[gene] for gene in low)) / sigma

    answers = {signature: [] for signature in ranks.frame}
    ours, theirs = facts(ranks), facts(background)
    for query in theirs:
        order = sorted(query[2], key=query[2].get)
        low, high = order[:n], order[-n:]
        null = [z_sum(other[2], low, high) for other in theirs if not related(other, query)]
        middle = statistics.median(null)
        spread = 1.4826 * statistics.median(abs(z - middle) for z in null)
        limit = student.isf(level / 2, len(null) - 1)
        for one in ours:
            if not related(one, query):
                z = (z_sum(one[2], low, high) - middle) / spread
                answers[one[0]].append(np.sign(z) * (abs(z) > limit))
    rows = {}
    for signature, found in answers.items():
        mimicked, opposed = (float(np.mean([answer == sign for answer in found])) for sign in (1, -1))
        rows[signature] = (mimicked + opposed, len(found), mimicked, opposed)
    columns = ["share_answered", "n_queries", "share_mimicked", "share_reversed"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


class TestTwin:
    def test_a_loop_over_queries_and_signatures(self, rng):
        values = correlated(rng, n_signatures=58)
        names = [f"drug {i // 2}" if i < 8 else "" if i < 12 else f"other {i}" for i in range(54)]
        background = matrix(values[:, :54], "B", names)
        # One by another id and name, one of a perturbagen of the background in capitals, and four unrelated ones.
        columns = np.column_stack([values[:, 20], values[:, 54:], values[:, 3] + rng.normal(size=60)])
        ranks = matrix(columns, "S", ["alias", "DRUG 1", "new", "", "newer", "Drug 1"])
        ours = measure_promiscuity(ranks, background, n_genes=5)
        pd.testing.assert_frame_equal(ours, naive(ranks, background, 5), check_names=False)
        assert ours["n_queries"].tolist() == [53, 52, 54, 54, 54, 52]
        assert ours["share_answered"].nunique() > 3

    def test_a_background_asked_about_itself(self, rng):
        background = matrix(correlated(rng, n_signatures=52))
        ours = measure_promiscuity(background, background, n_genes=4, level=0.2)
        pd.testing.assert_frame_equal(ours, naive(background, background, 4, level=0.2), check_names=False)
        assert set(ours["n_queries"]) == {51}

    def test_blocks_change_nothing(self, rng, monkeypatch):
        background = matrix(correlated(rng))
        whole = measure_promiscuity(background, background, n_genes=6)
        monkeypatch.setattr(module, "QUERIES_AT_A_TIME", 7)
        monkeypatch.setattr(module, "SIGNATURES_AT_A_TIME", 11)
        pd.testing.assert_frame_equal(measure_promiscuity(background, background, n_genes=6), whole)

    def test_ends_read_from_the_ranks_are_those_that_a_search_finds(self, rng):
        values = matrix(correlated(rng)).values
        read = module._extremes(values, np.full(60, 60), 7)
        found = module._searched_extremes(values, 7)
        for one, other in zip(read, found, strict=True):
            np.testing.assert_array_equal(one, other)
        assert read.clear.all()


class TestChance:
    def test_unrelated_signatures_answer_one_query_in_twenty(self):
        rng = np.random.default_rng(5)
        background, ranks = matrix(rng.random((400, 300)), "B"), matrix(rng.random((400, 100)), "S")
        table = measure_promiscuity(ranks, background, n_genes=40)
        assert table["share_answered"].mean() == pytest.approx(0.05, abs=0.008)
        assert table["share_mimicked"].mean() == pytest.approx(0.025, abs=0.006)
        wide = measure_promiscuity(ranks, background, n_genes=40, level=0.2)
        assert wide["share_answered"].mean() == pytest.approx(0.2, abs=0.02)

    def test_a_common_response_is_found_and_an_inert_compound_is_not(self):
        # A third of the library kills cells, more or less: the deadliest looks like all of them.
        rng = np.random.default_rng(8)
        dose = np.where(np.arange(150) < 50, rng.exponential(1.0, 150), 0.0)
        response = np.where(np.arange(500) < 100, rng.choice([-1.0, 1.0], 500), 0.0)
        background = matrix(np.outer(response, dose) + rng.normal(size=(500, 150)), "B")
        ranks = matrix(np.column_stack([4 * response, 0 * response]) + rng.normal(size=(500, 2)))
        poison, inert = measure_promiscuity(ranks, background, n_genes=50)["share_answered"]
        assert poison > PROMISCUOUS_SHARE
        assert inert < 0.1

    def test_the_threshold_is_three_times_the_default_level(self):
        assert pytest.approx(3 * 0.05) == PROMISCUOUS_SHARE

    def test_as_many_others_as_a_calibration_needs(self):
        assert FEWEST_OTHERS == FEWEST_BACKGROUND


class TestLaws:
    @settings(max_examples=10)
    @given(seed=st.integers(0, 10_000))
    def test_order_of_genes_and_signatures_is_of_no_account(self, seed):
        rng = np.random.default_rng(seed)
        background, ranks = matrix(correlated(rng), "B"), matrix(correlated(rng, n_signatures=4))
        table = measure_promiscuity(ranks, background, n_genes=5)
        genes, ids = rng.permutation(ranks.genes), rng.permutation(background.frame.columns)
        mixed = measure_promiscuity(
            ranks.select(genes, ranks.frame.columns[::-1]), background.select(genes[::-1], ids), n_genes=5
        )
        pd.testing.assert_frame_equal(mixed.loc[table.index], table)

    @settings(max_examples=10)
    @given(seed=st.integers(0, 10_000))
    def test_which_end_is_called_up_is_of_no_account(self, seed):
        rng = np.random.default_rng(seed)
        background, ranks = matrix(correlated(rng), "B").values, matrix(correlated(rng, n_signatures=4)).values
        table = measure_promiscuity(framed(ranks), framed(background, "B"), n_genes=5)
        turned = measure_promiscuity(framed(61 - ranks), framed(61 - background, "B"), n_genes=5)
        pd.testing.assert_frame_equal(turned, table)
        np.testing.assert_allclose(table["share_answered"], table["share_mimicked"] + table["share_reversed"])

    def test_genes_of_one_matrix_alone_are_no_part_of_a_query(self, rng):
        background = matrix(correlated(rng), "B")
        ranks = matrix(correlated(rng, n_genes=80, n_signatures=3), genes=[f"G{i:03d}" for i in range(80)])
        table = measure_promiscuity(ranks, background, n_genes=5)
        fewer = background.select(genes=background.genes[:50])
        assert not table.equals(measure_promiscuity(ranks, fewer, n_genes=5))
        pd.testing.assert_frame_equal(
            measure_promiscuity(ranks, fewer, n_genes=5),
            measure_promiscuity(ranks, background.select(genes=background.genes[:50][::-1]), n_genes=5),
        )

    def test_the_input_is_not_touched(self, rng):
        background = matrix(correlated(rng))
        before, metadata = background.frame.copy(), background.signatures.copy()
        measure_promiscuity(background, background, n_genes=5)
        pd.testing.assert_frame_equal(background.frame, before)
        pd.testing.assert_frame_equal(background.signatures, metadata)


class TestHardInput:
    def test_a_signature_without_ranks_has_no_share(self, rng):
        values = matrix(correlated(rng, n_signatures=3)).values.astype(float)
        values[:, 1] = np.nan
        table = measure_promiscuity(framed(values), matrix(correlated(rng), "B"), n_genes=5)
        assert table["n_queries"].tolist() == [60, 0, 60]
        assert table.loc["S1", ["share_answered", "share_mimicked", "share_reversed"]].isna().all()
        assert table.drop("S1").notna().all(axis=None)

    def test_a_background_signature_without_ends_asks_nothing(self, rng):
        values = matrix(correlated(rng)).values.astype(float)
        values[:, 0] = np.nan  # nothing ranked
        values[:, 1] = 60  # all tied
        values[8:, 2] = np.nan  # eight genes ranked, and ten are needed
        values[:8, 2] = np.arange(1, 9)
        table = measure_promiscuity(matrix(correlated(rng, n_signatures=3)), framed(values, "B"), n_genes=5)
        assert table["n_queries"].tolist() == [57, 57, 57]

    def test_of_tied_genes_the_first_by_name_in_whatever_row(self):
        # G000, G001 and G002 share rank 3: the two lowest are the first two of them.
        column = np.array([3, 3, 3, 4, 5, 6])[:, None]
        assert module._searched_extremes(column, 2).low.tolist() == [[0, 1]]
        assert module._searched_extremes(column, 2).high.tolist() == [[4, 5]]
        # Turned round: G000 to G002 share the highest rank, and the first two of them are taken as well.
        turned = module._searched_extremes(7 - column, 2)
        assert (turned.low.tolist(), turned.high.tolist()) == ([[4, 5]], [[0, 1]])
        backwards = framed(column[::-1], genes=[f"G{i:03d}" for i in range(5, -1, -1)])
        ours, _ = module._shared_genes(backwards, backwards, 2)
        np.testing.assert_array_equal(ours, np.where(column == 3, 2, column))  # the middle of the tie

    def test_a_fraction_is_a_level(self, rng):
        background = matrix(correlated(rng), "B")
        found = [measure_promiscuity(background, background, n_genes=5, level=a) for a in (Fraction(1, 20), 0.05)]
        pd.testing.assert_frame_equal(*found)

    def test_queries_without_enough_unrelated_signatures_are_not_asked(self, rng):
        # 51 of 60 are one drug: its own queries have nine unrelated signatures, those of the others have fifty-nine.
        background = matrix(correlated(rng), "B", ["one drug"] * 51 + [f"other {i}" for i in range(9)])
        table = measure_promiscuity(matrix(correlated(rng, n_signatures=2)), background, n_genes=5)
        assert table["n_queries"].tolist() == [9, 9]

    def test_a_query_that_all_answer_alike_is_not_asked(self, rng):
        same = np.tile(matrix(correlated(rng)).values[:, :1], 60)
        with pytest.raises(LincsInterpError, match="background has no query for these signatures"):
            measure_promiscuity(matrix(correlated(rng, n_signatures=2)), framed(same, "B"), n_genes=5)

    def test_a_query_without_spread_is_not_asked(self, rng):
        # 40 of 60 are one column: the other 20 queries find most of their unrelated signatures at one and the same z.
        values = matrix(correlated(rng)).values.copy()
        values[:, :40] = values[:, :1]
        with pytest.raises(LincsInterpError, match="background has no query for these signatures"):
            measure_promiscuity(matrix(correlated(rng, n_signatures=2)), framed(values, "B"), n_genes=5)

    def test_one_id_is_one_signature_whatever_else_is_said_of_it(self, rng):
        background = matrix(correlated(rng), names=[""] * 60)
        ranks = matrix(correlated(rng, n_signatures=2), names=["", ""])  # S0 and S1, as in the background
        assert measure_promiscuity(ranks, background, n_genes=5)["n_queries"].tolist() == [59, 59]

    def test_unnamed_signatures_are_unrelated(self, rng):
        background = matrix(correlated(rng), "B", [""] * 60)
        ranks = matrix(correlated(rng, n_signatures=2), "S", ["", ""])
        assert measure_promiscuity(ranks, background, n_genes=5)["n_queries"].tolist() == [60, 60]

    def test_a_bar_only_if_asked(self, rng, capsys):
        background = matrix(correlated(rng))
        measure_promiscuity(background, background, n_genes=5)
        assert capsys.readouterr().err == ""
        measure_promiscuity(background, background, n_genes=5, progress=True)
        assert "promiscuity" in capsys.readouterr().err


class TestErrors:
    @pytest.fixture
    def background(self, rng):
        return matrix(correlated(rng), "B")

    def error(self, *arguments, **options) -> LincsInterpError:
        with pytest.raises(LincsInterpError) as caught:
            measure_promiscuity(*arguments, **options)
        return caught.value

    def test_too_small_a_background(self, background):
        error = self.error(background, background.select(signatures=background.frame.columns[:50]), n_genes=5)
        assert (error.argument, error.value) == ("background", 50)
        assert "library" in error.remedy

    def test_too_few_shared_genes(self, background, rng):
        error = self.error(background, background)
        assert (error.argument, error.value) == ("background", 60)
        assert "n_genes of at most 30" in error.remedy
        error = self.error(matrix(correlated(rng), genes=[f"ENSG{i}" for i in range(60)]), background, n_genes=5)
        assert (error.argument, error.value) == ("background", 0)
        assert "ENSG0, ENSG1 and 58 more" in str(error)
        assert "n_genes" not in error.remedy

    def test_one_drug_only(self, rng):
        background = matrix(correlated(rng), "B", ["one drug"] * 60)
        error = self.error(background, background, n_genes=5)
        assert error.argument == "background"
        assert "another perturbagen" in str(error)

    @pytest.mark.parametrize("level", [0, 1, -0.1, "5 %", True, None, float("nan")])
    def test_level(self, background, level):
        error = self.error(background, background, n_genes=5, level=level)
        assert error.argument == "level"
        assert error.value is level
        assert "between 0 and 1" in error.remedy

    def test_kinds(self, background):
        assert self.error(background.frame, background).argument == "ranks"
        assert self.error(background, background.frame).argument == "background"
        assert self.error(background, background, n_genes=0).argument == "n_genes"
        assert self.error(background, background, progress="yes").argument == "progress"


def test_no_simulated_signature_reaches_the_threshold():
    # The pathways of the sample move independently of each other, so there is no response that many share.
    sample = load_sample()
    table = measure_promiscuity(sample.ranks, sample.background)
    assert table.index.equals(sample.ranks.frame.columns)
    assert set(table["n_queries"]) == {200}
    assert table["share_answered"].mean() == pytest.approx(0.05, abs=0.015)
    assert table["share_answered"].max() < PROMISCUOUS_SHARE
    inert = sample.truth["planted"] == "inert"
    assert table.loc[inert, "share_answered"].mean() < 0.06


@pytest.fixture(scope="module")
def landmark(real_data):
    metadata = pd.read_csv(real_data / "real" / "signature_metadata.tsv", sep="\t", keep_default_na=False)
    table = pd.read_csv(real_data / "real" / "landmark_978x1080.ranks.tsv.gz", sep="\t", index_col=0)
    return RankMatrix.from_frame(table, signatures=metadata.drop_duplicates("local_id").set_index("local_id"))


@pytest.mark.real
class TestReal:
    @pytest.mark.parametrize(
        ("subset", "above"), [("cpc006_a375", (0.03, 0.06)), ("ljp005_a375", (0, 0)), ("modz272", (0, 0.03))]
    )
    def test_how_many_reach_the_threshold(self, landmark, subset, above):
        part = landmark.select(signatures=f'subset == "{subset}"')
        share = measure_promiscuity(part, part)["share_answered"]
        assert share.mean() == pytest.approx(0.05, abs=0.015)
        assert above[0] <= (share >= PROMISCUOUS_SHARE).mean() <= above[1]

    def test_what_was_processed_elsewhere_answers_hardly_any_query(self, landmark, real_data):
        table = pd.read_csv(real_data / "real" / "skb_5000x100.ranks.tsv.gz", sep="\t", index_col=0)
        background = landmark.select(signatures='subset == "cpc006_a375"')
        share = measure_promiscuity(RankMatrix.from_frame(table), background, n_genes=50)["share_answered"]
        assert share.mean() < 0.015

    def test_it_is_no_test_of_toxicity(self, landmark):
        part = landmark.select(signatures='subset == "cpc006_a375"')
        share = measure_promiscuity(part, part)["share_answered"].rank()
        moa = part.signatures["moa"].str.lower()
        poisons = moa.str.contains("proteasome|hsp|hdac|protein synthesis|cdk|topoisomerase|plk|tubulin|rna polymerase")
        others = (moa != "") & ~poisons
        n, m = poisons.sum(), others.sum()
        both = share[poisons | others].rank()
        auc = (both[poisons].sum() - n * (n + 1) / 2) / (n * m)
        assert n > 15
        assert 0.35 < auc < 0.65
