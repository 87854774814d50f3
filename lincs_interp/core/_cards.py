"""The notebook display of a RankMatrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .._util.html import Html, card, escaped, list_html, number_html, paragraph, table_html
from .._util.text import counted, listed

# A corner of the matrix shows how it is made up; it is no place to read a result from.
GENES_SHOWN, SIGNATURES_SHOWN = 5, 3
ASSUMPTIONS_SHOWN = 6


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
    """Return what a signature is of, where its id does not say it; empty where nothing is known."""
    known = signatures.iloc[place]
    name, dose, *where = (str(known.get(part, "")) for part in ("pert_name", "pert_dose", "cell_line", "pert_time"))
    if not name or name in str(signatures.index[place]):
        return ""
    return ", ".join(filter(None, [f"{name} {dose}".rstrip(), *where]))


def _who(signatures: pd.DataFrame) -> str:
    """Count perturbagens, cell lines and times, as far as they are known."""
    found = []
    for name, noun in (("pert_name", "perturbagen"), ("cell_line", "cell line"), ("pert_time", "time")):
        values = signatures[name] if name in signatures else pd.Series(dtype=object)
        distinct = [value for value in pd.unique(values) if value != "" and not pd.isna(value)]
        if distinct:
            few = f" ({listed(distinct, 6)})" if len(distinct) <= 6 else ""
            found.append(f"{counted(len(distinct), noun)}{few}")
    return (
        f"{'; '.join(found)}." if found else "What the signatures are of is not known: give metadata (with_metadata)."
    )


def _first(sentences: Sequence[str]) -> list[str]:
    more = len(sentences) - ASSUMPTIONS_SHOWN
    return [*sentences[:ASSUMPTIONS_SHOWN], *([f"… {more:,} more: .assumptions"] if more > 0 else [])]
