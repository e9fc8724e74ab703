"""Sentences of when something was or comes round again, of ranks, and of one thing after the other."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark
from perennial.segments.rules.conditions.dated import Dated, Since, Yearly
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence
from perennial.web.segments.counted import counted, measure
from perennial.web.segments.said import Say, denied, plural

_EVENTS: Mapping[str, tuple[str, str]] = {
    "first_order": (mark("made the first order %(when)s"), mark("did not make the first order %(when)s")),
    "last_order": (mark("made the last order %(when)s"), mark("did not make the last order %(when)s")),
    "joined": (mark("made the first contact %(when)s"), mark("did not make the first contact %(when)s")),
    "last_visit": (mark("made the last visit %(when)s"), mark("did not make the last visit %(when)s")),
}
_YEARLY: Mapping[str, tuple[str, str]] = {
    "birthday": (mark("has a birthday that falls %(when)s"), mark("has no birthday that falls %(when)s")),
    "anniversary": (
        mark("has the yearly day %(name)s %(when)s"), mark("does not have the yearly day %(name)s %(when)s"),
    ),
    "beneficiary": (
        mark("has somebody close whose yearly day %(name)s falls %(when)s"),
        mark("has nobody close whose yearly day %(name)s falls %(when)s"),
    ),
    "beneficiary_birthday": (
        mark("has somebody close whose birthday falls %(when)s"),
        mark("has nobody close whose birthday falls %(when)s"),
    ),
}  # fmt: skip
_SHARES: Mapping[str, tuple[str, str]] = {
    "top": (
        mark("is among the top %(share)s of customers by %(measure)s"),
        mark("is not among the top %(share)s of customers by %(measure)s"),
    ),
    "bottom": (
        mark("is among the bottom %(share)s of customers by %(measure)s"),
        mark("is not among the bottom %(share)s of customers by %(measure)s"),
    ),
}
_PLACES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "top": (
        plural("is the top %(n)s customer by %(measure)s", "is among the top %(n)s customers by %(measure)s"),
        plural("is not the top %(n)s customer by %(measure)s", "is not among the top %(n)s customers by %(measure)s"),
    ),
    "bottom": (
        plural("is the bottom %(n)s customer by %(measure)s", "is among the bottom %(n)s customers by %(measure)s"),
        plural(
            "is not the bottom %(n)s customer by %(measure)s", "is not among the bottom %(n)s customers by %(measure)s"
        ),
    ),
}


def dated(say: Say, d: Dated, *, no: bool = False) -> str:
    """The days in which it was; denied, it may never have been."""
    said = say.text(_EVENTS[d.kind][no], when=say.when(d.when))
    return _or_never(say, said) if no else said


def since(say: Say, s: Since, *, no: bool = False) -> str:
    """How many days ago it was; denied, it may never have been."""
    holds = denied(s.holds) if no else s.holds
    against = holds.op == "!=" or (no and holds.op == "between")
    when = say.text("%(days)s ago", days=say.count(holds, "days"))
    said = say.text(_EVENTS[s.event][against], when=when)
    return _or_never(say, said) if no else said


def _or_never(say: Say, said: str) -> str:
    return say.text("%(said)s (or this is not known)", said=said)


def yearly(say: Say, y: Yearly, *, no: bool = False) -> str:
    """A day that comes round every year."""
    when = say.next(y.window) if y.way == "next" else say.last(y.window)
    told = _YEARLY["beneficiary_birthday" if y.kind == "beneficiary" and y.name == "birthday" else y.kind]
    return say.text(told[no], name="" if y.name is None else say.called(y.name), when=when)


def ranked(say: Say, r: Ranked, *, no: bool = False) -> str:
    """Among the first or last of all."""
    by = measure(say, r.by)
    if r.share is not None:
        return say.text(_SHARES[r.kind][no], share=say.share(r.share), measure=by)
    count = r.count or 0
    return say.words.plural(*_PLACES[r.kind][no], count, n=say.format.count(count), measure=by)


def sequence(say: Say, s: Sequence, *, no: bool = False) -> str:
    """The steps in their order."""
    first, *rest = s.steps
    said = counted(say, first.does)
    if s.window is not None:
        said = say.at(said, say.last(s.window))
    for step in rest:
        following = counted(say, step.does, no=step.never, step=True)
        if step.within is not None:
            following = say.at(following, say.within(step.within))
        said = say.text("%(said)s, then %(next)s", said=said, next=following)
    return say.text("did not do this (%(said)s)", said=said) if no else said
