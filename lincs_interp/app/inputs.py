"""From what was chosen on the page to an interpretation, or to an error or a question in the words of the page."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._util.errors import LincsInterpError, wrong
from .._util.text import counted, shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import resolve_query
from ..io import load_sample, read_query, read_ranks
from ..io.sample import sample_path
from ..readings.interpretation import Interpretation, interpret
from ..scoring.null import FEWEST_BACKGROUND
from .options import DROP_OVERLAP, NO_BACKGROUND

#: What is done, in this order; the page shows where it is.
STEPS = ("reading your genes", "reading the matrix", "reading the background", "scoring", "drawing the overview")


@dataclass
class HeldFile:
    """A file that a step of the page holds; uploads of the same content are equal."""

    name: str  # what its owner calls it: to be shown, never to be opened
    path: Path | None = None  # of a file of this computer
    size: int = 0
    sha256: str = ""  # of an upload, which stays in memory
    data: bytes | None = field(default=None, compare=False, repr=False)

    def let_go(self) -> None:
        """Free the memory of an upload; it cannot be read again."""
        self.data = None

    def source(self) -> Path | io.BytesIO:
        """Return what the readers of `io` take; raise if the content was let go."""
        if self.path is not None:
            return self.path
        if self.data is None:
            raise LincsInterpError(
                f"{self.name} was let go when it had been read, and now it has to be read in another way",
                argument="path",
                value=self.name,
                remedy="choose the file once more",
            )
        content = io.BytesIO(self.data)
        content.name = self.name  # the readers call it so, in errors and results
        return content


#: The matrix, or the background, of the simulated sample.
SAMPLE = HeldFile("the simulated sample")


def uploaded_file(name: str, data: bytes | memoryview) -> HeldFile:
    """Return an upload."""
    content = bytes(data)
    return HeldFile(shown(name, 120), None, len(content), hashlib.sha256(content).hexdigest(), content)


def file_on_disk(path: str) -> HeldFile:
    """Return a file of this computer, which the page may read and leaves where it is."""
    file = Path(path)
    return HeldFile(shown(file.name, 120), file, file.stat().st_size)


class Question(Exception):
    """An error in place of whose remedy the reader can agree to something: what the button says, is its `answer`."""

    def __init__(self, error: LincsInterpError, answer: str) -> None:
        super().__init__(error, answer)
        self.error, self.answer = error, answer


@dataclass(frozen=True)
class Choices:
    """What the reader chose: the state of the page."""

    matrix: HeldFile | None = None
    up: str = ""  # pasted genes
    down: str = ""
    up_file: HeldFile | None = None  # may hold both lists
    down_file: HeldFile | None = None
    background: HeldFile | None = None
    name: str = ""
    contrast: str = ""
    rank_one: str = "down"
    n_genes: str = ""  # as typed
    agreed: frozenset[str] = frozenset()  # answers to questions


class Reader:
    """Reads files, and keeps each matrix until another takes its place, because its upload is let go."""

    def __init__(self) -> None:
        self._matrices: dict[str, tuple[tuple[object, ...], RankMatrix]] = {}

    def matrix(self, step: str, held: HeldFile, *, rank_one: str, n_genes: int | None) -> RankMatrix:
        """Return the matrix of this step ("matrix" or "background")."""
        key = (held, rank_one, n_genes)
        if step in self._matrices and self._matrices[step][0] == key:
            return self._matrices[step][1]
        if held == SAMPLE:
            sample = load_sample()
            return sample.background if step == "background" else sample.ranks
        source = held.source()
        self.forget(step)  # before the next one takes as much memory
        matrix = read_ranks(source, rank_one=rank_one, n_genes=n_genes)
        held.let_go()
        self._matrices[step] = key, matrix
        return matrix

    def forget(self, step: str) -> None:
        """Let go of the matrix of this step."""
        self._matrices.pop(step, None)


def _genes(choices: Choices) -> GeneQuery:
    """Return the gene lists; those in files are small and are read anew each time."""
    sources: dict[str, Any] = {}
    for side in ("up", "down"):
        text, held = getattr(choices, side).strip(), getattr(choices, f"{side}_file")
        if text and held is not None:
            problem = f"are given twice, pasted and in {held.name}"
            raise wrong(side, held.name, problem, "empty the box, or remove the file")
        if held is not None:
            sources[side] = held.source()
        elif text:  # with a line break in it no text is taken for the name of a file
            sources[side] = text + "\n"
    if not sources:
        remedy = "paste at least one list in step 2, or choose a file there"
        raise LincsInterpError("There are no genes yet", argument="query", remedy=remedy)
    name = choices.name.strip()
    query = read_query(
        sources.get("up", []), sources.get("down"), name=name or None, contrast=choices.contrast.strip() or None
    )
    if name or choices.up_file or choices.down_file:
        return query
    return GeneQuery("your genes", query.up, query.down, query.values, assumptions=query.assumptions)


def read_choices(choices: Choices, reader: Reader, report: Callable[[str], None] = lambda step: None) -> Interpretation:
    """Read everything that was chosen, and score it; raise a question if the reader can agree to something instead."""
    # `report` is called with each of ``STEPS`` before it is done, but for the last, which is the caller's.
    if choices.matrix is None:
        remedy = "choose your file in step 1, or use the simulated sample"
        raise LincsInterpError("There is no matrix yet", argument="ranks", remedy=remedy)
    n_genes = _whole_number(choices.n_genes)
    report(STEPS[0])
    query = _genes(choices)
    report(STEPS[1])
    ranks = reader.matrix("matrix", choices.matrix, rank_one=choices.rank_one, n_genes=n_genes)
    background = None
    if choices.background is not None and NO_BACKGROUND not in choices.agreed:
        report(STEPS[2])
        background = reader.matrix("background", choices.background, rank_one=choices.rank_one, n_genes=n_genes)
    report(STEPS[3])
    interpretation = interpret(
        ranks,
        query,
        background=background,
        gene_metadata=sample_path("genes.tsv") if choices.matrix == SAMPLE else None,
        overlap=_overlap(ranks, query, agreed=DROP_OVERLAP in choices.agreed),
    )
    try:
        _check_background(interpretation)
    except LincsInterpError as error:
        raise Question(error, NO_BACKGROUND) from error
    return interpretation


def _whole_number(text: str) -> int | None:
    digits = re.sub(r"[\s,.'’]", "", text)
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:12]) < 10_000_000):
        raise wrong("n_genes", text, f"is {shown(text, 30)!r}", "give a whole number such as 12,318, or leave it empty")
    return int(digits)


def _overlap(ranks: RankMatrix, query: GeneQuery, *, agreed: bool) -> str:
    """Return what to do with genes of both lists, if the reader agreed; they are dropped only where there are some."""
    found = resolve_query(ranks, query)
    for side, rows in (("up", found.up_rows), ("down", found.down_rows)):
        if len(rows) and len(rows) == len(found.overlap):
            problem = f"All of your {side} genes are in the other list too, so none is left"
            remedy = "put each gene into one list"
            raise LincsInterpError(problem, argument="query", value=found.overlap, remedy=remedy)
    if found.overlap and not agreed:
        try:
            interpret(ranks, query)
        except LincsInterpError as error:
            raise Question(error, DROP_OVERLAP) from error
    return "drop" if found.overlap else "error"


def _check_background(interpretation: Interpretation) -> None:
    """Raise if the background is too small, or a list of hits."""
    if interpretation.null is not None and (few := interpretation.null.n_signatures) < FEWEST_BACKGROUND:
        raise wrong(
            "background",
            few,
            f"holds {counted(few, 'signature')} that can serve, and at least {FEWEST_BACKGROUND} are needed to"
            " learn what unrelated signatures score",
            "give a larger one, or go on without a background",
        )
    _ = interpretation.scores
