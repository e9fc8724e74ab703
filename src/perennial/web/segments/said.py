"""What every sentence of a rule is made with: names in quotes, lists, numbers, days, windows of time.

All of them are adverbs or whole noun phrases, which keep their form wherever a sentence puts them, in each of the
four languages. Sentences begin with a small letter and are joined before the first one becomes large; the subject of
each is the customer, unsaid: "made the last order", never "the last order was", or the next part would be about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from perennial.display.numbers import Format
from perennial.display.wording import Words, mark
from perennial.segments.rules.compare import Among, Beside, Compare, Operator, Unit, Within, measured
from perennial.values.money import exponent
from perennial.values.time import LocalDay, Period

# How much, before a number with its noun: "at least 5 times".
_HELD: Mapping[Operator, str] = {
    ">=": mark("at least %(n)s"), ">": mark("more than %(n)s"), "<=": mark("at most %(n)s"),
    "<": mark("less than %(n)s"), "=": mark("exactly %(n)s"), "!=": mark("exactly %(n)s"),
}  # fmt: skip
_FEWER = mark("fewer than %(n)s")  # of what is counted, where English says no "less"
_TURNED: Mapping[Operator, Operator] = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "=": "!=", "!=": "="}


def plural(one: str, many: str) -> tuple[str, str]:
    """Name a message for one and for many where it stands in a table; `Words.plural` tells which."""
    return one, many


# For one alone, where no number is said; and for others, by the plural rules of the language.
_LAST: Mapping[str, tuple[str, tuple[str, str]]] = {
    "day": (mark("today"), plural("in the last %(n)s day", "in the last %(n)s days")),
    "week": (mark("in the last week"), plural("in the last %(n)s week", "in the last %(n)s weeks")),
    "month": (mark("in the last month"), plural("in the last %(n)s month", "in the last %(n)s months")),
    "year": (mark("in the last year"), plural("in the last %(n)s year", "in the last %(n)s years")),
}
_NEXT: Mapping[str, tuple[str, tuple[str, str]]] = {
    "day": (mark("today"), plural("in the next %(n)s day", "in the next %(n)s days")),
    "week": (mark("in the next week"), plural("in the next %(n)s week", "in the next %(n)s weeks")),
    "month": (mark("in the next month"), plural("in the next %(n)s month", "in the next %(n)s months")),
    "year": (mark("in the next year"), plural("in the next %(n)s year", "in the next %(n)s years")),
}
_WITHIN: Mapping[str, tuple[str, str]] = {
    "day": plural("within %(n)s day", "within %(n)s days"),
    "week": plural("within %(n)s week", "within %(n)s weeks"),
    "month": plural("within %(n)s month", "within %(n)s months"),
    "year": plural("within %(n)s year", "within %(n)s years"),
}
Noun = Literal["times", "items", "days"]
_NOUNS: Mapping[Noun, tuple[str, str]] = {
    "times": plural("%(n)s time", "%(n)s times"),
    "items": plural("%(n)s item", "%(n)s items"),
    "days": plural("%(n)s day", "%(n)s days"),
}


@dataclass(frozen=True, slots=True)
class Say:
    """One reader's words. ``names``: titles by "segment:vip", "listed:fair", "product:tea-1", or by a label."""

    words: Words
    format: Format
    currency: str
    names: Mapping[str, str]

    def text(self, message: str, /, **values: object) -> str:
        """The message in the reader's language, filled in."""
        return self.words.text(message, **values)

    def knows(self, name: str, sort: str) -> bool:
        """Whether a title was given for it."""
        return f"{sort}:{name}" in self.names or name in self.names

    def called(self, name: str, *sorts: str) -> str:
        """What somebody gave a name to, in quotes: by its title where one is known, else as it is written."""
        keys = (*(f"{sort}:{name}" for sort in sorts), name)
        return self.quoted(next((self.names[key] for key in keys if key in self.names), name))

    def quoted(self, name: str) -> str:
        """In the quotes of the language."""
        return self.text("“%(name)s”", name=name)

    def one_of(self, told: Sequence[str]) -> str:
        """Names of which any will do: “a”, “b” or “c”."""
        *most, last = told
        if not most:
            return last
        first = most[0]
        for one in most[1:]:
            first = self.text("%(first)s, %(next)s", first=first, next=one)
        return self.text("%(first)s or %(last)s", first=first, last=last)

    def much(
        self,
        holds: Compare,
        of: Callable[[float | str], str],
        short: Callable[[float | str], str],
        *,
        few: bool = False,
    ) -> str:
        """How a measure is held: at least 250.00 EUR. ``of`` says a value with its noun, ``short`` without it.

        "!=" is said like "=": the sentence around it denies it.
        """
        if holds.to is not None:
            return self.text("between %(low)s and %(high)s", low=short(holds.value), high=of(holds.to))
        held = _FEWER if few and holds.op == "<" else _HELD[holds.op]
        return self.text(held, n=of(holds.value))

    def count(self, holds: Compare, noun: Noun) -> str:
        """How a count is held: at least 5 times, at least once."""

        if noun == "times" and holds.op == ">" and holds.value == 1:
            return self.text("more than once")  # whole: some languages draw the words together

        def of(value: float | str) -> str:
            if noun == "times" and value == 1 and holds.to is None:
                return self.text("once")
            return self._counted(_NOUNS[noun], int(value))

        return self.much(holds, of, lambda value: self.format.count(int(value)), few=True)

    def value(self, holds: Compare, unit: Unit) -> str:
        """How a number without a noun is held: money, shares, whatever is known."""
        of = {"sum": self.sum, "share": self.share}.get(unit, self.number)
        return self.much(holds, of, of)

    def sum(self, value: float | str) -> str:
        """An amount, exactly as it is asked for, in its own currency or the brand's."""
        number, currency = measured(value)
        currency = currency or self.currency
        minor = number.scaleb(exponent(currency))
        if minor == minor.to_integral_value():
            return replace(self.format, currency=currency).money(int(minor), exact=True)
        # Finer than the smallest coin: rounded, it would say another amount than the rule.
        return self.text("%(amount)s %(currency)s", amount=self.number(float(number)), currency=currency)

    def share(self, value: float | str) -> str:
        """A share with all its decimals."""
        number = measured(value)[0]
        return self.format.percent(float(number), _decimals(number * 100))

    def number(self, value: float | str) -> str:
        """A number with all its decimals."""
        number = measured(value)[0]
        return self.format.decimal(float(number), _decimals(number))

    def day(self, day: str) -> str:
        """A day of the calendar, written for a sentence."""
        return self.format.long_day(LocalDay.on(date.fromisoformat(day)))

    def when(self, when: Within | Beside | Among) -> str:
        """The days in which something was."""
        match when:
            case Within():
                return self.last(when.window)
            case Beside():
                beside = {
                    "before": mark("before %(day)s"), "after": mark("after %(day)s"), "on": mark("on %(day)s"),
                }  # fmt: skip
                return self.text(beside[when.kind], day=self.day(when.day))
            case Among():
                return self.text("between %(first)s and %(last)s", first=self.day(when.first), last=self.day(when.last))

    def last(self, window: Period) -> str:
        """The window that ends today."""
        return self._window(window, _LAST)

    def next(self, window: Period) -> str:
        """The window that begins today."""
        return self._window(window, _NEXT)

    def within(self, window: Period) -> str:
        """So long after what was said before."""
        return self._counted(_WITHIN[window.unit], window.count)

    def _window(self, window: Period, told: Mapping[str, tuple[str, tuple[str, str]]]) -> str:
        alone, counted = told[window.unit]
        return self.text(alone) if window.count == 1 else self._counted(counted, window.count)

    def _counted(self, told: tuple[str, str], count: int) -> str:
        return self.words.plural(*told, count, n=self.format.count(count))

    def at(self, said: str, when: str) -> str:
        """A sentence with the days in which it holds."""
        return self.text("%(said)s %(when)s", said=said, when=when)


def denied(holds: Compare) -> Compare:
    """What holds where ``holds`` does not; "between" stays, and the sentence around it denies it."""
    return holds if holds.op == "between" else holds.model_copy(update={"op": _TURNED[holds.op]})


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.normalize().as_tuple().exponent))
