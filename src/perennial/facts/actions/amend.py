"""What staff learn of a customer: attributes, those they buy for, permissions. Each is told to the readers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from django.db import transaction

from perennial.database import ids, rows
from perennial.facts.actions.erasing.again import refuse_erased
from perennial.facts.actions.notes import Outdated
from perennial.facts.actions.record import Source
from perennial.facts.actions.recording.session import Session
from perennial.facts.models.people import Attribute, Beneficiary, Consent, Customer
from perennial.facts.rules.record_base import Beneficiary as Stated
from perennial.facts.rules.record_base import Consent as Said
from perennial.facts.rules.record_base import Who
from perennial.values.hashing import fingerprint
from perennial.values.reason import Refused
from perennial.values.time import to_us

Type = Literal["text", "number", "bool", "date"]
_NAME, _VALUE = 64, 1_000


class NoSuch(Refused):
    """There is no such customer, or nothing of that name with them."""


def typed(type_: str, text: str) -> object:
    """The value that ``text`` writes, as an attribute of ``type_`` keeps it. Raises Refused with the remedy."""
    text = text.replace("\0", "").strip()
    if type_ == "bool":
        if text not in ("yes", "no"):
            raise Refused("choose yes or no", "amend.yes_or_no")
        return text == "yes"
    if type_ == "number":
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise Refused(f"{text!r} is no number: write it as 42 or 42.5", "amend.no_number", what=text)
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    if type_ == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise Refused(f"{text!r} is no day: write it as 1984-05-31", "amend.no_day", what=text) from None
    if type_ != "text":
        raise Refused(f"{type_!r} is no kind of attribute: choose text, number, bool or date", "amend.no_kind")
    if not 0 < len(text) <= _VALUE:
        raise Refused(f"write 1 to {_VALUE} letters", "amend.value_length", most=_VALUE)
    return text


def set_attribute(
    *, source: Source, customer_id: int, name: str, type_: Type, value: object, seen: int | None, now: datetime
) -> None:
    """Write an attribute. ``seen``: the `version_of` what it replaces, None where it is new.

    Raises Outdated (held: the attribute) where another stands there, NoSuch, ValueError.
    """
    name = name.replace("\0", "").strip()
    if not 0 < len(name) <= _NAME:
        raise Refused(f"an attribute's name has 1 to {_NAME} letters", "amend.name_length", most=_NAME)
    with transaction.atomic():
        _hold(source.brand_id, customer_id)
        held = Attribute.objects.filter(brand_id=source.brand_id, customer_id=customer_id, name=name).first()
        if (None if held is None else version_of(held)) != seen:
            raise Outdated(held)
        # Never before what it replaces, whatever the clock says: else an older word of the shop would win.
        at = max(now, held.at) if held else now
        Attribute.objects.update_or_create(
            brand_id=source.brand_id, customer_id=customer_id, name=name,
            defaults={"type": type_, "value": value, "at": at}, create_defaults={
                "id": ids.new(), "type": type_, "value": value, "at": at},
        )  # fmt: skip
        _tell(source, customer_id, now)


def remove_attribute(*, source: Source, customer_id: int, name: str, seen: int, now: datetime) -> None:
    """Forget an attribute that was seen as ``seen``. Raises Outdated, NoSuch."""
    with transaction.atomic():
        _hold(source.brand_id, customer_id)
        held = Attribute.objects.filter(brand_id=source.brand_id, customer_id=customer_id, name=name).first()
        if held is None:
            raise NoSuch("there is no such attribute any more", "amend.gone")
        if version_of(held) != seen:
            raise Outdated(held)
        held.delete()
        _tell(source, customer_id, now)


def put_beneficiary(
    *, source: Source, customer_id: int, id_: int | None, name: str, relation: str, dates: Mapping[str, date],
    seen: int, now: datetime,
) -> None:  # fmt: skip
    """Write someone the customer buys for; ``id_`` and ``seen`` (`version_of`) of what it replaces, or None and 0.

    Raises Outdated (held: the row), NoSuch, ValueError.
    """
    told = Stated(name=name, relation=relation, dates=dict(dates))
    with transaction.atomic():
        _hold(source.brand_id, customer_id)
        theirs = Beneficiary.objects.filter(brand_id=source.brand_id, customer_id=customer_id)
        held = theirs.filter(id=id_).first() if id_ is not None else None
        if (version_of(held) if held else 0) != seen:
            raise Outdated(held)
        if theirs.filter(name=told.name).exclude(id=id_ or 0).exists():
            raise Refused(f"there is a {told.name!r} already: change that one", "amend.name_taken", name=told.name)
        row = held or Beneficiary(id=ids.new(), brand_id=source.brand_id, customer_id=customer_id)
        row.name, row.relation, row.by_hand = told.name, told.relation, True
        row.dates = {label: day.isoformat() for label, day in told.dates.items()}
        row.save()
        _tell(source, customer_id, now)


def remove_beneficiary(*, source: Source, customer_id: int, id_: int, seen: int, now: datetime) -> None:
    """Forget someone the customer bought for. Raises Outdated, NoSuch."""
    with transaction.atomic():
        _hold(source.brand_id, customer_id)
        held = Beneficiary.objects.filter(brand_id=source.brand_id, customer_id=customer_id, id=id_).first()
        if held is None:
            raise NoSuch("they are not there any more", "amend.gone")
        if version_of(held) != seen:
            raise Outdated(held)
        held.delete()
        _tell(source, customer_id, now)


def state_consent(
    *, source: Source, customer_id: int, channel: str, purpose: str, given: bool, why: str, text_version: str,
    proof: str, now: datetime,
) -> None:  # fmt: skip
    """Write down that a customer gave or withdrew a permission now. ``why``: how they told us. Raises NoSuch."""
    told = Said.model_validate(
        {"who": Who(), "at": now, "channel": channel, "purpose": purpose, "given": given, "source": why,
         "text_version": text_version, "proof": proof}
    )  # fmt: skip
    with transaction.atomic():
        _hold(source.brand_id, customer_id)
        session = Session(source, now, history=False)
        id_ = ids.new()
        written = rows.insert_missing(
            Consent,
            rows.columns_of(Consent),
            [(id_, source.brand_id, customer_id, told.channel, told.purpose, told.given, to_us(now), told.source,
              told.text_version, told.proof, to_us(now))],
        )  # fmt: skip
        if written:
            session.event("consent.given" if given else "consent.withdrawn", id_, now, customer_id)
        session.touch(customer_id)
        session.close()


def version_of(row: Attribute | Beneficiary) -> int:
    """What a row is seen as: another number for another content."""
    told: Any = (
        [row.name, row.type, row.value, to_us(row.at)]
        if isinstance(row, Attribute)
        else [row.id, row.name, row.relation, row.dates]
    )
    return int(fingerprint(told)[:12], 16)


def _hold(brand_id: int, customer_id: int) -> None:
    refuse_erased(brand_id, customer_id)
    held = Customer.objects.select_for_update().filter(brand_id=brand_id, id=customer_id)
    if not held.values_list("id", flat=True).first():
        raise NoSuch("there is no such customer: nothing was saved", "amend.no_customer")


def _tell(source: Source, customer_id: int, now: datetime) -> None:
    session = Session(source, now, history=False)
    session.touch(customer_id)
    session.close()
