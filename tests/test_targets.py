"""Targets: hand-placed genes, wordings of the kinds, what cannot be known, and no word of failure."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.identity import kind_of
from lincs_interp.core.ranks import RankMatrix
from lincs_interp.io.sample import load_sample
from lincs_interp.perturbagens import targets
from lincs_interp.perturbagens.targets import check_targets

GENES = ["MYC", "TP53", "EGFR", "CCN1", "KRAS", "GAPDH", "ACTB", "TRIM27", "FOS", "JUN"]


def matrix(columns, n_genes=None) -> RankMatrix:
    """One signature per (name, type, {gene: rank}); the other genes fill the free ranks in order."""
    frame, facts = {}, {}
    for number, (name, pert_type, placed) in enumerate(columns):
        free = iter([r for r in range(1, len(GENES) + 1) if r not in placed.values()])
        frame[f"S{number}"] = [placed.get(gene) or next(free) for gene in GENES]
        facts[f"S{number}"] = {"pert_name": name, "pert_type": pert_type}
    return RankMatrix.from_frame(pd.DataFrame(frame, index=GENES), n_genes=n_genes, signatures=facts)


def one(name, pert_type, placed, **options) -> pd.Series:
    return check_targets(matrix([(name, pert_type, placed)]), **options).iloc[0]


class TestByHand:
    # Of 10 genes, rank 1 is percentile 5, rank 2 is 15, rank 10 is 95.
    @pytest.mark.parametrize(
        ("pert_type", "rank", "moved", "as_intended"),
        [
            ("CRISPR Knockout", 1, "as intended", True),
            ("CRISPR Knockout", 2, "little", False),
            ("CRISPR Knockout", 9, "little", False),
            ("CRISPR Knockout", 10, "the other way", False),
            ("shRNA Knockdown", 1, "as intended", True),
            ("Overexpression", 10, "as intended", True),
            ("Overexpression", 6, "little", False),
            ("Overexpression", 1, "the other way", False),
            ("CRISPR activation", 10, "as intended", True),
        ],
    )
    def test_ends(self, pert_type, rank, moved, as_intended):
        row = one("MYC", pert_type, {"MYC": rank})
        assert (row["rank"], row["percentile"]) == (rank, pytest.approx(10 * rank - 5))
        assert (row["moved"], row["moved_as_intended"]) == (moved, as_intended)
        assert row["expected"] == ("down" if "Knock" in pert_type else "up")

    def test_extreme_sets_the_limit(self):
        assert one("MYC", "CRISPR Knockout", {"MYC": 2}, extreme=15)["moved_as_intended"]
        assert not one("MYC", "CRISPR Knockout", {"MYC": 2}, extreme=14.9)["moved_as_intended"]

    def test_the_sample(self):
        table = check_targets(load_sample().ranks)
        assert table["gene"].tolist() == ["MYC", "TP53"]
        assert table["moved_as_intended"].tolist() == [False, True]
        assert table["rank"].tolist() == [2072, 3]
        assert table["percentile"].round(2).tolist() == [51.79, 0.06]

    def test_columns_and_order(self):
        ranks = matrix([("TP53", "trt_sh", {}), ("aspirin", "trt_cp", {}), ("MYC", "trt_oe", {})])
        table = check_targets(ranks)
        columns = ["pert_name", "pert_type", "gene", "expected", "rank", "percentile", "moved_as_intended", "moved"]
        assert table.columns.tolist() == columns
        assert (table.index.tolist(), table.index.name) == (["S0", "S2"], "signature")
        assert table["moved_as_intended"].dtype == "boolean"


class TestKinds:
    @pytest.mark.parametrize(
        ("words", "kind"),
        [
            ("CRISPR Knockout", "knockout"),
            ("trt_xpr", "knockout"),
            ("XPR", "knockout"),
            ("shRNA Knockdown", "knockdown"),
            ("shRNA", "knockdown"),
            ("trt_sh", "knockdown"),
            ("trt_sh.cgs", "knockdown"),
            ("siRNA", "knockdown"),
            ("CRISPRi", "knockdown"),
            ("CRISPRa", "activation"),
            ("Overexpression", "over-expression"),
            ("Over-expression", "over-expression"),
            ("trt_oe", "over-expression"),
            ("trt_oe.mut", "over-expression"),
            ("Chemical", "compound"),
            ("trt_cp", "compound"),
            ("trt_poscon", "compound"),
            ("Small molecule", "compound"),
            ("Ligand", "ligand"),
            ("trt_lig", "ligand"),
            ("Antibody", "antibody"),
            ("trt_aby", "antibody"),
            ("ctl_vehicle", "ctl_vehicle"),
            ("", ""),
        ],
    )
    def test_wordings(self, words, kind):
        assert kind_of(words) == kind

    @pytest.mark.parametrize(
        ("plate", "kind"),
        [("XPR029", "knockout"), ("KDB008", "knockdown"), ("OEB006", "over-expression"), ("REP.B025", ""), ("OEM", "")],
    )
    def test_plates_tell_where_no_type_does(self, plate, kind):
        assert kind_of("", plate) == kind
        assert kind_of("trt_cp", plate) == "compound"

    def test_a_bare_matrix_of_a_screen(self):
        frame = pd.DataFrame({"XPR029_HT29.311_96H_L15_MYC": range(1, 11)}, index=GENES)
        row = check_targets(RankMatrix.from_frame(frame)).iloc[0]
        assert (row["gene"], row["pert_type"], row["moved"]) == ("MYC", "", "as intended")

    def test_no_genetic_signature(self):
        table = check_targets(matrix([("aspirin", "trt_cp", {})]))
        assert len(table) == 0
        assert "moved_as_intended" in table


class TestNames:
    @pytest.mark.parametrize(
        ("name", "gene"),
        [
            ("CYR61", "CCN1"),  # a previous symbol
            ("egfr", "EGFR"),
            ("EGFR_L858R_T790M", "EGFR"),
            ("NOSUCHGENE", ""),
            ("BRCA1", ""),  # a gene that the matrix lacks
            ("RFP", ""),  # a control vector, though TRIM27 is called so too
            ("lacZ", ""),
            ("", ""),
            ("_", ""),
        ],
    )
    def test_what_a_name_means(self, name, gene):
        row = one(name, "trt_oe", {})
        assert row["gene"] == gene
        if not gene:
            assert np.isnan([row["rank"], row["percentile"]]).all()
            assert row["moved_as_intended"] is pd.NA
            assert row["moved"] == "not known"

    def test_a_missing_rank(self):
        frame = pd.DataFrame({"S0": [np.nan, *range(1, 10)], "S1": [np.nan] * 10}, index=GENES)
        facts = {name: {"pert_name": "MYC", "pert_type": "trt_xpr"} for name in frame}
        table = check_targets(RankMatrix.from_frame(frame, n_genes=10, signatures=facts))
        assert table["moved_as_intended"].isna().all()
        assert table["gene"].tolist() == ["MYC", "MYC"]


class TestLaws:
    @settings(max_examples=25)
    @given(st.integers(0, 10_000), st.floats(0.1, 49.9))
    def test_turning_the_ranks_turns_the_ends(self, seed, extreme):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame({f"S{i}": rng.permutation(10) + 1 for i in range(4)}, index=GENES)
        facts = pd.DataFrame({"pert_name": rng.choice(GENES, 4), "pert_type": "trt_xpr"}, index=frame.columns)
        down = check_targets(RankMatrix.from_frame(frame, signatures=facts), extreme=extreme)
        turned = check_targets(
            RankMatrix.from_frame(11 - frame, signatures=facts.assign(pert_type="trt_oe")), extreme=extreme
        )
        assert down["moved"].tolist() == turned["moved"].tolist()
        np.testing.assert_allclose(down["percentile"] + turned["percentile"], 100)


class TestWords:
    def test_nothing_is_called_failed(self):
        # A knocked-out gene need not be down in its own signature.
        words = (targets.AS_INTENDED, targets.LITTLE, targets.OTHER_WAY, targets.UNKNOWN)
        assert not any("fail" in word or "wrong" in word for word in words)

    @pytest.mark.parametrize("extreme", [0, 50, -1, "10", True, np.nan])
    def test_extreme_out_of_range(self, extreme):
        with pytest.raises(LincsInterpError) as error:
            check_targets(matrix([("MYC", "trt_xpr", {})]), extreme=extreme)
        assert error.value.argument == "extreme"
        assert error.value.value is extreme
        assert "between 0 and 50" in error.value.remedy
