"""A segment: the document that names a group of customers and says who is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from perennial.documents.rules.body import Body, Line, Names, Problem
from perennial.documents.rules.kinds import Kind
from perennial.segments.rules.conditions.named import Labelled, Member
from perennial.segments.rules.contradictions import contradictions
from perennial.segments.rules.rule import MOST, Rule, as_rule, bare, conditions, read
from perennial.segments.rules.text.said import NotUnderstood

MOST_TOGETHER = 5_000  # conditions of a segment with those of all segments it names
OWN = "segment:"  # the label of who is in a segment


def _either(rule: object, info: ValidationInfo) -> object:
    """A rule that is text is read; one in its JSON form is read as such: strictly, lists as tuples."""
    if isinstance(rule, str):
        try:
            rule = read(rule).content()
        except NotUnderstood as wrong:
            raise ValueError(f"{wrong.message} (at letter {wrong.at.start + 1})") from None
    return as_rule(rule, info.context) if isinstance(rule, Mapping) else rule


Written = Annotated[
    Rule,
    BeforeValidator(_either),
    WithJsonSchema({
        "description": "A rule in its text form, or the same as JSON: objects told apart by 'kind'.",
        "anyOf": [
            {"type": "string", "examples": ["spent(6 months) >= 250 and orders(5 weeks) >= 5"]},
            {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        ],
    }),
]  # fmt: skip
"""A rule, given as text or as JSON; stored as JSON."""


class Segment(Body):
    """A group of customers: its name for people, what it is for, and who is in it."""

    title: Line
    purpose: Line | None = None
    rule: Written


def _check(body: Segment, names: Names) -> Iterable[Problem]:  # noqa: ARG001  # labels are checked by their own type
    if (count := sum(1 for _ in conditions(body.rule))) > MOST:
        yield Problem("rule", f"has {count} conditions, more than {MOST}: make segments of parts of them")
        return
    for one in bare(body.rule):
        yield Problem("rule", f"{one.text()} needs something to be held against: write {one.EXAMPLES[one.kind]}")
    yield from (Problem("rule", told) for told in contradictions(body.rule))


def named(rule: Rule) -> Iterator[str]:
    """The keys of the segments that a rule names, as they stand in it."""
    for one in conditions(rule):
        if isinstance(one, Member) and one.kind == "segment":
            yield one.name
        elif isinstance(one, Labelled) and one.name.startswith(OWN):
            yield one.name.removeprefix(OWN)


def among(key: str, body: Segment, others: Mapping[str, Segment]) -> Iterable[Problem]:
    """What is wrong with a segment beside the brand's ``others``: unknown names, rings, too much together."""
    known = {**others, key: body}
    for name in dict.fromkeys(named(body.rule)):
        if name not in known:
            yield Problem("rule", f"there is no segment {name!r}: save it first, or take it out")
    ring, total = _walk(key, known)
    if ring:
        told = " names ".join(repr(one) for one in ring)
        yield Problem("rule", f"segments must not name each other in a ring: {told}. Take one of them out")
    elif total > MOST_TOGETHER:
        yield Problem("rule", f"has, with the segments it names, more than {MOST_TOGETHER} conditions: name fewer")


def _walk(key: str, known: Mapping[str, Segment]) -> tuple[list[str], int]:
    """A ring of names through ``key`` (empty: none), and how many conditions stand in it and all it names."""
    counts: dict[str, int] = {}
    path: list[str] = []

    def visit(name: str) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in counts or name not in known:
            return []
        path.append(name)
        total = sum(1 for _ in conditions(known[name].rule))
        for inner in named(known[name].rule):
            if ring := visit(inner):
                return ring
            total += counts.get(inner, 0)
        path.pop()
        counts[name] = total
        return []

    ring = visit(key)
    return ring, counts.get(key, 0)


KIND = Kind(
    name="segment",
    title="A group of customers, and who is in it",
    body=Segment,
    check=_check,
    among=among,
)
