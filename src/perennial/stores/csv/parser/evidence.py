"""Why a file is taken for what it is, and what is doubtful about it. Codes with parameters, English now."""

from __future__ import annotations

from perennial.values.reason import Reason

# Named parameters come from the reason.
EVIDENCE: dict[str, str] = {
    "guess.given": "as given",
    "guess.assumed": "assumed",
    "guess.usual": "this data set's",
    # The file
    "guess.byte_order_mark": "byte order mark",
    "guess.wide": "every other byte is zero",
    "guess.ascii": "only ASCII letters",
    "guess.utf8": "{lines} of {of} sampled lines with foreign letters are UTF-8",
    "guess.not_utf8": "{lines} of {of} sampled lines with foreign letters are not UTF-8",
    "guess.cells": "{rows} of the first {of} rows have {cells} cells",
    "guess.products": "there are columns of products",
    "guess.no_products": "no column names a product",
    "guess.columns": "by the names of the columns",
    "guess.header": "has {names}",
    # Amounts
    "guess.no_decimals": "no amount shows a decimal sign",
    "guess.decimals": "{amounts} sampled amounts end in {sign!r} and digits",
    "guess.currency_by_row": "by row, in {column}",
    "guess.currency_sign": "by the sign in the amounts",
    # Dates
    "guess.no_date": "no date in the sample",
    "guess.excel": "{text} is a spreadsheet's number of a day",
    "guess.unix": "{text} counts seconds since 1970",
    "guess.written_like": "written like {text!r}",
    "guess.only_day_first": "{text!r} can only be day/month/year",
    "guess.only_month_first": "{text!r} can only be month/day/year",
    "guess.most_dates": "{dates} of {of} sampled dates are so",
    "guess.in_order": "the rows follow each other in time more closely if it is read so",
    # Doubts
    "doubt.column_twice": "column {column} is also named {name!r}: the first of that name is used",
    "doubt.lines_above": "{lines} lines above the header were skipped",
    "doubt.other_encoding": "some lines are in another encoding: they will be rejected",
    "doubt.western": "letters with accents were read as {encoding} (western Europe): look at the names in the sample",
    "doubt.thousands": "{amounts} amounts like 1.234 could be thousands: read as decimals",
    "doubt.other_decimals": "{amounts} sampled amounts use the other decimal sign: they will be rejected",
    "doubt.currency": "no column or sign tells the currency: assumed {currency}",
    "doubt.mixed_dates": (
        "{day!r} is day first, {month!r} month first: the dates of the lesser kind will be rejected or wrong"
    ),
    "doubt.in_order": (
        "{text!r} could be either: the rows follow each other in time more closely if it is read as {style}"
    ),
    "doubt.day_first": "{text!r} could be either: assumed day/month/year because most of the world writes so",
    "doubt.month_first": (
        "{text!r} could be either: assumed month/day/year because of amounts in dollars or hours with AM and PM"
    ),
    "doubt.states": "{column!r} has states that are not known ({states}): taken as sales",
    "doubt.names_only": "customers are told apart by their names only: two of one name become one",
    "doubt.no_rows": "there are no rows below the header",
    "doubt.row_amount": "{column!r} differs within order {order}: read as the amount of the row",
}


def tell(reason: Reason) -> str:
    """Why, or what is doubtful, in English."""
    return EVIDENCE[reason.code].format(**dict(reason.params))
