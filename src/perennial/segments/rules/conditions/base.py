"""What every condition is: a body with a ``kind``, written and read as text."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from perennial.documents.rules.body import Body
from perennial.segments.rules.compare import plainly
from perennial.segments.rules.text.said import Call, NotUnderstood, Span, Tail

C = TypeVar("C", bound=Body)


class Condition(Body):
    """A condition that stands alone: it knows how it is written, and how to read itself.

    ``EXAMPLES``: for each of its words one example in text, shown by the docs and the builder.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {}

    def text(self) -> str:
        """The condition as people write it."""
        raise NotImplementedError

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """The condition that ``call`` and what follows it say. Raises NotUnderstood."""
        raise NotImplementedError


def quote(text: str) -> str:
    """Text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def calling(word: str, *arguments: str) -> str:
    """A call with its arguments, those that are empty left out."""
    told = [one for one in arguments if one]
    return f"{word}({', '.join(told)})" if told else word


def made(cls: type[C], at: Span, **fields: object) -> C:
    """A condition, or a part of one, of these fields; what its schema refuses is told at its letters."""
    try:
        return cls(**fields)
    except ValueError as wrong:
        raise NotUnderstood(plainly(wrong), at) from None
