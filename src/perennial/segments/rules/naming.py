"""Which lists a rule names."""

from __future__ import annotations

from perennial.segments.rules.conditions.named import Member
from perennial.segments.rules.rule import Rule, conditions


def lists_named(rule: Rule) -> frozenset[str]:
    """The keys of the static lists that stand in a rule."""
    return frozenset(one.name for one in conditions(rule) if isinstance(one, Member) and one.kind == "listed")
