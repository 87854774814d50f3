"""Build the documentation as a folder of pages: the notebooks executed, the pages in docs/, and an index.

    python scripts/build_docs.py                 everything, into the folder "site"
    python scripts/build_docs.py --out FOLDER    into another folder

Needs the extra `notebooks`. Every page is one file with its style and its pictures of notebooks in it, and asks
for nothing from anywhere: it can be read without network, and mailed. Widgets need a running notebook; their
static text is shown instead. A link to a file that is not there stops the build.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

import nbformat
from docs_notebooks import SCRIPTS, TEMPLATE, execute, is_simulated, notebook_body, plain
from nbformat import NotebookNode

ROOT = SCRIPTS.parent
GENERATOR = "scripts/build_docs.py"


@dataclass
class Page:
    """One page of the site: `source` is what it is made of, `target` its place in the site.

    `pictures` are the files that it shows, each with its place in the site.
    """

    source: Path
    target: Path
    title: str
    notebook: NotebookNode | None = None
    pictures: dict[Path, Path] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the site and print where its index is."""
    parser = argparse.ArgumentParser(description="Build the documentation of lincs_interp.")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="folder of the site (default: %(default)s)")
    options = parser.parse_args(arguments)
    print(f"Open this file in a browser: {build(options.out)}")


def build(out: Path, *, notebooks: Iterable[Path] | None = None, docs: Iterable[Path] | None = None) -> Path:
    """Write the site and return its index.

    Parameters
    ----------
    out : Path
        The folder. A site that was built there before is replaced; a folder with anything else in it is refused.
    notebooks, docs : paths, optional
        What to build, in this order; by default all of ``notebooks/*.ipynb`` and ``docs/*.md`` by name.

    Raises
    ------
    SystemExit
        If the folder holds something else, a cell fails, or a link or a picture leads nowhere.
    """
    make_room(out)
    pages = [
        *map(notebook_page, sorted((ROOT / "notebooks").glob("*.ipynb")) if notebooks is None else notebooks),
        *map(text_page, sorted((ROOT / "docs").glob("*.md")) if docs is None else docs),
        Page(ROOT / "notebooks" / "README.md", Path("notebooks", "index.html"), "About the notebooks"),
    ]
    known = {page.source.resolve(): page for page in pages}
    for number, page in enumerate(pages):
        if page.notebook is not None:
            print(f"{page.source.name} …", file=sys.stderr)
            execute(page.notebook)
        body = notebook_body(page.notebook) if page.notebook is not None else markdown_body(page.source)
        body = with_links(body, page, known)
        neighbours = [pages[n] if 0 <= n < len(pages) else None for n in (number - 1, number + 1)]
        write_page(out, page, body, neighbours=neighbours)
    for picture, place in {picture for page in pages for picture in page.pictures.items()}:
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, out / place)
    index = Page(ROOT / "README.md", Path("index.html"), "lincs_interp")
    return write_page(out, index, index_body(pages))


def make_room(out: Path) -> None:
    """Empty the folder of an earlier site; refuse what was not made here."""
    index = out / "index.html"
    if out.is_dir() and any(out.iterdir()):
        if not index.is_file() or GENERATOR not in index.read_text(encoding="utf-8")[:1000]:
            raise SystemExit(f"{out} holds something that is no site of this script: empty it, or name another folder.")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)


def notebook_page(path: Path) -> Page:
    """Return the page of a notebook; its title is its first heading, after its number."""
    notebook = nbformat.read(path, as_version=4)
    title = f"{path.stem[:2]} {first_heading(notebook.cells[0].source)}"
    return Page(path, Path("notebooks", f"{path.stem}.html"), title, notebook)


def text_page(path: Path) -> Page:
    """Return the page of a Markdown file."""
    return Page(path, Path("docs", f"{path.stem}.html"), first_heading(path.read_text(encoding="utf-8")))


def first_heading(markdown: str) -> str:
    """Return the text of the first heading."""
    found = re.search(r"^# (.+)$", markdown, flags=re.MULTILINE)
    return plain(found[1]) if found else "Untitled"


# --- text ---


def markdown_html(markdown: str) -> str:
    """Return Markdown as HTML. A dollar sign is one, not mathematics as in notebooks."""
    import mistune
    from nbconvert.filters.markdown_mistune import IPythonRenderer

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    body = str(mistune.create_markdown(renderer=renderer, plugins=["table"])(markdown))
    cells = re.compile(r"<t[dh]\b.*?</t[dh]>", flags=re.DOTALL)
    body = cells.sub(lambda cell: cell[0].replace("\\|", "|"), body)
    opened = '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'
    return body.replace("<table>", opened).replace("</table>", "</table></div>")


def markdown_body(path: Path) -> str:
    """Return a Markdown file as HTML, without its comments."""
    return markdown_html(re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))


def index_body(pages: Sequence[Page]) -> str:
    """Return the list of all pages: the table of notebooks from their README, and what each page begins with."""
    listed = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    built = {page.source.name: page for page in pages if page.notebook is not None}
    lines = [
        "# lincs_interp",
        "What do the integers of a SigCom LINCS Gene Rank Matrix mean, which perturbagens act like your experiment, and"
        " how far can it be believed?",
        "## Guided notebooks",
        "Executed on a simulated sample, in the order in which they are meant to be read.",
        "\n".join(["| notebook | reading time | afterwards you can |", "|---|---|---|", *notebook_rows(listed, built)]),
        "[About the notebooks](notebooks/index.html): how to open them on your own computer, and how they are built.",
        "## Pages",
        "\n".join(
            f"- [{page.title}]({page.target.as_posix()}): {first_sentence(page.source)}"
            for page in pages
            if page.target.parts[0] == "docs"
        ),
    ]
    return markdown_html("\n\n".join(lines))


def notebook_rows(readme: str, built: dict[str, Page]) -> Iterable[str]:
    """Return the rows of the README's table whose notebook has a page, with its title."""
    for name, rest in re.findall(r"^\| \[\w+\]\((\w+\.ipynb)\) (\|.*)$", readme, flags=re.MULTILINE):
        if name in built:
            yield f"| [{built[name].title}]({built[name].target.as_posix()}) {rest}"


def first_sentence(path: Path) -> str:
    """Return the first sentence below the heading of a page that is not about how the page was written."""
    text = re.sub(r"<!--.*?-->|^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    blocks = [plain(block) for block in re.split(r"\n\s*\n", text) if re.match(r"\n?[\w*`\[\"(]", block)]
    sentences = [sentence for block in blocks for sentence in re.split(r"(?<=[.?!]) (?=[A-Z])", block)]
    return next((one for one in sentences if not re.match(r"Written by|lincs_interp \d", one)), "")


# --- the page around it ---


def with_links(body: str, page: Page, known: Mapping[Path, Page]) -> str:
    """Point links at pages of the site; note the pictures to copy; refuse what leads nowhere."""

    def source_of(target: str) -> Path:
        path = (page.source.parent / unquote(target.partition("#")[0])).resolve()
        if not path.exists():
            raise SystemExit(f"{page.source.name} leads to {target}, which is not there: mend the link.")
        return path

    def link(found: re.Match[str]) -> str:
        target, text = html.unescape(found[1]), found[2]
        if re.match(r"#|https?:|mailto:|data:", target):
            return found[0]
        there = known.get(source_of(target))
        if there is None:  # a file of the project that has no page
            return text
        if re.fullmatch(r"(?:<code>)?[\w/]+\.(?:md|ipynb)(?:</code>)?", text):
            text = html.escape(there.title)
        anchor = quote(target.partition("#")[2])
        return f'<a href="{relative(there.target, page)}{"#" * bool(anchor)}{anchor}">{text}</a>'

    def picture(found: re.Match[str]) -> str:
        target = html.unescape(found[2])
        if target.startswith("data:"):
            return found[0]
        if re.match(r"\w+:|//", target):
            raise SystemExit(f"{page.source.name} shows {target} from elsewhere: put the picture beside the page.")
        path = source_of(target)
        place = Path(os.path.normpath(page.target.parent / os.path.relpath(path, page.source.parent.resolve())))
        if place.parts[0] == "..":
            raise SystemExit(
                f"{page.source.name} shows {target}, which is too far away: put the picture beside the page."
            )
        page.pictures[path] = place
        return f'{found[1]}"{relative(place, page)}"'

    body = re.sub(r'(<img\b[^>]*?\bsrc=)"([^"]*)"', picture, body)
    return re.sub(r'<a href="([^"]*)">(.*?)</a>', link, body, flags=re.DOTALL)


def relative(place: Path, page: Page) -> str:
    """Return the address of a place in the site as seen from a page."""
    return quote(Path(os.path.relpath(place, page.target.parent)).as_posix())


def with_anchors(body: str) -> tuple[str, list[tuple[str, str]]]:
    """Name the headings as GitHub does, and return those of the second level."""
    used: dict[str, int] = {}
    second: list[tuple[str, str]] = []

    def named(found: re.Match[str]) -> str:
        level, inner = found[1], found[2]
        slug = re.sub(r"[^\w\- ]", "", html.unescape(re.sub(r"<[^>]*>", "", inner)).lower()).replace(" ", "-")
        used[slug] = used.get(slug, 0) + 1
        anchor = slug if used[slug] == 1 else f"{slug}-{used[slug] - 1}"
        if level == "2":
            second.append((anchor, re.sub(r"</?a\b[^>]*>", "", inner)))
        return f'<h{level} id="{html.escape(anchor)}">{inner}</h{level}>'

    return re.sub(r"<h([1-4])>(.*?)</h\1>", named, body, flags=re.DOTALL), second


def write_page(out: Path, page: Page, body: str, *, neighbours: Sequence[Page | None] = (None, None)) -> Path:
    """Put a body into the frame that all pages share, and write it."""
    from jinja2 import Environment, FileSystemLoader

    folder = SCRIPTS / TEMPLATE
    body, headings = with_anchors(body)
    is_index = page.target == Path("index.html")
    before, after = ((relative(one.target, page), one.title) if one else None for one in neighbours)
    frame = Environment(loader=FileSystemLoader(folder), autoescape=False).get_template("page.html.j2")
    text = frame.render(
        generator=GENERATOR,
        title=page.title,
        style=style(),
        simulated=page.notebook is not None and is_simulated(page.notebook),
        headings=[] if is_index else headings,
        body=body,
        before=before,
        after=after,
        contents=None if is_index else relative(Path("index.html"), page),
    )
    path = out / page.target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def style() -> str:
    """Return the style of all pages, with the colours of code for light and dark surroundings."""
    from pygments.formatters import HtmlFormatter

    light, dark = (HtmlFormatter(style=name).get_style_defs(".highlight") for name in ("default", "github-dark"))
    own = (SCRIPTS / TEMPLATE / "style.css").read_text(encoding="utf-8")
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{own}"


if __name__ == "__main__":
    main()
