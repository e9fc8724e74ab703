"""``perennial list``: the lists of people, and people put on one from a file."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perennial.database.start import start

if TYPE_CHECKING:
    from perennial.facts.models.brands import Brand
    from perennial.facts.models.loop import Job
    from perennial.segments.models import StaticList

_SHOWN = 12  # lines that were not understood, on the terminal


@click.group("list")
def lists() -> None:
    """Lists of people: show them, put the people of a file on one."""


def _brand(key: str) -> Brand:
    from perennial.facts.models.brands import Brand

    found = Brand.objects.filter(key=key).first()
    if found is None:
        known = ", ".join(Brand.objects.order_by("key").values_list("key", flat=True)) or "none yet"
        raise click.ClickException(f"there is no brand {key!r} (known: {known})")
    return found


@lists.command()
@click.option("--brand", default="main", show_default=True, help="Key of the brand.")
def show(brand: str) -> None:
    """Show the lists in use: key, entries that lead to a customer, entries that wait, name."""
    start()
    from perennial.segments.queries.lists import lists as all_lists

    for one in all_lists(brand_id=_brand(brand).id):
        click.echo(f"{one.key}\t{one.counts.get('matched', 0)}\t{one.counts.get('waiting', 0)}\t{one.title}")


@lists.command()
@click.argument("key")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--brand", default="main", show_default=True, help="Key of the brand.")
@click.option("--title", default="", help="Make the list, with this name, where it is not there yet.")
@click.option(
    "--kind",
    type=click.Choice(["email", "phone", "account", "id"]),
    help="What the values are; without it each is taken for what it looks like.",
)
@click.option("--store", default="", help="Key of the store whose customers' numbers these are.")
def add(*, key: str, file: Path, brand: str, title: str, kind: str | None, store: str) -> None:
    """Put the people of FILE, a table or plain lines, on the list KEY.

    Whoever is on it already counts once. Killed in the middle, the work loop goes on. Exit code 1 where the file
    cannot be read.
    """
    start()
    from perennial.segments.actions.list_files import hand_in, list_steps, place, way_of
    from perennial.segments.queries.lists import addition
    from perennial.values.reason import Refused

    now = datetime.now(UTC)
    brand_id = _brand(brand).id
    try:
        found = _list(brand_id, key, title, now)
        way = way_of(brand_id=brand_id, kind=kind or "", store_key=store)
        copy = place(0).with_name(f"{key}.{now.timestamp():.0f}.part")
        copy.touch(mode=0o600)
        shutil.copyfile(file, copy)
        job = hand_in(brand_id=brand_id, list_id=found.id, path=copy, name=file.name, way=way, now=now)
    except Refused as refused:
        raise click.ClickException(str(refused)) from None
    for _ in list_steps(brand_id=brand_id, now=now):
        continue
    done = addition(brand_id=brand_id, list_id=found.id, job_id=job)
    if done is not None:
        _tell(done)


def _list(brand_id: int, key: str, title: str, now: datetime) -> StaticList:
    from perennial.segments.actions.lists import make_list
    from perennial.segments.queries.lists import list_of
    from perennial.segments.queries.lists import lists as all_lists

    found = list_of(brand_id=brand_id, key=key)
    if found is not None:
        return found
    if title:
        return make_list(brand_id=brand_id, title=title, key=key, now=now)
    known = ", ".join(one.key for one in all_lists(brand_id=brand_id)) or "none yet"
    raise click.ClickException(f"there is no list {key!r} (known: {known}): make it with --title")


def _tell(done: Job) -> None:
    from perennial.segments.rules.listing import SENTENCES
    from perennial.stores.csv.parser import faults

    counts = done.counts
    click.echo(
        f"{counts.get('new', 0):,} new ({counts.get('matched', 0):,} lead to a customer), "
        f"{counts.get('known', 0):,} on it already, {counts.get('unread', 0):,} lines not understood"
    )
    for line, code in done.cursor["unread"][:_SHOWN]:
        what, remedy = SENTENCES[code]
        click.echo(f"line {line}: {what}. To mend it: {remedy}.", err=True)
    if problem := done.cursor.get("problem"):
        what, remedy = SENTENCES.get(problem["code"]) or faults.SENTENCES[problem["code"]]
        params = problem.get("params", {})
        raise click.ClickException(f"{what.format(**params)}. To mend it: {remedy.format(**params)}.")
