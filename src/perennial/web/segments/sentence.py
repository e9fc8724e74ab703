"""A rule as one plain sentence, and as a nested list of sentences.

>>> sentence(read("orders(5 weeks) >= 5 and referred"), words, format, "EUR")
'Ordered at least 5 times in the last 5 weeks, and was brought by another customer'

What a rule joins stays together: a group within a group is said in brackets, or as the last part of the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from perennial.display.numbers import Format
from perennial.display.wording import Words, mark
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence as Steps
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.segments.rules.rule import All, Either, Not, Rule
from perennial.web.segments import counted, dated, standing
from perennial.web.segments.said import Say

Joined = Literal["all", "any", "not_all", "none"]
NO_NAMES: Mapping[str, str] = MappingProxyType({})
# A group on a line of its own, and one within a sentence.
_HEADS: Mapping[Joined, tuple[str, str]] = {
    "all": (mark("All of these are true"), mark("all of these are true (%(parts)s)")),
    "any": (mark("At least one of these is true"), mark("at least one of these is true (%(parts)s)")),
    "not_all": (mark("At least one of these is not true"), mark("at least one of these is not true (%(parts)s)")),
    "none": (mark("None of these is true"), mark("none of these is true (%(parts)s)")),
}


@dataclass(frozen=True, slots=True)
class Outline:
    """A line of a nested list: a condition, or with ``children`` a group and how they are ``joined``."""

    sentence: str
    children: tuple[Outline, ...] = ()
    joined: Joined | None = None


def sentence(rule: Rule, words: Words, format: Format, currency: str, names: Mapping[str, str] = NO_NAMES) -> str:  # noqa: A002  # as the pages call it
    """Who is meant, in the reader's language, without a full stop.

    ``currency``: that of sums written without one. ``names``: titles, by "segment:vip", "listed:spring-fair",
    "product:tea-1", "store:main", "score:clv", or a label or act as it is written; what has none is said by its key.
    """
    return _large(_whole(Say(words, format, currency, names), rule))


def outline(rule: Rule, words: Words, format: Format, currency: str, names: Mapping[str, str] = NO_NAMES) -> Outline:  # noqa: A002  # as the pages call it
    """The same as a tree: every condition a line, every group a line with lines below it."""
    return _line(Say(words, format, currency, names), rule)


def _line(say: Say, rule: Rule) -> Outline:
    found = _group(rule)
    if found is None:
        return Outline(_large(_part(say, rule)))
    joined, parts = found
    return Outline(say.text(_HEADS[joined][0]), tuple(_line(say, one) for one in parts), joined)


def _whole(say: Say, rule: Rule) -> str:
    found = _group(rule)
    if found is None:
        return _part(say, rule)
    joined, parts = found
    if joined == "any":
        return _either(say, parts)
    if joined != "all":
        return _part(say, rule)
    *most, last = parts
    said = [_part(say, one) for one in most]
    ending = _group(last)
    # What comes last needs no brackets where nothing in it does.
    plain = ending is not None and ending[0] == "any" and all(_group(one) is None for one in ending[1])
    said.append(_either(say, ending[1]) if ending is not None and plain else _part(say, last))
    first = said[0]
    for one in said[1:-1]:
        first = say.text("%(first)s, %(next)s", first=first, next=one)
    return say.text("%(first)s, and %(last)s", first=first, last=said[-1])


def _either(say: Say, parts: Sequence[Rule]) -> str:
    first, *rest = (_part(say, one) for one in parts)
    said = say.text("either %(first)s", first=first)
    for one in rest:
        said = say.text("%(said)s, or %(next)s", said=said, next=one)
    return said


def _part(say: Say, rule: Rule) -> str:
    """A part of a sentence that may stand anywhere in it."""
    found = _group(rule)
    if found is None:
        return _condition(say, *_bare(rule))
    joined, parts = found
    told = _part(say, parts[0])
    for one in parts[1:]:
        told = say.text("%(first)s; %(next)s", first=told, next=_part(say, one))
    return say.text(_HEADS[joined][1], parts=told)


def _bare(rule: Rule) -> tuple[Rule, bool]:
    """A rule without its "not", and whether it is denied: twice not is yes."""
    no = False
    while isinstance(rule, Not):
        rule, no = rule.of, not no
    return rule, no


def _group(rule: Rule) -> tuple[Joined, tuple[Rule, ...]] | None:
    """How its parts are joined, those joined alike taken together; None for a condition."""
    inner, no = _bare(rule)
    if isinstance(inner, All):
        return ("not_all" if no else "all"), _flat(inner)
    if isinstance(inner, Either):
        return ("none" if no else "any"), _flat(inner)
    return None


def _flat(group: All | Either) -> tuple[Rule, ...]:
    parts: list[Rule] = []
    for one in group.of:
        inner, no = _bare(one)
        if not no and isinstance(inner, All | Either) and type(inner) is type(group):
            parts.extend(_flat(inner))
        else:
            parts.append(one)
    return tuple(parts)


def _condition(say: Say, rule: Rule, no: bool) -> str:  # noqa: C901, PLR0911, PLR0912  # one line a family
    match rule:
        case Counted():
            return counted.counted(say, rule, no=no)
        case Dated():
            return dated.dated(say, rule, no=no)
        case Since():
            return dated.since(say, rule, no=no)
        case Yearly():
            return dated.yearly(say, rule, no=no)
        case Ranked():
            return dated.ranked(say, rule, no=no)
        case Steps():
            return dated.sequence(say, rule, no=no)
        case Standing():
            return standing.standing(say, rule, no=no)
        case Attribute():
            return standing.attribute(say, rule, no=no)
        case Permission():
            return standing.permission(say, rule, no=no)
        case Fact():
            return standing.fact(say, rule, no=no)
        case Member() | Labelled():
            return standing.member(say, rule, no=no)
        case Bucket():
            return standing.bucket(say, rule, no=no)
        case Score():
            return standing.score(say, rule, no=no)
    raise TypeError(f"there is no sentence for {type(rule).__name__}")


def _large(said: str) -> str:
    return said[:1].upper() + said[1:]
