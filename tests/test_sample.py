"""The simulated sample: each planted truth is in the files, and the files are what their script makes."""

import importlib.util
import math
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import lincs_interp as li
from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.percentiles import rank_coefficients
from lincs_interp.core.query import GeneQuery
from lincs_interp.genes.matching import match_genes
from lincs_interp.io import sample as sample_module
from lincs_interp.io.sample import SIMULATED, Sample, load_sample, sample_path
from lincs_interp.scoring.concordance import score_concordance
from lincs_interp.scoring.contributions import explain_concordance

# What the slips in the query lists stand for, put right by hand.
MEANT = {"GILZ": "TSC22D3", "5-MAR": "MARCH5", "IL8": "CXCL8", "Nfkbia": "NFKBIA"}
LOST = {"CEPBD", "LINC00473", "1-MAR"}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample()


@pytest.fixture(scope="module")
def scores(sample) -> pd.DataFrame:
    table = score_concordance(sample.ranks, sample.query)
    return table.join(sample.truth).join(sample.ranks.signatures)


@pytest.fixture(scope="module")
def genes() -> pd.DataFrame:
    return pd.read_csv(sample_path("genes.tsv"), sep="\t", index_col=0, na_filter=False)


@pytest.fixture(scope="module")
def maker():
    """data/sample/make_sample.py as a module."""
    spec = importlib.util.spec_from_file_location("make_sample", sample_path("make_sample.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_sample"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def query_genes(sample) -> dict[str, list[str]]:
    """The genes of the query in the matrix's spelling, found without the package's matching."""
    sides = {"up": sample.query.up, "down": sample.query.down}
    return {
        side: list(dict.fromkeys(MEANT.get(g, g) for g in written if g not in LOST)) for side, written in sides.items()
    }


@pytest.fixture(scope="module")
def readme() -> str:
    return sample_path("README.md").read_text(encoding="utf-8")


def twin_z(column: pd.Series, members: list[str]) -> float:
    """The site's z of one set: U counts the pairs (member, other gene) in which the member ranks higher."""
    inside = set(members)
    others = sorted(rank for gene, rank in column.items() if gene not in inside)
    u = sum(np.searchsorted(others, column[gene]) for gene in members)
    n, rest = len(members), len(others)
    return float((u - n * rest / 2) / math.sqrt(n * rest * (n + rest + 1) / 12))


def mean_correlation(frame: pd.DataFrame, members: list[str]) -> float:
    matrix = np.corrcoef(frame.loc[members].to_numpy())
    return float((matrix.sum() - len(matrix)) / (len(matrix) * (len(matrix) - 1)))


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]


class TestLoading:
    def test_shapes_and_metadata(self, sample):
        assert sample.ranks.shape == (4000, 78)
        assert sample.background.shape == (4000, 200)
        assert sample.ranks.n_genes == sample.background.n_genes == 4000
        assert sample.coefficients.shape == (4000, 12)
        assert list(sample.truth.columns) == ["planted", "strength", "detail"]
        assert list(sample.truth.index) == list(sample.ranks.frame.columns)
        assert sample.truth.index.name == "signature"
        described = sample.ranks.signatures.loc["XPRSIM01_A375.311_96H_M03_MYC"]
        assert (described["cell_line"], described["tissue"]) == ("A375", "skin")  # not what the id alone says
        assert described["pert_type"] == "CRISPR Knockout"
        assert math.isnan(described["dose_um"])
        assert sample.background.signatures["pert_name"].nunique() == 200

    def test_says_that_it_is_simulated(self, sample):
        assert sample.ranks.assumptions[0] == sample.background.assumptions[0] == SIMULATED
        assert SIMULATED in sample.ranks._repr_html_()
        assert sample.query.name.startswith("simulated")
        assert repr(sample).startswith("Sample(simulated")

    def test_two_samples_share_nothing(self, sample):
        other = load_sample()
        other.ranks.frame.iloc[:] = 7
        other.background.frame.iloc[:] = 7
        other.coefficients.iloc[:] = 7
        other.truth.iloc[:, 0] = "spoilt"
        other.query.values.iloc[:] = 7
        again = load_sample()
        for name in ("ranks", "background"):
            frame = getattr(again, name).frame
            pd.testing.assert_frame_equal(frame, getattr(sample, name).frame)
            assert (np.sort(frame.to_numpy(), axis=0) == np.arange(1, 4001)[:, None]).all()
        pd.testing.assert_frame_equal(again.coefficients, sample.coefficients)
        pd.testing.assert_frame_equal(again.truth, sample.truth)
        pd.testing.assert_series_equal(again.query.values, sample.query.values)

    def test_the_readers_of_the_package_read_the_same(self, sample):
        pd.testing.assert_frame_equal(li.read_ranks(sample_path("ranks.tsv")).frame, sample.ranks.frame)
        background = li.read_ranks(sample_path("background.tsv.gz"))
        pd.testing.assert_frame_equal(background.frame, sample.background.frame)
        query = li.read_query(sample_path("up.txt"), sample_path("down.txt"))
        assert (query.up, query.down) == (sample.query.up, sample.query.down)

    def test_reads_from_the_place_a_wheel_uses(self, sample, tmp_path, monkeypatch):
        shutil.copytree(sample_path(), tmp_path / "sample")
        monkeypatch.setattr(sample_module, "_FOLDERS", (tmp_path / "absent", tmp_path / "sample"))
        assert sample_path("up.txt") == tmp_path / "sample" / "up.txt"
        pd.testing.assert_frame_equal(load_sample().ranks.frame, sample.ranks.frame)

    def test_absent_files_are_one_sentence(self, tmp_path, monkeypatch):
        with pytest.raises(LincsInterpError) as caught:
            sample_path("rank.tsv")
        assert (caught.value.argument, caught.value.value) == ("name", "rank.tsv")
        assert "README.md" in caught.value.remedy
        monkeypatch.setattr(sample_module, "_FOLDERS", (tmp_path,))
        with pytest.raises(LincsInterpError) as caught:
            load_sample()
        assert "install it again" in caught.value.remedy


class TestFiles:
    def test_the_script_makes_these_files(self):
        command = [sys.executable, "-B", str(sample_path("make_sample.py")), "--check"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, "All files are as the script makes them."), done.stderr

    def test_the_check_names_what_differs(self, maker, tmp_path):
        made = maker.write(tmp_path)
        lines = (tmp_path / "up.txt").read_bytes()
        (tmp_path / "up.txt").write_bytes(lines.replace(b"\n", b"\r\n"))  # git on Windows: not a difference
        (tmp_path / "down.txt").write_bytes(b"MYC\n")
        (tmp_path / "truth.tsv").unlink()
        assert maker.differing(tmp_path) == ["truth.tsv", "down.txt"]
        assert set(made) == {p.name for p in sample_path().iterdir() if p.is_file()} - {
            "README.md", "genes.tsv", "make_sample.py", "planted.py"
        }  # fmt: skip

    def test_gzip_headers_hold_no_name_and_no_time(self):
        for name in ("background.tsv.gz", "coefficients.tsv.gz"):
            header = sample_path(name).read_bytes()[:10]
            assert header[3] == 0  # no file name, no comment
            assert header[4:8] == b"\0\0\0\0"

    def test_all_files_together_are_small(self):
        assert sum(p.stat().st_size for p in sample_path().iterdir() if p.is_file()) < 4_000_000

    def test_normal_numbers_are_built_from_the_raw_stream(self, maker):
        words = np.random.PCG64([maker.SEED, maker.zlib.crc32(b"a name")]).random_raw(3).tolist()
        chunks = [(word >> shift) & 0xFFFF for word in words for shift in (0, 16, 32, 48)]
        assert maker.Dice("a name").normal(1)[0] == (sum(chunks) - 393_210) / 65_536
        many = maker.Dice("a name").normal(100_000)
        assert abs(many.mean()) < 0.015
        assert abs(many.std() - 1) < 0.015

    def test_equal_coefficients_move_apart_by_one_unit(self, maker):
        units = maker.to_unit_length(np.array([3.0, -4.0, 3.0, 0.0, 3.0]))
        assert maker.rank(units).tolist() == [3, 1, 4, 2, 5]
        assert (units[2] - units[0], units[4] - units[0]) == (1, 2)

    def test_ranks_are_permutations(self, sample):
        for matrix in (sample.ranks, sample.background):
            assert (np.sort(matrix.values, axis=0) == np.arange(1, 4001)[:, None]).all()

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_coefficients_rank_to_the_matrix(self, sample, dtype):
        ranked = rank_coefficients(sample.coefficients.astype(dtype)).frame
        assert (ranked == sample.ranks.frame[sample.coefficients.columns]).all(axis=None)

    def test_coefficients_have_length_one_even_for_an_inert_compound(self, sample):
        length = np.sqrt((sample.coefficients**2).sum())
        np.testing.assert_allclose(length, 1, atol=1e-6)
        assert sample.truth.loc[length.index, "planted"].eq("inert").any()


class TestGenes:
    def test_symbols_and_landmarks(self, sample, genes):
        assert list(genes.index) == list(sample.ranks.genes) == list(sample.background.genes)
        assert genes.index.is_unique
        assert genes["landmark"].sum() == 978
        teaching = "TP53 MYC CDKN1A HMOX1 HSPA1A CCND1 MKI67 TOP2A HMGCS1 LDLR FKBP5 DUSP6 CCN1 COQ8A"
        old = "MARCH1 MARC1 MARCH5 SEPT7 DEC1 C11orf58"
        assert {*teaching.split(), *old.split()} <= set(genes.index)
        assert not {"MARCHF5", "MARCHF1", "MTARC1", "SEPTIN7", "DELEC1"} & set(genes.index)

    def test_every_slip_meets_the_fate_it_was_made_for(self, sample):
        fate = match_genes(sample.ranks, sample.query).set_index("gene")
        fate = fate[~fate.index.duplicated()]
        how = fate.loc[["GILZ", "IL8", "Nfkbia", "5-MAR"], ["matched_as", "how"]].to_numpy().tolist()
        assert how[0] == ["TSC22D3", "alias"]
        assert how[1] == ["CXCL8", "previous"]
        assert how[2][0] == "NFKBIA"
        assert how[2][1] in ("case", "mouse")
        assert how[3] == ["MARCH5", "date repaired"]
        assert not fate.loc[sorted(LOST), "found"].any()
        assert "CEBPD" in str(fate.loc["CEPBD", "suggestion"])
        assert {"MARCH1", "MARC1"} <= set(re.findall(r"\w+", str(fate.loc["1-MAR", "suggestion"])))
        assert sample.query.up.count("FKBP5") == 2

    def test_what_is_used_is_what_a_person_would_use(self, scores, query_genes):
        assert set(scores["n_up"]) == {len(query_genes["up"])} == {89}
        assert set(scores["n_down"]) == {len(query_genes["down"])} == {82}
        assert not set(query_genes["up"]) & set(query_genes["down"])

    def test_values_are_written_as_in_the_lists(self, sample):
        values = sample.query.values
        assert values.index.is_unique
        assert values[list(sample.query.up)].min() > 1
        assert values[list(sample.query.down)].max() < -1
        assert set(values[values > values[list(sample.query.up)].min()].index) <= set(sample.query.up)

    def test_measured_genes_drive_the_rest(self, sample, genes, maker):
        world = maker.make_world(genes.reset_index())
        ranks = sample.background.values.astype(float)
        measured, inferred = ranks[world.measured], ranks[~world.measured]

        def median_r2(chosen):
            predicted = sum(world.weights[:, [k]] * measured[chosen[:, k]] for k in range(chosen.shape[1]))
            pairs = zip(predicted, inferred, strict=True)
            return np.median([np.corrcoef(a, b)[0, 1] ** 2 for a, b in pairs])

        assert median_r2(world.drivers) > 0.45
        assert median_r2(np.roll(world.drivers, 1000, axis=0)) < 0.05

    def test_an_inferred_gene_follows_mostly_its_own_pathway(self, genes, maker):
        world = maker.make_world(genes.reset_index())
        own = world.pathway[world.measured][world.drivers] == world.pathway[~world.measured][:, None]
        assert own.shape == (4000 - 978, 10)
        assert own.sum(axis=1).min() == 4
        assert np.median(own.sum(axis=1)) == 6

    def test_habitual_genes_are_often_extreme(self, sample, genes):
        percentile = sample.background.percentiles()
        extreme = ((percentile < 2) | (percentile > 98)).mean(axis=1)
        assert extreme[genes["habit"] == 1].median() > 0.25
        assert extreme[genes["habit"] == 0].median() < 0.05


class TestPlantedTruth:
    def test_package_agrees_with_the_twin(self, sample, scores, query_genes):
        for signature in sample.coefficients.columns:
            column = sample.ranks.frame[signature]
            z_up, z_down = twin_z(column, query_genes["up"]), -twin_z(column, query_genes["down"])
            assert scores.loc[signature, "z_up"] == pytest.approx(z_up, abs=1e-9)
            assert scores.loc[signature, "z_down"] == pytest.approx(z_down, abs=1e-9)

    def test_strong_ones_stand_at_the_ends(self, scores):
        assert set(scores["planted"].iloc[:3]) == {"strong mimicker"}
        assert set(scores["planted"].iloc[-3:]) == {"strong reverser"}
        assert set(scores["call"].iloc[:3]) == {"mimicker"}
        assert set(scores["call"].iloc[-3:]) == {"reverser"}
        assert (scores.groupby("planted").size()[["strong mimicker", "strong reverser"]] == 3).all()

    def test_weak_ones_lie_between(self, scores):
        z = scores.groupby("planted")["z_sum"]
        assert 0 < z.min()["weak mimicker"] <= z.max()["weak mimicker"] < 0.5 * z.min()["strong mimicker"]
        assert 0 > z.max()["weak reverser"] >= z.min()["weak reverser"] > 0.5 * z.max()["strong reverser"]
        call = scores.groupby("planted")["call"].unique()
        assert list(call["weak mimicker"]) == ["mimicker"]
        assert list(call["weak reverser"]) == ["reverser"]

    def test_discordant_one_pushes_both_sets_down_and_sums_to_a_mimicker(self, scores):
        one = scores[scores["planted"] == "discordant"].iloc[0]
        assert one["z_up"] < -1.96
        assert one["z_down"] > 1.96  # the down genes go down
        assert one["z_sum"] > 0
        assert one["call"] == "discordant"
        assert list(scores.index[scores["call"] == "discordant"]) == [one.name]

    def test_inert_ones_and_other_mechanisms_are_unresolved(self, scores):
        quiet = scores[scores["planted"].isin(["inert", "other mechanism"])]
        assert len(quiet) == 8
        assert set(quiet["call"]) == {"unresolved"}
        assert quiet["z_sum"].abs().max() < 2.5

    def test_look_alike_scores_high_without_the_mechanism(self, sample, scores, genes):
        one = scores[scores["planted"] == "cytotoxic look-alike"].iloc[0]
        assert one["call"] == "mimicker"
        assert one["z_sum"] > 10
        contributions = explain_concordance(sample.ranks, sample.query, one.name)
        share = contributions["contribution"].groupby(contributions["gene"].map(genes["pathway"])).sum() / one["z_sum"]
        assert share["stress"] + share["proliferation"] > 0.85
        assert abs(share["glucocorticoid"] + share["inflammation"]) < 0.15
        real = scores[scores["planted"] == "strong mimicker"].iloc[0]
        contributions = explain_concordance(sample.ranks, sample.query, real.name)
        share = contributions["contribution"].groupby(contributions["gene"].map(genes["pathway"])).sum() / real["z_sum"]
        assert share["glucocorticoid"] + share["inflammation"] > 0.7

    def test_dose_series_rises_with_every_dose(self, scores):
        series = scores[scores["planted"] == "dose series"]
        assert len(series) == 50
        assert series["pert_name"].eq("graduasone").all()
        assert sorted(series["dose_um"].unique()) == [0.12, 0.37, 1.11, 3.33, 10.0]
        for _, part in series.groupby(["cell_line", "time_h"]):
            assert len(part) == 5
            assert part.sort_values("dose_um")["z_sum"].is_monotonic_increasing
        for _, cell in series.groupby("cell_line"):
            assert cell["dose_um"].rank().corr(cell["z_sum"].rank()) > 0.9  # Spearman, both times
            top = cell[cell["dose_um"] == 10].set_index("time_h")["z_sum"]
            assert top[24.0] > top[6.0] > 10
        assert (series["strength"] > 0).all()

    def test_lucky_column_is_alone(self, scores):
        compound = scores[scores["pert_name"] == "fortunib"]
        lucky = compound[compound["planted"] == "lucky column"]
        siblings = compound.drop(lucky.index)
        assert list(lucky["call"]) == ["mimicker"]
        assert lucky["z_sum"].iloc[0] > 12
        assert len(siblings) == 5
        assert siblings["z_sum"].abs().max() < 2
        assert set(siblings["call"]) == {"unresolved"}
        same_cell = siblings[siblings["cell_line"] == lucky["cell_line"].iloc[0]]
        assert len(same_cell) == 1  # not even the other dose in the same cell line agrees

    def test_own_gene_of_the_knockouts(self, sample, scores):
        by_kind = scores[scores["pert_type"] == "CRISPR Knockout"].reset_index().set_index("planted")
        stays, falls = (by_kind.loc[f"knockout, own gene {what}"] for what in ("does not move", "goes down"))
        percentile = sample.ranks.percentiles()
        assert 40 < percentile.loc[stays["pert_name"], stays["signature"]] < 60
        assert percentile.loc[falls["pert_name"], falls["signature"]] < 1

    def test_strength_orders_everything_that_follows_the_mechanism(self, scores):
        follows = scores[scores["strength"] != 0].query("planted != 'discordant'")
        assert follows["strength"].corr(follows["z_sum"], method="spearman") > 0.95


class TestBackground:
    def test_gene_sets_are_correlated_and_random_ones_are_not(self, sample, query_genes, rng):
        frame = sample.background.frame
        for side in ("up", "down"):
            assert 0.05 < mean_correlation(frame, query_genes[side]) < 0.105
        assert abs(mean_correlation(frame, list(rng.choice(frame.index, 85, replace=False)))) < 0.01

    def test_no_part_of_it_knows_the_query(self, sample):
        scores = score_concordance(sample.background, sample.query)
        assert abs(scores["z_sum"].median()) < 2 * 1.25 * scores["z_sum"].std() / math.sqrt(200)
        assert not set(sample.background.signatures["pert_name"]) & set(sample.ranks.signatures["pert_name"])

    def test_nominal_p_is_far_too_small_for_a_real_set_and_right_for_random_ones(self, sample, rng):
        share = (score_concordance(sample.background, sample.query)["p_sum"] < 0.05).mean()
        assert 0.5 < share < 0.75
        shares = []
        for _ in range(20):
            drawn = rng.choice(sample.background.genes, 171, replace=False)
            query = GeneQuery("drawn at random", drawn[:89], drawn[89:])
            shares.append((score_concordance(sample.background, query, rescue=False)["p_sum"] < 0.05).mean())
        assert 0.03 < np.mean(shares) < 0.08


class TestReadme:
    def test_says_first_that_it_is_a_simulation(self, readme):
        assert readme.startswith("# The sample: a simulation\n\n**Nothing here was measured.**")

    def test_table_of_planted_truth(self, readme, scores):
        rows = [line.strip("| ").split(" | ") for line in readme.splitlines() if re.match(r"\| `(XPR)?SIM", line)]
        documented = {row[0].strip("`"): row[1:] for row in rows}
        assert set(documented) == set(scores.index[scores["planted"] != "dose series"])
        for signature, (planted, strength, z_up, z_down, z_sum, call) in documented.items():
            row = scores.loc[signature]
            assert (planted, call) == (row["planted"], row["call"])
            assert float(strength) == row["strength"]
            assert [float(z_up), float(z_down), float(z_sum)] == [
                round(row[name], 1) for name in ("z_up", "z_down", "z_sum")
            ]

    def test_table_of_the_dose_series(self, readme, scores):
        series = scores[scores["planted"] == "dose series"].sort_values("dose_um")
        rows = re.findall(r"^\| (\w+) \| (\d+)H \| ([\d.| -]+) \|$", readme, flags=re.MULTILINE)
        assert len(rows) == 10
        for cell, hours, numbers in rows:
            part = series[(series["cell_line"] == cell) & (series["time_h"] == float(hours))]
            assert [float(z) for z in numbers.split(" | ")] == [round(z, 1) for z in part["z_sum"]]

    def test_numbers_in_the_prose(self, readme, sample, genes, query_genes):
        prose = " ".join(readme.split())
        ranks = sample.ranks.frame
        own = [ranks.loc[g, f"XPRSIM01_A375.311_96H_{well}_{g}"] for g, well in (("MYC", "M03"), ("TP53", "M04"))]
        sentence = re.search(r"In its own knockout MYC has (.*?) in its own\.", prose)[1]
        assert numbers(sentence)[:2] == [own[0], 4000]
        assert f"TP53 has rank {own[1]}" in sentence
        assert f"{genes['habit'].sum()} genes of `habit`" in prose
        assert f"each of {genes['pathway'].nunique() - 1} pathways" in prose
        numbered = genes["pathway"].str.startswith("pathway_")
        assert f"the {genes.loc[numbered, 'pathway'].nunique()} numbered pathways" in prose
        assert f"{len(sample.query.up)} and {len(sample.query.down)} lines" in prose
        assert f"{len(sample.query.values):,} genes" in prose
        for side in ("up", "down"):
            words = f"{mean_correlation(sample.background.frame, query_genes[side]):.3f} within the {side} genes"
            assert words in prose
        scores = score_concordance(sample.background, sample.query)
        assert f"{100 * (scores['p_sum'] < 0.05).mean():.1f} % of its signatures reach" in prose
        assert f"{100 * (scores['p_sum'] < 1e-6).mean():.1f} % one below 1e-6" in prose
        assert f"In {100 * (scores['z_up'] * scores['z_down'] < 0).mean():.0f} % of the signatures" in prose

    def test_names_every_file(self, readme):
        for path in sample_path().iterdir():
            if path.is_file() and path.name != "README.md":
                assert f"`{path.name}`" in readme
