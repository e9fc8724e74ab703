"""A rule as it was written: its words and where each stands, before anybody knows what they mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn

from perennial.values.time import Period

_FEW = 8


@dataclass(frozen=True, slots=True)
class Span:
    """Letters ``start`` to ``end`` (not included) of the text."""

    start: int
    end: int


class NotUnderstood(ValueError):
    """A text that is no rule: what is wrong, and at which letters."""

    def __init__(self, message: str, at: Span) -> None:
        super().__init__(message)
        self.message, self.at = message, at


@dataclass(frozen=True, slots=True)
class Value:
    """Something to compare with. ``sort`` tells the type of ``value``; ``currency`` that of an amount."""

    sort: Literal["number", "percent", "amount", "text", "word", "day"]
    value: Decimal | str | date
    at: Span
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows a condition: ``>= 5``, ``between 1 and 3``, ``is "ES"``, ``within 30 days`` ...

    ``sort``: "compared" (``word`` is the operator), "between", "among" (also for ``is``), "beside" (``word`` is
    before, after or on), "within" or "around" (``word`` is next or last).
    """

    sort: Literal["compared", "between", "among", "beside", "within", "around"]
    at: Span
    values: tuple[Value, ...] = ()
    word: str = ""
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """An argument such as ``category "Gift cards"``."""

    word: str
    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """An argument that is text."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Lasting:
    """An argument that is a period."""

    period: Period
    at: Span


@dataclass(frozen=True, slots=True)
class Step:
    """An argument that is itself a condition: a word, or a step of a sequence."""

    call: Call
    inverted: bool
    within: Period | None
    at: Span


Argument = Narrowed | Quoted | Lasting | Step


@dataclass(frozen=True, slots=True)
class Call:
    """A condition by its word, with its arguments."""

    word: str
    arguments: tuple[Argument, ...]
    at: Span
    word_at: Span


class Arguments:
    """The arguments of a call, taken one sort after the other; what nobody took is refused by `done`."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._left = list(call.arguments)

    def window(self) -> Period | None:
        """The one period there may be."""
        found = [one for one in self._left if isinstance(one, Lasting)]
        if len(found) > 1:
            raise NotUnderstood(f"{self.call.word} has one window of time: take one of them out", found[1].at)
        for one in found:
            self._left.remove(one)
            return one.period
        return None

    def narrowed(self, words: Iterable[str]) -> list[Narrowed]:
        """All such as ``category "Gift cards"`` whose word is one of ``words``."""
        known = list(words)
        found = [one for one in self._left if isinstance(one, Narrowed)]
        for one in found:
            if one.word not in known:
                told = (
                    f"{self.call.word} cannot be narrowed by {one.word!r}" if known else f"{self.call.word} takes none"
                )
                raise NotUnderstood(told + meant(one.word, known), one.at)
            self._left.remove(one)
        return found

    def text(self, what: str, example: str) -> str:
        """The first argument, which must be text."""
        if not self._left or not isinstance(one := self._left[0], Quoted):
            at = self._left[0].at if self._left else self.call.at
            raise NotUnderstood(f"{self.call.word} needs {what} in quotes, such as {example}", at)
        self._left.pop(0)
        return one.text

    def maybe_text(self) -> str | None:
        """The first argument, if it is text."""
        if self._left and isinstance(one := self._left[0], Quoted):
            self._left.pop(0)
            return one.text
        return None

    def maybe_word(self, words: Iterable[str]) -> str | None:
        """The next argument, if it is a bare word; it must be one of ``words``."""
        if not self._left or not isinstance(one := self._left[0], Step):
            return None
        known = list(words)
        if one.call.word not in known or one.call.arguments or one.inverted or one.within:
            raise NotUnderstood(f"{one.call.word!r} cannot stand here" + meant(one.call.word, known), one.at)
        self._left.pop(0)
        return one.call.word

    def word(self, words: Iterable[str]) -> str:
        """The next argument, which must be one of ``words``."""
        known = list(words)
        if (found := self.maybe_word(known)) is None:
            at = self._left[0].at if self._left else self.call.at
            raise NotUnderstood(f"{self.call.word} needs one of: {', '.join(known)}", at)
        return found

    def steps(self) -> list[Step]:
        """All that are conditions themselves."""
        found = [one for one in self._left if isinstance(one, Step)]
        for one in found:
            self._left.remove(one)
        return found

    def done(self, takes: str = "nothing more") -> None:
        """Refuse what is left; ``takes`` tells what might stand there."""
        if self._left:
            raise NotUnderstood(f"{self.call.word} takes {takes}: take this out", self._left[0].at)


def refuse(tail: Tail | None, call: Call, wanted: str) -> NoReturn:
    """Raise: what follows the call (or that nothing does) does not fit it."""
    if tail is None:
        raise NotUnderstood(f"{call.word} needs something after it: {wanted}", call.at)
    raise NotUnderstood(f"this does not fit {call.word}: write {wanted}", tail.at)


def meant(wrong: str, known: Iterable[str]) -> str:
    """The end of a message: what was meant, or what there is."""
    names = list(known)
    if near := difflib.get_close_matches(wrong.lower(), names, n=1, cutoff=0.6):
        return f": did you mean {near[0]!r}?"
    return f": there is {', '.join(names[:_FEW])}{' ...' if len(names) > _FEW else ''}" if names else ""
