"""``perennial import``: record a shop's export of orders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from perennial.stores.csv.actions import Imported
    from perennial.stores.csv.mapping.source import Source

_SHOWN = 12  # problems on the terminal; all of them are in the rejects file


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Says which column is what."
)
@click.option("--store", "key", default="main", show_default=True, help="Key of the store; made if it is not there.")
@click.option("--currency", metavar="ISO", help="Currency of amounts that state none.")
@click.option("--zone", metavar="NAME", help="Time zone of times that state none, such as Europe/Madrid.")
@click.option("--encoding", help="Encoding of the file, where the guess is wrong.")
@click.option("--delimiter", help="What separates the cells, where the guess is wrong.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected rows go.")
@click.option("--again", is_flag=True, help="Record a file again that was imported whole; what is in counts once.")
def import_file(
    *,
    file: Path,
    dry_run: bool,
    mapping: Path | None,
    key: str,
    currency: str | None,
    zone: str | None,
    encoding: str | None,
    delimiter: str | None,
    rejects: Path | None,
    again: bool,
) -> None:
    """Record FILE: an export of orders from Shopify, WooCommerce, Magento, Ecwid, or any table of orders.

    The layout, separators, dates and amounts are recognised; the guess is shown. Rows that cannot be read
    go to a rejects file with line, column, reason and remedy: mend it and import it. A stopped import goes
    on where it was.
    """
    from rich.console import Console

    console = Console(stderr=True)
    if not dry_run:
        from perennial.database.start import start

        start()
        currency, zone = _of_the_store(key, currency, zone)
    opened = _open(file, mapping=mapping, currency=currency, zone=zone, encoding=encoding, delimiter=delimiter)
    with opened:
        if dry_run:
            _show_what_would_be(console, opened, mapping is None)
            return
        imported = _import(console, opened, key, again=again)
        _tell(console, file, opened, imported, rejects)


def _of_the_store(key: str, currency: str | None, zone: str | None) -> tuple[str | None, str | None]:
    """What the file does not say is the store's, once there is one."""
    from perennial.facts.models.brands import Store

    store = Store.objects.filter(key=key).order_by("id").first()
    if store is None:
        return currency, zone
    return currency or store.currency, zone or store.zone


def import_with_progress(console: Console, file: Path, *, currency: str | None, zone: str | None) -> None:
    """Import a file into the main store and say what became of it; Django has been started."""
    with _open(file, currency=currency, zone=zone) as opened:
        imported = _import(console, opened, "main", again=False)
        _tell(console, file, opened, imported, None)


def _open(
    file: Path,
    *,
    mapping: Path | None = None,
    currency: str | None = None,
    zone: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Source:
    from perennial.stores.csv.mapping.files import read_mapping
    from perennial.stores.csv.mapping.source import open_source, propose
    from perennial.stores.csv.parser.faults import Unreadable
    from perennial.stores.csv.parser.reader import open_reader

    try:
        return open_source(
            file,
            mapping=read_mapping(mapping.read_text(), str(mapping)) if mapping else None,
            currency=currency,
            zone=zone,
            encoding=encoding,
            delimiter=delimiter,
        )
    except Unreadable as problem:
        if problem.fault.reason.code != "csv.unknown_layout":
            raise click.ClickException(str(problem)) from None
        click.echo(propose(open_reader(file, encoding=encoding, delimiter=delimiter)))
        raise click.ClickException(
            f"{problem}\nAbove: a mapping file for this header. Save it, complete it, and pass it with --mapping."
        ) from None
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None


def _import(console: Console, opened: Source, key: str, *, again: bool) -> Imported:
    from django.conf import settings

    from perennial.facts.actions.stores import open_store
    from perennial.stores.csv.actions import InUse, import_orders
    from perennial.work.progress import counting

    for line in opened.guess.lines():
        console.print(f"[dim]{line}[/]", highlight=False)
    now = datetime.now(UTC)
    store = open_store(now=now, currency=opened.guess.currency, zone=opened.guess.zone, key=key)
    with counting(console) as progress:
        try:
            return import_orders(
                opened=opened,
                store=store,
                folder=settings.PERENNIAL_HOME / "imports",
                clock=lambda: datetime.now(UTC),
                again=again,
                reading=lambda rows: progress.advance("Reading", rows, "rows"),
                recorded=lambda done, of: progress.reach("Recording", done, of, "orders"),
            )
        except InUse as problem:
            raise click.ClickException(str(problem)) from None


def _tell(console: Console, file: Path, opened: Source, imported: Imported, rejects: Path | None) -> None:
    if imported.before is not None:
        console.print(f"This very file was imported on {imported.before:%Y-%m-%d %H:%M} UTC: nothing to do (--again)")
        return
    if imported.resumed_at:
        console.print(f"Went on behind order {imported.resumed_at:,} of the file, where it had stopped")
    counts = imported.counts
    said = [
        f"{counts[f'order.{state}']:,} {state}"
        for state in ("new", "changed", "same", "stale")
        if counts[f"order.{state}"]
    ]
    console.print(f"Orders: {', '.join(said) or 'none'}; customers met: {counts['customer.met']:,}")
    _show_report(console, opened)
    _write_rejects(console, file, opened, rejects)


def _show_report(console: Console, opened: Source) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in opened.report().as_json().items():
        if value not in (0, "0", ""):
            shown = f"{value:,}" if isinstance(value, int) else str(value)
            table.add_row(name.replace("_", " "), shown)
    console.print(table)


def _write_rejects(console: Console, file: Path, opened: Source, rejects: Path | None) -> None:
    from rich.markup import escape

    from perennial.stores.csv.parser.rejects import write_rejects

    problems = opened.problems(_SHOWN + 1)
    for problem in problems[:_SHOWN]:
        console.print(f"[yellow]{escape(problem.message)}[/]", highlight=False)
    if len(problems) > _SHOWN:
        console.print("[yellow]... and more[/]")
    path = rejects or _free(file.with_name(f"{file.name.partition('.')[0]}.rejects.csv"))
    count = write_rejects(path, opened.reader.header.names, opened.rejects())
    if count:
        console.print(f"[yellow]{count:,} rejected rows are in {path}: mend them there and import that file[/]")


def _free(path: Path) -> Path:
    """A name beside ``path`` that nobody has: what was set aside before may not be mended yet."""
    found, number = path, 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}-{number}.csv")
    return found


def _show_what_would_be(console: Console, opened: Source, propose: bool) -> None:
    import tempfile
    from itertools import islice

    from rich.markup import escape

    for line in opened.guess.lines():
        console.print(line, highlight=False, markup=False)
    with tempfile.TemporaryDirectory(prefix="perennial-import-") as folder:
        for portion in islice(opened.batches(Path(folder), size=3), 1):
            for order in portion.batch.orders:
                console.print(
                    f"\n[bold]order {escape(order.name)}[/] {order.ordered_at:%Y-%m-%d %H:%M %Z}, {order.payment}"
                )
                for part in order.lines:
                    console.print(
                        f"  {part.quantity / 1000:g} x {escape(part.title or part.product or part.kind)}:"
                        f" {part.total:,} minor units of {order.currency}",
                        highlight=False,
                    )
        console.print()
        _show_report(console, opened)
        for problem in opened.problems(_SHOWN):
            console.print(f"[yellow]{escape(problem.message)}[/]", highlight=False)
        if propose:
            console.print("\nA mapping file that says the same (to change it, save it and pass it with --mapping):")
            click.echo(opened.propose_mapping())
        opened.close()
    console.print("Nothing was recorded.")
