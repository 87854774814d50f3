"""Widgets to look at a matrix, one signature, one perturbagen or one gene; all of them show one state."""

from __future__ import annotations

from ._explorer import Explorer
from ._state import ExplorerState
from .explore import explore
from .gene import RankExplorer
from .perturbagen import PerturbagenExplorer
from .signature import SignatureExplorer

__all__ = ["explore", "RankExplorer", "SignatureExplorer", "PerturbagenExplorer", "Explorer", "ExplorerState"]
