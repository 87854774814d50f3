"""What if some genes of the query were left out: one signature scored again, and how far single genes matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, number_html, signed_html, table_html
from .._util.stats import two_sided_p
from .._util.text import counted, listed, shown, signed
from ..core.calls import call_each, spread_of_z_sum
from ..core.query import GeneQuery
from ..readings.interpretation import Interpretation
from ..scoring.concordance import query_rows, score_concordance
from ..scoring.contributions import carriers_first, contributions, signature_position
from ._parts import piece, status

_CALLED = {"mimicker": "a mimicker", "reverser": "a reverser"}

NOT_CALIBRATED_AGAIN = (
    "A shorter list gives a smaller z; concordance does not depend on the length. p_cal and fdr_cal are those of the"
    " whole query: they are not calibrated again. And genes chosen because they carry the verdict weaken it when they"
    " are left out, whatever it is worth: look at what is left."
)


@dataclass(frozen=True)
class Standing:
    """One signature among all: its scores, its call, and its place (1 = best mimicker; NaN = no score)."""

    z_up: float
    z_down: float
    z_sum: float
    concordance: float
    call: str
    place: float
    n_signatures: int


def standing(scores: pd.DataFrame, signature: str) -> Standing:
    """Read one signature out of a table of :func:`score_concordance`."""
    row = scores.loc[[signature]].iloc[0]
    z_sum = float(row["z_sum"])
    return Standing(
        z_up=float(row["z_up"]),
        z_down=float(row["z_down"]),
        z_sum=z_sum,
        concordance=float(row["concordance"]),
        call=str(row["call"]),
        place=float((scores["z_sum"] > z_sum).sum() + 1) if np.isfinite(z_sum) else np.nan,
        n_signatures=len(scores),
    )


@dataclass(frozen=True, eq=False)
class WhatIf:
    """One signature scored without some genes of the query.

    Attributes
    ----------
    left_out : tuple of str
        Genes of the query that are left out.
    elsewhere : tuple of str
        Genes that were to be left out, but stand in no list.
    before : Standing
    after : Standing or None
        None if no gene is left.
    emptied : tuple of "up", "down"
        Lists that have lost all of their genes.
    drivers : DataFrame
        ``gene``, ``side``, ``rank``, ``percentile`` and ``contribution`` of the genes that are left.
    """

    left_out: tuple[str, ...]
    elsewhere: tuple[str, ...]
    before: Standing
    after: Standing | None
    emptied: tuple[str, ...]
    drivers: pd.DataFrame


def what_if(dossier: Interpretation, signature: str, without: Iterable[str]) -> WhatIf:
    """Score all signatures without some genes, and look at one; see :class:`WhatIf`."""
    before = standing(dossier.scores, signature)
    out = tuple(dict.fromkeys(without))
    drivers = dossier.contributions(signature)
    mine = set(drivers["gene"])
    left_out = tuple(gene for gene in out if gene in mine)
    elsewhere = tuple(gene for gene in out if gene not in mine)
    if not left_out:
        return WhatIf((), elsewhere, before, before, (), drivers)
    ranks = dossier.ranks
    sides = query_rows(ranks, dossier.query, overlap=dossier.overlap, rescue=dossier.rescue)
    gone = ranks.genes.get_indexer(pd.Index(left_out))
    up, down = (rows[~np.isin(rows, gone)] for rows in sides)
    emptied = tuple(
        side for side, rows, rest in zip(("up", "down"), sides, (up, down), strict=True) if len(rows) > len(rest) == 0
    )
    if not len(up) + len(down):
        return WhatIf(left_out, elsewhere, before, None, emptied, drivers.iloc[:0])
    shorter = GeneQuery(dossier.query.name, ranks.genes[up], ranks.genes[down])
    after = standing(score_concordance(ranks, shorter, rescue=False), signature)
    rest = carriers_first(contributions(ranks, up, down, signature_position(ranks, signature)))
    return WhatIf(left_out, elsewhere, before, after, emptied, rest)


def leave_one_out(drivers: pd.DataFrame, n_ranked: int) -> pd.DataFrame:
    """Return ``z_sum`` and ``call`` of one signature without each gene in turn; NaN where its list would be empty.

    A table of :func:`explain_concordance` and the number of genes that the signature ranks are enough: this is exact.
    """
    rank, side = drivers["rank"].to_numpy(dtype=float), drivers["side"].to_numpy(dtype=object)
    z: dict[str, np.ndarray] = {}
    n_left: dict[str, np.ndarray] = {}
    for name, sign in (("up", 1), ("down", -1)):
        own = (side == name) & ~np.isnan(rank)
        if not (side == name).any():
            continue
        away = np.where(own, sign * (rank - (n_ranked + 1) / 2), 0.0)
        n_left[name] = own.sum() - own.astype(int)
        with np.errstate(divide="ignore", invalid="ignore"):
            sigma = np.sqrt(n_left[name] * (n_ranked - n_left[name]) * ((n_ranked + 1) / 12))
            z[name] = np.where(n_left[name] > 0, (away.sum() - away) / sigma, np.nan)
    nothing = np.full(len(drivers), np.nan)
    z_sum = sum(z.values(), np.zeros(len(drivers)))
    spread = np.ones(len(drivers))
    if len(z) == 2:
        spread = spread_of_z_sum(n_left["up"], n_left["down"], np.full(len(drivers), n_ranked))
    with np.errstate(invalid="ignore"):
        calls = call_each(z.get("up", nothing), z.get("down", nothing), z_sum, two_sided_p(z_sum / spread))
    return pd.DataFrame({"gene": drivers["gene"].to_numpy(), "z_sum": z_sum, "call": calls})[~np.isnan(rank)]


def single_genes_sentence(drivers: pd.DataFrame, n_ranked: int, call: str) -> str:
    """Say how far the verdict hangs on any one gene; empty where there is nothing to leave out."""
    table = leave_one_out(drivers, n_ranked)
    known = table["z_sum"].notna().to_numpy()
    genes, z_sum, calls = (table[name].to_numpy()[known] for name in ("gene", "z_sum", "call"))
    if not len(genes):
        return "No gene can be left out: a list would be empty." if drivers["rank"].notna().any() else ""
    low, high = int(z_sum.argmin()), int(z_sum.argmax())
    told = (
        f"Whichever single gene is left out, z_sum lies between {signed(z_sum[low])} (without {shown(genes[low], 40)})"
        f" and {signed(z_sum[high])} (without {shown(genes[high], 40)})"
    )
    turning = calls != call
    if not turning.any():
        return f"{told}; it stays {_CALLED.get(call, call)} each time."
    others = listed((_CALLED.get(one, one) for one in dict.fromkeys(calls[turning])), 3)
    return f"{told}. The verdict hangs on single genes: without {listed(genes[turning], 3)} it is {others}."


# --- in words ---


def without_html(found: WhatIf, single: str) -> Html:
    """Return before and after in words and as a table; `single` is said while nothing is left out."""
    idle = ""
    if found.elsewhere:
        idle = f"Not in your lists, so that leaving out changes nothing: {listed(found.elsewhere)}."
    if not found.left_out:
        return piece(status("Nothing is left out.", single, idle))
    if found.after is None:
        return piece(
            status(
                f"Without {_named(found.left_out)} no gene of your query is left to score: put some of them back.", idle
            )
        )
    return piece(
        status(without_sentence(found), *_emptied(found), idle),
        _before_and_after(found.before, found.after),
        Html(f'<p class="lincs-faint">{NOT_CALIBRATED_AGAIN}</p>'),
    )


def without_sentence(found: WhatIf) -> str:
    """Say what becomes of z_sum, call and place, in one sentence."""
    before, after = found.before, found.after
    assert after is not None
    told = f"Without {_named(found.left_out)}"
    if not np.isfinite(after.z_sum):
        return f"{told} there is no z_sum: this signature has no rank for any gene of a list that is left."
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
    return f"{told} {moves}; {becomes}, place {_places(before, after)} of {after.n_signatures:,} (1 = best mimicker)."


def _places(before: Standing, after: Standing) -> str:
    return f"{before.place:,.0f} → {after.place:,.0f}" if np.isfinite(before.place) else f"{after.place:,.0f}"


def _named(genes: tuple[str, ...]) -> str:
    return listed(genes, 4) if len(genes) <= 4 else f"{counted(len(genes), 'gene')} ({listed(genes, 4)})"


def _emptied(found: WhatIf) -> list[str]:
    other = {"up": "down", "down": "up"}
    return [
        f"No gene of your {side} list is left: z_sum is z_{other[side]} alone, which compares only with queries of one"
        " list."
        for side in found.emptied
    ]


def _before_and_after(before: Standing, after: Standing) -> Html:
    def line(name: str, digits: int) -> list[Any]:
        old, new = getattr(before, name), getattr(after, name)
        return [name, signed_html(old, digits), signed_html(new, digits), signed_html(new - old, digits)]

    rows = [line("z_up", 1), line("z_down", 1), line("z_sum", 1), line("concordance", 2)]
    rows.append(["call", call_html(before.call), call_html(after.call), Html("")])
    rows.append(["place", number_html(before.place), number_html(after.place), Html("")])
    columns: list[str | tuple[str, str]] = ["", ("whole query", "before"), ("without them", "after"), "change"]
    return table_html(rows, columns, caption="Before and after, among all signatures.", numeric=(1, 2, 3))
