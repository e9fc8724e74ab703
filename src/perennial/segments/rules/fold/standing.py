"""How a person stands: days of events, stage and group, what is known of them, what they agreed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from perennial.segments.rules.acts import BY_REFERRAL, REFERRED
from perennial.segments.rules.compare import Among, Beside, When, Within
from perennial.segments.rules.conditions.dated import Event, Yearly
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.fold.comparing import holding, plain_bounds
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.history import AttributeFact, ConsentFact, folded
from perennial.segments.rules.known import Known
from perennial.segments.rules.yearly import days_of, of_year
from perennial.values.time import LocalDay

Check = Callable[[Person], bool]
_OF_THE_FIRST = ("first_product", "first_category")


def day_of(event: Event, person: Person) -> int | None:
    """The local day of an event; None where there was none."""
    if event == "joined":
        at = person.as_of.at
        joined = [
            one.created_day
            for one in person.customers
            if one.created_day is not None and one.created_at is not None and one.created_at <= at
        ]
        return min(joined, default=None)
    if event == "last_visit":
        return max((one.day for one in person.visits), default=None)
    if not person.occasions:
        return None
    return person.occasions[0] if event == "first_order" else person.occasions[-1]


def days_since(event: Event, person: Person) -> int | None:
    """Local days from an event to today."""
    day = day_of(event, person)
    return None if day is None else max(person.as_of.day - day, 0)


def on_days(when: When, today: int) -> tuple[int | None, int | None]:
    """The first and the last local day that are meant; None: no end."""
    match when:
        case Within():
            return int(when.window.first_day(LocalDay(today))), None
        case Among():
            return _day(when.first), _day(when.last)
        case Beside():
            day = _day(when.day)
            return {"before": (None, day - 1), "after": (day + 1, None), "on": (day, day)}[when.kind]


def among_days(day: int | None, when: When, today: int) -> bool:
    """Whether a day is among those that are meant."""
    if day is None:
        return False
    first, last = on_days(when, today)
    return (first is None or day >= first) and (last is None or day <= last)


def _day(text: str) -> int:
    from datetime import date

    return int(LocalDay.on(date.fromisoformat(text)))


def standing(condition: Standing, known: Known) -> Check:  # noqa: PLR0911  # one line a word
    """Whether the person stands as ``condition`` says."""
    values = frozenset(condition.values)
    match condition.kind:
        case "rhythm":
            return lambda person: person.rhythm in values
        case "lifecycle":
            return lambda person: person.lifecycle in values
        case "rfm":
            return lambda person: person.rfm in values
        case "country":
            return lambda person: any(one.country in values for one in person.customers)
        case "language":
            return lambda person: any(speaks(one.locale, values) for one in person.customers)
        case "currency":
            return lambda person: any(known.currencies.get(one.store_id) in values for one in person.counting)
        case _:
            return _goods(condition, known)


def speaks(locale: str | None, languages: Iterable[str]) -> bool:
    """Whether a locale (``es``, ``es-MX``, ``es_MX``) is of one of the languages."""
    if locale is None:
        return False
    own = locale.lower().replace("_", "-")
    return any(own == one.lower() or own.startswith(f"{one.lower()}-") for one in languages)


def _goods(condition: Standing, known: Known) -> Check:
    first, products = condition.kind in _OF_THE_FIRST, condition.kind.endswith("product")
    ids = known.product_ids(frozenset(condition.values)) if products else frozenset()

    def check(person: Person) -> bool:
        if not person.counting:
            return False
        order = person.counting[0 if first else -1].order_id
        mine = [one for one in person.lines if one.order.order_id == order]
        if products:
            return any(one.product_id in ids for one in mine)
        return any(
            one.category is not None
            and any(one.category == name or one.category.startswith(f"{name} > ") for name in condition.values)
            for one in mine
        )

    return check


def attribute(condition: Attribute) -> Check:
    """Whether what is known of the person is as ``condition`` says."""
    fits = _fitting(condition)
    name = condition.name
    return lambda person: any(one.name == name and fits(one, person.as_of.day) for one in person.history.attributes)


def _fitting(condition: Attribute) -> Callable[[AttributeFact, int], bool]:
    if condition.holds is not None:
        test = holding(*plain_bounds(condition.holds))
        return lambda one, _: test(one.number)
    if (when := condition.when) is not None:
        return lambda one, today: among_days(one.day, when, today)
    if not condition.values:
        return lambda *_: True
    texts = frozenset(folded(one) for one in condition.values if isinstance(one, str))
    words = frozenset(one for one in condition.values if isinstance(one, bool))
    return lambda one, _: one.text in texts if one.text is not None else one.yes in words


def yearly(condition: Yearly) -> Check:
    """Whether a day of the year comes round as ``condition`` says."""
    own = "birthday" if condition.kind == "birthday" else condition.name

    def check(person: Person) -> bool:
        days = person.once(f"days of {condition.way} {condition.window}", lambda one: days_of(condition, one.as_of.day))
        if condition.kind == "beneficiary":
            return any(one.name == own and of_year(one.day) in days for one in person.history.yearly)
        return any(
            one.name == own and one.day is not None and of_year(one.day) in days for one in person.history.attributes
        )

    return check


def permission(condition: Permission) -> Check:
    """Whether the person agreed, and with ``reachable`` whether there is an address."""
    return lambda person: any(
        one.given and (condition.kind == "consented" or one.reachable) for one in consents(condition, person)
    )


def consents(condition: Permission, person: Person) -> list[ConsentFact]:
    """The newest word of each customer who is the person."""
    newest: dict[int, ConsentFact] = {}
    for one in person.history.consents:
        if (one.channel, one.purpose) != (condition.channel, condition.purpose) or one.at > person.as_of.at:
            continue
        before = newest.get(one.customer_id)
        # Given and withdrawn in one instant: withdrawn.
        if before is None or (one.at, not one.given) > (before.at, not before.given):
            newest[one.customer_id] = one
    return list(newest.values())


def fact(condition: Fact) -> Check:
    """Whether it is so."""
    if condition.kind == "referred":
        return lambda person: (
            any(one.acquired_by == BY_REFERRAL for one in person.customers)
            or any(one.kind == REFERRED for one in person.acts)
        )

    def open_ticket(person: Person) -> bool:
        at = person.as_of.at
        return any(
            one.opened_at <= at and (one.resolved_at is None or one.resolved_at > at) for one in person.history.tickets
        )

    return open_ticket
