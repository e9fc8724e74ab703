"""The work of audiences: what the loop calls, and what staff ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic as time_passed

from django.db import transaction

from perennial.channels.audiences.actions.forget import mark_erased, settle, somebody_to_forget
from perennial.channels.audiences.actions.plan import plan_steps
from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.channels.audiences.queries import Running, in_force
from perennial.channels.audiences.rules.outcome import Stopped
from perennial.channels.audiences.rules.plan import BARRED, PLANNED, REFUSED
from perennial.database import ids

_AT_ONCE = 1_000


def audience_steps(*, brand_id: int, now: datetime) -> Iterator[object]:
    """Keep every audience in force in step, each by itself: one whose service is away stops no other.

    To be stopped between two steps for good; what was begun is gone on with.
    """
    from perennial.channels.audiences.actions.send import send_steps

    began = time_passed()

    def clock() -> datetime:
        return now + timedelta(seconds=time_passed() - began)  # a first sending may take an hour

    running = in_force(brand_id, now)
    yield from _forget_ended(brand_id, running)
    if somebody_to_forget(brand_id):
        yield mark_erased(brand_id=brand_id, now=now)
    for one in running:
        state = _state(brand_id, one.key)
        if state.test_wanted_at is not None:
            yield _test(brand_id, one, clock())
        if not one.body.paused and (state.plan_at is None or state.plan_at <= now):
            yield from plan_steps(brand_id=brand_id, running=one, now=now)
        yield from send_steps(brand_id=brand_id, running=one, clock=clock)
    if somebody_to_forget(brand_id):
        yield from settle(brand_id=brand_id, now=now)


def sync_now(*, brand_id: int, audience: str, now: datetime) -> None:
    """Have an audience looked through and sent at once, whatever it waits for."""
    _state(brand_id, audience)
    with transaction.atomic():
        AudienceState.objects.filter(brand_id=brand_id, audience=audience).update(plan_at=now, due_at=None)


def ask_again(*, brand_id: int, audience: str, now: datetime) -> int:
    """Have those sent again whom the service refused; gives back how many."""
    refused = AudienceMember.objects.filter(brand_id=brand_id, audience=audience, state__in=(REFUSED, BARRED))
    done = 0
    while some := list(refused.order_by("id").values_list("id", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            done += refused.filter(id__in=some).update(state=PLANNED, error="", attempts=0, changed_at=now)
    sync_now(brand_id=brand_id, audience=audience, now=now)
    return done


def want_test(*, brand_id: int, audience: str, now: datetime) -> None:
    """Ask whether the service answers to the key and has the list; `AudienceState.test` tells."""
    _state(brand_id, audience)
    with transaction.atomic():
        AudienceState.objects.filter(brand_id=brand_id, audience=audience).update(test_wanted_at=now)


def _test(brand_id: int, one: Running, now: datetime) -> int:
    from perennial.channels.audiences.transport import service

    try:
        at = service(brand_id, one.body)
        try:
            told = f"ok: {at.look()}"
        finally:
            at.close()
    except Stopped as stopped:
        told = f"{stopped.code}: {stopped.reason}".strip(": ")
    with transaction.atomic():
        AudienceState.objects.filter(brand_id=brand_id, audience=one.key).update(
            test=told[:255], tested_at=now, test_wanted_at=None
        )
    return 1


def _state(brand_id: int, audience: str) -> AudienceState:
    found = AudienceState.objects.filter(brand_id=brand_id, audience=audience).first()
    if found is None:
        with transaction.atomic():
            found, _ = AudienceState.objects.get_or_create(
                brand_id=brand_id, audience=audience, defaults={"id": ids.new()}
            )
    return found


def _forget_ended(brand_id: int, running: list[Running]) -> Iterator[int]:
    """Forget whom ended audiences sent. At the service all stays as it is: the merchant ended it, not the members."""
    keys = [one.key for one in running]
    ended = AudienceMember.objects.filter(brand_id=brand_id).exclude(audience__in=keys)
    while some := list(ended.values_list("id", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            yield AudienceMember.objects.filter(id__in=some).delete()[0]
    gone = AudienceState.objects.filter(brand_id=brand_id).exclude(audience__in=keys)
    if gone.exists():
        with transaction.atomic():
            gone.delete()
