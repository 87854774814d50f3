"""The page of the report: an interpretation put in order for the templates, which hold every word of prose."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import CALL_COLOURS, CALL_SIGNS, ON_DARK
from .._util.text import NOTHING, probability, shown, signed
from ..core.calls import CALL_P, CALLS, SIDE_Z, SIGNS, basis_of
from ..core.explain import TIES_ARE_LEVEL, explain_rank, percentile_decimals
from ..core.percentiles import to_percentile
from ..genes.matching import EXACT, NOT_MEASURED
from ..io.sample import SIMULATED
from ..readings import sentences
from ..readings.interpretation import Interpretation
from ..readings.warnings import ALWAYS, ReadingWarning
from ..scoring.null import FEWEST_BACKGROUND, TOO_MANY
from . import figures
from ._signatures import LONGEST_NAME, SignatureTable, signature_table

TEMPLATES = Path(__file__).parent / "templates"
IN_DETAIL = 3  # signatures of each end whose genes are shown in full
GENE_ROWS = 5  # of each list
HEATMAP_GENES = 12  # of each list
CAUTION_ORDER = ("W8", "W7", "W12", "W5")  # of the cautions in short, the one that changes most first
CHANGED_ROWS = 60  # entries shown in the table of changed or lost genes; the file holds all
ABSENT_SHOWN = 60  # names of genes that the matrix lacks
FEWEST_FOR_A_MAP = 3  # signatures of a perturbagen that are worth a picture of their own
PERTURBAGEN_PICTURES = 2

LISTED = CALLS[:3]  # the calls whose signatures are listed: not the unresolved


#: The sections below the result, in their order: the name of the template and of the anchor, and the heading.
SECTIONS = {
    "integers": "What the integers mean",
    "hits": "Which signatures mimic or reverse your genes",
    "belief": "How far can it be believed",
    "contributions": "Which genes contribute most",
    "genes": "Gene matching",
    "limits": "What you may not conclude",
    "method": "How it was computed",
    "files": "The files beside this page",
}


@dataclass(frozen=True)
class Page:
    """What the templates show of an interpretation that it does not have itself, `top` signatures of each call."""

    interpretation: Interpretation
    top: int

    @property
    def best_graded(self) -> list[str]:
        """One sentence for each direction: the perturbagen of the best grade, if that is more than a C."""
        table = self.interpretation.perturbagens
        if table.empty:
            return []
        replicated = table[table["grade"].isin(["A", "B"])]
        best = [replicated[replicated["call"] == call].head(1) for call in SIGNS]
        return [sentences.perturbagen_sentence(str(name), row) for rows in best for name, row in rows.iterrows()]

    @property
    def cautions(self) -> list[ReadingWarning]:
        """The warnings of the whole analysis that do not always apply, but for those at the top of the page."""
        known = *ALWAYS, *self.interpretation._at_top
        own = [warning for warning in self.interpretation.warnings if warning not in known]
        return sorted(own, key=lambda warning: CAUTION_ORDER.index(warning.code))

    @cached_property
    def signatures(self) -> SignatureTable:
        """Every signature for the table with search and filters."""
        return signature_table(self.interpretation)

    def rows(self, call: str) -> list[dict[Hashable, Any]]:
        """Return the listed signatures of one call."""
        i = self.interpretation
        signatures = i._called(call)[: self.top]
        columns = ["pert_name", "pert_dose", "dose_um", "cell_line", "pert_time", "time_h"]
        facts = i.ranks.signatures.loc[signatures, columns]
        table = i.scores.loc[signatures].join(facts)
        names = i._perturbagen_of[signatures]
        table["grade"] = [str(i._perturbagen_records[name]["grade"]) if name else NOTHING for name in names]
        table["warnings"] = [", ".join(warning.code for warning in self.own_warnings(one)) for one in signatures]
        table["place"] = range(1, len(table) + 1)
        return table.rename_axis("signature").reset_index().to_dict("records")

    def own_warnings(self, signature: str) -> list[ReadingWarning]:
        """Return what applies to this signature and not to the whole analysis, which is written once."""
        general = {warning.code for warning in self.interpretation.warnings}
        return [one for one in self.interpretation.signature(signature).warnings if one.code not in general]

    @cached_property
    def in_detail(self) -> list[str]:
        """The signatures whose genes are shown."""
        n = min(IN_DETAIL, self.top)
        return [signature for call in SIGNS for signature in self.interpretation._called(call)[:n]]

    @cached_property
    def details(self) -> list[dict[str, Any]]:
        """The strongest signatures with their genes: `shown_sum` is what the `n_shown` genes add to z_sum."""
        i, evidence = self.interpretation, figures.EvidenceFigures()
        found = []
        for signature in self.in_detail:
            reading, genes = i.signature(signature), i.contributions(signature)
            shares = genes["contribution"].fillna(0)
            leading = genes.groupby("side", sort=False).head(GENE_ROWS)
            measured = leading["landmark"].astype(object).map({True: "yes", False: "inferred"}).fillna(NOTHING)
            in_order = leading.assign(measured=measured).sort_values("side", ascending=False, kind="stable")
            detail = {
                "reading": reading,
                "picture": evidence.picture(genes, reading.label),
                "genes": in_order.to_dict("records"),
                "n_genes": int(genes["rank"].notna().sum()),
                "n_against": int((np.sign(genes["contribution"]) == -np.sign(i.scores["z_sum"][signature])).sum()),
                "n_shown": len(leading),
                "shown_sum": float(shares[leading.index].sum()),
                "whole_sum": float(shares.sum()),
            }
            found.append(detail)
        return found

    @property
    def examples(self) -> list[str]:
        """Two integers of this very matrix in words: the leading gene of the best hit, and one from the middle."""
        if not self.in_detail:
            return []
        best = self.in_detail[0]
        genes = self.interpretation.contributions(best).dropna(subset="rank")
        middle = int((genes["percentile"] - 50).abs().to_numpy().argmin())
        ranks, found = self.interpretation.ranks, []
        column = int(ranks.frame.columns.get_loc(best))  # type: ignore[arg-type]
        for row in (genes.iloc[0], genes.iloc[middle]):
            gene, n = row["gene"], int(ranks.n_ranked.iloc[column])
            places = ranks._scoring.tie(int(ranks.genes.get_loc(gene)), column)  # type: ignore[arg-type]
            found.append(explain_rank(int(row["rank"]), n_genes=n, gene=gene, signature=best, places=places).sentence)
        return found

    @cached_property
    def perturbagens(self) -> list[dict[Hashable, Any]]:
        """The perturbagens that are called, best grade first, as many as signatures are listed at both ends."""
        table = self.interpretation.perturbagens
        if table.empty:
            return []
        return table[table["call"].isin(list(SIGNS))].head(2 * self.top).reset_index().to_dict("records")

    @cached_property
    def labels(self) -> pd.DataFrame:
        """The facts of the signatures, as short as pictures need them."""
        return figures.picture_labels(self.interpretation.ranks.signatures)

    @property
    def perturbagen_pictures(self) -> list[tuple[str, figures.Picture]]:
        """Maps of the first perturbagens of which enough signatures are there."""
        names = [str(row["perturbagen"]) for row in self.perturbagens if row["n_scored"] >= FEWEST_FOR_A_MAP]
        i = self.interpretation
        picture = figures.perturbagen_picture
        return [(name, picture(i._signatures_of(name), name)) for name in names[:PERTURBAGEN_PICTURES]]

    @property
    def heatmap(self) -> figures.Picture | None:
        """The percentiles of the top contributing genes in the strongest signatures."""
        i = self.interpretation
        signatures = [signature for call in SIGNS for signature in i._called(call)[: self.top]]
        if len(signatures) < 2 or not self.in_detail:
            return None
        tables = [i.contributions(one).set_index(["gene", "side"]) for one in self.in_detail]
        shares = pd.concat([table["contribution"].abs() for table in tables])
        means = shares.groupby(level=["gene", "side"]).mean().sort_values(ascending=False, kind="stable")
        strongest = means.groupby(level="side", sort=False).head(HEATMAP_GENES)
        genes = strongest.sort_index(level="side", sort_remaining=False, ascending=False, kind="stable").index
        table = i.ranks.select(genes=[gene for gene, _ in genes], signatures=signatures).percentiles()
        return figures.heatmap_picture(table, figures.picture_labels(i.ranks.signatures.loc[signatures]))

    @property
    def absent(self) -> list[str]:
        """Known genes that the matrix lacks."""
        matches = self.interpretation.matches
        return matches.loc[matches["how"] == NOT_MEASURED, "gene"].drop_duplicates().tolist()

    @cached_property
    def changed(self) -> pd.DataFrame:
        """Entries that need a line of their own, the lost ones first; genes the matrix lacks are listed together."""
        matches = counted_matches(self.interpretation.matches)
        changed = ((matches["how"] != EXACT) | (matches["suggestion"] != "")) & (matches["how"] != NOT_MEASURED)
        return matches[changed].sort_values("counted", kind="stable")


def counted_matches(matches: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``counted``: a gene of both lists was found, and left out of both."""
    left_out = matches["matched_as"].isin(sentences.in_both_lists(matches)) & matches["found"]
    notes = matches["suggestion"].where(~left_out, "also in the other list: left out of both")
    return matches.assign(counted=matches["found"] & ~left_out, suggestion=notes)


def render_page(interpretation: Interpretation, top: int, meta: Mapping[str, Any]) -> str:
    """Return the report as one HTML page that loads nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,  # takes longer than it saves on one page
    )
    environment.filters |= {"signed": signed, "probability": probability, "full": _full, "cut": shown}
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(
        page=Page(interpretation, top),
        i=interpretation,
        meta=meta,
        sentences=sentences,
        simulated=SIMULATED if SIMULATED in interpretation.ranks.assumptions else "",
        basis_of=basis_of,
        too_many=TOO_MANY,
        sections=SECTIONS,
        number={name: n for n, name in enumerate(SECTIONS, 1)},
        side_z=f"{SIDE_Z:g}",
        call_p=f"{CALL_P:g}".removeprefix("0"),
        fewest_background=FEWEST_BACKGROUND,
        absent_shown=ABSENT_SHOWN,
        changed_rows=CHANGED_ROWS,
        decimals=percentile_decimals(interpretation.ranks.n_genes),
        percentile=to_percentile,
        figures=figures,
        longest_name=LONGEST_NAME,
        ties=TIES_ARE_LEVEL,
        marks=CALL_SIGNS,
        colours=CALL_COLOURS,
        on_dark=ON_DARK,
        script=Markup(script),
        policy=_policy(script),
        next_figure=count(1).__next__,
        next_table=count(1).__next__,
    )


def _full(number: float) -> str:
    """Return a number with all its digits, to sort by; "" where there is none."""
    return repr(float(number)) if np.isfinite(number) else ""


def _policy(script: str) -> str:
    """Return what a browser may do with the page: run this one script, show its pictures, ask for nothing else."""
    # So even if a name from a file were ever taken for markup, it could neither run nor send anything.
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        " form-action 'none'"
    )
