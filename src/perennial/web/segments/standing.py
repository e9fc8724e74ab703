"""Sentences of how a customer stands: rhythm, stage, country, what is noted, permissions, labels, scores, lists."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.definitions import GROUPS, STAGES, STATES
from perennial.display.wording import mark
from perennial.segments.rules.compare import Compare
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.standing import Attribute, Fact, Permission, Standing
from perennial.web.segments.said import Say, denied

# Each sentence, and the one that denies it.
_STANDINGS: Mapping[str, tuple[str, str]] = {
    "rhythm": (mark("is %(values)s by their own rhythm"), mark("is not %(values)s by their own rhythm")),
    "lifecycle": (mark("is in the stage %(values)s"), mark("is not in the stage %(values)s")),
    "rfm": (mark("is in the group %(values)s"), mark("is not in the group %(values)s")),
    "country": (mark("lives in %(values)s"), mark("does not live in %(values)s")),
    "language": (mark("speaks %(values)s"), mark("does not speak %(values)s")),
    "currency": (mark("pays in %(values)s"), mark("does not pay in %(values)s")),
    "first_product": (
        mark("bought the product %(values)s first"), mark("did not buy the product %(values)s first"),
    ),
    "first_category": (
        mark("bought something of the category %(values)s first"),
        mark("did not buy something of the category %(values)s first"),
    ),
    "last_product": (
        mark("bought the product %(values)s last"), mark("did not buy the product %(values)s last"),
    ),
    "last_category": (
        mark("bought something of the category %(values)s last"),
        mark("did not buy something of the category %(values)s last"),
    ),
}  # fmt: skip
_STATES: Mapping[str, Mapping[str, str]] = {
    "rhythm": {**STATES, "unknown": mark("Not known yet")},
    "lifecycle": STAGES,
    "rfm": {key: name for key, (name, _) in GROUPS.items()},
}
_CHANNELS: Mapping[str, str] = {
    "email": mark("by e-mail"), "sms": mark("by SMS"), "post": mark("by post"), "phone": mark("by phone"),
    "push": mark("by push message"), "onsite": mark("on the shop's pages"),
}  # fmt: skip
_CONSENTS: Mapping[str, tuple[str, str]] = {
    "marketing": (
        mark("agreed to receive advertising %(channel)s"), mark("has not agreed to receive advertising %(channel)s"),
    ),
    "transactional": (
        mark("agreed to receive messages about their orders %(channel)s"),
        mark("has not agreed to receive messages about their orders %(channel)s"),
    ),
    "profiling": (
        mark("agreed to receive personal offers %(channel)s"),
        mark("has not agreed to receive personal offers %(channel)s"),
    ),
    "publication": (
        mark("agreed that what they wrote is published %(channel)s"),
        mark("has not agreed that what they wrote is published %(channel)s"),
    ),
}  # fmt: skip
_REACHED: Mapping[str, tuple[str, str]] = {
    "marketing": (
        mark("can be reached %(channel)s with advertising"), mark("cannot be reached %(channel)s with advertising"),
    ),
    "transactional": (
        mark("can be reached %(channel)s about their orders"), mark("cannot be reached %(channel)s about their orders"),
    ),
    "profiling": (
        mark("can be reached %(channel)s with personal offers"),
        mark("cannot be reached %(channel)s with personal offers"),
    ),
    "publication": (
        mark("can be reached %(channel)s about publishing what they wrote"),
        mark("cannot be reached %(channel)s about publishing what they wrote"),
    ),
}  # fmt: skip
_FACTS: Mapping[str, tuple[str, str]] = {
    "open_ticket": (mark("has an open ticket"), mark("has no open ticket")),
    "referred": (mark("was brought by another customer"), mark("was not brought by another customer")),
}
_MEMBERS: Mapping[str, tuple[str, str]] = {
    "segment": (mark("is in the segment %(name)s"), mark("is not in the segment %(name)s")),
    "listed": (mark("is on the list %(name)s"), mark("is not on the list %(name)s")),
    "label": (mark("has the label %(name)s"), mark("does not have the label %(name)s")),
}
_BUCKET = (
    mark("is among the %(share)s of customers drawn by chance for %(name)s"),
    mark("is not among the %(share)s of customers drawn by chance for %(name)s"),
)
_SCORES: Mapping[str, tuple[str, str]] = {
    "value": (mark("has %(much)s in the score %(name)s"), mark("does not have %(much)s in the score %(name)s")),
    "low": (
        mark("has %(much)s at the lower end of the score %(name)s"),
        mark("does not have %(much)s at the lower end of the score %(name)s"),
    ),
    "high": (
        mark("has %(much)s at the upper end of the score %(name)s"),
        mark("does not have %(much)s at the upper end of the score %(name)s"),
    ),
}
_KNOWN = (mark("has something noted under %(name)s"), mark("has nothing noted under %(name)s"))
_IS = (mark("has %(values)s as %(name)s"), mark("does not have %(values)s as %(name)s"))
_FALLS = (
    mark("has a day as %(name)s that falls %(when)s"),
    mark("has no day as %(name)s that falls %(when)s"),
)


def standing(say: Say, s: Standing, *, no: bool = False) -> str:
    """How the customer stands by one of the words of `STANDING`."""
    return say.text(_STANDINGS[s.kind][no], values=say.one_of([_value(say, s.kind, one) for one in s.values]))


def _value(say: Say, kind: str, value: str) -> str:
    locale = say.format.locale
    known = {"country": locale.territories, "language": locale.languages}
    if kind in _STATES:
        return say.quoted(say.text(_STATES[kind][value]))
    if kind == "currency" and value in locale.currencies:
        return value
    for code in (value, value.upper(), value.lower()):
        if code in known.get(kind, ()):
            return str(known[kind][code])
    return say.called(value, kind.removeprefix("first_").removeprefix("last_"))


def attribute(say: Say, a: Attribute, *, no: bool = False) -> str:
    """What is noted of the customer under a name."""
    name = say.called(a.name, "attribute")
    if a.when is not None:
        return say.text(_FALLS[no], name=name, when=say.when(a.when))
    if a.holds is not None:
        return _held(say, _IS, "values", a.holds, name, no=no)
    if a.values:
        return say.text(_IS[no], name=name, values=say.one_of([_noted(say, one) for one in a.values]))
    return say.text(_KNOWN[no], name=name)


def _noted(say: Say, value: str | bool) -> str:
    if isinstance(value, bool):
        return say.text("yes") if value else say.text("no")
    return say.quoted(value)


def _held(say: Say, told: tuple[str, str], place: str, holds: Compare, name: str, *, no: bool) -> str:
    """A number that is known, and how it is; denied, it may as well not be known."""
    turned = denied(holds) if no else holds
    against = turned.op == "!=" or (no and holds.op == "between")
    values: dict[str, object] = {"name": name, place: say.value(turned, "number")}
    said = say.text(told[against], **values)
    return say.text("%(said)s (or this is not known)", said=said) if no else said


def permission(say: Say, p: Permission, *, no: bool = False) -> str:
    """What the customer agreed to, or where they can be reached."""
    told = _CONSENTS if p.kind == "consented" else _REACHED
    return say.text(told[p.purpose][no], channel=say.text(_CHANNELS[p.channel]))


def fact(say: Say, f: Fact, *, no: bool = False) -> str:
    """What is so, or is not."""
    return say.text(_FACTS[f.kind][no])


def member(say: Say, m: Member | Labelled, *, no: bool = False) -> str:
    """In a segment, on a list, or with a label."""
    return say.text(_MEMBERS[m.kind][no], name=say.called(m.name, m.kind))


def bucket(say: Say, b: Bucket, *, no: bool = False) -> str:
    """Drawn by chance, or not."""
    drawn = (b.holds.op == "<") != no
    return say.text(_BUCKET[not drawn], share=say.share(b.holds.value), name=say.called(b.salt))


def score(say: Say, s: Score, *, no: bool = False) -> str:
    """How high a stored score is."""
    return _held(say, _SCORES[s.bound], "much", s.holds, say.called(s.name, "score"), no=no)
