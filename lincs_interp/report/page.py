"""The page of the report: tables and sentences put in order for the template, which holds every word of prose."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Hashable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._util.text import shown, signed
from ..core.calls import CALL_P, SIDE_Z
from ..core.explain import TIES_ARE_LEVEL, percentile_decimals
from ..core.percentiles import to_percentile
from ..genes.matching import EXACT, NOT_MEASURED
from ..io.sample import SIMULATED
from ..perturbagens.summary import perturbagen_signatures
from ..plots import CALL_COLOURS
from ..readings.sentences import (
    belief_sentence,
    both_ways,
    chance_sentence,
    coverage_sentence,
    overview_sentence,
    perturbagen_sentence,
)
from ..readings.warnings import ALWAYS, CALLS, ReadingWarning
from ..scoring.null import FEWEST_BACKGROUND, TOO_MANY
from ._analysis import Analysis
from ._drivers import detail, examples, heatmap, own_warnings, verdict
from ._signatures import LONGEST_NAME, signature_table, small
from .figures import null_picture, perturbagen_picture, picture_labels, scores_picture, top_picture

TEMPLATES = Path(__file__).parent / "templates"
FACTS = ["pert_name", "pert_dose", "dose_um", "cell_line", "pert_time", "time_h"]
SIGNS = {"mimicker": "▲", "reverser": "▼", "discordant": "◆", "unresolved": "○"}
IN_DETAIL = 3  # signatures of each end whose genes are shown in full
CAUTION_ORDER = ("W8", "W7", "W12", "W5")  # of the cautions in short, the one that changes most first
CHANGED_ROWS = 60  # entries shown in the table of changed or lost genes; the file holds all
ABSENT_SHOWN = 60  # names of genes that the matrix lacks
FEWEST_FOR_A_MAP = 3  # signatures of a perturbagen that are worth a picture of their own
PERTURBAGEN_PICTURES = 2


def render_page(analysis: Analysis, meta: Mapping[str, Any]) -> str:
    """Return the report as one HTML page that loads nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = signed
    environment.filters["small"] = small
    environment.filters["full"] = _full
    environment.filters["cut"] = shown
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(
        **_context(analysis, meta),
        script=Markup(script),
        policy=_policy(script),
        next_figure=count(1).__next__,
        next_table=count(1).__next__,
    )


def _full(number: float) -> str:
    """A number with all its digits, to sort by; "" where there is none."""
    return repr(float(number)) if np.isfinite(number) else ""


def _policy(script: str) -> str:
    """What a browser may do with the page: run this one script, show the pictures in it, and ask for nothing else.

    So even if a name from a file were ever taken for markup, it could neither run nor send anything.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )


def _context(analysis: Analysis, meta: Mapping[str, Any]) -> dict[str, Any]:
    ranks, scores, matches = analysis.ranks, analysis.scores, analysis.matches
    mimickers, reversers, discordant = analysis.mimickers, analysis.reversers, analysis.discordant
    warnings = analysis.dossier.warnings
    null, labels = analysis.dossier.null, picture_labels(ranks.signatures)
    own = own_warnings(analysis, warnings)
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
        "side_z": f"{SIDE_Z:g}",
        "call_p": f"{CALL_P:g}".removeprefix("0"),
        "signs": SIGNS,
        "signatures": signature_table(analysis),
        "longest_name": LONGEST_NAME,
        "colours": CALL_COLOURS,
        "overview": overview_sentence(scores, one_sided=one_sided),
        "strongest": [verdict(analysis, side[0]) for side in (mimickers, reversers) if len(side)],
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
        "how": str(scores["how"].iloc[0]) if len(scores) else "",
        "null": analysis.dossier.null,
        "null_picture": _null_picture(analysis),
        "perturbagens": _perturbagens(analysis),
        "n_perturbagens": len(analysis.dossier.perturbagens),
        "n_unnamed": int((analysis.dossier.perturbagen_of == "").sum()),
        "perturbagen_pictures": _perturbagen_pictures(analysis),
        "both_ways": both_ways(analysis.dossier),
        "examples": examples(analysis, details),
        "groups": [
            (
                "Mimickers",
                "mimicker",
                len(mimickers),
                _rows(analysis, mimickers, own),
                "The strongest mimickers, the best first.",
            ),
            (
                "Reversers",
                "reverser",
                len(reversers),
                _rows(analysis, reversers, own),
                "The strongest reversers, the most opposed first.",
            ),
            (
                "Discordant signatures",
                "discordant",
                len(discordant),
                _rows(analysis, discordant, own),
                "The discordant signatures of the largest sum.",
            ),
        ],
        "scores_picture": scores_picture(scores, labels, one_sided) if analysis.scored else None,
        "top_picture": top_picture(scores, labels, analysis.top) if analysis.scored else None,
        "details": [detail(analysis, signature, own[signature]) for signature in details],
        "genes_known": analysis.dossier.landmark is not None,
        "habits_known": analysis.dossier.baseline is not None,
        "heatmap": heatmap(analysis, details, [*mimickers[: analysis.top], *reversers[: analysis.top]]),
        "decimals": decimals,
        "absent": matches.loc[matches["how"] == NOT_MEASURED, "gene"].drop_duplicates().tolist(),
        "absent_shown": ABSENT_SHOWN,
        "changed": _changed(matches),
        "n_changed": int(_is_changed(matches).sum()),
        "assumptions": ranks.assumptions,
    }


def _best_graded(analysis: Analysis) -> list[str]:
    """One sentence for each direction: the perturbagen of the best grade, if that is more than a C."""
    table = analysis.dossier.perturbagens
    if table.empty:
        return []
    replicated = table[table["grade"].isin(["A", "B"])]
    told = []
    for call in CALLS:
        best = replicated[replicated["call"] == call].head(1)
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
    called = table[table["call"].isin(CALLS)].head(2 * analysis.top)
    return called.reset_index().to_dict("records")


def _perturbagen_pictures(analysis: Analysis) -> list[tuple[str, Any]]:
    pictures: list[tuple[str, Any]] = []
    for row in _perturbagens(analysis):
        if row["n_scored"] >= FEWEST_FOR_A_MAP and len(pictures) < PERTURBAGEN_PICTURES:
            name = str(row["perturbagen"])
            signatures = perturbagen_signatures(analysis.scores, analysis.ranks, name)
            pictures.append((name, perturbagen_picture(signatures, name)))
    return pictures


def _rows(analysis: Analysis, signatures: pd.Index, own: Mapping[str, list[ReadingWarning]]) -> list[dict[str, Any]]:
    return [
        {
            "place": place,
            "label": analysis.labels[signature],
            "signature": signature,
            **analysis.ranks.signatures.loc[signature, FACTS],
            **analysis.scores.loc[signature],
            "grade": _grade_of(analysis, signature),
            "mind": ", ".join(warning.code for warning in own[signature]),
        }
        for place, signature in enumerate(signatures[: analysis.top], 1)
    ]


def _grade_of(analysis: Analysis, signature: str) -> str:
    name = analysis.dossier.perturbagen_of[signature]
    return str(analysis.dossier.perturbagen_row(name)["grade"]) if name else "–"


def _is_changed(matches: pd.DataFrame) -> pd.Series:
    """Entries that need a line of their own; genes the matrix lacks are listed together."""
    return ((matches["how"] != EXACT) | (matches["suggestion"] != "")) & (matches["how"] != NOT_MEASURED)


def _changed(matches: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """What a reader has to know of: entries that were lost first, then those read under another name."""
    changed = matches[_is_changed(matches)].sort_values("counted", kind="stable")
    return changed.head(CHANGED_ROWS).to_dict("records")
