"""One matrix of ranks, written in every shape a user may hold it in."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

#: Enough genes for thousands separators and for rows beyond those the layout is found in.
N_GENES = 1_250
IDS = [
    "REP.B025_YAPC_24H_K01_resiquimod_2.22uM",
    "XPR029_HT29.311_96H_L15_PTPN1",
    "MET001_N8_XH_H05_BRD-U44432129_100ug_per_ml",
    "OEB006_A375_96H_H01_HCAR1",
]
#: Symbols that readers like to eat or to change.
TRICKY = [
    "NA",
    "nan",
    "None",
    "null",
    "TRUE",
    "INF",
    "1E5",
    "HLA-A",
    "NKX2-5",
    "C11orf58",
    "MARCH1",
    "SEPT2",
    "DEC1",
]


def random_matrix(seed: int = 0) -> pd.DataFrame:
    """A full ranking of N_GENES genes in each of four signatures; no row and no column is in order."""
    rng = np.random.default_rng(seed)
    genes = [*TRICKY, *(f"GENE{i}" for i in range(N_GENES - len(TRICKY)))]
    rng.shuffle(genes)
    ranks = np.argsort(rng.random((N_GENES, len(IDS))), axis=0) + 1
    return pd.DataFrame(ranks, index=pd.Index(genes, dtype=object), columns=IDS)


def lines(frame: pd.DataFrame, corner: str = "symbol", cell: Callable[[int], str] = str) -> list[list[str]]:
    """The matrix as rows of text cells, header first."""
    rows = [[corner, *frame.columns]]
    rows += [[gene, *map(cell, row)] for gene, row in zip(frame.index, frame.to_numpy().tolist(), strict=True)]
    return rows


def joined(rows: list[list[str]], delimiter: str = "\t", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


def plain(frame: pd.DataFrame) -> str:
    return joined(lines(frame))


def with_columns(frame: pd.DataFrame, at: int, *columns: list[str]) -> str:
    """The matrix with further columns (header first) put in front of column `at`."""
    rows = lines(frame)
    return joined([[*row[:at], *extra, *row[at:]] for row, *extra in zip(rows, *columns, strict=True)])


def _column(header: str, cells: list[str]) -> list[str]:
    return [header, *cells]


def _numbered(frame: pd.DataFrame) -> list[int]:
    return list(range(len(frame)))


def _entrez(frame: pd.DataFrame) -> list[str]:
    rng = np.random.default_rng(9)
    ids = rng.choice(
        np.concatenate([np.arange(1, 90_000), np.arange(100_126_000, 100_130_000)]), len(frame), replace=False
    )
    return [str(i) for i in ids]


def _uuids(frame: pd.DataFrame) -> list[str]:
    return [str(uuid.UUID(int=i * 7919 + 1)) for i in range(len(frame))]


def _descriptions(frame: pd.DataFrame) -> list[str]:
    return [f"protein number {i}, putative; isoform" for i in _numbered(frame)]


def _metadata_rows(frame: pd.DataFrame) -> str:
    rows = lines(frame)
    extra = [
        ["cell_line", "YAPC", "HT29", "N8", "A375"],
        ["dose", "2", "10", "0.5", "1"],
        ["pert_name", "resiquimod", "PTPN1", "BRD-U44432129", "HCAR1"],
    ]
    return joined([rows[0], *extra, *rows[1:]])


def _r_write_table(frame: pd.DataFrame) -> str:
    rows = lines(frame)
    quoted = [[f'"{cell}"' for cell in rows[0][1:]]] + [[f'"{row[0]}"', *row[1:]] for row in rows[1:]]
    return joined(quoted, " ")


def _thousands(rank: int) -> str:
    return f"{rank:,}"


TEXTS: dict[str, Callable[[pd.DataFrame], str | bytes]] = {
    "plain": plain,
    "comma": lambda f: joined(lines(f), ","),
    "no corner": lambda f: joined(lines(f, corner="")),
    "odd corner": lambda f: joined(lines(f, corner="Genes / HGNC (2021)")),
    "header one shorter": lambda f: joined([lines(f)[0][1:], *lines(f)[1:]]),
    "R write.table": _r_write_table,
    "header with hash": lambda f: "#" + plain(f),
    "comment with commas": lambda f: (
        "# by hand, on a Monday, from the site, in a hurry, again, #\n" + joined(lines(f), ",")
    ),
    "comments on top": lambda f: "# downloaded by hand\n#\n! a second remark\n" + plain(f),
    "title on top": lambda f: "Gene Rank Matrix, exported\n\n" + plain(f),
    "GEO series": lambda f: (
        "!Series_title\t'x'\n!series_matrix_table_begin\n" + plain(f) + "!series_matrix_table_end\n"
    ),
    "metadata rows": _metadata_rows,
    "windows": lambda f: joined(lines(f), end="\r\n"),
    "old mac": lambda f: joined(lines(f), end="\r"),
    "no last newline": lambda f: plain(f).rstrip("\n"),
    "bom": lambda f: b"\xef\xbb\xbf" + plain(f).encode(),
    "utf-16": lambda f: plain(f).encode("utf-16"),
    "utf-16 without mark": lambda f: plain(f).encode("utf-16-le"),
    "utf-16 big": lambda f: b"\xfe\xff" + plain(f).encode("utf-16-be"),
    "semicolons, decimal commas": lambda f: joined(lines(f, cell=lambda r: f"{r},0"), ";"),
    "semicolons": lambda f: joined(lines(f), ";"),
    "thousands": lambda f: joined(lines(f, cell=_thousands)),
    "thousands, quoted csv": lambda f: joined(lines(f, cell=lambda r: f'"{r:,}"'), ","),
    "thousands by dots": lambda f: joined(lines(f, cell=lambda r: f"{r:,}".replace(",", ".")), ";"),
    "thousands by dots, decimal commas": lambda f: joined(
        lines(f, cell=lambda r: f"{r:,}".replace(",", ".") + ",0"), ";"
    ),
    "thousands by blanks": lambda f: joined(lines(f, cell=lambda r: f"{r:,}".replace(",", "\u202f"))),
    "quoted numbers": lambda f: joined([[f'"{cell}"' for cell in row] for row in lines(f)], ","),
    "floats": lambda f: joined(lines(f, cell=lambda r: f"{r}.0")),
    "exponents": lambda f: joined(lines(f, cell=lambda r: f"{r:.6e}")),
    "blanks around": lambda f: joined([[f" {cell} " for cell in row] for row in lines(f)]),
    "aligned by blanks": lambda f: joined([[cell.ljust(48) for cell in row] for row in lines(f)], " "),
    "trailing blank lines": lambda f: plain(f) + "\n\n\t\t\n",
    "trailing blank columns": lambda f: joined([[*row, "", ""] for row in lines(f)]),
    "trailing tab below the header": lambda f: joined([lines(f)[0], *([*row, ""] for row in lines(f)[1:])]),
    "footer": lambda f: plain(f) + "Source: the public site, by hand\n",
    "gene column last": lambda f: joined([[*row[1:], row[0]] for row in lines(f)]),
    "description second": lambda f: with_columns(f, 1, _column("Description", _descriptions(f))),
    "description first": lambda f: with_columns(f, 0, _column("description", _descriptions(f))),
    "description last": lambda f: with_columns(f, 5, _column("note", _descriptions(f))),
    "description in the middle": lambda f: with_columns(f, 3, _column("note", _descriptions(f))),
    "Entrez first": lambda f: with_columns(f, 0, _column("entrez_id", _entrez(f))),
    "Entrez second, odd name": lambda f: with_columns(f, 1, _column("number in the gene database", _entrez(f))),
    "UUID first": lambda f: with_columns(f, 0, _column("id", _uuids(f))),
    "UUID, Entrez, description": lambda f: with_columns(
        f, 1, _column("uuid", _uuids(f)), _column("Entrez.ID", _entrez(f)), _column("title", _descriptions(f))
    ),
    "row numbers": lambda f: with_columns(f, 0, _column("", [str(i) for i in _numbered(f)])),
    "R row numbers": lambda f: joined([lines(f)[0], *([str(i), *row] for i, row in enumerate(lines(f)[1:], 1))]),
    "landmark flag": lambda f: with_columns(f, 1, _column("pr_is_lm", ["1", "0"] * (len(f) // 2))),
    "GCT 1.2": lambda f: f"#1.2\n{len(f)}\t4\n" + with_columns(f, 1, _column("Description", _descriptions(f))),
    "GCT 1.3": lambda f: gct_13(f),
}


def gct_13(frame: pd.DataFrame) -> str:
    """GCT 1.3 with Entrez ids as row ids, two row fields and two column fields."""
    rows = lines(frame, corner="id")
    head = [
        ["id", "pr_gene_symbol", "pr_is_lm", *frame.columns],
        ["pert_iname", "na", "na", "resiquimod", "PTPN1", "-666", "HCAR1"],
        ["cell_id", "na", "na", "YAPC", "HT29", "N8", "A375"],
    ]
    body = [[entrez, row[0], "1", *row[1:]] for entrez, row in zip(_entrez(frame), rows[1:], strict=True)]
    return f"#1.3\n{len(frame)}\t4\t2\t2\n" + joined([*head, *body])


def gctx(frame: pd.DataFrame, path: Path, symbols: bool = True, **facts: list[str]) -> Path:
    """GCTX as the Connectivity Map writes it: signatures in rows on disk."""
    import h5py

    with h5py.File(path, "w") as file:
        file["/0/DATA/0/matrix"] = frame.to_numpy().T.astype(np.float32)
        file["/0/META/COL/id"] = np.array(list(frame.columns), dtype="S")
        if symbols:
            file["/0/META/ROW/id"] = np.array(list(frame.index), dtype="S")
        else:
            file["/0/META/ROW/id"] = np.array(_entrez(frame), dtype="S")
            file["/0/META/ROW/pr_gene_symbol"] = np.array(list(frame.index), dtype="S")
        for name, values in facts.items():
            file[f"/0/META/COL/{name}"] = np.array(values, dtype="S")
    return path


def fetch_rank(frame: pd.DataFrame) -> str:
    signatures = [{"uid": uid, "ranks": frame[uid].tolist()} for uid in frame.columns]
    return json.dumps({"entities": list(frame.index), "maxrank": len(frame), "signatures": signatures})


def xlsx(rows: list[list[object]], path: Path, *, sheet: str = "ranks", before: bool = False) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    active = book.active
    if before:  # an empty sheet in front
        active = book.create_sheet()
    active.title = sheet
    for row in rows:
        active.append(row)
    book.save(path)
    return path


def _zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._ranks.tsv", b"\x00\x05")
        archive.writestr("download/ranks.tsv", data)
    return buffer.getvalue()


def _zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(data)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": _zipped,
    "zst": _zstd,
    "two gzip members": lambda data: gzip.compress(data[:5000]) + gzip.compress(data[5000:]),
    "gz in zip": lambda data: _zipped(gzip.compress(data)),
}
