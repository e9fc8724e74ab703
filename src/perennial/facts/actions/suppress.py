"""Never to be contacted again: the keyed hash of an address, which outlives the person's erasure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Literal

from django.conf import settings
from django.db import transaction

from perennial.database import ids, rows
from perennial.facts.models.people import Suppression
from perennial.facts.rules.addresses import normal_email, normal_phone
from perennial.values.time import to_us

Channel = Literal["email", "sms", "post", "phone"]


class NoAddress(ValueError):
    """What was to be suppressed is no address of that channel."""


def suppression_hash(channel: Channel, address: str, country: str = "") -> str:
    """The keyed hash (HMAC-SHA-256 under the installation's secret) of an address in its normal form.

    Raises NoAddress. Whoever changes the secret loses the suppressions: they cannot be computed again.
    """
    normal = {"email": lambda: normal_email(address), "post": lambda: " ".join(address.casefold().split())}.get(
        channel, lambda: normal_phone(address, country)
    )()
    if not normal:
        raise NoAddress(f"this is no address for {channel}: nothing was suppressed")
    key = f"suppression:{settings.SECRET_KEY}".encode()
    return hmac.new(key, f"{channel}:{normal}".encode(), hashlib.sha256).hexdigest()


def suppress(*, brand_id: int, channel: Channel, address: str, why: str, now: datetime, country: str = "") -> bool:
    """Suppress an address; False if it was already. ``why`` is a code: complaint, unsubscribed, erased, bounced."""
    row = (ids.new(), brand_id, channel, suppression_hash(channel, address, country), why, to_us(now))
    with transaction.atomic():
        return rows.insert_missing(Suppression, rows.columns_of(Suppression), [row]) == 1
