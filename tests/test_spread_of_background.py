"""How far unrelated scores spread: the textbook's analysis of variance, hits peeled, and what it is good for."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp.core.query import GeneQuery
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.scoring._spread import FEWEST_LEFT, peel, spread_of
from lincs_interp.scoring.calibration import METHODS, calibrate
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.null import fit_null


def test_balanced_data_by_the_textbook():
    """3 perturbagens of 2: means 0, 4, 8, each value 1 away from its mean."""
    scores, units = np.array([-1.0, 1, 3, 5, 7, 9]), np.array([0, 0, 1, 1, 2, 2])
    msb, msw = 2 * 32 / 2, 6 / 3  # squares between over 2, within over 3 degrees of freedom
    spread = spread_of(scores, units, 3)
    between = (msb - msw) / 2
    assert spread.middle == 4
    assert spread.variance[-1] == pytest.approx(between + msw)
    assert spread.df[-1] == pytest.approx((between + msw) ** 2 / ((msb / 2) ** 2 / 2 + (msw / 2) ** 2 / 3))
    # The variance of the mean is between / 3 + within / 6.
    assert spread.n_effective[-1] == pytest.approx((between + msw) / (between / 3 + msw / 6))


@pytest.mark.parametrize("seed", range(5))
def test_without_each_is_what_is_left_without_it(seed):
    rng = np.random.default_rng(seed)
    units = np.unique(rng.integers(0, 15, 60), return_inverse=True)[1]
    n_units = units.max() + 1
    scores = 1000 + rng.normal(size=n_units)[units] + rng.normal(size=60)
    spread = spread_of(scores, units, n_units)
    for unit in range(n_units):
        rest = units != unit
        again = spread_of(scores[rest], units[rest], n_units)
        for one, other in zip(spread[1:], again[1:], strict=True):
            assert one[unit] == pytest.approx(other[-1], rel=1e-6)


def test_one_signature_each_is_the_plain_variance():
    scores = np.random.default_rng(1).normal(size=70)
    spread = spread_of(scores, np.arange(70), 70)
    assert spread.variance[-1] == pytest.approx(scores.var(ddof=1))
    assert (spread.df[-1], spread.n_effective[-1]) == (69, 70)


@pytest.mark.parametrize("sign", [1, -1])
def test_hits_are_found_together_with_what_they_hid(sign):
    scores = np.random.default_rng(2).normal(size=100)
    scores[:12] = sign * np.r_[np.full(6, 9.0), np.full(6, 6.0)]
    kept, _, too_full = peel(scores, np.arange(100), 100, 0.1)
    assert not kept[:12].any()
    assert kept[12:].sum() >= 86
    assert not too_full


def test_too_many_hits_stay_and_are_told():
    scores = np.random.default_rng(3).normal(size=100)
    scores[:38] = np.where(np.arange(38) % 2, 1.0, -1.0) * 10.0 ** (1 + np.arange(38) // 6)
    kept, _, too_full = peel(scores, np.arange(100), 100, 0.1)
    assert too_full
    assert kept.sum() >= 70
    assert peel(scores[:FEWEST_LEFT], np.arange(FEWEST_LEFT), FEWEST_LEFT, 0.1)[0].all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_hits", [0, 20])
def test_swapping_the_lists_turns_every_sign_and_changes_no_p(method, n_hits):
    """To the last bit, with hits of the query in the background or without."""
    sample = load_sample()
    ranks, query = sample.background, sample.query
    if n_hits:
        hits = sample.ranks.frame.iloc[:, :n_hits]
        ranks = RankMatrix.from_frame(pd.concat([ranks.frame, hits], axis=1))
    table = calibrate(score_concordance(ranks, query), query, background=ranks, method=method)
    swapped = GeneQuery("swapped", query.down, query.up)
    turned = calibrate(score_concordance(ranks, swapped), swapped, background=ranks, method=method).loc[table.index]
    if n_hits:
        assert fit_null(query, ranks).n_hits > 5
    pd.testing.assert_series_equal(table["p_cal"], turned["p_cal"], check_exact=True)
    pd.testing.assert_series_equal(table["z_cal"], -turned["z_cal"], check_exact=True)


def drugs(n_drugs: int, n_each: int, rng: np.random.Generator, push: float, n_genes: int = 300) -> RankMatrix:
    """Signatures of perturbagens whose own are alike: genes move with the perturbagen's few pathways."""
    pathways = rng.standard_normal((n_genes, 20))
    columns = {}
    for drug in range(n_drugs):
        own = push * pathways @ rng.standard_normal(20)
        for well in range(n_each):
            values = own + 0.2 * pathways @ rng.standard_normal(20) + rng.standard_normal(n_genes)
            place = f"{'ABCD'[well // 24]}{well % 24 + 1:02d}"
            columns[f"SIM001_A549_24H_{place}_drug{drug}_10uM"] = values.argsort().argsort() + 1
    return RankMatrix.from_frame(pd.DataFrame(columns, [f"G{i}" for i in range(n_genes)]))


def share_below(n_drugs: int, n_each: int, named: bool) -> float:
    """Share of unrelated signatures with p_cal < .05, over forty queries with a background and a test matrix each."""
    rng = np.random.default_rng(7)
    p = []
    for _ in range(40):
        ranks = drugs(n_drugs + 40, 1 if n_each == 1 else n_each, rng, push=1.0)
        ids = np.array(ranks.frame.columns).reshape(-1, n_each)
        background = ranks.select(signatures=ids[:n_drugs].ravel())
        if not named:
            background = background.rename(signatures={name: f"s{i}" for i, name in enumerate(background.frame)})
        own = ranks.frame[ids[n_drugs, 0]].sort_values().index
        query = GeneQuery("q", own[-20:], own[:20])
        test = ranks.select(signatures=ids[n_drugs + 1 :, 0])
        table = calibrate(score_concordance(test, query), query, background=background, selected=False)
        assert (table["p_status"] == "measured").all()
        p += table["p_cal"].tolist()
    return float(np.mean(np.array(p) < 0.05))


def test_copies_of_few_perturbagens_are_few_witnesses():
    """Ten perturbagens five times: with their names the p is nearly right, taken for fifty it is too small."""
    named, taken_for_fifty = share_below(10, 5, named=True), share_below(10, 5, named=False)
    assert named < 0.075
    assert taken_for_fifty > 0.09
    assert 0.035 < share_below(50, 1, named=True) < 0.065


def test_a_perturbagen_is_no_witness_against_itself():
    """The strongest perturbagen of a background has the same p as if the background did not hold it."""
    ranks = drugs(30, 3, np.random.default_rng(5), push=1.0)
    own = [name for name in ranks.frame if "drug3_" in name]
    order = ranks.frame[own[0]].sort_values().index
    query = GeneQuery("q", order[-20:], order[:20])
    scores = score_concordance(ranks, query)
    others = ranks.select(signatures=[name for name in ranks.frame if name not in own])
    whole, without = (calibrate(scores, query, background=b, selected=False) for b in (ranks, others))
    assert fit_null(query, ranks).n_hits == 3
    np.testing.assert_allclose(whole.loc[own, "p_cal"], without.loc[own, "p_cal"], rtol=1e-9)
    # Also by the name that is given, where the ids say nothing.
    hidden = scores.set_axis([f"s{i}" for i in range(len(scores))])
    names = pd.Series([name.split("_")[-2] for name in scores.index], index=hidden.index)
    told = calibrate(hidden, query, background=ranks, perturbagens=names, selected=False)
    np.testing.assert_allclose(told["p_cal"], whole["p_cal"], rtol=1e-9)


@pytest.mark.parametrize(("n_drugs", "n_each", "status"), [(9, 10, "assumed"), (10, 5, "measured"), (1, 80, "assumed")])
def test_a_background_of_few_perturbagens(n_drugs, n_each, status):
    ranks = drugs(n_drugs, n_each, np.random.default_rng(6), push=1.0)
    query = GeneQuery("q", ranks.genes[:20], ranks.genes[20:40])
    table = calibrate(score_concordance(ranks, query), query, background=ranks, selected=False)
    assert set(table["p_status"]) == {status}
    assert f"of {n_drugs} perturbagen" in table["how"].iloc[0]
