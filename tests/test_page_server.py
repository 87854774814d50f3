"""Who can open the guided page, and how often: asked as another site, another user and a script would."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

psutil = pytest.importorskip("psutil")
pytest.importorskip("voila", reason="Voilà is not installed")

from lincs_interp.app.kernels import GONE_SECONDS, MOST_PAGES  # noqa: E402

pytestmark = pytest.mark.slow

SOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
}


@dataclass
class Page:
    """A running lincs-interp app."""

    port: int
    token: str
    process: psutil.Process

    def ask(self, path: str = "/", method: str = "GET", headers: dict[str, str] | None = None) -> Any:
        """Return status, headers and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        text = "" if answer.status == 101 else answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def commands(self) -> list[str]:
        """The commands of its kernels, as everybody on the machine sees them."""
        return [" ".join(one.cmdline()) for one in self.process.children() if "ipykernel" in " ".join(one.cmdline())]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    places = {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")}
    command = [sys.executable, "-m", "lincs_interp", "app", "--no-browser"]
    with subprocess.Popen(command, env=os.environ | places, stdout=subprocess.PIPE, text=True) as running:
        try:
            port, token = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", running.stdout.readline()).groups()
            yield Page(int(port), token, psutil.Process(running.pid))
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_only_who_has_the_address_and_comes_from_no_other_site(page):
    for path, method in (
        ("/", "GET"),
        ("/", "HEAD"),
        ("/?token=wrong", "GET"),
        ("/login", "GET"),
        ("/api/kernels", "POST"),
    ):
        assert page.ask(path, method)[0] == 403
    assert page.ask(f"/?token={page.token}", headers={"Host": "evil.example"})[0] == 403
    assert "Open the page by the whole address" in page.ask()[2]
    assert page.commands() == []

    status, headers, text = page.ask(f"/?token={page.token}")
    assert status == 200
    cookies = headers.get_all("Set-Cookie")
    assert any("HttpOnly" in one and "SameSite=Strict" in one for one in cookies)
    cookie = {"Cookie": "; ".join(one.partition(";")[0] for one in cookies)}
    own = f"http://127.0.0.1:{page.port}"
    for name, value in (
        ("Origin", "http://evil.example"),
        ("Origin", "null"),
        ("Origin", f"http://127.0.0.1:{page.port + 1}"),
        ("Referer", "http://evil.example/page"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ):
        assert page.ask(headers=cookie | {name: value})[0] == 403, (name, value)
    assert len(page.commands()) == 1

    kernel = re.search(r'"kernelId": ?"([0-9a-f-]+)"', text)[1]
    assert not any(kernel in command for command in page.commands())
    socket = f"/api/kernels/{kernel}/channels"
    assert page.ask(socket, headers=SOCKET | cookie | {"Origin": own})[0] == 101
    for headers in ({}, cookie, {"Origin": own}, cookie | {"Origin": "http://evil.example"}):
        assert page.ask(socket, headers=SOCKET | headers)[0] == 403, headers

    for path in (
        "voila/files/page.ipynb",
        "voila/files/../temporary",
        "voila/files/x.png",
        "voila/files/open.html",
    ):
        assert page.ask(f"/{path}", headers=cookie)[0] in (403, 404), path
    assert page.ask(headers=cookie | {"Sec-Fetch-Site": "none"})[0] == 200
    assert len(page.commands()) == 2


def test_no_more_pages_than_a_computer_can_bear(page):
    answers = []
    ask = [
        threading.Thread(target=lambda: answers.append(page.ask(f"/?token={page.token}")))
        for _ in range(MOST_PAGES + 4)
    ]
    for one in ask:
        one.start()
    for one in ask:
        one.join()
    assert sorted(status for status, *_ in answers) == [200] * MOST_PAGES + [503] * 4
    assert "pages are open: close one" in next(text for status, _, text in answers if status == 503)
    assert len(page.commands()) == MOST_PAGES
    # None of these pages ever connected: after a while they count as gone.
    time.sleep(GONE_SECONDS + 1)
    assert page.ask(f"/?token={page.token}")[0] == 200
    assert len(page.commands()) == 1
