"""One condition from the fields of a form (`telling` writes them). Pure.

A condition has the fields of its family (`FAMILIES`). Values are text as somebody types it: shares in percent,
several values one a line. Whatever no family can say without loss is a line of text (`TEXT`): so every condition
can be shown and changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from perennial.display.wording import mark
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import WORDS, Counted
from perennial.segments.rules.conditions.dated import EVENTS, Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.standing import KNOWN, Attribute, Fact, Permission
from perennial.segments.rules.rule import WORDS as SCHEMAS
from perennial.values.hashing import canonical

Fields = Mapping[str, str]
Family = Literal[
    "counted", "dated", "since", "yearly", "one_of", "listed", "attribute", "permission", "fact", "named", "bucket",
    "score", "ranked", "text",
]  # fmt: skip
Plain = Callable[[str], str]
"""A number as somebody types it in their language, with a point for its decimal sign."""
TEXT = "text"
_OF: Mapping[type[Condition], Family] = {
    Counted: "counted", Dated: "dated", Since: "since", Yearly: "yearly", Attribute: "attribute",
    Permission: "permission", Fact: "fact", Labelled: "named", Member: "named", Bucket: "bucket", Score: "score",
    Ranked: "ranked",
}  # fmt: skip
_WORDS: dict[str, Family] = {
    TEXT: "text",
    **{word: _OF.get(schema, "text") for word, schema in SCHEMAS.items()},
    **{word: "one_of" if known else "listed" for word, known in KNOWN.items()},
}
FAMILIES: Mapping[str, Family] = MappingProxyType(_WORDS)
"""Every word that a row may begin with, and which fields follow it."""

_NUMBER = mark("Write a number.")
_AMOUNT = mark("Write an amount such as 250, 250.50 or 250 USD.")
_WHOLE = mark("Write a whole number such as 5.")
_PERCENT = mark("Write a share in percent, such as 20.")
_EMPTY = mark("Write something here.")
_DAY = mark("Choose a day.")
_CHOOSE = mark("Choose at least one.")
_SUM = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?( [A-Z]{3})?")
_SPAN = re.compile(r"[0-9]{1,9}")


class Wrong(ValueError):
    """A field cannot be read: which one, and why (a sentence of the catalogues)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def read(word: str, fields: Fields, number: Plain = str.strip) -> Condition:
    """The condition that a row says (not a row of text). Raises Wrong at a field, ValidationError by its schema."""
    family = FAMILIES[word]
    body = {"kind": word, **_READ[family](word, _Given(fields, number))}
    found: Condition = SCHEMAS[word].model_validate_json(canonical(body))
    return found


class _Given:
    """The fields of a row, read one by one."""

    def __init__(self, fields: Fields, number: Plain) -> None:
        self._fields, self._number = fields, number

    def said(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def some(self, name: str) -> str:
        if not (found := self.said(name)):
            raise Wrong(name, _EMPTY)
        return found

    def lines(self, name: str) -> list[str]:
        found = self._fields.get(name, "").replace("\r\n", "\n").split("\n")
        if not (kept := [one.strip() for one in found if one.strip()]):
            raise Wrong(name, _CHOOSE)
        return kept

    def day(self, name: str) -> str:
        if not (found := self.said(name)):
            raise Wrong(name, _DAY)
        return found

    def span(self) -> str:
        """A number of days, weeks, months or years."""
        count = self.said("n")
        if not _SPAN.fullmatch(count):
            raise Wrong("n", _WHOLE)
        return f"{count} {self.some('unit')}"

    def window(self) -> str | None:
        return self.span() if self.said("unit") else None

    def holds(self, unit: str) -> dict[str, Any] | None:
        """The comparison; None where none is chosen."""
        if not (op := self.said("op")):
            return None
        to = self._value("to", unit) if op == "between" else None
        return {"op": op, "value": self._value("value", unit), "to": to}

    def _value(self, name: str, unit: str) -> float | str:
        given = self._number(self.said(name).removesuffix("%").strip() if unit == "share" else self.said(name))
        if unit == "sum":
            if not _SUM.fullmatch(amount := given.upper()):
                raise Wrong(name, _AMOUNT)
            return amount
        if unit == "count":
            if not (given.isascii() and given.isdigit() and len(given) < 16):
                raise Wrong(name, _WHOLE)
            return int(given)
        number = self.decimal(given, name, _PERCENT if unit == "share" else _NUMBER)
        if unit == "share":
            return float(number / 100)
        return int(number) if number == number.to_integral_value() else float(number)

    def decimal(self, given: str, name: str, why: str) -> Decimal:
        try:
            number = Decimal(given)
        except InvalidOperation:
            raise Wrong(name, why) from None
        if not number.is_finite() or abs(number) >= 10**15:
            raise Wrong(name, why)
        return number

    def share(self, name: str) -> float:
        return float(self.decimal(self._number(self.said(name).removesuffix("%")), name, _PERCENT) / 100)

    def whole(self, name: str) -> int:
        if not _SPAN.fullmatch(found := self.said(name)):
            raise Wrong(name, _WHOLE)
        return int(found)

    def parts(self) -> list[dict[str, str]]:
        """What narrows it: ``of0by`` and ``of0``, and so on; those without a name are left out."""
        numbers = sorted(int(name[2:]) for name in self._fields if re.fullmatch(r"of[0-9]{1,3}", name))
        return [
            {"by": self.said(f"of{n}by") or "product", "name": name} for n in numbers if (name := self.said(f"of{n}"))
        ]

    def measure(self, word: str) -> dict[str, Any]:
        names = WORDS[word].names
        name = self.some("name") if names == "must" else self.said("name") if names else ""
        parts = self.parts() if WORDS[word].narrowed else []
        return {"kind": word, "name": name or None, "of": parts, "window": self.window()}

    def when(self) -> dict[str, Any]:
        match self.said("when"):
            case "between":
                return {"kind": "between", "first": self.day("day"), "last": self.day("day2")}
            case "before" | "after" | "on" as kind:
                return {"kind": kind, "day": self.day("day")}
        return {"kind": "within", "window": self.span()}


def _counted(word: str, given: _Given) -> dict[str, Any]:
    holds = given.holds(WORDS[word].unit)
    if holds is None and not WORDS[word].act:
        raise Wrong("op", _CHOOSE)
    return {**given.measure(word), "holds": holds}


def _yearly(word: str, given: _Given) -> dict[str, Any]:
    name = None if word == "birthday" else given.some("name")
    return {"name": name, "way": given.said("way") or "next", "window": given.span()}


def _attribute(word: str, given: _Given) -> dict[str, Any]:  # noqa: ARG001  # as all of them are called
    name = {"name": given.some("name")}
    match given.said("how"):
        case "is":
            return {**name, "values": given.lines("values")}
        case "yes" | "no" as answer:
            return {**name, "values": [answer == "yes"]}
        case "number":
            return {**name, "holds": _must(given, "number")}
        case "day":
            return {**name, "when": given.when()}
    return name


def _ranked(word: str, given: _Given) -> dict[str, Any]:  # noqa: ARG001
    by = given.said("by")
    if by not in WORDS:
        raise Wrong("by", _CHOOSE)
    much = {"share": given.share("much")} if given.said("of") == "percent" else {"count": given.whole("much")}
    return {**much, "by": given.measure(by)}


def _must(given: _Given, unit: str) -> dict[str, Any]:
    if (holds := given.holds(unit)) is None:
        raise Wrong("op", _CHOOSE)
    return holds


_READ: Mapping[Family, Callable[[str, _Given], dict[str, Any]]] = {
    "counted": _counted,
    "dated": lambda _, given: {"when": given.when()},
    "since": lambda _, given: {"event": given.said("event") or EVENTS[0], "holds": _must(given, "count")},
    "yearly": _yearly,
    "one_of": lambda _, given: {"values": given.lines("values")},
    "listed": lambda _, given: {"values": given.lines("values")},
    "attribute": _attribute,
    "permission": lambda _, given: {
        "channel": given.said("channel") or "email", "purpose": given.said("purpose") or "marketing"
    },
    "fact": lambda *_: {},
    "named": lambda _, given: {"name": given.some("name")},
    "bucket": lambda _, given: {"salt": given.some("name"), "holds": _must(given, "share")},
    "score": lambda _, given: {
        "name": given.some("name"), "bound": given.said("bound") or "value", "holds": _must(given, "number")
    },
    "ranked": _ranked,
}  # fmt: skip
