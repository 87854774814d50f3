"""The sample that ships with the package: a simulated Gene Rank Matrix whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .._util.errors import LincsInterpError, wrong
from .._util.html import Html, card, escaped, table_html
from .._util.text import counted, listed, shown
from ..core.query import GeneQuery
from ..core.ranks import RankMatrix

#: The sentence that is shown with the sample's matrices.
SIMULATED = "Simulated sample: the gene symbols are real, the perturbagens and all values are made up."

_PACKAGE = Path(__file__).resolve().parent.parent
# A wheel has the folder inside the package; in a checkout it is beside the package.
_FOLDERS = (_PACKAGE / "data" / "sample", _PACKAGE.parent / "data" / "sample")


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """A simulated download, and what was planted in it.

    Attributes
    ----------
    ranks : RankMatrix
        78 signatures of 4,000 genes, with their metadata.
    query : GeneQuery
        Up and down genes of a simulated experiment as a person would hand them in, slips included, and its
        log2 fold changes.
    coefficients : DataFrame (genes x 12 signatures)
        Characteristic Direction-like coefficients (length 1, positive = up) of a dozen of the signatures.
    truth : DataFrame, one row per signature of ``ranks``
        ``planted`` (what kind of signature it is), ``strength`` (how far the query's mechanism was pushed, in
        standard deviations of the noise; negative = against the query, 0 = not at all) and ``detail``.
    background : RankMatrix
        200 unselected signatures of the same genes, made without regard to the query.
    """

    ranks: RankMatrix
    query: GeneQuery
    coefficients: pd.DataFrame
    truth: pd.DataFrame
    background: RankMatrix

    def __repr__(self) -> str:
        return f"Sample(simulated: {self.ranks!r}, {self.query!r}, background {self.background!r})"

    def _repr_html_(self) -> str:
        shape = self.coefficients.shape
        parts = [
            ("ranks", f"{self.ranks!r}"),
            ("query", f"{self.query!r}"),
            (
                "coefficients",
                f"what the ranks of {counted(shape[1], 'signature')} came from, {shape[0]:,} genes; + = up",
            ),
            ("truth", f"what was planted in each of {counted(len(self.truth), 'signature')}"),
            ("background", f"{self.background!r}, made without regard to the query"),
        ]
        rows = [[Html(f"<code>.{name}</code>"), escaped(text, 200)] for name, text in parts]
        return card(SIMULATED, table_html(rows, ["part", "what it is"], caption="The parts of the sample."))


def load_sample() -> Sample:
    """Load the simulated sample: a rank matrix, a query, and the truth to compare an analysis with.

    Returns
    -------
    Sample
        ``ranks``, ``query``, ``coefficients``, ``truth`` and ``background``. Each call reads the files again,
        so nothing done to one sample shows in the next.

    Raises
    ------
    LincsInterpError
        If the files did not come with the installation.

    Notes
    -----
    Real human gene symbols, simulated values and invented perturbagens: nothing in it is evidence about a
    real drug or gene. ``README.md`` in ``sample_path()`` describes how it was made and what was planted.

    Examples
    --------
    >>> sample = load_sample()
    >>> sample.ranks
    RankMatrix(4,000 genes x 78 signatures, N = 4,000)
    >>> sample.truth.loc["SIM001_A549_24H_A03_mimetasone_10uM", "planted"]
    'strong mimicker'
    """
    values = _table("query_values.tsv")["log2_fold_change"]
    query = GeneQuery("simulated steroid response", up=_lines("up.txt"), down=_lines("down.txt"), values=values)
    return Sample(
        ranks=_matrix("ranks.tsv", "signatures.tsv"),
        query=query,
        coefficients=_table("coefficients.tsv.gz").rename_axis("gene").rename_axis("signature", axis=1),
        truth=_table("truth.tsv"),
        background=_matrix("background.tsv.gz", "background_signatures.tsv"),
    )


def sample_path(name: str = "") -> Path:
    """Return the path of one of the sample's files, such as ``"ranks.tsv"``, or of its folder."""
    folder = next((folder for folder in _FOLDERS if (folder / "ranks.tsv").is_file()), None)
    if folder is None:
        raise LincsInterpError(
            "the sample's files did not come with this installation of lincs_interp",
            remedy="install it again from a wheel or a complete checkout",
        )
    files = sorted(path.name for path in folder.iterdir() if path.is_file())
    if name and name not in files:
        raise wrong("name", name, f"is {shown(name)!r}", f"the sample holds {listed(files, 20)}")
    return folder / name


def _table(name: str) -> pd.DataFrame:
    # A symbol or an id is text, whatever it looks like; only numbers may be missing, and none is.
    return pd.read_csv(sample_path(name), sep="\t", index_col=0, keep_default_na=False)


def _lines(name: str) -> list[str]:
    return sample_path(name).read_text(encoding="utf-8").splitlines()


def _matrix(ranks: str, signatures: str) -> RankMatrix:
    return RankMatrix.from_frame(_table(ranks), signatures=_table(signatures))._noting(SIMULATED)
