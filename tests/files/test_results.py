"""read_results: whatever tags a row has lost, its name and its numbers come back exact."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.signature_ids import parse_signature_id
from lincs_interp.io.results import read_results

TAGS = ["Perturbation Type", "Dose", "Tissue", "Cell Line", "Disease", "Timepoint"]
NUMBERS = [
    *("z-score (up)", "z-score (down)", "z-score (sum)", "p-value (up)", "p-value (down)", "FDR (up)"),
    *("FDR (down)", "log p-val (Fisher)", "log p-val (avg)"),
]
HITS = {
    "REP.B025_YAPC_24H_K01_resiquimod_2.22uM": [
        "Chemical",
        "2.22 uM",
        "pancreas",
        "YAPC",
        "carcinoma",
        "24 h",
    ],
    "XPR029_HT29.311_96H_L15_PTPN1": [
        "CRISPR Knockout",
        "1 unit",
        "large intestine",
        "HT29.311",
        "colorectal adenocarcinoma",
        "96 h",
    ],
    "CPC006_A375_6H_A01_943_10uM": ["Chemical", "10 uM", "skin", "A375", "malignant melanoma", "6 h"],
    "MET001_N8_XH_H05_BRD-U44432129_100ug_per_ml": [
        "Chemical",
        "100 ug/ml",
        "unknown organ",
        "N8",
        "normal",
        "XH",
    ],
    "KDB008_HA1E_96H_K18_DNAJB2": ["shRNA", "1.5 ul", "kidney", "HA1E", "immortalized", "96 h"],
}


@pytest.fixture
def write(tmp_path):
    def write(rows, name="mimickers.tsv", delimiter="\t"):
        path = tmp_path / name
        path.write_text("".join(delimiter.join(row) + "\n" for row in rows))
        return path

    return write


def numbers(i):
    return [repr(v) for v in (8.25 - i, -7.5 + i / 3, 0.75, 1.6e-16, 2e-300, 0.0, 1.4e-321, 744.44, 9.0 + i)]


def whole():
    return [[term, *tags, *numbers(i)] for i, (term, tags) in enumerate(HITS.items())]


def by_hand(rows):
    """What must come back: name and the cells at the right end."""
    return [row[0] for row in rows], [[float(cell) for cell in row[-len(NUMBERS) :]] for row in rows]


def check(frame, rows):
    terms, values = by_hand(rows)
    assert frame["Term"].tolist() == terms
    assert frame[NUMBERS].to_numpy().tolist() == values


def test_a_table_without_gaps_is_read_as_it_is(write):
    frame = read_results(write([["Term", *TAGS, *NUMBERS], *whole()]))
    assert frame.columns.tolist() == ["Term", *TAGS, *NUMBERS, "repaired", "unplaced"]
    assert frame[TAGS].to_numpy().tolist() == list(HITS.values())
    assert not frame["repaired"].any()
    check(frame, whole())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keep=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=5, max_size=5))
def test_rows_that_lost_any_tags(keep, write):
    """The header loses the tags of the first hit, as on the site; nothing is ever put below a wrong name."""
    rows = [
        [row[0], *(tag for tag, kept in zip(row[1:7], mask, strict=True) if kept), *row[7:]]
        for row, mask in zip(whole(), keep, strict=True)
    ]
    header = ["Term", *(name for name, kept in zip(TAGS, keep[0], strict=True) if kept), *NUMBERS]
    frame = read_results(write([header, *rows]))
    check(frame, rows)
    for (_, hit), tags, row in zip(frame.iterrows(), HITS.values(), rows, strict=True):
        placed = [hit[name] for name in TAGS if name in frame and hit[name]]
        unplaced = hit["unplaced"].split("; ") if hit["unplaced"] else []
        assert sorted([*placed, *unplaced]) == sorted(row[1 : -len(NUMBERS)])  # no tag is lost or doubled
        for name, tag in zip(TAGS, tags, strict=True):
            if name in ("Dose", "Cell Line", "Timepoint", "Perturbation Type") and name in frame and hit[name]:
                assert hit[name] == tag
    assert [parse_signature_id(term).text for term in frame["Term"]] == list(HITS)


@pytest.mark.parametrize("lost", range(6))
def test_one_lost_tag_leaves_the_others_below_their_names(lost, write):
    """The tag before or behind the gap stays where it belongs, also where the tag does not say what it is."""
    rows = whole()
    rows[2].pop(1 + lost)
    frame = read_results(write([["Term", *TAGS, *NUMBERS], *rows]))
    expected = HITS[rows[2][0]].copy()
    expected[lost] = ""
    assert frame.loc[2, TAGS].tolist() == expected
    assert frame["repaired"].tolist() == [False, False, True, False, False]
    check(frame, rows)


def test_a_tag_the_header_lacks_gets_its_own_column(write):
    rows = whole()
    rows[0].pop(2)
    frame = read_results(write([["Term", *TAGS[:1], *TAGS[2:], *NUMBERS], *rows]))
    assert frame["Dose"].tolist() == ["", "", "10 uM", "100 ug/ml", "1.5 ul"]
    assert frame["Cell Line"].tolist() == [tags[3] for tags in HITS.values()]
    check(frame, rows)


@pytest.mark.parametrize("first", ["Name", "Perturbagen"])
def test_the_id_column_is_called_term(first, write):
    frame = read_results(write([[first, *TAGS, *NUMBERS], *whole()]))
    assert frame.columns[0] == "Term"


def test_semicolons_and_decimal_commas(write):
    rows = [[cell.replace(".", ",") if i > 6 else cell for i, cell in enumerate(row)] for row in whole()]
    check(read_results(write([["Term", *TAGS, *NUMBERS], *rows], delimiter=";")), whole())


def test_ragged_rows_of_a_sheet(tmp_path):
    """A sheet pads its rows on the right; the numbers are found all the same."""
    import openpyxl

    rows = whole()
    del rows[1][2:4], rows[3][1]
    book = openpyxl.Workbook()
    for row in [["Term", *TAGS[:4], *NUMBERS], *rows]:
        n = len(row) - len(NUMBERS)
        book.active.append(row if row[0] == "Term" else [*row[:n], *map(float, row[n:])])
    book.save(tmp_path / "hits.xlsx")
    check(read_results(tmp_path / "hits.xlsx"), rows)


def test_missing_numbers_are_nan(write):
    rows = whole()
    rows[1][-1], rows[2][-2] = "", "NaN"
    frame = read_results(write([["Term", *TAGS, *NUMBERS], *rows]))
    assert math.isnan(frame.loc[1, NUMBERS[-1]])
    assert math.isnan(frame.loc[2, NUMBERS[-2]])
    assert frame.loc[1, NUMBERS[:-1]].tolist() == [float(cell) for cell in rows[1][7:-1]]


@pytest.mark.parametrize("lost", range(1, 9))
def test_a_header_without_one_or_its_last_names_moves_nothing(lost, write):
    header = ["Term", *TAGS, *NUMBERS]
    for names in (header[:-lost], [*header[: -lost - 1], *header[-lost:]], [*header[:-lost], header[-lost][:-2]]):
        with pytest.raises(LincsInterpError) as raised:
            read_results(write([names, *whole()]))
        assert "cut off" in raised.value.remedy


@pytest.mark.parametrize(
    ("rows", "value", "remedy"),
    [
        ([["gene", "S1"], ["MYC", "4"]], ["gene", "S1"], "with its header"),
        (
            [["Term", "Dose", "z-score (up)", "FDR (up)"], ["X", "1 uM", "2", "1"], ["Y", "0.1"]],
            3,
            "download it again",
        ),
        ([["Term", "Dose", "z-score (up)", "FDR (up)"], ["X", "1 uM", "2 h", "1"]], "2 h", "download the file again"),
    ],
)
def test_what_is_no_results_table(rows, value, remedy, write):
    with pytest.raises(LincsInterpError, match=r"^mimickers\.tsv: ") as caught:
        read_results(write(rows))
    assert (caught.value.argument, caught.value.value) == ("path", value)
    assert remedy in caught.value.remedy
