"""How fast the package is beside other tools, and whether they order signatures alike: same work, machine and run.

    [LINCS_INTERP_REAL_DATA=folder] python benchmarks/peers.py [--signatures 1000] [--write]

The peers (decoupler, gseapy) want an environment of their own, with the package installed into it: decoupler's
dependencies need an older pandas. A peer that is missing costs its rows and no more. Prints tables in Markdown;
--write puts them into docs/peers.md if no peer and no data are missing. Exits with 1 if one of our own bounds is missed
or there was nothing to write.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "peers.md"
THREADS = 2
FEWEST = 50

# What a complete page does not say.
GAPS = ("not installed: ", "failed: ", "Not measured in this run")


def prepare(cache: str) -> None:
    """Give everyone two threads and a cold start; must run before numpy is imported.

    Threads that wait must not spin: on a shared machine that makes small parallel loops ten times slower. numba finds
    no code compiled by earlier runs, so that the first call shows what compilation costs.
    """
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON"):
        os.environ[f"{name}_NUM_THREADS"] = str(THREADS)
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ["NUMBA_CACHE_DIR"] = cache
    logging.disable(logging.WARNING)  # gseapy lists every signature that has ties
    warnings.simplefilter("ignore")


def main() -> int:
    parser = argparse.ArgumentParser(description="Time the package beside other tools.")
    parser.add_argument("--signatures", type=int, default=1000, help="in the simulated matrix (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.parent.name}/{PAGE.name} too")
    options = parser.parse_args()
    if options.signatures < FEWEST:
        parser.error(f"--signatures is {options.signatures}: an agreement over signatures takes at least {FEWEST}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
        prepare(cache)
        import _peers_page  # numpy comes in with it

        page, missed = _peers_page.measured(options.signatures, os.environ.get("LINCS_INTERP_REAL_DATA"))
    print(page, end="")
    if options.write:
        if gaps := [mark for mark in GAPS if mark in page]:
            print(f'{PAGE.name} is left as it was, because it would lose rows: this run has "{gaps[0]}" in it.')
            return 1
        PAGE.write_text(page, encoding="utf-8", newline="\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
