"""Endpoints: customers, found by address or by figures, and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.urls import reverse
from ninja import Query

from perennial.facts.models.people import Alias, Attribute, Consent, Customer, Identity
from perennial.facts.rules.addresses import normal_email, normal_phone
from perennial.figures.models import CustomerFigures
from perennial.values.ids import parse, public
from perennial.values.time import LocalDay
from perennial.web.api import shapes, visible
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import get
from perennial.web.api.paging import Cursor, Limit, Pager
from perennial.web.api.problems import Problem
from perennial.web.api.shapes import money, money_or_none
from perennial.web.customers import card
from perennial.web.segments.care_reading import scores_of

Stage = Literal["prospect", "new", "active", "loyal", "won_back", "drifting", "lost"]
Rhythm = Literal["on_time", "due", "drifting", "lost", "unknown"]
_Text = Annotated[str | None, Query(None, max_length=255, description="exactly; alone, without other filters")]
_Amount = Annotated[int | None, Query(None, ge=-(2**63), le=2**63 - 1, description="revenue, minor units")]
_Orders = Annotated[int | None, Query(None, ge=0, le=2**31 - 1, description="at least so many orders")]
_Days = Annotated[Literal["1", "7", "30", "365"], Query("1", description="for how many days the link is good")]
_Day = Annotated[date | None, Query(None, description="day of the last order")]


@get("/customers", tag="Customers", scope="customers:read", problems=("cursor",))
def list_customers(
    caller: Caller,
    *,
    limit: Limit,
    cursor: Cursor,
    email: _Text,
    phone: _Text,
    account: _Text,
    stage: Annotated[Stage | None, Query(None)],
    rhythm: Annotated[Rhythm | None, Query(None)],
    min_orders: _Orders,
    min_revenue: _Amount,
    max_revenue: _Amount,
    last_order_from: _Day,
    last_order_before: _Day,
) -> shapes.Customers:
    """List customers

    Without filters all of them, the oldest first. `email`, `phone` or `account` find those who have, or had,
    that very address. Filters on figures (scope figures:read) list people, the greatest revenue first.
    """
    figures: dict[str, Any] = {
        "stage": stage, "rhythm": rhythm, "orders__gte": min_orders, "revenue__gte": min_revenue,
        "revenue__lte": max_revenue, "last_order_day__gte": _day(last_order_from),
        "last_order_day__lt": _day(last_order_before),
    }  # fmt: skip
    figures = {name: value for name, value in figures.items() if value is not None}
    pager = Pager(caller, "customers", email=email, phone=phone, account=account, **figures)
    found = visible.customers(caller)
    if figures:
        if email is not None or phone is not None or account is not None:
            raise Problem("invalid", "Search by an address, or filter by figures: not both.")
        return _by_figures(caller, found, pager, limit=limit, cursor=cursor, wanted=figures)
    for kind, value in (("email", email), ("phone", phone), ("account", account)):
        if value is not None:
            found = found.filter(id__in=_holders(caller, kind, value))
    if (after := pager.after(cursor)) is not None:
        found = found.filter(id__gt=after[0])
    rows, following = pager.page(list(found.order_by("id")[: limit + 1]), limit, lambda row: [row.id])
    return shapes.Customers(items=[shapes.Customer(**one) for one in _told(caller, rows)], next=following)


@get("/customers/{customer_id}", tag="Customers", scope="customers:read", problems=("not_found",))
def read_customer(caller: Caller, customer_id: str) -> shapes.CustomerInFull:
    """Read a customer

    Profile, figures, consents as they hold now, and the addresses by which they are known: all that the brand
    knows, also for a key that is bound to one of its stores.
    """
    customer = visible.customer(caller, customer_id)
    mine = {"brand_id": caller.brand_id, "customer_id": customer.id}
    known = Identity.objects.filter(**mine).order_by("from_at", "id")
    latest: dict[tuple[str, str], Consent] = {}
    # Given and withdrawn at one instant counts as withdrawn: it comes last.
    for consent in Consent.objects.filter(**mine, at__lte=caller.now).order_by("at", "-given"):
        latest[consent.channel, consent.purpose] = consent
    told = _told(caller, [customer])[0]
    # Scores count all stores together, as figures do.
    may = caller.may("figures:read") and not caller.store_id
    return shapes.CustomerInFull(
        **told,
        scores=[
            shapes.Score(**one) for one in scores_of(caller.brand_id, parse("cus", told["person"]))
        ] if may else [],
        consents=[
            shapes.ConsentHeld(
                channel=one.channel, purpose=one.purpose, given=one.given, at=one.at, text_version=one.text_version
            )
            for _, one in sorted(latest.items())
        ],
        identities=[
            shapes.IdentityHeld(
                kind=one.kind, value=one.value, source=one.source, verified_at=one.verified_at, since=one.from_at,
                until=one.to_at,
            )
            for one in known
        ],
        attributes=dict(Attribute.objects.filter(**mine).order_by("name").values_list("name", "value")),
    )  # fmt: skip


@get(
    "/customers/{customer_id}/card", tag="Customers", scope="customers:read", gives={200: shapes.CardLink},
    problems=("not_found",),
)  # fmt: skip
def link_to_card(caller: Caller, customer_id: str, *, days: _Days) -> shapes.CardLink:
    """Get a link to a customer's card

    A read-only page for support desks, which may show it within their own: who the customer is, what they brought and
    what happened lately. Whoever has the link sees it, until it ends or this key is revoked. Because the card tells of
    orders of every store, the key needs the scope facts:read, too, and must not be bound to a store.
    """
    caller.whole_brand("a card tells of")
    if not caller.may("facts:read"):
        raise Problem("scope", "A card tells of orders: the key needs the scope facts:read, too.")
    customer = visible.customer(caller, customer_id)
    token = card.link_token(
        brand_id=caller.brand_id, customer_id=customer.id, days=int(days), now=caller.now, api_key_id=caller.key.id
    )
    return shapes.CardLink(path=reverse("card", args=[token]), until=caller.now + timedelta(days=int(days)))


def _day(day: date | None) -> int | None:
    return None if day is None else int(LocalDay.on(day))


def _holders(caller: Caller, kind: str, value: str) -> list[int]:
    """Who has, or had, an address. A list: few share one, and each is then looked up by id."""
    if kind == "email":
        value = normal_email(value)
    elif kind == "phone":
        value = normal_phone(value, "")
    known = Identity.objects.filter(brand_id=caller.brand_id, kind=kind, value=value)
    return list(known.values_list("customer_id", flat=True))


def _by_figures(
    caller: Caller,
    visible_ones: QuerySet[Customer],
    pager: Pager,
    *,
    limit: int,
    cursor: str | None,
    wanted: dict[str, Any],
) -> shapes.Customers:
    caller.whole_brand("figures are about")
    if not caller.may("figures:read"):
        raise Problem("scope", "Filters on figures need the scope figures:read.")
    found = CustomerFigures.objects.filter(brand_id=caller.brand_id, **wanted)
    if (after := pager.after(cursor)) is not None:
        # The first of the two conditions is where the walk down the index begins.
        found = found.filter(Q(revenue__lt=after[0]) | Q(id__lt=after[1]), revenue__lte=after[0])
    # Both downwards: the index backwards, else every page would sort all of them.
    rows, following = pager.page(
        list(found.order_by("-revenue", "-id")[: limit + 1]), limit, lambda row: [row.revenue, row.id]
    )
    people = {one.id: one for one in visible_ones.filter(id__in=[row.id for row in rows])}
    listed = [people[row.id] for row in rows if row.id in people]
    return shapes.Customers(items=[shapes.Customer(**one) for one in _told(caller, listed)], next=following)


def _told(caller: Caller, found: Sequence[Customer]) -> list[dict[str, Any]]:
    """Customers as their shape wants them: two more queries, however many they are."""
    ids = [one.id for one in found]
    # By ids alone: beside a condition on the brand SQLite may take an index of the brand and read all of it.
    persons = {one.id: one.person_id for one in Alias.objects.filter(id__in=ids) if one.brand_id == caller.brand_id}
    figures: dict[int, CustomerFigures] = {}
    # Figures count all stores together: a key that is bound to one must not see them.
    if caller.may("figures:read") and not caller.store_id:
        chosen = {persons.get(id_, id_) for id_ in ids}
        held = CustomerFigures.objects.filter(id__in=chosen)
        figures = {one.id: one for one in held if one.brand_id == caller.brand_id}
    return [
        {
            "id": public("cus", one.id), "person": public("cus", persons.get(one.id, one.id)),
            "store": public("sto", one.store_id), "account": one.account, "email": one.email, "phone": one.phone,
            "first_name": one.first_name, "last_name": one.last_name, "locale": one.locale, "country": one.country,
            "acquired_by": one.acquired_by, "created_at": one.created_at,
            "figures": _figures(figures.get(persons.get(one.id, one.id)), caller),
        }
        for one in found
    ]  # fmt: skip


def _figures(row: CustomerFigures | None, caller: Caller) -> shapes.Figures | None:
    if row is None:
        return None
    unit = caller.brand.currency
    return shapes.Figures(
        as_of=row.as_of, orders=row.orders, revenue=money(row.revenue, unit), profit=money_or_none(row.profit, unit),
        average_order=money_or_none(row.aov, unit), first_order=_date(row.first_order_day),
        last_order=_date(row.last_order_day), stage=row.stage, recency=row.r, frequency=row.f, monetary=row.m,
        rfm_group=row.rfm_group, rhythm=row.rhythm, usual_gap=row.usual_gap, expected=_date(row.expected_day),
        due=_date(row.due_day), yearly_value=money_or_none(row.yearly_value, unit),
    )  # fmt: skip


def _date(day: int | None) -> date | None:
    return None if day is None else LocalDay(day).date
