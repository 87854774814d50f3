"""A picture that is drawn again and again: what never changes is drawn once and kept."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.artist import Artist

DOTS_PER_INCH = 100


class Canvas:
    """A bare figure that stays from one picture to the next.

    Artists given to :meth:`live` are drawn over a stored copy of all others, so that a new picture costs what has
    changed, and not its axes, ticks and labels (the texts are what takes long).
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH)
        self._agg = FigureCanvasAgg(self.figure)
        self._live: list[Artist] = []
        self._kept: Any = None

    @property
    def width(self) -> int:
        """Pixels across."""
        return round(self.figure.get_figwidth() * DOTS_PER_INCH)

    def live(self, artist: Any) -> Any:
        """Return the artist, which from now on is drawn anew for each picture."""
        artist.set_animated(True)
        self._live.append(artist)
        return artist

    def forget(self) -> None:
        """Something that was to stay has changed: draw all of it once more."""
        self._kept = None

    def png(self) -> bytes:
        """Draw, and return the picture."""
        from PIL.Image import Dither, Quantize

        if self._kept is None:
            self._agg.draw()
            self._kept = self._agg.copy_from_bbox(self.figure.bbox)
        self._agg.restore_region(self._kept)
        for artist in self._live:
            if artist.get_visible():
                self.figure.draw_artist(artist)
        page = io.BytesIO()
        # 128 colours are enough for marks and letters; with light compression that takes half the time and bytes.
        few = self._image().quantize(128, method=Quantize.FASTOCTREE, dither=Dither.NONE)
        few.save(page, format="png", compress_level=1)
        return page.getvalue()

    def _image(self) -> Any:
        """What was drawn, as a Pillow image."""
        from PIL import Image

        pixels = self._agg.buffer_rgba()
        return Image.frombuffer("RGBA", pixels.shape[1::-1], pixels, "raw", "RGBA", 0, 1).convert("RGB")


def png_address(png: bytes) -> str:
    """Return the picture as an address that holds all of it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
