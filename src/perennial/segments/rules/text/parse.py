"""From letters to words: a rule's text as the calls it is made of. Lark reads, this tells what it could not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from perennial.segments.rules.text.said import (
    Argument,
    Call,
    Lasting,
    Narrowed,
    NotUnderstood,
    Quoted,
    Span,
    Step,
    Tail,
    Value,
    meant,
)
from perennial.values.time import Period

MOST_LETTERS = 50_000
DEEPEST = 24  # as JSON each has two levels, and a document's body may have 64
_Node = TypeVar("_Node")  # what a caller makes of a rule; lark's own trees are untyped
Read = Callable[[Call, Tail | None], _Node]
Rank = Callable[[str, Decimal, bool, Call, Span], _Node]
Join = Callable[[str, list[_Node]], _Node]
_KEYWORDS = (
    "and", "or", "not", "is", "in", "between", "within", "before", "after", "on", "next", "last", "days", "weeks",
    "months", "years", "by",
)  # fmt: skip
# What lark calls a thing that might have stood in some place, in the words of whoever writes rules.
_NAMES = {
    "WORD": "a condition such as orders(5 weeks)", "NUMBER": "a number", "STRING": 'text in quotes, such as "ES"',
    "OPERATOR": "a comparison such as >= 3", "UNIT": "days, weeks, months or years", "DATE": "a day such as 2026-03-01",
    "_AND": "and", "_OR": "or", "NOT": "not", "_IS": "is", "_IN": "in", "_BETWEEN": "between", "_WITHIN": "within",
    "LPAR": "(", "RPAR": ")", "COMMA": "a comma", "WAY": "next or last", "_BY": "by", "PERCENT": "%",
    "$END": "the end",
}  # fmt: skip


# What people write who come from elsewhere, and what it is called here.
_SLIPS = {
    "=>": ">=", "=<": "<=", "==": "=", "<>": "!=", "≥": ">=", "≤": "<=", "≠": "!=", "&": "and", "|": "or", "!": "not",
}  # fmt: skip
_MARKS = "$€£¥"


@cache
def _lark() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(text: str, *, read: Read[_Node], rank: Rank[_Node], join: Join[_Node]) -> _Node:
    """The rule that ``text`` is, built by ``read`` (a condition), ``rank`` (top, bottom), ``join`` (all, any, not).

    Raises NotUnderstood with the letters at fault.
    """
    if len(text) > MOST_LETTERS:
        raise NotUnderstood(f"the rule is longer than {MOST_LETTERS:,} letters: make segments of its parts", Span(0, 1))
    if not text.strip():
        raise NotUnderstood("the rule is empty: write a condition such as orders(5 weeks) >= 5", Span(0, len(text)))
    try:
        tree = _lark().parse(text)
    except UnexpectedInput as wrong:
        raise _told(wrong, text) from None
    return _Built(read, rank, join).rule(tree.children[0], 0)


class _Built(Generic[_Node]):
    def __init__(self, read: Read[_Node], rank: Rank[_Node], join: Join[_Node]) -> None:
        self.read, self.rank, self.join = read, rank, join

    def rule(self, tree: Any, depth: int) -> _Node:
        if depth > DEEPEST:
            raise NotUnderstood(
                f"brackets within brackets, over {DEEPEST} deep: make segments of the parts", _span(tree)
            )
        if tree.data in ("either", "both"):
            sort = "any" if tree.data == "either" else "all"
            return self.join(sort, [self.rule(one, depth + 1) for one in tree.children])
        if tree.data == "inverted":
            return self.join("not", [self.rule(tree.children[-1], depth + 1)])
        if tree.data == "ranked":
            end, number, *percent, call = tree.children
            return self.rank(end.lower(), Decimal(number), bool(percent), _call(call), _span(tree))
        if tree.data == "call":
            return self.read(_call(tree), None)
        call, tail = tree.children
        found = self.read(_call(call), _tail(tail))
        return self.join("not", [found]) if tail.data in ("is_not", "not_among") else found


def _span(node: Any) -> Span:
    if isinstance(node, Token):
        return Span(node.start_pos or 0, node.end_pos or 0)
    return Span(node.meta.start_pos, node.meta.end_pos)


def _call(tree: Any) -> Call:
    word, *arguments = tree.children
    return Call(str(word), tuple(_argument(one) for one in arguments), _span(tree), _span(word))


def _argument(tree: Any) -> Argument:
    at = _span(tree)
    if tree.data == "period":
        return Lasting(_period(tree), at)
    if tree.data == "narrowed":
        return Narrowed(str(tree.children[0]), _text(tree.children[1]), at)
    if tree.data == "quoted":
        return Quoted(_text(tree.children[0]), at)
    inverted = isinstance(tree.children[0], Token)
    call, *within = tree.children[1:] if inverted else tree.children
    return Step(_call(call), inverted, _period(within[0]) if within else None, at)


def _tail(tree: Any) -> Tail:
    at, parts = _span(tree), [one for one in tree.children if not _is_not(one)]
    match tree.data:
        case "compared":
            return Tail("compared", at, (_value(parts[1]),), str(parts[0]))
        case "between":
            return Tail("between", at, (_value(parts[0]), _value(parts[1])))
        case "is" | "is_not" | "among" | "not_among":
            return Tail("among", at, tuple(_value(one) for one in parts))
        case "beside":
            return Tail("beside", at, (_day(parts[1]),), str(parts[0]).lower())
        case "within":
            return Tail("within", at, period=_period(parts[0]))
    return Tail("around", at, word=str(parts[0]).lower(), period=_period(parts[1]))


def _is_not(node: Any) -> bool:
    return isinstance(node, Token) and node.type == "NOT"


def _value(tree: Any) -> Value:
    first, at = tree.children[0], _span(tree)
    match tree.data:
        case "percent":
            return Value("percent", Decimal(first), at)
        case "amount":
            return Value("amount", Decimal(first), at, str(tree.children[1]))
        case "number":
            return Value("number", Decimal(first), at)
        case "quoted":
            return Value("text", _text(first), at)
        case "day":
            return _day(first)
    return Value("word", str(first), at)


def _day(token: Token) -> Value:
    try:
        return Value("day", date.fromisoformat(token), _span(token))
    except ValueError:
        raise NotUnderstood(f"there is no day {token}: write it as 2026-03-01", _span(token)) from None


def _period(tree: Any) -> Period:
    try:
        return Period.parse(" ".join(map(str, tree.children)))
    except ValueError as wrong:
        raise NotUnderstood(str(wrong), _span(tree)) from None


def _text(token: Token) -> str:
    inner = token[1:-1]
    return re.sub(r"\\(.)", r"\1", inner) if token.startswith('"') else inner


def _told(wrong: UnexpectedInput, text: str) -> NotUnderstood:
    at = wrong.pos_in_stream or 0
    if isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END":
        return NotUnderstood(
            f"the rule ends too early: here might stand {_expected(wrong.accepts)}", Span(len(text), len(text))
        )
    if isinstance(wrong, UnexpectedToken):
        word, expected = str(wrong.token), wrong.accepts or wrong.expected
    else:
        assert isinstance(wrong, UnexpectedCharacters)  # noqa: S101  # lark raises no other here
        word, expected = _word_at(text, at), wrong.allowed
    span = Span(at, at + len(word))
    if word[:1] in {'"', "“"} and len(word) == 1:
        return NotUnderstood("this text has no closing quote: add it", span)
    before = text[max(at - 1, 0) : at]
    if slip := next((one for one in (before + word, word) if one in _SLIPS), None):
        return NotUnderstood(f"{slip!r} is written {_SLIPS[slip]!r} here", Span(at + len(word) - len(slip), span.end))
    if word in _MARKS:
        return NotUnderstood("an amount is written alone, or with its currency behind it: 250, or 250 USD", span)
    allowed = {_NAMES.get(one, one).split(" ", maxsplit=1)[0] for one in expected}
    near = meant(word, [one for one in _KEYWORDS if one in allowed or one in ("days", "weeks", "months", "years")])
    hint = near if "did you mean" in near else f": here might stand {_expected(expected)}"
    return NotUnderstood(f"{word!r} cannot stand here{hint}", span)


def _word_at(text: str, at: int) -> str:
    found = re.compile(r"[\w.]+|\S").match(text, at)
    return found[0] if found else text[at : at + 1]


def _expected(names: Iterable[str]) -> str:
    names = set(names)
    if "NUMBER" in names and "WORD" in names:
        return "a value: a number, a day such as 2026-03-01, text in quotes"
    told = sorted({_NAMES[one] for one in names if one in _NAMES})
    return ", ".join(told[:-1]) + f" or {told[-1]}" if len(told) > 1 else "".join(told)
