"""Tables of differential expression -> gene lists: which columns, which contrast, which rows, which direction."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._util.errors import argument
from .._util.missing import is_missing
from .._util.text import counted, listed
from ._de_cells import has_both_marks, read_directions, read_flags, read_numbers, some
from ._de_columns import (
    VALUES,
    Table,
    adjusted_p_column,
    direction_column,
    keep_one_group,
    only_column,
    unknown_columns,
    value_column,
)
from ._genes import Choice, Genes
from ._headers import MEASURES, direction_of, role_of
from ._layout import looks_like_symbols

#: Genes a side where no adjusted p-value tells which changed.
WITHOUT_P = 150
_WHOLE = 20  # rows from which on a table without any gene that went down is odd
#: More rows than this share that contradict the others are no slips.
FEW = 0.05


def read_table(table: Table) -> Genes:
    """Read the gene lists of a table with numbers or directions beside the names."""
    keep_one_group(table)
    direction = direction_column(table)
    value, kind = value_column(table, direction)
    if direction is None and value is None:
        unknown = unknown_columns(table)
        if not unknown and not set(table.of(*MEASURES)).intersection(table.numeric):
            return _without_numbers(table)
        value = only_column(table, unknown)
    passed, filtered, by = _filter(table, direction if value is None else value)
    values, sign, how = _signs(table, direction, value, kind, passed)
    table.check_contrast()
    genes = pd.Index(list(table.columns[table.gene]), dtype=object, name="gene")
    named = ~np.array([is_missing(gene) for gene in genes], dtype=bool)
    if unnamed := int((passed & ~named & (True if sign is None else sign != 0)).sum()):
        table.notes.append(f"{counted(unnamed, 'row')} without a gene name left out.")
    passed &= named
    about = f"genes from column {table.called(table.gene)}, {how}, {by}."
    if sign is None:
        return Genes(list(genes[passed]), [], assumptions=(f"Read as a list: {about}", *table.notes))
    filtered |= direction is not None and not sign.all()  # its words left rows out
    most = WITHOUT_P if not filtered and table.choice.max_genes == Choice.max_genes else table.choice.max_genes
    up, down = (genes[_largest(table, passed & (sign == side), values, side, most)] for side in (1, -1))
    both = set(up).intersection(down)
    if len(both) > 2 and 5 * len(both) > min(len(up), len(down)):
        remedy = "give one of them, or put their names in a column of their own"
        table.refuse(f"holds {len(both)} genes as up and as down ({listed(sorted(both), 3)})", remedy)
    kept = None if values is None else _kept(pd.Series(values, index=genes, name="value")[named])
    notes = (f"Read as a table: {about}", *table.notes)
    return Genes(list(up), list(down), kept, sided=True, assumptions=notes)


def _kept(series: pd.Series) -> pd.Series:
    """Return the values of the genes, the first of a repeated one; infinite ones as the largest finite size."""
    series = series[~series.index.duplicated()].dropna()
    sizes = series.abs()[np.isfinite(series)]
    most = float(sizes.max()) if len(sizes) else 1.0
    return series.clip(-most, most)


def _filter(table: Table, value: int | None) -> tuple[np.ndarray, bool, str]:
    """Return which rows enter the lists, whether a filter was applied, and which."""
    place = adjusted_p_column(table, value)
    if place is None:
        for j in table.of("significant"):
            flags = read_flags(table.columns[j])
            if flags is None or not flags.any():
                table.notes.append(f"{table.called(j)} was not used: it does not say yes and no.")
            else:
                return flags, True, f"{table.called(j)} says yes ({counted(int((~flags).sum()), 'row')} left out)"
        empty, nominal = ([table.called(j) for j in table.of(role)] for role in ("adjusted p", "p"))
        why = f"{empty[0]} is empty" if empty else "there is no adjusted p"
        every = np.ones(len(table.rows), dtype=bool)
        return every, False, f"no filter: {why}{f' (nominal {nominal[0]} was not used)' if nominal else ''}"
    limit = table.choice.max_adjusted_p
    passed = _probabilities(table, place) < limit
    if not passed.any():
        problem = f"has no row with {table.called(place)} below {limit:g}"
        remedy = f"raise {argument('max_adjusted_p')}, or give the up and down genes as lists"
        table.refuse(problem, remedy, table.header[place])
    return passed, True, f"{table.called(place)} < {limit:g} ({counted(int((~passed).sum()), 'row')} left out)"


def _probabilities(table: Table, place: int) -> np.ndarray:
    header, cells = table.header[place], table.columns[place]
    numbers, odd = read_numbers(cells, probability=True)
    if table.roles[place].log:
        # Both signs of the logarithm are in use: no probability is above 1.
        numbers = np.power(10.0, -np.abs(numbers))
    elif "%" in header:
        numbers = numbers / 100
    with np.errstate(invalid="ignore"):
        impossible = np.flatnonzero((numbers < 0) | (numbers > 1)).tolist()
    wrong = sorted({*odd, *impossible})
    if 2 * len(wrong) > np.isfinite(numbers).sum() + len(odd):
        remedy = 'give probabilities from 0 to 1, or call the column "-log10(padj)" if it holds that'
        table.refuse(f"holds no probabilities in {table.called(place)} ({table.cells(wrong, place)})", remedy, header)
    if wrong:
        table.notes.append(f"{table.called(place)} is no probability, row left out: {table.cells(wrong, place)}.")
        numbers[wrong] = np.nan
    return numbers


# Which direction -----------------------------------------------------------------------------------------


def _signs(
    table: Table, direction: int | None, value: int | None, kind: str, passed: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None, str]:
    """Return values with a sign, 1, 0 or -1 for each row, and how this was decided; None where there are none."""
    values = None if value is None else _numbers(table, value, kind, "" if direction is not None else ", left out")
    if direction is not None:
        return _by_words(table, direction, value, values)
    if value is not None and values is not None:
        name, below = table.called(value), values < 0
        if kind == "ratio" and not below.any():
            values = _logs(values)
            return values, np.nan_to_num(np.sign(values)), f"logarithm of {name}, up above 1"
        # One number below 0 among many above makes no direction.
        directed = bool(below.any()) and (kind in ("log", "fold") or below.sum() > FEW * (values != 0).sum())
        whole = len(values) >= _WHOLE and np.mean(~passed) > 0.2  # the genes that did not change are in it too
        unread = [j for j in table.of("direction") if some(table.columns[j]) and j not in table.numeric]
        if directed or (kind == "log" and not whole and not unread):
            if zero := int((passed & (values == 0)).sum()):
                table.notes.append(f"{counted(zero, 'row')} with 0 in {name} left out.")
            return values, np.nan_to_num(np.sign(values)), f"sign of {name}"
        if kind == "fold" and table.choice.alone:
            remedy = "give their logarithms, so that genes that went down are negative"
            table.refuse(f"holds fold changes without a sign in {name}", remedy, table.header[value])
    if table.choice.alone:
        numbers = [table.called(j) for j in table.numeric if j != table.gene]
        remedy = "give up and down genes as two lists, or add a column of log fold changes or directions"
        table.refuse(f"holds no direction: hardly a number below 0 in {listed(numbers)}", remedy, numbers)
    return None, None, "no direction in its numbers"


def _logs(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log2(values)


def _numbers(table: Table, value: int, kind: str, lost: str) -> np.ndarray:
    """Return a column of values, and tell of its odd cells and whether their rows are `lost`."""
    cells, name = table.columns[value], table.called(value)
    values, odd = read_numbers(cells)
    low = values < 0
    if kind in ("fold", "ratio") and low.any() and ((values > 0) & (values < 1)).any() and not (values[low] > -1).any():
        # A fold change with a sign is never between -1 and 1, and one without is never below 0.
        where = table.cells(np.flatnonzero(low).tolist(), value)
        problem = f"mixes ratios below 1 and negative fold changes in {name} ({where})"
        table.refuse(problem, "give log fold changes", table.header[value])
    if odd:
        table.notes.append(f"{name} is no number in {counted(len(odd), 'row')}{lost}: {table.cells(odd, value)}.")
    if blank := sorted({*np.flatnonzero(np.isnan(values)).tolist()} - {*odd}):
        genes = listed((table.rows[i][table.gene] for i in blank), 3)
        table.notes.append(f"{counted(len(blank), 'row')} without a number in {name}{lost}: {genes}.")
    if mixed := has_both_marks(cells):
        table.notes.append(f"{name} mixes decimal points and commas: {listed(mixed, 3)} read as decimals.")
    if infinite := int(np.isinf(values).sum()):
        table.notes.append(f"{counted(infinite, 'infinite value')} in {name}: as large as the largest finite one.")
    return values


def _by_words(
    table: Table, direction: int, value: int | None, values: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray, str]:
    cells, name = table.columns[direction], table.called(direction)
    sign, odd = read_directions(table.header[direction], cells)
    if odd:
        where = table.cells(odd, direction)
        table.notes.append(f"{name} is neither up nor down in {counted(len(odd), 'row')}, left out: {where}.")
    besides = {role_of(cell).contrast for cell in set(cells) if direction_of(cell) is None} - {""}
    if len(besides) > 1 and len(set(sign[sign != 0].tolist())) == 1:  # up in A, up in B
        table.refuse(f"holds one direction in {name} ({listed(sorted(besides))})", "write up or down there")
    how = f"direction from column {name}"
    if value is None or values is None:
        return None, sign, how
    if not (values < 0).any():
        if table.roles[value].name == "signed":  # a score, which need not grow with the change
            return None, sign, how
        if table.roles[value].name in ("fold", "ratio") and (values < 1).any():
            values = _logs(values)
        return np.where(sign != 0, np.abs(values) * sign, np.nan), sign, f"{how}, size from {table.called(value)}"
    against = np.flatnonzero(values * sign < 0)
    if len(against) > max(1, FEW * np.count_nonzero(sign)):
        problem = f"holds directions in {name} against the signs of {table.called(value)}"
        remedy = "keep the one of the two columns that you mean"
        table.refuse(f"{problem} ({table.cells(against.tolist(), direction)})", remedy, table.header[direction])
    if len(against):
        where = table.cells(against.tolist(), direction)
        table.notes.append(f"{name} contradicts {table.called(value)} in {len(against)} rows, left out: {where}.")
        sign[against] = 0
    return values, sign, f"{how}, size from {table.called(value)}"


def _largest(table: Table, side: np.ndarray, values: np.ndarray | None, sign: int, most: int) -> np.ndarray:
    """Return the places of a side's genes, the largest only where there are too many, in the order of the table."""
    places, word = np.flatnonzero(side), "up" if sign > 0 else "down"
    if len(places) <= most:
        return places
    if values is None:
        table.notes.append(f"There is no size to sort by: all {len(places):,} {word} genes were kept.")
        return places
    table.notes.append(f"The {most:,} largest of {len(places):,} {word} genes were kept.")
    order = np.argsort(-np.nan_to_num(np.abs(values[places]), posinf=np.inf), kind="stable")
    return np.sort(places[order[:most]])


def _without_numbers(table: Table) -> Genes:
    """Read a table that only describes its genes."""
    if unread := table.of("direction", *VALUES):
        cells = listed(some(table.columns[unread[0]]), 3) or "it is empty"
        table.refuse(f"holds no direction in {table.called(unread[0])} ({cells})", "write numbers or up and down there")
    texts = [j for j, cells in enumerate(table.columns) if some(cells) and j not in table.numeric]
    texts = [j for j in texts if looks_like_symbols(some(table.columns[j]))] or texts
    if table.roles[table.gene].name != "gene" and len(texts) > 1:
        headed = any(table.header)
        names = [table.header[j] if headed else table.columns[j][0] for j in texts]
        remedy = ", or put a header such as up and down above them, or give one gene a line"
        table.gene = texts[table.pick(f"{len(texts)} columns of names", names, remedy)]
        if not headed:
            table.rows = table.rows[1:]
    table.check_contrast()
    about = f"Read as a list: genes from column {table.called(table.gene)}."
    return Genes([row[table.gene] for row in table.rows], [], assumptions=(about, *table.notes))
