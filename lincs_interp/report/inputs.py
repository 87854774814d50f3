"""Where a report finds its matrix and query: the files that were read, or a copy beside the notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .._util.errors import wrong
from .._util.text import kind, listed, shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import resolve_query
from ..io import CHOICES, Choice, write_ranks
from ..readings.interpretation import Interpretation

#: Matrix, query and background from memory, written beside the notebook; of the background only the ranks of the
#: query's genes, because calibration needs no others.
RANKS_FILE, QUERY_FILE, BACKGROUND_FILE = "ranks.tsv.gz", "query.json", "background.tsv.gz"
COPIES = (RANKS_FILE, QUERY_FILE, BACKGROUND_FILE)

#: Code that reads a query from the file that :func:`query_json` fills.
QUERY_CODE = f"""\
import json
from pathlib import Path

query = li.GeneQuery(**json.loads(Path("{QUERY_FILE}").read_text(encoding="ascii")))"""


@dataclass(frozen=True)
class ReportSources:
    """Where matrix and query came from: how the notebook loads them again, and which files to hash."""

    loading: str  # Python code that leaves `ranks` and `query` behind
    files: Mapping[str, Path] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)  # the choices made when reading
    background: str = ""  # code that leaves `background` behind

    def loading_of(self, background: RankMatrix | None) -> str:
        """Return the code, with that for the background where there is one."""
        if background is None:
            return self.loading
        if not self.background:
            remedy = 'name it ({"background": path}), or leave sources out'
            raise wrong("sources", self.files, "names no file of background", remedy)
        return f"{self.loading}\n{self.background}"


#: For an analysis of what is in memory: the notebook loads the copy beside it.
FROM_MEMORY = ReportSources(
    f'ranks = li.read_ranks("{RANKS_FILE}")\n{QUERY_CODE}',
    background=f'background = li.read_ranks("{BACKGROUND_FILE}")',
)


def sources_from_files(named: Mapping[str, Any]) -> ReportSources:
    """Describe an analysis of files: see the argument ``sources`` of :func:`write_report`."""
    known = {"matrix", "up", "down", "background", "metadata", "rank_one", "n_genes", *CHOICES}
    if not isinstance(named, Mapping):
        raise wrong("sources", named, f"is {kind(named)}", 'pass a dict such as {"matrix": path, "up": path}')
    if unknown := set(named) - known:
        remedy = f"it may name {listed(sorted(known), len(known))}"
        raise wrong("sources", named, f"names {listed(sorted(map(str, unknown)))}", remedy)
    if named.get("matrix") is None:
        raise wrong("sources", named, "does not name the file of matrix", "name it, or leave sources out")
    if named.get("up") is None and named.get("down") is None:
        raise wrong("sources", named, "names no file of up or down", "name at least one, or leave sources out")
    files = {
        word: _existing_file(word, named[word])
        for word in ("matrix", "up", "down", "background", "metadata")
        if named.get(word) is not None
    }
    paths = {word: file.as_posix() for word, file in files.items()}
    options = {word: named[word] for word in ("rank_one", "n_genes") if named.get(word) is not None}
    if options.get("rank_one") == "down":
        del options["rank_one"]
    defaults = {"max_adjusted_p": Choice.max_adjusted_p, "max_genes": Choice.max_genes}
    choices = {word: named[word] for word in CHOICES if named.get(word) not in (None, defaults.get(word))}
    metadata = {"metadata": paths["metadata"]} if "metadata" in paths else {}
    lists: list[Any] = [paths.get("up", []), *([paths["down"]] if "down" in paths else [])]
    ranks = _assignment("ranks", "read_ranks", paths["matrix"], **options, **metadata)
    query = _assignment("query", "read_query", *lists, **choices)
    background = ""
    if "background" in paths:
        background = _assignment("background", "read_ranks", paths["background"], **options)
    return ReportSources(f"{ranks}\n{query}", files, options | choices, background)


def _assignment(name: str, function: str, /, *given: object, **options: object) -> str:
    """Return the line of code ``name = li.function(given, option=...)``."""
    arguments = [*map(repr, given), *(f"{word}={value!r}" for word, value in options.items())]
    return f"{name} = li.{function}({', '.join(arguments)})"


def _existing_file(word: str, path: Any) -> Path:
    try:
        file = Path(path).expanduser()
        if file.is_file():
            return file.resolve()
        reason = "is not there"
    except (TypeError, ValueError, OSError, RuntimeError) as error:  # RuntimeError: "~" of an unknown person
        reason = f"cannot be opened ({shown(getattr(error, 'strerror', None) or error, 80)})"
    raise wrong("sources", path, f"names {shown(path, 200)!r} as {word}, which {reason}", "check the path")


def sources_from_sample(files: Mapping[str, Path]) -> ReportSources:
    """Describe an analysis of the simulated sample."""
    return ReportSources(
        "sample = li.load_sample()\nranks, query = sample.ranks, sample.query",
        files,
        {"sample": True},
        "background = sample.background",
    )


def copy_inputs(interpretation: Interpretation, folder: Path) -> None:
    """Write matrix, query and background beside the notebook: they came from memory, and it has to load them again."""
    query, background = interpretation.query, interpretation.background
    write_ranks(interpretation.ranks, folder / RANKS_FILE)
    (folder / QUERY_FILE).write_text(query_json(query), encoding="ascii", newline="\n")
    if background is not None:
        rows = resolve_query(background, query)
        genes = background.genes[np.unique(np.concatenate([rows.up_rows, rows.down_rows]))]
        write_ranks(background.select(genes=genes), folder / BACKGROUND_FILE)


def query_json(query: GeneQuery) -> str:
    """Return a query as JSON: the arguments of :class:`GeneQuery`. Of values with one name the first is kept."""
    values = None if query.values is None else query.values[~query.values.index.duplicated()].to_dict()
    lists = {"name": query.name, "up": query.up, "down": query.down}
    return json.dumps(lists | {"values": values, "assumptions": query.assumptions}, indent=1) + "\n"
