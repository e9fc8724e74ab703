"""Endpoints: recording what happened. Each effect runs in the transaction that keeps its idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from perennial.database import ids
from perennial.facts.actions.erase import NotErased, erase
from perennial.facts.actions.record import prepare, record_prepared
from perennial.facts.actions.stores import source_of
from perennial.facts.models.brands import Ref, Store
from perennial.facts.models.erasure import Erased
from perennial.facts.models.people import Customer, Identity
from perennial.facts.rules import records
from perennial.facts.rules.addresses import address_key
from perennial.values.ids import public
from perennial.web.access.audit import note
from perennial.web.api import shapes, taken, visible
from perennial.web.api.auth import Caller
from perennial.web.api.endpoints import Given, delete, post
from perennial.web.api.problems import Problem, pointer
from perennial.web.person.at_once import blank_at_once

_AHEAD = timedelta(days=1)  # a clock may be wrong by so much
_SMALLEST_RATE = 1e-12  # rates are kept in millionths of millionths
_ERASED = "This customer was erased."
_BEACON = 65_536  # bytes of what a page sends


@post(
    "/facts", tag="Record", scope="facts:write", body=taken.Facts, gives={200: shapes.Recorded}
)  # fmt: skip
def record_facts(caller: Caller, body: taken.Facts) -> Callable[[], shapes.Recorded]:
    """Record facts

    Orders, customers, refunds, parcels and whatever else a shop knows: at most 200 records with 1,000 lines, all
    of them or none. A record is the whole state of its thing at `updated_at`; the same one twice counts once, an older
    one never replaces a newer. One wrong record refuses the batch, and `errors` names each. Consents need the scope
    customers:write besides; exchange rates need a key that is not bound to a store.
    """
    if body.batch.consents and not caller.may("customers:write"):
        raise Problem("scope", "Consents need the scope customers:write; nothing was recorded.")
    if body.batch.rates:
        caller.whole_brand("exchange rates are about")
    size = sum(len(getattr(body.batch, kind)) for kind in records.Batch.model_fields)
    lines = sum(len(one.lines) for one in body.batch.orders) + sum(len(one.lines) for one in body.batch.carts)
    if size > taken.MOST_RECORDS or lines > taken.MOST_LINES:
        most = f"{taken.MOST_RECORDS:,} records with {taken.MOST_LINES:,} lines"
        raise Problem("too_large", f"These are {size:,} records with {lines:,} lines: send at most {most} at once.")
    if wrong := [{"pointer": pointer(("batch", *place)), "detail": why} for place, why in _impossible(caller, body)]:
        raise Problem("invalid", "Some records cannot be; nothing was recorded.", wrong)
    ready = prepare(body.batch, source_of(caller.store(body.store), "api"))

    def effect() -> shapes.Recorded:
        done = record_prepared(ready, now=caller.now, history=body.history)
        if done.counts["consent.new"]:
            note(
                brand_id=caller.brand_id, now=caller.now, verb="customer.consent", subject="customer",
                fields={f"{one.channel}.{one.purpose}" for one in body.batch.consents}, api_key_id=caller.key.id,
            )  # fmt: skip
        return shapes.Recorded(records=size, counts=dict(sorted(done.counts.items())))

    return effect


@post(
    "/behaviour", tag="Record", scope="behaviour:write", body=taken.Visit, gives={200: shapes.Recorded},
    most=_BEACON, publishable=True,
)  # fmt: skip
def record_behaviour(caller: Caller, body: taken.Visit) -> Callable[[], shapes.Recorded]:
    """Record what a visitor did

    For a shop's pages: any origin may call it, with a publishable key. At most 100 events and 64 KiB. Products
    and orders that we do not know are left out, and a time ahead of ours counts as now: browsers are not believed.
    """
    store = caller.store(body.store)
    products = _known(store, "product", {event.product for event in body.events if event.product})
    orders = _known(store, "order", {event.order for event in body.events if event.order})
    batch = records.Batch(
        behaviour=tuple(
            records.Behaviour(
                who=records.Who(visitor=body.visitor), name=event.id or public("evt", ids.new()), kind=event.kind,
                at=min(event.at or caller.now, caller.now), value=event.value, props=event.props,
                product=event.product if event.product in products else None,
                order=event.order if event.order in orders else None,
            )
            for event in body.events
        )
    )  # fmt: skip
    ready = prepare(batch, source_of(store, "page"))

    def effect() -> shapes.Recorded:
        done = record_prepared(ready, now=caller.now, history=False)
        return shapes.Recorded(records=len(body.events), counts=dict(sorted(done.counts.items())))

    return effect


@post(
    "/customers/{customer_id}/consents", tag="Customers", scope="customers:write", body=taken.ConsentGiven,
    gives={201: shapes.ConsentTaken}, problems=("not_found",),
)  # fmt: skip
def record_consent(caller: Caller, body: taken.ConsentGiven, customer_id: str) -> Callable[[], shapes.ConsentTaken]:
    """Record a consent

    A permission given or withdrawn on a channel. The latest one holds; told twice it counts once.
    """
    customer = visible.customer(caller, customer_id)
    at = body.at or caller.now
    if at > caller.now + _AHEAD:
        raise Problem("invalid", "A consent cannot be given tomorrow.", [{"pointer": "#/at", "detail": "is to come"}])
    store, who = _named(caller, customer)
    consent = records.Consent(who=who, **(body.model_dump() | {"at": at}))
    ready = prepare(records.Batch(consents=(consent,)), source_of(store, "api"))

    def effect() -> shapes.ConsentTaken:
        done = record_prepared(ready, now=caller.now, history=False)
        new = bool(done.counts["consent.new"])
        if new:
            note(
                brand_id=caller.brand_id, now=caller.now, verb="customer.consent", subject="customer",
                subject_id=customer.id, fields=[f"{body.channel}.{body.purpose}"], api_key_id=caller.key.id,
            )  # fmt: skip
        return shapes.ConsentTaken(
            customer=customer_id, channel=body.channel, purpose=body.purpose, given=body.given, at=at, new=new
        )

    return effect


@delete(
    "/customers/{customer_id}", tag="Customers", scope="erase", gives={202: shapes.ErasureBegun},
    problems=("not_found",),
)  # fmt: skip
def erase_customer(caller: Caller, customer_id: str) -> Given:
    """Erase a person for good

    Their name and addresses are gone when this is answered, and nothing that arrives later brings them back; orders
    stay for the accounts, without names. Where there are so many that this call did not come to their end
    (`orders_blank` false), the addresses on orders follow within a minute, while the work loop runs. Others who are
    the same person by merge are erased with them. There is no way back. A second call says 404.
    """
    caller.whole_brand("erasing concerns")
    customer = visible.customer(caller, customer_id)

    def also(_: int) -> None:
        note(
            brand_id=caller.brand_id, now=caller.now, verb="customer.erase", subject="customer",
            subject_id=customer.id, api_key_id=caller.key.id,
        )  # fmt: skip

    try:
        done = erase(brand_id=caller.brand_id, customer_id=customer.id, now=caller.now, also=also)
    except NotErased:
        raise Problem("not_found", _ERASED) from None
    blank = blank_at_once(brand_id=caller.brand_id, now=caller.now)
    return Given(shapes.ErasureBegun(customer=customer_id, erasure=public("era", done), orders_blank=blank), 202)


def _impossible(caller: Caller, body: taken.Facts) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What a record's shape cannot tell: visits to come (each month of them would open a table), rates of nothing."""
    for kind in ("behaviour", "sightings"):
        for index, seen in enumerate(getattr(body.batch, kind)):
            if seen.at > caller.now + _AHEAD:
                yield (kind, index, "at"), "is to come: visits are recorded after they happened"
    for index, event in enumerate(body.batch.behaviour):
        if len(event.kind) > 64:
            yield ("behaviour", index, "kind"), "has at most 64 letters"
    for index, rate in enumerate(body.batch.rates):
        if rate.rate < _SMALLEST_RATE:
            yield ("rates", index, "rate"), "is too small: state it from 0.000000000001 on"
        if not 1900 <= rate.day.year < 2200:
            yield ("rates", index, "day"), "lies before 1900 or after 2200"
    for index, spend in enumerate(body.batch.spend):
        if not 1900 <= spend.day.year < 2200:
            yield ("spend", index, "day"), "lies before 1900 or after 2200"


def _known(store: Store, kind: str, names: set[str]) -> set[str]:
    """Which names the store has told us of: a page's visitor must not make products or orders."""
    if not names:
        return set()
    held = Ref.objects.filter(brand_id=store.brand_id, store_id=store.id, kind=kind, name__in=names)
    return set(held.values_list("name", flat=True))


def _named(caller: Caller, customer: Customer) -> tuple[Store, records.Who]:
    """How a record names a customer we know, and the store in which it does."""
    if Erased.objects.filter(id=customer.id, brand_id=caller.brand_id).exists():
        raise Problem("not_found", _ERASED)
    stores = Store.objects.select_related("brand").filter(brand_id=caller.brand_id)
    account = Ref.objects.filter(brand_id=caller.brand_id, kind="account", target=customer.id).first()
    if account is not None:
        if caller.store_id and account.store_id != caller.store_id:
            raise Problem("scope", "This customer's account is with another store.")
        return stores.get(id=account.store_id), records.Who(account=account.name)
    refs = Ref.objects.filter(brand_id=caller.brand_id, target=customer.id, kind__in=("email", "phone"))
    names = dict(refs.values_list("kind", "name"))
    for held in Identity.objects.filter(brand_id=caller.brand_id, customer_id=customer.id, kind__in=names):
        if names[held.kind] == address_key(held.value):
            who = records.Who(email=held.value) if held.kind == "email" else records.Who(phone=held.value)
            return stores.get(id=caller.store_id or customer.store_id), who
    raise Problem("not_found", "Nothing is known by which this customer could be named.")
