"""The allocation document as a form: groups that can be added, moved and taken out, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from perennial.display.wording import mark
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.rules.body import Refused
from perennial.segments.rules.allocation import MOST_GROUPS, Allocation, Everyone, InSegment, Part
from perennial.values.money import exponent
from perennial.web.desk.inputs import plain

if TYPE_CHECKING:
    from django.http import QueryDict

    from perennial.web.desk.page import Desk

KINDS = ("rfm", "lifecycle", "segment")
_FIELDS = ("title", "share", "floor", "ceiling", "starting")
_PLACE = re.compile(r"groups\[(\d+)\](?:\.(\w+))?")
_SHARE = re.compile(r"\d{1,3}(\.\d{1,4})?")


# The names of the groups that hold until the merchant says otherwise.
DEFAULTS: Mapping[str, str] = {
    "Champions and loyal": mark("Champions and loyal"),
    "Good ones at risk": mark("Good ones at risk"),
    "New and promising": mark("New and promising"),
    "Everybody else": mark("Everybody else"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A group as it is written: texts by field; ``who`` is a kind, with its ``values``. ``everyone``: the last one."""

    title: str = ""
    kind: str = "rfm"
    rfm: tuple[str, ...] = ()
    lifecycle: tuple[str, ...] = ()
    segment: str = ""
    share: str = ""
    floor: str = ""
    ceiling: str = ""
    starting: str = ""
    everyone: bool = False


@dataclass(slots=True)
class CareForm:
    """What is written, and ``errors`` by field: ``g0-share``, ``of``; "" for the whole."""

    of: str
    rows: list[Row]
    seen_version: int
    errors: dict[str, list[str]] = field(default_factory=dict)
    focus: int | None = None  # the row in which somebody goes on

    @classmethod
    def of_body(cls, desk: Desk, body: Allocation, seen_version: int) -> CareForm:
        """What a document says."""
        named = zip(body.groups, titles(desk, body.groups), strict=True)
        return cls(body.of, [replace(_row(part), title=title) for part, title in named], seen_version)

    @classmethod
    def of_post(cls, told: QueryDict) -> CareForm:
        """What was written. The last group is everyone's, whatever it says."""
        count = min(_number(told.get("groups", "")), MOST_GROUPS)
        rows = []
        for index in range(count):
            name = f"g{index}-"
            texts = {one: told.get(name + one, "").strip()[:255] for one in (*_FIELDS, "segment")}
            kind = told.get(f"{name}kind", "")
            rows.append(Row(
                **texts, kind=kind if kind in KINDS else "rfm", rfm=tuple(told.getlist(f"{name}rfm")),
                lifecycle=tuple(told.getlist(f"{name}lifecycle")), everyone=index == count - 1,
            ))  # fmt: skip
        of = told.get("of", "")
        return cls(of, rows or [Row(everyone=True)], _number(told.get("seen_version", "")))

    def changed(self, wish: str) -> None:
        """Add a group, move one up, or take one out: ``add``, ``up:1``, ``out:1``. The last one stays."""
        verb, _, number = wish.partition(":")
        index, last = _number(number), len(self.rows) - 1
        if verb == "add" and len(self.rows) < MOST_GROUPS:
            self.rows.insert(last, Row())
            self.focus = last
        elif verb == "out" and index < last:
            del self.rows[index]
            self.focus = index
        elif verb == "up" and 0 < index < last:
            self.rows[index - 1 : index + 1] = [self.rows[index], self.rows[index - 1]]
            self.focus = index - 1

    def body(self, desk: Desk) -> dict[str, Any]:
        """The document that the form says; ``errors`` tells what does not do."""
        groups = [self._group(desk, index, row) for index, row in enumerate(self.rows)]
        titles = [row.title for row in self.rows]
        for index, title in enumerate(titles):
            if title and title in titles[:index]:
                self._wrong(f"g{index}-title", desk.words.text("Another group is called so, too."))
        return {"of": self.of if self.of == "yearly_mean" else "last_year", "groups": groups}

    def blame(self, desk: Desk, refused: Refused | AlreadyScheduled) -> None:
        """What saving refused, at the fields that it comes from."""
        if isinstance(refused, AlreadyScheduled):
            begins = refused.versions[0].effective_from
            self._wrong("", desk.words.text(
                "The API has planned another version, which begins on %(when)s: this one would undo it. Let it begin, "
                "or withdraw it by the API first.", when=desk.format.moment(begins) if begins else ""))  # fmt: skip
            return
        for problem in refused.problems:
            found = _PLACE.match(problem.path)
            self._wrong(f"g{found[1]}-{found[2] or 'who'}" if found else "", problem.message)

    def places(self, labels: Mapping[str, str]) -> dict[str, str]:
        """What a document's paths are called on the page, for those who are told of a difference."""
        found = {"of": labels["of"], "groups": labels["groups"]}
        for index, row in enumerate(self.rows):
            name = row.title or labels["everyone"]
            found[f"groups[{index}]"] = name
            for one in ("title", "who", "share", "floor", "ceiling", "starting"):
                found[f"groups[{index}].{one}"] = f"{name}: {labels[one]}"
        return found

    def _group(self, desk: Desk, index: int, row: Row) -> dict[str, Any]:
        at = f"g{index}-"
        if not row.title:
            self._wrong(f"{at}title", desk.words.text("Give it a name."))
        made: dict[str, Any] = {"title": row.title, "who": self._who(desk, f"{at}who", row)}
        made["share"] = self._share(desk, f"{at}share", row.share)
        for name in ("floor", "ceiling", "starting"):
            made[name] = self._amount(desk, at + name, getattr(row, name))
        made["floor"] = made["floor"] or "0"
        self._order(desk, at, made)
        return made

    def _order(self, desk: Desk, at: str, made: Mapping[str, str | None]) -> None:
        low = Decimal(made["floor"] or "0")
        top = None if made["ceiling"] is None else Decimal(made["ceiling"])
        first = None if made["starting"] is None else Decimal(made["starting"])
        if top is not None and low > top:
            self._wrong(f"{at}ceiling", desk.words.text("The most is below the least: swap them."))
        elif first is not None and (first < low or (top is not None and first > top)):
            self._wrong(f"{at}starting", desk.words.text("It must lie between the least and the most."))

    def _who(self, desk: Desk, at: str, row: Row) -> dict[str, Any]:
        if row.everyone:
            return {"kind": "everyone"}
        if row.kind == "segment":
            if not row.segment:
                self._wrong(at, desk.words.text("Choose a segment."))
            return {"kind": "segment", "name": row.segment}
        values = row.rfm if row.kind == "rfm" else row.lifecycle
        if not values:
            self._wrong(at, desk.words.text("Choose at least one."))
        return {"kind": row.kind, "values": list(values)}

    def _share(self, desk: Desk, at: str, text: str) -> float:
        found = plain(text.removesuffix("%").strip(), desk.format.locale)
        if not _SHARE.fullmatch(found) or float(found) > 100:
            self._wrong(at, desk.words.text("Write a number from 0 to 100, such as 10 or 2.5."))
            return 0.0
        return round(float(found) / 100, 6)

    def _amount(self, desk: Desk, at: str, text: str) -> str | None:
        if not text:
            return None
        digits = exponent(desk.brand.currency)
        found = plain(text, desk.format.locale)
        if not re.fullmatch(r"\d{1,9}" + (rf"(\.\d{{1,{digits}}})?" if digits else ""), found, re.ASCII):
            self._wrong(at, desk.words.text("Write an amount such as 12.50, without the currency."))
            return None
        return found

    def _wrong(self, at: str, message: str) -> None:
        self.errors.setdefault(at, []).append(message)


def _row(part: Part) -> Row:
    percent = f"{part.share * 100:.4f}".rstrip("0").rstrip(".")
    row = Row(
        title=part.title, share=percent, floor="" if part.floor == "0" else part.floor, ceiling=part.ceiling or "",
        starting=part.starting or "",
    )  # fmt: skip
    who = part.who
    if isinstance(who, Everyone):
        return replace(row, everyone=True)
    if isinstance(who, InSegment):
        return replace(row, kind="segment", segment=who.name)
    if who.kind == "rfm":
        return replace(row, rfm=tuple(who.values))
    return replace(row, kind="lifecycle", lifecycle=tuple(who.values))


def titles(desk: Desk, parts: Iterable[Part]) -> list[str]:
    """What the groups are called; those of the defaults in the reader's language."""
    return [desk.words.text(DEFAULTS[part.title]) if part.title in DEFAULTS else part.title for part in parts]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
