"""The genes of the query in one signature: as a table, and what is left of the call without some of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .._util.html import NOTHING, Html, call_html, paragraph, table_html
from .._util.text import counted, listed, number, shown, signed
from ..core.calls import SIGNS, sign_of_contributions
from ..core.explain import USUAL_SHARE, percentile_decimals
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix
from ..genes.matching import match_genes, rows_of
from ..readings.interpretation import Interpretation
from ..scoring.contributions import supporting_genes
from ..scoring.stability import PlacedScore, WhatIf, single_genes_sentence, without_each
from ._pieces import Cells, Link, columns_html, piece, recorded, status

#: Rows of the table: the first ones of its order and, where the order has a meaning at its other end, the last ones.
FIRST, LAST = 25, 5

#: What the button of an order says, and the caption of the table.
ORDERS = {
    "contribution": ("contribution", "the genes that contribute most to the call first, those against it last"),
    "percentile": ("percentile", "the most down first"),
    "gene": ("gene", "by name"),
    "side": ("list", "your up list first"),
    "baseline": ("baseline", "the gene that is extreme in most unselected signatures first"),
}
_TWO_ENDS = ("contribution", "percentile")


def orders(known: Interpretation) -> dict[str, str]:
    """Return what there is to sort by: no baseline without a background, no list where there is only one."""
    lacking = {"baseline"} if known.baseline is None else set()
    lacking |= {"side"} if known.query.one_sided else set()
    return {name: words for name, (words, _) in ORDERS.items() if name not in lacking}


def sorted_genes(contributions: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sort a table of :func:`explain_concordance`; as it comes, the genes that contribute most are first."""
    if by not in ("percentile", "gene", "side", "baseline"):
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
    last, n, gap = LAST if by in _TWO_ENDS else 0, len(table), None
    if n > FIRST + last + 1:
        more = counted(n - FIRST - last, "further gene")
        gap = (FIRST, f"… {more}: all of them are in the TSV (Save or copy) …")
        table = table.iloc[[*range(FIRST), *range(n - last, n)]]
    columns = _columns(known, signature, table, contributions["contribution"], set(without), link)
    return columns_html(columns, _caption(contributions, f"{ORDERS[by][1]}{note}"), gap=gap)


def _caption(contributions: pd.DataFrame, order: str) -> str:
    shares = contributions["contribution"]
    genes = counted(len(shares), "gene")
    if not shares.notna().any():
        return f"The {genes} of your query, none of them with a rank here."
    own = len(supporting_genes(contributions))
    return (
        f"The genes of your query, {order}. Their contributions add up to z_sum = {signed(float(shares.sum()))};"
        f" {own:,} of {genes} have its sign."
    )


def _columns(
    known: Interpretation, signature: str, rows: pd.DataFrame, shares: pd.Series, out: set[str], link: Link
) -> list[Cells]:
    """Return the columns that are not empty; `shares` are the contributions of all genes."""
    sign, call = sign_of_contributions(shares), str(known.scores.at[signature, "call"])
    largest = float(np.fmax.reduce(shares.abs().to_numpy(), initial=1e-9))
    genes = [
        Html(f"{link('gene', gene, limit=40)}{' <small>(left out)</small>' if gene in out else ''}")
        for gene in rows["gene"]
    ]
    head, numbers, _ = recorded(rows, "contributions", "contribution")
    bars = [Html(f"{cell} {bar(one / largest)}") for cell, one in zip(numbers, rows["contribution"], strict=True)]
    towards = ("for or against", f"the {call}" if call in SIGNS else "the sign of z_sum")
    further = [] if known.landmark is None else ["landmark"]
    further += [] if known.baseline is None else ["baseline"]
    return [
        ("gene", genes, False),
        recorded(rows, "contributions", "side"),
        recorded(rows, "contributions", "rank"),
        recorded(rows, "contributions", "percentile", digits=percentile_decimals(known.ranks.n_genes)),
        (head, bars, True),
        (towards, [_for_or_against(sign * one) for one in rows["contribution"]], False),
        *(recorded(rows, "contributions", name) for name in further),
    ]


def bar(share: float) -> Html:
    """Return a bar to the left (−1) or right (+1) of a middle line; it shows nothing that its number does not."""
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


#: So many names are looked up at once; a longer list is no "what if", but another query.
MOST_NAMES = 1_000
MOST_LETTERS = 200_000

#: For so many unknown names similar ones are shown.
EXPLAINED = 3

#: What is between names: blanks, commas, semicolons, bars. A line that is a name as it is is not cut.
_BETWEEN = re.compile(r"[\s,;|]+")
_AROUND = "\"'`´‘’“”[](){}<>"

_CALLED = {"mimicker": "a mimicker", "reverser": "a reverser"}

NOT_CALIBRATED_AGAIN = (
    "A shorter list gives a smaller z; concordance does not depend on the length. p_cal and fdr_cal are those of the"
    " whole query: they are not calibrated again. And leaving out the genes that contribute most always weakens a call,"
    " real or not: look at what is left."
)


@dataclass(frozen=True)
class Asked:
    """The genes of the query that a text names, as the matrix spells them; sentences about the other names."""

    genes: tuple[str, ...]
    sentences: tuple[str, ...]
    refused: bool = False


def asked_genes(ranks: RankMatrix, in_query: Iterable[str], text: str) -> Asked:
    """Read names from a text, in any order and between any separators."""
    names = names_in(ranks, text) if len(text) <= MOST_LETTERS else []
    if len(text) > MOST_LETTERS or len(names) > MOST_NAMES:
        much = f"{len(names):,} names are" if names else f"A text of {len(text):,} letters is"
        sentence = (
            f"{much} more than can be left out here (at most {MOST_NAMES:,} names): make a query of the genes you want"
            " to keep instead."
        )
        return Asked((), (sentence,), refused=True)
    mine, found = set(in_query), [ranks.genes[row] if row >= 0 else "" for row in rows_of(ranks, names)]
    pairs = list(zip(names, found, strict=True))
    unknown = [name for name, gene in pairs if not gene]
    others = list(dict.fromkeys(gene for gene in found if gene and gene not in mine))
    renamed = [f"{shown(name, 40)} is {shown(gene, 40)}" for name, gene in pairs if gene in mine and gene != name]
    sentences = []
    if unknown:
        sentences.append(f"Not used: {_unknown(ranks, unknown)}.")
    if others:
        sentences.append(_in_no_list(others))
    if renamed:
        more = len(renamed) - EXPLAINED
        rest = f"; and {more:,} more read otherwise" if more > 0 else ""
        sentences.append(f"Here {'; '.join(renamed[:EXPLAINED])}{rest}.")
    return Asked(tuple(dict.fromkeys(gene for gene in found if gene in mine)), tuple(sentences))


def names_in(ranks: RankMatrix, text: str) -> list[str]:
    """Cut a text into names; a line that is a gene of the matrix as it is stays whole."""
    names: list[str] = []
    for line in text.splitlines():
        whole = line.strip()
        if whole in ranks.genes:
            names.append(whole)
        else:
            parts = (part if part in ranks.genes else part.strip(_AROUND) for part in _BETWEEN.split(whole))
            names += [name for name in parts if name]
    return list(dict.fromkeys(names))


def names_as_text(genes: Iterable[str]) -> str:
    """Write names so that :func:`names_in` reads them again."""
    names = list(genes)
    return ("\n" if any(_BETWEEN.search(name) for name in names) else ", ").join(names)


def _unknown(ranks: RankMatrix, names: list[str]) -> str:
    """Say why the first few are not used, and count the others."""
    reasons = []
    for _, row in match_genes(ranks, GeneQuery("typed", names[:EXPLAINED])).iterrows():
        hint = row["suggestion"]
        if row["how"] == "unknown" and hint:
            hint = f"unknown; perhaps {hint}"
        reasons.append(f"{shown(row['gene'], 40)} ({shown(hint or row['how'], 120)})")
    more = len(names) - len(reasons)
    return ", ".join(reasons) + (f" and {more:,} more" if more else "")


def _in_no_list(genes: Iterable[str]) -> str:
    return f"Not in your lists, so that leaving out changes nothing: {listed(genes)}."


def usual_extremes(contributions: pd.DataFrame) -> tuple[str, ...]:
    """Return the genes that are extreme in more than ``USUAL_SHARE`` of the unselected signatures."""
    return tuple(contributions["gene"][contributions["baseline"] > USUAL_SHARE])


def without_each_sentence(contributions: pd.DataFrame, n_ranked: int, call: str, tie_factor: float = 1.0) -> str:
    """Say whether the call depends on any one gene; empty where there is nothing to leave out."""
    ranked = contributions["rank"].notna().to_numpy()
    z_sum, calls = (column[ranked] for column in without_each(contributions, n_ranked, tie_factor))
    if np.isnan(z_sum).all():
        return "No gene can be left out: a list would be empty." if ranked.any() else ""
    genes, ends = contributions["gene"].to_numpy()[ranked], (np.nanargmin(z_sum), np.nanargmax(z_sum))
    low, high = (f"{signed(z_sum[end])} (without {shown(genes[end], 40)})" for end in ends)
    return f"{single_genes_sentence(call, genes, calls)}; z_sum is between {low} and {high}."


def without_html(found: WhatIf, n_ranked: int, tie_factor: float = 1.0) -> Html:
    """Return before and after in words and as a table; while nothing is left out, what each gene does."""
    idle = _in_no_list(found.elsewhere) if found.elsewhere else ""
    if not found.left_out:
        single = without_each_sentence(found.contributions, n_ranked, found.before.call, tie_factor)
        return piece(status("Nothing is left out.", single, idle))
    if found.after is None:
        nothing = f"Without {_named(found.left_out)} no gene of your query is left to score: put some of them back."
        return piece(status(nothing, idle))
    emptied = [
        f"No gene of your {side} list is left: z_sum is z_{other} alone, which compares only with queries of one list."
        for side, other in (("up", "down"), ("down", "up"))
        if side in found.emptied
    ]
    return piece(
        status(without_sentence(found), *emptied, idle),
        _before_and_after(found.before, found.after),
        paragraph(NOT_CALIBRATED_AGAIN, faint=True),
    )


def without_sentence(found: WhatIf) -> str:
    """Say how z_sum, call and place change, in one sentence."""
    before, after = found.before, found.after
    assert after is not None
    start = f"Without {_named(found.left_out)}"
    if not np.isfinite(after.z_sum):
        return f"{start} there is no z_sum: this signature has no rank for any gene of a list that is left."
    old, new = signed(before.z_sum), signed(after.z_sum)
    if not np.isfinite(before.z_sum):
        moves = f"z_sum is {new}"
    elif old == new:
        moves = f"z_sum stays at {new}"
    else:
        moves = f"z_sum {'falls' if after.z_sum < before.z_sum else 'rises'} from {old} to {new}"
    call = _CALLED.get(after.call, after.call)
    if after.call == before.call:
        becomes = f"still {call}"
    else:
        becomes = f"no longer {_CALLED.get(before.call, before.call)} but {call}"
    places = f"{before.place:,.0f} → {after.place:,.0f}" if np.isfinite(before.place) else f"{after.place:,.0f}"
    return f"{start} {moves}; {becomes}, place {places} of {after.n_signatures:,} (1 = best mimicker)."


def _named(genes: tuple[str, ...]) -> str:
    return listed(genes, 4) if len(genes) <= 4 else f"{counted(len(genes), 'gene')} ({listed(genes, 4)})"


def _before_and_after(before: PlacedScore, after: PlacedScore) -> Html:
    rows = []
    for name, digits in (("z_up", 1), ("z_down", 1), ("z_sum", 1), ("concordance", 2)):
        old, new = getattr(before, name), getattr(after, name)
        rows.append([name, *(signed(value, digits) for value in (old, new, new - old))])
    rows.append(["call", call_html(before.call), call_html(after.call), ""])
    rows.append(["place", number(before.place), number(after.place), ""])
    heads = ("", ("whole query", "before"), ("without them", "after"), "change")
    return table_html(rows, heads, caption="Before and after, among all signatures.", numeric=(1, 2, 3))
