"""write_ranks and read_ranks: a matrix comes back whole, or the file is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp import RankMatrix, load_sample, read_coefficients, read_ranks, write_ranks
from lincs_interp._util.errors import LincsInterpError

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text and text)
ENDINGS = st.sampled_from(["tsv", "tsv.gz", "csv", "csv.gz", "TSV"])


@st.composite
def matrices(draw):
    genes = draw(st.lists(NAMES, min_size=3, max_size=12, unique=True))
    ids = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    ranks = rng.permuted(np.tile(np.arange(1.0, len(genes) + 1), (len(ids), 1)), axis=1).T
    if draw(st.booleans()):
        ranks[0, 0] = np.nan
    facts = {one: {"pert_name": draw(st.text(max_size=8)), "note": draw(st.text(max_size=8))} for one in ids}
    facts[ids[0]]["tas"] = draw(st.floats(allow_nan=False, allow_infinity=False))
    frame = pd.DataFrame(ranks, index=genes, columns=ids)
    n_genes = len(genes) + draw(st.integers(0, 3))
    return RankMatrix.from_frame(frame, n_genes=n_genes, signatures=facts)._noting(draw(st.text(max_size=20)))


def same(again, ranks):
    pd.testing.assert_frame_equal(again.frame, ranks.frame)
    pd.testing.assert_frame_equal(again.signatures, ranks.signatures)
    pd.testing.assert_series_equal(again.n_ranked, ranks.n_ranked)
    assert (again.n_genes, again.assumptions) == (ranks.n_genes, ranks.assumptions)


@settings(deadline=None)
@given(ranks=matrices(), ending=ENDINGS)
def test_round_trip(ranks, ending, tmp_path_factory):
    path = write_ranks(ranks, tmp_path_factory.mktemp("ranks") / f"x.{ending}")
    same(read_ranks(path), ranks)


def test_the_sample_comes_back_in_the_same_bytes(tmp_path):
    ranks = load_sample().ranks
    path = write_ranks(ranks, str(tmp_path / "a.tsv.gz"))
    again = read_ranks(path)
    same(again, ranks)
    assert write_ranks(again, tmp_path / "b.tsv.gz").read_bytes() == path.read_bytes()
    frame = pd.read_csv(path, sep="\t", comment="#", index_col=0)
    np.testing.assert_array_equal(frame.to_numpy(), ranks.values)
    assert read_coefficients(path).equals(ranks.frame.astype(float))


@pytest.fixture
def written(tmp_path):
    frame = pd.DataFrame({"S1": [3, 1, 2], "S2": [1, 2, 3]}, index=["MYC", "TP53", "EGFR"])
    return write_ranks(RankMatrix.from_frame(frame), tmp_path / "x.tsv")


def test_part_of_the_signatures_and_their_metadata(written):
    ranks = read_ranks(written, signatures=["S2"], metadata={"S2": {"pert_name": "vorinostat"}})
    assert ranks.frame.columns.tolist() == ["S2"]
    assert ranks.signatures["pert_name"].tolist() == ["vorinostat"]


@pytest.mark.parametrize(("argument", "value"), [("rank_one", "up"), ("n_genes", 5)])
def test_arguments_that_contradict_the_file(argument, value, written):
    with pytest.raises(LincsInterpError) as raised:
        read_ranks(written, **{argument: value})
    assert (raised.value.argument, raised.value.value) == (argument, value)
    assert read_ranks(written, rank_one="down", n_genes=3).n_genes == 3


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("MYC\t3\t1\n", "", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\n", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\t1\t4\n", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\t1.5\n", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\t9\n", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\t2\n", "write it again"),
        ("MYC\t3\t1\n", "MYB\t3\t1\n", "write it again"),
        ("MYC\t3\t1\n", "MYC\t3\t\n", "write it again"),
        ("S1\tS2", "S1", "write it again"),
        ('"format": 1', '"format": 2', "update"),
        ('{"format"', '"format"', "write it again"),
    ],
)
def test_a_changed_file_is_refused(old, new, remedy, written):
    text = written.read_text()
    assert old in text
    written.write_text(text.replace(old, new))
    with pytest.raises(LincsInterpError) as raised:
        read_ranks(written)
    assert raised.value.argument == "path"
    assert remedy in raised.value.remedy
    written.write_bytes(gzip.compress(written.read_bytes()))
    with pytest.raises(LincsInterpError, match=r"x\.tsv"):
        read_ranks(written)


@pytest.mark.parametrize("path", [None, "x.parquet", "x", "absent/x.tsv"])
def test_paths_that_cannot_be_written(path, written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LincsInterpError) as raised:
        write_ranks(read_ranks(written), path)
    assert (raised.value.argument, raised.value.value) == ("path", path)


def test_only_a_rank_matrix_is_written(tmp_path):
    with pytest.raises(LincsInterpError) as raised:
        write_ranks(pd.DataFrame({"S1": [1]}), tmp_path / "x.tsv")
    assert raised.value.argument == "ranks"
