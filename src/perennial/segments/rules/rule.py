"""A rule: conditions joined by and, or, not. Read from text or JSON, written as either, the same in both.

>>> read('spent(6 months) >= 250 and not bought(category "Gift cards")').text()
'spent(6 months) >= 250 and not bought(category "Gift cards")'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Literal, cast

from pydantic import Field, TypeAdapter

from perennial.documents.rules.body import Body, Names
from perennial.segments.rules.conditions.base import Condition
from perennial.segments.rules.conditions.counted import WORDS as COUNTS
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.text.parse import parse
from perennial.segments.rules.text.said import Call, NotUnderstood, Span, Tail, meant
from perennial.values.hashing import canonical

MOST = 500  # conditions of one rule
CONDITIONS: tuple[type[Condition], ...] = (
    Counted, Dated, Since, Yearly, Standing, Attribute, Permission, Fact, Labelled, Member, Bucket, Score, Ranked,
    Sequence,
)  # fmt: skip


class All(Body):
    """Every one of them holds."""

    kind: Literal["all"] = "all"
    of: Annotated[tuple[Rule, ...], Field(min_length=2, max_length=MOST)]

    def text(self) -> str:
        """As it is written."""
        return " and ".join(f"({one.text()})" if isinstance(one, All | Either) else one.text() for one in self.of)


class Either(Body):
    """At least one of them holds."""

    kind: Literal["any"] = "any"
    of: Annotated[tuple[Rule, ...], Field(min_length=2, max_length=MOST)]

    def text(self) -> str:
        """As it is written."""
        return " or ".join(f"({one.text()})" if isinstance(one, Either) else one.text() for one in self.of)


class Not(Body):
    """It does not hold."""

    kind: Literal["not"] = "not"
    of: Rule

    def text(self) -> str:
        """As it is written."""
        inner = self.of.text()
        return f"not ({inner})" if isinstance(self.of, All | Either) else f"not {inner}"


Rule = Annotated[
    All | Either | Not | Counted | Dated | Since | Yearly | Standing | Attribute | Permission | Fact | Labelled
    | Member | Bucket | Score | Ranked | Sequence,
    Field(discriminator="kind"),
]  # fmt: skip
All.model_rebuild()
Either.model_rebuild()
Not.model_rebuild()

# The first words of conditions, each with the schema that reads it.
WORDS: Mapping[str, type[Condition]] = MappingProxyType({word: one for one in CONDITIONS for word in one.EXAMPLES})
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {word: text for one in CONDITIONS for word, text in one.EXAMPLES.items()}
)


def read(text: str) -> Rule:
    """The rule that ``text`` says. Raises NotUnderstood, naming the letters at fault and what to write."""
    left = [MOST]

    def condition(call: Call, tail: Tail | None) -> Rule:
        left[0] -= 1
        if left[0] < 0:
            raise NotUnderstood(f"these are more than {MOST} conditions: make segments of parts of them", call.at)
        if call.word not in _CALLS:
            raise NotUnderstood(f"there is no condition {call.word!r}{meant(call.word, _CALLS)}", call.word_at)
        return cast("Rule", WORDS[call.word].read(call, tail))

    return parse(text, read=condition, rank=_ranked, join=_joined)


def _ranked(end: str, number: Decimal, percent: bool, call: Call, at: Span) -> Rule:
    return Ranked.read_rank(end, number, percent, call, at)


def _joined(sort: str, parts: list[Rule]) -> Rule:
    if sort == "not":
        return Not(of=parts[0])
    return All(of=tuple(parts)) if sort == "all" else Either(of=tuple(parts))


_CALLS = tuple(word for word, one in WORDS.items() if one is not Ranked)


_AS_JSON: TypeAdapter[Rule] = TypeAdapter(Rule)


def as_rule(content: object, names: Names | None = None) -> Rule:
    """The rule of its JSON form; with ``names``, what it names must be known. Raises pydantic's ValidationError."""
    return _AS_JSON.validate_json(canonical(content), context=names)


def bare(rule: Rule) -> Iterator[Counted]:
    """Conditions that count and are held against nothing: fit for ranking people, but nobody can meet them."""
    match rule:
        case All() | Either():
            for one in rule.of:
                yield from bare(one)
        case Not():
            yield from bare(rule.of)
        case Counted() if rule.holds is None and not COUNTS[rule.kind].act:
            yield rule


def conditions(rule: Rule) -> Iterator[Condition]:
    """Every condition of a rule, from left to right; what people are ranked by and the steps of a sequence, too."""
    match rule:
        case All() | Either():
            for one in rule.of:
                yield from conditions(one)
        case Not():
            yield from conditions(rule.of)
        case Ranked():
            yield rule
            yield rule.by
        case Sequence():
            yield rule
            yield from (step.does for step in rule.steps)
        case _:
            yield rule
