"""The kinds of tables that :func:`show` knows: by which columns, and with which title and sentences they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import CALL_SIGNS, Html, call_html, signed_html
from .._util.text import counted, shown
from .calls import ASSUMED, FDR_LEVEL, call_of_sign, sign_of_contributions
from .columns import TABLES, column

NOMINAL = (
    "p_sum is nominal: use it to sort only. It takes genes for independent and is far too small on real data (W2);"
    " calibrate(scores, query, background=…) gives a p that can be believed."
)
HYPOTHESIS = "A hit is a hypothesis to be tested, not a finding (W3)."


def _no_title(table: pd.DataFrame) -> str:
    return ""


def _no_notes(table: pd.DataFrame) -> Iterable[str | Html]:
    return ()


@dataclass(frozen=True)
class TableKind:
    """How a kind of table is recognised and shown.

    Attributes
    ----------
    records : str
        Its name in :data:`TABLES`.
    row : str
        The column, or index, that names the rows.
    nouns : (str, str)
        What one row is, what several are.
    own : tuple of str
        One of these columns has to be there, beside the names of the rows.
    featured : tuple
        The columns that are shown of a whole table; of two names in brackets "3 of 5". Empty: all of them.
    also : tuple of str
        One of these has to be there too.
    title, notes : functions of the table
        The sentence above it, and those below.
    top, bottom : int
        How many rows of each end are shown.
    """

    records: str
    row: str
    nouns: tuple[str, str]
    own: tuple[str, ...]
    featured: tuple[str | tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    title: Callable[[pd.DataFrame], str] = _no_title
    notes: Callable[[pd.DataFrame], Iterable[str | Html]] = _no_notes
    top: int = 10
    bottom: int = 0

    def fits(self, table: pd.DataFrame) -> bool:
        """Return whether this is such a table, or a part of one: some rows, or some columns beside their names."""
        names = {str(name) for name in (*table.columns, table.index.name)}
        if not (names & set(self.own) and (not self.also or names & set(self.also))):
            return False
        known = sum(column(self.records, name) is not None for name in names)
        return known > 1 and (self.row in names or self.row == "gene")

    def is_whole(self, table: pd.DataFrame) -> bool:
        """Return whether no column that is shown of a whole table was left out."""
        needed = [name for one in self.featured for name in ([one] if isinstance(one, str) else one)]
        return set(needed) <= set(table.columns)


def _falling(table: pd.DataFrame, name: str) -> bool:
    return len(table) > 1 and _numbers(table, name) and bool(table[name].dropna().is_monotonic_decreasing)


def _numbers(table: pd.DataFrame, name: str) -> bool:
    return name in table and table[name].dtype.kind in "iuf"


def _calls(table: pd.DataFrame) -> Iterator[Html]:
    if "call" in table:
        counts = table["call"].value_counts()
        yield Html(" · ".join(f"{counts.get(call, 0):,} {call_html(call)}" for call in CALL_SIGNS))


def _score_title(table: pd.DataFrame) -> str:
    first = ", best mimicker first" if _falling(table, "z_sum") else ""
    return f"Agreement with the query: {counted(len(table), 'signature')}{first}"


def _score_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    yield f"{NOMINAL} {HYPOTHESIS}" if "p_sum" in table else HYPOTHESIS


def _assumed(table: pd.DataFrame) -> bool:
    return "p_status" in table and bool(len(table)) and table["p_status"].iloc[0] == ASSUMED


def _calibrated_title(table: pd.DataFrame) -> str:
    known = f"; p {'assumed, not calibrated' if _assumed(table) else 'calibrated'}" if "p_status" in table else ""
    return f"{_score_title(table)}{known}"


def _calibrated_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    how = f" ({shown(table['how'].iloc[0], 300)})" if "how" in table and len(table) else ""
    if _assumed(table):
        yield f"p_cal is not calibrated{how}: use it to sort only. {HYPOTHESIS}"
    elif "call" in table and _numbers(table, "fdr_cal"):
        called = table["call"].isin(["mimicker", "reverser"]) & (table["fdr_cal"] < FDR_LEVEL)
        yield (
            f"{counted(int(called.sum()), 'signature')} called mimicker or reverser with fdr_cal below"
            f" {FDR_LEVEL:g}{how}. {HYPOTHESIS}"
        )


def _consensus_title(table: pd.DataFrame) -> str:
    first = ", highest consensus first" if _falling(table, "consensus") else ""
    return f"Several scores together: {counted(len(table), 'signature')}{first}"


def _consensus_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    yield f"consensus compares the signatures of this matrix; it is no p-value. {HYPOTHESIS}"


def _gene_title(table: pd.DataFrame) -> str:
    sign = sign_of_contributions(table["contribution"])
    first = (
        ", the largest first"
        if _falling(table.assign(contribution=sign * table["contribution"]), "contribution")
        else ""
    )
    return f"Contributions of the query genes: {counted(len(table), 'gene')}{first}"


def _gene_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    total = float(table["contribution"].sum())
    sign = sign_of_contributions(table["contribution"])
    own = int((np.sign(table["contribution"]) == sign).sum())
    yield Html(
        f"The contributions add up to {signed_html(total)}: {own:,} of {counted(len(table), 'gene')} point towards"
        f" {call_html(call_of_sign(sign))}, the others the other way or nowhere."
    )


def _summary_title(table: pd.DataFrame) -> str:
    first = ", strongest evidence first" if "grade" in table and table["grade"].is_monotonic_increasing else ""
    return f"All signatures of a perturbagen together: {counted(len(table), 'perturbagen')}{first}"


def _summary_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    if "grade" in table and len(table):
        counts = table["grade"].value_counts().sort_index()
        yield "Grades: " + ", ".join(f"{n:,} {shown(grade, 10)}" for grade, n in counts.head(6).items()) + "."
    unnamed = int(table["n_unnamed"].max()) if len(table) and _numbers(table, "n_unnamed") else 0
    if unnamed:
        yield f"{counted(unnamed, 'signature')} without the name of a perturbagen, in no row."
    yield f"A grade is about this matrix: in a list of hits of the same query all seems to agree (W8). {HYPOTHESIS}"


def _signature_title(table: pd.DataFrame) -> str:
    names = list(table["pert_name"].unique()) if "pert_name" in table else []
    name = f" of {shown(names[0], 60)}" if len(names) == 1 else ""
    order = (
        ", by cell line, time and dose" if "cell_line" in table and table["cell_line"].is_monotonic_increasing else ""
    )
    return f"{counted(len(table), 'signature')}{name}{order}"


def _signature_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield from _calls(table)
    yield HYPOTHESIS


_SIGNATURE = ("signature", "signatures")
_GENE = ("gene", "genes")
_Z = ("z_up", "z_down", "z_sum")
_P = ("p_up", "p_down", "p_sum", "fdr_up", "fdr_down", "fdr_sum", "auc_up", "auc_down")
_CALIBRATED = ("z_cal", "p_cal", "fdr_cal")
_SCORED = (*_Z, "concordance", "call", *_P, *_CALIBRATED)
_AGREEING = (("n_agreeing", "n_scored"), ("n_cells_agreeing", "n_cells"))
_SUMMARY = ("grade", "call", *_AGREEING, "median_score", "fdr_cal", "reasons")


def _simple(records: str, row: str, nouns: tuple[str, str], what: str, *own: str) -> TableKind:
    """Return a kind of which all columns are shown, under a title of one noun phrase."""
    return TableKind(records, row, nouns, own, title=lambda table: f"{what}: {counted(len(table), *nouns)}")


#: The kinds by name, the more special ones first: the first that fits counts.
TABLE_KINDS: dict[str, TableKind] = {
    "stability": _simple("stability", "gene", _GENE, "The call without each gene", "z_sum_without", "call_without"),
    "shared": _simple("shared", "gene", _GENE, "Genes shared by the first hits", "n_mimickers", "n_reversers"),
    "genes": _simple("genes", "gene", ("entry", "entries"), "Gene matching", "found", "matched_as"),
    "contributions": TableKind(
        *("contributions", "gene", _GENE, ("contribution",)), title=_gene_title, notes=_gene_notes, top=6, bottom=4
    ),
    "baseline": _simple(
        *("baseline", "gene", _GENE, "Baseline of the genes in unselected signatures"),
        *("median_percentile", "share_low", "share_high", "share_extreme"),
    ),
    "perturbagens": TableKind(
        *("perturbagens", "perturbagen", ("perturbagen", "perturbagens")),
        *(tuple(TABLES["perturbagens"]), _SUMMARY),
        title=_summary_title,
        notes=_summary_notes,
        top=8,
    ),
    "bootstrap": _simple("bootstrap", "signature", _SIGNATURE, "Bootstrap of the query genes", "z_low", "z_high"),
    "promiscuity": _simple(
        *("promiscuity", "signature", _SIGNATURE, "Answers to unrelated queries"),
        *("share_answered", "share_mimicked", "share_reversed"),
    ),
    "targets": _simple(
        "targets", "signature", _SIGNATURE, "Did the target move as intended", "moved", "moved_as_intended"
    ),
    "null": _simple("null", "signature", _SIGNATURE, "Quantiles of z_sum", "observed", "calibrated"),
    "enrichment": _simple("enrichment", "term", ("term", "terms"), "Enrichment of terms", "auc", "p", "fdr"),
    "toxicity": _simple("toxicity", "group", ("group", "groups"), "Genes of damaged cells", "toxic_end", "n_carrying"),
    "redundancy": _simple("redundancy", "score", ("score", "scores"), "Correlation of the scores", "family", "voter"),
    "consensus": TableKind(
        *("consensus", "signature", _SIGNATURE, ("consensus", "families_agreeing")),
        ("consensus", "z_sum", ("families_agreeing", "families"), "call"),
        title=_consensus_title,
        notes=_consensus_notes,
        top=5,
        bottom=5,
    ),
    "signatures": TableKind(
        *("signatures", "signature", _SIGNATURE, ("pert_name", "cell_line", "pert_dose", "pert_time")),
        ("cell_line", "pert_time", "pert_dose", *_Z, "call"),
        _SCORED,
        _signature_title,
        _signature_notes,
        top=6,
        bottom=6,
    ),
    "calibrated": TableKind(
        *("scores", "signature", _SIGNATURE, _CALIBRATED),
        ("z_sum", "call", *_CALIBRATED),
        title=_calibrated_title,
        notes=_calibrated_notes,
        top=5,
        bottom=5,
    ),
    "scores": TableKind(
        *("scores", "signature", _SIGNATURE, _SCORED),
        (*_Z, "concordance", "call", "p_sum"),
        title=_score_title,
        notes=_score_notes,
        top=5,
        bottom=5,
    ),
}


def kind_of_table(table: object) -> str:
    """Return the kind of a table, "" if it is none that this package makes, or has columns twice or in levels."""
    if not isinstance(table, pd.DataFrame) or table.index.nlevels > 1 or table.columns.nlevels > 1:
        return ""
    if not table.columns.is_unique:
        return ""
    return next((name for name, kind in TABLE_KINDS.items() if kind.fits(table)), "")
