"""Links to a customer's card, for support desks that show pages of others within their own.

A link names one customer, a key of the brand, an end, and who made it when; it is signed, so that nothing in it
can be changed. It is good for as long as whoever made it works with the brand, or the API's key that did is good.
There is no link for whoever an address belongs to: with one, anybody who ever saw it could ask for every
customer. A support desk asks the API for the link of the one customer at hand. Revoking the key ends all links.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from perennial.database import ids
from perennial.values.ids import parse, public
from perennial.values.time import to_us
from perennial.web.models import ApiKey, CardKey, Member

_SALT = "perennial.card"
DAYS = (1, 7, 30, 365)  # for how long a link may be good


def link_token(
    *, brand_id: int, customer_id: int, days: int, now: datetime, user_id: int = 0, api_key_id: int = 0
) -> str:
    """The token of a link that is good for ``days``; the brand's first link makes its key."""
    if days not in DAYS:
        raise ValueError(f"a link is good for one of {', '.join(map(str, DAYS))} days, not {days}")
    with transaction.atomic():
        key = CardKey.objects.select_for_update().filter(brand_id=brand_id, revoked_at=None).order_by("-id").first()
        if key is None:
            key = CardKey.objects.create(id=ids.new(), brand_id=brand_id, created_by=user_id, created_at=now)
    told = [
        key.id,
        public("cus", customer_id),
        to_us(now + timedelta(days=days)) // 1_000_000,
        user_id,
        to_us(now),
        api_key_id,
    ]
    return signing.dumps(told, salt=_SALT)


def read_token(token: str, *, now: datetime) -> tuple[int, str] | None:
    """(brand, public id of the customer) of a link that is good now; None for any other."""
    try:
        key_id, customer, until, user_id, made_us, api_key_id = signing.loads(token, salt=_SALT)
        parse("cus", customer)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if int(until) * 1_000_000 <= to_us(now):
        return None
    brand_id = CardKey.objects.filter(id=key_id, revoked_at=None).values_list("brand_id", flat=True).first()
    if brand_id is None:
        return None
    if api_key_id:
        good = ApiKey.objects.filter(brand_id=brand_id, id=api_key_id, revoked_at=None)
        return (brand_id, customer) if good.exists() else None
    # Since: whoever ended and was added again holds none of their links of before.
    theirs = Member.objects.filter(brand_id=brand_id, user_id=user_id, ended_at=None, since__lte=made_us)
    return (brand_id, customer) if theirs.exists() else None


def revoke(*, brand_id: int, now: datetime) -> int:
    """End all links of a brand; gives back how many keys that took."""
    return CardKey.objects.filter(brand_id=brand_id, revoked_at=None).update(revoked_at=now)
