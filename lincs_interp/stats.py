"""The secondary statistics, by name: ``li.stats.check_null(...)``."""

from __future__ import annotations

from .core.baseline import gene_baseline
from .genes.landmarks import landmark_flags
from .perturbagens.annotations import enrich_annotations
from .perturbagens.dose_trend import trend_over_doses
from .perturbagens.promiscuity import measure_promiscuity
from .perturbagens.targets import check_targets
from .scoring.bootstrap import bootstrap_scores
from .scoring.calibration import false_positive_rate
from .scoring.consensus import score_consensus, score_redundancy
from .scoring.contributions import shared_genes
from .scoring.null import check_null
from .scoring.stability import leave_one_out
from .scoring.toxicity import toxicity_share

__all__ = [
    "gene_baseline",
    "landmark_flags",
    "score_consensus",
    "score_redundancy",
    "leave_one_out",
    "bootstrap_scores",
    "shared_genes",
    "check_null",
    "false_positive_rate",
    "trend_over_doses",
    "check_targets",
    "measure_promiscuity",
    "toxicity_share",
    "enrich_annotations",
]
