"""Warnings about one signature or one perturbagen: each trigger is a constant, each comes with its source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from .._util.text import counted, listed, shown, signed
from ..core.calls import CALL_P, HALF_Z, PROMISCUOUS_SHARE, TREND_P
from ..scoring.toxicity import toxicity_share
from ._tables import Tables
from .sentences import ReadingWarning

#: W6: more than this share of the genes that carry a verdict are inferred.
MOST_INFERRED = 0.30

#: W6 speaks only if it is known of at least this share of them whether they were measured.
LEAST_KNOWN = 0.5

CALLS = ("mimicker", "reverser")


def _called(tables: Tables, signatures: pd.Index, call: str) -> np.ndarray:
    """Which of the signatures are called so, by p_cal as well where it was measured: nominal p calls too easily."""
    rows = tables.scores.loc[signatures]
    alike = rows["call"] == call
    return (alike & (rows["p_cal"] < CALL_P) if tables.calibrated else alike).to_numpy()


def unreplicated(tables: Tables, signature: str) -> Iterable[ReadingWarning]:
    """W4: no other signature of the same perturbagen is called the same way."""
    call = str(tables.row(signature)["call"])
    name = tables.perturbagen_of[signature]
    if call not in CALLS or not name:
        return
    others = tables.perturbagen_of.index[(tables.perturbagen_of == name).to_numpy()].drop(signature)
    others = others.intersection(tables.scores.index)
    if _called(tables, others, call).any():
        return
    rest = (
        f"none of the {counted(len(others), 'other signature')} of {shown(name, 40)} is a {call}"
        if len(others)
        else f"it is the only signature of {shown(name, 40)} in this matrix"
    )
    yield ReadingWarning(
        "W4",
        f"Unreplicated: {rest}, so no other cell line, dose or time points the same way.",
        "metadata of the signatures",
    )


def halves_disagree(tables: Tables, signature: str) -> Iterable[ReadingWarning]:
    """W5: the halves of the query point opposite ways, and one of them clearly."""
    row = tables.row(signature)
    if row["call"] == "discordant":
        yield ReadingWarning(
            "W5",
            f"Discordant: z_up is {signed(row['z_up'])} and z_down {signed(row['z_down'])}, opposite signs with at"
            f" least one beyond {HALF_Z}. The site would sort it by the sum ({signed(row['z_sum'])}).",
            "Evangelista et al. 2022; on real data about a third of pairs disagree in sign",
        )


def supporting(tables: Tables, signature: str) -> pd.DataFrame:
    """The genes that speak for the verdict, the loudest first."""
    drivers = tables.contributions(signature)
    towards = 1 if drivers["contribution"].sum() >= 0 else -1
    return drivers[towards * drivers["contribution"] > 0]


def mostly_inferred(tables: Tables, signature: str) -> Iterable[ReadingWarning]:
    """W6: most of the genes that carry the verdict were inferred, not measured."""
    if tables.landmark is None or tables.scores.at[signature, "call"] not in CALLS:
        return
    genes = supporting(tables, signature)
    known = genes["landmark"].dropna()
    if not len(genes) or len(known) < LEAST_KNOWN * len(genes):
        return
    inferred = int((~known.astype(bool)).sum())
    if inferred > MOST_INFERRED * len(known):
        yield ReadingWarning(
            "W6",
            f"Mostly inferred: {inferred:,} of the {counted(len(known), 'gene')} that speak for the verdict were not"
            " measured but computed from the landmark genes; they repeat each other more than measured genes would.",
            "Evangelista et al. 2022, doi 10.1093/nar/gkac328",
        )


def common_response(tables: Tables, signature: str) -> Iterable[ReadingWarning]:
    """W10: the verdict is carried by genes of dying or arrested cells, or the signature answers any query."""
    if tables.scores.at[signature, "call"] not in CALLS:
        return
    reasons = []
    toxic = toxicity_share(tables.contributions(signature))
    if toxic.looks_toxic:
        reasons.append(toxic.sentence)
    if tables.promiscuity is not None:
        answered = float(tables.promiscuity["share_answered"].get(signature, np.nan))
        if answered >= PROMISCUOUS_SHARE:
            reasons.append(f"It answers {answered:.0%} of unrelated queries, where 5% would by chance.")
    if reasons:
        yield ReadingWarning(
            "W10",
            f"Perhaps no specific effect: {' '.join(reasons)} Dying and arrested cells look alike, whatever the drug.",
            "Szalai et al. 2019, PMC6821211",
        )


def own_gene(tables: Tables, signatures: Iterable[str]) -> Iterable[ReadingWarning]:
    """W13: the target of a genetic perturbation does not move as intended in its own signature."""
    targets = tables.targets.reindex([s for s in signatures if s in tables.targets.index])
    targets = targets[targets["moved_as_intended"].notna()]
    failed = targets[~targets["moved_as_intended"].astype(bool)]
    if failed.empty:
        return
    row = failed.iloc[0]
    if len(targets) == 1:
        where = f"percentile {row['percentile']:.0f}"
    else:
        where = f"in {len(failed):,} of {counted(len(targets), 'signature')}; first: percentile {row['percentile']:.0f}"
    yield ReadingWarning(
        "W13",
        f"{shown(row['gene'], 40)} itself is not clearly {row['expected']} in its own signature ({where}). The"
        " perturbation may have failed, or worked without showing in the rank: a knocked-out gene can keep its"
        " transcript.",
        "Tuladhar et al. 2019, doi 10.1038/s41467-019-12028-5",
    )


def one_context(tables: Tables, perturbagen: pd.Series, name: str) -> Iterable[ReadingWarning]:
    """W9: one cell line only, or none of the reader's tissue among those that agree."""
    told = f"{shown(name, 40)} was seen in one cell line only" if perturbagen["n_cells"] == 1 else ""
    if tables.tissue:
        ids = tables.perturbagen_of.index[(tables.perturbagen_of == name).to_numpy()]
        ids = ids.intersection(tables.scores.index)
        call = perturbagen["call"]
        agreeing = ids[_called(tables, ids, call)] if call in CALLS else ids
        tissues = tables.ranks.signatures["tissue"].reindex(agreeing).astype(str)
        own = tissues.str.strip().str.casefold() == tables.tissue.strip().casefold()
        if not own.any():
            seen = listed(sorted({t for t in tissues if t}), 4) or "unknown tissue"
            told += (
                f"{', and ' if told else f'{shown(name, 40)} agrees '}not in {shown(tables.tissue, 40)} (but: {seen})"
            )
    if told:
        yield ReadingWarning(
            "W9", f"Cell context: {told}; the effect may belong to the cell.", "metadata of the signatures"
        )


def no_dose_trend(tables: Tables, perturbagen: pd.Series, name: str) -> Iterable[ReadingWarning]:
    """W11: several doses were tried, and the effect is there at the highest only or does not grow with the dose."""
    if perturbagen["call"] not in CALLS or not perturbagen["n_doses"] > 1:
        return
    trend, p = perturbagen["dose_trend"], perturbagen["p_dose_trend"]
    if perturbagen["highest_dose_only"]:
        told = f"{shown(name, 40)} agrees at its highest dose only"
    elif np.isfinite(trend) and not (trend > 0 and p < TREND_P):
        told = f"the score of {shown(name, 40)} does not grow with the dose (trend {signed(trend, 2)}, p = {p:.2g})"
    elif not np.isfinite(trend) and _best_below_the_highest_dose(tables, perturbagen, name):
        told = f"{shown(name, 40)} agrees best at a lower dose than the highest"
    else:
        return
    yield ReadingWarning("W11", f"No dose trend: {told}.", "metadata of the signatures")


def _best_below_the_highest_dose(tables: Tables, perturbagen: pd.Series, name: str) -> bool:
    table = tables.signatures_of(name)
    best: Any = table.at[perturbagen["best_signature"], "dose_um"]
    return bool(best < table["dose_um"].max())
