"""The person's own value of each condition, and what it is held against."""

from __future__ import annotations

from collections.abc import Callable

from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.explaining.ahead import yearly_days
from perennial.segments.rules.explaining.verdict import Held, Unit, Value
from perennial.segments.rules.fold.comparing import bounds, holding, plain_bounds, score_bounds
from perennial.segments.rules.fold.measures import measure
from perennial.segments.rules.fold.person import Person
from perennial.segments.rules.fold.sequences import steps_done
from perennial.segments.rules.fold.standing import consents, day_of, fact, on_days
from perennial.segments.rules.history import AttributeFact, folded
from perennial.segments.rules.known import Known
from perennial.segments.rules.yearly import first_before, occurrences
from perennial.values.hashing import SPACE, stable_hash
from perennial.values.ids import public
from perennial.values.time import LocalDay

Find = Callable[[Person], Held]
_YEAR = 366


def value_of(one: Condition, known: Known) -> Find:  # noqa: C901, PLR0911, PLR0912  # one line a condition
    """What a condition looks at in a person. Raises CannotCount as `judge.prepare` does."""
    match one:
        case Counted():
            return _counted(one, known)
        case Ranked():
            return _ranked(one, known)
        case Dated():
            return lambda person: Held("day", day_of(one.kind, person), "between", *on_days(one.when, person.as_of.day))
        case Since():
            return _since(one)
        case Yearly():
            return lambda person: _yearly(one, person)
        case Standing():
            return _standing(one, known)
        case Attribute():
            return lambda person: _attribute(one, person)
        case Permission():
            return lambda person: Held("word", _permission(one, person), among=("given",))
        case Fact():
            test = fact(one)
            return lambda person: _yes(test(person))
        case Labelled():
            return lambda person: _yes(_bears(one, person))
        case Member():
            return lambda person: _yes(one.name in person.history.listed)
        case Bucket():
            low = float(one.holds.value)
            return lambda person: Held("share", stable_hash(one.salt, person.history.person_id) / SPACE, one.holds.op,
                                       low)  # fmt: skip
        case Score():
            return _score(one, known)
        case Sequence():
            done = steps_done(one, known)
            return lambda person: Held("steps", done(person), ">=", len(one.steps))
        case _:
            raise TypeError(f"there is no value of {type(one).__name__}")


def unit_of(one: Counted) -> Unit:
    """What a counting condition is measured in."""
    if one.unit == "sum":
        return "money"
    if one.unit == "share":
        return "share"
    return "pieces" if one.kind == "items" else "count"


def _counted(one: Counted, known: Known) -> Find:
    find, (op, low, high) = measure(one, known), bounds(one, known)
    unit, end = unit_of(one), high if op == "between" else None
    return lambda person: Held(unit, find(person), op, low, end)


def _ranked(one: Ranked, known: Known) -> Find:
    find, cut, unit = measure(one.by, known), known.cut(one.text()), unit_of(one.by)
    op = ">=" if one.kind == "top" else "<="
    return lambda person: Held(unit, find(person), op, cut)


def _since(one: Since) -> Find:
    op, low, high = plain_bounds(one.holds)
    end = int(high) if op == "between" else None

    def find(person: Person) -> Held:
        day = day_of(one.event, person)
        return Held("days", None if day is None else max(person.as_of.day - day, 0), op, int(low), end)

    return find


def _yearly(one: Yearly, person: Person) -> Held:
    """The day that comes round next (or last), held against the window."""
    today = person.as_of.day
    days = yearly_days(one, person)
    if one.way == "next":
        comes = [min(occurrences(day, today, today + 2 * _YEAR)) for day in days]
        last = today
        while first_before(one.window, last + 1) <= today:
            last += 1
        return Held("day", min(comes, default=None), "between", today, last)
    comes = [max(occurrences(day, today - 2 * _YEAR, today)) for day in days]
    return Held("day", max(comes, default=None), "between", int(one.window.first_day(LocalDay(today))), today)


def _standing(one: Standing, known: Known) -> Find:  # noqa: PLR0911  # one line a word
    among: tuple[str | bool, ...] = tuple(one.values)
    match one.kind:
        case "rhythm":
            return lambda person: Held("word", person.rhythm, among=among)
        case "lifecycle":
            return lambda person: Held("word", person.lifecycle, among=among)
        case "rfm":
            return lambda person: Held("word", person.rfm, among=among)
        case "country":
            return lambda person: _set({row.country for row in person.customers}, among)
        case "language":
            return lambda person: _set({row.locale for row in person.customers}, among)
        case "currency":
            return lambda person: _set({known.currencies.get(row.store_id) for row in person.counting}, among)
        case _:
            return lambda person: _set(_goods(one, person), among)


def _goods(one: Standing, person: Person) -> set[str | None]:
    """The products (by their public ids) or categories of the first or last order."""
    if not person.counting:
        return set()
    order = person.counting[0 if one.kind.startswith("first") else -1].order_id
    mine = [row for row in person.lines if row.order.order_id == order]
    if one.kind.endswith("category"):
        return {row.category for row in mine}
    return {public("prd", row.product_id) for row in mine if row.product_id is not None}


def _set(values: set[str | None], among: tuple[str | bool, ...]) -> Held:
    return Held("values", tuple(sorted(value for value in values if value is not None)), among=among)


def _attribute(one: Attribute, person: Person) -> Held:
    mine = [row for row in person.history.attributes if row.name == one.name]
    if one.when is not None:
        first, last = on_days(one.when, person.as_of.day)
        return Held("day", _nearest([row.day for row in mine], first, last), "between", first, last)
    if one.holds is not None:
        op, low, high = plain_bounds(one.holds)
        test, end = holding(op, low, high), high if op == "between" else None
        numbers = [row.number for row in mine if row.number is not None]
        value = next((number for number in numbers if test(number)), numbers[0] if numbers else None)
        return Held("number", value, op, low, end)
    words = tuple(folded(it) if isinstance(it, str) else it for it in one.values)
    return Held("values", tuple(_told(row) for row in mine), among=words)


def _told(row: AttributeFact) -> int | float | str | bool:
    if row.day is not None:
        return LocalDay(row.day).date.isoformat()
    return next((it for it in (row.text, row.number, row.yes) if it is not None), "")


def _nearest(days: list[int | None], first: int | None, last: int | None) -> int | None:
    """A day in the window where there is one, else any."""
    known = sorted(day for day in days if day is not None)
    inside = [day for day in known if (first is None or day >= first) and (last is None or day <= last)]
    return next(iter(inside or known), None)


def _permission(one: Permission, person: Person) -> str:
    """given, no address (given, but there is none for the channel), withdrawn, or none (never asked)."""
    newest = consents(one, person)
    if any(row.given and (one.kind == "consented" or row.reachable) for row in newest):
        return "given"
    if any(row.given for row in newest):
        return "no_address"
    return "withdrawn" if newest else "none"


def _yes(so: bool) -> Held:
    return Held("word", "yes" if so else "no", among=("yes",))


def _bears(one: Labelled, person: Person) -> bool:
    at = person.as_of.at
    mine = [row for row in person.history.labels if row.name == one.name and row.from_at <= at]
    return any(row.to_at is None or row.to_at > at for row in mine)


def _score(one: Score, known: Known) -> Find:
    op, low, high = score_bounds(one.name, one.holds, known)
    test, end = holding(op, low, high), high if op == "between" else None
    unit: Unit = "money" if known.scores.get(one.name) == "money" else "number"

    def find(person: Person) -> Held:
        numbers = [number for row in person.history.scores.get(one.name, ())
                   if (number := getattr(row, one.bound)) is not None]  # fmt: skip
        value: Value = next((number for number in numbers if test(number)), numbers[0] if numbers else None)
        return Held(unit, value, op, low, end)

    return find
