"""A shop that was opened: its tables on an engine, and what must be known to read them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from perennial.insight.tables import AsOf, Tables, Treatment
from perennial.values.reason import Reason
from perennial.values.time import LocalDay

if TYPE_CHECKING:
    import ibis.expr.types as ir

When = AsOf | LocalDay | date | datetime | str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the data: why, how often, and the first place.

    ``example``: one sentence in English with place, reason and remedy. ``line`` (0: the whole file) and
    ``column`` ("": the whole row) say the place for those who speak otherwise.
    """

    reason: Reason
    count: int
    example: str = ""
    line: int = 0
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What `lab.open` returns.

    ``tables``: the schema of `perennial.insight.tables`, as Ibis tables of ``engine``. ``zone``: the store's
    IANA time zone, in which a bare day ends. ``currency``: of all money (minor units); "XXX": the file names
    none. ``treatment``: what counts as revenue. ``first_day``, ``last_day``: local days of the first and last
    order. ``problems``: what was found wrong on the way in. ``keys``: customer_id -> masked name of the
    customer in the file; None where customers have only numbers. ``notes``: how the file was read.
    """

    source: str
    tables: Tables
    zone: str
    currency: str
    treatment: Treatment
    engine: Any
    first_day: int
    last_day: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    keys: ir.Table | None = None
    _held: tuple[object, ...] = field(default=(), repr=False)

    def as_of(self, when: When = None) -> AsOf:
        """The moment meant by ``when``: a day (its end), an aware datetime, "2011-12-09"; None: the last order's day.

        ValueError for text that is no date and for a datetime without zone.
        """
        if isinstance(when, AsOf):
            return when
        if when is None:
            return AsOf.moment(LocalDay(self.last_day), self.zone)
        if isinstance(when, str):
            when = _parsed(when)
        if isinstance(when, date) and not isinstance(when, datetime):
            when = LocalDay.on(when)
        return AsOf.moment(when, self.zone)

    def ask(self, name: str, as_of: When = None, **options: object) -> ir.Table:
        """The answer ``name`` of `lab.answers()` as an Ibis table. Options are those of its function.

        ``treatment`` is the shop's unless given. KeyError for an unknown name.
        """
        from perennial.insight.registry import ANSWERS

        answer = ANSWERS[name]
        if "treatment" in inspect.signature(answer.load()).parameters:
            options["treatment"] = options.get("treatment") or self.treatment
        return answer.ask(self.tables, self.as_of(as_of), **options)

    def counting(self, *, tax: bool | None = None, shipping: bool | None = None) -> Shop:
        """The same shop with another treatment of tax and shipping."""
        chosen = Treatment(
            tax=self.treatment.tax if tax is None else tax,
            shipping=self.treatment.shipping if shipping is None else shipping,
        )
        return replace(self, treatment=chosen)


def _parsed(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date: write it like 2024-01-31") from None
