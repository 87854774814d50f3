"""The running-sum family: walk down the ranking and see where the gene set piles up (Kolmogorov-Smirnov, GSEA)."""

from __future__ import annotations

import numpy as np

from ._record import RankedQuery, ScoreRecord, both_lists


def running_sum(ordered: np.ndarray, weight: np.ndarray, n_ranked: np.ndarray) -> np.ndarray:
    """Return the signed maximum deviation of the weighted running sum, -1 … 1, one per signature.

    `ordered` (genes of the set x signatures) are positions counted from 1 = most up, in ascending order; NaN, at the
    end, where a gene has no rank. `weight` is what each gene adds when it is met; genes outside the set take away
    1/(N-n) each. Only the set's own rows are needed: between two of its genes the sum falls in a straight line.
    """
    missing = np.isnan(ordered)
    weight = np.where(missing, 0.0, weight)
    n = (~missing).sum(axis=0)
    met = np.cumsum(weight, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = (ordered - np.arange(1, len(ordered) + 1)[:, None]) / (n_ranked - n)
        after, before = met / met[-1], (met - weight) / met[-1]
        highest: np.ndarray = np.fmax.reduce(after - passed, axis=0)
        lowest: np.ndarray = np.fmin.reduce(before - passed, axis=0)
    score = np.where(highest > -lowest, highest, lowest)
    score = np.where(met[-1] > 0, score, 0.0)  # every gene in the very middle: no weight, no deviation
    return np.where((n > 0) & (n < n_ranked), score, np.nan)


def ks_statistic(position: np.ndarray, n_ranked: np.ndarray) -> np.ndarray:
    """Return the signed Kolmogorov-Smirnov statistic of Lamb et al. (2006), -1 … 1, one per signature."""
    position = np.sort(position, axis=0)
    n = (~np.isnan(position)).sum(axis=0)
    place = np.arange(1, len(position) + 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.fmax.reduce(place / n - position / n_ranked, axis=0)
        below = np.fmax.reduce(position / n_ranked - (place - 1) / n, axis=0)
    return np.where((n > 0) & (n_ranked > 0), np.where(above > below, above, -below), np.nan)


def _from_the_top(data: RankedQuery, rows: np.ndarray) -> np.ndarray:
    return data.n_ranked + 1 - data.values[rows]


def _enrichment(data: RankedQuery, rows: np.ndarray) -> np.ndarray | None:
    if not len(rows):
        return None
    ordered = np.sort(_from_the_top(data, rows), axis=0)  # NaN goes to the end
    return running_sum(ordered, np.abs(ordered - (data.n_ranked + 1) / 2), data.n_ranked)


def _ks(data: RankedQuery, rows: np.ndarray) -> np.ndarray | None:
    return ks_statistic(_from_the_top(data, rows), data.n_ranked) if len(rows) else None


def wtcs(data: RankedQuery) -> dict[str, np.ndarray]:
    """Weighted connectivity score on centred ranks; 0 where both lists have the same sign."""

    def combine(up: np.ndarray, down: np.ndarray) -> np.ndarray:
        return np.where(up * down > 0, 0.0, (up - down) / 2)

    return {"wtcs": both_lists(_enrichment(data, data.up), _enrichment(data, data.down), combine)}


def cmap_ks(data: RankedQuery) -> dict[str, np.ndarray]:
    """Connectivity score of the first Connectivity Map; 0 where both lists have the same sign."""

    def combine(up: np.ndarray, down: np.ndarray) -> np.ndarray:
        return np.where(up * down > 0, 0.0, up - down)

    return {"cmap_ks": both_lists(_ks(data, data.up), _ks(data, data.down), combine)}


def rges(data: RankedQuery) -> dict[str, np.ndarray]:
    """Kolmogorov-Smirnov of the up genes minus that of the down genes, without the gate."""
    return {"rges": both_lists(_ks(data, data.up), _ks(data, data.down), np.subtract)}


WTCS = ScoreRecord(
    name="wtcs",
    family="running sum",
    formula="(ES_up - ES_down) / 2 if the signs differ, else 0; ES = GSEA running sum with weight |rank - (N+1)/2|",
    range="-1 to 1",
    reference="Subramanian et al. (2017), Cell 171(6), 1437-1452, doi 10.1016/j.cell.2017.10.049",
    compute=wtcs,
    gated=True,
)
CMAP_KS = ScoreRecord(
    name="cmap_ks",
    family="running sum",
    formula="ks_up - ks_down if the signs differ, else 0; ks = a if a > b else -b, a = max(j/n - V_j/N),"
    " b = max(V_j/N - (j-1)/n), V = positions counted from the top",
    range="-2 to 2",
    reference="Lamb et al. (2006), Science 313(5795), 1929-1935, doi 10.1126/science.1132939",
    compute=cmap_ks,
    gated=True,
)
RGES = ScoreRecord(
    name="rges",
    family="running sum",
    formula="ks_up - ks_down, whatever the signs",
    range="-2 to 2",
    reference="Chen et al. (2017), Nature Communications 8, 16022, doi 10.1038/ncomms16022",
    compute=rges,
)
