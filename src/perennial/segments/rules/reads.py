"""What a rule reads: of which sorts of facts a change may change it, and which tables judging it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perennial.facts.rules.readers import CONSENTS, LABELS, PERSON, SALES, SERVICE, VISITS
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.rule import Rule, conditions

_ORDERS = frozenset({"orders", "refunds"})
_LINES = _ORDERS | {"lines", "refund_lines", "products"}
_OF_ORDERS = ("orders", "spent", "aov", "discount_share")
_GOODS = ("product", "category", "brand")


@dataclass(frozen=True, slots=True)
class Reads:
    """``what``: bits of `facts.rules.readers`; ``tables`` of the mirror, ``beside`` it; ``store``: the whole store's
    cut-points, which move every night."""

    what: int = 0
    tables: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    store: bool = False

    def __or__(self, other: Reads) -> Reads:
        return Reads(
            self.what | other.what, self.tables | other.tables, self.beside | other.beside, self.store or other.store
        )


def reads(rule: Rule) -> Reads:
    """What a rule reads, with all its parts. Segments it names must have been put in their places."""
    found = Reads()
    for one in conditions(rule):
        found = found | _of(one)
    return found


def together(rules: Iterable[Rule]) -> Reads:
    """What several rules read."""
    found = Reads()
    for rule in rules:
        found = found | reads(rule)
    return found


def _of(one: Condition) -> Reads:  # noqa: C901, PLR0911, PLR0912  # one line a condition
    match one:
        case Counted():
            return _counted(one)
        case Dated(kind=event) | Since(event=event):
            return {
                "joined": Reads(PERSON, frozenset({"customers"})),
                "last_visit": Reads(VISITS, frozenset({"behaviour", "visitors"})),
            }.get(event, Reads(SALES, _ORDERS))
        case Yearly(kind="beneficiary"):
            return Reads(PERSON, beside=frozenset({"yearly"}))
        case Yearly() | Attribute():
            return Reads(PERSON, beside=frozenset({"attributes"}))
        case Standing():
            return _standing(one)
        case Permission():
            # A new address makes somebody reachable who agreed long ago.
            return Reads(CONSENTS | PERSON, beside=frozenset({"consents"}))
        case Fact(kind="open_ticket"):
            return Reads(SERVICE, frozenset({"tickets"}))
        case Fact():
            return Reads(VISITS | PERSON, frozenset({"customers", "behaviour", "visitors"}))
        case Labelled():
            return Reads(LABELS, beside=frozenset({"labels"}))
        case Member():
            return Reads(LABELS, beside=frozenset({"listed"}))
        case Score():
            return Reads(LABELS | SALES, beside=frozenset({"scores"}))
        case Ranked():
            return Reads(store=True)
        case _:
            return Reads()


def _counted(one: Counted) -> Reads:
    goods = any(part.by in _GOODS for part in one.of)
    products = frozenset({"products"}) if goods else frozenset()
    match one.kind:
        case "refunds" | "refunded":
            return Reads(SALES, frozenset({"refunds"}))
        case "late_delivery":
            return Reads(SALES, frozenset({"orders", "fulfilments"}))
        case "complained":
            return Reads(SERVICE, frozenset({"tickets"}))
        case kind if kind in _OF_ORDERS and not goods:
            return Reads(SALES, _ORDERS)
        case "orders" | "bought" | "spent" | "profit" | "items":
            return Reads(SALES, _LINES)
        case _:
            return Reads(VISITS, frozenset({"behaviour", "visitors"}) | products)


def _standing(one: Standing) -> Reads:
    match one.kind:
        case "rhythm" | "lifecycle" | "rfm":
            return Reads(SALES, _ORDERS, store=True)
        case "country" | "language":
            return Reads(PERSON, frozenset({"customers"}))
        case "currency":
            return Reads(SALES, _ORDERS)
        case _:
            return Reads(SALES, _LINES)
