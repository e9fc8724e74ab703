"""The desk as it is served, and somebody who asks it for pages over one kept connection."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode, urlsplit

from bench.measure import ROOT, environment

if TYPE_CHECKING:
    from django.core.handlers.wsgi import WSGIHandler

_PATIENCE = 60.0
_WAY_IN = "/account/login/"


@contextmanager
def served(given: Mapping[str, str], *, loop: bool = False, bare: bool = False) -> Iterator[str]:
    """`perennial serve` with one worker, or a bare view served by Granian; its address, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1"]
    if bare:
        command = [sys.executable, "-m", "bench.visitor", str(port)]
    elif not loop:
        command.append("--no-loop")
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(given), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            until = time.monotonic() + _PATIENCE
            while not _answers(port, "/bare/0/" if bare else _WAY_IN):
                if process.poll() is not None or time.monotonic() > until:
                    process.terminate()
                    raise RuntimeError(f"nothing answers at port {port}: {process.communicate()[1][-2000:]}")
                time.sleep(0.1)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()


class Visitor:
    """Asks for pages, one after the other. ``session``: the key of somebody who is signed in."""

    def __init__(self, base: str, session: str = "") -> None:
        self._connection = HTTPConnection(urlsplit(base).netloc, timeout=_PATIENCE)
        self._cookies = {"sessionid": session} if session else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, address: str, form: Mapping[str, str] | None = None) -> tuple[HTTPResponse, bytes]:
        """The answer and its body. Raises RuntimeError on any status but 200 and 302."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request("POST" if form is not None else "GET", address, form and urlencode(form), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 302):
            raise RuntimeError(f"{address} answered {answer.status}")
        for kept in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(kept).items()}
        return answer, body

    def seconds(self, address: str) -> float:
        """How long one page takes, to its last byte."""
        began = time.perf_counter()
        answer, _ = self.ask(address)
        taken = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}: is the visitor signed in?")
        return taken

    def times(self, address: Callable[[int], str], rounds: int) -> list[float]:
        """Seconds of ``rounds`` requests; two go before: templates are read, statements prepared."""
        return [self.seconds(address(n)) for n in range(rounds + 2)][2:]

    def menu(self) -> dict[str, str]:
        """The pages of the menu: name to address. The list of customers is one of the lists."""
        _, body = self.ask("/b/main/today/")
        menu = re.search(r'id="menu".*?</nav>', body.decode(), re.DOTALL)
        if menu is None:
            raise RuntimeError("the first page has no menu")
        found = dict.fromkeys(re.findall(r'href="(/b/main/[^"]*)"', menu[0]))
        names = {address: address.removeprefix("/b/main/").strip("/").replace("/", ", ") for address in found}
        return {"list, default" if name == "customers" else name: address for address, name in names.items()}

    def weight(self, address: str) -> tuple[int, int]:
        """Bytes of a page with all that it loads by itself, and the number of requests."""
        _, body = self.ask(address)
        parts = _Parts()
        parts.feed(body.decode())
        return len(body) + sum(len(self.ask(part)[1]) for part in parts.found), 1 + len(parts.found)

    def sign_in(self) -> float:
        """Seconds from the open form to the first page: the password is checked, a session begins."""
        from bench.people import PASSWORD

        _, body = self.ask(_WAY_IN)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', body.decode())
        if token is None:
            raise RuntimeError("the way in has no form")
        began = time.perf_counter()
        form = {"csrfmiddlewaretoken": token[1], "login": "owner@localhost", "password": PASSWORD}
        answer, _ = self.ask(_WAY_IN, form)
        while answer.status == 302:
            answer, _ = self.ask(answer.headers["Location"])
        taken = time.perf_counter() - began
        if "sessionid" not in self._cookies:
            raise RuntimeError("the way in did not let its owner in")
        return taken


class _Parts(HTMLParser):
    """Addresses of our own that a browser fetches for a page without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        address = has.get("hx-get") if has.get("hx-trigger") == "load" else None
        if tag in ("script", "img"):
            address = has.get("src")
        elif tag == "link" and has.get("rel") in ("stylesheet", "icon"):
            address = has.get("href")
        if address and address.startswith("/") and address not in self.found:
            self.found.append(address)


def bare_application() -> WSGIHandler:
    """In a worker: Django on Perennial's database, with nothing around the view of `bench.pages`."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "perennial.settings"
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    settings.MIDDLEWARE = []
    settings.ROOT_URLCONF = "bench.pages"
    return WSGIHandler()


def main(port: int) -> None:
    """Serve the bare view by Granian, as `perennial serve` runs it."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "bench.visitor:bare_application", factory=True, address="127.0.0.1", port=port,
        interface=Interfaces.WSGI, workers=1, blocking_threads=1,
    ).serve()  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
