"""A person's rhythm: in a sentence, and as a small picture of their orders over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.facts.models.orders import Order
from perennial.figures.models import CustomerFigures
from perennial.values.time import LocalDay
from perennial.web.customers.person import Person

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

WIDTH = 640
_EDGE, _MOST = 10, 200


@dataclass(frozen=True)
class Picture:
    """Places along a line, in pixels of `WIDTH`: orders, today, the span in which the next one is expected."""

    orders: list[tuple[int, int]]  # (place, day)
    today: int
    first_day: int
    last_day: int
    span: tuple[int, int] | None
    span_days: tuple[int, int] | None


def picture(person: Person, today: int) -> Picture | None:
    """Where the newest orders lie in time; None for someone who never ordered."""
    held = Order.objects.filter(brand_id=person.customer.brand_id, customer_id__in=person.ids, cancelled_at=None)
    days = sorted(held.order_by("-ordered_at").values_list("ordered_day", flat=True)[:_MOST])
    if not days:
        return None
    f = person.figures
    expected = None
    if f is not None and f.last_order_day is not None and f.gap_low is not None and f.gap_high is not None:
        expected = (f.last_order_day + round(f.gap_low), f.last_order_day + round(f.gap_high))
    first = days[0]
    # A span that reaches far beyond all there was would press the orders into a corner.
    longest = max(today, days[-1]) + max((today - first) // 2, 60)
    last = max(today, days[-1], min(expected[1], longest) if expected else today)
    scale = (WIDTH - 2 * _EDGE) / max(last - first, 1)

    def at(day: int) -> int:
        return _EDGE + round((min(day, last) - first) * scale)

    span = (at(expected[0]), at(expected[1])) if expected and expected[0] < last else None
    return Picture([(at(day), day) for day in sorted(set(days))], at(today), first, last, span, expected)


def sentences(desk: Desk, f: CustomerFigures) -> list[str]:
    """What the rhythm says, each as a sentence; none where nothing is known of it."""
    w, show = desk.words, desk.format
    if f.usual_gap is None or f.expected_day is None or f.last_order_day is None:
        return [w.text("Their rhythm is not known: too few people have come back to the shop so far.")]
    today = LocalDay.of(desk.now, desk.brand.zone)
    silent = max(int(today) - f.last_order_day, 0)
    gap = round(f.usual_gap)
    told = [
        w.plural(
            "They usually order again after %(n)s day.", "They usually order again after %(n)s days.", gap,
            n=show.count(gap),
        ),
        w.plural(
            "The last order was %(n)s day ago.", "The last order was %(n)s days ago.", silent, n=show.count(silent)
        ),
    ]  # fmt: skip
    if f.expected_day >= int(today):
        told.append(w.text("The next one is expected by %(day)s.", day=show.long_day(f.expected_day)))
    else:
        told.append(w.text("The next one was expected by %(day)s.", day=show.long_day(f.expected_day)))
    if f.probability is not None and f.rhythm != "on_time":
        told.append(
            w.text(
                "Of customers with this rhythm who come back, %(share)s wait so long or longer.",
                share=show.percent(f.probability),
            )
        )
    if f.too_early:
        told.append(w.text("There are few orders yet: this is mostly the rhythm of the whole shop."))
    return told
