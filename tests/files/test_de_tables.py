"""read_query on tables of differential expression: the right lists, or a refusal that names columns and remedy."""

from __future__ import annotations

import numpy as np
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.io._gene_tables import Pasted, genes_of
from lincs_interp.io._genes import Choice
from lincs_interp.io._headers import role_of
from lincs_interp.io.gene_lists import read_query

UP, DOWN = ("FOS", "JUN", "EGR1", "ATF3", "DDIT3"), ("CCNB1", "CDK1", "TOP2A", "MKI67", "PLK1")
LFC = dict(zip((*UP, *DOWN), (3.1, 2.5, 2.8, 2.2, 1.9, -2.0, -2.4, -1.8, -2.6, -2.1), strict=True))
QUIET = {"ACTB": 0.4, "GAPDH": -0.3, "TUBA1B": 0.2, "RPL13A": -0.2}


def lines(header, rows):
    return [list(map(str, row)) for row in ([header] if header else []) + list(rows)]


def changed(cells=(), header=("gene", "logFC")):
    """A table of log fold changes with some cells replaced."""
    return lines(header, [(gene, dict(cells).get(gene, value)) for gene, value in LFC.items()])


def with_p(header=("gene", "log2FC", "padj"), low="0.001", high="0.9"):
    """A table with ten genes that changed and four that did not."""
    return lines(header, [*((g, v, low) for g, v in LFC.items()), *((g, v, high) for g, v in QUIET.items())])


def worded(header=("gene", "regulation"), up="up", down="down", cells=(), more=None):
    """A table with a direction in words."""
    rows = [(gene, dict(cells).get(gene, up if gene in UP else down)) for gene in LFC]
    return lines(header, [(*row, more(row[0])) if more else row for row in rows])


def side_by_side(*columns, header):
    return lines(header, zip(*columns, strict=True))


def read(rows, **choice):
    return genes_of(rows, Pasted("up"), "", Choice(**choice))


LONG = [(g, s * v, 0.001, name) for name, s in (("B cells", 1), ("T cells", -1)) for g, v in LFC.items()]
WIDE = [*((g, v, 0.01, -v, 0.01) for g, v in LFC.items()), ("ACTB", 0.5, 0.9, 0.5, 0.9)]
SEURAT = ("", "p_val", "avg_log2FC", "pct.1", "pct.2", "p_val_adj", "cluster", "gene")
SCANPY = ("", "names", "scores", "logfoldchanges", "pvals", "pvals_adj", "group")


@pytest.mark.parametrize(
    "rows",
    [
        # Cells of values.
        changed({"EGR1": "Inf", "TOP2A": "-Inf"}),
        changed({"FOS": ">5", "PLK1": "<-5"}),
        changed({"FOS": "1.5*", "PLK1": "-2.1 ***"}),
        changed({gene: f"−{-value}" for gene, value in LFC.items() if value < 0}),
        changed({"PLK1": "(2.1)", "CDK1": "–2.4", "JUN": "2.5x"}),
        changed({"JUN": "2,5", "CDK1": "-2,4"}),
        changed({"JUN": "2.5×10^0", "CDK1": "↓2.4"}),
        # Lines that are no rows.
        [["Table S2. Genes changed by the treatment"], *with_p()],
        [["Table S2. Genes up", "related to Figure 1"], *with_p()],
        [*with_p(), ["Adjusted p by Benjamini-Hochberg"]],
        [*with_p()[:6], ["gene", "log2FC", "padj"], *with_p()[6:]],
        [*with_p()[:6], ["continued on the next page"], *with_p()[6:]],
        [["Gene", "Drug vs control", ""], *with_p(("", "log2FC", "padj"))],
        [with_p()[0], ["", "(log2)", "(BH)"], *with_p()[1:]],
        # Columns of lists.
        *(
            side_by_side(UP, DOWN, header=header)
            for header in (
                ("GenesUp", "GenesDown"),
                ("Up (5)", "Down (5)"),
                ("Upregulated genes", "Downregulated genes"),
                ("Increased", "Decreased"),
                ("drug_up", "drug_down"),
                ("up_list", "down_list"),
                ("UP in tumor", "DOWN in tumor"),
            )
        ),
        [*side_by_side(UP, DOWN, header=("up", "down"))[:-1], ["DDIT3", "PLK1", ""]],
        [*side_by_side(UP, DOWN, header=("up", "down")), ["All genes have FDR below 0.05", ""]],
        [
            ["Upregulated", "", "Downregulated", ""],
            *side_by_side(UP, "22222", DOWN, "22222", header=("gene", "FC") * 2),
        ],
        [["Up"], *([gene] for gene in UP), ["Down"], *([gene] for gene in DOWN)],
        [["gene", "log2FC", "padj"], ["Up"], *with_p()[1:6], ["Down"], *with_p()[6:11]],
        # Direction and size.
        worded(("gene", "regulation", "fold_change"), more=lambda gene: 2 ** abs(LFC[gene])),
        worded(("gene", "direction", "|log2FC|"), more=lambda gene: abs(LFC[gene])),
        worded(("gene", "regulation", "ratio"), more=lambda gene: 2 ** LFC[gene]),
        worded(("gene", "direction", "stat"), more=lambda gene: 9),
        worded(up="Up-regulated", down="Down-regulated"),
        worded(up="up in treated", down="down in treated"),
        lines(("gene", "logFC", "DE"), [*((g, v, 1 if v > 0 else -1) for g, v in LFC.items()), ("ACTB", 0.1, 0)]),
        [*worded(), ["total", "10"]],
        *(
            lines(("gene", name), [(gene, 2**value) for gene, value in LFC.items()])
            for name in ("ratio", "RQ", "2^-ddCt", "2^-ΔΔCt", "treated/control", "Ratio (T vs C)")
        ),
        lines(("gene", "Fold Change"), [(gene, np.sign(value) * 2 ** abs(value)) for gene, value in LFC.items()]),
        changed(header=("gene", "log2(KO/WT)")),
        lines(("gene", "logCPM", "logFC", "FDR"), [(g, -v, v, 0.01) for g, v in LFC.items()]),
        # The filter.
        *(
            with_p(("gene", "log2FC", name))
            for name in (
                *("pvals_adj", "p.adjust", "FDR P-val", "FDR step up", "BH", "adjPVal", "q", "FDR (BH)"),
                *("P-value (FDR)", "corrected p-value", "FDR step up (drug vs. ctrl)"),
            )
        ),
        *(
            with_p(low=low, high=high)
            for low, high in (
                *(("<0.001", "0.9"), ("1.0E-5*", "0.2"), ("0.000***", "0.31"), ("0.001", "NS"), ("0,001", "0,9")),
                *(("<.0001", ">0.05"), ("1×10−5", "0.5"), ("***", "n.s."), ("p<0.001", "NA")),
            )
        ),
        with_p(("gene", "log2FC", "-log10(padj)"), "3.2", "0.05"),
        with_p(("gene", "log2FC", "−log10 FDR"), "Inf", "0.05"),
        with_p(("gene", "log2FC", "log10(padj)"), "-3.2", "-0.05"),
        with_p(("gene", "log2FC", "q-value(%)"), "1.2", "60"),
        with_p(("gene", "log2FC", "significant"), "yes", "no"),
        with_p(("gene", "log2FC", "padj < 0.05"), "1", "0"),
        with_p(("gene", "log2FC", "significance"), "**", "ns"),
        # Headers that are not above their columns.
        [["baseMean", "log2FC", "padj"], *([g, "5", str(v), "0.01"] for g, v in LFC.items())],
        [["baseMean", "log2FC", "padj", ""], *([g, "5", str(v), "0.01"] for g, v in LFC.items())],
        [["gene", "log2FC", "padj"], *([g, str(v), "0.01", "a protein"] for g, v in LFC.items())],
    ],
    ids=lambda rows: " ".join(rows[0])[:40],
)
def test_both_lists(rows):
    found = read(rows)
    assert (tuple(found.up), tuple(found.down)) == (UP, DOWN)
    assert found.assumptions[0].startswith("Read as ")


@pytest.mark.parametrize(
    ("rows", "gene", "cell"),
    [
        *((changed({"JUN": cell}), "JUN", cell) for cell in ("#DIV/0!", "#NV", "n.d.", "ns", "<5", "2.5 or 3")),
        *((worded(cells={"JUN": cell}), "JUN", cell) for cell in ("both", "dow", "10", "?!")),
        (worded(("gene", "direction", "logFC"), cells={"JUN": "down"}, more=LFC.get), "JUN", "down"),
        ([["gene", "is", "logFC"], *([g, *("ab" if g == "JUN" else "a"), str(LFC[g])] for g in LFC)], "JUN", "b"),
        ([*with_p()[:2], ["JUN", "0.001"], *with_p()[3:]], "JUN", "0.001"),
        ([*with_p()[:2], ["JUN", "2.5", "3.7"], *with_p()[3:]], "JUN", "3.7"),
    ],
)  # fmt: skip
def test_an_odd_cell_costs_its_row_only_and_is_named(rows, gene, cell):
    found = read(rows)
    assert (tuple(found.up), tuple(found.down)) == (tuple(g for g in UP if g != gene), DOWN)
    assert any(gene in note and cell in note for note in found.assumptions[1:])


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (side_by_side(UP, DOWN, header=None), "FOS, CCNB1"),
        (side_by_side(UP, DOWN, header=("treated", "control")), "treated, control"),
        (side_by_side(UP, DOWN, header=("up", "")), "up"),
        (lines(("gene", "baseMean", "padj"), [(g, 100, 0.01) for g in LFC]), "no direction"),
        (lines(("gene", "logCPM", "AveExpr"), [(g, v, v) for g, v in LFC.items()]), "no direction"),
        (lines(("gene", "ddCt"), [(g, -v) for g, v in LFC.items()]), "no direction"),
        (lines(("gene", "logFC", "logCPM"), [(g, "high", 5) for g in LFC]), "no numbers in logFC"),
        (lines(("gene", "direction"), [(g, "A>B") for g in LFC]), "no direction in direction"),
        (lines(("gene", "FC", "padj"), [(g, 2**v, 0.01) for g, v in LFC.items()]), "logarithms"),
        (lines(("gene", "FC"), [(g, 2**v if g != "JUN" else -3) for g, v in LFC.items()]), "mixes ratios"),
        (lines(("gene", "log2FC", "padj"), [(f"G{n}", 1 + n, n / 30) for n in range(30)]), "no direction"),
        (lines(("gene", "logFC", "change"), [(g, v, "down" if v > 0 else "up") for g, v in LFC.items()]), "against"),
        (with_p(low="3.2", high="1.05"), "-log10"),
        (with_p(low="yes", high="no"), "no probabilities"),
        (lines(("gene", "log2FC", "padj_A", "padj_B"), [(g, v, 0, 1) for g, v in LFC.items()]), "padj_A, padj_B"),
        ([["gene", "log2FC", "padj"], *([g, "50", str(v), "0.1", "0.01"] for g, v in LFC.items())], "3 names"),
        ([["gene", "", "log2FC", "padj"], *with_p()[1:]], "above 3 columns"),
        ([["log2FC", "padj"], *([g, "5", str(v), "0.01"] for g, v in LFC.items())], "2 names above 4 columns"),
        (lines(("gene", "logFC", "padj", "cluster"), LONG), "column cluster (B cells, T cells)"),
        (lines(("gene", "logFC", "padj", "my own"), LONG), "column my own (B cells, T cells)"),
        (lines(SEURAT, [(g, 0, v, 0.9, 0.1, p, c, g) for g, v, p, c in LONG]), "column cluster (B cells, T cells)"),
        (lines(SCANPY, [(n, g, v, v, p, p, c) for n, (g, v, p, c) in enumerate(LONG)]), "column group (B cells, T"),
        (lines(("cluster", "gene"), [("c1", g) for g in UP] + [("c2", g) for g in DOWN]), "column cluster (c1, c2)"),
        (lines(("gene", "log2FC_A", "padj_A", "log2FC_B", "padj_B"), WIDE), "2 contrasts (A, B)"),
        ([["", "A", "", "B", ""], *lines(("gene", "log2FC", "padj", "log2FC", "padj"), WIDE)], "contrasts (A, B)"),
        (side_by_side(UP, DOWN, DOWN, UP, header=("A_up", "A_down", "B_up", "B_down")), "4 lists (A, B)"),
        (lines(("gene", "logFC"), [row[:2] for row in LONG]), "10 genes as up and as down"),
        (worded(up="up in A", down="up in B"), "in A, in B"),
        (worded(("gene", "regulation", "log2FC"), "A>B", "B>A", more=lambda gene: abs(LFC[gene])), "no direction"),
        ([["FOS:2.5"], ["JUN:1.5"], ["CDK1:-2"]], "no columns that hold together"),
        ([["FOS up"], ["JUN up"], ["CDK1 down"]], "no columns that hold together"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(rows, word):
    with pytest.raises(LincsInterpError) as caught:
        read(rows)
    assert word in str(caught.value)
    assert caught.value.argument == "up"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("rows", "contrast"),
    [
        (lines(("gene", "logFC", "padj", "cluster"), LONG), "b cells"),
        (lines(SEURAT, [(g, 0, v, 0.9, 0.1, p, c, g) for g, v, p, c in LONG]), "B cells"),
        (lines(("gene", "logFC", "padj", "time"), [(*row[:3], 6 if row[3] == "B cells" else 24) for row in LONG]), "6"),
        (lines(("gene", "log2FC_A", "padj_A", "log2FC_B", "padj_B"), WIDE), "A"),
        (lines(("gene", "A.logFC", "A.FDR", "B.logFC", "B.FDR"), WIDE), "a"),
        ([["", "A", "", "B", ""], *lines(("gene", "log2FC", "padj", "log2FC", "padj"), WIDE)], "A"),
        (lines(("gene", "logFC (T vs C)", "logFC (R vs C)", "FDR"), [(g, v, -v, 0) for g, v in LFC.items()]), "T vs C"),
        (lines(("gene", "x", "y"), [(g, *(("up", "down") if g in UP else ("down", "up"))) for g in LFC]), "x"),
        (side_by_side(UP, DOWN, DOWN, UP, header=("A_up", "A_down", "B_up", "B_down")), "A"),
    ],
)  # fmt: skip
def test_the_contrast_picks_one_of_several(rows, contrast):
    found = read(rows, contrast=contrast)
    assert (tuple(found.up), tuple(found.down)) == (UP, DOWN)
    with pytest.raises(LincsInterpError, match="contrast"):
        read(rows, contrast="another")


def test_the_filter_of_another_contrast_is_refused():
    rows = lines(("gene", "log2FC_A", "padj_A", "log2FC_B"), [(g, v, 0.9 if v > 0 else 0, -v) for g, v in LFC.items()])
    assert (read(rows, contrast="A").up, len(read(rows, contrast="A").down)) == ([], 5)
    with pytest.raises(LincsInterpError, match="adjusted p"):
        read(rows, contrast="B")


@pytest.mark.parametrize("header", [("gene", "padj"), ("gene", "count"), ("gene", "score"), ("gene", "FC"), None])
def test_numbers_of_one_of_two_lists_are_no_direction(header):
    found = read(lines(header, [(gene, 0.002 * n + 0.001) for n, gene in enumerate(UP)]), alone=False)
    assert (tuple(found.up), found.down, found.sided, found.values) == (UP, [], False, None)


@pytest.mark.parametrize(
    ("rows", "contrast"),
    [
        ([["", "x"], ["1", "FOS"], ["2", "JUN"], ["3", "EGR1"]], None),
        ([["FOS", "Fos gene"], ["JUN", "Jun gene"], ["EGR1", "early growth"]], None),
        ([["ENSG00000170345", "FOS"], ["ENSG00000177606", "JUN"], ["ENSG00000120738", "EGR1"]], None),
        ([["B cells", "T cells"], ["FOS", "CDK1"], ["JUN", "PLK1"], ["EGR1", "CCNB1"]], "B cells"),
    ],
)
def test_a_table_without_numbers_gives_one_column(rows, contrast):
    found = read(rows, contrast=contrast)
    assert (found.up, found.down) == (["FOS", "JUN", "EGR1"], [])
    assert "genes from column" in found.assumptions[0]


def test_a_title_above_a_plain_list_is_no_gene():
    found = read([["My genes of interest"], *([gene] for gene in UP)])
    assert (tuple(found.up), found.assumptions) == (UP, ("1 line of text left out: My genes of interest.",))
    assert len(read([["FOS JUN EGR1"], ["ATF3 DDIT3 MYC"]]).up) == 6


def test_an_empty_down_is_no_second_list():
    for down in (None, "", []):
        with pytest.raises(LincsInterpError, match="no direction"):
            read_query("gene\tpadj\nFOS\t0.01\nJUN\t0.02\n", down)


def test_the_sentence_tells_columns_and_filter():
    rows = with_p()
    assert read(rows).assumptions == (
        "Read as a table: genes from column gene, sign of log2FC, padj < 0.05 (4 rows left out).",
    )
    assert read(rows, max_adjusted_p=0.95).up[-1] == "TUBA1B"
    nominal = lines(("gene", "logFC", "P.Value"), [(g, v, 0.5) for g, v in LFC.items()])
    assert "there is no adjusted p (nominal P.Value was not used)" in read(nominal).assumptions[0]


def test_values_keep_sign_and_size():
    found = read(changed({"EGR1": "Inf", "TOP2A": "-Inf"})).values
    assert (found["EGR1"], found["TOP2A"], found["PLK1"]) == (3.1, -3.1, -2.1)
    found = read(worded(("gene", "regulation", "FC"), more=lambda gene: 2 ** abs(LFC[gene]))).values
    assert found["CDK1"] == -(2**2.4)
    assert read(lines(("gene", "ratio"), [("A", 4), ("B", 0.5)])).values.to_dict() == {"A": 2.0, "B": -1.0}


@pytest.mark.parametrize(
    ("columns", "choice", "sides"),
    [
        (("padj",), {}, 250),
        (("padj",), {"max_genes": 20}, 20),
        ((), {}, 150),
        ((), {"max_genes": 200}, 200),
        (("direction",), {}, 150),
    ],
)
def test_the_largest_of_each_side_are_kept(columns, choice, sides):
    values = np.concatenate([np.arange(1, 401), -np.arange(1, 401)])
    more = {"padj": lambda v: 0.01, "direction": lambda v: "up" if v > 0 else "down"}
    rows = [(f"G{v}", v, *(more[name](v) for name in columns)) for v in values.tolist()]
    found = read(lines(("gene", "logFC", *columns), rows), **choice)
    assert set(found.up) == {f"G{v}" for v in range(401 - sides, 401)}
    assert set(found.down) == {f"G-{v}" for v in range(401 - sides, 401)}
    assert f"The {sides} largest of 400 up genes were kept." in found.assumptions
    assert len(found.values) == 800


@pytest.mark.parametrize(
    ("header", "role", "contrast"),
    [
        ("log2FC (drug vs control)", "log", "drug vs control"),
        ("A_log2 fold change", "log", "A"),
        ("lfcSE", "none", ""),
        ("logFC CI.L", "none", ""),
        ("AveExpr", "none", ""),
        ("Score(d)", "signed", ""),
        ("genes down in KO", "down", "in KO"),
        ("abs log2FC", "size", ""),
        ("description", "gene", ""),
        ("my own measure", "", ""),
    ],
)
def test_roles_of_headers(header, role, contrast):
    assert role_of(header)[:2] == (role, contrast)
