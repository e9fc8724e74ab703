"""``perennial demo``: from nothing, or from a shop's export, to a report of the customers and the desk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perennial.serve import first_link

if TYPE_CHECKING:
    from rich.console import Console

    from perennial.facts.actions.record import Recorded
    from perennial.facts.actions.record_stream import Part
    from perennial.facts.models.brands import Store

_MARK = "this-folder-belongs-to-the-demo"
_PORT = 8000
# Ready-made segments that a made-up store has people for, and a shop's export of orders, too.
_READY = (
    "loyal",
    "vip",
    "first-time",
    "second-order-due",
    "drifting",
    "best-leaving",
    "lost",
    "won-back",
    "discount-only",
)
_PATIENCE = 60.0  # seconds until the desk answers


@click.command()
@click.option(
    "--orders",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A shop's export of orders (CSV, also .gz or .zip) instead of a made-up store.",
)
@click.option("--lang", type=click.Choice(["en", "es", "it", "fr"]), default="en", show_default=True)
@click.option("--currency", metavar="ISO", help="Currency of the orders, where the file does not say. Default: EUR")
@click.option("--zone", metavar="NAME", help="The store's time zone. Default: Europe/Madrid")
@click.option("--open/--no-open", "show", default=None, help="Open the desk. Default: on a terminal with a display")
@click.option("--serve/--no-serve", "serving", default=True, show_default=True, help="End in the desk.")
def demo(
    *, orders: Path | None, lang: str, currency: str | None, zone: str | None, show: bool | None, serving: bool
) -> None:
    """Make up a store (or take your orders), record it, write a report of its customers, and serve the desk.

    On a terminal the desk is served until Ctrl-C; elsewhere its first page is fetched, and that was it.
    Everything goes into a folder of its own, which the next demo begins anew.
    """
    from rich.console import Console

    console = Console(stderr=True)
    began = time.perf_counter()
    home = _fresh_home()
    from perennial.database.start import start
    from perennial.work.progress import counting

    start(home)
    if orders is None:
        with counting(console) as progress:
            _, done = record_made_up(
                currency=currency or "EUR",
                zone=zone or "Europe/Madrid",
                progress=lambda _, count: progress.advance("Recording two years", count, "records"),
            )
        _say(console, done)
    else:
        _record_export(console, orders, currency, zone)
    _segments()
    _work(console)
    terminal = sys.stdout.isatty()
    port = _port(_PORT if terminal else 0)
    base = f"http://localhost:{port}"
    # Before the report: its reader brings its own SQLite, beside which this process opens the file no more.
    link = first_link(base) or base
    with console.status("Writing the report"):
        page = _report(home, orders, {"lang": lang, "currency": currency, "zone": zone})
    console.print(f"[dim]{time.perf_counter() - began:.1f} s; the data is in {home}[/]")
    click.echo(page)
    show = show or (show is None and terminal and _display())
    if serving:
        with _desk(home, port) as process:
            _stay(process, link, base, show=show) if terminal else _visit(link, base)
    elif show:
        click.launch(page.as_uri())


def _port(wanted: int) -> int:
    """A free port of this machine: ``wanted`` if it is, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise click.ClickException("this machine has no free port: end other programs, or use --no-serve")


@contextmanager
def _desk(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`perennial serve` on the demo's folder, answering; ended with the block."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "perennial", "serve", "--port", str(port), "--workers", "1"],
        env={**os.environ, "PERENNIAL_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise click.ClickException(f"the desk does not answer on port {port}")
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stay(process: subprocess.Popen[bytes], link: str, base: str, *, show: bool) -> None:
    """Say how to get in, and wait for Ctrl-C, which reaches the desk too."""
    click.echo(f"The desk is at {base}  (Ctrl-C ends it). This link lets you in once:\n  {link}")
    if show:
        click.launch(link)
    with suppress(KeyboardInterrupt):
        process.wait()


def _visit(link: str, base: str) -> None:
    """Sign in by the link and fetch the first page, as a browser would."""
    import re
    from http.cookiejar import CookieJar
    from urllib.parse import urlencode
    from urllib.request import HTTPCookieProcessor, build_opener

    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    with browser.open(link, timeout=_PATIENCE) as answer:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    if found is None:
        raise click.ClickException("the sign-in link does not lead to its page")
    with browser.open(link, data=urlencode({"csrfmiddlewaretoken": found[1]}).encode(), timeout=_PATIENCE):
        pass
    with browser.open(f"{base}/", timeout=_PATIENCE) as answer:
        body, there = answer.read(), answer.url
    if not there.endswith("/today/"):
        raise click.ClickException(f"the desk's first page was not reached: {there} came instead")
    click.echo(f"The desk answered at {there} with {len(body):,} bytes. On a terminal it stays.")


def _fresh_home() -> Path:
    """The demo's own folder, emptied; a folder that is not the demo's is never touched."""
    home = Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute() / "demo"
    if home.exists() and not (home / _MARK).exists() and any(home.iterdir()):
        raise click.ClickException(f"{home} is not the demo's: move it away, or give another --home")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / _MARK).touch()
    os.environ.pop("PERENNIAL_DATABASE_URL", None)
    return home


def _display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def record_made_up(
    *,
    customers: int = 1_800,
    seed: int = 7,
    currency: str = "EUR",
    zone: str = "Europe/Madrid",
    progress: Callable[[Recorded, int], None] | None = None,
) -> tuple[Store, Recorded]:
    """Make up a store with two years of history up to last midnight and record it; Django has been started."""
    from dataclasses import replace

    from perennial.facts.actions.record_stream import record_stream
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.simulator import config

    now = datetime.now(UTC)
    until = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made_up = replace(config.demo(until, customers=customers, seed=seed), currency=currency, zone=zone)
    store = open_store(
        now=now, currency=currency, zone=zone, name="A made-up store", taxes_included=made_up.taxes_included
    )
    done = record_stream(
        _parts(made_up),
        source=source_of(store, "simulator"),
        clock=lambda: datetime.now(UTC),
        history=True,
        progress=progress,
    )
    return store, done


def _parts(made_up: object) -> Iterator[Part]:
    from perennial.facts.actions.record_stream import Part
    from perennial.simulator.batches import batches

    for batch in batches(made_up):  # type: ignore[arg-type]
        yield Part(batch)


def _record_export(console: Console, orders: Path, currency: str | None, zone: str | None) -> None:
    from perennial.work.importing import import_with_progress

    import_with_progress(console, orders, currency=currency, zone=zone)


def _say(console: Console, done: Recorded) -> None:
    counts = done.counts
    said = [
        f"{counts[f'{kind}.new']:,} {words}"
        for kind, words in (
            ("order", "orders"),
            ("refund", "refunds"),
            ("ticket", "tickets"),
            ("behaviour", "visits' steps"),
        )
        if counts[f"{kind}.new"]
    ]
    console.print("Recorded " + ", ".join(said))


def _segments() -> None:
    """Some of the ready-made segments, live: whoever looks at the demo sees people in them at once."""
    from perennial.documents.actions import save
    from perennial.facts.models.brands import Brand
    from perennial.segments.rules.ready import READY
    from perennial.web.segments.ready_words import READY as WORDS

    for brand_id in Brand.objects.values_list("id", flat=True):
        for key in _READY:
            title, purpose = WORDS[key]
            save(
                brand_id=brand_id, kind="segment", key=key, author="demo", seen_version=0,
                body={"title": title, "purpose": purpose, "rule": READY[key].text()},
                state="live", now=datetime.now(UTC),
            )  # fmt: skip


def _work(console: Console) -> None:
    """Bring figures and mirror up to date, as `perennial work` does all day."""
    from perennial.work.loop import Loop

    with console.status("Computing everybody's figures"):
        failed = [ran for ran in Loop(clock=lambda: datetime.now(UTC)).once() if ran.outcome == "failed"]
        for ran in failed:
            raise click.ClickException(f"{ran.task} failed: {ran.error}")
        from perennial.facts.models.brands import Brand
        from perennial.figures.actions.check_data import counting_steps
        from perennial.figures.actions.compute_answers import all_steps

        # What the loop does at night: the desk's pages are full at once.
        now = datetime.now(UTC)
        for brand_id in Brand.objects.values_list("id", flat=True):
            for _ in (*all_steps(brand_id=brand_id, now=now), *counting_steps(brand_id=brand_id, now=now)):
                pass


def _report(home: Path, orders: Path | None, options: dict[str, str | None]) -> Path:
    """The page: of what was recorded; of a shop's export from the file itself, which also tells what is wrong in it."""
    from dataclasses import replace

    from django.db import connections

    from perennial.lab.opening import open_shop
    from perennial.lab.report.build import build

    if orders is None:
        # The reader below brings its own SQLite: no other may hold the file open in one process with it.
        connections.close_all()
        shop = replace(open_shop(f"sqlite:///{home / 'perennial.sqlite3'}"), source="Demo")
    else:
        shop = open_shop(orders, currency=options["currency"], zone=options["zone"])
    path = home / "report.html"
    path.write_text(build(shop, options["lang"] or "en"), encoding="utf-8")
    return path
