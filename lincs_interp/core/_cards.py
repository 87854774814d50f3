"""Notebook displays that need room: of a RankMatrix, and of how far a verdict hangs on single genes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import (
    NOTHING,
    Html,
    call_html,
    card,
    escaped,
    list_html,
    number_html,
    paragraph,
    side_html,
    signed_html,
    table_html,
)
from .._util.text import counted, listed

# A corner of the matrix shows how it is made up; it is no place to read a result from.
GENES_SHOWN, SIGNATURES_SHOWN = 5, 3
ASSUMPTIONS_SHOWN = 6

DRIVERS_SHOWN = 10


def matrix_card(frame: pd.DataFrame, n_genes: int, signatures: pd.DataFrame, assumptions: Sequence[str]) -> Html:
    """Return the display of a matrix (genes x signatures); its size does not matter, only a corner is looked at."""
    rows, columns = frame.shape
    corner = frame.iloc[:GENES_SHOWN, :SIGNATURES_SHOWN]
    more_columns, more_rows = columns - corner.shape[1], rows - corner.shape[0]
    heads: list[str | tuple[str, str]] = [("gene", "")]
    heads += [(escaped(name, 30), _in_words(signatures, place)) for place, name in enumerate(corner.columns)]
    body: list[Sequence[object] | str] = [
        [escaped(gene, 24), *(Html("missing") if np.isnan(rank) else number_html(rank) for rank in ranks)]
        for gene, ranks in zip(corner.index, corner.to_numpy(dtype=float), strict=True)
    ]
    if more_columns:
        heads.append(f"… {counted(more_columns, 'further signature')}")
        body = [[*line, Html("…")] for line in body]
    if more_rows:
        body.append(f"… {counted(more_rows, 'further gene')}")
    n = f"{n_genes:,}"
    return card(
        f"Gene rank matrix: {counted(rows, 'gene')} × {counted(columns, 'signature')},"
        f" N = {n} (1 = most down … {n} = most up)",
        _who(signatures),
        table_html(
            body,
            heads,
            caption="Ranks: an order within each signature, no size. The first genes and signatures.",
            numeric=range(1, len(heads)),
        ),
        list_html(_first(assumptions)),
        paragraph(
            Html("Metadata of the signatures: <code>.signatures</code>; ranks: <code>.frame</code>."), faint=True
        ),
    )


def _in_words(signatures: pd.DataFrame, place: int) -> str:
    """What a signature is of, where its id does not say it; empty where nothing is known."""
    known = signatures.iloc[place]
    name, dose, *where = (str(known.get(part, "")) for part in ("pert_name", "pert_dose", "cell_line", "pert_time"))
    if not name or name in str(signatures.index[place]):
        return ""
    return ", ".join(filter(None, [f"{name} {dose}".rstrip(), *where]))


def _who(signatures: pd.DataFrame) -> str:
    """Count perturbagens, cell lines and times, as far as they are known."""
    told = []
    for name, noun in (("pert_name", "perturbagen"), ("cell_line", "cell line"), ("pert_time", "time")):
        values = signatures[name] if name in signatures else pd.Series(dtype=object)
        distinct = [value for value in pd.unique(values) if value != "" and not pd.isna(value)]
        if distinct:
            few = f" ({listed(distinct, 6)})" if len(distinct) <= 6 else ""
            told.append(f"{counted(len(distinct), noun)}{few}")
    return f"{'; '.join(told)}." if told else "What the signatures are of is not known: give metadata (with_metadata)."


def _first(sentences: Sequence[str]) -> list[str]:
    more = len(sentences) - ASSUMPTIONS_SHOWN
    return [*sentences[:ASSUMPTIONS_SHOWN], *([f"… {more:,} more: .assumptions"] if more > 0 else [])]


def stability_card(
    sentence: str, genes: pd.DataFrame, caveats: Sequence[str], *, place: float, n_signatures: int, n_compared: int
) -> Html:
    """Return the display of a DriverStability: its sentence, the leading genes, what the intervals do not cover."""
    leading: Any = genes.head(DRIVERS_SHOWN).itertuples()
    rows: list[Any] = [
        [
            row.gene,
            side_html(row.side),
            number_html(row.percentile, 1),
            signed_html(row.contribution, 2),
            number_html(row.place_without),
            call_html(row.call_without),
            f"{row.shared_by:.0f} of {n_compared:,}" if np.isfinite(row.shared_by) else Html(NOTHING),
        ]
        for row in leading
    ]
    if len(genes) > DRIVERS_SHOWN:
        rows.append(f"… {counted(len(genes) - DRIVERS_SHOWN, 'further gene')}: .genes")
    columns: list[str | tuple[str, str]] = [
        "gene",
        ("side", "of your query"),
        ("percentile", "0 most down … 100 most up"),
        ("contribution", "+ speaks for mimicker"),
        ("place without it", f"now {place:,.0f} of {n_signatures:,}" if np.isfinite(place) else ""),
        ("call without it", ""),
        ("shared by", "of the first signatures"),
    ]
    return card(
        sentence,
        table_html(rows, columns, caption="The genes that carry the verdict first.", numeric=[2, 3, 4, 6]),
        list_html(caveats),
    )
