"""The answer of the site's public API to /fetch/rank."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import numpy as np

from .._check import counted, shown
from ._matrix import Chooser, Matrix
from ._open import Source


def read_fetch_rank(source: Source, choose: Chooser) -> Matrix:
    """Read ``{"entities": [uuid …], "maxrank": N, "signatures": [{"uid": …, "ranks": […]} …]}``.

    Genes and signatures keep their UUIDs: the answer holds no names. :meth:`RankMatrix.rename` attaches them.
    """
    try:
        answer = json.load(source.text())
    except (json.JSONDecodeError, RecursionError) as error:
        source.refuse(f"the JSON is damaged or cut off ({shown(error, 80)}): fetch it again.")
    entities, n_genes, signatures = _parts(source, answer)
    for n, one in enumerate(signatures, 1):
        if not isinstance(one, dict) or not {"uid", "ranks"} <= one.keys() or not isinstance(one["ranks"], list):
            source.refuse(f"signature {n:,} has no uid or no list of ranks: fetch it again from /fetch/rank.")
        if len(one["ranks"]) != len(entities):
            source.refuse(
                f"signature {shown(one['uid'], 40)} has {counted(len(one['ranks']), 'rank')} for"
                f" {counted(len(entities), 'gene')}: fetch it again."
            )
    ids = [str(one["uid"]) for one in signatures]
    pick = choose(ids)
    try:
        values = np.array([signatures[j]["ranks"] for j in pick], dtype=float).T
    except (TypeError, ValueError):
        source.refuse("the ranks are not numbers: fetch them again from /fetch/rank.")
    note = (
        "The API's answer names genes and signatures by UUID, in no particular order, and leaves out unknown"
        " ones in silence: attach names with .rename(genes=…, signatures=…)."
    )
    return Matrix(
        np.ascontiguousarray(values),
        [str(one) for one in entities],
        [ids[j] for j in pick],
        n_genes=n_genes,
        notes=[*source.notes, note],
    )


def _parts(source: Source, answer: Any) -> tuple[list[Any], int | None, list[Any]]:
    if not isinstance(answer, dict) or not {"entities", "signatures"} <= answer.keys():
        _refuse_other(source, answer)
    entities, signatures, n_genes = answer["entities"], answer["signatures"], answer.get("maxrank")
    if not isinstance(entities, list) or not isinstance(signatures, list) or not entities or not signatures:
        source.refuse("the answer holds no gene or no signature: check the UUIDs that were asked for.")
    if n_genes is not None and (isinstance(n_genes, bool) or not isinstance(n_genes, int) or n_genes < 1):
        source.refuse(f"maxrank is {shown(repr(n_genes), 30)}, not a number of genes: fetch the ranks again.")
    return entities, n_genes, signatures


def _refuse_other(source: Source, answer: Any) -> NoReturn:
    keys = f" with {shown(', '.join(map(str, answer)), 80)}" if isinstance(answer, dict) and answer else ""
    source.refuse(
        f'the file is JSON{keys}, not an answer of /fetch/rank: "entities", "maxrank" and "signatures" are needed.'
    )
