"""How a brand wants its customers to be reported: the document kind ``reporting``.

One document per brand, key "default". Currency and zone are the brand's own and not repeated here. Where no
document is in force, ``Reporting()`` is: its defaults are the ones that the docs state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from perennial.documents.rules.body import Amount, Body, Key, Line, Names, Problem, Share, Window
from perennial.documents.rules.kinds import Kind
from perennial.values.time import LocalDay, Period


class Sums(Body):
    """What counts as revenue, told wherever a sum is shown: goods after discounts, and what is set here."""

    tax: bool = False
    shipping: bool = False


class Dormancy(Body):
    """When a customer counts as gone to sleep.

    ``rule`` "rhythm": past the upper ``quantile`` of the customer's own gaps between orders, shrunk towards
    the store's for those with few orders; "fixed": ``after`` that long without an order, for everybody.
    """

    rule: Literal["rhythm", "fixed"] = "rhythm"
    quantile: float = Field(default=0.9, ge=0.5, le=0.995)
    after: Window = Period(12, "month")


class Lifetime(Body):
    """How long a customer stays, ``t`` in the formulas of lifetime value.

    ``source`` "measured": from the first order to dormancy, in this store; "given": ``stays``.
    """

    source: Literal["measured", "given"] = "measured"
    stays: Window = Period(2, "year")


class Retention(Body):
    """The retention rate: the share of buyers who order again within ``horizon``. ``goal``: None for none."""

    horizon: Window = Period(12, "month")
    goal: Share | None = None


class Costs(Body):
    """What winning and keeping a customer costs, where it is not recorded day by day as acquisition spend.

    ``winning``: per new customer. ``keeping``: per active customer and year. None: not known, so not shown.
    """

    winning: Amount | None = None
    keeping: Amount | None = None


class Benchmark(Body):
    """A line to compare conversion with: one source's claim, shown with its name, never as a truth.

    From ``good`` on a rate is called good, from ``usual`` on as good as others', above it among the top
    ``top_share``.
    """

    good: Share = 0.10
    usual: Share = 0.11
    top_share: Share = 0.10
    source: Line = "a vendor's article on conversion"


class Goal(Body):
    """A task of value that a visitor may complete: an account, the newsletter, a review.

    It is reached by behaviour of the kind ``reached_by``; None: of the kind ``goal:<key>``.
    """

    key: Key
    title: Line
    reached_by: Line | None = None

    @property
    def behaviour(self) -> str:
        """The kind of behaviour that counts."""
        return self.reached_by or f"goal:{self.key}"


class Conversion(Body):
    """Conversion rates: goals that the merchant sets, and the line to compare with (None: no line)."""

    goals: tuple[Goal, ...] = ()
    benchmark: Benchmark | None = Benchmark()


class Reporting(Body):
    """The settings of every report and answer about customers."""

    sums: Sums = Sums()
    dormancy: Dormancy = Dormancy()
    lifetime: Lifetime = Lifetime()
    retention: Retention = Retention()
    costs: Costs = Costs()
    conversion: Conversion = Conversion()


_DAY = LocalDay(20_000)
_SHORTEST_DAYS = 28


def _check(body: Reporting, names: Names) -> Iterable[Problem]:  # noqa: ARG001  # nothing here names others
    for place, window in (
        ("dormancy.after", body.dormancy.after),
        ("lifetime.stays", body.lifetime.stays),
        ("retention.horizon", body.retention.horizon),
    ):
        if _DAY - window.first_day(_DAY) < _SHORTEST_DAYS - 1:
            yield Problem(place, f"{window} is too short to tell anything: write at least 4 weeks")
    for place, cost in (("costs.winning", body.costs.winning), ("costs.keeping", body.costs.keeping)):
        if cost is not None and cost.amount < 0:
            yield Problem(place, f"{cost} is below zero: write what it costs as a positive amount")
    mark = body.conversion.benchmark
    if mark is not None and mark.good > mark.usual:
        yield Problem("conversion.benchmark.good", f"{mark.good} is above usual, {mark.usual}: swap them")
    seen: set[str] = set()
    for index, goal in enumerate(body.conversion.goals):
        if goal.key in seen:
            yield Problem(f"conversion.goals[{index}].key", f"{goal.key!r} stands twice: give each its own")
        seen.add(goal.key)


KIND = Kind(
    name="reporting",
    title="What counts in reports: sums, dormancy, retention, costs, conversion",
    body=Reporting,
    check=_check,
)
