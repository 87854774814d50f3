"""Rank-based enrichment of mechanisms of action and targets among the scores: one score per perturbagen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import argument, one_of, unknown_name, whole_number, wrong
from .._util.missing import NO_TERM, plain
from .._util.stats import P_FLOOR, benjamini_hochberg
from .._util.text import counted, kind, listed, shown
from ..core.calls import checked_scores
from ..core.identity import name_key
from ..core.ranks import RankMatrix, check_matrix

# So many perturbagens are named in a row, the rest is counted.
MEMBERS_NAMED = 8

# The columns looked for in a table of annotations; of these and its index the one that knows most perturbagens is used.
NAME_COLUMNS = ("pert_name", "pert_iname", "name", "perturbagen", "compound", "drug", "pert_id", "cmap_id")
TERM_COLUMNS = ("moa", "mechanism", "mechanism_of_action", "target", "targets", "term", "class")

UNIVERSES = ("annotated", "all")
ALTERNATIVES = {"both": "two-sided", "mimicker": "greater", "reverser": "less"}

_BETWEEN_TERMS = re.compile(r"[;|]")


def enrich_annotations(
    scores: pd.DataFrame,
    ranks: RankMatrix,
    annotation: Any,
    *,
    score: str = "z_sum",
    by: str = "pert_name",
    term: str | Iterable[str] | None = None,
    min_size: int = 3,
    universe: str = "annotated",
    direction: str = "both",
) -> pd.DataFrame:
    """Test mechanisms of action and targets for rank-based enrichment: do their perturbagens score higher, or lower?

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance` or :func:`calibrate`: one row per signature of ``ranks``.
    ranks : RankMatrix
        The matrix that was scored, unselected: in a list of hits of the same query the answer is circular.
    annotation : str, mapping, Series or DataFrame
        The name of a column of ``ranks.signatures`` ("moa"); or perturbagen to terms, as a dict or Series; or a table
        with the names in its index or a column (pert_name, pert_id, compound …). Terms are a list, or one text with ";"
        or "|" between them. Letter case makes no difference.
    score : str
        The column of ``scores`` to compare, positive = mimicker.
    by : str
        The column of ``ranks.signatures`` that names the perturbagen.
    term : str or list of str, optional
        The column or columns of terms of a table; by default the first of moa, mechanism, target and the like.
    min_size : int
        Terms with fewer perturbagens are not tested.
    universe : "annotated" or "all"
        What a term's perturbagens are compared with: the others of which any term is known, or all others, most of
        which are inert: then any mechanism is found too easily.
    direction : "both", "mimicker" or "reverser"
        Whether p is two-sided, or looks only for terms that score higher, or lower.

    Returns
    -------
    DataFrame, one row per term that was tested, the smallest p first (index ``term``)
        - ``n``: perturbagens with this term; ``n_others``: those they are compared with; ``n_signatures``: signatures
          of the n
        - ``auc``: 0-1, the probability that a perturbagen with the term scores above one without; above 0.5 = towards
          mimicker, below = towards reverser
        - ``median_score``: of the n; ``median_rank``: their median place, 1 = best mimicker … n + n_others
        - ``p``: Mann-Whitney p, 1e-300 to 1; ``fdr``: Benjamini-Hochberg over the terms tested
        - ``n_terms``: how many terms were tested; ``n_unannotated``: perturbagens of which no term is known
        - ``members``: the perturbagens, the one furthest towards the side of ``auc`` first

    Raises
    ------
    LincsInterpError
        If the annotation describes none of the perturbagens, no term is large enough, or an argument does not fit.

    Notes
    -----
    Each perturbagen has one score, the median over its signatures, as ten wells of one drug are not ten independent
    observations; signatures without a score or a name are left out. The test is that of Mann and Whitney [1]_: exact
    where one group has at most 8 perturbagens and no two scores are equal, else by the normal approximation, corrected
    for ties and continuity.

    p assumes that the drugs are independent: where those of a mechanism share a plate that the others are not on, it is
    too small. Terms share drugs as well, so their rows repeat each other. No enrichment is no proof that a mechanism is
    not involved: for a query made of tubulin inhibitors, tubulin inhibitors score below the others (AUC 0.38).

    References
    ----------
    .. [1] Mann & Whitney (1947), Annals of Mathematical Statistics 18(1), 50-60, doi 10.1214/aoms/1177730491.

    Examples
    --------
    >>> from lincs_interp import load_sample, score_concordance
    >>> sample = load_sample()
    >>> scores = score_concordance(sample.ranks, sample.query)
    >>> made_up = {"mimetasone": "steroid", "mimicort": "steroid", "graduasone": "steroid", "inertol": "inert"}
    >>> made_up |= {"contrasone": "blocker", "reversaline": "blocker", "simulastat": "statin"}
    >>> table = enrich_annotations(scores, sample.ranks, made_up)
    >>> table.loc["steroid", "auc"].item(), table.loc["steroid", "members"]
    (1.0, 'mimicort, mimetasone, graduasone')
    """
    check_matrix(ranks)
    column = checked_scores(scores, ranks.signatures, score, needed=())[score]
    if column.isna().all():
        raise wrong("score", score, f"is {score!r}, which is missing (NaN) for every signature", "choose another score")
    min_size = whole_number("min_size", min_size)
    one_of("universe", universe, UNIVERSES)
    one_of("direction", direction, ALTERNATIVES)
    table = _per_perturbagen(column, ranks, by)
    terms = _terms_of(_pairs(annotation, ranks, by, term, table.index))
    known = table.index.isin(list(terms))
    if not known.any():
        problem = f"describes none of the {counted(len(table), 'perturbagen')} ({listed(table['name'], 3)})"
        remedy = f"name perturbagens in it as ranks.signatures does, or choose another column with {argument('by')}"
        raise wrong("annotation", annotation, problem, remedy)
    pool = table if universe == "all" else table[known]
    carriers = pd.Series({key: terms.get(key, []) for key in pool.index}, dtype=object).explode().dropna()
    members = carriers.groupby(carriers, sort=False).groups  # term: keys of its perturbagens
    tested = {str(word): pool.index.isin(keys) for word, keys in members.items() if min_size <= len(keys) < len(pool)}
    if not tested:
        largest = max(map(len, members.values()))
        of = f"the largest of {len(members):,} has {largest:,} of {counted(len(pool), 'perturbagen')}"
        remedy = f"a term needs at least {argument('min_size')} = {min_size:,}, and others to compare with"
        raise wrong("annotation", largest, f"has no term to test ({of})", remedy)
    found = _tests(pool, tested, ALTERNATIVES[direction])
    return found.assign(n_terms=len(tested), n_unannotated=int((~known).sum()), members=found.pop("members"))


def _per_perturbagen(column: pd.Series, ranks: RankMatrix, by: object) -> pd.DataFrame:
    """Return one row per perturbagen (its name without regard to case): name, median score, number of signatures."""
    _check_column("by", by, ranks.signatures)
    names = ranks.signatures[by].reindex(column.index)
    keys = names.map(name_key)
    there = (keys != "") & column.notna()
    if not there.any():
        problem = f"is {shown(by)!r}, and no signature has both a score and an entry there"
        remedy = "name perturbagens in RankMatrix.from_frame(frame, signatures=...), or choose another column"
        raise wrong("by", by, problem, remedy)
    parts = pd.DataFrame({"name": names[there].astype(str), "score": column[there]}).groupby(keys[there], sort=False)
    return pd.DataFrame({"name": parts["name"].first(), "score": parts["score"].median(), "size": parts.size()})


def _check_column(name: str, column: object, table: pd.DataFrame) -> None:
    if not isinstance(column, str) or column not in table.columns:
        raise unknown_name(name, column, table.columns, "which is no column")


def _pairs(
    annotation: Any, ranks: RankMatrix, by: str, term: str | Iterable[str] | None, perturbagens: pd.Index
) -> Iterable[tuple[object, object]]:
    """Return name and terms, as they are written in whatever was given."""
    if isinstance(annotation, pd.DataFrame):
        return _pairs_of_table(annotation, term, perturbagens)
    if term is not None:
        raise wrong("term", term, f"chooses a column of a table, but annotation is {kind(annotation)}", "leave it out")
    if isinstance(annotation, str):
        _check_column("annotation", annotation, ranks.signatures)
        return zip(ranks.signatures[by], ranks.signatures[annotation], strict=True)
    if isinstance(annotation, Mapping | pd.Series):
        return annotation.items()
    remedy = "pass a dict or Series of perturbagen to terms, a table, or the name of a column of ranks.signatures"
    raise wrong("annotation", annotation, f"is {kind(annotation)}", remedy)


def _pairs_of_table(
    table: pd.DataFrame, term: str | Iterable[str] | None, perturbagens: pd.Index
) -> Iterable[tuple[object, object]]:
    columns = [term] if isinstance(term, str) else term
    if columns is None:
        columns = [column for column in TERM_COLUMNS if column in table.columns][:1]
        if not columns:
            problem = f"has the columns {listed(table.columns, 8)}, none of them {listed(TERM_COLUMNS, 9)}"
            raise wrong("annotation", table, problem, f"name the column of the terms with {argument('term')}")
    columns = list(columns) if isinstance(columns, Iterable) else [columns]
    for column in columns:
        _check_column("term", column, table)
    names = [table[column] for column in NAME_COLUMNS if column in table.columns] + [table.index.to_series()]
    best = max(names, key=lambda column: perturbagens.isin(column.map(name_key)).sum())
    return [pair for column in columns for pair in zip(best, table[column], strict=True)]


def _terms_of(pairs: Iterable[tuple[object, object]]) -> dict[str, list[str]]:
    """Return the terms of each perturbagen that has any, without regard to case, in the first spelling."""
    spelled: dict[str, str] = {}
    terms: dict[str, dict[str, None]] = {}
    for name, cell in pairs:
        several = isinstance(cell, list | tuple | set | frozenset | np.ndarray)
        parts: Iterable[object] = cell if several else _BETWEEN_TERMS.split(plain(cell))  # type: ignore[assignment]
        words = [" ".join(plain(part).split()) for part in parts]
        known = [spelled.setdefault(word.casefold(), word) for word in words if word.casefold() not in NO_TERM]
        if known and name_key(name):
            terms.setdefault(name_key(name), {}).update(dict.fromkeys(known))
    return {name: list(words) for name, words in terms.items()}


def _tests(pool: pd.DataFrame, tested: dict[str, np.ndarray], alternative: str) -> pd.DataFrame:
    from scipy.stats import mannwhitneyu, rankdata

    score, size, name = (pool[column].to_numpy() for column in ("score", "size", "name"))
    place = rankdata(-score)
    rows = {}
    for term, has in tested.items():
        n, n_others = int(has.sum()), int((~has).sum())
        test = mannwhitneyu(score[has], score[~has], alternative=alternative)
        auc = float(test.statistic) / (n * n_others)
        order = np.argsort((-1 if auc >= 0.5 else 1) * score[has], kind="stable")
        rows[term] = {
            "n": n,
            "n_others": n_others,
            "n_signatures": int(size[has].sum()),
            "auc": auc,
            "median_score": np.median(score[has]),
            "median_rank": np.median(place[has]),
            "p": float(np.clip(test.pvalue, P_FLOOR, 1)),
            "members": listed(name[has][order], MEMBERS_NAMED),
        }
    table = pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), name="term"))
    table["fdr"] = benjamini_hochberg(table["p"].to_numpy())
    order = np.lexsort((-np.abs(table["auc"].to_numpy() - 0.5), table["p"].to_numpy()))
    return table.iloc[order]
