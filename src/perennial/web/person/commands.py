"""``perennial erase`` and ``perennial export-person``: the same as at the desk, for who works on the machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from perennial.facts.models.brands import Brand

_WHO = "CUSTOMER: a number such as cus_0d1fvq..., or an e-mail address of theirs."


def _found(brand: str, customer: str) -> tuple[Brand, int]:
    from perennial.facts.actions.erasing.person import person
    from perennial.facts.models.brands import Brand
    from perennial.facts.models.people import Customer, Identity
    from perennial.facts.rules.addresses import normal_email
    from perennial.values.ids import parse, public

    place = Brand.objects.filter(key=brand).first()
    if place is None:
        known = ", ".join(Brand.objects.order_by("key").values_list("key", flat=True)) or "none yet"
        raise click.ClickException(f"there is no brand {brand!r} (known: {known})")
    if "@" in customer:
        held = Identity.objects.filter(brand_id=place.id, kind="email", value=normal_email(customer))
        # Whose the address was once is asked only where it is nobody's now.
        ids = sorted(set((held.filter(to_at=None) or held).values_list("customer_id", flat=True)))
        if len(ids) > 1 and not set(ids) <= set(person(place.id, ids[0]).sure):
            several = ", ".join(public("cus", id_) for id_ in ids)
            raise click.ClickException(f"several customers have this address: say which ({several})")
    else:
        try:
            wanted = parse("cus", customer)
        except ValueError as wrong:
            raise click.ClickException(str(wrong)) from None
        ids = list(Customer.objects.filter(brand_id=place.id, id=wanted).values_list("id", flat=True))
    if not ids:
        raise click.ClickException("there is no such customer in this brand")
    return place, ids[0]


@click.command(epilog=_WHO)
@click.argument("customer")
@click.option("--brand", default="main", show_default=True, help="Key of the brand.")
@click.option("--likely", is_flag=True, help="Also records that are the same person by an unconfirmed address alone.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(customer: str, brand: str, likely: bool, yes: bool) -> None:
    """Erase a person for good: names, addresses, notes and what they wrote. Amounts and days stay for the accounts.

    Their addresses stay suppressed, and the next file that names them brings nothing back.
    """
    from perennial.database.start import start

    start()
    from perennial.channels.audiences.actions.forget import forget_at_once
    from perennial.facts.actions import erase as verb
    from perennial.facts.actions.erasing.steps import erase_steps, waiting_readers
    from perennial.facts.models.erasure import Erasure
    from perennial.values.ids import public
    from perennial.web.access.audit import note

    place, id_ = _found(brand, customer)
    brand_id, now = place.id, datetime.now(UTC)
    try:
        plan = verb.plan_erasure(brand_id=brand_id, customer_id=id_, likely=likely)
    except verb.NotErased as wrong:
        raise click.ClickException(str(wrong)) from None
    click.echo(f"{public('cus', id_)}: {len(plan.customers)} records are this person, with {plan.orders:,} orders.")
    if plan.person.likely and not likely:
        click.echo(f"{len(plan.person.likely)} more by an unconfirmed address alone stay (--likely erases them too).")
    for table, count in plan.rows.items():
        click.echo(f"  {table}: {count:,}")
    if not yes:
        click.confirm("This cannot be undone. Erase them?", abort=True)
    done = verb.erase(
        brand_id=brand_id, customer_id=id_, now=now, likely=likely,
        also=lambda _: note(brand_id=brand_id, now=now, verb="customer.erase", subject="customer", subject_id=id_),
    )  # fmt: skip
    forget_at_once(brand_id=brand_id, now=now)
    for _ in erase_steps(brand_id=brand_id, now=now):
        pass
    waiting = waiting_readers(Erasure.objects.get(id=done))
    click.echo("Erased." + (f" {', '.join(waiting)} will follow with the work loop." if waiting else ""))


@click.command("export-person", epilog=_WHO)
@click.argument("customer")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--brand", default="main", show_default=True, help="Key of the brand.")
@click.option("--likely", is_flag=True, help="Also records that are the same person by an unconfirmed address alone.")
def export_person(customer: str, file: Path, brand: str, likely: bool) -> None:
    """Write everything held of a person into FILE (.zip), as they may ask for it."""
    from perennial.database.start import start

    start()
    from django.db import transaction

    from perennial.web.access.audit import note
    from perennial.web.person.export import customers_of, person_zip

    place, id_ = _found(brand, customer)
    now = datetime.now(UTC)
    customers = customers_of(place.id, id_, likely=likely)
    with transaction.atomic():
        note(brand_id=place.id, now=now, verb="customer.export", subject="customer", subject_id=id_)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        for piece in person_zip(brand=place, customers=customers, now=now):
            out.write(piece)
    click.echo(file)
