"""The genes behind one signature as a table: what each contributes, and whether it speaks for the verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, escaped, number_html, side_html, signed_html, table_html
from .._util.text import NOTHING, counted
from ..core.explain import percentile_decimals
from ..readings.interpretation import Interpretation
from ._parts import go
from ._study import Study

#: Rows of the table: the first ones of its order and, where the order has a meaning at its other end, the last ones.
FIRST, LAST = 25, 5

#: What the table can be sorted by (in the state) and what the button says.
ORDERS = {
    "contribution": "contribution",
    "percentile": "percentile",
    "gene": "gene",
    "side": "list",
    "base_rate": "habit",
}
_TWO_ENDS = ("contribution", "percentile")
_SORTED = {
    "contribution": "the genes that carry the verdict first, those against it last",
    "percentile": "the most down first",
    "gene": "by name",
    "side": "your up list first",
    "base_rate": "the gene that is extreme most often, whatever is done to the cells, first",
}


def orders(dossier: Interpretation) -> list[str]:
    """What there is to sort by: no habit without a background, no list where there is only one."""
    lacking = {"base_rate"} if dossier.baseline is None else set()
    lacking |= {"side"} if dossier.query.one_sided else set()
    return [name for name in ORDERS if name not in lacking]


def sorted_drivers(drivers: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sort a table of :func:`explain_concordance`; as it comes, the genes that carry the verdict are first."""
    if by == "percentile":
        return drivers.sort_values("percentile", kind="stable", ignore_index=True)
    if by == "gene":
        return drivers.sort_values("gene", key=lambda names: names.str.casefold(), kind="stable", ignore_index=True)
    if by == "side":
        return drivers.sort_values("side", ascending=False, kind="stable", ignore_index=True)
    if by == "base_rate":
        return drivers.sort_values("base_rate", ascending=False, kind="stable", ignore_index=True)
    return drivers


def direction(drivers: pd.DataFrame) -> int:
    """The sign of z_sum: 1 for a mimicker, -1 for a reverser."""
    return 1 if drivers["contribution"].sum() >= 0 else -1


def driver_table(study: Study, signature: str, by: str, without: Collection[str], link: bool) -> Html:
    """Return the table; `link` if a gene can be chosen in this explorer."""
    dossier = study.dossier
    assert dossier is not None
    drivers = dossier.contributions(signature)
    note = ""
    if by not in orders(dossier):
        by, note = "contribution", " (what you asked to sort by is not known here)"
    table = sorted_drivers(drivers, by)
    columns = _columns(study, signature, drivers, frozenset(without), link)
    last = LAST if by in _TWO_ENDS else 0
    n = len(table)
    rows: list[Any] = []
    places = range(n) if n <= FIRST + last + 1 else [*range(FIRST), *range(n - last, n)]
    lines = table.iloc[list(places)].to_dict("records")
    for place, line in zip(places, lines, strict=True):
        if place == n - last and place > FIRST:
            rows.append(_gap(n - len(places)))
        rows.append([cell(line) for _, cell, _ in columns])
    if len(places) < n and not last:
        rows.append(_gap(n - len(places)))
    return table_html(
        rows,
        [head for head, _, _ in columns],
        caption=_caption(drivers, f"{_SORTED[by]}{note}"),
        numeric=[place for place, (_, _, numeric) in enumerate(columns) if numeric],
    )


def _gap(n: int) -> str:
    return f"… {counted(n, 'further gene')}: all of them are in the TSV (Save or copy) …"


def _caption(drivers: pd.DataFrame, order: str) -> str:
    total = float(drivers["contribution"].sum())
    own = int((np.sign(drivers["contribution"]) == direction(drivers)).sum())
    if not drivers["contribution"].notna().any():
        return f"The {counted(len(drivers), 'gene')} of your query, none of them with a rank here."
    return (
        f"The genes of your query, {order}. Their contributions add up to z_sum = {signed_html(total)}; {own:,} of"
        f" {counted(len(drivers), 'gene')} speak for its sign."
    )


Cell = Callable[[dict[Any, Any]], object]
Head = str | tuple[str, str]


def _columns(
    study: Study, signature: str, drivers: pd.DataFrame, out: frozenset[str], link: bool
) -> list[tuple[Head, Cell, bool]]:
    """Head, cell and whether it is a number, of each column that has something to say."""
    dossier = study.dossier
    assert dossier is not None
    decimals, towards = percentile_decimals(study.ranks.n_genes), direction(drivers)
    largest = float(np.fmax.reduce(drivers["contribution"].abs().to_numpy(), initial=1e-9))
    call = str(dossier.scores.at[signature, "call"])
    verdict = f"the {call}" if call in ("mimicker", "reverser") else "the sign of z_sum"

    def gene(line: dict[Any, Any]) -> Html:
        name = go("gene", line["gene"], limit=40) if link else escaped(line["gene"], 40)
        return Html(f"{name} <small>(left out)</small>") if line["gene"] in out else name

    def contribution(line: dict[Any, Any]) -> Html:
        return Html(f"{signed_html(line['contribution'], 2)} {bar(line['contribution'] / largest)}")

    columns: list[tuple[Head, Cell, bool]] = [
        ("gene", gene, False),
        (("list", "of your query"), lambda line: side_html(line["side"]), False),
        (("rank", "1 = most down"), lambda line: number_html(line["rank"]), True),
        (
            ("percentile", "0 = most down, 100 = most up"),
            lambda line: number_html(line["percentile"], decimals),
            True,
        ),
        (("contribution", "− reverser … + mimicker"), contribution, True),
        (("speaks", f"for or against {verdict}"), lambda line: _speaks(towards * line["contribution"]), False),
    ]
    if dossier.landmark is not None:
        columns.append((("measured", "or inferred"), lambda line: _measured(line["landmark"]), False))
    if dossier.baseline is not None:
        hint = "of unselected signatures; 2 % by chance"
        columns.append((("extreme in", hint), lambda line: _share(line["base_rate"]), True))
    return columns


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


def _speaks(share: float) -> Html:
    if not np.isfinite(share) or share == 0:
        return Html(NOTHING)
    return Html("✓ for" if share > 0 else "✗ <strong>against</strong>")


def _measured(landmark: Any) -> Html:
    return Html(NOTHING if pd.isna(landmark) else "measured" if landmark else "inferred")


def _share(share: float) -> Html:
    return Html(f"{share:.1%}" if np.isfinite(share) else NOTHING)
