"""The page of the report: tables and sentences put in order for the template, which holds every word of prose."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ._check import shown
from ._report_analysis import Analysis
from ._report_figures import evidence_picture, heatmap_picture, scores_picture, top_picture
from .concordance import CALL_P, HALF_Z
from .genes import EXACT, NOT_MEASURED
from .plots import CALL_COLOURS
from .rank_words import explain_rank, percentile_decimals
from .ranks import to_percentile
from .readings import (
    ALWAYS,
    both_ways,
    chance_sentence,
    coverage_sentence,
    overview_sentence,
    reading_warnings,
    siblings_sentence,
    signed,
    verdict_sentence,
)
from .sample import SIMULATED

SIGNS = {"mimicker": "▲", "reverser": "▼", "discordant": "◆", "unresolved": "○"}
IN_DETAIL = 3  # signatures of each end whose genes are shown in full
CAUTION_ORDER = ("W8", "W7", "W12", "W5")  # of the cautions in short, the one that changes most first
CHANGED_ROWS = 60  # entries shown in the table of changed or lost genes; the file holds all
ABSENT_SHOWN = 60  # names of genes that the matrix lacks
DRIVER_ROWS = 5  # of each list
HEATMAP_GENES = 12  # of each list


def render_page(analysis: Analysis, meta: Mapping[str, Any]) -> str:
    """Return the report as one HTML page that loads nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = signed
    environment.filters["cut"] = shown
    return environment.get_template("report.html.j2").render(_context(analysis, meta))


def _context(analysis: Analysis, meta: Mapping[str, Any]) -> dict[str, Any]:
    ranks, scores, matches = analysis.ranks, analysis.scores, analysis.matches
    mimickers, reversers, discordant = analysis.mimickers, analysis.reversers, analysis.discordant
    warnings = reading_warnings(scores, matches)
    shown_in_full = min(IN_DETAIL, analysis.top)
    details = [*mimickers[:shown_in_full], *reversers[:shown_in_full]]
    one_sided, decimals = analysis.query.one_sided, percentile_decimals(ranks.n_genes)
    ends = [to_percentile(rank, n_genes=ranks.n_genes) for rank in (1, ranks.n_genes)]
    return {
        "title": analysis.query.name,
        "simulated": SIMULATED if SIMULATED in ranks.assumptions else "",
        "meta": meta,
        "n": ranks.n_genes,
        "n_signatures": len(scores),
        "one_sided": one_sided,
        "side": "up" if analysis.query.up else "down",
        "ends": [f"{end:.{decimals}f}" for end in ends],
        "half_z": f"{HALF_Z:g}",
        "call_p": f"{CALL_P:g}".removeprefix("0"),
        "signs": SIGNS,
        "colours": CALL_COLOURS,
        "overview": overview_sentence(scores, one_sided=one_sided),
        "strongest": [_verdict(analysis, side[0]) for side in (mimickers, reversers) if len(side)],
        "no_mimicker": not len(mimickers),
        "no_reverser": not len(reversers),
        "coverage": [
            coverage_sentence(matches, scores, side) for side in ("up", "down") if getattr(analysis.query, side)
        ],
        "warnings": warnings,
        "cautions": sorted((w for w in warnings if w not in ALWAYS), key=lambda w: CAUTION_ORDER.index(w.code)),
        "chance": chance_sentence(scores),
        "both_ways": both_ways(scores, ranks.signatures),
        "examples": _examples(analysis, details),
        "groups": [
            ("Mimickers", "mimicker", len(mimickers), _rows(analysis, mimickers)),
            ("Reversers", "reverser", len(reversers), _rows(analysis, reversers)),
            ("Discordant signatures", "discordant", len(discordant), _rows(analysis, discordant)),
        ],
        "scores_picture": scores_picture(scores, ranks.signatures, one_sided) if analysis.scored else None,
        "top_picture": top_picture(scores, ranks.signatures, analysis.top) if analysis.scored else None,
        "details": [_detail(analysis, signature) for signature in details],
        "heatmap": _heatmap(analysis, details, [*mimickers[: analysis.top], *reversers[: analysis.top]]),
        "decimals": decimals,
        "absent": matches.loc[matches["how"] == NOT_MEASURED, "gene"].drop_duplicates().tolist(),
        "absent_shown": ABSENT_SHOWN,
        "changed": _changed(matches),
        "n_changed": int(_is_changed(matches).sum()),
        "assumptions": ranks.assumptions,
    }


def _verdict(analysis: Analysis, signature: str) -> dict[str, str]:
    row = analysis.scores.loc[[signature]].iloc[0]
    return {"sentence": verdict_sentence(str(analysis.labels[signature]), row), "call": str(row["call"])}


def _rows(analysis: Analysis, signatures: pd.Index) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "label": analysis.labels[signature],
            "signature": signature,
            **analysis.ranks.signatures.loc[signature, ["pert_name", "pert_dose", "cell_line", "pert_time"]],
            **analysis.scores.loc[signature],
        }
        for place, signature in enumerate(signatures[: analysis.top], 1)
    ]


def _detail(analysis: Analysis, signature: str) -> dict[str, Any]:
    drivers = analysis.drivers[signature]
    against = drivers[np.sign(drivers["contribution"]) == -np.sign(analysis.scores["z_sum"][signature])]
    return {
        "signature": signature,
        "label": analysis.labels[signature],
        **_verdict(analysis, signature),
        "siblings": siblings_sentence(signature, analysis.scores, analysis.ranks.signatures),
        "picture": evidence_picture(drivers, analysis.labels[signature]),
        "drivers": drivers.groupby("side", sort=False)
        .head(DRIVER_ROWS)
        .sort_values("side", ascending=False, kind="stable")
        .to_dict("records"),
        "n_genes": int(drivers["rank"].notna().sum()),
        "n_against": len(against),
    }


def _examples(analysis: Analysis, details: list[str]) -> list[str]:
    """Two integers of this very matrix in words: the leading gene of the best hit, and one from the middle."""
    if not details:
        return []
    drivers = analysis.drivers[details[0]].dropna(subset="rank")
    middle = int((drivers["percentile"] - 50).abs().to_numpy().argmin())
    n_genes = int(analysis.ranks.n_ranked[details[0]])
    return [
        explain_rank(int(row["rank"]), n_genes=n_genes, gene=row["gene"], signature=details[0]).sentence
        for row in (drivers.iloc[0], drivers.iloc[middle])
    ]


def _heatmap(analysis: Analysis, details: list[str], signatures: list[str]) -> Any:
    if len(signatures) < 2 or not details:
        return None
    shares = pd.concat(
        [analysis.drivers[signature].set_index(["gene", "side"])["contribution"].abs() for signature in details]
    )
    means = shares.groupby(level=["gene", "side"]).mean().sort_values(ascending=False, kind="stable")
    strongest = means.groupby(level="side", sort=False).head(HEATMAP_GENES)
    genes = strongest.sort_index(level="side", sort_remaining=False, ascending=False, kind="stable").index
    table = analysis.ranks.select(genes=[gene for gene, _ in genes], signatures=signatures).percentiles()
    return heatmap_picture(table, analysis.ranks.signatures)


def _is_changed(matches: pd.DataFrame) -> pd.Series:
    """Entries that need a line of their own; genes the matrix lacks are listed together."""
    return ((matches["how"] != EXACT) | (matches["suggestion"] != "")) & (matches["how"] != NOT_MEASURED)


def _changed(matches: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """What a reader has to know of: entries that were lost first, then those read under another name."""
    changed = matches[_is_changed(matches)].sort_values("counted", kind="stable")
    return changed.head(CHANGED_ROWS).to_dict("records")
