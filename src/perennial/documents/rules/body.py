"""The base of all document bodies, and the field types that they share.

A body is JSON and is read strictly: a whole number is not accepted as text, nor a yes as 1, so that the
dashboard, the API and files of YAML mean the same by the same words.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from perennial.documents.rules.changes import path
from perennial.values.hashing import canonical
from perennial.values.money import Money
from perennial.values.time import Period

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Names = Mapping[str, Collection[str]]
"""What may be named in a body, by sort: ``{"label": {"tier:gold", ...}}``."""

_SHOWN = 60  # letters of a wrong value that a message repeats
_DEEPEST = 64


class Body(BaseModel):
    """Base of every schema: frozen, unknown fields refused.

    Lists are tuples; alternatives are told apart by a field ``kind``. A body is stored with its defaults
    filled in, so a changed default concerns later documents only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True)

    def content(self) -> dict[str, object]:
        """The JSON of this body, defaults included."""
        return self.model_dump(mode="json")


B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at ``path`` ("rules[2].amount"; "" is the whole), and what to write instead."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class Refused(ValueError):
    """A document cannot be saved as it stands. ``problems`` name each place and its remedy."""

    def __init__(self, what: str, problems: Iterable[Problem]) -> None:
        self.what = what
        self.problems = tuple(problems)
        super().__init__(f"{what} is refused: " + "; ".join(str(problem) for problem in self.problems))


def named(sort: str) -> AfterValidator:
    """For ``Annotated[str, named("label")]``: the text must be a known name of this ``sort``.

    Asked when a document is saved. A document that is read back keeps what it says, even when the name is
    gone since: it meant something when it was saved.
    """

    def check(value: str, info: ValidationInfo) -> str:
        known: Names | None = info.context
        if known is None or value in known.get(sort, ()):
            return value
        hint = closest(value, known.get(sort, ()))
        raise PydanticCustomError("unknown_name", "{text}", {"text": f"there is no {sort} {value!r}{hint}"})

    return AfterValidator(check)


def closest(wrong: str, names: Collection[str]) -> str:
    """The end of a message about an unknown name: what was meant, or what there is."""
    if near := difflib.get_close_matches(wrong, names, n=1):
        return f": did you mean {near[0]!r}?"
    few = sorted(names)[:12]
    return f": there is {', '.join(few)}{' ...' if len(names) > len(few) else ''}" if few else ": there is none"


def _period(value: object) -> Period:
    if isinstance(value, Period):
        return value
    if not isinstance(value, str):
        raise ValueError("write a period such as '6 months' or '5 weeks'")  # noqa: TRY004  # pydantic wants this
    return Period.parse(value)


def _money(value: object) -> Money:
    if isinstance(value, Money):
        return value
    number, _, currency = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
    if not number or not currency:
        raise ValueError("write an amount with its currency, such as '12.50 EUR'")
    return Money.of(number, currency.strip())


Window = Annotated[
    Period,
    PlainValidator(_period),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+ (day|week|month|year)s?$", "examples": ["6 months"]}),
]
"""A period such as ``"6 months"``."""

Amount = Annotated[
    Money,
    PlainValidator(_money),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)? [A-Z]{3}$", "examples": ["12.50 EUR"]}),
]
"""Money with its currency, such as ``"12.50 EUR"``."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1 (0.05 is 5 %)."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""The name of a document or of a part of it, for ever: it stands in decisions as ``key@version``."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""One line for people to read."""


def validate(schema: type[B], body: object, *, what: str, names: Names | None = None) -> B:
    """``body`` (JSON) as a ``schema``; with ``names``, what it names must be known.

    ``what`` names the document in the message. Raises Refused with every place that is wrong.
    """
    problems = tuple(_unstorable(body, ()))
    if problems:
        raise Refused(what, problems)
    try:
        return schema.model_validate_json(canonical(body), context=names)
    except ValidationError as error:
        fields = _field_names(schema)
        found = (_problem(one, body, fields) for one in _own(error.errors(include_url=False)))
        raise Refused(what, found) from None


def _own(errors: list[ErrorDetails]) -> Iterable[ErrorDetails]:
    """The errors without those that follow from others: a list is not too short because its items are wrong."""
    for one in errors:
        inside = len(one["loc"])
        if one["type"] != "too_short" or not any(
            other["loc"][:inside] == one["loc"] and len(other["loc"]) > inside for other in errors
        ):
            yield one


def _unstorable(value: object, at: tuple[str | int, ...]) -> Iterable[Problem]:
    """What is no JSON, or is JSON that a database cannot keep: NUL and halves of surrogate pairs."""
    if len(at) > _DEEPEST:
        yield Problem(path(at[:3]) + " ...", f"is nested deeper than {_DEEPEST} levels: make it flatter")
    elif isinstance(value, str):
        yield from _unstorable_text(value, at)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from _unstorable_text(key, at)
                yield from _unstorable(item, (*at, key))
            else:
                yield Problem(path(at), f"names are text, not {key!r}: put it in quotes")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _unstorable(item, (*at, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(path(at), f"{value} is no number: write a finite one")
    elif value is not None and not isinstance(value, int | float):
        kind = type(value).__name__
        yield Problem(path(at), f"a {kind} is no JSON: write text, a number, true, false, null, a list or names")


def _unstorable_text(text: str, at: tuple[str | int, ...]) -> Iterable[Problem]:
    if "\0" in text:
        yield Problem(path(at), "holds the character NUL: take it out")
    elif not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        yield Problem(path(at), "holds half a character (a lone surrogate): write the text anew")


def _problem(error: ErrorDetails, body: object, fields: frozenset[str]) -> Problem:
    where, kind = _place(error["loc"], body), error["type"]
    if kind == "missing":
        return Problem(where, "is missing: add it")
    if kind == "extra_forbidden":
        name = str(error["loc"][-1])
        near = difflib.get_close_matches(name, fields - {name}, n=1)
        return Problem(where, f"is unknown: did you mean {near[0]!r}?" if near else "is unknown: take it out")
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if kind in ("unknown_name", "value_error"):
        return Problem(where, message)
    given = error["input"]
    shown = "" if isinstance(given, Mapping | list) else f", not {_short(given)}"
    return Problem(where, f"{message[:1].lower()}{message[1:]}{shown}")


def _short(value: object) -> str:
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _place(loc: tuple[str | int, ...], body: object) -> str:
    """The path as the author of ``body`` knows it: without the tags of unions that pydantic puts between."""
    parts: list[str | int] = []
    value, tagged = body, None
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(value, Mapping) and value.get("kind") == part and value is not tagged and not last:
            tagged = value  # one tag stands before the fields, and a field may be called like it
            continue
        if isinstance(value, Mapping) and (part in value or last):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        parts.append(part)
    return path(parts)


def _field_names(schema: type[BaseModel]) -> frozenset[str]:
    """Every name that some part of a body of this schema may have."""
    tree = schema.model_json_schema()
    parts = (tree, *tree.get("$defs", {}).values())
    return frozenset(name for part in parts for name in part.get("properties", ()))
