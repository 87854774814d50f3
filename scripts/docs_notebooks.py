"""The notebook half of build_docs.py: run a notebook, and turn its cells into HTML that needs no kernel."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from nbformat import NotebookNode

SCRIPTS = Path(__file__).resolve().parent
NOTEBOOKS = SCRIPTS.parent / "notebooks"
TEMPLATE = "docs_template"
MOST_SECONDS = 120
LONGEST_ALT = 250

WIDGET = "application/vnd.jupyter.widget-view+json"

# What a page without a kernel can show, the best first. No widget: it would be blank.
SHOWN = ["text/html", "image/png", "image/svg+xml", "text/markdown", "text/plain"]


def plain(markdown: str) -> str:
    """Return Markdown as text of one line, without marks and links."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"^(?:#+|[-*>]) ", "", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"\*\*|`|(?<!\w)\*(?=\w)|(?<=\w)\*(?!\w)", "", text).split())


def execute(notebook: NotebookNode) -> None:
    """Run a notebook in a copy of its folder, and store what it shows in it.

    Raises
    ------
    SystemExit
        If a cell fails.
    """
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    with tempfile.TemporaryDirectory() as scratch:
        folder, temporary = Path(scratch, "notebooks"), Path(scratch, "temporary")
        shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        temporary.mkdir()
        # A backend that was chosen for a terminal draws nothing into a notebook.
        kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        environment = kept | dict.fromkeys(["TMPDIR", "TMP", "TEMP"], str(temporary))
        # Without it ipykernel warns that its messages are not encrypted; older versions know no such option.
        encrypted = "transport_encryption" in AsyncKernelManager.class_trait_names()
        manager = AsyncKernelManager(kernel_name="python3", **({"transport_encryption": "auto"} if encrypted else {}))
        place = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, km=manager, timeout=MOST_SECONDS, resources=place)
        try:
            client.execute(cleanup_kc=True, env=environment)
        except CellExecutionError as error:
            raise SystemExit(f"A cell failed, so no site was built.\n{error}") from None
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                without(output, str(temporary))


def without(output: NotebookNode, folder: str) -> None:
    """Name a temporary folder so, in whatever text an output has: it is another one each time."""
    pattern = re.compile(re.escape(folder) + r"[\\/]+\w+")
    if "text" in output:
        output.text = pattern.sub("(temporary folder)", output.text)
    for kind, text in output.get("data", {}).items():
        if isinstance(text, str):
            output.data[kind] = pattern.sub("(temporary folder)", text)


def notebook_body(notebook: NotebookNode) -> str:
    """Return the cells of an executed notebook as HTML; the notebook loses what a page cannot show."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [plainer(output) for output in cell.outputs if not is_blank(output)]
    describe_pictures(notebook)
    exporter = HTMLExporter(
        config=Config({"NbConvertBase": {"display_data_priority": SHOWN}}),
        extra_template_basedirs=[str(SCRIPTS)],
        template_name=TEMPLATE,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        require_js_url="",
        mathjax_url="",
        jquery_url="",
    )
    body, _ = exporter.from_notebook_node(notebook)
    return body


def is_blank(output: NotebookNode) -> bool:
    """Is this a widget that brought nothing for readers without a kernel but its name?"""
    data = output.get("data", {})
    return WIDGET in data and not {"text/html", "image/png", "image/svg+xml"} & set(data)


def plainer(output: NotebookNode) -> NotebookNode:
    """Take out what pandas puts before and into each of its tables: the page has one style for all."""
    data = output.get("data", {})
    if "text/html" in data:
        table = re.sub(r"<style scoped>.*?</style>\s*", "", data["text/html"], flags=re.DOTALL)
        data["text/html"] = table.replace('<table border="1" class="dataframe">', '<table class="dataframe">')
    return output


def describe_pictures(notebook: NotebookNode) -> None:
    """Give every picture a text in its place: the heading above it, and what the text just above it says."""
    heading, above = "", ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.findall(r"^##? (.+)$", cell.source, flags=re.MULTILINE)
            heading = plain(found[-1]) if found else heading
            above = plain(re.sub(r"^#+ .*$", "", cell.source, flags=re.MULTILINE))
            continue
        words = ": ".join(filter(None, [heading, above])) or f"picture of cell {cell.id}"
        cut = words if len(words) <= LONGEST_ALT else words[: LONGEST_ALT - 1].rsplit(" ", 1)[0] + " …"
        for output in cell.outputs:
            for kind in ("image/png", "image/svg+xml"):
                if kind in output.get("data", {}):
                    output.metadata.setdefault(kind, NotebookNode()).setdefault("alt", f"Picture. {cut}")


def is_simulated(notebook: NotebookNode) -> bool:
    """Does the notebook show the sample?"""
    return any(re.search(r"load_sample\(|sample_path\(", cell.source) for cell in notebook.cells)
