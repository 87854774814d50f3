"""Readers take open binary files and bytes in memory, under the name that these have."""

import gzip
import io

import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp.io.sample import sample_path


def named(data: bytes, name: str) -> io.BytesIO:
    stream = io.BytesIO(data)
    stream.name = name
    return stream


@pytest.fixture(scope="module")
def content():
    return sample_path("ranks.tsv").read_bytes()


def test_a_matrix_in_memory_is_the_one_of_the_file(content):
    expected = li.read_ranks(sample_path("ranks.tsv")).frame
    for stream in (io.BytesIO(content), named(gzip.compress(content), "mine.tsv")):
        pd.testing.assert_frame_equal(li.read_ranks(stream).frame, expected)
    with sample_path("ranks.tsv").open("rb") as file:
        pd.testing.assert_frame_equal(li.read_ranks(file).frame, expected)


def test_a_gene_list_is_called_after_its_stream():
    query = li.read_query(named(b"MYC\nTP53\n", "folder/heat shock.txt"))
    assert (query.name, query.up) == ("heat shock", ("MYC", "TP53"))


def test_errors_name_the_stream():
    with pytest.raises(li.LincsInterpError, match=r"^mine\.tsv is a PDF") as caught:
        li.read_ranks(named(b"%PDF-1.4", "mine.tsv"))
    assert caught.value.argument == "path"
