"""The commands of the loop: `work`, `check`, `mirror rebuild`."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from perennial.database.start import start

if TYPE_CHECKING:
    from perennial.facts.models.brands import Brand


class Instant(click.ParamType[datetime]):
    """An instant with its zone, as ISO 8601."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the instant; a bare date or a time without zone is refused."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no instant: write it as 2026-03-01T09:00:00Z", param, ctx)
        if found.tzinfo is None:
            self.fail(f"{value!r} has no time zone: write 2026-03-01T09:00:00Z or ...+01:00", param, ctx)
        return found.astimezone(UTC)


def _brands(key: str | None) -> list[Brand]:
    from perennial.facts.models.brands import Brand

    found = Brand.objects.order_by("id")
    chosen = list(found if key is None else found.filter(key=key))
    if key is not None and not chosen:
        known = ", ".join(found.values_list("key", flat=True)) or "none yet"
        raise click.ClickException(f"there is no brand {key!r} (known: {known})")
    return chosen


@click.command()
@click.option("--once", is_flag=True, help="Do all there is to do now, then end; exit code 1 if a task failed.")
@click.option("--until-eof", is_flag=True, help="End when standard input ends: whoever started it is gone.")
@click.option("--now", type=Instant(), help="Take this for the present (with --once), such as 2026-03-01T09:00:00Z.")
def work(once: bool, now: datetime | None, until_eof: bool) -> None:
    """Do what is due: refresh the mirror and the figures, compute answers, run what is scheduled.

    Any number of these may run on one database. Ctrl-C or SIGTERM ends it after the unit of work it is in;
    killed outright, nothing is lost: another takes over.
    """
    if now is not None and not once:
        raise click.UsageError("--now needs --once: a loop goes by the clock")
    start()
    from perennial.work.loop import Loop

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    loop = Loop(clock=(lambda: now) if now is not None else (lambda: datetime.now(UTC)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop.set())
    if not once:
        # A thread that computes hands over after half a millisecond, not five: the swift lane asks the database much.
        sys.setswitchinterval(0.0005)
        # Histories are many small objects without rings: to look for rings after every 700 takes a quarter of the time.
        gc.set_threshold(50_000, 20, 20)
        click.echo("perennial work: at it; Ctrl-C ends it")
        if until_eof:
            threading.Thread(target=_stop_at_eof, args=[loop.stop], daemon=True).start()
        loop.run()
        return
    failed = 0
    for ran in loop.once():
        failed += ran.outcome == "failed"
        click.echo(f"{ran.task}: {ran.outcome}, {ran.units} units{f' ({ran.error})' if ran.error else ''}")
    if failed:
        raise SystemExit(1)


def _stop_at_eof(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


@click.command()
@click.argument("what", type=click.Choice(["ledger", "mirror", "all"]), default="all")
@click.option("--brand", help="Check one brand only, by its key.")
@click.option("-v", "--verbose", is_flag=True, help="List every month, not only those that differ.")
@click.option("--mend", is_flag=True, help="Make missing triggers again.")
def check(what: str, brand: str | None, verbose: bool, mend: bool) -> None:
    """Check what must never lie; exit code 1 when something differs.

    mirror: every month of the mirror against the database, row by row. ledger: rows that point at nothing, and
    triggers that keep rows from being changed.
    """
    start()
    wrong = 0
    for one in _brands(brand):
        if what in ("mirror", "all"):
            wrong += _check_mirror(one, verbose=verbose)
        if what in ("ledger", "all"):
            wrong += _check_rows(one, verbose=verbose)
    if what in ("ledger", "all"):
        wrong += _check_triggers(mend=mend)
    if wrong:
        raise SystemExit(1)


def _check_mirror(brand: Brand, *, verbose: bool) -> int:
    from rich.console import Console
    from rich.table import Table

    from perennial.figures.queries.check import compare_mirror
    from perennial.insight.calendar import label

    table = Table(title=f"Mirror of {brand.key} against the database")
    for column in ("table", "month", "rows", "mirrored", "difference"):
        table.add_column(column, justify="right" if column in ("rows", "mirrored") else "left")
    months = rows = wrong = waiting = 0
    for found in compare_mirror(brand.id):
        months, rows = months + 1, rows + found.rows
        if found.differs and found.waiting:
            waiting += 1
        elif found.differs:
            wrong += 1
        if verbose or (found.differs and not found.waiting):
            named = label(found.month) if found.month else "all"
            table.add_row(
                found.table, named, f"{found.rows:,}", f"{found.mirrored:,}",
                "waits for the loop" if found.waiting else found.differs or "none",
            )  # fmt: skip
    console = Console()
    if table.row_count:
        console.print(table)
    later = f", {waiting} more wait for `perennial work`" if waiting else ""
    console.print(f"{brand.key}: {months} months, {rows:,} rows compared, {wrong} differ{later}")
    if wrong:
        console.print("To write the mirror again from the database: perennial mirror rebuild")
    return wrong


def _check_rows(brand: Brand, *, verbose: bool) -> int:
    from rich.console import Console
    from rich.table import Table

    from perennial.figures.queries.check import orphans

    table = Table(title=f"Rows of {brand.key} that point at nothing")
    for column in ("table", "points at", "rows"):
        table.add_column(column)
    wrong = 0
    for found in orphans(brand.id):
        wrong += bool(found.rows)
        if verbose or found.rows:
            table.add_row(found.table, found.points_at, f"{found.rows:,}")
    console = Console()
    if table.row_count:
        console.print(table)
    console.print(f"{brand.key}: {wrong} kinds of rows point at nothing")
    if wrong:
        console.print("Rows were deleted outside of Perennial: restore them, or import their source again")
    return wrong


@click.group()
def mirror() -> None:
    """The columnar copy of the facts that all answers are computed from."""


@mirror.command()
@click.option("--brand", help="One brand only, by its key.")
def rebuild(brand: str | None) -> None:
    """Write the whole mirror again from the database. Readers go on meanwhile; may be stopped and repeated."""
    start()
    from perennial.figures.actions.refresh_mirror import mark_all, mirror_steps

    for one in _brands(brand):
        began, months = time.monotonic(), 0
        mark_all(one.id)
        steps = mirror_steps(brand_id=one.id, now=datetime.now(UTC))
        while True:
            try:
                next(steps)
            except StopIteration as ended:
                if not ended.value:
                    raise click.ClickException(
                        f"another process is writing the mirror of {one.key}; it will write it again, too"
                    ) from None
                break
            months += 1
        click.echo(f"{one.key}: {months} months written in {time.monotonic() - began:.1f} s")


def _check_triggers(*, mend: bool) -> int:
    from rich.console import Console

    from perennial.database import append_only

    gone = append_only.missing()
    console = Console()
    for table, verb in gone:
        console.print(f"{table}: its rows could be changed or deleted, the trigger that refuses {verb} is missing")
    if gone and mend:
        append_only.protect()
        console.print("The triggers were made again; whether rows were changed in between, a back-up tells")
    elif gone:
        console.print("To make the triggers again: perennial check ledger --mend")
    else:
        console.print("append-only tables: guarded")
    return len(gone)


@click.group()
def search() -> None:
    """The words by which customers are found."""


@search.command("rebuild")
@click.option("--brand", help="One brand only, by its key.")
def rebuild_words(brand: str | None) -> None:
    """Write the words of everybody anew, where they are not as they should be. May be stopped and repeated."""
    start()
    from perennial.facts.actions.search_words import everybody_steps

    for one in _brands(brand):
        began = time.monotonic()
        customers = sum(everybody_steps(brand_id=one.id))
        click.echo(f"{one.key}: the words of {customers:,} customers looked at in {time.monotonic() - began:.1f} s")
