"""read_query: which sheets, which gene sets, which lines of a source hold the genes; and that it is said."""

import time

import openpyxl
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.io._gene_sets import side_of_name
from lincs_interp.io.gene_lists import read_query

UP, DOWN = ("FOS", "JUN", "EGR1"), ("CDK1", "PLK1")
DE = [("gene", "log2FC"), *zip(UP + DOWN, (2.5, 2, 1.5, -1, -3), strict=True)]
TURNED = [("gene", "log2FC"), *zip(UP + DOWN, (-2.5, -2, -1.5, 1, 3), strict=True)]
LIST_UP, LIST_DOWN = [("gene",), *((one,) for one in UP)], [("gene",), *((one,) for one in DOWN)]
FOLD_UP = [("gene", "FoldChange"), ("FOS", 2.5), ("JUN", 2), ("EGR1", 1.5)]
FOLD_DOWN = [("gene", "FoldChange"), ("CDK1", 2.5), ("PLK1", 2)]
LOG_DOWN = [("gene", "log2FC"), ("CDK1", -2.5), ("PLK1", -2)]
README = [("This workbook was made by the core facility.",), ("log2FC", "the log fold change, drug against vehicle")]
SAMPLES = [("sample", "treatment", "reads"), ("s1", "drug", 2000000), ("s2", "vehicle", 1900000)]
TERMS = [("Term", "Overlap", "Adjusted P-value", "Genes"), ("cell cycle", "2/100", 0.01, "CDK1;PLK1")]
GLOSSARY = [("column", "meaning"), ("gene", "HGNC symbol"), ("log2FC", "log2 fold change"), ("padj", "adjusted p")]


def workbook(path, sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("sheets", "hidden", "said"),
    [
        ({"Up": LIST_UP, "Down": LIST_DOWN}, (), 'Read the sheets "Up" and "Down".'),
        ({"README": README, "down genes": LIST_DOWN, "up genes": LIST_UP}, (), "not read: README"),
        ({"Up-regulated (3)": LIST_UP, "Down-regulated (2)": LIST_DOWN}, (), "Down-regulated"),
        ({"drugA_up": LIST_UP, "drugA_down": LIST_DOWN}, (), "drugA_up"),
        ({"Up": [("Table S1. Up genes",), *LIST_UP], "Down": LIST_DOWN}, (), "1 line of text left out"),
        ({"Up": FOLD_UP, "Down": FOLD_DOWN}, (), "no direction in its numbers"),
        ({"Up": FOLD_UP, "Down": LOG_DOWN}, (), "Down: Read as a table"),
        ({"All": DE, "Up": LIST_UP, "Down": LIST_DOWN}, (), "not read: All"),
        ({"README": README, "DE": DE}, (), 'Read the sheet "DE"; not read: README'),
        ({"DE": DE, "samples": SAMPLES, "methods": README}, (), "not read: samples, methods"),
        ({"old": TURNED, "DE": DE}, ("old",), "not read: old (hidden)"),
        ({"README": README, "DE": DE}, ("DE",), 'Read the sheet "DE" (hidden)'),
        ({"DE": DE, "copy": DE}, (), "not read: copy"),
        ({"Legend": LIST_DOWN, "DE": DE}, (), "not read: Legend"),
        ({"terms": TERMS, "DE": DE}, (), "not read: terms"),
        ({"columns": GLOSSARY, "DE": DE}, (), "not read: columns"),
    ],
)
def test_the_sheets_that_hold_the_genes(sheets, hidden, said, tmp_path):
    query = read_query(workbook(tmp_path / "de.xlsx", sheets, hidden))
    assert (query.up, query.down) == (UP, DOWN)
    assert said in " ".join(query.assumptions)


@pytest.mark.parametrize(
    ("contrast", "turned"), [("A", False), ("b", True), ("B_up", None), ("C", None), ("B vs ctrl", None)]
)
def test_contrast_picks_a_sheet_or_two(contrast, turned, tmp_path):
    sheets = {"A_up": LIST_UP, "A_down": LIST_DOWN, "B_up": LIST_DOWN, "B_down": LIST_UP}
    path = workbook(tmp_path / "de.xlsx", sheets)
    if contrast == "B_up":
        assert read_query(path, contrast=contrast).up == DOWN
    elif turned is None:
        with pytest.raises(LincsInterpError, match=r"could be meant .*none of them"):
            read_query(path, contrast=contrast)
        both = workbook(tmp_path / "two.xlsx", {"A": DE, "B": TURNED})
        with pytest.raises(LincsInterpError, match=r"2 sheets .*none of them"):
            read_query(both, contrast=contrast)
        assert read_query(both, contrast="B").down == UP
    else:
        query = read_query(path, contrast=contrast)
        assert (query.up, query.down) == ((DOWN, UP) if turned else (UP, DOWN))


def test_a_sheet_may_say_its_side(tmp_path):
    query = read_query(workbook(tmp_path / "a.xlsx", {"README": README, "Down": LIST_DOWN}))
    assert (query.up, query.down) == ((), DOWN)
    query = read_query(workbook(tmp_path / "b.xlsx", {"README": README, "Down": FOLD_DOWN}))
    assert (query.up, query.down) == ((), DOWN)


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"A": DE, "B": TURNED}, "2 sheets of genes that could be meant .A, B"),
        ({"A_up": LIST_UP, "A_down": LIST_DOWN, "B_up": LIST_DOWN, "B_down": LIST_UP}, "2 sheets .*a, b"),
        ({"Up": LIST_UP, "UP genes": LIST_DOWN, "Down": LIST_DOWN}, "3 sheets"),
        ({"A": DE, "B": [("gene", "log2FC A vs C", "log2FC B vs C"), ("FOS", 1, -1), ("JUN", -1, 1)]}, "2 sheets"),
        ({"Up": LIST_UP, "Down": FOLD_UP + LOG_DOWN[1:]}, "contrast"),
        ({"Up": DE, "Down": DE}, 'holds down genes in its sheet "Up"'),
        ({"samples": SAMPLES, "README": README}, "."),
    ],
)
def test_several_sheets_that_could_be_meant_are_refused(sheets, words, tmp_path):
    if words == "contrast":
        words = "holds up genes|sheet"
    with pytest.raises(LincsInterpError, match=words):
        read_query(workbook(tmp_path / "de.xlsx", sheets))


@pytest.mark.parametrize(
    ("up", "down", "said"),
    [
        (("FOS", "JUN", "EGR1"), ("CDK1", "PLK1"), "without descriptions (the second column, FOS, CDK1, holds genes)"),
        (("2353", "3725", "1958"), ("983", "5347"), "without descriptions"),
        (("Fos", "Jun", "Egr1"), ("Cdk1", "Plk1"), "without descriptions"),
        (("ENSG00000170345", "ENSG00000177606", "ENSG00000120738"), ("ENSG00000170312", "ENSG00000166851"), "without"),
        (("na", *UP), ("na", *DOWN), "is its description"),
        (("", *UP), ("", *DOWN), 'Read as a gene set: "S"'),
        (("http://a.b/c", *UP), ("http://a.b/d", *DOWN), "is its description"),
        (("CREEDS", *UP), ("CREEDS", *DOWN), "is its description"),
        (("hypoxia", *UP), ("normoxia", *DOWN), "is its description"),
        (("S", *UP), ("S down", *DOWN), "is its description"),
        (("FOS,1.0", "JUN,2.0"), ("CDK1,1", "PLK1,2e-1"), "without"),
        (("FOS",), ("CDK1",), "without"),
        (("FOS", "FOS", "JUN", "EGR1"), ("PLK1", "CDK1", "PLK1"), "is its description"),
    ],
)
def test_gene_sets_with_and_without_description(up, down, said, tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("\t".join(["S up", *up]) + "\n" + "\t".join(["S down", *down]) + "\n")
    query = read_query(path)
    start = 0 if "without" in said else 1
    assert (query.up, query.down) == tuple(tuple(one.split(",")[0] for one in side[start:]) for side in (up, down))
    assert said in query.assumptions[0]


def test_descriptions_of_other_sets_show_what_a_second_cell_is(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("S up\tHYPOXIA\tFOS\tJUN\nM\ta set of others\tMYC\nN\tanother set\tTP53\n")
    assert read_query(path, name="S").up == ("FOS", "JUN")


@pytest.mark.parametrize("description", ["na\tna", "drug, 24 h\tdrug, 24 h", ""])
def test_gmx_has_its_sets_in_columns(description, tmp_path):
    path = tmp_path / "sets.gmx"
    path.write_text("\n".join(["S_up\tS_dn", description, "FOS\tCDK1", "JUN\tPLK1", "EGR1\t"]) + "\n")
    query = read_query(path)
    assert (query.name, query.up, query.down) == ("S", UP, DOWN)
    path.write_text("S\nna\nFOS\nJUN\nEGR1\n")
    assert read_query(path).up == UP


@pytest.mark.parametrize(
    "mark", ["• ", "•", "- ", "– ", "* ", "{n}. ", "{n}.", "{n}) ", "({n}) ", "[{n}] ", " · "], ids=str.strip
)
def test_marks_of_a_list_are_no_genes(mark):
    genes = ["MYC", "HLA-A", "TP53", "H3-3A"]
    assert read_query("\n".join(mark.format(n=n) + gene for n, gene in enumerate(genes, 1))).up == tuple(genes)
    assert read_query("7SK\n5-MAR\nB2M\n").up == ("7SK", "5-MAR", "B2M")


@pytest.mark.parametrize(
    ("text", "up", "down"),
    [
        ("Up: FOS, JUN, EGR1\nDown: CDK1, PLK1", UP, DOWN),
        ("Downregulated genes: CDK1; PLK1\nUpregulated genes: FOS; JUN; EGR1\n", UP, DOWN),
        ("up\tFOS\tJUN\tEGR1\ndown\tCDK1\tPLK1\t\n", UP, DOWN),
        ("Up: 2353 3725\nDown: 983", ("2353", "3725"), ("983",)),
        ("Down: CDK1, PLK1", (), DOWN),
        ("Up: FOS, JUN,\nEGR1\nDown: CDK1,\nPLK1", UP, DOWN),
        ("Up; FOS; JUN; EGR1\nDown; CDK1; PLK1", UP, DOWN),
        ("Up genes\n1. FOS\n2. JUN\n3. EGR1\n\nDown genes\n1. CDK1\n2. PLK1\n", UP, DOWN),
        ("**Up**\n- FOS\n- JUN\n- EGR1\n**Down**\n- CDK1\n- PLK1", UP, DOWN),
        ("gene\n1) FOS\n2) JUN\n3) EGR1", UP, ()),
        ("entrez_id\n2353\n3725\n", ("2353", "3725"), ()),
    ],
)
def test_lists_that_begin_with_their_side(text, up, down):
    query = read_query(text)
    assert (query.up, query.down) == (up, down)


@pytest.mark.parametrize(
    "text",
    [
        "Up: FOS, JUN\nDown: CDK1\nUnchanged: ACTB",
        "Up: FOS, JUN\nUp: CDK1",
        "Up: FOS, JUN\nDo n: CDK1, PLK1",
        "S up\tna\tFOS\tJUN\nSdown\tna\tCDK1\tPLK1\tAURKA",
        "FOS\nJUN\nGenes that went down\nCDK1",
        "Up genes\nFOS\nJUN\nDown genes\nDown genes\nCDK1",
        "Genes downregulated by the drug\nFOS\nJUN\nEGR1\nMYC",
        "Up genes\nFOS\nJUN\nEGR1\nATF3\nDo+n genes\nCDK1\nPLK1",
        "Up\nFOS\nJUN\nEGR1\nATF3\nDowm\nCDK1\nPLK1",
        "Up: FOS, JUN\nDown0 CDK1, PLK1",
        "Up genes\nFOS\nJUN\nEGR1\nDown0genes\nCDK1\nPLK1",
        "S up\tna\tFOS\tJUN\tEGR1S down\tna\tCDK1\tPLK1",
        "Up: FOS, JUN, EGR1\nDow\tn: CDK1, PLK1",
        "S up\tna\nFOS\tJUN\tEGR1\nS down\tna\tCDK1\tPLK1",
        "S up\tna\tFOS\tJUN\nEGR1\tATF3\tMYC\tDUSP1\nS down\tna\tCDK1\tPLK1\tAURKA",
    ],
)
def test_a_side_among_the_genes_of_a_list_is_refused(text):
    with pytest.raises(LincsInterpError, match=r"among|gene sets, but one without"):
        read_query(text)


@pytest.mark.parametrize("sign", "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e")
def test_invisible_signs_hide_no_gene(sign):
    assert read_query(f"FOS{sign}\nJ{sign}UN\n{sign}EGR1").up == UP
    text = f"gene\tlog2FC\nFOS\t2{sign}\n{sign}JUN\t1\nE{sign}GR1\t3\nCDK1\t−1{sign}\nPLK1\t{sign}–2\n"
    query = read_query(text)
    assert (query.up, query.down) == (UP, DOWN)


@pytest.mark.parametrize("dash", "‐‑‒–—―−")
def test_dashes_of_typography_are_hyphens(dash):
    assert read_query(f"HLA{dash}A\nNKX2{dash}1\u00a0").up == ("HLA-A", "NKX2-1")


@pytest.mark.parametrize("quoted", ['"open', '"open, and closed two lines below'])
def test_an_open_quotation_mark_swallows_no_row(quoted):
    rows = ["gene\tlog2FC\tdescription", f"FOS\t2\t{quoted}", "JUN\t1\tx", 'PLK1\t-2\t"y', "CDK1\t-1\tz"]
    with pytest.raises(LincsInterpError, match="in line 3 ") as caught:
        read_query("\n".join(["# a remark", *rows]))
    assert "quotation mark" in str(caught.value)
    with pytest.raises(LincsInterpError, match="line 2 "):
        read_query("\n".join(rows + [f"GENE{n}\t1\t{'x' * 60}" for n in range(4_000)]))


@pytest.mark.parametrize("cell", ['"JUN', '"EGR1'])
def test_an_open_quotation_mark_in_a_gmt(cell, tmp_path):
    (tmp_path / "s.gmt").write_text(f"S up\tna\tFOS\t{cell}\tMYC\nS down\tna\tCDK1\n")
    with pytest.raises(LincsInterpError, match="quotation mark in line 1"):
        read_query(tmp_path / "s.gmt")


def test_a_number_may_hold_a_line_break():
    query = read_query('gene,log2FC\nFOS,"2.\n5"\nJUN,2\nEGR1,1\nCDK1,"-\n1"\nPLK1,-3\n')
    assert set(query.down) == {"CDK1", "PLK1"}


def test_quotation_marks_that_are_closed_are_read():
    rows = ["gene,log2FC,about", 'FOS,2,"a gene, early', 'and fast"', 'JUN,1,"5\' ""end"""', "CDK1,-1,3' end"]
    query = read_query("\n".join(rows))
    assert (query.up, query.down) == (("FOS", "JUN"), ("CDK1",))


def test_the_side_of_a_name():
    names = ("a up", "a_DN", "a -- down", "up", "_up", "setup", "a.Down ", "x:dn", "down", "", "mockdown")
    sides = [("a", "up"), ("a", "down"), ("a", "down"), ("up", ""), ("", "up"), ("setup", "")]
    sides += [("a", "down"), ("x", "down"), ("down", ""), ("", ""), ("mockdown", "")]
    assert [side_of_name(name) for name in names] == sides
    start = time.perf_counter()
    assert side_of_name(40_000 * "_" + "x") == (40_000 * "_" + "x", "")
    assert read_query(40_000 * "_" + "\nMYC\n").up[1:] == ("MYC",)
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        "FOS\t2\nJUN\t1\nsymbol\tlogFC\nCDK1\t-1\nPLK1\t-2\n",
        "FOS\t2\t.01\nJUN\t1\t.02\nEGR1\tlog2FC\tpadj\nCDK1\t-1\t.01\nPLK1\t-2\t.04\n",
        "FOS\nJUN\nEGR1\nsymbol\tlogFC\nCDK1\t-1\nPLK1\t-2\n",
    ],
)
def test_genes_above_the_header_are_not_left_out(text):
    with pytest.raises(LincsInterpError, match="above its header"):
        read_query(text)


def test_a_comment_among_the_genes_is_said():
    note = "1 line of comment left out: #Down: CDK1, PLK1."
    assert read_query("# on top\nUp: FOS, JUN\n#Down: CDK1, PLK1\n").assumptions[-1] == note
    assert read_query("# on top\n\n# again\nFOS\nJUN\n").assumptions == ()
