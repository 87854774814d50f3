"""Many gene sets at once: the same numbers as one set at a time, exact where floats end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp.scoring.scores import many, rank_sum_z
from lincs_interp.scoring.scores.many import EXACT_IN_FLOAT32, sets_from_rows, z_of_many


def rank_sums_of_many(values, sets):
    """The sums that z is made of (sets x signatures)."""
    answer = np.empty((sets.shape[0], values.shape[1]))

    def keep(where, sums, n):
        answer[:, where] = sums

    many._in_blocks(values, sets, keep)
    return answer


DTYPES = [np.uint16, np.int16, np.int32, np.int64, np.float32, np.float64]


def permutations(rng, n_genes: int, n_signatures: int, dtype=np.int32) -> np.ndarray:
    return (np.argsort(rng.random((n_genes, n_signatures)), axis=0) + 1).astype(dtype)


def test_by_hand():
    # Genes on ranks 1 2 3 4 and 4 3 2 1; the sets {first, last}, {second twice} and the empty one.
    values = np.array([[1, 4], [2, 3], [3, 2], [4, 1]])
    sets = sets_from_rows([np.array([0, 3]), np.array([1, 1]), np.array([], dtype=int)], 4)
    np.testing.assert_array_equal(sets.toarray(), [[1, 0, 0, 1], [0, 2, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(rank_sums_of_many(values, sets), [[5, 5], [4, 6], [0, 0]])
    # n = 2 of N = 4: mean 5, sigma = sqrt(2 * 2 * 5 / 12) = sqrt(5 / 3)
    expected = [[0, 0], [-1 / np.sqrt(5 / 3), 1 / np.sqrt(5 / 3)], [np.nan, np.nan]]
    np.testing.assert_allclose(z_of_many(values, np.array([4, 4]), sets), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_signatures", [1, 7])
def test_the_same_bits_as_one_set_at_a_time(rng, dtype, n_signatures, monkeypatch):
    monkeypatch.setattr(many, "SIGNATURES_AT_A_TIME", 3)  # blocks with a remainder, both ways
    monkeypatch.setattr(many, "GENES_AT_A_TIME", 16)
    values, n_ranked = permutations(rng, 50, n_signatures, dtype), np.full(n_signatures, 50)
    rows = [rng.choice(50, n, replace=False) for n in (1, 2, 20, 49, 50)]
    before = values.copy()
    z = z_of_many(values, n_ranked, sets_from_rows(rows, 50))
    np.testing.assert_array_equal(z, [rank_sum_z(values, part, n_ranked).z for part in rows])
    assert np.isnan(z[-1]).all()  # n = N
    assert not np.isnan(z[:-1]).any()
    np.testing.assert_array_equal(values, before)


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_genes, n_signatures = draw(st.integers(2, 40)), draw(st.integers(1, 6))
    values = rng.integers(1, n_genes + 1, (n_genes, n_signatures)).astype(float)
    if draw(st.booleans()):
        values[rng.random(values.shape) < draw(st.sampled_from([0.1, 0.9]))] = np.nan
    n_ranked = np.where(rng.random(n_signatures) < 0.2, 0, n_genes - rng.integers(0, 2, n_signatures))
    rows = [rng.integers(0, n_genes, rng.integers(0, n_genes + 3)) for _ in range(draw(st.integers(1, 5)))]
    return values, n_ranked, rows


@settings(max_examples=80)
@given(problems())
def test_against_a_loop_that_adds_gene_by_gene(problem):
    values, n_ranked, rows = problem
    sets = sets_from_rows(rows, len(values))
    sums, z = rank_sums_of_many(values, sets), z_of_many(values, n_ranked, sets)
    for i, part in enumerate(rows):
        for j, total in enumerate(n_ranked.tolist()):
            there = [values[row, j] for row in part if not np.isnan(values[row, j])]
            assert sums[i, j] == sum(there)
            if 0 < (n := len(there)) < total:
                expected = (sum(there) - n * (total + 1) / 2) / np.sqrt(n * (total - n) * (total + 1) / 12)
                assert z[i, j] == pytest.approx(expected, abs=1e-12)
            else:
                assert np.isnan(z[i, j])


@settings(max_examples=30)
@given(problems())
def test_missing_ranks_count_as_in_one_set_at_a_time(problem):
    values, n_ranked, rows = problem
    rows = [np.unique(part) for part in rows]
    z = z_of_many(values, n_ranked, sets_from_rows(rows, len(values)))
    np.testing.assert_array_equal(z, [rank_sum_z(values, part, n_ranked).z for part in rows])


@settings(max_examples=30)
@given(problems())
def test_law_turning_the_ranks_turns_z(problem):
    values, n_ranked, rows = problem
    n_ranked = np.full_like(n_ranked, len(values))
    sets = sets_from_rows(rows, len(values))
    z, turned = z_of_many(values, n_ranked, sets), z_of_many(len(values) + 1 - values, n_ranked, sets)
    np.testing.assert_allclose(turned, -z, atol=1e-12)


class TestExactness:
    """Where 32-bit floats end: from 2**24 on they hold even numbers only, so the sums here are odd."""

    @pytest.mark.parametrize("highest", [EXACT_IN_FLOAT32 // 4 - 1, EXACT_IN_FLOAT32 // 4, EXACT_IN_FLOAT32, 2**30 + 1])
    @pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
    def test_on_both_sides_of_the_boundary(self, highest, dtype):
        values = np.array([[highest], [highest], [highest], [highest - 1]], dtype=dtype)
        sets = sets_from_rows([np.arange(4), np.array([0, 0, 0, 3]), np.array([3])], 4)
        expected = [4 * highest - 1, 4 * highest - 1, highest - 1]
        assert rank_sums_of_many(values, sets)[:, 0].astype(np.int64).tolist() == expected

    def test_just_below_the_boundary_32_bits_are_used_and_exact(self, monkeypatch):
        seen = []
        times = many._Tiles.times
        monkeypatch.setattr(many._Tiles, "times", lambda *a: seen.append(times(*a)) or seen[-1])
        for highest in (EXACT_IN_FLOAT32 // 3, EXACT_IN_FLOAT32 // 3 + 1):  # 3 * (2**24 // 3) = 2**24 - 1
            sets = sets_from_rows([np.arange(3)], 3)
            values = np.full((3, 1), highest)
            assert rank_sums_of_many(values, sets)[0, 0] == 3 * highest
        assert [product.dtype for product in seen] == [np.float32, np.float64]

    def test_a_whole_library_sized_set_of_counts(self, rng):
        # 12,327 genes, a bootstrap draw of 3,000: sums near 3e7, beyond 2**24
        values = permutations(rng, 12_327, 5, np.uint16)
        draws = [rng.integers(0, 12_327, 3000) for _ in range(4)]
        sums = rank_sums_of_many(values, sets_from_rows(draws, 12_327))
        np.testing.assert_array_equal(sums, [values[draw].sum(axis=0, dtype=np.int64) for draw in draws])


class TestOtherLayouts:
    def test_column_major_and_strided_matrices(self, rng):
        values = permutations(rng, 30, 12)
        sets = sets_from_rows([rng.choice(30, 9, replace=False) for _ in range(4)], 30)
        expected = rank_sums_of_many(values, sets)
        np.testing.assert_array_equal(rank_sums_of_many(np.asfortranarray(values), sets), expected)
        np.testing.assert_array_equal(rank_sums_of_many(values[:, ::2], sets), expected[:, ::2])

    def test_counts_may_be_whole_numbers_of_any_kind(self, rng):
        values = permutations(rng, 30, 3)
        sets = sets_from_rows([rng.integers(0, 30, 50), np.arange(4)], 30)
        for dtype in (np.int8, np.int64, np.float64, bool):
            typed = sets.astype(dtype)
            np.testing.assert_array_equal(rank_sums_of_many(values, typed), typed.toarray().astype(int) @ values)

    def test_no_sets_and_sets_without_genes(self, rng):
        values = permutations(rng, 6, 3)
        assert rank_sums_of_many(values, sets_from_rows([], 6)).shape == (0, 3)
        empty = sets_from_rows([np.array([], dtype=int)], 6)
        np.testing.assert_array_equal(rank_sums_of_many(values, empty), np.zeros((1, 3)))
        assert np.isnan(z_of_many(values, np.full(3, 6), empty)).all()
        assert z_of_many(values[:, :0], np.zeros(0, dtype=int), empty).shape == (1, 0)


class TestRefusals:
    def test_another_number_of_genes(self, rng):
        with pytest.raises(ValueError, match=r"^sets count 5 genes, but there are ranks of 6$"):
            rank_sums_of_many(permutations(rng, 6, 3), sets_from_rows([np.arange(2)], 5))

    @pytest.mark.parametrize("count", [-1, 0.5, np.nan])
    def test_no_counts(self, rng, count):
        sets = sets_from_rows([np.arange(2)], 6).astype(float)
        sets.data[0] = count
        with pytest.raises(ValueError, match=r"^sets hold a number that is no count: whole numbers from 0 are needed$"):
            z_of_many(permutations(rng, 6, 3), np.full(3, 6), sets)

    @pytest.mark.parametrize("row", [-1, 6])
    def test_a_row_outside_the_matrix(self, row):
        with pytest.raises(ValueError, match=rf"^a set names row {row} of 6$"):
            sets_from_rows([np.array([0, row])], 6)
