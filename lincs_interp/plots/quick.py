"""A figure with one plot as PNG in half of Matplotlib's time: laid out from one measurement, letters by Pillow."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from PIL import Image, ImageDraw

from ._canvas import as_image, as_png, font_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

_PAD = 3  # points around all
# Every font has these; for other letters Matplotlib goes from font to font.
_LETTERS = frozenset(string.printable) | set("−±←→…")


def quick_png(figure: Figure) -> bytes:
    """Return a figure that has one plot, with or without a colour bar, as PNG.

    Constrained layout measures all texts twice, and drawing them glyph by glyph takes longer than all the rest.
    """
    agg = _Agg(figure)
    _make_room(figure, agg.get_renderer())
    agg.draw()
    return as_png(as_image(agg))


class _Renderer(RendererAgg):
    """Agg with letters by Pillow."""

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        if ismath or not _LETTERS.issuperset(s):
            return super().get_text_width_height_descent(s, prop, ismath)
        left, above, right, below = font_of(prop, self.dpi).getbbox(s, anchor="ls")
        return right - left, below - above, below

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        if ismath or angle not in (0, 90) or not _LETTERS.issuperset(s):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        font = font_of(prop, self.dpi)
        left, above, right, below = font.getbbox(s, anchor="ls")
        mask = Image.new("L", (round(right - left), round(below - above)))
        ImageDraw.Draw(mask).text((-left, -above), s, fill=255, font=font, anchor="ls")
        pixels = np.empty((mask.height, mask.width, 4), dtype=np.uint8)
        pixels[..., :3] = np.rint(255 * np.array(gc.get_rgb()[:3]))
        pixels[..., 3] = np.asarray(mask)
        if angle:
            pixels, x, y = np.rot90(pixels), x + above, y - left
        else:
            x, y = x + left, y + below
        self.draw_image(gc, round(x), round(self.height - y), pixels[::-1])  # from the lower left corner upwards


class _Agg(FigureCanvasAgg):
    def get_renderer(self) -> RendererAgg:
        if not hasattr(self, "renderer"):
            self.renderer = _Renderer(*self.get_width_height(physical=True), self.figure.dpi)
        return self.renderer


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
