"""What is planted in the sample: one record for each column of the matrix, made real by make_sample.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# Activities count in standard deviations of a measured gene's noise.
MECHANISM = {"glucocorticoid": 1.0, "inflammation": -1.0, "stress": 0.3, "proliferation": -0.3}
QUERY_ACTIVITY = {"glucocorticoid": 4.0, "inflammation": -4.0, "stress": 2.4, "proliferation": -2.4}

TISSUES = {
    "A375": "skin", "A549": "lung", "HA1E": "kidney", "HEPG2": "liver", "HT29": "large intestine",
    "MCF7": "breast", "PC3": "prostate", "VCAP": "prostate",
}  # fmt: skip

# Name, cell line, well, how far the query's mechanism is pushed.
FOLLOW_THE_QUERY = {
    "strong mimicker": [
        ("mimetasone", "A549", "A03", 2.0), ("mimetasone", "MCF7", "A03", 1.9),
        ("mimicort", "PC3", "A04", 2.1),
    ],
    "weak mimicker": [("faintasone", "A549", "A05", 0.35), ("palecort", "HT29", "A06", 0.35)],
    "strong reverser": [
        ("contrasone", "A549", "B03", -2.0), ("contrasone", "MCF7", "B03", -1.9),
        ("reversaline", "PC3", "B04", -2.1),
    ],
    "weak reverser": [("faintreverin", "A549", "B05", -0.35), ("paleversal", "HT29", "B06", -0.35)],
}  # fmt: skip
INERT = (
    ("inertol", "A549", "D03"), ("nullamide", "MCF7", "D04"), ("placebine", "PC3", "D05"),
    ("vacuvir", "HT29", "D06"), ("blankolol", "A375", "D07"),
)  # fmt: skip
OTHER_MECHANISM = (
    ("simulastat", "HEPG2", "F03", "cholesterol", 1.6), ("mimekinib", "A375", "F04", "growth_factor", -1.6),
    ("simferon", "A549", "F05", "interferon", 1.8),
)  # fmt: skip
BOTH_SETS_DOWN = {"glucocorticoid": -1.0, "stress": -0.5, "inflammation": -1.5, "proliferation": -0.8}

N_BACKGROUND = 200

SERIES_CELLS = {"A549": 1.0, "MCF7": 0.9, "PC3": 0.8, "HT29": 0.75, "A375": 0.95}  # sensitivity
SERIES_DOSES = {"0.12uM": 0.1, "0.37uM": 0.3, "1.11uM": 0.6, "3.33uM": 1.0, "10uM": 1.4}  # effect
SERIES_TIMES = {"6H": 0.75, "24H": 1.0}  # share of the effect

# The columns whose coefficients are written out too.
COEFFICIENTS_OF = (
    "SIM001_A549_24H_A03_mimetasone_10uM",
    "SIM001_PC3_24H_A04_mimicort_10uM",
    "SIM001_A549_24H_A05_faintasone_10uM",
    "SIM001_A549_24H_B03_contrasone_10uM",
    "SIM001_A549_24H_B05_faintreverin_10uM",
    "SIM001_A375_24H_C03_discordin_10uM",
    "SIM001_A549_24H_D03_inertol_10uM",
    "SIM001_A549_24H_E03_cytocidine_10uM",
    "SIM001_HEPG2_24H_F03_simulastat_10uM",
    "SIM003_A549_24H_H12_graduasone_10uM",
    "XPRSIM01_A375.311_96H_M03_MYC",
    "XPRSIM01_A375.311_96H_M04_TP53",
)


@dataclass(frozen=True)
class Planned:
    """One column before it is made. Pathways that are not named here do what they do in any compound."""

    signature: str
    planted: str
    detail: str
    query_part: Mapping[str, float] = field(default_factory=dict)  # the query's pathways; else 0
    other_part: Mapping[str, float] = field(default_factory=dict)  # further pathways
    silent: bool = False  # no pathway moves at all
    own_gene: tuple[str, float] | None = None  # of a knockout: the gene and its value, in noise sd
    batch: str = ""  # signatures of one batch share most of their noise

    @property
    def strength(self) -> float:
        """How far the query's mechanism is pushed; its pathways follow in the proportions of MECHANISM."""
        return self.query_part.get("glucocorticoid", 0.0)


def plan_signatures() -> list[Planned]:
    """Every column of the matrix, in order."""
    return [*_single_columns(), *_lucky_compound(), *_dose_series(), *_knockouts()]


def describe(signatures: Iterable[str]) -> list[dict[str, str]]:
    """The site's metadata fields of each signature."""
    rows = []
    for signature in signatures:
        _, cell, time, _, rest = signature.split("_", 4)
        name, _, dose = rest.partition("_")
        cell = cell.partition(".")[0]
        rows.append({
            "signature": signature, "pert_name": name, "pert_dose": dose.replace("uM", " uM"),
            "pert_time": time.replace("H", " h"), "cell_line": cell, "tissue": TISSUES[cell],
            "pert_type": "Chemical" if dose else "CRISPR Knockout",
        })  # fmt: skip
    return rows


def background_ids() -> list[str]:
    """Ids of the unselected signatures: a compound each, cell lines and doses in turn, 96 to a plate."""
    cells, doses = list(TISSUES), ("1.11uM", "3.33uM", "10uM")
    return [
        f"SIMBG{i // 96 + 1:02d}_{cells[i % 8]}_24H_{'ABCDEFGH'[i % 96 // 12]}{i % 12 + 1:02d}"
        f"_SIM-K{100_003 + 7_919 * i}_{doses[i % 3]}"
        for i in range(N_BACKGROUND)
    ]


def _single_columns() -> Iterator[Planned]:
    for planted, rows in FOLLOW_THE_QUERY.items():
        for name, cell, well, strength in rows:
            detail = f"the query's mechanism at {strength:+g} noise sd"
            yield Planned(f"SIM001_{cell}_24H_{well}_{name}_10uM", planted, detail, _mechanism(strength))
    yield Planned("SIM001_A375_24H_C03_discordin_10uM", "discordant", "both query sets are pushed down", BOTH_SETS_DOWN)
    for name, cell, well in INERT:
        detail = "noise only: no pathway moves"
        yield Planned(f"SIM001_{cell}_24H_{well}_{name}_10uM", "inert", detail, silent=True)
    yield Planned(
        "SIM001_A549_24H_E03_cytocidine_10uM", "cytotoxic look-alike",
        "stress up and proliferation down, nothing of the query's mechanism",
        {"stress": 2.6, "proliferation": -2.6}, {"p53": 1.2},
    )  # fmt: skip
    for name, cell, well, pathway, activity in OTHER_MECHANISM:
        detail = f"{pathway} pathway at {activity:+g} noise sd; the query's pathways do not move"
        other = {pathway: activity}
        yield Planned(f"SIM001_{cell}_24H_{well}_{name}_10uM", "other mechanism", detail, other_part=other)


def _lucky_compound() -> Iterator[Planned]:
    columns = [(cell, dose) for cell in ("A549", "MCF7", "PC3") for dose in ("3.33uM", "10uM")]
    for well, (cell, dose) in enumerate(columns, start=3):
        signature = f"SIM002_{cell}_24H_G{well:02d}_fortunib_{dose}"
        if (cell, dose) == ("MCF7", "3.33uM"):
            detail = "mimics the query in this column alone"
            yield Planned(signature, "lucky column", detail, _mechanism(1.0))
        else:
            yield Planned(signature, "lucky column's sibling", "does not move the query's pathways")


def _dose_series() -> Iterator[Planned]:
    for row, (cell, sensitivity) in zip("HIJKL", SERIES_CELLS.items(), strict=True):
        columns = [(time, dose) for time in SERIES_TIMES for dose in SERIES_DOSES]
        for well, (time, dose) in enumerate(columns, start=3):
            strength = sensitivity * SERIES_TIMES[time] * SERIES_DOSES[dose]
            yield Planned(
                f"SIM003_{cell}_{time}_{row}{well:02d}_graduasone_{dose}", "dose series",
                f"the query's mechanism at {strength:+.3f} noise sd", _mechanism(strength),
                batch=f"graduasone in {cell}",
            )  # fmt: skip


def _knockouts() -> Iterator[Planned]:
    yield Planned(
        "XPRSIM01_A375.311_96H_M03_MYC", "knockout, own gene does not move", "MYC stays near the middle",
        other_part={"myc_targets": -0.8}, own_gene=("MYC", 0.0),
    )  # fmt: skip
    yield Planned(
        "XPRSIM01_A375.311_96H_M04_TP53", "knockout, own gene goes down", "TP53 is among the lowest 1 %",
        other_part={"p53": -1.2}, own_gene=("TP53", -3.2),
    )  # fmt: skip


def _mechanism(strength: float) -> dict[str, float]:
    return {pathway: strength * activity for pathway, activity in MECHANISM.items()}
