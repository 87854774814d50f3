"""Everything about one matrix and one query, computed once: what displays, reports, explorers and pages take."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import argument, instance_of, path_is, true_or_false, unknown_name, whole_number, wrong
from .._util.html import NOTHING, Html, card, escaped, list_html, table_html
from .._util.missing import is_none, plain
from .._util.text import counted, kind, shown
from .._util.version import __version__
from ..core.columns import TABLES
from ..core.identity import name_key
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix, check_matrix
from ..genes.landmarks import landmark_flags
from ..genes.matching import check_ranks_and_query
from ..io import read_query, read_ranks
from ..scoring.concordance import query_rows
from ._tables import Tables
from .gene import GeneReading, gene_reading
from .reading import PerturbagenReading, SignatureReading, perturbagen_reading, signature_reading, warnings_html
from .sentences import belief_sentence, overview_sentence
from .warnings import ReadingWarning, at_top, in_order, overall_warnings, query_warnings

SHOWN = 5  # signatures of each end in the display


@dataclass(frozen=True, eq=False)
class Interpretation(Tables):
    """Matrix and query, and all that is known of them; made by :func:`interpret`, never changed.

    Every table is computed when it is first asked for, and kept: ``matches``, ``scores``, ``perturbagens``, ``null``,
    ``targets``, ``promiscuity`` and ``baseline``. Beside them are the arguments of :func:`interpret`, ``landmark``
    (which genes were measured), ``sentence``, ``warnings`` and ``assumptions``.
    """

    @cached_property
    def _query_warnings(self) -> tuple[ReadingWarning, ...]:
        """The warnings that apply to every reading."""
        return query_warnings(self)

    @cached_property
    def _at_top(self) -> tuple[ReadingWarning, ...]:
        """Those of them that come first on every page."""
        return at_top(self)

    @cached_property
    def warnings(self) -> tuple[ReadingWarning, ...]:
        """The warnings that apply to the whole analysis, in the order of their numbers."""
        return in_order([*self._query_warnings, *overall_warnings(self)])

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """What was detected or assumed about matrix, query and background, in sentences."""
        own = [*self.ranks.assumptions, *self.query.assumptions]
        if self.background is not None:
            own += [f"Background: {sentence}" for sentence in self.background.assumptions]
        return tuple(own)

    @property
    def _belief(self) -> str:
        """How many calls are beyond chance, in a sentence."""
        usable = None if self.null is None else self.null.n_signatures
        return belief_sentence(self.scores, background=usable)

    @property
    def sentence(self) -> str:
        """The counts of the calls, and how many are beyond chance."""
        return f"{overview_sentence(self.scores, one_sided=self.query.one_sided)} {self._belief}".rstrip()

    def signature(self, signature: str) -> SignatureReading:
        """Read one signature, given its id: call, evidence and every warning that applies."""
        return self._kept("signature", signature, lambda: signature_reading(self, signature, self._query_warnings))

    def perturbagen(self, perturbagen: str, *, pert_type: str | None = None) -> PerturbagenReading:
        """Read all signatures of one perturbagen together: call, grade, evidence and every warning that applies.

        It is given by its name, or its row in ``.perturbagens``, whatever the letter case; where several kinds of
        perturbation have the name (a compound and a knockout, say), with its ``pert_type``.
        """
        name = self._perturbagen_named(perturbagen, pert_type)
        return self._kept("perturbagen", name, lambda: perturbagen_reading(self, name, self._query_warnings))

    def gene(self, symbol: str) -> GeneReading:
        """Read one gene in every signature: rank, percentile, call, and how often it is extreme.

        Any spelling that :func:`match_genes` knows will do: an alias, a former or mouse symbol, an id.
        """
        return self._kept("gene", symbol, lambda: gene_reading(self, symbol))

    def to_json(self, *, top: int = 10) -> str:
        """Return readings, tables, assumptions and warnings as JSON, for pipes.

        `top` mimickers, as many reversers and as many perturbagens are read. The JSON is strict (a missing number is
        null) and the same for the same interpretation: one object with

        - ``query``, ``matrix``, ``background``: names and sizes (``background`` may be null)
        - ``sentence``: the overview
        - ``readings``: ``signatures`` and ``perturbagens``, lists of objects with ``call``, ``sentence``, ``evidence``
          (objects with ``evidence``, ``value``, ``meaning``) and ``warnings`` (their codes and sentences)
        - ``tables``: ``scores``, ``perturbagens`` and ``matches``, lists of rows with the columns of these attributes,
          and ``contributions``, such a list for each signature that is read
        - ``assumptions`` and ``warnings`` of the whole analysis, ``versions``
        """
        top = whole_number("top", top)
        ids = [*self._called("mimicker")[:top], *self._called("reverser")[:top]]
        everything = {
            "query": {"name": self.query.name, "up": list(self.query.up), "down": list(self.query.down)},
            "matrix": size_of(self.ranks),
            "background": None if self.background is None else size_of(self.background),
            "sentence": self.sentence,
            "readings": {
                "signatures": [self.signature(one)._facts("signature", "label", "beyond_chance") for one in ids],
                "perturbagens": [
                    self.perturbagen(str(name))._facts("perturbagen", "grade", "reasons")
                    for name in self.perturbagens.index[:top]
                ],
            },
            "tables": {name: getattr(self, name) for name in ("scores", "perturbagens", "matches")}
            | {"contributions": {one: self.contributions(one) for one in ids}},
            "assumptions": self.assumptions,
            "warnings": [asdict(warning) for warning in self.warnings],
            "versions": versions("numpy", "pandas", "scipy"),
        }
        return json.dumps(_plain(everything), allow_nan=False, indent=1)

    def __repr__(self) -> str:
        genes, signatures = self.ranks.shape
        return f"Interpretation of {shown(self.query.name)!r} in {genes:,} genes x {signatures:,} signatures"

    def _repr_html_(self) -> str:
        ends = [*self._called("mimicker")[:SHOWN], *self._called("reverser")[:SHOWN][::-1]]
        columns = [TABLES["scores"][name] for name in ("call", "z_sum", "fdr_cal")]
        rows = [
            [escaped(self._labels[one]), *(c.html(self._records[one][c.name]) for c in columns), self._grade_html(one)]
            for one in ends
        ]
        heads: list[str | tuple[str, str]] = ["signature", *(c.head for c in columns), "grade"]
        caption = f"The strongest of {counted(len(self.scores), 'signature')} at both ends."
        table = table_html(rows, heads, caption=caption, numeric=[2, 3]) if rows else ""
        lists = list_html(f"Your lists: {sentence}" for sentence in self.query.assumptions)
        top, rest = warnings_html(self._at_top), (one for one in self.warnings if one not in self._at_top)
        return card(
            f"Interpretation of {shown(self.query.name)}", top, self.sentence, table, lists, warnings_html(rest)
        )

    def _grade_html(self, signature: str) -> Html:
        name = self._perturbagen_of[signature]
        return escaped(self._perturbagen_records[name]["grade"], 10) if name else Html(NOTHING)


def _name_of(gene_metadata: Any) -> str:
    if isinstance(gene_metadata, str | PathLike):
        return Path(gene_metadata).name
    return "" if gene_metadata is None else kind(gene_metadata)


def size_of(ranks: RankMatrix) -> dict[str, int]:
    """Return how many genes and signatures a matrix holds, and of how many genes the ranks are."""
    genes, signatures = ranks.shape
    return {"genes": genes, "signatures": signatures, "n_genes": ranks.n_genes}


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python, of this package, and of the `packages` named."""
    own = {"python": platform.python_version(), "lincs-interp": __version__}
    return own | {name: version(name) for name in packages}


def _plain(value: Any) -> Any:
    """Return what every reader of JSON takes: no number but finite ones, a table as a list of rows with its index."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, pd.DataFrame):
        return _plain((value.reset_index() if value.index.name else value).to_dict("records"))
    if isinstance(value, np.generic):
        return _plain(value.item())
    if is_none(value) or (isinstance(value, float) and not np.isfinite(value)):
        return None
    return value if isinstance(value, bool | int | float) else str(value)


def _known_tissue(tissue: str, ranks: RankMatrix, background: RankMatrix | None) -> str:
    """Return a tissue as the metadata spell it; raise if no signature is of it, or the matrix names none."""
    own: Any = ranks.signatures.get("tissue", ())
    others: Any = () if background is None else background.signatures.get("tissue", ())
    known = {name_key(one): plain(one) for one in (*others, *own) if name_key(one)}
    if not any(map(name_key, own)):
        remedy = f"read the matrix with {argument('metadata')} that have it, or leave it out"
        raise wrong("tissue", tissue, "is given, but the metadata of the signatures name no tissue", remedy)
    if name_key(tissue) not in known:
        problem, otherwise = "which no signature is of", "leave it out if yours is not among them"
        raise unknown_name("tissue", tissue, sorted(known.values()), problem, otherwise)
    return known[name_key(tissue)]


def interpret(
    ranks: RankMatrix | str | PathLike[str],
    query: GeneQuery | str | PathLike[str] | tuple[Any, Any],
    *,
    background: RankMatrix | str | PathLike[str] | None = None,
    library_size: int | None = None,
    gene_metadata: str | PathLike[str] | pd.DataFrame | pd.Series | None = None,
    tissue: str | None = None,
    overlap: str = "error",
    rescue: bool = True,
) -> Interpretation:
    """Interpret a Gene Rank Matrix for one query: scores, calls, grades, contributing genes and warnings.

    Parameters
    ----------
    ranks : RankMatrix or path
        Genes x signatures; a file is read by :func:`read_ranks`.
    query : GeneQuery, path, or pair of paths or gene lists
        Up and down genes; a file, or a pair (up, down), is read by :func:`read_query`.
    background : RankMatrix or path, optional
        Unselected signatures, at least 50, for a calibrated p, the baseline of the genes and how many unrelated
        queries each signature answers. Without it a correlation is assumed, and the rest is not known.
    library_size : int, optional
        How many signatures were searched, if ``ranks`` holds the best of them.
    gene_metadata : path, DataFrame or Series, optional
        Which genes were measured: see :func:`explain_concordance`.
    tissue : str, optional
        Your own tissue: one that the metadata of the signatures, or of the background, have in a column ``tissue``.
    overlap : "error" or "drop"
        What to do with a gene of both lists: refuse, or leave it out of both.
    rescue : bool
        Use what :func:`match_genes` recognises without doubt; False counts exact spellings only.

    Returns
    -------
    Interpretation
        ``.scores``, ``.perturbagens``, ``.signature(id)``, ``.perturbagen(name)``, ``.gene(symbol)`` and more; what
        :func:`explore` and :func:`write_report` take.

    Raises
    ------
    LincsInterpError
        If no gene of a list is in the matrix, a gene is in both lists and ``overlap`` is "error", or an argument is
        wrong. That the background is a list of hits of this query is found when ``.scores`` is first asked for.

    Examples
    --------
    >>> from lincs_interp import load_sample
    >>> sample = load_sample()
    >>> interpretation = interpret(sample.ranks, sample.query, background=sample.background)
    >>> reading = interpretation.signature("SIM002_MCF7_24H_G05_fortunib_3.33uM")
    >>> [warning.code for warning in reading.warnings]
    ['W1', 'W2', 'W3', 'W4', 'W11']
    >>> interpretation.perturbagen("graduasone").grade
    'A'
    """
    if isinstance(ranks, str | PathLike):
        with path_is("ranks"):
            ranks = read_ranks(ranks)
    if isinstance(background, str | PathLike):
        with path_is("background"):
            background = read_ranks(background)
    if isinstance(query, str | PathLike):
        query = read_query(query)
    elif isinstance(query, tuple) and len(query) == 2:
        query = read_query(*query)
    check_ranks_and_query(ranks, query)
    if background is not None:
        check_matrix(background)
    true_or_false("rescue", rescue)
    if tissue is not None:
        instance_of("tissue", tissue, str, 'name it as the metadata do, "breast", say')
        tissue = _known_tissue(tissue, ranks, background)
    query_rows(ranks, query, overlap=overlap, rescue=rescue)
    return Interpretation(
        ranks=ranks,
        query=query,
        background=background,
        library_size=None if library_size is None else whole_number("library_size", library_size),
        landmark=None if gene_metadata is None else landmark_flags(gene_metadata, ranks.genes),
        gene_metadata=_name_of(gene_metadata),
        tissue=tissue or "",
        overlap=overlap,
        rescue=bool(rescue),
    )
