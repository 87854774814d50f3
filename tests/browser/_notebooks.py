"""Notebooks for the tests: written with nbformat, opened and run in JupyterLab or Notebook 7."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from ._servers import Server

# "idle" is shown before the kernel is connected, and what is run then is lost: so the application itself is asked.
READY = """() => {
    const widget = window.jupyterapp?.shell?.currentWidget;
    const kernel = widget?.sessionContext?.session?.kernel;
    return widget?.context?.isReady && widget?.sessionContext?.isReady
        && kernel?.connectionStatus === "connected" && kernel?.status === "idle";
}"""

CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(cell => [
    cell.id, cell.type, cell.sharedModel.source])"""

FAILED = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap(cell =>
    (cell.outputs?.toJSON() ?? []).filter(output => output.output_type === "error")
        .map(output => `${cell.id}: ${output.ename}: ${output.evalue}`))"""

RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"
THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})"
SHUT_DOWN = "() => window.jupyterapp?.serviceManager?.sessions?.shutdownAll()"

# A busy machine is no bug.
MILLISECONDS = 120_000


def write_notebook(folder: Path, name: str, *cells: str) -> Path:
    """Write a notebook of code cells; what begins with "#" and a blank is text."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for number, source in enumerate(cells):
        new = nbformat.v4.new_markdown_cell if source.startswith("# ") else nbformat.v4.new_code_cell
        notebook.cells.append(new(source, id=f"cell-{number}"))
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def open_in_lab(page: Any, server: Server, path: Path) -> None:
    """Open a notebook of the server's folder alone in JupyterLab, and wait for its kernel."""
    page.goto(
        f"{server.address}/doc/tree/{path.relative_to(server.folder).as_posix()}?reset",
        wait_until="commit",
        timeout=MILLISECONDS,
    )
    page.wait_for_function(READY, timeout=MILLISECONDS)


def open_in_notebook(page: Any, server: Server, path: Path) -> None:
    """Open a notebook of the server's folder in Notebook 7, and wait for its kernel."""
    page.goto(
        f"{server.address}/notebooks/{path.relative_to(server.folder).as_posix()}",
        wait_until="commit",
        timeout=MILLISECONDS,
    )
    page.wait_for_function(READY, timeout=MILLISECONDS)


def run_all(page: Any) -> None:
    """Run every cell, and wait until the last is done."""
    page.evaluate(RUN_ALL)
    page.wait_for_function(READY, timeout=MILLISECONDS)


def save(page: Any) -> None:
    """Save the notebook as the menu does."""
    page.evaluate(SAVE)


def shut_down(page: Any) -> None:
    """End the kernels of a page's server; a page that is none of Jupyter's knows none."""
    page.evaluate(SHUT_DOWN)


@contextmanager
def theme(page: Any, name: str) -> Iterator[None]:
    """JupyterLab in another theme, which it would keep for all pages to come."""
    page.evaluate(THEME, name)
    page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
    try:
        yield
    finally:
        page.evaluate(THEME, "JupyterLab Light")


def cells_of(page: Any) -> list[list[str]]:
    """Id, type and source of the cells of the open notebook, in order."""
    return page.evaluate(CELLS)


def failed_cells(page: Any) -> list[str]:
    """The cells that ended in an error, and the error."""
    return page.evaluate(FAILED)


def dialogs(page: Any) -> list[str]:
    """The texts of the dialogs that JupyterLab has opened."""
    return page.locator(".jp-Dialog").all_inner_texts()


@contextmanager
def unharmed(page: Any) -> Iterator[None]:
    """Whatever is pressed in the block, the notebook keeps its cells and opens no dialog: no key was stolen."""
    before = cells_of(page)
    yield
    assert cells_of(page) == before
    assert dialogs(page) == []
