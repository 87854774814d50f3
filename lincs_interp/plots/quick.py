"""A figure with one plot as PNG in half of Matplotlib's time: laid out from one measurement, letters by Pillow."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, cast

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.text import Text

from ._canvas import as_png, draw, font_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

_PAD = 3  # points around all
# Every font has these; for other letters Matplotlib goes from font to font.
_LETTERS = frozenset(string.printable) | set("−±←→…")


def quick_png(figure: Figure) -> bytes:
    """Return a figure that has one plot, with or without a colour bar, as PNG."""
    # Constrained layout measures all texts twice, and drawing them glyph by glyph takes longer than all the rest.
    agg = _Agg(figure)
    _make_room(figure, agg.get_renderer())
    return as_png(draw(agg, filter(_is_simple, figure.findobj(Text))))


class _Ruler(RendererAgg):
    """Measures texts as Pillow sets them."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        if ismath or not _LETTERS.issuperset(s):
            return super().get_text_width_height_descent(s, prop, ismath)
        left, above, right, below = font_of(prop, self.dpi).getbbox(s, anchor="ls")
        return right - left, below - above, below


class _Agg(FigureCanvasAgg):
    def get_renderer(self) -> RendererAgg:
        if not hasattr(self, "renderer"):
            self.renderer = _Ruler(*self.get_width_height(physical=True), self.figure.dpi)
        return self.renderer


def _is_simple(text: Any) -> bool:
    """Return whether Pillow sets this text as Matplotlib would."""
    return _LETTERS.issuperset(text.get_text()) and text.get_rotation() in (0, 90)


def _make_room(figure: Figure, renderer: RendererAgg) -> None:
    """Leave as much blank around the axes as their texts need now."""
    figure.set_layout_engine("none")
    ax, (width, height), pad = figure.axes[0], figure.bbox.size, _PAD * figure.dpi / 72
    inner, outer = ax.bbox.frozen(), cast("Bbox", ax.get_tightbbox(renderer, for_layout_only=True))
    left, bottom = (inner.p0 - outer.p0 + pad) / (width, height)
    right, top = (outer.p1 - inner.p1 + pad) / (width, height)
    ax.set_position((left, bottom, 1 - left - right, 1 - bottom - top))
    # The labels keep their distance, or the drawing would measure all ticks again to find it.
    ax.xaxis.set_label_coords(0.5, (ax.xaxis.label.get_position()[1] - inner.y0) / ax.bbox.height)
    ax.yaxis.set_label_coords((ax.yaxis.label.get_position()[0] - inner.x0) / ax.bbox.width, 0.5)
