"""Visits of the shop: what customers and strangers looked at, put into carts, and where they gave up.

`draw` gives sessions: ``id``, ``row`` (customer in the block), ``kind`` (place in `KINDS`), ``visitor``,
``known`` (whether the shop knew who it was: signed in), ``start``, ``step`` (s between two events),
``searches`` (0, 1), ``views``, ``adds``, ``checks`` (events of the checkout), ``places`` (0, 1),
``order`` (row, -1 none), ``reason`` (place in `REASONS`, -1 none). `events` lays each out in order.
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.columns import DEVICE_BITS, EXCHANGE, Columns, concat, spread, take
from perennial.simulator.config import MOST_CUSTOMERS
from perennial.simulator.draws import Bools, Draws, Ints, bounds
from perennial.simulator.orders import favourite
from perennial.simulator.season import DAY, YEAR_MS, Season
from perennial.simulator.world import World

KINDS = ("order", "abandoned", "browse", "stranger")
EVENTS = (
    *("page_viewed", "searched", "product_viewed", "cart_added"),
    *("checkout_started", "checkout_step", "checkout_step", "checkout_step", "order_placed"),
)
STEPS = ("", "", "", "", "", "address", "shipping", "payment", "")
# Why a cart is left, how often, and how many events of the checkout come before.
REASONS = ("shipping_cost", "just_looking", "payment", "account_required")
_REASON_SHARES = (0.28, 0.42, 0.18, 0.12)
_CHECKS = (3, 0, 4, 2)
# Ranges of a session's number within its customer: orders, carts left, visits, strangers.
_ABANDONED, _BROWSE, _STRANGER = 2_048, 4_096, 65_472
_BITS, _EVENT_BITS = 16, 6
_MOST_VISITS, _MOST_STRANGERS = 16, 50


def draw(world: World, people: Columns, orders: Columns, lines: Columns) -> Columns:
    """The sessions of a block of customers, sorted by ``id``."""
    kinds = (_buying(world.draws, people, orders, lines), *_looking(world, people, orders))
    sessions = concat([*kinds, _strangers(world, people)])
    return take(sessions, np.argsort(sessions["id"], kind="stable"))


def _session(people: Columns, row: Ints, number: Ints, kind: str, **more: Ints | Bools) -> Columns:
    zero = np.zeros(len(row), np.int64)
    empty = dict.fromkeys(("searches", "adds", "checks", "places"), zero)
    return {
        "id": ((people["customer"][row] + 1) << _BITS) | number,
        "row": row,
        "kind": zero + KINDS.index(kind),
        **empty,
        "order": zero - 1,
        "reason": zero - 1,
        **more,
    }


def _visitor(draws: Draws, people: Columns, row: Ints, number: Ints) -> Ints:
    """The browser: one of three devices; half of the time, the one of whoever shares the address."""
    customer = people["customer"][row]
    device = draws.pick("device", bounds([0.72, 0.23, 0.05]), customer, number)
    borrows = people["shared"][row] & (device == 0) & draws.chance("borrows", 0.5, customer, number)
    return np.asarray(((customer + 1 - borrows) << DEVICE_BITS) | device)


def _buying(draws: Draws, people: Columns, orders: Columns, lines: Columns) -> Columns:
    """The visit that ends in each online order."""
    order = np.flatnonzero((orders["place"] < EXCHANGE) & ~orders["till"] & _online(people, orders))
    row, number = orders["row"][order], orders["place"][order]
    customer = people["customer"][row]
    goods = np.bincount(lines["order"][lines["kind"] == 0], minlength=len(orders["id"]))[order]
    views = goods + np.minimum(draws.count("views", 2.0, customer, number), 20)
    searches = draws.chance("searches", 0.3, customer, number).astype(np.int64)
    step = 15 + draws.below("step", 60, customer, number)
    events = 1 + searches + views + goods + 4 + 1
    return _session(
        people,
        row,
        number,
        "order",
        visitor=_visitor(draws, people, row, number),
        known=people["account"][row],
        start=orders["at"][order] - (events - 1) * step,
        step=step,
        searches=searches,
        views=views,
        adds=goods,
        checks=np.full(len(row), 4),
        places=np.ones(len(row), np.int64),
        order=order,
    )


def _online(people: Columns, orders: Columns) -> Bools:
    """Subscriptions renew themselves: only their first order needs a visit."""
    return np.asarray((people["stages"][orders["row"]] != 0) | (orders["place"] == 0))


def _looking(world: World, people: Columns, orders: Columns) -> tuple[Columns, Columns]:
    """Visits without order, and carts left behind: between orders, and after the last until leaving."""
    config, draws, season = world.config, world.draws, world.season
    spans = _spans(season, people, orders)
    row, place, customer = spans["row"], spans["place"], people["customer"][spans["row"]]
    low, wide = spans["low"], spans["high"] - spans["low"]

    def session(kind: str, copy: Ints, number: Ints, **more: Ints) -> Columns:
        key, at = customer[copy], low[copy]
        at = at + (draws.uniform(kind, key, number) * wide[copy]).astype(np.int64)
        known = people["account"][row[copy]] & draws.chance(kind + "/known", 0.4, key, number)
        return _session(
            people,
            row[copy],
            number,
            kind,
            visitor=_visitor(draws, people, row[copy], number),
            known=known,
            start=season.at(np.minimum(at, season.span - 1)),
            step=15 + draws.below("step", 60, key, number),
            searches=draws.chance("searches", 0.3, key, number).astype(np.int64),
            views=1 + np.minimum(draws.count("views", 2.0, key, number), 20),
            **more,
        )

    left = draws.chance("abandons", np.minimum(config.abandoned * spans["weight"], 0.9), customer, place)
    copy = np.flatnonzero(left)
    reason = draws.pick("reason", bounds(list(_REASON_SHARES)), customer[copy], place[copy])
    abandoned = session(
        "abandoned",
        copy,
        _ABANDONED + place[copy],
        adds=1 + draws.pick("adds", bounds([0.6, 0.3, 0.1]), customer[copy], place[copy]),
        reason=reason,
        checks=np.asarray(_CHECKS)[reason],
    )
    visits = np.minimum(draws.count("visits", config.visits * spans["weight"], customer, place), _MOST_VISITS)
    copy, nth = spread(visits)
    return abandoned, session("browse", copy, _BROWSE + place[copy] * _MOST_VISITS + nth)


def _spans(season: Season, people: Columns, orders: Columns) -> Columns:
    """Times between orders (``low`` to ``high``, operational ms), one more after the last of each customer.

    ``weight``: 1 for a span that ends in an order; for the last, how many gaps of the customer it holds,
    at most 3. Whoever leaves looks in for three weeks more.
    """
    real = take({n: orders[n] for n in ("row", "place", "at", "gap", "left")}, orders["place"] < EXCHANGE)
    count = len(people["customer"])
    last_at, orders_of = people["won"].copy(), np.bincount(real["row"], minlength=count)
    last_at[real["row"]] = real["at"]  # rows are in order: the last one stays
    left = np.zeros(count, np.bool_)
    left[real["row"]] = real["left"]
    end = np.where(left, np.minimum(last_at + 21 * DAY, season.until), season.until)
    low, high = season.even(last_at), season.even(end)
    return concat(
        [
            {
                "row": real["row"],
                "place": real["place"],
                "low": season.even(real["at"] - real["gap"]),
                "high": season.even(real["at"]),
                "weight": np.ones(len(real["row"])),
            },
            {
                "row": np.arange(count),
                "place": orders_of,
                "low": low,
                "high": high,
                "weight": np.minimum((high - low) / YEAR_MS * people["rate"], 3.0),
            },
        ]
    )


def _strangers(world: World, people: Columns) -> Columns:
    """Visits of people who never tell who they are."""
    config, draws, season = world.config, world.draws, world.season
    customer = people["customer"]
    counts = np.minimum(draws.count("strangers", config.strangers, customer), _MOST_STRANGERS)
    row, nth = spread(counts)
    number, key = _STRANGER + nth, customer[row]
    at = (draws.uniform("stranger", key, number) * season.span).astype(np.int64)
    return _session(
        people,
        row,
        number,
        "stranger",
        visitor=((key + 1) << DEVICE_BITS) | (8 + nth),
        known=np.zeros(len(row), np.bool_),
        start=season.at(np.minimum(at, season.span - 1)),
        step=15 + draws.below("step", 60, key, number),
        views=np.minimum(draws.count("views", 1.0, key, number), 20),
        adds=draws.chance("stranger/adds", 0.05, key, number).astype(np.int64),
    )


def events(world: World, people: Columns, lines: Columns, sessions: Columns) -> Columns:
    """What happened in the sessions, not after ``until``.

    Columns: ``id``, ``session`` (row), ``kind`` (place in `EVENTS`), ``product`` (-1 none), ``at`` (s).
    """
    season = world.season
    stages = (sessions["searches"], sessions["views"], sessions["adds"], sessions["checks"], sessions["places"])
    edges = np.cumsum(np.stack([np.ones(len(sessions["id"]), np.int64), *stages]), axis=0)
    row, nth = spread(edges[-1])
    # 0 page, 1 search, 2 view, 3 cart, 4 to 7 checkout, 8 placed.
    kind = sum((nth >= edge[row]).astype(np.int64) for edge in edges[:3])
    kind = np.asarray(kind) + np.where(nth >= edges[3][row], 1 + nth - edges[3][row], 0)
    kind = np.where(nth >= edges[4][row], len(EVENTS) - 1, kind)
    at = sessions["start"][row] + nth * sessions["step"][row]
    taste = {name: people[name][sessions["row"][row]] for name in ("customer", "first", "second")}
    stranger = sessions["kind"][row] == KINDS.index("stranger")
    # Strangers draw for a customer that no store has; so do visits, apart from orders.
    taste["customer"] = taste["customer"] + np.where(stranger, 2, 4) * MOST_CUSTOMERS
    taste["stages"] = np.ones(len(row), np.int64)
    index = (sessions["id"][row] & ((1 << _BITS) - 1)) * 64 + nth
    # What is put into the cart has been looked at: the cart repeats the last views.
    added = (kind == 3) & (sessions["order"][row] < 0)
    views, adds = sessions["views"][row], sessions["adds"][row]
    index = index - np.where(added & (views >= adds), adds, 0)
    product = favourite(world, taste, at, index)
    first = np.searchsorted(lines["order"], sessions["order"])
    bought = (kind == 3) & (sessions["order"][row] >= 0)
    nth_add = np.where(bought, nth - edges[2][row], 0)
    if len(lines["product"]):
        in_order = lines["product"][np.minimum(first[row] + nth_add, len(lines["product"]) - 1)]
        product = np.where(bought, in_order, product)
    shows = (kind == 2) | (kind == 3)
    columns = {
        "id": (sessions["id"][row] << _EVENT_BITS) | nth,
        "session": row,
        "kind": kind,
        "product": np.where(shows, product, -1),
        "at": at,
    }
    return take(columns, at <= season.until)
