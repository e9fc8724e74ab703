"""How a brand wants its customers to be reported: the document kind ``reporting``.

One document per brand, key "default". Currency and zone are the brand's own and not repeated here. Where no
document is in force, ``Reporting()`` is: its defaults are the ones that the docs state.
"""

from __future__ import annotations

from collections.abc import Iterable

from perennial.documents.rules.body import Amount, Body, Line, Names, Problem, Share
from perennial.documents.rules.kinds import Kind


class Sums(Body):
    """What counts as revenue, told wherever a sum is shown: goods after discounts, and what is set here."""

    tax: bool = False
    shipping: bool = False


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


class Conversion(Body):
    """Conversion rates: the line to compare with (None: no line)."""

    benchmark: Benchmark | None = Benchmark()


class Reporting(Body):
    """The settings of every report and answer about customers."""

    sums: Sums = Sums()
    costs: Costs = Costs()
    conversion: Conversion = Conversion()


def _check(body: Reporting, names: Names) -> Iterable[Problem]:  # noqa: ARG001  # nothing here names others
    for place, cost in (("costs.winning", body.costs.winning), ("costs.keeping", body.costs.keeping)):
        if cost is not None and cost.amount < 0:
            yield Problem(place, f"{cost} is below zero: write what it costs as a positive amount")
    mark = body.conversion.benchmark
    if mark is not None and mark.good > mark.usual:
        yield Problem("conversion.benchmark.good", f"{mark.good} is above usual, {mark.usual}: swap them")


KIND = Kind(
    name="reporting",
    title="What counts in reports: sums, costs, conversion",
    body=Reporting,
    check=_check,
)
