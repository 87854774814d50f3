"""The report as one zip file inside a link: the page needs no route of its own, and nothing is kept to be fetched."""

from __future__ import annotations

import io
import tempfile
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._util.errors import LincsInterpError
from ..readings.interpretation import Interpretation
from ..report.inputs import QUERY_CODE, QUERY_FILE, ReportSources, query_json
from ..report.write import write_report
from .inputs import SAMPLE, Choices, HeldFile

FOLDER = "lincs_report"
ZIP_NAME = f"{FOLDER}.zip"

#: A link holds 4 bytes for 3 of the file, and some browsers take links of up to 32 MB.
LARGEST_ZIP = 20_000_000

_BESIDE = "# This is the file that you gave to the page: put it beside this notebook."


def report_zip(interpretation: Interpretation, choices: Choices) -> bytes:
    """Return the report as a zip file: page, tables, notebook, and the gene lists."""
    # The matrix is not in it: it would be the larger part by far, and its owner has it. The notebook reads it by its
    # name, and the report holds its hash.
    with tempfile.TemporaryDirectory(prefix="lincs-interp-report-") as name:
        folder, query_file = Path(name, FOLDER), Path(name, QUERY_FILE)
        query_file.write_text(query_json(interpretation.query), encoding="ascii", newline="\n")
        write_report(interpretation, folder, sources=_sources(interpretation, choices, query_file))
        query_file.rename(folder / QUERY_FILE)
        data = _zipped(folder)
    if len(data) > LARGEST_ZIP:
        problem = f"The report has {len(data) / 1e6:,.0f} MB, too many for a link"
        remedy = "write it with the command lincs-interp report instead"
        raise LincsInterpError(problem, argument="interpretation", value=len(data), remedy=remedy)
    return data


def data_address(data: bytes) -> str:
    """Return the content of a zip file as the address of a link."""
    return "data:application/zip;base64," + b64encode(data).decode("ascii")


def _sources(interpretation: Interpretation, choices: Choices, query_file: Path) -> ReportSources:
    """How the notebook loads everything again, and what the report says about the files."""
    options: dict[str, Any] = {"rank_one": "up"} if choices.rank_one == "up" else {}
    if choices.n_genes.strip():
        options["n_genes"] = interpretation.ranks.n_genes
    arguments, loading = dict(options), {"ranks": "", "background": ""}
    background = None if interpretation.background is None else choices.background
    for word, variable, file in (("matrix", "ranks", choices.matrix), ("background", "background", background)):
        if file is not None:
            arguments |= {f"{word}_file": file.name, f"{word}_sha256": file.sha256 or None}
            loading[variable] = f"{variable} = {_loading(variable, file, options)}"
            if file.sha256:
                loading[variable] = f"{_BESIDE}\n{loading[variable]}"
    code = f"{loading['ranks']}\n\n{QUERY_CODE}"
    return ReportSources(code, {"query": query_file}, arguments, loading["background"])


def _loading(variable: str, file: HeldFile, options: Mapping[str, Any]) -> str:
    if file == SAMPLE:
        return f"li.load_sample().{variable}"
    place = ascii(file.name) if file.path is None else repr(file.path.resolve().as_posix())
    return f"li.read_ranks({', '.join([place, *(f'{name}={value!r}' for name, value in options.items())])})"


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{FOLDER}/{file.name}")
    return packed.getvalue()
