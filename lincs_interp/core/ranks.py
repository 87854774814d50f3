"""RankMatrix, the one data structure of the package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from .._util.errors import instance_of, one_of, wrong
from .._util.html import Html, card, escaped, list_html, paragraph, table_html
from .._util.text import counted, kind, listed, number, shown
from ._rank_checks import check_ranks
from ._rank_ties import complete_rankings
from ._ties import MOST_TIED, ScoringRanks, about_ties, on_mid_ranks, tie_shares
from .conditions import rows_where
from .signature_ids import about_doses, about_ids, add_metadata, describe_signatures, signature_label

#: Which end rank 1 may be in a table; here it is always the first.
RANK_ONE = ("down", "up")

# A corner of the matrix shows how it is made up; it is no place to read a result from.
GENES_SHOWN, SIGNATURES_SHOWN, ASSUMPTIONS_SHOWN = 5, 3, 6


@dataclass(frozen=True, eq=False, repr=False)
class RankMatrix:
    """Gene ranks of many signatures on one fixed scale: 1 = pushed down hardest, N = pushed up hardest.

    Make one with :meth:`from_frame`, :func:`read_ranks` or :func:`rank_coefficients`: they validate the direction, N
    and missing values on construction. ``np.asarray(ranks)`` gives the ranks.

    Attributes
    ----------
    frame : DataFrame (genes x signatures)
        Ranks from 1 = most down to ``n_genes`` = most up. Integers, or float64 with NaN where ranks are missing.
    n_genes : int
        N, how many genes each signature ranks. The table may hold fewer of them.
    n_ranked : Series (one integer per signature)
        The signature's own N: below ``n_genes`` where it ranks fewer genes, 0 where it has no order at all.
    tie_shares : array (2 x signatures)
        0-1, the share of the genes that share their rank with others, and the share of the genes in the longest tie.
    signatures : DataFrame, one row per signature
        ``pert_name``, ``pert_dose``, ``dose_um`` (micromolar), ``cell_line``, ``pert_time``, ``time_h`` (hours),
        ``plate``, ``well``, ``pert_type`` and any further metadata; empty text or NaN where unknown.
    assumptions : tuple of str
        What was detected or assumed, in sentences.
    """

    frame: pd.DataFrame
    n_genes: int
    n_ranked: pd.Series
    signatures: pd.DataFrame
    assumptions: tuple[str, ...]

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        rank_one: str = "down",
        n_genes: int | None = None,
        signatures: pd.DataFrame | Mapping[str, Mapping[str, Any]] | None = None,
    ) -> RankMatrix:
        """Check a table of ranks and fix its scale.

        Parameters
        ----------
        frame : DataFrame (genes x signatures)
            Whole numbers counted from 1 or 0; missing ranks are NaN. A few other numbers (at most 2 % of a signature)
            become missing and are named in ``.assumptions``. A table with signatures as rows is recognised and turned.
            Of a gene in several rows the first is kept, and N still counts every row.
        rank_one : "down" or "up"
            Which end rank 1 is in ``frame``. "up" turns the ranks round: ``N + 1 - rank``.
        n_genes : int, optional
            How many genes were ranked. Needed only if ``frame`` holds some of them.
        signatures : DataFrame or mapping (signature id to its facts), optional
            Metadata; it overrides what is read from the ids.

        Raises
        ------
        LincsInterpError
            If the numbers are no ranks (coefficients, percentiles, text), if N cannot be known, or if ranks
            contradict each other.

        Examples
        --------
        >>> table = pd.DataFrame({"S1": [3, 1, 2], "S2": [1, 2, 3]}, index=["MYC", "TP53", "EGFR"])
        >>> RankMatrix.from_frame(table).n_genes
        3
        """
        return cls._of_own_frame(frame, rank_one, n_genes, signatures, own=False)

    @classmethod
    def _of_own_frame(
        cls, frame: pd.DataFrame, rank_one: str, n_genes: int | None, signatures: Any, *, own: bool = True
    ) -> RankMatrix:
        """Do the same with a frame that nobody else holds: its numbers are kept without a copy, and may change."""
        one_of("rank_one", rank_one, RANK_ONE)
        checked, total, n_ranked, ties, notes = check_ranks(frame, rank_one=rank_one, n_genes=n_genes, own=own)
        described = describe_signatures(checked.columns, signatures)
        notes += (*about_ids(described), *about_doses(described))
        matrix = cls(checked, total, n_ranked, described, notes)
        vars(matrix)["tie_shares"] = ties
        return matrix

    @property
    def genes(self) -> pd.Index:
        """Gene names, in row order."""
        return self.frame.index

    @property
    def shape(self) -> tuple[int, int]:
        """(genes in the table, signatures)."""
        return self.frame.shape

    @property
    def values(self) -> np.ndarray:
        """The ranks as an array (genes x signatures), without a copy."""
        return self.frame.to_numpy()

    @cached_property
    def _complete(self) -> np.ndarray:
        """Whether each rank from 1 to ``n_ranked`` is in the table exactly once, per signature."""
        return complete_rankings(self.values, self.n_ranked.to_numpy())

    @cached_property
    def tie_shares(self) -> np.ndarray:
        """See Attributes; known from construction."""
        return tie_shares(self.values, self._complete)

    @property
    def about_ties(self) -> str:
        """What a reader has to know where a tie holds more than 1 % of the genes, in sentences; "" where none does."""
        return about_ties(self.tie_shares[1])

    @property
    def _scoring(self) -> ScoringRanks:
        """What scores and percentiles take: the ranks, without a copy, or mid-ranks where more than 1 % are tied."""
        return self._mid_ranks or ScoringRanks(self.values)

    @cached_property
    def _mid_ranks(self) -> ScoringRanks | None:
        many = self.tie_shares[0] > MOST_TIED
        return on_mid_ranks(self.values, self.n_ranked.to_numpy(), many) if many.any() else None

    @cached_property
    def _common_n(self) -> int | np.ndarray:
        """``n_ranked`` as one number if all signatures rank as many genes, which spares passes; else as an array."""
        n = self.n_ranked.to_numpy()
        return int(n[0]) if len(n) and (n == n[0]).all() else n

    @cached_property
    def _kept(self) -> dict[str, Any]:
        """What other packages computed from the genes and keep with the matrix, by name: the look-up of symbols."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave what is kept behind: another process makes it anew."""
        return {name: value for name, value in vars(self).items() if name != "_kept"}

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the ranks (genes x signatures) for ``np.asarray(ranks)``."""
        if copy is None:  # a copy only if it is needed; NumPy 1 has no word for it, and does not ask
            return np.asarray(self.values, dtype=dtype)
        return np.array(self.values, dtype=dtype, copy=copy)

    def _with(self, **changes: Any) -> RankMatrix:
        """Return the same genes with other facts; what was kept for them stays."""
        changed = replace(self, **changes)
        vars(changed)["_kept"] = self._kept
        vars(changed).update({name: vars(self)[name] for name in ("tie_shares", "_mid_ranks") if name in vars(self)})
        return changed

    def _part(self, rows: Any, columns: Any, **changes: Any) -> RankMatrix:
        """Return some genes and signatures with other facts; ties with the genes left out still count."""
        part = replace(self, **changes)
        vars(part)["tie_shares"] = self.tie_shares[:, columns]
        if self._mid_ranks:
            vars(part)["_mid_ranks"] = self._mid_ranks.part(rows, columns)
        return part

    def percentiles(self) -> pd.DataFrame:
        """Return the ranks as percentiles 0-100 (0 = most down, 100 = most up): see :func:`to_percentile`."""
        values = mid_rank_percentile(self._scoring.values, np.where(self.n_ranked > 0, self.n_ranked, np.nan))
        return pd.DataFrame(values, index=self.frame.index, columns=self.frame.columns, copy=False)

    def select(self, genes: Iterable[str] | None = None, signatures: Iterable[str] | str | None = None) -> RankMatrix:
        """Return the part with these genes and signatures; N and the scale stay as they are.

        Parameters
        ----------
        genes : iterable of str, optional
            Names as the matrix spells them, in the order wanted.
        signatures : iterable of str, or one text, optional
            Ids in the order wanted; one text is an id, or a condition on the columns of ``.signatures`` such as
            ``'cell_line == "MCF7" and time_h >= 24'``.

        Raises
        ------
        LincsInterpError
            If a name is not in the matrix, the condition cannot be read, or nothing is left; also if no signature at
            all has a text that the condition names.

        Notes
        -----
        A condition has columns (in backticks where the name is no single word, or ``signature`` for the id), text in
        quotes, numbers, True and False; ``== != < <= > >=``, ``in ["a", "b"]``, ``not in``, ``and``, ``or``, ``not``,
        brackets; ``contains(pert_name, "stat")``, ``startswith``, ``endswith`` and ``missing(dose_um)``. Upper and
        lower case differ. Nothing else is understood, and no condition is run as Python. A comparison with a missing
        value is neither true nor false, so ``!=``, ``not in`` and ``not`` do not choose its signature either.
        """
        rows = slice(None) if genes is None else _positions("genes", self.genes, genes)
        columns: Any = slice(None)
        if signatures is not None:
            if isinstance(signatures, str) and signatures not in self.frame.columns:
                otherwise = "neither an id nor a condition"
                signatures = self.frame.columns[rows_where("signatures", signatures, self.signatures, otherwise)]
            columns = _positions("signatures", self.frame.columns, signatures)
        part = self.frame.iloc[rows, columns]
        # Row after row in memory, as a score reads it; a selection of columns leaves it the other way round.
        values = np.array(part.to_numpy(), order="C", copy=True)
        frame = pd.DataFrame(values, index=part.index, columns=part.columns, copy=False)
        note = f"A selection: {frame.shape[0]:,} of {counted(self.shape[0], 'gene')} and {frame.shape[1]:,} of"
        return self._part(
            rows,
            columns,
            frame=frame,
            n_ranked=self.n_ranked.iloc[columns],
            signatures=self.signatures.iloc[columns],
            assumptions=(*self.assumptions, f"{note} {counted(self.shape[1], 'signature')}."),
        )

    def rename(self, genes: Mapping[str, str] | None = None, signatures: Mapping[str, str] | None = None) -> RankMatrix:
        """Return the same ranks under other names (UUIDs to symbols, say); names without an entry stay.

        New signature ids are parsed again for perturbagen, dose, cell line and time; metadata given before stay. Of
        genes that end up with one name the first row stays, and a sentence in ``.assumptions`` names them.
        """
        names: dict[str, dict[str, Any]] = {}
        for which, mapping in (("genes", genes), ("signatures", signatures)):
            if mapping is not None and not isinstance(mapping, Mapping | pd.Series):
                raise wrong(which, mapping, f"is {kind(mapping)}", "pass a dict of old name to new name")
            names[which] = {str(old): new for old, new in dict(() if mapping is None else mapping).items()}
            for old, new in names[which].items():
                if not isinstance(new, str) or not new.strip():
                    problem = f"gives {shown(old, 40)} the name {shown(repr(new), 30)}"
                    raise wrong(which, new, problem, "give each a text, or leave it out")
        frame = self.frame.rename(index=names["genes"], columns=names["signatures"])
        if not frame.columns.is_unique:
            problem = f"gives one name to several columns ({listed(frame.columns[frame.columns.duplicated()])})"
            raise wrong("signatures", signatures, problem, "use distinct ids")
        twice = frame.index.duplicated()
        notes = self.assumptions
        if twice.any():
            lost = frame.index[twice].unique()
            several = f"{counted(len(lost), 'gene')} in several rows after renaming ({listed(lost)})"
            notes += (f"{several}: the first row is kept.",)
            frame = frame.loc[~twice]
        frame.index.name, frame.columns.name = "gene", "signature"
        # What was read from an old id is not known of the new one.
        read = describe_signatures(self.signatures.index)
        given = self.signatures.mask(self.signatures.eq(read.reindex(columns=self.signatures.columns)))
        return self._part(
            ~twice,
            slice(None),
            frame=frame,
            n_ranked=self.n_ranked.set_axis(frame.columns),
            signatures=describe_signatures(frame.columns, given.set_axis(frame.columns)),
            assumptions=notes,
        )

    def with_metadata(self, signatures: pd.DataFrame | Mapping[str, Mapping[str, Any]]) -> RankMatrix:
        """Return the same matrix with metadata of its signatures, which override what was known of them.

        Parameters
        ----------
        signatures : DataFrame or mapping (signature id to its facts)
            One row per signature, with the ids as the index or in a column named local_id, persistent_id, id, uuid or
            signature; for more or fewer signatures than the matrix has.

        Raises
        ------
        LincsInterpError
            If it is no table, or describes none of the signatures.

        Examples
        --------
        >>> table = pd.DataFrame({"S1": [1, 2], "S2": [2, 1]}, index=["MYC", "TP53"])
        >>> ranks = RankMatrix.from_frame(table).with_metadata({"S2": {"pert_name": "vorinostat", "tissue": "breast"}})
        >>> ranks.signatures["pert_name"].tolist(), ranks.signatures["tissue"].tolist()[1]
        (['', 'vorinostat'], 'breast')
        """
        described = add_metadata(self.signatures, signatures)
        for name, cells in described.items():
            if cells.dtype.kind == "O":
                described[name] = cells.astype(object).fillna("").infer_objects()
        notes = tuple(note for note in about_doses(described) if note not in self.assumptions)
        return self._with(signatures=described, assumptions=self.assumptions + notes)

    def _noting(self, *sentences: str) -> RankMatrix:
        """Return the same matrix with further sentences in front of its assumptions."""
        return self._with(assumptions=(*sentences, *self.assumptions))

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"RankMatrix({counted(rows, 'gene')} x {counted(columns, 'signature')}, N = {self.n_genes:,})"

    def _repr_html_(self) -> str:
        (rows, columns), n = self.shape, f"{self.n_genes:,}"
        corner = self.frame.iloc[:GENES_SHOWN, :SIGNATURES_SHOWN]
        heads: list[str | tuple[str, str]] = ["gene"]
        described = self.signatures.iloc[:SIGNATURES_SHOWN].iterrows()
        heads += [(escaped(name, 30), _in_words(str(name), facts)) for name, facts in described]
        body: list[Any] = [
            [escaped(gene, 24), *("missing" if np.isnan(rank) else number(rank) for rank in ranks)]
            for gene, ranks in zip(corner.index, corner.to_numpy(dtype=float), strict=True)
        ]
        if columns > SIGNATURES_SHOWN:
            heads.append(f"… {counted(columns - SIGNATURES_SHOWN, 'further signature')}")
            body = [[*line, "…"] for line in body]
        if rows > GENES_SHOWN:
            body.append(f"… {counted(rows - GENES_SHOWN, 'further gene')}")
        more = len(self.assumptions) - ASSUMPTIONS_SHOWN
        return card(
            f"Gene rank matrix: {counted(rows, 'gene')} × {counted(columns, 'signature')},"
            f" N = {n} (1 = most down … {n} = most up)",
            self.about_ties,
            _counts(self.signatures),
            table_html(
                body,
                heads,
                caption="Ranks: an order within each signature, no size. The first genes and signatures.",
                numeric=range(1, len(heads)),
            ),
            list_html(
                [*self.assumptions[:ASSUMPTIONS_SHOWN], *([f"… {more:,} more: .assumptions"] if more > 0 else [])]
            ),
            paragraph(
                Html("Metadata of the signatures: <code>.signatures</code>; ranks: <code>.frame</code>."), faint=True
            ),
        )


def _in_words(signature: str, facts: pd.Series) -> str:
    """Return what a signature is of, where its id does not show it; empty where nothing is known."""
    name = str(facts.get("pert_name") or "")
    return signature_label(signature, facts) if name and name not in signature else ""


def _counts(signatures: pd.DataFrame) -> str:
    """Count perturbagens, cell lines and times, as far as they are known."""
    found = []
    for name, noun in (("pert_name", "perturbagen"), ("cell_line", "cell line"), ("pert_time", "time")):
        distinct = [value for value in signatures.get(name, pd.Series(dtype=object)).dropna().unique() if value != ""]
        if distinct:
            few = f" ({listed(distinct, 6)})" if len(distinct) <= 6 else ""
            found.append(f"{counted(len(distinct), noun)}{few}")
    return (
        f"{'; '.join(found)}." if found else "What the signatures are of is not known: give metadata (with_metadata)."
    )


def check_matrix(ranks: object) -> None:
    """Raise unless this is a RankMatrix; the sentence says how to make one."""
    instance_of("ranks", ranks, RankMatrix, "make one with read_ranks(path) or RankMatrix.from_frame(frame)")


def _positions(argument: str, labels: pd.Index, wanted: Iterable[str]) -> np.ndarray:
    if isinstance(wanted, str):
        wanted = [wanted]
    try:
        names = list(dict.fromkeys(wanted))
    except TypeError:
        raise wrong(argument, wanted, f"is {kind(wanted)}", "pass a list of names") from None
    positions = labels.get_indexer(pd.Index(names, dtype=object))
    if (positions < 0).any():
        absent = [name for name, position in zip(names, positions, strict=True) if position < 0]
        raise wrong(argument, wanted, f"names {listed(absent)}, which the matrix does not hold", "check the spelling")
    if not names:
        raise wrong(argument, wanted, "is empty", "name at least one")
    return positions


def mid_rank_percentile(ranks: Any, n_ranked: Any) -> Any:
    """Return the formula of :func:`to_percentile`, on numbers or arrays; nothing is checked."""
    return (ranks - 0.5) * (100 / n_ranked)


def percentiles_of(ranks: RankMatrix, gene: str) -> np.ndarray:
    """Return one gene in all signatures of a matrix, 0 = most down, 100 = most up; NaN where it has no rank."""
    n = ranks.n_ranked.to_numpy()
    return mid_rank_percentile(ranks._scoring.values[ranks.genes.get_loc(gene)], np.where(n > 0, n, np.nan))
