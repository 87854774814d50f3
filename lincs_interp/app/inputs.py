"""From what was chosen on the page to an interpretation, or to an error or a question in the words of the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
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
from .uploads import HeldFile

#: The matrix, or the background, of the simulated sample.
SAMPLE = HeldFile("the simulated sample")

#: What the reader can agree to when a :class:`Question` is asked.
DROP_OVERLAP, NO_BACKGROUND = "Leave them out of both lists", "Go on without the background"

#: What is done, in this order; the page shows where it is.
STEPS = ("reading your genes", "reading the matrix", "reading the background", "scoring", "drawing the overview")

#: What the page calls the arguments of the functions.
CONTROLS = {
    "n_genes": '"Genes ranked"',
    "name": '"Name of your experiment"',
    "up": '"Up genes"',
    "down": '"Down genes"',
    "query": "your lists",
    "ranks": "the matrix",
    "background": "the background",
    "rank_one": "the box about rank 1",
    "overlap": f'the button "{DROP_OVERLAP}"',
    "correlation": f'the button "{NO_BACKGROUND}"',
}


def control(name: str, value: str | None = None) -> str:
    """Return what the page calls an argument, for :meth:`LincsInterpError.worded`."""
    return CONTROLS.get(name, name)


class Question(Exception):
    """Something that the reader can agree to, in place of putting an error right.

    Attributes
    ----------
    error : LincsInterpError
        What is wrong.
    answer : str
        What she may agree to.
    """

    def __init__(self, error: LincsInterpError, answer: str) -> None:
        super().__init__(error, answer)
        self.error, self.answer = error, answer


@dataclass(frozen=True)
class Choices:
    """What the reader chose: the state of the page.

    Attributes
    ----------
    matrix, background : HeldFile or None
    up, down : str
        Pasted genes.
    up_file, down_file : HeldFile or None
        Gene lists in files; ``up_file`` may hold both lists.
    name : str
        What the experiment is called; may be empty.
    rank_one : "down" or "up"
        Which end rank 1 is in the matrices.
    n_genes : str
        How many genes were ranked, as typed; may be empty.
    agreed : frozenset of str
        Which of ``DROP_OVERLAP`` and ``NO_BACKGROUND`` the reader agreed to.
    """

    matrix: HeldFile | None = None
    up: str = ""
    down: str = ""
    up_file: HeldFile | None = None
    down_file: HeldFile | None = None
    background: HeldFile | None = None
    name: str = ""
    rank_one: str = "down"
    n_genes: str = ""
    agreed: frozenset[str] = frozenset()


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
    for side, text, held in (
        ("up", choices.up.strip(), choices.up_file),
        ("down", choices.down.strip(), choices.down_file),
    ):
        if text and held is not None:
            raise wrong(
                side, held.name, f"are given twice, pasted and in {held.name}", "empty the box, or remove the file"
            )
        if held is not None:
            sources[side] = held.source()
        elif text:  # with a line break in it no text is taken for the name of a file
            sources[side] = text + "\n"
    if not sources:
        remedy = "paste at least one list in step 2, or choose a file there"
        raise LincsInterpError("There are no genes yet", argument="query", remedy=remedy)
    name = choices.name.strip()
    query = read_query(sources.get("up", []), sources.get("down"), name=name or None)
    if name or choices.up_file or choices.down_file:
        return query
    return GeneQuery("your genes", query.up, query.down, query.values)


def read_choices(choices: Choices, reader: Reader, report: Callable[[str], None] = lambda step: None) -> Interpretation:
    """Read everything that was chosen, and score it.

    Parameters
    ----------
    choices : Choices
    reader : Reader
        Keeps the matrices.
    report : callable
        Called with each of ``STEPS`` before it is done, but for the last, which is the caller's.

    Raises
    ------
    Question
        If genes are in both lists, or the background cannot serve as one.
    LincsInterpError
        If something is missing or cannot be read.
    """
    if choices.matrix is None:
        raise LincsInterpError(
            "There is no matrix yet",
            argument="ranks",
            remedy="choose your file in step 1, or use the simulated sample",
        )
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
    _check_background(interpretation)
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
            raise LincsInterpError(
                f"All of your {side} genes are in the other list too, so none is left",
                argument="query",
                value=found.overlap,
                remedy="put each gene into one list",
            )
    if found.overlap and not agreed:
        try:
            interpret(ranks, query)
        except LincsInterpError as error:
            raise Question(error, DROP_OVERLAP) from error
    return "drop" if found.overlap else "error"


def _check_background(interpretation: Interpretation) -> None:
    """Ask whether to go on without a background that is too small or a list of hits."""
    if interpretation.null is None:
        return
    try:
        few = interpretation.null.n_signatures
        if few < FEWEST_BACKGROUND:
            raise wrong(
                "background",
                few,
                f"holds {counted(few, 'signature')} that can serve, and at least {FEWEST_BACKGROUND} are needed to"
                " learn what unrelated signatures score",
                "give a larger one, or go on without a background",
            )
        _ = interpretation.scores
    except LincsInterpError as error:
        raise Question(error, NO_BACKGROUND) from error
