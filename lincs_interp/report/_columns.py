"""What each column of the tables beside the page says: a dictionary for readers and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_UNBOUNDED = "unbounded, positive = agrees with the query"
_PROBABILITY = "0 to 1"

SCORES = {
    "signature": "id of the signature, as the matrix spells it",
    "n_genes": "genes that this signature ranks (N)",
    "n_up": "up genes of the query among them",
    "n_down": "down genes of the query among them",
    "z_up": f"how far the up genes stand towards the up end, in standard errors; {_UNBOUNDED}",
    "z_down": f"how far the down genes stand towards the down end, in standard errors; {_UNBOUNDED}",
    "z_sum": "z_up + z_down; unbounded, positive = mimicker, negative = reverser",
    "p_up": "nominal two-sided p of z_up, 1e-300 to 1; far too small where genes move together",
    "p_down": "nominal two-sided p of z_down, 1e-300 to 1; likewise",
    "p_sum": "nominal two-sided p of z_sum, 1e-300 to 1; likewise",
    "fdr_up": "Benjamini-Hochberg of p_up over the signatures of this table, 0 to 1",
    "fdr_down": "Benjamini-Hochberg of p_down over the signatures of this table, 0 to 1",
    "fdr_sum": "Benjamini-Hochberg of p_sum over the signatures of this table, 0 to 1",
    "auc_up": "0 = the up genes fill the down end, 1 = they fill the up end",
    "auc_down": "0 = the down genes fill the down end, 1 = they fill the up end",
    "concordance": "auc_up - auc_down (of one list: 2 auc_up - 1 or 1 - 2 auc_down); -1 = perfect reverser,"
    " 1 = perfect mimicker",
    "call": "mimicker, reverser, discordant (the halves point opposite ways) or unresolved",
    "z_cal": "z_sum in standard deviations of unrelated signatures; unbounded, positive = mimicker",
    "p_cal": "calibrated two-sided p, 1e-300 to 1: how often unrelated signatures score so far from 0",
    "fdr_cal": "Benjamini-Hochberg of p_cal over n_hypotheses, 0 to 1",
    "bonferroni_cal": "p_cal times n_hypotheses, 0 to 1",
    "n_hypotheses": "signatures counted for fdr_cal and bonferroni_cal",
    "p_status": 'what p_cal rests on: "measured" on a background, or "assumed"',
    "how": "where the spread comes from, in words",
    "pert_name": "perturbagen; empty where not known",
    "pert_dose": "dose with its unit; empty where not known",
    "cell_line": "cell line; empty where not known",
    "pert_time": "time with its unit; empty where not known",
}

PERTURBAGENS = {
    "perturbagen": "name, with the type of perturbation where a name has several",
    "pert_name": "the name as it is spelled most often",
    "pert_type": "the type of perturbation as it is spelled most often",
    "grade": "A (replicated) to D (lucky, contradictory or no call)",
    "call": "mimicker or reverser, whichever more signatures are called; unresolved if as many, or nothing is called",
    "n_signatures": "signatures of the perturbagen",
    "n_scored": "those with a score",
    "n_ids": "compound ids (BRD-…) behind the name, 0 if the metadata have none",
    "n_doses": "different known doses among n_scored",
    "n_times": "different known times among n_scored",
    "n_mimicker": "signatures called mimicker",
    "n_reverser": "signatures called reverser",
    "n_discordant": "signatures called discordant",
    "n_agreeing": "signatures called like the perturbagen, and with p_cal below .05 where that was measured",
    "n_opposed": "signatures called the other way",
    "share_agreeing": "n_agreeing / n_scored, 0 to 1",
    "share_discordant": "n_discordant / n_scored, 0 to 1",
    "n_cells": "different known cell lines among n_scored",
    "n_cells_agreeing": "cell lines whose median score points that way and in which a signature is called so",
    "cells_agreeing": "n_cells_agreeing / n_cells, 0 to 1; empty where not known",
    "median_score": f"median z_sum; {_UNBOUNDED}",
    "max_quantile": f"67th percentile of z_sum, or the 33rd if that is further from 0; {_UNBOUNDED}",
    "srges": f"mean of z_sum after each was brought to 10 uM and 24 h; {_UNBOUNDED}",
    "best_signature": "the signature furthest that way among those that agree",
    "best_score": f"its z_sum; {_UNBOUNDED}",
    "lucky_column": "True if it rests on one signature alone",
    "dose_trend": "-1 to 1, positive = the score goes further that way with the dose; empty with fewer than"
    " three doses",
    "p_dose_trend": f"p of the dose trend, {_PROBABILITY}",
    "highest_dose_only": "True if lower doses were tried and only the highest agrees",
    "p_cal": f"p of no signature of it having anything in either direction, {_PROBABILITY}",
    "share_answered": "median share of unrelated queries that its signatures answer, 0 to 1; .05 by chance",
    "fdr_cal": f"Benjamini-Hochberg of p_cal over the perturbagens, {_PROBABILITY}",
    "p_status": "as in scores.tsv",
    "n_hypotheses": "perturbagens counted for fdr_cal",
    "how": "as in scores.tsv",
    "reasons": "what the grade rests on, in sentences",
    "n_unnamed": "the same in every row: signatures that name no perturbagen and are in no row",
}

DRIVERS = {
    "signature": "id of the signature",
    "gene": "gene of the query, as the matrix spells it",
    "side": "the list it stands in, up or down",
    "rank": "its rank, 1 = most down to N = most up; empty where missing",
    "percentile": "100 (rank - 0.5) / N: 0 = most down, 100 = most up",
    "contribution": "what it adds to z_sum; the genes of a signature add up to it. Positive = speaks for a mimicker",
    "landmark": "True if the assay measured the gene, False if it was inferred; empty where not known",
    "base_rate": "share of unselected signatures in which the gene is among the outermost 2 %, 0 to 1; empty where not"
    " known",
}

GENES = {
    "gene": "the entry as given",
    "side": "the list it stands in, up or down",
    "found": "True if a gene of the matrix is used for it",
    "matched_as": "the spelling the matrix has; empty if not found",
    "how": "exact, case, alias, previous, date repaired, mouse, ensembl or entrez if found; ambiguous, not measured or"
    " unknown if not",
    "suggestion": "symbols that may be meant, or what else is to tell",
    "counted": "True if it was scored: found, and not in both lists",
}

COLUMNS = {"scores.tsv": SCORES, "perturbagens.tsv": PERTURBAGENS, "drivers.tsv": DRIVERS, "genes.tsv": GENES}


def described(headers: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Return for each file its columns in their order with what they say; "" for a column nobody described."""
    return {file: {name: COLUMNS[file].get(name, "") for name in header} for file, header in headers.items()}
