"""What all plots share: colours, font sizes, text from files made safe to draw, axes made tidy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .._check import LincsInterpError, shown_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Up and down are the two ends of RdBu_r, which stays readable with every common colour blindness.
UP_COLOUR = "#B2182B"
DOWN_COLOUR = "#2166AC"
RANK_COLOUR_MAP = "RdBu_r"

# Orange and green are Okabe and Ito's. Their purple reads as pink on white, so a darker one takes its place;
# the four differ in lightness too, and each call has a marker of its own.
CALL_COLOURS = {
    "mimicker": "#E69F00",
    "reverser": "#6A3D9A",
    "discordant": "#009E73",
    "unresolved": "#BDBDBD",
}
CALL_MARKERS = {"mimicker": "^", "reverser": "v", "discordant": "D", "unresolved": "o"}

INK = "#222222"
FAINT = "#6B6B6B"
LEADER = "#A8A8A8"
GUIDE = "#D9D9D9"
SMALL, MEDIUM, LARGE = 8, 9, 10  # points; nothing is set smaller

# Names come from files: a "$" in them is a dollar, not mathematics.
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}

PERCENTILE_ENDS = "0 = most down, 100 = most up"


def plain(text: object, limit: int = 40) -> str:
    """Return `text` as one line that any font can draw; a long one is cut in the middle."""
    return _drawable(shown_ends(text, limit) or "(unnamed)")


def _drawable(text: str) -> str:
    """Replace what the current font lacks (an emoji, say) by "?": Matplotlib would draw a box and warn."""
    if text.isascii():
        return text
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = []
    for family in FontProperties().get_family():
        try:
            fonts.append(get_font(findfont(FontProperties(family=[family]), fallback_to_default=False)))
        except ValueError:  # not installed: Matplotlib passes it over too
            continue
    fonts = fonts or [get_font(findfont(FontProperties()))]
    return "".join(c if any(font.get_char_index(ord(c)) for font in fonts) else "?" for c in text)


def signed(value: float, digits: int = 1) -> str:
    """Return "+7.3" or "−7.3" with a real minus sign."""
    return f"{value:+.{digits}f}".replace("-", "−")


def axes_for(ax: Axes | None, width: float, height: float) -> Axes:
    """Return `ax`, or the axes of a new figure of `width` x `height` inches that a notebook will show."""
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def check_axes(ax: object) -> None:
    """Raise unless `ax` is None or one Matplotlib Axes (an array of them is the common slip)."""
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise LincsInterpError(
            f"ax is a {type(ax).__name__}, not one Matplotlib Axes: pass a single one, such as axes[0, 0], or"
            " leave ax out."
        )


def tidy(ax: Axes, *, grid: str | None = None, spines: Iterable[str] = ("left", "bottom")) -> None:
    """Keep the named `spines`, draw a light `grid` ("x", "y") behind the data and set small tick labels."""
    kept = set(spines)
    for side, spine in ax.spines.items():
        spine.set_visible(side in kept)
        spine.set_color(FAINT)
        spine.set_linewidth(0.7)
    ax.grid(visible=False)
    if grid in ("x", "y"):
        ax.grid(visible=True, axis=grid, color=GUIDE, linewidth=0.5)  # type: ignore[arg-type]
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=SMALL, colors=INK, color=FAINT, width=0.7, length=3)


def caption(ax: Axes, *, title: object, x: str = "", y: str = "", notes: Iterable[str] = (), pad: float = 8) -> None:
    """Set the title and both axis labels; `notes` (what was left out) become lines under the x label."""
    ax.set_xlabel("\n".join([x, *notes]).strip(), fontsize=MEDIUM, color=INK, **PLAIN)
    ax.set_ylabel(y, fontsize=MEDIUM, color=INK, **PLAIN)
    if title is not None:
        lines = textwrap.fill(plain(title, 110), 52)
        ax.set_title(lines, loc="left", fontsize=LARGE, color=INK, pad=pad, **PLAIN)


def shared_note(shared: str) -> list[str]:
    """Return the note on what all names have in common and therefore leave out."""
    return [f"all signatures: {plain(shared, 60)}"] if shared else []


def key_above(ax: Axes, handles: list[Any]) -> float:
    """Draw a legend without a frame above the axes; return its height in points, for the pad of the title.

    As many columns as the axes are wide: a legend wider than its axes would make the layout squeeze the plot.
    """
    longest = max(len(str(handle.get_label())) for handle in handles)
    room = ax.get_window_extent().width * 72 / ax.figure.dpi
    columns = max(1, min(len(handles), int(room / (0.55 * SMALL * longest + 22))))
    legend = ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        borderpad=0.2,
        labelspacing=0.3,
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        handletextpad=0.4,
        columnspacing=1.4,
        labelcolor=INK,
    )
    for text in legend.get_texts():
        text.set(**PLAIN)
    return -(-len(handles) // columns) * 1.5 * SMALL + 4
