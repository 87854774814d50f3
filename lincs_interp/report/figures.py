"""The pictures of the report: drawn on bare figures, kept as text inside the page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from .._util.text import percent, shown, signed
from ..core.calls import SIDE_Z
from ..plots import Canvas, plot_heatmap, plot_null, plot_perturbagen, plot_scores, plot_top
from ..plots.evidence import EvidencePicture
from ..plots.quick import quick_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS_PER_INCH = 110

# In a picture a name gets what dose, cell line and time leave of its line, so these are kept short.
LONGEST_FACTS = {"pert_dose": 14, "cell_line": 12, "pert_time": 8}


@dataclass(frozen=True)
class Picture:
    """A picture as a data address, with the sentence in its place where it cannot be seen."""

    address: str
    alt: str
    width: int


def _picture(draw: Callable[[Axes], object], size: tuple[float, float], alt: str) -> Picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained", dpi=DOTS_PER_INCH)
    draw(figure.subplots())
    return _as_address(quick_png(figure), size[0], alt)


def _as_address(png: bytes, width: float, alt: str) -> Picture:
    text = base64.b64encode(png).decode("ascii")
    return Picture(f"data:image/png;base64,{text}", alt, round(width * 96))


def picture_labels(signatures: pd.DataFrame) -> pd.DataFrame:
    """Return the facts of the signatures, cut so that no label pushes its picture out of its frame."""
    cut = {}
    for name, limit in LONGEST_FACTS.items():
        long = signatures[name].astype(str).str.len() > limit
        if long.any():
            short = signatures[name].map(lambda text, limit=limit: shown(text, limit))
            cut[name] = signatures[name].where(~long, short)
    return signatures.assign(**cut)


def scores_picture(scores: pd.DataFrame, labels: pd.DataFrame, one_sided: bool) -> Picture:
    """z_up against z_down, one mark per signature; of a one-sided query the signatures in order."""
    counts = ", ".join(f"{n} {call}" for call, n in scores["call"].value_counts().items())
    what = "z_sum (across), in order," if one_sided else "z_up (across) and z_down (upwards)"
    alt = f"Scatter of {what} of {len(scores)} signatures: {counts}."
    return _picture(lambda ax: plot_scores(scores, ax=ax, labels=labels), (6.8, 5.6), alt)


def top_picture(scores: pd.DataFrame, labels: pd.DataFrame, top: int) -> Picture:
    """Bars of the strongest signatures at both ends."""
    first, last = scores["z_sum"].max(), scores["z_sum"].min()
    alt = f"Bars of the signatures with the highest and lowest z_sum, from {signed(first)} down to {signed(last)}."
    height = 1.6 + 0.27 * min(2 * top, len(scores))
    return _picture(lambda ax: plot_top(scores, top=top, ax=ax, labels=labels), (7.6, height), alt)


class EvidenceFigures:
    """The ranks of the query's genes in one signature after the other, and what they add up to: one canvas for all."""

    SIZE = (6.6, 3.6)
    BLANK: ClassVar[dict[str, float]] = {"left": 0.75, "right": 1.3, "bottom": 0.76}

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, ...], tuple[Canvas, EvidencePicture]] = {}

    def picture(self, contributions: pd.DataFrame, label: str) -> Picture:
        """Return the picture of one signature from the contributions of its genes."""
        medians = contributions.groupby("side", sort=False)["percentile"].median()
        where = " and ".join(f"the {side} genes at {median:.0f}" for side, median in medians.items())
        alt = f"Ranks of the query's genes in {label}: median percentile of {where} (0 = most down, 100 = most up)."
        sides = tuple(side for side in ("up", "down") if pd.notna(medians.get(side)))
        if sides not in self._drawn:
            canvas = Canvas(*self.SIZE, **self.BLANK, dpi=DOTS_PER_INCH)
            self._drawn[sides] = canvas, EvidencePicture(canvas.ax, sides)
            canvas.hold(self._drawn[sides][1].live)
        canvas, drawn = self._drawn[sides]
        drawn.update(contributions)
        drawn.caption()
        return _as_address(canvas.png(), self.SIZE[0], alt)


def null_picture(qq: pd.DataFrame) -> Picture:
    """Scores of unrelated signatures, beside what they would be if p were right."""
    nominal, calibrated = (percent((qq[name].abs() > SIDE_Z).mean(), "0 %") for name in ("observed", "calibrated"))
    alt = (
        f"Quantiles of the scores of {len(qq)} unrelated signatures against a normal distribution: {nominal} are"
        f" beyond {SIDE_Z:g} with the nominal spread, {calibrated} once calibrated; 5 % should."
    )
    return _picture(lambda ax: plot_null(qq, ax=ax), (6.0, 4.8), alt)


def perturbagen_picture(signatures: pd.DataFrame, name: str) -> Picture:
    """All signatures of one perturbagen: dose across, cell line and time down."""
    rows = signatures.groupby(["cell_line", "pert_time"]).ngroups
    columns = signatures["pert_dose"].nunique()
    first, last = signatures["z_sum"].min(), signatures["z_sum"].max()
    alt = (
        f"{len(signatures)} signatures of {name} by dose (across), cell line and time (down): z_sum from"
        f" {signed(first)} to {signed(last)}."
    )
    size = (min(3.6 + 0.8 * columns, 10.0), min(1.9 + 0.34 * rows, 14.0))
    return _picture(lambda ax: plot_perturbagen(signatures, ax=ax, title=name), size, alt)


def heatmap_picture(percentiles: pd.DataFrame, labels: pd.DataFrame) -> Picture:
    """Draw the top contributing genes across the strongest signatures."""
    rows, columns = percentiles.shape
    alt = f"Heat map of the percentiles of {rows} genes in {columns} signatures, blue = down, red = up."
    size = (3.4 + 0.30 * columns, 2.6 + 0.19 * rows)
    return _picture(lambda ax: plot_heatmap(percentiles, ax=ax, labels=labels), size, alt)
