"""``perennial backup`` and ``perennial restore``."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from perennial.database.backup.folder import KEPT


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1),
    help=f"How many stay in the folder of back-ups, from now on, those the desk makes too; at first {KEPT}.",
)
def backup(file: Path | None, keep: int | None) -> None:
    """Write everything this installation holds into FILE (.tar.gz), while it goes on working.

    Without FILE: into the folder backups of the folder of data. The file holds customers' names and the key
    that signs links: only you can read it, and it should lie where only you can.
    """
    from rich.console import Console

    from perennial.database.start import start

    start()
    from perennial.database.backup.folder import AlreadyAtIt
    from perennial.work.backups import NoRoom, make
    from perennial.work.progress import counting

    words = {"copying": "Copying the database", "packing": "Packing"}
    try:
        with counting(Console(stderr=True)) as progress:
            done = make(
                now=datetime.now(UTC), to=None if file is None else file.absolute(), keep=keep,
                told=lambda step, count, of: progress.reach(words[step], count, of or count, "bytes"),
            )  # fmt: skip
    except (AlreadyAtIt, NoRoom, OSError) as wrong:
        raise click.ClickException(f"no back-up was made: {wrong}") from None
    for name in done.gone:
        click.echo(f"deleted the old {name}", err=True)
    click.echo(f"{done.path} ({done.size / 1e6:,.1f} MB)")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what is in the folder of data and the database now.")
def restore(file: Path, replace: bool) -> None:
    """Restore a back-up into an empty folder of data (--home) or database (--database).

    The file is checked whole before anything is touched. Who was erased after the back-up was made is erased
    again, by the journal that lies beside it or in the folder of data. Stop `perennial serve` before.
    """
    from rich.console import Console

    from perennial.database.backup.archive import Damaged
    from perennial.database.backup.in_place import Restoring
    from perennial.database.backup.sqlite_copy import InUse
    from perennial.work.progress import counting
    from perennial.work.restoring import NotRestored
    from perennial.work.restoring import restore as restored

    try:
        with counting(Console(stderr=True)) as progress:
            done = restored(
                file.absolute(),
                home=Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute(),
                url=os.environ.get("PERENNIAL_DATABASE_URL", ""),
                now=datetime.now(UTC),
                replace=replace,
                told=lambda step, count: progress.advance(step, count, "bytes"),
            )
    except (NotRestored, Damaged, InUse, Restoring, OSError) as wrong:
        raise click.ClickException(f"nothing was restored: {wrong}") from None
    manifest = done.manifest
    click.echo(
        f"Restored {', '.join(manifest['brands']) or 'an installation without a brand'} of {manifest['made_at']}"
    )
    if done.erased:
        click.echo(f"Erased again, for they were erased after the back-up: {done.erased}")
    click.echo("Figures come back with `perennial serve`, or now with: perennial work --once")
    for line in done.wrong:
        click.echo(line, err=True)
    if done.wrong:
        raise SystemExit(1)
