"""What was chosen on the page becomes matrix, query and background, or one sentence about what to change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .._util.errors import LincsInterpError
from .._util.text import counted, listed, shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import match_genes, resolve_query
from ..io import read_query, read_ranks
from ..io.sample import load_sample
from ..scoring.calibration import calibrate
from ..scoring.concordance import score_concordance
from ..scoring.null import FEWEST_BACKGROUND, fit_null
from .uploads import HeldFile, VisitorFolder

#: The matrix, or the background, of the simulated sample.
SAMPLE = HeldFile("the simulated sample")

#: The names of gene lists while they are read; a list that says no other name is called after its owner's file.
STEMS = {"up": "upload-1", "down": "upload-2"}

#: What the reader can agree to when a :class:`Question` is asked.
DROP_OVERLAP, NO_BACKGROUND = "Leave them out of both lists", "Go on without the background"

#: What is done, in this order; the page shows where it is.
STEPS = ("reading your genes", "reading the matrix", "reading the background", "scoring", "drawing the overview")

# The readers speak of their own arguments; the page has controls.
_PAGE_WORDS = (
    (r"pass n_genes", 'fill in "Genes ranked"'),
    (r"n_genes", '"Genes ranked"'),
    (
        r"but both up and down were given: pass it alone",
        'so it belongs under "Up genes", with the other list left empty',
    ),
    (r"turn them into ranks with .*", "this page reads ranks, so download the Gene Rank Matrix instead."),
    (r"id with match_genes, or leave this side out of the query", "id, or leave this list empty"),
    (r"pass unselected signatures, or correlation=.*", "give unselected signatures, or go on without a background."),
    (r"say which one to read with name=", 'write the one to read into "Name of your experiment"'),
    (r"pass (?=a background|the genes)", "give "),
)


class Question(LincsInterpError):
    """A sentence with one thing that the reader can agree to, `answer`."""

    def __init__(self, sentence: str, answer: str) -> None:
        super().__init__(sentence)
        self.answer = answer


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


@dataclass(frozen=True, eq=False)
class Reading:
    """What came of the choices.

    Attributes
    ----------
    choices : Choices
    ranks : RankMatrix
    query : GeneQuery
        As the reader gave it.
    overlap : tuple of str
        Genes of both lists, which are left out of both wherever the query is scored.
    background : RankMatrix or None
    matches : DataFrame
        What became of each entry: see :func:`match_genes`.
    scores : DataFrame
        One row per signature: see :func:`score_concordance` and :func:`calibrate`.
    """

    choices: Choices
    ranks: RankMatrix
    query: GeneQuery
    overlap: tuple[str, ...]
    background: RankMatrix | None
    matches: pd.DataFrame
    scores: pd.DataFrame


class Reader:
    """Reads files, and keeps each matrix until another takes its place, because its upload is let go."""

    def __init__(self, folder: VisitorFolder) -> None:
        self.folder = folder
        self._matrices: dict[str, tuple[tuple[object, ...], RankMatrix]] = {}

    def matrix(self, step: str, held: HeldFile, *, rank_one: str, n_genes: int | None) -> RankMatrix:
        """Return the matrix of this step ("matrix" or "background")."""
        key = (held, rank_one, n_genes)
        if step in self._matrices and self._matrices[step][0] == key:
            return self._matrices[step][1]
        if held == SAMPLE:
            sample = load_sample()
            return sample.background if step == "background" else sample.ranks
        with in_page_words(), self.folder.stored(held) as path:
            self.forget(step)  # before the next one takes as much memory
            matrix = read_ranks(path, rank_one=rank_one, n_genes=n_genes)
        held.let_go()
        self._matrices[step] = key, matrix
        return matrix

    def forget(self, step: str) -> None:
        """Let go of the matrix of this step."""
        self._matrices.pop(step, None)

    def genes(self, choices: Choices) -> GeneQuery:
        """Return the gene lists; those in files are small and are read anew each time."""
        files = {"up": choices.up_file, "down": choices.down_file}
        with in_page_words(), ExitStack() as stack:
            sources: dict[str, str | Path] = {}
            for side, held in files.items():
                text = getattr(choices, side).strip()
                if text and held is not None:
                    raise LincsInterpError(
                        f"The {side} genes are given twice, pasted and in {held.name}: empty the box, or remove the"
                        " file."
                    )
                if held is not None:
                    sources[side] = stack.enter_context(self.folder.stored(held, STEMS[side]))
                elif text:  # with a line break in it no text is taken for the name of a file
                    sources[side] = text + "\n"
            if not sources:
                raise LincsInterpError(
                    "There are no genes yet: paste at least one list in step 2, or choose a file there."
                )
            query = read_query(sources.get("up", []), sources.get("down"), name=choices.name.strip() or None)
        if query.name not in (*STEMS.values(), "query"):
            return query
        named = next((Path(held.name).stem for held in files.values() if held is not None), "your genes")
        return GeneQuery(named, query.up, query.down, query.values)


def read_choices(choices: Choices, reader: Reader, tell: Callable[[str], None] = lambda step: None) -> Reading:
    """Read everything that was chosen, and score it.

    Parameters
    ----------
    choices : Choices
    reader : Reader
        Keeps the matrices.
    tell : callable
        Is told each of ``STEPS`` before it is done, but for the last, which is the caller's.

    Raises
    ------
    Question
        If genes stand in both lists, or the background cannot serve as one.
    LincsInterpError
        If something is missing or cannot be read, in the words of the page.
    """
    if choices.matrix is None:
        raise LincsInterpError("There is no matrix yet: choose your file in step 1, or use the simulated sample.")
    n_genes = _whole_number(choices.n_genes)
    tell(STEPS[0])
    query = reader.genes(choices)
    tell(STEPS[1])
    ranks = reader.matrix("matrix", choices.matrix, rank_one=choices.rank_one, n_genes=n_genes)
    background = None
    if choices.background is not None and NO_BACKGROUND not in choices.agreed:
        tell(STEPS[2])
        background = reader.matrix("background", choices.background, rank_one=choices.rank_one, n_genes=n_genes)
    tell(STEPS[3])
    with in_page_words():
        overlap = _agreed_overlap(ranks, query, agreed=DROP_OVERLAP in choices.agreed)
        scores = _calibrated(score_concordance(ranks, query, overlap="drop"), query, background)
        return Reading(choices, ranks, query, overlap, background, match_genes(ranks, query), scores)


@contextmanager
def in_page_words() -> Iterator[None]:
    """Turn the sentence of an error into the words of the page."""
    try:
        yield
    except LincsInterpError as error:
        sentence = str(error)
        for words, ours in _PAGE_WORDS:
            sentence = re.sub(words, ours, sentence)
        raise (
            Question(sentence, error.answer) if isinstance(error, Question) else LincsInterpError(sentence)
        ) from error


def _whole_number(text: str) -> int | None:
    digits = re.sub(r"[\s,.'’]", "", text)
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:12]) < 10_000_000):
        raise LincsInterpError(
            f'"Genes ranked" is {shown(text, 30)!r}: give a whole number such as 12,318, or leave it empty.'
        )
    return int(digits)


def _agreed_overlap(ranks: RankMatrix, query: GeneQuery, *, agreed: bool) -> tuple[str, ...]:
    """Genes of both lists, if the reader agreed to leave them out of both and something is left then."""
    found = resolve_query(ranks, query)
    if not found.overlap:
        return ()
    for side, rows in (("up", found.up_rows), ("down", found.down_rows)):
        if len(rows) == len(found.overlap):
            raise LincsInterpError(
                f"All of your {side} genes stand in the other list too, so none is left: put each gene into one list."
            )
    if not agreed:
        raise Question(
            f"{counted(len(found.overlap), 'gene stands', 'genes stand')} in both of your lists"
            f" ({listed(found.overlap)}): take each out of one list, or leave them out of both.",
            DROP_OVERLAP,
        )
    return found.overlap


def _calibrated(scores: pd.DataFrame, query: GeneQuery, background: RankMatrix | None) -> pd.DataFrame:
    if background is None:
        return calibrate(scores, query)
    try:
        few = fit_null(query, background).n_signatures
        if few < FEWEST_BACKGROUND:
            raise LincsInterpError(
                f"background holds {counted(few, 'signature')} that can serve, and at least {FEWEST_BACKGROUND} are"
                " needed to learn what unrelated signatures score: give a larger one, or go on without a background."
            )
        return calibrate(scores, query, background=background)
    except LincsInterpError as error:
        raise Question(str(error), NO_BACKGROUND) from error
