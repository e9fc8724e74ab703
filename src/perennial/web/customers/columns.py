"""The columns of the list: what they are called, what stands in them, on the page and in an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from perennial.database import rows
from perennial.display.definitions import GROUPS, STAGES, STATES
from perennial.display.wording import mark
from perennial.facts.models.people import Customer
from perennial.figures.models import CustomerFigures
from perennial.values.ids import public
from perennial.values.money import exponent
from perennial.values.time import LocalDay

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

Row = Mapping[str, Any]
Show = Callable[["Desk", Row], str]


@dataclass(frozen=True, slots=True)
class Column:
    """``show``: for the page. ``raw``: for an export, numbers and days as machines read them. ``sort``: by which."""

    title: str
    show: Show
    raw: Callable[[Desk, Row], object]
    number: bool = False
    sort: str = ""
    term: str = ""


def _text(key: str) -> Callable[[Desk, Row], str]:
    return lambda desk, row: row[key] or ""  # noqa: ARG005


def _money(title: str, key: str, sort: str = "", term: str = "") -> Column:
    return Column(
        title,
        lambda desk, row: desk.format.money(row[key]),
        lambda desk, row: _amount(row[key], desk.brand.currency),
        number=True, sort=sort, term=term,
    )  # fmt: skip


def _amount(minor: int | None, currency: str) -> str:
    if minor is None:
        return ""
    digits = exponent(currency)
    sign, whole = "-" if minor < 0 else "", f"{abs(minor):0{digits + 1}d}"
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


def _day(title: str, key: str, sort: str = "") -> Column:
    return Column(
        title,
        lambda desk, row: desk.format.day(row[key]),
        lambda desk, row: "" if row[key] is None else LocalDay(row[key]).date.isoformat(),  # noqa: ARG005
        number=True, sort=sort,
    )  # fmt: skip


def _named(title: str, key: str, names: Callable[[str], str], term: str = "") -> Column:
    def show(desk: Desk, row: Row) -> str:
        return desk.words.text(names(row[key])) if row[key] else ""

    return Column(title, show, _text(key), term=term)


def _stage(key: str) -> str:
    return STAGES.get(key, key)


COLUMNS: Mapping[str, Column] = {
    "name": Column(mark("Name"), lambda desk, row: name_of(row), lambda desk, row: name_of(row, bare=True)),  # noqa: ARG005
    "email": Column(mark("E-mail"), _text("email"), _text("email")),
    "phone": Column(mark("Phone"), _text("phone"), _text("phone")),
    "country": Column(
        mark("Country"),
        lambda desk, row: desk.format.country(row["country"]) if row["country"] else "",
        _text("country"),
    ),
    "orders": Column(
        mark("Orders"), lambda desk, row: desk.format.count(row["orders"]), lambda desk, row: row["orders"],  # noqa: ARG005
        number=True, sort="orders", term="orders",
    ),
    "revenue": _money(mark("Revenue"), "revenue", "revenue", "revenue"),
    "profit": _money(mark("Profit"), "profit", "profit", "profit"),
    "aov": _money(mark("Average order"), "aov", term="aov"),
    "first_order_day": _day(mark("First order"), "first_order_day", "first_order_day"),
    "last_order_day": _day(mark("Last order"), "last_order_day", "last_order_day"),
    "rfm_group": _named(mark("Group"), "rfm_group", lambda key: GROUPS[key][0] if key in GROUPS else key, "groups"),
    "stage": _named(mark("Stage"), "stage", _stage),
    "rhythm": _named(mark("Rhythm"), "rhythm", lambda key: STATES.get(key, mark("Not known yet")), "rhythm"),
    "expected_day": _day(mark("Next order expected"), "expected_day", "expected_day"),
    "yearly_value": _money(mark("Worth a year"), "yearly_value", "yearly_value", "worth"),
}  # fmt: skip
DEFAULT = ("name", "country", "orders", "revenue", "last_order_day", "rfm_group", "rhythm", "expected_day")
_PERSON = ("id", "first_name", "last_name", "email", "phone", "country", "account")
_FIGURES = (
    "id", "orders", "revenue", "profit", "aov", "first_order_day", "last_order_day", "rfm_group", "stage", "rhythm",
    "expected_day", "yearly_value",
)  # fmt: skip


def name_of(row: Row, *, bare: bool = False) -> str:
    """What a person is called: by name, else by address, else (unless ``bare``) by their number here."""
    name = f"{row['first_name']} {row['last_name']}".strip()
    return name or ("" if bare else row["email"] or row["phone"] or public("cus", row["id"]))


def details(brand_id: int, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the columns are made of, for people in the order of ``ids``; two questions, however many they are."""
    equal = {"brand_id": brand_id}
    people = {row[0]: row for row in rows.fetch(Customer, _PERSON, "id", ids, equal=equal)}
    figures = {row[0]: row for row in rows.fetch(CustomerFigures, _FIGURES, "id", ids, equal=equal)}
    return [
        dict(zip(_FIGURES, figures[id_], strict=True)) | dict(zip(_PERSON, people[id_], strict=True))
        for id_ in ids
        if id_ in people and id_ in figures
    ]
