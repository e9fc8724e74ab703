"""Questions to the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from perennial.database import rows
from perennial.facts.models.people import Alias, Consent, Suppression
from perennial.values.time import to_us


def person_of(customer_id: int, *, confirmed: bool) -> int:
    """Who a customer is: in statistics, or (``confirmed``) where points and addresses are at stake."""
    chain = Alias.objects.filter(id=customer_id)
    if not confirmed:
        found = chain.values_list("person_id", flat=True).first()
        return customer_id if found is None else found
    seen = {customer_id}
    while (
        into := chain.filter(confirmed=True).values_list("into_id", flat=True).first()
    ) is not None and into not in seen:
        seen.add(into)
        customer_id, chain = into, Alias.objects.filter(id=into)
    return customer_id


def one_person(*, brand_id: int, customers: Sequence[int]) -> tuple[list[int], set[int]]:
    """All customers who are one person with these, and the people they are (in statistics)."""
    equal = {"brand_id": brand_id}
    known = dict(rows.fetch(Alias, ("id", "person_id"), "id", customers, equal=equal))
    people = {known.get(customer, customer) for customer in customers}
    others = {id_ for (id_,) in rows.fetch(Alias, ("id",), "person_id", people, equal=equal)}
    return sorted({*customers, *people, *others}), people


def consented(*, brand_id: int, customer_id: int, channel: str, purpose: str, as_of: datetime) -> bool:
    """Whether the latest word of a customer on a channel and purpose, up to ``as_of``, is a yes.

    Given and withdrawn at the same instant counts as withdrawn; silence is a no.
    """
    last = (
        Consent.objects.filter(
            brand_id=brand_id, customer_id=customer_id, channel=channel, purpose=purpose, at__lte=to_us(as_of)
        )
        .order_by("-at", "given")
        .values_list("given", flat=True)
        .first()
    )
    return bool(last)


def is_suppressed(*, brand_id: int, channel: str, hash_: str) -> bool:
    """Whether an address (by `actions.suppress.suppression_hash`) must never be contacted."""
    return Suppression.objects.filter(brand_id=brand_id, channel=channel, hash=hash_).exists()
