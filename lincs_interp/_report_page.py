"""The page of the report: tables and sentences put in order for the template, which holds every word of prose."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ._check import shown
from ._report_analysis import Analysis
from ._report_figures import (
    evidence_picture,
    heatmap_picture,
    null_picture,
    perturbagen_picture,
    scores_picture,
    top_picture,
)
from .concordance import CALL_P, HALF_Z
from .genes import EXACT, NOT_MEASURED
from .null_check import TOO_MANY
from .null_fit import FEWEST_BACKGROUND
from .percentiles import to_percentile
from .perturbagen_readings import perturbagen_sentence
from .perturbagens import perturbagen_signatures
from .plots import CALL_COLOURS
from .rank_words import TIES_ARE_LEVEL, explain_rank, percentile_decimals
from .readings import (
    ALWAYS,
    ReadingWarning,
    belief_sentence,
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
from .signature_readings import chance_of, signature_warnings
from .signature_warnings import CALLS

SIGNS = {"mimicker": "▲", "reverser": "▼", "discordant": "◆", "unresolved": "○"}
IN_DETAIL = 3  # signatures of each end whose genes are shown in full
CAUTION_ORDER = ("W8", "W7", "W12", "W5")  # of the cautions in short, the one that changes most first
CHANGED_ROWS = 60  # entries shown in the table of changed or lost genes; the file holds all
ABSENT_SHOWN = 60  # names of genes that the matrix lacks
DRIVER_ROWS = 5  # of each list
HEATMAP_GENES = 12  # of each list
FEWEST_FOR_A_MAP = 3  # signatures of a perturbagen that are worth a picture of their own
PERTURBAGEN_PICTURES = 2


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
    environment.filters["small"] = _small
    environment.filters["cut"] = shown
    return environment.get_template("report.html.j2").render(_context(analysis, meta))


def _small(p: float) -> str:
    """A probability as one reads it: "0.03", "2e-09"."""
    return "–" if not np.isfinite(p) else f"{p:.2f}" if p >= 0.1 else f"{p:.1g}"


def _context(analysis: Analysis, meta: Mapping[str, Any]) -> dict[str, Any]:
    ranks, scores, matches = analysis.ranks, analysis.scores, analysis.matches
    mimickers, reversers, discordant = analysis.mimickers, analysis.reversers, analysis.discordant
    warnings = reading_warnings(scores, matches)
    null = analysis.dossier.null
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
        "belief": belief_sentence(scores, background=None if null is None else null.n_signatures),
        "circular": any(warning.code == "W8" for warning in warnings),
        "too_small": null is not None and null.share_below_05 > TOO_MANY,
        "fewest_background": FEWEST_BACKGROUND,
        "not_looked_for": _not_looked_for(analysis),
        "best_graded": _best_graded(analysis),
        "tied": not bool(ranks.complete.all()),
        "ties": TIES_ARE_LEVEL,
        "calibrated": analysis.dossier.calibrated,
        "calibrated_by": str(scores["calibrated_by"].iloc[0]) if len(scores) else "",
        "null": analysis.dossier.null,
        "null_picture": _null_picture(analysis),
        "perturbagens": _perturbagens(analysis),
        "n_perturbagens": len(analysis.dossier.perturbagens),
        "n_unnamed": int((analysis.dossier.perturbagen_of == "").sum()),
        "perturbagen_pictures": _perturbagen_pictures(analysis),
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
        "genes_known": analysis.dossier.landmark is not None,
        "habits_known": analysis.dossier.baseline is not None,
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
    sentence = f"{verdict_sentence(str(analysis.labels[signature]), row)} {chance_of(row, analysis.dossier.calibrated)}"
    return {"sentence": sentence.rstrip(), "call": str(row["call"])}


def _best_graded(analysis: Analysis) -> list[str]:
    """One sentence for each direction: the perturbagen of the best grade, if that is more than a C."""
    table = analysis.dossier.perturbagens
    if table.empty:
        return []
    replicated = table[table["grade"].isin(["A", "B"])]
    told = []
    for call in CALLS:
        best = replicated[replicated["direction"] == call].head(1)
        told += [perturbagen_sentence(str(name), row) for name, row in best.iterrows()]
    return told


def _not_looked_for(analysis: Analysis) -> list[str]:
    """What could not be asked, and what it would take."""
    dossier = analysis.dossier
    missing = []
    if dossier.landmark is None:
        missing.append("W6, whether measured or inferred genes carry a verdict (a table of landmark genes: --genes)")
    if dossier.promiscuity is None:
        missing.append("W10, whether a signature answers any query (more than 50 background signatures: --background)")
    if not dossier.tissue:
        missing.append("W9, whether a hit was seen in your tissue (in Python: write_report(..., tissue=...))")
    return missing


def _null_picture(analysis: Analysis) -> Any:
    null = analysis.dossier.null
    return null_picture(null.qq) if null is not None and len(null.qq) else None


def _perturbagens(analysis: Analysis) -> list[dict[Hashable, Any]]:
    """The perturbagens with a direction, best grade first, as many as signatures are listed at both ends."""
    table = analysis.dossier.perturbagens
    if table.empty:
        return []
    called = table[table["direction"].isin(CALLS)].head(2 * analysis.top)
    return called.reset_index().to_dict("records")


def _perturbagen_pictures(analysis: Analysis) -> list[tuple[str, Any]]:
    pictures: list[tuple[str, Any]] = []
    for row in _perturbagens(analysis):
        if row["n_scored"] >= FEWEST_FOR_A_MAP and len(pictures) < PERTURBAGEN_PICTURES:
            name = str(row["perturbagen"])
            signatures = perturbagen_signatures(analysis.scores, analysis.ranks, name)
            pictures.append((name, perturbagen_picture(signatures, name)))
    return pictures


def _own_warnings(analysis: Analysis, signature: str) -> list[ReadingWarning]:
    """What holds for this signature and not for the whole analysis, which is said once."""
    general = {warning.code for warning in reading_warnings(analysis.scores, analysis.matches)}
    found = signature_warnings(analysis.dossier, signature)
    return [warning for warning in found if warning.code not in general]


def _rows(analysis: Analysis, signatures: pd.Index) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "label": analysis.labels[signature],
            "signature": signature,
            **analysis.ranks.signatures.loc[signature, ["pert_name", "pert_dose", "cell_line", "pert_time"]],
            **analysis.scores.loc[signature],
            "grade": _grade_of(analysis, signature),
            "mind": ", ".join(warning.code for warning in _own_warnings(analysis, signature)),
        }
        for place, signature in enumerate(signatures[: analysis.top], 1)
    ]


def _grade_of(analysis: Analysis, signature: str) -> str:
    name = analysis.dossier.perturbagen_of[signature]
    return str(analysis.dossier.perturbagen_row(name)["grade"]) if name else "–"


def _detail(analysis: Analysis, signature: str) -> dict[str, Any]:
    drivers = analysis.drivers[signature]
    shares = drivers["contribution"].fillna(0)
    shown_places = drivers.groupby("side", sort=False).head(DRIVER_ROWS).index
    against = drivers[np.sign(drivers["contribution"]) == -np.sign(analysis.scores["z_sum"][signature])]
    return {
        "signature": signature,
        "label": analysis.labels[signature],
        **_verdict(analysis, signature),
        "siblings": siblings_sentence(signature, analysis.scores, analysis.ranks.signatures),
        "warnings": _own_warnings(analysis, signature),
        "picture": evidence_picture(drivers, analysis.labels[signature]),
        "drivers": _leading(drivers),
        "n_genes": int(drivers["rank"].notna().sum()),
        "n_against": len(against),
        "shown_sum": signed(float(shares[shown_places].sum())),
        "whole_sum": signed(float(shares.sum())),
        "n_shown": len(shown_places),
    }


def _leading(drivers: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """The genes of each list that speak loudest, up before down."""
    leading = drivers.groupby("side", sort=False).head(DRIVER_ROWS)
    leading = leading.sort_values("side", ascending=False, kind="stable")
    words = leading["landmark"].astype(object).map({True: "yes", False: "inferred"}).fillna("–")
    return leading.assign(measured=words).to_dict("records")


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
