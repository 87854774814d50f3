"""The report for those who cannot see it, or not well."""

from __future__ import annotations

import pytest

import lincs_interp as li

from ._axe import grave_findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_report_is_accessible(new_page, shoot, axe, tmp_path):
    sample = li.load_sample()
    interpretation = li.interpret(sample.ranks, sample.query, background=sample.background)
    path = li.write_report(interpretation, tmp_path / "report")
    for scheme in ("light", "dark"):
        page = new_page(offline=True, color_scheme=scheme)
        page.goto(path.as_uri())
        shoot(page, f"report {scheme}")
        assert grave_findings(page, axe) == []
