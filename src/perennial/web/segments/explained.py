"""An explanation as `work` found it, as pages show it: sentences, the person's values, what is missing, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial.display.definitions import GROUPS, STAGES, STATES
from perennial.display.wording import mark
from perennial.facts.models.catalogue import Product
from perennial.segments.rules.rule import read
from perennial.values.ids import parse
from perennial.web.segments.said import plural
from perennial.web.segments.saying import said

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

_WORDS: Mapping[str, str] = {
    **STATES, **STAGES, **{key: name for key, (name, _) in GROUPS.items()}, "unknown": mark("Not known yet"),
    "yes": mark("yes"), "no": mark("no"), "given": mark("agreed"), "withdrawn": mark("withdrawn"),
    "none": mark("never asked"), "no_address": mark("agreed, but there is no address"),
}  # fmt: skip
_HEADS: Mapping[tuple[str, bool], str] = {
    ("all", False): mark("All of these are true"), ("any", False): mark("At least one of these is true"),
    ("all", True): mark("At least one of these is not true"), ("any", True): mark("None of these is true"),
}  # fmt: skip
_DO: Mapping[str, str] = {
    "order": mark("an order"), "first order": mark("the first order"), "visit": mark("a visit"),
    "joining": mark("becoming known"),
}  # fmt: skip
_MORE: Mapping[str, tuple[str, str]] = {
    "orders": plural("%(n)s order more", "%(n)s orders more"),
    "": plural("%(n)s more", "%(n)s more"),
}
_LESS = plural("%(n)s less", "%(n)s less")
_DAYS = plural("%(n)s day", "%(n)s days")
_WAIT = plural("%(n)s day has to pass", "%(n)s days have to pass")


@dataclass(frozen=True, slots=True)
class _Telling:
    desk: Desk
    names: Mapping[str, str]
    person: str
    products: Mapping[str, str]


def tree(desk: Desk, found: dict[str, Any], names: Mapping[str, str], person: str) -> dict[str, Any]:
    """The verdict as lines within lines; ``names``: titles of segments; ``person``: the public id."""
    return _line(_Telling(desk, names, person, _products(desk, found["verdict"])), found["verdict"], lacking=True)


def _line(telling: _Telling, node: dict[str, Any], *, lacking: bool) -> dict[str, Any]:
    """``lacking``: what this is a part of is not as it is wanted; else nothing is missing here, either."""
    desk, of, turned = telling.desk, node, False
    rule = read(node["text"])
    if node["sort"] == "not":
        # A "not" is said with what it denies, in one line.
        while of["sort"] == "not":
            of, turned = of["parts"][0], not turned
    lacking = lacking and node["holds"] != node["wanted"]
    told: dict[str, Any] = {"holds": node["holds"], "to": "", "value": "", "against": "", "missing": "", "parts": []}
    if of["sort"] in ("all", "any"):
        head = _HEADS[of["sort"], turned]
        told["said"] = desk.words.text(head)
    else:
        told["said"] = said(desk, rule, telling.names)
    if of["sort"] == "segment":
        told["to"] = desk.url("customer_segment", telling.person, of["key"])
    if of["held"] is not None:
        told["value"] = _value(telling, of["held"])
        told["against"] = _against(telling, of)
        told["missing"] = _missing(telling, of) if lacking else ""
    told["then"] = _then(telling, node)
    told["parts"] = [_line(telling, part, lacking=lacking) for part in of["parts"]]
    return told


def _value(telling: _Telling, held: dict[str, Any]) -> str:
    value, unit = held["value"], held["unit"]
    words = telling.desk.words
    if value is None or value == []:
        return words.text("nothing known")
    if unit == "values":
        return ", ".join(_word(telling, one) for one in value)
    if unit == "word":
        return words.text(_WORDS[value]) if value in _WORDS else str(value)
    if unit == "steps":
        return words.text("%(n)s of %(of)s steps", n=value, of=held["low"])
    return _number(telling, value, unit)


def _word(telling: _Telling, value: Any) -> str:
    if isinstance(value, bool):
        word = _WORDS["yes" if value else "no"]
        return telling.desk.words.text(word)
    if isinstance(value, int | float):
        return telling.desk.format.decimal(value, 3)
    return telling.products.get(value, value)


def _number(telling: _Telling, value: float, unit: str) -> str:
    f = telling.desk.format
    if unit == "money":
        return f.money(round(value), exact=True)
    if unit == "pieces":
        return f.decimal(value / 1000, 3)
    if unit == "share":
        return f.percent(value, 1)
    if unit == "days":
        return telling.desk.words.plural(*_DAYS, int(value), n=f.count(value))
    if unit == "day":
        return f.long_day(int(value))
    return f.decimal(value, 3)


def _against(telling: _Telling, node: dict[str, Any]) -> str:
    """Where a ranking begins: its sentence does not say."""
    held = node["held"]
    if getattr(read(node["text"]), "kind", "") not in ("top", "bottom"):
        return ""
    if held["low"] is None:
        return telling.desk.words.text("Nobody has any of it yet.")
    begins = _number(telling, held["low"], held["unit"])
    if held["op"] == ">=":
        return telling.desk.words.text("The first begin at %(value)s.", value=begins)
    return telling.desk.words.text("The last begin at %(value)s.", value=begins)


def _missing(telling: _Telling, node: dict[str, Any]) -> str:
    what, words = node["missing"], telling.desk.words
    if what is None or (what["how"] == "wait" and node["stays"] is not None):
        return ""  # that it comes by itself, and when, is said beside it
    if what["how"] == "never":
        return words.text("Nothing can change it any more.")
    if what["how"] == "unknown" or (what["how"] in ("more", "less", "order") and what["amount"] is None):
        return words.text("It is not known of them.")
    told = _needed(telling, node, what)
    if not told:
        return ""
    if node["until"] is not None and what["how"] in ("more", "order"):
        day = telling.desk.format.long_day(node["until"])
        return words.text("Missing: %(what)s, by %(day)s", what=told, day=day)
    return words.text("Missing: %(what)s", what=told)


def _needed(telling: _Telling, node: dict[str, Any], what: dict[str, Any]) -> str:  # noqa: PLR0911  # one line a way
    words, how, amount = telling.desk.words, what["how"], what["amount"]
    if how == "do":
        thing = _DO.get(what["what"], "")
        told = words.text(thing) if thing else _step(telling, what["what"])
        if amount:
            passing = words.plural(*_DAYS, amount, n=telling.desk.format.count(amount))
            return words.text("%(what)s, and %(days)s after it", what=told, days=passing)
        return told
    if how == "wait":
        return words.plural(*_WAIT, amount, n=telling.desk.format.count(amount))
    if how == "order":
        return words.text("one order of %(amount)s", amount=_number(telling, amount, "money"))
    if how == "become":
        return ""
    if what["unit"] == "count":
        kind = getattr(read(node["text"]), "kind", "")
        one, many = _LESS if how == "less" else _MORE["orders" if kind == "orders" else ""]
        return words.plural(one, many, amount, n=telling.desk.format.count(amount))
    told = _number(telling, amount, what["unit"])
    if what["over"]:
        told = words.text("more than %(amount)s", amount=told)
    return words.text("%(amount)s less", amount=told) if how == "less" else words.text("%(amount)s more", amount=told)


def _step(telling: _Telling, text: str) -> str:
    """A step of a sequence, as a sentence: done at least once."""
    step = read(text if text.partition("(")[0] != "orders" else f"{text} >= 1")
    return said(telling.desk, step, telling.names)


def _then(telling: _Telling, node: dict[str, Any]) -> str:
    """Until when it stays as it is if nothing happens."""
    if node["stays"] is None:
        return ""
    day = telling.desk.format.long_day(node["stays"] + (0 if node["holds"] else 1))
    if node["holds"]:
        return telling.desk.words.text("True until %(day)s if nothing happens.", day=day)
    return telling.desk.words.text("Comes true by itself on %(day)s.", day=day)


def _products(desk: Desk, verdict: dict[str, Any]) -> dict[str, str]:
    """The titles of the products in a tree, by their public ids; one question."""
    named: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        held = node["held"]
        if held is not None and held["unit"] == "values":
            named.update(one for one in held["value"] if isinstance(one, str) and one.startswith("prd_"))
        for part in node["parts"]:
            walk(part)

    walk(verdict)
    ids = {}
    for one in named:
        try:
            ids[parse("prd", one)] = one
        except ValueError:
            continue  # something else that is called so
    if not ids:
        return {}
    titles = Product.objects.filter(brand_id=desk.brand.id, id__in=ids).values_list("id", "title")
    return {ids[id_]: title for id_, title in titles if title}
