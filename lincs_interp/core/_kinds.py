"""The kinds of tables that :func:`show` knows: by which columns, and with which title and sentences they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import CALL_SIGNS, Html, call_html
from .._util.text import counted, shown, signed
from .calls import ASSUMED, FDR_LEVEL, SIGNS, basis_of, call_of_sign, sign_of_contributions
from .columns import TABLES, column

NOMINAL = (
    "p_sum is nominal: use it to sort only. It takes genes for independent and is far too small on real data (W2);"
    " calibrate(scores, query, background=…) gives a p that can be believed."
)
HYPOTHESIS = "A hit is a hypothesis to be tested, not a finding (W3)."


@dataclass(frozen=True)
class TableKind:
    """How a kind of table is recognised and shown."""

    name: str  # also of its records in TABLES
    nouns: tuple[str, str]  # what one row is, what several are
    heading: str
    own: tuple[str, ...]  # one of these columns has to be there beside the names of the rows …
    also: tuple[str, ...] = ()  # … and one of these, if there are any
    featured: tuple[str | tuple[str, str], ...] = ()  # what is shown of a whole table, of two "3 of 5"; empty: all
    falling: tuple[str, str] = ("", "")  # a column, and what is said of the order of the rows if its values fall
    notes: Callable[[pd.DataFrame], Iterable[str | Html]] = lambda table: ()  # sentences below it
    ends: tuple[int, int] = (10, 0)  # how many rows are shown of the top and of the bottom

    @property
    def row(self) -> str:
        """The column, or index, that names its rows."""
        return "gene" if self.name == "genes" else self.nouns[0]

    def fits(self, table: pd.DataFrame) -> bool:
        """Return whether this is such a table, or a part of one: some rows, or some columns beside their names."""
        names = {str(name) for name in (*table.columns, table.index.name)}
        if not names & set(self.own) or (self.also and not names & set(self.also)):
            return False
        known = sum(column(self.name, name) is not None for name in names)
        return known > 1 and (self.row in names or self.row == "gene")

    def is_whole(self, table: pd.DataFrame) -> bool:
        """Return whether no column that is shown of a whole table was left out, but for those not always there."""
        needed = {name for one in self.featured for name in ([one] if isinstance(one, str) else one)}
        return bool(needed) and needed - {*_CALIBRATED, *_FACTS} <= set(table.columns)

    def title(self, table: pd.DataFrame) -> str:
        """Return what the table is about, how many rows it has, and their order if they have the usual one."""
        name, order = self.falling
        falls = len(table) > 1 and _numbers(table, name) and table[name].dropna().is_monotonic_decreasing
        return f"{self.heading}: {counted(len(table), *self.nouns)}{f', {order} first' if falls else ''}"


def _numbers(table: pd.DataFrame, name: str) -> bool:
    return name in table and table[name].dtype.kind in "iuf"


def _calls(table: pd.DataFrame) -> Iterator[Html]:
    if "call" in table:
        counts = table["call"].value_counts()
        yield Html(" · ".join(f"{counts.get(call, 0):,} {call_html(call)}" for call in CALL_SIGNS))


def _score_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    yield f"{NOMINAL} {HYPOTHESIS}" if "p_sum" in table else HYPOTHESIS


def _calibrated_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    how = f" ({shown(basis_of(table), 300)})" if {"how", "n_hypotheses"} <= set(table) and len(table) else ""
    if "p_status" in table and (table["p_status"] == ASSUMED).any():
        yield f"p_cal is not calibrated{how}: use it to sort only. {HYPOTHESIS}"
    elif "call" in table and _numbers(table, "fdr_cal"):
        n = int((table["call"].isin(list(SIGNS)) & (table["fdr_cal"] < FDR_LEVEL)).sum())
        believed = f"called mimicker or reverser with fdr_cal below {FDR_LEVEL:g}{how}"
        yield f"{counted(n, 'signature')} {believed}. {HYPOTHESIS}"


def _consensus_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    yield f"consensus compares the signatures of this matrix; it is no p-value. {HYPOTHESIS}"


def _gene_notes(table: pd.DataFrame) -> Iterator[Html]:
    sign = sign_of_contributions(table["contribution"])
    own = int((np.sign(table["contribution"]) == sign).sum())
    yield Html(
        f"The contributions add up to {signed(float(table['contribution'].sum()))}: {own:,} of"
        f" {counted(len(table), 'gene')} point towards {call_html(call_of_sign(sign))}, the others the other way or"
        " nowhere."
    )


def _summary_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    if "grade" in table and len(table):
        counts = table["grade"].value_counts().sort_index()
        yield "Grades: " + ", ".join(f"{n:,} {shown(grade, 10)}" for grade, n in counts.head(6).items()) + "."
    unnamed = int(table["n_unnamed"].max()) if len(table) and _numbers(table, "n_unnamed") else 0
    if unnamed:
        yield f"{counted(unnamed, 'signature')} without the name of a perturbagen, in no row."
    yield f"A grade is about this matrix: in a list of hits of the same query all seems to agree (W8). {HYPOTHESIS}"


_GENES, _SIGNATURES = ("gene", "genes"), ("signature", "signatures")
_Z = ("z_up", "z_down", "z_sum")
_CALIBRATED = ("z_cal", "p_cal", "fdr_cal")
_FACTS = ("pert_name", "cell_line", "pert_time", "pert_dose")
_SCORED = tuple(name for name in TABLES["scores"] if name.startswith(("z_", "p_", "fdr_", "auc_", "con", "call")))
_MIMICKER = ("z_sum", "best mimicker")

# The more special ones first: the first that fits counts.
_KINDS = (
    TableKind("stability", _GENES, "The call without each gene", ("z_sum_without", "call_without")),
    TableKind("shared", _GENES, "Genes shared by the first hits", ("n_mimickers", "n_reversers")),
    TableKind("genes", ("entry", "entries"), "Gene matching", ("found", "matched_as", "how", "suggestion")),
    TableKind(
        *("contributions", _GENES, "Contributions of the query genes", ("contribution",)),
        notes=_gene_notes,
        ends=(6, 4),
    ),
    TableKind(
        *("baseline", _GENES, "Baseline of the genes in unselected signatures"),
        ("median_percentile", "share_low", "share_high", "share_extreme"),
    ),
    TableKind(
        *("perturbagens", ("perturbagen", "perturbagens"), "All signatures of a perturbagen together"),
        tuple(TABLES["perturbagens"]),
        featured=(
            *("grade", "call", ("n_agreeing", "n_scored"), ("n_cells_agreeing", "n_cells")),
            *("median_score", "fdr_cal", "reasons"),
        ),
        notes=_summary_notes,
        ends=(8, 0),
    ),
    TableKind("bootstrap", _SIGNATURES, "Bootstrap of the query genes", ("z_low", "z_high")),
    TableKind(
        *("promiscuity", _SIGNATURES, "Answers to unrelated queries"),
        ("share_answered", "share_mimicked", "share_reversed"),
    ),
    TableKind("gene", _SIGNATURES, "One gene in every signature", ("extreme",), notes=_calls, ends=(5, 5)),
    TableKind("targets", _SIGNATURES, "Targets that moved as intended", ("moved", "moved_as_intended")),
    TableKind("null", _SIGNATURES, "Quantiles of z_sum", ("observed", "calibrated")),
    TableKind("enrichment", ("term", "terms"), "Enrichment of terms", ("auc", "p", "fdr")),
    TableKind(
        *("toxicity", ("group", "groups"), "Genes of damaged cells", ("toxic_end", "n_contributing")),
        featured=("share", ("n_contributing", "n_in_query"), "toxic_end", "genes"),
    ),
    TableKind("redundancy", ("score", "scores"), "Correlation of the scores", ("family", "voter")),
    TableKind(
        *("consensus", _SIGNATURES, "Several scores together", ("consensus", "families_agreeing")),
        featured=("consensus", "z_sum", ("families_agreeing", "families"), "call"),
        falling=("consensus", "highest consensus"),
        notes=_consensus_notes,
        ends=(5, 5),
    ),
    TableKind(
        *("signatures", _SIGNATURES, "Agreement with the query"),
        _FACTS,
        also=_SCORED,
        featured=(*_FACTS, *_Z, "call", "fdr_cal"),
        falling=_MIMICKER,
        notes=lambda table: (_calibrated_notes if "fdr_cal" in table else _score_notes)(table),
        ends=(6, 6),
    ),
    TableKind(
        *("calibrated", _SIGNATURES, "Agreement with the query, calibrated", _CALIBRATED),
        featured=("z_sum", "call", *_CALIBRATED, "p_status"),
        falling=_MIMICKER,
        notes=_calibrated_notes,
        ends=(5, 5),
    ),
    TableKind(
        *("scores", _SIGNATURES, "Agreement with the query", _SCORED),
        featured=(*_Z, "concordance", "call", "p_sum"),
        falling=_MIMICKER,
        notes=_score_notes,
        ends=(5, 5),
    ),
)
TABLE_KINDS = {kind.name: kind for kind in _KINDS}


def kind_of_table(table: pd.DataFrame) -> str:
    """Return the kind of a table, "" if it is none that this package makes, or has columns twice or in levels."""
    if table.index.nlevels > 1 or table.columns.nlevels > 1 or not table.columns.is_unique:
        return ""
    return next((kind.name for kind in _KINDS if kind.fits(table)), "")
