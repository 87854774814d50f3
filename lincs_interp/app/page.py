"""The guided page: widgets, and the wires between what is chosen, what is read and what is shown."""

from __future__ import annotations

import datetime as dt
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import ipywidgets as widgets

from .._util.errors import LincsInterpError
from ..explorers import explore
from ..explorers.explorer import Explorer
from ..io.sample import load_sample
from ..readings.interpretation import Interpretation
from .inputs import (
    SAMPLE,
    STEPS,
    Choices,
    HeldFile,
    Question,
    Reader,
    file_on_disk,
    read_choices,
    uploaded_file,
)
from .options import MEGABYTE, PageSettings, on_page
from .report_file import ZIP_NAME, data_address, report_zip
from .views import FILES, TEXTS, megabytes, summary, unexpected

HIDDEN = {"display": "none"}


class GuidedPage:
    """The page of one visitor: `widget` is all of it, `interpretation` what was read, None while nothing is."""

    def __init__(self, settings: PageSettings) -> None:
        self.settings = settings
        self.interpretation: Interpretation | None = None
        self.explorer: Explorer | None = None
        self._agreed: frozenset[str] = frozenset()
        self._asked = ""
        self._read_from = Choices()
        self._reader = Reader()
        self.sample = widgets.Button(description="Use the simulated sample", tooltip="Fill the page with the sample")
        self.files = {
            step: FileStep(step, settings.max_upload, *([self.sample] if step == "matrix" else [])) for step in FILES
        }
        self.up, self.down = (
            labelled(widgets.Textarea, f"{side} genes", placeholder="Paste gene symbols, one a line", rows=8)
            for side in ("Up", "Down")
        )
        self.name = labelled(widgets.Text, "Name of your experiment (optional)")
        self.contrast = labelled(widgets.Text, "Contrast, group or sheet, if your table of genes holds several")
        self.n_genes = labelled(
            widgets.Text, "Genes ranked, if the matrix holds only some of them", placeholder="for example 12,318"
        )
        self.turned = widgets.Checkbox(
            description="In my files rank 1 is the gene pushed UP hardest (the site counts from the most down)",
            indent=False,
            layout={"width": "auto", "height": "auto"},
        )
        self.go = widgets.Button(description="Read it", button_style="primary").add_class("lincs-go")
        self.answer = widgets.Button(layout=HIDDEN)
        self.status, self.report_status = text_box(), text_box()
        self.overview = widgets.VBox()
        self.make_report = widgets.Button(description="Make the report")
        self.results = widgets.VBox(
            [
                text_box(TEXTS.heading(5, "The overview")),
                self.overview,
                text_box(TEXTS.heading(6, "The report", TEXTS.about_the_report())),
                row(self.make_report),
                self.report_status,
            ],
            layout=HIDDEN,
        )
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
            contrast=self.contrast.value,
            rank_one="up" if self.turned.value else "down",
            n_genes=self.n_genes.value,
            agreed=self._agreed,
        )

    def _arranged(self) -> Any:
        half = {"flex": "1 1 320px", "min_width": "0", "width": "auto"}
        lists = [
            widgets.VBox([box, self.files[side].widget], layout=half)
            for side, box in (("up", self.up), ("down", self.down))
        ]
        parts = [
            text_box(TEXTS.introduction(self.settings.max_upload)),
            text_box(TEXTS.heading(1, "The matrix")),
            self.files["matrix"].widget,
            self.turned,
            self.n_genes,
            text_box(TEXTS.heading(2, "Your genes", "At least one list; both are better.")),
            widgets.HBox(lists).add_class("lincs-lists"),
            self.contrast,
            self.name,
            text_box(TEXTS.heading(3, "A background (optional)")),
            self.files["background"].widget,
            text_box(TEXTS.heading(4, "Read it")),
            row(self.go),
            self.status,
            row(self.answer),
            self.results,
        ]
        return widgets.VBox(parts).add_class("lincs-page")

    def _wire(self) -> None:
        self.sample.on_click(lambda _: self.use_sample())
        self.go.on_click(lambda _: self.read())
        self.answer.on_click(lambda _: self.agree())
        self.make_report.on_click(lambda _: self.write_report())
        self.files["matrix"].on_change(self._leave_sample)
        for box in (self.up, self.down, self.name, self.contrast, self.n_genes, self.turned):
            box.observe(lambda _: self._disagree(), "value")
        for step, file in self.files.items():
            file.on_change(self._disagree)
            file.on_change(partial(self._reader.forget, step))

    def _start(self) -> None:
        """Read the files that the page was started with."""
        settings = self.settings
        self.turned.value = settings.rank_one == "up"
        self.n_genes.value = "" if settings.n_genes is None else f"{settings.n_genes:,}"
        self.contrast.value = settings.contrast or ""
        with self._sentences():
            for step, file in self.files.items():
                if getattr(settings, step) is not None:
                    file.hold(file_on_disk(getattr(settings, step)))
        if settings.matrix is not None and (settings.up is not None or settings.down is not None):
            self.read()

    def use_sample(self) -> None:
        """Fill the page with the simulated sample."""
        with self._sentences():
            query = load_sample().query
            for step, file in self.files.items():
                file.hold(SAMPLE if step in ("matrix", "background") else None)
            self.up.value, self.down.value = "\n".join(query.up), "\n".join(query.down)
            self.name.value, self.n_genes.value, self.turned.value, self.contrast.value = query.name, "", False, ""

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
            self._read_from = self.choices
            interpretation = read_choices(self._read_from, self._reader, self._report_step)
            self._report_step(STEPS[-1])
            self.explorer = explore(interpretation)
            self.interpretation = interpretation
            self.overview.children = [self.explorer.widget]
            self.status.value = summary(interpretation, self._read_from)
            self.results.layout.display = None

    def agree(self) -> None:
        """Read again, with what the question offered."""
        self._agreed |= {self._asked} - {""}
        self.read()

    def write_report(self) -> None:
        """Make the report and show the link that saves it."""
        if self.interpretation is None:
            return
        self.report_status.value = TEXTS.progress("Writing the report")
        with self._sentences(self.report_status), disabled(self.go, self.make_report):
            data = report_zip(self.interpretation, self._read_from)
            self.report_status.value = TEXTS.report_link(data_address(data), ZIP_NAME, len(data))

    def close(self) -> None:
        """Let everything go."""
        for file in self.files.values():
            file.hold(None)
        self._show_nothing()

    def _report_step(self, step: str) -> None:
        self.status.value = TEXTS.progress(step)

    def _show_nothing(self) -> None:
        self.interpretation = self.explorer = None
        self.results.layout.display = "none"
        self.report_status.value = ""
        old, self.overview.children = self.overview.children, ()
        for widget in old:
            close_all(widget)

    def _disagree(self) -> None:
        """Forget what was agreed: an answer holds for the question that was asked, with these files and genes."""
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
            place.value = TEXTS.alert(question.error.worded(on_page))
        except LincsInterpError as error:
            place.value = TEXTS.alert(error.worded(on_page))
        except Exception as error:
            print(traceback.format_exc(), file=sys.__stderr__, flush=True)
            place.value = TEXTS.alert(unexpected(error))


class FileStep:
    """A button to choose a file, a button to take it back, and a line that says what is held."""

    def __init__(self, step: str, limit: int, *beside: Any) -> None:
        self.held: HeldFile | None = None
        self._limit = limit
        self._watchers: list[Callable[[], None]] = []
        choose, remove, hint = FILES[step]
        self.upload = widgets.FileUpload(description=choose, icon="", tooltip=hint)
        self.remove = widgets.Button(description=remove)
        self.status = text_box().add_class("lincs-status")
        buttons = row(self.upload, self.remove, *beside)
        self.widget = widgets.VBox([buttons, self.status, text_box(TEXTS.hint(hint))]).add_class("lincs-file")
        self.upload.observe(self._receive, "value")
        self.remove.on_click(lambda _: self.hold(None))
        self.hold(None)

    def on_change(self, call: Callable[[], None]) -> None:
        """Call this whenever another file is held."""
        self._watchers.append(call)

    def hold(self, file: HeldFile | None, *, now: dt.datetime | None = None) -> None:
        """Hold a file in place of the one before, which is let go."""
        if self.held is not None and self.held is not file:
            self.held.let_go()
        self.held = file
        self.status.value = TEXTS.held(file, now)
        self.remove.layout.display = "none" if file is None else None
        if file is None or not file.sha256:
            self.upload.value = ()
        for call in self._watchers:
            call()

    def _receive(self, change: Any) -> None:
        """Take an upload over; the widget keeps its name only, so that nothing stays in memory twice."""
        for given in change["new"]:  # one, or none
            content = memoryview(given["content"])
            if not given["size"]:
                self._refuse(f"{given['name']} is empty: download or save it again.")
            elif content.nbytes > self._limit * MEGABYTE:
                self._refuse(TEXTS.too_large(given["name"], megabytes(content.nbytes), self._limit))
            elif content.nbytes:
                file = uploaded_file(given["name"], content)
                self.upload.value = ({**given, "content": memoryview(b""), "size": file.size},)
                self.hold(file, now=dt.datetime.now())

    def _refuse(self, sentence: str) -> None:
        """Say why a file was not taken; what was held before stays."""
        self.upload.value = ()
        self.status.value = TEXTS.alert(sentence) + TEXTS.held(self.held, dt.datetime.now())


def text_box(html: str = "") -> widgets.HTML:
    """Return a widget of text; the looks of the page hold for these only, not for what an explorer shows."""
    return widgets.HTML(html).add_class("lincs-text")


def row(*buttons: Any) -> widgets.HBox:
    """Return buttons side by side."""
    return widgets.HBox(buttons).add_class("lincs-buttons")


def labelled(kind: Any, label: str, **options: Any) -> Any:
    """Return a control with its label above it, for everybody to see."""
    return kind(description=label, continuous_update=False, layout={"width": "auto"}, **options).add_class(
        "lincs-field"
    )


@contextmanager
def disabled(*buttons: Any) -> Iterator[None]:
    """Take buttons away for as long as something is under way."""
    for button in buttons:
        button.disabled = True
    try:
        yield
    finally:
        for button in buttons:
            button.disabled = False


def close_all(widget: Any) -> None:
    """Close a widget and all in it, in the browser too."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    widget.close()
