"""Words on a canvas that change with each picture: Pillow sets them in a tenth of Matplotlib's time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from .._util.text import shown_ends
from ._canvas import DOTS_PER_INCH, Canvas


class Words(NamedTuple):
    """A line of text at a point of the picture."""

    x: float  # pixels from the left
    y: float  # pixels from the top, the middle of the line
    text: str
    colour: str
    points: float
    bold: bool = False
    to_the_left: bool = False  # of x


class WordsCanvas(Canvas):
    """A canvas whose :attr:`words` are written over everything else."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__(width, height)
        self.words: list[Words] = []

    def _image(self) -> Any:
        from PIL import ImageDraw

        image = super()._image()
        draw = ImageDraw.Draw(image)
        for one in self.words:
            anchor = "rm" if one.to_the_left else "lm"
            draw.text((one.x, one.y), one.text, fill=one.colour, font=_font(one.points, one.bold), anchor=anchor)
        return image


def drawable(text: object, limit: int) -> str:
    """Return a text as one line cut in the middle, with "?" for what the font lacks (an emoji, say)."""
    line = shown_ends(text, limit) or "(unnamed)"
    if line.isascii():
        return line
    from matplotlib.font_manager import get_font

    known = get_font(_font_file(False))
    return "".join(letter if known.get_char_index(ord(letter)) else "?" for letter in line)


def length(text: str, points: float) -> float:
    """How many pixels a text is wide."""
    return float(_font(points, False).getlength(text))


@lru_cache
def _font_file(bold: bool) -> str:
    """The font that comes with Matplotlib."""
    from matplotlib.font_manager import FontProperties, findfont

    return findfont(FontProperties(family=["DejaVu Sans"], weight="bold" if bold else "normal"))


@lru_cache
def _font(points: float, bold: bool) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(_font_file(bold), points * DOTS_PER_INCH / 72)
