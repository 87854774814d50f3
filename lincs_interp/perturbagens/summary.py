"""All signatures of one perturbagen: do they agree over cell lines, doses and times, or is it one lucky column?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import instance_of, one_of, whole_number, wrong
from .._util.stats import benjamini_hochberg
from .._util.text import kind, shown
from ..core.calls import checked_scores
from ..core.identity import find_perturbagen, group_perturbagens
from ..core.ranks import RankMatrix, check_matrix
from .aggregates import FOR_GRADE, NOMINAL, gather_signatures, p_status, perturbagen_row
from .grades import grade

_FACTS = ("pert_name", "pert_type", "cell_line", "pert_dose", "dose_um", "pert_time", "time_h")
_SCORES = ("z_up", "z_down", "z_sum", "call", "z_cal", "p_cal", "fdr_cal")


def summarise_perturbagens(
    scores: pd.DataFrame,
    ranks: RankMatrix,
    *,
    by: str = "pert_name",
    score: str = "z_sum",
    promiscuity: pd.Series | pd.DataFrame | None = None,
    n_perturbagens: int | None = None,
) -> pd.DataFrame:
    """Summarise and grade the signatures of each perturbagen: does its effect replicate?

    Parameters
    ----------
    scores : DataFrame
        From :func:`score_concordance`, best after :func:`calibrate`. It may hold some of the signatures of ``ranks``.
    ranks : RankMatrix
        The matrix that was scored; its ``.signatures`` name the perturbagen of each signature.
    by : str
        The column of ``ranks.signatures`` that names the perturbagen.
    score : str
        The column of ``scores`` to summarise, positive = mimicker. Calls always come from z_sum.
    promiscuity : Series or DataFrame, optional
        From :func:`measure_promiscuity`: per signature the share of unrelated queries that it answers (0-1).
    n_perturbagens : int, optional
        How many perturbagens were searched, if ``scores`` holds only the best of them: the number of hypotheses.

    Returns
    -------
    DataFrame, one row per perturbagen, strongest evidence first (index ``perturbagen``)
        - ``pert_name``, ``pert_type``: as they are spelled most often
        - ``grade``: "A" (replicated) to "D" (lucky, contradictory or no call): see Notes; ``reasons``: for it, in
          sentences with their numbers
        - ``call``: "mimicker" or "reverser", whichever more signatures are called; "unresolved" if as many are called
          each way, or none is. It is a majority of calls, without a p-value of its own
        - ``n_signatures``; ``n_scored``: those with a score; ``n_ids``: compound ids (BRD-…) behind the name, 0 if the
          metadata have none; ``n_cells``, ``n_doses``, ``n_times``: different known ones among n_scored
        - ``n_mimicker``, ``n_reverser``, ``n_discordant``: signatures called so; the rest of n_scored is unresolved
        - ``n_agreeing``, ``n_opposed``: called like the perturbagen, and the other way; 0 if unresolved
        - ``share_agreeing``, ``share_discordant``: 0-1, of n_scored
        - ``n_cells_agreeing``, ``cells_agreeing``: cell lines whose median score points that way and in which some
          signature is called so, and their share (0-1) of n_cells, NaN if none is known or the call is unresolved
        - ``median_score``; ``max_quantile``: the 67th percentile, or the 33rd if that is further from 0; ``srges``: the
          mean after bringing each score to 10 uM and 24 h. Unbounded, positive = mimicker
        - ``best_signature``, ``best_score``: furthest that way of those that agree; if unresolved, furthest from 0
        - ``lucky_column``: True if it rests on one signature: two siblings or more at its dose or above do not agree,
          and none does, or one of ten or more
        - ``dose_trend``: -1 … 1, positive = the score goes further that way with the dose, and ``p_dose_trend``: see
          :func:`trend_over_doses`; NaN if unresolved
        - ``highest_dose_only``: True if the signatures that agree are all at the highest dose and lower ones were tried
        - with calibrated scores ``p_cal``, ``fdr_cal``: of "no signature of it has an effect in either direction", and
          Benjamini-Hochberg over the ``n_hypotheses`` perturbagens, 0-1. Where more signatures were searched than
          ``scores`` holds, fdr_cal is no less than the lowest fdr_cal of its signatures. ``p_status``, ``how``: as in
          ``scores``, with the size of the search if that is larger
        - with ``promiscuity`` the median ``share_answered`` of the signatures that agree (of all, if none does)
        - ``n_unnamed``: the same in every row: signatures of ``scores`` that name no perturbagen and are in no row

    Raises
    ------
    LincsInterpError
        If ``scores`` does not belong to ``ranks`` or no signature names its perturbagen.

    Notes
    -----
    Signatures are of one perturbagen if their names are equal but for letter case and outer blanks and their types mean
    the same kind of perturbation (trt_cp and "Chemical" are one; where no type is known, plates XPR… are knockouts,
    KDB… knockdowns, OEB… over-expression). A name of several kinds gives several rows: "MYC (CRISPR Knockout)". Of
    calibrated scores, a call counts only with p_cal < 0.05 as well; without ``p_status`` p_cal counts as assumed.

    ====== =======================================================================================================
    grade  the worst that applies
    ====== =======================================================================================================
    D      nothing is called, or as many mimic as reverse; more than 1/3 of the called point the other way; more than
           half of all are discordant; one lucky column; fdr_cal of 0.25 or more, if measured on a background
    C      one signature, or only one agrees, or repeats of one condition on one plate; fewer than 1/5 of the
           signatures or 1/4 of the cell lines agree (unless three cell lines do and fdr_cal < 0.05); more than 1/5 of
           the called point the other way; more than 1/4 discordant; the median does not point that way; an
           assumed fdr_cal of 0.25 or more
    B      no second cell line, and no second plate at another dose or time; fewer than 1/3 of the signatures or 1/2 of
           the cell lines agree; more than 1/10 of the called point the other way; at the highest dose only; falling as
           the dose rises (p < 0.05); p nominal or assumed; fdr_cal of 0.05 or more
    A      none of these
    ====== =======================================================================================================

    A perturbagen that answers 15 % or more of unrelated queries is lowered by one. Rows are sorted by grade, then by
    |max_quantile|. Grade no list of hits of the same query: everything in it seems to agree.

    ``max_quantile`` is that of the Connectivity Map [1]_. ``srges`` follows Chen et al. [2]_, who add to each score of
    a low dose (< 10 uM), short time (< 24 h) or both the mean difference from the reference (10 uM, 24 h) of the same
    compound and cell line. Here the score is multiplied, so that no effect stays none and both directions are treated
    alike: by the ratio of the summed absolute scores over all pairs of this table; 1 if these are fewer than ten, or
    dose or time is unknown. Cell lines have no weights.

    ``p_cal`` of a perturbagen: Simes' combination [3]_ of its signatures' one-sided p for each direction, a discordant
    one counting as p = 1, and twice the smaller. It tests whether any signature has an effect, corrected for taking
    the best of many; the grade shows whether they agree.

    References
    ----------
    .. [1] Subramanian et al. (2017), Cell 171(6), 1437-1452, doi 10.1016/j.cell.2017.10.049.
    .. [2] Chen et al. (2017), Nature Communications 8, 16022, doi 10.1038/ncomms16022.
    .. [3] Simes (1986), Biometrika 73(3), 751-754, doi 10.1093/biomet/73.3.751.

    Examples
    --------
    >>> from lincs_interp import calibrate, load_sample, score_concordance
    >>> sample = load_sample()
    >>> scores = score_concordance(sample.ranks, sample.query)
    >>> scores = calibrate(scores, sample.query, background=sample.background)
    >>> table = summarise_perturbagens(scores, sample.ranks)
    >>> table.loc[["graduasone", "contrasone", "mimicort", "fortunib"], "grade"].to_dict()
    {'graduasone': 'A', 'contrasone': 'A', 'mimicort': 'C', 'fortunib': 'D'}
    >>> table.loc["fortunib", "reasons"].partition(". ")[2]
    'D: it rests on one signature: at its dose or above, its siblings do not agree.'
    """
    scores, facts = _checked(scores, ranks, by, score)
    groups = group_perturbagens(facts, by)
    if not groups:
        remedy = "give the matrix metadata (RankMatrix.from_frame(frame, signatures=...)), or name another column"
        raise wrong("by", by, f"is {shown(by)!r}, which no signature of scores has", remedy)
    size = None if n_perturbagens is None else whole_number("n_perturbagens", n_perturbagens, least=len(groups))
    places = [group.places for group in groups]
    signatures = gather_signatures(scores, facts, places, score, _share_answered(promiscuity, scores.index))
    rows = [
        {"pert_name": group.name, "pert_type": group.pert_type, "grade": "", **perturbagen_row(signatures.at(own))}
        for group, own in zip(groups, places, strict=True)
    ]
    table = pd.DataFrame(rows, index=pd.Index([group.label for group in groups], name="perturbagen"))
    fdr = benjamini_hochberg(table["p_cal"].to_numpy(), size)
    status, how = p_status(scores)
    if size is None and {"n_hypotheses", "fdr_cal"} <= set(scores) and scores["n_hypotheses"].max() > len(scores):
        # The best of a search: what was left behind is unknown, so no better than the best of its signatures.
        best = scores["fdr_cal"].to_numpy(dtype=float)
        fdr = np.fmax(fdr, [np.fmin.reduce(best[own], initial=np.inf) for own in places])
        how = f"{how}; of a search of {scores['n_hypotheses'].max():,.0f} signatures"
    table["fdr_cal"] = fdr
    table["n_hypotheses"] = size or int(table["p_cal"].notna().sum())
    table["p_status"], table["how"] = status, how
    table["grade"], table["reasons"] = zip(*map(grade, table.itertuples()), strict=True)
    table["n_unnamed"] = len(scores) - sum(map(len, places))
    order = np.lexsort((-table["max_quantile"].abs(), table["grade"]))  # stable: of equals the first by name
    unknown = [] if promiscuity is not None else ["share_answered"]
    if status == NOMINAL:
        unknown += ["p_cal", "fdr_cal", "n_hypotheses", "p_status", "how"]
    return table.iloc[order].drop(columns=FOR_GRADE + unknown)


def perturbagen_signatures(
    scores: pd.DataFrame,
    ranks: RankMatrix,
    perturbagen: str,
    *,
    pert_type: str | None = None,
    by: str = "pert_name",
) -> pd.DataFrame:
    """List all signatures of one perturbagen, with their scores, cell lines, doses and times.

    Parameters
    ----------
    scores, ranks, by
        As for :func:`summarise_perturbagens`.
    perturbagen : str
        A name, whatever its case, or an index label of :func:`summarise_perturbagens` ("MYC (CRISPR Knockout)").
    pert_type : str, optional
        The type, where a name is that of several kinds of perturbation; in any wording of the same kind.

    Returns
    -------
    DataFrame, one row per signature, sorted by cell line, time and dose (index ``signature``)
        - ``pert_name``, ``pert_type``, ``cell_line``, ``pert_dose`` (text), ``dose_um`` (micromolar, NaN if not molar),
          ``pert_time`` (text), ``time_h`` (hours): as in ``ranks.signatures``
        - ``z_up``, ``z_down``, ``z_sum``, ``call``, and ``z_cal``, ``p_cal``, ``fdr_cal`` if there: as in ``scores``

    Raises
    ------
    LincsInterpError
        If ``scores`` holds no signature of this perturbagen, or several kinds and ``pert_type`` is not given.

    Examples
    --------
    >>> from lincs_interp import load_sample, score_concordance
    >>> sample = load_sample()
    >>> table = perturbagen_signatures(score_concordance(sample.ranks, sample.query), sample.ranks, "Fortunib")
    >>> table[["cell_line", "dose_um", "call"]].to_numpy().tolist()[2]
    ['MCF7', 3.33, 'mimicker']
    """
    scores, facts = _checked(scores, ranks, by, "z_sum")
    instance_of("perturbagen", perturbagen, str, "name one perturbagen")
    if pert_type is not None:
        instance_of("pert_type", pert_type, str, "name one type, or leave it out")
    chosen = find_perturbagen(group_perturbagens(facts, by), perturbagen, pert_type).places
    return signature_table(scores.iloc[chosen], facts.iloc[chosen])


def signature_table(scores: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the table of :func:`perturbagen_signatures`, given the rows of one perturbagen."""
    columns = [column for column in _SCORES if column in scores]
    table = pd.concat([facts[list(_FACTS)], scores[columns]], axis=1)
    return table.sort_values(["cell_line", "time_h", "dose_um", "pert_dose"], kind="stable").rename_axis("signature")


def _checked(scores: pd.DataFrame, ranks: RankMatrix, by: str, score: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores as numbers, and the metadata of the signatures that were scored in their order."""
    check_matrix(ranks)
    table = checked_scores(scores, ranks.signatures, score)
    one_of("by", by, [str(column) for column in ranks.signatures.columns])
    return table, ranks.signatures.loc[table.index]


def _share_answered(promiscuity: object, signatures: pd.Index) -> np.ndarray:
    if promiscuity is None:
        return np.full(len(signatures), np.nan)
    column = promiscuity.get("share_answered") if isinstance(promiscuity, pd.DataFrame) else promiscuity
    remedy = "pass the table that measure_promiscuity(ranks, background) makes, one row per signature"
    if not isinstance(column, pd.Series) or not column.index.is_unique:
        raise wrong("promiscuity", promiscuity, f"is {kind(promiscuity)}", remedy)
    share = pd.to_numeric(column, errors="coerce").reindex(signatures).to_numpy(dtype=float)
    if np.isnan(share).all():
        raise wrong("promiscuity", promiscuity, "knows none of the signatures in scores", remedy)
    low, high = np.nanmin(share), np.nanmax(share)
    if low < 0 or high > 1:
        problem = f"goes from {low:g} to {high:g}, but shares are between 0 and 1"
        raise wrong("promiscuity", promiscuity, problem, remedy)
    return share
