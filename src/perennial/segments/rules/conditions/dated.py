"""When something was, or comes round again: first and last orders, days since, birthdays."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from perennial.documents.rules.body import Line, Window
from perennial.segments.rules.compare import Compare, When, compared, when
from perennial.segments.rules.conditions.base import Condition, calling, made, quote
from perennial.segments.rules.text.said import Arguments, Call, Tail, refuse
from perennial.values.time import LocalDay, Period

Event = Literal["first_order", "last_order", "joined", "last_visit"]
EVENTS: tuple[Event, ...] = ("first_order", "last_order", "joined", "last_visit")
_ANY_DAY = LocalDay(20_000)
_YEAR = 366


class Dated(Condition):
    """The day on which it was: the first or last order, becoming known, the last visit."""

    EXAMPLES: ClassVar[dict[str, str]] = {
        "first_order": "first_order within 30 days", "last_order": "last_order before 2026-01-01",
        "joined": "joined between 2025-11-01 and 2025-12-31", "last_visit": "last_visit within 2 weeks",
    }  # fmt: skip

    kind: Event
    when: When

    def text(self) -> str:
        """As it is written."""
        return f"{self.kind} {self.when.text()}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        Arguments(call).done()
        return made(cls, call.at, kind=call.word, when=when(tail, call))


class Since(Condition):
    """Local days from an event to today; who never had it does not count."""

    EXAMPLES: ClassVar[dict[str, str]] = {"days_since": "days_since(last_order) >= 60"}

    kind: Literal["days_since"] = "days_since"
    event: Event
    holds: Compare

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if told := self.holds.check("count"):
            raise ValueError(told)
        return self

    def text(self) -> str:
        """As it is written."""
        return f"{calling(self.kind, self.event)} {self.holds.text('count')}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        event = given.word(EVENTS)
        given.done()
        return made(cls, call.at, event=event, holds=compared(tail, call, "count"))


class Yearly(Condition):
    """A day that comes round every year: it was in the ``last``, or is in the ``next`` ``window``, today included.

    The year does not count. 29 February is kept on the 28th where there is none. ``name``: of the day among those
    written down ("birthday" for the customer's own).
    """

    EXAMPLES: ClassVar[dict[str, str]] = {
        "birthday": "birthday in next 7 days", "anniversary": 'anniversary("name day") in next 2 weeks',
        "beneficiary": 'beneficiary("birthday") in next 14 days',
    }  # fmt: skip

    kind: Literal["birthday", "anniversary", "beneficiary"]
    name: Line | None = None
    way: Literal["next", "last"]
    window: Window

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.kind == "birthday") != (self.name is None):
            raise ValueError("a name is for anniversary and beneficiary, which need one, and for no birthday")
        if length(self.window) >= _YEAR:
            raise ValueError(f"every day comes round in {self.window}: write less than a year")
        return self

    def text(self) -> str:
        """As it is written."""
        return f"{calling(self.kind, '' if self.name is None else quote(self.name))} in {self.way} {self.window}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        name = None if call.word == "birthday" else given.text("which day", '"birthday"')
        given.done()
        if tail is None or tail.sort != "around":
            refuse(tail, call, "in next 7 days, or in last 7 days")
        return made(cls, call.at, kind=call.word, name=name, way=tail.word, window=tail.period)


def length(window: Period) -> int:
    """How many days a window has, at least."""
    return _ANY_DAY - window.first_day(_ANY_DAY) + 1
