"""Little worlds for both evaluators: a random shop, what stands beside it, and rules in its words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import ibis
import pyarrow as pa

from perennial.insight.own import StoreRhythm
from perennial.insight.tables import AsOf, Tables, Treatment
from perennial.segments.rules.compare import Among, Compare, Within
from perennial.segments.rules.compare import Beside as BesideDay
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import WORDS, Counted, Part
from perennial.segments.rules.conditions.dated import EVENTS, Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence, Step
from perennial.segments.rules.conditions.standing import KNOWN, Attribute, Fact, Permission, Standing
from perennial.segments.rules.known import Known
from perennial.segments.rules.rule import All, Either, Not
from perennial.segments.rules.tables import BESIDE, Beside
from perennial.values.time import LocalDay, Period
from tests.insight.shop import _ARROW, START, Shop, at, random_shop

DAYS = 420
_ACTS = ("product_viewed", "cart_added", "mail_opened", "mail_opened:spring", "mail_clicked", "survey_answered:why",
         "referral_made", "referral_joined", "goal:newsletter", "page_viewed")  # fmt: skip
_NAMES = {
    "country": ("ES", "IT", "FR"), "language": ("es", "it"), "currency": ("EUR", "USD"),
    "first_product": ("P1", "P2"), "last_product": ("P3", "unknown"), "first_category": ("tea",),
    "last_category": ("cups", "tea"),
}  # fmt: skip


@dataclass
class World:
    """A shop, the rows beside it, and what is known of it."""

    shop: Shop
    beside: dict[str, list[dict[str, Any]]]
    known: Known

    def tables(self) -> Tables:
        return self.shop.tables()

    def beside_tables(self) -> Beside:
        return Beside(**{name: ibis.memtable(table) for name, table in self.arrow().items()})

    def arrow(self) -> dict[str, pa.Table]:
        made = {}
        for name, rows in self.beside.items():
            schema = pa.schema([(column, _ARROW[kind]) for column, kind in BESIDE[name].items()])
            made[name] = pa.Table.from_pylist(rows, schema=schema)
        return made


def random_world(rnd: Random, *, customers: int = 7, orders: int = 40) -> World:
    """Small enough to be judged in a moment, with everything that a condition can ask for."""
    shop = random_shop(rnd, customers=customers, orders=orders, days=rnd.choice((40, DAYS)))
    for row in shop.rows["orders"]:
        row["store_id"] = rnd.choice((1, 1, 2))
        row["discount"] = rnd.choice((0, 0, 500, 2000))
    stores = {row["order_id"]: row["store_id"] for row in shop.rows["orders"]}
    for name in ("lines", "refunds", "fulfilments"):
        for row in shop.rows[name]:
            row["store_id"] = stores[row["order_id"]]
    for row in shop.rows["products"]:
        row["category"] = rnd.choice(("tea", "tea > green", "teapots", "cups", None))
    for row in shop.rows["customers"]:
        row["locale"] = rnd.choice((None, "es", "es-MX", "it_IT", "IT"))
        row["acquired_by"] = rnd.choice((None, "referral", "ads"))
    people = list(range(1, customers + 1))
    for _ in range(orders):
        day = START + rnd.randint(0, DAYS)
        shop.add(
            "behaviour", visitor_id=rnd.choice((None, 100, 101, 102)), customer_id=rnd.choice((None, *people)),
            kind=rnd.choice(_ACTS), product_id=rnd.choice((None, 1, 2, 3)), at=at(day, rnd.choice((1, 9, 23))), day=day,
        )  # fmt: skip
    for visitor in (100, 101):
        turn = at(START + rnd.randint(0, DAYS), 5)
        shop.add("visitors", visitor_id=visitor, customer_id=rnd.choice(people), from_at=-(2**60), to_at=turn)
        shop.add("visitors", visitor_id=visitor, customer_id=rnd.choice(people), from_at=turn, to_at=2**60)
    return World(shop, _beside(rnd, people), _known(rnd))


def _beside(rnd: Random, people: list[int]) -> dict[str, list[dict[str, Any]]]:
    def moment() -> int:
        return at(START + rnd.randint(0, DAYS), rnd.choice((0, 7, 12)))

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in BESIDE}
    instants = [moment() for _ in range(4)]
    for who in people:
        for _ in range(rnd.randint(0, 4)):
            found["consents"].append({
                "customer_id": who, "channel": rnd.choice(("email", "sms")), "purpose": rnd.choice(("marketing",) * 3
                + ("profiling",)), "given": rnd.random() < 0.6, "at": rnd.choice(instants),
                "reachable": rnd.random() < 0.7,
            })  # fmt: skip
        born = int(LocalDay(rnd.choice((0, 58, 59, 1520, 8000 + rnd.randint(0, 400)))))
        for name, values in (
            ("birthday", {"day": born}), ("size", {"number": float(rnd.choice((38, 42.5, 44)))}),
            ("club", {"yes": rnd.random() < 0.5}), ("colour", {"text": rnd.choice(("red", "straße", "blue"))}),
        ):  # fmt: skip
            if rnd.random() < 0.6:
                found["attributes"].append({"customer_id": who, "name": name, **values})
        if rnd.random() < 0.5:
            found["yearly"].append({"customer_id": who, "name": "birthday", "day": born - rnd.randint(0, 40)})
        if rnd.random() < 0.5:
            begins = moment()
            ends = rnd.choice((None, begins + 30 * 86_400_000_000))
            found["labels"].append({"customer_id": who, "name": "tier:gold", "from_at": begins, "to_at": ends})
        if rnd.random() < 0.5:
            found["listed"].append({"customer_id": who, "list": rnd.choice(("fair", "press"))})
        if rnd.random() < 0.6:
            low = rnd.choice((None, 1.5))
            found["scores"].append({"customer_id": who, "name": rnd.choice(("clv", "care")), "value": 2.5e3,
                                    "low": low, "high": None if low is None else 9e3})  # fmt: skip
    # The score of a person is kept once, whichever of the person's customers it hangs on.
    found["scores"] = list({(row["customer_id"], row["name"]): row for row in found["scores"]}.values())
    return found


def _known(rnd: Random) -> Known:
    rhythm = StoreRhythm(rnd.uniform(1.5, 4.5), rnd.uniform(0.1, 1.2), rnd.uniform(0.2, 30), rnd.uniform(2.5, 30))
    steps = {
        name: sorted(rnd.randint(0, most) for _ in range(4)) for name, most in (("r", 90), ("f", 5), ("m", 20_000))
    }
    cuts = {f"{name}_cut_{k}": values[k - 1] for name, values in steps.items() for k in range(1, 5)}
    return Known(
        currency="EUR",
        treatment=Treatment(tax=rnd.random() < 0.5, shipping=rnd.random() < 0.5),
        rates={"USD": Decimal("0.91")},
        stores={"main": 1, "second": 2},
        currencies={1: "EUR", 2: "USD"},
        products={f"P{n}": frozenset({n}) for n in (1, 2, 3)},
        rhythm=rnd.choice((rhythm, rhythm, None)),
        dormancy=rnd.choice((None, rnd.randint(5, 120))),
        rfm=rnd.choice((cuts, cuts, None)),
        scores={"care": "money"},
    )


def random_moment(rnd: Random) -> AsOf:
    day = START + rnd.randint(-5, DAYS + 90)
    return AsOf(at(day, rnd.choice((0, 11.5, 23.99))), day)


def random_rule(rnd: Random, depth: int = 2) -> Any:
    """A rule in the words of these worlds, with brackets to a depth."""
    if depth and rnd.random() < 0.5:
        sort = rnd.choice((All, Either, Not))
        if sort is Not:
            return Not(of=random_rule(rnd, depth - 1))
        return sort(of=tuple(random_rule(rnd, depth - 1) for _ in range(rnd.randint(2, 3))))
    return random_condition(rnd)


def random_condition(rnd: Random) -> Condition:
    makers = (
        *(_counted,) * 6, *(_sequence,) * 2, *(_standing,) * 3, _dated, _dated, _since, _yearly, _attribute,
        _permission, _ranked, _others, _others,
    )  # fmt: skip
    return rnd.choice(makers)(rnd)


def _window(rnd: Random, odds: float = 0.7) -> Period | None:
    if rnd.random() > odds:
        return None
    return (
        Period(rnd.randint(1, 14), rnd.choice(("day", "week", "month"))) if rnd.random() < 0.95 else Period(1, "year")
    )


def _counted(
    rnd: Random, words: tuple[str, ...] = tuple(WORDS), *, bare: bool = False, windowed: bool = True
) -> Counted:
    kind = rnd.choice(words)
    word = WORDS[kind]
    parts = {Part(by=by, name=rnd.choice({"product": ("P1", "P2", "none"), "category": ("tea", "tea > green", "cups"),
                                          "brand": ("A", "B"), "store": ("main", "second")}[by]))
             for by in word.narrowed if rnd.random() < 0.3}  # fmt: skip
    if kind == "bought" and not parts:
        parts = {Part(by="category", name="tea")}
    name = {"": None, "may": rnd.choice((None, "spring", "why")), "must": rnd.choice(_ACTS)}[word.names]
    holds = None if bare or (word.act and rnd.random() < 0.5) else _compare(rnd, word.unit)
    window = _window(rnd) if windowed else None
    return Counted(kind=kind, name=name, of=tuple(sorted(parts, key=str)), window=window, holds=holds)


def _compare(rnd: Random, unit: str) -> Compare:
    def value() -> Any:
        if unit == "sum":
            return rnd.choice(("0", "10", "49.99", "100", "120.50", "60 USD", "-5"))
        if unit == "count":
            return rnd.randint(0, 4)
        return (
            rnd.choice((0, 0.2, 0.25, 0.5, 1)) if unit == "share" else rnd.choice((0, 1.5, 15, 25, 42, 42.5, 90, 2500))
        )

    op = rnd.choice((">=", ">", "<=", "<", "=", "!=", "between"))
    if op != "between":
        return Compare(op=op, value=value())
    low, high = sorted((rnd.choice((0, 1, 10)), rnd.choice((2, 100))))
    if unit == "share":
        low, high = 0, 0.5
    return Compare(op=op, value=str(low) if unit == "sum" else low, to=str(high) if unit == "sum" else high)


def _when(rnd: Random) -> Any:
    day = str(LocalDay(START + rnd.randint(0, DAYS)).date)
    other = str(LocalDay(START + rnd.randint(0, DAYS)).date)
    return rnd.choice((
        Within(window=_window(rnd, 1)), BesideDay(kind=rnd.choice(("before", "after", "on")), day=day),
        Among(first=min(day, other), last=max(day, other)),
    ))  # fmt: skip


def _sequence(rnd: Random) -> Sequence:
    done = tuple(word for word, one in WORDS.items() if one.act or word == "orders")
    steps = [Step(does=_counted(rnd, done, bare=True, windowed=False))]
    for _ in range(rnd.randint(1, 2)):
        never = rnd.random() < 0.5
        within = _window(rnd, 1 if never else 0.6)
        steps.append(Step(does=_counted(rnd, done, bare=True, windowed=False), never=never, within=within))
    return Sequence(steps=tuple(steps), window=_window(rnd))


def _standing(rnd: Random) -> Standing:
    kind = rnd.choice(tuple(KNOWN))
    known = KNOWN[kind] or _NAMES[kind]
    return Standing(kind=kind, values=tuple(rnd.sample(known, rnd.randint(1, len(known)))))


def _dated(rnd: Random) -> Dated:
    return Dated(kind=rnd.choice(EVENTS), when=_when(rnd))


def _since(rnd: Random) -> Since:
    return Since(event=rnd.choice(EVENTS), holds=Compare(op=rnd.choice((">=", "<", "=")), value=rnd.randint(0, 90)))


def _yearly(rnd: Random) -> Yearly:
    kind = rnd.choice(("birthday", "anniversary", "beneficiary"))
    window = rnd.choice((Period(7, "day"), Period(6, "week"), Period(1, "month"), Period(5, "month")))
    return Yearly(kind=kind, name=None if kind == "birthday" else "birthday", way=rnd.choice(("next", "last")),
                  window=window)  # fmt: skip


def _attribute(rnd: Random) -> Attribute:
    return rnd.choice((
        Attribute(name="size", holds=_compare(rnd, "number")), Attribute(name="colour", values=("RED", "STRASSE")),
        Attribute(name="club", values=(True,)), Attribute(name="birthday", when=_when(rnd)), Attribute(name="size"),
        Attribute(name="colour", values=("blue", False)),
    ))  # fmt: skip


def _permission(rnd: Random) -> Permission:
    return Permission(kind=rnd.choice(("consented", "reachable")), channel=rnd.choice(("email", "sms")),
                      purpose=rnd.choice(("marketing", "marketing", "profiling")))  # fmt: skip


def _ranked(rnd: Random) -> Ranked:
    by = _counted(rnd, bare=True)
    if rnd.random() < 0.5:
        return Ranked(kind=rnd.choice(("top", "bottom")), share=rnd.choice((0.1, 0.3, 0.5)), by=by)
    return Ranked(kind=rnd.choice(("top", "bottom")), count=rnd.randint(1, 4), by=by)


def _others(rnd: Random) -> Condition:
    return rnd.choice((
        Fact(kind="open_ticket"), Fact(kind="referred"), Labelled(name="tier:gold"), Member(kind="listed", name="fair"),
        Bucket(salt="O'Neill \\ \"x\"", holds=Compare(op=rnd.choice(("<", ">=")), value=rnd.choice((0, 0.3, 1)))),
        Score(name=rnd.choice(("clv", "care")), bound=rnd.choice(("value", "low", "high")),
              holds=_compare(rnd, "number")),
    ))  # fmt: skip
