"""The fields of a form from one condition (`fields` reads them back). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from perennial.segments.rules.compare import Compare, measured, plain
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import Counted
from perennial.web.segments.fields import FAMILIES, TEXT, Family, Wrong, read


def told(condition: Condition) -> tuple[str, dict[str, str]]:
    """The word that a condition's row begins with, and its fields; as text where fields could not say all of it."""
    word = str(getattr(condition, "kind", ""))
    family = FAMILIES.get(word, "text")
    if family != "text":
        fields = {name: text for name, text in _TOLD[family](condition).items() if text}
        try:
            if read(word, fields) == condition:
                return word, fields
        except (Wrong, ValidationError):
            pass  # what no field can hold, such as a name of two lines, is told as text below
    return TEXT, {"text": condition.text()}


def _told_holds(holds: Compare | None, unit: str) -> dict[str, str]:
    if holds is None:
        return {}
    ends = {"value": holds.value, "to": holds.to}
    return {"op": holds.op} | {name: _number(end, unit) for name, end in ends.items() if end is not None}


def _number(value: float | str, unit: str) -> str:
    if isinstance(value, str):
        return value
    number = measured(value)[0]
    return plain(number * 100 if unit == "share" else number)


def _told_span(window: object, *, ever: bool = False) -> dict[str, str]:
    count, _, unit = str(window).partition(" ")
    return {} if window is None and ever else {"n": count, "unit": unit.removesuffix("s")}


def _told_measure(one: Counted) -> dict[str, str]:
    parts = {key: text for n, part in enumerate(one.of) for key, text in ((f"of{n}by", part.by), (f"of{n}", part.name))}
    return {"name": one.name or "", **parts, **_told_span(one.window, ever=True)}


def _told_when(when: Any) -> dict[str, str]:
    if when.kind == "within":
        return {"when": "within", **_told_span(when.window)}
    if when.kind == "between":
        return {"when": "between", "day": when.first, "day2": when.last}
    return {"when": when.kind, "day": when.day}


def _told_attribute(one: Any) -> dict[str, str]:
    if one.holds is not None:
        return {"name": one.name, "how": "number", **_told_holds(one.holds, "number")}
    if one.when is not None:
        return {"name": one.name, "how": "day", **_told_when(one.when)}
    if len(one.values) == 1 and isinstance(one.values[0], bool):
        return {"name": one.name, "how": "yes" if one.values[0] else "no"}
    return {"name": one.name, "how": "is" if one.values else "known", "values": "\n".join(map(str, one.values))}


def _told_ranked(one: Any) -> dict[str, str]:
    much = (
        {"much": str(one.count), "of": "people"}
        if one.share is None
        else {"much": _number(one.share, "share"), "of": "percent"}
    )
    return {**much, "by": one.by.kind, **_told_measure(one.by)}


_TOLD: Mapping[Family, Callable[[Any], dict[str, str]]] = {
    "counted": lambda one: {**_told_measure(one), **_told_holds(one.holds, one.unit)},
    "dated": lambda one: _told_when(one.when),
    "since": lambda one: {"event": one.event, **_told_holds(one.holds, "count")},
    "yearly": lambda one: {"name": one.name or "", "way": one.way, **_told_span(one.window)},
    "one_of": lambda one: {"values": "\n".join(one.values)},
    "listed": lambda one: {"values": "\n".join(one.values)},
    "attribute": _told_attribute,
    "permission": lambda one: {"channel": one.channel, "purpose": one.purpose},
    "fact": lambda _: {},
    "named": lambda one: {"name": one.name},
    "bucket": lambda one: {"name": one.salt, **_told_holds(one.holds, "share")},
    "score": lambda one: {"name": one.name, "bound": one.bound, **_told_holds(one.holds, "number")},
    "ranked": _told_ranked,
}
