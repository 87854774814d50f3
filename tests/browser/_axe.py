"""The accessibility scan: axe-core, which npm brings in the version that package-lock.json names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

TREE = Path(__file__).parents[2]
SCRIPT = Path("node_modules", "axe-core", "axe.min.js")

# "minor" and "moderate" are left to taste: among them is best practice that a part of a page cannot follow, such as
# that a page has one main landmark.
GRAVE = ("serious", "critical")

# The body of JupyterLab has no height, so that axe takes all of it for clipped, and measures no contrast.
SCAN = """async ([inside, without]) => {
    const overflow = document.body.style.overflow;
    document.body.style.overflow = "visible";
    const found = await axe.run({include: inside, exclude: without}, {resultTypes: ["violations", "passes"]});
    document.body.style.overflow = overflow;
    const measured = [...found.violations, ...found.passes].filter(one => one.id === "color-contrast")
        .flatMap(one => one.nodes).filter(node => node.any.some(check => check.data?.contrastRatio));
    return {measured: measured.length, violations: found.violations.map(one => ({
        id: one.id, impact: one.impact, help: one.help,
        nodes: one.nodes.map(node => `${node.target.join(" ")}: ${node.html.slice(0, 200)}`),
    }))};
}"""

# So high that nothing of an explorer is scrolled out of sight, where contrast is not measured.
HEIGHT = 4_000


def axe_script(cache: Path) -> Path:
    """The path of axe.min.js: of the tree if `npm ci` was run there, else installed into `cache`.

    Raises
    ------
    LookupError
        If neither is possible; the text says why.
    """
    for folder in (TREE, cache):
        if (folder / SCRIPT).is_file() and version(folder) == version(TREE, locked=True):
            return folder / SCRIPT
    npm = shutil.which("npm")
    if npm is None:
        raise LookupError("axe-core is not installed, and there is no npm to install it")
    cache.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TREE / name, cache / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise LookupError(f"npm could not install axe-core: {done.stderr.strip()[-500:]}")
    return cache / SCRIPT


def version(folder: Path, *, locked: bool = False) -> str:
    """The version of axe-core that is installed in a folder, or that the lock file beside it names."""
    import json

    if locked:
        packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        return packages["node_modules/axe-core"]["version"]
    return json.loads((folder / SCRIPT.parent / "package.json").read_text(encoding="utf-8"))["version"]


def grave_findings(page: Any, script: Path, inside: str = "body", *, without: tuple[str, ...] = ()) -> list[dict]:
    """What a scan of the parts of a page that `inside` selects finds serious or critical.

    A scan that could not measure the contrast of any text has not seen the page, and is an error.
    """
    window = page.viewport_size
    page.set_viewport_size({**window, "height": HEIGHT})
    page.wait_for_timeout(300)
    page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate(SCAN, [[inside], list(without)])
    page.set_viewport_size(window)
    assert found["measured"], f"no text of {inside} was seen"
    return [one for one in found["violations"] if one["impact"] in GRAVE]
