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


def test_short_rows_are_filled_up_and_cells_stripped(tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text("a\tb\tc\n 1 \t2\n3\t4\t5\n6\t7\t8\n")
    assert read_text_rows(path)[1] == [["a", "b", "c"], ["1", "2", ""], ["3", "4", "5"], ["6", "7", "8"]]


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
