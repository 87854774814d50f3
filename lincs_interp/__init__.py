"""Read a SigCom LINCS Gene Rank Matrix: what the integers mean, who mimics or reverses, and how far to believe it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# What may go wrong with your input, in one sentence.
from ._util.errors import LincsInterpError

# The matrix, and one integer of it.
from .core.ranks import RankMatrix
from .core.percentiles import to_percentile
from .core.percentiles import rank_coefficients
from .core.explain import RankReading, explain_rank
from .core.baseline import gene_baseline

# The genes of your experiment, and what became of each.
from .core.query import GeneQuery
from .genes.matching import match_genes
from .genes.landmarks import landmark_flags

# Which signatures mimic or reverse them, and which genes say so.
from .scoring.concordance import explain_concordance, score_concordance
from .scoring.consensus import score_consensus, score_redundancy

# What a p-value is worth.
from .scoring.calibration import calibrate

# Does the matrix run the way it is read, and what does the site say?
from .sigcom.orientation import OrientationCheck, check_orientation
from .sigcom.reproduction import compare_with_site, reproduce_sigcom

# What a user can hold: files (below), the sample, signature ids.
from .io.sample import Sample, load_sample
from .core.signature_ids import SignatureId, parse_signature_id

if TYPE_CHECKING:
    # Would the verdict stand with other genes?
    from .scoring.stability import DriverStability, driver_stability
    from .scoring.bootstrap import bootstrap_scores
    from .scoring.sharing import shared_drivers
    from .scoring.null import NullCheck, check_null

    # One signature is one experiment: all those of a perturbagen together, and what else may stand behind a hit.
    from .perturbagens.summary import perturbagen_signatures, summarise_perturbagens
    from .perturbagens.dose_trend import DoseTrend, trend_over_doses
    from .perturbagens.targets import check_targets
    from .perturbagens.promiscuity import measure_promiscuity
    from .scoring.toxicity import ToxicityShare, toxicity_share
    from .perturbagens.annotations import enrich_annotations

    # All of it in words.
    from .readings.sentences import ReadingWarning
    from .readings.signature import SignatureReading, read_signature
    from .readings.perturbagen import PerturbagenReading, read_perturbagen

    from .io import read_coefficients, read_query, read_ranks, read_results
    from .plots import (
        plot_consensus,
        plot_drivers,
        plot_evidence,
        plot_gene,
        plot_heatmap,
        plot_null,
        plot_percentiles,
        plot_perturbagen,
        plot_scores,
        plot_top,
    )
    from .report.write import write_report
    from .explorers import PerturbagenExplorer, RankExplorer, SignatureExplorer, explore

__version__ = "0.1.0"

__all__ = [
    "LincsInterpError",
    "RankMatrix",
    "rank_coefficients",
    "to_percentile",
    "RankReading",
    "explain_rank",
    "gene_baseline",
    "GeneQuery",
    "match_genes",
    "landmark_flags",
    "score_concordance",
    "explain_concordance",
    "score_consensus",
    "score_redundancy",
    "driver_stability",
    "DriverStability",
    "bootstrap_scores",
    "shared_drivers",
    "calibrate",
    "check_null",
    "NullCheck",
    "summarise_perturbagens",
    "perturbagen_signatures",
    "trend_over_doses",
    "DoseTrend",
    "check_targets",
    "measure_promiscuity",
    "toxicity_share",
    "ToxicityShare",
    "enrich_annotations",
    "read_signature",
    "SignatureReading",
    "read_perturbagen",
    "PerturbagenReading",
    "ReadingWarning",
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
    "plot_gene",
    "plot_null",
    "plot_drivers",
    "plot_consensus",
    "plot_perturbagen",
    "explore",
    "RankExplorer",
    "SignatureExplorer",
    "PerturbagenExplorer",
    "write_report",
]

# Loaded when first asked for: matplotlib takes as long to load as all of the above, reading needs csv, zip & co., and
# the evidence is in many small modules.
_ON_FIRST_USE = {
    "DriverStability": "scoring.stability",
    "driver_stability": "scoring.stability",
    "bootstrap_scores": "scoring.bootstrap",
    "shared_drivers": "scoring.sharing",
    "NullCheck": "scoring.null",
    "check_null": "scoring.null",
    "perturbagen_signatures": "perturbagens.summary",
    "summarise_perturbagens": "perturbagens.summary",
    "DoseTrend": "perturbagens.dose_trend",
    "trend_over_doses": "perturbagens.dose_trend",
    "check_targets": "perturbagens.targets",
    "measure_promiscuity": "perturbagens.promiscuity",
    "ToxicityShare": "scoring.toxicity",
    "toxicity_share": "scoring.toxicity",
    "enrich_annotations": "perturbagens.annotations",
    "ReadingWarning": "readings.sentences",
    "SignatureReading": "readings.signature",
    "read_signature": "readings.signature",
    "PerturbagenReading": "readings.perturbagen",
    "read_perturbagen": "readings.perturbagen",
    "read_ranks": "io",
    "read_coefficients": "io",
    "read_results": "io",
    "read_query": "io",
    "plot_percentiles": "plots",
    "plot_scores": "plots",
    "plot_top": "plots",
    "plot_evidence": "plots",
    "plot_heatmap": "plots",
    "plot_gene": "plots",
    "plot_null": "plots",
    "plot_drivers": "plots",
    "plot_consensus": "plots",
    "plot_perturbagen": "plots",
    "explore": "explorers",
    "RankExplorer": "explorers",
    "SignatureExplorer": "explorers",
    "PerturbagenExplorer": "explorers",
    "write_report": "report.write",
}


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_ON_FIRST_USE[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
