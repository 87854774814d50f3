"""The part about one gene: its rank in the chosen signature, its baseline, and the gene in all signatures."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
import pandas as pd

from .._util.html import Html, paragraph
from .._util.text import counted, percent, shown
from ..core.explain import RANK_IS_ORDER, RankReading, explain_rank, percentile_decimals
from ..core.ranks import percentiles_of
from ..plots import Canvas, plot_gene
from ..plots.percentiles import GenePicture, rows_by_call
from ._pieces import Link, columns_html, files_of, go, picture, piece, recorded, status
from ._state import FACTS, ExplorerState, Selection, Source
from ._widgets import Part

#: So many signatures are named at each end.
NAMED = 5

# Genes whose tables are kept while the signature changes.
_KEPT = 16


def rank_reading(source: Source, state: ExplorerState) -> RankReading | None:
    """Return the integer in words; None where the signature has no rank of the gene."""
    at = int(source.ranks.genes.get_loc(state.gene)), source.column(state.signature)  # type: ignore[arg-type]
    rank, places = float(source.ranks.values[at]), source.ranks._scoring.tie(*at)
    if np.isnan(rank):
        return None
    n, name = int(source.ranks.n_ranked[state.signature]), source.labels[state.signature]
    return explain_rank(int(rank), n_genes=n, gene=state.gene, signature=name, places=places)


def gene_table(source: Source, gene: str, *, facts: bool = True) -> pd.DataFrame:
    """Return one gene in all signatures, the most down first: ``rank``, ``percentile``, metadata and ``call``."""
    row = source.ranks.values[source.ranks.genes.get_loc(gene)]
    values = {"rank": row, "percentile": percentiles_of(source.ranks, gene)}
    table = pd.DataFrame(values, index=pd.Index(source.ids, name="signature"))
    if facts:
        table = table.join(source.ranks.signatures[FACTS])
    if source.calls is not None:
        table["call"] = source.calls.to_numpy()
    return table.sort_values("percentile", kind="stable")


class GenePart(Part):
    """One gene in one signature and in all of them."""

    name, title = "gene", "One gene"
    places = ("words", "picture", "baseline", "ends")

    def __init__(self, selection: Selection) -> None:
        super().__init__(selection)
        source = self.source
        self._baseline = lru_cache(_KEPT)(partial(_baseline, source))
        self._ends = lru_cache(_KEPT)(partial(_ends, source))
        rows = rows_by_call(pd.Index(source.ids), source.calls)
        height = 0.4 * (len(rows) + (1.7 if source.background is not None else 0)) + 1.2
        self._canvas = Canvas(7.2, height, **GenePicture.MARGINS)
        self._picture = GenePicture(self._canvas.ax, rows, baseline=source.background is not None)
        self._canvas.hold(self._picture.live)

    def view(self, state: ExplorerState, link: Link = go) -> dict[str, str]:
        return {
            "words": _words(self.source, state),
            "picture": piece(self._draw(state.gene, state.signature)),
            "baseline": self._baseline(state.gene),
            "ends": self._ends(state.gene, link),
        }

    def files(self, state: ExplorerState) -> Html:
        source, usual = self.source, _unselected(self.source, state.gene)
        draw = partial(
            plot_gene,
            pd.Series(percentiles_of(source.ranks, state.gene), index=source.ids, name=state.gene),
            background=None if usual is None else pd.Series(usual),
            highlight=state.signature,
            calls=source.calls,
            labels=source.ranks.signatures,
        )
        table = gene_table(source, state.gene).reset_index()
        return files_of(table, state.gene, f"{shown(state.gene, 40)} everywhere", draw)

    def _draw(self, gene: str, signature: str) -> Html:
        values, usual = percentiles_of(self.source.ranks, gene), _unselected(self.source, gene)
        column, label = self.source.column(signature), self.source.labels[signature]
        self._picture.update(values, background=usual, chosen=[column])
        known = values[np.isfinite(values)]
        grey = ""
        if self.source.background is not None:
            n = 0 if usual is None else int(np.isfinite(usual).sum())
            grey = f" Grey bars: the same gene in {n:,} unselected signatures."
        alt = (
            f"{shown(gene, 40)} in {len(known):,} signatures on a scale from 0 (most down) to 100 (most up);"
            f" median {np.median(known) if len(known) else float('nan'):.0f}; marked: {label} at {values[column]:.1f}."
        )
        caption = f"Each mark is one signature; the diamond is {label}. Shaded: the lowest and the highest 1 %.{grey}"
        return picture(self._canvas, alt, caption)


def _unselected(source: Source, gene: str) -> np.ndarray | None:
    """Return the percentiles of a gene in the background; None where they are not known."""
    if source.background is None or gene not in source.background.genes:
        return None
    return percentiles_of(source.background, gene)


def _words(source: Source, state: ExplorerState) -> Html:
    reading = rank_reading(source, state)
    if reading is None:
        return piece(
            status(f"{shown(state.gene, 40)} has no rank in {source.labels[state.signature]}: nothing to show.")
        )
    return piece(status(reading.sentence), paragraph(RANK_IS_ORDER, faint=True))


def _baseline(source: Source, gene: str) -> Html:
    table = source.baseline
    if table is None:
        lack = "How often this gene is extreme in unselected signatures is not known: that needs a background of them."
        return piece(paragraph(lack, faint=True))
    if gene not in table.index:
        return piece(f"The background does not have {shown(gene, 40)}, so its baseline is not known.")
    row = table.loc[[gene]].iloc[0]
    return piece(
        f"Baseline of the gene: in {counted(int(row['n_signatures']), 'unselected signature')} its median percentile is"
        f" {row['median_percentile']:.0f}; it is among the lowest {percent(row['tail'])} in"
        f" {percent(row['share_low'])} of them and among the highest in {percent(row['share_high'])} (together"
        f" {percent(row['share_extreme'])}; by chance {percent(2 * row['tail'])})."
    )


def _ends(source: Source, gene: str, link: Link) -> Html:
    """Return the signatures in which the gene is lowest and highest."""
    table = gene_table(source, gene, facts=False)
    n = int(table["percentile"].notna().sum())  # the missing ones come last
    take = min(NAMED, n // 2)
    part = table.iloc[[*range(take), *range(n - take, n)]]
    columns = [
        ("signature", [link("signature", one, source.labels[one]) for one in part.index], False),
        recorded(part, "contributions", "rank"),
        recorded(part, "contributions", "percentile", digits=percentile_decimals(source.ranks.n_genes)),
    ]
    columns += [] if source.calls is None else [recorded(part, "scores", "call")]
    gap = (take, f"… {counted(n - 2 * take, 'signature')} between …") if n > 2 * take else None
    caption = f"The signatures in which {shown(gene, 40)} is lowest, and those in which it is highest"
    return piece(columns_html(columns, caption, gap=gap))
