"""Bodies of requests: JSON that a database can keep, read strictly."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from perennial.web.api.problems import Problem, pointer, too_large

_DEEPEST = 32
_LARGEST = 2**63
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST_NAME = 64
# What a walk over thousands of records passes by.
_NUMBERS = (int, float, type(None))
_NO_TIME = (str, *_NUMBERS)
Place = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


def read(request: HttpRequest, model: type[M], *, most: int = 0) -> M:
    """The body as a ``model``. ``most`` bytes, 0: what Django takes.

    Strict: ``"12"`` is no number. Refused are also what a database cannot keep or count with: NUL, halves of
    surrogate pairs, numbers beyond 64 bits, times before 1900 or after 2200. Raises Problem.
    """
    raw = _bytes(request, most)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Problem("malformed", f"The body is no UTF-8: see byte {error.start}.") from None
    wrong: list[dict[str, str]] = []
    try:
        content = json.loads(text, parse_int=_whole, parse_float=_fraction, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Problem("malformed", f"The body is no JSON: {error.msg} in line {error.lineno}.") from None
    except _NotKept as error:
        raise Problem("invalid", str(error)) from None
    except RecursionError:
        raise _too_deep() from None
    wrong += [{"pointer": pointer(place), "detail": detail} for place, detail in _unstorable(content, ())]
    if wrong:
        raise Problem("invalid", "The body holds what no database keeps.", wrong)
    try:
        found = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise Problem("invalid", "Something in the body is wrong; nothing was changed.", _places(error)) from None
    wrong += [{"pointer": pointer(place), "detail": detail} for place, detail in _out_of_range(found, ())]
    if wrong:
        raise Problem("invalid", "Something in the body is out of range; nothing was changed.", wrong)
    return found


def _bytes(request: HttpRequest, most: int) -> bytes:
    kind = request.content_type or ""
    if kind != "application/json" and not kind.endswith("+json"):
        raise Problem("media_type", f"The body is {kind or 'of no stated type'}: send application/json.")
    limit = most or settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit or len(request.body) > limit:
        raise too_large()
    if not request.body:
        raise Problem("malformed", "The body is missing.")
    return request.body


class _NotKept(ValueError):
    """A number that fits no column."""


def _whole(text: str) -> int:
    # Long digits are refused unread: reading a million of them takes minutes.
    if len(text) > 20 or not -_LARGEST <= int(text) < _LARGEST:
        raise _NotKept(f"The number {text[:24]}... has more than 64 bits.")
    return int(text)


def _fraction(text: str) -> float:
    if len(text) > 400 or not math.isfinite(found := float(text)):
        raise _NotKept(f"The number {text[:24]} is too large.")
    return found


def _constant(text: str) -> float:
    raise _NotKept(f"{text} is no JSON.")


def _too_deep() -> Problem:
    return Problem("malformed", f"The body is nested deeper than {_DEEPEST} levels.")


def _unstorable(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if len(place) > _DEEPEST:
        raise _too_deep()
    if isinstance(value, str):
        if fault := _fault(value):
            yield place, fault
    elif isinstance(value, dict):
        for name, item in value.items():
            if fault := _fault(name):
                yield place, f"has a name that {fault}"
            if not isinstance(item, _NUMBERS):
                yield from _unstorable(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unstorable(item, (*place, index))


def _fault(text: str) -> str:
    if "\0" in text:
        return "holds the character NUL: take it out"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "holds half a character (a lone surrogate): write the text anew"
    return ""


def _out_of_range(value: object, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, datetime):
        # A time at either end of the calendar cannot be read in another zone at all.
        if not (1 < value.year < 9999 and _FIRST <= value.astimezone(UTC) < _LAST):
            yield place, "lies before 1900 or after 2200"
        return
    if isinstance(value, dict) and not all(0 < len(str(name)) <= _LONGEST_NAME for name in value):
        yield place, f"has a name that is empty or longer than {_LONGEST_NAME} letters"
    for part, item in _parts(value):
        if not isinstance(item, _NO_TIME):
            yield from _out_of_range(item, (*place, part))


def _parts(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, BaseModel):
        return value
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, tuple | list) else ()


def _places(error: ValidationError) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        detail = one["msg"].removeprefix("Value error, ").replace("Input should", "should")
        found.append({"pointer": pointer(one["loc"]), "detail": f"{detail[:1].lower()}{detail[1:]}"})
    return found
