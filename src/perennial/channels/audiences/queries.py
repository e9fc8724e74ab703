"""Questions to the facts and to the audiences' own tables: set-based, for many people at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.channels.audiences.rules.audience import KIND, Audience
from perennial.channels.audiences.rules.member import Person, Target, Word, target
from perennial.channels.audiences.rules.plan import Standing
from perennial.database import rows
from perennial.documents.models import Document
from perennial.documents.queries import live
from perennial.facts.actions.suppress import suppression_hash
from perennial.facts.models.erasure import Erased
from perennial.facts.models.loop import Pending
from perennial.facts.models.people import Alias, Consent, Customer, Suppression
from perennial.figures.models import CustomerFigures
from perennial.segments.models import Label, Membership
from perennial.values.time import to_us

READER = "audiences"  # of the event that somebody was erased
_FIGURES = ("orders", "revenue", "last_order_day", "rhythm", "stage")
_OF_CUSTOMERS = ("id", "email", "first_name", "last_name", "locale", "country")


@dataclass(frozen=True, slots=True)
class Running:
    """An audience in force: its key, and what it says."""

    key: str
    body: Audience


def in_force(brand_id: int, now: datetime) -> list[Running]:
    """The audiences of a brand that are in force at ``now``."""
    found: list[Document] = live(brand_id=brand_id, at=now, kind=KIND.name)
    return [Running(one.key, KIND.read(one.stored, one.schema, what=one.reference)) for one in found]


def standings(
    *, brand_id: int, body: Audience, currency: str, ids: Collection[int], now: datetime
) -> dict[int, Standing]:
    """Where each of these people stands: in the segment or not, and how they should be at the service."""
    place = {"brand_id": brand_id}
    members = {
        who
        for who, left in rows.fetch(
            Membership, ("customer_id", "left_at"), "customer_id", ids, equal={**place, "segment": body.segment}
        )
        if left is None
    }
    erased = {who for (who,) in rows.fetch(Erased, ("id",), "id", ids, equal=place)}
    people = _people(brand_id, [who for who in ids if who not in erased], body, now)
    wished: dict[int, Target] = {
        who: target(person, body, currency) for who, person in people.items() if person.agreed and person.address
    }
    barred = _suppressed(brand_id, {one.address for one in wished.values()})
    return {
        who: Standing(
            target=one if (one := wished.get(who)) is not None and one.address not in barred else None,
            member=who in members,
            erased=who in erased,
        )
        for who in ids
    }


def _people(brand_id: int, ids: Sequence[int], body: Audience, now: datetime) -> dict[int, Person]:
    """The people behind these ids, each with all customers that are the same person."""
    place = {"brand_id": brand_id}
    says = {one.says for one in body.fields}
    joined = rows.fetch(Alias, ("id", "person_id"), "person_id", ids, equal=place)
    person_of = {who: who for who in ids} | {alias: person for alias, person in joined if alias != person}
    stated: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in rows.fetch(Customer, _OF_CUSTOMERS, "id", person_of, equal=place):
        stated[person_of[row[0]]][row[0]] = row
    words: dict[int, list[Word]] = defaultdict(list)
    about = {**place, "channel": "email", "purpose": "marketing"}
    for who, at, given in rows.fetch(Consent, ("customer_id", "at", "given"), "customer_id", person_of, equal=about):
        if at <= to_us(now):
            words[person_of[who]].append(Word(who, at, bool(given)))
    figures = {row[0]: row[1:] for row in rows.fetch(CustomerFigures, ("id", *_FIGURES), "id", ids, equal=place)}
    borne: dict[int, set[str]] = defaultdict(set)
    if any(one.startswith("label:") for one in says):
        for who, name, to_at in rows.fetch(Label, ("customer_id", "name", "to_at"), "customer_id", ids, equal=place):
            if to_at is None:
                borne[who].add(name)
    return {
        who: Person(
            id=who,
            addresses={one: row[1] for one, row in stated[who].items()},
            words=tuple(words[who]),
            told=_told(stated[who].get(who), figures.get(who)),
            labels=frozenset(borne[who]),
        )
        for who in ids
        if who in stated
    }


def _told(stated: Sequence[Any] | None, figures: Sequence[Any] | None) -> dict[str, str | int | None]:
    told: dict[str, str | int | None] = dict(zip(_OF_CUSTOMERS[2:], stated[2:], strict=True)) if stated else {}
    if figures is not None:
        told |= dict(zip(("orders", "revenue", "last_order_day", "rhythm", "lifecycle"), figures, strict=True))
    return told


def _suppressed(brand_id: int, addresses: Collection[str]) -> set[str]:
    """Which of these addresses must never be written to."""
    hashes = {suppression_hash("email", address): address for address in addresses}
    found = rows.fetch(Suppression, ("hash",), "hash", hashes, equal={"brand_id": brand_id, "channel": "email"})
    return {hashes[hash_] for (hash_,) in found}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an audience is: ``there`` in step at the service, ``waiting`` to be sent, ``refused`` by the service."""

    there: int = 0
    waiting: int = 0
    refused: int = 0


def progress(brand_id: int) -> dict[str, Progress]:
    """How far each audience of a brand is, by key: one question for all."""
    counted: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    found = AudienceMember.objects.filter(brand_id=brand_id).values_list("audience", "state", "goal", "there")
    for key, state, goal, there, count in found.annotate(n=Count("id")):
        sort = {"planned": "waiting", "claimed": "waiting", "refused": "refused", "barred": "refused"}.get(state)
        if sort is None and goal == "in" and there == "in":
            sort = "there"
        if sort:
            counted[key][sort] += count
    return {key: Progress(**counts) for key, counts in counted.items()}


def refusals(brand_id: int, audience: str, limit: int = 100) -> tuple[list[tuple[str, int]], list[AudienceMember]]:
    """Why the service refused, by reason with how many; and the first of those whom it refused."""
    refused = AudienceMember.objects.filter(brand_id=brand_id, audience=audience, state__in=("refused", "barred"))
    reasons = refused.values_list("error").annotate(n=Count("id")).order_by("-n", "error")[:20]
    return [(str(error), int(n)) for error, n in reasons], list(refused.order_by("id")[:limit])


def states(brand_id: int) -> dict[str, AudienceState]:
    """How each audience of a brand stands, by key."""
    return {one.audience: one for one in AudienceState.objects.filter(brand_id=brand_id)}


def something_to_send(brand_id: int) -> bool:
    """Whether a brand has audiences, or somebody was erased: the steps themselves see what is due."""
    erased = Pending.objects.filter(brand_id=brand_id, reader=READER).exists()
    return erased or Document.objects.filter(brand_id=brand_id, kind=KIND.name).exists()
