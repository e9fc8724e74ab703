"""Ready-made segments, for the tactics that name a group of customers.

Each is a rule with places for what differs from shop to shop: amounts, numbers, names. The defaults come from the
sources of the tactics or are usual in the trade; sums are in the brand's reporting currency and meant to be adapted.
What they are called stands with the pages, in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from perennial.documents.rules.body import closest
from perennial.segments.rules.conditions.base import quote
from perennial.segments.rules.rule import Rule, read

Sort = Literal["sum", "number", "percent", "name"]
_SHAPES: Mapping[Sort, tuple[re.Pattern[str], str]] = {
    "sum": (re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?( [A-Z]{3})?"), "an amount such as 250, 250.50 or 250 USD"),
    "number": (re.compile(r"[0-9]{1,9}"), "a whole number such as 5"),
    "percent": (re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?"), "a share in per cent, such as 10"),
    "name": (re.compile(r"[^\r\n]{1,255}"), "a name, as the shop writes it"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What may be adapted, and with what it begins."""

    sort: Sort
    default: str


def sum_of(default: str) -> Asked:
    """Money."""
    return Asked("sum", default)


def number(default: int) -> Asked:
    """Orders, days, followers."""
    return Asked("number", str(default))


def percent(default: int) -> Asked:
    """A share."""
    return Asked("percent", str(default))


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready-made segment: ``pattern`` is a rule with ``{places}``, each one of ``asked``."""

    key: str
    tactics: tuple[str, ...]
    pattern: str
    asked: Mapping[str, Asked] = field(default_factory=lambda: MappingProxyType({}))

    def rule(self, **amounts: str) -> Rule:
        """With ``amounts`` where given, else as it begins. ValueError naming the place and what to write."""
        for name in amounts:
            if name not in self.asked:
                raise ValueError(f"{self.key} asks for no {name!r}{closest(name, self.asked)}")
        told = {name: _checked(name, one.sort, amounts.get(name, one.default)) for name, one in self.asked.items()}
        return read(self.pattern.format_map(told))

    def text(self, **amounts: str) -> str:
        """The rule as text."""
        return self.rule(**amounts).text()


def _checked(name: str, sort: Sort, text: str) -> str:
    """One amount, such that it can be nothing but that: an amount is no place to write a rule."""
    shape, example = _SHAPES[sort]
    text = text.strip()
    if not shape.fullmatch(text):
        raise ValueError(f"{name}: {text[:60]!r} does not fit: write {example}")
    return quote(text) if sort == "name" else text


def _ready(key: str, tactics: str, pattern: str, **asked: Asked) -> Ready:
    return Ready(key, tuple(tactics.split()), pattern, MappingProxyType(asked))


_TABLE = (
    # Loyal and valuable
    _ready(
        "loyal", "T12 T13 T28 T49 T50", "spent(6 months) >= {spend} or orders(5 weeks) >= {orders}",
        spend=sum_of("250"), orders=number(5),
    ),
    _ready("big-spenders", "T12", "spent(6 months) >= {spend}", spend=sum_of("250")),
    _ready("frequent", "T13", "orders(5 weeks) >= {orders}", orders=number(5)),
    _ready("vip", "T06 T15 T30 T36 T45 T50", "top {share} % by spent(1 year)", share=percent(10)),
    _ready("best-by-profit", "T06 T59", "top {share} % by profit", share=percent(20)),
    _ready(
        "faithful", "T15 T49",
        "days_since(first_order) >= {days} and orders(6 months) >= 1"
        " and (late_delivery or complained or refunds >= 1)",
        days=number(730),
    ),
    _ready("champions", "T17 T36 T50", "rfm is champions"),
    _ready("active", "T17 T28", "lifecycle in (active, loyal, won_back)"),
    _ready("influencers", "T15", 'attribute("followers") >= {followers}', followers=number(2_000)),
    _ready("referrers", "T29", "has_referred"),
    _ready("referred", "T29", "referred"),
    _ready("story-tellers", "T49 T62", "orders >= {orders} and consented(onsite, publication)", orders=number(4)),
    # Worth growing
    _ready(
        "not-yet-loyal", "T20 T59", "spent(1 year) >= {spend} and orders(1 year) <= {orders}",
        spend=sum_of("250"), orders=number(2),
    ),
    _ready("big-baskets", "T37 T59", "aov(1 year) >= {spend}", spend=sum_of("100")),
    _ready(
        "near-free-shipping", "T22 T37", "spent(1 year) >= {from} and spent(1 year) < {mark}",
        **{"from": sum_of("400"), "mark": sum_of("500")},
    ),
    _ready(
        "category-not-bought", "T26 T35", "orders >= 2 and not bought(category {category})",
        category=Asked("name", "Gifts"),
    ),
    _ready("gift-buyers", "T34 T41", "bought(category {category}, 1 year)", category=Asked("name", "Gifts")),
    # First purchases
    _ready("new-this-month", "T18 T41", "first_order within 1 month"),
    _ready("first-time", "T18", "orders = 1"),
    _ready("second-order-due", "T18 T41", "orders = 1 and rhythm in (due, drifting)"),
    _ready("repeat", "T57", "orders >= 2"),
    _ready("thank-by-card", "T48", "first_order within 2 weeks and reachable(post)"),
    _ready(
        "happy-lately", "T39 T42 T62",
        "last_order within {days} days and not complained({days} days) and not late_delivery({days} days)"
        " and not refunds({days} days) >= 1",
        days=number(30),
    ),
    _ready(
        "happy-guests", "T42",
        'orders = 1 and last_order within {days} days and not did("goal:account") and not complained'
        " and not late_delivery",
        days=number(60),
    ),
    # Silent or leaving
    _ready("drifting", "T09 T44", "rhythm is drifting"),
    _ready("loyal-drifting", "T09 T44", "orders >= {orders} and rhythm is drifting", orders=number(4)),
    _ready(
        "best-leaving", "T44 T59", "rhythm in (drifting, lost) and top {share} % by spent", share=percent(20),
    ),
    _ready("lost", "T08 T44", "rhythm is lost"),
    _ready("won-back", "T44 T57", "lifecycle is won_back"),
    _ready("inactive", "T41", "days_since(last_order) >= {days} and reachable(email)", days=number(180)),
    # Something went wrong
    _ready("late-lately", "T43 T55", "late_delivery({days} days)", days=number(14)),
    _ready("first-time-late", "T43", "orders = 1 and late_delivery({days} days)", days=number(14)),
    _ready("complained", "T08 T51", "complained({days} days)", days=number(90)),
    _ready("open-ticket", "T51 T58", "open_ticket"),
    _ready(
        "disappointed", "T08 T58",
        "complained({days} days) or late_delivery({days} days) or refunds({days} days) >= 1", days=number(180),
    ),
    _ready("frequent-refunds", "T11 T59", "refunds(1 year) >= {refunds}", refunds=number(3)),
    # Discounts
    _ready(
        "discount-only", "T26 T31", "orders >= 2 and discount_share >= {share} %", share=percent(15),
    ),
    _ready("full-price", "T27 T31", "orders >= 2 and discount_share = 0 %"),
    # Days
    _ready("birthdays", "T40", "birthday in next {days} days", days=number(7)),
    _ready("birthdays-of-others", "T15 T40", 'beneficiary("birthday") in next {days} days', days=number(14)),
    _ready("first-anniversary", "T40", "days_since(first_order) between 358 and 365"),
    # On the site
    _ready("cart-left", "T41 T60 T61", "sequence(carted, not orders within 1 day, {days} days)", days=number(30)),
    _ready("viewed-only", "T35 T61 T63", "sequence(viewed, not orders within 3 days, {days} days)", days=number(30)),
    _ready("hesitating", "T35 T61", "viewed(7 days) >= {views} and orders(7 days) = 0", views=number(3)),
    # Who can be spoken to
    _ready("reachable-by-email", "T16 T41 T45", "reachable(email)"),
    _ready("reachable-by-sms", "T44 T46", "reachable(sms)"),
    _ready("agreed-not-reachable", "T41 T46", "consented(email) and not reachable(email)"),
    _ready("readers-only", "T07 T41", "(opened(90 days) or clicked(90 days)) and orders = 0"),
    _ready("by-chance", "T27 T56", 'bucket("trial") < {share} %', share=percent(10)),
)  # fmt: skip

READY: Mapping[str, Ready] = MappingProxyType({one.key: one for one in _TABLE})
"""By key, in the order in which they are offered."""


def ready(key: str, **amounts: str) -> Rule:
    """The rule of a ready-made segment. ValueError where there is none, or an amount does not fit."""
    if key not in READY:
        raise ValueError(f"there is no ready-made segment {key!r}{closest(key, READY)}")
    return READY[key].rule(**amounts)
