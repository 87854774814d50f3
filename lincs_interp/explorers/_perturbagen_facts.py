"""One perturbagen gathered for its explorer: its reading, its summary, and where each signature stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._util.missing import plain
from ..core.calls import CALL_P
from ..core.doses import read_doses
from ..core.identity import cell_keys, most_common, name_key
from ..perturbagens.dose_trend import DoseSeries, DoseTrend, trend_of
from ..readings.perturbagen import PerturbagenReading
from ..readings.warnings import CALLS
from ._study import Study

_OF_THE_SUMMARY = ("median_score", "share_agreeing", "dose_trend")

NO_CELL, NO_DOSE, NO_TIME = "cell line unknown", "no dose", "time unknown"


@dataclass(frozen=True, eq=False)
class PerturbagenFacts:
    """What is known of one perturbagen.

    Attributes
    ----------
    name : str
    reading : PerturbagenReading
    table : DataFrame
        From :func:`perturbagen_signatures`.
    median, share, towards : float
        ``median_score``, ``share_agreeing`` and ``dose_trend`` of :func:`summarise_perturbagens`.
    """

    name: str
    reading: PerturbagenReading
    table: pd.DataFrame
    median: float
    share: float
    towards: float

    @cached_property
    def scores(self) -> np.ndarray:
        """``z_sum`` of each signature; NaN where there is none."""
        return self.table["z_sum"].to_numpy(dtype=float)

    @cached_property
    def calls(self) -> list[str]:
        """The nominal call of each signature."""
        return [plain(call) for call in self.table["call"]]

    @cached_property
    def cells(self) -> list[str]:
        """The cell line of each signature as the metadata spell it; "" where it is not known."""
        return [plain(cell) for cell in self.table["cell_line"]]

    @cached_property
    def lines(self) -> list[str]:
        """The same, with two spellings of one cell line under the commoner one."""
        keys = cell_keys(self.cells)
        spelled = {
            key: most_common(cell for cell, own in zip(self.cells, keys, strict=True) if own == key) for key in keys
        }
        return [spelled[key] for key in keys]

    @cached_property
    def times(self) -> list[tuple[int, float, str]]:
        """A key for each time that sorts: hours, then other words ("mixed"), then the unknown."""
        hours = self.table["time_h"].to_numpy(dtype=float)
        words = [plain(time) for time in self.table["pert_time"]]
        return [
            (0, _rounded(hour), "") if np.isfinite(hour) else (1 if word else 2, 0.0, word)
            for hour, word in zip(hours, words, strict=True)
        ]

    @cached_property
    def doses(self) -> list[tuple[int, str, float, str]]:
        """A key for each dose that sorts: micromolar, then by other units, then the unknown."""
        found: list[tuple[int, str, float, str]] = []
        for dose, text in zip(self.table["dose_um"].to_numpy(dtype=float), self._dose_texts, strict=True):
            if np.isfinite(dose):
                found.append((0, "", _rounded(dose), ""))
            elif text:
                amount, _, unit = text.partition(" ")
                found.append((1, unit, _number(amount), text))
            else:
                found.append((2, "", 0.0, ""))
        return found

    @cached_property
    def _dose_texts(self) -> list[str]:
        return [plain(dose) for dose in self.table["pert_dose"]]

    @cached_property
    def dose_names(self) -> dict[tuple[int, str, float, str], str]:
        """What each dose is called: as the metadata write it first."""
        texts = dict(zip(reversed(self.doses), reversed(self._dose_texts), strict=True))
        return {key: text or (f"{key[2]:g} uM" if key[0] == 0 else NO_DOSE) for key, text in texts.items()}

    @cached_property
    def levels(self) -> tuple[np.ndarray, np.ndarray]:
        """The dose of each signature as number and unit; doses that differ by less than 5 % are one."""
        return self._series.level, self._series.unit

    @cached_property
    def trend(self) -> DoseTrend:
        """:func:`trend_over_doses` of ``z_sum``: positive = scores rise with the dose, whatever the direction."""
        return trend_of(self.scores, self._series)

    @cached_property
    def _series(self) -> DoseSeries:
        times = np.array([name_key(time) for time in self.table["pert_time"]], dtype=object)
        return DoseSeries.of(cell_keys(self.cells), times, *read_doses(self.table))

    @cached_property
    def called(self) -> np.ndarray:
        """1 for a signature called mimicker, -1 for a reverser, 0 else, as its grade counts them: p_cal < 0.05 too."""
        nominal = np.array([{"mimicker": 1, "reverser": -1}.get(call, 0) for call in self.calls])
        if "p_cal" not in self.table:
            return nominal
        towards = np.sign(self.table["z_cal"].to_numpy(dtype=float))
        return np.where((self.table["p_cal"].to_numpy(dtype=float) < CALL_P) & (towards == nominal), nominal, 0)

    @property
    def sign(self) -> int:
        """1 for a mimicker, -1 for a reverser, 0 where it is neither."""
        return {"mimicker": 1, "reverser": -1}.get(self.reading.call, 0)

    @cached_property
    def one_time(self) -> str:
        """The time that all signatures share; "" if there are several, or none is known."""
        times = set(self.times)
        return time_words(next(iter(times))) if len(times) == 1 and next(iter(times))[0] < 2 else ""


def perturbagen_facts(study: Study, name: str) -> PerturbagenFacts:
    """Gather what is known of one row of the perturbagen table."""
    assert study.dossier is not None
    reading, summary = study.dossier.perturbagen(name), study.dossier.perturbagens
    median, share, towards = (float(summary.at[name, column]) for column in _OF_THE_SUMMARY)  # type: ignore[arg-type]
    return PerturbagenFacts(name, reading, reading.signatures, median, share, towards)


class CellLine(NamedTuple):
    """How the signatures of one cell line agree.

    `name` is "" where it is not known; `median` is that of z_sum, NaN without a score; `n_mimicker` and `n_reverser`
    are called so with p_cal < 0.05 as well; `direction` is "mimicker" or "reverser", whichever more are called, "none"
    if as many or nothing is.
    """

    name: str
    n_signatures: int
    median: float
    n_mimicker: int
    n_reverser: int
    direction: str


def cell_lines(facts: PerturbagenFacts) -> list[CellLine]:
    """Return the cell lines of a perturbagen, the furthest in its direction first."""
    lines, found = np.array(facts.lines, dtype=object), []
    for line in sorted(set(facts.lines)):
        own = lines == line
        scores = facts.scores[own & np.isfinite(facts.scores)]
        up, down = int((facts.called[own] == 1).sum()), int((facts.called[own] == -1).sum())
        direction = "none" if up == down else CALLS[0] if up > down else CALLS[1]
        found.append(CellLine(line, int(own.sum()), _median(scores), up, down, direction))
    return sorted(
        found, key=lambda one: -np.inf if np.isnan(one.median) else one.median * (facts.sign or 1), reverse=True
    )


def _median(scores: np.ndarray) -> float:
    return float(np.median(scores)) if len(scores) else np.nan


def time_words(key: tuple[int, float, str]) -> str:
    """Return "24 h", "mixed" or "time unknown"."""
    kind, hours, text = key
    return f"{hours:g} h" if kind == 0 else text or NO_TIME


def _rounded(number: float) -> float:
    """Six digits: 3.3333333 uM of one file is 3.333333 uM of another."""
    return float(f"{number:.6g}")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.inf
