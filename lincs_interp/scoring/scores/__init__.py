"""Scores, one family a file: kernels on plain arrays and their records."""

from ._record import RankedQuery, ScoreRecord
from .extremes import OVERLAP, XSUM
from .mean_rank import AUC, SINGSCORE, Z_SUM, ZHANG, rank_sum_z
from .profile import COSINE, SPEARMAN
from .running_sum import CMAP_KS, RGES, WTCS

__all__ = ["FAMILIES", "SCORES", "RankedQuery", "ScoreRecord", "rank_sum_z"]

SCORES: dict[str, ScoreRecord] = {
    record.name: record
    for record in (Z_SUM, AUC, SINGSCORE, ZHANG, WTCS, CMAP_KS, RGES, XSUM, OVERLAP, SPEARMAN, COSINE)
}

#: One representative of each family: scores of one family order signatures nearly alike, so more than one vote each
#: would count the same opinion twice.
FAMILIES: dict[str, ScoreRecord] = {record.family: record for record in (Z_SUM, WTCS, XSUM, SPEARMAN)}
