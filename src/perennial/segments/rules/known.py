"""What must be known beside a person's facts to judge a rule: of the whole store, and what its names mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from perennial.insight.own import StoreRhythm
from perennial.insight.tables import Treatment
from perennial.segments.rules.compare import measured
from perennial.values.money import exponent


class CannotCount(ValueError):
    """A rule that is well written cannot be counted as things stand: a rate, a segment or a name is missing."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that both evaluators take as given, each as it was found last.

    ``currency``: the reporting currency; ``rates``: reporting minor units per minor unit of another currency.
    ``stores``: a store's key -> id; ``currencies``: store id -> its currency. ``products``: the name of a product
    at a shop, or ``prd_...``, -> ids. ``rhythm``, ``dormancy``, ``rfm``: of the whole store, None where it is too
    young to say. ``cuts``: the text of a ranking -> its cut-point (None: nobody has a value), in the unit in which
    it is measured. ``scores``: units of scores: "money" is compared in major units.
    """

    currency: str = "EUR"
    treatment: Treatment = field(default_factory=Treatment)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    stores: Mapping[str, int] = field(default_factory=dict)
    currencies: Mapping[int, str] = field(default_factory=dict)
    products: Mapping[str, frozenset[int]] = field(default_factory=dict)
    rhythm: StoreRhythm | None = None
    dormancy: int | None = None
    rfm: Mapping[str, int] | None = None
    cuts: Mapping[str, float | None] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)

    def minor(self, written: float | str) -> int:
        """A sum as written in a rule ("250", "250 USD") in minor units of the reporting currency, half to even.

        Raises CannotCount where it stands in a currency without a rate.
        """
        number, currency = measured(written)
        currency = currency or self.currency
        amount = number.scaleb(exponent(currency))
        if currency != self.currency:
            if currency not in self.rates:
                raise CannotCount(
                    f"{written} is not in {self.currency}, and there is no exchange rate for {currency}: "
                    f"record one, or write the sum in {self.currency}"
                )
            amount *= self.rates[currency]
        return int(amount.to_integral_value(ROUND_HALF_EVEN))

    def cut(self, text: str) -> float | None:
        """The cut-point of a ranking. Raises CannotCount where it was never found."""
        if text not in self.cuts:
            raise CannotCount(f"where {text} begins was not counted yet")
        return self.cuts[text]

    def store_ids(self, names: frozenset[str]) -> frozenset[int]:
        """The stores of these keys. Raises CannotCount for one that is unknown."""
        for name in names:
            if name not in self.stores:
                raise CannotCount(f"there is no store {name!r}: write one of {', '.join(sorted(self.stores))}")
        return frozenset(self.stores[name] for name in names)

    def product_ids(self, names: frozenset[str]) -> frozenset[int]:
        """The products of these names; of one that nobody has recorded yet there are none."""
        return frozenset(id_ for name in names for id_ in self.products.get(name, ()))
