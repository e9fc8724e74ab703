"""What is told of a rule and one person: a frozen tree, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

Sort = Literal["all", "any", "not", "segment", "condition"]
Unit = Literal["money", "count", "pieces", "share", "days", "day", "number", "steps", "word", "values"]
How = Literal["more", "less", "order", "wait", "do", "become", "unknown", "never"]
Value = int | float | str | tuple[int | float | str | bool, ...] | None


@dataclass(frozen=True, slots=True)
class Held:
    """The person's own ``value``, and what it is held against.

    ``unit``: money (minor units of the reporting currency), count, pieces (thousandths), share (parts of 1), days, day
    (a local day), number, steps (of a sequence, done), word (such as the rhythm's state), values (a set). ``value``
    None: not known, or there is none. ``op`` with ``low`` (and ``high``, of between; None: no end), else ``among``:
    one of these.
    """

    unit: Unit
    value: Value
    op: str = ""
    low: int | float | None = None
    high: int | float | None = None
    among: tuple[str | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What would have to happen for a condition to be as it is wanted, everything else staying as it is.

    ``how``: more or less of it by ``amount`` (``over``: by more than that); order (one of ``amount``); wait (``amount``
    days); do (``what``: order, visit, first order, joining, or what a step of a sequence does; of days since it, and
    then let ``amount`` days pass); become (one of what it is held against); unknown (it is held against what nobody
    knows of them); never (nothing can change it any more).
    """

    how: How
    amount: int | float | None = None
    unit: Unit = "count"
    over: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule, or a part of it, for one person at one moment.

    ``text``: as it is written. ``wanted``: whether it has to hold (false within a "not"); where ``holds`` is not as
    ``wanted``, ``missing`` says what would have to happen (of conditions alone). ``until``: the last local day on
    which, with nothing new recorded, ``held.value`` is still what it is. ``stays``: the last on which ``holds`` is.
    Both None where nothing ends in the next two years. ``key`` and ``title``: of a segment that the rule names.
    """

    sort: Sort
    text: str
    holds: bool
    wanted: bool = True
    held: Held | None = None
    missing: Missing | None = None
    until: int | None = None
    stays: int | None = None
    key: str = ""
    title: str = ""
    parts: tuple[Verdict, ...] = ()


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The tree as JSON: every field of the dataclasses above, local days as numbers, tuples as lists."""
    found: dict[str, Any] = {}
    for one in fields(verdict):
        value = getattr(verdict, one.name)
        if one.name == "parts":
            found["parts"] = [as_json(part) for part in value]
        elif isinstance(value, Held | Missing):
            inner = {each.name: getattr(value, each.name) for each in fields(value)}
            found[one.name] = {name: list(it) if isinstance(it, tuple) else it for name, it in inner.items()}
        else:
            found[one.name] = value
    return found
