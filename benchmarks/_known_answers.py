"""Which perturbagens each real query should find, as the README of the real data says: for score_accuracy.py."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

VEMURAFENIB = "vemurafenib only, BRAF-V600E lines vs others"


class Members(NamedTuple):
    """Who should be found: the signatures for which one of the patterns fits its column of the metadata."""

    patterns: dict[str, str]
    left_out: str = ""  # names that count neither as expected nor as others
    note: str = ""
    within: str = ""  # if given, the only name that is looked at


def named(names: str) -> str:
    """The pattern of these names and no others."""
    return f"^(?:{names})$"


TUBULIN = r"tubulin inhibitor|microtubule inhibitor"
PI3K_MTOR = r"PI3K inhibitor|MTOR inhibitor"
PHENOTHIAZINES = "fluphenazine|mesoridazine|promazine|promethazine|thioridazine|trifluoperazine"
CATIONIC = named(f"amiodarone|chloroquine|perhexiline|{PHENOTHIAZINES}")
MEK = r"^MAP2K[12]\b"  # MEK1 and MEK2; what inhibits MEK5 (MAP2K5) is another class
CLASSES = {
    "HDAC inhibitors": Members(
        {"moa": r"HDAC inhibitor"}, "valproic-acid", "given at 10 uM, it inhibits HDACs at millimolar doses"
    ),
    "HSP90 inhibitors": Members({"target": r"HSP90A"}),
    "proteasome inhibitors, withaferin A": Members({"pert_name": named("bortezomib|ixazomib|withaferin-a")}),
    "PI3K and mTOR inhibitors": Members({"moa": PI3K_MTOR}),
    "protein synthesis inhibitors": Members({"pert_name": named("emetine|narciclasine")}),
    "tubulin binders": Members({"moa": TUBULIN}),
    "topoisomerase poisons": Members({"moa": r"topoisomerase inhibitor"}),
    "statins, cationic amphiphilic drugs": Members({"moa": r"HMGCR inhibitor", "pert_name": CATIONIC}),
    "cationic amphiphilic drugs": Members({"pert_name": CATIONIC}),
    "oestrogen receptor agonists": Members({"moa": r"estrogen receptor agonist"}),
    "tamoxifen, fulvestrant, CDK inhibitors": Members(
        {"pert_name": named("tamoxifen|fulvestrant"), "moa": r"CDK inhibitor"}
    ),
    "MEK, BRAF, CDK, PI3K, mTOR inhibitors": Members(
        {"target": rf"{MEK}|^BRAF$", "moa": rf"CDK inhibitor|{PI3K_MTOR}"}
    ),
    "TNFA and IL1": Members({"pert_name": named("TNFA|IL1")}),
    "MEK, BRAF, ERK inhibitors": Members(
        {"target": rf"{MEK}|^BRAF$", "pert_name": named("ERK-inhibitor-11e")},
        "PD-98059|PP-30",
        "annotated as MEK and RAF inhibitors, but not among those that the data's README names",
    ),
    "EGF-family ligands": Members({"pert_name": named("EGF|TGFA|BTC|HBEGF|AR|EPR|EPG|HRG")}),
    "vemurafenib in BRAF-V600E cells": Members(
        {"cell_line": named("A375|A673|HT29|RKO|SKMEL1|SKMEL28|SNUC5")},
        note="compared with vemurafenib in other cells; the README does not name the lines, its AUC are met with these",
        within="vemurafenib",
    ),
    "vitamin D receptor agonists": Members({"moa": r"vitamin D receptor agonist"}),
    "glucocorticoids": Members({"moa": r"glucocorticoid receptor agonist"}),
    "PLK1 inhibitor, tubulin binders": Members({"pert_name": named("BI-2536"), "moa": TUBULIN}),
    "CDK, PI3K, mTOR, MEK inhibitors": Members({"target": MEK, "moa": rf"CDK inhibitor|{PI3K_MTOR}"}),
}
HDAC, MIMIC, REVERSE = "HDAC inhibitors mimic", "mimicker", "reverser"
QUESTIONS = (  # query, way, class, and the words of the data's README that say so
    ("hdac_glaser2003", MIMIC, "HDAC inhibitors", HDAC),
    ("hdac_heller2008", MIMIC, "HDAC inhibitors", HDAC),
    ("hdac_butyrate_joseph2004", MIMIC, "HDAC inhibitors", HDAC),
    ("hdac_cmap02_consensus", MIMIC, "HDAC inhibitors", HDAC),
    ("hsp90_cmap02_consensus", MIMIC, "HSP90 inhibitors", "HSP90 inhibitors mimic"),
    ("proteasome_cmap02_consensus", MIMIC, "proteasome inhibitors, withaferin A", "and withaferin-a mimic"),
    ("pi3k_mtor_cmap02_consensus", MIMIC, "PI3K and mTOR inhibitors", "PI3K/mTOR inhibitors mimic"),
    ("rapamycin_peng2002", MIMIC, "PI3K and mTOR inhibitors", "PI3K/mTOR inhibitors mimic"),
    ("translation_inhibitor_cmap02_consensus", MIMIC, "protein synthesis inhibitors", "mimic (emetine, narciclasine)"),
    ("tubulin_cmap02_consensus", MIMIC, "tubulin binders", "tubulin binders mimic"),
    ("dna_damage_cmap02_consensus", MIMIC, "topoisomerase poisons", "topoisomerase poisons mimic"),
    ("srebp_horton2003", MIMIC, "statins, cationic amphiphilic drugs", "cationic amphiphilic drugs up-regulate"),
    ("estrogen_frasor2004", MIMIC, "oestrogen receptor agonists", "estradiol mimics"),
    ("estrogen_frasor2004", REVERSE, "tamoxifen, fulvestrant, CDK inhibitors", "CDK inhibitors reverse"),
    ("estrogen_lamb2006_frasor", MIMIC, "oestrogen receptor agonists", "as above"),
    ("estrogen_lamb2006_frasor", REVERSE, "tamoxifen, fulvestrant, CDK inhibitors", "as above"),
    ("estrogen_dutertre2010_24h", REVERSE, "MEK, BRAF, CDK, PI3K, mTOR inhibitors", "MEK, CDK, PI3K/mTOR inhibitors"),
    ("tnf_phong2010", MIMIC, "TNFA and IL1", "ligand TNFA and IL1 mimic"),
    ("egf_nagashima2007", REVERSE, "MEK, BRAF, ERK inhibitors", "MEK/RAF inhibitors down-regulate"),
    ("egf_nagashima2007", MIMIC, "EGF-family ligands", "EGF-family ligands up-regulate"),
    ("egf_nagashima2007", REVERSE, "vemurafenib in BRAF-V600E cells", VEMURAFENIB),
    ("vitd_stambolsky2010", MIMIC, "vitamin D receptor agonists", "calcitriol, calcifediol mimic"),
    ("phenothiazine_cmap02_consensus", MIMIC, "cationic amphiphilic drugs", "cationic amphiphilic drugs mimic"),
    ("glucocorticoid_cmap02_consensus", MIMIC, "glucocorticoids", "glucocorticoids mimic"),
    ("mitosis_whitfield2002_g2m", MIMIC, "PLK1 inhibitor, tubulin binders", "PLK1 inhibitor BI-2536; tubulin binders"),
    ("mitosis_whitfield2002_g2m", REVERSE, "CDK, PI3K, mTOR, MEK inhibitors", "CDK/PI3K/MEK inhibitors reverse"),
    ("mitosis_whitfield2002_g2m", REVERSE, "vemurafenib in BRAF-V600E cells", VEMURAFENIB),
    ("mapk_mek_inhibitor_ljp005_a375", MIMIC, "MEK, BRAF, ERK inhibitors", "MEK/RAF/ERK inhibitors mimic"),
    ("mapk_mek_inhibitor_ljp005_a375", MIMIC, "vemurafenib in BRAF-V600E cells", "in BRAF-V600E lines only"),
)
CIRCULAR = {("mapk_mek_inhibitor_ljp005_a375", "ljp005_a375")}  # the query was made of these very signatures
NO_TRUTH = "sigcom_tutorial_sarscov2_mouse_fat"


def members(signatures: pd.DataFrame, group: Members) -> tuple[np.ndarray, np.ndarray]:
    """Return which signatures are looked at, and which of them should be found."""
    looked_at = np.ones(len(signatures), bool)
    if group.within:
        looked_at &= (signatures["pert_name"] == group.within).to_numpy()
    if group.left_out:
        looked_at &= ~signatures["pert_name"].isin(group.left_out.split("|")).to_numpy()
    fits = [
        signatures[column].str.contains(pattern, case=False).to_numpy() for column, pattern in group.patterns.items()
    ]
    return looked_at, np.logical_or.reduce(fits) & looked_at
