"""One thing after the other: viewed, then not bought within three days."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from perennial.documents.rules.body import Body, Window
from perennial.segments.rules.conditions.base import Condition, calling, made
from perennial.segments.rules.conditions.counted import WORDS, Counted
from perennial.segments.rules.conditions.standing import alone
from perennial.segments.rules.text.said import Arguments, Call, NotUnderstood, Tail

MOST_STEPS = 8


class Step(Body):
    """``does`` something, or with ``never`` does not; ``within`` so long after the step before (None: ever after)."""

    does: Counted
    never: bool = False
    within: Window | None = None

    def text(self) -> str:
        """As it is written."""
        told = f"not {self.does.text()}" if self.never else self.does.text()
        return told if self.within is None else f"{told} within {self.within}"


class Sequence(Condition):
    """The steps in their order, the first one in ``window`` (None: ever).

    A step that is *not* done holds once its time is over: who viewed yesterday has not yet "not bought within 3 days".
    """

    EXAMPLES: ClassVar[dict[str, str]] = {
        "sequence": 'sequence(viewed(category "Shoes"), not bought(category "Shoes") within 3 days, 30 days)',
    }  # fmt: skip

    kind: Literal["sequence"] = "sequence"
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=MOST_STEPS)]
    window: Window | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        first = self.steps[0]
        if first.never or first.within is not None:
            raise ValueError("a sequence begins with something that is done: the first step has no not and no within")
        for step in self.steps:
            if step.does.window is not None or step.does.holds is not None:
                raise ValueError("a step has no window and no comparison of its own: write within after it")
            if not (WORDS[step.does.kind].act or step.does.kind == "orders"):
                raise ValueError(f"{step.does.kind} is nothing that is done: write bought, viewed, orders ...")
            if step.never and step.within is None:
                raise ValueError("say until when it was not done: not bought(...) within 3 days")
        return self

    def text(self) -> str:
        """As it is written."""
        return calling(
            self.kind, *(step.text() for step in self.steps), "" if self.window is None else str(self.window)
        )

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        window, told = given.window(), given.steps()
        given.done("steps and a window")
        alone(tail, call)
        steps = []
        for one in told:
            if one.call.word not in WORDS:
                raise NotUnderstood(f"{one.call.word} is nothing that is done: write bought, viewed ...", one.at)
            does = Counted.read_measure(one.call)
            steps.append(made(Step, one.at, does=does, never=one.inverted, within=one.within))
        return made(cls, call.at, steps=tuple(steps), window=window)
