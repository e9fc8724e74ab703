"""What is in the orders and what comes back: lines, amounts, refunds, exchanges. All sums are exact.

Money is minor units of the order's currency; ``rate`` is reporting minor units per own minor unit, times
10,000. Line columns, sorted by order and place: ``id``, ``order`` (row), ``place``, ``kind`` (place in
`KINDS`), ``product`` (-1 none), ``variant``, ``quantity`` (pieces), ``unit``, ``discount``, ``total``,
``tax``, ``net``, ``cost`` (-1 unknown).
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.columns import (
    EXCHANGE,
    LINE_BITS,
    NEVER,
    WALK_IN,
    Columns,
    concat,
    known,
    order_id,
    spread,
    sums,
    take,
)
from perennial.simulator.config import MOST_CUSTOMERS, MOST_ORDERS, Config
from perennial.simulator.draws import Draws, Ints, bounds
from perennial.simulator.orders import favourite
from perennial.simulator.world import World

KINDS = ("product", "gift_card", "fee")
_GIFT_CARD = KINDS.index("gift_card")
REFUNDS = ("refund", "return", "exchange", "chargeback")
# Codes: key, thousandths off, chance = first + second x price sensitivity. The places have meaning below.
CODES = (("", 0), ("WELCOME10", 100), ("BLACK20", 200), ("VERANO15", 150))
GIFT_CARDS = (2_500, 5_000, 10_000)
GIFT_WRAP = 250
RATE_SCALE = 10_000
_SHIPPING_TAX = 210
_MOST_LINES = 8


def taxed(amount: Ints, rate: Ints | int, *, included: bool) -> Ints:
    """The tax in (or on) ``amount`` at ``rate`` thousandths, rounded half up."""
    if included:
        return np.asarray((2 * amount * rate + 1_000 + rate) // (2 * (1_000 + rate)))
    return np.asarray((2 * amount * rate + 1_000) // 2_000)


def converted(amount: Ints, rate: Ints) -> Ints:
    """Reporting minor units of non-negative ``amount``, rounded half to even."""
    whole, rest = np.divmod(amount * rate, RATE_SCALE)
    up = (2 * rest > RATE_SCALE) | ((2 * rest == RATE_SCALE) & (whole & 1 == 1))
    return np.asarray(whole + up)


def shared_out(amount: Ints, rate: Ints, order: Ints) -> Ints:
    """Reporting minor units of lines, so that they add up to their order's converted sum.

    Rounded down, the missing units to the largest remainders, ties to the earlier line. ``order``: the
    row of each line's order, rising.
    """
    result = amount.copy()
    foreign = np.flatnonzero(rate != RATE_SCALE)
    if not len(foreign):
        return result
    exact = amount[foreign] * rate[foreign]
    floor, rest = np.divmod(exact, RATE_SCALE)
    _, first, counts = np.unique(order[foreign], return_index=True, return_counts=True)
    # Converting the exact sum by a rate of 1 rounds it half to even.
    missing = converted(sums(exact, counts), np.ones(len(counts), np.int64)) - sums(floor, counts)
    group = np.repeat(np.arange(len(counts)), counts)
    by_rest = np.lexsort([np.arange(len(foreign)), -rest, group])
    rank = np.empty(len(foreign), np.int64)
    rank[by_rest] = np.arange(len(foreign)) - np.repeat(first, counts)
    result[foreign] = floor + (rank < missing[group])
    return result


def day_rates(draws: Draws, days: Ints) -> Ints:
    """The second currency's rate on local ``days``, times 10,000: a slow wave with daily noise."""
    wave = 1.16 + 0.03 * np.sin(2 * np.pi * (days % 365) / 365) + 0.004 * draws.uniform("rate", days)
    return np.asarray(np.rint(wave * RATE_SCALE).astype(np.int64))


def draw(world: World, people: Columns, orders: Columns) -> tuple[Columns, Columns, Columns]:
    """Orders with their amounts (and the exchanges' new orders), their lines, and refund lines.

    Added to orders: ``currency`` (1: the second), ``rate``, ``code`` (place in `CODES`), ``lines`` (how
    many), ``shipping``, ``shipping_tax``, ``discount``, ``net`` and ``tax`` (of the lines that are revenue), ``total``,
    ``refund`` (place in `REFUNDS`, -1 none), ``back_shipping``, ``back_shipping_tax``, ``exchange_of``
    (id of the order whose goods were exchanged, -1 none).
    """
    orders = _terms(world, people, orders)
    lines = _contents(world, people, orders)
    orders = _totals(world.config, orders, lines)
    orders, back = _refunds(world, orders, lines)
    orders, lines = _exchanges(world, orders, lines, back)
    # Exchanges joined the orders: what points at rows is looked up again by id.
    back["order"] = np.searchsorted(orders["id"], back["line"] >> LINE_BITS)
    back["from"] = np.searchsorted(lines["id"], back["line"])
    return orders, lines, back


def _terms(world: World, people: Columns, orders: Columns) -> Columns:
    config, draws, season = world.config, world.draws, world.season
    customer, place = orders["customer"], orders["place"]
    days = season.day(orders["at"])
    foreign = draws.chance("foreign", config.second_share, customer) & ~orders["till"]
    if config.second_currency is None:
        foreign[:] = False
    dates = days.astype("datetime64[D]")
    month = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    in_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    black = (month == 11) & (in_month >= 22)
    code = np.where(place == 0, 1, np.where(black, 2, np.where(month == 7, 3, 0)))
    sensitivity = people["sensitivity"][orders["row"]]
    wish = np.asarray([0.0, 0.1, 0.3, 0.15])[code] + np.asarray([0.0, 0.4, 0.5, 0.35])[code] * sensitivity
    uses = draws.chance("code", wish, customer, place) & ~orders["till"]
    uses &= people["stages"][orders["row"]] != 0
    return orders | {
        "currency": foreign.astype(np.int64),
        "rate": np.where(foreign, day_rates(draws, days), RATE_SCALE),
        "code": np.where(uses, code, 0),
    }


def _contents(world: World, people: Columns, orders: Columns) -> Columns:
    # Strangers at the till draw for a customer that no store has, as in `orders`.
    config, draws, catalogue = world.config, world.draws, world.catalogue
    buyer = orders["customer"] + np.where(orders["place"] == WALK_IN, MOST_CUSTOMERS, 0)
    subscribed = (people["stages"][orders["row"]] == 0) & (orders["place"] != WALK_IN)
    more = np.log(draws.uniform("lines", buyer, orders["place"]))
    more = more / np.log(min(max(config.more_lines, 1e-9), 0.999))
    goods = 1 + np.where(subscribed, 0, np.minimum(more, _MOST_LINES - 1)).astype(np.int64)
    extra = draws.uniform("extra", buyer, orders["place"])
    card = (extra < config.gift_cards) & ~subscribed & ~orders["till"]
    counts = goods + (card | ((extra > 0.98) & ~subscribed))
    row, place = spread(counts)
    special = place >= goods[row]
    taste = take(people, orders["row"][row]) | {"customer": buyer[row]}
    taste["stages"] = np.where(orders["place"][row] == WALK_IN, 1, taste["stages"])
    index = orders["place"][row] + MOST_ORDERS * place
    product = favourite(world, taste, orders["at"][row], index)
    product = np.where(place == 0, orders["first"][row], product)
    unit = draws.uniform("variant", buyer[row], index)
    # The more sensitive to price, the smaller the variant.
    variant = unit ** (0.7 + taste["sensitivity"]) * catalogue.variants[product]
    smaller: Ints = np.where(special, 0, variant).astype(np.int64)
    pieces = draws.uniform("pieces", buyer[row], index)
    quantity = 1 + ((pieces > 0.84) & ~special & ~subscribed[row]) + ((pieces > 0.97) & ~special)
    price = catalogue.prices(product, smaller, orders["at"][row])
    gift = np.asarray(GIFT_CARDS)[draws.below("gift", len(GIFT_CARDS), buyer[row], index)]
    price = np.where(special, np.where(card[row], gift, GIFT_WRAP), price)
    gross = price * quantity
    off = np.asarray([percent for _, percent in CODES])[orders["code"][row]]
    discount = np.where(special, 0, (gross * off + 500) // 1_000)
    rate = np.where(special, np.where(card[row], 0, _SHIPPING_TAX), catalogue.tax[product])
    total = gross - discount
    tax = taxed(total, rate, included=config.taxes_included)
    cost = catalogue.costs(product, smaller) * quantity
    # Costs are known in the store's currency; the order states them in its own.
    cost = (cost * RATE_SCALE + orders["rate"][row] // 2) // orders["rate"][row]
    return {
        "id": (orders["id"][row] << LINE_BITS) | place,
        "order": row,
        "place": place,
        "kind": np.where(special, np.where(card[row], _GIFT_CARD, KINDS.index("fee")), 0),
        "product": np.where(special, -1, product),
        "variant": smaller,
        "quantity": quantity.astype(np.int64),
        "unit": price,
        "discount": discount,
        "total": total,
        "tax": tax,
        "net": total - tax if config.taxes_included else total,
        "cost": np.where(special, -1, cost),
    }


def _totals(config: Config, orders: Columns, lines: Columns) -> Columns:
    counts = np.bincount(lines["order"], minlength=len(orders["id"])).astype(np.int64)
    goods = sums(lines["total"], counts)
    pays = (orders["carrier"] >= 0) | orders["cancelled"]
    shipping = np.where(pays & (goods < config.free_shipping), config.shipping, 0)
    shipping_tax = taxed(shipping, _SHIPPING_TAX, included=config.taxes_included)
    tax = sums(lines["tax"], counts)
    total = goods + shipping
    if not config.taxes_included:
        total = total + tax + shipping_tax
    return orders | {
        "lines": counts,
        "shipping": shipping,
        "shipping_tax": shipping_tax,
        "discount": sums(lines["discount"], counts),
        # A gift card is a debt until it is used, no revenue.
        "net": sums(np.where(lines["kind"] == _GIFT_CARD, 0, lines["net"]), counts),
        "tax": tax,
        "total": total,
    }


def _refunds(world: World, orders: Columns, lines: Columns) -> tuple[Columns, Columns]:
    """Which orders were refunded, how, and the refunded part of each line.

    Columns of the second: ``order`` (row), ``line`` (id), ``from`` (row of the line), ``quantity``
    (pieces), ``amount``, ``tax``, ``net``, ``cost`` (that came back), ``restocked``.
    """
    config, draws = world.config, world.draws
    customer, place = orders["customer"], orders["place"]
    kind = draws.pick("refund/kind", bounds([0.35, 0.47, 0.15, 0.03]), customer, place)
    kind = np.where(orders["cancelled"] | orders["lost"], 0, kind)
    subject = known(orders["refunded_at"])
    whole = draws.chance("refund/whole", 0.35, customer, place) | (kind == 3)
    whole = (whole & (kind != 2)) | orders["cancelled"] | orders["lost"]
    one = draws.chance("refund/one", 0.5, customer, place) & ~whole & (kind != 2)
    ships = whole & (kind != 1) & subject
    row = lines["order"]
    # Gift cards are not taken back, but with the whole of a cancelled order.
    kept = (lines["kind"] == _GIFT_CARD) & ~orders["cancelled"][row]
    rows = np.flatnonzero(subject[row] & (whole[row] | (lines["place"] == 0)) & ~kept)
    part = take(lines, rows)
    back = part["order"]
    pieces = np.where(one[back], 1, part["quantity"])
    amount = part["total"] * pieces // part["quantity"]
    tax = part["tax"] * pieces // part["quantity"]
    restocked = (kind[back] == 1) | (kind[back] == 2) | orders["cancelled"][back]
    cost = np.where(restocked & (part["cost"] > 0), part["cost"] * pieces // part["quantity"], 0)
    return orders | {
        "refund": np.where(subject, kind, -1),
        "back_shipping": np.where(ships, orders["shipping"], 0),
        "back_shipping_tax": np.where(ships, orders["shipping_tax"], 0),
        "exchange_of": np.full(len(kind), -1),
    }, {
        "order": back,
        "line": part["id"],
        "from": rows,
        "quantity": pieces,
        "amount": amount,
        "tax": tax,
        "net": amount - tax if config.taxes_included else amount,
        "cost": cost,
        "restocked": restocked,
    }


def _exchanges(
    world: World,
    orders: Columns,
    lines: Columns,
    back: Columns,
) -> tuple[Columns, Columns]:
    """Orders and lines, with an order for each exchange: another variant at the price given back."""
    config, draws, season, catalogue = world.config, world.draws, world.season, world.catalogue
    swapped = (orders["refund"] == REFUNDS.index("exchange")) & (orders["refunded_at"] <= season.until)
    rows = np.flatnonzero(swapped)
    source = take(back, np.flatnonzero(np.isin(back["order"], rows)))
    new, line = take(orders, rows), take(lines, source["from"])
    count = len(rows)
    zero, no, never = np.zeros(count, np.int64), np.zeros(count, np.bool_), np.full(count, NEVER)
    at = new["refunded_at"]
    new |= {
        "place": EXCHANGE | new["place"],
        "id": order_id(new["customer"], EXCHANGE | new["place"]),
        "at": at,
        "paid_at": at,
        "settled_at": at,
        "carrier": zero - 1,
        "lines": zero + 1,
        "net": line["net"],
        "tax": line["tax"],
        "discount": line["discount"],
        "refund": zero - 1,
        "exchange_of": new["id"],
        "hazard": np.zeros(count),
    }
    new |= dict.fromkeys(("code", "shipping", "shipping_tax", "gap"), zero)
    new |= dict.fromkeys(("late", "lost", "refunded", "ticket", "unanswered", "left"), no)
    instants = "cancelled_at promised_at shipped_at delivered_at opened_at responded_at refunded_at"
    new |= dict.fromkeys(instants.split(), never)
    new["total"] = line["total"] if config.taxes_included else line["total"] + line["tax"]
    sizes = catalogue.variants[np.maximum(line["product"], 0)]
    other = draws.below("exchange", 100, new["customer"], new["place"])
    line |= {
        "id": new["id"] << LINE_BITS,
        "order": np.arange(count) + len(orders["id"]),
        "variant": (line["variant"] + 1 + other) % sizes,
    }
    orders, lines = concat([orders, new]), concat([lines, line])
    ranks = np.argsort(orders["id"], kind="stable")
    position = np.empty(len(ranks), np.int64)
    position[ranks] = np.arange(len(ranks))
    lines["order"] = position[lines["order"]]
    return take(orders, ranks), take(lines, np.argsort(lines["id"], kind="stable"))
