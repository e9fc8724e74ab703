"""The list's address read: what is searched for, filtered by, sorted by, shown; and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.http import QueryDict

from perennial.display.definitions import GROUPS, STAGES, STATES
from perennial.display.wording import mark
from perennial.facts.rules import words
from perennial.insight.calendar import first_day
from perennial.values.ids import parse
from perennial.values.money import exponent
from perennial.values.numbers import NoNumber, decimal
from perennial.values.time import LocalDay
from perennial.web.customers import conditions as sql
from perennial.web.customers.columns import COLUMNS, DEFAULT
from perennial.web.customers.conditions import Condition
from perennial.web.customers.listing import SORTS, Place, Wanted
from perennial.web.desk.answers import read
from perennial.web.desk.inputs import plain

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

RHYTHMS: Mapping[str, str] = {**STATES, "unknown": mark("Not known yet")}
CHANNELS: Mapping[str, str] = {
    "email": mark("E-mail"), "sms": mark("SMS"), "post": mark("Post"), "phone": mark("Phone"),
    "push": mark("Push message"), "onsite": mark("On the shop's pages"),
}  # fmt: skip
FIELDS: Mapping[str, str] = {
    "q": mark("Search"),
    "rhythm": mark("Rhythm"),
    "regular": mark("Regular customers only"),
    "stage": mark("Stage"),
    "group": mark("Group"),
    "country": mark("Country"),
    "revenue_from": mark("Revenue from"),
    "revenue_to": mark("Revenue to"),
    "orders_from": mark("Orders from"),
    "orders_to": mark("Orders to"),
    "last_from": mark("Last order from"),
    "last_to": mark("Last order to"),
    "cohort": mark("Month of first order"),
    "ordered": mark("Ordered in the month"),
    "consent": mark("May be told by"),
    "late": mark("Waiting for a late order"),
    "first_product": mark("Began with"),
}
_MANY = ("rhythm", "stage", "group", "country")
_MOST = 60  # values of one field
_LONGEST_SEARCH = 200
_DIGITS = 13  # of an amount, before the point


class _Wrong(ValueError):
    """What a field says cannot be read; the text is the remedy."""


@dataclass(slots=True)
class Asked:
    """An address as it was read. ``given``: its fields as they are kept in links and saved views."""

    given: dict[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    terms: tuple[str, ...] = ()
    sort: str = "-revenue"
    columns: tuple[str, ...] = DEFAULT
    after: Place | None = None
    before: Place | None = None
    waiting: bool = False
    product_id: int | None = None

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.conditions)

    def wanted(self, brand_id: int) -> Wanted:
        """For `listing`."""
        return Wanted(brand_id, self.conditions, self.sort.removeprefix("-"), self.sort.startswith("-"))

    def one(self, name: str) -> str:
        """The value of a field with one."""
        return self.given.get(name, [""])[0]


def understand(desk: Desk, told: QueryDict) -> Asked:
    """Read an address. What is wrong stands in ``wrong`` by field, and narrows nothing."""
    asked = Asked()
    for name in FIELDS:
        values = [text for text in dict.fromkeys(told.getlist(name)) if text.strip()]
        if not values:
            continue
        asked.given[name] = values[:_MOST] if name in _MANY else values[:1]
    _sort_and_columns(asked, told)
    brand = desk.brand.id
    _words(asked, brand, {"rhythm": RHYTHMS, "stage": STAGES, "group": GROUPS}, desk)
    _countries(asked, brand, desk)
    if (regular := asked.one("regular")) == "yes":
        asked.conditions.append(sql.regular(brand))
    elif regular:
        asked.wrong["regular"] = desk.words.text("Write regular=yes, or leave it out")
    readers: dict[str, Callable[[str], int]] = {
        "revenue": lambda text: _money(text, desk), "orders": lambda text: _count(text, desk),
        "last": lambda text: _day(text, desk),
    }  # fmt: skip
    columns = {"revenue": "revenue", "orders": "orders", "last": "last_order_day"}
    for name, reader in readers.items():
        ends = [_try(asked, f"{name}_{end}", reader) for end in ("from", "to")]
        if ends != [None, None]:
            asked.conditions.append(sql.between(brand, columns[name], *ends))
    month = _try(asked, "cohort", lambda text: _month(text, desk))
    if month is not None:
        asked.conditions.append(sql.between(brand, "first_order_day", first_day(month), first_day(month + 1) - 1))
    month = _try(asked, "ordered", lambda text: _month(text, desk))
    if month is not None:
        asked.conditions.append(sql.ordered_in(brand, first_day(month), first_day(month + 1) - 1))
    _consent_and_late(asked, desk)
    asked.product_id = _try(asked, "first_product", lambda text: _product(text, desk))
    if asked.product_id is not None:
        asked.conditions.append(sql.began_with(brand, asked.product_id))
    if asked.one("q"):
        asked.terms = words.typed(asked.one("q")[:_LONGEST_SEARCH])
        # Signs alone are the beginning of nobody's words.
        asked.conditions += [sql.has_word(brand, term) for term in asked.terms] or [sql.listed(brand, [])]
    return asked


def _sort_and_columns(asked: Asked, told: QueryDict) -> None:
    sort = told.get("sort", "")
    if sort.removeprefix("-") in SORTS:
        asked.sort = sort
        asked.given["sort"] = [sort]
    chosen = tuple(name for name in COLUMNS if name in told.getlist("column"))
    if chosen and chosen != tuple(name for name in COLUMNS if name in DEFAULT):
        asked.columns = chosen
        asked.given["column"] = list(chosen)
    asked.after, asked.before = place(told.get("after", "")), place(told.get("before", ""))


def _words(asked: Asked, brand: int, known: Mapping[str, Mapping[str, object]], desk: Desk) -> None:
    columns = {"rhythm": "rhythm", "stage": "stage", "group": "rfm_group"}
    for name, choices in known.items():
        values = asked.given.get(name, [])
        if unknown := [value for value in values if value not in choices]:
            asked.wrong[name] = desk.words.text(
                "%(what)s is not one of the choices: %(choices)s", what=unknown[0], choices=", ".join(choices)
            )
        elif values:
            asked.conditions.append(sql.one_of(brand, columns[name], values))


def _countries(asked: Asked, brand: int, desk: Desk) -> None:
    codes = [code.strip().upper() for text in asked.given.get("country", []) for code in text.split(",")]
    if wrong := [code for code in codes if not (len(code) == 2 and code.isascii() and code.isalpha())]:
        asked.wrong["country"] = desk.words.text("%(what)s is no country: write its two letters, as ES", what=wrong[0])
    elif codes:
        asked.conditions.append(sql.countries(brand, codes))


def _consent_and_late(asked: Asked, desk: Desk) -> None:
    if channel := asked.one("consent"):
        if channel in CHANNELS:
            asked.conditions.append(sql.consented(desk.brand.id, channel))
        else:
            asked.wrong["consent"] = desk.words.text(
                "%(what)s is not one of the choices: %(choices)s", what=channel, choices=", ".join(CHANNELS)
            )
    if late := asked.one("late"):
        if late != "now":
            asked.wrong["late"] = desk.words.text("Write late=now, or leave it out")
            return
        # The same answer that the figure on other pages shows: it leads to exactly these people.
        answer = read(desk.brand.id, "late_now", now=desk.now)
        asked.waiting = answer.waiting
        if answer.error:
            asked.wrong["late"] = desk.words.text(
                "Which orders are late could not be computed (%(error)s). It is tried again tonight.",
                error=answer.error,
            )
        people = {row["person_id"] for row in answer.rows if row["person_id"] is not None}
        asked.conditions.append(sql.listed(desk.brand.id, sorted(people)))


def _try(asked: Asked, name: str, reader: Callable[[str], int]) -> int | None:
    text = asked.one(name)
    if not text:
        return None
    try:
        return reader(text.strip())
    except _Wrong as wrong:
        asked.wrong[name] = str(wrong)
        return None


def _money(text: str, desk: Desk) -> int:
    try:
        amount = decimal(plain(text, desk.format.locale), digits=_DIGITS)
    except NoNumber:
        raise _Wrong(desk.words.text("%(what)s is no amount: write it like 1234.50", what=text)) from None
    return int((amount * 10 ** exponent(desk.brand.currency)).to_integral_value())


def _count(text: str, desk: Desk) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _Wrong(desk.words.text("%(what)s is no whole number: write it like 5", what=text))
    return int(text)


def _day(text: str, desk: Desk) -> int:
    try:
        return int(LocalDay.on(date.fromisoformat(text)))
    except ValueError:
        raise _Wrong(desk.words.text("%(what)s is no day: write it like 2026-02-28", what=text)) from None


def _month(text: str, desk: Desk) -> int:
    try:
        return LocalDay.on(date.fromisoformat(f"{text}-01")).month
    except ValueError:
        raise _Wrong(desk.words.text("%(what)s is no month: write it like 2026-02", what=text)) from None


def _product(text: str, desk: Desk) -> int:
    try:
        number = parse("prd", text) if "_" in text else int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 2**63:
        raise _Wrong(desk.words.text("%(what)s is no product", what=text))
    return number


def place(token: str) -> Place | None:
    """Where a page begins, from its address; None for what is none."""
    value, dot, id_ = token.partition(".")
    try:
        found = (None if value == "n" else int(value), int(id_)) if dot else None
    except ValueError:
        return None
    if found is None or not 0 <= found[1] < 2**63 or abs(found[0] or 0) >= 2**63:
        return None
    return found


def token(at: Place | None) -> str:
    """A place as it stands in an address."""
    return "" if at is None else f"{'n' if at[0] is None else at[0]}.{at[1]}"
