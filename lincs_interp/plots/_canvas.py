"""Figures that become PNG bytes without pyplot: drawn once, or drawn again and again with what stays kept."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .style import SMALL

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

DOTS_PER_INCH = 100
_LABEL_BELOW = 2.5 * SMALL  # points from the axes to the label of the x axis
_LABEL_LEFT = 0.06  # inches from the left of the figure to that of the y axis

# How Matplotlib and Pillow call the side of a text that is put at its place.
_ACROSS = {"left": "l", "center": "m", "right": "r"}


class Canvas:
    """A figure of fixed size whose axes hold one picture, drawn anew after each of its updates.

    The picture's `live` artists are drawn over a stored copy of all others, and those of them that an update leaves as
    they are, below the first that it changes, are stored too: a new view costs what has changed, which may be no more
    than a ring. If an update changes one of the others (a scale, say), all is drawn again. Texts, which take Matplotlib
    longer than all the rest, are set by Pillow at the places that Matplotlib gives them. `left`, `right`, `bottom` and
    `top` are the blank around the axes; all is in inches.
    """

    def __init__(
        self,
        width: float,
        height: float,
        *,
        left: float,
        right: float = 0.1,
        bottom: float,
        top: float = 0.1,
        dpi: float = DOTS_PER_INCH,
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width, height), dpi=dpi)
        self.ax = self.figure.add_axes((0, 0, 1, 1))
        self._blank = left, right, bottom, top
        self._agg = FigureCanvasAgg(self.figure)
        self._live: list[Any] = []
        self._kept: Any = None
        self._below: tuple[int, Any] = (0, None)
        self._place()  # a picture looks at how large its axes are

    @property
    def width(self) -> int:
        """Pixels across."""
        return round(self.figure.bbox.width)

    def hold(self, live: Iterable[Artist]) -> None:
        """Draw these artists of the picture last from now on."""
        self._live = sorted(live, key=lambda artist: artist.zorder)
        for artist in self._live:
            artist.set_animated(True)
        self.ax.yaxis.label.set_verticalalignment("top")
        self._place()
        self._kept = None

    def png(self) -> bytes:
        """Draw, and return the picture as it is now."""
        from matplotlib.text import Text
        from PIL.Image import Dither, Quantize

        # Animated artists do not make their figure stale: it is so only where one of the others has changed.
        if self._kept is None or self.figure.stale:
            self._draw_all()
        self._draw_live([artist for artist in self._live if not isinstance(artist, Text)])
        image = as_image(self._agg)
        _write(image, [artist for artist in self._live if isinstance(artist, Text)])
        # 128 colours are enough for marks and letters; with light compression that takes half the time and bytes.
        return as_png(image.quantize(128, method=Quantize.FASTOCTREE, dither=Dither.NONE))

    def shares(self, points: Any) -> np.ndarray:
        """Return where points (x, y in data units) are in the picture, as shares from its upper left corner."""
        pixels = self.ax.transData.transform(np.reshape(np.asarray(points, dtype=float), (-1, 2)))
        across, up = (pixels / self.figure.bbox.size).T
        return np.column_stack([across, 1 - up])

    def _place(self) -> None:
        """Leave the blank around the axes, more below where names are upright, and put both labels into it."""
        # Matplotlib would measure the texts for that, but it does not draw them here.
        left, right, bottom, top = self._blank
        names = [label for label in self.ax.get_xticklabels() if label.get_rotation()]
        lengths = [font_of(name.get_fontproperties(), 72).getlength(name.get_text()) for name in names]
        upright = max([0.0, *lengths]) / 72
        (width, height), bottom = self.figure.get_size_inches().tolist(), bottom + upright
        across, up = width - left - right, height - bottom - top
        self.ax.set_position((left / width, bottom / height, across / width, up / height))
        self.ax.xaxis.set_label_coords(0.5, -(_LABEL_BELOW / 72 + upright) / up)
        self.ax.yaxis.set_label_coords((_LABEL_LEFT - left) / across, self.ax.yaxis.label.get_position()[1])

    def _draw_live(self, artists: list[Any]) -> None:
        """Draw the first artist that has changed and all above it over what is kept of those below."""
        below, kept = self._below
        changed = next((place for place, artist in enumerate(artists) if artist.stale), below)
        if changed < below:
            below, kept = 0, self._kept
        self._agg.restore_region(kept)
        for place, artist in enumerate(artists[below:], below):
            if place == changed > below:
                kept = self._agg.copy_from_bbox(self.figure.bbox)
            self.figure.draw_artist(artist)
            artist.stale = False  # an invisible one would stay stale
        self._below = changed, kept

    def _draw_all(self) -> None:
        """Draw and keep all that is not live."""
        from matplotlib.text import Text

        self._place()
        image = draw(self._agg, self.figure.findobj(Text))
        np.asarray(self._agg.buffer_rgba())[..., :3] = np.asarray(image)
        self._kept = self._agg.copy_from_bbox(self.figure.bbox)
        self._below = 0, self._kept
        self.figure.stale = False


def png_of(figure: Figure, *, dpi: float = DOTS_PER_INCH) -> bytes:
    """Return a figure as PNG, laid out and drawn once."""
    # ``figure.savefig`` draws a figure that has a layout twice: once to measure, once for the file.
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(dpi)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    return as_png(as_image(agg))


def draw(agg: Any, texts: Iterable[Any]) -> Any:
    """Draw the figure of `agg`, and return it as an image on which Pillow has set these of its texts."""
    # Matplotlib takes longer for a text than for all else. Animated texts are left out.
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    visible = [text for text in texts if text.get_visible()]
    for text in visible:
        text.set_visible(False)
    agg.draw()
    for text in visible:
        text.set_visible(True)
        if isinstance(text, Annotation):
            text.update_positions(agg.get_renderer())
    unseen = set()
    for axes in agg.figure.findobj(Axes):
        view = axes.bbox.padded(1)
        ticks = (*axes.xaxis.majorTicks, *axes.yaxis.majorTicks)
        for label in (label for tick in ticks for label in (tick.label1, tick.label2)):
            x, y = _pixels(label)
            if not (view.x0 <= x <= view.x1 or view.y0 <= y <= view.y1):
                unseen.add(id(label))
    image = as_image(agg)
    _write(image, [text for text in visible if not text.get_animated() and id(text) not in unseen])
    return image


def as_image(agg: Any) -> Any:
    """Return what was drawn as a Pillow image."""
    from PIL import Image

    pixels = agg.buffer_rgba()
    return Image.frombuffer("RGBA", pixels.shape[1::-1], pixels, "raw", "RGBA", 0, 1).convert("RGB")


def as_png(image: Any) -> bytes:
    page = io.BytesIO()
    image.save(page, format="png", compress_level=1)  # a tenth larger than 6
    return page.getvalue()


def _pixels(text: Any) -> np.ndarray:
    return np.asarray(text.get_transform().transform(text.get_unitless_position()))


def _write(image: Any, texts: list[Any]) -> None:
    """Set the texts that are visible, to the pixel where Matplotlib would."""
    from matplotlib.colors import to_hex
    from PIL import Image, ImageDraw

    draw = ImageDraw.Draw(image)
    for text in texts:
        words = text.get_text()
        if not words.strip() or not text.get_visible():
            continue
        x, y = _pixels(text)
        y = image.height - y
        colour, across, up = to_hex(text.get_color()), text.get_horizontalalignment(), text.get_verticalalignment()
        font = font_of(text.get_fontproperties(), text.figure.dpi)
        further = words.count("\n") * 1.2 * font.size  # from the first baseline to the last
        above, below = ((share + (0.1 if further else 0)) * font.size for share in (0.76, 0.24))
        style = {"font": font, "align": across, "spacing": 1.2 * font.size - font.getbbox("A")[3]}
        if not text.get_rotation():
            rim = 2 if text.get_bbox_patch() is not None else 0  # in place of a box
            y += {
                "top": above,
                "center": (above - below - further) / 2,
                "center_baseline": (above - further) / 2,
                "baseline": -further,
                "bottom": -below - further,
            }[up]
            place, anchor = (round(x), round(y)), _ACROSS[across] + "s"
            draw.text(place, words, colour, anchor=anchor, stroke_width=rim, stroke_fill="white", **style)
            continue
        # Upright: written level, then turned.
        left, _, right, _ = draw.textbbox((0, 0), words, anchor="ls", **style)
        mask = Image.new("L", (round(right - left) + 1, round(above + further + below)))
        ImageDraw.Draw(mask).text((-left, above), words, fill=255, anchor="ls", **style)
        mask = mask.rotate(90, expand=True)
        if text.get_rotation_mode() == "anchor":  # the side that was below is at the right now
            across, up = {"top": "left", "bottom": "right"}.get(up, "center"), "center"
        x -= {"left": 0, "center": mask.width / 2, "right": mask.width}[across]
        y -= {"top": 0, "bottom": mask.height}.get(up, mask.height / 2)
        image.paste(colour, (round(x), round(y)), mask)


@lru_cache(maxsize=64)
def font_of(properties: Any, dpi: float) -> Any:
    from matplotlib.font_manager import findfont
    from PIL import ImageFont

    return ImageFont.truetype(findfont(properties), properties.get_size_in_points() * dpi / 72)
