"""Every column of every result: its unit or the ends of its scale, its number format, and one sentence.

Displays, the tables of the report and of the explorers, ``run.meta.json`` and the tests of docstrings feed on these
records. A new column of a result gets its record here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from .._util.html import Html, call_html, escaped, sentence_html, side_html
from .._util.text import NOTHING, number, percent, probability, shown, signed

#: Both ends of every score, and of a percentile.
AGREEMENT = ("− reverser", "+ mimicker")
UP_AND_DOWN = ("0 most down", "100 most up")


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes
    ----------
    name : str
    sentence : str
        What it holds, with range and sign.
    unit : str
        In what it is counted, or its range; empty for a text, or where `ends` say it.
    ends : (str, str)
        What the low and the high end of its scale mean, of a flag False and True; two empty texts where it has none.
    form : str
        How a value is written: "text", "call", "side", "flag" (yes, no), "count", "number", "signed", "probability" or
        "percent".
    digits : int
        Decimals of a "number" and of a "signed" one; how many characters of a "text" are shown.
    """

    name: str
    sentence: str
    unit: str = ""
    ends: tuple[str, str] = ("", "")
    form: str = "count"
    digits: int = 0

    @property
    def most(self) -> int:
        """The most characters that are shown of a text."""
        return (self.digits if self.form == "text" else 0) or 60

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers, and set to the right."""
        return self.form not in ("text", "call", "side", "flag")

    @property
    def hint(self) -> str:
        """The unit, or both ends of the scale, in one short line of text; empty if there is neither."""
        return " … ".join(filter(None, self.ends)) or self.unit

    @property
    def head(self) -> tuple[str, Html]:
        """Name and hint for the head of a table, each end of the scale on a line of its own."""
        lines = [end for end in self.ends if end] or [self.unit]
        return self.name, Html("<br>".join(str(sentence_html(line)).replace(" ", "&nbsp;") for line in lines))

    def text(self, value: object) -> str:
        """Return a value as text, "–" where there is none; what is no number in a column of numbers stays as it is."""
        if _missing(value):
            return NOTHING
        if self.form == "flag" and isinstance(value, bool | np.bool_):
            return (self.ends if self.ends[0] else ("no", "yes"))[bool(value)]
        if not self.numeric or not isinstance(value, Real) or isinstance(value, bool):
            return shown(value, self.most) or NOTHING
        one = float(value)
        if self.form == "signed":
            return signed(one, self.digits)
        if self.form == "probability":
            return probability(one)
        return percent(one, "0 %") if self.form == "percent" else number(one, self.digits)

    def html(self, value: object) -> Html:
        """Return a value as a cell of a table: a text is escaped, a call and a side have their signs."""
        if _missing(value) or value == "":
            return Html(NOTHING)
        if self.form == "call":
            return call_html(value)
        if self.form == "side":
            return side_html(value)
        plain = self.text(value)
        return Html(plain) if self.numeric and isinstance(value, Real) else escaped(plain, self.most)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


def _text(name: str, sentence: str, most: int = 60) -> Column:
    return Column(name, sentence, form="text", digits=most)


def _flag(name: str, sentence: str) -> Column:
    return Column(name, sentence, form="flag")


def _call(name: str, sentence: str) -> Column:
    return Column(name, sentence, form="call")


def _count(name: str, sentence: str, unit: str = "") -> Column:
    return Column(name, sentence, unit)


def _share(name: str, sentence: str, unit: str = "0 to 1") -> Column:
    return Column(name, sentence, unit, form="percent")


def _p(name: str, sentence: str, unit: str = "0 … 1") -> Column:
    return Column(name, sentence, unit, form="probability")


def _score(name: str, sentence: str, digits: int = 1, ends: tuple[str, str] = AGREEMENT, unit: str = "") -> Column:
    return Column(name, sentence, unit, ends, "signed", digits)


def _table(*columns: Column | Mapping[str, Column]) -> dict[str, Column]:
    """Return records by name; those of another table may be among them, and a later one of a name counts."""
    table: dict[str, Column] = {}
    for one in columns:
        table |= {one.name: one} if isinstance(one, Column) else one
    return table


def _of(table: Mapping[str, Column], *names: str) -> dict[str, Column]:
    return {name: table[name] for name in names}


_ID = _text("signature", "id of the signature, as the matrix spells it", 56)
_NAME = _text("pert_name", "perturbagen; empty where not known")
_TYPE = _text("pert_type", "type of perturbation; empty where not known")

_METADATA = _table(
    _NAME,
    _TYPE,
    _text("cell_line", "cell line; empty where not known"),
    _text("pert_dose", "dose with its unit; empty where not known"),
    Column("dose_um", "dose in micromolar; empty where not known or not molar", "µM", form="number", digits=2),
    _text("pert_time", "time with its unit; empty where not known"),
    Column("time_h", "time in hours; empty where not known", "hours", form="number"),
)

_CONCORDANCE = _table(
    _ID,
    _count("n_genes", "genes that this signature ranks (N)", "genes"),
    _count("n_up", "up genes of the query among them", "genes"),
    _count("n_down", "down genes of the query among them", "genes"),
    _score(
        "z_up",
        "position of the up genes in standard errors; unbounded, positive = towards the up end, as the query",
        ends=("− up genes are down", "+ up genes are up"),
    ),
    _score(
        "z_down",
        "position of the down genes in standard errors; unbounded, positive = towards the down end, as the query",
        ends=("− down genes are up", "+ down genes are down"),
    ),
    _score("z_sum", "z_up + z_down; unbounded, positive = mimicker, negative = reverser"),
    _p("p_up", "nominal two-sided p of z_up, 1e-300 to 1; far too small where genes are correlated", "nominal"),
    _p("p_down", "nominal two-sided p of z_down, 1e-300 to 1; likewise", "nominal"),
    _p("p_sum", "nominal two-sided p of z_sum, 1e-300 to 1; likewise", "nominal: sort only"),
    _p("fdr_up", "Benjamini-Hochberg of p_up over the signatures of this table, 0 to 1", "nominal"),
    _p("fdr_down", "Benjamini-Hochberg of p_down over the signatures of this table, 0 to 1", "nominal"),
    _p("fdr_sum", "Benjamini-Hochberg of p_sum over the signatures of this table, 0 to 1", "nominal"),
    Column("auc_up", "0 = the up genes fill the down end, 1 = they fill the up end", "0 … 1", ("", ""), "number", 2),
    Column(
        "auc_down", "0 = the down genes fill the down end, 1 = they fill the up end", "0 … 1", ("", ""), "number", 2
    ),
    _score(
        "concordance",
        "auc_up - auc_down (of one list: 2 auc_up - 1 or 1 - 2 auc_down); -1 = perfect reverser, 1 = perfect mimicker",
        2,
        ("−1 reverser", "+1 mimicker"),
    ),
    _call("call", "mimicker, reverser, discordant (the lists point opposite ways) or unresolved"),
)

_CALIBRATED = _table(
    _CONCORDANCE,
    _score(
        "z_cal",
        "z_sum in standard deviations of unrelated signatures; unbounded, positive = mimicker",
        ends=("", ""),
        unit="in SD of unrelated signatures",
    ),
    _p("p_cal", "calibrated two-sided p, 1e-300 to 1: how often unrelated signatures score so far from 0"),
    _p("fdr_cal", "Benjamini-Hochberg of p_cal over n_hypotheses, 0 to 1", "0 … 1, share of false calls"),
    _p("bonferroni_cal", "p_cal times n_hypotheses, 0 to 1"),
    _count("n_hypotheses", "signatures counted for fdr_cal and bonferroni_cal", "signatures"),
    _text("p_status", 'what p_cal rests on: "measured" on a background, or "assumed"'),
    _text("how", "where the spread comes from, in words", 300),
)

_CONTRIBUTIONS = _table(
    _ID,
    _text("gene", "gene of the query, as the matrix spells it", 56),
    Column("side", "its list in the query, up or down", "of your query", form="side"),
    _count("rank", "its rank, 1 = most down to N = most up; empty where missing", "1 = most down"),
    Column("percentile", "100 (rank - 0.5) / N: 0 = most down, 100 = most up", "", UP_AND_DOWN, "number", 1),
    _score("contribution", "its share of z_sum; the genes of a signature add up to it. Positive = towards mimicker", 2),
    Column(
        "landmark",
        "True if the assay measured the gene, False if it was inferred; empty where not known",
        ends=("inferred", "measured"),
        form="flag",
    ),
    _share(
        "base_rate",
        "share of unselected signatures in which the gene is among the outermost 2 %, 0 to 1; empty where not known",
        "how often extreme; 2 % by chance",
    ),
)

_DIRECTION = _call(
    "call", "mimicker or reverser, whichever more signatures are called; unresolved if as many, or nothing is called"
)

_SUMMARY = _table(
    _text("perturbagen", "name, with the type of perturbation where a name has several", 56),
    _text("pert_name", "the name as it is spelled most often"),
    _text("pert_type", "the type of perturbation as it is spelled most often"),
    Column(
        "grade", "A (replicated) to D (lucky, contradictory or no call)", "A replicated … D", form="text", digits=10
    ),
    _DIRECTION,
    _count("n_signatures", "signatures of the perturbagen", "signatures"),
    _count("n_scored", "those with a score", "signatures"),
    _count("n_ids", "compound ids (BRD-…) behind the name, 0 if the metadata have none"),
    _count("n_doses", "different known doses among n_scored"),
    _count("n_times", "different known times among n_scored"),
    _count("n_mimicker", "signatures called mimicker", "signatures"),
    _count("n_reverser", "signatures called reverser", "signatures"),
    _count("n_discordant", "signatures called discordant", "signatures"),
    _count("n_agreeing", "signatures of the same call, and with p_cal below .05 where that was measured", "signatures"),
    _count("n_opposed", "signatures called the other way", "signatures"),
    _share("share_agreeing", "n_agreeing / n_scored, 0 to 1"),
    _share("share_discordant", "n_discordant / n_scored, 0 to 1"),
    _count("n_cells", "different known cell lines among n_scored", "cell lines"),
    _count(
        "n_cells_agreeing",
        "cell lines whose median score has the sign of the call and in which a signature is called so",
        "cell lines",
    ),
    _share("cells_agreeing", "n_cells_agreeing / n_cells, 0 to 1; empty where not known"),
    _score("median_score", "median z_sum; unbounded, positive = mimicker"),
    _score(
        "max_quantile",
        "67th percentile of z_sum, or the 33rd if that is further from 0; unbounded, positive = mimicker",
    ),
    _score("srges", "mean of z_sum after each was brought to 10 uM and 24 h; unbounded, positive = mimicker"),
    _text("best_signature", "of the signatures that agree the one with the z_sum furthest from 0"),
    _score("best_score", "its z_sum; unbounded, positive = mimicker"),
    _flag("lucky_column", "True if the call rests on one signature alone"),
    _score(
        "dose_trend",
        "-1 to 1, positive = the score grows towards the call with the dose; empty with fewer than three doses",
        2,
        ("−1 falls", "+1 grows with the dose"),
    ),
    _p("p_dose_trend", "p of the dose trend, 0 to 1"),
    _flag("highest_dose_only", "True if lower doses were tried and only the highest agrees"),
    _p("p_cal", "p of no signature of it having an effect in either direction, 0 to 1"),
    _p("fdr_cal", "Benjamini-Hochberg of p_cal over the perturbagens, 0 to 1", "0 … 1, over perturbagens"),
    _of(_CALIBRATED, "p_status"),
    _count("n_hypotheses", "perturbagens counted for fdr_cal", "perturbagens"),
    _text("how", "what p_cal of the signatures rests on, as in the table of scores", 300),
    _share("share_answered", "median share of unrelated queries that its signatures answer, 0 to 1; .05 by chance"),
    _text("reasons", "what the grade rests on, in sentences", 180),
    _count("n_unnamed", "the same in every row: signatures that name no perturbagen and are in no row", "signatures"),
)

_RESAMPLES = "; the middle part (level) of its resamples"

#: The records of each result, by the name of the table.
TABLES: Mapping[str, Mapping[str, Column]] = MappingProxyType(
    {
        "scores": _table(_CALIBRATED, _METADATA),
        "perturbagens": _SUMMARY,
        "signatures": _table(
            _ID, _METADATA, _of(_CALIBRATED, "z_up", "z_down", "z_sum", "call", "z_cal", "p_cal", "fdr_cal")
        ),
        "contributions": _CONTRIBUTIONS,
        "stability": _table(
            _of(_CONTRIBUTIONS, "gene", "side", "rank", "percentile", "contribution"),
            _score("z_sum_without", "z_sum without the gene; empty if it is the only one of its list with a rank"),
            _count("place_without", "place of the signature without the gene, 1 = first of its own end"),
            _call("call_without", 'call without the gene; "no gene left" if it is the only one of its list'),
            _count("shared_by", "how many of the compared signatures the gene contributes to in the same way"),
        ),
        "shared": _table(
            _of(_CONTRIBUTIONS, "gene", "side"),
            _count("n_mimickers", "the best mimickers of whose call the gene is part", "of the best mimickers"),
            _count("of_mimickers", "how many mimickers that is out of"),
            _score("mimicker_contribution", "mean share of their z_sum; positive = towards mimicker", 2),
            _count("n_reversers", "the best reversers of whose call the gene is part", "of the best reversers"),
            _count("of_reversers", "how many reversers that is out of"),
            _score("reverser_contribution", "mean share of their z_sum; negative = towards reverser", 2),
            _of(_CONTRIBUTIONS, "landmark", "base_rate"),
        ),
        "genes": _table(
            _text("gene", "the entry as given"),
            _of(_CONTRIBUTIONS, "side"),
            _flag("found", "True if a gene of the matrix is used for it"),
            _text("matched_as", "the spelling of the matrix; empty if not found"),
            _text(
                "how",
                "exact, case, alias, previous, date repaired, mouse, ensembl or entrez if found; ambiguous, not"
                " measured or unknown if not",
            ),
            _text("suggestion", "symbols that may be meant, or a note on the entry", 120),
            _flag("counted", "True if it was scored: found, and not in both lists"),
        ),
        "consensus": _table(
            _of(_CONCORDANCE, "signature", "z_sum", "call"),
            _score("consensus", "sum of the scores in units of their spread; positive = more of a mimicker than usual"),
            _count("families", "families of scores that voted"),
            _count("families_agreeing", "how many of them have the sign of z_sum", "with the sign of z_sum"),
        ),
        "redundancy": _table(
            _text("score", "name of the score"),
            _text("family", "its family: scores of one family order signatures nearly alike"),
            _flag("voter", "True for the one of its family that votes in a consensus"),
            _score("z_sum", "Spearman correlation of two scores over the signatures, -1 to 1", 2, ("−1", "+1")),
        ),
        "bootstrap": _table(
            _of(_CONCORDANCE, "signature", "z_sum"),
            _score("z_low", f"low end of z_sum{_RESAMPLES}"),
            _score("z_high", f"high end of z_sum{_RESAMPLES}"),
            _count("place", "place among all signatures, 1 = first of its own end", "1 = first of its end"),
            _count("place_low", f"best place{_RESAMPLES}", "best"),
            _count("place_high", f"worst place{_RESAMPLES}", "worst"),
            _share("share_same_sign", "share of the resamples in which z_sum keeps its sign, 0 to 1"),
        ),
        "baseline": _table(
            _text("gene", "gene, as the matrix spells it", 56),
            Column("median_percentile", "median over the signatures, 0 to 100", "", UP_AND_DOWN, "number", 1),
            _share("share_low", "share of signatures in which the gene is among the lowest `tail`, 0 to 1"),
            _share("share_high", "share of signatures in which the gene is among the highest `tail`, 0 to 1"),
            _share("share_extreme", "share_low + share_high, 0 to 1; 2 tail by chance", "how often extreme"),
            _count("n_signatures", "signatures that rank the gene", "signatures"),
            _share("tail", "the part of the ranking at each end that counts as extreme, 0 to 1"),
        ),
        "targets": _table(
            _ID,
            _NAME,
            _TYPE,
            _text("gene", "the target, as the matrix spells it; empty if no gene, or several, have the name"),
            Column("expected", "down for a knockout or knockdown, up for over-expression or activation", form="side"),
            _of(_CONTRIBUTIONS, "rank", "percentile"),
            _flag("moved_as_intended", "True, False, or empty where not known"),
            _text("moved", "as intended, little, the other way, or not known"),
        ),
        "enrichment": _table(
            _text("term", "mechanism of action or target", 56),
            _count("n", "perturbagens with this term", "perturbagens"),
            _count("n_others", "perturbagens they are compared with", "perturbagens"),
            _count("n_signatures", "signatures of the n", "signatures"),
            Column(
                "auc",
                "0 to 1, the probability that a perturbagen with the term scores above one without",
                "",
                ("0 reverser", "1 mimicker"),
                "number",
                2,
            ),
            _score("median_score", "median z_sum of the n; positive = mimicker"),
            Column("median_rank", "median place of the n", "1 = best mimicker", form="number", digits=1),
            _p("p", "Mann-Whitney p, 1e-300 to 1"),
            _p("fdr", "Benjamini-Hochberg over the terms tested, 0 to 1", "0 … 1, over the terms"),
            _count("n_terms", "terms that were tested"),
            _count("n_unannotated", "perturbagens of which no term is known", "perturbagens"),
            _text("members", "the perturbagens, the one furthest towards the side of auc first", 120),
        ),
        "promiscuity": _table(
            _ID,
            _share("share_answered", "share of unrelated queries that the signature mimics or reverses; .05 by chance"),
            _count("n_queries", "queries that were asked; 0 where the signature has no ranks", "queries"),
            _share("share_mimicked", "share of the queries that it mimics, 0 to 1"),
            _share("share_reversed", "share of the queries that it reverses, 0 to 1"),
        ),
        "null": _table(
            _ID,
            _score("expected", "quantile of a normal distribution; positive = towards mimicker", 2),
            _score("observed", "z_sum over its nominal spread; positive = towards mimicker", 2),
            _score("calibrated", "z_sum minus the median over its measured spread; positive = towards mimicker", 2),
        ),
        "toxicity": _table(
            _text("group", "response of damaged cells", 56),
            Column("toxic_end", "end at which its genes are in such cells", form="side"),
            _count("n_in_query", "genes of it in the query", "genes"),
            _count("n_carrying", "genes of it that contribute to the call", "genes"),
            _share("share", "their share of the contributions to the call, 0 to 1"),
            _text("genes", "these genes, the largest contribution first", 120),
        ),
    }
)

# The scores that score_concordance adds on demand, "xsum(100)" among them: sentence and decimals. core does not know
# the kernels; a test compares with their records.
_FURTHER = {
    "auc": ("mean difference of the two AUC, -1 to 1", 2),
    "singscore": ("difference of the mean ranks of the lists, -1 to 1", 2),
    "zhang": ("signed ranks from the middle, -1 to 1", 2),
    "wtcs": ("weighted connectivity of the CMap, -1 to 1; 0 where the lists disagree", 2),
    "cmap_ks": ("Kolmogorov-Smirnov connectivity of the first CMap, -2 to 2; 0 where the lists disagree", 2),
    "rges": ("reversal of gene expression, turned round, -2 to 2", 2),
    "xsum": ("sum over the query genes at either end of the ranking; unbounded", 0),
    "overlap": ("genes of the query at the matching ends minus those at the other ends, -1 to 1", 2),
    "spearman": ("rank correlation with the values of the query, -1 to 1", 2),
    "cosine": ("cosine with the values of the query, -1 to 1", 2),
}


def is_further_score(name: str) -> bool:
    """Return whether a column of this name is one of the scores beside z_sum: "wtcs", "xsum(100)"."""
    return name.partition("(")[0] in _FURTHER


def column(table: str, name: str) -> Column | None:
    """Return the record of a column of a table (a name of :data:`TABLES`), None if it has none.

    Further scores have records by their names in the tables of scores, their standardised forms (``wtcs_std``) and
    their p-values (``p_overlap_up``) too.
    """
    known = TABLES[table].get(name)
    if known or table not in ("scores", "signatures", "consensus", "redundancy"):
        return known
    base = name.partition("(")[0]
    if table == "redundancy" and base in _FURTHER:
        return replace(TABLES[table]["z_sum"], name=name)
    if base in _FURTHER:
        sentence, digits = _FURTHER[base]
        return _score(name, f"{sentence}; positive = mimicker, negative = reverser", digits)
    if name.endswith("_std") and (name == "z_sum_std" or is_further_score(name[:-4])):
        return _score(name, f"{name[:-4]} in units of the spread of ordinary signatures; positive = mimicker")
    if name.startswith("p_overlap"):
        return _p(name, "hypergeometric p of the overlap of that list, 0 to 1", "nominal")
    return None


def added_column(name: str, values: pd.Series) -> Column:
    """Return a plain record for a column that a reader added to a result."""
    if values.dtype.kind == "b":
        return Column(name, "", form="flag")
    if values.dtype.kind in "iu":
        return Column(name, "")
    return Column(name, "", form="number", digits=2) if values.dtype.kind == "f" else Column(name, "", form="text")


def describe(names: Iterable[str], table: str) -> dict[str, str]:
    """Return the columns of a table in their order, each with its sentence; "" for one that has no record."""
    found = {name: column(table, name) for name in names}
    return {name: one.sentence if one else "" for name, one in found.items()}


def cells(record: Column, values: Iterable[Any]) -> list[Html]:
    """Return the values of a column as cells of a table."""
    return [record.html(value) for value in values]
