"""What the other tests rely on sees what it is there to see."""

from __future__ import annotations

import pytest

from ._axe import grave_findings
from ._hostile import ALIVE, NAMES, TEXT_ONLY
from ._watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_requests_that_leave_the_machine_and_errors_are_seen(chromium):
    context = chromium.new_context()
    watch = Watch(context, theirs=("https://example.org/theirs.png",))
    page = context.new_page()
    page.set_content("""<img src="https://example.org/ours.png"><img src="https://example.org/theirs.png"><script>
        console.error("said"); fetch("http://192.0.2.1/").catch(() => 0); throw new Error("thrown");</script>""")
    page.wait_for_load_state("networkidle")
    context.close()
    assert sorted(watch.foreign) == ["http://192.0.2.1/", "https://example.org/ours.png"]
    text = " ".join(watch.complaints)
    assert [word for word in ("said", "thrown", "ours.png") if word not in text] == []
    assert "theirs.png" not in text


def test_the_scan_finds_what_cannot_be_read_or_named(page, axe):
    page.set_content("""<html lang="en"><title>t</title><main>
        <p style="color: #bbb; background: #fff">pale</p><button></button></main>""")
    assert {one["id"] for one in grave_findings(page, axe)} == {"color-contrast", "button-name"}


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_name_that_is_not_escaped_is_found(name, new_page):
    page = new_page()
    page.set_content(f"<p>{name}</p>")
    page.wait_for_function(f"({ALIVE})().hit === 1")
    assert page.evaluate(ALIVE) != TEXT_ONLY
