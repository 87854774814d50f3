import math
import string
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.core.signature_ids import SIGNATURE_COLUMNS, about_ids, describe_signatures, parse_signature_id

# ---- by hand: ids of the kinds that are out there


@pytest.mark.parametrize(
    ("text", "plate", "cell_line", "pert_time", "well", "pert_name", "pert_dose"),
    [
        ("REP.B025_YAPC_24H_K01_BRD-1_2.22uM", "REP.B025", "YAPC", "24 h", "K01", "BRD-1", "2.22 uM"),
        ("XPR029_HT29.311_96H_L15_PTPN1", "XPR029", "HT29.311", "96 h", "L15", "PTPN1", ""),
        ("KDB008_HA1E_96H_K18_DNAJB2", "KDB008", "HA1E", "96 h", "K18", "DNAJB2", ""),
        ("OEB006_A375_96H_H01_HCAR1", "OEB006", "A375", "96 h", "H01", "HCAR1", ""),
        ("HAHN001_A549_96H_A10_MYC", "HAHN001", "A549", "96 h", "A10", "MYC", ""),
        # the cell line keeps its dot, whether it is a suffix or the name
        ("LJP005_HUVEC.A_6H_B02_dasatinib_10uM", "LJP005", "HUVEC.A", "6 h", "B02", "dasatinib", "10 uM"),
        ("CPC001_XC.P910_6H_B02_dasatinib_10uM", "CPC001", "XC.P910", "6 h", "B02", "dasatinib", "10 uM"),
        # mixed and long times, a time with a suffix
        ("MET001_N8_XH_H05_BRD-U4_100ug_per_ml", "MET001", "N8", "mixed", "H05", "BRD-U4", "100 ug/ml"),
        ("ABY001_A375_408H_B01_x_1uM", "ABY001", "A375", "408 h", "B01", "x", "1 uM"),
        ("NMH001_NEU.KCL_6H.4H_NA_x_10uM", "NMH001", "NEU.KCL", "6 h", "", "x", "10 uM"),
        # names with underscores, names of digits only
        ("P1_A375_24H_A01_TUL_XIX003_10uM", "P1", "A375", "24 h", "A01", "TUL_XIX003", "10 uM"),
        ("P1_A375_24H_A01_614_6900_7557", "P1", "A375", "24 h", "A01", "614_6900_7557", ""),
        ("P1_A375_24H_A01_614_6900_7557_3nM", "P1", "A375", "24 h", "A01", "614_6900_7557", "3 nM"),
        ("P1_A375_24H_A01_EGFR_L858R_T790M", "P1", "A375", "24 h", "A01", "EGFR_L858R_T790M", ""),
        ("P1_A375_24H_A01_GALR1_ALARIN", "P1", "A375", "24 h", "A01", "GALR1_ALARIN", ""),
        ("P1_A375_24H_A01_943", "P1", "A375", "24 h", "A01", "943", ""),
        ("P1_A375_24H_A01_943_10uM", "P1", "A375", "24 h", "A01", "943", "10 uM"),
        # names that look like doses or wells
        ("P1_A375_96H_A01_B2M", "P1", "A375", "96 h", "A01", "B2M", ""),
        ("P1_A375_96H_A01_EGFR_T790M", "P1", "A375", "96 h", "A01", "EGFR_T790M", ""),
        ("P1_A375_96H_A01_F11", "P1", "A375", "96 h", "A01", "F11", ""),
        ("P1_A375_96H_P24_H19", "P1", "A375", "96 h", "P24", "H19", ""),
        # what a slash became stays in the name and is undone in the dose
        ("P1_A375_24H_A01_x_or_y_5ng_per_ul", "P1", "A375", "24 h", "A01", "x_or_y", "5 ng/ul"),
        # unknown parts
        ("SSDB_SKB_24H_NA_HC-toxin_10uM", "SSDB", "SKB", "24 h", "", "HC-toxin", "10 uM"),
        ("LIGAVG_MIX_NA_NA_GAS6_NA", "LIGAVG", "MIX", "", "", "GAS6", ""),
    ],
)  # fmt: skip
def test_the_parts_of_an_id(text, plate, cell_line, pert_time, well, pert_name, pert_dose):
    found = parse_signature_id(text)
    assert found.parsed
    assert found.text == text
    assert (found.plate, found.cell_line, found.pert_time) == (plate, cell_line, pert_time)
    assert (found.well, found.pert_name, found.pert_dose) == (well, pert_name, pert_dose)


@pytest.mark.parametrize(
    ("text", "plate", "cell_line", "time_h", "well", "pert_name", "pert_dose"),
    [
        ("CPC004_A375_24H:BRD-A51714012:10", "CPC004", "A375", 24, "", "BRD-A51714012", "10 uM"),
        ("CPC004_A375_24H:BRD-A51714012-001-03-1:0.35", "CPC004", "A375", 24, "", "BRD-A51714012", "0.35 uM"),
        ("ABY001_A375_XH:BRD-K66175015:10:24", "ABY001", "A375", 24, "", "BRD-K66175015", "10 uM"),
        ("KDA001_HT29.311_96H:TRCN0000011158:-666", "KDA001", "HT29.311", 96, "", "TRCN0000011158", ""),
        ("CYT001_A549_2H:EGF:100", "CYT001", "A549", 2, "", "EGF", "100"),  # of which unit the id does not say
        ("REP.A001_A375_24H:A03", "REP.A001", "A375", 24, "A03", "", ""),
        ("XPR029_HT29.311_96H:L15", "XPR029", "HT29.311", 96, "L15", "", ""),
        ("REP.A001_A375_24H_X1.L2_B22:A03", "REP.A001", "A375", 24, "A03", "", ""),
        # as R's make.names changes them, and numbered by R or pandas
        ("CPC004_A375_24H.BRD.A51714012.001.03.1.10", "CPC004", "A375", 24, "", "BRD-A51714012", "10 uM"),
        ("CPC004_A375_24H.BRD.A51714012.0.35", "CPC004", "A375", 24, "", "BRD-A51714012", "0.35 uM"),
        ("CPC004_A375_24H.BRD.A51714012.10.1", "CPC004", "A375", 24, "", "BRD-A51714012", ""),  # 10.1, or 10 again?
        ("REP.A001_A375_24H.A03", "REP.A001", "A375", 24, "A03", "", ""),
        ("REP.B025_YAPC_24H_K01_BRD.K12345678_2.22uM.1", "REP.B025", "YAPC", 24, "K01", "BRD-K12345678", "2.22 uM"),
    ],
)  # fmt: skip
def test_ids_of_the_broad_and_of_r(text, plate, cell_line, time_h, well, pert_name, pert_dose):
    found = parse_signature_id(text)
    assert found.parsed
    assert (found.plate, found.cell_line, found.time_h, found.well) == (plate, cell_line, time_h, well)
    assert (found.pert_name, found.pert_dose) == (pert_name, pert_dose)
    assert found.dose_um == float(pert_dose.split()[0]) if pert_dose.endswith("uM") else math.isnan(found.dose_um)


@pytest.mark.parametrize("second", ["P1_A375_96H_A01_PTPN1.1", "P1_A375_96H_A01_PTPN1 (2)", "P1_A375_96H_A01_PTPN1.17"])
def test_the_second_of_two_equal_ids_is_read_like_the_first(second):
    assert describe_signatures(["P1_A375_96H_A01_PTPN1", second])["pert_name"].tolist() == ["PTPN1", "PTPN1"]
    assert describe_signatures([second])["pert_name"].tolist() != ["PTPN1"]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["S1", "GENE", "P1_A375_24H_A01_HC-toxin_10uM", "XPR029_HT29.311_96H_L15_PTPN1"], []),
        (["CPC004_A375_24H:BRD-A51714012:10"], ["10 are taken as micromolar"]),
        (["P1_A375_24H:a:b:c:d", "P1_A375_24H_A01"], ["2 signature ids not understood (P1_A375_24H:a:b:c:d, P1_A375"]),
        (["P1_A375_24H_A01_HC.toxin_10uM", "P1_A375_24H_A02_x_1uM"], ["1 signature id as R's make.names changes"]),
        (["X7e64c5d8.23ab.5b7a.a9c1.0000deadbeef", "ae64c5d8.23ab.5b7a.a9c1.0000deadbeef"], ["2 signature ids as R's"]),
    ],
)
def test_what_is_not_quite_understood_is_said(ids, words):
    notes = about_ids(describe_signatures(ids))
    assert len(notes) == len(words)
    assert all(word in note for word, note in zip(words, notes, strict=True))
    frame = pd.DataFrame({one: np.arange(3) + 1 for one in ids}, index=list("ABC"))
    assert set(notes) <= set(RankMatrix.from_frame(frame).assumptions)


@pytest.mark.parametrize(
    ("dose", "dose_um"),
    [
        ("10uM", 10.0), ("2.22uM", 2.22), ("30nM", 0.03), ("500pM", 5e-4), ("2mM", 2000.0), ("1M", 1e6),
        ("7fM", 7e-9), ("0uM", 0.0), ("1e-3uM", 1e-3), ("10µM", 10.0), ("10μM", 10.0),
    ],
)  # fmt: skip
def test_molar_doses_become_micromolar(dose, dose_um):
    assert parse_signature_id(f"P1_A375_24H_A01_x_{dose}").dose_um == dose_um


@pytest.mark.parametrize(
    ("dose", "text"),
    [
        ("100ug_per_ml", "100 ug/ml"), ("5ng_per_mL", "5 ng/mL"), ("0.1%", "0.1 %"), ("2uL", "2 uL"),
        ("50U_per_ml", "50 U/ml"), ("200ng", "200 ng"),
    ],
)  # fmt: skip
def test_other_doses_are_kept_as_text(dose, text):
    found = parse_signature_id(f"P1_A375_24H_A01_x_{dose}")
    assert (found.pert_name, found.pert_dose) == ("x", text)
    assert math.isnan(found.dose_um)


def test_times_are_hours_or_unknown():
    assert parse_signature_id("P1_A375_408H_A01_x").time_h == 408.0
    assert parse_signature_id("P1_A375_1.5H_A01_x").time_h == 1.5
    assert math.isnan(parse_signature_id("P1_A375_XH_A01_x").time_h)
    assert math.isnan(parse_signature_id("P1_A375_NA_A01_x").time_h)


@pytest.mark.parametrize(
    "text",
    [
        "L1000_LINCS_DCIC_XPR010_HT29.311_96H_L22_UGCG.tsv",
        "L1000_LINCS_DCIC_2021_XPR010_HT29.311_96H_L22_UGCG.tsv.gz",
        "https://example.org/sigs/L1000_LINCS_DCIC_XPR010_HT29.311_96H_L22_UGCG.tsv",
        " XPR010_HT29.311_96H_L22_UGCG\n",
    ],
)
def test_the_name_or_address_of_a_signature_file_is_read_like_its_id(text):
    found = parse_signature_id(text)
    assert found.text == text
    assert (found.plate, found.pert_name, found.time_h) == ("XPR010", "UGCG", 96.0)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "vorinostat", "gene_symbol", "A_B_C", "A_B_24H_A01", "A_B_24H_A01_", "_B_24H_A01_x",
        "A_B_24_A01_x",
        "A_B_24H_Q01_x", "A_B_24H_A25_x", "A_A375_96H_F11", "7e64c5d8-23ab-5b7a-a9c1-0000deadbeef",
        "A_B_２４H_A01_x",
    ],
)  # fmt: skip
def test_any_other_text_has_empty_parts(text):
    found = parse_signature_id(text)
    assert not found.parsed
    assert found.text == text
    assert not any((found.plate, found.cell_line, found.pert_time, found.well, found.pert_name, found.pert_dose))
    assert math.isnan(found.dose_um)
    assert math.isnan(found.time_h)


def test_numbers_beyond_a_float_are_unknown_not_an_error():
    found = parse_signature_id(f"P1_A375_{'9' * 400}H_A01_x_1e999uM")
    assert found.pert_name == "x"
    assert found.pert_dose == "1e999 uM"
    assert math.isnan(found.dose_um)
    assert math.isnan(found.time_h)


# ---- laws

token = st.text(string.ascii_letters + string.digits + ".-", min_size=1, max_size=8)
name = st.lists(token, min_size=1, max_size=3).map("_".join)


@given(st.text())
def test_no_text_is_an_error(text):
    assert parse_signature_id(text).text == text


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"))))
def test_no_column_is_dropped(ids):
    table = describe_signatures(ids)
    assert table.index.tolist() == ids
    assert table.columns.tolist() == list(SIGNATURE_COLUMNS)
    assert not table.drop(columns=["dose_um", "time_h"]).isna().any(axis=None)


@given(token, token, st.integers(1, 500), st.integers(0, 15), st.integers(1, 24), name, st.integers(0, 99))
def test_an_id_gives_back_what_it_was_made_of(plate, cell, hours, row, column, pert, dose):
    if "NA" in (plate, cell):
        return
    well = f"{'ABCDEFGHIJKLMNOP'[row]}{column:02d}"
    found = parse_signature_id(f"{plate}_{cell}_{hours}H_{well}_{pert}_{dose}nM")
    assert (found.plate, found.cell_line, found.time_h, found.well) == (plate, cell, hours, well)
    assert (found.pert_name, found.dose_um) == (pert, dose / 1000)


# ---- metadata

PARSED = "P1_A375_24H_A01_x_10uM"
OTHER = "P2_MCF7_6H_B02_y_1uM"


def test_without_metadata_the_ids_are_all_there_is():
    table = describe_signatures([PARSED, "column 7", PARSED])
    assert table.index.name == "signature"
    assert table.index.tolist() == [PARSED, "column 7", PARSED]
    assert table.iloc[0].tolist() == ["x", "10 uM", 10.0, "A375", "24 h", 24.0, "P1", "A01", ""]
    assert table.iloc[1].tolist()[0] == ""
    assert np.isnan(table["dose_um"].iloc[1])


def test_metadata_beat_the_id_but_empty_cells_do_not():
    metadata = pd.DataFrame(
        {
            "moa": ["HDAC inhibitor", None],
            "pert_name": ["4,5-x", ""],
            "pert_dose": ["30 nM", np.nan],
            "pert_time": ["48 h", "-666"],
            "cell_line": [None, "HeLa"],
            "pert_type": ["trt_cp", "NA"],
        },
        index=[PARSED, OTHER],
    )
    before = metadata.copy()
    table = describe_signatures([OTHER, PARSED], metadata)
    assert table.columns.tolist() == [*SIGNATURE_COLUMNS, "moa"]
    assert table.loc[PARSED].tolist() == [
        "4,5-x", "30 nM", 0.03, "A375", "48 h", 48.0, "P1", "A01", "trt_cp", "HDAC inhibitor",
    ]  # fmt: skip
    assert table.loc[OTHER].tolist()[:-1] == ["y", "1 uM", 1.0, "HeLa", "6 h", 6.0, "P2", "B02", ""]
    assert pd.isna(table.loc[OTHER, "moa"])
    pd.testing.assert_frame_equal(metadata, before)


@pytest.mark.parametrize(
    ("facts", "dose", "dose_um", "time_h"),
    [
        ({"pert_dose": 10.0, "pert_dose_unit": "um", "pert_time": 24, "pert_time_unit": "h"}, "10 uM", 10, 24),
        ({"pert_dose": "10.0", "pert_dose_unit": "µM", "pert_time": "1440", "pert_time_unit": "min"}, "10 uM", 10, 24),
        ({"pert_dose": "30", "pert_dose_unit": "nm"}, "30 nM", 0.03, 6),
        ({"pert_dose": 3.3299999, "pert_dose_unit": "\ufffdM"}, "3.33 uM", 3.33, 6),
        ({"pert_dose": 100, "pert_dose_unit": "ug/ml"}, "100 ug/ml", math.nan, 6),
        ({"pert_idose": "10 um", "pert_itime": "24 h"}, "10 uM", 10, 24),
        ({"pert_dose": 10, "pert_idose": "10 um", "pert_time": 24, "pert_itime": "24 h"}, "10 uM", 10, 24),
        ({"pert_dose": -666, "pert_idose": "-666", "pert_time": "-666.0", "pert_time_unit": "h"}, "5 nM", 0.005, 6),
        ({"pert_dose": -666.0, "pert_dose_unit": "-666", "pert_idose": "2 mM"}, "2 mM", 2000, 6),
        ({"pert_dose": 5, "pert_time": 6.0}, "5 nM", 0.005, 6),  # what the id says, without its unit
        ({"pert_dose": 7}, "7", math.nan, 6),  # of what?
        ({"dose_um": -666, "time_h": -666}, "5 nM", 0.005, 6),
        ({"pert_dose": 10, "pert_dose_unit": "mu", "pert_idose": "10 um"}, "10 uM", 10, 6),
        ({"Dose": "1 UM", "Time": "3 h"}, "1 uM", 1, 3),
    ],
)
def test_dose_and_time_in_the_fields_of_the_connectivity_map(facts, dose, dose_um, time_h):
    one = "P1_A375_6H_A01_x_5nM"
    found = describe_signatures([one], {one: facts}).loc[one]
    assert found["pert_dose"] == dose
    np.testing.assert_allclose([found["dose_um"], found["time_h"]], [dose_um, time_h])


def test_a_number_without_a_unit_is_said():
    frame = pd.DataFrame({PARSED: [1, 2, 3], OTHER: [3, 2, 1]}, index=list("ABC"))
    facts = {PARSED: {"pert_dose": 7, "pert_time": "24 mu"}, OTHER: {"pert_dose": "high", "pert_time": "XH"}}
    notes = RankMatrix.from_frame(frame).with_metadata(facts).assumptions
    assert "1 signature with a dose whose unit is missing or not known (7): dose_um stays empty there." in notes
    assert "1 signature with a time whose unit is missing or not known (24 mu): time_h stays empty there." in notes
    assert set(notes) == set(RankMatrix.from_frame(frame, signatures=facts).assumptions)


def test_names_of_the_connectivity_map():
    siginfo = pd.DataFrame(
        {"sig_id": [PARSED, OTHER], "pert_iname": ["a", "-666"], "cell_iname": ["HT29", ""], "cmap_name": ["b", "c"]}
    )
    table = describe_signatures([PARSED, OTHER], siginfo)
    assert table["pert_name"].tolist() == ["a", "c"]
    assert table["cell_line"].tolist() == ["HT29", "MCF7"]
    assert table["cmap_name"].tolist() == ["b", "c"]  # nothing is lost


def test_ids_that_r_changed_find_their_metadata():
    metadata = pd.DataFrame({"sig_id": ["CPC004_A375_24H:BRD-A51714012:10", "9X_A-1"], "pert_iname": ["a", "b"]})
    table = describe_signatures(["X9X_A.1", "CPC004_A375_24H.BRD.A51714012.10"], metadata)
    assert table["pert_name"].tolist() == ["b", "a"]


def test_a_dose_that_is_not_molar_takes_the_number_away():
    metadata = pd.DataFrame({"pert_dose": ["100 ug/ml"]}, index=[PARSED])
    table = describe_signatures([PARSED], metadata)
    assert table["pert_dose"].tolist() == ["100 ug/ml"]
    assert np.isnan(table["dose_um"].iloc[0])


def test_numbers_in_the_metadata_go_before_those_in_their_text():
    metadata = pd.DataFrame(
        {"dose_um": [7.5, np.nan], "pert_dose": ["high", "2 mM"], "time_h": ["1", "?"]}, index=[PARSED, OTHER]
    )
    table = describe_signatures([PARSED, OTHER], metadata)
    assert table["dose_um"].tolist() == [7.5, 2000.0]
    assert table["time_h"].tolist() == [1.0, 6.0]


@pytest.mark.parametrize("column", ["local_id", "persistent_id", "id", "uuid", "signature", "sig_id", "cmap_id"])
def test_the_ids_may_stand_in_a_column(column):
    metadata = pd.DataFrame({"cell_line": ["HeLa", "K562", "U2OS"], column: [OTHER, PARSED, PARSED]})
    table = describe_signatures([PARSED, "unknown"], metadata)
    assert table["cell_line"].tolist() == ["K562", ""]  # the first of two rows for one signature
    assert column not in table.columns


def test_the_column_that_knows_most_ids_is_used():
    metadata = pd.DataFrame({"local_id": ["a", OTHER], "uuid": ["u-1", "u-2"], "cell_line": ["HeLa", "K562"]})
    assert describe_signatures(["u-1", "u-2", "a"], metadata)["cell_line"].tolist() == ["HeLa", "K562", ""]


def test_a_uuid_is_described_by_its_local_id():
    metadata = {"u-1": {"local_id": PARSED, "cell_line": "HeLa"}, "u-2": {"local_id": None}}
    table = describe_signatures(["u-2", "u-1"], metadata)
    assert table.loc["u-1", ["pert_name", "dose_um", "cell_line"]].tolist() == ["x", 10.0, "HeLa"]
    assert table.loc["u-2", "pert_name"] == ""
    assert table.loc["u-1", "local_id"] == PARSED


def test_an_id_that_can_be_read_beats_its_local_id():
    table = describe_signatures([PARSED, "u-1", "u-1"], {PARSED: {"local_id": OTHER}, "u-1": {"local_id": OTHER}})
    assert table["pert_name"].tolist() == ["x", "y", "y"]


def test_a_column_of_the_metadata_may_have_any_name():
    assert describe_signatures([PARSED], {PARSED: {"self": "a"}})["self"].tolist() == ["a"]


def test_numeric_names_are_names():
    metadata = pd.DataFrame({"pert_name": [943, np.nan]}, index=[PARSED, OTHER])
    assert describe_signatures([PARSED, OTHER], metadata)["pert_name"].tolist() == ["943", "y"]


def test_no_signatures_is_an_empty_table():
    assert describe_signatures([]).shape == (0, 9)
    assert describe_signatures([], pd.DataFrame({"moa": ["a"]}, index=["b"])).shape == (0, 10)


def test_metadata_of_other_signatures_are_an_error():
    with pytest.raises(LincsInterpError) as error:
        describe_signatures([PARSED, OTHER], pd.DataFrame({"cell_line": ["HeLa"]}))
    assert str(error.value) == (
        "signatures describe none of the 2 signatures (the first is 'P1_A375_24H_A01_x_10uM'): give"
        " it the signature ids as its index or in a column named local_id, persistent_id, id, uuid, signature, sig_id"
        " or cmap_id."
    )


def test_metadata_that_are_no_table_are_an_error():
    with pytest.raises(LincsInterpError) as error:
        describe_signatures([PARSED], ["HeLa"])
    assert str(error.value).startswith("signatures are a list, not a table: pass a DataFrame")


def test_twenty_thousand_ids_take_no_time():
    ids = [f"REP.B025_YAPC_24H_K01_drug-{i}_2.22uM" for i in range(20_000)]
    start = time.perf_counter()
    table = describe_signatures(ids)
    assert time.perf_counter() - start < 5  # about 0.2 s; the bound is for a slow and busy machine
    assert table["pert_name"].iloc[-1] == "drug-19999"


# ---- real ids


@pytest.mark.real
def test_real_ids_say_what_their_metadata_say(real_data):
    metadata = pd.read_csv(real_data / "real" / "signature_metadata.tsv", sep="\t", dtype=str, keep_default_na=False)
    table = describe_signatures(metadata["local_id"])
    assert len(table) == 1233

    def differing(column):
        return {(a, b) for a, b in zip(table[column], metadata[column], strict=True) if a != b}

    for column in ("pert_dose", "pert_time", "well"):
        assert differing(column) == set()
    # What an id cannot tell: commas were written as dashes, and an average has no cell line.
    assert differing("pert_name") == {("4-5-6-7-tetrabromobenzotriazole", "4,5,6,7-tetrabromobenzotriazole")}
    assert differing("cell_line") == {("MIX", "average over cell lines")}


@pytest.mark.real
@pytest.mark.parametrize("name", ["full_12328x43", "skb_5000x100", "landmark_978x1080"])
def test_every_column_of_the_real_matrices_is_a_signature(real_data, name):
    header = pd.read_csv(real_data / "real" / f"{name}.ranks.tsv.gz", sep="\t", index_col=0, nrows=0).columns
    assert all(parse_signature_id(column).parsed for column in header)
