"""The genes of the query in one signature as a table: what each contributes, for or against the call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import NOTHING, Html
from .._util.text import counted, signed
from ..core.calls import CALLS, sign_of_contributions
from ..core.explain import percentile_decimals
from ..readings.interpretation import Interpretation
from ._pieces import Field, Link, recorded, rows_html
from ._state import GENE_ORDERS

#: Rows of the table: the first ones of its order and, where the order has a meaning at its other end, the last ones.
FIRST, LAST = 25, 5

#: What the button of an order says, and the caption of the table.
ORDERS = {
    "contribution": ("contribution", "the genes that contribute most to the call first, those against it last"),
    "percentile": ("percentile", "the most down first"),
    "gene": ("gene", "by name"),
    "side": ("list", "your up list first"),
    "base_rate": ("baseline", "the gene that is extreme in most unselected signatures first"),
}
_TWO_ENDS = ("contribution", "percentile")


def orders(known: Interpretation) -> list[str]:
    """Return what there is to sort by: no baseline without a background, no list where there is only one."""
    lacking = {"base_rate"} if known.baseline is None else set()
    lacking |= {"side"} if known.query.one_sided else set()
    return [name for name in GENE_ORDERS if name not in lacking]


def sorted_genes(contributions: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sort a table of :func:`explain_concordance`; as it comes, the genes that contribute most are first."""
    if by not in ("percentile", "gene", "side", "base_rate"):
        return contributions
    key = (lambda names: names.str.casefold()) if by == "gene" else None
    up = by in ("percentile", "gene")
    return contributions.sort_values(by, key=key, ascending=up, kind="stable", ignore_index=True)


def gene_rows(known: Interpretation, signature: str, by: str, without: Collection[str], link: Link) -> Html:
    """Return the table of the query's genes in one signature; genes `without` which is scored are marked."""
    contributions = known.contributions(signature)
    note = ""
    if by not in orders(known):
        by, note = "contribution", " (what you asked to sort by is not known here)"
    table = sorted_genes(contributions, by)
    last, n = LAST if by in _TWO_ENDS else 0, len(table)
    whole = n <= FIRST + last + 1
    rows: list[Any] = table.iloc[: n if whole else FIRST].to_dict("records")
    if not whole:
        more = counted(n - FIRST - last, "further gene")
        rows.append(f"… {more}: all of them are in the TSV (Save or copy) …")
        rows += table.iloc[n - last :].to_dict("records")
    fields = _fields(known, signature, contributions, frozenset(without), link)
    return rows_html(rows, fields, _caption(contributions, f"{ORDERS[by][1]}{note}"))


def _caption(contributions: pd.DataFrame, order: str) -> str:
    shares = contributions["contribution"]
    genes = counted(len(shares), "gene")
    if not shares.notna().any():
        return f"The {genes} of your query, none of them with a rank here."
    own = int((np.sign(shares) == sign_of_contributions(shares)).sum())
    return (
        f"The genes of your query, {order}. Their contributions add up to z_sum = {signed(float(shares.sum()))};"
        f" {own:,} of {genes} have its sign."
    )


def _fields(
    known: Interpretation, signature: str, contributions: pd.DataFrame, out: frozenset[str], link: Link
) -> list[Field]:
    """The columns that have something to say."""
    sign = sign_of_contributions(contributions["contribution"])
    largest = float(np.fmax.reduce(contributions["contribution"].abs().to_numpy(), initial=1e-9))
    call = str(known.scores.at[signature, "call"])
    share = recorded("contributions", "contribution")

    def gene(row: Mapping[Any, Any]) -> Html:
        name = link("gene", row["gene"], limit=40)
        return Html(f"{name} <small>(left out)</small>") if row["gene"] in out else name

    fields = [
        Field("gene", gene),
        recorded("contributions", "side"),
        recorded("contributions", "rank"),
        recorded("contributions", "percentile", digits=percentile_decimals(known.ranks.n_genes)),
        Field(share.head, lambda row: Html(f"{share.cell(row)} {bar(row['contribution'] / largest)}"), True),
        Field(
            ("for or against", f"the {call}" if call in CALLS[:2] else "the sign of z_sum"),
            lambda row: _for_or_against(sign * row["contribution"]),
        ),
    ]
    if known.landmark is not None:
        fields.append(recorded("contributions", "landmark"))
    if known.baseline is not None:
        fields.append(recorded("contributions", "base_rate"))
    return fields


def bar(share: float) -> Html:
    """Return a bar to the left (−1) or right (+1) of a middle line; it says nothing that its number does not say."""
    if not np.isfinite(share):
        return Html("")
    length = 28 * min(abs(share), 1.0)
    start = 30 - length if share < 0 else 30
    return Html(
        '<svg width="60" height="10" viewBox="0 0 60 10" aria-hidden="true" focusable="false"'
        f' style="vertical-align:middle"><path d="M{start:.1f} 2h{length:.1f}v6h-{length:.1f}z" fill="currentColor"'
        ' fill-opacity=".55"></path><path d="M30 0V10" stroke="currentColor"></path></svg>'
    )


def _for_or_against(share: float) -> Html:
    if not np.isfinite(share) or share == 0:
        return Html(NOTHING)
    return Html("✓ for" if share > 0 else "✗ <strong>against</strong>")
