import gzip
import importlib.util
import re
from pathlib import Path

import pandas as pd

from lincs_interp.genes import _symbols
from lincs_interp.genes.matching import gene_table_date

ROOT = Path(__file__).parent.parent
DATA = ROOT / "lincs_interp" / "_data"


def test_the_tables_are_small_and_say_their_date():
    files = sorted(DATA.glob("*.gz"))
    assert [path.name for path in files] == [
        "hgnc_ids.tsv.gz",
        "hgnc_symbols.tsv.gz",
        "mouse_orthologs.tsv.gz",
    ]
    assert sum(path.stat().st_size for path in files) < 900_000
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", gene_table_date())


def test_the_page_about_the_tables_tells_their_dates_and_sizes():
    page = (DATA / "README.md").read_text(encoding="utf-8")
    lines = {path.name: gzip.decompress(path.read_bytes()).decode().splitlines() for path in DATA.glob("*.gz")}
    assert gene_table_date() in lines["hgnc_symbols.tsv.gz"][0]
    mouse_date = re.findall(r"\d{4}-\d\d-\d\d", lines["mouse_orthologs.tsv.gz"][0])[0]
    assert f"**HGNC {gene_table_date()}, MGI {mouse_date}**" in page
    assert f"human gene ({len(lines['hgnc_symbols.tsv.gz']) - 1:,})" in page
    assert f"mouse gene ({len(lines['mouse_orthologs.tsv.gz']) - 1:,})" in page
    assert len(lines["hgnc_ids.tsv.gz"]) == len(lines["hgnc_symbols.tsv.gz"])


def test_the_tables_are_packed_without_a_time():
    for path in DATA.glob("*.gz"):
        assert path.read_bytes()[4:8] == bytes(4)


def test_ids_of_several_genes_keep_them_all():
    assert _symbols._rows_by_name(("7", "", "8", "7", "")) == {"7": (0, 3), "8": (2,)}


def test_orthologs_by_hand():
    spec = importlib.util.spec_from_file_location("build", ROOT / "scripts" / "build_gene_tables.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    coding = "gene with protein product"
    human = pd.DataFrame(
        {
            "symbol": ["AAA", "AAAP1", "BBB1", "BBB2", "CCC", "DDD"],
            "gene_type": [coding, "pseudogene", coding, coding, coding, coding],
        },
        index=["a", "ap", "b1", "b2", "c", "d"],
    )  # fmt: skip
    mouse = pd.DataFrame(
        {
            "symbol": ["Aaa9", "Bbb2", "Bbb", "Ccc", "Ccc2", "Ddd1", "Ddd2", "Xyz"],
            "gene_type": "protein coding gene",
        },
        index=["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"],
    )
    links = pd.DataFrame({"mouse": ["m1", "m1", "m2, m3", "m2, m3", "m4, m5", "m6, m7, m8"]}, index=human.index)
    assert build.read_orthologs(human, mouse, links) == {
        "m1": ["AAA"],  # the pseudogene does not count
        "m2": ["BBB2"],  # the namesake of two
        "m3": ["BBB1", "BBB2"],
        "m4": ["CCC"],
        "m5": [],  # CCC is Ccc
        "m6": ["DDD"],  # Ddd1 and Ddd2 share DDD and are named after it
        "m7": ["DDD"],
        "m8": [],
    }
