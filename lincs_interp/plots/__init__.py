"""Draw tables: every plot takes a table that exists and returns Axes.

A plot may position, sort and select rows; it has no number that the table does not have. Importing this package loads
neither pyplot nor any backend: pyplot is used only when a plot has to make its own figure.
"""

from ._canvas import Canvas, png_of
from .dose_response import plot_dose_response
from .evidence import plot_evidence, plot_stability
from .percentiles import plot_gene, plot_percentiles
from .perturbagen import plot_perturbagen
from .scores import plot_null, plot_scores, plot_top
from .tiles import plot_consensus, plot_heatmap

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
    "Canvas",
    "png_of",
]
