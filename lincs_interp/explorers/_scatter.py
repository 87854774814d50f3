"""The picture of the overview: every signature by its two halves, the chosen one ringed."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html
from .._util.text import counted
from ..plots import CALL_COLOURS, CALL_MARKERS
from ..plots._style import plain
from ..plots.scores import QUADRANTS
from ._canvas import Canvas
from ._parts import picture
from ._study import Study

_INK, _FAINT = "#222222", "#6B6B6B"

# A fixed text: which mark is nearest to the mouse, and choose it as a button of the table would.
_NEAREST = (
    "const r=this.closest('.lincs-explorer'),d=r&amp;&amp;r.querySelector('.lincs-marks');if(d){"
    "const b=this.getBoundingClientRect(),x=(event.clientX-b.left)/b.width,y=(event.clientY-b.top)/b.height,"
    "f=b.height/b.width;let k=null,m=.0006;for(const p of JSON.parse(d.dataset.marks)){"
    "const e=(p[1]-x)**2+((p[2]-y)*f)**2;if(e&lt;m){m=e;k=p[0]}}"
    "const i=r.querySelector('.lincs-pick-signature input');if(k!==null&amp;&amp;i){i.value=k;"
    "i.dispatchEvent(new Event('input',{bubbles:true}));i.dispatchEvent(new Event('change',{bubbles:true}))}}"
)


def so_many(n: int, call: str) -> str:
    """Return "1 mimicker", "47 mimickers", "25 unresolved"."""
    return counted(n, call, call if call in ("discordant", "unresolved") else None)


class Scatter:
    """z_up against z_down; of a one-sided query z_sum in order. What the filters leave out is pale."""

    def __init__(self, study: Study) -> None:
        assert study.dossier is not None
        self.study = study
        self._keep: np.ndarray | None = None
        self.marks = Html("")
        scores = study.dossier.scores.reindex(study.ranks.frame.columns)
        self._calls = scores["call"].to_numpy()
        self.one_sided = bool(scores["z_up"].isna().all() or scores["z_down"].isna().all())
        if self.one_sided:
            self._x = scores["z_sum"].to_numpy()
            self._y = -scores["z_sum"].rank(ascending=False, method="first").to_numpy()
        else:
            self._x, self._y = scores["z_up"].to_numpy(), scores["z_down"].to_numpy()
        self.canvas = Canvas(7.2, 4.6)
        self.axes = self.canvas.figure.add_axes((0.085, 0.12, 0.895, 0.865))
        self._frame()
        self._dots = self._marks()
        self._ring = self.canvas.live(
            self.axes.plot(
                [], [], linestyle="", marker="o", markersize=15, color="none", markeredgecolor=_INK, markeredgewidth=1.8
            )[0]
        )
        self._name = self.canvas.live(
            self.axes.text(
                0,
                0,
                "",
                fontsize=9,
                color=_INK,
                va="bottom",
                parse_math=False,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
            )
        )

    def _frame(self) -> None:
        axes = self.axes
        known = np.isfinite(self._x) & np.isfinite(self._y)
        reach = 1.08 * max(float(np.abs(self._x[known]).max(initial=1.0)), 1.0)
        axes.set_xlim(-reach, reach)
        if self.one_sided:
            axes.set(yticks=[], xlabel="z_sum: left = reverses your genes, right = mimics them")
            axes.set_ylim(-len(self._x) - 1, 0)
        else:
            tall = 1.08 * max(float(np.abs(self._y[known]).max(initial=1.0)), 1.0)
            axes.set_ylim(-tall, tall)
            axes.set(xlabel="z_up: right = your up genes are up", ylabel="z_down: above = your down genes are down")
            for (x, y), word in QUADRANTS.items():
                up, across = "top" if y > 0.5 else "bottom", "left" if x > 0.5 else "right"
                axes.text(x, y, word, transform=axes.transAxes, ha=across, va=up, fontsize=9, color=_FAINT)
            axes.axhline(0, color="#D9D9D9", linewidth=0.8)
        axes.axvline(0, color="#D9D9D9", linewidth=0.8)
        axes.tick_params(labelsize=8)
        for side in ("right", "top"):
            axes.spines[side].set_visible(False)

    def _marks(self) -> dict[tuple[str, bool], Any]:
        """A set of marks for each call, pale ones for what the filters leave out below those that pass."""
        size = 4.0 if len(self._x) > 300 else 6.0
        style: dict[str, Any] = {"linestyle": "", "markersize": size, "markeredgewidth": 0}
        return {
            (call, kept): self.canvas.live(
                self.axes.plot(
                    [], [], marker=CALL_MARKERS[call], color=CALL_COLOURS[call], alpha=0.75 if kept else 0.1, **style
                )[0]
            )
            for kept in (False, True)
            for call in ("unresolved", "discordant", "reverser", "mimicker")
        }

    def draw(self, keep: np.ndarray, signature: str) -> Html:
        if self._keep is None or not np.array_equal(keep, self._keep):
            for (call, kept), marks in self._dots.items():
                places = np.flatnonzero((self._calls == call) & (keep == kept))
                marks.set_data(self._x[places], self._y[places])
            self._keep = keep.copy()
            self.marks = self._places(keep)
        place = self.study.columns[signature]
        x, y = self._x[place], self._y[place]
        there = bool(np.isfinite(x) and np.isfinite(y))
        for artist in (self._ring, self._name):
            artist.set_visible(there)
        if there:
            self._ring.set_data([x], [y])
            right = bool(x > self.axes.get_xlim()[1] * 0.25)
            name = plain(self.study.labels[signature], 44)
            self._name.set(position=(x, y), text=f"{name}   " if right else f"   {name}")
            self._name.set_horizontalalignment("right" if right else "left")
        calls = pd.Series(self._calls[keep]).value_counts()
        counts = ", ".join(so_many(int(n), str(call)) for call, n in calls.items()) or "none"
        what = "z_sum in order" if self.one_sided else "z_up (across) and z_down (upwards)"
        label = self.study.labels[signature]
        alt = f"Scatter of {what} of the signatures that pass the filters: {counts}. Ringed: {label}."
        signs = "▲ mimicker, ▼ reverser, ◆ discordant, ● unresolved"
        caption = (
            f"Each mark is one signature ({signs}); those left out by the filters are pale. Click a mark to choose it."
        )
        html = picture(self.canvas, alt, caption)
        return Html(html.replace("<img ", f'<img onclick="{_NEAREST}" style="cursor:pointer" ', 1))

    def _places(self, keep: np.ndarray) -> Html:
        """Where each mark stands in the picture, as shares from its upper left corner: what a click is looked up in."""
        there = np.flatnonzero(keep & np.isfinite(self._x) & np.isfinite(self._y))
        pixels = self.axes.transData.transform(np.column_stack([self._x[there], self._y[there]]))
        width, height = self.canvas.figure.bbox.size
        ids = self.study.ids
        marks = [
            [ids[place], round(float(x / width), 4), round(float(1 - y / height), 4)]
            for place, (x, y) in zip(there, pixels, strict=True)
        ]
        return Html(f'<div class="lincs-marks" hidden data-marks="{escape(json.dumps(marks), quote=True)}"></div>')
