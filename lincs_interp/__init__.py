"""Read a SigCom LINCS Gene Rank Matrix: what the integers mean, who mimics or reverses, and how far to believe it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._util.version import __version__ as __version__

if TYPE_CHECKING:
    from . import sigcom, stats
    from ._util.errors import LincsInterpError
    from .core.explain import explain_rank
    from .core.percentiles import rank_coefficients, to_percentile
    from .core.query import GeneQuery
    from .core.ranks import RankMatrix
    from .core.show import show
    from .core.signature_ids import parse_signature_id
    from .explorers.explore import explore
    from .genes.matching import match_genes
    from .io import load_sample, read_coefficients, read_query, read_ranks, read_results, write_ranks
    from .perturbagens.summary import perturbagen_signatures, summarise_perturbagens
    from .plots import (
        plot_consensus,
        plot_dose_response,
        plot_evidence,
        plot_gene,
        plot_heatmap,
        plot_null,
        plot_percentiles,
        plot_perturbagen,
        plot_scores,
        plot_stability,
        plot_top,
    )
    from .readings.interpretation import Interpretation, interpret
    from .report.write import write_report
    from .scoring.calibration import calibrate
    from .scoring.concordance import score_concordance
    from .scoring.contributions import explain_concordance

# Where each public name lives, in reading order. This table feeds ``__all__`` and loads a name when it is first used.
_HOMES = {
    "_util.errors": ("LincsInterpError",),
    "io": ("read_ranks", "write_ranks", "read_coefficients", "read_results", "read_query", "load_sample"),
    "core.ranks": ("RankMatrix",),
    "core.query": ("GeneQuery",),
    "core.signature_ids": ("parse_signature_id",),
    "genes.matching": ("match_genes",),
    "core.percentiles": ("to_percentile", "rank_coefficients"),
    "core.explain": ("explain_rank",),
    "scoring.concordance": ("score_concordance",),
    "scoring.contributions": ("explain_concordance",),
    "scoring.calibration": ("calibrate",),
    "perturbagens.summary": ("summarise_perturbagens", "perturbagen_signatures"),
    "readings.interpretation": ("interpret", "Interpretation"),
    "explorers": ("explore",),
    "report.write": ("write_report",),
    "core.show": ("show",),
    "plots": (
        "plot_percentiles",
        "plot_scores",
        "plot_top",
        "plot_evidence",
        "plot_heatmap",
        "plot_gene",
        "plot_null",
        "plot_perturbagen",
        "plot_stability",
        "plot_consensus",
        "plot_dose_response",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name in ("stats", "sigcom"):  # namespaces of their own
        return import_module(f".{name}", __name__)
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "stats", "sigcom"})
