"""The site's own answer, quirks and all, and how it compares with ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, whole_number, wrong
from .._util.stats import benjamini_hochberg
from .._util.text import counted, shown
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix, check_matrix
from ..genes.matching import resolve_query
from ..scoring.scores import rank_sum_z

# The site prints z to more than three digits: sums that differ by more than this part are not the same number.
SAME_Z = 1e-3

# The smallest positive double: where 1 - CDF gives 0, the site goes on with this.
SMALLEST = 5e-324


def reproduce_scores(ranks: RankMatrix, query: GeneQuery, *, library_size: int | None = None) -> pd.DataFrame:
    """Reproduce the scores of SigCom LINCS, with the site's own fields, approximations and order.

    Use it to see that a number of the site is understood to the last digit. For conclusions use
    :func:`score_concordance`: the site's p underflows to 0 near z = 8.3, and its "type" looks at the sum only.

    Parameters
    ----------
    ranks : RankMatrix
    query : GeneQuery
        Matched as the site matches: exact spellings, repeats once, unknown genes ignored, a gene in both lists
        counted on both sides. Without a down list the site's one-sided answer is given.
    library_size : int, optional
        How many signatures the site searched (``l1000_cp``: 718,055). Needed to reproduce Bonferroni and FDR when the
        matrix holds only a part of the library; the FDR is then right for the signatures with the smallest p.

    Returns
    -------
    DataFrame, one row per signature, in the site's order; ``uuid`` is the signature's id
        Two-sided: ``z-up``, ``z-down`` (sign turned, so positive = agrees), ``z-sum``; ``p-up``, ``p-down``, each with
        ``-bonferroni`` and as ``fdr-``; ``logp-fisher``, ``logp-avg`` (natural logarithms); ``direction-up``,
        ``direction-down`` (sign of the raw z: not turned); ``type`` ("mimickers" or "reversers"); ``rank`` (position by
        z-sum, counted from 0). One-sided: ``zscore``, ``p-value``, ``p-value-bonferroni``, ``fdr``, ``direction``,
        ``type`` ("up" or "down"), ``rank``. Empty where the site answers nothing.

    Raises
    ------
    LincsInterpError
        If ``library_size`` is smaller than the matrix.

    Notes
    -----
    Mimickers come first by falling z-sum, then reversers from the most negative up. Signatures with a z-sum of exactly
    0 or NaN are not returned. Signatures that tie are in the order of the site's hash table. p is
    ``2 (1 - CDF(|z|))`` with the polynomial 26.2.17 of Abramowitz & Stegun.

    References
    ----------
    Evangelista et al. (2022), Nucleic Acids Research 50(W1), W697-W709, doi 10.1093/nar/gkac328.

    Examples
    --------
    >>> ranks = RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4], "T": [4, 3, 2, 1]}, index=["A", "B", "C", "D"]))
    >>> reproduce_scores(ranks, GeneQuery("toy", up=["D"], down=["A"]))[["uuid", "z-sum", "type", "rank"]].round(3)
      uuid  z-sum       type  rank
    0    S  2.683  mimickers     0
    1    T -2.683  reversers     1
    """
    check_matrix(ranks)
    check_query(query)
    if library_size is not None and whole_number("library_size", library_size) < ranks.shape[1]:
        problem = f"is {library_size:,} but the matrix alone holds {counted(ranks.shape[1], 'signature')}"
        remedy = "give the number of signatures the site searched, or leave it out"
        raise wrong("library_size", library_size, problem, remedy)
    found = resolve_query(ranks, query, rescue=False)
    n_ranked, size = ranks.n_ranked.to_numpy(), library_size or ranks.shape[1]
    up = rank_sum_z(ranks.values, found.up_rows, n_ranked).z
    if query.down:
        down = rank_sum_z(ranks.values, found.down_rows, n_ranked).z
        answer, by, types = _two_sided(up, down, size), "z-sum", ("mimickers", "reversers")
    else:
        answer, by, types = _one_sided(up, size), "zscore", ("up", "down")
    names = ranks.frame.columns
    table = pd.DataFrame({"uuid": np.asarray(names, dtype=object), **answer}).iloc[_hash_table_order(names)]
    table = table.loc[table[by].notna()].sort_values(by, ascending=False, kind="stable")
    table["type"] = np.where(table[by] > 0, *types).astype(object)
    table["rank"] = np.arange(len(table))
    table = pd.concat([table.loc[table[by] > 0], table.loc[table[by] < 0].iloc[::-1]], ignore_index=True)
    return table.astype(dict.fromkeys(table.filter(like="direction"), int))


def _two_sided(z_up: np.ndarray, z_down_raw: np.ndarray, size: int) -> dict[str, np.ndarray]:
    p_up, p_down = _site_p(z_up), _site_p(z_down_raw)
    floored_up, floored_down = np.maximum(p_up, SMALLEST), np.maximum(p_down, SMALLEST)
    with np.errstate(under="ignore"):
        product = np.maximum(floored_up * floored_down, SMALLEST)
    return {
        "p-up": p_up,
        "p-up-bonferroni": np.minimum(1, floored_up * size),
        "fdr-up": benjamini_hochberg(floored_up, size),
        "p-down": p_down,
        "p-down-bonferroni": np.minimum(1, floored_down * size),
        "fdr-down": benjamini_hochberg(floored_down, size),
        "z-up": z_up,
        "z-down": -z_down_raw,
        "z-sum": z_up - z_down_raw,
        "logp-fisher": -np.log(product),
        "logp-avg": -np.log((floored_up + floored_down) / 2),
        "direction-up": np.sign(z_up),
        "direction-down": np.sign(z_down_raw),
    }


def _one_sided(z: np.ndarray, size: int) -> dict[str, np.ndarray]:
    p = _site_p(z)
    return {
        "p-value": p,
        "p-value-bonferroni": np.minimum(1, p * size),
        "fdr": benjamini_hochberg(p, size),
        "zscore": z,
        "direction": np.sign(z),
    }


def _site_p(z: np.ndarray) -> np.ndarray:
    """Return the two-sided normal p as the site computes it: Abramowitz & Stegun 26.2.17, then 1 - CDF."""
    return np.array([_site_p_of_one(abs(float(one))) for one in z])


def _site_p_of_one(z: float) -> float:
    # One number at a time and in this order of operations: near z = 8 the last bit of exp decides about half of p, and
    # array versions of exp differ in it.
    t = 1 / (1 + 0.2316419 * z)
    tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    cdf = 1 - 0.398942280401 * math.exp(-0.5 * z * z) * tail
    return 2 * (1 - cdf)


def _hash_table_order(names: pd.Index) -> np.ndarray:
    """Return these names in the order of the site's hash table (Java's HashMap with text keys)."""
    # It decides nothing but the order of signatures that tie. Names that fall into one slot keep their order.
    slots = 16
    while len(names) > 0.75 * slots:
        slots *= 2
    return np.argsort([_slot(str(name), slots) for name in names], kind="stable")


def _slot(name: str, slots: int) -> int:
    code = 0
    for unit in memoryview(name.encode("utf-16-le", "surrogatepass")).cast("H"):
        code = (31 * code + unit) & 0xFFFFFFFF
    return (code ^ (code >> 16)) & (slots - 1)


def compare_with_site(scores: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Compare scores with the results of SigCom LINCS, and give the reason where they differ.

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance`, one row per signature.
    results : DataFrame
        The site's answer: from :func:`read_results` (``Term``, ``z-score (up)`` …), from :func:`reproduce_scores`, or
        a frame of API records (``uuid``, ``z-up``, ``z-down``, ``z-sum``).

    Returns
    -------
    DataFrame, one row per signature that both name, in the site's order (index ``signature``)
        - ``site_type``: "mimicker" or "reverser", from the sign of the site's sum; ``call``: ours
        - ``site_z_sum``, ``z_sum``; ``difference`` = ours minus the site's
        - ``agrees``: True if the call is the site's type
        - ``why``: the reason in one sentence, empty where both agree in call and number

    Raises
    ------
    LincsInterpError
        If a needed column is missing, or the two tables share no signature.

    Examples
    --------
    >>> from lincs_interp.scoring.concordance import score_concordance
    >>> ranks = RankMatrix.from_frame(pd.DataFrame({"S": [1, 2, 3, 4]}, index=["A", "B", "C", "D"]))
    >>> query = GeneQuery("toy", up=["D"], down=["A"])
    >>> table = compare_with_site(score_concordance(ranks, query), reproduce_scores(ranks, query))
    >>> table[["site_type", "call"]].to_dict("index")
    {'S': {'site_type': 'mimicker', 'call': 'unresolved'}}
    """
    made = "pass the table that score_concordance makes"
    instance_of("scores", scores, pd.DataFrame, made)
    missing = [name for name in ("z_up", "z_down", "z_sum", "p_sum", "call") if name not in scores.columns]
    if missing or scores.index.has_duplicates:
        raise wrong("scores", scores, f"lacks {', '.join(missing)}" if missing else "names a signature twice", made)
    site = site_z(results)
    shared = [name for name in site.index if name in scores.index]
    if not shared:
        first, own = (repr(shown(table.index[0])) if len(table) else "none" for table in (site, scores))
        problem = f"name no signature of scores (first of results: {first}; first of scores: {own})"
        raise wrong("results", list(site.index[:1]), problem, "give both tables the same kind of id")
    ours, site = scores.loc[shared], site.loc[shared]
    table = pd.DataFrame(
        {
            "site_type": np.select([site["z_sum"] > 0, site["z_sum"] < 0], ["mimicker", "reverser"], "none"),
            "call": ours["call"].to_numpy(),
            "site_z_sum": site["z_sum"].to_numpy(),
            "z_sum": ours["z_sum"].to_numpy(),
        },
        index=pd.Index(shared, name="signature"),
    )
    table["difference"] = table["z_sum"] - table["site_z_sum"]
    table["agrees"] = table["site_type"] == table["call"]
    rows = table.to_dict("records")
    table["why"] = [_why(row, ours.loc[name], site.loc[name]) for name, row in zip(shared, rows, strict=True)]
    return table


def _why(row: Mapping[Any, Any], ours: pd.Series, site: pd.Series) -> str:
    reasons = []
    if row["call"] == "discordant":
        reasons.append(
            f"The site looks at the sum only; here the lists point opposite ways (z_up {ours['z_up']:+.2f}, z_down"
            f" {ours['z_down']:+.2f})."
        )
    elif row["call"] == "unresolved":
        reasons.append(
            f"The site names a side at any sum but 0; this one (p_sum = {ours['p_sum']:.2g}) is not beyond noise."
        )
    elif not row["agrees"]:
        reasons.append(f"The site calls it a {row['site_type']}, the ranks of this matrix give {row['call']}.")
    near = SAME_Z * max(1, abs(row["site_z_sum"]))
    if abs(row["difference"]) > near:
        if abs(row["z_sum"] + row["site_z_sum"]) <= near:
            reasons.append("The sums are equal with opposite signs: the matrix or the lists may be turned round.")
        else:
            reasons.append(
                f"The sums differ by {row['difference']:+.3g}: other genes were counted (aliases, overlap, spelling),"
                " another number of ranked genes, or tied genes (the site gives them the highest rank of the tie)."
            )
    if site["sign_turned"]:
        reasons.append("The site's z of the down list came with its raw sign and was turned.")
    return " ".join(reasons)


_NAMES = {
    "id": ("Term", "Name", "Perturbagen", "uuid", "signature", "local_id"),
    "z_up": ("z-score (up)", "z-up", "z_up", "zscore"),
    "z_down": ("z-score (down)", "z-down", "z_down"),
    "z_sum": ("z-score (sum)", "z-sum", "z_sum"),
}


def site_z(results: pd.DataFrame) -> pd.DataFrame:
    """Return ``z_up``, ``z_down``, ``z_sum`` and ``sign_turned`` by signature id, whatever way the site sent them."""
    # Minimal and early answers hold the raw z of the down list. The sum distinguishes them: it equals ``z_up + z_down``
    # or ``z_up - z_down``. Without a sum the sign is not known, and the frame is refused.
    instance_of("results", results, pd.DataFrame, "read it with read_results")
    column = {key: next((n for n in names if n in results.columns), None) for key, names in _NAMES.items()}
    ids = results.index if (name := column.pop("id")) is None else results[name]
    z = {
        key: pd.to_numeric(results[name], errors="coerce").to_numpy(dtype=float)
        for key, name in column.items()
        if name is not None
    }
    if "z_up" not in z:
        problem = "holds no z-score of the up list (z-score (up), z-up or zscore)"
        raise wrong("results", list(results.columns), problem, "pass the complete answer of the site")
    if "z_down" in z and "z_sum" not in z:
        problem = "holds z-scores of both lists but no sum, so the sign of the down list is not known"
        remedy = "add the column z-sum (z-up + z-down if the down z was turned already, z-up - z-down if it is raw)"
        raise wrong("results", list(results.columns), problem, remedy)
    z_up, z_down, z_sum, turned = z["z_up"], np.full_like(z["z_up"], np.nan), z["z_up"], False
    if "z_down" in z:
        z_down, z_sum = z["z_down"], z["z_sum"]
        turned = bool(np.nansum(np.abs(z_up - z_down - z_sum)) < np.nansum(np.abs(z_up + z_down - z_sum)))
        z_down = -z_down if turned else z_down
    index = pd.Index([str(name) for name in ids], name="signature", dtype=object)
    table = pd.DataFrame({"z_up": z_up, "z_down": z_down, "z_sum": z_sum, "sign_turned": turned}, index=index)
    return table.loc[~table.index.duplicated()]
