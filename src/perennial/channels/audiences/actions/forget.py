"""Who was erased is taken back from the services for good; the erasure is done when they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from perennial.channels.audiences.models import AudienceMember
from perennial.channels.audiences.queries import READER
from perennial.database import rows
from perennial.facts.actions.loop_pending import Due, deal_steps
from perennial.facts.models.erasure import Erased
from perennial.facts.models.loop import Pending
from perennial.values.time import to_us


class StillThere(Exception):  # no error: the event waits for the service
    """Somebody erased is still at a mailing service."""


def somebody_to_forget(brand_id: int) -> bool:
    """Whether an erasure waits for us."""
    return Pending.objects.filter(brand_id=brand_id, reader=READER).exists()


def mark_erased(*, brand_id: int, now: datetime) -> int:
    """Have whoever was erased taken back from every audience; gives back how many rows that concerns.

    The address stays in the row until the service has let go of them: without it nobody could tell it whom.
    """
    found = AudienceMember.objects.filter(brand_id=brand_id).exclude(goal="forget")
    erased = Erased.objects.filter(brand_id=brand_id).values("id")
    theirs = list(found.filter(customer_id__in=erased).values_list("id", "there", "state"))
    sent = [id_ for id_, there, state in theirs if there or state == "claimed"]
    with transaction.atomic():
        rows.remove(AudienceMember, "id", {id_ for id_, *_ in theirs} - set(sent), equal={"brand_id": brand_id})
        rows.change(
            AudienceMember,
            {"goal": "forget", "state": "planned", "attempts": 0, "error": "", "changed_at": to_us(now)},
            "id",
            sent,
            equal={"brand_id": brand_id},
        )
    return len(theirs)


def forget_at_once(*, brand_id: int, now: datetime) -> None:
    """Be done with erasures of people who are at no service; the others are for the loop, which asks the services."""
    if somebody_to_forget(brand_id):
        mark_erased(brand_id=brand_id, now=now)
        for _ in settle(brand_id=brand_id, now=now):
            pass


def settle(*, brand_id: int, now: datetime) -> Iterator[int]:
    """Tell the erasures that are done here. Nothing is told while somebody still waits to be taken back."""

    def deal(due: Due) -> None:
        if AudienceMember.objects.filter(brand_id=brand_id, customer_id=due.subject_id).exists():
            raise StillThere("they are still at a mailing service")

    if not AudienceMember.objects.filter(brand_id=brand_id, goal="forget").exists():
        yield from deal_steps(reader=READER, brand_id=brand_id, now=now, deal=deal)
