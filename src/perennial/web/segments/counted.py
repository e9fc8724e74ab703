"""Sentences of what is counted: orders, money, what was bought, viewed, opened, and what was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from perennial.display.wording import mark
from perennial.segments.rules.compare import Compare, Unit
from perennial.segments.rules.conditions.counted import Counted, Part
from perennial.web.segments.said import Say, denied

# Said of one person: it was, it was not (in a window, or not so often), it never was. "_named" has a name, "_goods" is
# about goods. What was not is said so that "exactly 3 times" may follow.
_ACTS: Mapping[str, tuple[str, str, str]] = {
    "orders": (mark("ordered"), mark("did not order"), mark("never ordered")),
    "orders_goods": (mark("ordered %(goods)s"), mark("did not order %(goods)s"), mark("never ordered %(goods)s")),
    "bought_goods": (mark("bought %(goods)s"), mark("did not buy %(goods)s"), mark("never bought %(goods)s")),
    "viewed": (mark("viewed a product"), mark("did not view a product"), mark("never viewed a product")),
    "viewed_goods": (mark("viewed %(goods)s"), mark("did not view %(goods)s"), mark("never viewed %(goods)s")),
    "carted": (
        mark("put something in the cart"), mark("did not put anything in the cart"),
        mark("never put anything in the cart"),
    ),
    "carted_goods": (
        mark("put %(goods)s in the cart"), mark("did not put %(goods)s in the cart"),
        mark("never put %(goods)s in the cart"),
    ),
    "visited": (
        mark("visited the shop's site"), mark("did not visit the shop's site"), mark("never visited the shop's site"),
    ),
    "did_named": (mark("did %(name)s"), mark("did not do %(name)s"), mark("never did %(name)s")),
    "did_named_goods": (
        mark("did %(name)s with an item %(goods)s"), mark("did not do %(name)s with an item %(goods)s"),
        mark("never did %(name)s with an item %(goods)s"),
    ),
    "opened": (mark("opened a message"), mark("did not open a message"), mark("never opened a message")),
    "opened_named": (
        mark("opened the message %(name)s"), mark("did not open the message %(name)s"),
        mark("never opened the message %(name)s"),
    ),
    "clicked": (
        mark("clicked a link in a message"), mark("did not click a link in a message"),
        mark("never clicked a link in a message"),
    ),
    "clicked_named": (
        mark("clicked a link in the message %(name)s"), mark("did not click a link in the message %(name)s"),
        mark("never clicked a link in the message %(name)s"),
    ),
    "replied": (mark("replied to a message"), mark("did not reply to a message"), mark("never replied to a message")),
    "replied_named": (
        mark("replied to the message %(name)s"), mark("did not reply to the message %(name)s"),
        mark("never replied to the message %(name)s"),
    ),
    "answered": (mark("answered a survey"), mark("did not answer a survey"), mark("never answered a survey")),
    "answered_named": (
        mark("answered the survey %(name)s"), mark("did not answer the survey %(name)s"),
        mark("never answered the survey %(name)s"),
    ),
    "refunds": (mark("received a refund"), mark("did not receive a refund"), mark("never received a refund")),
    "late_delivery": (
        mark("had a late delivery"), mark("did not have a late delivery"),
        mark("never had a late delivery"),
    ),
    "complained": (mark("complained"), mark("did not complain"), mark("never complained")),
    "has_referred": (
        mark("brought a new customer"), mark("did not bring a new customer"), mark("never brought a new customer"),
    ),
}  # fmt: skip
# Acts that every shop has, in plain words; others are said by their name.
_DID: Mapping[str, tuple[str, str, str]] = {
    "goal:account": (mark("opened an account"), mark("did not open an account"), mark("never opened an account")),
    "goal:newsletter": (
        mark("joined the newsletter"), mark("did not join the newsletter"), mark("never joined the newsletter"),
    ),
    "goal:review": (mark("wrote a review"), mark("did not write a review"), mark("never wrote a review")),
    "searched": (
        mark("searched the shop's site"), mark("did not search the shop's site"),
        mark("never searched the shop's site"),
    ),
    "checkout_started": (
        mark("began to check out"), mark("did not begin to check out"), mark("never began to check out"),
    ),
}  # fmt: skip
# It is so much, or it is not.
_VALUES: Mapping[str, tuple[str, str]] = {
    "items": (mark("bought %(much)s"), mark("did not buy %(much)s")),
    "items_goods": (mark("bought %(much)s %(goods)s"), mark("did not buy %(much)s %(goods)s")),
    "spent": (mark("spent %(much)s"), mark("did not spend %(much)s")),
    "spent_goods": (mark("spent %(much)s on items %(goods)s"), mark("did not spend %(much)s on items %(goods)s")),
    "profit": (mark("brought a profit of %(much)s"), mark("did not bring a profit of %(much)s")),
    "profit_goods": (
        mark("brought a profit of %(much)s with items %(goods)s"),
        mark("did not bring a profit of %(much)s with items %(goods)s"),
    ),
    "aov": (mark("spent %(much)s per order on average"), mark("did not spend %(much)s per order on average")),
    "refunded": (mark("received refunds of %(much)s"), mark("did not receive refunds of %(much)s")),
    "discount_share": (
        mark("had discounts of %(much)s of the full price"),
        mark("did not have discounts of %(much)s of the full price"),
    ),
}  # fmt: skip
# What customers are ranked by.
_MEASURES: Mapping[str, str] = {
    "orders": mark("number of orders"), "items": mark("number of items bought"), "spent": mark("amount spent"),
    "profit": mark("profit brought"), "aov": mark("average amount of an order"), "refunds": mark("number of refunds"),
    "refunded": mark("amount refunded"), "discount_share": mark("share of discounts"),
    "bought": mark("number of purchases"), "viewed": mark("number of products viewed"),
    "carted": mark("number of times something was put in the cart"), "visited": mark("number of days with a visit"),
    "did": mark("number of times %(name)s was done"), "opened": mark("number of messages opened"),
    "clicked": mark("number of clicks in messages"), "replied": mark("number of replies to messages"),
    "answered": mark("number of surveys answered"), "late_delivery": mark("number of late deliveries"),
    "complained": mark("number of complaints"), "has_referred": mark("number of new customers brought"),
}  # fmt: skip
Form = Literal["some", "none", "of"]
# Goods as what is bought, as what is not, and as what an item is of.
_GOODS: Mapping[Form, Mapping[str, str]] = {
    "some": {
        "product": mark("the product %(names)s"), "category": mark("something of the category %(names)s"),
        "brand": mark("something of the brand %(names)s"), "": mark("something"),
    },
    "none": {
        "product": mark("the product %(names)s"), "category": mark("anything of the category %(names)s"),
        "brand": mark("anything of the brand %(names)s"), "": mark("anything"),
    },
    "of": {
        "product": mark("of the product %(names)s"), "category": mark("of the category %(names)s"),
        "brand": mark("of the brand %(names)s"), "message": mark("of the message %(names)s"),
        "survey": mark("of the survey %(names)s"),
    },
}  # fmt: skip
_OBJECTS = ("orders", "bought", "viewed", "carted")  # the goods are what is done
_TOTALS = ("orders", "items", "spent", "profit", "refunds", "refunded")  # over all time: "in all"
_ONCE = Compare(op=">=", value=1)
# A measure in JSON may stand without a comparison: the evaluators take it for the smallest amount that there is.
_SOME: Mapping[Unit, Compare] = {
    "sum": Compare(op=">", value="0"), "count": Compare(op=">", value=0), "share": Compare(op=">=", value=1),
}  # fmt: skip


def counted(say: Say, c: Counted, *, no: bool = False, step: bool = False) -> str:
    """What was done, or how much it was; with ``no`` that it was not. A ``step``: for a while, never "never"."""
    if c.unit == "count" and c.kind != "items":
        return _act(say, c, no=no, step=step)
    return _value(say, c, no=no)


def _value(say: Say, c: Counted, *, no: bool) -> str:
    holds = _SOME[c.unit] if c.holds is None else c.holds
    if c.unit == "count" and no:
        holds, no = denied(holds), holds.op == "between"
    if c.unit != "count" and no and holds.op == "!=":
        holds, no = denied(holds), False
    against = no or holds.op == "!="
    much = say.count(holds, "items") if c.unit == "count" else say.value(holds, c.unit)
    goods = _goods(say, c.of, "of")
    told = _VALUES[f"{c.kind}_goods" if goods else c.kind][against]
    said = _where(say, say.text(told, much=much, goods=goods), c)
    if no and c.kind in ("aov", "profit", "discount_share"):
        said = say.text("%(said)s (or this is not known)", said=said)
    return said


def _act(say: Say, c: Counted, *, no: bool, step: bool) -> str:
    holds = c.holds
    if holds is not None and no:
        holds, no = denied(holds), holds.op == "between"
    often = "" if holds is None else _often(holds)
    if often in ("never", "once"):
        no, holds = often == "never", _ONCE if often == "once" and c.kind == "orders" else None
    if holds is None:
        return _where(say, _told(say, c, 2 if no and c.window is None and not step else int(no)), c, total=False)
    said = _told(say, c, int(no or holds.op == "!="), some=True)
    times = say.count(holds, "times")
    if c.kind == "visited":  # several visits of a day count once
        times = say.text("on %(days)s", days=say.count(holds, "days"))
    told = _where(say, say.at(said, times), c, total=holds != _ONCE)
    # "Fewer than 3 times" sounds as if it had happened: whoever never did it is meant, too.
    return say.text("%(said)s (or not at all)", said=told) if holds.op in ("<", "<=") else told


def _often(holds: Compare) -> str:
    """ "never", "once" for at least once, else nothing: "less than once" is said by nobody."""
    match holds.op, holds.value:
        case ("<", 1) | ("<=", 0) | ("=", 0):
            return "never"
        case (">=", 1) | (">", 0) | ("!=", 0):
            return "once"
    return ""


def _told(say: Say, c: Counted, form: int, *, some: bool = False) -> str:
    """The act: it was (0), it was not (1), it never was (2); ``some``: "not something exactly 3 times"."""
    if c.kind == "did" and c.name is not None and c.name in _DID and not c.of and not say.knows(c.name, "act"):
        return say.text(_DID[c.name][form])
    key: str = c.kind
    values: dict[str, str] = {}
    if c.name is not None:
        key, values["name"] = f"{key}_named", say.called(c.name, _SORTS.get(c.kind, "act"))
    if c.kind in _OBJECTS and (c.kind == "bought" or any(part.by != "store" for part in c.of)):
        key, values["goods"] = f"{key}_goods", _goods(say, c.of, "none" if form and not some else "some", alone=True)
    elif goods := _goods(say, c.of, "of"):
        key, values["goods"] = f"{key}_goods", goods
    return say.text(_ACTS[key][form], **values)


_SORTS: Mapping[str, str] = {"opened": "message", "clicked": "message", "replied": "message", "answered": "survey"}


def _goods(say: Say, of: Sequence[Part], form: Form, *, alone: bool = False) -> str:
    told = _GOODS[form]
    found = [
        say.text(told[by], names=say.one_of([say.called(part.name, by) for part in of if part.by == by]))
        for by in dict.fromkeys(part.by for part in of if part.by != "store")
    ]
    any_at_all = told.get("", "")
    return say.one_of(found) if found else say.text(any_at_all) if alone else ""


def _where(say: Say, said: str, c: Counted, *, total: bool = True) -> str:
    """With the stores and the window in which it holds."""
    if stores := [say.called(part.name, "store") for part in c.of if part.by == "store"]:
        said = say.at(said, say.text("in the store %(names)s", names=say.one_of(stores)))
    if c.window is not None:
        return say.at(said, say.last(c.window))
    return say.text("%(said)s in all", said=said) if total and c.kind in _TOTALS else said


def measure(say: Say, c: Counted) -> str:
    """What customers are ranked by."""
    only = [one] if (one := _goods(say, c.of, "of")) else []
    if c.name is not None and c.kind in _SORTS:
        of = _GOODS["of"][_SORTS[c.kind]]
        only.append(say.text(of, names=say.called(c.name, _SORTS[c.kind])))
    name = "" if c.name is None else say.called(c.name, "act")
    said = say.text(_MEASURES[c.kind], name=name)
    if only:
        said = say.text("%(said)s (only %(goods)s)", said=said, goods=" ".join(only))
    return _where(say, said, c, total=False)
