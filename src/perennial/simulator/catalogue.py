"""The catalogue of a made-up store: categories, brands, variants, prices and their changes, quality.

A product's number counts from 0 here and is one more outside; its variants are the eight numbers
``number * 8 ...``. Prices and costs are minor units of the store's currency (the second currency has the
same price figures).
"""

from __future__ import annotations

import numpy as np

from perennial.simulator.config import Config
from perennial.simulator.draws import Draws, Floats, Ints, bounds, place
from perennial.simulator.season import DAY, Season
from perennial.simulator.words import BRANDS, CATEGORIES, STYLES

VARIANTS = 8
# What a first product of this quality does to the hazard of leaving after the order.
QUALITY = (0.75, 1.0, 1.6)
_SIZES = ("", "S", "M", "L", "XL")


class Catalogue:
    """All products; every array has one entry per product unless said otherwise."""

    def __init__(self, config: Config, draws: Draws, season: Season) -> None:
        count = config.products
        key = np.arange(count)
        self.count = count
        self.category = key % len(CATEGORIES)
        self.brand = draws.below("product/brand", len(BRANDS), key)
        lowest = np.asarray([row[2] for row in CATEGORIES])[self.category]
        highest = np.asarray([row[3] for row in CATEGORIES])[self.category]
        skew = draws.uniform("product/price", key) ** 2
        # Prices end in 90 hundredths, as prices do.
        self.price: Ints = (lowest + (skew * (highest - lowest)).astype(np.int64)) // 100 * 100 + 90
        self.cost: Ints = (self.price * (0.35 + 0.25 * draws.uniform("product/cost", key))).astype(np.int64)
        self.tax: Ints = np.asarray([row[1] for row in CATEGORIES])[self.category]
        self.variants: Ints = 1 + draws.below("product/variants", 4, key)
        self.quality: Floats = np.asarray(QUALITY)[draws.pick("product/quality", bounds([0.25, 0.55, 0.2]), key)]
        span = season.until - season.start
        # A third of the catalogue changes its price once, at a local midnight or thereabouts.
        moment = season.start + draws.below("product/when", max(span, 1), key) // DAY * DAY
        self.changes: Ints = np.where(draws.chance("product/change", 1 / 3, key), moment, season.until + 1)
        factor = 0.85 + 0.35 * draws.uniform("product/factor", key)
        self.later: Ints = np.maximum((self.price * factor).astype(np.int64) // 100 * 100 + 90, 190)
        # A few are taken from sale; from then on people buy the next product of the category.
        hidden = draws.chance("product/hidden", 0.05, key) & (key + len(CATEGORIES) < count)
        moment = season.start + span // 2 + draws.below("product/gone", max(span // 2, 1), key)
        self.gone: Ints = np.where(hidden, moment, season.until + 1)
        # Popularity within a category falls like 1 / rank; `_limits` holds category + cumulative share.
        weights = 1.0 / (1 + key // len(CATEGORIES))
        self._order = np.argsort(self.category, kind="stable")
        parts = [category + bounds(weights[self.category == category]) for category in range(len(CATEGORIES))]
        self._limits = np.concatenate(parts)

    def draw(self, category: Ints, unit: Floats, at: Ints) -> Ints:
        """Products of a ``category`` by popularity, on sale ``at`` (s); ``unit`` uniform in (0, 1)."""
        rank = np.minimum(place(self._limits, category + unit), self.count - 1)
        product = self._order[rank]
        # Below the last, as a category may end there; two gone neighbours stay: the second is sold off.
        instead = product + len(CATEGORIES)
        return np.where(at >= self.gone[product], instead, product)

    def prices(self, product: Ints, variant: Ints, at: Ints) -> Ints:
        """Price of one piece ``at`` an instant: a larger variant costs a tenth of the product's more."""
        now = np.where(at >= self.changes[product], self.later[product], self.price[product])
        return np.asarray(now + variant * (now // 1_000 * 100))

    def costs(self, product: Ints, variant: Ints) -> Ints:
        """Cost of one piece."""
        return np.asarray(self.cost[product] + variant * (self.cost[product] // 10))

    def title(self, product: int) -> str:
        """The made-up title of a product."""
        nouns = CATEGORIES[int(self.category[product])][4]
        rank = product // len(CATEGORIES)
        style = STYLES[rank % len(STYLES)]
        series = rank // len(STYLES)
        return f"{nouns[rank % len(nouns)]} {style}" + (f" {series + 1}" if series else "")

    def brand_name(self, product: int) -> str:
        """The brand of a product."""
        return BRANDS[int(self.brand[product])]

    def category_name(self, product: int) -> str:
        """The category's path, levels parted by " > "."""
        return CATEGORIES[int(self.category[product])][0]

    def sizes(self, product: int) -> list[str]:
        """Titles of the product's variants: "" if there is only one."""
        count = int(self.variants[product])
        return [""] if count == 1 else list(_SIZES[1 : count + 1])
