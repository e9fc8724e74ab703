"""A store to look at, people of every role, the desk as it is served, and a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real import found

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, BrowserContext, Page

    from perennial.facts.models.brands import Store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def store(db: None) -> Store:
    from perennial.facts.actions.stores import open_store

    return open_store(now=NOW, currency="EUR", zone="Europe/Madrid", name="Casa Verde", key="main", brand="main")


def signed_in(store: Store, role: str) -> Client:
    """Somebody with ``role`` in the store's brand, signed in."""
    from django.test import Client

    from perennial.web.access.people import give_role

    member = give_role(brand_id=store.brand_id, email=f"{role}@example.org", role=role, now=NOW, name=role.title())
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(member.user)
    return client


@pytest.fixture
def owner(store: Store) -> Client:
    return signed_in(store, "owner")


class Served:
    """`perennial serve` on a home of its own, with a made-up store in it."""

    def __init__(self, home: Path, base: str) -> None:
        self.home, self.base = home, base

    def command(self, *arguments: str) -> str:
        """What a command of Perennial prints on this home."""
        done = subprocess.run(
            [sys.executable, "-m", "perennial", *arguments],
            env=environment(self.home), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def link(self, email: str = "owner@localhost") -> str:
        return self.command("sign-in-link", email, "--base", self.base).strip()


def environment(home: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PERENNIAL_")}
    return kept | {"PERENNIAL_HOME": str(home)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("served")
    subprocess.run(
        [sys.executable, "-m", "tests.web.made_up"], env=environment(home), check=True, cwd=Path(__file__).parents[2]
    )
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1"],
        env=environment(home), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl-C" in line:
                break
        base = f"http://localhost:{port}"
        _wait_for(base, process)
        yield Served(home, base)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(base: str, process: subprocess.Popen[str]) -> None:
    """Until it answers: asking waits for the connection, nothing sleeps."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/account/login/", timeout=10) as answer:
                assert answer.status == 200
                return
        except ConnectionError:
            continue
        except urllib.error.URLError as wrong:
            if not isinstance(wrong.reason, ConnectionError):
                raise
    pytest.fail("perennial serve ended before it answered")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    part = found("chromium")
    env = {"LD_LIBRARY_PATH": part["library_path"]} if part["library_path"] else {}
    with sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=part["program"], args=["--no-sandbox"], env={**os.environ, **env}
        )
        yield launched
        launched.close()


class Looked:
    """A page in the browser, and everything the browser complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda wrong: self.complaints.append(str(wrong)))

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def desk(served: Served, context: BrowserContext) -> Looked:
    """The owner, signed in by a link, on Today."""
    # The home is everybody's: what another test made the owner's language must not be met here.
    context.add_cookies([{"name": "language", "value": "en", "url": served.base}])
    looked = Looked(context.new_page())
    looked.page.goto(served.link())
    looked.page.click("main button.primary")
    looked.page.goto(f"{served.base}/b/main/today/")
    return looked


@pytest.fixture
def emptied(transactional_db: None) -> Iterator[None]:
    """Before the database is emptied for the next test, the log of changes lets itself be emptied."""
    from django.db import connection

    from perennial.database import append_only

    yield
    if connection.vendor == "sqlite":  # PostgreSQL empties its tables by TRUNCATE
        with connection.cursor() as cursor:
            for verb in ("update", "delete"):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{append_only.name_of("audit", verb)}"')
