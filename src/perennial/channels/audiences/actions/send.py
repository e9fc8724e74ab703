"""Sending what was planned: claim a batch, ask the service, keep what it answered for each.

Both services take the same thing twice as once (an address has one place in a list), so that a batch whose answer
was lost is sent again. What is sent is read from the facts at that moment: whoever withdrew their consent since the
plan is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from perennial.channels.audiences.actions.plan import write
from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.channels.audiences.queries import Running, standings
from perennial.channels.audiences.rules.outcome import Later, Outcome, Put, Service, Stopped, Take
from perennial.channels.audiences.rules.plan import (
    BARRED,
    CLAIMED,
    DONE,
    PLANNED,
    REFUSED,
    Change,
    Held,
    Standing,
    changes,
)
from perennial.channels.audiences.transport import service
from perennial.database import ids, rows
from perennial.facts.models.brands import Brand
from perennial.values.hashing import fingerprint
from perennial.values.time import to_us

Clock = Callable[[], datetime]
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_TAKE_AT_ONCE = 50  # one call each
_KEEP_AT_ONCE = 200  # rows per transaction: SQLite's write lock is held some 20 ms
_KEPT = {
    name: f'excluded."{name}"'
    for name in ("there", "claim", "sent_at", "error", "state", "sent", "attempts", "address", "wanted", "goal")
}
_ATTEMPTS = 8  # of a member whose call fails every time: then it is refused, and stands in nobody's way
_ASKING = "asking"  # in `sent`, of a newcomer whose call is on its way
_HOW = {"away": "archive", "forget": "forget"}


def send_steps(*, brand_id: int, running: Running, clock: Clock) -> Iterator[int]:
    """Send all that is planned, in short transactions around each call; yields how many rows each call settled.

    Stops where the service asks for another time, or refuses whatever is asked: `AudienceState` says until when
    and why. Of a paused audience only the erased are sent.
    """
    state = AudienceState.objects.get(brand_id=brand_id, audience=running.key)
    if state.due_at is not None and state.due_at > clock():
        return
    _take_up_again(brand_id, running.key)
    settled = running.body.paused or state.checked == _checked(running)
    if settled and not _planned(brand_id, running).exists():
        _in_step(state, running, clock())
        return
    at: Service | None = None
    try:
        at = service(brand_id, running.body)
        _settle_document(state, running, at)
        failed = state.failures if state.error.startswith("later") else 0
        size = max(at.most >> min(2 * failed, 10), 1)  # a member on whom every call fails is found in a small one
        while claimed := _claim(brand_id, running, size):
            yield _send(brand_id, running, at, claimed, clock)
            size = min(size * 4, at.most)
    except Stopped as stopped:
        _postpone(state, stopped, clock())
        return
    finally:
        if at is not None:
            at.close()
    _in_step(state, running, clock())


def _planned(brand_id: int, running: Running) -> QuerySet[AudienceMember]:
    planned = AudienceMember.objects.filter(brand_id=brand_id, audience=running.key, state=PLANNED)
    return planned.filter(goal="forget") if running.body.paused else planned


def _take_up_again(brand_id: int, audience: str) -> None:
    """What a killed process left claimed is planned again: whether the service heard of it nobody knows."""
    left = AudienceMember.objects.filter(brand_id=brand_id, audience=audience, state=CLAIMED)
    if left.exists():
        with transaction.atomic():
            left.filter(sent=_ASKING).update(sent="")
            left.update(state=PLANNED, claim=0)


def _claim(brand_id: int, running: Running, size: int) -> list[AudienceMember]:
    """Take the next rows: those to be taken back first, and never both sorts in one call."""
    token = ids.new()
    planned = _planned(brand_id, running)
    for wanted, most in ((~Q(goal="in"), min(size, _TAKE_AT_ONCE)), (Q(goal="in"), size)):
        chosen = list(planned.filter(wanted).order_by("attempts", "id").values_list("id", flat=True)[:most])
        if not chosen:
            continue
        free = AudienceMember.objects.filter(id__in=chosen, state=PLANNED)
        with transaction.atomic():
            # Before the call: if we die in it, nobody knows whether the service has them.
            free.filter(goal="in", there="").update(there="doubt", sent=_ASKING)
            free.update(state=CLAIMED, claim=token)
        return list(AudienceMember.objects.filter(brand_id=brand_id, audience=running.key, claim=token))
    return []


def _send(brand_id: int, running: Running, at: Service, claimed: Sequence[AudienceMember], clock: Clock) -> int:
    prints: dict[int, str] = {}
    try:
        if claimed[0].goal != "in":
            return _keep(claimed, at.take([_take(row, running) for row in claimed]), prints, clock())
        puts, strayed = _read_again(brand_id, running, claimed, prints, clock())
        return len(strayed) + (_keep(claimed, at.put(puts), prints, clock()) if puts else 0)
    except Stopped as stopped:
        _keep(claimed, stopped.done, prints, clock())
        _release(claimed, stopped)
        raise


def _take(row: AudienceMember, running: Running) -> Take:
    how = _HOW.get(row.goal) or ("untag" if running.body.leavers == "untag" else "archive")
    return Take(row.id, row.address, row.key, how)  # type: ignore[arg-type]  # one of the three


def _read_again(
    brand_id: int, running: Running, claimed: Sequence[AudienceMember], prints: dict[int, str], now: datetime
) -> tuple[list[Put], list[AudienceMember]]:
    """Those who still should be there, as the facts have them now; the others, planned anew (`_stray`)."""
    currency = Brand.objects.values_list("currency", flat=True).get(id=brand_id)
    people = sorted({row.customer_id for row in claimed})
    found = standings(brand_id=brand_id, body=running.body, currency=currency, ids=people, now=now)
    puts: list[Put] = []
    strayed: list[AudienceMember] = []
    for row in claimed:
        standing = found[row.customer_id]
        target = standing.target
        if target is None or not standing.member or standing.erased or target.key != row.key:
            strayed.append(row)
            continue
        puts.append(Put(row.id, target.address, row.key, target.values, "" if row.sent == _ASKING else row.there))
        prints[row.id] = target.fingerprint
    if strayed:
        _stray(brand_id, running, strayed, found, now)
    return puts, strayed


def _stray(
    brand_id: int,
    running: Running,
    strayed: Sequence[AudienceMember],
    found: Mapping[int, Standing],
    now: datetime,
) -> None:
    """People who left, withdrew or moved since the plan: not sent, and taken back where they were sent before."""
    rows_of = AudienceMember.objects.filter(id__in=[row.id for row in strayed])
    with transaction.atomic():
        # Nothing of this call has left: who was never there still is not.
        rows_of.filter(sent=_ASKING).update(there="", sent="")
        rows_of.update(state=PLANNED, claim=0)
    wished: list[Change] = []
    for row in rows_of:
        held = Held(row.id, row.customer_id, row.key, "in", row.wanted, row.sent, row.there, row.state)
        wished += changes(found[row.customer_id], [held], {})
    write(brand_id=brand_id, audience=running.key, wished=wished, now=now)


def _keep(
    claimed: Sequence[AudienceMember], outcomes: Sequence[Outcome], prints: Mapping[int, str], now: datetime
) -> int:
    """Write what became of each row of a call, a few at a time. A row whose goal changed meanwhile stays planned.

    Rows that were not written when we die are claimed still, and sent again.
    """
    by_id = {row.id: row for row in claimed}
    changed: list[AudienceMember] = []
    forgotten: list[int] = []
    for outcome in outcomes:
        row = by_id[outcome.row]
        row.there, row.claim, row.sent_at, row.error = outcome.there, 0, now, outcome.refused
        if outcome.refused:
            row.state, row.sent = (BARRED if outcome.barred else REFUSED), ""
        elif row.goal == "forget":
            forgotten.append(row.id)
            continue
        else:
            row.state, row.attempts = DONE, 0
            row.sent = prints.get(row.id, "")
            if row.goal == "away":
                row.address = ""  # whoever may not be mailed is kept by the hash alone
            elif row.goal == "in":
                row.wanted = row.sent
        changed.append(row)
    for start in range(0, len(changed), _KEEP_AT_ONCE):
        _write(changed[start : start + _KEEP_AT_ONCE])
    if forgotten:
        with transaction.atomic():
            AudienceMember.objects.filter(id__in=forgotten).delete()
    return len(outcomes)


def _write(changed: Sequence[AudienceMember]) -> None:
    columns = rows.columns_of(AudienceMember)
    with transaction.atomic():
        current = dict(AudienceMember.objects.filter(id__in=[row.id for row in changed]).values_list("id", "goal"))
        for row in changed:
            if (goal := current.get(row.id, row.goal)) != row.goal:
                row.goal, row.state = goal, PLANNED
        kept = [_values(row, columns) for row in changed if row.id in current]
        rows.upsert(AudienceMember, columns, kept, key=("brand_id", "audience", "key"), change=_KEPT)


def _values(row: AudienceMember, columns: Sequence[str]) -> tuple[object, ...]:
    found = (getattr(row, column) for column in columns)
    return tuple(to_us(value) if isinstance(value, datetime) else value for value in found)


def _release(claimed: Sequence[AudienceMember], stopped: Stopped) -> None:
    """Give rows back that were not done. Whose every call fails is refused in the end: others must not wait for it."""
    mine = AudienceMember.objects.filter(id__in=[row.id for row in claimed], state=CLAIMED, claim=claimed[0].claim)
    with transaction.atomic():
        mine.filter(sent=_ASKING, id__in=stopped.asked).update(sent="")  # nobody knows: still in doubt
        mine.filter(sent=_ASKING).update(sent="", there="")
        if len(stopped.asked) == 1:
            tried = mine.filter(id__in=stopped.asked)
            tried.filter(attempts__gte=_ATTEMPTS - 1).update(state=REFUSED, error=stopped.reason, claim=0)
            tried.update(attempts=F("attempts") + 1)
        mine.update(state=PLANNED, claim=0)


def _settle_document(state: AudienceState, running: Running, at: Service) -> None:
    """Bring rows in line with a list or tag that is another than before, and have the fields at the service."""
    checked = _checked(running)
    if state.checked == checked:
        return
    place, tag = _place(running), running.body.tag or ""
    at.prepare()
    mine = AudienceMember.objects.filter(brand_id=state.brand_id, audience=state.audience)
    with transaction.atomic():
        if state.place not in {"", place}:
            # Another list knows nobody of them. Those of before stay as they are where they were.
            mine.exclude(goal="in").delete()
            mine.update(there="", sent="", state=PLANNED, error="", attempts=0)
        elif state.place and state.tag != tag:
            mine.filter(there="in").update(there="doubt")
            mine.filter(goal="in", state=DONE).update(state=PLANNED)
        AudienceState.objects.filter(id=state.id).update(place=place, tag=tag, checked=checked)


def _checked(running: Running) -> str:
    """What the service was asked to have: the list, the tag, the fields."""
    fields = [[one.tag, one.says] for one in running.body.fields]
    return fingerprint([_place(running), running.body.tag, fields])


def _place(running: Running) -> str:
    return ":".join(running.body.place)


def _in_step(state: AudienceState, running: Running, now: datetime) -> None:
    with transaction.atomic():
        told = {"due_at": None, "failures": 0, "error": ""}
        if not running.body.paused:
            told["in_step_at"] = to_us(now)
        AudienceState.objects.filter(id=state.id).update(**told)


def _postpone(state: AudienceState, stopped: Stopped, now: datetime) -> None:
    """Say why nothing more is sent for now, and when it goes on."""
    wait = min(_FIRST * 2 ** min(state.failures, 6), _LONGEST)
    if isinstance(stopped, Later) and stopped.seconds is not None:
        wait = timedelta(seconds=max(stopped.seconds, 1))
    failures = state.failures + int(not isinstance(stopped, Later) or stopped.seconds is None)
    with transaction.atomic():
        AudienceState.objects.filter(id=state.id).update(
            due_at=now + wait, failures=min(failures, 100), error=f"{stopped.code}: {stopped.reason}".strip(": ")
        )
