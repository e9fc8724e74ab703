"""``perennial demo``: from nothing, or from a shop's export, to a page that says who the customers are."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from perennial.facts.actions.record import Recorded
    from perennial.facts.actions.record_stream import Part
    from perennial.facts.models.brands import Store

_MARK = "this-folder-belongs-to-the-demo"


@click.command()
@click.option(
    "--orders",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A shop's export of orders (CSV, also .gz or .zip) instead of a made-up store.",
)
@click.option("--lang", type=click.Choice(["en", "es", "it", "fr"]), default="en", show_default=True)
@click.option("--currency", metavar="ISO", help="Currency of the orders, where the file does not say. Default: EUR")
@click.option("--zone", metavar="NAME", help="The store's time zone. Default: Europe/Madrid")
@click.option("--open/--no-open", "show", default=None, help="Open the page. Default: on a terminal with a display")
def demo(orders: Path | None, lang: str, currency: str | None, zone: str | None, show: bool | None) -> None:
    """Make up a store (or take your orders), record it, and write a report of its customers.

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
    _work(console)
    with console.status("Writing the report"):
        page = _report(home, orders, {"lang": lang, "currency": currency, "zone": zone})
    console.print(f"[dim]{time.perf_counter() - began:.1f} s; the data is in {home}[/]")
    click.echo(page)
    if show or (show is None and sys.stdout.isatty() and _display()):
        click.launch(page.as_uri())


def _fresh_home() -> Path:
    """The demo's own folder, emptied; a folder that is not the demo's is never touched."""
    import os

    home = Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute() / "demo"
    if home.exists() and not (home / _MARK).exists() and any(home.iterdir()):
        raise click.ClickException(f"{home} is not the demo's: move it away, or give another --home")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / _MARK).touch()
    os.environ.pop("PERENNIAL_DATABASE_URL", None)
    return home


def _display() -> bool:
    import os

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


def _work(console: Console) -> None:
    """Bring figures and mirror up to date, as `perennial work` does all day."""
    from perennial.work.loop import Loop

    with console.status("Computing everybody's figures"):
        failed = [ran for ran in Loop(clock=lambda: datetime.now(UTC)).once() if ran.outcome == "failed"]
    for ran in failed:
        raise click.ClickException(f"{ran.task} failed: {ran.error}")


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
