"""The answer of the site's public API to /fetch/rank."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import numpy as np

from .._util.text import counted, shown
from ._matrix import Chooser, Matrix
from ._open import Source

_AGAIN = "fetch the ranks again from /fetch/rank"


def read_fetch_rank(source: Source, choose: Chooser) -> Matrix:
    """Read ``{"entities": [uuid …], "maxrank": N, "signatures": [{"uid": …, "ranks": […]} …]}``.

    Genes and signatures keep their UUIDs: the answer holds no names. :meth:`RankMatrix.rename` attaches them.
    """
    try:
        answer = json.load(source.text())
    except UnicodeError:  # a ValueError too; the file is no text
        raise
    except (ValueError, RecursionError) as error:  # ValueError: also integers of 5,000 digits
        source.refuse(f"the JSON is damaged or cut off ({shown(error, 80)})", "fetch it again")
    entities, n_genes, signatures = _parts(source, answer)
    for n, one in enumerate(signatures, 1):
        if not isinstance(one, dict) or not {"uid", "ranks"} <= one.keys() or not isinstance(one["ranks"], list):
            source.refuse(f"signature {n:,} has no uid or no list of ranks", _AGAIN, n)
        if len(one["ranks"]) != len(entities):
            sizes = f"{counted(len(one['ranks']), 'rank')} for {counted(len(entities), 'gene')}"
            source.refuse(f"signature {shown(one['uid'], 40)} has {sizes}", _AGAIN, one["uid"])
    ids = [str(one["uid"]) for one in signatures]
    pick = choose(ids)
    values = np.empty((len(entities), len(pick)))
    for column, j in enumerate(pick):
        values[:, column] = _ranks(source, ids[j], signatures[j]["ranks"])
    note = (
        "The API's answer names genes and signatures by UUID, in no particular order, and leaves out unknown"
        " ones in silence: attach names with .rename(genes=…, signatures=…)."
    )
    genes, chosen = [str(one) for one in entities], [ids[j] for j in pick]
    return Matrix(values, genes, chosen, n_genes=n_genes, notes=[*source.notes, note])


def _ranks(source: Source, uid: str, ranks: list[Any]) -> np.ndarray:
    """Return the ranks of one signature, NaN for null. Text, truth values and lists are no ranks."""
    wrong = next((rank for rank in ranks if rank is not None and type(rank) not in (int, float)), None)
    if wrong is not None:
        problem = f"signature {shown(uid, 40)} has the rank {shown(repr(wrong), 30)}, which is no number"
        source.refuse(problem, _AGAIN, wrong)
    try:
        return np.array(ranks, dtype=float)
    except OverflowError:
        source.refuse(f"signature {shown(uid, 40)} has a rank of more than 300 digits", _AGAIN, uid)


def _parts(source: Source, answer: Any) -> tuple[list[Any], int | None, list[Any]]:
    if not isinstance(answer, dict) or not {"entities", "signatures"} <= answer.keys():
        _refuse_other(source, answer)
    entities, signatures, n_genes = answer["entities"], answer["signatures"], answer.get("maxrank")
    if not isinstance(entities, list) or not isinstance(signatures, list) or not entities or not signatures:
        source.refuse("the answer holds no gene or no signature", "check the UUIDs that were asked for")
    if n_genes is not None and (isinstance(n_genes, bool) or not isinstance(n_genes, int) or not 1 <= n_genes < 10**9):
        source.refuse(f"maxrank is {shown(repr(n_genes), 30)}, not a number of genes", _AGAIN, n_genes)
    return entities, n_genes, signatures


def _refuse_other(source: Source, answer: Any) -> NoReturn:
    keys = f" with {shown(', '.join(map(str, answer)), 80)}" if isinstance(answer, dict) and answer else ""
    problem = f"the file is JSON{keys}, not an answer of /fetch/rank"
    source.refuse(problem, 'give a file with "entities", "maxrank" and "signatures"')
