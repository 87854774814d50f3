"""Gene sets -> gene lists: GMT and GMX, a name, a description and genes for each set."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from .._util.errors import argument
from .._util.missing import is_missing
from .._util.text import counted, listed, shown
from ._cells import is_number
from ._de_columns import no_contrast
from ._genes import Choice, Genes, Pasted
from ._headers import letters, side_of
from ._open import Source

_BETWEEN = string.whitespace + "\xa0_.-:|"
_SIDE = re.compile(r"[\s_.\-:|](up|down|dn)", re.IGNORECASE)
_DOWNS = ("down", "downgenes", "downregulated")
_WEIGHT = re.compile(r",[\d.eE+-]+$")
_KINDS = {
    "number": "[0-9]+",
    "Ensembl": r"ENS\w*[0-9.]+",
    "symbol": "[A-Z][A-Z0-9-]{1,11}|C[0-9XY]+orf[0-9]+",
    "mouse": "[A-Z][a-z]{1,8}[0-9]*[a-z]?[0-9]*",
}


def side_of_name(name: str) -> tuple[str, str]:
    """Return a name without its side, and the side: "up", "down" or ""."""
    name = name.strip()
    for length in (3, 5):  # a mark and up or dn, a mark and down
        if len(name) >= length and _SIDE.fullmatch(name[-length:]):
            return name[:-length].rstrip(_BETWEEN), "up" if name[-2:].lower() == "up" else "down"
    return name, ""


def is_gmt(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the rows are sets of genes: a name with a side, a description, genes."""
    # The description may be any text if both sides occur; one side alone could be a table, unless it is empty.
    if not rows or any(len(row) < 3 or not side_of_name(row[0])[1] for row in rows):
        return False
    sides = {side_of_name(row[0])[1] for row in rows}
    return len(sides) == 2 or all(row[1].lower() in ("", "na", "-") for row in rows)


def check_no_sets(rows: Sequence[Sequence[str]], source: Source | Pasted) -> None:
    """Refuse rows of uneven width of which some only begin as gene sets do: a name is damaged, or a line was cut."""
    sides = [side_of_name(row[0])[1] if len(row) > 2 else "" for row in rows]
    if {"up", "down"} <= set(sides) and len({len([cell for cell in row if cell]) for row in rows}) > 1:
        odd = next(row for row, side in zip(rows, sides, strict=True) if not side)
        if not any(map(is_number, (cell for row in rows[:9] for cell in row))):
            problem = f"holds gene sets, but one without up or down in its name ({listed(odd, 3)})"
            raise source.error(problem, "correct the names, or the line breaks", odd)


def is_slip(word: str) -> bool:
    """Return whether a text says "down" but for one letter or for figures."""
    from rapidfuzz.distance import Levenshtein

    plain = re.sub("[0-9]", "", letters(word))
    return any(
        Levenshtein.distance(plain, down, score_cutoff=1) <= 1 for down in ("down", "downgenes", "downregulated")
    )


def from_gmt(rows: Sequence[Sequence[str]], source: Source | Pasted, choice: Choice) -> Genes:
    """Read one gene set, or the two of one name."""
    # Some tools write a weight behind each gene: "MYC,1.0".
    rows = [[row[0], *(_WEIGHT.sub("", cell) for cell in row[1:])] for row in rows]
    start = 1 if _lacks_descriptions(rows) else 2
    pairs: dict[tuple[str, bool], dict[str, list[str]]] = {}
    seconds: dict[tuple[str, bool], list[str]] = {}
    for row in rows:
        base, side = side_of_name(row[0])
        pairs.setdefault((base, bool(side)), {}).setdefault(side, []).extend(filter(None, row[start:]))
        seconds.setdefault((base, bool(side)), []).extend(cell for cell in row[1:2] if cell)
    if joined := [cell for row in rows for cell in row[2:] if side_of_name(cell)[1]]:
        problem = f"holds the name of a set among the genes of another ({listed(joined, 2)})"
        raise source.error(problem, "put each set on a line of its own", joined)
    names, wanted = [base for base, _ in pairs], choice.contrast or choice.name
    if wanted is not None and (len(pairs) > 1 or choice.contrast):
        keys = (wanted.lower(), side_of_name(wanted)[0].lower())
        chosen = {key: sides for key, sides in pairs.items() if key[0].lower() in keys}
        if choice.contrast and not chosen and len(pairs) == 1:
            no_contrast(source, choice)
        pairs = chosen or pairs
    if len(pairs) != 1:
        problem = f"holds {counted(len(pairs), 'gene set')} ({listed(base for base, _ in pairs)})"
        raise source.error(problem, f"say which one to read with {argument('name')}", choice.name)
    ((base, sided), sides), second = next(iter(pairs.items())), seconds[next(iter(pairs))]
    of = f" of {len(names):,}" if len(names) > 1 else ""
    note = f'Read as a gene set: "{shown(base)}"{of}'
    if start == 1:
        note += f", without descriptions (the second column, {listed(second, 2)}, holds genes)"
    elif second:
        note += f" (the second column, {listed(dict.fromkeys(second), 2)}, is its description)"
    up, down = sides.get("up", sides.get("", [])), sides.get("down", [])
    return Genes(up, down, label=base, sided=sided, assumptions=(f"{note}.",))


def from_lines(rows: Sequence[Sequence[str]]) -> Genes | None:
    """Read lists that begin with their side, in one line or several: "Up: FOS, JUN" and "Down: CDK1"."""
    pair = len(rows) == 2 and all(side_of(row[0]) for row in rows)
    sides: dict[str, list[str]] = {}
    genes: list[str] = []
    heads = []
    for n, row in enumerate(rows):
        head, colon, rest = row[0].partition(":")
        if (colon or pair) and (side := side_of(head)) and side not in sides:
            genes = sides.setdefault(side, [])
            heads.append(f'"{shown(head, 30)}"')
            row = [rest, *row[1:]]
        elif not n or len(rows) > 200:
            return None
        genes += [piece for cell in row for piece in re.split(r"[\s,;]+", cell) if piece]
    every = [gene for side in sides.values() for gene in side]
    if len(sides) < 2 and any(map(is_slip, every)):
        return None
    if any(gene.endswith(":") or (is_number(gene) and not gene.isdigit()) for gene in every):
        return None
    if not all(sides.values()) or not (pair or any(len(row) > 1 or " " in row[0] for row in rows)):
        return None
    note = f"Read {'as two lists, ' if len(heads) > 1 else ''}behind {' and '.join(heads)}."
    return Genes(sides.get("up", []), sides.get("down", []), sided=True, assumptions=(note,)) if sides else None


def _lacks_descriptions(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether nearly all second cells are names like those of the genes, and others in each set."""
    # A gene that is lost is silent, while a word taken for a gene is reported as not found.
    second = [row[1] for row in rows if len(row) > 1]
    kinds = Counter(kind_of_name(cell) for row in rows[:200] for cell in row[2:200] if cell).most_common(1)
    if not kinds:  # sets of one gene
        return bool(second) and all(map(kind_of_name, second))
    if not kinds[0][0] or (len(second) > 1 and 2 * len(set(second)) <= len(second)):
        return False
    alike = [
        kind_of_name(row[1]) == kinds[0][0] and row[1] not in row[2:] and letters(row[1]) not in letters(row[0])
        for row in rows
        if len(row) > 1
    ]
    return 10 * sum(alike) >= 9 * len(alike)


def kind_of_name(name: str) -> str:
    """Return what sort of gene name it could be, "" if none."""
    return "" if is_missing(name) else next((kind for kind, way in _KINDS.items() if re.fullmatch(way, name)), "")
