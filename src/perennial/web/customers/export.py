"""A list of people as CSV, slice by slice, harmless in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from perennial.values.ids import public
from perennial.web.customers.columns import COLUMNS, details
from perennial.web.customers.listing import Wanted, everybody

if TYPE_CHECKING:
    from perennial.web.desk.page import Desk

SLICE = 1_000
# A cell that begins with one of these is a formula to some spreadsheet; the wide signs of East Asia are to some, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(value: object) -> object:
    """The text of a cell that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "")
    # Some spreadsheets pass over leading spaces.
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


class Line:
    """What csv writes to; hands the line on."""

    def write(self, text: str) -> str:
        """The same."""
        return text


def lines(desk: Desk, wanted: Wanted, columns: Sequence[str]) -> Iterator[str]:
    """The file line by line, the head first. Of the list its ids alone are kept in memory."""
    writer = csv.writer(Line())
    yield "\ufeff" + writer.writerow(["id", *columns])  # the mark tells a spreadsheet that it is UTF-8
    shown = [COLUMNS[name] for name in columns]
    for ids in everybody(wanted, size=SLICE):
        for row in details(wanted.brand_id, ids):
            cells = [c.raw(desk, row) if c.number else harmless(c.raw(desk, row)) for c in shown]
            yield writer.writerow([public("cus", row["id"]), *cells])
