"""The same perturbagen is the same everywhere, however its name is spelled: in no two places two answers."""

from __future__ import annotations

import pytest

import lincs_interp as li
from lincs_interp.core.identity import perturbagen_of
from lincs_interp.perturbagens.annotations import enrich_annotations
from lincs_interp.readings.sentences import both_ways, siblings_sentence

OTHER = "Mimetasone"


@pytest.fixture(scope="module")
def pair(the_sample):
    """The sample, one of the two signatures of mimetasone spelled otherwise; and their ids."""
    signatures = the_sample.ranks.signatures
    ids = list(signatures.index[signatures["pert_name"] == "mimetasone"])
    assert len(ids) == 2
    return the_sample.ranks.with_metadata({ids[0]: {"pert_name": OTHER}}), ids


@pytest.fixture(scope="module")
def interpretation(the_sample, pair):
    return li.interpret(pair[0], the_sample.query, background=the_sample.background)


def test_it_is_one_row_of_two_signatures(interpretation, pair):
    ranks, ids = pair
    label = perturbagen_of(ranks)[ids[0]]
    assert perturbagen_of(ranks)[ids[1]] == label
    assert interpretation.perturbagens.at[label, "n_signatures"] == 2
    assert list(interpretation._siblings(ids[0])) == [ids[1]]


@pytest.mark.parametrize("which", [0, 1])
def test_no_reading_calls_it_the_only_signature(interpretation, pair, which):
    signature = pair[1][which]
    reading = interpretation.signature(signature)
    words = f"{reading} {reading._repr_html_()} {siblings_sentence(interpretation, signature)}"
    assert "only signature" not in words
    assert "W5" not in [warning.code for warning in reading.warnings if "replicated" in str(warning)]


@pytest.mark.parametrize("name", ["mimetasone", OTHER, "MIMETASONE "])
def test_it_is_found_by_every_spelling(interpretation, pair, name):
    reading = interpretation.perturbagen(name)
    assert set(reading.signatures.index) == set(pair[1])
    assert len(li.perturbagen_signatures(interpretation.scores, pair[0], name)) == 2


def test_it_is_one_hit_of_the_shared_genes(the_sample, pair):
    before = li.stats.shared_genes(the_sample.ranks, the_sample.query)
    assert li.stats.shared_genes(pair[0], the_sample.query).equals(before)


def test_an_opposite_call_under_another_spelling_is_seen(the_sample, pair):
    mimicker, reverser = pair[1][0], the_sample.ranks.signatures.query("pert_name == 'contrasone'").index[0]
    ranks = the_sample.ranks.with_metadata({mimicker: {"pert_name": "Twofold"}, reverser: {"pert_name": "twofold"}})
    assert len(both_ways(li.interpret(ranks, the_sample.query))) == 1


def test_an_annotation_under_another_spelling_counts(the_sample, pair):
    ranks = pair[0]
    names = ranks.signatures["pert_name"].str.casefold().unique()
    terms = dict.fromkeys(names[:4], "agonist") | dict.fromkeys(names[4:], "other") | {"mimetasone": "agonist"}
    scores = li.score_concordance(ranks, the_sample.query)
    before = enrich_annotations(li.score_concordance(the_sample.ranks, the_sample.query), the_sample.ranks, terms)
    assert enrich_annotations(scores, ranks, terms)["n"].equals(before["n"])


def test_no_page_calls_it_the_only_signature(interpretation, tmp_path):
    page = li.write_report(interpretation, tmp_path / "report", top=3)
    text = page.read_text().casefold()
    assert "only signature of" in text
    assert "only signature of mimetasone" not in text
    assert "2 of 2" in text
