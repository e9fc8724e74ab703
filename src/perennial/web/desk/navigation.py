"""The menu: which pages there are, in which order, for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perennial.display.wording import mark
from perennial.web.access.roles import Right

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: its address's name, its title, the right it needs, how pages below it begin."""

    name: str
    title: str
    needs: Right = "see"
    also: tuple[str, ...] = ()


# Groups with a heading ("" for the first) and their pages.
MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("today", mark("Today")),
            Entry("customers", mark("Customers"), also=("customer",)),
            Entry("segments", mark("Segments"), also=("segment",)),
            Entry("lists", mark("Lists"), also=("list",)),
        ),
    ),
    (
        mark("Understand"),
        (
            Entry("retention", mark("Retention")),
            Entry("value", mark("Value")),
            Entry("care", mark("Care")),
            Entry("products", mark("Products")),
            Entry("delivery", mark("Delivery")),
            Entry("conversion", mark("Conversion")),
            Entry("service", mark("Service")),
        ),
    ),
    (
        mark("Data"),
        (Entry("data", mark("Data")), Entry("work", mark("Work")), Entry("backups", mark("Back-ups"), "backups")),
    ),
    (
        mark("Settings"),
        (
            Entry("sums", mark("What counts"), "programme"),
            Entry("audiences", mark("Audiences"), "programme", also=("audience",)),
            Entry("staff", mark("Staff"), "staff"),
            Entry("keys", mark("Keys"), "staff"),
            Entry("log", mark("Log"), "staff"),
        ),
    ),
)


def menu(desk: Desk) -> list[dict[str, object]]:
    """The menu as the template shows it; ``here`` marks the page that is open."""
    match = desk.request.resolver_match
    here = match.url_name if match else ""
    shown: list[dict[str, object]] = []
    for heading, entries in MENU:
        pages = [
            {
                "title": desk.words.text(entry.title),
                "address": desk.url(entry.name),
                "here": entry.name == here or str(here).startswith((f"{entry.name}_", *entry.also)),
            }
            for entry in entries
            if desk.may(entry.needs)
        ]
        if pages:
            shown.append({"heading": desk.words.text(heading) if heading else "", "pages": pages})
    return shown
