"""What is wrong with a file or a row of it: where, why, and what to do. Codes with parameters, English now."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.values.reason import Reason

# code: (what is wrong, what to do). Named parameters come from the reason.
SENTENCES: dict[str, tuple[str, str]] = {
    "csv.empty": ("the file is empty", "export it again from the shop"),
    "csv.not_csv": ("this is {kind}, not a CSV file", "open it in the program it belongs to and save it as CSV"),
    "csv.no_header": (
        "the first line looks like data: the column names are missing",
        "put a line with the names of the columns first",
    ),
    "csv.unknown_layout": (
        "no known export has these columns, and {missing} cannot be told from their names",
        "write the proposed mapping file with --dry-run, complete it and pass it with --mapping",
    ),
    "csv.bad_mapping": ("the mapping file is wrong: {problem}", "correct it; --dry-run proposes one"),
    "csv.encrypted": ("the zip is locked with a password", "unpack it and import the file inside"),
    "csv.broken_container": ("the {kind} is damaged after {done} bytes: {problem}", "copy or export it again"),
    "csv.truncated": (
        "the {kind} ends too early: everything before this line was read, its last order left out as it may be cut",
        "copy or export the file again and import it whole: what is already in counts once",
    ),
    "csv.other_columns": (
        "this part of the zip has other columns than the first, {first}",
        "import it by itself",
    ),
    "row.cells": (
        "the row has {found} cells, the header {expected}",
        "check for a missing or unquoted separator in this line",
    ),
    "row.open_quote": (
        "a quote is opened here and never closed",
        'close it, or double it ("") where it is part of the text',
    ),
    "row.stray_quote": (
        "text follows a closing quote",
        'double the quotes ("") that are part of the text, or remove them',
    ),
    "row.too_long": (
        "the line is longer than {limit} bytes",
        "a quote or a line end is missing somewhere before; split the line",
    ),
    "row.nul": ("the row holds a NUL character", "remove it: export again, or delete the invisible character"),
    "row.encoding": (
        "the row is not {encoding} like the rest of the file",
        "save the whole file as UTF-8",
    ),
    "row.sibling": (
        "another line of this order (line {line}) has an error, and an order goes in whole or not at all",
        "mend that line; leave this one as it is",
    ),
    "row.cut": ("the file was cut off within or just after this order", "import the whole file again"),
    "cell.missing": ("the cell is empty", "fill it in: a sale needs it"),
    "cell.amount": ("{text!r} is not an amount", "write it like {example}"),
    "cell.amount_scientific": (
        "{text!r} is in scientific notation: digits were lost in a spreadsheet",
        "format the column as a number with two decimals and save again",
    ),
    "cell.amount_range": ("{text!r} is too large to be a real amount", "correct the amount"),
    "cell.date": ("{text!r} is not a date in the style of this file ({style})", "write it like {example}"),
    "cell.date_range": (
        "{text!r} is a date outside 1970 to 2099",
        "correct it: spreadsheets write 1899 or 1900 for an empty date",
    ),
    "cell.quantity": ("{text!r} is not a quantity", "write a number such as 1 or 2.5"),
    "cell.currency": ("{text!r} is not a currency code", "write three letters, such as EUR or USD"),
    "cell.too_long": ("the text is longer than {limit} characters", "shorten it"),
    "order.invalid": ("the order cannot be recorded: {problem}", "correct the cells named"),
}


def say(reason: Reason) -> str:
    """What is wrong, in English."""
    return SENTENCES[reason.code][0].format(**dict(reason.params))


def remedy(reason: Reason) -> str:
    """What to do about it, in English."""
    return SENTENCES[reason.code][1].format(**dict(reason.params))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and where: ``line`` is the 1-based physical line (0: the file as a whole).

    ``file`` is the path as given, with ``:member`` for a part of a zip. ``column`` is the header's own
    name, empty where the whole row is meant.
    """

    file: str
    line: int
    column: str
    reason: Reason

    @property
    def message(self) -> str:
        """One sentence with the place, the reason and the remedy."""
        place = self.file + (f", line {self.line}" if self.line else "")
        place += f", column {self.column}" if self.column else ""
        return f"{place}: {say(self.reason)}. To mend it: {remedy(self.reason)}."


class Unreadable(ValueError):
    """Nothing of the file can be used; ``fault`` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no row of the table: its start line, its cells as far as they can be told."""

    line: int
    cells: tuple[str, ...]
    reason: Reason
    column: str = ""
