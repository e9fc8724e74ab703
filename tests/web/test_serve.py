"""`perennial serve`: where it says that it is, what its workers share, and that it ends whole.

Told to stop it ends its loop, killed outright it leaves no process behind.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.real import ROOT
from tests.web.conftest import NOW, _wait_for, environment, free_port


def children(pid: int) -> list[int]:
    found = [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return found + [deeper for one in found for deeper in children(one)]


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes by /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(tmp_path: Path, number: signal.Signals):
    port = free_port()
    served = subprocess.Popen(
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1"],
        env=environment(tmp_path), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    _wait_for(f"http://localhost:{port}", served)
    beside = {pid: os.pidfd_open(pid) for pid in children(served.pid)}
    commands = [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in beside]
    assert any("perennial work" in command for command in commands)
    assert len(commands) >= 2
    served.send_signal(number)
    served.wait(30)
    for pid, handle in beside.items():
        ended, _, _ = select.select([handle], [], [], 30)
        os.close(handle)
        assert ended, f"process {pid} still runs"


_A_KEY = """
from datetime import UTC, datetime
from perennial.database.start import start
start()
from perennial.facts.actions.stores import open_store
from perennial.web.access.keys import make_key
store = open_store(now=datetime.now(UTC), currency="EUR", zone="Europe/Madrid")
print(make_key(brand_id=store.brand_id, kind="secret", name="k", scopes=["facts:read"], now=datetime.now(UTC))[1])
"""


def test_behind_a_proxy_it_names_the_proxys_address_and_its_workers_share_the_limits(tmp_path: Path):
    env = environment(tmp_path) | {"PERENNIAL_HOSTS": "desk.example.com", "PERENNIAL_API_CALLS": "1200"}
    key = subprocess.run(
        [sys.executable, "-c", _A_KEY], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "2", "--no-loop"],
        env=env, stdout=subprocess.PIPE, text=True,
    ) as served:  # fmt: skip
        try:
            assert served.stdout is not None
            said = ""
            while "Ctrl-C" not in said and (line := served.stdout.readline()):
                said += line
            assert "  https://desk.example.com/sign-in/" in said
            assert "Perennial is at https://desk.example.com " in said
            headers = {"Authorization": f"Bearer {key}", "X-Forwarded-Proto": "https"}
            asked = urllib.request.Request(f"http://localhost:{port}/api/v1/me", headers=headers)
            limit = None
            while limit is None and served.poll() is None:
                with (
                    suppress(ConnectionError, urllib.error.URLError),
                    urllib.request.urlopen(asked, timeout=10) as told,
                ):
                    limit = told.headers["RateLimit-Limit"]
            assert limit == "100", "ten seconds' worth of 1,200 a minute, by two"
        finally:
            served.terminate()


@pytest.mark.parametrize(
    ("hosts", "https", "host", "there"),
    [
        ([], False, "127.0.0.1", "http://localhost:81"),
        ([], False, "::", "http://localhost:81"),
        ([], False, "::1", "http://[::1]:81"),
        (["a.example", "b.example"], True, "127.0.0.1", "https://a.example"),
        ([".a.example"], False, "::1", "http://a.example"),
        (["*"], True, "::1", "http://[::1]:81"),
    ],
)
def test_the_address_that_is_told_leads_to_the_desk(settings, hosts: list[str], https: bool, host: str, there: str):
    from perennial.serve import reached_at

    settings.PERENNIAL_HOSTS, settings.PERENNIAL_HTTPS = hosts, https
    assert reached_at(host, 81) == there


def test_a_link_made_by_a_command_is_in_the_log_of_every_brand_it_opens(db: None, store, monkeypatch):
    from click.testing import CliRunner

    from perennial.serve import sign_in_link
    from perennial.web.access.people import end_role, give_role
    from perennial.web.models import Audit

    monkeypatch.setattr("perennial.database.start.start", lambda: None)
    from perennial.facts.actions.stores import open_store

    brands = [store.brand_id, *(open_store(now=NOW, key=key, brand=key).brand_id for key in ("other", "left"))]
    for brand_id in brands:
        give_role(brand_id=brand_id, email="boss@example.org", role="owner", now=NOW)
        ana = give_role(brand_id=brand_id, email="ana@example.org", role="analyst", now=NOW).user
    end_role(brand_id=brands[2], user_id=ana.id, now=NOW)
    done = CliRunner().invoke(sign_in_link, ["Ana@example.org"])
    assert done.output.startswith("http://localhost:8000/sign-in/")
    told = Audit.objects.filter(verb="member.link", subject_id=ana.id, user_id=0, api_key_id=0)
    assert sorted(told.values_list("brand_id", flat=True)) == sorted(brands[:2])
