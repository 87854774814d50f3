"""Read a SigCom LINCS Gene Rank Matrix: what the integers mean, who mimics or reverses, and how far to believe it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# What may go wrong with your input, in one sentence.
from ._check import LincsInterpError

# The matrix, and one integer of it.
from .ranks import RankMatrix, to_percentile
from .coefficients import rank_coefficients
from .rank_words import RankReading, explain_rank

# The genes of your experiment, and what became of each.
from .queries import GeneQuery
from .genes import match_genes

# Which signatures mimic or reverse them, and which genes say so.
from .concordance import explain_concordance, score_concordance
from .consensus import score_consensus, score_redundancy

# What a p-value is worth.
from .calibration import calibrate
from .null_check import NullCheck, check_null

# Does the matrix run the way it is read, and what does the site say?
from .orientation import OrientationCheck, check_orientation
from .site import compare_with_site, reproduce_sigcom

# What a user can hold: files (below), the sample, signature ids.
from .sample import Sample, load_sample
from .signature_ids import SignatureId, parse_signature_id

if TYPE_CHECKING:
    from .files import read_coefficients, read_query, read_ranks, read_results
    from .plots import plot_evidence, plot_heatmap, plot_percentiles, plot_scores, plot_top
    from .reports import write_report

__version__ = "0.1.0"

__all__ = [
    "LincsInterpError",
    "RankMatrix",
    "rank_coefficients",
    "to_percentile",
    "RankReading",
    "explain_rank",
    "GeneQuery",
    "match_genes",
    "score_concordance",
    "explain_concordance",
    "score_consensus",
    "score_redundancy",
    "calibrate",
    "check_null",
    "NullCheck",
    "check_orientation",
    "OrientationCheck",
    "reproduce_sigcom",
    "compare_with_site",
    "read_ranks",
    "read_coefficients",
    "read_results",
    "read_query",
    "load_sample",
    "Sample",
    "parse_signature_id",
    "SignatureId",
    "plot_percentiles",
    "plot_scores",
    "plot_top",
    "plot_evidence",
    "plot_heatmap",
    "write_report",
]

# Loaded when first asked for: matplotlib takes as long to load as all of the above, and reading needs csv, zip & co.
_ON_FIRST_USE = {
    "read_ranks": "files",
    "read_coefficients": "files",
    "read_results": "files",
    "read_query": "files",
    "plot_percentiles": "plots",
    "plot_scores": "plots",
    "plot_top": "plots",
    "plot_evidence": "plots",
    "plot_heatmap": "plots",
    "write_report": "reports",
}


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_ON_FIRST_USE[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
