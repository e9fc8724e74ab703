"""How many, how much, and whether at all: orders, spend, what was bought, viewed, opened; in a window or ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, Self

from pydantic import StringConstraints, model_validator

from perennial.documents.rules.body import Body, Line, Window
from perennial.segments.rules.compare import Compare, Unit, compared
from perennial.segments.rules.conditions.base import Condition, calling, made, quote
from perennial.segments.rules.text.said import Arguments, Call, Tail

Narrow = Literal["product", "category", "brand", "store"]
_GOODS: tuple[Narrow, ...] = ("product", "category", "brand")
_ALL: tuple[Narrow, ...] = (*_GOODS, "store")
Act = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(:[a-z0-9][a-z0-9_-]*)?$", max_length=64)]


@dataclass(frozen=True, slots=True)
class Counts:
    """A word: what it counts in, what may narrow it, whether it says "at least once" when it stands alone.

    ``names``: "must" or "may" take a name in quotes first.
    """

    unit: Unit
    narrowed: tuple[Narrow, ...] = ()
    act: bool = False
    names: Literal["", "may", "must"] = ""


WORDS: Mapping[str, Counts] = MappingProxyType({
    # What was ordered, as `insight.net` counts it: the revenue of a window is what is left of its orders.
    "orders": Counts("count", _ALL), "items": Counts("count", _ALL), "spent": Counts("sum", _ALL),
    "profit": Counts("sum", _ALL), "aov": Counts("sum", ("store",)), "refunds": Counts("count", ("store",)),
    "refunded": Counts("sum", ("store",)), "discount_share": Counts("share", ("store",)),
    # What was done: alone it says "at least once".
    "bought": Counts("count", _ALL, act=True), "viewed": Counts("count", _GOODS, act=True),
    "carted": Counts("count", _GOODS, act=True), "visited": Counts("count", act=True),
    "did": Counts("count", _GOODS, act=True, names="must"),
    "opened": Counts("count", act=True, names="may"), "clicked": Counts("count", act=True, names="may"),
    "replied": Counts("count", act=True, names="may"), "answered": Counts("count", act=True, names="may"),
    "late_delivery": Counts("count", ("store",), act=True), "complained": Counts("count", ("store",), act=True),
    "has_referred": Counts("count", act=True),
})  # fmt: skip
Word = Literal[
    "orders", "items", "spent", "profit", "aov", "refunds", "refunded", "discount_share", "bought", "viewed", "carted",
    "visited", "did", "opened", "clicked", "replied", "answered", "late_delivery", "complained", "has_referred",
]  # fmt: skip


class Part(Body):
    """A product (its name at the shop, or ``prd_...``), a category, a brand of goods, a store."""

    by: Narrow
    name: Line


class Counted(Condition):
    """``kind`` in ``window`` (None: ever), of ``of`` alone (several: any of them), held against ``holds``.

    ``name``: of the act (``did``), or of the message. Without ``holds``: at least once.
    """

    EXAMPLES: ClassVar[dict[str, str]] = {
        "orders": "orders(5 weeks) >= 5", "items": "items(1 year) >= 20", "spent": "spent(6 months) >= 250",
        "profit": "profit >= 100", "aov": "aov(1 year) between 20 and 50", "refunds": "refunds(90 days) >= 2",
        "refunded": "refunded >= 50", "discount_share": "discount_share >= 80 %",
        "bought": 'bought(category "Gift cards")', "viewed": 'viewed(product "tea-1", 30 days) >= 3',
        "carted": 'carted(brand "Acme", 7 days)', "visited": "visited(30 days) >= 2",
        "did": 'did("goal:newsletter", 30 days)', "opened": "opened(90 days)", "clicked": 'clicked("spring", 90 days)',
        "replied": "replied(90 days)", "answered": 'answered("why-gone")', "late_delivery": "late_delivery(90 days)",
        "complained": "complained(6 months)", "has_referred": "has_referred(1 year) >= 2",
    }  # fmt: skip

    kind: Word
    name: Line | None = None
    of: tuple[Part, ...] = ()
    window: Window | None = None
    holds: Compare | None = None

    @property
    def unit(self) -> Unit:
        """What it counts in."""
        return WORDS[self.kind].unit

    @property
    def measure(self) -> Counted:
        """The same, held against nothing."""
        return self.model_copy(update={"holds": None})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        word = WORDS[self.kind]
        if not word.names and self.name is not None:
            raise ValueError(f"{self.kind} takes no name: take it out")
        if word.names == "must" and self.name is None:
            raise ValueError(f"{self.kind} needs a name, such as goal:newsletter")
        for part in self.of:
            if part.by not in word.narrowed:
                raise ValueError(f"{self.kind} cannot be narrowed by {part.by}")
        if self.kind == "bought" and not self.of:
            raise ValueError("bought needs a product, a category, a brand or a store; any purchase is orders >= 1")
        if len(set(self.of)) < len(self.of):
            raise ValueError("the same is named twice: take one of them out")
        if self.holds is not None and (told := self.holds.check(word.unit)):
            raise ValueError(told)
        return self

    def text(self) -> str:
        """As it is written."""
        call = calling(
            self.kind,
            "" if self.name is None else quote(self.name),
            *(f"{part.by} {quote(part.name)}" for part in self.of),
            "" if self.window is None else str(self.window),
        )
        return call if self.holds is None else f"{call} {self.holds.text(self.unit)}"

    @classmethod
    def read(cls, call: Call, tail: Tail | None) -> Self:
        """From text; a word that counts needs a comparison."""
        found, word = cls.read_measure(call), WORDS[call.word]
        if tail is None and word.act:
            return found
        return found.model_copy(update={"holds": compared(tail, call, word.unit)})

    @classmethod
    def read_measure(cls, call: Call) -> Self:
        """From text, held against nothing."""
        word, given = WORDS[call.word], Arguments(call)
        name = None
        if word.names:
            name = given.text("a name", '"goal:newsletter"') if word.names == "must" else given.maybe_text()
        of = tuple(made(Part, one.at, by=one.word, name=one.text) for one in given.narrowed(word.narrowed))
        window = given.window()
        given.done("a window such as 6 months" + (f', or such as {word.narrowed[0]} "..."' if word.narrowed else ""))
        return made(cls, call.at, kind=call.word, name=name, of=of, window=window)
