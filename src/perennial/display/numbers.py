"""Numbers, money and days as a reader of a language writes them (Babel)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from perennial.values.money import NO_CURRENCY, exponent
from perennial.values.time import LocalDay

if TYPE_CHECKING:
    from babel import Locale

NOTHING = "\N{EN DASH}"
_SIGNS = {"EUR": "€", "GBP": "£", "INR": "₹", "UAH": "₴", "TRY": "₺", "PLN": "zł", "VND": "₫", "ILS": "₪"}
_SMALL = 1000  # amounts from here on are shown without the small change


@dataclass(frozen=True)
class Format:
    """Formats for one language and one currency ("XXX": amounts without a sign)."""

    locale: Locale
    currency: str

    def count(self, n: float | None) -> str:
        """A whole number."""
        from babel.numbers import format_decimal

        return NOTHING if n is None else format_decimal(round(n), locale=self.locale)

    def decimal(self, x: float | None, digits: int = 1) -> str:
        """A number with decimals, none where they are zero."""
        from babel.numbers import format_decimal

        pattern = "#,##0." + "#" * digits
        return NOTHING if x is None else format_decimal(x, format=pattern, locale=self.locale)

    def money(self, minor: float | None, *, exact: bool = False) -> str:
        """An amount in minor units; large ones without the small change unless ``exact``."""
        if minor is None:
            return NOTHING
        digits = exponent(self.currency)
        amount = minor / 10**digits
        if abs(amount) >= _SMALL and not exact:
            digits = 0
        return self._amount(amount, digits)

    def short_money(self, minor: float) -> str:
        """An amount for the axis of a chart: 1.2M."""
        from babel.numbers import format_compact_currency, format_compact_decimal

        amount = minor / 10 ** exponent(self.currency)
        digits = 0 if abs(amount) < _SMALL or (amount % 1000 == 0 and amount < 1_000_000) else 1
        if self.currency == NO_CURRENCY:
            return format_compact_decimal(amount, locale=self.locale, fraction_digits=digits)
        short = format_compact_currency(amount, self.currency, locale=self.locale, fraction_digits=digits)
        return str(short).replace(self.currency, self._sign)

    def _amount(self, amount: float, digits: int) -> str:
        from babel.numbers import format_currency, format_decimal

        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        if self.currency == NO_CURRENCY:
            return format_decimal(round(amount, digits), format=pattern, locale=self.locale)
        whole = self.locale.currency_formats["standard"].pattern.split(";")[0]
        shaped = whole.replace("#,##0.00", pattern)
        told = format_currency(
            round(amount, digits), self.currency, format=shaped, locale=self.locale, currency_digits=False
        )
        return str(told).replace(self.currency, self._sign)

    @property
    def _sign(self) -> str:
        """The currency's sign where only one currency has it, though the language would write its code."""
        return _SIGNS.get(self.currency, self.currency)

    def percent(self, share: float | None, digits: int | None = None) -> str:
        """A share; below a tenth with one decimal."""
        from babel.numbers import format_percent

        if share is None:
            return NOTHING
        if digits is None:
            digits = 1 if 0 < abs(share) < 0.0995 else 0
        pattern = self.locale.percent_formats[None].pattern.replace(
            "#,##0", "#,##0." + "0" * digits if digits else "#,##0"
        )
        return format_percent(share, format=pattern, locale=self.locale)

    def between(self, low: float | None, high: float | None) -> str:
        """The ends of an interval of shares, "31-37%"; empty where there is none."""
        if low is None or high is None:
            return ""
        digits = 1 if high < 0.0995 else 0
        first, last = self.percent(low, digits), self.percent(high, digits)
        sign = self.locale.number_symbols["latn"]["percentSign"]
        return f"{first.replace(sign, '').strip()}\N{EN DASH}{last}"

    def day(self, day: int | None) -> str:
        """A local day: 9 Dec 2011."""
        from babel.dates import format_date

        return NOTHING if day is None else format_date(LocalDay(day).date, format="medium", locale=self.locale)

    def long_day(self, day: int) -> str:
        """A local day for a sentence: 9 December 2011."""
        from babel.dates import format_date

        return format_date(LocalDay(day).date, format="long", locale=self.locale)

    def days(self, first: int, last: int) -> str:
        """A span of local days: 2-31 May 2025."""
        from babel.dates import format_interval

        return str(format_interval(LocalDay(first).date, LocalDay(last).date, "yMMMd", locale=self.locale))

    def month(self, month: int) -> str:
        """A month since January 1970: Dec 2011."""
        return self._skeleton("yMMM", month)

    def short_month(self, month: int) -> str:
        """The month alone: Dec."""
        return self._skeleton("MMM", month)

    def year(self, month: int) -> str:
        """The year of a month."""
        return str(1970 + month // 12)

    def country(self, code: str) -> str:
        """A country by its name, or its code where it has none."""
        return str(self.locale.territories.get(code.upper(), code))

    def _skeleton(self, skeleton: str, month: int) -> str:
        from babel.dates import format_skeleton

        return format_skeleton(skeleton, date(1970 + month // 12, month % 12 + 1, 1), locale=self.locale)
