"""What was wrong with the rows of a file, in a merchant's words: a sentence per code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from perennial.display.wording import mark

if TYPE_CHECKING:
    from perennial.lab.report.page import Page
    from perennial.lab.shop import Problem

# code of a rejected row or a broken file: what is wrong with it
REJECTED: Mapping[str, str] = {
    "csv.truncated": mark("The file ends too early: its last order and all after it are missing. Export it again."),
    "csv.broken_container": mark("The file is damaged: what comes after the damage is missing. Export it again."),
    "csv.other_columns": mark("A part of the archive has other columns and was not read. Open it by itself."),
    "row.cells": mark("They have more or fewer cells than the header: a separator is missing or one too many."),
    "row.open_quote": mark("A quotation mark is opened and never closed."),
    "row.stray_quote": mark("Text follows a closing quotation mark."),
    "row.too_long": mark("The line is too long: a quotation mark or the end of a line is missing before it."),
    "row.nul": mark("They hold an invisible character that must not be there."),
    "row.encoding": mark("Their letters are stored in another way than those of the rest of the file."),
    "row.sibling": mark("Another row of the same order has an error, and an order counts whole or not at all."),
    "row.cut": mark("The file was cut off within their order."),
    "cell.missing": mark("A cell that a sale needs is empty."),
    "cell.amount": mark("An amount cannot be read."),
    "cell.amount_scientific": mark("An amount has lost its digits in a spreadsheet (1.2E+05)."),
    "cell.amount_range": mark("An amount is too large to be real."),
    "cell.date": mark("A date is not written like the others."),
    "cell.date_range": mark(
        "A date lies before 1970 or after 2099: spreadsheets write 1899 or 1900 where there is none."
    ),
    "cell.quantity": mark("A quantity is no number."),
    "cell.currency": mark("A currency is not written with three letters, such as EUR."),
    "cell.too_long": mark("A text is far too long for its column."),
    "order.invalid": mark("The order contradicts itself."),
    "lab.more_rejected": mark("More rows with errors like these."),
}
_OTHER = mark("They could not be understood.")

# code of what was read and ought to be known: title for one, for many, what became of it
KNOWN: Mapping[str, tuple[str, str, str]] = {
    "lab.duplicates": (
        mark("%(n)s row is there twice"),
        mark("%(n)s rows are there twice"),
        mark(
            "They are alike in every cell. They count, for the same thing can be bought twice in one order; "
            "if your export repeats rows, the revenue is too high."
        ),
    ),
    "lab.negative_orders": (
        mark("%(n)s order below zero"),
        mark("%(n)s orders below zero"),
        mark("Cancellations and credits whose sale is not in the data. They count below zero, so that sums are right."),
    ),
    "lab.unpaired_lines": (
        mark("%(n)s cancelled line without its sale"),
        mark("%(n)s cancelled lines without their sale"),
        mark("What they cancel is not in the data, most likely because it is older. They count below zero."),
    ),
    "lab.stock_rows": (
        mark("%(n)s row is a correction of stock"),
        mark("%(n)s rows are corrections of stock"),
        mark("They have no price and no customer: no sales, and left out."),
    ),
    "lab.fee_rows": (
        mark("%(n)s row is a fee or postage"),
        mark("%(n)s rows are fees or postage"),
        mark("They are money, but no products."),
    ),
}  # fmt: skip


def sentence(page: Page, problem: Problem) -> tuple[str, str]:
    """Title and text of a problem."""
    w, f = page.words, page.format
    code, n = problem.reason.code, f.count(problem.count)
    if code in KNOWN:
        one, many, text = KNOWN[code]
        return w.plural(one, many, problem.count, n=n), w.text(text)
    if code.startswith("csv."):
        title = w.text("Part of the file is missing")
    else:
        title = w.plural("%(n)s row left out", "%(n)s rows left out", problem.count, n=n)
    text = w.text(REJECTED.get(code, _OTHER))
    # A column's name is the file's own text: isolated, so that its direction stays its own.
    column = f"\N{FIRST STRONG ISOLATE}{problem.column}\N{POP DIRECTIONAL ISOLATE}"
    if problem.line and problem.column:
        place = w.text("First in line %(line)s, column %(column)s.", line=f.count(problem.line), column=column)
        return title, f"{text} {place}"
    if problem.line:
        place = w.text("First in line %(line)s.", line=f.count(problem.line))
        return title, f"{text} {place}"
    return title, text
