"""The first and the last of all customers by a measure."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from perennial.segments.rules.compare import plain
from perennial.segments.rules.conditions.base import Condition, made
from perennial.segments.rules.conditions.counted import WORDS, Counted
from perennial.segments.rules.text.said import Call, NotUnderstood, Span


class Ranked(Condition):
    """Among the first (``top``) or last ``count``, or ``share`` of all who have a value, by a measure.

    Where they stood is the cut-point of the last night; ties at the cut are all in.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {
        "top": "top 10 % by spent(1 year)", "bottom": "bottom 100 by orders(1 year)",
    }  # fmt: skip

    kind: Literal["top", "bottom"]
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    count: Annotated[int, Field(ge=1, le=10**9)] | None = None
    by: Counted

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.share is None) == (self.count is None):
            raise ValueError("write either a share or a count")
        if self.by.holds is not None:
            raise ValueError("what people are ranked by is held against nothing: take the comparison out")
        return self

    def text(self) -> str:
        """As it is written."""
        much = str(self.count) if self.share is None else f"{plain(Decimal(repr(self.share)) * 100)} %"
        return f"{self.kind} {much} by {self.by.text()}"

    @classmethod
    def read_rank(cls, end: str, number: Decimal, percent: bool, call: Call, at: Span) -> Self:
        """From text."""
        if call.word not in WORDS:
            raise NotUnderstood(f"nobody is ranked by {call.word}: write one of {', '.join(WORDS)}", call.word_at)
        by = Counted.read_measure(call)
        if percent and not 0 < number < 100:  # per cent
            raise NotUnderstood(f"{number} % is not part of all: write between 0 and 100 %", at)
        if not percent and (number < 1 or number != number.to_integral_value()):
            raise NotUnderstood(f"{number} is no count of people: write a whole number, or add %", at)
        much = {"share": float(number / 100)} if percent else {"count": int(number)}
        return made(cls, at, kind=end, by=by, **much)
