"""Explorers in a hurry: nothing lags, what the reader has passed is not drawn, and the last choice is what stays."""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from ._explorer import Explorer
from ._notebooks import failed_cells, open_in_lab, run_all, unharmed, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# 12,327 genes with names of four letters, 2,000 signatures; every column is a full ranking (N = 3 * 7 * 587).
LARGE = """import itertools, string
import numpy as np, pandas as pd
import lincs_interp as li
names = ["".join(four) for four in itertools.islice(itertools.product(string.ascii_uppercase, repeat=4), 40_000)]
genes = names[::3][:12_327]
signatures = [f"PLATE{i // 300:03d}_A549_24H_A{i % 24:02d}_{names[19 * i].lower()}_10uM" for i in range(2_000)]
rows, columns = np.arange(12_327)[:, None], np.arange(2_000)[None, :]
steps = np.array([step for step in range(1, 12_327) if step % 3 and step % 7 and step % 587][:2_000])[None, :]
ranks = li.RankMatrix.from_frame(pd.DataFrame((rows * steps + 17 * columns) % 12_327 + 1, genes, signatures))"""

TIMES = 20


def hurry_by_mouse(button: Any) -> None:
    button.click(click_count=TIMES)


def hurry_by_keyboard(button: Any) -> None:
    button.focus()
    for _ in range(TIMES):
        button.page.keyboard.down("Enter")  # held down, it repeats
    button.page.keyboard.up("Enter")


@pytest.fixture(scope="module")
def genes() -> list[str]:
    names: dict[str, Any] = {}
    exec(LARGE, names)
    return names["genes"]


def test_a_whole_library_lags_neither_behind_letters_nor_behind_clicks(lab, page, shoot, genes):
    path = write_notebook(lab.folder, "large", LARGE, "li.explore(ranks, panel='gene')")
    open_in_lab(page, lab, path)
    run_all(page)
    assert failed_cells(page) == []
    explorer = Explorer(page)
    with unharmed(page):
        for label, text in (("Gene", "BQXE"), ("Signature", "bdyz")):
            lags = explorer.lags_while_typing(label, text)
            print(f"{label}: milliseconds for each letter {lags}")
            assert len(lags) == len(text), f"names are offered anew for every letter of {text!r}: {lags}"
            assert median(lags) < 1000, "one letter may wait for a busy machine"
        explorer.put("Gene", genes[0])
        explorer.rest(1000)  # what the typing left above the button may still go, and move it under the mouse
        for turn, hurry in enumerate((hurry_by_mouse, hurry_by_keyboard), 1):
            explorer.count_pictures()
            hurry(explorer.button("next", of="gene"))
            explorer.wait_for_value("Gene", genes[turn * TIMES])
            last = explorer.rest(1000)
            drawn = explorer.pictures_drawn()
            print(f"{hurry.__name__}: {drawn} pictures for {TIMES} clicks")
            assert genes[turn * TIMES] in explorer.words
            assert 1 <= drawn < TIMES
            for other in ("next", "previous"):
                with explorer.changes():
                    explorer.button(other, of="gene").click()
            assert explorer.seen() == last, "what stood there after the last click is what its state looks like"
    shoot(page, "rank explorer over a whole library")
