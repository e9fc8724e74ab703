"""Records of the store itself: products with their price changes, exchange rates, what winning cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from perennial.facts.rules.records import Product, Rate, Spend, Variant
from perennial.simulator.catalogue import VARIANTS
from perennial.simulator.columns import NEVER
from perennial.simulator.draws import Ints
from perennial.simulator.lines import RATE_SCALE, day_rates
from perennial.simulator.world import World
from perennial.values.time import LocalDay


def instant(at: int) -> datetime:
    """The aware datetime of whole seconds since 1970-01-01 UTC."""
    return datetime.fromtimestamp(at, UTC)


def maybe(at: int) -> datetime | None:
    """The same, None for `columns.NEVER`."""
    return None if at == NEVER else datetime.fromtimestamp(at, UTC)


def product_name(product: int) -> str:
    """How records name a product."""
    return f"p{product + 1}"


def variant_name(product: int, variant: int) -> str:
    """How records name a variant of a product."""
    return f"v{(product + 1) * VARIANTS + variant}"


def products(world: World) -> Iterator[Product]:
    """Every product as it was first, after its price change, and when it was taken from sale."""
    catalogue, season = world.catalogue, world.season
    for number in range(catalogue.count):
        changes, gone = int(catalogue.changes[number]), int(catalogue.gone[number])
        for at in sorted({season.start, changes, gone}):
            if at <= season.until:
                yield _product(world, number, at, hidden=at >= gone)


def _product(world: World, number: int, at: int, *, hidden: bool) -> Product:
    catalogue = world.catalogue
    variants = []
    for variant, size in enumerate(catalogue.sizes(number)):
        keys = np.asarray([number]), np.asarray([variant])
        price = int(catalogue.prices(*keys, np.asarray([at]))[0])
        old = int(catalogue.prices(*keys, np.asarray([world.season.start]))[0])
        name = variant_name(number, variant)
        variants.append(
            Variant(
                name=name,
                sku=f"SKU-{name[1:]}",
                title=size,
                price=price,
                compare_at=old if old > price else None,
                cost=int(catalogue.costs(*keys)[0]),
                stock=0 if hidden else 1_000 * (5 + (number * 7 + variant * 3) % 60),
            )
        )
    return Product(
        name=product_name(number),
        updated_at=instant(at),
        title=catalogue.title(number),
        brand=catalogue.brand_name(number),
        category=catalogue.category_name(number),
        currency=world.config.currency,
        url=f"https://shop.example/products/{number + 1}",
        image=f"https://shop.example/images/{number + 1}.jpg",
        hidden=hidden,
        variants=tuple(variants),
    )


def _days(world: World) -> Ints:
    """All local days of the history."""
    first, last = world.season.day(np.asarray([world.season.start, world.season.until])).tolist()
    return np.arange(first, last + 1)


def rates(world: World) -> Iterator[Rate]:
    """The second currency's rate of every day of the history."""
    currency = world.config.second_currency
    if currency is None:
        return
    days = _days(world)
    for day, rate in zip(days.tolist(), day_rates(world.draws, days).tolist(), strict=True):
        yield Rate(currency=currency, day=LocalDay(day).date, rate=rate / RATE_SCALE)


def spend_columns(world: World) -> tuple[Ints, Ints, Ints]:
    """Day, channel (place in the configuration) and amount of acquisition spend; days without are left out.

    A channel costs its price per customer it is expected to win that day, with noise of a tenth.
    """
    config, days = world.config, _days(world)
    share = world.season.share(len(days))
    parts = []
    total = sum(channel.share for channel in config.channels)
    for place, channel in enumerate(config.channels):
        noise = 0.9 + 0.2 * world.draws.uniform("spend", days, place)
        expected = config.customers * channel.share / total * channel.cost
        parts.append(np.rint(expected * share * noise).astype(np.int64))
    amounts = np.stack(parts, axis=1)
    day, channel_place = np.nonzero(amounts)
    return days[day], channel_place.astype(np.int64), amounts[day, channel_place]


def spend(world: World) -> Iterator[Spend]:
    """What acquisition cost, per day and channel."""
    columns = (column.tolist() for column in spend_columns(world))
    for day, place, amount in zip(*columns, strict=True):
        channel = world.config.channels[place].key
        on = LocalDay(day)
        yield Spend(
            name=f"{on.date.isoformat()}-{channel}",
            day=on.date,
            updated_at=min(on.plus(1).start(world.config.zone), world.config.until),
            channel=channel,
            campaign=f"{channel}-{on.date.year}",
            currency=world.config.currency,
            amount=amount,
        )
