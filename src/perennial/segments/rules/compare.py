"""What a condition is held against: a number, a sum of money, a share, a day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from perennial.documents.rules.body import Body, Window
from perennial.segments.rules.text.said import Call, NotUnderstood, Tail, Value, refuse

Unit = Literal["count", "sum", "share", "number"]
"""Whole numbers from 0; money; parts of a whole, 0 to 1; any number."""
Operator = Literal[">=", ">", "<=", "<", "=", "!=", "between"]

_SUM = re.compile(r"-?\d{1,15}(\.\d{1,4})?( [A-Z]{3})?")
_EXAMPLES = {
    "count": ">= 5", "sum": ">= 250 (or 250 USD)", "share": ">= 20 %", "number": ">= 0.5",
}  # fmt: skip
_MOST = 10**15


def _sum(text: str) -> str:
    """A sum in one way of writing: 250, 250.50 USD."""
    if not _SUM.fullmatch(text):
        raise ValueError(f"{text!r} is no sum: write 250, 250.50 or 250 USD")
    number, _, currency = text.partition(" ")
    return f"{plain(Decimal(number))} {currency}".strip()


def plain(number: Decimal) -> str:
    """A number without zeros that say nothing: 250, 250.5."""
    told = f"{number:f}"
    return (told.rstrip("0").rstrip(".") if "." in told else told) if number else "0"


Sum = Annotated[str, StringConstraints(max_length=24), AfterValidator(_sum)]
"""Money: "250" in the brand's reporting currency, "250 USD" in the one that is written."""


class Compare(Body):
    """A number held against ``value``; with ``op`` "between" against ``value`` to ``to``, both included.

    Counts are whole numbers, shares parts of 1, sums text ("250", "250 USD").
    """

    op: Operator
    value: int | float | Sum
    to: int | float | Sum | None = None

    @model_validator(mode="after")
    def _both_ends(self) -> Compare:
        if (self.op == "between") != (self.to is not None):
            raise ValueError("'to' stands with 'between', and with it alone")
        if self.to is not None:
            (low, one), (high, other) = measured(self.value), measured(self.to)
            if one != other:
                raise ValueError(f"{self.value} and {self.to} are of two currencies: write both in one")
            if low > high:
                raise ValueError(f"nothing lies between {self.value} and {self.to}: write the smaller one first")
        return self

    def check(self, unit: Unit) -> str:
        """What is wrong with it for this ``unit``; empty if nothing is."""
        for value in (self.value, *(() if self.to is None else (self.to,))):
            if (unit == "sum") != isinstance(value, str):
                return f"{value!r} does not fit: write it like {_EXAMPLES[unit]}"
            if unit == "count" and (not isinstance(value, int) or value < 0):
                return f"{value} is no count: write a whole number from 0"
            if unit == "share" and not 0 <= measured(value)[0] <= 1:
                return f"{value} is no share: write a number from 0 to 1 (0.2 is 20 %)"
            if abs(measured(value)[0]) >= _MOST:
                return f"{value} is too large: write a number below {_MOST:,}"
        return ""

    def text(self, unit: Unit) -> str:
        """As it is written after a condition."""
        if self.op == "between":
            assert self.to is not None  # noqa: S101  # a validator's word
            return f"between {_written(self.value, unit)} and {_written(self.to, unit)}"
        return f"{self.op} {_written(self.value, unit)}"


def measured(value: float | str) -> tuple[Decimal, str]:
    """The number, and the currency of a sum that is written with one."""
    if isinstance(value, str):
        number, _, currency = value.partition(" ")
        return Decimal(number), currency
    return Decimal(repr(value)), ""


def _written(value: float | str, unit: Unit) -> str:
    if isinstance(value, str):
        return value
    number = Decimal(repr(value))
    return f"{plain(number * 100)} %" if unit == "share" else plain(number)


def compared(tail: Tail | None, call: Call, unit: Unit) -> Compare:
    """The comparison that follows a call."""
    if tail is None or tail.sort not in ("compared", "between"):
        refuse(tail, call, _EXAMPLES[unit])
    values = [_number(one, call, unit) for one in tail.values]
    op = "between" if tail.sort == "between" else tail.word
    try:
        found = Compare(op=op, value=values[0], to=values[1] if len(values) > 1 else None)  # type: ignore[arg-type]
    except ValueError as wrong:
        raise NotUnderstood(plainly(wrong), tail.at) from None
    if told := found.check(unit):
        raise NotUnderstood(told, tail.at)
    return found


def plainly(wrong: ValueError) -> str:
    """The first message of what pydantic raised, in its plain words."""
    errors = getattr(wrong, "errors", None)
    return str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(wrong)


def _number(value: Value, call: Call, unit: Unit) -> float | str:
    fits = {"count": ("number",), "sum": ("number", "amount"), "share": ("percent", "number"), "number": ("number",)}
    if value.sort not in fits[unit] or not isinstance(value.value, Decimal):
        raise NotUnderstood(f"{call.word} is held against another sort of value: write {_EXAMPLES[unit]}", value.at)
    if abs(value.value) >= _MOST:
        raise NotUnderstood(f"this number is too large: write one below {_MOST:,}", value.at)
    if unit == "sum":
        try:
            return _sum(f"{plain(value.value)} {value.currency}".strip())
        except ValueError as wrong:
            raise NotUnderstood(str(wrong), value.at) from None
    number = value.value / 100 if value.sort == "percent" else value.value
    whole = number == number.to_integral_value() and unit != "share"
    return int(number) if whole else float(number)


Day = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(lambda text: str(date.fromisoformat(text)))
]
"""A day of the calendar: "2026-03-01"."""


class Within(Body):
    """In the window that ends today."""

    kind: Literal["within"] = "within"
    window: Window

    def text(self) -> str:
        """As it is written."""
        return f"within {self.window}"


class Beside(Body):
    """Before, after or on a day."""

    kind: Literal["before", "after", "on"]
    day: Day

    def text(self) -> str:
        """As it is written."""
        return f"{self.kind} {self.day}"


class Among(Body):
    """From a day to another, both included."""

    kind: Literal["between"] = "between"
    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Among:
        if self.first > self.last:
            raise ValueError(f"no day lies between {self.first} and {self.last}: write the earlier one first")
        return self

    def text(self) -> str:
        """As it is written."""
        return f"between {self.first} and {self.last}"


When = Annotated[Within | Beside | Among, Field(discriminator="kind")]
_WHEN = "within 30 days, before 2026-03-01, or between 2026-01-01 and 2026-01-31"


def when(tail: Tail | None, call: Call) -> Within | Beside | Among:
    """The days that follow a call."""
    if tail is not None and tail.sort == "within" and tail.period is not None:
        return Within(window=tail.period)
    days = [str(one.value) for one in tail.values if one.sort == "day"] if tail is not None else []
    if tail is None or len(days) != len(tail.values) or not days:
        refuse(tail, call, _WHEN)
    if tail.sort == "beside":
        return Beside(kind=tail.word, day=days[0])  # type: ignore[arg-type]  # the grammar admits no other word
    if tail.sort != "between":
        refuse(tail, call, _WHEN)
    try:
        return Among(first=days[0], last=days[1])
    except ValueError as wrong:
        raise NotUnderstood(plainly(wrong), tail.at) from None
