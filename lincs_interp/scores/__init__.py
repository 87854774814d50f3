"""Scores, one family a file: a kernel on plain arrays and a record of its facts. Nothing of ours is imported here."""

from ._record import ScoreRecord
from .mean_rank import Z_SUM, rank_sum_z

__all__ = ["SCORES", "ScoreRecord", "rank_sum_z"]

SCORES: dict[str, ScoreRecord] = {record.name: record for record in (Z_SUM,)}
