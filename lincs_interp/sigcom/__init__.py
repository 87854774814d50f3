"""The public site: its own scores reproduced and compared, and which end of a matrix is up."""

from .orientation import check_orientation
from .reproduction import compare_with_site, reproduce_scores

__all__ = ["reproduce_scores", "compare_with_site", "check_orientation"]
