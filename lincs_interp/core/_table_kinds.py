"""What each kind of score table shows in a notebook: columns with units and ends, rows of both ends, sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from .._util.html import CALL_SIGNS, NOTHING, Html, call_html, escaped, number_html, side_html, signed_html
from .._util.text import counted, shown
from ..scoring.scores import SCORES
from .calls import ASSUMED
from .columns import Column, Row, call_column, number_in, probability_column, share_column, signed_column, text_column

NOMINAL = (
    "p_sum is nominal: use it to sort only. It takes genes for independent and is far too small on real data (W2);"
    " calibrate(scores, query, background=…) says what it is worth."
)
TWO_ENDS = Html("−&nbsp;reverser<br>+&nbsp;mimicker")
HYPOTHESIS = "A hit is a hypothesis to be tested, not a finding (W3)."


@dataclass(frozen=True)
class TableKind:
    """What a kind of table shows.

    Attributes
    ----------
    title : function of the table
    numbers, texts : tuple of str
        The columns it needs: without one of them, or if a number became a text, pandas shows the table.
    columns : function of the table
        What is shown beside the names of the rows; a column without any value in the rows shown is left out.
    top, bottom : int
        How many rows of each end.
    what : (str, str)
        What one row is, what several are.
    notes : function of the table
        Sentences below it.
    row_name : str
        The column that names the rows; empty for the index.
    """

    title: Callable[[pd.DataFrame], str]
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    columns: Callable[[pd.DataFrame], Iterable[Column]]
    top: int
    bottom: int
    what: tuple[str, str]
    notes: Callable[[pd.DataFrame], Iterable[str | Html]]
    row_name: str = ""


_Z = (
    signed_column("z_up", Html("+&nbsp;up&nbsp;genes<br>lie&nbsp;up")),
    signed_column("z_down", Html("+&nbsp;down&nbsp;genes<br>lie&nbsp;down")),
    signed_column("z_sum", TWO_ENDS),
)
_CALL = call_column("call")


def _falling(numbers: pd.Series) -> bool:
    """Does the order still stand that the table came in?"""
    return bool(numbers.dropna().is_monotonic_decreasing)


def _calls(table: pd.DataFrame) -> Html:
    counts = table["call"].value_counts()
    return Html(" · ".join(f"{counts.get(call, 0):,} {call_html(call)}" for call in CALL_SIGNS))


def _score_title(table: pd.DataFrame) -> str:
    first = ", best mimicker first" if _falling(table["z_sum"]) else ""
    return f"Agreement with the query: {counted(len(table), 'signature')}{first}"


def _calibrated_title(table: pd.DataFrame) -> str:
    return f"{_score_title(table)}; p {'not calibrated' if _assumed(table) else 'calibrated'}"


_FURTHER_SHOWN = 3


def _score_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield from _Z
    yield signed_column("concordance", Html("−1&nbsp;reverser<br>+1&nbsp;mimicker"), 2)
    yield _CALL
    yield probability_column("p_sum", "nominal: sort only")
    for name in _further(table)[:_FURTHER_SHOWN]:
        yield signed_column(name, TWO_ENDS, 2)


def _further(table: pd.DataFrame) -> list[str]:
    """The scores beside z_sum, "xsum(100)" among them; what a reader added to the table is none."""
    names = [name for name in map(str, table.columns) if name.partition("(")[0] in SCORES and name != "z_sum"]
    return [name for name in names if table[name].dtype.kind in "iuf"]


def _score_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield _calls(table)
    more = _further(table)[_FURTHER_SHOWN:]
    if more:
        yield f"Not shown: {counted(len(more), 'further score')}."
    yield f"{NOMINAL} {HYPOTHESIS}"


def _calibrated_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield _Z[-1]
    yield _CALL
    yield signed_column("z_cal", Html("in SD of unrelated<br>signatures"))
    assumed = _assumed(table)
    yield probability_column("p_cal", "0 … 1, assumed: sort only" if assumed else "0 … 1, calibrated")
    yield probability_column("fdr_cal", "0 … 1, share of false calls")


def _assumed(table: pd.DataFrame) -> bool:
    return bool(len(table)) and table["p_status"].iloc[0] == ASSUMED


def _calibrated_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield _calls(table)
    if not len(table):
        return
    how = shown(table["how"].iloc[0], 300)
    if _assumed(table):
        yield f"p_cal is not calibrated ({how}): use it to sort only. {HYPOTHESIS}"
    else:
        called = table["call"].isin(["mimicker", "reverser"]) & (table["fdr_cal"] < 0.05)
        yield (
            f"{counted(int(called.sum()), 'signature')} called mimicker or reverser with fdr_cal below 0.05"
            f" ({how}). {HYPOTHESIS}"
        )


def _consensus_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield signed_column("consensus", "0 = ordinary here, + more of a mimicker")
    for name in [str(column).removesuffix("_std") for column in table.columns if str(column).endswith("_std")]:
        if name in table:
            yield signed_column(name, TWO_ENDS, 1 if name == "z_sum" else 2)
    yield share_column("families agreeing", "with the sign of z_sum", "families_agreeing", "families")
    yield _CALL


def _consensus_title(table: pd.DataFrame) -> str:
    first = ", highest consensus first" if _falling(table["consensus"]) else ""
    return f"Several scores together: {counted(len(table), 'signature')}{first}"


def _consensus_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    yield _calls(table)
    yield f"consensus compares the signatures of this matrix; it is no p-value. {HYPOTHESIS}"


def _driver_title(table: pd.DataFrame) -> str:
    shares = table["contribution"] * (1 if table["contribution"].sum() >= 0 else -1)
    first = ", those that carry it first" if _falling(shares) else ""
    return f"The genes behind one verdict: {counted(len(table), 'gene')}{first}"


def _driver_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield Column("side", "of your query", lambda row: side_html(row["side"]), numeric=False)
    yield Column("rank", "1 = most down", lambda row: number_html(number_in(row, "rank")))
    yield Column("percentile", "0 most down … 100 most up", lambda row: number_html(number_in(row, "percentile"), 1))
    yield signed_column("contribution", "+ speaks for mimicker", 2)
    yield Column("landmark", "measured or inferred", _measured, numeric=False)
    yield Column("base_rate", "how often extreme; 2% by chance", _base_rate)


def _measured(row: Row) -> Html:
    landmark = row.get("landmark", pd.NA)
    return Html(NOTHING if pd.isna(landmark) else "measured" if landmark else "inferred")


def _base_rate(row: Row) -> Html:
    share = number_in(row, "base_rate")
    return Html(f"{share:.1%}" if np.isfinite(share) else NOTHING)


def _driver_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    total = float(table["contribution"].sum())
    towards = "mimicker" if total >= 0 else "reverser"
    own = int((np.sign(table["contribution"]) == (1 if total >= 0 else -1)).sum())
    yield Html(
        f"The contributions add up to z_sum = {signed_html(total)}: {own:,} of {counted(len(table), 'gene')} speak for"
        f" {call_html(towards)}, the others against it or for nothing."
    )


def _perturbagen_title(table: pd.DataFrame) -> str:
    first = ", strongest evidence first" if table["grade"].is_monotonic_increasing else ""
    return f"All signatures of a perturbagen together: {counted(len(table), 'perturbagen')}{first}"


def _perturbagen_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield Column("grade", "A replicated … D", lambda row: escaped(row["grade"], 10), numeric=False)
    yield call_column("call")
    yield share_column("agreeing", "signatures", "n_agreeing", "n_scored")
    yield share_column("agreeing", "cell lines", "n_cells_agreeing", "n_cells")
    yield signed_column("median_score", TWO_ENDS)
    yield probability_column("fdr_cal", "0 … 1, over perturbagens")
    yield text_column("reasons", "what the grade rests on", 180)


def _perturbagen_notes(table: pd.DataFrame) -> Iterator[str | Html]:
    counts = table["grade"].value_counts().sort_index()
    yield "Grades: " + ", ".join(f"{n:,} {shown(grade, 10)}" for grade, n in counts.head(6).items()) + "."
    unnamed = int(table["n_unnamed"].max()) if len(table) and "n_unnamed" in table else 0
    if unnamed:
        yield f"{counted(unnamed, 'signature')} without the name of a perturbagen, in no row."
    yield f"A grade speaks of this matrix: in a list of hits of the same query all seems to agree (W8). {HYPOTHESIS}"


def _signature_columns(table: pd.DataFrame) -> Iterator[Column]:
    yield text_column("cell_line", "")
    yield text_column("pert_time", "")
    yield text_column("pert_dose", "")
    yield from _Z
    yield _CALL
    yield probability_column("fdr_cal", "0 … 1, share of false calls")


def _signature_title(table: pd.DataFrame) -> str:
    name = f" of {shown(table['pert_name'].iloc[0], 60)}" if len(table) else ""
    order = ", by cell line, time and dose" if table["cell_line"].is_monotonic_increasing else ""
    return f"{counted(len(table), 'signature')}{name}{order}"


_SIGNATURE = ("signature", "signatures")
_SCORED = ("z_up", "z_down", "z_sum")

TABLE_KINDS: Mapping[str, TableKind] = MappingProxyType(
    {
        "scores": TableKind(
            _score_title, (*_SCORED, "concordance", "p_sum"), ("call",), _score_columns, 5, 5, _SIGNATURE, _score_notes
        ),
        "calibrated": TableKind(
            _calibrated_title,
            (*_SCORED, "z_cal", "p_cal", "fdr_cal"),
            ("call", "p_status", "how"),
            _calibrated_columns,
            5,
            5,
            _SIGNATURE,
            _calibrated_notes,
        ),
        "consensus": TableKind(
            _consensus_title,
            ("z_sum", "consensus", "families", "families_agreeing"),
            ("call",),
            _consensus_columns,
            5,
            5,
            _SIGNATURE,
            _consensus_notes,
        ),
        "drivers": TableKind(
            _driver_title,
            ("rank", "percentile", "contribution"),
            ("gene", "side"),
            _driver_columns,
            6,
            4,
            ("gene", "genes"),
            _driver_notes,
            "gene",
        ),
        "perturbagens": TableKind(
            _perturbagen_title,
            ("n_agreeing", "n_scored", "n_cells_agreeing", "n_cells", "median_score"),
            ("grade", "call", "reasons"),
            _perturbagen_columns,
            8,
            0,
            ("perturbagen", "perturbagens"),
            _perturbagen_notes,
        ),
        "signatures": TableKind(
            _signature_title,
            _SCORED,
            ("pert_name", "cell_line", "pert_time", "pert_dose", "call"),
            _signature_columns,
            6,
            6,
            _SIGNATURE,
            lambda table: [_calls(table), HYPOTHESIS],
        ),
    }
)
