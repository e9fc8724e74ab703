"""How people stand, as columns: days of events, stage and group, what is known of them, what they agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from perennial.insight.calendar import first_day, month_of
from perennial.insight.lifecycle import lifecycle
from perennial.insight.net import days_between, how_many
from perennial.insight.rfm import rfm
from perennial.insight.rhythm import rhythm
from perennial.segments.compile.comparing import held
from perennial.segments.compile.counted import visits
from perennial.segments.compile.plan import Plan, Read
from perennial.segments.compile.population import dormant, rfm_cuts, store_rhythm
from perennial.segments.rules.acts import BY_REFERRAL, REFERRED
from perennial.segments.rules.compare import When
from perennial.segments.rules.conditions.dated import Dated, Event, Since, Yearly
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.fold.comparing import plain_bounds
from perennial.segments.rules.fold.standing import on_days
from perennial.segments.rules.history import folded
from perennial.segments.rules.yearly import days_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LONG = 100
_POSITIVE = 12 * 2000


def any_row(plan: Plan, source: str, key: str, meant: Any) -> Read:
    """Whether a person has a row of a source that is meant."""
    read = plan.column(source, key, lambda t: how_many(meant(t)))
    return lambda wide: read(wide).fill_null(0) > 0


def event_day(event: Event, plan: Plan) -> Read:
    """The local day of an event; null where there was none."""
    match event:
        case "joined":
            return plan.column("customers", "joined", lambda t: t.created_day.min(where=t.created_at.notnull()))
        case "last_visit":
            return plan.column("acts", "last visit", lambda t: t.day.max(where=visits(t)))
        case "first_order":
            return plan.column("orders", "first order", lambda t: t.ordered_day.min(where=t.counts))
        case "last_order":
            return plan.column("orders", "last order", lambda t: t.ordered_day.max(where=t.counts))


def dated(condition: Dated, plan: Plan) -> Read:
    """The day of the event is among those that are meant."""
    _all_days(condition.kind, plan)
    read = event_day(condition.kind, plan)
    return lambda wide: _among(read(wide), condition.when, plan.as_of.day)


def since(condition: Since, plan: Plan) -> Read:
    """So many days since the event."""
    _all_days(condition.event, plan)
    read, bounds = event_day(condition.event, plan), plain_bounds(condition.holds)
    return lambda wide: held(days_between(read(wide), plan.as_of), bounds)


def _all_days(event: Event, plan: Plan) -> None:
    """The first or last of all: the source must be read whole."""
    plan.since({"joined": "customers", "last_visit": "acts"}.get(event, "orders"), None)


def _among(day: ir.IntegerValue, when: When, today: int) -> ir.BooleanValue:
    import ibis

    first, last = on_days(when, today)
    found: ir.BooleanValue = ibis.literal(value=True)
    if first is not None:
        found = found & (day >= first)
    if last is not None:
        found = found & (day <= last)
    return (found & day.notnull()).fill_null(False)


def standing(condition: Standing, plan: Plan) -> Read:
    """The person stands as one of the values says."""
    values = sorted(condition.values)
    match condition.kind:
        case "rhythm" | "lifecycle" | "rfm":
            return _own(condition, plan)
        case "country":
            return any_row(plan, "customers", condition.text(), lambda t: t.country.isin(values))
        case "language":
            return any_row(plan, "customers", condition.text(), lambda t: _speaks(t.locale, values))
        case "currency":
            stores = sorted(id_ for id_, currency in plan.known.currencies.items() if currency in values)
            plan.since("orders", None)
            return any_row(plan, "orders", condition.text(), lambda t: t.counts & t.store_id.isin(stores or [-1]))
        case _:
            return _goods(condition, plan)


def _speaks(locale: ir.StringValue, languages: list[str]) -> ir.BooleanValue:
    own = locale.lower().replace("_", "-")
    found = own == languages[0].lower()
    for one in languages:
        found = found | (own == one.lower()) | own.startswith(f"{one.lower()}-")
    return found


def _own(condition: Standing, plan: Plan) -> Read:
    """What `insight` says of everybody, measured against the store as it was found before."""
    t, as_of, known = plan.tables, plan.as_of, plan.known
    name = condition.kind

    def make(_first: int | None) -> ir.Table:
        if name == "rfm":
            cuts = rfm_cuts(known)
            found = rfm(t, as_of, treatment=known.treatment, cuts=cuts) if cuts is not None else None
            return (
                t.customers.select(person_id="customer_id", group="country").filter(False) if found is None else found
            )
        store = store_rhythm(known)
        if name == "rhythm":
            return rhythm(t, as_of, treatment=known.treatment, store=store).select("person_id", group="state")
        found = lifecycle(t, as_of, treatment=known.treatment, store=store, dormant=dormant(known))
        return found.select("person_id", group="stage")

    plan.source(name, make)
    read = plan.column(name, name, lambda rows: rows.group.max())
    missing = {"rhythm": "unknown", "lifecycle": "prospect", "rfm": ""}[name]
    return lambda wide: read(wide).fill_null(missing).isin(sorted(condition.values))


def own_turns(plan: Plan) -> ir.Table:
    """When each person's rhythm turns: ``person_id``, ``last_day``, ``expected_day``, ``due_day``, ``lost_day``."""
    found = rhythm(plan.tables, plan.as_of, treatment=plan.known.treatment, store=store_rhythm(plan.known))
    return found.select("person_id", "last_day", "expected_day", "due_day", "lost_day")


def _goods(condition: Standing, plan: Plan) -> Read:
    """A line of the first or last order is of one of the products or categories."""
    import ibis

    first, products = condition.kind.startswith("first"), condition.kind.endswith("product")
    source = f"{'first' if first else 'last'} lines"

    def make(_first: int | None) -> ir.Table:
        n = plan.rows("lines")
        o = plan.orders(None)
        o = o.filter(o.counts)
        by = [o.ordered_at, o.order_id] if first else [ibis.desc(o.ordered_at), ibis.desc(o.order_id)]
        o = o.mutate(nth=ibis.row_number().over(group_by=o.person_id, order_by=by))
        o = o.filter(o.nth == 0).select(chosen="order_id")
        return n.join(o, n.order_id == o.chosen)

    plan.source(source, make)
    ids = sorted(plan.known.product_ids(frozenset(condition.values))) if products else []

    def meant(t: ir.Table) -> ir.BooleanValue:
        if products:
            return t.product_id.isin(ids or [-1])
        found: ir.BooleanValue = ibis.literal(value=False)
        for name in condition.values:
            found = found | ((t.category == name) | t.category.startswith(f"{name} > ")).fill_null(False)
        return found

    return any_row(plan, source, condition.text(), meant)


def attribute(condition: Attribute, plan: Plan) -> Read:
    """What is known of the person is as the condition says."""
    return any_row(
        plan, "attributes", condition.text(), lambda t: (t.name == condition.name) & _fitting(condition, plan, t)
    )


def _fitting(condition: Attribute, plan: Plan, t: ir.Table) -> ir.BooleanValue:
    import ibis

    if condition.holds is not None:
        return held(t.number, plain_bounds(condition.holds))
    if condition.when is not None:
        return _among(t.day, condition.when, plan.as_of.day)
    if not condition.values:
        return ibis.literal(value=True)
    texts = sorted(folded(one) for one in condition.values if isinstance(one, str))
    words = [one for one in condition.values if isinstance(one, bool)]
    found: ir.BooleanValue = ibis.literal(value=False)
    if texts:
        found = found | t.text.isin(texts).fill_null(False)
    for word in words:
        found = found | (t.yes == word).fill_null(False)
    return found


def yearly(condition: Yearly, plan: Plan) -> Read:
    """A day of the year comes round in the window."""
    source = "yearly" if condition.kind == "beneficiary" else "attributes"
    name = "birthday" if condition.kind == "birthday" else condition.name
    days = sorted(days_of(condition, plan.as_of.day))

    def comes(t: ir.Table) -> ir.BooleanValue:
        return (t.name == name) & year_day(t.day).isin(days).fill_null(False)

    return any_row(plan, source, condition.text(), comes)


def year_day(day: ir.IntegerValue) -> ir.IntegerValue:
    """A local day without its year, as `segments.rules.yearly.of_year`: 100 * month + day."""
    month = month_of(day)
    # Months before 1970 are negative, and engines do not agree on the remainder of such.
    return ((month + _POSITIVE) % 12 + 1) * _LONG + day - first_day(month) + 1


def permission(condition: Permission, plan: Plan) -> Read:
    """The newest of a customer's permissions was given; where two are of one instant, the withdrawal holds."""
    import ibis

    source = f"{condition.channel} {condition.purpose}"

    def make(_first: int | None) -> ir.Table:
        c = plan.rows("consents")
        c = c.filter(c.channel == condition.channel, c.purpose == condition.purpose, c.at <= plan.as_of.at)
        newest = [ibis.desc(c.at), ibis.ifelse(c.given, 1, 0)]
        c = c.mutate(nth=ibis.row_number().over(group_by=c.customer_id, order_by=newest))
        return c.filter(c.nth == 0)

    plan.source(source, make)
    reachable = condition.kind == "reachable"
    return any_row(plan, source, condition.kind, lambda t: t.given & t.reachable if reachable else t.given)


def fact(condition: Fact, plan: Plan) -> Read:
    """A ticket is open; somebody brought the customer."""
    if condition.kind == "open_ticket":
        return any_row(plan, "tickets", "open", lambda t: t.open)
    told = any_row(plan, "customers", "referred", lambda t: t.acquired_by == BY_REFERRAL)
    plan.since("acts", None)
    seen = any_row(plan, "acts", "referred", lambda t: t.kind == REFERRED)
    return lambda wide: told(wide) | seen(wide)
