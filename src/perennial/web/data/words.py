"""What fields, states, counts and tasks are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perennial.display.wording import Words, mark
from perennial.stores.csv.parser.evidence import EVIDENCE
from perennial.stores.csv.parser.faults import SENTENCES

# Groups of fields as the form shows them; the first is open.
FIELDS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        mark("Needed: a date, an amount, and an order's number or a customer"),
        {
            "ordered_at": mark("When it was ordered"), "order": mark("Number of the order"),
            "total": mark("What the whole order cost"), "line_total": mark("What this row cost"),
            "email": mark("Customer's e-mail"), "account": mark("Customer's number"),
        },
    ),
    (
        mark("What was bought"),
        {
            "product": mark("Number of the article"), "sku": mark("SKU"), "title": mark("Name of the article"),
            "category": mark("Category"), "brand": mark("Maker"), "quantity": mark("Pieces"),
            "unit_price": mark("Price of a piece"), "line_discount": mark("Discount on the row"),
            "line_tax": mark("Tax of the row"), "cost": mark("What a piece costs you"),
        },
    ),
    (
        mark("The order"),
        {
            "number": mark("Another number of it"), "status": mark("State"), "payment_status": mark("State of payment"),
            "currency": mark("Currency"), "subtotal": mark("Goods without shipping and tax"),
            "shipping": mark("Shipping"), "shipping_tax": mark("Tax on shipping"), "tax": mark("Tax"),
            "discount": mark("Discount"), "refunded": mark("Given back"), "updated_at": mark("Last changed"),
            "paid_at": mark("Paid on"), "cancelled_at": mark("Cancelled on"), "fulfilled_at": mark("Sent on"),
            "refunded_at": mark("Given back on"), "channel": mark("Channel"),
            "payment_method": mark("Way of payment"), "codes": mark("Coupon codes"),
        },
    ),
    (
        mark("The customer"),
        {
            "phone": mark("Phone"), "customer_name": mark("Whole name"), "first_name": mark("First name"),
            "last_name": mark("Last name"), "country": mark("Country"), "company": mark("Company"),
            "line1": mark("Street"), "line2": mark("Street, second line"), "city": mark("City"),
            "region": mark("Region"), "postcode": mark("Postcode"),
        },
    ),
    (
        mark("Where it was sent to"),
        {
            "ship_name": mark("Name"), "ship_company": mark("Company"), "ship_line1": mark("Street"),
            "ship_line2": mark("Street, second line"), "ship_city": mark("City"), "ship_region": mark("Region"),
            "ship_postcode": mark("Postcode"), "ship_country": mark("Country"),
        },
    ),
)  # fmt: skip
STATES: Mapping[str, tuple[str, str]] = {
    "reading": (mark("being read"), ""),
    "ready": (mark("ready to import"), "warn"),
    "unclear": (mark("columns to be told"), "warn"),
    "refused": (mark("not usable"), "bad"),
    "queued": (mark("waits for its turn"), ""),
    "importing": (mark("being imported"), ""),
    "done": (mark("imported"), "good"),
    "stopped": (mark("stopped"), "warn"),
}
DATES: Mapping[str, str] = {
    "iso": mark("2026-02-28"),
    "day_first": mark("28/02/2026, the day first"),
    "month_first": mark("02/28/2026, the month first"),
    "excel": mark("days as a spreadsheet counts them"),
    "unix": mark("seconds since 1970"),
}
# Counts of a file, as `ImportReport` has them; what is zero is not shown.
COUNTS: Mapping[str, str] = {
    "rows": mark("Rows"), "rejected": mark("Rows that cannot be read"), "left_out": mark("Orders left out for them"),
    "names": mark("Different order numbers"), "customers": mark("Customers"), "countries": mark("Countries"),
    "quantity": mark("Pieces"), "value": mark("Sum of the amounts"), "currency": mark("Currency"),
    "orders": mark("Orders"), "lines": mark("Lines of orders"), "anonymous_orders": mark("Orders without a customer"),
    "anonymous_rows": mark("Rows without a customer"), "duplicate_rows": mark("Rows alike in every cell, kept"),
    "negative_orders": mark("Orders below zero"), "cancelled_orders": mark("Cancelled orders"),
    "refunds": mark("Refunds"), "refunded": mark("Given back"),
    "unconverted_orders": mark("Orders in other currencies"), "cancelling_names": mark("Cancelling invoices"),
    "paired_lines": mark("Cancelled lines found again"), "partly_paired_lines": mark("Found again in part"),
    "unpaired_lines": mark("Not found again"), "stock_rows": mark("Rows about stock, left out"),
    "write_off_rows": mark("Write-offs, left out"), "fee_rows": mark("Fees"),
}  # fmt: skip
RECORDED: Mapping[str, str] = {
    "order.new": mark("New orders"), "order.changed": mark("Changed orders"), "order.same": mark("Known already"),
    "order.stale": mark("Older than what is known"), "customer.met": mark("Customers met"),
    "refund.new": mark("New refunds"), "product.met": mark("New products"),
}  # fmt: skip
# What can be wrong with a file beside what its reader tells: (what, what to do).
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "in_use": (
        mark("this very file is being imported by another process"),
        mark("wait: it goes on here when that one is done"),
    ),
    "too_large": (
        mark("it unpacks to more than %(most)s"),
        mark("cut it into smaller files, or import it from the command line"),
    ),
    "erased": (
        mark("somebody in it was erased: the file is removed as soon as its import ends"),
        mark("nothing needs to be done"),
    ),
    "gone": (mark("the file is no longer there"), mark("upload it again: what is in counts once")),
    "failed": (
        mark("it could not be worked on (%(error)s)"),
        mark("try again; if it happens again, tell whoever looks after this machine"),
    ),
}
# Remedies that the command line puts otherwise.
REMEDIES: Mapping[str, str] = {
    "csv.unknown_layout": mark("choose below what its columns mean"),
    "csv.bad_mapping": mark("choose its columns again below"),
}
UNFIT: Mapping[str, str] = {
    "unknown_currency": mark("%(text)s is no currency: write three letters, such as EUR."),
    "unknown_zone": mark("%(text)s is no time zone: write one such as Europe/Madrid."),
    "unknown_dates": mark("%(text)s is no way to write dates: choose one of the list."),
    "unknown_decimal": mark("%(text)s is no decimal sign: choose a point or a comma."),
    "unknown_delimiter": mark("%(text)s is no separator: choose one of the list."),
    "unknown_encoding": mark("%(text)s is no encoding: choose one of the list."),
    "unknown_field": mark("%(text)s is no field: choose columns in the form."),
    "unknown_column": mark("The file has no column %(text)s: choose one of its own."),
    "columns_missing": mark("Choose the column of what is missing: %(text)s."),
}
TASKS: Mapping[str, str] = {
    "rates": mark("Convert orders by new exchange rates"),
    "mirror": mark("Keep the copy that answers are computed from"),
    "figures": mark("Keep customers' figures"),
    "search": mark("Keep the search of customers"),
    "segments": mark("Follow who is in which segment"),
    "listed": mark("Find people of lists among new customers"),
    "previews": mark("Count rules that somebody looks at"),
    "answers": mark("Compute answers that are waited for"),
    "imports": mark("Read and import files"),
    "lists": mark("Put uploaded people on lists"),
    "checks": mark("Check the data"),
    "nightly": mark("Compute everything anew at night"),
    "care": mark("Work out what each customer may cost"),
    "prune": mark("Forget what is too old"),
    "backups": mark("Back up when somebody asks"),
    "erasures": mark("Erase people when somebody asks"),
}


_AND = mark(" and ")
# What the parser calls things within its sentences.
NAMED = frozenset({
    mark("a PDF"), mark("an old Excel workbook"), mark("a Parquet file"), mark("a SQLite database"),
    mark("an xz archive"), mark("a bzip2 archive"), mark("a 7-Zip archive"), mark("a RAR archive"),
    mark("a Zstandard archive"), mark("a picture"), mark("a spreadsheet"), mark("a web page or XML file"),
    mark("a JSON file"), mark("the date of the order"), mark("the amount"),
    mark("the order's number or the customer"), mark("year-month-day"), mark("day/month/year"),
    mark("month/day/year"), mark("spreadsheet day numbers"), mark("seconds since 1970"),
})  # fmt: skip
TITLES: Mapping[str, str] = {
    "plain orders": mark("plain orders"), "as the mapping file says": mark("columns as you told them"),
}  # fmt: skip
CONTAINERS: Mapping[str, str] = {"plain": mark("not packed")}


def problem(words: Words, told: Mapping[str, Any], size: str = "") -> tuple[str, str]:
    """What is wrong and what to do about it, from a stored code."""
    code, params = told["code"], dict(told.get("params", {}))
    if code in PROBLEMS:
        what, remedy = PROBLEMS[code]
        given = {"error": params.get("error", ""), "most": size}
        return words.text(what, **given), words.text(remedy, **given)
    what, remedy = SENTENCES[code][0], REMEDIES.get(code, SENTENCES[code][1])
    return _filled(words, what, params), _filled(words, remedy, params)


def evidence(words: Words, told: Mapping[str, Any] | str) -> str:
    """Why a file is taken for what it is, or what is doubtful about it, from a stored code."""
    if isinstance(told, str):
        return told  # a look from before these had codes
    return _filled(words, EVIDENCE[told["code"]], told.get("params", {}))


def _filled(words: Words, sentence: str, params: Mapping[str, Any]) -> str:
    """A sentence of the parser's, with those of its parameters translated that are words of ours."""
    return words.text(sentence).format(**{key: _named(words, value) for key, value in params.items()})


def _named(words: Words, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = value.split(_AND)
    if all(part in NAMED for part in parts):
        return words.text(_AND).join(words.text(part) for part in parts)
    return value
