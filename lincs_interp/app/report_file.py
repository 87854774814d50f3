"""The report as one zip file inside a link: the page needs no route of its own, and nothing is kept to be fetched."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from base64 import b64encode
from pathlib import Path

from .._util.errors import LincsInterpError
from ..io.sample import sample_path
from ..readings.interpretation import interpret
from ..report.inputs import ReportSources
from ..report.write import write_report
from .inputs import SAMPLE, Reading

FOLDER = "lincs_report"
ZIP_NAME = f"{FOLDER}.zip"
QUERY_FILE = "query.json"

#: A link holds 4 bytes for 3 of the file, and some browsers take links of up to 32 MB.
LARGEST_ZIP = 20_000_000

_QUERY_CODE = f"""\
import json
from pathlib import Path

given = json.loads(Path("{QUERY_FILE}").read_text(encoding="ascii"))
query = li.GeneQuery(given["name"], given["up"], given["down"], given["values"])"""
_BESIDE = "# This is the file that you gave to the page: put it beside this notebook."


def report_zip(reading: Reading, parent: Path) -> bytes:
    """Return the report of a reading as a zip file: page, tables, notebook, and the gene lists.

    The matrix is not in it: it would be the larger part by far, and its owner has it. The notebook reads it by its
    name, and the report holds its hash.

    Parameters
    ----------
    reading : Reading
    parent : Path
        An existing folder, in which the files are made and deleted again.

    Raises
    ------
    LincsInterpError
        As :func:`write_report`; or if the file is too large for a link.
    """
    with tempfile.TemporaryDirectory(dir=parent, prefix="report-") as name:
        folder = Path(name, FOLDER)
        query_file = Path(name, QUERY_FILE)
        query_file.write_text(_query_text(reading), encoding="ascii", newline="\n")
        interpretation = interpret(
            reading.ranks,
            reading.query,
            background=reading.background,
            gene_metadata=gene_metadata(reading),
            overlap="drop" if reading.overlap else "error",
        )
        write_report(interpretation, folder, sources=_sources(reading, query_file))
        query_file.rename(folder / QUERY_FILE)
        data = _zipped(folder)
    if len(data) > LARGEST_ZIP:
        raise LincsInterpError(
            f"The report has {len(data) / 1e6:,.0f} MB, too many for a link: write it with the command lincs-interp"
            " report instead."
        )
    return data


def gene_metadata(reading: Reading) -> Path | None:
    """Which genes were measured, where that is known: of the sample."""
    return sample_path("genes.tsv") if reading.choices.matrix == SAMPLE else None


def data_address(data: bytes) -> str:
    """Return the content of a zip file as the address of a link."""
    return "data:application/zip;base64," + b64encode(data).decode("ascii")


def _query_text(reading: Reading) -> str:
    query = reading.query
    values = None if query.values is None else query.values[~query.values.index.duplicated()].to_dict()
    lists = {"name": query.name, "up": query.up, "down": query.down, "values": values}
    return json.dumps(lists, indent=1) + "\n"


def _sources(reading: Reading, query_file: Path) -> ReportSources:
    """How the notebook loads everything again, and what the report says about the files."""
    choices = reading.choices
    told: dict[str, object] = {}
    files = {"matrix": choices.matrix, "background": None if reading.background is None else choices.background}
    for word, held in files.items():
        if held is not None:
            told[f"{word}_file"] = held.name
            told[f"{word}_sha256"] = held.sha256 or None
    options = {"rank_one": choices.rank_one} if choices.rank_one != "down" else {}
    told |= {**options, "n_genes": choices.n_genes.strip() or None}
    return ReportSources(
        f"{_loading(reading, 'matrix', 'ranks')}\n\n{_QUERY_CODE}",
        {"query": query_file},
        told,
        _loading(reading, "background", "background"),
    )


def _loading(reading: Reading, word: str, variable: str) -> str:
    held = getattr(reading.choices, word)
    if held is None:
        return ""
    if held == SAMPLE:
        return f"{variable} = li.load_sample().{variable}"
    choices = reading.choices
    options = f", rank_one={choices.rank_one!r}" if choices.rank_one != "down" else ""
    options += f", n_genes={reading.ranks.n_genes}" if choices.n_genes.strip() else ""
    if held.path is not None:
        return f"{variable} = li.read_ranks({held.path.resolve().as_posix()!r}{options})"
    return f"{_BESIDE}\n{variable} = li.read_ranks({held.name!a}{options})"


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{FOLDER}/{file.name}")
    return packed.getvalue()
