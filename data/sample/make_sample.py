"""Make the simulated sample of this folder from genes.tsv, planted.py and one seed; README.md describes it.

    python data/sample/make_sample.py            write the files
    python data/sample/make_sample.py --check    make them elsewhere and compare

Every machine makes the same files. Of numpy's random numbers only the raw 64-bit stream of PCG64 is used
(its distributions may change between versions), and floats go through +, -, *, / and sqrt of one element at a
time, in a fixed order, which IEEE 754 rounds the same everywhere: no matrix product, and no sum of floats but
the exact fsum. Only gzip may pack differently under another zlib, so files are compared by what they hold.
"""

from __future__ import annotations

import argparse
import gzip
import io
import math
import sys
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # for those who import this file from elsewhere
from planted import (  # noqa: E402
    COEFFICIENTS_OF,
    QUERY_ACTIVITY,
    Planned,
    background_ids,
    describe,
    plan_signatures,
)

SEED = 20_260_625

# In units of a measured gene's noise: what an unselected compound does to a pathway, an inferred gene's own
# noise, and the noise of the genes that are extreme whatever is done to the cells.
USUAL_ACTIVITY, INFERRED_NOISE, HABIT_SPREAD = 0.25, 0.4, 3.5
# Toxic compounds raise stress and lower proliferation, and inflammation answers to the steroid receptor: the
# second activity is minus this share of the first, the rest is its own.
OPPOSED = (("stress", "proliferation", 0.6), ("glucocorticoid", "inflammation", 0.6))
BATCH_SHARE = 0.6  # of the noise variance
# Measured genes that an inferred gene follows: from its own pathway (fewer if that has fewer alike), in all.
OWN_DRIVERS, ALL_DRIVERS = 6, 10

# What stands in the query lists in place of the matrix's own spelling.
MISWRITTEN = {
    "TSC22D3": "GILZ",  # an alias
    "CXCL8": "IL8",  # a previous symbol
    "NFKBIA": "Nfkbia",  # mouse case
    "MARCH5": "5-MAR",  # a spreadsheet's date
    "CEBPD": "CEPBD",  # a slip of the finger
}
UNMATCHED_UP = {"LINC00473": 1.9}  # a real gene that the matrix does not hold
UNMATCHED_DOWN = {"1-MAR": -1.9}  # MARCH1 or MARC1: the matrix holds both
REPEATED = "FKBP5"
N_UP, N_DOWN, N_VALUES = 90, 82, 2_400


class Dice:
    """Random numbers from the raw stream of PCG64; each name has a stream of its own."""

    def __init__(self, name: str) -> None:
        self._bits = np.random.PCG64([SEED, zlib.crc32(name.encode())])

    def normal(self, n: int) -> np.ndarray:
        """Mean 0, sd 1: twelve uniform 16-bit numbers added up, as exact integers (Irwin-Hall)."""
        raw = self._bits.random_raw(3 * n).reshape(n, 3)
        total = np.zeros(n, dtype=np.int64)
        for shift in (0, 16, 32, 48):
            total += ((raw >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.int64).sum(axis=1)
        return (total - 6 * 65_535) / 65_536.0

    def uniform(self, low: float, high: float, n: int) -> np.ndarray:
        """From `low` to `high`, in steps of 2**-53 of the distance."""
        return low + (high - low) * ((self._bits.random_raw(n) >> np.uint64(11)).astype(float) / 2.0**53)

    def order(self, n: int) -> np.ndarray:
        """A random order of 0 … n - 1."""
        return np.argsort(self._bits.random_raw(n), kind="stable")


@dataclass(frozen=True)
class World:
    """The genes, how strongly each measured one follows its pathway, and what each inferred one follows."""

    symbols: pd.Index
    pathway: np.ndarray  # of each gene, "none" included
    core: np.ndarray  # True for the genes that follow their pathway strongly
    measured: np.ndarray  # True for measured, False for inferred
    spread: np.ndarray  # of each gene's noise
    loading: np.ndarray  # of the measured genes on their own pathway
    drivers: np.ndarray  # inferred genes x drivers: positions among the measured genes
    weights: np.ndarray  # of the drivers, same shape
    pathways: tuple[str, ...]  # in alphabetical order, without "none"

    def express(
        self, name: str, activity: Mapping[str, float], *, batch: str = "", steady: Iterable[str] = ()
    ) -> np.ndarray:
        """Differential expression of all genes: the measured ones first, then the inferred ones from them.

        Signatures of one `batch` share part of their noise, as wells of one plate do. In a `steady` pathway
        the noise of the measured genes is centred: otherwise it would move the pathway as a whole, because
        the inferred genes repeat it.
        """
        noise = Dice(f"noise of {name}").normal(len(self.symbols))
        if batch:
            shared = Dice(f"noise of batch {batch}").normal(len(self.symbols))
            noise = math.sqrt(1 - BATCH_SHARE) * noise + math.sqrt(BATCH_SHARE) * shared
        noise *= self.spread
        for pathway in steady:
            for core in (False, True):
                own = self.measured & (self.pathway == pathway) & (self.core == core)
                noise[own] -= math.fsum(noise[own].tolist()) / int(own.sum())
        pushed = np.zeros(len(self.symbols))
        for pathway, size in activity.items():
            pushed[self.pathway == pathway] = size
        measured = self.loading * pushed[self.measured] + noise[self.measured]
        inferred = INFERRED_NOISE * noise[~self.measured]
        for k in range(self.drivers.shape[1]):  # one after the other: a matrix product has no fixed order
            inferred = inferred + self.weights[:, k] * measured[self.drivers[:, k]]
        values = np.empty(len(self.symbols))
        values[self.measured], values[~self.measured] = measured, inferred
        return values


def make_world(genes: pd.DataFrame) -> World:
    """Draw the constants of the simulation for the genes of genes.tsv."""
    dice = Dice("world")
    pathway = genes["pathway"].to_numpy(dtype=object)
    core, measured = genes["core"].to_numpy() == 1, genes["landmark"].to_numpy() == 1
    n_measured = int(measured.sum())
    strong, slight = dice.uniform(0.8, 1.2, n_measured), dice.uniform(0.1, 0.6, n_measured)
    drivers, weights = [], []
    for own_pathway, own_core in zip(pathway[~measured], core[~measured], strict=True):
        alike = np.flatnonzero((pathway[measured] == own_pathway) & (core[measured] == own_core))
        alike = alike[dice.order(len(alike))[:OWN_DRIVERS]]
        others = dice.order(n_measured)[: ALL_DRIVERS - len(alike)]
        drivers.append(np.concatenate([alike, others]))
        near, far = dice.uniform(0.6, 1.4, len(alike)) / len(alike), dice.uniform(-0.15, 0.15, len(others))
        weights.append(np.concatenate([near, far]))
    return World(
        symbols=pd.Index(genes["symbol"], name="symbol"), pathway=pathway, core=core, measured=measured,
        spread=np.where(genes["habit"].to_numpy() == 1, HABIT_SPREAD, 1.0),
        loading=np.where(core[measured], strong, slight), drivers=np.array(drivers),
        weights=np.array(weights), pathways=tuple(sorted(set(pathway) - {"none"})),
    )  # fmt: skip


def usual_activity(world: World, name: str) -> dict[str, float]:
    """What a compound nobody selected does: every pathway a little, some of them together."""
    draws = USUAL_ACTIVITY * Dice(f"activity of {name}").normal(len(world.pathways))
    activity = dict(zip(world.pathways, draws.tolist(), strict=True))
    for first, second, share in OPPOSED:
        activity[second] = math.sqrt(1 - share * share) * activity[second] - share * activity[first]
    return activity


def make_column(world: World, plan: Planned) -> np.ndarray:
    """Coefficients of one planned signature, in units of 1e-8."""
    activity: dict[str, float] = {}
    if not plan.silent:
        activity = usual_activity(world, plan.signature) | dict.fromkeys(QUERY_ACTIVITY, 0.0)
    activity |= dict(plan.query_part) | dict(plan.other_part)
    values = world.express(plan.signature, activity, batch=plan.batch, steady=QUERY_ACTIVITY)
    if plan.own_gene:
        gene, value = plan.own_gene
        values[world.symbols == gene] = value
    return to_unit_length(values)


def to_unit_length(values: np.ndarray) -> np.ndarray:
    """Scale to length 1, round to eight decimals, and return whole numbers of 1e-8, no two of them equal."""
    length = math.sqrt(math.fsum((values * values).tolist()))
    units = np.rint(values / length * 1e8).astype(np.int64)
    order = np.argsort(units, kind="stable")
    steps = np.arange(len(units))
    # Equal neighbours move apart by the last decimal, so that the ranks are a permutation.
    units[order] = np.maximum.accumulate(units[order] - steps) + steps
    return units


def rank(units: np.ndarray) -> np.ndarray:
    """1 = lowest coefficient (pushed down hardest) … N = highest."""
    ranks = np.empty(len(units), dtype=np.int64)
    ranks[np.argsort(units, kind="stable")] = np.arange(1, len(units) + 1)
    return ranks


def make_query(world: World) -> tuple[list[str], list[str], pd.DataFrame]:
    """The up list, the down list and the values of a simulated experiment, with a person's slips."""
    # Halved to the size of fold changes; MARCH1 and MARC1 stay out, else the date 1-MAR had an answer.
    values = pd.Series(world.express("the query", QUERY_ACTIVITY) / 2, index=world.symbols).round(3)
    values = values.drop(["MARCH1", "MARC1"]).sort_values(kind="stable", ascending=False)
    up, down = values.index[:N_UP], values.index[::-1][:N_DOWN]
    if missing := {*MISWRITTEN, REPEATED} - {*up, *down}:
        raise SystemExit(f"These genes should be in the query but are not: {sorted(missing)}.")
    between = np.arange(N_UP, len(values) - N_DOWN)
    others = between[np.sort(Dice("genes with a value").order(len(between))[: N_VALUES - N_UP - N_DOWN])]
    table = pd.concat([
        values[up], pd.Series(UNMATCHED_UP), values.iloc[others], pd.Series(UNMATCHED_DOWN), values[down]
    ])  # fmt: skip
    table = table.rename(MISWRITTEN).sort_values(kind="stable", ascending=False)
    table = table.rename_axis("gene").rename("log2_fold_change").reset_index()
    return [*_written(up, UNMATCHED_UP), REPEATED], _written(down, UNMATCHED_DOWN), table


def _written(genes: pd.Index, unmatched: Mapping[str, float]) -> list[str]:
    written = [MISWRITTEN.get(gene, gene) for gene in genes]
    return [*written[:20], *unmatched, *written[20:]]


def make_files() -> dict[str, bytes]:
    """What every file holds, by its name, before compression."""
    world = make_world(pd.read_csv(HERE / "genes.tsv", sep="\t", na_filter=False))
    plans = plan_signatures()
    units = {plan.signature: make_column(world, plan) for plan in plans}
    ranks = {signature: rank(column) for signature, column in units.items()}
    coefficients = {s: [f"{unit / 1e8:.8f}" for unit in units[s].tolist()] for s in COEFFICIENTS_OF}
    background = {
        signature: rank(to_unit_length(world.express(signature, usual_activity(world, signature))))
        for signature in background_ids()
    }
    truth = pd.DataFrame(
        [(plan.signature, plan.planted, plan.strength, plan.detail) for plan in plans],
        columns=["signature", "planted", "strength", "detail"],
    )
    up, down, values = make_query(world)
    return {
        "ranks.tsv": _tsv(pd.DataFrame(ranks, index=world.symbols).reset_index()),
        "signatures.tsv": _tsv(pd.DataFrame(describe(ranks))),
        "truth.tsv": _tsv(truth, float_format="%.4g"),
        "coefficients.tsv.gz": _tsv(pd.DataFrame(coefficients, index=world.symbols).reset_index()),
        "background.tsv.gz": _tsv(pd.DataFrame(background, index=world.symbols).reset_index()),
        "background_signatures.tsv": _tsv(pd.DataFrame(describe(background))),
        "up.txt": "".join(f"{gene}\n" for gene in up).encode(),
        "down.txt": "".join(f"{gene}\n" for gene in down).encode(),
        "query_values.tsv": _tsv(values, float_format="%.3f"),
    }


def _tsv(frame: pd.DataFrame, float_format: str | None = None) -> bytes:
    return frame.to_csv(sep="\t", index=False, lineterminator="\n", float_format=float_format).encode()


def write(folder: Path) -> list[str]:
    """Write all files into `folder` and return their names."""
    files = make_files()
    for name, content in files.items():
        if name.endswith(".gz"):
            packed = io.BytesIO()
            with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=9, mtime=0) as stream:
                stream.write(content)
            content = packed.getvalue()
        (folder / name).write_bytes(content)
    return list(files)


def content_of(path: Path) -> bytes:
    """What a file holds: unpacked, and with any line ends that git changed on Windows changed back."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).replace(b"\r\n", b"\n")


def differing(folder: Path) -> list[str]:
    """The files of `folder` that are absent or do not hold what this script makes."""
    with tempfile.TemporaryDirectory() as fresh:
        return [
            name for name in write(Path(fresh))
            if not (folder / name).is_file() or content_of(folder / name) != content_of(Path(fresh) / name)
        ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the simulated sample.")
    parser.add_argument("--check", action="store_true", help="compare the files here with freshly made ones")
    if not parser.parse_args().check:
        print(f"Written: {', '.join(write(HERE))}.")
        return 0
    wrong = differing(HERE)
    if wrong:
        print(f"Not what the script makes: {', '.join(wrong)}.")
        return 1
    print("All files are as the script makes them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
