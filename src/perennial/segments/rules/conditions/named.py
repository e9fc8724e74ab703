"""What names something else: labels, other segments, lists; and the chance that is the same every day."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import StringConstraints, model_validator

from perennial.documents.rules.body import Key, Line, named
from perennial.segments.rules.compare import Compare, compared
from perennial.segments.rules.conditions.base import Condition, calling, made, quote
from perennial.segments.rules.conditions.standing import alone
from perennial.segments.rules.text.said import Arguments, Call, Tail, refuse

Label = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*:[a-z0-9][a-z0-9_-]*$", max_length=64), named("label")
]


class Labelled(Condition):
    """Bears a label that some room puts, such as ``tier:gold``."""

    EXAMPLES: ClassVar[dict[str, str]] = {"label": 'label("tier:gold")'}

    kind: Literal["label"] = "label"
    name: Label

    def text(self) -> str:
        """As it is written."""
        return calling(self.kind, quote(self.name))

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        return made(cls, call.at, name=_name(call, tail, '"tier:gold"'))


class Member(Condition):
    """In another segment, or on a list of people that was pasted."""

    EXAMPLES: ClassVar[dict[str, str]] = {"segment": 'segment("vip")', "listed": 'listed("spring-fair")'}

    kind: Literal["segment", "listed"]
    name: Key

    def text(self) -> str:
        """As it is written."""
        return calling(self.kind, quote(self.name))

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        return made(cls, call.at, kind=call.word, name=_name(call, tail, '"vip"'))


class Bucket(Condition):
    """A share of all customers by chance, the same ones every day: ``salt`` draws anew.

    Where a customer falls is the stable hash of salt and customer, from 0 to below 1.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {"bucket": 'bucket("mailing") < 10 %'}

    kind: Literal["bucket"] = "bucket"
    salt: Line
    holds: Compare

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if told := self.holds.check("share"):
            raise ValueError(told)
        if self.holds.op not in ("<", ">="):
            raise ValueError("a bucket is held against < or >=, so that two of them share nobody: write < 10 %")
        return self

    def text(self) -> str:
        """As it is written."""
        return f"{calling(self.kind, quote(self.salt))} {self.holds.text('share')}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        salt = given.text("a name", '"mailing"')
        given.done()
        return made(cls, call.at, salt=salt, holds=compared(tail, call, "share"))


class Score(Condition):
    """A stored score of the customer; ``bound``: its value, or the lower or upper end of its interval.

    Scores and their units: `segments.rules.scores`. One of money is held against an amount in major units.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {"score": 'score("usual_gap", low) >= 20'}

    kind: Literal["score"] = "score"
    name: Annotated[Key, named("score")]
    bound: Literal["value", "low", "high"] = "value"
    holds: Compare

    @model_validator(mode="after")
    def _number(self) -> Self:
        if told := self.holds.check("number"):
            raise ValueError(told)
        return self

    def text(self) -> str:
        """As it is written."""
        bound = "" if self.bound == "value" else self.bound
        return f"{calling(self.kind, quote(self.name), bound)} {self.holds.text('number')}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        name, bound = given.text("the score's name", '"care"'), given.maybe_word(("value", "low", "high"))
        given.done()
        if tail is None:
            refuse(tail, call, ">= 100")
        return made(cls, call.at, name=name, bound=bound or "value", holds=compared(tail, call, "number"))


def _name(call: Call, tail: Tail | None, example: str) -> str:
    given = Arguments(call)
    name = given.text("a name", example)
    given.done()
    alone(tail, call)
    return name
