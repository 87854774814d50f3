"""Widgets to look at a matrix, a signature, a perturbagen and a gene; all of them show one state."""

from __future__ import annotations

from ._state import ExplorerState
from .explore import explore

__all__ = ["explore", "ExplorerState"]
