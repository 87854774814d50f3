"""Every error names argument, value and remedy; all its sentences stand in one file, which a reviewer reads as a diff.

``LINCS_INTERP_WRITE_SENTENCES=1 pytest tests/test_error_sentences.py`` writes ``answers/error_sentences.txt`` again.
"""

from __future__ import annotations

import ast
from pathlib import Path

import lincs_interp

PACKAGE = Path(lincs_interp.__file__).parent


def calls_of_the_error() -> list[tuple[str, ast.Call]]:
    """Every ``LincsInterpError(...)`` of the package, with the place of it."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "LincsInterpError":
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", node))
    return found


def without(*keywords: str) -> dict[str, list[str]]:
    """The places whose call lacks one of the keywords."""
    lacking = {}
    for place, call in calls_of_the_error():
        absent = sorted(set(keywords) - {keyword.arg for keyword in call.keywords})
        if absent and not any(keyword.arg is None for keyword in call.keywords):
            lacking[place] = absent
    return lacking


if __name__ == "__main__":
    found = without("argument", "remedy")
    for place, absent in found.items():
        print(place, *absent)
    print(len(found), "of", len(calls_of_the_error()))
