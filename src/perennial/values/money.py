"""Money in minor units with its ISO 4217 currency, and points as whole numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from perennial.values.numbers import NoNumber, TooLarge, decimal

# Digits after the point of the currencies that have not two (ISO 4217, list one).
ODD_EXPONENTS = {
    code: digits
    for digits, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved, or none is known
_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST = 18  # digits before the point: more do not fit into 64 bits


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""


def check_currency(code: str) -> str:
    """Return ``code`` if it has the shape of an ISO 4217 code, else raise ValueError with the remedy."""
    if not _CURRENCY.fullmatch(code):
        msg = f"{code!r} is no currency code: write three capital letters of ISO 4217, such as EUR or USD"
        raise ValueError(msg)
    return code


def exponent(currency: str) -> int:
    """Digits after the decimal point of ``currency``: 2 unless ISO 4217 says otherwise."""
    return ODD_EXPONENTS.get(currency, 2)


def _power(currency: str) -> int:
    return (1, 10, 100, 1000, 10_000)[exponent(currency)]


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split ``amount`` (any sign) by non-negative ``weights`` so that the parts add up exactly.

    Largest remainder, ties to the earlier part. All weights zero: even parts.
    """
    if not weights:
        raise ValueError("nothing to split over: weights are empty")
    if min(weights) < 0:
        raise ValueError("weights must not be negative")
    total = sum(weights)
    shares: Sequence[int] = weights if total else [1] * len(weights)
    total = total or len(weights)
    sign = -1 if amount < 0 else 1
    parts, rests = [], []
    for index, weight in enumerate(shares):
        part, rest = divmod(abs(amount) * weight, total)
        parts.append(part)
        rests.append((-rest, index))
    for _, index in sorted(rests)[: abs(amount) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` minor units (cents for EUR, yen for JPY, fils for KWD) of ``currency``."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"money is counted in whole minor units, not {self.amount!r}")
        check_currency(self.currency)

    @classmethod
    def of(cls, major: str | int | Decimal, currency: str) -> Money:
        """Money of ``major`` units, such as "12.50"; more digits than the currency has are refused."""
        digits = exponent(check_currency(currency))
        try:
            number = decimal(major, digits=_LARGEST + 1)
        except TooLarge:
            raise ValueError(f"{major} {currency} is too large: an amount has at most {_LARGEST} digits") from None
        except NoNumber:
            raise ValueError(f"{major!r} is no amount of money: write it as 12.50") from None
        # Decimal's own arithmetic rounds to the digits of its context; whole numbers do not.
        if not number or number.adjusted() < -digits:
            units, rest = 0, 1 if number else 0
        else:
            above, below = number.as_integer_ratio()
            units, rest = divmod(above * _power(currency), below)
        if rest:
            raise ValueError(f"{major} has more digits after the point than {currency} has ({digits})")
        return cls(units, currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(f"{self.amount}e-{exponent(self.currency)}")

    def _same(self, other: Money) -> None:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add: convert one first")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def times(self, factor: Fraction | int) -> Money:
        """This amount times an exact ``factor``, rounded half to even to whole minor units."""
        return Money(round(Fraction(self.amount) * factor), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts by ``weights`` that add up exactly (see `split`)."""
        return [Money(part, self.currency) for part in split(self.amount, weights)]

    def __str__(self) -> str:
        return f"{self.major:.{exponent(self.currency)}f} {self.currency}"


def convert(amount: int, rate: Decimal, source: str, target: str) -> int:
    """``amount`` minor units of ``source`` in minor units of ``target``; ``rate`` is target per one source.

    Exact, then rounded once, half to even. A rate that is not above zero and finite raises ValueError.
    """
    if source == target:
        return amount
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"{rate} is no exchange rate from {source} to {target}: it must be above zero")
    above, below = rate.as_integer_ratio()
    above *= amount * _power(target)
    below *= _power(source)
    units, rest = divmod(above, below)
    if 2 * rest > below or (2 * rest == below and units % 2):
        units += 1
    return units


@dataclass(frozen=True, slots=True, order=True)
class Points:
    """Loyalty points: a whole number, never a currency."""

    amount: int

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise TypeError(f"points are whole numbers, not {self.amount!r}")

    def __add__(self, other: Points) -> Points:
        return Points(self.amount + other.amount)

    def __sub__(self, other: Points) -> Points:
        return Points(self.amount - other.amount)

    def __neg__(self) -> Points:
        return Points(-self.amount)

    def __str__(self) -> str:
        return f"{self.amount} points"
