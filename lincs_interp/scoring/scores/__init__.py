"""Scores, one family a file: kernels on plain arrays; their records are in ``scores.tsv``."""

from importlib.resources import files

from . import extremes, mean_rank, profile, running_sum
from ._record import RankedQuery, ScoreRecord
from .mean_rank import rank_sum_z

__all__ = ["FAMILIES", "SCORES", "RankedQuery", "ScoreRecord", "rank_sum_z"]

_FILES = {"mean rank": mean_rank, "running sum": running_sum, "extremes": extremes, "profile": profile}


def _record_of(line: str) -> ScoreRecord:
    name, family, marks, possible, formula, reference = line.split("\t")
    kernel = getattr(_FILES[family], name)
    return ScoreRecord(name, family, possible, formula, reference, frozenset(marks.split()), kernel)


_LINES = files(__name__).joinpath("scores.tsv").read_text("utf-8").splitlines()[1:]
SCORES = {record.name: record for record in map(_record_of, _LINES)}

#: One representative of each family: scores of one family order signatures nearly alike, so more than one vote each
#: would count the same opinion twice.
FAMILIES = {SCORES[name].family: SCORES[name] for name in ("z_sum", "wtcs", "xsum", "spearman")}
