"""What every reading is: a sentence, its evidence as a table, its warnings, and their display."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from .._util.html import Html, card, escaped, list_html, paragraph, sentence_html, table_html
from .warnings import ALWAYS, ReadingWarning

_CONTEXT_CODES = tuple(warning.code for warning in ALWAYS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """What all readings have.

    Attributes
    ----------
    sentence : str
        The result with its numbers.
    evidence : DataFrame (index ``evidence``)
        ``value``: a number as text; ``meaning``: its unit, or what it is compared with.
    warnings : tuple of ReadingWarning
        In the order of their numbers.
    """

    sentence: str
    evidence: pd.DataFrame
    warnings: tuple[ReadingWarning, ...]

    @property
    def title(self) -> Html:
        """Return the head of the display."""
        raise NotImplementedError

    def facts(self, *names: str) -> dict[str, Any]:
        """Return the named attributes with call, sentence, evidence and warnings, as a program takes them."""
        own = {name: getattr(self, name) for name in (*names, "call", "sentence", "evidence")}
        return own | {"warnings": [asdict(warning) for warning in self.warnings]}

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return card(self.title, self.sentence, evidence_html(self.evidence), warnings_html(self.warnings))


def evidence_table(rows: Iterable[tuple[str, str, str]]) -> pd.DataFrame:
    """Return rows of name, value and meaning as the table ``evidence`` of a reading."""
    names, values, meanings = zip(*rows, strict=True)
    return pd.DataFrame({"value": values, "meaning": meanings}, index=pd.Index(names, name="evidence"))


def evidence_html(evidence: pd.DataFrame) -> Html:
    """Return the evidence of a reading as a table."""
    rows = [
        [name, row.value, escaped(row.meaning, 240)]
        for name, row in zip(evidence.index, evidence.itertuples(), strict=True)
    ]
    return table_html(rows, ["evidence", "value", "meaning"], caption="The evidence.")


def warnings_html(warnings: Iterable[ReadingWarning]) -> Html:
    """Return the warnings of a reading: its own in sentences, those that always apply by their numbers."""
    found = list(warnings)
    own = [
        Html(f"<strong>{w.code}</strong> {sentence_html(w.sentence)}") for w in found if w.code not in _CONTEXT_CODES
    ]
    always = ", ".join(w.code for w in found if w.code in _CONTEXT_CODES)
    context = paragraph(f"{always} always apply: see docs/warnings.md." if always else "", faint=True)
    return Html(list_html(own) + context)
