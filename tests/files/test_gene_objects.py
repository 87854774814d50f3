"""read_query and GeneQuery on objects: values are never taken for genes."""

import numpy as np
import pandas as pd
import pytest

from lincs_interp._util.errors import LincsInterpError
from lincs_interp.core.query import GeneQuery
from lincs_interp.io.gene_lists import read_query

UP, DOWN = ("FOS", "JUN", "EGR1"), ("CDK1", "PLK1")
GENES, VALUES = [*UP, *DOWN], [2.5, 2.0, 1.5, -1.0, -3.0]
SERIES = pd.Series(VALUES, index=GENES)
WORDS = pd.Series(3 * ["up"] + 2 * ["down"], index=GENES)
FRAME = pd.DataFrame({"gene": GENES, "log2FoldChange": VALUES, "padj": [0.01, 0.02, 0.01, 0.04, 0.03]})
COLUMNS = {("", "gene"): GENES, ("A", "log2FC"): [-value for value in VALUES], ("B", "log2FC"): VALUES}
TWO = pd.DataFrame({"up": UP, "down": [*DOWN, None]})
UNNAMED = FRAME.set_index("gene").rename_axis(None)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (SERIES, {}),
        (SERIES.rename("stat"), {}),
        (SERIES.astype(object), {}),
        (SERIES.astype(str), {}),
        (SERIES.rename("log2FC").rename_axis("symbol"), {}),
        (dict(zip(GENES, VALUES, strict=True)), {}),
        (WORDS, {}),
        (dict(WORDS), {}),
        ({"up": UP, "down": set(DOWN)}, {}),
        ({"Up genes": pd.Index(UP), "Down genes": np.array(DOWN)}, {}),
        ({"drug_up": UP, "drug_dn": DOWN}, {}),
        ({"A up": DOWN, "A down": UP, "B up": UP, "B down": DOWN}, {"name": "B"}),
        (FRAME, {}),
        (FRAME.set_index("gene"), {}),
        (UNNAMED, {}),
        (FRAME.assign(padj=0.2), {"max_adjusted_p": 0.5}),
        (pd.concat([FRAME, pd.DataFrame({"gene": ["MYC"], "padj": [0.9]})]).query("padj < .05"), {}),
        (FRAME.set_index(["padj", "gene"]), {}),
        (pd.DataFrame(list(zip(GENES, VALUES, strict=True))), {}),
        (pd.DataFrame(COLUMNS), {"contrast": "B"}),
        (TWO, {}),
        (TWO.to_records(index=False), {}),
        ({"Up": FRAME[:3], "Down": FRAME[3:]}, {}),
        ({"A": FRAME.assign(log2FoldChange=[-value for value in VALUES]), "B": FRAME}, {"contrast": "B"}),
    ],
)
def test_objects_give_both_lists_and_say_how(given, options):
    query = read_query(given, **options)
    assert (set(query.up), set(query.down)) == (set(UP), set(DOWN))
    assert query.assumptions[0].startswith("Read ")


def test_values_of_one_side():
    lists = read_query(SERIES[SERIES > 0], SERIES[SERIES < 0])
    assert (lists.up, lists.down) == (UP, DOWN)
    assert read_query(SERIES.rename("log2FC")[SERIES > 0]).up == UP
    assert (read_query(SERIES[SERIES < 0]).up, read_query(SERIES[SERIES < 0]).down) == ((), DOWN)
    with pytest.raises(LincsInterpError, match="holds down genes by its own words"):
        read_query(SERIES[SERIES < 0], SERIES[SERIES > 0])


def test_entrez_ids_as_index():
    numbers = pd.Series([2.0, -1.0, 1.5], index=pd.Index([2353, 983, 3725], name="entrez"))
    assert (read_query(numbers).up, read_query(numbers).down) == (("2353", "3725"), ("983",))


def test_the_largest_150_a_side_without_p():
    rng = np.random.default_rng(0)
    values = pd.Series(rng.normal(size=1_000), index=[f"GENE{n}" for n in range(1_000)])
    query = read_query(values)
    assert set(query.up) == set(values.nlargest(150).index)
    assert set(query.down) == set(values.nsmallest(150).index)
    assert "The 150 largest of" in " ".join(query.assumptions)
    assert len(query.values) == 1_000


@pytest.mark.parametrize(
    "make",
    [
        *(pd.Series, pd.Index, np.array, frozenset, iter),
        lambda genes: pd.Series(genes, dtype="category"),
        lambda genes: pd.Series(genes, dtype="string"),
        lambda genes: pd.Series(genes, index=["x", "y", "z"]),
        lambda genes: np.array(genes, dtype="S"),
        lambda genes: [np.bytes_(gene) for gene in genes],
        lambda genes: dict.fromkeys(genes).keys(),
    ],
)
def test_lists_of_other_kinds(make):
    assert sorted(read_query(make(list(UP))).up) == sorted(UP)
    assert sorted(GeneQuery("q", make(list(UP))).up) == sorted(UP)


@pytest.mark.parametrize(
    "given",
    [
        SERIES[SERIES > 0],
        SERIES.abs().rename("pvalue"),
        SERIES > 0,
        SERIES.reset_index(drop=True),
        SERIES.set_axis([5, 3, 2, 8, 9]),
        pd.RangeIndex(5),
        bytearray(b"FOS"),
        VALUES,
        [True, False],
        [b"\xff"],
        np.array("FOS"),
        np.array([UP]),
        [UP, DOWN],
        SERIES.items(),
        {"A": UP, "B": DOWN},
        {"FOS": 2.0, "JUN": [1]},
        {},
        FRAME[["log2FoldChange"]],
        FRAME[["log2FoldChange"]].iloc[[3, 1]],
        pd.DataFrame(COLUMNS),
        GeneQuery("q", UP),
        None,
    ],
)
def test_what_is_no_list_and_no_table_is_refused(given):
    with pytest.raises(LincsInterpError) as caught:
        read_query(given)
    assert caught.value.remedy


@pytest.mark.parametrize("column", [VALUES, list(map(str, VALUES)), ["up"] * len(VALUES), [1] * len(VALUES)])
def test_the_columns_of_a_table_in_a_dict_are_refused_with_what_to_do(column):
    for genes in ("gene", "symbol"):
        with pytest.raises(LincsInterpError) as caught:
            read_query({genes: GENES, "logFC": column})
        assert caught.value.argument == "up"
        assert "make a DataFrame of it" in caught.value.remedy


@pytest.mark.parametrize("given", [SERIES, SERIES > 0, dict(SERIES), FRAME, TWO.to_records(), VALUES, {"up": UP}])
def test_a_query_takes_lists_only(given):
    with pytest.raises(LincsInterpError):
        GeneQuery("q", given)


def test_letters_of_no_width_and_long_dashes_are_no_part_of_a_name():
    genes = ["FO\u200bS", "\ufeffJUN", "EG\u2060R1\u00a0", "AT\u00adF3", "HLA\u2011A", "NKX2\u22125", "5'-x"]
    for query in (read_query(genes), GeneQuery("q", genes), read_query(genes[0], genes[1:])):
        assert (*query.up, *query.down) == ("FOS", "JUN", "EGR1", "ATF3", "HLA-A", "NKX2-5", "5'-x")
    assert GeneQuery("q", ["FOS"], values={"FO\u200bS": 1}).values.index[0] == "FOS"


def test_a_list_has_no_contrast():
    with pytest.raises(LincsInterpError, match="holds one contrast only"):
        read_query(UP, contrast="B")
