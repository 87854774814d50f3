"""What has to be known about a score before it may be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScoreRecord:
    """The facts of one score: `sign` says which way a mimicker points, `range` what values are possible."""

    name: str
    family: str
    formula: str
    range: str
    sign: str
    reference: str
