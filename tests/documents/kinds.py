"""Kinds for the tests of documents: one with two schemas, a list of rules and names of others."""

from typing import Annotated, Literal

from pydantic import Field

from perennial.documents.rules.body import Amount, Body, Line, Problem, Share, Window, named
from perennial.documents.rules.kinds import Kind


class OldPerk(Body):
    """Schema 1: percent as a whole number, one rule."""

    title: Line
    percent: int = Field(ge=0, le=100)
    within: Window


class PercentRule(Body):
    kind: Literal["percent"]
    share: Share


class AmountRule(Body):
    kind: Literal["amount"]
    amount: Amount
    limit: int = 1


Rule = Annotated[PercentRule | AmountRule, Field(discriminator="kind")]


class Perk(Body):
    """Schema 2: several rules, for customers with a label."""

    title: Line
    rules: tuple[Rule, ...] = ()
    within: Window
    only_for: Annotated[str, named("label")] | None = None
    counters: tuple[Annotated[str, named("counter")], ...] = ()


def to_second(body):
    share = body.pop("percent") / 100
    return {**body, "rules": [{"kind": "percent", "share": share}] if share else []}


def check(body, names):
    for index, rule in enumerate(body.rules):
        if isinstance(rule, AmountRule) and rule.amount.amount <= 0:
            yield Problem(f"rules[{index}].amount", "gives nothing: write an amount above zero")


PERK = Kind("perk", "Something given", Perk, older=(OldPerk,), upgraders=(to_second,), check=check)


class Note(Body):
    text: str


NOTE = Kind("note", "A line of text", Note)
