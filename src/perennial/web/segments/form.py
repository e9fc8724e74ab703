"""The builder's form: a rule as rows and groups, the fields they are posted as, and back. Pure.

Every rule is a form, and that form is the same rule again. Rows and groups are named by their place: ``r`` is the
outermost group, ``r-0`` its first part, ``r-0-2`` the third part of that. A field of a place is ``r-0-2.value``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from pydantic import ValidationError

from perennial.display.wording import mark
from perennial.segments.rules.compare import plainly
from perennial.segments.rules.rule import MOST, All, Either, Not, Rule, conditions
from perennial.segments.rules.rule import read as read_text
from perennial.segments.rules.text.parse import DEEPEST
from perennial.segments.rules.text.said import NotUnderstood, Span
from perennial.web.segments import fields as one_by_one
from perennial.web.segments.fields import FAMILIES, TEXT, Plain, Wrong
from perennial.web.segments.telling import told as told_of

Sort = Literal["all", "any", "not_all", "none"]
SORTS: tuple[Sort, ...] = get_args(Sort)
ROOT = "r"
# Fields of one post: Django takes 1,000, and some of them are the page's own. A row shows some that are empty, too.
_MOST_FIELDS, _EMPTY_ONES = 900, 6
_NAME = re.compile(r"(r(?:-[0-9]{1,3})*)\.([a-z0-9]{1,12})")
EMPTY = mark("This group is empty: add a condition, or remove the group.")
CHOOSE = mark("Choose what this is about.")
TOO_MANY = mark("These are too many conditions: make segments of parts of them.")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: ``word`` says what about, ``fields`` the rest. ``wrong``: by field ("" the whole), why not.

    ``at``: the letters of a row of text that were not understood.
    """

    word: str
    fields: Mapping[str, str] = field(default_factory=dict)
    inverted: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)
    at: Span | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which all, any, not all or none hold."""

    sort: Sort = "all"
    of: tuple[Row | Group, ...] = ()
    wrong: str = ""


Node = Row | Group
# A window that somebody chose and gave no number yet.
_USUAL = {"day": "30", "week": "4", "month": "6", "year": "1"}
# What a new row says: something that can be counted at once.
NEW = Row("orders", {"n": "6", "unit": "month", "op": ">=", "value": "2"})


def form(rule: Rule) -> Group:
    """A rule as a form."""
    found = _form(rule)
    return found if isinstance(found, Group) else Group("all", (found,))


def _form(rule: Rule) -> Node:
    match rule:
        case All() | Either():
            return Group("all" if isinstance(rule, All) else "any", tuple(_form(one) for one in rule.of))
        case Not():
            inner = _form(rule.of)
            if isinstance(inner, Row) and not inner.inverted:
                return replace(inner, inverted=True)
            if isinstance(inner, Group) and inner.sort in ("all", "any") and isinstance(rule.of, All | Either):
                return replace(inner, sort="not_all" if inner.sort == "all" else "none")
            return Group("none", (inner,))
    return Row(*told_of(rule))


def rule(given: Group, number: Plain = str.strip) -> tuple[Rule | None, Group]:
    """The rule that a form says (None: something in it is wrong), and the form, told at each place what is."""
    if _count(given) > MOST:
        return None, replace(given, wrong=TOO_MANY)
    found, told = _rule(given, number)
    assert isinstance(told, Group)  # noqa: S101  # what went in as a group comes out as one
    if found is not None and sum(1 for _ in conditions(found)) > MOST:
        return None, replace(told, wrong=TOO_MANY)  # a row of text may say many
    return found, told


def _rule(node: Node, number: Plain) -> tuple[Rule | None, Node]:
    if isinstance(node, Row):
        return _condition(node, number)
    if not node.of:
        return None, replace(node, wrong=EMPTY)
    parts = [_rule(one, number) for one in node.of]
    told = replace(node, of=tuple(one for _, one in parts), wrong="")
    rules = [one for one, _ in parts if one is not None]
    return (_joined(node.sort, rules) if len(rules) == len(parts) else None), told


def _joined(sort: Sort, rules: Sequence[Rule]) -> Rule:
    joined: Rule = rules[0]
    if len(rules) > 1:
        joined = All(of=tuple(rules)) if sort in ("all", "not_all") else Either(of=tuple(rules))
    return Not(of=joined) if sort in ("not_all", "none") else joined


def _condition(row: Row, number: Plain) -> tuple[Rule | None, Row]:
    row = replace(row, wrong={}, at=None)
    try:
        if row.word == TEXT:
            found: Rule = read_text(row.fields.get("text", ""))
        elif row.word in FAMILIES:
            found = one_by_one.read(row.word, row.fields, number)  # type: ignore[assignment]  # one of the conditions
        else:
            return None, replace(row, wrong={"word": CHOOSE})
    except NotUnderstood as wrong:
        return None, replace(row, wrong={"text": wrong.message}, at=wrong.at)
    except Wrong as wrong:
        return None, replace(row, wrong={wrong.field: wrong.message})
    except ValidationError as wrong:
        return None, replace(row, wrong={"": plainly(wrong)})
    return (Not(of=found) if row.inverted else found), row


def _count(node: Node) -> int:
    return 1 if isinstance(node, Row) else sum(_count(one) for one in node.of)


def fields(given: Group) -> dict[str, str]:
    """What a browser posts of a form."""
    found: dict[str, str] = {}
    for place, node in places(given):
        if isinstance(node, Group):
            found[f"{place}.sort"] = node.sort
        else:
            found |= {f"{place}.word": node.word, **{f"{place}.{name}": text for name, text in node.fields.items()}}
            found |= {f"{place}.not": "1"} if node.inverted else {}
    return found


def places(given: Node, place: str = ROOT) -> list[tuple[str, Node]]:
    """Every row and group with its place, from above to below."""
    below = [] if isinstance(given, Row) else [places(one, f"{place}-{n}") for n, one in enumerate(given.of)]
    return [(place, given), *(one for part in below for one in part)]


def heavy(given: Group) -> bool:
    """Whether a form has more fields than a browser may post: its rule is changed as text."""
    return len(fields(given)) + _EMPTY_ONES * _count(given) > _MOST_FIELDS


def posted(told: Mapping[str, str]) -> Group:
    """The form that a browser posted; what is no field of it is passed over."""
    by_place: dict[str, dict[str, str]] = {}
    for name, text in told.items():
        if (match := _NAME.fullmatch(name)) and match[1].count("-") <= DEEPEST:
            by_place.setdefault(match[1], {})[match[2]] = text.replace("\r\n", "\n")
    below: dict[str, list[int]] = {}
    for place in by_place:
        above, _, last = place.rpartition("-")
        if above:
            below.setdefault(above, []).append(int(last))
    found = _posted(ROOT, by_place, below)
    return found if isinstance(found, Group) else Group()


def _posted(place: str, by_place: Mapping[str, Mapping[str, str]], below: Mapping[str, list[int]]) -> Node | None:
    mine = by_place.get(place, {})
    if "word" in mine:
        rest = {name: text for name, text in mine.items() if name not in ("word", "not") and text}
        return Row(mine["word"], rest, mine.get("not") == "1")
    if "sort" not in mine:
        return None
    sort: Sort = next((one for one in SORTS if one == mine["sort"]), "all")
    parts = (_posted(f"{place}-{n}", by_place, below) for n in sorted(set(below.get(place, ()))))
    return Group(sort, tuple(one for one in parts if one is not None))


def at(given: Node, place: str) -> Node | None:
    """The row or group at a place."""
    return dict(places(given)).get(place)


def done(given: Group, act: str, place: str) -> tuple[Group, str]:  # noqa: PLR0911  # one a button
    """The form after a button was pressed: ``act`` at ``place``; and the place that is looked at then.

    ``add`` and ``group`` put a row, or a group with a row, at the end of a group; ``remove``; ``up`` and ``down``
    move by one line, in and out of groups as they come; ``look`` begins what a row's new choice asks for. Whatever
    cannot be done changes nothing.
    """
    match act, at(given, place):
        case (("add" | "group"), _) if heavy(given):
            return given, place
        case "add", Group() as found:
            return _put(given, place, len(found.of), NEW)
        case "group", Group() as found if place.count("-") + 2 < DEEPEST and not heavy(given):
            changed, where = _put(given, place, len(found.of), Group("any", (NEW,)))
            return changed, f"{where}-0"
        case "look", Row() as found:
            return _changed(
                given, _steps(place.rpartition("-")[0]), _at(int(place.rpartition("-")[2]), _begun(found))
            ), place
        case "remove", Row() | Group() if place != ROOT:
            return _without(given, place), place.rpartition("-")[0]
        case (("up" | "down"), Row() | Group() as found) if place != ROOT:
            return _moved(given, place, found, -1 if act == "up" else 1)
    return given, place


def _begun(row: Row) -> Row:
    """The row with a number where its window or its comparison has none yet."""
    usual = _USUAL.get(row.fields.get("unit", ""))
    begun = {"n": usual} if usual and "n" not in row.fields else {}
    if row.fields.get("op") == ">=" and "value" not in row.fields and row.word != TEXT:
        begun["value"] = "1"
    return replace(row, fields={**row.fields, **begun})


def _at(index: int, node: Node) -> Callable[[tuple[Node, ...]], tuple[Node, ...]]:
    return lambda of: (*of[:index], node, *of[index + 1 :])


def _moved(given: Group, place: str, node: Node, step: int) -> tuple[Group, str]:
    above, _, last = place.rpartition("-")
    n, parent = int(last), at(given, above)
    assert isinstance(parent, Group)  # noqa: S101  # only groups have parts
    rest = _without(given, place)
    if 0 <= n + step < len(parent.of):
        beside = parent.of[n + step]
        if isinstance(beside, Group) and place.count("-") + _deep(node) < DEEPEST:
            inner = f"{above}-{n - 1 if step < 0 else n}"  # where the group stands once this one is taken out
            return _put(rest, inner, len(beside.of) if step < 0 else 0, node)
        return _put(rest, above, n + step, node)
    if above == ROOT:
        return given, place
    outer, _, mine = above.rpartition("-")
    return _put(rest, outer, int(mine) + (step > 0), node)


def _deep(node: Node) -> int:
    return 1 if isinstance(node, Row) else 1 + max((_deep(one) for one in node.of), default=0)


def _put(given: Group, place: str, index: int, node: Node) -> tuple[Group, str]:
    return _changed(given, _steps(place), lambda of: (*of[:index], node, *of[index:])), f"{place}-{index}"


def _without(given: Group, place: str) -> Group:
    above, _, last = place.rpartition("-")
    return _changed(given, _steps(above), lambda of: (*of[: int(last)], *of[int(last) + 1 :]))


def _steps(place: str) -> list[int]:
    return [int(one) for one in place.split("-")[1:]]


def _changed(group: Group, steps: Sequence[int], change: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> Group:
    if not steps:
        return replace(group, of=change(group.of))
    first, *rest = steps
    inner = group.of[first]
    assert isinstance(inner, Group)  # noqa: S101  # a step leads through groups alone
    return replace(group, of=(*group.of[:first], _changed(inner, rest, change), *group.of[first + 1 :]))
