"""The guided page: widgets, and the wires between what is chosen, what is read and what is shown."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from .._util.errors import LincsInterpError
from . import views
from .controls import FileStep, close_all, disabled, labelled, row, text_box
from .inputs import DROP_OVERLAP, NO_BACKGROUND, SAMPLE, STEPS, Choices, Question, Reader, Reading, read_choices
from .report_file import data_address, gene_metadata, report_zip
from .settings import PageSettings
from .uploads import VisitorFolder, file_on_disk

#: How Voilà tells a kernel its own id; the server removes the folder of that name when the kernel is gone.
KERNEL_ID = "VOILA_KERNEL_ID"


class GuidedPage:
    """The page of one visitor.

    Parameters
    ----------
    settings : PageSettings
        Files to start with, and the limit of an upload.

    Attributes
    ----------
    widget : ipywidgets.VBox
        All of it.
    choices : Choices
        What is chosen now.
    reading : Reading or None
        What came of it; None until something was read, and after choices that could not be read.
    explorer : Explorer or None
        The overview of the reading.
    """

    def __init__(self, settings: PageSettings) -> None:
        import ipywidgets as widgets

        self.settings = settings
        self.reading: Reading | None = None
        self.explorer: Any = None
        self._agreed: frozenset[str] = frozenset()
        self._asked = ""
        self.folder = _visitor_folder(settings)
        self._reader = Reader(self.folder)
        self.sample = widgets.Button(description="Use the simulated sample", tooltip="Fill the page with the sample")
        self.files = {
            step: FileStep(step, settings.max_upload, *([self.sample] if step == "matrix" else []))
            for step in views.HINTS
        }
        self.up, self.down = (
            labelled(widgets.Textarea, f"{side} genes", placeholder="Paste gene symbols, one a line", rows=8)
            for side in ("Up", "Down")
        )
        self.name = labelled(widgets.Text, "Name of your experiment (optional)")
        self.n_genes = labelled(
            widgets.Text, "Genes ranked, if the matrix holds only some of them", placeholder="for example 12,318"
        )
        self.turned = widgets.Checkbox(
            description="In my files rank 1 is the gene pushed UP hardest (the site counts from the most down)",
            indent=False,
            layout=widgets.Layout(width="auto", height="auto"),
        )
        self.go = widgets.Button(description="Read it", button_style="primary")
        self.go.add_class("lincs-go")
        self.answer = widgets.Button(layout=widgets.Layout(display="none"))
        self.status, self.report_status = text_box(), text_box()
        self.overview = widgets.VBox()
        self.make_report = widgets.Button(description="Make the report")
        self.results = widgets.VBox(layout=widgets.Layout(display="none"))
        self.widget = self._arranged()
        self._wire()
        self._start()

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return Choices(
            matrix=self.files["matrix"].held,
            up=self.up.value,
            down=self.down.value,
            up_file=self.files["up"].held,
            down_file=self.files["down"].held,
            background=self.files["background"].held,
            name=self.name.value,
            rank_one="up" if self.turned.value else "down",
            n_genes=self.n_genes.value,
            agreed=self._agreed,
        )

    def _arranged(self) -> Any:
        from ipywidgets import HBox, Layout, VBox

        half = Layout(flex="1 1 320px", min_width="0", width="auto")
        lists = HBox(
            [
                VBox([self.up, self.files["up"].widget], layout=half),
                VBox([self.down, self.files["down"].widget], layout=half),
            ]
        )
        lists.add_class("lincs-lists")
        self.results.children = [
            text_box(views.heading(5, "The overview")),
            self.overview,
            text_box(views.heading(6, "The report", views.REPORT)),
            row(self.make_report),
            self.report_status,
        ]
        page = VBox(
            [
                text_box(views.introduction(self.settings.max_upload)),
                text_box(views.heading(1, "The matrix")),
                self.files["matrix"].widget,
                self.turned,
                self.n_genes,
                text_box(views.heading(2, "Your genes", "At least one list; both are better.")),
                lists,
                self.name,
                text_box(views.heading(3, "A background (optional)")),
                self.files["background"].widget,
                text_box(views.heading(4, "Read it")),
                row(self.go),
                self.status,
                row(self.answer),
                self.results,
            ]
        )
        page.add_class("lincs-page")
        return page

    def _wire(self) -> None:
        self.sample.on_click(lambda _: self.use_sample())
        self.go.on_click(lambda _: self.read())
        self.answer.on_click(lambda _: self.agree())
        self.make_report.on_click(lambda _: self.write_report())
        self.files["matrix"].on_change(self._leave_sample)
        for box in (self.up, self.down, self.name, self.n_genes, self.turned):
            box.observe(lambda _: self._disagree(), "value")
        for step, file in self.files.items():
            file.on_change(self._disagree)
            file.on_change(partial(self._reader.forget, step))

    def _start(self) -> None:
        """Read the files that the page was started with."""
        settings = self.settings
        self.turned.value = settings.rank_one == "up"
        self.n_genes.value = "" if settings.n_genes is None else f"{settings.n_genes:,}"
        with self._sentences():
            for step, file in self.files.items():
                if getattr(settings, step) is not None:
                    file.hold(file_on_disk(getattr(settings, step)))
        if settings.matrix is not None and (settings.up is not None or settings.down is not None):
            self.read()

    def use_sample(self) -> None:
        """Fill the page with the simulated sample."""
        from ..io.sample import load_sample

        with self._sentences():
            query = load_sample().query
            for step, file in self.files.items():
                file.hold(SAMPLE if step in ("matrix", "background") else None)
            self.up.value, self.down.value = "\n".join(query.up), "\n".join(query.down)
            self.name.value, self.n_genes.value, self.turned.value = query.name, "", False

    def _leave_sample(self) -> None:
        """Take the sample's genes and background away together with its matrix."""
        if self.files["background"].held == SAMPLE and self.files["matrix"].held != SAMPLE:
            self.files["background"].hold(None)
            self.up.value = self.down.value = self.name.value = ""

    def read(self) -> None:
        """Read what was chosen and show the overview, or one sentence about what to change."""
        self._asked = ""
        self.answer.layout.display = "none"
        self._show_nothing()
        with self._sentences(), disabled(self.go, self.answer, self.make_report):
            reading = read_choices(self.choices, self._reader, self._tell)
            self._tell(STEPS[-1])
            self.explorer = _explorer(reading)
            self.reading = reading
            self.overview.children = [self.explorer.widget]
            self.status.value = views.summary(reading)
            self.results.layout.display = None

    def agree(self) -> None:
        """Read again, with what the question offered."""
        self._agreed = self._agreed | ({self._asked} & {DROP_OVERLAP, NO_BACKGROUND})
        self.read()

    def write_report(self) -> None:
        """Make the report and show the link that saves it."""
        if self.reading is None:
            return
        self.report_status.value = views.busy("Writing the report")
        with self._sentences(self.report_status), disabled(self.go, self.make_report):
            data = report_zip(self.reading, self.folder.path)
            self.report_status.value = views.report_link(data_address(data), len(data))

    def close(self) -> None:
        """Remove the folder of this visitor, and let everything go."""
        self.folder.close()
        for file in self.files.values():
            file.hold(None)
        self._show_nothing()

    def _tell(self, step: str) -> None:
        self.status.value = views.progress(step)

    def _show_nothing(self) -> None:
        self.reading = self.explorer = None
        self.results.layout.display = "none"
        self.report_status.value = ""
        old, self.overview.children = self.overview.children, ()
        for widget in old:
            close_all(widget)

    def _disagree(self) -> None:
        """An answer holds for the question that was asked: with other files or genes it is asked again."""
        self._agreed, self._asked = frozenset(), ""
        self.answer.layout.display = "none"

    @contextmanager
    def _sentences(self, place: Any = None) -> Iterator[None]:
        """Show errors as sentences: those that are foreseen as they are, others by their kind."""
        place = self.status if place is None else place
        try:
            yield
        except Question as question:
            self._asked = question.answer
            self.answer.description = question.answer
            self.answer.layout.display = None
            place.value = views.alert(str(question))
        except LincsInterpError as error:
            place.value = views.alert(str(error))
        except Exception as error:
            print(traceback.format_exc(), file=sys.__stderr__, flush=True)
            place.value = views.alert(views.unexpected(error))


def _explorer(reading: Reading) -> Any:
    """The explorer of everything that was read."""
    from ..explorers import explore

    return explore(
        reading.ranks,
        reading.query,
        background=reading.background,
        gene_metadata=gene_metadata(reading),
        overlap="drop" if reading.overlap else "error",
    )


def _visitor_folder(settings: PageSettings) -> VisitorFolder:
    kernel = os.environ.get(KERNEL_ID, "")
    named = settings.folder is not None and re.fullmatch(r"[0-9a-f-]{32,36}", kernel)
    return VisitorFolder(settings.folder, kernel if named else None)
