"""How a customer stands today: rhythm, stage, group, where they live, what is known of them, what they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator

from perennial.documents.rules.body import Line
from perennial.insight.lifecycle import STAGES
from perennial.insight.rfm import GROUPS
from perennial.segments.rules.compare import Compare, When, compared, when
from perennial.segments.rules.conditions.base import Condition, calling, made, quote
from perennial.segments.rules.text.said import Arguments, Call, NotUnderstood, Tail, Value, meant, refuse

RHYTHMS = ("on_time", "due", "drifting", "lost", "unknown")
Channel = Literal["email", "sms", "post", "phone", "push", "onsite"]
Purpose = Literal["marketing", "transactional", "profiling", "publication"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
# What there may be of a kind; None: any text.
KNOWN: Mapping[str, tuple[str, ...] | None] = MappingProxyType({
    "rhythm": RHYTHMS, "lifecycle": STAGES, "rfm": tuple(sorted(set(GROUPS.values()))), "country": None,
    "language": None, "currency": None, "first_product": None, "first_category": None, "last_product": None,
    "last_category": None,
})  # fmt: skip


class Standing(Condition):
    """One of ``values``: of the own rhythm, the stage, the RFM group, the country (``ES``), what was bought first.

    Codes of countries, languages and currencies are those of ISO 3166, 639 and 4217.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {
        "rhythm": "rhythm in (drifting, lost)", "lifecycle": "lifecycle is new", "rfm": "rfm is champions",
        "country": 'country in ("ES", "PT")', "language": 'language is "it"', "currency": 'currency is "EUR"',
        "first_product": 'first_product is "tea-1"', "first_category": 'first_category is "Gifts"',
        "last_product": 'last_product is "tea-1"', "last_category": 'last_category is "Gifts"',
    }  # fmt: skip

    kind: Literal[
        "rhythm", "lifecycle", "rfm", "country", "language", "currency", "first_product", "first_category",
        "last_product", "last_category",
    ]  # fmt: skip
    values: Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if (known := KNOWN[self.kind]) is not None:
            for value in self.values:
                if value not in known:
                    raise ValueError(f"there is no {self.kind} {value!r}{meant(value, known)}")
        if len(set(self.values)) < len(self.values):
            raise ValueError("the same value stands twice: take one of them out")
        return self

    def text(self) -> str:
        """As it is written."""
        words = [one if KNOWN[self.kind] else quote(one) for one in self.values]
        return f"{self.kind} is {words[0]}" if len(words) == 1 else f"{self.kind} in ({', '.join(words)})"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        Arguments(call).done()
        known = KNOWN[call.word]
        if tail is None or tail.sort != "among":
            refuse(tail, call, f"is {known[0] if known else quote('...')}")
        values = [_text(one) for one in tail.values]
        for one, value in zip(tail.values, values, strict=True):
            if known and value not in known:
                raise NotUnderstood(f"there is no {call.word} {value!r}{meant(value, known)}", one.at)
        return made(cls, call.at, kind=call.word, values=tuple(values))


def _text(value: Value) -> str:
    if value.sort not in ("text", "word"):
        raise NotUnderstood("write text in quotes here", value.at)
    return str(value.value)


class Attribute(Condition):
    """Something known of the customer by ``name``: equal to one of ``values``, a number, or a day; or known at all."""

    EXAMPLES: ClassVar[dict[str, str]] = {"attribute": 'attribute("shoe size") >= 42'}

    kind: Literal["attribute"] = "attribute"
    name: Line
    values: Annotated[tuple[Line | bool, ...], Field(max_length=200)] = ()
    holds: Compare | None = None
    when: When | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.values) + (self.holds is not None) + (self.when is not None) > 1:
            raise ValueError("an attribute is held against values, a number or days: against one of them")
        if self.holds is not None and (told := self.holds.check("number")):
            raise ValueError(told)
        return self

    def text(self) -> str:
        """As it is written."""
        call = calling(self.kind, quote(self.name))
        if self.holds is not None:
            return f"{call} {self.holds.text('number')}"
        if self.when is not None:
            return f"{call} {self.when.text()}"
        words = [("yes" if one else "no") if isinstance(one, bool) else quote(one) for one in self.values]
        if not words:
            return call
        return f"{call} is {words[0]}" if len(words) == 1 else f"{call} in ({', '.join(words)})"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        name = given.text("the attribute's name", '"shoe size"')
        given.done()
        if tail is None:
            return made(cls, call.at, name=name)
        if tail.sort == "among":
            return made(cls, call.at, name=name, values=tuple(_plain(one) for one in tail.values))
        if tail.sort in ("within", "beside") or any(one.sort == "day" for one in tail.values):
            return made(cls, call.at, name=name, when=when(tail, call))
        return made(cls, call.at, name=name, holds=compared(tail, call, "number"))


def _plain(value: Value) -> str | bool:
    if value.sort == "word" and value.value in ("yes", "no"):
        return value.value == "yes"
    if value.sort != "text":
        raise NotUnderstood("write text in quotes, yes or no; a number after = or >=", value.at)
    return str(value.value)


class Permission(Condition):
    """``consented``: agreed to hear from the shop on a channel; ``reachable``: and has an address not suppressed."""

    EXAMPLES: ClassVar[dict[str, str]] = {
        "consented": "consented(email, profiling)", "reachable": "reachable(sms)",
    }  # fmt: skip

    kind: Literal["consented", "reachable"]
    channel: Channel
    purpose: Purpose = "marketing"

    def text(self) -> str:
        """As it is written."""
        return calling(self.kind, self.channel, "" if self.purpose == "marketing" else self.purpose)

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        given = Arguments(call)
        channel, purpose = given.word(CHANNELS), given.maybe_word(PURPOSES)
        given.done()
        alone(tail, call)
        return made(cls, call.at, kind=call.word, channel=channel, purpose=purpose or "marketing")


class Fact(Condition):
    """Something that is so, or is not: a ticket is open, somebody brought the customer."""

    EXAMPLES: ClassVar[dict[str, str]] = {"open_ticket": "open_ticket", "referred": "referred"}

    kind: Literal["open_ticket", "referred"]

    def text(self) -> str:
        """As it is written."""
        return self.kind

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text."""
        Arguments(call).done()
        alone(tail, call)
        return made(cls, call.at, kind=call.word)


def alone(tail: Tail | None, call: Call) -> None:
    """Refuse what follows a condition that stands alone."""
    if tail is not None:
        raise NotUnderstood(f"{call.word} stands alone: take out what follows it", tail.at)
