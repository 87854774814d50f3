"""Which end of the ranks is up? Evidence from outside the matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import LincsInterpError, argument, instance_of, wrong
from .._util.html import card, escaped, table_html
from .._util.text import counted, kind, shown
from ..core.calls import SIGNS
from ..core.query import GeneQuery, check_query
from ..core.ranks import RankMatrix, check_matrix
from ..scoring.concordance import score_concordance
from .reproduction import SAME_Z, reproduce_scores, site_z

# A rank correlation this strong between ranks and coefficients decides; both come from one signature, so it is near
# 1 or -1 unless the tables do not belong together.
DECIDING_CORRELATION = 0.5
FEWEST_GENES = 20

# So many signatures must reproduce the site's z (within SAME_Z): fewer could do so by chance.
FEWEST_Z = 3

# Known mimickers and reversers decide by a two-sided sign test.
SIGN_TEST_P = 0.01

RESULTS = ("as assumed", "reversed", "undecided")


@dataclass(frozen=True)
class OrientationCheck:
    """The result and the evidence for it: see :func:`check_orientation`."""

    result: str
    evidence: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Return the result in one sentence."""
        return {
            "as assumed": "The ranks run as assumed: rank 1 is most down, rank N most up.",
            "reversed": 'The ranks run the other way: read the file again with rank_one="up".',
            "undecided": "The evidence does not show which end is up: compare one signature with its coefficients.",
        }[self.result]

    def __repr__(self) -> str:
        return f"OrientationCheck({self.result!r}: {self.sentence})"

    def _repr_html_(self) -> str:
        rows = [[row.test, row.points_to, escaped(row.detail, 300)] for row in self.evidence.itertuples()]
        return card(self.sentence, table_html(rows, ["test", "points to", "detail"], caption="The evidence."))


def check_orientation(
    ranks: RankMatrix,
    *,
    coefficients: pd.DataFrame | None = None,
    results: pd.DataFrame | Mapping[str, str] | None = None,
    query: GeneQuery | None = None,
) -> OrientationCheck:
    """Check the orientation of ranks: whether rank 1 really is the most down-regulated gene.

    Parameters
    ----------
    ranks : RankMatrix
    coefficients : DataFrame (genes x signatures), optional
        Signed values (Characteristic Direction, z-score) of at least one signature of the matrix.
    results : DataFrame or mapping (signature id to "mimicker" or "reverser"), optional
        The site's results table for ``query``, or signatures known to mimic or reverse it. Needs ``query``.
    query : GeneQuery, optional
        The query that ``results`` answers.

    Returns
    -------
    OrientationCheck
        - ``result``: "as assumed", "reversed" (read the file again with the other ``rank_one``), or "undecided" if the
          evidence is thin or contradicts itself; ``sentence``: the same in words
        - ``evidence``: DataFrame, one row per test: ``test``, ``points_to`` (a result), ``detail`` (a sentence)

    Raises
    ------
    LincsInterpError
        If there is nothing to test with: neither coefficients nor results with their query.

    Notes
    -----
    Three tests: the median Spearman correlation of ranks and coefficients over shared signatures; the site's z-scores
    reproduced to three digits, as they are or with the opposite sign; the sign of our z_sum for known mimickers and
    reversers (binomial test, p < .01, so at least eight signatures).

    Examples
    --------
    >>> from lincs_interp.io.sample import load_sample
    >>> sample = load_sample()
    >>> check_orientation(sample.ranks, coefficients=sample.coefficients).result
    'as assumed'
    """
    check_matrix(ranks)
    if query is not None:
        check_query(query)
    if results is not None and query is None and coefficients is not None:
        raise LincsInterpError(
            f"{argument('results')} is given without {argument('query')}",
            argument="query",
            remedy="pass the query that these results answer",
        )
    if results is not None and not isinstance(results, pd.DataFrame | Mapping):
        remedy = 'pass the site\'s results table, or a dict of signature id to "mimicker" or "reverser"'
        raise wrong("results", results, f"is {kind(results)}", remedy)
    if coefficients is None and (results is None or query is None):
        raise LincsInterpError(
            f"{argument('coefficients')} is missing, and so is {argument('results')} with its query",
            argument="coefficients",
            remedy="pass the coefficients of one signature, or the site's results table with the query it answers",
        )
    evidence = []
    if coefficients is not None:
        evidence.append(_by_coefficients(ranks, coefficients))
    if results is not None and query is not None:
        if isinstance(results, pd.DataFrame):
            evidence.append(_by_site_z(ranks, results, query))
            known = {str(name): float(np.sign(z)) for name, z in site_z(results)["z_sum"].items()}
        else:
            known = {name: _sign_of(word) for name, word in results.items()}
        evidence.append(_by_known_signs(ranks, known, query))
    table = pd.DataFrame(evidence, columns=["test", "points_to", "detail"])
    table["points_to"] = np.select([table["points_to"] > 0, table["points_to"] < 0], RESULTS[:2], RESULTS[2])
    pointed = set(table["points_to"]) - {"undecided"}
    return OrientationCheck(pointed.pop() if len(pointed) == 1 else "undecided", table)


# Each test returns its name, a number (positive = as assumed, negative = reversed, 0 = undecided) and a sentence.
def _by_coefficients(ranks: RankMatrix, coefficients: pd.DataFrame) -> tuple[str, float, str]:
    name = "rank correlation with coefficients"
    if isinstance(coefficients, pd.Series):
        coefficients = coefficients.to_frame()
    instance_of("coefficients", coefficients, pd.DataFrame, "read them with read_coefficients")
    values = coefficients.loc[~coefficients.index.duplicated(), ~coefficients.columns.duplicated()]
    values = values.apply(pd.to_numeric, errors="coerce")
    shared = [s for s in values.columns if s in ranks.frame.columns]
    genes = ranks.genes.intersection(values.index)
    common = f"{counted(len(shared), 'signature')} and {counted(len(genes), 'gene')}"
    if not shared or len(genes) < FEWEST_GENES:
        return name, 0, f"{common} in common: too little to test."
    pairs = ((ranks.frame.loc[genes, signature], values.loc[genes, signature]) for signature in shared)
    correlations = [
        rank.corr(value, method="spearman") if rank.nunique() > 1 and value.nunique() > 1 else np.nan
        for rank, value in pairs
    ]
    middle = float(np.nanmedian(correlations)) if not np.isnan(correlations).all() else 0.0
    detail = f"median Spearman correlation {middle:+.3f} over {common}."
    return name, middle if abs(middle) >= DECIDING_CORRELATION else 0, detail


def _by_site_z(ranks: RankMatrix, results: pd.DataFrame, query: GeneQuery) -> tuple[str, float, str]:
    name = "the site's z-scores reproduced"
    site = site_z(results)
    answer = reproduce_scores(ranks, query).set_index("uuid")
    ours = answer["z-sum"] if "z-sum" in answer else answer["zscore"]
    pairs = pd.concat({"ours": ours, "site": site["z_sum"]}, axis=1, join="inner").dropna()
    near = SAME_Z * pairs["site"].abs().clip(lower=1)
    same = int(((pairs["ours"] - pairs["site"]).abs() <= near).sum())
    opposite = int(((pairs["ours"] + pairs["site"]).abs() <= near).sum())
    shared = counted(len(pairs), "shared signature")
    detail = f"of {shared} {same} agree to three digits, {opposite} with opposite sign."
    enough = max(same, opposite) >= max(FEWEST_Z, len(pairs) / 2)
    return name, same - opposite if enough else 0, detail


def _by_known_signs(ranks: RankMatrix, known: Mapping[str, float], query: GeneQuery) -> tuple[str, float, str]:
    from scipy.stats import binomtest

    name = "known mimickers and reversers"
    z = score_concordance(ranks, query, overlap="drop")["z_sum"]
    signs = [(np.sign(z[s]), sign) for s, sign in known.items() if s in z.index and sign and np.sign(z[s])]
    agree = sum(ours == sign for ours, sign in signs)
    detail = f"{agree} of {counted(len(signs), 'known signature')} fall on the side they are known for."
    decided = signs and binomtest(agree, len(signs)).pvalue < SIGN_TEST_P
    return name, agree - len(signs) / 2 if decided else 0, detail


def _sign_of(word: Any) -> float:
    call = str(word).lower().removesuffix("s")
    if call not in SIGNS:
        raise wrong("results", word, f"holds {shown(word)!r}", 'where "mimicker" or "reverser" is expected')
    return float(SIGNS[call])
