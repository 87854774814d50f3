"""Tables in, Axes out: every picture of the package, one a file.

A plot draws a table that exists. It may position, sort and select rows; it has no number that the table does
not have. Importing this package loads neither pyplot nor any backend: pyplot is used only when a plot has to
make its own figure.
"""

from __future__ import annotations

from ._canvas import Canvas, png_of
from ._style import (
    CALL_COLOURS,
    CALL_MARKERS,
    DOWN_COLOUR,
    MISSING_COLOUR,
    RANK_COLOUR_MAP,
    SCORE_ENDS,
    UP_COLOUR,
    score_colours,
)
from .consensus import plot_consensus
from .dose_response import plot_dose_response
from .evidence import plot_evidence
from .gene import plot_gene
from .heatmap import plot_heatmap
from .null import plot_null
from .percentiles import plot_percentiles
from .perturbagen import plot_perturbagen
from .scores import plot_scores
from .stability import plot_stability
from .top import plot_top

__all__ = [
    "plot_percentiles",
    "plot_scores",
    "plot_top",
    "plot_evidence",
    "plot_heatmap",
    "plot_gene",
    "plot_perturbagen",
    "plot_dose_response",
    "plot_consensus",
    "plot_stability",
    "plot_null",
    "CALL_COLOURS",
    "CALL_MARKERS",
    "UP_COLOUR",
    "DOWN_COLOUR",
    "RANK_COLOUR_MAP",
    "MISSING_COLOUR",
    "SCORE_ENDS",
    "score_colours",
    "Canvas",
    "png_of",
]
