"""Make the gallery: docs/gallery.md and one picture of every plot and every explorer in docs/gallery/.

    python scripts/make_gallery.py                    the page and all pictures
    python scripts/make_gallery.py plot_top explore   the page and these pictures
    python scripts/make_gallery.py --page             the page alone

Needs the extras `notebooks` and `app`, and for the explorers playwright and the Chromium of your system; without them
it says which pictures it left as they are. Without a change of the code the pictures of the plots come out with the
same bytes. What is shown, and the code that draws it, is in gallery_entries.py; tests/test_gallery.py compares the
pictures of the plots with what the code draws now.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import io
import json
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from gallery_entries import ENTRIES, Entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "gallery"

# A picture is stored with half as many dots again as the page shows, so that screens of high resolution are sharp.
SHARPNESS = 1.5
DOTS_PER_INCH = 110  # on the page: the smallest letters (8 points) are 12 pixels high
MARGIN = 6  # pixels of white around a plot: on a dark page its letters would touch the edge
MOST_BYTES = 150_000

HEAD = """# Gallery

<!-- Written by scripts/make_gallery.py. Do not edit: change scripts/gallery_entries.py and run it. -->

Every plot and every panel of the explorer once, each with the code that made the picture: copy it into a notebook and
run it.

**All of it shows the simulated sample** that comes with the package. The genes are real, the perturbagens are invented,
and nothing here was measured. With your own files, `li.read_ranks` and `li.read_query` take the place of `sample.ranks`
and `sample.query`. Every plot takes `ax=` and returns the Axes; the numbers in it are those of the table it is given.

In all of them **down is blue and up is red** (what the perturbation does to a gene), **a mimicker is orange and points
up, a reverser is purple and points down** (whether a signature agrees with your query); place, shape or number show the
same without colour.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write pictures and page; say what was written and what was left."""
    parser = argparse.ArgumentParser(description="Make docs/gallery.md and its pictures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="pictures to make (default: all)")
    parser.add_argument("--page", action="store_true", help="write the page and no picture")
    options = parser.parse_args(arguments)
    known = [entry.name for entry in ENTRIES]
    if unknown := sorted(set(options.names) - set(known)):
        raise SystemExit(f"{', '.join(unknown)} is not in the gallery: the names are {', '.join(known)}.")
    wanted = [entry for entry in ENTRIES if not options.page and (not options.names or entry.name in options.names)]
    PICTURES.mkdir(exist_ok=True)
    for entry in wanted:
        if entry.is_plot:
            store(entry, plot_picture(entry))
    photograph([entry for entry in wanted if not entry.is_plot])
    for path in sorted(set(PICTURES.iterdir()) - {picture_path(entry) for entry in ENTRIES}):
        path.unlink()
        print(f"removed {path.name}: the gallery has no such entry")
    PAGE.write_text(page_text(), encoding="utf-8", newline="\n")
    total = sum(path.stat().st_size for path in PICTURES.iterdir())
    print(f"wrote {PAGE.name}; its pictures have {total / 1e6:.2f} MB")


# --- pictures ---


def picture_path(entry: Entry) -> Path:
    return PICTURES / f"{entry.name}.png"


def plot_picture(entry: Entry) -> Image:
    """Run the code of a plot and return the one figure that it makes, drawn with the settings matplotlib comes with.

    Its "Description" is what is written in it, its "Software" the matplotlib that drew it.
    """
    import matplotlib
    import matplotlib.pyplot as plt
    from PIL import Image, ImageOps

    plt.switch_backend("agg")
    open_before = set(plt.get_fignums())
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        exec(compile(entry.code, f"<code of {entry.name}>", "exec"), {"__name__": entry.name})
        (number,) = set(plt.get_fignums()) - open_before
        figure, png = plt.figure(number), io.BytesIO()
        figure.savefig(png, format="png", dpi=DOTS_PER_INCH * SHARPNESS)
        picture = ImageOps.expand(Image.open(png).convert("RGB"), round(MARGIN * SHARPNESS), "white")
        picture.info = {"Description": words_in(figure), "Software": f"matplotlib {matplotlib.__version__}"}
        plt.close(number)
    return picture


def words_in(figure: Figure) -> str:
    """Return every text of a drawn figure that the reader sees, sorted."""
    from matplotlib.axis import Axis
    from matplotlib.text import Text

    unseen = set()  # ticks beyond the limits have texts that are never drawn
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        unseen |= {id(label) for place, label in ticks if not low <= place <= high}
    texts = (text for text in figure.findobj(Text) if text.get_visible() and id(text) not in unseen)
    return "\n".join(sorted(words for text in texts if (words := text.get_text().strip())))


def photograph(entries: Sequence[Entry]) -> None:
    """Store what a browser shows of each explorer, or say that its picture stays as it is."""
    if not entries:
        return
    from gallery_browser import photographs, what_is_missing

    if missing := what_is_missing():
        names = ", ".join(entry.name for entry in entries)
        print(f"{missing}, so these pictures stay as they are: {names}", file=sys.stderr)
        return
    for entry, picture in photographs(entries, sharpness=SHARPNESS):
        store(entry, picture)


def store(entry: Entry, picture: Image) -> None:
    """Write a picture with few colours, its words and without date; refuse one that is too large."""
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    for key, text in sorted(picture.info.items()):
        notes.add_itxt(key, text, zip=True)
    for colours in (256, 128, 64):
        png = io.BytesIO()
        few_colours(picture, colours).save(png, format="PNG", optimize=True, pnginfo=notes)
        if png.tell() <= MOST_BYTES:
            picture_path(entry).write_bytes(png.getvalue())
            print(f"{entry.name}: {png.tell() / 1000:.0f} kB, {colours} colours")
            return
    raise SystemExit(f"The picture of {entry.name} has {png.tell():,} bytes: let its code show less.")


def few_colours(picture: Image, colours: int) -> Image:
    """Return a picture with a palette: colour bars stay smooth, white stays white."""
    from PIL.Image import Quantize

    # The palette covers rare colours too, then moves to where the pixels are. No dither: it would blur letters.
    few = picture.quantize(colours, method=Quantize.MAXCOVERAGE, kmeans=2, dither=0)
    palette = few.getpalette() or []
    lightest = max(range(0, len(palette), 3), key=lambda place: sum(palette[place : place + 3]))
    few.putpalette([*palette[:lightest], 255, 255, 255, *palette[lightest + 3 :]])
    return few


# --- the page ---


def page_text() -> str:
    """Return the page in Markdown; the pictures must be there, because it says how wide they are."""
    plots = [entry for entry in ENTRIES if entry.is_plot]
    explorers = [entry for entry in ENTRIES if not entry.is_plot]
    parts = [HEAD, contents(ENTRIES), "## Plots\n", *map(entry_text, plots)]
    parts += ["## Explorers\n", EXPLORERS, *map(entry_text, explorers)]
    return "\n".join(parts)


EXPLORERS = """`li.explore` makes widgets: they need a running notebook (JupyterLab, Notebook, VS Code, Colab or Voilà),
and leave a still copy of what they show in the notebook for those who open it without one. Everything can be done with
the keyboard. They begin at the panel that the arguments choose; `.state` is what is chosen now. Here are photographs of
the live widgets; long ones are cut off at the foot.
"""


def contents(entries: Iterable[Entry]) -> str:
    """Return the table of contents: the question first, because that is what a reader comes with."""
    rows = [f"| {entry.question} | [{entry.name}](#{entry.name.lower()}) |" for entry in entries]
    return "\n".join(["| question | picture |", "|---|---|", *rows, ""])


def entry_text(entry: Entry) -> str:
    """Return heading, question, picture, code, how to read it, and where to read on."""
    source = source_path(entry.function)
    links = [f"`help(li.{entry.function})`, which is in [{source}](../{source})"]
    if notebooks := notebooks_with(entry.call):
        links.append("In use: " + ", ".join(f"[{path.name}](../notebooks/{path.name})" for path in notebooks))
    lines = [
        f"### {entry.name}",
        f"**{entry.question}**",
        f'<img src="gallery/{entry.name}.png" width="{shown_width(entry)}" alt="{escape(entry.alt)}">',
        f"```python\n{entry.code}\n```",
        "How to read it:",
        "\n".join(f"- {sentence}" for sentence in entry.read),
        f"Help: {'. '.join(links)}.",
    ]
    return "\n\n".join(lines) + "\n"


def shown_width(entry: Entry) -> int:
    """Return how many pixels of the page the stored picture takes."""
    from PIL import Image

    path = picture_path(entry)
    if not path.is_file():
        raise SystemExit(f"{path.name} is not there: run scripts/make_gallery.py {entry.name}.")
    with Image.open(path) as picture:
        return round(picture.width / SHARPNESS)


def source_path(name: str) -> str:
    """Return the file in which a public name is defined."""
    import lincs_interp

    module = importlib.import_module(getattr(lincs_interp, name).__module__)
    return Path(str(inspect.getsourcefile(module))).resolve().relative_to(ROOT).as_posix()


def notebooks_with(call: str) -> list[Path]:
    """Return the notebooks whose code contains a call."""
    return [path for path, code in notebook_code().items() if call in code]


@cache
def notebook_code() -> dict[Path, str]:
    """Return all code of each notebook."""
    code = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code[path] = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return code


if __name__ == "__main__":
    main()
