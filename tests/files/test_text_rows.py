"""Any table as rows of text."""

import gzip

import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.io import read_text_rows

ROWS = [["symbol", "landmark"], ["DDR1", "1"], ["GUCA1A", "0"]]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_text_plain_and_packed(tmp_path, delimiter):
    text = "# made by hand\n" + "\n".join(delimiter.join(row) for row in ROWS) + "\n\n"
    path = tmp_path / "genes.anything"
    path.write_text(text)
    assert read_text_rows(path) == ("genes.anything", ROWS)
    path.write_bytes(gzip.compress(text.encode()))
    assert read_text_rows(path)[1] == ROWS


def test_a_sheet(tmp_path):
    path = tmp_path / "genes.xlsx"
    pd.DataFrame({"symbol": ["DDR1", "GUCA1A"], "landmark": [1, 0]}).to_excel(path, index=False)
    assert read_text_rows(path)[1] == ROWS


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\tc\n 1 \t2\t\n3\t4\t5\t\n", [["a", "b", "c"], ["1", "2", ""], ["3", "4", "5"]]),
        ("a\tb\t\n1\t2\n3\t4\n", [["a", "b", ""], ["1", "2", ""], ["3", "4", ""]]),
        ("b\tc\n1\t2\t3\n4\t5\t6\n", [["b", "c", ""], ["1", "2", "3"], ["4", "5", "6"]]),
    ],
)
def test_empty_cells_at_the_end_and_a_missing_corner(text, rows, tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text(text)
    assert read_text_rows(path)[1] == rows


@pytest.mark.parametrize("row", ["3\t5", "3\t4\t4\t5"])
def test_a_cell_too_few_or_too_many_would_move_the_others(row, tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text(f"a\tb\tc\n1\t2\t3\n{row}\n6\t7\t8\n")
    with pytest.raises(LincsInterpError, match=r"line 3 has [24] cells where 3 belong"):
        read_text_rows(path)


def test_one_column(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("DDR1\nPAX8\n")
    assert read_text_rows(path)[1] == [["DDR1"], ["PAX8"]]


def test_refusals(tmp_path):
    with pytest.raises(LincsInterpError, match=r"gene_metadata 'no\.tsv' does not exist"):
        read_text_rows("no.tsv", "gene_metadata")
    path = tmp_path / "x.json"
    path.write_text('{"a": [1]}')
    with pytest.raises(LincsInterpError) as raised:
        read_text_rows(path)
    assert str(raised.value) == "x.json: a json file is not read here: save the table as .tsv, .csv or .xlsx."
