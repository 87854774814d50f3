"""The part about one gene: the integer in words, its baseline, the gene everywhere."""

from __future__ import annotations

import base64
import io
import re

import html5lib
import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp.explorers._gene import NAMED, GenePart, gene_table, rank_reading
from lincs_interp.explorers._state import Selection, begin, prepare


@pytest.fixture(scope="module")
def sample():
    return li.load_sample()


@pytest.fixture(scope="module")
def source(sample):
    return prepare(li.interpret(sample.ranks, sample.query, background=sample.background))


@pytest.fixture
def part(source):
    return GenePart(Selection(source, begin(source, None)))


def cells(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [["".join(cell.itertext()).strip() for cell in row] for row in tree.iter("tr")]


def test_the_words_are_those_of_explain_rank(source, part):
    state = begin(source, {"gene": "TP53", "signature": source.order[3]})
    rank = int(source.ranks.frame.at["TP53", source.order[3]])
    expected = li.explain_rank(rank, n_genes=4_000, gene="TP53", signature=source.labels[source.order[3]])
    assert rank_reading(source, state).sentence == expected.sentence
    assert expected.sentence.replace("'", "&#x27;") in part.view(state)["words"]


def test_the_baseline_is_that_of_gene_baseline(sample, source, part):
    baseline = li.stats.gene_baseline(sample.background).loc["S100A8"]
    text = part.view(begin(source, {"gene": "S100A8"}))["baseline"]
    assert f"its median percentile is {baseline['median_percentile']:.0f};" in text
    assert f"(together {100 * baseline['share_extreme']:.0f} %; by chance 2 %)" in text


def test_without_a_background_the_baseline_is_said_to_be_unknown(sample):
    source = prepare(sample.ranks)
    text = GenePart(Selection(source, begin(source, None))).view(begin(source, None))["baseline"]
    assert "not known: that needs a background" in text


def test_a_matrix_alone_takes_a_background_for_the_baseline(sample, source, part):
    alone = li.explore(sample.ranks, background=sample.background, panel="gene", gene="S100A8")
    view, same = alone.parts["gene"].view(alone.state), part.view(begin(source, {"gene": "S100A8"}))
    assert view["baseline"] == same["baseline"]
    assert "the same gene in 200 unselected signatures" in view["picture"]
    assert "S100A8.svg" in alone.parts["gene"].files(alone.state)
    code = alone.link_code().splitlines()[1]
    again = eval(code, {"li": li, "ranks": sample.ranks, "background": sample.background})
    assert again.state == alone.state
    assert again.source.background is sample.background


def test_a_background_is_one_matrix_and_only_for_a_matrix_alone(sample):
    interpretation = li.interpret(sample.ranks, sample.query)
    for x, background, remedy in (
        (interpretation, sample.background, "interpret(ranks, query, background=…)"),
        (sample.ranks, "background.tsv", "read_ranks"),
    ):
        with pytest.raises(li.LincsInterpError) as caught:
            li.explore(x, background=background)
        assert caught.value.argument == "background"
        assert caught.value.value is background
        assert remedy in caught.value.remedy


def test_a_background_that_is_too_small_or_lacks_the_gene_says_so(sample):
    few = sample.background.select(signatures=list(sample.background.frame.columns[:5]))
    source = prepare(li.interpret(sample.ranks, sample.query, background=few))
    assert "not known" in GenePart(Selection(source, begin(source, None))).view(begin(source, None))["baseline"]
    other = sample.background.select(genes=[gene for gene in sample.background.genes if gene != "TP53"])
    source = prepare(li.interpret(sample.ranks, sample.query, background=other))
    view = GenePart(Selection(source, begin(source, None))).view(begin(source, {"gene": "TP53"}))
    assert "does not have TP53, so its baseline is not known" in view["baseline"]


def test_the_ends_are_the_lowest_and_highest_ranks_of_the_matrix(source, part):
    rows = cells(part.view(begin(source, {"gene": "TP53"}))["ends"])
    ranks = [int(row[1].replace(",", "")) for row in rows[1:] if len(row) > 1]
    everywhere = np.sort(source.ranks.frame.loc["TP53"].to_numpy())
    assert ranks == [*everywhere[:NAMED], *everywhere[-NAMED:]]


def test_the_same_state_gives_the_same_view_and_another_gene_another_picture(source, part):
    state = begin(source, {"gene": "TP53"})
    first, other = part.view(state), part.view(begin(source, {"gene": "EGFR"}))
    again = part.view(state)
    assert first == again
    assert first["picture"] != other["picture"]


def test_the_mark_of_the_picture_moves_with_the_percentile(source, part):
    """The diamond is at the percentile: left half and blue below 50, right half and red above."""
    from PIL import Image

    for signature, end in ((source.order[0], "low"), (source.order[-1], "high")):
        gene = "CXCL1"
        html = part.view(begin(source, {"gene": gene, "signature": signature}))["picture"]
        image = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", html)[1]))).convert("RGB")
        pixels = np.asarray(image).astype(int)
        red, blue = np.array([178, 24, 43]), np.array([33, 102, 172])
        colour = blue if end == "low" else red
        where = np.flatnonzero((np.abs(pixels - colour).sum(axis=2) < 30).any(axis=0))
        percentile = li.to_percentile(source.ranks.frame.at[gene, signature], n_genes=4_000)
        assert (percentile < 50) == (end == "low")
        assert (where.mean() < pixels.shape[1] / 2) == (end == "low")


def test_alt_text_and_caption_tell_what_the_picture_shows(source, part):
    state = begin(source, {"gene": "TP53"})
    image = html5lib.parseFragment(part.view(state)["picture"], namespaceHTMLElements=False).find(".//img")
    at = li.to_percentile(source.ranks.frame.at["TP53", state.signature], n_genes=4_000)
    assert image.get("alt").startswith("TP53 in 78 signatures on a scale from 0 (most down) to 100 (most up)")
    assert image.get("alt").endswith(f"at {at:.1f}.")


def test_the_table_is_the_gene_in_all_signatures(source):
    table = gene_table(source, "TP53")
    pd.testing.assert_series_equal(
        table["percentile"].sort_index(), source.ranks.percentiles().loc["TP53"].sort_index(), check_names=False
    )
    assert (table["call"] == source.interpretation.scores["call"].reindex(table.index)).all()


def test_files_hold_that_table_and_real_pictures(source, part):
    html = part.files(begin(source, {"gene": "TP53"}))
    links = {
        link.get("download"): base64.b64decode(link.get("href").split("base64,")[1])
        for link in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("a")
    }
    assert set(links) == {"TP53.tsv", "TP53.png", "TP53.svg"}
    read = pd.read_csv(io.BytesIO(links["TP53.tsv"]), sep="\t", index_col="signature", keep_default_na=False)
    expected = gene_table(source, "TP53")
    assert list(read.index) == list(expected.index)
    assert np.allclose(read["percentile"], expected["percentile"])
    assert links["TP53.png"].startswith(b"\x89PNG")
    assert b"<svg" in links["TP53.svg"]


def test_typing_a_gene_moves_everything(sample):
    explorer = li.explore(li.interpret(sample.ranks, sample.query, background=sample.background), panel="gene")
    before = {name: box.value for name, box in explorer.parts["gene"].boxes.items()}
    explorer.pickers["gene"].box.value = "egfr"
    assert explorer.state.gene == "EGFR"
    after = {name: box.value for name, box in explorer.parts["gene"].boxes.items()}
    assert all(before[name] != after[name] for name in before)
    assert "EGFR has rank" in after["words"]


@pytest.mark.real
def test_a_real_matrix_can_be_walked_through(real_data):
    ranks = li.read_ranks(real_data / "real" / "full_12328x43.ranks.tsv.gz")
    explorer = li.explore(ranks, panel="gene")
    for _ in range(5):
        explorer.pickers["signature"].next.click()
        explorer.pickers["gene"].next.click()
        gene, signature = explorer.state.gene, explorer.state.signature
        words = explorer.parts["gene"].boxes["words"].value
        assert f"{gene} has rank {ranks.frame.at[gene, signature]:,.0f} of" in words
